//! Checks of the configuration: whether it is there, whole, safe, and the one in use.

use std::time::Duration;

use super::super::super::facts::api::ToldSite;
use super::super::super::{Command, Fact, Judged, Remedy, Site};
use super::{site_of, vitrine};
use crate::core::types::Told;
use crate::words::told;

pub(super) fn configuration(site: &Site) -> Fact<Judged> {
    let file = site.api.file.as_ref();
    match (&site.settings, file) {
        (Ok(settings), Some(file)) => Ok(Judged::Well(told!(
            "{file} is valid: {count} exhibits",
            file = file.path,
            count = settings.exhibits.len()
        ))),
        (Ok(settings), None) => {
            Ok(Judged::Well(told!("it is valid: {count} exhibits", count = settings.exhibits.len())))
        }
        (Err(why), Some(file)) => Ok(Judged::ill(
            told!("{file} cannot be used: {why}", file = file.path, why = why),
            Remedy::type_in(
                told!("Correct it; this tells what is wrong, line by line"),
                [vitrine(["check", &file.path])],
            ),
        )),
        (Err(why), None) if site.api.expected => Ok(Judged::ill(
            why.clone(),
            Remedy::say(told!(
                "Write one to /etc/vitrine/vitrine.toml; docs/configuration.md and the examples in config/ show how"
            )),
        )),
        (Err(why), None) => Err(why.clone()),
    }
}

pub(super) fn rights(site: &Site) -> Fact<Judged> {
    let Some(file) = &site.api.file else { return Ok(Judged::Beside) };
    if file.closed {
        return Ok(Judged::ill(
            told!(
                "the kiosk's user '{user}' may not read {file}",
                user = site.session.user,
                file = file.path
            ),
            Remedy::type_in(told!("Let it be read"), [Command::root(["chmod", "a+r", &file.path])]),
        ));
    }
    if file.open {
        return Ok(Judged::warning(
            told!("everybody may write to {file}, which decides what this computer starts", file = file.path),
            Remedy::fix(
                told!("Leave that to its owner"),
                [Command::root(["chmod", "o-w", &file.path])],
                [Command::root(["chmod", "o+w", &file.path])],
            ),
        ));
    }
    Ok(Judged::Well(told!("{file} is readable, and only its owner's to change", file = file.path)))
}

pub(super) fn in_use(site: &Site) -> Fact<Judged> {
    let daemon = site_of(site)?;
    let again = Remedy::type_in(
        told!("Correct the file, and have it read again"),
        [vitrine(["check"]), Command::new(["systemctl", "--user", "reload", "vitrine.service"])],
    );
    match daemon.reload.as_deref() {
        Some("silent") => {
            return Ok(Judged::warning(
                told!("the configuration was to be read again, and what it lies on does not answer"),
                Remedy::say(told!("Bring the disk or share with the configuration back, and reload again")),
            ));
        }
        Some(_) => {
            return Ok(Judged::warning(
                told!("the configuration was read again and refused; the former one is in use"),
                again,
            ));
        }
        None => {}
    }
    let settings = site.settings.as_ref().map_err(Told::clone)?;
    match difference(settings, daemon) {
        None => Ok(Judged::Well(told!("the daemon uses the configuration as it is in the file"))),
        Some(what) => Ok(Judged::warning(
            told!("the file says something else than what the daemon uses: {what}", what = what),
            again,
        )),
    }
}

/// Where the daemon's exhibits are not those of the file, as far as it tells.
fn difference(settings: &crate::config::Settings, daemon: &ToldSite) -> Option<Told> {
    let names = |names: Vec<&str>| names.join(", ");
    let (here, there): (Vec<_>, Vec<_>) = (
        settings.exhibits.iter().map(|exhibit| exhibit.name.as_str()).collect(),
        daemon.exhibits.iter().map(|exhibit| exhibit.name.as_str()).collect(),
    );
    if here != there {
        return Some(told!("exhibits {here} instead of {there}", here = names(here), there = names(there)));
    }
    settings.exhibits.iter().zip(&daemon.exhibits).find_map(|(here, there)| {
        let seconds =
            |time: Option<Duration>| time.map_or(told!("none"), |time| told!("{time}", time = time));
        let timeout = here.heartbeat.map(|heartbeat| heartbeat.timeout);
        let screens: Vec<_> = here.screens.iter().map(ToString::to_string).collect();
        let shown: Vec<_> = there.screens.iter().map(|(name, _)| name.clone()).collect();
        let differs = |key: &str, here: Told, there: Told| {
            Some(told!("{key} {here} instead of {there}", key = key, here = here, there = there))
        };
        let text = |text: &str| Told::text(text);
        if here.vm != there.vm {
            differs("vm", text(&here.vm), text(&there.vm))
        } else if here.snapshot != there.snapshot {
            differs("snapshot", text(&here.snapshot), text(&there.snapshot))
        } else if screens != shown {
            differs("screens", text(&screens.join(", ")), text(&shown.join(", ")))
        } else if timeout != there.beat_timeout {
            differs("heartbeat.timeout", seconds(timeout), seconds(there.beat_timeout))
        } else {
            None
        }
    })
}

pub(super) fn legacy(site: &Site) -> Fact<Judged> {
    if site.api.legacy.is_empty() {
        return Ok(Judged::Beside);
    }
    let files = site.api.legacy.join(", ");
    Ok(Judged::advice(
        told!(
            "a configuration of the Exhibition VM Controller lies at {files}; Vitrine does not read it",
            files = files
        ),
        Remedy::type_in(
            told!("Take over what is still wanted, and put the old file away"),
            [vitrine(["import", site.api.legacy.first().map_or("config.yaml", String::as_str)])],
        ),
    ))
}
