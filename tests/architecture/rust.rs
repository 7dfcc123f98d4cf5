//! As much of Rust's grammar as it takes to find the paths and the texts in a source file.

/// A word or a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// What a text in quotes says.
    pub(crate) literal: Option<String>,
    /// From 1.
    pub(crate) line: usize,
}

/// A path such as `std::fs::read`; each leaf of a `use` tree is one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The text's words and signs; comments are left out, a literal in quotes becomes one `"`.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (length, token) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), None)
        } else if rest.starts_with("/*") {
            (comment(rest), None)
        } else if let Some(length) = literal(rest) {
            (length, Some("\""))
        } else if is_word(first) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            (length, Some(&rest[..length]))
        } else if rest.starts_with("::") {
            (2, Some("::"))
        } else {
            let length = first.len_utf8();
            (length, (!first.is_whitespace()).then_some(&rest[..length]))
        };
        found.extend(token.map(|text| {
            let literal = (text == "\"").then(|| &rest[..length]).and_then(said);
            Token { text: text.to_owned(), literal, line }
        }));
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// The length of the block comment that the text begins with; they nest.
fn comment(text: &str) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of the literal in quotes that the text begins with. A lifetime is none.
fn literal(text: &str) -> Option<usize> {
    let prefix = text.find(|c: char| !"bcr".contains(c)).filter(|length| *length <= 2)?;
    let after = &text[prefix..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    if text[..prefix].contains('r') && after[hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let body = prefix + hashes + 1;
        return Some(text[body..].find(&end).map_or(text.len(), |at| body + at + end.len()));
    }
    let quote = after.chars().next().filter(|c| ['"', '\''].contains(c))?;
    let mut escaped = false;
    for (at, c) in after.char_indices().skip(1) {
        if !escaped && c == quote {
            return Some(prefix + at + 1);
        }
        // `'a,` is a lifetime: a character's second quote comes after one character or an escape.
        if quote == '\'' && at > 1 && !after.starts_with("'\\") {
            return None;
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// What a literal in double quotes says; `None` for a character.
fn said(literal: &str) -> Option<String> {
    let open = literal.find(['"', '\'']).filter(|open| literal[*open..].starts_with('"'))?;
    let inner = literal.get(open + 1..literal.rfind('"')?)?;
    if literal[..open].contains('r') {
        return Some(inner.to_owned());
    }
    let mut text = String::new();
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next()? {
            '\n' => rest = rest.as_str().trim_start().chars(),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            '0' => text.push('\0'),
            // A character by its number: which one, nobody here wants to know.
            'x' | 'u' => text.push(char::REPLACEMENT_CHARACTER),
            other => text.push(other),
        }
    }
    Some(text)
}

fn are(tokens: &[Token], texts: &[&str]) -> bool {
    tokens.len() >= texts.len() && tokens.iter().zip(texts).all(|(token, text)| token.text == *text)
}

const CFG_TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];

/// Leaves out what is compiled for tests only.
pub(crate) fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some(first) = rest.first() {
        if are(rest, &CFG_TEST) {
            rest = &rest[item(rest)..];
        } else {
            kept.push(first.clone());
            rest = &rest[1..];
        }
    }
    kept
}

/// The names of the modules in files of their own that are compiled for tests only.
pub(crate) fn test_modules(tokens: &[Token]) -> Vec<String> {
    let declared = tokens.windows(CFG_TEST.len() + 3).filter(|window| {
        let after = &window[CFG_TEST.len()..];
        are(window, &CFG_TEST) && after[0].text == "mod" && after[2].text == ";"
    });
    declared.map(|window| window[CFG_TEST.len() + 1].text.clone()).collect()
}

/// How many tokens the item with its attributes takes.
fn item(tokens: &[Token]) -> usize {
    let mut depth = 0usize;
    let mut in_use = false;
    for (place, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "use" if depth == 0 => in_use = true,
            "{" | "[" | "(" => depth += 1,
            "}" | "]" | ")" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && token.text == "}" && !in_use {
                    return place + 1;
                }
            }
            ";" if depth == 0 => return place + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// All paths of several segments, and what `use` and `extern crate` name in one.
pub(crate) fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = tokens.get(at + 1).map(|token| token.text.as_str());
        if token.text == "use" && next != Some("<") {
            at = tree(tokens, at + 1, &[], &mut found);
        } else if token.text == "crate" && at > 0 && tokens[at - 1].text == "extern" {
            found.extend(next.map(|name| Path { segments: vec![name.to_owned()], line: token.line }));
            at += 2;
        } else if token.text.starts_with(is_word) && next == Some("::") {
            let start = at;
            let mut segments = vec![token.text.clone()];
            while tokens.get(at + 1).is_some_and(|token| token.text == "::")
                && let Some(segment) = tokens.get(at + 2).filter(|token| token.text.starts_with(is_word))
            {
                segments.push(segment.text.clone());
                at += 2;
            }
            // Who may see an item is no import.
            let visibility = start > 1 && tokens[start - 1].text == "in" && tokens[start - 2].text == "(";
            if !visibility {
                found.push(Path { segments, line: token.line });
            }
            at += 1;
        } else {
            at += 1;
        }
    }
    found
}

/// Reads a `use` tree that begins at `at`; answers with the place behind it.
fn tree(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<Path>) -> usize {
    let mut segments = before.to_vec();
    let line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "::" => at += 1,
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token.text != "}") {
                    at = tree(tokens, at, &segments, found);
                    if tokens.get(at).is_some_and(|token| token.text == ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "as" => at += 2,
            // `{self}` names what stands before it.
            "self" if !segments.is_empty() => at += 1,
            "*" => at += 1,
            word if word.starts_with(is_word) => {
                segments.push(word.to_owned());
                at += 1;
            }
            _ => break,
        }
    }
    found.push(Path { segments, line });
    at
}
