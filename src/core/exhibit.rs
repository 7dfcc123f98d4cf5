//! The watchdog machine of one exhibit.

use std::time::{Duration, Instant};

use super::agent::AgentWatch;
use super::decisions::CONFIGURATION;
use super::effect::Effect;
use super::event::BeatNote;
use super::incident::{Incident, Notice, Outcome};
use super::ladder::{Budget, Ladder};
use super::picture::PictureWatch;
use super::request::PendingRequest;
use super::snapshot::Making;
use super::status::{Hold, Stopped};
use super::types::{
    ExhibitId, ExhibitSettings, Failure, IncidentId, LaunchId, Now, OpId, PauseReason, Remedy, SnapshotFlaw,
    SnapshotStep, Symptom, VmInfo, VmState, WallTime,
};
use super::viewer::Viewer;

/// A suspended VM may have been suspended by something that resumes it in a moment (a tool that copies its disk).
const SUSPENDED_GRACE: Duration = Duration::from_secs(2);
/// libvirt's own work on a VM (a snapshot with much memory, say) may pause it for so long.
const AT_WORK_GRACE: Duration = Duration::from_secs(120);
/// A guest that shuts itself down is off after so long, or it never will be.
const SHUTTING_DOWN_GRACE: Duration = Duration::from_secs(30);
/// A deadline that is noticed so late was missed by this process (stopped, or starved), not by the guest alone.
const OVERSLEPT_AFTER: Duration = Duration::from_secs(1);
/// After Vitrine itself slept, beats that wait in the network have so long to be heard.
const OVERSLEPT_GRACE: Duration = Duration::from_secs(2);
/// While something is waited for that libvirt should tell, it is asked again this often.
pub(super) const RECHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Where an exhibit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// libvirt, or its first word on the VM, is waited for.
    Waiting { intent: Intent, recheck_at: Instant },
    /// It is being started.
    Starting { op: OpId, remedy: Remedy, deadline: Instant },
    /// It is well; without a heartbeat, as far as libvirt can tell.
    Healthy { beat_by: Option<Instant> },
    /// Something is odd, and is given a moment: to pass by, or, where it will not, before the next remedy.
    Suspect { why: Symptom, act_at: Instant, may_pass: bool },
    /// A remedy is at work.
    Recovering { op: OpId, remedy: Remedy, why: Symptom, deadline: Instant },
    /// Restored; the first sign of life is waited for.
    Settling { deadline: Instant },
    /// A snapshot is being made or deleted, which may pause the VM.
    Snapshotting { op: OpId, step: SnapshotStep, deadline: Instant },
    /// The VM was put to a new snapshot, and the sign of life that proves it is waited for.
    Proving { deadline: Instant },
    /// The budget is spent, or nothing can be done now: tried again, for ever.
    Broken { why: Symptom, retry_at: Instant },
    /// Watched and shown, but never touched.
    Held,
    /// Stopped by an operator, or closing down.
    Closed,
}

/// What to do once libvirt has said how the VM is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// Start it.
    Start,
    /// Mend what was seen before libvirt went.
    Respond(Symptom),
    /// See how it is.
    Assess,
}

/// What can happen to the machine, apart from requests of operators and guests (see `request.rs`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Timer,
    Beat,
    /// The VM's state was read afresh, and `Exhibit::vm` has it.
    Seen,
    /// The slow effect that the phase waits for has come back.
    Done(Result<(), Failure>),
    /// A slow effect that the phase had given up has come back.
    LateDone(Option<Remedy>, Result<(), Failure>),
    /// The guest agent has left too many pings unanswered, or nothing moves in the picture: signs of an illness
    /// that heartbeats, where there are any, speak against.
    Sign(Symptom),
    /// The guest asks to be put back, or reports that nobody uses it.
    GuestRequest(Symptom, String),
}

/// Numbers that have not been used yet.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    op: u64,
    launch: u64,
    incident: u64,
}

impl Numbers {
    pub(super) fn op(&mut self) -> OpId {
        self.op += 1;
        OpId(self.op)
    }

    pub(super) fn launch(&mut self) -> LaunchId {
        self.launch += 1;
        LaunchId(self.launch)
    }

    pub(super) fn incident(&mut self) -> IncidentId {
        self.incident += 1;
        IncidentId(self.incident)
    }
}

/// What one step of an exhibit needs of the site.
pub(super) struct Context<'a> {
    pub(super) now: Now,
    pub(super) link_up: bool,
    pub(super) numbers: &'a mut Numbers,
    pub(super) effects: &'a mut Vec<Effect>,
}

/// One exhibit with all that is known of it.
#[derive(Debug)]
pub(super) struct Exhibit {
    pub(super) id: ExhibitId,
    pub(super) settings: ExhibitSettings,
    pub(super) phase: Phase,
    pub(super) phase_since: Now,
    pub(super) vm: VmInfo,
    pub(super) hold: Option<Hold>,
    /// When the hold ends by itself.
    pub(super) hold_ends: Option<Instant>,
    /// When the hold began.
    pub(super) held_from: Option<Instant>,
    /// It was broken when the hold began: why, and when it would have been tried again.
    pub(super) retry_after_hold: Option<(Symptom, Instant)>,
    /// When it is looked whether the clock, by which a hold of an earlier daemon ends, was put right, and how often yet.
    pub(super) clock_recheck_at: Option<Instant>,
    pub(super) clock_rechecks: u32,
    pub(super) stopped: Option<Stopped>,
    pub(super) beat: Option<(Instant, WallTime)>,
    pub(super) note: Option<BeatNote>,
    pub(super) ladder: Ladder,
    /// The budget of the guest's own requests, which say nothing of its health.
    pub(super) guest_budget: Budget,
    /// The slow effect that has not come back yet, whatever the phase thinks of it.
    pub(super) operation: Option<Operation>,
    /// The end of the VM that a power-down has asked for.
    pub(super) shutdown_op: Option<OpId>,
    /// Who waits for the end of a slow effect.
    pub(super) pending: Vec<PendingRequest>,
    /// The reading of the snapshots that has not come back yet.
    pub(super) reading: Option<OpId>,
    /// The snapshot that is being made.
    pub(super) making: Option<Making>,
    pub(super) viewer: Viewer,
    pub(super) incident: Option<Incident>,
    pub(super) last_incident: Option<Incident>,
    pub(super) agent: AgentWatch,
    pub(super) picture: PictureWatch,
    /// Since when it is well, for the budget; kept while it is suspect.
    pub(super) healthy_since: Option<Instant>,
    /// When the last slow effect ended: libvirt's state read earlier tells of the time before.
    pub(super) state_valid_from: Option<Instant>,
    /// It was well under an earlier daemon, so that it need not be started when it still runs.
    pub(super) adopt: bool,
    /// The last start or remedy left it to the guest's own boot, whose pictures are not the artwork.
    pub(super) booting: bool,
    /// Its first sign of life after a start is still to be told.
    pub(super) started_notice_due: bool,
    /// Somebody else may have started the QEMU process that runs, with other hardware than the snapshot has; QEMU does
    /// not always notice that when it loads the snapshot in place.
    pub(super) process_may_differ: bool,
    /// QEMU has said that the snapshot cannot be loaded in place, and nothing about it has changed since.
    pub(super) in_place_ruled_out: bool,
    /// What keeps its snapshot from serving as it should, as people were last told.
    pub(super) told_flaw: Option<SnapshotFlaw>,
    /// The configuration's hold comes back when staff's own ends by itself.
    pub(super) held_by_configuration: bool,
    /// It was put back, so that its clock is the snapshot's until it is told the time.
    pub(super) clock_wrong: bool,
}

/// A slow effect that has not come back yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) op: OpId,
    /// What it does to the VM, where that is a remedy.
    pub(super) remedy: Option<Remedy>,
    /// It ended another one that hung, or could have.
    pub(super) takes_over: bool,
    /// Its deadline is over.
    pub(super) overdue: bool,
}

impl Exhibit {
    pub(super) fn new(id: ExhibitId, settings: ExhibitSettings, adopt: bool, now: Now) -> Self {
        let held = || Hold { by: CONFIGURATION.into(), since: now.wall, until: None };
        let hold = (!settings.auto_revert).then(held);
        Self {
            id,
            phase: Phase::Waiting { intent: Intent::Start, recheck_at: now.mono + RECHECK_INTERVAL },
            phase_since: now,
            vm: VmInfo::unknown(),
            hold,
            hold_ends: None,
            held_from: (!settings.auto_revert).then_some(now.mono),
            retry_after_hold: None,
            clock_recheck_at: None,
            clock_rechecks: 0,
            stopped: None,
            beat: None,
            note: None,
            ladder: Ladder::new(),
            guest_budget: Budget::default(),
            operation: None,
            shutdown_op: None,
            pending: Vec::new(),
            reading: None,
            making: None,
            viewer: Viewer::new(),
            incident: None,
            last_incident: None,
            agent: AgentWatch::default(),
            picture: PictureWatch::default(),
            healthy_since: None,
            state_valid_from: None,
            adopt,
            booting: false,
            started_notice_due: true,
            process_may_differ: !adopt,
            in_place_ruled_out: false,
            told_flaw: None,
            held_by_configuration: !settings.auto_revert,
            clock_wrong: false,
            settings,
        }
    }

    /// The earliest moment at which [`Input::Timer`] does something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let phase = match self.phase {
            Phase::Waiting { recheck_at, .. } => Some(recheck_at),
            Phase::Starting { deadline, .. }
            | Phase::Recovering { deadline, .. }
            | Phase::Snapshotting { deadline, .. } => Some(deadline),
            Phase::Healthy { beat_by } => beat_by,
            Phase::Suspect { act_at, .. } => Some(act_at),
            Phase::Settling { deadline } | Phase::Proving { deadline } => Some(deadline),
            Phase::Broken { retry_at, .. } => Some(retry_at),
            Phase::Held | Phase::Closed => None,
        };
        let ask = self.pending.iter().map(|ask| ask.deadline).min();
        let healthy = matches!(self.phase, Phase::Healthy { .. });
        let ping = self.agent.inquiry.deadline().filter(|_| self.pings());
        let look = self.picture.inquiry.deadline().filter(|_| healthy && self.viewer.placed());
        let keep = self.viewer.next_frame_at().filter(|_| healthy && self.settings.heartbeat.is_none());
        let clock = self.clock_recheck_at.filter(|_| self.hold_ends.is_some());
        [phase, ask, ping, look, keep, self.hold_ends, clock, self.viewer.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    /// The watchdog's table: what each input means in each phase.
    pub(super) fn step(&mut self, ctx: &mut Context<'_>, input: Input) {
        let now = ctx.now.mono;
        match (self.phase, input) {
            (Phase::Waiting { intent, recheck_at }, Input::Timer) => {
                if recheck_at <= now {
                    self.observe(ctx);
                    self.phase = Phase::Waiting { intent, recheck_at: now + RECHECK_INTERVAL };
                }
            }
            (Phase::Waiting { intent: Intent::Start, .. }, Input::Seen) if self.is_held_by_staff() => {
                self.reassess(ctx);
            }
            (Phase::Waiting { intent: Intent::Start, .. }, Input::Seen) => self.start(ctx),
            (Phase::Waiting { intent: Intent::Respond(why), .. }, Input::Seen) => {
                if is_vm_state(why) || self.illness().is_some() {
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

            (Phase::Healthy { beat_by }, Input::Timer) => match beat_by {
                Some(by) if by <= now => self.beat_overdue(ctx, by),
                Some(_) | None => {}
            },
            (Phase::Healthy { .. }, Input::Beat) => {
                self.phase = Phase::Healthy { beat_by: self.next_beat(now) }
            }
            (Phase::Healthy { .. }, Input::Seen) => {
                if let Some((why, grace)) = self.illness() {
                    self.suspect(ctx, why, grace);
                }
            }
            (Phase::Healthy { .. } | Phase::Suspect { .. }, Input::Sign(why)) => {
                // Where heartbeats go on and reverts did not help, the sign is wrong, and the artwork is not ill.
                if self.settings.heartbeat.is_none() || !self.ladder.spent(ctx.now, &self.settings.recovery) {
                    self.note_symptom(ctx, why);
                    self.respond_to(ctx, why);
                }
            }
            (
                Phase::Healthy { .. } | Phase::Suspect { .. } | Phase::Settling { .. } | Phase::Broken { .. },
                Input::GuestRequest(why, evidence),
            ) => {
                self.open_incident(ctx, why, evidence);
                self.honour_request(ctx, why);
            }
            (Phase::Healthy { .. }, Input::Done(_) | Input::LateDone(..)) => {}

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
            (Phase::Suspect { why, act_at, may_pass }, Input::Seen) => match self.illness() {
                Some((worse, grace)) if worse != why || (may_pass && now + grace < act_at) => {
                    self.suspect(ctx, worse, grace);
                }
                Some(_) => {}
                None if is_vm_state(why) => self.enter_healthy(ctx),
                None => {}
            },
            (Phase::Suspect { .. }, Input::Done(_) | Input::LateDone(..)) => {}

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
                    let why = match self.settings.heartbeat {
                        Some(_) => Symptom::HeartbeatLost,
                        None => Symptom::VmStopped,
                    };
                    self.note_symptom(ctx, why);
                    self.respond_to(ctx, why);
                }
            }
            (Phase::Settling { .. }, Input::Beat) => self.enter_healthy(ctx),
            (Phase::Settling { .. }, Input::Seen) => match self.illness() {
                Some((why, grace)) => self.suspect(ctx, why, grace),
                None if self.settings.heartbeat.is_none() && self.vm.state == VmState::Running => {
                    self.enter_healthy(ctx)
                }
                None => {}
            },
            (Phase::Settling { .. }, Input::Sign(_) | Input::Done(_) | Input::LateDone(..)) => {}

            (Phase::Snapshotting { deadline, .. }, Input::Timer) => {
                if deadline <= now {
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
                if let Some((why, Duration::ZERO)) = self.illness() {
                    let seen = self.evidence(ctx, why);
                    self.unproven(ctx, why, &seen);
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
            (Phase::Broken { .. }, Input::Beat) => {
                if self.operation.is_none() && self.vm.state == VmState::Running {
                    self.enter_healthy(ctx);
                }
            }
            (Phase::Broken { why, .. }, Input::Seen) => match (why, self.vm.state) {
                (_, VmState::Missing | VmState::Unknown) => {}
                (Symptom::VmMissing, VmState::Running) => {
                    // It was there all the time, or somebody started it: then it is not ours to start.
                    self.started_notice_due = true;
                    self.reassess(ctx);
                }
                (Symptom::VmMissing, _) => self.start(ctx),
                (_, VmState::Running)
                    if is_vm_state(why) && self.settings.heartbeat.is_none() && self.operation.is_none() =>
                {
                    self.enter_healthy(ctx);
                }
                _ => {}
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

    /// What libvirt's state of the VM means, and how long it may pass by itself.
    pub(super) fn illness(&self) -> Option<(Symptom, Duration)> {
        match self.vm.state {
            VmState::Unknown | VmState::Running => None,
            VmState::Missing => Some((Symptom::VmMissing, Duration::ZERO)),
            VmState::ShutOff => Some((Symptom::VmStopped, Duration::ZERO)),
            VmState::ShuttingDown => Some((Symptom::VmStopped, SHUTTING_DOWN_GRACE)),
            VmState::Crashed | VmState::Paused(PauseReason::Panicked) => {
                Some((Symptom::GuestPanicked, Duration::ZERO))
            }
            VmState::Paused(PauseReason::IoError) => Some((Symptom::IoError, Duration::ZERO)),
            VmState::Paused(PauseReason::Suspended) | VmState::Asleep => {
                Some((Symptom::VmPaused, SUSPENDED_GRACE))
            }
            VmState::Paused(PauseReason::AtWork) => Some((Symptom::VmPaused, AT_WORK_GRACE)),
        }
    }

    /// Whether nothing that is known of it just now speaks for its health.
    pub(super) fn seems_ill(&self, ctx: &Context<'_>) -> bool {
        let beats = |timeout| self.beat.is_some_and(|(at, _)| ctx.now.mono.duration_since(at) <= timeout);
        match (self.illness(), self.settings.heartbeat) {
            (Some(_), _) => true,
            (None, Some(heartbeat)) => !beats(heartbeat.timeout),
            (None, None) => false,
        }
    }

    fn beat_overdue(&mut self, ctx: &mut Context<'_>, by: Instant) {
        if !self.overslept(ctx, by) {
            self.note_symptom(ctx, Symptom::HeartbeatLost);
            self.respond_to(ctx, Symptom::HeartbeatLost);
        }
    }

    /// Whether a deadline was missed by this process itself; then it is moved, for what waits outside to be heard.
    fn overslept(&mut self, ctx: &mut Context<'_>, deadline: Instant) -> bool {
        if ctx.now.mono.duration_since(deadline) < OVERSLEPT_AFTER {
            return false;
        }
        let later = ctx.now.mono + OVERSLEPT_GRACE;
        match &mut self.phase {
            Phase::Healthy { beat_by } => *beat_by = Some(later),
            Phase::Suspect { act_at, .. } => *act_at = later,
            Phase::Settling { deadline } | Phase::Proving { deadline } => *deadline = later,
            Phase::Waiting { .. }
            | Phase::Starting { .. }
            | Phase::Recovering { .. }
            | Phase::Snapshotting { .. }
            | Phase::Broken { .. }
            | Phase::Held
            | Phase::Closed => return false,
        }
        self.observe(ctx);
        true
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
        if let Some(incident) = &self.incident {
            let outcome = if incident.remedies.is_empty() {
                Outcome::PassedBy { at: ctx.now }
            } else {
                Outcome::Recovered { at: ctx.now }
            };
            self.close_incident(ctx, outcome);
        }
        if std::mem::take(&mut self.started_notice_due) {
            self.notice(ctx, Notice::Started);
        }
        if std::mem::take(&mut self.clock_wrong) && self.settings.set_time && self.hold.is_none() {
            ctx.effects.push(Effect::SetTime { exhibit: self.id });
        }
        if !matches!(self.phase, Phase::Healthy { .. }) {
            self.healthy_since.get_or_insert(ctx.now.mono);
            self.agent.rest(ctx.now.mono, &self.settings);
            self.picture.rest(ctx.now.mono, &self.settings);
        }
        let phase = if self.hold.is_some() {
            Phase::Held
        } else {
            Phase::Healthy { beat_by: self.next_beat(ctx.now.mono) }
        };
        self.enter(ctx, phase);
    }

    pub(super) fn enter(&mut self, ctx: &Context<'_>, phase: Phase) {
        self.phase = phase;
        self.phase_since = ctx.now;
    }

    pub(super) fn wait(&mut self, ctx: &Context<'_>, intent: Intent) {
        self.enter(ctx, Phase::Waiting { intent, recheck_at: ctx.now.mono + RECHECK_INTERVAL });
    }

    pub(super) fn notice(&self, ctx: &mut Context<'_>, notice: Notice) {
        ctx.effects.push(Effect::Notice { exhibit: Some(self.id), notice });
    }

    pub(super) fn observe(&self, ctx: &mut Context<'_>) {
        ctx.effects.push(Effect::Observe { exhibit: self.id });
    }

    /// Looks at what is known and takes the phase that suits it; for moments when the phase says nothing more.
    pub(super) fn reassess(&mut self, ctx: &mut Context<'_>) {
        if self.hold.is_some() {
            self.close_incident(ctx, Outcome::Ended { at: ctx.now });
            self.enter(ctx, Phase::Held);
            return;
        }
        match self.illness() {
            Some((why, grace)) => self.suspect(ctx, why, grace),
            None if !ctx.link_up || self.vm.state == VmState::Unknown => {
                self.wait(ctx, Intent::Assess);
            }
            None if self.settings.heartbeat.is_none() => self.enter_healthy(ctx),
            None => {
                let deadline = self.next_beat(ctx.now.mono).unwrap_or(ctx.now.mono);
                self.settle_by(ctx, deadline);
            }
        }
    }
}

/// Whether the symptom is one that libvirt's state of the VM shows, so that a running VM takes it back.
fn is_vm_state(symptom: Symptom) -> bool {
    match symptom {
        Symptom::VmStopped
        | Symptom::VmPaused
        | Symptom::IoError
        | Symptom::GuestPanicked
        | Symptom::VmMissing
        | Symptom::StartFailed => true,
        Symptom::HeartbeatLost
        | Symptom::AgentSilent
        | Symptom::PictureFrozen
        | Symptom::GuestRequest
        | Symptom::Idle
        | Symptom::Operator => false,
    }
}
