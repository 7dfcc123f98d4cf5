//! Finds out about whether there is enough of everything. What the kernel counts is read twice, a short while apart.

mod counters;
mod processes;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::Ground;
use super::host::{in_container, number, read};
use crate::core::types::{Told, VmState};
use crate::doctor::Fact;
use crate::doctor::facts::performance::{Memory, Performance, Pressure, Speed, Vm};
use crate::host::MemInfo;
use crate::vm::{Definition, Source};
use crate::words::told;
use counters::Counters;
use processes::Processes;

/// For how long it is looked at what happens.
const WHILE: Duration = Duration::from_millis(700);

pub(super) fn gather(ground: &Ground) -> Performance {
    let (began, counted, ran) = (Instant::now(), Counters::read(), Processes::read());
    thread::sleep(WHILE.saturating_sub(began.elapsed()));
    let passed = began.elapsed();
    let (then, run) = (Counters::read(), Processes::read());
    let used = run.used_since(&ran, passed);
    let counted = counted.and_then(|before| Ok((before, then?)));
    let since = |what: fn(&Counters, &Counters, Duration) -> u64| {
        counted.as_ref().map(|(before, after)| what(before, after, passed)).map_err(Told::clone)
    };
    let swapped = since(Counters::swapped);
    Performance {
        cores: cores(),
        container: Ok(in_container()),
        load: read("/proc/loadavg").and_then(|text| load_of(&text)),
        processors: counted
            .as_ref()
            .map(|(before, after)| after.processors_since(before))
            .map_err(Told::clone),
        pressure: pressure(),
        memory: meminfo().and_then(|info| memory_of(&info, swapped?)),
        disks: counted.as_ref().map(|(before, after)| after.disks_since(before)).map_err(Told::clone),
        vms: vms(ground, &run, &used),
        busy: Ok(run.busy(&used)),
        maintenance: Ok(run.maintenance(&used)),
        zombies: Ok(run.zombies()),
        speed: Ok(speed()),
        throttled: Ok(throttled()),
        graphics: Ok(fs::read_dir("/dev/dri").is_ok_and(|mut nodes| nodes.next().is_some())),
    }
}

/// How many processors this program may use.
fn cores() -> Fact<u32> {
    let cores = thread::available_parallelism()
        .map_err(|error| told!("the processors cannot be counted: {why}", why = error.to_string()))?;
    Ok(u32::try_from(cores.get()).unwrap_or(u32::MAX))
}

/// The second and the third number of `/proc/loadavg`, in hundredths.
fn load_of(text: &str) -> Fact<(u64, u64)> {
    let mut words = text.split_whitespace().skip(1);
    let mut next = || number::<f64>(words.next().unwrap_or_default()).map(hundredths);
    Ok((next()?, next()?))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are small, and not below 0")]
fn hundredths(number: f64) -> u64 {
    (number.clamp(0.0, 1e9) * 100.0).round() as u64
}

/// How much of the last minute was waited (<https://docs.kernel.org/accounting/psi.html>).
fn pressure() -> Fact<Pressure> {
    let of = |what: &str, who: &str| {
        // Where the kernel counts it only when it is told to at the start, it cannot be read.
        let text = read(Path::new("/proc/pressure").join(what))?;
        waited_of(&text, who).ok_or_else(|| told!("the kernel does not say how much is waited for"))
    };
    Ok(Pressure { processor: of("cpu", "some")?, memory: of("memory", "full")?, disk: of("io", "full")? })
}

fn waited_of(text: &str, who: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(who))?;
    let value = line.split(' ').find_map(|word| word.strip_prefix("avg60="))?;
    Some(hundredths(value.parse().ok()?) / 100)
}

fn meminfo() -> Fact<MemInfo> {
    MemInfo::read().map_err(|error| {
        told!("{file} is not to be read: {why}", file = "/proc/meminfo", why = error.to_string())
    })
}

fn memory_of(info: &MemInfo, swapped: u64) -> Fact<Memory> {
    let of = |name: &str| {
        info.bytes(name).ok_or_else(|| told!("the kernel does not say how much memory there is"))
    };
    let swap = of("SwapTotal")?;
    Ok(Memory {
        total: of("MemTotal")?,
        available: of("MemAvailable")?,
        swap,
        swap_used: swap.saturating_sub(of("SwapFree")?),
        swapped,
    })
}

/// What libvirt says of VMs, and what their QEMUs do.
fn vms(ground: &Ground, processes: &Processes, used: &processes::Used) -> Fact<Vec<Vm>> {
    let looked = ground.libvirt.as_ref().map_err(Told::clone)?;
    let all = looked.vms.as_ref().map_err(Told::clone)?;
    Ok(all
        .iter()
        .filter_map(|vm| {
            let texts = [&vm.running, &vm.persistent];
            let mut read = vm_of(texts.into_iter().find_map(|text| text.as_ref().ok()?.as_ref())?)?;
            read.of_exhibit = ground.asked.exhibits.iter().any(|exhibit| exhibit.vm == vm.name);
            read.runs = matches!(vm.state, Ok(VmState::Running | VmState::Paused(_)));
            if let Some(qemu) = processes.qemu(&vm.name).filter(|_| read.runs) {
                (read.takes, read.nice) = (used.get(&qemu.id).copied(), Some(qemu.nice));
            }
            Some(read)
        })
        .collect())
}

/// What a definition says of what a VM takes.
fn vm_of(text: &str) -> Option<Vm> {
    let definition = Definition::read(text).ok()?;
    let document = roxmltree::Document::parse(text).ok()?;
    let processor = document.root_element().children().find(|node| node.has_tag_name("cpu"));
    let on_disk = |source: &Option<Source>| source.is_some();
    Some(Vm {
        by_kvm: definition.kind == "kvm",
        processors: definition.vcpus,
        memory: definition.memory,
        processor_mode: processor.and_then(|node| node.attribute("mode")).unwrap_or_default().to_owned(),
        caches: definition
            .disks
            .iter()
            .filter(|disk| !disk.readonly && disk.device == "disk" && on_disk(&disk.source))
            .map(|disk| (disk.target.clone(), disk.cache.clone()))
            .collect(),
        name: definition.name,
        ..Vm::default()
    })
}

/// How the first processor's speed is chosen (<https://docs.kernel.org/admin-guide/pm/cpufreq.html>).
fn speed() -> Option<Speed> {
    let value = |name: &str| {
        read(Path::new("/sys/devices/system/cpu/cpu0/cpufreq").join(name))
            .ok()
            .map(|text| text.trim().to_owned())
    };
    let hertz = |name: &str| value(name)?.parse::<u64>().ok().filter(|count| *count > 0);
    let allowed = hertz("scaling_max_freq").zip(hertz("cpuinfo_max_freq"));
    Some(Speed {
        driver: value("scaling_driver")?,
        governor: value("scaling_governor")?,
        allowed: allowed.map_or(100, |(allowed, most)| allowed.saturating_mul(100) / most),
    })
}

/// How often the first processor's core or its package was too hot; Intel's count it.
fn throttled() -> Option<u64> {
    let folder = Path::new("/sys/devices/system/cpu/cpu0/thermal_throttle");
    let count = |name: &str| read(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    Some(count("core_throttle_count")?.max(count("package_throttle_count").unwrap_or(0)))
}

#[cfg(test)]
mod tests;
