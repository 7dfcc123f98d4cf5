//! The world outside the core: VMs with guests, viewers, libvirt, and the clock.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::{Duration, Instant};

use super::rng::Rng;
use super::snapshots::Snapshot;
use crate::core::decisions::SiteDecisions;
use crate::core::effect::{Effect, OrphanViewer, ProbeRequest, Spot, ViewerOptions};
use crate::core::event::{Event, ProbeAnswer};
use crate::core::incident::Outcome;
use crate::core::site::Site;
use crate::core::status::{PhaseStatus, Status, ViewerStatus, XServerStatus};
use crate::core::types::{
    Action, ActiveState, AgentSettings, Bus, CurtainPicture, CurtainSettings, DisplayAccess, ExhibitId,
    ExhibitSettings, Failure, Foreseen, HeartbeatSettings, IdleSettings, LastResortSettings, LaunchId, Means,
    Monitor, Now, OpId, PauseReason, PictureSettings, QemuSettings, RebootSettings, RecoverySettings, Rect,
    RequestId, ScreenName, SiteSettings, Size, Told, UnitInfo, UnitSettings, ViewerSettings, VmAction,
    VmInfo, VmState, WallTime,
};

/// Milliseconds since the museum opened.
pub(super) type Ms = u64;

pub(super) const SECOND: Ms = 1_000;
pub(super) const MINUTE: Ms = 60 * SECOND;
pub(super) const HOUR: Ms = 60 * MINUTE;
pub(super) const DAY: Ms = 24 * HOUR;

/// The unit that libvirt runs by.
const LIBVIRTS_UNIT: &str = "libvirtd.service";

/// A fault may have its effect so long after it was mended: a beat that comes late, a ping that is counted.
const FORGIVEN_AFTER: Ms = 10 * MINUTE;

/// A viewer that a daemon which died has left, as long as nobody has taken it over.
const ORPHANED: LaunchId = LaunchId(u64::MAX);

/// What goes on inside a VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guest {
    /// The artwork plays, beats are sent.
    Well,
    /// No beats and no agent until the VM is put back.
    Frozen,
    /// It reboots by itself and will be well at this time.
    Rebooting(Ms),
}

/// What brings libvirt back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Time,
    Restart,
    Reboot,
}

#[derive(Debug)]
pub(super) struct Vm {
    pub(super) id: ExhibitId,
    pub(super) state: VmState,
    pub(super) guest: Guest,
    /// Those named `ready` and their copies, in the order in which they were made.
    pub(super) snapshots: Vec<Snapshot>,
    /// A snapshot is being made, because staff wanted it.
    pub(super) making: bool,
    /// The snapshot that the guest came out of.
    pub(super) came_from: Option<String>,
    /// A snapshot has proven itself.
    pub(super) had_proven: bool,
    /// What is at work.
    pub(super) doing: Option<VmAction>,
    pub(super) defined: bool,
    /// So many actions to come fail.
    pub(super) failing: u32,
    /// The next action takes so long.
    pub(super) hang: Ms,
    /// The QEMU process has stopped for good: what needs its answer hangs until the process is ended.
    pub(super) qemu_hangs: bool,
    /// Its QEMU stands still until then, and goes on by itself: no illness.
    pub(super) stalls_until: Ms,
    /// It was called silent just now, though it is well: the next question is answered.
    pub(super) qemu_slandered: bool,
    /// The QEMU process takes no connection to its display until then, or until it is replaced.
    pub(super) display_down_until: Ms,
    pub(super) beat_every: Ms,
    pub(super) beat_generation: u64,
    /// The last beat was lost; the next one is not.
    pub(super) beat_lost: bool,
    /// The last ping was left unanswered by a healthy guest.
    pub(super) pong_lost: bool,
    /// When this daemon heard its last beat, unless something was done to it since.
    pub(super) heard: Option<Ms>,
    /// Beats are lost on the way until then.
    pub(super) deaf_until: Ms,
    pub(super) busy: Option<OpId>,
    pub(super) viewer: Option<LaunchId>,
    pub(super) viewer_monitors: Vec<u32>,
    pub(super) held: bool,
    pub(super) stopped: bool,
    pub(super) started_once: bool,
    /// Something was done to it that a remedy may answer.
    pub(super) excused: bool,
    /// Since when it is well in truth and in the core's eyes.
    pub(super) well_since: Ms,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WorldEvent {
    Beat {
        vm: usize,
        generation: u64,
    },
    Tell(Event),
    ActionEnds {
        vm: usize,
        op: OpId,
        action: VmAction,
    },
    ViewerEnds {
        vm: usize,
        launch: LaunchId,
        asked: bool,
    },
    GuestUp {
        vm: usize,
    },
    Fault,
    LibvirtBack,
    /// The computer has gone down by itself, and is up again.
    Rebooted,
    /// The X server was ended, and its session has come back.
    NextSession,
    MonitorBack {
        index: usize,
    },
    EndMaintenance {
        vm: usize,
    },
}

#[derive(Debug)]
pub(super) struct Museum {
    pub(super) seed: u64,
    pub(super) rng: Rng,
    /// For what is said of QEMU, of which all else is independent.
    qemu_rng: Rng,
    base: Instant,
    pub(super) now: Ms,
    pub(super) wall_offset: i64,
    /// The X server stands still: what it has to tell comes only then.
    pub(super) x_silent_until: Ms,
    queue: BinaryHeap<Reverse<(Ms, u64)>>,
    world_events: BTreeMap<u64, WorldEvent>,
    sequence: u64,
    pub(super) site: Site,
    pub(super) settings: Vec<ExhibitSettings>,
    pub(super) vms: Vec<Vm>,
    pub(super) libvirt_up: bool,
    /// What brings a libvirt back that does not come by itself.
    pub(super) libvirt_needs: Needs,
    pub(super) monitors: Vec<(Monitor, bool)>,
    next_request: u64,
    pub(super) unanswered: BTreeMap<RequestId, (Ms, usize, Action)>,
    pub(super) remedies: u64,
    /// Viewers that were launched, those apart that were taken over.
    pub(super) launches: u64,
    /// How often libvirt's unit and the computer were restarted as a last resort.
    pub(super) last_resorts: [u64; 2],
    /// How often a curtain was asked for.
    pub(super) curtains: u64,
    /// How often the X server was ended.
    pub(super) x_servers_ended: u64,
    /// Since when each monitor is covered.
    covered_since: Vec<Option<Ms>>,
    /// Since when each exhibit's sight is counted at the earliest: when its last incident ended, or staff left it.
    sight_counts_from: Vec<Ms>,
    pub(super) steps: u64,
    pub(super) faults: BTreeMap<&'static str, u64>,
    /// Beats of guests that are well, which came late, twice, or not at all.
    pub(super) odd_beats: [u64; 3],
    pub(super) faults_on: bool,
}

/// The last resort is allowed: after two minutes, and after thirty.
fn site_settings(exhibits: &[ExhibitSettings]) -> SiteSettings {
    let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
    SiteSettings {
        exhibits: exhibits.to_vec(),
        units: vec![UnitSettings {
            name: LIBVIRTS_UNIT.into(),
            bus: Bus::System,
            restart: false,
            named: false,
        }],
        last_resort: LastResortSettings {
            restart_libvirt: minutes(2),
            reboot: minutes(30),
            ..LastResortSettings::default()
        },
    }
}

impl Museum {
    pub(super) fn new(seed: u64, exhibits: usize) -> Self {
        let mut rng = Rng::new(seed);
        let base = Instant::now();
        let settings: Vec<_> = (0..exhibits).map(|n| settings(&mut rng, n)).collect();
        let vms = settings.iter().enumerate().map(|(n, settings)| vm(&mut rng, n, settings)).collect();
        let monitors = (0..exhibits).map(|n| (monitor(n), true)).collect();
        let now = Now { mono: base, wall: WallTime(0) };
        let mut effects = Vec::new();
        let site = Site::new(now, site_settings(&settings), &BTreeSet::new(), &mut effects);
        let mut museum = Self {
            seed,
            rng,
            qemu_rng: Rng::new(!seed),
            base,
            now: 0,
            wall_offset: 0,
            x_silent_until: 0,
            queue: BinaryHeap::new(),
            world_events: BTreeMap::new(),
            sequence: 0,
            site,
            settings,
            vms,
            libvirt_up: true,
            libvirt_needs: Needs::Time,
            monitors,
            next_request: 0,
            unanswered: BTreeMap::new(),
            remedies: 0,
            launches: 0,
            last_resorts: [0; 2],
            curtains: 0,
            x_servers_ended: 0,
            covered_since: vec![None; exhibits],
            sight_counts_from: vec![0; exhibits],
            steps: 0,
            faults: BTreeMap::new(),
            odd_beats: [0; 3],
            faults_on: true,
        };
        museum.connect();
        museum
    }

    fn connect(&mut self) {
        self.see_libvirts_unit();
        self.plug();
        if self.libvirt_up {
            self.after(5, WorldEvent::Tell(Event::HypervisorUp));
            for n in 0..self.vms.len() {
                self.see(n, 6);
            }
        }
    }

    fn see_libvirts_unit(&mut self) {
        let (bus, name) = (Bus::System, LIBVIRTS_UNIT.to_owned());
        let (active, none) = (ActiveState::Active, String::new());
        let info = UnitInfo::Loaded { active, sub: none.clone(), result: none, restarts: None };
        self.after(2, WorldEvent::Tell(Event::UnitSeen { bus, name, info }));
    }

    /// libvirt's unit is restarted: what libvirt is at work on is cut off, and that may bring it back.
    fn restart_libvirt(&mut self) {
        self.last_resorts[0] += 1;
        for n in 0..self.vms.len() {
            if let Some(op) = self.vms[n].busy.take() {
                self.vms[n].doing = None;
                self.vms[n].hang = 0;
                self.excuse(n);
                let (exhibit, result) = (self.vms[n].id, Err(Failure::unreachable("restarted")));
                self.after(1, WorldEvent::Tell(Event::Done { exhibit, op, result }));
            }
        }
        let reason = Told::text("libvirtd was restarted");
        self.after(2, WorldEvent::Tell(Event::HypervisorDown { reason }));
        if self.libvirt_needs != Needs::Reboot {
            self.libvirt_up = false;
            let back = self.rng.range(10, 5 * SECOND);
            self.after(back, WorldEvent::LibvirtBack);
        }
    }

    /// The computer is restarted: nobody may miss anything.
    fn reboot(&mut self) {
        self.last_resorts[1] += 1;
        let (seed, now) = (self.seed, self.now);
        for (n, vm) in self.vms.iter().enumerate() {
            let timeout =
                self.settings[n].heartbeat.map_or(0, |heartbeat| heartbeat.timeout.as_millis() as Ms);
            let beats = vm.heard.is_some_and(|at| now - at <= timeout);
            let shown = vm.state == VmState::Running && vm.viewer.is_some();
            assert!(
                !(beats && shown && vm.busy.is_none()),
                "seed {seed}: the computer is restarted at {now} ms, though exhibit {n} is well: {:?}",
                self.status().exhibits[n],
            );
            assert!(
                !vm.held,
                "seed {seed}: the computer is restarted at {now} ms, though exhibit {n} is held"
            );
        }
        self.after(SECOND, WorldEvent::Rebooted);
    }

    /// A new daemon after a power cut: VMs are off, viewers gone, nobody remembers a question.
    pub(super) fn power_cut(&mut self) {
        self.queue.clear();
        self.world_events.clear();
        self.unanswered.clear();
        self.x_silent_until = self.now;
        self.libvirt_up = true;
        self.libvirt_needs = Needs::Time;
        for n in 0..self.vms.len() {
            self.cut_off_snapshots(n);
        }
        for vm in &mut self.vms {
            vm.state = if vm.defined { VmState::ShutOff } else { VmState::Missing };
            vm.busy = None;
            vm.making = false;
            vm.viewer = None;
            vm.viewer_monitors.clear();
            vm.held = false;
            vm.stopped = false;
            vm.started_once = false;
            vm.excused = true;
            vm.well_since = self.now;
            vm.hang = 0;
            vm.qemu_hangs = false;
            vm.display_down_until = 0;
        }
        self.restart_daemon(&BTreeSet::new());
    }

    /// The daemon is killed: VMs and viewers live on, and the next one takes over what was well. Whether it was: a
    /// call that is at work would go on without it, which is left to the tests with real parts.
    pub(super) fn daemon_dies(&mut self) -> bool {
        if self.is_at_work() {
            return false;
        }
        // What was on its way to it is lost.
        self.world_events.retain(|_, world_event| !matches!(world_event, WorldEvent::Tell(_)));
        self.queue.retain(|Reverse((_, key))| self.world_events.contains_key(key));
        let (adopt, kept) = (self.site.adoptable(), self.site.decisions());
        let mut left = Vec::new();
        for n in 0..self.vms.len() {
            let name = self.settings[n].name.clone();
            let vm = self.settings[n].vm.clone();
            if !adopt.contains(&vm) && !kept.exhibits.contains_key(&name) {
                self.excuse(n);
            }
            if let Some(launch) = self.vms[n].viewer {
                self.rename_viewer(n, launch, ORPHANED);
                let Monitor { connector, rect, .. } = self.monitors[n].0.clone();
                let spots = vec![Spot { display: 1, connector, rect }];
                let options = ViewerOptions::default();
                left.push(OrphanViewer { vm, uuid: format!("uuid-{n}"), spots, options });
            }
        }
        self.restart_daemon(&adopt);
        self.site.restore(self.stamp(), &kept);
        self.site.note_orphans(&left);
        true
    }

    /// Whether a call is at work, or somebody waits for an answer.
    fn is_at_work(&self) -> bool {
        !self.unanswered.is_empty() || self.vms.iter().any(|vm| vm.busy.is_some())
    }

    fn rename_viewer(&mut self, n: usize, from: LaunchId, to: LaunchId) {
        self.vms[n].viewer = Some(to);
        for world_event in self.world_events.values_mut() {
            if let WorldEvent::ViewerEnds { vm, launch, .. } = world_event
                && (*vm, *launch) == (n, from)
            {
                *launch = to;
            }
        }
    }

    fn restart_daemon(&mut self, adopt: &BTreeSet<String>) {
        self.covered_since.fill(None);
        let mut effects = Vec::new();
        self.site = Site::new(self.stamp(), site_settings(&self.settings), adopt, &mut effects);
        for (n, vm) in self.vms.iter_mut().enumerate() {
            vm.id = ExhibitId(u32::try_from(n).unwrap());
            vm.heard = None;
        }
        self.connect();
    }

    pub(super) fn stamp(&self) -> Now {
        let wall = i64::try_from(self.now).unwrap() + self.wall_offset;
        Now { mono: self.base + Duration::from_millis(self.now), wall: WallTime(wall) }
    }

    pub(super) fn at(&mut self, when: Ms, world_event: WorldEvent) {
        self.sequence += 1;
        self.queue.push(Reverse((when, self.sequence)));
        self.world_events.insert(self.sequence, world_event);
    }

    pub(super) fn after(&mut self, delay: Ms, world_event: WorldEvent) {
        self.at(self.now + delay, world_event);
    }

    /// The VM's state is read as it is now, and told in a moment.
    pub(super) fn see(&mut self, n: usize, delay: Ms) {
        if !self.libvirt_up {
            return;
        }
        let info = self.info(n);
        let read_at = self.stamp().mono;
        let exhibit = self.vms[n].id;
        self.after(delay, WorldEvent::Tell(Event::VmSeen { exhibit, info, read_at, event_at: None }));
    }

    fn info(&self, n: usize) -> VmInfo {
        let vm = &self.vms[n];
        let snapshots = vm.told_snapshots();
        if vm.defined {
            VmInfo {
                uuid: Some(format!("uuid-{n}")),
                state: vm.state,
                snapshots,
                macs: vec![],
                display: DisplayAccess::Address,
            }
        } else {
            VmInfo { state: VmState::Missing, ..VmInfo::unknown() }
        }
    }

    pub(super) fn lit(&self) -> Vec<Monitor> {
        let lit = self.monitors.iter().filter(|(_, lit)| *lit).map(|(monitor, _)| monitor.clone());
        lit.zip(1..).map(|(monitor, index)| Monitor { index, ..monitor }).collect()
    }

    pub(super) fn plug(&mut self) {
        let lit = self.lit();
        self.after(20, WorldEvent::Tell(Event::Monitors(lit)));
    }

    pub(super) fn ask(&mut self, n: usize, action: Action) {
        self.next_request += 1;
        let id = RequestId(self.next_request);
        self.unanswered.insert(id, (self.now, n, action.clone()));
        let exhibit = self.vms[n].id;
        self.tell(Event::Request { id, exhibit, by: "staff".into(), action });
    }

    pub(super) fn set_guest(&mut self, n: usize, guest: Guest) {
        self.vms[n].guest = guest;
        self.vms[n].beat_generation += 1;
        match guest {
            Guest::Well => {
                let delay = self.rng.range(100, 2 * SECOND);
                let generation = self.vms[n].beat_generation;
                self.after(delay, WorldEvent::Beat { vm: n, generation });
            }
            Guest::Rebooting(at) => self.at(at, WorldEvent::GuestUp { vm: n }),
            Guest::Frozen => {}
        }
    }

    /// Lets the museum run until `end`.
    pub(super) fn run(&mut self, end: Ms) {
        loop {
            let timer = self.site.poll_timeout().map(|at| {
                let since = at.saturating_duration_since(self.base);
                Ms::try_from(since.as_nanos().div_ceil(1_000_000)).unwrap()
            });
            let next = self.queue.peek().map(|Reverse((at, _))| *at);
            let at = [timer, next].into_iter().flatten().min().unwrap_or(end);
            if at > end {
                self.now = self.now.max(end);
                return;
            }
            self.now = self.now.max(at);
            if next.is_some_and(|next| next <= self.now) {
                let Reverse((_, key)) = self.queue.pop().unwrap();
                let world_event = self.world_events.remove(&key).unwrap();
                self.handle(world_event);
            } else {
                self.tell(Event::Timer);
                let next = self.site.poll_timeout();
                assert!(
                    next.is_none_or(|next| next > self.stamp().mono),
                    "seed {}: the timer is due again at once, at {} ms: {:?}",
                    self.seed,
                    self.now,
                    self.site.status(self.stamp()),
                );
            }
        }
    }

    fn handle(&mut self, world_event: WorldEvent) {
        match world_event {
            WorldEvent::Beat { vm: n, generation } => self.beat(n, generation),
            WorldEvent::Tell(event) if self.now < self.x_silent_until && is_by_x_server(&event) => {
                self.at(self.x_silent_until, WorldEvent::Tell(event));
            }
            WorldEvent::Tell(event) => {
                let monitors = matches!(event, Event::Monitors(_));
                self.tell(event);
                if monitors {
                    self.end_orphans();
                }
            }
            WorldEvent::ActionEnds { vm, op, action } => self.action_ends(vm, op, &action),
            WorldEvent::ViewerEnds { vm: n, launch, asked } => {
                if self.vms[n].viewer == Some(launch) {
                    self.vms[n].viewer = None;
                    self.vms[n].viewer_monitors.clear();
                    let exhibit = self.vms[n].id;
                    let reason = if asked { "ended" } else { "crashed" }.into();
                    self.tell(Event::ViewerExited { exhibit, launch, reason });
                }
            }
            WorldEvent::GuestUp { vm } => {
                if matches!(self.vms[vm].guest, Guest::Rebooting(at) if at <= self.now) {
                    self.set_guest(vm, Guest::Well);
                }
            }
            WorldEvent::Fault => self.fault(),
            WorldEvent::Rebooted => {
                let reboots = self.site.decisions().reboots;
                self.power_cut();
                self.site.restore(self.stamp(), &SiteDecisions { reboots, ..SiteDecisions::default() });
                if self.faults_on {
                    self.after(MINUTE, WorldEvent::Fault);
                }
            }
            WorldEvent::NextSession => {
                self.x_silent_until = self.now;
                if self.is_at_work() {
                    return self.tell(Event::XServerAnswers);
                }
                // Its viewers went with the X server.
                for vm in &mut self.vms {
                    vm.viewer = None;
                    vm.viewer_monitors.clear();
                }
                self.daemon_dies();
            }
            WorldEvent::LibvirtBack => {
                self.libvirt_up = true;
                self.libvirt_needs = Needs::Time;
                self.tell(Event::HypervisorUp);
                for n in 0..self.vms.len() {
                    self.see(n, 3);
                }
            }
            WorldEvent::MonitorBack { index } => {
                self.monitors[index].1 = true;
                self.plug();
            }
            WorldEvent::EndMaintenance { vm: n } => {
                if self.vms[n].held || self.vms[n].stopped {
                    self.sight_counts_from[n] = self.now;
                }
                if self.vms[n].held {
                    self.vms[n].held = false;
                    self.ask(n, Action::Resume);
                }
                if self.vms[n].stopped {
                    self.vms[n].stopped = false;
                    self.excuse(n);
                    self.ask(n, Action::Start);
                }
            }
        }
    }

    /// Those that the next daemon has not taken over are ended.
    fn end_orphans(&mut self) {
        for vm in self.vms.iter_mut().filter(|vm| vm.viewer == Some(ORPHANED)) {
            vm.viewer = None;
            vm.viewer_monitors.clear();
        }
    }

    fn beat(&mut self, n: usize, generation: u64) {
        let vm = &self.vms[n];
        if vm.beat_generation != generation || vm.guest != Guest::Well {
            return;
        }
        if vm.stalls_until > self.now {
            return self.at(vm.stalls_until, WorldEvent::Beat { vm: n, generation });
        }
        let heard = vm.state == VmState::Running && vm.deaf_until <= self.now;
        let (exhibit, every, may_be_lost) = (vm.id, vm.beat_every, !vm.beat_lost);
        // Now and then a beat makes the next one late, comes twice, or is lost: within what the timeout, three times as
        // long as the pause between two beats, allows.
        let fate = self.rng.range(0, 50);
        let (late, twice, lost) = (fate == 0, fate == 1, fate == 2 && may_be_lost);
        self.vms[n].beat_lost = lost;
        for (count, is) in self.odd_beats.iter_mut().zip([late, twice, lost]) {
            *count += u64::from(is);
        }
        let heard = if heard && !lost { 1 + u32::from(twice) } else { 0 };
        if heard > 0 {
            self.vms[n].heard = Some(self.now);
            self.sign_of_life(n);
        }
        for _ in 0..heard {
            self.tell(Event::Beat { exhibit, at: self.stamp().mono, note: None });
        }
        let delay = if late { self.rng.range(0, every) } else { 0 };
        self.after(every + delay, WorldEvent::Beat { vm: n, generation });
    }

    /// Tells the core something, does what it wants, and checks what must always hold.
    pub(super) fn tell(&mut self, event: Event) {
        self.steps += 1;
        let asked_for = self.asked_for();
        let mut effects = Vec::new();
        self.site.receive(self.stamp(), event, &mut effects);
        self.check_blame(&effects, &asked_for);
        for effect in effects {
            self.carry_out(effect, &asked_for);
        }
    }

    /// While the X server is known to stand still, no viewer is ended but for its VM's sake, or by staff.
    fn check_blame(&self, effects: &[Effect], asked_for: &[usize]) {
        if self.now >= self.x_silent_until || self.status().x_server == XServerStatus::Answers {
            return;
        }
        for effect in effects {
            let Effect::EndViewer { exhibit, .. } = *effect else { continue };
            let n = self.index(exhibit);
            let for_vm =
                effects.iter().any(|it| matches!(it, Effect::Vm { exhibit: of, .. } if *of == exhibit));
            let vm = &self.vms[n];
            let runs = vm.state == VmState::Running && vm.busy.is_none() && self.libvirt_up;
            assert!(
                for_vm || !runs || asked_for.contains(&n) || vm.held || vm.stopped,
                "seed {}: at {} ms exhibit {n}'s viewer is ended, which the X server keeps waiting",
                self.seed,
                self.now
            );
        }
    }

    /// The exhibits that staff have asked something of that has not come to its end.
    fn asked_for(&self) -> Vec<usize> {
        let asked = self.unanswered.values().filter(|(_, _, action)| *action != Action::ListSnapshots);
        asked.map(|(_, n, _)| *n).collect()
    }

    fn carry_out(&mut self, effect: Effect, asked_for: &[usize]) {
        match effect {
            Effect::Vm { exhibit, op, action } => self.act(exhibit, op, action, asked_for),
            Effect::Observe { exhibit } => self.see(self.index(exhibit), 1),
            Effect::Probe { exhibit, op, request: ProbeRequest::Agent { .. } } => {
                let n = self.index(exhibit);
                let vm = &mut self.vms[n];
                let answers = vm.state == VmState::Running && vm.guest == Guest::Well && self.libvirt_up;
                // A healthy guest leaves one unanswered now and then, and answers the next.
                let lost = answers && !vm.pong_lost && self.rng.one_in(200);
                vm.pong_lost = lost;
                let answered = answers && !lost;
                if answered && self.settings[n].heartbeat.is_none() {
                    self.sign_of_life(n);
                }
                let delay = if answered { 2 } else { 5 * SECOND };
                self.after(
                    delay,
                    WorldEvent::Tell(Event::Probed { exhibit, op, answer: ProbeAnswer::Agent { answered } }),
                );
            }
            Effect::Probe { exhibit, op, request: ProbeRequest::Picture { .. } } => {
                let n = self.index(exhibit);
                let moves = self.vms[n].state == VmState::Running && self.vms[n].guest == Guest::Well;
                let picture = if moves { Some(self.now) } else { Some(0) };
                self.after(
                    10,
                    WorldEvent::Tell(Event::Probed {
                        exhibit,
                        op,
                        answer: ProbeAnswer::Picture { digest: picture },
                    }),
                );
            }
            Effect::Probe { exhibit, op, request: ProbeRequest::Qemu { timeout } } => {
                let (answers, delay) = self.qemu_answers(self.index(exhibit), timeout);
                let answer = ProbeAnswer::Qemu { answers };
                self.after(delay, WorldEvent::Tell(Event::Probed { exhibit, op, answer }));
            }
            Effect::Probe { exhibit, op, request: ProbeRequest::Display { .. } } => {
                let vm = &self.vms[self.index(exhibit)];
                let answers =
                    vm.state == VmState::Running && !vm.qemu_hangs && vm.display_down_until <= self.now;
                // Now and then it cannot be told.
                let answers = (self.libvirt_up && !self.rng.one_in(20)).then_some(answers);
                let answer = ProbeAnswer::Display { answers };
                self.after(20, WorldEvent::Tell(Event::Probed { exhibit, op, answer }));
            }
            Effect::Launch(plan) => self.launch(&plan),
            Effect::EndViewer { exhibit, launch } => {
                let n = self.index(exhibit);
                // A viewer on its way out is on no monitor any more: its windows go first.
                self.vms[n].viewer_monitors.clear();
                let delay = self.rng.range(10, SECOND);
                self.after(delay, WorldEvent::ViewerEnds { vm: n, launch, asked: true });
            }
            Effect::Answer { id, result } => {
                let known = self.unanswered.remove(&id);
                let Some((_, n, action)) = known else {
                    panic!("seed {}: {id:?} was answered twice", self.seed)
                };
                let wants_one = |(_, of, what): &(Ms, usize, Action)| {
                    *of == n && matches!(what, Action::CreateSnapshot(_) | Action::ConvertSnapshot { .. })
                };
                self.vms[n].making &= self.unanswered.values().any(wants_one);
                match (action, result) {
                    // A stop that failed leaves the exhibit watched over; one that takes too long stands.
                    (Action::Stop, Err(_)) => {
                        self.vms[n].stopped = self.status().exhibits[n].phase == PhaseStatus::Closed;
                    }
                    // A start that was refused is tried again by staff; one that failed, by the core.
                    (Action::Start, Err(_)) if self.status().exhibits[n].phase == PhaseStatus::Closed => {
                        self.vms[n].stopped = true;
                        self.after(MINUTE, WorldEvent::EndMaintenance { vm: n });
                    }
                    _ => {}
                }
            }
            Effect::RestartUnit { .. } => self.restart_libvirt(),
            Effect::Reboot => self.reboot(),
            Effect::EndXServer | Effect::EndSession if self.now >= self.x_silent_until => {
                panic!("seed {}: the X server has come round in time", self.seed)
            }
            Effect::EndXServer | Effect::EndSession => {
                self.x_servers_ended += 1;
                let pause = self.rng.range(2 * SECOND, 10 * SECOND);
                self.after(pause, WorldEvent::NextSession);
            }
            Effect::Scene(scene) => {
                self.curtains += u64::from(scene.iter().any(|plan| plan.covered));
                for (n, (monitor, _)) in self.monitors.iter().enumerate() {
                    let covered =
                        scene.iter().any(|plan| plan.monitor.connector == monitor.connector && plan.covered);
                    let since = &mut self.covered_since[n];
                    *since = covered.then_some(since.unwrap_or(self.now));
                }
            }
            Effect::MeasureGuest { exhibit } => {
                let size = Some(Size { width: 640, height: 480 });
                self.after(100, WorldEvent::Tell(Event::GuestSize { exhibit, size }));
            }
            Effect::Record(incident) => {
                if !matches!(incident.outcome, Outcome::Noticed | Outcome::Recovering | Outcome::Broken) {
                    let n = self.index(incident.exhibit);
                    self.sight_counts_from[n] = self.now;
                }
            }
            Effect::PreFlight => self.look_at_vms(),
            Effect::SetTime { .. }
            | Effect::Watch(_)
            | Effect::SaveLastFrame { .. }
            | Effect::TakePicture { .. }
            | Effect::WatchUnits(_)
            | Effect::Notice { .. }
            | Effect::Finished => {}
        }
    }

    /// What a look at the VMs finds. Now and then it is wrong, and says that no revert in place can succeed.
    fn look_at_vms(&mut self) {
        for exhibit in self.status().exhibits {
            let found = if self.rng.one_in(20) { vec![wrongly_foreseen()] } else { Vec::new() };
            self.after(5 * SECOND, WorldEvent::Tell(Event::Foreseen { exhibit: exhibit.id, found }));
        }
    }

    /// What asking its QEMU comes to, and after how long. One that hangs is found out by the time-out; of one that is
    /// well nothing may be known, it may answer late, or be called silent once, when libvirt was just restarted.
    fn qemu_answers(&mut self, n: usize, timeout: Duration) -> (Option<bool>, Ms) {
        let timeout = Ms::try_from(timeout.as_millis()).unwrap();
        let libvirt_up = self.libvirt_up;
        let vm = &mut self.vms[n];
        let alive = matches!(vm.state, VmState::Running | VmState::Paused(_) | VmState::Crashed);
        let slandered = std::mem::replace(&mut vm.qemu_slandered, false);
        if !libvirt_up || !alive {
            return (None, 2);
        }
        // libvirt is at work on it: its job comes first, and then nothing is known.
        if vm.busy.is_some() {
            return (None, timeout);
        }
        if vm.qemu_hangs {
            return (Some(false), timeout);
        }
        if vm.stalls_until > self.now {
            return (Some(true), vm.stalls_until - self.now);
        }
        match self.qemu_rng.range(0, 100) {
            0 => (Some(true), self.qemu_rng.range(SECOND, timeout)),
            1 => (None, timeout),
            2 if !slandered => {
                self.vms[n].qemu_slandered = true;
                (Some(false), timeout)
            }
            _ => (Some(true), 2),
        }
    }

    pub(super) fn index(&self, exhibit: ExhibitId) -> usize {
        self.vms.iter().position(|vm| vm.id == exhibit).unwrap()
    }

    fn act(&mut self, exhibit: ExhibitId, op: OpId, action: VmAction, asked_for: &[usize]) {
        let n = self.index(exhibit);
        let (seed, now) = (self.seed, self.now);
        if action == VmAction::Inspect {
            self.see(n, 1);
            let result = if self.libvirt_up { Ok(()) } else { Err(Failure::unreachable("down")) };
            self.after(2, WorldEvent::Tell(Event::Done { exhibit, op, result }));
            return;
        }
        let vm = &mut self.vms[n];
        vm.making |= matches!(action, VmAction::CreateSnapshot { .. } | VmAction::ConvertSnapshot { .. });
        vm.doing = Some(action.clone());
        vm.came_from = None;
        vm.heard = None;
        let what = format!("seed {seed}: {action:?} on exhibit {n} at {now} ms");
        let taken_over = vm.busy.replace(op);
        assert!(taken_over.is_none() || action.takes_over(), "{what}, while another is at work");
        let in_place = matches!(
            action,
            VmAction::RevertInPlace { .. }
                | VmAction::LoadSnapshot { in_place: true, .. }
                | VmAction::AdoptSnapshot { in_place: true, .. }
        );
        let of_making = matches!(
            action,
            VmAction::ConvertSnapshot { .. }
                | VmAction::LoadSnapshot { .. }
                | VmAction::AdoptSnapshot { .. }
                | VmAction::TidySnapshots { .. }
                | VmAction::AbandonSnapshot { .. }
        );
        assert!(!of_making || vm.making, "{what}, and nobody wants a snapshot");
        let disturbs = matches!(
            action,
            VmAction::RevertInPlace { .. }
                | VmAction::Revert { .. }
                | VmAction::DestroyRevert { .. }
                | VmAction::ColdStart { .. }
        );
        let drops_display = disturbs && !in_place
            || matches!(
                action,
                VmAction::ConvertSnapshot { present: false, .. }
                    | VmAction::LoadSnapshot { in_place: false, .. }
                    | VmAction::AdoptSnapshot { in_place: false, .. }
                    | VmAction::AbandonSnapshot { .. }
            );
        assert!(
            !vm.stopped || of_making || action == VmAction::Destroy,
            "{what}, though staff wanted it stopped"
        );
        if !asked_for.contains(&n) && !of_making {
            assert!(!vm.stopped, "{what}, though staff stopped it");
            assert!(!(vm.held && vm.started_once), "{what}, though it is held");
            assert!(
                !disturbs || vm.excused || !vm.started_once,
                "{what}, though it is well: {:?}",
                self.site.status(self.stamp()).exhibits[n]
            );
        }
        if disturbs {
            vm.started_once = true;
            self.remedies += 1;
        }
        let mut took = std::mem::take(&mut vm.hang) + self.rng.range(200, 3 * SECOND);
        if let Some(op) = taken_over {
            // libvirt kills a QEMU that hangs after 10 s, and that ends the call that waited for it.
            took += 12 * SECOND;
            let result = Err(Failure::refused("the QEMU process was killed"));
            self.after(12 * SECOND, WorldEvent::Tell(Event::Done { exhibit, op, result }));
        } else if self.vms[n].qemu_hangs {
            took += match action {
                VmAction::LoadSnapshot { in_place: false, .. } => 42 * SECOND,
                VmAction::RevertInPlace { .. }
                | VmAction::Resume
                | VmAction::LoadSnapshot { .. }
                | VmAction::AdoptSnapshot { .. }
                | VmAction::TidySnapshots { .. }
                | VmAction::DeleteSnapshot { .. } => DAY,
                // libvirt's patience with the job that holds the VM, and then as below.
                VmAction::Revert { .. } => 42 * SECOND,
                VmAction::DestroyRevert { .. }
                | VmAction::ColdStart { .. }
                | VmAction::Destroy
                | VmAction::AbandonSnapshot { .. } => 12 * SECOND,
                VmAction::CreateSnapshot { .. } | VmAction::ConvertSnapshot { .. } | VmAction::Inspect => {
                    5 * SECOND
                }
            };
        }
        if in_place && self.rng.one_in(4) {
            // Some QEMUs reset the machine before they load it.
            self.guest_reboot_told(n);
        }
        if in_place {
            // libvirt reports a pause and its end, in the middle of it or late.
            let state = std::mem::replace(&mut self.vms[n].state, paused(PauseReason::Suspended));
            let delay = self.rng.range(2, 500);
            self.see(n, delay);
            self.vms[n].state = state;
        } else if drops_display && self.vms[n].defined {
            // libvirt replaces the QEMU process: the display drops, and what is read in the middle of it may be
            // told only after its end.
            self.vms[n].state = VmState::ShutOff;
            self.vms[n].display_down_until = 0;
            let delay = self.rng.range(2, took + 10);
            self.see(n, delay);
            if let Some(launch) = self.vms[n].viewer {
                self.after(60, WorldEvent::ViewerEnds { vm: n, launch, asked: false });
            }
        }
        self.after(took, WorldEvent::ActionEnds { vm: n, op, action });
    }

    fn action_ends(&mut self, n: usize, op: OpId, action: &VmAction) {
        let exhibit = self.vms[n].id;
        if self.vms[n].busy != Some(op) {
            // It was taken over from, and has ended since.
            return;
        }
        self.vms[n].busy = None;
        self.vms[n].doing = None;
        let result = self.outcome(n, action);
        self.check_snapshots(n);
        self.see(n, 0);
        // An event that overtakes the call's return, or is overtaken by it.
        let delay = self.rng.range(0, 3);
        self.after(delay, WorldEvent::Tell(Event::Done { exhibit, op, result }));
        self.see(n, 5);
    }

    fn outcome(&mut self, n: usize, action: &VmAction) -> Result<(), Failure> {
        if !self.libvirt_up {
            // It may have gone while the call had the VM off.
            if self.vms[n].state == VmState::ShutOff {
                self.excuse(n);
            }
            return Err(Failure::unreachable("libvirtd is gone"));
        }
        if !self.vms[n].defined {
            return Err(Failure::VmMissing);
        }
        let ends_qemu = action.takes_over()
            || matches!(action, VmAction::Revert { .. } | VmAction::LoadSnapshot { in_place: false, .. });
        if self.vms[n].qemu_hangs && !ends_qemu {
            return Err(Failure::refused("QEMU does not answer"));
        }
        self.vms[n].qemu_hangs = false;
        let runs = matches!(self.vms[n].state, VmState::Running | VmState::Paused(_) | VmState::Crashed);
        if self.vms[n].failing > 0 {
            self.vms[n].failing -= 1;
            // It may have come half the way.
            let most = usize::try_from(self.rng.range(0, 3)).unwrap();
            self.change_snapshots(n, action, most);
            if matches!(action, VmAction::RevertInPlace { .. }) && runs {
                self.vms[n].state = paused(PauseReason::Suspended);
            }
            // A revert that failed on the way leaves the VM off, and nobody goes on from there.
            if matches!(action, VmAction::ConvertSnapshot { .. }) && self.vms[n].state == VmState::ShutOff {
                self.excuse(n);
            }
            return Err(Failure::refused("the port is taken"));
        }
        match action {
            VmAction::Resume if runs => self.vms[n].state = VmState::Running,
            VmAction::Resume => return Err(Failure::refused("it is off")),
            VmAction::RevertInPlace { .. } if !runs => return Err(Failure::refused("it is off")),
            VmAction::RevertInPlace { .. } | VmAction::Revert { .. } | VmAction::DestroyRevert { .. }
                if self.vms[n].snapshots.is_empty() =>
            {
                return Err(Failure::SnapshotMissing);
            }
            // What is wrong with the QEMU process itself lives through it.
            VmAction::RevertInPlace { .. } if self.faults_on && self.rng.one_in(8) => {
                self.vms[n].state = VmState::Running;
                self.set_guest(n, Guest::Frozen);
            }
            VmAction::RevertInPlace { .. } | VmAction::Revert { .. } | VmAction::DestroyRevert { .. } => {
                self.put_to(n, 0);
            }
            VmAction::ColdStart { .. } => self.boot(n),
            VmAction::Destroy => self.vms[n].state = VmState::ShutOff,
            VmAction::CreateSnapshot { replaces, .. } if *replaces == self.vms[n].snapshots.is_empty() => {
                return Err(Failure::refused("somebody made or deleted one"));
            }
            VmAction::CreateSnapshot { .. } | VmAction::TidySnapshots { .. } if runs => {
                self.change_snapshots(n, action, usize::MAX);
            }
            VmAction::ConvertSnapshot { present, .. } if runs || !present => {
                if !present {
                    self.put_to(n, 0);
                }
                self.change_snapshots(n, action, usize::MAX);
            }
            VmAction::LoadSnapshot { in_place, .. } if runs || !in_place => self.load_newest(n),
            VmAction::AdoptSnapshot { in_place, .. } if runs || !in_place => {
                self.load_newest(n);
                self.change_snapshots(n, action, usize::MAX);
            }
            VmAction::CreateSnapshot { .. }
            | VmAction::ConvertSnapshot { .. }
            | VmAction::LoadSnapshot { .. }
            | VmAction::AdoptSnapshot { .. }
            | VmAction::TidySnapshots { .. } => return Err(Failure::refused("it is off")),
            VmAction::AbandonSnapshot { .. } => {
                self.put_to(n, 0);
                self.change_snapshots(n, action, usize::MAX);
            }
            VmAction::DeleteSnapshot { .. } => {}
            VmAction::Inspect => unreachable!("reading is no slow action"),
        }
        Ok(())
    }

    fn launch(&mut self, plan: &crate::core::effect::ViewerPlan) {
        let n = self.index(plan.exhibit);
        let (seed, now) = (self.seed, self.now);
        let placed = Event::ViewerPlaced {
            exhibit: plan.exhibit,
            launch: plan.launch,
            displays: plan.heads.iter().map(|head| head.display).collect(),
        };
        if self.vms[n].viewer == Some(ORPHANED) {
            assert_eq!(plan.uuid, format!("uuid-{n}"), "seed {seed}: another VM's viewer at {now} ms");
            self.rename_viewer(n, ORPHANED, plan.launch);
            self.after(5, WorldEvent::Tell(placed));
            return;
        }
        self.launches += 1;
        assert!(self.vms[n].viewer.is_none(), "seed {seed}: a second viewer for exhibit {n} at {now} ms");
        let monitors: Vec<u32> = plan.heads.iter().map(|head| head.monitor.rect.x.unsigned_abs()).collect();
        for (m, other) in self.vms.iter().enumerate() {
            let shared = monitors.iter().any(|monitor| other.viewer_monitors.contains(monitor));
            assert!(!shared, "seed {seed}: exhibits {n} and {m} on one monitor at {now} ms");
        }
        self.vms[n].viewer = Some(plan.launch);
        self.vms[n].viewer_monitors = monitors;
        let crashes = self.faults_on && self.rng.one_in(20);
        if crashes {
            let life = self.rng.range(10, 5 * SECOND);
            self.after(life, WorldEvent::ViewerEnds { vm: n, launch: plan.launch, asked: false });
        } else if self.vms[n].display_down_until > self.now {
            self.after(SECOND, WorldEvent::ViewerEnds { vm: n, launch: plan.launch, asked: false });
        } else if self.faults_on && self.rng.one_in(50) {
            // It hangs, and never shows anything.
        } else {
            self.after(400, WorldEvent::Tell(placed));
        }
    }

    /// libvirt tells of a reboot, and a moment later once more.
    pub(super) fn guest_reboot_told(&mut self, n: usize) {
        let exhibit = self.vms[n].id;
        let echo = self.rng.range(1, 100);
        for delay in [1, 1 + echo] {
            let at = self.stamp().mono + Duration::from_millis(delay);
            self.after(delay, WorldEvent::Tell(Event::GuestRebooted { exhibit, at }));
        }
    }

    /// Whatever keeps the artworks from being seen for minutes is told.
    fn check_sight(&self) {
        let status = self.status();
        let open = |n: usize| status.exhibits[n].last_incident.as_ref().is_some_and(|it| it.lasted.is_none());
        for (n, since) in self.covered_since.iter().enumerate() {
            // Where another incident has just ended, or staff have let go of it, that is told in a moment.
            let since = since.map(|since| since.max(self.sight_counts_from[n]));
            let Some(since) = since.filter(|since| self.now - since > 2 * MINUTE) else { continue };
            let should_be_seen = !self.vms[n].stopped && !self.vms[n].held && self.monitors[n].1;
            assert!(
                !should_be_seen || status.exhibits[n].phase == PhaseStatus::Closed || open(n),
                "seed {}: exhibit {n} is not to be seen since {since} ms, and at {} ms nobody tells: {:?}",
                self.seed,
                self.now,
                status.exhibits[n]
            );
        }
    }

    /// Something is done to an exhibit that a remedy may answer.
    pub(super) fn excuse(&mut self, n: usize) {
        self.vms[n].excused = true;
        self.vms[n].well_since = self.now;
    }

    /// Where an exhibit has been well for a while and the core believes it, nothing excuses the next remedy.
    pub(super) fn forgive(&mut self) {
        self.check_sight();
        let status = self.site.status(self.stamp());
        for (vm, exhibit) in self.vms.iter_mut().zip(&status.exhibits) {
            let well = vm.guest == Guest::Well && vm.state == VmState::Running && vm.deaf_until <= self.now;
            let well = well && vm.display_down_until <= self.now;
            if !(well && vm.busy.is_none() && exhibit.phase == PhaseStatus::Healthy) {
                vm.well_since = self.now;
            } else if self.now - vm.well_since >= FORGIVEN_AFTER {
                vm.excused = false;
            }
        }
    }

    pub(super) fn status(&self) -> Status {
        self.site.status(self.stamp())
    }

    /// How many guests beat.
    pub(super) fn beating(&self) -> usize {
        self.settings.iter().filter(|settings| settings.heartbeat.is_some()).count()
    }

    /// What is not as it should be once faults have stopped for long enough.
    pub(super) fn complaints(&self) -> Vec<String> {
        let status = self.status();
        let exhibits = status.exhibits.iter().filter(|exhibit| {
            exhibit.phase != PhaseStatus::Healthy || exhibit.viewer != ViewerStatus::Shown || exhibit.unheard
        });
        exhibits
            .map(|exhibit| format!("{exhibit:?}"))
            .chain(
                self.vms
                    .iter()
                    .zip(&self.settings)
                    .filter(|(vm, settings)| vm.qemu_hangs && settings.qemu.is_some())
                    .map(|(_, settings)| format!("the QEMU of {} hangs, and nobody sees it", settings.name)),
            )
            .chain(
                self.unanswered.values().map(|(since, n, what)| {
                    format!("{what:?} on exhibit {n} at {since} ms was never answered")
                }),
            )
            .collect()
    }
}

fn settings(rng: &mut Rng, n: usize) -> ExhibitSettings {
    let timeout = Duration::from_secs([15, 120, 300, 300][usize::try_from(rng.range(0, 4)).unwrap()]);
    let heartbeat = HeartbeatSettings {
        timeout,
        first: Duration::from_secs(60).max(timeout),
        boot: Duration::from_secs(300),
    };
    let agent =
        AgentSettings { interval: Duration::from_secs(60), timeout: Duration::from_secs(5), misses: 3 };
    ExhibitSettings {
        name: format!("exhibit-{n}"),
        vm: format!("vm-{n}"),
        snapshot: "ready".into(),
        screens: vec![ScreenName::Connector(format!("DP-{n}"))],
        curtain: CurtainSettings { picture: CurtainPicture::Last, text: None },
        hide_pointer: false,
        viewer: ViewerSettings::default(),
        heartbeat: (!rng.one_in(4)).then_some(heartbeat),
        serial: None,
        agent: rng.one_in(4).then_some(agent),
        picture: rng.one_in(4).then_some(PictureSettings {
            frozen: Duration::from_secs(120),
            interval: Duration::from_secs(60),
        }),
        qemu: (n % 8 != 7).then_some(QemuSettings {
            interval: Duration::from_secs(10),
            timeout: Duration::from_secs(10),
            misses: 2,
        }),
        shown: (!rng.one_in(6)).then_some(Duration::from_secs(120)),
        reboot: if rng.one_in(4) { RebootSettings::Ignore } else { RebootSettings::Revert },
        idle: IdleSettings::Trust,
        auto_revert: true,
        set_time: true,
        recovery: RecoverySettings {
            attempts: 3,
            window: Duration::from_secs(600),
            first_pause: Duration::from_secs(30),
            longest_pause: Duration::from_secs(900),
            reset_after: Duration::from_secs(120),
            deadline: Duration::from_secs(60),
            in_place: (!rng.one_in(4)).then_some(Duration::from_secs(10)),
            cold_start: rng.one_in(4),
        },
    }
}

fn vm(rng: &mut Rng, n: usize, settings: &ExhibitSettings) -> Vm {
    let timeout = settings.heartbeat.map_or(Duration::from_secs(60), |heartbeat| heartbeat.timeout);
    Vm {
        id: ExhibitId(u32::try_from(n).unwrap()),
        state: VmState::ShutOff,
        guest: Guest::Frozen,
        snapshots: if rng.one_in(10) { vec![] } else { vec![Snapshot::sound(rng.one_in(5))] },
        making: false,
        came_from: None,
        had_proven: false,
        doing: None,
        defined: true,
        failing: 0,
        hang: 0,
        qemu_hangs: false,
        stalls_until: 0,
        qemu_slandered: false,
        display_down_until: 0,
        beat_every: Ms::try_from(timeout.as_millis()).unwrap() / 3,
        beat_generation: 0,
        beat_lost: false,
        pong_lost: false,
        heard: None,
        deaf_until: 0,
        busy: None,
        viewer: None,
        viewer_monitors: Vec::new(),
        held: false,
        stopped: false,
        started_once: false,
        excused: true,
        well_since: 0,
    }
}

fn monitor(n: usize) -> Monitor {
    let x = i32::try_from(n).unwrap() * 1920;
    Monitor {
        index: 0,
        connector: format!("DP-{n}"),
        edid: None,
        rect: Rect { x, y: 0, width: 1920, height: 1080 },
        primary: n == 0,
    }
}

/// A paused state, for the faults.
pub(super) fn paused(reason: PauseReason) -> VmState {
    VmState::Paused(reason)
}

/// Whether it is the X server that this has come from, or through.
fn is_by_x_server(event: &Event) -> bool {
    matches!(
        event,
        Event::Monitors(_)
            | Event::ViewerPlaced { .. }
            | Event::ViewerHangs { .. }
            | Event::Probed { answer: ProbeAnswer::Picture { .. }, .. }
    )
}

/// A finding that is no longer so, or never was.
fn wrongly_foreseen() -> Foreseen {
    Foreseen {
        check: "definition.nvram".to_owned(),
        ill: true,
        evidence: Told::text("the NVRAM is raw"),
        remedy: Told::text("make it qcow2"),
        commands: Vec::new(),
        heading: "nvram".to_owned(),
        rules_out: vec![Means::RevertInPlace, Means::Revert, Means::Start],
    }
}
