//! One exhibit: everything that is known of it, and what happens to it.
//!
//! Its parts own what they know and say what follows from it; only the exhibit itself acts, by pushing effects:
//!
//! | part | owns |
//! |---|---|
//! | [`phase`] | where it stands, and what that means |
//! | [`vm`] | what is known of its VM, and what is not to be believed |
//! | [`operation`], [`following`] | the operation at work, who waits for its end, and what staff asked for meanwhile |
//! | [`recovery`] | the ladder, the guest's own budget, since when it is well |
//! | [`incidents`] | the open incident, and the last one |
//! | [`hold`] | what staff or the configuration decided |
//! | [`snapshot`] | the snapshot that is being made |
//! | [`viewer`] | its viewer |
//! | [`sight`] | since when it is not to be seen |
//! | [`foresight`] | what pre-flight has found |
//! | [`probe`](super::probe) | its probes |
//!
//! `machine` is the table of what each input means in each phase; `requests` is what operators and guests ask for, and
//! `reboot` what a reboot of the guest by itself leads to.

mod following;
mod foresight;
mod hold;
mod incidents;
mod ladder;
mod machine;
mod operation;
mod phase;
mod reboot;
mod recovery;
mod requests;
mod sight;
mod snapshot;
mod step;
mod viewer;
mod vm;

use std::time::Instant;

use foresight::Foresight;
use hold::Custody;
use incidents::Incidents;
use operation::Operations;
use phase::{Adoptable, Current, Intent, Outlook, Phase, Presentable, Probing, RECHECK_INTERVAL};
use recovery::Recovery;
use sight::Sight;
use snapshot::Maker;
use step::Input;
pub(super) use step::{Context, Numbers};
use viewer::Viewer;
use vm::Vm;

use super::decisions::Decisions;
use super::effect::Effect;
use super::event::{BeatNote, ProbeAnswer};
use super::incident::{Incident, Notice, Outcome};
use super::probe::{Active, Probes, Surroundings, Verdict};
use super::silence::{Silence, Unheard};
use super::status::{ExhibitStatus, IncidentStatus};
use super::types::{
    Answer, ExhibitId, ExhibitSettings, Failure, Foreseen, Holder, Now, OpId, Place, Refusal, Symptom,
    ViewerFault, VmAction, VmInfo, VmState,
};

/// One exhibit with all that is known of it.
#[derive(Debug)]
pub(super) struct Exhibit {
    id: ExhibitId,
    settings: ExhibitSettings,
    current: Current,
    vm: Vm,
    custody: Custody,
    operations: Operations,
    recovery: Recovery,
    incidents: Incidents,
    maker: Maker,
    viewer: Viewer,
    sight: Sight,
    probes: Probes,
    foresight: Foresight,
}

impl Exhibit {
    pub(super) fn new(id: ExhibitId, settings: ExhibitSettings, adopt: bool, now: Now) -> Self {
        let waiting = Phase::Waiting { intent: Intent::Start, recheck_at: now.mono + RECHECK_INTERVAL };
        Self {
            id,
            current: Current::new(now, waiting),
            vm: Vm::new(!adopt),
            custody: Custody::new(now, !settings.auto_revert),
            operations: Operations::default(),
            recovery: Recovery::new(adopt),
            incidents: Incidents::default(),
            maker: Maker::default(),
            viewer: Viewer::new(),
            sight: Sight::default(),
            probes: Probes::default(),
            foresight: Foresight::default(),
            settings,
        }
    }

    pub(super) fn id(&self) -> ExhibitId {
        self.id
    }

    pub(super) fn settings(&self) -> &ExhibitSettings {
        &self.settings
    }

    /// Its VM's MAC addresses.
    pub(super) fn macs(&self) -> &[String] {
        &self.vm.info().macs
    }

    fn phase(&self) -> Phase {
        self.current.phase()
    }

    /// What an earlier daemon of the same site was told holds on. Comes before anything else.
    pub(super) fn restore(&mut self, now: Now, decisions: &Decisions) {
        self.custody.restore(now, decisions);
        if decisions.hold.is_some() {
            self.vm.doubt_process();
            // Its VM is left as it is found: staff may have changes on its disk that a revert would undo.
            let recheck_at = now.mono + RECHECK_INTERVAL;
            self.current.stay(Phase::Waiting { intent: Intent::Assess, recheck_at });
        }
        if decisions.stopped.is_some() {
            self.current.stay(Phase::Closed);
        }
    }

    /// What the next daemon should know.
    pub(super) fn decisions(&self) -> Decisions {
        self.custody.decisions(&self.settings.vm)
    }

    /// The earliest moment at which [`Exhibit::on_timer`] does something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let healthy = self.phase() == Phase::Healthy;
        let frame = self.viewer.next_frame_at().filter(|_| healthy && self.settings.heartbeat.is_none());
        [
            self.phase().properties().deadline,
            self.operations.deadline(),
            self.operations.following.deadline(),
            self.probes.deadline(self.active_probes()),
            frame,
            self.custody.deadline(),
            self.viewer.deadline(),
            self.sight.deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Which probes ask now.
    fn active_probes(&self) -> Active {
        let heartbeat = self.settings.heartbeat.is_some();
        match self.phase().properties().probing {
            Probing::Off => {
                Active { heartbeat: false, agent: false, picture: false, qemu: false, shown: false }
            }
            Probing::On => Active {
                heartbeat,
                agent: true,
                picture: self.viewer.can_be_looked_at(),
                qemu: true,
                shown: self.sight.is_missing(),
            },
            Probing::SignOfLife => {
                Active { heartbeat: false, agent: !heartbeat, picture: false, qemu: false, shown: false }
            }
        }
    }

    /// A deadline may be over.
    pub(super) fn on_timer(&mut self, ctx: &mut Context<'_>) {
        self.answer_overdue(ctx);
        self.end_hold_in_time(ctx);
        for (op, answer) in self.probes.lost(ctx.now.mono) {
            self.on_probed(ctx, op, answer, false);
        }
        self.step(ctx, Input::Timer);
        self.probe(ctx);
        // A heartbeat is the better moment, where there are any.
        if self.settings.heartbeat.is_none() {
            self.save_last_frame(ctx);
        }
    }

    /// A heartbeat has arrived. Whether it counts, and says that the network is well.
    pub(super) fn on_heartbeat(
        &mut self,
        ctx: &mut Context<'_>,
        at: Instant,
        note: Option<BeatNote>,
    ) -> bool {
        // A beat that was on its way when the VM was put back is the old guest's.
        if !self.phase().properties().takes_beats || !self.vm.is_current(at) {
            return false;
        }
        self.probes.heartbeat.beat(at, ctx.now.wall, note);
        if self.settings.heartbeat.is_some() {
            self.step(ctx, Input::Beat);
            self.save_last_frame(ctx);
        }
        self.settings.beats_over_network()
    }

    /// What its beats come through, which is no network, was opened or is closed.
    pub(super) fn on_serial_line(&mut self, ctx: &mut Context<'_>, is_open: bool) {
        if self.probes.heartbeat.line(is_open) && is_open {
            self.wait_for_beat(ctx.now.mono);
        }
    }

    /// Whether its guest, which runs, cannot be heard, since what its beats come through is closed.
    fn is_cut_off(&self) -> bool {
        self.probes.heartbeat.is_cut_off(&self.settings)
            && self.vm.is_running()
            && self.phase().properties().should_be_heard
    }

    /// Whether its guest should be heard over the network now.
    pub(super) fn should_be_heard(&self) -> bool {
        self.settings.beats_over_network()
            && self.vm.is_running()
            && self.phase().properties().should_be_heard
    }

    /// Since when its guest, which should be heard, is not.
    pub(super) fn unheard(&self, now: Instant) -> Option<Unheard> {
        let last = self.probes.heartbeat.fell_silent(now, &self.settings);
        let never = self.probes.heartbeat.silent_for(now).is_none();
        (never || last.is_some()).then_some(Unheard { exhibit: self.id, last })
    }

    /// Its guest may have been unheard for a reason that was not its own: the next beat is waited for from now on.
    pub(super) fn wait_for_beat(&mut self, now: Instant) {
        let Some(heartbeat) = self.settings.heartbeat else { return };
        match self.phase() {
            Phase::Healthy => self.probes.heartbeat.forgive(now, &self.settings),
            Phase::Settling { deadline } => {
                self.current.stay(Phase::Settling { deadline: deadline.max(now + heartbeat.timeout) });
            }
            Phase::Waiting { .. }
            | Phase::Starting { .. }
            | Phase::Suspect { .. }
            | Phase::Recovering { .. }
            | Phase::Snapshotting { .. }
            | Phase::Proving { .. }
            | Phase::Broken { .. }
            | Phase::Held
            | Phase::Closed => {}
        }
    }

    /// The VM's state was read.
    pub(super) fn on_vm_state(&mut self, ctx: &mut Context<'_>, info: VmInfo, read_at: Instant) {
        // What was read before the last operation ended tells of the time before it.
        if !self.vm.is_current(read_at) {
            return;
        }
        self.vm.learn(info);
        // In the middle of a replacement only its copy is there.
        if !self.maker.is_making() {
            let (vm, snapshot) = (self.settings.vm.clone(), self.settings.snapshot.clone());
            if let Some(flaw) = self.vm.flaw_to_tell(&snapshot) {
                self.notice(ctx, Notice::SnapshotFlawed { vm, snapshot, flaw });
            }
        }
        self.step(ctx, Input::Seen);
    }

    /// This is all that a look at its VM tells before it happens.
    pub(super) fn on_foreseen(&mut self, ctx: &mut Context<'_>, found: Vec<Foreseen>) {
        let news = self.foresight.learn(found);
        for found in news.new {
            self.notice(ctx, Notice::Foreseen(found));
        }
        if news.all_gone {
            self.notice(ctx, Notice::NothingForeseen);
        }
        // What has been refused meanwhile has a reason now.
        let foresight = &self.foresight;
        let changed = self.incidents.explain(|remedy| Some(foresight.against(remedy)?.evidence.clone()));
        ctx.effects.extend(changed.map(Effect::Record));
    }

    /// libvirt was away, and is back.
    pub(super) fn on_libvirt_back(&mut self) {
        self.vm.libvirt_came_back();
    }

    /// The X server stands still: nothing can be seen, and no viewer is to blame.
    pub(super) fn on_x_server_silent(&mut self) {
        self.viewer.on_x_server_silent();
    }

    /// The X server answers again.
    pub(super) fn on_x_server_back(&mut self, now: Instant) {
        self.viewer.on_x_server_back(now);
        // That nothing moved meanwhile says nothing of the artwork.
        self.probes.picture.rest(now, &self.settings);
    }

    /// An operation has come back.
    pub(super) fn on_op_done(&mut self, ctx: &mut Context<'_>, op: OpId, result: Result<(), Failure>) {
        let Some(operation) = self.operations.end(op) else {
            self.answer_done(ctx, op, &result);
            return;
        };
        let reason = operation.remedy.and_then(|remedy| self.foresight.against(remedy));
        let result = result.map_err(|failure| {
            reason.and_then(|found| failure.explained(&found.evidence)).unwrap_or(failure)
        });
        self.vm.operation_ended(ctx.now.mono);
        let waits_for_more = self.operations.take_restored(op);
        self.answer_done(ctx, op, &result);
        let awaited = self.phase().properties().operation == Some(op);
        self.take_up_stop(ctx);
        let input = if awaited {
            Input::Done(result.clone())
        } else {
            Input::LateDone(operation.remedy, result.clone())
        };
        self.step(ctx, input);
        let answer = result.as_ref().map(|()| Answer::Done).map_err(Refusal::from);
        self.answer_restored(ctx, waits_for_more, &answer);
    }

    /// A probe's question was answered, or is lost. `others_too` says whether other exhibits' displays cannot be reached.
    pub(super) fn on_probed(
        &mut self,
        ctx: &mut Context<'_>,
        op: OpId,
        answer: ProbeAnswer,
        others_too: bool,
    ) {
        let now = ctx.now.mono;
        let answer = match answer {
            // It shows what the X server last drew, whenever that was.
            ProbeAnswer::Picture { .. } if !self.viewer.can_be_looked_at() => {
                ProbeAnswer::Picture { digest: None }
            }
            answer @ (ProbeAnswer::Picture { .. }
            | ProbeAnswer::Agent { .. }
            | ProbeAnswer::Display { .. }
            | ProbeAnswer::Qemu { .. }) => answer,
        };
        if let (Phase::Proving { .. }, ProbeAnswer::Agent { answered }) = (self.phase(), answer) {
            if self.probes.agent.proves(op, answered, now) {
                self.proven(ctx);
            }
            return;
        }
        // A libvirt that is at work for longer than it may be excuses no silence.
        let answer = match answer {
            ProbeAnswer::Qemu { answers: None } if self.operations.is_overdue() => {
                ProbeAnswer::Qemu { answers: Some(false) }
            }
            ProbeAnswer::Qemu { .. }
            | ProbeAnswer::Agent { .. }
            | ProbeAnswer::Picture { .. }
            | ProbeAnswer::Display { .. } => answer,
        };
        let active = self.active_probes();
        let around = Surroundings { link_up: ctx.link_up, others_too };
        match self.probes.answered(op, answer, now, &self.settings, active, around) {
            Verdict::Fine => {}
            Verdict::BlameViewer => self.renew_viewer(ctx, ViewerFault::Frozen),
            Verdict::Ill(symptom) => {
                // What was told so far is only that nothing is to be seen.
                if symptom == Symptom::NotShown && self.phase() == Phase::Healthy {
                    let evidence = self.evidence(ctx, symptom);
                    self.open_incident(ctx, symptom, evidence);
                }
                self.step(ctx, Input::Sign(symptom));
            }
        }
    }

    /// Asks what is to be asked now.
    fn probe(&mut self, ctx: &mut Context<'_>) {
        let active = self.active_probes();
        let requests = self.probes.ask(
            ctx.now.mono,
            &self.settings,
            active,
            ctx.link_up,
            || self.viewer.areas(),
            || ctx.numbers.op(),
        );
        let probe = |(op, request)| Effect::Probe { exhibit: self.id, op, request };
        ctx.effects.extend(requests.into_iter().map(probe));
    }

    /// New settings for the same VM.
    pub(super) fn change(&mut self, ctx: &mut Context<'_>, settings: ExhibitSettings) {
        let previous = std::mem::replace(&mut self.settings, settings);
        if previous.auto_revert != self.settings.auto_revert
            && self.custody.configure(!self.settings.auto_revert)
        {
            if self.settings.auto_revert {
                self.end_hold(ctx, Some(Holder::Configuration));
            } else {
                self.begin_hold(ctx, Holder::Configuration, None, None);
            }
        }
        self.probes.change(ctx.now.mono, &previous, &self.settings);
        self.judge_anew(ctx, &previous);
    }

    /// Leaves the exhibit alone for good: its VM runs on, its viewer ends.
    pub(super) fn leave(&mut self, ctx: &mut Context<'_>, why: &Refusal) {
        self.answer_all(ctx, why);
        self.custody.leave();
        self.close_incident(ctx, Outcome::Ended { at: ctx.now });
        self.enter(ctx, Phase::Closed);
        self.sync_viewer(ctx, &[]);
    }

    /// Ends the VM for good, where one runs that nobody works on.
    pub(super) fn end_vm(&mut self, ctx: &mut Context<'_>) {
        let off = matches!(self.vm.state(), VmState::ShutOff | VmState::Missing | VmState::Unknown);
        if !self.custody.is_held() && self.operations.current().is_none() && !off {
            let op = self.start_operation(ctx, VmAction::Destroy, None);
            self.operations.shuts_down_with(op);
        }
    }

    /// Whether nothing is left to be ended: no viewer, and no VM whose end was asked for.
    pub(super) fn at_rest(&self) -> bool {
        self.viewer.gone() && !self.operations.is_shutting_down()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.phase() == Phase::Closed
    }

    /// Whether it has screens to be shown on.
    pub(super) fn is_shown(&self) -> bool {
        !self.settings.screens.is_empty()
    }

    pub(super) fn is_held(&self) -> bool {
        self.custody.is_held()
    }

    /// Whether a next daemon may take it over as it is.
    pub(super) fn is_adoptable(&self) -> bool {
        match self.phase().properties().adoptable {
            Adoptable::No => false,
            Adoptable::Running => self.vm.is_running(),
            Adoptable::IfAdopted => self.recovery.is_adopted(),
            Adoptable::IfAdoptedAndWell => self.recovery.is_adopted() && !self.incidents.is_of_vm(),
        }
    }

    /// Whether what the guest draws now is the artwork.
    fn is_presentable(&self) -> bool {
        match self.phase().properties().presentable {
            Presentable::Yes => true,
            Presentable::No => false,
            Presentable::UnlessBooting => !self.vm.is_booting(),
        }
    }

    /// Whether the artwork is to be seen on this display of the guest's.
    pub(super) fn presents(&self, display: u32) -> bool {
        self.is_presentable() && self.viewer.shows(display)
    }

    /// Whether visitors may see the artwork as it should be, or somebody works on it.
    pub(super) fn has_something_to_lose(&self, now: Instant) -> bool {
        let seems_well = || match self.settings.heartbeat {
            Some(heartbeat) => self.probes.heartbeat.came_within(heartbeat.timeout, now),
            None => self.viewer.shows_any(),
        };
        self.is_held()
            || match self.phase().properties().outlook {
                Outlook::Well => true,
                // libvirt does not say how it is, but the guest or the screen may.
                Outlook::Unknown { may_be_well } => may_be_well && seems_well(),
                Outlook::Ill | Outlook::OutOfHands => false,
            }
    }

    /// Whether libvirt is at work on it, and may still come to an end by itself.
    pub(super) fn is_being_worked_on(&self) -> bool {
        self.operations.is_at_work()
    }

    pub(super) fn notice(&self, ctx: &mut Context<'_>, notice: Notice) {
        ctx.effects.push(Effect::Notice { exhibit: Some(self.id), notice });
    }

    /// As others may see it.
    pub(super) fn status(&self, now: Now, places: &[Place], silence: &Silence) -> ExhibitStatus {
        ExhibitStatus {
            id: self.id,
            name: self.settings.name.clone(),
            vm: self.settings.vm.clone(),
            snapshot: self.settings.snapshot.clone(),
            info: self.vm.info().clone(),
            phase: self.phase().status(now),
            phase_since: self.current.since().wall,
            hold: self.custody.hold().cloned(),
            stopped: self.custody.stopped().cloned(),
            heartbeat: self.probes.heartbeat.status(&self.settings),
            unheard: silence.concerns(self.id) || self.is_cut_off(),
            waiting: self.operations.following.status(),
            screens: self.screen_status(places),
            viewer: self.viewer.status(),
            viewer_trouble: self.viewer.trouble(),
            recoveries: self.recovery.total(),
            foreseen: self.foresight.all().to_vec(),
            last_incident: self.incidents.newest().map(incident_status),
        }
    }
}

fn incident_status(incident: &Incident) -> IncidentStatus {
    let ended = match incident.outcome {
        Outcome::Noticed | Outcome::Recovering | Outcome::Broken => None,
        Outcome::Recovered { at } | Outcome::PassedBy { at } | Outcome::Ended { at } => Some(at),
    };
    IncidentStatus {
        symptom: incident.symptom,
        evidence: incident.evidence.clone(),
        began: incident.began.wall,
        lasted: ended.map(|at| at.mono.duration_since(incident.began.mono)),
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
        | Symptom::QemuSilent
        | Symptom::GuestRequest
        | Symptom::Idle
        | Symptom::Operator
        | Symptom::GuestRebooted
        | Symptom::NotShown => false,
    }
}
