//! The way from a guest to the API.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::super::super::facts::network::{Card, Subnet, VirtualNetwork};
use super::super::super::{Exhibit, Fact, Judged, Remedy, Site};
use super::{beats, cards, in_networks, networks};
use crate::core::types::Told;
use crate::words::told;

pub(super) fn card(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !exhibit.settings.beats_over_network() {
        return Ok(Judged::Beside);
    }
    let Some(all) = cards(site, exhibit)? else { return Ok(Judged::Beside) };
    let vm = &exhibit.settings.vm;
    if !all.cards.is_empty() {
        return Ok(Judged::Well(told!("VM '{vm}' has a network card", vm = vm)));
    }
    if beats(site, exhibit) {
        return Ok(Judged::Well(told!("heartbeats of VM '{vm}' arrive", vm = vm)));
    }
    Ok(Judged::warning(
        told!("VM '{vm}' has no network card, and heartbeats of its guest are waited for", vm = vm),
        Remedy::say(told!("give it a network card, or write heartbeat = false for the exhibit")),
    ))
}

/// Addresses that are known of a card: its lease, and what it was heard of under.
fn known(site: &Site, card: &Card) -> Fact<Vec<IpAddr>> {
    let leases = site.network.leases.as_ref();
    let neighbours = site.network.neighbours.as_ref().map_err(Told::clone)?;
    // Leases alone may be unreadable.
    let leased =
        leases.ok().into_iter().flatten().filter(|lease| lease.mac == card.mac).map(|lease| lease.address);
    let heard = neighbours.iter().filter(|one| one.mac == card.mac).map(|one| one.address);
    let mut all: Vec<_> = leased.chain(heard).collect();
    // One without any may have a lease all the same.
    if all.is_empty() {
        leases.map_err(Told::clone)?;
    }
    all.sort();
    all.dedup();
    Ok(all)
}

pub(super) fn address(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !exhibit.settings.beats_over_network() {
        return Ok(Judged::Beside);
    }
    let Some(all) = cards(site, exhibit)?.filter(|cards| cards.runs) else { return Ok(Judged::Beside) };
    let vm = &exhibit.settings.vm;
    let mut bridged = all.cards.iter().filter(|card| !card.bridge.is_empty()).peekable();
    if bridged.peek().is_none() {
        return Ok(Judged::Beside);
    }
    for card in bridged {
        if let Some(address) = known(site, card)?.first() {
            return Ok(Judged::Well(told!(
                "the guest of VM '{vm}' has the address {address}",
                vm = vm,
                address = address.to_string()
            )));
        }
    }
    if beats(site, exhibit) {
        return Ok(Judged::Well(told!("heartbeats of VM '{vm}' arrive", vm = vm)));
    }
    if !all.settled {
        return Ok(Judged::Beside);
    }
    Ok(Judged::warning(
        told!(
            "the guest of VM '{vm}' has not been heard of in its network: no lease, no address known of its card",
            vm = vm
        ),
        Remedy::say(told!(
            "look in the guest whether its network card has a driver and asks for an address (DHCP); a snapshot without a network comes back without one"
        )),
    ))
}

pub(super) fn address_twice(site: &Site) -> Fact<Judged> {
    let all = site.network.cards.as_ref().map_err(Told::clone)?;
    let neighbours = site.network.neighbours.as_ref().map_err(Told::clone)?;
    let no_leases = Vec::new();
    let leases = site.network.leases.as_ref().unwrap_or(&no_leases);
    let heard = neighbours.iter().map(|one| (one.address, one.mac.as_str()));
    let mut pairs: Vec<_> =
        leases.iter().map(|lease| (lease.address, lease.mac.as_str())).chain(heard).collect();
    let bridges: Vec<_> =
        all.values().flat_map(|cards| &cards.cards).map(|card| card.bridge.as_str()).collect();
    if bridges.iter().all(|bridge| bridge.is_empty()) {
        return Ok(Judged::Beside);
    }
    pairs.sort_unstable();
    pairs.dedup();
    let vm_of = |mac: &str| {
        all.iter()
            .find(|(_, cards)| cards.runs && cards.cards.iter().any(|card| card.mac == mac))
            .map(|(vm, _)| vm.as_str())
    };
    let twice = pairs.windows(2).find_map(|pair| match pair {
        [(first, one), (second, other)] if first == second => match (vm_of(one), vm_of(other)) {
            // An old lease of a card that nobody has any more does no harm.
            (Some(one), Some(other)) if one != other => Some((first, one, other)),
            _ => None,
        },
        _ => None,
    });
    let Some((address, one, other)) = twice else {
        return Ok(Judged::Well(told!("no two guests have the same address")));
    };
    Ok(Judged::warning(
        told!(
            "the guests of VM '{one}' and VM '{other}' both have the address {address}",
            one = one,
            other = other,
            address = address.to_string()
        ),
        Remedy::say(told!(
            "give each guest an address of its own, or have both ask for one (DHCP), and make their snapshots anew"
        )),
    ))
}

/// This computer's addresses as a guest behind a card may reach them; `None` where that is not the doctor's to say.
pub(super) fn here(site: &Site, card: &Card) -> Fact<Option<Vec<Subnet>>> {
    if card.kind == "user" {
        // What a guest behind QEMU's own network asks of 10.0.2.2 arrives at 127.0.0.1.
        return Ok(Some(vec![Subnet { address: Ipv4Addr::LOCALHOST.into(), prefix: 8 }]));
    }
    if card.bridge.is_empty() {
        return Ok(None);
    }
    let network =
        networks(site)?.iter().find(|network| card.kind == "network" && network.name == card.source);
    if let Some(network) = network.filter(|network| !network.addresses.is_empty()) {
        return Ok(Some(network.addresses.clone()));
    }
    let links = site.network.links.as_ref().map_err(Told::clone)?;
    let found = links.iter().find(|link| link.name == card.bridge).map(|link| link.addresses.clone());
    Ok(found.map(|all| all.into_iter().filter(is_usable).collect()).filter(|all: &Vec<_>| !all.is_empty()))
}

/// An address that only counts within its link cannot be written into a guest's configuration.
fn is_usable(subnet: &Subnet) -> bool {
    match subnet.address {
        IpAddr::V4(_) => true,
        IpAddr::V6(address) => !address.is_unicast_link_local(),
    }
}

/// Where the API is to listen for this exhibit's guest: what the configuration has of it, and what it could have.
struct Wanted {
    configured: Vec<SocketAddr>,
    possible: Vec<IpAddr>,
}

fn wanted(site: &Site, exhibit: &Exhibit) -> Fact<Option<Wanted>> {
    if !exhibit.settings.beats_over_network() {
        return Ok(None);
    }
    let Some(all) = cards(site, exhibit)? else { return Ok(None) };
    let settings = site.settings.as_ref().map_err(Told::clone)?;
    let mut wanted = Wanted { configured: Vec::new(), possible: Vec::new() };
    for card in &all.cards {
        // A way that is not known may be the right one.
        let Some(here) = here(site, card)? else { return Ok(None) };
        for subnet in here {
            wanted.possible.push(subnet.address);
            let fits = |listen: &&SocketAddr| {
                listen.ip() == subnet.address
                    || (listen.ip().is_unspecified() && (listen.is_ipv6() || subnet.address.is_ipv4()))
            };
            wanted.configured.extend(settings.api.listen.iter().filter(fits).copied());
        }
    }
    Ok((!wanted.possible.is_empty()).then_some(wanted))
}

pub(super) fn listen(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(wanted) = wanted(site, exhibit)? else { return Ok(Judged::Beside) };
    let settings = site.settings.as_ref().map_err(Told::clone)?;
    let vm = &exhibit.settings.vm;
    if let Some(address) = wanted.configured.first() {
        return Ok(Judged::Well(told!(
            "the API listens at {address} for the guest of VM '{vm}'",
            address = address.to_string(),
            vm = vm
        )));
    }
    if beats(site, exhibit) {
        return Ok(Judged::Well(told!("heartbeats of VM '{vm}' arrive", vm = vm)));
    }
    let port = settings.api.listen.first().map_or(8000, SocketAddr::port);
    let here = wanted.possible.first().copied().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let missing = SocketAddr::new(here, port);
    let quoted: Vec<_> =
        settings.api.listen.iter().chain([&missing]).map(|one| format!("\"{one}\"")).collect();
    Ok(Judged::ill(
        told!(
            "the guest of VM '{vm}' reaches this computer at {address}, where the API does not listen",
            vm = vm,
            address = missing.to_string()
        ),
        Remedy::say(told!(
            "write listen = [{addresses}] below [api] in vitrine.toml, and restart Vitrine",
            addresses = quoted.join(", ")
        )),
    ))
}

pub(super) fn listening(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !site.network.daemon_runs {
        return match &site.network.cards {
            Ok(_) => Ok(Judged::Beside),
            Err(why) => Err(why.clone()),
        };
    }
    // A network that is not there has no address to listen at, and is told of by itself.
    let cards = in_networks(site, exhibit)?;
    let off =
        |network: &VirtualNetwork| !network.active && cards.iter().any(|card| card.source == network.name);
    if networks(site)?.iter().any(off) {
        return Ok(Judged::Beside);
    }
    let Some(wanted) = wanted(site, exhibit)? else { return Ok(Judged::Beside) };
    let listening = site.network.listening.as_ref().map_err(Told::clone)?;
    let heard = |address: &&SocketAddr| {
        listening.iter().any(|one| {
            one.port() == address.port() && (one.ip() == address.ip() || one.ip().is_unspecified())
        })
    };
    // `listen` tells where none is configured.
    let Some(first) = wanted.configured.first() else { return Ok(Judged::Beside) };
    if let Some(address) = wanted.configured.iter().find(heard) {
        return Ok(Judged::Well(told!("something listens at {address}", address = address.to_string())));
    }
    Ok(Judged::ill(
        told!(
            "Vitrine runs, and nothing listens at {address}, where guests ask",
            address = first.to_string()
        ),
        Remedy::say(told!(
            "see whether this computer has that address (ip address), and whether Vitrine was restarted since vitrine.toml was changed"
        )),
    ))
}
