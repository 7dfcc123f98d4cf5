//! One viewer from its launch to its end: it is waited for, listened to, and ended when that is wanted.

use std::fmt::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use super::launch::{self, Settings};
use super::process::Process;
use super::voice;
use crate::adapter::{Events, Report};
use crate::core::effect::ViewerPlan;
use crate::core::event::Event;
use crate::life;

/// How long a viewer may take to end by itself when it is asked to; what replaces it waits as long.
pub(super) const SIGTERM_TIMEOUT: Duration = Duration::from_secs(1);

/// One viewer from its launch to its end. Those that it comes in place of end first.
pub(super) async fn attend(
    settings: Settings,
    plan: ViewerPlan,
    events: Events,
    (inherited, previous): (Option<Process>, Vec<JoinHandle<()>>),
    mut stopped: mpsc::Receiver<()>,
) {
    let _guard = life::guard("a viewer's attendant");
    for ended in previous {
        let _ = ended.await;
    }
    let ViewerPlan { exhibit, launch, .. } = plan;
    let taken_over = inherited.is_some();
    let viewer = match inherited {
        Some(process) => Ok(launch::take_over(process)),
        None => launch::start(&settings, &plan),
    };
    let reason = match viewer {
        Ok((process, pipe)) => {
            let pid = process.pid().as_raw_pid().unsigned_abs();
            debug!(exhibit = plan.name, pid, taken_over, "viewer started");
            events.send(Report::ViewerStarted { exhibit, launch, pid });
            watch(process, pipe, &plan.name, &mut stopped).await
        }
        Err(reason) => reason,
    };
    debug!(exhibit = plan.name, reason, "viewer ended");
    events.send(Event::ViewerExited { exhibit, launch, reason });
}

/// Waits for a viewer's end, and brings it about when told to. Returns how it ended, for people.
async fn watch(
    mut process: Process,
    pipe: Option<pipe::Receiver>,
    name: &str,
    stopped: &mut mpsc::Receiver<()>,
) -> String {
    let (gone, is_gone) = oneshot::channel();
    let listener = pipe.map(|pipe| tokio::spawn(voice::listen(pipe, name.to_owned(), is_gone)));
    let mut told = false;
    let ended = tokio::select! {
        ended = process.ended() => ended,
        // A closed channel is the adapter's end, which leaves viewers alone.
        Some(()) = stopped.recv() => {
            told = true;
            process.end(SIGTERM_TIMEOUT).await
        }
    };
    drop(gone);
    let last_words = match listener {
        Some(listener) => listener.await.ok().flatten(),
        None => None,
    };
    let status = process.status();
    match ended {
        _ if told => "it was ended by Vitrine".into(),
        Ok(()) => describe(status, last_words.as_deref()),
        Err(error) => {
            warn!("{name}: the viewer's end cannot be waited for: {error}");
            format!("its end is not known: {error}")
        }
    }
}

/// How a viewer ended, for people.
fn describe(status: Option<ExitStatus>, last_words: Option<&str>) -> String {
    let mut text = match status.map(|status| (status.code(), status.signal())) {
        Some((Some(0), _)) => "it quit by itself, as it does when the VM's display goes away".to_owned(),
        Some((Some(code), _)) => format!("it failed with exit code {code}"),
        Some((None, Some(signal))) => format!("it was killed by signal {signal}"),
        Some((None, None)) => "it ended in an unknown way".to_owned(),
        None => "it ended; how is not known, since it was launched before Vitrine was restarted".to_owned(),
    };
    if let Some(last_words) = last_words.filter(|_| status.is_none_or(|status| !status.success())) {
        let _ = write!(text, "; it said last: {last_words}");
    }
    text
}
