//! What operators and guests ask for, and what they are answered.

use std::time::Duration;

use super::WallTime;
use super::illness::Evidence;
use super::snapshots::NameFlaw;
use super::told::sayings;
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
        /// Why, in staff's words.
        reason: Option<String>,
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

impl Action {
    /// Its code in the API, which never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Revert => "revert",
            Self::Hold { .. } => "hold",
            Self::Resume => "resume",
            Self::ListSnapshots => "list_snapshots",
            Self::CreateSnapshot(_) => "create_snapshot",
            Self::ConvertSnapshot { .. } => "convert_snapshot",
            Self::DeleteSnapshot(_) => "delete_snapshot",
            Self::GuestRevert { .. } => "guest_revert",
            Self::Idle { .. } => "idle",
        }
    }

    /// Whether it is a decision of staff, which outlives the daemon.
    pub fn is_decision(&self) -> bool {
        match self {
            Self::Start | Self::Stop | Self::Hold { .. } | Self::Resume => true,
            Self::Revert
            | Self::ListSnapshots
            | Self::CreateSnapshot(_)
            | Self::ConvertSnapshot { .. }
            | Self::DeleteSnapshot(_)
            | Self::GuestRevert { .. }
            | Self::Idle { .. } => false,
        }
    }
}

/// What a question is answered with when it went well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// It is done, but what staff decided could not be written down: the next daemon will not know of it.
    DoneUnwritten,
    /// It is done, by what was under way already.
    Joined,
    /// It is done, after what was under way had ended.
    Followed,
    /// It has been taken up and goes on by itself.
    Accepted,
    /// The guest is started anew, since it has no snapshot that it could be put back to.
    StartedAnew,
    /// It was understood, and nothing will happen, for this reason.
    Ignored(Ignored),
    /// The names of the VM's snapshots.
    Snapshots(Vec<String>),
}

sayings! {
    /// Why something that was understood leads to nothing.
    pub enum Ignored {
        /// The exhibit is on hold.
        "on_hold" => OnHold { by: Holder },
        /// It is being started or put back already.
        "being_put_back" => BeingPutBack,
        /// libvirt is not reached just now.
        "libvirt_away" => LibvirtAway,
        /// A snapshot is being made or deleted.
        "snapshot_at_work" => SnapshotAtWork,
        /// It is stopped, or Vitrine ends.
        "not_watched" => NotWatched,
        /// It was put back too often of late.
        "too_often" => TooOften,
        /// The configuration has this exhibit ignore idleness.
        "idleness_ignored" => IdlenessIgnored,
        /// There is no snapshot that it could be put back to.
        "without_snapshot" => WithoutSnapshot { exhibit: String, snapshot: String },
        /// The guest has been idle for `lasted`, and has to be for `limit`.
        "not_idle_enough" => NotIdleEnough { lasted: Duration, limit: Duration },
        /// The configuration has this exhibit reboot as it likes.
        "reboots_ignored" => RebootsIgnored,
        /// There is no snapshot that it could be put back to, or none that libvirt would load.
        "nothing_to_go_back_to" => NothingToGoBackTo,
        /// It was switched on without its snapshot, and boots.
        "boots" => Boots,
        /// No external snapshot is in the way.
        "nothing_to_convert" => NothingToConvert { exhibit: String, snapshot: String },
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

sayings! {
    /// Why a question is not answered with what was asked for.
    pub enum Refusal {
        /// The daemon is ending.
        "daemon_ends" => DaemonEnds,
        /// The exhibit is not, or no longer, configured.
        "exhibit_gone" => ExhibitGone,
        /// libvirt has not listed the snapshots in time.
        "list_overdue" => ListOverdue { vm: String, waited: Duration },
        /// libvirt has not come back in time from what was asked for.
        "call_overdue" => CallOverdue { exhibit: String },
        /// libvirt has not ended the VM in time.
        "stop_overdue" => StopOverdue { exhibit: String },
        /// Something is at work on it, and too many requests wait for its end.
        "busy" => Busy { exhibit: String },
        /// Somebody wanted it stopped after this was asked for.
        "stopped_meanwhile" => StoppedMeanwhile { exhibit: String, by: String },
        /// What was at work has not ended in time.
        "waited_in_vain" => WaitedInVain { exhibit: String, waited: Duration },
        /// The same for a stop, which is pursued all the same.
        "stop_waits" => StopWaits { exhibit: String, waited: Duration },
        /// libvirt is not to be reached just now.
        "libvirt_unreachable" => LibvirtUnreachable { exhibit: String },
        /// libvirt has no VM of the configured name.
        "no_vm" => NoVm { exhibit: String, vm: String },
        /// The VM has no snapshot that it could be put back to.
        "no_snapshot" => NoSnapshot { exhibit: String, vm: String, snapshot: String },
        /// A hold was to end in the past.
        "hold_over" => HoldOver { exhibit: String },
        /// An external snapshot was to be deleted.
        "delete_external" => DeleteExternal { exhibit: String, snapshot: String },
        /// A snapshot was to be deleted that shares its images with an external one.
        "delete_tied" => DeleteTied { exhibit: String, snapshot: String, external: String },
        /// A snapshot was to be deleted that the exhibit is put back to.
        "delete_needed" => DeleteNeeded { exhibit: String, snapshot: String },
        /// No snapshot can be called so.
        "bad_name" => BadName { snapshot: String, flaw: NameFlaw },
        /// A new snapshot would depend on an external one.
        "external_in_the_way" => ExternalInTheWay { exhibit: String, vm: String, external: String },
        /// There is no snapshot whose state could be converted.
        "nothing_to_convert_from" => NothingToConvertFrom { exhibit: String, vm: String, snapshot: String },
        /// Converting would lose what staff have changed on hold.
        "convert_on_hold" => ConvertOnHold { exhibit: String, snapshot: String },
        /// An internal snapshot lies in an external one's images under the name that the new one would have.
        "name_kept" => NameKept { exhibit: String, snapshot: String },
        /// The artwork is not as it should be kept.
        "not_well" => NotWell { exhibit: String },
        /// The VM does not run.
        "vm_off" => VmOff { exhibit: String },
        /// The same on hold, where a start by Vitrine would put it back.
        "vm_off_on_hold" => VmOffOnHold { exhibit: String, vm: String },
        /// No heartbeat has come for longer than its timeout.
        "no_heartbeat" => NoHeartbeat { exhibit: String, timeout: Duration },
        /// The new snapshot did not take the former one's place.
        "not_replaced" => NotReplaced { exhibit: String, back_to: String, failure: Failure },
        /// The new snapshot has not proven itself, and the artwork is put back to the former one.
        "unproven_former_back" => UnprovenFormerBack { exhibit: String, seen: Box<Evidence> },
        /// The same where the former one is no longer there, but what proved itself before.
        "unproven_proven_back" => UnprovenProvenBack { exhibit: String, seen: Box<Evidence> },
        /// The new snapshot has not proven itself, and is left; the artwork is put back to another one.
        "unproven_left" => UnprovenLeft { exhibit: String, vm: String, newest: String, back_to: String, seen: Box<Evidence> },
        /// The same where there is no other one.
        "unproven_left_alone" => UnprovenLeftAlone { exhibit: String, vm: String, newest: String, seen: Box<Evidence> },
        /// libvirt has not come back in time while a snapshot was made.
        "snapshot_overdue" => SnapshotOverdue { exhibit: String },
        /// It was tried and failed.
        "failed" => Failed { failure: Failure },
    }
}

/// What kind of refusal it is, for whoever maps it to a status of HTTP or an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// It can never be done as it was asked for.
    Unfit,
    /// What it names does not exist.
    NotFound,
    /// It cannot be done in the present state.
    Conflict,
    /// It was tried and failed.
    Failed,
    /// libvirt is not to be reached just now, or the daemon is ending.
    Unavailable,
}

impl Refusal {
    /// What kind it is.
    pub fn kind(&self) -> RefusalKind {
        match self {
            Self::HoldOver { .. } => RefusalKind::Unfit,
            Self::ExhibitGone
            | Self::NoVm { .. }
            | Self::NoSnapshot { .. }
            | Self::NothingToConvertFrom { .. } => RefusalKind::NotFound,
            Self::Busy { .. }
            | Self::DeleteExternal { .. }
            | Self::DeleteTied { .. }
            | Self::DeleteNeeded { .. }
            | Self::BadName { .. }
            | Self::StoppedMeanwhile { .. }
            | Self::ExternalInTheWay { .. }
            | Self::ConvertOnHold { .. }
            | Self::NameKept { .. }
            | Self::NotWell { .. }
            | Self::VmOff { .. }
            | Self::VmOffOnHold { .. }
            | Self::NoHeartbeat { .. } => RefusalKind::Conflict,
            Self::CallOverdue { .. }
            | Self::StopOverdue { .. }
            | Self::NotReplaced { .. }
            | Self::UnprovenFormerBack { .. }
            | Self::UnprovenProvenBack { .. }
            | Self::UnprovenLeft { .. }
            | Self::UnprovenLeftAlone { .. }
            | Self::SnapshotOverdue { .. }
            | Self::WaitedInVain { .. }
            | Self::StopWaits { .. } => RefusalKind::Failed,
            Self::DaemonEnds | Self::ListOverdue { .. } | Self::LibvirtUnreachable { .. } => {
                RefusalKind::Unavailable
            }
            Self::Failed { failure } => match failure {
                Failure::Unreachable(_) => RefusalKind::Unavailable,
                Failure::Busy => RefusalKind::Conflict,
                Failure::Refused(_) | Failure::NotInPlace(_) => RefusalKind::Failed,
                Failure::VmMissing | Failure::SnapshotMissing => RefusalKind::NotFound,
            },
        }
    }
}

impl From<&Failure> for Refusal {
    fn from(failure: &Failure) -> Self {
        Self::Failed { failure: failure.clone() }
    }
}
