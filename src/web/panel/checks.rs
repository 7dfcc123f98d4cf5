//! What the doctor finds, at a press.
//!
//! It is asked in a process of its own, as pre-flight is: what it takes of memory, and what hangs, ends with it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::response::Response;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Deserialize;
use tokio::sync::watch;

use super::live;
use super::page::{KeptNew, Place, page};
use super::visit::{Order, Visit};
use crate::core::types::{Told, WallTime};
use crate::host::{self, process};
use crate::web::dto::{Spoken, seconds_of};
use crate::web::reply::{Problem, Said, json};
use crate::web::{aside, lock};
use crate::words::time::moment;
use crate::words::{say, told, tr};

/// How long the doctor may take: its looks have deadlines of their own, the longest of some twenty seconds.
const TIME: Duration = Duration::from_secs(120);
/// The longest report that is read, in bytes: some hundred exhibits with a hundred findings each.
const MAX_REPORT: usize = 16 << 20;

/// The last report, and whether another one is being made.
pub(in crate::web) struct Checks {
    state: Mutex<State>,
    /// Counts what has changed of the above.
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    under_way: bool,
    last: Option<Last>,
}

#[derive(Clone)]
struct Last {
    at: WallTime,
    /// Why there are none, where that is so.
    findings: Result<Arc<Vec<Finding>>, Told>,
}

/// What `vitrine doctor --json` prints, as far as it is shown.
#[derive(Deserialize)]
struct Report {
    findings: Vec<Finding>,
}

/// One of its findings.
#[derive(Clone, Deserialize)]
pub(super) struct Finding {
    check: String,
    exhibit: Option<String>,
    verdict: String,
    evidence: Spoken,
    remedy: Option<Remedy>,
}

#[derive(Clone, Deserialize)]
struct Remedy {
    #[serde(flatten)]
    words: Spoken,
    commands: Vec<String>,
}

impl Checks {
    pub(in crate::web) fn new() -> Self {
        Self { state: Mutex::default(), changes: watch::Sender::new(0) }
    }

    /// Tells of each change.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut lock(&self.state));
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
        changed
    }

    /// What was found about an exhibit that should be told.
    pub(super) fn of_exhibit(&self, name: &str) -> Vec<Finding> {
        let last = lock(&self.state).last.clone();
        let findings = last.and_then(|last| last.findings.ok());
        let findings = findings.iter().flat_map(|findings| findings.iter());
        findings.filter(|it| it.exhibit.as_deref() == Some(name) && it.is_news()).cloned().collect()
    }
}

impl Finding {
    fn is_news(&self) -> bool {
        matches!(self.verdict.as_str(), "ill" | "warning" | "advice")
    }

    /// The worst come first.
    fn rank(&self) -> u8 {
        match self.verdict.as_str() {
            "ill" => 0,
            "warning" => 1,
            "advice" => 2,
            _ => 3,
        }
    }

    pub(super) fn markup(&self) -> Markup {
        let verdict = match self.verdict.as_str() {
            "ill" => tr!("Wrong"),
            "warning" => tr!("Take care"),
            "advice" => tr!("Advice"),
            _ => tr!("Not known"),
        };
        html! {
            div.finding.(self.verdict) {
                h3 { (verdict) ": " (self.evidence.say()) }
                p.soft { @if let Some(exhibit) = &self.exhibit { (exhibit) " · " } (self.check) }
                @if let Some(remedy) = &self.remedy {
                    p { (remedy.words.say()) }
                    @if !remedy.commands.is_empty() { pre { (remedy.commands.join("\n")) } }
                }
            }
        }
    }
}

/// `GET /ui/checks`.
pub(super) async fn show(visit: Visit) -> Response {
    visit.speaking(|| {
        let content = html! {
            h1 { (tr!("Checks")) }
            p { (tr!("The doctor looks at the computer and all artworks from the ground up. It changes nothing, and disturbs no artwork.")) }
            @if visit.operates {
                div.buttons { button.main #look type="button" data-post="checks/begin" { (tr!("Look now")) } }
            }
            (findings(&visit))
        };
        page(&visit, &live::site(&visit), Place::Checks, &tr!("Checks"), &KeptNew { page: "checks", exhibit: None }, &content)
    })
}

/// What was found last.
pub(super) fn findings(visit: &Visit) -> Markup {
    let (under_way, last) = {
        let state = lock(&visit.shared.panel_checks.state);
        (state.under_way, state.last.clone())
    };
    let now = seconds_of(host::now().wall);
    html! {
        div #findings.live {
            @if under_way { p role="status" { (tr!("The doctor is looking …")) } }
            @match last {
                None => { @if !under_way { p { (tr!("Nobody has asked the doctor since Vitrine began.")) } } }
                Some(Last { at, findings }) => {
                    p.soft { (tr!("Looked at {time}", time = moment(seconds_of(at), now, &TimeZone::system()))) }
                    @match findings {
                        Err(why) => p.ill { (say(&why)) },
                        Ok(findings) => (report(&findings)),
                    }
                }
            }
        }
    }
}

fn report(findings: &[Finding]) -> Markup {
    let mut news: Vec<&Finding> = findings.iter().filter(|finding| finding.verdict != "well").collect();
    news.sort_by_key(|finding| finding.rank());
    let (shown, unknown): (Vec<_>, Vec<_>) = news.into_iter().partition(|finding| finding.is_news());
    let well = findings.len() - shown.len() - unknown.len();
    html! {
        @if shown.is_empty() { p.state.well { (tr!("Nothing is wrong.")) } }
        @for finding in shown { (finding.markup()) }
        @if !unknown.is_empty() {
            details id="unknown" {
                summary { (tr!("{count} things could not be found out", count = unknown.len())) }
                @for finding in unknown { (finding.markup()) }
            }
        }
        p.soft { (tr!("{count} checks found all well.", count = well)) }
    }
}

/// `POST /ui/checks/begin`.
pub(super) async fn begin(order: Order) -> Result<Response, Problem> {
    let shared = Arc::clone(&order.shared);
    let began = shared.panel_checks.change(|state| !std::mem::replace(&mut state.under_way, true));
    if began {
        let (config, socket) = (shared.config.clone(), shared.socket.clone());
        tokio::spawn(async move {
            // Twice as long, for a doctor that does not end when it is told to.
            let looked = aside(&shared.looking, TIME * 2, move || look(config, socket)).await;
            let findings = looked.unwrap_or_else(|| Err(told!("the doctor came to nothing")));
            let last = Last { at: host::now().wall, findings: findings.map(Arc::new) };
            shared.panel_checks.change(|state| *state = State { under_way: false, last: Some(last) });
        });
    }
    Ok(json(&Said::in_language(&told!("the doctor is looking"), order.language)))
}

fn look(config: Option<PathBuf>, socket: Option<PathBuf>) -> Result<Vec<Finding>, Told> {
    let mut program = process::own_program();
    for (option, path) in [("--config", config), ("--socket", socket)] {
        if let Some(path) = path {
            program.arg(option).arg(path);
        }
    }
    let ended = process::run(program.args(["doctor", "--json"]), TIME, MAX_REPORT);
    let ended = ended.map_err(|error| match error {
        process::RunError::Begin(error) => {
            told!("the doctor could not begin: {why}", why = error.to_string())
        }
        process::RunError::Late => told!("the doctor did not end within {time}", time = TIME),
    })?;
    let report: Report = serde_json::from_slice(&ended.output).map_err(|_| {
        let said = String::from_utf8_lossy(&ended.errors).trim().to_owned();
        told!("the doctor said: {said}", said = said)
    })?;
    Ok(report.findings)
}
