//! Entries of the journal as text and as JSON.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::cli::layout::{moment, stopwatch, wrap};
use crate::core::types::WallTime;
use crate::journal::{Entry, Kind};
use crate::web::dto::Spoken;
use crate::words::{self as codes, say};

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
            kind: kind(entry),
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

fn kind(entry: &Entry) -> &str {
    match &entry.kind {
        Kind::Incident => "incident",
        Kind::Other(kind) => kind,
    }
}

/// The widest column of names; an entry with a longer one has its text below the name.
const MAX_NAME_WIDTH: usize = 20;
/// Columns that a line may fill.
const WIDTH: usize = 80;

/// A line or more for each entry, in 80 columns.
pub(super) fn list(entries: &[Entry], now: WallTime, zone: &TimeZone) -> String {
    let width = |measure: fn(&Entry) -> usize| entries.iter().map(measure).max().unwrap_or(0);
    let ids = width(|entry| entry.id.to_string().len());
    let names = width(|entry| entry.exhibit.as_deref().unwrap_or("site").chars().count()).min(MAX_NAME_WIDTH);
    let mut out = String::new();
    for entry in entries {
        let began = moment(seconds(entry.began), seconds(now), zone);
        let name = entry.exhibit.as_deref().unwrap_or("site");
        let mut start = format!("{:ids$}  {began:17}  ", entry.id);
        let before_name = start.chars().count();
        let below = name.chars().count() > names;
        if below {
            out.push_str(&start);
            out.push_str(&broken(name, WIDTH - before_name, before_name));
            out.push('\n');
            start = " ".repeat(before_name);
        } else {
            start.push_str(&format!("{name:names$}  "));
        }
        let indent = start.chars().count();
        out.push_str(&start);
        out.push_str(&wrap(&sentence(entry), indent, WIDTH, indent));
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

fn sentence(entry: &Entry) -> String {
    let Kind::Incident = entry.kind else {
        return format!("{}: {}", codes::kind(kind(entry)), say(&entry.evidence));
    };
    let symptom = entry.symptom.as_deref().map_or("ill", codes::symptom);
    let unseen = stopwatch(entry.unseen.as_secs_f64());
    let outcome = codes::outcome(entry.outcome.as_deref().unwrap_or("noticed"));
    let by = entry
        .remedies
        .last()
        .map(|remedy| format!(", {}", codes::remedy(&remedy.remedy)))
        .unwrap_or_default();
    let lasts = if entry.open { ", lasts still" } else { "" };
    format!("{symptom}{by}: {outcome}, not seen for {unseen}{lasts}")
}

/// One entry in full.
pub(super) fn details(entry: &Entry, now: WallTime, zone: &TimeZone) -> String {
    let at = |at: WallTime| moment(seconds(at), seconds(now), zone);
    let mut lines = vec![
        format!("entry    {}: {}", entry.id, sentence(entry)),
        format!("exhibit  {}", entry.exhibit.as_deref().unwrap_or("(the site)")),
        format!("began    {}", at(entry.began)),
    ];
    lines.extend(entry.ended.map(|ended| format!("ended    {}", at(ended))));
    lines.push(format!("seen     {}", say(&entry.evidence)));
    for remedy in &entry.remedies {
        let end = match (&remedy.failure, remedy.ended) {
            (Some(failure), _) => format!("failed: {}", say(failure)),
            (None, Some(ended)) => {
                format!("took {}", stopwatch(seconds(ended) - seconds(remedy.began)))
            }
            (None, None) => "has not come back".to_owned(),
        };
        lines.push(format!("remedy   {} {}, {end}", at(remedy.began), codes::remedy(&remedy.remedy)));
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
