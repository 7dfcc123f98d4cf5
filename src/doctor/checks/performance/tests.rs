use std::time::Duration;

use super::*;
use crate::doctor::Look;
use crate::doctor::Verdict::{self, Advice, Ill, Unknown, Warning, Well};
use crate::doctor::checks::host::verdict;
use crate::doctor::facts::performance::*;
use crate::words::told;

type Row = (&'static str, fn(&mut Performance), Option<Verdict>);

const GB: u64 = 1 << 30;

fn vm(facts: &mut Performance) -> &mut Vm {
    &mut facts.vms.as_mut().unwrap()[0]
}

fn memory(facts: &mut Performance) -> &mut Memory {
    facts.memory.as_mut().unwrap()
}

fn disk(facts: &mut Performance) -> &mut Disk {
    &mut facts.disks.as_mut().unwrap()[0]
}

/// So many more VMs like the first.
fn more(facts: &mut Performance, count: usize) {
    let vms = facts.vms.as_mut().unwrap();
    let one = Vm { name: "another".into(), ..vms[0].clone() };
    vms.extend(vec![one; count]);
}

const ROWS: &[Row] = &[
    ("performance.load", |facts| facts.load = Ok((900, 700)), Some(Advice)),
    ("performance.load", |facts| facts.load = Ok((2000, 1600)), Some(Warning)),
    ("performance.load", |facts| facts.load = Ok((2000, 100)), Some(Well)),
    ("performance.load", |facts| (facts.load, facts.container) = (Ok((2000, 1600)), Ok(true)), Some(Advice)),
    ("performance.processors", |facts| facts.pressure.as_mut().unwrap().processor = 50, Some(Advice)),
    ("performance.processors", |facts| facts.pressure.as_mut().unwrap().processor = 80, Some(Warning)),
    ("performance.steal", |facts| facts.processors.as_mut().unwrap().stolen = 30, Some(Warning)),
    ("performance.memory", |facts| memory(facts).available = GB / 2, Some(Warning)),
    ("performance.memory", |facts| (memory(facts).available, memory(facts).swap) = (1, 0), Some(Ill)),
    ("performance.memory-pressure", |facts| facts.pressure.as_mut().unwrap().memory = 30, Some(Warning)),
    ("performance.swap", |facts| memory(facts).swapped = GB, Some(Warning)),
    ("performance.swap", |facts| memory(facts).swap_used = GB, Some(Advice)),
    (
        "performance.swap",
        |facts| (memory(facts).swap_used, memory(facts).available) = (GB, GB),
        Some(Warning),
    ),
    ("performance.disk", |facts| disk(facts).each = Duration::from_secs(1), Some(Advice)),
    (
        "performance.disk",
        |facts| (disk(facts).each, disk(facts).requests) = (Duration::from_secs(1), 1),
        Some(Well),
    ),
    ("performance.disk-pressure", |facts| facts.pressure.as_mut().unwrap().disk = 50, Some(Warning)),
    ("performance.rotating", |facts| disk(facts).rotates = true, Some(Advice)),
    ("performance.rotating", |facts| facts.disks = Ok(Vec::new()), None),
    ("performance.others", |facts| facts.busy = Ok(vec![("cupsd".into(), 80)]), Some(Advice)),
    ("performance.others", |facts| facts.busy = Ok(vec![("cupsd".into(), 20)]), Some(Well)),
    ("performance.maintenance", |facts| facts.maintenance = Ok(vec!["dpkg".into()]), Some(Advice)),
    ("performance.zombies", |facts| facts.zombies = Ok(500), Some(Advice)),
    (
        "performance.speed",
        |facts| facts.speed.as_mut().unwrap().as_mut().unwrap().driver = "acpi-cpufreq".into(),
        Some(Advice),
    ),
    ("performance.speed", |facts| facts.speed.as_mut().unwrap().as_mut().unwrap().allowed = 40, Some(Advice)),
    ("performance.speed", |facts| facts.speed = Ok(None), None),
    ("performance.throttled", |facts| facts.throttled = Ok(Some(1000)), Some(Advice)),
    ("performance.throttled", |facts| facts.throttled = Ok(None), None),
    ("performance.graphics", |facts| facts.graphics = Ok(false), Some(Advice)),
    ("performance.graphics", |facts| facts.container = Ok(true), None),
    ("performance.cores", |facts| more(facts, 4), Some(Advice)),
    ("performance.cores", |facts| more(facts, 8), Some(Warning)),
    ("performance.cores", |facts| facts.vms = Ok(Vec::new()), None),
    ("performance.vm-memory", |facts| vm(facts).memory = 64 * GB, Some(Ill)),
    ("performance.vm-memory", |facts| more(facts, 7), Some(Warning)),
    ("performance.vm-memory", |facts| facts.vms = Ok(Vec::new()), None),
    ("performance.vcpus", |facts| vm(facts).processors = 8, Some(Warning)),
    ("performance.vcpus", |facts| facts.vms = Ok(Vec::new()), None),
    ("performance.cache", |facts| vm(facts).caches[0].1 = "unsafe".into(), Some(Warning)),
    ("performance.cache", |facts| vm(facts).caches[0].1 = "directsync".into(), Some(Advice)),
    ("performance.cache", |facts| vm(facts).caches[0].1 = "none".into(), Some(Well)),
    ("performance.cache", |facts| vm(facts).caches[0].1 = String::new(), Some(Well)),
    ("performance.cpu-mode", |facts| vm(facts).processor_mode = String::new(), Some(Advice)),
    ("performance.cpu-mode", |facts| vm(facts).by_kvm = false, None),
    ("performance.share", |facts| vm(facts).takes = Some(200), Some(Advice)),
    ("performance.share", |facts| vm(facts).takes = None, None),
    ("performance.nice", |facts| vm(facts).nice = Some(10), Some(Advice)),
    ("performance.nice", |facts| vm(facts).nice = None, None),
];

fn look(check: &Check, site: &Site) -> Option<Verdict> {
    verdict(match check.look {
        Look::Site(look) => look(site),
        Look::Exhibit(look) => look(site, &Exhibit::well()),
    })
}

#[test]
fn each_want_is_named() {
    for (code, spoil, expected) in ROWS {
        let check = CHECKS.iter().find(|check| check.code == *code).unwrap();
        let mut site = Site::well();
        spoil(&mut site.performance);
        assert_eq!(look(check, &site), *expected, "{code}");
    }
}

#[test]
fn each_check_of_performance_has_a_row() {
    for check in CHECKS {
        assert!(ROWS.iter().any(|(code, ..)| *code == check.code), "{}", check.code);
        let mut site = Site::well();
        assert_eq!(look(check, &site), Some(Well), "{}", check.code);
        site.performance = Performance::unknown(&told!("it was not asked for"));
        assert_eq!(look(check, &site), Some(Unknown), "{}", check.code);
    }
}
