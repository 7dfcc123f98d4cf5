//! Tries of the VM's display while the artwork is not to be seen: one that takes no connection for too long is a symptom.
//!
//! The viewer's own failures prove nothing against the VM: it may not be installed, or the X server may not answer. So
//! the display is tried without it.

use std::time::{Duration, Instant};

use super::Verdict;
use super::schedule::Schedule;
use crate::core::types::{ExhibitSettings, OpId, Symptom};

/// How long one try may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest time between two tries.
const MAX_TRY_INTERVAL: Duration = Duration::from_secs(20);
/// So many tries at least are spread over the time that the configuration gives.
const MIN_TRIES: u32 = 4;
/// So many in a row must have failed.
const MIN_FAILURES: u32 = 2;

/// The tries of one exhibit's display.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::core) struct ShownProbe {
    schedule: Schedule,
    /// Since when the artwork is not to be seen; `None` while it is.
    missing_since: Option<Instant>,
    /// Tries in a row that failed.
    failures: u32,
}

impl ShownProbe {
    /// Begins anew.
    pub(in crate::core) fn rest(&mut self, now: Instant, settings: &ExhibitSettings) {
        if self.missing_since.is_some() {
            self.is_seen();
            self.is_missing(now, settings);
        }
    }

    /// The artwork is not to be seen.
    pub(in crate::core) fn is_missing(&mut self, now: Instant, settings: &ExhibitSettings) {
        if self.missing_since.is_none() {
            self.missing_since = Some(now);
            self.schedule.rest(settings.shown.map(|limit| now + interval(limit)));
        }
    }

    /// It is, or need not be.
    pub(in crate::core) fn is_seen(&mut self) {
        *self = Self::default();
    }

    /// Whether the display took no connection when it was last tried.
    pub(in crate::core) fn is_unreachable(&self) -> bool {
        self.failures > 0
    }

    pub(super) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// A try is made, and how long it may take.
    pub(super) fn ask(&mut self, op: OpId, now: Instant) -> (OpId, Duration) {
        self.schedule.asked(op, now, TRY_TIMEOUT)
    }

    /// A try has ended. What could not be tried speaks neither for nor against the display.
    pub(super) fn answered(
        &mut self,
        op: OpId,
        answers: Option<bool>,
        others_too: bool,
        now: Instant,
        settings: &ExhibitSettings,
    ) -> Verdict {
        let (Some(limit), Some(since)) = (settings.shown, self.missing_since) else { return Verdict::Fine };
        if !self.schedule.answered(op, now + interval(limit)) {
            return Verdict::Fine;
        }
        self.failures = if answers == Some(false) { self.failures + 1 } else { 0 };
        let overdue = now.duration_since(since) >= limit && self.failures >= MIN_FAILURES;
        if overdue && !others_too { Verdict::Ill(Symptom::NotShown) } else { Verdict::Fine }
    }
}

/// Time between two tries.
fn interval(limit: Duration) -> Duration {
    (limit / MIN_TRIES).min(MAX_TRY_INTERVAL)
}
