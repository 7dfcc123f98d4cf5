//! What a VM's images share with others: an image, a file system, a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use super::all::AllImages;
use super::looking::IMAGE_TIME;
use super::{header, place};
use crate::adapter::libvirt::Looked;
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::disk_image::{Growth, Image, Kind, Left, Part, Place, Shared};
use crate::ground::mounts::Mounts;
use crate::host;
use crate::words::told;

/// As many files of a folder are looked at.
const MAX_FILES: usize = 500;

/// An image of another VM.
pub(super) struct Other<'a> {
    vm: &'a str,
    runs: bool,
    image: &'a Image,
}

/// The images of all VMs but this.
pub(super) fn others<'a>(all: &'a AllImages, own: &str) -> Fact<Vec<Other<'a>>> {
    let mut others = Vec::new();
    for (vm, of) in all.vms.iter().filter(|(vm, _)| *vm != own) {
        let images = of.images.as_ref().map_err(Told::clone)?;
        let runs = of.runs == Ok(true);
        others.extend(images.iter().map(|image| Other { vm, runs, image }));
    }
    Ok(others)
}

/// What another VM names as well, where one of both writes.
pub(super) fn shared(own: &[Image], others: &[Other<'_>]) -> Vec<Shared> {
    let mut shared = Vec::new();
    for image in own.iter().filter(|image| image.part != Part::Firmware && !image.shareable) {
        let is_same = |other: &&Other<'_>| {
            (image.written || other.image.written) && !other.image.shareable && other.image.real == image.real
        };
        let found = others.iter().filter(is_same);
        shared.extend(found.map(|other| Shared {
            path: image.path.clone(),
            vm: other.vm.to_owned(),
            runs: other.runs,
        }));
    }
    shared
}

/// By how much an image may grow.
fn may_grow(image: &Image) -> Fact<Option<u64>> {
    match image.stat()? {
        Some(stat) if image.written && stat.kind == Kind::File => {
            let size = match image.capacity {
                Some(size) => size,
                None => image.header.as_ref().map_err(Told::clone)?.virtual_size,
            };
            Ok(Some(size.saturating_sub(stat.allocated)))
        }
        _ => Ok(None),
    }
}

/// What is not known of another VM's image is no matter where that lies elsewhere.
pub(super) fn growth(own: &[Image], others: &[Other<'_>], mounts: &Mounts) -> Fact<Vec<Growth>> {
    let mut places: BTreeMap<String, (Place, usize, u64)> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let all = own.iter().map(|image| (image, true)).chain(others.iter().map(|other| (other.image, false)));
    for (image, is_own) in all {
        let known = may_grow(image).and_then(|grows| Ok((grows, image.place.as_ref().map_err(Told::clone)?)));
        let (grows, place) = match known {
            Ok((Some(grows), place)) => (grows, place),
            Ok((None, _)) => continue,
            Err(why) => {
                let mount = mounts.of(&image.real)?.map(|mount| mount.at.display().to_string());
                if is_own || mount.is_none_or(|mount| places.contains_key(&mount)) {
                    return Err(why);
                }
                continue;
            }
        };
        if !seen.insert(&image.real) || (!is_own && !places.contains_key(&place.mount)) {
            continue;
        }
        let entry = places.entry(place.mount.clone()).or_insert_with(|| (place.clone(), 0, 0));
        (entry.1, entry.2) = (entry.1 + 1, entry.2.saturating_add(grows));
    }
    let of = |(mount, (place, images, growth)): (String, (Place, usize, u64))| Growth {
        mount,
        total: place.total,
        free: place.free,
        images,
        growth,
    };
    Ok(places.into_iter().map(of).collect())
}

/// Images in the folders of a VM's own that no VM names, nor a snapshot.
pub(super) fn left(looked: &Looked, own: &[Image], others: &[Other<'_>]) -> Fact<Vec<Left>> {
    let vms = looked.vms.as_ref().map_err(Told::clone)?;
    let used: BTreeSet<PathBuf> =
        own.iter().chain(others.iter().map(|other| other.image)).map(|image| image.real.clone()).collect();
    let mut whole = String::new();
    for vm in vms {
        for snapshot in vm.snapshots.as_ref().map_err(Told::clone)? {
            whole.push_str(&snapshot.xml);
        }
    }
    let disks = own.iter().filter(|image| image.written && image.part != Part::Nvram);
    let folders: BTreeSet<PathBuf> =
        disks.filter_map(|image| Some(image.real.parent()?.to_owned())).collect();
    // A folder may be on a share that does not answer.
    host::within(IMAGE_TIME, move || left_in(folders, used, &whole))
        .unwrap_or_else(|_| Err(place::late(IMAGE_TIME)))
}

/// Images in these folders that are neither used nor named in these texts.
fn left_in(folders: BTreeSet<PathBuf>, mut used: BTreeSet<PathBuf>, whole: &str) -> Fact<Vec<Left>> {
    let mut left = Vec::new();
    for folder in folders {
        let read = fs::read_dir(&folder).map_err(|error| {
            told!(
                "{file} cannot be looked at: {why}",
                file = folder.display().to_string(),
                why = error.to_string()
            )
        })?;
        for entry in read.flatten().take(MAX_FILES) {
            let path = entry.path();
            let Ok(found) = entry.metadata() else { continue };
            let is_image = || header::read(&path).is_ok_and(|header| header.format == "qcow2");
            // Snapshots name the images that they were made in, and those that they left behind.
            let is_named = || whole.contains(&path.display().to_string());
            if found.is_file() && used.insert(path.clone()) && is_image() && !is_named() {
                let allocated = found.blocks().saturating_mul(512);
                left.push(Left { path: path.display().to_string(), allocated });
            }
        }
    }
    Ok(left)
}
