//! What libvirt and QEMU say of images that this user may not read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use super::header::of_json;
use super::looking::{Asking, IMAGE_TIME, MAX_DEPTH, below, change_at_once, look};
use crate::adapter::libvirt;
use crate::core::types::Told;
use crate::doctor::facts::disk_image::{Header, Image, Kind, Part, Stat, There};

/// How long QEMU may take to say what it knows of its images.
const QEMU_TIME: Duration = Duration::from_millis(1500);

/// How long libvirt may take to say how large an image is.
const SIZES_TIME: Duration = Duration::from_millis(1500);

/// Has libvirt tell of the disks of a VM that is off of which this user may not even see whether they are there. Of what
/// does not answer it is not asked: it would wait for that with the VM locked.
pub(super) fn ask_libvirt(uri: &str, vm: &str, images: Vec<Image>) -> Vec<Image> {
    if !images.iter().any(|image| image.hidden) {
        return images;
    }
    let (uri, vm) = (uri.to_owned(), vm.to_owned());
    change_at_once(images, SIZES_TIME * 2, move |image| {
        let (Part::Disk(target), true) = (&image.part, image.hidden) else { return };
        match libvirt::block_sizes(&uri, &vm, target, SIZES_TIME) {
            Ok(found) => {
                let (size, allocated) = (found.physical, found.allocation);
                image.there =
                    Ok(There::Something(Stat { kind: Kind::File, size, allocated, uid: 0, mode: 0 }));
                image.capacity = Some(found.capacity);
            }
            Err(why) if is_missing(&why) => image.there = Ok(There::Nothing),
            Err(_) => {}
        }
    })
}

/// libvirt has the system's word in its own (`virReportSystemError`).
fn is_missing(why: &Told) -> bool {
    format!("{why:?}").contains("No such file or directory")
}

/// Has a running QEMU tell of the images that this user may not read.
pub(super) fn ask_qemu(uri: &str, vm: &str, asked: &Asking, images: Vec<Image>) -> Vec<Image> {
    let told = match libvirt::images_of(uri, vm, QEMU_TIME) {
        Ok(told) => headers(&told),
        Err(_) => return images,
    };
    let (mut known, mut all): (BTreeSet<String>, Vec<Image>) = (BTreeSet::new(), Vec::new());
    let mut next = images;
    for _ in 0..MAX_DEPTH {
        for image in &mut next {
            let real = PathBuf::from(&image.path);
            let real = real.canonicalize().unwrap_or(real).display().to_string();
            let said = told.get(&image.path).or_else(|| told.get(&real));
            if let (true, Some(said)) = (image.header.is_err(), said) {
                image.header = Ok(said.clone());
                // QEMU has it open.
                let size = said.virtual_size;
                if image.there.is_err() {
                    let stat = Stat { kind: Kind::File, size, allocated: size, uid: 0, mode: 0 };
                    image.there = Ok(There::Something(stat));
                }
            }
            known.insert(image.path.clone());
        }
        let further: Vec<_> =
            next.iter().filter_map(below).filter(|image| !known.contains(&image.path)).collect();
        all.append(&mut next);
        if further.is_empty() {
            break;
        }
        let asked = asked.clone();
        next = change_at_once(further, IMAGE_TIME, move |image| look(image, &asked));
    }
    all
}

/// What QEMU's `query-named-block-nodes` says of each file. The nodes of the format say more than those of the files
/// below.
fn headers(nodes: &serde_json::Value) -> BTreeMap<String, Header> {
    let mut found = BTreeMap::new();
    for node in nodes.as_array().into_iter().flatten() {
        let image = &node["image"];
        let is_format = !["file", "host_device"].contains(&node["drv"].as_str().unwrap_or_default());
        if let (true, Some(file)) = (is_format, image["filename"].as_str()) {
            found.insert(file.to_owned(), of_json(image));
        }
    }
    found
}
