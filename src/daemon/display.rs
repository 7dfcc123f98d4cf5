//! Connecting to the X server while everything goes on: by a thread of its own, since it may not answer.

use tokio::sync::{mpsc, oneshot};

use crate::adapter::{Events, Report, x11};
use crate::core::types::ScreenSettings;

/// The adapter, and what it reports.
pub(super) type Connected = (x11::Handle, mpsc::UnboundedReceiver<Report>);

/// A connection that is being made.
#[derive(Default)]
pub(super) struct Connecting(Option<oneshot::Receiver<Result<Connected, x11::Error>>>);

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
        self.0 = Some(end);
    }

    /// Returns once there is a connection, or there will be none; never where none is being made.
    pub(super) async fn ended(&mut self) -> Result<Connected, x11::Error> {
        let Some(end) = &mut self.0 else { return std::future::pending().await };
        let end = end.await;
        self.0 = None;
        let lost =
            |_| x11::Error::System("the X server cannot be connected to", std::io::Error::other("no thread"));
        end.map_err(lost).flatten()
    }
}
