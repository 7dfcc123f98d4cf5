//! One kit for each folder, and a way to end it: a socket without a file, which goes with the program that has it
//! (unix(7), abstract sockets).

use std::io::{Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

/// What ends the kit. Whoever only wants to know whether one runs says nothing.
const END: &[u8] = b"end";

/// Is the one.
pub(crate) struct Single(UnixListener);

fn address(folder: &Path) -> std::io::Result<SocketAddr> {
    let mut name = b"vitrine-guest ".to_vec();
    // A name has 107 bytes at most; the end of a path tells more than its beginning.
    let path = folder.as_os_str().as_encoded_bytes();
    name.extend_from_slice(path.get(path.len().saturating_sub(90)..).unwrap_or(path));
    SocketAddr::from_abstract_name(name)
}

impl Single {
    pub(crate) fn take(folder: &Path) -> Result<Self, String> {
        let listener = address(folder).and_then(|address| UnixListener::bind_addr(&address));
        let listener = listener.map_err(|_| "the kit runs already".to_owned())?;
        listener.set_nonblocking(true).map_err(|error| error.to_string())?;
        Ok(Self(listener))
    }

    /// Whether somebody has asked for the end.
    pub(crate) fn is_to_end(&self) -> bool {
        let Ok((mut stream, _)) = self.0.accept() else { return false };
        let mut word = [0; 3];
        let waits = stream
            .set_nonblocking(false)
            .and_then(|()| stream.set_read_timeout(Some(Duration::from_millis(100))));
        waits.and_then(|()| stream.read_exact(&mut word)).is_ok() && word == END
    }
}

pub(crate) fn runs(folder: &Path) -> bool {
    address(folder).and_then(|address| UnixStream::connect_addr(&address)).is_ok()
}

pub(crate) fn stop(folder: &Path) -> Result<String, String> {
    let stream = address(folder).and_then(|address| UnixStream::connect_addr(&address));
    let mut stream = stream.map_err(|_| "no kit of this folder runs".to_owned())?;
    stream.write_all(END).map_err(|error| error.to_string())?;
    Ok("The kit ends. The artwork goes on.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_its_end() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!runs(folder.path()));
        assert!(stop(folder.path()).is_err());
        let single = Single::take(folder.path()).unwrap();
        assert!(Single::take(folder.path()).is_err());
        assert!(runs(folder.path()));
        assert!(!single.is_to_end(), "somebody only wanted to know");
        stop(folder.path()).unwrap();
        assert!(single.is_to_end());
        drop(single);
        assert!(!runs(folder.path()));
    }
}
