//! Finding and reading the file.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::{Errors, Settings, parse};

/// The largest file that is read, in bytes: a configuration is a few kilobytes, and whatever is larger is some other
/// file.
const MAX_FILE: u64 = 1 << 20;
/// Where the whole machine's configuration is.
const SYSTEM_FILE: &str = "/etc/vitrine/vitrine.toml";

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Nobody named a file, and none is in the usual places.
    #[error("there is no configuration\n{}", looked_at(.0))]
    NotFound(Vec<Looked>),
    /// The file that was named does not exist.
    #[error("{path}: there is no such file; {way_out}", path = .path.display())]
    Missing {
        /// The file that was named.
        path: PathBuf,
        /// What to do about it, in words that end the message.
        way_out: &'static str,
    },
    /// It is a folder.
    #[error("{}: this is a folder; name the file in it, such as {}", .0.display(), .0.join("vitrine.toml").display())]
    Folder(PathBuf),
    /// It cannot be read.
    #[error("{path}: cannot be read ({source}); look at its owner and mode with `ls -l`", path = .path.display())]
    Unreadable {
        /// The file that is there.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// What it lies on does not answer.
    #[error("{}", silent(.path.as_deref(), *.waited))]
    Silent {
        /// The file, where it is known by then which one it is.
        path: Option<PathBuf>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The system gives no thread to read it by.
    #[error("the configuration cannot be read: the system gives no thread ({0})")]
    NoThread(std::io::Error),
    /// It is too large to be a configuration.
    #[error("{}: more than {MAX_FILE} bytes are no configuration; name another file", .0.display())]
    TooLarge(PathBuf),
    /// It is not UTF-8 text.
    #[error("{path}:{line}:{column}: this is not UTF-8 text; save the file as UTF-8 in your editor", path = .path.display())]
    NotText {
        /// The file that was read.
        path: PathBuf,
        /// The first line that is none, from 1.
        line: usize,
        /// The byte within the line, from 1.
        column: usize,
    },
    /// It was read, and its text is wrong.
    #[error(transparent)]
    Invalid(#[from] Errors),
}

/// A place where a configuration might have been, and why it was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// An option, a variable or a path.
    pub place: String,
    /// Why there was none, in a few words.
    pub result: &'static str,
}

fn silent(path: Option<&Path>, waited: Duration) -> String {
    let (what, seconds) = (path.map_or("the configuration".into(), Path::to_string_lossy), waited.as_secs());
    format!(
        "{what}: could not be read within {seconds} s; is it on a network share or a disk that does not answer, or a pipe \
         that nobody writes to?"
    )
}

fn looked_at(list: &[Looked]) -> String {
    let mut text = String::from("looked at:\n");
    for Looked { place, result } in list {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "    {place}: {result}");
    }
    text.push_str("write one of these files, or name one with --config FILE; it needs no more than\n");
    text.push_str("    [[exhibit]]\n    name = \"eden-garden\"\n    vm = \"eden-garden-vm\"\n    screens = [\"HDMI-1\"]");
    text
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
        return named(path.to_owned(), "look at what --config names");
    }
    if let Some(path) = variable("VITRINE_CONFIG") {
        return named(path.into(), "the variable VITRINE_CONFIG names it, so set it right or unset it");
    }
    let mut looked = vec![
        Looked { place: "--config".to_owned(), result: "not given" },
        Looked { place: "$VITRINE_CONFIG".to_owned(), result: "not set" },
    ];
    // The XDG Base Directory Specification has relative paths ignored.
    let home = variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = home.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".config")));
    if home.is_none() {
        let place = "$XDG_CONFIG_HOME/vitrine/vitrine.toml".to_owned();
        looked.push(Looked { place, result: "neither XDG_CONFIG_HOME nor HOME is set" });
    }
    let of_user = home.map(|home| home.join("vitrine/vitrine.toml"));
    for path in of_user.into_iter().chain([system.to_owned()]) {
        if !is_missing(&path) {
            return Ok(path);
        }
        looked.push(Looked { place: path.display().to_string(), result: "not there" });
    }
    Err(LoadError::NotFound(looked))
}

fn named(path: PathBuf, way_out: &'static str) -> Result<PathBuf, LoadError> {
    if is_missing(&path) { Err(LoadError::Missing { path, way_out }) } else { Ok(path) }
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
pub fn load_within(explicit: Option<&Path>, time: Duration) -> Result<(PathBuf, Settings), LoadError> {
    let (tell_path, path_told) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    let explicit = explicit.map(Path::to_owned);
    let read = move || {
        let loaded = find(explicit.as_deref()).and_then(|path| {
            // Who waits for it may have lost patience.
            let _ = tell_path.send(path.clone());
            Ok((load(&path)?, path))
        });
        let _ = tell.send(loaded.map(|(settings, path)| (path, settings)));
    };
    thread::Builder::new().name("config".to_owned()).spawn(read).map_err(LoadError::NoThread)?;
    match told.recv_timeout(time) {
        Ok(loaded) => loaded,
        Err(RecvTimeoutError::Timeout) => {
            Err(LoadError::Silent { path: path_told.try_recv().ok(), waited: time })
        }
        Err(RecvTimeoutError::Disconnected) => {
            Err(LoadError::NoThread(std::io::Error::other("it has panicked")))
        }
    }
}

/// Reads a configuration. Blocks for as long as what it lies on does not answer.
///
/// # Errors
/// The file cannot be read, or its text is wrong.
pub fn load(path: &Path) -> Result<Settings, LoadError> {
    let unreadable = |source: std::io::Error| {
        let path = path.to_owned();
        if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
            LoadError::Missing { path, way_out: "look at how its name is spelt" }
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
        Ok(text) => Ok(parse(text, &path.display().to_string())?),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
            Err(LoadError::NotText { path: path.to_owned(), line, column })
        }
    }
}
