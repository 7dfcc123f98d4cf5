//! Checks of VMs' displays: what a viewer connects to.

use super::super::super::facts::display::{Graphics, GraphicsAnswer};
use super::super::super::{Command, Exhibit, Fact, Judged, Remedy, Site};
use crate::core::types::Told;
use crate::words::told;

/// The display of an exhibit's VM that runs and is to be shown.
fn graphics(exhibit: &Exhibit) -> Fact<Option<&Graphics>> {
    if exhibit.settings.screens.is_empty() {
        return Ok(None);
    }
    exhibit.display.door.as_ref().map(Option::as_ref).map_err(Told::clone)
}

fn edit(exhibit: &Exhibit, words: Told) -> Remedy {
    Remedy::type_in(words, [Command::new(["virsh", "-c", "qemu:///system", "edit", &exhibit.settings.vm])])
}

pub(super) fn door(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(found) = graphics(exhibit)? else { return Ok(Judged::Beside) };
    let kind = found.kind.as_str();
    if kind.is_empty() {
        return Ok(Judged::ill(
            told!("the VM has no display: nothing of it can be shown"),
            edit(
                exhibit,
                told!(
                    "Add <graphics type='spice' autoport='yes'><listen type='address' address='127.0.0.1'/></graphics>"
                ),
            ),
        ));
    }
    let Some(address) = found.address else {
        // A socket, which only who may open it can try.
        return Ok(Judged::Beside);
    };
    let at = address.to_string();
    match found.answer {
        GraphicsAnswer::Takes => Ok(Judged::Well(told!(
            "its display ({kind}) takes connections at {address}",
            kind = kind,
            address = at
        ))),
        GraphicsAnswer::Refuses => Ok(Judged::ill(
            told!("nobody listens at {address}, where the VM's display should be", address = at),
            Remedy::type_in(
                told!("Put the exhibit back, which starts a QEMU anew"),
                [super::super::api::vitrine(["revert", &exhibit.settings.name])],
            ),
        )),
        GraphicsAnswer::Silent => Ok(Judged::ill(
            told!(
                "no answer comes from the VM's display at {address}: a firewall, or a QEMU that stands still",
                address = at
            ),
            Remedy::type_in(
                told!("Let this computer reach itself: look for rules about lo and this port"),
                [Command::root(["nft", "list", "ruleset"]), Command::root(["iptables", "-S"])],
            ),
        )),
        GraphicsAnswer::Other => Ok(Judged::ill(
            told!("what answers at {address} does not speak {kind}", address = at, kind = kind),
            Remedy::type_in(told!("See which program that is, and end it"), [Command::root(["ss", "-ltnp"])]),
        )),
        GraphicsAnswer::NotTried => Ok(Judged::Beside),
    }
}

pub(super) fn owner(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(found) = graphics(exhibit)? else { return Ok(Judged::Beside) };
    let (Some(address), Some((name, pid))) = (found.address, &found.owner) else { return Ok(Judged::Beside) };
    if name.starts_with("qemu") || name.starts_with("kvm") {
        return Ok(Judged::Well(told!(
            "{program} (process {pid}) has {address}",
            program = name,
            pid = *pid,
            address = address.to_string()
        )));
    }
    Ok(Judged::ill(
        told!(
            "{program} (process {pid}) has {address}, which is the port of the VM's display",
            program = name,
            pid = *pid,
            address = address.to_string()
        ),
        Remedy::type_in(
            told!("End that program, or give the VM another port, best autoport='yes'"),
            [Command::root(["kill", &pid.to_string()])],
        ),
    ))
}

pub(super) fn other_client(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(found) = graphics(exhibit)? else { return Ok(Judged::Beside) };
    match found.others.first() {
        None if found.unseen => Err(told!(
            "somebody is connected to its display, and only root may learn whether that is its viewer"
        )),
        None => Ok(Judged::Well(told!("nobody but its viewer is connected to its display"))),
        Some(who) => Ok(Judged::warning(
            told!(
                "{who} is connected to the VM's display; SPICE lets in one, and the viewer is thrown out",
                who = who
            ),
            Remedy::say(told!("Close virt-manager or whatever it is; put the exhibit on hold for such work")),
        )),
    }
}
