//! The machine itself: firmware, processor, memory, clock, and what it does in the end.

use roxmltree::Node;

use super::xml::{all, at, attribute, bytes, child, cpu_list, number, own_text, part, switch, text};

/// What the machine boots by (<https://libvirt.org/formatdomain.html#operating-system-booting>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firmware {
    /// `efi` or `bios` where libvirt chooses the files.
    pub auto: String,
    /// The firmware's file; empty where none is named.
    pub loader: String,
    /// `rom` or `pflash`.
    pub loader_type: String,
    /// It holds its memory apart from the guest (System Management Mode).
    pub secure: bool,
    /// It is kept without variables that outlive the machine.
    pub stateless: bool,
    /// Where the firmware keeps its variables.
    pub nvram: Option<Nvram>,
    /// A kernel that QEMU boots itself; empty for none.
    pub kernel: String,
    /// Its first file system.
    pub initrd: String,
    /// Its device tree.
    pub dtb: String,
    /// What is tried in turn: `hd`, `cdrom`, `network`, `fd`.
    pub boot: Vec<String>,
    /// The guest shows a boot menu.
    pub menu: bool,
}

/// Where UEFI keeps its variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nvram {
    /// The file; empty where libvirt chooses it.
    pub file: String,
    /// `raw` where nothing is said.
    pub format: String,
    /// What the file is made from where there is none.
    pub template: String,
    /// Its format.
    pub template_format: String,
}

impl Firmware {
    pub(super) fn of(os: Node<'_, '_>) -> Self {
        let flag = |tag, name| child(os, tag).and_then(|node| switch(node, name)).unwrap_or(false);
        Self {
            auto: attribute(os, "firmware"),
            loader: text(os, "loader"),
            loader_type: part(os, "loader", "type"),
            secure: flag("loader", "secure"),
            stateless: flag("loader", "stateless"),
            nvram: child(os, "nvram").map(Nvram::of),
            kernel: text(os, "kernel"),
            initrd: text(os, "initrd"),
            dtb: text(os, "dtb"),
            boot: all(os, "boot").map(|boot| attribute(boot, "dev")).collect(),
            menu: flag("bootmenu", "enable"),
        }
    }

    /// The files that QEMU must be able to read, but for the variables.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let files = [&self.loader, &self.kernel, &self.initrd, &self.dtb];
        files.into_iter().map(String::as_str).filter(|file| !file.is_empty())
    }

    /// Whether it is UEFI, whose variables a snapshot must hold too.
    pub fn is_uefi(&self) -> bool {
        self.auto == "efi" || self.loader_type == "pflash"
    }
}

impl Nvram {
    fn of(nvram: Node<'_, '_>) -> Self {
        let format = |name| nvram.attribute(name).unwrap_or("raw").to_owned();
        Self {
            // Newer definitions may name it as disks do.
            file: child(nvram, "source").map_or_else(|| own_text(nvram), |source| attribute(source, "file")),
            format: format("format"),
            template: attribute(nvram, "template"),
            template_format: format("templateFormat"),
        }
    }
}

/// What the machine can do (<https://libvirt.org/formatdomain.html#hypervisor-features>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Power management, which a guest is shut down by.
    pub acpi: bool,
    /// System Management Mode, which secure boot needs.
    pub smm: bool,
    /// It tells Windows that it is virtual, which makes that faster.
    pub hyperv: bool,
}

impl Features {
    pub(super) fn of(features: Node<'_, '_>) -> Self {
        let on = |tag| child(features, tag).is_some_and(|node| switch(node, "state").unwrap_or(true));
        Self { acpi: on("acpi"), smm: on("smm"), hyperv: on("hyperv") }
    }
}

/// The processor (<https://libvirt.org/formatdomain.html#cpu-model-and-topology>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cpu {
    /// `custom`, `host-model`, `host-passthrough`, `maximum`; empty where nothing is said.
    pub mode: String,
    /// Such as `Skylake-Client`.
    pub model: String,
    /// What happens where this computer's processor is another: `none`, `partial`, `full`.
    pub check: String,
    /// Its features that are named, with what is asked of them, sorted.
    pub features: Vec<(String, String)>,
    /// It has cells with a memory of their own.
    pub numa: bool,
    /// What they share of their memory: a cell that does can be had by virtiofs.
    pub numa_shared: bool,
}

impl Cpu {
    pub(super) fn of(cpu: Node<'_, '_>) -> Self {
        let feature = |node| (attribute(node, "name"), attribute(node, "policy"));
        let mut features: Vec<_> = all(cpu, "feature").map(feature).collect();
        features.sort();
        let cells = || child(cpu, "numa").into_iter().flat_map(|numa| all(numa, "cell"));
        Self {
            mode: attribute(cpu, "mode"),
            model: text(cpu, "model"),
            check: attribute(cpu, "check"),
            features,
            numa: cells().next().is_some(),
            numa_shared: cells().any(|cell| cell.attribute("memAccess") == Some("shared")),
        }
    }
}

/// The clock (<https://libvirt.org/formatdomain.html#time-keeping>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// `utc`, `localtime`, `timezone`, `variable`, `absolute`.
    pub offset: String,
    /// What it counts from.
    pub basis: String,
    /// Its timers.
    pub timers: Vec<Timer>,
}

/// What a guest counts time by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timer {
    /// Such as `rtc` or `hpet`.
    pub name: String,
    /// What becomes of ticks that a guest has missed.
    pub tickpolicy: String,
    /// It is there, or is not.
    pub present: Option<bool>,
}

impl Clock {
    pub(super) fn of(clock: Node<'_, '_>) -> Self {
        let timer = |node| Timer {
            name: attribute(node, "name"),
            tickpolicy: attribute(node, "tickpolicy"),
            present: switch(node, "present"),
        };
        Self {
            offset: attribute(clock, "offset"),
            basis: attribute(clock, "basis"),
            timers: all(clock, "timer").map(timer).collect(),
        }
    }

    /// One of its timers.
    pub fn timer(&self, name: &str) -> Option<&Timer> {
        self.timers.iter().find(|timer| timer.name == name)
    }
}

/// What it does in the end (<https://libvirt.org/formatdomain.html#events-configuration>); empty where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// When the guest turns it off.
    pub poweroff: String,
    /// When the guest reboots.
    pub reboot: String,
    /// When the guest crashes.
    pub crash: String,
    /// When a lock on its disks is lost.
    pub lock_failure: String,
    /// The guest may sleep: `None` where nothing is said, and QEMU lets it.
    pub suspend_to_mem: Option<bool>,
    /// The guest may hibernate.
    pub suspend_to_disk: Option<bool>,
}

impl Lifecycle {
    pub(super) fn of(domain: Node<'_, '_>) -> Self {
        let may = |tag| at(domain, &["pm", tag]).and_then(|node| switch(node, "enabled"));
        Self {
            poweroff: text(domain, "on_poweroff"),
            reboot: text(domain, "on_reboot"),
            crash: text(domain, "on_crash"),
            lock_failure: text(domain, "on_lockfailure"),
            suspend_to_mem: may("suspend-to-mem"),
            suspend_to_disk: may("suspend-to-disk"),
        }
    }
}

/// From here on libvirt means "without limit" (`VIR_DOMAIN_MEMORY_PARAM_UNLIMITED`, in KiB).
const UNLIMITED: u64 = 9_007_199_254_740_991 << 10;

/// What its memory is made of (<https://libvirt.org/formatdomain.html#memory-backing>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryBacking {
    /// Large pages, which the computer must have set apart.
    pub hugepages: bool,
    /// It is never swapped out.
    pub locked: bool,
    /// `file`, `anonymous`, `memfd`; empty where nothing is said.
    pub source: String,
    /// Other programs see it too: virtiofs needs that.
    pub shared: bool,
    /// How much memory QEMU may use before it is killed, in bytes; `None` without a limit
    /// (<https://libvirt.org/formatdomain.html#memory-tuning>).
    pub limit: Option<u64>,
}

impl MemoryBacking {
    pub(super) fn of(domain: Node<'_, '_>) -> Self {
        let backing = child(domain, "memoryBacking");
        let has = |tag| backing.is_some_and(|backing| child(backing, tag).is_some());
        let of = |tag, name| backing.map(|backing| part(backing, tag, name)).unwrap_or_default();
        Self {
            hugepages: has("hugepages"),
            locked: has("locked"),
            source: of("source", "type"),
            shared: of("access", "mode") == "shared",
            limit: at(domain, &["memtune", "hard_limit"]).map(bytes).filter(|limit| *limit < UNLIMITED),
        }
    }
}

/// Which of the computer's processors and memory it uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// The processors that its threads may run on: for each that is bound to some, those.
    pub pins: Vec<Vec<u32>>,
    /// The NUMA nodes that its memory must come from.
    pub nodes: Vec<u32>,
}

impl Placement {
    pub(super) fn of(domain: Node<'_, '_>) -> Self {
        let tune = child(domain, "cputune");
        let tuned = tune.into_iter().flat_map(|tune| tune.children());
        let nodes = at(domain, &["numatune", "memory"]).map(|node| cpu_list(&attribute(node, "nodeset")));
        Self {
            pins: child(domain, "vcpu")
                .into_iter()
                .chain(tuned)
                .filter_map(|node| node.attribute("cpuset"))
                .map(cpu_list)
                .collect(),
            nodes: nodes.unwrap_or_default(),
        }
    }
}

/// A child that is a number; 0 where there is none.
pub(super) fn count_of(node: Node<'_, '_>, tag: &'static str) -> u32 {
    text(node, tag).parse().unwrap_or(0)
}

/// A place in the boot order that a device itself has.
pub(super) fn boot_order(device: Node<'_, '_>) -> Option<u32> {
    child(device, "boot").and_then(|boot| number(boot, "order"))
}
