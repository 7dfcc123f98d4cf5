//! The way to the world, and names in it.

use super::super::super::facts::network::{Firewall, Outcome, Packet, Tool, VirtualNetwork};
use super::super::super::{Command, Exhibit, Fact, Judged, Remedy, Site};
use super::{active, in_networks, networks, virsh};
use crate::core::types::Told;
use crate::words::told;

/// The networks whose guests reach the world through this computer.
fn leading_out(site: &Site) -> Fact<Vec<&VirtualNetwork>> {
    Ok(active(site)?
        .into_iter()
        .filter(|network| matches!(network.forward.as_str(), "nat" | "route" | "open"))
        .collect())
}

pub(super) fn no_names(site: &Site) -> Fact<Judged> {
    let uri = site.network.uri.as_ref().map_err(Told::clone)?;
    let off = leading_out(site)?.into_iter().find(|network| !network.dns && !network.addresses.is_empty());
    let Some(network) = off else { return Ok(Judged::Beside) };
    Ok(Judged::advice(
        told!(
            "the network '{network}' has no name server (dns enable='no'): guests that ask it for names get none",
            network = network.name
        ),
        Remedy::type_in(
            told!("where artworks need names, take that line out and start the network anew in a quiet hour"),
            [virsh(uri, &["net-edit", &network.name])],
        ),
    ))
}

pub(super) fn names(site: &Site) -> Fact<Judged> {
    let served: Vec<_> = active(site)?.into_iter().filter(|network| network.dns).collect();
    let mut well = None;
    for address in served.iter().flat_map(|network| &network.addresses) {
        let Some(answers) = site.network.dns.get(&address.address) else { continue };
        let written = address.address.to_string();
        if !*answers.as_ref().map_err(Told::clone)? {
            return Ok(Judged::warning(
                told!(
                    "the name server at {address} does not answer: guests cannot resolve names",
                    address = written
                ),
                Remedy::type_in(
                    told!("have libvirt start it again; guests are not touched"),
                    [Command::root(["systemctl", "restart", "libvirtd.service"])],
                ),
            ));
        }
        well = Some(told!("the name server at {address} answers", address = written));
    }
    Ok(well.map_or(Judged::Beside, Judged::Well))
}

pub(super) fn isolated(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let (cards, networks) = (in_networks(site, exhibit)?, networks(site)?);
    let mine: Vec<_> =
        networks.iter().filter(|network| cards.iter().any(|card| card.source == network.name)).collect();
    let Some(first) = mine.first() else { return Ok(Judged::Beside) };
    Ok(Judged::Well(if mine.iter().all(|network| network.forward.is_empty()) {
        told!(
            "the network '{network}' leads nowhere: the guest of VM '{vm}' reaches this computer alone",
            network = first.name,
            vm = exhibit.settings.vm
        )
    } else {
        told!("the network '{network}' leads to the world", network = first.name)
    }))
}

pub(super) fn forwarding(site: &Site) -> Fact<Judged> {
    let networks = leading_out(site)?;
    let Some(network) = networks.first() else { return Ok(Judged::Beside) };
    if *site.network.forwarding.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Well(told!("this computer passes guests' packets on")));
    }
    Ok(Judged::warning(
        told!(
            "this computer passes no packets on (net.ipv4.ip_forward = 0): guests in the network '{network}' do not reach the world",
            network = network.name
        ),
        Remedy::fix(
            told!("have it pass them on; after a start of the computer libvirt does so with its network"),
            [Command::root(["sysctl", "-w", "net.ipv4.ip_forward=1"])],
            [Command::root(["sysctl", "-w", "net.ipv4.ip_forward=0"])],
        ),
    ))
}

pub(super) fn masquerade(site: &Site) -> Fact<Judged> {
    let mut well = None;
    for network in leading_out(site)?.into_iter().filter(|network| network.forward == "nat") {
        let rules = site.network.masqueraded.as_ref().map_err(Told::clone)?;
        for mine in network.addresses.iter().filter(|subnet| subnet.address.is_ipv4()) {
            if !rules.iter().any(|rule| rule.holds(mine.address)) {
                return Ok(Judged::warning(
                    told!(
                        "no rule gives packets of the network '{network}' this computer's address: guests do not reach the world",
                        network = network.name
                    ),
                    Remedy::type_in(
                        told!("have libvirt write its rules anew; guests are not touched"),
                        [Command::root(["systemctl", "restart", "libvirtd.service"])],
                    ),
                ));
            }
            well = Some(told!(
                "packets of the network '{network}' leave under this computer's address",
                network = network.name
            ));
        }
    }
    Ok(well.map_or(Judged::Beside, Judged::Well))
}

pub(super) fn firewall(site: &Site) -> Fact<Judged> {
    let mut well = None;
    for network in leading_out(site)? {
        let passages = site.network.passages.as_ref().map_err(Told::clone)?;
        let Some(passage) =
            passages.iter().find(|one| one.bridge == network.bridge && one.what == Packet::Outside)
        else {
            continue;
        };
        match &passage.outcome {
            Outcome::Passes => {
                well =
                    Some(told!("firewalls let guests of the network '{network}' out", network = network.name))
            }
            Outcome::Unclear(rule) => {
                return Err(told!("it depends on a rule that is not understood: {rule}", rule = rule));
            }
            Outcome::Stopped(stop) => {
                let evidence = told!(
                    "guests of the network '{network}' are not let out: {rule}",
                    network = network.name,
                    rule = stop.rule
                );
                let remedy = match (&stop.by, &site.network.firewall) {
                    (_, Ok(Firewall::Ufw)) => Remedy::fix(
                        told!("let them out with ufw"),
                        [Command::root(["ufw", "route", "prepend", "allow", "in", "on", &network.bridge])],
                        [Command::root(["ufw", "route", "delete", "allow", "in", "on", &network.bridge])],
                    ),
                    (_, Ok(Firewall::Firewalld(zones))) => {
                        let zone = zones.get(&network.bridge).map_or("libvirt", String::as_str);
                        let from = format!("--add-ingress-zone={zone}");
                        let policy = |what: &str| {
                            Command::root(["firewall-cmd", "--permanent", "--policy=guests-out", what])
                        };
                        Remedy::type_in(
                            told!("let them out with firewalld"),
                            [
                                Command::root(["firewall-cmd", "--permanent", "--new-policy=guests-out"]),
                                policy(&from),
                                policy("--add-egress-zone=ANY"),
                                policy("--set-target=ACCEPT"),
                                Command::root(["firewall-cmd", "--reload"]),
                            ],
                        )
                    }
                    (Tool::Iptables(program), _) => {
                        let both = |how| {
                            [("-i", how), ("-o", how)].map(|(way, how)| {
                                Command::root([program, how, "FORWARD", way, &network.bridge, "-j", "ACCEPT"])
                            })
                        };
                        Remedy::fix(
                            told!(
                                "let them pass, until the computer is started anew; keep it with the package iptables-persistent"
                            ),
                            both("-I"),
                            both("-D"),
                        )
                    }
                    (Tool::Nft(family, table, chain), _) => Remedy::type_in(
                        told!("let them pass, and write the same into /etc/nftables.conf"),
                        ["iifname", "oifname"].map(|way| {
                            Command::root([
                                "nft",
                                "insert",
                                "rule",
                                family,
                                table,
                                chain,
                                way,
                                &network.bridge,
                                "accept",
                            ])
                        }),
                    ),
                };
                return Ok(Judged::warning(evidence, remedy));
            }
        }
    }
    Ok(well.map_or(Judged::Beside, Judged::Well))
}

pub(super) fn uplink(site: &Site) -> Fact<Judged> {
    let networks = leading_out(site)?;
    let Some(network) = networks.first() else { return Ok(Judged::Beside) };
    let routes = site.network.routes.as_ref().map_err(Told::clone)?;
    let bridges: Vec<_> = networks.iter().map(|network| network.bridge.as_str()).collect();
    let out = routes.iter().find(|route| route.to.is_none() && !bridges.contains(&route.device.as_str()));
    Ok(match out {
        Some(route) => {
            Judged::Well(told!("this computer reaches the world by {device}", device = route.device))
        }
        None => Judged::advice(
            told!(
                "this computer has no way to the world, nor have guests in the network '{network}'",
                network = network.name
            ),
            Remedy::say(told!("plug its network in, where artworks need the internet")),
        ),
    })
}
