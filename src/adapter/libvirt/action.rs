//! The slow things that are done to a VM. Everything in here blocks.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use virt::connect::Connect;
use virt::domain::Domain;
use virt::domain_snapshot::DomainSnapshot;
use virt::error::{Error, ErrorNumber};
use virt_sys as sys;

use super::link::failure;
use super::reading;
use crate::core::types::{Failure, VmAction, VmState};

/// A QEMU that has not answered a question about its state for so long hangs.
const QEMU_ANSWERS: Duration = Duration::from_secs(5);
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
        VmAction::ColdStart => format!("starting VM '{vm}'"),
        VmAction::Destroy => format!("stopping VM '{vm}'"),
        VmAction::CreateSnapshot { snapshot } => format!("creating snapshot '{snapshot}' of VM '{vm}'"),
        VmAction::DeleteSnapshot { snapshot } => format!("deleting snapshot '{snapshot}' of VM '{vm}'"),
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
        VmAction::ColdStart => job.cold_start(&domain),
        VmAction::Destroy => job.destroy(&domain),
        VmAction::CreateSnapshot { snapshot } => job.create_snapshot(&domain, snapshot),
        VmAction::DeleteSnapshot { snapshot } => job.delete_snapshot(&domain, snapshot),
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
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
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

/// The snapshot whose safety copy this is, if the name is one's: `ready` for `ready.new` and `ready.new2`.
pub(super) fn copy_of(name: &str) -> Option<&str> {
    let (of, number) = name.rsplit_once(".new")?;
    let fits = !of.is_empty() && number.chars().all(|digit| digit.is_ascii_digit());
    fits.then_some(of)
}

struct Job<'a> {
    conn: &'a Connect,
    vm: &'a str,
    deed: String,
}

impl Job<'_> {
    fn failed(&self, error: &Error) -> Failure {
        let advice = format!("see /var/log/libvirt/qemu/{}.log and 'journalctl -u libvirtd'", self.vm);
        failure(self.conn, error, &self.deed, &advice)
    }

    fn refused(&self, why: &str) -> Failure {
        Failure::Refused(format!("{} failed: {why}", self.deed))
    }

    /// One line for QEMU's own monitor. It waits for a QEMU that hangs, perhaps for ever.
    fn monitor(&self, domain: &Domain, line: &str) -> Result<String, Failure> {
        let answer = domain.qemu_monitor_command(line, sys::VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP);
        answer.map(|text| text.trim().to_owned()).map_err(|error| self.failed(&error))
    }

    fn resume(&self, domain: &Domain) -> Result<(), Failure> {
        let outcome = match reading::state(domain).map_err(|error| self.failed(&error))? {
            VmState::Running => return Ok(()),
            VmState::Asleep => domain.pm_wakeup(0),
            _ => domain.resume(),
        };
        outcome.map_err(|error| self.failed(&error))
    }

    /// The QEMU process lives on, and the viewer's connection with it. QEMU's `loadvm` answers nothing where it
    /// went well, and leaves the VM paused where it was paused, or where it failed.
    fn revert_in_place(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let snapshot = self.find(domain, name)?.ok_or(Failure::SnapshotMissing)?;
        let description = snapshot.xml_desc(0).map_err(|error| self.failed(&error))?;
        if !reading::is_internal_with_memory(&description) {
            return Err(self.refused("it is not an internal snapshot with memory"));
        }
        if !domain.is_active().map_err(|error| self.failed(&error))? {
            return Err(self.refused("the VM is off"));
        }
        let answer = self.monitor(domain, &format!("loadvm {}", quoted(name)))?;
        if !answer.is_empty() {
            return Err(self.refused(&format!("QEMU says \"{answer}\"")));
        }
        if reading::state(domain).map_err(|error| self.failed(&error))? != VmState::Running {
            domain.resume().map_err(|error| self.failed(&error))?;
        }
        let status = self.monitor(domain, "info status")?;
        if status.contains("running") {
            Ok(())
        } else {
            Err(self.refused(&format!("the VM does not run after it; QEMU says \"{status}\"")))
        }
    }

    /// A QEMU that hangs must not be asked for a snapshot: the call would never return.
    fn ensure_qemu_answers(&self, domain: &Domain) -> Result<(), Failure> {
        let (tell, told) = mpsc::channel();
        let asked = domain.clone();
        let asking = move || {
            // Any answer will do. A VM that is off, or libvirt's test driver, has no monitor.
            let _ = asked.qemu_monitor_command("info status", sys::VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP);
            let _ = tell.send(());
        };
        let started = thread::Builder::new().name("libvirt-probe".to_owned()).spawn(asking);
        if let Err(error) = started {
            return Err(self.refused(&format!("the system gives no thread: {error}")));
        }
        told.recv_timeout(QEMU_ANSWERS).map_err(|_| {
            let seconds = QEMU_ANSWERS.as_secs();
            self.refused(&format!(
                "its QEMU process has not answered for {seconds} s; once the artwork has been put back \
                 ('vitrine revert'), try again"
            ))
        })
    }

    fn revert(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let mut outcome = match self.find(domain, name)? {
            Some(snapshot) => self.revert_to(domain, &snapshot),
            None => Err(Failure::SnapshotMissing),
        };
        // A replacement that was cut off leaves the snapshot missing or damaged, but a copy complete.
        if matches!(outcome, Err(Failure::SnapshotMissing | Failure::Refused(_))) {
            for copy in self.copies(domain, name)? {
                let Some(snapshot) = self.find(domain, &copy)? else { continue };
                tracing::warn!(
                    "snapshot '{name}' of VM '{}' is missing or damaged since its replacement was interrupted; \
                     reverting to its copy '{copy}'. Create '{name}' again when there is time.",
                    self.vm
                );
                match self.revert_to(domain, &snapshot) {
                    Ok(()) => {
                        outcome = Ok(());
                        break;
                    }
                    Err(failure @ Failure::Unreachable(_)) => return Err(failure),
                    Err(failure) => tracing::warn!("{failure}"),
                }
            }
        }
        outcome?;
        self.ensure_running(domain)
    }

    fn revert_to(&self, domain: &Domain, snapshot: &DomainSnapshot) -> Result<(), Failure> {
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
    fn ensure_running(&self, domain: &Domain) -> Result<(), Failure> {
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

    fn cold_start(&self, domain: &Domain) -> Result<(), Failure> {
        self.destroy(domain)?;
        self.start(domain)
    }

    fn start(&self, domain: &Domain) -> Result<(), Failure> {
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

    fn destroy(&self, domain: &Domain) -> Result<(), Failure> {
        match domain.destroy() {
            // It is off already.
            Err(error) if error.code().is(ErrorNumber::OperationInvalid) => Ok(()),
            outcome => outcome.map_err(|error| self.failed(&error)),
        }
    }

    /// Creates or replaces. Whenever something is deleted, another complete copy has been made before, so that
    /// a power cut at any moment leaves one that `revert` finds.
    fn create_snapshot(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        if name.is_empty() {
            return Err(Failure::Refused(format!("{} failed: the name is empty; give it one", self.deed)));
        }
        if let Some(of) = copy_of(name) {
            return Err(Failure::Refused(format!(
                "{} failed: Vitrine keeps such names for the copy that it makes while it replaces '{of}'; \
                 choose another name",
                self.deed
            )));
        }
        self.ensure_qemu_answers(domain)?;
        let old = self.find(domain, name)?;
        let left_over = self.copies(domain, name)?;
        if old.is_none() && left_over.is_empty() {
            return self.create(domain, name);
        }
        // Which of those that are there is complete cannot be known after a power cut: so first a new one.
        let copy = free_copy(name, &left_over);
        self.create(domain, &copy)?;
        for left in left_over {
            self.delete(domain, &left)?;
        }
        if old.is_some() {
            self.delete(domain, name)?;
        }
        self.create(domain, name)?;
        if let Err(failure) = self.delete(domain, &copy) {
            tracing::warn!("{failure}; the copy is deleted at the next replacement");
        }
        Ok(())
    }

    fn create(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let xml = format!(
            "<domainsnapshot><name>{}</name><description>made by Vitrine</description></domainsnapshot>",
            escape(name)
        );
        let create = || domain.create_snapshot_xml(&xml, 0).map(drop);
        match create() {
            Err(error)
                if error.message().contains("already exists") && self.find(domain, name)?.is_none() =>
            {
                self.discard_orphan(domain, name);
                create().map_err(|error| self.failed(&error))
            }
            outcome => outcome.map_err(|error| self.failed(&error)),
        }
    }

    /// A power cut between QEMU's and libvirt's part of making a snapshot leaves one in the disk image that
    /// libvirt does not know of, and that keeps QEMU from making another one of the same name (seen with
    /// libvirt 11.3). It can be deleted through QEMU's monitor only.
    fn discard_orphan(&self, domain: &Domain, name: &str) {
        tracing::info!("discarding a half-made snapshot '{name}' in the disk of VM '{}'", self.vm);
        // Should it fail, the next attempt to create fails too, and that is what is told.
        match self.monitor(domain, &format!("delvm {}", quoted(name))) {
            Ok(answer) if answer.is_empty() => {}
            Ok(answer) => tracing::debug!("delvm: {answer}"),
            Err(failure) => tracing::debug!("delvm: {failure}"),
        }
    }

    fn delete_snapshot(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let copies = self.copies(domain, name)?;
        if self.find(domain, name)?.is_none() && copies.is_empty() {
            return Err(Failure::SnapshotMissing);
        }
        self.delete(domain, name)?;
        // A copy that is left over would otherwise stand in for it.
        copies.iter().try_for_each(|copy| self.delete(domain, copy))
    }

    /// Deletes a snapshot, if it is there.
    fn delete(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let Some(snapshot) = self.find(domain, name)? else { return Ok(()) };
        snapshot.delete(0).map_err(|error| self.failed(&error))
    }

    fn find(&self, domain: &Domain, name: &str) -> Result<Option<DomainSnapshot>, Failure> {
        match Domain::lookup_snapshot_by_name(domain, name, 0) {
            Ok(snapshot) => Ok(Some(snapshot)),
            Err(error) if error.code().is(ErrorNumber::NoDomainSnapshot) => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// The names of the safety copies of a snapshot that are there.
    fn copies(&self, domain: &Domain, name: &str) -> Result<Vec<String>, Failure> {
        let mut copies = Vec::new();
        for snapshot in domain.list_all_snapshots(0).map_err(|error| self.failed(&error))? {
            let found = snapshot.name().map_err(|error| self.failed(&error))?;
            if copy_of(&found) == Some(name) {
                copies.push(found);
            }
        }
        copies.sort();
        Ok(copies)
    }
}

/// A name for a safety copy that is not taken.
fn free_copy(name: &str, taken: &[String]) -> String {
    let first = format!("{name}.new");
    std::iter::once(first.clone())
        .chain((2_usize..=taken.len() + 1).map(|number| format!("{name}.new{number}")))
        .find(|copy| !taken.contains(copy))
        .unwrap_or(first)
}

/// A word for QEMU's monitor, in its quotes.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{copy_of, free_copy};

    #[test]
    fn safety_copies_are_known_by_name() {
        assert_eq!(copy_of("ready.new"), Some("ready"));
        assert_eq!(copy_of("ready.new2"), Some("ready"));
        assert_eq!(copy_of("ready"), None);
        assert_eq!(copy_of("ready.newer"), None);
        assert_eq!(copy_of(".new"), None);
    }

    #[test]
    fn a_free_copy_is_free() {
        let taken = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(free_copy("a", &[]), "a.new");
        assert_eq!(free_copy("a", &taken(&["a.new"])), "a.new2");
        assert_eq!(free_copy("a", &taken(&["a.new", "a.new2"])), "a.new3");
        assert_eq!(free_copy("a", &taken(&["a.new2"])), "a.new");
    }
}
