//! Since when the artwork is not to be seen, though it should be, and how that is told: as an incident of its own, where
//! no other one is open. So every minute without a picture is in the journal, whatever the reason.

use std::time::{Duration, Instant};

use super::Exhibit;
use super::phase::{Intent, Phase};
use super::step::Context;
use crate::core::types::{Evidence, Now, Place, Symptom};

/// A gap of so long is no incident: a viewer that is launched again, the end of a revert.
const GAP_GRACE: Duration = Duration::from_secs(5);
/// After Vitrine's start the first picture may take so long: VMs and viewers are only just being started.
const FIRST_PICTURE_GRACE: Duration = Duration::from_secs(60);

/// What is known of an exhibit's sight.
#[derive(Clone, Debug, Default)]
pub(super) struct Sight {
    /// Since when it is not to be seen; `None` while it is, or need not be.
    missing_since: Option<Now>,
    /// It was to be seen since Vitrine began.
    was_seen: bool,
    /// When that becomes an incident.
    told_at: Option<Instant>,
}

impl Sight {
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.told_at
    }

    /// Whether the artwork is not to be seen, though it should be.
    pub(super) fn is_missing(&self) -> bool {
        self.missing_since.is_some()
    }

    /// For how long.
    pub(super) fn missing_for(&self, now: Instant) -> Duration {
        self.missing_since.map_or(Duration::ZERO, |since| now.duration_since(since.mono))
    }

    fn grace(&self) -> Duration {
        if self.was_seen { GAP_GRACE } else { FIRST_PICTURE_GRACE }
    }
}

impl Exhibit {
    /// Whether the VM's display took no connection when it was last tried.
    pub(in crate::core) fn is_display_unreachable(&self) -> bool {
        self.probes.shown.is_unreachable()
    }

    /// Whether only a new QEMU process can bring the picture back: a revert in place leaves the display as it is.
    pub(super) fn needs_new_display(&self, ctx: &Context<'_>, why: Symptom) -> bool {
        why == Symptom::NotShown
            || why == Symptom::Operator && self.sight.missing_for(ctx.now.mono) >= GAP_GRACE
    }

    /// Looks whether the artwork is to be seen, after whatever has happened.
    pub(super) fn watch_sight(&mut self, ctx: &mut Context<'_>, places: &[Place]) {
        let id = self.id;
        let own = || places.iter().filter(move |place| place.exhibit == id);
        if own().any(|place| self.viewer.shows(place.display)) && self.lacks_only_its_picture() {
            self.enter_healthy(ctx);
        }
        let is_there = own().next().is_some();
        let is_seen = own().any(|place| self.presents(place.display));
        if is_seen || !is_there || !self.should_be_seen() {
            let was_seen = self.sight.was_seen || is_seen;
            self.sight = Sight { was_seen, ..Sight::default() };
            self.probes.shown.is_seen();
            if self.incidents.is_about(Symptom::NotShown) {
                self.end_incident(ctx);
            }
            return;
        }
        let since = *self.sight.missing_since.get_or_insert(ctx.now);
        if self.phase() == Phase::Healthy {
            self.probes.shown.is_missing(ctx.now.mono, &self.settings);
        }
        // What lies in another incident is counted there.
        let since = self.incidents.last_end().filter(|end| end.mono > since.mono).unwrap_or(since);
        let told_at = since.mono + self.sight.grace();
        self.sight.told_at = Some(told_at).filter(|_| !self.incidents.is_open());
        if self.sight.told_at.is_some_and(|at| at <= ctx.now.mono) {
            self.sight.told_at = None;
            let evidence = match self.viewer.trouble() {
                Some(fault) => Evidence::ViewerFailed { fault },
                None => Evidence::NoPicture,
            };
            self.open_incident_of(ctx, since, Symptom::NotShown, evidence);
        }
    }

    /// Whether visitors should see it. Staff who hold it may have switched it off.
    fn should_be_seen(&self) -> bool {
        !self.is_closed() && (!self.is_held() || self.vm.is_running())
    }

    /// Whether a viewer that shows it makes it well.
    fn lacks_only_its_picture(&self) -> bool {
        let lacks = match self.phase() {
            Phase::Broken { why, .. }
            | Phase::Suspect { why, .. }
            | Phase::Waiting { intent: Intent::Respond(why), .. } => why == Symptom::NotShown,
            Phase::Waiting { intent: Intent::Start | Intent::Assess, .. }
            | Phase::Starting { .. }
            | Phase::Healthy
            | Phase::Recovering { .. }
            | Phase::Settling { .. }
            | Phase::Snapshotting { .. }
            | Phase::Proving { .. }
            | Phase::Held
            | Phase::Closed => false,
        };
        lacks && self.vm.is_running() && self.operations.current().is_none()
    }
}
