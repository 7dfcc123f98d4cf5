//! Names of screens, and one `[[screen]]`.

use toml::de::DeValue;

use super::claims::Claims;
use super::error::quote;
use super::keys;
use super::reader::{Item, Reader, Table};
use super::timings::{self, Blanking};
use crate::core::types::{Mode, ModeLine, Rotation, ScreenName, ScreenSettings};

/// The largest coordinate and the largest side of a screen, in pixels: the X protocol has 16 bits for a place on the X
/// screen.
const MAX_PIXELS: i64 = 32_767;

/// A screen's name, or what is wrong with it and the way out.
pub(super) fn name(text: &str) -> Result<ScreenName, (String, String)> {
    if text.trim() != text || text.chars().any(char::is_control) {
        let problem = format!("{} has blanks around it or control characters in it.", quote(text));
        return Err((problem, format!("Write {}.", quote(text.trim()))));
    }
    let monitor = text.get(..5).filter(|start| start.eq_ignore_ascii_case("edid:")).and(text.get(5..));
    let Some(monitor) = monitor else {
        if text.contains(char::is_whitespace) {
            let problem = format!("{} is no connector: their names have no blanks.", quote(text));
            return Err((problem, "Write it as `xrandr` does, such as \"HDMI-1\".".to_owned()));
        }
        return Ok(ScreenName::Connector(text.to_owned()));
    };
    let (edid, connector) = match monitor.split_once('@') {
        Some((edid, connector)) => (edid, Some(connector)),
        None => (monitor, None),
    };
    let mut parts = edid.splitn(3, '-');
    let complete = (0..3).all(|_| parts.next().is_some_and(|part| !part.is_empty()));
    let complete = complete && connector.is_none_or(|connector| !connector.is_empty());
    if !complete || monitor.contains(char::is_whitespace) || !text.starts_with("edid:") {
        let problem = format!(
            "{} is not of the form edid:MAKER-MODEL-SERIAL or edid:MAKER-MODEL-SERIAL@CONNECTOR.",
            quote(text)
        );
        return Err((problem, "Write it as `vitrine screens` prints it.".to_owned()));
    }
    let edid = edid.to_owned();
    Ok(match connector {
        Some(connector) => ScreenName::EdidAt { edid, connector: connector.to_owned() },
        None => ScreenName::Edid(edid),
    })
}

/// Reads all `[[screen]]` tables.
pub(super) fn read_all(reader: &mut Reader<'_>, claims: &mut Claims, top: &Table<'_>) -> Vec<ScreenSettings> {
    const HINT: &str = "Write a heading [[screen]] for each screen, with its keys below.";
    let Some(item) = top.get("screen") else { return Vec::new() };
    if let DeValue::Table(_) = item.value {
        let problem = "A screen's heading has double brackets, since there may be several.";
        reader.error(&item.span, "screen", problem, "Write [[screen]].");
        return Vec::new();
    }
    let mut primary = None;
    let entries = reader.list(&item, HINT).unwrap_or_default();
    let read = entries.iter().filter_map(|item| {
        let table = reader.table(item, &keys::SCREEN, HINT)?;
        let settings = read(reader, claims, &table)?;
        if settings.primary
            && let Some(at) = table.get("primary")
            && let Some(line) = primary.replace(reader.line(&at.span))
        {
            let problem = format!("The screen of line {line} is the primary one already.");
            reader.error(&at.span, &at.path, problem, "Leave `primary` to one of them.");
        }
        Some(settings)
    });
    read.collect()
}

fn read(reader: &mut Reader<'_>, claims: &mut Claims, table: &Table<'_>) -> Option<ScreenSettings> {
    let at = table.require(reader, "name", "name = \"HDMI-1\"")?;
    let text = reader.text(&at, "\"HDMI-1\"")?;
    let name = match name(text) {
        Ok(name) => name,
        Err((problem, remedy)) => {
            reader.error(&at.span, &at.path, problem, remedy);
            return None;
        }
    };
    if let Some(line) = claims.claim(reader, "layout", &name.to_string(), &at.span) {
        let problem = format!("The screen {} has a [[screen]] in line {line} already.", quote(text));
        reader.error(&at.span, &at.path, problem, "Write all of its keys below one heading.");
    }
    let mut settings = ScreenSettings::plain(name);
    if let Some(off) = table.get("off").and_then(|item| reader.switch(&item)) {
        settings.off = off;
    }
    if let Some(primary) = table.get("primary").and_then(|item| reader.switch(&item)) {
        settings.primary = primary;
    }
    read_modes(reader, table, &mut settings);
    settings.position = table.get("position").and_then(|item| read_position(reader, &item));
    settings.rotation = table.get("rotation").and_then(|item| read_rotation(reader, &item));
    let superfluous = ["mode", "modeline", "position", "rotation"].into_iter().find_map(|key| table.get(key));
    let superfluous = superfluous.or_else(|| table.get("primary").filter(|_| settings.primary));
    let superfluous = superfluous.or_else(|| table.get("connected").filter(|_| settings.connected));
    if let (true, Some(item)) = (settings.off, superfluous) {
        let problem = "A screen that is off has neither mode, position nor rotation, and is neither primary nor connected.";
        reader.error(&item.span, &item.path, problem, "Remove this key, or `off`.");
    }
    Some(settings)
}

/// `mode`, `cvt`, `modeline` and `connected`, which belong together.
fn read_modes(reader: &mut Reader<'_>, table: &Table<'_>, settings: &mut ScreenSettings) {
    let (mode, line) = (table.get("mode"), table.get("modeline"));
    settings.mode = mode.as_ref().and_then(|item| read_mode(reader, item));
    settings.own_mode = line.as_ref().and_then(|item| read_modeline(reader, item));
    if let (Some(_), Some(line)) = (&mode, &line) {
        let problem = "There is a `mode` as well, and a screen has one of them.";
        reader.error(&line.span, &line.path, problem, "Remove one of the two.");
    }
    let cvt = table.get("cvt");
    let blanking = cvt.as_ref().and_then(|item| read_cvt(reader, item));
    if let (Some(cvt), None) = (&cvt, &mode) {
        let problem = "There is no mode that could be computed.";
        reader.error(&cvt.span, &cvt.path, problem, "Write the mode, too, such as mode = \"1024x768@60\".");
    }
    let connected = table.get("connected");
    settings.connected = connected.as_ref().and_then(|item| reader.switch(item)).unwrap_or(false);
    if let (Some(item), None, None, true) = (&connected, &mode, &line, settings.connected) {
        let problem = "What says that nothing is connected does not say either what modes there are.";
        reader.error(
            &item.span,
            &item.path,
            problem,
            "Write the mode, too, such as mode = \"1920x1080@60\".",
        );
    }
    if let (Some(item), ScreenName::Edid(_) | ScreenName::EdidAt { .. }, true) =
        (&connected, &settings.name, settings.connected)
    {
        let problem = "What says that nothing is connected has no EDID.";
        reader.error(
            &item.span,
            &item.path,
            problem,
            "Name the screen by its connector, such as \"HDMI-1\".",
        );
    }
    // Nothing is listed where nothing is connected.
    let blanking = blanking.or_else(|| settings.connected.then_some(Blanking::Normal));
    if let (Some(item), Some(wanted), Some(blanking)) = (&mode, settings.mode, blanking) {
        settings.own_mode = timings::cvt(wanted, blanking);
        if settings.own_mode.is_none() && cvt.is_some() {
            let problem = format!(
                "CVT has no such mode: widths are multiples of {}, and rates within what cables carry.",
                timings::WIDTH_STEP
            );
            reader.error(&item.span, &item.path, problem, "Correct it, or write a `modeline` in its place.");
        }
    }
}

/// Whether a mode that is not listed is computed, and how.
fn read_cvt(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Blanking> {
    match item.value {
        DeValue::Boolean(on) => on.then_some(Blanking::Normal),
        DeValue::String(text) if text == "reduced" => Some(Blanking::Reduced),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => {
            let problem = "This must be true, false or \"reduced\".";
            let remedy =
                "Write cvt = true, or cvt = \"reduced\" for a flat screen that needs no long pauses.";
            reader.error(&item.span, &item.path, problem, remedy);
            None
        }
    }
}

fn read_modeline(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<ModeLine> {
    const EXAMPLE: &str = "modeline = \"63.50 1024 1072 1176 1328 768 771 775 798 -hsync +vsync\"";
    let text = reader.text(item, EXAMPLE)?;
    let line = timings::modeline(text);
    if line.is_none() {
        let problem = "This is no modeline: the clock in MHz, four numbers that rise for a row, four for the rows, then \
            +hsync or -hsync, +vsync or -vsync, interlace, doublescan.";
        let remedy = format!("Write it as `cvt 1024 768` prints it, such as {EXAMPLE}.");
        reader.error(&item.span, &item.path, problem, remedy);
    }
    line
}

fn read_mode(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Mode> {
    let text = reader.text(item, "\"1920x1080\"")?;
    let mode = mode(text);
    if mode.is_none() {
        let problem = format!("{} is no mode.", quote(text));
        let remedy = "Write width and height, such as \"1920x1080\", and the rate if need be: \
            \"1920x1080@50\". `xrandr` lists what each monitor can do.";
        reader.error(&item.span, &item.path, problem, remedy);
    }
    mode
}

/// `WIDTHxHEIGHT` or `WIDTHxHEIGHT@HERTZ`.
fn mode(text: &str) -> Option<Mode> {
    let plain = |text: &str| {
        let digits = !text.is_empty() && text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok())?.filter(|&n: &u32| n > 0 && i64::from(n) <= MAX_PIXELS)
    };
    let (size, rate) = match text.split_once('@') {
        Some((size, rate)) => (size, Some(rate)),
        None => (text, None),
    };
    let (width, height) = size.split_once('x')?;
    let rate = match rate {
        None => None,
        Some(rate) => {
            let (whole, part) = rate.split_once('.').unwrap_or((rate, "0"));
            if part.is_empty() || part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            Some(plain(whole)? * 1000 + format!("{part:0<3}").parse::<u32>().ok()?)
        }
    };
    Some(Mode { width: plain(width)?, height: plain(height)?, rate })
}

fn read_position(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<(i32, i32)> {
    const REMEDY: &str = "Write the place of its upper left corner in pixels, such as position = [1920, 0].";
    let entries = reader.list(item, REMEDY)?;
    let number = |item: &Item<'_>| {
        let DeValue::Integer(number) = item.value else { return None };
        i64::from_str_radix(number.as_str(), number.radix()).ok()
    };
    let fits = |n: &i64| (0..=MAX_PIXELS).contains(n);
    let numbers: Vec<i32> =
        entries.iter().filter_map(number).filter(fits).filter_map(|n| i32::try_from(n).ok()).collect();
    match (numbers.as_slice(), entries.len()) {
        (&[x, y], 2) => Some((x, y)),
        _ => {
            let problem = format!("This must be two whole numbers from 0 to {MAX_PIXELS}.");
            reader.error(&item.span, &item.path, problem, REMEDY);
            None
        }
    }
}

fn read_rotation(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Rotation> {
    let text = reader.text(item, "\"left\"")?;
    let rotation = match text {
        "normal" => Rotation::Normal,
        "left" => Rotation::Left,
        "inverted" => Rotation::Inverted,
        "right" => Rotation::Right,
        _ => {
            let problem = format!("{} is no rotation.", quote(text));
            let remedy = "Write \"normal\", \"left\", \"right\" or \"inverted\", as `xrandr` has it.";
            reader.error(&item.span, &item.path, problem, remedy);
            return None;
        }
    };
    Some(rotation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        let mode_of = |width, height, rate| Some(Mode { width, height, rate });
        let rows = [
            ("1920x1080", mode_of(1920, 1080, None)),
            ("1920x1080@50", mode_of(1920, 1080, Some(50_000))),
            ("640x480@59.94", mode_of(640, 480, Some(59_940))),
            ("1920×1080", None),
            ("1920x", None),
            ("x1080", None),
            ("0x1080", None),
            ("99999x1", None),
            ("1920x1080@", None),
            ("1920x1080@60.", None),
            ("1920x1080@60.1234", None),
            ("+1920x1080", None),
        ];
        for (text, expected) in rows {
            assert_eq!(mode(text), expected, "{text}");
        }
    }
}
