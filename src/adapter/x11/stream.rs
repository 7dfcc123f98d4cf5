//! The connection's stream, which says when it waits for the X server: that this stands still is not Vitrine's fault.
//! Who has a limit to its patience hears when that is reached.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::{IoSlice, Result};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use x11rb::errors::{ConnectError, DisplayParsingError};
use x11rb::reexports::x11rb_protocol::{parse_display, xauth};
use x11rb::rust_connection::{DefaultStream, PollMode, RustConnection, Stream};
use x11rb::utils::RawFdContainer;

use crate::life;

/// What is waited for, as it is told to people.
const X_SERVER: &str = "the X server";

/// How long the X server may keep a connection waiting.
pub(super) trait Patience: Debug + Send + Sync {
    /// The X server is reached by this socket, and has not said anything yet.
    fn is_reached(&self, socket: BorrowedFd<'_>);

    /// What is left of it; `None` for all the time in the world.
    fn left(&self) -> Option<Duration>;

    /// It is at its end, and the connection goes on to wait.
    fn ends(&self);
}

/// A stream to the X server whose waiting is known to `life`.
#[derive(Debug)]
pub(super) struct WaitAwareStream {
    stream: DefaultStream,
    patience: Option<Arc<dyn Patience>>,
    heard: Arc<Heard>,
}

/// When an X server said anything, over whichever of this process' connections: one that has just done so need not be
/// asked whether it answers.
#[derive(Debug, Default)]
pub(super) struct Heard(Mutex<Option<Instant>>);

impl Heard {
    /// The X server of a display.
    pub(super) fn of(display: Option<&str>) -> Arc<Self> {
        static ALL: Mutex<BTreeMap<String, Arc<Heard>>> = Mutex::new(BTreeMap::new());
        let name = display.map_or_else(|| std::env::var("DISPLAY").unwrap_or_default(), str::to_owned);
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(name).or_default())
    }

    /// When it was last heard.
    pub(super) fn last(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

/// A connection to the X server. The number is that of the display's screen.
pub(super) type Connected = (RustConnection<WaitAwareStream>, usize);

/// Connects to a display, as `RustConnection::connect` does.
pub(super) fn connect(
    display: Option<&str>,
    patience: Option<Arc<dyn Patience>>,
) -> std::result::Result<Connected, ConnectError> {
    connect_with(display, patience, |family, peer, number| {
        xauth::get_auth(family, peer, number).ok().flatten().unwrap_or_default()
    })
}

/// The name of a way to be let in, and the secret.
pub(super) type Cookie = (Vec<u8>, Vec<u8>);

/// As [`connect`], with a cookie from elsewhere.
pub(super) fn connect_with(
    display: Option<&str>,
    patience: Option<Arc<dyn Patience>>,
    cookie: impl Fn(xauth::Family, &[u8], u16) -> Cookie,
) -> std::result::Result<Connected, ConnectError> {
    let _waiting = life::waits_for(X_SERVER);
    let parsed = parse_display::parse_display(display)?;
    let screen = usize::from(parsed.screen);
    let mut failure = ConnectError::from(DisplayParsingError::Unknown);
    for address in parsed.connect_instruction() {
        match DefaultStream::connect(&address) {
            Ok((stream, (family, peer))) => {
                // Without a cookie, the X server may let us in all the same.
                let cookie = cookie(family, &peer, parsed.display);
                if let Some(patience) = &patience {
                    patience.is_reached(stream.as_fd());
                }
                let stream = WaitAwareStream { stream, patience, heard: Heard::of(display) };
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
        self.stream.as_fd()
    }
}

impl Stream for WaitAwareStream {
    fn poll(&self, mode: PollMode) -> Result<()> {
        let _waiting = life::waits_for(X_SERVER);
        if let Some(patience) = &self.patience {
            while let Some(left) = patience.left() {
                if is_ready_within(&self.stream, mode, left)? {
                    return Ok(());
                }
                patience.ends();
            }
        }
        self.stream.poll(mode)
    }

    fn read(&self, buf: &mut [u8], fds: &mut Vec<RawFdContainer>) -> Result<usize> {
        let read = self.stream.read(buf, fds);
        if read.as_ref().is_ok_and(|bytes| *bytes > 0) {
            self.heard.now();
        }
        read
    }

    fn write(&self, buf: &[u8], fds: &mut Vec<RawFdContainer>) -> Result<usize> {
        self.stream.write(buf, fds)
    }

    fn write_vectored(&self, bufs: &[IoSlice<'_>], fds: &mut Vec<RawFdContainer>) -> Result<usize> {
        self.stream.write_vectored(bufs, fds)
    }
}

/// Waits until something is to be done with one of these, and no longer than so long: with how many (poll(2)).
pub(super) fn poll_within(fds: &mut [PollFd<'_>], time: Duration) -> rustix::io::Result<usize> {
    // What no clock can count up to is for ever.
    rustix::event::poll(fds, Timespec::try_from(time).ok().as_ref())
}

/// Waits until there is something to be read or written, as `mode` says, for no longer than this.
fn is_ready_within(stream: impl AsFd, mode: PollMode, time: Duration) -> Result<bool> {
    let mut wanted = PollFlags::empty();
    wanted.set(PollFlags::IN, mode.readable());
    wanted.set(PollFlags::OUT, mode.writable());
    match poll_within(&mut [PollFd::new(&stream, wanted)], time) {
        Ok(ready) => Ok(ready > 0),
        // The reader looks, and comes back.
        Err(Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
