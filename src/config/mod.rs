//! The configuration: TOML text in, checked [`Settings`] out.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::core::types::ExhibitSettings;

/// Everything that the configuration says; it cannot be invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Which libvirt to speak to.
    pub libvirt: LibvirtSettings,
    /// Where the API listens.
    pub api: ApiSettings,
    /// The exhibits, in the file's order; at least one, unless the file says nothing of any.
    pub exhibits: Vec<ExhibitSettings>,
}

/// Which libvirt to speak to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibvirtSettings {
    /// The connection URI, such as `qemu:///system`.
    pub uri: String,
    /// Time between two polls of every VM, the safety net under libvirt's events.
    pub poll: std::time::Duration,
}

/// Where the API listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiSettings {
    /// TCP addresses. One that does not exist yet is retried.
    pub listen: Vec<SocketAddr>,
    /// The Unix socket for the commands; `None` means the usual place in `$XDG_RUNTIME_DIR`.
    pub socket: Option<PathBuf>,
}
