//! Where the installer of this kiosk is.

/// How Vitrine has come to this computer, as far as its installer goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Installer {
    /// By the Debian package, which has the installer and says what it is to do.
    Packaged {
        /// The steps that `/etc/default/vitrine-kiosk` leaves out.
        left_out: Vec<String>,
    },
    /// Vitrine's folder is this one.
    Folder(String),
    /// Somebody knows in which folder it was built.
    #[default]
    Unknown,
}

/// Where the Debian package has what the repository has (`Cargo.toml`, `assets`).
pub const PACKAGED: &str = "/usr/share/vitrine";

impl Installer {
    /// Where a file of the repository's is, of those that the package has as well.
    pub fn path(&self, name: &str) -> String {
        match self {
            Self::Packaged { .. } => format!("{PACKAGED}/{name}"),
            Self::Folder(folder) => format!("{folder}/{name}"),
            Self::Unknown => name.to_owned(),
        }
    }
}
