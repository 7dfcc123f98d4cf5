//! How the computer is, in figures.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::Duration;

use super::{MemInfo, state_folder};

/// The computer, as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// Since it was switched on.
    pub up: Duration,
    /// Processes that run or want to, on average over a minute (proc_loadavg(5)).
    pub load: f64,
    /// Processors.
    pub processors: usize,
    /// Memory, in bytes.
    pub memory: u64,
    /// What of it programs can have (`MemAvailable`, proc_meminfo(5)), in bytes.
    pub memory_free: u64,
    /// The disks that matter to Vitrine.
    pub disks: Vec<DiskRoom>,
    /// The temperature of the warmest part that tells one, in degrees Celsius
    /// (<https://docs.kernel.org/driver-api/thermal/sysfs-api.html>).
    pub degrees: Option<i64>,
}

/// The room on a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskRoom {
    /// A folder on it.
    pub folder: PathBuf,
    /// What it holds in all, in bytes.
    pub size: u64,
    /// What users can have of it, in bytes.
    pub free: u64,
}

/// Looks at the computer. What cannot be read is naught, or left out. Waits for disks.
pub fn health() -> Health {
    let memory = MemInfo::read().unwrap_or_default();
    let first_number = |path| first_word(&fs::read_to_string(path).unwrap_or_default());
    let folders = [Some(PathBuf::from("/")), Some("/var/lib/libvirt/images".into()), state_folder()];
    let (mut seen, mut disks) = (BTreeSet::new(), Vec::new());
    for folder in folders.into_iter().flatten() {
        let Ok(found) = fs::metadata(&folder) else { continue };
        let Ok(room) = rustix::fs::statvfs(&folder) else { continue };
        // Of one disk one folder will do.
        if seen.insert(found.dev()) {
            let size = room.f_blocks.saturating_mul(room.f_frsize);
            disks.push(DiskRoom { folder, size, free: room.f_bavail.saturating_mul(room.f_frsize) });
        }
    }
    Health {
        up: Duration::try_from_secs_f64(first_number("/proc/uptime")).unwrap_or_default(),
        load: first_number("/proc/loadavg"),
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        memory: memory.bytes("MemTotal").unwrap_or(0),
        memory_free: memory.bytes("MemAvailable").unwrap_or(0),
        disks,
        degrees: warmest(),
    }
}

fn first_word(text: &str) -> f64 {
    text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

fn warmest() -> Option<i64> {
    let zones = fs::read_dir("/sys/class/thermal").ok()?;
    let temperatures = zones.filter_map(|zone| {
        let text = fs::read_to_string(zone.ok()?.path().join("temp")).ok()?;
        text.trim().parse::<i64>().ok()
    });
    temperatures.max().map(|thousandths| thousandths / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computer_has_memory_and_a_disk() {
        let health = health();
        assert!(health.memory > 0 && health.memory_free <= health.memory);
        assert!(health.up > Duration::ZERO);
        assert!(health.disks.iter().any(|disk| disk.size > 0));
    }
}
