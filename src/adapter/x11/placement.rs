//! One window of a viewer: out of sight, or on its monitor, or gone.

use std::time::Instant;

use tracing::{debug, warn};
use x11rb::protocol::shape::{self, SK, SO};
use x11rb::protocol::xproto::{
    AtomEnum, ClipOrdering, ConfigureWindowAux, ConnectionExt as _, MapState, PropMode, StackMode, Window,
};
use x11rb::wrapper::ConnectionExt as _;

use super::display::{Display, Error, gone};
use super::ewmh;
use super::move_retry::MoveRetry;
use crate::core::types::{LaunchId, Rect};

/// A top-level window, and what has been done to it.
pub(super) struct KnownWindow {
    /// The process that made it.
    pub(super) pid: Option<u32>,
    /// The viewer that it belongs to; `None` where it is another program's.
    pub(super) owner: Option<LaunchId>,
    /// The window that it stands in: the window manager's frame, or the root window.
    pub(super) parent: Window,
    pub(super) kind: WindowKind,
    /// What it is called.
    pub(super) title: String,
    /// It stands on its monitor.
    pub(super) in_place: bool,
    /// Its program answers pings.
    pub(super) answers_pings: bool,
    pub(super) mapped: bool,
    /// It was given an empty shape, so that nothing of it is to be seen.
    pub(super) hidden: bool,
    /// It was taken off the screen, or is on its way out with its viewer.
    pub(super) withdrawn: bool,
    /// The X server keeps what it holds, covered or not.
    pub(super) stored: bool,
    pub(super) retry: MoveRetry,
    /// When it is to be seen to again, because it is not where it belongs.
    pub(super) recheck_at: Option<Instant>,
}

impl KnownWindow {
    /// The window and, where it stands in one, its frame.
    fn with_frame(&self, x: &Display, window: Window) -> impl Iterator<Item = Window> + use<> {
        [Some(window), (self.parent != x.root).then_some(self.parent)].into_iter().flatten()
    }
}

/// What a viewer's window shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WindowKind {
    /// It shows the guest's display of that number.
    Artwork(u32),
    /// It shows nothing of a guest, at least not yet.
    Blank,
    /// An error box, a chooser, a question: nobody is there to answer it.
    Dialog,
}

/// Makes a window invisible where it stands. Its frame, which the window manager will shape in the same way, is not
/// waited for: it may cover an artwork.
pub(super) fn hide(x: &Display, window: Window, known: &mut KnownWindow) -> Result<(), Error> {
    if x.has_shape && !known.hidden {
        for window in known.with_frame(x, window) {
            shape::rectangles(&x.conn, SO::SET, SK::BOUNDING, ClipOrdering::UNSORTED, window, 0, 0, &[])?;
        }
        // Its frame would be seen nevertheless: Motif's hint (flag 2, no decorations) makes it go without one.
        let hints = [2, 0, 0, 0, 0];
        let kind = x.atoms._MOTIF_WM_HINTS;
        x.conn.change_property32(PropMode::REPLACE, window, kind, kind, &hints)?;
        known.hidden = true;
    }
    Ok(())
}

/// Whether a window was made invisible by its shape.
pub(super) fn is_shaped_away(x: &Display, window: Window) -> Result<bool, Error> {
    if !x.has_shape {
        return Ok(false);
    }
    let shape = gone(shape::get_rectangles(&x.conn, window, SK::BOUNDING)?.reply())?;
    Ok(shape.is_some_and(|shape| shape.rectangles.is_empty()))
}

/// Makes a window visible again.
fn unhide(x: &Display, window: Window, known: &mut KnownWindow) -> Result<(), Error> {
    if known.hidden {
        for window in known.with_frame(x, window) {
            shape::mask(&x.conn, SO::SET, SK::BOUNDING, window, 0, 0, x11rb::NONE)?;
        }
        known.hidden = false;
    }
    Ok(())
}

/// Brings an artwork's window to its monitor. Whether it is there, and to be seen.
pub(super) fn place(
    x: &Display,
    window: Window,
    known: &mut KnownWindow,
    to: Rect,
    name: &str,
    now: Instant,
) -> Result<bool, Error> {
    known.recheck_at = None;
    if known.withdrawn {
        // It was blank when it was withdrawn. The window manager reads the state when it is mapped again.
        let state = [x.atoms._NET_WM_STATE_FULLSCREEN];
        x.conn.change_property32(PropMode::REPLACE, window, x.atoms._NET_WM_STATE, AtomEnum::ATOM, &state)?;
        x.conn.configure_window(window, &geometry(to))?;
        x.conn.map_window(window)?;
        known.withdrawn = false;
    }
    let attributes = x.conn.get_window_attributes(window)?;
    let size = x.conn.get_geometry(window)?;
    let corner = x.conn.translate_coordinates(window, x.root, 0, 0)?;
    let (Some(attributes), Some(size), Some(corner)) =
        (gone(attributes.reply())?, gone(size.reply())?, gone(corner.reply())?)
    else {
        return Ok(false);
    };
    if attributes.map_state != MapState::VIEWABLE {
        return Ok(false);
    }
    let at = Rect {
        x: corner.dst_x.into(),
        y: corner.dst_y.into(),
        width: size.width.into(),
        height: size.height.into(),
    };
    if at == to {
        unhide(x, window, known)?;
        return Ok(true);
    }
    // Wherever it stands now, it may cover another artwork there.
    hide(x, window, known)?;
    if known.retry.attempt(now) {
        debug!(exhibit = name, ?at, ?to, "a viewer's window is moved to its monitor");
        move_to(x, window, to)?;
        if known.retry.warning_is_due() {
            warn!(
                "{name}: the viewer's window stays at {at:?} and will not go to its monitor at {to:?}, where it is asked \
                 to go again and again. Does the window manager have a rule for it?"
            );
        }
    }
    known.recheck_at = known.retry.next_attempt();
    Ok(false)
}

fn geometry(to: Rect) -> ConfigureWindowAux {
    ConfigureWindowAux::new().x(to.x).y(to.y).width(to.width).height(to.height).stack_mode(StackMode::ABOVE)
}

/// Openbox 3.6 fills the monitor on which a window stands when it becomes full-screen, and knows nothing of
/// `_NET_WM_FULLSCREEN_MONITORS`; so full-screen is taken away, the window moved, and full-screen given back.
fn move_to(x: &Display, window: Window, to: Rect) -> Result<(), Error> {
    if !ewmh::managed(x)? {
        x.conn.configure_window(window, &geometry(to))?;
        return Ok(());
    }
    // EWMH 1.5: source 2 (a pager, that is: a person's wish), all of x, y, width, height, gravity static.
    const MOVE: u32 = 2 << 12 | 0b1111 << 8 | 10;
    let state = |add: u32| [add, x.atoms._NET_WM_STATE_FULLSCREEN, 0, 2, 0];
    ewmh::ask(x, window, x.atoms._NET_WM_STATE, state(0))?;
    let target = [MOVE, to.x.cast_unsigned(), to.y.cast_unsigned(), to.width, to.height];
    ewmh::ask(x, window, x.atoms._NET_MOVERESIZE_WINDOW, target)?;
    ewmh::ask(x, window, x.atoms._NET_WM_STATE, state(1))
}

/// A viewer that shows a dialogue waits for an answer that nobody will give. It is ended, so that its end is
/// noticed and it is launched anew. Whether it is ended now.
pub(super) fn dismiss(x: &Display, window: Window, known: &mut KnownWindow) -> Result<bool, Error> {
    let asks = known.mapped && !known.withdrawn;
    if asks {
        known.withdrawn = true;
        x.conn.kill_client(window)?;
    }
    Ok(asks)
}
