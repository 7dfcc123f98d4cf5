//! What every action on a VM begins with: the VM, what is tried on it, and what its errors are told as.

use virt::connect::Connect;
use virt::domain::Domain;
use virt::domain_snapshot::DomainSnapshot;
use virt::error::{Error, ErrorNumber};

use super::link::failure;
use super::operations::Turn;
use super::reading;
use crate::core::types::{Failure, Snapshots, Told};
use crate::words::told;

/// One action on a VM. What it can do to the VM stands in the files beside this one, each with an `impl` of its own.
pub(super) struct Job<'a> {
    /// A connection that nothing else waits for.
    pub(super) conn: &'a Connect,
    /// libvirt's name of the VM.
    pub(super) vm: &'a str,
    /// What is tried on what, as errors begin with it: "reverting VM 'eden' to snapshot 'ready'".
    pub(super) operation: Told,
    pub(super) turn: Turn,
}

impl<'a> Job<'a> {
    /// One that nothing takes over from.
    pub(super) fn new(conn: &'a Connect, vm: &'a str, operation: Told) -> Self {
        Self { conn, vm, operation, turn: Turn::default() }
    }
}

impl Job<'_> {
    /// An error once another action has taken over: to be asked before each step that touches the VM.
    pub(super) fn ensure_in_charge(&self) -> Result<(), Failure> {
        if self.turn.is_over() {
            return Err(self.refused(told!("another action has taken over the VM")));
        }
        Ok(())
    }

    /// What an error of libvirt's means.
    pub(super) fn failed(&self, error: &Error) -> Failure {
        let advice = told!("see /var/log/libvirt/qemu/{vm}.log and 'journalctl -u libvirtd'", vm = self.vm);
        failure(self.conn, error, &self.operation, advice)
    }

    /// It is not to be done, or was not, for a reason that is Vitrine's or QEMU's.
    pub(super) fn refused(&self, why: Told) -> Failure {
        Failure::Refused(self.told_failed(why))
    }

    /// It has failed, and why.
    pub(super) fn told_failed(&self, why: Told) -> Told {
        told!("{operation} failed: {why}", operation = self.operation, why = why)
    }

    pub(super) fn snapshots(&self, domain: &Domain) -> Result<Snapshots, Failure> {
        self.ensure_in_charge()?;
        reading::snapshots(domain).map_err(|error| self.failed(&error))
    }

    /// The names of the snapshot of this name and of its copies, the proven one first.
    pub(super) fn family(&self, domain: &Domain, name: &str) -> Result<Vec<String>, Failure> {
        let snapshots = self.snapshots(domain)?;
        Ok(snapshots.family(name).into_iter().map(|member| member.name.clone()).collect())
    }

    /// The snapshot of exactly this name, if there is one.
    pub(super) fn find(&self, domain: &Domain, name: &str) -> Result<Option<DomainSnapshot>, Failure> {
        self.ensure_in_charge()?;
        match Domain::lookup_snapshot_by_name(domain, name, 0) {
            Ok(snapshot) => Ok(Some(snapshot)),
            Err(error) if error.code().is(ErrorNumber::NoDomainSnapshot) => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }
}
