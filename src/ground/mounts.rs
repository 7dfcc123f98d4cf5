//! What is mounted, and what is to be.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::core::types::Told;
use crate::doctor::Fact;
use crate::words::told;

/// A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    /// Where it is.
    pub(super) at: PathBuf,
    /// `major:minor`.
    pub(super) device: String,
    /// Its kind, such as `ext4`.
    pub(super) kind: String,
    /// What is mounted, such as `/dev/sda1`.
    pub(super) source: String,
    /// Of the mount and of the file system.
    pub(super) options: Vec<String>,
}

impl Mount {
    /// Its own options or the file system's have it read-only.
    pub(super) fn is_read_only(&self) -> bool {
        self.options.iter().any(|option| option == "ro")
    }
}

/// A line of `/etc/fstab` (fstab(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What is to be mounted, such as `UUID=…`.
    pub(super) device: String,
    /// Where; `none` for what has no place, such as swap.
    pub(super) at: PathBuf,
    /// How.
    pub(super) options: Vec<String>,
}

impl Entry {
    /// Whether it has an option.
    pub(super) fn has(&self, option: &str) -> bool {
        self.options.iter().any(|own| own == option)
    }
}

/// Both lists, of one moment.
#[derive(Clone, Debug)]
pub(super) struct Mounts {
    /// What is mounted.
    pub(super) all: Fact<Vec<Mount>>,
    /// What is to be; nothing where there is no `/etc/fstab`.
    pub(super) planned: Fact<Vec<Entry>>,
}

impl Mounts {
    /// Reads both.
    pub(super) fn read() -> Self {
        let text = |file: &str| {
            fs::read_to_string(file).map_err(|error: io::Error| {
                (error.kind(), told!("{file} is not to be read: {why}", file = file, why = error.to_string()))
            })
        };
        Self {
            all: text("/proc/self/mountinfo").map(|text| mounts_of(&text)).map_err(|(_, why)| why),
            planned: match text("/etc/fstab") {
                Err((ErrorKind::NotFound, _)) => Ok(Vec::new()),
                read => read.map(|text| entries_of(&text)).map_err(|(_, why)| why),
            },
        }
    }

    /// The mount that a path is on, by its name alone: nothing is asked that might not answer.
    pub(super) fn of(&self, path: &Path) -> Fact<Option<&Mount>> {
        Ok(mount_of(self.all.as_ref().map_err(Told::clone)?, path))
    }
}

pub(super) fn mounts_of(mountinfo: &str) -> Vec<Mount> {
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
    mountinfo.lines().filter_map(mount).collect()
}

/// Of the mounts above a path the nearest, and of several at one place the last, which lies over the others.
pub(super) fn mount_of<'a>(mounts: &'a [Mount], path: &Path) -> Option<&'a Mount> {
    mounts.iter().filter(|mount| path.starts_with(&mount.at)).max_by_key(|mount| mount.at.as_os_str().len())
}

pub(super) fn entries_of(fstab: &str) -> Vec<Entry> {
    let entry = |line: &str| {
        let mut words = line.split_whitespace();
        let (device, at, _, options) = (words.next()?, words.next()?, words.next()?, words.next());
        let options = options.unwrap_or("defaults").split(',').map(str::to_owned).collect();
        Some(Entry { device: device.to_owned(), at: PathBuf::from(unescaped(at)), options })
    };
    fstab.lines().map(str::trim).filter(|line| !line.starts_with('#')).filter_map(entry).collect()
}

/// Blanks stand there as `\040` and the like.
fn unescaped(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n\
        30 22 0:40 / /srv/my\\040vms rw - nfs4 host:/vms ro,vers=4\n\
        31 22 0:41 / /srv rw - autofs systemd-1 rw\n\
        32 22 0:42 / /srv rw,noexec - tmpfs tmpfs rw\n";

    #[test]
    fn the_mount_of_a_path_is_the_nearest_above_and_lies_over_others() {
        let mounts = mounts_of(MOUNTS);
        for (path, kind) in
            [("/var/x", "ext4"), ("/srv/x", "tmpfs"), ("/srv/my vms/x", "nfs4"), ("/srvx", "ext4")]
        {
            assert_eq!(mount_of(&mounts, Path::new(path)).unwrap().kind, kind, "{path}");
        }
        assert_eq!((mounts[1].device.as_str(), mounts[1].source.as_str()), ("0:40", "host:/vms"));
        let read_only: Vec<_> = mounts.iter().map(Mount::is_read_only).collect();
        assert_eq!(read_only, [false, true, false, false]);
        assert!(mounts[3].options.contains(&"noexec".to_owned()));
    }

    #[test]
    fn entries_are_read() {
        let fstab = "# a comment\nUUID=1 / ext4 errors=remount-ro 0 1\n  LABEL=a /my\\040vms ext4\nnonsense\n\
                     UUID=4 none swap sw,nofail 0 0\n";
        let entries = entries_of(fstab);
        let places: Vec<_> = entries.iter().map(|entry| entry.at.to_str().unwrap()).collect();
        assert_eq!(places, ["/", "/my vms", "none"]);
        assert_eq!(entries[1].options, ["defaults"]);
        assert!(entries[2].has("nofail") && !entries[0].has("nofail"));
    }
}
