//! Making an internal snapshot of an external one. Everything in here blocks.
//!
//! An external snapshot is a chain of images, of which the VM writes to the last. libvirt copies each disk out of its
//! chain into one image without a history, while the VM stands still, and lets the VM go on with that. There an internal
//! snapshot can be made. The chain is not touched: what it held, it holds still.

use std::thread;
use std::time::Duration;

use virt::domain::Domain;

use super::description::{self, Disk, SnapshotDescription};
use super::ffi;
use super::job::Job;
use super::names;
use super::redefine::escape;
use crate::core::types::{Failure, SnapshotKind};
use crate::host;
use crate::words::told;

/// Time between two questions how far a copy is, which takes seconds to minutes.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// How often it is tried to use a copy that is complete: that can be done a moment later, once QEMU has said so to
/// libvirt.
const MAX_PIVOTS: u32 = 50;

impl Job<'_> {
    /// Puts the VM to the snapshot, unless it is to be kept as it is; copies its disks; and keeps it in a new snapshot,
    /// which does not count yet.
    pub(super) fn convert(&self, domain: &Domain, name: &str, present: bool) -> Result<(), Failure> {
        let disks = self.ensure_convertible(domain)?;
        if !present {
            self.load_former(domain, name)?;
        }
        self.ensure_qemu_answers(domain)?;
        // They are others after a revert to an external snapshot.
        let disks = if present { disks } else { self.ensure_convertible(domain)? };
        self.ensure_copies_fit(domain, &disks)?;
        domain.suspend().map_err(|error| self.failed(&error))?;
        let copied = disks.iter().try_for_each(|disk| self.flatten(domain, disk));
        self.ensure_in_charge()?;
        // Whatever has come of it, all that the VM uses holds the same.
        domain.resume().map_err(|error| self.failed(&error))?;
        copied?;
        let snapshots = self.snapshots(domain)?;
        let family_is_there = snapshots.proven(name).is_some();
        let called = if family_is_there { snapshots.next_copy(name) } else { name.to_owned() };
        self.create(domain, &called)?;
        self.make_independent(domain, &called)
    }

    fn load_former(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let proven = self.snapshots(domain)?.proven(name).cloned().ok_or(Failure::SnapshotMissing)?;
        let snapshot = self.find(domain, &proven.name)?.ok_or(Failure::SnapshotMissing)?;
        let description = snapshot.xml_desc(0).map_err(|error| self.failed(&error))?;
        let has_memory = SnapshotDescription::parse(&description).is_some_and(|found| found.has_memory);
        if proven.kind == SnapshotKind::External && !has_memory {
            return Err(self.refused(told!(
                "it holds no memory, so the guest would boot. Hold the exhibit, bring the artwork to the state in which it \
                 should always come back, and convert that by --present"
            )));
        }
        self.revert_to(domain, &snapshot).map_err(|failure| match failure {
            Failure::Refused(why) => Failure::Refused(told!(
                "{why}. libvirt goes back to external snapshots from its version 9.9 on only. Where it does not, hold the \
                 exhibit, bring the artwork to the state in which it should always come back, and convert that by \
                 --present",
                why = why
            )),
            other @ (Failure::Unreachable(_) | Failure::Busy | Failure::NotInPlace(_) | Failure::VmMissing | Failure::SnapshotMissing) => other,
        })?;
        self.ensure_running(domain)
    }

    /// The disks, if copies of them could hold a snapshot and libvirt would make one.
    fn ensure_convertible(&self, domain: &Domain) -> Result<Vec<Disk>, Failure> {
        let xml = domain.xml_desc(0).map_err(|error| self.failed(&error))?;
        if description::has_raw_nvram(&xml) {
            return Err(self.refused(told!(
                "its NVRAM is a raw image, which cannot hold snapshots, so nothing was changed; with the VM switched off, \
                 convert that file (qemu-img convert -O qcow2 OLD NEW.qcow2), and write <nvram format='qcow2'>NEW.qcow2\
                 </nvram> in 'virsh edit {vm}'",
                vm = self.vm
            )));
        }
        let disks = description::disks(&xml);
        match disks.iter().find(|disk| disk.file.is_none()) {
            Some(disk) => Err(self.refused(told!(
                "its disk {disk} is no file, so there is no folder to put a copy into; nothing was changed",
                disk = disk.target
            ))),
            None => Ok(disks),
        }
    }

    /// The copies take as much room as the images of the chain, and the snapshot besides, twice.
    fn ensure_copies_fit(&self, domain: &Domain, disks: &[Disk]) -> Result<(), Failure> {
        let mut needed = self.memory_in_use(domain).saturating_mul(2);
        for disk in disks {
            let info = domain.block_info(&disk.target, 0).map_err(|error| self.failed(&error))?;
            needed = needed.saturating_add(self.chain_size(domain, disk)?.min(info.capacity));
        }
        let file = disks.first().and_then(|disk| disk.file.as_deref());
        self.ensure_room(file, needed)
    }

    /// Copies a disk, and has the VM use the copy.
    fn flatten(&self, domain: &Domain, disk: &Disk) -> Result<(), Failure> {
        let file = disk.file.as_deref().unwrap_or_default();
        let now = host::since_epoch().as_secs();
        let copy = names::copy_of_disk(file, self.vm, &disk.target, now);
        tracing::info!(
            "copying disk {} of VM '{}' to {copy}; {file} and what it is based on stay",
            disk.target,
            self.vm
        );
        let to = format!("<disk type='file'><driver type='qcow2'/><source file='{}'/></disk>", escape(&copy));
        let failed = |wrong: ffi::CallError| match wrong {
            ffi::CallError::Refused(error) => self.failed(&error),
            ffi::CallError::Text(_) => self.refused(told!("a name has a zero byte in it")),
        };
        ffi::begin_copy(domain, &disk.target, &to).map_err(failed)?;
        loop {
            match ffi::copy_progress(domain, &disk.target).map_err(failed)? {
                None => {
                    return Err(self.refused(told!(
                        "QEMU has given up copying disk {disk}: is there room for {copy}? That file is yours to delete",
                        disk = disk.target,
                        copy = copy
                    )));
                }
                Some(progress) if progress.all > 0 && progress.done == progress.all => break,
                Some(_) => thread::sleep(POLL_INTERVAL),
            }
        }
        let mut outcome = Ok(());
        for _ in 0..MAX_PIVOTS {
            outcome = ffi::end_copy(domain, &disk.target, true);
            if outcome.is_ok() {
                return Ok(());
            }
            thread::sleep(POLL_INTERVAL);
        }
        if let Err(wrong) = ffi::end_copy(domain, &disk.target, false) {
            tracing::debug!("{}: the copy is not given up: {wrong}", self.operation);
        }
        outcome.map_err(failed)
    }
}
