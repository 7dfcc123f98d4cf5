//! `qemu-img check`, which is told exactly what to open, and watched.

use std::collections::VecDeque;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Map, Value, json};

/// Time between two looks at a running `qemu-img`: short beside any start of a computer.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How much of what it says is kept, in bytes: the end counts, and a badly damaged image has an error for each of its
/// clusters.
const MAX_OUTPUT: usize = 64 << 10;

/// Why work ended that was told to.
pub(super) const ENDED: &str = "it was ended";

/// That work goes on, and that it shall end.
#[derive(Debug, Default)]
pub(super) struct Progress {
    steps: AtomicU64,
    stop: AtomicBool,
}

impl Progress {
    pub(super) fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// What of an image shall be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repair {
    Nothing,
    Leaks,
    All,
}

/// What `qemu-img check` found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Sound,
    Damaged,
    /// Room that belongs to nobody.
    Leaks,
}

#[derive(Debug)]
pub(super) struct Report {
    pub(super) found: Found,
    /// Its counts, without the file's name.
    pub(super) counts: Map<String, Value>,
}

/// Checks this file or block device, and opens nothing that its header names.
///
/// # Errors
/// It could not be done; why.
pub(super) fn check(
    program: &Path,
    image: &str,
    device: bool,
    repair: Repair,
    progress: &Progress,
) -> Result<Report, String> {
    // Room that belongs to nobody is not emptied: that could not be taken back.
    let driver = if device { "host_device" } else { "file" };
    let file = json!({ "driver": driver, "filename": image, "discard": "ignore" });
    let mut command = Command::new(program);
    command.args(["check", "--output=json"]);
    command.args(match repair {
        Repair::Nothing => &[][..],
        Repair::Leaks => &["-r", "leaks"],
        Repair::All => &["-r", "all"],
    });
    command.arg(format!(
        "json:{}",
        json!({ "driver": "qcow2", "backing": null, "discard": "ignore", "file": file })
    ));
    command.env("LC_ALL", "C");
    let (code, said, complained) = run(command, progress)?;
    let found = match code {
        Some(0) => Found::Sound,
        Some(2) => Found::Damaged,
        Some(3) => Found::Leaks,
        code => {
            let code = code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
            let last = complained.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no word");
            return Err(format!("qemu-img ends with {code}: {}", last.trim_start_matches("qemu-img: ")));
        }
    };
    let counts = serde_json::from_str::<Map<String, Value>>(&said);
    let mut counts = counts.map_err(|error| format!("qemu-img's answer is not understood: {error}"))?;
    counts.remove("filename");
    Ok(Report { found, counts })
}

/// Its exit code, and the ends of its standard output and error.
fn run(mut command: Command, progress: &Progress) -> Result<(Option<i32>, String, String), String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| {
        format!("{} cannot be run ({error}); install qemu-utils", command.get_program().display())
    })?;
    let said = child.stdout.take().map(listen);
    let complained = child.stderr.take().map(listen);
    let status = attend(&mut child, progress);
    let text = |reader: Option<std::thread::JoinHandle<String>>| {
        reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
    };
    let (said, complained) = (text(said), text(complained));
    Ok((status?.code(), said, complained))
}

fn attend(child: &mut Child, progress: &Progress) -> Result<std::process::ExitStatus, String> {
    let mut before = None;
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(status);
        }
        if progress.stopped() {
            let _ = child.kill();
            let _ = child.wait();
            return Err(ENDED.to_owned());
        }
        let now = worked(child.id());
        if now != before {
            before = now;
            progress.step();
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// What a process has read, written and computed so far (proc(5): `io`, and `utime` and `stime` in `stat`).
fn worked(pid: u32) -> Option<(String, Vec<String>)> {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    Some((io, after_name.split_whitespace().skip(11).take(2).map(str::to_owned).collect()))
}

fn listen(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut end = VecDeque::new();
        let mut part = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut part) {
            end.extend(&part[..count]);
            let excess = end.len().saturating_sub(MAX_OUTPUT);
            end.drain(..excess);
        }
        String::from_utf8_lossy(end.make_contiguous()).into_owned()
    })
}
