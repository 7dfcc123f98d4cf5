//! Checks of what an exhibit's VM is made of.
//!
//! What is called ill has been refused by libvirt 11.3 with QEMU 10.0 when tried, or is refused in their code. Most
//! look at up to three definitions (`whose`): what the next start goes by, what runs, what a revert brings back.

mod confined;
mod display;
mod drift;
mod firmware;
mod guest;
mod host;
mod life;
mod machine;
mod net;
mod past;
mod serial;
mod storage;
mod touch;
mod whose;

use super::super::{Area, Check, Exhibit, Fact, Judged, Site};

const fn of(code: &'static str, heading: &'static str, look: fn(&Site, &Exhibit) -> Fact<Judged>) -> Check {
    Check::exhibit(Area::Definition, code, heading, look)
}

pub(super) const CHECKS: &[Check] = &[
    of("definition.exists", "the-vm-does-not-exist", life::exists),
    of("definition.transient", "the-vm-is-gone-once-it-has-stopped", life::persistent),
    of("definition.saved-state", "the-vm-starts-with-an-old-picture", life::saved),
    of("definition.emulator", "the-vm-does-not-start-on-this-computer", machine::emulator),
    of("definition.hypervisor", "the-vm-does-not-start-on-this-computer", machine::hypervisor),
    of("definition.machine", "the-vm-is-refused-after-an-upgrade", machine::known),
    of("definition.machine-age", "the-vm-is-refused-after-an-upgrade", machine::age),
    of("definition.processor", "the-vm-does-not-start-on-this-computer", machine::cpu_fits),
    of("definition.processor-bound", "the-snapshot-does-not-load-on-a-spare-computer", machine::cpu_bound),
    of("definition.powerpc", "a-powerpc-macintosh-cannot-be-put-back", past::powerpc),
    of("definition.hidden-disk", "a-powerpc-macintosh-cannot-be-put-back", past::hidden_disk),
    of("definition.arguments", "the-vm-is-refused-after-an-upgrade", past::arguments),
    of("definition.firmware", "the-vms-firmware-is-missing", firmware::files),
    of("definition.firmware-template", "the-vms-firmware-is-missing", firmware::template),
    of("definition.uefi-variables", "no-snapshot-can-be-made-of-a-uefi-vm", firmware::variables),
    of("definition.tpm", "the-vms-firmware-is-missing", firmware::tpm),
    of("definition.disk-format", "no-snapshot-can-be-made-of-the-vm", storage::format),
    of("definition.disk-left-out", "no-snapshot-can-be-made-of-the-vm", storage::left_out),
    of("definition.savable", "no-snapshot-can-be-made-of-the-vm", host::savable),
    of("definition.accelerated", "no-snapshot-can-be-made-of-the-vm", display::accelerated),
    of("definition.disk-doubled", "two-vms-want-the-same", storage::doubled),
    of("definition.display-port", "two-vms-want-the-same", display::port),
    of("definition.mac", "two-vms-want-the-same", net::mac),
    of("definition.disk-elsewhere", "the-artwork-stands-whenever-the-network-does", storage::elsewhere),
    of("definition.disk-errors", "the-guests-disk-is-damaged", storage::errors),
    of("definition.media", "a-medium-or-a-device-of-the-vm-is-missing", storage::media),
    of("definition.devices", "a-medium-or-a-device-of-the-vm-is-missing", host::devices),
    of("definition.folders", "a-medium-or-a-device-of-the-vm-is-missing", host::folders),
    of("definition.handed-over", "a-medium-or-a-device-of-the-vm-is-missing", host::handed_over),
    of("definition.peers", "a-medium-or-a-device-of-the-vm-is-missing", host::peers),
    of("definition.usb-state", "a-usb-device-is-silent-after-a-revert", host::usb),
    of("definition.shares", "a-shared-folder-is-dead-after-a-revert", host::shares),
    of("definition.boot", "a-cold-start-shows-something-else-than-the-artwork", storage::boot),
    of("definition.placement", "the-vm-does-not-start-on-this-computer", host::placement),
    of("definition.hugepages", "the-vm-does-not-start-on-this-computer", host::hugepages),
    of("definition.security-label", "the-vm-does-not-start-on-this-computer", host::label),
    of("definition.apparmor", "a-security-module-refuses-something", confined::apparmor),
    of("definition.secret", "an-encrypted-disk-has-no-key", confined::secret),
    of("definition.memory-limit", "the-vm-is-killed-for-its-memory", host::limit),
    of("definition.balloon", "the-vm-has-less-memory-than-it-was-given", host::balloon),
    of("definition.network-source", "the-vms-network-is-missing", net::source),
    of("definition.network-card", "no-heartbeat-can-arrive-from-the-vm", net::card),
    of("definition.network-host", "no-heartbeat-can-arrive-from-the-vm", net::host),
    of("definition.serial", "no-heartbeat-can-arrive-from-the-vm", serial::port),
    of("definition.graphics", "the-vm-has-no-picture", display::graphics),
    of("definition.graphics-kind", "the-vm-has-no-picture", display::graphics_kind),
    of("definition.video", "the-vm-has-no-picture", display::video),
    of("definition.video-kind", "the-vm-has-no-picture", display::video_kind),
    of("definition.password", "a-box-asks-for-a-password", display::password),
    of("definition.encrypted", "the-vm-has-no-picture", display::encrypted),
    of("definition.display-reach", "the-picture-goes-when-somebody-else-looks", display::reach),
    of("definition.heads", "one-of-several-screens-stays-dark", display::heads),
    of("definition.video-memory", "one-of-several-screens-stays-dark", display::video_memory),
    of("definition.windows-qxl", "the-picture-is-broken-after-a-revert", display::windows_qxl),
    of("definition.resize", "the-guest-does-not-take-the-screens-resolution", touch::resize),
    of("definition.pointer", "a-click-takes-the-pointer-prisoner", touch::pointer),
    of("definition.sound", "the-artwork-is-silent", touch::sound),
    of("definition.usb-redirection", "a-usb-device-does-not-reach-the-guest", touch::usb),
    of("definition.on-reboot", "the-vm-does-not-come-back-by-itself", life::reboot),
    of("definition.on-poweroff", "the-vm-does-not-go-off", life::poweroff),
    of("definition.on-crash", "the-vm-does-not-come-back-by-itself", life::crash),
    of("definition.watchdog", "the-vm-does-not-come-back-by-itself", life::watchdog),
    of("definition.sleep", "the-artwork-goes-to-sleep", life::sleep),
    of("definition.acpi", "the-vm-does-not-go-off", guest::acpi),
    of("definition.agent", "the-guests-agent-cannot-answer", guest::agent),
    of("definition.clock", "the-guests-time-is-hours-off", guest::clock),
    of("definition.hyperv", "a-windows-uses-too-much-of-the-processor", guest::hyperv),
    of("definition.pending", "a-change-of-the-vm-has-no-effect", drift::pending),
    of("definition.snapshot-hardware", "a-change-of-the-vm-has-no-effect", drift::snapshot),
];

#[cfg(test)]
mod tests;
