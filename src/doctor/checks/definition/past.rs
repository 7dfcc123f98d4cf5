//! What goes past libvirt, and the guests that need it.

use super::whose::{LATER, Whose, edit, now, worst};
use crate::doctor::{Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::vm::Definition;
use crate::words::told;

/// Whether something is handed to QEMU past libvirt by which the guest has a disk that it writes to
/// (<https://www.qemu.org/docs/master/system/invocation.html>).
pub(super) fn has_hidden_disk(vm: &Definition) -> bool {
    const DISKS: [&str; 9] = ["hda", "hdb", "hdc", "hdd", "fda", "fdb", "sd", "mtdblock", "pflash"];
    const WRITTEN: [&str; 2] = ["drive", "blockdev"];
    let name = |argument: &str| {
        let name = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-'))?;
        Some(name.split(' ').next().unwrap_or_default().to_owned())
    };
    let harmless = ["readonly=on", "read-only=on", "\"read-only\":true", "media=cdrom", "snapshot=on"];
    let values = vm.arguments.iter().map(String::as_str).skip(1).chain([""]);
    let mut pairs = vm.arguments.iter().map(String::as_str).zip(values);
    // With it nothing that is written lasts.
    let forgets = vm.arguments.iter().any(|argument| name(argument).as_deref() == Some("snapshot"));
    pairs.any(|(argument, value)| {
        let Some(option) = name(argument) else { return false };
        let written = DISKS.contains(&option.as_str())
            || WRITTEN.contains(&option.as_str())
                && !harmless.iter().any(|word| value.contains(word) || argument.contains(word));
        written && !(forgets && vm.disks.iter().any(|disk| disk.is_written()))
    })
}

pub(super) fn hidden_disk(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, now(exhibit), |whose, vm| {
        if !has_hidden_disk(vm) {
            return Ok(Judged::Beside);
        }
        if !vm.disks.iter().any(|disk| disk.is_written()) {
            let evidence = told!(
                "libvirt knows no disk of '{vm}': it is handed to QEMU past it (<qemu:commandline> {which}), so that libvirt can make no snapshot and put nothing back",
                vm = vm.name,
                which = whose.told()
            );
            let remedy = told!(
                "give the VM its disk as a <disk>: where the machine refuses IDE (PowerPC), on bus='scsi' or 'usb', if its system knows such; otherwise the artwork can only be started cold, and its image be kept as it is by -snapshot among the arguments"
            );
            return Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))).ruling_out(&[
                Means::Revert,
                Means::RevertInPlace,
                Means::Snapshot,
            ]));
        }
        let evidence = told!(
            "'{vm}' has a disk past libvirt (<qemu:commandline> {which}): no snapshot holds it, and what the guest has written to it stays after a revert, and its memory knows nothing of it",
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!(
            "make a <disk> of it, start the VM anew, and make a new snapshot; or let the guest only read it (readonly=on)"
        );
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn arguments(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        if vm.arguments.is_empty() || has_hidden_disk(vm) {
            return Ok(Judged::Beside);
        }
        let shown: Vec<_> = vm.arguments.iter().take(4).map(String::as_str).collect();
        let evidence = told!(
            "'{vm}' hands QEMU arguments past libvirt ({arguments} {which}): an upgrade of QEMU may refuse them",
            vm = vm.name,
            arguments = shown.join(" "),
            which = whose.told()
        );
        let remedy =
            told!("see whether libvirt has an element for it by now, and try the artwork after each upgrade");
        Ok(Judged::advice(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn powerpc(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, &[Whose::Next], |whose, vm| {
        if !["ppc", "ppc64"].contains(&vm.arch.as_str()) || has_hidden_disk(vm) {
            return Ok(Judged::Beside);
        }
        let old = ["mac99", "g3beige"].contains(&vm.machine.as_str());
        if old && !vm.disks.iter().any(|disk| disk.source.is_some()) {
            let evidence = told!(
                "the Macintosh '{vm}' has no disk ({which}): libvirt refuses IDE on '{machine}', and has nothing else that Mac OS 9 boots from",
                vm = vm.name,
                which = whose.told(),
                machine = vm.machine
            );
            let remedy = told!(
                "put the disk on bus='scsi' or 'usb' for a system that knows such (Linux, Mac OS X), or hand it to QEMU past libvirt (<qemu:commandline>: -drive file=…,if=ide), and start the artwork cold each time"
            );
            return Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))));
        }
        Ok(Judged::Well(told!(
            "the PowerPC '{vm}' has its disks where libvirt can make snapshots of them",
            vm = vm.name
        )))
    })
}
