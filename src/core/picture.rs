//! Looks at the picture that visitors see: one in which nothing moves for too long is a symptom.

use std::time::{Duration, Instant};

use super::inquiry::Inquiry;
use super::types::{ExhibitSettings, OpId};

/// How long one look may take.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// The looks at one exhibit. They are taken while it is healthy and shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PictureWatch {
    pub(super) inquiry: Inquiry,
    /// What was seen last, and since when it is the same.
    seen: Option<(u64, Instant)>,
}

impl PictureWatch {
    /// Begins anew, with the next look after one interval.
    pub(super) fn rest(&mut self, now: Instant, settings: &ExhibitSettings) {
        self.inquiry.rest(settings.picture.map(|picture| now + picture.every));
        self.seen = None;
    }

    /// For how long the picture has been the same.
    pub(super) fn still_for(&self, now: Instant) -> Duration {
        self.seen.map_or(Duration::ZERO, |(_, since)| now.duration_since(since))
    }

    /// A look has ended. True when nothing has moved for too long.
    pub(super) fn looked(
        &mut self,
        op: OpId,
        picture: Option<u64>,
        now: Instant,
        settings: &ExhibitSettings,
    ) -> bool {
        let Some(rule) = settings.picture else { return false };
        if !self.inquiry.answered(op, now + rule.every) {
            return false;
        }
        // What could not be seen is not known to stand still.
        let Some(picture) = picture else {
            self.seen = None;
            return false;
        };
        if self.seen.is_none_or(|(last, _)| last != picture) {
            self.seen = Some((picture, now));
        }
        self.still_for(now) >= rule.frozen
    }
}
