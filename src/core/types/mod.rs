//! The words that the core and everything around it share.

mod access;
mod backoff;
mod foreseen;
mod illness;
mod request;
mod screen;
mod seen;
mod settings;
mod snapshots;
mod told;
mod unit;
mod vm;

use std::time::Instant;

pub use access::{Access, AccessRules, Account, Act, Role, Token};
pub use backoff::Backoff;
pub use foreseen::{Foreseen, Means};
pub use illness::{Evidence, Remedy, Symptom, Trouble, ViewerFault, XServerStays};
pub use request::{Action, Answer, Holder, Ignored, Refusal, RefusalKind};
pub(in crate::core) use screen::Place;
pub use screen::{Mode, ModeLine, Monitor, Rect, Rotation, ScreenName, Size, assign};
pub use seen::{MonitorSeen, OutputSeen, PictureSeen, WindowSeen};
pub use settings::{
    AgentSettings, CurtainPicture, CurtainSettings, ExhibitSettings, HeartbeatSettings, IdleSettings,
    LastResortSettings, PictureSettings, QemuSettings, RebootSettings, RecoverySettings, Scale, Scaling,
    ScreenSettings, SerialPort, SiteSettings, UnitSettings, ViewerSettings,
};
pub use snapshots::{
    NameFlaw, REPLACEMENT_SUFFIX, Snapshot, SnapshotFlaw, SnapshotKind, Snapshots, bad_snapshot_name, copy_of,
};
pub(crate) use told::sayings;
pub(in crate::core) use told::whole_seconds;
pub use told::{Nameable, Told, Value};
pub use unit::{ActiveState, Bus, UnitInfo};
pub use vm::{DisplayAccess, Failure, PauseReason, SnapshotStep, VmAction, VmInfo, VmState};

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

/// Names one operation or one question of a probe, so that its end can be told from the end of an older one.
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
