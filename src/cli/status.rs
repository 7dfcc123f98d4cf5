//! `vitrine status`: one calm block per exhibit, in 80 columns.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::client::{Daemon, converse, no_such};
use super::layout::{moment, span, wrap};
use super::{Outcome, colours, say, say_json};
use crate::web::dto::{Exhibit, LastResort, Reload, Silence, Site, Unit};
use crate::words::{self as codes, tr};

/// The widest column of names; a longer name pushes its own block out of line.
const MAX_NAME_WIDTH: usize = 20;

/// How a status is written.
#[derive(Clone, Debug)]
pub struct Style {
    /// Whether colours are used. They are never the only carrier of a meaning.
    pub colour: bool,
    /// Columns that a line may fill.
    pub width: usize,
    /// The time zone that times are told in.
    pub zone: TimeZone,
}

pub(super) fn command(daemon: &Daemon, exhibit: Option<&str>, json: bool) -> Outcome {
    converse(async {
        let mut site = match daemon.site().await {
            Ok(site) => site,
            Err(error) => return error.fail(),
        };
        let mut well = site.well;
        if let Some(name) = exhibit {
            let Some(index) = site.exhibits.iter().position(|exhibit| exhibit.name == name) else {
                return no_such(name, &site);
            };
            site.exhibits = vec![site.exhibits.swap_remove(index)];
            site.units.clear();
            site.last_resort = None;
            // What was told of it is to be relied upon, too.
            let known = site.hypervisor.state == "up" && site.silent.is_empty() && !site.stale;
            well = known && site.exhibits.iter().all(|exhibit| exhibit.well);
        }
        if json {
            match (exhibit, site.exhibits.first()) {
                (Some(_), Some(exhibit)) => say_json(exhibit),
                (_, _) => say_json(&site),
            };
        } else {
            let style = Style { colour: colours(), width: 80, zone: TimeZone::system() };
            say(&render(&site, &style));
        }
        if well { Outcome::Well } else { Outcome::NotWell }
    })
}

/// The text of `vitrine status`.
pub fn render(site: &Site, style: &Style) -> String {
    let mut out = wrap(&headline(site, style), 0, style.width, 0);
    out.push('\n');
    for sentence in
        silences(&site.silent).into_iter().chain(site.reload.as_ref().map(|it| reload(it, site.at, style)))
    {
        out.push_str(&format!("{} ", paint("!", Colour::Red, style)));
        out.push_str(&wrap(&sentence, 2, style.width, 4));
        out.push('\n');
    }
    let longest = site.exhibits.iter().map(|exhibit| exhibit.name.chars().count()).max().unwrap_or(0);
    let name_width = longest.min(MAX_NAME_WIDTH);
    for exhibit in &site.exhibits {
        out.push('\n');
        block(&mut out, exhibit, site, name_width, style);
    }
    if let Some(last_resort) = &site.last_resort {
        out.push('\n');
        last_resort_line(&mut out, last_resort, style);
    }
    if !site.units.is_empty() {
        out.push('\n');
        units(&mut out, &site.units, site.at, style);
    }
    out
}

/// What keeps what is told here from being new.
fn silences(silent: &[Silence]) -> Vec<String> {
    let mut waiting: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
    for silence in silent {
        waiting.entry(silence.waits_for.as_deref()).or_default().push(&silence.part);
    }
    let sentence = |(what, parts): (Option<&str>, Vec<&str>)| {
        let parts = parts.join(", ");
        match what {
            Some(what) => format!(
                "{what} has not answered for long, and what is told of it is old; waiting for it: {parts}"
            ),
            None => format!(
                "a part of Vitrine hangs, and what is told here may be old: {parts}. Its log tells more; started anew, it \
                 leaves the artworks on screen"
            ),
        }
    };
    waiting.into_iter().map(sentence).collect()
}

/// Why the configuration that was last read is not in use.
fn reload(reload: &Reload, now: f64, style: &Style) -> String {
    let since = moment(reload.since, now, &style.zone);
    match reload.problem.as_str() {
        "silent" => format!(
            "the configuration could not be read again at {since}: what it lies on does not answer. What was there goes on; \
             `systemctl --user reload vitrine` has it read again"
        ),
        _ => format!(
            "the configuration was read again at {since}, and cannot be used; `vitrine check` tells why. What was there goes \
             on"
        ),
    }
}

fn headline(site: &Site, style: &Style) -> String {
    if site.stale {
        return format!(
            "This was so {} ago: the daemon stands still since, and nothing is watched. Its log may tell why; started anew, \
             it leaves the artworks on screen.",
            span(site.age)
        );
    }
    let libvirt = match (site.hypervisor.state.as_str(), &site.hypervisor.reason, site.hypervisor.since) {
        ("up", _, _) => "libvirt is up".to_owned(),
        ("awaited", _, _) => "libvirt is waited for".to_owned(),
        (_, reason, since) => {
            let since = since.map(|since| format!(" since {}", moment(since, site.at, &style.zone)));
            let reason = reason.as_ref().map(|reason| format!(": {}", reason.say().trim_end_matches('.')));
            format!("libvirt is down{}{}", since.unwrap_or_default(), reason.unwrap_or_default())
        }
    };
    let ill = site.exhibits.iter().filter(|exhibit| !exhibit.well).count();
    let summary = match (site.exhibits.len(), ill) {
        (0, _) => "No exhibit is configured".to_owned(),
        (_, 0) if site.well && site.reload.is_none() => "All is well".to_owned(),
        (_, 0) => "The exhibits are well".to_owned(),
        (1, _) => "The exhibit needs attention".to_owned(),
        (all, 1) => format!("1 of {all} exhibits needs attention"),
        (all, ill) => format!("{ill} of {all} exhibits need attention"),
    };
    format!("{summary}. {libvirt}. Vitrine {} has run for {}.", site.version, span(site.at - site.since))
}

fn block(out: &mut String, exhibit: &Exhibit, site: &Site, name_width: usize, style: &Style) {
    let now = site.at;
    let indent = name_width + 4;
    let colour = colour_of(exhibit);
    let mark = if exhibit.well { " ".to_owned() } else { paint("!", colour, style) };
    out.push_str(&format!("{mark} {:name_width$}  ", exhibit.name));
    let start = indent.max(exhibit.name.chars().count() + 4);
    let phase = wrap(&phase_sentence(exhibit, now, style), start, style.width, indent);
    // The first word is the phase's; painted after the lines are broken, since colours have no width.
    match phase.split_once([' ', '\n']) {
        Some((word, _)) => {
            out.push_str(&paint(word, colour, style));
            out.push_str(phase.get(word.len()..).unwrap_or_default());
        }
        None => out.push_str(&paint(&phase, colour, style)),
    }
    out.push('\n');
    let others = [
        Some(state_sentence(exhibit, site.hypervisor.state == "up")),
        exhibit.snapshot_flaw.clone(),
        viewer_sentence(exhibit),
        guest_sentence(exhibit),
        incident_sentence(exhibit, now, style),
    ];
    for sentence in others.into_iter().flatten() {
        out.push_str(&" ".repeat(indent));
        out.push_str(&wrap(&sentence, indent, style.width, indent));
        out.push('\n');
    }
}

/// What is to come, so that whoever works on the computer can stop it.
fn last_resort_line(out: &mut String, last_resort: &LastResort, style: &Style) {
    let step =
        |what: &str, time: Option<f64>| time.map(|time| format!("{what} is restarted in {}", span(time)));
    let libvirt = step("libvirt", last_resort.restart_libvirt_in);
    let computer = step("the computer", last_resort.reboot_in);
    let steps: Vec<_> = libvirt.into_iter().chain(computer).collect();
    let sentence = format!("{}; if that lasts, {}", last_resort.why.say(), steps.join(", and "));
    out.push_str(&format!("{} ", paint("!", Colour::Red, style)));
    out.push_str(&wrap(&sentence, 2, style.width, 4));
    out.push('\n');
}

/// What is well in one sentence, and a line for each unit that is not.
fn units(out: &mut String, units: &[Unit], now: f64, style: &Style) {
    let (well, ill): (Vec<_>, Vec<_>) = units.iter().partition(|unit| unit.well);
    if !well.is_empty() {
        let states: Vec<_> = well.iter().map(|unit| format!("{} {}", unit.name, unit.state)).collect();
        out.push_str(&wrap(&format!("  units: {}", states.join(", ")), 0, style.width, 9));
        out.push('\n');
    }
    for unit in ill {
        let since = moment(unit.since, now, &style.zone);
        let result = unit.result.as_ref().map(|result| format!(" ({result})")).unwrap_or_default();
        let next = match unit.restart_in {
            Some(restart) => format!("; restarted in {}", span(restart)),
            None if unit.state == "failed" => format!("; `systemctl status {}` may tell why", unit.name),
            None => String::new(),
        };
        let sentence = format!("{} {} since {since}{result}{next}", unit.name, unit.state);
        out.push_str(&format!("{} ", paint("!", Colour::Red, style)));
        out.push_str(&wrap(&sentence, 2, style.width, 4));
        out.push('\n');
    }
}

fn phase_sentence(exhibit: &Exhibit, now: f64, style: &Style) -> String {
    let since = moment(exhibit.phase_since, now, &style.zone);
    let why = exhibit.why.as_deref().map_or("something odd", codes::symptom);
    match exhibit.phase.as_str() {
        "waiting" => format!("waiting for libvirt since {since}"),
        "suspect" => format!("suspect since {since}: {why}, given a moment"),
        "recovering" => {
            let remedy = exhibit.remedy.as_deref().map_or("a remedy", codes::remedy);
            format!("recovering since {since}: {remedy} against \"{why}\"")
        }
        "snapshotting" => {
            let step = exhibit.step.as_deref().map_or("a snapshot is worked on", codes::step);
            format!("snapshotting since {since}: {step}")
        }
        "settling" => format!("settling since {since}: the first sign of life is waited for"),
        "broken" => {
            let retry = exhibit.retry_in.map(|retry| format!("; tried again in {}", span(retry)));
            format!("broken since {since}: {why}{}", retry.unwrap_or_default())
        }
        "held" => {
            let at = |at| moment(at, now, &style.zone);
            let by = exhibit.hold.as_ref().map_or_else(
                || format!("held since {since}"),
                |hold| {
                    let until = hold.until.map(|until| format!(" until {}", at(until))).unwrap_or_default();
                    format!("held since {} by {}{until}", at(hold.since), hold.by)
                },
            );
            format!("{by}: watched, shown, not touched")
        }
        "closed" => {
            let stopped = exhibit.stopped.as_ref().map_or_else(
                || format!("closed since {since}"),
                |stopped| {
                    let since = moment(stopped.since, now, &style.zone);
                    format!("closed since {since}: stopped by {}", stopped.by)
                },
            );
            format!("{stopped}; `vitrine start {}` brings it back", exhibit.name)
        }
        other => format!("{other} since {since}"),
    }
}

fn state_sentence(exhibit: &Exhibit, libvirt_up: bool) -> String {
    let mut parts = vec![match exhibit.vm_state.as_str() {
        "missing" => format!("there is no VM {}", exhibit.vm),
        "no state" => "VM not seen yet".to_owned(),
        state if libvirt_up => format!("VM {state}"),
        state => format!("VM {state} when libvirt last told"),
    }];
    if !exhibit.snapshot_exists && !["missing", "no state"].contains(&exhibit.vm_state.as_str()) {
        parts.push(format!("no snapshot '{}'", exhibit.snapshot));
    }
    let heartbeat = &exhibit.heartbeat;
    match (heartbeat.enabled, heartbeat.time_since_heartbeat, heartbeat.timeout) {
        (_, Some(since), Some(timeout)) if heartbeat.is_timed_out => {
            parts.push(format!("last beat {} ago (allowed: {})", span(since), span(timeout)));
        }
        (_, Some(since), _) => parts.push(format!("last beat {} ago", span(since))),
        (true, None, _) => parts.push("no beat yet".to_owned()),
        (false, None, _) => parts.push("no heartbeat expected".to_owned()),
    }
    let there: Vec<_> = exhibit.screens.iter().filter_map(|screen| screen.connector.as_deref()).collect();
    if !there.is_empty() {
        let there = there.join(" and ");
        parts.push(match exhibit.viewer.as_str() {
            "shown" => format!("shown on {there}"),
            "launching" => format!("viewer being launched on {there}"),
            "pausing" => format!("viewer ended, launched again on {there} in a moment"),
            _ => format!("no viewer on {there}"),
        });
    }
    let missing = exhibit.screens.iter().filter(|screen| screen.connector.is_none());
    parts.extend(missing.map(|screen| format!("screen {} is missing", screen.name)));
    parts.join(", ")
}

fn viewer_sentence(exhibit: &Exhibit) -> Option<String> {
    exhibit.viewer_trouble.as_ref().map(|trouble| tr!("the last viewer: {trouble}", trouble = trouble.say()))
}

fn guest_sentence(exhibit: &Exhibit) -> Option<String> {
    let note = exhibit.note.as_ref()?;
    let parts: Vec<_> = [&note.status, &note.message].into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| format!("the guest says: {}", parts.join(": ")))
}

fn incident_sentence(exhibit: &Exhibit, now: f64, style: &Style) -> Option<String> {
    let incident = exhibit.last_incident.as_ref()?;
    let began = moment(incident.began, now, &style.zone);
    let symptom = codes::symptom(&incident.symptom);
    Some(match incident.lasted {
        Some(lasted) => format!("last incident: {symptom}, {began}, over after {}", span(lasted)),
        None => format!("incident: {symptom}, since {began}: {}", incident.evidence.say()),
    })
}

#[derive(Clone, Copy)]
enum Colour {
    Green,
    Yellow,
    Red,
}

fn colour_of(exhibit: &Exhibit) -> Colour {
    match exhibit.phase.as_str() {
        "broken" | "closed" => Colour::Red,
        _ if exhibit.well => Colour::Green,
        _ => Colour::Yellow,
    }
}

/// What follows the escape character in what [`paint`] writes.
pub(super) const PAINT: [&str; 4] = ["[32m", "[33m", "[1;31m", "[0m"];

fn paint(text: &str, colour: Colour, style: &Style) -> String {
    let code = match colour {
        Colour::Green => "32",
        Colour::Yellow => "33",
        Colour::Red => "1;31",
    };
    if style.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}
