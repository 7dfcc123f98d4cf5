//! Checks of Vitrine's daemon, and how it is reached.

mod certificate;
mod configuration;
mod daemon;
mod doors;
mod exhibit;
mod journal;

use std::time::Duration;

use super::super::facts::api::{ToldExhibit, ToldSite};
use super::super::{Area, Check, Command, Exhibit, Fact, Site};
use crate::core::types::Told;
use crate::words::told;

pub(super) const CHECKS: &[Check] = &[
    Check::site(
        Area::Api,
        "api.configuration",
        "the-configuration-is-missing-or-wrong",
        configuration::configuration,
    ),
    Check::site(
        Area::Api,
        "api.configuration-rights",
        "the-configuration-is-missing-or-wrong",
        configuration::rights,
    )
    .fixing(),
    Check::site(
        Area::Api,
        "api.configuration-in-use",
        "a-change-of-the-configuration-has-no-effect",
        configuration::in_use,
    ),
    Check::site(Area::Api, "api.legacy", "an-old-configuration-lies-there-too", configuration::legacy),
    Check::site(Area::Api, "api.daemon", "vitrine-does-not-run", daemon::daemon),
    Check::site(Area::Api, "api.two-daemons", "two-vitrines-run", daemon::two_daemons),
    Check::site(Area::Api, "api.standstill", "vitrine-runs-and-does-not-answer", daemon::standstill),
    Check::site(Area::Api, "api.version", "vitrine-was-updated-and-the-old-one-still-runs", daemon::version),
    Check::site(Area::Api, "api.libvirt", "vitrine-does-not-reach-libvirt", daemon::libvirt),
    Check::site(
        Area::Api,
        "api.last-resort",
        "vitrine-is-about-to-restart-the-computer",
        daemon::last_resort,
    ),
    Check::site(Area::Api, "api.addresses", "guests-cannot-reach-the-api", doors::addresses),
    Check::site(Area::Api, "api.open", "the-api-is-open-to-the-whole-network", doors::open),
    Check::site(Area::Api, "api.certificate", "browsers-do-not-trust-the-panel", certificate::certificate),
    Check::site(Area::Api, "api.journal", "incidents-are-not-kept", journal::journal),
    Check::site(Area::Api, "api.log", "the-log-is-full-of-warnings", journal::log),
    Check::exhibit(Area::Api, "api.exhibit", "an-artwork-is-broken-stopped-or-on-hold", exhibit::exhibit),
];

/// A span as people say it.
pub(super) fn span(time: Duration) -> Told {
    match time.as_secs() {
        0..120 => told!("{time}", time = Duration::from_secs(time.as_secs())),
        seconds @ 120..7200 => told!("{minutes} min", minutes = seconds / 60),
        seconds @ 7200..172_800 => told!("{hours} h", hours = seconds / 3600),
        seconds => told!("{days} days", days = seconds / 86_400),
    }
}

/// What the running daemon says.
pub(super) fn site_of(site: &Site) -> Fact<&ToldSite> {
    site.api.site.as_ref().map_err(Told::clone)
}

/// What it says of an exhibit.
fn told_of<'a>(site: &'a Site, exhibit: &Exhibit) -> Fact<&'a ToldExhibit> {
    let name = &exhibit.settings.name;
    let found = site_of(site)?.exhibits.iter().find(|told| told.name == *name);
    found.ok_or_else(|| told!("the daemon does not know of '{exhibit}'", exhibit = name))
}

/// A command of Vitrine's own.
pub(super) fn vitrine<const N: usize>(words: [&str; N]) -> Command {
    let mut command = Command::new(words);
    command.words.insert(0, "vitrine".to_owned());
    command
}

#[cfg(test)]
pub(in crate::doctor::checks) mod tests;
