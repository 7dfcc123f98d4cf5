//! Keys, lids, sleep, and how the computer starts and ends.

use super::super::installer;
use super::{Command, Fact, Judged, Remedy, Site, contained};
use crate::core::types::Told;
use crate::doctor::facts::host::TroubleKind;
use crate::words::told;

/// A menu that waits longer, in seconds, is a wait of its own.
const LONG_WAIT: i64 = 30;
/// So many starts on one day are not staff's.
const MANY_STARTS: u64 = 12;
/// So many are worth a question.
const SOME_STARTS: u64 = 6;

/// Whether an action puts the computer to sleep (logind.conf(5)).
fn sleeps(action: &str) -> bool {
    ["suspend", "hibernate", "hybrid-sleep", "suspend-then-hibernate", "sleep"].contains(&action)
}

fn as_installed(site: &Site) -> Remedy {
    installer::step(site, "power", told!("have the installer set what keys and lids do"))
}

pub(super) fn idle(site: &Site) -> Fact<Judged> {
    let action = &site.host.keys.as_ref().map_err(Told::clone)?.idle;
    Ok(if ["", "ignore"].contains(&action.as_str()) {
        Judged::Well(told!("nothing happens when nobody touches the computer"))
    } else {
        Judged::warning(
            told!("logind does this when nobody touches the computer: {action}", action = action),
            as_installed(site),
        )
    })
}

pub(super) fn lid(site: &Site) -> Fact<Judged> {
    if !*site.host.lid.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Beside);
    }
    let action = &site.host.keys.as_ref().map_err(Told::clone)?.lid;
    Ok(if action == "ignore" {
        Judged::Well(told!("nothing happens when the lid is closed"))
    } else {
        Judged::warning(
            told!("logind does this when the lid is closed: {action}", action = action),
            as_installed(site),
        )
    })
}

pub(super) fn keys(site: &Site) -> Fact<Judged> {
    let keys = site.host.keys.as_ref().map_err(Told::clone)?;
    if sleeps(&keys.power) {
        let evidence = told!("the power button puts the computer to sleep: {action}", action = keys.power);
        return Ok(Judged::warning(evidence, as_installed(site)));
    }
    let asleep = [("suspend", &keys.suspend), ("hibernate", &keys.hibernate)];
    Ok(match asleep.into_iter().find(|(_, action)| sleeps(action)) {
        Some((key, action)) => Judged::advice(
            told!(
                "a key of a keyboard, {key}, puts the computer to sleep: {action}",
                key = key,
                action = action
            ),
            as_installed(site),
        ),
        None => Judged::Well(told!(
            "no key puts the computer to sleep; the power button: {action}",
            action = keys.power
        )),
    })
}

pub(super) fn mains(site: &Site) -> Fact<Judged> {
    Ok(match *site.host.mains.as_ref().map_err(Told::clone)? {
        None => Judged::Beside,
        Some(true) => Judged::Well(told!("the computer is fed by its power supply")),
        Some(false) => Judged::warning(
            told!("the computer runs on its battery"),
            Remedy::say(told!("see to its power supply, the plug and the socket")),
        ),
    })
}

pub(super) fn boot_menu(site: &Site) -> Fact<Judged> {
    if contained(site)? {
        return Ok(Judged::Beside);
    }
    let Some(grub) = site.host.grub.as_ref().map_err(Told::clone)? else { return Ok(Judged::Beside) };
    let remedy = || {
        installer::step(
            site,
            "boot",
            told!("have the installer write GRUB's menu; look for GRUB_TIMEOUT in /etc/default/grub"),
        )
    };
    Ok(match (grub.wait, grub.wait_after_failure) {
        (Some(wait), _) if wait < 0 => Judged::warning(
            told!("GRUB's menu waits for a key at each start: GRUB_TIMEOUT is below 0"),
            remedy(),
        ),
        (_, Some(wait)) if wait < 0 => Judged::warning(
            told!(
                "GRUB's menu waits for a key after a start that was cut short: GRUB_RECORDFAIL_TIMEOUT is below 0"
            ),
            remedy(),
        ),
        (wait, failed) if wait.max(failed).is_some_and(|wait| wait > LONG_WAIT) => Judged::advice(
            told!(
                "GRUB's menu waits {seconds} seconds",
                seconds = wait.max(failed).unwrap_or_default().to_string()
            ),
            remedy(),
        ),
        (wait, _) => Judged::Well(told!(
            "GRUB's menu goes on after {seconds} seconds",
            // GRUB's own choice where nothing is said (info grub, "Simple configuration").
            seconds = wait.unwrap_or(5).to_string()
        )),
    })
}

pub(super) fn fsck(site: &Site) -> Fact<Judged> {
    if contained(site)? {
        return Ok(Judged::Beside);
    }
    let now = site.host.command_line.as_ref().map_err(Told::clone)?;
    let next = match &site.host.grub {
        Ok(Some(grub)) => grub.kernel.as_str(),
        _ => now,
    };
    let has = |text: &str, word: &str| text.split_whitespace().any(|one| one == word);
    let remedy = || {
        installer::step(
            site,
            "boot",
            told!("have the installer add fsck.repair=yes to what GRUB gives the kernel"),
        )
    };
    Ok(if has(next, "fsck.mode=skip") || has(now, "fsck.mode=skip") {
        Judged::warning(told!("file systems are not checked at the start: fsck.mode=skip"), remedy())
    } else if has(next, "fsck.repair=yes") || has(now, "fsck.repair=yes") {
        Judged::Well(told!("what a power cut leaves in a file system is mended at the start"))
    } else {
        Judged::advice(
            told!("a file system that a power cut has damaged may stop the start with a question"),
            remedy(),
        )
    })
}

pub(super) fn starts(site: &Site) -> Fact<Judged> {
    let starts = site.host.starts.as_ref().map_err(Told::clone)?;
    let evidence = told!(
        "the computer was started {today} times today, and {week} times in seven days",
        today = starts.today,
        week = starts.week
    );
    let remedy = || {
        Remedy::type_in(
            told!(
                "see how the starts before ended; look at mains, power supply, heat and the hardware watchdog"
            ),
            [Command::root(["journalctl", "--list-boots"]), Command::root(["journalctl", "-b", "-1", "-e"])],
        )
    };
    Ok(match starts.today {
        MANY_STARTS.. => Judged::warning(evidence, remedy()),
        SOME_STARTS.. => Judged::advice(evidence, remedy()),
        _ => Judged::Well(evidence),
    })
}

pub(super) fn power_cut(site: &Site) -> Fact<Judged> {
    if contained(site)? {
        return Ok(Judged::Beside);
    }
    let trouble = site.host.trouble.as_ref().map_err(Told::clone)?;
    Ok(match trouble.iter().find(|one| one.kind == TroubleKind::PowerCut) {
        Some(found) => Judged::advice(
            told!(
                "the last end was a power cut: a file system had to be recovered ({about})",
                about = found.about
            ),
            Remedy::say(told!(
                "switch off by the power button where that is possible; Vitrine bears the other, disks less so"
            )),
        ),
        None => Judged::Well(told!("no file system had to be recovered at the start")),
    })
}

pub(super) fn watchdog(site: &Site) -> Fact<Judged> {
    if contained(site)? {
        return Ok(Judged::Beside);
    }
    Ok(match site.host.watchdog.as_ref().map_err(Told::clone)? {
        (_, false) => Judged::advice(
            told!("there is no hardware watchdog: a computer that hangs stays so"),
            Remedy::say(told!(
                "switch it on in the firmware, or load its module, such as iTCO_wdt or sp5100_tco"
            )),
        ),
        (None, true) => Judged::advice(
            told!("the hardware watchdog is not used: a computer that hangs stays so"),
            installer::step(site, "watchdog", told!("have the installer switch it on")),
        ),
        (Some(within), true) => {
            Judged::Well(told!("a computer that hangs is reset by its watchdog after {time}", time = *within))
        }
    })
}

pub(super) fn panic(site: &Site) -> Fact<Judged> {
    if contained(site)? {
        return Ok(Judged::Beside);
    }
    Ok(if *site.host.panic.as_ref().map_err(Told::clone)? == 0 {
        Judged::advice(
            told!("a kernel that has panicked stands still for ever: kernel.panic is 0"),
            Remedy::fix(
                told!("let it restart, until the next start; the installer's step 'panic' makes it last"),
                [Command::root(["sysctl", "-w", "kernel.panic=10"])],
                [Command::root(["sysctl", "-w", "kernel.panic=0"])],
            ),
        )
    } else {
        Judged::Well(told!("a kernel that has panicked restarts"))
    })
}
