//! Disks and drives, as far as the definition says: what lies in the images is another area's.

use super::past::has_hidden_disk;
use super::whose::{EACH, LATER, Whose, edit, missing, now, virsh, worst};
use crate::core::types::Told;
use crate::doctor::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::vm::Source;
use crate::words::told;

const NO_SNAPSHOT: &[Means] = &[Means::RevertInPlace, Means::Snapshot];

pub(super) fn format(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, now(exhibit), |whose, vm| {
        let mut written = vm
            .disks
            .iter()
            .filter(|disk| disk.source.is_some() && !disk.readonly && disk.device != "cdrom")
            .peekable();
        if !vm.disks.iter().any(|disk| disk.is_written()) && !has_hidden_disk(vm) {
            let evidence = told!(
                "'{vm}' has no disk that its guest writes to ({which}): a snapshot has its memory on such, and none can be made",
                vm = vm.name,
                which = whose.told()
            );
            let remedy = told!(
                "add a small qcow2 disk, which the guest need not use, start the VM anew, and make a new snapshot"
            );
            let make = Command::root([
                "qemu-img",
                "create",
                "-f",
                "qcow2",
                "/var/lib/libvirt/images/state.qcow2",
                "1G",
            ]);
            let [edit] = edit(site, exhibit);
            return Ok(Judged::ill(evidence, Remedy::type_in(remedy, [make, edit])).ruling_out(NO_SNAPSHOT));
        }
        if written.peek().is_none() {
            return Ok(Judged::Beside);
        }
        let Some(disk) = written.find(|disk| disk.format != "qcow2") else {
            return Ok(Judged::Well(told!("each disk of '{vm}' is of the format qcow2", vm = vm.name)));
        };
        let evidence = told!(
            "the {device} {target} of '{vm}' is of the format '{format}' ({which}), which cannot hold a snapshot: none can be made of the whole VM",
            device = disk.device,
            target = disk.target,
            vm = vm.name,
            format = disk.format,
            which = whose.told()
        );
        let remedy = if disk.device == "floppy" {
            Remedy::type_in(
                told!("take the floppy out, or add <readonly/> to it, and make a new snapshot"),
                [
                    virsh(site, ["change-media", "--eject", "--path", &disk.target], &vm.name),
                    virsh(site, ["edit"], &vm.name),
                ],
            )
        } else {
            let file = disk.file().unwrap_or("DISK");
            let new = format!("{}.qcow2", file.rsplit_once('.').map_or(file, |(stem, _)| stem));
            let convert =
                Command::root(["qemu-img", "convert", "-f", &disk.format, "-O", "qcow2", file, &new]);
            Remedy::type_in(
                told!(
                    "with the VM off, convert it to qcow2 and name the new file with type='qcow2' in the definition; or add <readonly/> where the guest need not write"
                ),
                [convert, virsh(site, ["edit"], &vm.name)],
            )
        };
        Ok(Judged::ill(evidence, remedy).ruling_out(NO_SNAPSHOT))
    })
}

pub(super) fn left_out(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, now(exhibit), |whose, vm| {
        let mut written = vm.disks.iter().filter(|disk| disk.is_written()).peekable();
        if written.peek().is_none() {
            return Ok(Judged::Beside);
        }
        let Some(disk) =
            written.find(|disk| disk.transient || ["no", "manual"].contains(&disk.snapshot.as_str()))
        else {
            return Ok(Judged::Well(told!("no disk of '{vm}' is left out of its snapshots", vm = vm.name)));
        };
        let evidence = if disk.transient {
            told!(
                "the disk {target} of '{vm}' is <transient/> ({which}): libvirt makes no snapshot of such a VM while it runs",
                target = disk.target,
                vm = vm.name,
                which = whose.told()
            )
        } else {
            told!(
                "the disk {target} of '{vm}' is left out of snapshots (snapshot='{word}' {which}): libvirt makes none of the whole VM then",
                target = disk.target,
                vm = vm.name,
                word = disk.snapshot,
                which = whose.told()
            )
        };
        let remedy =
            told!("take that out of the disk; what visitors change is put back by the snapshot anyway");
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))).ruling_out(NO_SNAPSHOT))
    })
}

pub(super) fn doubled(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let files: Vec<_> = vm
            .disks
            .iter()
            .filter(|disk| disk.is_written() && !disk.shareable)
            .filter_map(|disk| disk.file())
            .collect();
        if files.is_empty() {
            return Ok(Judged::Beside);
        }
        let others = exhibit.definition.others.as_ref().map_err(Told::clone)?;
        let shares = |other: &&crate::doctor::facts::definition::Other| {
            other.images.iter().any(|image| files.contains(&image.as_str()))
        };
        let Some(other) = others.iter().filter(shares).max_by_key(|other| other.runs) else {
            return Ok(Judged::Well(told!("no other VM writes to the disks of '{vm}'", vm = vm.name)));
        };
        let file = files
            .iter()
            .find(|file| other.images.iter().any(|image| image == *file))
            .copied()
            .unwrap_or_default();
        let evidence = told!(
            "'{vm}' and '{other}' write to the same image {file} ({which}): only one of them starts, and a snapshot of the one spoils the other's",
            vm = vm.name,
            other = other.name,
            file = file,
            which = whose.told()
        );
        let remedy = told!(
            "give one of them a copy of its own, or delete the definition of the one that nobody needs"
        );
        let remedy = Remedy::type_in(remedy, edit(site, exhibit));
        Ok(if other.runs && matches!(exhibit.definition.running, Ok(None)) {
            Judged::ill(evidence, remedy).ruling_out(whose.refused())
        } else {
            Judged::warning(evidence, remedy)
        })
    })
}

pub(super) fn elsewhere(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let network =
            |disk: &&crate::vm::Disk| matches!(&disk.source, Some(Source::Other(kind)) if kind == "network");
        let Some(disk) = vm.disks.iter().find(network) else { return Ok(Judged::Beside) };
        let evidence = told!(
            "the {device} {target} of '{vm}' lies on another computer ({which}): the artwork stands whenever that or the network does",
            device = disk.device,
            target = disk.target,
            vm = vm.name,
            which = whose.told()
        );
        let remedy = Remedy::say(told!(
            "copy it to this computer's own disk, start the VM anew, and make a new snapshot"
        ));
        Ok(Judged::warning(evidence, remedy))
    })
}

pub(super) fn media(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let media: Vec<_> = vm.media(whose == Whose::Snapshot).collect();
        if media.is_empty() {
            return Ok(Judged::Beside);
        }
        let Some(file) = missing(exhibit, media.iter().map(|(_, file)| *file))? else {
            return Ok(Judged::Well(told!("what is in the drives of '{vm}' is there", vm = vm.name)));
        };
        let drive = media.iter().find(|(_, it)| *it == file).map_or("", |(drive, _)| drive);
        let evidence = told!(
            "{file}, which is in the drive {drive} of '{vm}', is not there ({which}): libvirt refuses",
            file = file,
            drive = drive,
            vm = vm.name,
            which = whose.told()
        );
        let remedy = match whose {
            Whose::Snapshot => Remedy::type_in(
                told!(
                    "put the file back (an empty file of that name will do where the artwork does not read it), revert, take the medium out, and make a new snapshot"
                ),
                [Command::root(["touch", file])],
            ),
            Whose::Next | Whose::Running => Remedy::type_in(
                told!("take the medium out of the drive, or put the file back"),
                [virsh(site, ["change-media", "--eject", "--config", "--path", drive], &vm.name)],
            ),
        };
        Ok(Judged::ill(evidence, remedy).ruling_out(whose.refused()))
    })
}

pub(super) fn boot(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, &[Whose::Next], |_, vm| {
        let first_disk =
            vm.disks.iter().filter(|disk| disk.boot_order.is_some()).min_by_key(|disk| disk.boot_order);
        let first_card = vm.interfaces.iter().filter_map(|card| card.boot_order).min();
        let by_device = first_disk.is_some() || first_card.is_some();
        let network = if by_device {
            first_card.is_some_and(|card| {
                first_disk.and_then(|disk| disk.boot_order).is_none_or(|disk| card < disk)
            })
        } else {
            vm.firmware.boot.first().is_some_and(|first| first == "network")
        };
        let filled =
            |device: &str| vm.disks.iter().find(|disk| disk.device == device && disk.source.is_some());
        let drive = match first_disk.filter(|_| by_device) {
            Some(disk) => Some(disk).filter(|disk| disk.is_drive() && disk.source.is_some()),
            None => match vm.firmware.boot.first().map(String::as_str) {
                Some("cdrom") => filled("cdrom"),
                Some("fd") => filled("floppy"),
                _ => None,
            },
        };
        let (evidence, remedy) = if network {
            (
                told!(
                    "'{vm}' looks for a system on the network first: each cold start waits for that, or boots something else",
                    vm = vm.name
                ),
                told!("let it boot from its disk first (<boot dev='hd'/>)"),
            )
        } else if let Some(drive) = drive {
            (
                told!(
                    "'{vm}' boots from the medium in {drive} first: a cold start begins the installation instead of the artwork",
                    vm = vm.name,
                    drive = drive.target
                ),
                told!("take the medium out, or let it boot from its disk first (<boot dev='hd'/>)"),
            )
        } else {
            return Ok(Judged::Well(told!("'{vm}' boots from its disk", vm = vm.name)));
        };
        Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn errors(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, EACH, |whose, vm| {
        let Some(disk) = vm.disks.iter().find(|disk| disk.is_written() && disk.error_policy == "ignore")
        else {
            return Ok(Judged::Beside);
        };
        let evidence = told!(
            "failed writes to the disk {target} of '{vm}' are passed over (error_policy='ignore' {which}): the guest goes on with a disk that is not what it wrote",
            target = disk.target,
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!("take error_policy out of the disk, start the VM anew, and make a new snapshot");
        Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}
