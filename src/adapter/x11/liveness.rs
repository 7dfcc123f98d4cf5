//! Whether a viewer's program still answers (EWMH 1.5, `_NET_WM_PING`): when it is asked, and when it counts as hung.
//!
//! Question and answer go through the X server, so that only time counts in which that answered. An answer that is owed
//! is waited for in short turns, at the end of each of which the X server is asked as well: one that stood still has the
//! viewer's time begin anew.

use std::time::{Duration, Instant};

/// Time between two pings of a viewer.
const PING_INTERVAL: Duration = Duration::from_secs(1);

/// A turn of waiting for an answer. What the X server stands still for less than this costs a viewer a part of its time
/// at most.
const TURN: Duration = Duration::from_millis(500);

/// A viewer that has not answered in so many turns in a row hangs. With the interval, that is told three seconds after
/// it began.
const MAX_SILENT_TURNS: u32 = 4;

/// An X server that takes longer for a round trip stood still meanwhile.
const ROUND_TRIP_TIMEOUT: Duration = Duration::from_millis(250);

/// What is known of a viewer's life.
pub(super) struct Liveness {
    ping_at: Instant,
    /// The ping that it has not answered yet.
    pending: Option<Pending>,
    /// It was told that the viewer hangs.
    told: bool,
}

struct Pending {
    ping: u32,
    /// When the present turn ends.
    turn_ends: Instant,
    /// Turns without an answer.
    silent: u32,
}

impl Liveness {
    pub(super) fn new(now: Instant) -> Self {
        Self { ping_at: now + PING_INTERVAL, pending: None, told: false }
    }

    /// When there is something to be done next.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.pending {
            Some(_) if self.told => None,
            Some(pending) => Some(pending.turn_ends),
            None => Some(self.ping_at),
        }
    }

    /// Whether a turn is over and the answer still owed.
    pub(super) fn owes_answer(&self, now: Instant) -> bool {
        !self.told && self.pending.as_ref().is_some_and(|pending| pending.turn_ends <= now)
    }

    /// A turn was over at `end`, and the X server was asked and took so long; what it had to tell has been taken in.
    /// Whether the viewer counts as hung from now on; that is said once.
    pub(super) fn turn_over(&mut self, end: Instant, now: Instant, round_trip: Duration) -> bool {
        if !self.owes_answer(end) {
            return false;
        }
        let Some(pending) = &mut self.pending else { return false };
        pending.turn_ends = now + TURN;
        pending.silent = if round_trip > ROUND_TRIP_TIMEOUT { 0 } else { pending.silent + 1 };
        self.told = pending.silent >= MAX_SILENT_TURNS;
        self.told
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
        self.pending = Some(Pending { ping, turn_ends: now + TURN, silent: 0 });
    }

    /// It has answered the ping of this number; a late answer to an earlier one does not count.
    pub(super) fn answered(&mut self, ping: u32) {
        if self.pending.as_ref().is_some_and(|pending| pending.ping == ping) {
            self.pending = None;
            self.told = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMPT: Duration = Duration::from_millis(1);

    /// One that was asked by ping 7, and when.
    fn asked() -> (Liveness, Instant) {
        let start = Instant::now();
        let mut liveness = Liveness::new(start);
        assert!(!liveness.is_due(start) && liveness.deadline() == Some(start + PING_INTERVAL));
        let asked = start + PING_INTERVAL;
        assert!(liveness.is_due(asked) && !liveness.is_due(asked));
        liveness.asked(7, asked);
        (liveness, asked)
    }

    #[test]
    fn a_viewer_that_does_not_answer_is_told_of_once_and_is_well_when_it_does() {
        let (mut liveness, asked) = asked();
        let mut now = asked;
        for turn in 1..=MAX_SILENT_TURNS {
            now += TURN;
            assert!(
                !liveness.owes_answer(now - PROMPT) && liveness.owes_answer(now) && !liveness.is_due(now)
            );
            assert_eq!(liveness.deadline(), Some(now));
            assert_eq!(liveness.turn_over(now, now, PROMPT), turn == MAX_SILENT_TURNS);
        }
        assert_eq!(now - asked, Duration::from_secs(2));
        assert!(!liveness.owes_answer(now + TURN) && !liveness.turn_over(now + TURN, now + TURN, PROMPT));
        assert_eq!(liveness.deadline(), None);
        liveness.answered(6);
        assert_eq!(liveness.deadline(), None, "that was an earlier ping's answer");
        liveness.answered(7);
        assert!(liveness.is_due(now) && !liveness.owes_answer(now));
    }

    #[test]
    fn time_in_which_the_x_server_stood_still_does_not_count() {
        // What the X server took at the end of each turn, in milliseconds, and in which turn the viewer counts as hung.
        let rows: [(&[u64], Option<usize>); 5] = [
            (&[1, 1, 1, 1], Some(4)),
            (&[250, 250, 250, 250], Some(4)),
            (&[3500, 1, 1, 1, 1], Some(5)),
            (&[1, 1, 1, 251, 1, 1, 1, 1], Some(8)),
            (&[1, 1, 300, 1, 1, 300, 1, 1, 300], None),
        ];
        for (round_trips, wanted) in rows {
            let (mut liveness, mut now) = asked();
            let mut hangs = None;
            for (turn, round_trip) in (1..).zip(round_trips.iter().map(|ms| Duration::from_millis(*ms))) {
                let end = now + TURN;
                now = end + round_trip;
                if liveness.turn_over(end, now, round_trip) {
                    hangs = Some(turn);
                }
                assert!(hangs.is_some() || liveness.deadline() == Some(now + TURN));
            }
            assert_eq!(hangs, wanted, "{round_trips:?}");
        }
    }

    #[test]
    fn an_answer_that_the_x_server_had_still_to_deliver_counts() {
        let (mut liveness, asked) = asked();
        let end = asked + TURN;
        liveness.answered(7);
        assert!(!liveness.turn_over(end, end + PROMPT, PROMPT));
    }
}
