//! Time: ticks that wrap, the calendar, and whether a snapshot was restored.

/// Milliseconds since some moment, that never wrap.
pub type Millis = u64;

/// Makes of a 32-bit counter of milliseconds, which begins anew after 49.7 days, one that does not. Asked at least once
/// in 24 days.
#[derive(Clone, Copy, Debug)]
pub struct Ticks {
    last: u32,
    wide: Millis,
}

impl Ticks {
    /// Counts from what the counter says now.
    #[must_use]
    pub const fn new(counter: u32) -> Self {
        Self { last: counter, wide: counter as Millis }
    }

    /// The time now. A counter that has gone back a little, as some do when a processor's clock is corrected, stands
    /// still for as long.
    pub fn now(&mut self, counter: u32) -> Millis {
        let step = counter.wrapping_sub(self.last);
        if step < 1 << 31 {
            self.last = counter;
            self.wide += Millis::from(step);
        }
        self.wide
    }

    /// When the counter said that, which it did not long ago: within 49.7 days before the last [`Self::now`].
    #[must_use]
    pub fn past(&self, counter: u32) -> Millis {
        let ago = self.last.wrapping_sub(counter);
        // What claims to be of the future is of now.
        if ago < 1 << 31 {
            self.wide.saturating_sub(Millis::from(ago))
        } else {
            self.wide
        }
    }
}

/// Whole seconds. Divides without a 64-bit division, which old processors' compilers would call a library for. Good up to 2106.
#[must_use]
pub fn seconds(millis: Millis) -> u32 {
    // 1000 is 8 times 125, so that what is divided has 40 bits: a high part of seconds times 2^13, and the rest.
    let eighths = millis >> 3;
    let high = (eighths >> 16) as u32;
    let low = (eighths & 0xffff) as u32;
    let (quotient, rest) = (high / 125, high % 125);
    (quotient << 16) + (rest << 16 | low) / 125
}

/// How much longer the host's time has gone on than the guest's, where a snapshot was restored meanwhile: more than
/// calls and rounding make of it, in seconds.
const RESTORE_GAP: u32 = 5;

/// Finds out whether a snapshot was restored under the kit, which knows nothing of it: its memory is the snapshot's.
/// But the host's time has gone on while the guest's stood still.
#[derive(Clone, Copy, Debug, Default)]
pub struct Restores {
    /// By how much the host's clock is ahead of the guest's ticks.
    ahead: Option<u32>,
}

impl Restores {
    /// Nothing heard from the host yet.
    pub const NONE: Self = Self { ahead: None };

    /// The host says what time it has, in seconds since 1970; `now` is the guest's, since some moment. True where a snapshot was restored since it last did.
    /// A host whose clock was set forward looks the same, which does no harm.
    #[inline(never)]
    pub fn heard(&mut self, now: u32, host: u32) -> bool {
        let ahead = host.saturating_sub(now);
        let restored = matches!(self.ahead, Some(before) if ahead > before + RESTORE_GAP);
        self.ahead = Some(ahead);
        restored
    }
}

/// A moment of the calendar, in UTC, as Windows' SYSTEMTIME has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// 1970 to 2106.
    pub year: u16,
    /// 1 to 12.
    pub month: u16,
    /// 1 to 31.
    pub day: u16,
    /// 0 to 23.
    pub hour: u16,
    /// 0 to 59.
    pub minute: u16,
    /// 0 to 59.
    pub second: u16,
}

const DAY: u32 = 86_400;

impl Civil {
    /// Of seconds since 1970.
    #[must_use]
    #[inline(never)]
    pub fn of_unix(unix: u32) -> Self {
        let (mut days, rest) = (unix / DAY, unix % DAY);
        let mut year = 1970_u16;
        while days >= days_of_year(year) {
            days -= days_of_year(year);
            year += 1;
        }
        let mut month = 1_u16;
        while days >= days_of_month(year, month) {
            days -= days_of_month(year, month);
            month += 1;
        }
        Self {
            year,
            month,
            day: days as u16 + 1,
            hour: (rest / 3600) as u16,
            minute: (rest / 60 % 60) as u16,
            second: (rest % 60) as u16,
        }
    }

    /// As seconds since 1970; 0 for what lies before, and at most what a `u32` holds.
    #[must_use]
    #[inline(never)]
    pub fn unix(&self) -> u32 {
        let years: u32 = (1970..self.year.min(2107)).map(days_of_year).sum();
        let months: u32 = (1..self.month.min(13)).map(|month| days_of_month(self.year, month)).sum();
        if self.year < 1970 {
            return 0;
        }
        let days = years + months + u32::from(self.day.saturating_sub(1));
        let seconds = u32::from(self.hour) * 3600 + u32::from(self.minute) * 60 + u32::from(self.second);
        days.saturating_mul(DAY).saturating_add(seconds)
    }
}

fn is_leap(year: u16) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_year(year: u16) -> u32 {
    if is_leap(year) {
        366
    } else {
        365
    }
}

fn days_of_month(year: u16, month: u16) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_go_on_where_the_counter_wraps() {
        let mut ticks = Ticks::new(u32::MAX - 500);
        let begun = ticks.now(u32::MAX - 500);
        assert_eq!(ticks.now(u32::MAX) - begun, 500);
        assert_eq!(ticks.now(499) - begun, 1000);
        assert_eq!(ticks.past(u32::MAX - 500), begun);
        assert_eq!(ticks.past(400), begun + 901);
    }

    #[test]
    fn a_counter_that_goes_back_stands_still() {
        let mut ticks = Ticks::new(1000);
        assert_eq!(ticks.now(990), 1000);
        assert_eq!(ticks.now(1001), 1001);
        assert_eq!(ticks.past(2000), 1001, "an input of the future is of now");
    }

    #[test]
    fn a_restored_snapshot_is_noticed() {
        let mut restores = Restores::NONE;
        assert!(!restores.heard(1, 1_795_412_711), "nothing to compare with");
        assert!(!restores.heard(2, 1_795_412_714), "a slow call");
        let mut snapshot = restores;
        assert!(!restores.heard(302, 1_795_413_012));
        assert!(snapshot.heard(3, 1_795_413_013), "the snapshot's memory, five minutes later");
        assert!(!snapshot.heard(4, 1_795_413_014), "and only once");
        assert!(!snapshot.heard(5, 1_795_409_400), "the host's clock was set back");
        assert!(!snapshot.heard(6, 1_795_409_401));
    }

    #[test]
    fn known_days() {
        let rows = [
            (0, (1970, 1, 1, 0, 0, 0)),
            (951_827_696, (2000, 2, 29, 12, 34, 56)),
            (1_795_412_711, (2026, 11, 23, 5, 45, 11)),
            (u32::MAX, (2106, 2, 7, 6, 28, 15)),
        ];
        for (unix, (year, month, day, hour, minute, second)) in rows {
            let civil = Civil { year, month, day, hour, minute, second };
            assert_eq!(Civil::of_unix(unix), civil);
            assert_eq!(civil.unix(), unix);
        }
    }

    proptest! {
        #[test]
        fn the_calendar_goes_there_and_back(unix: u32) {
            prop_assert_eq!(Civil::of_unix(unix).unix(), unix);
        }

        #[test]
        fn seconds_of_milliseconds(millis in 0_u64..(1 << 32) * 1000) {
            prop_assert_eq!(u64::from(seconds(millis)), millis / 1000);
        }

        #[test]
        fn no_calendar_is_too_odd(year: u16, month: u16, day: u16, hour: u16, minute: u16, second: u16) {
            let _ = Civil { year, month, day, hour, minute, second }.unix();
        }

        #[test]
        fn ticks_add_up(start: u32, steps in prop::collection::vec(0_u32..1 << 31, 0..50)) {
            let mut ticks = Ticks::new(start);
            let begun = ticks.now(start);
            let (mut counter, mut all) = (start, 0_u64);
            for step in steps {
                counter = counter.wrapping_add(step);
                all += u64::from(step);
                prop_assert_eq!(ticks.now(counter), begun + all);
                prop_assert_eq!(ticks.past(counter), begun + all);
            }
        }
    }
}
