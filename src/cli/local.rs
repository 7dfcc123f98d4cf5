//! What the commands do by themselves, without asking a daemon.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::layout::wrap;
use super::{Outcome, fail, log, say, tell};
use crate::adapter::{libvirt, x11};
use crate::config::{self, LoadError};
use crate::core::types::{Monitor, Rect};
use crate::daemon::{self, End, Options, StartError};
use crate::life;
use crate::web::dto::flaw_told;
use crate::words::{self, tr};

/// How long the monitors are named on screen: as the help of the command says.
const IDENTIFY_TIME: Duration = Duration::from_secs(10);

/// A configuration is checked though libvirt hangs; one that works answers in a fraction of this.
const LIBVIRT_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs the daemon until it is told to end.
pub(super) fn run(options: &Options) -> Outcome {
    log::to_stderr();
    life::tell_panics();
    match daemon::run(options) {
        Ok(End::Ordered | End::PowerDown) => Outcome::Well,
        Ok(End::PowerDownCancelled) => {
            fail("the computer was to be switched off, and then was not", Outcome::NotWell)
        }
        Ok(End::DisplayLost) => Outcome::DisplayLost,
        Ok(End::Fault) => Outcome::NotWell,
        Err(error @ StartError::Config(_)) => fail(&error.to_string(), Outcome::Wrong),
        Err(error) => fail(&error.to_string(), Outcome::NotWell),
    }
}

/// `vitrine check`: tells everything that is wrong with a configuration.
pub(super) fn check(file: Option<&Path>) -> Outcome {
    let checked = config::find(file).and_then(|path| Ok((config::load(&path)?, path)));
    match checked {
        Ok((settings, path)) => {
            let names: Vec<_> = settings.exhibits.iter().map(|exhibit| exhibit.name.as_str()).collect();
            let (file, all) = (path.display(), names.join(", "));
            let outcome = say(&match names.len() {
                1 => tr!("{file}: well, 1 exhibit: {name}", file = file, name = all),
                count => {
                    tr!("{file}: well, {count} exhibits: {names}", file = file, count = count, names = all)
                }
            });
            tell_flaws(&settings);
            outcome
        }
        // Each error begins with its file, as a compiler's does, so that editors find the place.
        Err(LoadError::Invalid(errors)) => {
            tell(&errors.to_string());
            Outcome::Wrong
        }
        Err(error) => fail(&error.to_string(), Outcome::Wrong),
    }
}

/// Says what staff should know of the snapshots before they rely on them, where libvirt answers.
fn tell_flaws(settings: &config::Settings) {
    let vms = settings.exhibits.iter().map(|exhibit| exhibit.vm.clone()).collect();
    let told = |text: &str| tell(&wrap(text, 0, 80, 0));
    match libvirt::snapshots_of(&settings.libvirt.uri, vms, LIBVIRT_TIMEOUT) {
        Ok(found) => {
            for (exhibit, snapshots) in settings.exhibits.iter().zip(found) {
                if let Some(flaw) = snapshots.flaw(&exhibit.snapshot) {
                    let flaw = words::say(&flaw_told(&exhibit.name, &exhibit.vm, &exhibit.snapshot, &flaw));
                    told(&tr!("warning: {exhibit}: {flaw}", exhibit = exhibit.name, flaw = flaw));
                }
            }
        }
        Err(why) => told(&tr!("(The VMs' snapshots were not looked at: {why}.)", why = words::say(&why))),
    }
}

/// The control socket that the configuration names, if there is a configuration that can be read.
pub(super) fn configured_socket(config: Option<&Path>) -> Option<PathBuf> {
    let path = config::find(config).ok()?;
    config::load(&path).ok()?.api.socket
}

/// Where the journal is, if the configuration says so.
pub(super) fn configured_journal(config: Option<&Path>) -> Option<PathBuf> {
    config::load(&config::find(config).ok()?).ok()?.journal.path
}

/// The monitors of `$DISPLAY`.
pub(super) fn monitors() -> Result<Vec<Monitor>, String> {
    x11::list_monitors(None).map_err(|error| error.to_string())
}

/// Shows these texts on `$DISPLAY` for ten seconds.
pub(super) fn identify(texts: &[(Rect, String)]) -> Result<(), String> {
    x11::identify(None, texts, IDENTIFY_TIME).map_err(|error| error.to_string())
}

/// Writes pictures of these monitors of `$DISPLAY` into a folder, which is made where it is missing.
pub(super) fn shoot(monitors: &[Monitor], folder: &Path) -> Result<Vec<PathBuf>, String> {
    std::fs::create_dir_all(folder).map_err(|error| {
        tr!("the folder {folder} cannot be made: {error}", folder = folder.display(), error = error)
    })?;
    let shoot = |monitor: &Monitor| {
        // A connector's name may have anything in it but becomes one file's name.
        let file = folder.join(format!("{}.png", monitor.connector.replace('/', "_")));
        x11::shot(None, monitor.rect)?.save(&file)?;
        Ok(file)
    };
    monitors.iter().map(shoot).collect::<Result<_, x11::Error>>().map_err(|error| error.to_string())
}
