//! Pings of the guest agent: a lost one means nothing, several in a row do.

use std::time::{Duration, Instant};

use super::inquiry::Inquiry;
use super::types::{ExhibitSettings, OpId};

/// The pings of one exhibit. They are sent while it is healthy.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AgentWatch {
    pub(super) inquiry: Inquiry,
    misses: u32,
}

impl AgentWatch {
    /// Begins anew, with the next ping after one interval.
    pub(super) fn rest(&mut self, now: Instant, settings: &ExhibitSettings) {
        self.inquiry.rest(settings.agent.map(|agent| now + agent.interval));
        self.misses = 0;
    }

    /// The time-out of the ping that is to be sent now, if one is.
    pub(super) fn due(&self, now: Instant, settings: &ExhibitSettings) -> Option<Duration> {
        settings.agent.filter(|_| self.inquiry.due(now)).map(|agent| agent.timeout)
    }

    /// A ping came back. True when too many were lost in a row; then the count begins anew.
    pub(super) fn came_back(
        &mut self,
        op: OpId,
        answered: bool,
        now: Instant,
        settings: &ExhibitSettings,
    ) -> bool {
        let Some(agent) = settings.agent else { return false };
        if !self.inquiry.answered(op, now + agent.interval) {
            return false;
        }
        self.misses = if answered { 0 } else { self.misses + 1 };
        let silent = self.misses >= agent.misses;
        if silent {
            self.misses = 0;
        }
        silent
    }
}
