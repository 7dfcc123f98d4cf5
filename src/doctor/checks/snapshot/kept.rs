//! Whether the snapshot is there, whole, and kept as it should be.

use super::{NO_REVERT, NOT_IN_PLACE, known, make_anew, parts, proven};
use crate::core::types::{NameFlaw, SnapshotFlaw, SnapshotKind, Told, bad_snapshot_name};
use crate::doctor::checks::disk_image::size;
use crate::doctor::facts::snapshot::{Known, Part};
use crate::doctor::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::words::told;

/// libvirt goes back to external snapshots from here on.
const REVERTS_EXTERNAL: u32 = 9_009_000;

pub(super) fn exists(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let wanted = &exhibit.settings.snapshot;
    if let Some(found) = proven(exhibit)? {
        return Ok(Judged::Well(told!("the VM has the snapshot '{snapshot}'", snapshot = found.name)));
    }
    let names = exhibit.snapshot.family.as_ref().map_err(Told::clone)?.names();
    let evidence = if names.is_empty() {
        told!(
            "the VM '{vm}' has no snapshot '{snapshot}', nor any other",
            vm = exhibit.settings.vm,
            snapshot = wanted
        )
    } else {
        told!(
            "the VM '{vm}' has no snapshot '{snapshot}', only {others}",
            vm = exhibit.settings.vm,
            snapshot = wanted,
            others = names.join(", ")
        )
    };
    Ok(Judged::ill(evidence, make_anew(exhibit)).ruling_out(NO_REVERT))
}

pub(super) fn name(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let wanted = &exhibit.settings.snapshot;
    let remedy = Remedy::type_in(
        told!("Make it anew under a name with a letter in it, and write that into the configuration"),
        [Command::new(["vitrine", "snapshot", "create", &exhibit.settings.name, "ready"])],
    );
    match bad_snapshot_name(wanted) {
        None if proven(exhibit)?.is_none() => Ok(Judged::Beside),
        None => Ok(Judged::Well(told!("'{snapshot}' is a good name for a snapshot", snapshot = wanted))),
        Some(NameFlaw::Digits) => {
            for part in parts(exhibit)? {
                let header = part.header.as_ref().map_err(Told::clone)?;
                let other =
                    header.snapshots.iter().find(|inner| inner.id == *wanted && inner.name != *wanted);
                if let Some(other) = other {
                    let evidence = told!(
                        "QEMU takes the name '{snapshot}' for the number of the snapshot '{other}', and loads that",
                        snapshot = wanted,
                        other = other.name
                    );
                    return Ok(Judged::ill(evidence, remedy).ruling_out(NO_REVERT));
                }
            }
            let evidence = told!(
                "'{snapshot}' has digits alone: QEMU takes it for a number, and may load another snapshot some day",
                snapshot = wanted
            );
            Ok(Judged::warning(evidence, remedy))
        }
        Some(NameFlaw::Copy) => Ok(Judged::warning(
            told!(
                "'{snapshot}' is what Vitrine calls the copies of a snapshot that it replaces",
                snapshot = wanted
            ),
            remedy,
        )),
        Some(_) => Ok(Judged::warning(
            told!(
                "Vitrine makes no snapshot of the name '{snapshot}', and could not replace it",
                snapshot = wanted
            ),
            remedy,
        )),
    }
}

/// The snapshot, where QEMU keeps it within the images.
fn internal(exhibit: &Exhibit) -> Fact<Option<&Known>> {
    let is_within = proven(exhibit)?.is_some_and(|proven| proven.kind != SnapshotKind::External);
    Ok(known(exhibit)?.filter(|_| is_within))
}

pub(super) fn whole(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(known) = internal(exhibit)? else { return Ok(Judged::Beside) };
    let (mut lost, mut count, mut memory) = (Vec::new(), 0, 0);
    for kept in known.disks.iter().filter(|kept| kept.internal) {
        // One that is gone, or lies elsewhere now, is said elsewhere: an external snapshot above this one has the VM go on
        // in another image, and this one stays where it was.
        let is_where_it_was = |part: &&Part| {
            let then = known.images.iter().find(|(target, _)| *target == part.target);
            then.is_none_or(|(_, path)| *path == part.path)
        };
        let part = parts(exhibit)?.find(|part| part.target == kept.target);
        let Some(part) = part.filter(is_where_it_was) else { continue };
        let header = part.header.as_ref().map_err(Told::clone)?;
        count += 1;
        match header.snapshots.iter().find(|inner| inner.name == known.name) {
            Some(inner) => memory = memory.max(inner.state_size),
            None => lost.push(part.path.clone()),
        }
    }
    // The firmware's image may keep the memory.
    for part in parts(exhibit)?.filter(|part| part.target.is_empty()) {
        let inner = part.header.as_ref().map_err(Told::clone)?.snapshots.iter();
        memory = inner
            .filter(|inner| inner.name == known.name)
            .map(|inner| inner.state_size)
            .fold(memory, u64::max);
    }
    if count == 0 {
        return Ok(Judged::Beside);
    }
    if !lost.is_empty() {
        let files = lost.join(", ");
        let evidence = if lost.len() == count {
            told!("libvirt lists '{snapshot}', and it is not in {file}", snapshot = known.name, file = files)
        } else {
            told!("'{snapshot}' is in some disks only: not in {file}", snapshot = known.name, file = files)
        };
        let remedy = Remedy::type_in(
            told!(
                "Have libvirt forget it, and make the snapshot anew with the artwork running as it should: the state \
                 that it had is lost there"
            ),
            [
                Command::root(["virsh", "snapshot-delete", &exhibit.settings.vm, &known.name, "--metadata"]),
                Command::new(["vitrine", "snapshot", "create", &exhibit.settings.name]),
            ],
        );
        return Ok(Judged::ill(evidence, remedy).ruling_out(NO_REVERT));
    }
    let has_memory = proven(exhibit)?.is_some_and(|proven| proven.kind == SnapshotKind::Internal);
    if has_memory && memory == 0 {
        let evidence =
            told!("the images keep the disks of '{snapshot}' alone, no memory", snapshot = known.name);
        return Ok(Judged::ill(evidence, make_anew(exhibit)).ruling_out(NO_REVERT));
    }
    Ok(Judged::Well(told!(
        "'{snapshot}' is in all its images: {count}",
        snapshot = known.name,
        count = count
    )))
}

pub(super) fn firmware(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(known) = internal(exhibit)? else { return Ok(Judged::Beside) };
    let Some(part) = parts(exhibit)?.find(|part| part.target.is_empty() && part.said == "qcow2") else {
        return Ok(Judged::Beside);
    };
    let header = part.header.as_ref().map_err(Told::clone)?;
    if header.snapshots.iter().any(|inner| inner.name == known.name) {
        let well = told!("'{snapshot}' is in the firmware's memory too", snapshot = known.name);
        return Ok(Judged::Well(well));
    }
    let evidence = told!(
        "'{snapshot}' is not in what the firmware remembers, {file}",
        snapshot = known.name,
        file = part.path
    );
    Ok(Judged::ill(evidence, make_anew(exhibit)).ruling_out(NO_REVERT))
}

pub(super) fn unlisted(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let listed = exhibit.snapshot.family.as_ref().map_err(Told::clone)?;
    let mut found = Vec::new();
    // Those of another VM that has the image as well are that one's.
    let shared = exhibit.image.shared.as_deref().unwrap_or_default();
    for part in parts(exhibit)?.filter(|part| !shared.iter().any(|shared| shared.path == part.path)) {
        let header = part.header.as_ref().map_err(Told::clone)?;
        for inner in header.snapshots.iter().filter(|inner| listed.get(&inner.name).is_none()) {
            found.push((part, inner));
        }
    }
    let wanted = &exhibit.settings.snapshot;
    let (part, inner) = match found.iter().find(|(_, inner)| inner.name == *wanted).or(found.first()) {
        Some((part, inner)) => (*part, *inner),
        None => return Ok(Judged::Well(told!("libvirt knows all snapshots that its images have"))),
    };
    let evidence = told!(
        "{file} has a snapshot '{snapshot}' that libvirt does not know ({size} of memory)",
        file = part.path,
        snapshot = inner.name,
        size = size(inner.state_size)
    );
    let remedy = Remedy::type_in(
        told!(
            "With the VM off, look at it; where nobody needs it, delete it. A new snapshot of its name would be a \
             second one beside it"
        ),
        [
            Command::root(["qemu-img", "snapshot", "-l", &part.path]),
            Command::root(["qemu-img", "snapshot", "-d", &inner.name, &part.path]),
        ],
    );
    Ok(if inner.name == *wanted {
        Judged::warning(evidence, remedy)
    } else {
        Judged::advice(evidence, remedy)
    })
}

fn flaw(exhibit: &Exhibit) -> Fact<Option<SnapshotFlaw>> {
    let family = exhibit.snapshot.family.as_ref().map_err(Told::clone)?;
    Ok(family.flaw(&exhibit.settings.snapshot))
}

pub(super) fn external(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(proven) = proven(exhibit)? else { return Ok(Judged::Beside) };
    let snapshot = &proven.name;
    let convert = Remedy::type_in(
        told!("Make an internal one of it"),
        [Command::new(["vitrine", "snapshot", "convert", &exhibit.settings.name])],
    );
    match flaw(exhibit)? {
        Some(SnapshotFlaw::Tied { .. }) if proven.kind == SnapshotKind::External => {
            let version = exhibit.snapshot.version.as_ref().map_err(Told::clone)?;
            if *version < REVERTS_EXTERNAL {
                let evidence = told!(
                    "'{snapshot}' is an external snapshot, and this libvirt cannot go back to such (9.9 is the first)",
                    snapshot = snapshot
                );
                let remedy = Remedy::type_in(
                    told!("Make an internal one of the artwork as it is now"),
                    [Command::new(["vitrine", "snapshot", "convert", &exhibit.settings.name, "--present"])],
                );
                const NONE: &[Means] = &[Means::Revert, Means::RevertInPlace, Means::Snapshot];
                return Ok(Judged::ill(evidence, remedy).ruling_out(NONE));
            }
            let evidence = told!(
                "'{snapshot}' is an external snapshot: slow, and it cannot be replaced",
                snapshot = snapshot
            );
            Ok(Judged::warning(evidence, convert).ruling_out(&[Means::RevertInPlace, Means::Snapshot]))
        }
        Some(SnapshotFlaw::Tied { external } | SnapshotFlaw::Beneath { external }) => {
            let evidence = told!(
                "'{snapshot}' and the external snapshot '{external}' share images: neither may be deleted",
                snapshot = snapshot,
                external = external
            );
            Ok(Judged::warning(evidence, convert).ruling_out(&[Means::Snapshot]))
        }
        Some(SnapshotFlaw::WithoutMemory | SnapshotFlaw::Copy { .. }) | None => {
            Ok(Judged::Well(told!("'{snapshot}' is within the VM's images", snapshot = snapshot)))
        }
    }
}

pub(super) fn files(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(known) = known(exhibit)? else { return Ok(Judged::Beside) };
    let missing = known.missing.as_ref().map_err(Told::clone)?;
    if missing.is_empty() {
        return Ok(Judged::Well(told!("all files that '{snapshot}' needs are there", snapshot = known.name)));
    }
    let evidence = told!(
        "'{snapshot}' needs {file}, which is not there",
        snapshot = known.name,
        file = missing.join(", ")
    );
    let remedy = Remedy::type_in(
        told!(
            "Put the file back from a copy; or make the snapshot anew with the artwork running as it should"
        ),
        [Command::new(["vitrine", "snapshot", "create", &exhibit.settings.name])],
    );
    Ok(Judged::ill(evidence, remedy).ruling_out(&[Means::Revert]))
}

pub(super) fn spared(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(known) = known(exhibit)?.filter(|known| known.current) else { return Ok(Judged::Beside) };
    let outside = known.disks.iter().filter(|kept| !kept.internal);
    let kept_in: Vec<_> =
        outside.filter_map(|kept| known.images.iter().find(|(target, _)| *target == kept.target)).collect();
    if kept_in.is_empty() {
        return Ok(Judged::Beside);
    }
    let spoiled = parts(exhibit)?.find(|part| kept_in.iter().any(|(_, path)| *path == part.path));
    let Some(part) = spoiled else {
        return Ok(Judged::Well(told!(
            "the guest writes to no image that '{snapshot}' is kept in",
            snapshot = known.name
        )));
    };
    let evidence = told!(
        "the guest writes to {file}, which '{snapshot}' is kept in: a revert to it was cut off",
        file = part.path,
        snapshot = known.name
    );
    let remedy = Remedy::type_in(
        told!("Start the VM by no other means than Vitrine, which spares the image"),
        [Command::new(["vitrine", "revert", &exhibit.settings.name])],
    );
    Ok(Judged::ill(evidence, remedy))
}

pub(super) fn copy(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let (Some(proven), wanted) = (proven(exhibit)?, &exhibit.settings.snapshot) else {
        return Ok(Judged::Beside);
    };
    if proven.name == *wanted {
        return Ok(Judged::Well(told!("it is '{snapshot}' itself", snapshot = wanted)));
    }
    let evidence = told!(
        "the replacement of '{snapshot}' was cut off; the artwork is put back to its copy '{copy}'",
        snapshot = wanted,
        copy = proven.name
    );
    Ok(Judged::warning(evidence, make_anew(exhibit)))
}

pub(super) fn left(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let family = exhibit.snapshot.family.as_ref().map_err(Told::clone)?;
    let family = family.family(&exhibit.settings.snapshot);
    let Some((proven, rest)) = family.split_first() else { return Ok(Judged::Beside) };
    let Some(other) = rest.iter().rev().find(|_| proven.name == exhibit.settings.snapshot) else {
        return Ok(Judged::Well(told!("no replacement has left anything behind")));
    };
    let evidence = told!(
        "'{copy}' is left over from a replacement of '{snapshot}' that did not come to its end",
        copy = other.name,
        snapshot = proven.name
    );
    let remedy = Remedy::type_in(
        told!("Make the snapshot once more, which cleans up; or delete the copy"),
        [Command::new(["vitrine", "snapshot", "delete", &exhibit.settings.name, &other.name])],
    );
    Ok(Judged::advice(evidence, remedy))
}

pub(super) fn memory(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(proven) = proven(exhibit)? else { return Ok(Judged::Beside) };
    let known = known(exhibit)?;
    let was_off = known.is_some_and(|known| known.state == "shutoff" || known.state == "disk-snapshot");
    if proven.kind == SnapshotKind::DisksOnly || proven.kind == SnapshotKind::External && was_off {
        let evidence = told!(
            "'{snapshot}' holds no memory, since the VM was off when it was made: each revert shows the guest's boot",
            snapshot = proven.name
        );
        return Ok(Judged::warning(evidence, make_anew(exhibit)).ruling_out(NOT_IN_PLACE));
    }
    Ok(Judged::Well(told!("'{snapshot}' holds the memory of a running guest", snapshot = proven.name)))
}

pub(super) fn state(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(known) = known(exhibit)? else { return Ok(Judged::Beside) };
    if known.state != "paused" {
        return Ok(Judged::Well(told!("'{snapshot}' was not made of a paused VM", snapshot = known.name)));
    }
    let evidence = told!("'{snapshot}' was made of a paused VM", snapshot = known.name);
    Ok(Judged::advice(evidence, make_anew(exhibit)))
}
