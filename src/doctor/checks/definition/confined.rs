//! What keeps a VM from its own files: AppArmor, and keys that are missing.

use super::whose::{LATER, Whose, virsh, worst};
use crate::core::types::Told;
use crate::doctor::facts::definition::Secret;
use crate::doctor::facts::disk_image::Part;
use crate::doctor::{Command, Exhibit, Fact, Judged, Remedy, Site};
use crate::vm::{Definition, SecretUse};
use crate::words::told;

/// Where images may lie.
fn lay_elsewhere(file: &str) -> Remedy {
    Remedy::type_in(
        told!("lay it into /var/lib/libvirt/images, and have the definition name it there"),
        [Command::root(["mv", file, "/var/lib/libvirt/images/"])],
    )
}

pub(super) fn apparmor(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let capabilities = exhibit.definition.capabilities.as_ref().map_err(Told::clone)?;
    if !capabilities.security.iter().any(|module| module == "apparmor") {
        return Ok(Judged::Beside);
    }
    let vm = &exhibit.settings.vm;
    let is_let_be = |vm: &Definition| {
        vm.labels
            .iter()
            .any(|label| label.model == "apparmor" && ["none", "static"].contains(&label.kind.as_str()))
    };
    let next = exhibit.definition.persistent.as_ref().map_err(Told::clone)?.as_ref();
    if let Some(file) = exhibit.definition.refused.first().filter(|_| !next.is_some_and(is_let_be)) {
        return Ok(Judged::ill(
            told!(
                "{file} of '{vm}' lies where libvirt's helper for AppArmor gives nothing to a VM: it is not started",
                file = file,
                vm = vm
            ),
            lay_elsewhere(file),
        )
        .ruling_out(Whose::Next.refused()));
    }
    let running = exhibit.definition.running.as_ref().map_err(Told::clone)?.as_ref();
    if running.is_none_or(is_let_be) {
        return Ok(match next {
            Some(_) => {
                Judged::Well(told!("all files of '{vm}' lie where AppArmor lets a VM have them", vm = vm))
            }
            None => Judged::Beside,
        });
    }
    let unlisted = exhibit.definition.unlisted.as_ref().map_err(Told::clone)?;
    let Some(file) = unlisted.first() else {
        return Ok(Judged::Well(told!(
            "AppArmor's profile of '{vm}' has all files that it has open",
            vm = vm
        )));
    };
    Ok(Judged::warning(
        told!(
            "AppArmor's profile of the running '{vm}' does not have {file}: what opens that anew is refused",
            vm = vm,
            file = file
        ),
        Remedy::say(told!(
            "start the VM anew, by which libvirt writes its profile anew; what it does not find by itself (what an image is based on, or lies in another folder) allow in /etc/apparmor.d/local/abstractions/libvirt-qemu"
        )),
    ))
}

/// The secret that a definition names.
fn find<'a>(all: &'a [Secret], wanted: &SecretUse) -> Option<&'a Secret> {
    all.iter().find(|secret| {
        (!wanted.uuid.is_empty() && secret.uuid == wanted.uuid)
            || (!wanted.usage.is_empty() && secret.usage == wanted.usage)
    })
}

/// The first disk whose image is encrypted, and for which no key is named.
fn without_key(exhibit: &Exhibit, vm: &Definition) -> Option<(String, String)> {
    let images = exhibit.image.images.as_ref().ok()?;
    images.iter().find_map(|image| {
        let Part::Disk(target) = &image.part else { return None };
        let is_encrypted = image.header.as_ref().is_ok_and(|header| header.encrypted);
        let is_of_vm = vm.disks.iter().any(|disk| disk.target == *target && disk.file() == Some(&image.path));
        let has_key = vm.secrets.iter().any(|used| used.by == *target);
        (is_encrypted && is_of_vm && !has_key).then(|| (target.clone(), image.path.clone()))
    })
}

pub(super) fn secret(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    worst(exhibit, LATER, |whose, vm| {
        if let Some((target, file)) = without_key(exhibit, vm) {
            return Ok(Judged::ill(
                told!(
                    "{file} is encrypted, and the disk {target} of '{vm}' names no key for it ({which})",
                    file = file,
                    target = target,
                    vm = vm.name,
                    which = whose.told()
                ),
                Remedy::type_in(
                    told!("name libvirt's secret in <encryption> of the disk's <source>"),
                    [virsh(site, ["edit"], &vm.name)],
                ),
            )
            .ruling_out(whose.refused()));
        }
        let Some(first) = vm.secrets.first() else { return Ok(Judged::Beside) };
        let all = exhibit.definition.secrets.as_ref().map_err(Told::clone)?;
        let list = || virsh(site, [], "secret-list");
        for used in &vm.secrets {
            let name = if used.uuid.is_empty() { &used.usage } else { &used.uuid };
            let Some(secret) = find(all, used) else {
                return Ok(Judged::ill(
                    told!(
                        "the secret {secret}, which '{vm}' needs for {part}, is not in this libvirt ({which})",
                        secret = name,
                        vm = vm.name,
                        part = used.by,
                        which = whose.told()
                    ),
                    Remedy::type_in(
                        told!("define it anew with this number, and set its value (virsh secret-define, secret-set-value)"),
                        [list()],
                    ),
                )
                .ruling_out(whose.refused()));
            };
            if secret.has_value == Some(false) {
                return Ok(Judged::ill(
                    told!(
                        "the secret {secret}, which '{vm}' needs for {part}, has no value ({which})",
                        secret = name,
                        vm = vm.name,
                        part = used.by,
                        which = whose.told()
                    ),
                    Remedy::type_in(
                        told!("set it; the passphrase is typed without being seen"),
                        [virsh(site, ["secret-set-value", "--interactive"], &secret.uuid)],
                    ),
                )
                .ruling_out(whose.refused()));
            }
            if secret.ephemeral {
                return Ok(Judged::warning(
                    told!(
                        "the secret {secret}, which '{vm}' needs for {part}, is forgotten when libvirt or the computer is started anew",
                        secret = name,
                        vm = vm.name,
                        part = used.by
                    ),
                    Remedy::say(told!(
                        "define it anew with ephemeral='no', and set its value; else nobody starts the artwork after a power cut"
                    )),
                ));
            }
        }
        Ok(Judged::Well(told!(
            "libvirt has the secrets that '{vm}' needs, such as that of {part}",
            vm = vm.name,
            part = first.by
        )))
    })
}
