//! The Unix socket that the commands speak to the daemon through.

use std::fs::{self, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixListener as StdListener;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use crate::host;

/// The socket's place below `$XDG_RUNTIME_DIR`, or below a user's folder in `/run/user`.
pub const SOCKET: &str = "vitrine/control.sock";
/// Its name in [`host::session_folder`].
const NAME: &str = "control.sock";

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Another daemon has it.
    #[error(
        "another vitrine runs already: it answers at {}. Stop that one first, or give this one a socket \
         of its own with `socket` in [api]", .0.display()
    )]
    AnotherRuns(PathBuf),
    /// Something that is no socket is in the way.
    #[error("{} is there already and is no socket; remove it, or set `socket` in [api]", .0.display())]
    InTheWay(PathBuf),
    /// No place is known for it.
    #[error(
        "$XDG_RUNTIME_DIR is not set, so that there is no place for the control socket, and commands such as \
         `vitrine status` cannot reach this daemon; set `socket` in [api]"
    )]
    NoPlace,
    /// The system refuses to make it, for any other reason.
    #[error("the control socket {} cannot be made: {error}; commands such as `vitrine status` need it", .path.display())]
    System {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// The usual place: `$XDG_RUNTIME_DIR/vitrine/control.sock`.
pub fn usual_place() -> Option<PathBuf> {
    Some(host::session_folder()?.join(NAME))
}

/// A listening control socket. It is taken away when this is dropped.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) listener: UnixListener,
    path: PathBuf,
    /// Held for as long as the daemon lives: the kernel lets go of it whatever way the daemon dies, which tells
    /// a dead daemon's socket from a live one's.
    _lock: File,
}

impl Control {
    /// Makes the socket, for its owner alone, in place of a dead daemon's.
    pub(super) fn open(path: &Path) -> Result<Self, ControlError> {
        let system = |error| ControlError::System { path: path.to_owned(), error };
        match path.parent() {
            Some(folder) if host::session_folder().as_deref() == Some(folder) => host::make_private(folder),
            Some(folder) => host::make_folders(folder),
            None => Ok(()),
        }
        .map_err(system)?;
        let lock = host::open_private(&path.with_extension("lock"), false).map_err(system)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => ControlError::AnotherRuns(path.to_owned()),
            TryLockError::Error(error) => system(error),
        })?;
        match fs::symlink_metadata(path) {
            Ok(there) if there.file_type().is_socket() => fs::remove_file(path).map_err(system)?,
            Ok(_) => return Err(ControlError::InTheWay(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(system(error)),
        }
        let listener = StdListener::bind(path).map_err(system)?;
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(system)?;
        listener.set_nonblocking(true).map_err(system)?;
        let listener = UnixListener::from_std(listener).map_err(system)?;
        Ok(Self { listener, path: path.to_owned(), _lock: lock })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // What cannot be removed is a dead daemon's socket, which the next one replaces.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn a_dead_daemons_socket_is_replaced_and_a_live_ones_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SOCKET);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        drop(StdListener::bind(&path).unwrap());
        assert!(path.exists(), "a dropped listener leaves its file, as a dead daemon does");

        let control = Control::open(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert!(matches!(Control::open(&path), Err(ControlError::AnotherRuns(at)) if at == path));
        drop(control);
        assert!(!path.exists());
        drop(Control::open(&path).unwrap());
    }

    #[tokio::test]
    async fn the_folder_is_private_and_other_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SOCKET);
        drop(Control::open(&path).unwrap());
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        fs::write(&path, "precious").unwrap();
        assert!(matches!(Control::open(&path), Err(ControlError::InTheWay(_))));
        assert_eq!(fs::read(&path).unwrap(), b"precious");
    }
}
