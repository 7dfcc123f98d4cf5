//! Finds out about who may do what.

mod accounts;
mod files;

use std::path::Path;

use super::host::read;
use super::mounts::Mount;
use super::{Ground, program};
use crate::adapter::libvirt::Vm;
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::host::TroubleKind;
use crate::doctor::facts::permissions::{Access, Account, Permissions};
use crate::vm::{Definition, Uri};
use crate::words::told;

pub(super) fn gather(ground: &Ground) -> Permissions {
    let asked = &ground.asked;
    let account = accounts::account(&asked.user);
    let own = rustix::process::geteuid().as_raw();
    let who = ground.once.who(&asked.user);
    let configuration = match (&asked.file, &who) {
        (Some(file), Ok(who)) => files::access(file, who).map(|access| (file.display().to_string(), access)),
        (_, Err(why)) => Err(why.clone()),
        (None, _) => Err(told!("no configuration was found")),
    };
    let home = &asked.user.home;
    let state = crate::host::state_folder_below(home);
    Permissions {
        session_groups: account.as_ref().map_err(Told::clone).and_then(accounts::session_groups),
        of_system: Ok(Uri::read(&asked.uri).is_of_system()),
        libvirt_answers: Ok(ground.libvirt.is_ok() && own == asked.user.uid),
        kvm: files::node(Path::new("/dev/kvm")),
        kvm_wanted: kvm_wanted(ground),
        socket: files::socket(),
        qemu: accounts::qemu(),
        configuration,
        state: files::node(&state),
        foreign_state: files::foreign_within(&state, asked.user.uid),
        runtime: files::node(Path::new(&format!("/run/user/{}", asked.user.uid))),
        home: files::node(home),
        foreign: files::foreign(home, asked.user.uid),
        openbox: who.and_then(files::openbox),
        polkit: files::polkit(),
        refused: refused_here(ground),
        selinux: Ok(read("/sys/fs/selinux/enforce").ok().map(|text| text.trim() == "1")),
        hidden_processes: ground.once.mounts().of(Path::new("/proc")).map(|mount| mount.is_some_and(hides)),
        user: account,
    }
}

/// Whether a VM of an exhibit is run by KVM.
fn kvm_wanted(ground: &Ground) -> Fact<bool> {
    ground.libvirt.as_ref().map_err(Told::clone)?;
    let by_kvm = |vm: &Vm| {
        let text = [&vm.persistent, &vm.running].into_iter().find_map(|text| text.as_ref().ok()?.as_ref());
        text.and_then(|text| Definition::read(text).ok()).is_some_and(|vm| vm.kind == "kvm")
    };
    Ok(ground.asked.exhibits.iter().any(|exhibit| ground.vm(exhibit).is_ok_and(by_kvm)))
}

/// What AppArmor has refused, where there is one.
fn refused_here(ground: &Ground) -> Fact<Vec<String>> {
    if Path::new("/sys/module/apparmor").exists() { refused(ground) } else { Ok(Vec::new()) }
}

/// What AppArmor has refused to libvirt's daemons and VMs.
pub(super) fn refused(ground: &Ground) -> Fact<Vec<String>> {
    // VMs ask for some things that they do not need, and are refused on every computer.
    let harmless = ["/sys/devices", "/proc/", "/dev/shm", "/etc/", "/run/udev", "/usr/", "/sys/"];
    let refused = ground.once.trouble()?.iter().filter(|one| one.kind == TroubleKind::Refused);
    Ok(refused
        .map(|one| one.about.clone())
        .filter(|about| about.starts_with('/') && !harmless.iter().any(|folder| about.starts_with(folder)))
        .collect())
}

/// Whether `/proc` was mounted so that it hides processes (proc(5)), and from this user or from others.
fn hides(proc: &Mount) -> bool {
    let mut values = proc.options.iter().filter_map(|option| option.strip_prefix("hidepid="));
    values.any(|value| !["0", "off"].contains(&value))
}

#[cfg(test)]
mod tests;
