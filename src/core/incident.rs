//! What is told of an illness and its cure, and what else staff want to read.

use std::time::Duration;

use super::types::{
    Bus, Evidence, ExhibitId, Failure, Foreseen, Holder, Ignored, IncidentId, Now, Remedy, SnapshotFlaw,
    Symptom, Told, Trouble, ViewerFault, XServerStays,
};

/// An illness from its first sign to its end. It is recorded anew each time that something about it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Which.
    pub id: IncidentId,
    /// Whose.
    pub exhibit: ExhibitId,
    /// The exhibit's name at that time.
    pub name: String,
    /// Why the exhibit is thought ill.
    pub symptom: Symptom,
    /// What was seen.
    pub evidence: Evidence,
    /// When it was noticed.
    pub began: Now,
    /// What was tried, in order.
    pub remedies: Vec<RemedyRun>,
    /// How it stands.
    pub outcome: Outcome,
}

/// One remedy of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemedyRun {
    /// Which rung.
    pub remedy: Remedy,
    /// When it began.
    pub began: Now,
    /// When it came back, and with what; `None` while it runs.
    pub ended: Option<(Now, Result<(), Evidence>)>,
}

/// How an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Noticed; nothing is decided yet.
    Noticed,
    /// A remedy is at work, or its first sign of life is waited for.
    Recovering,
    /// The artwork is well again.
    Recovered {
        /// Since when.
        at: Now,
    },
    /// The symptom went away before anything was done.
    PassedBy {
        /// When.
        at: Now,
    },
    /// The budget is spent; tried again now and then.
    Broken,
    /// An operator or the end of the daemon took it out of Vitrine's hands.
    Ended {
        /// When.
        at: Now,
    },
}

/// Something that staff want to read, and that is no incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The exhibit is being started.
    Starting(Remedy),
    /// There is no snapshot of the configured name, so the exhibit starts without one.
    NoSnapshot {
        /// The VM.
        vm: String,
        /// The snapshot that is missing.
        snapshot: String,
    },
    /// There is something about the snapshot that staff should know before they rely on it.
    SnapshotFlawed {
        /// The VM.
        vm: String,
        /// The configured snapshot.
        snapshot: String,
        /// What.
        flaw: SnapshotFlaw,
    },
    /// The VM ran already and was left running.
    Adopted,
    /// Something will fail, or may, and staff can do something about it before.
    Foreseen(Foreseen),
    /// What was foreseen is no longer so.
    NothingForeseen,
    /// The exhibit gave its first sign of life.
    Started,
    /// There is no VM of the configured name.
    VmMissing {
        /// The name.
        vm: String,
    },
    /// An operator stopped the exhibit.
    Stopped {
        /// Who.
        by: String,
    },
    /// A stop has failed, and the exhibit is watched as before.
    StopFailed {
        /// Why.
        failure: Failure,
    },
    /// The exhibit is on hold.
    Held {
        /// By whom.
        by: Holder,
        /// Why, where staff said.
        reason: Option<String>,
    },
    /// The hold has ended.
    Resumed {
        /// By whom; `None` where its time was over.
        by: Option<Holder>,
    },
    /// A screen of the exhibit is not there.
    ScreenMissing {
        /// Its name in the configuration.
        screen: String,
    },
    /// A screen of the exhibit has come.
    ScreenFound {
        /// Its name in the configuration.
        screen: String,
    },
    /// A viewer ended without being told to, and is launched again.
    ViewerGone {
        /// How it ended, or what it did not do.
        reason: ViewerFault,
    },
    /// The artwork's windows stand on their monitors.
    Shown,
    /// The guest shows less displays than its exhibit has screens.
    DisplayMissing {
        /// The first display that is missing, from 1.
        display: u32,
    },
    /// The guest rebooted by itself, and is not put back.
    GuestRebooted {
        /// Why not.
        left: Ignored,
    },
    /// A snapshot was created or replaced.
    SnapshotCreated {
        /// Its name.
        snapshot: String,
    },
    /// A snapshot was deleted.
    SnapshotDeleted {
        /// Its name.
        snapshot: String,
    },
    /// libvirt is there.
    HypervisorUp,
    /// libvirt is not there; the exhibits go on, and it is waited for.
    HypervisorDown {
        /// Why.
        reason: Told,
    },
    /// Reverts in place have not helped this exhibit, time and again: it is put back in full from now on.
    InPlaceVain,
    /// VMs have the same MAC address, so that their guests cannot be told apart.
    SameMac {
        /// The exhibits' names.
        exhibits: Vec<String>,
        /// The address.
        mac: String,
    },
    /// Guests are heard no longer, all at once: the host's fault, not theirs.
    SilentTogether {
        /// The exhibits' names.
        exhibits: Vec<String>,
    },
    /// One of them is heard again.
    HeardAgain,
    /// A libvirt call has passed its deadline.
    CallHung,
    /// systemd cannot be reached on a bus.
    UnitsLost {
        /// Which.
        bus: Bus,
        /// Why.
        reason: Told,
    },
    /// A unit has failed, and systemd does not try any more.
    UnitFailed {
        /// Its name.
        unit: String,
        /// How, in systemd's word.
        result: String,
        /// Whether Vitrine restarts it.
        restart: bool,
    },
    /// A failed unit is restarted.
    UnitRestarting {
        /// Its name.
        unit: String,
    },
    /// systemd refuses to restart a unit.
    UnitRestartRefused {
        /// Its name.
        unit: String,
        /// Why.
        reason: Told,
    },
    /// A unit that had to be restarted is active.
    UnitActive {
        /// Its name.
        unit: String,
    },
    /// systemd has no unit of a configured name.
    UnitMissing {
        /// The name.
        unit: String,
    },
    /// Nothing has helped for long: what libvirt runs by is restarted.
    RestartingLibvirt {
        /// The unit.
        unit: String,
        /// What is wrong.
        why: Trouble,
    },
    /// Nothing has helped for long: the computer is restarted.
    Rebooting {
        /// What is wrong.
        why: Trouble,
    },
    /// The computer is not restarted.
    RebootRefused {
        /// Why.
        reason: Told,
    },
    /// The X server does not answer.
    XServerSilent {
        /// For how long already.
        lasted: Duration,
        /// Time until it is ended; `None` where it is not.
        ended_in: Option<Duration>,
    },
    /// It answers again.
    XServerAnswers {
        /// How long it did not.
        lasted: Duration,
    },
    /// It is ended.
    EndingXServer {
        /// For how long it has not answered.
        lasted: Duration,
    },
    /// It could not be ended.
    XServerStays {
        /// Why.
        why: XServerStays,
        /// Whether the session is ended instead.
        session_ended: bool,
    },
    /// The session is not ended.
    SessionEndRefused {
        /// Why.
        reason: Told,
    },
    /// The configuration was read again.
    Reloaded {
        /// How many exhibits are new.
        added: usize,
        /// How many are gone.
        removed: usize,
        /// How many changed.
        changed: usize,
    },
}
