//! The text of a configuration, and where in it something stands.

use std::ops::Range;

/// A text with the beginnings of its lines.
pub(super) struct Source<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

/// Where something stands: lines and columns from 1, columns and width in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) width: usize,
}

impl<'t> Source<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// The place of a span of bytes. What spans several lines ends with its first one here.
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        let start = self.boundary(span.start);
        let line = self.starts.partition_point(|&begin| begin <= start).max(1);
        let begin = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(begin..start).map_or(0, |before| before.chars().count()) + 1;
        let spanned = self.text.get(start..self.boundary(span.end)).unwrap_or("");
        let width = spanned.lines().next().map_or(0, |first| first.trim_end().chars().count()).max(1);
        Place { line, column, width }
    }

    /// The text of a line, without its end.
    pub(super) fn line(&self, line: usize) -> &'t str {
        let begin = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
        self.text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or("")
    }

    /// An empty span says "something is missing here"; it then means the end of what stands before.
    pub(super) fn settle(&self, span: Range<usize>) -> Range<usize> {
        if !span.is_empty() {
            return span;
        }
        let end = self.text.get(..self.boundary(span.start)).map_or(0, |before| before.trim_end().len());
        end..end
    }

    fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}
