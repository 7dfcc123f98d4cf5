//! What people type: the commands and their exit codes.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod act;
mod client;
mod doctor;
mod guest;
mod help;
mod images;
mod import;
mod incidents;
mod layout;
mod local;
mod log;
mod panel;
mod report;
mod screens;
mod secrets;
mod session;
mod snapshots;
mod status;

use std::io::{BufRead as _, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::core::text;
use crate::daemon::{End, Options};
use crate::words::{self, tr};

pub use status::{Style, render as render_status};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Well: exit code 0.
    Well,
    /// Not well, or it could not be done: exit code 1.
    NotWell,
    /// Wrong usage or configuration: exit code 2.
    Wrong,
    /// The X server has gone under the daemon: exit code 3.
    DisplayLost,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Well => Self::SUCCESS,
            Outcome::NotWell => Self::from(1),
            Outcome::Wrong => Self::from(2),
            Outcome::DisplayLost => Self::from(End::DISPLAY_LOST),
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  vitrine check                           is the configuration right?
  vitrine screens                         which monitors are there, under what names?
  vitrine status                          is everything on display?
  vitrine doctor                          what is wrong, and what is to be done?
  vitrine hold eden-garden                leave it alone while somebody works on it
  vitrine snapshot create eden-garden     this is how it shall always come back
  vitrine resume eden-garden              watch over it again
  vitrine revert --all                    put every exhibit back to its snapshot
  vitrine incidents --since 7d            what went wrong in the last week?

Exit codes: 0 well, 1 not well, 2 wrong usage or configuration; of `vitrine run` also 3: the X server has gone.";

/// Keeps digital artworks in virtual machines on display.
///
/// `vitrine run` is the daemon of the kiosk session: it shows every artwork on its monitor, notices when one has
/// stopped working, and puts it back to its snapshot. The other commands are for people; most of them speak to the
/// running daemon.
#[derive(Debug, Parser)]
#[command(name = "vitrine", version, max_term_width = 100, after_long_help = EXAMPLES)]
struct Cli {
    /// The configuration [default: $VITRINE_CONFIG, $XDG_CONFIG_HOME/vitrine/vitrine.toml,
    /// /etc/vitrine/vitrine.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The running daemon's socket [default: $VITRINE_SOCKET, the configuration's,
    /// $XDG_RUNTIME_DIR/vitrine/control.sock]
    #[arg(long, global = true, value_name = "PATH")]
    socket: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon: show the exhibits and watch over them until told to end
    Run,
    /// Check the configuration, and report everything that is wrong with it
    Check {
        /// The file to check, in place of the usual one
        file: Option<PathBuf>,
        /// Read the file, and look at nothing else: no curtains, no monitors, no VMs
        #[arg(long)]
        file_only: bool,
    },
    /// Find out what is wrong with this computer and its artworks, how that is known, and what to do
    #[command(after_help = "Examples:\n  vitrine doctor\n  vitrine doctor eden-garden\n  \
                            vitrine doctor --fix                     asks before each thing that it does\n\n\
                            It works whether or not the daemon runs, changes nothing without --fix, and disturbs no \
                            artwork. As root it finds out more. Exit code 1 where something is ill.")]
    Doctor(doctor::Wanted),
    /// Turn the configuration of the Exhibition VM Controller into one of Vitrine's, and tell what became of each key
    #[command(after_help = "Examples:\n  vitrine import config.yaml\n  \
                            vitrine import config.yaml --output vitrine.toml\n  \
                            vitrine import configs/eden.yaml configs/orbit.yaml\n\n\
                            The account goes to the standard error output where the TOML goes to the standard output. \
                            Nothing of the old controller is changed. Exit code 1 where a value was refused or a key is \
                            unknown.")]
    Import(import::Wanted),
    /// Pack what a developer would ask for into one file, without secrets
    #[command(
        after_help = "Examples:\n  vitrine report --list\n  vitrine report\n  sudo vitrine report --pictures\n\n\
                            It works whether or not the daemon runs, and sends nothing. As root it has more. Look through \
                            the file before you hand it on."
    )]
    Report(report::Wanted),
    /// List the monitors, and the lines that name them in the configuration
    #[command(after_help = "Examples:\n  vitrine screens\n  vitrine screens --identify\n  \
                            DISPLAY=:0 vitrine screens --shot /tmp   from another terminal or by SSH")]
    Screens {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Write on each monitor what it is called, for ten seconds
        #[arg(long, conflicts_with_all = ["json", "shot"])]
        identify: bool,
        /// Write a picture of what visitors see on each monitor into this folder, as CONNECTOR.png
        #[arg(long, value_name = "DIR", conflicts_with = "json")]
        shot: Option<PathBuf>,
    },
    /// Tell whether everything is on display (exit code 1 when it is not)
    Status {
        /// Only this exhibit
        exhibit: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List what went wrong, when, and what was done about it
    #[command(after_help = "Examples:\n  vitrine incidents --since 7d\n  \
                            vitrine incidents 42\n  \
                            vitrine incidents 42 --picture seen.jpg\n  \
                            vitrine incidents --summary --month 2026-11\n\n\
                            The journal is read whether or not the daemon runs.")]
    Incidents(incidents::Wanted),
    /// Start an exhibit from its snapshot; ends a stop
    #[command(after_help = "Example: vitrine start eden-garden")]
    Start(Which),
    /// Stop an exhibit, and leave it so until it is started
    #[command(after_help = "Example: vitrine stop eden-garden")]
    Stop(Which),
    /// Put an exhibit back to its snapshot, and wait until it is
    #[command(after_help = "Example: vitrine revert eden-garden")]
    Revert(Which),
    /// Leave an exhibit alone: watched and shown, but not touched
    #[command(after_help = "Examples:\n  vitrine hold eden-garden\n  \
                            vitrine hold eden-garden --for 2h\n  \
                            vitrine hold eden-garden --until 18:00 --reason \"the floor is cleaned\"\n\n\
                            It lasts until `vitrine resume eden-garden`, or until the end that is given.")]
    Hold {
        #[command(flatten)]
        which: Which,
        /// It ends by itself after this time, such as 2h or 30m
        #[arg(long = "for", value_name = "TIME", conflicts_with = "until")]
        lasts: Option<String>,
        /// It ends by itself then, such as 18:00 or "2026-11-30 10:00"
        #[arg(long, value_name = "WHEN")]
        until: Option<String>,
        /// Why, for whoever finds it held
        #[arg(long, value_name = "WORDS")]
        reason: Option<String>,
    },
    /// End the hold of an exhibit
    #[command(after_help = "Example: vitrine resume eden-garden")]
    Resume(Which),
    /// List, create and delete the snapshots of an exhibit
    #[command(subcommand)]
    Snapshot(SnapshotCommand),
    /// Ask for a password, and print the lines of the configuration that let its owner log in
    #[command(after_help = "Examples:\n  vitrine passwd anna\n  vitrine passwd --role view guide\n\n\
                            Where the standard input is no terminal, the password is its first line.")]
    Passwd(secrets::Whom),
    /// Make a secret for a program, and print it with the lines of the configuration that make it known
    #[command(after_help = "Example: vitrine token --role operate door-bell")]
    Token(secrets::Whom),
    /// Let staff use the panel from other computers, or end that
    #[command(subcommand)]
    Panel(panel::Command),
    /// Put the guest kit for an exhibit on a CD or a floppy, and that into its VM's drive
    #[command(subcommand)]
    Guest(guest::Command),
    /// What `vitrine run` runs: look at the VMs of the configuration on the standard input, and print what will fail
    #[command(hide = true)]
    Foresee {
        /// The libvirt to ask
        uri: String,
    },
    /// What the unit vitrine-images.service does, and how to take it back
    #[command(subcommand, hide = true)]
    Images(images::Command),
}

impl Command {
    /// Whether its words go to the log.
    fn runs_as_a_unit(&self) -> bool {
        matches!(
            self,
            Self::Run | Self::Foresee { .. } | Self::Images(images::Command::Begin | images::Command::End)
        )
    }
}

/// Which exhibits.
#[derive(Debug, Args)]
struct Which {
    /// The exhibit's name, or several
    #[arg(value_name = "EXHIBIT", required_unless_present = "all", conflicts_with = "all")]
    exhibits: Vec<String>,
    /// All exhibits
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Subcommand)]
enum SnapshotCommand {
    /// List the names of the snapshots
    List {
        /// The exhibit's name
        exhibit: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a snapshot of the artwork as it is now, or replace one
    #[command(after_help = "Examples:\n  vitrine snapshot create eden-garden\n  \
                            vitrine snapshot create eden-garden before-update\n\n\
                            The former snapshot is there until the artwork was put to the new one and gave a sign \
                            of life.")]
    Create {
        /// The exhibit's name
        exhibit: String,
        /// The snapshot's name [default: the configured one, which the exhibit is put back to]
        name: Option<String>,
    },
    /// Make an internal snapshot of an external one, as virt-manager makes them
    #[command(after_help = "Examples:\n  vitrine snapshot convert eden-garden\n  \
                            vitrine snapshot convert eden-garden --present\n\n\
                            The artwork is put to its snapshot, its disks are copied to new files, and the new \
                            snapshot must prove itself there. The former files and the former snapshot stay.")]
    Convert {
        /// The exhibit's name
        exhibit: String,
        /// Keep the artwork as it is now, in place of the state of the former snapshot
        #[arg(long)]
        present: bool,
    },
    /// Delete a snapshot
    Delete {
        /// The exhibit's name
        exhibit: String,
        /// The snapshot's name
        name: String,
    },
}

/// Does what the command line says.
pub fn main() -> ExitCode {
    let matches = help::in_language(definition(), words::locales_language()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    // What goes to the log is English, and so is what people search for.
    if !cli.command.runs_as_a_unit() {
        words::speak_the_locales_language();
    }
    crate::host::process::take_name(matches.subcommand_name().unwrap_or_default());
    run(cli).into()
}

/// The definition of the command line, for the manual page and the completions.
pub fn definition() -> clap::Command {
    Cli::command()
}

fn run(cli: Cli) -> Outcome {
    let Cli { config, socket, command } = cli;
    let find = || client::Daemon::find(socket.clone(), config.as_deref());
    match command {
        Command::Run => local::run(&Options { config, socket }),
        Command::Check { file, file_only } => local::check(file.or(config).as_deref(), file_only),
        Command::Doctor(wanted) => doctor::command(&wanted, &find(), config.as_deref()),
        Command::Import(wanted) => import::command(wanted),
        Command::Report(wanted) => report::command(&wanted, &find(), config.as_deref()),
        Command::Screens { json, identify: false, shot: None } => screens::command(&find(), json),
        Command::Screens { shot: Some(folder), .. } => screens::shot(&folder),
        Command::Screens { .. } => screens::identify(&find()),
        Command::Status { exhibit, json } => status::command(&find(), exhibit.as_deref(), json),
        Command::Incidents(wanted) => incidents::command(&wanted, config.as_deref()),
        Command::Start(which) => act::command(&find(), &act::START, which.exhibits),
        Command::Stop(which) => act::command(&find(), &act::STOP, which.exhibits),
        Command::Revert(which) => act::command(&find(), &act::REVERT, which.exhibits),
        Command::Hold { which, lasts, until, reason } => {
            act::hold(&find(), which.exhibits, lasts.as_deref(), until.as_deref(), reason.as_deref())
        }
        Command::Resume(which) => act::command(&find(), &act::RESUME, which.exhibits),
        Command::Passwd(whom) => secrets::passwd(&whom),
        Command::Token(whom) => secrets::token(&whom),
        Command::Panel(command) => panel::command(&command, &find(), config.as_deref()),
        Command::Guest(command) => guest::command(command, config.as_deref()),
        Command::Foresee { uri } => doctor::foresee(uri),
        Command::Images(command) => images::command(command, config.as_deref()),
        Command::Snapshot(SnapshotCommand::List { exhibit, json }) => {
            snapshots::list(&find(), &exhibit, json)
        }
        Command::Snapshot(SnapshotCommand::Create { exhibit, name }) => {
            snapshots::create(&find(), exhibit, name.as_deref())
        }
        Command::Snapshot(SnapshotCommand::Convert { exhibit, present }) => {
            snapshots::convert(&find(), exhibit, present)
        }
        Command::Snapshot(SnapshotCommand::Delete { exhibit, name }) => {
            snapshots::delete(&find(), exhibit, &name)
        }
    }
}

/// Prints to the standard output. That nobody reads it any more (`| head`) is no fault.
fn say(text: &str) -> Outcome {
    let _ = std::io::stdout().lock().write_all(lines(text).as_bytes());
    Outcome::Well
}

/// Tells why the command could not do what it should, and how it ends by that.
fn fail(text: &str, outcome: Outcome) -> Outcome {
    tell(&format!("vitrine: {}", text.trim_end()));
    outcome
}

/// Prints to the standard error output.
fn tell(text: &str) {
    let _ = std::io::stderr().lock().write_all(lines(text).as_bytes());
}

/// Asks at the terminal whether to do what was shown.
fn confirmed() -> bool {
    tell(&tr!("Do it? [y/N]"));
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    // In German people say "ja".
    read.is_ok() && matches!(line.trim().to_lowercase().as_str(), "y" | "yes" | "j" | "ja")
}

/// Shows in the last line of a terminal how far something is; `None` takes that line away.
fn progress(text: Option<&str>) {
    let line = text.map_or_else(|| "\r\x1b[K".to_owned(), |text| format!("\r\x1b[K{} ", text::visible(text)));
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

/// A text of whole lines for a terminal, on which nothing in it acts but our own colours: names and messages in it
/// may be from guests and from other programs.
fn lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 1);
    for (index, part) in text.trim_end_matches('\n').split('\n').enumerate() {
        if index > 0 {
            shown.push('\n');
        }
        let mut painted = part.split('\x1b');
        shown.push_str(&text::visible(painted.next().unwrap_or_default()));
        for part in painted {
            match status::PAINT.iter().find_map(|code| Some((code, part.strip_prefix(code)?))) {
                Some((code, rest)) => {
                    shown.extend(["\x1b", code]);
                    shown.push_str(&text::visible(rest));
                }
                None => shown.extend([text::visible("\x1b"), text::visible(part)]),
            }
        }
    }
    shown.push('\n');
    shown
}

/// Prints a value as JSON.
fn say_json(value: &impl serde::Serialize) -> Outcome {
    match serde_json::to_string_pretty(value) {
        Ok(text) => say(&json(&text)),
        Err(error) => fail(&tr!("this cannot be written as JSON: {error}", error = error), Outcome::NotWell),
    }
}

/// Prints a value as one line of JSON, for a program.
fn say_line(value: &impl serde::Serialize) -> Outcome {
    match serde_json::to_string(value) {
        Ok(text) => say(&text),
        Err(error) => fail(&tr!("this cannot be written as JSON: {error}", error = error), Outcome::NotWell),
    }
}

/// The same JSON, in which what acts upon a terminal is written in JSON's own way.
fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && text::acts(c) {
            let mut units = [0; 2];
            shown.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Colours only for people at a terminal that has them, and never against their wish (<https://no-color.org>).
fn colours() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal()
        && !set("NO_COLOR")
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_our_own_colours_acts_on_a_terminal() {
        for (text, expected) in [
            ("well\n", "well\n"),
            ("well", "well\n"),
            ("", "\n"),
            ("a\n\n  b\n", "a\n\n  b\n"),
            ("\x1b[1;31m!\x1b[0m it", "\x1b[1;31m!\x1b[0m it\n"),
            ("\x1b[2J\x1b]0;title\x07", "\\u{1b}[2J\\u{1b}]0;title\\u{7}\n"),
            ("\x1b[31", "\\u{1b}[31\n"),
            ("a\r\tb\u{202e}c", "a\\r\\tb\\u{202e}c\n"),
        ] {
            assert_eq!(lines(text), expected);
        }
    }

    #[test]
    fn json_stays_the_same_json() {
        let value = serde_json::json!({"a\u{202e}": ["\u{9b}31m \u{e0041} äö\u{1b}\n", "\u{7f}"]});
        let shown = json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!shown.replace('\n', "").contains(text::acts), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }
}
