use std::net::{IpAddr, SocketAddr};

use super::CHECKS;
use crate::core::types::Told;
use crate::doctor::check::{Look, Verdict};
use crate::doctor::facts::network::{
    Answer, Card, Firewall, Lease, Link, Neighbour, Outcome, Packet, Route, Stop, Subnet, Tool,
    VirtualNetwork, Way,
};
use crate::doctor::{Exhibit, Finding, Site};

fn finding(code: &str, spoil: fn(&mut Site, &mut Exhibit)) -> Option<Finding> {
    let (mut site, mut exhibit) = (Site::well(), Exhibit::well());
    spoil(&mut site, &mut exhibit);
    let check = CHECKS.iter().find(|check| check.code == code).unwrap();
    let judged = match check.look {
        Look::Site(look) => look(&site),
        Look::Exhibit(look) => look(&site, &exhibit),
    };
    check.finding(None, judged)
}

fn network(site: &mut Site) -> &mut VirtualNetwork {
    &mut site.network.networks.as_mut().unwrap()[0]
}

fn card(site: &mut Site) -> &mut Card {
    &mut site.network.cards.as_mut().unwrap().get_mut("eden-garden-vm").unwrap().cards[0]
}

fn off(site: &mut Site) {
    site.network.cards.as_mut().unwrap().get_mut("eden-garden-vm").unwrap().runs = false;
}

fn no_cards(site: &mut Site) {
    site.network.cards.as_mut().unwrap().get_mut("eden-garden-vm").unwrap().cards.clear();
}

fn link<'a>(site: &'a mut Site, name: &str) -> &'a mut Link {
    site.network.links.as_mut().unwrap().iter_mut().find(|link| link.name == name).unwrap()
}

fn no_link(site: &mut Site, name: &str) {
    site.network.links.as_mut().unwrap().retain(|link| link.name != name);
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn route(site: &mut Site, to: &str, prefix: u8) {
    let to = Some(Subnet { address: address(to), prefix });
    site.network.routes.as_mut().unwrap().push(Route { to, device: "eth0".to_owned() });
}

fn silent(site: &mut Site) {
    site.network.beating = Ok(Vec::new());
}

fn no_beats_wanted(exhibit: &mut Exhibit) {
    exhibit.settings.heartbeat = None;
}

fn leases(site: &mut Site, count: u8) {
    let lease = |last: u8| Lease {
        bridge: "virbr0".to_owned(),
        mac: format!("52:54:00:aa:01:{last:02x}"),
        address: IpAddr::from([192, 168, 122, last]),
    };
    site.network.leases = Ok((2..2 + count).map(lease).collect());
}

fn passage(site: &mut Site, what: Packet, outcome: Outcome) {
    let all = site.network.passages.as_mut().unwrap();
    all.iter_mut().find(|passage| passage.what == what).unwrap().outcome = outcome;
}

fn stopped() -> Outcome {
    Outcome::Stopped(Stop { rule: "policy drop".to_owned(), by: Tool::Iptables("iptables".to_owned()) })
}

fn unclear() -> Outcome {
    Outcome::Unclear("a rule".to_owned())
}

fn listen(site: &mut Site, addresses: &[&str]) {
    site.settings.as_mut().unwrap().api.listen = addresses.iter().map(|one| one.parse().unwrap()).collect();
}

fn answer(site: &mut Site, answer: fn(SocketAddr) -> Answer) {
    let said = answer(SocketAddr::new(address("192.168.122.1"), 8000));
    site.network.from_guests = Ok([("virbr0".to_owned(), Ok(said))].into());
}

fn way(site: &mut Site, from: &str, to: &str) {
    let way = Way { from: address(from), to: address(to) };
    site.network.ways.as_mut().unwrap().insert("eden-garden".to_owned(), way);
}

/// Whoever has the guest's address has another card.
fn other_card(site: &mut Site, mac: &str) {
    site.network.neighbours.as_mut().unwrap()[0].mac = mac.to_owned();
}

#[test]
fn a_network_is_started_where_nothing_keeps_it_from_that() {
    let safe = |spoil: Spoil| finding("network.active", spoil).unwrap().remedy.unwrap().is_safe();
    assert!(safe(|site, _| network(site).active = false));
    assert!(!safe(|site, _| {
        network(site).active = false;
        site.network.port_53 = Ok(vec![address("0.0.0.0")]);
    }));
    assert!(!safe(|site, _| {
        network(site).active = false;
        route(site, "192.168.122.0", 24);
    }));
}

type Spoil = fn(&mut Site, &mut Exhibit);
type Row = (&'static str, Spoil, Option<Verdict>);

#[test]
fn each_check_says_what_the_facts_are() {
    use Verdict::{Advice, Ill, Unknown, Warning, Well};
    let rows: &[Row] = &[
        ("network.exists", |_, _| {}, Some(Well)),
        ("network.exists", |site, _| site.network.networks = Ok(Vec::new()), Some(Ill)),
        ("network.exists", |site, _| card(site).source = "museum".into(), Some(Ill)),
        ("network.exists", |site, _| card(site).kind = "user".into(), None),
        ("network.active", |_, _| {}, Some(Well)),
        ("network.active", |site, _| network(site).active = false, Some(Ill)),
        ("network.active", |site, _| card(site).kind = "bridge".into(), None),
        ("network.autostart", |_, _| {}, Some(Well)),
        ("network.autostart", |site, _| network(site).autostart = false, Some(Warning)),
        ("network.autostart", |site, _| no_cards(site), None),
        ("network.clash", |_, _| {}, Some(Well)),
        ("network.clash", |site, _| route(site, "192.168.0.0", 16), Some(Warning)),
        (
            "network.clash",
            |site, _| {
                route(site, "192.168.122.0", 24);
                network(site).active = false;
            },
            Some(Ill),
        ),
        ("network.name-server-clash", |_, _| {}, None),
        ("network.name-server-clash", |site, _| network(site).active = false, Some(Well)),
        (
            "network.name-server-clash",
            |site, _| {
                network(site).active = false;
                site.network.port_53 = Ok(vec![address("0.0.0.0")]);
            },
            Some(Ill),
        ),
        ("network.bridge", |_, _| {}, Some(Well)),
        ("network.bridge", |site, _| no_link(site, "virbr0"), Some(Ill)),
        ("network.bridge", |site, _| link(site, "virbr0").up = false, Some(Ill)),
        ("network.bridge", |site, _| network(site).active = false, None),
        (
            "network.bridge",
            |site, _| {
                card(site).kind = "bridge".into();
                card(site).bridge = "br0".into();
            },
            Some(Ill),
        ),
        ("network.bridge-address", |_, _| {}, Some(Well)),
        ("network.bridge-address", |site, _| link(site, "virbr0").addresses.clear(), Some(Ill)),
        ("network.tap", |_, _| {}, Some(Well)),
        ("network.tap", |site, _| no_link(site, "vnet0"), Some(Ill)),
        ("network.tap", |site, _| link(site, "vnet0").master = None, Some(Ill)),
        ("network.tap", |site, _| link(site, "vnet0").master = Some("br1".into()), Some(Ill)),
        ("network.tap", |site, _| link(site, "vnet0").up = false, Some(Ill)),
        ("network.tap", |site, _| off(site), None),
        ("network.cable", |_, _| {}, Some(Well)),
        (
            "network.cable",
            |site, _| {
                card(site).plugged = false;
                silent(site);
            },
            Some(Ill),
        ),
        (
            "network.cable",
            |site, exhibit| {
                card(site).plugged = false;
                no_beats_wanted(exhibit);
            },
            Some(Advice),
        ),
        ("network.cable", |site, _| card(site).plugged_at_start = false, Some(Advice)),
        ("network.filter", |_, _| {}, None),
        ("network.filter", |site, _| card(site).filter = "clean-traffic".into(), Some(Advice)),
        ("network.packet-size", |_, _| {}, Some(Well)),
        ("network.packet-size", |site, _| link(site, "vnet0").mtu = 9000, Some(Advice)),
        ("network.forward-delay", |_, _| {}, Some(Well)),
        ("network.forward-delay", |site, _| link(site, "virbr0").forward_delay = Some(1500), Some(Advice)),
        ("network.card", |_, _| {}, Some(Well)),
        ("network.card", |site, _| no_cards(site), Some(Well)),
        (
            "network.card",
            |site, _| {
                no_cards(site);
                silent(site);
            },
            Some(Warning),
        ),
        (
            "network.card",
            |site, exhibit| {
                no_cards(site);
                no_beats_wanted(exhibit);
            },
            None,
        ),
        ("network.dnsmasq", |_, _| {}, Some(Well)),
        ("network.dnsmasq", |site, _| site.network.dnsmasq = Ok(Vec::new()), Some(Ill)),
        ("network.lease-room", |_, _| {}, Some(Well)),
        ("network.lease-room", |site, _| leases(site, 230), Some(Warning)),
        (
            "network.lease-room",
            |site, _| {
                leases(site, 9);
                network(site).dhcp = Some(9);
            },
            Some(Ill),
        ),
        ("network.address", |_, _| {}, Some(Well)),
        ("network.address", |site, _| site.network.leases = Ok(Vec::new()), Some(Well)),
        (
            "network.address",
            |site, _| {
                site.network.leases = Ok(Vec::new());
                site.network.neighbours = Ok(Vec::new());
            },
            Some(Well),
        ),
        (
            "network.address",
            |site, _| {
                silent(site);
                site.network.leases = Ok(Vec::new());
                site.network.neighbours = Ok(Vec::new());
            },
            Some(Warning),
        ),
        (
            "network.address",
            |site, _| {
                silent(site);
                site.network.cards.as_mut().unwrap().get_mut("eden-garden-vm").unwrap().settled = false;
                site.network.leases = Ok(Vec::new());
                site.network.neighbours = Ok(Vec::new());
            },
            None,
        ),
        ("network.address-twice", |_, _| {}, Some(Well)),
        (
            "network.address-twice",
            |site, _| {
                let mut second = site.network.cards.as_ref().unwrap()["eden-garden-vm"].clone();
                second.cards[0].mac = "52:54:00:aa:00:02".into();
                site.network.cards.as_mut().unwrap().insert("second".into(), second);
                let mut heard: Neighbour = site.network.neighbours.as_ref().unwrap()[0].clone();
                heard.mac = "52:54:00:aa:00:02".into();
                site.network.neighbours.as_mut().unwrap().push(heard);
            },
            Some(Warning),
        ),
        ("network.listen", |_, _| {}, Some(Well)),
        ("network.listen", |site, _| listen(site, &["0.0.0.0:80"]), Some(Well)),
        ("network.listen", |site, _| listen(site, &["127.0.0.1:8000"]), Some(Well)),
        (
            "network.listen",
            |site, _| {
                listen(site, &["127.0.0.1:8000"]);
                silent(site);
            },
            Some(Ill),
        ),
        (
            "network.listen",
            |site, _| {
                listen(site, &["127.0.0.1:8000"]);
                silent(site);
                card(site).kind = "user".into();
            },
            Some(Well),
        ),
        (
            "network.listen",
            |site, _| {
                card(site).kind = "direct".into();
                card(site).bridge.clear();
            },
            None,
        ),
        ("network.listening", |_, _| {}, Some(Well)),
        ("network.listening", |site, _| site.network.listening = Ok(Vec::new()), Some(Ill)),
        ("network.listening", |site, _| site.network.daemon_runs = false, None),
        (
            "network.listening",
            |site, _| {
                site.network.listening = Ok(Vec::new());
                network(site).active = false;
            },
            None,
        ),
        ("network.firewall", |_, _| {}, Some(Well)),
        ("network.firewall", |site, _| passage(site, Packet::Api(8000), stopped()), Some(Ill)),
        ("network.firewall", |site, _| passage(site, Packet::Api(8000), unclear()), Some(Well)),
        (
            "network.firewall",
            |site, _| {
                silent(site);
                passage(site, Packet::Api(8000), unclear());
            },
            Some(Well),
        ),
        (
            "network.firewall",
            |site, _| {
                silent(site);
                site.network.from_guests = Ok([].into());
                passage(site, Packet::Api(8000), unclear());
            },
            Some(Unknown),
        ),
        ("network.firewall", |site, _| site.network.passages = Err(Told::text("no")), Some(Well)),
        (
            "network.firewall",
            |site, _| {
                silent(site);
                site.network.passages = Err(Told::text("no"));
            },
            Some(Unknown),
        ),
        ("network.way", |_, _| {}, Some(Well)),
        ("network.way", |site, _| silent(site), None),
        ("network.way", |_, exhibit| no_beats_wanted(exhibit), None),
        ("network.way", |site, _| off(site), None),
        ("network.way", |site, _| site.network.ways.as_mut().unwrap().clear(), None),
        ("network.way", |site, _| card(site).kind = "direct".into(), Some(Well)),
        (
            "network.way",
            |site, _| (card(site).kind, card(site).bridge) = ("direct".into(), String::new()),
            None,
        ),
        ("network.way", |site, _| way(site, "10.20.30.99", "10.20.30.40"), Some(Warning)),
        ("network.way", |site, _| way(site, "172.16.0.9", "10.20.30.40"), Some(Warning)),
        ("network.way", |site, _| way(site, "192.168.122.57", "10.20.30.40"), Some(Advice)),
        ("network.way", |site, _| way(site, "127.0.0.1", "127.0.0.1"), Some(Advice)),
        ("network.way", |site, _| way(site, "192.168.122.1", "192.168.122.1"), Some(Advice)),
        ("network.way", |site, _| other_card(site, "52:54:00:aa:00:99"), Some(Warning)),
        ("network.way", |site, _| site.network.neighbours = Ok(Vec::new()), Some(Well)),
        (
            "network.way",
            |site, _| {
                (card(site).kind, card(site).bridge) = ("user".into(), String::new());
                way(site, "127.0.0.1", "127.0.0.1");
            },
            Some(Well),
        ),
        (
            "network.way",
            |site, _| {
                (card(site).kind, card(site).bridge) = ("user".into(), String::new());
                way(site, "10.20.30.40", "10.20.30.40");
            },
            Some(Well),
        ),
        ("network.from-guests", |_, _| {}, Some(Well)),
        ("network.from-guests", |site, _| answer(site, Answer::Refused), Some(Ill)),
        ("network.from-guests", |site, _| answer(site, Answer::Nothing), Some(Ill)),
        ("network.from-guests", |site, _| site.network.from_guests = Err(Told::text("no")), Some(Unknown)),
        ("network.firewall-dhcp", |_, _| {}, Some(Well)),
        ("network.firewall-dhcp", |site, _| passage(site, Packet::Dhcp, stopped()), Some(Ill)),
        ("network.firewall-names", |_, _| {}, Some(Well)),
        ("network.firewall-names", |site, _| passage(site, Packet::Dns, stopped()), Some(Warning)),
        ("network.no-names", |_, _| {}, None),
        ("network.no-names", |site, _| network(site).dns = false, Some(Advice)),
        ("network.names", |_, _| {}, Some(Well)),
        (
            "network.names",
            |site, _| site.network.dns = [(address("192.168.122.1"), Ok(false))].into(),
            Some(Warning),
        ),
        ("network.isolated", |_, _| {}, Some(Well)),
        ("network.isolated", |site, _| network(site).forward.clear(), Some(Well)),
        ("network.forwarding", |_, _| {}, Some(Well)),
        ("network.forwarding", |site, _| site.network.forwarding = Ok(false), Some(Warning)),
        ("network.masquerade", |_, _| {}, Some(Well)),
        ("network.masquerade", |site, _| site.network.masqueraded = Ok(Vec::new()), Some(Warning)),
        ("network.masquerade", |site, _| network(site).forward.clear(), None),
        ("network.firewall-outside", |_, _| {}, Some(Well)),
        ("network.firewall-outside", |site, _| passage(site, Packet::Outside, stopped()), Some(Warning)),
        ("network.firewall-outside", |site, _| passage(site, Packet::Outside, unclear()), Some(Unknown)),
        ("network.uplink", |_, _| {}, Some(Well)),
        ("network.uplink", |site, _| site.network.routes = Ok(Vec::new()), Some(Advice)),
    ];
    for (number, (code, spoil, expected)) in rows.iter().enumerate() {
        let found = finding(code, *spoil);
        assert_eq!(found.as_ref().map(|found| found.verdict), *expected, "row {number}, {code}: {found:?}");
    }
    for check in CHECKS {
        assert!(rows.iter().any(|(code, _, _)| *code == check.code), "{} is not tried", check.code);
    }
}

#[test]
fn a_port_is_opened_with_the_firewall_that_closes_it() {
    let rows: [(Spoil, &str, &str); 4] = [
        (
            |site, _| passage(site, Packet::Api(8000), stopped()),
            "sudo iptables -I INPUT -i virbr0 -p tcp --dport 8000 -j ACCEPT",
            "sudo iptables -D INPUT -i virbr0 -p tcp --dport 8000 -j ACCEPT",
        ),
        (
            |site, _| {
                passage(site, Packet::Api(8000), stopped());
                site.network.firewall = Ok(Firewall::Ufw);
            },
            "sudo ufw prepend allow in on virbr0 to any port 8000 proto tcp",
            "sudo ufw delete allow in on virbr0 to any port 8000 proto tcp",
        ),
        (
            |site, _| {
                passage(site, Packet::Api(8000), stopped());
                site.network.firewall =
                    Ok(Firewall::Firewalld([("virbr0".to_owned(), "guests".to_owned())].into()));
            },
            "sudo firewall-cmd --zone=guests --add-port=8000/tcp",
            "sudo firewall-cmd --zone=guests --remove-port=8000/tcp",
        ),
        (
            |site, _| {
                let by = Tool::Nft("inet".to_owned(), "filter".to_owned(), "input".to_owned());
                passage(site, Packet::Api(8000), Outcome::Stopped(Stop { rule: "x".to_owned(), by }));
            },
            "sudo nft insert rule inet filter input iifname virbr0 tcp dport 8000 accept comment '\"vitrine-tcp-8000\"'",
            "",
        ),
    ];
    for (spoil, command, undo) in rows {
        let remedy = finding("network.firewall", spoil).unwrap().remedy.unwrap();
        assert_eq!(remedy.commands[0].to_string(), command);
        assert!(remedy.is_safe());
        assert!(undo.is_empty() || remedy.undo[0].to_string() == undo, "{:?}", remedy.undo);
    }
}

/// The building's network is in the default zone as well.
#[test]
fn no_port_is_opened_in_a_zone_that_the_bridge_is_not_in() {
    let remedy = finding("network.firewall", |site, _| {
        passage(site, Packet::Api(8000), stopped());
        site.network.firewall = Ok(Firewall::Firewalld([].into()));
    });
    let remedy = remedy.unwrap().remedy.unwrap();
    assert_eq!(remedy.commands[0].to_string(), "sudo firewall-cmd --zone=libvirt --add-interface=virbr0");
    assert!(!remedy.is_safe());
}

#[test]
fn a_cable_is_plugged_in_where_it_is_not() {
    let set = |options: &str| format!("sudo virsh -c qemu:///system domif-setlink eden-garden-vm {options}");
    let mac = "52:54:00:aa:00:01";
    let rows: [(Spoil, &[&str]); 4] = [
        (|site, _| card(site).plugged = false, &["up"]),
        (|site, _| card(site).plugged_at_start = false, &["up --config"]),
        (
            |site, _| {
                card(site).plugged = false;
                card(site).plugged_at_start = false;
            },
            &["up", "up --config"],
        ),
        (
            |site, _| {
                off(site);
                card(site).plugged = false;
                card(site).plugged_at_start = false;
            },
            &["up --config"],
        ),
    ];
    for (spoil, expected) in rows {
        let remedy = finding("network.cable", spoil).unwrap().remedy.unwrap();
        let given: Vec<_> = remedy.commands.iter().map(ToString::to_string).collect();
        let expected: Vec<_> = expected.iter().map(|how| set(&format!("{mac} {how}"))).collect();
        assert_eq!(given, expected);
        assert_eq!(remedy.undo.len(), remedy.commands.len());
    }
}
