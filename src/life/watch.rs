//! Looks whether all parts go on.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use super::parts::{PARTS, Part};
use super::{MAX_SILENT_LOOKS, lock};

/// What the last look found of parts that do not go on.
static SILENT: Mutex<Vec<News>> = Mutex::new(Vec::new());

/// The parts that did not go on at the last look.
pub fn silent() -> Vec<News> {
    lock(&SILENT).clone()
}

/// What a look has found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// This part hangs.
    Hangs(&'static str),
    /// This part has been waiting for that for long.
    Waits(&'static str, &'static str),
    /// This part goes on, after it hung or waited.
    GoesOn(&'static str),
}

/// Looks at all parts, once in [`pace`].
#[derive(Debug, Default)]
pub struct Watch {
    /// By the part's address.
    known: BTreeMap<usize, Known>,
}

/// What is known of a part from earlier looks.
#[derive(Debug)]
struct Known {
    /// Keeps its address from being another part's.
    part: Arc<Part>,
    /// At the last look.
    turns: Option<u64>,
    /// Looks in a row at which it was silent.
    silent: u32,
    /// What was last told of it.
    told: Option<News>,
}

impl Watch {
    /// Looks; what is new is returned.
    pub fn look(&mut self) -> Vec<News> {
        let parts = lock(&PARTS).clone();
        let news = self.look_at(parts);
        let mut silent: Vec<_> = self.known.values().filter_map(|known| known.told).collect();
        silent.sort();
        *lock(&SILENT) = silent;
        news
    }

    /// Whether no part was found hanging at the last look.
    pub fn all_go_on(&self) -> bool {
        !self.known.values().any(|known| matches!(known.told, Some(News::Hangs(_))))
    }

    pub(super) fn look_at(&mut self, parts: Vec<Arc<Part>>) -> Vec<News> {
        let mut previous = std::mem::take(&mut self.known);
        let mut news = Vec::new();
        for part in parts {
            let turns = part.turns.load(Ordering::Relaxed) + part.thread.turns.load(Ordering::Relaxed);
            let key = Arc::as_ptr(&part).addr();
            let known = previous.remove(&key);
            let mut known = known.unwrap_or(Known { part, turns: None, silent: 0, told: None });
            known.silent = if known.turns == Some(turns) { known.silent + 1 } else { 0 };
            known.turns = Some(turns);
            let name = known.part.name;
            let now = (known.silent >= MAX_SILENT_LOOKS).then(|| {
                let waits_for = *lock(&known.part.thread.waits_for);
                waits_for.map_or(News::Hangs(name), |what| News::Waits(name, what))
            });
            if now != known.told {
                news.push(now.unwrap_or(News::GoesOn(name)));
                known.told = now;
            }
            self.known.insert(key, known);
        }
        news
    }
}
