//! Names and secrets for the API: `vitrine passwd` and `vitrine token`. They print lines for the configuration, and write
//! nothing themselves. And how people are asked for them.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::{Outcome, fail, say, tell};
use crate::core::types::Role;
use crate::host;
use crate::words::tr;

/// The fewest characters of a password (NIST SP 800-63B, 3.1.1.2).
const MIN_PASSWORD: usize = 8;
/// The most bytes of one that the log-in takes.
const MAX_PASSWORD: usize = 1024;

/// For whom.
#[derive(Debug, clap::Args)]
pub(super) struct Whom {
    /// The name, as the journal will show it
    name: String,
    /// What may be done with it
    #[arg(long, value_enum, default_value_t = Asked::Operate)]
    role: Asked,
}

/// A role, as it is typed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Asked {
    View,
    Operate,
}

impl Asked {
    fn code(self) -> &'static str {
        match self {
            Self::View => Role::View.code(),
            Self::Operate => Role::Operate.code(),
        }
    }
}

/// Asks for a password, and prints the lines that let its owner log in.
pub(super) fn passwd(whom: &Whom) -> Outcome {
    let password = match ask_password() {
        Ok(password) => password,
        Err(text) => return fail(&text, Outcome::Wrong),
    };
    match host::hash_password(&password) {
        Ok(hash) => {
            say(&table("account", whom, "password", &hash));
            tell(&tr!("Add these lines at the end of the configuration, and have it read again."));
            Outcome::Well
        }
        Err(error) => fail(&tr!("the password cannot be hashed: {error}", error = error), Outcome::NotWell),
    }
}

/// Makes a secret for a program, and prints it with the lines that make it known.
pub(super) fn token(whom: &Whom) -> Outcome {
    let secret = match host::new_secret() {
        Ok(secret) => secret,
        Err(error) => {
            let text = tr!("the system gives no random numbers: {error}", error = error);
            return fail(&text, Outcome::NotWell);
        }
    };
    say(&table("token", whom, "sha256", &host::sha256(&secret)));
    tell(&tr!(
        "Add these lines at the end of the configuration, and have it read again. The program sends this header; the \
         secret is shown once, and kept nowhere:\n\n    Authorization: Bearer {secret}",
        secret = secret
    ));
    Outcome::Well
}

/// Lines for the configuration.
fn table(kind: &str, whom: &Whom, key: &str, value: &str) -> String {
    let entries = [("name", whom.name.as_str()), ("role", whom.role.code()), (key, value)];
    let lines = entries.map(|(key, value)| [key, "=", &toml_text(value)].join(" "));
    [format!("[[{kind}]]"), lines.join("\n")].join("\n")
}

/// A text as a basic string of TOML (<https://toml.io/en/v1.0.0#string>).
fn toml_text(text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            c if c.is_control() => written.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => written.push(c),
        }
    }
    written + "\""
}

/// Asks for a name; without a terminal takes the next line of the standard input.
pub(super) fn ask_name() -> Result<String, String> {
    let asked = || {
        if io::stdin().is_terminal() {
            eprint!("{}", tr!("Name: "));
            io::stderr().flush()?;
        }
        line()
    };
    let name = asked().map_err(|error: io::Error| error.to_string())?;
    if name.is_empty() {
        return Err(tr!("there is no account without a name"));
    }
    Ok(name)
}

/// Asks for a password, twice in a terminal, where nothing of it is to be seen; otherwise takes the next line of the
/// standard input.
pub(super) fn ask_password() -> Result<String, String> {
    let password = if io::stdin().is_terminal() {
        let first = hidden(&tr!("Password: ")).map_err(|error| error.to_string())?;
        let again = hidden(&tr!("Once more: ")).map_err(|error| error.to_string())?;
        if first != again {
            return Err(tr!("the two are not the same"));
        }
        first
    } else {
        line().map_err(|error| error.to_string())?
    };
    let characters = password.chars().count();
    if characters < MIN_PASSWORD {
        return Err(tr!("a password has {least} characters or more", least = MIN_PASSWORD));
    }
    if password.len() > MAX_PASSWORD {
        return Err(tr!("a password has at most {most} bytes", most = MAX_PASSWORD));
    }
    Ok(password)
}

/// Reads a line that the terminal does not show.
fn hidden(prompt: &str) -> io::Result<String> {
    let stdin = io::stdin();
    eprint!("{prompt}");
    io::stderr().flush()?;
    let before = tcgetattr(&stdin)?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &quiet)?;
    let line = line();
    tcsetattr(&stdin, OptionalActions::Now, &before)?;
    eprintln!();
    line
}

fn line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, PasswordHash};

    #[test]
    fn what_is_printed_is_taken_by_the_configuration() {
        let whom = Whom { name: "Anna \"A\" \\ B".to_owned(), role: Asked::View };
        let hash = host::hash_password("correct horse").unwrap();
        let account = table("account", &whom, "password", &hash);
        let token = table("token", &whom, "sha256", &"a1".repeat(32));
        let exhibit = "[[exhibit]]\nname = \"eden\"\nvm = \"eden\"\nscreens = [\"HDMI-1\"]\n";
        let settings = config::parse(&format!("{exhibit}{account}\n{token}\n"), "vitrine.toml").unwrap();
        assert_eq!(settings.accounts[0].name, whom.name);
        assert_eq!(settings.accounts[0].role, Role::View);
        assert_eq!(settings.accounts[0].password, PasswordHash::Hash(hash));
        assert_eq!((settings.tokens[0].name.as_str(), settings.tokens[0].role), (&*whom.name, Role::View));
    }
}
