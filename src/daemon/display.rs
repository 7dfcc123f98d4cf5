//! Connecting to the X server while everything goes on: by a thread of its own, since it may not answer.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::adapter::{Events, Report, x11};
use crate::core::types::ScreenSettings;

/// How long the X server may take to let Vitrine in. It stands still for seconds while it sets up monitors.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The adapter, and what it reports.
type Connected = (x11::Handle, mpsc::UnboundedReceiver<Report>);

/// A connection that is being made.
#[derive(Default)]
pub(super) struct Connecting(Option<Attempt>);

struct Attempt {
    end: oneshot::Receiver<Result<Connected, x11::Error>>,
    /// When it is told that it takes long; `None` once it was.
    late_at: Option<Instant>,
}

/// How far it is.
pub(super) enum Progress {
    /// There is a connection, or there will be none.
    Ended(Result<Connected, x11::Error>),
    /// It takes long.
    Late,
}

impl Connecting {
    /// Whether one is being made.
    pub(super) fn is_going_on(&self) -> bool {
        self.0.is_some()
    }

    /// Has one made, and these screens set up.
    pub(super) fn begin(&mut self, screens: Vec<ScreenSettings>) {
        let (tell, end) = oneshot::channel();
        let connect = move || {
            // What it reports is to come after the handle by which it is answered.
            let (events, reports) = Events::channel();
            let _ = tell.send(x11::spawn(None, screens, events).map(|handle| (handle, reports)));
        };
        // Without a thread nothing is told, which is told as such.
        let _ = std::thread::Builder::new().name("connect".to_owned()).spawn(connect);
        self.0 = Some(Attempt { end, late_at: Some(Instant::now() + CONNECT_TIMEOUT) });
    }

    /// Returns once there is something to say; never where none is being made.
    pub(super) async fn progress(&mut self) -> Progress {
        let Some(attempt) = &mut self.0 else { return std::future::pending().await };
        let late = async {
            match attempt.late_at {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            end = &mut attempt.end => {
                self.0 = None;
                let lost = |_| x11::Error::System("the X server cannot be connected to", std::io::Error::other("no thread"));
                Progress::Ended(end.map_err(lost).flatten())
            }
            () = late => {
                attempt.late_at = None;
                Progress::Late
            }
        }
    }
}
