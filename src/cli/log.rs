//! The daemon's log: lines on the standard error output.

use std::fmt::{self, Write as _};
use std::io::IsTerminal;

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::prelude::*;

use crate::core::text;

/// Characters of an event that are written. At four bytes each that is less than the 48 KiB (`LineMax=`,
/// journald.conf(5)) after which systemd's journal begins a new line, in whose beginning it looks for a priority.
const MAX_EVENT_CHARS: usize = 8000;

/// `$VITRINE_LOG` says how much is logged, in the way of `info,vitrine::adapter=debug`.
pub(super) fn to_stderr() {
    let wanted = std::env::var("VITRINE_LOG").unwrap_or_default();
    let filter: Result<Targets, _> = if wanted.is_empty() { Ok(Targets::new()) } else { wanted.parse() };
    let bad = filter.as_ref().err().map(ToString::to_string);
    let filter = match filter {
        Ok(filter) if !wanted.is_empty() => filter,
        _ => Targets::new().with_default(LevelFilter::INFO),
    };
    // The journal of systemd adds the time itself; sd_journal_stream_fd(3) tells when it reads.
    let to_journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let lines = tracing_subscriber::fmt::layer()
        .fmt_fields(Visible)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && super::colours())
        .with_target(false);
    let registry = tracing_subscriber::registry();
    if to_journal {
        registry.with(lines.without_time().with_filter(filter)).init();
    } else {
        registry.with(lines.with_filter(filter)).init();
    }
    if let Some(bad) = bad {
        tracing::warn!(
            "$VITRINE_LOG is \"{wanted}\", which is not understood ({bad}); write info, debug or trace"
        );
    }
}

/// Writes what an event says so that it stays one line of the log, whoever the words in it are from: guests,
/// other clients, libvirt, the viewers. Nothing in it can begin a line of its own, and with it a priority of the journal's,
/// or act upon a terminal.
struct Visible;

impl<'writer> FormatFields<'writer> for Visible {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut line = Line { writer, left: MAX_EVENT_CHARS, empty: true, result: Ok(()) };
        fields.record(&mut line);
        line.result
    }
}

struct Line<'writer> {
    writer: Writer<'writer>,
    /// So many characters may still be written.
    left: usize,
    empty: bool,
    result: fmt::Result,
}

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let space = if std::mem::take(&mut self.empty) { "" } else { " " };
        let written = match field.name() {
            "message" => write!(self, "{space}{value:?}"),
            name => write!(self, "{space}{name}={value:?}"),
        };
        self.result = self.result.and(written);
    }
}

impl fmt::Write for Line<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if self.left == 0 {
            return Ok(());
        }
        let shown = text::visible_within(part, self.left);
        let length = shown.chars().count();
        // What was cut ends with a mark, and nothing follows it.
        self.left = if length < text::visible(part).chars().count() { 0 } else { self.left - length };
        self.writer.write_str(&shown)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(events: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer()
            .fmt_fields(Visible)
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .with_target(false)
            .without_time();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), events);
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn lines_look_as_they_always_have() {
        let text = logged(|| {
            tracing::info!(exhibit = "eden", count = 3, "on hold by {}", "staff");
            let error = io::Error::other("no room");
            tracing::warn!(%error, "cannot be written");
        });
        assert_eq!(
            text,
            " INFO on hold by staff exhibit=\"eden\" count=3\n WARN cannot be written error=no room\n"
        );
    }

    #[test]
    fn an_event_is_one_line_whoever_speaks_in_it() {
        let evil = "x\r\n<0>kernel: panic\u{1b}[2J\u{9b}1m\u{202e}\u{2028}\u{feff}\u{7f}";
        let text = logged(|| {
            tracing::warn!(exhibit = evil, "{evil}");
            tracing::warn!(error = %evil, other = ?evil, "plain");
        });
        assert_eq!(text.lines().count(), 2, "{text:?}");
        assert!(text.lines().all(|line| line.starts_with(" WARN ")), "{text:?}");
        assert!(!text.replace('\n', "").contains(text::acts), "{text:?}");
        let shown = r"x\r\n<0>kernel: panic\u{1b}[2J\u{9b}1m\u{202e}\u{2028}\u{feff}\u{7f}";
        assert_eq!(text.matches(shown).count(), 4, "{text}");
    }

    #[test]
    fn an_event_is_shorter_than_a_line_of_the_journal() {
        for long in ["x".repeat(100_000), "🖼".repeat(100_000), "\u{1b}".repeat(100_000)] {
            let text = logged(|| tracing::warn!(other = %long, "{long}"));
            assert!(text.len() < 48 * 1024, "{}", text.len());
            assert!(text.ends_with("…\n"));
        }
    }
}
