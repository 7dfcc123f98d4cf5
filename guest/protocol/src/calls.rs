//! Which call is made next: one at a time, and whichever has waited longest.

use crate::time::Millis;

/// A call to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// The artwork lives.
    Beat,
    /// Put everything back.
    Revert,
    /// Nobody uses the artwork.
    Idle,
    /// Is the button pressed?
    Button,
    /// The guest has booted, or the kit was started otherwise.
    Boot,
    /// The guest ends. Made at once, when the system says so.
    Shutdown,
}

/// After how long a call is made again that the host did not answer, in milliseconds.
const RETRY: Millis = 5_000;

/// After how long a call is made again that the host refused or does not know, in milliseconds.
const REFUSED_RETRY: Millis = 60_000;

/// How often the host is asked again to put everything back, in milliseconds.
const REVERT_AGAIN: Millis = 30_000;

/// For how long it is tried to tell that the guest has booted, in milliseconds.
const BOOT_WITHIN: Millis = 300_000;

/// What there is to be said.
#[derive(Clone, Copy, Debug)]
pub struct Wants {
    /// The artwork lives.
    pub beat: bool,
    /// It has failed for good.
    pub revert: bool,
    /// Nobody uses it.
    pub idle: bool,
    /// The button is asked for.
    pub button: bool,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The host has done as it was told.
    Taken,
    /// The host answered something else.
    Refused,
    /// It did not answer.
    Unheard,
}

/// When each call may be made.
#[derive(Clone, Copy, Debug)]
pub struct Calls {
    beat: Millis,
    revert: Millis,
    idle: Millis,
    button: Millis,
    boot: Option<Millis>,
    boot_until: Millis,
}

impl Calls {
    /// From now on.
    #[must_use]
    pub const fn new(now: Millis) -> Self {
        let boot = Some(now);
        Self { beat: now, revert: now, idle: now, button: now, boot, boot_until: now + BOOT_WITHIN }
    }

    /// The call that is due, if one is.
    #[must_use]
    #[inline(never)]
    pub fn next(&self, now: Millis, wants: Wants) -> Option<Call> {
        let boot = self.boot.filter(|_| now < self.boot_until);
        let all = [
            (wants.beat.then_some(self.beat), Call::Beat),
            (wants.revert.then_some(self.revert), Call::Revert),
            (wants.idle.then_some(self.idle), Call::Idle),
            (boot, Call::Boot),
            (wants.button.then_some(self.button), Call::Button),
        ];
        let due = all.iter().filter_map(|(due, call)| due.filter(|due| *due <= now).map(|due| (due, *call)));
        // Of those that wait equally long, the first.
        due.reduce(|first, other| if other.0 < first.0 { other } else { first }).map(|(_, call)| call)
    }

    /// A call is made now; if it is one of those that are made again and again, every so many milliseconds.
    #[inline(never)]
    pub fn begun(&mut self, now: Millis, call: Call, interval: u32) {
        let next = now + Millis::from(interval);
        match call {
            Call::Beat => self.beat = next,
            Call::Button => self.button = next,
            Call::Revert => self.revert = now + REVERT_AGAIN,
            Call::Idle => self.idle = now + RETRY,
            Call::Boot => self.boot = Some(now + RETRY),
            Call::Shutdown => {}
        }
    }

    /// It has ended so.
    #[inline(never)]
    pub fn ended(&mut self, now: Millis, call: Call, end: End) {
        match (call, end) {
            (Call::Boot, End::Taken | End::Refused) => self.boot = None,
            (Call::Revert, End::Unheard) => self.revert = now + RETRY,
            (Call::Button, End::Refused) => self.button = now + REFUSED_RETRY,
            (Call::Button, End::Unheard) => self.button = now + RETRY,
            // A beat is due when it is due; nobody is asked twice for what was answered.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;

    const ALL: Wants = Wants { beat: true, revert: true, idle: true, button: true };
    const BEATS: Wants = Wants { beat: true, revert: false, idle: false, button: false };

    #[test]
    fn in_turn() {
        let mut calls = Calls::new(0);
        let mut order = std::vec::Vec::new();
        for now in 0..6 {
            let call = calls.next(now, ALL);
            order.push(call);
            if let Some(call) = call {
                calls.begun(now, call, 1_000);
                calls.ended(now, call, End::Taken);
            }
        }
        let expected = [Call::Beat, Call::Revert, Call::Idle, Call::Boot, Call::Button].map(Some);
        assert_eq!(order[..5], expected);
        assert_eq!(order[5], None);
        assert_eq!(calls.next(1_000, ALL), Some(Call::Beat));
    }

    #[test]
    fn a_boot_is_told_once_or_not_at_all() {
        let mut calls = Calls::new(0);
        calls.begun(0, Call::Beat, 1_000_000);
        calls.begun(0, Call::Boot, 0);
        calls.ended(2_000, Call::Boot, End::Unheard);
        assert_eq!(calls.next(4_999, BEATS), None);
        assert_eq!(calls.next(5_000, BEATS), Some(Call::Boot));
        assert_eq!(calls.next(BOOT_WITHIN, BEATS), None, "nobody wants to know any more");
        calls.ended(6_000, Call::Boot, End::Refused);
        assert_eq!(calls.next(200_000, BEATS), None);
    }

    #[test]
    fn a_host_that_refuses_is_not_pestered() {
        let mut calls = Calls::new(0);
        for (end, next) in [(End::Taken, 500), (End::Refused, 60_000), (End::Unheard, 5_000)] {
            calls.begun(0, Call::Button, 500);
            calls.ended(0, Call::Button, end);
            assert_eq!(calls.button, next);
        }
    }

    proptest! {
        /// However long calls take, every one of them has its turn, and none is made more often than it may be.
        #[test]
        fn none_starves(took in prop::collection::vec(1_u64..2_500, 100..200)) {
            let mut calls = Calls::new(0);
            let mut now = 0;
            let mut last = std::collections::HashMap::new();
            for took in took {
                let Some(call) = calls.next(now, ALL) else { now += 50; continue };
                if call == Call::Beat || call == Call::Button {
                    if let Some(before) = last.insert(std::format!("{call:?}"), now) {
                        prop_assert!((1_000..15_000).contains(&(now - before)), "{call:?} after {}", now - before);
                    }
                }
                calls.begun(now, call, 1_000);
                now += took;
                calls.ended(now, call, End::Taken);
            }
            prop_assert_eq!(last.len(), 2);
        }
    }
}
