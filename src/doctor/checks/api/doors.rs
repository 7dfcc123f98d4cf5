//! Checks of the addresses at which the API listens.

use super::super::super::facts::api::{Door, DoorAnswer};
use super::super::super::{Command, Fact, Judged, Remedy, Site};
use crate::core::types::{Access, Role, Told};
use crate::words::told;

pub(super) fn addresses(site: &Site) -> Fact<Judged> {
    let doors = site.api.doors.as_ref().map_err(Told::clone)?;
    let runs = match (&site.api.site, &site.api.daemons) {
        (Ok(_), _) => true,
        (Err(_), Ok(daemons)) => !daemons.is_empty(),
        (Err(why), Err(_)) => return Err(why.clone()),
    };
    let names =
        |doors: &[Door]| doors.iter().map(|door| door.address.to_string()).collect::<Vec<_>>().join(", ");
    for door in doors {
        let address = door.address.to_string();
        let port = door.address.port().to_string();
        if !door.is_here {
            return Ok(Judged::warning(
                told!(
                    "this computer has no address {address}; the guests that call there are not heard",
                    address = address
                ),
                Remedy::type_in(
                    told!("Start the network that has it, or correct listen under [api]"),
                    [
                        Command::new(["ip", "-brief", "address"]),
                        Command::new(["virsh", "-c", "qemu:///system", "net-list", "--all"]),
                    ],
                ),
            ));
        }
        let by_other = door.answer == DoorAnswer::Other
            || door.owner.as_ref().is_some_and(|(name, _)| name != "vitrine")
                && door.answer != DoorAnswer::Vitrine;
        if by_other {
            let (name, pid) = door.owner.clone().unwrap_or_else(|| ("?".to_owned(), 0));
            return Ok(Judged::ill(
                told!(
                    "another program has {address}: {program} (process {pid})",
                    address = address,
                    program = name,
                    pid = pid
                ),
                Remedy::type_in(
                    told!("End that program, or give Vitrine another port"),
                    [Command::root(["ss", "-ltnp", &format!("sport = :{port}")])],
                ),
            ));
        }
        match door.answer {
            DoorAnswer::Refused if runs => {
                return Ok(Judged::ill(
                    told!("nobody listens at {address}, though the daemon runs", address = address),
                    Remedy::type_in(
                        told!("Look into its log, and start it anew"),
                        [Command::new(["journalctl", "--user", "-u", "vitrine.service", "-n", "50"])],
                    ),
                ));
            }
            DoorAnswer::Silent => {
                return Ok(Judged::ill(
                    told!("no answer comes from {address}", address = address),
                    Remedy::type_in(
                        told!("Look for a firewall that keeps this computer from itself"),
                        [Command::root(["nft", "list", "ruleset"])],
                    ),
                ));
            }
            DoorAnswer::Refused | DoorAnswer::Vitrine | DoorAnswer::Other => {}
        }
    }
    if doors.is_empty() || !runs {
        return Ok(Judged::Beside);
    }
    Ok(Judged::Well(told!("Vitrine answers at {addresses}", addresses = names(doors))))
}

pub(super) fn open(site: &Site) -> Fact<Judged> {
    let doors = site.api.doors.as_ref().map_err(Told::clone)?;
    let remote = site.settings.as_ref().map_err(Told::clone)?.api.remote;
    match doors.iter().find(|door| door.address.ip().is_unspecified()) {
        Some(door) if remote == Access::As(Role::Operate) => Ok(Judged::advice(
            told!(
                "{address} is open to every network of this computer: whoever reaches it may stop artworks",
                address = door.address.to_string()
            ),
            Remedy::say(told!(
                "Have others log in (remote = \"login\" in [api]), or list 127.0.0.1 and the address of the guests' network under listen"
            )),
        )),
        Some(_) => Ok(Judged::Well(told!("nobody from elsewhere changes anything without a name"))),
        None if doors.is_empty() => Ok(Judged::Beside),
        None => Ok(Judged::Well(told!("it listens at chosen addresses only"))),
    }
}
