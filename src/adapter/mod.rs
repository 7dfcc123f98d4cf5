//! Adapters: each one an actor of its own that knows one part of the outside world.
//!
//! Every adapter is `spawn(settings, events) -> Handle`: it is fed through the handle and answers with
//! [`Report`]s, which are the core's events for the most part. None knows another.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod bus;
pub mod libvirt;
pub mod logind;
pub mod notify;
pub mod signals;
pub mod units;
pub mod viewer;
pub mod x11;

use tokio::sync::mpsc;

use crate::core::event::Event;
use crate::core::types::{ExhibitId, IncidentId, LaunchId};

/// What an adapter tells the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Something that the core decides about.
    Core(Event),
    /// A viewer's process has started; its windows are still to come, and are X11's to find.
    ViewerStarted {
        /// The exhibit that it shows.
        exhibit: ExhibitId,
        /// The launch that it comes from.
        launch: LaunchId,
        /// The process.
        pid: u32,
    },
    /// A picture for the journal was taken.
    PictureTaken {
        /// The incident that it belongs to.
        incident: IncidentId,
        /// The picture, small.
        jpeg: Vec<u8>,
    },
    /// The connection to the X server is gone, and with it every window.
    DisplayLost {
        /// Why, for people.
        reason: String,
    },
}

impl From<Event> for Report {
    fn from(event: Event) -> Self {
        Self::Core(event)
    }
}

/// Where an adapter sends its reports. Sending never waits; the daemon's end being gone is no error of the
/// adapter's, so it is not reported.
#[derive(Clone, Debug)]
pub struct Events(mpsc::UnboundedSender<Report>);

impl Events {
    /// A new channel.
    pub fn channel() -> (Self, mpsc::UnboundedReceiver<Report>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Sends a report, or an event of the core's, to the daemon.
    pub fn send(&self, report: impl Into<Report>) {
        // The only error is that the daemon has gone, and then nobody is left to care.
        let _ = self.0.send(report.into());
    }
}
