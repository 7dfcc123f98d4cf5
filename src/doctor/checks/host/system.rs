//! The system: what it is, what is installed, its clock, its services.

use super::super::installer;
use super::{Command, Fact, Judged, Remedy, Site, contained};
use crate::core::types::Told;
use crate::words::told;

/// The first releases with which Vitrine was tried.
const DEBIAN: u32 = 12;
const UBUNTU: u32 = 22;
/// A clock that was set has this long to be so after the start.
const TIME_TO_SYNCHRONISE: u64 = 600;
/// By how much the hardware's clock may be wrong, in seconds: nobody notices less after a start.
const HARDWARE_CLOCK_OFF: u64 = 300;
/// Units without which no artwork is shown begin so.
const VITAL: [&str; 14] = [
    "libvirt",
    "virt",
    "vitrine",
    "lightdm",
    "display-manager",
    "dbus",
    "polkit",
    "systemd-logind",
    "user@",
    "systemd-udevd",
    "NetworkManager",
    "networking",
    "systemd-networkd",
    "gdm",
];

pub(super) fn known(site: &Site) -> Fact<Judged> {
    let system = site.host.system.as_ref().map_err(Told::clone)?;
    let major = system.version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    let known = match (system.id.as_str(), major) {
        ("debian", Some(major)) => major >= DEBIAN,
        ("ubuntu", Some(major)) => major >= UBUNTU,
        _ => false,
    };
    Ok(if known {
        Judged::Well(told!("{system} is known", system = system.name))
    } else {
        Judged::advice(
            told!("this is {system}, with which nobody has tried Vitrine", system = system.name),
            Remedy::say(told!(
                "Debian 12 or newer, or Ubuntu 22.04 or newer, is what Vitrine was tried with"
            )),
        )
    })
}

pub(super) fn packages(site: &Site) -> Fact<Judged> {
    let packages = site.host.packages.as_ref().map_err(Told::clone)?;
    Ok(if packages.broken.is_empty() {
        Judged::Well(told!("every package is wholly installed"))
    } else {
        Judged::warning(
            told!("packages are only half installed: {packages}", packages = packages.broken.join(", ")),
            Remedy::type_in(
                told!("an installation was cut short; have it finished, out of opening hours"),
                [Command::root(["dpkg", "--configure", "-a"]), Command::root(["apt-get", "install", "-f"])],
            ),
        )
    })
}

pub(super) fn programs(site: &Site) -> Fact<Judged> {
    let programs = site.host.programs.as_ref().map_err(Told::clone)?;
    let missing: Vec<_> =
        programs.iter().filter(|(_, there)| !there).map(|(name, _)| name.as_str()).collect();
    if missing.is_empty() {
        return Ok(Judged::Well(told!("{count} programs that are needed are there", count = programs.len())));
    }
    let evidence = told!("programs are missing: {programs}", programs = missing.join(", "));
    let remedy = installer::packages(site, told!("install what is missing"));
    // Without a viewer nothing is ever shown; the others are missed in some cases.
    let shows = !missing.contains(&"virt-viewer");
    Ok(if shows { Judged::warning(evidence, remedy) } else { Judged::ill(evidence, remedy) })
}

/// Packages of one source are made for each other; QEMU does not even load modules of another build.
pub(super) fn versions(site: &Site) -> Fact<Judged> {
    let versions = &site.host.packages.as_ref().map_err(Told::clone)?.versions;
    let of = |prefix: &str| versions.iter().filter(|(name, _)| name.starts_with(prefix)).collect::<Vec<_>>();
    for prefix in ["qemu-", "libvirt"] {
        let same_source = of(prefix);
        let Some((first, version)) = same_source.first() else { continue };
        if let Some((other, others)) = same_source.iter().find(|(_, other)| other != version) {
            let evidence = told!(
                "{package} is of version {version}, {other} of {others}",
                package = first,
                version = version,
                other = other,
                others = others
            );
            let words = told!("install all of them from one suite");
            return Ok(Judged::warning(
                evidence,
                Remedy::type_in(words, [Command::root(["apt-get", "install", first, other])]),
            ));
        }
    }
    Ok(match of("qemu-system-").first().or(of("libvirt").first()) {
        Some((name, version)) => Judged::Well(told!(
            "the packages of QEMU and of libvirt fit together ({package} {version})",
            package = name,
            version = version
        )),
        None => Judged::Beside,
    })
}

/// Debian and Ubuntu have put SPICE into a package of its own with this version of QEMU, counted as (8, 1).
pub(super) fn spice(site: &Site) -> Fact<Judged> {
    let versions = &site.host.packages.as_ref().map_err(Told::clone)?.versions;
    let Some((_, version)) = versions.iter().find(|(name, _)| name == "qemu-system-x86") else {
        return Ok(Judged::Beside);
    };
    let upstream = version.split_once(':').map_or(version.as_str(), |(_, upstream)| upstream);
    let mut numbers = upstream.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0_u32));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let has = versions.iter().any(|(name, _)| name == "qemu-system-modules-spice");
    Ok(if version < (8, 1) || has {
        Judged::Well(told!("QEMU has what SPICE takes"))
    } else {
        Judged::warning(
            told!("QEMU cannot show anything by SPICE: the package qemu-system-modules-spice is missing"),
            Remedy::type_in(
                told!("install it; a VM has it from its next start on"),
                [Command::root(["apt-get", "install", "qemu-system-modules-spice"])],
            ),
        )
    })
}

pub(super) fn restart(site: &Site) -> Fact<Judged> {
    if contained(site)? {
        return Ok(Judged::Beside);
    }
    let kernel = site.host.kernel.as_ref().map_err(Told::clone)?;
    let remedy = || {
        Remedy::type_in(
            told!("restart the computer out of opening hours"),
            [Command::root(["systemctl", "reboot"])],
        )
    };
    Ok(if !kernel.has_modules && !kernel.installed.is_empty() {
        let evidence = told!(
            "kernel {release} runs, and its modules are gone: what is not loaded yet cannot be",
            release = kernel.release
        );
        Judged::warning(evidence, remedy())
    } else if kernel.restart_wanted {
        let evidence = told!("updates wait for a restart; kernel {release} runs", release = kernel.release);
        Judged::advice(evidence, remedy())
    } else {
        Judged::Well(told!(
            "kernel {release} runs, and no update waits for a restart",
            release = kernel.release
        ))
    })
}

pub(super) fn synchronised(site: &Site) -> Fact<Judged> {
    if contained(site)? {
        return Ok(Judged::Beside);
    }
    let time = site.host.time.as_ref().map_err(Told::clone)?;
    let started = *site.host.uptime.as_ref().map_err(Told::clone)?;
    let tried_for = time.kept_for.unwrap_or(started).as_secs();
    Ok(match (time.synchronised, time.kept, time.can_be_kept) {
        (true, ..) => Judged::Well(told!("the clock is synchronised")),
        (false, false, true) => Judged::warning(
            told!("nothing sets the clock: time synchronisation is switched off"),
            Remedy::fix(
                told!("switch it on"),
                [Command::root(["timedatectl", "set-ntp", "true"])],
                [Command::root(["timedatectl", "set-ntp", "false"])],
            ),
        ),
        (false, false, false) => Judged::warning(
            told!("nothing sets the clock: no time service is installed"),
            Remedy::type_in(
                told!("install one"),
                [Command::root(["apt-get", "install", "systemd-timesyncd"])],
            ),
        ),
        (false, true, _) if tried_for < TIME_TO_SYNCHRONISE => {
            Judged::Well(told!("the clock will be synchronised soon: its service was started just now"))
        }
        (false, true, _) => Judged::advice(
            told!("no time server has answered: the clock goes wrong slowly"),
            Remedy::say(told!(
                "let the computer reach a time server, or name the museum's own as NTP= in /etc/systemd/timesyncd.conf"
            )),
        ),
    })
}

pub(super) fn clock(site: &Site) -> Fact<Judged> {
    let clock = site.host.clock.as_ref().map_err(Told::clone)?;
    // A day, since files may be from a computer in another time zone.
    if clock.now + 86_400 < clock.newest_file {
        return Ok(Judged::warning(
            told!(
                "the clock is at least {days} days late: files of the system are newer",
                days = (clock.newest_file - clock.now) / 86_400
            ),
            Remedy::type_in(
                told!(
                    "set the clock; where it is wrong after each power cut, the battery on the mainboard is empty"
                ),
                [Command::root(["timedatectl", "set-ntp", "true"]), Command::root(["hwclock", "--systohc"])],
            ),
        ));
    }
    let local = site.host.time.as_ref().is_ok_and(|time| time.rtc_is_local);
    Ok(match clock.hardware.filter(|_| !local && site.host.container == Ok(false)) {
        Some(hardware) if hardware.abs_diff(clock.now) > HARDWARE_CLOCK_OFF => Judged::advice(
            told!(
                "the hardware's clock is wrong by {minutes} minutes, and the next start begins with it",
                minutes = hardware.abs_diff(clock.now) / 60
            ),
            Remedy::type_in(told!("set it to the system's"), [Command::root(["hwclock", "--systohc"])]),
        ),
        _ => Judged::Well(told!("the clock is not behind the files of the system")),
    })
}

pub(super) fn zone(site: &Site) -> Fact<Judged> {
    let zone = &site.host.time.as_ref().map_err(Told::clone)?.zone;
    Ok(if ["", "UTC", "Etc/UTC", "Universal", "Etc/Universal", "Zulu"].contains(&zone.as_str()) {
        Judged::advice(
            told!("the time zone is UTC: times in logs and incidents are not those on the wall"),
            Remedy::type_in(
                told!("set the museum's time zone, such as this"),
                [Command::root(["timedatectl", "set-timezone", "Europe/Berlin"])],
            ),
        )
    } else {
        Judged::Well(told!("the time zone is {zone}", zone = zone))
    })
}

pub(super) fn name(site: &Site) -> Fact<Judged> {
    let (name, found) = site.host.name.as_ref().map_err(Told::clone)?;
    Ok(if *found {
        Judged::Well(told!("the computer finds its own name, {name}", name = name))
    } else {
        Judged::advice(
            told!(
                "the computer's own name, {name}, is not in /etc/hosts: sudo and others wait for it",
                name = name
            ),
            Remedy::say(told!("write the line '127.0.1.1 {name}' into /etc/hosts", name = name)),
        )
    })
}

pub(super) fn failed_units(site: &Site) -> Fact<Judged> {
    let failed = site.host.failed_units.as_ref().map_err(Told::clone)?;
    let Some(first) = failed.first() else {
        return Ok(Judged::Well(told!("no service has failed")));
    };
    let vital: Vec<_> =
        failed.iter().filter(|unit| VITAL.iter().any(|vital| unit.starts_with(vital))).collect();
    let evidence = told!("these units have failed: {units}", units = failed.join(", "));
    let named = vital.first().copied().unwrap_or(first);
    let remedy = Remedy::type_in(
        told!("see why, and start it again"),
        [
            Command::new(["systemctl", "status", named]),
            Command::root(["journalctl", "-b", "-u", named]),
            Command::root(["systemctl", "restart", named]),
        ],
    );
    Ok(if vital.is_empty() { Judged::advice(evidence, remedy) } else { Judged::warning(evidence, remedy) })
}
