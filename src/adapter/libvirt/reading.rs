//! Reading what libvirt knows of a VM.

use std::time::Instant;

use virt::connect::Connect;
use virt::domain::{Domain, DomainPausedReason, DomainState, DomainStateReason, DomainStateReasonEnum};
use virt::enumutil::Enum;
use virt::error::{Error, ErrorNumber};

use super::description::{Devices, SnapshotDescription};
use super::link::{failure, no_domain};
use crate::core::types::{Failure, PauseReason, Snapshot, SnapshotKind, Snapshots, Told, VmState};
use crate::words::told;

/// What a reading found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// When it began: it says nothing of later moments.
    pub(super) read_at: Instant,
    /// libvirt's UUID of the VM; empty while the domain is missing.
    pub(super) uuid: Option<String>,
    /// libvirt's number of the QEMU process, another one for each start; `None` while there is none.
    pub(super) run: Option<u32>,
    /// The state, in the core's words.
    pub(super) state: VmState,
    /// The snapshots, where they were asked for.
    pub(super) snapshots: Option<Snapshots>,
}

/// Reads the state of a VM, and its snapshots where wanted. Blocks, and while libvirt has the VM locked, as it
/// does for a second in the middle of a revert, longer.
pub(super) fn read(conn: &Connect, vm: &str, snapshots: bool) -> Result<Reading, Failure> {
    let read_at = Instant::now();
    let found = || -> Result<Reading, Error> {
        let domain = conn.lookup_domain_by_name(vm)?;
        let uuid = Some(domain.uuid_string()?);
        let state = state(&domain)?;
        let snapshots = if snapshots { Some(self::snapshots(&domain)?) } else { None };
        Ok(Reading { read_at, uuid, run: domain.id(), state, snapshots })
    };
    match found() {
        Ok(reading) => Ok(reading),
        Err(error) if no_domain(&error) => {
            let (uuid, snapshots) = (None, Some(Snapshots::default()));
            Ok(Reading { read_at, uuid, run: None, state: VmState::Missing, snapshots })
        }
        Err(error) => Err(failure(conn, &error, &told!("reading the state of VM '{vm}'", vm = vm), advice())),
    }
}

/// Reads what a VM's description says of its devices. Blocks for up to half a minute while another job is at work on the VM, such
/// as a snapshot, or for ever has been (virDomainGetXMLDesc of libvirt 11.3 waits for a query job).
pub(super) fn read_description(conn: &Connect, vm: &str) -> Result<Devices, Failure> {
    let found = || conn.lookup_domain_by_name(vm)?.xml_desc(0);
    match found() {
        Ok(xml) => Ok(Devices::parse(&xml)),
        Err(error) if no_domain(&error) => Ok(Devices::default()),
        Err(error) => {
            Err(failure(conn, &error, &told!("reading the description of VM '{vm}'", vm = vm), advice()))
        }
    }
}

/// What to do about a reading that fails.
fn advice() -> Told {
    told!("see libvirt's log, on most systems with 'journalctl -u libvirtd'")
}

/// The state of a domain, in the core's words.
pub(super) fn state(domain: &Domain) -> Result<VmState, Error> {
    // virt 0.5.0 swallows the error of virDomainGetState; it shows as a state that does not exist.
    let (state, reason) = domain.state()?;
    let Enum::Known(state) = state else { return Err(Error::last_error()) };
    Ok(match state {
        DomainState::Running | DomainState::Blocked => VmState::Running,
        DomainState::Paused => paused(reason),
        DomainState::Shutdown => VmState::ShuttingDown,
        DomainState::Shutoff => VmState::ShutOff,
        DomainState::Crashed => VmState::Crashed,
        DomainState::PMSuspended => VmState::Asleep,
        DomainState::NoState => VmState::Unknown,
    })
}

/// The state of a VM within a sentence about it.
pub(super) fn told_state(state: VmState) -> Told {
    match state {
        VmState::Unknown | VmState::Missing => told!("its state is not known"),
        VmState::Running => told!("it runs"),
        VmState::Paused(PauseReason::Suspended | PauseReason::AtWork) => told!("it is paused"),
        VmState::Paused(PauseReason::IoError) => told!("it is paused by an I/O error"),
        VmState::Paused(PauseReason::Panicked) | VmState::Crashed => told!("its guest has panicked"),
        VmState::ShutOff => told!("it is off"),
        VmState::ShuttingDown => told!("it is shutting down"),
        VmState::Asleep => told!("it is asleep"),
    }
}

fn paused(reason: DomainStateReasonEnum) -> VmState {
    let Enum::Known(DomainStateReason::Paused(reason)) = reason else {
        return VmState::Paused(PauseReason::Suspended);
    };
    VmState::Paused(match reason.known() {
        Some(DomainPausedReason::IOError) => PauseReason::IoError,
        Some(DomainPausedReason::Crashed) => PauseReason::Panicked,
        Some(DomainPausedReason::ShuttingDown) => return VmState::ShuttingDown,
        Some(
            DomainPausedReason::Migration
            | DomainPausedReason::Save
            | DomainPausedReason::Dump
            | DomainPausedReason::Snapshot
            | DomainPausedReason::StartingUp
            | DomainPausedReason::PostCopy,
        ) => PauseReason::AtWork,
        // The rest stays as it is until somebody does something about it.
        Some(
            DomainPausedReason::Unknown
            | DomainPausedReason::User
            | DomainPausedReason::Watchdog
            | DomainPausedReason::FromSnapshot
            | DomainPausedReason::PostCopyFailed
            | DomainPausedReason::APIError,
        )
        | None => PauseReason::Suspended,
    })
}

/// The snapshots of a VM, as libvirt describes them.
pub(super) fn snapshots(domain: &Domain) -> Result<Snapshots, Error> {
    let current = match domain.current_snapshot(0) {
        Ok(current) => Some(current.name()?),
        Err(error) if error.code().is(ErrorNumber::NoDomainSnapshot) => None,
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for snapshot in domain.list_all_snapshots(0)? {
        let name = snapshot.name()?;
        // One that was deleted since is not there.
        match snapshot.xml_desc(0) {
            Ok(description) => {
                let current = current.as_ref() == Some(&name);
                found.push(described(name, &description, current));
            }
            Err(error) if error.code().is(ErrorNumber::NoDomainSnapshot) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found.into_iter().collect())
}

/// A snapshot whose description cannot be read is taken for external, which nothing is done to.
pub(super) fn described(name: String, description: &str, current: bool) -> Snapshot {
    let found = SnapshotDescription::parse(description);
    Snapshot {
        name,
        kind: found.as_ref().map_or(SnapshotKind::External, |found| found.kind),
        ours: found.as_ref().is_some_and(|found| found.is_ours),
        parent: found.and_then(|found| found.parent),
        current,
    }
}
