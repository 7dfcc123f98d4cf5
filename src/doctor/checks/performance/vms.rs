//! Whether there is enough for the VMs.

use super::{Command, Exhibit, Fact, Judged, Means, Remedy, Site, cores_of, memory_of, size, vm};
use crate::core::types::Told;
use crate::doctor::facts::performance::Vm;
use crate::words::told;

const MB: u64 = 1 << 20;
/// What QEMU takes for a VM besides its memory: for itself, the picture and the disks.
const OVERHEAD: u64 = 200 * MB;
/// What the system, the session and Vitrine take.
const OF_SYSTEM: u64 = 600 * MB;

/// The exhibits' VMs, and whatever else runs.
fn at_once(site: &Site) -> Fact<Vec<&Vm>> {
    let vms = site.performance.vms.as_ref().map_err(Told::clone)?;
    Ok(vms.iter().filter(|vm| vm.of_exhibit || vm.runs).collect())
}

pub(super) fn cores(site: &Site) -> Fact<Judged> {
    let (vms, cores) = (at_once(site)?, cores_of(site)?);
    if vms.is_empty() {
        return Ok(Judged::Beside);
    }
    let wanted: u32 = vms.iter().map(|vm| vm.processors).sum();
    let evidence = told!(
        "{count} VMs have {vcpus} virtual processors, and the computer has {cores}",
        count = vms.len(),
        vcpus = wanted,
        cores = cores
    );
    // One VM that has more than there are is another finding's; sharing is usual, and most artworks sleep.
    let remedy =
        || Remedy::say(told!("give the VMs fewer virtual processors, or move one to another computer"));
    Ok(if vms.len() > 1 && wanted > cores.saturating_mul(4) {
        Judged::warning(evidence, remedy())
    } else if vms.len() > 1 && wanted > cores.saturating_mul(2) {
        Judged::advice(evidence, remedy())
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn memory(site: &Site) -> Fact<Judged> {
    let (vms, memory) = (at_once(site)?, memory_of(site)?);
    if vms.is_empty() {
        return Ok(Judged::Beside);
    }
    let wanted: u64 = vms.iter().map(|vm| vm.memory + OVERHEAD).sum();
    let evidence = told!(
        "{count} VMs take up to {wanted} of {all} memory",
        count = vms.len(),
        wanted = size(wanted),
        all = size(memory.total)
    );
    let remedy = || {
        Remedy::say(told!(
            "give the VMs less memory ('virsh edit', <memory> and <currentMemory>; their snapshots are to be made anew), or the computer more"
        ))
    };
    let is_alone_too_large = vms.iter().any(|vm| vm.memory > memory.total + memory.swap);
    Ok(if is_alone_too_large {
        Judged::ill(evidence, remedy()).ruling_out(&[Means::Start, Means::Revert])
    } else if wanted + OF_SYSTEM > memory.total {
        Judged::warning(evidence, remedy())
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn vcpus(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(vm) = vm(site, exhibit)? else { return Ok(Judged::Beside) };
    let cores = cores_of(site)?;
    let evidence = told!(
        "VM {vm} has {vcpus} virtual processors, and the computer has {cores}",
        vm = vm.name,
        vcpus = vm.processors,
        cores = cores
    );
    Ok(if vm.processors > cores {
        Judged::warning(
            evidence,
            Remedy::type_in(
                told!(
                    "write no more than the computer has into <vcpu>; the snapshot is to be made anew after that"
                ),
                [Command::new(["virsh", "edit", &vm.name])],
            ),
        )
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn cache(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(vm) = vm(site, exhibit)? else { return Ok(Judged::Beside) };
    let of = |mode: &str| vm.caches.iter().find(|(_, one)| one == mode);
    let edit = || [Command::new(["virsh", "edit", &vm.name])];
    Ok(if let Some((disk, _)) = of("unsafe") {
        Judged::warning(
            told!(
                "disk {disk} of VM {vm} is cached without any care (cache='unsafe'): a power cut damages its image",
                disk = disk,
                vm = vm.name
            ),
            Remedy::type_in(
                told!("take cache='unsafe' from the disk's <driver>, at the VM's next start"),
                edit(),
            ),
        )
    } else if let Some((disk, mode)) = of("directsync").or(of("writethrough")) {
        Judged::advice(
            told!(
                "disk {disk} of VM {vm} waits for each write (cache='{mode}'): reverts take long",
                disk = disk,
                vm = vm.name,
                mode = mode
            ),
            Remedy::type_in(
                told!("cache='writeback' is as safe for a guest of our days, and faster"),
                edit(),
            ),
        )
    } else {
        Judged::Well(told!("the disks of VM {vm} are cached as they should be", vm = vm.name))
    })
}

pub(super) fn processor_mode(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(vm) = vm(site, exhibit)?.filter(|vm| vm.by_kvm) else { return Ok(Judged::Beside) };
    Ok(if ["host-passthrough", "host-model", "maximum"].contains(&vm.processor_mode.as_str()) {
        Judged::Well(told!(
            "VM {vm} has a processor like the computer's ({mode})",
            vm = vm.name,
            mode = vm.processor_mode
        ))
    } else {
        Judged::advice(
            told!(
                "VM {vm} has a processor of QEMU's choice, which lacks what makes the computer's fast",
                vm = vm.name
            ),
            Remedy::type_in(
                told!(
                    "<cpu mode='host-passthrough'/> is the fastest; old systems may want their model, and the snapshot is to be made anew"
                ),
                [Command::new(["virsh", "edit", &vm.name])],
            ),
        )
    })
}

pub(super) fn share(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(vm) = vm(site, exhibit)? else { return Ok(Judged::Beside) };
    let Some(takes) = vm.takes.filter(|_| vm.runs) else { return Ok(Judged::Beside) };
    let evidence = told!(
        "VM {vm} takes {percent} % of a processor, and has {vcpus} virtual ones",
        vm = vm.name,
        percent = takes,
        vcpus = vm.processors
    );
    Ok(if takes >= u64::from(vm.processors) * 95 {
        Judged::advice(
            evidence,
            Remedy::say(if vm.by_kvm {
                told!("the guest works as hard as it can: look into it, or give it another virtual processor")
            } else {
                told!(
                    "an emulated guest works as hard as it can: use KVM where the computer has it, or a faster computer"
                )
            }),
        )
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn nice(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(vm) = vm(site, exhibit)? else { return Ok(Judged::Beside) };
    Ok(match vm.nice {
        None => Judged::Beside,
        Some(nice @ 1..) => Judged::advice(
            told!(
                "QEMU of VM {vm} steps back behind other programs: nice {nice}",
                vm = vm.name,
                nice = nice.to_string()
            ),
            Remedy::say(told!("start libvirt without Nice= in its unit")),
        ),
        Some(_) => {
            Judged::Well(told!("QEMU of VM {vm} does not step back behind other programs", vm = vm.name))
        }
    })
}
