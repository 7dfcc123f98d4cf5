//! Checks of who may do what.

mod files;
mod groups;

use super::super::facts::permissions::Account;
use super::super::{Area, Check, Command, Fact, Judged, Remedy, Site};
use crate::core::types::Told;

const AREA: Area = Area::Permissions;

pub(super) const CHECKS: &[Check] = &[
    Check::site(AREA, "permissions.user", "the-kiosks-user-cannot-log-in", groups::user),
    Check::site(AREA, "permissions.libvirt-group", "libvirt-refuses-the-kiosks-user", groups::libvirt)
        .fixing(),
    Check::site(AREA, "permissions.groups", "the-kiosks-user-is-not-in-its-groups", groups::others).fixing(),
    Check::site(AREA, "permissions.session", "libvirt-refuses-the-kiosks-user", groups::session),
    Check::site(AREA, "permissions.socket", "libvirt-refuses-the-kiosks-user", groups::socket),
    Check::site(AREA, "permissions.kvm", "permission-denied-for-devkvm", groups::kvm).fixing(),
    Check::site(AREA, "permissions.qemu-user", "permission-denied-for-devkvm", groups::qemu),
    Check::site(AREA, "permissions.polkit", "vitrine-cannot-restart-libvirt", groups::polkit),
    Check::site(AREA, "permissions.administrator", "the-kiosks-user-may-do-too-much", groups::administrator),
    Check::site(
        AREA,
        "permissions.configuration",
        "vitrine-cannot-read-its-configuration",
        files::configuration,
    ),
    Check::site(AREA, "permissions.state", "vitrine-cannot-write-its-journal", files::state).fixing(),
    Check::site(AREA, "permissions.foreign-state", "vitrine-cannot-write-its-journal", files::foreign_state),
    Check::site(AREA, "permissions.runtime", "vitrine-cannot-write-its-journal", files::runtime).fixing(),
    Check::site(AREA, "permissions.home", "the-kiosks-user-cannot-log-in", files::home).fixing(),
    Check::site(AREA, "permissions.foreign-files", "the-kiosks-user-cannot-log-in", files::foreign),
    Check::site(AREA, "permissions.openbox", "vitrine-cannot-read-its-configuration", files::openbox)
        .fixing(),
    Check::site(AREA, "permissions.apparmor", "a-security-module-refuses-something", files::apparmor),
    Check::site(AREA, "permissions.selinux", "a-security-module-refuses-something", files::selinux),
    Check::site(AREA, "permissions.processes", "vitrine-does-not-see-the-vms-processes", files::processes),
];

/// The user, where there is one whose rights matter: root may do everything.
fn common_user(site: &Site) -> Fact<Option<&Account>> {
    let user = site.permissions.user.as_ref().map_err(Told::clone)?;
    Ok((user.exists && user.uid != 0).then_some(user))
}

#[cfg(test)]
mod tests;
