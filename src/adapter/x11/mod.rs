//! Monitors and windows, over X11.
//!
//! Four kinds of threads divide the work, each named as it is called in the process list:
//!
//! * `x11` (`actor`) has the connection over which all windows are placed, curtains put up and taken down, and
//!   screens set up, so that windows have one master. It sleeps in `poll` on the X socket and on a wake-up descriptor,
//!   which `Handle` writes to with every command. While nothing happens it only shows now and then that it lives.
//! * `x11-look` (`sampler`) has a connection of its own. It reads what visitors see, which are megabytes, and makes
//!   the journal's small pictures of what `x11` had the X server copy.
//! * `x11-probe` (`server_probe`) has one as well, and is begun by itself: an X server that stands still lets nobody in. It
//!   asks the X server for something small when nobody has heard from it for some seconds, and tells when no answer
//!   comes, while all others wait: then nobody is to blame for what does not happen on the screens. Where the X server is to be ended for that, `x11-end`
//!   does it (`server_process`).
//! * `x11-draw` is started for every curtain that has a poster or a text, draws it without any connection, hands it to
//!   `x11` and ends.
//!
//! What `x11` does is spread over files by subject: `windows` (whose is which window), `placement` (one window, to
//! its monitor or out of sight), `move_retry`, `liveness`, `ewmh` (what is asked of the window manager),
//! `curtain` with `draw` and `poster`, `stacking` (what is in front), `layout` with `layout_plan`, `own_modes` and `outputs`
//! (which screens are lit, and where), `known_edids`, `monitors` (the list that others get), `blanking`. `display` is the
//! connection, over a `stream` that says when it waits. `inspect` looks at all of it once, for who runs no adapter.

mod actor;
mod blanking;
mod capture;
mod curtain;
mod display;
mod draw;
mod ewmh;
mod identify;
mod inspect;
mod known_edids;
mod layout;
mod layout_plan;
mod liveness;
mod monitors;
mod move_retry;
mod outputs;
mod own_modes;
mod own_window;
mod placement;
mod poster;
mod sampler;
mod server_probe;
mod server_process;
mod stacking;
mod stream;
mod thumbnail;
mod windows;

use std::collections::BTreeSet;
use std::sync::{Arc, mpsc};
use std::time::Instant;

use rustix::event::EventfdFlags;
use tokio::sync::oneshot;
use x11rb::errors::ConnectionError;

use self::actor::{Actor, Command, CommandSender};
pub use self::capture::Image;
use self::curtain::Curtains;
use self::display::Display;
pub use self::display::Error;
pub use self::draw::curtain_flaws;
pub use self::identify::identify;
pub use self::inspect::{Blanking, DisplayAddress, Inspected, inspect};
use self::known_edids::KnownEdids;
use self::layout::Layout;
pub use self::server_probe::ServerProbe;
use self::stacking::Stacking;
pub use self::windows::Viewer;
use self::windows::Windows;
use super::{Events, Report};
use crate::core::effect::ScreenPlan;
use crate::core::types::{ExhibitId, IncidentId, LaunchId, Monitor, OpId, Rect, ScreenName, ScreenSettings};
use crate::life;

/// Speaks to the X11 thread, which ends with the last of its handles.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

/// What the handles share; the last of them ends the thread.
struct Inner {
    sampler: mpsc::Sender<sampler::Job>,
    commands: CommandSender,
}

impl Handle {
    /// Keeps a viewer's windows in their places from now on; said again for the same launch, it changes
    /// the places. `Event::ViewerPlaced` tells which of them are in place.
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
        self.0.send(Command::SaveLastFrame(exhibit));
    }

    /// Of all pictures that were kept, only those of these exhibits' guest displays are of use from now on.
    pub fn retain(&self, displays: BTreeSet<(ExhibitId, u32)>) {
        self.0.send(Command::RetainFrames(displays));
    }

    /// Sets up these screens, now and whenever monitors change. All others are left as they are.
    pub fn lay_out(&self, screens: Vec<ScreenSettings>) {
        self.0.send(Command::Layout(screens));
    }

    /// Looks at what visitors see in these areas; the answer is `Event::Probed`.
    pub fn look(&self, exhibit: ExhibitId, op: OpId, areas: Vec<Rect>) {
        // The thread ends only with the last handle.
        let _ = self.0.sampler.send(sampler::Job::Sample { exhibit, op, areas });
    }

    /// Takes a small picture of what visitors see in these areas at this place in the order of commands; the answer
    /// is `Report::PictureTaken`, or none where it cannot be taken.
    pub fn picture(&self, incident: IncidentId, areas: Vec<Rect>) {
        self.0.send(Command::Thumbnail(incident, areas));
    }

    /// Takes a small picture of what visitors see in these areas, side by side, as JPEG. The reply is dropped where it
    /// cannot be taken.
    pub fn glance(&self, areas: Vec<Rect>, reply: oneshot::Sender<Vec<u8>>) {
        let _ = self.0.sampler.send(sampler::Job::Glance { areas, reply });
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

impl Inner {
    fn send(&self, command: Command) {
        self.commands.send(command);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.send(Command::Quit);
    }
}

/// Connects to the X server and starts the thread, which sets up these screens. `Event::Monitors` comes at once and
/// after each change, `Report::DisplayLost` when the connection breaks; nothing comes after that.
///
/// # Errors
/// Where there is no X server, or one without RandR 1.5.
pub fn spawn(display: Option<String>, screens: Vec<ScreenSettings>, events: Events) -> Result<Handle, Error> {
    let x = Display::connect(display.as_deref())?;
    let wake = rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
        .map_err(|e| Error::System("the wake-up descriptor of the X11 thread cannot be made", e.into()))?;
    let wake = Arc::new(wake);
    let sampler = sampler::spawn(display, events.clone())
        .map_err(|e| Error::System("the thread that looks at the screens cannot be started", e))?;
    let (sender, commands) = mpsc::channel();
    let sender = CommandSender { commands: sender, wake };
    blanking::make(&x)?;
    let mut layout = Layout::default();
    layout.set(screens);
    let mut actor = Actor {
        windows: Windows::new(&x)?,
        curtains: Curtains::new(&x)?,
        stacking: Stacking::default(),
        layout,
        edids: KnownEdids::default(),
        pointer_hidden: false,
        x,
        commands,
        // What is drawn for a curtain comes in by it; the thread ends by `Command::Quit`.
        sender: sender.clone(),
        events,
        sampler: sampler.clone(),
        monitors: None,
        list_at: Some(Instant::now()),
    };
    std::thread::Builder::new()
        .name("x11".into())
        .spawn(move || {
            let life = life::begin("windows and curtains");
            if let Err(error) = actor.run(&life) {
                actor.events.send(Report::DisplayLost { reason: error.to_string() });
            }
        })
        .map_err(|e| Error::System("the X11 thread cannot be started", e))?;
    Ok(Handle(Arc::new(Inner { sampler, commands: sender })))
}

/// The lit monitors of a display, for the command `vitrine screens`.
///
/// # Errors
/// As [`spawn`].
pub fn list_monitors(display: Option<&str>) -> Result<Vec<Monitor>, Error> {
    monitors::list(&Display::connect(display)?, &mut KnownEdids::default(), |_| false)
}

/// What of these names of screens is ambiguous with these monitors, for people.
pub fn ambiguous_names(names: &[&ScreenName], monitors: &[Monitor]) -> Vec<String> {
    let known: Vec<_> = monitors.iter().map(|m| (m.connector.as_str(), m.edid.as_deref())).collect();
    layout_plan::ambiguities(names, &known)
}

/// A picture of a rectangle of a display, by a connection of its own.
///
/// # Errors
/// As [`Handle::shot`].
pub fn shot(display: Option<&str>, rect: Rect) -> Result<Image, Error> {
    capture::capture(&Display::connect(display)?, rect)
}
