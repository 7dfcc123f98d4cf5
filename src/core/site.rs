//! The whole site: every exhibit, the monitors, the connection to libvirt, and the end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::decisions::{Decisions, SiteDecisions};
use super::effect::{Effect, OrphanViewer, ScreenPlan, WatchedVm};
use super::event::Event;
use super::exhibit::{Context, Exhibit, Numbers};
use super::incident::Notice;
use super::last_resort::{LastResort, Need};
use super::scene;
use super::silence::Silence;
use super::status::{HypervisorStatus, Status};
use super::text::visible_within;
use super::types::{
    ExhibitId, ExhibitSettings, Failure, Monitor, Now, Place, Refusal, SiteSettings, Trouble,
};
use super::unit::Units;
use super::x_server::XServer;

/// Viewers that do not end by themselves when Vitrine ends are left after so long.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// Characters of what a viewer says of its end or of a box: people read it in a line of the log and of `vitrine status`.
const MAX_VIEWER_WORDS: usize = 500;

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
    silence: Silence,
    x_server: XServer,
    /// MAC addresses that several VMs have, as was told.
    same_macs: BTreeSet<String>,
    numbers: Numbers,
    next_exhibit: u32,
    since: Now,
    /// Set once Vitrine was told to end: when it goes at the latest.
    ending: Option<Instant>,
    /// The computer is being switched off.
    powering_down: bool,
}

impl Site {
    /// A site by these settings. `adopt` names the VMs of those that were well under an earlier daemon of the same
    /// session: where such a VM still runs, it is left running.
    pub fn new(
        now: Now,
        settings: SiteSettings,
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
            silence: Silence::default(),
            x_server: XServer::default(),
            same_macs: BTreeSet::new(),
            numbers: Numbers::default(),
            next_exhibit: 0,
            since: now,
            ending: None,
            powering_down: false,
        };
        for settings in settings.exhibits {
            let adopt = adopt.contains(&settings.vm);
            let exhibit = site.new_exhibit(now, settings, adopt);
            site.exhibits.push(exhibit);
        }
        effects.push(Effect::Watch(site.watched_vms()));
        site.units.watch(now, settings.units, effects);
        site.last_resort.allow(now, settings.last_resort);
        site.x_server.allow(now, settings.last_resort.restart_x_server);
        site
    }

    /// What an earlier daemon has left holds on. Comes right after [`Site::new`].
    pub fn restore(&mut self, now: Now, kept: &SiteDecisions) {
        self.last_resort.restore(kept.reboots);
        self.x_server.restore(now, kept.x_server_ends);
        let vms: BTreeSet<String> =
            self.exhibits.iter().map(|exhibit| exhibit.settings().vm.clone()).collect();
        for exhibit in &mut self.exhibits {
            let settings = exhibit.settings();
            // Where its VM has been renamed as well, the exhibit's own name is all that is left to know it by.
            let by_vm = kept.exhibits.values().find(|kept| kept.vm.as_ref() == Some(&settings.vm));
            let by_name = || {
                let of_none = |kept: &&Decisions| kept.vm.as_ref().is_none_or(|vm| !vms.contains(vm));
                kept.exhibits.get(&settings.name).filter(of_none)
            };
            if let Some(kept) = by_vm.or_else(by_name) {
                exhibit.restore(now, kept);
            }
        }
    }

    /// These viewers of an earlier daemon live still. Comes before anything else but [`Site::restore`]. With the first
    /// [`Event::Monitors`] those that can be taken over are launched, so to speak; the others are to be ended then.
    pub fn note_orphans(&mut self, left: &[OrphanViewer]) {
        for exhibit in &mut self.exhibits {
            if let Some(left) = left.iter().find(|left| left.vm == exhibit.settings().vm) {
                exhibit.note_orphan(left.clone());
            }
        }
    }

    /// What the next daemon should know.
    pub fn decisions(&self) -> SiteDecisions {
        let kept = self.exhibits.iter().map(|exhibit| (exhibit.settings().name.clone(), exhibit.decisions()));
        let exhibits = kept.filter(|(_, kept)| kept.hold.is_some() || kept.stopped.is_some()).collect();
        let (reboots, x_server_ends) = (self.last_resort.reboots(), self.x_server.ends());
        SiteDecisions { exhibits, reboots, x_server_ends }
    }

    fn new_exhibit(&mut self, now: Now, settings: ExhibitSettings, adopt: bool) -> Exhibit {
        let id = ExhibitId(self.next_exhibit);
        self.next_exhibit += 1;
        let mut exhibit = Exhibit::new(id, settings, adopt, now);
        if self.x_server.is_silent() {
            exhibit.on_x_server_silent();
        }
        exhibit
    }

    fn watched_vms(&self) -> Vec<WatchedVm> {
        let watched = |exhibit: &Exhibit| {
            let settings = exhibit.settings();
            let serial = settings.serial.clone().filter(|_| settings.heartbeat.is_some());
            WatchedVm { exhibit: exhibit.id(), vm: settings.vm.clone(), serial }
        };
        self.exhibits.iter().map(watched).collect()
    }

    /// The earliest moment at which [`Event::Timer`] does something; `None` for never.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.exhibits
            .iter()
            .filter_map(Exhibit::deadline)
            .chain(self.units.deadline())
            .chain(self.last_resort.deadline().filter(|_| self.ending.is_none()))
            .chain(self.x_server.deadline().filter(|_| self.ending.is_none()))
            .chain(self.ending)
            .min()
    }

    /// Takes one event and says what is to be done.
    pub fn receive(&mut self, now: Now, event: Event, effects: &mut Vec<Effect>) {
        let first = effects.len();
        let changes_vms = changes_vms(&event);
        self.handle(now, event, effects);
        if self.ending.is_none() {
            if changes_vms || effects[first..].iter().any(tells_of_snapshots) {
                effects.push(Effect::PreFlight);
            }
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

    fn handle(&mut self, now: Now, event: Event, effects: &mut Vec<Effect>) {
        match event {
            Event::Timer => {
                self.look_for_silence(now, effects);
                self.each(now, effects, |exhibit, ctx, _| exhibit.on_timer(ctx));
                self.units.timer(now, effects);
                if self.ending.is_none() {
                    self.x_server.timer(now, effects);
                }
            }
            Event::Beat { exhibit, at, note } => {
                let mut counts = false;
                self.one(now, effects, exhibit, |exhibit, ctx| counts = exhibit.on_heartbeat(ctx, at, note));
                if counts {
                    self.is_heard(now, effects, exhibit);
                }
            }
            Event::Request { id, exhibit, by, action } => {
                if self.ending.is_some() {
                    let result = Err(Refusal::DaemonEnds);
                    effects.push(Effect::Answer { id, result });
                } else if self.exhibits.iter().any(|e| e.id() == exhibit) {
                    self.one(now, effects, exhibit, |exhibit, ctx| exhibit.request(ctx, id, &by, action));
                } else {
                    let result = Err(Refusal::ExhibitGone);
                    effects.push(Effect::Answer { id, result });
                }
            }
            Event::HypervisorUp => {
                let previous = std::mem::replace(&mut self.link, HypervisorStatus::Up);
                if previous != HypervisorStatus::Up {
                    let was_away = matches!(previous, HypervisorStatus::Down { .. });
                    effects.push(Effect::Notice { exhibit: None, notice: Notice::HypervisorUp });
                    // Viewers that libvirt's absence held back may be launched.
                    self.each(now, effects, |exhibit, _, _| {
                        if was_away {
                            exhibit.on_libvirt_back();
                        }
                    });
                }
            }
            Event::HypervisorDown { reason } => {
                if !matches!(self.link, HypervisorStatus::Down { .. }) {
                    effects.push(Effect::Notice {
                        exhibit: None,
                        notice: Notice::HypervisorDown { reason: reason.clone() },
                    });
                    self.link = HypervisorStatus::Down { reason, since: now.wall };
                }
            }
            Event::VmSeen { exhibit, info, read_at, event_at: _ } => {
                self.one(now, effects, exhibit, |exhibit, ctx| exhibit.on_vm_state(ctx, info, read_at));
                self.compare_macs(effects);
            }
            Event::GuestRebooted { exhibit, at } => self.one(now, effects, exhibit, |exhibit, ctx| {
                exhibit.on_guest_rebooted(ctx, at);
            }),
            Event::SerialLine { exhibit, is_open } => {
                self.one(now, effects, exhibit, |exhibit, ctx| exhibit.on_serial_line(ctx, is_open));
            }
            Event::Graphics { exhibit, connected, peer } => {
                self.one(now, effects, exhibit, |exhibit, ctx| {
                    exhibit.connection(ctx, connected, peer);
                })
            }
            // Where that has a reason, it is seen after the other effects.
            Event::VmDefined { .. } => {}
            Event::Foreseen { exhibit, found } => {
                self.one(now, effects, exhibit, |exhibit, ctx| exhibit.on_foreseen(ctx, found));
            }
            Event::Done { exhibit, op, result } => self.one(now, effects, exhibit, |exhibit, ctx| {
                exhibit.on_op_done(ctx, op, result);
            }),
            Event::Probed { exhibit, op, answer } => {
                // What ails several displays at once is the host's.
                let others_too =
                    self.exhibits.iter().any(|e| e.id() != exhibit && e.is_display_unreachable());
                self.one(now, effects, exhibit, |exhibit, ctx| {
                    exhibit.on_probed(ctx, op, answer, others_too);
                });
            }
            Event::Monitors(monitors) => {
                self.monitors = monitors;
                self.assign_screens(now, effects);
            }
            Event::ViewerAsks { exhibit, launch, title } => {
                let title = visible_within(&title, MAX_VIEWER_WORDS);
                self.one(now, effects, exhibit, |exhibit, _| exhibit.viewer_asks(launch, title));
            }
            Event::GuestSize { exhibit, size } => {
                self.one(now, effects, exhibit, |exhibit, ctx| exhibit.guest_measured(ctx, size));
            }
            Event::ViewerExited { exhibit, launch, reason } => {
                let reason = visible_within(&reason, MAX_VIEWER_WORDS);
                self.one(now, effects, exhibit, |exhibit, ctx| exhibit.viewer_exited(ctx, launch, reason));
            }
            Event::ViewerPlaced { exhibit, launch, displays } => {
                self.one(now, effects, exhibit, |exhibit, ctx| {
                    exhibit.viewer_placed(ctx, launch, displays);
                });
            }
            Event::ViewerHangs { exhibit, launch } => {
                self.one(now, effects, exhibit, |exhibit, ctx| exhibit.viewer_hangs(ctx, launch));
            }
            Event::UnitSeen { bus, name, info } => self.units.seen(now, bus, &name, info, effects),
            Event::UnitsLost { bus, reason } => {
                self.units.bus_lost(now, bus);
                effects.push(Effect::Notice { exhibit: None, notice: Notice::UnitsLost { bus, reason } });
            }
            Event::UnitRestarted { bus, name, result } => self.units.restarted(bus, &name, result, effects),
            Event::RebootRefused { reason } => {
                self.last_resort.refused();
                effects.push(Effect::Notice { exhibit: None, notice: Notice::RebootRefused { reason } });
            }
            Event::XServerSilent { since, elsewhere } => {
                if self.x_server.falls_silent(now, since, elsewhere) {
                    self.each(now, effects, |exhibit, _, _| exhibit.on_x_server_silent());
                }
            }
            Event::XServerAnswers => {
                if self.x_server.answers(now, effects) {
                    self.each(now, effects, |exhibit, ctx, _| exhibit.on_x_server_back(ctx.now.mono));
                }
            }
            // What follows is the end of the session, and of Vitrine.
            Event::XServerEnded(Ok(())) => {}
            Event::XServerEnded(Err(why)) => {
                if self.ending.is_none() {
                    self.x_server.stays(why, effects);
                }
            }
            Event::SessionEndRefused { reason } => {
                effects.push(Effect::Notice { exhibit: None, notice: Notice::SessionEndRefused { reason } });
            }
            Event::Settings(settings) => {
                self.reload(now, settings.exhibits, effects);
                self.units.watch(now, settings.units, effects);
                self.last_resort.allow(now, settings.last_resort);
                self.x_server.allow(now, settings.last_resort.restart_x_server);
            }
            Event::PowerDown { end_vms } => self.power_down(now, end_vms, effects),
            Event::Shutdown => self.shut_down(now, effects),
        }
    }

    /// Whether several guests that should be heard are not, at once.
    fn look_for_silence(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let expected = || self.exhibits.iter().filter(|exhibit| exhibit.should_be_heard());
        let unheard: Vec<_> = expected().filter_map(|exhibit| exhibit.unheard(now.mono)).collect();
        let expected = expected().map(Exhibit::id).collect();
        if self.silence.look(now.mono, &unheard, &expected) {
            let notice = Notice::SilentTogether { exhibits: self.silent_together() };
            effects.push(Effect::Notice { exhibit: None, notice });
        }
    }

    /// Guests are told apart by their MAC addresses: where two VMs have the same, each one's beats pass for the other's.
    fn compare_macs(&mut self, effects: &mut Vec<Effect>) {
        let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for exhibit in &self.exhibits {
            for mac in exhibit.macs() {
                owners.entry(mac).or_default().push(&exhibit.settings().name);
            }
        }
        owners.retain(|_, names| names.len() > 1);
        for (mac, names) in &owners {
            if !self.same_macs.contains(*mac) {
                let exhibits = names.iter().map(ToString::to_string).collect();
                let notice = Notice::SameMac { exhibits, mac: (*mac).to_owned() };
                effects.push(Effect::Notice { exhibit: None, notice });
            }
        }
        self.same_macs = owners.into_keys().map(str::to_owned).collect();
    }

    /// The names of the exhibits whose guests are unheard together.
    fn silent_together(&self) -> Vec<String> {
        let silent = self.exhibits.iter().filter(|exhibit| self.silence.concerns(exhibit.id()));
        silent.map(|exhibit| exhibit.settings().name.clone()).collect()
    }

    /// A guest is heard. If it was unheard together with others, all are waited for from now on.
    fn is_heard(&mut self, now: Now, effects: &mut Vec<Effect>, exhibit: ExhibitId) {
        if !self.silence.heard(now.mono, exhibit) {
            return;
        }
        // Also those whose beats are too rare to have been missed yet.
        for exhibit in &mut self.exhibits {
            exhibit.wait_for_beat(now.mono);
        }
        effects.push(Effect::Notice { exhibit: None, notice: Notice::HeardAgain });
    }

    /// What the exhibits cannot do for themselves.
    fn need(&self, now: Now) -> Need {
        let mut helpless = self.exhibits.iter().filter(|exhibit| exhibit.is_past_help(now.mono));
        let why = match (&self.link, helpless.next()) {
            (HypervisorStatus::Awaited | HypervisorStatus::Down { .. }, _) => Some(Trouble::WithoutLibvirt),
            (HypervisorStatus::Up, None) => self.x_server.is_told_silent().then_some(Trouble::XServerSilent),
            (HypervisorStatus::Up, Some(first)) => {
                let exhibits = helpless.fold(first.settings().name.clone(), |names, exhibit| {
                    format!("{names}, {}", exhibit.settings().name)
                });
                Some(Trouble::NothingHelps { exhibits })
            }
        };
        let closed = |exhibit: &Exhibit| exhibit.is_closed();
        let unseen = self.x_server.is_told_silent();
        let keeps = |exhibit: &Exhibit| {
            // However well it is, no visitor sees it.
            let lost = unseen && exhibit.is_shown();
            if lost { exhibit.is_held() } else { exhibit.has_something_to_lose(now.mono) }
        };
        let nothing_to_lose = !self.exhibits.iter().any(keeps) && !self.exhibits.iter().all(closed);
        let libvirt_at_work = self.exhibits.iter().any(Exhibit::is_being_worked_on);
        Need { why, nothing_to_lose, libvirt_at_work }
    }

    /// Finds each exhibit's screens among the monitors; the viewers follow.
    fn assign_screens(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.places = scene::places(&self.exhibits, &self.monitors);
        self.each(now, effects, |exhibit, ctx, places| {
            exhibit.compare_screens(ctx, places);
            exhibit.adopt_viewer(ctx, places);
        });
    }

    /// The exhibits, their places, and what their steps need besides.
    fn parts<'a>(
        &'a mut self,
        now: Now,
        effects: &'a mut Vec<Effect>,
    ) -> (&'a mut [Exhibit], &'a [Place], Context<'a>) {
        let link_up = self.link == HypervisorStatus::Up;
        let ctx = Context { now, link_up, silence: &mut self.silence, numbers: &mut self.numbers, effects };
        (&mut self.exhibits, &self.places, ctx)
    }

    /// Steps one exhibit; its viewer follows, as it does after every step.
    fn one(
        &mut self,
        now: Now,
        effects: &mut Vec<Effect>,
        id: ExhibitId,
        step: impl FnOnce(&mut Exhibit, &mut Context<'_>),
    ) {
        let (exhibits, places, mut ctx) = self.parts(now, effects);
        // An exhibit that a reload has removed may still be spoken of for a moment.
        if let Some(exhibit) = exhibits.iter_mut().find(|exhibit| exhibit.id() == id) {
            step(exhibit, &mut ctx);
            exhibit.take_up_following(&mut ctx);
            exhibit.sync_viewer(&mut ctx, places);
        }
    }

    /// Steps every exhibit; the viewers follow.
    fn each(
        &mut self,
        now: Now,
        effects: &mut Vec<Effect>,
        mut step: impl FnMut(&mut Exhibit, &mut Context<'_>, &[Place]),
    ) {
        let (exhibits, places, mut ctx) = self.parts(now, effects);
        for exhibit in exhibits {
            step(exhibit, &mut ctx, places);
            exhibit.take_up_following(&mut ctx);
            exhibit.sync_viewer(&mut ctx, places);
        }
    }

    fn reload(&mut self, now: Now, settings: Vec<ExhibitSettings>, effects: &mut Vec<Effect>) {
        if self.ending.is_some() {
            return;
        }
        let (mut added, mut changed) = (0, 0);
        let watched = self.watched_vms();
        let mut previous = std::mem::take(&mut self.exhibits);
        let mut exhibits = Vec::with_capacity(settings.len());
        for settings in settings {
            // The VM is the artwork, whatever its exhibit is called.
            let same = previous.iter().position(|e| e.settings().vm == settings.vm);
            match same {
                Some(place) => {
                    let mut exhibit = previous.remove(place);
                    if *exhibit.settings() != settings {
                        changed += 1;
                        let (_, _, mut ctx) = self.parts(now, effects);
                        exhibit.change(&mut ctx, settings);
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
        let is_there = |id| self.exhibits.iter().any(|exhibit| exhibit.id() == id);
        self.silence.retain(is_there);
        let removed = previous.len();
        for mut exhibit in previous {
            let (_, _, ctx) = self.parts(now, effects);
            exhibit.leave(&mut Context { link_up: false, ..ctx }, &Refusal::ExhibitGone);
        }
        self.assign_screens(now, effects);
        let watches = self.watched_vms();
        if watches != watched {
            effects.push(Effect::Watch(watches));
        }
        effects.push(Effect::Notice { exhibit: None, notice: Notice::Reloaded { added, removed, changed } });
    }

    fn shut_down(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.ending.get_or_insert(now.mono + SHUTDOWN_TIMEOUT);
        self.each(now, effects, |exhibit, ctx, _| exhibit.leave(ctx, &Refusal::DaemonEnds));
    }

    /// As [`Site::shut_down`], also after it, but the VMs end too. One that is on hold is somebody's work, and left to
    /// the system.
    fn power_down(&mut self, now: Now, end_vms: bool, effects: &mut Vec<Effect>) {
        if std::mem::replace(&mut self.powering_down, true) {
            return;
        }
        match &mut self.ending {
            Some(latest) => *latest = now.mono + SHUTDOWN_TIMEOUT,
            None => self.shut_down(now, effects),
        }
        if end_vms {
            self.each(now, effects, |exhibit, ctx, _| exhibit.end_vm(ctx));
        }
    }

    /// The VMs of the exhibits that a next daemon may take over as they are.
    pub fn adoptable(&self) -> BTreeSet<String> {
        let adoptable = self.exhibits.iter().filter(|exhibit| exhibit.is_adoptable());
        adoptable.map(|exhibit| exhibit.settings().vm.clone()).collect()
    }

    /// A copy of everything that others may see.
    pub fn status(&self, now: Now) -> Status {
        Status {
            at: now,
            since: self.since,
            hypervisor: self.link.clone(),
            x_server: self.x_server.status(now),
            monitors: self.monitors.clone(),
            exhibits: self
                .exhibits
                .iter()
                .map(|exhibit| exhibit.status(now, &self.places, &self.silence))
                .collect(),
            units: self.units.status(now),
            last_resort: self.last_resort.status(now),
        }
    }
}

/// Whether VMs may be others after this than they were when they were last looked at, or something was refused that a
/// look may explain.
fn changes_vms(event: &Event) -> bool {
    match event {
        Event::HypervisorUp
        | Event::VmDefined { .. }
        | Event::Settings(_)
        | Event::Done { result: Err(Failure::Refused(_) | Failure::NotInPlace(_)), .. } => true,
        Event::Timer
        | Event::Beat { .. }
        | Event::Request { .. }
        | Event::HypervisorDown { .. }
        | Event::VmSeen { .. }
        | Event::Graphics { .. }
        | Event::GuestRebooted { .. }
        | Event::SerialLine { .. }
        | Event::Foreseen { .. }
        | Event::Done { .. }
        | Event::Probed { .. }
        | Event::Monitors(_)
        | Event::ViewerExited { .. }
        | Event::ViewerAsks { .. }
        | Event::GuestSize { .. }
        | Event::ViewerPlaced { .. }
        | Event::ViewerHangs { .. }
        | Event::XServerSilent { .. }
        | Event::XServerAnswers
        | Event::XServerEnded(_)
        | Event::SessionEndRefused { .. }
        | Event::UnitSeen { .. }
        | Event::UnitsLost { .. }
        | Event::UnitRestarted { .. }
        | Event::RebootRefused { .. }
        | Event::PowerDown { .. }
        | Event::Shutdown => false,
    }
}

/// Whether there is another snapshot from now on, or one less.
fn tells_of_snapshots(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Notice { notice: Notice::SnapshotCreated { .. } | Notice::SnapshotDeleted { .. }, .. }
    )
}
