//! What of this computer is in the VM.

use super::whose::{EACH, LATER, Whose, edit, missing, now, worst};
use crate::core::types::Told;
use crate::doctor::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::vm::{Definition, HostDevice};
use crate::words::told;

const NO_SNAPSHOT: &[Means] = &[Means::RevertInPlace, Means::Snapshot];

pub(super) fn devices(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let files = vm.device_files();
        if files.is_empty() {
            return Ok(Judged::Beside);
        }
        let Some(file) = missing(exhibit, files)? else {
            return Ok(Judged::Well(told!("what '{vm}' takes of this computer is there", vm = vm.name)));
        };
        let evidence = told!(
            "this computer has no {file}, which '{vm}' is to have ({which}): the VM does not start",
            file = file,
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!(
            "plug in or load what it belongs to, or take it out of the definition, start the VM anew, and make a new snapshot"
        );
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))).ruling_out(whose.refused()))
    })
}

pub(super) fn folders(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let folders = vm.folders();
        if folders.is_empty() {
            return Ok(Judged::Beside);
        }
        let Some(folder) = missing(exhibit, folders.iter().map(String::as_str))? else {
            return Ok(Judged::Well(told!(
                "the folders that '{vm}' writes to or shares are there",
                vm = vm.name
            )));
        };
        let evidence = told!(
            "the folder {folder}, which '{vm}' writes to or shares, is not there ({which}): the VM does not start",
            folder = folder,
            vm = vm.name,
            which = whose.told()
        );
        let remedy = Remedy::type_in(
            told!("make it, or mount what it is on"),
            [Command::root(["mkdir", "-p", folder])],
        );
        Ok(Judged::ill(evidence, remedy).ruling_out(whose.refused()))
    })
}

pub(super) fn peers(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let Some(port) = vm.ports.iter().find(|port| port.connects()) else { return Ok(Judged::Beside) };
        let peer = if port.path.is_empty() { &port.address } else { &port.path };
        let evidence = told!(
            "a {role} port of '{vm}' connects to {peer} at each start ({which}): where nobody listens there, the VM does not start",
            role = port.role,
            vm = vm.name,
            peer = peer,
            which = whose.told()
        );
        let remedy = told!(
            "let the VM wait for the other side instead (<source mode='bind'>), or see that the other side is always there first"
        );
        Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn shares(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, EACH, |whose, vm| {
        let Some(share) = vm.filesystems.first() else { return Ok(Judged::Beside) };
        if share.virtiofs
            && whose != Whose::Running
            && !*exhibit.definition.virtiofsd.as_ref().map_err(Told::clone)?
        {
            let evidence = told!(
                "'{vm}' shares {folder} by virtiofs ({which}), and virtiofsd is not installed: the VM does not start",
                vm = vm.name,
                folder = share.source,
                which = whose.told()
            );
            let remedy =
                Remedy::type_in(told!("install virtiofsd"), [Command::root(["apt", "install", "virtiofsd"])]);
            return Ok(Judged::ill(evidence, remedy).ruling_out(whose.refused()));
        }
        let evidence = told!(
            "'{vm}' shares the folder {folder} with this computer ({which}): mounted, it keeps snapshots from being made, and it is dead after a revert",
            vm = vm.name,
            folder = share.source,
            which = whose.told()
        );
        let remedy = told!(
            "copy what the artwork needs into the guest, or have the guest mount it after each revert and never within a snapshot; a network share (SMB, NFS) survives better"
        );
        Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

/// Whether a device that is handed over is plugged in.
fn is_plugged_in(exhibit: &Exhibit, device: &HostDevice) -> Fact<bool> {
    let found = &exhibit.definition;
    let name = device.name.to_ascii_lowercase();
    Ok(match device.kind.as_str() {
        "usb" => found.usb_devices.as_ref().map_err(Told::clone)?.contains(&name),
        "pci" => found.pci_devices.as_ref().map_err(Told::clone)?.contains(&name),
        _ => true,
    })
}

pub(super) fn handed_over(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        for device in vm.host_devices.iter().filter(|device| !device.optional) {
            if !is_plugged_in(exhibit, device)? {
                let evidence = told!(
                    "the {kind} device {name}, which is handed to '{vm}', is not plugged in ({which}): the VM does not start",
                    kind = device.kind.to_uppercase(),
                    name = device.name,
                    vm = vm.name,
                    which = whose.told()
                );
                let remedy = told!(
                    "plug it in, or add startupPolicy='optional' to its <source> so that the VM does without it"
                );
                return Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit)))
                    .ruling_out(whose.refused()));
            }
        }
        let Some(device) = vm.host_devices.first() else { return Ok(Judged::Beside) };
        Ok(Judged::Well(told!(
            "what is handed to '{vm}' is plugged in ({name})",
            vm = vm.name,
            name = device.name
        )))
    })
}

/// What keeps QEMU from saving a VM's state, as its own code and libvirt's `qemuMigrationSrcIsAllowed` have it.
fn unsaved(vm: &Definition) -> Option<Told> {
    let device = vm.host_devices.iter().find(|device| device.kind != "usb");
    if let Some(device) = device {
        return Some(told!(
            "its {kind} device {name} is this computer's own",
            kind = device.kind.to_uppercase(),
            name = device.name
        ));
    }
    if let Some(name) = vm.shared_memories.first() {
        return Some(told!("its memory '{name}' is shared with other programs (<shmem>)", name = name));
    }
    if !vm.launch_security.is_empty() {
        return Some(told!(
            "its memory is encrypted (<launchSecurity type='{kind}'>)",
            kind = vm.launch_security
        ));
    }
    if vm.crypto {
        return Some(told!("it has a <crypto> device"));
    }
    if vm.tpms.iter().any(|tpm| tpm.backend == "passthrough") {
        return Some(told!("its TPM is this computer's own"));
    }
    if vm.smartcards.iter().any(|mode| mode.starts_with("host")) {
        return Some(told!("its smart card reader is this computer's own"));
    }
    vm.interfaces
        .iter()
        .find(|card| card.kind == "hostdev" || card.kind == "vdpa")
        .map(|card| told!("its network card {mac} is this computer's own", mac = card.mac))
}

pub(super) fn savable(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, now(exhibit), |whose, vm| {
        let Some(why) = unsaved(vm) else {
            return Ok(Judged::Well(told!("'{vm}' has no device whose state cannot be saved", vm = vm.name)));
        };
        let evidence = told!(
            "no snapshot can be made of '{vm}' while it runs: {why} ({which})",
            vm = vm.name,
            why = why,
            which = whose.told()
        );
        let remedy = told!(
            "take it out of the definition and start the VM anew; an artwork that cannot do without it can only be started cold each time"
        );
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))).ruling_out(NO_SNAPSHOT))
    })
}

pub(super) fn usb(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, now(exhibit), |whose, vm| {
        let Some(device) = vm.host_devices.iter().find(|device| device.kind == "usb") else {
            return Ok(Judged::Beside);
        };
        let evidence = told!(
            "the USB device {name} is handed to '{vm}' ({which}): after a revert it has not the state that the guest remembers, and may be silent until it is plugged in anew",
            name = device.name,
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!("try it: revert the exhibit, and use the device");
        let command = Command::new(["vitrine", "revert", &exhibit.settings.name]);
        let _ = site;
        Ok(Judged::advice(evidence, Remedy::type_in(remedy, [command])))
    })
}

pub(super) fn label(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let named = || vm.labels.iter().filter(|label| !label.model.is_empty() && label.kind != "none");
        if named().next().is_none() {
            return Ok(Judged::Beside);
        }
        let modules = &exhibit.definition.capabilities.as_ref().map_err(Told::clone)?.security;
        let Some(label) = named().find(|label| !modules.contains(&label.model)) else {
            return Ok(Judged::Well(told!("the security modules that '{vm}' names are there", vm = vm.name)));
        };
        let evidence = told!(
            "'{vm}' names the security module '{module}' ({which}), which libvirt does not use on this computer: the VM does not start",
            vm = vm.name,
            module = label.model,
            which = whose.told()
        );
        let remedy = told!("take that <seclabel> out of the definition: libvirt chooses its own");
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))).ruling_out(whose.refused()))
    })
}

pub(super) fn placement(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let placement = &vm.placement;
        if placement.pins.is_empty() && placement.nodes.is_empty() {
            return Ok(Judged::Beside);
        }
        let host = exhibit.definition.capabilities.as_ref().map_err(Told::clone)?;
        if host.cpus.is_empty() {
            return Ok(Judged::Beside);
        }
        let beyond = |pins: &&Vec<u32>| !pins.is_empty() && pins.iter().all(|cpu| !host.cpus.contains(cpu));
        let (kind, number) = match placement.pins.iter().find(beyond).and_then(|pins| pins.first()) {
            Some(cpu) => (told!("processor"), *cpu),
            None => match placement.nodes.iter().find(|node| !host.nodes.contains(node)) {
                Some(node) => (told!("memory node"), *node),
                None => {
                    return Ok(Judged::Well(told!(
                        "'{vm}' is bound to processors that this computer has",
                        vm = vm.name
                    )));
                }
            },
        };
        let evidence = told!(
            "'{vm}' is bound to {kind} {number} ({which}), and this computer has {count} processors and no such: the VM does not start",
            vm = vm.name,
            kind = kind,
            number = number,
            which = whose.told(),
            count = host.cpus.len()
        );
        let remedy = told!(
            "take <cputune> and <numatune> out of the definition, or name what there is (counted from 0)"
        );
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))).ruling_out(whose.refused()))
    })
}

pub(super) fn hugepages(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        if !vm.backing.hugepages {
            return Ok(Judged::Beside);
        }
        let free = *exhibit.definition.free_hugepages.as_ref().map_err(Told::clone)?;
        let running = exhibit.definition.running.as_ref().map_err(Told::clone)?;
        // What it has now it gives back before it starts again.
        let own = running.as_ref().filter(|vm| vm.backing.hugepages).map_or(0, |vm| vm.memory);
        if free.saturating_add(own) >= vm.memory {
            return Ok(Judged::Well(told!("there are large pages enough for '{vm}'", vm = vm.name)));
        }
        let evidence = told!(
            "'{vm}' takes {memory} MiB in large pages ({which}), and {free} MiB of such are free: the VM does not start",
            vm = vm.name,
            memory = vm.memory >> 20,
            which = whose.told(),
            free = free >> 20
        );
        let remedy = told!(
            "take <hugepages/> out of <memoryBacking>, or set more large pages apart (vm.nr_hugepages in /etc/sysctl.d)"
        );
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))).ruling_out(whose.refused()))
    })
}

pub(super) fn limit(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, EACH, |whose, vm| {
        let Some(limit) = vm.backing.limit else { return Ok(Judged::Beside) };
        // QEMU itself takes a part on top of the guest's memory, and a display's share of it.
        if limit >= vm.memory.saturating_add(vm.memory / 10) {
            return Ok(Judged::Well(told!(
                "the limit on the memory of '{vm}' leaves QEMU its part",
                vm = vm.name
            )));
        }
        let evidence = told!(
            "'{vm}' is killed once QEMU uses {limit} MiB (<hard_limit> {which}), and the guest alone has {memory} MiB",
            vm = vm.name,
            limit = limit >> 20,
            which = whose.told(),
            memory = vm.memory >> 20
        );
        let remedy = told!("take <hard_limit> out of <memtune>, start the VM anew, and make a new snapshot");
        Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn balloon(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, &[Whose::Next, Whose::Snapshot], |whose, vm| {
        if vm.current_memory >= vm.memory {
            return Ok(Judged::Well(told!("'{vm}' has all of its memory from the start", vm = vm.name)));
        }
        let evidence = told!(
            "'{vm}' is given {memory} MiB and has {missing} MiB of them taken away again (<currentMemory> {which}): the artwork has less",
            vm = vm.name,
            memory = vm.memory >> 20,
            missing = (vm.memory - vm.current_memory) >> 20,
            which = whose.told()
        );
        let remedy =
            told!("set <currentMemory> to what <memory> says, start the VM anew, and make a new snapshot");
        Ok(Judged::advice(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}
