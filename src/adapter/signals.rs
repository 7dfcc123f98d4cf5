//! Signals of the operating system: SIGTERM and SIGINT end Vitrine, SIGHUP reads the configuration again.

use std::io;

use tokio::signal::unix::{self, SignalKind};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End in order.
    Terminate,
    /// Read the configuration again.
    Reload,
}

/// Signals that have come. Of several of a kind that nobody has asked for yet, one is kept.
#[derive(Debug)]
pub struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
    hang_up: unix::Signal,
}

impl Signals {
    /// Listens from now on, within the present tokio runtime.
    ///
    /// # Errors
    /// The system does not let signals be caught.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: unix::signal(SignalKind::terminate())?,
            interrupt: unix::signal(SignalKind::interrupt())?,
            hang_up: unix::signal(SignalKind::hangup())?,
        })
    }

    /// The next one. Nothing is lost where this is given up.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.interrupt.recv() => Signal::Terminate,
            _ = self.hang_up.recv() => Signal::Reload,
        }
    }
}
