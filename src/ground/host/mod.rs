//! Finds out about the computer and its system.

mod disks;
mod files;
pub(super) mod kernel_log;
mod system;
mod updates;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{Ground, program};
use crate::doctor::Fact;
use crate::doctor::facts::host::Host;
use crate::words::told;

/// How long a program may take: all of them answer in a fraction of it on a computer that is not overloaded.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn gather(ground: &Ground) -> Host {
    // What waits for other programs is done at once.
    let unfinished = || told!("looking for it has failed");
    std::thread::scope(|scope| {
        let time = scope.spawn(system::time);
        let disks = scope.spawn(disks::disks);
        let trouble = scope.spawn(|| ground.once.trouble().map(<[_]>::to_vec));
        let keys = scope.spawn(system::keys);
        let starts = scope.spawn(system::starts);
        let updates = scope.spawn(updates::updates);
        let snap_timer = scope.spawn(updates::snap_timer);
        let units = scope.spawn(|| (system::failed_units(), system::watchdog()));
        let packages = scope.spawn(updates::packages);
        let (logs, core_dumps) = (files::logs(), files::core_dumps());
        let (failed_units, watchdog) =
            units.join().unwrap_or_else(|_| (Err(unfinished()), Err(unfinished())));
        Host {
            container: Ok(in_container()),
            uptime: uptime(),
            system: read("/etc/os-release").map(|text| system::release(&text)),
            kernel: system::kernel(),
            time: time.join().unwrap_or_else(|_| Err(unfinished())),
            clock: system::clock(),
            file_systems: files::file_systems(&ground.asked.user.home, ground.once.mounts()),
            missing_mounts: files::missing_mounts(ground.once.mounts()),
            log: files::log(),
            logs,
            core_dumps,
            disks: disks.join().unwrap_or_else(|_| Err(unfinished())),
            trouble: trouble.join().unwrap_or_else(|_| Err(unfinished())),
            keys: keys.join().unwrap_or_else(|_| Err(unfinished())),
            lid: Ok(fs::read_dir("/proc/acpi/button/lid").is_ok_and(|mut lids| lids.next().is_some())),
            mains: disks::mains(),
            grub: system::grub(),
            command_line: read("/proc/cmdline"),
            starts: starts.join().unwrap_or_else(|_| Err(unfinished())),
            updates: updates.join().unwrap_or_else(|_| Err(unfinished())),
            snap_timer: snap_timer.join().unwrap_or_else(|_| Err(unfinished())),
            failed_units,
            watchdog,
            panic: read("/proc/sys/kernel/panic").and_then(|text| number(text.trim())),
            name: system::name(),
            temperatures: disks::temperatures(),
            programs: Ok(updates::programs()),
            packages: packages.join().unwrap_or_else(|_| Err(unfinished())),
        }
    })
}

/// A file's text.
pub(super) fn read(file: impl AsRef<Path>) -> Fact<String> {
    let file = file.as_ref();
    let bytes = fs::read(file).map_err(|error| {
        told!("{file} is not to be read: {why}", file = file.display().to_string(), why = error.to_string())
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A number as the kernel writes it.
pub(super) fn number<T: std::str::FromStr>(text: &str) -> Fact<T> {
    text.parse().map_err(|_| told!("'{text}' is no number", text = text))
}

/// What a program has said, where it was content.
pub(super) fn said(words: &[&str]) -> Fact<String> {
    let ended = program::run(words, PATIENCE)?;
    if ended.well() {
        return Ok(ended.output);
    }
    let why = ended.errors.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned();
    Err(told!("{program} says: {why}", program = words.join(" "), why = why))
}

/// What a program of systemd's has said. sd_booted(3) says how to know whether there is a systemd to talk to.
pub(super) fn systemd_said(words: &[&str]) -> Fact<String> {
    if !Path::new("/run/systemd/system").is_dir() {
        return Err(told!("this system was not started by systemd"));
    }
    said(words)
}

/// Whether this is in a container (<https://systemd.io/CONTAINER_INTERFACE/>), or in one of Docker's or Podman's.
pub(super) fn in_container() -> bool {
    ["/run/systemd/container", "/run/host/container-manager", "/.dockerenv", "/run/.containerenv"]
        .iter()
        .any(|file| Path::new(file).exists())
}

/// How long the computer runs.
fn uptime() -> Fact<Duration> {
    let text = read("/proc/uptime")?;
    let seconds: f64 = number(text.split_whitespace().next().unwrap_or_default())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| told!("'{text}' is no number", text = text))
}

/// A moment, in seconds since 1970.
fn since_epoch(moment: SystemTime) -> u64 {
    moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests;
