//! What the API answers with: the shapes of its JSON, and how they are made from the core's status.
//!
//! The commands read the same shapes, so they are `Deserialize` too.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::status::{
    ExhibitStatus, HeartbeatStatus, HypervisorStatus, LastResortStatus, PhaseStatus, Status, UnitStatus,
    ViewerStatus,
};
use crate::core::types::{ActiveState, Monitor, Now, SnapshotFlaw, UnitInfo, VmState, WallTime};

/// How the heartbeat of an exhibit stands. It carries the fields of the old controller's code and those of its
/// documents, so that both kinds of client are served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Whether heartbeats are expected at all.
    pub enabled: bool,
    /// Silence for longer than so many seconds is a symptom; null where none are expected.
    pub timeout: Option<f64>,
    /// The last beat, in Unix seconds; null before the first one.
    pub last_heartbeat: Option<f64>,
    /// Seconds since the last beat.
    pub time_since_heartbeat: Option<f64>,
    /// Whether the last beat is longer ago than the timeout.
    pub is_timed_out: bool,
    /// Whether there was a beat since the exhibit was last started or put back.
    pub has_received_heartbeat: bool,
    /// The last beat in ISO 8601, UTC.
    pub last_heartbeat_at: Option<String>,
    /// The same as `time_since_heartbeat`.
    pub seconds_since_last: Option<f64>,
    /// Whether the last beat is recent enough; true where none are expected.
    pub is_healthy: bool,
}

impl Heartbeat {
    /// The heartbeat as it stands at `now`.
    pub fn new(status: &HeartbeatStatus, now: Now) -> Self {
        let since = status.last.map(|(at, _)| now.mono.saturating_duration_since(at));
        let timed_out = matches!((since, status.timeout), (Some(since), Some(timeout)) if since > timeout);
        let seconds = since.map(|since| since.as_secs_f64());
        Self {
            enabled: status.timeout.is_some(),
            timeout: status.timeout.map(|timeout| timeout.as_secs_f64()),
            last_heartbeat: status.last.map(|(_, wall)| seconds_of(wall)),
            time_since_heartbeat: seconds,
            is_timed_out: timed_out,
            has_received_heartbeat: since.is_some(),
            last_heartbeat_at: status.last.and_then(|(_, wall)| iso(wall)),
            seconds_since_last: seconds,
            is_healthy: status.timeout.is_none() || (since.is_some() && !timed_out),
        }
    }

    /// The heartbeat right after a beat that arrives at `now`.
    pub fn beating(status: &HeartbeatStatus, now: Now) -> Self {
        let fresh = HeartbeatStatus { timeout: status.timeout, last: Some((now.mono, now.wall)), note: None };
        Self::new(&fresh, now)
    }
}

/// `GET /api/v1/status`: one exhibit in the words of the old controller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VmStatus {
    /// The domain's name.
    pub vm_name: String,
    /// Its state in libvirt's words.
    pub vm_state: String,
    /// Whether it runs.
    pub vm_is_running: bool,
    /// The configured snapshot.
    pub snapshot_name: String,
    /// Whether there is one of that name.
    pub snapshot_exists: bool,
    /// The heartbeat.
    pub heartbeat: Heartbeat,
    /// Whether Vitrine recovers the exhibit by itself.
    pub auto_revert_enabled: bool,
}

impl VmStatus {
    /// The exhibit as it stands at `now`.
    pub fn new(exhibit: &ExhibitStatus, now: Now) -> Self {
        Self {
            vm_name: exhibit.vm.clone(),
            vm_state: state_words(exhibit.info.state).to_owned(),
            vm_is_running: exhibit.info.state == VmState::Running,
            snapshot_name: exhibit.snapshot.clone(),
            snapshot_exists: exhibit.info.can_revert_to(&exhibit.snapshot),
            heartbeat: Heartbeat::new(&exhibit.heartbeat, now),
            auto_revert_enabled: exhibit.hold.is_none(),
        }
    }
}

/// `GET /api/v1/snapshots`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshots {
    /// The domain's name.
    pub vm_name: String,
    /// The names of its snapshots.
    pub snapshots: Vec<String>,
}

/// `GET /api/v1/site`: everything. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Vitrine's version.
    pub version: String,
    /// When this was said.
    pub at: f64,
    /// When the daemon began.
    pub since: f64,
    /// Whether everything is on display as it should be.
    pub well: bool,
    /// The connection to libvirt.
    pub hypervisor: Hypervisor,
    /// The lit monitors, in RandR's order.
    pub screens: Vec<Screen>,
    /// The exhibits, in the configuration's order.
    pub exhibits: Vec<Exhibit>,
    /// The watched units, in the configuration's order.
    #[serde(default)]
    pub units: Vec<Unit>,
    /// What comes if nothing helps; nothing where nothing calls for it.
    #[serde(default)]
    pub last_resort: Option<LastResort>,
}

/// What comes if nothing helps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastResort {
    /// What is wrong.
    pub why: String,
    /// Seconds until what libvirt runs by is restarted.
    pub restart_libvirt_in: Option<f64>,
    /// Seconds until the computer is restarted.
    pub reboot_in: Option<f64>,
}

impl LastResort {
    fn new(status: &LastResortStatus) -> Self {
        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
        Self {
            why: status.why.clone(),
            restart_libvirt_in: seconds(status.restart_libvirt_in),
            reboot_in: seconds(status.reboot_in),
        }
    }
}

impl Site {
    /// The site as it stands at `now`.
    pub fn new(status: &Status, now: Now) -> Self {
        let exhibits: Vec<_> = status.exhibits.iter().map(|exhibit| Exhibit::new(exhibit, now)).collect();
        let hypervisor = Hypervisor::new(&status.hypervisor);
        let units: Vec<_> = status.units.iter().map(Unit::new).collect();
        let well = exhibits.iter().all(|exhibit| exhibit.well) && units.iter().all(|unit| unit.well);
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            at: seconds_of(now.wall),
            since: seconds_of(status.since.wall),
            well: hypervisor.state == "up" && well,
            hypervisor,
            screens: screens(status),
            exhibits,
            units,
            last_resort: status.last_resort.as_ref().map(LastResort::new),
        }
    }
}

/// One watched unit of systemd.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// `system` or `user`.
    pub bus: String,
    /// Whether nothing is wrong with it, as far as is known.
    pub well: bool,
    /// systemd's `ActiveState`; `unknown` while systemd cannot be reached, `missing` where there is no such unit.
    pub state: String,
    /// systemd's `SubState`.
    pub sub_state: Option<String>,
    /// systemd's `Result`.
    pub result: Option<String>,
    /// systemd's `NRestarts`: how often it has restarted the service by itself.
    pub restarts: Option<u32>,
    /// Since when its state is so, in Unix seconds, as far as Vitrine has seen.
    pub since: f64,
    /// Seconds until a failed unit is restarted.
    pub restart_in: Option<f64>,
}

impl Unit {
    fn new(unit: &UnitStatus) -> Self {
        let (state, well) = match &unit.info {
            UnitInfo::Unknown => ("unknown", true),
            UnitInfo::Missing => ("missing", false),
            UnitInfo::Loaded { active, .. } => (active.word(), *active != ActiveState::Failed),
        };
        let (sub_state, result, restarts) = match &unit.info {
            UnitInfo::Unknown | UnitInfo::Missing => (None, None, None),
            UnitInfo::Loaded { sub, result, restarts, .. } => (Some(sub), Some(result), *restarts),
        };
        let some = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
        Self {
            name: unit.name.clone(),
            bus: unit.bus.word().to_owned(),
            well,
            state: state.to_owned(),
            sub_state: some(sub_state),
            result: some(result),
            restarts,
            since: seconds_of(unit.since),
            restart_in: unit.restart_in.map(|span| span.as_secs_f64()),
        }
    }
}

/// The connection to libvirt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hypervisor {
    /// `awaited` (not had yet since the start), `up` or `down`.
    pub state: String,
    /// Why it is down.
    pub reason: Option<String>,
    /// Since when it is down.
    pub since: Option<f64>,
}

impl Hypervisor {
    fn new(status: &HypervisorStatus) -> Self {
        let (state, reason, since) = match status {
            HypervisorStatus::Awaited => ("awaited", None, None),
            HypervisorStatus::Up => ("up", None, None),
            HypervisorStatus::Down { reason, since } => {
                ("down", Some(reason.clone()), Some(seconds_of(*since)))
            }
        };
        Self { state: state.to_owned(), reason, since }
    }
}

/// One lit monitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screen {
    /// The connector's name.
    pub connector: String,
    /// `MAKER-MODEL-SERIAL` out of its EDID.
    pub edid: Option<String>,
    /// Place in RandR's list, from 1.
    pub index: u32,
    /// Whether it is the primary one.
    pub primary: bool,
    /// Left edge in pixels.
    pub x: i32,
    /// Upper edge in pixels.
    pub y: i32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The exhibit that fills it.
    pub exhibit: Option<String>,
    /// The guest display that fills it, from 1.
    pub display: Option<u32>,
}

impl Screen {
    /// A monitor, with the exhibit that fills it and that exhibit's display, if there is one.
    pub fn new(monitor: &Monitor, owner: Option<(String, u32)>) -> Self {
        Self {
            connector: monitor.connector.clone(),
            edid: monitor.edid.clone(),
            index: monitor.index,
            primary: monitor.primary,
            x: monitor.rect.x,
            y: monitor.rect.y,
            width: monitor.rect.width,
            height: monitor.rect.height,
            display: owner.as_ref().map(|(_, display)| *display),
            exhibit: owner.map(|(name, _)| name),
        }
    }
}

fn screens(status: &Status) -> Vec<Screen> {
    let owner = |connector: &str| {
        status.exhibits.iter().find_map(|exhibit| {
            let has =
                |screen: &crate::core::status::ScreenStatus| screen.connector.as_deref() == Some(connector);
            let place = exhibit.screens.iter().position(has)?;
            Some((exhibit.name.clone(), u32::try_from(place).ok()?.saturating_add(1)))
        })
    };
    status.monitors.iter().map(|monitor| Screen::new(monitor, owner(&monitor.connector))).collect()
}

/// One exhibit, in Vitrine's own words. Times are Unix seconds, spans are seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exhibit {
    /// Its name.
    pub name: String,
    /// Whether it is on display as it should be: healthy, or held with its VM running; every screen there;
    /// the viewer's windows in place.
    pub well: bool,
    /// The phase of its watchdog: `waiting`, `starting`, `healthy`, `suspect`, `recovering`, `settling`,
    /// `snapshotting`, `broken`, `held`, `closed`.
    pub phase: String,
    /// Since when.
    pub phase_since: f64,
    /// The symptom that the phase is about.
    pub why: Option<String>,
    /// The remedy at work.
    pub remedy: Option<String>,
    /// What is being done about a snapshot.
    #[serde(default)]
    pub step: Option<String>,
    /// Seconds until a broken exhibit is tried again.
    pub retry_in: Option<f64>,
    /// The hold.
    pub hold: Option<Hold>,
    /// Who stopped it, where somebody did.
    #[serde(default)]
    pub stopped: Option<Stopped>,
    /// The domain's name.
    pub vm: String,
    /// Its state in libvirt's words.
    pub vm_state: String,
    /// The configured snapshot.
    pub snapshot: String,
    /// Whether there is one of that name, or a copy that a replacement of it has left.
    pub snapshot_exists: bool,
    /// The one that the exhibit is put back to; null where there is none.
    #[serde(default)]
    pub snapshot_used: Option<String>,
    /// What keeps it from serving as it should, and what to do; null where nothing does.
    #[serde(default)]
    pub snapshot_flaw: Option<String>,
    /// The names of all its snapshots.
    pub snapshots: Vec<String>,
    /// The heartbeat.
    pub heartbeat: Heartbeat,
    /// What the guest said with its last beat.
    pub note: Option<Note>,
    /// Its screens, in the configuration's order.
    pub screens: Vec<ExhibitScreen>,
    /// The viewer: `none`, `launching`, `shown`, `pausing`.
    pub viewer: String,
    /// How many remedies have been used since the daemon began.
    pub recoveries: u64,
    /// The last incident.
    pub last_incident: Option<LastIncident>,
}

/// What is wrong with a snapshot, and what to do.
pub fn flaw_sentence(exhibit: &str, vm: &str, snapshot: &str, flaw: &SnapshotFlaw) -> String {
    match flaw {
        SnapshotFlaw::Tied { external } => {
            let what = if external == snapshot {
                format!("the snapshot '{snapshot}' of {vm} is an external one, as virt-manager makes them")
            } else {
                format!(
                    "the snapshot '{snapshot}' of {vm} lies in the images of the external snapshot '{external}'"
                )
            };
            format!(
                "{what}: it is neither replaced nor deleted, and cannot be loaded in place. To have an internal one \
                 instead: vitrine snapshot convert {exhibit}"
            )
        }
        SnapshotFlaw::Beneath { external } => format!(
            "the external snapshot '{external}' of {vm} is laid upon the image that '{snapshot}' lies in, and each revert \
             to '{snapshot}' changes that image: '{external}' is worth nothing afterwards. If it is needed, hold the \
             exhibit, revert to '{external}' by virsh if that has not happened yet, choose another name in the \
             configuration, and keep it apart: vitrine snapshot convert {exhibit} --present"
        ),
        SnapshotFlaw::WithoutMemory => format!(
            "the snapshot '{snapshot}' of {vm} holds no memory, since the VM was off when it was made: the guest boots \
             after each revert. With the artwork running as it should: vitrine snapshot create {exhibit}"
        ),
        SnapshotFlaw::Copy { copy } => format!(
            "a replacement of the snapshot '{snapshot}' of {vm} was cut off: the artwork is put back to its copy \
             '{copy}'. When there is time: vitrine snapshot create {exhibit}"
        ),
    }
}

/// Who holds an exhibit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// By whom.
    pub by: String,
    /// Since when.
    pub since: f64,
    /// When it ends by itself; null for when somebody ends it.
    #[serde(default)]
    pub until: Option<f64>,
}

/// Who stopped an exhibit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stopped {
    /// By whom.
    pub by: String,
    /// When.
    pub since: f64,
}

/// What a guest said with its beat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its own word for how it is.
    pub status: Option<String>,
    /// Anything else.
    pub message: Option<String>,
}

/// A screen of an exhibit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExhibitScreen {
    /// Its name in the configuration.
    pub name: String,
    /// Where it was found; null while it is missing.
    pub connector: Option<String>,
}

/// The last incident of an exhibit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastIncident {
    /// The symptom.
    pub symptom: String,
    /// What was seen.
    pub evidence: String,
    /// When it began.
    pub began: f64,
    /// How many seconds it lasted; null while it lasts.
    pub lasted: Option<f64>,
}

impl Exhibit {
    /// The exhibit as it stands at `now`.
    pub fn new(exhibit: &ExhibitStatus, now: Now) -> Self {
        let (why, remedy, retry_in) = match exhibit.phase {
            PhaseStatus::Suspect(why) => (Some(why), None, None),
            PhaseStatus::Recovering { remedy, why } => (Some(why), Some(remedy), None),
            PhaseStatus::Broken { why, retry_in } => (Some(why), None, Some(retry_in)),
            PhaseStatus::Waiting
            | PhaseStatus::Starting
            | PhaseStatus::Healthy
            | PhaseStatus::Settling
            | PhaseStatus::Snapshotting(_)
            | PhaseStatus::Held
            | PhaseStatus::Closed => (None, None, None),
        };
        let step = match exhibit.phase {
            PhaseStatus::Snapshotting(step) => Some(step.words().to_owned()),
            _ => None,
        };
        Self {
            name: exhibit.name.clone(),
            well: is_well(exhibit),
            phase: phase_word(exhibit.phase).to_owned(),
            phase_since: seconds_of(exhibit.phase_since),
            why: why.map(|why| why.words().to_owned()),
            remedy: remedy.map(|remedy| remedy.words().to_owned()),
            step,
            retry_in: retry_in.map(|span| span.as_secs_f64()),
            hold: exhibit.hold.as_ref().map(|hold| Hold {
                by: hold.by.to_string(),
                since: seconds_of(hold.since),
                until: hold.until.map(seconds_of),
            }),
            stopped: exhibit
                .stopped
                .as_ref()
                .map(|stopped| Stopped { by: stopped.by.clone(), since: seconds_of(stopped.since) }),
            vm: exhibit.vm.clone(),
            vm_state: state_words(exhibit.info.state).to_owned(),
            snapshot: exhibit.snapshot.clone(),
            snapshot_exists: exhibit.info.can_revert_to(&exhibit.snapshot),
            snapshot_used: exhibit.info.snapshots.proven(&exhibit.snapshot).map(|used| used.name.clone()),
            snapshot_flaw: exhibit
                .info
                .snapshots
                .flaw(&exhibit.snapshot)
                .map(|flaw| flaw_sentence(&exhibit.name, &exhibit.vm, &exhibit.snapshot, &flaw)),
            snapshots: exhibit.info.snapshots.names(),
            heartbeat: Heartbeat::new(&exhibit.heartbeat, now),
            note: exhibit
                .heartbeat
                .note
                .as_ref()
                .map(|note| Note { status: note.status.clone(), message: note.message.clone() }),
            screens: exhibit
                .screens
                .iter()
                .map(|screen| ExhibitScreen {
                    name: screen.name.clone(),
                    connector: screen.connector.clone(),
                })
                .collect(),
            viewer: viewer_word(exhibit.viewer).to_owned(),
            recoveries: exhibit.recoveries,
            last_incident: exhibit.last_incident.as_ref().map(|incident| LastIncident {
                symptom: incident.symptom.words().to_owned(),
                evidence: incident.evidence.clone(),
                began: seconds_of(incident.began),
                lasted: incident.lasted.map(|span| span.as_secs_f64()),
            }),
        }
    }
}

fn is_well(exhibit: &ExhibitStatus) -> bool {
    let phase = match exhibit.phase {
        PhaseStatus::Healthy => true,
        PhaseStatus::Held => exhibit.info.state == VmState::Running,
        PhaseStatus::Waiting
        | PhaseStatus::Starting
        | PhaseStatus::Suspect(_)
        | PhaseStatus::Recovering { .. }
        | PhaseStatus::Settling
        | PhaseStatus::Snapshotting(_)
        | PhaseStatus::Broken { .. }
        | PhaseStatus::Closed => false,
    };
    let viewer = exhibit.viewer == ViewerStatus::Shown || exhibit.screens.is_empty();
    phase && viewer && exhibit.screens.iter().all(|screen| screen.connector.is_some())
}

fn phase_word(phase: PhaseStatus) -> &'static str {
    match phase {
        PhaseStatus::Waiting => "waiting",
        PhaseStatus::Starting => "starting",
        PhaseStatus::Healthy => "healthy",
        PhaseStatus::Suspect(_) => "suspect",
        PhaseStatus::Recovering { .. } => "recovering",
        PhaseStatus::Settling => "settling",
        PhaseStatus::Snapshotting(_) => "snapshotting",
        PhaseStatus::Broken { .. } => "broken",
        PhaseStatus::Held => "held",
        PhaseStatus::Closed => "closed",
    }
}

fn viewer_word(viewer: ViewerStatus) -> &'static str {
    match viewer {
        ViewerStatus::None => "none",
        ViewerStatus::Launching => "launching",
        ViewerStatus::Shown => "shown",
        ViewerStatus::Pausing => "pausing",
    }
}

/// A state in the words of `virsh domstate`; a domain that is not there has none of libvirt's.
pub fn state_words(state: VmState) -> &'static str {
    match state {
        VmState::Unknown => "no state",
        VmState::Missing => "missing",
        VmState::Running => "running",
        VmState::Paused(_) => "paused",
        VmState::ShutOff => "shut off",
        VmState::ShuttingDown => "in shutdown",
        VmState::Crashed => "crashed",
        VmState::Asleep => "pmsuspended",
    }
}

/// Unix seconds.
pub fn seconds_of(wall: WallTime) -> f64 {
    // Exact for the next 285,000 years: milliseconds stay below 2^53.
    #[allow(clippy::cast_precision_loss)]
    let milliseconds = wall.0 as f64;
    milliseconds / 1000.0
}

fn iso(wall: WallTime) -> Option<String> {
    jiff::Timestamp::from_millisecond(wall.0).ok().map(|time| time.to_string())
}
