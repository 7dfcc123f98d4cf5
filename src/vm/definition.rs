//! A domain's definition, read.

use roxmltree::{Document, Node};

use super::device::{Filesystem, HostDevice, Interface, Port, Rng, SecurityLabel, Tpm, Watchdog};
use super::disk::Disk;
use super::display::{Audio, Graphics, Input, Sound, Video};
use super::machine::{Clock, Cpu, Features, Firmware, Lifecycle, MemoryBacking, Placement, count_of};
use super::xml::{all, attribute, bytes, child, part, text};

/// Why a definition could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is no XML.
    #[error("{0}")]
    Syntax(String),
    /// It is XML of something else.
    #[error("<{0}> is no definition of a VM")]
    Other(String),
}

/// What a VM is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// libvirt's name of it.
    pub name: String,
    /// What it is known by for ever.
    pub uuid: String,
    /// `kvm`, or `qemu` where everything is emulated.
    pub kind: String,
    /// What virt-manager and virt-install took for its operating system, such as `http://microsoft.com/win/xp`.
    pub system: String,
    /// The most memory that it may have, in bytes.
    pub memory: u64,
    /// The memory that it has at its start, in bytes; what is missing to `memory` the balloon device holds back.
    pub current_memory: u64,
    /// What its memory is made of.
    pub backing: MemoryBacking,
    /// How many virtual CPUs it starts with.
    pub vcpus: u32,
    /// Which of the computer's processors and memory it uses.
    pub placement: Placement,
    /// How many threads it has for disks.
    pub iothreads: u32,
    /// Such as `x86_64`.
    pub arch: String,
    /// Such as `pc-q35-10.0`.
    pub machine: String,
    /// QEMU's program for it.
    pub emulator: String,
    /// What it boots by.
    pub firmware: Firmware,
    /// What the machine can do.
    pub features: Features,
    /// The processor.
    pub cpu: Cpu,
    /// The clock.
    pub clock: Clock,
    /// What it does in the end.
    pub lifecycle: Lifecycle,
    /// Its disks, CD-ROMs and floppies.
    pub disks: Vec<Disk>,
    /// Its display servers.
    pub graphics: Vec<Graphics>,
    /// Its graphics cards.
    pub videos: Vec<Video>,
    /// What it is pointed and typed at with.
    pub inputs: Vec<Input>,
    /// Its sound cards.
    pub sounds: Vec<Sound>,
    /// Where they are heard.
    pub audios: Vec<Audio>,
    /// Its network cards.
    pub interfaces: Vec<Interface>,
    /// Its ports, channels and consoles.
    pub ports: Vec<Port>,
    /// The folders of this computer that it has.
    pub filesystems: Vec<Filesystem>,
    /// The devices of this computer that it has.
    pub host_devices: Vec<HostDevice>,
    /// Its Trusted Platform Modules.
    pub tpms: Vec<Tpm>,
    /// Its sources of random numbers.
    pub rngs: Vec<Rng>,
    /// What puts a guest right that has hung.
    pub watchdogs: Vec<Watchdog>,
    /// So many USB devices can be handed to it by its viewer.
    pub redirections: usize,
    /// It can tell of its crash.
    pub panic: bool,
    /// The kinds of memory that are plugged in, such as `dimm` or `nvdimm`.
    pub memory_devices: Vec<String>,
    /// Memory that it shares with other programs (`ivshmem`), by name.
    pub shared_memories: Vec<String>,
    /// It speaks with this computer over `vsock`.
    pub vsock: bool,
    /// It has an accelerator for ciphers.
    pub crypto: bool,
    /// It has a smart card reader; the kinds.
    pub smartcards: Vec<String>,
    /// How its memory is encrypted, such as `sev`; empty for not at all.
    pub launch_security: String,
    /// How it is bounded.
    pub labels: Vec<SecurityLabel>,
    /// What is handed to QEMU past libvirt.
    pub arguments: Vec<String>,
    /// libvirt's secrets that it takes to start (<https://libvirt.org/formatsecret.html>).
    pub secrets: Vec<SecretUse>,
    /// It is part of what libvirt's locks on disks are kept for.
    pub leases: bool,
}

/// A secret of libvirt's that a definition names, such as the key of an encrypted disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretUse {
    /// The disk that needs it, as the guest sees it, such as `vda`; or `tpm`.
    pub by: String,
    /// What it is known by for ever; empty where it is named by its usage.
    pub uuid: String,
    /// What it is for, where it is named by that.
    pub usage: String,
}

/// A definition as a snapshot holds it: as it ran, and as it was to run next, where that was another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// What a revert brings back.
    pub domain: Definition,
    /// What it makes the definition of the starts that follow; `None` where that is the same.
    pub inactive: Option<Definition>,
}

impl Definition {
    /// Reads a `<domain>`.
    ///
    /// # Errors
    /// It is none.
    pub fn read(xml: &str) -> Result<Self, ReadError> {
        let document = Document::parse(xml).map_err(|error| ReadError::Syntax(error.to_string()))?;
        let root = document.root_element();
        if !["domain", "inactiveDomain"].contains(&root.tag_name().name()) {
            return Err(ReadError::Other(root.tag_name().name().to_owned()));
        }
        Ok(Self::of(root))
    }

    /// Reads the domain that a node is.
    pub(super) fn of(domain: Node<'_, '_>) -> Self {
        let os = child(domain, "os");
        let kind = os.and_then(|os| child(os, "type"));
        let devices = child(domain, "devices");
        let each = |tag| devices.into_iter().flat_map(move |devices| all(devices, tag));
        let has = |tag| each(tag).next().is_some();
        let memory = child(domain, "memory").map_or(0, bytes);
        let is_port = |node: &Node<'_, '_>| {
            ["serial", "parallel", "channel", "console"].contains(&node.tag_name().name())
        };
        Self {
            name: text(domain, "name"),
            uuid: text(domain, "uuid"),
            kind: attribute(domain, "type"),
            system: child(domain, "metadata")
                .and_then(|metadata| child(metadata, "libosinfo"))
                .map(|info| part(info, "os", "id"))
                .unwrap_or_default(),
            memory,
            current_memory: child(domain, "currentMemory").map_or(memory, bytes),
            backing: MemoryBacking::of(domain),
            vcpus: text(domain, "vcpu").parse().unwrap_or(1),
            placement: Placement::of(domain),
            iothreads: count_of(domain, "iothreads"),
            arch: kind.map(|kind| attribute(kind, "arch")).unwrap_or_default(),
            machine: kind.map(|kind| attribute(kind, "machine")).unwrap_or_default(),
            emulator: devices.map(|devices| text(devices, "emulator")).unwrap_or_default(),
            firmware: os.map(Firmware::of).unwrap_or_default(),
            features: child(domain, "features").map(Features::of).unwrap_or_default(),
            cpu: child(domain, "cpu").map(Cpu::of).unwrap_or_default(),
            clock: child(domain, "clock").map(Clock::of).unwrap_or_default(),
            lifecycle: Lifecycle::of(domain),
            disks: each("disk").map(Disk::of).collect(),
            graphics: each("graphics").map(Graphics::of).collect(),
            videos: each("video").map(Video::of).collect(),
            inputs: each("input").map(Input::of).collect(),
            sounds: each("sound").map(Sound::of).collect(),
            audios: each("audio").map(Audio::of).collect(),
            interfaces: each("interface").map(Interface::of).collect(),
            ports: devices
                .into_iter()
                .flat_map(|devices| devices.children().filter(is_port))
                .map(Port::of)
                .collect(),
            filesystems: each("filesystem").map(Filesystem::of).collect(),
            host_devices: each("hostdev").map(HostDevice::of).collect(),
            tpms: each("tpm").map(Tpm::of).collect(),
            rngs: each("rng").map(Rng::of).collect(),
            watchdogs: each("watchdog").map(Watchdog::of).collect(),
            redirections: each("redirdev").count(),
            panic: has("panic"),
            memory_devices: each("memory").map(|memory| attribute(memory, "model")).collect(),
            shared_memories: each("shmem").map(|memory| attribute(memory, "name")).collect(),
            vsock: has("vsock"),
            crypto: has("crypto"),
            smartcards: each("smartcard").map(|card| attribute(card, "mode")).collect(),
            launch_security: part(domain, "launchSecurity", "type"),
            labels: all(domain, "seclabel").map(SecurityLabel::of).collect(),
            arguments: child(domain, "commandline")
                .into_iter()
                .flat_map(|line| all(line, "arg"))
                .map(|argument| attribute(argument, "value"))
                .collect(),
            secrets: each("disk").chain(each("tpm")).flat_map(SecretUse::all_of).collect(),
            leases: has("lease"),
        }
    }

    /// The channel that the guest's agent answers by.
    pub fn agent(&self) -> Option<&Port> {
        self.ports.iter().find(|port| port.role == "channel" && port.name == "org.qemu.guest_agent.0")
    }

    /// The channel of this name, or else the port that libvirt calls so; without a name, the first serial port.
    pub fn line(&self, name: Option<&str>) -> Option<&Port> {
        let mut serial = self.ports.iter().filter(|port| port.role == "serial");
        let Some(name) = name else { return serial.next() };
        let channel = self.ports.iter().find(|port| port.role == "channel" && port.name == name);
        let by_alias = || self.ports.iter().find(|port| port.role != "channel" && port.alias == name);
        // One that does not run has no aliases but those that people gave.
        let number = || name.strip_prefix("serial")?.parse().ok();
        channel.or_else(by_alias).or_else(|| serial.nth(number()?))
    }

    /// How many displays it may light.
    pub fn heads(&self) -> u32 {
        self.videos.iter().filter(|video| video.model != "none").map(|video| video.heads).sum()
    }

    /// Whether its operating system is known to be a Windows.
    pub fn is_windows(&self) -> bool {
        self.system.starts_with("http://microsoft.com/")
    }
}

impl SecretUse {
    /// Those of a device. A Trusted Platform Module's is an attribute of its encryption.
    fn all_of(device: Node<'_, '_>) -> Vec<Self> {
        let target = part(device, "target", "dev");
        let by = if target.is_empty() { device.tag_name().name().to_owned() } else { target };
        let secret = |node: Node<'_, '_>| match node.tag_name().name() {
            "secret" => Some((attribute(node, "uuid"), attribute(node, "usage"))),
            "encryption" => Some((node.attribute("secret")?.to_owned(), String::new())),
            _ => None,
        };
        // What an image is based on has its own.
        let named = device.descendants().filter_map(secret);
        named.map(|(uuid, usage)| Self { by: by.clone(), uuid, usage }).collect()
    }
}

impl Held {
    /// Reads a `<domainsnapshot>`; `None` where it holds no definition.
    ///
    /// # Errors
    /// It is none.
    pub fn read(xml: &str) -> Result<Option<Self>, ReadError> {
        let document = Document::parse(xml).map_err(|error| ReadError::Syntax(error.to_string()))?;
        let root = document.root_element();
        if root.tag_name().name() != "domainsnapshot" {
            return Err(ReadError::Other(root.tag_name().name().to_owned()));
        }
        // Old libvirts wrote no more than the UUID of a domain.
        let domain = child(root, "domain").filter(|domain| domain.has_attribute("type"));
        Ok(domain.map(|domain| Self {
            domain: Definition::of(domain),
            inactive: child(root, "inactiveDomain").map(Definition::of),
        }))
    }
}
