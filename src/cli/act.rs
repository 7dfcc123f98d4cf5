//! The commands that start, stop, put back, hold and resume exhibits; and how a command has the daemon do something and
//! waits for it.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use jiff::Zoned;
use serde::Deserialize;
use tokio::task::JoinHandle;

use super::client::{ClientError, Daemon, converse, encode, no_such};
use super::layout::stopwatch;
use super::{Outcome, fail, say};
use crate::core::text::visible;
use crate::web::dto::{Sentence, Site};
use crate::words::time::{after, coming};
use crate::words::{self, tr};

/// Something that can be done to exhibits.
pub(super) struct Operation {
    /// Its path of the API, below the exhibit's.
    path: &'static str,
    /// What a terminal shows meanwhile, of the exhibit of this name.
    doing: fn(&str) -> String,
    /// Whether it takes long enough to be worth a stopwatch.
    slow: bool,
}

pub(super) const START: Operation =
    Operation { path: "vm/start", doing: |name| tr!("starting {exhibit}", exhibit = name), slow: true };
pub(super) const STOP: Operation =
    Operation { path: "vm/stop", doing: |name| tr!("stopping {exhibit}", exhibit = name), slow: true };
pub(super) const REVERT: Operation =
    Operation { path: "vm/restart", doing: |name| tr!("putting back {exhibit}", exhibit = name), slow: true };
pub(super) const HOLD: Operation =
    Operation { path: "hold", doing: |name| tr!("holding {exhibit}", exhibit = name), slow: false };
pub(super) const RESUME: Operation =
    Operation { path: "resume", doing: |name| tr!("resuming {exhibit}", exhibit = name), slow: false };

/// What the daemon answers where it went well.
#[derive(Deserialize)]
pub(super) struct Success {
    message: String,
    #[serde(flatten)]
    sentence: Option<Sentence>,
}

impl Success {
    /// What was done, in the language that this process speaks.
    fn say(&self) -> String {
        self.sentence.as_ref().map_or_else(|| self.message.clone(), |sentence| words::say(&sentence.told()))
    }
}

/// What the daemon has answered, and after how long.
pub(super) type Ending = (Result<Success, ClientError>, Duration);

/// Does it to the exhibits named, or to all when none is: at once to all of them, told in the order named.
pub(super) fn command(daemon: &Daemon, operation: &Operation, exhibits: Vec<String>) -> Outcome {
    command_with(daemon, operation, "", exhibits)
}

/// Holds exhibits, for a time or until then and for a reason where these are given.
pub(super) fn hold(
    daemon: &Daemon,
    exhibits: Vec<String>,
    lasts: Option<&str>,
    until: Option<&str>,
    reason: Option<&str>,
) -> Outcome {
    let now = Zoned::now();
    let reason = reason.map(|words| format!("reason={}", encode(words)));
    let end = match (lasts, until) {
        (Some(text), _) => Some(after(text, &now)),
        (None, Some(text)) => Some(coming(text, &now)),
        (None, None) => None,
    };
    let end = match end.transpose() {
        // Whole seconds might be over already.
        Ok(end) => end.map(|end| end.timestamp().as_millisecond()),
        Err(text) => return fail(&text, Outcome::Wrong),
    };
    let until = end.map(|end| format!("until={}.{:03}", end / 1000, end % 1000));
    let query: Vec<_> = until.into_iter().chain(reason).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    command_with(daemon, &HOLD, &query, exhibits)
}

/// As [`command`], with parameters of the daemon's API.
fn command_with(daemon: &Daemon, operation: &Operation, query: &str, exhibits: Vec<String>) -> Outcome {
    converse(async {
        let site = match known(daemon, &exhibits).await {
            Ok(site) => site,
            Err(outcome) => return outcome,
        };
        let names = if exhibits.is_empty() {
            site.exhibits.into_iter().map(|exhibit| exhibit.name).collect()
        } else {
            exhibits
        };
        if names.is_empty() {
            return fail(&tr!("no exhibit is configured, so there is nothing to do"), Outcome::NotWell);
        }
        let begun: Vec<_> = names
            .into_iter()
            .map(|name| {
                let path = format!("/api/v1/exhibits/{}/{}{query}", encode(&name), operation.path);
                (name, begin(daemon, path))
            })
            .collect();
        let mut outcome = Outcome::Well;
        for (name, task) in begun {
            let told = tell(&name, wait(&(operation.doing)(&name), task).await, operation.slow);
            if outcome == Outcome::Well {
                outcome = told;
            }
        }
        outcome
    })
}

/// The site, once every exhibit named is known to be there.
pub(super) async fn known(daemon: &Daemon, exhibits: &[String]) -> Result<Site, Outcome> {
    let site = daemon.site().await.map_err(|error| error.fail())?;
    match exhibits.iter().find(|name| !site.exhibits.iter().any(|exhibit| exhibit.name == **name)) {
        Some(unknown) => Err(no_such(unknown, &site)),
        None => Ok(site),
    }
}

/// Has the daemon do something.
pub(super) fn begin(daemon: &Daemon, path: String) -> JoinHandle<Ending> {
    let daemon = daemon.clone();
    tokio::spawn(async move {
        let began = Instant::now();
        (daemon.post(&path).await, began.elapsed())
    })
}

/// Waits, and shows on a terminal that and for how long.
pub(super) async fn wait(doing: &str, mut task: JoinHandle<Ending>) -> Option<Ending> {
    let terminal = std::io::stderr().is_terminal();
    let began = Instant::now();
    let mut shown = false;
    let ending = loop {
        tokio::select! {
            ending = &mut task => break ending,
            () = tokio::time::sleep(Duration::from_secs(1)), if terminal => {
                shown = true;
                super::progress(Some(&format!("{doing}: {} s", began.elapsed().as_secs())));
            }
        }
    };
    if shown {
        super::progress(None);
    }
    ending.ok()
}

/// Tells how it ended.
pub(super) fn tell(name: &str, ending: Option<Ending>, slow: bool) -> Outcome {
    match ending {
        Some((Ok(success), took)) if slow => {
            say(&format!("{} ({})", visible(&success.say()), stopwatch(took.as_secs_f64())))
        }
        Some((Ok(success), _)) => say(&visible(&success.say())),
        Some((Err(error), _)) => fail(&format!("{name}: {error}"), Outcome::NotWell),
        None => fail(&tr!("{exhibit}: the command broke off", exhibit = name), Outcome::NotWell),
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::tests::local;
    use super::*;

    #[test]
    fn ends_of_holds_are_understood_as_people_write_them() {
        let now = local("2026-11-23T17:00:00");
        let rows = [
            (after("2h", &now), Some("2026-11-23T19:00:00")),
            (after("1h 30m", &now), Some("2026-11-23T18:30:00")),
            (after("-2h", &now), None),
            (after("soon", &now), None),
            (coming("18:00", &now), Some("2026-11-23T18:00:00")),
            (coming("09:30", &now), Some("2026-11-24T09:30:00")),
            (coming("2026-12-01", &now), Some("2026-12-01T00:00:00")),
            (coming("2026-11-01 12:00", &now), None),
            (coming("never", &now), None),
        ];
        for (found, expected) in rows {
            let expected = expected.map(local);
            assert_eq!(found.ok(), expected);
        }
    }
}
