//! The open incident of one exhibit, and the last one.

use crate::core::incident::{Incident, Outcome, RemedyRun};
use crate::core::types::{Evidence, ExhibitId, IncidentId, Now, Remedy, Symptom, Told};

/// An incident keeps so many remedies, so that one of months does not outgrow the journal.
const MAX_REMEDIES: usize = 32;

/// The incidents of one exhibit. An incident that is returned is to be recorded.
#[derive(Clone, Debug, Default)]
pub(super) struct Incidents {
    open: Option<Incident>,
    last: Option<Incident>,
}

impl Incidents {
    /// Whether one is open.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether one is open about this symptom.
    pub(super) fn is_about(&self, symptom: Symptom) -> bool {
        self.open.as_ref().is_some_and(|open| open.symptom == symptom)
    }

    /// Whether one is open that concerns the VM: an artwork that is not to be seen may be well.
    pub(super) fn is_of_vm(&self) -> bool {
        self.is_open() && (self.is_treated() || !self.is_about(Symptom::NotShown))
    }

    /// When the last one ended.
    pub(super) fn last_end(&self) -> Option<Now> {
        match self.last.as_ref()?.outcome {
            Outcome::Recovered { at } | Outcome::PassedBy { at } | Outcome::Ended { at } => Some(at),
            Outcome::Noticed | Outcome::Recovering | Outcome::Broken => None,
        }
    }

    /// The newest, open or not.
    pub(super) fn newest(&self) -> Option<&Incident> {
        self.open.as_ref().or(self.last.as_ref())
    }

    /// Whether a symptom is news: none is open, or the open one is about another one and nothing has been done yet.
    pub(super) fn is_news(&self, symptom: Symptom) -> bool {
        self.open.as_ref().is_none_or(|open| open.remedies.is_empty() && open.symptom != symptom)
    }

    /// Whether the open one has had a remedy; false where none is open.
    pub(super) fn is_treated(&self) -> bool {
        self.open.as_ref().is_some_and(|open| !open.remedies.is_empty())
    }

    /// Opens one, and says which. One that is open and untreated becomes this one; one that is treated stays as it is.
    pub(super) fn open(
        &mut self,
        began: Now,
        number: impl FnOnce() -> IncidentId,
        (exhibit, name): (ExhibitId, &str),
        symptom: Symptom,
        evidence: Evidence,
    ) -> IncidentId {
        match &mut self.open {
            Some(open) => {
                if open.remedies.is_empty() {
                    open.symptom = symptom;
                    open.evidence = evidence;
                }
                open.id
            }
            None => {
                let id = number();
                self.open = Some(Incident {
                    id,
                    exhibit,
                    name: name.to_owned(),
                    symptom,
                    evidence,
                    began,
                    remedies: Vec::new(),
                    outcome: Outcome::Noticed,
                });
                id
            }
        }
    }

    /// A remedy against the open one begins.
    pub(super) fn remedy_begins(&mut self, now: Now, remedy: Remedy) {
        if let Some(open) = &mut self.open {
            // The first remedy and the latest tell enough.
            if open.remedies.len() >= MAX_REMEDIES {
                open.remedies.remove(1);
            }
            open.remedies.push(RemedyRun { remedy, began: now, ended: None });
        }
    }

    /// The last remedy has ended, if it had not. False where there is none.
    pub(super) fn remedy_ended(&mut self, now: Now, result: Result<(), Evidence>) -> bool {
        match self.open.as_mut().and_then(|open| open.remedies.last_mut()) {
            Some(run) => {
                run.ended.get_or_insert((now, result));
                true
            }
            None => false,
        }
    }

    /// Refusals in the open one are told by their reasons where these are known by now. The incident, where that has
    /// changed it.
    pub(super) fn explain(&mut self, reason: impl Fn(Remedy) -> Option<Told>) -> Option<Incident> {
        let open = self.open.as_mut()?;
        let mut changed = false;
        let mut explain = |evidence: &mut Evidence, remedy: Remedy| {
            if let Evidence::Refused { failure } = evidence
                && let Some(explained) = reason(remedy).and_then(|finding| failure.explained(&finding))
            {
                *failure = explained;
                changed = true;
            }
        };
        // What could not be started was tried from its snapshot, or is started without.
        explain(&mut open.evidence, Remedy::FullRevert);
        for run in &mut open.remedies {
            if let Some((_, Err(evidence))) = &mut run.ended {
                explain(evidence, run.remedy);
            }
        }
        changed.then(|| open.clone())
    }

    /// How the open one stands now.
    pub(super) fn turn_to(&mut self, outcome: Outcome) -> Option<Incident> {
        let open = self.open.as_mut()?;
        open.outcome = outcome;
        Some(open.clone())
    }

    /// The open one is over.
    pub(super) fn close(&mut self, outcome: Outcome) -> Option<Incident> {
        let closed = self.turn_to(outcome)?;
        self.last = self.open.take();
        Some(closed)
    }
}
