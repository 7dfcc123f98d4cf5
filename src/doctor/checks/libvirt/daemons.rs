//! How libvirt's daemons run.

use std::collections::BTreeMap;

use super::super::super::facts::libvirt::{CertificateState, Libvirt, Process, Reach, Refusal, Unit};
use super::super::super::{Command, Fact, Judged, Means, Remedy, Site};
use super::virsh;
use crate::core::types::Told;
use crate::vm::{Uri, version_text};
use crate::words::told;

/// The oldest libvirt that Vitrine is tried with, counted as libvirt does: Ubuntu 22.04's.
const OLDEST_LIBVIRT: u32 = 8_000_000;
/// The first QEMU with `snapshot-load`, which puts a guest back within the running QEMU.
const OLDEST_QEMU: u32 = 6_000_000;

pub(super) fn reach(site: &Site) -> Fact<Judged> {
    let libvirt = &site.libvirt;
    let uri = libvirt.uri.as_ref().map_err(Told::clone)?;
    let (why, words) = match libvirt.reach.as_ref().map_err(Told::clone)? {
        Reach::Answers => return Ok(Judged::Well(told!("libvirt answers at {uri}", uri = uri))),
        Reach::Refuses { why, words } => (why, words),
    };
    let remedy = match why {
        Refusal::NotInstalled => Remedy::type_in(
            told!("install libvirt's daemon"),
            [Command::root(["apt-get", "install", "libvirt-daemon-system"])],
        ),
        Refusal::NotRunning if Uri::read(uri).is_of_user() => {
            Remedy::say(told!("log in as the kiosk's user; its libvirt starts by itself when it is asked"))
        }
        Refusal::NotRunning => start(libvirt),
        Refusal::NotAllowed => {
            Remedy::say(told!("put the kiosk's user into the group libvirt, and log it in anew"))
        }
        Refusal::NoAnswer => Remedy::type_in(
            told!("restart libvirt's daemon; VMs that run are not touched by that"),
            [Command::root(["systemctl", "restart", daemon_service(libvirt)])],
        ),
        Refusal::NoDriver => Remedy::say(told!(
            "install libvirt's driver for QEMU (package libvirt-daemon-driver-qemu), or mend 'uri' in [libvirt]"
        )),
        Refusal::Other => Remedy::type_in(
            told!("see what libvirt's daemon writes to the log"),
            [Command::root(["journalctl", "-u", daemon_service(libvirt), "-n", "50"])],
        ),
    };
    let evidence = told!("libvirt does not answer at {uri}: {words}", uri = uri, words = words);
    Ok(Judged::ill(evidence, remedy).ruling_out(&[
        Means::Start,
        Means::Revert,
        Means::RevertInPlace,
        Means::Snapshot,
    ]))
}

/// How the daemon is started, by the units that there are.
fn start(libvirt: &Libvirt) -> Remedy {
    let say = |unit: &str| told!("start libvirt's daemon ({unit})", unit = unit);
    let Ok(units) = &libvirt.units else {
        return Remedy::type_in(say("libvirtd"), [Command::root(["systemctl", "start", "libvirtd.service"])]);
    };
    let there = |name: &str| units.get(name).is_some_and(|unit| unit.exists);
    let modular = there("virtqemud.socket") && !units.get("libvirtd.socket").is_some_and(is_enabled);
    let unit = match (modular, there("libvirtd.socket")) {
        (true, _) => "virtqemud.socket",
        (false, true) => "libvirtd.socket",
        (false, false) => "libvirtd.service",
    };
    if units.get(unit).is_some_and(|unit| unit.enabled.starts_with("masked")) {
        return unmask(unit);
    }
    // One of a user's own is no unit of the system's.
    if libvirt.processes.as_ref().is_ok_and(|all| all.iter().any(|one| is_daemon(one) && one.uid == 0)) {
        // The socket cannot be started beside a daemon that does not have it.
        return Remedy::type_in(
            told!("restart libvirt's daemon; VMs that run are not touched by that"),
            [Command::root(["systemctl", "restart", daemon_service(libvirt)])],
        );
    }
    // Whoever asks at the socket has its service started.
    let stop: &[&str] = match unit {
        "virtqemud.socket" => &["virtqemud.socket", "virtqemud.service"],
        "libvirtd.socket" => &["libvirtd.socket", "libvirtd.service"],
        _ => &[unit],
    };
    let mut undo = Command::root(["systemctl", "stop"]);
    undo.words.extend(stop.iter().map(|unit| (*unit).to_owned()));
    Remedy::fix(say(unit), [Command::root(["systemctl", "start", unit])], [undo])
}

/// Somebody has masked it, and may have had a reason.
fn unmask(unit: &str) -> Remedy {
    let words = told!("{unit} is masked, so that nothing can start it; unmask it", unit = unit);
    Remedy::type_in(
        words,
        [Command::root(["systemctl", "unmask", unit]), Command::root(["systemctl", "start", unit])],
    )
}

fn is_enabled(unit: &Unit) -> bool {
    unit.enabled.starts_with("enabled")
}

fn is_active(units: &BTreeMap<String, Unit>, name: &str) -> bool {
    units.get(name).is_some_and(|unit| unit.active == "active")
}

fn is_daemon(process: &Process) -> bool {
    matches!(process.name.as_str(), "libvirtd" | "virtqemud")
}

/// The service of the daemon that speaks for QEMU.
fn daemon_service(libvirt: &Libvirt) -> &'static str {
    let modular = libvirt.units.as_ref().is_ok_and(|units| {
        ["virtqemud.socket", "virtqemud.service"].iter().any(|name| is_active(units, name))
    });
    if modular { "virtqemud.service" } else { "libvirtd.service" }
}

/// Whether the URI is of this computer's system, the only one that its units serve.
fn is_own_system(libvirt: &Libvirt) -> Fact<bool> {
    Ok(Uri::read(libvirt.uri.as_ref().map_err(Told::clone)?).is_of_system())
}

pub(super) fn instance(site: &Site) -> Fact<Judged> {
    let uri = site.libvirt.uri.as_ref().map_err(Told::clone)?;
    match site.libvirt.elsewhere.as_ref().map_err(Told::clone)? {
        None => Ok(Judged::Beside),
        Some(other) => Ok(Judged::ill(
            told!(
                "the VM '{vm}' is not at {uri}, where Vitrine looks, but at {other}",
                vm = other.vms.join("', '"),
                uri = uri,
                other = other.uri
            ),
            Remedy::say(told!(
                "write uri = \"{other}\" below [libvirt] in vitrine.toml, or define the VM anew at {uri} (virsh dumpxml, virsh define)",
                other = other.uri,
                uri = uri
            )),
        )
        .ruling_out(&[Means::Start, Means::Revert, Means::RevertInPlace, Means::Snapshot])),
    }
}

pub(super) fn remote(site: &Site) -> Fact<Judged> {
    let uri = site.libvirt.uri.as_ref().map_err(Told::clone)?;
    let host = Uri::read(uri).host;
    if host.is_empty() {
        return Ok(Judged::Beside);
    }
    Ok(Judged::advice(
        told!("the VMs run on another computer ({host})", host = host),
        Remedy::say(told!(
            "run Vitrine on the computer that has the VMs: images, firewalls and networks are looked at on this one only, and a cable between the two can fail"
        )),
    ))
}

pub(super) fn certificate(site: &Site) -> Fact<Judged> {
    let all = site.libvirt.certificates.as_ref().map_err(Told::clone)?;
    let with = |state| all.iter().find(|one| one.state == state);
    let renew = || Remedy::say(told!("have a new one made, and put it in its place"));
    if let Some(ended) = with(CertificateState::Ended) {
        let evidence = told!("the certificate {file} holds no more", file = ended.file);
        return Ok(Judged::ill(evidence, renew()));
    }
    if let Some(soon) = with(CertificateState::EndsSoon) {
        let evidence = told!("the certificate {file} ends within a month", file = soon.file);
        return Ok(Judged::warning(evidence, renew()));
    }
    Ok(match all.first() {
        None => Judged::Beside,
        Some(one) => {
            Judged::Well(told!("the certificate {file} holds for another month and more", file = one.file))
        }
    })
}

pub(super) fn version(site: &Site) -> Fact<Judged> {
    let version = *site.libvirt.daemon.as_ref().map_err(Told::clone)?;
    if version >= OLDEST_LIBVIRT {
        return Ok(Judged::Well(told!("libvirt is {version}", version = version_text(version))));
    }
    Ok(Judged::warning(
        told!(
            "libvirt is {version}; Vitrine is tried with {oldest} and later",
            version = version_text(version),
            oldest = version_text(OLDEST_LIBVIRT)
        ),
        Remedy::say(told!("bring the computer to a newer release of its distribution")),
    ))
}

pub(super) fn qemu_version(site: &Site) -> Fact<Judged> {
    let version = *site.libvirt.qemu.as_ref().map_err(Told::clone)?;
    if version >= OLDEST_QEMU {
        return Ok(Judged::Well(told!("QEMU is {version}", version = version_text(version))));
    }
    Ok(Judged::advice(
        told!(
            "QEMU is {version}; from {oldest} on artworks can be put back without being started anew",
            version = version_text(version),
            oldest = version_text(OLDEST_QEMU)
        ),
        Remedy::say(told!("bring the computer to a newer release of its distribution")),
    ))
}

pub(super) fn half_updated(site: &Site) -> Fact<Judged> {
    let libvirt = &site.libvirt;
    let (library, daemon) =
        (*libvirt.library.as_ref().map_err(Told::clone)?, *libvirt.daemon.as_ref().map_err(Told::clone)?);
    // The last number is that of a release with mended faults, which makes no difference.
    if library / 1_000 == daemon / 1_000 {
        let words = told!("libvirt's daemon and library are both {version}", version = version_text(daemon));
        return Ok(Judged::Well(words));
    }
    Ok(Judged::advice(
        told!(
            "libvirt's daemon that runs is {daemon}, the library is {library}",
            daemon = version_text(daemon),
            library = version_text(library)
        ),
        Remedy::type_in(
            told!("restart libvirt's daemon; VMs that run are not touched by that"),
            [Command::root(["systemctl", "restart", daemon_service(libvirt)])],
        ),
    ))
}

pub(super) fn both_kinds(site: &Site) -> Fact<Judged> {
    if !is_own_system(&site.libvirt)? {
        return Ok(Judged::Beside);
    }
    let units = site.libvirt.units.as_ref().map_err(Told::clone)?;
    let on = |kind: &str| {
        ["service", "socket"].iter().any(|what| {
            let name = format!("{kind}.{what}");
            is_active(units, &name) || units.get(&name).is_some_and(is_enabled)
        })
    };
    Ok(match (on("libvirtd"), on("virtqemud")) {
        (true, true) => Judged::warning(
            told!("libvirtd and virtqemud are both on; each takes the VMs for its own"),
            Remedy::type_in(
                told!("switch one of them off, with its sockets; here libvirtd"),
                [
                    Command::root(["systemctl", "disable", "--now", "libvirtd.service", "libvirtd.socket"]),
                    Command::root([
                        "systemctl",
                        "disable",
                        "--now",
                        "libvirtd-ro.socket",
                        "libvirtd-admin.socket",
                    ]),
                ],
            ),
        ),
        (true, false) => Judged::Well(told!("one daemon of libvirt is on: {name}", name = "libvirtd")),
        (false, true) => Judged::Well(told!("one daemon of libvirt is on: {name}", name = "virtqemud")),
        // `reach` tells of it.
        (false, false) => Judged::Beside,
    })
}

pub(super) fn two_daemons(site: &Site) -> Fact<Judged> {
    if !is_own_system(&site.libvirt)? {
        return Ok(Judged::Beside);
    }
    let processes = site.libvirt.processes.as_ref().map_err(Told::clone)?;
    let mut numbers: Vec<_> = processes
        .iter()
        .filter(|one| is_daemon(one) && one.uid == 0)
        .map(|one| one.pid.to_string())
        .collect();
    numbers.sort();
    Ok(match numbers.as_slice() {
        // It ends by itself while nobody asks, and is started by its socket.
        [] => Judged::Beside,
        [one] => Judged::Well(told!("one daemon of libvirt runs (process {pid})", pid = one)),
        several => Judged::warning(
            told!(
                "{count} daemons of libvirt run as root (processes {pids})",
                count = several.len(),
                pids = several.join(", ")
            ),
            Remedy::say(told!(
                "end the one that systemd has not started; systemctl status names the process of the other"
            )),
        ),
    })
}

pub(super) fn at_boot(site: &Site) -> Fact<Judged> {
    if !is_own_system(&site.libvirt)? {
        return Ok(Judged::Beside);
    }
    let units = site.libvirt.units.as_ref().map_err(Told::clone)?;
    let candidates = ["libvirtd.socket", "libvirtd.service", "virtqemud.socket", "virtqemud.service"];
    let enabled = candidates.iter().find(|name| units.get(**name).is_some_and(is_enabled));
    if let Some(name) = enabled {
        return Ok(Judged::Well(told!(
            "libvirt is there after a start of the computer ({unit})",
            unit = name
        )));
    }
    let known = candidates.iter().find(|name| units.get(**name).is_some_and(|unit| unit.exists));
    let Some(unit) = known else { return Ok(Judged::Beside) };
    Ok(Judged::warning(
        told!("no unit of libvirt is enabled: after the next start of the computer nothing answers"),
        Remedy::fix(
            told!("enable {unit}", unit = unit),
            [Command::root(["systemctl", "enable", unit])],
            [Command::root(["systemctl", "disable", unit])],
        ),
    ))
}

pub(super) fn modular_parts(site: &Site) -> Fact<Judged> {
    if !is_own_system(&site.libvirt)? {
        return Ok(Judged::Beside);
    }
    let units = site.libvirt.units.as_ref().map_err(Told::clone)?;
    let on = |name: &str| is_active(units, name) || units.get(name).is_some_and(is_enabled);
    if on("libvirtd.service") || on("libvirtd.socket") || !on("virtqemud.socket") {
        return Ok(Judged::Beside);
    }
    // What the VMs of an ordinary computer need besides QEMU's daemon.
    let parts = ["virtnetworkd.socket", "virtstoraged.socket", "virtlogd.socket"];
    let off: Vec<_> = parts.into_iter().filter(|name| !on(name)).collect();
    if off.is_empty() {
        return Ok(Judged::Well(told!("virtqemud has its helpers beside it")));
    }
    let each =
        |how| off.iter().map(|unit| Command::root(["systemctl", how, "--now", unit])).collect::<Vec<_>>();
    Ok(Judged::warning(
        told!("virtqemud is on, and {units} is not", units = off.join(", ")),
        Remedy::fix(told!("enable {unit}", unit = off.join(", ")), each("enable"), each("disable")),
    ))
}

pub(super) fn log_daemon(site: &Site) -> Fact<Judged> {
    let libvirt = &site.libvirt;
    if !is_own_system(libvirt)? {
        return Ok(Judged::Beside);
    }
    if libvirt
        .qemu_conf
        .as_ref()
        .is_ok_and(|conf| conf.values.get("stdio_handler").is_some_and(|how| how == "file"))
    {
        return Ok(Judged::advice(
            told!(
                "QEMU writes its log itself (stdio_handler = \"file\"): nothing keeps it from filling the disk"
            ),
            Remedy::say(told!(
                "leave stdio_handler in /etc/libvirt/qemu.conf to libvirt, which has virtlogd write it"
            )),
        ));
    }
    if *libvirt.log_socket.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Well(told!("virtlogd is there to write the VMs' logs")));
    }
    let evidence =
        told!("virtlogd is not there (no socket /run/libvirt/virtlogd-sock): no VM can be started");
    let unit = "virtlogd.socket";
    let units = libvirt.units.as_ref().ok();
    let masked = units.and_then(|units| units.get(unit)).is_some_and(|one| one.enabled.starts_with("masked"));
    let remedy = if masked {
        unmask(unit)
    } else {
        Remedy::fix(
            told!("start virtlogd's socket"),
            [Command::root(["systemctl", "start", unit])],
            [Command::root(["systemctl", "stop", unit])],
        )
    };
    Ok(Judged::ill(evidence, remedy).ruling_out(&[Means::Start, Means::Revert]))
}

pub(super) fn core_limit(site: &Site) -> Fact<Judged> {
    let libvirt = &site.libvirt;
    if !is_own_system(libvirt)? {
        return Ok(Judged::Beside);
    }
    let processes = libvirt.processes.as_ref().map_err(Told::clone)?;
    let Some(daemon) = processes.iter().find(|one| is_daemon(one) && one.uid == 0) else {
        return Ok(Judged::Beside);
    };
    let (Some(limit), false) = (daemon.core_limit, daemon.may_raise) else { return Ok(Judged::Beside) };
    // libvirt gives each QEMU the limit max_core, unlimited by itself, and gives the VM up where it may not.
    let wanted = libvirt.qemu_conf.as_ref().map_err(Told::clone)?.values.get("max_core");
    if wanted.and_then(|wanted| wanted.parse::<u64>().ok()).is_some_and(|wanted| wanted <= limit) {
        return Ok(Judged::Well(told!("max_core is within what libvirt's daemon may set")));
    }
    let evidence = told!(
        "libvirt's daemon (process {pid}) may not raise its limit of core files of {limit} bytes, and max_core wants more",
        pid = daemon.pid,
        limit = limit
    );
    let remedy = Remedy::say(told!(
        "write max_core = {limit} into /etc/libvirt/qemu.conf and restart libvirt's daemon",
        limit = limit
    ));
    Ok(Judged::ill(evidence, remedy).ruling_out(&[Means::Start, Means::Revert]))
}

pub(super) fn bus(site: &Site) -> Fact<Judged> {
    if *site.libvirt.bus.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Well(told!("the system's D-Bus answers")));
    }
    Ok(Judged::warning(
        told!("the system's D-Bus does not answer; libvirt asks polkit over it who may do what"),
        Remedy::type_in(
            told!("start the system's D-Bus"),
            [Command::root(["systemctl", "start", "dbus.socket"])],
        ),
    ))
}

pub(super) fn polkit(site: &Site) -> Fact<Judged> {
    let libvirt = &site.libvirt;
    if !is_own_system(libvirt)? {
        return Ok(Judged::Beside);
    }
    let conf = libvirt.daemon_conf.as_ref().map_err(Told::clone)?;
    if conf.values.get("auth_unix_rw").is_some_and(|how| how != "polkit") {
        return Ok(Judged::Beside);
    }
    if *libvirt.polkit.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Well(told!("polkit is there, which libvirt asks who may do what")));
    }
    Ok(Judged::ill(
        told!("polkit is not installed: libvirt refuses everybody but root"),
        Remedy::type_in(
            told!("install polkit"),
            [Command::root(["apt-get", "install", "polkitd"]), virsh("qemu:///system", &["list", "--all"])],
        ),
    ))
}
