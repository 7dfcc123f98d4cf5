//! Finds out about what connects guests and this computer: `definitions` reads libvirt's XML, `addresses` what the kernel
//! knows, `served` what dnsmasq does, `firewall` what becomes of guests' packets, `from_guests` whether the API answers
//! them.

mod addresses;
mod definitions;
mod firewall;
mod from_guests;
mod served;

pub(super) use self::addresses::links;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::thread;
use std::time::Duration;

use super::Ground;
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::network::{Cards, Firewall, Link, Network, Route, VirtualNetwork, Way};
use crate::words::told;

/// By then a guest that was started or put back has asked for its address.
const SETTLE_TIME: Duration = Duration::from_secs(180);

pub(super) fn gather(ground: &Ground) -> Network {
    let networks = networks(ground);
    let cards = cards(ground, &networks);
    let (links, routes) = (addresses::links(), addresses::routes());
    let seen = Seen { ground, cards: &cards, links: &links, routes: &routes };
    let none = Vec::new();
    let neighbours = addresses::neighbours();
    let leases = served::leases(networks.as_ref().unwrap_or(&none));
    let taken: BTreeSet<_> = neighbours
        .iter()
        .flatten()
        .map(|one| one.address)
        .chain(leases.iter().flatten().map(|lease| lease.address))
        .collect();
    let found = thread::scope(|scope| {
        let rules = scope.spawn(|| firewall::look(&seen));
        let dns = scope.spawn(|| served::dns(networks.as_ref().unwrap_or(&none)));
        let rules =
            rules.join().unwrap_or_else(|_| Err(told!("the thread that looked at the network has ended")));
        let asked = match &rules {
            Ok(rules) => from_guests::ask(&seen, rules, &taken),
            // That the rules are not known is told by itself.
            Err(_) => Ok(BTreeMap::new()),
        };
        (rules, asked, dns.join().unwrap_or_default())
    });
    let (rules, from_guests, dns) = found;
    Network {
        uri: Ok(ground.asked.uri.clone()),
        neighbours,
        leases,
        dnsmasq: served::dnsmasq(),
        dns,
        listening: ground.once.sockets().map(addresses::listening),
        port_53: addresses::name_servers(),
        forwarding: forwarding(),
        passages: rules.as_ref().map(|rules| rules.passages.clone()).map_err(Told::clone),
        firewall: rules.as_ref().map_or(Ok(Firewall::Rules), |rules| Ok(rules.kind.clone())),
        masqueraded: rules.map(|rules| rules.masqueraded),
        from_guests,
        beating: ground.asked.status.as_ref().map(beating).map_err(Told::clone),
        ways: ground.asked.status.as_ref().map(ways).map_err(Told::clone),
        daemon_runs: ground.asked.status.is_ok(),
        networks,
        cards,
        links,
        routes,
    }
}

/// What is known before firewalls are looked at.
struct Seen<'a> {
    ground: &'a Ground,
    cards: &'a Fact<BTreeMap<String, Cards>>,
    links: &'a Fact<Vec<Link>>,
    routes: &'a Fact<Vec<Route>>,
}

impl Seen<'_> {
    /// The bridges that exhibits' VMs are plugged into, as far as they are there.
    fn bridges(&self) -> Fact<Vec<&Link>> {
        let (cards, links) =
            (self.cards.as_ref().map_err(Told::clone)?, self.links.as_ref().map_err(Told::clone)?);
        let named: BTreeSet<_> =
            cards.values().flat_map(|cards| &cards.cards).map(|card| card.bridge.as_str()).collect();
        Ok(links.iter().filter(|link| named.contains(link.name.as_str())).collect())
    }

    /// The ports at which the API listens for guests.
    fn ports(&self) -> Fact<BTreeSet<u16>> {
        let settings = self.ground.asked.settings.as_ref().map_err(Told::clone)?;
        Ok(settings.api.listen.iter().map(std::net::SocketAddr::port).collect())
    }
}

fn networks(ground: &Ground) -> Fact<Vec<VirtualNetwork>> {
    let looked = ground.libvirt.as_ref().map_err(Told::clone)?;
    let networks = match &looked.networks {
        Ok(networks) => networks,
        // Without libvirt's driver for networks there are none, as in a session as a rule.
        Err(why) if is_unsupported(why) => return Ok(Vec::new()),
        Err(why) => return Err(why.clone()),
    };
    networks.iter().map(definitions::network).collect()
}

fn is_unsupported(why: &Told) -> bool {
    format!("{why:?}").contains("not supported by the connection driver")
}

fn cards(ground: &Ground, networks: &Fact<Vec<VirtualNetwork>>) -> Fact<BTreeMap<String, Cards>> {
    let looked = ground.libvirt.as_ref().map_err(Told::clone)?;
    let vms = looked.vms.as_ref().map_err(Told::clone)?;
    let none = Vec::new();
    let networks = networks.as_ref().unwrap_or(&none);
    let mut found = BTreeMap::new();
    for exhibit in &ground.asked.exhibits {
        let Some(vm) = vms.iter().find(|vm| vm.name == exhibit.vm) else { continue };
        let running = vm.running.as_ref().map_err(Told::clone)?.as_ref();
        let persistent = vm.persistent.as_ref().map_err(Told::clone)?.as_ref();
        let Some(xml) = running.or(persistent) else { continue };
        let mut cards = definitions::cards(xml, networks)?;
        if let Some(persistent) = persistent {
            let at_start = definitions::cards(persistent, networks)?;
            for card in &mut cards {
                let same = at_start.iter().find(|other| other.mac == card.mac);
                card.plugged_at_start = same.is_none_or(|other| other.plugged);
            }
        }
        let runs = running.is_some();
        found.insert(vm.name.clone(), Cards { runs, settled: runs && has_settled(&vm.name), cards });
    }
    Ok(found)
}

/// Whether a VM's QEMU was started minutes ago, as far as that is known: libvirt then wrote its number into a file.
fn has_settled(vm: &str) -> bool {
    let file = fs::metadata(format!("/run/libvirt/qemu/{vm}.pid"));
    let age = file.and_then(|file| file.modified()).ok().and_then(|since| since.elapsed().ok());
    age.is_some_and(|age| age > SETTLE_TIME)
}

fn forwarding() -> Fact<bool> {
    let file = "/proc/sys/net/ipv4/ip_forward";
    match fs::read_to_string(file) {
        Ok(text) => Ok(text.trim() == "1"),
        Err(error) => {
            Err(told!("the kernel's {file} cannot be read: {why}", file = file, why = error.to_string()))
        }
    }
}

/// The exhibits of which the running daemon says that their heartbeats arrive.
fn beating(status: &serde_json::Value) -> Vec<String> {
    let exhibits = status["exhibits"].as_array();
    let beats = |exhibit: &&serde_json::Value| {
        let heartbeat = &exhibit["heartbeat"];
        heartbeat["is_healthy"] == true && !heartbeat["last_heartbeat"].is_null()
    };
    let names = exhibits.into_iter().flatten().filter(beats).filter_map(|exhibit| exhibit["name"].as_str());
    names.map(str::to_owned).collect()
}

/// Which way the last heartbeats came, as the running daemon says.
fn ways(status: &serde_json::Value) -> BTreeMap<String, Way> {
    let way = |exhibit: &serde_json::Value| {
        let address = |end: &str| exhibit["heartbeat_way"][end].as_str()?.parse().ok();
        let way = Way { from: address("from")?, to: address("to")? };
        Some((exhibit["name"].as_str()?.to_owned(), way))
    };
    status["exhibits"].as_array().into_iter().flatten().filter_map(way).collect()
}

/// Another address in the network of this one, such as a guest has.
fn neighbour_of(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(here) => {
            let here = u32::from(here);
            let host_bits = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
            // High up, where DHCP gives its addresses last; not the broadcast address.
            let candidates = [host_bits.wrapping_sub(1), host_bits.wrapping_sub(2)];
            let theirs = candidates.map(|host| (here & !host_bits) | (host & host_bits));
            let other = theirs.into_iter().find(|other| *other != here).unwrap_or(here);
            IpAddr::V4(other.into())
        }
        IpAddr::V6(here) => IpAddr::V6((u128::from(here) ^ 0xf00).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_are_read_of_the_daemons_status() {
        let status = serde_json::json!({"exhibits": [
            {"name": "a", "heartbeat": {"is_healthy": true, "last_heartbeat": 1.5}},
            {"name": "b", "heartbeat": {"is_healthy": false, "last_heartbeat": 1.5}},
            {"name": "c", "heartbeat": {"is_healthy": true, "last_heartbeat": null}},
            {"name": "d"},
        ]});
        assert_eq!(beating(&status), ["a"]);
        assert!(beating(&serde_json::Value::Null).is_empty());
    }

    #[test]
    fn the_way_of_beats_is_read_of_the_daemons_status() {
        let status = serde_json::json!({"exhibits": [
            {"name": "a", "heartbeat_way": {"from": "192.168.122.21", "to": "192.168.122.1"}},
            {"name": "b", "heartbeat_way": null},
            {"name": "c"},
            {"name": "d", "heartbeat_way": {"from": "somewhere", "to": "192.168.122.1"}},
        ]});
        let address = |text: &str| text.parse().unwrap();
        let way = Way { from: address("192.168.122.21"), to: address("192.168.122.1") };
        assert_eq!(ways(&status), [("a".to_owned(), way)].into());
    }

    #[test]
    fn a_guests_address_is_in_the_bridges_network() {
        for (here, prefix, expected) in [
            ("192.168.122.1", 24, "192.168.122.254"),
            ("10.0.0.254", 24, "10.0.0.253"),
            ("10.1.0.1", 16, "10.1.255.254"),
        ] {
            assert_eq!(neighbour_of(here.parse().unwrap(), prefix), expected.parse::<IpAddr>().unwrap());
        }
    }
}
