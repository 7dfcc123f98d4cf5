//! What was found out. Each area has its own; `unknown` makes one of which nothing is known, for a reason.

pub mod api;
pub mod definition;
pub mod disk_image;
pub mod display;
pub mod guest;
pub mod host;
pub mod installer;
pub mod kvm;
pub mod libvirt;
pub mod network;
pub mod performance;
pub mod permissions;
pub mod session;
pub mod snapshot;

use super::Fact;
use crate::config::Settings;
use crate::core::types::{ExhibitSettings, Told};

/// Everything.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The computer's.
    pub site: Site,
    /// The exhibits', in the configuration's order.
    pub exhibits: Vec<Exhibit>,
}

/// What is known of the computer.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each is documented where it is defined")]
pub struct Site {
    pub settings: Fact<Settings>,
    pub installer: installer::Installer,
    pub host: host::Host,
    pub kvm: kvm::Kvm,
    pub permissions: permissions::Permissions,
    pub libvirt: libvirt::Libvirt,
    pub network: network::Network,
    pub display: display::Display,
    pub session: session::Session,
    pub api: api::Api,
    pub performance: performance::Performance,
}

/// What is known of an exhibit.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each is documented where it is defined")]
pub struct Exhibit {
    pub settings: ExhibitSettings,
    pub definition: definition::Definitions,
    pub image: disk_image::Images,
    pub snapshot: snapshot::Snapshots,
    pub display: display::OfExhibit,
    pub guest: guest::Guest,
}

impl Site {
    /// A computer of which nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            settings: Err(why.clone()),
            installer: installer::Installer::Unknown,
            host: host::Host::unknown(why),
            kvm: kvm::Kvm::unknown(why),
            permissions: permissions::Permissions::unknown(why),
            libvirt: libvirt::Libvirt::unknown(why),
            network: network::Network::unknown(why),
            display: display::Display::unknown(why),
            session: session::Session::unknown(why),
            api: api::Api::unknown(why),
            performance: performance::Performance::unknown(why),
        }
    }

    /// A computer on which all is well, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        Self {
            settings: Ok(well_settings()),
            installer: installer::Installer::Unknown,
            host: host::Host::well(),
            kvm: kvm::Kvm::well(),
            permissions: permissions::Permissions::well(),
            libvirt: libvirt::Libvirt::well(),
            network: network::Network::well(),
            display: display::Display::well(),
            session: session::Session::well(),
            api: api::Api::well(),
            performance: performance::Performance::well(),
        }
    }
}

impl Exhibit {
    /// An exhibit of which nothing is known but what the configuration says.
    pub fn unknown(settings: ExhibitSettings, why: &Told) -> Self {
        Self {
            settings,
            definition: definition::Definitions::unknown(why),
            image: disk_image::Images::unknown(why),
            snapshot: snapshot::Snapshots::unknown(why),
            display: display::OfExhibit::unknown(why),
            guest: guest::Guest::unknown(why),
        }
    }

    /// One with which all is well, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        Self {
            settings: well_settings().exhibits.remove(0),
            definition: definition::Definitions::well(),
            image: disk_image::Images::well(),
            snapshot: snapshot::Snapshots::well(),
            display: display::OfExhibit::well(),
            guest: guest::Guest::well(),
        }
    }
}

/// The configuration of one exhibit with a heartbeat on one screen.
#[cfg(test)]
pub(crate) fn well_settings() -> Settings {
    let text = "[api]\nlisten = [\"127.0.0.1:8000\", \"192.168.122.1:8000\"]\n[[exhibit]]\nname = \"eden-garden\"\n\
                vm = \"eden-garden-vm\"\nscreens = [\"HDMI-1\"]\n";
    crate::config::parse(text, "vitrine.toml").unwrap()
}
