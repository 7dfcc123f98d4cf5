//! Whether this computer's QEMU can be such a machine, today and after the next upgrade.

use super::whose::{LATER, Whose, edit, is_there, virsh, worst};
use crate::core::types::Told;
use crate::doctor::{Command, Exhibit, Fact, Judged, Remedy, Site};
use crate::vm::Definition;
use crate::words::told;

/// Debian's package with QEMU's program for a processor.
fn package(arch: &str) -> &'static str {
    match arch {
        "x86_64" | "i686" => "qemu-system-x86",
        "ppc" | "ppc64" | "ppc64le" => "qemu-system-ppc",
        "aarch64" | "armv7l" | "armv6l" => "qemu-system-arm",
        "mips" | "mipsel" | "mips64" | "mips64el" => "qemu-system-mips",
        "sparc" | "sparc64" => "qemu-system-sparc",
        "s390x" => "qemu-system-s390x",
        "riscv32" | "riscv64" => "qemu-system-riscv",
        _ => "qemu-system-misc",
    }
}

pub(super) fn emulator(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        if vm.emulator.is_empty() {
            return Ok(Judged::Beside);
        }
        let capabilities = exhibit.definition.capabilities.as_ref().map_err(Told::clone)?;
        let is_there = is_there(exhibit, &vm.emulator)?;
        if is_there && capabilities.guest(&vm.arch).is_some() {
            return Ok(Judged::Well(told!(
                "{program} is there for '{vm}'",
                program = vm.emulator,
                vm = vm.name
            )));
        }
        let evidence = if is_there {
            told!(
                "libvirt can run no guest with the processor {arch}, which '{vm}' has ({which})",
                arch = vm.arch,
                vm = vm.name,
                which = whose.told()
            )
        } else {
            told!(
                "{program}, which emulates the {arch} of '{vm}', is not installed ({which})",
                program = vm.emulator,
                arch = vm.arch,
                vm = vm.name,
                which = whose.told()
            )
        };
        let remedy = Remedy::type_in(
            told!("install QEMU's program for it"),
            [Command::root(["apt", "install", package(&vm.arch)])],
        );
        Ok(Judged::ill(evidence, remedy).ruling_out(whose.refused()))
    })
}

pub(super) fn hypervisor(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let capabilities = exhibit.definition.capabilities.as_ref().map_err(Told::clone)?;
        let Some(guest) = capabilities.guest(&vm.arch) else { return Ok(Judged::Beside) };
        if guest.domains.iter().any(|domain| domain.kind == vm.kind) {
            return Ok(Judged::Well(told!(
                "libvirt can run '{vm}' as '{kind}'",
                vm = vm.name,
                kind = vm.kind
            )));
        }
        let family = |arch: &str| if arch == "i686" { "x86_64".to_owned() } else { arch.to_owned() };
        let (evidence, remedy) = if family(&vm.arch) == family(&capabilities.arch) {
            (
                told!(
                    "'{vm}' is to run with '{kind}', and libvirt has it not on this computer ({which})",
                    vm = vm.name,
                    kind = vm.kind,
                    which = whose.told()
                ),
                told!(
                    "see what is wrong with KVM (virtualisation in the firmware, /dev/kvm), then restart libvirt"
                ),
            )
        } else {
            (
                told!(
                    "'{vm}' has the processor {arch} and is to run with '{kind}', which can only be had for this computer's own, {own} ({which})",
                    vm = vm.name,
                    arch = vm.arch,
                    kind = vm.kind,
                    own = capabilities.arch,
                    which = whose.told()
                ),
                told!(
                    "set <domain type='qemu'>, by which it is emulated, start the VM anew, and make a new snapshot"
                ),
            )
        };
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, edit(site, exhibit))).ruling_out(whose.refused()))
    })
}

pub(super) fn known(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let capabilities = exhibit.definition.capabilities.as_ref().map_err(Told::clone)?;
        let Some(guest) = capabilities.guest(&vm.arch) else { return Ok(Judged::Beside) };
        if vm.machine.is_empty() || guest.machine(&vm.machine).is_some() {
            return Ok(Judged::Well(told!(
                "QEMU here knows the machine '{machine}' of '{vm}'",
                machine = vm.machine,
                vm = vm.name
            )));
        }
        let evidence = told!(
            "QEMU here does not know the machine '{machine}' of '{vm}' ({which}): it is not started",
            machine = vm.machine,
            vm = vm.name,
            which = whose.told()
        );
        let remedy = match whose {
            Whose::Snapshot => told!(
                "keep the computer's former QEMU, or start the VM cold with a machine that is known, prepare the artwork anew, and make a new snapshot"
            ),
            Whose::Next | Whose::Running => told!(
                "choose a machine of the same family (pc-i440fx or pc-q35) that QEMU knows, or keep the computer's former QEMU"
            ),
        };
        let list = Command::new([vm.emulator.as_str(), "-machine", "help"]);
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, [list, virsh(site, ["edit"], &vm.name)]))
            .ruling_out(whose.refused()))
    })
}

pub(super) fn age(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let capabilities = exhibit.definition.capabilities.as_ref().map_err(Told::clone)?;
        let Some(machine) = capabilities.guest(&vm.arch).and_then(|guest| guest.machine(&vm.machine)) else {
            return Ok(Judged::Beside);
        };
        if machine.deprecated {
            let evidence = told!(
                "QEMU is about to give up the machine '{machine}' of '{vm}' ({which}): after the distribution's next upgrade neither a start nor a revert may work",
                machine = vm.machine,
                vm = vm.name,
                which = whose.told()
            );
            let remedy = told!(
                "before the next upgrade choose a newer machine of its family, try the artwork with it, and make a new snapshot"
            );
            return Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))));
        }
        if whose == Whose::Next && !machine.canonical.is_empty() {
            let evidence = told!(
                "'{vm}' has whatever machine is the newest ('{machine}', now {canonical}): an upgrade of QEMU changes the hardware that its system sees",
                vm = vm.name,
                machine = vm.machine,
                canonical = machine.canonical
            );
            let remedy = told!("write {canonical} into its definition", canonical = machine.canonical);
            return Ok(Judged::advice(evidence, Remedy::type_in(remedy, edit(site, exhibit))));
        }
        Ok(Judged::Well(told!(
            "the machine '{machine}' of '{vm}' is one that QEMU keeps",
            machine = vm.machine,
            vm = vm.name
        )))
    })
}

pub(super) fn cpu_bound(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, &[Whose::Next], |_, vm| {
        if !["host-passthrough", "maximum"].contains(&vm.cpu.mode.as_str()) || vm.kind != "kvm" {
            return Ok(Judged::Well(told!(
                "the snapshot of '{vm}' can be loaded by another computer of this kind",
                vm = vm.name
            )));
        }
        let evidence = told!(
            "the processor of '{vm}' is this computer's own ({mode}): its snapshot may not load on a spare computer",
            vm = vm.name,
            mode = vm.cpu.mode
        );
        let remedy = told!(
            "where a spare computer has another processor, set <cpu mode='host-model'/> or name one that both have, start the VM anew, and make a new snapshot"
        );
        Ok(Judged::advice(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

/// Whether what a processor lacks here is what the definition does without anyway.
fn does_without(vm: &Definition, missing: &[String]) -> bool {
    let off = |name: &String| {
        vm.cpu.features.iter().any(|(feature, policy)| {
            feature == name && ["disable", "forbid", "optional"].contains(&policy.as_str())
        })
    };
    !missing.is_empty() && missing.iter().all(off)
}

pub(super) fn cpu_fits(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        if vm.cpu.model.is_empty() || vm.kind != "kvm" {
            return Ok(Judged::Beside);
        }
        let runs = exhibit.definition.running.as_ref().map_err(Told::clone)?;
        let capabilities = exhibit.definition.domain_capabilities.as_ref().map_err(Told::clone)?;
        let runs = runs.as_ref().is_some_and(|running| running.cpu.model == vm.cpu.model);
        let missing =
            capabilities.unusable.get(&vm.cpu.model).filter(|missing| !runs && !does_without(vm, missing));
        let Some(missing) = missing else {
            return Ok(Judged::Well(told!(
                "this computer can be the processor '{model}' of '{vm}'",
                model = vm.cpu.model,
                vm = vm.name
            )));
        };
        let named: Vec<_> = missing.iter().take(4).map(String::as_str).collect();
        let evidence = told!(
            "this computer cannot be the processor '{model}' of '{vm}' ({which}); it lacks {features}",
            model = vm.cpu.model,
            vm = vm.name,
            which = whose.told(),
            features = if named.is_empty() { "?".to_owned() } else { named.join(", ") }
        );
        let remedy = told!(
            "choose a processor that it can be (host-model finds one), start the VM anew, and make a new snapshot"
        );
        let remedy = Remedy::type_in(remedy, edit(site, exhibit));
        Ok(match vm.cpu.check.as_str() {
            // libvirt starts it all the same, and QEMU drops what is missing.
            "none" => Judged::warning(evidence, remedy),
            _ => Judged::ill(evidence, remedy).ruling_out(whose.refused()),
        })
    })
}
