//! Entries of the journal as text and as JSON.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::cli::layout::{moment, wrap};
use crate::core::types::WallTime;
use crate::journal::Entry;
use crate::web::dto::Spoken;
use crate::web::telling;
use crate::words::tr;

/// A moment in seconds since 1970.
#[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay below 2^53")]
pub(super) fn seconds(at: WallTime) -> f64 {
    at.0 as f64 / 1000.0
}

/// An entry as JSON. Times are Unix seconds, spans are seconds.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    id: i64,
    kind: &'a str,
    exhibit: Option<&'a str>,
    symptom: Option<&'a str>,
    evidence: Spoken,
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
    failure: Option<Spoken>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(entry: &'a Entry) -> Self {
        let remedies = entry.remedies.iter().map(|remedy| ShownRemedy {
            remedy: &remedy.remedy,
            began: seconds(remedy.began),
            ended: remedy.ended.map(seconds),
            failure: remedy.failure.as_ref().map(Spoken::new),
        });
        Self {
            id: entry.id,
            kind: telling::kind_of(entry),
            exhibit: entry.exhibit.as_deref(),
            symptom: entry.symptom.as_deref(),
            evidence: Spoken::new(&entry.evidence),
            outcome: entry.outcome.as_deref(),
            began: seconds(entry.began),
            ended: entry.ended.map(seconds),
            unseen: entry.unseen.as_secs_f64(),
            remedies: remedies.collect(),
            has_picture: entry.has_picture,
        }
    }
}

/// The widest column of names; an entry with a longer one has its text below the name.
const MAX_NAME_WIDTH: usize = 20;
/// Columns that a line may fill.
const WIDTH: usize = 80;

/// A line or more for each entry, in 80 columns.
pub(super) fn list(entries: &[Entry], now: WallTime, zone: &TimeZone) -> String {
    let site = tr!("site");
    let name_of = |entry: &Entry| entry.exhibit.clone().unwrap_or_else(|| site.clone());
    let began = |entry: &Entry| moment(seconds(entry.began), seconds(now), zone);
    let width = |measure: &dyn Fn(&Entry) -> usize| entries.iter().map(measure).max().unwrap_or(0);
    let ids = width(&|entry| entry.id.to_string().len());
    let times = width(&|entry| began(entry).chars().count());
    let names = width(&|entry| name_of(entry).chars().count()).min(MAX_NAME_WIDTH);
    let mut out = String::new();
    for entry in entries {
        let name = name_of(entry);
        let mut start = format!("{:ids$}  {:times$}  ", entry.id, began(entry));
        let before_name = start.chars().count();
        let below = name.chars().count() > names;
        if below {
            out.push_str(&start);
            out.push_str(&broken(&name, WIDTH - before_name, before_name));
            out.push('\n');
            start = " ".repeat(before_name);
        } else {
            start.push_str(&format!("{name:names$}  "));
        }
        let indent = start.chars().count();
        out.push_str(&start);
        out.push_str(&wrap(&telling::entry(entry), indent, WIDTH, indent));
        out.push('\n');
    }
    out
}

/// A name in lines of so many characters, whatever it consists of, each but the first behind so many blanks.
pub(super) fn broken(name: &str, width: usize, indent: usize) -> String {
    let characters: Vec<char> = name.chars().collect();
    let lines: Vec<String> = characters.chunks(width).map(|line| line.iter().collect()).collect();
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// One entry in full.
pub(super) fn details(entry: &Entry, now: WallTime, zone: &TimeZone) -> String {
    let mut lines = vec![(tr!("entry"), format!("{}: {}", entry.id, telling::entry(entry)))];
    lines.extend(telling::story(entry, now, zone));
    if entry.has_picture {
        let text = tr!("kept; to see it: vitrine incidents {id} --picture FILE.jpg", id = entry.id);
        lines.push((tr!("picture"), text));
    }
    lines.iter().map(|(head, text)| format!("{head:9}{}\n", wrap(text, 9, 80, 9))).collect()
}
