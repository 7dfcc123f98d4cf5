//! The configuration: TOML text in, checked [`Settings`] out.
//!
//! The text becomes a tree with places ([`toml::de::DeTable`]), a reader walks the tree and notes everything
//! that is wrong, and only a tree with nothing wrong becomes settings.
//!
//! `load` finds the file and reads it; `syntax` says in plain words what is no TOML, and `legacy` knows the YAML of
//! former versions. `site` reads the whole tree, and leaves each kind of table to its file (`exhibit`, `screen`, `unit`,
//! `listen`, `access`); these see the tree through `reader`, which notes the errors with the places that `source` finds, and the
//! keys that `keys` knows. What only one table may have, `claims` remembers.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod access;
mod claims;
mod duration;
mod error;
mod exhibit;
mod keys;
mod legacy;
mod listen;
mod load;
mod reader;
mod screen;
mod site;
mod source;
mod syntax;
mod timings;
mod unit;

use std::collections::BTreeSet;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::core::types::{
    Access, AccessRules, Act, ExhibitSettings, LastResortSettings, Role, ScreenSettings, SiteSettings, Token,
    UnitSettings,
};

pub use access::is_argon2;
pub use duration::{format_duration, parse_duration};
pub use error::{ConfigError, Errors};
pub use listen::is_computer_name;
pub use load::{Absence, LoadError, Loaded, Looked, NamedBy, find, find_in, load, load_within};

/// Everything that the configuration says; it cannot be invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Which libvirt to speak to.
    pub libvirt: LibvirtSettings,
    /// Where the API listens.
    pub api: ApiSettings,
    /// Who can log in.
    pub accounts: Vec<AccountSettings>,
    /// Programs that can show a secret.
    pub tokens: Vec<Token>,
    /// How screens are to be set up; those that are not named are left as they are.
    pub screens: Vec<ScreenSettings>,
    /// Where incidents are kept.
    pub journal: JournalSettings,
    /// What is done when nothing else has helped for long.
    pub last_resort: LastResortSettings,
    /// What becomes of the VMs when the computer is switched off.
    pub shutdown: ShutdownSettings,
    /// The exhibits, in the file's order; at least one.
    pub exhibits: Vec<ExhibitSettings>,
    /// The units to watch: those of the file, in its order, then those of libvirt.
    pub units: Vec<UnitSettings>,
}

/// Where incidents are kept, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalSettings {
    /// The file; `None` means the usual place in `$XDG_STATE_HOME`.
    pub path: Option<PathBuf>,
    /// How large the file may become, in bytes; the oldest incidents go first.
    pub limit: u64,
    /// How long its pictures are kept.
    pub retention: Duration,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self { path: None, limit: 100 * 1024 * 1024, retention: Duration::from_secs(90 * 24 * 3600) }
    }
}

/// Which libvirt to speak to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibvirtSettings {
    /// The connection URI, such as `qemu:///system`.
    pub uri: String,
    /// Time between two polls of every VM, the safety net under libvirt's events.
    pub poll: std::time::Duration,
}

impl Settings {
    /// What the core decides by.
    pub fn site(&self) -> SiteSettings {
        SiteSettings {
            exhibits: self.exhibits.clone(),
            units: self.units.clone(),
            last_resort: self.last_resort,
        }
    }

    /// Whether anything is to be shown.
    pub fn shows(&self) -> bool {
        self.exhibits.iter().any(|exhibit| !exhibit.screens.is_empty())
    }

    /// All screens that are to be set up: those with a `[[screen]]`, and those that exhibits name.
    pub fn layout(&self) -> Vec<ScreenSettings> {
        let mut all = self.screens.clone();
        for name in self.exhibits.iter().flat_map(|exhibit| &exhibit.screens) {
            if !all.iter().any(|screen| screen.name == *name) {
                all.push(ScreenSettings::plain(name.clone()));
            }
        }
        all
    }
}

impl Default for LibvirtSettings {
    fn default() -> Self {
        Self { uri: "qemu:///system".to_owned(), poll: std::time::Duration::from_secs(30) }
    }
}

/// Where the API listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiSettings {
    /// TCP addresses. One that does not exist yet is retried. Empty only where no exhibit expects heartbeats.
    pub listen: Vec<SocketAddr>,
    /// The Unix socket for the commands; `None` means the usual place in `$XDG_RUNTIME_DIR`.
    pub socket: Option<PathBuf>,
    /// Names under which this computer is asked, besides its own; in small letters.
    pub names: Vec<String>,
    /// Addresses that a proxy alone is to reach: whoever comes by them comes from elsewhere.
    pub proxy: Vec<SocketAddr>,
    /// Where it is served over TLS; `None` for nowhere.
    pub tls: Option<TlsSettings>,
    /// What processes of this computer may do that are no guest's.
    pub loopback: Access,
    /// What everybody else may do.
    pub remote: Access,
    /// What guests may do about their own exhibits beyond what every guest may.
    pub guest_may: BTreeSet<Act>,
    /// Whether a guest with user-mode networking may name an exhibit in its heartbeats where it is not known which it is.
    pub user_mode_beats: bool,
}

/// Where the API is served over TLS, and by what it is known there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// TCP addresses, at least one. One that does not exist yet is retried.
    pub listen: Vec<SocketAddr>,
    /// The certificate in PEM, and behind it those that lead to one that browsers know.
    pub certificate: PathBuf,
    /// Its private key in PEM.
    pub key: PathBuf,
}

/// Somebody of the staff who can log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    /// The name.
    pub name: String,
    /// What this person may do.
    pub role: Role,
    /// Where the hash of the password is.
    pub password: PasswordHash,
}

/// The hash of a password.
#[derive(Clone, PartialEq, Eq)]
pub enum PasswordHash {
    /// It, in the PHC string format.
    Hash(String),
    /// In a credential of this name (systemd.exec(5), `LoadCredential=`).
    Credential(String),
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A hash in a log is a password that somebody can guess at.
            Self::Hash(_) => f.write_str("Hash"),
            Self::Credential(name) => write!(f, "Credential({name})"),
        }
    }
}

impl Default for ApiSettings {
    fn default() -> Self {
        let access = AccessRules::default();
        Self {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 8000))],
            socket: None,
            names: Vec::new(),
            proxy: Vec::new(),
            tls: None,
            loopback: access.loopback,
            remote: access.remote,
            guest_may: access.guest_may,
            user_mode_beats: access.user_mode_beats,
        }
    }
}

/// What becomes of the VMs when the computer is switched off or restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShutdownSettings {
    /// Whether they are ended at once, which is quick and does no harm to what starts from its snapshot; otherwise
    /// they are left to the system (`libvirt-guests`).
    pub end_vms: bool,
}

impl Default for ShutdownSettings {
    fn default() -> Self {
        Self { end_vms: true }
    }
}

/// Reads a configuration. `file` is its name for messages.
///
/// # Errors
/// Everything that is wrong with the text, at once.
pub fn parse(text: &str, file: &str) -> Result<Settings, Errors> {
    // Editors on Windows begin a file with a byte order mark; columns must not count it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = reader::Reader::new(text);
    let (tree, faults) = toml::de::DeTable::parse_recoverable(text);
    let fail = |reader: reader::Reader<'_>| Errors { file: file.to_owned(), errors: reader.into_errors() };
    if !faults.is_empty() {
        if !legacy::note(&mut reader) {
            let mended = syntax::without_cuts(text, &faults);
            let (tree, rest) = toml::de::DeTable::parse_recoverable(&mended);
            syntax::note(&mut reader, tree.get_ref(), faults);
            if syntax::are_local(&rest) {
                site::read(&mut reader, tree.get_ref());
            }
        }
        return Err(fail(reader));
    }
    let settings = site::read(&mut reader, tree.get_ref());
    if reader.is_clean() { Ok(settings) } else { Err(fail(reader)) }
}
