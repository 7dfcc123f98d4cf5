//! The right to be connected. Nobody is turned away: where all seats are taken, whoever has been silent for longest
//! gives way to a newcomer. The guests of each exhibit, and the commands, have seats of their own, so that no crowd
//! keeps them out.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use crate::core::types::ExhibitId;

/// So many connections may be open that are neither a guest's nor a command's.
const OTHERS: usize = 512;
/// So many of those may come from one address of the network, so that no single one takes all. This machine itself is
/// exempt: a proxy and guests with user-mode networking come from there.
const ADDRESS: usize = 64;
/// So many the guest of one exhibit may have. A beat takes one for a moment; and with many exhibits all must be fewer
/// than the 1024 files that a process may usually have open (getrlimit(2)).
const GUEST: usize = 16;
/// So many the commands may have.
const COMMANDS: usize = 64;

/// Who takes a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The guest of an exhibit.
    Guest(ExhibitId),
    /// A command.
    Command,
    /// Somebody at this address.
    Other(IpAddr),
}

/// All seats.
#[derive(Debug, Default)]
pub(super) struct Seats(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    last: u64,
    taken: BTreeMap<u64, (Who, Attention)>,
    /// It was said that there are too many.
    crowded: bool,
}

impl Seats {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether everybody has left.
    pub(super) fn none(&self) -> bool {
        self.inside().taken.is_empty()
    }

    /// A newcomer takes a seat.
    pub(super) fn take(self: &Arc<Self>, who: Who, now: Instant) -> Seat {
        let mut inside = self.inside();
        let rivals = match who {
            Who::Other(address)
                if !address.is_loopback() && inside.count(|other| other == who) >= ADDRESS =>
            {
                Some(Rivals::Same)
            }
            Who::Other(_) => {
                (inside.count(|other| matches!(other, Who::Other(_))) >= OTHERS).then_some(Rivals::Others)
            }
            Who::Guest(_) => (inside.count(|other| other == who) >= GUEST).then_some(Rivals::Same),
            Who::Command => (inside.count(|other| other == who) >= COMMANDS).then_some(Rivals::Same),
        };
        if let Some(rivals) = rivals {
            inside.crowd(&who);
            inside.give_way(|other| match rivals {
                Rivals::Same => other == who,
                Rivals::Others => matches!(other, Who::Other(_)),
            });
        }
        inside.last += 1;
        let number = inside.last;
        let attention = Attention::new(now);
        inside.taken.insert(number, (who, attention.clone()));
        Seat { seats: Arc::clone(self), number, attention }
    }

    /// The system has no room for a further connection: the longest silence makes some. False where there is none.
    pub(super) fn make_room(&self) -> bool {
        self.inside().give_way(|who| matches!(who, Who::Other(_)))
    }
}

#[derive(Clone, Copy)]
enum Rivals {
    Same,
    Others,
}

impl Inside {
    fn count(&self, of: impl Fn(Who) -> bool) -> usize {
        self.taken.values().filter(|(who, _)| of(*who)).count()
    }

    /// Of these, whoever has been silent for longest leaves; if all wait for an answer, whoever does so for longest.
    fn give_way(&mut self, of: impl Fn(Who) -> bool) -> bool {
        let silent = self.taken.iter().filter(|(_, (who, _))| of(*who));
        let first = silent.min_by_key(|(_, (_, attention))| attention.get()).map(|(number, _)| *number);
        let Some((_, attention)) = first.and_then(|number| self.taken.remove(&number)) else { return false };
        attention.0.leave.notify_one();
        true
    }

    fn crowd(&mut self, who: &Who) {
        if !std::mem::replace(&mut self.crowded, true) {
            tracing::warn!(
                newcomer = ?who, open = self.taken.len(),
                "too many open connections to the API; whoever has been silent for longest gives way to each newcomer"
            );
        }
    }
}

/// A seat; it is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
    attention: Attention,
}

impl Seat {
    /// What this connection does.
    pub(super) fn attention(&self) -> Attention {
        self.attention.clone()
    }

    /// Comes back once somebody else has the seat.
    pub(super) async fn lost(&self) {
        self.attention.0.leave.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inside = self.seats.inside();
        inside.taken.remove(&self.number);
        if inside.taken.len() < OTHERS / 2 {
            inside.crowded = false;
        }
    }
}

/// Whether a connection waits for its client or the client for an answer, and since when.
#[derive(Clone, Debug)]
pub(super) struct Attention(Arc<Whose>);

#[derive(Debug)]
struct Whose {
    since: Mutex<(Turn, Instant)>,
    leave: Notify,
}

/// Those who give way sooner come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// The client is to send something: a request, or the rest of one.
    Client,
    /// The client waits.
    Ours,
}

impl Attention {
    fn new(now: Instant) -> Self {
        Self(Arc::new(Whose { since: Mutex::new((Turn::Client, now)), leave: Notify::new() }))
    }

    fn get(&self) -> (Turn, Instant) {
        *self.0.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, turn: Turn, now: Instant) {
        *self.0.since.lock().unwrap_or_else(PoisonError::into_inner) = (turn, now);
    }

    /// The whole of a request has arrived.
    pub(super) fn works(&self, now: Instant) {
        self.set(Turn::Ours, now);
    }

    /// It is answered.
    pub(super) fn rests(&self, now: Instant) {
        self.set(Turn::Client, now);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Hall {
        seats: Arc<Seats>,
        base: Instant,
        taken: Vec<Seat>,
    }

    impl Hall {
        fn new() -> Self {
            Self { seats: Arc::default(), base: Instant::now(), taken: Vec::new() }
        }

        /// The place of the newcomer.
        fn enter(&mut self, who: Who) -> usize {
            let seat = self.seats.take(who, self.now());
            self.taken.push(seat);
            self.taken.len() - 1
        }

        /// Each newcomer comes a moment later.
        fn now(&self) -> Instant {
            self.base + Duration::from_millis(self.taken.len() as u64)
        }

        fn has(&self, place: usize) -> bool {
            self.seats.inside().taken.contains_key(&self.taken[place].number)
        }

        fn count(&self, who: Who) -> usize {
            self.seats.inside().count(|other| other == who)
        }
    }

    fn at(address: &str) -> Who {
        Who::Other(address.parse().unwrap())
    }

    #[test]
    fn the_longest_silence_gives_way() {
        let mut hall = Hall::new();
        let here = at("127.0.0.1");
        for _ in 0..OTHERS {
            hall.enter(here);
        }
        // The first one has just been answered, the second one waits for an answer.
        hall.taken[0].attention.rests(hall.now());
        hall.taken[1].attention.works(hall.now());
        let newcomer = hall.enter(here);
        let left: Vec<_> = (0..hall.taken.len()).filter(|place| !hall.has(*place)).collect();
        assert_eq!(left, [2]);
        assert!(hall.has(newcomer));
        for _ in 0..OTHERS - 3 {
            hall.enter(here);
        }
        assert!(hall.has(0) && hall.has(1));
        assert_eq!(hall.count(here), OTHERS);
        hall.enter(here);
        hall.enter(here);
        assert!(hall.has(1), "who waits for an answer stays");
    }

    #[test]
    fn if_all_wait_whoever_does_so_for_longest_gives_way() {
        let mut hall = Hall::new();
        for _ in 0..COMMANDS {
            let place = hall.enter(Who::Command);
            hall.taken[place].attention.works(hall.now());
        }
        let newcomer = hall.enter(Who::Command);
        assert!(hall.has(newcomer) && !hall.has(0));
        assert_eq!(hall.count(Who::Command), COMMANDS);
    }

    #[test]
    fn no_crowd_takes_what_others_have() {
        let mut hall = Hall::new();
        let (first, second) = (Who::Guest(ExhibitId(1)), Who::Guest(ExhibitId(2)));
        let neighbour = at("192.168.122.9");
        let kept: Vec<_> = [first, second, Who::Command, neighbour].map(|who| hall.enter(who)).into();
        for crowd in [second, Who::Command, at("10.0.0.1"), at("10.0.0.2")] {
            for _ in 0..2000 {
                hall.enter(crowd);
            }
        }
        assert!(hall.has(kept[0]), "a guest");
        assert!(hall.has(kept[3]), "somebody else in the network");
        let counts = [second, Who::Command, at("10.0.0.1")].map(|who| hall.count(who));
        assert_eq!(counts, [GUEST, COMMANDS, ADDRESS]);
        for _ in 0..2000 {
            hall.enter(at("127.0.0.1"));
        }
        assert!(hall.has(kept[0]));
        assert_eq!(hall.count(second), GUEST);
        hall.taken.clear();
        assert!(hall.seats.none());
    }

    #[tokio::test]
    async fn who_gives_way_is_told_so() {
        let mut hall = Hall::new();
        let guest = Who::Guest(ExhibitId(0));
        for _ in 0..=GUEST {
            hall.enter(guest);
        }
        hall.taken[0].lost().await;
        assert!(!hall.seats.make_room());
        assert_eq!(hall.count(guest), GUEST, "a guest is not sent away for others");
    }
}
