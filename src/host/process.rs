//! Runs other programs to their end: with nothing to read, their output bounded, for no longer than they are worth.

use std::fs;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// The beginning of what it wrote to its standard output.
    pub output: Vec<u8>,
    /// The beginning of what it wrote to its standard error output.
    pub errors: Vec<u8>,
}

/// Why a program has come to nothing.
#[derive(Debug)]
pub enum RunError {
    /// It cannot be begun.
    Begin(io::Error),
    /// It did not end in time, and was ended with all that it had begun.
    Late,
}

impl From<io::Error> for RunError {
    fn from(error: io::Error) -> Self {
        Self::Begin(error)
    }
}

/// The very program that runs, also where another one has been installed in its place. It does not show as the link that
/// leads to it: its first word is `vitrine`.
pub fn own_program() -> Command {
    let mut program = Command::new("/proc/self/exe");
    program.arg0("vitrine");
    program
}

/// Whoever was begun by [`own_program`] is called `exe` by the kernel, and after this by what it does, such as
/// `vitrine-doctor` (proc_pid_comm(5); the kernel keeps 15 characters). It is never `vitrine` alone, by which the daemon is
/// sent signals.
pub fn take_name(command: &str) {
    let own = "/proc/self/comm";
    if fs::read_to_string(own).is_ok_and(|name| name.trim_end() == "exe") {
        // It is for those who look at lists of processes.
        let _ = fs::write(own, format!("vitrine-{command}"));
    }
}

/// Runs a program, of whose outputs so many bytes each are kept. What it leaves behind when it ends is not waited for.
/// Blocks for no longer than `within`, unless the program hangs in the kernel.
///
/// # Errors
/// It cannot be begun, or does not end in time.
pub fn run(program: &mut Command, within: Duration, max_output: usize) -> Result<Ended, RunError> {
    let until = Instant::now() + within;
    // In a process group of its own, so that what it begins ends with it.
    let mut child = program
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let listened = listen(&mut child, until, max_output);
    if !matches!(listened, Ok(Some(_)))
        && let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw)
    {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let status = child.wait()?;
    let (output, errors) = listened?.ok_or(RunError::Late)?;
    Ok(Ended { code: status.code(), output, errors })
}

/// Takes what it says until it has ended; `None` where it does not in time.
fn listen(child: &mut Child, until: Instant, max: usize) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidInput)?;
    let process = pidfd_open(pid, PidfdFlags::empty())?;
    let mut outputs = [
        child.stdout.take().map(|pipe| Output::new(pipe, max)).transpose()?,
        child.stderr.take().map(|pipe| Output::new(pipe, max)).transpose()?,
    ];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        // There may always be something to be read.
        if left.is_zero() {
            return Ok(None);
        }
        let left = left.try_into().map_err(io::Error::other)?;
        let mut waited = vec![PollFd::new(&process, PollFlags::IN)];
        waited.extend(outputs.iter().flatten().filter(|output| !output.ended).map(Output::poll));
        match poll(&mut waited, Some(&left)) {
            Ok(0) => return Ok(None),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let has_ended = !waited[0].revents().is_empty();
        for output in outputs.iter_mut().flatten() {
            output.take()?;
        }
        if has_ended {
            let kept = |output: Option<Output>| output.map(|output| output.kept).unwrap_or_default();
            let [output, errors] = outputs.map(kept);
            return Ok(Some((output, errors)));
        }
    }
}

/// What a program writes to one of its outputs.
struct Output {
    pipe: Box<dyn Pipe>,
    kept: Vec<u8>,
    max: usize,
    /// Nobody will write to it any more.
    ended: bool,
}

trait Pipe: Read + AsFd {}

impl<T: Read + AsFd> Pipe for T {}

impl Output {
    fn new(pipe: impl Pipe + 'static, max: usize) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&pipe, true)?;
        Ok(Self { pipe: Box::new(pipe), kept: Vec::new(), max, ended: false })
    }

    fn poll(&self) -> PollFd<'_> {
        PollFd::from_borrowed_fd(self.pipe.as_fd(), PollFlags::IN)
    }

    /// Takes what is there by now. What is beyond the bound is read and forgotten: nobody hangs for a full pipe.
    fn take(&mut self) -> io::Result<()> {
        let mut part = [0; 8192];
        // Who writes without end must not keep the clock from being looked at.
        for _ in 0..64 {
            match self.pipe.read(&mut part) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(());
                }
                Ok(read) => {
                    let room = self.max.saturating_sub(self.kept.len());
                    self.kept.extend_from_slice(&part[..read.min(room)]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(600);
    const MUCH: usize = 1 << 20;

    fn sh(script: &str, within: Duration, max: usize) -> Result<Ended, RunError> {
        run(Command::new("sh").args(["-c", script]), within, max)
    }

    #[test]
    fn what_a_program_says_and_how_it_ends_is_known() {
        let ended = sh("echo out; echo err >&2; exit 3", LONG, MUCH).unwrap();
        assert_eq!(ended, Ended { code: Some(3), output: b"out\n".into(), errors: b"err\n".into() });
        assert_eq!(sh("kill -9 $$", LONG, MUCH).unwrap().code, None);
        let much = sh("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2", LONG, 10).unwrap();
        assert_eq!((much.output.len(), much.errors.len()), (10, 10));
        assert!(matches!(run(&mut Command::new("/nowhere/at/all"), LONG, MUCH), Err(RunError::Begin(_))));
    }

    #[test]
    #[ignore = "it is run by another test, as a process of its own"]
    fn says_what_it_is_called() {
        take_name("foresee");
        let line = fs::read_to_string("/proc/self/cmdline").unwrap();
        let first = line.split('\0').next().unwrap_or_default().to_owned();
        println!("called {first} {}", fs::read_to_string("/proc/self/comm").unwrap());
    }

    #[test]
    fn the_own_program_is_called_by_what_it_does() {
        let mut program = own_program();
        program.args(["--exact", "host::process::tests::says_what_it_is_called", "--ignored", "--nocapture"]);
        let said = String::from_utf8(run(&mut program, LONG, MUCH).unwrap().output).unwrap();
        assert!(said.contains("called vitrine vitrine-foresee\n"), "{said}");
        let before = fs::read_to_string("/proc/self/comm").unwrap();
        take_name("foresee");
        assert_eq!(fs::read_to_string("/proc/self/comm").unwrap(), before, "who has a name keeps it");
    }

    #[test]
    fn what_a_program_leaves_behind_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        let script = format!("mkfifo {0}; cat {0} & echo begun", fifo.display());
        assert_eq!(sh(&script, LONG, MUCH).unwrap().output, b"begun\n");
        // What was left behind still reads there, and ends by this.
        std::fs::write(&fifo, "").unwrap();
    }

    #[test]
    fn who_takes_too_long_is_ended_with_all_that_it_has_begun() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let end = std::thread::spawn({
            let fifo = fifo.clone();
            move || std::fs::read_to_string(fifo).unwrap()
        });
        let script = format!("sleep 600 > {} & sleep 600", fifo.display());
        assert!(matches!(sh(&script, Duration::from_millis(500), MUCH), Err(RunError::Late)));
        // Its last writer is gone.
        assert_eq!(end.join().unwrap(), "");
        // Endless words are no reason to wait either.
        assert!(matches!(
            sh("yes & yes & yes >&2 & wait", Duration::from_millis(50), MUCH),
            Err(RunError::Late)
        ));
    }
}
