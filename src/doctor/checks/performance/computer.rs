//! Whether the computer has enough of everything.

use std::time::Duration;

use super::{Command, Fact, Judged, Remedy, Site, cores_of, memory_of, size};
use crate::core::types::Told;
use crate::words::told;

const MB: u64 = 1_000_000;
/// With less than this the next program that asks for memory has another one killed.
const LEAST_MEMORY: u64 = 200 * MB;
/// What is swapped in and out each second while artworks stutter for it.
const MUCH_SWAPPING: u64 = 5 * MB;
/// For how much of the time, in percent, everything may wait for something before an artwork shows it.
const PRESSED: u64 = 20;
/// How long a request to a disk may take before artworks wait for it; and how many have to be seen to say so.
const SLOW: Duration = Duration::from_millis(100);
const ENOUGH_REQUESTS: u64 = 10;
/// How much its host may take of a processor, in percent.
const STOLEN: u64 = 10;
/// What another program may take, in percent of a processor.
const BUSY: u64 = 50;
/// Drivers of processors that choose their speed themselves, for which `powersave` is the usual name and slow nothing.
const CHOOSE_THEMSELVES: [&str; 3] = ["intel_pstate", "amd-pstate-epp", "amd_pstate_epp"];

/// What to look at where the computer has too much to do.
fn lighten() -> Remedy {
    Remedy::type_in(
        told!("see what takes the processors; end what is not needed, or move a VM to another computer"),
        [Command::new(["top", "-b", "-n", "1"]), Command::new(["virt-top", "--stream", "-n", "2"])],
    )
}

/// A warning; advice in a container, where these numbers are its host's, and nobody in it has made them.
fn of_computer(site: &Site, evidence: Told, remedy: Remedy) -> Fact<Judged> {
    Ok(if *site.performance.container.as_ref().map_err(Told::clone)? {
        Judged::advice(evidence, remedy)
    } else {
        Judged::warning(evidence, remedy)
    })
}

pub(super) fn load(site: &Site) -> Fact<Judged> {
    let (five, fifteen) = *site.performance.load.as_ref().map_err(Told::clone)?;
    let cores = u64::from(cores_of(site)?.max(1));
    let lasting = five.min(fifteen);
    let evidence = told!(
        "{load} processes want a processor at once, and there are {cores}",
        load = lasting / 100,
        cores = cores
    );
    Ok(match lasting / cores {
        400.. => of_computer(site, evidence, lighten())?,
        150.. => Judged::advice(evidence, lighten()),
        _ => Judged::Well(evidence),
    })
}

pub(super) fn processors(site: &Site) -> Fact<Judged> {
    let pressure = site.performance.pressure.as_ref().map_err(Told::clone)?.processor;
    let evidence =
        told!("for {percent} % of the last minute something waited for a processor", percent = pressure);
    Ok(match pressure {
        80.. => of_computer(site, evidence, lighten())?,
        40.. => Judged::advice(evidence, lighten()),
        _ => Judged::Well(evidence),
    })
}

pub(super) fn steal(site: &Site) -> Fact<Judged> {
    let stolen = site.performance.processors.as_ref().map_err(Told::clone)?.stolen;
    let evidence =
        told!("{percent} % of the processors went to other computers of the same host", percent = stolen);
    Ok(if stolen > STOLEN {
        let words = told!(
            "this computer is a VM, and its host has too many: move it, or give it processors of its own"
        );
        of_computer(site, evidence, Remedy::say(words))?
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn memory(site: &Site) -> Fact<Judged> {
    let memory = memory_of(site)?;
    let evidence =
        told!("{free} of {all} memory can be had", free = size(memory.available), all = size(memory.total));
    let remedy = || {
        Remedy::type_in(
            told!("end what is not needed, give the VMs less, or the computer more"),
            [Command::new(["ps", "axo", "rss,comm", "--sort=-rss"])],
        )
    };
    let swap = memory.swap.saturating_sub(memory.swap_used);
    Ok(if memory.available + swap < LEAST_MEMORY {
        Judged::ill(evidence, remedy())
    } else if memory.available < memory.total / 20 {
        Judged::warning(evidence, remedy())
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn memory_pressure(site: &Site) -> Fact<Judged> {
    let pressure = site.performance.pressure.as_ref().map_err(Told::clone)?.memory;
    let evidence =
        told!("for {percent} % of the last minute everything waited for memory", percent = pressure);
    Ok(if pressure >= PRESSED {
        let words = told!("give the VMs less memory, or the computer more");
        Judged::warning(evidence, Remedy::type_in(words, [Command::new(["free", "-m"])]))
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn swap(site: &Site) -> Fact<Judged> {
    let memory = memory_of(site)?;
    let words = || told!("give the VMs less memory, or the computer more");
    let remedy = || Remedy::type_in(words(), [Command::new(["vmstat", "1", "5"])]);
    Ok(if memory.swapped > MUCH_SWAPPING {
        let evidence =
            told!("{size} are swapped in and out each second: artworks stutter", size = size(memory.swapped));
        Judged::warning(evidence, remedy())
    } else if memory.swap > 0 && memory.swap_used > memory.swap / 10 * 8 {
        let evidence = told!(
            "{used} of {all} swap space are used: when it is full, something is killed",
            used = size(memory.swap_used),
            all = size(memory.swap)
        );
        // What lies there for ever, while there is memory, does no harm.
        if memory.available < memory.total / 10 {
            Judged::warning(evidence, remedy())
        } else {
            Judged::advice(evidence, remedy())
        }
    } else {
        Judged::Well(told!("{used} of the swap space are used", used = size(memory.swap_used)))
    })
}

pub(super) fn disk(site: &Site) -> Fact<Judged> {
    let disks = site.performance.disks.as_ref().map_err(Told::clone)?;
    let slowest = disks.iter().filter(|disk| disk.requests >= ENOUGH_REQUESTS).max_by_key(|disk| disk.each);
    let Some(slowest) = slowest else {
        return Ok(Judged::Well(told!("the disks have little to do")));
    };
    let evidence = told!(
        "{disk} takes {millis} ms for each request",
        disk = slowest.name,
        millis = u64::try_from(slowest.each.as_millis()).unwrap_or(u64::MAX)
    );
    Ok(if slowest.each > SLOW {
        // A short look: what comes for a moment is no reason to wake anybody.
        let words =
            told!("see what reads or writes so much; an SSD of its own for the VMs' images helps most");
        Judged::advice(evidence, Remedy::type_in(words, [Command::root(["iotop", "-b", "-o", "-n", "2"])]))
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn disk_pressure(site: &Site) -> Fact<Judged> {
    let pressure = site.performance.pressure.as_ref().map_err(Told::clone)?.disk;
    let evidence =
        told!("for {percent} % of the last minute everything waited for disks", percent = pressure);
    Ok(if pressure >= PRESSED {
        let words =
            told!("see what reads or writes so much, and whether the disk is well; an SSD helps most");
        of_computer(
            site,
            evidence,
            Remedy::type_in(words, [Command::root(["iotop", "-b", "-o", "-n", "2"])]),
        )?
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn rotating(site: &Site) -> Fact<Judged> {
    let disks = site.performance.disks.as_ref().map_err(Told::clone)?;
    let Some(first) = disks.first() else { return Ok(Judged::Beside) };
    Ok(if disks.iter().all(|disk| disk.rotates) {
        Judged::advice(
            told!("{disk} turns, and there is no SSD: starts and reverts take long", disk = first.name),
            Remedy::say(told!("lay the VMs' images onto an SSD")),
        )
    } else {
        Judged::Well(told!("there is an SSD"))
    })
}

pub(super) fn others(site: &Site) -> Fact<Judged> {
    let busy = site.performance.busy.as_ref().map_err(Told::clone)?;
    let Some((name, takes)) = busy.iter().max_by_key(|(_, takes)| *takes).filter(|(_, takes)| *takes >= BUSY)
    else {
        return Ok(Judged::Well(told!("no other program takes much of a processor")));
    };
    Ok(Judged::advice(
        told!(
            "{program} takes {percent} % of a processor, and is no artwork's",
            program = name,
            percent = takes
        ),
        Remedy::type_in(
            told!("see whether it is needed, and switch its service off where it is not"),
            [Command::new(["systemctl", "status"]), Command::root(["systemctl", "disable", "--now", name])],
        ),
    ))
}

pub(super) fn maintenance(site: &Site) -> Fact<Judged> {
    let works = site.performance.maintenance.as_ref().map_err(Told::clone)?;
    Ok(if works.is_empty() {
        Judged::Well(told!("nothing installs packages or searches the disks now"))
    } else {
        Judged::advice(
            told!(
                "this is at work now, and takes time of disks and processors: {programs}",
                programs = works.join(", ")
            ),
            Remedy::say(told!("have it done out of opening hours, by the timer of its unit")),
        )
    })
}

pub(super) fn zombies(site: &Site) -> Fact<Judged> {
    let count = *site.performance.zombies.as_ref().map_err(Told::clone)?;
    let evidence = told!("{count} processes have ended and are not buried", count = count);
    Ok(if count >= 100 {
        let words = told!("see whose they are, and restart that");
        Judged::advice(evidence, Remedy::type_in(words, [Command::new(["ps", "axo", "stat,ppid,comm"])]))
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn speed(site: &Site) -> Fact<Judged> {
    let Some(speed) = site.performance.speed.as_ref().map_err(Told::clone)? else {
        return Ok(Judged::Beside);
    };
    let slow = speed.governor == "powersave" && !CHOOSE_THEMSELVES.contains(&speed.driver.as_str());
    Ok(if slow {
        Judged::advice(
            told!(
                "the processors are kept at their lowest speed: {governor} of {driver}",
                governor = speed.governor,
                driver = speed.driver
            ),
            Remedy::type_in(
                told!("let them choose, until the next start; a file in /etc/tmpfiles.d makes it last"),
                [Command::root(["cpupower", "frequency-set", "-g", "schedutil"])],
            ),
        )
    } else if speed.allowed < 60 {
        Judged::advice(
            told!("the processors may only run at {percent} % of their speed", percent = speed.allowed),
            Remedy::type_in(
                told!(
                    "see what holds them back: a power profile, the firmware, or the power supply of a laptop"
                ),
                [Command::new(["powerprofilesctl", "get"]), Command::root(["cpupower", "frequency-info"])],
            ),
        )
    } else {
        Judged::Well(told!(
            "the processors' speed is chosen by {governor} of {driver}",
            governor = speed.governor,
            driver = speed.driver
        ))
    })
}

pub(super) fn throttled(site: &Site) -> Fact<Judged> {
    Ok(match *site.performance.throttled.as_ref().map_err(Told::clone)? {
        None => Judged::Beside,
        Some(count @ 100..) => Judged::advice(
            told!("processors were slowed down for their heat {count} times since the start", count = count),
            Remedy::say(told!("clean the fans, and give the computer air")),
        ),
        Some(count) => Judged::Well(told!(
            "processors were hardly ever slowed down for their heat: {count} times",
            count = count
        )),
    })
}

pub(super) fn graphics(site: &Site) -> Fact<Judged> {
    // A container has what its host gives it.
    if *site.performance.container.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Beside);
    }
    Ok(if *site.performance.graphics.as_ref().map_err(Told::clone)? {
        Judged::Well(told!("the graphics hardware has a driver"))
    } else {
        Judged::advice(
            told!(
                "no graphics hardware has a driver (/dev/dri is missing): pictures are drawn by the processor"
            ),
            Remedy::type_in(
                told!(
                    "install the firmware of the graphics hardware, and take 'nomodeset' from the kernel's line"
                ),
                [Command::root(["apt-get", "install", "firmware-misc-nonfree", "firmware-amd-graphics"])],
            ),
        )
    })
}
