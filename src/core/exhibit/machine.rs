//! The watchdog machine of one exhibit: what each input means in each phase.
//!
//! ```text
//!              libvirt's first word                  sign of life
//!   Waiting ------------------------> Starting ----> Settling ------> Healthy
//!      ^                                                ^             |  |  ^
//!      | libvirt is away                                |     symptom |  |  | it passes by
//!      |                                           done |             |  v  |
//!      |                                                |             | Suspect
//!      |               the ladder's next rung           |             |  |
//!      +------------ Recovering ------------------------+             |  |
//!                      |  ^  ^                                        |  |
//!                      |  |  +----------------------------------------+--+
//!    the budget is     v  | the pause is over
//!    spent           Broken
//!
//!   Healthy, Held --> Snapshotting <--> Proving --> Healthy, Held       (a snapshot is made)
//!   any that yields --> Held --> by what is known then                   (hold, resume)
//!   any --> Closed --> Recovering                                        (stop, start; or the end of Vitrine)
//! ```
//!
//! Who may leave a phase: `Starting`, `Recovering` and `Snapshotting` as a rule are left only by the end of their
//! operation or by its deadline; `Held` by the end of the hold and by what an operator asks for; `Closed` by an operator,
//! or by a stop that failed; the others by the table, by a hold, and by what an operator asks for. The end of Vitrine
//! closes every one. [`Phase::properties`](super::phase::Phase::properties) says what a phase means for others.

use std::time::{Duration, Instant};

use super::phase::{Intent, Phase, RECHECK_INTERVAL};
use super::step::{Context, Input};
use super::{Exhibit, is_vm_state};
use crate::core::effect::Effect;
use crate::core::incident::{Notice, Outcome};
use crate::core::probe::detection;
use crate::core::types::{ExhibitSettings, Remedy, Symptom, VmState};

/// A deadline that is noticed this late was missed by this process (stopped, or starved), not by the guest alone.
const OVERSLEPT_AFTER: Duration = Duration::from_secs(1);
/// After Vitrine itself slept, beats that wait in the network have so long to be heard.
const OVERSLEPT_GRACE: Duration = Duration::from_secs(2);
/// Nothing has been heard after so many of them in a row: a computer that is always late has ill artworks, too.
const MAX_OVERSLEPT: u32 = 3;
/// So often it is looked whether another guest has been heard meanwhile.
const WITNESS_INTERVAL: Duration = Duration::from_secs(2);

impl Exhibit {
    /// The watchdog's table: what each input means in each phase.
    pub(super) fn step(&mut self, ctx: &mut Context<'_>, input: Input) {
        let now = ctx.now.mono;
        match (self.phase(), input) {
            (Phase::Waiting { intent, recheck_at }, Input::Timer) => {
                if recheck_at <= now {
                    self.observe(ctx);
                    self.current.stay(Phase::Waiting { intent, recheck_at: now + RECHECK_INTERVAL });
                }
            }
            (Phase::Waiting { intent: Intent::Start, .. }, Input::Seen)
                if self.custody.is_held_by_staff() =>
            {
                self.reassess(ctx);
            }
            (Phase::Waiting { intent: Intent::Start, .. }, Input::Seen) => self.start(ctx),
            (Phase::Waiting { intent: Intent::Respond(why), .. }, Input::Seen) => {
                // Of a display that was out of reach before libvirt went, nothing is known now: it is tried again.
                if is_vm_state(why) || why == Symptom::NotShown || self.vm.illness().is_some() {
                    self.reassess(ctx);
                } else {
                    self.respond_to(ctx, why);
                }
            }
            (Phase::Waiting { intent: Intent::Assess, .. }, Input::Seen) => self.reassess(ctx),
            (Phase::Waiting { intent: Intent::Respond(_) | Intent::Assess, .. }, Input::Beat) => {
                self.enter_healthy(ctx)
            }
            (Phase::Waiting { intent: Intent::Start, .. }, Input::Beat) => {}
            (
                Phase::Waiting { .. },
                Input::Done(_) | Input::LateDone(..) | Input::Sign(_) | Input::GuestRequest(..),
            ) => {}

            (Phase::Starting { deadline, .. }, Input::Timer) => {
                self.check_hung(ctx, deadline, Symptom::StartFailed)
            }
            (Phase::Starting { remedy, .. }, Input::Done(result)) => {
                self.restored(ctx, remedy, Symptom::StartFailed, result);
            }
            (
                Phase::Starting { .. },
                Input::Beat | Input::Seen | Input::LateDone(..) | Input::Sign(_) | Input::GuestRequest(..),
            ) => {}

            (Phase::Healthy, Input::Timer) => {
                if let Some(by) = self.probes.heartbeat.due_at().filter(|by| *by <= now) {
                    self.beat_overdue(ctx, by);
                }
            }
            (Phase::Healthy, Input::Beat) => self.probes.heartbeat.expect(now, &self.settings),
            (Phase::Healthy, Input::Seen) => {
                if let Some((why, grace)) = self.vm.illness() {
                    self.suspect(ctx, why, grace);
                }
            }
            (Phase::Healthy, Input::Sign(why)) => {
                // Where heartbeats go on and reverts did not help, the sign is wrong, and the artwork is not ill. But they
                // say nothing of what is to be seen.
                if why == Symptom::NotShown
                    || self.settings.heartbeat.is_none()
                    || !self.recovery.is_spent(ctx.now, &self.settings.recovery)
                {
                    self.note_symptom(ctx, why);
                    self.respond_to(ctx, why);
                }
            }
            (
                Phase::Healthy | Phase::Suspect { .. } | Phase::Settling { .. } | Phase::Broken { .. },
                Input::GuestRequest(why, evidence),
            ) => {
                self.open_incident(ctx, why, evidence);
                self.honour_request(ctx, why);
            }
            (Phase::Healthy, Input::Done(_) | Input::LateDone(..)) => {}

            (Phase::Suspect { why, act_at, may_pass }, Input::Timer) => {
                if act_at <= now && !(may_pass && self.overslept(ctx, act_at)) {
                    self.respond_to(ctx, why);
                }
            }
            (Phase::Suspect { why, .. }, Input::Beat) => {
                if why == Symptom::HeartbeatLost {
                    self.enter_healthy(ctx);
                }
            }
            (Phase::Suspect { why, act_at, may_pass }, Input::Seen) => match self.vm.illness() {
                Some((worse, grace)) if worse != why || (may_pass && now + grace < act_at) => {
                    self.suspect(ctx, worse, grace);
                }
                Some(_) => {}
                None if is_vm_state(why) => self.enter_healthy(ctx),
                None => {}
            },
            (Phase::Suspect { .. }, Input::Sign(_) | Input::Done(_) | Input::LateDone(..)) => {}

            (Phase::Recovering { why, deadline, .. }, Input::Timer) => self.check_hung(ctx, deadline, why),
            (Phase::Recovering { remedy, why, .. }, Input::Done(result)) => {
                self.restored(ctx, remedy, why, result)
            }
            // What the guest said meanwhile is the old guest's word, and what libvirt says is the remedy's own noise.
            (
                Phase::Recovering { .. },
                Input::Beat | Input::Seen | Input::LateDone(..) | Input::Sign(_) | Input::GuestRequest(..),
            ) => {}

            (Phase::Settling { deadline }, Input::Timer) => {
                if deadline <= now && !self.overslept(ctx, deadline) {
                    if self.settings.heartbeat.is_none() {
                        // libvirt has not even said how it is.
                        self.wait(ctx, Intent::Assess);
                        return;
                    }
                    if ctx.silence.concerns(self.id) || self.probes.heartbeat.is_cut_off(&self.settings) {
                        self.leave_unheard(ctx);
                        return;
                    }
                    // What comes next is worse to look at than what was done so far.
                    if ctx.silence.is_undecided(self.id) {
                        self.current.stay(Phase::Settling { deadline: now + WITNESS_INTERVAL });
                        return;
                    }
                    self.note_symptom(ctx, Symptom::HeartbeatLost);
                    self.respond_to(ctx, Symptom::HeartbeatLost);
                }
            }
            (Phase::Settling { .. }, Input::Beat) => self.enter_healthy(ctx),
            (Phase::Settling { .. }, Input::Seen) => match self.vm.illness() {
                Some((why, grace)) => self.suspect(ctx, why, grace),
                None if self.settings.heartbeat.is_none() && self.vm.is_running() => self.enter_healthy(ctx),
                None => {}
            },
            (Phase::Settling { .. }, Input::Sign(_) | Input::Done(_) | Input::LateDone(..)) => {}

            (Phase::Snapshotting { step, deadline, .. }, Input::Timer) => {
                if deadline <= now && step.only_deletes() {
                    self.deletion_hangs(ctx);
                } else if deadline <= now {
                    self.making_hangs(ctx);
                    self.check_hung(ctx, deadline, Symptom::VmPaused);
                }
            }
            (Phase::Snapshotting { step, .. }, Input::Done(result)) => self.step_done(ctx, step, result),
            (
                Phase::Snapshotting { .. },
                Input::Beat | Input::Seen | Input::LateDone(..) | Input::Sign(_) | Input::GuestRequest(..),
            ) => {}

            (Phase::Proving { deadline }, Input::Timer) => {
                if deadline <= now && !self.overslept(ctx, deadline) {
                    self.no_sign_of_life(ctx);
                }
            }
            (Phase::Proving { .. }, Input::Beat) => self.proven(ctx),
            (Phase::Proving { .. }, Input::Seen) => {
                // What may pass by itself has until the deadline.
                if let Some((why, Duration::ZERO)) = self.vm.illness() {
                    let seen = self.evidence(ctx, why);
                    self.unproven(ctx, why, seen);
                }
            }
            (
                Phase::Proving { .. },
                Input::Done(_) | Input::LateDone(..) | Input::Sign(_) | Input::GuestRequest(..),
            ) => {}

            (Phase::Broken { why, retry_at }, Input::Timer) => {
                if retry_at <= now {
                    self.retry(ctx, why);
                }
            }
            (Phase::Broken { why, .. }, Input::Beat) => {
                if why != Symptom::NotShown && self.operations.current().is_none() && self.vm.is_running() {
                    self.enter_healthy(ctx);
                }
            }
            (Phase::Broken { why, .. }, Input::Seen) => match (why, self.vm.state()) {
                (_, VmState::Missing | VmState::Unknown) => {}
                (Symptom::VmMissing, VmState::Running) => {
                    // It was there all the time, or somebody started it: then it is not ours to start.
                    self.recovery.starts_anew();
                    self.reassess(ctx);
                }
                (Symptom::VmMissing, _) => self.start(ctx),
                (_, VmState::Running)
                    if is_vm_state(why)
                        && self.settings.heartbeat.is_none()
                        && self.operations.current().is_none() =>
                {
                    self.enter_healthy(ctx);
                }
                (
                    _,
                    VmState::Running
                    | VmState::Paused(_)
                    | VmState::ShutOff
                    | VmState::ShuttingDown
                    | VmState::Crashed
                    | VmState::Asleep,
                ) => {}
            },
            (Phase::Broken { why, .. }, Input::LateDone(remedy, result)) => match (remedy, result) {
                (Some(remedy), Ok(())) => self.restored(ctx, remedy, why, Ok(())),
                (None, Ok(())) => self.settle(ctx, Remedy::FullRevert),
                (_, Err(_)) => self.broken(ctx, why, now),
            },
            (Phase::Broken { .. }, Input::Done(_) | Input::Sign(_)) => {}

            (
                Phase::Held | Phase::Closed,
                Input::Timer
                | Input::Beat
                | Input::Seen
                | Input::Done(_)
                | Input::LateDone(..)
                | Input::Sign(_)
                | Input::GuestRequest(..),
            ) => {}
        }
    }

    fn beat_overdue(&mut self, ctx: &mut Context<'_>, by: Instant) {
        if self.overslept(ctx, by) {
            return;
        }
        let now = ctx.now.mono;
        if self.probes.heartbeat.is_cut_off(&self.settings) {
            self.leave_unheard(ctx);
            return;
        }
        if ctx.silence.concerns(self.id) {
            if !ctx.silence.may_try(now, self.id) {
                self.leave_unheard(ctx);
                return;
            }
            // What lies between guest and host is made anew only with the QEMU process.
            self.recovery.begins_in_full();
        }
        self.note_symptom(ctx, Symptom::HeartbeatLost);
        self.respond_to(ctx, Symptom::HeartbeatLost);
    }

    /// That nothing is heard of it is the host's fault, as where several guests are unheard at once: the artwork is shown
    /// as it is, and heard of again.
    fn leave_unheard(&mut self, ctx: &mut Context<'_>) {
        self.close_incident(ctx, Outcome::Ended { at: ctx.now });
        self.probes.heartbeat.expect(ctx.now.mono, &self.settings);
        let phase = if self.is_held() { Phase::Held } else { Phase::Healthy };
        self.enter(ctx, phase);
    }

    /// Whether a deadline was missed by this process itself; then it is moved, for what waits outside to be heard, but
    /// not for ever.
    fn overslept(&mut self, ctx: &mut Context<'_>, deadline: Instant) -> bool {
        if ctx.now.mono.duration_since(deadline) < OVERSLEPT_AFTER {
            return false;
        }
        let later = ctx.now.mono + OVERSLEPT_GRACE;
        let put_off = if self.phase() == Phase::Healthy {
            self.probes.heartbeat.put_off(later, MAX_OVERSLEPT)
        } else {
            self.current.put_off(later, MAX_OVERSLEPT)
        };
        if put_off {
            self.observe(ctx);
        }
        put_off
    }

    fn suspect(&mut self, ctx: &mut Context<'_>, why: Symptom, grace: Duration) {
        self.note_symptom(ctx, why);
        if grace.is_zero() {
            self.respond_to(ctx, why);
        } else {
            self.enter(ctx, Phase::Suspect { why, act_at: ctx.now.mono + grace, may_pass: true });
        }
    }

    /// When the next beat is due, from a beat at `from`.
    pub(super) fn next_beat(&self, from: Instant) -> Option<Instant> {
        self.settings.heartbeat.map(|heartbeat| from + heartbeat.timeout)
    }

    /// The artwork is well, as far as anybody can tell.
    pub(super) fn enter_healthy(&mut self, ctx: &mut Context<'_>) {
        // A sign of life does not bring a picture back.
        if !self.incidents.is_about(Symptom::NotShown) || self.viewer.shows_any() {
            self.end_incident(ctx);
        }
        if self.recovery.take_started_notice() {
            self.notice(ctx, Notice::Started);
        }
        if self.vm.take_clock_wrong() && self.settings.set_time && !self.is_held() {
            ctx.effects.push(Effect::SetTime { exhibit: self.id });
        }
        if self.phase() != Phase::Healthy {
            self.recovery.becomes_well(ctx.now.mono);
            if self.settings.heartbeat.is_some() {
                self.probes.reboot.is_up();
            }
            self.probes.rest(ctx.now.mono, &self.settings);
        }
        self.probes.heartbeat.expect(ctx.now.mono, &self.settings);
        let phase = if self.is_held() { Phase::Held } else { Phase::Healthy };
        self.enter(ctx, phase);
    }

    pub(super) fn enter(&mut self, ctx: &Context<'_>, phase: Phase) {
        self.current.enter(ctx.now, phase);
    }

    pub(super) fn wait(&mut self, ctx: &Context<'_>, intent: Intent) {
        self.enter(ctx, Phase::Waiting { intent, recheck_at: ctx.now.mono + RECHECK_INTERVAL });
    }

    pub(super) fn observe(&self, ctx: &mut Context<'_>) {
        ctx.effects.push(Effect::Observe { exhibit: self.id });
    }

    /// New settings: what is waited for is what they ask for, and what they no longer ask about is no illness.
    pub(super) fn judge_anew(&mut self, ctx: &mut Context<'_>, previous: &ExhibitSettings) {
        let other_heartbeat = previous.heartbeat != self.settings.heartbeat;
        match self.phase() {
            Phase::Proving { .. } => {
                if other_heartbeat || previous.agent != self.settings.agent {
                    self.wait_for_proof(ctx);
                }
            }
            Phase::Settling { .. } => {
                if other_heartbeat && self.settings.heartbeat.is_none() {
                    self.reassess(ctx);
                } else if other_heartbeat {
                    let after = if self.vm.is_booting() { Remedy::ColdStart } else { Remedy::FullRevert };
                    self.settle(ctx, after);
                }
            }
            Phase::Suspect { why, .. } | Phase::Broken { why, .. } => {
                if detection(why, &self.settings).is_none() && self.operations.current().is_none() {
                    self.reassess(ctx);
                }
            }
            Phase::Waiting { intent: Intent::Respond(why), .. } => {
                if detection(why, &self.settings).is_none() {
                    self.wait(ctx, Intent::Assess);
                }
            }
            Phase::Waiting { intent: Intent::Start | Intent::Assess, .. }
            | Phase::Starting { .. }
            | Phase::Healthy
            | Phase::Recovering { .. }
            | Phase::Snapshotting { .. }
            | Phase::Held
            | Phase::Closed => {}
        }
    }

    /// Looks at what is known and takes the phase that suits it; for moments when the phase says nothing more.
    pub(super) fn reassess(&mut self, ctx: &mut Context<'_>) {
        if self.is_held() {
            self.close_incident(ctx, Outcome::Ended { at: ctx.now });
            self.enter(ctx, Phase::Held);
            return;
        }
        match self.vm.illness() {
            Some((why, grace)) => self.suspect(ctx, why, grace),
            None if !ctx.link_up || self.vm.state() == VmState::Unknown => self.wait(ctx, Intent::Assess),
            None if self.settings.heartbeat.is_none() => self.enter_healthy(ctx),
            None => {
                let deadline = self.next_beat(ctx.now.mono).unwrap_or(ctx.now.mono);
                self.settle_by(ctx, deadline);
            }
        }
    }
}
