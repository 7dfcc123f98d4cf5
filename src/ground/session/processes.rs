//! The processes of this computer (proc(5)).

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::ground::User;

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ground) struct Process {
    pub(in crate::ground) pid: u32,
    pub(in crate::ground) parent: u32,
    pub(in crate::ground) uid: u32,
    /// Its name, cut at 15 characters.
    pub(in crate::ground) name: String,
    /// Its command line.
    pub(in crate::ground) line: Vec<String>,
}

/// All that live now.
pub(in crate::ground) fn all() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| of(entry.file_name().to_str()?.parse().ok()?)).collect()
}

fn of(pid: u32) -> Option<Process> {
    let folder = PathBuf::from(format!("/proc/{pid}"));
    let (name, parent) = name_and_parent(&fs::read_to_string(folder.join("stat")).ok()?)?;
    let line = words(&fs::read(folder.join("cmdline")).ok()?);
    Some(Process { pid, parent, uid: fs::metadata(&folder).ok()?.uid(), name, line })
}

/// The second and the fourth field of `stat`; none for what is dead and only not buried yet (proc_pid_stat(5)).
fn name_and_parent(stat: &str) -> Option<(String, u32)> {
    let (before, after) = stat.rsplit_once(')')?;
    let name = before.split_once('(')?.1.to_owned();
    let mut fields = after.split_whitespace();
    let state = fields.next()?;
    if state == "Z" { None } else { Some((name, fields.next()?.parse().ok()?)) }
}

fn words(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_suffix('\0').unwrap_or(&text);
    if text.is_empty() { Vec::new() } else { text.split('\0').map(str::to_owned).collect() }
}

/// The environment that a process was started with; `None` where that may not be known.
pub(in crate::ground) fn environment(pid: u32) -> Option<BTreeMap<String, String>> {
    let bytes = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let pair = |word: String| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    Some(words(&bytes).into_iter().filter_map(pair).collect())
}

/// A process and those that it descends from.
pub(in crate::ground) fn line_of(processes: &[Process], pid: u32) -> Vec<u32> {
    let mut line = vec![pid];
    // No line is longer, whatever has changed meanwhile.
    while line.len() < 16
        && let Some(process) = line.last().and_then(|pid| processes.iter().find(|other| other.pid == *pid))
        && process.parent > 0
    {
        line.push(process.parent);
    }
    line
}

/// The daemons: `vitrine run`.
pub(in crate::ground) fn daemons(processes: &[Process]) -> impl Iterator<Item = &Process> {
    processes.iter().filter(|process| {
        let [program, rest @ ..] = process.line.as_slice() else { return false };
        is_called(program, "vitrine") && rest.iter().any(|word| word == "run")
    })
}

/// Whether a path or a name is that of a program.
pub(in crate::ground) fn is_called(word: &str, name: &str) -> bool {
    Path::new(word).file_name().is_some_and(|file| file == name)
}

/// An X session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ground) struct XSession {
    /// `$DISPLAY`.
    pub(in crate::ground) display: String,
    /// `$XAUTHORITY`, or the usual file where it is there.
    pub(in crate::ground) authority: Option<PathBuf>,
    /// The whole environment.
    pub(in crate::ground) environment: BTreeMap<String, String>,
}

/// The X session of the kiosk's user: as its own programs have it.
pub(in crate::ground) fn x_session(user: &User, processes: &[Process]) -> Option<XSession> {
    let own = rustix::process::geteuid().as_raw() == user.uid;
    let mine = || std::env::vars().collect::<BTreeMap<_, _>>();
    if own && let Some(session) = session_of(mine(), user) {
        return Some(session);
    }
    // The daemon first: it is its session that counts. A viewer has it of a daemon.
    let rank = |process: &&Process| {
        let names = ["vitrine", "openbox", "virt-viewer", "vitrine-session"];
        names.iter().position(|name| process.name == *name).unwrap_or(names.len())
    };
    let mut all: Vec<&Process> = processes.iter().filter(|process| process.uid == user.uid).collect();
    all.sort_by_key(rank);
    all.into_iter().find_map(|process| session_of(environment(process.pid)?, user))
}

fn session_of(environment: BTreeMap<String, String>, user: &User) -> Option<XSession> {
    // Not one that a log-in from elsewhere has brought along.
    let display = environment.get("DISPLAY").filter(|display| display.starts_with(':'))?.clone();
    let socket = display
        .trim_start_matches(':')
        .split('.')
        .next()
        .map(|number| format!("/tmp/.X11-unix/X{number}"))?;
    if !Path::new(&socket).exists() {
        return None;
    }
    let named = environment.get("XAUTHORITY").map(PathBuf::from);
    let authority = named.or_else(|| Some(user.home.join(".Xauthority")).filter(|file| file.exists()));
    Some(XSession { display, authority, environment })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_have_brackets_and_spaces() {
        for (stat, expected) in [
            ("12 (vitrine) S 1 12 12 0", Some(("vitrine", 1))),
            ("13 (a) b (c)) R 7 1", Some(("a) b (c)", 7))),
            ("14 (gone) Z 1 1", None),
            ("", None),
        ] {
            assert_eq!(name_and_parent(stat), expected.map(|(name, parent)| (name.to_owned(), parent)));
        }
    }

    #[test]
    fn daemons_are_told_from_other_commands() {
        let process = |line: &[&str]| Process {
            pid: 1,
            parent: 0,
            uid: 0,
            name: String::new(),
            line: line.iter().map(ToString::to_string).collect(),
        };
        for (line, is) in [
            (&["vitrine", "run"] as &[&str], true),
            (&["/usr/local/bin/vitrine", "run", "--config", "x"], true),
            (&["vitrine", "status"], false),
            (&["vitrine-session", "start", "run"], false),
            (&[], false),
        ] {
            assert_eq!(daemons(&[process(line)]).count() == 1, is, "{line:?}");
        }
    }

    #[test]
    fn this_process_descends_from_its_parent() {
        let line = line_of(&all(), std::process::id());
        assert_eq!(line.get(..2), Some([std::process::id(), std::os::unix::process::parent_id()].as_slice()));
    }
}
