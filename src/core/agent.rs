//! Pings of the guest agent: a lost one means nothing, several in a row do.

use std::time::{Duration, Instant};

use super::types::{ExhibitSettings, OpId};

/// A ping that libvirt itself does not give back is lost so long after its time-out.
const LIBVIRT_SLACK: Duration = Duration::from_secs(5);

/// The pings of one exhibit. They are sent while it is healthy.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AgentWatch {
    next_at: Option<Instant>,
    outstanding: Option<(OpId, Instant)>,
    misses: u32,
}

impl AgentWatch {
    /// Begins anew, with the next ping after one interval.
    pub(super) fn rest(&mut self, now: Instant, settings: &ExhibitSettings) {
        *self = Self { next_at: settings.agent.map(|agent| now + agent.every), ..Self::default() };
    }

    /// When something is to be done.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.outstanding.map(|(_, lost_at)| lost_at).or(self.next_at)
    }

    /// Whether a ping is to be sent now; the time-out to send it with.
    pub(super) fn due(&self, now: Instant, settings: &ExhibitSettings) -> Option<Duration> {
        let agent = settings.agent?;
        (self.outstanding.is_none() && self.next_at? <= now).then_some(agent.timeout)
    }

    /// The ping was sent.
    pub(super) fn sent(&mut self, op: OpId, now: Instant, timeout: Duration) {
        self.outstanding = Some((op, now + timeout + LIBVIRT_SLACK));
    }

    /// The ping that nobody gave back, if there is one.
    pub(super) fn overdue(&self, now: Instant) -> Option<OpId> {
        self.outstanding.filter(|&(_, lost_at)| lost_at <= now).map(|(op, _)| op)
    }

    /// A ping came back. True when too many were lost in a row; then the count begins anew.
    pub(super) fn came_back(
        &mut self,
        op: OpId,
        answered: bool,
        now: Instant,
        settings: &ExhibitSettings,
    ) -> bool {
        let Some(agent) = settings.agent.filter(|_| self.outstanding.is_some_and(|(sent, _)| sent == op))
        else {
            return false;
        };
        self.outstanding = None;
        self.next_at = Some(now + agent.every);
        self.misses = if answered { 0 } else { self.misses + 1 };
        let silent = self.misses >= agent.misses;
        if silent {
            self.misses = 0;
        }
        silent
    }
}
