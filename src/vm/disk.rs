//! Disks, CD-ROMs and floppies.

use roxmltree::Node;

use super::xml::{attribute, child, number, part};

/// A disk, a CD-ROM or a floppy (<https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// As the guest sees it, such as `vda`.
    pub target: String,
    /// `disk`, `cdrom`, `floppy` or `lun`.
    pub device: String,
    /// Such as `virtio` or `ide`.
    pub bus: String,
    /// The format of its image; libvirt takes one without for raw.
    pub format: String,
    /// How QEMU caches it; empty for QEMU's own choice.
    pub cache: String,
    /// Where it lies; `None` for a drive with nothing in it.
    pub source: Option<Source>,
    /// The guest cannot write to it.
    pub readonly: bool,
    /// What is written is forgotten when the VM stops.
    pub transient: bool,
    /// Several VMs may write to it at once.
    pub shareable: bool,
    /// What a medium that is missing leads to: empty or `mandatory` refuse the start, `requisite` refuses it but for
    /// reverts, `optional` drops it.
    pub startup_policy: String,
    /// How QEMU reads and writes it; empty for its own choice.
    pub io: String,
    /// What a failed read or write leads to; empty for QEMU's own choice, which stops the guest when space runs out.
    pub error_policy: String,
    /// What snapshots do with it: `no`, `internal`, `external`, `manual`, or nothing said.
    pub snapshot: String,
    /// The I/O thread that it uses, counted from 1.
    pub iothread: Option<u32>,
    /// Its place in the boot order, where each device has its own.
    pub boot_order: Option<u32>,
    /// Its speed is limited.
    pub throttled: bool,
}

/// Where an image lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(String),
    /// A block device.
    Block(String),
    /// A volume of a storage pool.
    Volume {
        /// The pool's name.
        pool: String,
        /// The volume's name.
        volume: String,
    },
    /// Elsewhere: over the network, a folder, NVMe; the type as libvirt names it.
    Other(String),
}

impl Disk {
    pub(super) fn of(disk: Node<'_, '_>) -> Self {
        let or = |text: String, usual: &str| if text.is_empty() { usual.to_owned() } else { text };
        let kind = attribute(disk, "type");
        Self {
            target: part(disk, "target", "dev"),
            device: or(attribute(disk, "device"), "disk"),
            bus: part(disk, "target", "bus"),
            format: or(part(disk, "driver", "type"), "raw"),
            cache: part(disk, "driver", "cache"),
            source: child(disk, "source").and_then(|source| Source::of(&kind, source)),
            readonly: child(disk, "readonly").is_some(),
            transient: child(disk, "transient").is_some(),
            shareable: child(disk, "shareable").is_some(),
            startup_policy: part(disk, "source", "startupPolicy"),
            io: part(disk, "driver", "io"),
            error_policy: part(disk, "driver", "error_policy"),
            snapshot: attribute(disk, "snapshot"),
            iothread: child(disk, "driver").and_then(|driver| number(driver, "iothread")),
            boot_order: child(disk, "boot").and_then(|boot| number(boot, "order")),
            throttled: child(disk, "iotune")
                .is_some_and(|tune| tune.children().any(|node| node.is_element())),
        }
    }

    /// Whether the guest may write to it and it stays: what a snapshot must hold.
    pub fn is_written(&self) -> bool {
        ["disk", "lun"].contains(&self.device.as_str()) && !self.readonly && self.source.is_some()
    }

    /// Whether it is a drive whose medium can be changed.
    pub fn is_drive(&self) -> bool {
        ["cdrom", "floppy"].contains(&self.device.as_str())
    }

    /// The file or block device that it is in, where it is in one.
    pub fn file(&self) -> Option<&str> {
        match self.source.as_ref()? {
            Source::File(file) | Source::Block(file) => {
                Some(file).filter(|file| !file.is_empty()).map(String::as_str)
            }
            Source::Volume { .. } | Source::Other(_) => None,
        }
    }
}

impl Source {
    fn of(kind: &str, source: Node<'_, '_>) -> Option<Self> {
        let has = |name: &str| source.attribute(name).map(str::to_owned);
        match kind {
            "file" => has("file").map(Self::File),
            "block" => has("dev").map(Self::Block),
            "volume" => has("pool").zip(has("volume")).map(|(pool, volume)| Self::Volume { pool, volume }),
            other => Some(Self::Other(other.to_owned())),
        }
    }
}
