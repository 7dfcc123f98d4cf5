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
use crate::words::tr;

/// The text that is read, and everything that is wrong with it.
pub(super) struct Reader<'t> {
    source: Source<'t>,
    errors: Vec<ConfigError>,
    /// Lines with faults of syntax. Where there are any, a part of the text may not be in the tree.
    broken_lines: BTreeSet<usize>,
}

/// Whether a line may have a password in it, or what it could be guessed from: errors are repeated in logs.
fn holds_secret(path: &str, line: &str) -> bool {
    let line = line.to_lowercase();
    path.starts_with("account")
        || path.starts_with("token")
        || ["passw", "sha256", "secret", "token", "$argon"].iter().any(|word| line.contains(word))
}

/// The same line, as wide, without what is behind its `=`.
fn masked(line: &str) -> String {
    let behind = line.find('=').unwrap_or(line.len());
    let mask = |c: char| if c.is_whitespace() || "={}[]\"'".contains(c) { c } else { '•' };
    line.char_indices().map(|(at, c)| if at < behind { c } else { mask(c) }).collect()
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
        let line = self.source.line(place.line);
        let source = if holds_secret(path, line) { masked(line) } else { line.to_owned() };
        self.errors.push(ConfigError {
            line: place.line,
            column: place.column,
            width: place.width,
            source,
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
                    tr!("Did you mean `{key}`?", key = near)
                }
                Suggestion::Otherwise(near, line) => {
                    misspelt.insert(near);
                    tr!("Did you mean `{key}`? It is written so:\n    {line}", key = near, line = line)
                }
                Suggestion::Elsewhere(places) => {
                    tr!("It belongs {places}; move it there.", places = places.join(&tr!(" or ")))
                }
                Suggestion::Nothing => {
                    tr!(
                        "Remove it. The keys {place} are: {keys}.",
                        place = schema.place(),
                        keys = schema.keys.join(", ")
                    )
                }
            };
            let shown = cut(name);
            let problem = tr!("There is no key `{key}` {place}.", key = shown, place = schema.place());
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
            self.mismatch(item, &tr!("a table"), remedy);
            return None;
        };
        Some(self.open(entries, item.span.clone(), item.path.clone(), schema))
    }

    /// Notes that a value is of the wrong type.
    pub(super) fn mismatch(&mut self, item: &Item<'_>, wanted: &str, remedy: &str) {
        let problem =
            tr!("This must be {wanted}, but it is {found}.", wanted = wanted, found = words(item.value));
        self.error(&item.span, &item.path, problem, remedy);
    }

    /// A text that says something.
    pub(super) fn text<'a>(&mut self, item: &Item<'a>, example: &str) -> Option<&'a str> {
        let DeValue::String(text) = item.value else {
            let remedy = tr!("Write it in double quotes, such as {example}.", example = example);
            self.mismatch(item, &tr!("a text"), &remedy);
            return None;
        };
        if text.trim().is_empty() {
            self.error(
                &item.span,
                &item.path,
                tr!("This text is empty."),
                tr!(
                    "Write one, such as {example}, or remove the key where it has a default.",
                    example = example
                ),
            );
            return None;
        }
        Some(text.as_ref())
    }

    /// The path of a file that does not depend on where Vitrine is started from.
    pub(super) fn absolute_path(&mut self, item: &Item<'_>, example: &str) -> Option<PathBuf> {
        let path = self.text(item, example)?;
        let problem = if path.chars().any(char::is_control) {
            tr!("This path has a control character.")
        } else if !path.starts_with('/') {
            tr!("This path does not begin with /; `~` and variables mean nothing here.")
        } else if path.ends_with('/') {
            tr!("This path names a folder.")
        } else {
            return Some(PathBuf::from(path));
        };
        let remedy = tr!("Write the full path of a file, such as {example}.", example = example);
        self.error(&item.span, &item.path, problem, remedy);
        None
    }

    /// `true` or `false`.
    pub(super) fn switch(&mut self, item: &Item<'_>) -> Option<bool> {
        if let DeValue::Boolean(on) = item.value {
            return Some(*on);
        }
        self.mismatch(item, &tr!("true or false"), &tr!("Write true or false, without quotes."));
        None
    }

    /// A whole number within bounds.
    pub(super) fn whole(&mut self, item: &Item<'_>, range: RangeInclusive<u32>) -> Option<u32> {
        let remedy =
            tr!("Write a whole number from {least} to {most}.", least = range.start(), most = range.end());
        let DeValue::Integer(number) = item.value else {
            self.mismatch(item, &tr!("a whole number"), &remedy);
            return None;
        };
        let value = i128::from_str_radix(number.as_str(), number.radix()).ok();
        let fitting = value.and_then(|value| u32::try_from(value).ok()).filter(|value| range.contains(value));
        if fitting.is_none() {
            let problem = tr!("{value} is out of bounds.", value = cut(number.as_str()));
            self.error(&item.span, &item.path, problem, remedy);
        }
        fitting
    }

    /// A time within bounds.
    pub(super) fn duration(&mut self, item: &Item<'_>, range: &RangeInclusive<Duration>) -> Option<Duration> {
        let [least, most] = [range.start(), range.end()].map(|bound| format_duration(*bound));
        let (problem, guessed) = match item.value {
            DeValue::String(text) => match parse_duration(text) {
                Some(time) if range.contains(&time) => return Some(time),
                Some(_) => {
                    let problem = tr!("{value} is out of bounds.", value = quote(text));
                    let remedy =
                        tr!("Write a time from \"{least}\" to \"{most}\".", least = least, most = most);
                    self.error(&item.span, &item.path, problem, remedy);
                    return None;
                }
                None => (tr!("{text} is not a time.", text = quote(text)), guess(text)),
            },
            DeValue::Integer(number) => {
                (tr!("{number} says no unit.", number = cut(number.as_str())), guess(number.as_str()))
            }
            DeValue::Float(number) => {
                (tr!("{number} says no unit.", number = cut(number.as_str())), guess(number.as_str()))
            }
            other @ (DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_)) => {
                (tr!("This must be a time, but it is {found}.", found = words(other)), None)
            }
        };
        let remedy = match guessed.filter(|time| range.contains(time)) {
            Some(time) => tr!(
                "Write \"{meant}\" if that is meant; a time from \"{least}\" to \"{most}\".",
                meant = format_duration(time),
                least = least,
                most = most
            ),
            None => tr!(
                "Write a time from \"{least}\" to \"{most}\", such as \"15s\", \"1m30s\" or \"1h\".",
                least = least,
                most = most
            ),
        };
        self.error(&item.span, &item.path, problem, remedy);
        None
    }

    /// A list.
    pub(super) fn list<'a>(&mut self, item: &Item<'a>, remedy: &str) -> Option<Vec<Item<'a>>> {
        let DeValue::Array(entries) = item.value else {
            self.mismatch(item, &tr!("a list"), remedy);
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
            let problem = tr!("The key `{key}` is missing.", key = key);
            let remedy = tr!("Add the line\n    {line}", line = line);
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
        DeValue::String(text) => tr!("the text {text}", text = quote(text)),
        DeValue::Integer(number) => tr!("the number {number}", number = cut(number.as_str())),
        DeValue::Float(number) => tr!("the number {number}", number = cut(number.as_str())),
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Datetime(_) => tr!("a date"),
        DeValue::Array(_) => tr!("a list"),
        DeValue::Table(_) => tr!("a table"),
    }
}
