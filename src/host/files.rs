//! Files of this user's alone, and how they are replaced: whoever reads one finds all of the old text or of the new.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

use super::{OTHERS, make_folders};

const NOFOLLOW: i32 = OFlags::NOFOLLOW.bits().cast_signed();

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

/// Writes a file of whoever's in one step and durably, and leaves it to its owner and in its mode.
///
/// # Errors
/// It cannot be written, or cannot be left to its owner; the old text is there as before.
pub fn replace_as_it_was(path: &Path, text: &str) -> io::Result<()> {
    let before = fs::metadata(path)?;
    put_in_place(path, text, |file| {
        let made = file.metadata()?;
        if (made.uid(), made.gid()) != (before.uid(), before.gid()) {
            std::os::unix::fs::fchown(file, Some(before.uid()), Some(before.gid()))?;
        }
        file.set_permissions(Permissions::from_mode(before.mode() & 0o7777))?;
        file.sync_all()
    })?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// Writes beside the file and renames; `settle` is done to the new text before it has the name.
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

/// A secret that the service manager hands over (systemd.exec(5), `LoadCredential=`), without blanks around it.
///
/// # Errors
/// There is none of this name, or it cannot be read.
pub fn credential(name: &str) -> io::Result<String> {
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY")
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "$CREDENTIALS_DIRECTORY is not set"))?;
    let text = fs::read_to_string(Path::new(&folder).join(name))?;
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
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
    fn a_file_that_is_replaced_stays_open_to_whom_it_was() {
        let around = tempfile::tempdir().unwrap();
        let path = around.path().join("vitrine.toml");
        assert!(replace_as_it_was(&path, "one").is_err());
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        replace_as_it_was(&path, "two").unwrap();
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap()), (0o640, "two".to_owned()));
        assert_eq!(fs::read_dir(around.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_private_file_is_made_or_tightened() {
        let around = tempfile::tempdir().unwrap();
        let path = around.path().join("journal.db");
        make_private_file(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::write(&path, "text").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o664)).unwrap();
        make_private_file(&path).unwrap();
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap()), (0o600, "text".to_owned()));
    }
}
