//! Checks of what is written down: incidents and log.

use super::super::super::{Command, Fact, Judged, Remedy, Site};
use super::daemon::start_again;
use super::vitrine;
use crate::core::types::Told;
use crate::words::told;

/// Warnings in a day beyond which somebody should look.
const MANY_WARNINGS: u64 = 100;

pub(super) fn journal(site: &Site) -> Fact<Judged> {
    let journal = site.api.journal.as_ref().map_err(Told::clone)?;
    let path = &journal.path;
    if journal.foreign {
        return Ok(Judged::warning(
            told!("{path}, or its folder, is not the kiosk user's own: no incident is kept", path = path),
            Remedy::type_in(
                told!("Give it to the kiosk's user"),
                [Command::root(["chown", "-R", &format!("{}:", site.session.user), folder(path)])],
            ),
        ));
    }
    if !journal.is_database {
        return Ok(Judged::warning(
            told!("{path} is no database of incidents, or a damaged one", path = path),
            Remedy::type_in(
                told!("Put it aside; a new one is begun"),
                [Command::new(["mv", path, &format!("{path}.damaged")]), start_again()[0].clone()],
            ),
        ));
    }
    if !journal.put_aside.is_empty() {
        return Ok(Judged::advice(
            told!("damaged journals were put aside: {files}", files = journal.put_aside.join(", ")),
            Remedy::say(told!(
                "Keep them for who looks into it, or delete them; look at the disk's health as well"
            )),
        ));
    }
    let Some(size) = journal.size else { return Ok(Judged::Beside) };
    // A margin of its own, for what is written before the oldest goes.
    if size > journal.limit + journal.limit / 4 {
        return Ok(Judged::warning(
            told!(
                "{path} has {size} MB, more than the {limit} MB that it may have",
                path = path,
                size = size >> 20,
                limit = journal.limit >> 20
            ),
            Remedy::type_in(told!("Look into the log why it is not cut"), [vitrine(["log"])]),
        ));
    }
    Ok(Judged::Well(told!("{path} has {size} KB", path = path, size = size >> 10)))
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(folder, _)| folder)
}

pub(super) fn log(site: &Site) -> Fact<Judged> {
    let count = *site.api.log_warnings.as_ref().map_err(Told::clone)?;
    if count > MANY_WARNINGS {
        return Ok(Judged::advice(
            told!("{count} warnings and errors of Vitrine's are in the log of the last day", count = count),
            Remedy::type_in(
                told!("Read what they say"),
                [Command::new(["journalctl", "-t", "vitrine", "-p", "warning", "--since", "-1d"])],
            ),
        ));
    }
    Ok(Judged::Well(told!("{count} warnings in the log of the last day", count = count)))
}
