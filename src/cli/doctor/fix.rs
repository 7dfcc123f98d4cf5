//! `--fix`: does what is safe and can be taken back, each after it was shown.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, stdin};
use std::process::{Command as Process, Stdio};

use super::super::{confirmed, say, tell};
use super::{Finding, area_name};
use crate::doctor::{Command, Remedy};
use crate::ground::program;
use crate::words::{self, tr};

/// Whether anything was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Something,
    Nothing,
}

/// What is said to a remedy that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Yes,
    No,
    /// Nobody is there to be asked.
    Nobody,
}

/// How far a remedy was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    Whole,
    Part,
    Nothing,
}

/// The remedies that were shown: each is once.
pub(super) type Shown = BTreeSet<String>;

/// Shows each remedy that is safe, asks for it unless all are wanted, and does it.
pub(super) fn run(findings: &[Finding], all: bool, shown: &mut Shown) -> Done {
    go_through(findings, shown, &mut || if all { Wish::Yes } else { wished() }, &mut give)
}

fn go_through(
    findings: &[Finding],
    shown: &mut Shown,
    wished: &mut dyn FnMut() -> Wish,
    give: &mut dyn FnMut(&Command) -> Result<(), String>,
) -> Done {
    let mut done = Done::Nothing;
    let mut nobody = false;
    for finding in findings {
        let Some(remedy) = finding.remedy.as_ref().filter(|remedy| remedy.is_safe()) else { continue };
        let lines = pasted(&remedy.commands);
        // Two checks may have one remedy.
        if !shown.insert(lines.clone()) {
            continue;
        }
        let about = finding.exhibit.clone().unwrap_or_else(|| area_name(finding.check.area));
        say(&format!("\n{about}: {}\n{}\n{lines}", words::say(&finding.evidence), words::say(&remedy.words)));
        match wished() {
            Wish::Yes => {}
            Wish::No => continue,
            Wish::Nobody => {
                nobody = true;
                continue;
            }
        }
        let back = pasted(&remedy.undo);
        let text = match does(remedy, give) {
            Extent::Whole => tr!("done; this takes it back:\n{commands}", commands = back),
            Extent::Part => {
                tr!("only a part of it was done; this takes it back:\n{commands}", commands = back)
            }
            Extent::Nothing => continue,
        };
        say(&text);
        done = Done::Something;
    }
    if shown.is_empty() {
        say(&tr!(
            "There is nothing here that --fix does: what is safe and can be taken back. The rest is left to you."
        ));
    }
    if nobody {
        tell(&tr!("vitrine: nothing was done: nobody is there to be asked; --yes does it without"));
    }
    done
}

/// Commands as they are shown, one a line.
fn pasted(commands: &[Command]) -> String {
    commands.iter().map(|command| format!("    {command}")).collect::<Vec<_>>().join("\n")
}

/// Asks whoever is there. Without a terminal nobody says yes.
fn wished() -> Wish {
    if !stdin().is_terminal() {
        return Wish::Nobody;
    }
    if confirmed() { Wish::Yes } else { Wish::No }
}

/// Gives the commands of a remedy, up to the first that fails.
fn does(remedy: &Remedy, give: &mut dyn FnMut(&Command) -> Result<(), String>) -> Extent {
    for (given, command) in remedy.commands.iter().enumerate() {
        if let Err(why) = give(command) {
            tell(&tr!("vitrine: this was not done: {command}: {why}", command = command, why = why));
            return if given > 0 { Extent::Part } else { Extent::Nothing };
        }
    }
    Extent::Whole
}

/// Runs a command, by sudo where root is needed. What it is asked for it asks at the terminal itself, as sudo does for a
/// password (sudo(8)); where there is none, it is not to wait for an answer.
fn give(command: &Command) -> Result<(), String> {
    let mut words = command.words.clone();
    if command.as_root && !rustix::process::geteuid().is_root() {
        if !program::is_there("sudo") {
            return Err(tr!("only root may do it, and there is no sudo here"));
        }
        let sudo = if stdin().is_terminal() { &["sudo"] as &[&str] } else { &["sudo", "-n"] };
        words.splice(0..0, sudo.iter().map(|word| (*word).to_owned()));
    }
    let (name, arguments) = words.split_first().ok_or_else(String::new)?;
    let file =
        program::find(name).ok_or_else(|| tr!("the program '{program}' is not installed", program = name))?;
    let status = Process::new(file).args(arguments).stdin(Stdio::null()).status();
    let status = status.map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(status.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::types::Told;
    use crate::doctor::{Verdict, checks};

    /// A finding of some check, with these commands, each of which has something that takes it back.
    fn finding(commands: &[&'static str], safe: bool) -> Finding {
        let each = |way: &str| commands.iter().map(|name| Command::root([way, name])).collect::<Vec<_>>();
        Finding {
            check: checks().next().unwrap(),
            exhibit: None,
            verdict: Verdict::Ill,
            evidence: Told::text("it is so"),
            remedy: Some(Remedy::fix(
                Told::text("do"),
                each("do"),
                if safe { each("undo") } else { Vec::new() },
            )),
            rules_out: &[],
        }
    }

    /// What was given, and what came of all, where these commands fail.
    fn given(findings: &[Finding], wish: Wish, failing: &[&str]) -> (Vec<String>, Done) {
        let mut given = Vec::new();
        let done = go_through(findings, &mut Shown::new(), &mut || wish, &mut |command| {
            given.push(command.to_string());
            if failing.contains(&command.words[1].as_str()) { Err("no".to_owned()) } else { Ok(()) }
        });
        (given, done)
    }

    #[test]
    fn only_what_is_wished_and_can_be_taken_back_is_done() {
        let findings = [finding(&["a", "b"], true), finding(&["c"], false), finding(&["a", "b"], true)];
        let both = vec!["sudo do a".to_owned(), "sudo do b".to_owned()];
        assert_eq!(given(&findings, Wish::Yes, &[]), (both.clone(), Done::Something));
        assert_eq!(given(&findings, Wish::No, &[]), (Vec::new(), Done::Nothing));
        assert_eq!(given(&findings, Wish::Nobody, &[]), (Vec::new(), Done::Nothing));
        // What was done by half is looked at again, and so is what others have done.
        assert_eq!(given(&findings, Wish::Yes, &["b"]), (both.clone(), Done::Something));
        assert_eq!(given(&findings, Wish::Yes, &["a"]), (both[..1].to_vec(), Done::Nothing));
        let more = [finding(&["a", "b"], true), finding(&["d"], true)];
        let rest = vec!["sudo do a".to_owned(), "sudo do d".to_owned()];
        assert_eq!(given(&more, Wish::Yes, &["a"]), (rest, Done::Something));
    }

    #[test]
    fn how_far_it_was_done_is_known() {
        let remedy = finding(&["a", "b"], true).remedy.unwrap();
        for (failing, extent) in
            [(None, Extent::Whole), (Some("b"), Extent::Part), (Some("a"), Extent::Nothing)]
        {
            let mut give = |command: &Command| {
                if failing == Some(command.words[1].as_str()) { Err(String::new()) } else { Ok(()) }
            };
            assert_eq!(does(&remedy, &mut give), extent, "{failing:?}");
        }
    }
}
