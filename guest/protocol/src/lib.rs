//! What the guest kit decides, without the system that it runs on: no clock, no sockets, no windows, no allocation.
//!
//! A kit is a loop around [`kit::Kit`]. It looks at processes and windows ([`watch::Look`]), hands that in with the
//! time ([`time::Ticks`]), carries out what comes back ([`watch::Act`], [`strangers::Measure`]), and makes the calls
//! that [`kit::Kit::next_call`] asks for ([`http`]). What the host answers goes back in. Everything that decides is in
//! here, so that it can be tried without Windows; a kit for a system only carries out.
//!
//! Edition 2021 without newer features than Rust 1.63's: the last Rust whose compiler, as Debian has it, still makes
//! programs for Windows 95.

#![no_std]

pub mod button;
pub mod calls;
pub mod http;
pub mod idle;
pub mod ini;
pub mod json;
pub mod kit;
pub mod log;
pub mod pattern;
pub mod settings;
pub mod strangers;
pub mod text;
pub mod time;
pub mod watch;

/// The version of the kit, which the host is told with each call.
pub const VERSION: &str = "0.1.0";
