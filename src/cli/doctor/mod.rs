//! `vitrine doctor`: what is wrong with this computer and its artworks, how that is known, and what to do. It works with
//! the daemon running, stopped, or never installed, and changes nothing unless it is told to.

mod fix;
mod foresee;
mod json;
mod kiosk_user;
mod report;

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, stderr};
use std::path::Path;
use std::time::{Duration, Instant};

use super::client::{self, Daemon};
use super::{Outcome, colours, fail, progress, say, session};
use crate::config::{self, LibvirtSettings, LoadError, Settings};
use crate::core::types::{ExhibitSettings, Told};
use crate::doctor::{self, Area, Fact, Finding, Verdict};
use crate::ground::{self, Asked, User};
use crate::words::{told, tr};

pub(super) use foresee::command as foresee;
pub(super) use kiosk_user::find as kiosk_user;
pub(super) use report::{Shown, pre_flight};

/// How long the daemon may take to say how it goes: one that works answers at once, and the doctor is for when it does
/// not.
const STATUS_TIME: Duration = Duration::from_secs(2);

/// How long the configuration may take to be read: the doctor is for when what it lies on does not answer, and has other
/// things to look at.
const CONFIG_TIME: Duration = Duration::from_secs(3);

/// What is asked for.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// Only this exhibit, and what it stands on
    exhibit: Option<String>,
    /// Do what is safe and can be taken back, after showing it; the rest is left to you
    #[arg(long, conflicts_with = "json")]
    fix: bool,
    /// With --fix: do not ask before each
    #[arg(long, requires = "fix")]
    yes: bool,
    /// Tell of what is well, too
    #[arg(long, conflicts_with = "json")]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Looks at everything, and tells what is not as it should be. Exit code 1 only where something is ill.
pub(super) fn command(wanted: &Wanted, daemon: &Daemon, file: Option<&Path>) -> Outcome {
    session::enter();
    let asked = match asked(wanted.exhibit.as_deref(), daemon, file) {
        Ok(asked) => asked,
        Err(outcome) => return outcome,
    };
    let (findings, took) = examine(&asked);
    if wanted.json {
        return json::print(&findings, took);
    }
    let shown = if wanted.all { Shown::All } else { Shown::NotWell };
    let style = report::Style { colour: colours(), width: report::width() };
    say(&report::render(&findings, shown, took, &style));
    if !wanted.fix {
        return outcome(&findings);
    }
    // A check names the first of several things, so one that is mended may bring the next to light.
    let (mut findings, mut took, mut shown) = (findings, None, fix::Shown::new());
    while fix::run(&findings, wanted.yes, &mut shown) == fix::Done::Something {
        let (after, again) = examine(&asked);
        (findings, took) = (after, Some(again));
    }
    if let Some(took) = took {
        say(&report::render(&findings, Shown::NotWell, took, &style));
    }
    outcome(&findings)
}

/// All findings as `vitrine doctor --json` prints them.
pub(super) fn as_json(asked: &Asked) -> Result<String, String> {
    let begun = Instant::now();
    let facts = ground::gather(asked.clone(), |_| {});
    json::text(&doctor::examine(&facts, &asked.areas), begun.elapsed())
}

/// Only what is ill keeps an artwork from visitors.
fn outcome(findings: &[Finding]) -> Outcome {
    if findings.iter().any(|finding| finding.verdict == Verdict::Ill) {
        Outcome::NotWell
    } else {
        Outcome::Well
    }
}

/// Finds everything out and judges it, with a line in the terminal that says how far it is.
fn examine(asked: &Asked) -> (Vec<Finding>, Duration) {
    let begun = Instant::now();
    let shows = stderr().is_terminal();
    let (all, mut done) = (asked.areas.len(), 0);
    let mut show = |area: Option<Area>| {
        if let (true, Some(area)) = (shows, area) {
            done += 1;
            progress(Some(&tr!(
                "looking … {done} of {all}: {area}",
                done = done,
                all = all,
                area = area_name(area)
            )));
        }
    };
    let facts = ground::gather(asked.clone(), |area| show(Some(area)));
    if shows {
        progress(None);
    }
    let mut findings = doctor::examine(&facts, &asked.areas);
    if rustix::process::geteuid().is_root() && asked.user.uid != 0 {
        for finding in &mut findings {
            finding.remedy = finding.remedy.take().map(|remedy| remedy.given_by_root(&asked.user.name));
        }
    }
    (findings, begun.elapsed())
}

/// What is to be looked at: all that the configuration names, or one exhibit of it.
pub(super) fn asked(exhibit: Option<&str>, daemon: &Daemon, file: Option<&Path>) -> Result<Asked, Outcome> {
    let (settings, file) = match config::load_within(file, CONFIG_TIME) {
        Ok((path, loaded)) => (Ok(loaded.settings), Some(path)),
        // What was named and is not there is a slip of whoever typed it.
        Err(error @ LoadError::Missing { .. }) => return Err(fail(&error.to_string(), Outcome::Wrong)),
        Err(LoadError::NotFound(_)) => (Err(told!("there is no configuration")), None),
        Err(LoadError::Invalid(_)) => {
            (Err(told!("the configuration is wrong; `vitrine check` tells what")), config::find(file).ok())
        }
        // Whoever looks for it again would wait again, and for ever.
        Err(LoadError::Silent { path, waited }) => {
            let path = path.or_else(|| file.map(Path::to_owned));
            (Err(unreadable(&LoadError::Silent { path: path.clone(), waited })), path)
        }
        Err(error) => (Err(unreadable(&error)), config::find(file).ok()),
    };
    let exhibits = exhibits(settings.as_ref(), exhibit).map_err(|text| fail(&text, Outcome::Wrong))?;
    let uri =
        settings.as_ref().map_or_else(|_| LibvirtSettings::default().uri, |known| known.libvirt.uri.clone());
    Ok(Asked {
        user: kiosk_user::find(),
        status: status(daemon),
        areas: Area::ALL.into(),
        settings,
        file,
        uri,
        exhibits,
    })
}

fn unreadable(error: &LoadError) -> Told {
    Told::text(error.to_string().trim_end().to_owned())
}

/// The exhibits that are meant, or why there is none of this name.
fn exhibits(settings: Result<&Settings, &Told>, name: Option<&str>) -> Result<Vec<ExhibitSettings>, String> {
    let all = settings.map(|settings| settings.exhibits.as_slice()).unwrap_or_default();
    let Some(name) = name else { return Ok(all.to_vec()) };
    let found: Vec<_> = all.iter().filter(|exhibit| exhibit.name == name).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    Err(client::unknown(name, all.iter().map(|exhibit| exhibit.name.as_str())))
}

/// What the running daemon says of itself.
fn status(daemon: &Daemon) -> Fact<serde_json::Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Told::text(error.to_string()))?;
    let answer = runtime.block_on(async {
        tokio::time::timeout(STATUS_TIME, daemon.get::<serde_json::Value>("/api/v1/site")).await
    });
    // Whoever waits for a daemon that stands still must not keep the command.
    runtime.shutdown_background();
    match answer {
        Ok(Ok(site)) => Ok(site),
        Ok(Err(client::ClientError::NotRunning(_))) => Err(told!("no daemon runs")),
        Ok(Err(error)) => Err(Told::text(error.to_string())),
        Err(_) => Err(told!("the daemon did not answer within {waited}", waited = STATUS_TIME)),
    }
}

/// What an area is called before people.
fn area_name(area: Area) -> String {
    match area {
        Area::Host => tr!("the computer"),
        Area::Kvm => tr!("KVM"),
        Area::Permissions => tr!("permissions"),
        Area::Libvirt => tr!("libvirt"),
        Area::Network => tr!("network"),
        Area::Image => tr!("disk images"),
        Area::Definition => tr!("VM definitions"),
        Area::Snapshot => tr!("snapshots"),
        Area::Display => tr!("screens"),
        Area::Session => tr!("session"),
        Area::Api => tr!("Vitrine"),
        Area::Guest => tr!("guests"),
        Area::Performance => tr!("performance"),
    }
}

/// What pre-flight says of the VMs of this configuration.
pub(super) fn look_ahead(settings: &Settings, file: Option<&Path>, user: User) -> Vec<Finding> {
    let areas: BTreeSet<_> = Area::PRE_FLIGHT.into();
    let asked = Asked {
        uri: settings.libvirt.uri.clone(),
        exhibits: settings.exhibits.clone(),
        settings: Ok(settings.clone()),
        file: file.map(Path::to_owned),
        user,
        status: Err(told!("it was not asked for")),
        areas: areas.clone(),
    };
    let facts = ground::gather(asked, |_| {});
    doctor::examine(&facts, &areas)
}
