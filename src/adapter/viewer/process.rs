//! Processes, held by a descriptor: they are waited for and signalled in the same way whether this Vitrine launched
//! them or an earlier one.

use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, ExitStatus};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags, Signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tracing::debug;

/// A process that leads a group of its own. While it is held, it is known whether its number still means it.
pub(super) struct Process {
    pid: Pid,
    end: AsyncFd<OwnedFd>,
    /// Only the parent is told how it ended.
    child: Option<Child>,
}

impl Process {
    /// Takes hold of a process that runs.
    ///
    /// # Errors
    /// There is none of this number, or the system has no descriptor to spare.
    pub(super) fn hold(pid: Pid) -> io::Result<Self> {
        // It is readable from the process's end on (pidfd_open(2)).
        let end = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
        #[allow(deprecated, reason = "sound for an OwnedFd, and what replaces it is unsafe")]
        let end = AsyncFd::with_interest(end, Interest::READABLE)?;
        Ok(Self { pid, end, child: None })
    }

    /// Takes hold of a child.
    ///
    /// # Errors
    /// The system has no descriptor to spare; the child is killed then.
    pub(super) fn hold_child(mut child: Child) -> io::Result<Self> {
        match Self::hold(Pid::from_child(&child)) {
            Ok(process) => Ok(Self { child: Some(child), ..process }),
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error)
            }
        }
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    pub(super) fn lives(&self) -> bool {
        let mut end = [PollFd::new(&self.end, PollFlags::IN)];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        !matches!(rustix::event::poll(&mut end, Some(&at_once)), Ok(ready) if ready > 0)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub(super) async fn ended(&self) -> io::Result<()> {
        self.end.readable().await.map(|_| ())
    }

    /// How it ended, where that is known.
    pub(super) fn status(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().ok().flatten()
    }

    /// Ends it: politely, and after this time by force.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub(super) async fn end(&self, grace: Duration) -> io::Result<()> {
        self.signal(Signal::TERM);
        // One that was stopped heeds nothing until it goes on.
        self.signal(Signal::CONT);
        match tokio::time::timeout(grace, self.ended()).await {
            Ok(ended) => ended,
            Err(_) => {
                debug!(pid = self.pid.as_raw_pid(), "the viewer does not end by itself; it is killed");
                self.signal(Signal::KILL);
                self.ended().await
            }
        }
    }

    /// To the whole group, so that a wrapper's children end too.
    fn signal(&self, signal: Signal) {
        if self.lives()
            && let Err(error) = rustix::process::kill_process_group(self.pid, signal)
        {
            debug!("the viewer {:?} cannot be signalled: {error}", self.pid);
        }
    }
}
