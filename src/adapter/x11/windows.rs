//! The viewers' windows: artwork to its monitor, everything else out of sight.
//!
//! What virt-viewer 11 does in kiosk mode (tried): it opens a full-screen window for every monitor at once,
//! all titled `Virt Viewer`. When the connection to the guest stands, the window of guest display 1 becomes
//! `NAME (1)`, and so on; the others stay blank. So nobody can tell at first which one the artwork will
//! come in. A window of a viewer is therefore given an empty shape as soon as it is created, which hides it
//! without the viewer's or the window manager's notice, and gets its own shape back with its title. When all
//! of the artwork stands in its place, the windows that are left over are withdrawn, for the focus' sake.

use std::collections::HashMap;

use tracing::{debug, trace, warn};
use x11rb::protocol::Event as XEvent;
use x11rb::protocol::res::{self, ClientIdMask, ClientIdSpec};
use x11rb::protocol::shape::{self, SK, SO};
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ClipOrdering, ConfigureWindowAux,
    ConnectionExt as _, EventMask, MapState, PropMode, StackMode, UNMAP_NOTIFY_EVENT, UnmapNotifyEvent,
    Window,
};
use x11rb::wrapper::ConnectionExt as _;

use super::{Display, Error, Viewer, gone};
use crate::adapter::Events;
use crate::core::event::Event;
use crate::core::types::{ExhibitId, LaunchId, Rect};

/// A window manager that has not obeyed so often will not obey at all.
const MOVES: u8 = 3;

/// How many generations between a viewer's process and the one that owns the window, such as a wrapper.
const GENERATIONS: u8 = 4;

/// All top-level windows, and whose they are.
pub(super) struct Windows {
    known: HashMap<Window, Known>,
    viewers: Vec<Tracked>,
}

struct Known {
    pid: Option<u32>,
    owner: Option<LaunchId>,
    kind: Kind,
    mapped: bool,
    hidden: bool,
    withdrawn: bool,
    moves: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It shows the guest's display of that number.
    Artwork(u32),
    /// It shows nothing of a guest, at least not yet.
    Blank,
    /// An error box, a chooser, a question: nobody is there to answer it.
    Dialog,
}

struct Tracked {
    viewer: Viewer,
    placed: bool,
    dirty: bool,
}

impl Windows {
    pub(super) fn new(x: &Display) -> Result<Self, Error> {
        if !x.has_res {
            debug!("the X server has no X-Resource 1.2; windows are told by _NET_WM_PID");
        }
        if !x.has_shape {
            warn!("the X server has no Shape extension; a viewer's blank windows may be seen for a moment");
        }
        Ok(Self { known: HashMap::new(), viewers: Vec::new() })
    }

    /// Takes in the windows that are there already, framed or not.
    pub(super) fn scan(&mut self, x: &Display) -> Result<(), Error> {
        for window in x.conn.query_tree(x.root)?.reply()?.children {
            self.add(x, window)?;
        }
        self.add_clients(x)
    }

    /// Takes in the windows that the window manager knows of. One that it was just framing while the tree was
    /// read is seen only here.
    fn add_clients(&mut self, x: &Display) -> Result<(), Error> {
        let list = x.conn.get_property(false, x.root, x.atoms._NET_CLIENT_LIST, AtomEnum::WINDOW, 0, 4096)?;
        if let Some(list) = gone(list.reply())?.as_ref().and_then(|reply| reply.value32()) {
            for window in list {
                self.add(x, window)?;
            }
        }
        Ok(())
    }

    pub(super) fn track(&mut self, x: &Display, viewer: Viewer) -> Result<(), Error> {
        self.viewers.retain(|t| t.viewer.launch != viewer.launch);
        debug!(exhibit = viewer.name, pid = viewer.pid, "viewer's windows are kept in place");
        let launch = viewer.launch;
        self.viewers.push(Tracked { viewer, placed: false, dirty: true });
        let windows: Vec<Window> = self.known.keys().copied().collect();
        for window in windows {
            self.claim(x, window)?;
        }
        for known in self.known.values_mut().filter(|k| k.owner == Some(launch)) {
            known.moves = 0;
        }
        Ok(())
    }

    pub(super) fn untrack(&mut self, launch: LaunchId) {
        self.viewers.retain(|t| t.viewer.launch != launch);
        for known in self.known.values_mut().filter(|k| k.owner == Some(launch)) {
            known.owner = None;
        }
    }

    /// Windows may stand elsewhere now, and are worth moving again.
    pub(super) fn monitors_changed(&mut self) {
        self.known.values_mut().for_each(|known| known.moves = 0);
        self.viewers.iter_mut().for_each(|tracked| tracked.dirty = true);
    }

    pub(super) fn handle(&mut self, x: &Display, event: &XEvent) -> Result<(), Error> {
        match event {
            XEvent::CreateNotify(e) if e.parent == x.root && !e.override_redirect => self.add(x, e.window)?,
            XEvent::MapNotify(e) => {
                let Some(known) = self.known.get_mut(&e.window) else { return Ok(()) };
                known.mapped = true;
                known.withdrawn = false;
                if known.owner.is_some() {
                    self.read(x, e.window)?;
                } else {
                    // A frame, perhaps, and the window within is to be seen only now.
                    self.viewers.iter_mut().for_each(|tracked| tracked.dirty |= !tracked.placed);
                }
            }
            XEvent::UnmapNotify(e) => {
                if let Some(known) = self.known.get_mut(&e.window) {
                    known.mapped = false;
                    let owner = known.owner;
                    self.touch(owner);
                }
            }
            XEvent::ConfigureNotify(e) => {
                let owner = self.known.get(&e.window).and_then(|known| known.owner);
                self.touch(owner);
            }
            XEvent::DestroyNotify(e) => {
                let owner = self.known.remove(&e.window).and_then(|known| known.owner);
                self.touch(owner);
            }
            XEvent::PropertyNotify(e) if e.window == x.root && e.atom == x.atoms._NET_CLIENT_LIST => {
                self.add_clients(x)?;
            }
            XEvent::PropertyNotify(e) => {
                let names = [AtomEnum::WM_NAME.into(), AtomEnum::WM_TRANSIENT_FOR.into()];
                if e.atom == x.atoms._NET_WM_PID {
                    self.claim(x, e.window)?;
                } else if names.contains(&e.atom)
                    || e.atom == x.atoms._NET_WM_NAME
                    || e.atom == x.atoms._NET_WM_WINDOW_TYPE
                {
                    self.read(x, e.window)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Does what is still to be done for every viewer that something happened to.
    pub(super) fn settle(&mut self, x: &Display, events: &Events) -> Result<(), Error> {
        for tracked in self.viewers.iter_mut().filter(|tracked| tracked.dirty) {
            tracked.dirty = false;
            let launch = tracked.viewer.launch;
            let mut own: Vec<_> = self.known.iter_mut().filter(|(_, k)| k.owner == Some(launch)).collect();
            let mut standing = 0;
            for (window, known) in &mut own {
                let head = match known.kind {
                    Kind::Artwork(n) => tracked.viewer.heads.iter().find(|head| head.display == n),
                    Kind::Blank => None,
                    Kind::Dialog => {
                        dismiss(x, **window, known, &tracked.viewer)?;
                        None
                    }
                };
                match head {
                    Some(head) => {
                        standing +=
                            usize::from(place(x, **window, known, head.monitor.rect, &tracked.viewer)?);
                    }
                    None => hide(x, **window, known)?,
                }
            }
            let heads = &tracked.viewer.heads;
            let placed = !heads.is_empty() && standing == heads.len();
            if placed {
                for (window, known) in &mut own {
                    let wanted =
                        matches!(known.kind, Kind::Artwork(n) if heads.iter().any(|h| h.display == n));
                    if !wanted && known.mapped && !known.withdrawn {
                        withdraw(x, **window)?;
                        known.withdrawn = true;
                    }
                }
            }
            if placed && !tracked.placed {
                debug!(exhibit = tracked.viewer.name, "the artwork's windows stand on their monitors");
                let exhibit: ExhibitId = tracked.viewer.exhibit;
                events.send(Event::ViewerPlaced { exhibit, launch });
            }
            if tracked.placed && !placed {
                events.send(Event::ViewerDisplaced { exhibit: tracked.viewer.exhibit, launch });
            }
            tracked.placed = placed;
        }
        Ok(())
    }

    fn add(&mut self, x: &Display, window: Window) -> Result<(), Error> {
        if self.known.contains_key(&window) {
            return Ok(());
        }
        let mask = EventMask::STRUCTURE_NOTIFY | EventMask::PROPERTY_CHANGE;
        x.conn.change_window_attributes(window, &ChangeWindowAttributesAux::new().event_mask(mask))?;
        let Some(attributes) = gone(x.conn.get_window_attributes(window)?.reply())? else { return Ok(()) };
        if attributes.override_redirect && attributes.map_state == MapState::UNMAPPED {
            // A menu or a hint; a frame is mapped or holds a window that is announced by itself.
            return Ok(());
        }
        let known = Known {
            pid: owner_pid(x, window)?,
            owner: None,
            kind: Kind::Blank,
            mapped: attributes.map_state != MapState::UNMAPPED,
            hidden: false,
            withdrawn: false,
            moves: 0,
        };
        self.known.insert(window, known);
        self.claim(x, window)
    }

    /// Finds out which viewer a window belongs to.
    fn claim(&mut self, x: &Display, window: Window) -> Result<(), Error> {
        let Some(known) = self.known.get_mut(&window) else { return Ok(()) };
        if known.pid.is_none() {
            known.pid = owner_pid(x, window)?;
        }
        let Some(pid) = known.pid else { return Ok(()) };
        let Some(tracked) = self.viewers.iter().find(|t| descends(pid, t.viewer.pid)) else { return Ok(()) };
        known.owner = Some(tracked.viewer.launch);
        self.read(x, window)
    }

    /// Reads what a viewer's window is.
    fn read(&mut self, x: &Display, window: Window) -> Result<(), Error> {
        let Some(known) = self.known.get_mut(&window) else { return Ok(()) };
        let Some(launch) = known.owner else { return Ok(()) };
        let get = |property: u32, kind: u32| x.conn.get_property(false, window, property, kind, 0, 1024);
        let title = get(x.atoms._NET_WM_NAME, x.atoms.UTF8_STRING)?;
        let old_title = get(AtomEnum::WM_NAME.into(), AtomEnum::ANY.into())?;
        let transient = get(AtomEnum::WM_TRANSIENT_FOR.into(), AtomEnum::WINDOW.into())?;
        let types = get(x.atoms._NET_WM_WINDOW_TYPE, AtomEnum::ATOM.into())?;
        let text = |reply: Option<x11rb::protocol::xproto::GetPropertyReply>| {
            reply.map(|r| String::from_utf8_lossy(&r.value).into_owned()).filter(|title| !title.is_empty())
        };
        let title = text(gone(title.reply())?).or(text(gone(old_title.reply())?)).unwrap_or_default();
        let is_dialog = gone(types.reply())?
            .as_ref()
            .and_then(|reply| reply.value32())
            .is_some_and(|mut types| types.any(|kind| kind == x.atoms._NET_WM_WINDOW_TYPE_DIALOG));
        let transient = gone(transient.reply())?.is_some_and(|reply| !reply.value.is_empty());
        known.kind = match display_number(&title) {
            _ if is_dialog || transient => Kind::Dialog,
            Some(number) => Kind::Artwork(number),
            None => Kind::Blank,
        };
        trace!(window, title, kind = ?known.kind, mapped = known.mapped, "a viewer's window");
        if !matches!(known.kind, Kind::Artwork(_)) {
            hide(x, window, known)?;
        }
        self.touch(Some(launch));
        Ok(())
    }

    fn touch(&mut self, owner: Option<LaunchId>) {
        for tracked in &mut self.viewers {
            tracked.dirty |= owner == Some(tracked.viewer.launch);
        }
    }
}

/// Which guest display a viewer's window shows, by its title: `NAME (1)`, in some versions with the
/// application's name after it, and with a hint at the keys before it while the guest has the pointer.
fn display_number(title: &str) -> Option<u32> {
    let title = title.rsplit_once(") - ").map_or(title.strip_suffix(')'), |(before, _)| Some(before))?;
    let (_, number) = title.rsplit_once(" (")?;
    number.parse().ok().filter(|n| *n > 0 && number.bytes().all(|b| b.is_ascii_digit()))
}

/// The process that made a window: by the X-Resource extension, which cannot be lied to, or else by what the
/// window says itself.
fn owner_pid(x: &Display, window: Window) -> Result<Option<u32>, Error> {
    if x.has_res {
        let spec = ClientIdSpec { client: window, mask: ClientIdMask::LOCAL_CLIENT_PID };
        let reply = gone(res::query_client_ids(&x.conn, &[spec])?.reply())?;
        let pid = reply.and_then(|reply| reply.ids.iter().find_map(|id| id.value.first().copied()));
        if pid.is_some() {
            return Ok(pid);
        }
    }
    let request = x.conn.get_property(false, window, x.atoms._NET_WM_PID, AtomEnum::CARDINAL, 0, 1)?;
    let pid = gone(request.reply())?.as_ref().and_then(|reply| reply.value32()?.next());
    Ok(pid)
}

/// Whether a process is another one or a descendant of it.
fn descends(mut pid: u32, ancestor: u32) -> bool {
    for _ in 0..GENERATIONS {
        if pid == ancestor {
            return true;
        }
        // `man 5 proc_pid_stat`: the parent is the second field after the command's name in brackets.
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        match parent {
            Some(parent) if parent > 1 => pid = parent,
            _ => return false,
        }
    }
    false
}

fn hide(x: &Display, window: Window, known: &mut Known) -> Result<(), Error> {
    if x.has_shape && !known.hidden {
        shape::rectangles(&x.conn, SO::SET, SK::BOUNDING, ClipOrdering::UNSORTED, window, 0, 0, &[])?;
        // Its frame would be seen nevertheless: Motif's hint (flag 2, no decorations) makes it go without one.
        let hints = [2, 0, 0, 0, 0];
        let kind = x.atoms._MOTIF_WM_HINTS;
        x.conn.change_property32(PropMode::REPLACE, window, kind, kind, &hints)?;
        known.hidden = true;
    }
    Ok(())
}

/// Brings an artwork's window to its monitor. Whether it is there, and to be seen.
fn place(x: &Display, window: Window, known: &mut Known, to: Rect, viewer: &Viewer) -> Result<bool, Error> {
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
        if known.hidden {
            shape::mask(&x.conn, SO::SET, SK::BOUNDING, window, 0, 0, x11rb::NONE)?;
            known.hidden = false;
        }
        return Ok(true);
    }
    // Wherever it stands now, it may cover another artwork there.
    hide(x, window, known)?;
    if known.moves < MOVES {
        known.moves += 1;
        debug!(exhibit = viewer.name, ?at, ?to, "a viewer's window is moved to its monitor");
        move_to(x, window, to)?;
    } else if known.moves == MOVES {
        known.moves += 1;
        warn!(
            "{}: the viewer's window stays at {at:?} and will not go to its monitor at {to:?}. Does the \
             window manager have a rule for it?",
            viewer.name
        );
    }
    Ok(false)
}

fn geometry(to: Rect) -> ConfigureWindowAux {
    ConfigureWindowAux::new().x(to.x).y(to.y).width(to.width).height(to.height).stack_mode(StackMode::ABOVE)
}

/// Openbox 3.6 fills the monitor on which a window stands when it becomes full-screen, and knows nothing of
/// `_NET_WM_FULLSCREEN_MONITORS`; so full-screen is taken away, the window moved, and full-screen given back.
fn move_to(x: &Display, window: Window, to: Rect) -> Result<(), Error> {
    if !managed(x)? {
        x.conn.configure_window(window, &geometry(to))?;
        return Ok(());
    }
    // EWMH 1.5: source 2 (a pager, that is: a person's wish), all of x, y, width, height, gravity static.
    const MOVE: u32 = 2 << 12 | 0b1111 << 8 | 10;
    let state = |add: u32| [add, x.atoms._NET_WM_STATE_FULLSCREEN, 0, 2, 0];
    ask(x, window, x.atoms._NET_WM_STATE, state(0))?;
    let place = [MOVE, to.x.cast_unsigned(), to.y.cast_unsigned(), to.width, to.height];
    ask(x, window, x.atoms._NET_MOVERESIZE_WINDOW, place)?;
    ask(x, window, x.atoms._NET_WM_STATE, state(1))
}

/// Whether there is a window manager (EWMH: the root window names a window of its own, which lives).
fn managed(x: &Display) -> Result<bool, Error> {
    let check = x.atoms._NET_SUPPORTING_WM_CHECK;
    let request = x.conn.get_property(false, x.root, check, AtomEnum::WINDOW, 0, 1)?;
    let window = gone(request.reply())?.as_ref().and_then(|reply| reply.value32()?.next());
    let Some(window) = window else { return Ok(false) };
    Ok(gone(x.conn.get_window_attributes(window)?.reply())?.is_some())
}

fn ask(x: &Display, window: Window, what: u32, data: [u32; 5]) -> Result<(), Error> {
    let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
    x.conn.send_event(false, x.root, mask, ClientMessageEvent::new(32, window, what, data))?;
    Ok(())
}

/// ICCCM, section 4.1.4: the window is unmapped, and the window manager is told.
fn withdraw(x: &Display, window: Window) -> Result<(), Error> {
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

/// A viewer that shows a dialogue waits for an answer that nobody will give. It is ended, so that its end is
/// noticed and it is launched anew.
fn dismiss(x: &Display, window: Window, known: &mut Known, viewer: &Viewer) -> Result<(), Error> {
    if known.mapped && !known.withdrawn {
        warn!("{}: the viewer asks something that nobody can answer; it is ended", viewer.name);
        known.withdrawn = true;
        x.conn.kill_client(window)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{descends, display_number};

    #[test]
    fn titles() {
        let rows = [
            ("Virt Viewer", None),
            ("", None),
            ("eden (1)", Some(1)),
            ("eden (12)", Some(12)),
            ("eden (2) (1)", Some(1)),
            ("eden (1) - Virt Viewer", Some(1)),
            ("(Press Ctrl_L+Alt_L to release pointer) eden (2)", Some(2)),
            ("(Press Ctrl_L+Alt_L to release pointer)", None),
            ("eden (0)", None),
            ("eden (+1)", None),
            ("eden(1)", None),
        ];
        for (title, number) in rows {
            assert_eq!(display_number(title), number, "{title:?}");
        }
    }

    #[test]
    fn a_process_descends_from_itself_and_its_parent() {
        let (pid, parent) = (std::process::id(), std::os::unix::process::parent_id());
        assert!(descends(pid, pid));
        assert!(descends(pid, parent));
        assert!(!descends(parent, pid));
    }
}
