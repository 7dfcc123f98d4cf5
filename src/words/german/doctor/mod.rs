//! What the doctor says, by area.

mod api;
mod commands;
mod definition;
mod disk_image;
mod display;
mod ground;
mod guest;
mod host;
mod kvm;
mod libvirt;
mod network;
mod performance;
mod permissions;
mod session;
mod snapshot;

use super::Row;

pub(super) const TABLES: &[&[Row]] = &[
    ground::ROWS,
    commands::ROWS,
    host::ROWS,
    kvm::ROWS,
    permissions::ROWS,
    libvirt::ROWS,
    network::ROWS,
    disk_image::ROWS,
    definition::ROWS,
    definition::CONFINED,
    definition::SEEN,
    snapshot::ROWS,
    display::ROWS,
    session::ROWS,
    api::ROWS,
    guest::ROWS,
    performance::ROWS,
];
