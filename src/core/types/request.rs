//! What operators and guests ask for, and what they are answered.

use std::fmt;
use std::time::Duration;

use super::WallTime;
use super::vm::Failure;

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

impl From<&Failure> for Refusal {
    fn from(failure: &Failure) -> Self {
        let text = failure.to_string();
        match failure {
            Failure::Unreachable(_) => Self::Unavailable(text),
            Failure::Busy => Self::Conflict(text),
            Failure::Refused(_) | Failure::NotInPlace(_) => Self::Failed(text),
            Failure::VmMissing | Failure::SnapshotMissing => Self::NotFound(text),
        }
    }
}
