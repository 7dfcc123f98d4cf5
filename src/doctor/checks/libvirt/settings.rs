//! What libvirt is told to do.

use super::super::super::facts::libvirt::Conf;
use super::super::super::{Command, Exhibit, Fact, Judged, Remedy, Site};
use crate::core::types::Told;
use crate::words::told;

pub(super) fn guests_service(site: &Site) -> Fact<Judged> {
    let guests = site.libvirt.guests.as_ref().map_err(Told::clone)?;
    let settings = site.settings.as_ref().map_err(Told::clone)?;
    if !guests.on {
        return Ok(Judged::Beside);
    }
    if guests.on_boot == "start" {
        return Ok(Judged::advice(
            told!("libvirt-guests starts VMs at the computer's start (ON_BOOT=start), beside Vitrine"),
            Remedy::say(told!(
                "write ON_BOOT=ignore into {file}: Vitrine starts what it shows",
                file = guests.file
            )),
        ));
    }
    if guests.on_shutdown == "suspend" && !settings.shutdown.end_vms {
        return Ok(Judged::advice(
            told!(
                "libvirt-guests saves the VMs when the computer is switched off (ON_SHUTDOWN=suspend): that takes long, and the next start takes the saved state"
            ),
            Remedy::say(told!(
                "leave end_vms in [shutdown] on, or write ON_SHUTDOWN=shutdown into {file}",
                file = guests.file
            )),
        ));
    }
    if !settings.shutdown.end_vms && (guests.timeout == 0 || guests.timeout > 120) {
        return Ok(Judged::advice(
            told!(
                "libvirt-guests waits up to {timeout} s (0: without end) for guests that do not switch off",
                timeout = guests.timeout
            ),
            Remedy::say(told!(
                "leave end_vms in [shutdown] on, or write SHUTDOWN_TIMEOUT=60 into {file}",
                file = guests.file
            )),
        ));
    }
    Ok(Judged::Well(told!("libvirt-guests starts no VM by itself")))
}

pub(super) fn hooks(site: &Site) -> Fact<Judged> {
    let hooks = site.libvirt.hooks.as_ref().map_err(Told::clone)?;
    if hooks.is_empty() {
        return Ok(Judged::Well(told!("libvirt runs no hooks")));
    }
    Ok(Judged::advice(
        told!("libvirt runs hooks at each start and end of a VM: {files}", files = hooks.join(", ")),
        Remedy::say(told!(
            "see that they are quick and call nothing of libvirt's: a hook that hangs keeps the VM from starting"
        )),
    ))
}

fn conf(site: &Site) -> Fact<&Conf> {
    site.libvirt.qemu_conf.as_ref().map_err(Told::clone)
}

pub(super) fn qemu_user(site: &Site) -> Fact<Judged> {
    let conf = conf(site)?;
    let user = conf.values.get("user").map(|user| user.trim_start_matches('+'));
    Ok(match user {
        None => Judged::Well(told!("QEMU runs as the user that libvirt was built for")),
        Some("root" | "0") => Judged::advice(
            told!("QEMU runs as root (user in {file})", file = conf.file),
            Remedy::say(told!(
                "take 'user' and 'group' out of {file}: whoever breaks out of a guest would be root",
                file = conf.file
            )),
        ),
        Some(user) => Judged::Well(told!("QEMU runs as {user} ({file})", user = user, file = conf.file)),
    })
}

pub(super) fn security_driver(site: &Site) -> Fact<Judged> {
    let conf = conf(site)?;
    Ok(match conf.values.get("security_driver").map(String::as_str) {
        None => Judged::Well(told!("libvirt chooses its security driver itself")),
        Some("none") => Judged::advice(
            told!("QEMU is not confined (security_driver = \"none\" in {file})", file = conf.file),
            Remedy::say(told!(
                "take 'security_driver' out of {file} once the artworks run",
                file = conf.file
            )),
        ),
        Some(driver) => Judged::Well(told!("QEMU is confined by {driver}", driver = driver)),
    })
}

pub(super) fn namespaces(site: &Site) -> Fact<Judged> {
    let conf = conf(site)?;
    Ok(match conf.values.get("namespaces") {
        Some(none) if none.is_empty() => Judged::advice(
            told!("each QEMU sees all devices of the computer (namespaces = [] in {file})", file = conf.file),
            Remedy::say(told!(
                "take 'namespaces' out of {file}, unless libvirt runs in a container",
                file = conf.file
            )),
        ),
        Some(_) | None => Judged::Well(told!("each QEMU has devices of its own")),
    })
}

pub(super) fn keepalive(site: &Site) -> Fact<Judged> {
    let conf = site.libvirt.daemon_conf.as_ref().map_err(Told::clone)?;
    let number = |key: &str| conf.values.get(key).and_then(|value| value.parse::<i64>().ok());
    let few = |key: &str, least: i64| {
        number(key).filter(|value| *value < least).map(|value| (key.to_owned(), value))
    };
    // Vitrine has a handful of connections, a viewer two, and whoever looks in with virt-manager some more.
    let found =
        few("max_clients", 50).or_else(|| few("max_workers", 10)).or_else(|| few("max_client_requests", 5));
    let Some((key, value)) = found else {
        return Ok(Judged::Well(told!("libvirt's daemon takes as many connections as it usually does")));
    };
    Ok(Judged::advice(
        told!(
            "libvirt's daemon takes few at once: {key} = {value} in {file}",
            key = key,
            value = value.to_string(),
            file = conf.file
        ),
        Remedy::say(told!(
            "take '{key}' out of {file} and restart libvirt's daemon",
            key = key,
            file = conf.file
        )),
    ))
}

/// What a key must not be for a VM whose display is of a kind; the key and the kind.
fn with_display<'a>(
    site: &'a Site,
    exhibit: &Exhibit,
    keys: &[(&'static str, &str)],
) -> Fact<Option<(&'static str, &'a str)>> {
    let Some(vm) = site.libvirt.vm(&exhibit.settings.vm)? else { return Ok(None) };
    if exhibit.settings.screens.is_empty() {
        return Ok(None);
    }
    let (conf, displays) = (conf(site)?, vm.displays.as_ref().map_err(Told::clone)?);
    let set = keys.iter().find_map(|(key, kind)| {
        let value = conf.values.get(*key).filter(|value| !value.is_empty() && *value != "0")?;
        displays.iter().any(|display| display == kind).then_some((*key, value.as_str()))
    });
    Ok(set)
}

pub(super) fn graphics_password(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let keys =
        [("spice_password", "spice"), ("vnc_password", "vnc"), ("spice_sasl", "spice"), ("vnc_sasl", "vnc")];
    let vm = &exhibit.settings.vm;
    let Some((key, _)) = with_display(site, exhibit, &keys)? else {
        return Ok(Judged::Well(told!("libvirt sets no password for displays")));
    };
    Ok(Judged::ill(
        told!(
            "'{key}' in qemu.conf has the display of VM '{vm}' ask for a password, which nobody types in a kiosk",
            key = key,
            vm = vm
        ),
        Remedy::type_in(
            told!(
                "take '{key}' out of /etc/libvirt/qemu.conf, restart libvirt's daemon, and start the VM anew",
                key = key
            ),
            [Command::root(["systemctl", "restart", "libvirtd.service"])],
        ),
    ))
}

pub(super) fn graphics_tls(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let keys = [("spice_tls", "spice"), ("vnc_tls", "vnc")];
    let Some((key, _)) = with_display(site, exhibit, &keys)? else {
        return Ok(Judged::Well(told!("libvirt asks for no TLS on displays")));
    };
    Ok(Judged::warning(
        told!(
            "'{key}' in qemu.conf is on: the VM starts only with certificates, and its viewer shows it only while they hold",
            key = key
        ),
        Remedy::say(told!(
            "take '{key}' out of /etc/libvirt/qemu.conf: viewer and VM are on the same computer",
            key = key
        )),
    ))
}
