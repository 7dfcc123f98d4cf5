//! What is known of one exhibit's VM, and what is not to be believed of it.

use std::time::{Duration, Instant};

use crate::core::types::{PauseReason, Remedy, Snapshot, SnapshotFlaw, Symptom, VmInfo, VmState};

/// A suspended VM may have been suspended by something that resumes it in a moment (a tool that copies its disk).
const SUSPENDED_GRACE: Duration = Duration::from_secs(2);
/// libvirt's own work on a VM (a snapshot with much memory, say) may pause it for so long.
const AT_WORK_GRACE: Duration = Duration::from_secs(120);
/// The same work after libvirt's daemon was away: it has ended with the daemon, unless only the connection broke.
const ORPHANED_WORK_GRACE: Duration = Duration::from_secs(20);
/// A guest that shuts itself down is off after so long, or it never will be.
const SHUTTING_DOWN_GRACE: Duration = Duration::from_secs(30);

/// The VM of one exhibit.
#[derive(Clone, Debug)]
pub(super) struct Vm {
    info: VmInfo,
    /// libvirt was away since its state was last anything but "at work".
    work_orphaned: bool,
    /// When the last operation ended: libvirt's state read earlier tells of the time before.
    state_valid_from: Option<Instant>,
    /// Somebody else may have started the QEMU process that runs, with other hardware than the snapshot has; QEMU does
    /// not always notice that when it loads the snapshot in place.
    process_may_differ: bool,
    /// QEMU has said that the snapshot cannot be loaded in place, and nothing about it has changed since.
    in_place_ruled_out: bool,
    /// What keeps its snapshot from serving as it should, as people were last told.
    told_flaw: Option<SnapshotFlaw>,
    /// It was put back, so that its clock is the snapshot's until it is told the time.
    clock_wrong: bool,
    /// The last start or remedy left it to the guest's own boot, whose pictures are not the artwork.
    booting: bool,
}

impl Vm {
    pub(super) fn new(process_may_differ: bool) -> Self {
        Self {
            info: VmInfo::unknown(),
            work_orphaned: false,
            state_valid_from: None,
            process_may_differ,
            in_place_ruled_out: false,
            told_flaw: None,
            clock_wrong: false,
            booting: false,
        }
    }

    pub(super) fn info(&self) -> &VmInfo {
        &self.info
    }

    pub(super) fn state(&self) -> VmState {
        self.info.state
    }

    pub(super) fn is_running(&self) -> bool {
        self.info.state == VmState::Running
    }

    pub(super) fn can_revert_to(&self, snapshot: &str) -> bool {
        self.info.can_revert_to(snapshot)
    }

    /// Whether what was read or heard then tells of the VM as it is since the last operation.
    pub(super) fn is_current(&self, at: Instant) -> bool {
        self.state_valid_from.is_none_or(|from| at >= from)
    }

    /// It was read.
    pub(super) fn learn(&mut self, info: VmInfo) {
        self.process_may_differ |= matches!(info.state, VmState::ShutOff | VmState::Missing);
        self.in_place_ruled_out &= self.info.snapshots == info.snapshots;
        self.work_orphaned &= info.state == VmState::Paused(PauseReason::AtWork);
        self.info = info;
    }

    /// libvirt was away, and is back.
    pub(super) fn libvirt_came_back(&mut self) {
        self.work_orphaned = true;
    }

    /// What about the snapshot people have not been told yet.
    pub(super) fn flaw_to_tell(&mut self, snapshot: &str) -> Option<SnapshotFlaw> {
        let flaw = self.info.snapshots.flaw(snapshot);
        let told = std::mem::replace(&mut self.told_flaw, flaw.clone());
        flaw.filter(|flaw| told.as_ref() != Some(flaw))
    }

    /// An operation has ended.
    pub(super) fn operation_ended(&mut self, now: Instant) {
        self.state_valid_from = Some(now);
    }

    /// An operation has said how the VM is.
    pub(super) fn set_state(&mut self, state: VmState) {
        self.info.state = state;
    }

    /// Whether it is left to its own boot from now on.
    pub(super) fn set_booting(&mut self, booting: bool) {
        self.booting = booting;
    }

    pub(super) fn is_booting(&self) -> bool {
        self.booting
    }

    /// A start or a remedy was carried out.
    pub(super) fn restored_by(&mut self, remedy: Remedy) {
        self.work_orphaned = false;
        self.info.state = VmState::Running;
        match remedy {
            Remedy::FullRevert | Remedy::DestroyRevert => self.process_may_differ = false,
            Remedy::ColdStart => self.process_may_differ = true,
            Remedy::Resume | Remedy::InPlaceRevert => {}
        }
        self.clock_wrong |= match remedy {
            Remedy::Resume | Remedy::ColdStart => false,
            Remedy::InPlaceRevert | Remedy::FullRevert | Remedy::DestroyRevert => true,
        };
    }

    /// It runs from a snapshot that was just made of it.
    pub(super) fn loaded_new_snapshot(&mut self) {
        self.work_orphaned = false;
        self.info.state = VmState::Running;
        self.clock_wrong = true;
    }

    /// Whether it is to be told the time: once true.
    pub(super) fn take_clock_wrong(&mut self) -> bool {
        std::mem::take(&mut self.clock_wrong)
    }

    /// Somebody may have stopped and started it.
    pub(super) fn doubt_process(&mut self) {
        self.process_may_differ = true;
    }

    /// The snapshot was made of the very QEMU process that runs.
    pub(super) fn trust_process(&mut self) {
        self.process_may_differ = false;
    }

    /// QEMU says that the snapshot cannot be loaded in place.
    pub(super) fn rule_out_in_place(&mut self) {
        self.in_place_ruled_out = true;
    }

    pub(super) fn is_in_place_ruled_out(&self) -> bool {
        self.in_place_ruled_out
    }

    /// Whether its QEMU process is, as far as is known, one that the snapshot can be loaded into.
    pub(super) fn process_fits(&self) -> bool {
        !self.process_may_differ
    }

    /// Takes this for its UUID until libvirt has told it; returns what was taken for it before.
    pub(super) fn assume_uuid(&mut self, uuid: Option<String>) -> Option<String> {
        std::mem::replace(&mut self.info.uuid, uuid)
    }

    /// There is no snapshot of this name, nor a copy of one.
    pub(super) fn forget_snapshots(&mut self, family: &str) {
        self.info.snapshots.remove_family(family);
    }

    pub(super) fn snapshot_deleted(&mut self, name: &str) {
        self.info.snapshots.remove(name);
    }

    pub(super) fn snapshot_made(&mut self, name: &str) {
        if self.info.snapshots.get(name).is_none() {
            self.info.snapshots.insert(Snapshot::made_by_vitrine(name));
        }
    }

    /// What libvirt's state means, and how long it may pass by itself.
    pub(super) fn illness(&self) -> Option<(Symptom, Duration)> {
        match self.info.state {
            VmState::Unknown | VmState::Running => None,
            VmState::Missing => Some((Symptom::VmMissing, Duration::ZERO)),
            VmState::ShutOff => Some((Symptom::VmStopped, Duration::ZERO)),
            VmState::ShuttingDown => Some((Symptom::VmStopped, SHUTTING_DOWN_GRACE)),
            VmState::Crashed | VmState::Paused(PauseReason::Panicked) => {
                Some((Symptom::GuestPanicked, Duration::ZERO))
            }
            VmState::Paused(PauseReason::IoError) => Some((Symptom::IoError, Duration::ZERO)),
            VmState::Paused(PauseReason::Suspended) | VmState::Asleep => {
                Some((Symptom::VmPaused, SUSPENDED_GRACE))
            }
            VmState::Paused(PauseReason::AtWork) => {
                let grace = if self.work_orphaned { ORPHANED_WORK_GRACE } else { AT_WORK_GRACE };
                Some((Symptom::VmPaused, grace))
            }
        }
    }
}
