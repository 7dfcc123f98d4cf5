//! The X server, through which everything goes that is to be seen. While it stands still, nothing happens on any screen,
//! and no viewer is to blame for that. One that does not come round is ended, since whoever logs the kiosk's user in
//! starts another.

use std::time::{Duration, Instant};

use super::effect::Effect;
use super::incident::Notice;
use super::status::XServerStatus;
use super::types::{Backoff, Now, Trouble, WallTime, XServerStays};

/// A monitor that is plugged in, or whose mode is set, may keep the X server for some seconds, which is nobody's news.
const TELL_AFTER: Duration = Duration::from_secs(10);
/// The longest time between two tries to end it.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct XServer {
    /// After how long it is ended; `None` for never.
    allowed: Option<Duration>,
    silence: Option<Silence>,
    /// How many were ended, by this daemon or by those before it: each lets the next one have more time.
    ends: u32,
    /// Since when it answers, as far as is known.
    answers_since: Option<Instant>,
}

/// It does not answer.
#[derive(Clone, Copy, Debug)]
struct Silence {
    since: Instant,
    wall: WallTime,
    told: bool,
    /// It is not this computer's, and cannot be ended.
    elsewhere: bool,
    /// From when the time counts after which it is ended.
    counts_from: Instant,
}

impl XServer {
    /// What the configuration allows from now on. What is new has its whole time still before it.
    pub(super) fn allow(&mut self, now: Now, after: Option<Duration>) {
        let sooner = after.is_some_and(|new| self.allowed.is_none_or(|former| new < former));
        self.allowed = after;
        if let (Some(silence), true) = (&mut self.silence, sooner) {
            silence.counts_from = now.mono;
        }
    }

    /// Earlier daemons have ended some.
    pub(super) fn restore(&mut self, now: Now, ends: u32) {
        self.ends = ends;
        self.answers_since = Some(now.mono);
    }

    /// What the next daemon should know.
    pub(super) fn ends(&self) -> u32 {
        self.ends
    }

    /// It has not answered a question that was asked at `since`. Whether that is news.
    pub(super) fn falls_silent(&mut self, now: Now, since: Instant, elsewhere: bool) -> bool {
        if self.is_silent() {
            return false;
        }
        let lasted = i64::try_from(now.mono.saturating_duration_since(since).as_millis()).unwrap_or(0);
        let wall = WallTime(now.wall.0 - lasted);
        self.silence = Some(Silence { since, wall, told: false, elsewhere, counts_from: since });
        true
    }

    /// It answers. Whether it did not before.
    pub(super) fn answers(&mut self, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Some(silence) = self.silence.take() else { return false };
        self.answers_since = Some(now.mono);
        if silence.told {
            let lasted = now.mono.saturating_duration_since(silence.since);
            let notice = Notice::XServerAnswers { lasted };
            effects.push(Effect::Notice { exhibit: None, notice });
        }
        true
    }

    /// Whether it stands still, as far as is known.
    pub(super) fn is_silent(&self) -> bool {
        self.silence.is_some()
    }

    /// Whether staff have been told so.
    pub(super) fn is_told_silent(&self) -> bool {
        self.silence.is_some_and(|silence| silence.told)
    }

    /// The earliest moment at which [`XServer::timer`] does something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.silence {
            Some(silence) if silence.told => self.end_at(),
            Some(silence) => Some(silence.since + TELL_AFTER),
            None => {
                self.answers_since.filter(|_| self.ends > 0).map(|since| since + Trouble::FORGOTTEN_AFTER)
            }
        }
    }

    /// When it is to be ended.
    fn end_at(&self) -> Option<Instant> {
        let (silence, first) = (self.silence.filter(|silence| !silence.elsewhere)?, self.allowed?);
        let pauses = Backoff { first, longest: LONGEST_PAUSE.max(first) };
        Some(silence.counts_from + pauses.after(self.ends))
    }

    /// A deadline may be over.
    pub(super) fn timer(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let end_at = self.end_at();
        let Some(silence) = &mut self.silence else {
            if self
                .answers_since
                .is_some_and(|since| now.mono.saturating_duration_since(since) >= Trouble::FORGOTTEN_AFTER)
            {
                self.ends = 0;
            }
            return;
        };
        let mut notice = |notice| effects.push(Effect::Notice { exhibit: None, notice });
        let lasted = now.mono.saturating_duration_since(silence.since);
        if !silence.told && lasted >= TELL_AFTER {
            silence.told = true;
            notice(Notice::XServerSilent {
                lasted,
                ended_in: end_at.map(|at| at.saturating_duration_since(now.mono)),
            });
        }
        if silence.told && end_at.is_some_and(|at| at <= now.mono) {
            self.ends = self.ends.saturating_add(1);
            silence.counts_from = now.mono;
            notice(Notice::EndingXServer { lasted });
            effects.push(Effect::EndXServer);
        }
    }

    /// It could not be ended. Where that is for want of rights, or of a hold on it, the session's end takes it along.
    pub(super) fn stays(&self, why: XServerStays, effects: &mut Vec<Effect>) {
        // It may have come round meanwhile, which is all that was wanted.
        if !self.is_silent() {
            return;
        }
        let by_session = why.ends_with_session();
        let notice = Notice::XServerStays { why, session_ended: by_session };
        effects.push(Effect::Notice { exhibit: None, notice });
        if by_session {
            effects.push(Effect::EndSession);
        }
    }

    /// As others may see it.
    pub(super) fn status(&self, now: Now) -> XServerStatus {
        self.silence.map_or(XServerStatus::Answers, |silence| XServerStatus::Silent {
            since: silence.wall,
            ended_in: self.end_at().map(|at| at.saturating_duration_since(now.mono)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// What is told and done, at which second, while it is silent from the first second on and answers after so many.
    fn play(seconds: u32, answers_after: u32, allowed: Option<u64>) -> Vec<(u32, &'static str)> {
        let base = Instant::now();
        let at = |second: u32| Now { mono: base + second * SECOND, wall: WallTime(i64::from(second) * 1000) };
        let mut x = XServer::default();
        x.allow(at(0), allowed.map(Duration::from_secs));
        let mut done = Vec::new();
        for second in 0..seconds {
            let mut effects = Vec::new();
            if second == 4 && second < answers_after {
                assert!(x.falls_silent(at(second), at(1).mono, false), "it is told three seconds later");
                assert!(!x.falls_silent(at(second), at(1).mono, false), "once");
                assert!(matches!(x.status(at(second)), XServerStatus::Silent { since: WallTime(1000), .. }));
            }
            if second == answers_after {
                assert_eq!(x.answers(at(second), &mut effects), second > 4);
            }
            x.timer(at(second), &mut effects);
            assert!(x.deadline().is_none_or(|next| next > at(second).mono), "this would be asked for ever");
            for effect in effects {
                done.push((
                    second,
                    match effect {
                        Effect::Notice { notice: Notice::XServerSilent { .. }, .. } => "silent",
                        Effect::Notice { notice: Notice::XServerAnswers { .. }, .. } => "answers",
                        Effect::Notice { notice: Notice::EndingXServer { .. }, .. } => continue,
                        Effect::EndXServer => "end",
                        other => panic!("{other:?}"),
                    },
                ));
            }
        }
        done
    }

    #[test]
    fn a_short_silence_is_nobodys_news_and_a_long_one_is_told_once_and_ended() {
        assert_eq!(play(60, 3, Some(60)), []);
        assert_eq!(play(60, 10, Some(60)), []);
        assert_eq!(play(60, 30, Some(60)), [(11, "silent"), (30, "answers")]);
        assert_eq!(play(200, 300, Some(60)), [(11, "silent"), (61, "end"), (181, "end")]);
        assert_eq!(play(200, 70, Some(60)), [(11, "silent"), (61, "end"), (70, "answers")]);
        assert_eq!(play(40, 300, Some(10)), [(11, "silent"), (11, "end"), (31, "end")]);
        assert_eq!(play(8000, 9000, None), [(11, "silent")]);
    }

    #[test]
    fn what_is_allowed_only_now_is_not_overdue() {
        let base = Instant::now();
        let at = |second: u32| Now { mono: base + second * SECOND, wall: WallTime(0) };
        let mut x = XServer::default();
        x.falls_silent(at(3), at(0).mono, false);
        x.timer(at(300), &mut Vec::new());
        assert_eq!(x.deadline(), None);
        x.allow(at(300), Some(60 * SECOND));
        assert_eq!(x.deadline(), Some(at(360).mono));
        x.allow(at(310), Some(60 * SECOND));
        assert_eq!(x.deadline(), Some(at(360).mono), "nothing has changed");
    }

    /// A driver that hangs soon after each start: what comes next waits longer, and so does whoever comes after it.
    #[test]
    fn each_end_gives_the_next_one_more_time_until_one_answers_for_long() {
        let base = Instant::now();
        let at = |second: u32| Now { mono: base + second * SECOND, wall: WallTime(i64::from(second) * 1000) };
        let mut kept = 0;
        let mut waited = Vec::new();
        for _ in 0..9 {
            let mut x = XServer::default();
            x.allow(at(0), Some(60 * SECOND));
            x.restore(at(0), kept);
            x.falls_silent(at(5), at(2).mono, false);
            let mut effects = Vec::new();
            let ended = (5..10_000).find(|second| {
                x.timer(at(*second), &mut effects);
                effects.contains(&Effect::EndXServer)
            });
            waited.push(ended.unwrap() - 2);
            kept = x.ends();
        }
        assert_eq!(waited, [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]);

        let mut x = XServer::default();
        x.restore(at(0), kept);
        x.timer(at(599), &mut Vec::new());
        assert_eq!((x.ends(), x.deadline()), (kept, Some(at(600).mono)));
        x.timer(at(600), &mut Vec::new());
        assert_eq!((x.ends(), x.deadline()), (0, None));
    }

    #[test]
    fn one_of_another_computer_is_told_of_and_never_ended() {
        let base = Instant::now();
        let now = |second: u32| Now { mono: base + second * SECOND, wall: WallTime(0) };
        let mut x = XServer::default();
        x.allow(now(0), Some(60 * SECOND));
        x.falls_silent(now(3), now(0).mono, true);
        let mut effects = Vec::new();
        for second in [10, 60, 1000] {
            x.timer(now(second), &mut effects);
        }
        let told = Notice::XServerSilent { lasted: 10 * SECOND, ended_in: None };
        assert_eq!(effects, [Effect::Notice { exhibit: None, notice: told }]);
        assert_eq!(x.deadline(), None);
    }

    #[test]
    fn where_it_cannot_be_ended_the_session_is_unless_it_is_no_server_of_this_computer() {
        let now = Now { mono: Instant::now(), wall: WallTime(0) };
        let rows = [
            (XServerStays::NotPermitted, true),
            (XServerStays::Undying, true),
            (XServerStays::Elsewhere, false),
        ];
        for (why, ends_session) in rows {
            let mut x = XServer::default();
            let mut effects = Vec::new();
            x.stays(why, &mut effects);
            assert_eq!(effects, [], "it answers");
            x.falls_silent(now, now.mono, false);
            x.stays(why, &mut effects);
            assert_eq!(effects.contains(&Effect::EndSession), ends_session, "{why:?}");
        }
    }
}
