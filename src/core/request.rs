//! What operators and guests ask of an exhibit.

use std::time::{Duration, Instant};

use super::decisions::CONFIGURATION;
use super::effect::Effect;
use super::exhibit::{Context, Exhibit, Input, Intent, Operation, Phase};
use super::incident::{Notice, Outcome};
use super::remedy::DESTROY_TIMEOUT;
use super::snapshot::SNAPSHOT_TIMEOUT;
use super::status::{Hold, Stopped};
use super::types::{
    Action, Answer, Failure, IdleSettings, OpId, Refusal, RequestId, SnapshotStep, Symptom, VmAction,
    VmState, WallTime,
};

/// libvirt reads a VM in milliseconds, unless it keeps it locked: whoever wants to read is told so by then.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// A question whose answer is the end of a slow effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PendingRequest {
    id: RequestId,
    op: OpId,
    /// Whoever asked hears by then that it has not come back yet.
    pub(super) deadline: Instant,
    then: Completion,
}

/// What the good end of a slow effect that somebody asked for means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Completion {
    Restored,
    Stopped,
    Listed,
    Deleted(String),
    /// Somebody's snapshot was not fit to be kept, for this reason, and the artwork is put back.
    Abandoned(String),
}

impl Exhibit {
    /// Answers a question, or sees to it that it will be answered.
    pub(super) fn request(&mut self, ctx: &mut Context<'_>, id: RequestId, by: &str, action: Action) {
        let result = match action {
            Action::Start => self.ask_restore(ctx, id, by, false),
            Action::Revert => self.ask_restore(ctx, id, by, true),
            Action::Stop => self.ask_stop(ctx, id, by),
            Action::Hold { until } => self.ask_hold(ctx, by, until).map(Some),
            Action::Resume => Ok(Some(self.end_hold(ctx, by))),
            Action::ListSnapshots => self.ask_list(ctx, id),
            Action::CreateSnapshot(name) => self.ask_create(ctx, id, name),
            Action::ConvertSnapshot { present } => self.ask_convert(ctx, id, present),
            Action::DeleteSnapshot(name) => self.ask_delete(ctx, id, name),
            Action::GuestRevert { reason, severity } => {
                let evidence = match severity {
                    Some(severity) => format!("{reason} ({severity})"),
                    None => reason,
                };
                Ok(Some(self.guest_request(ctx, Symptom::GuestRequest, evidence)))
            }
            Action::Idle { lasted } => Ok(Some(self.idle(ctx, lasted))),
        };
        let result = match result {
            Ok(None) => return,
            Ok(Some(answer)) => Ok(answer),
            Err(refusal) => Err(refusal),
        };
        ctx.effects.push(Effect::Answer { id, result });
    }

    /// Takes up a question that the end of `op` will answer.
    pub(super) fn wait_for(
        &mut self,
        ctx: &Context<'_>,
        id: RequestId,
        op: OpId,
        patience: Duration,
        then: Completion,
    ) {
        self.pending.push(PendingRequest { id, op, deadline: ctx.now.mono + patience, then });
    }

    /// Answers who waited for this slow effect.
    pub(super) fn answer_done(&mut self, ctx: &mut Context<'_>, op: OpId, result: &Result<(), Failure>) {
        self.reading.take_if(|reading| *reading == op);
        let (ended, waiting) = std::mem::take(&mut self.pending).into_iter().partition(|ask| ask.op == op);
        self.pending = waiting;
        let ended: Vec<PendingRequest> = ended;
        for PendingRequest { id, then, .. } in ended {
            let not_stopped = then == Completion::Stopped && result.is_err();
            let result = match (then, result) {
                (Completion::Abandoned(why), _) => Err(Refusal::Failed(why)),
                (then, Ok(())) => Ok(self.ended_well(ctx, then)),
                (_, Err(failure)) => Err(refusal(failure)),
            };
            ctx.effects.push(Effect::Answer { id, result });
            if not_stopped {
                self.stopped = None;
                self.reassess(ctx);
            }
        }
    }

    fn ended_well(&mut self, ctx: &mut Context<'_>, then: Completion) -> Answer {
        match then {
            Completion::Restored | Completion::Abandoned(_) => Answer::Done,
            Completion::Stopped => {
                self.vm.state = VmState::ShutOff;
                Answer::Done
            }
            Completion::Listed => Answer::Snapshots(self.vm.snapshots.names()),
            Completion::Deleted(snapshot) => {
                self.vm.snapshots.remove(&snapshot);
                self.notice(ctx, Notice::SnapshotDeleted { snapshot });
                Answer::Done
            }
        }
    }

    /// Answers whoever has waited too long; the slow effect itself goes on.
    pub(super) fn answer_overdue(&mut self, ctx: &mut Context<'_>) {
        let now = ctx.now.mono;
        let (name, vm) = (&self.settings.name, &self.settings.vm);
        self.pending.retain(|ask| {
            if ask.deadline > now {
                return true;
            }
            let refusal = if ask.then == Completion::Listed {
                Refusal::Unavailable(format!(
                    "libvirt has not told within {} s which snapshots {vm} has: it keeps the VM locked, or hangs. If \
                     this goes on, see `virsh domjobinfo {vm}` and libvirt's own log",
                    READ_TIMEOUT.as_secs()
                ))
            } else {
                Refusal::Failed(format!(
                    "libvirt has not answered for {name} in time; it may still do what was asked. See `vitrine status`, \
                     and libvirt's own log if this goes on"
                ))
            };
            ctx.effects.push(Effect::Answer { id: ask.id, result: Err(refusal) });
            if let Some(operation) = self.operation.as_mut().filter(|operation| operation.op == ask.op) {
                operation.overdue = true;
            }
            false
        });
    }

    /// Answers everybody, since the exhibit or the daemon goes.
    pub(super) fn answer_all(&mut self, ctx: &mut Context<'_>, why: &str) {
        let asks = self.pending.drain(..).map(|ask| ask.id);
        for id in asks.chain(self.making.take().map(|making| making.id)) {
            ctx.effects.push(Effect::Answer { id, result: Err(Refusal::Unavailable(why.into())) });
        }
    }

    /// Whether something slow can be begun on the VM now.
    pub(super) fn free(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        self.reachable(ctx)?;
        self.unless_busy(self.operation.is_some() || self.making.is_some())
    }

    /// The same for what ends the QEMU process first, and with it a call that hangs on it.
    fn free_to_take_over(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        self.reachable(ctx)?;
        self.unless_busy(self.occupied() || self.making.is_some())
    }

    fn unless_busy(&self, busy: bool) -> Result<(), Refusal> {
        if busy {
            return Err(Refusal::Conflict(format!(
                "{} is busy with an earlier start, stop, revert or snapshot; try again when it is done",
                self.settings.name
            )));
        }
        Ok(())
    }

    fn reachable(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        let name = &self.settings.name;
        if !ctx.link_up || self.vm.state == VmState::Unknown {
            return Err(Refusal::Unavailable(format!(
                "libvirt is not reached just now, so nothing can be done to {name}; Vitrine keeps trying"
            )));
        }
        if self.vm.state == VmState::Missing {
            return Err(Refusal::NotFound(format!(
                "libvirt has no VM named {}, which {name} is configured for; see `virsh list --all`",
                self.settings.vm
            )));
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
        self.free_to_take_over(ctx)?;
        let snapshot = &self.settings.snapshot;
        if needs_snapshot && !self.vm.can_revert_to(snapshot) {
            return Err(Refusal::NotFound(format!(
                "{} has no snapshot named {snapshot}; with the artwork running as it should, make one: \
                 vitrine snapshot create {}",
                self.settings.vm, self.settings.name
            )));
        }
        let runs = self.vm.state == VmState::Running && self.phase != Phase::Closed;
        if runs && !self.vm.can_revert_to(snapshot) {
            // There is nothing to put it back to, and it is started already.
            return Ok(Some(Answer::Done));
        }
        self.ladder.ask(ctx.now, &self.settings.recovery);
        self.retry_after_hold = None;
        self.close_incident(ctx, Outcome::Ended { at: ctx.now });
        self.open_incident(ctx, Symptom::Operator, format!("asked for by {by}"));
        self.stopped = None;
        self.begin_recovery(ctx, Symptom::Operator);
        self.started_notice_due = true;
        if let Some(Operation { op, .. }) = self.operation {
            // The watchdog's own deadline comes first, so that it is the one to say that the call hangs.
            let patience = self.settings.recovery.deadline + DESTROY_TIMEOUT + Duration::from_secs(1);
            self.wait_for(ctx, id, op, patience, Completion::Restored);
        }
        Ok(None)
    }

    fn ask_stop(
        &mut self,
        ctx: &mut Context<'_>,
        id: RequestId,
        by: &str,
    ) -> Result<Option<Answer>, Refusal> {
        self.free_to_take_over(ctx)?;
        self.close_incident(ctx, Outcome::Ended { at: ctx.now });
        self.notice(ctx, Notice::Stopped { by: by.into() });
        self.stopped = Some(Stopped { by: by.into(), since: ctx.now.wall });
        let op = self.start_operation(ctx, VmAction::Destroy);
        self.enter(ctx, Phase::Closed);
        self.wait_for(ctx, id, op, self.settings.recovery.deadline + DESTROY_TIMEOUT, Completion::Stopped);
        Ok(None)
    }

    fn ask_hold(
        &mut self,
        ctx: &mut Context<'_>,
        by: &str,
        until: Option<WallTime>,
    ) -> Result<Answer, Refusal> {
        if until.is_some_and(|until| until <= ctx.now.wall) {
            return Err(Refusal::Unfit(format!(
                "the hold of {} was to end at a moment that is over, so nothing has changed; is the clock right that \
                 it was taken from? Without an end it lasts until it is ended",
                self.settings.name
            )));
        }
        Ok(self.begin_hold(ctx, by, until))
    }

    pub(super) fn begin_hold(&mut self, ctx: &mut Context<'_>, by: &str, until: Option<WallTime>) -> Answer {
        let since = self.hold.as_ref().map_or(ctx.now.wall, |hold| hold.since);
        // Who holds what is held already has the last word on its end, and staff have it before the configuration.
        if self.hold.as_ref().is_none_or(|hold| hold.until != until || hold.by == CONFIGURATION) {
            self.set_hold(ctx.now, Hold { by: by.into(), since, until });
            // Whoever holds it may stop and start its VM.
            self.process_may_differ = true;
            self.notice(ctx, Notice::Held { by: by.into() });
        }
        if let Phase::Broken { why, retry_at } = self.phase {
            self.retry_after_hold = Some((why, retry_at));
        }
        match self.phase {
            Phase::Healthy { .. }
            | Phase::Suspect { .. }
            | Phase::Settling { .. }
            | Phase::Broken { .. }
            | Phase::Waiting { intent: Intent::Respond(_) | Intent::Assess, .. } => self.reassess(ctx),
            // What becomes of the VM now is for whoever holds it to say.
            Phase::Waiting { intent: Intent::Start, .. } if self.adopt => self.wait(ctx, Intent::Assess),
            // What is under way ends first; then the hold is seen.
            Phase::Waiting { intent: Intent::Start, .. }
            | Phase::Starting { .. }
            | Phase::Recovering { .. }
            | Phase::Snapshotting { .. }
            | Phase::Proving { .. }
            | Phase::Held
            | Phase::Closed => {}
        }
        Answer::Done
    }

    pub(super) fn end_hold(&mut self, ctx: &mut Context<'_>, by: &str) -> Answer {
        self.hold_ends = None;
        self.held_by_configuration = false;
        if self.hold.take().is_none() {
            return Answer::Done;
        }
        self.notice(ctx, Notice::Resumed { by: by.into() });
        // Somebody has worked on it for a while, and what did not help before may do so now.
        let lasting = self.settings.recovery.reset_after;
        let worked_on =
            self.held_from.take().is_some_and(|from| ctx.now.mono.duration_since(from) >= lasting);
        if worked_on {
            self.ladder.reset();
        }
        let retry = self.retry_after_hold.take().filter(|_| !worked_on && self.seems_ill(ctx));
        if self.phase == Phase::Held {
            match retry {
                Some((why, retry_at)) => {
                    // A VM that runs gets the time of one beat to show that it is well by now.
                    let beat_by = self.next_beat(ctx.now.mono).filter(|_| self.illness().is_none());
                    self.broken(ctx, why, beat_by.map_or(retry_at, |beat_by| beat_by.max(retry_at)));
                }
                None => self.reassess(ctx),
            }
        }
        Answer::Done
    }

    /// One reading at a time: libvirt's calls cannot be cancelled, and behind a VM that it keeps locked each would
    /// hold a thread. Who asks meanwhile gets the answer of the one under way.
    fn ask_list(&mut self, ctx: &mut Context<'_>, id: RequestId) -> Result<Option<Answer>, Refusal> {
        self.reachable(ctx)?;
        // Reading is no work on the VM: it must not be in the way of a remedy.
        let op = self.reading.unwrap_or_else(|| {
            let op = ctx.numbers.op();
            ctx.effects.push(Effect::Vm { exhibit: self.id, op, action: VmAction::Inspect });
            op
        });
        self.reading = Some(op);
        self.wait_for(ctx, id, op, READ_TIMEOUT, Completion::Listed);
        Ok(None)
    }

    fn ask_delete(
        &mut self,
        ctx: &mut Context<'_>,
        id: RequestId,
        snapshot: String,
    ) -> Result<Option<Answer>, Refusal> {
        self.free(ctx)?;
        let (exhibit, there) = (&self.settings.name, &self.vm.snapshots);
        if let Some(external) = there.tie(&snapshot) {
            let what = if external == snapshot {
                format!("'{snapshot}' is an external snapshot")
            } else {
                format!("'{snapshot}' belongs to the same images as the external snapshot '{external}'")
            };
            return Err(Refusal::Conflict(format!(
                "{what}, and deleting it could take along what others need, so Vitrine deletes none of them. Nothing was \
                 changed. First make the artwork independent of it (vitrine snapshot convert {exhibit}); what is left \
                 then is yours to delete by virsh"
            )));
        }
        let proven = there.proven(&self.settings.snapshot).map(|proven| proven.name.clone());
        let is_needed = snapshot == self.settings.snapshot || proven.as_ref() == Some(&snapshot);
        if is_needed && self.hold.is_none() && there.get(&snapshot).is_some() {
            return Err(Refusal::Conflict(format!(
                "{exhibit} is put back to {snapshot}, so it is not deleted while Vitrine watches over it; \
                 to replace it: vitrine snapshot create {exhibit}; to delete it all the same, first: vitrine hold {exhibit}"
            )));
        }
        let keeps = proven.filter(|_| self.hold.is_none());
        let op = self.start_operation(ctx, VmAction::DeleteSnapshot { snapshot: snapshot.clone(), keeps });
        if self.phase != Phase::Closed {
            let deadline = ctx.now.mono + SNAPSHOT_TIMEOUT;
            self.enter(ctx, Phase::Snapshotting { op, step: SnapshotStep::Deleting, deadline });
        }
        self.wait_for(ctx, id, op, SNAPSHOT_TIMEOUT, Completion::Deleted(snapshot));
        Ok(None)
    }

    fn idle(&mut self, ctx: &mut Context<'_>, lasted: Duration) -> Answer {
        let seconds = lasted.as_secs();
        match self.settings.idle {
            IdleSettings::Ignore => Answer::Ignored("this exhibit is configured to ignore idleness".into()),
            IdleSettings::After(limit) if lasted < limit => Answer::Ignored(format!(
                "idle for {seconds} s, and this exhibit is put back after {} s",
                limit.as_secs()
            )),
            IdleSettings::Trust | IdleSettings::After(_) => self.guest_request(
                ctx,
                Symptom::Idle,
                format!("the guest reports {seconds} s without a visitor"),
            ),
        }
    }

    /// The guest wants to be put back.
    fn guest_request(&mut self, ctx: &mut Context<'_>, why: Symptom, evidence: String) -> Answer {
        if let Some(hold) = &self.hold {
            return Answer::Ignored(format!("on hold by {}", hold.by));
        }
        match self.phase {
            Phase::Healthy { .. } | Phase::Suspect { .. } | Phase::Settling { .. } | Phase::Broken { .. } => {
                if self.guest_budget.spent(ctx.now, &self.settings.recovery) {
                    return Answer::Ignored(
                        "put back too often of late; the artwork goes on as it is".into(),
                    );
                }
                self.step(ctx, Input::GuestRequest(why, evidence));
                Answer::Accepted
            }
            Phase::Starting { .. } | Phase::Recovering { .. } => {
                Answer::Ignored("it is being put back already".into())
            }
            Phase::Waiting { .. } => Answer::Ignored("libvirt is not reached just now".into()),
            Phase::Snapshotting { .. } | Phase::Proving { .. } => {
                Answer::Ignored("a snapshot is being worked on".into())
            }
            Phase::Held | Phase::Closed => Answer::Ignored("it is not being watched over".into()),
        }
    }
}

pub(super) fn refusal(failure: &Failure) -> Refusal {
    let text = failure.to_string();
    match failure {
        Failure::Unreachable(_) => Refusal::Unavailable(text),
        Failure::Busy => Refusal::Conflict(text),
        Failure::Refused(_) | Failure::NotInPlace(_) => Refusal::Failed(text),
        Failure::VmMissing | Failure::SnapshotMissing => Refusal::NotFound(text),
    }
}
