//! The other devices, and what of this computer is in them.

use roxmltree::Node;

use super::machine::boot_order;
use super::xml::{at, attribute, child, own_text, part, switch, text};

/// A network card (<https://libvirt.org/formatdomain.html#network-interfaces>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// `network`, `bridge`, `user`, `direct`, `ethernet`, `hostdev`, `vhostuser` and more.
    pub kind: String,
    /// Its address, in lower case.
    pub mac: String,
    /// The network, the bridge or the device of this computer that it is connected to.
    pub source: String,
    /// How a `direct` one is connected: `bridge`, `vepa`, `private`, `passthrough`.
    pub mode: String,
    /// Such as `virtio` or `e1000`.
    pub model: String,
    /// Its cable is pulled out.
    pub down: bool,
    /// Its place in the boot order.
    pub boot_order: Option<u32>,
    /// The rules of libvirt that its packets are held against; empty for none.
    pub filter: String,
    /// The file of its boot ROM; empty for QEMU's own.
    pub rom: String,
    /// A script that connects it; empty for none.
    pub script: String,
}

impl Interface {
    pub(super) fn of(interface: Node<'_, '_>) -> Self {
        let kind = attribute(interface, "type");
        let source = match kind.as_str() {
            "network" => "network",
            "bridge" => "bridge",
            _ => "dev",
        };
        Self {
            mac: part(interface, "mac", "address").to_ascii_lowercase(),
            source: part(interface, "source", source),
            mode: part(interface, "source", "mode"),
            model: part(interface, "model", "type"),
            down: part(interface, "link", "state") == "down",
            boot_order: boot_order(interface),
            filter: part(interface, "filterref", "filter"),
            rom: part(interface, "rom", "file"),
            script: part(interface, "script", "path"),
            kind,
        }
    }
}

/// A folder of this computer within the guest (<https://libvirt.org/formatdomain.html#filesystems>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filesystem {
    /// It is virtiofs, and else 9p.
    pub virtiofs: bool,
    /// The folder; empty where it is none.
    pub source: String,
    /// The name that the guest mounts it by.
    pub target: String,
    /// The guest may not write to it.
    pub readonly: bool,
}

impl Filesystem {
    pub(super) fn of(filesystem: Node<'_, '_>) -> Self {
        Self {
            virtiofs: part(filesystem, "driver", "type") == "virtiofs",
            source: part(filesystem, "source", "dir"),
            target: part(filesystem, "target", "dir"),
            readonly: child(filesystem, "readonly").is_some(),
        }
    }
}

/// A device of this computer that is the guest's (<https://libvirt.org/formatdomain.html#host-device-assignment>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostDevice {
    /// `usb`, `pci`, `mdev`, `scsi`, `scsi_host`, or what else is handed over.
    pub kind: String,
    /// What it is called, such as `046d:c52b` or `0000:06:00.0`.
    pub name: String,
    /// A start does without it where it is missing.
    pub optional: bool,
}

impl HostDevice {
    pub(super) fn of(device: Node<'_, '_>) -> Self {
        let source = child(device, "source");
        let of = |path: &[&'static str], name: &str| {
            let found = source.and_then(|source| at(source, path)).map(|node| attribute(node, name));
            let text = found.unwrap_or_default();
            text.strip_prefix("0x").map(str::to_owned).unwrap_or(text)
        };
        let kind = attribute(device, "type");
        let name = match kind.as_str() {
            "usb" if source.is_some_and(|source| child(source, "vendor").is_some()) => {
                format!("{}:{}", of(&["vendor"], "id"), of(&["product"], "id"))
            }
            "usb" => format!("{}.{}", of(&["address"], "bus"), of(&["address"], "device")),
            "pci" => {
                let part = |name| of(&["address"], name);
                format!(
                    "{:0>4}:{:0>2}:{:0>2}.{}",
                    part("domain"),
                    part("bus"),
                    part("slot"),
                    part("function")
                )
            }
            "mdev" => of(&["address"], "uuid"),
            _ => of(&["adapter"], "name"),
        };
        let policy = part(device, "source", "startupPolicy");
        Self { kind, name, optional: policy == "optional" }
    }
}

/// A serial or parallel port, a channel or a console
/// (<https://libvirt.org/formatdomain.html#consoles-serial-parallel-channel-devices>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Port {
    /// `serial`, `parallel`, `channel`, `console`.
    pub role: String,
    /// What is at its other end: `pty`, `file`, `dev`, `pipe`, `tcp`, `udp`, `unix`, `spicevmc` and more.
    pub kind: String,
    /// The name of a channel, such as `org.qemu.guest_agent.0`.
    pub name: String,
    /// What libvirt calls it, such as `serial0`; empty in a definition that does not run.
    pub alias: String,
    /// The file or the device at its other end.
    pub path: String,
    /// Host and port at its other end.
    pub address: String,
    /// `connect` where QEMU goes to whoever is at the other end, which must be there.
    pub mode: String,
    /// Whether there is somebody at the other end; as it runs.
    pub connected: Option<bool>,
}

impl Port {
    pub(super) fn of(port: Node<'_, '_>) -> Self {
        let source = |name| part(port, "source", name);
        let (host, service) = (source("host"), source("service"));
        Self {
            role: port.tag_name().name().to_owned(),
            kind: attribute(port, "type"),
            name: part(port, "target", "name"),
            alias: part(port, "alias", "name"),
            path: source("path"),
            address: if service.is_empty() { String::new() } else { format!("{host}:{service}") },
            mode: source("mode"),
            connected: child(port, "target")
                .and_then(|target| target.attribute("state"))
                .map(|state| state == "connected"),
        }
    }

    /// The only type of it whose host's end libvirt opens (qemuDomainOpenChannel, qemuDomainOpenConsole).
    pub fn kind_to_open(&self) -> &'static str {
        if self.role == "channel" { "unix" } else { "pty" }
    }

    /// Whether QEMU connects to it at its start, and does not start where nobody is there.
    pub fn connects(&self) -> bool {
        ["tcp", "unix"].contains(&self.kind.as_str()) && self.mode == "connect"
    }
}

/// A Trusted Platform Module (<https://libvirt.org/formatdomain.html#tpm-device>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tpm {
    /// `emulator`, `passthrough`, `external`.
    pub backend: String,
    /// The device of this computer that it is; empty for none.
    pub device: String,
}

impl Tpm {
    pub(super) fn of(tpm: Node<'_, '_>) -> Self {
        let device = at(tpm, &["backend", "device"]).map(|device| attribute(device, "path"));
        Self { backend: part(tpm, "backend", "type"), device: device.unwrap_or_default() }
    }
}

/// A source of random numbers (<https://libvirt.org/formatdomain.html#random-number-generator-device>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rng {
    /// `random`, `egd`, `builtin`.
    pub backend: String,
    /// The device of this computer that it reads; empty for none.
    pub device: String,
}

impl Rng {
    pub(super) fn of(rng: Node<'_, '_>) -> Self {
        let backend = part(rng, "backend", "model");
        let device = if backend == "random" { text(rng, "backend") } else { String::new() };
        Self { backend, device }
    }
}

/// What a guest that has hung is put right by (<https://libvirt.org/formatdomain.html#watchdog-devices>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watchdog {
    /// Such as `itco` or `i6300esb`.
    pub model: String,
    /// What happens then: `reset`, `shutdown`, `poweroff`, `pause`, `none`, `dump`, `inject-nmi`.
    pub action: String,
}

impl Watchdog {
    pub(super) fn of(watchdog: Node<'_, '_>) -> Self {
        let action = attribute(watchdog, "action");
        let action = if action.is_empty() { "reset".to_owned() } else { action };
        Self { model: attribute(watchdog, "model"), action }
    }
}

/// How what it may do on this computer is bounded (<https://libvirt.org/formatdomain.html#security-label>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityLabel {
    /// `dynamic`, `static`, `none`.
    pub kind: String,
    /// `apparmor`, `selinux`, `dac`; empty for this computer's first.
    pub model: String,
    /// Its images are handed to its user at its start.
    pub relabel: bool,
    /// Its label.
    pub label: String,
}

impl SecurityLabel {
    pub(super) fn of(label: Node<'_, '_>) -> Self {
        let kind = attribute(label, "type");
        Self {
            model: attribute(label, "model"),
            relabel: switch(label, "relabel").unwrap_or(kind != "static" && kind != "none"),
            label: child(label, "label").map(own_text).unwrap_or_default(),
            kind,
        }
    }
}
