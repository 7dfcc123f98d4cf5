//! How an exhibit is started and mended, and how that is told.

use std::time::{Duration, Instant};

use super::effect::Effect;
use super::exhibit::{Context, Exhibit, Intent, Operation, Phase, RECHECK_INTERVAL};
use super::incident::{Incident, Notice, Outcome, RemedyRun};
use super::ladder::{Means, Step};
use super::types::{
    Failure, HeartbeatSettings, OpId, PauseReason, Remedy, SnapshotKind, Symptom, VmAction, VmState,
};

/// An incident keeps so many remedies.
const MAX_REMEDIES: usize = 32;
/// libvirt gives a QEMU that does not heed SIGTERM 10 seconds before it kills it (`qemuProcessKill`).
pub(super) const DESTROY_TIMEOUT: Duration = Duration::from_secs(15);
/// libvirt, when it is there, tells of a VM within seconds.
const VM_STATE_TIMEOUT: Duration = Duration::from_secs(60);
/// A resume is one word to QEMU.
const RESUME_TIMEOUT: Duration = Duration::from_secs(10);

impl Exhibit {
    /// Starts the exhibit as the state of its VM asks for.
    pub(super) fn start(&mut self, ctx: &mut Context<'_>) {
        let running = self.vm.state == VmState::Running;
        let can_revert = self.vm.can_revert_to(&self.settings.snapshot);
        match self.vm.state {
            VmState::Unknown => return,
            VmState::Missing => {
                self.vm_missing(ctx);
                return;
            }
            _ => {}
        }
        if !can_revert {
            let (vm, snapshot) = (self.settings.vm.clone(), self.settings.snapshot.clone());
            self.notice(ctx, Notice::NoSnapshot { vm, snapshot });
        }
        if running && (self.adopt || !can_revert) {
            self.notice(ctx, Notice::Adopted);
            // It was well when it was last seen; one that runs without a snapshot may still be booting.
            let sign = if self.adopt { Remedy::Resume } else { Remedy::ColdStart };
            self.settle(ctx, sign);
            return;
        }
        if self.occupied() {
            self.broken(ctx, Symptom::StartFailed, ctx.now.mono + RECHECK_INTERVAL);
            return;
        }
        self.process_may_differ = true;
        let means = Means { resume: false, ..self.means() };
        let remedy = self.ladder.rung(means, &self.settings.recovery);
        self.notice(ctx, Notice::Starting(remedy));
        let op = self.start_remedy(ctx, remedy, self.action(remedy));
        let deadline = ctx.now.mono + self.patience(remedy);
        self.enter(ctx, Phase::Starting { op, remedy, deadline });
    }

    /// Whether nothing can be begun: something slow is at work, and is not over its deadline in a way that ending the
    /// QEMU process would help.
    pub(super) fn occupied(&self) -> bool {
        self.operation.is_some_and(|operation| operation.takes_over || !operation.overdue)
    }

    fn means(&self) -> Means {
        let snapshot = &self.settings.snapshot;
        let (resume, alive) = match self.vm.state {
            VmState::Paused(PauseReason::Suspended) => (true, true),
            VmState::Asleep => (true, false),
            VmState::Running
            | VmState::Crashed
            | VmState::Paused(PauseReason::IoError | PauseReason::Panicked) => (false, true),
            // libvirt's own job holds the VM, and the monitor would wait for it.
            VmState::Paused(PauseReason::AtWork)
            | VmState::Unknown
            | VmState::Missing
            | VmState::ShutOff
            | VmState::ShuttingDown => (false, false),
        };
        Means {
            resume,
            in_place: alive
                && !self.process_may_differ
                && self.loads_in_place()
                && self.vm.snapshots.proven(snapshot).is_some_and(|it| it.kind == SnapshotKind::Internal),
            revert: self.vm.can_revert_to(snapshot),
            jammed: self.operation.is_some(),
        }
    }

    /// How long a remedy may take before it counts as hung.
    fn patience(&self, remedy: Remedy) -> Duration {
        let rules = &self.settings.recovery;
        match remedy {
            Remedy::Resume => RESUME_TIMEOUT.min(rules.deadline),
            Remedy::InPlaceRevert => rules.in_place.unwrap_or(rules.deadline),
            Remedy::FullRevert => rules.deadline,
            Remedy::DestroyRevert | Remedy::ColdStart => rules.deadline + DESTROY_TIMEOUT,
        }
    }

    /// Whether all that can be done for it by itself has been tried without success, and it is still ill.
    pub(super) fn is_past_help(&self, now: Instant) -> bool {
        let given_up = self.ladder.has_given_up()
            || self.operation.is_some_and(|operation| operation.takes_over && operation.overdue);
        self.hold.is_none()
            && match self.phase {
                Phase::Starting { .. } | Phase::Recovering { .. } | Phase::Settling { .. } => given_up,
                Phase::Broken { why, .. } => given_up && why != Symptom::VmMissing,
                // libvirt is there and does not speak of this VM: it, or somebody in it, holds the VM fast.
                Phase::Waiting { .. } => now.duration_since(self.phase_since.mono) > VM_STATE_TIMEOUT,
                Phase::Suspect { may_pass, .. } => given_up && !may_pass,
                Phase::Healthy { .. }
                | Phase::Snapshotting { .. }
                | Phase::Proving { .. }
                | Phase::Held
                | Phase::Closed => false,
            }
    }

    /// Whether visitors may see the artwork as it should be, or somebody works on it.
    pub(super) fn has_something_to_lose(&self, now: Instant) -> bool {
        let beats = |heartbeat: HeartbeatSettings| {
            self.beat.is_some_and(|(at, _)| now.duration_since(at) <= heartbeat.timeout)
        };
        self.hold.is_some()
            || match self.phase {
                Phase::Healthy { .. } | Phase::Snapshotting { .. } | Phase::Proving { .. } => true,
                Phase::Suspect { may_pass, .. } => may_pass,
                // libvirt does not say how it is, but the guest or the screen may.
                Phase::Waiting { intent: Intent::Start | Intent::Assess, .. } => {
                    self.settings.heartbeat.map_or(self.viewer.placed(), beats)
                }
                Phase::Waiting { intent: Intent::Respond(_), .. }
                | Phase::Starting { .. }
                | Phase::Recovering { .. }
                | Phase::Settling { .. }
                | Phase::Broken { .. }
                | Phase::Held
                | Phase::Closed => false,
            }
    }

    /// Whether libvirt is at work on it, and may still come to an end by itself.
    pub(super) fn is_being_worked_on(&self) -> bool {
        self.operation.is_some_and(|operation| !operation.overdue)
    }

    /// Does something against a symptom: now, in a moment, or after a long pause, as the ladder says.
    pub(super) fn respond_to(&mut self, ctx: &mut Context<'_>, why: Symptom) {
        if self.hold.is_some() {
            self.reassess(ctx);
            return;
        }
        if self.vm.state == VmState::Missing {
            self.vm_missing(ctx);
            return;
        }
        if !ctx.link_up {
            self.wait(ctx, Intent::Respond(why));
            return;
        }
        if self.occupied() {
            self.broken(ctx, why, ctx.now.mono + RECHECK_INTERVAL);
            return;
        }
        self.forget_if_it_lasted(ctx, why);
        // It ran, and would run on: that costs nothing of the budget, as little as the trial did.
        if self.ladder.ended_by_trial() {
            self.apply_next_rung(ctx, why);
            return;
        }
        match self.ladder.step(ctx.now, &self.settings.recovery) {
            Step::Apply => self.begin_recovery(ctx, why),
            Step::ApplyAt(act_at) => self.enter(ctx, Phase::Suspect { why, act_at, may_pass: false }),
            Step::GiveUp(retry_at) => self.broken(ctx, why, retry_at),
        }
    }

    /// A success that lasted begins a new row.
    fn forget_if_it_lasted(&mut self, ctx: &Context<'_>, why: Symptom) {
        // What it takes to see the symptom is no health.
        let unseen = self.detection(why);
        let lasted = self.healthy_since.take().map(|since| ctx.now.mono.duration_since(since));
        if lasted.is_some_and(|lasted| lasted >= self.settings.recovery.reset_after + unseen) {
            self.ladder.reset();
        }
    }

    /// How long a symptom may have been there before it was seen.
    fn detection(&self, why: Symptom) -> Duration {
        let settings = &self.settings;
        let time = match why {
            Symptom::HeartbeatLost => settings.heartbeat.map(|heartbeat| heartbeat.timeout),
            Symptom::AgentSilent => {
                settings.agent.map(|agent| (agent.interval + agent.timeout) * agent.misses)
            }
            // Once for the viewer, once for the VM.
            Symptom::PictureFrozen => settings.picture.map(|picture| 2 * (picture.frozen + picture.interval)),
            Symptom::VmStopped
            | Symptom::VmPaused
            | Symptom::IoError
            | Symptom::GuestPanicked
            | Symptom::GuestRequest
            | Symptom::Idle
            | Symptom::Operator
            | Symptom::StartFailed
            | Symptom::VmMissing => None,
        };
        time.unwrap_or_default()
    }

    /// Does what the guest itself asks for; its budget has been looked at.
    pub(super) fn honour_request(&mut self, ctx: &mut Context<'_>, why: Symptom) {
        if self.vm.state == VmState::Missing || !ctx.link_up || self.occupied() {
            self.respond_to(ctx, why);
        } else {
            self.forget_if_it_lasted(ctx, why);
            self.guest_budget.begin(ctx.now, &self.settings.recovery);
            let remedy = self.apply_next_rung(ctx, why);
            // Idleness is no illness. But a guest that asks again has not been helped.
            if why == Symptom::GuestRequest {
                self.ladder.climb_past(remedy);
            }
        }
    }

    /// A broken exhibit's pause is over.
    pub(super) fn retry(&mut self, ctx: &mut Context<'_>, why: Symptom) {
        if self.vm.state == VmState::Missing || !ctx.link_up || self.occupied() {
            self.observe(ctx);
            self.phase = Phase::Broken { why, retry_at: ctx.now.mono + RECHECK_INTERVAL };
        } else {
            self.begin_recovery(ctx, why);
        }
    }

    /// Begins a remedy at once; the caller has seen to it that nothing speaks against it.
    pub(super) fn begin_recovery(&mut self, ctx: &mut Context<'_>, why: Symptom) {
        let remedy = self.apply_next_rung(ctx, why);
        self.ladder.begin(ctx.now, &self.settings.recovery, remedy);
    }

    fn apply_next_rung(&mut self, ctx: &mut Context<'_>, why: Symptom) -> Remedy {
        let mut means = self.means();
        // Who asks for a revert gets one, though the VM is suspended as well.
        means.resume &= why == Symptom::VmPaused;
        let remedy = self.ladder.rung(means, &self.settings.recovery);
        self.run_remedy(ctx, why, remedy, self.action(remedy));
        remedy
    }

    /// Begins this remedy, which this action is, against a symptom.
    pub(super) fn run_remedy(
        &mut self,
        ctx: &mut Context<'_>,
        why: Symptom,
        remedy: Remedy,
        action: VmAction,
    ) -> OpId {
        self.healthy_since = None;
        let op = self.start_remedy(ctx, remedy, action);
        self.note_symptom(ctx, why);
        if let Some(incident) = &mut self.incident {
            // A broken exhibit may be tried for months: the first remedy and the latest tell enough.
            if incident.remedies.len() >= MAX_REMEDIES {
                incident.remedies.remove(1);
            }
            incident.remedies.push(RemedyRun { remedy, began: ctx.now, ended: None });
        }
        self.record(ctx, Outcome::Recovering);
        let deadline = ctx.now.mono + self.patience(remedy);
        self.enter(ctx, Phase::Recovering { op, remedy, why, deadline });
        op
    }

    fn start_remedy(&mut self, ctx: &mut Context<'_>, remedy: Remedy, action: VmAction) -> OpId {
        self.beat = None;
        self.note = None;
        self.adopt = false;
        if !remedy.keeps_display() {
            self.viewer.forget_other_clients();
        }
        self.booting = remedy == Remedy::ColdStart && self.settings.heartbeat.is_some();
        let op = self.start_operation(ctx, action);
        if let Some(operation) = &mut self.operation {
            operation.remedy = Some(remedy);
        }
        op
    }

    fn action(&self, remedy: Remedy) -> VmAction {
        let snapshot = || self.settings.snapshot.clone();
        match remedy {
            Remedy::Resume => VmAction::Resume,
            Remedy::InPlaceRevert => VmAction::RevertInPlace { snapshot: snapshot() },
            Remedy::FullRevert => VmAction::Revert { snapshot: snapshot() },
            Remedy::DestroyRevert => VmAction::DestroyRevert { snapshot: snapshot() },
            Remedy::ColdStart => {
                // What memory no longer loads may still have the disks as they should be.
                let proven = self.vm.snapshots.proven(&self.settings.snapshot);
                let has_disks = proven.is_some_and(|it| it.kind == SnapshotKind::Internal);
                VmAction::ColdStart { disks_of: has_disks.then(snapshot) }
            }
        }
    }

    /// Hands a slow effect to the exhibit's VM, which must be free, or hang while this one takes over.
    pub(super) fn start_operation(&mut self, ctx: &mut Context<'_>, action: VmAction) -> OpId {
        let op = ctx.numbers.op();
        self.operation =
            Some(Operation { op, remedy: None, takes_over: action.takes_over(), overdue: false });
        ctx.effects.push(Effect::Vm { exhibit: self.id, op, action });
        op
    }

    /// A start or a remedy has come back.
    pub(super) fn restored(
        &mut self,
        ctx: &mut Context<'_>,
        remedy: Remedy,
        why: Symptom,
        result: Result<(), Failure>,
    ) {
        if let Some(run) = self.incident.as_mut().and_then(|incident| incident.remedies.last_mut()) {
            run.ended.get_or_insert((ctx.now, result.clone().map_err(|failure| failure.to_string())));
        }
        match result {
            Ok(()) => {
                self.vm.state = VmState::Running;
                self.clock_wrong |= remedy != Remedy::Resume && remedy != Remedy::ColdStart;
                match remedy {
                    Remedy::FullRevert | Remedy::DestroyRevert => self.process_may_differ = false,
                    Remedy::ColdStart => self.process_may_differ = true,
                    Remedy::Resume | Remedy::InPlaceRevert => {}
                }
                let doubtful = self.ladder.carried_out(remedy);
                // Visitors have seen nothing of it yet.
                if doubtful && self.means().revert && self.hold.is_none() && ctx.link_up {
                    self.apply_next_rung(ctx, why);
                } else {
                    self.settle(ctx, remedy);
                }
            }
            Err(failure) => self.not_restored(ctx, remedy, why, &failure),
        }
    }

    fn not_restored(&mut self, ctx: &mut Context<'_>, remedy: Remedy, why: Symptom, failure: &Failure) {
        let starting = matches!(self.phase, Phase::Starting { .. });
        if starting && !matches!(failure, Failure::Unreachable(_)) {
            self.open_incident(ctx, Symptom::StartFailed, failure.to_string());
        } else if self.incident.is_some() {
            self.record(ctx, Outcome::Recovering);
        }
        if !matches!(failure, Failure::Unreachable(_)) {
            self.observe(ctx);
        }
        match failure {
            // It is looked at again in a moment, or when libvirt is back.
            Failure::Unreachable(_) => {
                if !starting {
                    self.ladder.take_back(remedy);
                }
                self.wait(ctx, if starting { Intent::Start } else { Intent::Respond(why) });
                return;
            }
            Failure::Busy => {
                self.ladder.take_back(remedy);
                self.broken(ctx, why, ctx.now.mono + RECHECK_INTERVAL);
                return;
            }
            Failure::VmMissing => self.vm.state = VmState::Missing,
            Failure::SnapshotMissing => {
                self.vm.snapshots.remove_family(&self.settings.snapshot);
            }
            Failure::NotInPlace(_) => self.in_place_ruled_out = true,
            // A revert that failed leaves the VM off, or as it was: libvirt will say which.
            Failure::Refused(_) => self.ladder.refused(remedy),
        }
        self.ladder.climb_past(remedy);
        self.respond_to(ctx, why);
    }

    /// The VM runs again; now a sign of life is waited for.
    pub(super) fn settle(&mut self, ctx: &mut Context<'_>, after: Remedy) {
        self.settle_by(ctx, self.first_sign(ctx.now.mono, after));
    }

    pub(super) fn settle_by(&mut self, ctx: &mut Context<'_>, deadline: Instant) {
        if self.hold.is_some() {
            self.reassess(ctx);
            return;
        }
        self.observe(ctx);
        self.enter(ctx, Phase::Settling { deadline });
        if self.incident.is_some() {
            self.record(ctx, Outcome::Recovering);
        }
    }

    pub(super) fn first_sign(&self, now: Instant, after: Remedy) -> Instant {
        now + match (self.settings.heartbeat, after) {
            // Nothing but the guest itself was touched: what is well beats as usual, or is put back properly.
            (Some(heartbeat), Remedy::Resume | Remedy::InPlaceRevert) => {
                heartbeat.first.min(2 * heartbeat.timeout)
            }
            (Some(heartbeat), Remedy::FullRevert | Remedy::DestroyRevert) => heartbeat.first,
            (Some(heartbeat), Remedy::ColdStart) => heartbeat.boot,
            (None, _) => self.settings.recovery.deadline,
        }
    }

    /// The call that the phase waits for may not have come back in time. It cannot be cancelled; but what ends the
    /// QEMU process that it waits for ends it too. Where even that hangs, nothing is begun until it has come back.
    pub(super) fn check_hung(&mut self, ctx: &mut Context<'_>, deadline: Instant, why: Symptom) {
        if deadline > ctx.now.mono {
            return;
        }
        self.notice(ctx, Notice::CallHung);
        let Some(operation) = &mut self.operation else { return };
        operation.overdue = true;
        if operation.takes_over {
            let pause = self.settings.recovery.first_pause;
            self.broken(ctx, why, ctx.now.mono + pause);
            return;
        }
        let patience = ctx.now.mono.duration_since(self.phase_since.mono).as_secs();
        let hung = format!("libvirt's call has not come back within {patience} s");
        match self.incident.as_mut().and_then(|incident| incident.remedies.last_mut()) {
            Some(run) => {
                run.ended.get_or_insert((ctx.now, Err(hung)));
                self.record(ctx, Outcome::Recovering);
            }
            None => self.open_incident(ctx, why, hung),
        }
        self.respond_to(ctx, why);
    }

    pub(super) fn broken(&mut self, ctx: &mut Context<'_>, why: Symptom, retry_at: Instant) {
        if self.hold.is_some() {
            self.reassess(ctx);
            return;
        }
        self.note_symptom(ctx, why);
        self.record(ctx, Outcome::Broken);
        self.enter(ctx, Phase::Broken { why, retry_at });
    }

    fn vm_missing(&mut self, ctx: &mut Context<'_>) {
        if !matches!(self.phase, Phase::Broken { why: Symptom::VmMissing, .. }) {
            self.notice(ctx, Notice::VmMissing { vm: self.settings.vm.clone() });
        }
        self.broken(ctx, Symptom::VmMissing, ctx.now.mono + RECHECK_INTERVAL);
    }

    /// Opens an incident for the symptom, unless one is open: then the remedies so far were for the first symptom.
    pub(super) fn note_symptom(&mut self, ctx: &mut Context<'_>, symptom: Symptom) {
        let untreated = self.incident.as_ref().is_some_and(|incident| incident.remedies.is_empty());
        if self.incident.is_some()
            && !(untreated && self.incident.as_ref().is_some_and(|i| i.symptom != symptom))
        {
            return;
        }
        let evidence = self.evidence(ctx, symptom);
        self.open_incident(ctx, symptom, evidence);
    }

    /// Opens an incident; one that is open and untreated becomes this one, one that is treated stays.
    pub(super) fn open_incident(&mut self, ctx: &mut Context<'_>, symptom: Symptom, evidence: String) {
        match &mut self.incident {
            Some(incident) if incident.remedies.is_empty() => {
                incident.symptom = symptom;
                incident.evidence = evidence;
            }
            Some(_) => return,
            None => {
                let id = ctx.numbers.incident();
                if self.is_presentable() && self.viewer.placed() {
                    ctx.effects.push(Effect::TakePicture { incident: id, areas: self.viewer.areas() });
                }
                self.incident = Some(Incident {
                    id,
                    exhibit: self.id,
                    name: self.settings.name.clone(),
                    symptom,
                    evidence,
                    began: ctx.now,
                    remedies: Vec::new(),
                    outcome: Outcome::Noticed,
                });
            }
        }
        self.record(ctx, Outcome::Noticed);
    }

    pub(super) fn evidence(&self, ctx: &Context<'_>, symptom: Symptom) -> String {
        match symptom {
            Symptom::HeartbeatLost => match self.beat {
                Some((at, _)) => {
                    let silent = ctx.now.mono.duration_since(at).as_secs_f64();
                    format!("no heartbeat for {silent:.1} s")
                }
                None => {
                    let waited = ctx.now.mono.duration_since(self.phase_since.mono).as_secs_f64();
                    format!("no first heartbeat within {waited:.0} s")
                }
            },
            Symptom::VmStopped if self.vm.state == VmState::ShuttingDown => {
                "the guest shuts itself down".into()
            }
            Symptom::VmStopped => "libvirt says that the VM is off".into(),
            Symptom::VmPaused => "libvirt says that the VM is paused".into(),
            Symptom::IoError => "a read or a write of the VM's disk failed, and QEMU paused it".into(),
            Symptom::GuestPanicked => "the guest's kernel panicked".into(),
            Symptom::AgentSilent => "the guest agent left several pings in a row unanswered".into(),
            Symptom::PictureFrozen => {
                let still = self.picture.still_for(ctx.now.mono).as_secs_f64();
                format!("nothing has moved in the picture for {still:.0} s")
            }
            Symptom::VmMissing => format!("libvirt has no VM named {}", self.settings.vm),
            Symptom::GuestRequest | Symptom::Idle | Symptom::Operator | Symptom::StartFailed => {
                symptom.words().into()
            }
        }
    }

    /// Tells how the open incident stands, if that is news.
    pub(super) fn record(&mut self, ctx: &mut Context<'_>, outcome: Outcome) {
        if let Some(incident) = &mut self.incident {
            incident.outcome = outcome;
            ctx.effects.push(Effect::Record(incident.clone()));
        }
    }

    /// Ends the open incident, if there is one.
    pub(super) fn close_incident(&mut self, ctx: &mut Context<'_>, outcome: Outcome) {
        self.record(ctx, outcome);
        if let Some(incident) = self.incident.take() {
            self.last_incident = Some(incident);
        }
    }
}
