//! Patterns for titles and names: `*` is anything, `?` any one character, and large and small letters are the same.

/// Whether the whole of `text` is what `pattern` says. Only letters of ASCII have two sizes here, as nobody knows the
/// code page.
#[must_use]
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // The last star, and what it stood before: where the rest does not fit, the star takes one character more.
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern.split_first(), text.split_first()) {
            (Some((b'*', rest)), _) => {
                star = Some((rest, text));
                pattern = rest;
            }
            (Some((wanted, wanted_rest)), Some((found, found_rest)))
                if *wanted == b'?' || wanted.eq_ignore_ascii_case(found) =>
            {
                pattern = wanted_rest;
                text = found_rest;
            }
            (None, None) => return true,
            _ => match star {
                Some((after, [_, taken @ ..])) => {
                    star = Some((after, taken));
                    pattern = after;
                    text = taken;
                }
                _ => return false,
            },
        }
    }
}

/// A window as lists know it.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// What stands in its title bar.
    pub title: &'a [u8],
    /// The name of its class, as the system has it.
    pub class: &'a [u8],
    /// The file name of the program that it belongs to; empty where that is not known.
    pub program: &'a [u8],
}

/// Whether one line of a list means this window: a pattern for its title, or `program:` or `class:` and a pattern for
/// that.
#[must_use]
pub fn means(line: &[u8], window: Window<'_>) -> bool {
    if let Some(pattern) = after(line, b"program:") {
        // A program that is not known is not what a star means.
        !window.program.is_empty() && matches(pattern, window.program)
    } else if let Some(pattern) = after(line, b"class:") {
        matches(pattern, window.class)
    } else {
        matches(line, window.title)
    }
}

/// Whether one of the lines means this window.
#[must_use]
pub fn any_means(lines: &[u8], window: Window<'_>) -> bool {
    lines.split(|byte| *byte == b'\n').any(|line| !line.is_empty() && means(line, window))
}

fn after<'a>(line: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let head = line.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| crate::text::trim(line.get(word.len()..).unwrap_or(&[])))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    #[test]
    fn titles() {
        for (pattern, text, expected) in [
            ("Eden Garden", "Eden Garden", true),
            ("Eden Garden", "EDEN garden", true),
            ("Eden Garden", "Eden Garden - Error", false),
            ("Eden*", "Eden Garden - Error", true),
            ("*garden*", "Eden Garden - Error", true),
            ("*error", "Eden Garden - Error", true),
            ("*a*b*c", "xaxbxbxc", true),
            ("*a*b*c", "xaxbxbxcx", false),
            ("?den", "Eden", true),
            ("?den", "den", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("Gr??e", "Gr\u{fc}\u{df}e", false),
            ("Gr*e", "Gr\u{fc}\u{df}e", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn lists() {
        let window = Window { title: b"Save as", class: b"#32770", program: b"ART.EXE" };
        for (list, expected) in [
            ("", false),
            ("Open\nSave*", true),
            ("program:art.exe", true),
            ("Program: art.exe", true),
            ("class:#32770", true),
            ("class:Notepad\nOpen", false),
            ("\n\n", false),
        ] {
            assert_eq!(any_means(list.as_bytes(), window), expected, "{list}");
        }
        assert!(!any_means(b"program:*", Window { program: b"", ..window }));
    }

    /// The same, slowly and plainly.
    fn plain(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) if plain(rest, text) => true,
            (Some((b'*', _)), Some((_, after))) => plain(pattern, after),
            (Some((b'?', rest)), Some((_, after))) => plain(rest, after),
            (Some((a, rest)), Some((b, after))) => a.eq_ignore_ascii_case(b) && plain(rest, after),
            _ => false,
        }
    }

    fn few() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(&b"aAb*?"[..]), 0..9)
    }

    proptest! {
        #[test]
        fn matches_what_the_plain_one_does(pattern in few(), text in few()) {
            prop_assert_eq!(matches(&pattern, &text), plain(&pattern, &text));
        }
    }
}
