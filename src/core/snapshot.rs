//! The making of a snapshot. The new one is kept only once the VM was put to it and gave a sign of life, and the
//! former one stays until then.

use std::time::Duration;

use super::effect::Effect;
use super::exhibit::{Exhibit, Phase, Turn};
use super::incident::Notice;
use super::remedy::DESTROYING;
use super::request::{Then, refusal};
use super::types::{
    Answer, Failure, OpId, Refusal, Remedy, RequestId, SnapshotStep, Symptom, VmAction, VmState,
};

/// Writing a guest's memory to a slow disk may take minutes.
pub(super) const SNAPSHOT_DEADLINE: Duration = Duration::from_secs(600);
/// An agent that has not answered is asked again so soon, while its answer is the sign of life that is waited for.
const PING_AGAIN: Duration = Duration::from_secs(1);

/// A snapshot that is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Making {
    /// Who waits for it.
    pub(super) id: RequestId,
    snapshot: String,
    /// There was one of this name before.
    replaces: bool,
    /// The new one bears the name, and is to prove itself once more.
    adopted: bool,
}

impl Exhibit {
    pub(super) fn ask_create(
        &mut self,
        turn: &mut Turn<'_>,
        id: RequestId,
        name: Option<String>,
    ) -> Result<Option<Answer>, Refusal> {
        self.free(turn)?;
        self.fit_for_a_snapshot(turn)?;
        let snapshot = name.unwrap_or_else(|| self.settings.snapshot.clone());
        let replaces = self.vm.can_revert_to(&snapshot);
        self.making = Some(Making { id, snapshot: snapshot.clone(), replaces, adopted: false });
        self.take_step(turn, SnapshotStep::Saving, VmAction::CreateSnapshot { snapshot, replaces });
        Ok(None)
    }

    /// Whether the artwork is as it should always come back, and could prove that it does.
    fn fit_for_a_snapshot(&self, turn: &Turn<'_>) -> Result<(), Refusal> {
        let exhibit = &self.settings.name;
        match self.phase {
            Phase::Healthy { .. } | Phase::Held => {}
            Phase::Waiting { .. }
            | Phase::Starting { .. }
            | Phase::Suspect { .. }
            | Phase::Recovering { .. }
            | Phase::Settling { .. }
            | Phase::Snapshotting { .. }
            | Phase::Proving { .. }
            | Phase::Broken { .. }
            | Phase::Closed => {
                return Err(Refusal::Conflict(format!(
                    "{exhibit} is not well just now, and a snapshot would keep that; if you know better, hold it first: \
                     vitrine hold {exhibit}"
                )));
            }
        }
        if self.vm.state != VmState::Running {
            // Who has changed its disk or its definition would lose that by a start that puts it back.
            let start = match self.hold {
                Some(_) => format!("virsh start {}, which does not put it back", self.settings.vm),
                None => format!("vitrine start {exhibit}"),
            };
            return Err(Refusal::Conflict(format!(
                "the VM of {exhibit} does not run, and a snapshot is made of a running artwork; start it first: {start}"
            )));
        }
        // On hold nobody has looked at the heartbeats. Without them the new one would be discarded, and what was
        // changed in the artwork would go with it.
        if let Some(heartbeat) = self.settings.heartbeat
            && self.beat.is_none_or(|(at, _)| turn.now.mono.duration_since(at) > heartbeat.timeout)
        {
            return Err(Refusal::Conflict(format!(
                "no heartbeat has come from {exhibit} for {} s, and a snapshot is kept only if the artwork beats \
                 after it was put back to it; have the program that beats run in the guest, or write \
                 `heartbeat = false` for this exhibit, and try again",
                heartbeat.timeout.as_secs()
            )));
        }
        Ok(())
    }

    fn take_step(&mut self, turn: &mut Turn<'_>, step: SnapshotStep, action: VmAction) {
        let op = self.work(turn, action);
        let patience = match step {
            SnapshotStep::Loading => self.settings.recovery.deadline,
            SnapshotStep::Saving
            | SnapshotStep::Proving
            | SnapshotStep::Replacing
            | SnapshotStep::Tidying
            | SnapshotStep::Deleting => SNAPSHOT_DEADLINE,
        };
        self.enter(turn, Phase::Snapshotting { op, step, deadline: turn.now.mono + patience });
    }

    /// Whether the QEMU process lives through the proof.
    pub(super) fn loads_in_place(&self) -> bool {
        self.settings.recovery.in_place.is_some()
    }

    /// A step has come back.
    pub(super) fn step_done(&mut self, turn: &mut Turn<'_>, step: SnapshotStep, result: Result<(), Failure>) {
        let Some(making) = &mut self.making else { return self.reassess(turn) };
        match (step, result) {
            (SnapshotStep::Saving, Ok(())) => self.load(turn),
            (SnapshotStep::Replacing, Ok(())) => {
                making.adopted = true;
                self.load(turn);
            }
            (SnapshotStep::Loading, Ok(())) => self.prove(turn),
            (SnapshotStep::Loading, Err(failure)) if !matches!(failure, Failure::Unreachable(_)) => {
                self.unproven(turn, Symptom::StartFailed, &failure.to_string());
            }
            // What is left behind is deleted at the next replacement.
            (SnapshotStep::Tidying, _) => self.made(turn),
            (SnapshotStep::Replacing, Err(failure)) => {
                let name = &self.settings.name;
                let text = format!(
                    "{failure}. The new snapshot has proven itself, but could not take the place of the former one; \
                     {name} can be put back all the same. Mend this, and try again: vitrine snapshot create {name}"
                );
                self.end_making(turn, Err(Refusal::Failed(text)));
                self.reassess(turn);
            }
            (SnapshotStep::Saving | SnapshotStep::Loading, Err(failure)) => {
                self.end_making(turn, Err(refusal(&failure)));
                self.reassess(turn);
            }
            (SnapshotStep::Proving | SnapshotStep::Deleting, _) => self.reassess(turn),
        }
    }

    /// Puts the VM to the new snapshot, as it would be put back to it.
    fn load(&mut self, turn: &mut Turn<'_>) {
        let Some(making) = &self.making else { return };
        let snapshot = making.snapshot.clone();
        let in_place = self.loads_in_place();
        self.take_step(turn, SnapshotStep::Loading, VmAction::LoadSnapshot { snapshot, in_place });
    }

    /// The VM runs from the new snapshot, and its QEMU answers: where more can be had, more is waited for.
    fn prove(&mut self, turn: &mut Turn<'_>) {
        self.vm.state = VmState::Running;
        self.clock_wrong = true;
        self.beat = None;
        self.note = None;
        if self.settings.heartbeat.is_none() && self.settings.agent.is_none() {
            return self.proven(turn);
        }
        self.agent.inquiry.rest(self.settings.agent.map(|_| turn.now.mono));
        // Nothing but that it comes counts here, so it gets the time of a first one.
        let deadline = self.first_sign(turn.now.mono, Remedy::FullRevert);
        self.enter(turn, Phase::Proving { deadline });
    }

    /// Whether the agent is to be pinged.
    pub(super) fn pings(&self) -> bool {
        match self.phase {
            Phase::Healthy { .. } => true,
            Phase::Proving { .. } => self.settings.heartbeat.is_none(),
            Phase::Waiting { .. }
            | Phase::Starting { .. }
            | Phase::Suspect { .. }
            | Phase::Recovering { .. }
            | Phase::Settling { .. }
            | Phase::Snapshotting { .. }
            | Phase::Broken { .. }
            | Phase::Held
            | Phase::Closed => false,
        }
    }

    /// A ping came back whose answer would be the sign of life.
    pub(super) fn pong_proves(&mut self, turn: &mut Turn<'_>, op: OpId, answered: bool) {
        if self.agent.inquiry.answered(op, turn.now.mono + PING_AGAIN) && answered {
            self.proven(turn);
        }
    }

    /// The artwork has given a sign of life after it was put to the new snapshot.
    pub(super) fn proven(&mut self, turn: &mut Turn<'_>) {
        let Some(making) = &self.making else { return self.reassess(turn) };
        let (snapshot, in_place) = (making.snapshot.clone(), self.loads_in_place());
        match (making.replaces, making.adopted) {
            (false, _) => self.made(turn),
            (true, false) => {
                self.take_step(turn, SnapshotStep::Replacing, VmAction::AdoptSnapshot { snapshot, in_place });
            }
            (true, true) => {
                self.take_step(turn, SnapshotStep::Tidying, VmAction::TidySnapshots { snapshot });
            }
        }
    }

    pub(super) fn no_sign_of_life(&mut self, turn: &mut Turn<'_>) {
        let why = match self.settings.heartbeat {
            Some(_) => Symptom::HeartbeatLost,
            None => Symptom::AgentSilent,
        };
        let waited = turn.now.mono.duration_since(self.phase_since.mono).as_secs();
        let what = if self.settings.heartbeat.is_some() { "heartbeat" } else { "answer of the guest agent" };
        self.unproven(turn, why, &format!("no {what} within {waited} s after it was loaded"));
    }

    /// The new snapshot is not fit to be kept: it is deleted, and the artwork put back to the former one.
    pub(super) fn unproven(&mut self, turn: &mut Turn<'_>, why: Symptom, seen: &str) {
        let Some(Making { id, snapshot, replaces, adopted }) = self.making.take() else {
            return self.reassess(turn);
        };
        let configured = &self.settings.snapshot;
        let back = self.vm.can_revert_to(configured) && (replaces || snapshot != *configured);
        let back_to = back.then(|| configured.clone());
        let remedy = if back { Remedy::DestroyRevert } else { Remedy::ColdStart };
        let name = &self.settings.name;
        let now = match &back_to {
            Some(_) if adopted => format!("{name} is put back to what was loaded well before"),
            Some(former) => format!("{name} is put back to {former}, as it was before"),
            None => format!("{name}, which has no other snapshot, is started anew"),
        };
        let text = format!(
            "the new snapshot was deleted, since it has not proven itself: {seen}. {now}. Once the artwork runs as it \
             should, try again: vitrine snapshot create {name}"
        );
        self.open_incident(turn, why, format!("a new snapshot has not proven itself: {seen}"));
        let op = self.treat(turn, why, remedy, VmAction::AbandonSnapshot { snapshot, replaces, back_to });
        let patience = self.settings.recovery.deadline + DESTROYING + Duration::from_secs(1);
        self.wait_for(turn, id, op, patience, Then::Abandoned(text));
    }

    /// The call that the making waits for has not come back in time.
    pub(super) fn making_hangs(&mut self, turn: &mut Turn<'_>) {
        let name = &self.settings.name;
        let text = format!(
            "libvirt has not come back in time, so the new snapshot of {name} was not finished; a former one is there \
             still. See `vitrine status`, and libvirt's own log, then try again"
        );
        self.end_making(turn, Err(Refusal::Failed(text)));
    }

    /// It is made, and is what the artwork is put back to from now on.
    fn made(&mut self, turn: &mut Turn<'_>) {
        if let Some(Making { snapshot, .. }) = &self.making {
            let snapshot = snapshot.clone();
            if let Err(place) = self.vm.snapshots.binary_search(&snapshot) {
                self.vm.snapshots.insert(place, snapshot.clone());
            }
            // It is a snapshot of the very QEMU process that runs.
            self.foreign &= snapshot != self.settings.snapshot;
            self.notice(turn, Notice::SnapshotCreated { snapshot });
        }
        self.end_making(turn, Ok(Answer::Done));
        self.reassess(turn);
    }

    fn end_making(&mut self, turn: &mut Turn<'_>, result: Result<Answer, Refusal>) {
        if let Some(making) = self.making.take() {
            turn.effects.push(Effect::Answer { id: making.id, result });
        }
    }
}
