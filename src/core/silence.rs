//! Guests that are heard no longer, all at once: what several suffer together has one cause, and that is the host's
//! (its network, a firewall, the listener), not each guest's.
//!
//! One of them is tried, since the cause may lie in the guests after all; another one only after an hour, and ever more
//! rarely. All others are let be, and shown, until one of them is heard: then the way is open again, and each is judged
//! by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::types::{Backoff, ExhibitId};

/// Beats that were on their way at different moments when the way was cut.
const SAME_MOMENT: Duration = Duration::from_secs(2);

/// After one was tried in vain, the next is tried so much later, which is longer than most who cut a network need to
/// notice; then twice as late each time.
const TRIAL_PAUSES: Backoff =
    Backoff { first: Duration::from_secs(3600), longest: Duration::from_secs(24 * 3600) };

/// A guest that is expected to be heard, and is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unheard {
    /// Whose.
    pub(super) exhibit: ExhibitId,
    /// When it was heard last, and the longest time between two of its beats; `None` where it never was since its start.
    pub(super) last: Option<(Instant, Duration)>,
}

impl Unheard {
    /// Whether both fell silent at the same moment.
    fn fell_silent_with(&self, other: &Self) -> bool {
        let (Some((last, gap)), Some((others, others_gap))) = (self.last, other.last) else { return false };
        let apart = last.max(others).duration_since(last.min(others));
        self.exhibit != other.exhibit && apart <= gap.max(others_gap) + SAME_MOMENT
    }
}

/// The guests that are unheard together.
#[derive(Clone, Debug, Default)]
pub(super) struct Silence {
    /// Those that fell silent, by themselves or not, and have not been heard since.
    fallen: BTreeMap<ExhibitId, Unheard>,
    members: BTreeSet<ExhibitId>,
    trial: Option<Trial>,
    /// Those that should be heard, and are not late by their own rhythm.
    witnesses: BTreeSet<ExhibitId>,
    /// When anybody was heard last.
    heard_at: Option<(ExhibitId, Instant)>,
}

/// The last trial of one of several.
#[derive(Clone, Copy, Debug)]
struct Trial {
    exhibit: ExhibitId,
    at: Instant,
    /// How long after it the next one may be tried.
    pause: Duration,
}

impl Silence {
    /// These are unheard now, of `expected` that should be heard. Whether that it is several is news.
    pub(super) fn look(&mut self, now: Instant, unheard: &[Unheard], expected: &BTreeSet<ExhibitId>) -> bool {
        let late = |exhibit: &ExhibitId| unheard.iter().any(|one| one.exhibit == *exhibit);
        self.witnesses = expected.iter().filter(|exhibit| !late(exhibit)).copied().collect();
        for one in unheard.iter().filter(|one| one.last.is_some()) {
            self.fallen.entry(one.exhibit).or_insert(*one);
        }
        let was_empty = self.members.is_empty();
        if self.heard_at.is_none() && expected.len() > 1 && unheard.len() == expected.len() {
            self.members.extend(unheard.iter().map(|one| one.exhibit));
        }
        let began = self.began();
        for one in unheard {
            // Whoever has not been heard since it began is part of it; beats may have been rare, or lost before.
            if let (Some((last, gap)), Some(began)) = (one.last, began)
                && last <= began + gap + SAME_MOMENT
            {
                self.members.insert(one.exhibit);
            }
            let with =
                self.fallen.values().filter(|other| one.fell_silent_with(other)).map(|other| other.exhibit);
            let with: Vec<_> = with.collect();
            if !with.is_empty() {
                self.members.insert(one.exhibit);
                self.members.extend(with);
            }
        }
        // One that fell silent, and of which nothing is known any more, has been put back already.
        if self.trial.is_none() {
            let known =
                |member: &ExhibitId| unheard.iter().any(|one| one.exhibit == *member && one.last.is_some());
            let treated = |member: &&ExhibitId| self.fallen.contains_key(member) && !known(member);
            let treated = self.members.iter().find(treated).copied();
            self.trial = treated.map(|exhibit| Trial { exhibit, at: now, pause: TRIAL_PAUSES.first });
        }
        was_empty && !self.members.is_empty()
    }

    /// When the last of several was heard for the last time; `None` while there is no such silence.
    fn began(&self) -> Option<Instant> {
        let last = |member: &ExhibitId| self.fallen.get(member)?.last;
        self.members.iter().filter_map(last).map(|(last, _)| last).max()
    }

    /// Whether this one is unheard together with others.
    pub(super) fn concerns(&self, exhibit: ExhibitId) -> bool {
        self.members.contains(&exhibit)
    }

    /// Whether a remedy may be tried now on one of several. Then it is.
    pub(super) fn may_try(&mut self, now: Instant, exhibit: ExhibitId) -> bool {
        let pause = match self.trial {
            None => TRIAL_PAUSES.first,
            Some(last) if last.at + last.pause <= now && last.exhibit != exhibit => {
                TRIAL_PAUSES.next(last.pause)
            }
            Some(_) => return false,
        };
        self.trial = Some(Trial { exhibit, at: now, pause });
        true
    }

    /// Whether it will be known only soon if this one is unheard by itself: nobody has been heard since it fell silent,
    /// and somebody's next beat is not late yet.
    pub(super) fn is_undecided(&self, exhibit: ExhibitId) -> bool {
        let Some((last, _)) = self.fallen.get(&exhibit).and_then(|one| one.last) else { return false };
        let heard_since = self.heard_at.is_some_and(|(_, at)| at > last);
        !heard_since && self.witnesses.iter().any(|witness| *witness != exhibit)
    }

    /// One is heard: the way is open. Those that are to be judged by themselves from now on, if it was one of several.
    pub(super) fn heard(&mut self, now: Instant, exhibit: ExhibitId) -> BTreeSet<ExhibitId> {
        self.heard_at = Some((exhibit, now));
        self.fallen.remove(&exhibit);
        if !self.concerns(exhibit) {
            return BTreeSet::new();
        }
        self.fallen.clear();
        self.trial = None;
        std::mem::take(&mut self.members)
    }

    /// Some exhibits have gone.
    pub(super) fn retain(&mut self, is_there: impl Fn(ExhibitId) -> bool) {
        self.fallen.retain(|exhibit, _| is_there(*exhibit));
        self.members.retain(|exhibit| is_there(*exhibit));
        if self.members.len() < 2 {
            self.members.clear();
            self.trial = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ExhibitId = ExhibitId(1);
    const B: ExhibitId = ExhibitId(2);
    const C: ExhibitId = ExhibitId(3);
    const SECOND: Duration = Duration::from_secs(1);

    fn these(exhibits: &[ExhibitId]) -> BTreeSet<ExhibitId> {
        exhibits.iter().copied().collect()
    }

    fn at(base: Instant, exhibit: ExhibitId, seconds: u32) -> Unheard {
        Unheard { exhibit, last: Some((base + seconds * SECOND, SECOND)) }
    }

    #[test]
    fn who_falls_silent_at_the_same_moment_is_one_case() {
        let base = Instant::now();
        for (a, b, together) in [(10, 10, true), (10, 13, true), (10, 14, false), (13, 10, true)] {
            let mut silence = Silence::default();
            silence.heard(base, A);
            assert_eq!(
                silence.look(base, &[at(base, A, a), at(base, B, b)], &these(&[A, B, C])),
                together,
                "{a} {b}"
            );
            assert_eq!((silence.concerns(A), silence.concerns(B)), (together, together));
        }
    }

    #[test]
    fn one_is_tried_once_and_the_first_that_is_heard_ends_it() {
        let base = Instant::now();
        let mut silence = Silence::default();
        silence.heard(base, C);
        assert!(silence.look(base, &[at(base, A, 10), at(base, B, 11)], &these(&[A, B, C])));
        assert!(
            !silence.look(base, &[at(base, A, 10), at(base, B, 11)], &these(&[A, B, C])),
            "it is told once"
        );
        assert_eq!([A, B, A].map(|one| silence.may_try(base, one)), [true, false, false]);
        let hours = [1, 2, 3, 4, 7, 8];
        let later = |hour: u32| base + hour * 3600 * SECOND;
        let tried = hours.map(|hour| (silence.may_try(later(hour), A), silence.may_try(later(hour), B)));
        let expected =
            [(false, true), (false, false), (true, false), (false, false), (false, true), (false, false)];
        assert_eq!(tried, expected, "the next one ever more rarely");
        assert!(silence.heard(base, C).is_empty(), "others were heard all the time");
        assert_eq!(silence.heard(base, B), [A, B].into());
        assert!(!silence.concerns(A));
        assert!(
            !silence.look(base, &[at(base, A, 10)], &these(&[A, B, C])),
            "what is left is judged by itself"
        );
    }

    #[test]
    fn one_whose_beats_are_rare_joins_the_one_that_is_being_put_back() {
        let base = Instant::now();
        let mut silence = Silence::default();
        silence.heard(base, A);
        assert!(!silence.look(base, &[at(base, A, 10)], &these(&[A, B])));
        // A is put back now, and is not waited for.
        assert!(silence.look(base, &[at(base, B, 11)], &these(&[B])));
        assert!(silence.concerns(A) && silence.concerns(B));
        assert!(!silence.may_try(base, B), "A is");
    }

    #[test]
    fn who_has_not_been_heard_since_it_began_belongs_to_it() {
        let base = Instant::now();
        let all = these(&[A, B, C]);
        let both = [at(base, A, 100), at(base, B, 101)];
        for (last, joins) in [(20, true), (101, true), (104, true), (105, false)] {
            let mut silence = Silence::default();
            silence.heard(base, A);
            assert!(silence.look(base, &both, &all));
            assert!(!silence.look(base, &[both[0], both[1], at(base, C, last)], &all), "it is told already");
            assert_eq!(silence.concerns(C), joins, "{last}");
        }
    }

    #[test]
    fn whether_one_is_alone_is_known_once_another_has_spoken_or_is_late() {
        let base = Instant::now();
        let all = these(&[A, B]);
        let mut silence = Silence::default();
        silence.heard(base + 9 * SECOND, B);
        silence.look(base, &[at(base, A, 10)], &all);
        assert!(silence.is_undecided(A));
        silence.look(base, &[at(base, A, 10), at(base, B, 9)], &all);
        assert!(!silence.is_undecided(A) && silence.concerns(A), "both are late");
        let mut silence = Silence::default();
        silence.look(base, &[at(base, A, 10)], &all);
        silence.heard(base + 11 * SECOND, B);
        assert!(!silence.is_undecided(A), "B has spoken since");
        let mut silence = Silence::default();
        silence.look(base, &[at(base, A, 10)], &these(&[A]));
        assert!(!silence.is_undecided(A), "there is nobody else");
    }

    #[test]
    fn where_nobody_was_ever_heard_nobody_is_to_blame() {
        let base = Instant::now();
        let never = |exhibit| Unheard { exhibit, last: None };
        let mut silence = Silence::default();
        assert!(!silence.look(base, &[never(A)], &these(&[A])), "one by itself");
        assert!(
            !silence.look(base, &[never(A)], &these(&[A, B])),
            "the other one has been heard, or its time has not come"
        );
        assert!(silence.look(base, &[never(A), never(B)], &these(&[A, B])));
        assert!(silence.may_try(base, A));
        let mut silence = Silence::default();
        silence.heard(base, C);
        assert!(!silence.look(base, &[never(A), never(B)], &these(&[A, B])), "the way was open once");
    }

    #[test]
    fn one_that_is_left_is_no_case() {
        let base = Instant::now();
        let mut silence = Silence::default();
        silence.look(base, &[at(base, A, 10), at(base, B, 10), at(base, C, 10)], &these(&[A, B, C]));
        silence.retain(|exhibit| exhibit != C);
        assert!(silence.concerns(A));
        silence.retain(|exhibit| exhibit != B);
        assert!(!silence.concerns(A));
    }
}
