//! What one step of an exhibit needs, and what can happen to its machine.

use crate::core::effect::Effect;
use crate::core::silence::Silence;
use crate::core::types::{Evidence, Failure, IncidentId, LaunchId, Now, OpId, Remedy, Symptom};

/// What can happen to the machine, apart from requests of operators (see `requests.rs`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Timer,
    Beat,
    /// The VM's state was read afresh.
    Seen,
    /// The operation that the phase waits for has come back.
    Done(Result<(), Failure>),
    /// An operation that the phase had given up has come back.
    LateDone(Option<Remedy>, Result<(), Failure>),
    /// A probe that asks has found a sign of an illness that heartbeats, where there are any, speak against.
    Sign(Symptom),
    /// The guest asks to be put back, or reports that nobody uses it.
    GuestRequest(Symptom, Evidence),
}

/// Numbers that have not been used yet.
#[derive(Debug, Default)]
pub(in crate::core) struct Numbers {
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
pub(in crate::core) struct Context<'a> {
    pub(in crate::core) now: Now,
    pub(in crate::core) link_up: bool,
    pub(in crate::core) silence: &'a mut Silence,
    pub(in crate::core) numbers: &'a mut Numbers,
    pub(in crate::core) effects: &'a mut Vec<Effect>,
}
