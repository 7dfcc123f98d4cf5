//! Bridges, and what is plugged into them.

use super::super::super::facts::network::{Card, Link};
use super::super::super::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use super::{beats, cards, networks, virsh};
use crate::core::types::Told;
use crate::words::told;

/// From here on a guest that asks for its address at once may give up before it is heard, in hundredths of a second.
const LONG_DELAY: u64 = 400;

fn link<'a>(site: &'a Site, name: &str) -> Fact<Option<&'a Link>> {
    Ok(site.network.links.as_ref().map_err(Told::clone)?.iter().find(|link| link.name == name))
}

/// The cards of an exhibit's VM that are plugged into a bridge that should be there: its own, or that of a network that
/// is active.
fn bridged<'a>(site: &'a Site, exhibit: &Exhibit) -> Fact<Vec<&'a Card>> {
    let Some(cards) = cards(site, exhibit)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for card in cards.cards.iter().filter(|card| !card.bridge.is_empty()) {
        let is_there = card.kind != "network"
            || networks(site)?.iter().any(|network| network.name == card.source && network.active);
        if is_there {
            found.push(card);
        }
    }
    Ok(found)
}

pub(super) fn bridge(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let cards = bridged(site, exhibit)?;
    let Some(first) = cards.first() else { return Ok(Judged::Beside) };
    for card in &cards {
        let name = &card.bridge;
        let Some(link) = link(site, name)? else {
            let evidence = told!(
                "the bridge {bridge} of VM '{vm}' is not there",
                bridge = name,
                vm = exhibit.settings.vm
            );
            let remedy = if card.kind == "network" {
                let uri = site.network.uri.as_ref().map_err(Told::clone)?;
                Remedy::type_in(
                    told!("start the network anew, then the VMs in it"),
                    [virsh(uri, &["net-destroy", &card.source]), virsh(uri, &["net-start", &card.source])],
                )
            } else {
                Remedy::say(told!(
                    "make the bridge {bridge} (NetworkManager, netplan, /etc/network/interfaces), or put the VM into a network of libvirt's",
                    bridge = name
                ))
            };
            return Ok(Judged::ill(evidence, remedy).ruling_out(&[Means::Start, Means::Revert]));
        };
        if !link.up {
            return Ok(Judged::ill(
                told!(
                    "the bridge {bridge} of VM '{vm}' is switched off",
                    bridge = name,
                    vm = exhibit.settings.vm
                ),
                Remedy::fix(
                    told!("switch the bridge on"),
                    [Command::root(["ip", "link", "set", name, "up"])],
                    [Command::root(["ip", "link", "set", name, "down"])],
                ),
            ));
        }
    }
    Ok(Judged::Well(told!("the bridge {bridge} is there and on", bridge = first.bridge)))
}

pub(super) fn bridge_address(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let mut well = None;
    for card in bridged(site, exhibit)? {
        let Some(network) =
            networks(site)?.iter().find(|network| card.kind == "network" && network.name == card.source)
        else {
            continue;
        };
        // `bridge` tells where it is missing.
        let Some(link) = link(site, &card.bridge)? else { continue };
        for wanted in &network.addresses {
            if !link.addresses.iter().any(|has| has.address == wanted.address) {
                let address = wanted.to_string();
                let mut add = Command::root(["ip", "address", "add", &address, "dev", &card.bridge]);
                if wanted.address.is_ipv4() {
                    // As libvirt gives it; ip(8) sets no broadcast address by itself.
                    add.words.extend(["broadcast", "+"].map(str::to_owned));
                }
                return Ok(Judged::ill(
                    told!(
                        "the bridge {bridge} has lost its address {address}: guests do not reach this computer",
                        bridge = card.bridge,
                        address = &address
                    ),
                    Remedy::fix(
                        told!("give the bridge its address back"),
                        [add],
                        [Command::root(["ip", "address", "delete", &address, "dev", &card.bridge])],
                    ),
                ));
            }
            well = Some(told!(
                "the bridge {bridge} has the address {address}",
                bridge = card.bridge,
                address = wanted.to_string()
            ));
        }
    }
    Ok(well.map_or(Judged::Beside, Judged::Well))
}

pub(super) fn tap(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(all) = cards(site, exhibit)?.filter(|cards| cards.runs) else { return Ok(Judged::Beside) };
    let mut well = None;
    for card in all.cards.iter().filter(|card| !card.bridge.is_empty()) {
        let (Some(tap), bridge) = (&card.tap, &card.bridge) else { continue };
        let vm = &exhibit.settings.vm;
        // `bridge` tells where that is missing.
        if link(site, bridge)?.is_none() {
            continue;
        }
        let Some(link) = link(site, tap)? else {
            return Ok(Judged::ill(
                told!(
                    "the network card of VM '{vm}' has no other end: there is no {tap}",
                    vm = vm,
                    tap = tap
                ),
                Remedy::say(told!("start the VM anew")),
            ));
        };
        if link.master.as_ref() != Some(bridge) {
            let evidence = match &link.master {
                None => told!(
                    "the network card of VM '{vm}' ({tap}) is not plugged into {bridge}",
                    vm = vm,
                    tap = tap,
                    bridge = bridge
                ),
                Some(other) => told!(
                    "the network card of VM '{vm}' ({tap}) is plugged into {other}, not into {bridge}",
                    vm = vm,
                    tap = tap,
                    other = other,
                    bridge = bridge
                ),
            };
            let back = match &link.master {
                None => Command::root(["ip", "link", "set", tap, "nomaster"]),
                Some(other) => Command::root(["ip", "link", "set", tap, "master", other]),
            };
            return Ok(Judged::ill(
                evidence,
                Remedy::fix(
                    told!("plug the network card in"),
                    [Command::root(["ip", "link", "set", tap, "master", bridge])],
                    [back],
                ),
            ));
        }
        if !link.up {
            return Ok(Judged::ill(
                told!(
                    "the network card of VM '{vm}' ({tap}) is switched off on this computer's side",
                    vm = vm,
                    tap = tap
                ),
                Remedy::fix(
                    told!("switch the network card on"),
                    [Command::root(["ip", "link", "set", tap, "up"])],
                    [Command::root(["ip", "link", "set", tap, "down"])],
                ),
            ));
        }
        well = Some(told!(
            "the network card of VM '{vm}' ({tap}) is plugged into {bridge}",
            vm = vm,
            tap = tap,
            bridge = bridge
        ));
    }
    Ok(well.map_or(Judged::Beside, Judged::Well))
}

pub(super) fn cable(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(all) = cards(site, exhibit)? else { return Ok(Judged::Beside) };
    let (vm, uri) = (&exhibit.settings.vm, site.network.uri.as_ref().map_err(Told::clone)?);
    if all.cards.is_empty() {
        return Ok(Judged::Beside);
    }
    let out = all.cards.iter().find(|card| !card.plugged);
    let Some(out) = out.or_else(|| all.cards.iter().find(|card| !card.plugged_at_start)) else {
        return Ok(Judged::Well(told!("the network cable of VM '{vm}' is plugged in", vm = vm)));
    };
    // virsh(1): without an option the running VM is meant, with it the definition.
    let set = |state: &str| {
        let words = ["domif-setlink", vm, &out.mac, state];
        let now = (all.runs && !out.plugged).then(|| virsh(uri, &words));
        let at_start =
            (!out.plugged_at_start).then(|| virsh(uri, &[words.as_slice(), &["--config"]].concat()));
        now.into_iter().chain(at_start).collect::<Vec<_>>()
    };
    let remedy = Remedy::fix(
        told!("plug the cable in; where the snapshot holds it unplugged, make the snapshot anew"),
        set("up"),
        set("down"),
    );
    if out.plugged {
        let evidence = told!(
            "the network cable of VM '{vm}' is plugged in, and unplugged from its next start on (link state of {mac} is down in its definition)",
            vm = vm,
            mac = out.mac
        );
        return Ok(Judged::advice(evidence, remedy));
    }
    let evidence = told!(
        "the network cable of VM '{vm}' is unplugged (link state of {mac} is down)",
        vm = vm,
        mac = out.mac
    );
    let needed = exhibit.settings.beats_over_network() && !beats(site, exhibit);
    Ok(if needed { Judged::ill(evidence, remedy) } else { Judged::advice(evidence, remedy) })
}

pub(super) fn filter(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(all) = cards(site, exhibit)? else { return Ok(Judged::Beside) };
    let Some(filtered) = all.cards.iter().find(|card| !card.filter.is_empty()) else {
        return Ok(Judged::Beside);
    };
    let uri = site.network.uri.as_ref().map_err(Told::clone)?;
    Ok(Judged::advice(
        told!(
            "the filter '{filter}' stands between the network and VM '{vm}'",
            filter = filtered.filter,
            vm = exhibit.settings.vm
        ),
        Remedy::type_in(
            told!("see that the filter lets heartbeats pass"),
            [virsh(uri, &["nwfilter-dumpxml", &filtered.filter])],
        ),
    ))
}

pub(super) fn packet_size(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(all) = cards(site, exhibit)?.filter(|cards| cards.runs) else { return Ok(Judged::Beside) };
    let mut well = None;
    for card in all.cards.iter().filter(|card| !card.bridge.is_empty()) {
        let Some(tap) = &card.tap else { continue };
        let (Some(tap), Some(bridge)) = (link(site, tap)?, link(site, &card.bridge)?) else { continue };
        if tap.mtu != bridge.mtu {
            return Ok(Judged::advice(
                told!(
                    "{tap} takes packets of {mine} bytes, {bridge} of {other}: large ones may be lost",
                    tap = tap.name,
                    mine = tap.mtu,
                    bridge = bridge.name,
                    other = bridge.mtu
                ),
                Remedy::say(told!("have both take the same size, which is 1500 as a rule")),
            ));
        }
        well = Some(told!(
            "{tap} and {bridge} take packets of the same size",
            tap = tap.name,
            bridge = bridge.name
        ));
    }
    Ok(well.map_or(Judged::Beside, Judged::Well))
}

pub(super) fn forward_delay(site: &Site) -> Fact<Judged> {
    let all = site.network.cards.as_ref().map_err(Told::clone)?;
    let mut bridges: Vec<_> = all
        .values()
        .flat_map(|cards| &cards.cards)
        .map(|card| card.bridge.as_str())
        .filter(|name| !name.is_empty())
        .collect();
    bridges.sort_unstable();
    bridges.dedup();
    let mut well = None;
    for name in bridges {
        let Some(delay) = link(site, name)?.and_then(|link| link.forward_delay) else { continue };
        if delay >= LONG_DELAY {
            return Ok(Judged::advice(
                told!(
                    "the bridge {bridge} lets a guest wait {delay} s before it is heard: guests that ask for an address at once get none",
                    bridge = name,
                    delay = delay / 100
                ),
                Remedy::say(told!(
                    "switch the spanning tree protocol of {bridge} off, where it leads to no second bridge",
                    bridge = name
                )),
            ));
        }
        well = Some(told!("the bridge {bridge} passes on at once what is plugged in", bridge = name));
    }
    Ok(well.map_or(Judged::Beside, Judged::Well))
}
