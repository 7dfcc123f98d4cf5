//! What the kit does to the artwork and to the clock.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::time::{ClockId, Timespec, clock_settime};
use vitrine_guest_protocol::ini::program_path;
use vitrine_guest_protocol::settings::Artwork;
use vitrine_guest_protocol::text::file_name;

use crate::eyes::{Eyes, Order};
use crate::files::wide;
use crate::session::Session;
use crate::view::Scene;

/// A kit that starts within this time of the system's own start was started by that.
const BOOT: Duration = Duration::from_secs(600);
/// How long the system may take to say whether it ends.
const SAYS_WITHIN: Duration = Duration::from_secs(1);

/// What the kit has started.
#[derive(Default)]
pub(crate) struct Children(Vec<Child>);

impl Children {
    /// Starts the artwork, in the session where there is one; an error is the system's number of it (errno(3)).
    pub(crate) fn start(&mut self, artwork: &Artwork, session: Option<&Session>) -> Result<(), u32> {
        let line = wide(artwork.start.bytes());
        let mut command = match session.and_then(Session::owner_name) {
            // With the groups of whoever is logged in, without which there may be no sound.
            Some(name) => {
                let mut command = Command::new("su");
                command.args([name.as_str(), "-s", "/bin/sh", "-c", line.as_str()]);
                command
            }
            None => {
                let mut command = Command::new("/bin/sh");
                command.args(["-c", line.as_str()]);
                if let Some((user, group)) = session.and_then(|session| session.owner) {
                    command.uid(user).gid(group);
                }
                command
            }
        };
        if let Some(session) = session.filter(|session| !session.environment.is_empty()) {
            command.env_clear().envs(session.environment.iter().map(|(name, value)| (name, value)));
            // `su` may name another home than the session has, and the cookie is not there.
            command.envs(session.authority.iter().map(|path| ("XAUTHORITY", path)));
        }
        let path = program_path(artwork.start.bytes());
        let own = path.get(..path.len() - file_name(path).len()).unwrap_or(&[]);
        let folder = if artwork.folder.is_empty() { own } else { artwork.folder.bytes() };
        let folder = wide(folder);
        if Path::new(&folder).is_dir() {
            command.current_dir(folder);
        }
        // In a group of its own, so that what ends the kit does not end the artwork.
        let child = command.stdin(Stdio::null()).process_group(0).spawn();
        self.0.push(child.map_err(|error| error.raw_os_error().unwrap_or(0).unsigned_abs())?);
        Ok(())
    }

    /// The exit codes of those that have ended since it was last asked.
    pub(crate) fn ended(&mut self) -> Vec<u32> {
        let mut codes = Vec::new();
        self.0.retain_mut(|child| match child.try_wait() {
            Ok(None) => true,
            Ok(Some(status)) => {
                codes.push(status.code().unwrap_or(0).unsigned_abs());
                false
            }
            Err(_) => false,
        });
        codes
    }
}

/// Tells the artwork's windows to close, the box that it may show with them. Where none of them can be told, its
/// processes are told to end.
pub(crate) fn close(scene: &Scene<'_>, eyes: &Eyes) {
    let own = scene.view.windows.iter().filter(|window| window.visible && window.closes);
    let mut told = false;
    for window in own.filter(|window| scene.is_trouble(window) || scene.is_artwork(window)) {
        eyes.tell(Order::Close(window.handle));
        told = true;
    }
    if !told {
        signal(scene, Signal::TERM);
    }
}

/// Ends the artwork's processes.
pub(crate) fn kill(scene: &Scene<'_>) {
    signal(scene, Signal::KILL);
}

fn signal(scene: &Scene<'_>, signal: Signal) {
    for process in scene.processes() {
        if let Some(process) = Pid::from_raw(process) {
            // It may have gone meanwhile, or be another user's, who is told by its staying.
            let _ = kill_process(process, signal);
        }
    }
}

/// Sets the clock, to seconds since 1970.
pub(crate) fn set_clock(host: u32) -> bool {
    clock_settime(ClockId::Realtime, Timespec { tv_sec: i64::from(host), tv_nsec: 0 }).is_ok()
}

/// Whether the system itself has begun a short while ago (proc(5), uptime).
pub(crate) fn has_just_booted() -> bool {
    let uptime = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds = uptime.split('.').next().and_then(|seconds| seconds.parse().ok()).unwrap_or(u64::MAX);
    Duration::from_secs(seconds) < BOOT
}

/// Whether the kit ends since the system does, and how: `reboot` or `shutdown`.
pub(crate) fn end_of_system() -> Option<&'static str> {
    end_by(&says("systemctl", &["list-jobs", "--no-legend", "--no-pager"]), &says("runlevel", &[]))
}

/// By the jobs of systemd, or the last two run levels of init, of which the second is the one that it goes to.
fn end_by(jobs: &str, levels: &str) -> Option<&'static str> {
    let has = |unit: &str| jobs.lines().any(|line| line.contains(unit) && line.contains("start"));
    if has("reboot.target") || has("kexec.target") {
        return Some("reboot");
    }
    if has("poweroff.target") || has("halt.target") || has("shutdown.target") {
        return Some("shutdown");
    }
    match levels.split_whitespace().nth(1) {
        Some("6") => Some("reboot"),
        Some("0") => Some("shutdown"),
        _ => None,
    }
}

/// What a program of the system says, where there is one; it is not waited for long.
fn says(program: &str, words: &[&str]) -> String {
    let child = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return String::new() };
    let end = Instant::now() + SAYS_WITHIN;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() >= end {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child
        .wait_with_output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_systems() {
        let rows = [
            ("12 reboot.target   start waiting\n13 eden.service stop running\n", "", Some("reboot")),
            ("12 poweroff.target start waiting\n", "N 5", Some("shutdown")),
            ("12 shutdown.target start waiting\n", "", Some("shutdown")),
            ("12 vitrine-guest.service stop running\n", "N 5", None),
            ("No jobs running.\n", "5 6", Some("reboot")),
            ("", "2 0", Some("shutdown")),
            ("", "unknown", None),
        ];
        for (jobs, levels, expected) in rows {
            assert_eq!(end_by(jobs, levels), expected, "{jobs} {levels}");
        }
    }
}
