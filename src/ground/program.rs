//! Runs other programs: in English, with nothing to read, their output bounded, for no longer than they are worth.

use std::io;
use std::process::Command;
use std::time::Duration;

use crate::core::types::Told;
use crate::host::process::{self, RunError};
use crate::words::told;

/// How much of a program's output is kept, in bytes; who says more is not understood here anyway.
const MAX_OUTPUT: usize = 1 << 20;

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to its standard output.
    pub output: String,
    /// What it wrote to its standard error output.
    pub errors: String,
}

impl Ended {
    /// Whether it was content.
    pub fn well(&self) -> bool {
        self.code == Some(0)
    }
}

/// Whether a program is to be found, also in the system's folders, which a user's `$PATH` may lack.
pub fn is_there(program: &str) -> bool {
    find(program).is_some()
}

/// Where a program is.
pub fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = path.split(':').chain(["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"]);
    folders
        .filter(|folder| folder.starts_with('/'))
        .map(|folder| std::path::Path::new(folder).join(program))
        .find(|file| {
            use std::os::unix::fs::PermissionsExt as _;
            file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        })
}

/// Runs a program to its end, and ends it where it takes longer than this.
///
/// # Errors
/// It is not there, cannot be run, or did not end in time.
pub fn run(words: &[&str], within: Duration) -> Result<Ended, Told> {
    let name = words.first().copied().unwrap_or_default();
    let file = find(name).ok_or_else(|| told!("the program '{program}' is not installed", program = name))?;
    let failed =
        |error: io::Error| told!("'{program}' cannot be run: {why}", program = name, why = error.to_string());
    let mut program = Command::new(file);
    program.args(words.get(1..).unwrap_or_default()).env("LC_ALL", "C.UTF-8").env_remove("LANGUAGE");
    match process::run(&mut program, within, MAX_OUTPUT) {
        Ok(ended) => Ok(Ended {
            code: ended.code,
            output: String::from_utf8_lossy(&ended.output).into_owned(),
            errors: String::from_utf8_lossy(&ended.errors).into_owned(),
        }),
        Err(RunError::Begin(error)) => Err(failed(error)),
        Err(RunError::Late) => {
            Err(told!("'{program}' did not end within {waited}", program = name, waited = within))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_a_program_says_and_how_it_ends_is_known() {
        let ended = run(&["sh", "-c", "echo out; echo err >&2; exit 3"], LONG).unwrap();
        assert_eq!(ended, Ended { code: Some(3), output: "out\n".into(), errors: "err\n".into() });
        let much = run(&["head", "-c", "3000000", "/dev/zero"], LONG).unwrap();
        assert!(much.well());
        assert_eq!(much.output.len(), 1 << 20);
    }

    #[test]
    fn what_is_missing_or_does_not_end_is_told() {
        assert!(run(&["no-such-program"], LONG).is_err());
        assert!(run(&["sleep", "600"], Duration::from_millis(20)).is_err());
    }
}
