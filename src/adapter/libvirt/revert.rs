//! Putting a VM back to a snapshot, more or less thoroughly. Everything in here blocks.

use std::time::Duration;

use virt::domain::Domain;
use virt::domain_snapshot::DomainSnapshot;
use virt::error::ErrorNumber;
use virt_sys as sys;

use super::job::Job;
use crate::core::types::{Failure, Snapshot, SnapshotKind};

/// How long QEMU may take to answer before a full revert, which ends it anyway: no visitor should wait for longer.
const QUICK_QEMU_TIMEOUT: Duration = Duration::from_secs(2);

impl Job<'_> {
    /// The QEMU process lives on, and the viewer's connection with it.
    pub(super) fn revert_in_place(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let proven = self.family(domain, name)?.into_iter().next();
        self.load_in_place(domain, &proven.ok_or(Failure::SnapshotMissing)?)
    }

    pub(super) fn revert(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        // libvirt would wait half a minute for a call that hangs on it; and it is replaced in any case.
        if !self.qemu_answers(domain, QUICK_QEMU_TIMEOUT)? {
            tracing::warn!("{}: its QEMU process does not answer; destroying the VM first", self.operation);
            self.destroy(domain)?;
        }
        let mut outcome = Err(Failure::SnapshotMissing);
        // A replacement that was cut off leaves a second one, and perhaps the first one missing or damaged.
        for Snapshot { name: proven, kind, .. } in self.snapshots(domain)?.family(name) {
            let Some(snapshot) = self.find(domain, proven)? else { continue };
            self.make_way(domain, *kind)?;
            if proven != name {
                tracing::warn!(
                    "the replacement of snapshot '{name}' of VM '{}' was interrupted; reverting to '{proven}'. Create \
                     '{name}' again when there is time.",
                    self.vm
                );
            }
            outcome = self.revert_to(domain, &snapshot);
            match &outcome {
                Err(Failure::Refused(why)) => tracing::warn!("snapshot '{proven}': {why}"),
                Ok(()) | Err(_) => break,
            }
        }
        outcome?;
        self.ensure_running(domain)
    }

    /// Ends the QEMU process that a revert to this snapshot would replace. libvirt 9.0 may take the end of the old process
    /// for that of the new one, ends that too, and waits for its answer for ever (qemuProcessBeginStopJob); on a busy
    /// computer one revert in six hung so. Ended by itself, the old one is gone before the new one comes.
    ///
    /// What libvirt may refuse, or would forget, keeps its process until then.
    pub(super) fn make_way(&self, domain: &Domain, kind: SnapshotKind) -> Result<(), Failure> {
        if kind == SnapshotKind::Internal && domain.is_persistent().unwrap_or(false) {
            self.destroy(domain)?;
        }
        Ok(())
    }

    pub(super) fn revert_to(&self, domain: &Domain, snapshot: &DomainSnapshot) -> Result<(), Failure> {
        self.ensure_in_charge()?;
        let running = sys::VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING;
        let outcome = match snapshot.revert(running) {
            // A job of a QEMU that hangs holds the VM, perhaps for ever. Destroying takes no job and ends it.
            Err(error) if error.code().is(ErrorNumber::OperationTimeout) => {
                tracing::warn!("{}: {}; destroying the VM first", self.operation, error.message());
                self.destroy(domain)?;
                snapshot.revert(running)
            }
            Err(error) if error.code().is(ErrorNumber::SnapshotRevertRisky) => {
                tracing::info!("{}: libvirt wants force: {}", self.operation, error.message());
                snapshot.revert(running | sys::VIR_DOMAIN_SNAPSHOT_REVERT_FORCE)
            }
            outcome => outcome,
        };
        outcome.map_err(|error| self.failed(&error))
    }

    /// A snapshot whose memory no longer loads, after an upgrade of QEMU or with another processor, may well have the
    /// disks as they should be.
    pub(super) fn cold_start(&self, domain: &Domain, disks_of: Option<&str>) -> Result<(), Failure> {
        self.destroy(domain)?;
        match disks_of {
            Some(name) if self.starts_with_disks_of(domain, name)? => Ok(()),
            Some(_) | None => self.start(domain),
        }
    }

    /// Puts the disks back by a load into a VM that has not run yet: QEMU goes back to the disks' part of a snapshot
    /// before it reads the memory (its `load_snapshot`). Whether the memory was loaded as well, and the VM runs;
    /// otherwise it is off.
    fn starts_with_disks_of(&self, domain: &Domain, name: &str) -> Result<bool, Failure> {
        let Some(proven) = self.family(domain, name)?.into_iter().next() else { return Ok(false) };
        self.discard_saved_state(domain)?;
        self.spare_snapshot(domain)?;
        if let Err(error) = domain.create_with_flags(sys::VIR_DOMAIN_START_PAUSED) {
            tracing::debug!("{}: not even paused: {}", self.operation, error.message());
            return Ok(false);
        }
        match self.load_while_paused(domain, &proven) {
            Ok(()) => {
                tracing::info!("VM '{}' could be put back to snapshot '{proven}' after all", self.vm);
                self.ensure_running(domain)?;
                Ok(true)
            }
            Err(failure) => {
                let disks = match failure {
                    Failure::NotInPlace(_) => "its disks are as visitors left them",
                    Failure::Unreachable(_)
                    | Failure::Busy
                    | Failure::Refused(_)
                    | Failure::VmMissing
                    | Failure::SnapshotMissing => {
                        "its disks are put back to the snapshot, and it boots from them"
                    }
                };
                tracing::warn!("the memory of VM '{}' cannot be loaded, so {disks}: {failure}", self.vm);
                self.destroy(domain)?;
                Ok(false)
            }
        }
    }
}
