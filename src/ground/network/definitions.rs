//! What libvirt's XML says of networks and of VMs' network cards.

use roxmltree::{Document, Node};

use crate::adapter::libvirt::Object;
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::network::{Card, Subnet, VirtualNetwork};

/// Reads a network (<https://libvirt.org/formatnetwork.html>).
pub(super) fn network(object: &Object) -> Fact<VirtualNetwork> {
    let document = parse(&object.xml)?;
    let root = document.root_element();
    let forward = child(root, "forward");
    // A `<forward>` that does not say how is NAT.
    let forward = forward.map(|forward| forward.attribute("mode").unwrap_or("nat")).unwrap_or_default();
    let addresses: Vec<_> = all(root, "ip").filter_map(subnet).collect();
    let has_names = child(root, "dns").and_then(|dns| dns.attribute("enable")) != Some("no");
    Ok(VirtualNetwork {
        name: object.name.clone(),
        active: object.active,
        autostart: object.autostart,
        bridge: child(root, "bridge").map(|bridge| attribute(bridge, "name")).unwrap_or_default(),
        dhcp: all(root, "ip").filter(|ip| is_v4(*ip)).find_map(|ip| child(ip, "dhcp")).map(room),
        dns: has_names && !addresses.is_empty(),
        forward: forward.to_owned(),
        addresses,
    })
}

fn is_v4(ip: Node<'_, '_>) -> bool {
    ip.attribute("family").is_none_or(|family| family == "ipv4")
}

fn subnet(ip: Node<'_, '_>) -> Option<Subnet> {
    let address: std::net::IpAddr = ip.attribute("address")?.parse().ok()?;
    let mask = ip.attribute("netmask").and_then(|mask| mask.parse::<std::net::Ipv4Addr>().ok());
    let of_mask = mask.and_then(|mask| u8::try_from(u32::from(mask).count_ones()).ok());
    let prefix = ip.attribute("prefix").and_then(|prefix| prefix.parse().ok()).or(of_mask);
    let usual = if address.is_ipv4() { 24 } else { 64 };
    Some(Subnet { address, prefix: prefix.unwrap_or(usual) })
}

/// How many addresses there are to give.
fn room(dhcp: Node<'_, '_>) -> u64 {
    let number = |range: Node<'_, '_>, name| {
        range.attribute(name)?.parse::<std::net::Ipv4Addr>().ok().map(|address| u64::from(u32::from(address)))
    };
    let of_range = |range| {
        let (start, end) = (number(range, "start")?, number(range, "end")?);
        Some(end.saturating_sub(start).saturating_add(1))
    };
    let in_ranges: u64 = all(dhcp, "range").filter_map(of_range).sum();
    in_ranges.max(all(dhcp, "host").count() as u64)
}

/// Reads the network cards of a VM (<https://libvirt.org/formatdomain.html#network-interfaces>).
pub(super) fn cards(xml: &str, networks: &[VirtualNetwork]) -> Fact<Vec<Card>> {
    let document = parse(xml)?;
    let Some(devices) = child(document.root_element(), "devices") else { return Ok(Vec::new()) };
    Ok(all(devices, "interface").map(|interface| card(interface, networks)).collect())
}

fn card(interface: Node<'_, '_>, networks: &[VirtualNetwork]) -> Card {
    let kind = attribute(interface, "type");
    let source = child(interface, "source");
    let of_source = |name: &str| source.map(|source| attribute(source, name)).unwrap_or_default();
    let name = match kind.as_str() {
        "network" => of_source("network"),
        "bridge" => of_source("bridge"),
        _ => of_source("dev"),
    };
    // A port of Open vSwitch is in no bridge of the kernel's.
    let is_kernels = child(interface, "virtualport").is_none();
    let bridge = match kind.as_str() {
        "bridge" if is_kernels => name.clone(),
        "network" if is_kernels => {
            let of_network = networks.iter().find(|network| network.name == name);
            let of_network = of_network.filter(|network| has_kernels_bridge(network));
            of_network.map(|network| network.bridge.clone()).unwrap_or_default()
        }
        _ => String::new(),
    };
    let plugged = child(interface, "link").and_then(|link| link.attribute("state")) != Some("down");
    Card {
        mac: child(interface, "mac").map(|mac| attribute(mac, "address").to_lowercase()).unwrap_or_default(),
        source: name,
        bridge,
        tap: child(interface, "target").map(|target| attribute(target, "dev")).filter(|tap| !tap.is_empty()),
        plugged,
        plugged_at_start: plugged,
        filter: child(interface, "filterref").map(|filter| attribute(filter, "filter")).unwrap_or_default(),
        kind,
    }
}

/// Whether guests of a network are plugged into a bridge, rather than into a device of this computer.
fn has_kernels_bridge(network: &VirtualNetwork) -> bool {
    matches!(network.forward.as_str(), "" | "nat" | "route" | "open" | "bridge")
}

fn parse(xml: &str) -> Fact<Document<'_>> {
    Document::parse(xml).map_err(|error| Told::text(error.to_string()))
}

fn all<'a, 'i>(node: Node<'a, 'i>, tag: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.has_tag_name(tag))
}

fn child<'a, 'i>(node: Node<'a, 'i>, tag: &'static str) -> Option<Node<'a, 'i>> {
    all(node, tag).next()
}

fn attribute(node: Node<'_, '_>, name: &str) -> String {
    node.attribute(name).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str) -> VirtualNetwork {
        let object = Object { name: "default".into(), xml: xml.into(), active: true, autostart: false };
        network(&object).unwrap()
    }

    #[test]
    fn networks_are_read() {
        let nat = read(
            "<network><name>default</name><forward mode='nat'><nat><port start='1024' end='65535'/></nat></forward>\
             <bridge name='virbr0' stp='on' delay='0'/><ip address='192.168.122.1' netmask='255.255.255.0'>\
             <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip>\
             <ip family='ipv6' address='fd00::1' prefix='64'/></network>",
        );
        assert_eq!(
            (nat.forward.as_str(), nat.bridge.as_str(), nat.dhcp, nat.dns),
            ("nat", "virbr0", Some(253), true)
        );
        let written: Vec<_> = nat.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(written, ["192.168.122.1/24", "fd00::1/64"]);
        let isolated = read(
            "<network><bridge name='b'/><dns enable='no'/><ip address='10.0.0.1' prefix='16'/></network>",
        );
        assert_eq!((isolated.forward.as_str(), isolated.dhcp, isolated.dns), ("", None, false));
        let plain = read("<network><forward/><bridge name='b'/></network>");
        assert_eq!((plain.forward.as_str(), plain.dns), ("nat", false));
    }

    #[test]
    fn network_cards_are_read() {
        let nat = read("<network><forward mode='nat'/><bridge name='virbr0'/></network>");
        let cards = cards(
            "<domain><devices>\
             <interface type='network'><mac address='52:54:00:AA:00:01'/><source network='default' portid='x' bridge='virbr0'/>\
             <target dev='vnet3'/><link state='down'/><filterref filter='clean-traffic'/></interface>\
             <interface type='bridge'><source bridge='br0'/></interface>\
             <interface type='bridge'><source bridge='ovs'/><virtualport type='openvswitch'/></interface>\
             <interface type='user'/><interface type='direct'><source dev='eth0' mode='bridge'/></interface>\
             <interface type='network'><source network='gone'/></interface></devices></domain>",
            &[nat],
        )
        .unwrap();
        let bridges: Vec<_> = cards.iter().map(|card| card.bridge.as_str()).collect();
        assert_eq!(bridges, ["virbr0", "br0", "", "", "", ""]);
        let first = Card {
            mac: "52:54:00:aa:00:01".into(),
            kind: "network".into(),
            source: "default".into(),
            bridge: "virbr0".into(),
            tap: Some("vnet3".into()),
            plugged: false,
            plugged_at_start: false,
            filter: "clean-traffic".into(),
        };
        assert_eq!(cards[0], first);
        assert_eq!(cards[4].source, "eth0");
        assert!(cards[1].plugged);
    }
}
