//! The slow things that are done to a VM. Everything in here blocks.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use virt::connect::Connect;
use virt::domain::Domain;
use virt::domain_snapshot::DomainSnapshot;
use virt::error::{Error, ErrorNumber};
use virt_sys as sys;

use super::link::failure;
use super::reading;
use crate::core::types::{Failure, VmAction, VmState};
use crate::host;

/// A QEMU that has not answered a question about its state for so long hangs.
const QEMU_ANSWERS: Duration = Duration::from_secs(5);
/// Before a full revert, one that does not answer so soon is ended.
const QEMU_IS_ASKED: Duration = Duration::from_secs(2);
/// An agent takes so long at most to set the clock, in whole seconds as libvirt wants it.
const AGENT_SETS_TIME: i32 = 5;
/// After a revert the agent's channel may take a moment to be opened again: tried so often, with such pauses.
const AGENT_RETURNS: (u32, Duration) = (5, Duration::from_secs(1));

/// Does it.
pub(super) fn run(conn: &Connect, vm: &str, action: &VmAction) -> Result<(), Failure> {
    let deed = match action {
        VmAction::Resume => format!("resuming VM '{vm}'"),
        VmAction::RevertInPlace { snapshot } => {
            format!("reverting VM '{vm}' in place to snapshot '{snapshot}'")
        }
        VmAction::Revert { snapshot } | VmAction::DestroyRevert { snapshot } => {
            format!("reverting VM '{vm}' to snapshot '{snapshot}'")
        }
        VmAction::ColdStart { .. } => format!("starting VM '{vm}'"),
        VmAction::Destroy => format!("stopping VM '{vm}'"),
        VmAction::CreateSnapshot { snapshot, .. } => format!("creating snapshot '{snapshot}' of VM '{vm}'"),
        VmAction::ConvertSnapshot { snapshot, .. } => {
            format!("converting snapshot '{snapshot}' of VM '{vm}'")
        }
        VmAction::LoadSnapshot { snapshot, .. } => {
            format!("putting VM '{vm}' to the new snapshot '{snapshot}'")
        }
        VmAction::AdoptSnapshot { snapshot, .. } => format!("replacing snapshot '{snapshot}' of VM '{vm}'"),
        VmAction::TidySnapshots { snapshot } => {
            format!("tidying up after the replacement of snapshot '{snapshot}' of VM '{vm}'")
        }
        VmAction::AbandonSnapshot { snapshot, .. } => {
            format!("putting VM '{vm}' back from its new snapshot '{snapshot}'")
        }
        VmAction::DeleteSnapshot { snapshot, .. } => format!("deleting snapshot '{snapshot}' of VM '{vm}'"),
        VmAction::Inspect => format!("reading the state of VM '{vm}'"),
    };
    let job = Job { conn, vm, deed };
    let domain = conn.lookup_domain_by_name(vm).map_err(|error| job.failed(&error))?;
    match action {
        VmAction::Resume => job.resume(&domain),
        VmAction::RevertInPlace { snapshot } => job.revert_in_place(&domain, snapshot),
        VmAction::Revert { snapshot } => job.revert(&domain, snapshot),
        VmAction::DestroyRevert { snapshot } => {
            job.destroy(&domain).and_then(|()| job.revert(&domain, snapshot))
        }
        VmAction::ColdStart { disks_of } => job.cold_start(&domain, disks_of.as_deref()),
        VmAction::Destroy => job.destroy(&domain),
        VmAction::CreateSnapshot { snapshot, replaces } => job.create_snapshot(&domain, snapshot, *replaces),
        VmAction::ConvertSnapshot { snapshot, present } => job.convert(&domain, snapshot, *present),
        VmAction::LoadSnapshot { snapshot, in_place } => job.load_newest(&domain, snapshot, *in_place),
        VmAction::AdoptSnapshot { snapshot, in_place } => job.adopt(&domain, snapshot, *in_place),
        VmAction::TidySnapshots { snapshot } => job.tidy(&domain, snapshot),
        VmAction::AbandonSnapshot { snapshot, replaces, back_to } => {
            job.abandon(&domain, snapshot, *replaces, back_to)
        }
        VmAction::DeleteSnapshot { snapshot, keeps } => {
            job.delete_snapshot(&domain, snapshot, keeps.as_deref())
        }
        VmAction::Inspect => Ok(()),
    }
}

/// Asks the guest agent for a sign of life.
pub(super) fn ping(conn: &Connect, vm: &str, seconds: i32) -> Result<bool, Failure> {
    let job = Job { conn, vm, deed: format!("pinging the guest agent of VM '{vm}'") };
    let domain = conn.lookup_domain_by_name(vm).map_err(|error| job.failed(&error))?;
    match domain.qemu_agent_command(r#"{"execute":"guest-ping"}"#, seconds, 0) {
        Ok(_) => Ok(true),
        Err(error) => {
            tracing::debug!("the guest agent of VM '{vm}' did not answer: {}", error.message());
            Ok(false)
        }
    }
}

/// Tells a guest the time through its agent, where one answers. Nothing depends on it.
///
/// Not `virDomainSetTime`: that waits for the agent without end.
pub(super) fn set_time(conn: &Connect, vm: &str) -> Result<(), Failure> {
    let job = Job { conn, vm, deed: format!("setting the clock of VM '{vm}'") };
    let domain = conn.lookup_domain_by_name(vm).map_err(|error| job.failed(&error))?;
    let (tries, pause) = AGENT_RETURNS;
    for _ in 0..tries {
        let now = host::since_epoch().as_nanos();
        let command = format!(r#"{{"execute":"guest-set-time","arguments":{{"time":{now}}}}}"#);
        match domain.qemu_agent_command(&command, AGENT_SETS_TIME, 0) {
            Ok(_) => {
                tracing::debug!("the clock of VM '{vm}' was set");
                return Ok(());
            }
            Err(error) if error.code().is(ErrorNumber::AgentUnresponsive) => thread::sleep(pause),
            Err(error) => return Err(job.failed(&error)),
        }
    }
    tracing::debug!("the agent of VM '{vm}' does not answer; its clock stays as it is");
    Ok(())
}

pub(super) struct Job<'a> {
    pub(super) conn: &'a Connect,
    pub(super) vm: &'a str,
    pub(super) deed: String,
}

impl Job<'_> {
    pub(super) fn failed(&self, error: &Error) -> Failure {
        let advice = format!("see /var/log/libvirt/qemu/{}.log and 'journalctl -u libvirtd'", self.vm);
        failure(self.conn, error, &self.deed, &advice)
    }

    pub(super) fn refused(&self, why: &str) -> Failure {
        Failure::Refused(format!("{} failed: {why}", self.deed))
    }

    fn resume(&self, domain: &Domain) -> Result<(), Failure> {
        let outcome = match reading::state(domain).map_err(|error| self.failed(&error))? {
            VmState::Running => return Ok(()),
            VmState::Asleep => domain.pm_wakeup(0),
            _ => domain.resume(),
        };
        outcome.map_err(|error| self.failed(&error))
    }

    /// The QEMU process lives on, and the viewer's connection with it.
    pub(super) fn revert_in_place(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let proven = self.family(domain, name)?.into_iter().next();
        self.load_in_place(domain, &proven.ok_or(Failure::SnapshotMissing)?)
    }

    /// A QEMU that hangs must not be asked for a snapshot: the call would never return.
    pub(super) fn ensure_qemu_answers(&self, domain: &Domain) -> Result<(), Failure> {
        if self.qemu_answers(domain, QEMU_ANSWERS)? {
            return Ok(());
        }
        let seconds = QEMU_ANSWERS.as_secs();
        Err(self.refused(&format!(
            "its QEMU process has not answered for {seconds} s; once the artwork has been put back \
             ('vitrine revert'), try again"
        )))
    }

    /// Whether the VM's QEMU, if it has one, answers within this time.
    fn qemu_answers(&self, domain: &Domain, patience: Duration) -> Result<bool, Failure> {
        let (tell, told) = mpsc::channel();
        let asked = domain.clone();
        let asking = move || {
            // Any answer will do. A VM that is off, or libvirt's test driver, has no monitor.
            let _ = asked.qemu_monitor_command(r#"{"execute":"query-status"}"#, 0);
            let _ = tell.send(());
        };
        let started = thread::Builder::new().name("libvirt-probe".to_owned()).spawn(asking);
        if let Err(error) = started {
            return Err(self.refused(&format!("the system gives no thread: {error}")));
        }
        Ok(told.recv_timeout(patience).is_ok())
    }

    pub(super) fn revert(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        // libvirt would wait half a minute for a call that hangs on it; and it is replaced in any case.
        if !self.qemu_answers(domain, QEMU_IS_ASKED)? {
            tracing::warn!("{}: its QEMU process does not answer; destroying the VM first", self.deed);
            self.destroy(domain)?;
        }
        let mut outcome = Err(Failure::SnapshotMissing);
        // A replacement that was cut off leaves a second one, and perhaps the first one missing or damaged.
        for proven in self.family(domain, name)? {
            let Some(snapshot) = self.find(domain, &proven)? else { continue };
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

    pub(super) fn revert_to(&self, domain: &Domain, snapshot: &DomainSnapshot) -> Result<(), Failure> {
        let running = sys::VIR_DOMAIN_SNAPSHOT_REVERT_RUNNING;
        let outcome = match snapshot.revert(running) {
            // A job of a QEMU that hangs holds the VM, perhaps for ever. Destroying takes no job and ends it.
            Err(error) if error.code().is(ErrorNumber::OperationTimeout) => {
                tracing::warn!("{}: {}; destroying the VM first", self.deed, error.message());
                self.destroy(domain)?;
                snapshot.revert(running)
            }
            Err(error) if error.code().is(ErrorNumber::SnapshotRevertRisky) => {
                tracing::info!("{}: libvirt wants force: {}", self.deed, error.message());
                snapshot.revert(running | sys::VIR_DOMAIN_SNAPSHOT_REVERT_FORCE)
            }
            outcome => outcome,
        };
        outcome.map_err(|error| self.failed(&error))
    }

    /// A snapshot of a VM that was off or paused may leave it so, whatever was asked for.
    pub(super) fn ensure_running(&self, domain: &Domain) -> Result<(), Failure> {
        let state = reading::state(domain).map_err(|error| self.failed(&error))?;
        // libvirt keeps a managed save through a revert, and a plain start would resume it on a disk that has gone on.
        if let Err(failure) = self.discard_saved_state(domain) {
            tracing::warn!("{failure}");
        }
        match state {
            VmState::ShutOff => self.start(domain),
            VmState::Paused(_) => domain.resume().map_err(|error| self.failed(&error)),
            _ => Ok(()),
        }
    }

    /// A snapshot whose memory no longer loads, after an upgrade of QEMU or with another processor, may well have the
    /// disks as they should be.
    fn cold_start(&self, domain: &Domain, disks_of: Option<&str>) -> Result<(), Failure> {
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
        if let Err(error) = domain.create_with_flags(sys::VIR_DOMAIN_START_PAUSED) {
            tracing::debug!("{}: not even paused: {}", self.deed, error.message());
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
                    _ => "its disks are put back to the snapshot, and it boots from them",
                };
                tracing::warn!("the memory of VM '{}' cannot be loaded, so {disks}: {failure}", self.vm);
                self.destroy(domain)?;
                Ok(false)
            }
        }
    }

    pub(super) fn start(&self, domain: &Domain) -> Result<(), Failure> {
        // It would bring the old state back instead of a boot.
        self.discard_saved_state(domain)?;
        domain.create().map_err(|error| self.failed(&error))
    }

    fn discard_saved_state(&self, domain: &Domain) -> Result<(), Failure> {
        if domain.has_managed_save(0).unwrap_or(false) {
            tracing::info!("discarding the saved state of VM '{}'", self.vm);
            domain.managed_save_remove(0).map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    pub(super) fn destroy(&self, domain: &Domain) -> Result<(), Failure> {
        match domain.destroy() {
            // It is off already.
            Err(error) if error.code().is(ErrorNumber::OperationInvalid) => Ok(()),
            outcome => outcome.map_err(|error| self.failed(&error)),
        }
    }
}

/// A word for QEMU's monitor, in its quotes.
pub(super) fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}
