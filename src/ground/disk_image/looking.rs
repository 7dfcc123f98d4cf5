//! Looks at image after image, in the system's own words.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;
use std::time::Duration;

use super::access::{self, Who};
use super::named::Named;
use super::{header, place};
use crate::doctor::Fact;
use crate::doctor::facts::disk_image::{Image, Kind, Part, Stat, There};
use crate::ground::at_once::at_once;
use crate::words::told;

/// As many images are followed from one to the next.
pub(super) const MAX_DEPTH: usize = 32;
/// How long one image may take: a network share that is gone answers nobody.
pub(super) const IMAGE_TIME: Duration = Duration::from_secs(3);

/// What is asked of each image.
#[derive(Clone)]
pub(super) struct Asking {
    pub(super) who: Fact<Who>,
    /// The VM does not run, so that nobody should hold its images.
    pub(super) is_off: bool,
}

/// Looks at files and at what they are based on.
pub(super) fn look_at(files: Vec<(String, Named)>, asked: &Asking) -> Vec<Image> {
    let mut images: Vec<Image> = Vec::new();
    let mut next: Vec<Image> = files
        .into_iter()
        .map(|(path, name)| Image {
            device: name.device,
            said: name.said,
            written: name.written,
            shareable: name.shareable,
            optional: name.optional,
            ..Image::unknown(path, name.part, &place::late(IMAGE_TIME))
        })
        .collect();
    for _ in 0..MAX_DEPTH {
        if next.is_empty() {
            break;
        }
        let looked = change_at_once(next, IMAGE_TIME, {
            let asked = asked.clone();
            move |image: &mut Image| look(image, &asked)
        });
        next = looked.iter().filter_map(below).collect();
        images.extend(looked);
        next.retain(|image| !images.iter().any(|known| known.path == image.path));
    }
    images
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
    image.place = place::of(path);
    image.unmounted = place::unmounted(path);
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
}
