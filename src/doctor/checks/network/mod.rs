//! Checks of what connects guests and this computer: `networks` of libvirt's networks, `plugs` of bridges and what is
//! plugged into them, `reach` of the way from a guest to the API, `way` of the one that its heartbeats come, `firewall` of
//! what stands in that way, `outside` of the way to the world.

mod firewall;
mod networks;
mod outside;
mod plugs;
mod reach;
#[cfg(test)]
mod tests;
mod way;

use super::super::facts::network::{Card, Cards, VirtualNetwork};
use super::super::{Area, Check, Exhibit, Fact, Site};
use super::libvirt::virsh;
use crate::core::types::Told;

const NO_NETWORK: &str = "a-vm-does-not-start-because-of-its-network";
const NO_BEATS: &str = "no-heartbeats-arrive-from-any-guest";
const ONE_SILENT: &str = "no-heartbeats-arrive-from-one-guest";
const FIREWALL: &str = "a-firewall-keeps-guests-from-vitrine";
const NO_ADDRESS: &str = "a-guest-has-no-address";
const NO_NAMES: &str = "names-cannot-be-resolved-in-a-guest";
const NO_INTERNET: &str = "a-guest-does-not-reach-the-internet";
const SLOW_START: &str = "a-guests-network-is-there-only-late";
const OTHER_WAY: &str = "heartbeats-come-another-way";
const CLASH: &str = "the-guests-network-clashes-with-the-buildings";

pub(super) const CHECKS: &[Check] = &[
    Check::exhibit(Area::Network, "network.exists", NO_NETWORK, networks::exists),
    Check::exhibit(Area::Network, "network.active", NO_NETWORK, networks::active).fixing(),
    Check::site(Area::Network, "network.autostart", NO_NETWORK, networks::autostart).fixing(),
    Check::site(Area::Network, "network.clash", CLASH, networks::clash),
    Check::site(Area::Network, "network.name-server-clash", NO_NETWORK, networks::name_server_clash),
    Check::exhibit(Area::Network, "network.bridge", NO_BEATS, plugs::bridge).fixing(),
    Check::exhibit(Area::Network, "network.bridge-address", NO_BEATS, plugs::bridge_address).fixing(),
    Check::exhibit(Area::Network, "network.tap", ONE_SILENT, plugs::tap).fixing(),
    Check::exhibit(Area::Network, "network.cable", ONE_SILENT, plugs::cable).fixing(),
    Check::exhibit(Area::Network, "network.filter", ONE_SILENT, plugs::filter),
    Check::exhibit(Area::Network, "network.packet-size", ONE_SILENT, plugs::packet_size),
    Check::site(Area::Network, "network.forward-delay", SLOW_START, plugs::forward_delay),
    Check::exhibit(Area::Network, "network.card", ONE_SILENT, reach::card),
    Check::site(Area::Network, "network.dnsmasq", NO_ADDRESS, networks::dnsmasq),
    Check::site(Area::Network, "network.lease-room", NO_ADDRESS, networks::lease_room),
    Check::exhibit(Area::Network, "network.address", NO_ADDRESS, reach::address),
    Check::site(Area::Network, "network.address-twice", NO_ADDRESS, reach::address_twice),
    Check::exhibit(Area::Network, "network.listen", NO_BEATS, reach::listen),
    Check::exhibit(Area::Network, "network.listening", NO_BEATS, reach::listening),
    Check::exhibit(Area::Network, "network.way", OTHER_WAY, way::way),
    Check::exhibit(Area::Network, "network.firewall", FIREWALL, firewall::api).fixing(),
    Check::site(Area::Network, "network.from-guests", FIREWALL, firewall::from_guests),
    Check::site(Area::Network, "network.firewall-dhcp", FIREWALL, firewall::dhcp).fixing(),
    Check::site(Area::Network, "network.firewall-names", NO_NAMES, firewall::names).fixing(),
    Check::site(Area::Network, "network.no-names", NO_NAMES, outside::no_names),
    Check::site(Area::Network, "network.names", NO_NAMES, outside::names),
    Check::exhibit(Area::Network, "network.isolated", NO_INTERNET, outside::isolated),
    Check::site(Area::Network, "network.forwarding", NO_INTERNET, outside::forwarding).fixing(),
    Check::site(Area::Network, "network.masquerade", NO_INTERNET, outside::masquerade),
    Check::site(Area::Network, "network.firewall-outside", NO_INTERNET, outside::firewall).fixing(),
    Check::site(Area::Network, "network.uplink", NO_INTERNET, outside::uplink),
];

/// The network cards of an exhibit's VM; `None` where libvirt has no such VM.
fn cards<'a>(site: &'a Site, exhibit: &Exhibit) -> Fact<Option<&'a Cards>> {
    Ok(site.network.cards.as_ref().map_err(Told::clone)?.get(&exhibit.settings.vm))
}

/// The cards of an exhibit's VM that are in one of libvirt's networks.
fn in_networks<'a>(site: &'a Site, exhibit: &Exhibit) -> Fact<Vec<&'a Card>> {
    let cards = cards(site, exhibit)?.map_or(&[] as &[Card], |cards| &cards.cards);
    Ok(cards.iter().filter(|card| card.kind == "network").collect())
}

fn networks(site: &Site) -> Fact<&[VirtualNetwork]> {
    site.network.networks.as_ref().map(Vec::as_slice).map_err(Told::clone)
}

/// The networks that exhibits' VMs are in, each with the names of these VMs.
fn used(site: &Site) -> Fact<Vec<(&VirtualNetwork, String)>> {
    let (networks, all) = (networks(site)?, site.network.cards.as_ref().map_err(Told::clone)?);
    let vms = |network: &VirtualNetwork| {
        let in_it = |cards: &Cards| {
            cards.cards.iter().any(|card| card.kind == "network" && card.source == network.name)
        };
        all.iter()
            .filter(|(_, cards)| in_it(cards))
            .map(|(vm, _)| vm.as_str())
            .collect::<Vec<_>>()
            .join("', '")
    };
    Ok(networks.iter().map(|network| (network, vms(network))).filter(|(_, vms)| !vms.is_empty()).collect())
}

/// The networks that exhibits' VMs are in and that are there now.
fn active(site: &Site) -> Fact<Vec<&VirtualNetwork>> {
    Ok(used(site)?.into_iter().map(|(network, _)| network).filter(|network| network.active).collect())
}

/// Whether heartbeats of an exhibit arrive now: then nothing can be wrong with its way to the API.
fn beats(site: &Site, exhibit: &Exhibit) -> bool {
    site.network.beating.as_ref().is_ok_and(|beating| beating.contains(&exhibit.settings.name))
}
