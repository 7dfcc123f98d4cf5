//! Checks of the snapshot that an exhibit is put back to.

mod fits;
mod kept;
mod new;
#[cfg(test)]
mod tests;

use super::super::{Area, Check, Command, Exhibit, Fact, Means, Remedy};
use crate::core::types::{Snapshot, Told};
use crate::doctor::facts::snapshot::{Known, Part};
use crate::words::told;

pub(super) const CHECKS: &[Check] = &[
    Check::exhibit(Area::Snapshot, "snapshot.exists", "there-is-no-snapshot", kept::exists),
    Check::exhibit(Area::Snapshot, "snapshot.name", "a-snapshots-name-means-another-one", kept::name),
    Check::exhibit(Area::Snapshot, "snapshot.whole", "a-snapshot-is-lost-in-the-image", kept::whole),
    Check::exhibit(Area::Snapshot, "snapshot.firmware", "a-snapshot-is-lost-in-the-image", kept::firmware),
    Check::exhibit(
        Area::Snapshot,
        "snapshot.unknown-to-libvirt",
        "a-snapshot-is-lost-in-the-image",
        kept::unlisted,
    ),
    Check::exhibit(Area::Snapshot, "snapshot.external", "the-snapshot-is-an-external-one", kept::external),
    Check::exhibit(Area::Snapshot, "snapshot.files", "the-snapshot-is-an-external-one", kept::files),
    Check::exhibit(Area::Snapshot, "snapshot.spared", "the-snapshot-is-an-external-one", kept::spared),
    Check::exhibit(Area::Snapshot, "snapshot.copy", "the-snapshot-is-a-copy", kept::copy),
    Check::exhibit(Area::Snapshot, "snapshot.left", "the-snapshot-is-a-copy", kept::left),
    Check::exhibit(Area::Snapshot, "snapshot.memory", "the-guest-boots-after-each-revert", kept::memory),
    Check::exhibit(Area::Snapshot, "snapshot.state", "the-guest-boots-after-each-revert", kept::state),
    Check::exhibit(Area::Snapshot, "snapshot.disks", "the-vm-has-changed-since-its-snapshot", fits::disks),
    Check::exhibit(
        Area::Snapshot,
        "snapshot.changed",
        "the-vm-has-changed-since-its-snapshot",
        fits::changed,
    ),
    Check::exhibit(Area::Snapshot, "snapshot.machine", "a-snapshot-no-longer-loads", fits::machine),
    Check::exhibit(Area::Snapshot, "snapshot.processor", "a-snapshot-no-longer-loads", fits::processor),
    Check::exhibit(Area::Snapshot, "snapshot.age", "the-guests-clock-is-wrong-after-a-revert", fits::age),
    Check::exhibit(
        Area::Snapshot,
        "snapshot.current",
        "another-state-than-the-snapshots-is-shown",
        fits::current,
    ),
    Check::exhibit(Area::Snapshot, "snapshot.possible", "a-snapshot-cannot-be-made", new::possible),
    Check::exhibit(Area::Snapshot, "snapshot.room", "a-snapshot-cannot-be-made", new::room),
    Check::exhibit(Area::Snapshot, "snapshot.time", "putting-back-takes-long", new::time),
    Check::exhibit(Area::Snapshot, "snapshot.count", "putting-back-takes-long", new::count),
];

const NO_REVERT: &[Means] = &[Means::Revert, Means::RevertInPlace];
const NOT_IN_PLACE: &[Means] = &[Means::RevertInPlace];

/// What the exhibit is put back to, as the core sees it.
fn proven(exhibit: &Exhibit) -> Fact<Option<&Snapshot>> {
    let family = exhibit.snapshot.family.as_ref().map_err(Told::clone)?;
    Ok(family.proven(&exhibit.settings.snapshot))
}

/// The same, with what libvirt says of it.
fn known(exhibit: &Exhibit) -> Fact<Option<&Known>> {
    let all = exhibit.snapshot.known.as_ref().map_err(Told::clone)?;
    Ok(proven(exhibit)?.and_then(|proven| all.iter().find(|known| known.name == proven.name)))
}

/// The images that keep a part of each snapshot.
fn parts(exhibit: &Exhibit) -> Fact<impl Iterator<Item = &Part>> {
    let images = exhibit.snapshot.images.as_ref().map_err(Told::clone)?;
    Ok(images.iter().filter(|part| part.kept))
}

/// To make it anew, of the artwork as it should be.
fn make_anew(exhibit: &Exhibit) -> Remedy {
    Remedy::type_in(
        told!("With the artwork running as it should, make the snapshot"),
        [Command::new(["vitrine", "snapshot", "create", &exhibit.settings.name])],
    )
}
