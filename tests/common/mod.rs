//! What several tests share.
#![allow(dead_code, unreachable_pub, clippy::expect_used, clippy::panic)]

pub mod libvirtd;
