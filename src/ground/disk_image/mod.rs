//! Finds out about the disk images of an exhibit's VM: in the system's own words, and in libvirt's and QEMU's where this
//! user may not read an image.

mod all;
mod header;
mod looking;
mod named;
mod others;
mod place;
mod told;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;

pub(super) use self::all::AllImages;
use self::looking::Asking;
pub(super) use self::looking::{IMAGE_TIME, there};
pub(super) use self::named::{At, Named, all, child, named, text};
use super::Ground;
use super::access::Who;
use crate::adapter::libvirt::{Looked, Vm};
use crate::core::types::{ExhibitSettings, Told, VmState};
use crate::doctor::Fact;
use crate::doctor::facts::disk_image::{Image, Images, PoolUse};
use crate::vm::Uri;
use crate::words::told;

pub(super) fn gather(ground: &Ground, exhibit: &ExhibitSettings) -> Images {
    let known = ground.vm(exhibit).and_then(|vm| Ok((vm, ground.libvirt.as_ref().map_err(Told::clone)?)));
    match known {
        Ok((vm, looked)) => of_vm(ground, looked, vm),
        Err(why) => Images::unknown(&why),
    }
}

fn of_vm(ground: &Ground, looked: &Looked, vm: &Vm) -> Images {
    let all = ground.once.images(|| AllImages::look(ground, looked));
    let images = all.of(&vm.name);
    let others = others::others(all, &vm.name);
    let both = images.clone().and_then(|images| Ok((images, others?)));
    let (shared, growth, left) = match &both {
        Ok((images, others)) => (
            Ok(others::shared(images, others)),
            others::growth(images, others, ground.once.mounts()),
            others::left(looked, images, others),
        ),
        Err(why) => (Err(why.clone()), Err(why.clone()), Err(why.clone())),
    };
    Images {
        pools: names_of(vm).and_then(|names| pools(looked, &names)),
        user: all.user.clone(),
        images: images.map(<[_]>::to_vec),
        runs: runs(vm),
        shared,
        growth,
        left,
    }
}

/// Whether a VM has a QEMU.
pub(super) fn runs(vm: &Vm) -> Fact<bool> {
    match vm.state.as_ref().map_err(Told::clone)? {
        VmState::ShutOff | VmState::Missing => Ok(false),
        VmState::Unknown => Err(told!("its state is not known")),
        _ => Ok(true),
    }
}

/// What a VM's definition names, and its running one beside.
pub(super) fn names_of(vm: &Vm) -> Fact<Vec<Named>> {
    let mut names = Vec::new();
    for xml in [&vm.persistent, &vm.running] {
        for name in xml.as_ref().map_err(Told::clone)?.iter().map(|xml| named(xml)) {
            for name in name? {
                if !names.iter().any(|known: &Named| known.at == name.at) {
                    names.push(name);
                }
            }
        }
    }
    Ok(names)
}

/// The user that QEMU runs as, of whose number libvirt's capabilities know; a session's is its user, whom its socket
/// belongs to.
fn qemu_user(ground: &Ground, looked: &Looked) -> Fact<Who> {
    let uri = Uri::read(&looked.uri);
    if uri.is_of_user() {
        let owner = uri.socket.and_then(|socket| fs::metadata(socket).ok()).map(|socket| socket.uid());
        return match owner {
            Some(uid) => Who::of(uid),
            None => ground.once.who(&ground.asked.user).cloned(),
        };
    }
    let capabilities = looked.capabilities.as_ref().map_err(Told::clone)?;
    let uid =
        named::qemu_uid(capabilities).ok_or_else(|| told!("libvirt does not say which user QEMU runs as"))?;
    Who::of(uid)
}

/// Whether libvirt gives images to QEMU's user.
fn gives(looked: &Looked) -> Fact<bool> {
    if Uri::read(&looked.uri).is_of_user() {
        return Ok(false);
    }
    match fs::read_to_string("/etc/libvirt/qemu.conf") {
        Ok(text) => Ok(setting(&text, "dynamic_ownership").is_none_or(|value| value != "0")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => {
            let file = "/etc/libvirt/qemu.conf";
            Err(told!("{file} cannot be looked at: {why}", file = file, why = error.to_string()))
        }
    }
}

/// A setting of a file such as qemu.conf.
fn setting<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut settings = text.lines().rev().filter_map(|line| line.split_once('='));
    settings.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim())
}

/// Paths for names; a volume whose pool has no folder has none.
pub(super) fn files(looked: &Looked, names: Vec<Named>) -> Vec<(String, Named)> {
    names.into_iter().filter_map(|name| Some((path_of(looked, &name.at)?, name))).collect()
}

pub(super) fn path_of(looked: &Looked, at: &At) -> Option<String> {
    match at {
        At::Path(path) => Some(path.clone()),
        At::Volume { pool, volume } => {
            let pools = looked.pools.as_ref().ok()?;
            let pool = pools.iter().find(|known| known.name == *pool)?;
            Some(format!("{}/{volume}", named::pool_folder(&pool.xml)?))
        }
    }
}

fn pools(looked: &Looked, names: &[Named]) -> Fact<Vec<PoolUse>> {
    // A libvirt without storage pools is as good where none is named.
    if !names.iter().any(|name| matches!(name.at, At::Volume { .. })) {
        return Ok(Vec::new());
    }
    let known = looked.pools.as_ref().map_err(Told::clone)?;
    let of = |name: &Named| match &name.at {
        At::Volume { pool, volume } => {
            let state = known.iter().find(|object| object.name == *pool);
            let state = state.map(|object| (object.active, object.autostart));
            Some(PoolUse { pool: pool.clone(), volume: volume.clone(), state })
        }
        At::Path(_) => None,
    };
    Ok(names.iter().filter_map(of).collect())
}

/// Has QEMU or libvirt tell of the images that this user may not read.
fn ask_others(uri: &str, vm: &str, runs: &Fact<bool>, asked: &Asking, images: Vec<Image>) -> Vec<Image> {
    match runs {
        Ok(true) if images.iter().any(|image| image.header.is_err()) => {
            told::ask_qemu(uri, vm, asked, images)
        }
        Ok(false) => told::ask_libvirt(uri, vm, images),
        Ok(true) | Err(_) => images,
    }
}

/// The images that a VM's guest writes to, without what they are based on, and its firmware's memory; each with how
/// libvirt names it.
pub(super) fn written(ground: &Ground, looked: &Looked, vm: &Vm) -> Fact<Vec<(Image, Named)>> {
    let names: Vec<_> =
        names_of(vm)?.into_iter().filter(|name| name.written && name.device != "floppy").collect();
    let images = ground.once.images(|| AllImages::look(ground, looked)).of(&vm.name)?;
    let of = |name: Named| {
        let path = path_of(looked, &name.at)?;
        Some((images.iter().find(|image| image.path == path)?.clone(), name))
    };
    Ok(names.into_iter().filter_map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_the_last_that_is_no_comment() {
        let text = "#dynamic_ownership = 1\ndynamic_ownership = 1\ndynamic_ownership = 0\n";
        assert_eq!(setting(text, "dynamic_ownership"), Some("0"));
        assert_eq!(setting("#dynamic_ownership = 0", "dynamic_ownership"), None);
    }
}
