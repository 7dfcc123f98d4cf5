//! Monitors and windows, over X11: one thread, one connection, so that windows have one master.
//!
//! The thread sleeps in `poll` on the X socket and on a wake-up descriptor. While nothing happens it only shows now and
//! then that it lives.

mod blanking;
mod capture;
mod curtain;
mod identify;
mod layout;
mod layout_plan;
mod monitors;
mod move_retry;
mod outputs;
mod poster;
mod sampler;
mod stacking;
mod stream;
mod thumbnail;
mod windows;

use std::collections::BTreeSet;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec};
use tokio::sync::oneshot;
use tracing::{debug, trace, warn};
use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, NotifyDetail, Window,
};
use x11rb::protocol::{Event as XEvent, composite, randr, res, shape, xfixes};
use x11rb::rust_connection::RustConnection;

pub use self::capture::Image;
use self::curtain::Curtains;
pub use self::identify::identify;
use self::layout::Layout;
use self::stacking::Guard;
use self::stream::Patient;
use self::windows::Windows;
use super::Events;
use crate::core::effect::{Head, ScreenPlan};
use crate::core::event::Event;
use crate::core::types::{ExhibitId, IncidentId, LaunchId, Monitor, OpId, Rect, ScreenSettings};
use crate::life::{self, Life};

/// One change of the monitors comes as many RandR events, and the lists in between are nobody's wish.
const QUIET: Duration = Duration::from_millis(100);

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
        /// Why.
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
    /// A picture cannot be written.
    #[error("{0:?} cannot be written: {1}; is there room, and may you write there?")]
    File(std::path::PathBuf, String),
    /// The system refused something.
    #[error("{0}: {1}")]
    System(&'static str, std::io::Error),
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

/// A viewer whose windows are to be kept in their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Whose.
    pub exhibit: ExhibitId,
    /// Which launch.
    pub launch: LaunchId,
    /// The exhibit's name, for messages.
    pub name: String,
    /// The process whose windows they are, itself or by its children.
    pub pid: u32,
    /// Which guest display belongs on which monitor.
    pub heads: Vec<Head>,
}

enum Command {
    Track(Viewer),
    Untrack(LaunchId),
    Scene(Vec<ScreenPlan>),
    Drawn(curtain::Face),
    Keep(ExhibitId),
    Retain(BTreeSet<(ExhibitId, u32)>),
    Layout(Vec<ScreenSettings>),
    Picture(IncidentId, Vec<Rect>),
    Shot(Rect, oneshot::Sender<Result<Image, Error>>),
    Quit,
}

/// Speaks to the X11 thread, which ends with the last of its handles.
#[derive(Clone)]
pub struct Handle(Arc<Line>);

struct Line {
    looks: mpsc::Sender<sampler::Job>,
    door: Door,
}

/// Where commands go in.
#[derive(Clone)]
struct Door {
    commands: mpsc::Sender<Command>,
    wake: Arc<OwnedFd>,
}

impl Handle {
    /// Keeps a viewer's windows in their places from now on; said again for the same launch, it changes
    /// the places. `Event::ViewerPlaced` tells which of them stand there.
    pub fn track(&self, viewer: Viewer) {
        self.0.send(Command::Track(viewer));
    }

    /// Forgets a viewer, which has ended.
    pub fn untrack(&self, launch: LaunchId) {
        self.0.send(Command::Untrack(launch));
    }

    /// Shows this on the monitors from now on.
    pub fn scene(&self, scene: Vec<ScreenPlan>) {
        self.0.send(Command::Scene(scene));
    }

    /// Keeps the picture of an exhibit's artwork for the curtain.
    pub fn keep(&self, exhibit: ExhibitId) {
        self.0.send(Command::Keep(exhibit));
    }

    /// Of all pictures that were kept, only those of these exhibits' guest displays are of use from now on.
    pub fn retain(&self, displays: BTreeSet<(ExhibitId, u32)>) {
        self.0.send(Command::Retain(displays));
    }

    /// Sets up these screens, now and whenever monitors change. All others are left as they are.
    pub fn lay_out(&self, screens: Vec<ScreenSettings>) {
        self.0.send(Command::Layout(screens));
    }

    /// Looks at what visitors see in these areas; the answer is `Event::Looked`.
    pub fn look(&self, exhibit: ExhibitId, op: OpId, areas: Vec<Rect>) {
        // The thread ends only with the last handle.
        let _ = self.0.looks.send(sampler::Job::Look { exhibit, op, areas });
    }

    /// Takes a small picture of what visitors see in these areas at this place in the order of commands; the answer
    /// is `Event::PictureTaken`, or none where it cannot be taken.
    pub fn picture(&self, incident: IncidentId, areas: Vec<Rect>) {
        self.0.send(Command::Picture(incident, areas));
    }

    /// What the X screen shows in a rectangle just now.
    ///
    /// # Errors
    /// Where the X server is gone, or the rectangle is not wholly within the X screen.
    pub async fn shot(&self, rect: Rect) -> Result<Image, Error> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Command::Shot(rect, reply));
        answer.await.unwrap_or(Err(Error::Lost(ConnectionError::UnknownError)))
    }
}

impl Door {
    fn send(&self, command: Command) {
        // A thread that has ended has said so by `Event::DisplayLost`.
        if self.commands.send(command).is_ok() {
            let _ = rustix::io::write(&self.wake, &1u64.to_ne_bytes());
        }
    }
}

impl Line {
    fn send(&self, command: Command) {
        self.door.send(command);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.send(Command::Quit);
    }
}

/// Connects to the X server and starts the thread, which sets up these screens. `Event::Monitors` comes at once and after each change,
/// `Event::DisplayLost` when the connection breaks; nothing comes after that.
///
/// # Errors
/// Where there is no X server, or one without RandR 1.5.
pub fn spawn(display: Option<String>, screens: Vec<ScreenSettings>, events: Events) -> Result<Handle, Error> {
    let x = Display::connect(display.as_deref())?;
    let wake = rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
        .map_err(|e| Error::System("the wake-up descriptor of the X11 thread cannot be made", e.into()))?;
    let wake = Arc::new(wake);
    let looks = sampler::spawn(display, events.clone())
        .map_err(|e| Error::System("the thread that looks at the screens cannot be started", e))?;
    let (sender, commands) = mpsc::channel();
    let door = Door { commands: sender, wake };
    blanking::make(&x)?;
    let mut layout = Layout::default();
    layout.set(screens);
    let mut actor = Actor {
        windows: Windows::new(&x)?,
        curtains: Curtains::new(&x)?,
        guard: Guard::default(),
        layout,
        pointer_hidden: false,
        x,
        commands,
        // What is drawn for a curtain comes in by it; the thread ends by `Command::Quit`.
        door: door.clone(),
        events,
        looks: looks.clone(),
        monitors: None,
        list_at: Some(Instant::now()),
    };
    std::thread::Builder::new()
        .name("x11".into())
        .spawn(move || {
            let life = life::begin("windows and curtains");
            if let Err(error) = actor.run(&life) {
                actor.events.send(Event::DisplayLost { reason: error.to_string() });
            }
        })
        .map_err(|e| Error::System("the X11 thread cannot be started", e))?;
    Ok(Handle(Arc::new(Line { looks, door })))
}

/// The lit monitors of a display, for the command `vitrine screens`.
///
/// # Errors
/// As [`spawn`].
pub fn list_monitors(display: Option<&str>) -> Result<Vec<Monitor>, Error> {
    monitors::list(&Display::connect(display)?)
}

/// A picture of a rectangle of a display, by a connection of its own.
///
/// # Errors
/// As [`Handle::shot`].
pub fn shot(display: Option<&str>, rect: Rect) -> Result<Image, Error> {
    capture::capture(&Display::connect(display)?, rect)
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
struct Display {
    conn: RustConnection<Patient>,
    screen: usize,
    root: Window,
    atoms: Atoms,
    has_res: bool,
    has_shape: bool,
    has_composite: bool,
    has_xfixes: bool,
}

impl Display {
    fn connect(display: Option<&str>) -> Result<Self, Error> {
        let (conn, screen) = stream::connect(display).map_err(|source| Error::Connect {
            display: display.map_or_else(|| std::env::var("DISPLAY").unwrap_or_default(), str::to_owned),
            source,
        })?;
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
}

impl Display {
    /// Bits of colour of the root window.
    fn depth(&self) -> u8 {
        self.conn.setup().roots.get(self.screen).map_or(24, |root| root.root_depth)
    }

    /// Black, as a pixel of the root window.
    fn black(&self) -> u32 {
        self.conn.setup().roots.get(self.screen).map_or(0, |root| root.black_pixel)
    }
}

/// A request about a window that has gone meanwhile is no fault; a broken connection is.
fn gone<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, Error> {
    match reply {
        Ok(value) => Ok(Some(value)),
        Err(ReplyError::X11Error(error)) => {
            trace!(?error, "a window has gone");
            Ok(None)
        }
        Err(ReplyError::ConnectionError(lost)) => Err(lost.into()),
    }
}

struct Actor {
    x: Display,
    windows: Windows,
    curtains: Curtains,
    guard: Guard,
    layout: Layout,
    pointer_hidden: bool,
    commands: mpsc::Receiver<Command>,
    door: Door,
    events: Events,
    looks: mpsc::Sender<sampler::Job>,
    monitors: Option<Vec<Monitor>>,
    list_at: Option<Instant>,
}

impl Actor {
    fn run(&mut self, life: &Life) -> Result<(), Error> {
        use randr::NotifyMask;
        let mask = EventMask::SUBSTRUCTURE_NOTIFY | EventMask::STRUCTURE_NOTIFY | EventMask::PROPERTY_CHANGE;
        let root = self.x.root;
        self.x.conn.change_window_attributes(root, &ChangeWindowAttributesAux::new().event_mask(mask))?;
        let mask = NotifyMask::SCREEN_CHANGE | NotifyMask::CRTC_CHANGE | NotifyMask::OUTPUT_CHANGE;
        randr::select_input(&self.x.conn, root, mask)?;
        self.windows.scan(&self.x)?;
        loop {
            life.beat();
            while let Some(event) = self.x.conn.poll_for_event()? {
                self.handle(event)?;
            }
            loop {
                match self.commands.try_recv() {
                    Ok(Command::Quit) | Err(mpsc::TryRecvError::Disconnected) => return Ok(()),
                    Ok(command) => self.obey(command)?,
                    Err(mpsc::TryRecvError::Empty) => break,
                }
            }
            self.settle_windows()?;
            // Setting up screens may keep the X server busy for long: what stands where it should not is out of sight by
            // now.
            if self.list_at.is_some_and(|at| at <= Instant::now()) {
                self.x.conn.flush()?;
                self.list_monitors()?;
                self.settle_windows()?;
            }
            let now = Instant::now();
            self.curtains.look(&self.x, &self.windows, now)?;
            self.guard.look(&self.x, &self.windows, &self.curtains, now)?;
            self.windows.ping(&self.x, &self.events, now)?;
            self.x.conn.flush()?;
            // A reply that was waited for may have brought events along, which `poll` cannot see.
            match self.x.conn.poll_for_event()? {
                Some(event) => self.handle(event)?,
                None => self.sleep()?,
            }
        }
    }

    fn settle_windows(&mut self) -> Result<(), Error> {
        if self.windows.settle(&self.x, &self.events, Instant::now())? {
            self.find_pointer()?;
        }
        Ok(())
    }

    fn obey(&mut self, command: Command) -> Result<(), Error> {
        match command {
            Command::Track(viewer) => self.windows.track(&self.x, viewer)?,
            Command::Untrack(launch) => self.windows.untrack(launch),
            Command::Scene(scene) => {
                for order in self.curtains.follow(&self.x, scene)? {
                    self.draw(order)?;
                }
                self.guard.stir();
            }
            Command::Drawn(face) => self.curtains.drawn(&self.x, &face)?,
            Command::Keep(exhibit) => self.curtains.keep(&self.x, &self.windows, exhibit)?,
            Command::Retain(displays) => self.curtains.retain(&self.x, &displays)?,
            Command::Layout(screens) => {
                self.layout.set(screens);
                self.list_at = Some(Instant::now());
            }
            Command::Picture(incident, areas) => {
                let copies = thumbnail::copy(&self.x, &areas)?;
                // The thread that reads them ends no earlier than this one.
                let _ = self.looks.send(sampler::Job::Picture { incident, copies });
            }
            Command::Shot(rect, reply) => {
                let _ = reply.send(capture::capture(&self.x, rect));
            }
            Command::Quit => {}
        }
        Ok(())
    }

    /// Has a curtain's poster and text drawn by a thread of its own: windows must not wait for that.
    fn draw(&self, order: curtain::Order) -> Result<(), Error> {
        let door = self.door.clone();
        std::thread::Builder::new()
            .name("x11-draw".into())
            .spawn(move || {
                let _life = life::begin("the drawing of a curtain");
                door.send(Command::Drawn(order.draw()));
            })
            .map_err(|e| Error::System("the thread that draws a curtain cannot be started", e))?;
        Ok(())
    }

    fn handle(&mut self, event: XEvent) -> Result<(), Error> {
        match &event {
            XEvent::RandrScreenChangeNotify(_) | XEvent::RandrNotify(_) => {
                self.list_at.get_or_insert_with(|| Instant::now() + QUIET);
                return Ok(());
            }
            XEvent::Error(error) => {
                trace!(?error, "the X server refused a request");
                return Ok(());
            }
            XEvent::EnterNotify(e) => return self.show_pointer(!self.hides_pointer(e.event)),
            // Into a window within it is no way out.
            XEvent::LeaveNotify(e) if e.detail != NotifyDetail::INFERIOR => return self.show_pointer(true),
            XEvent::MapNotify(e) if e.event == self.x.root => self.guard.stir(),
            XEvent::ConfigureNotify(e) if e.event == self.x.root => self.guard.stir(),
            XEvent::CirculateNotify(_) => self.guard.stir(),
            XEvent::DestroyNotify(e) => self.guard.forget(e.window),
            _ => {}
        }
        self.windows.handle(&self.x, &event)
    }

    fn hides_pointer(&self, window: Window) -> bool {
        self.curtains.fronts().any(|(plan, _)| {
            plan.hide_pointer
                && plan
                    .artwork
                    .is_some_and(|(exhibit, display)| self.windows.artwork(exhibit, display) == Some(window))
        })
    }

    /// A window that is taken over, or moved, comes under the pointer without any event that says so.
    fn find_pointer(&mut self) -> Result<(), Error> {
        let pointer = self.x.conn.query_pointer(self.x.root)?.reply()?;
        let under = self.windows.client(pointer.child);
        self.show_pointer(!under.is_some_and(|window| self.hides_pointer(window)))
    }

    fn show_pointer(&mut self, show: bool) -> Result<(), Error> {
        // The X server counts how often it was hidden.
        if self.x.has_xfixes && self.pointer_hidden == show {
            if show {
                xfixes::show_cursor(&self.x.conn, self.x.root)?;
            } else {
                xfixes::hide_cursor(&self.x.conn, self.x.root)?;
            }
            self.pointer_hidden = !show;
        }
        Ok(())
    }

    fn list_monitors(&mut self) -> Result<(), Error> {
        self.list_at = None;
        match self.layout.apply(&self.x) {
            // What was changed comes back as events, and is looked at again when they have settled.
            Ok(true) => self.list_at = Some(Instant::now() + QUIET),
            Ok(false) => {}
            Err(Error::Refused(why)) => warn!("the screens could not be set up: {why}"),
            Err(error) => return Err(error),
        }
        blanking::stay_lit(&self.x)?;
        // Also where the list is the same again, windows may have been pushed about meanwhile.
        self.windows.monitors_changed();
        match monitors::list(&self.x) {
            Ok(list) if self.monitors.as_ref() == Some(&list) => {}
            Ok(list) => {
                debug!(monitors = ?list, "monitors");
                self.monitors = Some(list.clone());
                self.events.send(Event::Monitors(list));
            }
            // An output may go while it is asked; RandR tells of that too.
            Err(Error::Refused(why)) => warn!("the monitors could not be listed: {why}"),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn sleep(&self) -> Result<(), Error> {
        let deadlines =
            [self.list_at, self.curtains.deadline(), self.guard.deadline(), self.windows.deadline()];
        let round = Instant::now() + life::pace();
        let at = deadlines.into_iter().flatten().min().map_or(round, |at| at.min(round));
        let left = at.saturating_duration_since(Instant::now());
        let timeout = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        let mut fds = [
            PollFd::new(self.x.conn.stream(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.door.wake.as_fd(), PollFlags::IN),
        ];
        match rustix::event::poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Error::System("waiting for the X server failed", error.into())),
        }
        // Empties the counter; the commands themselves are read by the caller.
        let _ = rustix::io::read(&self.door.wake, &mut [0u8; 8]);
        Ok(())
    }
}
