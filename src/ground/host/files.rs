//! File systems, and what fills them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::read;
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::host::{FileSystem, Log};
use crate::ground::mounts::{Entry, Mount, Mounts};
use crate::words::told;

/// File systems on disks, which fail; those in memory, over the network and of images do not in this way.
const ON_DISKS: [&str; 8] = ["ext4", "ext3", "ext2", "xfs", "btrfs", "f2fs", "vfat", "jfs"];
/// How long folders are walked through, and how deep: what is larger is not known.
const WALK: Duration = Duration::from_millis(1500);
const DEPTH: usize = 6;
/// What has crashed longer ago is no news.
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// The file systems that the system and the kiosk's user write to.
pub(super) fn file_systems(home: &Path, mounts: &Mounts) -> Fact<Vec<FileSystem>> {
    let entries = mounts.planned.as_deref().unwrap_or_default();
    let folders = ["/", "/var", "/var/log", "/var/lib/libvirt", "/tmp", "/run", "/boot"];
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for folder in folders.iter().map(PathBuf::from).chain([home.to_owned()]) {
        let Ok(metadata) = fs::metadata(&folder) else { continue };
        let Ok(status) = rustix::fs::statvfs(&folder) else { continue };
        if !seen.insert(metadata.dev()) {
            continue;
        }
        let mount = mounts.of(&folder)?;
        let is_meant = |one: &Mount| {
            let entry = entries.iter().find(|entry| entry.at == one.at);
            entry.is_none_or(|entry| entry.has("ro"))
        };
        found.push(FileSystem {
            folder: folder.display().to_string(),
            size: status.f_blocks.saturating_mul(status.f_frsize),
            free: status.f_bavail.saturating_mul(status.f_frsize),
            files: status.f_files,
            free_files: status.f_favail,
            read_only: mount.is_some_and(|one| {
                one.is_read_only() && ON_DISKS.contains(&one.kind.as_str()) && !is_meant(one)
            }),
        });
    }
    Ok(found)
}

/// Entries of fstab(5) that the next start waits for, and then stops at, since their device is not there.
pub(super) fn missing_mounts(mounts: &Mounts) -> Fact<Vec<String>> {
    let planned = mounts.planned.as_ref().map_err(Told::clone)?;
    // Without udev no device has a link by its number or name.
    if !Path::new("/dev/disk").is_dir() {
        return Err(told!("/dev/disk is not there: udev does not run"));
    }
    Ok(missing_of(planned, |path| Path::new(path).exists()))
}

pub(super) fn missing_of(entries: &[Entry], is_there: impl Fn(&str) -> bool) -> Vec<String> {
    let waits = |entry: &&Entry| {
        let spares = ["nofail", "noauto", "_netdev", "x-systemd.automount"];
        entry.at.is_absolute() && !spares.iter().any(|option| entry.has(option))
    };
    let is_missing = |entry: &&Entry| {
        let device = entry.device.replace('"', "");
        let by = |kind: &str, value: &str| !is_there(&format!("/dev/disk/{kind}/{value}"));
        match device.split_once('=') {
            Some(("UUID", value)) => by("by-uuid", value),
            // udev writes other signs than these in another way, and then nothing is said.
            Some(("LABEL", value)) if value.chars().all(|c| c.is_ascii_alphanumeric()) => {
                by("by-label", value)
            }
            Some(("PARTUUID", value)) => by("by-partuuid", value),
            Some(_) => false,
            None => device.starts_with("/dev/") && !is_there(&device),
        }
    };
    entries
        .iter()
        .filter(waits)
        .filter(is_missing)
        .map(|entry| format!("{} ({})", entry.at.display(), entry.device))
        .collect()
}

/// Whether the journal is kept (journald.conf(5)).
pub(super) fn log() -> Fact<Log> {
    let mut storage = String::from("auto");
    let mut files = vec![PathBuf::from("/etc/systemd/journald.conf")];
    for folder in ["/usr/lib/systemd/journald.conf.d", "/etc/systemd/journald.conf.d"] {
        let mut more: Vec<_> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()).collect();
        more.sort();
        files.extend(more);
    }
    for file in files {
        if let Some(set) = super::system::assignments(&read(file).unwrap_or_default()).remove("Storage") {
            storage = set.to_lowercase();
        }
    }
    if !Path::new("/run/systemd/system").is_dir() {
        return Err(told!("journald does not run here"));
    }
    Ok(match storage.as_str() {
        "volatile" | "none" => Log::NotWanted,
        "persistent" => Log::Kept,
        _ if Path::new("/var/log/journal").is_dir() => Log::Kept,
        _ => Log::NoFolder,
    })
}

/// The size of a folder and of what is in it, and its largest file.
struct Walk {
    until: Instant,
    size: u64,
    largest: (String, u64),
}

impl Walk {
    /// Links are not followed; what cannot be read has no size.
    fn through(&mut self, folder: &Path, depth: usize) -> bool {
        if depth == 0 || Instant::now() > self.until {
            return depth == 0;
        }
        let mut whole = true;
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                whole &= self.through(&entry.path(), depth - 1);
            } else {
                // What it takes, in units of 512 bytes (stat(3type)).
                let size = metadata.blocks().saturating_mul(512);
                self.size += size;
                if size > self.largest.1 {
                    self.largest = (entry.path().display().to_string(), size);
                }
            }
        }
        whole
    }
}

/// The size of the logs.
pub(super) fn logs() -> Fact<(u64, String, u64)> {
    let mut walk = Walk { until: Instant::now() + WALK, size: 0, largest: (String::new(), 0) };
    if walk.through(Path::new("/var/log"), DEPTH) {
        Ok((walk.size, walk.largest.0, walk.largest.1))
    } else {
        Err(told!("/var/log has too many files to be measured"))
    }
}

/// Core dumps, of systemd-coredump(8) and of Ubuntu's apport.
pub(super) fn core_dumps() -> Fact<(u64, Vec<String>)> {
    let mut size = 0;
    let mut programs = BTreeSet::new();
    for folder in ["/var/lib/systemd/coredump", "/var/crash"] {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            size += metadata.len();
            let age = metadata.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
            if age.is_some_and(|age| age < WEEK) {
                programs.extend(entry.file_name().to_str().and_then(crashed));
            }
        }
    }
    Ok((size, programs.into_iter().collect()))
}

/// The program of a core dump: `core.PROGRAM.UID.…`, or `_usr_bin_PROGRAM.UID.crash`.
pub(super) fn crashed(file: &str) -> Option<String> {
    if let Some(rest) = file.strip_prefix("core.") {
        return rest.split('.').next().map(str::to_owned);
    }
    let path = file.strip_suffix(".crash")?.rsplit_once('.')?.0;
    path.rsplit('_').next().map(str::to_owned)
}
