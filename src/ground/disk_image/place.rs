//! The file systems that images lie on, and who holds them.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::disk_image::Place;
use crate::ground::mounts::{Entry, Mount, Mounts};
use crate::words::told;

/// The nearest thing above a path that is there, links resolved.
fn nearest(path: &Path) -> Option<PathBuf> {
    path.ancestors().find_map(|at| at.canonicalize().ok())
}

/// What is known of the file system that a path is on.
pub(in crate::ground) fn of(path: &Path, mounts: &Mounts) -> Fact<Place> {
    let told = |why: Told| {
        told!("the file system of {file} is not known: {why}", file = path.display().to_string(), why = why)
    };
    let real = nearest(path).ok_or_else(|| told(Told::text("?")))?;
    let mount = mounts.of(&real).map_err(told)?.ok_or_else(|| told(Told::text("?")))?;
    let room = rustix::fs::statvfs(&real).map_err(|error| told(Told::text(error.to_string())))?;
    let planned = mounts.planned.as_deref().unwrap_or_default();
    Ok(Place {
        mount: mount.at.display().to_string(),
        kind: mount.kind.clone(),
        read_only: mount.is_read_only(),
        total: room.f_blocks.saturating_mul(room.f_frsize),
        free: room.f_bavail.saturating_mul(room.f_frsize),
        files: room.f_files,
        files_free: room.f_favail,
        no_cow: mount.kind == "btrfs" && is_no_cow(mount, &real),
        turns: turns(mount),
        by_hand: is_by_hand(&mount.at, planned),
    })
}

fn is_no_cow(mount: &Mount, file: &Path) -> bool {
    let flag = || {
        let file = fs::File::open(file).ok()?;
        Some(rustix::fs::ioctl_getflags(&file).ok()?.contains(rustix::fs::IFlags::NOCOW))
    };
    mount.options.iter().any(|option| option == "nodatacow") || flag().unwrap_or(false)
}

/// Whether the disk below turns (<https://docs.kernel.org/block/queue-sysfs.html>).
fn turns(mount: &Mount) -> Fact<bool> {
    let why =
        || told!("the disk of {mount} is not known to this system", mount = mount.at.display().to_string());
    // btrfs has numbers of its own; its source is a device nevertheless.
    let number = match fs::metadata(&mount.source) {
        Ok(device) if mount.source.starts_with("/dev/") => {
            let number = device.rdev();
            format!("{}:{}", rustix::fs::major(number), rustix::fs::minor(number))
        }
        _ => mount.device.clone(),
    };
    let device = fs::canonicalize(format!("/sys/dev/block/{number}")).map_err(|_| why())?;
    let read = |folder: &Path| fs::read_to_string(folder.join("queue/rotational")).ok();
    // A partition has its disk above it.
    let text = read(&device).or_else(|| read(device.parent()?)).ok_or_else(why)?;
    // What a virtual machine sees of a disk says nothing of the disk.
    let is_virtual =
        device.to_string_lossy().contains("/virtio") || device.to_string_lossy().contains("/virtual/");
    if is_virtual && text.trim() == "1" { Err(why()) } else { Ok(text.trim() == "1") }
}

/// Whether nobody mounts it when the computer starts (fstab(5); udisks mounts for a session below `/media`).
fn is_by_hand(at: &Path, planned: &[Entry]) -> bool {
    let is_removable = ["/media", "/run/media"].iter().any(|place| at.starts_with(place));
    match in_fstab(planned).find(|entry| entry.at == at) {
        Some(entry) => entry.has("noauto") && !entry.has("x-systemd.automount"),
        None => is_removable,
    }
}

/// The entries of `/etc/fstab` that have a place of their own.
fn in_fstab(planned: &[Entry]) -> impl Iterator<Item = &Entry> {
    planned.iter().filter(|entry| entry.at.is_absolute() && entry.at != Path::new("/"))
}

/// A mount point of `/etc/fstab` above a path at which nothing is mounted.
pub(in crate::ground) fn unmounted(path: &Path, mounts: &Mounts) -> Fact<Option<String>> {
    let planned = mounts.planned.as_ref().map_err(Told::clone)?;
    let all = mounts.all.as_ref().map_err(Told::clone)?;
    let mut above = in_fstab(planned).filter(|entry| path.starts_with(&entry.at));
    let bare = above.find(|entry| !all.iter().any(|mount| mount.at == entry.at));
    Ok(bare.map(|entry| entry.at.display().to_string()))
}

/// Who keeps QEMU from writing to a file: QEMU locks bytes of it, one for each thing that it does (100 and on) and one
/// for each that it lets nobody else do (200 and on); 1 is writing (its `block/file-posix.c`). The kernel lists them
/// in `/proc/locks` (proc_locks(5)).
pub(in crate::ground) fn held(path: &Path) -> Fact<Option<String>> {
    let told = |error: std::io::Error| {
        told!("{file} cannot be looked at: {why}", file = path.display().to_string(), why = error.to_string())
    };
    let file = fs::metadata(path).map_err(told)?;
    let device = (rustix::fs::major(file.dev()), rustix::fs::minor(file.dev()));
    let locks = fs::read_to_string("/proc/locks").map_err(told)?;
    if !is_held(&locks, device, file.ino()) {
        return Ok(None);
    }
    Ok(Some(holders(path).join(", ")))
}

fn is_held(locks: &str, (major, minor): (u32, u32), inode: u64) -> bool {
    let wanted = format!("{major:02x}:{minor:02x}:{inode}");
    locks.lines().any(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let Some(at) = words.iter().position(|word| *word == wanted) else { return false };
        // Those who wait for it stand there with an arrow.
        let number = |index: usize| words.get(at + index).and_then(|word| word.parse::<u64>().ok());
        let (first, last) = (number(1).unwrap_or(0), number(2).unwrap_or(u64::MAX));
        !words.contains(&"->") && [101, 201].iter().any(|byte| (first..=last).contains(byte))
    })
}

/// The processes that have a file open, as far as this user may see them.
fn holders(path: &Path) -> Vec<String> {
    let Ok(real) = path.canonicalize() else { return Vec::new() };
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let holds = |process: &Path| {
        let files = fs::read_dir(process.join("fd")).ok()?;
        files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|to| to == real)).then_some(())
    };
    let named = processes.flatten().filter_map(|process| {
        let number: u32 = process.file_name().to_str()?.parse().ok()?;
        holds(&process.path())?;
        let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
        Some(format!("{} ({number})", name.trim()))
    });
    named.take(3).collect()
}

/// Why something could not be found out in time, for who looks at many things at once.
pub(in crate::ground) fn late(within: std::time::Duration) -> Told {
    told!("it was not found out within {waited}", waited = within)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::mounts::entries_of;

    #[test]
    fn what_nobody_mounts_by_itself_is_known() {
        let fstab = "# comment\nUUID=1 / ext4 defaults 0 1\nUUID=2 /vms ext4 noauto,user 0 2\n/dev/sdb1 /media/a ext4 rw\n\
                     h:/x /auto nfs noauto,x-systemd.automount\n";
        for (at, expected) in
            [("/", false), ("/vms", true), ("/media/a", false), ("/media/b", true), ("/auto", false)]
        {
            assert_eq!(is_by_hand(Path::new(at), &entries_of(fstab)), expected, "{at}");
        }
    }

    #[test]
    fn locks_are_those_of_the_file_that_forbid_writing() {
        let lock = |bytes: &str| format!("1: OFDLCK ADVISORY  READ -1 fe:00:77 {bytes}\n");
        for (locks, expected) in [
            (lock("100 101"), true),
            (lock("201 201"), true),
            (lock("100 100"), false),
            (lock("203 203"), false),
            ("1: POSIX  ADVISORY  WRITE 3 fe:00:77 0 EOF\n".to_owned(), true),
            ("1: -> POSIX  ADVISORY  WRITE 3 fe:00:77 0 EOF\n".to_owned(), false),
            ("1: OFDLCK ADVISORY  READ -1 fe:00:7 101 101\n".to_owned(), false),
        ] {
            assert_eq!(is_held(&locks, (0xfe, 0), 77), expected, "{locks}");
        }
    }

    #[test]
    fn something_is_known_of_the_root() {
        let place = of(Path::new("/no/such/file"), &Mounts::read()).unwrap();
        assert!(place.total > 0);
        assert_eq!(held(Path::new("/etc/passwd")).unwrap(), None);
    }
}
