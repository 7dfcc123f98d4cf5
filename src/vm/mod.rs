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

#[cfg(test)]
mod tests;
