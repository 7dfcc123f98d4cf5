//! The viewer of an exhibit.
//!
//! Viewers are never commanded one by one: after each step the wanted picture is computed from the phases, and
//! what differs from what is there is mended.

use std::time::{Duration, Instant};

use super::Exhibit;
use super::phase::{AdoptOrphan, Display, Phase};
use super::step::Context;
use crate::core::effect::{Effect, Head, OrphanViewer, Spot, ViewerOptions, ViewerPlan};
use crate::core::incident::Notice;
use crate::core::status::{ScreenStatus, ViewerStatus};
use crate::core::types::{
    Backoff, CurtainPicture, DisplayAccess, LaunchId, Monitor, Place, Rect, Scaling, Size, ViewerFault,
    ViewerSettings, VmState,
};

/// A viewer that ends sooner than this after its launch is launched again only after a pause.
const SHORT_LIFE_LIMIT: Duration = Duration::from_secs(10);
/// A viewer whose windows are not on their monitors for so long is launched anew.
const PLACEMENT_TIMEOUT: Duration = Duration::from_secs(30);
/// Time between two pictures that are kept for the curtain.
const FRAME_INTERVAL: Duration = Duration::from_secs(10);
/// And not before this: a viewer draws its first picture piece by piece.
const FIRST_FRAME_DELAY: Duration = Duration::from_secs(1);
/// Connections to the display that are made so soon after a viewer's launch are its own. The later ones are those
/// of somebody else, who looks in by another viewer.
const OWN_CONNECTION_WINDOW: Duration = Duration::from_secs(5);
/// So many connections of others are remembered.
const MAX_OTHER_CLIENTS: usize = 32;
/// The pauses between launches that do not succeed: visitors wait, but a viewer that never starts must not fill the log.
const LAUNCH_PAUSES: Backoff =
    Backoff { first: Duration::from_millis(250), longest: Duration::from_secs(30) };
/// More early ends than this do not count of viewers that had shown the artwork: launching works, and something else
/// ends them. The pause stays at a second.
const MAX_SHORT_LIVES_AFTER_SHOWING: u32 = 4;
/// Time between two looks at the size of the guest's picture, where that decides how it is drawn. Another size that is
/// found twice is there to stay, and worth a new viewer; a guest that boots has several, one after the other.
const MEASURE_INTERVAL: Duration = Duration::from_secs(5);

/// The viewer of one exhibit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Viewer {
    state: State,
    /// Launches in a row that ended too soon.
    short_lives: u32,
    /// Screens that were last told to be missing.
    missing: Vec<String>,
    /// When the picture is next kept for the curtain.
    next_frame_at: Option<Instant>,
    /// Connections to the VM's display that are not the viewer's own. They may outlive it.
    other_clients: Vec<String>,
    /// The X server stands still, and the viewer's time with it.
    waits_for_x_server: bool,
    /// The title of a box that it has shown, and will be ended for.
    box_title: Option<String>,
    /// Why it ended last, until the artwork stands in its place again.
    trouble: Option<ViewerFault>,
    guest_size: GuestSize,
}

/// The size of the guest's picture, where that decides how it is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct GuestSize {
    /// The size that counts.
    known: Option<Size>,
    /// Another one, found once.
    news: Option<Size>,
    /// It is being measured.
    measuring: bool,
    /// When it is next to be measured; `None` for at once.
    measure_at: Option<Instant>,
}

impl GuestSize {
    fn is_due(&self, now: Instant) -> bool {
        !self.measuring && self.measure_at.is_none_or(|at| at <= now)
    }

    fn deadline(&self) -> Option<Instant> {
        self.measure_at.filter(|_| !self.measuring)
    }

    fn measured(&mut self, found: Option<Size>, now: Instant) {
        self.measuring = false;
        self.measure_at = Some(now + MEASURE_INTERVAL);
        if found.is_some() && (self.known.is_none() || self.news == found) {
            self.known = found;
        }
        self.news = found.filter(|_| self.known != found);
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    None,
    /// One of an earlier daemon is there; what becomes of it is decided once the monitors are known.
    Orphaned {
        uuid: String,
        spots: Vec<Spot>,
        options: ViewerOptions,
    },
    Running {
        launch: LaunchId,
        since: Instant,
        uuid: String,
        heads: Vec<Head>,
        options: ViewerOptions,
        /// The guest displays whose windows stand on their monitors.
        placed_displays: Vec<u32>,
        /// An earlier daemon launched it, and its windows have not been looked at yet: they are taken to stand.
        inherited: bool,
        /// Until when those that do not are waited for.
        awaited: Option<Instant>,
        /// Whether any of its windows has ever stood on its monitor.
        has_shown: bool,
    },
    /// On its way out; the next one comes so long after it has gone.
    Ending {
        launch: LaunchId,
        pause: Duration,
    },
    Pausing {
        until: Instant,
    },
}

impl Viewer {
    pub(super) fn new() -> Self {
        Self {
            state: State::None,
            short_lives: 0,
            missing: Vec::new(),
            next_frame_at: None,
            other_clients: Vec::new(),
            waits_for_x_server: false,
            box_title: None,
            trouble: None,
            guest_size: GuestSize::default(),
        }
    }

    /// The X server stands still.
    pub(super) fn on_x_server_silent(&mut self) {
        self.waits_for_x_server = true;
    }

    /// The X server answers again: what was waited for has its whole time once more.
    pub(super) fn on_x_server_back(&mut self, now: Instant) {
        self.waits_for_x_server = false;
        if let State::Running { since, awaited: Some(until), .. } = &mut self.state {
            // It could not begin before.
            *since = now;
            *until = now + PLACEMENT_TIMEOUT;
        }
        self.next_frame_at = self.next_frame_at.map(|at| at.max(now + FIRST_FRAME_DELAY));
    }

    /// Whether what is on its screens is what it shows now.
    pub(super) fn can_be_looked_at(&self) -> bool {
        self.shows_any() && !self.waits_for_x_server
    }

    /// The QEMU process goes, and with it every connection.
    pub(super) fn forget_other_clients(&mut self) {
        self.other_clients.clear();
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Pausing { until } => Some(until),
            State::Running { awaited, .. } => {
                let awaited = awaited.filter(|_| !self.waits_for_x_server);
                awaited.into_iter().chain(self.guest_size.deadline()).min()
            }
            State::None | State::Orphaned { .. } | State::Ending { .. } => None,
        }
    }

    pub(super) fn status(&self) -> ViewerStatus {
        match &self.state {
            State::None | State::Orphaned { .. } | State::Ending { .. } => ViewerStatus::None,
            State::Running { awaited: None, .. } if self.shows_any() => ViewerStatus::Shown,
            State::Running { .. } if self.shows_all() => ViewerStatus::Shown,
            State::Running { .. } => ViewerStatus::Launching,
            State::Pausing { .. } => ViewerStatus::Pausing,
        }
    }

    /// Why it ended last, where it has not shown the artwork since.
    pub(super) fn trouble(&self) -> Option<ViewerFault> {
        self.trouble.clone()
    }

    /// Whether all of its windows stand on their monitors.
    fn shows_all(&self) -> bool {
        matches!(&self.state, State::Running { heads, placed_displays, .. } if placed_displays.len() == heads.len())
    }

    /// Whether any of its windows stands on its monitor. A guest may light fewer displays than its exhibit has screens:
    /// what is shown is watched as if it were all.
    pub(super) fn shows_any(&self) -> bool {
        matches!(&self.state, State::Running { placed_displays, .. } if !placed_displays.is_empty())
    }

    /// Whether its window of this guest display stands on its monitor.
    pub(super) fn shows(&self, display: u32) -> bool {
        matches!(&self.state, State::Running { placed_displays, inherited, .. } if *inherited || placed_displays.contains(&display))
    }

    /// When the picture is next to be kept for the curtain.
    pub(super) fn next_frame_at(&self) -> Option<Instant> {
        self.next_frame_at.filter(|_| self.can_be_looked_at())
    }

    /// Where its windows stand: the monitors of those that stand there.
    pub(super) fn areas(&self) -> Vec<Rect> {
        match &self.state {
            State::Running { heads, placed_displays, .. } => {
                let lit = heads.iter().filter(|head| placed_displays.contains(&head.display));
                lit.map(|head| head.monitor.rect).collect()
            }
            State::None | State::Orphaned { .. } | State::Ending { .. } | State::Pausing { .. } => Vec::new(),
        }
    }

    /// The pause before the next launch, after the present one has ended or is to end.
    fn pause_after_life(&mut self, now: Instant) -> Duration {
        let State::Running { since, has_shown, .. } = self.state else { return Duration::ZERO };
        if now.duration_since(since) >= SHORT_LIFE_LIMIT {
            self.short_lives = 0;
            return Duration::ZERO;
        }
        if has_shown {
            self.short_lives = self.short_lives.min(MAX_SHORT_LIVES_AFTER_SHOWING - 1);
        }
        self.pause_after_failure()
    }

    /// The pause before the next launch, after one that was no success. One early end is bad luck and costs no
    /// pause; visitors wait for the picture.
    fn pause_after_failure(&mut self) -> Duration {
        self.short_lives += 1;
        match self.short_lives {
            0 | 1 => Duration::ZERO,
            n => LAUNCH_PAUSES.after(n - 2),
        }
    }

    /// Whether no viewer process is there that was launched or taken over.
    pub(super) fn gone(&self) -> bool {
        match self.state {
            State::None | State::Orphaned { .. } | State::Pausing { .. } => true,
            State::Running { .. } | State::Ending { .. } => false,
        }
    }
}

/// Whether a viewer shows what is wanted where it is wanted.
fn suits<'a>(spots: impl Iterator<Item = Spot>, wanted: impl Iterator<Item = (u32, &'a Monitor)>) -> bool {
    spots.eq(wanted.map(|(display, monitor)| Head { display, monitor: monitor.clone() }.spot()))
}

/// The size at which a guest's picture is drawn on all of these screens. One viewer has one way to draw for all of its
/// screens, so that those of different sizes are filled.
fn drawn_size(scaling: Scaling, guest: Size, heads: &[Head]) -> Option<Size> {
    let screen = heads.first()?.monitor.rect.size();
    let alike = heads.iter().all(|head| head.monitor.rect.size() == screen);
    scaling.drawn_size(guest, screen).filter(|_| alike)
}

impl Exhibit {
    /// On which monitors the exhibit's artwork should be seen now, by guest display; on none if not now.
    fn wanted<'a>(&'a self, places: &'a [Place]) -> impl Iterator<Item = (u32, &'a Monitor)> {
        let vm = self.vm.info();
        let with_vm = |unknown| match vm.state {
            VmState::Running | VmState::Paused(_) => true,
            VmState::Unknown => unknown,
            VmState::Missing
            | VmState::ShutOff
            | VmState::ShuttingDown
            | VmState::Crashed
            | VmState::Asleep => false,
        };
        let to_be_seen = vm.uuid.is_some()
            && match self.phase().properties().display {
                Display::Off => false,
                Display::On => true,
                Display::WithVm => with_vm(false),
                Display::WithVmOrUnknown => with_vm(true),
                Display::UnlessStepEndsQemu(step) => !self.step_ends_qemu(step),
            };
        places
            .iter()
            .filter(move |place| to_be_seen && place.exhibit == self.id)
            .map(|place| (place.display, &place.monitor))
    }

    /// Brings the viewer nearer to what is wanted.
    pub(in crate::core) fn sync_viewer(&mut self, ctx: &mut Context<'_>, places: &[Place]) {
        match &self.viewer.state {
            State::Running { launch, uuid, heads, options, placed_displays, awaited, .. } => {
                let launch = *launch;
                let same = suits(heads.iter().map(Head::spot), self.wanted(places))
                    && *options == self.viewer_options(heads, Some(*options));
                let as_wanted = !heads.is_empty() && Some(uuid) == self.vm.info().uuid.as_ref() && same;
                let overdue =
                    !self.viewer.waits_for_x_server && awaited.is_some_and(|until| until <= ctx.now.mono);
                if !as_wanted {
                    self.end_viewer(ctx, launch, Duration::ZERO);
                } else if overdue && placed_displays.is_empty() {
                    let reason = ViewerFault::NotPlaced;
                    self.viewer.trouble = Some(reason.clone());
                    self.notice(ctx, Notice::ViewerGone { reason });
                    let pause = self.viewer.pause_after_failure();
                    self.end_viewer(ctx, launch, pause);
                } else if overdue {
                    self.display_missing(ctx);
                }
            }
            State::Orphaned { .. } | State::Ending { .. } => {}
            State::None => self.launch(ctx, places),
            State::Pausing { until } => {
                if *until <= ctx.now.mono || self.wanted(places).next().is_none() {
                    self.launch(ctx, places);
                }
            }
        }
        self.measure_guest(ctx);
        self.watch_sight(ctx, places);
    }

    fn end_viewer(&mut self, ctx: &mut Context<'_>, launch: LaunchId, pause: Duration) {
        ctx.effects.push(Effect::EndViewer { exhibit: self.id, launch });
        self.viewer.state = State::Ending { launch, pause };
    }

    /// Launches the viewer anew, as far as there is one.
    pub(super) fn renew_viewer(&mut self, ctx: &mut Context<'_>, reason: ViewerFault) {
        if let State::Running { launch, .. } = self.viewer.state {
            self.notice(ctx, Notice::ViewerGone { reason });
            self.end_viewer(ctx, launch, Duration::ZERO);
        }
    }

    /// An earlier daemon left a viewer. Comes before anything else.
    pub(in crate::core) fn note_orphan(&mut self, left: OrphanViewer) {
        self.viewer.state = State::Orphaned { uuid: left.uuid, spots: left.spots, options: left.options };
    }

    /// The monitors are known: takes over the viewer that an earlier daemon left, where the VM is to be left as it is
    /// and the viewer is as it should be. Any other one is ended by those who found it.
    pub(in crate::core) fn adopt_viewer(&mut self, ctx: &mut Context<'_>, places: &[Place]) {
        let State::Orphaned { uuid, spots, options } = &self.viewer.state else { return };
        let (uuid, spots, options) = (uuid.clone(), spots.clone(), *options);
        self.viewer.state = State::None;
        let untouched = match self.phase().properties().orphan {
            AdoptOrphan::No => false,
            AdoptOrphan::Yes => true,
            AdoptOrphan::IfVmStays => self.recovery.is_adopted() || self.custody.is_held_by_staff(),
            AdoptOrphan::IfSameVm => self.vm.info().uuid.as_ref() == Some(&uuid),
        };
        if !untouched {
            return;
        }
        // That of the VM itself, where libvirt has not told it yet.
        let known = self.vm.assume_uuid(Some(uuid));
        let heads = self.heads(places);
        if suits(spots.into_iter(), self.wanted(places))
            && options == self.viewer_options(&heads, Some(options))
        {
            self.begin_viewer(ctx, heads, Some(options));
        } else {
            self.vm.assume_uuid(known);
        }
    }

    /// What a viewer is to show where.
    fn heads(&self, places: &[Place]) -> Vec<Head> {
        let wanted = self.wanted(places);
        wanted.map(|(display, monitor)| Head { display, monitor: monitor.clone() }).collect()
    }

    fn launch(&mut self, ctx: &mut Context<'_>, places: &[Place]) {
        let heads = self.heads(places);
        // Without libvirt a viewer would end at once. When it is back, every VM is seen again, and that leads here.
        if heads.is_empty() || !ctx.link_up {
            self.viewer.state = State::None;
        } else {
            self.begin_viewer(ctx, heads, None);
        }
    }

    /// How the viewer is to show the guest. What is not known yet stays as it is with the present viewer.
    fn viewer_options(&self, heads: &[Head], present: Option<ViewerOptions>) -> ViewerOptions {
        let ViewerSettings { scaling, resize_guest, usb } = self.settings.viewer;
        let attach = match self.vm.info().display {
            DisplayAccess::Unknown => present.is_some_and(|present| present.attach),
            DisplayAccess::Libvirt => true,
            DisplayAccess::Address | DisplayAccess::Missing => false,
        };
        let drawn_size = match self.viewer.guest_size.known {
            Some(guest) => drawn_size(scaling, guest, heads),
            None if scaling == Scaling::Fit => None,
            None => present.and_then(|present| present.drawn_size),
        };
        ViewerOptions { resize_guest, usb, attach, drawn_size }
    }

    /// Has the size of the guest's picture found out, where its scaling depends on it.
    fn measure_guest(&mut self, ctx: &mut Context<'_>) {
        let depends = match self.settings.viewer.scaling {
            Scaling::Fit => false,
            Scaling::Whole | Scaling::Unscaled => matches!(self.viewer.state, State::Running { .. }),
        };
        if !depends || !self.viewer.guest_size.is_due(ctx.now.mono) {
            return;
        }
        // Whatever is at work on the VM is not held up by it.
        let idle = ctx.link_up && self.vm.is_running() && !self.is_being_worked_on();
        let size = &mut self.viewer.guest_size;
        if idle {
            size.measuring = true;
            ctx.effects.push(Effect::MeasureGuest { exhibit: self.id });
        } else {
            size.measure_at = Some(ctx.now.mono + MEASURE_INTERVAL);
        }
    }

    /// The size of the guest's picture was found out, or could not be.
    pub(in crate::core) fn guest_measured(&mut self, ctx: &mut Context<'_>, size: Option<Size>) {
        self.viewer.guest_size.measured(size, ctx.now.mono);
    }

    /// A viewer shows a box, and is being ended for it.
    pub(in crate::core) fn viewer_asks(&mut self, of: LaunchId, title: String) {
        if matches!(self.viewer.state, State::Running { launch, .. } if launch == of) {
            self.viewer.box_title = Some(title);
        }
    }

    /// Why a viewer has gone, from what its process told of its end.
    fn fault_of_end(&mut self, reason: String) -> ViewerFault {
        match (self.viewer.box_title.take(), self.vm.info().display) {
            (None, _) if self.viewer.waits_for_x_server => ViewerFault::WithoutXServer,
            (None, _) => ViewerFault::Exited { reason },
            (Some(_), DisplayAccess::Missing) => ViewerFault::NoDisplay { reason },
            (Some(title), DisplayAccess::Unknown | DisplayAccess::Address | DisplayAccess::Libvirt) => {
                if title.is_empty() {
                    ViewerFault::AskedUntitled { reason }
                } else {
                    ViewerFault::Asked { title, reason }
                }
            }
        }
    }

    /// `inherited`: how one of an earlier daemon runs, which is taken over.
    fn begin_viewer(&mut self, ctx: &mut Context<'_>, heads: Vec<Head>, inherited: Option<ViewerOptions>) {
        let Some(uuid) = self.vm.info().uuid.clone() else { return };
        let launch = ctx.numbers.launch();
        let options = inherited.unwrap_or_else(|| self.viewer_options(&heads, None));
        let inherited = inherited.is_some();
        self.viewer.box_title = None;
        ctx.effects.push(Effect::Launch(ViewerPlan {
            exhibit: self.id,
            launch,
            name: self.settings.name.clone(),
            vm: self.settings.vm.clone(),
            uuid: uuid.clone(),
            heads: heads.clone(),
            options,
        }));
        let awaited = Some(ctx.now.mono + PLACEMENT_TIMEOUT);
        self.viewer.state = State::Running {
            launch,
            since: ctx.now.mono,
            uuid,
            heads,
            options,
            placed_displays: Vec::new(),
            inherited,
            awaited,
            has_shown: inherited,
        };
    }

    /// A viewer's process has ended.
    pub(in crate::core) fn viewer_exited(&mut self, ctx: &mut Context<'_>, exited: LaunchId, reason: String) {
        match &self.viewer.state {
            State::Running { launch, .. } if *launch == exited => {
                let pause = self.viewer.pause_after_life(ctx.now.mono);
                let reason = self.fault_of_end(reason);
                self.viewer.trouble = Some(reason.clone());
                self.viewer.state = State::Pausing { until: ctx.now.mono + pause };
                self.notice(ctx, Notice::ViewerGone { reason });
            }
            State::Ending { launch, pause } if *launch == exited => {
                self.viewer.state = State::Pausing { until: ctx.now.mono + *pause };
            }
            State::Running { .. }
            | State::Ending { .. }
            | State::None
            | State::Orphaned { .. }
            | State::Pausing { .. } => {}
        }
    }

    /// Some of a viewer's windows have come to stand on their monitors, or do so no longer.
    pub(in crate::core) fn viewer_placed(&mut self, ctx: &mut Context<'_>, of: LaunchId, displays: Vec<u32>) {
        let State::Running { launch, placed_displays, inherited, awaited, heads, has_shown, .. } =
            &mut self.viewer.state
        else {
            return;
        };
        if *launch != of {
            return;
        }
        let before = std::mem::replace(placed_displays, displays);
        *inherited = false;
        if before == *placed_displays {
            return;
        }
        let is_complete = placed_displays.len() == heads.len();
        let has_lost = before.iter().any(|display| !placed_displays.contains(display));
        let has_come = placed_displays.iter().any(|display| !before.contains(display));
        if is_complete {
            *awaited = None;
        } else if has_lost {
            *awaited = Some(ctx.now.mono + PLACEMENT_TIMEOUT);
        }
        // What was seen before was a picture of other screens.
        self.probes.picture.rest(ctx.now.mono, &self.settings);
        if has_come {
            *has_shown = true;
            self.viewer.trouble = None;
            let keeps = self.settings.curtain.picture == CurtainPicture::Last;
            self.viewer.next_frame_at = keeps.then_some(ctx.now.mono + FIRST_FRAME_DELAY);
        }
        if is_complete {
            self.notice(ctx, Notice::Shown);
        }
    }

    /// A connection to the VM's display was made or lost. Some viewers quit when they lose one, after a moment in
    /// which they show something of their own; others go on with a picture that moves no longer.
    pub(in crate::core) fn connection(&mut self, ctx: &mut Context<'_>, connected: bool, peer: String) {
        let shows = self.viewer.shows_any();
        let other_clients = &mut self.viewer.other_clients;
        let (launch, own) = match &self.viewer.state {
            State::Running { launch, since, .. } => {
                (Some(*launch), ctx.now.mono.duration_since(*since) < OWN_CONNECTION_WINDOW)
            }
            State::None | State::Orphaned { .. } | State::Ending { .. } | State::Pausing { .. } => {
                (None, false)
            }
        };
        if connected {
            if !own && !peer.is_empty() {
                other_clients.push(peer);
                // Somebody's end may not have been told.
                let surplus = other_clients.len().saturating_sub(MAX_OTHER_CLIENTS);
                other_clients.drain(..surplus);
            }
        } else if let Some(place) = other_clients.iter().position(|client| *client == peer) {
            other_clients.swap_remove(place);
        } else if let (Some(launch), true) = (launch, shows) {
            let waits = self.viewer.waits_for_x_server;
            let reason = if waits { ViewerFault::WithoutXServer } else { ViewerFault::Cut };
            self.notice(ctx, Notice::ViewerGone { reason });
            let pause = self.viewer.pause_after_life(ctx.now.mono);
            self.end_viewer(ctx, launch, pause);
        }
    }

    /// A viewer does not answer. It holds a picture that moves no longer, or none.
    pub(in crate::core) fn viewer_hangs(&mut self, ctx: &mut Context<'_>, of: LaunchId) {
        if matches!(self.viewer.state, State::Running { launch, .. } if launch == of) {
            self.renew_viewer(ctx, ViewerFault::Silent);
        }
    }

    /// The guest has not lit all of the displays that its exhibit has screens for. Those that it has are shown.
    fn display_missing(&mut self, ctx: &mut Context<'_>) {
        let State::Running { heads, placed_displays, awaited, .. } = &mut self.viewer.state else { return };
        *awaited = None;
        let missing =
            heads.iter().map(|head| head.display).find(|display| !placed_displays.contains(display));
        if let Some(display) = missing {
            self.notice(ctx, Notice::DisplayMissing { display });
        }
    }

    /// The artwork is well just now: its picture is worth keeping, now and then.
    pub(super) fn save_last_frame(&mut self, ctx: &mut Context<'_>) {
        let healthy = self.phase() == Phase::Healthy;
        if healthy && self.viewer.next_frame_at().is_some_and(|at| at <= ctx.now.mono) {
            self.viewer.next_frame_at = Some(ctx.now.mono + FRAME_INTERVAL);
            ctx.effects.push(Effect::SaveLastFrame { exhibit: self.id });
        }
    }

    /// Tells of screens that have come or gone since it was last told.
    pub(in crate::core) fn compare_screens(&mut self, ctx: &mut Context<'_>, places: &[Place]) {
        let missing: Vec<String> = self
            .screen_status(places)
            .into_iter()
            .filter(|screen| screen.connector.is_none())
            .map(|screen| screen.name)
            .collect();
        let before = std::mem::replace(&mut self.viewer.missing, missing.clone());
        for screen in missing.iter().filter(|screen| !before.contains(screen)) {
            self.notice(ctx, Notice::ScreenMissing { screen: screen.clone() });
        }
        // A screen that is no exhibit's any more has not come.
        let named = |screen: &String| self.settings.screens.iter().any(|name| name.to_string() == *screen);
        for screen in before.into_iter().filter(|screen| !missing.contains(screen) && named(screen)) {
            self.notice(ctx, Notice::ScreenFound { screen });
        }
    }

    /// The screens for `Status`.
    pub(super) fn screen_status(&self, places: &[Place]) -> Vec<ScreenStatus> {
        let connector = |display| {
            let place = places.iter().find(|place| place.exhibit == self.id && place.display == display)?;
            Some(place.monitor.connector.clone())
        };
        let screens = self.settings.screens.iter().zip(1..);
        screens
            .map(|(screen, display)| ScreenStatus { name: screen.to_string(), connector: connector(display) })
            .collect()
    }
}
