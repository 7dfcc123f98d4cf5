//! When a probe that asks is to ask, one question at a time.

use std::time::{Duration, Instant};

use crate::core::types::OpId;

/// An answer that has not come so long after the question's own time-out never will.
const ANSWER_GRACE: Duration = Duration::from_secs(5);

/// When the next question is due, and which one is open.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Schedule {
    next_at: Option<Instant>,
    open: Option<(OpId, Instant)>,
}

impl Schedule {
    /// The next question is due then; an open one is forgotten.
    pub(super) fn rest(&mut self, until: Option<Instant>) {
        *self = Self { next_at: until, open: None };
    }

    /// When something is to be done.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.open.map(|(_, lost_at)| lost_at).or(self.next_at)
    }

    /// Whether a question is to be asked now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.open.is_none() && self.next_at.is_some_and(|at| at <= now)
    }

    /// This question is asked. It, and how long it may take.
    pub(super) fn asked(&mut self, op: OpId, now: Instant, timeout: Duration) -> (OpId, Duration) {
        self.open = Some((op, now + timeout + ANSWER_GRACE));
        (op, timeout)
    }

    /// The question that nobody will answer any more, if there is one.
    pub(super) fn lost(&self, now: Instant) -> Option<OpId> {
        self.open.filter(|&(_, lost_at)| lost_at <= now).map(|(op, _)| op)
    }

    /// Whether this is the answer to the open question; if so, the next is due then.
    pub(super) fn answered(&mut self, op: OpId, next_at: Instant) -> bool {
        let mine = self.open.is_some_and(|(open, _)| open == op);
        if mine {
            self.rest(Some(next_at));
        }
        mine
    }
}
