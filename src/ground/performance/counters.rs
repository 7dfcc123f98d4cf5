//! What the kernel counts: what processors did, what disks did, what was swapped.

use std::path::Path;
use std::time::Duration;

use super::super::host::read;
use crate::doctor::Fact;
use crate::doctor::facts::performance::{Disk, Processors};

/// The size of a page, in bytes, on the computers that QEMU runs PCs on.
const PAGE: u64 = 4096;

/// Counters of one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    /// The first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal, and more (proc_stat(5)).
    processors: Vec<u64>,
    /// Of each whole disk: its requests, and the milliseconds that they took (`/proc/diskstats`).
    disks: Vec<(String, u64, u64)>,
    /// Pages swapped in and out (`/proc/vmstat`).
    pages: u64,
}

impl Counters {
    pub(super) fn read() -> Fact<Self> {
        Ok(Self::of(
            &read("/proc/stat")?,
            &read("/proc/diskstats").unwrap_or_default(),
            &read("/proc/vmstat").unwrap_or_default(),
        ))
    }

    pub(super) fn of(stat: &str, disks: &str, vmstat: &str) -> Self {
        let numbers = |line: &str| line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let disk = |line: &str| {
            let words: Vec<_> = line.split_whitespace().collect();
            let at = |place: usize| words.get(place).and_then(|word| word.parse::<u64>().ok());
            // Requests read and written, and how long these took.
            Some(((*words.get(2)?).to_owned(), at(3)? + at(7)?, at(6)? + at(10)?))
        };
        let page = |name: &str| {
            let line = vmstat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|count| count.trim().parse::<u64>().ok()).unwrap_or(0)
        };
        Self {
            processors: stat.lines().find(|line| line.starts_with("cpu ")).map(numbers).unwrap_or_default(),
            disks: disks.lines().filter_map(disk).filter(|(name, ..)| is_disk(name)).collect(),
            pages: page("pswpin") + page("pswpout"),
        }
    }

    /// What the processors have done since then.
    pub(super) fn processors_since(&self, before: &Self) -> Processors {
        let since = |place: usize| {
            let at = |one: &Self| one.processors.get(place).copied().unwrap_or(0);
            at(self).saturating_sub(at(before))
        };
        let all = (0..8).map(since).sum::<u64>().max(1);
        let (idle, waited, stolen) = (since(3), since(4), since(7));
        Processors {
            busy: all.saturating_sub(idle + waited + stolen) * 100 / all,
            waited: waited * 100 / all,
            stolen: stolen * 100 / all,
        }
    }

    /// What the disks have done since then.
    pub(super) fn disks_since(&self, before: &Self) -> Vec<Disk> {
        let since = |(name, requests, took): &(String, u64, u64)| {
            let (_, requests_before, took_before) = before.disks.iter().find(|(other, ..)| other == name)?;
            let requests = requests.saturating_sub(*requests_before);
            let took = took.saturating_sub(*took_before);
            Some(Disk {
                requests,
                each: Duration::from_millis(took) / u32::try_from(requests.max(1)).unwrap_or(u32::MAX),
                rotates: read(Path::new("/sys/block").join(name).join("queue/rotational"))
                    // Disks of VMs say so whatever they lie on.
                    .is_ok_and(|text| text.trim() == "1" && !name.contains("vd")),
                name: name.clone(),
            })
        };
        self.disks.iter().filter_map(since).collect()
    }

    /// Bytes that were swapped between the two, a second.
    pub(super) fn swapped(before: &Self, after: &Self, passed: Duration) -> u64 {
        let bytes = after.pages.saturating_sub(before.pages).saturating_mul(PAGE);
        let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX).max(1);
        bytes.saturating_mul(1000) / millis
    }
}

/// Whether it is a whole disk, and no part of one, nor put together from others.
fn is_disk(name: &str) -> bool {
    let whole = |name: &str, prefix: &str| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_lowercase()))
    };
    let parted = |prefix: &str| name.starts_with(prefix) && !name.contains('p');
    whole(name, "sd")
        || whole(name, "vd")
        || whole(name, "xvd")
        // nvme0n1 is a disk, nvme0n1p1 a part of it; so is mmcblk0, which has a p of its own in no place.
        || parted("nvme")
        || (name.starts_with("mmcblk") && !name.trim_start_matches("mmcblk").contains(['p', 'b']))
}
