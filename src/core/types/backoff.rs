//! Pauses that double from one to the next, up to a longest one.

use std::time::Duration;

/// How pauses grow.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The first pause.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
}

impl Backoff {
    /// The pause that comes after so many others.
    pub fn after(self, others: u32) -> Duration {
        self.first.saturating_mul(2u32.saturating_pow(others)).min(self.longest)
    }

    /// The pause that follows on this one.
    pub fn next(self, pause: Duration) -> Duration {
        pause.saturating_mul(2).min(self.longest)
    }
}
