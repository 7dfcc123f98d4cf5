//! What is asked of the window manager, and of a window's own program (EWMH 1.5, ICCCM).

use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, UNMAP_NOTIFY_EVENT, UnmapNotifyEvent, Window,
};

use super::display::{Display, Error, gone};

/// Asks the window manager to keep a window below all others.
pub(super) fn keep_below(x: &Display, window: Window) -> Result<(), Error> {
    ask(x, window, x.atoms._NET_WM_STATE, [1, x.atoms._NET_WM_STATE_BELOW, 0, 2, 0])
}

/// Asks the window manager to give a window the keyboard, and its place in front.
pub(super) fn activate(x: &Display, window: Window) -> Result<(), Error> {
    ask(x, window, x.atoms._NET_ACTIVE_WINDOW, [2, 0, 0, 0, 0])
}

/// Whether there is a window manager (EWMH: the root window names a window of its own, which lives).
pub(super) fn managed(x: &Display) -> Result<bool, Error> {
    let check = x.atoms._NET_SUPPORTING_WM_CHECK;
    let request = x.conn.get_property(false, x.root, check, AtomEnum::WINDOW, 0, 1)?;
    let window = gone(request.reply())?.as_ref().and_then(|reply| reply.value32()?.next());
    let Some(window) = window else { return Ok(false) };
    Ok(gone(x.conn.get_window_attributes(window)?.reply())?.is_some())
}

/// Asks a window's program whether it lives: it sends the same back to the root window.
pub(super) fn ping(x: &Display, window: Window, number: u32) -> Result<(), Error> {
    let data = [x.atoms._NET_WM_PING, number, window, 0, 0];
    let ping = ClientMessageEvent::new(32, window, x.atoms.WM_PROTOCOLS, data);
    x.conn.send_event(false, window, EventMask::NO_EVENT, ping)?;
    Ok(())
}

/// Asks the window manager for something about a window.
pub(super) fn ask(x: &Display, window: Window, what: u32, data: [u32; 5]) -> Result<(), Error> {
    let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
    x.conn.send_event(false, x.root, mask, ClientMessageEvent::new(32, window, what, data))?;
    Ok(())
}

/// ICCCM, section 4.1.4: the window is unmapped, and the window manager is told.
pub(super) fn withdraw(x: &Display, window: Window) -> Result<(), Error> {
    x.conn.unmap_window(window)?;
    let event = UnmapNotifyEvent {
        response_type: UNMAP_NOTIFY_EVENT,
        sequence: 0,
        event: x.root,
        window,
        from_configure: false,
    };
    let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
    x.conn.send_event(false, x.root, mask, event)?;
    Ok(())
}
