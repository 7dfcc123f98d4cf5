//! Pre-flight while the daemon runs: a process of its own (`vitrine foresee`) looks at the VMs' definitions, images and
//! snapshots, one look at a time, a moment after something about them has changed. What it takes of memory, and what
//! hangs, as on a network share that is gone, ends with it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::core::types::Foreseen;
use crate::host::process;
use crate::web::dto;

/// A change seldom comes alone: a revert defines a VM anew twice, a snapshot changes it in steps.
const GRACE: Duration = Duration::from_secs(5);
/// How long a look may take; its parts have deadlines that are shorter (`ground`).
const LOOK_TIME: Duration = Duration::from_secs(20);
/// The pause before it is seen whether a process that was killed has ended.
const HANGING_PAUSE: Duration = Duration::from_secs(60);
/// The longest answer that is read, in bytes: a thousand exhibits with ten findings each.
const MAX_ANSWER: u64 = 16 << 20;

/// What a look has found: an exhibit's name, and all that is foreseen for it.
pub(super) type Found = Vec<(String, Vec<Foreseen>)>;

/// The look that is wanted, and the one that is at work.
#[derive(Debug)]
pub(super) struct PreFlight {
    /// The libvirt to ask.
    uri: String,
    /// When the next one begins.
    due: Option<Instant>,
    /// The one that is waited for.
    awaited: Option<oneshot::Receiver<Found>>,
    /// What waits for the last one's process to end.
    thread: Option<JoinHandle<()>>,
}

impl PreFlight {
    /// Of VMs that this libvirt has.
    pub(super) fn new(uri: String) -> Self {
        Self { uri, due: None, awaited: None, thread: None }
    }

    /// Something about the VMs may have changed.
    pub(super) fn want(&mut self) {
        self.due = Some(Instant::now() + GRACE);
    }

    /// Returns what a look at the exhibits of this configuration has found, once one has ended; never where none is wanted.
    pub(super) async fn ended(&mut self, config: &Arc<str>) -> Found {
        loop {
            if let Some(look) = &mut self.awaited {
                let found = look.await;
                self.awaited = None;
                // One that came to nothing has said why.
                if let Ok(found) = found {
                    return found;
                }
            } else if let Some(due) = self.due {
                tokio::time::sleep_until(due).await;
                if self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
                    self.due = Some(Instant::now() + HANGING_PAUSE);
                    continue;
                }
                self.due = None;
                self.begin(config);
            } else {
                std::future::pending::<()>().await;
            }
        }
    }

    fn begin(&mut self, config: &Arc<str>) {
        let (tell, told) = oneshot::channel();
        let mut program = process::own_program();
        program.args(["foresee", &self.uri]);
        let config = Arc::clone(config);
        let look = move || match Look::begin(program, &config, LOOK_TIME) {
            Ok(mut look) => {
                match look.answer() {
                    // The daemon may have gone meanwhile.
                    Ok(found) => drop(tell.send(found)),
                    Err(error) => tracing::debug!("the VMs could not be looked at: {error}"),
                }
                look.end();
            }
            Err(error) => tracing::debug!("no process to look at the VMs: {error}"),
        };
        match thread::Builder::new().name("pre-flight".to_owned()).spawn(look) {
            Ok(thread) => (self.thread, self.awaited) = (Some(thread), Some(told)),
            Err(error) => tracing::debug!("no thread to look at the VMs on: {error}"),
        }
    }
}

/// A process that looks at the VMs.
struct Look {
    child: Child,
    until: std::time::Instant,
}

impl Look {
    /// Hands the configuration over as a file without a name: nobody waits for its being read, and what it was read from
    /// may have changed.
    fn begin(mut program: Command, config: &str, time: Duration) -> io::Result<Self> {
        let mut text = File::from(memfd_create("vitrine.toml", MemfdFlags::CLOEXEC)?);
        text.write_all(config.as_bytes())?;
        text.rewind()?;
        let child = program.stdin(text).stdout(Stdio::piped()).spawn()?;
        Ok(Self { child, until: std::time::Instant::now() + time })
    }

    /// What it says, which is one line: its end may be long in coming.
    fn answer(&mut self) -> io::Result<Found> {
        let mut output = self.child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let left = self.until.saturating_duration_since(std::time::Instant::now());
            let left = left.try_into().map_err(io::Error::other)?;
            // A reload's signal may come to this thread.
            let ready = poll(&mut [PollFd::new(&output, PollFlags::IN)], Some(&left));
            if ready == Err(Errno::INTR) {
                continue;
            }
            if ready? == 0 {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let mut part = [0; 4096];
            let read = output.read(&mut part)?;
            if read == 0 || line.len() as u64 > MAX_ANSWER {
                return Err(io::ErrorKind::InvalidData.into());
            }
            line.extend_from_slice(&part[..read]);
        }
        let found: Vec<dto::ForeseenFor> = serde_json::from_slice(&line)?;
        let told = |found: dto::ForeseenFor| {
            let foreseen: Option<Vec<_>> = found.foreseen.iter().map(dto::Foreseen::told).collect();
            Some((found.exhibit, foreseen?))
        };
        found.into_iter().map(told).collect::<Option<_>>().ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Waits for its end, which may never come where it hangs in the kernel.
    fn end(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    /// What a program says that is handed this text.
    fn said(script: &str, text: &str, time: Duration) -> Result<Found, io::ErrorKind> {
        let mut program = Command::new("sh");
        program.args(["-c", script]);
        let mut look = Look::begin(program, text, time).unwrap();
        let answer = look.answer().map_err(|error| error.kind());
        look.end();
        answer
    }

    #[test]
    fn what_is_said_is_taken_although_its_process_does_not_end() {
        let found = said("cat; exec sleep 600", "[{\"exhibit\": \"eden\", \"foreseen\": []}]\n", LONG);
        assert_eq!(found, Ok(vec![("eden".to_owned(), Vec::new())]));
    }

    #[test]
    fn a_look_that_hangs_or_talks_nonsense_comes_to_nothing() {
        assert_eq!(said("exec sleep 600", "", Duration::from_millis(20)), Err(io::ErrorKind::TimedOut));
        assert_eq!(said("exec true", "", LONG), Err(io::ErrorKind::InvalidData));
        assert!(said("cat", "[{\"exhibit\": 3}]\n", LONG).is_err());
    }
}
