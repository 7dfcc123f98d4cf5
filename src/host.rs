//! What several parts need of the computer that they run on: its clocks, the folders for what is Vitrine's own, files
//! that are replaced in one step.
//!
//! What Vitrine writes has pictures of visitors in it and decides what is shown, so it is its user's alone. A folder is
//! used only if it is that user's, whoever was first to make one of its name.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::core::types::{Now, WallTime};

/// The name of Vitrine's folder in whatever folder it is.
pub const OWN: &str = "vitrine";

const NOFOLLOW: i32 = OFlags::NOFOLLOW.bits().cast_signed();
/// The bits of those that are neither the owner's nor special (inode(7)).
const OTHERS: u32 = 0o077;
const OTHERS_WRITE: u32 = 0o022;
const WORLD_WRITES: u32 = 0o002;
const STICKY: u32 = 0o1000;

/// This moment on both clocks.
pub fn now() -> Now {
    Now { mono: Instant::now(), wall: wall_clock() }
}

/// This moment on the clock that people read.
pub fn wall_clock() -> WallTime {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallTime(i64::try_from(wall.as_millis()).unwrap_or(i64::MAX))
}

/// What tells one start of the computer from the next (`boot_id` in proc(5)); empty where that cannot be read.
pub fn boot_id() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}

fn absolute(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// `$XDG_STATE_HOME`, or `~/.local/state` (XDG Base Directory Specification).
pub fn state_home() -> Option<PathBuf> {
    absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))
}

/// Vitrine's own folder among the states, where there is a place for them.
pub fn state_folder() -> Option<PathBuf> {
    Some(state_home()?.join(OWN))
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
    for former in fs::read_dir(&all)?.flatten().filter(|entry| *entry.file_name() != *boot) {
        let _ = fs::remove_dir_all(former.path());
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
    let own = rustix::process::geteuid().as_raw();
    let refuse = |why: String| {
        let text = format!("{} is not used: {why}; remove it, or see whose it is", folder.display());
        Err(io::Error::new(io::ErrorKind::PermissionDenied, text))
    };
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    if let Some(parent) = folder.parent() {
        make_folders(parent).map_err(named)?;
        let around = fs::metadata(parent).map_err(named)?;
        if around.uid() != own && around.uid() != 0 {
            return refuse(format!("the folder that it is in belongs to another user ({})", around.uid()));
        }
        if around.mode() & WORLD_WRITES != 0 && around.mode() & STICKY == 0 {
            return refuse("everybody may put another one in its place".to_owned());
        }
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(named(error)),
        _ => {}
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = match rustix::fs::open(folder, flags | OFlags::NOFOLLOW, Mode::empty()) {
        Err(Errno::LOOP | Errno::NOTDIR) => {
            let link = fs::symlink_metadata(folder).map_err(named)?;
            if !link.is_symlink() {
                return refuse("it is no folder".to_owned());
            }
            if link.uid() != own {
                return refuse(format!("it is a link that another user ({}) has laid", link.uid()));
            }
            rustix::fs::open(folder, flags, Mode::empty())
        }
        opened => opened,
    };
    let opened = File::from(opened.map_err(|error| named(error.into()))?);
    let found = opened.metadata().map_err(named)?;
    if found.uid() != own {
        return refuse(format!("it belongs to another user ({})", found.uid()));
    }
    if found.mode() & OTHERS != 0 {
        opened.set_permissions(Permissions::from_mode(found.mode() & 0o700)).map_err(named)?;
        tracing::info!("{} was open to others, and is no longer", folder.display());
    }
    if found.mode() & OTHERS_WRITE != 0 {
        for entry in fs::read_dir(folder).map_err(named)? {
            let entry = entry.map_err(named)?;
            let whose = entry.metadata().map_err(named)?.uid();
            if whose != own {
                let name = entry.file_name();
                return refuse(format!("{} in it belongs to another user ({whose})", name.display()));
            }
        }
    }
    Ok(())
}

/// Takes the bits of others from the user's own files in a private folder: those of an earlier version are open.
pub fn tighten_files(folder: &Path) {
    let own = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // It does not follow links.
        let Ok(found) = entry.metadata() else { continue };
        if found.is_file() && found.uid() == own {
            tighten(&entry.path());
        }
    }
}

/// Takes the bits of others from a file of the user's own, where it is there.
pub fn tighten(path: &Path) {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let tightened = opened.and_then(|file| {
        let mode = file.metadata()?.mode();
        let open = mode & OTHERS != 0;
        if open { file.set_permissions(Permissions::from_mode(mode & 0o700)) } else { Ok(()) }
    });
    match tightened {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!("{} may be open to others: {error}", path.display());
        }
        _ => {}
    }
}

/// Makes sure that a file is there that only this user can read, empty where it was not; a link is not followed.
///
/// # Errors
/// It cannot be made, or its folder cannot.
pub fn make_private_file(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        make_folders(folder)?;
    }
    open_private(path, false)?;
    tighten(path);
    Ok(())
}

/// Opens a file of this user's alone for writing, and makes it where it is missing. A link is not followed: in a folder
/// that others write to as well, it could be anybody's.
///
/// # Errors
/// As of [`OpenOptions::open`]; or it is another user's.
pub fn open_private(path: &Path, truncate: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(truncate).mode(0o600).custom_flags(NOFOLLOW);
    let file = options.open(path)?;
    let whose = file.metadata()?.uid();
    if whose == rustix::process::geteuid().as_raw() {
        return Ok(file);
    }
    let text = format!("{} belongs to another user ({whose})", path.display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, text))
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

/// Writes a private file in one step: who reads it finds the old text or the new one.
///
/// # Errors
/// It cannot be written; the old text is there as before.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    put_in_place(path, text, |_| Ok(()))
}

/// As [`replace`], and the new text is on the disk when this returns, whatever happens then.
///
/// # Errors
/// As of [`replace`].
pub fn replace_durably(path: &Path, text: &str) -> io::Result<()> {
    put_in_place(path, text, File::sync_all)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn put_in_place(path: &Path, text: &str, settle: impl Fn(&File) -> io::Result<()>) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        make_folders(folder)?;
    }
    let draft = path.with_extension("new");
    let mut file = open_private(&draft, true)?;
    file.write_all(text.as_bytes())?;
    settle(&file)?;
    fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{chown, symlink};

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

    #[test]
    fn a_file_is_replaced_in_one_step_and_private() {
        let around = tempfile::tempdir().unwrap();
        let path = around.path().join("new folder/decisions");
        for (text, write) in [("one", replace as fn(&Path, &str) -> _), ("two", replace_durably)] {
            write(&path, text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(mode(&path), 0o600);
        }
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        // What lies where it is drafted is not written through.
        let precious = around.path().join("precious");
        fs::write(&precious, "precious").unwrap();
        symlink(&precious, path.with_extension("new")).unwrap();
        assert!(replace(&path, "three").is_err());
        assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    }

    #[test]
    fn a_private_file_is_made_or_tightened() {
        let around = tempfile::tempdir().unwrap();
        let path = around.path().join("journal.db");
        make_private_file(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::write(&path, "text").unwrap();
        set_mode(&path, 0o664);
        make_private_file(&path).unwrap();
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap()), (0o600, "text".to_owned()));
    }
}
