//! The connection to the X server, and what can go wrong with it.

use std::time::{Duration, Instant};

use tracing::trace;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::xproto::{ConnectionExt as _, Window};
use x11rb::protocol::{composite, randr, res, shape, xfixes};
use x11rb::rust_connection::RustConnection;

use super::stream::{self, Connected, WaitAwareStream};

/// What can go wrong with the display.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no X server to be reached.
    #[error(
        "the X display {display} cannot be reached: {source}. Is an X session running, and is DISPLAY set?"
    )]
    Connect {
        /// The display that was asked for.
        display: String,
        /// What was tried, and how it failed.
        source: ConnectError,
    },
    /// The X server lacks something that Vitrine cannot do without.
    #[error("the X server has no {0}; Vitrine needs an Xorg of 2016 or later")]
    Lacking(&'static str),
    /// The connection broke.
    #[error("the connection to the X server is lost: {0}")]
    Lost(#[from] ConnectionError),
    /// The X server refused a request.
    #[error("the X server refused a request: {0}")]
    Refused(String),
    /// The picture has a form that is not understood.
    #[error("the screen's pixels have a form that Vitrine does not know: {0}")]
    Pixels(String),
    /// Nothing can be written on the screens.
    #[error("nothing can be written on the screens: {0}")]
    Letters(String),
    /// A picture cannot be written.
    #[error("{0:?} cannot be written: {1}; is there room, and may you write there?")]
    File(std::path::PathBuf, String),
    /// The system refused something.
    #[error("{0}: {1}")]
    System(&'static str, std::io::Error),
}

impl Error {
    pub(super) fn connect(display: Option<&str>, source: ConnectError) -> Self {
        let display = display.map_or_else(|| std::env::var("DISPLAY").unwrap_or_default(), str::to_owned);
        Self::Connect { display, source }
    }
}

impl From<ReplyError> for Error {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(lost) => Self::Lost(lost),
            ReplyError::X11Error(refused) => Self::Refused(format!("{refused:?}")),
        }
    }
}

impl From<ReplyOrIdError> for Error {
    fn from(error: ReplyOrIdError) -> Self {
        match error {
            ReplyOrIdError::ConnectionError(lost) => Self::Lost(lost),
            ReplyOrIdError::X11Error(refused) => Self::Refused(format!("{refused:?}")),
            ReplyOrIdError::IdsExhausted => Self::Refused("no more ids".into()),
        }
    }
}

x11rb::atom_manager! {
    /// The atoms in use.
    pub(crate) Atoms: AtomsCookie {
        EDID,
        UTF8_STRING,
        _MOTIF_WM_HINTS,
        WM_PROTOCOLS,
        _NET_ACTIVE_WINDOW,
        _NET_CLIENT_LIST,
        _NET_MOVERESIZE_WINDOW,
        _NET_SUPPORTING_WM_CHECK,
        _NET_WM_NAME,
        _NET_WM_PID,
        _NET_WM_PING,
        _NET_WM_STATE,
        _NET_WM_STATE_BELOW,
        _NET_WM_STATE_FULLSCREEN,
        _NET_WM_WINDOW_TYPE,
        _NET_WM_WINDOW_TYPE_DIALOG,
    }
}

/// The connection and what is known of the X server.
pub(super) struct Display {
    pub(super) conn: RustConnection<WaitAwareStream>,
    pub(super) screen: usize,
    pub(super) root: Window,
    pub(super) atoms: Atoms,
    pub(super) has_res: bool,
    pub(super) has_shape: bool,
    pub(super) has_composite: bool,
    pub(super) has_xfixes: bool,
}

impl Display {
    pub(super) fn connect(display: Option<&str>) -> Result<Self, Error> {
        Self::over(stream::connect(display, None).map_err(|source| Error::connect(display, source))?)
    }

    /// Over a connection that is there.
    pub(super) fn over((conn, screen): Connected) -> Result<Self, Error> {
        let root = conn.setup().roots.get(screen).ok_or(Error::Lacking("such screen"))?.root;
        let atoms = Atoms::new(&conn)?.reply()?;
        let randr = match conn.extension_information(randr::X11_EXTENSION_NAME)? {
            Some(_) => randr::query_version(&conn, 1, 5)?.reply()?,
            None => return Err(Error::Lacking("RandR extension")),
        };
        if (randr.major_version, randr.minor_version) < (1, 5) {
            return Err(Error::Lacking("RandR 1.5"));
        }
        let has_res = conn.extension_information(res::X11_EXTENSION_NAME)?.is_some()
            && matches!(res::query_version(&conn, 1, 2)?.reply(), Ok(v) if (v.server_major, v.server_minor) >= (1, 2));
        let has_shape = conn.extension_information(shape::X11_EXTENSION_NAME)?.is_some();
        let has_composite = conn.extension_information(composite::X11_EXTENSION_NAME)?.is_some()
            && matches!(composite::query_version(&conn, 0, 4)?.reply(), Ok(v) if (v.major_version, v.minor_version) >= (0, 2));
        let has_xfixes = conn.extension_information(xfixes::X11_EXTENSION_NAME)?.is_some()
            && matches!(xfixes::query_version(&conn, 4, 0)?.reply(), Ok(v) if v.major_version >= 4);
        Ok(Self { conn, screen, root, atoms, has_res, has_shape, has_composite, has_xfixes })
    }

    /// Asks the X server for something that costs it nothing, and waits for the answer: how long that took. Whatever it
    /// had to tell before has been read by then.
    pub(super) fn round_trip(&self) -> Result<Duration, Error> {
        let asked = Instant::now();
        self.conn.get_input_focus()?.reply()?;
        Ok(asked.elapsed())
    }

    /// Bits of colour of the root window.
    pub(super) fn depth(&self) -> u8 {
        self.conn.setup().roots.get(self.screen).map_or(24, |root| root.root_depth)
    }

    /// Black, as a pixel of the root window.
    pub(super) fn black(&self) -> u32 {
        self.conn.setup().roots.get(self.screen).map_or(0, |root| root.black_pixel)
    }
}

/// A request about a window that has gone meanwhile is no fault; a broken connection is.
pub(super) fn gone<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, Error> {
    match reply {
        Ok(value) => Ok(Some(value)),
        Err(ReplyError::X11Error(error)) => {
            trace!(?error, "a window has gone");
            Ok(None)
        }
        Err(ReplyError::ConnectionError(lost)) => Err(lost.into()),
    }
}
