//! Finding and reading the file.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::site::FIRST_EXHIBIT;
use super::{Errors, Settings, parse};
use crate::words::tr;

/// The largest file that is read, in bytes: a configuration is a few kilobytes, and whatever is larger is some other
/// file.
const MAX_FILE: u64 = 1 << 20;
/// Where the whole machine's configuration is.
const SYSTEM_FILE: &str = "/etc/vitrine/vitrine.toml";

/// Why there is no configuration.
#[derive(Debug)]
pub enum LoadError {
    /// Nobody named a file, and none is in the usual places.
    NotFound(Vec<Looked>),
    /// The file that was named does not exist.
    Missing {
        /// The file that was named.
        path: PathBuf,
        /// Who named it.
        by: NamedBy,
    },
    /// It is a folder.
    Folder(PathBuf),
    /// It cannot be read.
    Unreadable {
        /// The file that is there.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// What it lies on does not answer.
    Silent {
        /// The file, where it is known by then which one it is.
        path: Option<PathBuf>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The system gives no thread to read it by.
    NoThread(std::io::Error),
    /// It is too large to be a configuration.
    TooLarge(PathBuf),
    /// It is not UTF-8 text.
    NotText {
        /// The file that was read.
        path: PathBuf,
        /// The first line that is none, from 1.
        line: usize,
        /// The byte within the line, from 1.
        column: usize,
    },
    /// It was read, and its text is wrong.
    Invalid(Errors),
}

/// Who named a file that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// The command line.
    Option,
    /// `$VITRINE_CONFIG`.
    Variable,
    /// Whoever called for it.
    Caller,
}

impl std::error::Error for LoadError {}

impl From<Errors> for LoadError {
    fn from(errors: Errors) -> Self {
        Self::Invalid(errors)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::NotFound(looked) => looked_at(looked),
            Self::Missing { path, by: NamedBy::Option } => {
                tr!("{path}: there is no such file; look at what --config names", path = path.display())
            }
            Self::Missing { path, by: NamedBy::Variable } => tr!(
                "{path}: there is no such file; the variable VITRINE_CONFIG names it, so set it right or unset it",
                path = path.display()
            ),
            Self::Missing { path, by: NamedBy::Caller } => {
                tr!("{path}: there is no such file; look at how its name is spelt", path = path.display())
            }
            Self::Folder(path) => tr!(
                "{path}: this is a folder; name the file in it, such as {file}",
                path = path.display(),
                file = path.join("vitrine.toml").display()
            ),
            Self::Unreadable { path, source } => tr!(
                "{path}: cannot be read ({why}); look at its owner and mode with `ls -l`",
                path = path.display(),
                why = source
            ),
            Self::Silent { path, waited } => silent(path.as_deref(), *waited),
            Self::NoThread(error) => {
                tr!("the configuration cannot be read: the system gives no thread ({error})", error = error)
            }
            Self::TooLarge(path) => tr!(
                "{path}: more than {most} bytes are no configuration; name another file",
                path = path.display(),
                most = MAX_FILE
            ),
            Self::NotText { path, line, column } => tr!(
                "{path}:{line}:{column}: this is not UTF-8 text; save the file as UTF-8 in your editor",
                path = path.display(),
                line = line,
                column = column
            ),
            Self::Invalid(errors) => return errors.fmt(f),
        })
    }
}

/// A place where a configuration might have been, and why it was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// An option, a variable or a path.
    pub place: String,
    /// Why there was none, in a few words.
    pub result: Absence,
}

/// Why there was none at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// The option was not given.
    NotGiven,
    /// The variable is not set.
    NotSet,
    /// Neither of the variables is set that say where the user's configuration is.
    Homeless,
    /// There is no such file.
    NotThere,
}

fn silent(path: Option<&Path>, waited: Duration) -> String {
    let what = path.map_or_else(|| tr!("the configuration"), |path| path.display().to_string());
    tr!(
        "{what}: could not be read within {seconds} s; is it on a network share or a disk that does not answer, or a pipe \
         that nobody writes to?",
        what = what,
        seconds = waited.as_secs()
    )
}

fn looked_at(list: &[Looked]) -> String {
    let places: String = list
        .iter()
        .map(|Looked { place, result }| {
            let result = match result {
                Absence::NotGiven => tr!("not given"),
                Absence::NotSet => tr!("not set"),
                Absence::Homeless => tr!("neither XDG_CONFIG_HOME nor HOME is set"),
                Absence::NotThere => tr!("not there"),
            };
            format!("    {place}: {result}\n")
        })
        .collect();
    tr!(
        "there is no configuration\nlooked at:\n{places}write one of these files, or name one with --config FILE; it \
         needs no more than\n    {lines}",
        places = places,
        lines = FIRST_EXHIBIT
    )
}

/// Finds the configuration: the file that was named explicitly, then `$VITRINE_CONFIG`, then
/// `$XDG_CONFIG_HOME/vitrine/vitrine.toml` (`~/.config` where that is not set), then
/// `/etc/vitrine/vitrine.toml`.
///
/// A file that was named is meant: if it is missing, the other places are not looked at.
///
/// # Errors
/// [`LoadError::NotFound`] with all the places, or [`LoadError::Missing`].
pub fn find(explicit: Option<&Path>) -> Result<PathBuf, LoadError> {
    find_in(explicit, |name| std::env::var_os(name), Path::new(SYSTEM_FILE))
}

/// The same with the environment and the machine's file as parameters.
///
/// # Errors
/// As [`find`].
pub fn find_in(
    explicit: Option<&Path>,
    environment: impl Fn(&str) -> Option<OsString>,
    system: &Path,
) -> Result<PathBuf, LoadError> {
    let variable = |name| environment(name).filter(|value| !value.is_empty());
    if let Some(path) = explicit {
        return named(path.to_owned(), NamedBy::Option);
    }
    if let Some(path) = variable("VITRINE_CONFIG") {
        return named(path.into(), NamedBy::Variable);
    }
    let mut looked = vec![
        Looked { place: "--config".to_owned(), result: Absence::NotGiven },
        Looked { place: "$VITRINE_CONFIG".to_owned(), result: Absence::NotSet },
    ];
    // The XDG Base Directory Specification has relative paths ignored.
    let home = variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = home.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".config")));
    if home.is_none() {
        let place = "$XDG_CONFIG_HOME/vitrine/vitrine.toml".to_owned();
        looked.push(Looked { place, result: Absence::Homeless });
    }
    let of_user = home.map(|home| home.join("vitrine/vitrine.toml"));
    for path in of_user.into_iter().chain([system.to_owned()]) {
        if !is_missing(&path) {
            return Ok(path);
        }
        looked.push(Looked { place: path.display().to_string(), result: Absence::NotThere });
    }
    Err(LoadError::NotFound(looked))
}

fn named(path: PathBuf, by: NamedBy) -> Result<PathBuf, LoadError> {
    if is_missing(&path) { Err(LoadError::Missing { path, by }) } else { Ok(path) }
}

/// Whether there is certainly nothing. A file that one may not look at is there: it must not be passed over.
fn is_missing(path: &Path) -> bool {
    match std::fs::metadata(path) {
        Ok(_) => false,
        Err(error) => matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
    }
}

/// Finds the configuration as [`find`] does and reads it, on a thread of its own: what it lies on may never answer. Such a
/// thread stays until the process ends.
///
/// # Errors
/// As [`find`] and [`load`], or it takes longer than `time`.
pub fn load_within(explicit: Option<&Path>, time: Duration) -> Result<(PathBuf, Loaded), LoadError> {
    let (tell_path, path_told) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    let explicit = explicit.map(Path::to_owned);
    let read = move || {
        let loaded = find(explicit.as_deref()).and_then(|path| {
            // Who waits for it may have lost patience.
            let _ = tell_path.send(path.clone());
            Ok((load(&path)?, path))
        });
        let _ = tell.send(loaded.map(|(loaded, path)| (path, loaded)));
    };
    thread::Builder::new().name("config".to_owned()).spawn(read).map_err(LoadError::NoThread)?;
    match told.recv_timeout(time) {
        Ok(loaded) => loaded,
        Err(RecvTimeoutError::Timeout) => {
            Err(LoadError::Silent { path: path_told.try_recv().ok(), waited: time })
        }
        Err(RecvTimeoutError::Disconnected) => {
            Err(LoadError::NoThread(std::io::Error::other(tr!("it has panicked"))))
        }
    }
}

/// A configuration that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What it says.
    pub settings: Settings,
    /// Its text, for those who are to be told the same.
    pub text: Arc<str>,
}

/// Reads a configuration. Blocks for as long as what it lies on does not answer.
///
/// # Errors
/// The file cannot be read, or its text is wrong.
pub fn load(path: &Path) -> Result<Loaded, LoadError> {
    let unreadable = |source: std::io::Error| {
        let path = path.to_owned();
        if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
            LoadError::Missing { path, by: NamedBy::Caller }
        } else if source.kind() == ErrorKind::IsADirectory {
            LoadError::Folder(path)
        } else {
            LoadError::Unreadable { path, source }
        }
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(LoadError::TooLarge(path.to_owned()));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => {
            let settings = parse(text, &path.display().to_string())?;
            Ok(Loaded { settings, text: text.into() })
        }
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
            Err(LoadError::NotText { path: path.to_owned(), line, column })
        }
    }
}
