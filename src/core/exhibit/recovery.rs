//! How an exhibit is started and put back, and how that is told.

use std::time::{Duration, Instant};

use super::Exhibit;
use super::ladder::{Budget, Ladder, Means, Step};
use super::operation::DESTROY_TIMEOUT;
use super::phase::{Intent, Outlook, Phase, RECHECK_INTERVAL};
use super::step::Context;
use crate::core::effect::Effect;
use crate::core::incident::{Notice, Outcome};
use crate::core::probe::detection;
use crate::core::types::{
    Evidence, Failure, Now, OpId, PauseReason, RecoverySettings, Refusal, Remedy, SnapshotKind, Symptom,
    VmAction, VmState, whole_seconds,
};

/// libvirt, when it is there, tells of a VM within seconds.
const VM_STATE_TIMEOUT: Duration = Duration::from_secs(60);
/// A resume is one word to QEMU.
const RESUME_TIMEOUT: Duration = Duration::from_secs(10);

/// How often one exhibit was put back, and how well that went.
#[derive(Clone, Debug)]
pub(super) struct Recovery {
    ladder: Ladder,
    /// The budget of the guest's own requests, which say nothing of its health.
    guest_budget: Budget,
    /// Since when it is well, for the budget; kept while it is suspect.
    healthy_since: Option<Instant>,
    /// It was well under an earlier daemon, so that it need not be started when it still runs.
    adopt: bool,
    /// Its first sign of life after a start is still to be told.
    started_notice_due: bool,
}

impl Recovery {
    pub(super) fn new(adopt: bool) -> Self {
        Self {
            ladder: Ladder::new(),
            guest_budget: Budget::default(),
            healthy_since: None,
            adopt,
            started_notice_due: true,
        }
    }

    /// How many remedies were begun since the daemon began.
    pub(super) fn total(&self) -> u64 {
        self.ladder.total() + self.guest_budget.total()
    }

    pub(super) fn is_adopted(&self) -> bool {
        self.adopt
    }

    /// Its next first sign of life is to be told.
    pub(super) fn starts_anew(&mut self) {
        self.started_notice_due = true;
    }

    /// Whether its first sign of life is to be told: once true.
    pub(super) fn take_started_notice(&mut self) -> bool {
        std::mem::take(&mut self.started_notice_due)
    }

    /// It is well from now on, if it was not already.
    pub(super) fn becomes_well(&mut self, now: Instant) {
        self.healthy_since.get_or_insert(now);
    }

    /// It is well no longer.
    fn ends_health(&mut self) {
        self.healthy_since = None;
    }

    /// It is started or put back, and so is no longer as an earlier daemon left it.
    fn is_taken_in_hand(&mut self) {
        self.adopt = false;
    }

    /// Whether no remedy is left for now.
    pub(super) fn is_spent(&self, now: Now, rules: &RecoverySettings) -> bool {
        self.ladder.spent(now, rules)
    }

    /// Whether the guest has asked too often of late.
    pub(super) fn is_guest_budget_spent(&self, now: Now, rules: &RecoverySettings) -> bool {
        self.guest_budget.spent(now, rules)
    }

    /// An operator wants it put back.
    pub(super) fn asked_for(&mut self, now: Now, rules: &RecoverySettings) {
        self.ladder.ask(now, rules);
    }

    /// The next remedy is one that makes the QEMU process anew.
    pub(super) fn begins_in_full(&mut self) {
        self.ladder.climb_past(Remedy::InPlaceRevert);
    }

    /// Somebody has worked on it for long: earlier failures say nothing any more.
    pub(super) fn forget(&mut self) {
        self.ladder.reset();
    }

    /// A success that lasted begins a new streak. What it takes to see the symptom is no health.
    /// Whether that has shown that reverts in place do not help.
    fn forget_if_it_lasted(&mut self, now: Instant, unseen: Duration, rules: &RecoverySettings) -> bool {
        let lasted = self.healthy_since.take().map(|since| now.duration_since(since));
        let known = self.ladder.in_place_is_vain();
        if lasted.is_some_and(|lasted| lasted >= rules.reset_after + unseen) {
            self.ladder.healed();
        }
        !known && self.ladder.in_place_is_vain()
    }

    /// The artwork is put back to another snapshot from now on.
    pub(super) fn has_new_snapshot(&mut self) {
        self.ladder.trust_in_place();
    }
}

impl Exhibit {
    /// Starts the exhibit as the state of its VM asks for.
    pub(super) fn start(&mut self, ctx: &mut Context<'_>) {
        let running = self.vm.is_running();
        let can_revert = self.vm.can_revert_to(&self.settings.snapshot);
        match self.vm.state() {
            VmState::Unknown => return,
            VmState::Missing => {
                self.vm_missing(ctx);
                return;
            }
            VmState::Running
            | VmState::Paused(_)
            | VmState::ShutOff
            | VmState::ShuttingDown
            | VmState::Crashed
            | VmState::Asleep => {}
        }
        if !can_revert {
            let (vm, snapshot) = (self.settings.vm.clone(), self.settings.snapshot.clone());
            self.notice(ctx, Notice::NoSnapshot { vm, snapshot });
        }
        if running && (self.recovery.adopt || !can_revert) {
            self.notice(ctx, Notice::Adopted);
            // It was well when it was last seen; one that runs without a snapshot may still be booting.
            let sign = if self.recovery.adopt { Remedy::Resume } else { Remedy::ColdStart };
            self.settle(ctx, sign);
            return;
        }
        if self.operations.is_occupied() {
            self.broken(ctx, Symptom::StartFailed, ctx.now.mono + RECHECK_INTERVAL);
            return;
        }
        self.vm.doubt_process();
        let means = Means { resume: false, ..self.means() };
        let remedy = self.recovery.ladder.rung(means, &self.settings.recovery);
        self.notice(ctx, Notice::Starting(remedy));
        let op = self.start_remedy(ctx, remedy, self.action(remedy));
        let deadline = ctx.now.mono + self.patience(remedy);
        self.enter(ctx, Phase::Starting { op, remedy, deadline });
    }

    /// Whether a revert would put it to its snapshot just now, and not start it without.
    pub(super) fn could_be_put_back(&self) -> bool {
        let means = Means { resume: false, ..self.means() };
        self.recovery.ladder.rung(means, &self.settings.recovery) != Remedy::ColdStart
    }

    fn means(&self) -> Means {
        let snapshot = &self.settings.snapshot;
        let (resume, alive) = match self.vm.state() {
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
                && self.vm.process_fits()
                && self.foresight.against(Remedy::InPlaceRevert).is_none()
                && self.loads_in_place()
                && self
                    .vm
                    .info()
                    .snapshots
                    .proven(snapshot)
                    .is_some_and(|it| it.kind == SnapshotKind::Internal),
            revert: self.vm.can_revert_to(snapshot),
            jammed: self.operations.current().is_some() || self.probes.qemu.is_silent(),
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
    pub(in crate::core) fn is_past_help(&self, now: Instant) -> bool {
        let given_up = || self.recovery.ladder.has_given_up() || self.operations.is_stuck();
        !self.is_held()
            && match self.phase().properties().outlook {
                Outlook::Ill => given_up(),
                // libvirt is there and does not speak of this VM: it, or somebody in it, holds the VM fast.
                Outlook::Unknown { .. } => now.duration_since(self.current.since().mono) > VM_STATE_TIMEOUT,
                Outlook::Well | Outlook::OutOfHands => false,
            }
    }

    /// Does something against a symptom: now, in a moment, or after a long pause, as the ladder says.
    pub(super) fn respond_to(&mut self, ctx: &mut Context<'_>, why: Symptom) {
        if self.is_held() {
            self.reassess(ctx);
            return;
        }
        if self.vm.state() == VmState::Missing {
            self.vm_missing(ctx);
            return;
        }
        if !ctx.link_up {
            self.wait(ctx, Intent::Respond(why));
            return;
        }
        if self.operations.is_occupied() {
            self.broken(ctx, why, ctx.now.mono + RECHECK_INTERVAL);
            return;
        }
        self.forget_if_it_lasted(ctx, why);
        // It ran, and would run on: that costs nothing of the budget, as little as the trial did.
        if self.recovery.ladder.ended_by_trial() {
            self.apply_next_rung(ctx, why);
            return;
        }
        match self.recovery.ladder.step(ctx.now, &self.settings.recovery) {
            Step::Apply => self.begin_recovery(ctx, why),
            Step::ApplyAt(act_at) => self.enter(ctx, Phase::Suspect { why, act_at, may_pass: false }),
            Step::GiveUp(retry_at) => self.broken(ctx, why, retry_at),
        }
    }

    /// A success that lasted begins a new streak.
    fn forget_if_it_lasted(&mut self, ctx: &mut Context<'_>, why: Symptom) {
        let unseen = detection(why, &self.settings).unwrap_or_default();
        if self.recovery.forget_if_it_lasted(ctx.now.mono, unseen, &self.settings.recovery) {
            self.notice(ctx, Notice::InPlaceVain);
        }
    }

    /// Does what the guest itself asks for; its budget has been looked at.
    pub(super) fn honour_request(&mut self, ctx: &mut Context<'_>, why: Symptom) {
        if self.vm.state() == VmState::Missing || !ctx.link_up || self.operations.is_occupied() {
            self.respond_to(ctx, why);
        } else {
            self.forget_if_it_lasted(ctx, why);
            self.recovery.guest_budget.begin(ctx.now, &self.settings.recovery);
            let remedy = self.apply_next_rung(ctx, why);
            // Idleness is no illness. But a guest that asks again, or reboots again, has not been helped.
            if why != Symptom::Idle {
                self.recovery.ladder.climb_past(remedy);
            }
        }
    }

    /// A broken exhibit's pause is over.
    pub(super) fn retry(&mut self, ctx: &mut Context<'_>, why: Symptom) {
        if self.vm.state() == VmState::Missing || !ctx.link_up || self.operations.is_occupied() {
            self.observe(ctx);
            self.current.stay(Phase::Broken { why, retry_at: ctx.now.mono + RECHECK_INTERVAL });
        } else {
            self.begin_recovery(ctx, why);
        }
    }

    /// Begins a remedy at once; the caller has seen to it that nothing speaks against it.
    pub(super) fn begin_recovery(&mut self, ctx: &mut Context<'_>, why: Symptom) {
        let remedy = self.apply_next_rung(ctx, why);
        self.recovery.ladder.begin(ctx.now, &self.settings.recovery, remedy);
    }

    fn apply_next_rung(&mut self, ctx: &mut Context<'_>, why: Symptom) -> Remedy {
        let mut means = self.means();
        // Who asks for a revert gets one, though the VM is suspended as well.
        means.resume &= why == Symptom::VmPaused;
        means.in_place &= !self.needs_new_display(ctx, why);
        let remedy = self.recovery.ladder.rung(means, &self.settings.recovery);
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
        self.recovery.ends_health();
        let op = self.start_remedy(ctx, remedy, action);
        self.note_symptom(ctx, why);
        self.incidents.remedy_begins(ctx.now, remedy);
        self.record(ctx, Outcome::Recovering);
        let deadline = ctx.now.mono + self.patience(remedy);
        self.enter(ctx, Phase::Recovering { op, remedy, why, deadline });
        op
    }

    fn start_remedy(&mut self, ctx: &mut Context<'_>, remedy: Remedy, action: VmAction) -> OpId {
        self.recovery.is_taken_in_hand();
        self.probes.heartbeat.forget();
        self.probes.qemu.forget();
        if !remedy.keeps_display() {
            self.viewer.forget_other_clients();
        }
        self.probes.reboot.starts(self.boots(remedy), ctx.now.mono, &self.settings);
        self.vm.set_booting(self.boots(remedy) && self.settings.heartbeat.is_some());
        self.start_operation(ctx, action, Some(remedy))
    }

    /// Whether the guest boots after this remedy, as it does from a snapshot without memory.
    fn boots(&self, remedy: Remedy) -> bool {
        match remedy {
            Remedy::ColdStart => true,
            Remedy::FullRevert | Remedy::DestroyRevert => {
                let proven = self.vm.info().snapshots.proven(&self.settings.snapshot);
                proven.is_some_and(|it| it.kind == SnapshotKind::DisksOnly)
            }
            Remedy::Resume | Remedy::InPlaceRevert => false,
        }
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
                let proven = self.vm.info().snapshots.proven(&self.settings.snapshot);
                let has_disks = proven.is_some_and(|it| it.kind == SnapshotKind::Internal);
                VmAction::ColdStart { disks_of: has_disks.then(snapshot) }
            }
        }
    }

    /// Begins an operation on the VM. Nothing may be at work on it, except what hangs and is taken over by this one.
    pub(super) fn start_operation(
        &mut self,
        ctx: &mut Context<'_>,
        action: VmAction,
        remedy: Option<Remedy>,
    ) -> OpId {
        let op = ctx.numbers.op();
        self.operations.begin(op, remedy, action.takes_over());
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
        let told = result.clone().map_err(|failure| Evidence::Refused { failure });
        self.incidents.remedy_ended(ctx.now, told);
        match result {
            Ok(()) => {
                self.vm.restored_by(remedy);
                let doubtful = self.recovery.ladder.carried_out(remedy);
                // Visitors have seen nothing of it yet.
                if doubtful && self.means().revert && !self.is_held() && ctx.link_up {
                    self.apply_next_rung(ctx, why);
                } else {
                    self.settle(ctx, remedy);
                }
            }
            Err(failure) => self.not_restored(ctx, remedy, why, &failure),
        }
    }

    fn not_restored(&mut self, ctx: &mut Context<'_>, remedy: Remedy, why: Symptom, failure: &Failure) {
        let starting = matches!(self.phase(), Phase::Starting { .. });
        if starting && !matches!(failure, Failure::Unreachable(_)) {
            self.open_incident(ctx, Symptom::StartFailed, Evidence::Refused { failure: failure.clone() });
        } else if self.incidents.is_open() {
            self.record(ctx, Outcome::Recovering);
        }
        if !matches!(failure, Failure::Unreachable(_)) {
            self.observe(ctx);
        }
        match failure {
            // It is looked at again in a moment, or when libvirt is back.
            Failure::Unreachable(_) => {
                if !starting {
                    self.recovery.ladder.take_back(remedy);
                }
                self.wait(ctx, if starting { Intent::Start } else { Intent::Respond(why) });
                return;
            }
            Failure::Busy => {
                self.recovery.ladder.take_back(remedy);
                self.broken(ctx, why, ctx.now.mono + RECHECK_INTERVAL);
                return;
            }
            Failure::VmMissing => self.vm.set_state(VmState::Missing),
            Failure::SnapshotMissing => self.vm.forget_snapshots(&self.settings.snapshot),
            Failure::NotInPlace(_) => self.vm.rule_out_in_place(),
            // A revert that failed leaves the VM off, or as it was: libvirt will say which.
            Failure::Refused(_) => self.recovery.ladder.refused(remedy),
        }
        self.recovery.ladder.climb_past(remedy);
        self.respond_to(ctx, why);
    }

    /// The VM runs again; now a sign of life is waited for.
    pub(super) fn settle(&mut self, ctx: &mut Context<'_>, after: Remedy) {
        self.settle_by(ctx, self.first_sign(ctx.now.mono, after));
    }

    pub(super) fn settle_by(&mut self, ctx: &mut Context<'_>, deadline: Instant) {
        if self.is_held() {
            self.reassess(ctx);
            return;
        }
        self.observe(ctx);
        self.enter(ctx, Phase::Settling { deadline });
        if self.incidents.is_open() {
            self.record(ctx, Outcome::Recovering);
        }
    }

    pub(super) fn first_sign(&self, now: Instant, after: Remedy) -> Instant {
        now + match (self.settings.heartbeat, after) {
            // Nothing but the guest itself was touched: what is well beats as usual, or is put back properly.
            (Some(heartbeat), Remedy::Resume | Remedy::InPlaceRevert) => {
                heartbeat.first.min(2 * heartbeat.timeout)
            }
            (Some(heartbeat), _) if self.boots(after) => heartbeat.boot,
            (Some(heartbeat), Remedy::FullRevert | Remedy::DestroyRevert | Remedy::ColdStart) => {
                heartbeat.first
            }
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
        let Some(operation) = self.operations.mark_overdue() else { return };
        if operation.takes_over {
            let pause = self.settings.recovery.first_pause;
            self.broken(ctx, why, ctx.now.mono + pause);
            return;
        }
        if self.take_up_stop(ctx) {
            return;
        }
        let waited = whole_seconds(ctx.now.mono.duration_since(self.current.since().mono));
        let hung = Evidence::CallHung { waited };
        if self.incidents.remedy_ended(ctx.now, Err(hung.clone())) {
            self.record(ctx, Outcome::Recovering);
        } else {
            self.open_incident(ctx, why, hung);
        }
        self.respond_to(ctx, why);
        let waiting = self.operations.take_restored(operation.op);
        let overdue = Refusal::CallOverdue { exhibit: self.settings.name.clone() };
        self.answer_restored(ctx, waiting, &Err(overdue));
    }

    pub(super) fn broken(&mut self, ctx: &mut Context<'_>, why: Symptom, retry_at: Instant) {
        if self.is_held() {
            self.reassess(ctx);
            return;
        }
        self.note_symptom(ctx, why);
        self.record(ctx, Outcome::Broken);
        self.enter(ctx, Phase::Broken { why, retry_at });
    }

    fn vm_missing(&mut self, ctx: &mut Context<'_>) {
        if !matches!(self.phase(), Phase::Broken { why: Symptom::VmMissing, .. }) {
            self.notice(ctx, Notice::VmMissing { vm: self.settings.vm.clone() });
        }
        self.broken(ctx, Symptom::VmMissing, ctx.now.mono + RECHECK_INTERVAL);
    }

    /// Opens an incident for the symptom, unless one is open: then the remedies so far were for the first symptom.
    pub(super) fn note_symptom(&mut self, ctx: &mut Context<'_>, symptom: Symptom) {
        if self.incidents.is_news(symptom) {
            let evidence = self.evidence(ctx, symptom);
            self.open_incident(ctx, symptom, evidence);
        }
    }

    /// Opens an incident; one that is open and untreated becomes this one, one that is treated stays.
    pub(super) fn open_incident(&mut self, ctx: &mut Context<'_>, symptom: Symptom, evidence: Evidence) {
        self.open_incident_of(ctx, ctx.now, symptom, evidence);
    }

    /// The same, of something that began earlier.
    pub(super) fn open_incident_of(
        &mut self,
        ctx: &mut Context<'_>,
        began: Now,
        symptom: Symptom,
        evidence: Evidence,
    ) {
        if self.incidents.is_treated() {
            return;
        }
        let is_seen = !self.incidents.is_open() && self.is_presentable() && self.viewer.shows_any();
        let about = (self.id, self.settings.name.as_str());
        let id = self.incidents.open(began, || ctx.numbers.incident(), about, symptom, evidence);
        if is_seen {
            ctx.effects.push(Effect::TakePicture { incident: id, areas: self.viewer.areas() });
        }
        self.record(ctx, Outcome::Noticed);
    }

    pub(super) fn evidence(&self, ctx: &Context<'_>, symptom: Symptom) -> Evidence {
        match symptom {
            Symptom::HeartbeatLost => match self.probes.heartbeat.silent_for(ctx.now.mono) {
                Some(lasted) => Evidence::Silent { lasted },
                None => {
                    let waited = whole_seconds(ctx.now.mono.duration_since(self.current.since().mono));
                    Evidence::NoFirstHeartbeat { waited }
                }
            },
            Symptom::VmStopped if self.vm.state() == VmState::ShuttingDown => Evidence::ShuttingDown,
            Symptom::VmStopped => Evidence::VmOff,
            Symptom::VmPaused => Evidence::VmPaused,
            Symptom::IoError => Evidence::DiskFailed,
            Symptom::GuestPanicked => Evidence::KernelPanicked,
            Symptom::AgentSilent => Evidence::PingsUnanswered,
            Symptom::PictureFrozen => {
                let lasted = whole_seconds(self.probes.picture.still_for(ctx.now.mono));
                Evidence::PictureStill { lasted }
            }
            Symptom::QemuSilent => {
                let lasted = whole_seconds(self.probes.qemu.silent_for(ctx.now.mono));
                Evidence::QemuNotAnswering { lasted }
            }
            Symptom::VmMissing => Evidence::VmNotThere { vm: self.settings.vm.clone() },
            Symptom::GuestRequest => Evidence::GuestAsked,
            Symptom::Idle => Evidence::Unused,
            Symptom::Operator => Evidence::StaffAsked,
            Symptom::StartFailed => Evidence::StartFailed,
            Symptom::GuestRebooted => Evidence::RebootedByItself,
            Symptom::NotShown => {
                let lasted = whole_seconds(self.sight.missing_for(ctx.now.mono));
                Evidence::DisplayUnreachable { lasted }
            }
        }
    }

    /// Tells how the open incident stands.
    pub(super) fn record(&mut self, ctx: &mut Context<'_>, outcome: Outcome) {
        ctx.effects.extend(self.incidents.turn_to(outcome).map(Effect::Record));
    }

    /// What the open incident is about is over, if there is one.
    pub(super) fn end_incident(&mut self, ctx: &mut Context<'_>) {
        let at = ctx.now;
        let treated = self.incidents.is_treated();
        self.close_incident(ctx, if treated { Outcome::Recovered { at } } else { Outcome::PassedBy { at } });
    }

    /// Ends the open incident, if there is one.
    pub(super) fn close_incident(&mut self, ctx: &mut Context<'_>, outcome: Outcome) {
        ctx.effects.extend(self.incidents.close(outcome).map(Effect::Record));
    }
}
