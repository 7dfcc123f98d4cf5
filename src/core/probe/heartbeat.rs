//! Beats that a program in the guest sends by itself: silence for longer than the time-out is a symptom.

use std::time::{Duration, Instant};

use crate::core::event::BeatNote;
use crate::core::status::HeartbeatStatus;
use crate::core::types::{ExhibitSettings, WallTime};

/// The heartbeat of one exhibit.
#[derive(Clone, Debug, Default)]
pub(in crate::core) struct HeartbeatProbe {
    /// The last beat since the exhibit was last started or put back.
    last: Option<(Instant, WallTime)>,
    /// What came with it.
    note: Option<BeatNote>,
    /// In which rhythm they have come since then.
    rhythm: Rhythm,
    /// Until then its silence is not its own.
    forgiven_until: Option<Instant>,
    /// When the next one is overdue, while the exhibit is well.
    due_at: Option<Instant>,
    /// How often that was put off.
    put_offs: u32,
    /// Whether what the beats come through is open, where that is no network.
    line_is_open: bool,
}

/// So many beats tell in which rhythm a guest beats.
const BEATS_TO_KNOW: u32 = 3;

/// In which rhythm a guest beats.
#[derive(Clone, Copy, Debug, Default)]
struct Rhythm {
    beats: u32,
    longest: Duration,
}

impl HeartbeatProbe {
    /// A beat has come.
    pub(in crate::core) fn beat(&mut self, at: Instant, wall: WallTime, note: Option<BeatNote>) {
        if let Some(gap) = self.silent_for(at) {
            self.rhythm.longest = self.rhythm.longest.max(gap);
        }
        self.rhythm.beats = self.rhythm.beats.saturating_add(1);
        self.last = Some((at, wall));
        self.note = note;
    }

    /// What the beats come through was opened, or is closed. Whether that is news.
    pub(in crate::core) fn line(&mut self, is_open: bool) -> bool {
        std::mem::replace(&mut self.line_is_open, is_open) != is_open
    }

    /// Whether no beat can arrive, since what they come through is closed: silence is not the guest's then.
    pub(in crate::core) fn is_cut_off(&self, settings: &ExhibitSettings) -> bool {
        settings.serial.is_some() && !self.line_is_open
    }

    /// The guest is started or put back: what was heard is another guest's word.
    pub(in crate::core) fn forget(&mut self) {
        self.last = None;
        self.note = None;
        self.rhythm = Rhythm::default();
    }

    /// When the last beat was, and the longest time between two, where the next one is late by the guest's own rhythm.
    pub(in crate::core) fn fell_silent(
        &self,
        now: Instant,
        settings: &ExhibitSettings,
    ) -> Option<(Instant, Duration)> {
        let (last, _) = self.last?;
        let timeout = settings.heartbeat?.timeout;
        if self.forgiven_until.is_some_and(|until| now < until) {
            return None;
        }
        let Rhythm { beats, longest } = self.rhythm;
        let late = 2 * longest + Duration::from_secs(1);
        let limit = if beats >= BEATS_TO_KNOW { late.min(timeout) } else { timeout };
        (now.duration_since(last) >= limit).then_some((last, longest))
    }

    /// From now on the next beat is waited for, as long as the time-out says.
    pub(in crate::core) fn expect(&mut self, now: Instant, settings: &ExhibitSettings) {
        self.due_at = settings.heartbeat.map(|heartbeat| now + heartbeat.timeout);
        self.put_offs = 0;
    }

    /// Something else kept it from being heard until now: the next beat is waited for as if it had just beaten.
    pub(in crate::core) fn forgive(&mut self, now: Instant, settings: &ExhibitSettings) {
        self.expect(now, settings);
        self.forgiven_until = self.due_at;
    }

    /// The same one is waited for until then, but put off no more often than this. Whether it is.
    pub(in crate::core) fn put_off(&mut self, until: Instant, at_most: u32) -> bool {
        let puts_off = self.put_offs < at_most;
        if puts_off {
            self.put_offs += 1;
            self.due_at = Some(until);
        }
        puts_off
    }

    /// When the next beat is overdue; `None` where none is expected.
    pub(in crate::core) fn due_at(&self) -> Option<Instant> {
        self.due_at
    }

    /// Whether a beat has come within this time.
    pub(in crate::core) fn came_within(&self, span: Duration, now: Instant) -> bool {
        self.silent_for(now).is_some_and(|silent| silent <= span)
    }

    /// How long ago the last beat was; `None` before the first one.
    pub(in crate::core) fn silent_for(&self, now: Instant) -> Option<Duration> {
        self.last.map(|(at, _)| now.duration_since(at))
    }

    /// The longest time between two beats, once there were a few.
    fn longest_gap(&self) -> Option<Duration> {
        (self.rhythm.beats >= BEATS_TO_KNOW).then_some(self.rhythm.longest)
    }

    /// As others may see it.
    pub(in crate::core) fn status(&self, settings: &ExhibitSettings) -> HeartbeatStatus {
        HeartbeatStatus {
            timeout: settings.heartbeat.map(|heartbeat| heartbeat.timeout),
            last: self.last,
            note: self.note.clone(),
            longest_gap: self.longest_gap(),
            line_is_open: settings.serial.as_ref().map(|_| self.line_is_open),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_time_between_two_beats_is_told_once_there_were_a_few() {
        let begun = Instant::now();
        let mut probe = HeartbeatProbe::default();
        for (second, told) in [(0, None), (1, None), (4, Some(3)), (5, Some(3)), (12, Some(7))] {
            probe.beat(begun + Duration::from_secs(second), WallTime(0), None);
            assert_eq!(probe.longest_gap(), told.map(Duration::from_secs), "{second}");
        }
        probe.forget();
        assert_eq!(probe.longest_gap(), None);
    }
}
