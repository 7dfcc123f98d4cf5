//! What several tests share.
#![allow(dead_code, unreachable_pub, unused_imports, clippy::expect_used, clippy::panic, clippy::unwrap_used)]

pub mod browser;
pub mod cases;
pub mod dice;
pub mod eye;
pub mod faults;
pub mod libvirtd;
pub mod museum;
pub mod rig;
pub mod stage;
pub mod systemd;
pub mod world;
pub mod xserver;
