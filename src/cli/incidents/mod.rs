//! `vitrine incidents`: what the journal has kept.

mod place;
mod render;
mod summary;

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use jiff::{Span, Timestamp, Zoned};

use super::{Outcome, fail, local, say, say_json, tell};
use crate::core::types::WallTime;
use crate::journal::{self, Filter};
use crate::words::tr;
use place::of_the_session;
use render::{Shown, details, list};
use summary::{summary, summary_text};

/// Which entries, and in what form.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// Only this entry, in full
    #[arg(value_name = "ID", conflicts_with_all = ["since", "month", "summary"])]
    id: Option<i64>,
    /// Only this exhibit's
    #[arg(long, value_name = "NAME")]
    exhibit: Option<String>,
    /// Only what was going on since then: 7d, 12h, 2026-11-01, "2026-11-01 18:00"
    #[arg(long, value_name = "WHEN", conflicts_with = "month")]
    since: Option<String>,
    /// Only this month, such as 2026-11
    #[arg(long, value_name = "YEAR-MONTH")]
    month: Option<String>,
    /// For how long each artwork was not seen
    #[arg(long)]
    summary: bool,
    /// Write its picture into this file, as JPEG: what visitors saw when it was noticed
    #[arg(long, value_name = "FILE", requires = "id", conflicts_with = "json")]
    picture: Option<PathBuf>,
    /// The journal [default: the configuration's, $XDG_STATE_HOME/vitrine/journal.db]
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A time in which something is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Range {
    since: Option<WallTime>,
    until: Option<WallTime>,
}

pub(super) fn command(wanted: &Wanted, config: Option<&Path>) -> Outcome {
    let now = Zoned::now();
    let range = match range(wanted, &now) {
        Ok(range) => range,
        Err(text) => return fail(&text, Outcome::Wrong),
    };
    let Some(path) = wanted.file.clone().or_else(|| journal_file(config)) else {
        let text = tr!("neither $XDG_STATE_HOME nor $HOME is set; name the journal with --file");
        return fail(&text, Outcome::NotWell);
    };
    let filter =
        Filter { id: wanted.id, exhibit: wanted.exhibit.clone(), since: range.since, until: range.until };
    let at = wall(now.timestamp());
    let place = path.clone();
    let entries = match local::disk(&path, move || journal::read(&place, &filter, at)) {
        Ok(Ok(entries)) => entries,
        Ok(Err(error)) => return fail(&error.to_string(), Outcome::NotWell),
        Err(why) => return fail(&why, Outcome::NotWell),
    };
    let zone = now.time_zone().clone();
    match (wanted.id, entries.first()) {
        (Some(id), None) => {
            fail(&tr!("there is no entry {id}; `vitrine incidents` lists all", id = id), Outcome::Wrong)
        }
        (Some(id), Some(entry)) if wanted.picture.is_some() => {
            write_picture(id, entry.picture.as_deref(), wanted.picture.as_deref())
        }
        (Some(_), Some(entry)) if !wanted.json => say(&details(entry, at, &zone)),
        (Some(_), Some(entry)) => say_json(&Shown::new(entry)),
        (None, _) if wanted.summary => {
            let shares = summary(&entries, range);
            if wanted.json { say_json(&shares) } else { say(&summary_text(&shares)) }
        }
        (None, _) if wanted.json => say_json(&entries.iter().map(Shown::new).collect::<Vec<_>>()),
        (None, None) => say(&tr!("Nothing.")),
        (None, Some(_)) => say(&list(&entries, at, &zone)),
    }
}

/// Where the journal is: where the configuration says, or else in the usual place.
pub(super) fn journal_file(config: Option<&Path>) -> Option<PathBuf> {
    let usual = || match local::disk(Path::new("/home"), || journal::usual_place().map(of_the_session)) {
        Ok(place) => place,
        Err(why) => {
            tell(&format!("vitrine: {why}"));
            journal::usual_place()
        }
    };
    local::configured_journal(config).or_else(usual)
}

fn write_picture(id: i64, picture: Option<&[u8]>, file: Option<&Path>) -> Outcome {
    let (Some(picture), Some(file)) = (picture, file) else {
        let text = tr!(
            "entry {id} has no picture: nothing was shown then, or it had to make room for newer ones",
            id = id
        );
        return fail(&text, Outcome::NotWell);
    };
    let (place, bytes) = (file.to_owned(), picture.to_owned());
    let written = local::disk(file, move || std::fs::write(place, bytes).map_err(|error| error.to_string()));
    match written.flatten() {
        Ok(()) => say(&tr!("The picture of entry {id} is in {file}.", id = id, file = file.display())),
        Err(error) => {
            let text = tr!(
                "the picture cannot be written to {file}: {error}; name a file in a folder that you may write to",
                file = file.display(),
                error = error,
            );
            fail(&text, Outcome::NotWell)
        }
    }
}

fn range(wanted: &Wanted, now: &Zoned) -> Result<Range, String> {
    let zone = now.time_zone();
    if let Some(text) = &wanted.month {
        let bad =
            || tr!("\"{text}\" is no month; write it as {month}", text = text, month = now.strftime("%Y-%m"));
        let first: Date = format!("{text}-01").parse().map_err(|_| bad())?;
        let next = first.checked_add(Span::new().months(1)).map_err(|_| bad())?;
        let start = |date: Date| date.to_zoned(zone.clone()).map(|start| wall(start.timestamp()));
        let (since, until) = (start(first).map_err(|_| bad())?, start(next).map_err(|_| bad())?);
        return Ok(Range { since: Some(since), until: Some(until) });
    }
    let since = wanted.since.as_deref().map(|text| since(text, now)).transpose()?;
    Ok(Range { since, until: None })
}

/// A moment as people write it: how long ago, a date, or a date with a time.
fn since(text: &str, now: &Zoned) -> Result<WallTime, String> {
    let ago = text.parse::<Span>().ok().filter(|_| text.ends_with(|c: char| c.is_ascii_alphabetic()));
    let local = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(now.time_zone().clone()).ok();
    let moment = match ago {
        Some(span) => now.checked_sub(span.abs()).ok(),
        None => local(),
    };
    moment.map(|moment| wall(moment.timestamp())).ok_or_else(|| {
        tr!("\"{text}\" is no moment; write 7d, 12h, 2026-11-01 or \"2026-11-01 18:00\"", text = text)
    })
}

fn wall(at: Timestamp) -> WallTime {
    WallTime(at.as_millisecond())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::layout::tests::local;
    use super::*;
    use crate::core::types::Told;
    use crate::journal::{Entry, Kind};

    fn now() -> Zoned {
        local("2026-11-23T09:00:00")
    }

    fn at(text: &str) -> WallTime {
        wall(local(text).timestamp())
    }

    #[test]
    fn moments_are_understood_as_people_write_them() {
        let rows = [
            ("7d", "2026-11-16T09:00:00"),
            ("12h", "2026-11-22T21:00:00"),
            ("2026-11-01", "2026-11-01T00:00:00"),
            ("2026-10-01 18:00", "2026-10-01T18:00:00"),
        ];
        for (text, expected) in rows {
            assert_eq!(since(text, &now()), Ok(at(expected)), "{text}");
        }
        for text in ["", "soon", "7", "2026-13-01"] {
            assert!(since(text, &now()).is_err(), "{text}");
        }
    }

    fn month(text: &str) -> Result<Range, String> {
        let wanted = Wanted {
            id: None,
            exhibit: None,
            since: None,
            month: Some(text.to_owned()),
            summary: true,
            picture: None,
            file: None,
            json: false,
        };
        range(&wanted, &now())
    }

    fn incident(exhibit: &str, began: &str, minutes: u64) -> Entry {
        Entry {
            id: 1,
            kind: Kind::Incident,
            exhibit: Some(exhibit.to_owned()),
            symptom: Some("heartbeat_lost".to_owned()),
            evidence: Told::text(""),
            remedies: vec![],
            outcome: Some("recovered".to_owned()),
            began: at(began),
            ended: None,
            unseen: Duration::from_secs(60 * minutes),
            open: false,
            has_picture: false,
            picture: None,
        }
    }

    #[test]
    fn a_month_has_its_part_of_what_began_before_or_goes_on_after() {
        let november = month("2026-11").unwrap();
        assert_eq!(november.since, Some(at("2026-11-01T00:00:00")));
        assert_eq!(november.until, Some(at("2026-12-01T00:00:00")));
        let entries = [
            incident("eden", "2026-10-31T23:50:00", 30),
            incident("eden", "2026-11-10T10:00:00", 4),
            incident("orbit", "2026-11-30T23:59:00", 600),
        ];
        let shares = summary(&entries, november);
        let found: Vec<_> =
            shares.iter().map(|share| (share.exhibit.as_str(), share.incidents, share.unseen)).collect();
        assert_eq!(found, [("eden", 2, 24.0 * 60.0), ("orbit", 1, 60.0)]);
        let text = summary_text(&shares);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("24.0"), "{text}");
        for bad in ["november", "2026", "2026-13", "2026-11-01"] {
            assert!(month(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn long_names_leave_room_for_what_happened() {
        let long = "an-artwork-with-a-name-of-more-than-sixty-characters-in-one-word-and-more";
        let entries = [incident("eden", "2026-11-10T10:00:00", 4), incident(long, "2026-11-10T10:00:00", 4)];
        let zone = now().time_zone().clone();
        let text = list(&entries, at("2026-11-23T09:00:00"), &zone);
        let expected = "\
1  10 Nov 10:00  eden                  heartbeat lost: recovered, not seen for 4
                                       min
1  10 Nov 10:00  an-artwork-with-a-name-of-more-than-sixty-characters-in-one-wor
                 d-and-more
                 heartbeat lost: recovered, not seen for 4 min
";
        assert_eq!(text, expected);
        let text = summary_text(&summary(&entries, Range::default()));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains(&format!("{long}\n")), "{text}");
    }
}
