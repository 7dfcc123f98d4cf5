//! The file systems that images lie on, and who holds them.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::disk_image::Place;
use crate::words::told;

/// A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mount {
    at: PathBuf,
    /// `major:minor`.
    device: String,
    kind: String,
    source: String,
    /// Of the mount and of the file system.
    options: Vec<String>,
}

fn mounts(text: &str) -> Vec<Mount> {
    let mount = |line: &str| {
        let (own, system) = line.split_once(" - ")?;
        let own: Vec<_> = own.split(' ').collect();
        let mut system = system.split(' ');
        let (kind, source) = (system.next()?.to_owned(), unescaped(system.next()?));
        let options = own.get(5)?.split(',').chain(system.next().unwrap_or_default().split(','));
        Some(Mount {
            at: PathBuf::from(unescaped(own.get(4)?)),
            device: (*own.get(2)?).to_owned(),
            kind,
            source,
            options: options.map(str::to_owned).collect(),
        })
    };
    text.lines().filter_map(mount).collect()
}

/// Blanks stand there as `\040`.
fn unescaped(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}

/// The mount that a file is on: of those above it the nearest, and of several at one place the last.
fn mount_of<'a>(mounts: &'a [Mount], path: &Path) -> Option<&'a Mount> {
    mounts.iter().filter(|mount| path.starts_with(&mount.at)).max_by_key(|mount| mount.at.as_os_str().len())
}

/// The nearest thing above a path that is there, links resolved.
fn nearest(path: &Path) -> Option<PathBuf> {
    path.ancestors().find_map(|at| at.canonicalize().ok())
}

/// What is known of the file system that a path is on.
pub(in crate::ground) fn of(path: &Path) -> Fact<Place> {
    let told = |why: String| {
        told!("the file system of {file} is not known: {why}", file = path.display().to_string(), why = why)
    };
    let text = fs::read_to_string("/proc/self/mountinfo").map_err(|error| told(error.to_string()))?;
    let real = nearest(path).ok_or_else(|| told("?".to_owned()))?;
    let mounts = mounts(&text);
    let mount = mount_of(&mounts, &real).ok_or_else(|| told("?".to_owned()))?;
    let room = rustix::fs::statvfs(&real).map_err(|error| told(error.to_string()))?;
    let fstab = fs::read_to_string("/etc/fstab").unwrap_or_default();
    Ok(Place {
        mount: mount.at.display().to_string(),
        kind: mount.kind.clone(),
        read_only: mount.options.iter().any(|option| option == "ro"),
        total: room.f_blocks.saturating_mul(room.f_frsize),
        free: room.f_bavail.saturating_mul(room.f_frsize),
        files: room.f_files,
        files_free: room.f_favail,
        no_cow: mount.kind == "btrfs" && is_no_cow(mount, &real),
        turns: turns(mount),
        by_hand: is_by_hand(&mount.at, &fstab),
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
fn is_by_hand(at: &Path, fstab: &str) -> bool {
    let is_removable = ["/media", "/run/media"].iter().any(|place| at.starts_with(place));
    match in_fstab(fstab).find(|(place, _)| place == at) {
        Some((_, options)) => {
            options.split(',').any(|option| option == "noauto")
                && !options.split(',').any(|option| option == "x-systemd.automount")
        }
        None => is_removable,
    }
}

/// The mount points of `/etc/fstab`, with their options.
fn in_fstab(text: &str) -> impl Iterator<Item = (PathBuf, &str)> {
    text.lines().filter(|line| !line.trim_start().starts_with('#')).filter_map(|line| {
        let mut words = line.split_whitespace();
        let at = words.nth(1).filter(|at| at.starts_with('/') && *at != "/")?;
        Some((PathBuf::from(unescaped(at)), words.nth(1).unwrap_or_default()))
    })
}

/// A mount point of `/etc/fstab` above a path at which nothing is mounted.
pub(in crate::ground) fn unmounted(path: &Path) -> Fact<Option<String>> {
    let read = |file: &str| {
        fs::read_to_string(file)
            .map_err(|error| told!("{file} cannot be looked at: {why}", file = file, why = error.to_string()))
    };
    let fstab = match fs::read_to_string("/etc/fstab") {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        _ => read("/etc/fstab")?,
    };
    let mounts = mounts(&read("/proc/self/mountinfo")?);
    let above = in_fstab(&fstab).map(|(at, _)| at).filter(|at| path.starts_with(at));
    Ok(above
        .filter(|at| !mounts.iter().any(|mount| &mount.at == at))
        .map(|at| at.display().to_string())
        .next())
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

    const MOUNTS: &str = "22 1 254:0 / / rw,relatime - ext4 /dev/vda1 rw\n\
        30 22 0:40 / /srv/my\\040vms rw - nfs4 host:/vms ro,vers=4\n\
        31 22 0:41 / /srv rw - tmpfs tmpfs rw\n";

    #[test]
    fn the_file_system_of_a_path_is_the_nearest_above() {
        let mounts = mounts(MOUNTS);
        for (path, kind) in
            [("/var/x", "ext4"), ("/srv/x", "tmpfs"), ("/srv/my vms/x", "nfs4"), ("/srvx", "ext4")]
        {
            assert_eq!(mount_of(&mounts, Path::new(path)).unwrap().kind, kind, "{path}");
        }
        assert!(mounts[1].options.contains(&"ro".to_owned()));
    }

    #[test]
    fn what_nobody_mounts_by_itself_is_known() {
        let fstab = "# comment\nUUID=1 / ext4 defaults 0 1\nUUID=2 /vms ext4 noauto,user 0 2\n/dev/sdb1 /media/a ext4 rw\n\
                     h:/x /auto nfs noauto,x-systemd.automount\n";
        for (at, expected) in
            [("/", false), ("/vms", true), ("/media/a", false), ("/media/b", true), ("/auto", false)]
        {
            assert_eq!(is_by_hand(Path::new(at), fstab), expected, "{at}");
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
        let place = of(Path::new("/no/such/file")).unwrap();
        assert!(place.total > 0);
        assert_eq!(held(Path::new("/etc/passwd")).unwrap(), None);
    }
}
