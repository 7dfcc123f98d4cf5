//! Times, spans and lines as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::core::text::visible;

/// A span in one or two units: `3 s`, `2 min`, `4 h 49 min`, `12 days`.
pub(super) fn span(seconds: f64) -> String {
    // A span of seconds fits for the age of the universe; what is not a number becomes 0.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = seconds.max(0.0) as u64;
    match whole {
        0 if (0.05..0.95).contains(&seconds) => format!("{seconds:.1} s"),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min", whole / 60),
        3600..86400 if whole % 3600 < 60 => format!("{} h", whole / 3600),
        3600..86400 => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
        86400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", whole / 86400),
    }
}

/// A short span as a stopwatch gives it: `2.6 s`.
pub(super) fn stopwatch(seconds: f64) -> String {
    if seconds < 60.0 { format!("{seconds:.1} s") } else { span(seconds) }
}

/// A moment as seen from `now`: the time of day today, date and time earlier this year, the whole date before.
pub(super) fn moment(unix: f64, now: f64, zone: &TimeZone) -> String {
    let at = |unix: f64| {
        #[allow(clippy::cast_possible_truncation)]
        let milliseconds = (unix * 1000.0) as i64;
        Timestamp::from_millisecond(milliseconds).ok().map(|time| time.to_zoned(zone.clone()))
    };
    let (Some(time), Some(now)) = (at(unix), at(now)) else { return "an unknown time".to_owned() };
    let format = if time.date() == now.date() {
        "%H:%M:%S"
    } else if time.year() == now.year() {
        "%-d %b %H:%M"
    } else {
        "%-d %b %Y %H:%M"
    };
    time.strftime(format).to_string()
}

/// Breaks a text that begins at column `start` into lines of at most `width` characters, with `indent` spaces in
/// front of each but the first. What guests could send to confuse a terminal or its reader is written out.
pub(super) fn wrap(text: &str, start: usize, width: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut column = start;
    // White space of any other kind is none of ours, and is written out.
    for (index, word) in text.split(' ').filter(|word| !word.is_empty()).enumerate() {
        let word = visible(word);
        let length = word.chars().count();
        if index > 0 && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(&word);
        column += length;
    }
    out
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A moment as clocks show it in central Europe.
    pub(in crate::cli) fn local(text: &str) -> jiff::Zoned {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone).unwrap()
    }

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

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrap("one two three", 0, 9, 2), "one two\n  three");
        assert_eq!(wrap("one two three", 4, 9, 2), "one\n  two\n  three");
        assert_eq!(wrap("overlong", 0, 3, 2), "overlong");
        assert_eq!(wrap("", 0, 3, 2), "");
        assert_eq!(wrap("a\u{1b}[2Jb\r\u{202e}", 0, 80, 2), "a\\u{1b}[2Jb\\r\\u{202e}");
    }
}
