//! `vitrine incidents`: what the journal has kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use serde::Serialize;

use super::words::{moment, stopwatch, wrap};
use super::{Outcome, fail, local, say, say_json, tell};
use crate::core::types::WallTime;
use crate::host;
use crate::journal::{self, Entry, Filter, Kind};

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
    let usual = || journal::usual_place().map(of_the_session);
    let Some(path) = wanted.file.clone().or_else(|| local::configured_journal(config)).or_else(usual) else {
        let text = "neither $XDG_STATE_HOME nor $HOME is set; name the journal with --file";
        return fail(text, Outcome::NotWell);
    };
    let filter =
        Filter { id: wanted.id, exhibit: wanted.exhibit.clone(), since: range.since, until: range.until };
    let at = wall(now.timestamp());
    let entries = match journal::read(&path, &filter, at) {
        Ok(entries) => entries,
        Err(error) => return fail(&error.to_string(), Outcome::NotWell),
    };
    let zone = now.time_zone().clone();
    match (wanted.id, entries.first()) {
        (Some(id), None) => {
            fail(&format!("there is no entry {id}; `vitrine incidents` lists all"), Outcome::Wrong)
        }
        (Some(id), Some(entry)) if wanted.picture.is_some() => {
            write_picture(id, entry.picture.as_deref(), wanted.picture.as_deref())
        }
        (Some(_), Some(entry)) if !wanted.json => say(&details(entry, at, &zone)),
        (Some(_), Some(entry)) => say_json(&Shown::new(entry)),
        (None, _) if wanted.summary => {
            let rows = summary(&entries, range);
            if wanted.json { say_json(&rows) } else { say(&summary_text(&rows)) }
        }
        (None, _) if wanted.json => say_json(&entries.iter().map(Shown::new).collect::<Vec<_>>()),
        (None, None) => say("Nothing."),
        (None, Some(_)) => say(&list(&entries, at, &zone)),
    }
}

fn write_picture(id: i64, picture: Option<&[u8]>, file: Option<&Path>) -> Outcome {
    let (Some(picture), Some(file)) = (picture, file) else {
        let text = format!(
            "entry {id} has no picture: nothing was shown then, or it had to make room for newer ones"
        );
        return fail(&text, Outcome::NotWell);
    };
    match std::fs::write(file, picture) {
        Ok(()) => say(&format!("The picture of entry {id} is in {}.", file.display())),
        Err(error) => {
            let text = format!(
                "the picture cannot be written to {}: {error}; name a file in a folder that you may write to",
                file.display()
            );
            fail(&text, Outcome::NotWell)
        }
    }
}

/// Root has no session; then the journal of the one that has one is meant.
fn of_the_session(own: PathBuf) -> PathBuf {
    if !rustix::process::geteuid().is_root() {
        return own;
    }
    let (newest, others) = newest(own, Path::new("/home"));
    if others > 0 {
        let (count, path) = (others + 1, newest.display());
        let text = format!("of {count} journals this is the one last written: {path} (--file for another)");
        tell(&format!("vitrine: {text}"));
    }
    newest
}

/// The journal that was written last, of root's own and those below these homes, and how many others there are.
fn newest(own: PathBuf, homes: &Path) -> (PathBuf, usize) {
    let homes = std::fs::read_dir(homes).into_iter().flatten().flatten();
    let others = homes.map(|home| home.path().join(".local/state").join(host::OWN).join(journal::FILE));
    let mut journals: Vec<_> = std::iter::once(own.clone())
        .chain(others)
        .filter_map(|path| Some((journal::written(&path)?, path)))
        .collect();
    journals.sort();
    match journals.pop() {
        Some((_, newest)) => (newest, journals.len()),
        None => (own, 0),
    }
}

fn range(wanted: &Wanted, now: &Zoned) -> Result<Range, String> {
    let zone = now.time_zone();
    if let Some(text) = &wanted.month {
        let bad = || format!("\"{text}\" is no month; write it as {}", now.strftime("%Y-%m"));
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
    moment
        .map(|moment| wall(moment.timestamp()))
        .ok_or_else(|| format!("\"{text}\" is no moment; write 7d, 12h, 2026-11-01 or \"2026-11-01 18:00\""))
}

fn wall(at: Timestamp) -> WallTime {
    WallTime(at.as_millisecond())
}

#[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay below 2^53")]
fn seconds(at: WallTime) -> f64 {
    at.0 as f64 / 1000.0
}

/// An entry as JSON. Times are Unix seconds, spans are seconds.
#[derive(Serialize)]
struct Shown<'a> {
    id: i64,
    kind: &'a str,
    exhibit: Option<&'a str>,
    symptom: Option<&'a str>,
    evidence: &'a str,
    outcome: Option<&'a str>,
    began: f64,
    ended: Option<f64>,
    unseen: f64,
    remedies: Vec<ShownRemedy<'a>>,
    has_picture: bool,
}

#[derive(Serialize)]
struct ShownRemedy<'a> {
    remedy: &'a str,
    began: f64,
    ended: Option<f64>,
    failure: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn new(entry: &'a Entry) -> Self {
        let remedies = entry.remedies.iter().map(|remedy| ShownRemedy {
            remedy: &remedy.remedy,
            began: seconds(remedy.began),
            ended: remedy.ended.map(seconds),
            failure: remedy.failure.as_deref(),
        });
        Self {
            id: entry.id,
            kind: kind(entry),
            exhibit: entry.exhibit.as_deref(),
            symptom: entry.symptom.as_deref(),
            evidence: &entry.evidence,
            outcome: entry.outcome.as_deref(),
            began: seconds(entry.began),
            ended: entry.ended.map(seconds),
            unseen: entry.unseen.as_secs_f64(),
            remedies: remedies.collect(),
            has_picture: entry.has_picture,
        }
    }
}

fn kind(entry: &Entry) -> &str {
    match &entry.kind {
        Kind::Incident => "incident",
        Kind::Other(kind) => kind,
    }
}

fn list(entries: &[Entry], now: WallTime, zone: &TimeZone) -> String {
    let width = |measure: fn(&Entry) -> usize| entries.iter().map(measure).max().unwrap_or(0);
    let ids = width(|entry| entry.id.to_string().len());
    let names = width(|entry| entry.exhibit.as_deref().unwrap_or("site").chars().count());
    let mut out = String::new();
    for entry in entries {
        let began = moment(seconds(entry.began), seconds(now), zone);
        let name = entry.exhibit.as_deref().unwrap_or("site");
        let start = format!("{:ids$}  {began:17}  {name:names$}  ", entry.id);
        let indent = start.chars().count();
        out.push_str(&start);
        out.push_str(&wrap(&sentence(entry), indent, 80, indent));
        out.push('\n');
    }
    out
}

fn sentence(entry: &Entry) -> String {
    let Kind::Incident = entry.kind else {
        return format!("{}: {}", kind(entry), entry.evidence);
    };
    let symptom = entry.symptom.as_deref().unwrap_or("ill");
    let unseen = stopwatch(entry.unseen.as_secs_f64());
    let outcome = entry.outcome.as_deref().unwrap_or("noticed");
    let by = entry.remedies.last().map(|remedy| format!(", {}", remedy.remedy)).unwrap_or_default();
    let lasts = if entry.open { ", lasts still" } else { "" };
    format!("{symptom}{by}: {outcome}, not seen for {unseen}{lasts}")
}

fn details(entry: &Entry, now: WallTime, zone: &TimeZone) -> String {
    let at = |at: WallTime| moment(seconds(at), seconds(now), zone);
    let mut lines = vec![
        format!("entry    {}: {}", entry.id, sentence(entry)),
        format!("exhibit  {}", entry.exhibit.as_deref().unwrap_or("(the site)")),
        format!("began    {}", at(entry.began)),
    ];
    lines.extend(entry.ended.map(|ended| format!("ended    {}", at(ended))));
    lines.push(format!("seen     {}", entry.evidence));
    for remedy in &entry.remedies {
        let end = match (&remedy.failure, remedy.ended) {
            (Some(failure), _) => format!("failed: {failure}"),
            (None, Some(ended)) => {
                format!("took {}", stopwatch(seconds(ended) - seconds(remedy.began)))
            }
            (None, None) => "has not come back".to_owned(),
        };
        lines.push(format!("remedy   {} {}, {end}", at(remedy.began), remedy.remedy));
    }
    if entry.has_picture {
        lines.push(format!("picture  kept; to see it: vitrine incidents {} --picture FILE.jpg", entry.id));
    }
    lines.iter().map(|line| wrap_line(line)).collect()
}

/// Breaks a line whose first word has a column of its own.
fn wrap_line(line: &str) -> String {
    let (head, text) = line.split_at(line.len().min(9));
    format!("{head}{}\n", wrap(text, 9, 80, 9))
}

/// One exhibit's share of a time. Spans are seconds.
#[derive(Debug, PartialEq, Serialize)]
struct Share {
    exhibit: String,
    incidents: usize,
    unseen: f64,
    longest: f64,
}

fn summary(entries: &[Entry], range: Range) -> Vec<Share> {
    let mut shares: BTreeMap<&str, Share> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == Kind::Incident) {
        let name = entry.exhibit.as_deref().unwrap_or("site");
        let share = shares.entry(name).or_insert_with(|| Share {
            exhibit: name.to_owned(),
            incidents: 0,
            unseen: 0.0,
            longest: 0.0,
        });
        // Of an incident across midnight of the first, each month has its part.
        let began = seconds(entry.began);
        let start = range.since.map_or(began, |since| began.max(seconds(since)));
        let end = began + entry.unseen.as_secs_f64();
        let end = range.until.map_or(end, |until| end.min(seconds(until)));
        let unseen = (end - start).max(0.0);
        share.incidents += 1;
        share.unseen += unseen;
        share.longest = share.longest.max(unseen);
    }
    shares.into_values().collect()
}

fn summary_text(shares: &[Share]) -> String {
    if shares.is_empty() {
        return "No incidents.".to_owned();
    }
    let width = shares.iter().map(|share| share.exhibit.chars().count()).max().unwrap_or(0).max(7);
    let mut out =
        format!("{:width$}  {:>9}  {:>16}  {:>12}\n", "exhibit", "incidents", "minutes not seen", "longest");
    for share in shares {
        out.push_str(&format!(
            "{:width$}  {:>9}  {:>16.1}  {:>12}\n",
            share.exhibit,
            share.incidents,
            share.unseen / 60.0,
            stopwatch(share.longest),
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::words::tests::local;
    use super::*;

    fn now() -> Zoned {
        local("2026-11-23T09:00:00")
    }

    fn at(text: &str) -> WallTime {
        wall(local(text).timestamp())
    }

    #[test]
    fn of_several_journals_the_one_last_written_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("root/journal.db");
        let homes = folder.path().join("home");
        assert_eq!(newest(own.clone(), &homes), (own.clone(), 0));
        let write = |path: &Path, minute: u64| {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = std::fs::File::create(path).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(60 * minute)).unwrap();
        };
        let of = |user: &str| homes.join(user).join(".local/state").join(host::OWN).join(journal::FILE);
        write(&of("former"), 1);
        write(&of("kiosk"), 2);
        assert_eq!(newest(own.clone(), &homes), (of("kiosk"), 1));
        write(&own, 3);
        assert_eq!(newest(own.clone(), &homes), (own.clone(), 2));
        // What has not come into the database itself yet lies beside it.
        write(&of("former").with_extension("db-wal"), 4);
        assert_eq!(newest(own, &homes), (of("former"), 2));
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
            symptom: Some("heartbeat lost".to_owned()),
            evidence: String::new(),
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
}
