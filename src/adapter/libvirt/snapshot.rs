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
//!
//! Before anything is deleted, QEMU is asked whether the images themselves have all of what is to remain. What is
//! external, or belongs to the images of one that is, is never deleted: deleting it would merge or drop images that
//! others need.

use virt::domain::Domain;
use virt_sys as sys;

use super::description;
use super::job::Job;
use super::media;
use super::names;
use super::reading;
use super::redefine::escape;
use crate::core::types::{Failure, Snapshot, SnapshotKind, Told, VmState, bad_snapshot_name};
use crate::words::told;

impl Job<'_> {
    /// Step 1, or all that there is to do where there was none.
    pub(super) fn create_snapshot(&self, domain: &Domain, name: &str, replaces: bool) -> Result<(), Failure> {
        if let Some(why) = bad_snapshot_name(name) {
            return Err(self.refused(told!("{why}; choose another name", why = why)));
        }
        self.ensure_qemu_answers(domain)?;
        let snapshots = self.snapshots(domain)?;
        if snapshots.proven(name).is_none() == replaces {
            return Err(self.refused(told!("somebody made or deleted one of this name just now; try again")));
        }
        if let Some(external) = snapshots.tie_of_new(name) {
            return Err(self.refused(tied(external)));
        }
        // The former one goes only after the new one is there twice.
        self.ensure_it_fits(domain, if replaces { 2 } else { 1 })?;
        let called = if replaces { snapshots.next_copy(name) } else { name.to_owned() };
        self.create(domain, &called)
    }

    /// Steps 2 and 4.
    pub(super) fn load_newest(&self, domain: &Domain, name: &str, in_place: bool) -> Result<(), Failure> {
        let snapshots = self.snapshots(domain)?;
        self.load(domain, snapshots.family(name).pop().ok_or(Failure::SnapshotMissing)?, in_place)
    }

    fn load(&self, domain: &Domain, of: &Snapshot, in_place: bool) -> Result<(), Failure> {
        if in_place {
            return self.load_in_place(domain, &of.name);
        }
        let snapshot = self.find(domain, &of.name)?.ok_or(Failure::SnapshotMissing)?;
        self.make_way(domain, of.kind)?;
        self.revert_to(domain, &snapshot)?;
        self.ensure_running(domain)?;
        self.ensure_qemu_answers(domain)?;
        let state = reading::state(domain).map_err(|error| self.failed(&error))?;
        if state == VmState::Running {
            return Ok(());
        }
        Err(self.refused(told!("the VM does not run after it: {state}", state = reading::told_state(state))))
    }

    /// Step 3. What takes the name is what was proven, not what the guest has become since.
    pub(super) fn adopt(&self, domain: &Domain, name: &str, in_place: bool) -> Result<(), Failure> {
        let snapshots = self.snapshots(domain)?;
        let mut family = snapshots.family(name);
        let newest = family.pop().ok_or(Failure::SnapshotMissing)?;
        if newest.name == name {
            return Err(self.refused(told!("its copy is gone, which somebody must have deleted; try again")));
        }
        self.ensure_whole(domain, &newest.name)?;
        // The proven one last.
        for former in family.into_iter().rev() {
            if former.kind == SnapshotKind::External {
                self.set_aside(domain, &former.name)?;
            } else {
                self.delete(domain, &former.name)?;
            }
        }
        self.load(domain, newest, in_place)?;
        self.create(domain, name)
    }

    /// The end of step 4.
    pub(super) fn tidy(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        self.ensure_whole(domain, name)?;
        for copy in self.family(domain, name)?.iter().filter(|copy| *copy != name) {
            if let Err(failure) = self.delete(domain, copy) {
                tracing::warn!("{failure}; '{copy}' is deleted at the next replacement");
            }
        }
        Ok(())
    }

    /// The VM is put back to what was proven, and what did not prove itself goes. It begins by ending the QEMU process,
    /// whatever that is at.
    pub(super) fn abandon(
        &self,
        domain: &Domain,
        name: &str,
        replaces: bool,
        back_to: &str,
    ) -> Result<(), Failure> {
        self.destroy(domain)?;
        let unproven: Vec<_> = self.family(domain, name)?.into_iter().skip(usize::from(replaces)).collect();
        let proven = self.family(domain, back_to)?.into_iter().next().ok_or(Failure::SnapshotMissing)?;
        let snapshot = self.find(domain, &proven)?.ok_or(Failure::SnapshotMissing)?;
        self.revert_to(domain, &snapshot)?;
        self.ensure_running(domain)?;
        for unproven in unproven.iter().rev() {
            // It does no harm where it is: the proven one goes before it.
            if let Err(failure) = self.delete(domain, unproven) {
                tracing::warn!("{failure}; '{unproven}' is deleted at the next replacement");
            }
        }
        Ok(())
    }

    /// A snapshot lies within the disk image, and takes at most as much room as the memory that QEMU really uses.
    fn ensure_it_fits(&self, domain: &Domain, copies: u64) -> Result<(), Failure> {
        let xml = domain.xml_desc(0).map_err(|error| self.failed(&error))?;
        if let Some(file) = media::kit_inside(&xml) {
            return Err(self.refused(told!(
                "the guest kit ({file}) is in a drive, and each revert would want it there; take it out with `vitrine guest \
                 eject` and the exhibit's name",
                file = file
            )));
        }
        let disks = description::disks(&xml);
        if let Some(disk) = disks.iter().find(|disk| disk.format != "qcow2") {
            return Err(self.refused(told!(
                "its disk {disk} has the format {format}, and only qcow2 can keep snapshots; switch the VM off, convert \
                 the image (qemu-img convert -O qcow2 OLD NEW.qcow2), and name the new file and its format in \
                 'virsh edit {vm}'",
                disk = disk.target,
                format = disk.format,
                vm = self.vm
            )));
        }
        let file = disks.first().and_then(|disk| disk.file.as_deref());
        self.ensure_room(file, self.memory_in_use(domain).saturating_mul(copies))
    }

    /// Whether there are so many bytes free where this file is.
    pub(super) fn ensure_room(&self, file: Option<&str>, needed: u64) -> Result<(), Failure> {
        let Some(path) = file else { return Ok(()) };
        // Where the folder cannot be looked into, QEMU will say whether there is room.
        let Ok(volume) = rustix::fs::statvfs(path) else { return Ok(()) };
        let free = volume.f_bavail.saturating_mul(volume.f_frsize);
        if free >= needed {
            return Ok(());
        }
        let megabytes = |bytes: u64| bytes.div_ceil(1 << 20);
        Err(self.refused(told!(
            "there is no room for it: the disk that {path} is on has {free} MB free, and {needed} MB may be needed; make \
             room there, or give the VM less memory",
            path = path,
            free = megabytes(free),
            needed = megabytes(needed)
        )))
    }

    /// How much memory QEMU really uses for the guest, in bytes; at most what the guest has.
    pub(super) fn memory_in_use(&self, domain: &Domain) -> u64 {
        let memory = domain.info().map_or(0, |info| info.memory);
        let stats = domain.memory_stats(0).unwrap_or_default();
        let resident = stats.iter().find(|stat| stat.tag == sys::VIR_DOMAIN_MEMORY_STAT_RSS);
        // libvirt counts in KiB.
        resident.map_or(memory, |stat| stat.val.min(memory)).saturating_mul(1024)
    }

    pub(super) fn create(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let name_in_xml = escape(name);
        let xml = format!(
            "<domainsnapshot><name>{name_in_xml}</name><description>{}</description></domainsnapshot>",
            names::DESCRIPTION
        );
        self.save(domain, name, &xml)?;
        if !self.has_monitor(domain)? {
            return Ok(());
        }
        let Some(nvram) = self.nvram_without(domain, name)? else { return Ok(()) };
        // Once it was restarted, libvirt 11.3 no longer knows that a VM which runs has NVRAM: it would not go back to what
        // it made just now.
        tracing::info!(
            "libvirt has left the NVRAM of VM '{}' out of snapshot '{name}'; making it anew with it",
            self.vm
        );
        self.delete(domain, name)?;
        let runs = self.runs(domain)?;
        if runs {
            domain.suspend().map_err(|error| self.failed(&error))?;
        }
        let saved = self.save(domain, name, &xml).and_then(|()| self.keep_nvram(domain, name, &nvram));
        self.ensure_in_charge()?;
        if runs {
            domain.resume().map_err(|error| self.failed(&error))?;
        }
        saved
    }

    fn save(&self, domain: &Domain, name: &str, xml: &str) -> Result<(), Failure> {
        if self.has_monitor(domain)? && self.find(domain, name)?.is_none() {
            self.discard_orphan(domain, name);
        }
        self.ensure_in_charge()?;
        domain.create_snapshot_xml(xml, 0).map(drop).map_err(|error| self.failed(&error))
    }

    /// A power cut while a snapshot is made leaves parts of it in disk images that libvirt does not know of. Where every
    /// disk has one, QEMU refuses to make another one of that name; where only some have, it makes one beside them, of
    /// which nobody knows which is loaded (both seen with libvirt 11.3, QEMU 10.0).
    fn discard_orphan(&self, domain: &Domain, name: &str) {
        match self.delete_parts(domain, name) {
            Ok(0) => {}
            Ok(_) => {
                tracing::info!("discarded a half-made snapshot '{name}' in the disks of VM '{}'", self.vm);
            }
            // Should it be in the way, that is found before the new one takes the place of any other.
            Err(failure) => tracing::debug!("{failure}"),
        }
    }

    /// Deletes exactly this one. Before, what the exhibit is put back to must be whole, unless staff answer for it.
    pub(super) fn delete_snapshot(
        &self,
        domain: &Domain,
        name: &str,
        keeps: Option<&str>,
    ) -> Result<(), Failure> {
        if self.find(domain, name)?.is_none() {
            return Err(Failure::SnapshotMissing);
        }
        if let Some(kept) = keeps {
            self.ensure_whole(domain, kept)?;
        }
        self.delete(domain, name)
    }

    /// Deletes a snapshot, if it is there, and if nothing else depends on it.
    fn delete(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let Some(snapshot) = self.find(domain, name)? else { return Ok(()) };
        if let Some(external) = self.snapshots(domain)?.tie(name) {
            return Err(self.refused(tied(external)));
        }
        let kept = snapshot.xml_desc(0).map_err(|error| self.failed(&error))?;
        let there = domain.xml_desc(0).map_err(|error| self.failed(&error))?;
        let elsewhere = description::disks_elsewhere(&kept, &there);
        if elsewhere.is_empty() {
            snapshot.delete(0).map_err(|error| self.failed(&error))?;
            // What libvirt did not know to be part of it would be taken for part of the next one of this name.
            if self.has_monitor(domain)?
                && let Err(failure) = self.delete_parts(domain, name)
            {
                tracing::warn!("{failure}");
            }
            return Ok(());
        }
        // libvirt would look for it in the images that the VM has now.
        snapshot
            .delete(sys::VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)
            .map_err(|error| self.failed(&error))?;
        tracing::warn!(
            "VM '{}' does not use {} any more, where its snapshot '{name}' lies; libvirt has forgotten the snapshot, and \
             the files are yours to delete",
            self.vm,
            elsewhere.join(" and ")
        );
        Ok(())
    }
}

fn tied(external: &str) -> Told {
    told!(
        "the external snapshot '{external}' has a part in its images, and would be harmed; nothing was changed. First \
         make the artwork independent of it: vitrine snapshot convert",
        external = external
    )
}
