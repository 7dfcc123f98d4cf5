//! Signals of the operating system: SIGTERM and SIGINT end Vitrine, SIGHUP reads the configuration again.

use std::io;
use std::os::unix::net::UnixStream as Blocking;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level::pipe;
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End in order, as SIGTERM and SIGINT ask for.
    Terminate,
    /// Read the configuration again, as SIGHUP asks for.
    Reload,
}

/// Signals that have come. Of several of a kind that nobody has asked for yet, one is kept.
#[derive(Debug)]
pub struct Signals {
    terminate: UnixStream,
    reload: UnixStream,
}

impl Signals {
    /// Listens from now on, within the present tokio runtime.
    ///
    /// # Errors
    /// The system does not let signals be caught.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { terminate: caught(&[SIGTERM, SIGINT])?, reload: caught(&[SIGHUP])? })
    }

    /// The next one. Nothing is lost where this is given up.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            biased;
            () = came(&mut self.terminate) => Signal::Terminate,
            () = came(&mut self.reload) => Signal::Reload,
        }
    }
}

/// A stream that gets a byte with each of these signals.
fn caught(signals: &[i32]) -> io::Result<UnixStream> {
    let (reader, writer) = Blocking::pair()?;
    for signal in signals {
        pipe::register(*signal, writer.try_clone()?)?;
    }
    reader.set_nonblocking(true)?;
    UnixStream::from_std(reader)
}

async fn came(stream: &mut UnixStream) {
    let mut bytes = [0; 64];
    // The other end is never closed.
    if !matches!(stream.read(&mut bytes).await, Ok(1..)) {
        std::future::pending::<()>().await;
    }
}
