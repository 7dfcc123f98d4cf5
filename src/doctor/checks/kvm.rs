//! Checks of hardware virtualisation. Where no VM is run by KVM, most of them have nothing to say.

use super::super::facts::kvm::{Processor, Tried};
use super::super::{Area, Check, Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::core::types::Told;
use crate::words::told;

const AREA: Area = Area::Kvm;

pub(super) const CHECKS: &[Check] = &[
    Check::site(AREA, "kvm.processor", "kvm-is-not-available", processor),
    Check::site(AREA, "kvm.firmware", "kvm-is-not-available", firmware),
    Check::site(AREA, "kvm.modules", "kvm-is-not-available", modules).fixing(),
    Check::site(AREA, "kvm.blocked", "kvm-is-not-available", blocked),
    Check::site(AREA, "kvm.device", "kvm-is-not-available", device),
    Check::site(AREA, "kvm.guest-runs", "kvm-is-there-and-guests-do-not-run", guest_runs),
    Check::site(AREA, "kvm.nested", "kvm-is-there-and-guests-do-not-run", nested),
    Check::site(AREA, "kvm.others", "kvm-is-there-and-guests-do-not-run", others),
    Check::exhibit(AREA, "kvm.emulator", "the-emulator-of-a-vm-is-missing", emulator),
    Check::exhibit(AREA, "kvm.unused", "an-artwork-is-slow", unused),
];

/// What cannot be done without KVM by a VM that is to be run by it. What runs already runs on.
const ALL_STARTS: &[Means] = &[Means::Start, Means::Revert];

/// The module for this maker's processors.
fn module_of(processor: &Processor) -> &'static str {
    if processor.maker == "amd" { "kvm_amd" } else { "kvm_intel" }
}

pub(super) fn processor(site: &Site) -> Fact<Judged> {
    if !site.kvm.is_wanted()? {
        return Ok(Judged::Beside);
    }
    let processor = site.kvm.processor.as_ref().map_err(Told::clone)?;
    // Processors of other kinds have no such flag.
    if processor.virtualises || !["x86_64", "i386"].contains(&processor.arch.as_str()) {
        return Ok(Judged::Well(told!("the processor has hardware virtualisation")));
    }
    // Some hosts give KVM in another way; whether a guest runs by that is tried.
    if *site.kvm.device.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Well(told!("/dev/kvm is there")));
    }
    let words = if processor.is_virtual {
        told!(
            "this computer is a VM itself: have its host pass hardware virtualisation on (nested virtualisation)"
        )
    } else {
        told!(
            "switch on VT-x or AMD-V (SVM) in the firmware; where it has no such entry, the processor cannot do it"
        )
    };
    Ok(Judged::ill(
        told!("the processor has no hardware virtualisation: neither vmx nor svm is among its flags"),
        Remedy::say(words),
    )
    .ruling_out(ALL_STARTS))
}

pub(super) fn firmware(site: &Site) -> Fact<Judged> {
    if !site.kvm.is_wanted()? {
        return Ok(Judged::Beside);
    }
    Ok(if *site.kvm.off_in_firmware.as_ref().map_err(Told::clone)? {
        Judged::ill(
            told!("the kernel says that hardware virtualisation is switched off in the firmware"),
            Remedy::say(told!(
                "switch on VT-x or AMD-V (SVM) in the firmware (BIOS set-up), then cut the power for a moment"
            )),
        )
        .ruling_out(ALL_STARTS)
    } else {
        Judged::Well(told!("the kernel does not say that the firmware has switched it off"))
    })
}

pub(super) fn modules(site: &Site) -> Fact<Judged> {
    if !site.kvm.is_wanted()? {
        return Ok(Judged::Beside);
    }
    let modules = site.kvm.modules.as_ref().map_err(Told::clone)?;
    let there = *site.kvm.device.as_ref().map_err(Told::clone)?;
    match &modules.of_maker {
        Some(name) => {
            return Ok(Judged::Well(told!("the kernel's module {module} is loaded", module = name)));
        }
        // Built into the kernel, or of a container's host.
        None if there => return Ok(Judged::Well(told!("/dev/kvm is there"))),
        None => {}
    }
    let processor = site.kvm.processor.as_ref().map_err(Told::clone)?;
    let name = module_of(processor);
    let evidence = told!("the kernel's module {module} is not loaded", module = name);
    let load = [Command::root(["modprobe", name])];
    Ok(if modules.forbidden_by.is_some() || !processor.virtualises {
        // It would fail; another finding says why.
        Judged::ill(
            evidence,
            Remedy::type_in(told!("see to what keeps it from being loaded, then load it"), load),
        )
    } else {
        let words = told!(
            "load it; a line '{module}' in /etc/modules-load.d/kvm.conf has that done at each start",
            module = name
        );
        Judged::ill(evidence, Remedy::fix(words, load, [Command::root(["modprobe", "-r", name])]))
    }
    .ruling_out(ALL_STARTS))
}

pub(super) fn blocked(site: &Site) -> Fact<Judged> {
    if !site.kvm.is_wanted()? {
        return Ok(Judged::Beside);
    }
    let modules = site.kvm.modules.as_ref().map_err(Told::clone)?;
    Ok(match &modules.forbidden_by {
        Some(file) => Judged::warning(
            told!("{file} keeps KVM's modules from being loaded at the next start", file = file),
            Remedy::type_in(
                told!("take its line with 'kvm' away, out of opening hours"),
                [Command::root(["editor", file]), Command::root(["update-initramfs", "-u"])],
            ),
        ),
        None => Judged::Well(told!("nothing keeps KVM's modules from being loaded")),
    })
}

pub(super) fn device(site: &Site) -> Fact<Judged> {
    if !site.kvm.is_wanted()? {
        return Ok(Judged::Beside);
    }
    Ok(if *site.kvm.device.as_ref().map_err(Told::clone)? {
        Judged::Well(told!("/dev/kvm is there"))
    } else {
        Judged::ill(
            told!("/dev/kvm is not there: a VM of type 'kvm' cannot start"),
            Remedy::type_in(
                told!("load KVM's modules; in a container, have its host pass the device on"),
                [Command::root(["modprobe", module_of(site.kvm.processor.as_ref().map_err(Told::clone)?)])],
            ),
        )
        .ruling_out(ALL_STARTS)
    })
}

pub(super) fn guest_runs(site: &Site) -> Fact<Judged> {
    if !site.kvm.is_wanted()? {
        return Ok(Judged::Beside);
    }
    // Without the device there is nothing to try, and another finding says so.
    if !*site.kvm.device.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Beside);
    }
    Ok(match site.kvm.tried.as_ref().map_err(Told::clone)? {
        Tried::Ran => Judged::Well(told!("a small guest was run by KVM, and ended by itself")),
        Tried::Failed(why) => Judged::ill(
            told!("/dev/kvm is there, and a guest does not run by it, though it does without: {why}", why = why),
            Remedy::type_in(
                told!("end other hypervisors, see to nested virtualisation and the firmware; until then, type='qemu' in the VM's definition shows the artwork, slowly"),
                [Command::root(["journalctl", "-k", "-b", "-g", "kvm"])],
            ),
        )
        .ruling_out(ALL_STARTS),
        Tried::EmulatorFailed(why) => Judged::ill(
            told!("QEMU does not run a guest in any way: {why}", why = why),
            Remedy::type_in(
                told!("install QEMU again, out of opening hours"),
                [Command::root(["apt-get", "install", "--reinstall", "qemu-system-x86"])],
            ),
        )
        .ruling_out(ALL_STARTS),
    })
}

pub(super) fn nested(site: &Site) -> Fact<Judged> {
    if !site.kvm.is_wanted()? {
        return Ok(Judged::Beside);
    }
    Ok(if site.kvm.processor.as_ref().map_err(Told::clone)?.is_virtual {
        Judged::advice(
            told!(
                "this computer is a VM itself, and runs its VMs within it: that is slower, and some guests do not run"
            ),
            Remedy::say(told!("take a computer of its own for artworks")),
        )
    } else {
        Judged::Well(told!("this computer is no VM itself"))
    })
}

pub(super) fn others(site: &Site) -> Fact<Judged> {
    if !site.kvm.is_wanted()? {
        return Ok(Judged::Beside);
    }
    let others = site.kvm.others.as_ref().map_err(Told::clone)?;
    let Some(first) = others.first() else {
        return Ok(Judged::Well(told!("no other hypervisor has modules in the kernel")));
    };
    let evidence =
        told!("another hypervisor has modules in the kernel: {modules}", modules = others.join(", "));
    let remedy = Remedy::type_in(
        told!("end its VMs, and remove it: two hypervisors do not share a processor"),
        [Command::root(["modprobe", "-r", first])],
    );
    // It is in the way only while a VM of its own runs.
    let fails = matches!(site.kvm.tried, Ok(Tried::Failed(_)));
    Ok(if fails { Judged::ill(evidence, remedy) } else { Judged::advice(evidence, remedy) })
}

pub(super) fn emulator(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let guests = site.kvm.guests.as_ref().map_err(Told::clone)?;
    // A VM that libvirt does not have is another finding's.
    let Some(guest) = guests.iter().find(|guest| guest.vm == exhibit.settings.vm) else {
        return Ok(Judged::Beside);
    };
    if guest.has_emulator {
        return Ok(Judged::Well(told!("the emulator for {arch} is there", arch = guest.arch)));
    }
    let package = match guest.arch.as_str() {
        "x86_64" | "i686" => "qemu-system-x86",
        "ppc" | "ppc64" | "ppc64le" => "qemu-system-ppc",
        "armv7l" | "armv6l" | "aarch64" => "qemu-system-arm",
        "mips" | "mipsel" | "mips64" | "mips64el" => "qemu-system-mips",
        "sparc" | "sparc64" => "qemu-system-sparc",
        "s390x" => "qemu-system-s390x",
        _ => "qemu-system-misc",
    };
    Ok(Judged::ill(
        told!("the emulator of VM {vm} is not there: it is for {arch}", vm = guest.vm, arch = guest.arch),
        Remedy::type_in(told!("install it"), [Command::root(["apt-get", "install", package])]),
    )
    .ruling_out(ALL_STARTS))
}

pub(super) fn unused(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let guests = site.kvm.guests.as_ref().map_err(Told::clone)?;
    let Some(guest) = guests.iter().find(|guest| guest.vm == exhibit.settings.vm) else {
        return Ok(Judged::Beside);
    };
    if guest.by_kvm {
        return Ok(Judged::Well(told!("VM {vm} is run by KVM", vm = guest.vm)));
    }
    let processor = site.kvm.processor.as_ref().map_err(Told::clone)?;
    let fits = guest.arch == processor.arch || (guest.arch == "i686" && processor.arch == "x86_64");
    // A guest was tried on this computer only where one is to be run so.
    let could = *site.kvm.device.as_ref().map_err(Told::clone)? && processor.virtualises && fits;
    Ok(if could {
        Judged::advice(
            told!("VM {vm} is emulated, though KVM could run it many times faster", vm = guest.vm),
            Remedy::type_in(
                told!(
                    "write type='kvm' in place of type='qemu' into its first line; some old systems want the emulation"
                ),
                [Command::new(["virsh", "edit", &guest.vm])],
            ),
        )
    } else {
        Judged::Well(told!("VM {vm} is emulated, as it has to be", vm = guest.vm))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;
    use crate::doctor::checks::host::verdict;

    #[test]
    fn each_fault_of_kvm_is_named() {
        use Verdict::{Advice, Ill, Warning, Well};
        let why = || told!("it was not asked for");
        type Row =
            (&'static str, fn(&Site) -> Fact<Judged>, fn(&mut crate::doctor::facts::kvm::Kvm), Verdict);
        let rows: &[Row] = &[
            ("well", processor, |_| (), Well),
            ("no flags", processor, |kvm| spoil_processor(kvm, false), Ill),
            ("a VM without", processor, |kvm| spoil_processor(kvm, true), Ill),
            ("another way", processor, |kvm| kvm.processor.as_mut().unwrap().virtualises = false, Well),
            ("well", firmware, |_| (), Well),
            ("off", firmware, |kvm| kvm.off_in_firmware = Ok(true), Ill),
            ("well", modules, |_| (), Well),
            ("built in", modules, |kvm| kvm.modules = Ok(Default::default()), Well),
            ("not loaded", modules, without_modules, Ill),
            ("well", blocked, |_| (), Well),
            (
                "forbidden",
                blocked,
                |kvm| kvm.modules.as_mut().unwrap().forbidden_by = Some("f".into()),
                Warning,
            ),
            ("well", device, |_| (), Well),
            ("not there", device, |kvm| kvm.device = Ok(false), Ill),
            ("well", guest_runs, |_| (), Well),
            ("hangs", guest_runs, |kvm| kvm.tried = Ok(Tried::Failed(told!("it was not asked for"))), Ill),
            (
                "QEMU fails",
                guest_runs,
                |kvm| kvm.tried = Ok(Tried::EmulatorFailed(told!("it was not asked for"))),
                Ill,
            ),
            ("well", nested, |_| (), Well),
            ("within a VM", nested, |kvm| kvm.processor.as_mut().unwrap().is_virtual = true, Advice),
            ("well", others, |_| (), Well),
            ("VirtualBox", others, |kvm| kvm.others = Ok(vec!["vboxdrv".into()]), Advice),
            ("in the way", others, in_the_way, Ill),
        ];
        for (name, look, spoil, expected) in rows {
            let mut site = Site::well();
            spoil(&mut site.kvm);
            assert_eq!(verdict(look(&site)), Some(*expected), "{name}");
            // Nobody cares where nothing is run by KVM.
            site.kvm.guests = Ok(Vec::new());
            assert_eq!(verdict(look(&site)), None, "{name}");
            site.kvm = crate::doctor::facts::kvm::Kvm::unknown(&why());
            assert_eq!(verdict(look(&site)), Some(Verdict::Unknown), "{name}");
        }
    }

    fn spoil_processor(kvm: &mut crate::doctor::facts::kvm::Kvm, is_virtual: bool) {
        let processor = kvm.processor.as_mut().unwrap();
        (processor.virtualises, processor.is_virtual) = (false, is_virtual);
        kvm.device = Ok(false);
    }

    fn without_modules(kvm: &mut crate::doctor::facts::kvm::Kvm) {
        (kvm.modules, kvm.device) = (Ok(Default::default()), Ok(false));
    }

    fn in_the_way(kvm: &mut crate::doctor::facts::kvm::Kvm) {
        kvm.others = Ok(vec!["vboxdrv".into()]);
        kvm.tried = Ok(Tried::Failed(told!("it was not asked for")));
    }

    #[test]
    fn only_a_module_that_can_be_loaded_is_loaded_by_the_doctor() {
        let mut site = Site::well();
        without_modules(&mut site.kvm);
        let is_safe = |site: &Site| match modules(site).unwrap() {
            Judged::Not { remedy, .. } => remedy.is_safe(),
            other => panic!("{other:?}"),
        };
        assert!(is_safe(&site));
        site.kvm.processor.as_mut().unwrap().virtualises = false;
        assert!(!is_safe(&site));
    }

    #[test]
    fn emulators_are_there_and_kvm_is_used_where_it_can_be() {
        let (mut site, exhibit) = (Site::well(), Exhibit::well());
        let expect = |site: &Site, spoil: fn(&mut crate::doctor::facts::kvm::Guest), emulated, slow| {
            let mut site = site.clone();
            spoil(&mut site.kvm.guests.as_mut().unwrap()[0]);
            assert_eq!(verdict(emulator(&site, &exhibit)), Some(emulated));
            assert_eq!(verdict(unused(&site, &exhibit)), Some(slow));
        };
        expect(&site, |_| (), Verdict::Well, Verdict::Well);
        expect(&site, |guest| guest.by_kvm = false, Verdict::Well, Verdict::Advice);
        expect(
            &site,
            |guest| (guest.by_kvm, guest.arch) = (false, "i686".into()),
            Verdict::Well,
            Verdict::Advice,
        );
        expect(
            &site,
            |guest| (guest.by_kvm, guest.arch, guest.has_emulator) = (false, "ppc".into(), false),
            Verdict::Ill,
            Verdict::Well,
        );
        site.kvm.guests = Ok(Vec::new());
        assert_eq!(verdict(emulator(&site, &exhibit)), None);
    }
}
