//! What each screen should show, and the viewers that it takes.
//!
//! Viewers are never commanded one by one: after each step the wanted picture is computed from the phases, and
//! what differs from what is there is mended.

use std::time::{Duration, Instant};

use super::effect::{Effect, Head, ViewerPlan};
use super::exhibit::{Exhibit, Phase, Turn};
use super::incident::Notice;
use super::status::{ScreenStatus, ViewerStatus};
use super::types::{LaunchId, Monitor, Rect, VmState};

/// A viewer that ends sooner than this after its launch is launched again only after a pause.
const SHORT_LIFE: Duration = Duration::from_secs(10);
/// A viewer whose windows are not on their monitors for so long is launched anew.
const PATIENCE: Duration = Duration::from_secs(30);
/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The viewer of one exhibit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Viewer {
    state: State,
    /// Launches in a row that ended too soon.
    short_lives: u32,
    /// Screens that were last told to be missing.
    missing: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    None,
    Running {
        launch: LaunchId,
        since: Instant,
        uuid: String,
        heads: Vec<Head>,
        shown: Shown,
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

/// Whether the windows of a viewer stand on their monitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Placed,
    /// Waited for until then.
    Awaited(Instant),
}

impl Viewer {
    pub(super) fn new() -> Self {
        Self { state: State::None, short_lives: 0, missing: Vec::new() }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Pausing { until } | State::Running { shown: Shown::Awaited(until), .. } => Some(until),
            State::None | State::Running { shown: Shown::Placed, .. } | State::Ending { .. } => None,
        }
    }

    pub(super) fn status(&self) -> ViewerStatus {
        match self.state {
            State::None | State::Ending { .. } => ViewerStatus::None,
            State::Running { shown: Shown::Awaited(_), .. } => ViewerStatus::Launching,
            State::Running { shown: Shown::Placed, .. } => ViewerStatus::Shown,
            State::Pausing { .. } => ViewerStatus::Pausing,
        }
    }

    /// Whether its windows stand on their monitors.
    pub(super) fn placed(&self) -> bool {
        matches!(self.state, State::Running { shown: Shown::Placed, .. })
    }

    /// Where its windows stand.
    pub(super) fn areas(&self) -> Vec<Rect> {
        match &self.state {
            State::Running { heads, .. } => heads.iter().map(|head| head.monitor.rect).collect(),
            State::None | State::Ending { .. } | State::Pausing { .. } => Vec::new(),
        }
    }

    /// The pause before the next launch, after one that was no success. One early end is bad luck and costs no
    /// pause; visitors wait for the picture.
    fn pause_after_failure(&mut self) -> Duration {
        self.short_lives += 1;
        match self.short_lives {
            0 | 1 => Duration::ZERO,
            n => (FIRST_PAUSE * 2u32.saturating_pow(n - 2)).min(LONGEST_PAUSE),
        }
    }

    /// Whether no viewer process is there.
    pub(super) fn gone(&self) -> bool {
        match self.state {
            State::None | State::Pausing { .. } => true,
            State::Running { .. } | State::Ending { .. } => false,
        }
    }
}

/// What of a monitor a viewer depends on.
fn place(monitor: &Monitor) -> (&str, Rect, u32) {
    (&monitor.connector, monitor.rect, monitor.index)
}

impl Exhibit {
    /// On which monitors the exhibit's artwork should be seen now, by guest display; on none if not now.
    fn wanted<'a>(&'a self, monitors: &'a [Monitor]) -> impl Iterator<Item = (u32, &'a Monitor)> {
        let to_be_seen = match self.phase {
            Phase::Healthy { .. }
            | Phase::Suspect { .. }
            | Phase::Settling { .. }
            | Phase::Snapshotting { .. }
            | Phase::Broken { .. }
            | Phase::Held
            | Phase::Waiting { .. } => match self.vm.state {
                VmState::Running | VmState::Paused(_) => !self.vm.uuid.is_empty(),
                VmState::Unknown
                | VmState::Missing
                | VmState::ShutOff
                | VmState::ShuttingDown
                | VmState::Crashed
                | VmState::Asleep => false,
            },
            Phase::Recovering { remedy, .. } => remedy.keeps_display() && !self.vm.uuid.is_empty(),
            Phase::Starting { .. } | Phase::Closed => false,
        };
        let screens = if to_be_seen { self.settings.screens.as_slice() } else { &[] };
        let displays = screens.iter().zip(1..);
        displays.filter_map(|(screen, display)| {
            monitors.iter().find(|monitor| monitor.is(screen)).map(|monitor| (display, monitor))
        })
    }

    /// Brings the viewer nearer to what is wanted.
    pub(super) fn sync_viewer(&mut self, turn: &mut Turn<'_>, monitors: &[Monitor]) {
        match &self.viewer.state {
            State::Running { launch, uuid, heads, shown, .. } => {
                let launch = *launch;
                // That a monitor is called primary, or lost its EDID in standby, moves nothing.
                let there = heads.iter().map(|head| (head.display, place(&head.monitor)));
                let same =
                    there.eq(self.wanted(monitors).map(|(display, monitor)| (display, place(monitor))));
                let as_wanted = !heads.is_empty() && *uuid == self.vm.uuid && same;
                let hangs = matches!(shown, Shown::Awaited(until) if *until <= turn.now.mono);
                if !as_wanted {
                    self.end_viewer(turn, launch, Duration::ZERO);
                } else if hangs {
                    let reason = "its windows did not come to stand on their screens".into();
                    self.notice(turn, Notice::ViewerGone { reason });
                    let pause = self.viewer.pause_after_failure();
                    self.end_viewer(turn, launch, pause);
                }
            }
            State::Ending { .. } => {}
            State::None => self.launch(turn, monitors),
            State::Pausing { until } => {
                if *until <= turn.now.mono || self.wanted(monitors).next().is_none() {
                    self.launch(turn, monitors);
                }
            }
        }
    }

    fn end_viewer(&mut self, turn: &mut Turn<'_>, launch: LaunchId, pause: Duration) {
        turn.effects.push(Effect::EndViewer { exhibit: self.id, launch });
        self.viewer.state = State::Ending { launch, pause };
    }

    /// Launches the viewer anew, as far as there is one.
    pub(super) fn renew_viewer(&mut self, turn: &mut Turn<'_>, reason: &str) {
        if let State::Running { launch, .. } = self.viewer.state {
            self.notice(turn, Notice::ViewerGone { reason: reason.into() });
            self.end_viewer(turn, launch, Duration::ZERO);
        }
    }

    fn launch(&mut self, turn: &mut Turn<'_>, monitors: &[Monitor]) {
        let wanted = self.wanted(monitors);
        let heads: Vec<Head> =
            wanted.map(|(display, monitor)| Head { display, monitor: monitor.clone() }).collect();
        // Without libvirt a viewer would end at once. When it is back, every VM is seen again, and that leads here.
        if heads.is_empty() || !turn.link_up {
            self.viewer.state = State::None;
            return;
        }
        let launch = turn.numbers.launch();
        turn.effects.push(Effect::Launch(ViewerPlan {
            exhibit: self.id,
            launch,
            name: self.settings.name.clone(),
            uuid: self.vm.uuid.clone(),
            heads: heads.clone(),
        }));
        let uuid = self.vm.uuid.clone();
        let shown = Shown::Awaited(turn.now.mono + PATIENCE);
        self.viewer.state = State::Running { launch, since: turn.now.mono, uuid, heads, shown };
    }

    /// A viewer's process has ended.
    pub(super) fn viewer_exited(&mut self, turn: &mut Turn<'_>, exited: LaunchId, reason: String) {
        match &self.viewer.state {
            State::Running { launch, since, .. } if *launch == exited => {
                let pause = if turn.now.mono.duration_since(*since) < SHORT_LIFE {
                    self.viewer.pause_after_failure()
                } else {
                    self.viewer.short_lives = 0;
                    Duration::ZERO
                };
                self.viewer.state = State::Pausing { until: turn.now.mono + pause };
                self.notice(turn, Notice::ViewerGone { reason });
            }
            State::Ending { launch, pause } if *launch == exited => {
                self.viewer.state = State::Pausing { until: turn.now.mono + *pause };
            }
            State::Running { .. } | State::Ending { .. } | State::None | State::Pausing { .. } => {}
        }
    }

    /// All of a viewer's windows stand on their monitors.
    pub(super) fn viewer_placed(&mut self, turn: &mut Turn<'_>, of: LaunchId) {
        if let State::Running { launch, shown: shown @ Shown::Awaited(_), .. } = &mut self.viewer.state
            && *launch == of
        {
            *shown = Shown::Placed;
            // What was seen before was no picture of the artwork.
            self.picture.rest(turn.now.mono, &self.settings);
            self.notice(turn, Notice::Shown);
        }
    }

    /// A viewer's windows stand on their monitors no longer.
    pub(super) fn viewer_displaced(&mut self, turn: &mut Turn<'_>, of: LaunchId) {
        if let State::Running { launch, shown: shown @ Shown::Placed, .. } = &mut self.viewer.state
            && *launch == of
        {
            *shown = Shown::Awaited(turn.now.mono + PATIENCE);
        }
    }

    /// Tells of screens that have come or gone since it was last told.
    pub(super) fn compare_screens(&mut self, turn: &mut Turn<'_>, monitors: &[Monitor]) {
        let missing: Vec<String> = self
            .settings
            .screens
            .iter()
            .filter(|screen| !monitors.iter().any(|monitor| monitor.is(screen)))
            .map(ToString::to_string)
            .collect();
        let before = std::mem::replace(&mut self.viewer.missing, missing.clone());
        for screen in missing.iter().filter(|screen| !before.contains(screen)) {
            self.notice(turn, Notice::ScreenMissing { screen: screen.clone() });
        }
        for screen in before.into_iter().filter(|screen| !missing.contains(screen)) {
            self.notice(turn, Notice::ScreenFound { screen });
        }
    }

    /// The screens for `Status`.
    pub(super) fn screen_status(&self, monitors: &[Monitor]) -> Vec<ScreenStatus> {
        let connector = |screen| {
            monitors.iter().find(|monitor| monitor.is(screen)).map(|monitor| monitor.connector.clone())
        };
        self.settings
            .screens
            .iter()
            .map(|screen| ScreenStatus { name: screen.to_string(), connector: connector(screen) })
            .collect()
    }
}
