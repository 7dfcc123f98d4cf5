//! The site as others may see it: a copy, made by the core after each step that changed something.

use std::time::{Duration, Instant};

use super::event::BeatNote;
use super::types::{
    Bus, Evidence, ExhibitId, Foreseen, Holder, Monitor, Now, Remedy, SnapshotStep, Symptom, Told, Trouble,
    UnitInfo, ViewerFault, VmInfo, WallTime,
};

/// The whole site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// When this copy was made.
    pub at: Now,
    /// When the daemon began.
    pub since: Now,
    /// Whether libvirt is there.
    pub hypervisor: HypervisorStatus,
    /// Whether the X server answers.
    pub x_server: XServerStatus,
    /// The lit monitors.
    pub monitors: Vec<Monitor>,
    /// The exhibits, in the configuration's order.
    pub exhibits: Vec<ExhibitStatus>,
    /// The watched units, in the configuration's order.
    pub units: Vec<UnitStatus>,
    /// What comes if nothing helps; `None` while nothing calls for it.
    pub last_resort: Option<LastResortStatus>,
}

/// What comes if nothing helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastResortStatus {
    /// What is wrong.
    pub why: Trouble,
    /// Time until what libvirt runs by is restarted; `None` where it is not.
    pub restart_libvirt_in: Option<Duration>,
    /// Time until the computer is restarted; `None` where it is not.
    pub reboot_in: Option<Duration>,
}

/// One watched unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitStatus {
    /// Its name.
    pub name: String,
    /// Its bus.
    pub bus: Bus,
    /// How it is.
    pub info: UnitInfo,
    /// Since when its `ActiveState` is so, as far as Vitrine has seen.
    pub since: WallTime,
    /// Time until a failed unit is restarted; `None` where it is not.
    pub restart_in: Option<Duration>,
}

/// How the connection to libvirt stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HypervisorStatus {
    /// It has not been had yet since the start.
    Awaited,
    /// It stands.
    Up,
    /// It is gone.
    Down {
        /// Why.
        reason: Told,
        /// Since when.
        since: WallTime,
    },
}

/// How the X server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XServerStatus {
    /// It answers, or nothing is shown by it.
    Answers,
    /// It does not: nothing moves on any screen.
    Silent {
        /// Since when.
        since: WallTime,
        /// Time until it is ended; `None` where it is not.
        ended_in: Option<Duration>,
    },
}

/// One exhibit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExhibitStatus {
    /// Its id within the daemon.
    pub id: ExhibitId,
    /// Its name.
    pub name: String,
    /// The domain's name.
    pub vm: String,
    /// The configured snapshot's name.
    pub snapshot: String,
    /// What libvirt says of the VM.
    pub info: VmInfo,
    /// Where the watchdog stands.
    pub phase: PhaseStatus,
    /// Since when.
    pub phase_since: WallTime,
    /// The hold, where there is one.
    pub hold: Option<Hold>,
    /// Who stopped it, where somebody did.
    pub stopped: Option<Stopped>,
    /// The heartbeat.
    pub heartbeat: HeartbeatStatus,
    /// Its guest is unheard together with others, or its serial port cannot be heard, which is the host's fault: whether
    /// the artwork is well is not known.
    pub unheard: bool,
    /// What staff have asked for, and waits for the end of what is at work.
    pub waiting: Vec<WaitingStatus>,
    /// Its screens, in the configuration's order.
    pub screens: Vec<ScreenStatus>,
    /// How its viewer stands.
    pub viewer: ViewerStatus,
    /// Why its viewer ended last, where it has not shown the artwork since.
    pub viewer_trouble: Option<ViewerFault>,
    /// How many remedies have been used since the daemon began.
    pub recoveries: u64,
    /// What will fail, or may.
    pub foreseen: Vec<Foreseen>,
    /// The last incident, still open or not.
    pub last_incident: Option<IncidentStatus>,
}

/// A request whose turn has not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingStatus {
    /// What is asked for, by its code.
    pub action: &'static str,
    /// By whom.
    pub by: String,
}

/// Where the watchdog of an exhibit stands, without its deadlines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseStatus {
    /// libvirt is waited for.
    Waiting,
    /// It is being started.
    Starting,
    /// It is well.
    Healthy,
    /// Something is odd and is given a moment.
    Suspect(Symptom),
    /// A remedy is at work.
    Recovering {
        /// Which.
        remedy: Remedy,
        /// Against what.
        why: Symptom,
    },
    /// Restored; the first sign of life is waited for.
    Settling,
    /// A snapshot is being made or deleted.
    Snapshotting(SnapshotStep),
    /// The budget is spent; tried again at that time.
    Broken {
        /// Against what.
        why: Symptom,
        /// Time until the next try.
        retry_in: Duration,
    },
    /// Held: watched and shown, but never touched.
    Held,
    /// Stopped by an operator, or closing down.
    Closed,
}

/// Who holds an exhibit, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// By whom.
    pub by: Holder,
    /// Since when.
    pub since: WallTime,
    /// When it ends by itself; `None` for when somebody ends it.
    pub until: Option<WallTime>,
    /// Why, in staff's words, where they said.
    pub reason: Option<String>,
}

/// Who stopped an exhibit, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// By whom.
    pub by: String,
    /// When.
    pub since: WallTime,
}

/// The heartbeat of an exhibit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeartbeatStatus {
    /// Silence for longer than this is a symptom; `None` where no heartbeat is expected.
    pub timeout: Option<Duration>,
    /// The last beat since the exhibit was last started or put back, on both clocks.
    pub last: Option<(Instant, WallTime)>,
    /// What came with it.
    pub note: Option<BeatNote>,
    /// The longest time between two beats since then, once there were some.
    pub longest_gap: Option<Duration>,
    /// Whether what they come through is open; `None` where that is the network.
    pub line_is_open: Option<bool>,
}

/// A screen of an exhibit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenStatus {
    /// Its name in the configuration.
    pub name: String,
    /// The connector that it was found at; `None` while it is missing.
    pub connector: Option<String>,
}

/// The viewer of an exhibit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewerStatus {
    /// None is wanted now.
    None,
    /// It was launched, and its windows are not all there yet.
    Launching,
    /// Its windows stand on their monitors.
    Shown,
    /// It ended, and a moment is waited before the next launch.
    Pausing,
}

/// The last incident, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentStatus {
    /// What it was about.
    pub symptom: Symptom,
    /// What was seen.
    pub evidence: Evidence,
    /// When it began.
    pub began: WallTime,
    /// How long it lasted; `None` while it lasts.
    pub lasted: Option<Duration>,
}
