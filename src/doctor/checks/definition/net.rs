//! Whether the guest is on the network, and this computer within its reach.

use super::whose::{EACH, LATER, Whose, edit, is_there, virsh, worst};
use crate::core::types::Told;
use crate::doctor::{Command, Exhibit, Fact, Judged, Remedy, Site};
use crate::vm::{Definition, Interface};
use crate::words::told;

pub(super) fn mac(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, EACH, |whose, vm| {
        let others = exhibit.definition.others.as_ref().map_err(Told::clone)?;
        let macs = || vm.interfaces.iter().map(|card| card.mac.as_str()).filter(|mac| !mac.is_empty());
        let has = |other: &&crate::doctor::facts::definition::Other| {
            macs().any(|mac| other.macs.iter().any(|it| it == mac))
        };
        let doubled = others.iter().filter(has).max_by_key(|other| other.runs);
        let Some(other) = doubled else {
            return Ok(match macs().next() {
                Some(mac) => Judged::Well(told!(
                    "no other VM has the MAC address {mac} of '{vm}'",
                    mac = mac,
                    vm = vm.name
                )),
                None => Judged::Beside,
            });
        };
        let mac = macs().find(|mac| other.macs.iter().any(|it| it == mac)).unwrap_or_default();
        let evidence = told!(
            "'{vm}' and '{other}' have the same MAC address {mac} ({which}): heartbeats of one count for the other, and neither network works",
            vm = vm.name,
            other = other.name,
            mac = mac,
            which = whose.told()
        );
        let remedy = told!(
            "take the line <mac address='…'/> out of one of them, so that libvirt chooses another; start that VM anew, and make a new snapshot"
        );
        let remedy = Remedy::type_in(remedy, edit(site, exhibit));
        let is_exhibit =
            site.settings.as_ref().is_ok_and(|all| all.exhibits.iter().any(|it| it.vm == other.name));
        // One that rests does no harm until somebody starts it.
        Ok(if other.runs || is_exhibit {
            Judged::ill(evidence, remedy)
        } else {
            Judged::warning(evidence, remedy)
        })
    })
}

pub(super) fn card(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !exhibit.settings.beats_over_network() {
        return Ok(Judged::Beside);
    }
    worst(exhibit, EACH, |whose, vm| {
        if vm.interfaces.iter().any(|card| !card.down) {
            return Ok(Judged::Well(told!("'{vm}' has a network card for its heartbeats", vm = vm.name)));
        }
        let evidence = if vm.interfaces.is_empty() {
            told!(
                "heartbeats of '{vm}' are waited for, and it has no network card ({which})",
                vm = vm.name,
                which = whose.told()
            )
        } else {
            told!(
                "heartbeats of '{vm}' are waited for, and the cable of its network card is pulled out (<link state='down'/> {which})",
                vm = vm.name,
                which = whose.told()
            )
        };
        let remedy = told!(
            "give it an <interface> whose link is up, start the VM anew, and make a new snapshot; or set heartbeat = false in the configuration"
        );
        // A card in the host's hands may do for it.
        let handed_over = vm.host_devices.iter().any(|device| device.kind == "pci");
        if handed_over {
            return Ok(Judged::Beside);
        }
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

/// What a network card is connected to is not there.
fn unconnected(
    site: &Site,
    exhibit: &Exhibit,
    whose: Whose,
    vm: &Definition,
    card: &Interface,
) -> Fact<Option<Judged>> {
    let found = &exhibit.definition;
    let devices = || found.network_devices.as_ref().map_err(Told::clone);
    let (evidence, remedy) = match card.kind.as_str() {
        "network" => {
            let networks = found.networks.as_ref().map_err(Told::clone)?;
            match networks.iter().find(|network| network.name == card.source) {
                Some(network) if network.active => return Ok(None),
                Some(_) => (
                    told!(
                        "libvirt's network '{network}', which '{vm}' is in, is not started ({which})",
                        network = card.source,
                        vm = vm.name,
                        which = whose.told()
                    ),
                    Remedy::type_in(
                        told!("start it, and have it started with the computer"),
                        [
                            virsh(site, ["net-start"], &card.source),
                            virsh(site, ["net-autostart"], &card.source),
                        ],
                    ),
                ),
                None => (
                    told!(
                        "libvirt has no network '{network}', which '{vm}' is to be in ({which})",
                        network = card.source,
                        vm = vm.name,
                        which = whose.told()
                    ),
                    Remedy::type_in(
                        told!("see which there are, and choose one of them, or define it"),
                        [virsh(site, ["net-list"], "--all"), virsh(site, ["edit"], &vm.name)],
                    ),
                ),
            }
        }
        "bridge" | "direct" => {
            if card.source.is_empty() || devices()?.contains(&card.source) {
                return Ok(None);
            }
            (
                told!(
                    "this computer has no network device '{device}', which '{vm}' is to be connected to ({which})",
                    device = card.source,
                    vm = vm.name,
                    which = whose.told()
                ),
                Remedy::type_in(
                    told!("see which there are, and choose one of them, or set it up"),
                    [Command::new(["ip", "-br", "link"]), virsh(site, ["edit"], &vm.name)],
                ),
            )
        }
        "ethernet" if !card.script.is_empty() => {
            if is_there(exhibit, &card.script)? {
                return Ok(None);
            }
            (
                told!(
                    "the script {file}, which connects '{vm}', is not there ({which})",
                    file = card.script,
                    vm = vm.name,
                    which = whose.told()
                ),
                Remedy::say(told!("put it back, or choose another kind of <interface>")),
            )
        }
        _ => return Ok(None),
    };
    Ok(Some(Judged::ill(evidence, remedy).ruling_out(whose.refused())))
}

pub(super) fn source(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        for card in &vm.interfaces {
            if let Some(judged) = unconnected(site, exhibit, whose, vm, card)? {
                return Ok(judged);
            }
        }
        Ok(match vm.interfaces.first() {
            Some(_) => Judged::Well(told!("what '{vm}' is connected to is there", vm = vm.name)),
            None => Judged::Beside,
        })
    })
}

pub(super) fn host(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !exhibit.settings.beats_over_network() {
        return Ok(Judged::Beside);
    }
    worst(exhibit, EACH, |whose, vm| {
        let mut up = vm.interfaces.iter().filter(|card| !card.down).peekable();
        let Some(first) = up.peek().copied() else { return Ok(Judged::Beside) };
        if first.kind == "user" && vm.interfaces.len() == 1 {
            return Ok(Judged::Well(told!(
                "'{vm}' reaches this computer at 10.0.2.2, which is 127.0.0.1 here",
                vm = vm.name
            )));
        }
        let networks = || exhibit.definition.networks.as_ref().map_err(Told::clone);
        let mut past = true;
        for card in up {
            past &= match card.kind.as_str() {
                "direct" => true,
                "network" => networks()?.iter().any(|it| it.name == card.source && it.past_host),
                _ => false,
            };
        }
        if !past {
            return Ok(Judged::Well(told!("a network card of '{vm}' leads to this computer", vm = vm.name)));
        }
        let evidence = told!(
            "'{vm}' goes past this computer to its network (macvtap by '{device}' {which}): a guest cannot reach its own computer that way, so no heartbeat arrives",
            vm = vm.name,
            device = first.source,
            which = whose.told()
        );
        let remedy = told!(
            "add a second <interface type='network'> in libvirt's network 'default' for heartbeats, start the VM anew, and make a new snapshot"
        );
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}
