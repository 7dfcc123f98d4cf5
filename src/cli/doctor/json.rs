//! Findings as JSON.

use std::time::Duration;

use serde::Serialize;

use super::super::say_json;
use super::{Finding, outcome};
use crate::cli::Outcome;
use crate::doctor::{Means, Verdict};
use crate::web::dto::Spoken;

/// What `vitrine doctor --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    /// The worst of all.
    verdict: &'static str,
    /// How many there are of each.
    counts: Counts,
    /// How long it took, in seconds.
    took: f64,
    /// From the ground up.
    findings: Vec<Entry<'a>>,
}

#[derive(Default, Serialize)]
struct Counts {
    well: usize,
    advice: usize,
    unknown: usize,
    warning: usize,
    ill: usize,
}

#[derive(Serialize)]
struct Entry<'a> {
    check: &'static str,
    area: &'static str,
    exhibit: Option<&'a str>,
    verdict: &'static str,
    evidence: Spoken,
    remedy: Option<Remedy>,
    /// Its heading in docs/troubleshooting.md.
    heading: &'static str,
    /// What cannot be done as long as it is so.
    rules_out: Vec<&'static str>,
}

#[derive(Serialize)]
struct Remedy {
    #[serde(flatten)]
    words: Spoken,
    /// To be pasted into a shell.
    commands: Vec<String>,
    /// What takes them back; `--fix` does only what has such.
    undo: Vec<String>,
}

pub(super) fn print(findings: &[Finding], took: Duration) -> Outcome {
    let said = say_json(&report(findings, took));
    if said == Outcome::Well { outcome(findings) } else { said }
}

/// The same as a text.
pub(super) fn text(findings: &[Finding], took: Duration) -> Result<String, String> {
    serde_json::to_string_pretty(&report(findings, took)).map_err(|error| error.to_string())
}

fn report(findings: &[Finding], took: Duration) -> Report<'_> {
    let counted = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    Report {
        verdict: findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Well).code(),
        counts: Counts {
            well: counted(Verdict::Well),
            advice: counted(Verdict::Advice),
            unknown: counted(Verdict::Unknown),
            warning: counted(Verdict::Warning),
            ill: counted(Verdict::Ill),
        },
        took: took.as_secs_f64(),
        findings: findings.iter().map(entry).collect(),
    }
}

fn entry(finding: &Finding) -> Entry<'_> {
    let remedy = finding.remedy.as_ref().map(|remedy| Remedy {
        words: Spoken::new(&remedy.words),
        commands: remedy.commands.iter().map(ToString::to_string).collect(),
        undo: remedy.undo.iter().map(ToString::to_string).collect(),
    });
    Entry {
        check: finding.check.code,
        area: finding.check.area.code(),
        exhibit: finding.exhibit.as_deref(),
        verdict: finding.verdict.code(),
        evidence: Spoken::new(&finding.evidence),
        remedy,
        heading: finding.check.heading,
        rules_out: finding.rules_out.iter().copied().map(Means::code).collect(),
    }
}
