//! Which actions and questions are at work on which exhibit's VM. Decides, and touches nothing.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::core::event::ProbeAnswer;
use crate::core::types::{ExhibitId, OpId};

/// What is at work, and has not returned.
#[derive(Debug, Default)]
pub(super) struct Operations {
    actions: HashMap<ExhibitId, Acting>,
    /// When each probe's question counts as lost; `None` once it has, though its call is still out.
    questions: HashMap<(ExhibitId, Asked), Option<(OpId, Instant)>>,
}

/// Whom a probe asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asked {
    /// The agent within the guest.
    Agent,
    /// QEMU itself.
    Qemu,
    /// The server of the VM's display.
    Display,
}

impl Asked {
    /// What it means that no answer is to be had.
    pub(super) fn silence(self) -> ProbeAnswer {
        match self {
            Self::Agent => ProbeAnswer::Agent { answered: false },
            Self::Qemu => ProbeAnswer::Qemu { answers: None },
            Self::Display => ProbeAnswer::Display { answers: None },
        }
    }
}

#[derive(Clone, Debug)]
struct Acting {
    op: OpId,
    /// It takes over from whatever hangs, and nothing takes over from it.
    takes_over: bool,
    turn: Turn,
}

/// An action's leave to touch its VM. It is over as soon as another action takes over: a call that hung until then
/// comes back at some time, and what would have followed it must not meet the VM as the other one has put it back.
#[derive(Clone, Debug, Default)]
pub(super) struct Turn(Arc<AtomicBool>);

impl Turn {
    pub(super) fn is_over(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Operations {
    /// Whether an action is at work on this exhibit's VM.
    pub(super) fn is_acting(&self, exhibit: ExhibitId) -> bool {
        self.actions.contains_key(&exhibit)
    }

    /// Begins an action, if none is at work or it takes over from that one, whose turn is over then.
    pub(super) fn begin(&mut self, exhibit: ExhibitId, op: OpId, takes_over: bool) -> Option<Turn> {
        if self.actions.get(&exhibit).is_some_and(|acting| acting.takes_over || !takes_over) {
            return None;
        }
        let turn = Turn::default();
        if let Some(former) = self.actions.insert(exhibit, Acting { op, takes_over, turn: turn.clone() }) {
            former.turn.end();
        }
        Some(turn)
    }

    /// An action has returned. One that another took over from is no longer there.
    pub(super) fn end(&mut self, exhibit: ExhibitId, op: OpId) {
        if self.actions.get(&exhibit).is_some_and(|acting| acting.op == op) {
            self.actions.remove(&exhibit);
        }
    }

    /// Whether a question is out, lost or not.
    pub(super) fn is_asking(&self, exhibit: ExhibitId, asked: Asked) -> bool {
        self.questions.contains_key(&(exhibit, asked))
    }

    pub(super) fn begin_question(&mut self, exhibit: ExhibitId, asked: Asked, op: OpId, lost_at: Instant) {
        self.questions.insert((exhibit, asked), Some((op, lost_at)));
    }

    /// A question has returned; whether that is news: its loss has not been told.
    pub(super) fn end_question(&mut self, exhibit: ExhibitId, asked: Asked) -> bool {
        matches!(self.questions.remove(&(exhibit, asked)), Some(Some(_)))
    }

    /// When the next question counts as lost.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.questions.values().flatten().map(|(_, lost_at)| *lost_at).min()
    }

    /// The questions that are lost from now on.
    pub(super) fn lose_questions(&mut self, now: Instant) -> Vec<(ExhibitId, Asked, OpId)> {
        let lost = |(&(exhibit, asked), question): (&(ExhibitId, Asked), &mut Option<(OpId, Instant)>)| {
            question.take_if(|(_, lost_at)| *lost_at <= now).map(|(op, _)| (exhibit, asked, op))
        };
        self.questions.iter_mut().filter_map(lost).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Operations;
    use crate::core::types::{ExhibitId, OpId};

    #[test]
    fn what_another_action_takes_over_from_has_had_its_turn() {
        let exhibit = ExhibitId(0);
        let mut operations = Operations::default();
        let hung = operations.begin(exhibit, OpId(1), false).unwrap();
        assert!(operations.begin(exhibit, OpId(2), false).is_none());
        assert!(!hung.is_over());
        let taken_over = operations.begin(exhibit, OpId(3), true).unwrap();
        assert!(hung.is_over() && !taken_over.is_over());
        assert!(operations.begin(exhibit, OpId(4), true).is_none());

        operations.end(exhibit, OpId(1));
        assert!(operations.is_acting(exhibit) && !taken_over.is_over());
        operations.end(exhibit, OpId(3));
        assert!(!operations.is_acting(exhibit));
        // One that is through is not told so afterwards: what it does then is its own last step.
        let next = operations.begin(exhibit, OpId(5), false).unwrap();
        assert!(!taken_over.is_over() && !next.is_over());
    }
}
