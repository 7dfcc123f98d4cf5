//! What this computer's firewalls do with guests' packets: `nft` and `iptables` read rules and hold them against a
//! packet, `chain` follows it through them.

mod chain;
mod iptables;
mod nft;

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use rustix::process::geteuid;

use self::chain::{Hook, Packet as Held, Ruleset};
use super::{Seen, neighbour_of};
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::network::{Firewall, Outcome, Packet, Passage, Subnet};
use crate::ground::program;
use crate::words::told;

/// Rules are listed within a few hundredths of a second, firewalld's with thousands of addresses included.
const RULES_TIME: Duration = Duration::from_secs(3);
/// An address outside: of a network for examples (RFC 5737), which no rule is about.
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);

/// What was found out.
pub(super) struct Rules {
    pub(super) kind: Firewall,
    pub(super) passages: Vec<Passage>,
    pub(super) masqueraded: Vec<Subnet>,
}

/// All rules that there are, in the words of the programs that make them.
struct Texts {
    nft: Option<serde_json::Value>,
    /// By the program that changes them.
    iptables: Vec<(&'static str, String)>,
}

pub(super) fn look(seen: &Seen<'_>) -> Fact<Rules> {
    if !geteuid().is_root() {
        return Err(told!("only root may see the firewall's rules"));
    }
    let texts = read()?;
    let masqueraded = masqueraded(&texts);
    let bridges = seen.bridges()?;
    let kind = kind(&texts, bridges.iter().map(|link| link.name.as_str()));
    let ports = seen.ports()?;
    let routes = seen.routes.as_ref().map_err(Told::clone)?;
    let out = routes.iter().find(|route| route.to.is_none()).map_or("", |route| route.device.as_str());
    let mut passages = Vec::new();
    for link in bridges {
        let address = link.addresses.iter().find(|subnet| subnet.address.is_ipv4());
        let Some(Subnet { address: here @ IpAddr::V4(v4), prefix }) = address else { continue };
        let guest = match neighbour_of(*here, *prefix) {
            IpAddr::V4(guest) => guest,
            IpAddr::V6(_) => continue,
        };
        let plain = Held {
            hook: Hook::Input,
            from: &link.name,
            to: "",
            source: guest,
            destination: *v4,
            local: true,
            protocol: "tcp",
            source_port: 49_152,
            port: 0,
        };
        let outside =
            Held { hook: Hook::Forward, to: out, destination: OUTSIDE, local: false, port: 443, ..plain };
        let dhcp = Held {
            protocol: "udp",
            source: Ipv4Addr::UNSPECIFIED,
            destination: Ipv4Addr::BROADCAST,
            local: false,
            source_port: 68,
            port: 67,
            ..plain
        };
        let mut packets: Vec<_> =
            ports.iter().map(|port| (Packet::Api(*port), Held { port: *port, ..plain })).collect();
        packets.push((Packet::Dhcp, dhcp));
        packets.push((Packet::Dns, Held { protocol: "udp", port: 53, ..plain }));
        if !out.is_empty() {
            packets.push((Packet::Outside, outside));
        }
        for (what, packet) in packets {
            passages.push(Passage { bridge: link.name.clone(), what, outcome: outcome(&texts, &packet) });
        }
    }
    Ok(Rules { kind, passages, masqueraded })
}

fn read() -> Fact<Texts> {
    let output = |words: &[&str]| {
        let ended = program::run(words, RULES_TIME)?;
        if ended.well() { Ok(ended.output) } else { Err(Told::text(ended.errors.trim())) }
    };
    let (nft, nft_iptables) = (program::is_there("nft"), program::is_there("iptables-nft-save"));
    if !nft && !nft_iptables && !program::is_there("iptables-save") {
        return Err(told!("the program '{program}' is not installed", program = "nft"));
    }
    let mut iptables = Vec::new();
    if nft_iptables {
        iptables.push(("iptables-nft", output(&["iptables-nft-save"])?));
    }
    // Asking for the older kind would load it; where it is in use, the kernel names its tables.
    let has_legacy =
        fs::read_to_string("/proc/net/ip_tables_names").is_ok_and(|names| !names.trim().is_empty());
    if has_legacy && program::is_there("iptables-legacy-save") {
        iptables.push(("iptables-legacy", output(&["iptables-legacy-save"])?));
    } else if !nft_iptables && program::is_there("iptables-save") {
        iptables.push(("iptables", output(&["iptables-save"])?));
    }
    let nft = if nft {
        let text = output(&["nft", "-j", "list", "ruleset"])?;
        let read = serde_json::from_str(&text);
        Some(read.map_err(|error| {
            told!("'{program}' says what is not understood: {why}", program = "nft", why = error.to_string())
        })?)
    } else {
        None
    };
    Ok(Texts { nft, iptables })
}

/// What becomes of a packet: it has to pass all that stands in its way.
fn outcome(texts: &Texts, packet: &Held<'_>) -> Outcome {
    let mut rulesets: Vec<Ruleset> =
        texts.iptables.iter().map(|(program, text)| iptables::read(program, text, packet)).collect();
    // Of iptables' own rules nft does not know all, so they are read by iptables, where that is there.
    let by_iptables = texts.iptables.iter().any(|(program, _)| *program == "iptables-nft");
    if let Some(list) = &texts.nft {
        rulesets.extend(nft::read(list, packet, by_iptables));
    }
    let mut unclear = None;
    for outcome in rulesets.iter().flat_map(Ruleset::outcomes) {
        match outcome {
            Outcome::Passes => {}
            Outcome::Stopped(stop) => return Outcome::Stopped(stop),
            Outcome::Unclear(rule) => unclear = unclear.or(Some(rule)),
        }
    }
    unclear.map_or(Outcome::Passes, Outcome::Unclear)
}

fn kind<'a>(texts: &Texts, bridges: impl Iterator<Item = &'a str>) -> Firewall {
    let has_firewalld = texts.nft.as_ref().is_some_and(|list| nft::has_table(list, "firewalld"))
        || texts
            .iptables
            .iter()
            .any(|(_, text)| text.contains(":IN_public") || text.contains(":INPUT_ZONES"));
    if has_firewalld && program::is_there("firewall-cmd") {
        return Firewall::Firewalld(bridges.filter_map(zone).collect::<BTreeMap<_, _>>());
    }
    if program::is_there("ufw") && texts.iptables.iter().any(|(_, text)| text.contains(":ufw-user-input")) {
        return Firewall::Ufw;
    }
    Firewall::Rules
}

/// The zone that firewalld has a bridge in.
fn zone(bridge: &str) -> Option<(String, String)> {
    let interface = format!("--get-zone-of-interface={bridge}");
    let ended = program::run(&["firewall-cmd", &interface], RULES_TIME).ok()?;
    ended.well().then(|| (bridge.to_owned(), ended.output.trim().to_owned()))
}

/// The networks whose packets leave under this computer's address.
fn masqueraded(texts: &Texts) -> Vec<Subnet> {
    let mut all: Vec<_> = texts.iptables.iter().flat_map(|(_, text)| iptables::masqueraded(text)).collect();
    all.extend(texts.nft.iter().flat_map(nft::masqueraded));
    all
}
