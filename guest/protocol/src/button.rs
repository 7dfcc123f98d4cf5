//! The button: a press is what changes, and what was pressed waits a moment for its picture.

use crate::settings::Pixel;
use crate::time::Millis;

/// How long a press waits for its pixel to have the right colour, in milliseconds. Later nobody would know why
/// something happens.
const PRESS_VALID: Millis = 3_000;

/// Finds the moments when something that is asked for again and again changes from off to on.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    last: Option<bool>,
}

impl Edge {
    /// Nothing is known, so that what is on already is no press.
    pub const UNKNOWN: Self = Self { last: None };

    /// It is so now. True where that is a press.
    pub fn heard(&mut self, on: bool) -> bool {
        self.last.replace(on) == Some(false) && on
    }
}

/// Whether a word of the host's says that something is on.
#[must_use]
pub fn is_on(word: &[u8]) -> bool {
    let words: [&[u8]; 5] = [b"1", b"on", b"yes", b"true", b"pressed"];
    words.iter().any(|known| known.eq_ignore_ascii_case(crate::text::trim(word)))
}

/// A press that is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    until: Option<Millis>,
}

/// What became of a press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// There is none.
    None,
    /// It is done now.
    Press,
    /// It waits for its pixel.
    Wait,
    /// Its pixel never came.
    Dropped,
}

impl Pending {
    /// None.
    pub const NONE: Self = Self { until: None };

    /// The button was pressed.
    pub fn press(&mut self, now: Millis) {
        self.until = Some(now + PRESS_VALID);
    }

    /// Whether to look at the pixel.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.until.is_some()
    }

    /// What is to be done, `fits` telling whether the pixel is as it should be.
    pub fn turn(&mut self, now: Millis, fits: bool) -> Turn {
        match self.until {
            None => return Turn::None,
            Some(until) if !fits && now < until => return Turn::Wait,
            Some(_) => self.until = None,
        }
        if fits {
            Turn::Press
        } else {
            Turn::Dropped
        }
    }
}

impl Pixel {
    /// Whether this colour is the one that is wanted.
    #[must_use]
    pub fn fits(&self, colour: [u8; 3]) -> bool {
        self.colour.iter().zip(colour).all(|(wanted, found)| wanted.abs_diff(found) <= self.tolerance)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    #[test]
    fn only_a_change_is_a_press() {
        let mut edge = Edge::UNKNOWN;
        let presses: Vec<bool> =
            [true, true, false, true, true, false, false, true].iter().map(|on| edge.heard(*on)).collect();
        assert_eq!(presses, [false, false, false, true, false, false, false, true]);
    }

    #[test]
    fn words() {
        for (word, on) in
            [("1", true), ("ON\r\n", true), ("pressed", true), ("0", false), ("", false), ("10", false)]
        {
            assert_eq!(is_on(word.as_bytes()), on, "{word}");
        }
    }

    #[test]
    fn a_press_waits_for_its_pixel() {
        let mut pending = Pending::NONE;
        assert_eq!(pending.turn(0, true), Turn::None);
        pending.press(1_000);
        assert_eq!(pending.turn(1_100, false), Turn::Wait);
        assert_eq!(pending.turn(1_200, true), Turn::Press);
        assert_eq!(pending.turn(1_300, true), Turn::None);
        pending.press(2_000);
        assert_eq!(pending.turn(5_000, false), Turn::Dropped);
        assert!(!pending.is_any());
    }

    #[test]
    fn colours() {
        let pixel = Pixel { x: 0, y: 0, colour: [255, 128, 0], tolerance: 3 };
        assert!(pixel.fits([252, 131, 3]));
        assert!(!pixel.fits([251, 128, 0]));
    }

    proptest! {
        #[test]
        fn presses_are_the_rises(words: Vec<bool>) {
            let mut edge = Edge::UNKNOWN;
            let found = words.iter().filter(|on| edge.heard(**on)).count();
            prop_assert_eq!(found, words.windows(2).filter(|pair| !pair[0] && pair[1]).count());
        }
    }
}
