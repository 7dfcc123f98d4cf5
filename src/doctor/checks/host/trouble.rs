//! What the kernel complains about, and heat.

use super::{Command, Fact, Judged, Remedy, Site, contained};
use crate::core::types::Told;
use crate::doctor::facts::host::{Trouble, TroubleKind};
use crate::words::told;

/// A processor is as hot as this where its sensor does not say what is too hot, in degrees Celsius.
const HOT: i64 = 95;
/// What is only so far from its end is too hot.
const MARGIN: i64 = 3;

/// All complaints of a kind.
fn all(site: &Site, kind: TroubleKind) -> Fact<Vec<&Trouble>> {
    let trouble = site.host.trouble.as_ref().map_err(Told::clone)?;
    Ok(trouble.iter().filter(|one| one.kind == kind).collect())
}

fn kernel_log(words: Told) -> Remedy {
    Remedy::type_in(words, [Command::root(["journalctl", "-k", "-b", "-p", "warning"])])
}

/// What to say of the kernel's complaints of a kind, where there are any.
fn judge(site: &Site, kind: TroubleKind, none: Told, some: impl FnOnce(&Trouble) -> Judged) -> Fact<Judged> {
    // A container's kernel is its host's, and so are its hardware and its complaints.
    if contained(site)? {
        return Ok(Judged::Beside);
    }
    let found = all(site, kind)?;
    Ok(found.iter().max_by_key(|one| one.count).map_or(Judged::Well(none), |worst| some(worst)))
}

pub(super) fn disk(site: &Site) -> Fact<Judged> {
    judge(site, TroubleKind::Disk, told!("no disk has failed to read or write since the start"), |found| {
        Judged::warning(
            told!(
                "{disk} could not be read or written, {count} times: {line}",
                disk = found.about,
                count = found.count,
                line = found.line
            ),
            kernel_log(told!(
                "copy the VMs' images to another disk; see to the cable, then have the disk replaced"
            )),
        )
    })
}

pub(super) fn file_system(site: &Site) -> Fact<Judged> {
    judge(site, TroubleKind::FileSystem, told!("no file system has shown damage since the start"), |found| {
        Judged::warning(
            told!("the file system on {disk} is damaged: {line}", disk = found.about, line = found.line),
            Remedy::type_in(
                told!(
                    "have it checked at the next start, out of opening hours, with fsck.mode=force on the kernel's line"
                ),
                [Command::root(["journalctl", "-k", "-b", "-g", "error"])],
            ),
        )
    })
}

pub(super) fn memory(site: &Site) -> Fact<Judged> {
    let mut found = all(site, TroubleKind::Memory)?;
    if contained(site)? {
        // The kernel's log is that of the host, where others are killed as well.
        let guests = site.kvm.guests.as_deref().unwrap_or_default();
        found.retain(|one| guests.iter().any(|guest| one.about.ends_with(&format!("(VM {})", guest.vm))));
        if found.is_empty() {
            return Ok(Judged::Beside);
        }
    }
    // What is a VM's matters most.
    let Some(worst) = found.iter().max_by_key(|one| (one.about.contains("qemu"), one.count)) else {
        return Ok(Judged::Well(told!("nothing was killed for want of memory since the start")));
    };
    let evidence = told!("killed for want of memory: {program}", program = worst.about);
    let remedy = Remedy::type_in(
        told!("give the VMs less memory, or the computer more, and see what else takes it"),
        [Command::new(["free", "-m"]), Command::root(["journalctl", "-k", "-b", "-g", "oom"])],
    );
    Ok(if worst.about.contains("qemu") {
        Judged::warning(evidence, remedy)
    } else {
        Judged::advice(evidence, remedy)
    })
}

pub(super) fn heat(site: &Site) -> Fact<Judged> {
    judge(site, TroubleKind::Heat, told!("no processor was slowed down for its heat"), |found| {
        Judged::warning(
            told!("the processor was slowed down for its heat, {count} times", count = found.count),
            Remedy::say(told!(
                "clean fans and filters, and see that air reaches the computer in its housing"
            )),
        )
    })
}

pub(super) fn temperature(site: &Site) -> Fact<Judged> {
    let all = site.host.temperatures.as_ref().map_err(Told::clone)?;
    let left =
        |now: i64, critical: Option<i64>| critical.filter(|critical| *critical > 0).unwrap_or(HOT) - now;
    let Some(hottest) = all.iter().min_by_key(|one| left(one.now, one.critical)) else {
        return Ok(Judged::Beside);
    };
    let evidence =
        told!("{sensor} says {degrees} °C", sensor = hottest.sensor, degrees = hottest.now.to_string());
    Ok(if left(hottest.now, hottest.critical) <= MARGIN {
        let words = told!("see that air reaches the computer, and that its fans turn");
        Judged::warning(evidence, Remedy::say(words))
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn hardware(site: &Site) -> Fact<Judged> {
    judge(site, TroubleKind::Hardware, told!("the hardware has reported no error since the start"), |found| {
        Judged::warning(
            told!("the hardware has reported {count} errors: {line}", count = found.count, line = found.line),
            kernel_log(told!("test the memory over a night, and have the part replaced")),
        )
    })
}

pub(super) fn graphics(site: &Site) -> Fact<Judged> {
    judge(site, TroubleKind::Graphics, told!("the graphics hardware has not hung since the start"), |found| {
        Judged::warning(
            told!(
                "the graphics hardware has hung {count} times: {line}",
                count = found.count,
                line = found.line
            ),
            kernel_log(told!("take a newer kernel, or firmware for the graphics (firmware-misc-nonfree)")),
        )
    })
}

pub(super) fn kernel(site: &Site) -> Fact<Judged> {
    judge(site, TroubleKind::Kernel, told!("the kernel has not stumbled since the start"), |found| {
        Judged::warning(
            told!("the kernel has stumbled {count} times: {line}", count = found.count, line = found.line),
            kernel_log(told!(
                "restart out of opening hours; where it comes again, take another kernel and test the memory"
            )),
        )
    })
}

pub(super) fn crashes(site: &Site) -> Fact<Judged> {
    judge(
        site,
        TroubleKind::Crash,
        told!("no program of the artworks' has crashed since the start"),
        |found| {
            Judged::warning(
                told!("{program} has crashed {count} times", program = found.about, count = found.count),
                kernel_log(told!(
                    "install the updates of this program out of opening hours; coredumpctl tells more"
                )),
            )
        },
    )
}

pub(super) fn slept(site: &Site) -> Fact<Judged> {
    judge(site, TroubleKind::Sleep, told!("the computer has not slept since the start"), |found| {
        Judged::warning(
            told!("the computer was put to sleep {count} times since the start", count = found.count),
            Remedy::type_in(
                told!("let nothing put it to sleep"),
                [Command::root(["systemctl", "mask", "sleep.target"])],
            ),
        )
    })
}
