//! The museum's own programs that guests set off: what they ask the state of (`poll`), and what they tell of (`signal`).
//!
//! Whoever can reach the API can have one run, so each is a file that its owner has put into the folder `hooks` beside the
//! configuration. No shell comes between: a value is an argument, whatever is in it.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hyper::StatusCode;
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore};

use super::lock;
use super::reply::{Problem, WayOut};
use crate::core::status::ExhibitStatus;
use crate::core::text::visible_within;
use crate::core::types::ExhibitId;
use crate::host::WarnOnce;
use crate::host::process::{self, Ended, RunError};

/// How long a hook may take: a guest's program waits for the answer.
const TIME: Duration = Duration::from_secs(5);
/// How much of a hook's output is kept, in bytes: an answer is a word, and a complaint a line.
const MAX_OUTPUT: usize = 1024;
/// How long an answer is good for whoever asks next: guests ask several times a second, and each run is a process.
const ANSWER_LASTS: Duration = Duration::from_millis(100);
/// Hooks that run at once for one exhibit. A guest that asks for more in a loop waits for nobody, and nobody for it.
const MAX_RUNNING: usize = 4;
/// Hooks that one exhibit may have run at once, and how many more each second: a guest that asks in a loop keeps no
/// processor busy.
const BUDGET: f64 = 20.0;
const BUDGET_PER_SECOND: f64 = 5.0;
/// When somebody who has asked for too many may ask again, in seconds: by then some more may run.
const BUSY_RETRY_SECONDS: u64 = 1;
/// States that are set for one exhibit; each is kept for as long as Vitrine runs.
const MAX_SET: usize = 64;
/// The longest name of a hook, in bytes.
pub(super) const MAX_NAME: usize = 64;
/// The longest state, in characters: it is one word.
const MAX_WORD: usize = 64;

/// What a hook is for; the name of its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// It says how something is.
    Poll,
    /// It is told that something has happened.
    Signal,
}

impl Kind {
    fn folder(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Signal => "signal",
        }
    }
}

/// The name of something that is asked for or told of: letters, digits, `-`, `_` and `.`, which begins with no dot. It
/// leads nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name(String);

impl Name {
    pub(super) fn new(text: &str) -> Result<Self, Problem> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(fits) && !text.starts_with('.') {
            return Ok(Self(text.to_owned()));
        }
        Err(Problem::bad(format!(
            "'{}' is no name of a hook: it has at most {MAX_NAME} letters, digits, '-', '_' or '.', and does not begin \
             with a dot.",
            visible_within(text, MAX_NAME)
        )))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a hook has said nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HookError {
    /// There is none.
    Missing(PathBuf),
    /// It is no program, or one that others could exchange.
    Unfit(PathBuf, &'static str),
    /// So many run already, or ran just now.
    Busy,
    /// It was begun, or was to be, and failed.
    Failed(PathBuf, String),
}

impl HookError {
    /// What a caller is told.
    fn problem(&self, kind: Kind) -> Problem {
        match self {
            Self::Missing(path) => Problem::not_found(match kind {
                Kind::Poll => {
                    format!("Nobody knows this: no state was set, and there is no hook {}.", path.display())
                }
                Kind::Signal => format!("Nobody listens for this: there is no hook {}.", path.display()),
            }),
            Self::Busy => {
                let text = format!(
                    "{MAX_RUNNING} hooks of this exhibit run already, or more than {BUDGET_PER_SECOND} were asked for \
                     each second; ask again later."
                );
                Problem::new(StatusCode::TOO_MANY_REQUESTS, text).with(WayOut::Later(BUSY_RETRY_SECONDS))
            }
            Self::Unfit(..) | Self::Failed(..) => Problem::failed(self.to_string()),
        }
    }
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "There is no hook {}.", path.display()),
            Self::Unfit(path, why) => write!(f, "The hook {} is not run: {why}.", path.display()),
            Self::Busy => f.write_str("Too many hooks run already."),
            Self::Failed(path, why) => write!(f, "The hook {} has failed: {why}", path.display()),
        }
    }
}

type Key = (ExhibitId, Name);
/// The last answer, and when it was given.
type LastAnswer = Arc<AsyncMutex<Option<(Instant, Result<String, HookError>)>>>;

/// What an exhibit may have run.
struct Budget {
    running: Arc<Semaphore>,
    left: f64,
    at: Instant,
}

impl Budget {
    fn new(now: Instant) -> Self {
        Self { running: Arc::new(Semaphore::new(MAX_RUNNING)), left: BUDGET, at: now }
    }

    /// The right to run one, where there is room.
    fn take(&mut self, now: Instant) -> Result<OwnedSemaphorePermit, HookError> {
        let earned = now.saturating_duration_since(self.at).as_secs_f64() * BUDGET_PER_SECOND;
        (self.left, self.at) = ((self.left + earned).min(BUDGET), now);
        if self.left < 1.0 {
            return Err(HookError::Busy);
        }
        let permit = Arc::clone(&self.running).try_acquire_owned().map_err(|_| HookError::Busy)?;
        self.left -= 1.0;
        Ok(permit)
    }
}

/// The hooks, and the states that were set.
pub(super) struct Hooks {
    /// `None` where the configuration has no folder, as in tests.
    folder: Option<PathBuf>,
    set: Mutex<HashMap<Key, String>>,
    answers: Mutex<HashMap<Key, LastAnswer>>,
    budgets: Mutex<HashMap<ExhibitId, Budget>>,
    /// Those that failed last: each failure is told once, until it goes well again.
    failing: Mutex<HashMap<PathBuf, WarnOnce>>,
}

impl Hooks {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            set: Mutex::default(),
            answers: Mutex::default(),
            budgets: Mutex::default(),
            failing: Mutex::default(),
        }
    }

    /// Sets a state from outside; none takes it back, so that the hook answers again.
    pub(super) fn set(&self, exhibit: ExhibitId, name: Name, word: Option<String>) -> Result<(), Problem> {
        let mut set = lock(&self.set);
        let Some(word) = word else {
            set.remove(&(exhibit, name));
            return Ok(());
        };
        if word.chars().count() > MAX_WORD || word.contains(char::is_whitespace) {
            return Err(Problem::bad(format!(
                "'value' should be one word of at most {MAX_WORD} characters."
            )));
        }
        let key = (exhibit, name);
        if !set.contains_key(&key) && set.keys().filter(|(of, _)| *of == exhibit).count() >= MAX_SET {
            let text = format!(
                "{MAX_SET} states are set for this exhibit; take one back with an empty value first."
            );
            return Err(Problem::conflict(text));
        }
        set.insert(key, word);
        Ok(())
    }

    /// How something is: as it was set, or as its hook says. Who asks while the hook runs gets the same answer.
    pub(super) async fn poll(&self, exhibit: &ExhibitStatus, name: Name) -> Result<String, Problem> {
        let key = (exhibit.id, name);
        if let Some(word) = lock(&self.set).get(&key) {
            return Ok(word.clone());
        }
        let path = self.path(Kind::Poll, &key.1)?;
        let last = {
            let mut answers = lock(&self.answers);
            // Names come from guests: what nobody waits for is forgotten.
            if answers.len() >= MAX_SET {
                answers.retain(|_, answer| Arc::strong_count(answer) > 1);
            }
            Arc::clone(answers.entry(key.clone()).or_default())
        };
        let hangs = |_| HookError::Failed(path.clone(), "the last one has still not ended".to_owned());
        let waited = tokio::time::timeout(TIME + TIME, last.lock()).await.map_err(hangs);
        let mut last = waited.map_err(|error| error.problem(Kind::Poll))?;
        if let Some((at, answer)) = &*last
            && at.elapsed() < ANSWER_LASTS
        {
            return answer.clone().map_err(|error| error.problem(Kind::Poll));
        }
        let ended = self.run(Kind::Poll, path.clone(), exhibit, None).await;
        let word = ended.and_then(|ended| {
            word(&ended.output)
                .ok_or_else(|| HookError::Failed(path.clone(), "it printed no word".to_owned()))
        });
        let answer = self.told(&path, word);
        // What has not run has cost nothing.
        if !matches!(answer, Err(HookError::Missing(_) | HookError::Busy)) {
            *last = Some((Instant::now(), answer.clone()));
        }
        answer.map_err(|error| error.problem(Kind::Poll))
    }

    /// Tells a hook that something has happened.
    pub(super) async fn signal(
        &self,
        exhibit: &ExhibitStatus,
        name: &Name,
        value: Option<String>,
    ) -> Result<(), Problem> {
        let path = self.path(Kind::Signal, name)?;
        let ended = self.run(Kind::Signal, path.clone(), exhibit, value).await;
        self.told(&path, ended).map_err(|error| error.problem(Kind::Signal))?;
        Ok(())
    }

    fn path(&self, kind: Kind, name: &Name) -> Result<PathBuf, Problem> {
        let folder =
            self.folder.as_ref().ok_or_else(|| Problem::not_found("There is no folder for hooks."))?;
        Ok(folder.join(kind.folder()).join(&name.0))
    }

    /// Tells staff of a failure, once.
    fn told<T>(&self, path: &Path, result: Result<T, HookError>) -> Result<T, HookError> {
        let mut failing = lock(&self.failing);
        match &result {
            Ok(_) => {
                if failing.remove(path).is_some() {
                    tracing::info!("the hook {} works again", path.display());
                }
            }
            Err(HookError::Missing(_) | HookError::Busy) => {}
            Err(error @ (HookError::Unfit(..) | HookError::Failed(..))) => {
                if failing.len() < MAX_SET || failing.contains_key(path) {
                    failing.entry(path.to_owned()).or_default().failed(|| tracing::warn!("{error}"));
                }
            }
        }
        result
    }

    /// Runs a hook, on a thread of its own: the disk that it lies on may never answer.
    async fn run(
        &self,
        kind: Kind,
        path: PathBuf,
        exhibit: &ExhibitStatus,
        value: Option<String>,
    ) -> Result<Ended, HookError> {
        let now = Instant::now();
        let permit = lock(&self.budgets).entry(exhibit.id).or_insert_with(|| Budget::new(now)).take(now)?;
        let (name, vm) = (exhibit.name.clone(), exhibit.vm.clone());
        let failed = {
            let path = path.clone();
            move |why: String| HookError::Failed(path, why)
        };
        let run = move || {
            let _permit = permit;
            fit(&path)?;
            let mut program = Command::new(&path);
            program
                .args([kind.folder(), &name])
                .args(value)
                .env("VITRINE_EXHIBIT", &name)
                .env("VITRINE_VM", &vm)
                // It speaks for itself, not for the daemon.
                .env_remove("NOTIFY_SOCKET")
                .env_remove("WATCHDOG_USEC")
                .env_remove("WATCHDOG_PID");
            if let Some(folder) = path.parent() {
                program.current_dir(folder);
            }
            let failed = |why: String| HookError::Failed(path.clone(), why);
            match process::run(&mut program, TIME, MAX_OUTPUT) {
                Ok(ended) if ended.code == Some(0) => Ok(ended),
                Ok(ended) => Err(failed(how(&ended))),
                Err(RunError::Late) => {
                    Err(failed(format!("it did not end within {} s, and was ended", TIME.as_secs())))
                }
                Err(RunError::Begin(error)) => Err(failed(error.to_string())),
            }
        };
        // Twice as long, for one that hangs in the kernel.
        match tokio::time::timeout(TIME * 2, tokio::task::spawn_blocking(run)).await {
            Ok(ran) => ran.unwrap_or_else(|error| Err(failed(error.to_string()))),
            Err(_) => Err(failed(format!("it did not end within {} s", TIME.as_secs() * 2))),
        }
    }
}

/// Whether it is a program that its owner alone can exchange.
fn fit(path: &Path) -> Result<(), HookError> {
    let unfit = |why| Err(HookError::Unfit(path.to_owned(), why));
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(HookError::Missing(path.to_owned())),
        Err(error) => Err(HookError::Failed(path.to_owned(), error.to_string())),
        Ok(file) if !file.is_file() => unfit("it is no file"),
        Ok(file) if file.permissions().mode() & 0o111 == 0 => unfit("it is not executable (chmod +x)"),
        Ok(file) if file.permissions().mode() & 0o002 != 0 => {
            unfit("everybody on this computer may write to it (chmod o-w)")
        }
        Ok(_) => Ok(()),
    }
}

/// How a hook has failed.
fn how(ended: &Ended) -> String {
    let end = ended.code.map_or_else(|| "a signal ended it".to_owned(), |code| format!("exit code {code}"));
    let errors = String::from_utf8_lossy(&ended.errors);
    match errors.lines().find(|line| !line.trim().is_empty()) {
        Some(line) => format!("{end}: {}", visible_within(line.trim(), 200)),
        None => end,
    }
}

/// The first word of an answer.
fn word(output: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(output);
    text.split_whitespace().next().map(|word| visible_within(word, MAX_WORD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_in_a_loop_meets_the_budget() {
        let begun = Instant::now();
        let mut budget = Budget::new(begun);
        let mut runs = |now| (0..1000).filter(|_| budget.take(now).is_ok()).count();
        assert_eq!(runs(begun), 20);
        assert_eq!(runs(begun), 0);
        assert_eq!(runs(begun + Duration::from_secs(2)), 10);
        assert_eq!(runs(begun + Duration::from_secs(3600)), 20);
    }
}
