//! An exhibit in Vitrine's own words.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Heartbeat, Spoken, flaw_told, is_stale, seconds_of, state_words};
use crate::core::event::BeatNote;
use crate::core::status::{
    self, ExhibitStatus, IncidentStatus, PhaseStatus, ScreenStatus, Status, ViewerStatus, WaitingStatus,
    XServerStatus,
};
use crate::core::types::{self, Holder, Now, Remedy, SnapshotStep, Symptom, VmState};

/// One exhibit, in Vitrine's own words. Times are Unix seconds, spans are seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Exhibit {
    /// Its name in the configuration.
    pub name: String,
    /// How many seconds ago the daemon told all this.
    #[serde(default)]
    pub age: f64,
    /// Whether it is on display as it should be: healthy, or held with its VM running; every screen there;
    /// the viewer's windows in place; the X server answers; and told of recently.
    pub well: bool,
    /// The phase of its watchdog: `waiting`, `starting`, `healthy`, `suspect`, `recovering`, `settling`, `snapshotting`,
    /// `broken`, `held` or `closed`.
    #[schema(value_type = String)]
    pub phase: Phase,
    /// Since when it is in that phase.
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
    /// Who holds it, where somebody does.
    pub hold: Option<Hold>,
    /// Who stopped it, where somebody did.
    #[serde(default)]
    pub stopped: Option<Stopped>,
    /// The name of its libvirt domain.
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
    pub snapshot_flaw: Option<Spoken>,
    /// The names of all its snapshots.
    pub snapshots: Vec<String>,
    /// The last beat, and whether it is recent enough.
    pub heartbeat: Heartbeat,
    /// What the guest said with its last beat.
    pub note: Option<Note>,
    /// The longest time between two beats since the exhibit was last started or put back, in seconds; null before there
    /// were a few.
    #[serde(default)]
    pub longest_gap: Option<f64>,
    /// Which way the last beat came that came over the network; null before there was one.
    #[serde(default)]
    pub heartbeat_way: Option<HeartbeatWay>,
    /// The guest kit that sent the last beat of one; null where none did.
    #[serde(default)]
    pub guest_kit: Option<GuestKit>,
    /// Whether what its beats come through, which is no network, is open; null where they come over the network.
    #[serde(default)]
    pub serial_is_open: Option<bool>,
    /// Its screens, in the configuration's order.
    pub screens: Vec<ExhibitScreen>,
    /// The viewer: `none`, `launching`, `shown` or `pausing`.
    #[schema(value_type = String)]
    pub viewer: ViewerState,
    /// Why the viewer ended last, for people; null once it has shown the artwork since.
    #[serde(default)]
    pub viewer_trouble: Option<Spoken>,
    /// How many remedies have been used since the daemon began.
    pub recoveries: u64,
    /// Whether its guest is unheard together with others, or its serial port cannot be heard, which is this computer's fault,
    /// not the artwork's.
    #[serde(default)]
    pub unheard: bool,
    /// What staff have asked for, and waits for the end of what is at work.
    #[serde(default)]
    pub waiting: Vec<Waiting>,
    /// What will fail, or may some day, by the look at the VM's definition, images and snapshot.
    #[serde(default)]
    pub foreseen: Vec<Foreseen>,
    /// The last incident, also while it lasts.
    pub last_incident: Option<LastIncident>,
}

/// What will fail, or may some day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Foreseen {
    /// The check that found it, such as `image.room`.
    pub check: String,
    /// `ill` where it keeps an artwork from visitors now or at the next try, else `warning`.
    pub verdict: String,
    /// How it is known.
    pub evidence: Spoken,
    /// What to do.
    pub remedy: Spoken,
    /// To be pasted into a shell.
    pub commands: Vec<String>,
    /// Its heading in docs/troubleshooting.md.
    pub heading: String,
    /// What cannot be done as long as it is so: `start`, `revert`, `revert_in_place`, `snapshot`.
    pub rules_out: Vec<String>,
}

/// What is foreseen for one exhibit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForeseenFor {
    /// Its name.
    pub exhibit: String,
    /// All that is foreseen, the worst first.
    pub foreseen: Vec<Foreseen>,
}

impl Foreseen {
    /// The reverse of [`Foreseen::new`]; `None` where it names something that this Vitrine does not know.
    pub fn told(&self) -> Option<types::Foreseen> {
        let means = |code: &String| types::Means::ALL.iter().copied().find(|means| means.code() == code);
        Some(types::Foreseen {
            check: self.check.clone(),
            ill: self.verdict == "ill",
            evidence: self.evidence.sentence.told(),
            remedy: self.remedy.sentence.told(),
            commands: self.commands.clone(),
            heading: self.heading.clone(),
            rules_out: self.rules_out.iter().map(means).collect::<Option<_>>()?,
        })
    }

    /// It, as the API has it.
    pub fn new(foreseen: &types::Foreseen) -> Self {
        Self {
            check: foreseen.check.clone(),
            verdict: if foreseen.ill { "ill" } else { "warning" }.to_owned(),
            evidence: Spoken::new(&foreseen.evidence),
            remedy: Spoken::new(&foreseen.remedy),
            commands: foreseen.commands.clone(),
            heading: foreseen.heading.clone(),
            rules_out: foreseen.rules_out.iter().map(|means| means.code().to_owned()).collect(),
        }
    }
}

/// The phase of an exhibit's watchdog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// libvirt is waited for.
    Waiting,
    /// It is being started.
    Starting,
    /// It is well.
    Healthy,
    /// Something is odd and is given a moment.
    Suspect,
    /// A remedy is at work.
    Recovering,
    /// The first sign of life after a remedy is waited for.
    Settling,
    /// Something is done about a snapshot.
    Snapshotting,
    /// Nothing has helped.
    Broken,
    /// It is on hold.
    Held,
    /// It is stopped.
    Closed,
    /// One of a newer daemon's.
    #[serde(untagged)]
    Other(String),
}

/// How the viewer of an exhibit stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewerState {
    /// There is none.
    None,
    /// It is being launched.
    Launching,
    /// Its windows are in place.
    Shown,
    /// It ended, and is launched again in a moment.
    Pausing,
    /// One of a newer daemon's.
    #[serde(untagged)]
    Other(String),
}

/// Who can hold an exhibit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HolderKind {
    /// The configuration, by `auto_revert = false`.
    Configuration,
    /// Somebody.
    #[default]
    Staff,
}

/// Who holds an exhibit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// Who did, for people.
    pub by: String,
    /// Whether `by` is a name.
    #[serde(default)]
    pub holder: HolderKind,
    /// When it began, in Unix seconds.
    pub since: f64,
    /// When it ends by itself; null for when somebody ends it.
    #[serde(default)]
    pub until: Option<f64>,
    /// Why, in staff's words; null where nobody said.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Who stopped an exhibit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Stopped {
    /// Who did, for people.
    pub by: String,
    /// When, in Unix seconds.
    pub since: f64,
}

/// What a guest said with its beat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Note {
    /// Its own word for how it is.
    pub status: Option<String>,
    /// Whatever else it has to say.
    pub message: Option<String>,
}

/// The guest kit that beats for an exhibit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GuestKit {
    /// Its version, such as `0.1.0`.
    pub version: String,
    /// The guest's system, in its own words; null where it does not say.
    pub system: Option<String>,
    /// The version that this computer has.
    pub current: String,
    /// Whether its version is older than that.
    pub is_older: bool,
}

/// The way of a heartbeat: the addresses at both ends of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeartbeatWay {
    /// Who sent it, as this computer sees it.
    #[schema(value_type = String)]
    pub from: IpAddr,
    /// This computer's address that it was sent to.
    #[schema(value_type = String)]
    pub to: IpAddr,
}

/// A screen of an exhibit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExhibitScreen {
    /// Its name in the configuration.
    pub name: String,
    /// Where it was found; null while it is missing.
    pub connector: Option<String>,
}

/// The last incident of an exhibit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LastIncident {
    /// The symptom that it began with.
    pub symptom: String,
    /// What was seen of it.
    pub evidence: Spoken,
    /// When it began, in Unix seconds.
    pub began: f64,
    /// How many seconds it lasted; null while it lasts.
    pub lasted: Option<f64>,
}

/// A request whose turn has not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// What is asked for: `start`, `stop`, `revert`, `create_snapshot`, `convert_snapshot` or `delete_snapshot`.
    pub action: String,
    /// By whom.
    pub by: String,
}

impl Waiting {
    fn new(waiting: &WaitingStatus) -> Self {
        Self { action: waiting.action.to_owned(), by: waiting.by.clone() }
    }
}

impl Hold {
    fn new(hold: &status::Hold) -> Self {
        Self {
            by: hold.by.to_string(),
            holder: match hold.by {
                Holder::Configuration => HolderKind::Configuration,
                Holder::Staff(_) => HolderKind::Staff,
            },
            since: seconds_of(hold.since),
            until: hold.until.map(seconds_of),
            reason: hold.reason.clone(),
        }
    }
}

impl Stopped {
    fn new(stopped: &status::Stopped) -> Self {
        Self { by: stopped.by.clone(), since: seconds_of(stopped.since) }
    }
}

impl Note {
    fn new(note: &BeatNote) -> Self {
        Self { status: note.status.clone(), message: note.message.clone() }
    }
}

impl ExhibitScreen {
    fn new(screen: &ScreenStatus) -> Self {
        Self { name: screen.name.clone(), connector: screen.connector.clone() }
    }
}

impl LastIncident {
    fn new(incident: &IncidentStatus) -> Self {
        Self {
            symptom: incident.symptom.code().to_owned(),
            evidence: Spoken::new(&incident.evidence.told()),
            began: seconds_of(incident.began),
            lasted: incident.lasted.map(|span| span.as_secs_f64()),
        }
    }
}

/// What there is to say about a phase besides its name.
#[derive(Default)]
struct PhaseDetails {
    why: Option<Symptom>,
    remedy: Option<Remedy>,
    step: Option<SnapshotStep>,
    retry_in: Option<Duration>,
}

impl PhaseDetails {
    fn of(phase: PhaseStatus) -> Self {
        let nothing = Self::default();
        match phase {
            PhaseStatus::Suspect(why) => Self { why: Some(why), ..nothing },
            PhaseStatus::Recovering { remedy, why } => {
                Self { why: Some(why), remedy: Some(remedy), ..nothing }
            }
            PhaseStatus::Broken { why, retry_in } => {
                Self { why: Some(why), retry_in: Some(retry_in), ..nothing }
            }
            PhaseStatus::Snapshotting(step) => Self { step: Some(step), ..nothing },
            PhaseStatus::Waiting
            | PhaseStatus::Starting
            | PhaseStatus::Healthy
            | PhaseStatus::Settling
            | PhaseStatus::Held
            | PhaseStatus::Closed => nothing,
        }
    }
}

impl Exhibit {
    /// One of the site's exhibits as it is at `now`, where that was told so long ago.
    pub fn new(exhibit: &ExhibitStatus, site: &Status, now: Now, age: Duration) -> Self {
        let PhaseDetails { why, remedy, step, retry_in } = PhaseDetails::of(exhibit.phase);
        let snapshots = &exhibit.info.snapshots;
        let flaw = snapshots.flaw(&exhibit.snapshot);
        Self {
            name: exhibit.name.clone(),
            age: age.as_secs_f64(),
            well: is_well(exhibit) && is_seen(exhibit, site) && !is_stale(age),
            phase: Phase::new(exhibit.phase),
            phase_since: seconds_of(exhibit.phase_since),
            why: why.map(|why| why.code().to_owned()),
            remedy: remedy.map(|remedy| remedy.code().to_owned()),
            step: step.map(|step| step.code().to_owned()),
            retry_in: retry_in.map(|span| span.as_secs_f64()),
            hold: exhibit.hold.as_ref().map(Hold::new),
            stopped: exhibit.stopped.as_ref().map(Stopped::new),
            vm: exhibit.vm.clone(),
            vm_state: state_words(exhibit.info.state).to_owned(),
            snapshot: exhibit.snapshot.clone(),
            snapshot_exists: exhibit.info.can_revert_to(&exhibit.snapshot),
            snapshot_used: snapshots.proven(&exhibit.snapshot).map(|used| used.name.clone()),
            snapshot_flaw: flaw
                .map(|flaw| Spoken::new(&flaw_told(&exhibit.name, &exhibit.vm, &exhibit.snapshot, &flaw))),
            snapshots: snapshots.names(),
            heartbeat: Heartbeat::new(&exhibit.heartbeat, now),
            note: exhibit.heartbeat.note.as_ref().map(Note::new),
            longest_gap: exhibit.heartbeat.longest_gap.map(|gap| gap.as_secs_f64()),
            // Who answers knows both.
            heartbeat_way: None,
            guest_kit: None,
            serial_is_open: exhibit.heartbeat.line_is_open,
            screens: exhibit.screens.iter().map(ExhibitScreen::new).collect(),
            viewer: ViewerState::new(exhibit.viewer),
            viewer_trouble: exhibit.viewer_trouble.as_ref().map(|fault| Spoken::new(&fault.told())),
            recoveries: exhibit.recoveries,
            unheard: exhibit.unheard,
            waiting: exhibit.waiting.iter().map(Waiting::new).collect(),
            foreseen: exhibit.foreseen.iter().map(Foreseen::new).collect(),
            last_incident: exhibit.last_incident.as_ref().map(LastIncident::new),
        }
    }
}

/// Whether what is drawn for it can come to its screens.
fn is_seen(exhibit: &ExhibitStatus, site: &Status) -> bool {
    exhibit.screens.is_empty() || site.x_server == XServerStatus::Answers
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
    phase && !exhibit.unheard && viewer && exhibit.screens.iter().all(|screen| screen.connector.is_some())
}

impl Phase {
    fn new(phase: PhaseStatus) -> Self {
        match phase {
            PhaseStatus::Waiting => Self::Waiting,
            PhaseStatus::Starting => Self::Starting,
            PhaseStatus::Healthy => Self::Healthy,
            PhaseStatus::Suspect(_) => Self::Suspect,
            PhaseStatus::Recovering { .. } => Self::Recovering,
            PhaseStatus::Settling => Self::Settling,
            PhaseStatus::Snapshotting(_) => Self::Snapshotting,
            PhaseStatus::Broken { .. } => Self::Broken,
            PhaseStatus::Held => Self::Held,
            PhaseStatus::Closed => Self::Closed,
        }
    }
}

impl ViewerState {
    fn new(viewer: ViewerStatus) -> Self {
        match viewer {
            ViewerStatus::None => Self::None,
            ViewerStatus::Launching => Self::Launching,
            ViewerStatus::Shown => Self::Shown,
            ViewerStatus::Pausing => Self::Pausing,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::core::types::Means;
    use crate::words::told;

    #[test]
    fn what_is_foreseen_comes_back_as_it_went() {
        let within = told!("libvirt has no VM '{vm}'", vm = "eden");
        let foreseen = types::Foreseen {
            check: "image.room".to_owned(),
            ill: true,
            evidence: told!("it was not found out within {waited}", waited = Duration::from_millis(1100)),
            remedy: within,
            commands: vec!["df /".to_owned()],
            heading: "the-disk-is-full".to_owned(),
            rules_out: Means::ALL.to_vec(),
        };
        let json = serde_json::to_string(&Foreseen::new(&foreseen)).unwrap();
        let read: Foreseen = serde_json::from_str(&json).unwrap();
        assert_eq!(read.told(), Some(foreseen.clone()));
        let newer = Foreseen { rules_out: vec!["levitation".to_owned()], ..Foreseen::new(&foreseen) };
        assert_eq!(newer.told(), None);
    }
}
