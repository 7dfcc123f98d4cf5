//! libvirt's networks.

use std::net::IpAddr;

use super::super::super::facts::network::{Route, Subnet, VirtualNetwork};
use super::super::super::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use super::{active as active_ones, in_networks, networks, used, virsh};
use crate::core::types::Told;
use crate::words::told;

pub(super) fn exists(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let (cards, networks) = (in_networks(site, exhibit)?, networks(site)?);
    let uri = site.network.uri.as_ref().map_err(Told::clone)?;
    let vm = &exhibit.settings.vm;
    let Some(first) = cards.first() else { return Ok(Judged::Beside) };
    let missing = cards.iter().find(|card| !networks.iter().any(|network| network.name == card.source));
    let Some(missing) = missing else {
        return Ok(Judged::Well(told!("libvirt has the network '{network}'", network = first.source)));
    };
    let there: Vec<_> = networks.iter().map(|network| network.name.as_str()).collect();
    let evidence = if there.is_empty() {
        told!(
            "VM '{vm}' is in the network '{network}', and libvirt has no network",
            vm = vm,
            network = missing.source
        )
    } else {
        told!(
            "VM '{vm}' is in the network '{network}', and libvirt has only '{there}'",
            vm = vm,
            network = missing.source,
            there = there.join("', '")
        )
    };
    let remedy = if missing.source == "default" {
        Remedy::type_in(
            told!("define libvirt's usual network anew, and start it"),
            [
                virsh(uri, &["net-define", "/usr/share/libvirt/networks/default.xml"]),
                virsh(uri, &["net-autostart", "default"]),
                virsh(uri, &["net-start", "default"]),
            ],
        )
    } else {
        Remedy::type_in(
            told!("name another network in the VM's definition, and make its snapshot anew"),
            [virsh(uri, &["edit", vm])],
        )
    };
    Ok(Judged::ill(evidence, remedy).ruling_out(&[Means::Start, Means::Revert]))
}

pub(super) fn active(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let (cards, networks) = (in_networks(site, exhibit)?, networks(site)?);
    let uri = site.network.uri.as_ref().map_err(Told::clone)?;
    let mine: Vec<_> =
        networks.iter().filter(|network| cards.iter().any(|card| card.source == network.name)).collect();
    let Some(first) = mine.first() else { return Ok(Judged::Beside) };
    let Some(off) = mine.iter().find(|network| !network.active) else {
        return Ok(Judged::Well(told!("the network '{network}' is there", network = first.name)));
    };
    let evidence = told!(
        "the network '{network}' is not active; VM '{vm}' does not start without it",
        network = off.name,
        vm = exhibit.settings.vm
    );
    let start = [virsh(uri, &["net-start", &off.name])];
    let remedy = if is_kept_from_starting(site, off) {
        Remedy::type_in(told!("mend first what keeps the network from starting; then start it"), start)
    } else {
        Remedy::fix(told!("start the network"), start, [virsh(uri, &["net-destroy", &off.name])])
    };
    Ok(Judged::ill(evidence, remedy).ruling_out(&[Means::Start, Means::Revert]))
}

/// Whether one of the other checks says why a network cannot start.
fn is_kept_from_starting(site: &Site, network: &VirtualNetwork) -> bool {
    let has_clash = network.addresses.iter().any(|mine| {
        site.network.routes.as_ref().is_ok_and(|routes| clashing(routes, network, mine).is_some())
    });
    let is_taken = site.network.port_53.as_ref().is_ok_and(|taken| taker(taken, network).is_some());
    has_clash || (network.dns && is_taken)
}

/// A route of another device into a network; what leads everywhere does not count.
fn clashing<'a>(routes: &'a [Route], network: &VirtualNetwork, mine: &Subnet) -> Option<&'a Route> {
    routes.iter().find(|route| {
        route.device != network.bridge && route.to.is_some_and(|to| to.prefix > 8 && to.overlaps(mine))
    })
}

/// Where another name server has the port that a network's needs.
fn taker<'a>(taken: &'a [IpAddr], network: &VirtualNetwork) -> Option<&'a IpAddr> {
    taken.iter().find(|address| {
        address.is_unspecified() || network.addresses.iter().any(|mine| mine.address == **address)
    })
}

pub(super) fn autostart(site: &Site) -> Fact<Judged> {
    let uri = site.network.uri.as_ref().map_err(Told::clone)?;
    let used = used(site)?;
    let Some((first, _)) = used.first() else { return Ok(Judged::Beside) };
    let Some((network, vms)) = used.iter().find(|(network, _)| !network.autostart) else {
        return Ok(Judged::Well(told!("the network '{network}' starts with libvirt", network = first.name)));
    };
    Ok(Judged::warning(
        told!(
            "the network '{network}' of VM '{vms}' does not start by itself: after the next start of the computer they do not start",
            network = network.name,
            vms = vms
        ),
        Remedy::fix(
            told!("have it started with libvirt"),
            [virsh(uri, &["net-autostart", &network.name])],
            [virsh(uri, &["net-autostart", "--disable", &network.name])],
        ),
    ))
}

pub(super) fn clash(site: &Site) -> Fact<Judged> {
    let routes = site.network.routes.as_ref().map_err(Told::clone)?;
    let used = used(site)?;
    let mut well = None;
    for (network, _) in used {
        for mine in &network.addresses {
            let other = clashing(routes, network, mine);
            let Some(other) = other else {
                well = Some(told!(
                    "nobody else has the addresses of the network '{network}' ({addresses})",
                    network = network.name,
                    addresses = mine.to_string()
                ));
                continue;
            };
            let to = other.to.map(|to| to.to_string()).unwrap_or_default();
            let remedy = Remedy::type_in(
                told!(
                    "give libvirt's network other addresses, such as 192.168.222.1, and guests and 'listen' with it"
                ),
                [virsh(site.network.uri.as_ref().map_err(Told::clone)?, &["net-edit", &network.name])],
            );
            let (name, device) = (&network.name, &other.device);
            return Ok(if network.active {
                Judged::warning(
                    told!(
                        "the network '{network}' ({addresses}) has the addresses of {to}, which is behind {device}: what is there cannot be reached, and the network does not start again",
                        network = name,
                        addresses = mine.to_string(),
                        to = to,
                        device = device
                    ),
                    remedy,
                )
            } else {
                Judged::ill(
                    told!(
                        "the network '{network}' ({addresses}) cannot start: {to} behind {device} has the same addresses",
                        network = name,
                        addresses = mine.to_string(),
                        to = to,
                        device = device
                    ),
                    remedy,
                )
            });
        }
    }
    Ok(well.map_or(Judged::Beside, Judged::Well))
}

pub(super) fn name_server_clash(site: &Site) -> Fact<Judged> {
    let taken = site.network.port_53.as_ref().map_err(Told::clone)?;
    let off = used(site)?.into_iter().find(|(network, _)| !network.active && network.dns);
    let Some((network, _)) = off else { return Ok(Judged::Beside) };
    Ok(match taker(taken, network) {
        None => Judged::Well(told!("port 53 is free for the network '{network}'", network = network.name)),
        Some(address) => Judged::ill(
            told!(
                "the network '{network}' cannot start: another name server has port 53 at {address}",
                network = network.name,
                address = address.to_string()
            ),
            Remedy::say(told!(
                "have that name server (bind, dnsmasq, unbound) listen at its own addresses only, for dnsmasq with bind-interfaces"
            )),
        ),
    })
}

pub(super) fn dnsmasq(site: &Site) -> Fact<Judged> {
    let runs = site.network.dnsmasq.as_ref().map_err(Told::clone)?;
    let served: Vec<_> =
        active_ones(site)?.into_iter().filter(|network| network.dns || network.dhcp.is_some()).collect();
    // A network that libvirt only passes on has no dnsmasq of its own.
    let served: Vec<_> = served.into_iter().filter(|network| !network.addresses.is_empty()).collect();
    let Some(first) = served.first() else { return Ok(Judged::Beside) };
    let Some(dead) = served.iter().find(|network| !runs.contains(&network.name)) else {
        return Ok(Judged::Well(told!("dnsmasq serves the network '{network}'", network = first.name)));
    };
    Ok(Judged::ill(
        told!(
            "no dnsmasq runs for the network '{network}': guests get no address and no names",
            network = dead.name
        ),
        Remedy::type_in(
            told!("have libvirt start it again; guests are not touched"),
            [Command::root(["systemctl", "restart", "libvirtd.service"])],
        ),
    ))
}

pub(super) fn lease_room(site: &Site) -> Fact<Judged> {
    let mut well = None;
    for network in active_ones(site)? {
        let Some(room) = network.dhcp else { continue };
        let leases = site.network.leases.as_ref().map_err(Told::clone)?;
        let given = leases.iter().filter(|lease| lease.bridge == network.bridge).count() as u64;
        if given >= room {
            return Ok(Judged::ill(
                told!(
                    "all {room} addresses of the network '{network}' are given away",
                    room = room,
                    network = network.name
                ),
                widen(site, &network.name)?,
            ));
        }
        if given.saturating_mul(10) >= room.saturating_mul(9) {
            return Ok(Judged::warning(
                told!(
                    "{given} of {room} addresses of the network '{network}' are given away",
                    given = given,
                    room = room,
                    network = network.name
                ),
                widen(site, &network.name)?,
            ));
        }
        well = Some(told!(
            "{given} of {room} addresses of the network '{network}' are given away",
            given = given,
            room = room,
            network = network.name
        ));
    }
    Ok(well.map_or(Judged::Beside, Judged::Well))
}

fn widen(site: &Site, network: &str) -> Fact<Remedy> {
    let uri = site.network.uri.as_ref().map_err(Told::clone)?;
    Ok(Remedy::type_in(
        told!("widen the range of its DHCP, and start the network anew in a quiet hour"),
        [virsh(uri, &["net-edit", network])],
    ))
}
