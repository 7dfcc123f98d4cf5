//! The whole site: every exhibit, the monitors, the connection to libvirt, and the end.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::effect::{Effect, LeftViewer, ScreenPlan, WatchedVm};
use super::event::Event;
use super::exhibit::{Aim, Exhibit, Input, Numbers, Phase, Turn};
use super::incident::{Incident, Notice, Outcome};
use super::kept::{CONFIGURATION, Kept, KeptSite};
use super::last_resort::{LastResort, Need};
use super::picture::{LOOK, Verdict};
use super::scene::{self, Place};
use super::status::{ExhibitStatus, HeartbeatStatus, HypervisorStatus, IncidentStatus, PhaseStatus, Status};
use super::types::{
    ExhibitId, ExhibitSettings, Monitor, Now, OpId, Refusal, SnapshotStep, Symptom, VmAction, VmState,
};
use super::unit::Units;

/// Viewers that do not end by themselves when Vitrine ends are left after so long.
const ENDING: Duration = Duration::from_secs(3);

const DAEMON_ENDS: &str = "Vitrine is ending";

/// The state of everything that Vitrine watches over. It owns no thread and no socket.
#[derive(Debug)]
pub struct Site {
    exhibits: Vec<Exhibit>,
    monitors: Vec<Monitor>,
    /// Which of the exhibits' screens are there, and where.
    places: Vec<Place>,
    /// What the monitors were last told to show.
    scene: Vec<ScreenPlan>,
    link: HypervisorStatus,
    units: Units,
    last_resort: LastResort,
    numbers: Numbers,
    next_exhibit: u32,
    since: Now,
    /// Set once Vitrine was told to end: when it goes at the latest.
    ending: Option<Instant>,
    /// The computer is being switched off.
    powering_down: bool,
}

impl Site {
    /// A site of these exhibits. `adopt` names the VMs of those that were well under an earlier daemon of the same
    /// session: where such a VM still runs, it is left running.
    pub fn new(
        now: Now,
        settings: Vec<ExhibitSettings>,
        adopt: &BTreeSet<String>,
        effects: &mut Vec<Effect>,
    ) -> Self {
        let mut site = Self {
            exhibits: Vec::new(),
            monitors: Vec::new(),
            places: Vec::new(),
            scene: Vec::new(),
            link: HypervisorStatus::Awaited,
            units: Units::default(),
            last_resort: LastResort::default(),
            numbers: Numbers::default(),
            next_exhibit: 0,
            since: now,
            ending: None,
            powering_down: false,
        };
        for settings in settings {
            let adopt = adopt.contains(&settings.vm);
            let exhibit = site.new_exhibit(now, settings, adopt);
            site.exhibits.push(exhibit);
        }
        effects.push(site.watch());
        site
    }

    /// What an earlier daemon has left holds on. Comes right after [`Site::new`].
    pub fn restore(&mut self, now: Now, kept: &KeptSite) {
        self.last_resort.restore(kept.reboots);
        let vms: BTreeSet<String> = self.exhibits.iter().map(|exhibit| exhibit.settings.vm.clone()).collect();
        for exhibit in &mut self.exhibits {
            let settings = &exhibit.settings;
            // Where its VM has been renamed as well, the exhibit's own name is all that is left to know it by.
            let by_vm = kept.exhibits.values().find(|kept| kept.vm.as_ref() == Some(&settings.vm));
            let by_name = || {
                let of_none = |kept: &&Kept| kept.vm.as_ref().is_none_or(|vm| !vms.contains(vm));
                kept.exhibits.get(&settings.name).filter(of_none)
            };
            if let Some(kept) = by_vm.or_else(by_name) {
                exhibit.restore(now, kept);
            }
        }
    }

    /// These viewers of an earlier daemon live still. Comes before anything else but [`Site::restore`]. With the first
    /// [`Event::Monitors`] those that can be taken over are launched, so to speak; the others are to be ended then.
    pub fn leave_viewers(&mut self, left: &[LeftViewer]) {
        for exhibit in &mut self.exhibits {
            if let Some(left) = left.iter().find(|left| left.vm == exhibit.settings.vm) {
                exhibit.leave_viewer(left.clone());
            }
        }
    }

    /// What the next daemon should know.
    pub fn kept(&self) -> KeptSite {
        let kept = self.exhibits.iter().map(|exhibit| (exhibit.settings.name.clone(), exhibit.kept()));
        let exhibits = kept.filter(|(_, kept)| kept.hold.is_some() || kept.stopped.is_some()).collect();
        KeptSite { exhibits, reboots: self.last_resort.reboots() }
    }

    fn new_exhibit(&mut self, now: Now, settings: ExhibitSettings, adopt: bool) -> Exhibit {
        let id = ExhibitId(self.next_exhibit);
        self.next_exhibit += 1;
        Exhibit::new(id, settings, adopt, now)
    }

    fn watch(&self) -> Effect {
        let vms = self.exhibits.iter().map(|e| WatchedVm { exhibit: e.id, vm: e.settings.vm.clone() });
        Effect::Watch(vms.collect())
    }

    /// The earliest moment at which [`Event::Timer`] does something; `None` for never.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.exhibits
            .iter()
            .filter_map(Exhibit::deadline)
            .chain(self.units.deadline())
            .chain(self.last_resort.deadline().filter(|_| self.ending.is_none()))
            .chain(self.ending)
            .min()
    }

    /// Takes one event and says what is to be done.
    pub fn handle(&mut self, now: Now, event: Event, effects: &mut Vec<Effect>) {
        let first = effects.len();
        self.take(now, event, effects);
        if self.ending.is_none() {
            self.last_resort.see(now, self.need(now), self.units.libvirts(), effects);
        }
        // What visitors saw is seen before a curtain hides it.
        let takes_picture = |effect: &Effect| matches!(effect, Effect::TakePicture { .. });
        effects[first..].sort_by_key(|effect| !takes_picture(effect));
        let first = first + effects[first..].iter().filter(|effect| takes_picture(effect)).count();
        let scene = scene::plan(&self.exhibits, &self.monitors, &self.places);
        if scene != self.scene {
            // A curtain is up before what it hides goes.
            effects.insert(first, Effect::Scene(scene.clone()));
            self.scene = scene;
        }
        if let Some(latest) = self.ending
            && (latest <= now.mono || self.exhibits.iter().all(Exhibit::at_rest))
        {
            effects.push(Effect::Finished);
        }
    }

    fn take(&mut self, now: Now, event: Event, effects: &mut Vec<Effect>) {
        match event {
            Event::Timer => {
                self.each(now, effects, |exhibit, turn, _| on_timer(exhibit, turn));
                self.units.timer(now, effects);
            }
            Event::Beat { exhibit, at, note } => self.one(now, effects, exhibit, |exhibit, turn| {
                exhibit.heard(turn, at, note);
            }),
            Event::Request { id, exhibit, by, action } => {
                if self.ending.is_some() {
                    let result = Err(Refusal::Unavailable(DAEMON_ENDS.into()));
                    effects.push(Effect::Answer { id, result });
                } else if self.exhibits.iter().any(|e| e.id == exhibit) {
                    self.one(now, effects, exhibit, |exhibit, turn| exhibit.request(turn, id, &by, action));
                } else {
                    let result = Err(Refusal::NotFound("this exhibit is no longer configured".into()));
                    effects.push(Effect::Answer { id, result });
                }
            }
            Event::HypervisorUp => {
                if self.link != HypervisorStatus::Up {
                    self.link = HypervisorStatus::Up;
                    effects.push(Effect::Notice { exhibit: None, notice: Notice::HypervisorUp });
                    // Viewers that libvirt's absence held back may be launched.
                    self.each(now, effects, |_, _, _| {});
                }
            }
            Event::HypervisorDown { reason } => {
                if !matches!(self.link, HypervisorStatus::Down { .. }) {
                    effects.push(Effect::Notice {
                        exhibit: None,
                        notice: Notice::HypervisorDown { reason: reason.clone() },
                    });
                    self.link = HypervisorStatus::Down { reason, since: now.local };
                }
            }
            Event::VmSeen { exhibit, info, read_at, event_at: _ } => {
                self.one(now, effects, exhibit, |exhibit, turn| exhibit.seen(turn, info, read_at));
            }
            Event::GuestRebooted { exhibit } => self.one(now, effects, exhibit, |exhibit, turn| {
                exhibit.notice(turn, Notice::GuestRebooted);
            }),
            Event::Graphics { exhibit, connected, peer } => {
                self.one(now, effects, exhibit, |exhibit, turn| {
                    exhibit.connection(turn, connected, peer);
                })
            }
            // What concerns windows and pictures is between the adapters.
            Event::ViewerStarted { .. } | Event::PictureTaken { .. } | Event::DisplayLost { .. } => {}
            Event::Done { exhibit, op, result } => self.one(now, effects, exhibit, |exhibit, turn| {
                exhibit.done(turn, op, result);
            }),
            Event::Pong { exhibit, op, answered } => self.one(now, effects, exhibit, |exhibit, turn| {
                exhibit.pong(turn, op, answered);
            }),
            Event::Looked { exhibit, op, picture } => self.one(now, effects, exhibit, |exhibit, turn| {
                exhibit.looked(turn, op, picture);
            }),
            Event::Monitors(monitors) => {
                self.monitors = monitors;
                self.assign_screens(now, effects);
            }
            Event::ViewerExited { exhibit, launch, reason } => {
                self.one(now, effects, exhibit, |exhibit, turn| exhibit.viewer_exited(turn, launch, reason));
            }
            Event::ViewerPlaced { exhibit, launch, displays } => {
                self.one(now, effects, exhibit, |exhibit, turn| {
                    exhibit.viewer_placed(turn, launch, displays);
                });
            }
            Event::ViewerHangs { exhibit, launch } => {
                self.one(now, effects, exhibit, |exhibit, turn| exhibit.viewer_hangs(turn, launch));
            }
            Event::Units(settings) => self.units.watch(now, settings, effects),
            Event::UnitSeen { bus, name, info } => self.units.seen(now, bus, &name, info, effects),
            Event::UnitsLost { bus, reason } => {
                self.units.bus_lost(now, bus);
                effects.push(Effect::Notice { exhibit: None, notice: Notice::UnitsLost { bus, reason } });
            }
            Event::UnitRestarted { bus, name, result } => self.units.restarted(bus, &name, result, effects),
            Event::LastResort(settings) => self.last_resort.allow(now, settings),
            Event::RebootRefused { reason } => {
                self.last_resort.refused();
                effects.push(Effect::Notice { exhibit: None, notice: Notice::RebootRefused { reason } });
            }
            Event::Reload(settings) => self.reload(now, settings, effects),
            Event::PowerDown { end_vms } => self.power_down(now, end_vms, effects),
            Event::Shutdown => self.shut_down(now, effects),
        }
    }

    /// What the exhibits cannot do for themselves.
    fn need(&self, now: Now) -> Need {
        let mut helpless = self.exhibits.iter().filter(|exhibit| exhibit.is_past_help(now.mono));
        let why = match (&self.link, helpless.next()) {
            (HypervisorStatus::Awaited | HypervisorStatus::Down { .. }, _) => "libvirt is away".to_owned(),
            (HypervisorStatus::Up, None) => String::new(),
            (HypervisorStatus::Up, Some(first)) => {
                let names = helpless.fold(first.settings.name.clone(), |names, exhibit| {
                    format!("{names}, {}", exhibit.settings.name)
                });
                format!("nothing helps {names}")
            }
        };
        let closed = |exhibit: &Exhibit| matches!(exhibit.phase, Phase::Closed);
        let nothing_to_lose = !self.exhibits.iter().any(|exhibit| exhibit.has_something_to_lose(now.mono))
            && !self.exhibits.iter().all(closed);
        let libvirt_at_work = self.exhibits.iter().any(Exhibit::is_being_worked_on);
        Need { why, nothing_to_lose, libvirt_at_work }
    }

    /// Finds each exhibit's screens among the monitors; the viewers follow.
    fn assign_screens(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.places = scene::places(&self.exhibits, &self.monitors);
        self.each(now, effects, |exhibit, turn, places| {
            exhibit.compare_screens(turn, places);
            exhibit.adopt_viewer(turn, places);
        });
    }

    /// Steps one exhibit; its viewer follows, as it does after every step.
    fn one(
        &mut self,
        now: Now,
        effects: &mut Vec<Effect>,
        id: ExhibitId,
        step: impl FnOnce(&mut Exhibit, &mut Turn<'_>),
    ) {
        let link_up = self.link == HypervisorStatus::Up;
        // An exhibit that a reload has removed may still be spoken of for a moment.
        if let Some(exhibit) = self.exhibits.iter_mut().find(|exhibit| exhibit.id == id) {
            let mut turn = Turn { now, link_up, numbers: &mut self.numbers, effects };
            step(exhibit, &mut turn);
            exhibit.sync_viewer(&mut turn, &self.places);
        }
    }

    /// Steps every exhibit; the viewers follow.
    fn each(
        &mut self,
        now: Now,
        effects: &mut Vec<Effect>,
        mut step: impl FnMut(&mut Exhibit, &mut Turn<'_>, &[Place]),
    ) {
        let link_up = self.link == HypervisorStatus::Up;
        for exhibit in &mut self.exhibits {
            let mut turn = Turn { now, link_up, numbers: &mut self.numbers, effects };
            step(exhibit, &mut turn, &self.places);
            exhibit.sync_viewer(&mut turn, &self.places);
        }
    }

    fn reload(&mut self, now: Now, settings: Vec<ExhibitSettings>, effects: &mut Vec<Effect>) {
        if self.ending.is_some() {
            return;
        }
        let (mut added, mut changed) = (0, 0);
        let mut former = std::mem::take(&mut self.exhibits);
        let watched: Vec<(ExhibitId, String)> =
            former.iter().map(|e| (e.id, e.settings.vm.clone())).collect();
        let mut exhibits = Vec::with_capacity(settings.len());
        for settings in settings {
            // The VM is the artwork, whatever its exhibit is called.
            let same = former.iter().position(|e| e.settings.vm == settings.vm);
            match same {
                Some(place) => {
                    let mut exhibit = former.remove(place);
                    if exhibit.settings != settings {
                        changed += 1;
                        let link_up = self.link == HypervisorStatus::Up;
                        let mut turn = Turn { now, link_up, numbers: &mut self.numbers, effects };
                        exhibit.change(&mut turn, settings);
                    }
                    exhibits.push(exhibit);
                }
                None => {
                    added += 1;
                    exhibits.push(self.new_exhibit(now, settings, false));
                }
            }
        }
        self.exhibits = exhibits;
        let removed = former.len();
        for mut exhibit in former {
            let mut turn = Turn { now, link_up: false, numbers: &mut self.numbers, effects };
            exhibit.leave(&mut turn, "this exhibit is no longer configured");
        }
        self.assign_screens(now, effects);
        let watches = self.exhibits.iter().map(|e| (e.id, &e.settings.vm));
        if !watches.eq(watched.iter().map(|(id, vm)| (*id, vm))) {
            effects.push(self.watch());
        }
        effects.push(Effect::Notice { exhibit: None, notice: Notice::Reloaded { added, removed, changed } });
    }

    fn shut_down(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.ending.get_or_insert(now.mono + ENDING);
        self.each(now, effects, |exhibit, turn, _| exhibit.leave(turn, DAEMON_ENDS));
    }

    /// As [`Site::shut_down`], also after it, but the VMs end too. One that is on hold is somebody's work, and left to
    /// the system.
    fn power_down(&mut self, now: Now, end_vms: bool, effects: &mut Vec<Effect>) {
        if std::mem::replace(&mut self.powering_down, true) {
            return;
        }
        match &mut self.ending {
            Some(latest) => *latest = now.mono + ENDING,
            None => self.shut_down(now, effects),
        }
        if end_vms {
            self.each(now, effects, |exhibit, turn, _| exhibit.end_vm(turn));
        }
    }

    /// The VMs of the exhibits that a next daemon may take over as they are.
    pub fn adoptable(&self) -> BTreeSet<String> {
        let well = |exhibit: &&Exhibit| match exhibit.phase {
            Phase::Waiting { aim: Aim::Start, .. } => exhibit.adopt,
            Phase::Settling { .. } => exhibit.adopt && exhibit.incident.is_none(),
            Phase::Healthy { .. } | Phase::Suspect { .. } | Phase::Held => {
                exhibit.vm.state == VmState::Running
            }
            Phase::Waiting { .. }
            | Phase::Starting { .. }
            | Phase::Recovering { .. }
            | Phase::Snapshotting { .. }
            | Phase::Proving { .. }
            | Phase::Broken { .. }
            | Phase::Closed => false,
        };
        self.exhibits.iter().filter(well).map(|exhibit| exhibit.settings.vm.clone()).collect()
    }

    /// A copy of everything that others may see.
    pub fn status(&self, now: Now) -> Status {
        Status {
            at: now,
            since: self.since,
            hypervisor: self.link.clone(),
            monitors: self.monitors.clone(),
            exhibits: self.exhibits.iter().map(|exhibit| exhibit.status(now, &self.places)).collect(),
            units: self.units.status(now),
            last_resort: self.last_resort.status(now),
        }
    }
}

fn on_timer(exhibit: &mut Exhibit, turn: &mut Turn<'_>) {
    let now = turn.now.mono;
    exhibit.answer_overdue(turn);
    exhibit.end_hold_in_time(turn);
    if let Some(op) = exhibit.agent.inquiry.overdue(now) {
        exhibit.pong(turn, op, false);
    }
    if let Some(op) = exhibit.picture.inquiry.overdue(now) {
        exhibit.looked(turn, op, None);
    }
    exhibit.step(turn, Input::Timer);
    exhibit.ping(turn);
    exhibit.look(turn);
    // A heartbeat is the better moment, where there are any.
    if exhibit.settings.heartbeat.is_none() {
        exhibit.keep_picture(turn);
    }
}

impl Exhibit {
    /// A heartbeat has arrived.
    fn heard(&mut self, turn: &mut Turn<'_>, at: Instant, note: Option<super::event::BeatNote>) {
        match self.phase {
            Phase::Starting { .. } | Phase::Recovering { .. } => return,
            Phase::Waiting { .. }
            | Phase::Healthy { .. }
            | Phase::Suspect { .. }
            | Phase::Settling { .. }
            | Phase::Snapshotting { .. }
            | Phase::Proving { .. }
            | Phase::Broken { .. }
            | Phase::Held
            | Phase::Closed => {}
        }
        // A beat that was on its way when the VM was put back is the old guest's.
        if self.trust_from.is_some_and(|from| at < from) {
            return;
        }
        self.beat = Some((at, turn.now.local));
        self.note = note;
        if self.settings.heartbeat.is_some() {
            self.step(turn, Input::Beat);
            self.keep_picture(turn);
        }
    }

    /// The VM's state was read.
    fn seen(&mut self, turn: &mut Turn<'_>, info: super::types::VmInfo, read_at: Instant) {
        // What was read before the last slow effect ended tells of the time before it.
        if self.trust_from.is_some_and(|from| read_at < from) {
            return;
        }
        self.foreign |= matches!(info.state, VmState::ShutOff | VmState::Missing);
        self.in_place_ruled_out &= self.vm.snapshots == info.snapshots;
        self.vm = info;
        // In the middle of a replacement only its copy is there.
        if self.making.is_none() {
            let (vm, snapshot) = (self.settings.vm.clone(), self.settings.snapshot.clone());
            let flaw = self.vm.snapshots.flaw(&snapshot);
            if let Some(flaw) = flaw.clone().filter(|flaw| self.told_flaw.as_ref() != Some(flaw)) {
                self.notice(turn, Notice::SnapshotFlawed { vm, snapshot, flaw });
            }
            self.told_flaw = flaw;
        }
        self.step(turn, Input::Seen);
    }

    /// A slow effect has come back.
    fn done(&mut self, turn: &mut Turn<'_>, op: OpId, result: Result<(), super::types::Failure>) {
        let Some(worker) = self.worker.take_if(|worker| worker.op == op) else {
            self.answer_done(turn, op, &result);
            return;
        };
        self.trust_from = Some(turn.now.mono);
        self.answer_done(turn, op, &result);
        let awaited = match self.phase {
            Phase::Starting { op, .. } | Phase::Recovering { op, .. } | Phase::Snapshotting { op, .. } => {
                Some(op)
            }
            Phase::Waiting { .. }
            | Phase::Healthy { .. }
            | Phase::Suspect { .. }
            | Phase::Settling { .. }
            | Phase::Proving { .. }
            | Phase::Broken { .. }
            | Phase::Held
            | Phase::Closed => None,
        };
        let input =
            if awaited == Some(op) { Input::Done(result) } else { Input::LateDone(worker.remedy, result) };
        self.step(turn, input);
    }

    fn pong(&mut self, turn: &mut Turn<'_>, op: OpId, answered: bool) {
        if matches!(self.phase, Phase::Proving { .. }) {
            self.pong_proves(turn, op, answered);
            return;
        }
        // A ping that was lost because libvirt is away says nothing of the guest.
        let answered = answered || !turn.link_up;
        if self.agent.came_back(op, answered, turn.now.mono, &self.settings) {
            self.step(turn, Input::Sign(Symptom::AgentSilent));
        }
    }

    fn looked(&mut self, turn: &mut Turn<'_>, op: OpId, picture: Option<u64>) {
        match self.picture.looked(op, picture, turn.now.mono, &self.settings) {
            Verdict::Fine => {}
            Verdict::BlameViewer => self.renew_viewer(turn, "nothing moves in its picture"),
            Verdict::Frozen => self.step(turn, Input::Sign(Symptom::PictureFrozen)),
        }
    }

    fn look(&mut self, turn: &mut Turn<'_>) {
        let healthy = matches!(self.phase, Phase::Healthy { .. });
        if healthy && self.viewer.placed() && self.picture.inquiry.due(turn.now.mono) {
            let op = turn.numbers.op();
            self.picture.inquiry.asked(op, turn.now.mono, LOOK);
            turn.effects.push(Effect::Look { exhibit: self.id, op, areas: self.viewer.areas() });
        }
    }

    fn ping(&mut self, turn: &mut Turn<'_>) {
        if !self.pings() {
            return;
        }
        let Some(timeout) = self.agent.due(turn.now.mono, &self.settings) else { return };
        if !turn.link_up {
            self.agent.rest(turn.now.mono, &self.settings);
        } else {
            let op = turn.numbers.op();
            self.agent.inquiry.asked(op, turn.now.mono, timeout);
            turn.effects.push(Effect::Ping { exhibit: self.id, op, timeout });
        }
    }

    /// New settings for the same VM.
    fn change(&mut self, turn: &mut Turn<'_>, settings: ExhibitSettings) {
        let former = std::mem::replace(&mut self.settings, settings);
        if former.auto_revert != self.settings.auto_revert {
            self.held_by_configuration = !self.settings.auto_revert;
            // Staff's own hold stays as it is.
            if !self.is_held_by_staff() {
                if self.settings.auto_revert {
                    self.end_hold(turn, CONFIGURATION);
                } else {
                    self.begin_hold(turn, CONFIGURATION, None);
                }
            }
        }
        if former.agent != self.settings.agent {
            self.agent.rest(turn.now.mono, &self.settings);
        }
        if former.picture != self.settings.picture {
            self.picture.rest(turn.now.mono, &self.settings);
        }
        if former.heartbeat != self.settings.heartbeat
            && let Phase::Healthy { .. } = self.phase
        {
            let beat_by = self.settings.heartbeat.map(|heartbeat| turn.now.mono + heartbeat.timeout);
            self.phase = Phase::Healthy { beat_by };
        }
    }

    /// Leaves the exhibit alone for good: its VM runs on, its viewer ends.
    fn leave(&mut self, turn: &mut Turn<'_>, why: &str) {
        self.answer_all(turn, why);
        self.hold_ends = None;
        self.close_incident(turn, Outcome::Ended { at: turn.now });
        self.enter(turn, Phase::Closed);
        self.sync_viewer(turn, &[]);
    }

    /// Ends the VM for good, where one runs that nobody works on.
    fn end_vm(&mut self, turn: &mut Turn<'_>) {
        let off = matches!(self.vm.state, VmState::ShutOff | VmState::Missing | VmState::Unknown);
        if self.hold.is_none() && self.worker.is_none() && !off {
            self.ends = Some(self.work(turn, VmAction::Destroy));
        }
    }

    /// Whether nothing is left to be ended: no viewer, and no VM whose end was asked for.
    fn at_rest(&self) -> bool {
        self.viewer.gone() && (self.ends.is_none() || self.ends != self.worker.map(|worker| worker.op))
    }

    fn status(&self, now: Now, places: &[Place]) -> ExhibitStatus {
        ExhibitStatus {
            id: self.id,
            name: self.settings.name.clone(),
            vm: self.settings.vm.clone(),
            snapshot: self.settings.snapshot.clone(),
            info: self.vm.clone(),
            phase: self.phase_status(now),
            phase_since: self.phase_since.local,
            hold: self.hold.clone(),
            stopped: self.stopped.clone(),
            heartbeat: HeartbeatStatus {
                timeout: self.settings.heartbeat.map(|heartbeat| heartbeat.timeout),
                last: self.beat,
                note: self.note.clone(),
            },
            screens: self.screen_status(places),
            viewer: self.viewer.status(),
            recoveries: self.ladder.total() + self.wishes.total(),
            last_incident: self.incident.as_ref().or(self.last_incident.as_ref()).map(incident_status),
        }
    }

    fn phase_status(&self, now: Now) -> PhaseStatus {
        match self.phase {
            Phase::Waiting { .. } => PhaseStatus::Waiting,
            Phase::Starting { .. } => PhaseStatus::Starting,
            Phase::Healthy { .. } => PhaseStatus::Healthy,
            Phase::Suspect { why, .. } => PhaseStatus::Suspect(why),
            Phase::Recovering { remedy, why, .. } => PhaseStatus::Recovering { remedy, why },
            Phase::Settling { .. } => PhaseStatus::Settling,
            Phase::Snapshotting { step, .. } => PhaseStatus::Snapshotting(step),
            Phase::Proving { .. } => PhaseStatus::Snapshotting(SnapshotStep::Proving),
            Phase::Broken { why, retry_at } => {
                PhaseStatus::Broken { why, retry_in: retry_at.saturating_duration_since(now.mono) }
            }
            Phase::Held => PhaseStatus::Held,
            Phase::Closed => PhaseStatus::Closed,
        }
    }
}

fn incident_status(incident: &Incident) -> IncidentStatus {
    let ended = match incident.outcome {
        Outcome::Noticed | Outcome::Recovering | Outcome::Broken => None,
        Outcome::Recovered { at } | Outcome::PassedBy { at } | Outcome::Ended { at } => Some(at),
    };
    IncidentStatus {
        symptom: incident.symptom,
        evidence: incident.evidence.clone(),
        began: incident.began.local,
        lasted: ended.map(|at| at.mono.duration_since(incident.began.mono)),
    }
}
