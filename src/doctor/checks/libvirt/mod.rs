//! Checks of libvirt's daemons: `daemons` of how they run, `settings` of what they are told to do, `vms` of what they know
//! of the exhibits' VMs.

mod daemons;
mod settings;
#[cfg(test)]
mod tests;
pub(super) mod vms;

use super::super::{Area, Check, Command};
use crate::vm::Uri;

const NO_ANSWER: &str = "libvirt-does-not-answer";
const NOT_ALLOWED: &str = "libvirt-refuses-vitrines-user";
const OTHER_INSTANCE: &str = "the-vm-is-not-to-be-found";
const AT_BOOT: &str = "after-a-power-cut-libvirt-is-not-there";
const TWO_DAEMONS: &str = "two-libvirts-are-at-work";
const VERSIONS: &str = "libvirt-or-qemu-is-too-old-or-half-updated";
const OWN_STARTS: &str = "something-else-starts-or-suspends-the-vms";
const DISPLAY_ASKS: &str = "the-viewer-asks-for-a-password-or-a-certificate";
const QEMU_SETTINGS: &str = "libvirts-settings-of-qemu-are-unusual";
const NO_START: &str = "a-vm-does-not-start-because-of-libvirt";
const STANDS_STILL: &str = "a-vm-is-paused-crashed-or-frozen";
const AGENT: &str = "the-guests-agent-does-not-answer";

pub(super) const CHECKS: &[Check] = &[
    Check::site(Area::Libvirt, "libvirt.reach", NO_ANSWER, daemons::reach).fixing(),
    Check::site(Area::Libvirt, "libvirt.instance", OTHER_INSTANCE, daemons::instance),
    Check::site(Area::Libvirt, "libvirt.remote", OTHER_INSTANCE, daemons::remote),
    Check::site(Area::Libvirt, "libvirt.certificate", NO_ANSWER, daemons::certificate),
    Check::site(Area::Libvirt, "libvirt.version", VERSIONS, daemons::version),
    Check::site(Area::Libvirt, "libvirt.qemu-version", VERSIONS, daemons::qemu_version),
    Check::site(Area::Libvirt, "libvirt.half-updated", VERSIONS, daemons::half_updated),
    Check::site(Area::Libvirt, "libvirt.both-kinds", TWO_DAEMONS, daemons::both_kinds),
    Check::site(Area::Libvirt, "libvirt.two-daemons", TWO_DAEMONS, daemons::two_daemons),
    Check::site(Area::Libvirt, "libvirt.at-boot", AT_BOOT, daemons::at_boot).fixing(),
    Check::site(Area::Libvirt, "libvirt.modular-parts", AT_BOOT, daemons::modular_parts).fixing(),
    Check::site(Area::Libvirt, "libvirt.log-daemon", NO_START, daemons::log_daemon).fixing(),
    Check::site(Area::Libvirt, "libvirt.core-limit", NO_START, daemons::core_limit),
    Check::site(Area::Libvirt, "libvirt.bus", NOT_ALLOWED, daemons::bus),
    Check::site(Area::Libvirt, "libvirt.polkit", NOT_ALLOWED, daemons::polkit),
    Check::site(Area::Libvirt, "libvirt.guests-service", OWN_STARTS, settings::guests_service),
    Check::site(Area::Libvirt, "libvirt.hooks", OWN_STARTS, settings::hooks),
    Check::site(Area::Libvirt, "libvirt.qemu-user", QEMU_SETTINGS, settings::qemu_user),
    Check::site(Area::Libvirt, "libvirt.security-driver", QEMU_SETTINGS, settings::security_driver),
    Check::site(Area::Libvirt, "libvirt.namespaces", QEMU_SETTINGS, settings::namespaces),
    Check::site(Area::Libvirt, "libvirt.keepalive", QEMU_SETTINGS, settings::keepalive),
    Check::exhibit(Area::Libvirt, "libvirt.graphics-password", DISPLAY_ASKS, settings::graphics_password),
    Check::exhibit(Area::Libvirt, "libvirt.graphics-tls", DISPLAY_ASKS, settings::graphics_tls),
    Check::exhibit(Area::Libvirt, "libvirt.vm-autostart", OWN_STARTS, vms::autostart).fixing(),
    Check::exhibit(Area::Libvirt, "libvirt.vm-state", STANDS_STILL, vms::state),
    Check::exhibit(Area::Libvirt, "libvirt.vm-frozen", STANDS_STILL, vms::frozen),
    Check::exhibit(Area::Libvirt, "libvirt.leftover", NO_START, vms::leftover),
    Check::exhibit(Area::Libvirt, "libvirt.vm-log", NO_START, vms::log),
    Check::exhibit(Area::Libvirt, "libvirt.agent", AGENT, vms::agent),
];

/// virsh at the URI that Vitrine asks, so that the same VMs are meant.
pub(in super::super) fn virsh(uri: &str, words: &[&str]) -> Command {
    let all = ["virsh", "-c", uri].iter().chain(words).map(|word| (*word).to_owned()).collect();
    // A session's libvirt is its user's; root has another one.
    Command { words: all, as_root: !Uri::read(uri).is_of_user() }
}
