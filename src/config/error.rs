//! What is wrong with a configuration, told so that it can be put right.

use std::fmt;

use crate::core::text::acts;
use crate::words::tr;

/// The longest line that is printed, in characters: it fits into a usual window of a terminal.
const MAX_COLUMNS: usize = 100;
/// How much of a value a message repeats, in characters: enough to know it by, and the message stays readable.
const MAX_QUOTED: usize = 40;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The line, from 1. What is missing altogether has the line of its table's heading, or the last line.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// How many characters of the line are meant, at least 1.
    pub width: usize,
    /// The line itself.
    pub source: String,
    /// Which key, such as `exhibit[1] "eden-garden".heartbeat.timeout` (exhibits count from 1); empty where
    /// the text belongs to none.
    pub key: String,
    /// What is wrong, in a sentence.
    pub problem: String,
    /// What to do about it. Lines that begin with four spaces are text for the configuration.
    pub remedy: String,
}

/// Everything that is wrong with a configuration, in the order of its lines; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors {
    /// The file, as it was named to [`parse`](super::parse).
    pub file: String,
    /// What is wrong.
    pub errors: Vec<ConfigError>,
}

impl std::error::Error for ConfigError {}
impl std::error::Error for Errors {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &tr!("line {place}", place = self.place()))
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for error in &self.errors {
            error.write(f, &format!("{}:{}", self.file, error.place()))?;
            f.write_str("\n\n")?;
        }
        f.write_str(&match self.errors.len() {
            1 => tr!("1 error in {file}", file = self.file),
            many => tr!("{many} errors in {file}", many = many, file = self.file),
        })
    }
}

impl ConfigError {
    /// Line and column.
    fn place(&self) -> String {
        format!("{}:{}", self.line, self.column)
    }

    /// What is wrong, and what to do, after the words for where it is.
    fn write(&self, f: &mut fmt::Formatter<'_>, place: &str) -> fmt::Result {
        if self.key.is_empty() {
            writeln!(f, "{place}:")?;
        } else if place.chars().count() + self.key.chars().count() + 2 > MAX_COLUMNS {
            writeln!(f, "{place}:\n  {}", self.key)?;
        } else {
            writeln!(f, "{place}: {}", self.key)?;
        }
        self.write_source(f)?;
        write_wrapped(f, &self.problem)?;
        f.write_str("\n")?;
        write_wrapped(f, &self.remedy)
    }

    /// The line with a mark below what is meant, or the part of it that fits.
    fn write_source(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source.trim().is_empty() {
            return Ok(());
        }
        let room = MAX_COLUMNS - self.line.to_string().len() - 5;
        let skip = if self.source.chars().count() <= room {
            0
        } else {
            self.column.saturating_sub(room / 2).min(self.source.chars().count() - room)
        };
        let shown: String = self.source.chars().skip(skip).take(room).map(printable).collect();
        let mark = self.column.saturating_sub(skip + 1).min(room - 1);
        let width = self.width.clamp(1, room - mark);
        writeln!(f, "  {} | {}", self.line, shown.trim_end())?;
        let gutter = " ".repeat(self.line.to_string().len());
        writeln!(f, "  {gutter} | {}{}", " ".repeat(mark), "^".repeat(width))
    }
}

/// Writes with a margin of two and breaks between words; verbatim lines stay whole.
fn write_wrapped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            f.write_str("\n")?;
        }
        if line.starts_with("    ") {
            write!(f, "  {line}")?;
            continue;
        }
        let mut used = 1;
        f.write_str(" ")?;
        for word in line.split(' ').filter(|word| !word.is_empty()) {
            let length = word.chars().count();
            if used > 1 && used + 1 + length > MAX_COLUMNS {
                f.write_str("\n ")?;
                used = 1;
            }
            write!(f, " {word}")?;
            used += 1 + length;
        }
    }
    Ok(())
}

/// A character that takes one column: what acts upon those around it would spoil the message.
fn printable(c: char) -> char {
    match c {
        '\t' => ' ',
        c if acts(c) => '\u{fffd}',
        c => c,
    }
}

/// Cuts a text that a message repeats, and makes it harmless.
pub(super) fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_QUOTED).map(printable).collect();
    if text.chars().nth(MAX_QUOTED).is_some() {
        short.push('…');
    }
    short
}

/// The same in quotes.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", cut(text))
}
