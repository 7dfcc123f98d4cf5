//! For how long each artwork was not seen.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Range;
use super::render::{broken, seconds};
use crate::cli::layout::stopwatch;
use crate::journal::{Entry, Kind};

/// The widest column of names; the figures of a longer one stand below it.
const MAX_NAME_WIDTH: usize = 30;
/// Columns that a line may fill.
const WIDTH: usize = 80;

/// One exhibit's share of a time. Spans are seconds.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Share {
    pub(super) exhibit: String,
    pub(super) incidents: usize,
    pub(super) unseen: f64,
    /// Of one incident.
    longest: f64,
}

/// The incidents of a time, by exhibit.
pub(super) fn summary(entries: &[Entry], range: Range) -> Vec<Share> {
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

/// A table with a line for each exhibit.
pub(super) fn summary_text(shares: &[Share]) -> String {
    if shares.is_empty() {
        return "No incidents.".to_owned();
    }
    let longest = shares.iter().map(|share| share.exhibit.chars().count()).max().unwrap_or(0);
    let width = longest.clamp(7, MAX_NAME_WIDTH);
    let mut out =
        format!("{:width$}  {:>9}  {:>16}  {:>12}\n", "exhibit", "incidents", "minutes not seen", "longest");
    for share in shares {
        let below = share.exhibit.chars().count() > width;
        if below {
            out.push_str(&format!("{}\n", broken(&share.exhibit, WIDTH, 0)));
        }
        out.push_str(&format!(
            "{:width$}  {:>9}  {:>16.1}  {:>12}\n",
            if below { "" } else { &share.exhibit },
            share.incidents,
            share.unseen / 60.0,
            stopwatch(share.longest),
        ));
    }
    out
}
