//! Where what is Vitrine's own lies, and that nobody else can look into it or put something there.

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{OTHERS, boot_id};

/// The name of Vitrine's folder in whatever folder it is.
const OWN: &str = "vitrine";
/// Where a user's states are below the home, unless `$XDG_STATE_HOME` says otherwise (XDG Base Directory Specification).
const USUAL_STATE_HOME: &str = ".local/state";

/// The permission to write, of a folder's group and of everybody else (inode(7)).
const OTHERS_WRITE: u32 = 0o022;
/// That of everybody else alone.
const WORLD_WRITES: u32 = 0o002;
/// Only the owner of what is in such a folder may rename or remove it.
const STICKY: u32 = 0o1000;

/// The folder that a variable names. The XDG Base Directory Specification has relative paths ignored.
fn absolute(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Vitrine's own folder among the states, where there is a place for them.
pub fn state_folder() -> Option<PathBuf> {
    let states = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(USUAL_STATE_HOME)));
    Some(states?.join(OWN))
}

/// The same of a user whose home this is, as far as can be known from outside that user's session.
pub fn state_folder_below(home: &Path) -> PathBuf {
    home.join(USUAL_STATE_HOME).join(OWN)
}

/// Where a user's programs are configured: `$XDG_CONFIG_HOME`, or `~/.config`.
pub fn config_home() -> Option<PathBuf> {
    absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))
}

/// Vitrine's own folder in `$XDG_RUNTIME_DIR`, where that is set.
pub fn session_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty())?;
    Some(PathBuf::from(folder).join(OWN))
}

/// A private folder for what lasts as long as the session, and no longer than the computer runs: the usual one, or one
/// among the states that is of this start of the computer.
///
/// # Errors
/// Neither can be had. The error says why, and what to do.
pub fn runtime_folder() -> io::Result<PathBuf> {
    let mut usual = "$XDG_RUNTIME_DIR is not set".to_owned();
    if let Some(folder) = session_folder() {
        match make_private(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) => usual = error.to_string(),
        }
    }
    match runtime_among_states() {
        Ok(folder) => {
            tracing::warn!("{usual}; what lasts as long as the session is kept in {}", folder.display());
            Ok(folder)
        }
        Err(error) => Err(io::Error::new(error.kind(), format!("{usual}; {error}"))),
    }
}

/// A folder for this start of the computer in the state folder; those of earlier starts are removed.
fn runtime_among_states() -> io::Result<PathBuf> {
    let states =
        state_folder().ok_or_else(|| io::Error::other("neither $XDG_STATE_HOME nor $HOME is set"))?;
    let (boot, all) = (boot_id(), states.join("run"));
    if boot.is_empty() {
        return Err(io::Error::other("/proc/sys/kernel/random/boot_id cannot be read"));
    }
    make_private(&states)?;
    make_private(&all)?;
    // What earlier starts of the computer have left is of no use any more.
    for earlier in fs::read_dir(&all)?.flatten().filter(|entry| *entry.file_name() != *boot) {
        let _ = fs::remove_dir_all(earlier.path());
    }
    let folder = all.join(boot);
    make_private(&folder)?;
    Ok(folder)
}

/// Makes a folder that only this user can look into, or makes sure that it is one. The user's own link to another
/// folder of its own will do.
///
/// # Errors
/// It cannot be had, or others may have put into it what they liked. The error names the folder and the way out.
pub fn make_private(folder: &Path) -> io::Result<()> {
    let named = |error| with_path(folder, error);
    if let Some(parent) = folder.parent() {
        make_folders(parent).map_err(named)?;
        check_parent(folder, &fs::metadata(parent).map_err(named)?)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(named(error)),
        _ => {}
    }
    let opened = open_own(folder)?;
    let found = opened.metadata().map_err(named)?;
    if found.uid() != own_user() {
        return Err(not_used(folder, &format!("it belongs to another user ({})", found.uid())));
    }
    if found.mode() & OTHERS != 0 {
        opened.set_permissions(Permissions::from_mode(found.mode() & 0o700)).map_err(named)?;
        tracing::info!("{} was open to others, and is no longer", folder.display());
    }
    // Who could write to it may have left something that would be taken for Vitrine's.
    if found.mode() & OTHERS_WRITE != 0 {
        check_entries(folder)?;
    }
    Ok(())
}

fn own_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn with_path(folder: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", folder.display()))
}

fn not_used(folder: &Path, why: &str) -> io::Error {
    let text = format!("{} is not used: {why}; remove it, or see whose it is", folder.display());
    io::Error::new(io::ErrorKind::PermissionDenied, text)
}

/// Refuses a folder that others could put another one in place of.
fn check_parent(folder: &Path, parent: &Metadata) -> io::Result<()> {
    if parent.uid() != own_user() && parent.uid() != 0 {
        let why = format!("the folder that it is in belongs to another user ({})", parent.uid());
        return Err(not_used(folder, &why));
    }
    if parent.mode() & WORLD_WRITES != 0 && parent.mode() & STICKY == 0 {
        return Err(not_used(folder, "everybody may put another one in its place"));
    }
    Ok(())
}

/// Opens a folder, or what the user's own link leads to; nobody else's link is followed.
fn open_own(folder: &Path) -> io::Result<File> {
    let named = |error| with_path(folder, error);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = match rustix::fs::open(folder, flags | OFlags::NOFOLLOW, Mode::empty()) {
        Err(Errno::LOOP | Errno::NOTDIR) => {
            let link = fs::symlink_metadata(folder).map_err(named)?;
            if !link.is_symlink() {
                return Err(not_used(folder, "it is no folder"));
            }
            if link.uid() != own_user() {
                let why = format!("it is a link that another user ({}) has laid", link.uid());
                return Err(not_used(folder, &why));
            }
            rustix::fs::open(folder, flags, Mode::empty())
        }
        opened => opened,
    };
    Ok(File::from(opened.map_err(|error| named(error.into()))?))
}

/// Refuses a folder in which something is another user's.
fn check_entries(folder: &Path) -> io::Result<()> {
    let named = |error| with_path(folder, error);
    for entry in fs::read_dir(folder).map_err(named)? {
        let entry = entry.map_err(named)?;
        let whose = entry.metadata().map_err(named)?.uid();
        if whose != own_user() {
            let name = entry.file_name();
            let why = format!("{} in it belongs to another user ({whose})", name.display());
            return Err(not_used(folder, &why));
        }
    }
    Ok(())
}

/// Makes the folders that are missing, for this user alone.
///
/// # Errors
/// As of [`DirBuilder::create`].
pub fn make_folders(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{chown, symlink};

    use super::super::tighten_files;
    use super::*;

    /// Debian's `nobody`: somebody else.
    const STRANGER: u32 = 65534;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn refused(folder: &Path, why: &str) {
        let error = make_private(folder).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        let text = error.to_string();
        assert!(text.contains(why) && text.contains(&folder.display().to_string()), "{text}");
    }

    #[test]
    fn a_folder_that_is_missing_is_made_for_its_user_alone() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("state/vitrine");
        make_private(&folder).unwrap();
        assert_eq!((mode(&folder), mode(&around.path().join("state"))), (0o700, 0o700));
        make_private(&folder).unwrap();
    }

    #[test]
    fn a_folder_of_ones_own_is_tightened_with_what_is_in_it() {
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("vitrine");
        for open in [0o755, 0o775, 0o777] {
            let _ = fs::create_dir(&folder);
            fs::write(folder.join("journal.db"), "").unwrap();
            set_mode(&folder.join("journal.db"), 0o644);
            set_mode(&folder, open);
            make_private(&folder).unwrap();
            tighten_files(&folder);
            assert_eq!((mode(&folder), mode(&folder.join("journal.db"))), (0o700, 0o600));
        }
    }

    #[test]
    fn ones_own_link_leads_to_ones_own_folder() {
        let around = tempfile::tempdir().unwrap();
        let (folder, data) = (around.path().join("vitrine"), around.path().join("data"));
        symlink(&data, &folder).unwrap();
        assert_eq!(make_private(&folder).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::create_dir(&data).unwrap();
        make_private(&folder).unwrap();
        assert_eq!(mode(&data), 0o700);
        fs::remove_file(&folder).unwrap();
        fs::write(&folder, "").unwrap();
        refused(&folder, "no folder");
    }

    /// Needs root, who can make what is somebody else's.
    #[test]
    fn what_a_stranger_has_made_is_not_used() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: this needs root");
            return;
        }
        let around = tempfile::tempdir().unwrap();
        let (public, theirs) = (around.path().join("public"), around.path().join("theirs"));
        fs::create_dir(&public).unwrap();
        fs::create_dir(&theirs).unwrap();
        chown(&theirs, Some(STRANGER), Some(STRANGER)).unwrap();
        let folder = public.join("vitrine");

        // As the temporary folder is.
        set_mode(&public, 0o1777);
        fs::create_dir(&folder).unwrap();
        chown(&folder, Some(STRANGER), None).unwrap();
        refused(&folder, "belongs to another user (65534)");
        fs::remove_dir(&folder).unwrap();

        // To a folder of theirs, or to one of ours, which they would have us open.
        let ours = around.path().join("ours");
        fs::create_dir(&ours).unwrap();
        set_mode(&ours, 0o755);
        for target in [&theirs, &ours] {
            symlink(target, &folder).unwrap();
            std::os::unix::fs::lchown(&folder, Some(STRANGER), None).unwrap();
            refused(&folder, "a link that another user");
            fs::remove_file(&folder).unwrap();
        }
        assert_eq!(mode(&ours), 0o755, "what a stranger points at is not touched");
        // Nor is our own link to what is theirs.
        symlink(&theirs, &folder).unwrap();
        refused(&folder, "belongs to another user");
        fs::remove_file(&folder).unwrap();

        // Ours, but they may have put something into it.
        fs::create_dir(&folder).unwrap();
        set_mode(&folder, 0o770);
        fs::create_dir(folder.join("viewer")).unwrap();
        chown(folder.join("viewer"), Some(STRANGER), None).unwrap();
        refused(&folder, "viewer in it belongs to another user");
        fs::remove_dir(folder.join("viewer")).unwrap();
        make_private(&folder).unwrap();
        fs::remove_dir(&folder).unwrap();

        // Where it would lie, they can put another one in its place.
        set_mode(&public, 0o777);
        refused(&folder, "everybody may put another one");
        refused(&theirs.join("vitrine"), "the folder that it is in belongs to another user");
    }
}
