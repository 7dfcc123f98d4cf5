//! `vitrine foresee`, which the daemon runs: what will fail of the VMs that a configuration names, as one line of JSON.

use std::io::Read as _;

use super::look_ahead;
use crate::cli::{Outcome, fail, say_line};
use crate::config::{self, Settings};
use crate::doctor::{Finding, Verdict};
use crate::ground::User;
use crate::web::dto;

/// Reads a configuration from the standard input, and looks at its VMs by this libvirt.
pub(in crate::cli) fn command(uri: String) -> Outcome {
    let mut text = String::new();
    if let Err(error) = std::io::stdin().lock().read_to_string(&mut text) {
        return fail(&error.to_string(), Outcome::Wrong);
    }
    match config::parse(&text, "vitrine.toml") {
        Ok(mut settings) => {
            settings.libvirt.uri = uri;
            say_line(&foreseen(&settings))
        }
        Err(errors) => fail(&errors.to_string(), Outcome::Wrong),
    }
}

/// What is foreseen for each exhibit. One of which something could not be found out says nothing of it.
fn foreseen(settings: &Settings) -> Vec<dto::OfExhibit> {
    let findings = look_ahead(settings, None, User::own());
    let of = |name: &str| {
        let own = findings.iter().filter(|finding| finding.exhibit.as_deref() == Some(name));
        let mut foreseen: Vec<_> = own.clone().filter_map(Finding::foreseen).collect();
        foreseen.sort_by_key(|foreseen| !foreseen.ill);
        let unknown = own.filter(|finding| finding.verdict == Verdict::Unknown).count();
        tracing::debug!(exhibit = name, unknown, "looked at the VM: {} foreseen", foreseen.len());
        dto::OfExhibit {
            exhibit: name.to_owned(),
            foreseen: foreseen.iter().map(dto::Foreseen::new).collect(),
        }
    };
    settings.exhibits.iter().map(|exhibit| of(&exhibit.name)).collect()
}
