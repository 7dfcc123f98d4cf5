//! The operations of one exhibit, its slow effects: the one at work on its VM, and who waits for its end.

use std::time::{Duration, Instant};

use super::following::Following;
use crate::core::types::{OpId, Refusal, Remedy, RequestId};

/// libvirt gives a QEMU that does not heed SIGTERM 10 seconds before it kills it (`qemuProcessKill`).
pub(super) const DESTROY_TIMEOUT: Duration = Duration::from_secs(15);
/// Writing a guest's memory to a slow disk may take minutes.
pub(super) const SNAPSHOT_TIMEOUT: Duration = Duration::from_secs(600);

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

/// A question whose answer is the end of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PendingRequest {
    pub(super) id: RequestId,
    pub(super) op: OpId,
    /// Whoever asked hears by then that it has not come back yet; `None` once that is told.
    pub(super) deadline: Option<Instant>,
    pub(super) completion: Completion,
}

/// What the good end of an operation that somebody asked for means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Completion {
    Restored,
    Stopped,
    Listed,
    Deleted(String),
    /// Somebody's snapshot was not fit to be kept, for this reason, and the artwork is put back.
    Abandoned(Refusal),
}

impl Completion {
    /// Whether the end still means something where nobody waits for it any more.
    fn outlives_its_question(&self) -> bool {
        match self {
            Self::Stopped | Self::Deleted(_) => true,
            Self::Restored | Self::Listed | Self::Abandoned(_) => false,
        }
    }
}

/// What is under way for one exhibit. Whatever the phase thinks of it, libvirt's calls cannot be cancelled.
#[derive(Clone, Debug, Default)]
pub(super) struct Operations {
    current: Option<Operation>,
    /// The end of the VM that a power-down has asked for.
    shutdown: Option<OpId>,
    /// The reading of the snapshots, which is no work on the VM.
    reading: Option<OpId>,
    pending: Vec<PendingRequest>,
    /// What staff asked for meanwhile, and comes after it.
    pub(super) following: Following,
}

impl Operations {
    /// One begins. The former one, where there is any, hangs, and is ended by this one.
    pub(super) fn begin(&mut self, op: OpId, remedy: Option<Remedy>, takes_over: bool) {
        self.current = Some(Operation { op, remedy, takes_over, overdue: false });
    }

    /// The one at work.
    pub(super) fn current(&self) -> Option<Operation> {
        self.current
    }

    /// One has come back: what it was, if it is the one at work. The reading of the snapshots may be over, too.
    pub(super) fn end(&mut self, op: OpId) -> Option<Operation> {
        self.reading.take_if(|reading| *reading == op);
        self.current.take_if(|current| current.op == op)
    }

    /// The one at work has not come back in time; what it is.
    pub(super) fn mark_overdue(&mut self) -> Option<Operation> {
        if let Some(current) = &mut self.current {
            current.overdue = true;
        }
        self.current
    }

    /// Whether nothing can be begun: something is at work, and is not over its deadline in a way that ending the QEMU
    /// process would help.
    pub(super) fn is_occupied(&self) -> bool {
        self.current.is_some_and(|current| current.takes_over || !current.overdue)
    }

    /// Whether something is at work that may still come to an end by itself.
    pub(super) fn is_at_work(&self) -> bool {
        self.current.is_some_and(|current| !current.overdue)
    }

    /// Whether what is at work has not come back in time.
    pub(super) fn is_overdue(&self) -> bool {
        self.current.is_some_and(|current| current.overdue)
    }

    /// Whether even what ends the QEMU process hangs.
    pub(super) fn is_stuck(&self) -> bool {
        self.current.is_some_and(|current| current.takes_over && current.overdue)
    }

    /// The VM ends for good with this one, since the computer is switched off.
    pub(super) fn shuts_down_with(&mut self, op: OpId) {
        self.shutdown = Some(op);
    }

    /// Whether the end of the VM that a power-down asked for is still waited for.
    pub(super) fn is_shutting_down(&self) -> bool {
        self.shutdown.is_some() && self.shutdown == self.current.map(|current| current.op)
    }

    /// The reading of the snapshots that is under way; a new one by this number, where there is none. Whether it is new.
    pub(super) fn read_by(&mut self, number: impl FnOnce() -> OpId) -> (OpId, bool) {
        match self.reading {
            Some(op) => (op, false),
            None => (*self.reading.insert(number()), true),
        }
    }

    /// Somebody waits for the end of one.
    pub(super) fn wait_for(&mut self, request: PendingRequest) {
        self.pending.push(request);
    }

    /// When somebody has waited too long.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.pending.iter().filter_map(|request| request.deadline).min()
    }

    /// Who waited for this one, and what its end means where nobody does any more.
    pub(super) fn take_pending(&mut self, op: OpId) -> Vec<PendingRequest> {
        self.pending.extract_if(.., |request| request.op == op).collect()
    }

    /// Who waits for the VM to be restored, by this one or what comes of it.
    pub(super) fn take_restored(&mut self, op: OpId) -> Vec<PendingRequest> {
        let waits =
            |request: &mut PendingRequest| request.op == op && request.completion == Completion::Restored;
        self.pending.extract_if(.., waits).collect()
    }

    /// Who has waited too long. What they waited for goes on.
    pub(super) fn take_overdue(&mut self, now: Instant) -> Vec<PendingRequest> {
        let is_overdue = |request: &mut PendingRequest| request.deadline.is_some_and(|by| by <= now);
        let overdue: Vec<_> = self.pending.extract_if(.., is_overdue).collect();
        let kept = overdue.iter().filter(|request| request.completion.outlives_its_question());
        self.pending.extend(kept.map(|request| PendingRequest { deadline: None, ..request.clone() }));
        if let Some(current) = &mut self.current {
            current.overdue |= overdue.iter().any(|request| request.op == current.op);
        }
        overdue
    }

    /// Everybody who waits.
    pub(super) fn take_all(&mut self) -> Vec<PendingRequest> {
        let mut all = std::mem::take(&mut self.pending);
        all.retain(|request| request.deadline.is_some());
        all
    }
}
