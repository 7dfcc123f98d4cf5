//! Files and folders: whose they are, and who may use them.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Access, Fact, read, told};
use crate::core::types::Told;
use crate::doctor::facts::permissions::Node;
use crate::ground::access::{self, PASS, READ, Who};
use crate::host;

/// What a session of the kiosk's user writes to, or must read, below the home.
const NEEDED: [&str; 10] = [
    ".Xauthority",
    ".config",
    ".config/vitrine",
    ".config/vitrine/vitrine.toml",
    ".config/openbox",
    ".config/virt-viewer",
    ".config/virt-viewer/settings",
    ".local",
    ".local/share",
    ".local/state",
];

/// The name of a number, of `/etc/passwd` or `/etc/group`.
fn name_of(file: &str, number: u32) -> String {
    let text = read(file).unwrap_or_default();
    let line = text.lines().find(|line| line.split(':').nth(2) == Some(&number.to_string()));
    line.and_then(|line| line.split(':').next()).map_or_else(|| number.to_string(), str::to_owned)
}

/// What there is; nothing where there is nothing.
pub(super) fn node(path: &Path) -> Fact<Option<Node>> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(Node {
            path: path.display().to_string(),
            owner: name_of("/etc/passwd", found.uid()),
            group: name_of("/etc/group", found.gid()),
            mode: found.mode() & 0o7777,
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(told!(
            "{file} is not to be read: {why}",
            file = path.display().to_string(),
            why = error.to_string()
        )),
    }
}

/// The first of libvirt's sockets: that of its one daemon, or of QEMU's own.
pub(super) fn socket() -> Fact<Option<Node>> {
    for path in ["/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock"] {
        if let Some(found) = node(Path::new(path))? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// How long a file may take to be looked at, which may lie on a share that does not answer.
const FILE_TIME: Duration = Duration::from_secs(2);

/// Whether a user may read a file, through all folders above it.
pub(super) fn access(file: &Path, who: &Who) -> Fact<Access> {
    let (file, who) = (file.to_owned(), who.clone());
    let stopped_by = host::within(FILE_TIME, move || access::stopped_by(&file, &who));
    let stopped_by = stopped_by.unwrap_or_else(|error| Err(Told::text(error.to_string())))?;
    Ok(stopped_by.map_or(Access::Yes, Access::No))
}

/// What the session needs in a home, and belongs to another user.
pub(super) fn foreign(home: &Path, uid: u32) -> Fact<Vec<String>> {
    fs::read_dir(home).map_err(|error| {
        told!("{file} is not to be read: {why}", file = home.display().to_string(), why = error.to_string())
    })?;
    let paths = NEEDED.iter().map(|name| home.join(name));
    Ok(foreign_of(paths, uid))
}

fn foreign_of(paths: impl Iterator<Item = PathBuf>, uid: u32) -> Vec<String> {
    paths
        .filter(|path| fs::symlink_metadata(path).is_ok_and(|found| found.uid() != uid))
        .map(|path| path.display().to_string())
        .collect()
}

/// What lies right in Vitrine's folder and belongs to another user.
pub(super) fn foreign_within(folder: &Path, uid: u32) -> Fact<Vec<String>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(foreign_of(entries.flatten().map(|entry| entry.path()), uid)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(told!(
            "{file} is not to be read: {why}",
            file = folder.display().to_string(),
            why = error.to_string()
        )),
    }
}

/// Openbox' files of the kiosk's that the user may not read, or not run.
pub(super) fn openbox(who: &Who) -> Fact<Option<Vec<Node>>> {
    let folder = Path::new("/etc/vitrine/openbox");
    if !folder.is_dir() {
        return Ok(None);
    }
    let mut closed = Vec::new();
    for (name, wanted) in [("autostart", READ | PASS), ("rc.xml", READ)] {
        let path = folder.join(name);
        let Some(found) = node(&path)? else { continue };
        if who.uid != 0 && access::rights(&path, who)? & wanted != wanted {
            closed.push(found);
        }
    }
    Ok(Some(closed))
}

/// The user that the installer's rule of polkit's is for.
pub(super) fn polkit() -> Fact<Option<String>> {
    let file = Path::new("/etc/polkit-1/rules.d/50-vitrine.rules");
    match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        _ => Ok(user_of(&read(file)?)),
    }
}

fn user_of(rule: &str) -> Option<String> {
    let line = rule.lines().find(|line| line.contains("subject.user"))?;
    line.split('"').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn who_keeps_a_user_out_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, file) = (folder.path().join("a"), folder.path().join("a/f"));
        fs::create_dir(&inner).unwrap();
        fs::write(&file, "").unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let user = |uid| Who { name: String::new(), uid, groups: vec![uid] };
        set(folder.path(), 0o755);
        for (of_folder, of_file, by) in
            [(0o755, 0o644, None), (0o750, 0o644, Some(&inner)), (0o755, 0o640, Some(&file))]
        {
            set(&inner, of_folder);
            set(&file, of_file);
            let expected = by.map_or(Access::Yes, |by| Access::No(by.display().to_string()));
            assert_eq!(access(&file, &user(4_000_000)).unwrap(), expected);
            assert_eq!(access(&file, &user(0)).unwrap(), Access::Yes, "root may");
        }
        assert_eq!(foreign_of([file.clone()].into_iter(), 4_000_000), [file.display().to_string()]);
        assert!(foreign_of([file].into_iter(), fs::metadata(folder.path()).unwrap().uid()).is_empty());
    }

    #[test]
    fn who_is_let_in_by_a_list_is_not_kept_out() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f");
        fs::write(&file, "").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // Linux's posix_acl_xattr.h: version 2, then a tag, permissions and whom it names; it is the list of
        // `setfacl -m u::rw,u:4000000:r,g::-,m::r,o::-`.
        let mut list = 2u32.to_le_bytes().to_vec();
        for (tag, allowed, whom) in [
            (1u16, 6u16, u32::MAX),
            (2, 4, 4_000_000),
            (4, 0, u32::MAX),
            (16, 4, u32::MAX),
            (32, 0, u32::MAX),
        ] {
            list.extend([tag.to_le_bytes(), allowed.to_le_bytes()].concat());
            list.extend(whom.to_le_bytes());
        }
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::setxattr(&file, "system.posix_acl_access", &list, flags).unwrap();
        let user = |uid| Who { name: String::new(), uid, groups: vec![uid] };
        assert_eq!(access(&file, &user(4_000_000)).unwrap(), Access::Yes);
        assert_eq!(access(&file, &user(4_000_001)).unwrap(), Access::No(file.display().to_string()));
    }

    #[test]
    fn the_user_of_the_rule_is_read() {
        let rule = include_str!("../../../deploy/system/50-vitrine.rules").replace("@USER@", "kiosk");
        assert_eq!(user_of(&rule).as_deref(), Some("kiosk"));
    }
}
