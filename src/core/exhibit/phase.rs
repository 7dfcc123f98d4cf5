//! Where an exhibit stands, and what follows from that alone.

use std::time::{Duration, Instant};

use crate::core::status::PhaseStatus;
use crate::core::types::{Ignored, Now, OpId, Remedy, SnapshotStep, Symptom};

/// While something is waited for that libvirt should tell, it is asked again this often.
pub(super) const RECHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Where an exhibit stands. `machine.rs` says what leads from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// libvirt, or its first word on the VM, is waited for.
    Waiting { intent: Intent, recheck_at: Instant },
    /// It is being started.
    Starting { op: OpId, remedy: Remedy, deadline: Instant },
    /// It is well; without a heartbeat, as far as libvirt can tell.
    Healthy,
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
    /// Respond to what was seen before libvirt went.
    Respond(Symptom),
    /// See how it is.
    Assess,
}

/// What a phase means for whoever asks: its row in the table.
#[derive(Clone, Debug)]
pub(super) struct Properties {
    /// When time alone changes something about it.
    pub(super) deadline: Option<Instant>,
    /// The operation that it waits for.
    pub(super) operation: Option<OpId>,
    /// Whether a heartbeat that arrives now comes from the guest that will go on.
    pub(super) takes_beats: bool,
    /// Whether its guest, which was left to itself for long enough, should be heard.
    pub(super) should_be_heard: bool,
    /// Which probes count now.
    pub(super) probing: Probing,
    /// Whether what the guest draws now is the artwork.
    pub(super) presentable: Presentable,
    /// Whether its viewer is to be there.
    pub(super) display: Display,
    /// Why a guest's request to be put back is not honoured; `None` where it is.
    pub(super) ignores_guest: Option<Ignored>,
    /// Whether the artwork is as it should always come back, so that a snapshot may be made of it.
    pub(super) fit_for_snapshot: bool,
    /// Whether it is being started or put back, so that what staff ask for waits for that.
    pub(super) restores: bool,
    /// Whether a hold takes effect at once. Otherwise what is under way ends first.
    pub(super) yields_to_hold: bool,
    /// How it stands with the artwork.
    pub(super) outlook: Outlook,
    /// When the next daemon may take it over as it is.
    pub(super) adoptable: Adoptable,
    /// When an earlier daemon's viewer is taken over.
    pub(super) orphan: AdoptOrphan,
}

/// Which probes ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Probing {
    /// None: nothing that they could say would change anything.
    Off,
    /// All.
    On,
    /// That of the sign of life which is waited for.
    SignOfLife,
}

/// Whether what the guest draws is the artwork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presentable {
    Yes,
    No,
    /// It is, unless the guest was left to its own boot.
    UnlessBooting,
}

/// Whether an exhibit's viewer is to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Display {
    /// It is not.
    Off,
    /// Wherever the QEMU process is known, which lives on.
    On,
    /// Where the VM runs or is paused.
    WithVm,
    /// The same; and what an earlier daemon showed goes on until libvirt has said how the VM is.
    WithVmOrUnknown,
    /// Unless this step ends the QEMU process.
    UnlessStepEndsQemu(SnapshotStep),
}

/// How it stands with an artwork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outlook {
    /// Well, or a snapshot of it is being made.
    Well,
    /// Ill, and in Vitrine's hands.
    Ill,
    /// libvirt does not say; it may be well.
    Unknown { may_be_well: bool },
    /// Not in Vitrine's hands, or nothing that Vitrine could help.
    OutOfHands,
}

/// When the next daemon may take an exhibit over as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Adoptable {
    No,
    /// Where its VM runs.
    Running,
    /// Where it was adopted itself, and nothing has happened to it since.
    IfAdopted,
    /// The same, unless an incident is open.
    IfAdoptedAndWell,
}

/// When the viewer that an earlier daemon left is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AdoptOrphan {
    No,
    Yes,
    /// Where the VM is to be left as it is found.
    IfVmStays,
    /// Where it is a viewer of the VM that is there.
    IfSameVm,
}

impl Phase {
    /// Its row: one for each phase. What a row does not say is as in `REST`.
    pub(super) fn properties(&self) -> Properties {
        const REST: Properties = Properties {
            deadline: None,
            operation: None,
            takes_beats: true,
            should_be_heard: false,
            probing: Probing::Off,
            presentable: Presentable::No,
            display: Display::WithVm,
            ignores_guest: None,
            fit_for_snapshot: false,
            restores: false,
            yields_to_hold: false,
            outlook: Outlook::OutOfHands,
            adoptable: Adoptable::No,
            orphan: AdoptOrphan::No,
        };
        match *self {
            Self::Waiting { intent, recheck_at } => {
                let starts = intent == Intent::Start;
                let responds = matches!(intent, Intent::Respond(_));
                Properties {
                    deadline: Some(recheck_at),
                    presentable: Presentable::Yes,
                    display: Display::WithVmOrUnknown,
                    ignores_guest: Some(Ignored::LibvirtAway),
                    yields_to_hold: !starts,
                    outlook: Outlook::Unknown { may_be_well: !responds },
                    adoptable: if starts { Adoptable::IfAdopted } else { Adoptable::No },
                    orphan: match intent {
                        Intent::Start => AdoptOrphan::IfVmStays,
                        Intent::Assess => AdoptOrphan::Yes,
                        Intent::Respond(_) => AdoptOrphan::No,
                    },
                    ..REST
                }
            }
            Self::Starting { op, deadline, .. } => Properties {
                deadline: Some(deadline),
                operation: Some(op),
                takes_beats: false,
                display: Display::Off,
                ignores_guest: Some(Ignored::BeingPutBack),
                restores: true,
                outlook: Outlook::Ill,
                ..REST
            },
            Self::Healthy => Properties {
                should_be_heard: true,
                probing: Probing::On,
                presentable: Presentable::Yes,
                fit_for_snapshot: true,
                yields_to_hold: true,
                outlook: Outlook::Well,
                adoptable: Adoptable::Running,
                orphan: AdoptOrphan::IfSameVm,
                ..REST
            },
            // A remedy that did not help is to be followed by another one.
            Self::Suspect { act_at, may_pass, .. } => Properties {
                deadline: Some(act_at),
                presentable: if may_pass { Presentable::Yes } else { Presentable::No },
                yields_to_hold: true,
                outlook: if may_pass { Outlook::Well } else { Outlook::Ill },
                adoptable: Adoptable::Running,
                ..REST
            },
            Self::Recovering { op, remedy, deadline, .. } => Properties {
                deadline: Some(deadline),
                operation: Some(op),
                takes_beats: false,
                display: if remedy.keeps_display() { Display::On } else { Display::Off },
                ignores_guest: Some(Ignored::BeingPutBack),
                restores: true,
                outlook: Outlook::Ill,
                ..REST
            },
            Self::Settling { deadline } => Properties {
                deadline: Some(deadline),
                should_be_heard: true,
                presentable: Presentable::UnlessBooting,
                yields_to_hold: true,
                restores: true,
                outlook: Outlook::Ill,
                adoptable: Adoptable::IfAdoptedAndWell,
                orphan: AdoptOrphan::IfSameVm,
                ..REST
            },
            Self::Snapshotting { op, step, deadline } => Properties {
                deadline: Some(deadline),
                operation: Some(op),
                presentable: if step.jumps() { Presentable::No } else { Presentable::Yes },
                display: if step.jumps() { Display::UnlessStepEndsQemu(step) } else { Display::WithVm },
                ignores_guest: Some(Ignored::SnapshotAtWork),
                outlook: Outlook::Well,
                ..REST
            },
            Self::Proving { deadline } => Properties {
                deadline: Some(deadline),
                probing: Probing::SignOfLife,
                presentable: Presentable::Yes,
                ignores_guest: Some(Ignored::SnapshotAtWork),
                outlook: Outlook::Well,
                ..REST
            },
            Self::Broken { why, retry_at } => Properties {
                deadline: Some(retry_at),
                yields_to_hold: true,
                outlook: if why == Symptom::VmMissing { Outlook::OutOfHands } else { Outlook::Ill },
                ..REST
            },
            Self::Held => Properties {
                presentable: Presentable::Yes,
                ignores_guest: Some(Ignored::NotWatched),
                fit_for_snapshot: true,
                adoptable: Adoptable::Running,
                orphan: AdoptOrphan::IfSameVm,
                ..REST
            },
            Self::Closed => {
                Properties { display: Display::Off, ignores_guest: Some(Ignored::NotWatched), ..REST }
            }
        }
    }

    /// Puts the deadline off, where a moment more changes nothing but what is heard until then. Whether it could be.
    pub(super) fn put_off(&mut self, until: Instant) -> bool {
        match self {
            Self::Suspect { act_at, .. } => *act_at = until,
            Self::Settling { deadline } | Self::Proving { deadline } => *deadline = until,
            Self::Waiting { .. }
            | Self::Starting { .. }
            | Self::Healthy
            | Self::Recovering { .. }
            | Self::Snapshotting { .. }
            | Self::Broken { .. }
            | Self::Held
            | Self::Closed => return false,
        }
        true
    }

    /// As others may see it.
    pub(super) fn status(&self, now: Now) -> PhaseStatus {
        match *self {
            Self::Waiting { .. } => PhaseStatus::Waiting,
            Self::Starting { .. } => PhaseStatus::Starting,
            Self::Healthy => PhaseStatus::Healthy,
            Self::Suspect { why, .. } => PhaseStatus::Suspect(why),
            Self::Recovering { remedy, why, .. } => PhaseStatus::Recovering { remedy, why },
            Self::Settling { .. } => PhaseStatus::Settling,
            Self::Snapshotting { step, .. } => PhaseStatus::Snapshotting(step),
            Self::Proving { .. } => PhaseStatus::Snapshotting(SnapshotStep::Proving),
            Self::Broken { why, retry_at } => {
                PhaseStatus::Broken { why, retry_in: retry_at.saturating_duration_since(now.mono) }
            }
            Self::Held => PhaseStatus::Held,
            Self::Closed => PhaseStatus::Closed,
        }
    }
}

/// Where an exhibit stands, and since when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Current {
    phase: Phase,
    since: Now,
    /// How often its deadline was put off.
    put_offs: u32,
}

impl Current {
    pub(super) fn new(now: Now, phase: Phase) -> Self {
        Self { phase, since: now, put_offs: 0 }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) fn since(&self) -> Now {
        self.since
    }

    pub(super) fn enter(&mut self, now: Now, phase: Phase) {
        *self = Self::new(now, phase);
    }

    /// Another phase or deadline, as if it had been so since the same moment.
    pub(super) fn stay(&mut self, phase: Phase) {
        self.phase = phase;
    }

    /// See [`Phase::put_off`]; no more often than this in one stay.
    pub(super) fn put_off(&mut self, until: Instant, at_most: u32) -> bool {
        let done = self.put_offs < at_most && self.phase.put_off(until);
        self.put_offs += u32::from(done);
        done
    }
}
