//! What a VM's definition says (<https://libvirt.org/formatdomain.html>), as typed facts: pure, and whole as far as
//! anything of it may stop an artwork; and which libvirt has it.

mod capabilities;
mod definition;
mod device;
mod disk;
mod display;
mod domain_capabilities;
mod machine;
mod needs;
mod network;
mod uri;
mod xml;

pub use capabilities::{Capabilities, DomainKind, GuestKind, Machine};
pub use definition::{Definition, Held, ReadError, SecretUse};
pub use device::{Filesystem, HostDevice, Interface, Port, Rng, SecurityLabel, Tpm, Watchdog};
pub use disk::{Disk, Source};
pub use display::{Audio, Graphics, Input, Listen, Sound, Video};
pub use domain_capabilities::DomainCapabilities;
pub use machine::{Clock, Cpu, Features, Firmware, Lifecycle, MemoryBacking, Nvram, Placement, Timer};
pub use network::leads_past_host;
pub use uri::Uri;

/// A version as libvirt counts it (1,000,000 × major + 1,000 × minor + release), as people write it.
pub fn version_text(number: u32) -> String {
    format!("{}.{}.{}", number / 1_000_000, number / 1000 % 1000, number % 1000)
}

#[cfg(test)]
mod tests;
