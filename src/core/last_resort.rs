//! The last two rungs of the ladder, which are the site's: libvirt's unit is restarted, and the computer. Each only
//! where the configuration allows it, and after nothing else has helped for so long as it says.
//!
//! Libvirt's restart leaves the VMs and what is seen of them alone, so that one exhibit in need is enough for it. A
//! restart of the computer touches every artwork: it comes only where none is well, and none is on hold.

use std::time::{Duration, Instant};

use super::effect::Effect;
use super::incident::Notice;
use super::status::LastResortStatus;
use super::types::{Bus, LastResortSettings, Now};

/// A trouble that was away for less than this has never been away.
const PASSED: Duration = Duration::from_secs(30);
/// When a trouble was away for so long, its next coming is a new one, with no history.
const LASTING: Duration = Duration::from_secs(600);
/// The longest time between two restarts of libvirt.
const LONGEST_UNIT: Duration = Duration::from_secs(3600);
/// The longest time between two restarts of the computer.
const LONGEST_REBOOT: Duration = Duration::from_secs(24 * 3600);

/// How the site is, as far as this matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Need {
    /// What libvirt's restart may mend, in words for people; empty where all is well.
    pub(super) why: String,
    /// No artwork is well, and none is in somebody's hands.
    pub(super) nothing_to_lose: bool,
}

/// Watches over the site's worst troubles.
#[derive(Debug, Default)]
pub(super) struct LastResort {
    settings: LastResortSettings,
    why: String,
    /// What libvirt runs by is known.
    has_unit: bool,
    /// libvirt's restart.
    unit: Rung,
    /// The computer's.
    reboot: Rung,
}

/// One of the two, and the trouble that it is for.
#[derive(Debug, Default)]
struct Rung {
    /// Since when the trouble is there.
    since: Option<Instant>,
    /// Since when it is away.
    away: Option<Instant>,
    /// How often this was done against it.
    done: u32,
    /// When it was done last.
    last: Option<Instant>,
}

impl Rung {
    fn see(&mut self, now: Instant, there: bool) {
        let away = self.away.map_or(Duration::ZERO, |from| now.duration_since(from));
        if away >= LASTING {
            self.done = 0;
            self.last = None;
        }
        if !there {
            self.away.get_or_insert(now);
            if self.away.is_some_and(|from| now.duration_since(from) >= PASSED) {
                self.since = None;
            }
        } else {
            if away >= PASSED {
                self.since = None;
            }
            self.away = None;
            self.since.get_or_insert(now);
        }
    }

    /// When it is to be done, where that is wished `after` so long.
    fn due(&self, after: Option<Duration>, longest: Duration) -> Option<Instant> {
        let (since, after) = (self.since.filter(|_| self.away.is_none())?, after?);
        let pause = after.saturating_mul(2u32.saturating_pow(self.done)).min(longest.max(after));
        Some(self.last.map_or(since, |last| last.max(since)) + pause)
    }

    fn begin(&mut self, now: Instant) {
        self.done = self.done.saturating_add(1);
        self.last = Some(now);
    }
}

impl LastResort {
    /// What the configuration allows from now on.
    pub(super) fn allow(&mut self, settings: LastResortSettings) {
        self.settings = settings;
    }

    /// The computer was restarted so often already against a trouble that may not be over.
    pub(super) fn restore(&mut self, reboots: u32) {
        self.reboot.done = reboots;
    }

    /// How often the computer was restarted against a trouble that may not be over.
    pub(super) fn reboots(&self) -> u32 {
        self.reboot.done
    }

    /// What comes, and when.
    pub(super) fn status(&self, now: Now) -> Option<LastResortStatus> {
        let left = |due: Option<Instant>| due.map(|due| due.saturating_duration_since(now.mono));
        let (restart_libvirt_in, reboot_in) = (left(self.unit_due()), left(self.reboot_due()));
        restart_libvirt_in.or(reboot_in)?;
        Some(LastResortStatus { why: self.why.clone(), restart_libvirt_in, reboot_in })
    }

    /// The earliest moment at which [`LastResort::see`] does something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        // A history is forgotten when its time has come, so that it is not kept for the next daemon.
        let forget = self.reboot.away.filter(|_| self.reboot.done > 0).map(|away| away + LASTING);
        [self.unit_due(), self.reboot_due(), forget].into_iter().flatten().min()
    }

    fn unit_due(&self) -> Option<Instant> {
        self.unit.due(self.settings.restart_libvirt, LONGEST_UNIT).filter(|_| self.has_unit)
    }

    fn reboot_due(&self) -> Option<Instant> {
        self.reboot.due(self.settings.reboot, LONGEST_REBOOT)
    }

    /// How the site is now. Does what is due; `unit` is what libvirt runs by, where that is known.
    pub(super) fn see(&mut self, now: Now, need: Need, unit: Option<&str>, effects: &mut Vec<Effect>) {
        let there = !need.why.is_empty();
        self.has_unit = unit.is_some();
        self.unit.see(now.mono, there);
        self.reboot.see(now.mono, there && need.nothing_to_lose);
        if there {
            self.why = need.why;
        }
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now.mono);
        if due(self.reboot_due()) {
            self.reboot.begin(now.mono);
            effects
                .push(Effect::Notice { exhibit: None, notice: Notice::Rebooting { why: self.why.clone() } });
            effects.push(Effect::Reboot);
        } else if due(self.unit_due())
            && let Some(unit) = unit
        {
            self.unit.begin(now.mono);
            let notice = Notice::RestartingLibvirt { unit: unit.to_owned(), why: self.why.clone() };
            effects.push(Effect::Notice { exhibit: None, notice });
            effects.push(Effect::RestartUnit { bus: Bus::System, name: unit.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::WallTime;
    use super::*;

    const MINUTE: u64 = 60;

    /// What is done at which second, while the trouble is there as `there` tells for each second.
    fn play(
        seconds: u64,
        there: impl Fn(u64) -> (bool, bool),
        allowed: LastResortSettings,
    ) -> Vec<(u64, &'static str)> {
        let begin = Instant::now();
        let mut resort = LastResort::default();
        resort.allow(allowed);
        let mut done = Vec::new();
        for second in 0..seconds {
            let now = Now { mono: begin + Duration::from_secs(second), local: WallTime(0) };
            let (trouble, nothing_to_lose) = there(second);
            let why = if trouble { "libvirt is away".to_owned() } else { String::new() };
            let mut effects = Vec::new();
            resort.see(now, Need { why, nothing_to_lose }, Some("libvirtd.service"), &mut effects);
            for effect in effects {
                match effect {
                    Effect::Reboot => done.push((second, "reboot")),
                    Effect::RestartUnit { .. } => done.push((second, "unit")),
                    _ => {}
                }
            }
        }
        done
    }

    fn minutes(restart_libvirt: Option<u64>, reboot: Option<u64>) -> LastResortSettings {
        let time = |minutes: Option<u64>| minutes.map(|minutes| Duration::from_secs(minutes * MINUTE));
        LastResortSettings { restart_libvirt: time(restart_libvirt), reboot: time(reboot) }
    }

    #[test]
    fn nothing_is_done_that_is_not_allowed() {
        assert_eq!(play(100_000, |_| (true, true), minutes(None, None)), []);
    }

    #[test]
    fn libvirt_is_restarted_after_growing_pauses_up_to_an_hour() {
        let done = play(250 * MINUTE, |_| (true, false), minutes(Some(2), None));
        let at = [2, 6, 14, 30, 62, 122, 182, 242].map(|minute| (minute * MINUTE, "unit"));
        assert_eq!(done, at);
    }

    #[test]
    fn the_computer_is_restarted_only_where_nothing_is_lost() {
        assert_eq!(play(1000 * MINUTE, |_| (true, false), minutes(None, Some(30))), []);
        let since = |second| (true, second >= 10 * MINUTE);
        let done = play(200 * MINUTE, since, minutes(Some(20), Some(30)));
        // Were it refused, it would be tried again.
        let unit = |minute| (minute * MINUTE, "unit");
        let reboot = |minute| (minute * MINUTE, "reboot");
        assert_eq!(done, [unit(20), reboot(40), unit(60), reboot(100), unit(120), unit(180)]);
    }

    #[test]
    fn a_trouble_that_comes_and_goes_is_one_and_a_short_one_is_none() {
        let blinks = |second: u64| (second % 20 < 10, false);
        assert_eq!(play(3 * MINUTE, blinks, minutes(Some(2), None)), [(2 * MINUTE, "unit")]);
        let short = |second: u64| (second % 180 < 100, false);
        assert_eq!(play(100 * MINUTE, short, minutes(Some(2), None)), []);
    }

    #[test]
    fn what_was_over_for_long_has_no_history() {
        let twice =
            |gap: u64| move |second: u64| (!(7 * MINUTE..(7 + gap) * MINUTE).contains(&second), false);
        let unit = |minute| (minute * MINUTE, "unit");
        let done = play(14 * MINUTE, twice(3), minutes(Some(2), None));
        assert_eq!(done, [unit(2), unit(6)], "the third comes eight minutes into the second trouble");
        let done = play(20 * MINUTE, twice(10), minutes(Some(2), None));
        assert_eq!(done, [unit(2), unit(6), unit(19)]);
    }

    #[test]
    fn a_next_daemon_waits_twice_as_long_before_it_restarts_the_computer_again() {
        let begin = Instant::now();
        let mut resort = LastResort::default();
        resort.allow(minutes(None, Some(30)));
        resort.restore(2);
        let mut see = |minute: u64, trouble: bool| {
            let now = Now { mono: begin + Duration::from_secs(minute * MINUTE), local: WallTime(0) };
            let why = if trouble { "none is well".to_owned() } else { String::new() };
            resort.see(now, Need { why, nothing_to_lose: true }, None, &mut Vec::new());
            let reboot_in = resort.status(now).and_then(|status| status.reboot_in);
            (reboot_in.map(|left| left.as_secs() / MINUTE), resort.reboots())
        };
        assert_eq!(see(0, true), (Some(120), 2));
        assert_eq!(see(5, false), (None, 2));
        assert_eq!(see(14, false), (None, 2));
        assert_eq!(see(15, false), (None, 0));
        assert_eq!(see(16, true), (Some(30), 0));
        assert_eq!(see(46, true), (Some(60), 1));
    }
}
