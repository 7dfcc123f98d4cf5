//! What staff or the configuration have decided about an exhibit: that it is held, or stopped.

use std::time::{Duration, Instant};

use crate::core::decisions::Decisions;
use crate::core::status::{Hold, Stopped};
use crate::core::types::{Holder, Now, Symptom, WallTime};

/// A computer may start with a wrong clock, which is put right as soon as it hears of the time. So often it is looked,
/// for so long.
const CLOCK_RECHECK_INTERVAL: Duration = Duration::from_secs(30);
const CLOCK_RECHECKS: u32 = 30;

/// A broken exhibit's next try: against what, and when.
pub(super) type Retry = (Symptom, Instant);

/// The hold of one exhibit, and its stop.
#[derive(Clone, Debug)]
pub(super) struct Custody {
    hold: Option<Hold>,
    /// When the hold ends by itself.
    ends: Option<Instant>,
    /// When the hold began.
    held_from: Option<Instant>,
    /// It was broken when the hold began.
    retry_after: Option<Retry>,
    /// When it is looked whether the clock, by which a hold of an earlier daemon ends, was put right, and how many looks are left.
    clock_recheck_at: Option<Instant>,
    clock_rechecks: u32,
    /// The configuration's hold comes back when staff's own ends by itself.
    by_configuration: bool,
    stopped: Option<Stopped>,
}

/// When a moment of the wall clock comes, by the clock that does not jump.
fn comes(at: WallTime, now: Now) -> Instant {
    now.mono + Duration::from_millis(u64::try_from(at.0.saturating_sub(now.wall.0)).unwrap_or(0))
}

impl Custody {
    pub(super) fn new(now: Now, by_configuration: bool) -> Self {
        let held = || Hold { by: Holder::Configuration, since: now.wall, until: None, reason: None };
        Self {
            hold: by_configuration.then(held),
            ends: None,
            held_from: by_configuration.then_some(now.mono),
            retry_after: None,
            clock_recheck_at: None,
            clock_rechecks: 0,
            by_configuration,
            stopped: None,
        }
    }

    pub(super) fn hold(&self) -> Option<&Hold> {
        self.hold.as_ref()
    }

    pub(super) fn is_held(&self) -> bool {
        self.hold.is_some()
    }

    /// Staff hold it; what the configuration holds is started nevertheless.
    pub(super) fn is_held_by_staff(&self) -> bool {
        self.hold.as_ref().is_some_and(|hold| hold.by != Holder::Configuration)
    }

    pub(super) fn stopped(&self) -> Option<&Stopped> {
        self.stopped.as_ref()
    }

    /// What an earlier daemon was told holds on.
    pub(super) fn restore(&mut self, now: Now, decisions: &Decisions) {
        if let Some(hold) = &decisions.hold {
            // By a clock that is behind the time when it was begun, it would last for longer than it was meant to.
            self.set(Now { wall: now.wall.max(hold.since), ..now }, hold.clone());
            self.clock_rechecks = CLOCK_RECHECKS;
            self.clock_recheck_at = Some(now.mono + CLOCK_RECHECK_INTERVAL);
        }
        self.stopped.clone_from(&decisions.stopped);
    }

    /// What the next daemon should know; the configuration's own hold it reads from there.
    pub(super) fn decisions(&self, vm: &str) -> Decisions {
        let hold = if self.is_held_by_staff() { self.hold.clone() } else { None };
        Decisions { vm: Some(vm.to_owned()), hold, stopped: self.stopped.clone() }
    }

    fn set(&mut self, now: Now, hold: Hold) {
        self.ends = hold.until.map(|until| comes(until, now));
        self.held_from.get_or_insert(now.mono);
        self.hold = Some(hold);
        self.clock_recheck_at = None;
    }

    /// It is to be held. Whether that is news: who holds what is held already has the last word on its end, and staff
    /// have it before the configuration.
    pub(super) fn begin(
        &mut self,
        now: Now,
        by: Holder,
        until: Option<WallTime>,
        reason: Option<String>,
    ) -> bool {
        let since = self.hold.as_ref().map_or(now.wall, |hold| hold.since);
        let news = self.hold.as_ref().is_none_or(|hold| {
            hold.until != until || hold.reason != reason || hold.by == Holder::Configuration
        });
        if news {
            self.set(now, Hold { by, since, until, reason });
        }
        news
    }

    /// The hold is over. For how long it lasted; `None` where there was none.
    pub(super) fn end(&mut self, now: Now) -> Option<Duration> {
        self.ends = None;
        self.by_configuration = false;
        self.hold.take()?;
        let from = self.held_from.take().unwrap_or(now.mono);
        Some(now.mono.duration_since(from))
    }

    /// It is broken, and would be tried again then.
    pub(super) fn retry_afterwards(&mut self, retry: Retry) {
        self.retry_after = Some(retry);
    }

    /// The try that the hold has put off, which is forgotten here.
    pub(super) fn take_retry(&mut self) -> Option<Retry> {
        self.retry_after.take()
    }

    /// The configuration holds it, or no longer does. Whether that changes anything: staff's own hold stays as it is.
    pub(super) fn configure(&mut self, by_configuration: bool) -> bool {
        self.by_configuration = by_configuration;
        !self.is_held_by_staff()
    }

    /// When something about it changes by itself.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let clock = self.clock_recheck_at.filter(|_| self.ends.is_some());
        [self.ends, clock].into_iter().flatten().min()
    }

    /// Looks at the clock. Whether the time that was set for the hold is over.
    pub(super) fn check_end(&mut self, now: Now) -> bool {
        if self.clock_recheck_at.is_some_and(|at| at <= now.mono) {
            self.clock_rechecks = self.clock_rechecks.saturating_sub(1);
            self.clock_recheck_at = (self.clock_rechecks > 0).then_some(now.mono + CLOCK_RECHECK_INTERVAL);
            let until = self.hold.as_ref().and_then(|hold| hold.until);
            if let (Some(ends), Some(until)) = (&mut self.ends, until) {
                *ends = (*ends).min(comes(until, now));
            }
        }
        let over = self.ends.is_some_and(|ends| ends <= now.mono);
        if over {
            self.ends = None;
        }
        over
    }

    /// Whether the configuration's hold goes on where staff's own has ended by itself.
    pub(super) fn is_by_configuration(&self) -> bool {
        self.by_configuration
    }

    /// Nothing about it changes by itself any more.
    pub(super) fn leave(&mut self) {
        self.ends = None;
    }

    pub(super) fn stop(&mut self, stopped: Stopped) {
        self.stopped = Some(stopped);
    }

    pub(super) fn unstop(&mut self) {
        self.stopped = None;
    }
}
