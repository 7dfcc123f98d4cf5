//! The last two rungs of the ladder, which are the site's: libvirt's unit is restarted, and the computer. Each only
//! where the configuration allows it, and after nothing else has helped for so long as it says.
//!
//! Libvirt's restart leaves the VMs and what is seen of them alone, so that one exhibit in need is enough for it. A
//! restart of the computer touches every artwork: it comes only where none is well, and none is on hold.

use std::time::{Duration, Instant};

use super::effect::Effect;
use super::incident::Notice;
use super::status::LastResortStatus;
use super::types::{Backoff, Bus, LastResortSettings, Now, Trouble};

/// A trouble that was away for less than this has never been away.
const PASSED: Duration = Duration::from_secs(30);
/// The longest time between two restarts of libvirt.
const LONGEST_UNIT: Duration = Duration::from_secs(3600);
/// The longest time between two restarts of the computer.
const LONGEST_REBOOT: Duration = Duration::from_secs(24 * 3600);

/// How the site is, as far as this matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Need {
    /// What is wrong; `None` where all is well.
    pub(super) why: Option<Trouble>,
    /// No artwork is well, and none is in somebody's hands.
    pub(super) nothing_to_lose: bool,
    /// libvirt is at work on some VM, which its restart would cut off.
    pub(super) libvirt_at_work: bool,
}

/// Watches over the site's worst troubles.
#[derive(Debug, Default)]
pub(super) struct LastResort {
    settings: LastResortSettings,
    why: Option<Trouble>,
    /// What libvirt runs by is known, and it may be restarted now.
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
    /// When it was done last, or allowed at first.
    last: Option<Instant>,
}

impl Rung {
    fn see(&mut self, now: Instant, there: bool) {
        let away = self.away.map_or(Duration::ZERO, |from| now.duration_since(from));
        if away >= Trouble::FORGOTTEN_AFTER {
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
        let pause = Backoff { first: after, longest: longest.max(after) }.after(self.done);
        Some(self.last.map_or(since, |last| last.max(since)) + pause)
    }

    fn begin(&mut self, now: Instant) {
        self.done = self.done.saturating_add(1);
        self.last = Some(now);
    }
}

impl LastResort {
    /// What the configuration allows from now on. What is new has its whole time still before it.
    pub(super) fn allow(&mut self, now: Now, settings: LastResortSettings) {
        let sooner = |former: Option<Duration>, new: Option<Duration>| {
            new.is_some_and(|new| former.is_none_or(|former| new < former))
        };
        if sooner(self.settings.restart_libvirt, settings.restart_libvirt) {
            self.unit.last = Some(now.mono);
        }
        if sooner(self.settings.reboot, settings.reboot) {
            self.reboot.last = Some(now.mono);
        }
        self.settings = settings;
    }

    /// The computer was not restarted after all.
    pub(super) fn refused(&mut self) {
        self.reboot.done = self.reboot.done.saturating_sub(1);
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
        Some(LastResortStatus { why: self.why.clone()?, restart_libvirt_in, reboot_in })
    }

    /// The earliest moment at which [`LastResort::see`] does something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        // A history is forgotten when its time has come, so that it is not kept for the next daemon.
        let forget =
            self.reboot.away.filter(|_| self.reboot.done > 0).map(|away| away + Trouble::FORGOTTEN_AFTER);
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
        let there = need.why.is_some();
        self.has_unit = unit.is_some() && !need.libvirt_at_work;
        self.unit.see(now.mono, need.why.as_ref().is_some_and(Trouble::is_libvirts));
        self.reboot.see(now.mono, there && need.nothing_to_lose);
        if there {
            self.why = need.why;
        }
        // There was no trouble yet, so nothing can be due.
        let Some(why) = self.why.clone() else { return };
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now.mono);
        if due(self.reboot_due()) {
            self.reboot.begin(now.mono);
            // The way off needs libvirt.
            self.unit.last = Some(now.mono);
            effects.push(Effect::Notice { exhibit: None, notice: Notice::Rebooting { why } });
            effects.push(Effect::Reboot);
        } else if due(self.unit_due())
            && let Some(unit) = unit
        {
            self.unit.begin(now.mono);
            let notice = Notice::RestartingLibvirt { unit: unit.to_owned(), why };
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
    const LIBVIRTD: Option<&str> = Some("libvirtd.service");

    fn later(begin: Instant, seconds: u64) -> Now {
        Now { mono: begin + Duration::from_secs(seconds), wall: WallTime(0) }
    }

    /// What is needed where there is trouble, or none.
    fn need(trouble: bool, nothing_to_lose: bool) -> Need {
        let why = trouble.then_some(Trouble::WithoutLibvirt);
        Need { why, nothing_to_lose, libvirt_at_work: false }
    }

    /// What is done at which second, while the trouble is there as `there` tells for each second.
    fn play(
        seconds: u64,
        there: impl Fn(u64) -> (bool, bool),
        allowed: LastResortSettings,
    ) -> Vec<(u64, &'static str)> {
        let begin = Instant::now();
        let mut resort = LastResort::default();
        resort.allow(later(begin, 0), allowed);
        let mut done = Vec::new();
        for second in 0..seconds {
            let (trouble, nothing_to_lose) = there(second);
            let mut effects = Vec::new();
            resort.see(later(begin, second), need(trouble, nothing_to_lose), LIBVIRTD, &mut effects);
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
        let (restart_libvirt, reboot) = (time(restart_libvirt), time(reboot));
        LastResortSettings { restart_libvirt, reboot, ..LastResortSettings::default() }
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
        assert_eq!(done, [unit(20), reboot(40), unit(80), reboot(100), unit(160)]);
    }

    #[test]
    fn a_trouble_that_comes_and_goes_is_one_and_a_short_one_is_none() {
        let blinks = |second: u64| (second % 20 < 10, false);
        assert_eq!(play(3 * MINUTE, blinks, minutes(Some(2), None)), [(2 * MINUTE, "unit")]);
        let short = |second: u64| (second % 180 < 100, false);
        assert_eq!(play(100 * MINUTE, short, minutes(Some(2), None)), []);
    }

    #[test]
    fn a_silent_x_server_is_no_reason_to_restart_libvirt() {
        let begin = Instant::now();
        let mut resort = LastResort::default();
        resort.allow(later(begin, 0), minutes(Some(2), Some(30)));
        let mut done = Vec::new();
        for minute in 0..100 {
            let why = Some(Trouble::XServerSilent);
            let need = Need { why, nothing_to_lose: true, libvirt_at_work: false };
            let mut effects = Vec::new();
            resort.see(later(begin, minute * MINUTE), need, LIBVIRTD, &mut effects);
            done.extend(effects.into_iter().filter(|effect| *effect == Effect::Reboot).map(|_| minute));
            assert_eq!(resort.unit_due(), None);
        }
        assert_eq!(done, [30, 90]);
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
        resort.allow(later(begin, 0), minutes(None, Some(30)));
        resort.restore(2);
        let mut see = |minute: u64, trouble: bool| {
            let now = later(begin, minute * MINUTE);
            resort.see(now, need(trouble, true), None, &mut Vec::new());
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

    #[test]
    fn what_is_allowed_only_now_is_not_overdue() {
        let begin = Instant::now();
        let now = |minute: u64| later(begin, minute * MINUTE);
        let mut resort = LastResort::default();
        let see = |resort: &mut LastResort, minute| {
            let mut effects = Vec::new();
            resort.see(now(minute), need(true, true), LIBVIRTD, &mut effects);
            let status = resort.status(now(minute));
            assert_eq!(effects, []);
            status.and_then(|status| status.reboot_in).map(|left| left.as_secs() / MINUTE)
        };
        assert_eq!(see(&mut resort, 0), None);
        resort.allow(now(60), minutes(Some(2), Some(30)));
        assert_eq!(see(&mut resort, 60), Some(30));
        resort.allow(now(61), minutes(Some(2), Some(30)));
        assert_eq!(see(&mut resort, 61), Some(29), "nothing has changed");
        resort.allow(now(61), minutes(None, Some(10)));
        assert_eq!(see(&mut resort, 61), Some(10));
    }

    #[test]
    fn a_refused_restart_is_tried_again_and_does_not_count() {
        let begin = Instant::now();
        let now = |minute: u64| later(begin, minute * MINUTE);
        let mut resort = LastResort::default();
        resort.allow(now(0), minutes(None, Some(30)));
        let mut reboots = Vec::new();
        for minute in 0..100 {
            let mut effects = Vec::new();
            resort.see(now(minute), need(true, true), None, &mut effects);
            if effects.contains(&Effect::Reboot) {
                resort.refused();
                reboots.push(minute);
            }
        }
        assert_eq!((reboots, resort.reboots()), (vec![30, 60, 90], 0));
    }

    #[test]
    fn what_libvirt_is_at_work_on_is_waited_for() {
        let begin = Instant::now();
        let now = |minute: u64| later(begin, minute * MINUTE);
        let mut resort = LastResort::default();
        resort.allow(now(0), minutes(Some(2), None));
        let mut restarts = |minute: u64, libvirt_at_work| {
            let need = Need { libvirt_at_work, ..need(true, false) };
            let mut effects = Vec::new();
            resort.see(now(minute), need, LIBVIRTD, &mut effects);
            let overdue = resort.deadline().is_some_and(|at| at <= now(minute).mono);
            assert!(!overdue, "this would be asked again for ever");
            !effects.is_empty()
        };
        assert!(!restarts(0, false) && !restarts(2, true) && !restarts(3, true));
        assert!(restarts(4, false));
    }
}
