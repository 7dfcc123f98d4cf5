//! Looks at image after image, in the system's own words.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;
use std::time::Duration;

use super::named::Named;
use super::{header, place};
use crate::doctor::Fact;
use crate::doctor::facts::disk_image::{Image, Kind, Part, Stat, There};
use crate::ground::access::{self, Who};
use crate::ground::at_once::at_once;
use crate::ground::mounts::Mounts;
use crate::words::told;

/// As many images are followed from one to the next.
pub(super) const MAX_DEPTH: usize = 32;
/// How long one image may take: a network share that is gone answers nobody.
pub(in crate::ground) const IMAGE_TIME: Duration = Duration::from_secs(2);

/// What is asked of each image.
#[derive(Clone)]
pub(super) struct Asking {
    pub(super) who: Fact<Who>,
    /// The VM does not run, so that nobody should hold its images.
    pub(super) is_off: bool,
    /// What is mounted.
    pub(super) mounts: Mounts,
}

/// Looks at the files of several VMs and at what they are based on, all at once, and returns each VM's. What several VMs
/// name is looked at once, unless one of these runs and another does not.
pub(super) fn look_at(vms: Vec<(Asking, Vec<(String, Named)>)>) -> Vec<Vec<Image>> {
    let (askings, files): (Vec<Asking>, Vec<_>) = vms.into_iter().unzip();
    let mut images: Vec<Vec<Image>> = vec![Vec::new(); askings.len()];
    let mut known: BTreeMap<(String, bool), Image> = BTreeMap::new();
    let of_vm = |(vm, files): (usize, Vec<(String, Named)>)| {
        files.into_iter().map(move |(path, name)| (vm, new(path, name)))
    };
    let mut next: Vec<(usize, Image)> = files.into_iter().enumerate().flat_map(of_vm).collect();
    for _ in 0..MAX_DEPTH {
        if next.is_empty() {
            break;
        }
        let place = |(vm, image): &(usize, Image)| (image.path.clone(), askings[*vm].is_off);
        let mut unknown: BTreeMap<(String, bool), (Asking, Image)> = BTreeMap::new();
        for one in next.iter().filter(|one| !known.contains_key(&place(one))) {
            unknown.entry(place(one)).or_insert_with(|| (askings[one.0].clone(), one.1.clone()));
        }
        let (places, unknown): (Vec<_>, Vec<_>) = unknown.into_iter().unzip();
        let looked = at_once(unknown.clone(), IMAGE_TIME, |(asking, mut image): (Asking, Image)| {
            look(&mut image, &asking);
            image
        });
        let looked = looked.into_iter().zip(unknown).map(|(image, (_, before))| image.unwrap_or(before));
        known.extend(places.into_iter().zip(looked));
        let mut further = Vec::new();
        for one in next {
            let found = known.get(&place(&one)).cloned();
            let (vm, image) = one;
            let image = found.map_or(image.clone(), |found| as_found(image, found));
            further.extend(below(&image).map(|below| (vm, below)));
            images[vm].push(image);
        }
        further.retain(|(vm, image)| !images[*vm].iter().any(|known| known.path == image.path));
        next = further;
    }
    images
}

/// An image of which no more is known than what names it.
fn new(path: String, name: Named) -> Image {
    Image {
        device: name.device,
        said: name.said,
        written: name.written,
        shareable: name.shareable,
        optional: name.optional,
        ..Image::unknown(path, name.part, &place::late(IMAGE_TIME))
    }
}

/// What names an image, and what was found at its path, maybe for another VM.
fn as_found(named: Image, found: Image) -> Image {
    Image {
        path: named.path,
        part: named.part,
        device: named.device,
        said: named.said,
        written: named.written,
        shareable: named.shareable,
        optional: named.optional,
        ..found
    }
}

/// Does this to each of several images at once. One that takes too long stays as it was.
pub(super) fn change_at_once(
    images: Vec<Image>,
    within: Duration,
    change: impl Fn(&mut Image) + Clone + Send + 'static,
) -> Vec<Image> {
    let changed = at_once(images.clone(), within, move |mut image| {
        change(&mut image);
        image
    });
    images.into_iter().zip(changed).map(|(before, after)| after.unwrap_or(before)).collect()
}

pub(super) fn look(image: &mut Image, asked: &Asking) {
    let path = Path::new(&image.path);
    image.there = there(path);
    image.hidden = is_hidden(path);
    if let Ok(real) = path.canonicalize() {
        image.real = real;
    }
    image.place = place::of(path, &asked.mounts);
    image.unmounted = place::unmounted(path, &asked.mounts);
    image.barrier = asked.who.clone().and_then(|who| access::barrier(path, &who));
    let is_something = matches!(image.there, Ok(There::Something(_)));
    if !is_something {
        let why = match &image.there {
            Err(why) => why.clone(),
            Ok(_) => told!("{file} is not there", file = image.path),
        };
        (image.header, image.access, image.held) = (Err(why.clone()), Err(why.clone()), Err(why));
        return;
    }
    image.header = header::read(path);
    image.access = asked.who.clone().and_then(|who| access::access(path, &who));
    // A QEMU of the VM's own holds what it runs with.
    image.held = if asked.is_off { place::held(path) } else { Ok(None) };
}

/// Whether this user may not even see whether it is there.
fn is_hidden(path: &Path) -> bool {
    matches!(fs::metadata(path), Err(error) if error.kind() == ErrorKind::PermissionDenied)
}

pub(in crate::ground) fn there(path: &Path) -> Fact<There> {
    match fs::metadata(path) {
        Ok(found) => {
            let kind = match found.file_type() {
                kind if kind.is_file() => Kind::File,
                kind if kind.is_block_device() => Kind::Block,
                kind if kind.is_dir() => Kind::Folder,
                _ => Kind::Other,
            };
            Ok(There::Something(Stat {
                kind,
                size: found.len(),
                allocated: found.blocks().saturating_mul(512),
                uid: found.uid(),
                mode: found.mode() & 0o7777,
            }))
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(match fs::read_link(path) {
                Ok(to) => There::DeadLink(to.display().to_string()),
                Err(_) => There::Nothing,
            })
        }
        Err(error) => {
            let file = path.display().to_string();
            Err(told!("{file} cannot be looked at: {why}", file = file, why = error.to_string()))
        }
    }
}

/// What an image is based on. What a guest wrote where libvirt says that the image is raw is not followed, nor what is no
/// file.
pub(super) fn below(image: &Image) -> Option<Image> {
    let header = image.header.as_ref().ok()?;
    // What stands below without a format is looked at by libvirt, too; nobody writes to it.
    let said = match image.part {
        Part::Below(_) => image.said.as_deref().unwrap_or(&header.format),
        Part::Disk(_) | Part::Nvram | Part::Firmware => image.said.as_deref()?,
    };
    if said == "raw" || said != header.format {
        return None;
    }
    let path = backing_path(&image.path, header.backing.as_deref()?)?;
    let below = Image::unknown(path, Part::Below(image.path.clone()), &place::late(IMAGE_TIME));
    Some(Image { said: header.backing_format.clone(), ..below })
}

/// Where a backing file is: its name counts from the folder of the image above.
fn backing_path(image: &str, backing: &str) -> Option<String> {
    let name = backing.strip_prefix("file:").unwrap_or(backing);
    // QEMU takes what stands before a colon for a protocol, unless there is a slash before that.
    let is_elsewhere = name.find(':').is_some_and(|colon| !name[..colon].contains('/'));
    if is_elsewhere {
        return None;
    }
    let path = Path::new(image).parent()?.join(name);
    Some(path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backing_file_is_named_from_the_folder_of_the_image_above() {
        for (image, backing, expected) in [
            ("/a/b.qcow2", "c.qcow2", Some("/a/c.qcow2")),
            ("/a/b.qcow2", "/d/c.qcow2", Some("/d/c.qcow2")),
            ("/a/b.qcow2", "sub:x/c.qcow2", None),
            ("/a/b.qcow2", "./sub:x/c.qcow2", Some("/a/./sub:x/c.qcow2")),
            ("/a/b.qcow2", "nbd://host/x", None),
            ("/a/b.qcow2", "json:{}", None),
            ("/a/b.qcow2", "file:/c.qcow2", Some("/c.qcow2")),
        ] {
            assert_eq!(backing_path(image, backing).as_deref(), expected, "{backing}");
        }
    }
    #[test]
    fn what_several_vms_name_is_looked_at_for_each() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("base").display().to_string();
        fs::write(&path, "raw").unwrap();
        let gone = folder.path().join("gone").display().to_string();
        let named = |path: &str, target: &str, written| Named {
            at: super::super::At::Path(path.to_owned()),
            part: Part::Disk(target.to_owned()),
            device: "disk".to_owned(),
            said: Some("raw".to_owned()),
            written,
            shareable: false,
            optional: false,
            kept: true,
            cache: String::new(),
        };
        let asking = |is_off| Asking { who: Err(place::late(IMAGE_TIME)), is_off, mounts: Mounts::read() };
        let of = |path: &str, target: &str, written| (path.to_owned(), named(path, target, written));
        let found = look_at(vec![
            (asking(false), vec![of(&path, "vda", true), of(&gone, "vdb", true)]),
            (asking(false), vec![of(&path, "sda", false)]),
            (asking(true), Vec::new()),
        ]);
        let short: Vec<Vec<_>> = found
            .iter()
            .map(|images| {
                images
                    .iter()
                    .map(|image| {
                        (image.part.clone(), image.written, image.stat().unwrap().map(|stat| stat.size))
                    })
                    .collect()
            })
            .collect();
        let disk = |target: &str| Part::Disk(target.to_owned());
        assert_eq!(
            short,
            [
                vec![(disk("vda"), true, Some(3)), (disk("vdb"), true, None)],
                vec![(disk("sda"), false, Some(3))],
                vec![],
            ]
        );
    }
}
