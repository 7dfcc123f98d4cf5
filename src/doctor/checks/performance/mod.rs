//! Checks of whether there is enough of everything.

mod computer;
mod vms;

use super::super::facts::performance::{Memory, Vm};
use super::super::{Area, Check, Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use super::host::size;
use crate::core::types::Told;

const AREA: Area = Area::Performance;

pub(super) const CHECKS: &[Check] = &[
    Check::site(AREA, "performance.load", "the-computer-is-overloaded", computer::load),
    Check::site(AREA, "performance.processors", "the-computer-is-overloaded", computer::processors),
    Check::site(AREA, "performance.steal", "the-computer-is-overloaded", computer::steal),
    Check::site(AREA, "performance.memory", "there-is-not-enough-memory", computer::memory),
    Check::site(AREA, "performance.memory-pressure", "there-is-not-enough-memory", computer::memory_pressure),
    Check::site(AREA, "performance.swap", "there-is-not-enough-memory", computer::swap),
    Check::site(AREA, "performance.disk", "the-disk-is-slow", computer::disk),
    Check::site(AREA, "performance.disk-pressure", "the-disk-is-slow", computer::disk_pressure),
    Check::site(AREA, "performance.rotating", "the-disk-is-slow", computer::rotating),
    Check::site(AREA, "performance.others", "something-else-eats-the-computers-time", computer::others),
    Check::site(
        AREA,
        "performance.maintenance",
        "something-else-eats-the-computers-time",
        computer::maintenance,
    ),
    Check::site(AREA, "performance.zombies", "something-else-eats-the-computers-time", computer::zombies),
    Check::site(AREA, "performance.speed", "the-processor-is-kept-slow", computer::speed),
    Check::site(AREA, "performance.throttled", "the-computer-is-too-hot", computer::throttled),
    Check::site(AREA, "performance.graphics", "an-artwork-is-slow", computer::graphics),
    Check::site(AREA, "performance.cores", "the-computer-is-overloaded", vms::cores),
    Check::site(AREA, "performance.vm-memory", "there-is-not-enough-memory", vms::memory),
    Check::exhibit(AREA, "performance.vcpus", "an-artwork-is-slow", vms::vcpus),
    Check::exhibit(AREA, "performance.cache", "an-artworks-data-may-be-lost-in-a-power-cut", vms::cache),
    Check::exhibit(AREA, "performance.cpu-mode", "an-artwork-is-slow", vms::processor_mode),
    Check::exhibit(AREA, "performance.share", "an-artwork-is-slow", vms::share),
    Check::exhibit(AREA, "performance.nice", "an-artwork-is-slow", vms::nice),
];

/// The VM of an exhibit, where libvirt has it.
fn vm<'a>(site: &'a Site, exhibit: &Exhibit) -> Fact<Option<&'a Vm>> {
    let vms = site.performance.vms.as_ref().map_err(Told::clone)?;
    Ok(vms.iter().find(|vm| vm.name == exhibit.settings.vm))
}

fn memory_of(site: &Site) -> Fact<&Memory> {
    site.performance.memory.as_ref().map_err(Told::clone)
}

fn cores_of(site: &Site) -> Fact<u32> {
    site.performance.cores.as_ref().copied().map_err(Told::clone)
}

#[cfg(test)]
mod tests;
