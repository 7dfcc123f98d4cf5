//! What outlives the daemon: what staff decided about an exhibit, and how long that holds.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::exhibit::{Context, Exhibit, Intent, Phase, RECHECK_INTERVAL};
use super::status::{Hold, Stopped};
use super::types::{Now, WallTime};

/// Whose hold `auto_revert = false` is: the next daemon reads it from there.
pub(super) const CONFIGURATION: &str = "the configuration";

/// What staff decided about one exhibit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// The VM, which is the artwork, whatever its exhibit is called; `None` where an earlier version did not tell.
    pub vm: Option<String>,
    /// It is on hold.
    pub hold: Option<Hold>,
    /// It was stopped.
    pub stopped: Option<Stopped>,
}

/// What one daemon leaves for the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteDecisions {
    /// What staff decided, by the exhibit's name.
    pub exhibits: BTreeMap<String, Decisions>,
    /// How often the computer was restarted against a trouble that may not be over.
    pub reboots: u32,
}

/// A computer may start with a wrong clock, which is put right as soon as it hears of the time. So often it is looked,
/// for so long.
const CLOCK_RECHECK_INTERVAL: Duration = Duration::from_secs(30);
const CLOCK_RECHECKS: u32 = 30;

/// When a moment of the wall clock comes, by the clock that does not jump.
fn comes(at: WallTime, now: Now) -> Instant {
    now.mono + Duration::from_millis(u64::try_from(at.0.saturating_sub(now.wall.0)).unwrap_or(0))
}

impl Exhibit {
    /// What an earlier daemon of the same site was told holds on. Comes before anything else.
    pub(super) fn restore(&mut self, now: Now, kept: &Decisions) {
        if let Some(hold) = &kept.hold {
            // By a clock that is behind the time when it was begun, it would last for longer than it was meant to.
            self.set_hold(Now { wall: now.wall.max(hold.since), ..now }, hold.clone());
            self.clock_rechecks = CLOCK_RECHECKS;
            self.clock_recheck_at = Some(now.mono + CLOCK_RECHECK_INTERVAL);
            self.process_may_differ = true;
            // Its VM is left as it is found: staff may have changes on its disk that a revert would undo.
            self.phase = Phase::Waiting { intent: Intent::Assess, recheck_at: now.mono + RECHECK_INTERVAL };
        }
        if let Some(stopped) = &kept.stopped {
            self.stopped = Some(stopped.clone());
            self.phase = Phase::Closed;
        }
    }

    pub(super) fn set_hold(&mut self, now: Now, hold: Hold) {
        self.hold_ends = hold.until.map(|until| comes(until, now));
        self.held_from.get_or_insert(now.mono);
        self.hold = Some(hold);
        self.clock_recheck_at = None;
    }

    /// What the next daemon should know.
    pub(super) fn decisions(&self) -> Decisions {
        let hold = if self.is_held_by_staff() { self.hold.clone() } else { None };
        Decisions { vm: Some(self.settings.vm.clone()), hold, stopped: self.stopped.clone() }
    }

    /// Staff hold it; what the configuration holds is started nevertheless.
    pub(super) fn is_held_by_staff(&self) -> bool {
        self.hold.as_ref().is_some_and(|hold| hold.by != CONFIGURATION)
    }

    /// Ends a hold whose time is over.
    pub(super) fn end_hold_in_time(&mut self, ctx: &mut Context<'_>) {
        if self.clock_recheck_at.is_some_and(|at| at <= ctx.now.mono) {
            self.clock_rechecks = self.clock_rechecks.saturating_sub(1);
            self.clock_recheck_at =
                (self.clock_rechecks > 0).then_some(ctx.now.mono + CLOCK_RECHECK_INTERVAL);
            let until = self.hold.as_ref().and_then(|hold| hold.until);
            if let (Some(ends), Some(until)) = (&mut self.hold_ends, until) {
                *ends = (*ends).min(comes(until, ctx.now));
            }
        }
        if self.hold_ends.is_some_and(|ends| ends <= ctx.now.mono) {
            self.hold_ends = None;
            if self.held_by_configuration {
                self.begin_hold(ctx, CONFIGURATION, None);
            } else {
                self.end_hold(ctx, "the time that was set for it");
            }
        }
    }
}
