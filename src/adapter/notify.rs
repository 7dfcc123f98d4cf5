//! What the service manager is told: that Vitrine has begun, lives, and ends (sd_notify(3)).
//!
//! Without `$NOTIFY_SOCKET` nobody listens, and nothing is sent.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;
use tracing::warn;

/// The word to the service manager. It has no thread of its own, so that signs of life come from whoever owns it:
/// where that one hangs, they stop.
#[derive(Debug)]
pub struct Manager {
    /// Time between two signs of life; `None` where the service manager expects none.
    every: Option<Duration>,
    next: Option<Instant>,
    complained: bool,
}

impl Manager {
    /// As the environment has it: `$NOTIFY_SOCKET`, `$WATCHDOG_USEC`, `$WATCHDOG_PID`.
    pub fn from_environment() -> Self {
        // sd_watchdog_enabled(3) advises a sign of life after half of the time that is allowed.
        Self::new(sd_notify::watchdog_enabled().map(|allowed| allowed / 2))
    }

    fn new(every: Option<Duration>) -> Self {
        Self { every: every.filter(|every| !every.is_zero()), next: None, complained: false }
    }

    /// Vitrine has begun; signs of life follow.
    pub fn ready(&mut self, now: Instant) {
        self.tell(&[NotifyState::Ready]);
        self.next = self.every.map(|every| now + every);
    }

    /// Vitrine is ending.
    pub fn stopping(&mut self) {
        self.tell(&[NotifyState::Stopping]);
    }

    /// When the next sign of life is due; `None` for never.
    pub fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// Gives the sign of life that is due, if one is.
    pub fn alive(&mut self, now: Instant) {
        if let (Some(every), Some(next)) = (self.every, self.next)
            && next <= now
        {
            self.tell(&[NotifyState::Watchdog]);
            self.next = Some(now + every);
        }
    }

    fn tell(&mut self, states: &[NotifyState<'_>]) {
        if let Err(error) = sd_notify::notify(states)
            && !std::mem::replace(&mut self.complained, true)
        {
            warn!(
                "the service manager does not listen at $NOTIFY_SOCKET ({error}); it may restart Vitrine for \
                 want of signs of life"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(10);

    #[test]
    fn signs_of_life_begin_with_the_start_and_are_due_again_and_again() {
        let begin = Instant::now();
        let mut manager = Manager::new(Some(EVERY));
        assert_eq!(manager.deadline(), None);
        manager.ready(begin);
        assert_eq!(manager.deadline(), Some(begin + EVERY));
        // Early wakes give none.
        manager.alive(begin + EVERY / 2);
        assert_eq!(manager.deadline(), Some(begin + EVERY));
        // After a late one the next is counted from it: there is nothing to make up for.
        manager.alive(begin + EVERY * 5);
        assert_eq!(manager.deadline(), Some(begin + EVERY * 6));
    }

    #[test]
    fn nobody_expects_signs_of_life() {
        for every in [None, Some(Duration::ZERO)] {
            let mut manager = Manager::new(every);
            manager.ready(Instant::now());
            assert_eq!(manager.deadline(), None);
        }
    }
}
