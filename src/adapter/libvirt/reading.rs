//! Reading what libvirt knows of a VM.

use std::time::Instant;

use virt::connect::Connect;
use virt::domain::{Domain, DomainPausedReason, DomainState, DomainStateReason, DomainStateReasonEnum};
use virt::enumutil::Enum;
use virt::error::{Error, ErrorNumber};

use super::link::{failure, no_domain};
use super::names;
use crate::core::types::{Failure, PauseReason, Snapshot, SnapshotKind, Snapshots, VmState};

/// What a reading found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// When it began.
    pub(super) read_at: Instant,
    /// Empty while the domain is missing.
    pub(super) uuid: String,
    /// The state.
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
        let uuid = domain.uuid_string()?;
        let state = state(&domain)?;
        let snapshots = if snapshots { Some(self::snapshots(&domain)?) } else { None };
        Ok(Reading { read_at, uuid, state, snapshots })
    };
    match found() {
        Ok(reading) => Ok(reading),
        Err(error) if no_domain(&error) => {
            let (uuid, snapshots) = (String::new(), Some(Snapshots::default()));
            Ok(Reading { read_at, uuid, state: VmState::Missing, snapshots })
        }
        Err(error) => Err(failure(conn, &error, &format!("reading the state of VM '{vm}'"), ADVICE)),
    }
}

/// Reads the MAC addresses of a VM. Blocks for up to half a minute while another job is at work on the VM, such
/// as a snapshot, or for ever has been (virDomainGetXMLDesc of libvirt 11.3 waits for a query job).
pub(super) fn read_macs(conn: &Connect, vm: &str) -> Result<Vec<String>, Failure> {
    let found = || conn.lookup_domain_by_name(vm)?.xml_desc(0);
    match found() {
        Ok(xml) => Ok(macs(&xml)),
        Err(error) if no_domain(&error) => Ok(Vec::new()),
        Err(error) => Err(failure(conn, &error, &format!("reading the description of VM '{vm}'"), ADVICE)),
    }
}

const ADVICE: &str = "see libvirt's log, on most systems with 'journalctl -u libvirtd'";

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

fn paused(reason: DomainStateReasonEnum) -> VmState {
    let reason = match reason {
        Enum::Known(DomainStateReason::Paused(reason)) => reason.known(),
        _ => None,
    };
    VmState::Paused(match reason {
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

fn described(name: String, description: &str, current: bool) -> Snapshot {
    let document = roxmltree::Document::parse(description).ok();
    let child = |tag: &str| {
        let root = document.as_ref()?.root_element();
        root.children().find(|node| node.has_tag_name(tag))
    };
    let parent = child("parent").and_then(|parent| parent.children().find(|node| node.has_tag_name("name")));
    Snapshot {
        name,
        parent: parent.and_then(|name| name.text()).map(str::to_owned),
        kind: kind(description),
        ours: child("description").and_then(|node| node.text()) == Some(names::DESCRIPTION),
        current,
    }
}

/// How a snapshot is kept. What cannot be read is taken for external, which nothing is done to.
fn kind(description: &str) -> SnapshotKind {
    let Ok(document) = roxmltree::Document::parse(description) else { return SnapshotKind::External };
    let children = || document.root_element().children();
    let kept = |node: roxmltree::Node<'_, '_>| node.attribute("snapshot").map(str::to_owned);
    let memory = children().find(|node| node.has_tag_name("memory")).and_then(kept);
    let disks = children().filter(|node| node.has_tag_name("disks"));
    let disks = disks.flat_map(|disks| disks.children()).filter(|node| node.has_tag_name("disk"));
    let internal = disks.filter_map(kept).all(|kept| ["internal", "no"].contains(&kept.as_str()));
    match (memory.as_deref(), internal) {
        (Some("internal"), true) => SnapshotKind::Internal,
        // libvirt's test driver, and old libvirts, say nothing of memory: the VM ran, or it did not.
        (None, true) => {
            let state = children().find(|node| node.has_tag_name("state")).and_then(|node| node.text());
            if state == Some("shutoff") { SnapshotKind::DisksOnly } else { SnapshotKind::Internal }
        }
        (Some("no"), true) => SnapshotKind::DisksOnly,
        (_, _) => SnapshotKind::External,
    }
}

/// The images that a snapshot was made in, of disks that have others now.
pub(super) fn disks_elsewhere(snapshot: &str, domain: &str) -> Vec<String> {
    let now = disks(domain);
    let has_another =
        |then: &Disk| now.iter().any(|disk| disk.target == then.target && disk.file != then.file);
    // A snapshot's description has the VM's own in it, with the disks as they were.
    disks(snapshot).into_iter().filter(has_another).filter_map(|disk| disk.file).collect()
}

/// Whether a VM's description names NVRAM that is no qcow2 image
/// (<https://libvirt.org/formatdomain.html#operating-system-booting>).
pub(super) fn has_raw_nvram(xml: &str) -> bool {
    let Ok(document) = roxmltree::Document::parse(xml) else { return false };
    let nvram = document.descendants().find(|node| {
        node.has_tag_name("nvram") && node.parent().is_some_and(|parent| parent.has_tag_name("os"))
    });
    nvram.is_some_and(|nvram| nvram.attribute("format") != Some("qcow2"))
}

/// Whether QEMU itself keeps the whole of a snapshot, memory and disks, so that it can bring it back by itself
/// (<https://libvirt.org/formatsnapshot.html>).
pub(super) fn is_internal_with_memory(description: &str) -> bool {
    let Ok(document) = roxmltree::Document::parse(description) else { return false };
    let children = || document.root_element().children();
    let memory = children().find(|node| node.has_tag_name("memory"));
    let disks = children().filter(|node| node.has_tag_name("disks"));
    let disks = disks.flat_map(|disks| disks.children()).filter(|node| node.has_tag_name("disk"));
    memory.is_some_and(|memory| memory.attribute("snapshot") == Some("internal"))
        && disks.filter_map(|disk| disk.attribute("snapshot")).all(|kept| ["internal", "no"].contains(&kept))
}

/// A disk that a guest can write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Disk {
    /// As the guest sees it, such as `vda`.
    pub(super) target: String,
    /// The format of its image.
    pub(super) format: String,
    /// Its image, where that is a file.
    pub(super) file: Option<String>,
}

/// The disks of a domain's description that a guest can write to, in its order
/// (<https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms>).
pub(super) fn disks(xml: &str) -> Vec<Disk> {
    let Ok(document) = roxmltree::Document::parse(xml) else { return Vec::new() };
    let disks = document.descendants().filter(|node| {
        node.has_tag_name("disk")
            && node.attribute("device").is_none_or(|device| device == "disk")
            && !node.children().any(|child| child.has_tag_name("readonly"))
            && node.parent().is_some_and(|parent| parent.has_tag_name("devices"))
    });
    let read = |disk: roxmltree::Node<'_, '_>| {
        let child = |tag: &str, name: &str| -> Option<String> {
            disk.children().find(|child| child.has_tag_name(tag))?.attribute(name).map(str::to_owned)
        };
        Disk {
            target: child("target", "dev").unwrap_or_default(),
            // libvirt takes an image without a format for raw.
            format: child("driver", "type").unwrap_or_else(|| "raw".to_owned()),
            file: child("source", "file"),
        }
    };
    disks.map(read).collect()
}

/// The MAC addresses of a domain's description, in its order.
fn macs(xml: &str) -> Vec<String> {
    let Ok(document) = roxmltree::Document::parse(xml) else {
        tracing::warn!("libvirt's description of a VM cannot be parsed; its MAC addresses are not known");
        return Vec::new();
    };
    document
        .descendants()
        .filter(|node| node.has_tag_name("interface"))
        .filter_map(|node| node.children().find(|child| child.has_tag_name("mac")))
        .filter_map(|mac| mac.attribute("address"))
        .map(str::to_ascii_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Disk, disks, is_internal_with_memory, macs};

    #[test]
    fn disks_are_those_that_a_guest_can_write_to() {
        let xml = "<domain><devices>
            <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/a.qcow2'/>
                <backingStore type='file'><format type='raw'/><source file='/base'/></backingStore>
                <target dev='vda'/></disk>
            <disk type='file' device='cdrom'><driver type='raw'/><target dev='sda'/><readonly/></disk>
            <disk type='block'><source dev='/dev/sdb'/><target dev='vdb'/></disk>
        </devices></domain>";
        let disk = |target: &str, format: &str, file: Option<&str>| Disk {
            target: target.to_owned(),
            format: format.to_owned(),
            file: file.map(str::to_owned),
        };
        assert_eq!(disks(xml), [disk("vda", "qcow2", Some("/a.qcow2")), disk("vdb", "raw", None)]);
        assert_eq!(disks("<domain"), []);
    }

    #[test]
    fn only_what_qemu_keeps_itself_can_be_loaded() {
        let rows = [
            ("<memory snapshot='internal'/><disks><disk snapshot='internal'/></disks>", true),
            (
                "<memory snapshot='internal'/><disks><disk snapshot='internal'/><disk snapshot='no'/></disks>",
                true,
            ),
            ("<memory snapshot='internal'/>", true),
            ("<memory snapshot='no'/><disks><disk snapshot='internal'/></disks>", false),
            ("<memory snapshot='external' file='/x'/>", false),
            ("<memory snapshot='internal'/><disks><disk snapshot='external'/></disks>", false),
            ("<disks><disk snapshot='internal'/></disks>", false),
            ("<domain><memory snapshot='internal'/></domain>", false),
        ];
        for (inside, expected) in rows {
            let xml = format!("<domainsnapshot><name>ready</name>{inside}</domainsnapshot>");
            assert_eq!(is_internal_with_memory(&xml), expected, "{inside}");
        }
        assert!(!is_internal_with_memory("<domainsnapshot"));
    }

    #[test]
    fn macs_are_those_of_the_interfaces_in_lower_case() {
        let xml = "<domain><devices>
            <interface type='network'><mac address='52:54:00:AB:cd:01'/></interface>
            <interface type='user'/>
            <interface type='bridge'><mac address='52:54:00:ab:cd:02'/></interface>
            <hostdev><mac address='52:54:00:ab:cd:03'/></hostdev>
        </devices></domain>";
        assert_eq!(macs(xml), ["52:54:00:ab:cd:01", "52:54:00:ab:cd:02"]);
        assert!(macs("<domain").is_empty());
    }
}
