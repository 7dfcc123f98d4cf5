//! The task that owns what is known of libvirt and the VMs.
//!
//! ```text
//! Handle ────────── watch, act, ask ──┐
//! libvirt's events (events) ──────────┼─ Msg ─▶ Actor ── Event ─▶ the core
//! calls that have returned ───────────┘         │  owns: connection, watched, operations
//!        ▲                                      │
//!        └── a thread for each call ◀── call ───┘
//!            (link, reading, action, agent)
//! ```
//!
//! The actor never waits for libvirt. What it owns decides (`connection`: is it up, when is it tried again; `watch`: what
//! is to be read of a VM, and what of it is news; `operations`: what is at work on which VM); the actor makes the calls
//! and tells the core. A call that never returns keeps its thread, and the connection is put in doubt over it: libvirtd
//! is asked something that waits for no VM, and given up where it does not answer that either.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, WeakUnboundedSender};
use tokio::sync::oneshot;
use tokio::time::timeout_at;

use super::connection::{Connection, Due, Opened};
use super::description::Devices;
use super::events::{self, Change, LibvirtEvent, Sink};
use super::link::Link;
use super::operations::{Asked, Operations, Turn};
use super::reading::{self, Reading};
use super::serial::{self, Heard, Lines, OpenLine};
use super::watch::{ReadRequest, Watched};
use super::{Msg, Settings, action, agent, display, liveness, measure, spare};
use crate::adapter::Events;
use crate::core::effect::WatchedVm;
use crate::core::event::{Event, ProbeAnswer};
use crate::core::types::{ExhibitId, Failure, OpId, Told, VmAction};
use crate::life;
use crate::words::told;

/// Time between two new connections to a libvirt that tells of nothing: where one has not helped, many would only lose
/// what its calls still say.
const DEAF_RECONNECT_INTERVAL: Duration = Duration::from_secs(60);
/// Time between two readings of each VM until libvirt tells of something again: as long as a visitor may wait.
const DEAF_POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How long after its timeout a question may come back before it counts as lost: the timeout is the agent's or QEMU's,
/// and the answer has its way through libvirtd.
const ANSWER_GRACE: Duration = Duration::from_secs(2);

pub(super) struct Actor {
    settings: Settings,
    events: Events,
    me: WeakUnboundedSender<Msg>,
    connection: Connection,
    /// Numbers for connections and readings.
    last_number: u64,
    watched: BTreeMap<ExhibitId, Watched>,
    /// When the last connection that told of nothing was given up.
    deaf_at: Option<Instant>,
    /// libvirt tells of nothing.
    deaf: bool,
    operations: Operations,
    lines: Lines,
    /// The exhibits of whose VMs a picture is being taken.
    glancing: BTreeSet<ExhibitId>,
}

impl Actor {
    pub(super) fn new(settings: Settings, events: Events, me: WeakUnboundedSender<Msg>) -> Self {
        Self {
            settings,
            events,
            me,
            connection: Connection::new(Instant::now()),
            last_number: 0,
            watched: BTreeMap::new(),
            deaf_at: None,
            deaf: false,
            operations: Operations::default(),
            lines: Lines::new(Instant::now()),
            glancing: BTreeSet::new(),
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
            Msg::Observe(exhibit) => self.request(exhibit, ReadRequest { event_at: None, snapshots: false }),
            Msg::SetTime(exhibit) => self.set_time(exhibit),
            Msg::Ask { exhibit, op, asked, timeout } => self.ask(exhibit, op, asked, timeout),
            Msg::Measure(exhibit) => self.measure(exhibit),
            Msg::Glance { exhibit, reply } => self.glance(exhibit, reply),
            Msg::Glanced(exhibit) => drop(self.glancing.remove(&exhibit)),
            Msg::Measured { exhibit, size } => self.events.send(Event::GuestSize { exhibit, size }),
            Msg::Close => {}
            Msg::LibvirtEvent { link, at, what } => {
                if self.connection.is(link) {
                    self.on_event(at, what);
                }
            }
            Msg::Opened(result) => self.on_opened(result),
            Msg::Read { exhibit, seq, result } => self.on_read(exhibit, seq, result),
            Msg::Described { exhibit, seq, result } => self.on_described(exhibit, seq, result),
            Msg::LineOpened { exhibit, seq, result } => self.on_line_opened(exhibit, seq, result),
            Msg::Acted { exhibit, op, vm, result, seen } => self.on_acted(exhibit, op, &vm, result, seen),
            Msg::Answered { exhibit, op, asked, answer } => {
                if self.operations.end_question(exhibit, asked) {
                    self.events.send(Event::Probed { exhibit, op, answer });
                }
            }
            Msg::Probed { link, answered } => self.on_probed(link, answered),
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        let up = self.connection.link().is_some();
        let watched = self.watched.values().filter(|_| up).map(Watched::wake_at);
        let others = self.connection.wake_at().into_iter().chain(self.operations.wake_at());
        watched.chain(others).chain(self.lines.wake_at().filter(|_| up)).min()
    }

    fn on_time(&mut self, now: Instant) {
        for (exhibit, asked, op) in self.operations.lose_questions(now) {
            self.events.send(Event::Probed { exhibit, op, answer: asked.silence() });
        }
        match self.connection.due(now) {
            Due::Nothing => {}
            Due::Retry => self.retry(now),
            Due::Lost => self.lose(told!("libvirtd has stopped answering")),
            Due::Watching => {
                self.doubt_late_readings(now);
                self.poll(now);
                self.doubt_events(now);
                self.hear(now);
            }
        }
    }

    /// Opens the lines that are to be opened, and takes what has come through those that are.
    fn hear(&mut self, now: Instant) {
        let number = &mut self.last_number;
        let due = self.lines.due(now, || {
            *number += 1;
            *number
        });
        for serial::Attempt { exhibit, seq, vm, port } in due {
            let uri = self.settings.uri.clone();
            self.call(
                move || Msg::LineOpened { exhibit, seq, result: serial::open(&uri, &vm, &port) },
                Msg::LineOpened { exhibit, seq, result: Err(panicked().told()) },
            );
        }
        let heard = self.lines.read_in_time(now);
        self.pass_on(now, heard);
    }

    fn pass_on(&self, at: Instant, heard: Vec<(ExhibitId, Heard)>) {
        for (exhibit, heard) in heard {
            match heard {
                Heard::Beat(note) => self.events.send(Event::Beat { exhibit, at, note }),
                Heard::Ended(line) => self.close_line(exhibit, line),
            }
        }
    }

    fn close_line(&self, exhibit: ExhibitId, line: OpenLine) {
        release(line);
        self.events.send(Event::SerialLine { exhibit, is_open: false });
    }

    fn on_line_opened(&mut self, exhibit: ExhibitId, seq: u64, result: Result<OpenLine, Told>) {
        match self.lines.opened(exhibit, seq, result, Instant::now()) {
            Ok(()) => self.events.send(Event::SerialLine { exhibit, is_open: true }),
            Err(unwanted) => unwanted.map_or((), release),
        }
    }

    fn poll(&mut self, now: Instant) {
        let pace = self.pace();
        let due =
            |(exhibit, watched): (&ExhibitId, &mut Watched)| watched.polls(now, pace).then_some(*exhibit);
        let exhibits: Vec<_> = self.watched.iter_mut().filter_map(due).collect();
        for exhibit in exhibits {
            self.request(exhibit, ReadRequest { event_at: None, snapshots: true });
        }
    }

    /// How often VMs are looked at, whatever is told of them.
    fn pace(&self) -> Duration {
        if self.deaf { self.settings.poll.min(DEAF_POLL_INTERVAL) } else { self.settings.poll }
    }

    /// A reading that takes long raises the question whether it is libvirtd or only that VM.
    fn doubt_late_readings(&mut self, now: Instant) {
        let late = self.watched.values_mut().filter_map(|watched| watched.becomes_late(now).then_some(()));
        if late.count() > 0 {
            self.probe(now);
        }
    }

    /// A connection that tells of nothing is as if it were not there, but that calls go on.
    fn doubt_events(&mut self, now: Instant) {
        let mut watched = self.watched.values_mut();
        let Some(vm) = watched.find_map(|watched| watched.misses_event(now).then(|| watched.vm.clone()))
        else {
            return;
        };
        self.deaf = true;
        for watched in self.watched.values_mut() {
            watched.poll_by(now + DEAF_POLL_INTERVAL);
        }
        if self.deaf_at.is_some_and(|at| now.saturating_duration_since(at) < DEAF_RECONNECT_INTERVAL) {
            return;
        }
        if events::loop_stands() {
            tracing::error!("libvirt's event loop stands still; VMs are looked at every second instead");
        }
        tracing::warn!("libvirt has told nothing of a change of VM '{vm}'; it is connected to anew");
        self.deaf_at = Some(now);
        self.lose(told!("it no longer tells what happens to VMs"));
    }

    fn probe(&mut self, now: Instant) {
        let Some(link) = self.connection.doubt(now + self.settings.call_deadline / 2) else { return };
        let id = link.id();
        self.call(
            move || Msg::Probed { link: id, answered: link.answers() },
            Msg::Probed { link: id, answered: false },
        );
    }

    fn on_probed(&mut self, id: u64, answered: bool) {
        if !self.connection.is(id) {
            return;
        }
        self.connection.answered();
        if !answered {
            self.lose(told!("the connection broke"));
            return;
        }
        for (exhibit, watched) in &self.watched {
            if watched.is_late() && !self.operations.is_acting(*exhibit) {
                tracing::warn!(
                    "libvirt answers, but has kept VM '{}' locked for seconds; nothing can be known of it \
                     meanwhile. If this lasts, see 'virsh domjobinfo {}' and restart libvirtd.",
                    watched.vm,
                    watched.vm
                );
            }
        }
    }

    fn retry(&mut self, now: Instant) {
        let number = self.number();
        let retry = self.connection.retry(now, self.settings.call_deadline);
        if retry.attempt {
            let uri = self.settings.uri.clone();
            let sink = Sink { link: number, to: self.me.clone() };
            self.call(
                move || Msg::Opened(Link::open(&uri, &sink).map(Box::new)),
                Msg::Opened(Err(told!("the attempt to connect failed within Vitrine"))),
            );
        }
        if retry.hung {
            let uri = &self.settings.uri;
            self.tell_down(told!("{uri}: libvirtd accepts connections but does not answer", uri = uri));
        }
    }

    fn on_opened(&mut self, result: Result<Box<Link>, Told>) {
        let now = Instant::now();
        match self.connection.opened(result, now) {
            Opened::Up => {
                tracing::debug!("connected to {}", self.settings.uri);
                self.events.send(Event::HypervisorUp);
                self.read_all(now);
            }
            Opened::Failed(reason) => self.tell_down(reason),
            Opened::Late(link) => link.map_or((), release),
        }
    }

    /// Says so once, until it is up again.
    fn tell_down(&mut self, reason: Told) {
        if self.connection.is_news() {
            self.events.send(Event::HypervisorDown { reason });
        } else {
            tracing::trace!("libvirt is still away: {reason}");
        }
    }

    fn lose(&mut self, reason: Told) {
        let Some(link) = self.connection.lose(Instant::now()) else { return };
        release(link);
        self.watched.values_mut().for_each(Watched::disconnect);
        for (exhibit, line) in self.lines.close() {
            self.close_line(exhibit, line);
        }
        self.tell_down(reason);
    }

    fn watch(&mut self, vms: Vec<WatchedVm>) {
        let now = Instant::now();
        self.lines.watch(&vms).into_iter().for_each(release);
        let mut old = std::mem::take(&mut self.watched);
        for WatchedVm { exhibit, vm, serial: _ } in vms {
            let known = old.remove(&exhibit).filter(|watched| watched.vm == vm);
            self.watched.insert(exhibit, known.unwrap_or_else(|| Watched::new(vm, now)));
        }
        if self.connection.link().is_some() {
            self.read_all(now);
        }
    }

    fn read_all(&mut self, now: Instant) {
        let pace = self.pace();
        let exhibits: Vec<_> = self.watched.keys().copied().collect();
        let count = u32::try_from(exhibits.len()).unwrap_or(u32::MAX).max(1);
        for (exhibit, number) in exhibits.into_iter().zip(1_u32..) {
            if let Some(watched) = self.watched.get_mut(&exhibit) {
                // Spread, so that the polls do not come all at once.
                watched.poll_at(now + pace * number / count);
                watched.want_description();
            }
            self.request(exhibit, ReadRequest { event_at: None, snapshots: true });
        }
    }

    fn on_event(&mut self, at: Instant, what: LibvirtEvent) {
        let (name, uuid, change) = match what {
            LibvirtEvent::Closed(reason) => return self.lose(reason),
            LibvirtEvent::Domain { name, uuid, change } => (name, uuid, change),
        };
        if std::mem::take(&mut self.deaf) {
            tracing::info!("libvirt tells of VMs' changes again");
        }
        let mut concerned = Vec::new();
        for (exhibit, watched) in self.watched.iter_mut().filter(|(_, watched)| watched.is(&name, &uuid)) {
            watched.on_event(at);
            if change == Change::Definition {
                watched.want_description();
            }
            concerned.push(*exhibit);
        }
        for exhibit in concerned {
            tracing::trace!(vm = name, ?change, "libvirt event");
            match change {
                Change::State => self.request(exhibit, ReadRequest { event_at: Some(at), snapshots: false }),
                Change::Definition => {
                    self.events.send(Event::VmDefined { exhibit });
                    self.request(exhibit, ReadRequest { event_at: Some(at), snapshots: true });
                }
                Change::Reboot => self.events.send(Event::GuestRebooted { exhibit, at }),
                Change::Graphics { connected, ref peer } => {
                    self.events.send(Event::Graphics { exhibit, connected, peer: peer.clone() });
                }
            }
        }
    }

    /// Reads a VM now, or once more when the present reading has returned: that one may have been too early.
    fn request(&mut self, exhibit: ExhibitId, request: ReadRequest) {
        let seq = self.number();
        let Some(link) = self.connection.link() else { return };
        let Some(watched) = self.watched.get_mut(&exhibit) else { return };
        let late_at = Instant::now() + self.settings.call_deadline / 2;
        let Some(snapshots) = watched.begin(seq, request, late_at) else { return };
        // libvirt keeps a VM locked through much of a revert, and then the reading waits.
        let apart = self.operations.is_acting(exhibit) || watched.slow;
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

    fn on_read(&mut self, exhibit: ExhibitId, seq: u64, result: Result<Reading, Failure>) {
        let Some(watched) = self.watched.get_mut(&exhibit) else { return };
        let Some(returned) = watched.end(seq) else { return };
        match result {
            Ok(seen) => {
                watched.end_trouble();
                self.on_seen(exhibit, seen, returned.event_at);
            }
            Err(Failure::Unreachable(why)) => {
                tracing::debug!("reading failed: {why}");
                self.probe(Instant::now());
            }
            Err(failure) => {
                if watched.is_new_trouble(&failure) {
                    tracing::warn!("{failure}");
                }
            }
        }
        if let Some(request) = returned.again {
            self.request(exhibit, request);
        }
    }

    fn on_seen(&mut self, exhibit: ExhibitId, seen: Reading, event_at: Option<Instant>) {
        let quiet_since = self.connection.up_since().filter(|_| !self.operations.is_acting(exhibit));
        let Some(watched) = self.watched.get_mut(&exhibit) else { return };
        let (now, run) = (Instant::now(), seen.run);
        if watched.see(seen, now, quiet_since) {
            if let Some(line) = self.lines.sees(exhibit, run, now) {
                self.close_line(exhibit, line);
            }
            self.tell(exhibit, event_at);
            self.read_description(exhibit);
        }
    }

    /// Tells what is known of a VM whose state has been read.
    fn tell(&self, exhibit: ExhibitId, event_at: Option<Instant>) {
        if let Some((info, read_at)) = self.watched.get(&exhibit).and_then(Watched::info) {
            self.events.send(Event::VmSeen { exhibit, info, read_at, event_at });
        }
    }

    /// Reads the description, where it is wanted, apart from all else: it may take long.
    fn read_description(&mut self, exhibit: ExhibitId) {
        let seq = self.number();
        let Some(link) = self.connection.link() else { return };
        let Some(watched) = self.watched.get_mut(&exhibit) else { return };
        if !watched.begin_description(seq) {
            return;
        }
        let (link, vm) = (Arc::clone(link), watched.vm.clone());
        self.call(
            move || {
                let result = link.apart(|conn| {
                    spare::halt_spoiling(conn, &vm);
                    reading::read_description(conn, &vm)
                });
                drop(link);
                Msg::Described { exhibit, seq, result }
            },
            Msg::Described { exhibit, seq, result: Err(panicked()) },
        );
    }

    fn on_described(&mut self, exhibit: ExhibitId, seq: u64, result: Result<Devices, Failure>) {
        let Some(watched) = self.watched.get_mut(&exhibit) else { return };
        if !watched.end_description(seq) {
            return;
        }
        match result {
            Ok(devices) => {
                if watched.see_devices(devices) {
                    self.tell(exhibit, None);
                }
                // Meanwhile it may have been wanted again.
                self.read_description(exhibit);
            }
            Err(failure) => {
                tracing::debug!("{failure}");
                // Tried again after the next reading of the state.
                watched.want_description();
            }
        }
    }

    fn act(&mut self, exhibit: ExhibitId, op: OpId, action: VmAction) {
        let done = |result| Event::Done { exhibit, op, result };
        let Some(link) = self.connection.link() else {
            let why = told!("there is no connection at present");
            return self.events.send(done(Err(Failure::Unreachable(why))));
        };
        let Some(watched) = self.watched.get(&exhibit) else {
            tracing::error!(?exhibit, ?action, "asked to act on an exhibit that is not watched");
            return self.events.send(done(Err(Failure::VmMissing)));
        };
        // Reading is no work on the VM, and in nobody's way.
        let turn = if action == VmAction::Inspect {
            Some(Turn::default())
        } else {
            self.operations.begin(exhibit, op, action.takes_over())
        };
        let Some(turn) = turn else { return self.events.send(done(Err(Failure::Busy))) };
        let (link, vm) = (Arc::clone(link), watched.vm.clone());
        let lost = Msg::Acted { exhibit, op, vm: vm.clone(), result: Err(panicked()), seen: None };
        self.call(
            move || {
                let mut seen = None;
                let result = link.apart(|conn| {
                    let done = action::run(conn, &vm, &action, turn);
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

    fn on_acted(
        &mut self,
        exhibit: ExhibitId,
        op: OpId,
        vm: &str,
        result: Result<(), Failure>,
        seen: Option<Reading>,
    ) {
        self.operations.end(exhibit, op);
        // What the guest said before it was put back is to be heard before it is known that it was.
        let now = Instant::now();
        let heard = self.lines.read(now);
        self.pass_on(now, heard);
        let same_vm = self.watched.get(&exhibit).is_some_and(|watched| watched.vm == vm);
        if let Some(seen) = seen.filter(|_| same_vm) {
            self.on_seen(exhibit, seen, None);
        }
        if matches!(result, Err(Failure::Unreachable(_))) {
            self.probe(Instant::now());
        }
        self.events.send(Event::Done { exhibit, op, result });
    }

    fn set_time(&self, exhibit: ExhibitId) {
        let vm = self.watched.get(&exhibit).map(|watched| watched.vm.clone());
        let (Some(link), Some(vm)) = (self.connection.link().map(Arc::clone), vm) else { return };
        tokio::task::spawn_blocking(move || {
            if let Err(failure) = link.apart(|conn| agent::set_time(conn, &vm)) {
                tracing::debug!("{failure}");
            }
        });
    }

    fn measure(&self, exhibit: ExhibitId) {
        let link = self.connection.link().map(Arc::clone);
        let vm = self.watched.get(&exhibit).map(|watched| watched.vm.clone());
        let (Some(link), Some(vm)) = (link, vm) else {
            return self.events.send(Event::GuestSize { exhibit, size: None });
        };
        self.call(
            move || {
                let found = link.apart(|conn| measure::guest_size(conn, &vm));
                drop(link);
                let size = found.unwrap_or_else(|why| {
                    tracing::debug!("the size of the picture of VM '{vm}' is not to be had: {why}");
                    None
                });
                Msg::Measured { exhibit, size }
            },
            Msg::Measured { exhibit, size: None },
        );
    }

    fn glance(&mut self, exhibit: ExhibitId, reply: oneshot::Sender<Vec<u8>>) {
        let link = self.connection.link().map(Arc::clone);
        let vm = self.watched.get(&exhibit).map(|watched| watched.vm.clone());
        let (Some(link), Some(vm)) = (link, vm) else { return };
        // The last one may hang with its QEMU.
        if !self.glancing.insert(exhibit) {
            return;
        }
        self.call(
            move || {
                let taken = link.apart(|conn| measure::thumbnail(conn, &vm));
                drop(link);
                match taken {
                    // Who wanted it may have gone.
                    Ok(jpeg) => drop(reply.send(jpeg)),
                    Err(why) => tracing::debug!("there is no picture of VM '{vm}': {why}"),
                }
                Msg::Glanced(exhibit)
            },
            Msg::Glanced(exhibit),
        );
    }

    /// Asks a probe's question, of which one at a time is out.
    fn ask(&mut self, exhibit: ExhibitId, op: OpId, asked: Asked, timeout: Duration) {
        let link = self.connection.link().map(Arc::clone);
        let watched = self.watched.get(&exhibit);
        let (Some(link), Some(watched), false) = (link, watched, self.operations.is_asking(exhibit, asked))
        else {
            return self.events.send(Event::Probed { exhibit, op, answer: asked.silence() });
        };
        let (vm, question, uri) = (watched.vm.clone(), watched.qemu.clone(), self.settings.uri.clone());
        let seconds = i32::try_from(timeout.as_millis().div_ceil(1000)).unwrap_or(i32::MAX).max(1);
        let timeout = match asked {
            Asked::Agent => Duration::from_secs(u64::from(seconds.unsigned_abs())),
            Asked::Qemu | Asked::Display => timeout,
        };
        self.operations.begin_question(exhibit, asked, op, Instant::now() + timeout + ANSWER_GRACE);
        self.call(
            move || {
                let answer = match asked {
                    Asked::Agent => {
                        let answered = link.apart(|conn| agent::ping(conn, &vm, seconds));
                        ProbeAnswer::Agent { answered: answered.unwrap_or(false) }
                    }
                    Asked::Qemu => {
                        ProbeAnswer::Qemu { answers: liveness::answers(&link, &vm, &question, timeout) }
                    }
                    Asked::Display => {
                        let address = link.apart(|conn| Ok(display::address(conn, &uri, &vm)));
                        let answers = address.ok().flatten().map(|address| address.answers(timeout));
                        ProbeAnswer::Display { answers }
                    }
                };
                drop(link);
                Msg::Answered { exhibit, op, asked, answer }
            },
            Msg::Answered { exhibit, op, asked, answer: asked.silence() },
        );
    }

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
        if let Some(link) = self.connection.lose(Instant::now()) {
            release(link);
        }
    }
}

fn panicked() -> Failure {
    Failure::Refused(told!("a libvirt call failed within Vitrine; please report this with the log"))
}

/// Drops something whose drop may block on libvirtd, on a thread that nobody waits for, not even the runtime
/// when it ends.
fn release<T: Send + 'static>(thing: T) {
    let started = std::thread::Builder::new().name("libvirt-release".to_owned()).spawn(move || drop(thing));
    if let Err(error) = started {
        tracing::warn!("no thread to close a libvirt connection on: {error}");
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::core::types::SerialPort;

    #[test]
    fn while_libvirt_is_away_no_line_keeps_the_actor_awake() {
        let (events, _core) = Events::channel();
        let (me, _inbox) = mpsc::unbounded_channel();
        let settings = Settings {
            uri: String::new(),
            poll: Duration::from_secs(60),
            call_deadline: Duration::from_secs(10),
        };
        let mut actor = Actor::new(settings, events, me.downgrade());
        let now = Instant::now();
        // An attempt to connect is out.
        actor.connection.retry(now, Duration::from_secs(10));
        let exhibit = ExhibitId(1);
        actor.lines.watch(&[WatchedVm { exhibit, vm: "eden".to_owned(), serial: Some(SerialPort::First) }]);
        // An action's end, which has seen the VM, came after the connection was lost.
        actor.lines.sees(exhibit, Some(1), now);
        assert_eq!(actor.wake_at(), Some(now + Duration::from_secs(10)));
    }
}
