//! Whether the VM is there, stays there, and goes on by itself.

use super::super::libvirt;
use super::whose::{EACH, LATER, edit, virsh, worst};
use crate::core::types::{RebootSettings, Told};
use crate::doctor::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::words::told;

pub(super) fn exists(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let vm = &exhibit.settings.vm;
    if *exhibit.definition.exists.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Well(told!("the VM '{vm}' is defined", vm = vm)));
    }
    let list = virsh(site, ["list"], "--all");
    let remedy =
        told!("see what libvirt's VMs are called, and name this one in the configuration, or define it");
    let evidence = libvirt::vms::missing(site, vm)
        .unwrap_or_else(|| told!("libvirt has no VM '{vm}', which the exhibit is to show", vm = vm));
    Ok(Judged::ill(evidence, Remedy::type_in(remedy, [list])).ruling_out(&[
        Means::Start,
        Means::Revert,
        Means::RevertInPlace,
        Means::Snapshot,
    ]))
}

pub(super) fn persistent(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let vm = &exhibit.settings.vm;
    let persistent = exhibit.definition.persistent.as_ref().map_err(Told::clone)?;
    let running = exhibit.definition.running.as_ref().map_err(Told::clone)?;
    match (persistent, running) {
        (Some(_), _) => Ok(Judged::Well(told!("libvirt keeps the definition of '{vm}'", vm = vm))),
        (None, None) => Ok(Judged::Beside),
        (None, Some(_)) => {
            let file = format!("/tmp/{vm}.xml");
            let keep = format!("{} > '{file}'", virsh(site, ["dumpxml", "--migratable"], vm));
            let commands = [Command::new(["sh", "-c", &keep]), virsh(site, ["define"], &file)];
            let evidence = told!(
                "'{vm}' is transient: with its next stop it is gone, and its snapshots with it",
                vm = vm
            );
            let remedy = told!("have libvirt keep its definition, while it still runs");
            Ok(Judged::ill(evidence, Remedy::type_in(remedy, commands)).ruling_out(&[Means::Start]))
        }
    }
}

pub(super) fn saved(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let vm = &exhibit.settings.vm;
    if !*exhibit.definition.exists.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Beside);
    }
    if !*exhibit.definition.saved.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Well(told!("no saved state waits for the next start of '{vm}'", vm = vm)));
    }
    let evidence = told!(
        "a saved state of '{vm}' waits: its next start resumes that old memory, over a disk that has changed since",
        vm = vm
    );
    let remedy = told!(
        "throw the saved state away; nobody has put it there for the artwork (libvirt-guests makes such at a shutdown, where it is set to)"
    );
    Ok(Judged::warning(evidence, Remedy::type_in(remedy, [virsh(site, ["managedsave-remove"], vm)])))
}

pub(super) fn reboot(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, EACH, |whose, vm| {
        let action = vm.lifecycle.reboot.as_str();
        if action.is_empty() || action == "restart" {
            return Ok(Judged::Well(told!("'{vm}' starts again when its guest reboots", vm = vm.name)));
        }
        let evidence = told!(
            "'{vm}' stays off when its guest reboots (on_reboot is '{action}' {which})",
            vm = vm.name,
            action = action,
            which = whose.told()
        );
        let remedy = told!("set <on_reboot>restart</on_reboot>, start the VM anew, and make a new snapshot");
        let remedy = Remedy::type_in(remedy, edit(site, exhibit));
        Ok(match exhibit.settings.reboot {
            // Then a reboot is part of the work.
            RebootSettings::Ignore => Judged::ill(evidence, remedy),
            RebootSettings::Revert => Judged::advice(evidence, remedy),
        })
    })
}

pub(super) fn poweroff(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, EACH, |whose, vm| {
        let action = vm.lifecycle.poweroff.as_str();
        if action.is_empty() || action == "destroy" {
            return Ok(Judged::Well(told!("'{vm}' is off once its guest has shut down", vm = vm.name)));
        }
        let evidence = told!(
            "'{vm}' boots anew when its guest shuts down (on_poweroff is '{action}' {which}): visitors see the boot, and the VM cannot be shut down in the evening",
            vm = vm.name,
            action = action,
            which = whose.told()
        );
        let remedy =
            told!("set <on_poweroff>destroy</on_poweroff>, start the VM anew, and make a new snapshot");
        Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn crash(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, EACH, |whose, vm| {
        let action = vm.lifecycle.crash.as_str();
        if !action.starts_with("coredump") {
            return Ok(Judged::Well(told!("a crash of '{vm}' fills no disk", vm = vm.name)));
        }
        let evidence = told!(
            "each crash of '{vm}' writes all of its memory to this computer's disk (on_crash is '{action}' {which})",
            vm = vm.name,
            action = action,
            which = whose.told()
        );
        let remedy = told!("set <on_crash>destroy</on_crash>, start the VM anew, and make a new snapshot");
        Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn sleep(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, EACH, |whose, vm| {
        let life = &vm.lifecycle;
        if life.suspend_to_mem != Some(true) && life.suspend_to_disk != Some(true) {
            return Ok(Judged::Well(told!("'{vm}' is not told that it may sleep", vm = vm.name)));
        }
        let evidence = told!(
            "the guest of '{vm}' may go to sleep, and then the screen is dark (<pm> {which})",
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!(
            "set suspend-to-mem and suspend-to-disk to enabled='no' within <pm>, start the VM anew, and make a new snapshot"
        );
        Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn watchdog(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let stops = |action: &str| ["pause", "shutdown", "poweroff", "dump"].contains(&action);
        let Some(found) = vm.watchdogs.iter().find(|watchdog| stops(&watchdog.action)) else {
            return Ok(Judged::Beside);
        };
        let evidence = told!(
            "the watchdog '{model}' of '{vm}' does '{action}' when the guest hangs, and leaves the artwork standing ({which})",
            model = found.model,
            vm = vm.name,
            action = found.action,
            which = whose.told()
        );
        let remedy = told!("set action='reset' at <watchdog>, start the VM anew, and make a new snapshot");
        Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}
