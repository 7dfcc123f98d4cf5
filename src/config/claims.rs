//! What only one of several tables can have, and which table has it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

use super::reader::Reader;

/// What only one exhibit can have: names, VMs, screens, and the line of whoever came first.
#[derive(Default)]
pub(super) struct Claims(BTreeMap<(&'static str, String), usize>);

impl Claims {
    /// Claims something; the answer is the line of the one that has it already.
    pub(super) fn claim(
        &mut self,
        reader: &Reader<'_>,
        kind: &'static str,
        what: &str,
        span: &Range<usize>,
    ) -> Option<usize> {
        let line = reader.line(span);
        match self.0.entry((kind, what.to_owned())) {
            Entry::Vacant(free) => {
                free.insert(line);
                None
            }
            Entry::Occupied(taken) => Some(*taken.get()),
        }
    }
}
