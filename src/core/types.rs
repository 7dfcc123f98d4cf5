//! The words that the core and everything around it share.

mod snapshots;

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use snapshots::{
    REPLACEMENT_SUFFIX, Snapshot, SnapshotFlaw, SnapshotKind, Snapshots, bad_snapshot_name, copy_of,
};

/// A moment, as the daemon hands it to the core, which has no clock of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// For deadlines: never jumps, does not count time asleep.
    pub mono: Instant,
    /// For people: the wall clock as it was read at the same moment.
    pub wall: WallTime,
}

/// Wall-clock time: milliseconds since 1970-01-01 UTC. It may jump either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallTime(pub i64);

/// Names an exhibit for as long as the daemon runs; kept across a reload of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExhibitId(pub u32);

/// Names one slow effect, so that its end can be told from the end of an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpId(pub u64);

/// Names one question of an operator or a guest that waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Names one launch of a viewer, so that the exit of an older one is not taken for its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaunchId(pub u64);

/// Names one incident for as long as the daemon runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentId(pub u64);

/// What the configuration says of one exhibit. `config` makes only valid ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExhibitSettings {
    /// The exhibit's name: letters, digits, `-`, `_`, `.`; unique within the site.
    pub name: String,
    /// The libvirt domain's name.
    pub vm: String,
    /// The snapshot that the exhibit starts from and is put back to.
    pub snapshot: String,
    /// Guest display 1 fills the first screen, display 2 the second. Empty: watched, but not shown.
    pub screens: Vec<ScreenName>,
    /// What covers its screens while there is no artwork to see.
    pub curtain: CurtainSettings,
    /// Whether the mouse pointer is hidden over the artwork; over the curtain it always is.
    pub hide_pointer: bool,
    /// The heartbeat rule; `None` where the guest has no software of ours at all.
    pub heartbeat: Option<HeartbeatSettings>,
    /// The guest agent's rule; `None` (the default) asks nothing of an agent.
    pub agent: Option<AgentSettings>,
    /// The picture's rule; `None` (the default) for artworks that may stand still.
    pub picture: Option<PictureSettings>,
    /// What a guest's report of idleness does.
    pub idle: IdleSettings,
    /// Whether Vitrine recovers the exhibit by itself; `false` starts it held.
    pub auto_revert: bool,
    /// Whether the guest is told the time after a revert, where its agent answers.
    pub set_time: bool,
    /// Budgets and pauses of the recovery.
    pub recovery: RecoverySettings,
}

/// What covers a screen while there is no artwork to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurtainSettings {
    /// The picture.
    pub picture: CurtainPicture,
    /// A line of text at its foot.
    pub text: Option<String>,
}

/// The picture on a curtain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CurtainPicture {
    /// Plain black.
    Black,
    /// The artwork as it was last seen well; black before it has been.
    Last,
    /// A picture from a file, PNG or JPEG.
    Poster {
        /// The file.
        file: PathBuf,
        /// How it is brought to the size of the screen.
        scale: Scale,
    },
}

/// How a poster is brought to the size of a screen of another shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// It fills the screen, and what does not fit is cut off.
    Fill,
    /// All of it is seen, with black bars beside it.
    Fit,
}

/// How heartbeats from inside the guest are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartbeatSettings {
    /// Silence for longer than this is the symptom "heartbeat lost".
    pub timeout: Duration,
    /// How long the first beat may take after a revert to the snapshot.
    pub first: Duration,
    /// How long the first beat may take after a cold start, which includes the guest's boot.
    pub boot: Duration,
}

/// How the QEMU guest agent is asked for a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentSettings {
    /// Time between two pings.
    pub interval: Duration,
    /// How long one ping may take.
    pub timeout: Duration,
    /// So many pings in a row must be lost before that is a symptom.
    pub misses: u32,
}

/// How the picture on the screen is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureSettings {
    /// A picture in which nothing has moved for so long is a symptom.
    pub frozen: Duration,
    /// Time between two looks.
    pub interval: Duration,
}

/// What a guest's report that nobody uses the artwork leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdleSettings {
    /// Any report reverts: the guest's own program has judged already.
    Trust,
    /// A report of at least this much idleness reverts.
    After(Duration),
    /// Reports are answered and otherwise ignored.
    Ignore,
}

/// Budgets and pauses of the recovery ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoverySettings {
    /// So many remedies within `window`; then the exhibit is `Broken`.
    pub attempts: u32,
    /// The span that `attempts` is counted over.
    pub window: Duration,
    /// The first pause of a broken exhibit; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest pause of a broken exhibit.
    pub longest_pause: Duration,
    /// Being healthy for so long resets the budget.
    pub reset_after: Duration,
    /// How long one revert or start may take before it counts as hung.
    pub deadline: Duration,
    /// How long an in-place revert may take before it counts as hung; `None` never tries one.
    pub in_place: Option<Duration>,
    /// Whether a cold start is tried, too, where reverts succeed and do not help.
    pub cold_start: bool,
}

/// A unit of systemd to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitSettings {
    /// Its full name, such as `libvirtd.service`.
    pub name: String,
    /// Which systemd it belongs to.
    pub bus: Bus,
    /// Whether Vitrine restarts it once it has failed.
    pub restart: bool,
    /// Whether the configuration names it; others are watched where they exist.
    pub named: bool,
}

/// After how long without help the site's last two remedies are used; `None` for never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastResortSettings {
    /// The unit that libvirt runs by is restarted.
    pub restart_libvirt: Option<Duration>,
    /// The computer is restarted.
    pub reboot: Option<Duration>,
}

/// Which bus a systemd is reached by, and thereby which systemd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bus {
    /// The machine's.
    System,
    /// That of the user's session.
    User,
}

impl Bus {
    /// Its word in the configuration and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
        }
    }
}

/// A unit's `ActiveState` (org.freedesktop.systemd1(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveState {
    /// It runs, listens, is mounted.
    Active,
    /// It is active, and reads its configuration again.
    Reloading,
    /// It does not run, and did not fail. A service with a socket may wait so for its first client.
    Inactive,
    /// It failed, and systemd does not try any more.
    Failed,
    /// It is being started, or waits for its next try.
    Activating,
    /// It is being stopped.
    Deactivating,
    /// A state that systemd may have added since.
    Other,
}

impl ActiveState {
    /// systemd's own word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Reloading => "reloading",
            Self::Inactive => "inactive",
            Self::Failed => "failed",
            Self::Activating => "activating",
            Self::Deactivating => "deactivating",
            Self::Other => "other",
        }
    }
}

/// What is known of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitInfo {
    /// Nothing: systemd has not been reached yet, or is away.
    Unknown,
    /// systemd has no unit of this name.
    Missing,
    /// What systemd says of it.
    Loaded {
        /// Its `ActiveState`.
        active: ActiveState,
        /// Its `SubState`, such as `running`.
        sub: String,
        /// Its `Result`, such as `exit-code`; empty for kinds of units that have none.
        result: String,
        /// A service's `NRestarts`: how often systemd has restarted it by itself.
        restarts: Option<u32>,
    },
}

impl UnitInfo {
    /// Its `ActiveState`, where it is known.
    pub fn active(&self) -> Option<ActiveState> {
        match self {
            Self::Unknown | Self::Missing => None,
            Self::Loaded { active, .. } => Some(*active),
        }
    }

    /// Its `Result`, where it is known.
    pub fn result(&self) -> &str {
        match self {
            Self::Unknown | Self::Missing => "",
            Self::Loaded { result, .. } => result,
        }
    }
}

/// How the configuration names a screen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScreenName {
    /// By RandR's name of the connector, such as `HDMI-1`.
    Connector(String),
    /// By what the monitor says of itself: `edid:MAKER-MODEL-SERIAL`.
    Edid(String),
}

impl fmt::Display for ScreenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connector(name) => f.write_str(name),
            Self::Edid(id) => write!(f, "edid:{id}"),
        }
    }
}

/// How a screen is to be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenSettings {
    /// Which screen.
    pub name: ScreenName,
    /// The mode; `None` for the one that the monitor prefers.
    pub mode: Option<Mode>,
    /// Its upper left corner on the X screen, in pixels; `None` where there is room.
    pub position: Option<(i32, i32)>,
    /// How its picture is turned.
    pub rotation: Option<Rotation>,
    /// Whether it is RandR's primary monitor.
    pub primary: bool,
    /// It is to stay dark.
    pub off: bool,
}

impl ScreenSettings {
    /// A screen that shall be lit, and nothing else is said of it.
    pub fn plain(name: ScreenName) -> Self {
        Self { name, mode: None, position: None, rotation: None, primary: false, off: false }
    }
}

/// A mode of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Width in pixels, before any rotation.
    pub width: u32,
    /// Height in pixels, before any rotation.
    pub height: u32,
    /// Pictures in 1000 seconds; `None` for the first mode of that size.
    pub rate: Option<u32>,
}

/// How a screen's picture is turned, in the words of `xrandr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Not at all.
    Normal,
    /// By a quarter, against the clock.
    Left,
    /// Upside down.
    Inverted,
    /// By a quarter, with the clock.
    Right,
}

/// A rectangle of the X screen, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// One lit monitor, as RandR 1.5 lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// Place in RandR's list, from 1, the primary one first. This is virt-viewer's numbering.
    pub index: u32,
    /// The connector's name.
    pub connector: String,
    /// `MAKER-MODEL-SERIAL` from the EDID, where the monitor has one.
    pub edid: Option<String>,
    /// What of the X screen it shows.
    pub rect: Rect,
    /// Whether it is RandR's primary monitor.
    pub primary: bool,
}

impl Monitor {
    /// Whether the configuration's name means this monitor.
    pub fn is(&self, name: &ScreenName) -> bool {
        match name {
            ScreenName::Connector(connector) => *connector == self.connector,
            ScreenName::Edid(id) => self.edid.as_deref() == Some(id),
        }
    }
}

/// A domain's state as libvirt tells it (`virDomainGetState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VmState {
    /// Nothing is known: libvirt has not been reached yet.
    Unknown,
    /// There is no domain of this name.
    Missing,
    /// The guest runs.
    Running,
    /// Paused; the reason tells whether that is an illness.
    Paused(PauseReason),
    /// Off, for whatever reason.
    ShutOff,
    /// On its way down.
    ShuttingDown,
    /// libvirt has it as crashed: the guest panicked.
    Crashed,
    /// Asleep by the guest's own power management.
    Asleep,
}

/// Why a domain is paused (`virDomainPausedReason`), as far as it makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PauseReason {
    /// Somebody suspended it, or the reason is none of the others.
    Suspended,
    /// A read or a write of its disk failed.
    IoError,
    /// The guest's kernel panicked.
    Panicked,
    /// libvirt is at work on it (snapshot, save, migration, start) and will let it go on.
    AtWork,
}

/// What the libvirt adapter knows of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VmInfo {
    /// The domain's UUID, in libvirt's notation; empty while the domain is missing.
    pub uuid: String,
    /// Its state.
    pub state: VmState,
    /// Its snapshots.
    pub snapshots: Snapshots,
    /// The MAC addresses of its network interfaces, in lower case.
    pub macs: Vec<String>,
}

impl VmInfo {
    /// What is known before libvirt has been asked.
    pub fn unknown() -> Self {
        Self {
            uuid: String::new(),
            state: VmState::Unknown,
            snapshots: Snapshots::default(),
            macs: Vec::new(),
        }
    }

    /// Whether a revert to this snapshot can be asked for: it is there, or the copy that a replacement of it left
    /// behind.
    pub fn can_revert_to(&self, snapshot: &str) -> bool {
        self.snapshots.proven(snapshot).is_some()
    }
}

/// Why an exhibit is thought ill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symptom {
    /// No heartbeat for longer than the timeout, or none at all after a revert.
    HeartbeatLost,
    /// The VM is off.
    VmStopped,
    /// The VM is paused, and nothing that would end by itself is the cause.
    VmPaused,
    /// The VM is paused because its disk could not be read or written.
    IoError,
    /// The guest's kernel panicked.
    GuestPanicked,
    /// The guest agent has not answered several pings in a row.
    AgentSilent,
    /// Nothing has moved in the picture for too long.
    PictureFrozen,
    /// A program inside the guest asked to be put back.
    GuestRequest,
    /// The guest reported that nobody uses the artwork.
    Idle,
    /// An operator asked for it.
    Operator,
    /// The exhibit could not be started.
    StartFailed,
    /// There is no domain of the configured name.
    VmMissing,
}

impl Symptom {
    /// A few words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::HeartbeatLost => "heartbeat lost",
            Self::VmStopped => "VM stopped",
            Self::VmPaused => "VM paused",
            Self::IoError => "VM paused by an I/O error",
            Self::GuestPanicked => "guest panicked",
            Self::AgentSilent => "guest agent silent",
            Self::PictureFrozen => "picture frozen",
            Self::GuestRequest => "guest's request",
            Self::Idle => "idle",
            Self::Operator => "operator",
            Self::StartFailed => "start failed",
            Self::VmMissing => "VM missing",
        }
    }
}

/// A rung of the recovery ladder, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remedy {
    /// `virDomainResume`, or `virDomainPMWakeup`: for a VM that somebody suspended.
    Resume,
    /// QEMU's own `snapshot-load` through libvirt's monitor passthrough: the QEMU process and its display live on.
    InPlaceRevert,
    /// `virDomainRevertToSnapshot`: libvirt replaces the QEMU process.
    FullRevert,
    /// `virDomainDestroy` first, which needs no answer of QEMU, then as above.
    DestroyRevert,
    /// Destroy and start: for a lost or damaged snapshot, or one that does not help.
    ColdStart,
}

impl Remedy {
    /// A few words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::InPlaceRevert => "in-place revert",
            Self::FullRevert => "full revert",
            Self::DestroyRevert => "destroy and revert",
            Self::ColdStart => "cold start",
        }
    }

    /// Whether the QEMU process and the viewer's connection live through it.
    pub fn keeps_display(self) -> bool {
        match self {
            Self::Resume | Self::InPlaceRevert => true,
            Self::FullRevert | Self::DestroyRevert | Self::ColdStart => false,
        }
    }
}

/// What is being done about a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotStep {
    /// The VM's disks are copied out of their chains of images, into images that can hold internal snapshots.
    Converting,
    /// The VM is kept as it is.
    Saving,
    /// The VM is put to the new snapshot.
    Loading,
    /// The first sign of life after that is waited for.
    Proving,
    /// The new snapshot takes the place of the former one.
    Replacing,
    /// What the replacement has left is deleted.
    Tidying,
    /// A snapshot is deleted because somebody wants it so.
    Deleting,
}

impl SnapshotStep {
    /// A few words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Converting => "copying the artwork's disks",
            Self::Saving => "saving the artwork as it is",
            Self::Loading => "putting the artwork to the new snapshot",
            Self::Proving => "waiting for a sign of life",
            Self::Replacing => "replacing the former snapshot",
            Self::Tidying => "tidying up",
            Self::Deleting => "deleting a snapshot",
        }
    }

    /// Whether the VM jumps to another state meanwhile.
    pub fn jumps(self) -> bool {
        match self {
            Self::Converting | Self::Loading | Self::Replacing => true,
            Self::Saving | Self::Proving | Self::Tidying | Self::Deleting => false,
        }
    }
}

/// What the libvirt adapter may be asked to do to a VM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VmAction {
    /// Revert to the snapshot and run, whatever the state is now.
    Revert {
        /// The snapshot's name.
        snapshot: String,
    },
    /// Let it go on where it is suspended; well if it runs already.
    Resume,
    /// Revert to the snapshot within the QEMU process that runs, and let it run.
    RevertInPlace {
        /// The snapshot's name.
        snapshot: String,
    },
    /// End it, whatever it is at, then revert to the snapshot and run.
    DestroyRevert {
        /// The snapshot's name.
        snapshot: String,
    },
    /// Start from nothing, after a destroy where it runs.
    ColdStart {
        /// The snapshot whose state the disks are put back to before, where that can be; `None` for the disks as they
        /// are.
        disks_of: Option<String>,
    },
    /// End it at once (`virDomainDestroy`); well if it is off already.
    Destroy,
    /// Keep the VM as it is now in a snapshot with memory. Where it is to replace another one, it is called otherwise
    /// at first.
    CreateSnapshot {
        /// The snapshot's name.
        snapshot: String,
        /// There is one already. Refused where that is not so.
        replaces: bool,
    },
    /// Put the VM to the snapshot of this name, copy its disks to images without a history, and keep it there in an
    /// internal snapshot with memory, called as one that is to replace the other. The former images stay.
    ConvertSnapshot {
        /// The snapshot's name.
        snapshot: String,
        /// Keep the VM as it is now instead.
        present: bool,
    },
    /// Put the VM to the newest snapshot of this name, proven or not, and let it run.
    LoadSnapshot {
        /// The snapshot's name.
        snapshot: String,
        /// Within the QEMU process that runs.
        in_place: bool,
    },
    /// The newest snapshot of this name has proven itself: delete all others, and give it the name.
    AdoptSnapshot {
        /// The snapshot's name.
        snapshot: String,
        /// The VM is put to it within the QEMU process that runs.
        in_place: bool,
    },
    /// The snapshot of this name has proven itself: delete what its replacement has left.
    TidySnapshots {
        /// The snapshot's name.
        snapshot: String,
    },
    /// The newest snapshot of this name has not proven itself: end the VM, whatever it is at, put it back to a snapshot
    /// that has, and only then delete the other.
    AbandonSnapshot {
        /// The snapshot's name.
        snapshot: String,
        /// There was one before, which stays.
        replaces: bool,
        /// The snapshot to revert to.
        back_to: String,
    },
    /// Delete a snapshot.
    DeleteSnapshot {
        /// The snapshot's name.
        snapshot: String,
        /// What the exhibit is put back to afterwards, which must be whole; `None` where staff answer for that.
        keeps: Option<String>,
    },
    /// Read state and snapshots again; the answer is a `VmSeen` before the `Done`.
    Inspect,
}

impl VmAction {
    /// Whether it begins by ending the QEMU process, so that it may be asked for while an earlier action hangs
    /// on that process. The earlier one then comes to its end as well, without success.
    pub fn takes_over(&self) -> bool {
        match self {
            Self::DestroyRevert { .. }
            | Self::ColdStart { .. }
            | Self::Destroy
            | Self::AbandonSnapshot { .. } => true,
            Self::Resume
            | Self::RevertInPlace { .. }
            | Self::Revert { .. }
            | Self::CreateSnapshot { .. }
            | Self::ConvertSnapshot { .. }
            | Self::LoadSnapshot { .. }
            | Self::AdoptSnapshot { .. }
            | Self::TidySnapshots { .. }
            | Self::DeleteSnapshot { .. }
            | Self::Inspect => false,
        }
    }
}

/// Why a slow effect did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// libvirt could not be reached, or the connection broke meanwhile: nothing is said of the VM.
    Unreachable(String),
    /// An earlier call on the same VM has not come back yet.
    Busy,
    /// libvirt said no. The text says what, to what, and what to do next.
    Refused(String),
    /// This snapshot cannot be loaded within the QEMU process that runs, and nothing was tried; the text says why.
    NotInPlace(String),
    /// There is no such domain.
    VmMissing,
    /// There is no such snapshot.
    SnapshotMissing,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "libvirt cannot be reached: {why}"),
            Self::Busy => f.write_str("an earlier libvirt call on this VM has not come back yet"),
            Self::Refused(why) | Self::NotInPlace(why) => f.write_str(why),
            Self::VmMissing => f.write_str("libvirt has no VM of this name"),
            Self::SnapshotMissing => f.write_str("the VM has no snapshot of this name"),
        }
    }
}

/// What an operator or a guest may ask of an exhibit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Revert to the snapshot and run; plain start where there is none; ends a manual stop.
    Start,
    /// End the VM, and leave it so until told otherwise.
    Stop,
    /// Revert to the snapshot; answered when the VM is back.
    Revert,
    /// Watched and shown, but never touched.
    Hold {
        /// When it ends by itself, by the wall clock; `None` for when somebody ends it.
        until: Option<WallTime>,
    },
    /// Ends a hold.
    Resume,
    /// Read the snapshots' names.
    ListSnapshots,
    /// Create or replace a snapshot; without a name, the configured one.
    CreateSnapshot(Option<String>),
    /// Make an internal snapshot of an external one, in a flat copy of the VM's disks.
    ConvertSnapshot {
        /// Of the artwork as it is now, in place of the external one's state.
        present: bool,
    },
    /// Delete a snapshot.
    DeleteSnapshot(String),
    /// The guest asks to be put back; answered at once.
    GuestRevert {
        /// Why, in the guest's words.
        reason: String,
        /// How bad it is, in the guest's words.
        severity: Option<String>,
    },
    /// The guest reports idleness; answered at once.
    Idle {
        /// For how long nobody has used the artwork.
        lasted: Duration,
    },
}

/// What a question is answered with when it went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// It is done, but what staff decided could not be written down: the next daemon will not know of it.
    DoneUnwritten,
    /// It has been taken up and goes on by itself.
    Accepted,
    /// It was understood, and nothing will happen, for this reason.
    Ignored(Ignored),
    /// The names of the VM's snapshots.
    Snapshots(Vec<String>),
}

/// Why something that was understood leads to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// The exhibit is on hold.
    OnHold {
        /// Who holds it.
        by: Holder,
    },
    /// It is being started or put back already.
    BeingPutBack,
    /// libvirt is not reached just now.
    LibvirtAway,
    /// A snapshot is being made or deleted.
    SnapshotAtWork,
    /// It is stopped, or Vitrine ends.
    NotWatched,
    /// It was put back too often of late.
    TooOften,
    /// The configuration has this exhibit ignore idleness.
    IdlenessIgnored,
    /// The guest has not been idle for long enough.
    NotIdleEnough {
        /// For how long it has been.
        lasted: Duration,
        /// For how long it has to be.
        limit: Duration,
    },
    /// No external snapshot is in the way.
    NothingToConvert {
        /// The exhibit's name.
        exhibit: String,
        /// The snapshot's name.
        snapshot: String,
    },
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnHold { by } => write!(f, "on hold by {by}"),
            Self::BeingPutBack => f.write_str("it is being put back already"),
            Self::LibvirtAway => f.write_str("libvirt is not reached just now"),
            Self::SnapshotAtWork => f.write_str("a snapshot is being worked on"),
            Self::NotWatched => f.write_str("it is not being watched over"),
            Self::TooOften => f.write_str("put back too often of late; the artwork goes on as it is"),
            Self::IdlenessIgnored => f.write_str("this exhibit is configured to ignore idleness"),
            Self::NotIdleEnough { lasted, limit } => write!(
                f,
                "idle for {} s, and this exhibit is put back after {} s",
                lasted.as_secs(),
                limit.as_secs()
            ),
            Self::NothingToConvert { exhibit, snapshot } => write!(
                f,
                "{exhibit} has nothing to convert: no external snapshot is in the way of '{snapshot}'"
            ),
        }
    }
}

/// Who holds an exhibit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// `auto_revert = false` in the configuration, from which the next daemon reads it again.
    Configuration,
    /// A person, by the name that the request came with.
    Staff(String),
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration => f.write_str("the configuration"),
            Self::Staff(name) => f.write_str(name),
        }
    }
}

/// Why a question is not answered with what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It can never be done as it was asked for.
    Unfit(String),
    /// What it names does not exist.
    NotFound(String),
    /// It cannot be done in the present state.
    Conflict(String),
    /// It was tried and failed.
    Failed(String),
    /// libvirt is not to be reached just now, or the daemon is ending.
    Unavailable(String),
}

impl Refusal {
    /// The sentence for the person who asked.
    pub fn text(&self) -> &str {
        match self {
            Self::Unfit(text)
            | Self::NotFound(text)
            | Self::Conflict(text)
            | Self::Failed(text)
            | Self::Unavailable(text) => text,
        }
    }
}
