//! What the service manager is told: that Vitrine has begun, lives, and ends (sd_notify(3)); and the log, which of its
//! parts hangs.
//!
//! Without `$NOTIFY_SOCKET` nobody listens, and nothing is sent.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use sd_notify::NotifyState;
use tracing::{error, info, warn};

use crate::host::WarnOnce;
use crate::life::{self, News, Watch};

/// The word to the service manager. Nobody waits for it: a service manager that stands still takes nothing more at some
/// point, and Vitrine goes on.
#[derive(Debug)]
pub struct Manager(mpsc::Sender<NotifyState<'static>>);

/// How long the service manager waits for a sign of life, as `$WATCHDOG_USEC` and `$WATCHDOG_PID` have it.
pub fn allowed() -> Option<Duration> {
    sd_notify::watchdog_enabled().filter(|allowed| !allowed.is_zero())
}

impl Manager {
    /// Watches over all parts of Vitrine from now on, by a thread of its own: as long as all of them go on, the service
    /// manager is told so; where it is the thread itself that does not, it hears nothing either.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn watch() -> io::Result<Self> {
        let (states, inbox) = mpsc::channel();
        // It goes on as long as the process, whoever still has something to say.
        let own = states.clone();
        std::thread::Builder::new().name("watch".to_owned()).spawn(move || {
            let (_own, _guard) = (own, life::guard("the watch over all parts"));
            watch(&inbox);
        })?;
        Ok(Self(states))
    }

    /// Vitrine has begun, and from now on signs of life are expected.
    pub fn ready(&self) {
        let _ = self.0.send(NotifyState::Ready);
    }

    /// Vitrine is ending, and may take its time.
    pub fn stopping(&self) {
        let _ = self.0.send(NotifyState::Stopping);
    }
}

fn watch(states: &mpsc::Receiver<NotifyState<'static>>) {
    let watched = allowed().is_some();
    let (mut watch, mut deaf, mut ready) = (Watch::default(), WarnOnce::default(), false);
    let mut look_at = Instant::now();
    loop {
        match states.recv_timeout(look_at.saturating_duration_since(Instant::now())) {
            Ok(state) => {
                ready |= matches!(state, NotifyState::Ready);
                tell(state, &mut deaf);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                tell_news(&watch.look(), watched);
                // Before it is ready, no sign of life is expected.
                if watched && ready && watch.all_go_on() && life::dead().is_none() {
                    tell(NotifyState::Watchdog, &mut deaf);
                }
                look_at = Instant::now() + life::pace();
            }
        }
    }
}

fn tell(state: NotifyState<'_>, deaf: &mut WarnOnce) {
    if let Err(error) = sd_notify::notify(&[state]) {
        deaf.failed(|| {
            warn!(
                "the service manager does not listen at $NOTIFY_SOCKET ({error}); it may restart Vitrine for \
                 want of signs of life"
            );
        });
    }
}

/// What hangs is a fault of Vitrine's, what waits is one of the world.
fn tell_news(news: &[News], watched: bool) {
    let (mut hang, mut go_on, mut wait) = (Vec::new(), Vec::new(), BTreeMap::<_, Vec<_>>::new());
    for news in news {
        match *news {
            News::Hangs(name) => hang.push(name),
            News::GoesOn(name) => go_on.push(name),
            News::Waits(name, what) => wait.entry(what).or_default().push(name),
        }
    }
    let silent = life::hang_timeout().as_secs_f64();
    if !hang.is_empty() {
        let then = if watched {
            "the service manager is told nothing more, and starts Vitrine anew"
        } else {
            "nobody starts Vitrine anew by itself here: end it with `kill -9`, and start it again"
        };
        error!(
            "a part of Vitrine hangs: {}, without a sign of life for {silent:.0} s; {then}. The artworks stay on screen. \
             Please report this with the log",
            hang.join(", ")
        );
    }
    for (what, names) in wait {
        warn!("{what} has not answered for {silent:.0} s; waiting for it: {}", names.join(", "));
    }
    if !go_on.is_empty() {
        info!("it goes on again: {}", go_on.join(", "));
    }
}
