//! Checks of the computer and its system.

mod power;
mod storage;
mod system;
mod trouble;
mod updates;

use super::super::{Area, Check, Command, Fact, Judged, Remedy, Site};
use crate::core::types::Told;

const AREA: Area = Area::Host;

pub(super) const CHECKS: &[Check] = &[
    Check::site(AREA, "host.system", "the-system-is-not-one-that-vitrine-knows", system::known),
    Check::site(AREA, "host.packages", "programs-are-missing-or-do-not-fit-together", system::packages),
    Check::site(AREA, "host.programs", "programs-are-missing-or-do-not-fit-together", system::programs),
    Check::site(AREA, "host.versions", "programs-are-missing-or-do-not-fit-together", system::versions),
    Check::site(AREA, "host.spice-module", "programs-are-missing-or-do-not-fit-together", system::spice),
    Check::site(AREA, "host.restart", "the-computer-waits-for-a-restart", system::restart),
    Check::site(AREA, "host.time-sync", "the-clock-is-wrong", system::synchronised).fixing(),
    Check::site(AREA, "host.clock", "the-clock-is-wrong", system::clock),
    Check::site(AREA, "host.time-zone", "the-clock-is-wrong", system::zone),
    Check::site(AREA, "host.name", "the-computer-cannot-find-its-own-name", system::name),
    Check::site(AREA, "host.failed-units", "a-service-has-failed", system::failed_units),
    Check::site(AREA, "host.room", "the-computer-has-no-room-left", storage::room),
    Check::site(AREA, "host.inodes", "the-computer-has-no-room-left", storage::inodes),
    Check::site(AREA, "host.logs", "the-computer-has-no-room-left", storage::logs),
    Check::site(AREA, "host.core-dumps", "programs-crash", storage::core_dumps),
    Check::site(AREA, "host.read-only", "a-disk-is-damaged-or-worn", storage::read_only),
    Check::site(AREA, "host.disk-health", "a-disk-is-damaged-or-worn", storage::health),
    Check::site(AREA, "host.disk-wear", "a-disk-is-damaged-or-worn", storage::wear),
    Check::site(AREA, "host.mounts", "the-computer-does-not-start-by-itself", storage::mounts),
    Check::site(AREA, "host.log-kept", "nobody-knows-what-happened-before-the-restart", storage::log_kept)
        .fixing(),
    Check::site(AREA, "host.disk-errors", "a-disk-is-damaged-or-worn", trouble::disk),
    Check::site(AREA, "host.file-system", "a-disk-is-damaged-or-worn", trouble::file_system),
    Check::site(AREA, "host.killed-for-memory", "a-vm-was-killed-for-memory", trouble::memory),
    Check::site(AREA, "host.heat", "the-computer-is-too-hot", trouble::heat),
    Check::site(AREA, "host.temperature", "the-computer-is-too-hot", trouble::temperature),
    Check::site(AREA, "host.hardware-errors", "the-hardware-reports-errors", trouble::hardware),
    Check::site(AREA, "host.graphics-hang", "the-hardware-reports-errors", trouble::graphics),
    Check::site(AREA, "host.kernel-faults", "the-hardware-reports-errors", trouble::kernel),
    Check::site(AREA, "host.crashes", "programs-crash", trouble::crashes),
    Check::site(AREA, "host.slept", "the-computer-falls-asleep", trouble::slept),
    Check::site(AREA, "host.idle-action", "the-computer-falls-asleep", power::idle),
    Check::site(AREA, "host.lid", "the-computer-falls-asleep", power::lid),
    Check::site(AREA, "host.keys", "the-computer-falls-asleep", power::keys),
    Check::site(AREA, "host.mains", "the-computer-runs-on-its-battery", power::mains),
    Check::site(AREA, "host.boot-menu", "the-computer-does-not-start-by-itself", power::boot_menu),
    Check::site(AREA, "host.fsck", "the-computer-does-not-start-by-itself", power::fsck),
    Check::site(AREA, "host.starts", "the-computer-restarts-again-and-again", power::starts),
    Check::site(AREA, "host.power-cut", "the-computer-restarts-again-and-again", power::power_cut),
    Check::site(AREA, "host.watchdog", "a-computer-that-hangs-stays-so", power::watchdog),
    Check::site(AREA, "host.panic", "a-computer-that-hangs-stays-so", power::panic).fixing(),
    Check::site(AREA, "host.update-restart", "updates-disturb-the-opening-hours", updates::restart),
    Check::site(AREA, "host.updates", "updates-disturb-the-opening-hours", updates::unattended),
    Check::site(AREA, "host.service-restarts", "updates-disturb-the-opening-hours", updates::services),
    Check::site(AREA, "host.snaps", "updates-disturb-the-opening-hours", updates::snaps).fixing(),
];

/// Whether it is in a container: then start, kernel, clock and hardware are nobody's business in it.
fn contained(site: &Site) -> Fact<bool> {
    site.host.container.as_ref().copied().map_err(Told::clone)
}

/// A size for people.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..10_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

/// What a check's word comes down to; nothing where nothing is concerned.
#[cfg(test)]
pub(super) fn verdict(judged: Fact<Judged>) -> Option<super::super::Verdict> {
    match judged {
        Err(_) => Some(super::super::Verdict::Unknown),
        Ok(Judged::Beside) => None,
        Ok(Judged::Well(_)) => Some(super::super::Verdict::Well),
        Ok(Judged::Not { verdict, .. }) => Some(verdict),
    }
}

#[cfg(test)]
mod tests;
