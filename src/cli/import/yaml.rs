//! The old configuration's YAML: one mapping of keys to plain values, each with its place.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use crate::config::{ConfigError, Errors};
use crate::words::tr;

/// What editors on Windows begin a file with.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What a key is set to, before anybody asks for a number or a switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A text, a number, a switch: as it was written.
    Text(String),
    /// A list of such.
    List(Vec<String>),
    /// Nothing, or `null`.
    Nothing,
    /// Keys within a key, or lists within a list, which the old controller has nowhere.
    Nested,
}

impl Value {
    /// As a person would write it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(list) => format!("[{}]", list.join(", ")),
            Self::Nothing => String::new(),
            Self::Nested => "{…}".to_owned(),
        }
    }
}

/// One key of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: Value,
    /// Its line, from 1.
    pub(super) line: usize,
}

/// Reads the file's text; `file` is what errors call it. An empty file has no keys.
///
/// # Errors
/// It is no YAML, more than one document, or no mapping.
pub(super) fn read(text: &str, file: &str) -> Result<Vec<Entry>, Errors> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let error = |at: Place, problem: String, remedy: String| Errors {
        file: file.to_owned(),
        errors: vec![at.error(text, problem, remedy)],
    };
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|why| {
            error(
                Place::of_error(why.marker(), why.info(), text),
                tr!("This is no YAML: {why}.", why = why.info()),
                tr!("Put the line right; the old controller cannot read it either."),
            )
        })?;
        let at = Place::of(&span.start);
        reader.take(event, at).map_err(|Fault(problem, remedy)| error(at, problem, remedy))?;
    }
    Ok(reader.entries)
}

/// A line and a column, both from 1.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn of(marker: &Marker) -> Self {
        Self { line: marker.line().max(1), column: marker.col() + 1 }
    }

    /// Where an error is. Of a tab, the parser names what stood before it.
    fn of_error(marker: &Marker, why: &str, text: &str) -> Self {
        let named = Self::of(marker);
        let is_tabbed = |line: &str| line.trim_start_matches(' ').starts_with('\t');
        let lines = text.lines().enumerate().skip(named.line - 1);
        let tab = lines.filter(|(_, line)| is_tabbed(line)).map(|(index, line)| Self {
            line: index + 1,
            column: line.len() - line.trim_start_matches(' ').len() + 1,
        });
        if why.contains("tab") { tab.into_iter().next().unwrap_or(named) } else { named }
    }

    fn error(self, text: &str, problem: String, remedy: String) -> ConfigError {
        let source = text.lines().nth(self.line - 1).unwrap_or_default().to_owned();
        let Self { line, column } = self;
        ConfigError { line, column, width: 1, source, key: String::new(), problem, remedy }
    }
}

/// What is wrong with what follows, and what to do.
struct Fault(String, String);

/// Takes the parser's events. It keeps no tree, so that neither depth nor aliases can make it large.
#[derive(Default)]
struct Reader {
    entries: Vec<Entry>,
    documents: usize,
    /// How many mappings and lists are open.
    depth: usize,
    /// The key that awaits its value.
    key: Option<(String, usize)>,
    /// The list that is being read.
    list: Option<Vec<String>>,
    /// Whether the value that is open has others within.
    nested: bool,
    /// What aliases can stand for.
    anchors: HashMap<usize, String>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, at: Place) -> Result<(), Fault> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Fault(
                        tr!("A second document begins here."),
                        tr!("The old controller reads files with one only; give each a file of its own."),
                    ));
                }
            }
            Event::Scalar(text, style, anchor, _) => {
                if anchor > 0 {
                    self.anchors.insert(anchor, text.clone().into_owned());
                }
                let nothing =
                    style == ScalarStyle::Plain && ["", "~", "null", "Null", "NULL"].contains(&&*text);
                return self.scalar(text.into_owned(), nothing, at);
            }
            Event::Alias(anchor) => {
                let text = self.anchors.get(&anchor).cloned();
                // Of lists and mappings nothing was kept.
                let Some(text) = text else {
                    self.open(false)?;
                    self.close();
                    return Ok(());
                };
                return self.scalar(text, false, at);
            }
            Event::MappingStart(..) => self.open(false)?,
            Event::SequenceStart(..) => self.open(true)?,
            Event::MappingEnd | Event::SequenceEnd => self.close(),
        }
        Ok(())
    }

    fn open(&mut self, is_list: bool) -> Result<(), Fault> {
        match self.depth {
            0 if is_list => return Err(no_mapping()),
            0 => {}
            1 if self.key.is_none() => {
                return Err(Fault(
                    tr!("This key is no plain word."),
                    tr!("Write `key: value`, as the old controller's example has it."),
                ));
            }
            1 if is_list => self.list = Some(Vec::new()),
            _ => self.nested = true,
        }
        self.depth += 1;
        Ok(())
    }

    fn close(&mut self) {
        self.depth -= 1;
        if self.depth == 1 {
            let list = self.list.take();
            let value = match list {
                Some(list) if !self.nested => Value::List(list),
                Some(_) | None => Value::Nested,
            };
            self.nested = false;
            self.end(value);
        }
    }

    fn scalar(&mut self, text: String, nothing: bool, at: Place) -> Result<(), Fault> {
        match (self.depth, &self.key) {
            (0, _) if nothing => {}
            (0, _) => return Err(no_mapping()),
            (1, None) => self.key = Some((text, at.line)),
            (1, Some(_)) => self.end(if nothing { Value::Nothing } else { Value::Text(text) }),
            (2, _) if !self.nested => {
                if let Some(list) = &mut self.list {
                    list.push(text);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, value: Value) {
        if let Some((key, line)) = self.key.take() {
            self.entries.push(Entry { key, value, line });
        }
    }
}

fn no_mapping() -> Fault {
    Fault(
        tr!("The file has no keys at its top."),
        tr!("A configuration of the old controller has lines such as `vm_name: \"eden-garden-vm\"`."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<(String, Value, usize)> {
        read(text, "config.yaml")
            .unwrap()
            .into_iter()
            .map(|entry| (entry.key, entry.value, entry.line))
            .collect()
    }

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    #[test]
    fn values_in_all_their_forms() {
        for (yaml, value) in [
            ("a: b", text("b")),
            ("a: 'b'  # c", text("b")),
            ("a: \"b#c\"", text("b#c")),
            ("a: 15.0", text("15.0")),
            ("a: yes", text("yes")),
            ("a:", Value::Nothing),
            ("a: ~", Value::Nothing),
            ("a: \"\"", text("")),
            ("a: [b, \"c\"]", Value::List(vec!["b".into(), "c".into()])),
            ("a:\n  - b\n  - c\n", Value::List(vec!["b".into(), "c".into()])),
            ("a: []", Value::List(vec![])),
            ("a: {b: c}", Value::Nested),
            ("a: [[b], c]", Value::Nested),
            ("{a: b}", text("b")),
            ("\u{feff}a: b\r\n", text("b")),
            ("---\na: b\n...\n", text("b")),
            ("a: |\n  b\n  c\n", text("b\nc\n")),
            ("a: !!str 15", text("15")),
        ] {
            let found = keys(yaml);
            assert_eq!(found.len(), 1, "{yaml}");
            assert_eq!((found[0].0.as_str(), &found[0].1), ("a", &value), "{yaml}");
        }
        assert_eq!(keys("a: &x b\nc: *x\n"), [("a".into(), text("b"), 1), ("c".into(), text("b"), 2)]);
        assert_eq!(keys("a: {b: [c]}\nd: e"), [("a".into(), Value::Nested, 1), ("d".into(), text("e"), 2)]);
        for empty in ["", "\n\n", "# nothing\n", "---\n"] {
            assert_eq!(keys(empty), [], "{empty}");
        }
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (yaml, line, column) in [
            ("vm_name: \"a\nb: c", 1, None),
            ("a: b\n\tc: d\n", 2, None),
            ("a: b\n c: d\n", 2, None),
            ("- a\n- b\n", 1, Some(1)),
            ("just a text\n", 1, Some(1)),
            ("a: b\n---\nc: d\n", 2, Some(1)),
            ("a: *nowhere\n", 1, None),
            ("a: [b\n", 2, None),
        ] {
            let errors = read(yaml, "config.yaml").expect_err(yaml);
            let error = &errors.errors[0];
            assert!(error.line >= line && error.column >= 1, "{yaml}: {errors}");
            if let Some(column) = column {
                assert_eq!((error.line, error.column), (line, column), "{yaml}: {errors}");
            }
            assert!(errors.to_string().starts_with("config.yaml:"), "{errors}");
        }
    }

    #[test]
    fn what_is_made_to_break_a_reader_does_not() {
        for yaml in ["[".repeat(200_000), "{a: ".repeat(100_000), format!("a: {}", "[".repeat(100_000))] {
            assert!(read(&yaml, "config.yaml").is_err());
        }
        let bomb = (0..40).fold("a0: &x0 lol\n".to_owned(), |text, n| {
            format!("{text}a{}: &x{} [*x{n}, *x{n}, *x{n}]\n", n + 1, n + 1)
        });
        assert_eq!(read(&bomb, "config.yaml").unwrap().len(), 41);
    }
}
