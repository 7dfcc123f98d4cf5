//! What the documents say of commands, files and each other is so, and the manual page is that of the program.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

/// Folders that a document may name a path in. A text that begins with another word is no path of the repository.
const FOLDERS: &[&str] =
    &["benches/", "config/", "deploy/", "docs/", "guest/", "openbox/", "session/", "src/", "tests/"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document, with its text.
fn documents() -> Vec<(PathBuf, String)> {
    let mut files = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    for entry in std::fs::read_dir(root().join("docs")).unwrap() {
        files.push(entry.unwrap().path());
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(&path).unwrap())).collect()
}

/// The lines of a text with their numbers and with the language of the fenced block that they are in.
fn lines(text: &str) -> impl Iterator<Item = (usize, Option<&str>, &str)> {
    let mut language = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().strip_prefix("```");
        match (fence, language) {
            (Some(opened), None) => language = Some(opened.trim()),
            (Some(_), Some(_)) => language = None,
            (None, _) => return Some((index + 1, language, line)),
        }
        None
    })
}

/// The words of a command line as a shell splits them, up to a comment, a pipe or another command.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, '|' | ';' | '&' | '>' | '<') => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The arguments of `vitrine`, if the line calls it: after a prompt, `sudo` or variables that are set for it.
fn call(line: &str) -> Option<Vec<String>> {
    let line = line.trim().trim_start_matches("$ ").trim_start_matches("# ");
    let mut words = words(line);
    let before =
        |word: &String| word == "sudo" || word.split_once('=').is_some_and(|(name, _)| is_variable(name));
    let start = words.iter().position(|word| !before(word))?;
    words.drain(..start);
    let program = words.first()?;
    (program == "vitrine" || program.ends_with("/vitrine")).then_some(words)
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

fn all_well(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn place(path: &Path, line: usize) -> String {
    format!("{}:{line}", path.strip_prefix(root()).unwrap_or(path).display())
}

#[test]
fn command_lines_are_accepted() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for (path, text) in documents() {
        for (number, language, line) in lines(&text) {
            let Some(words) = call(line).filter(|_| matches!(language, Some("sh" | "console"))) else {
                continue;
            };
            seen += 1;
            if let Err(error) = vitrine::cli::definition().try_get_matches_from(&words)
                && error.use_stderr()
            {
                faults.push(format!("{}: {line}\n{error}", place(&path, number)));
            }
        }
        // In a sentence, a command stands between backticks; `EXHIBIT` and the like stand for something.
        for (number, code) in inline_code(&text) {
            let Some(words) = call(code).filter(|words| words.len() > 1 && !code.contains(['…', '|', '[']))
            else {
                continue;
            };
            seen += 1;
            let mut command = vitrine::cli::definition();
            command.build();
            let known =
                words[1].starts_with('-') || command.get_subcommands().any(|it| it.get_name() == words[1]);
            if !known {
                faults.push(format!("{}: there is no `{code}`", place(&path, number)));
            }
        }
    }
    assert!(seen > 20, "only {seen} command lines found");
    all_well(&faults);
}

/// What stands between backticks in sentences, with the numbers of the lines.
fn inline_code(text: &str) -> Vec<(usize, &str)> {
    let sentences = lines(text).filter(|(_, language, _)| language.is_none());
    sentences
        .flat_map(|(number, _, line)| line.split('`').skip(1).step_by(2).map(move |code| (number, code)))
        .collect()
}

/// The anchors of a document's headings, as forges make them.
fn anchors(text: &str) -> Vec<String> {
    let headings = lines(text).filter(|(_, language, line)| language.is_none() && line.starts_with('#'));
    headings
        .map(|(_, _, line)| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut faults = Vec::new();
    for (path, text) in documents() {
        for (number, _, line) in lines(&text).filter(|(_, language, _)| language.is_none()) {
            for link in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                if link.contains("://") || link.starts_with("mailto:") {
                    continue;
                }
                let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
                let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
                if !target.exists() {
                    faults.push(format!("{}: {link} is not there", place(&path, number)));
                } else if !anchor.is_empty()
                    && !anchors(&std::fs::read_to_string(&target).unwrap())
                        .iter()
                        .any(|there| there == anchor)
                {
                    faults.push(format!("{}: {link}: no such heading", place(&path, number)));
                }
            }
        }
    }
    all_well(&faults);
}

/// The headings of faults, below those of the areas.
fn headings_of_faults(text: &str) -> String {
    lines(text)
        .filter(|(_, language, line)| language.is_none() && line.starts_with("### "))
        .map(|(_, _, line)| format!("{line}\n"))
        .collect()
}

#[test]
fn each_check_has_its_heading_and_each_heading_its_check() {
    let text = std::fs::read_to_string(root().join("docs/troubleshooting.md")).unwrap();
    let mut headings = anchors(&headings_of_faults(&text));
    let mut faults = Vec::new();
    for check in vitrine::doctor::checks() {
        if !headings.iter().any(|heading| heading == check.heading) {
            faults.push(format!("{}: there is no heading {}", check.code, check.heading));
        }
        if !text.contains(&format!("`{}`", check.code)) {
            faults.push(format!("{}: docs/troubleshooting.md does not name it", check.code));
        }
    }
    let count = headings.len();
    headings.sort();
    headings.dedup();
    assert_eq!(headings.len(), count, "two headings are the same");
    headings.retain(|heading| !vitrine::doctor::checks().any(|check| check.heading == heading));
    faults.extend(headings.into_iter().map(|heading| format!("no check is under the heading {heading}")));
    all_well(&faults);
}

#[test]
fn paths_of_the_repository_exist() {
    let mut faults = Vec::new();
    for (path, text) in documents() {
        let in_blocks = lines(&text).filter(|(_, language, _)| matches!(language, Some("sh" | "console")));
        let first_words = in_blocks.filter_map(|(number, _, line)| {
            let first = line.trim().trim_start_matches("$ ").split_whitespace().next()?;
            Some((number, first))
        });
        for (number, code) in inline_code(&text).into_iter().chain(first_words) {
            let name = code.split_whitespace().next().unwrap_or_default();
            let ours = FOLDERS.iter().any(|folder| name.starts_with(folder));
            if ours && !name.contains(['*', '…']) && !root().join(name).exists() {
                faults.push(format!("{}: {name} is not there", place(&path, number)));
            }
        }
    }
    all_well(&faults);
}

/// The manual page as it should be: one page tells of all commands, since nobody looks for
/// vitrine-snapshot-create(1).
fn manual_page() -> String {
    let mut command = vitrine::cli::definition();
    command.build();
    let man = clap_mangen::Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page).unwrap();
    man.render_name_section(&mut page).unwrap();
    man.render_synopsis_section(&mut page).unwrap();
    man.render_description_section(&mut page).unwrap();
    man.render_options_section(&mut page).unwrap();
    let mut page = String::from_utf8(page).unwrap();
    page.push_str(".SH COMMANDS\n");
    for command in command.get_subcommands() {
        describe(command, &mut page);
    }
    let examples = command.get_after_long_help().unwrap().to_string();
    let (examples, codes) = examples.split_once("Exit codes: ").unwrap();
    let examples = examples.trim_start_matches("Examples:").trim_matches('\n');
    page.push_str(&format!(".SH EXAMPLES\n.nf\n{}\n.fi\n", escape(examples)));
    page.push_str(&format!(".SH \"EXIT STATUS\"\n{}\n", escape(codes)));
    page
}

fn describe(command: &clap::Command, page: &mut String) {
    if command.get_name() == "help" {
        return;
    }
    if command.has_subcommands() {
        command.get_subcommands().for_each(|command| describe(command, page));
        return;
    }
    let usage = command.clone().render_usage().to_string().replace("Usage: ", "").replace(" [OPTIONS]", "");
    let about = command.get_about().unwrap().to_string();
    page.push_str(&format!(".SS \"{}\"\n{}.\n", escape(&usage), escape(&about)));
    let common = ["config", "help", "socket", "version"];
    for argument in command.get_arguments().filter(|argument| !common.contains(&argument.get_id().as_str())) {
        let name = match (argument.get_long(), argument.get_value_names()) {
            (Some(long), _) => format!("--{long}"),
            (None, Some([name, ..])) => name.to_string(),
            (None, _) => argument.get_id().to_string(),
        };
        let help = argument.get_help().unwrap().to_string();
        page.push_str(&format!(".TP\n\\fB{}\\fR\n{}.\n", escape(&name), escape(&help)));
    }
    if let Some(after) = command.get_after_help() {
        page.push_str(&format!(".PP\n.nf\n{}\n.fi\n", escape(&after.to_string())));
    }
}

/// A hyphen would become a typographer's one, and a line that begins with a full stop a command of roff's.
fn escape(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('"', "\\(dq");
    let lines = text
        .lines()
        .map(|line| if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line.to_owned() });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_manual_page_is_that_of_the_program() {
    let path = root().join("docs/vitrine.1");
    let page = manual_page();
    if std::env::var_os("VITRINE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/vitrine.1 is not what the commands' definition makes; write it anew with: \
         VITRINE_WRITE_DOCS=1 cargo test --test documents"
    );
}

#[test]
fn the_reader_of_documents_reads() {
    let rows: [(&str, Option<&[&str]>); 6] = [
        ("$ vitrine status --json | jq .", Some(&["vitrine", "status", "--json"])),
        ("sudo vitrine check 'a b'   # comment", Some(&["vitrine", "check", "a b"])),
        ("VITRINE_LOG=debug target/release/vitrine run", Some(&["target/release/vitrine", "run"])),
        ("virsh list", None),
        ("# only a comment", None),
        ("", None),
    ];
    for (line, expected) in rows {
        assert_eq!(
            call(line).as_deref(),
            expected.map(|words| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>()).as_deref(),
            "{line}"
        );
    }
    let text = "# One title, `odd`\n```sh\na `b`\n```\nsee `c d` and `e`\n";
    assert_eq!(inline_code(text), [(1, "odd"), (5, "c d"), (5, "e")]);
    assert_eq!(anchors(text), ["one-title-odd"]);
    assert_eq!(lines(text).filter(|(_, language, _)| *language == Some("sh")).count(), 1);
}
