//! What is known of what an exhibit's VM is made of.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Fact;
use crate::core::types::{Told, VmState};
use crate::vm::{Capabilities, Definition, DomainCapabilities, Held};

/// What is known of what an exhibit's VM is made of, and of what of this computer that takes.
#[derive(Clone, Debug)]
pub struct Definitions {
    /// libvirt has the VM.
    pub exists: Fact<bool>,
    /// Its state.
    pub state: Fact<VmState>,
    /// Its definition, as the next start takes it; `None` where it has none and is gone once it stops.
    pub persistent: Fact<Option<Definition>>,
    /// Its definition as it runs; `None` where it does not.
    pub running: Fact<Option<Definition>>,
    /// Its definition as the snapshot that it is put back to holds it; `None` where there is no such snapshot.
    pub held: Fact<Option<Held>>,
    /// There is a saved state, which the next start takes instead of booting (`virDomainHasManagedSaveImage`).
    pub saved: Fact<bool>,
    /// Its display asks for a password.
    pub password: Fact<bool>,
    /// The other VMs of this libvirt.
    pub others: Fact<Vec<Other>>,
    /// What libvirt can run here.
    pub capabilities: Fact<Capabilities>,
    /// What it can do for machines of this kind.
    pub domain_capabilities: Fact<DomainCapabilities>,
    /// libvirt's version: 1,000,000 × major + 1,000 × minor + release.
    pub libvirt_version: Fact<u32>,
    /// libvirt's virtual networks.
    pub networks: Fact<Vec<Network>>,
    /// The names of this computer's network devices (`/sys/class/net`).
    pub network_devices: Fact<BTreeSet<String>>,
    /// The USB devices that are plugged in, as `vendor:product` and `bus.device`, in lower case (`/sys/bus/usb`).
    pub usb_devices: Fact<BTreeSet<String>>,
    /// The PCI devices, as `0000:06:00.0` (`/sys/bus/pci`).
    pub pci_devices: Fact<BTreeSet<String>>,
    /// Memory set apart as large pages that nobody uses, in bytes (`/sys/kernel/mm/hugepages`).
    pub free_hugepages: Fact<u64>,
    /// `swtpm` is installed, by which libvirt emulates a Trusted Platform Module.
    pub swtpm: Fact<bool>,
    /// `virtiofsd` is installed, by which folders are shared.
    pub virtiofsd: Fact<bool>,
    /// Files and folders of its definition that libvirt's helper for AppArmor gives to no VM, where AppArmor confines VMs.
    pub refused: Vec<String>,
    /// Files and folders of the VM as it runs that AppArmor's profile of it does not have.
    pub unlisted: Fact<Vec<String>>,
    /// libvirt's secrets.
    pub secrets: Fact<Vec<Secret>>,
    /// Whether the files and folders are there that the definitions name, and what else these take.
    pub paths: BTreeMap<String, Fact<bool>>,
}

/// Another VM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Other {
    /// Its name.
    pub name: String,
    /// It runs now.
    pub runs: bool,
    /// The addresses of its network cards, in lower case.
    pub macs: Vec<String>,
    /// The ports of its displays that somebody has chosen.
    pub ports: Vec<u16>,
    /// The files that it writes to and shares with nobody.
    pub images: Vec<String>,
}

/// A secret of libvirt's, without what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secret {
    /// What it is known by for ever.
    pub uuid: String,
    /// What it is for; empty where that is not said.
    pub usage: String,
    /// It is kept in memory alone.
    pub ephemeral: bool,
    /// Somebody has set it; `None` where that is not to be known, or nothing that is looked at names it.
    pub has_value: Option<bool>,
}

/// A virtual network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// It is there now.
    pub active: bool,
    /// It is started with libvirt.
    pub autostart: bool,
    /// It leads past this computer to the network beyond.
    pub past_host: bool,
}

impl Definitions {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            exists: Err(why.clone()),
            state: Err(why.clone()),
            persistent: Err(why.clone()),
            running: Err(why.clone()),
            held: Err(why.clone()),
            saved: Err(why.clone()),
            password: Err(why.clone()),
            others: Err(why.clone()),
            capabilities: Err(why.clone()),
            domain_capabilities: Err(why.clone()),
            libvirt_version: Err(why.clone()),
            networks: Err(why.clone()),
            network_devices: Err(why.clone()),
            usb_devices: Err(why.clone()),
            pci_devices: Err(why.clone()),
            free_hugepages: Err(why.clone()),
            swtpm: Err(why.clone()),
            virtiofsd: Err(why.clone()),
            refused: Vec::new(),
            unlisted: Err(why.clone()),
            secrets: Err(why.clone()),
            paths: BTreeMap::new(),
        }
    }

    /// As it should be, for tests to spoil: a Debian as virt-install makes it, but for the processor, which is named.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        let mut vm = Definition::read(include_str!("../../vm/samples/debian.xml")).unwrap();
        vm.cpu = crate::vm::Cpu { mode: "custom".into(), model: "Haswell".into(), ..Default::default() };
        Self::of(vm)
    }

    /// All that goes with a VM that runs as it is defined and as its snapshot holds it.
    #[cfg(test)]
    pub(crate) fn of(vm: Definition) -> Self {
        let paths = vm.paths().into_iter().map(|path| (path, Ok(true))).collect();
        let network =
            |name: &str| Network { name: name.into(), active: true, autostart: true, past_host: false };
        Self {
            exists: Ok(true),
            state: Ok(VmState::Running),
            persistent: Ok(Some(vm.clone())),
            running: Ok(Some(vm.clone())),
            held: Ok(Some(Held { domain: vm.clone(), inactive: Some(vm) })),
            saved: Ok(false),
            password: Ok(false),
            others: Ok(vec![Other {
                name: "another-vm".into(),
                runs: true,
                macs: vec!["52:54:00:00:00:99".into()],
                ports: vec![5999],
                images: vec!["/var/lib/libvirt/images/another.qcow2".into()],
            }]),
            capabilities: Capabilities::read(include_str!("../../vm/samples/capabilities.xml"))
                .map_err(|error| Told::text(error.to_string())),
            domain_capabilities: DomainCapabilities::read(include_str!(
                "../../vm/samples/domain-capabilities.xml"
            ))
            .map_err(|error| Told::text(error.to_string())),
            swtpm: Ok(true),
            virtiofsd: Ok(true),
            libvirt_version: Ok(11_003_000),
            networks: Ok(vec![network("default")]),
            network_devices: Ok(["lo", "eth0", "virbr0"].map(str::to_owned).into()),
            usb_devices: Ok(BTreeSet::new()),
            pci_devices: Ok(BTreeSet::new()),
            free_hugepages: Ok(0),
            refused: Vec::new(),
            unlisted: Ok(Vec::new()),
            secrets: Ok(Vec::new()),
            paths,
        }
    }
}
