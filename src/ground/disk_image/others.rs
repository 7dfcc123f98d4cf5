//! What a VM's images share with others: an image, a file system, a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::looking::{Asking, IMAGE_TIME, look_at};
use super::{files, header, names_of, place, runs};
use crate::adapter::libvirt::{Looked, Vm};
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::disk_image::{Growth, Image, Kind, Left, Part, Place, Shared};
use crate::words::told;

/// As many files of a folder are looked at.
const MAX_FILES: usize = 500;

/// An image of another VM.
pub(super) struct Other {
    vm: String,
    runs: bool,
    image: Image,
}

/// The images of all other VMs.
pub(super) fn others(looked: &Looked, own: &Vm) -> Fact<Vec<Other>> {
    let vms = looked.vms.as_ref().map_err(Told::clone)?;
    let mut all = Vec::new();
    for vm in vms.iter().filter(|vm| vm.name != own.name) {
        let files = files(looked, names_of(vm)?);
        let asked = Asking { who: Err(place::late(IMAGE_TIME)), is_off: false };
        let images = look_at(files, &asked);
        let runs = runs(vm).unwrap_or(false);
        all.extend(images.into_iter().map(|image| Other { vm: vm.name.clone(), runs, image }));
    }
    Ok(all)
}

fn real(path: &str) -> PathBuf {
    Path::new(path).canonicalize().unwrap_or_else(|_| path.into())
}

/// What another VM names as well, where one of both writes.
pub(super) fn shared(own: &[Image], others: &[Other]) -> Vec<Shared> {
    let mut shared = Vec::new();
    for image in own.iter().filter(|image| image.part != Part::Firmware && !image.shareable) {
        let is_same = |other: &&Other| {
            (image.written || other.image.written)
                && !other.image.shareable
                && real(&other.image.path) == real(&image.path)
        };
        let found = others.iter().filter(is_same);
        shared.extend(found.map(|other| Shared {
            path: image.path.clone(),
            vm: other.vm.clone(),
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

pub(super) fn growth(own: &[Image], others: &[Other]) -> Fact<Vec<Growth>> {
    let mut places: BTreeMap<String, (Place, usize, u64)> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for image in own.iter().chain(others.iter().map(|other| &other.image)) {
        let is_own = own.iter().any(|known| std::ptr::eq(known, image));
        let Some(grows) = may_grow(image)? else { continue };
        let place = image.place.as_ref().map_err(Told::clone)?;
        if !seen.insert(real(&image.path)) || (!is_own && !places.contains_key(&place.mount)) {
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
pub(super) fn left(looked: &Looked, own: &[Image], others: &[Other]) -> Fact<Vec<Left>> {
    let vms = looked.vms.as_ref().map_err(Told::clone)?;
    let mut used: BTreeSet<PathBuf> =
        own.iter().chain(others.iter().map(|other| &other.image)).map(|image| real(&image.path)).collect();
    let mut whole = String::new();
    for vm in vms {
        for snapshot in vm.snapshots.as_ref().map_err(Told::clone)? {
            whole.push_str(&snapshot.xml);
        }
    }
    let disks = own.iter().filter(|image| image.written && image.part != Part::Nvram);
    let folders: BTreeSet<PathBuf> =
        disks.filter_map(|image| Some(real(&image.path).parent()?.to_owned())).collect();
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
