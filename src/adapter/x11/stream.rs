//! The connection's stream, which says when it waits for the X server: that this stands still is not Vitrine's fault.

use std::io::{IoSlice, Result};
use std::os::fd::{AsFd, BorrowedFd};

use x11rb::errors::{ConnectError, DisplayParsingError};
use x11rb::reexports::x11rb_protocol::{parse_display, xauth};
use x11rb::rust_connection::{DefaultStream, PollMode, RustConnection, Stream};
use x11rb::utils::RawFdContainer;

use crate::life;

/// What is waited for, as it is told to people.
const X_SERVER: &str = "the X server";

/// A stream to the X server whose waiting is known to `life`.
#[derive(Debug)]
pub(super) struct WaitAwareStream(DefaultStream);

/// Connects to a display, as `RustConnection::connect` does. The number is that of the display's screen.
pub(super) fn connect(
    display: Option<&str>,
) -> std::result::Result<(RustConnection<WaitAwareStream>, usize), ConnectError> {
    let _waiting = life::waits_for(X_SERVER);
    let parsed = parse_display::parse_display(display)?;
    let screen = usize::from(parsed.screen);
    let mut failure = ConnectError::from(DisplayParsingError::Unknown);
    for address in parsed.connect_instruction() {
        match DefaultStream::connect(&address) {
            Ok((stream, (family, peer))) => {
                // Without a cookie, the X server may let us in all the same.
                let cookie =
                    xauth::get_auth(family, &peer, parsed.display).ok().flatten().unwrap_or_default();
                let stream = WaitAwareStream(stream);
                let conn =
                    RustConnection::connect_to_stream_with_auth_info(stream, screen, cookie.0, cookie.1)?;
                return Ok((conn, screen));
            }
            Err(error) => failure = error.into(),
        }
    }
    Err(failure)
}

impl AsFd for WaitAwareStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Stream for WaitAwareStream {
    fn poll(&self, mode: PollMode) -> Result<()> {
        let _waiting = life::waits_for(X_SERVER);
        self.0.poll(mode)
    }

    fn read(&self, buf: &mut [u8], fds: &mut Vec<RawFdContainer>) -> Result<usize> {
        self.0.read(buf, fds)
    }

    fn write(&self, buf: &[u8], fds: &mut Vec<RawFdContainer>) -> Result<usize> {
        self.0.write(buf, fds)
    }

    fn write_vectored(&self, bufs: &[IoSlice<'_>], fds: &mut Vec<RawFdContainer>) -> Result<usize> {
        self.0.write_vectored(bufs, fds)
    }
}
