//! The connection to libvirt, as the actor has it: up, or down and tried again. Decides, and touches nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::link::Link;
use crate::core::types::{Backoff, Told};

/// The pauses between attempts to connect: a libvirtd that is restarted is back within a second, and an artwork that is
/// ill should not wait for longer than the longest.
const RETRY_PAUSES: Backoff = Backoff { first: Duration::from_millis(200), longest: Duration::from_secs(5) };
/// The first pause after a connection that did not last, so that one which breaks at once is not made without end.
const UNSTABLE_RETRY_PAUSE: Duration = Duration::from_secs(1);
/// How long a connection must have lasted for the pause to begin with the shortest one again.
const HEALTHY_RESET_AFTER: Duration = Duration::from_secs(10);
/// Time between two attempts while an earlier one hangs, which cannot be cancelled and keeps its thread.
const HUNG_RETRY_INTERVAL: Duration = Duration::from_secs(30);
/// How many attempts may hang at a time: another one is only to find out whether libvirtd has recovered.
const MAX_ATTEMPTS: usize = 3;

pub(super) struct Connection {
    state: State,
    /// How many attempts to connect have not returned.
    attempts: usize,
}

enum State {
    Up {
        link: Arc<Link>,
        since: Instant,
        /// It is in doubt, and has until then to answer.
        answer_by: Option<Instant>,
    },
    Down {
        /// The core has been told why.
        told: bool,
        pause: Duration,
        retry_at: Instant,
        /// An attempt is at work that has not counted as hung yet.
        trying: bool,
    },
}

/// What has become due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing but to wait.
    Nothing,
    /// To try again to connect.
    Retry,
    /// To give the connection up, which has not answered.
    Lost,
    /// To look after the VMs: it is up.
    Watching,
}

/// What is to be done about a connection that is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Retry {
    /// Another attempt is to be made.
    pub(super) attempt: bool,
    /// The last one hangs.
    pub(super) hung: bool,
}

/// What an attempt has come to.
pub(super) enum Opened {
    /// The connection is up.
    Up,
    /// There is none, for this reason.
    Failed(Told),
    /// It was up already; what came late is to be let go of.
    Late(Option<Box<Link>>),
}

impl Connection {
    /// Down, and to be tried at once.
    pub(super) fn new(now: Instant) -> Self {
        Self { state: down(RETRY_PAUSES.first, now), attempts: 0 }
    }

    pub(super) fn link(&self) -> Option<&Arc<Link>> {
        match &self.state {
            State::Up { link, .. } => Some(link),
            State::Down { .. } => None,
        }
    }

    /// Since when it is up.
    pub(super) fn up_since(&self) -> Option<Instant> {
        match &self.state {
            State::Up { since, .. } => Some(*since),
            State::Down { .. } => None,
        }
    }

    /// Whether this is the number of the connection that is up.
    pub(super) fn is(&self, id: u64) -> bool {
        self.link().is_some_and(|link| link.id() == id)
    }

    /// When something becomes due by itself.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        match &self.state {
            State::Up { answer_by, .. } => *answer_by,
            State::Down { retry_at, .. } => Some(*retry_at),
        }
    }

    pub(super) fn due(&self, now: Instant) -> Due {
        match &self.state {
            State::Down { retry_at, .. } if *retry_at <= now => Due::Retry,
            State::Down { .. } => Due::Nothing,
            State::Up { answer_by: Some(by), .. } if *by <= now => Due::Lost,
            State::Up { .. } => Due::Watching,
        }
    }

    /// The time has come to try again; an attempt that takes longer than `timeout` counts as hung.
    pub(super) fn retry(&mut self, now: Instant, timeout: Duration) -> Retry {
        let State::Down { retry_at, trying, .. } = &mut self.state else {
            return Retry { attempt: false, hung: false };
        };
        let hung = std::mem::take(trying);
        *retry_at = now + HUNG_RETRY_INTERVAL;
        let attempt = self.attempts < MAX_ATTEMPTS;
        if attempt {
            if !hung {
                *trying = true;
                *retry_at = now + timeout;
            }
            self.attempts += 1;
        }
        Retry { attempt, hung }
    }

    /// An attempt has returned.
    pub(super) fn opened(&mut self, result: Result<Box<Link>, Told>, now: Instant) -> Opened {
        self.attempts = self.attempts.saturating_sub(1);
        match (result, &mut self.state) {
            (result, State::Up { .. }) => Opened::Late(result.ok()),
            (Ok(link), State::Down { .. }) => {
                self.state = State::Up { link: Arc::from(link), since: now, answer_by: None };
                Opened::Up
            }
            (Err(reason), State::Down { retry_at, pause, trying, .. }) => {
                *trying = false;
                *retry_at = now + *pause;
                *pause = RETRY_PAUSES.next(*pause);
                Opened::Failed(reason)
            }
        }
    }

    /// Whether the core is to be told that it is down: once, until it is up again.
    pub(super) fn is_news(&mut self) -> bool {
        match &mut self.state {
            State::Down { told, .. } => !std::mem::replace(told, true),
            State::Up { .. } => false,
        }
    }

    /// Gives it up, to be tried again after a pause; what is to be let go of, if it was up.
    pub(super) fn lose(&mut self, now: Instant) -> Option<Arc<Link>> {
        let since = self.up_since()?;
        let lasted = now.saturating_duration_since(since) >= HEALTHY_RESET_AFTER;
        let pause = if lasted { RETRY_PAUSES.first } else { UNSTABLE_RETRY_PAUSE };
        match std::mem::replace(&mut self.state, down(pause, now + pause)) {
            State::Up { link, .. } => Some(link),
            State::Down { .. } => None,
        }
    }

    /// It is in doubt, and has until then to answer; what to ask, unless that is being asked already.
    pub(super) fn doubt(&mut self, by: Instant) -> Option<Arc<Link>> {
        match &mut self.state {
            State::Up { link, answer_by: answer_by @ None, .. } => {
                *answer_by = Some(by);
                Some(Arc::clone(link))
            }
            State::Up { .. } | State::Down { .. } => None,
        }
    }

    /// The question has returned.
    pub(super) fn answered(&mut self) {
        if let State::Up { answer_by, .. } = &mut self.state {
            *answer_by = None;
        }
    }
}

fn down(pause: Duration, retry_at: Instant) -> State {
    State::Down { told: false, pause, retry_at, trying: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_that_fail_are_made_more_and_more_slowly() {
        let begun = Instant::now();
        let mut now = begun;
        let mut connection = Connection::new(now);
        let mut pauses = Vec::new();
        for _ in 0..7 {
            assert_eq!(connection.due(now), Due::Retry);
            assert_eq!(connection.retry(now, Duration::from_secs(10)), Retry { attempt: true, hung: false });
            assert!(matches!(connection.opened(Err(Told::text("away")), now), Opened::Failed(_)));
            let at = connection.wake_at().unwrap();
            pauses.push((at - now).as_millis());
            now = at;
        }
        assert_eq!(pauses, [200, 400, 800, 1600, 3200, 5000, 5000]);
        assert!(connection.is_news());
        assert!(!connection.is_news());
    }

    #[test]
    fn attempts_that_hang_are_few() {
        let mut now = Instant::now();
        let mut connection = Connection::new(now);
        let mut attempts = Vec::new();
        for _ in 0..5 {
            attempts.push(connection.retry(now, Duration::from_secs(10)).attempt);
            now = connection.wake_at().unwrap();
        }
        assert_eq!(attempts, [true, true, true, false, false]);
        // One comes back, and another is made.
        assert!(matches!(connection.opened(Err(Told::text("at last")), now), Opened::Failed(_)));
        assert!(connection.retry(now, Duration::from_secs(10)).attempt);
    }
}
