//! Keeping a guest from writing to the images that an external snapshot is kept in. Everything in here blocks.
//!
//! An external snapshot leaves a disk's former image as it was, and the guest writes to one that is laid over it. While
//! libvirt goes back to such a snapshot, the VM has the former images themselves, for as long as it takes QEMU to load
//! the memory. If QEMU ends within that time, they are left in the VM's definition, and the next start would have the
//! guest write to them; if libvirtd ends, the next one lets the guest run on them (seen with libvirt 11.3). Either spoils
//! the snapshot.

use virt::connect::Connect;
use virt::domain::Domain;
use virt::error::{Error, ErrorNumber};
use virt_sys as sys;

use super::description;
use super::job::Job;
use super::names;
use super::redefine::escape;
use crate::core::types::{Failure, VmState};
use crate::host;
use crate::words::told;

/// libvirt goes back to external snapshots from this version on, and none before leaves a VM like that: what looks
/// alike there was made by hand.
const REVERTS_TO_EXTERNAL_SNAPSHOTS: u32 = 9_009_000;

/// What the VM would spoil.
struct AtRisk {
    snapshot: String,
    /// The disks, by target, and the image of each.
    disks: Vec<(String, String)>,
}

impl Job<'_> {
    /// Lays a new image over each that must not be written to, where the VM is off.
    pub(super) fn spare_snapshot(&self, domain: &Domain) -> Result<(), Failure> {
        self.ensure_in_charge()?;
        let found = at_risk(self.conn, domain).map_err(|error| self.failed(&error))?;
        let Some(AtRisk { snapshot, disks }) = found else { return Ok(()) };
        let now = host::since_epoch().as_secs();
        let mut described = String::new();
        for (target, image) in &disks {
            let over = names::copy_of_disk(image, self.vm, target, now);
            tracing::warn!(
                "disk {target} of VM '{}' would be written to {image}, which snapshot '{snapshot}' is kept in: a revert \
                 to it was cut off. It is written to {over} instead",
                self.vm
            );
            described += &format!(
                "<disk name='{}' snapshot='external'><source file='{}'/></disk>",
                escape(target),
                escape(&over)
            );
        }
        let xml = format!("<domainsnapshot><disks>{described}</disks></domainsnapshot>");
        let flags = sys::VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY | sys::VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA;
        domain.create_snapshot_xml(&xml, flags).map(drop).map_err(|error| self.failed(&error))
    }

    /// Refuses to let a VM that is paused go on where it would write to such images.
    pub(super) fn ensure_spares_snapshot(&self, domain: &Domain) -> Result<(), Failure> {
        match at_risk(self.conn, domain).map_err(|error| self.failed(&error))? {
            None => Ok(()),
            Some(AtRisk { snapshot, .. }) => Err(self.refused(told!(
                "it would write to the images that snapshot '{snapshot}' is kept in, since a revert to it was cut off; only \
                 another revert to it helps",
                snapshot = snapshot
            ))),
        }
    }
}

/// Pauses a VM that writes to such images, so that what is found paused is put back.
pub(super) fn halt_spoiling(conn: &Connect, vm: &str) {
    let halted = || -> Result<Option<String>, Error> {
        let domain = conn.lookup_domain_by_name(vm)?;
        if super::reading::state(&domain)? != VmState::Running {
            return Ok(None);
        }
        let Some(AtRisk { snapshot, .. }) = at_risk(conn, &domain)? else { return Ok(None) };
        // A revert may have begun meanwhile, in which it is paused for as long as it has those images.
        if super::reading::state(&domain)? != VmState::Running {
            return Ok(None);
        }
        domain.suspend()?;
        Ok(Some(snapshot))
    };
    match halted() {
        Ok(None) => {}
        Ok(Some(snapshot)) => tracing::warn!(
            "VM '{vm}' ran on the very images that snapshot '{snapshot}' is kept in, since libvirt was cut off while it \
             went back to it; it is paused. Look whether the artwork is as it should be after the next revert: what it \
             has written is in the snapshot"
        ),
        Err(error) => {
            tracing::debug!("whether VM '{vm}' spares its snapshot is not known: {}", error.message())
        }
    }
}

/// The external snapshot that the VM's state comes from, and those of the VM's disks, as they are or will be at its start,
/// whose images it is kept in.
fn at_risk(conn: &Connect, domain: &Domain) -> Result<Option<AtRisk>, Error> {
    if conn.lib_version()? < REVERTS_TO_EXTERNAL_SNAPSHOTS {
        return Ok(None);
    }
    let snapshot = match domain.current_snapshot(0) {
        Ok(snapshot) => snapshot,
        Err(error) if error.code().is(ErrorNumber::NoDomainSnapshot) => return Ok(None),
        Err(error) => return Err(error),
    };
    let kept_in = description::kept_in(&snapshot.xml_desc(0)?);
    if kept_in.is_empty() {
        return Ok(None);
    }
    let disks = description::disks(&domain.xml_desc(0)?).into_iter();
    let disks = disks.filter_map(|disk| Some((disk.target, disk.file?)));
    let disks: Vec<_> = disks.filter(|(_, image)| kept_in.contains(image)).collect();
    Ok(if disks.is_empty() { None } else { Some(AtRisk { snapshot: snapshot.name()?, disks }) })
}
