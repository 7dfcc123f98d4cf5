//! Walks a TOML tree and collects everything that is wrong with it.
//!
//! Each reading method answers with the value or with `None`, and in the latter case has noted why.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::duration::{format_duration, guess, parse_duration};
use super::error::{ConfigError, cut, quote};
use super::keys::{Suggestion, TableSchema, suggest};
use super::source::Source;

/// The text that is read, and everything that is wrong with it.
pub(super) struct Reader<'t> {
    source: Source<'t>,
    errors: Vec<ConfigError>,
    /// Lines with faults of syntax. Where there are any, a part of the text may not be in the tree.
    broken_lines: BTreeSet<usize>,
}

/// A value, where it stands, and the path of its key.
#[derive(Clone)]
pub(super) struct Item<'a> {
    pub(super) value: &'a DeValue<'a>,
    pub(super) span: Range<usize>,
    pub(super) path: String,
}

/// A table whose keys are known ones, apart from those that are noted as errors.
pub(super) struct Table<'a> {
    entries: &'a DeTable<'a>,
    span: Range<usize>,
    path: String,
    schema: &'static TableSchema,
    /// Keys that an unknown one seems to mean; to call them missing as well would be noise.
    misspelt: BTreeSet<&'static str>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { source: Source::new(text), errors: Vec::new(), broken_lines: BTreeSet::new() }
    }

    pub(super) fn source(&self) -> &Source<'t> {
        &self.source
    }

    /// Notes a fault of syntax, the first one of each line only. From now on nothing is called missing, and
    /// the values of that line are not judged.
    pub(super) fn fault(&mut self, span: &Range<usize>, path: &str, problem: &str, remedy: &str) {
        if self.broken_lines.insert(self.line(span)) {
            self.push(span, path, problem.to_owned(), remedy.to_owned());
        }
    }

    /// Whether nothing is wrong.
    pub(super) fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }

    /// The errors, in the order of their lines.
    pub(super) fn into_errors(mut self) -> Vec<ConfigError> {
        self.errors.sort_by_key(|error| (error.line, error.column));
        self.errors
    }

    /// The line of a span, from 1.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        self.source.place(span).line
    }

    pub(super) fn error(
        &mut self,
        span: &Range<usize>,
        path: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        if !self.broken_lines.contains(&self.line(span)) {
            self.push(span, path, problem.into(), remedy.into());
        }
    }

    fn push(&mut self, span: &Range<usize>, path: &str, problem: String, remedy: String) {
        let place = self.source.place(span);
        self.errors.push(ConfigError {
            line: place.line,
            column: place.column,
            width: place.width,
            source: self.source.line(place.line).to_owned(),
            key: path.to_owned(),
            problem,
            remedy,
        });
    }

    /// Notes that something is not there, unless it may stand in a part that could not be read.
    pub(super) fn missing(&mut self, span: &Range<usize>, path: &str, problem: String, remedy: String) {
        if self.broken_lines.is_empty() {
            self.error(span, path, problem, remedy);
        }
    }

    /// Opens a table and notes its unknown keys.
    pub(super) fn open<'a>(
        &mut self,
        entries: &'a DeTable<'a>,
        span: Range<usize>,
        path: String,
        schema: &'static TableSchema,
    ) -> Table<'a> {
        let mut misspelt = BTreeSet::new();
        for key in entries.keys().filter(|key| !schema.keys.contains(&key.get_ref().as_ref())) {
            let name = key.get_ref().as_ref();
            let remedy = match suggest(schema, name) {
                Suggestion::Key(near) => {
                    misspelt.insert(near);
                    format!("Did you mean `{near}`?")
                }
                Suggestion::Otherwise(near, line) => {
                    misspelt.insert(near);
                    format!("Did you mean `{near}`? It is written so:\n    {line}")
                }
                Suggestion::Elsewhere(places) => {
                    format!("It belongs {}; move it there.", places.join(" or "))
                }
                Suggestion::Nothing => {
                    format!("Remove it. The keys {} are: {}.", schema.place, schema.keys.join(", "))
                }
            };
            let shown = cut(name);
            let problem = format!("There is no key `{shown}` {}.", schema.place);
            self.error(&key.span(), &join(&path, &shown), problem, remedy);
        }
        Table { entries, span, path, schema, misspelt }
    }

    /// Opens a value that must be a table.
    pub(super) fn table<'a>(
        &mut self,
        item: &Item<'a>,
        schema: &'static TableSchema,
        remedy: &str,
    ) -> Option<Table<'a>> {
        let DeValue::Table(entries) = item.value else {
            self.mismatch(item, "a table", remedy);
            return None;
        };
        Some(self.open(entries, item.span.clone(), item.path.clone(), schema))
    }

    /// Notes that a value is of the wrong type.
    pub(super) fn mismatch(&mut self, item: &Item<'_>, wanted: &str, remedy: &str) {
        let problem = format!("This must be {wanted}, but it is {}.", words(item.value));
        self.error(&item.span, &item.path, problem, remedy);
    }

    /// A text that says something.
    pub(super) fn text<'a>(&mut self, item: &Item<'a>, example: &str) -> Option<&'a str> {
        let DeValue::String(text) = item.value else {
            let remedy = format!("Write it in double quotes, such as {example}.");
            self.mismatch(item, "a text", &remedy);
            return None;
        };
        if text.trim().is_empty() {
            self.error(
                &item.span,
                &item.path,
                "This text is empty.",
                format!("Write one, such as {example}, or remove the key where it has a default."),
            );
            return None;
        }
        Some(text.as_ref())
    }

    /// The path of a file that does not depend on where Vitrine is started from.
    pub(super) fn absolute_path(&mut self, item: &Item<'_>, example: &str) -> Option<PathBuf> {
        let path = self.text(item, example)?;
        let problem = if path.chars().any(char::is_control) {
            "This path has a control character."
        } else if !path.starts_with('/') {
            "This path does not begin with /; `~` and variables mean nothing here."
        } else if path.ends_with('/') {
            "This path names a folder."
        } else {
            return Some(PathBuf::from(path));
        };
        let remedy = format!("Write the full path of a file, such as {example}.");
        self.error(&item.span, &item.path, problem, remedy);
        None
    }

    /// `true` or `false`.
    pub(super) fn switch(&mut self, item: &Item<'_>) -> Option<bool> {
        if let DeValue::Boolean(on) = item.value {
            return Some(*on);
        }
        self.mismatch(item, "true or false", "Write true or false, without quotes.");
        None
    }

    /// A whole number within bounds.
    pub(super) fn whole(&mut self, item: &Item<'_>, range: RangeInclusive<u32>) -> Option<u32> {
        let remedy = format!("Write a whole number from {} to {}.", range.start(), range.end());
        let DeValue::Integer(number) = item.value else {
            self.mismatch(item, "a whole number", &remedy);
            return None;
        };
        let value = i128::from_str_radix(number.as_str(), number.radix()).ok();
        let fitting = value.and_then(|value| u32::try_from(value).ok()).filter(|value| range.contains(value));
        if fitting.is_none() {
            let problem = format!("{} is out of bounds.", cut(number.as_str()));
            self.error(&item.span, &item.path, problem, remedy);
        }
        fitting
    }

    /// A time within bounds.
    pub(super) fn duration(&mut self, item: &Item<'_>, range: &RangeInclusive<Duration>) -> Option<Duration> {
        let bounds =
            format!("from \"{}\" to \"{}\"", format_duration(*range.start()), format_duration(*range.end()));
        let (problem, guessed) = match item.value {
            DeValue::String(text) => match parse_duration(text) {
                Some(time) if range.contains(&time) => return Some(time),
                Some(_) => {
                    let remedy = format!("Write a time {bounds}.");
                    self.error(&item.span, &item.path, format!("{} is out of bounds.", quote(text)), remedy);
                    return None;
                }
                None => (format!("{} is not a time.", quote(text)), guess(text)),
            },
            DeValue::Integer(number) => {
                (format!("{} says no unit.", cut(number.as_str())), guess(number.as_str()))
            }
            DeValue::Float(number) => {
                (format!("{} says no unit.", cut(number.as_str())), guess(number.as_str()))
            }
            other @ (DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_)) => {
                (format!("This must be a time, but it is {}.", words(other)), None)
            }
        };
        let remedy = match guessed.filter(|time| range.contains(time)) {
            Some(time) => format!("Write \"{}\" if that is meant; a time {bounds}.", format_duration(time)),
            None => format!("Write a time {bounds}, such as \"15s\", \"1m30s\" or \"1h\"."),
        };
        self.error(&item.span, &item.path, problem, remedy);
        None
    }

    /// A list.
    pub(super) fn list<'a>(&mut self, item: &Item<'a>, remedy: &str) -> Option<Vec<Item<'a>>> {
        let DeValue::Array(entries) = item.value else {
            self.mismatch(item, "a list", remedy);
            return None;
        };
        let entry = |(index, entry): (usize, &'a Spanned<DeValue<'a>>)| Item {
            value: entry.get_ref(),
            span: entry.span(),
            path: format!("{}[{}]", item.path, index + 1),
        };
        Some(entries.iter().enumerate().map(entry).collect())
    }
}

impl<'a> Table<'a> {
    /// The value of a key, where the table has it.
    pub(super) fn get(&self, key: &str) -> Option<Item<'a>> {
        self.schema.is_asked_for(key);
        let value = self.entries.get(key)?;
        Some(Item { value: value.get_ref(), span: value.span(), path: join(&self.path, key) })
    }

    /// The value of a key that must be there.
    pub(super) fn require(&self, reader: &mut Reader<'_>, key: &str, line: &str) -> Option<Item<'a>> {
        let item = self.get(key);
        if item.is_none() && !self.misspelt.contains(key) {
            let problem = format!("The key `{key}` is missing.");
            let remedy = format!("Add the line\n    {line}");
            reader.missing(&self.span, &join(&self.path, key), problem, remedy);
        }
        item
    }

    /// Whether an unknown key seems to mean this one.
    pub(super) fn misspells(&self, key: &str) -> bool {
        self.misspelt.contains(key)
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A value in a few words.
fn words(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {}", quote(text)),
        DeValue::Integer(number) => format!("the number {}", cut(number.as_str())),
        DeValue::Float(number) => format!("the number {}", cut(number.as_str())),
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
