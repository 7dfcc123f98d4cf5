//! How many connections may be open. Nobody is turned away: at a limit, whoever has been silent for longest gives way
//! to a newcomer. The guests of each exhibit, the commands, and each address of the network have limits of their own,
//! so that no crowd keeps others out.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use crate::core::types::ExhibitId;

/// Open connections of other clients together: neither guests nor commands. With those, and with many exhibits, all must
/// be fewer than the 1024 files that a process may usually have open (getrlimit(2)).
const MAX_OTHERS: usize = 512;
/// Open connections of other clients at one address of the network, so that no single one takes all. This machine itself
/// is exempt: a proxy and guests with user-mode networking come from there.
const MAX_PER_ADDRESS: usize = 64;
/// Open connections of the guest of one exhibit. A beat takes one for a moment.
const MAX_PER_GUEST: usize = 16;
/// Open connections of the commands together.
const MAX_COMMANDS: usize = 64;

/// Who connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// The guest of this exhibit.
    Guest(ExhibitId),
    /// One of Vitrine's commands, over the control socket.
    Command,
    /// Any other client, at this address.
    Other(IpAddr),
}

/// All connections of the API that are open.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// The number of the last permit.
    last: u64,
    /// By the numbers of their permits.
    open: BTreeMap<u64, (Client, Activity)>,
    /// The crowds that have been told of and are not over. There are no more of them than connections.
    crowds: Vec<Crowd>,
}

impl Connections {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether none is open.
    pub(super) fn is_empty(&self) -> bool {
        self.inner().open.is_empty()
    }

    /// Lets a newcomer in.
    pub(super) fn admit(self: &Arc<Self>, client: Client, now: Instant) -> ConnectionPermit {
        let mut inner = self.inner();
        if let Some(crowd) = inner.crowd(client) {
            if inner.is_news(crowd) {
                tracing::warn!(
                    newcomer = ?client, open = inner.open.len(),
                    "too many open connections to the API; whoever has been silent for longest gives way to each newcomer"
                );
            }
            inner.evict_one(|other| crowd.has(other));
        }
        inner.last += 1;
        let number = inner.last;
        let activity = Activity::new(now);
        inner.open.insert(number, (client, activity.clone()));
        ConnectionPermit { connections: Arc::clone(self), number, client, activity }
    }

    /// The system has no room for a further connection: the longest silence makes some. False where there is none.
    pub(super) fn make_room(&self) -> bool {
        self.inner().evict_one(|client| matches!(client, Client::Other(_)))
    }
}

/// Who are too many together, so that one of them has to give way to a newcomer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crowd {
    /// Those of one guest or address, or the commands.
    Same(Client),
    /// All clients that are neither guests nor commands.
    Others,
}

impl Crowd {
    fn has(self, client: Client) -> bool {
        match self {
            Self::Same(same) => client == same,
            Self::Others => matches!(client, Client::Other(_)),
        }
    }

    /// How many it takes.
    fn limit(self) -> usize {
        match self {
            Self::Same(Client::Guest(_)) => MAX_PER_GUEST,
            Self::Same(Client::Command) => MAX_COMMANDS,
            Self::Same(Client::Other(_)) => MAX_PER_ADDRESS,
            Self::Others => MAX_OTHERS,
        }
    }
}

impl Inner {
    fn count(&self, of: impl Fn(Client) -> bool) -> usize {
        self.open.values().filter(|(client, _)| of(*client)).count()
    }

    fn size(&self, crowd: Crowd) -> usize {
        self.count(|client| crowd.has(client))
    }

    /// The crowd that this newcomer would add to; `None` where there is room.
    fn crowd(&self, newcomer: Client) -> Option<Crowd> {
        let same = Crowd::Same(newcomer);
        let may_be = match newcomer {
            Client::Other(address) if address.is_loopback() => [None, Some(Crowd::Others)],
            Client::Other(_) => [Some(same), Some(Crowd::Others)],
            Client::Guest(_) | Client::Command => [Some(same), None],
        };
        may_be.into_iter().flatten().find(|crowd| self.size(*crowd) >= crowd.limit())
    }

    /// Whether this crowd was not told of yet: once is enough until it is over.
    fn is_news(&mut self, crowd: Crowd) -> bool {
        let is_news = !self.crowds.contains(&crowd);
        if is_news {
            self.crowds.push(crowd);
        }
        is_news
    }

    /// A crowd is over when half of it has gone.
    fn forget_crowds(&mut self) {
        let mut crowds = std::mem::take(&mut self.crowds);
        crowds.retain(|crowd| self.size(*crowd) > crowd.limit() / 2);
        self.crowds = crowds;
    }

    /// Of these, whoever has been silent for longest leaves; if all wait for an answer, whoever does so for longest.
    fn evict_one(&mut self, of: impl Fn(Client) -> bool) -> bool {
        let candidates = self.open.iter().filter(|(_, (client, _))| of(*client));
        let first = candidates.min_by_key(|(_, (_, activity))| activity.get()).map(|(number, _)| *number);
        let Some((_, activity)) = first.and_then(|number| self.open.remove(&number)) else { return false };
        activity.0.revoked.notify_one();
        true
    }
}

/// The right to be connected; it is given back when this is dropped.
#[derive(Debug)]
pub(super) struct ConnectionPermit {
    connections: Arc<Connections>,
    number: u64,
    client: Client,
    activity: Activity,
}

impl ConnectionPermit {
    /// It is known by now whose this connection is: it counts for that client from now on, to which another may have to
    /// give way.
    pub(super) fn belongs_to(self, client: Client, now: Instant) -> Self {
        if client == self.client {
            return self;
        }
        let connections = Arc::clone(&self.connections);
        drop(self);
        connections.admit(client, now)
    }

    /// What this connection does, for whoever serves it to say.
    pub(super) fn activity(&self) -> Activity {
        self.activity.clone()
    }

    /// Returns once this connection has to give way to another.
    pub(super) async fn revoked(&self) {
        self.activity.0.revoked.notified().await;
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut inner = self.connections.inner();
        inner.open.remove(&self.number);
        inner.forget_crowds();
    }
}

/// Whether a connection waits for its client or the client for an answer, and since when.
#[derive(Clone, Debug)]
pub(super) struct Activity(Arc<ActivityState>);

#[derive(Debug)]
struct ActivityState {
    since: Mutex<(Awaited, Instant)>,
    revoked: Notify,
}

/// What is waited for. Those who give way sooner come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Awaited {
    /// The client is to send a request, or the rest of one.
    Request,
    /// Vitrine is to answer.
    Answer,
}

impl Activity {
    fn new(now: Instant) -> Self {
        let since = Mutex::new((Awaited::Request, now));
        Self(Arc::new(ActivityState { since, revoked: Notify::new() }))
    }

    fn get(&self) -> (Awaited, Instant) {
        *self.0.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, awaited: Awaited, now: Instant) {
        *self.0.since.lock().unwrap_or_else(PoisonError::into_inner) = (awaited, now);
    }

    /// The whole of a request has arrived.
    pub(super) fn request_arrived(&self, now: Instant) {
        self.set(Awaited::Answer, now);
    }

    /// That request is answered.
    pub(super) fn answered(&self, now: Instant) {
        self.set(Awaited::Request, now);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::Duration;

    use super::*;

    struct Crowded {
        connections: Arc<Connections>,
        base: Instant,
        permits: Vec<ConnectionPermit>,
    }

    impl Crowded {
        fn new() -> Self {
            Self { connections: Arc::default(), base: Instant::now(), permits: Vec::new() }
        }

        /// The index of the newcomer's permit.
        fn enter(&mut self, client: Client) -> usize {
            let permit = self.connections.admit(client, self.now());
            self.permits.push(permit);
            self.permits.len() - 1
        }

        /// Each newcomer comes a moment later.
        fn now(&self) -> Instant {
            self.base + Duration::from_millis(self.permits.len() as u64)
        }

        fn has(&self, index: usize) -> bool {
            self.connections.inner().open.contains_key(&self.permits[index].number)
        }

        fn count(&self, client: Client) -> usize {
            self.connections.inner().count(|other| other == client)
        }
    }

    fn at(address: &str) -> Client {
        Client::Other(address.parse().unwrap())
    }

    #[test]
    fn the_longest_silence_gives_way() {
        let mut crowd = Crowded::new();
        let here = at("127.0.0.1");
        for _ in 0..MAX_OTHERS {
            crowd.enter(here);
        }
        // The first one has just been answered, the second one waits for an answer.
        crowd.permits[0].activity.answered(crowd.now());
        crowd.permits[1].activity.request_arrived(crowd.now());
        let newcomer = crowd.enter(here);
        let left: Vec<_> = (0..crowd.permits.len()).filter(|index| !crowd.has(*index)).collect();
        assert_eq!(left, [2]);
        assert!(crowd.has(newcomer));
        for _ in 0..MAX_OTHERS - 3 {
            crowd.enter(here);
        }
        assert!(crowd.has(0) && crowd.has(1));
        assert_eq!(crowd.count(here), MAX_OTHERS);
        crowd.enter(here);
        crowd.enter(here);
        assert!(crowd.has(1), "who waits for an answer stays");
    }

    #[test]
    fn if_all_wait_whoever_does_so_for_longest_gives_way() {
        let mut crowd = Crowded::new();
        for _ in 0..MAX_COMMANDS {
            let index = crowd.enter(Client::Command);
            crowd.permits[index].activity.request_arrived(crowd.now());
        }
        let newcomer = crowd.enter(Client::Command);
        assert!(crowd.has(newcomer) && !crowd.has(0));
        assert_eq!(crowd.count(Client::Command), MAX_COMMANDS);
    }

    #[test]
    fn no_crowd_takes_what_others_have() {
        let mut crowd = Crowded::new();
        let (first, second) = (Client::Guest(ExhibitId(1)), Client::Guest(ExhibitId(2)));
        let neighbour = at("192.168.122.9");
        let kept: Vec<_> =
            [first, second, Client::Command, neighbour].map(|client| crowd.enter(client)).into();
        for many in [second, Client::Command, at("10.0.0.1"), at("10.0.0.2")] {
            for _ in 0..2000 {
                crowd.enter(many);
            }
        }
        assert!(crowd.has(kept[0]), "a guest");
        assert!(crowd.has(kept[3]), "somebody else in the network");
        let counts = [second, Client::Command, at("10.0.0.1")].map(|client| crowd.count(client));
        assert_eq!(counts, [MAX_PER_GUEST, MAX_COMMANDS, MAX_PER_ADDRESS]);
        for _ in 0..2000 {
            crowd.enter(at("127.0.0.1"));
        }
        assert!(crowd.has(kept[0]));
        assert_eq!(crowd.count(second), MAX_PER_GUEST);
        crowd.permits.clear();
        assert!(crowd.connections.is_empty());
    }

    #[test]
    fn a_crowd_is_told_of_once_until_it_is_over() {
        for (client, limit, crowd) in [
            (Client::Guest(ExhibitId(1)), MAX_PER_GUEST, Crowd::Same(Client::Guest(ExhibitId(1)))),
            (Client::Command, MAX_COMMANDS, Crowd::Same(Client::Command)),
            (at("10.0.0.1"), MAX_PER_ADDRESS, Crowd::Same(at("10.0.0.1"))),
            (at("127.0.0.1"), MAX_OTHERS, Crowd::Others),
        ] {
            let connections: Arc<Connections> = Arc::default();
            let mut permits = VecDeque::new();
            for _ in 0..limit {
                permits.push_back(connections.admit(client, Instant::now()));
            }
            assert_eq!(connections.inner().crowds, [], "{client:?}");
            for _ in 0..2 * limit {
                permits.push_back(connections.admit(client, Instant::now()));
                assert!(!connections.inner().is_news(crowd), "{client:?}");
                // Who has to give way goes.
                permits.pop_front();
                assert!(!connections.inner().is_news(crowd), "{client:?}");
            }
            permits.truncate(limit / 2);
            assert!(connections.inner().is_news(crowd), "{client:?}");
        }
    }

    #[test]
    fn who_turns_out_to_be_a_guest_counts_for_it() {
        let mut crowd = Crowded::new();
        let (here, guest) = (at("127.0.0.1"), Client::Guest(ExhibitId(1)));
        for _ in 0..MAX_OTHERS {
            crowd.enter(here);
        }
        assert_eq!(crowd.count(here), MAX_OTHERS);
        for _ in 0..2 {
            let permit = crowd.permits.pop().unwrap().belongs_to(guest, crowd.now());
            crowd.permits.insert(0, permit);
        }
        assert_eq!((crowd.count(here), crowd.count(guest)), (MAX_OTHERS - 2, 2));
        let permit = crowd.permits.pop().unwrap();
        let number = permit.number;
        let permit = permit.belongs_to(here, crowd.now());
        assert_eq!((permit.number, crowd.count(here)), (number, MAX_OTHERS - 2));
    }

    #[tokio::test]
    async fn who_gives_way_is_told_so() {
        let mut crowd = Crowded::new();
        let guest = Client::Guest(ExhibitId(0));
        for _ in 0..=MAX_PER_GUEST {
            crowd.enter(guest);
        }
        crowd.permits[0].revoked().await;
        assert!(!crowd.connections.make_room());
        assert_eq!(crowd.count(guest), MAX_PER_GUEST, "a guest is not sent away for others");
    }
}
