//! What the machine boots by, and where it keeps that.

use super::whose::{LATER, edit, is_there, missing, now, worst};
use crate::core::types::Told;
use crate::doctor::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use crate::vm::version_text;
use crate::words::told;

/// The first libvirt that makes internal snapshots of UEFI machines (<https://libvirt.org/news.html#v10-10-0-2024-12-02>).
const KEEPS_NVRAM: u32 = 10_010_000;

pub(super) fn files(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        if vm.firmware.files().next().is_none() {
            return Ok(Judged::Beside);
        }
        let Some(file) = missing(exhibit, vm.firmware.files())? else {
            return Ok(Judged::Well(told!("the firmware of '{vm}' is there", vm = vm.name)));
        };
        let evidence = told!(
            "{file}, which '{vm}' boots by, is not there ({which})",
            file = file,
            vm = vm.name,
            which = whose.told()
        );
        let remedy = Remedy::type_in(
            told!("put the file back; UEFI's own come with a package"),
            [Command::root(["apt", "install", "ovmf"])],
        );
        Ok(Judged::ill(evidence, remedy).ruling_out(whose.refused()))
    })
}

pub(super) fn template(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        let Some(nvram) = vm.firmware.nvram.as_ref().filter(|nvram| !nvram.file.is_empty()) else {
            return Ok(Judged::Beside);
        };
        if nvram.template.is_empty() {
            return Ok(Judged::Beside);
        }
        // Once made, they last.
        let made = || is_there(exhibit, &nvram.file);
        if !is_there(exhibit, &nvram.template)? {
            let evidence = told!(
                "{file}, which the UEFI variables of '{vm}' are made from, is not there ({which})",
                file = nvram.template,
                vm = vm.name,
                which = whose.told()
            );
            let remedy = Remedy::type_in(
                told!("put the file back; UEFI's own come with a package"),
                [Command::root(["apt", "install", "ovmf"])],
            );
            return Ok(if made()? {
                Judged::warning(evidence, remedy)
            } else {
                Judged::ill(evidence, remedy).ruling_out(whose.refused())
            });
        }
        if nvram.format != nvram.template_format && !made()? {
            let evidence = told!(
                "the UEFI variables of '{vm}' are to be of the format '{format}', and libvirt does not make such from {template} ({which})",
                vm = vm.name,
                format = nvram.format,
                template = nvram.template,
                which = whose.told()
            );
            let convert =
                Command::root(["qemu-img", "convert", "-O", &nvram.format, &nvram.template, &nvram.file]);
            let remedy = Remedy::type_in(told!("make them by hand"), [convert]);
            return Ok(Judged::ill(evidence, remedy).ruling_out(whose.refused()));
        }
        Ok(Judged::Well(told!("what the UEFI variables of '{vm}' are made from is there", vm = vm.name)))
    })
}

pub(super) fn variables(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, now(exhibit), |whose, vm| {
        if !vm.firmware.is_uefi() || vm.firmware.stateless {
            return Ok(Judged::Beside);
        }
        let version = *exhibit.definition.libvirt_version.as_ref().map_err(Told::clone)?;
        let format = vm.firmware.nvram.as_ref().map_or("raw", |nvram| nvram.format.as_str());
        let impossible: &[Means] = &[Means::RevertInPlace, Means::Snapshot];
        if version < KEEPS_NVRAM {
            let evidence = told!(
                "'{vm}' boots by UEFI, and libvirt here ({version}) makes no snapshots of such machines, only later ones do (from 10.10)",
                vm = vm.name,
                version = version_text(version)
            );
            let remedy = told!(
                "install a newer libvirt (Debian's backports have one), or let the VM boot by BIOS, if its system can"
            );
            return Ok(Judged::ill(evidence, Remedy::say(remedy)).ruling_out(impossible));
        }
        if format == "qcow2" {
            return Ok(Judged::Well(told!(
                "the UEFI variables of '{vm}' lie where a snapshot holds them",
                vm = vm.name
            )));
        }
        let evidence = told!(
            "'{vm}' keeps its UEFI variables in a file of the format '{format}' ({which}): libvirt makes no snapshot of it, and cannot put it back in place",
            vm = vm.name,
            format = format,
            which = whose.told()
        );
        let remedy = told!(
            "with the VM off, convert the variables to qcow2, and write <nvram format='qcow2'>NEW FILE</nvram> in place of the <nvram> that is there"
        );
        let file =
            vm.firmware.nvram.as_ref().map(|nvram| nvram.file.as_str()).filter(|file| !file.is_empty());
        let old =
            file.map_or_else(|| format!("/var/lib/libvirt/qemu/nvram/{}_VARS.fd", vm.name), str::to_owned);
        let new = format!("{}.qcow2", old.strip_suffix(".fd").unwrap_or(&old));
        let convert = Command::root(["qemu-img", "convert", "-O", "qcow2", &old, &new]);
        let [edit] = edit(site, exhibit);
        Ok(Judged::ill(evidence, Remedy::type_in(remedy, [convert, edit])).ruling_out(impossible))
    })
}

pub(super) fn tpm(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        if !vm.tpms.iter().any(|tpm| tpm.backend == "emulator") {
            return Ok(Judged::Beside);
        }
        if *exhibit.definition.swtpm.as_ref().map_err(Told::clone)? {
            return Ok(Judged::Well(told!("swtpm is there for the TPM of '{vm}'", vm = vm.name)));
        }
        let evidence = told!(
            "'{vm}' has a TPM ({which}), and swtpm, which emulates it, is not installed: the VM does not start",
            vm = vm.name,
            which = whose.told()
        );
        let remedy = Remedy::type_in(
            told!("install swtpm"),
            [Command::root(["apt", "install", "swtpm", "swtpm-tools"])],
        );
        Ok(Judged::ill(evidence, remedy).ruling_out(whose.refused()))
    })
}
