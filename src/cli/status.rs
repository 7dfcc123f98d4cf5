//! `vitrine status`: one calm block per exhibit, in 80 columns.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::client::{Daemon, converse, no_such};
use super::layout::{moment, span, wrap};
use super::{Outcome, colours, say, say_json};
use crate::web::dto::{
    Exhibit, Hold, HolderKind, LastResort, Phase, Reload, Silence, Site, Spoken, Unit, ViewerState, XServer,
};
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
            well = known && site.x_server.answers && site.exhibits.iter().all(|exhibit| exhibit.well);
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
        trouble(&mut out, &sentence, style);
    }
    let longest = site.exhibits.iter().map(|exhibit| exhibit.name.chars().count()).max().unwrap_or(0);
    let name_width = longest.min(MAX_NAME_WIDTH);
    for exhibit in &site.exhibits {
        out.push('\n');
        block(&mut out, exhibit, site, name_width, style);
    }
    if let Some(why) = &site.x_server.why {
        out.push('\n');
        x_server_line(&mut out, &site.x_server, why, site.at, style);
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
            Some(what) => tr!(
                "{what} has not answered for long, and what is told of it is old; waiting for it: {parts}",
                what = what,
                parts = parts
            ),
            None => tr!(
                "a part of Vitrine hangs, and what is told here may be old: {parts}. Its log tells more; started anew, it \
                 leaves the artworks on screen",
                parts = parts
            ),
        }
    };
    waiting.into_iter().map(sentence).collect()
}

/// Why the configuration that was last read is not in use.
fn reload(reload: &Reload, now: f64, style: &Style) -> String {
    let since = moment(reload.since, now, &style.zone);
    match reload.problem.as_str() {
        "silent" => tr!(
            "the configuration could not be read again at {since}: what it lies on does not answer. What was there goes on; \
             `systemctl --user reload vitrine` has it read again",
            since = since
        ),
        _ => tr!(
            "the configuration was read again at {since}, and cannot be used; `vitrine check` tells why. What was there \
             goes on",
            since = since
        ),
    }
}

fn headline(site: &Site, style: &Style) -> String {
    if site.stale {
        return tr!(
            "This was so {span} ago: the daemon stands still since, and nothing is watched. Its log may tell why; started \
             anew, it leaves the artworks on screen.",
            span = span(site.age)
        );
    }
    let since = site.hypervisor.since.map(|since| moment(since, site.at, &style.zone));
    let reason = site.hypervisor.reason.as_ref().map(|reason| reason.say().trim_end_matches('.').to_owned());
    let libvirt = match (site.hypervisor.state.as_str(), reason, since) {
        ("up", _, _) => tr!("libvirt is up."),
        ("awaited", _, _) => tr!("libvirt is waited for."),
        (_, None, None) => tr!("libvirt is down."),
        (_, None, Some(since)) => tr!("libvirt is down since {since}.", since = since),
        (_, Some(reason), None) => tr!("libvirt is down: {reason}.", reason = reason),
        (_, Some(reason), Some(since)) => {
            tr!("libvirt is down since {since}: {reason}.", since = since, reason = reason)
        }
    };
    let ill = site.exhibits.iter().filter(|exhibit| !exhibit.well).count();
    let summary = match (site.exhibits.len(), ill) {
        (0, _) => tr!("No exhibit is configured."),
        (_, 0) if site.well && site.reload.is_none() => tr!("All is well."),
        (_, 0) => tr!("The exhibits are well."),
        (1, _) => tr!("The exhibit needs attention."),
        (all, 1) => tr!("1 of {all} exhibits needs attention.", all = all),
        (all, ill) => tr!("{ill} of {all} exhibits need attention.", ill = ill, all = all),
    };
    let runs = span(site.at - site.since);
    let runs = tr!("Vitrine {version} has run for {span}.", version = site.version, span = runs);
    format!("{summary} {libvirt} {runs}")
}

fn block(out: &mut String, exhibit: &Exhibit, site: &Site, name_width: usize, style: &Style) {
    let now = site.at;
    let indent = name_width + 4;
    let colour = colour_of(exhibit);
    let mark = if exhibit.well { " ".to_owned() } else { paint("!", colour, style) };
    out.push_str(&format!("{mark} {:name_width$}  ", exhibit.name));
    let start = indent.max(exhibit.name.chars().count() + 4);
    let word = phase_word(&exhibit.phase);
    let phase = wrap(&phase_sentence(exhibit, &word, now, style), start, style.width, indent);
    // The phase is painted after the lines are broken, since colours have no width.
    match phase.strip_prefix(&word) {
        Some(rest) => {
            out.push_str(&paint(&word, colour, style));
            out.push_str(rest);
        }
        None => out.push_str(&phase),
    }
    out.push('\n');
    let others = [
        Some(state_sentence(exhibit, site.hypervisor.state == "up")),
        exhibit.snapshot_flaw.as_ref().map(Spoken::say),
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

/// What is not as it should be.
fn trouble(out: &mut String, sentence: &str, style: &Style) {
    out.push_str(&format!("{} ", paint("!", Colour::Red, style)));
    out.push_str(&wrap(sentence, 2, style.width, 4));
    out.push('\n');
}

/// That nothing moves, and what comes of it.
fn x_server_line(out: &mut String, x_server: &XServer, why: &Spoken, now: f64, style: &Style) {
    let (why, since) = (why.say(), moment(x_server.since.unwrap_or(now), now, &style.zone));
    let sentence = match x_server.ended_in.map(span) {
        Some(time) => tr!(
            "{why}, since {since}; if that lasts, the X server is started anew in {time}",
            why = why,
            since = since,
            time = time
        ),
        None => tr!("{why}, since {since}", why = why, since = since),
    };
    trouble(out, &sentence, style);
}

/// What is to come, so that whoever works on the computer can stop it.
fn last_resort_line(out: &mut String, last_resort: &LastResort, style: &Style) {
    let why = last_resort.why.say();
    let sentence = match (last_resort.restart_libvirt_in.map(span), last_resort.reboot_in.map(span)) {
        (None, None) => why,
        (Some(libvirt), None) => {
            tr!("{why}; if that lasts, libvirt is restarted in {span}", why = why, span = libvirt)
        }
        (None, Some(computer)) => {
            tr!("{why}; if that lasts, the computer is restarted in {span}", why = why, span = computer)
        }
        (Some(libvirt), Some(computer)) => tr!(
            "{why}; if that lasts, libvirt is restarted in {libvirt}, and the computer is restarted in {computer}",
            why = why,
            libvirt = libvirt,
            computer = computer,
        ),
    };
    trouble(out, &sentence, style);
}

/// What is well in one sentence, and a line for each unit that is not.
fn units(out: &mut String, units: &[Unit], now: f64, style: &Style) {
    let (well, ill): (Vec<_>, Vec<_>) = units.iter().partition(|unit| unit.well);
    if !well.is_empty() {
        let states: Vec<_> = well.iter().map(|unit| format!("{} {}", unit.name, unit.state)).collect();
        out.push_str("  ");
        out.push_str(&wrap(&tr!("units: {states}", states = states.join(", ")), 2, style.width, 9));
        out.push('\n');
    }
    for unit in ill {
        let since = moment(unit.since, now, &style.zone);
        let (name, state) = (&unit.name, &unit.state);
        let how = match &unit.result {
            Some(result) => tr!(
                "{name} {state} since {since} ({result})",
                name = name,
                state = state,
                since = since,
                result = result
            ),
            None => tr!("{name} {state} since {since}", name = name, state = state, since = since),
        };
        let sentence = match unit.restart_in {
            Some(restart) => tr!("{how}; restarted in {span}", how = how, span = span(restart)),
            None if unit.state == "failed" => {
                tr!("{how}; `systemctl status {name}` may tell why", how = how, name = name)
            }
            None => how,
        };
        trouble(out, &sentence, style);
    }
}

/// A phase in a word or two, which its sentence begins with.
fn phase_word(phase: &Phase) -> String {
    match phase {
        Phase::Waiting => tr!("waiting"),
        Phase::Starting => tr!("starting"),
        Phase::Healthy => tr!("healthy"),
        Phase::Suspect => tr!("suspect"),
        Phase::Recovering => tr!("recovering"),
        Phase::Settling => tr!("settling"),
        Phase::Snapshotting => tr!("snapshotting"),
        Phase::Broken => tr!("broken"),
        Phase::Held => tr!("held"),
        Phase::Closed => tr!("closed"),
        Phase::Other(word) => word.clone(),
    }
}

fn phase_sentence(exhibit: &Exhibit, phase: &str, now: f64, style: &Style) -> String {
    let at = |at| moment(at, now, &style.zone);
    let since = at(exhibit.phase_since);
    let why =
        exhibit.why.as_deref().map_or_else(|| tr!("something odd"), |code| codes::symptom(code).to_owned());
    match exhibit.phase {
        Phase::Waiting => tr!("{phase} for libvirt since {since}", phase = phase, since = since),
        Phase::Starting | Phase::Healthy | Phase::Other(_) => {
            tr!("{phase} since {since}", phase = phase, since = since)
        }
        Phase::Suspect => {
            tr!("{phase} since {since}: {why}, given a moment", phase = phase, since = since, why = why)
        }
        Phase::Recovering => {
            let remedy = exhibit
                .remedy
                .as_deref()
                .map_or_else(|| tr!("a remedy"), |code| codes::remedy(code).to_owned());
            tr!(
                "{phase} since {since}: {remedy} against \"{why}\"",
                phase = phase,
                since = since,
                remedy = remedy,
                why = why
            )
        }
        Phase::Snapshotting => {
            let step = exhibit
                .step
                .as_deref()
                .map_or_else(|| tr!("a snapshot is worked on"), |code| codes::step(code).to_owned());
            tr!("{phase} since {since}: {step}", phase = phase, since = since, step = step)
        }
        Phase::Settling => {
            tr!("{phase} since {since}: the first sign of life is waited for", phase = phase, since = since)
        }
        Phase::Broken => match exhibit.retry_in.map(span) {
            Some(retry) => tr!(
                "{phase} since {since}: {why}; tried again in {retry}",
                phase = phase,
                since = since,
                why = why,
                retry = retry
            ),
            None => tr!("{phase} since {since}: {why}", phase = phase, since = since, why = why),
        },
        Phase::Held => {
            let hold = exhibit.hold.as_ref();
            let since = hold.map_or(since, |hold| at(hold.since));
            match hold.map(|hold| (holder(hold), hold.until.map(at))) {
                Some((by, Some(until))) => tr!(
                    "{phase} since {since} by {by} until {until}: watched, shown, not touched",
                    phase = phase,
                    since = since,
                    by = by,
                    until = until
                ),
                Some((by, None)) => tr!(
                    "{phase} since {since} by {by}: watched, shown, not touched",
                    phase = phase,
                    since = since,
                    by = by
                ),
                None => {
                    tr!("{phase} since {since}: watched, shown, not touched", phase = phase, since = since)
                }
            }
        }
        Phase::Closed => {
            let name = &exhibit.name;
            match &exhibit.stopped {
                Some(stopped) => tr!(
                    "{phase} since {since}: stopped by {by}; `vitrine start {exhibit}` brings it back",
                    phase = phase,
                    since = at(stopped.since),
                    by = stopped.by,
                    exhibit = name
                ),
                None => tr!(
                    "{phase} since {since}; `vitrine start {exhibit}` brings it back",
                    phase = phase,
                    since = since,
                    exhibit = name
                ),
            }
        }
    }
}

/// Who holds it.
fn holder(hold: &Hold) -> String {
    match hold.holder {
        HolderKind::Configuration => tr!("the configuration"),
        HolderKind::Staff => hold.by.clone(),
    }
}

fn state_sentence(exhibit: &Exhibit, libvirt_up: bool) -> String {
    let vm = match exhibit.vm_state.as_str() {
        "missing" => tr!("there is no VM {vm}", vm = exhibit.vm),
        "no state" => tr!("VM not seen yet"),
        "running" => tr!("VM running"),
        "paused" => tr!("VM paused"),
        "shut off" => tr!("VM shut off"),
        "in shutdown" => tr!("VM in shutdown"),
        "crashed" => tr!("VM crashed"),
        "pmsuspended" => tr!("VM pmsuspended"),
        state => tr!("VM {state}", state = state),
    };
    let is_old = !libvirt_up && !["missing", "no state"].contains(&exhibit.vm_state.as_str());
    let mut parts = vec![if is_old { tr!("{vm} when libvirt last told", vm = vm) } else { vm }];
    if !exhibit.snapshot_exists && !["missing", "no state"].contains(&exhibit.vm_state.as_str()) {
        parts.push(tr!("no snapshot '{snapshot}'", snapshot = exhibit.snapshot));
    }
    let heartbeat = &exhibit.heartbeat;
    match (heartbeat.enabled, heartbeat.time_since_heartbeat, heartbeat.timeout) {
        (_, Some(since), Some(timeout)) if heartbeat.is_timed_out => {
            let (ago, allowed) = (span(since), span(timeout));
            parts.push(tr!("last beat {ago} ago (allowed: {allowed})", ago = ago, allowed = allowed));
        }
        (_, Some(since), _) => parts.push(tr!("last beat {ago} ago", ago = span(since))),
        (true, None, _) => parts.push(tr!("no beat yet")),
        (false, None, _) => parts.push(tr!("no heartbeat expected")),
    }
    let there: Vec<_> = exhibit.screens.iter().filter_map(|screen| screen.connector.as_deref()).collect();
    if !there.is_empty() {
        let screens = there.join(&tr!(" and "));
        parts.push(match exhibit.viewer {
            ViewerState::Shown => tr!("shown on {screens}", screens = screens),
            ViewerState::Launching => tr!("viewer being launched on {screens}", screens = screens),
            ViewerState::Pausing => {
                tr!("viewer ended, launched again on {screens} in a moment", screens = screens)
            }
            ViewerState::None | ViewerState::Other(_) => tr!("no viewer on {screens}", screens = screens),
        });
    }
    let missing = exhibit.screens.iter().filter(|screen| screen.connector.is_none());
    parts.extend(missing.map(|screen| tr!("screen {screen} is missing", screen = screen.name)));
    parts.join(", ")
}

fn viewer_sentence(exhibit: &Exhibit) -> Option<String> {
    exhibit.viewer_trouble.as_ref().map(|trouble| tr!("the last viewer: {trouble}", trouble = trouble.say()))
}

fn guest_sentence(exhibit: &Exhibit) -> Option<String> {
    let note = exhibit.note.as_ref()?;
    let parts: Vec<_> = [&note.status, &note.message].into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| tr!("the guest says: {words}", words = parts.join(": ")))
}

fn incident_sentence(exhibit: &Exhibit, now: f64, style: &Style) -> Option<String> {
    let incident = exhibit.last_incident.as_ref()?;
    let began = moment(incident.began, now, &style.zone);
    let symptom = codes::symptom(&incident.symptom);
    Some(match incident.lasted {
        Some(lasted) => tr!(
            "last incident: {symptom}, {began}, over after {span}",
            symptom = symptom,
            began = began,
            span = span(lasted)
        ),
        None => tr!(
            "incident: {symptom}, since {began}: {evidence}",
            symptom = symptom,
            began = began,
            evidence = incident.evidence.say()
        ),
    })
}

#[derive(Clone, Copy)]
enum Colour {
    Green,
    Yellow,
    Red,
}

fn colour_of(exhibit: &Exhibit) -> Colour {
    match (&exhibit.phase, exhibit.well) {
        (Phase::Broken | Phase::Closed, _) => Colour::Red,
        (_, true) => Colour::Green,
        (_, false) => Colour::Yellow,
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
