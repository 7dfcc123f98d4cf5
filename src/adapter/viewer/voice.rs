//! What a viewer says: a few lines in the log, and its last words.
//!
//! A viewer may say the same thing a hundred times a second, for as long as its artwork is shown. So of each span of time
//! only some lines are logged, and only so much is read; the rest is lost, in a pipe that does not mind (`launch`).

use std::collections::VecDeque;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::debug;

/// The span of time that the next two are counted over.
const COUNTING_INTERVAL: Duration = Duration::from_secs(10);
/// Lines that are logged of a viewer within that span.
const MAX_LOGGED_LINES: u32 = 20;
/// Bytes that are read of a viewer within that span: more than GStreamer says without its plugins, and nothing to a
/// processor.
const MAX_READ_BYTES: usize = 1 << 20;
/// Characters of a line that are kept, since people read it.
const MAX_LINE_CHARS: usize = 300;
/// Bytes of a line that are kept until it is whole: so many that all of its characters are among them.
const MAX_LINE_BYTES: usize = 4 * MAX_LINE_CHARS;
/// Lines that count as last words.
const MAX_LAST_LINES: usize = 3;
/// What a viewer said last is read for so long after its end; something else may hold the other end open.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(100);

/// Writes what a viewer says to the log until it is `gone`; returns its last words, if it had any.
pub(super) async fn listen(
    mut pipe: pipe::Receiver,
    name: String,
    mut gone: oneshot::Receiver<()>,
) -> Option<String> {
    let mut lines = Lines::default();
    let mut budget = Budget::new(Instant::now());
    let mut buffer = [0; 4 << 10];
    loop {
        tokio::select! {
            biased;
            _ = &mut gone => break,
            read = async {
                tokio::time::sleep_until(budget.reads_at()).await;
                pipe.read(&mut buffer).await
            } => {
                let Some(said) = said(&buffer, read) else { return lines.last_words() };
                let now = Instant::now();
                budget.count(&name, said.len(), now);
                lines.take(said, |line| budget.log(&name, line));
            }
        }
    }
    let drain = async {
        loop {
            let read = pipe.read(&mut buffer).await;
            let Some(said) = said(&buffer, read) else { break };
            lines.take(said, |line| budget.log(&name, line));
        }
    };
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, drain).await;
    lines.last_words()
}

/// What was read into a buffer; `None` at the end, or where no more is to be had.
fn said(buffer: &[u8], read: std::io::Result<usize>) -> Option<&[u8]> {
    read.ok().filter(|bytes| *bytes > 0).and_then(|bytes| buffer.get(..bytes))
}

/// How much of what is said is read and logged.
struct Budget {
    /// When the present span began.
    since: Instant,
    read: usize,
    lines: u32,
}

impl Budget {
    fn new(now: Instant) -> Self {
        Self { since: now, read: 0, lines: 0 }
    }

    /// When more may be read.
    fn reads_at(&self) -> Instant {
        if self.read < MAX_READ_BYTES { self.since } else { self.since + COUNTING_INTERVAL }
    }

    /// So many bytes were read.
    fn count(&mut self, name: &str, bytes: usize, now: Instant) {
        if now.duration_since(self.since) >= COUNTING_INTERVAL {
            let unlogged = self.lines.saturating_sub(MAX_LOGGED_LINES);
            if unlogged > 0 {
                debug!(exhibit = name, "viewer: and {unlogged} lines more");
            }
            *self = Self::new(now);
        }
        self.read = self.read.saturating_add(bytes);
    }

    /// Whether one more line is logged.
    fn allows_line(&mut self) -> bool {
        self.lines = self.lines.saturating_add(1);
        self.lines <= MAX_LOGGED_LINES
    }

    fn log(&mut self, name: &str, line: &str) {
        if self.allows_line() {
            debug!(exhibit = name, "viewer: {line}");
        }
    }
}

/// What is said, line by line, and what was said last.
#[derive(Default)]
struct Lines {
    /// The beginning of the line that is not whole yet.
    begun: Vec<u8>,
    last: VecDeque<String>,
}

impl Lines {
    /// Takes in what was said, and hands out each line that is whole now.
    fn take(&mut self, said: &[u8], mut each: impl FnMut(&str)) {
        for part in said.split_inclusive(|byte| *byte == b'\n') {
            let room = MAX_LINE_BYTES.saturating_sub(self.begun.len());
            self.begun.extend(part.iter().take(room));
            if part.ends_with(b"\n") {
                self.end_line(&mut each);
            }
        }
    }

    fn end_line(&mut self, each: &mut impl FnMut(&str)) {
        let line = std::mem::take(&mut self.begun);
        let line: String = String::from_utf8_lossy(&line).trim().chars().take(MAX_LINE_CHARS).collect();
        if line.is_empty() {
            return;
        }
        each(&line);
        // The same line again and again would leave no room for another.
        if self.last.back() != Some(&line) {
            self.last.push_back(line);
            if self.last.len() > MAX_LAST_LINES {
                self.last.pop_front();
            }
        }
    }

    /// What was said last, also where no line's end followed.
    fn last_words(mut self) -> Option<String> {
        self.end_line(&mut |_| {});
        (!self.last.is_empty()).then(|| self.last.into_iter().collect::<Vec<_>>().join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(parts: &[&[u8]]) -> (Vec<String>, Option<String>) {
        let (mut lines, mut each) = (Lines::default(), Vec::new());
        for part in parts {
            lines.take(part, |line| each.push(line.to_owned()));
        }
        (each, lines.last_words())
    }

    /// What is said, piece by piece, the lines of it, and the last words.
    type Row<'a> = (&'a [&'a [u8]], &'a [&'a str], Option<&'a str>);

    #[test]
    fn lines_are_put_together_and_the_last_ones_kept() {
        let rows: [Row<'_>; 6] = [
            (&[], &[], None),
            (&[b"\n \n"], &[], None),
            (&[b"on", b"e\ntwo\r\n"], &["one", "two"], Some("one; two")),
            (&[b"1\n2\n3\n4\n"], &["1", "2", "3", "4"], Some("2; 3; 4")),
            (
                &[b"why\nagain\nagain\nagain\nagain\n"],
                &["why", "again", "again", "again", "again"],
                Some("why; again"),
            ),
            (&[b"one\nno end"], &["one"], Some("one; no end")),
        ];
        for (parts, lines, last) in rows {
            assert_eq!(
                told(parts),
                (lines.iter().map(|line| line.to_string()).collect(), last.map(str::to_owned))
            );
        }
    }

    #[test]
    fn a_line_without_an_end_takes_no_room() {
        let mut lines = Lines::default();
        let endless = vec![b'x'; 1 << 20];
        for _ in 0..100 {
            lines.take(&endless, |_| panic!("there is no line yet"));
            assert!(lines.begun.capacity() <= 2 * MAX_LINE_BYTES);
        }
        lines.take(b"\nend\n", |_| {});
        assert_eq!(lines.last_words(), Some(format!("{}; end", "x".repeat(MAX_LINE_CHARS))));
    }

    #[test]
    fn a_flood_is_neither_logged_nor_read() {
        let begun = Instant::now();
        let mut budget = Budget::new(begun);
        let allowed = (0..1000).filter(|_| budget.allows_line()).count();
        assert_eq!(u32::try_from(allowed), Ok(MAX_LOGGED_LINES));
        budget.count("eden", MAX_READ_BYTES - 1, begun);
        assert_eq!(budget.reads_at(), begun);
        budget.count("eden", 1, begun);
        assert_eq!(budget.reads_at(), begun + COUNTING_INTERVAL);
        budget.count("eden", 1, begun + COUNTING_INTERVAL);
        assert_eq!(budget.reads_at(), begun + COUNTING_INTERVAL);
        assert!(budget.allows_line());
    }
}
