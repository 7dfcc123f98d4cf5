//! The process of the X server, and how it is ended.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::stream::poll_within;
use crate::core::types::XServerStays;

/// What an X server that is told to end gets for it: one that still works gives the console back.
const SIGTERM_TIMEOUT: Duration = Duration::from_secs(3);
/// What is killed ends within this, unless the kernel itself does not let go of it.
const SIGKILL_TIMEOUT: Duration = Duration::from_secs(5);

/// The process at the other end of a connection. It stays the same one, whatever becomes of its number.
#[derive(Debug)]
struct ServerProcess(OwnedFd);

impl ServerProcess {
    /// The one that listens at the other end of this socket.
    fn of(socket: impl AsFd) -> Result<Self, XServerStays> {
        // Through a network, or out of another container, it has no number.
        let peer = rustix::net::sockopt::socket_peercred(socket).map_err(|_| XServerStays::Elsewhere)?;
        if peer.pid.as_raw_pid() <= 0 {
            return Err(XServerStays::Elsewhere);
        }
        let process = pidfd_open(peer.pid, PidfdFlags::empty()).map_err(|_| XServerStays::Elsewhere)?;
        // Named after the handle is there: it is this process that is named.
        if is_x_server(peer.pid) { Ok(Self(process)) } else { Err(XServerStays::Elsewhere) }
    }

    /// Ends it: politely, then by force.
    fn end(&self) -> Result<(), XServerStays> {
        for (signal, time) in [(Signal::TERM, SIGTERM_TIMEOUT), (Signal::KILL, SIGKILL_TIMEOUT)] {
            match pidfd_send_signal(&self.0, signal) {
                Ok(()) => {}
                Err(Errno::SRCH) => return Ok(()),
                Err(_) => return Err(XServerStays::NotPermitted),
            }
            if self.ends_within(time) {
                return Ok(());
            }
        }
        Err(XServerStays::Undying)
    }

    fn ends_within(&self, time: Duration) -> bool {
        let ended = poll_within(&mut [PollFd::new(&self.0, PollFlags::IN)], time);
        // Only a signal handler would interrupt it, and this thread has none.
        ended.is_ok_and(|ended| ended > 0)
    }
}

/// Who is at the other end of the latest connection, as soon as there is one.
#[derive(Debug, Default)]
pub(super) struct Peer(Mutex<Option<Result<ServerProcess, XServerStays>>>);

impl Peer {
    /// It is reached by this socket.
    pub(super) fn is_reached(&self, socket: impl AsFd) {
        *self.lock() = Some(ServerProcess::of(socket));
    }

    /// Whether it is no X server of this computer, as far as is known.
    pub(super) fn is_elsewhere(&self) -> bool {
        matches!(*self.lock(), Some(Err(XServerStays::Elsewhere)))
    }

    /// Ends it: politely, then by force.
    pub(super) fn end(&self) -> Result<(), XServerStays> {
        match &*self.lock() {
            Some(Ok(process)) => process.end(),
            Some(Err(why)) => Err(*why),
            None => Err(XServerStays::Elsewhere),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Result<ServerProcess, XServerStays>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a process is an X server. All of them are called so: Xorg, Xvfb, Xwayland; what only passes a display on,
/// such as sshd, is not.
fn is_x_server(pid: Pid) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with('X'))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn what_is_no_x_server_is_left_alone() {
        // At the other end is this test.
        let (socket, _other) = UnixStream::pair().unwrap();
        assert!(matches!(ServerProcess::of(&socket), Err(XServerStays::Elsewhere)));
    }
}
