//! Random numbers, so that a seed always means the same operations.

use std::time::{SystemTime, UNIX_EPOCH};

/// A small generator (splitmix64).
pub struct Dice(u64);

impl Dice {
    /// The seed is `VITRINE_SEED`, or a new one each time; whoever rolls must print it.
    pub fn seeded() -> (Self, u64) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seed = number("VITRINE_SEED", u64::from(now.subsec_nanos()) ^ u64::from(std::process::id()));
        (Self(seed), seed)
    }

    /// From 0 up to, and without, the number of sides.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    /// The same things in another order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for n in (1..things.len()).rev() {
            things.swap(n, self.roll(n + 1));
        }
    }
}

/// A number that an environment variable gives.
pub fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().map_or(otherwise, |text| text.parse().expect(variable))
}
