//! What is known of whether there is enough of everything.

use std::time::Duration;

use super::super::Fact;
use crate::core::types::Told;

/// What is known of whether there is enough of everything.
#[derive(Clone, Debug)]
pub struct Performance {
    /// How many processors there are.
    pub cores: Fact<u32>,
    /// The system is in a container: the numbers of memory and load are its host's.
    pub container: Fact<bool>,
    /// How many processes ran or waited, in hundredths, over 5 and 15 minutes (`/proc/loadavg`).
    pub load: Fact<(u64, u64)>,
    /// What the processors did during a short while, in percent of all of them.
    pub processors: Fact<Processors>,
    /// For how much of the last minute something waited, in percent (`/proc/pressure`).
    pub pressure: Fact<Pressure>,
    /// The memory.
    pub memory: Fact<Memory>,
    /// What disks did during that while.
    pub disks: Fact<Vec<Disk>>,
    /// All VMs that libvirt has.
    pub vms: Fact<Vec<Vm>>,
    /// What takes most of the processors and is neither a VM nor the session's, with percents of one processor.
    pub busy: Fact<Vec<(String, u64)>>,
    /// What works on packages, or searches disks, now.
    pub maintenance: Fact<Vec<String>>,
    /// How many processes have ended and are not buried.
    pub zombies: Fact<u64>,
    /// How the processors' speed is chosen; nothing where nobody does so.
    pub speed: Fact<Option<Speed>>,
    /// How often processors were slowed down for their heat, as they count it themselves; nothing where they do not.
    pub throttled: Fact<Option<u64>>,
    /// There is graphics hardware with a driver (`/dev/dri`).
    pub graphics: Fact<bool>,
}

/// What the processors did, in percent of all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Processors {
    /// They worked.
    pub busy: u64,
    /// They waited for disks.
    pub waited: u64,
    /// Their host gave them to others.
    pub stolen: u64,
}

/// For how much of the time something waited, in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Something waited for a processor.
    pub processor: u64,
    /// Everything waited for memory.
    pub memory: u64,
    /// Everything waited for disks.
    pub disk: u64,
}

/// The memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// All of it.
    pub total: u64,
    /// What programs can still have.
    pub available: u64,
    /// The swap space.
    pub swap: u64,
    /// What of it is in use.
    pub swap_used: u64,
    /// What is swapped in and out, a second.
    pub swapped: u64,
}

/// A disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// Such as `sda`.
    pub name: String,
    /// How many requests it has answered during that while.
    pub requests: u64,
    /// How long one took on average.
    pub each: Duration,
    /// It turns.
    pub rotates: bool,
}

/// A VM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vm {
    /// Its name.
    pub name: String,
    /// An exhibit's artwork runs in it.
    pub of_exhibit: bool,
    /// It runs.
    pub runs: bool,
    /// It is run by KVM.
    pub by_kvm: bool,
    /// Its virtual processors.
    pub processors: u32,
    /// Its memory, in bytes.
    pub memory: u64,
    /// How its processors are chosen (`<cpu mode=…>`); empty for QEMU's own choice.
    pub processor_mode: String,
    /// How its disks are cached: their names and modes, where these are said.
    pub caches: Vec<(String, String)>,
    /// What its QEMU takes, in percent of one processor, where it runs and can be found.
    pub takes: Option<u64>,
    /// By how much its QEMU steps back (nice(1)), where it runs and can be found.
    pub nice: Option<i64>,
}

/// How the processors' speed is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Speed {
    /// The driver, such as `intel_pstate` or `acpi-cpufreq`.
    pub driver: String,
    /// The governor, such as `powersave`.
    pub governor: String,
    /// The highest speed that is allowed, in percent of what the processor can do.
    pub allowed: u64,
}

impl Performance {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            cores: Err(why.clone()),
            container: Err(why.clone()),
            load: Err(why.clone()),
            processors: Err(why.clone()),
            pressure: Err(why.clone()),
            memory: Err(why.clone()),
            disks: Err(why.clone()),
            vms: Err(why.clone()),
            busy: Err(why.clone()),
            maintenance: Err(why.clone()),
            zombies: Err(why.clone()),
            speed: Err(why.clone()),
            throttled: Err(why.clone()),
            graphics: Err(why.clone()),
        }
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        Self {
            cores: Ok(4),
            container: Ok(false),
            load: Ok((60, 50)),
            processors: Ok(Processors { busy: 12, waited: 0, stolen: 0 }),
            pressure: Ok(Pressure::default()),
            memory: Ok(Memory {
                total: 16 << 30,
                available: 10 << 30,
                swap: 1 << 30,
                swap_used: 0,
                swapped: 0,
            }),
            disks: Ok(vec![Disk {
                name: "nvme0n1".into(),
                requests: 20,
                each: Duration::from_micros(300),
                rotates: false,
            }]),
            vms: Ok(vec![Vm {
                name: "eden-garden-vm".into(),
                of_exhibit: true,
                runs: true,
                by_kvm: true,
                processors: 2,
                memory: 2 << 30,
                processor_mode: "host-passthrough".into(),
                caches: vec![("vda".into(), "writeback".into())],
                takes: Some(15),
                nice: Some(0),
            }]),
            busy: Ok(Vec::new()),
            maintenance: Ok(Vec::new()),
            zombies: Ok(0),
            speed: Ok(Some(Speed {
                driver: "intel_pstate".into(),
                governor: "powersave".into(),
                allowed: 100,
            })),
            throttled: Ok(Some(0)),
            graphics: Ok(true),
        }
    }
}
