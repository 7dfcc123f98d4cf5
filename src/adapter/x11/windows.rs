//! The viewers' windows: artwork to its monitor, everything else out of sight.
//!
//! What virt-viewer 11 does in kiosk mode (tried): it opens a full-screen window for every monitor at once,
//! all titled `Virt Viewer`. When the connection to the guest stands, the window of guest display 1 becomes
//! `NAME (1)`, and so on; the others stay blank. So nobody can tell at first which one the artwork will
//! come in. A window of a viewer is therefore given an empty shape as soon as it is created, which hides it
//! without the viewer's or the window manager's notice, and gets its own shape back with its title. When all
//! of the artwork stands in its place, the windows that are left over are withdrawn, for the focus' sake.

use std::collections::HashMap;
use std::time::Instant;

use tracing::{debug, trace, warn};
use x11rb::protocol::Event as XEvent;
use x11rb::protocol::composite::{self, Redirect};
use x11rb::protocol::res::{self, ClientIdMask, ClientIdSpec};
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, MapState, PropertyNotifyEvent, Window,
};

use super::display::{Display, Error, gone};
use super::ewmh;
use super::liveness::Liveness;
use super::move_retry::MoveRetry;
use super::placement::{self, KnownWindow, WindowKind};
use crate::adapter::Events;
use crate::core::effect::Head;
use crate::core::event::Event;
use crate::core::types::{ExhibitId, LaunchId};

/// Processes from the one that owns a window up to the viewer's, both included: a wrapper may stand between them.
const MAX_GENERATIONS: u8 = 4;

/// What the X server is asked to tell of every top-level window.
const WATCHED_EVENTS: [EventMask; 2] = [EventMask::STRUCTURE_NOTIFY, EventMask::PROPERTY_CHANGE];

/// A viewer whose windows are to be kept in their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The exhibit that it shows.
    pub exhibit: ExhibitId,
    /// The launch that it came of: windows of an earlier one are not its own.
    pub launch: LaunchId,
    /// The exhibit's name, for messages.
    pub name: String,
    /// The process whose windows they are, itself or by its children.
    pub pid: u32,
    /// Which guest display belongs on which monitor.
    pub heads: Vec<Head>,
}

/// All top-level windows, and whose they are.
pub(super) struct Windows {
    known: HashMap<Window, KnownWindow>,
    viewers: Vec<Tracked>,
    /// The number of the last ping, of whatever viewer.
    last_ping: u32,
}

impl Tracked {
    fn is_placed(&self) -> bool {
        self.placed_displays.as_ref().is_some_and(|placed| placed.len() == self.viewer.heads.len())
    }
}

struct Tracked {
    viewer: Viewer,
    /// The guest displays whose windows stand on their monitors, as was told last.
    placed_displays: Option<Vec<u32>>,
    /// Something has happened to its windows that is still to be dealt with.
    dirty: bool,
    liveness: Liveness,
}

impl Windows {
    pub(super) fn new(x: &Display) -> Result<Self, Error> {
        if !x.has_res {
            debug!("the X server has no X-Resource 1.2; windows are told by _NET_WM_PID");
        }
        if !x.has_shape {
            warn!("the X server has no Shape extension; a viewer's blank windows may be seen for a moment");
        }
        Ok(Self { known: HashMap::new(), viewers: Vec::new(), last_ping: 0 })
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
        let liveness = Liveness::new(Instant::now());
        self.viewers.push(Tracked { viewer, placed_displays: None, dirty: true, liveness });
        let windows: Vec<Window> = self.known.keys().copied().collect();
        for window in windows {
            self.claim(x, window)?;
        }
        for (window, known) in self.known.iter_mut().filter(|(_, k)| k.owner == Some(launch)) {
            known.retry = MoveRetry::default();
            // An earlier daemon may have hidden or withdrawn it.
            known.hidden |= placement::is_shaped_away(x, *window)?;
            known.withdrawn |= !known.mapped;
        }
        Ok(())
    }

    pub(super) fn untrack(&mut self, launch: LaunchId) {
        self.viewers.retain(|t| t.viewer.launch != launch);
        for known in self.known.values_mut().filter(|k| k.owner == Some(launch)) {
            known.owner = None;
            known.in_place = false;
        }
    }

    /// Windows may stand elsewhere now, and are worth moving again.
    pub(super) fn monitors_changed(&mut self) {
        self.known.values_mut().for_each(|known| known.retry = MoveRetry::default());
        self.viewers.iter_mut().for_each(|tracked| tracked.dirty = true);
    }

    pub(super) fn on_event(&mut self, x: &Display, event: &XEvent) -> Result<(), Error> {
        #[allow(
            clippy::wildcard_enum_match_arm,
            reason = "the X server has many events, and most are nobody's affair here"
        )]
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
                    self.viewers.iter_mut().for_each(|tracked| tracked.dirty |= !tracked.is_placed());
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
                // A frame that moves takes its window along, which is told of it only later.
                let of = self.known.get(&e.window).filter(|known| known.owner.is_some());
                let of = of.or_else(|| self.known.values().find(|known| known.parent == e.window));
                let owner = of.and_then(|known| known.owner);
                self.touch(owner);
            }
            XEvent::ReparentNotify(e) => {
                if let Some(known) = self.known.get_mut(&e.window) {
                    known.parent = e.parent;
                } else if e.parent == x.root && !e.override_redirect {
                    // It stood in a frame while the windows were first read.
                    self.add(x, e.window)?;
                }
            }
            XEvent::ClientMessage(e) if e.window == x.root && e.type_ == x.atoms.WM_PROTOCOLS => {
                if let [kind, ping, window, ..] = e.data.as_data32()
                    && kind == x.atoms._NET_WM_PING
                {
                    self.ponged(window, ping);
                }
            }
            XEvent::DestroyNotify(e) => {
                let owner = self.known.remove(&e.window).and_then(|known| known.owner);
                self.touch(owner);
            }
            XEvent::PropertyNotify(e) if e.window == x.root && e.atom == x.atoms._NET_CLIENT_LIST => {
                self.add_clients(x)?;
            }
            XEvent::PropertyNotify(e) if e.window == x.root => {}
            XEvent::PropertyNotify(e) => self.on_property(x, e)?,
            _ => {}
        }
        Ok(())
    }

    /// A window says something else of itself.
    fn on_property(&mut self, x: &Display, e: &PropertyNotifyEvent) -> Result<(), Error> {
        let names = [AtomEnum::WM_NAME.into(), AtomEnum::WM_TRANSIENT_FOR.into()];
        if e.atom == x.atoms._NET_WM_PID {
            self.claim(x, e.window)?;
        } else if names.contains(&e.atom)
            || e.atom == x.atoms._NET_WM_NAME
            || e.atom == x.atoms._NET_WM_WINDOW_TYPE
            || e.atom == x.atoms.WM_PROTOCOLS
        {
            self.read(x, e.window)?;
        }
        Ok(())
    }

    /// Does what is still to be done for every viewer that something happened to. Whether windows have come to stand
    /// on their monitors, or do so no longer.
    pub(super) fn settle(&mut self, x: &Display, events: &Events, now: Instant) -> Result<bool, Error> {
        for known in self.known.values_mut().filter(|known| known.recheck_at.is_some_and(|at| at <= now)) {
            known.recheck_at = None;
            for tracked in &mut self.viewers {
                tracked.dirty |= known.owner == Some(tracked.viewer.launch);
            }
        }
        let mut changed = false;
        for tracked in self.viewers.iter_mut().filter(|tracked| tracked.dirty) {
            tracked.dirty = false;
            let Viewer { exhibit, launch, .. } = tracked.viewer;
            let own: Vec<_> = self.known.iter_mut().filter(|(_, k)| k.owner == Some(launch)).collect();
            let placed_displays = arrange(x, &tracked.viewer, own, events, now)?;
            if tracked.placed_displays.as_ref() != Some(&placed_displays) {
                debug!(exhibit = tracked.viewer.name, displays = ?placed_displays, "windows that stand on their monitors");
                events.send(Event::ViewerPlaced { exhibit, launch, displays: placed_displays.clone() });
                tracked.placed_displays = Some(placed_displays);
                changed = true;
            }
        }
        Ok(changed)
    }

    /// The window with an artwork, where it stands on its monitor.
    pub(super) fn artwork(&self, exhibit: ExhibitId, display: u32) -> Option<Window> {
        let owned = |owner: Option<LaunchId>| {
            self.viewers.iter().any(|t| t.viewer.exhibit == exhibit && owner == Some(t.viewer.launch))
        };
        let found = self.known.iter().find(|(_, known)| {
            known.in_place && known.kind == WindowKind::Artwork(display) && owned(known.owner)
        });
        found.map(|(window, _)| *window)
    }

    /// An exhibit's name, for messages.
    pub(super) fn name(&self, exhibit: ExhibitId) -> &str {
        let of = self.viewers.iter().find(|tracked| tracked.viewer.exhibit == exhibit);
        of.map_or("", |tracked| tracked.viewer.name.as_str())
    }

    /// The child of the root window that a window stands in: its frame, or itself.
    pub(super) fn top_level(&self, x: &Display, window: Window) -> Window {
        self.known.get(&window).map(|known| known.parent).filter(|parent| *parent != x.root).unwrap_or(window)
    }

    /// The window within a child of the root window: the one that the frame is for, or itself. `None` where it is
    /// nothing that a window manager cares for.
    pub(super) fn client(&self, top_level: Window) -> Option<Window> {
        let within = self.known.iter().find(|(_, known)| known.parent == top_level);
        within.map(|(window, _)| *window).or_else(|| self.known.contains_key(&top_level).then_some(top_level))
    }

    /// Whether a window is a viewer's.
    pub(super) fn is_viewers(&self, window: Window) -> bool {
        self.known.get(&window).is_some_and(|known| known.owner.is_some())
    }

    /// When a viewer is next to be asked whether it lives, or counts as hung, or a window to go where it belongs.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let pings = self.viewers.iter().filter_map(|tracked| tracked.liveness.deadline());
        let rechecks = self.known.values().filter_map(|known| known.recheck_at);
        pings.chain(rechecks).min()
    }

    /// Asks the viewers whether they live, and tells of those that answer no longer.
    pub(super) fn ping(&mut self, x: &Display, events: &Events, now: Instant) -> Result<(), Error> {
        for tracked in &mut self.viewers {
            let (exhibit, launch) = (tracked.viewer.exhibit, tracked.viewer.launch);
            if tracked.liveness.is_lost(now) {
                debug!(exhibit = tracked.viewer.name, "the viewer answers no longer");
                events.send(Event::ViewerHangs { exhibit, launch });
            } else if tracked.liveness.is_due(now) {
                let asked =
                    self.known.iter().find(|(_, k)| k.owner == Some(launch) && k.in_place && k.answers_pings);
                if let Some((&window, _)) = asked {
                    self.last_ping = self.last_ping.wrapping_add(1).max(1);
                    ewmh::ping(x, window, self.last_ping)?;
                    tracked.liveness.asked(self.last_ping, now);
                }
            }
        }
        Ok(())
    }

    /// A window's program lives: it has sent back the ping of this number.
    fn ponged(&mut self, window: Window, ping: u32) {
        let Some(owner) = self.known.get(&window).and_then(|known| known.owner) else { return };
        for tracked in self.viewers.iter_mut().filter(|tracked| tracked.viewer.launch == owner) {
            tracked.liveness.answered(ping);
        }
    }

    fn add(&mut self, x: &Display, window: Window) -> Result<(), Error> {
        if self.known.contains_key(&window) {
            return Ok(());
        }
        x.conn.change_window_attributes(
            window,
            &ChangeWindowAttributesAux::new().event_mask(WATCHED_EVENTS[0] | WATCHED_EVENTS[1]),
        )?;
        let Some(attributes) = gone(x.conn.get_window_attributes(window)?.reply())? else { return Ok(()) };
        if attributes.override_redirect && attributes.map_state == MapState::UNMAPPED {
            // A menu or a hint; a frame is mapped or holds a window that is announced by itself.
            return Ok(());
        }
        let Some(tree) = gone(x.conn.query_tree(window)?.reply())? else { return Ok(()) };
        let known = KnownWindow {
            pid: owner_pid(x, window)?,
            owner: None,
            parent: tree.parent,
            kind: WindowKind::Blank,
            title: String::new(),
            in_place: false,
            answers_pings: false,
            mapped: attributes.map_state != MapState::UNMAPPED,
            hidden: false,
            withdrawn: false,
            stored: false,
            retry: MoveRetry::default(),
            recheck_at: None,
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
        let mask = WATCHED_EVENTS[0] | WATCHED_EVENTS[1] | EventMask::ENTER_WINDOW | EventMask::LEAVE_WINDOW;
        x.conn.change_window_attributes(window, &ChangeWindowAttributesAux::new().event_mask(mask))?;
        if x.has_composite && !known.stored {
            // What it holds can then be read while a curtain covers it, and is there at once when the curtain parts.
            composite::redirect_window(&x.conn, window, Redirect::AUTOMATIC)?;
            known.stored = true;
        }
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
        let protocols = get(x.atoms.WM_PROTOCOLS, AtomEnum::ATOM.into())?;
        let text = |reply: Option<x11rb::protocol::xproto::GetPropertyReply>| {
            reply.map(|r| String::from_utf8_lossy(&r.value).into_owned()).filter(|title| !title.is_empty())
        };
        let title = text(gone(title.reply())?).or(text(gone(old_title.reply())?)).unwrap_or_default();
        let is_dialog = gone(types.reply())?
            .as_ref()
            .and_then(|reply| reply.value32())
            .is_some_and(|mut types| types.any(|kind| kind == x.atoms._NET_WM_WINDOW_TYPE_DIALOG));
        let transient = gone(transient.reply())?.is_some_and(|reply| !reply.value.is_empty());
        known.answers_pings = gone(protocols.reply())?
            .as_ref()
            .and_then(|reply| reply.value32())
            .is_some_and(|mut protocols| protocols.any(|kind| kind == x.atoms._NET_WM_PING));
        known.kind = match display_number(&title) {
            _ if is_dialog || transient => WindowKind::Dialog,
            Some(number) => WindowKind::Artwork(number),
            None => WindowKind::Blank,
        };
        trace!(window, title, kind = ?known.kind, mapped = known.mapped, "a viewer's window");
        known.title = title;
        if !matches!(known.kind, WindowKind::Artwork(_)) {
            placement::hide(x, window, known)?;
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

/// Brings each of a viewer's windows to where it belongs: on a monitor, or out of sight. Returns the guest displays
/// whose windows stand on their monitors.
fn arrange(
    x: &Display,
    viewer: &Viewer,
    mut own: Vec<(&Window, &mut KnownWindow)>,
    events: &Events,
    now: Instant,
) -> Result<Vec<u32>, Error> {
    let mut placed_displays = Vec::new();
    for (window, known) in &mut own {
        let head = match known.kind {
            WindowKind::Artwork(n) => viewer.heads.iter().find(|head| head.display == n),
            WindowKind::Blank => None,
            WindowKind::Dialog => {
                if placement::dismiss(x, **window, known)? {
                    debug!(
                        exhibit = viewer.name,
                        title = known.title,
                        "the viewer shows a box, and is ended"
                    );
                    let (exhibit, launch, title) = (viewer.exhibit, viewer.launch, known.title.clone());
                    events.send(Event::ViewerAsks { exhibit, launch, title });
                }
                None
            }
        };
        match head {
            Some(head) => {
                known.in_place = placement::place(x, **window, known, head.monitor.rect, &viewer.name, now)?;
                if known.in_place {
                    placed_displays.push(head.display);
                }
            }
            None => {
                known.in_place = false;
                placement::hide(x, **window, known)?;
            }
        }
    }
    placed_displays.sort_unstable();
    placed_displays.dedup();
    if !viewer.heads.is_empty() && placed_displays.len() == viewer.heads.len() {
        withdraw_left_over(x, viewer, own)?;
    }
    Ok(placed_displays)
}

/// Withdraws the windows that show nothing which is wanted.
fn withdraw_left_over(
    x: &Display,
    viewer: &Viewer,
    own: Vec<(&Window, &mut KnownWindow)>,
) -> Result<(), Error> {
    for (window, known) in own {
        let shows = |head: &Head| known.kind == WindowKind::Artwork(head.display);
        if !viewer.heads.iter().any(shows) && known.mapped && !known.withdrawn {
            ewmh::withdraw(x, *window)?;
            known.withdrawn = true;
        }
    }
    Ok(())
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
    for _ in 0..MAX_GENERATIONS {
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
