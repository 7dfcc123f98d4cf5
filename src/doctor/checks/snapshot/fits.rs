//! Whether the snapshot still fits the VM and this computer.

use super::{NO_REVERT, NOT_IN_PLACE, known, make_anew, parts};
use crate::core::types::Told;
use crate::doctor::checks::disk_image::size;
use crate::doctor::facts::snapshot::Machine;
use crate::doctor::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::words::told;

/// A clock that is off by less means nothing, in seconds.
const DAY: u64 = 86_400;
/// Whatever a guest has of the time then is old, in days.
const OLD: u64 = 730;

pub(super) fn disks(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(known) = known(exhibit)? else { return Ok(Judged::Beside) };
    let missing = known.missing.as_ref().map(Vec::as_slice).unwrap_or_default();
    let today: Vec<_> = parts(exhibit)?.filter(|part| !part.target.is_empty()).collect();
    let then = |target: &str| known.images.iter().find(|(known, _)| known == target);
    for part in &today {
        // An external one goes on in another image than it was made in.
        let kept = known.disks.iter().find(|kept| kept.target == part.target);
        match then(&part.target) {
            Some((_, path)) if *path != part.path && kept.is_some_and(|kept| kept.internal) => {
                let evidence = told!(
                    "'{snapshot}' was made with {target} in {file}, which is in {now} today",
                    snapshot = known.name,
                    target = part.target,
                    file = path,
                    now = part.path
                );
                let judged = if missing.contains(path) {
                    Judged::ill(evidence, make_anew(exhibit)).ruling_out(&[Means::Revert])
                } else {
                    Judged::warning(evidence, make_anew(exhibit))
                };
                return Ok(judged);
            }
            None => {
                let evidence = told!(
                    "the disk {target} ({file}) came after '{snapshot}', and is not put back",
                    target = part.target,
                    file = part.path,
                    snapshot = known.name
                );
                return Ok(Judged::warning(evidence, make_anew(exhibit)).ruling_out(NOT_IN_PLACE));
            }
            Some(_) => {}
        }
    }
    let gone = known.disks.iter().find(|kept| !today.iter().any(|part| part.target == kept.target));
    if let Some(gone) = gone {
        let evidence = told!(
            "'{snapshot}' has a disk {target} that the VM has no longer",
            snapshot = known.name,
            target = gone.target
        );
        return Ok(Judged::warning(evidence, make_anew(exhibit)).ruling_out(NOT_IN_PLACE));
    }
    Ok(Judged::Well(told!("the VM's disks are those of '{snapshot}'", snapshot = known.name)))
}

/// What differs, as (what, then, now).
fn difference(then: &Machine, now: &Machine) -> Option<Told> {
    // A snapshot of an old libvirt does not say how much it had.
    if then.memory != now.memory && then.memory > 0 {
        Some(told!("{then} of memory then, {now} now", then = size(then.memory), now = size(now.memory)))
    } else if then.vcpus != now.vcpus {
        Some(told!("{then} processors then, {now} now", then = then.vcpus, now = now.vcpus))
    } else if then.kind != now.kind {
        Some(told!("the machine {then} then, {now} now", then = then.kind, now = now.kind))
    } else {
        None
    }
}

pub(super) fn changed(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(known) = known(exhibit)? else { return Ok(Judged::Beside) };
    let now = exhibit.snapshot.now.as_ref().map_err(Told::clone)?;
    let next = exhibit.snapshot.next.as_ref().map_err(Told::clone)?;
    let remedy = Remedy::type_in(
        told!(
            "Where the change is wanted: hold the exhibit, start the VM by hand with it, and make the snapshot anew. \
             Where it is not, the next full revert takes it back"
        ),
        [
            Command::new(["vitrine", "hold", &exhibit.settings.name]),
            Command::new(["vitrine", "snapshot", "create", &exhibit.settings.name]),
        ],
    );
    let in_effect = now.as_ref().and_then(|now| difference(&known.machine, now));
    let to_come = next.as_ref().and_then(|next| difference(&known.machine, next));
    Ok(if let Some(what) = in_effect {
        let evidence = told!(
            "the VM runs with other hardware than '{snapshot}' has: {what}",
            snapshot = known.name,
            what = what
        );
        Judged::warning(evidence, remedy).ruling_out(NOT_IN_PLACE)
    } else if let Some(what) = to_come {
        let evidence = told!(
            "the VM was changed since '{snapshot}', and the next full revert takes that back: {what}",
            snapshot = known.name,
            what = what
        );
        Judged::warning(evidence, remedy)
    } else {
        Judged::Well(told!("memory, processors and machine are those of '{snapshot}'", snapshot = known.name))
    })
}

pub(super) fn machine(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(known) = known(exhibit)? else { return Ok(Judged::Beside) };
    let machines = exhibit.snapshot.machines.as_ref().map_err(Told::clone)?;
    let kind = &known.machine.kind;
    if kind.is_empty() {
        return Err(told!("libvirt does not say which machine '{snapshot}' is of", snapshot = known.name));
    }
    if machines.contains(kind) {
        return Ok(Judged::Well(told!("the QEMU here has the machine {machine}", machine = kind)));
    }
    let evidence = told!(
        "'{snapshot}' is of the machine {machine}, which the QEMU here does not have",
        snapshot = known.name,
        machine = kind
    );
    let remedy = Remedy::say(told!(
        "Install the QEMU that the snapshot was made with; or give the VM a machine that this one has, and make the \
         snapshot anew"
    ));
    Ok(Judged::ill(evidence, remedy).ruling_out(NO_REVERT))
}

pub(super) fn processor(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(known) = known(exhibit)? else { return Ok(Judged::Beside) };
    let machine = &known.machine;
    // An emulated one is the same everywhere.
    let (Some(then), "kvm") = (&machine.vendor, machine.virtualisation.as_str()) else {
        return Ok(Judged::Beside);
    };
    let here = exhibit.snapshot.vendor.as_ref().map_err(Told::clone)?;
    if then == here {
        return Ok(Judged::Well(told!(
            "'{snapshot}' is of a processor of {vendor} too",
            snapshot = known.name,
            vendor = here
        )));
    }
    let evidence = told!(
        "'{snapshot}' was made on a processor of {then}, and this computer's is of {here}: its memory does not load",
        snapshot = known.name,
        then = then,
        here = here
    );
    Ok(Judged::ill(evidence, make_anew(exhibit)).ruling_out(NO_REVERT))
}

pub(super) fn age(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(known) = known(exhibit)? else { return Ok(Judged::Beside) };
    let now = exhibit.snapshot.clock;
    if known.made == 0 {
        return Err(told!("libvirt does not say when '{snapshot}' was made", snapshot = known.name));
    }
    if known.made > now + DAY {
        let evidence = told!(
            "'{snapshot}' was made {days} days from now, by its own account: the computer's clock was wrong then, or is",
            snapshot = known.name,
            days = (known.made - now) / DAY
        );
        let remedy = Remedy::type_in(
            told!("Look whether the computer's clock is right"),
            [Command::new(["timedatectl"])],
        );
        return Ok(Judged::warning(evidence, remedy));
    }
    let days = now.saturating_sub(known.made) / DAY;
    if days > OLD && !exhibit.settings.set_time {
        let evidence = told!(
            "'{snapshot}' is {days} days old, and nobody tells the guest the time after a revert",
            snapshot = known.name,
            days = days
        );
        let remedy = Remedy::say(told!(
            "Where the artwork minds the date: 'set_time = true' in the configuration, or a younger snapshot"
        ));
        return Ok(Judged::advice(evidence, remedy));
    }
    Ok(Judged::Well(told!("'{snapshot}' is {days} days old", snapshot = known.name, days = days)))
}

pub(super) fn current(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let family = exhibit.snapshot.family.as_ref().map_err(Told::clone)?;
    let own = family.family(&exhibit.settings.snapshot);
    let all = exhibit.snapshot.known.as_ref().map_err(Told::clone)?;
    let Some(current) = all.iter().find(|known| known.current).filter(|_| !own.is_empty()) else {
        return Ok(Judged::Beside);
    };
    if own.iter().any(|member| member.name == current.name) {
        return Ok(Judged::Well(told!("the VM's state comes from '{snapshot}'", snapshot = current.name)));
    }
    let evidence = told!(
        "the VM's state comes from the snapshot '{other}', not from '{snapshot}'",
        other = current.name,
        snapshot = exhibit.settings.snapshot
    );
    let remedy = Remedy::type_in(
        told!("Where that is not meant, put the artwork back"),
        [Command::new(["vitrine", "revert", &exhibit.settings.name])],
    );
    Ok(Judged::advice(evidence, remedy))
}
