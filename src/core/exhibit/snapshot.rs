//! The making of a snapshot. The new one counts only once the VM was put to it and gave a sign of life, and the
//! former one stays until then.
//!
//! What has not proven itself goes where there is something proven to go back to. On hold, or where there is nothing,
//! the VM and the new snapshot are left as they are: they are all that is left of somebody's work.

use std::time::Duration;

use super::Exhibit;
use super::operation::{Completion, DESTROY_TIMEOUT, SNAPSHOT_TIMEOUT};
use super::phase::Phase;
use super::step::Context;
use crate::core::incident::Notice;
use crate::core::types::{
    Answer, Evidence, ExhibitSettings, Failure, Ignored, Refusal, Remedy, RequestId, Snapshot, SnapshotKind,
    SnapshotStep, Symptom, VmAction, bad_snapshot_name, whole_seconds,
};

/// Copying large disks may take hours. What hangs is told by libvirt, which has its own deadlines.
const CONVERT_TIMEOUT: Duration = Duration::from_secs(4 * 3600);

/// The snapshot of one exhibit that is being made, if one is.
#[derive(Clone, Debug, Default)]
pub(super) struct Maker(Option<Making>);

/// A snapshot that is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Making {
    /// Who waits for it.
    pub(super) ids: Vec<RequestId>,
    snapshot: String,
    /// There was one of this name before.
    replaces: bool,
    /// The new one bears the name, and is to prove itself once more.
    adopted: bool,
    /// It is loaded within the QEMU process that runs.
    in_place: bool,
}

impl Maker {
    pub(super) fn is_making(&self) -> bool {
        self.0.is_some()
    }

    /// Has a request answered by the end of the making, where it is about the same snapshot.
    pub(super) fn join(&mut self, id: RequestId, snapshot: &str) -> bool {
        let Some(making) = self.0.as_mut().filter(|making| making.snapshot == snapshot) else { return false };
        making.ids.push(id);
        true
    }

    /// It goes no further.
    pub(super) fn take(&mut self) -> Option<Making> {
        self.0.take()
    }
}

impl Exhibit {
    pub(super) fn ask_create(
        &mut self,
        ctx: &mut Context<'_>,
        id: RequestId,
        name: Option<String>,
    ) -> Result<Option<Answer>, Refusal> {
        self.reachable(ctx)?;
        self.fit_for_a_snapshot(ctx)?;
        let snapshot = name.unwrap_or_else(|| self.settings.snapshot.clone());
        if let Some(flaw) = bad_snapshot_name(&snapshot) {
            return Err(Refusal::BadName { snapshot, flaw });
        }
        self.unless_tied(&snapshot)?;
        let replaces = self.begin_making(id, &snapshot);
        self.take_step(ctx, SnapshotStep::Saving, VmAction::CreateSnapshot { snapshot, replaces });
        Ok(None)
    }

    /// Whether nothing that an external snapshot needs would be deleted by making this one, now or later.
    fn unless_tied(&self, snapshot: &str) -> Result<(), Refusal> {
        let Some(external) = self.vm.info().snapshots.tie_of_new(snapshot) else { return Ok(()) };
        let ExhibitSettings { name, vm, .. } = &self.settings;
        let external = external.to_owned();
        Err(Refusal::ExternalInTheWay { exhibit: name.clone(), vm: vm.clone(), external })
    }

    /// Whether there is one of this name to be replaced.
    fn begin_making(&mut self, id: RequestId, snapshot: &str) -> bool {
        let replaces = self.vm.can_revert_to(snapshot);
        let in_place = self.loads_in_place();
        self.maker.0 =
            Some(Making { ids: vec![id], snapshot: snapshot.to_owned(), replaces, adopted: false, in_place });
        replaces
    }

    pub(super) fn ask_convert(
        &mut self,
        ctx: &mut Context<'_>,
        id: RequestId,
        present: bool,
    ) -> Result<Option<Answer>, Refusal> {
        self.reachable(ctx)?;
        let (exhibit, snapshot) = (&self.settings.name, self.settings.snapshot.clone());
        if self.vm.info().snapshots.tie_of_new(&snapshot).is_none() {
            return Ok(Some(Answer::Ignored(Ignored::NothingToConvert {
                exhibit: exhibit.clone(),
                snapshot,
            })));
        }
        if !present && !self.vm.can_revert_to(&snapshot) {
            let vm = self.settings.vm.clone();
            return Err(Refusal::NothingToConvertFrom { exhibit: exhibit.clone(), vm, snapshot });
        }
        if !present && self.is_held() {
            return Err(Refusal::ConvertOnHold { exhibit: exhibit.clone(), snapshot });
        }
        let there = &self.vm.info().snapshots;
        let within =
            |member: &&Snapshot| member.kind != SnapshotKind::External && there.tie(&member.name).is_some();
        if there.family(&snapshot).iter().any(within) {
            // The images know it by its name, so it could not be kept under another one.
            return Err(Refusal::NameKept { exhibit: exhibit.clone(), snapshot });
        }
        self.fit_for_a_snapshot(ctx)?;
        self.begin_making(id, &snapshot);
        self.take_step(ctx, SnapshotStep::Converting, VmAction::ConvertSnapshot { snapshot, present });
        Ok(None)
    }

    /// Whether the artwork is as it should always come back, and could prove that it does.
    fn fit_for_a_snapshot(&self, ctx: &Context<'_>) -> Result<(), Refusal> {
        let exhibit = self.settings.name.clone();
        if !self.phase().properties().fit_for_snapshot {
            return Err(Refusal::NotWell { exhibit });
        }
        if !self.vm.is_running() {
            // Who has changed its disk or its definition would lose that by a start that puts it back.
            return Err(match self.is_held() {
                true => Refusal::VmOffOnHold { exhibit, vm: self.settings.vm.clone() },
                false => Refusal::VmOff { exhibit },
            });
        }
        // On hold nobody has looked at the heartbeats. Without them the new one would be discarded, and what was
        // changed in the artwork would go with it.
        if let Some(heartbeat) = self.settings.heartbeat
            && !self.probes.heartbeat.came_within(heartbeat.timeout, ctx.now.mono)
        {
            return Err(Refusal::NoHeartbeat { exhibit, timeout: heartbeat.timeout });
        }
        Ok(())
    }

    fn take_step(&mut self, ctx: &mut Context<'_>, step: SnapshotStep, action: VmAction) {
        let op = self.start_operation(ctx, action, None);
        let patience = match step {
            SnapshotStep::Loading => self.settings.recovery.deadline,
            SnapshotStep::Converting => CONVERT_TIMEOUT,
            SnapshotStep::Saving
            | SnapshotStep::Proving
            | SnapshotStep::Replacing
            | SnapshotStep::Tidying
            | SnapshotStep::Deleting => SNAPSHOT_TIMEOUT,
        };
        self.enter(ctx, Phase::Snapshotting { op, step, deadline: ctx.now.mono + patience });
    }

    /// Whether snapshots are loaded within the QEMU process that runs, as far as is known.
    pub(super) fn loads_in_place(&self) -> bool {
        self.settings.recovery.in_place.is_some() && !self.vm.is_in_place_ruled_out()
    }

    /// Whether the QEMU process does not live through the step that is being taken.
    pub(super) fn step_ends_qemu(&self, step: SnapshotStep) -> bool {
        step == SnapshotStep::Converting
            || step.jumps() && self.maker.0.as_ref().is_none_or(|making| !making.in_place)
    }

    /// A step has come back.
    pub(super) fn step_done(
        &mut self,
        ctx: &mut Context<'_>,
        step: SnapshotStep,
        result: Result<(), Failure>,
    ) {
        let Some(making) = &mut self.maker.0 else { return self.reassess(ctx) };
        match (step, result) {
            (SnapshotStep::Saving | SnapshotStep::Converting, Ok(())) => self.load(ctx),
            (SnapshotStep::Replacing, Ok(())) => {
                making.adopted = true;
                self.load(ctx);
            }
            (SnapshotStep::Loading, Ok(())) => self.prove(ctx),
            // Nothing was tried, and a full revert proves it as well.
            (SnapshotStep::Loading, Err(Failure::NotInPlace(_))) if making.in_place => {
                making.in_place = false;
                self.vm.rule_out_in_place();
                self.load(ctx);
            }
            (SnapshotStep::Loading, Err(failure)) if !matches!(failure, Failure::Unreachable(_)) => {
                self.unproven(ctx, Symptom::StartFailed, Evidence::Refused { failure });
            }
            // What is left behind is deleted at the next replacement.
            (SnapshotStep::Tidying, _) => self.made(ctx),
            (SnapshotStep::Replacing, Err(failure)) => {
                let exhibit = self.settings.name.clone();
                let back_to = self.vm.info().snapshots.proven(&making.snapshot);
                let back_to = back_to.map_or_else(|| making.snapshot.clone(), |proven| proven.name.clone());
                self.end_making(ctx, Err(Refusal::NotReplaced { exhibit, back_to, failure }));
                self.reassess(ctx);
            }
            (SnapshotStep::Saving | SnapshotStep::Converting | SnapshotStep::Loading, Err(failure)) => {
                self.end_making(ctx, Err((&failure).into()));
                self.reassess(ctx);
            }
            (SnapshotStep::Proving | SnapshotStep::Deleting, _) => self.reassess(ctx),
        }
    }

    /// Puts the VM to the new snapshot, as it would be put back to it.
    fn load(&mut self, ctx: &mut Context<'_>) {
        let Some(making) = &self.maker.0 else { return };
        let (snapshot, in_place) = (making.snapshot.clone(), making.in_place);
        self.take_step(ctx, SnapshotStep::Loading, VmAction::LoadSnapshot { snapshot, in_place });
    }

    /// The VM runs from the new snapshot, and its QEMU answers: where more can be had, more is waited for.
    fn prove(&mut self, ctx: &mut Context<'_>) {
        self.vm.loaded_new_snapshot();
        self.probes.heartbeat.forget();
        self.wait_for_proof(ctx);
    }

    pub(super) fn wait_for_proof(&mut self, ctx: &mut Context<'_>) {
        if self.settings.heartbeat.is_none() && self.settings.agent.is_none() {
            return self.proven(ctx);
        }
        self.probes.agent.ask_now(ctx.now.mono, &self.settings);
        // Nothing but that it comes counts here, so it gets the time of a first one.
        let deadline = self.first_sign(ctx.now.mono, Remedy::FullRevert);
        self.enter(ctx, Phase::Proving { deadline });
    }

    /// The artwork has given a sign of life after it was put to the new snapshot.
    pub(super) fn proven(&mut self, ctx: &mut Context<'_>) {
        let Some(making) = &self.maker.0 else { return self.reassess(ctx) };
        let (snapshot, in_place) = (making.snapshot.clone(), making.in_place);
        match (making.replaces, making.adopted) {
            (false, _) => self.made(ctx),
            (true, false) => {
                self.take_step(ctx, SnapshotStep::Replacing, VmAction::AdoptSnapshot { snapshot, in_place });
            }
            (true, true) => {
                self.take_step(ctx, SnapshotStep::Tidying, VmAction::TidySnapshots { snapshot });
            }
        }
    }

    pub(super) fn no_sign_of_life(&mut self, ctx: &mut Context<'_>) {
        let why = match self.settings.heartbeat {
            Some(_) => Symptom::HeartbeatLost,
            None => Symptom::AgentSilent,
        };
        let waited = whole_seconds(ctx.now.mono.duration_since(self.current.since().mono));
        let seen = match self.settings.heartbeat {
            Some(_) => Evidence::NoHeartbeatAfterLoad { waited },
            None => Evidence::NoAnswerAfterLoad { waited },
        };
        self.unproven(ctx, why, seen);
    }

    /// The new snapshot has not shown that the artwork comes back from it.
    pub(super) fn unproven(&mut self, ctx: &mut Context<'_>, why: Symptom, seen: Evidence) {
        let Some(making) = self.maker.take() else { return self.reassess(ctx) };
        let seen = Box::new(seen);
        self.open_incident(ctx, why, Evidence::SnapshotUnproven { seen: seen.clone() });
        let configured = &self.settings.snapshot;
        let former = self.vm.can_revert_to(configured) && (making.replaces || making.snapshot != *configured);
        if former && !self.is_held() {
            self.abandon(ctx, making, why, seen);
        } else {
            self.leave_unproven(ctx, making, seen);
        }
    }

    /// There is something proven to go back to, and nobody works on the artwork.
    fn abandon(&mut self, ctx: &mut Context<'_>, making: Making, why: Symptom, seen: Box<Evidence>) {
        let Making { ids, snapshot, replaces, adopted, .. } = making;
        let (exhibit, back_to) = (self.settings.name.clone(), self.settings.snapshot.clone());
        let refusal = match adopted {
            true => Refusal::UnprovenProvenBack { exhibit, seen },
            false => Refusal::UnprovenFormerBack { exhibit, seen },
        };
        let action = VmAction::AbandonSnapshot { snapshot, replaces, back_to };
        let op = self.run_remedy(ctx, why, Remedy::DestroyRevert, action);
        let patience = self.settings.recovery.deadline + DESTROY_TIMEOUT + Duration::from_secs(1);
        for id in ids {
            self.wait_for(ctx, id, op, patience, Completion::Abandoned(refusal.clone()));
        }
    }

    /// What somebody has prepared is in this VM and in this snapshot, and perhaps nowhere else.
    fn leave_unproven(&mut self, ctx: &mut Context<'_>, making: Making, seen: Box<Evidence>) {
        let (exhibit, vm) = (self.settings.name.clone(), self.settings.vm.clone());
        let newest =
            self.vm.info().snapshots.family(&making.snapshot).last().map(|newest| newest.name.clone());
        let newest = newest.unwrap_or_else(|| making.snapshot.clone());
        let refusal = match self.vm.info().snapshots.proven(&making.snapshot) {
            Some(proven) if proven.name != newest => {
                Refusal::UnprovenLeft { exhibit, vm, newest, back_to: proven.name.clone(), seen }
            }
            Some(_) | None => Refusal::UnprovenLeftAlone { exhibit, vm, newest, seen },
        };
        for id in making.ids {
            self.answer(ctx, id, Err(refusal.clone()));
        }
        self.reassess(ctx);
    }

    /// What only deletes has not come back in time. The artwork may be well nevertheless, and goes on; if it is not, what
    /// hangs is ended with its QEMU. A new snapshot is one by then.
    pub(super) fn deletion_hangs(&mut self, ctx: &mut Context<'_>) {
        self.notice(ctx, Notice::CallHung);
        self.operations.mark_overdue();
        if self.maker.is_making() {
            self.made(ctx);
            self.take_up_stop(ctx);
        } else if !self.take_up_stop(ctx) {
            self.reassess(ctx);
        }
    }

    /// The call that the making waits for has not come back in time.
    pub(super) fn making_hangs(&mut self, ctx: &mut Context<'_>) {
        let exhibit = self.settings.name.clone();
        self.end_making(ctx, Err(Refusal::SnapshotOverdue { exhibit }));
    }

    /// It is made, and is what the artwork is put back to from now on.
    fn made(&mut self, ctx: &mut Context<'_>) {
        if let Some(Making { snapshot, .. }) = &self.maker.0 {
            let snapshot = snapshot.clone();
            self.vm.snapshot_made(&snapshot);
            self.recovery.has_new_snapshot();
            // It is a snapshot of the very QEMU process that runs.
            if snapshot == self.settings.snapshot {
                self.vm.trust_process();
            }
            self.notice(ctx, Notice::SnapshotCreated { snapshot });
        }
        self.end_making(ctx, Ok(Answer::Done));
        self.reassess(ctx);
    }

    fn end_making(&mut self, ctx: &mut Context<'_>, result: Result<Answer, Refusal>) {
        for id in self.maker.take().map(|making| making.ids).unwrap_or_default() {
            self.answer(ctx, id, result.clone());
        }
    }
}
