//! Starting, resuming and ending a VM. Everything in here blocks.

use virt::domain::Domain;
use virt::error::ErrorNumber;

use super::job::Job;
use super::reading;
use crate::core::types::{Failure, VmState};

impl Job<'_> {
    pub(super) fn start(&self, domain: &Domain) -> Result<(), Failure> {
        self.ensure_in_charge()?;
        // It would bring the old state back instead of a boot.
        self.discard_saved_state(domain)?;
        self.spare_snapshot(domain)?;
        domain.create().map_err(|error| self.failed(&error))
    }

    pub(super) fn resume(&self, domain: &Domain) -> Result<(), Failure> {
        self.ensure_in_charge()?;
        match reading::state(domain).map_err(|error| self.failed(&error))? {
            VmState::Running => Ok(()),
            VmState::Asleep => domain.pm_wakeup(0).map_err(|error| self.failed(&error)),
            VmState::Unknown
            | VmState::Missing
            | VmState::Paused(_)
            | VmState::ShutOff
            | VmState::ShuttingDown
            | VmState::Crashed => self.let_go_on(domain),
        }
    }

    fn let_go_on(&self, domain: &Domain) -> Result<(), Failure> {
        self.ensure_spares_snapshot(domain)?;
        domain.resume().map_err(|error| self.failed(&error))
    }

    /// A snapshot of a VM that was off or paused may leave it so, whatever was asked for.
    pub(super) fn ensure_running(&self, domain: &Domain) -> Result<(), Failure> {
        self.ensure_in_charge()?;
        let state = reading::state(domain).map_err(|error| self.failed(&error))?;
        // libvirt keeps a managed save through a revert, and a plain start would resume it on a disk that has gone on.
        if let Err(failure) = self.discard_saved_state(domain) {
            tracing::warn!("{failure}");
        }
        match state {
            VmState::ShutOff => self.start(domain),
            VmState::Paused(_) => self.let_go_on(domain),
            VmState::Unknown
            | VmState::Missing
            | VmState::Running
            | VmState::ShuttingDown
            | VmState::Crashed
            | VmState::Asleep => Ok(()),
        }
    }

    pub(super) fn destroy(&self, domain: &Domain) -> Result<(), Failure> {
        self.ensure_in_charge()?;
        match domain.destroy() {
            // It is off already.
            Err(error) if error.code().is(ErrorNumber::OperationInvalid) => Ok(()),
            outcome => outcome.map_err(|error| self.failed(&error)),
        }
    }

    pub(super) fn discard_saved_state(&self, domain: &Domain) -> Result<(), Failure> {
        self.ensure_in_charge()?;
        if domain.has_managed_save(0).unwrap_or(false) {
            tracing::info!("discarding the saved state of VM '{}'", self.vm);
            domain.managed_save_remove(0).map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }
}
