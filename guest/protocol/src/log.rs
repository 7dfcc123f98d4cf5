//! The log: lines with the time, in two files that never have more than their limit together.

use crate::text::Text;
use crate::time::Civil;

/// What becomes of the log before a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The line is appended.
    Append,
    /// The file takes the place of the one before it, and a new one begins.
    Anew,
}

/// Whether a line of `line` bytes still goes into a file of `size` bytes, where both files may have `limit` KiB.
#[must_use]
pub fn turn(size: u32, line: u32, limit: u32) -> Turn {
    if size.saturating_add(line) > limit.saturating_mul(512) && size > 0 {
        Turn::Anew
    } else {
        Turn::Append
    }
}

/// A line as it is written: the time in UTC, what happened, an end of line as old editors want it.
#[must_use]
#[inline(never)]
pub fn line(time: Civil, note: &[u8]) -> Text<256> {
    let mut line = Text::EMPTY;
    line.push_padded(u32::from(time.year), 4);
    for (before, number) in
        [(b"-", time.month), (b"-", time.day), (b" ", time.hour), (b":", time.minute), (b":", time.second)]
    {
        line.push(before);
        line.push_padded(u32::from(number), 2);
    }
    line.push(b"  ");
    for byte in note.iter().take(256 - 23) {
        // Titles may have anything in them.
        line.push(&[if *byte < b' ' { b' ' } else { *byte }]);
    }
    line.push(b"\r\n");
    line
}

/// What happened since the log was written last, a line for each. Where there are too many, the last are lost.
pub type Notes = Text<2048>;

/// Adds a line.
#[inline(never)]
pub fn say(notes: &mut Notes, line: &[u8]) {
    note(notes, &[line]);
}

/// Adds a line of several pieces.
#[inline(never)]
pub fn note(notes: &mut Notes, pieces: &[&[u8]]) {
    let length: usize = pieces.iter().map(|piece| piece.len()).sum();
    if notes.bytes().len() + length < 2048 {
        for piece in pieces {
            notes.push(piece);
        }
        notes.push(b"\n");
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines() {
        let time = Civil::of_unix(1_795_412_711);
        assert_eq!(line(time, b"It is\nwell").bytes(), b"2026-11-23 05:45:11  It is well\r\n");
        let long = line(time, &[b'x'; 500]);
        assert_eq!(long.bytes().len(), 256);
        assert!(long.bytes().ends_with(b"x\r\n"));
    }

    #[test]
    fn too_many_notes() {
        let mut notes = Notes::EMPTY;
        for _ in 0..100 {
            note(&mut notes, &[b"the same ", b"again and again"]);
        }
        assert!(notes.bytes().ends_with(b"again\n"));
    }

    proptest! {
        #[test]
        fn never_past_the_limit(limit in 8_u32..64, lines in prop::collection::vec(23_u32..256, 0..2_000)) {
            let (mut now, mut before) = (0, 0);
            for line in lines {
                if turn(now, line, limit) == Turn::Anew {
                    before = now;
                    now = 0;
                }
                now += line;
                prop_assert!(now + before <= limit * 1024);
            }
        }
    }
}
