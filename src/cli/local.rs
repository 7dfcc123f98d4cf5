//! What the commands do by themselves, without asking a daemon.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::layout::wrap;
use super::{Outcome, doctor, fail, log, say, session, tell};
use crate::adapter::x11;
use crate::certificate::{DAYS_TO_RENEW, Identity};
use crate::config::{self, LoadError};
use crate::core::types::{CurtainPicture, Monitor, Rect};
use crate::daemon::{self, End, Options, StartError};
use crate::doctor::{Finding, Verdict};
use crate::words::{self, tr};
use crate::{host, life};

/// How long the monitors are named on screen: as the help of the command says.
const IDENTIFY_TIME: Duration = Duration::from_secs(10);

/// How long the configuration is waited for, where that is what the command is about.
pub(super) const CONFIG_TIMEOUT: Duration = Duration::from_secs(10);

/// How long it is waited for where it only says where something else is.
const PLACES_TIMEOUT: Duration = Duration::from_secs(3);

/// How long the X server may take to answer one that lists monitors or looks at them. One that works takes milliseconds;
/// one that sets up a monitor stands still for a few seconds.
const DISPLAY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a disk may take: a large journal is read in seconds.
const DISK_TIMEOUT: Duration = Duration::from_secs(10);

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

/// `vitrine check`: tells everything that is wrong with a configuration, and with what it names.
pub(super) fn check(file: Option<&Path>, file_only: bool) -> Outcome {
    if !file_only {
        session::enter();
    }
    match config::load_within(file, CONFIG_TIMEOUT) {
        Ok((path, config::Loaded { settings, .. })) => {
            let names: Vec<_> = settings.exhibits.iter().map(|exhibit| exhibit.name.as_str()).collect();
            let unwell = !file_only
                && tell_curtains(&settings) | tell_certificate(&settings) | tell_pre_flight(&settings, &path);
            let (file, count, all) = (path.display(), names.len(), names.join(", "));
            let said = say(&match (count, unwell) {
                (1, false) => tr!("{file}: well, 1 exhibit: {name}", file = file, name = all),
                (_, false) => {
                    tr!("{file}: well, {count} exhibits: {names}", file = file, count = count, names = all)
                }
                (1, true) => {
                    tr!("{file}: valid, but not all is well, 1 exhibit: {name}", file = file, name = all)
                }
                (_, true) => tr!(
                    "{file}: valid, but not all is well, {count} exhibits: {names}",
                    file = file,
                    count = count,
                    names = all
                ),
            });
            if !file_only {
                tell_monitors(&settings);
            }
            if unwell { Outcome::NotWell } else { said }
        }
        // Each error begins with its file, as a compiler's does, so that editors find the place.
        Err(LoadError::Invalid(errors)) => {
            tell(&errors.to_string());
            Outcome::Wrong
        }
        Err(error) => fail(&error.to_string(), Outcome::Wrong),
    }
}

/// Says what of the curtains visitors will not see. Whether there is anything.
fn tell_curtains(settings: &config::Settings) -> bool {
    let mut unwell = false;
    for exhibit in &settings.exhibits {
        let curtain = exhibit.curtain.clone();
        // A poster may lie on a share that does not answer.
        let place = match &curtain.picture {
            CurtainPicture::Poster { file, .. } => file.clone(),
            CurtainPicture::Last | CurtainPicture::Black => PathBuf::new(),
        };
        let looked = disk(&place, move || {
            x11::curtain_flaws(&curtain).iter().map(ToString::to_string).collect::<Vec<_>>()
        });
        for flaw in looked.unwrap_or_else(|why| vec![why]) {
            tell(&wrap(&tr!("warning: {exhibit}: {flaw}", exhibit = exhibit.name, flaw = flaw), 0, 80, 0));
            unwell = true;
        }
    }
    unwell
}

/// Says what keeps browsers from being served over TLS, or will soon. Whether anything does already.
fn tell_certificate(settings: &config::Settings) -> bool {
    let Some(tls) = settings.api.tls.clone() else { return false };
    let path = tls.certificate.clone();
    let read = disk(&path, move || {
        Identity::read(&tls.certificate, &tls.key).map_err(|unusable| unusable.to_string())
    });
    let days = match &read {
        Ok(Ok(identity)) => identity.days_left(),
        Ok(Err(_)) | Err(_) => None,
    };
    let (flaw, unwell) = match (read.flatten(), days) {
        (Err(why), _) => (why, true),
        (Ok(_), Some(days)) if days < 0 => (
            tr!(
                "{path}: the certificate is no longer valid, and browsers refuse it; put a new one there, or have one made \
                 by `vitrine panel enable`",
                path = path.display()
            ),
            true,
        ),
        (Ok(_), Some(days)) if days < DAYS_TO_RENEW => (
            tr!(
                "{path}: the certificate is valid for {days} more days; put a new one there, or have one made by `vitrine \
                 panel enable`",
                path = path.display(),
                days = days
            ),
            false,
        ),
        (Ok(_), _) => return false,
    };
    tell(&wrap(&tr!("warning: {flaw}", flaw = flaw), 0, 80, 0));
    unwell
}

/// Says which names of screens mean several of the monitors, where an X server can be asked.
fn tell_monitors(settings: &config::Settings) {
    let layout = settings.layout();
    let names: Vec<_> = layout.iter().map(|screen| &screen.name).collect();
    for ambiguity in x11::ambiguous_names(&names, &monitors().unwrap_or_default()) {
        tell(&wrap(&tr!("warning: {flaw}", flaw = ambiguity), 0, 80, 0));
    }
}

/// Says what would stop the VMs, or what they do, before it happens, where libvirt answers. Whether something would.
fn tell_pre_flight(settings: &config::Settings, file: &Path) -> bool {
    let findings = doctor::look_ahead(settings, Some(file), doctor::kiosk_user());
    for line in doctor::pre_flight(&findings) {
        tell(&line);
    }
    let unknown = |finding: &&Finding| finding.verdict == Verdict::Unknown;
    if let (Some(first), true) = (findings.first(), findings.iter().all(|finding| unknown(&finding))) {
        let why = words::say(&first.evidence);
        tell(&wrap(&tr!("(The VMs were not looked at: {why}.)", why = why), 0, 80, 0));
    } else if findings.iter().any(|finding| unknown(&finding)) {
        tell(&tr!("(Not all of the VMs could be looked at; `vitrine doctor` tells why.)"));
    }
    findings.iter().any(|finding| finding.verdict == Verdict::Ill)
}

/// The control socket that the configuration names, if there is a configuration that can be read.
pub(super) fn configured_socket(config: Option<&Path>) -> Option<PathBuf> {
    configured(config)?.api.socket
}

/// Where the journal is, if the configuration says so.
pub(super) fn configured_journal(config: Option<&Path>) -> Option<PathBuf> {
    configured(config)?.journal.path
}

/// The configuration, for a command that can do without: what is wrong with it is not its affair, but that it waited is.
fn configured(config: Option<&Path>) -> Option<config::Settings> {
    match config::load_within(config, PLACES_TIMEOUT) {
        Ok((_, loaded)) => Some(loaded.settings),
        Err(error @ LoadError::Silent { .. }) => {
            tell(&tr!("vitrine: {error} The usual places are taken", error = error));
            None
        }
        Err(
            LoadError::NotFound(_)
            | LoadError::Missing { .. }
            | LoadError::Folder(_)
            | LoadError::Unreadable { .. }
            | LoadError::NoThread(_)
            | LoadError::TooLarge(_)
            | LoadError::NotText { .. }
            | LoadError::Invalid(_),
        ) => None,
    }
}

/// Does what waits for the X server, but for no longer than so long.
fn with_display<T: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> Result<T, x11::Error> + Send + 'static,
) -> Result<T, String> {
    match host::within(time, work) {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(error) if error.kind() == ErrorKind::TimedOut => {
            let display = std::env::var("DISPLAY").unwrap_or_default();
            Err(tr!(
                "the X server {display} has not answered within {seconds} s; is it busy with a monitor, or stopped? Try \
                 again, and if this goes on, see its log (Xorg.0.log), and restart the session",
                display = display,
                seconds = time.as_secs()
            ))
        }
        Err(error) => Err(tr!("the X server could not be asked: {error}", error = error)),
    }
}

/// The monitors of `$DISPLAY`.
pub(super) fn monitors() -> Result<Vec<Monitor>, String> {
    with_display(DISPLAY_TIMEOUT, || x11::list_monitors(None))
}

/// Shows these texts on `$DISPLAY` for ten seconds.
pub(super) fn identify(texts: Vec<(Rect, String)>) -> Result<(), String> {
    with_display(IDENTIFY_TIME + DISPLAY_TIMEOUT, move || x11::identify(None, &texts, IDENTIFY_TIME))
}

/// Pictures of these monitors of `$DISPLAY` with their connectors, as PNG.
pub(super) fn pictures(monitors: Vec<Monitor>) -> Result<Vec<(String, Vec<u8>)>, String> {
    with_display(DISPLAY_TIMEOUT, move || {
        let look = |monitor: Monitor| Ok((monitor.connector, x11::shot(None, monitor.rect)?.png()?));
        monitors.into_iter().map(look).collect::<Result<_, x11::Error>>()
    })
}

/// Writes pictures of these monitors of `$DISPLAY` into a folder, which is made where it is missing.
pub(super) fn shoot(monitors: Vec<Monitor>, folder: &Path) -> Result<Vec<PathBuf>, String> {
    let looked = with_display(DISPLAY_TIMEOUT, move || {
        let look = |monitor: Monitor| Ok((x11::shot(None, monitor.rect)?, monitor.connector));
        monitors.into_iter().map(look).collect::<Result<Vec<_>, x11::Error>>()
    })?;
    let place = folder.to_owned();
    let write = move || {
        std::fs::create_dir_all(&place).map_err(|error| {
            tr!("the folder {folder} cannot be made: {error}", folder = place.display(), error = error)
        })?;
        let write = |(image, connector): (x11::Image, String)| {
            // A connector's name may have anything in it but becomes one file's name.
            let file = place.join(format!("{}.png", connector.replace('/', "_")));
            image.save(&file).map_err(|error| error.to_string())?;
            Ok(file)
        };
        looked.into_iter().map(write).collect()
    };
    disk(folder, write)?
}

/// Does what waits for the disk that this is on, but for no longer than a person would.
pub(super) fn disk<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    host::within(DISK_TIMEOUT, work).map_err(|error| {
        if error.kind() != ErrorKind::TimedOut {
            return format!("{}: {error}", path.display());
        }
        tr!(
            "{path}: no answer within {seconds} s; is it on a network share or a disk that does not answer?",
            path = path.display(),
            seconds = DISK_TIMEOUT.as_secs()
        )
    })
}
