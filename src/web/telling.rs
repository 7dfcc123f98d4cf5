//! How the site and its exhibits are, and what happened to them, in sentences: for the commands and the panel, in the
//! language that is spoken there.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::core::types::WallTime;
use crate::journal::{Entry, Kind};
use crate::web::dto::{
    Exhibit, Foreseen, Hold, HolderKind, LastResort, Phase, Reload, Silence, Site, Unit, ViewerState,
    XServer, seconds_of,
};
use crate::words::time::{moment, span, stopwatch};
use crate::words::{self as codes, say, tr};

/// All that keeps the whole site from being as it should be, or this from being new.
pub fn troubles(site: &Site, zone: &TimeZone) -> Vec<String> {
    let mut troubles = silences(&site.silent);
    troubles.extend(site.reload.as_ref().map(|it| reload(it, site.at, zone)));
    troubles.extend(x_server(&site.x_server, site.at, zone));
    troubles.extend(site.last_resort.as_ref().map(last_resort));
    troubles
}

/// What keeps what is told here from being new.
pub fn silences(silent: &[Silence]) -> Vec<String> {
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
pub fn reload(reload: &Reload, now: f64, zone: &TimeZone) -> String {
    let since = moment(reload.since, now, zone);
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

/// Whether all is well, in a sentence.
pub fn summary(site: &Site) -> String {
    if site.stale {
        return tr!(
            "This was so {span} ago: the daemon stands still since, and nothing is watched. Its log may tell why; started \
             anew, it leaves the artworks on screen.",
            span = span(site.age)
        );
    }
    let ill = site.exhibits.iter().filter(|exhibit| !exhibit.well).count();
    match (site.exhibits.len(), ill) {
        (0, _) => tr!("No exhibit is configured."),
        (_, 0) if site.well && site.reload.is_none() => tr!("All is well."),
        (_, 0) => tr!("The exhibits are well."),
        (1, _) => tr!("The exhibit needs attention."),
        (all, 1) => tr!("1 of {all} exhibits needs attention.", all = all),
        (all, ill) => tr!("{ill} of {all} exhibits need attention.", ill = ill, all = all),
    }
}

/// How the connection to libvirt stands.
pub fn hypervisor(site: &Site, zone: &TimeZone) -> String {
    let since = site.hypervisor.since.map(|since| moment(since, site.at, zone));
    let reason = site.hypervisor.reason.as_ref().map(|reason| reason.say().trim_end_matches('.').to_owned());
    match (site.hypervisor.state.as_str(), reason, since) {
        ("up", _, _) => tr!("libvirt is up."),
        ("awaited", _, _) => tr!("libvirt is waited for."),
        (_, None, None) => tr!("libvirt is down."),
        (_, None, Some(since)) => tr!("libvirt is down since {since}.", since = since),
        (_, Some(reason), None) => tr!("libvirt is down: {reason}.", reason = reason),
        (_, Some(reason), Some(since)) => {
            tr!("libvirt is down since {since}: {reason}.", since = since, reason = reason)
        }
    }
}

/// What will fail, or may, and what to do.
pub fn foreseen(foreseen: &Foreseen) -> String {
    let (evidence, remedy) = (foreseen.evidence.say(), foreseen.remedy.say());
    match foreseen.verdict.as_str() {
        "ill" => tr!("foreseen, and ill: {evidence}. {remedy}", evidence = evidence, remedy = remedy),
        _ => tr!("foreseen: {evidence}. {remedy}", evidence = evidence, remedy = remedy),
    }
}

/// That nothing moves, and what comes of it; `None` while the X server answers.
pub fn x_server(x_server: &XServer, now: f64, zone: &TimeZone) -> Option<String> {
    let why = x_server.why.as_ref()?.say();
    let since = moment(x_server.since.unwrap_or(now), now, zone);
    Some(match x_server.ended_in.map(span) {
        Some(time) => tr!(
            "{why}, since {since}; if that lasts, the X server is started anew in {time}",
            why = why,
            since = since,
            time = time
        ),
        None => tr!("{why}, since {since}", why = why, since = since),
    })
}

/// What is to come, so that whoever works on the computer can stop it.
pub fn last_resort(last_resort: &LastResort) -> String {
    let why = last_resort.why.say();
    match (last_resort.restart_libvirt_in.map(span), last_resort.reboot_in.map(span)) {
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
    }
}

/// How a unit is.
pub fn unit(unit: &Unit, now: f64, zone: &TimeZone) -> String {
    let since = moment(unit.since, now, zone);
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
    match unit.restart_in {
        Some(restart) => tr!("{how}; restarted in {span}", how = how, span = span(restart)),
        None if unit.state == "failed" => {
            tr!("{how}; `systemctl status {name}` may tell why", how = how, name = name)
        }
        None => how,
    }
}

/// A phase in a word or two, which its sentence begins with.
pub fn phase_word(phase: &Phase) -> String {
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

/// Where the watchdog of an exhibit stands.
pub fn phase(exhibit: &Exhibit, now: f64, zone: &TimeZone) -> String {
    phase_sentence(exhibit, &phase_word(&exhibit.phase), now, zone)
}

/// Where the watchdog of an exhibit stands, with the word that it begins with.
pub fn phase_sentence(exhibit: &Exhibit, phase: &str, now: f64, zone: &TimeZone) -> String {
    let at = |at| moment(at, now, zone);
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

/// Who holds it, and why.
fn holder(hold: &Hold) -> String {
    let by = match hold.holder {
        HolderKind::Configuration => tr!("the configuration"),
        HolderKind::Staff => hold.by.clone(),
    };
    hold.reason.as_ref().map_or_else(|| by.clone(), |reason| format!("{by} ({reason})"))
}

/// How the VM, the heartbeat and the viewer of an exhibit are.
pub fn state(exhibit: &Exhibit, libvirt_up: bool) -> String {
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
    if let Some(kit) = exhibit.guest_kit.as_ref().filter(|kit| kit.is_older) {
        parts.push(tr!(
            "guest kit {version}, {current} is here",
            version = kit.version,
            current = kit.current
        ));
    }
    if exhibit.serial_is_open == Some(false) && exhibit.vm_state == "running" {
        parts.push(tr!("its serial port cannot be heard"));
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

/// Why the last viewer ended, where that is not over.
pub fn viewer(exhibit: &Exhibit) -> Option<String> {
    exhibit.viewer_trouble.as_ref().map(|trouble| tr!("the last viewer: {trouble}", trouble = trouble.say()))
}

/// What the guest said last.
pub fn guest(exhibit: &Exhibit) -> Option<String> {
    let note = exhibit.note.as_ref()?;
    let parts: Vec<_> = [&note.status, &note.message].into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| tr!("the guest says: {words}", words = parts.join(": ")))
}

/// The last incident.
pub fn incident(exhibit: &Exhibit, now: f64, zone: &TimeZone) -> Option<String> {
    let incident = exhibit.last_incident.as_ref()?;
    let began = moment(incident.began, now, zone);
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

/// An entry of the journal in a sentence.
pub fn entry(entry: &Entry) -> String {
    let Kind::Incident = entry.kind else {
        return format!("{}: {}", codes::kind(kind_of(entry)), say(&entry.evidence));
    };
    let symptom = entry.symptom.as_deref().map_or_else(|| tr!("ill"), |code| codes::symptom(code).to_owned());
    let what = match entry.remedies.last() {
        Some(remedy) => format!("{symptom}, {}", codes::remedy(&remedy.remedy)),
        None => symptom,
    };
    let unseen = stopwatch(entry.unseen.as_secs_f64());
    let outcome = codes::outcome(entry.outcome.as_deref().unwrap_or("noticed"));
    if entry.open {
        tr!(
            "{what}: {outcome}, not seen for {unseen}, lasts still",
            what = what,
            outcome = outcome,
            unseen = unseen
        )
    } else {
        tr!("{what}: {outcome}, not seen for {unseen}", what = what, outcome = outcome, unseen = unseen)
    }
}

/// All that is known of an entry of the journal, with what each is.
pub fn story(entry: &Entry, now: WallTime, zone: &TimeZone) -> Vec<(String, String)> {
    let at = |at: WallTime| moment(seconds_of(at), seconds_of(now), zone);
    let mut lines = vec![
        (tr!("exhibit"), entry.exhibit.clone().unwrap_or_else(|| tr!("(the site)"))),
        (tr!("began"), at(entry.began)),
    ];
    lines.extend(entry.ended.map(|ended| (tr!("ended"), at(ended))));
    lines.push((tr!("seen"), say(&entry.evidence)));
    for run in &entry.remedies {
        let (began, remedy) = (at(run.began), codes::remedy(&run.remedy));
        let text = match (&run.failure, run.ended) {
            (Some(failure), _) => {
                tr!("{began} {remedy}, failed: {why}", began = began, remedy = remedy, why = say(failure))
            }
            (None, Some(ended)) => {
                let took = stopwatch(seconds_of(ended) - seconds_of(run.began));
                tr!("{began} {remedy}, took {span}", began = began, remedy = remedy, span = took)
            }
            (None, None) => tr!("{began} {remedy}, has not come back", began = began, remedy = remedy),
        };
        lines.push((tr!("remedy"), text));
    }
    lines
}

/// What an entry tells of, by its code.
pub fn kind_of(entry: &Entry) -> &str {
    match &entry.kind {
        Kind::Incident => "incident",
        Kind::Other(kind) => kind,
    }
}
