//! The X11 thread: windows, curtains and their order in one hand.

use std::collections::BTreeSet;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use tokio::sync::oneshot;
use tracing::{debug, trace, warn};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, NotifyDetail, Window,
};
use x11rb::protocol::{Event as XEvent, randr, xfixes};

use super::capture::{self, Image};
use super::curtain::Curtains;
use super::display::{Display, Error};
use super::draw::{DrawJob, Face};
use super::known_edids::KnownEdids;
use super::layout::Layout;
use super::stacking::Stacking;
use super::windows::{Viewer, Windows};
use super::{blanking, monitors, sampler, stream, thumbnail};
use crate::adapter::Events;
use crate::core::effect::ScreenPlan;
use crate::core::event::Event;
use crate::core::types::{ExhibitId, IncidentId, LaunchId, Monitor, Rect, ScreenSettings};
use crate::life::{self, Life};

/// Time from RandR's first event until the monitors are listed: one change of them comes as many events, and the lists
/// in between are nobody's wish.
const MONITOR_CHANGE_GRACE: Duration = Duration::from_millis(100);

/// What the thread is to do.
pub(super) enum Command {
    Track(Viewer),
    Untrack(LaunchId),
    Scene(Vec<ScreenPlan>),
    Drawn(Face),
    SaveLastFrame(ExhibitId),
    RetainFrames(BTreeSet<(ExhibitId, u32)>),
    Layout(Vec<ScreenSettings>),
    Thumbnail(IncidentId, Vec<Rect>),
    Shot(Rect, oneshot::Sender<Result<Image, Error>>),
    Quit,
}

/// Sends commands to the thread, and wakes it up.
#[derive(Clone)]
pub(super) struct CommandSender {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) wake: Arc<OwnedFd>,
}

impl CommandSender {
    pub(super) fn send(&self, command: Command) {
        // A thread that has ended has said so by `Report::DisplayLost`.
        if self.commands.send(command).is_ok() {
            let _ = rustix::io::write(&self.wake, &1u64.to_ne_bytes());
        }
    }
}

pub(super) struct Actor {
    pub(super) x: Display,
    pub(super) windows: Windows,
    pub(super) curtains: Curtains,
    pub(super) stacking: Stacking,
    pub(super) layout: Layout,
    pub(super) edids: KnownEdids,
    /// How it was told to the X server last.
    pub(super) pointer_hidden: bool,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) sender: CommandSender,
    pub(super) events: Events,
    pub(super) sampler: mpsc::Sender<sampler::Job>,
    /// The list that was told last.
    pub(super) monitors: Option<Vec<Monitor>>,
    /// When screens are to be set up and monitors listed.
    pub(super) list_at: Option<Instant>,
}

impl Actor {
    pub(super) fn run(&mut self, life: &Life) -> Result<(), Error> {
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
                self.on_event(event)?;
            }
            loop {
                match self.commands.try_recv() {
                    Ok(Command::Quit) | Err(mpsc::TryRecvError::Disconnected) => return Ok(()),
                    Ok(command) => self.on_command(command)?,
                    Err(mpsc::TryRecvError::Empty) => break,
                }
            }
            self.settle_windows()?;
            // Setting up screens may keep the X server busy for long: what stands where it should not is out of sight by
            // now.
            let list_at = [self.list_at, self.layout.deadline()].into_iter().flatten().min();
            if list_at.is_some_and(|at| at <= Instant::now()) {
                self.x.conn.flush()?;
                self.list_monitors()?;
                self.settle_windows()?;
            }
            let now = Instant::now();
            self.curtains.part(&self.x, &self.windows, now)?;
            self.stacking.restore(&self.x, &self.windows, &self.curtains, now)?;
            self.look_after_viewers()?;
            self.x.conn.flush()?;
            // A reply that was waited for may have brought events along, which `poll` cannot see.
            match self.x.conn.poll_for_event()? {
                Some(event) => self.on_event(event)?,
                None => self.sleep()?,
            }
        }
    }

    /// Asks viewers whether they live. Before one of them counts as hung, the X server has shown that it answers: what
    /// waits for it is nobody else's fault.
    fn look_after_viewers(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        if self.windows.owe_answers(now) {
            let round_trip = self.x.round_trip()?;
            while let Some(event) = self.x.conn.poll_for_event()? {
                self.on_event(event)?;
            }
            self.windows.look_after(&self.events, now, round_trip);
        }
        self.windows.ping(&self.x, Instant::now())
    }

    fn settle_windows(&mut self) -> Result<(), Error> {
        if self.windows.settle(&self.x, &self.events, Instant::now())? {
            self.find_pointer()?;
        }
        Ok(())
    }

    fn on_command(&mut self, command: Command) -> Result<(), Error> {
        match command {
            Command::Track(viewer) => self.windows.track(&self.x, viewer)?,
            Command::Untrack(launch) => self.windows.untrack(launch),
            Command::Scene(scene) => {
                for job in self.curtains.follow(&self.x, scene)? {
                    self.draw(job)?;
                }
                self.stacking.may_have_changed();
            }
            Command::Drawn(face) => self.curtains.drawn(&self.x, &face)?,
            Command::SaveLastFrame(exhibit) => {
                self.curtains.save_last_frame(&self.x, &self.windows, exhibit)?
            }
            Command::RetainFrames(displays) => self.curtains.retain_frames(&self.x, &displays)?,
            Command::Layout(screens) => {
                self.layout.set(screens);
                self.list_at = Some(Instant::now());
            }
            Command::Thumbnail(incident, areas) => {
                let copies = thumbnail::copy(&self.x, &areas)?;
                // The thread that reads them ends no earlier than this one.
                let _ = self.sampler.send(sampler::Job::Thumbnail { incident, copies });
            }
            Command::Shot(rect, reply) => {
                let _ = reply.send(capture::capture(&self.x, rect));
            }
            Command::Quit => {}
        }
        Ok(())
    }

    /// Has a curtain's poster and text drawn by a thread of its own: windows must not wait for that.
    fn draw(&self, job: DrawJob) -> Result<(), Error> {
        let sender = self.sender.clone();
        std::thread::Builder::new()
            .name("x11-draw".into())
            .spawn(move || {
                let _life = life::begin("the drawing of a curtain");
                sender.send(Command::Drawn(job.draw()));
            })
            .map_err(|e| Error::System("the thread that draws a curtain cannot be started", e))?;
        Ok(())
    }

    fn on_event(&mut self, event: XEvent) -> Result<(), Error> {
        #[allow(
            clippy::wildcard_enum_match_arm,
            reason = "the X server has many events, and most are nobody's affair here"
        )]
        match &event {
            XEvent::RandrScreenChangeNotify(_) | XEvent::RandrNotify(_) => {
                self.list_at.get_or_insert_with(|| Instant::now() + MONITOR_CHANGE_GRACE);
                return Ok(());
            }
            XEvent::Error(error) => {
                trace!(?error, "the X server refused a request");
                return Ok(());
            }
            XEvent::EnterNotify(e) => return self.show_pointer(!self.hides_pointer(e.event)),
            // Into a window within it is no way out.
            XEvent::LeaveNotify(e) if e.detail != NotifyDetail::INFERIOR => return self.show_pointer(true),
            XEvent::MapNotify(e) if e.event == self.x.root => self.stacking.may_have_changed(),
            XEvent::ConfigureNotify(e) if e.event == self.x.root => self.stacking.may_have_changed(),
            XEvent::CirculateNotify(_) => self.stacking.may_have_changed(),
            XEvent::DestroyNotify(e) => self.stacking.forget(e.window),
            _ => {}
        }
        self.windows.on_event(&self.x, &event)
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
        match self.layout.apply(&self.x, &mut self.edids, Instant::now()) {
            // What was changed comes back as events, and is looked at again when they have settled.
            Ok(true) => self.list_at = Some(Instant::now() + MONITOR_CHANGE_GRACE),
            Ok(false) => {}
            Err(Error::Refused(why)) => warn!("the screens could not be set up: {why}"),
            Err(error) => return Err(error),
        }
        blanking::stay_lit(&self.x)?;
        // Also where the list is the same again, windows may have been pushed about meanwhile.
        self.windows.monitors_changed();
        let takes_for_connected = |connector: &str| self.layout.takes_for_connected(connector);
        match monitors::list(&self.x, &mut self.edids, takes_for_connected) {
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
        let deadlines = [
            self.list_at,
            self.layout.deadline(),
            self.curtains.deadline(),
            self.stacking.deadline(),
            self.windows.deadline(),
        ];
        let round = Instant::now() + life::pace();
        let at = deadlines.into_iter().flatten().min().map_or(round, |at| at.min(round));
        let left = at.saturating_duration_since(Instant::now());
        let mut fds = [
            PollFd::new(self.x.conn.stream(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.sender.wake.as_fd(), PollFlags::IN),
        ];
        match stream::poll_within(&mut fds, left) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Error::System("waiting for the X server failed", error.into())),
        }
        // Empties the counter; the commands themselves are read by the caller.
        let _ = rustix::io::read(&self.sender.wake, &mut [0u8; 8]);
        Ok(())
    }
}
