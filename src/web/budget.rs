//! How much each guest, and each address elsewhere, may ask of the daemon: who asks in a loop takes no time from others,
//! and fills no journal. Commands and the programs of this computer are not counted, nor are heartbeats.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::lock;
use super::reply::{Problem, WayOut};
use crate::core::types::{Action, ExhibitId};
use hyper::StatusCode;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    /// The guest of this exhibit.
    Guest(ExhibitId),
    /// Somebody else, at this address.
    Address(IpAddr),
}

/// What is asked for, by what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// It is written into the journal, and onto the disk for the next daemon.
    Decision,
    /// It takes the daemon's time. Guests of the Exhibition VM Controller report idleness once a second.
    Question,
}

impl Kind {
    fn of(action: &Action) -> Self {
        match action {
            Action::Start
            | Action::Stop
            | Action::Revert
            | Action::Hold { .. }
            | Action::Resume
            | Action::CreateSnapshot(_)
            | Action::ConvertSnapshot { .. }
            | Action::DeleteSnapshot(_) => Self::Decision,
            Action::ListSnapshots | Action::GuestRevert { .. } | Action::Idle { .. } => Self::Question,
        }
    }

    /// So many are taken at once.
    fn at_once(self) -> u32 {
        match self {
            Self::Decision | Self::Question => 60,
        }
    }

    /// And another one each time that so long has passed.
    fn interval(self) -> Duration {
        match self {
            Self::Decision => Duration::from_secs(10),
            Self::Question => Duration::from_millis(500),
        }
    }
}

/// Askers that are remembered; of a crowd of more, whoever asked first is forgotten.
const CAPACITY: usize = 1024;

/// What each has spent.
#[derive(Default)]
pub(super) struct Budgets(Mutex<HashMap<(Asker, Kind), Spent>>);

struct Spent {
    /// Requests that have not been earned back.
    count: f64,
    last: Instant,
}

impl Budgets {
    /// Counts a request.
    ///
    /// # Errors
    /// There were too many of late, and when the next one is taken.
    pub(super) fn spend(&self, asker: Asker, action: &Action, now: Instant) -> Result<(), Problem> {
        let kind = Kind::of(action);
        let interval = kind.interval();
        let mut all = lock(&self.0);
        if all.len() >= CAPACITY
            && !all.contains_key(&(asker, kind))
            && let Some(oldest) = all.iter().min_by_key(|(_, spent)| spent.last).map(|(key, _)| *key)
        {
            all.remove(&oldest);
        }
        let spent = all.entry((asker, kind)).or_insert(Spent { count: 0.0, last: now });
        let earned = now.saturating_duration_since(spent.last).div_duration_f64(interval);
        spent.count = (spent.count - earned).max(0.0);
        spent.last = now;
        let over = spent.count + 1.0 - f64::from(kind.at_once());
        if over > 0.0 {
            let wait = interval.mul_f64(over).as_secs() + 1;
            let text = format!("Too many requests of late; the next one is taken in {wait} seconds.");
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, text).with(WayOut::Later(wait)));
        }
        spent.count += 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_in_a_loop_waits_and_costs_others_nothing() {
        let (budgets, mut now) = (Budgets::default(), Instant::now());
        let guest = |id| Asker::Guest(ExhibitId(id));
        let hold = Action::Hold { until: None, reason: None };
        let many = |asker, action: &Action, now| {
            (0..1000).filter(|_| budgets.spend(asker, action, now).is_ok()).count()
        };
        assert_eq!(many(guest(1), &hold, now), 60);
        assert_eq!(many(guest(2), &hold, now), 60, "the neighbour has a budget of its own");
        assert_eq!(many(Asker::Address([10, 0, 0, 7].into()), &hold, now), 60);
        let idle = Action::Idle { lasted: Duration::from_secs(300) };
        assert_eq!(many(guest(1), &idle, now), 60, "and so has what costs less");
        now += Duration::from_secs(41);
        assert_eq!(many(guest(1), &hold, now), 4);
        let refused = budgets.spend(guest(1), &hold, now).unwrap_err();
        assert!(refused.detail().contains("taken in 10 seconds"), "{}", refused.detail());
        now += Duration::from_secs(3600);
        assert_eq!(many(guest(1), &hold, now), 60, "what is saved up has a bound");
    }

    #[test]
    fn a_report_each_second_is_always_taken() {
        let (budgets, begun) = (Budgets::default(), Instant::now());
        let idle = Action::Idle { lasted: Duration::from_secs(300) };
        for second in 0..10_000 {
            let now = begun + Duration::from_secs(second);
            assert!(budgets.spend(Asker::Guest(ExhibitId(0)), &idle, now).is_ok(), "{second}");
        }
    }

    #[test]
    fn a_crowd_takes_no_more_memory_than_a_few() {
        let (budgets, now) = (Budgets::default(), Instant::now());
        for number in 0..5000_u32 {
            let asker = Asker::Address(std::net::Ipv4Addr::from(number).into());
            assert!(budgets.spend(asker, &Action::Revert, now).is_ok());
        }
        assert_eq!(lock(&budgets.0).len(), CAPACITY);
    }
}
