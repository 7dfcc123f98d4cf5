//! Whether the images are there, and whether QEMU gets at them.

use super::super::libvirt::virsh;
use super::{images, is_named, is_written, over, worst};
use crate::config::LibvirtSettings;
use crate::core::types::Told;
use crate::doctor::facts::disk_image::{Barrier, Image, Kind, Part, There};
use crate::doctor::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::words::told;

const NEVER_STARTS: &[Means] = &[Means::Start, Means::Revert];

pub(super) fn exists(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        let evidence = match image.there.as_ref().map_err(Told::clone)? {
            There::Something(_) => return Ok(None),
            There::Nothing => told!("{file} is not there", file = image.path),
            There::DeadLink(to) => {
                told!("{file} is a link to {to}, which is not there", file = image.path, to = to)
            }
        };
        // Its mount point may be known.
        if let Ok(Some(at)) = &image.unmounted {
            let remedy = Remedy::type_in(
                told!("Mount {at}: the file belongs there, and nothing is mounted", at = at),
                [Command::root(["mount", at])],
            );
            return Ok(Some(Judged::ill(evidence, remedy).ruling_out(NEVER_STARTS)));
        }
        if image.part == Part::Firmware {
            let remedy = Remedy::type_in(
                told!(
                    "Install the firmware that the VM's definition names again, or take it out of the definition"
                ),
                [Command::root(["apt-get", "install", "--reinstall", "ovmf", "seabios"])],
            );
            return Ok(Some(Judged::ill(evidence, remedy).ruling_out(NEVER_STARTS)));
        }
        if image.optional {
            return Ok(None);
        }
        let vm = &exhibit.settings.vm;
        let remedy = if image.device == "cdrom" || image.device == "floppy" {
            let Part::Disk(target) = &image.part else { return Ok(None) };
            Remedy::type_in(
                told!("Take the medium out of the VM's drive, or put the file back"),
                [Command::root(["virsh", "change-media", vm, target, "--eject", "--config"])],
            )
        } else {
            Remedy::type_in(
                told!("Put the image back from a copy, or name the right one in the VM's definition"),
                [Command::root(["virsh", "edit", vm])],
            )
        };
        Ok(Some(Judged::ill(evidence, remedy).ruling_out(NEVER_STARTS)))
    };
    let named = images(exhibit)?.iter().filter(is_named).filter(|image| image.part != Part::Nvram);
    over(named, look, |count| told!("all files are there: {count}", count = count))
}

pub(super) fn kind(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        let Some(stat) = image.stat()? else { return Ok(None) };
        let evidence = match stat.kind {
            Kind::File | Kind::Block => return Ok(None),
            Kind::Folder => told!("{file} is a folder, no image", file = image.path),
            Kind::Other => told!("{file} is neither a file nor a disk", file = image.path),
        };
        let remedy = Remedy::type_in(
            told!("Name the image itself in the VM's definition"),
            [Command::root(["virsh", "edit", &exhibit.settings.vm])],
        );
        Ok(Some(Judged::ill(evidence, remedy).ruling_out(NEVER_STARTS)))
    };
    over(images(exhibit)?.iter(), look, |count| told!("all are files or disks: {count}", count = count))
}

pub(super) fn path(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let user = exhibit.image.user.as_ref().map_err(Told::clone)?;
    let look = |image: &Image| {
        let Some(barrier) = image.barrier.as_ref().map_err(Told::clone)? else { return Ok(None) };
        let evidence = told!(
            "QEMU's user {user} does not get through {folder} (mode {mode}) to {file}",
            user = user.name,
            folder = barrier.folder,
            mode = format!("{:04o}", barrier.mode),
            file = image.path
        );
        Ok(Some(Judged::ill(evidence, let_through(barrier, &user.name)).ruling_out(NEVER_STARTS)))
    };
    over(images(exhibit)?.iter(), look, |count| {
        told!("QEMU's user {user} gets to all of them: {count}", user = user.name, count = count)
    })
}

fn let_through(barrier: &Barrier, user: &str) -> Remedy {
    let folder = &barrier.folder;
    if !barrier.is_private {
        let words =
            told!("Move the image to /var/lib/libvirt/images, and name it there in the VM's definition");
        return Remedy::say(words);
    }
    let words =
        told!("Let {user} pass through {folder}, without seeing what is in it", user = user, folder = folder);
    let entry = format!("u:{user}:x");
    let set = Command::root(["setfacl", "-m", &entry, folder]);
    // A list that is there already would not be the same again.
    if !barrier.can_be_set {
        Remedy::type_in(words, [Command::root(["apt-get", "install", "acl"]), set])
    } else if barrier.has_acl {
        Remedy::type_in(words, [set])
    } else {
        Remedy::fix(words, [set], [Command::root(["setfacl", "-b", folder])])
    }
}

pub(super) fn rights(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let user = exhibit.image.user.as_ref().map_err(Told::clone)?;
    let look = |image: &Image| {
        let Some(stat) = image.stat()? else { return Ok(None) };
        let (reads, writes) = image.access.as_ref().map_err(Told::clone).copied()?;
        if reads && (writes || !image.written) {
            return Ok(None);
        }
        // libvirt gives its user what it starts a VM with.
        if *user.is_given.as_ref().map_err(Told::clone)? {
            return Ok(None);
        }
        let evidence = told!(
            "QEMU's user {user} may not use {file} (owner {owner}, mode {mode})",
            user = user.name,
            file = image.path,
            owner = stat.uid,
            mode = format!("{:04o}", stat.mode)
        );
        let remedy = Remedy::type_in(
            told!("Give the image to QEMU's user: libvirt does not do it here (dynamic_ownership)"),
            [
                Command::root(["chown", &user.name, &image.path]),
                Command::root(["chmod", "u+rw", &image.path]),
            ],
        );
        Ok(Some(Judged::ill(evidence, remedy).ruling_out(NEVER_STARTS)))
    };
    over(images(exhibit)?.iter(), look, |count| {
        told!(
            "QEMU's user {user} may use all of them, or is given them: {count}",
            user = user.name,
            count = count
        )
    })
}

pub(super) fn pool(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let usual = LibvirtSettings::default().uri;
    let uri = site.settings.as_ref().map_or(&usual, |settings| &settings.libvirt.uri);
    let pools = exhibit.image.pools.as_ref().map_err(Told::clone)?;
    let said = pools.iter().map(|used| {
        let pool = &used.pool;
        Ok(match used.state {
            None => Some(
                Judged::ill(
                    told!(
                        "libvirt has no storage pool '{pool}', which {volume} is in",
                        pool = pool,
                        volume = used.volume
                    ),
                    Remedy::type_in(
                        told!("Define the pool again, or name the image by its file"),
                        [Command::root(["virsh", "edit", &exhibit.settings.vm])],
                    ),
                )
                .ruling_out(NEVER_STARTS),
            ),
            Some((false, by_itself)) => {
                let mut start = vec![virsh(uri, &["pool-start", pool])];
                let mut stop = vec![virsh(uri, &["pool-destroy", pool])];
                let words = if by_itself {
                    told!("Start the storage pool")
                } else {
                    start.push(virsh(uri, &["pool-autostart", pool]));
                    stop.push(virsh(uri, &["pool-autostart", pool, "--disable"]));
                    told!("Start the storage pool, and have libvirt start it by itself")
                };
                let evidence = told!(
                    "the storage pool '{pool}' is off, and {volume} is in it",
                    pool = pool,
                    volume = used.volume
                );
                Some(Judged::ill(evidence, Remedy::fix(words, start, stop)).ruling_out(NEVER_STARTS))
            }
            Some((true, false)) => Some(Judged::warning(
                told!("the storage pool '{pool}' is off after the next start of the computer", pool = pool),
                Remedy::fix(
                    told!("Have libvirt start the storage pool by itself"),
                    [virsh(uri, &["pool-autostart", pool])],
                    [virsh(uri, &["pool-autostart", pool, "--disable"])],
                ),
            )),
            Some((true, true)) => None,
        })
    });
    worst(said, |count| told!("all its storage pools are on: {count}", count = count))
}

pub(super) fn locked(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let runs = *exhibit.image.runs.as_ref().map_err(Told::clone)?;
    if runs {
        return Ok(Judged::Well(told!("its own QEMU holds them")));
    }
    let look = |image: &Image| {
        if image.stat()?.is_none() {
            return Ok(None);
        }
        let Some(by) = image.held.as_ref().map_err(Told::clone)? else { return Ok(None) };
        let evidence = match by.as_str() {
            "" => told!("another program holds {file}, so no QEMU can write to it", file = image.path),
            by => {
                told!("{program} holds {file}, so no QEMU can write to it", program = by, file = image.path)
            }
        };
        let remedy = Remedy::type_in(
            told!("Wait until that program is done, or end it: another VM, a copy that is being made"),
            [Command::root(["fuser", "-v", &image.path])],
        );
        Ok(Some(Judged::ill(evidence, remedy).ruling_out(NEVER_STARTS)))
    };
    // A VM that has it too is named by `shared`.
    let shared = exhibit.image.shared.as_deref().unwrap_or_default();
    let is_shared = |image: &Image| shared.iter().any(|shared| shared.runs && shared.path == image.path);
    let written = images(exhibit)?.iter().filter(is_written).filter(|image| !is_shared(image));
    over(written, look, |_| told!("no other program holds them"))
}

pub(super) fn shared(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let runs = *exhibit.image.runs.as_ref().map_err(Told::clone)?;
    let shared = exhibit.image.shared.as_ref().map_err(Told::clone)?;
    let own = images(exhibit)?;
    if own.is_empty() {
        return Ok(Judged::Beside);
    }
    let said = shared.iter().map(|shared| {
        let remedy = Remedy::type_in(
            told!("Give each VM an image of its own: what one writes damages the other's"),
            [Command::root(["virsh", "edit", &shared.vm])],
        );
        Ok(Some(if shared.runs && !runs {
            let evidence =
                told!("{file} is in use by the VM '{vm}', which runs", file = shared.path, vm = shared.vm);
            Judged::ill(evidence, remedy).ruling_out(NEVER_STARTS)
        } else {
            let evidence = told!("the VM '{vm}' has {file} as well", file = shared.path, vm = shared.vm);
            Judged::warning(evidence, remedy)
        }))
    });
    match worst(said, |_| told!("no other VM has them"))? {
        Judged::Beside => Ok(Judged::Well(told!("no other VM has them"))),
        said => Ok(said),
    }
}

pub(super) fn nvram(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let look = |image: &Image| {
        if image.stat()?.is_some() {
            return Ok(None);
        }
        let evidence =
            told!("what the VM's firmware remembers is gone: {file} is not there", file = image.path);
        let remedy = Remedy::say(told!(
            "Put the file back from a copy. Without it libvirt makes a new one: the firmware then starts what it finds \
             first, and the snapshot's part of it is lost"
        ));
        Ok(Some(Judged::warning(evidence, remedy)))
    };
    let nvram = images(exhibit)?.iter().filter(|image| image.part == Part::Nvram);
    over(nvram, look, |_| told!("what its firmware remembers is there"))
}
