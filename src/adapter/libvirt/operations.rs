//! Which actions and pings are at work on which exhibit's VM. Decides, and touches nothing.

use std::collections::HashMap;
use std::time::Instant;

use crate::core::types::{ExhibitId, OpId};

/// What is at work, and has not returned.
#[derive(Debug, Default)]
pub(super) struct Operations {
    actions: HashMap<ExhibitId, Acting>,
    /// When each ping counts as lost; `None` once it has, though its call is still out.
    pings: HashMap<ExhibitId, Option<(OpId, Instant)>>,
}

#[derive(Clone, Copy, Debug)]
struct Acting {
    op: OpId,
    /// It takes over from whatever hangs, and nothing takes over from it.
    takes_over: bool,
}

impl Operations {
    /// Whether an action is at work on this exhibit's VM.
    pub(super) fn is_acting(&self, exhibit: ExhibitId) -> bool {
        self.actions.contains_key(&exhibit)
    }

    /// Whether an action may begin, which it then does: none is at work, or it takes over from that.
    pub(super) fn begin(&mut self, exhibit: ExhibitId, op: OpId, takes_over: bool) -> bool {
        if self.actions.get(&exhibit).is_some_and(|acting| acting.takes_over || !takes_over) {
            return false;
        }
        self.actions.insert(exhibit, Acting { op, takes_over });
        true
    }

    /// An action has returned. One that another took over from is no longer there.
    pub(super) fn end(&mut self, exhibit: ExhibitId, op: OpId) {
        if self.actions.get(&exhibit).is_some_and(|acting| acting.op == op) {
            self.actions.remove(&exhibit);
        }
    }

    /// Whether a ping is out, lost or not.
    pub(super) fn is_pinging(&self, exhibit: ExhibitId) -> bool {
        self.pings.contains_key(&exhibit)
    }

    pub(super) fn begin_ping(&mut self, exhibit: ExhibitId, op: OpId, lost_at: Instant) {
        self.pings.insert(exhibit, Some((op, lost_at)));
    }

    /// A ping has returned; whether that is news: its loss has not been told.
    pub(super) fn end_ping(&mut self, exhibit: ExhibitId) -> bool {
        matches!(self.pings.remove(&exhibit), Some(Some(_)))
    }

    /// When the next ping counts as lost.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.pings.values().flatten().map(|(_, lost_at)| *lost_at).min()
    }

    /// The pings that are lost from now on.
    pub(super) fn lose_pings(&mut self, now: Instant) -> Vec<(ExhibitId, OpId)> {
        let lost = |(exhibit, ping): (&ExhibitId, &mut Option<(OpId, Instant)>)| {
            ping.take_if(|(_, lost_at)| *lost_at <= now).map(|(op, _)| (*exhibit, op))
        };
        self.pings.iter_mut().filter_map(lost).collect()
    }
}
