//! When a window that is not where it belongs is asked to go there.

use std::time::{Duration, Instant};

/// Time after the first move: what a window manager needs for one. Several other places are told of on the way.
const FIRST_RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// A window that will not go is asked no less often than this: whatever holds it may let go.
const MAX_RETRY_INTERVAL: Duration = Duration::from_secs(10);

/// A window that has needed no move for so long is as one that never did, and is moved at once again.
const RESET_AFTER: Duration = Duration::from_secs(60);

/// Moves in a row, over more than ten seconds, after which staff hear that the window will not go.
const WARN_AFTER_MOVES: u32 = 8;

/// The moves that were asked of one window. A viewer may move its windows itself just then, and a visitor or a rule of
/// the window manager later on, so that asking has no end; it only becomes rarer.
#[derive(Debug, Default)]
pub(super) struct MoveRetry {
    attempts: u32,
    last_attempt: Option<Instant>,
}

impl MoveRetry {
    /// Whether the window is to be asked now; that it was is noted.
    pub(super) fn attempt(&mut self, now: Instant) -> bool {
        if self.next_attempt().is_some_and(|next| now < next) {
            return false;
        }
        if self.last_attempt.is_some_and(|last| now.duration_since(last) > RESET_AFTER) {
            self.attempts = 0;
        }
        self.attempts = self.attempts.saturating_add(1);
        self.last_attempt = Some(now);
        true
    }

    /// When it may be asked next, where it has been asked before.
    pub(super) fn next_attempt(&self) -> Option<Instant> {
        let doublings = self.attempts.saturating_sub(1).min(16);
        self.last_attempt.map(|last| last + (FIRST_RETRY_INTERVAL * (1 << doublings)).min(MAX_RETRY_INTERVAL))
    }

    /// Whether it was asked so often by now that staff should hear of it, once.
    pub(super) fn warning_is_due(&self) -> bool {
        self.attempts == WARN_AFTER_MOVES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_becomes_rarer_and_has_no_end() {
        let mut retry = MoveRetry::default();
        let begun = Instant::now();
        let mut now = begun;
        let mut pauses = Vec::new();
        for _ in 0..12 {
            assert!(retry.attempt(now) && !retry.attempt(now));
            let next = retry.next_attempt().expect("it was asked");
            pauses.push((next - now).as_millis());
            now = next;
        }
        assert_eq!(pauses[..4], [100, 200, 400, 800]);
        assert_eq!(pauses[8..], [10_000; 4]);
        now += RESET_AFTER;
        assert!(retry.attempt(now));
        assert_eq!(retry.next_attempt(), Some(now + FIRST_RETRY_INTERVAL), "after a calm time it is as new");
    }

    #[test]
    fn staff_hear_of_it_once() {
        let mut retry = MoveRetry::default();
        let mut now = Instant::now();
        let mut told = 0;
        for _ in 0..20 {
            assert!(retry.attempt(now));
            told += u32::from(retry.warning_is_due());
            now = retry.next_attempt().expect("it was asked");
        }
        assert_eq!(told, 1);
    }
}
