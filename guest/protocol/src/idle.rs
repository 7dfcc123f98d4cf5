//! Idleness: told to the host once for each spell, and only where somebody had touched the artwork before it.

use crate::time::Millis;

/// For how long after a restored snapshot input does not count, in milliseconds: the viewer connects anew, and tells the
/// guest where its pointer is.
const SETTLE: Millis = 10_000;

/// How long nobody has touched anything, and whether the host is to be told.
///
/// Input from before the restored snapshot does not count: it is in the snapshot's memory, and would have an empty
/// museum put its artwork back all night.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// Input up to this moment does not count.
    since: Millis,
    last_input: Millis,
    /// For which input the host was told already.
    told: Option<Millis>,
}

impl Idle {
    /// Nobody has touched anything yet.
    #[must_use]
    pub const fn new(now: Millis) -> Self {
        Self { since: now, last_input: now, told: None }
    }

    /// Somebody touched something, then.
    pub fn input(&mut self, then: Millis) {
        self.last_input = self.last_input.max(then);
    }

    /// A snapshot was restored: what was touched before is of no account.
    pub fn restored(&mut self, now: Millis) {
        self.since = now + SETTLE;
        self.told = None;
    }

    /// How long nobody has touched anything.
    #[must_use]
    pub fn lasted(&self, now: Millis) -> Millis {
        now.saturating_sub(self.last_input)
    }

    /// Whether somebody has touched something since the artwork was put back.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.last_input > self.since
    }

    /// Whether the host is to be told that nobody has touched anything for `after` milliseconds; 0 is never.
    #[must_use]
    pub fn is_due(&self, now: Millis, after: u32) -> bool {
        after > 0
            && self.is_used()
            && self.told != Some(self.last_input)
            && self.lasted(now) >= Millis::from(after)
    }

    /// The host was told.
    pub fn told(&mut self) {
        self.told = Some(self.last_input);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;

    const AFTER: u32 = 300_000;

    #[test]
    fn an_empty_museum_is_left_alone() {
        let idle = Idle::new(1_000);
        assert!(!idle.is_due(1_000_000_000, AFTER));
    }

    #[test]
    fn once_for_each_spell() {
        let mut idle = Idle::new(0);
        idle.input(10_000);
        assert!(!idle.is_due(309_999, AFTER));
        assert!(idle.is_due(310_000, AFTER));
        assert!(!idle.is_due(310_000, 0), "switched off");
        idle.told();
        assert!(!idle.is_due(900_000, AFTER), "told already");
        idle.input(1_000_000);
        assert!(!idle.is_due(1_299_999, AFTER));
        assert!(idle.is_due(1_300_000, AFTER), "a new spell");
    }

    #[test]
    fn input_in_the_snapshot_does_not_count() {
        let mut idle = Idle::new(0);
        idle.input(10_000);
        idle.restored(20_000);
        assert!(!idle.is_due(1_000_000, AFTER));
        idle.input(9_000);
        assert!(!idle.is_used(), "older than the last");
        idle.input(29_000);
        assert!(!idle.is_used(), "the viewer connects");
        idle.input(31_000);
        assert!(idle.is_due(331_000, AFTER));
    }

    proptest! {
        /// Whatever happens: not without input since the last restore, and once for each input at most.
        #[test]
        fn never_more_tellings_than_spells(steps in prop::collection::vec((0_u8..8, 0_u64..400_000), 0..200)) {
            let mut idle = Idle::new(0);
            let (mut now, mut spells, mut tellings, mut touched) = (0, 0, 0, false);
            for (what, passed) in steps {
                now += passed;
                match what {
                    0 => { idle.input(now); if passed > 0 { spells += 1; touched = true; } }
                    1 => { idle.restored(now); touched = false; }
                    _ => if idle.is_due(now, AFTER) {
                        prop_assert!(touched);
                        tellings += 1;
                        idle.told();
                    }
                }
                prop_assert!(tellings <= spells);
            }
        }
    }
}
