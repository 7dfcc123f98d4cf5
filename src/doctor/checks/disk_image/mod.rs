//! Checks of the disk images of an exhibit's VM.

mod file;
mod format;
mod place;
#[cfg(test)]
mod tests;

use super::super::{Area, Check, Fact, Judged, Verdict};
use crate::core::types::Told;
use crate::doctor::Exhibit;
use crate::doctor::facts::disk_image::{Image, Part};

pub(super) const CHECKS: &[Check] = &[
    Check::exhibit(Area::Image, "image.exists", "a-disk-image-is-missing", file::exists),
    Check::exhibit(Area::Image, "image.kind", "a-disk-image-is-missing", file::kind),
    Check::exhibit(Area::Image, "image.path", "qemu-may-not-read-a-disk-image", file::path).fixing(),
    Check::exhibit(Area::Image, "image.rights", "qemu-may-not-read-a-disk-image", file::rights),
    Check::exhibit(Area::Image, "image.pool", "a-storage-pool-is-off", file::pool).fixing(),
    Check::exhibit(Area::Image, "image.locked", "another-program-holds-a-disk-image", file::locked),
    Check::exhibit(Area::Image, "image.shared", "two-vms-have-the-same-disk-image", file::shared),
    Check::exhibit(Area::Image, "image.nvram", "the-firmwares-settings-are-gone", file::nvram),
    Check::exhibit(Area::Image, "image.format", "a-disk-image-has-another-format", format::format),
    Check::exhibit(Area::Image, "image.backing", "what-a-disk-image-is-based-on-is-missing", format::backing),
    Check::exhibit(
        Area::Image,
        "image.backing-format",
        "what-a-disk-image-is-based-on-is-missing",
        format::said,
    ),
    Check::exhibit(Area::Image, "image.chain", "what-a-disk-image-is-based-on-is-missing", format::chain),
    Check::exhibit(Area::Image, "image.corrupt", "a-disk-image-is-damaged", format::corrupt),
    Check::exhibit(Area::Image, "image.closed", "a-disk-image-is-damaged", format::closed),
    Check::exhibit(Area::Image, "image.version", "a-disk-image-is-of-an-old-kind", format::version),
    Check::exhibit(Area::Image, "image.room", "the-disk-is-full", place::room),
    Check::exhibit(Area::Image, "image.inodes", "the-disk-is-full", place::inodes),
    Check::exhibit(Area::Image, "image.overcommit", "the-disk-is-full", place::overcommit),
    Check::exhibit(Area::Image, "image.left", "the-disk-is-full", place::left),
    Check::exhibit(Area::Image, "image.read-only", "nothing-can-be-written-to-the-disk", place::read_only),
    Check::exhibit(Area::Image, "image.network-share", "a-disk-image-is-in-the-wrong-place", place::network),
    Check::exhibit(Area::Image, "image.memory-only", "a-disk-image-is-in-the-wrong-place", place::memory),
    Check::exhibit(Area::Image, "image.fat", "a-disk-image-is-in-the-wrong-place", place::fat),
    Check::exhibit(Area::Image, "image.mount", "a-disk-image-is-in-the-wrong-place", place::mount),
    Check::exhibit(Area::Image, "image.folder", "a-disk-image-is-in-the-wrong-place", place::folder),
    Check::exhibit(Area::Image, "image.copy-on-write", "a-disk-image-is-in-the-wrong-place", place::copies),
];

/// Looks at each image that is concerned, and says the worst that is found; where that is nothing, why one could not be
/// looked at, or that all is well.
fn over<'a>(
    images: impl Iterator<Item = &'a Image>,
    look: impl Fn(&Image) -> Fact<Option<Judged>>,
    well: impl FnOnce(usize) -> Told,
) -> Fact<Judged> {
    worst(images.map(look), well)
}

/// The worst of what is said of several things.
pub(super) fn worst(
    said: impl Iterator<Item = Fact<Option<Judged>>>,
    well: impl FnOnce(usize) -> Told,
) -> Fact<Judged> {
    let (mut worst, mut unknown, mut count) = (None, None, 0);
    for said in said {
        count += 1;
        match said {
            Ok(Some(said)) if verdict(&said) > worst.as_ref().map_or(Verdict::Well, verdict) => {
                worst = Some(said)
            }
            Ok(_) => {}
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    match (worst, unknown) {
        // What might be worse is not known, yet this is enough to do.
        (Some(worst), _) => Ok(worst),
        (None, Some(why)) => Err(why),
        (None, None) if count == 0 => Ok(Judged::Beside),
        (None, None) => Ok(Judged::Well(well(count))),
    }
}

fn verdict(judged: &Judged) -> Verdict {
    match judged {
        Judged::Beside | Judged::Well(_) => Verdict::Well,
        Judged::Not { verdict, .. } => *verdict,
    }
}

fn images(exhibit: &Exhibit) -> Fact<&[Image]> {
    exhibit.image.images.as_deref().map_err(Told::clone)
}

/// What the VM has itself, not what that is based on.
fn is_named(image: &&Image) -> bool {
    !matches!(image.part, Part::Below(_))
}

/// What the guest writes to.
fn is_written(image: &&Image) -> bool {
    image.written
}

/// Bytes as people read them.
pub(in crate::doctor::checks) fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes} B");
    };
    let tenths = bytes / (unit / 10).max(1);
    match tenths / 10 {
        whole @ ..10 => format!("{whole}.{} {name}", tenths % 10),
        whole => format!("{whole} {name}"),
    }
}
