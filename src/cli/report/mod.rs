//! `vitrine report`: one file with what a developer would ask for, without secrets. It changes nothing and sends nothing.

mod archive;
mod parts;
mod redact;

use std::io::{ErrorKind, IsTerminal as _, stderr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Zoned;

use self::archive::Archive;
use self::parts::{Context, Found};
use self::redact::{Redactor, is_secret};
use super::client::Daemon;
use super::{Outcome, doctor, fail, incidents, progress, say, session};
use crate::core::types::{Told, WallTime};
use crate::words::{self, Language, tr};

/// What is wanted.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// Only list what would be in it, and what is missing and why
    #[arg(long)]
    list: bool,
    /// Pictures of what visitors see on each monitor just now, too
    #[arg(long)]
    pictures: bool,
    /// How far back its logs go, in days [default: 7]
    #[arg(long, value_name = "DAYS", default_value_t = 7, hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=365))]
    days: u32,
    /// The file, which must not exist yet [default: vitrine-report-DATE.tar.gz in this folder]
    #[arg(long, value_name = "FILE", conflicts_with = "list")]
    output: Option<PathBuf>,
}

pub(super) fn command(wanted: &Wanted, daemon: &Daemon, file: Option<&Path>) -> Outcome {
    session::enter();
    let asked = match doctor::asked(None, daemon, file) {
        Ok(asked) => asked,
        Err(outcome) => return outcome,
    };
    let now = Zoned::now();
    let name = format!("vitrine-report-{}", now.strftime("%Y%m%d-%H%M%S"));
    let mut known = own_secrets();
    known.extend(asked.settings.iter().flat_map(parts::known_secrets));
    let context = Arc::new(Context {
        asked,
        journal: incidents::journal_file(file),
        days: wanted.days,
        pictures: wanted.pictures,
        now: WallTime(now.timestamp().as_millisecond()),
    });
    let shows = stderr().is_terminal();
    let found = parts::gather(&context, |part| {
        if shows {
            progress(Some(&tr!("looking … {part}", part = part)));
        }
    });
    if shows {
        progress(None);
    }
    let (archive, missing) = pack(found, Redactor::new(known), &name);
    let listed = listed(&archive, &missing);
    if wanted.list {
        return say(&listed);
    }
    say(&listed);
    let path = wanted.output.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.tar.gz")));
    let at = u64::try_from(now.timestamp().as_second()).unwrap_or_default();
    match archive.write(&path, &name, at) {
        Ok(size) => say(&tr!(
            "{file} is written: {size} bytes. Passwords, tokens, hashes and keys were taken out of it; what somebody wrote \
             into a sentence cannot be known, so look through it before you hand it on: tar -xzf {file}",
            file = path.display(),
            size = size
        )),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let text =
                tr!("{file} is there already, and is left as it is; name another one", file = path.display());
            fail(&text, Outcome::NotWell)
        }
        Err(error) => {
            let text = tr!("{file} cannot be written: {error}", file = path.display(), error = error);
            fail(&text, Outcome::NotWell)
        }
    }
}

/// What this command's own environment has that is secret.
fn own_secrets() -> Vec<String> {
    let variables = std::env::vars_os();
    let secret =
        variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    secret.filter(|(name, _)| is_secret(name)).map(|(_, value)| value).collect()
}

/// Everything that was found as an archive, with a file that tells what it is; and what is missing.
fn pack(found: Vec<Found>, redactor: Redactor, name: &str) -> (Archive, Vec<(String, Told)>) {
    let mut archive = Archive::new(redactor);
    let mut missing = Vec::new();
    // It is for whoever develops Vitrine.
    words::speaking(Language::English, || {
        for one in found {
            match one {
                Found::Text(name, text) => archive.text(&name, &text),
                Found::Picture(name, png) => {
                    if !archive.picture(&name, png) {
                        missing.push((name, crate::words::told!("it is too large")));
                    }
                }
                Found::Missing(name, why) => missing.push((name, why)),
            }
        }
        let mut about = tr!(
            "{name}: a report of Vitrine {version} for its developers, made by `vitrine report`. Secrets were replaced by \
             {removed}.",
            name = name,
            version = env!("CARGO_PKG_VERSION"),
            removed = redact::REMOVED
        );
        about.push_str("\n\n");
        about.push_str(&listed(&archive, &missing));
        archive.text("README.txt", &about);
    });
    (archive, missing)
}

/// What is in it, with the sizes in bytes, and what is missing.
fn listed(archive: &Archive, missing: &[(String, Told)]) -> String {
    let mut text = String::new();
    for entry in &archive.entries {
        text.push_str(&format!("{:>10}  {}\n", entry.bytes.len(), entry.name));
    }
    if !missing.is_empty() {
        text.push_str(&format!("\n{}\n", tr!("Missing:")));
    }
    for (name, why) in missing {
        text.push_str(&format!("  {name}: {}\n", words::say(why)));
    }
    text
}

#[cfg(test)]
mod tests;
