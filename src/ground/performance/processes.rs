//! What processes do.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// In these units the kernel counts the time of processes: hundredths of a second on every Linux that QEMU runs PCs on
/// (proc_pid_stat(5)).
const TICKS: u64 = 100;
/// Programs of the artworks', the session's and the kernel's begin so.
const OURS: [&str; 19] = [
    "qemu",
    "kvm",
    "virt",
    "remote-viewer",
    "spice",
    "swtpm",
    "libvirt",
    "vitrine",
    "Xorg",
    "X",
    "openbox",
    "systemd",
    "dbus",
    "polkit",
    "pulseaudio",
    "pipewire",
    "wireplumber",
    "lightdm",
    "dnsmasq",
];
/// They work on packages whenever they are there.
const INSTALLERS: [&str; 6] = ["apt-get", "apt", "dpkg", "aptitude", "update-initramf", "needrestart"];
/// They are always there, and work now and then.
const WORKERS: [&str; 15] = [
    "unattended-upgr",
    "packagekitd",
    "snapd",
    "fwupd",
    "updatedb",
    "updatedb.plocat",
    "updatedb.mlocat",
    "mandb",
    "tracker-miner-f",
    "tracker-extract",
    "localsearch-3",
    "baloo_file",
    "clamscan",
    "clamd",
    "freshclam",
];
/// Who takes so much of a processor works, in percent.
const WORKS: u64 = 10;

/// What each process has used of a processor, in percent, by its number.
pub(super) type Used = BTreeMap<u32, u64>;

/// A process (proc_pid_stat(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) id: u32,
    name: String,
    state: char,
    parent: u32,
    /// The time that it has used, in ticks.
    time: u64,
    pub(super) nice: i64,
}

/// All processes of one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Processes {
    all: Vec<Process>,
}

impl Process {
    /// The name may have spaces and brackets in it, so the rest is counted from behind it.
    pub(super) fn of(stat: &str) -> Option<Self> {
        let (id, rest) = stat.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        let words: Vec<_> = rest.split_whitespace().collect();
        let at = |place: usize| words.get(place).copied();
        let number = |place: usize| at(place)?.parse::<u64>().ok();
        Some(Self {
            id: id.trim().parse().ok()?,
            name: name.to_owned(),
            state: at(0)?.chars().next()?,
            parent: at(1)?.parse().ok()?,
            time: number(11)? + number(12)?,
            nice: at(16)?.parse().ok()?,
        })
    }

    /// Threads of the kernel are children of its second process.
    fn is_of_kernel(&self) -> bool {
        self.id == 2 || self.parent == 2
    }

    /// It belongs to the artworks or the session, or to whoever asks.
    fn is_ours(&self) -> bool {
        let own = std::process::id();
        self.id == own
            || self.parent == own
            || OURS.iter().any(|ours| self.name == *ours || (ours.len() > 1 && self.name.starts_with(ours)))
    }
}

impl Processes {
    pub(super) fn read() -> Self {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let ids = entries.filter(|entry| entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit));
        let stats = ids.filter_map(|entry| fs::read(entry.path().join("stat")).ok());
        Self { all: stats.filter_map(|stat| Process::of(&String::from_utf8_lossy(&stat))).collect() }
    }

    #[cfg(test)]
    pub(super) fn of(stats: &[&str]) -> Self {
        Self { all: stats.iter().filter_map(|stat| Process::of(stat)).collect() }
    }

    /// What each has used since then.
    pub(super) fn used_since(&self, before: &Self, passed: Duration) -> Used {
        let times: BTreeMap<_, _> = before.all.iter().map(|process| (process.id, process.time)).collect();
        let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX).max(1);
        let percent = |process: &Process| {
            let ticks = process.time.saturating_sub(*times.get(&process.id)?);
            Some((process.id, ticks * 100 * (1000 / TICKS) / millis))
        };
        self.all.iter().filter_map(percent).collect()
    }

    /// What works and is not ours, by its name.
    pub(super) fn busy(&self, used: &Used) -> Vec<(String, u64)> {
        let mut found: BTreeMap<&str, u64> = BTreeMap::new();
        for process in self.all.iter().filter(|process| !process.is_ours() && !process.is_of_kernel()) {
            *found.entry(&process.name).or_default() += used.get(&process.id).copied().unwrap_or(0);
        }
        found.retain(|_, takes| *takes >= WORKS);
        found.into_iter().map(|(name, takes)| (name.to_owned(), takes)).collect()
    }

    /// What works on packages, or searches disks.
    pub(super) fn maintenance(&self, used: &Used) -> Vec<String> {
        let works = |process: &&Process| {
            let name = process.name.as_str();
            let takes = used.get(&process.id).copied().unwrap_or(0);
            INSTALLERS.contains(&name) || (WORKERS.contains(&name) && takes >= WORKS)
        };
        let mut names: Vec<_> = self.all.iter().filter(works).map(|process| process.name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// How many have ended and were not asked for how.
    pub(super) fn zombies(&self) -> u64 {
        u64::try_from(self.all.iter().filter(|process| process.state == 'Z').count()).unwrap_or(u64::MAX)
    }

    /// The QEMU of a VM of libvirt's, which is told the VM's name as that of its guest.
    pub(super) fn qemu(&self, vm: &str) -> Option<&Process> {
        let qemus =
            self.all.iter().filter(|process| process.name.starts_with("qemu") || process.name == "kvm");
        qemus.into_iter().find(|process| {
            let words = fs::read(format!("/proc/{}/cmdline", process.id)).unwrap_or_default();
            names_guest(&String::from_utf8_lossy(&words), vm)
        })
    }
}

/// Whether QEMU was told this name, where a comma is written twice.
pub(super) fn names_guest(words: &str, vm: &str) -> bool {
    let name = format!("guest={}", vm.replace(',', ",,"));
    words.split('\0').any(|word| {
        word.strip_prefix(name.as_str())
            .is_some_and(|rest| rest.is_empty() || (rest.starts_with(',') && !rest.starts_with(",,")))
    })
}
