//! The table of checks, one file an area, from the ground up.

mod api;
mod definition;
mod disk_image;
mod display;
mod guest;
mod host;
mod installer;
mod kvm;
mod libvirt;
mod network;
mod performance;
mod permissions;
mod session;
mod snapshot;

use super::Check;

pub(super) const ALL: &[&[Check]] = &[
    host::CHECKS,
    kvm::CHECKS,
    permissions::CHECKS,
    libvirt::CHECKS,
    network::CHECKS,
    disk_image::CHECKS,
    definition::CHECKS,
    snapshot::CHECKS,
    display::CHECKS,
    session::CHECKS,
    api::CHECKS,
    guest::CHECKS,
    performance::CHECKS,
];
