//! Lines of a shell, as far as files that start programs need it: words, quotes, variables, comments. What a shell would
//! only know by running is left as it is written.

use std::collections::BTreeMap;

/// One command: the variables that are set for it, and its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// Its line, from 1.
    pub(super) line: usize,
    /// What is set for it alone; where there are no words, for all that follow.
    pub(super) variables: Vec<(String, String)>,
    pub(super) words: Vec<String>,
}

impl Command {
    /// The program's name without its folders, past what only starts another (`sudo`, `exec`, `nohup`); and its words.
    pub(super) fn program(&self) -> Option<(&str, &[String])> {
        let name = |word: &'_ String| -> usize { word.rfind('/').map_or(0, |slash| slash + 1) };
        let starter = |word: &String| ["sudo", "exec", "nohup", "setsid"].contains(&&word[name(word)..]);
        let first = self.words.iter().position(|word| !starter(word))?;
        let word = &self.words[first];
        Some((&word[name(word)..], &self.words[first + 1..]))
    }
}

/// What a script runs, from its first line to its last.
pub(super) fn commands(text: &str) -> Vec<Command> {
    let mut scanner = Scanner { line: 1, ..Scanner::default() };
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (scanner.quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => scanner.quote = None,
            (Some('\''), c) => scanner.push(c),
            (_, '\\') => match chars.next() {
                Some('\n') => scanner.line += 1,
                Some(escaped) => scanner.push(escaped),
                None => {}
            },
            (_, '$') => {
                let name = variable(&mut chars);
                scanner.expand(&name);
            }
            (Some(_), c) => scanner.push(c),
            (None, '\'' | '"') => {
                scanner.quote = Some(c);
                scanner.begin();
            }
            (None, '#') if scanner.word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            (None, '\n') => {
                scanner.end_command();
                scanner.line += 1;
            }
            (None, ';' | '&' | '|' | '(' | ')' | '<' | '>') => scanner.end_command(),
            (None, c) if c.is_whitespace() => scanner.end_word(),
            (None, c) => scanner.push(c),
        }
        if scanner.quote.is_some() && c == '\n' {
            scanner.line += 1;
        }
    }
    scanner.end_command();
    scanner.commands
}

/// The name after a `$`, braces left out; empty where none follows.
fn variable(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let braced = chars.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
        name.push(c);
    }
    if braced {
        while chars.next_if(|c| *c != '}' && *c != '\n').is_some() {}
        let _ = chars.next_if_eq(&'}');
    }
    name
}

#[derive(Default)]
struct Scanner {
    line: usize,
    quote: Option<char>,
    word: Option<String>,
    command: Command,
    commands: Vec<Command>,
    /// What was set so far.
    known: BTreeMap<String, String>,
}

impl Scanner {
    fn begin(&mut self) -> &mut String {
        self.word.get_or_insert_default()
    }

    fn push(&mut self, c: char) {
        self.begin().push(c);
    }

    fn expand(&mut self, name: &str) {
        let value = self.known.get(name).cloned().unwrap_or_else(|| format!("${name}"));
        self.begin().push_str(&value);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if self.command.words.is_empty() && self.command.variables.is_empty() {
            self.command.line = self.line;
        }
        let assignment = word.split_once('=').filter(|(name, _)| is_name(name));
        match assignment {
            Some((name, value)) if self.command.words.is_empty() => {
                self.command.variables.push((name.to_owned(), value.to_owned()));
            }
            Some((name, value)) if self.command.words == ["export"] => {
                self.command.variables.push((name.to_owned(), value.to_owned()));
            }
            Some(_) | None => self.command.words.push(word),
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        let mut command = std::mem::take(&mut self.command);
        if command.words == ["export"] {
            command.words.clear();
        }
        if command.words.is_empty() {
            self.known.extend(command.variables.iter().cloned());
        }
        if !(command.words.is_empty() && command.variables.is_empty()) {
            self.commands.push(command);
        }
    }
}

/// Whether a variable can be called so.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_as_a_shell_splits_them() {
        for (text, expected) in [
            ("a b  c", vec![vec!["a", "b", "c"]]),
            ("a 'b c' \"d e\"f", vec![vec!["a", "b c", "d ef"]]),
            ("a # b\nc", vec![vec!["a"], vec!["c"]]),
            ("a#b", vec![vec!["a#b"]]),
            ("a & b && c; d | e", vec![vec!["a"], vec!["b"], vec!["c"], vec!["d"], vec!["e"]]),
            ("a \\\n b", vec![vec!["a", "b"]]),
            ("a \"\"", vec![vec!["a", ""]]),
            ("X='1 2'\na \"$X\" ${X} $Y", vec![vec![], vec!["a", "1 2", "1 2", "$Y"]]),
            ("(a; b) > c", vec![vec!["a"], vec!["b"], vec!["c"]]),
            ("a \"b", vec![vec!["a", "b"]]),
            ("", vec![]),
        ] {
            let found: Vec<_> = commands(text).into_iter().map(|command| command.words).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn variables_and_programs() {
        let found = commands("A=1 B=2 sudo /usr/bin/c d\nexport E=3\n\nf");
        assert_eq!(found[0].variables, [("A".into(), "1".into()), ("B".into(), "2".into())]);
        assert_eq!(found[0].program(), Some(("c", &["d".to_owned()][..])));
        assert_eq!((found[1].variables.len(), found[1].program()), (1, None));
        assert_eq!((found[2].line, found[2].words.as_slice()), (4, &["f".to_owned()][..]));
    }
}
