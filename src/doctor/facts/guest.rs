//! What is known of what a guest tells of itself.

use std::time::Duration;

use super::Fact;
use super::api::ToldExhibit;
use crate::core::types::Told;

/// What is known of what a guest tells of itself.
#[derive(Clone, Debug)]
pub struct Guest {
    /// What the daemon says of its exhibit.
    pub told: Fact<ToldExhibit>,
    /// How long the daemon has run: what it has counted is of this time.
    pub counted_for: Fact<Duration>,
    /// The channel of QEMU's guest agent in the VM as it runs.
    pub agent: Fact<AgentChannel>,
    /// How far the guest's clock is from this computer's, and whether it is behind; `None` where no agent can be asked.
    pub clock: Fact<Option<(Duration, bool)>>,
    /// Whether something moved on the VM's own screen between two looks at it; `None` where that was not looked for.
    pub moves: Fact<Option<bool>>,
}

/// The channel of QEMU's guest agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentChannel {
    /// The VM does not run.
    NotRunning,
    /// The VM has none.
    None,
    /// Nothing in the guest has opened it.
    Silent,
    /// The agent has.
    Connected,
}

impl Guest {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            told: Err(why.clone()),
            counted_for: Err(why.clone()),
            agent: Err(why.clone()),
            clock: Err(why.clone()),
            moves: Err(why.clone()),
        }
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        Self {
            told: Ok(ToldExhibit::well()),
            counted_for: Ok(Duration::from_secs(86_400 * 30)),
            agent: Ok(AgentChannel::Connected),
            clock: Ok(Some((Duration::from_millis(300), true))),
            moves: Ok(Some(true)),
        }
    }
}
