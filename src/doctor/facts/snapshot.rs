//! What is known of the snapshot that an exhibit is put back to.

use super::super::Fact;
use super::disk_image::{Header, Place};
use crate::core::types::{Snapshots as Family, Told};

/// What is known of the snapshots of an exhibit's VM.
#[derive(Clone, Debug)]
pub struct Snapshots {
    /// As libvirt has them, for what holds of all of them together.
    pub family: Fact<Family>,
    /// What libvirt says of each.
    pub known: Fact<Vec<Known>>,
    /// The VM as it runs; `None` where it does not.
    pub now: Fact<Option<Machine>>,
    /// The VM as it is started next; `None` where it is not.
    pub next: Fact<Option<Machine>>,
    /// Whether the VM runs.
    pub runs: Fact<bool>,
    /// The images that its guest writes to today, and its firmware's memory.
    pub images: Fact<Vec<Part>>,
    /// The machine types that the QEMU here has for this guest.
    pub machines: Fact<Vec<String>>,
    /// This computer's processor's vendor, as libvirt names it.
    pub vendor: Fact<String>,
    /// libvirt's version: 1,000,000 × major + 1,000 × minor + release.
    pub version: Fact<u32>,
    /// This moment, in seconds since 1970.
    pub clock: u64,
}

/// A snapshot, as libvirt describes it (<https://libvirt.org/formatsnapshot.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// When it was made, in seconds since 1970; 0 where that is not said.
    pub made: u64,
    /// The state that the VM had: `running`, `paused`, `shutoff`.
    pub state: String,
    /// It is the one that the VM's state comes from.
    pub current: bool,
    /// The disks that it keeps, by target, and where each is.
    pub disks: Vec<Kept>,
    /// Files of its own that are not there, out of those that it needs.
    pub missing: Fact<Vec<String>>,
    /// The VM as it was.
    pub machine: Machine,
    /// The VM's images as they were: target and path.
    pub images: Vec<(String, String)>,
}

/// A disk that a snapshot keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// As the guest sees it, such as `vda`.
    pub target: String,
    /// Within its image.
    pub internal: bool,
}

/// A VM, as far as a snapshot depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Such as `pc-q35-7.2`.
    pub kind: String,
    /// In bytes.
    pub memory: u64,
    /// How many processors it has.
    pub vcpus: u32,
    /// Its processor's model, where one is said.
    pub cpu: Option<String>,
    /// Its processor's vendor, where one is asked for.
    pub vendor: Option<String>,
    /// `kvm`, or `qemu` where everything is emulated.
    pub virtualisation: String,
}

/// An image in which a snapshot has a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// As the guest sees it, such as `vda`; empty for the firmware's memory.
    pub target: String,
    /// Where it is.
    pub path: String,
    /// Its format, as the definition says.
    pub said: String,
    /// How QEMU caches it; empty for its own choice.
    pub cache: String,
    /// Snapshots keep it, as far as the definition says.
    pub kept: bool,
    /// What it says of itself.
    pub header: Fact<Header>,
    /// The file system that it is on.
    pub place: Fact<Place>,
}

impl Snapshots {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            family: Err(why.clone()),
            known: Err(why.clone()),
            now: Err(why.clone()),
            next: Err(why.clone()),
            version: Err(why.clone()),
            runs: Err(why.clone()),
            images: Err(why.clone()),
            machines: Err(why.clone()),
            vendor: Err(why.clone()),
            clock: 0,
        }
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        use crate::core::types::Snapshot;
        let machine = Machine {
            kind: "pc-q35-7.2".into(),
            memory: 2 << 30,
            vcpus: 2,
            cpu: None,
            vendor: None,
            virtualisation: "kvm".into(),
        };
        let path = "/var/lib/libvirt/images/eden.qcow2".to_owned();
        Self {
            family: Ok(Family::from_iter([Snapshot::made_by_vitrine("ready")])),
            known: Ok(vec![Known {
                name: "ready".into(),
                made: 1_800_000_000,
                state: "running".into(),
                current: true,
                disks: vec![Kept { target: "vda".into(), internal: true }],
                missing: Ok(Vec::new()),
                machine: machine.clone(),
                images: vec![("vda".into(), path.clone())],
            }]),
            now: Ok(Some(machine.clone())),
            next: Ok(Some(machine)),
            version: Ok(9_000_000),
            runs: Ok(true),
            images: Ok(vec![Part {
                target: "vda".into(),
                path,
                said: "qcow2".into(),
                cache: String::new(),
                kept: true,
                header: Ok(Header::well()),
                place: Ok(Place::well()),
            }]),
            machines: Ok(vec!["pc-q35-7.2".into(), "q35".into()]),
            vendor: Ok("Intel".into()),
            clock: 1_800_100_000,
        }
    }
}
