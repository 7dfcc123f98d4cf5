//! The programs that run, as `/proc` lists them (proc(5)).

use std::fs;
use std::path::Path;

use vitrine_guest_protocol::text::file_name;

/// A program that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) process: i32,
    /// What it may be called: its file, the word that it was started with, the script that it runs, and what the
    /// kernel calls it. The best one first.
    pub(crate) names: Vec<Vec<u8>>,
}

impl Program {
    pub(crate) fn is(&self, name: &[u8]) -> bool {
        self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    pub(crate) fn name(&self) -> &[u8] {
        self.names.first().map_or(&[], Vec::as_slice)
    }
}

/// Programs that run others' scripts: what stands behind them in the command is what people mean.
const INTERPRETERS: &[&str] = &[
    "ash", "bash", "dash", "ksh", "mono", "node", "perl", "php", "python", "ruby", "sh", "tclsh", "wine",
    "wish", "zsh",
];

/// Whether a program of this name runs scripts; `python3.11` does as `python` does.
pub(crate) fn is_interpreter(name: &[u8]) -> bool {
    let letters = name.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (name, version) = name.split_at(letters);
    let is_version = version.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.' || *byte == b'-');
    is_version && INTERPRETERS.iter().any(|known| known.as_bytes() == name)
}

/// All that run. Those that have ended, and are only still listed, do not.
pub(crate) fn list() -> Vec<Program> {
    let entries = match fs::read_dir("/proc") {
        Ok(entries) => entries,
        Err(_) => return Vec::new(),
    };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(read).collect()
}

fn read(process: i32) -> Option<Program> {
    let folder = format!("/proc/{process}");
    let stat = fs::read(format!("{folder}/stat")).ok()?;
    let command = fs::read(format!("{folder}/cmdline")).unwrap_or_default();
    let file = fs::read_link(format!("{folder}/exe")).ok();
    let file = file.as_deref().and_then(Path::file_name).map(|name| name.as_encoded_bytes().to_vec());
    if command.is_empty() && file.is_none() {
        // A part of the kernel.
        return None;
    }
    let names = names_of(&stat, &command, file)?;
    Some(Program { process, names })
}

/// What a program may be called; `None` where it has ended.
fn names_of(stat: &[u8], command: &[u8], file: Option<Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    // The kernel's name may have anything in it, brackets too.
    let open = stat.iter().position(|byte| *byte == b'(')?;
    let close = stat.iter().rposition(|byte| *byte == b')')?;
    let state = stat.get(close + 2)?;
    if matches!(state, b'Z' | b'X' | b'x') {
        return None;
    }
    let kernels = stat.get(open + 1..close)?.to_vec();
    let mut words = command.split(|byte| *byte == 0);
    let first = words.next().map(file_name).unwrap_or_default();
    let mut words = words.take_while(|word| !matches!(*word, b"-c" | b"-e" | b"-m"));
    let script = words.find(|word| !word.starts_with(b"-")).map(file_name).unwrap_or_default();
    let mut names = Vec::new();
    // A file that was replaced while it runs.
    let file = file.map(|name| name.strip_suffix(b" (deleted)").unwrap_or(&name).to_vec());
    let runs_script = is_interpreter(first) || file.as_deref().is_some_and(is_interpreter);
    if runs_script && !script.is_empty() {
        names.push(script.to_vec());
    }
    names.extend(file);
    names.push(first.to_vec());
    names.push(kernels);
    names.retain(|name| !name.is_empty());
    names.dedup();
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_may_be_called() {
        let rows: &[(&str, &str, Option<&str>, &[&str])] = &[
            ("7 (eden) S 1", "/opt/eden/eden\0--full\0", Some("eden"), &["eden"]),
            // The kernel keeps 15 letters.
            (
                "7 (a-very-long-nam) R 1",
                "./a-very-long-name-indeed\0",
                None,
                &["a-very-long-name-indeed", "a-very-long-nam"],
            ),
            (
                "7 (python3) S 1",
                "python3\0-u\0/opt/eden/main.py\0",
                Some("python3.11"),
                &["main.py", "python3.11", "python3"],
            ),
            (
                "7 (start.sh) S 1",
                "/bin/sh\0/opt/start.sh\0",
                Some("dash"),
                &["start.sh", "dash", "sh", "start.sh"],
            ),
            ("7 (sh) S 1", "sh\0-c\0/opt/eden/eden --full\0", Some("dash"), &["dash", "sh"]),
            ("7 (su) S 1", "su\0artist\0", Some("su"), &["su"]),
            ("7 (odd) (name) S 1", "", None, &["odd) (name"]),
            ("7 (eden) S 1", "/opt/eden/eden\0", Some("eden (deleted)"), &["eden"]),
        ];
        for (stat, command, file, expected) in rows {
            let names =
                names_of(stat.as_bytes(), command.as_bytes(), file.map(|file| file.as_bytes().to_vec()));
            let names: Vec<String> =
                names.unwrap().iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
            assert_eq!(names, *expected, "{stat}");
        }
        assert_eq!(names_of(b"7 (eden) Z 1", b"", None), None, "one that has ended");
        assert_eq!(names_of(b"nonsense", b"", None), None);
    }

    #[test]
    fn interpreters() {
        for (name, is) in [
            ("python3.11", true),
            ("sh", true),
            ("perl", true),
            ("eden", false),
            ("shed", false),
            ("", false),
        ] {
            assert_eq!(is_interpreter(name.as_bytes()), is, "{name}");
        }
    }

    #[test]
    fn this_one_runs() {
        let me = i32::try_from(std::process::id()).unwrap();
        assert!(list().iter().any(|program| program.process == me && !program.name().is_empty()));
    }
}
