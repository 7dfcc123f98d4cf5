//! What is known of hardware virtualisation.

use super::super::Fact;
use crate::core::types::Told;

/// What is known of hardware virtualisation.
#[derive(Clone, Debug)]
pub struct Kvm {
    /// The exhibits' VMs, as far as libvirt has them.
    pub guests: Fact<Vec<Guest>>,
    /// What the processor says of itself.
    pub processor: Fact<Processor>,
    /// Modules of the kernel that are loaded or built in.
    pub modules: Fact<Modules>,
    /// The kernel has said that the firmware has switched it off.
    pub off_in_firmware: Fact<bool>,
    /// `/dev/kvm` is there.
    pub device: Fact<bool>,
    /// What became of a guest of one page that was run.
    pub tried: Fact<Tried>,
    /// VirtualBox or VMware has modules in the kernel, by their names.
    pub others: Fact<Vec<String>>,
}

/// A VM of an exhibit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guest {
    /// Its name.
    pub vm: String,
    /// It is run by KVM; else everything is emulated.
    pub by_kvm: bool,
    /// Such as `x86_64`.
    pub arch: String,
    /// Its emulator is there.
    pub has_emulator: bool,
}

/// What the processor says of itself (`/proc/cpuinfo`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processor {
    /// `intel`, `amd`, or another maker's.
    pub maker: String,
    /// It has VT-x or AMD-V (its flags `vmx` or `svm`).
    pub virtualises: bool,
    /// It is a VM's own (its flag `hypervisor`).
    pub is_virtual: bool,
    /// The machine's kind, such as `x86_64`, as QEMU names it.
    pub arch: String,
}

/// The kernel's modules for KVM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modules {
    /// `kvm` is loaded or built in.
    pub general: bool,
    /// One for a maker's processors is: its name.
    pub of_maker: Option<String>,
    /// A file of modprobe's keeps one of them from being loaded: that file.
    pub forbidden_by: Option<String>,
}

/// What became of a guest that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It ran to its end.
    Ran,
    /// It did not, though it does when everything is emulated.
    Failed(Told),
    /// It did not, and neither does it when everything is emulated.
    EmulatorFailed(Told),
}

impl Kvm {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            guests: Err(why.clone()),
            processor: Err(why.clone()),
            modules: Err(why.clone()),
            off_in_firmware: Err(why.clone()),
            device: Err(why.clone()),
            tried: Err(why.clone()),
            others: Err(why.clone()),
        }
    }

    /// Whether an exhibit's VM is run by KVM.
    pub fn is_wanted(&self) -> Fact<bool> {
        Ok(self.guests.as_ref().map_err(Told::clone)?.iter().any(|guest| guest.by_kvm))
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        Self {
            guests: Ok(vec![Guest {
                vm: "eden-garden-vm".into(),
                by_kvm: true,
                arch: "x86_64".into(),
                has_emulator: true,
            }]),
            processor: Ok(Processor {
                maker: "intel".into(),
                virtualises: true,
                is_virtual: false,
                arch: "x86_64".into(),
            }),
            modules: Ok(Modules { general: true, of_maker: Some("kvm_intel".into()), forbidden_by: None }),
            off_in_firmware: Ok(false),
            device: Ok(true),
            tried: Ok(Tried::Ran),
            others: Ok(Vec::new()),
        }
    }
}
