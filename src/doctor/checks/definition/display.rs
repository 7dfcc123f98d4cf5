//! Whether the VM has a picture that a viewer can show.

use super::whose::{EACH, LATER, Whose, edit, now, virsh, worst};
use crate::core::types::Told;
use crate::doctor::{Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::vm::Definition;
use crate::words::told;

/// Of what one graphics memory shows, QXL must hold so much for each display, in bytes: what libvirt gives one by
/// itself, enough for 2560 x 1600 (<https://libvirt.org/formatdomain.html#video-devices>).
const QXL_MEMORY: u64 = 16 << 20;

fn is_shown(exhibit: &Exhibit) -> bool {
    !exhibit.settings.screens.is_empty()
}

pub(super) fn graphics(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !is_shown(exhibit) {
        return Ok(Judged::Beside);
    }
    worst(exhibit, EACH, |whose, vm| {
        if let Some(found) = vm.graphics.iter().find(|graphics| graphics.is_shown()) {
            return Ok(Judged::Well(told!(
                "'{vm}' is shown by {kind}",
                vm = vm.name,
                kind = found.kind.to_uppercase()
            )));
        }
        let others: Vec<_> = vm.graphics.iter().map(|graphics| graphics.kind.as_str()).collect();
        let evidence = if others.is_empty() {
            told!("'{vm}' has no display at all ({which})", vm = vm.name, which = whose.told())
        } else {
            told!(
                "'{vm}' has no display that a viewer could show, only {kinds} ({which})",
                vm = vm.name,
                kinds = others.join(", "),
                which = whose.told()
            )
        };
        let remedy = told!(
            "add <graphics type='spice' autoport='yes'/> and a <video>, start the VM anew, and make a new snapshot"
        );
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn graphics_kind(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let can = &exhibit.definition.domain_capabilities.as_ref().map_err(Told::clone)?.graphics;
        let Some(found) = vm.graphics.iter().find(|graphics| graphics.is_shown()) else {
            return Ok(Judged::Beside);
        };
        if can.is_empty() || can.contains(&found.kind) {
            return Ok(Judged::Well(told!("QEMU here can do {kind}", kind = found.kind.to_uppercase())));
        }
        let evidence = told!(
            "'{vm}' is to be shown by {kind}, and the QEMU of this computer has none",
            vm = vm.name,
            kind = found.kind.to_uppercase()
        );
        let install = crate::doctor::Command::root(["apt", "install", "qemu-system-modules-spice"]);
        let remedy =
            told!("install QEMU's module for it, or let the VM be shown by the other of SPICE and VNC");
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, [install])).ruling_out(whose.refused()))
    })
}

pub(super) fn reach(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !is_shown(exhibit) {
        return Ok(Judged::Beside);
    }
    worst(exhibit, EACH, |whose, vm| {
        let Some(found) = vm.graphics.iter().find(|graphics| graphics.is_shown()) else {
            return Ok(Judged::Beside);
        };
        let everywhere = |address: &str| ["0.0.0.0", "::", "[::]", "*"].contains(&address);
        if let Some(open) = found.listens.iter().find(|listen| everywhere(&listen.address)) {
            let evidence = told!(
                "the display of '{vm}' can be reached from the whole network (it listens at {address} {which}): who connects takes the picture off the screen",
                vm = vm.name,
                address = open.address,
                which = whose.told()
            );
            let remedy = told!("have it listen at 127.0.0.1, start the VM anew, and make a new snapshot");
            return Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))));
        }
        Ok(Judged::Well(
            match found.listens.first().map(|listen| (listen.kind.as_str(), listen.address.as_str())) {
                Some(("none", _)) => told!(
                    "the display of '{vm}' listens nowhere; the viewer has libvirt open it",
                    vm = vm.name
                ),
                Some(("socket", _)) => told!(
                    "the display of '{vm}' listens at a socket; the viewer has libvirt open it",
                    vm = vm.name
                ),
                Some((_, "")) | None => {
                    told!("the display of '{vm}' listens where libvirt chooses, at 127.0.0.1", vm = vm.name)
                }
                Some((_, address)) => {
                    told!("the display of '{vm}' listens at {address}", vm = vm.name, address = address)
                }
            },
        ))
    })
}

pub(super) fn password(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let vm = &exhibit.settings.vm;
    if !is_shown(exhibit) || !*exhibit.definition.exists.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Beside);
    }
    if !*exhibit.definition.password.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Well(told!("the display of '{vm}' asks for no password", vm = vm)));
    }
    let evidence = told!(
        "the display of '{vm}' asks for a password: visitors see a box that asks for it, and no artwork",
        vm = vm
    );
    let remedy = told!(
        "take passwd='…' out of <graphics>, start the VM anew, and make a new snapshot; who may not see it is kept away by listening at 127.0.0.1"
    );
    Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
}

pub(super) fn encrypted(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !is_shown(exhibit) {
        return Ok(Judged::Beside);
    }
    worst(exhibit, EACH, |whose, vm| {
        let Some(found) = vm.graphics.iter().find(|graphics| graphics.is_shown()) else {
            return Ok(Judged::Beside);
        };
        let listens =
            found.listens.iter().any(|listen| ["address", "network"].contains(&listen.kind.as_str()));
        let only = found.default_mode == "secure"
            || found.tls_port.is_some() && found.port.is_none() && !found.autoport;
        if !listens || !only {
            return Ok(Judged::Well(told!(
                "the display of '{vm}' takes connections that are not encrypted",
                vm = vm.name
            )));
        }
        let evidence = told!(
            "the display of '{vm}' takes encrypted connections only ({which}): a viewer needs certificates for that, and shows nothing without",
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!(
            "take tlsPort and defaultMode out of <graphics> and set autoport='yes', start the VM anew, and make a new snapshot"
        );
        Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn port(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let ports: Vec<_> = vm.graphics.iter().flat_map(|graphics| graphics.fixed_ports()).collect();
        if ports.is_empty() {
            return Ok(Judged::Well(told!(
                "libvirt chooses the port of the display of '{vm}'",
                vm = vm.name
            )));
        }
        let others = exhibit.definition.others.as_ref().map_err(Told::clone)?;
        let clash = |runs: bool| {
            others.iter().filter(move |other| other.runs == runs).find_map(|other| {
                other.ports.iter().find(|port| ports.contains(port)).map(|port| (other, *port))
            })
        };
        let Some((other, port)) = clash(true).or_else(|| clash(false)) else {
            return Ok(Judged::Well(told!(
                "no other VM has the port of the display of '{vm}'",
                vm = vm.name
            )));
        };
        let evidence = told!(
            "'{vm}' and '{other}' want the same port {port} for their displays ({which}): the second of them does not start",
            vm = vm.name,
            other = other.name,
            port = u32::from(port),
            which = whose.told()
        );
        let remedy = told!(
            "set autoport='yes' and take port='…' out of <graphics>, start the VM anew, and make a new snapshot"
        );
        let remedy = Remedy::type_in(remedy, edit(site, exhibit));
        // What runs already has the port, and gives it back when it is put back.
        if other.runs && matches!(exhibit.definition.running, Ok(None)) {
            Ok(Judged::ill(evidence, remedy).ruling_out(whose.refused()))
        } else {
            Ok(Judged::warning(evidence, remedy))
        }
    })
}

pub(super) fn accelerated(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, now(exhibit), |whose, vm| {
        if !vm.videos.iter().any(|video| video.accelerated) {
            return Ok(Judged::Beside);
        }
        let evidence = told!(
            "the graphics card of '{vm}' draws with this computer's (accel3d {which}): QEMU can neither save nor load the state of such",
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!(
            "take <acceleration> out of <video> and <gl> out of <graphics>, and start the VM anew; or let it be started cold each time"
        );
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit)))
            .ruling_out(&[Means::RevertInPlace, Means::Snapshot]))
    })
}

pub(super) fn video(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !is_shown(exhibit) {
        return Ok(Judged::Beside);
    }
    worst(exhibit, EACH, |whose, vm| {
        if let Some(found) = vm.videos.iter().find(|video| video.model != "none") {
            return Ok(Judged::Well(told!(
                "'{vm}' has the graphics card '{model}'",
                vm = vm.name,
                model = found.model
            )));
        }
        let evidence = told!(
            "'{vm}' has no graphics card ({which}): its display says so, in grey, and shows nothing else",
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!(
            "add <video><model type='virtio'/></video> (qxl or vga for an old system), start the VM anew, and make a new snapshot"
        );
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn video_kind(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let can = &exhibit.definition.domain_capabilities.as_ref().map_err(Told::clone)?.videos;
        if can.is_empty() || vm.videos.is_empty() {
            return Ok(Judged::Beside);
        }
        let Some(found) = vm.videos.iter().find(|video| !can.contains(&video.model)) else {
            return Ok(Judged::Well(told!(
                "the QEMU of this computer has the graphics card of '{vm}'",
                vm = vm.name
            )));
        };
        let known: Vec<_> = can.iter().map(String::as_str).collect();
        let evidence = told!(
            "the QEMU of this computer has no graphics card '{model}' for '{vm}' ({which}); it has {known}",
            model = found.model,
            vm = vm.name,
            which = whose.told(),
            known = known.join(", ")
        );
        let remedy =
            told!("choose one that it has, or install what it lacks (qemu-system-modules-spice has QXL)");
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))).ruling_out(whose.refused()))
    })
}

pub(super) fn heads(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let wanted = exhibit.settings.screens.len();
    if wanted < 2 {
        return Ok(Judged::Beside);
    }
    worst(exhibit, EACH, |whose, vm| {
        if !vm.graphics.iter().any(|graphics| graphics.kind == "spice") {
            let evidence = told!(
                "the exhibit fills {screens} screens, and VNC shows the first display of '{vm}' only ({which})",
                screens = wanted,
                vm = vm.name,
                which = whose.told()
            );
            let remedy = told!("let the VM be shown by SPICE, start it anew, and make a new snapshot");
            return Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))));
        }
        let heads = vm.heads();
        if usize::try_from(heads).is_ok_and(|heads| heads >= wanted) {
            return Ok(Judged::Well(told!("'{vm}' can light {heads} displays", vm = vm.name, heads = heads)));
        }
        let evidence = told!(
            "the exhibit fills {screens} screens, and '{vm}' can light {heads} only ({which})",
            screens = wanted,
            vm = vm.name,
            heads = heads,
            which = whose.told()
        );
        let remedy = told!(
            "set heads='{screens}' at the <model> of <video> (qxl, virtio), or add a second <video> for a Windows; start the VM anew, and make a new snapshot",
            screens = wanted
        );
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn video_memory(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, EACH, |whose, vm| {
        let qxl = || vm.videos.iter().filter(|video| video.model == "qxl" && video.vgamem > 0);
        if qxl().next().is_none() {
            return Ok(Judged::Beside);
        }
        let Some(short) = qxl().find(|video| video.vgamem < QXL_MEMORY.saturating_mul(video.heads.into()))
        else {
            return Ok(Judged::Well(told!("QXL has memory enough for what '{vm}' shows", vm = vm.name)));
        };
        let evidence = told!(
            "QXL has {memory} MiB for the {heads} displays of '{vm}' ({which}): large pictures cannot be chosen within the guest",
            memory = short.vgamem >> 20,
            heads = short.heads,
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!(
            "set vgamem to 16384 for each display (32768 for 4K), start the VM anew, and make a new snapshot"
        );
        Ok(Judged::advice(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

/// Whether it is a Windows whose driver for QXL is the newer one, which takes a new state badly.
fn has_new_qxl_driver(vm: &Definition) -> bool {
    let version = vm.system.strip_prefix("http://microsoft.com/win/").unwrap_or_default();
    ["8", "8.1", "10", "11"].contains(&version) || version.starts_with("2k12") || version.starts_with("2k16")
}

pub(super) fn windows_qxl(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if exhibit.settings.recovery.in_place.is_none() {
        return Ok(Judged::Beside);
    }
    worst(exhibit, &[Whose::Next, Whose::Snapshot], |whose, vm| {
        if !has_new_qxl_driver(vm) || !vm.videos.iter().any(|video| video.model == "qxl") {
            return Ok(Judged::Beside);
        }
        let evidence = told!(
            "'{vm}' is a newer Windows with the graphics card QXL ({which}), whose driver may show a broken picture after a revert in place",
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!(
            "try it: revert the exhibit and look; where the picture is broken, set in_place = false in the configuration, or choose another <video>"
        );
        let commands = [
            crate::doctor::Command::new(["vitrine", "revert", &exhibit.settings.name]),
            virsh(site, ["edit"], &vm.name),
        ];
        Ok(Judged::advice(evidence, Remedy::type_in(remedy, commands)))
    })
}
