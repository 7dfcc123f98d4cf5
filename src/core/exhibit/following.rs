//! What staff ask for while something else is at work on the exhibit: it joins that, where it is the same, or else
//! follows it. Nothing is refused because something is at work.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::Exhibit;
use super::step::Context;
use crate::core::status::WaitingStatus;
use crate::core::types::{Action, Answer, Refusal, Remedy, RequestId};

/// Whoever follows something hears by then that it goes on for too long: longer than a snapshot may take, shorter than a
/// command waits.
pub(super) const FOLLOW_TIMEOUT: Duration = Duration::from_secs(1200);
/// So many requests may wait for one exhibit: more than people have hands, so that a script in a loop fills no memory.
const MAX_WAITING: usize = 16;

/// How a request came to be done, where not by an operation of its own at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Joined,
    Followed,
}

/// A request whose time has not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    /// Who waits for an answer; `None` where that has been given already.
    pub(super) id: Option<RequestId>,
    pub(super) by: String,
    pub(super) action: Action,
    deadline: Instant,
}

/// The requests that wait, and those that have joined or followed something.
#[derive(Clone, Debug, Default)]
pub(super) struct Following {
    waiting: VecDeque<Waiting>,
    ways: BTreeMap<RequestId, Way>,
}

impl Following {
    /// Whether anything waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether no more can wait.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= MAX_WAITING
    }

    /// The request waits until what is at work has ended. Who had asked for something else than a stop and is not
    /// served any more because of this one.
    pub(super) fn push(&mut self, now: Instant, id: RequestId, by: &str, action: Action) -> Vec<RequestId> {
        let superseded = if action == Action::Stop {
            let (stops, others): (VecDeque<_>, VecDeque<_>) =
                self.waiting.drain(..).partition(|waiting| waiting.action == Action::Stop);
            self.waiting = stops;
            others.into_iter().filter_map(|waiting| waiting.id).collect()
        } else {
            Vec::new()
        };
        let deadline = now + FOLLOW_TIMEOUT;
        self.waiting.push_back(Waiting { id: Some(id), by: by.to_owned(), action, deadline });
        superseded
    }

    /// As others may see it.
    pub(super) fn status(&self) -> Vec<WaitingStatus> {
        let status =
            |waiting: &Waiting| WaitingStatus { action: waiting.action.code(), by: waiting.by.clone() };
        self.waiting.iter().map(status).collect()
    }

    /// What the next one asks for.
    pub(super) fn next(&self) -> Option<&Action> {
        self.waiting.front().map(|waiting| &waiting.action)
    }

    /// The next one's time has come.
    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let waiting = self.waiting.pop_front()?;
        if let Some(id) = waiting.id {
            self.ways.insert(id, Way::Followed);
        }
        Some(waiting)
    }

    /// A request is answered by the end of something that was at work already.
    pub(super) fn joined(&mut self, id: RequestId) {
        self.ways.insert(id, Way::Joined);
    }

    /// What is answered to a request that went well, in which it is told how.
    pub(super) fn told(&mut self, id: RequestId, answer: Answer) -> Answer {
        match (self.ways.remove(&id), answer) {
            (Some(Way::Joined), Answer::Done) => Answer::Joined,
            (Some(Way::Followed), Answer::Done) => Answer::Followed,
            (_, answer) => answer,
        }
    }

    /// The request was refused, or is answered elsewhere.
    pub(super) fn forget(&mut self, id: RequestId) {
        self.ways.remove(&id);
    }

    /// When somebody has waited too long.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.iter().filter(|waiting| waiting.id.is_some()).map(|waiting| waiting.deadline).min()
    }

    /// Who has waited too long. A stop is pursued all the same; what else they wanted is dropped.
    pub(super) fn take_overdue(&mut self, now: Instant) -> Vec<(RequestId, Action)> {
        let mut overdue = Vec::new();
        self.waiting.retain_mut(|waiting| {
            if waiting.deadline > now {
                return true;
            }
            overdue.extend(waiting.id.take().map(|id| (id, waiting.action.clone())));
            waiting.action == Action::Stop
        });
        overdue
    }

    /// Everybody who waits; nothing is pursued any more.
    pub(super) fn take_all(&mut self) -> Vec<RequestId> {
        self.waiting.drain(..).filter_map(|waiting| waiting.id).collect()
    }
}

/// When a request's turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Whatever is at work.
    AtOnce,
    /// As soon as it can end what is at work: a call that hangs.
    OnceItCanEnd,
    /// After the end of what is at work.
    OnceFree,
}

fn turn(action: &Action) -> Turn {
    match action {
        Action::Start | Action::Stop | Action::Revert => Turn::OnceItCanEnd,
        Action::CreateSnapshot(_) | Action::ConvertSnapshot { .. } | Action::DeleteSnapshot(_) => {
            Turn::OnceFree
        }
        Action::Hold { .. }
        | Action::Resume
        | Action::ListSnapshots
        | Action::GuestRevert { .. }
        | Action::Idle { .. } => Turn::AtOnce,
    }
}

impl Exhibit {
    /// Answers a question, or sees to it that it will be answered. It joins or follows what is at work.
    pub(in crate::core) fn request(
        &mut self,
        ctx: &mut Context<'_>,
        id: RequestId,
        by: &str,
        action: Action,
    ) {
        let others_wait = !self.operations.following.is_empty() && turn(&action) != Turn::AtOnce;
        if others_wait || self.is_busy_for(&action) {
            if let Err(refusal) = self.join_or_follow(ctx, id, by, action) {
                self.answer(ctx, id, Err(refusal));
            }
        } else {
            self.take_up(ctx, id, by, action);
        }
    }

    /// Whether what is at work on the exhibit has to end first.
    fn is_busy_for(&self, action: &Action) -> bool {
        let making = self.maker.is_making();
        match turn(action) {
            Turn::AtOnce => false,
            Turn::OnceItCanEnd => self.operations.is_occupied() || making,
            Turn::OnceFree => {
                self.operations.current().is_some() || making || self.phase().properties().restores
            }
        }
    }

    fn join_or_follow(
        &mut self,
        ctx: &mut Context<'_>,
        id: RequestId,
        by: &str,
        action: Action,
    ) -> Result<(), Refusal> {
        self.reachable(ctx)?;
        if self.operations.following.is_empty() && self.join(ctx, id, &action) {
            self.operations.following.joined(id);
            return Ok(());
        }
        if self.operations.following.is_full() {
            return Err(Refusal::Busy { exhibit: self.settings.name.clone() });
        }
        if action == Action::Stop {
            // Decided now: whatever comes meanwhile, even the end of Vitrine, it is not started again.
            self.decide_stop(ctx, by);
        }
        for superseded in self.operations.following.push(ctx.now.mono, id, by, action) {
            let (exhibit, by) = (self.settings.name.clone(), by.to_owned());
            self.answer(ctx, superseded, Err(Refusal::StoppedMeanwhile { exhibit, by }));
        }
        Ok(())
    }

    /// Has the request answered by the end of what is at work, where that is what it asks for.
    fn join(&mut self, ctx: &mut Context<'_>, id: RequestId, action: &Action) -> bool {
        let Some(operation) = self.operations.current().filter(|operation| !operation.overdue) else {
            return false;
        };
        let awaited = self.phase().properties().operation == Some(operation.op);
        let reverts = match operation.remedy {
            Some(Remedy::InPlaceRevert | Remedy::FullRevert | Remedy::DestroyRevert) => true,
            Some(Remedy::Resume | Remedy::ColdStart) | None => false,
        };
        match action {
            Action::Start | Action::Revert if awaited && reverts && !self.maker.is_making() => {
                self.wait_until_restored(ctx, id, operation.op);
                true
            }
            Action::Stop if self.is_closed() && self.custody.stopped().is_some() => {
                self.wait_until_stopped(ctx, id, operation.op);
                true
            }
            Action::CreateSnapshot(name) => {
                self.maker.join(id, name.as_deref().unwrap_or(&self.settings.snapshot))
            }
            Action::Start
            | Action::Revert
            | Action::Stop
            | Action::ConvertSnapshot { .. }
            | Action::DeleteSnapshot(_)
            | Action::Hold { .. }
            | Action::Resume
            | Action::ListSnapshots
            | Action::GuestRevert { .. }
            | Action::Idle { .. } => false,
        }
    }

    /// Takes up what waited for the end of something, where that has come.
    pub(in crate::core) fn take_up_following(&mut self, ctx: &mut Context<'_>) {
        while let Some(action) = self.operations.following.next() {
            if self.is_busy_for(action) || self.reachable(ctx).is_err() {
                return;
            }
            match self.operations.following.pop() {
                Some(Waiting { id: Some(id), by, action, .. }) => self.take_up(ctx, id, &by, action),
                // Nobody waits for it any more; a stop is pursued all the same.
                Some(Waiting { id: None, .. }) => {
                    self.stop_now(ctx);
                }
                None => return,
            }
        }
    }

    /// Stops it, where that waited for the end of what was at work. Whether it did.
    pub(super) fn take_up_stop(&mut self, ctx: &mut Context<'_>) -> bool {
        let waits = self.operations.following.next() == Some(&Action::Stop);
        if waits {
            self.take_up_following(ctx);
        }
        waits && self.is_closed()
    }
}
