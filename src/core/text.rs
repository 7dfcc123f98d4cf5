//! Texts of guests, strangers and other programs, made fit to be shown among our own.

use std::borrow::Cow;

/// A text in which nothing is hidden and nothing acts: what a terminal or a log would obey, or not show, is written
/// out, as `\n` or `\u{202e}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push(&mut shown, c);
    }
    Cow::Owned(shown)
}

/// The same, and at most so many characters of it; where more was said, the last is `…`.
pub fn visible_within(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    let mut length = 0;
    // Up to here there is room for the last one.
    let mut fits = 0;
    for c in text.chars() {
        let before = shown.len();
        push(&mut shown, c);
        length += shown.get(before..).map_or(0, |added| added.chars().count());
        if length < limit {
            fits = shown.len();
        } else if length > limit {
            shown.truncate(fits);
            shown.push('…');
            break;
        }
    }
    shown
}

fn push(shown: &mut String, c: char) {
    if acts(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
}

/// Whether a character does something to the text around it, or cannot be seen: Unicode's control and format
/// characters (general categories Cc and Cf, of Unicode 16), the separators of lines and paragraphs, and what
/// Unicode reserves for no character.
pub fn acts(c: char) -> bool {
    // Most texts are plain.
    if (' '..='~').contains(&c) {
        return false;
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}'
            | '\u{8e2}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One text after the other: as it came, and as it is shown.
    const TEXTS: &[(&str, &str)] = &[
        ("", ""),
        ("frozen: 3 × äöü 日本 🖼 'quoted' \"twice\" \\n", "frozen: 3 × äöü 日本 🖼 'quoted' \"twice\" \\n"),
        ("a\r\n<0>b\tc", "a\\r\\n<0>b\\tc"),
        ("\u{1b}[2J\u{7}\0\u{7f}", "\\u{1b}[2J\\u{7}\\u{0}\\u{7f}"),
        ("\u{85}\u{9b}31m", "\\u{85}\\u{9b}31m"),
        ("moc.\u{202e}live", "moc.\\u{202e}live"),
        ("\u{feff}a\u{200b}b\u{2028}c", "\\u{feff}a\\u{200b}b\\u{2028}c"),
        ("\u{e0041}", "\\u{e0041}"),
    ];

    #[test]
    fn what_acts_is_written_out() {
        for (text, expected) in TEXTS {
            assert_eq!(visible(text), *expected);
            assert_eq!(visible_within(text, 1000), *expected);
            assert_eq!(visible(expected), *expected, "what is shown stays");
        }
        for range in ['\0'..='\u{1f}', '\u{7f}'..='\u{9f}', '\u{200e}'..='\u{200f}', '\u{202a}'..='\u{202e}']
        {
            assert!(range.clone().all(acts), "{range:?}");
        }
        for range in
            ['\u{2066}'..='\u{2069}', '\u{61c}'..='\u{61c}', '\u{200b}'..='\u{200d}', '\u{2028}'..='\u{2029}']
        {
            assert!(range.clone().all(acts), "{range:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_what_is_shown() {
        for (text, limit, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("üüüü", 3, "üü…"),
            ("a\u{1b}bc", 8, "a\\u{1b}…"),
            ("a\u{1b}b", 8, "a\\u{1b}b"),
            ("a\u{1b}b", 7, "a…"),
            ("a\u{1b}", 7, "a\\u{1b}"),
            ("\u{1b}", 3, "…"),
        ] {
            let shown = visible_within(text, limit);
            assert_eq!(shown, expected);
            assert!(shown.chars().count() <= limit);
        }
    }
}
