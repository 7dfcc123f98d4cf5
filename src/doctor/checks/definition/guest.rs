//! What the guest's system needs of its machine.

use super::whose::{EACH, Whose, edit, worst};
use crate::doctor::{Exhibit, Fact, Judged, Remedy, Site};
use crate::words::told;

pub(super) fn agent(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if exhibit.settings.agent.is_none() {
        return Ok(Judged::Beside);
    }
    worst(exhibit, EACH, |whose, vm| {
        if vm.agent().is_some() {
            return Ok(Judged::Well(told!(
                "'{vm}' has the channel by which its agent answers",
                vm = vm.name
            )));
        }
        let evidence = told!(
            "the agent within '{vm}' is asked for a sign of life, and the VM has no channel for it ({which}): without an answer it is put back, again and again",
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!(
            "add <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>, start the VM anew, and make a new snapshot; or take agent out of the configuration"
        );
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn clock(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, &[Whose::Next], |_, vm| {
        if !vm.is_windows() {
            return Ok(Judged::Beside);
        }
        if vm.clock.offset != "utc" && !vm.clock.offset.is_empty() {
            return Ok(Judged::Well(told!("the clock of '{vm}' is what a Windows expects", vm = vm.name)));
        }
        let evidence = told!(
            "'{vm}' is a Windows, which takes its clock for local time, and is given UTC: its time is hours off",
            vm = vm.name
        );
        let remedy = told!(
            "set <clock offset='localtime'>, start the VM anew, and make a new snapshot; unless the guest has been told otherwise"
        );
        Ok(Judged::advice(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn hyperv(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, &[Whose::Next], |_, vm| {
        if !vm.is_windows() || vm.kind != "kvm" {
            return Ok(Judged::Beside);
        }
        if vm.features.hyperv {
            return Ok(Judged::Well(told!(
                "'{vm}' is a Windows, and is told that it is virtual",
                vm = vm.name
            )));
        }
        let evidence = told!(
            "'{vm}' is a Windows that is not told that it is virtual (no <hyperv>): it uses more of the processor than it needs, even when idle",
            vm = vm.name
        );
        let remedy = told!(
            "add <hyperv><relaxed state='on'/><vapic state='on'/><spinlocks state='on' retries='8191'/></hyperv> to <features>, start the VM anew, try the artwork, and make a new snapshot"
        );
        Ok(Judged::advice(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn acpi(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, &[Whose::Next], |_, vm| {
        if !["x86_64", "i686"].contains(&vm.arch.as_str()) || vm.machine.contains("microvm") {
            return Ok(Judged::Beside);
        }
        if vm.features.acpi {
            return Ok(Judged::Well(told!("'{vm}' can be asked to shut down", vm = vm.name)));
        }
        let evidence = told!(
            "'{vm}' has no ACPI, so that its system cannot be asked to shut down: in the evening it is cut off, like by pulling the plug",
            vm = vm.name
        );
        let remedy = told!(
            "add <acpi/> to <features> where the system has been installed with it; an old one without stays as it is"
        );
        Ok(Judged::advice(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}
