//! Checks of monitors: which are there, how they are set up.

use super::super::super::facts::display::Server;
use super::super::super::{Exhibit, Fact, Judged, Remedy, Site};
use super::super::api::vitrine;
use super::{server_of, x_command};
use crate::core::types::{Mode, OutputSeen, Rect, Rotation, ScreenName, ScreenSettings, Told, assign};
use crate::words::told;

/// The output that each of these names means.
fn meant<'a>(names: &[&ScreenName], server: &'a Server) -> Vec<Option<&'a OutputSeen>> {
    let known: Vec<_> =
        server.outputs.iter().map(|output| (output.connector.as_str(), output.edid.as_deref())).collect();
    assign(names, &known).into_iter().map(|place| server.outputs.get(place?)).collect()
}

/// The screens of an exhibit: the name, and the area of the X screen where its output is lit.
pub(super) fn areas(site: &Site, exhibit: &Exhibit, server: &Server) -> Vec<(String, Option<Rect>)> {
    // All names, so that twins are told apart as the daemon does.
    let all: Vec<ScreenName> = match &site.settings {
        Ok(settings) => settings.layout().into_iter().map(|screen| screen.name).collect(),
        Err(_) => exhibit.settings.screens.clone(),
    };
    let all: Vec<&ScreenName> = all.iter().collect();
    let outputs = meant(&all, server);
    let area = |name: &ScreenName| {
        let place = all.iter().position(|known| *known == name)?;
        Some(outputs.get(place).copied()??.shows?.2)
    };
    exhibit.settings.screens.iter().map(|name| (name.to_string(), area(name))).collect()
}

pub(super) fn screens(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if exhibit.settings.screens.is_empty() {
        return Ok(Judged::Beside);
    }
    let server = server_of(site)?;
    let names: Vec<&ScreenName> = exhibit.settings.screens.iter().collect();
    let have = || {
        let lit = server.outputs.iter().filter(|output| output.connected);
        lit.map(|output| output.connector.clone()).collect::<Vec<_>>().join(", ")
    };
    for (name, found) in names.iter().zip(meant(&names, server)) {
        let name = name.to_string();
        let Some(output) = found else {
            return Ok(Judged::ill(
                told!(
                    "there is no screen '{screen}'; connected are: {others}",
                    screen = name,
                    others = have()
                ),
                Remedy::type_in(
                    told!("Plug it in and switch it on, or name one that is there in the configuration"),
                    [vitrine(["screens"])],
                ),
            ));
        };
        if output.shows.is_some() {
            continue;
        }
        let connector = output.connector.as_str();
        let evidence = if output.connected {
            told!("the screen '{screen}' is connected and dark", screen = name)
        } else {
            told!(
                "nothing is connected at '{screen}'; connected are: {others}",
                screen = name,
                others = have()
            )
        };
        return Ok(Judged::ill(
            evidence,
            Remedy::type_in(
                told!("Look at cable, extender and the monitor's own switch; then light it"),
                [x_command(server, ["xrandr", "--output", connector, "--auto"])],
            ),
        ));
    }
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    Ok(Judged::Well(told!("its screens are lit: {screens}", screens = names.join(", "))))
}

/// A mode as people write it.
fn mode_text(mode: Mode) -> String {
    match mode.rate {
        Some(rate) => format!("{}x{}@{:.2}", mode.width, mode.height, f64::from(rate) / 1000.0),
        None => format!("{}x{}", mode.width, mode.height),
    }
}

fn rotation_word(rotation: Rotation) -> &'static str {
    match rotation {
        Rotation::Normal => "normal",
        Rotation::Left => "left",
        Rotation::Inverted => "inverted",
        Rotation::Right => "right",
    }
}

/// Half a picture a second: what lists of modes round away.
const RATE_TOLERANCE: u32 = 500;

fn is_mode(wanted: Mode, shown: Mode) -> bool {
    let rates = wanted.rate.zip(shown.rate);
    (wanted.width, wanted.height) == (shown.width, shown.height)
        && rates.is_none_or(|(wanted, shown)| wanted.abs_diff(shown) <= RATE_TOLERANCE)
}

/// What of a screen is not as the configuration wants it: the key, what it is, what it should be.
fn misfit(wanted: &ScreenSettings, output: &OutputSeen) -> Option<(&'static str, String, String)> {
    let (mode, rotation, rect) = output.shows?;
    if wanted.off {
        return Some(("off", "false".to_owned(), "true".to_owned()));
    }
    if let Some(want) = wanted.mode
        && wanted.own_mode.is_none()
        && !is_mode(want, mode)
    {
        return Some(("mode", mode_text(mode), mode_text(want)));
    }
    if let Some(want) = wanted.rotation
        && want != rotation
    {
        return Some(("rotation", rotation_word(rotation).to_owned(), rotation_word(want).to_owned()));
    }
    if let Some((x, y)) = wanted.position
        && (x, y) != (rect.x, rect.y)
    {
        return Some(("position", format!("{}, {}", rect.x, rect.y), format!("{x}, {y}")));
    }
    None
}

pub(super) fn layout(site: &Site) -> Fact<Judged> {
    let server = server_of(site)?;
    let settings = site.settings.as_ref().map_err(Told::clone)?;
    let names: Vec<&ScreenName> = settings.screens.iter().map(|screen| &screen.name).collect();
    if names.is_empty() {
        return Ok(Judged::Beside);
    }
    for (wanted, output) in settings.screens.iter().zip(meant(&names, server)) {
        let Some((key, is, want)) = output.and_then(|output| misfit(wanted, output)) else { continue };
        let name = wanted.name.to_string();
        return Ok(Judged::warning(
            told!(
                "'{screen}': {key} is {is}, and should be {want}",
                screen = name,
                key = key,
                is = is,
                want = want
            ),
            Remedy::type_in(
                told!(
                    "See what the monitor can do, and what else sets it; Vitrine's log tells what it was refused"
                ),
                [vitrine(["screens"]), x_command(server, ["xrandr", "--query"])],
            ),
        ));
    }
    Ok(Judged::Well(told!("{count} screens are set up as the configuration says", count = names.len())))
}

fn meet(one: Rect, other: Rect) -> bool {
    let span = |from: i32, length: u32| (i64::from(from), i64::from(from) + i64::from(length));
    let crosses = |(a, b): (i64, i64), (c, d): (i64, i64)| a < d && c < b;
    crosses(span(one.x, one.width), span(other.x, other.width))
        && crosses(span(one.y, one.height), span(other.y, other.height))
}

pub(super) fn overlap(site: &Site) -> Fact<Judged> {
    let server = server_of(site)?;
    let lit: Vec<_> = server.monitors.iter().map(|seen| &seen.monitor).collect();
    for (place, one) in lit.iter().enumerate() {
        for other in &lit[place + 1..] {
            if meet(one.rect, other.rect) {
                let (left, right) = (one.connector.as_str(), other.connector.as_str());
                return Ok(Judged::warning(
                    told!("{one} and {other} show the same part of the X screen", one = left, other = right),
                    Remedy::type_in(
                        told!("Put them beside each other: position in [[screen]], or now"),
                        [x_command(server, ["xrandr", "--output", right, "--right-of", left])],
                    ),
                ));
            }
        }
    }
    match lit.len() {
        0 => Ok(Judged::Beside),
        count => {
            Ok(Judged::Well(told!("{count} screens are lit, each with a part of its own", count = count)))
        }
    }
}

pub(super) fn ambiguous(site: &Site) -> Fact<Judged> {
    let ambiguous = site.display.ambiguous.as_ref().map_err(Told::clone)?;
    match ambiguous.first() {
        None => Ok(Judged::Well(told!("each name of a screen means one monitor"))),
        Some(words) => Ok(Judged::warning(
            Told::text(words),
            Remedy::type_in(
                told!("Name the connector as well: edid:MAKER-MODEL-SERIAL@CONNECTOR"),
                [vitrine(["screens"])],
            ),
        )),
    }
}

pub(super) fn unused(site: &Site) -> Fact<Judged> {
    let server = server_of(site)?;
    let settings = site.settings.as_ref().map_err(Told::clone)?;
    let layout = settings.layout();
    let names: Vec<&ScreenName> = layout.iter().map(|screen| &screen.name).collect();
    let used: Vec<_> = meant(&names, server).into_iter().flatten().map(|output| &output.connector).collect();
    let free = server.outputs.iter().filter(|output| output.connected && !used.contains(&&output.connector));
    let free: Vec<_> = free.map(|output| output.connector.as_str()).collect();
    if free.is_empty() {
        return Ok(Judged::Well(told!("every connected screen is in use")));
    }
    Ok(Judged::advice(
        told!("connected, and of no exhibit: {screens}", screens = free.join(", ")),
        Remedy::say(told!(
            "Give it to an exhibit, or set off = true for it in a [[screen]]; as it is, it shows black"
        )),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_may_differ_by_what_is_rounded() {
        let mode = |width, rate| Mode { width, height: 1080, rate };
        for (wanted, shown, expected) in [
            (mode(1920, None), mode(1920, Some(59_940)), true),
            (mode(1920, Some(60_000)), mode(1920, Some(59_940)), true),
            (mode(1920, Some(50_000)), mode(1920, Some(59_940)), false),
            (mode(1280, None), mode(1920, None), false),
        ] {
            assert_eq!(is_mode(wanted, shown), expected, "{wanted:?} {shown:?}");
        }
    }
}
