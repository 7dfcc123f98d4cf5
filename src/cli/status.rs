//! `vitrine status`: one calm block per exhibit, in 80 columns.

use jiff::tz::TimeZone;

use super::client::{Daemon, converse, no_such};
use super::layout::{span, wrap};
use super::{Outcome, colours, say, say_json};
use crate::web::dto::{Exhibit, Phase, Site, Spoken, Unit};
use crate::web::telling;
use crate::words::tr;

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
    let reload = site.reload.as_ref().map(|it| telling::reload(it, site.at, &style.zone));
    for sentence in telling::silences(&site.silent).into_iter().chain(reload) {
        trouble(&mut out, &sentence, style);
    }
    let longest = site.exhibits.iter().map(|exhibit| exhibit.name.chars().count()).max().unwrap_or(0);
    let name_width = longest.min(MAX_NAME_WIDTH);
    for exhibit in &site.exhibits {
        out.push('\n');
        block(&mut out, exhibit, site, name_width, style);
    }
    let x_server = telling::x_server(&site.x_server, site.at, &style.zone);
    for sentence in x_server.into_iter().chain(site.last_resort.as_ref().map(telling::last_resort)) {
        out.push('\n');
        trouble(&mut out, &sentence, style);
    }
    if !site.units.is_empty() {
        out.push('\n');
        units(&mut out, &site.units, site.at, style);
    }
    out
}

fn headline(site: &Site, style: &Style) -> String {
    let summary = telling::summary(site);
    if site.stale {
        return summary;
    }
    let runs = span(site.at - site.since);
    let runs = tr!("Vitrine {version} has run for {span}.", version = site.version, span = runs);
    format!("{summary} {} {runs}", telling::hypervisor(site, &style.zone))
}

fn block(out: &mut String, exhibit: &Exhibit, site: &Site, name_width: usize, style: &Style) {
    let now = site.at;
    let indent = name_width + 4;
    let colour = colour_of(exhibit);
    let mark = if exhibit.well { " ".to_owned() } else { paint("!", colour, style) };
    out.push_str(&format!("{mark} {:name_width$}  ", exhibit.name));
    let start = indent.max(exhibit.name.chars().count() + 4);
    let word = telling::phase_word(&exhibit.phase);
    let phase = wrap(&telling::phase_sentence(exhibit, &word, now, &style.zone), start, style.width, indent);
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
        Some(telling::state(exhibit, site.hypervisor.state == "up")),
        exhibit.snapshot_flaw.as_ref().map(Spoken::say),
        telling::viewer(exhibit),
        telling::guest(exhibit),
        telling::incident(exhibit, now, &style.zone),
    ];
    let foreseen = exhibit.foreseen.iter().map(telling::foreseen);
    for sentence in others.into_iter().flatten().chain(foreseen) {
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
        trouble(out, &telling::unit(unit, now, &style.zone), style);
    }
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
