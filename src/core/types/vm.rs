//! A VM as libvirt has it, and what may be done to it.

use super::snapshots::Snapshots;
use super::told::{Nameable as _, Told, codes};

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

/// How a viewer gets at a VM's display, by the VM's description.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DisplayAccess {
    /// The description has not been read yet.
    #[default]
    Unknown,
    /// At an address, over the network.
    Address,
    /// Through libvirt, which opens a connection and hands it over: the display listens nowhere, or at a socket that is
    /// QEMU's alone.
    Libvirt,
    /// The VM has no display that a viewer could show.
    Missing,
}

/// What the libvirt adapter knows of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VmInfo {
    /// The domain's UUID, in libvirt's notation; `None` while it is missing or not known yet.
    pub uuid: Option<String>,
    /// Its state.
    pub state: VmState,
    /// Its snapshots.
    pub snapshots: Snapshots,
    /// The MAC addresses of its network interfaces, in lower case.
    pub macs: Vec<String>,
    /// How a viewer gets at its display.
    pub display: DisplayAccess,
}

impl VmInfo {
    /// What is known before libvirt has been asked.
    pub fn unknown() -> Self {
        Self {
            uuid: None,
            state: VmState::Unknown,
            snapshots: Snapshots::default(),
            macs: Vec::new(),
            display: DisplayAccess::Unknown,
        }
    }

    /// Whether a revert to this snapshot can be asked for: it is there, or the copy that a replacement of it left
    /// behind.
    pub fn can_revert_to(&self, snapshot: &str) -> bool {
        self.snapshots.proven(snapshot).is_some()
    }
}

codes! {
    /// What is being done about a snapshot.
    pub enum SnapshotStep {
        /// The VM's disks are copied out of their chains of images, into images that can hold internal snapshots.
        "converting" => Converting,
        /// The VM is kept as it is.
        "saving" => Saving,
        /// The VM is put to the new snapshot.
        "loading" => Loading,
        /// The first sign of life after that is waited for.
        "proving" => Proving,
        /// The new snapshot takes the place of the former one.
        "replacing" => Replacing,
        /// What the replacement has left is deleted.
        "tidying" => Tidying,
        /// A snapshot is deleted because somebody wants it so.
        "deleting" => Deleting,
    }
}

impl SnapshotStep {
    /// Whether the VM jumps to another state meanwhile.
    pub fn jumps(self) -> bool {
        match self {
            Self::Converting | Self::Loading | Self::Replacing => true,
            Self::Saving | Self::Proving | Self::Tidying | Self::Deleting => false,
        }
    }

    /// Whether it only takes snapshots away, and leaves the VM as it is.
    pub fn only_deletes(self) -> bool {
        match self {
            Self::Tidying | Self::Deleting => true,
            Self::Converting | Self::Saving | Self::Loading | Self::Proving | Self::Replacing => false,
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
    Unreachable(Told),
    /// An earlier call on the same VM has not come back yet.
    Busy,
    /// libvirt said no. The text says what, to what, and what to do next.
    Refused(Told),
    /// This snapshot cannot be loaded within the QEMU process that runs, and nothing was tried; the text says why.
    NotInPlace(Told),
    /// There is no such domain.
    VmMissing,
    /// There is no such snapshot.
    SnapshotMissing,
}

/// The code of a refusal that is told by its reason.
const AS_FORESEEN: &str = "refused_as_foreseen";

impl Failure {
    /// Its sentence, as data.
    pub fn told(&self) -> Told {
        match self {
            Self::Unreachable(why) => Told::new("unreachable", vec![("why", why.value())]),
            Self::Busy => Told::new("call_at_work", Vec::new()),
            Self::Refused(why) | Self::NotInPlace(why) => why.clone(),
            Self::VmMissing => Told::new("vm_missing_of_name", Vec::new()),
            Self::SnapshotMissing => Told::new("snapshot_missing_of_name", Vec::new()),
        }
    }

    /// The same, by its reason where that is known; `None` where nothing was refused, or it is told so already.
    pub fn explained(&self, finding: &Told) -> Option<Self> {
        match self {
            Self::Refused(why) if why.code != AS_FORESEEN => {
                let values = vec![("finding", finding.value()), ("failure", why.value())];
                Some(Self::Refused(Told::new(AS_FORESEEN, values)))
            }
            Self::Refused(_)
            | Self::NotInPlace(_)
            | Self::Unreachable(_)
            | Self::Busy
            | Self::VmMissing
            | Self::SnapshotMissing => None,
        }
    }

    /// libvirt said no, in these words of its own or of QEMU's.
    pub fn refused(text: impl Into<String>) -> Self {
        Self::Refused(Told::text(text))
    }

    /// libvirt cannot be reached, in these words of its own.
    pub fn unreachable(text: impl Into<String>) -> Self {
        Self::Unreachable(Told::text(text))
    }
}
