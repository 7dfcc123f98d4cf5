//! Where the images lie.

use super::{images, is_named, is_written, over, size, worst};
use crate::core::types::Told;
use crate::doctor::facts::disk_image::{Image, Kind, Part, Place};
use crate::doctor::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::words::told;

/// Less than this is little, unless it is a quarter of all there is, in bytes.
const LITTLE: u64 = 1 << 30;
/// And less than a twentieth, unless that is so much, in bytes.
const ENOUGH: u64 = 20 << 30;
/// An image that grows finds room for months in so much, in bytes.
const PLENTY: u64 = 10 << 30;
/// FAT keeps no file that is longer, in bytes.
const FAT_LIMIT: u64 = (1 << 32) - 1;

fn place(image: &Image) -> Fact<&Place> {
    image.place.as_ref().map_err(Told::clone)
}

/// Images in files that the guest writes to.
fn in_files(exhibit: &Exhibit) -> Fact<impl Iterator<Item = &Image>> {
    let is_block = |image: &Image| matches!(image.stat(), Ok(Some(stat)) if stat.kind == Kind::Block);
    Ok(images(exhibit)?.iter().filter(is_written).filter(move |image| !is_block(image)))
}

pub(super) fn room(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        let place = place(image)?;
        // Nothing grows there.
        if place.read_only {
            return Ok(None);
        }
        let evidence = told!(
            "{mount}, where {file} lies, has {free} free of {total}",
            mount = place.mount,
            file = image.path,
            free = size(place.free),
            total = size(place.total)
        );
        let remedy = Remedy::type_in(
            told!("Make room: images, snapshots and logs that nobody needs are the first to look for"),
            [Command::root(["du", "-xh", "-d", "3", "--threshold=500M", &place.mount])],
        );
        Ok(if place.free == 0 {
            Some(Judged::ill(evidence, remedy).ruling_out(&[Means::Snapshot]))
        } else if place.free < LITTLE.min(place.total / 4)
            || place.free < ENOUGH && place.free < place.total / 20
        {
            Some(Judged::warning(evidence, remedy))
        } else {
            None
        })
    };
    over(in_files(exhibit)?, look, |_| told!("there is room where they lie"))
}

pub(super) fn inodes(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        let place = place(image)?;
        let is_few = place.files > 0 && place.files_free <= place.files / 100;
        if !is_few || place.read_only {
            return Ok(None);
        }
        let evidence = told!(
            "{mount}, where {file} lies, takes {free} more files of {total}",
            mount = place.mount,
            file = image.path,
            free = place.files_free,
            total = place.files
        );
        let remedy = Remedy::type_in(
            told!("Delete what makes so many small files"),
            [Command::root(["du", "-x", "--inodes", "-d", "3", "--threshold=10000", &place.mount])],
        );
        Ok(Some(if place.files_free == 0 {
            Judged::ill(evidence, remedy)
        } else {
            Judged::warning(evidence, remedy)
        }))
    };
    over(in_files(exhibit)?, look, |_| told!("their file system takes more files"))
}

pub(super) fn overcommit(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let places = exhibit.image.growth.as_ref().map_err(Told::clone)?;
    let said = places.iter().map(|place| {
        if place.growth <= place.free {
            return Ok(None);
        }
        let evidence = told!(
            "{count} images on {mount} may grow by {growth}, and {free} are free",
            count = place.images,
            mount = place.mount,
            growth = size(place.growth),
            free = size(place.free)
        );
        let remedy = Remedy::say(told!(
            "Make room or make the guests' disks smaller: a guest that finds no room is paused by QEMU"
        ));
        // An artwork that is put back again and again does not fill its disk.
        let is_close = place.free < PLENTY || place.free < place.total / 10;
        Ok(Some(if is_close { Judged::warning(evidence, remedy) } else { Judged::advice(evidence, remedy) }))
    });
    worst(said, |_| told!("there is room for all that their guests can write"))
}

pub(super) fn left(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let left = exhibit.image.left.as_ref().map_err(Told::clone)?;
    let Some(first) = left.first() else {
        return Ok(Judged::Well(told!("no image lies beside them that no VM has")));
    };
    let evidence = told!(
        "{count} images that no VM has lie beside its own, such as {file}: {size} in all",
        count = left.len(),
        file = first.path,
        size = size(left.iter().map(|left| left.allocated).sum())
    );
    let remedy = Remedy::say(told!("Keep what is a backup elsewhere, and delete what nobody needs"));
    Ok(Judged::advice(evidence, remedy))
}

pub(super) fn read_only(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        let place = place(image)?;
        let evidence =
            told!("{file} is on {mount}, which is read-only", file = image.path, mount = place.mount);
        let remedy = Remedy::type_in(
            told!("Look into the system's log: a file system becomes read-only when its disk fails"),
            [
                Command::root(["dmesg", "--level=err,warn"]),
                Command::root(["mount", "-o", "remount,rw", &place.mount]),
            ],
        );
        const ALL: &[Means] = &[Means::Start, Means::Revert, Means::RevertInPlace, Means::Snapshot];
        Ok(place.read_only.then(|| Judged::ill(evidence, remedy).ruling_out(ALL)))
    };
    over(in_files(exhibit)?, look, |_| told!("their file system can be written to"))
}

pub(super) fn network(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    const SHARES: [&str; 12] = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "ceph",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.davfs",
        "afs",
        "virtiofs",
    ];
    let look = |image: &Image| {
        let place = place(image)?;
        let evidence = told!(
            "{file} is on a network share ({kind}): the artwork stands still whenever the network does",
            file = image.path,
            kind = place.kind
        );
        Ok(SHARES.contains(&place.kind.as_str()).then(|| Judged::warning(evidence, move_it())))
    };
    over(images(exhibit)?.iter(), look, |_| told!("they lie on this computer"))
}

fn move_it() -> Remedy {
    Remedy::say(told!(
        "With the VM off, move the image to a disk of this computer, such as /var/lib/libvirt/images, name it there in \
         the VM's definition, and make the snapshot anew"
    ))
}

pub(super) fn memory(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        let place = place(image)?;
        let evidence = told!(
            "{file} is in memory alone ({kind} on {mount}), and gone once the computer is off",
            file = image.path,
            kind = place.kind,
            mount = place.mount
        );
        Ok(["tmpfs", "ramfs"].contains(&place.kind.as_str()).then(|| Judged::warning(evidence, move_it())))
    };
    over(images(exhibit)?.iter(), look, |_| told!("none is in memory alone"))
}

pub(super) fn fat(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        let place = place(image)?;
        if !["vfat", "msdos"].contains(&place.kind.as_str()) {
            return Ok(None);
        }
        let evidence = told!(
            "{file} is on a FAT file system ({mount}), where no file grows beyond 4 GiB",
            file = image.path,
            mount = place.mount
        );
        let is_full = matches!(image.stat(), Ok(Some(stat)) if stat.size >= FAT_LIMIT - LITTLE / 16);
        let judged = Judged::warning(evidence.clone(), move_it());
        Ok(Some(if is_full {
            Judged::ill(evidence, move_it()).ruling_out(&[Means::Snapshot])
        } else {
            judged
        }))
    };
    over(in_files(exhibit)?, look, |_| told!("their file system lets them grow"))
}

pub(super) fn mount(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        let place = place(image)?;
        let evidence = told!(
            "{file} is on {mount}, which nothing mounts when the computer starts",
            file = image.path,
            mount = place.mount
        );
        let remedy = Remedy::say(told!(
            "Have it mounted at the start: an entry in /etc/fstab without 'noauto', or move the image"
        ));
        Ok(place.by_hand.then(|| Judged::warning(evidence, remedy)))
    };
    let disks =
        images(exhibit)?.iter().filter(|image| image.part != Part::Firmware && image.device != "cdrom");
    over(disks, look, |_| told!("what they lie on is mounted when the computer starts"))
}

pub(super) fn folder(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        let is_in = |folder: &str| image.path.starts_with(folder);
        Ok(if ["/tmp/", "/var/tmp/", "/run/", "/dev/shm/"].into_iter().any(is_in) {
            let evidence = told!("{file} is in a folder that the system cleans up", file = image.path);
            Some(Judged::warning(evidence, move_it()))
        } else if ["/home/", "/root/"].into_iter().any(is_in) {
            let evidence = told!("{file} is in a person's home, and goes with it", file = image.path);
            Some(Judged::advice(evidence, move_it()))
        } else {
            None
        })
    };
    let disks = images(exhibit)?.iter().filter(is_named).filter(|image| image.device != "cdrom");
    over(disks, look, |_| told!("their folders are made to stay"))
}

pub(super) fn copies(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let is_btrfs = |image: &&Image| image.place.as_ref().map_or(true, |place| place.kind == "btrfs");
    let look = |image: &Image| {
        let place = place(image)?;
        let evidence =
            told!("{file} is on btrfs, which copies it piece by piece, and makes it slow", file = image.path);
        let remedy = Remedy::say(told!(
            "With the VM off, set 'chattr +C' on an empty folder, and copy the image into it"
        ));
        Ok((!place.no_cow).then(|| Judged::advice(evidence, remedy)))
    };
    over(in_files(exhibit)?.filter(is_btrfs), look, |_| told!("btrfs does not copy them piece by piece"))
}
