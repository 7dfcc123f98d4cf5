//! Which way heartbeats come, against the one that the VM's network cards lead.

use std::net::IpAddr;

use super::super::super::facts::network::{Card, Subnet, Way};
use super::super::super::{Exhibit, Fact, Judged, Remedy, Site};
use super::reach::here;
use super::{beats, cards};
use crate::core::types::Told;
use crate::words::told;

pub(super) fn way(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !exhibit.settings.beats_over_network() || !beats(site, exhibit) {
        return Ok(Judged::Beside);
    }
    let Some(all) = cards(site, exhibit)?.filter(|all| all.runs && !all.cards.is_empty()) else {
        return Ok(Judged::Beside);
    };
    // Of an older daemon nobody knows.
    let Some(way) = site.network.ways.as_ref().map_err(Told::clone)?.get(&exhibit.settings.name) else {
        return Ok(Judged::Beside);
    };
    let mut expected = Vec::new();
    for card in &all.cards {
        // A way that is not known may be the right one.
        let Some(here) = here(site, card)? else { return Ok(Judged::Beside) };
        expected.extend(here);
    }
    if let Some(judged) = sender(site, exhibit, way, &all.cards, &expected)? {
        return Ok(judged);
    }
    if let Some(judged) = receiver(site, exhibit, way, &expected)? {
        return Ok(judged);
    }
    Ok(Judged::Well(told!(
        "heartbeats of VM '{vm}' come from {from} to {to}, as its network leads",
        vm = exhibit.settings.vm,
        from = way.from.to_string(),
        to = way.to.to_string()
    )))
}

/// The device of this computer's in whose network an address is, by its own addresses, then by its routes.
fn device_towards(site: &Site, address: IpAddr) -> Fact<String> {
    let links = site.network.links.as_ref().map_err(Told::clone)?;
    let near = links.iter().find(|link| link.addresses.iter().any(|subnet| subnet.holds(address)));
    if let Some(link) = near {
        return Ok(link.name.clone());
    }
    let routes = site.network.routes.as_ref().map_err(Told::clone)?;
    let fits = |subnet: &Option<Subnet>| subnet.is_none_or(|subnet| subnet.holds(address));
    let nearest = routes
        .iter()
        .filter(|route| fits(&route.to))
        .max_by_key(|route| route.to.map_or(0, |subnet| subnet.prefix));
    nearest
        .map(|route| route.device.clone())
        .ok_or_else(|| told!("no way of this computer leads to {address}", address = address.to_string()))
}

/// What is wrong with who sends them.
fn sender(
    site: &Site,
    exhibit: &Exhibit,
    way: &Way,
    cards: &[Card],
    expected: &[Subnet],
) -> Fact<Option<Judged>> {
    let vm = &exhibit.settings.vm;
    let from = way.from.to_string();
    let links = site.network.links.as_ref().map_err(Told::clone)?;
    let is_own = way.from.is_loopback()
        || links.iter().any(|link| link.addresses.iter().any(|subnet| subnet.address == way.from));
    let by_qemu = cards.iter().any(|card| card.kind == "user");
    if is_own {
        // QEMU's own network sends in this computer's name.
        return Ok((!by_qemu).then(|| {
            Judged::advice(
                told!(
                    "heartbeats of VM '{vm}' come from this computer itself ({from}), not from its guest",
                    vm = vm,
                    from = from
                ),
                Remedy::say(told!(
                    "where a proxy passes them on, let the guest call the API itself; a program here that beats in the guest's place hides that the artwork has stopped"
                )),
            )
        }));
    }
    if !expected.iter().any(|subnet| subnet.holds(way.from)) {
        return Ok(Some(Judged::warning(
            told!(
                "heartbeats of VM '{vm}' come from {from} by way of {device}, not from the network that its card is in",
                vm = vm,
                from = from,
                device = device_towards(site, way.from)?
            ),
            Remedy::say(told!(
                "see who that is: whatever lies on that way puts the artwork back when it fails; have the guest's program call this computer's address in the guest's own network"
            )),
        )));
    }
    // A card is known for a while after its guest was heard.
    let neighbours = site.network.neighbours.as_ref().map_err(Told::clone)?;
    let Some(heard) = neighbours.iter().find(|one| one.address == way.from) else { return Ok(None) };
    if cards.iter().any(|card| card.mac == heard.mac) {
        return Ok(None);
    }
    let all = site.network.cards.as_ref().map_err(Told::clone)?;
    let other = all.iter().find(|(_, cards)| cards.cards.iter().any(|card| card.mac == heard.mac));
    let evidence = match other {
        Some((other, _)) => told!(
            "heartbeats of VM '{vm}' come from the guest of VM '{other}' ({from})",
            vm = vm,
            other = other,
            from = from
        ),
        None => told!(
            "heartbeats of VM '{vm}' come from {from}, whose network card {mac} is none of the VM's",
            vm = vm,
            from = from,
            mac = heard.mac
        ),
    };
    Ok(Some(Judged::warning(
        evidence,
        Remedy::say(told!(
            "see what beats there: as long as it does, nobody notices that this artwork has stopped; each guest names its own exhibit, or none"
        )),
    )))
}

/// What is wrong with where they are sent.
fn receiver(site: &Site, exhibit: &Exhibit, way: &Way, expected: &[Subnet]) -> Fact<Option<Judged>> {
    let in_network = expected.iter().any(|subnet| subnet.address == way.to);
    // Of QEMU's own network it is not known where its packets were sent.
    if in_network || way.to.is_loopback() {
        return Ok(None);
    }
    let Some(own) = expected.iter().find(|subnet| subnet.address.is_ipv4() == way.to.is_ipv4()) else {
        return Ok(None);
    };
    if own.address.is_loopback() {
        return Ok(None);
    }
    Ok(Some(Judged::advice(
        told!(
            "the guest of VM '{vm}' sends its heartbeats to {to} of {device}: they stop when that loses its cable or its address",
            vm = exhibit.settings.vm,
            to = way.to.to_string(),
            device = device_towards(site, way.to)?
        ),
        Remedy::say(told!(
            "have its program call {address}, which is always there, and make the snapshot anew",
            address = own.address.to_string()
        )),
    )))
}
