//! What operators and guests ask of an exhibit.

use std::time::Duration;

use super::Exhibit;
use super::following::FOLLOW_TIMEOUT;
use super::operation::{Completion, DESTROY_TIMEOUT, PendingRequest, SNAPSHOT_TIMEOUT};
use super::phase::{Intent, Phase};
use super::step::{Context, Input};
use crate::core::effect::Effect;
use crate::core::incident::{Notice, Outcome};
use crate::core::status::Stopped;
use crate::core::types::{
    Action, Answer, Evidence, ExhibitSettings, Failure, Holder, IdleSettings, Ignored, OpId, Refusal,
    RequestId, SnapshotStep, Symptom, VmAction, VmState, WallTime,
};

/// libvirt reads a VM in milliseconds, unless it keeps it locked: whoever wants to read is told so by then.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

impl Exhibit {
    pub(super) fn answer(&mut self, ctx: &mut Context<'_>, id: RequestId, result: Result<Answer, Refusal>) {
        let result = match result {
            Ok(answer) => Ok(self.operations.following.told(id, answer)),
            Err(refusal) => {
                self.operations.following.forget(id);
                Err(refusal)
            }
        };
        ctx.effects.push(Effect::Answer { id, result });
    }

    /// Begins what is asked for, or answers it.
    pub(super) fn take_up(&mut self, ctx: &mut Context<'_>, id: RequestId, by: &str, action: Action) {
        let result = match action {
            Action::Start => self.ask_restore(ctx, id, by, false),
            Action::Revert => self.ask_restore(ctx, id, by, true),
            Action::Stop => self.ask_stop(ctx, id, by),
            Action::Hold { until, reason } => self.ask_hold(ctx, by, until, reason).map(Some),
            Action::Resume => Ok(Some(self.end_hold(ctx, Some(Holder::Staff(by.into()))))),
            Action::ListSnapshots => self.ask_list(ctx, id),
            Action::CreateSnapshot(name) => self.ask_create(ctx, id, name),
            Action::ConvertSnapshot { present } => self.ask_convert(ctx, id, present),
            Action::DeleteSnapshot(name) => self.ask_delete(ctx, id, name),
            Action::GuestRevert { reason, severity } => {
                let evidence = match severity {
                    Some(severity) => Evidence::GuestSaysSeverely { reason, severity },
                    None => Evidence::GuestSays { reason },
                };
                Ok(Some(self.guest_request(ctx, Symptom::GuestRequest, evidence)))
            }
            Action::Idle { lasted } => Ok(Some(self.idle(ctx, lasted))),
        };
        if let Some(result) = result.transpose() {
            self.answer(ctx, id, result);
        }
    }

    /// Takes up a question that the end of `op` will answer.
    pub(super) fn wait_for(
        &mut self,
        ctx: &Context<'_>,
        id: RequestId,
        op: OpId,
        patience: Duration,
        completion: Completion,
    ) {
        let deadline = Some(ctx.now.mono + patience);
        self.operations.wait_for(PendingRequest { id, op, deadline, completion });
    }

    /// Answers those who waited for this operation, and who have not been told that it takes longer.
    pub(super) fn answer_done(&mut self, ctx: &mut Context<'_>, op: OpId, result: &Result<(), Failure>) {
        for PendingRequest { id, completion, deadline, .. } in self.operations.take_pending(op) {
            let waits = deadline.is_some();
            let stop_failed = result.as_ref().err().filter(|_| completion == Completion::Stopped);
            let answer = match (completion, result) {
                (Completion::Abandoned(why), _) => Err(why),
                (completion, Ok(())) => Ok(self.ended_well(ctx, completion)),
                (_, Err(failure)) => Err(failure.into()),
            };
            if waits {
                self.answer(ctx, id, answer);
            }
            if let Some(failure) = stop_failed {
                self.stop_failed(ctx, failure);
            }
        }
    }

    /// Its VM runs on: then it is watched as before, and nobody takes it for stopped.
    fn stop_failed(&mut self, ctx: &mut Context<'_>, failure: &Failure) {
        // Somebody may have started it meanwhile, or Vitrine ends.
        if self.custody.stopped().is_none() || !self.is_closed() {
            return;
        }
        self.notice(ctx, Notice::StopFailed { failure: failure.clone() });
        self.custody.unstop();
        self.observe(ctx);
        self.reassess(ctx);
    }

    /// Answers those who waited for the VM to be restored, unless the ladder goes on: then they wait for its next rung.
    pub(super) fn answer_restored(
        &mut self,
        ctx: &mut Context<'_>,
        requests: Vec<PendingRequest>,
        result: &Result<Answer, Refusal>,
    ) {
        for PendingRequest { id, .. } in requests {
            match self.phase().properties().operation {
                Some(next) if self.phase().properties().restores => self.wait_until_restored(ctx, id, next),
                Some(_) | None => self.answer(ctx, id, result.clone()),
            }
        }
    }

    /// Has a request answered by the end of this operation, or of what comes of it.
    pub(super) fn wait_until_restored(&mut self, ctx: &Context<'_>, id: RequestId, op: OpId) {
        // The watchdog's own deadline comes first, so that it is the one to say that the call hangs.
        let patience = self.settings.recovery.deadline + DESTROY_TIMEOUT + Duration::from_secs(1);
        self.wait_for(ctx, id, op, patience, Completion::Restored);
    }

    pub(super) fn wait_until_stopped(&mut self, ctx: &Context<'_>, id: RequestId, op: OpId) {
        self.wait_for(ctx, id, op, self.settings.recovery.deadline + DESTROY_TIMEOUT, Completion::Stopped);
    }

    fn ended_well(&mut self, ctx: &mut Context<'_>, completion: Completion) -> Answer {
        match completion {
            Completion::Restored | Completion::Abandoned(_) => Answer::Done,
            Completion::Stopped => {
                self.vm.set_state(VmState::ShutOff);
                Answer::Done
            }
            Completion::Listed => Answer::Snapshots(self.vm.info().snapshots.names()),
            Completion::Deleted(snapshot) => {
                self.vm.snapshot_deleted(&snapshot);
                self.notice(ctx, Notice::SnapshotDeleted { snapshot });
                Answer::Done
            }
        }
    }

    /// Answers whoever has waited too long; the operation itself goes on.
    pub(super) fn answer_overdue(&mut self, ctx: &mut Context<'_>) {
        let (name, vm) = (self.settings.name.clone(), self.settings.vm.clone());
        for (id, action) in self.operations.following.take_overdue(ctx.now.mono) {
            let (exhibit, waited) = (name.clone(), FOLLOW_TIMEOUT);
            let refusal = if action == Action::Stop {
                Refusal::StopWaits { exhibit, waited }
            } else {
                Refusal::WaitedInVain { exhibit, waited }
            };
            self.answer(ctx, id, Err(refusal));
        }
        for request in self.operations.take_overdue(ctx.now.mono) {
            let refusal = match request.completion {
                Completion::Listed => Refusal::ListOverdue { vm: vm.clone(), waited: READ_TIMEOUT },
                Completion::Stopped => Refusal::StopOverdue { exhibit: name.clone() },
                Completion::Restored | Completion::Deleted(_) | Completion::Abandoned(_) => {
                    Refusal::CallOverdue { exhibit: name.clone() }
                }
            };
            self.answer(ctx, request.id, Err(refusal));
        }
    }

    /// Answers everybody, since the exhibit or the daemon goes.
    pub(super) fn answer_all(&mut self, ctx: &mut Context<'_>, why: &Refusal) {
        let pending = self.operations.take_all().into_iter().map(|request| request.id);
        let making = self.maker.take().map(|making| making.ids).unwrap_or_default();
        let ids: Vec<_> = pending.chain(making).chain(self.operations.following.take_all()).collect();
        for id in ids {
            self.answer(ctx, id, Err(why.clone()));
        }
    }

    /// Whether libvirt is there, and has the VM.
    pub(super) fn reachable(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        let exhibit = self.settings.name.clone();
        if !ctx.link_up || self.vm.state() == VmState::Unknown {
            return Err(Refusal::LibvirtUnreachable { exhibit });
        }
        if self.vm.state() == VmState::Missing {
            return Err(Refusal::NoVm { exhibit, vm: self.settings.vm.clone() });
        }
        Ok(())
    }

    fn ask_restore(
        &mut self,
        ctx: &mut Context<'_>,
        id: RequestId,
        by: &str,
        needs_snapshot: bool,
    ) -> Result<Option<Answer>, Refusal> {
        self.reachable(ctx)?;
        let snapshot = &self.settings.snapshot;
        if needs_snapshot && !self.vm.can_revert_to(snapshot) {
            let ExhibitSettings { name, vm, .. } = &self.settings;
            return Err(Refusal::NoSnapshot {
                exhibit: name.clone(),
                vm: vm.clone(),
                snapshot: snapshot.clone(),
            });
        }
        let runs = self.vm.is_running() && !self.is_closed();
        if runs && !self.vm.can_revert_to(snapshot) {
            // There is nothing to put it back to, and it is started already.
            return Ok(Some(Answer::Done));
        }
        self.recovery.asked_for(ctx.now, &self.settings.recovery);
        self.custody.take_retry();
        self.close_incident(ctx, Outcome::Ended { at: ctx.now });
        self.open_incident(ctx, Symptom::Operator, Evidence::AskedFor { by: by.into() });
        self.custody.unstop();
        self.begin_recovery(ctx, Symptom::Operator);
        self.recovery.starts_anew();
        if let Some(operation) = self.operations.current() {
            self.wait_until_restored(ctx, id, operation.op);
        }
        Ok(None)
    }

    fn ask_stop(
        &mut self,
        ctx: &mut Context<'_>,
        id: RequestId,
        by: &str,
    ) -> Result<Option<Answer>, Refusal> {
        self.reachable(ctx)?;
        self.decide_stop(ctx, by);
        let op = self.stop_now(ctx);
        self.wait_until_stopped(ctx, id, op);
        Ok(None)
    }

    /// It is to be stopped. One that waits for its turn was decided already.
    pub(super) fn decide_stop(&mut self, ctx: &mut Context<'_>, by: &str) {
        if self.custody.stopped().is_none() {
            self.notice(ctx, Notice::Stopped { by: by.into() });
        }
        self.custody.stop(Stopped { by: by.into(), since: ctx.now.wall });
    }

    pub(super) fn stop_now(&mut self, ctx: &mut Context<'_>) -> OpId {
        self.close_incident(ctx, Outcome::Ended { at: ctx.now });
        let op = self.start_operation(ctx, VmAction::Destroy, None);
        self.enter(ctx, Phase::Closed);
        op
    }

    fn ask_hold(
        &mut self,
        ctx: &mut Context<'_>,
        by: &str,
        until: Option<WallTime>,
        reason: Option<String>,
    ) -> Result<Answer, Refusal> {
        if until.is_some_and(|until| until <= ctx.now.wall) {
            return Err(Refusal::HoldOver { exhibit: self.settings.name.clone() });
        }
        Ok(self.begin_hold(ctx, Holder::Staff(by.into()), until, reason))
    }

    pub(super) fn begin_hold(
        &mut self,
        ctx: &mut Context<'_>,
        by: Holder,
        until: Option<WallTime>,
        reason: Option<String>,
    ) -> Answer {
        if self.custody.begin(ctx.now, by.clone(), until, reason.clone()) {
            // Whoever holds it may stop and start its VM.
            self.vm.doubt_process();
            self.notice(ctx, Notice::Held { by, reason });
        }
        if let Phase::Broken { why, retry_at } = self.phase() {
            self.custody.retry_afterwards((why, retry_at));
        }
        let starts = matches!(self.phase(), Phase::Waiting { intent: Intent::Start, .. });
        if self.phase().properties().yields_to_hold {
            self.reassess(ctx);
        } else if starts && self.recovery.is_adopted() {
            // What becomes of the VM now is for whoever holds it to say.
            self.wait(ctx, Intent::Assess);
        }
        Answer::Done
    }

    /// Ends a hold whose time is over.
    pub(super) fn end_hold_in_time(&mut self, ctx: &mut Context<'_>) {
        if !self.custody.check_end(ctx.now) {
            return;
        }
        if self.custody.is_by_configuration() {
            self.begin_hold(ctx, Holder::Configuration, None, None);
        } else {
            self.end_hold(ctx, None);
        }
    }

    pub(super) fn end_hold(&mut self, ctx: &mut Context<'_>, by: Option<Holder>) -> Answer {
        let Some(lasted) = self.custody.end(ctx.now) else { return Answer::Done };
        self.notice(ctx, Notice::Resumed { by });
        // Somebody has worked on it for a while, and what did not help before may do so now.
        let worked_on = lasted >= self.settings.recovery.reset_after;
        if worked_on {
            self.recovery.forget();
        }
        let retry = self.custody.take_retry().filter(|_| !worked_on && self.seems_ill(ctx));
        if self.phase() == Phase::Held {
            match retry {
                Some((why, retry_at)) => {
                    // A VM that runs gets the time of one beat to show that it is well by now.
                    let beat_by = self.next_beat(ctx.now.mono).filter(|_| self.vm.illness().is_none());
                    self.broken(ctx, why, beat_by.map_or(retry_at, |beat_by| beat_by.max(retry_at)));
                }
                None => self.reassess(ctx),
            }
        }
        Answer::Done
    }

    /// Whether nothing that is known of it just now speaks for its health.
    fn seems_ill(&self, ctx: &Context<'_>) -> bool {
        let beats = |timeout| self.probes.heartbeat.came_within(timeout, ctx.now.mono);
        match (self.vm.illness(), self.settings.heartbeat) {
            (Some(_), _) => true,
            (None, Some(heartbeat)) => !beats(heartbeat.timeout),
            (None, None) => false,
        }
    }

    /// One reading at a time: libvirt's calls cannot be cancelled, and behind a VM that it keeps locked each would
    /// hold a thread. Who asks meanwhile gets the answer of the one under way.
    fn ask_list(&mut self, ctx: &mut Context<'_>, id: RequestId) -> Result<Option<Answer>, Refusal> {
        self.reachable(ctx)?;
        // Reading is no work on the VM: it must not be in the way of a remedy.
        let (op, is_new) = self.operations.read_by(|| ctx.numbers.op());
        if is_new {
            ctx.effects.push(Effect::Vm { exhibit: self.id, op, action: VmAction::Inspect });
        }
        self.wait_for(ctx, id, op, READ_TIMEOUT, Completion::Listed);
        Ok(None)
    }

    fn ask_delete(
        &mut self,
        ctx: &mut Context<'_>,
        id: RequestId,
        snapshot: String,
    ) -> Result<Option<Answer>, Refusal> {
        self.reachable(ctx)?;
        let (exhibit, there) = (&self.settings.name, &self.vm.info().snapshots);
        if let Some(external) = there.tie(&snapshot) {
            let (exhibit, external) = (exhibit.clone(), external.to_owned());
            return Err(if external == snapshot {
                Refusal::DeleteExternal { exhibit, snapshot }
            } else {
                Refusal::DeleteTied { exhibit, snapshot, external }
            });
        }
        let proven = there.proven(&self.settings.snapshot).map(|proven| proven.name.clone());
        let is_needed = snapshot == self.settings.snapshot || proven.as_ref() == Some(&snapshot);
        if is_needed && !self.is_held() && there.get(&snapshot).is_some() {
            return Err(Refusal::DeleteNeeded { exhibit: exhibit.clone(), snapshot });
        }
        let keeps = proven.filter(|_| !self.is_held());
        let op =
            self.start_operation(ctx, VmAction::DeleteSnapshot { snapshot: snapshot.clone(), keeps }, None);
        if !self.is_closed() {
            let deadline = ctx.now.mono + SNAPSHOT_TIMEOUT;
            self.enter(ctx, Phase::Snapshotting { op, step: SnapshotStep::Deleting, deadline });
        }
        self.wait_for(ctx, id, op, SNAPSHOT_TIMEOUT, Completion::Deleted(snapshot));
        Ok(None)
    }

    fn idle(&mut self, ctx: &mut Context<'_>, lasted: Duration) -> Answer {
        match self.settings.idle {
            IdleSettings::Ignore => Answer::Ignored(Ignored::IdlenessIgnored),
            IdleSettings::After(limit) if lasted < limit => {
                Answer::Ignored(Ignored::NotIdleEnough { lasted, limit })
            }
            IdleSettings::Trust | IdleSettings::After(_) => {
                self.guest_request(ctx, Symptom::Idle, Evidence::WithoutAVisitor { lasted })
            }
        }
    }

    /// The guest wants to be put back.
    fn guest_request(&mut self, ctx: &mut Context<'_>, why: Symptom, evidence: Evidence) -> Answer {
        if let Some(hold) = self.custody.hold() {
            return Answer::Ignored(Ignored::OnHold { by: hold.by.clone() });
        }
        if let Some(reason) = self.phase().properties().ignores_guest {
            return Answer::Ignored(reason);
        }
        if self.recovery.is_guest_budget_spent(ctx.now, &self.settings.recovery) {
            return Answer::Ignored(Ignored::TooOften);
        }
        let has_snapshot = self.vm.can_revert_to(&self.settings.snapshot);
        // Nobody is helped by a boot because nobody is there.
        if !has_snapshot && why == Symptom::Idle {
            let (exhibit, snapshot) = (self.settings.name.clone(), self.settings.snapshot.clone());
            return Answer::Ignored(Ignored::WithoutSnapshot { exhibit, snapshot });
        }
        self.step(ctx, Input::GuestRequest(why, evidence));
        if has_snapshot { Answer::Accepted } else { Answer::StartedAnew }
    }
}
