//! What a user may do with a file, and which folder on the way to it stops that user: by owner, group, everybody else and
//! access control lists. That root may more is the caller's to know: a QEMU that runs as root may not.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::program;
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::disk_image::Barrier;
use crate::words::told;

/// Reading.
pub(super) const READ: u32 = 4;
/// Writing.
const WRITE: u32 = 2;
/// Entering a folder, or running a program.
pub(super) const PASS: u32 = 1;

/// How long the name service may take.
const NAME_TIME: Duration = Duration::from_secs(2);

/// A user, and the groups that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) groups: Vec<u32>,
}

impl Who {
    /// The user of this number, by the system's name service.
    pub(super) fn of(uid: u32) -> Fact<Self> {
        let number = uid.to_string();
        let found = program::run(&["getent", "passwd", &number], NAME_TIME)?;
        let name = found.output.split(':').next().filter(|_| found.well()).unwrap_or(&number).to_owned();
        let groups = program::run(&["id", "-G", &name], NAME_TIME)?;
        let groups = groups.output.split_whitespace().filter_map(|group| group.parse().ok()).collect();
        Ok(Self { name, uid, groups })
    }
}

/// An entry of an access control list (acl(5)): its tag, its permissions, whom it names.
type Entry = (u16, u32, u32);

/// What the extended attribute `system.posix_acl_access` holds (Linux's `posix_acl_xattr.h`).
fn acl(bytes: &[u8]) -> Vec<Entry> {
    let entry = |bytes: &[u8]| {
        let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        (short(0), u32::from(short(2)), u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]))
    };
    bytes.get(4..).unwrap_or_default().chunks_exact(8).map(entry).collect()
}

/// What a user may do with a file of this owner, group and mode (acl(5), "access check algorithm").
fn may(who: &Who, (uid, gid, mode): (u32, u32, u32), acl: &[Entry]) -> u32 {
    const USER: u16 = 0x02;
    const GROUP_OBJ: u16 = 0x04;
    const GROUP: u16 = 0x08;
    const MASK: u16 = 0x10;
    if who.uid == uid {
        return mode >> 6 & 7;
    }
    let mask = acl.iter().find(|(tag, ..)| *tag == MASK).map_or(7, |(_, allowed, _)| *allowed);
    if let Some((_, allowed, _)) = acl.iter().find(|(tag, _, id)| *tag == USER && *id == who.uid) {
        return allowed & mask;
    }
    let mut groups = acl.iter().filter(|(tag, _, id)| {
        (*tag == GROUP_OBJ && who.groups.contains(&gid)) || (*tag == GROUP && who.groups.contains(id))
    });
    if let Some((_, first, _)) = groups.next() {
        return (first | groups.fold(0, |all, (_, allowed, _)| all | allowed)) & mask;
    }
    if acl.is_empty() && who.groups.contains(&gid) { mode >> 3 & 7 } else { mode & 7 }
}

/// The access control list of a file; empty where it has none.
fn list(path: &Path) -> Vec<Entry> {
    let mut bytes = [0; 4096];
    let length = rustix::fs::getxattr(path, "system.posix_acl_access", &mut bytes).unwrap_or(0);
    acl(bytes.get(..length).unwrap_or_default())
}

/// What a user may do with what lies at a path, of [`READ`], writing and [`PASS`], where nothing on the way stops it.
pub(super) fn rights(path: &Path, who: &Who) -> Fact<u32> {
    let told = |error: std::io::Error| {
        told!("{file} cannot be looked at: {why}", file = path.display().to_string(), why = error.to_string())
    };
    let found = fs::metadata(path).map_err(told)?;
    Ok(may(who, (found.uid(), found.gid(), found.mode()), &list(path)))
}

/// What keeps a user from reading a file: a folder on the way to it, or the file itself. Nothing keeps root.
pub(super) fn stopped_by(file: &Path, who: &Who) -> Fact<Option<String>> {
    if who.uid == 0 {
        return Ok(None);
    }
    if let Some(barrier) = barrier(file, who)? {
        return Ok(Some(barrier.folder));
    }
    Ok((rights(file, who)? & READ == 0).then(|| file.display().to_string()))
}

/// Whether a user may read a file, and whether it may write it.
pub(super) fn access(path: &Path, who: &Who) -> Fact<(bool, bool)> {
    let allowed = rights(path, who)?;
    Ok((allowed & READ != 0, allowed & WRITE != 0))
}

/// The first folder above a file that a user cannot pass.
pub(super) fn barrier(path: &Path, who: &Who) -> Fact<Option<Barrier>> {
    let mut folders: Vec<PathBuf> = above(path);
    // Where a link leads, the way goes on from there.
    let real =
        path.canonicalize().or_else(|_| path.parent().unwrap_or(path).canonicalize().map(|to| to.join("x")));
    if let Ok(real) = &real {
        folders.extend(above(real));
    }
    for folder in folders {
        let found = match folder.metadata() {
            Ok(found) => found,
            // What is missing is another's matter.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let name = folder.display().to_string();
                return Err(told!("{file} cannot be looked at: {why}", file = name, why = error.to_string()));
            }
        };
        let list = list(&folder);
        if may(who, (found.uid(), found.gid(), found.mode()), &list) & PASS == 0 {
            return Ok(Some(Barrier {
                is_private: is_private(&folder),
                folder: folder.display().to_string(),
                mode: found.mode() & 0o7777,
                has_acl: !list.is_empty(),
                can_be_set: program::is_there("setfacl"),
            }));
        }
    }
    match real {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(Told::text(format!("{}: {error}", path.display())))
        }
        _ => Ok(None),
    }
}

/// The folders above a file, from the root down.
fn above(path: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> =
        path.ancestors().skip(1).filter(|at| at.is_absolute()).map(Path::to_owned).collect();
    folders.reverse();
    folders
}

/// Whether a folder is somebody's own, so that whoever keeps images there may open it. The system's own folders are as
/// they are for a reason.
fn is_private(folder: &Path) -> bool {
    ["/home", "/srv", "/mnt", "/media", "/data", "/opt", "/vm", "/vms", "/var/lib/libvirt/images"]
        .iter()
        .any(|place| folder.starts_with(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_follow_the_systems_rules() {
        let who = Who { name: "libvirt-qemu".into(), uid: 64055, groups: vec![993, 105] };
        let user = |allowed| (0x02, allowed, 64055);
        let mask = |allowed| (0x10, allowed, u32::MAX);
        let (own, others) = ((0x01, 7, u32::MAX), (0x20, 0, u32::MAX));
        let group = |allowed| (0x04, allowed, u32::MAX);
        type Row<'a> = ((u32, u32, u32), &'a [Entry], u32);
        let rows: [Row<'_>; 10] = [
            ((64055, 993, 0o600), &[], 6),
            ((0, 0, 0o711), &[], 1),
            ((0, 0, 0o700), &[], 0),
            ((0, 105, 0o750), &[], 5),
            // The owner's own bits count, though others may more.
            ((64055, 0, 0o077), &[], 0),
            ((1000, 1000, 0o710), &[own, user(1), group(0), mask(1), others], 1),
            ((1000, 1000, 0o700), &[own, user(1), group(0), mask(0), others], 0),
            ((1000, 993, 0o750), &[own, group(5), mask(4), others], 4),
            ((1000, 1000, 0o750), &[own, group(7), (0x08, 1, 105), mask(7), others], 1),
            ((1000, 1000, 0o755), &[own, group(7), mask(7), (0x20, 5, u32::MAX)], 5),
        ];
        for (file, acl, expected) in rows {
            assert_eq!(may(&who, file, acl), expected, "{file:?} {acl:?}");
        }
        assert_eq!(acl(&[2, 0, 0, 0, 2, 0, 1, 0, 0x37, 0xfa, 0, 0]), [(2, 1, 64055)]);
        assert_eq!(acl(&[]), []);
    }

    #[test]
    fn the_first_folder_that_stops_a_user_is_named() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("open/closed/in")).unwrap();
        fs::write(at("open/closed/in/disk"), "").unwrap();
        symlink(at("open/closed/in/disk"), at("link")).unwrap();
        let set = |name: &str, mode| fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
        set("", 0o755);
        set("open/closed", 0o750);
        let who = Who { name: "x".into(), uid: 3_999_999, groups: vec![3_999_999] };
        for (path, expected) in [
            ("open/closed/in/disk", Some("open/closed")),
            ("open/closed/missing", Some("open/closed")),
            ("open/missing", None),
            ("link", Some("open/closed")),
        ] {
            let found = barrier(&at(path), &who).unwrap().map(|barrier| barrier.folder);
            assert_eq!(found, expected.map(|name| at(name).display().to_string()), "{path}");
        }
    }
}
