//! As much of JSON as the host's answers take.

use crate::text::{number, trim};

/// The value of the first field of this name, as it is written; a text without its quotes, and with its escapes.
///
/// That is found by its letters alone: within a text of JSON, the quotes around the name would have backslashes. The
/// names that are asked for stand only once in the host's answers.
#[must_use]
#[inline(never)]
pub fn field<'a>(json: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = json;
    while let [first, after @ ..] = rest {
        rest = after;
        let behind = match (first, after.strip_prefix(name)) {
            (b'"', Some(behind)) => behind,
            _ => continue,
        };
        if let Some(value) = behind.strip_prefix(b"\"").and_then(|rest| trim(rest).strip_prefix(b":")) {
            return value_of(trim(value));
        }
    }
    None
}

fn value_of(json: &[u8]) -> Option<&[u8]> {
    let is_text = json.first() == Some(&b'"');
    let begin = usize::from(is_text);
    let mut end = begin;
    loop {
        match json.get(end)? {
            b'"' if is_text => break,
            b',' | b'}' | b']' | b' ' | b'\r' | b'\n' if !is_text => break,
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
    json.get(begin..end)
}

/// The whole part of a number that is not negative and fits.
#[must_use]
pub fn whole_number(value: &[u8]) -> Option<u32> {
    number(value.split(|byte| *byte == b'.').next()?)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    const BEATEN: &[u8] = br#"{"message": "\"host_time\": 3, \"received\"", "details": {"enabled": true,
        "list": [1, "]}", {"a": {}}], "timeout": 15.0}, "host_time" : 1795412711.338 , "pressed":true}"#;

    #[test]
    fn fields() {
        for (name, expected) in [
            ("message", Some(r#"\"host_time\": 3, \"received\""#)),
            ("host_time", Some("1795412711.338")),
            ("pressed", Some("true")),
            ("timeout", Some("15.0")),
            ("receive", None),
            ("missing", None),
        ] {
            assert_eq!(field(BEATEN, name.as_bytes()), expected.map(str::as_bytes), "{name}");
        }
        for odd in
            ["", "{", "[]", "null", "{\"a\"", "{\"a\":", "{\"a\" 1}", "{\"b\":\"", "<html>", "{\"a\":\"x\\"]
        {
            assert_eq!(field(odd.as_bytes(), b"a"), None, "{odd}");
        }
    }

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("1795412711.338", Some(1_795_412_711)),
            ("1795412711", Some(1_795_412_711)),
            ("-1.0", None),
            ("1e9", None),
            ("99999999999", None),
            ("null", None),
            ("", None),
        ] {
            assert_eq!(whole_number(text.as_bytes()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_too_odd(bytes in prop::collection::vec(prop::sample::select(&b"{}[]\",:\\ a1"[..]), 0..40)) {
            let _ = field(&bytes, b"a");
        }

        #[test]
        fn cut_answers_give_the_whole_value_or_none(cut in 0_usize..BEATEN.len()) {
            let whole = field(BEATEN, b"host_time");
            let found: Vec<u8> = field(&BEATEN[..cut], b"host_time").or(whole).unwrap().to_vec();
            prop_assert_eq!(Some(&found[..]), whole);
        }
    }
}
