//! Faults of TOML's syntax, in plain words.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::error::{cut, quote};
use super::reader::Reader;
use crate::words::tr;

/// How many faults of syntax are told: a text with more is no TOML at all, and the rest of them says nothing new.
const MAX_FAULTS: usize = 100;
/// How much of the parser's own words is repeated where Vitrine has none, in characters: two lines of a terminal.
const MAX_PARSER_WORDS: usize = 160;

/// The text with blanks in place of the lines that have no `=`: the parser's tree ends at the first of them.
/// Every other byte keeps its place.
pub(super) fn without_cuts(text: &str, errors: &[Error]) -> String {
    let cuts: BTreeSet<usize> = errors
        .iter()
        .filter(|error| error.message().starts_with("key with no value"))
        .filter_map(|error| error.span().map(|span| span.start))
        .collect();
    let mut mended = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        let (start, end) = (mended.len(), mended.len() + content.len());
        if cuts.range(start..=end).next().is_some() {
            mended.extend(std::iter::repeat_n(' ', content.len()));
            mended.push_str(&line[content.len()..]);
        } else {
            mended.push_str(line);
        }
    }
    mended
}

/// Notes the parser's errors, one for each line. The tree is for the names of exhibits.
pub(super) fn note(reader: &mut Reader<'_>, tree: &DeTable<'_>, mut errors: Vec<Error>) {
    // A list without its end swallows the lines after it; only the list itself is worth a word.
    let swallowing = errors
        .iter()
        .filter(|error| error.message().starts_with("unexpected `=` in array") || is_unclosed_list(error))
        .filter_map(|error| error.span())
        .find_map(|at| tree.values().find_map(|value| open_list(value, at.start.saturating_sub(1))));
    if let Some(list) = swallowing {
        let start = list.start..list.start + 1;
        let path = path(reader, tree, &start);
        reader.fault(&start, &path, &tr!("This list has no end."), &tr!("Write ] after its last entry."));
        errors.retain(|error| error.span().is_none_or(|span| span.end < list.start || span.start > list.end));
    }
    errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    for error in errors.into_iter().take(MAX_FAULTS) {
        let span = error.span().unwrap_or(0..0);
        let text = reader.source().text();
        let unexpected = text.get(span.clone()).unwrap_or("");
        let rest = text.get(span.end..).unwrap_or("");
        let (problem, remedy) = explain(error.message(), unexpected, rest);
        let span = reader.source().settle(span);
        let path = path(reader, tree, &span);
        reader.fault(&span, &path, &problem, &remedy);
    }
}

fn is_unclosed_list(error: &Error) -> bool {
    error.message().starts_with("unclosed array,")
}

/// The innermost list that a byte lies in.
fn open_list(value: &Spanned<DeValue<'_>>, at: usize) -> Option<Range<usize>> {
    match value.get_ref() {
        DeValue::Table(table) => table.values().find_map(|value| open_list(value, at)),
        DeValue::Array(list) => list
            .iter()
            .find_map(|value| open_list(value, at))
            .or_else(|| value.span().contains(&at).then(|| value.span())),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => None,
    }
}

/// Whether these faults concern their own lines alone, so that the rest of the tree is what was written.
/// After others the parser's recovery puts keys into wrong tables.
pub(super) fn are_local(errors: &[Error]) -> bool {
    const LOCAL: [&str; 9] = [
        "string values must be quoted",
        "duplicate key",
        "invalid basic string",
        "invalid literal string",
        "invalid boolean",
        "unexpected leading zero",
        "too few unicode value digits",
        "missing escaped value",
        "missing comma between key-value pairs",
    ];
    errors.iter().all(|error| LOCAL.iter().any(|local| error.message().starts_with(local)))
}

/// What a fault is and what to do about it.
fn explain(message: &str, unexpected: &str, rest: &str) -> (String, String) {
    let is = |starts: &[&str]| starts.iter().any(|start| message.starts_with(start));
    let (problem, remedy) = if is(&["string values must be quoted"]) && rest.trim_start().starts_with('=') {
        (
            tr!("There are two keys here with nothing between them."),
            tr!("Write a comma in {{ }}, or else begin a new line."),
        )
    } else if is(&["string values must be quoted"]) {
        return unquoted(unexpected);
    } else if is(&["duplicate key"]) {
        let problem = tr!("`{key}` is here for the second time.", key = cut(unexpected));
        return (problem, tr!("Keep one of the two, or join them into one."));
    } else if is(&["invalid unquoted key"]) && unexpected == ":" {
        (tr!("TOML has no colons after keys."), tr!("Write `=` in place of `:`, and texts in double quotes."))
    } else if is(&["key with no value"]) {
        (tr!("There is no `=` after this key."), tr!("Write the line as `key = value`."))
    } else if is(&["unclosed array table", "unclosed table", "missing table open"]) {
        (
            tr!("This heading is not complete."),
            tr!("Write it as [[exhibit]], or with single brackets as [libvirt] or [api]."),
        )
    } else if is(&["unclosed array"]) {
        (tr!("This list has no end."), tr!("Write ] after its last entry."))
    } else if is(&["unclosed inline table"]) {
        (tr!("This table has no end."), tr!("Write }} after its last value."))
    } else if is(&["missing comma"]) {
        (tr!("There is a comma missing here."), tr!("Write a comma between two entries."))
    } else if is(&["extra comma"]) {
        (tr!("There is a comma too many here."), tr!("Remove one."))
    } else if is(&["invalid basic string", "invalid literal string", "invalid multi-line"])
        && unexpected.is_empty()
    {
        (tr!("This text has no end."), tr!("Write the same quotes after it as before it."))
    } else if is(&["too few unicode", "missing escaped value", "invalid escape"]) {
        (
            tr!("A backslash in double quotes begins a special character."),
            tr!("Write \\\\ for a backslash, or take single quotes."),
        )
    } else if is(&["invalid boolean"]) {
        (tr!("TOML knows true and false in small letters only."), tr!("Write true or false."))
    } else if is(&["unexpected key or value", "unexpected content"]) {
        (
            tr!("There is more on this line than one key and its value."),
            tr!("Begin a new line, or put texts into quotes."),
        )
    } else if is(&["invalid unquoted key", "unquoted keys cannot be empty", "invalid key-value pair"]) {
        (
            tr!("There is no valid key here."),
            tr!("Write the line as `key = value`; keys consist of letters and `_`."),
        )
    } else if is(&["cannot extend value"]) {
        (tr!("This key has a value already and cannot hold others."), tr!("Keep one of the two."))
    } else if is(&["cannot recurse", "recursion limit"]) {
        (
            tr!("There are far too many tables or lists within each other."),
            tr!("Remove them; two levels are the most."),
        )
    } else if is(&["unexpected leading zero", "invalid integer", "invalid float", "redundant", "`_` may"]) {
        (tr!("This is not a number."), tr!("Write one as 3, and a time as \"15s\"."))
    } else {
        let problem = tr!("This is not TOML: {why}.", why = cut_message(message));
        return (problem, tr!("Compare it with one of the examples; one key and its value on each line."));
    };
    (problem, remedy)
}

/// A value that is none: mostly a text without quotes.
fn unquoted(unexpected: &str) -> (String, String) {
    let plain = unexpected.trim().trim_matches(['“', '”', '„', '‘', '’', '«', '»', '\'', '"', '`']);
    if plain.is_empty() {
        let remedy = tr!("Write one, such as name = \"eden-garden\", or remove the line.");
        return (tr!("There is no value after the `=`."), remedy);
    }
    let remedy = tr!("Put it into straight double quotes: {text}.", text = quote(plain));
    (tr!("`{text}` is neither a text nor a number.", text = cut(unexpected)), remedy)
}

fn cut_message(message: &str) -> String {
    message.chars().take(MAX_PARSER_WORDS).collect()
}

/// The key that a place belongs to, as far as the lines tell it: a broken text may have lost its tree.
fn path(reader: &Reader<'_>, tree: &DeTable<'_>, span: &Range<usize>) -> String {
    let line = reader.line(span);
    let mut heading = String::new();
    let mut exhibits: usize = 0;
    for text in reader.source().text().lines().take(line).map(str::trim) {
        let Some(inside) = text.strip_prefix('[') else { continue };
        exhibits += usize::from(text.starts_with("[[exhibit]"));
        heading = inside.chars().filter(|c| c.is_ascii_alphanumeric() || "_.-".contains(*c)).collect();
    }
    if let Some(below) = heading.strip_prefix("exhibit").filter(|_| exhibits > 0) {
        let name = name(tree, exhibits - 1).map_or_else(String::new, |name| format!(" {}", quote(name)));
        heading = format!("exhibit[{exhibits}]{name}{}", cut(below));
    } else {
        heading = cut(&heading);
    }
    let key = reader.source().line(line).split(['=', ':']).next().unwrap_or("").trim();
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c));
    match (heading.as_str(), is_key) {
        (_, false) => heading,
        ("", true) => cut(key),
        (_, true) => format!("{heading}.{}", cut(key)),
    }
}

/// The name of an exhibit, if it has come through.
fn name<'a>(tree: &'a DeTable<'_>, index: usize) -> Option<&'a str> {
    tree.get("exhibit")?
        .get_ref()
        .as_array()?
        .get(index)?
        .get_ref()
        .as_table()?
        .get("name")?
        .get_ref()
        .as_str()
}
