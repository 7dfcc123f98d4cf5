//! When a window that is not where it belongs is asked to go there.

use std::time::{Duration, Instant};

/// What a window manager needs for a move; several other places are told of on the way.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// A window that will not go is asked no less often than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A window that has stood still for so long is moved at once again.
const CALM: Duration = Duration::from_secs(60);

/// Who has been asked so often, for more than ten seconds, will not go by being asked.
const STUBBORN: u32 = 8;

/// The moves that were asked of one window. A viewer may move its windows itself just then, and a visitor or a rule of
/// the window manager later on, so that asking has no end; it only becomes rarer.
#[derive(Debug, Default)]
pub(super) struct Moves {
    asked: u32,
    last: Option<Instant>,
}

impl Moves {
    /// Whether the window is to be asked now; that it was is noted.
    pub(super) fn ask(&mut self, now: Instant) -> bool {
        if self.next().is_some_and(|next| now < next) {
            return false;
        }
        if self.last.is_some_and(|last| now.duration_since(last) > CALM) {
            self.asked = 0;
        }
        self.asked = self.asked.saturating_add(1);
        self.last = Some(now);
        true
    }

    /// When it may be asked next, where it has been asked before.
    pub(super) fn next(&self) -> Option<Instant> {
        let doublings = self.asked.saturating_sub(1).min(16);
        self.last.map(|last| last + (FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE))
    }

    /// Whether it was asked so often by now that staff should hear of it, once.
    pub(super) fn are_too_many(&self) -> bool {
        self.asked == STUBBORN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_becomes_rarer_and_has_no_end() {
        let mut moves = Moves::default();
        let begun = Instant::now();
        let mut now = begun;
        let mut pauses = Vec::new();
        for _ in 0..12 {
            assert!(moves.ask(now) && !moves.ask(now));
            let next = moves.next().expect("it was asked");
            pauses.push((next - now).as_millis());
            now = next;
        }
        assert_eq!(pauses[..4], [100, 200, 400, 800]);
        assert_eq!(pauses[8..], [10_000; 4]);
        now += CALM;
        assert!(moves.ask(now));
        assert_eq!(moves.next(), Some(now + FIRST_PAUSE), "after a calm time it is as new");
    }

    #[test]
    fn staff_hear_of_it_once() {
        let mut moves = Moves::default();
        let mut now = Instant::now();
        let mut told = 0;
        for _ in 0..20 {
            assert!(moves.ask(now));
            told += u32::from(moves.are_too_many());
            now = moves.next().expect("it was asked");
        }
        assert_eq!(told, 1);
    }
}
