//! Making, replacing and deleting snapshots. Everything in here blocks.
//!
//! A snapshot `ready` is replaced in steps, each asked for by the core, with a proof between them:
//!
//! 1. `ready.new` is made. `ready` is the proven one.
//! 2. The VM is put to `ready.new`. Once it has shown that it lives, `ready.new` is proven as well.
//! 3. `ready` is deleted, and made anew from `ready.new`, which is the proven one now.
//! 4. The VM is put to `ready`. Once it has shown that it lives, `ready.new` is deleted.
//!
//! Cut off anywhere, this leaves a complete and proven snapshot, and what is left tells which one it is: a snapshot's
//! parent in libvirt is the one that was current when it was made, so a `ready` of step 3 and 4, and no other,
//! descends from `ready.new` (<https://libvirt.org/formatsnapshot.html>).

use virt::domain::Domain;
use virt::domain_snapshot::DomainSnapshot;
use virt::error::ErrorNumber;
use virt_sys as sys;

use super::action::Job;
use super::reading;
use crate::core::types::{Failure, REPLACEMENT_SUFFIX, VmState};

/// What libvirt keeps with each snapshot that Vitrine makes.
pub(super) const DESCRIPTION: &str = "made by Vitrine";

/// The snapshot that is replaced under this name, if the name is such a one: `ready` for `ready.new` and `ready.new2`.
pub(super) fn copy_of(name: &str) -> Option<&str> {
    numbered(name).map(|(of, _)| of)
}

/// The same, with the copy's number.
fn numbered(name: &str) -> Option<(&str, u32)> {
    let (of, number) = name.rsplit_once(REPLACEMENT_SUFFIX)?;
    let number = match number {
        "" => 1,
        digits if digits.chars().all(|digit| digit.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    (!of.is_empty()).then_some((of, number))
}

/// A copy's name that comes after those that are there.
fn next_copy(name: &str, family: &[String]) -> String {
    let last = family.iter().filter_map(|copy| numbered(copy)).map(|(_, number)| number).max();
    match last {
        None => format!("{name}{REPLACEMENT_SUFFIX}"),
        Some(number) => format!("{name}{REPLACEMENT_SUFFIX}{}", number.saturating_add(1)),
    }
}

impl Job<'_> {
    /// The snapshot of this name and the copies that its replacement has made and not deleted yet. The first one is
    /// the proven one, the last one the newest.
    pub(super) fn family(&self, domain: &Domain, name: &str) -> Result<Vec<String>, Failure> {
        let mut copies = Vec::new();
        for snapshot in domain.list_all_snapshots(0).map_err(|error| self.failed(&error))? {
            let found = snapshot.name().map_err(|error| self.failed(&error))?;
            if let Some((_, number)) = numbered(&found).filter(|(of, _)| *of == name) {
                copies.push((number, found));
            }
        }
        copies.sort();
        let mut family: Vec<String> = copies.into_iter().map(|(_, copy)| copy).collect();
        if let Some(snapshot) = self.find(domain, name)? {
            let place = family.iter().rposition(|copy| self.comes_of(&snapshot, copy));
            family.insert(place.map_or(0, |place| place + 1), name.to_owned());
        }
        Ok(family)
    }

    /// Whether Vitrine made this snapshot when this copy was there.
    fn comes_of(&self, snapshot: &DomainSnapshot, copy: &str) -> bool {
        // One that staff made by hand is theirs, whatever was current then.
        if !snapshot.xml_desc(0).is_ok_and(|xml| reading::is_ours(&xml)) {
            return false;
        }
        let mut ancestors = std::iter::successors(snapshot.parent(0).ok(), |child| child.parent(0).ok());
        ancestors.any(|ancestor| ancestor.name().is_ok_and(|name| name == copy))
    }

    /// Step 1, or all that there is to do where there was none.
    pub(super) fn create_snapshot(&self, domain: &Domain, name: &str, replaces: bool) -> Result<(), Failure> {
        if name.is_empty() {
            return Err(self.refused("the name is empty; give it one"));
        }
        if let Some(of) = copy_of(name) {
            return Err(self.refused(&format!(
                "Vitrine keeps such names for the copy that it makes while it replaces '{of}'; choose another name"
            )));
        }
        self.ensure_qemu_answers(domain)?;
        let family = self.family(domain, name)?;
        if family.is_empty() == replaces {
            return Err(self.refused("somebody made or deleted one of this name just now; try again"));
        }
        // The former one goes only after the new one is there twice.
        self.ensure_it_fits(domain, if replaces { 2 } else { 1 })?;
        let called = if replaces { next_copy(name, &family) } else { name.to_owned() };
        self.create(domain, &called)
    }

    /// Steps 2 and 4.
    pub(super) fn load_newest(&self, domain: &Domain, name: &str, in_place: bool) -> Result<(), Failure> {
        let newest = self.family(domain, name)?.pop().ok_or(Failure::SnapshotMissing)?;
        self.load(domain, &newest, in_place)
    }

    fn load(&self, domain: &Domain, name: &str, in_place: bool) -> Result<(), Failure> {
        if in_place {
            return self.load_in_place(domain, name);
        }
        let snapshot = self.find(domain, name)?.ok_or(Failure::SnapshotMissing)?;
        self.revert_to(domain, &snapshot)?;
        self.ensure_running(domain)?;
        self.ensure_qemu_answers(domain)?;
        match reading::state(domain).map_err(|error| self.failed(&error))? {
            VmState::Running => Ok(()),
            state => Err(self.refused(&format!("the VM does not run after it, but is {state:?}"))),
        }
    }

    /// Step 3. What takes the name is what was proven, not what the guest has become since.
    pub(super) fn adopt(&self, domain: &Domain, name: &str, in_place: bool) -> Result<(), Failure> {
        let mut family = self.family(domain, name)?;
        let newest = family.pop().ok_or(Failure::SnapshotMissing)?;
        if newest == name {
            return Err(self.refused("its copy is gone, which somebody must have deleted; try again"));
        }
        // The proven one last.
        for former in family.iter().rev() {
            self.delete(domain, former)?;
        }
        self.load(domain, &newest, in_place)?;
        self.create(domain, name)
    }

    /// The end of step 4.
    pub(super) fn tidy(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        if self.find(domain, name)?.is_none() {
            return Err(Failure::SnapshotMissing);
        }
        for copy in self.family(domain, name)?.iter().filter(|copy| *copy != name) {
            if let Err(failure) = self.delete(domain, copy) {
                tracing::warn!("{failure}; '{copy}' is deleted at the next replacement");
            }
        }
        Ok(())
    }

    /// What did not prove itself goes, and the VM runs again. It needs no answer of the QEMU process.
    pub(super) fn abandon(
        &self,
        domain: &Domain,
        name: &str,
        replaces: bool,
        back_to: Option<&str>,
    ) -> Result<(), Failure> {
        self.destroy(domain)?;
        let family = self.family(domain, name)?;
        for unproven in family.iter().skip(usize::from(replaces)).rev() {
            // It does no harm where it is: the proven one goes before it.
            if let Err(failure) = self.delete(domain, unproven) {
                tracing::warn!("{failure}; '{unproven}' is deleted at the next replacement");
            }
        }
        match back_to {
            Some(former) => self.revert(domain, former),
            None => self.start(domain),
        }
    }

    /// A snapshot lies within the disk image, and takes at most as much room as the memory that QEMU really uses.
    fn ensure_it_fits(&self, domain: &Domain, copies: u64) -> Result<(), Failure> {
        let xml = domain.xml_desc(0).map_err(|error| self.failed(&error))?;
        let disks = reading::disks(&xml);
        if let Some(disk) = disks.iter().find(|disk| disk.format != "qcow2") {
            return Err(self.refused(&format!(
                "its disk {} has the format {}, and only qcow2 can keep snapshots; switch the VM off, convert the \
                 image (qemu-img convert -O qcow2 OLD NEW.qcow2), and name the new file and its format in \
                 'virsh edit {}'",
                disk.target, disk.format, self.vm
            )));
        }
        let Some(path) = disks.first().and_then(|disk| disk.file.as_deref()) else { return Ok(()) };
        // Where the folder cannot be looked into, QEMU will say whether there is room.
        let Ok(volume) = rustix::fs::statvfs(path) else { return Ok(()) };
        let free = volume.f_bavail.saturating_mul(volume.f_frsize);
        let needed = self.memory_in_use(domain).saturating_mul(copies);
        if free >= needed {
            return Ok(());
        }
        let megabytes = |bytes: u64| bytes.div_ceil(1 << 20);
        Err(self.refused(&format!(
            "there is no room for it: the disk that {path} is on has {} MB free, and {} MB may be needed; make room \
             there, or give the VM less memory",
            megabytes(free),
            megabytes(needed)
        )))
    }

    /// In bytes.
    fn memory_in_use(&self, domain: &Domain) -> u64 {
        let memory = domain.info().map_or(0, |info| info.memory);
        let stats = domain.memory_stats(0).unwrap_or_default();
        let resident = stats.iter().find(|stat| stat.tag == sys::VIR_DOMAIN_MEMORY_STAT_RSS);
        // libvirt counts in KiB.
        resident.map_or(memory, |stat| stat.val.min(memory)).saturating_mul(1024)
    }

    fn create(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let name_in_xml = escape(name);
        let xml = format!(
            "<domainsnapshot><name>{name_in_xml}</name><description>{DESCRIPTION}</description></domainsnapshot>"
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
        if let Err(failure) = self.delete_parts(domain, name) {
            tracing::debug!("{failure}");
        }
    }

    pub(super) fn delete_snapshot(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        // A copy that is left over would otherwise stand in for it.
        let family = self.family(domain, name)?;
        if family.is_empty() {
            return Err(Failure::SnapshotMissing);
        }
        family.iter().try_for_each(|member| self.delete(domain, member))
    }

    /// Deletes a snapshot, if it is there.
    fn delete(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let Some(snapshot) = self.find(domain, name)? else { return Ok(()) };
        snapshot.delete(0).map_err(|error| self.failed(&error))
    }

    pub(super) fn find(&self, domain: &Domain, name: &str) -> Result<Option<DomainSnapshot>, Failure> {
        match Domain::lookup_snapshot_by_name(domain, name, 0) {
            Ok(snapshot) => Ok(Some(snapshot)),
            Err(error) if error.code().is(ErrorNumber::NoDomainSnapshot) => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{copy_of, next_copy};

    #[test]
    fn copies_are_known_by_name() {
        assert_eq!(copy_of("ready.new"), Some("ready"));
        assert_eq!(copy_of("ready.new2"), Some("ready"));
        assert_eq!(copy_of("ready"), None);
        assert_eq!(copy_of("ready.newer"), None);
        assert_eq!(copy_of(".new"), None);
    }

    #[test]
    fn the_next_copy_comes_after_all_that_are_left_over() {
        let next =
            |names: &[&str]| next_copy("a", &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(next(&["a"]), "a.new");
        assert_eq!(next(&["a", "a.new"]), "a.new2");
        assert_eq!(next(&["a.new2", "a"]), "a.new3");
    }
}
