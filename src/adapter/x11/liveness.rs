//! Whether a viewer's program still answers (EWMH 1.5, `_NET_WM_PING`): when it is asked, and when it counts as hung.

use std::time::{Duration, Instant};

/// Time between two pings of a viewer.
const PING_INTERVAL: Duration = Duration::from_secs(1);

/// A viewer that has not answered a ping for so long hangs. With the interval, that is told three seconds after
/// it began, at the latest.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// What is known of a viewer's life.
pub(super) struct Liveness {
    ping_at: Instant,
    /// The ping that it has not answered yet, and when it was sent.
    pending: Option<(u32, Instant)>,
    /// It was told that the viewer hangs.
    told: bool,
}

impl Liveness {
    pub(super) fn new(now: Instant) -> Self {
        Self { ping_at: now + PING_INTERVAL, pending: None, told: false }
    }

    /// When there is something to be done next.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.pending {
            Some(_) if self.told => None,
            Some((_, at)) => Some(at + PING_TIMEOUT),
            None => Some(self.ping_at),
        }
    }

    /// Whether the viewer counts as hung from now on; that is said once.
    pub(super) fn is_lost(&mut self, now: Instant) -> bool {
        let lost = !self.told && self.pending.is_some_and(|(_, at)| at + PING_TIMEOUT <= now);
        self.told |= lost;
        lost
    }

    /// Whether it is to be asked now. Where it cannot be, that is tried again after the same time.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let due = self.pending.is_none() && self.ping_at <= now;
        if due {
            self.ping_at = now + PING_INTERVAL;
        }
        due
    }

    /// It was asked, by a ping of this number.
    pub(super) fn asked(&mut self, ping: u32, now: Instant) {
        self.pending = Some((ping, now));
    }

    /// It has answered the ping of this number; a late answer to an earlier one does not count.
    pub(super) fn answered(&mut self, ping: u32) {
        if self.pending.is_some_and(|(pending, _)| pending == ping) {
            self.pending = None;
            self.told = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_that_does_not_answer_is_told_of_once_and_is_well_when_it_does() {
        let start = Instant::now();
        let mut liveness = Liveness::new(start);
        assert!(!liveness.is_due(start) && liveness.deadline() == Some(start + PING_INTERVAL));
        let asked = start + PING_INTERVAL;
        assert!(liveness.is_due(asked) && !liveness.is_due(asked));
        liveness.asked(7, asked);
        let late = asked + PING_TIMEOUT;
        assert!(!liveness.is_due(late));
        assert!(!liveness.is_lost(late - Duration::from_millis(1)));
        assert!(liveness.is_lost(late) && !liveness.is_lost(late));
        assert_eq!(liveness.deadline(), None);
        liveness.answered(6);
        assert_eq!(liveness.deadline(), None, "that was an earlier ping's answer");
        liveness.answered(7);
        assert!(liveness.is_due(late) && !liveness.is_lost(late));
    }
}
