//! What the commands do by themselves, without asking a daemon.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Outcome, complain, say};
use crate::adapter::x11;
use crate::config::{self, LoadError};
use crate::core::types::{Monitor, Rect};
use crate::daemon::{self, End, Options, StartError};
use crate::life;

/// Runs the daemon until it is told to end.
pub(super) fn run(options: &Options) -> Outcome {
    log_to_stderr();
    life::tell_panics();
    match daemon::run(options) {
        Ok(End::Ordered | End::PowerDown) => Outcome::Well,
        Ok(End::PowerDownCancelled) => {
            complain("the computer was to be switched off, and then was not", Outcome::NotWell)
        }
        Ok(End::DisplayLost) => Outcome::DisplayLost,
        Ok(End::Fault) => Outcome::NotWell,
        Err(error @ StartError::Config(_)) => complain(&error.to_string(), Outcome::Wrong),
        Err(error) => complain(&error.to_string(), Outcome::NotWell),
    }
}

/// `$VITRINE_LOG` says how much is logged, in the way of `info,vitrine::adapter=debug`.
fn log_to_stderr() {
    use std::io::IsTerminal;
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::prelude::*;

    let wanted = std::env::var("VITRINE_LOG").unwrap_or_default();
    let filter: Result<Targets, _> = if wanted.is_empty() { Ok(Targets::new()) } else { wanted.parse() };
    let bad = filter.as_ref().err().map(ToString::to_string);
    let filter = match filter {
        Ok(filter) if !wanted.is_empty() => filter,
        _ => Targets::new().with_default(LevelFilter::INFO),
    };
    // The journal of systemd adds the time itself; sd_journal_stream_fd(3) tells when it reads.
    let to_journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && super::colours())
        .with_target(false);
    let registry = tracing_subscriber::registry();
    if to_journal {
        registry.with(lines.without_time().with_filter(filter)).init();
    } else {
        registry.with(lines.with_filter(filter)).init();
    }
    if let Some(bad) = bad {
        tracing::warn!(
            "$VITRINE_LOG is \"{wanted}\", which is not understood ({bad}); write info, debug or trace"
        );
    }
}

/// Checks a configuration.
pub(super) fn check(file: Option<&Path>) -> Outcome {
    let checked = config::find(file).and_then(|path| Ok((config::load(&path)?, path)));
    match checked {
        Ok((settings, path)) => {
            let names: Vec<_> = settings.exhibits.iter().map(|exhibit| exhibit.name.as_str()).collect();
            let exhibits =
                if names.len() == 1 { "1 exhibit".into() } else { format!("{} exhibits", names.len()) };
            say(&format!("{}: well, {exhibits}: {}", path.display(), names.join(", ")))
        }
        // Each error begins with its file, as a compiler's does, so that editors find the place.
        Err(LoadError::Invalid(errors)) => {
            let _ = std::io::stderr().lock().write_all(errors.to_string().as_bytes());
            Outcome::Wrong
        }
        Err(error) => complain(&error.to_string(), Outcome::Wrong),
    }
}

/// The control socket that the configuration names, if there is a configuration that can be read.
pub(super) fn configured_socket(config: Option<&Path>) -> Option<PathBuf> {
    let path = config::find(config).ok()?;
    config::load(&path).ok()?.api.socket
}

/// Where the journal is, if the configuration says so.
pub(super) fn configured_journal(config: Option<&Path>) -> Option<PathBuf> {
    config::load(&config::find(config).ok()?).ok()?.journal.path
}

/// The monitors of `$DISPLAY`.
pub(super) fn monitors() -> Result<Vec<Monitor>, String> {
    x11::list_monitors(None).map_err(|error| error.to_string())
}

/// Shows these texts on `$DISPLAY` for ten seconds.
pub(super) fn identify(texts: &[(Rect, String)]) -> Result<(), String> {
    x11::identify(None, texts, Duration::from_secs(10)).map_err(|error| error.to_string())
}

/// Writes pictures of these monitors of `$DISPLAY` into a folder, which is made where it is missing.
pub(super) fn shoot(monitors: &[Monitor], folder: &Path) -> Result<Vec<PathBuf>, String> {
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("the folder {} cannot be made: {error}", folder.display()))?;
    let shoot = |monitor: &Monitor| {
        // A connector's name may have anything in it but becomes one file's name.
        let file = folder.join(format!("{}.png", monitor.connector.replace('/', "_")));
        x11::shot(None, monitor.rect)?.save(&file)?;
        Ok(file)
    };
    monitors.iter().map(shoot).collect::<Result<_, x11::Error>>().map_err(|error| error.to_string())
}
