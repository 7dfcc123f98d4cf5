//! Adapters: each one an actor of its own that knows one part of the outside world.
//!
//! Every adapter is `spawn(settings, events) -> Handle`: it is fed through the handle and answers with the
//! core's events. None knows another.

pub mod libvirt;
pub mod logind;
pub mod notify;
pub mod signals;
pub mod units;
pub mod viewer;
pub mod x11;

use tokio::sync::mpsc;

use crate::core::event::Event;

/// Where an adapter sends its events. Sending never waits; the daemon's end being gone is no error of the
/// adapter's, so it is not reported.
#[derive(Clone, Debug)]
pub struct Events(mpsc::UnboundedSender<Event>);

impl Events {
    /// A new channel.
    pub fn channel() -> (Self, mpsc::UnboundedReceiver<Event>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// The channel itself, for who speaks of events alone.
    pub fn sender(&self) -> mpsc::UnboundedSender<Event> {
        self.0.clone()
    }

    /// Sends an event to the daemon.
    pub fn send(&self, event: Event) {
        // The only error is that the daemon has gone, and then nobody is left to care.
        let _ = self.0.send(event);
    }
}
