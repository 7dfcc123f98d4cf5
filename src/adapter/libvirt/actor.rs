//! The task that owns what is known of libvirt and the VMs.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, WeakUnboundedSender};
use tokio::time::timeout_at;

use super::events::{self, Change, Raised, Sink};
use super::link::Link;
use super::reading::{self, Reading};
use super::{Msg, Settings, action, agent};
use crate::adapter::Events;
use crate::core::effect::WatchedVm;
use crate::core::event::Event;
use crate::core::types::{ExhibitId, Failure, OpId, PauseReason, Snapshots, VmAction, VmInfo, VmState};
use crate::life;

/// The pauses between attempts to connect grow from the first to the second.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// A connection that lasted for less does not reset the pause.
const LASTING: Duration = Duration::from_secs(10);
/// While an attempt hangs, another one is made after so long, up to so many at a time.
const HUNG_RETRY: (Duration, usize) = (Duration::from_secs(30), 3);
/// A change of a VM that was read is followed by libvirt's event of it within this, where none came before.
const EVENT_LATE: Duration = Duration::from_secs(2);
/// A libvirt that tells of nothing is connected to anew at most this often.
const DEAF_AGAIN: Duration = Duration::from_secs(60);
/// Until it tells of something again, VMs are looked at this often.
const DEAF_POLL: Duration = Duration::from_secs(1);
/// How long after its timeout a ping may come back before it counts as lost.
const PING_GRACE: Duration = Duration::from_secs(2);

pub(super) struct Actor {
    settings: Settings,
    events: Events,
    me: WeakUnboundedSender<Msg>,
    state: State,
    /// Numbers for connections and readings.
    last_number: u64,
    /// How many attempts to connect have not returned.
    opening: usize,
    watched: BTreeMap<ExhibitId, Watched>,
    /// When the last connection that told of nothing was given up.
    deaf_at: Option<Instant>,
    /// libvirt tells of nothing.
    deaf: bool,
    /// Actions that have not returned, and whether each of them takes over.
    acting: HashMap<ExhibitId, (OpId, bool)>,
    /// Pings that have not returned, and when each one counts as lost; `None` once it has been.
    pinging: HashMap<ExhibitId, Option<(OpId, Instant)>>,
}

enum State {
    Up { link: Arc<Link>, since: Instant, probe: Option<Instant> },
    Down { reason: Option<String>, pause: Duration, retry_at: Instant, trying: bool },
}

/// A VM that is watched.
struct Watched {
    vm: String,
    uuid: String,
    snapshots: Option<Snapshots>,
    /// When the reading of the snapshots began.
    snapshots_at: Option<Instant>,
    macs: Vec<String>,
    /// They are not known, or may be others now.
    macs_wanted: bool,
    /// The number of the reading of them that has not returned.
    macs_reading: Option<u64>,
    /// When the newest reading that was told of began, and the state that it found.
    told: Option<(Instant, VmState)>,
    /// When libvirt's last event of it came.
    heard_at: Option<Instant>,
    /// It has changed, and libvirt's event of that comes until then.
    event_by: Option<Instant>,
    reading: Option<InFlight>,
    /// What to read as soon as the present reading has returned.
    again: Option<Wish>,
    poll_at: Instant,
    /// libvirt was slow over this VM: its readings must not hold up those of the others.
    slow: bool,
    /// The reason why it cannot be read, once warned of.
    trouble: Option<Failure>,
}

struct InFlight {
    seq: u64,
    event_at: Option<Instant>,
    /// When the connection becomes doubtful over it; `None` once it has.
    late_at: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Wish {
    event_at: Option<Instant>,
    snapshots: bool,
}

impl Actor {
    pub(super) fn new(settings: Settings, events: Events, me: WeakUnboundedSender<Msg>) -> Self {
        Self {
            settings,
            events,
            me,
            state: down(None, RETRY.0, Instant::now()),
            last_number: 0,
            opening: 0,
            watched: BTreeMap::new(),
            deaf_at: None,
            deaf: false,
            acting: HashMap::new(),
            pinging: HashMap::new(),
        }
    }

    pub(super) async fn run(mut self, mut inbox: UnboundedReceiver<Msg>) {
        let life = life::begin("libvirt's adapter");
        loop {
            life.beat();
            self.on_time(Instant::now());
            let round = Instant::now() + life::pace();
            let at = self.wake_at().map_or(round, |at| at.min(round));
            let msg = match timeout_at(at.into(), inbox.recv()).await {
                Ok(msg) => msg,
                Err(_elapsed) => continue,
            };
            match msg {
                None | Some(Msg::Close) => return,
                Some(msg) => self.on_message(msg),
            }
        }
    }

    fn on_message(&mut self, msg: Msg) {
        match msg {
            Msg::Watch(vms) => self.watch(vms),
            Msg::Act { exhibit, op, action } => self.act(exhibit, op, action),
            Msg::Observe(exhibit) => self.wish(exhibit, Wish { event_at: None, snapshots: false }),
            Msg::SetTime(exhibit) => self.set_time(exhibit),
            Msg::Ping { exhibit, op, timeout } => self.ping(exhibit, op, timeout),
            Msg::Close => {}
            Msg::Raised { link, at, what } => {
                if self.link().is_some_and(|current| current.id() == link) {
                    self.raised(at, what);
                }
            }
            Msg::Opened(result) => self.opened(result),
            Msg::Read { exhibit, seq, result } => self.read(exhibit, seq, result),
            Msg::Macs { exhibit, seq, result } => self.macs(exhibit, seq, result),
            Msg::Acted { exhibit, op, vm, result, seen } => self.acted(exhibit, op, &vm, result, seen),
            Msg::Ponged { exhibit, op, answered } => {
                if let Some(Some(_)) = self.pinging.remove(&exhibit) {
                    self.events.send(Event::Pong { exhibit, op, answered });
                }
            }
            Msg::Probed { link, answered } => self.probed(link, answered),
        }
    }

    // Time.

    fn wake_at(&self) -> Option<Instant> {
        let pings = self.pinging.values().flatten().map(|(_, lost_at)| *lost_at);
        match &self.state {
            State::Down { retry_at, .. } => pings.chain([*retry_at]).min(),
            State::Up { probe, .. } => {
                let polls = self.watched.values().map(|watched| watched.poll_at);
                let late = self.watched.values().filter_map(|watched| watched.reading.as_ref()?.late_at);
                let events = self.watched.values().filter_map(|watched| watched.event_by);
                pings.chain(polls).chain(late).chain(events).chain(*probe).min()
            }
        }
    }

    fn on_time(&mut self, now: Instant) {
        self.lose_pings(now);
        match &mut self.state {
            State::Down { retry_at, .. } if *retry_at <= now => self.retry(now),
            State::Down { .. } => {}
            State::Up { probe: Some(at), .. } if *at <= now => {
                self.lost("libvirtd has stopped answering".to_owned());
            }
            State::Up { .. } => {
                self.doubt_late_readings(now);
                self.poll(now);
                self.doubt_events(now);
            }
        }
    }

    fn poll(&mut self, now: Instant) {
        let due = |watched: &&mut Watched| watched.poll_at <= now;
        let pace = self.pace();
        let mut exhibits = Vec::new();
        for (exhibit, watched) in self.watched.iter_mut().filter(|(_, watched)| due(watched)) {
            watched.poll_at = now + pace;
            // One that is being read needs no poll.
            if watched.reading.is_none() {
                exhibits.push(*exhibit);
            }
        }
        for exhibit in exhibits {
            self.wish(exhibit, Wish { event_at: None, snapshots: true });
        }
    }

    /// How often VMs are looked at, whatever is told of them.
    fn pace(&self) -> Duration {
        if self.deaf { self.settings.poll.min(DEAF_POLL) } else { self.settings.poll }
    }

    /// A reading that takes long raises the question whether it is libvirtd or only that VM.
    fn doubt_late_readings(&mut self, now: Instant) {
        let mut doubt = false;
        for watched in self.watched.values_mut() {
            if let Some(reading) = &mut watched.reading
                && reading.late_at.is_some_and(|at| at <= now)
            {
                reading.late_at = None;
                watched.slow = true;
                doubt = true;
            }
        }
        if doubt {
            self.probe(now);
        }
    }

    /// A connection that tells of nothing is as if it were not there, but that calls go on.
    fn doubt_events(&mut self, now: Instant) {
        let overdue = |watched: &&mut Watched| watched.event_by.is_some_and(|by| by <= now);
        let Some(watched) = self.watched.values_mut().find(overdue) else { return };
        watched.event_by = None;
        let vm = watched.vm.clone();
        self.deaf = true;
        for watched in self.watched.values_mut() {
            watched.poll_at = watched.poll_at.min(now + DEAF_POLL);
        }
        if self.deaf_at.is_some_and(|at| now.saturating_duration_since(at) < DEAF_AGAIN) {
            return;
        }
        if events::loop_stands() {
            tracing::error!("libvirt's event loop stands still; VMs are looked at every second instead");
        }
        tracing::warn!("libvirt has told nothing of a change of VM '{vm}'; it is connected to anew");
        self.deaf_at = Some(now);
        self.lost("it no longer tells what happens to VMs".to_owned());
    }

    fn probe(&mut self, now: Instant) {
        let State::Up { link, probe, .. } = &mut self.state else { return };
        if probe.is_some() {
            return;
        }
        *probe = Some(now + self.settings.call_deadline / 2);
        let (id, link) = (link.id(), Arc::clone(link));
        self.call(
            move || Msg::Probed { link: id, answered: link.answers() },
            Msg::Probed { link: id, answered: false },
        );
    }

    fn probed(&mut self, id: u64, answered: bool) {
        let State::Up { link, probe, .. } = &mut self.state else { return };
        if link.id() != id {
            return;
        }
        *probe = None;
        if !answered {
            self.lost("the connection broke".to_owned());
            return;
        }
        for (exhibit, watched) in &self.watched {
            let stuck = watched.reading.as_ref().is_some_and(|reading| reading.late_at.is_none());
            if stuck && !self.acting.contains_key(exhibit) {
                tracing::warn!(
                    "libvirt answers, but has kept VM '{}' locked for seconds; nothing can be known of it \
                     meanwhile. If this lasts, see 'virsh domjobinfo {}' and restart libvirtd.",
                    watched.vm,
                    watched.vm
                );
            }
        }
    }

    // The connection.

    fn link(&self) -> Option<&Arc<Link>> {
        match &self.state {
            State::Up { link, .. } => Some(link),
            State::Down { .. } => None,
        }
    }

    fn retry(&mut self, now: Instant) {
        let number = self.number();
        let State::Down { retry_at, trying, .. } = &mut self.state else { return };
        let hung = std::mem::take(trying);
        *retry_at = now + HUNG_RETRY.0;
        if self.opening < HUNG_RETRY.1 {
            if !hung {
                *trying = true;
                *retry_at = now + self.settings.call_deadline;
            }
            self.opening += 1;
            let uri = self.settings.uri.clone();
            let sink = Sink { link: number, to: self.me.clone() };
            self.call(
                move || Msg::Opened(Link::open(&uri, &sink).map(Box::new)),
                Msg::Opened(Err("the attempt to connect failed within Vitrine".to_owned())),
            );
        }
        if hung {
            let uri = &self.settings.uri;
            self.tell_down(format!("{uri}: libvirtd accepts connections but does not answer"));
        }
    }

    fn opened(&mut self, result: Result<Box<Link>, String>) {
        self.opening = self.opening.saturating_sub(1);
        let now = Instant::now();
        match (result, &mut self.state) {
            // An earlier attempt has come back late.
            (Ok(link), State::Up { .. }) => release(link),
            (Err(_), State::Up { .. }) => {}
            (Ok(link), State::Down { .. }) => self.up(Arc::from(link), now),
            (Err(reason), State::Down { retry_at, pause, trying, .. }) => {
                *trying = false;
                *retry_at = now + *pause;
                *pause = (*pause * 2).min(RETRY.1);
                self.tell_down(reason);
            }
        }
    }

    fn up(&mut self, link: Arc<Link>, now: Instant) {
        tracing::debug!("connected to {}", self.settings.uri);
        self.state = State::Up { link, since: now, probe: None };
        self.events.send(Event::HypervisorUp);
        self.read_all(now);
    }

    /// Says so once, until it is up again.
    fn tell_down(&mut self, why: String) {
        let State::Down { reason, .. } = &mut self.state else { return };
        if reason.is_none() {
            *reason = Some(why.clone());
            self.events.send(Event::HypervisorDown { reason: why });
        } else {
            tracing::trace!("libvirt is still away: {why}");
        }
    }

    fn lost(&mut self, reason: String) {
        let now = Instant::now();
        let State::Up { since, .. } = &self.state else { return };
        let lasted = now.saturating_duration_since(*since) >= LASTING;
        let pause = if lasted { RETRY.0 } else { RETRY.0 * 5 };
        let old = std::mem::replace(&mut self.state, down(None, pause, now + pause));
        if let State::Up { link, .. } = old {
            release(link);
        }
        for watched in self.watched.values_mut() {
            // What is in flight belongs to the old connection; its answer will not be known any more.
            watched.event_by = None;
            watched.reading = None;
            watched.again = None;
            watched.macs_reading = None;
        }
        self.tell_down(reason);
    }

    // Watching and reading.

    fn watch(&mut self, vms: Vec<WatchedVm>) {
        let now = Instant::now();
        let mut old = std::mem::take(&mut self.watched);
        for WatchedVm { exhibit, vm } in vms {
            let known = old.remove(&exhibit).filter(|watched| watched.vm == vm);
            self.watched.insert(exhibit, known.unwrap_or_else(|| Watched::new(vm, now)));
        }
        if self.link().is_some() {
            self.read_all(now);
        }
    }

    fn read_all(&mut self, now: Instant) {
        let pace = self.pace();
        let exhibits: Vec<_> = self.watched.keys().copied().collect();
        let count = u32::try_from(exhibits.len()).unwrap_or(u32::MAX).max(1);
        for (exhibit, place) in exhibits.into_iter().zip(1_u32..) {
            if let Some(watched) = self.watched.get_mut(&exhibit) {
                // Spread, so that the polls do not come all at once.
                watched.poll_at = now + pace * place / count;
            }
            self.want_macs(exhibit);
            self.wish(exhibit, Wish { event_at: None, snapshots: true });
        }
    }

    fn raised(&mut self, at: Instant, what: Raised) {
        let (name, uuid, change) = match what {
            Raised::Closed(reason) => return self.lost(reason.to_owned()),
            Raised::Domain { name, uuid, change } => (name, uuid, change),
        };
        if std::mem::take(&mut self.deaf) {
            tracing::info!("libvirt tells of VMs' changes again");
        }
        let concerned: Vec<_> = self
            .watched
            .iter()
            .filter(|(_, watched)| watched.vm == name || watched.uuid == uuid)
            .map(|(exhibit, _)| *exhibit)
            .collect();
        for exhibit in concerned {
            tracing::trace!(vm = name, ?change, "libvirt event");
            if let Some(watched) = self.watched.get_mut(&exhibit) {
                watched.heard_at = Some(at);
                watched.event_by = None;
            }
            match change {
                Change::State => self.wish(exhibit, Wish { event_at: Some(at), snapshots: false }),
                Change::Definition => {
                    self.want_macs(exhibit);
                    self.wish(exhibit, Wish { event_at: Some(at), snapshots: true });
                }
                Change::Reboot => self.events.send(Event::GuestRebooted { exhibit }),
                Change::Graphics { connected, ref peer } => {
                    self.events.send(Event::Graphics { exhibit, connected, peer: peer.clone() });
                }
            }
        }
    }

    /// Reads a VM now, or once more when the present reading has returned: that one may have been too early.
    fn wish(&mut self, exhibit: ExhibitId, wish: Wish) {
        let busy = self.acting.contains_key(&exhibit);
        let seq = self.number();
        let State::Up { link, .. } = &self.state else { return };
        let Some(watched) = self.watched.get_mut(&exhibit) else { return };
        if watched.reading.is_some() {
            watched.again = Some(watched.again.map_or(wish, |earlier| earlier.and(wish)));
            return;
        }
        let snapshots = wish.snapshots || watched.snapshots.is_none();
        let late_at = Some(Instant::now() + self.settings.call_deadline / 2);
        watched.reading = Some(InFlight { seq, event_at: wish.event_at, late_at });
        // libvirt keeps a VM locked through much of a revert, and then the reading waits.
        let apart = busy || watched.slow;
        let (link, vm) = (Arc::clone(link), watched.vm.clone());
        self.call(
            move || {
                let result = if apart {
                    link.apart(|conn| reading::read(conn, &vm, snapshots))
                } else {
                    reading::read(link.conn(), &vm, snapshots)
                };
                drop(link);
                Msg::Read { exhibit, seq, result }
            },
            Msg::Read { exhibit, seq, result: Err(panicked()) },
        );
    }

    fn read(&mut self, exhibit: ExhibitId, seq: u64, result: Result<Reading, Failure>) {
        let Some(watched) = self.watched.get_mut(&exhibit) else { return };
        // One of an earlier connection.
        let Some(reading) = watched.reading.take_if(|reading| reading.seq == seq) else { return };
        let again = watched.again.take();
        watched.slow = reading.late_at.is_none();
        match result {
            Ok(seen) => {
                watched.trouble = None;
                self.tell_seen(exhibit, seen, reading.event_at);
            }
            Err(Failure::Unreachable(why)) => {
                tracing::debug!("reading failed: {why}");
                self.probe(Instant::now());
            }
            Err(failure) => {
                if watched.trouble.as_ref() != Some(&failure) {
                    tracing::warn!("{failure}");
                    watched.trouble = Some(failure);
                }
            }
        }
        if let Some(wish) = again {
            self.wish(exhibit, wish);
        }
    }

    fn tell_seen(&mut self, exhibit: ExhibitId, seen: Reading, event_at: Option<Instant>) {
        let up_since = match self.state {
            State::Up { since, .. } if !self.acting.contains_key(&exhibit) => Some(since),
            State::Up { .. } | State::Down { .. } => None,
        };
        let Some(watched) = self.watched.get_mut(&exhibit) else { return };
        // Readings overlap, and one that began earlier may come back later. State and snapshots age apart.
        let stale = watched.told.is_some_and(|(at, _)| seen.read_at < at);
        let news = seen.snapshots.filter(|_| watched.snapshots_at.is_none_or(|at| at <= seen.read_at));
        if stale && news.is_none() {
            return;
        }
        if news.is_some() {
            watched.snapshots = news;
            watched.snapshots_at = Some(seen.read_at);
        }
        if !stale {
            if let Some((at, state)) = watched.told
                && up_since.is_some_and(|since| since <= at)
                && is_told(state, seen.state)
                && watched.heard_at.is_none_or(|heard| heard < at)
            {
                watched.event_by.get_or_insert(Instant::now() + EVENT_LATE);
            }
            watched.told = Some((seen.read_at, seen.state));
            watched.macs_wanted |= watched.uuid != seen.uuid;
            watched.uuid = seen.uuid;
        }
        self.tell(exhibit, event_at);
        self.read_macs(exhibit);
    }

    /// Tells what is known of a VM whose state has been read.
    fn tell(&self, exhibit: ExhibitId, event_at: Option<Instant>) {
        let Some(watched) = self.watched.get(&exhibit) else { return };
        let Some((read_at, state)) = watched.told else { return };
        let snapshots = watched.snapshots.clone().unwrap_or_default();
        let info = VmInfo { uuid: watched.uuid.clone(), state, snapshots, macs: watched.macs.clone() };
        self.events.send(Event::VmSeen { exhibit, info, read_at, event_at });
    }

    fn want_macs(&mut self, exhibit: ExhibitId) {
        if let Some(watched) = self.watched.get_mut(&exhibit) {
            watched.macs_wanted = true;
        }
    }

    /// Reads the MAC addresses, where they are wanted, apart from all else: it may take long.
    fn read_macs(&mut self, exhibit: ExhibitId) {
        let seq = self.number();
        let State::Up { link, .. } = &self.state else { return };
        let Some(watched) = self.watched.get_mut(&exhibit) else { return };
        if !watched.macs_wanted || watched.macs_reading.is_some() {
            return;
        }
        watched.macs_wanted = false;
        if watched.uuid.is_empty() {
            watched.macs.clear();
            return;
        }
        watched.macs_reading = Some(seq);
        let (link, vm) = (Arc::clone(link), watched.vm.clone());
        self.call(
            move || {
                let result = link.apart(|conn| reading::read_macs(conn, &vm));
                drop(link);
                Msg::Macs { exhibit, seq, result }
            },
            Msg::Macs { exhibit, seq, result: Err(panicked()) },
        );
    }

    fn macs(&mut self, exhibit: ExhibitId, seq: u64, result: Result<Vec<String>, Failure>) {
        let Some(watched) = self.watched.get_mut(&exhibit) else { return };
        if watched.macs_reading.take_if(|reading| *reading == seq).is_none() {
            return;
        }
        match result {
            Ok(macs) => {
                if watched.macs != macs {
                    watched.macs = macs;
                    self.tell(exhibit, None);
                }
                // Meanwhile they may have been wanted again.
                self.read_macs(exhibit);
            }
            Err(failure) => {
                tracing::debug!("{failure}");
                // Tried again after the next reading of the state.
                watched.macs_wanted = true;
            }
        }
    }

    // Actions and pings.

    fn act(&mut self, exhibit: ExhibitId, op: OpId, action: VmAction) {
        let done = |result| Event::Done { exhibit, op, result };
        let State::Up { link, .. } = &self.state else {
            let why = "there is no connection at present".to_owned();
            return self.events.send(done(Err(Failure::Unreachable(why))));
        };
        let Some(watched) = self.watched.get(&exhibit) else {
            tracing::error!(?exhibit, ?action, "asked to act on an exhibit that is not watched");
            return self.events.send(done(Err(Failure::VmMissing)));
        };
        // Reading is no work on the VM, and in nobody's way.
        if action != VmAction::Inspect {
            let takes_over = action.takes_over();
            if self.acting.get(&exhibit).is_some_and(|(_, ends_qemu)| *ends_qemu || !takes_over) {
                return self.events.send(done(Err(Failure::Busy)));
            }
            self.acting.insert(exhibit, (op, takes_over));
        }
        let (link, vm) = (Arc::clone(link), watched.vm.clone());
        let lost = Msg::Acted { exhibit, op, vm: vm.clone(), result: Err(panicked()), seen: None };
        self.call(
            move || {
                let mut seen = None;
                let result = link.apart(|conn| {
                    let done = action::run(conn, &vm, &action);
                    let read = reading::read(conn, &vm, true).map(|reading| seen = Some(reading));
                    // To read is all that was wanted, so what could not be read has failed.
                    if action == VmAction::Inspect { done.and(read) } else { done }
                });
                drop(link);
                Msg::Acted { exhibit, op, vm, result, seen }
            },
            lost,
        );
    }

    fn acted(
        &mut self,
        exhibit: ExhibitId,
        op: OpId,
        vm: &str,
        result: Result<(), Failure>,
        seen: Option<Reading>,
    ) {
        // One that another took over from is no longer there.
        if self.acting.get(&exhibit).is_some_and(|(acting, _)| *acting == op) {
            self.acting.remove(&exhibit);
        }
        let same_vm = self.watched.get(&exhibit).is_some_and(|watched| watched.vm == vm);
        if let Some(seen) = seen.filter(|_| same_vm) {
            self.tell_seen(exhibit, seen, None);
        }
        if matches!(result, Err(Failure::Unreachable(_))) {
            self.probe(Instant::now());
        }
        self.events.send(Event::Done { exhibit, op, result });
    }

    fn set_time(&self, exhibit: ExhibitId) {
        let vm = self.watched.get(&exhibit).map(|watched| watched.vm.clone());
        let (Some(link), Some(vm)) = (self.link().map(Arc::clone), vm) else { return };
        tokio::task::spawn_blocking(move || {
            if let Err(failure) = link.apart(|conn| agent::set_time(conn, &vm)) {
                tracing::debug!("{failure}");
            }
        });
    }

    fn ping(&mut self, exhibit: ExhibitId, op: OpId, timeout: Duration) {
        let link = self.link().map(Arc::clone);
        let vm = self.watched.get(&exhibit).map(|watched| watched.vm.clone());
        let (Some(link), Some(vm), false) = (link, vm, self.pinging.contains_key(&exhibit)) else {
            return self.events.send(Event::Pong { exhibit, op, answered: false });
        };
        let seconds = i32::try_from(timeout.as_millis().div_ceil(1000)).unwrap_or(i32::MAX).max(1);
        let grace = Duration::from_secs(u64::from(seconds.unsigned_abs())) + PING_GRACE;
        self.pinging.insert(exhibit, Some((op, Instant::now() + grace)));
        self.call(
            move || {
                let answered = link.apart(|conn| agent::ping(conn, &vm, seconds)).unwrap_or(false);
                drop(link);
                Msg::Ponged { exhibit, op, answered }
            },
            Msg::Ponged { exhibit, op, answered: false },
        );
    }

    fn lose_pings(&mut self, now: Instant) {
        for (exhibit, ping) in &mut self.pinging {
            if let Some((op, _)) = ping.take_if(|(_, lost_at)| *lost_at <= now) {
                self.events.send(Event::Pong { exhibit: *exhibit, op, answered: false });
            }
        }
    }

    // Calls.

    /// Runs a blocking call on a thread of its own, and sends what it says to this actor; `lost` if it panics.
    fn call(&self, work: impl FnOnce() -> Msg + Send + 'static, lost: Msg) {
        let Some(me) = self.me.upgrade() else { return };
        tokio::task::spawn_blocking(move || {
            let msg = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
                tracing::error!("a libvirt call panicked");
                lost
            });
            let _ = me.send(msg);
        });
    }

    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        if let State::Up { link, .. } =
            std::mem::replace(&mut self.state, down(None, RETRY.0, Instant::now()))
        {
            release(link);
        }
    }
}

impl Watched {
    fn new(vm: String, now: Instant) -> Self {
        Self {
            vm,
            uuid: String::new(),
            snapshots: None,
            snapshots_at: None,
            macs: Vec::new(),
            macs_wanted: true,
            macs_reading: None,
            told: None,
            heard_at: None,
            event_by: None,
            reading: None,
            again: None,
            poll_at: now,
            slow: false,
            trouble: None,
        }
    }
}

/// Whether libvirt tells of a change from one state to the other. What it is at work on it tells of only in the end.
fn is_told(from: VmState, to: VmState) -> bool {
    let class = |state| match state {
        VmState::Unknown | VmState::Paused(PauseReason::AtWork) => None,
        VmState::Missing | VmState::ShutOff => Some(0),
        VmState::Running | VmState::ShuttingDown => Some(1),
        VmState::Asleep | VmState::Crashed | VmState::Paused(_) => Some(2),
    };
    class(from).zip(class(to)).is_some_and(|(from, to)| from != to)
}

impl Wish {
    /// Both in one reading; the earlier event is the one whose news has waited longest.
    fn and(self, later: Self) -> Self {
        Self { event_at: self.event_at.or(later.event_at), snapshots: self.snapshots || later.snapshots }
    }
}

fn down(reason: Option<String>, pause: Duration, retry_at: Instant) -> State {
    State::Down { reason, pause, retry_at, trying: false }
}

fn panicked() -> Failure {
    Failure::Refused("a libvirt call failed within Vitrine; please report this with the log".to_owned())
}

/// Drops something whose drop may block on libvirtd, on a thread that nobody waits for, not even the runtime
/// when it ends.
fn release<T: Send + 'static>(thing: T) {
    let started = std::thread::Builder::new().name("libvirt-release".to_owned()).spawn(move || drop(thing));
    if let Err(error) = started {
        tracing::warn!("no thread to close a libvirt connection on: {error}");
    }
}
