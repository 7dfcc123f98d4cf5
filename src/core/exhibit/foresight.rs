//! What a look at an exhibit's VM has told before it happens.

use crate::core::types::{Foreseen, Means, Remedy};

/// What is foreseen for one exhibit.
#[derive(Clone, Debug, Default)]
pub(super) struct Foresight {
    known: Vec<Foreseen>,
}

/// What of a look is news.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// What was not foreseen before.
    pub(super) new: Vec<Foreseen>,
    /// Something was foreseen, and nothing is any more.
    pub(super) all_gone: bool,
}

impl Foresight {
    /// This is all that is foreseen now. A finding that is known by its check is no news, though it says other numbers.
    pub(super) fn learn(&mut self, found: Vec<Foreseen>) -> News {
        let before = std::mem::replace(&mut self.known, found);
        let is_new = |found: &&Foreseen| {
            !before.iter().any(|known| known.check == found.check && known.ill == found.ill)
        };
        News {
            new: self.known.iter().filter(is_new).cloned().collect(),
            all_gone: self.known.is_empty() && !before.is_empty(),
        }
    }

    pub(super) fn all(&self) -> &[Foreseen] {
        &self.known
    }

    /// Why this remedy cannot succeed, where that is known.
    pub(super) fn against(&self, remedy: Remedy) -> Option<&Foreseen> {
        let means = Means::of(remedy);
        self.known.iter().find(|found| found.rules_out.iter().any(|ruled_out| means.contains(ruled_out)))
    }
}
