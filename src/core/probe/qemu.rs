//! Whether QEMU answers: of one that stands still libvirt says for ever that the VM runs.

use std::time::{Duration, Instant};

use super::Verdict;
use super::schedule::Schedule;
use crate::core::types::{ExhibitSettings, OpId, Symptom};

/// The questions to the QEMU of one exhibit.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::core) struct QemuProbe {
    schedule: Schedule,
    /// When the last question was asked.
    asked_at: Option<Instant>,
    /// Since when none was answered, and how many in a row.
    silent: Option<(Instant, u32)>,
}

impl QemuProbe {
    /// Begins anew, with the next question after one interval.
    pub(in crate::core) fn rest(&mut self, now: Instant, settings: &ExhibitSettings) {
        self.schedule.rest(settings.qemu.map(|qemu| now + qemu.interval));
        self.forget();
    }

    /// Another process takes its place: the former one's silence says nothing of that.
    pub(in crate::core) fn forget(&mut self) {
        self.silent = None;
    }

    /// Whether what needs an answer of it need not be tried.
    pub(in crate::core) fn is_silent(&self) -> bool {
        self.silent.is_some()
    }

    /// For how long it has not answered.
    pub(in crate::core) fn silent_for(&self, now: Instant) -> Duration {
        self.silent.map_or(Duration::ZERO, |(since, _)| now.duration_since(since))
    }

    pub(super) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// A question is asked, and how long it may take; `None` where none is to be asked.
    pub(super) fn ask(
        &mut self,
        op: OpId,
        now: Instant,
        settings: &ExhibitSettings,
    ) -> Option<(OpId, Duration)> {
        let timeout = settings.qemu?.timeout;
        self.asked_at = Some(now);
        Some(self.schedule.asked(op, now, timeout))
    }

    /// A question came back; `answers` is `None` where nothing is known of QEMU, as while libvirt is at work on it. Where
    /// the guest beats, it is only its monitor that stands still, and no illness.
    pub(super) fn answered(
        &mut self,
        op: OpId,
        answers: Option<bool>,
        beats: bool,
        now: Instant,
        settings: &ExhibitSettings,
    ) -> Verdict {
        let Some(qemu) = settings.qemu else { return Verdict::Fine };
        if !self.schedule.answered(op, now + qemu.interval) {
            return Verdict::Fine;
        }
        if answers != Some(false) {
            self.silent = None;
            return Verdict::Fine;
        }
        let (since, misses) = self.silent.unwrap_or((self.asked_at.unwrap_or(now), 0));
        self.silent = Some((since, misses.saturating_add(1)));
        if misses.saturating_add(1) < qemu.misses || beats {
            Verdict::Fine
        } else {
            Verdict::Ill(Symptom::QemuSilent)
        }
    }
}
