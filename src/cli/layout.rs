//! Lines as people read them.

use crate::core::text::visible;
pub(super) use crate::words::time::{moment, span, stopwatch};

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
    use jiff::tz::TimeZone;

    use super::*;

    /// A moment as clocks show it in central Europe.
    pub(in crate::cli) fn local(text: &str) -> jiff::Zoned {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone).unwrap()
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
