//! What is known of what connects guests and this computer.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::super::Fact;
use crate::core::types::Told;

/// What is known of what connects guests and this computer.
#[derive(Clone, Debug)]
pub struct Network {
    /// The URI of the libvirt that has the networks.
    pub uri: Fact<String>,
    /// libvirt's virtual networks.
    pub networks: Fact<Vec<VirtualNetwork>>,
    /// The network cards of the exhibits' VMs, by VM.
    pub cards: Fact<BTreeMap<String, Cards>>,
    /// This computer's network devices.
    pub links: Fact<Vec<Link>>,
    /// This computer's routes.
    pub routes: Fact<Vec<Route>>,
    /// Who this computer has heard of in its networks (its ARP table and IPv6's).
    pub neighbours: Fact<Vec<Neighbour>>,
    /// The leases of libvirt's DHCP servers.
    pub leases: Fact<Vec<Lease>>,
    /// The networks for which a dnsmasq of libvirt's runs.
    pub dnsmasq: Fact<Vec<String>>,
    /// Whether libvirt's dnsmasq answers a question of DNS, by the address that it has.
    pub dns: BTreeMap<IpAddr, Fact<bool>>,
    /// The addresses at which something listens on TCP.
    pub listening: Fact<Vec<SocketAddr>>,
    /// The addresses of port 53 that are taken, by others than libvirt's dnsmasq as far as addresses tell.
    pub port_53: Fact<Vec<IpAddr>>,
    /// This computer passes IPv4 packets on (`net.ipv4.ip_forward`).
    pub forwarding: Fact<bool>,
    /// What becomes of guests' packets.
    pub passages: Fact<Vec<Passage>>,
    /// Which firewall is at work.
    pub firewall: Fact<Firewall>,
    /// The networks (as `192.168.122.0/24`) whose packets leave this computer under its own address.
    pub masqueraded: Fact<Vec<Subnet>>,
    /// Whether Vitrine's API answers somebody who is put into a guests' network, by that network's bridge; only of those
    /// where the firewall's rules do not tell.
    pub from_guests: Fact<BTreeMap<String, Fact<Answer>>>,
    /// The exhibits whose heartbeats arrive now, by the running daemon.
    pub beating: Fact<Vec<String>>,
    /// Which way the last heartbeat of an exhibit came over the network, by the running daemon.
    pub ways: Fact<BTreeMap<String, Way>>,
    /// Vitrine's daemon runs.
    pub daemon_runs: bool,
}

/// A network with its mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Any address in it.
    pub address: IpAddr,
    /// How many bits of it are the network's.
    pub prefix: u8,
}

/// A virtual network of libvirt's (<https://libvirt.org/formatnetwork.html>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtualNetwork {
    /// Its name.
    pub name: String,
    /// It is there now.
    pub active: bool,
    /// It is started with libvirt.
    pub autostart: bool,
    /// `nat`, `route`, `open`, `bridge`, `private`, `vepa`, `passthrough`, `hostdev`; empty where it leads nowhere.
    pub forward: String,
    /// Its bridge; empty where it has none.
    pub bridge: String,
    /// This computer's addresses in it.
    pub addresses: Vec<Subnet>,
    /// How many addresses DHCP has to give; `None` where there is no DHCP.
    pub dhcp: Option<u64>,
    /// It has a DNS server.
    pub dns: bool,
}

/// The network cards of a VM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cards {
    /// The VM runs.
    pub runs: bool,
    /// It has run for minutes, so that its guest has come up.
    pub settled: bool,
    /// They.
    pub cards: Vec<Card>,
}

/// A network card of a VM (<https://libvirt.org/formatdomain.html#network-interfaces>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Its address, in small letters.
    pub mac: String,
    /// How it is connected: `network`, `bridge`, `user`, `direct`, …
    pub kind: String,
    /// The network, the bridge or the device that it is connected to; empty for `user`.
    pub source: String,
    /// The bridge that it is plugged into, where that is known.
    pub bridge: String,
    /// Its other end on this computer, while the VM runs.
    pub tap: Option<String>,
    /// Its cable is plugged in (`<link state=…>` says nothing else).
    pub plugged: bool,
    /// The same in the definition with which the VM is started from off.
    pub plugged_at_start: bool,
    /// The filter in front of it; empty for none.
    pub filter: String,
}

/// A network device of this computer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// It is switched on.
    pub up: bool,
    /// The bridge that it is plugged into.
    pub master: Option<String>,
    /// The largest packet that it takes, in bytes.
    pub mtu: u64,
    /// Its addresses.
    pub addresses: Vec<Subnet>,
    /// Where it is a bridge: how long something newly plugged in is kept waiting, in hundredths of a second; 0 without
    /// the spanning tree protocol.
    pub forward_delay: Option<u64>,
}

/// Which way a heartbeat came: the addresses at both ends of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Who sent it, as this computer sees it.
    pub from: IpAddr,
    /// This computer's address that it was sent to.
    pub to: IpAddr,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where to; `None` for everywhere.
    pub to: Option<Subnet>,
    /// By which device.
    pub device: String,
}

/// Somebody in a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// The address.
    pub address: IpAddr,
    /// The network card's, in small letters.
    pub mac: String,
    /// The device behind which it is.
    pub device: String,
}

/// A lease of libvirt's DHCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The network's bridge.
    pub bridge: String,
    /// The network card's address, in small letters.
    pub mac: String,
    /// What it was given.
    pub address: IpAddr,
}

/// A guest's packet, and what this computer's firewalls do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The bridge behind which the guest is.
    pub bridge: String,
    /// What it wants.
    pub what: Packet,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What a guest's packet wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet {
    /// Vitrine's API, at this port.
    Api(u16),
    /// An address of its own (DHCP).
    Dhcp,
    /// A name (DNS).
    Dns,
    /// The world outside.
    Outside,
}

/// What becomes of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passes.
    Passes,
    /// It is stopped.
    Stopped(Stop),
    /// This rule is not understood, and it depends on it.
    Unclear(String),
}

/// What stops a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The rule or the policy, with table and chain.
    pub rule: String,
    /// What the rule is made with.
    pub by: Tool,
}

/// What rules are made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tool {
    /// iptables, under this name.
    Iptables(String),
    /// nftables: the family, the table and the chain at which packets come in.
    Nft(String, String, String),
}

/// Which firewall is at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Firewall {
    /// None that is known by its name: rules of nftables or iptables, or none at all.
    Rules,
    /// ufw.
    Ufw,
    /// firewalld, and the zone of each bridge.
    Firewalld(BTreeMap<String, String>),
}

/// How somebody in a guests' network was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The API answered, at this address.
    Answered(SocketAddr),
    /// Nothing listens at this address.
    Refused(SocketAddr),
    /// Nothing came back from this address.
    Nothing(SocketAddr),
}

impl Subnet {
    /// Whether an address is in it.
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => {
                let host_bits = 32 - u32::from(self.prefix.min(32));
                u32::from(mine).checked_shr(host_bits) == u32::from(other).checked_shr(host_bits)
            }
            (IpAddr::V6(mine), IpAddr::V6(other)) => {
                let host_bits = 128 - u32::from(self.prefix.min(128));
                u128::from(mine).checked_shr(host_bits) == u128::from(other).checked_shr(host_bits)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// Whether both have an address in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        let wider = Self { prefix: self.prefix.min(other.prefix), ..*self };
        wider.holds(other.address)
    }
}

impl std::fmt::Display for Subnet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Network {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            uri: Err(why.clone()),
            networks: Err(why.clone()),
            cards: Err(why.clone()),
            links: Err(why.clone()),
            routes: Err(why.clone()),
            neighbours: Err(why.clone()),
            leases: Err(why.clone()),
            dnsmasq: Err(why.clone()),
            dns: BTreeMap::new(),
            listening: Err(why.clone()),
            port_53: Err(why.clone()),
            forwarding: Err(why.clone()),
            passages: Err(why.clone()),
            firewall: Err(why.clone()),
            masqueraded: Err(why.clone()),
            from_guests: Err(why.clone()),
            beating: Err(why.clone()),
            ways: Err(why.clone()),
            daemon_runs: false,
        }
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        let subnet = |text: &str, prefix| Subnet { address: text.parse().unwrap(), prefix };
        let here: IpAddr = "192.168.122.1".parse().unwrap();
        let guest: IpAddr = "192.168.122.57".parse().unwrap();
        let mac = "52:54:00:aa:00:01".to_owned();
        let bridge = "virbr0".to_owned();
        let link = |name: &str, addresses| Link {
            name: name.to_owned(),
            up: true,
            mtu: 1500,
            addresses,
            ..Link::default()
        };
        let passage = |what| Passage { bridge: "virbr0".to_owned(), what, outcome: Outcome::Passes };
        Self {
            uri: Ok("qemu:///system".to_owned()),
            networks: Ok(vec![VirtualNetwork {
                name: "default".to_owned(),
                active: true,
                autostart: true,
                forward: "nat".to_owned(),
                bridge: bridge.clone(),
                addresses: vec![subnet("192.168.122.1", 24)],
                dhcp: Some(253),
                dns: true,
            }]),
            cards: Ok([(
                "eden-garden-vm".to_owned(),
                Cards {
                    runs: true,
                    settled: true,
                    cards: vec![Card {
                        mac: mac.clone(),
                        kind: "network".to_owned(),
                        source: "default".to_owned(),
                        bridge: bridge.clone(),
                        tap: Some("vnet0".to_owned()),
                        plugged: true,
                        plugged_at_start: true,
                        filter: String::new(),
                    }],
                },
            )]
            .into()),
            links: Ok(vec![
                link("lo", vec![subnet("127.0.0.1", 8)]),
                link("eth0", vec![subnet("10.20.30.40", 24)]),
                Link { forward_delay: Some(200), ..link("virbr0", vec![subnet("192.168.122.1", 24)]) },
                Link { master: Some(bridge.clone()), ..link("vnet0", Vec::new()) },
            ]),
            routes: Ok(vec![
                Route { to: None, device: "eth0".to_owned() },
                Route { to: Some(subnet("10.20.30.0", 24)), device: "eth0".to_owned() },
                Route { to: Some(subnet("192.168.122.0", 24)), device: bridge.clone() },
            ]),
            neighbours: Ok(vec![Neighbour { address: guest, mac: mac.clone(), device: bridge.clone() }]),
            leases: Ok(vec![Lease { bridge, mac, address: guest }]),
            dnsmasq: Ok(vec!["default".to_owned()]),
            dns: [(here, Ok(true))].into(),
            listening: Ok(vec![
                SocketAddr::new("127.0.0.1".parse().unwrap(), 8000),
                SocketAddr::new(here, 8000),
            ]),
            port_53: Ok(Vec::new()),
            forwarding: Ok(true),
            passages: Ok([Packet::Api(8000), Packet::Dhcp, Packet::Dns, Packet::Outside].map(passage).into()),
            firewall: Ok(Firewall::Rules),
            masqueraded: Ok(vec![subnet("192.168.122.0", 24)]),
            from_guests: Ok([("virbr0".to_owned(), Ok(Answer::Answered(SocketAddr::new(here, 8000))))].into()),
            beating: Ok(vec!["eden-garden".to_owned()]),
            ways: Ok([("eden-garden".to_owned(), Way { from: guest, to: here })].into()),
            daemon_runs: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_overlap_where_they_share_an_address() {
        let subnet = |text: &str, prefix| Subnet { address: text.parse().unwrap(), prefix };
        let mine = subnet("192.168.122.1", 24);
        for (other, expected) in [
            (subnet("192.168.122.128", 25), true),
            (subnet("192.168.0.0", 16), true),
            (subnet("192.168.123.0", 24), false),
            (subnet("0.0.0.0", 0), true),
            (subnet("fd00::", 8), false),
        ] {
            assert_eq!(mine.overlaps(&other), expected, "{other}");
        }
        assert!(subnet("fd00:1::1", 64).holds("fd00:1::7".parse().unwrap()));
        assert!(!subnet("fd00:1::1", 64).holds("fd00:2::7".parse().unwrap()));
    }
}
