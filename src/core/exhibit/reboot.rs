//! A guest that reboots by itself: visitors should see nothing of its boot.

use std::time::Instant;

use super::Exhibit;
use super::phase::Phase;
use super::step::{Context, Input};
use crate::core::incident::Notice;
use crate::core::types::{Evidence, Ignored, RebootSettings, Symptom};

impl Exhibit {
    /// libvirt tells of a reboot of the guest.
    pub(in crate::core) fn on_guest_rebooted(&mut self, ctx: &mut Context<'_>, at: Instant) {
        let news = self.probes.reboot.is_news(at);
        // Before the last operation ended it was another guest's, or the operation's own.
        if !news || !self.vm.is_current(at) || self.operations.current().is_some() {
            return;
        }
        if let Some(left) = self.leaves_reboot(ctx) {
            self.notice(ctx, Notice::GuestRebooted { left });
        } else if matches!(self.phase(), Phase::Proving { .. }) {
            // What comes back from the new snapshot reboots: nobody wants that again and again.
            self.unproven(ctx, Symptom::GuestRebooted, Evidence::RebootedByItself);
        } else {
            self.step(ctx, Input::GuestRequest(Symptom::GuestRebooted, Evidence::RebootedByItself));
        }
    }

    /// Why the guest is left to its boot; `None` where it is not.
    fn leaves_reboot(&self, ctx: &Context<'_>) -> Option<Ignored> {
        if self.settings.reboot == RebootSettings::Ignore {
            return Some(Ignored::RebootsIgnored);
        }
        if let Some(hold) = self.custody.hold() {
            return Some(Ignored::OnHold { by: hold.by.clone() });
        }
        match self.phase() {
            Phase::Proving { .. } => return None,
            // Its curtain is up, and it is tried again in its time.
            Phase::Broken { .. } => return Some(Ignored::BeingPutBack),
            Phase::Waiting { .. }
            | Phase::Starting { .. }
            | Phase::Healthy
            | Phase::Suspect { .. }
            | Phase::Recovering { .. }
            | Phase::Settling { .. }
            | Phase::Snapshotting { .. }
            | Phase::Held
            | Phase::Closed => {}
        }
        if let Some(reason) = self.phase().properties().ignores_guest {
            return Some(reason);
        }
        if self.probes.reboot.boots(ctx.now.mono) {
            return Some(Ignored::Boots);
        }
        if !self.could_be_put_back() {
            return Some(Ignored::NothingToGoBackTo);
        }
        self.recovery.is_guest_budget_spent(ctx.now, &self.settings.recovery).then_some(Ignored::TooOften)
    }
}
