//! What libvirt's descriptions in XML say of a VM and of its snapshots.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document, Node};

use super::names;
use crate::core::types::{DisplayAccess, SerialPort, SnapshotKind, Told};
use crate::vm::Definition;
use crate::words::told;

/// What a snapshot's description says of it (<https://libvirt.org/formatsnapshot.html>).
pub(super) struct SnapshotDescription {
    /// The snapshot that was current when it was made.
    pub(super) parent: Option<String>,
    /// Vitrine has made it.
    pub(super) is_ours: bool,
    /// How it is kept.
    pub(super) kind: SnapshotKind,
    /// It says that memory was kept, wherever.
    pub(super) has_memory: bool,
    /// The disks that it names, by target, and whether it has them within their images.
    pub(super) disks: BTreeMap<String, bool>,
    /// The disks, by target, that the guest writes to other images since.
    pub(super) outside: BTreeSet<String>,
}

impl SnapshotDescription {
    /// `None` where it cannot be read.
    pub(super) fn parse(description: &str) -> Option<Self> {
        let document = Document::parse(description).ok()?;
        let root = document.root_element();
        let text = |tag: &str| child(root, tag).and_then(|node| node.text());
        let parent = child(root, "parent").and_then(|parent| child(parent, "name"));
        let memory = child(root, "memory").and_then(|memory| memory.attribute("snapshot"));
        let disks = root.children().filter(|node| node.has_tag_name("disks"));
        let disks = disks.flat_map(|disks| disks.children()).filter(|node| node.has_tag_name("disk"));
        let disks: Vec<_> = disks.map(|disk| (disk.attribute("name"), disk.attribute("snapshot"))).collect();
        let within =
            disks.iter().filter_map(|(_, kept)| *kept).all(|kept| ["internal", "no"].contains(&kept));
        let outside = disks.iter().filter(|(_, kept)| *kept == Some("external"));
        let outside = outside.filter_map(|(name, _)| name.map(str::to_owned)).collect();
        let named =
            disks.iter().filter_map(|(name, kept)| Some(((*name)?.to_owned(), *kept == Some("internal"))));
        Some(Self {
            parent: parent.and_then(|name| name.text()).map(str::to_owned),
            is_ours: text("description") == Some(names::DESCRIPTION),
            kind: kind(memory, within, text("state")),
            has_memory: memory.is_some_and(|kept| kept != "no"),
            disks: named.collect(),
            outside,
        })
    }
}

/// How a snapshot is kept, from where its memory is, whether all of its disks are within their images or left out, and
/// the state that the VM had. Internal is one of which QEMU itself keeps the whole, memory and disks, so that it can
/// bring it back by itself.
fn kind(memory: Option<&str>, within: bool, state: Option<&str>) -> SnapshotKind {
    match (memory, within, state) {
        (Some("internal"), true, _) => SnapshotKind::Internal,
        (Some("no"), true, _) => SnapshotKind::DisksOnly,
        // libvirt's test driver, and libvirts before 1.0.1, say nothing of memory: the VM was off, or it was kept within.
        (None, true, Some("shutoff")) => SnapshotKind::DisksOnly,
        (None, true, Some(_)) => SnapshotKind::Internal,
        // What is not understood is taken for external, which nothing is done to.
        (None, true, None) | (Some(_), _, _) | (None, false, _) => SnapshotKind::External,
    }
}

/// The images that an external snapshot is kept in: what the guest wrote to until it was made, of each disk that writes
/// elsewhere since.
pub(super) fn kept_in(snapshot: &str) -> BTreeSet<String> {
    let Some(SnapshotDescription { outside, .. }) = SnapshotDescription::parse(snapshot) else {
        return BTreeSet::new();
    };
    // A snapshot's description has the VM's own in it, with the disks as they were.
    let then = disks(snapshot).into_iter().filter(|disk| outside.contains(&disk.target));
    then.filter_map(|disk| disk.file).collect()
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
    let Ok(document) = Document::parse(xml) else { return false };
    let nvram = document.descendants().find(|node| {
        node.has_tag_name("nvram") && node.parent().is_some_and(|parent| parent.has_tag_name("os"))
    });
    nvram.is_some_and(|nvram| nvram.attribute("format") != Some("qcow2"))
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
    let Ok(document) = Document::parse(xml) else { return Vec::new() };
    let disks = document.descendants().filter(|node| {
        node.has_tag_name("disk")
            && node.attribute("device").is_none_or(|device| device == "disk")
            && !node.children().any(|child| child.has_tag_name("readonly"))
            && node.parent().is_some_and(|parent| parent.has_tag_name("devices"))
    });
    let read = |disk: Node<'_, '_>| {
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

/// The host's end of a line that beats come through, as libvirt opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SerialEnd {
    /// The name of a channel's target.
    Channel(String),
    /// The alias of a serial port or console.
    Console(String),
}

/// Where a running VM has this port, out of its description
/// (<https://libvirt.org/formatdomain.html#consoles-serial-parallel-channel-devices>).
///
/// # Errors
/// There is none, or libvirt opens none of its kind.
pub(super) fn serial_end(xml: &str, port: &SerialPort) -> Result<SerialEnd, Told> {
    let definition = Definition::read(xml).map_err(|error| Told::text(error.to_string()))?;
    let found = definition.line(port.name()).ok_or_else(|| match port {
        SerialPort::First => told!("the VM has no serial port"),
        SerialPort::Named(name) => {
            told!("the VM has neither a channel nor a serial port named '{name}'", name = name)
        }
    })?;
    if found.kind != found.kind_to_open() {
        return Err(told!(
            "libvirt opens none of type '{kind}': make it type '{better}'",
            kind = found.kind,
            better = found.kind_to_open()
        ));
    }
    match (found.role.as_str(), found.alias.as_str()) {
        ("channel", _) => Ok(SerialEnd::Channel(found.name.clone())),
        (_, "") => Err(told!("the VM does not run")),
        (_, alias) => Ok(SerialEnd::Console(alias.to_owned())),
    }
}

/// What a domain's description says of its devices, as far as others than the libvirt adapter want to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Devices {
    /// The MAC addresses of the network interfaces, in its order.
    pub(super) macs: Vec<String>,
    /// How a viewer gets at the display.
    pub(super) display: DisplayAccess,
}

impl Devices {
    pub(super) fn parse(xml: &str) -> Self {
        let Ok(document) = Document::parse(xml) else {
            tracing::warn!("libvirt's description of a VM cannot be parsed; its MAC addresses are not known");
            return Self::default();
        };
        Self { macs: macs(&document), display: display(&document) }
    }
}

/// How a viewer gets at the first of the displays that it can show
/// (<https://libvirt.org/formatdomain.html#graphical-framebuffers>).
fn display(document: &Document<'_>) -> DisplayAccess {
    let shown = |node: &Node<'_, '_>| {
        node.has_tag_name("graphics")
            && matches!(node.attribute("type"), Some("spice" | "vnc"))
            && node.parent().is_some_and(|parent| parent.has_tag_name("devices"))
    };
    let Some(graphics) = document.descendants().find(shown) else { return DisplayAccess::Missing };
    let listen = child(graphics, "listen").and_then(|listen| listen.attribute("type"));
    // VNC's socket may stand there alone.
    match listen {
        Some("none" | "socket") => DisplayAccess::Libvirt,
        None if graphics.attribute("socket").is_some() => DisplayAccess::Libvirt,
        Some(_) | None => DisplayAccess::Address,
    }
}

/// The MAC addresses of a domain's description, in its order.
fn macs(document: &Document<'_>) -> Vec<String> {
    document
        .descendants()
        .filter(|node| node.has_tag_name("interface"))
        .filter_map(|node| node.children().find(|child| child.has_tag_name("mac")))
        .filter_map(|mac| mac.attribute("address"))
        .map(str::to_ascii_lowercase)
        .collect()
}

/// What a running VM writes to.
pub(super) struct Attached {
    /// By target, such as `vda`.
    pub(super) disks: BTreeSet<String>,
    /// The file of its NVRAM, where there is some.
    pub(super) nvram: Option<String>,
}

/// What a running VM writes to, out of its description; `None` where that cannot be read.
pub(super) fn attached(description: &str) -> Option<Attached> {
    let document = Document::parse(description).ok()?;
    let child = |node: Node<'_, '_>, tag: &str| node.children().any(|child| child.has_tag_name(tag));
    let disks = document.descendants().filter(|node| {
        node.has_tag_name("disk")
            && node.attribute("device") != Some("cdrom")
            && child(*node, "source")
            && !child(*node, "readonly")
            && node.parent().is_some_and(|parent| parent.has_tag_name("devices"))
    });
    let target = |disk: Node<'_, '_>| -> Option<String> {
        disk.children().find(|child| child.has_tag_name("target"))?.attribute("dev").map(str::to_owned)
    };
    let os = document.root_element().children().find(|node| node.has_tag_name("os"));
    let nvram = os.and_then(|os| os.children().find(|child| child.has_tag_name("nvram")));
    // One that is no file has its name in a child, and counts as well.
    let nvram = nvram.map(|nvram| nvram.text().unwrap_or_default().trim().to_owned());
    Some(Attached { disks: disks.filter_map(target).collect(), nvram })
}

fn child<'a, 'input>(node: Node<'a, 'input>, tag: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(tag))
}

/// As libvirt describes an external snapshot, in short.
#[cfg(test)]
pub(super) const EXTERNAL: &str = "<domainsnapshot>
  <name>ready</name>
  <parent>
    <name>inner</name>
  </parent>
  <memory snapshot='external' file='/mem'/>
  <domain><name>g</name><memory>1</memory></domain>
</domainsnapshot>";

#[cfg(test)]
mod tests {
    use super::*;

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
            ("<state>running</state><disks><disk snapshot='internal'/></disks>", true),
            ("<state>shutoff</state><disks><disk snapshot='internal'/></disks>", false),
            ("<state>running</state><disks><disk snapshot='external'/></disks>", false),
        ];
        let is_internal_with_memory = |xml: &str| {
            SnapshotDescription::parse(xml).is_some_and(|snapshot| snapshot.kind == SnapshotKind::Internal)
        };
        for (inside, expected) in rows {
            let xml = format!("<domainsnapshot><name>ready</name>{inside}</domainsnapshot>");
            assert_eq!(is_internal_with_memory(&xml), expected, "{inside}");
        }
        assert!(!is_internal_with_memory("<domainsnapshot"));
    }

    #[test]
    fn an_external_snapshot_is_kept_in_what_was_written_to_before() {
        let domain = "<domain><devices>
            <disk type='file'><source file='/a.qcow2'/><target dev='vda'/></disk>
            <disk type='file'><source file='/b.qcow2'/><target dev='vdb'/></disk>
        </devices></domain>";
        let kept_in = |disks: &str| {
            let xml = format!("<domainsnapshot><disks>{disks}</disks>{domain}</domainsnapshot>");
            super::kept_in(&xml).into_iter().collect::<Vec<_>>()
        };
        let over = |name: &str| {
            format!("<disk name='{name}' snapshot='external'><source file='/{name}.over'/></disk>")
        };
        assert_eq!(kept_in(&(over("vda") + &over("vdb"))), ["/a.qcow2", "/b.qcow2"]);
        assert_eq!(kept_in(&(over("vda") + "<disk name='vdb' snapshot='no'/>")), ["/a.qcow2"]);
        assert_eq!(kept_in("<disk name='vda' snapshot='internal'/>"), [""; 0]);
        assert_eq!(super::kept_in("<domainsnapshot"), [""; 0].map(str::to_owned).into());
    }

    #[test]
    fn macs_are_those_of_the_interfaces_in_lower_case() {
        let xml = "<domain><devices>
            <interface type='network'><mac address='52:54:00:AB:cd:01'/></interface>
            <interface type='user'/>
            <interface type='bridge'><mac address='52:54:00:ab:cd:02'/></interface>
            <hostdev><mac address='52:54:00:ab:cd:03'/></hostdev>
        </devices></domain>";
        assert_eq!(Devices::parse(xml).macs, ["52:54:00:ab:cd:01", "52:54:00:ab:cd:02"]);
        assert_eq!(Devices::parse("<domain"), Devices::default());
    }

    #[test]
    fn beats_come_through_what_libvirt_opens() {
        let port =
            |kind: &str| format!("<serial type='{kind}'><target port='0'/><alias name='serial0'/></serial>");
        let channel = |kind: &str| {
            format!(
                "<channel type='{kind}'><target type='virtio' name='org.a.0'/><alias name='channel0'/></channel>"
            )
        };
        let console = |alias: &str| Ok(SerialEnd::Console(alias.to_owned()));
        let named = |name: &str| SerialPort::Named(name.to_owned());
        let rows = [
            (port("pty"), SerialPort::First, console("serial0")),
            (port("unix") + &port("pty"), SerialPort::First, Err("make it type 'pty'")),
            (port("file"), SerialPort::First, Err("type 'file'")),
            (channel("unix"), SerialPort::First, Err("no serial port")),
            (channel("unix"), named("org.a.0"), Ok(SerialEnd::Channel("org.a.0".to_owned()))),
            (channel("pty"), named("org.a.0"), Err("type 'pty'")),
            (channel("spicevmc"), named("org.a.0"), Err("type 'spicevmc'")),
            (port("pty"), named("serial0"), console("serial0")),
            (port("pty"), named("serial1"), Err("named 'serial1'")),
            ("<serial type='pty'/>".to_owned(), SerialPort::First, Err("does not run")),
        ];
        for (devices, port, expected) in rows {
            let xml = format!("<domain><devices>{devices}</devices></domain>");
            match (serial_end(&xml, &port), expected) {
                (Ok(found), expected) => assert_eq!(Ok(found), expected, "{devices}"),
                (Err(why), Err(part)) => assert!(why.to_string().contains(part), "{why}"),
                (Err(why), Ok(_)) => panic!("{devices}: {why}"),
            }
        }
        assert!(serial_end("<domain", &SerialPort::First).is_err());
    }

    #[test]
    fn a_display_without_an_address_is_libvirts_to_open() {
        let rows = [
            ("<graphics type='spice' autoport='yes' listen='127.0.0.1'/>", DisplayAccess::Address),
            (
                "<graphics type='vnc' port='5901'><listen type='address' address='127.0.0.1'/></graphics>",
                DisplayAccess::Address,
            ),
            (
                "<graphics type='vnc'><listen type='network' network='default'/></graphics>",
                DisplayAccess::Address,
            ),
            ("<graphics type='spice'><listen type='none'/></graphics>", DisplayAccess::Libvirt),
            (
                "<graphics type='spice'><listen type='socket' socket='/run/s'/></graphics>",
                DisplayAccess::Libvirt,
            ),
            ("<graphics type='vnc' socket='/run/s'/>", DisplayAccess::Libvirt),
            (
                "<graphics type='egl-headless'/><graphics type='spice'><listen type='none'/></graphics>",
                DisplayAccess::Libvirt,
            ),
            ("<graphics type='egl-headless'/>", DisplayAccess::Missing),
            ("<video/>", DisplayAccess::Missing),
        ];
        for (graphics, access) in rows {
            let xml = format!("<domain><devices>{graphics}</devices></domain>");
            assert_eq!(Devices::parse(&xml).display, access, "{graphics}");
        }
    }

    #[test]
    fn memory_is_what_the_snapshot_kept_and_not_what_its_vm_has() {
        let has_memory =
            |xml: &str| SnapshotDescription::parse(xml).is_some_and(|snapshot| snapshot.has_memory);
        assert!(has_memory(EXTERNAL));
        assert!(!has_memory(&EXTERNAL.replace("external' file='/mem'", "no'")));
        assert!(!has_memory("<domainsnapshot><domain><memory>1</memory></domain></domainsnapshot>"));
    }
}
