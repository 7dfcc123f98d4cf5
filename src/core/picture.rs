//! Looks at the picture that visitors see: one in which nothing moves for too long is a symptom.

use std::time::{Duration, Instant};

use super::inquiry::Inquiry;
use super::types::{ExhibitSettings, OpId};

/// How long one look may take.
pub(super) const SAMPLE_TIMEOUT: Duration = Duration::from_secs(5);

/// A picture that stands still again so soon after its viewer was launched anew is not the viewer's fault.
const VIEWER_CLEARED: Duration = Duration::from_secs(300);

/// What a look says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing to be done.
    Fine,
    /// Nothing has moved for too long, and the viewer may be to blame.
    BlameViewer,
    /// Nothing has moved for too long, with a new viewer too.
    Frozen,
}

/// The looks at one exhibit. They are taken while it is healthy and shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PictureWatch {
    pub(super) inquiry: Inquiry,
    /// What was seen last, and since when it is the same.
    seen: Option<(u64, Instant)>,
    /// When the viewer was last blamed.
    blamed: Option<Instant>,
}

impl PictureWatch {
    /// Begins anew, with the next look after one interval.
    pub(super) fn rest(&mut self, now: Instant, settings: &ExhibitSettings) {
        self.inquiry.rest(settings.picture.map(|picture| now + picture.interval));
        self.seen = None;
    }

    /// For how long the picture has been the same.
    pub(super) fn still_for(&self, now: Instant) -> Duration {
        self.seen.map_or(Duration::ZERO, |(_, since)| now.duration_since(since))
    }

    /// A look has ended.
    pub(super) fn looked(
        &mut self,
        op: OpId,
        picture: Option<u64>,
        now: Instant,
        settings: &ExhibitSettings,
    ) -> Verdict {
        let Some(rule) = settings.picture else { return Verdict::Fine };
        if !self.inquiry.answered(op, now + rule.interval) {
            return Verdict::Fine;
        }
        // What could not be seen is not known to stand still.
        let Some(picture) = picture else {
            self.seen = None;
            return Verdict::Fine;
        };
        if self.seen.is_none_or(|(last, _)| last != picture) {
            self.seen = Some((picture, now));
        }
        if self.still_for(now) < rule.frozen {
            return Verdict::Fine;
        }
        if self.blamed.is_some_and(|at| now.duration_since(at) < VIEWER_CLEARED + rule.frozen) {
            return Verdict::Frozen;
        }
        self.blamed = Some(now);
        Verdict::BlameViewer
    }
}
