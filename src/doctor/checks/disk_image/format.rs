//! What the images say of themselves.

use super::{images, is_named, is_written, over};
use crate::core::types::Told;
use crate::doctor::facts::disk_image::{Image, Part, There};
use crate::doctor::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::words::told;

const NEVER_STARTS: &[Means] = &[Means::Start, Means::Revert];
/// More images upon each other cost time at each read.
const DEEP: usize = 5;

/// Drives whose image may be of any format, and what is only read, say nothing that matters.
fn is_disk(image: &&Image) -> bool {
    matches!(image.part, Part::Nvram | Part::Below(_)) || image.device == "disk"
}

/// Nothing to say where there is nothing; `exists` says that.
fn there(image: &Image) -> Fact<bool> {
    Ok(image.stat()?.is_some())
}

pub(super) fn format(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let vm = &exhibit.settings.vm;
    let look = |image: &Image| {
        if !there(image)? {
            return Ok(None);
        }
        let header = image.header.as_ref().map_err(Told::clone)?;
        // What stands below without a format is another check's.
        let said = match (&image.said, &image.part) {
            (Some(said), _) => said.as_str(),
            (None, Part::Below(_)) => return Ok(None),
            (None, _) => "raw",
        };
        if said == header.format || said == "vhd" && header.format == "vpc" {
            return Ok(None);
        }
        let file = &image.path;
        let (evidence, remedy) = if header.format == "raw" {
            (
                told!(
                    "{file} is said to be {format}, and does not begin as such an image does",
                    file = file,
                    format = said
                ),
                Remedy::type_in(
                    told!(
                        "Say the image's true format in the VM's definition, or put the image back from a copy"
                    ),
                    [Command::new(["qemu-img", "info", file]), Command::root(["virsh", "edit", vm])],
                ),
            )
        } else {
            (
                told!(
                    "{file} is said to be {format}, and begins like {found}: the guest would see no disk that it knows",
                    file = file,
                    format = said,
                    found = header.format
                ),
                Remedy::type_in(
                    told!(
                        "Say the image's true format in the VM's definition, unless its guest itself has written \
                         that there"
                    ),
                    [Command::root(["virsh", "edit", vm])],
                ),
            )
        };
        let judged = Judged::ill(evidence, remedy);
        // With a raw one QEMU starts, and the guest does not.
        Ok(Some(if said == "raw" { judged } else { judged.ruling_out(NEVER_STARTS) }))
    };
    let disks = images(exhibit)?.iter().filter(is_disk);
    over(disks, look, |count| told!("all are of the format that is said: {count}", count = count))
}

pub(super) fn backing(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        let Part::Below(above) = &image.part else { return Ok(None) };
        match image.there.as_ref().map_err(Told::clone)? {
            There::Something(_) => Ok(None),
            There::Nothing | There::DeadLink(_) => {
                let evidence = told!(
                    "{file} is not there, and {above} is based on it",
                    file = image.path,
                    above = above
                );
                let remedy = Remedy::say(told!(
                    "Put the file back where it was. Where it was moved, 'qemu-img rebase -u' names its new place in \
                     the image above; without it that image is worthless"
                ));
                Ok(Some(Judged::ill(evidence, remedy).ruling_out(NEVER_STARTS)))
            }
        }
    };
    over(below(exhibit)?, look, |count| told!("all that they are based on is there: {count}", count = count))
}

/// What is below; and images of which that is not known.
fn below(exhibit: &Exhibit) -> Fact<impl Iterator<Item = &Image>> {
    Ok(images(exhibit)?.iter().filter(|image| matches!(image.part, Part::Below(_))))
}

pub(super) fn said(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        let (Part::Below(above), None) = (&image.part, &image.said) else { return Ok(None) };
        let evidence = told!(
            "{above} does not say of which format {file} is, on which it is based",
            above = above,
            file = image.path
        );
        let format =
            image.header.as_ref().map(|header| header.format.clone()).unwrap_or_else(|_| "FORMAT".into());
        let remedy = Remedy::type_in(
            told!("With the VM off, write the format into the image above"),
            [Command::root(["qemu-img", "rebase", "-u", "-F", &format, "-b", &image.path, above])],
        );
        // libvirt looks at it itself, and refuses one that is based on another in turn
        // (<https://libvirt.org/kbase/backing_chains.html>).
        Ok(Some(match &image.header.as_ref().map_err(Told::clone)?.backing {
            None => Judged::advice(evidence, remedy),
            Some(_) => Judged::ill(evidence, remedy).ruling_out(NEVER_STARTS),
        }))
    };
    over(below(exhibit)?, look, |_| told!("each says the format of what it is based on"))
}

pub(super) fn chain(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let all = images(exhibit)?;
    let depth = |image: &Image| {
        let mut at = image;
        let mut depth = 1;
        let next = |at: &Image| all.iter().find(|other| other.part == Part::Below(at.path.clone()));
        while let Some(below) = next(at).filter(|_| depth <= all.len()) {
            (at, depth) = (below, depth + 1);
        }
        depth
    };
    let look = |image: &Image| {
        let depth = depth(image);
        let evidence = told!("{file} is the uppermost of {count} images", file = image.path, count = depth);
        let remedy = Remedy::say(told!("Bring them together into one: 'virsh blockpull', on hold"));
        Ok((depth > DEEP).then(|| Judged::advice(evidence, remedy)))
    };
    let based = all.iter().filter(is_named).filter(|image| depth(image) > 1);
    over(based, look, |_| told!("few images lie upon each other"))
}

pub(super) fn corrupt(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        if !there(image)? || !image.header.as_ref().map_err(Told::clone)?.corrupt {
            return Ok(None);
        }
        let evidence = told!("{file} is marked as damaged: no QEMU writes to it", file = image.path);
        let remedy = Remedy::type_in(
            told!(
                "With the VM off, copy the image, then have it mended; what cannot be mended comes from a backup"
            ),
            [Command::root(["qemu-img", "check", "-f", "qcow2", "-r", "all", &image.path])],
        );
        Ok(Some(Judged::ill(evidence, remedy).ruling_out(NEVER_STARTS)))
    };
    let disks = images(exhibit)?.iter().filter(is_disk);
    over(disks, look, |_| told!("none is marked as damaged"))
}

pub(super) fn closed(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if *exhibit.image.runs.as_ref().map_err(Told::clone)? {
        // Then it says nothing.
        return Ok(Judged::Beside);
    }
    let look = |image: &Image| {
        if !there(image)? || !image.header.as_ref().map_err(Told::clone)?.dirty {
            return Ok(None);
        }
        let evidence = told!(
            "{file} was not closed: QEMU mends it at the next start, which takes a while",
            file = image.path
        );
        let remedy = Remedy::type_in(
            told!("Have it mended while nobody waits for it"),
            [Command::root(["qemu-img", "check", "-f", "qcow2", "-r", "leaks", &image.path])],
        );
        Ok(Some(Judged::advice(evidence, remedy)))
    };
    let disks = images(exhibit)?.iter().filter(is_disk).filter(is_written);
    over(disks, look, |_| told!("all were closed"))
}

pub(super) fn version(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        if !there(image)? || image.header.as_ref().map_err(Told::clone)?.version != 2 {
            return Ok(None);
        }
        let evidence =
            told!("{file} is a qcow2 image of the kind before 2013 (compat 0.10)", file = image.path);
        let remedy = Remedy::type_in(
            told!(
                "With the VM off, bring it up to date: it then knows when it is damaged, and frees room faster"
            ),
            [Command::root(["qemu-img", "amend", "-f", "qcow2", "-o", "compat=1.1", &image.path])],
        );
        Ok(Some(Judged::advice(evidence, remedy)))
    };
    let disks = images(exhibit)?.iter().filter(is_disk).filter(is_written);
    over(disks, look, |_| told!("none is of an old kind"))
}
