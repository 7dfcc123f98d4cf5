//! Samples of the picture that visitors see: one in which nothing moves for too long is a symptom.

use std::time::{Duration, Instant};

use super::Verdict;
use super::schedule::Schedule;
use crate::core::types::{ExhibitSettings, OpId, Symptom};

/// How long one sample may take.
const SAMPLE_TIMEOUT: Duration = Duration::from_secs(5);
/// A picture that stands still again so soon after its viewer was launched anew is not the viewer's fault.
const VIEWER_CLEARED: Duration = Duration::from_secs(300);

/// The samples of one exhibit.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::core) struct PictureProbe {
    schedule: Schedule,
    /// What was seen last, and since when it is the same.
    last: Option<(u64, Instant)>,
    /// When the viewer was last blamed.
    blamed_at: Option<Instant>,
}

impl PictureProbe {
    /// Begins anew, with the next sample after one interval.
    pub(in crate::core) fn rest(&mut self, now: Instant, settings: &ExhibitSettings) {
        self.schedule.rest(settings.picture.map(|picture| now + picture.interval));
        self.last = None;
    }

    /// For how long the picture has been the same.
    pub(in crate::core) fn still_for(&self, now: Instant) -> Duration {
        self.last.map_or(Duration::ZERO, |(_, since)| now.duration_since(since))
    }

    pub(super) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// A sample is taken.
    pub(super) fn ask(&mut self, op: OpId, now: Instant) -> OpId {
        self.schedule.asked(op, now, SAMPLE_TIMEOUT);
        op
    }

    /// A sample has been taken; `digest` is another number where the picture is another one.
    pub(super) fn answered(
        &mut self,
        op: OpId,
        digest: Option<u64>,
        now: Instant,
        settings: &ExhibitSettings,
    ) -> Verdict {
        let Some(rule) = settings.picture else { return Verdict::Fine };
        if !self.schedule.answered(op, now + rule.interval) {
            return Verdict::Fine;
        }
        // What could not be seen is not known to stand still.
        let Some(digest) = digest else {
            self.last = None;
            return Verdict::Fine;
        };
        if self.last.is_none_or(|(last, _)| last != digest) {
            self.last = Some((digest, now));
        }
        if self.still_for(now) < rule.frozen {
            return Verdict::Fine;
        }
        if self.blamed_at.is_some_and(|at| now.duration_since(at) < VIEWER_CLEARED + rule.frozen) {
            return Verdict::Ill(Symptom::PictureFrozen);
        }
        self.blamed_at = Some(now);
        Verdict::BlameViewer
    }
}
