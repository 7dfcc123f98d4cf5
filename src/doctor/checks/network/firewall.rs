//! What stands between guests and this computer.

use super::super::super::facts::network::{Answer, Firewall, Outcome, Packet, Stop, Tool};
use super::super::super::{Command, Exhibit, Fact, Judged, Remedy, Site};
use super::{active, beats, cards};
use crate::core::types::Told;
use crate::words::told;

pub(super) fn api(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !exhibit.settings.beats_over_network() {
        return Ok(Judged::Beside);
    }
    let Some(all) = cards(site, exhibit)? else { return Ok(Judged::Beside) };
    let bridges: Vec<_> =
        all.cards.iter().map(|card| card.bridge.as_str()).filter(|name| !name.is_empty()).collect();
    let Some(first) = bridges.first() else { return Ok(Judged::Beside) };
    let vm = &exhibit.settings.vm;
    let passages = match &site.network.passages {
        Err(_) if beats(site, exhibit) => {
            return Ok(Judged::Well(told!("heartbeats of VM '{vm}' arrive", vm = vm)));
        }
        passages => passages.as_ref().map_err(Told::clone)?,
    };
    let mine = passages.iter().filter(|one| bridges.contains(&one.bridge.as_str()));
    let mut unclear = None;
    for passage in mine {
        let Packet::Api(port) = passage.what else { continue };
        match &passage.outcome {
            Outcome::Passes => {}
            Outcome::Unclear(rule) => unclear = Some(rule),
            Outcome::Stopped(stop) => {
                return Ok(Judged::ill(
                    told!(
                        "heartbeats from {bridge} to port {port} are stopped: {rule}",
                        bridge = passage.bridge,
                        port = u32::from(port),
                        rule = stop.rule
                    ),
                    allow(site, &passage.bridge, "tcp", port, stop),
                ));
            }
        }
    }
    match unclear {
        // It was tried then.
        Some(_) if has_answered(site, &bridges) => {
            Ok(Judged::Well(told!("the API answers who asks from {bridge}, as guests do", bridge = first)))
        }
        Some(_) if beats(site, exhibit) => Ok(Judged::Well(told!("heartbeats of VM '{vm}' arrive", vm = vm))),
        Some(rule) => Err(told!("it depends on a rule that is not understood: {rule}", rule = rule)),
        None => Ok(Judged::Well(told!("firewalls let heartbeats from {bridge} pass", bridge = first))),
    }
}

/// Whether the API answered somebody in one of these bridges.
fn has_answered(site: &Site, bridges: &[&str]) -> bool {
    site.network.from_guests.as_ref().is_ok_and(|answers| {
        bridges.iter().any(|bridge| matches!(answers.get(*bridge), Some(Ok(Answer::Answered(_)))))
    })
}

/// How a port is opened to what comes from a bridge.
fn allow(site: &Site, bridge: &str, protocol: &str, port: u16, stop: &Stop) -> Remedy {
    let port_text = port.to_string();
    match (&site.network.firewall, &stop.by) {
        (Ok(Firewall::Ufw), _) => {
            let rule = ["allow", "in", "on", bridge, "to", "any", "port", &port_text, "proto", protocol];
            Remedy::fix(
                told!("let them pass with ufw"),
                // Before a rule of somebody's that denies it (ufw(8), `prepend`).
                [with(&["ufw", "prepend"], &rule)],
                [with(&["ufw", "delete"], &rule)],
            )
        }
        (Ok(Firewall::Firewalld(zones)), _) => {
            let of_bridge = zones.get(bridge);
            let zone = format!("--zone={}", of_bridge.map_or("libvirt", String::as_str));
            let both = |how: &str| {
                let what = format!("--{how}-port={port}/{protocol}");
                [
                    Command::root(["firewall-cmd", &zone, &what]),
                    Command::root(["firewall-cmd", "--permanent", &zone, &what]),
                ]
            };
            if of_bridge.is_some() {
                return Remedy::fix(told!("let them pass with firewalld"), both("add"), both("remove"));
            }
            // What is in no zone is judged by the default one, which the building's network is in as well.
            let into = Command::root(["firewall-cmd", &zone, &format!("--add-interface={bridge}")]);
            Remedy::type_in(
                told!(
                    "put the bridge into firewalld's zone 'libvirt', as libvirt does where firewalld runs before it, and let them pass there"
                ),
                [into].into_iter().chain(both("add")).collect::<Vec<_>>(),
            )
        }
        (_, Tool::Iptables(program)) => {
            let rule = |how| {
                Command::root([
                    program, how, "INPUT", "-i", bridge, "-p", protocol, "--dport", &port_text, "-j",
                    "ACCEPT",
                ])
            };
            Remedy::fix(
                told!(
                    "let them pass, until the computer is started anew; keep it with the package iptables-persistent"
                ),
                [rule("-I")],
                [rule("-D")],
            )
        }
        (_, Tool::Nft(family, table, chain)) => {
            // By its remark the rule is found again.
            let remark = format!("vitrine-{protocol}-{port}");
            let rule = Command::root([
                "nft",
                "insert",
                "rule",
                family,
                table,
                chain,
                "iifname",
                bridge,
                protocol,
                "dport",
                &port_text,
                "accept",
                "comment",
                &format!("\"{remark}\""),
            ]);
            let back = format!(
                "nft -a list chain {family} {table} {chain} | sed -n 's/.*comment \"{remark}\" # handle //p' | \
                 xargs -r -n 1 nft delete rule {family} {table} {chain} handle"
            );
            Remedy::fix(
                told!("let them pass, until the rules are loaded anew; keep it in /etc/nftables.conf"),
                [rule],
                [Command::root(["sh", "-c", &back])],
            )
        }
    }
}

fn with(first: &[&str], rest: &[&str]) -> Command {
    Command { words: first.iter().chain(rest).map(|word| (*word).to_owned()).collect(), as_root: true }
}

pub(super) fn from_guests(site: &Site) -> Fact<Judged> {
    let answers = site.network.from_guests.as_ref().map_err(Told::clone)?;
    let mut well = None;
    for (bridge, answer) in answers {
        match answer.as_ref().map_err(Told::clone)? {
            Answer::Answered(address) => {
                well = Some(told!(
                    "the API answers at {address} who asks from {bridge}, as guests do",
                    address = address.to_string(),
                    bridge = bridge
                ));
            }
            Answer::Refused(address) => {
                return Ok(Judged::ill(
                    told!(
                        "who asks at {address} from {bridge}, as guests do, is turned away: nothing listens there, or a firewall says so",
                        address = address.to_string(),
                        bridge = bridge
                    ),
                    Remedy::say(told!(
                        "see 'listen' in vitrine.toml, and the firewall's rules for {bridge}",
                        bridge = bridge
                    )),
                ));
            }
            Answer::Nothing(address) => {
                return Ok(Judged::ill(
                    told!(
                        "who asks at {address} from {bridge}, as guests do, gets no answer",
                        address = address.to_string(),
                        bridge = bridge
                    ),
                    Remedy::say(told!(
                        "see the firewall's rules for {bridge}: what it drops is not answered",
                        bridge = bridge
                    )),
                ));
            }
        }
    }
    Ok(well.map_or(Judged::Beside, Judged::Well))
}

/// What becomes of a kind of packet in the networks that are there, of which a port of this computer is asked.
fn service(
    site: &Site,
    what: Packet,
    port: u16,
    concerned: fn(&super::VirtualNetwork) -> bool,
) -> Fact<Option<Result<Told, (Told, Remedy)>>> {
    let mut well = None;
    for network in
        active(site)?.into_iter().filter(|network| concerned(network) && !network.addresses.is_empty())
    {
        let passages = site.network.passages.as_ref().map_err(Told::clone)?;
        let Some(passage) = passages.iter().find(|one| one.bridge == network.bridge && one.what == what)
        else {
            continue;
        };
        match &passage.outcome {
            Outcome::Passes => {
                well = Some(Ok(told!(
                    "firewalls let questions from {bridge} to port {port} pass",
                    bridge = network.bridge,
                    port = u32::from(port)
                )))
            }
            Outcome::Unclear(rule) => {
                return Err(told!("it depends on a rule that is not understood: {rule}", rule = rule));
            }
            Outcome::Stopped(stop) => {
                let evidence = told!(
                    "questions from {bridge} to port {port} are stopped: {rule}",
                    bridge = network.bridge,
                    port = u32::from(port),
                    rule = stop.rule
                );
                return Ok(Some(Err((evidence, allow(site, &network.bridge, "udp", port, stop)))));
            }
        }
    }
    Ok(well)
}

pub(super) fn dhcp(site: &Site) -> Fact<Judged> {
    Ok(match service(site, Packet::Dhcp, 67, |network| network.dhcp.is_some())? {
        None => Judged::Beside,
        Some(Ok(words)) => Judged::Well(words),
        // A guest that has an address keeps it for an hour at most.
        Some(Err((evidence, remedy))) => Judged::ill(evidence, remedy),
    })
}

pub(super) fn names(site: &Site) -> Fact<Judged> {
    Ok(match service(site, Packet::Dns, 53, |network| network.dns)? {
        None => Judged::Beside,
        Some(Ok(words)) => Judged::Well(words),
        Some(Err((evidence, remedy))) => Judged::warning(evidence, remedy),
    })
}
