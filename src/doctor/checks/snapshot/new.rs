//! Whether a new snapshot could be made, and how long putting back takes.

use std::time::Duration;

use super::{known, parts, proven};
use crate::core::types::{SnapshotKind, Told};
use crate::doctor::checks::disk_image::size;
use crate::doctor::facts::snapshot::Part;
use crate::doctor::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::words::told;

/// Of the memory's size, what the state of the other devices takes, in bytes, and then some.
const BESIDE_MEMORY: u64 = 256 << 20;
/// A visitor waits so long.
const LONG: Duration = Duration::from_secs(10);
/// QEMU ends and starts anew.
const NEW_QEMU: Duration = Duration::from_secs(2);
/// What a full revert reads in a second, from a disk that turns and from one that does not, in bytes.
const TURNING: u64 = 80 << 20;
const SOLID: u64 = 250 << 20;
/// More snapshots make each image's table and its writes slower.
const MANY: usize = 10;

pub(super) fn possible(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let raw = |part: &&Part| part.said != "qcow2";
    let parts: Vec<_> = parts(exhibit)?.collect();
    if parts.is_empty() {
        return Ok(Judged::Beside);
    }
    let Some(part) = parts.iter().copied().find(raw) else {
        return Ok(Judged::Well(told!("all its images can keep snapshots: {count}", count = parts.len())));
    };
    let (evidence, remedy) = if part.target.is_empty() {
        (
            told!(
                "what the firmware remembers, {file}, is {format}, which keeps no snapshots",
                file = part.path,
                format = part.said
            ),
            Remedy::type_in(
                told!(
                    "With the VM off, convert it, and name the new file and format='qcow2' in the VM's definition \
                     (libvirt 10.10 or newer); a BIOS machine needs none"
                ),
                [
                    Command::root([
                        "qemu-img",
                        "convert",
                        "-f",
                        "raw",
                        "-O",
                        "qcow2",
                        &part.path,
                        &format!("{}.qcow2", part.path),
                    ]),
                    Command::root(["virsh", "edit", &exhibit.settings.vm]),
                ],
            ),
        )
    } else {
        (
            told!(
                "the disk {target}, {file}, is {format}, which keeps no snapshots",
                target = part.target,
                file = part.path,
                format = part.said
            ),
            Remedy::type_in(
                told!(
                    "With the VM off, convert it, and name the new file and type='qcow2' in the VM's definition"
                ),
                [
                    Command::root([
                        "qemu-img",
                        "convert",
                        "-f",
                        &part.said,
                        "-O",
                        "qcow2",
                        &part.path,
                        &format!("{}.qcow2", part.path),
                    ]),
                    Command::root(["virsh", "edit", &exhibit.settings.vm]),
                ],
            ),
        )
    };
    const NONE: &[Means] = &[Means::Snapshot, Means::RevertInPlace];
    let serves = proven(exhibit)?.is_some();
    Ok(if serves { Judged::warning(evidence, remedy) } else { Judged::ill(evidence, remedy) }
        .ruling_out(NONE))
}

pub(super) fn room(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let now = exhibit.snapshot.now.as_ref().map_err(Told::clone)?;
    let next = exhibit.snapshot.next.as_ref().map_err(Told::clone)?;
    let Some(machine) = now.as_ref().or(next.as_ref()) else { return Ok(Judged::Beside) };
    let needed = machine.memory.saturating_add(BESIDE_MEMORY);
    let mut places = Vec::new();
    for part in parts(exhibit)? {
        places.push(part.place.as_ref().map_err(Told::clone)?);
    }
    // The memory may go into any of the images.
    let Some(least) = places.into_iter().min_by_key(|place| place.free) else { return Ok(Judged::Beside) };
    if least.free >= needed {
        let well = told!(
            "{free} are free on {mount}, and a new snapshot takes {needed} at most",
            free = size(least.free),
            mount = least.mount,
            needed = size(needed)
        );
        return Ok(Judged::Well(well));
    }
    let evidence = told!(
        "{mount} has {free} free, and a new snapshot may take {needed}",
        mount = least.mount,
        free = size(least.free),
        needed = size(needed)
    );
    let remedy = Remedy::type_in(
        told!("Make room: delete snapshots and images that nobody needs"),
        [Command::new(["vitrine", "snapshot", "list", &exhibit.settings.name])],
    );
    let judged = Judged::warning(evidence, remedy);
    // A guest that has touched little of its memory takes less.
    Ok(if least.free < BESIDE_MEMORY { judged.ruling_out(&[Means::Snapshot]) } else { judged })
}

pub(super) fn time(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(known) = known(exhibit)? else { return Ok(Judged::Beside) };
    if proven(exhibit)?.is_none_or(|proven| proven.kind != SnapshotKind::Internal) {
        return Ok(Judged::Beside);
    }
    let mut memory: Option<(u64, &Part)> = None;
    for part in parts(exhibit)? {
        let inner = part.header.as_ref().map_err(Told::clone)?.snapshots.iter();
        let state = inner.filter(|inner| inner.name == known.name).map(|inner| inner.state_size).max();
        memory = memory.max_by_size(state.unwrap_or(0), part);
    }
    let Some((state, part)) = memory.filter(|(state, _)| *state > 0) else { return Ok(Judged::Beside) };
    let turns = part.place.as_ref().is_ok_and(|place| place.turns == Ok(true));
    let speed = if turns { TURNING } else { SOLID };
    let takes = NEW_QEMU + Duration::from_secs(state / speed);
    let evidence = told!(
        "a full revert loads {size} of memory, which takes about {time}",
        size = size(state),
        time = takes
    );
    if takes <= LONG {
        return Ok(Judged::Well(evidence));
    }
    let remedy = if turns {
        Remedy::say(told!(
            "An SSD for {file} makes it several times as fast; less memory for the guest helps too",
            file = part.path
        ))
    } else if ["none", "directsync"].contains(&part.cache.as_str()) {
        Remedy::say(told!(
            "With cache='writeback' for {target} the computer's memory serves it; less memory for the guest helps too",
            target = part.target
        ))
    } else {
        Remedy::say(told!(
            "Less memory for the guest makes it faster, and a snapshot made soon after its start"
        ))
    };
    Ok(Judged::advice(evidence, remedy))
}

trait Larger<'a> {
    fn max_by_size(self, size: u64, part: &'a Part) -> Self;
}

impl<'a> Larger<'a> for Option<(u64, &'a Part)> {
    fn max_by_size(self, size: u64, part: &'a Part) -> Self {
        match self {
            Some((known, _)) if known >= size => self,
            _ => Some((size, part)),
        }
    }
}

pub(super) fn count(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let count = exhibit.snapshot.family.as_ref().map_err(Told::clone)?.names().len();
    if count <= MANY {
        return Ok(Judged::Well(told!("the VM has few snapshots: {count}", count = count)));
    }
    let evidence = told!("the VM has {count} snapshots, which take room and time", count = count);
    let remedy = Remedy::type_in(
        told!("Delete those that nobody needs"),
        [Command::new(["vitrine", "snapshot", "list", &exhibit.settings.name])],
    );
    Ok(Judged::advice(evidence, remedy))
}
