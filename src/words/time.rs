//! Times, spans and moments as people read and write them.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use super::{tr, with_tenths};

/// A span in one or two units: `3 s`, `2 min`, `4 h 49 min`, `12 days`.
pub fn span(seconds: f64) -> String {
    // A span of seconds fits for the age of the universe; what is not a number becomes 0.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = seconds.max(0.0) as u64;
    match whole {
        0 if (0.05..0.95).contains(&seconds) => format!("{} s", with_tenths(seconds)),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min", whole / 60),
        3600..86400 if whole % 3600 < 60 => format!("{} h", whole / 3600),
        3600..86400 => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
        86400..172_800 => tr!("1 day"),
        _ => tr!("{count} days", count = whole / 86400),
    }
}

/// A short span as a stopwatch gives it: `2.6 s`.
pub fn stopwatch(seconds: f64) -> String {
    if seconds < 60.0 { format!("{} s", with_tenths(seconds)) } else { span(seconds) }
}

/// A moment as seen from `now`: the time of day today, date and time earlier this year, the whole date before.
pub fn moment(unix: f64, now: f64, zone: &TimeZone) -> String {
    let at = |unix: f64| {
        #[allow(clippy::cast_possible_truncation)]
        let milliseconds = (unix * 1000.0) as i64;
        Timestamp::from_millisecond(milliseconds).ok().map(|time| time.to_zoned(zone.clone()))
    };
    let (Some(time), Some(now)) = (at(unix), at(now)) else { return tr!("an unknown time") };
    if time.date() == now.date() {
        return time.strftime("%H:%M:%S").to_string();
    }
    let (day, month, time_of_day) = (time.day(), month(time.month()), time.strftime("%H:%M"));
    if time.year() == now.year() {
        tr!("{day} {month} {time}", day = day, month = month, time = time_of_day)
    } else {
        let year = time.year();
        tr!("{day} {month} {year} {time}", day = day, month = month, year = year, time = time_of_day)
    }
}

/// A month's short name.
fn month(number: i8) -> String {
    match number {
        1 => tr!("Jan"),
        2 => tr!("Feb"),
        3 => tr!("Mar"),
        4 => tr!("Apr"),
        5 => tr!("May"),
        6 => tr!("Jun"),
        7 => tr!("Jul"),
        8 => tr!("Aug"),
        9 => tr!("Sep"),
        10 => tr!("Oct"),
        11 => tr!("Nov"),
        _ => tr!("Dec"),
    }
}

/// The moment so long from now, out of `30m`, `2h` or `1d`.
///
/// # Errors
/// It is no such span, and what would be one.
pub fn after(text: &str, now: &Zoned) -> Result<Zoned, String> {
    let span = text.parse::<Span>().ok().filter(|span| span.is_positive());
    span.and_then(|span| now.checked_add(span).ok())
        .ok_or_else(|| tr!("\"{text}\" is no time that something can last; write 2h, 30m or 1d", text = text))
}

/// The next time that a clock shows `18:00`, or the moment itself where a date is given.
///
/// # Errors
/// It is neither, or over already.
pub fn coming(text: &str, now: &Zoned) -> Result<Zoned, String> {
    let zone = now.time_zone();
    // A date with a time would pass for a time as well.
    let moment = text.parse::<jiff::civil::DateTime>().ok().map(|moment| moment.to_zoned(zone.clone()).ok());
    let of_a_day = || {
        let time = text.parse::<jiff::civil::Time>().ok()?;
        let on = |date: jiff::civil::Date| date.to_datetime(time).to_zoned(zone.clone()).ok();
        on(now.date()).filter(|today| today > now).or_else(|| on(now.date().tomorrow().ok()?))
    };
    let bad = || tr!("\"{text}\" is no moment; write 18:00 or \"2026-11-30 18:00\"", text = text);
    let end = moment.unwrap_or_else(of_a_day).ok_or_else(bad)?;
    if end > *now { Ok(end) } else { Err(tr!("{text} is over already", text = text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        let rows = [
            (-1.0, "0 s"),
            (0.0, "0 s"),
            (0.4, "0.4 s"),
            (2.9, "2 s"),
            (59.9, "59 s"),
            (60.0, "1 min"),
            (3599.0, "59 min"),
            (7200.0, "2 h"),
            (17_340.0, "4 h 49 min"),
            (90_000.0, "1 day"),
            (1_100_000.0, "12 days"),
            (f64::NAN, "0 s"),
        ];
        for (seconds, words) in rows {
            assert_eq!(span(seconds), words, "{seconds}");
        }
    }

    #[test]
    fn moments() {
        let now = 1_763_906_600.0;
        let rows = [
            (now, "14:03:20"),
            (now - 13.0 * 3600.0, "01:03:20"),
            (now - 15.0 * 3600.0, "22 Nov 23:03"),
            (now - 400.0 * 86400.0, "19 Oct 2024 14:03"),
            (1e300, "an unknown time"),
        ];
        for (unix, words) in rows {
            assert_eq!(moment(unix, now, &TimeZone::UTC), words);
        }
    }
}
