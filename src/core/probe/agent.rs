//! Pings of the guest agent: a lost one means nothing, several in a row do.

use std::time::{Duration, Instant};

use super::Verdict;
use super::schedule::Schedule;
use crate::core::types::{ExhibitSettings, OpId, Symptom};

/// An agent that has not answered is asked again so soon, while its answer is the sign of life that is waited for.
const PROOF_INTERVAL: Duration = Duration::from_secs(1);

/// The pings of one exhibit.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::core) struct AgentProbe {
    schedule: Schedule,
    /// Pings in a row that were lost.
    misses: u32,
}

impl AgentProbe {
    /// Begins anew, with the next ping after one interval.
    pub(in crate::core) fn rest(&mut self, now: Instant, settings: &ExhibitSettings) {
        self.schedule.rest(settings.agent.map(|agent| now + agent.interval));
        self.misses = 0;
    }

    /// Its answer is the sign of life that is waited for: the next ping is due now.
    pub(in crate::core) fn ask_now(&mut self, now: Instant, settings: &ExhibitSettings) {
        self.schedule.rest(settings.agent.map(|_| now));
    }

    pub(super) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// A ping is sent, and how long it may take; `None` where the agent is not to be asked.
    pub(super) fn ask(
        &mut self,
        op: OpId,
        now: Instant,
        settings: &ExhibitSettings,
    ) -> Option<(OpId, Duration)> {
        let timeout = settings.agent?.timeout;
        Some(self.schedule.asked(op, now, timeout))
    }

    /// A ping came back. When too many were lost in a row, the count begins anew.
    pub(super) fn answered(
        &mut self,
        op: OpId,
        answered: bool,
        now: Instant,
        settings: &ExhibitSettings,
    ) -> Verdict {
        let Some(agent) = settings.agent else { return Verdict::Fine };
        if !self.schedule.answered(op, now + agent.interval) {
            return Verdict::Fine;
        }
        self.misses = if answered { 0 } else { self.misses + 1 };
        if self.misses < agent.misses {
            return Verdict::Fine;
        }
        self.misses = 0;
        Verdict::Ill(Symptom::AgentSilent)
    }

    /// A ping came back whose answer would be the sign of life. Whether it is.
    pub(in crate::core) fn proves(&mut self, op: OpId, answered: bool, now: Instant) -> bool {
        self.schedule.answered(op, now + PROOF_INTERVAL) && answered
    }
}
