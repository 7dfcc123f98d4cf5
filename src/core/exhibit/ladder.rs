//! The recovery ladder of one exhibit: which remedy comes next, how often remedies may follow each other, and when
//! to give up for a while.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::core::types::{Backoff, Now, RecoverySettings, Remedy};

/// After a remedy that did not help, so long is waited before the next one; twice as long after each further one.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);

/// After so many refused reverts in a row the VM is started without its snapshot.
const MAX_REFUSALS: u32 = 2;

/// After so many streaks in a row in which the artwork had to be put back in full after it was put back in place, it is
/// put back in full at once: some graphics of Windows guests never come back otherwise.
const MAX_VAIN_IN_PLACE: u32 = 3;

/// Whether it is the snapshot that reverts are refused for, or the world: a port that is taken, an image that is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SnapshotTrust {
    /// So many reverts in a row were refused.
    Refused(u32),
    /// The VM could be started, so the world is in order again: the snapshot is tried once more.
    Trying,
    /// Refused even now. The VM, which that has ended, is to be started again.
    Ended,
    /// The snapshot is damaged, and the VM goes on without.
    Damaged,
}

/// What to do against a symptom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Apply a remedy at once.
    Apply,
    /// Apply a remedy, but not before this.
    ApplyAt(Instant),
    /// The budget is spent: try again at this time.
    GiveUp(Instant),
}

/// What can be done to a VM as it is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Means {
    /// It is merely suspended.
    pub(super) resume: bool,
    /// Its QEMU process is there and should answer, and the snapshot is whole.
    pub(super) in_place: bool,
    /// There is a snapshot.
    pub(super) revert: bool,
    /// Its QEMU process does not answer, or an earlier call hangs on it: only what ends that process helps.
    pub(super) jammed: bool,
}

/// So many remedies in so much time, and no more.
#[derive(Clone, Debug, Default)]
pub(super) struct Budget {
    /// When remedies were begun, the oldest first; no more than the budget.
    recent: VecDeque<Instant>,
    /// All remedies since the daemon began.
    total: u64,
}

impl Budget {
    /// How many remedies were begun since the daemon began.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Whether no remedy is left for now.
    pub(super) fn spent(&self, now: Now, rules: &RecoverySettings) -> bool {
        let counted = self.recent.iter().filter(|&&at| now.mono.duration_since(at) <= rules.window);
        counted.count() >= rules.attempts as usize
    }

    /// A remedy begins.
    pub(super) fn begin(&mut self, now: Now, rules: &RecoverySettings) {
        while self.recent.len() >= rules.attempts as usize {
            self.recent.pop_front();
        }
        self.recent.push_back(now.mono);
        self.total += 1;
    }

    /// The remedy that was begun last never was one. False where none is remembered.
    fn take_back(&mut self) -> bool {
        let remembered = self.recent.pop_back().is_some();
        if remembered {
            self.total -= 1;
        }
        remembered
    }
}

/// What has been tried since the artwork was last well for long.
#[derive(Clone, Copy, Debug)]
struct Streak {
    /// The lowest rung that has not been tried.
    level: Remedy,
    /// The weakest and the strongest remedy.
    used: Option<(Remedy, Remedy)>,
}

impl Streak {
    /// A streak that tries nothing below this rung.
    fn from(level: Remedy) -> Self {
        Self { level, used: None }
    }
}

/// Budget and pauses of one exhibit's remedies.
#[derive(Clone, Debug)]
pub(super) struct Ladder {
    budget: Budget,
    /// Remedies in a row that did not lead to lasting health.
    failures: u32,
    /// The pause of the next `GiveUp`; `None` while the budget has never been spent.
    pause: Option<Duration>,
    snapshot_trust: SnapshotTrust,
    streak: Streak,
    /// The same before the last remedy.
    previous: Streak,
    /// When the last remedy began.
    last: Option<Instant>,
    /// Streaks in a row in which a revert in place did not help, and one in full did.
    vain_in_place: u32,
}

impl Ladder {
    pub(super) fn new() -> Self {
        Self {
            budget: Budget::default(),
            failures: 0,
            pause: None,
            snapshot_trust: SnapshotTrust::Refused(0),
            streak: Streak::from(Remedy::Resume),
            previous: Streak::from(Remedy::Resume),
            last: None,
            vain_in_place: 0,
        }
    }

    /// How many remedies were begun since the daemon began.
    pub(super) fn total(&self) -> u64 {
        self.budget.total()
    }

    /// Which rung suits: the lowest that is possible and has not been tried in this streak. The caller begins it with
    /// [`Ladder::begin`].
    pub(super) fn rung(&self, means: Means, rules: &RecoverySettings) -> Remedy {
        let untried = |remedy| self.streak.level <= remedy && !means.jammed;
        if means.resume && untried(Remedy::Resume) {
            return Remedy::Resume;
        }
        let refused = match self.snapshot_trust {
            SnapshotTrust::Refused(times) => times >= MAX_REFUSALS,
            SnapshotTrust::Trying => false,
            SnapshotTrust::Ended | SnapshotTrust::Damaged => true,
        };
        if !means.revert || refused {
            return Remedy::ColdStart;
        }
        if means.in_place && !self.in_place_is_vain() && untried(Remedy::InPlaceRevert) {
            return Remedy::InPlaceRevert;
        }
        if untried(Remedy::FullRevert) {
            return Remedy::FullRevert;
        }
        match self.streak.level {
            Remedy::ColdStart if rules.cold_start => Remedy::ColdStart,
            Remedy::Resume
            | Remedy::InPlaceRevert
            | Remedy::FullRevert
            | Remedy::DestroyRevert
            | Remedy::ColdStart => Remedy::DestroyRevert,
        }
    }

    /// A remedy has been used, or was no way out: the next one of this streak is a stronger one.
    pub(super) fn climb_past(&mut self, remedy: Remedy) {
        let next = match remedy {
            Remedy::Resume => Remedy::InPlaceRevert,
            Remedy::InPlaceRevert => Remedy::FullRevert,
            Remedy::FullRevert => Remedy::DestroyRevert,
            Remedy::DestroyRevert => Remedy::ColdStart,
            // At the top the two strongest take turns.
            Remedy::ColdStart => Remedy::DestroyRevert,
        };
        let level = &mut self.streak.level;
        *level = if remedy < Remedy::DestroyRevert { next.max(*level) } else { next };
    }

    /// libvirt refused a remedy.
    pub(super) fn refused(&mut self, remedy: Remedy) {
        match remedy {
            // QEMU may refuse for reasons of its own: this says nothing of the snapshot.
            Remedy::Resume | Remedy::InPlaceRevert => {}
            Remedy::FullRevert | Remedy::DestroyRevert => {
                self.snapshot_trust = match self.snapshot_trust {
                    SnapshotTrust::Refused(times) => SnapshotTrust::Refused(times.saturating_add(1)),
                    SnapshotTrust::Trying => SnapshotTrust::Ended,
                    SnapshotTrust::Ended | SnapshotTrust::Damaged => self.snapshot_trust,
                }
            }
            // That is no way out either: the snapshot is tried again.
            Remedy::ColdStart => self.snapshot_trust = SnapshotTrust::Refused(0),
        }
    }

    /// A remedy did what it should to the VM. Whether a snapshot that was passed over is to be tried once more, at no
    /// cost of the budget.
    pub(super) fn carried_out(&mut self, remedy: Remedy) -> bool {
        match (remedy, self.snapshot_trust) {
            (Remedy::FullRevert | Remedy::DestroyRevert, _) => {
                self.snapshot_trust = SnapshotTrust::Refused(0)
            }
            (Remedy::ColdStart, SnapshotTrust::Refused(times)) if times >= MAX_REFUSALS => {
                self.snapshot_trust = SnapshotTrust::Trying;
                return true;
            }
            (Remedy::Resume | Remedy::InPlaceRevert | Remedy::ColdStart, _) => {}
        }
        false
    }

    /// Whether the trial of the snapshot has ended a VM that could be started: once true.
    pub(super) fn ended_by_trial(&mut self) -> bool {
        let ended = self.snapshot_trust == SnapshotTrust::Ended;
        if ended {
            self.snapshot_trust = SnapshotTrust::Damaged;
        }
        ended
    }

    /// What to do now against a symptom that is there.
    pub(super) fn step(&mut self, now: Now, rules: &RecoverySettings) -> Step {
        if self.spent(now, rules) {
            return Step::GiveUp(now.mono + self.longer_pause(rules));
        }
        // The first remedy of a streak comes at once; the second too, since the first may have met bad luck.
        let Some(&last) = self.budget.recent.back().filter(|_| self.failures > 1) else {
            return Step::Apply;
        };
        let pauses = Backoff { first: FIRST_BACKOFF, longest: rules.first_pause };
        let at = last + pauses.after(self.failures - 2);
        if at <= now.mono { Step::Apply } else { Step::ApplyAt(at) }
    }

    /// Whether the budget is spent, so that [`Ladder::step`] would give up.
    pub(super) fn spent(&self, now: Now, rules: &RecoverySettings) -> bool {
        // Where each symptom takes long to be seen, remedies that do not help may lie far apart.
        self.budget.spent(now, rules) || self.failures >= rules.attempts.saturating_mul(2)
    }

    /// Whether the budget was spent in this streak.
    pub(super) fn has_given_up(&self) -> bool {
        self.pause.is_some()
    }

    /// A broken exhibit's pause: longer each time, up to the longest.
    pub(super) fn longer_pause(&mut self, rules: &RecoverySettings) -> Duration {
        let pause = match self.pause {
            None => rules.first_pause,
            Some(previous) => {
                Backoff { first: rules.first_pause, longest: rules.longest_pause }.next(previous)
            }
        };
        self.pause = Some(pause);
        pause
    }

    /// Whether reverts in place have shown that they do not help this VM.
    pub(super) fn in_place_is_vain(&self) -> bool {
        self.vain_in_place >= MAX_VAIN_IN_PLACE
    }

    /// There is another snapshot: what reverts in place did for the former one says nothing of it.
    pub(super) fn trust_in_place(&mut self) {
        self.vain_in_place = 0;
    }

    /// A remedy begins.
    pub(super) fn begin(&mut self, now: Now, rules: &RecoverySettings, remedy: Remedy) {
        self.previous = self.streak;
        let (weakest, strongest) = self.streak.used.unwrap_or((remedy, remedy));
        self.streak.used = Some((weakest.min(remedy), strongest.max(remedy)));
        self.climb_past(remedy);
        self.last = Some(now.mono);
        if remedy.keeps_display() {
            // It hardly shows and comes once in a streak, so that lasting health lies between two of them.
            self.budget.total += 1;
        } else {
            self.budget.begin(now, rules);
            self.failures = self.failures.saturating_add(1);
        }
    }

    /// The remedy that was begun last never reached the VM.
    pub(super) fn take_back(&mut self, remedy: Remedy) {
        self.streak = self.previous;
        if remedy.keeps_display() {
            self.budget.total = self.budget.total.saturating_sub(1);
        } else if self.budget.take_back() {
            self.failures = self.failures.saturating_sub(1);
        }
    }

    /// Health has lasted: the streak is over, and has shown what helped.
    pub(super) fn healed(&mut self) {
        match self.streak.used {
            Some((_, Remedy::InPlaceRevert)) => self.vain_in_place = 0,
            Some((Remedy::InPlaceRevert, Remedy::FullRevert | Remedy::DestroyRevert)) => {
                self.vain_in_place = self.vain_in_place.saturating_add(1);
            }
            Some(_) | None => {}
        }
        self.reset();
    }

    /// Health has lasted, or an operator took the matter in hand: all is forgotten but the total.
    pub(super) fn reset(&mut self) {
        self.budget.recent.clear();
        self.failures = 0;
        self.pause = None;
        self.snapshot_trust = SnapshotTrust::Refused(0);
        self.streak = Streak::from(Remedy::Resume);
    }

    /// An operator wants it put back. Who asks for that soon after another remedy has seen that it did not help, and
    /// gets a stronger one.
    pub(super) fn ask(&mut self, now: Now, rules: &RecoverySettings) {
        let soon = |&last: &Instant| now.mono.duration_since(last) < rules.reset_after;
        let (level, soon) = (self.streak.level, self.last.as_ref().is_some_and(soon));
        self.reset();
        if soon {
            self.streak.level = level;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::types::WallTime;

    const RULES: RecoverySettings = RecoverySettings {
        attempts: 3,
        window: Duration::from_secs(600),
        first_pause: Duration::from_secs(30),
        longest_pause: Duration::from_secs(100),
        reset_after: Duration::from_secs(120),
        deadline: Duration::from_secs(60),
        in_place: Some(Duration::from_secs(10)),
        cold_start: false,
    };
    const FULL: Remedy = Remedy::FullRevert;

    fn at(base: Instant, seconds: u64) -> Now {
        Now { mono: base + Duration::from_secs(seconds), wall: WallTime(0) }
    }

    #[test]
    fn the_budget_is_spent_then_the_pauses_grow_to_the_longest() {
        let base = Instant::now();
        let mut ladder = Ladder::new();
        assert_eq!(ladder.step(at(base, 0), &RULES), Step::Apply);
        ladder.begin(at(base, 0), &RULES, FULL);
        assert_eq!(ladder.step(at(base, 0), &RULES), Step::Apply);
        ladder.begin(at(base, 0), &RULES, FULL);
        assert_eq!(ladder.step(at(base, 0), &RULES), Step::ApplyAt(base + Duration::from_secs(1)));
        ladder.begin(at(base, 1), &RULES, FULL);
        for pause in [30, 60, 100, 100] {
            assert_eq!(ladder.step(at(base, 2), &RULES), Step::GiveUp(base + Duration::from_secs(2 + pause)));
        }
    }

    #[test]
    fn old_remedies_leave_the_budget() {
        let base = Instant::now();
        let mut ladder = Ladder::new();
        for second in [0, 300, 500] {
            ladder.begin(at(base, second), &RULES, FULL);
        }
        assert!(matches!(ladder.step(at(base, 600), &RULES), Step::GiveUp(_)));
        assert_eq!(ladder.step(at(base, 601), &RULES), Step::Apply);
    }

    #[test]
    fn lasting_health_forgets_all_but_the_total() {
        let base = Instant::now();
        let mut ladder = Ladder::new();
        for _ in 0..3 {
            ladder.begin(at(base, 0), &RULES, FULL);
        }
        assert!(matches!(ladder.step(at(base, 0), &RULES), Step::GiveUp(_)));
        ladder.reset();
        assert_eq!(ladder.step(at(base, 0), &RULES), Step::Apply);
        assert_eq!(ladder.total(), 3);
    }

    #[test]
    fn a_remedy_that_never_reached_the_vm_costs_nothing() {
        let base = Instant::now();
        let mut ladder = Ladder::new();
        for _ in 0..10 {
            assert_eq!(ladder.step(at(base, 0), &RULES), Step::Apply);
            ladder.begin(at(base, 0), &RULES, FULL);
            ladder.take_back(FULL);
        }
        assert_eq!(ladder.total(), 0);
    }

    #[test]
    fn a_revert_in_place_that_never_reached_the_vm_was_not_in_vain() {
        let base = Instant::now();
        let mut ladder = Ladder::new();
        for _ in 0..MAX_VAIN_IN_PLACE {
            ladder.begin(at(base, 0), &RULES, Remedy::InPlaceRevert);
            ladder.take_back(Remedy::InPlaceRevert);
            ladder.begin(at(base, 0), &RULES, FULL);
            ladder.healed();
        }
        assert!(!ladder.in_place_is_vain());
    }

    const ALL: Means = Means { resume: true, in_place: true, revert: true, jammed: false };

    /// The remedies of a streak that never helps.
    fn climb(means: Means, rules: &RecoverySettings, refused: bool) -> Vec<Remedy> {
        let base = Instant::now();
        let mut ladder = Ladder::new();
        let mut climbed = Vec::new();
        for _ in 0..7 {
            let remedy = ladder.rung(means, rules);
            ladder.begin(at(base, 0), rules, remedy);
            if refused {
                ladder.refused(remedy);
            }
            climbed.push(remedy);
        }
        climbed
    }

    #[test]
    fn each_rung_that_does_not_help_gives_way_to_the_next() {
        use Remedy::{ColdStart as Cold, DestroyRevert as Destroy, FullRevert as Full};
        use Remedy::{InPlaceRevert as InPlace, Resume};
        let cold = RecoverySettings { cold_start: true, ..RULES };
        let only_revert = Means { revert: true, ..Means::default() };
        let jammed = Means { jammed: true, ..ALL };
        let rows = [
            (ALL, RULES, false, [Resume, InPlace, Full, Destroy, Destroy, Destroy, Destroy]),
            (ALL, cold, false, [Resume, InPlace, Full, Destroy, Cold, Destroy, Cold]),
            (ALL, RULES, true, [Resume, InPlace, Full, Destroy, Cold, Destroy, Destroy]),
            (only_revert, RULES, false, [Full, Destroy, Destroy, Destroy, Destroy, Destroy, Destroy]),
            (jammed, RULES, false, [Destroy; 7]),
            (Means::default(), RULES, false, [Cold; 7]),
            (
                Means { resume: true, ..Means::default() },
                RULES,
                false,
                [Resume, Cold, Cold, Cold, Cold, Cold, Cold],
            ),
        ];
        for (means, rules, refused, expected) in rows {
            assert_eq!(climb(means, &rules, refused), expected, "{means:?}, refused: {refused}");
        }
    }

    /// The first remedy of each of five streaks in which only this one helps.
    fn streaks(helps: Remedy, forgets: bool) -> Vec<Remedy> {
        let base = Instant::now();
        let mut ladder = Ladder::new();
        let streak = |ladder: &mut Ladder| {
            let means = Means { resume: false, ..ALL };
            let first = ladder.rung(means, &RULES);
            loop {
                let remedy = ladder.rung(means, &RULES);
                ladder.begin(at(base, 0), &RULES, remedy);
                if remedy >= helps {
                    break;
                }
            }
            ladder.healed();
            first
        };
        let mut firsts = Vec::new();
        for n in 0..5 {
            if forgets && n == 4 {
                ladder.trust_in_place();
            }
            firsts.push(streak(&mut ladder));
        }
        firsts
    }

    #[test]
    fn where_reverts_in_place_never_help_the_ladder_begins_with_the_full_one() {
        use Remedy::{FullRevert as Full, InPlaceRevert as InPlace};
        assert_eq!(streaks(InPlace, false), [InPlace; 5]);
        assert_eq!(streaks(Full, false), [InPlace, InPlace, InPlace, Full, Full]);
        assert_eq!(streaks(Remedy::DestroyRevert, false), [InPlace, InPlace, InPlace, Full, Full]);
        assert_eq!(streaks(Full, true), [InPlace, InPlace, InPlace, Full, InPlace], "with a new snapshot");
    }

    #[test]
    fn what_hardly_shows_costs_no_budget() {
        let base = Instant::now();
        let mut ladder = Ladder::new();
        for _ in 0..5 {
            ladder.begin(at(base, 0), &RULES, Remedy::Resume);
            ladder.begin(at(base, 0), &RULES, Remedy::InPlaceRevert);
        }
        assert_eq!((ladder.step(at(base, 0), &RULES), ladder.total()), (Step::Apply, 10));
    }

    #[test]
    fn who_asks_again_soon_gets_a_stronger_remedy() {
        let base = Instant::now();
        let mut ladder = Ladder::new();
        let mut ask = |second| {
            ladder.ask(at(base, second), &RULES);
            let remedy = ladder.rung(Means { resume: false, ..ALL }, &RULES);
            ladder.begin(at(base, second), &RULES, remedy);
            remedy
        };
        let asked = [0, 10, 20, 139, 259].map(&mut ask);
        use Remedy::{DestroyRevert, FullRevert, InPlaceRevert};
        assert_eq!(asked, [InPlaceRevert, FullRevert, DestroyRevert, DestroyRevert, InPlaceRevert]);
    }
}
