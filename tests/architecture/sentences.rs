//! What people read goes through `words`, and is there in German: the literals of `src` are read and held against it.

use std::collections::{BTreeMap, BTreeSet};

use super::rust::{Token, tokens, without_tests};
use super::{root, sources};

/// Literals that may have several words though nobody translates them: the file below `src`, the literal, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("cli/local.rs", "the computer was to be switched off, and then was not", LOG),
    ("cli/guest/ini.rs", "; start = \"C:\\Artwork\\Garden.exe\"", FORM),
    ("cli/guest/ini.rs", "; program = Garden.exe", FORM),
    ("cli/images.rs", "the artworks' VMs are those of {}; only images of {SYSTEM} are checked", LOG),
    ("cli/screens.rs", "the X server", PART),
    ("cli/report/parts.rs", "model name", FORM),
    ("cli/report/redact.rs", "PRIVATE KEY-----", FORM),
    ("cli/report/redact.rs", "<entry name=", FORM),
    ("web/telling.rs", "no state", VIRSH),
    ("web/telling.rs", "shut off", VIRSH),
    ("web/telling.rs", "in shutdown", VIRSH),
    ("config/keys.rs", "at the top of the file", PLACE),
    ("config/keys.rs", "in [libvirt]", PLACE),
    ("config/keys.rs", "in [api]", PLACE),
    ("config/keys.rs", "in tls", PLACE),
    ("config/keys.rs", "in [[screen]]", PLACE),
    ("config/keys.rs", "in [journal]", PLACE),
    ("config/keys.rs", "in [[account]]", PLACE),
    ("config/keys.rs", "in [[exhibit]]", PLACE),
    ("config/keys.rs", "in [[token]]", PLACE),
    ("config/keys.rs", "in curtain", PLACE),
    ("config/keys.rs", "in password", PLACE),
    ("config/keys.rs", "in [shutdown]", PLACE),
    ("config/keys.rs", "in [last_resort]", PLACE),
    ("config/keys.rs", "in [[unit]]", PLACE),
    ("config/keys.rs", "in heartbeat", PLACE),
    ("config/keys.rs", "in agent", PLACE),
    ("config/keys.rs", "in picture", PLACE),
    ("config/keys.rs", "in qemu", PLACE),
    ("config/keys.rs", "in idle", PLACE),
    ("config/keys.rs", "in recovery", PLACE),
    ("config/keys.rs", "in in_place", PLACE),
    ("web/panel/assets.rs", "private, max-age=86400", HEADER),
    ("web/panel/assets.rs", "text/css; charset=utf-8", HEADER),
    ("web/panel/assets.rs", "text/javascript; charset=utf-8", HEADER),
    ("web/panel/journal.rs", "private, max-age=3600", HEADER),
    (
        "web/panel/page.rs",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action \
         'self'; frame-ancestors 'none'; base-uri 'none'",
        HEADER,
    ),
    ("web/panel/page.rs", "width=device-width, initial-scale=1", HEADER),
    ("web/panel/page.rs", "text/html; charset=utf-8", HEADER),
    ("config/syntax.rs", "string values must be quoted", PARSER),
    ("config/syntax.rs", "duplicate key", PARSER),
    ("config/syntax.rs", "key with no value", PARSER),
    ("config/syntax.rs", "unexpected `=` in array", PARSER),
    ("config/syntax.rs", "unclosed array,", PARSER),
    ("config/syntax.rs", "unclosed array", PARSER),
    ("config/syntax.rs", "unclosed array table", PARSER),
    ("config/syntax.rs", "unclosed table", PARSER),
    ("config/syntax.rs", "unclosed inline table", PARSER),
    ("config/syntax.rs", "missing table open", PARSER),
    ("config/syntax.rs", "missing comma", PARSER),
    ("config/syntax.rs", "missing comma between key-value pairs", PARSER),
    ("config/syntax.rs", "missing escaped value", PARSER),
    ("config/syntax.rs", "extra comma", PARSER),
    ("config/syntax.rs", "invalid basic string", PARSER),
    ("config/syntax.rs", "invalid boolean", PARSER),
    ("config/syntax.rs", "invalid escape", PARSER),
    ("config/syntax.rs", "invalid float", PARSER),
    ("config/syntax.rs", "invalid integer", PARSER),
    ("config/syntax.rs", "invalid key-value pair", PARSER),
    ("config/syntax.rs", "invalid literal string", PARSER),
    ("config/syntax.rs", "invalid multi-line", PARSER),
    ("config/syntax.rs", "invalid unquoted key", PARSER),
    ("config/syntax.rs", "too few unicode", PARSER),
    ("config/syntax.rs", "too few unicode value digits", PARSER),
    ("config/syntax.rs", "unexpected key or value", PARSER),
    ("config/syntax.rs", "unexpected content", PARSER),
    ("config/syntax.rs", "unexpected leading zero", PARSER),
    ("config/syntax.rs", "unquoted keys cannot be empty", PARSER),
    ("config/syntax.rs", "cannot extend value", PARSER),
    ("config/syntax.rs", "cannot recurse", PARSER),
    ("config/syntax.rs", "recursion limit", PARSER),
];
const LOG: &str = "it goes to the log of a unit, which is English";
const PART: &str = "what a part of the daemon waits for, as it names it, which is compared and not shown";
const FORM: &str = "how it stands in a file, where it is looked for";
const VIRSH: &str = "libvirt's words for a state, as the API has them, which are compared and not shown";
const PLACE: &str = "`TableSchema::place` makes the words of it";
const HEADER: &str = "a header for browsers";
const PARSER: &str = "the parser's own words, which are compared and not shown";

/// The places whose sentences people read, and that are therefore free of others.
const READ: [&str; 7] =
    ["core/", "cli/", "config/", "images/copy.rs", "journal/read.rs", "web/panel/", "web/telling.rs"];
/// Macros that write to the log, which is English.
const LOGGING: [&str; 5] = ["trace", "debug", "info", "warn", "error"];
/// Macros whose words are for whoever changes Vitrine.
const CHECKING: [&str; 3] = ["debug_assert", "debug_assert_eq", "debug_assert_ne"];
/// Macros that say a sentence, by its English.
const SAYING: [&str; 2] = ["tr", "told"];

/// A sentence as it is said somewhere.
#[derive(Debug)]
struct Said {
    line: usize,
    english: String,
    /// What is named for its gaps.
    named: BTreeSet<String>,
}

/// Where the group that a bracket opens ends.
fn end_of_group(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (place, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return place;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// Whether a macro of these names is called here: its name, `!`, and a bracket.
fn calls(tokens: &[Token], at: usize, names: &[&str]) -> bool {
    let text = |at: usize| tokens.get(at).map(|token| token.text.as_str());
    text(at).is_some_and(|name| names.contains(&name))
        && text(at + 1) == Some("!")
        && text(at + 2) == Some("(")
}

fn said(tokens: &[Token]) -> Vec<Said> {
    let call = |at: usize| {
        let english = tokens.get(at + 3)?.literal.clone().filter(|_| calls(tokens, at, &SAYING))?;
        let end = end_of_group(tokens, at + 2);
        let mut named = BTreeSet::new();
        let mut depth = 0usize;
        for place in at + 2..end {
            match tokens[place].text.as_str() {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                "," if depth == 1 && tokens[place + 2].text == "=" => {
                    named.insert(tokens[place + 1].text.clone());
                }
                _ => {}
            }
        }
        Some(Said { line: tokens[at].line, english, named })
    };
    (0..tokens.len()).filter_map(call).collect()
}

/// Pairs of literals in brackets: a sentence's code or its English, and what it is in words.
fn rows(tokens: &[Token]) -> Vec<(String, String)> {
    tokens
        .windows(4)
        .filter(|four| four[0].text == "(" && four[2].text == ",")
        .filter_map(|four| Some((four[1].literal.clone()?, four[3].literal.clone()?)))
        .collect()
}

fn gaps(template: &str) -> BTreeSet<String> {
    let plain = template.replace("{{", "").replace("}}", "");
    plain.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0.to_owned())).collect()
}

/// Whether this is a sentence or a part of one: two words or more, besides what its gaps stand for.
fn is_sentence(literal: &str) -> bool {
    let mut outside = String::new();
    let mut depth = 0usize;
    for c in literal.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if depth == 0 => outside.push(c),
            _ => {}
        }
    }
    outside.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1).count()
        > 1
}

/// Whether it stays as it is typed: lines of a configuration, or a question to the journal's database.
fn is_typed(literal: &str) -> bool {
    literal.starts_with("SELECT ")
        || toml::de::DeTable::parse(literal).is_ok_and(|table| !table.get_ref().is_empty())
}

/// The sentences in a file that no language but English has. The help of the commands has a test of its own.
fn unsaid(file: &str, text: &str, help: &BTreeSet<String>) -> Vec<String> {
    let code = without_tests(tokens(text));
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = code.get(at) {
        let next = |ahead: usize| code.get(at + ahead).map(|token| token.text.as_str());
        if token.text == "#" && (next(1) == Some("[") || next(2) == Some("[")) {
            // Attributes are for the compiler, or are the help, which has a test of its own; but not the texts of errors.
            let open = if next(1) == Some("[") { at + 1 } else { at + 2 };
            if next(2) != Some("error") {
                at = end_of_group(&code, open);
            }
        } else if calls(&code, at, &LOGGING) || calls(&code, at, &CHECKING) {
            at = end_of_group(&code, at + 2);
        } else if calls(&code, at, &SAYING) && code.get(at + 3).is_some_and(|token| token.literal.is_some()) {
            at += 3;
        } else if let Some(literal) = &token.literal {
            let excepted = EXCEPTIONS.iter().any(|(place, text, _)| *place == file && text == literal);
            if is_sentence(literal) && !is_typed(literal) && !excepted && !help.contains(literal) {
                found.push(format!("src/{file}:{}: \"{literal}\" is said by no tr!", token.line));
            }
        }
        at += 1;
    }
    found
}

/// The files below `src` that are compiled for more than tests, with their texts.
fn files() -> Vec<(String, String)> {
    let src = root().join("src");
    let mut paths = Vec::new();
    sources(&src, &mut paths);
    paths.sort();
    let files = paths.iter().map(|path| {
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    });
    let of_tests =
        |name: &str| name.ends_with("tests.rs") || name.contains("tests/") || name.starts_with("sim/");
    files.filter(|(name, _)| !of_tests(name)).collect()
}

/// What clap shows in English, of all commands.
fn help() -> BTreeSet<String> {
    let mut definition = vitrine::cli::definition();
    definition.build();
    let mut found = BTreeSet::new();
    help_of(&definition, &mut found);
    found
}

fn help_of(command: &clap::Command, found: &mut BTreeSet<String>) {
    let of_command = [
        command.get_about(),
        command.get_long_about(),
        command.get_after_help(),
        command.get_after_long_help(),
    ];
    let of_arguments = command.get_arguments().flat_map(|arg| [arg.get_help(), arg.get_long_help()]);
    found.extend(of_command.into_iter().chain(of_arguments).flatten().map(ToString::to_string));
    command.get_subcommands().for_each(|command| help_of(command, found));
}

#[test]
fn what_is_said_is_said_in_german_and_nothing_else_is_translated() {
    let mut german = BTreeMap::new();
    let mut english = BTreeSet::new();
    let mut all_said = Vec::new();
    for (file, text) in files() {
        let code = without_tests(tokens(&text));
        match file.as_str() {
            _ if file.starts_with("words/german/") => german.extend(rows(&code)),
            "words/sentences.rs" | "words/codes.rs" => {
                english.extend(rows(&code).into_iter().map(|(_, english)| english));
            }
            // The headings.
            "cli/help.rs" => english.extend(code.iter().filter_map(|token| token.literal.clone())),
            _ => all_said.extend(said(&code).into_iter().map(|said| (file.clone(), said))),
        }
    }
    assert!(all_said.len() > 300 && german.len() > 400, "{} {}", all_said.len(), german.len());
    let mut wrong = Vec::new();
    for (file, Said { line, english, named }) in &all_said {
        let gaps = gaps(english);
        if gaps != *named {
            wrong.push(format!("src/{file}:{line}: it has the gaps {gaps:?} and names {named:?}: {english}"));
        }
        if !german.contains_key(english) {
            wrong.push(format!("src/{file}:{line}: it has no German in src/words/german: {english}"));
        }
    }
    for (english, german) in &german {
        if gaps(english) != gaps(german) {
            wrong.push(format!("English and German have other gaps: {english}"));
        }
    }
    english.extend(help());
    english.extend(all_said.into_iter().map(|(_, said)| said.english));
    wrong.extend(
        german
            .keys()
            .filter(|key| !english.contains(*key))
            .map(|key| format!("nobody says in English: {key}")),
    );
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn people_read_no_sentence_that_is_in_english_alone() {
    let files = files();
    let help = help();
    let read = |file: &str| READ.iter().any(|place| file.starts_with(place));
    let found: Vec<_> = files
        .iter()
        .filter(|(file, _)| read(file))
        .flat_map(|(file, text)| unsaid(file, text, &help))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    for (place, literal, _) in EXCEPTIONS {
        let there = files.iter().filter(|(file, _)| file == place).any(|(_, text)| {
            without_tests(tokens(text)).iter().any(|token| token.literal.as_deref() == Some(*literal))
        });
        assert!(there, "no exception is needed for {place}: {literal}");
    }
}

#[test]
fn sentences_in_english_alone_are_found() {
    #[rustfmt::skip]
    let cases = [
        ("fn f() -> String { format!(\"there is no VM {vm}\") }", 1),
        ("const A: &str = \"two words\"; const B: &str = r#\"two \"words\"\"#;", 2),
        ("#[derive(Debug)]\n#[error(\"it is gone\")]\nstruct Gone;", 1),
        ("fn f() { fail(tr!(\"it is {what}\", what = \"gone for good\")) }", 1),
        ("fn f() { tr!(name, \"of another macro\") }", 1),
        ("#[cfg(test)]\nmod tests { const A: &str = \"two words\"; }\nconst B: &str = \"two words\";", 1),
        ("fn f() { println!(\"broken \\\n    over lines\") }", 1),
        ("fn f() { tr!(\"it is {what}\", what = word) }", 0),
        ("fn f() { told!(\"it is gone\") }", 0),
        ("fn f() { tracing::warn!(\"it is {} gone\", \"long since\"); error!(a, \"it is gone\") }", 0),
        ("#[command(after_help = \"two words\")]\nstruct S;\n#![allow(x, reason = \"two words\")]", 0),
        ("const A: &str = \"one\"; const B: &str = \"{} h {} min\"; const C: &str = \"a {two words} b\";", 0),
        ("const A: &str = \"name = \\\"HDMI-1\\\"\"; const B: &str = \"SELECT id FROM entry\";", 0),
        ("// two words\n/// two words\nfn f(c: char) -> bool { c == '\"' }", 0),
    ];
    for (text, count) in cases {
        assert_eq!(unsaid("cli/act.rs", text, &BTreeSet::new()).len(), count, "{text}");
    }
    let code = tokens("fn f() { tr!(\"{a} of\\n \\\n   {b}\", a = g(x, y = 1), b = [1, 2]) }");
    let found = said(&code);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].english, "{a} of\n {b}");
    assert_eq!(found[0].named, gaps("{a} {b} {{c}}"));
    let pairs = rows(&tokens("[(\"a\", \"b\"), (\n \"c\\\"\",\n \"d\",\n), (\"e\", 1)]"));
    let pairs: Vec<_> = pairs.iter().map(|(one, other)| (one.as_str(), other.as_str())).collect();
    assert_eq!(pairs, [("a", "b"), ("c\"", "d")]);
}
