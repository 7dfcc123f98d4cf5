//! Times as the configuration writes them: `500ms`, `15s`, `1m30s`, `1h`.

use std::time::Duration;

/// The units, from long to short, in milliseconds.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
/// Words that people write for them, in small letters, in milliseconds.
const WORDS: [(&str, &[&str], u64); 5] = [
    ("d", &["d", "day", "days"], 86_400_000),
    ("h", &["h", "hr", "hrs", "hour", "hours"], 3_600_000),
    ("m", &["m", "min", "mins", "minute", "minutes"], 60_000),
    ("s", &["s", "sec", "secs", "second", "seconds"], 1000),
    ("ms", &["ms", "msec", "millis", "millisecond", "milliseconds"], 1),
];

/// Reads a time: whole numbers, each with its unit, the longer unit first. `None` where it is anything else
/// or too long for a count of milliseconds.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut total: u64 = 0;
    let mut longer = u64::MAX;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after, |c| c.is_ascii_lowercase());
        let millis = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        if millis >= longer {
            return None;
        }
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(millis)?)?;
        longer = millis;
        rest = after;
    }
    (!text.is_empty()).then(|| Duration::from_millis(total))
}

/// Writes a time so that [`parse_duration`] reads the same again, down to milliseconds.
pub fn format_duration(time: Duration) -> String {
    let mut millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (name, unit) in UNITS {
        if millis >= unit {
            text.push_str(&format!("{}{name}", millis / unit));
            millis %= unit;
        }
    }
    text
}

/// What somebody may have meant who wrote a time in another way: `15`, `1.5m`, `90 sec`, `1d`.
pub(super) fn guess(text: &str) -> Option<Duration> {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '_').collect();
    let text = text.to_ascii_lowercase();
    let mut rest = text.as_str();
    let mut total = 0.0;
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.' || c == ',');
        let (unit, after) = split(after, |c| c.is_ascii_alphabetic());
        let unit = if unit.is_empty() && after.is_empty() { "s" } else { unit };
        let millis = WORDS.iter().find(|(_, words, _)| words.contains(&unit))?.2;
        total += number.replace(',', ".").parse::<f64>().ok()? * millis as f64;
        rest = after;
    }
    // A year is more than any key takes, and well within what a float counts exactly.
    (1.0..=3.2e10).contains(&total).then(|| Duration::from_millis(total.round() as u64))
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let table = [
            ("500ms", 500),
            ("15s", 15_000),
            ("5m", 300_000),
            ("1h", 3_600_000),
            ("1m30s", 90_000),
            ("1h0m1s5ms", 3_601_005),
            ("0s", 0),
            ("007s", 7000),
        ];
        for (text, millis) in table {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_not() {
        let table =
            ["", "15", "s", "15 s", "15S", "1.5m", "-1s", "30s1m", "1s1s", "1d", "99999999999999999999s"];
        for text in table.into_iter().chain(["18446744073709551615h", "5m ", "+1s", "1é", "ms", "1sm"]) {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for millis in [0, 1, 999, 1000, 61_001, 90_000, 3_600_000, 86_400_000] {
            let time = Duration::from_millis(millis);
            assert_eq!(parse_duration(&format_duration(time)), Some(time));
        }
        assert_eq!(format_duration(Duration::from_secs(90)), "1m30s");
    }

    #[test]
    fn guesses() {
        for (text, written) in [
            ("15", "15s"),
            ("1.5m", "1m30s"),
            ("90 sec", "1m30s"),
            ("1d", "24h"),
            ("15S", "15s"),
            ("0,5", "500ms"),
        ] {
            assert_eq!(guess(text).map(format_duration).as_deref(), Some(written), "{text}");
        }
        for text in ["soon", "", "-3", "1 fortnight", "1e99", "999999999d"] {
            assert_eq!(guess(text), None, "{text}");
        }
    }
}
