//! Where the commands meet the parts of Vitrine that they start or ask without a daemon.

use std::path::{Path, PathBuf};

use super::{Outcome, complain};
use crate::core::types::Monitor;

/// What `vitrine run` was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// The configuration, where one was named.
    pub config: Option<PathBuf>,
    /// The control socket, where one was named; it goes before the configuration's.
    pub socket: Option<PathBuf>,
}

/// Runs the daemon. To be connected: `crate::daemon::run(options)`.
pub(super) fn run(_options: RunOptions) -> Outcome {
    complain("the daemon is not part of this build", Outcome::NotWell)
}

/// Checks a configuration; a sentence for people either way. To be connected: `config::find`, `config::load`.
pub(super) fn check(_file: Option<&Path>) -> Result<String, String> {
    Err("configurations cannot be checked by this build".to_owned())
}

/// The control socket that the configuration names. To be connected: `config::find`, `config::load`, and
/// `Settings::api.socket`; a configuration that cannot be read names none.
pub(super) fn configured_socket(_config: Option<&Path>) -> Option<PathBuf> {
    None
}

/// The monitors of `$DISPLAY`. To be connected: `adapter::x11::list_monitors(None)`.
pub(super) fn monitors() -> Result<Vec<Monitor>, String> {
    Err("the X server cannot be asked by this build".to_owned())
}
