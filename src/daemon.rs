//! The daemon: one task that owns the [`Site`], hands it one event at a time, and its effects to the adapters.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod adopt;
mod decisions;
mod display;
mod kept;
mod log;
mod pre_flight;
mod reload;

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tracing::{debug, error, info, warn};

use crate::adapter::signals::{Signal, Signals};
use crate::adapter::{Events, Report, libvirt, logind, notify, units, viewer, x11};
use crate::config::{self, Loaded, Settings};
use crate::core::effect::{Effect, ProbeRequest, ViewerPlan};
use crate::core::event::{Event, ProbeAnswer};
use crate::core::incident::Notice;
use crate::core::site::Site;
use crate::core::status::{ExhibitStatus, Status};
use crate::core::types::{
    AccessRules, Account, Action, Answer, ExhibitId, LaunchId, Nameable, OpId, Refusal, RequestId, Told,
    Trouble,
};
use crate::host::{self, now};
use crate::journal;
use crate::life::{self, Life};
use crate::web;
use crate::words::told;

/// Reports, and as many heartbeats, that are applied before the status is published and deadlines are looked at again.
const BATCH: usize = 256;
/// How long the disk with the folder for the session may take at the start.
const FOLDER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the X server may take at the start to let Vitrine in before all else goes on without it; and libvirt, where
/// Vitrine ends at once.
const CONNECT_GRACE: Duration = Duration::from_secs(3);
/// How long adapters get to end.
const FAREWELL: Duration = Duration::from_secs(2);

/// Where no service manager sets a time: a part of Vitrine that hangs is told of after so long.
const UNWATCHED: Duration = Duration::from_secs(30);

/// How long systemd gets to end Vitrine when the computer is switched off.
const LAST_WORD: Duration = Duration::from_secs(20);

/// What `vitrine run` was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The configuration, where one was named.
    pub config: Option<PathBuf>,
    /// The control socket, where one was named; it goes before the configuration's.
    pub socket: Option<PathBuf>,
}

/// How the daemon ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was told to end: exit code 0.
    Ordered,
    /// The computer is being switched off: exit code 0, once it was told to end.
    PowerDown,
    /// The computer was to be switched off, and then was not: exit code 1, so that it is started again.
    PowerDownCancelled,
    /// The X server has gone, and the session should start both again: exit code [`End::DISPLAY_LOST`].
    DisplayLost,
    /// A part of it has panicked: exit code 1, so that it is started again and takes over what it left.
    Fault,
}

impl End {
    /// The exit code of `vitrine run` when the X server has gone.
    pub const DISPLAY_LOST: u8 = 3;
}

/// Why the daemon could not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no configuration that it could run.
    #[error(transparent)]
    Config(#[from] config::LoadError),
    /// There is no X server to show artworks on.
    #[error("{0}")]
    Display(#[from] x11::Error),
    /// The API cannot begin: another daemon runs.
    #[error(transparent)]
    Api(#[from] web::StartError),
    /// The system refuses something that every program needs.
    #[error("the system refuses {what}: {error}")]
    System {
        /// What.
        what: &'static str,
        /// Why.
        error: std::io::Error,
    },
}

/// Runs the daemon until it is told to end.
///
/// # Errors
/// It could not begin; nothing has been touched then.
pub fn run(options: &Options) -> Result<End, StartError> {
    let (path, loaded) = config::load_within(options.config.as_deref(), reload::READ_TIMEOUT)?;
    let system = |what| move |error| StartError::System { what, error };
    // Whatever is written from here on is Vitrine's own, by whichever library.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    life::be_known_within(notify::allowed().unwrap_or(UNWATCHED));
    let manager = notify::Manager::watch().map_err(system("a thread"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // Libvirt calls block a thread each; a thread that has nothing to do should not take memory for long.
        .thread_keep_alive(Duration::from_secs(5))
        .build()
        .map_err(system("an event loop"))?;
    let all = async {
        let life = life::begin("the daemon");
        let signals = Signals::listen().map_err(system("to pass on signals"))?;
        let (logind, words) =
            logind::spawn(None, std::env::var("XDG_SESSION_ID").ok().filter(|id| !id.is_empty()));
        let daemon = Daemon::new(path, loaded, options, (logind, manager)).await?;
        Ok(daemon.serve(&life, signals, words).await)
    };
    let end = catch_unwind(AssertUnwindSafe(|| runtime.block_on(all)));
    match &end {
        // libvirt is being connected to by then, and crashes where the process ends under its first steps.
        Ok(Err(_)) => runtime.shutdown_timeout(CONNECT_GRACE),
        // A libvirt call that hangs must not keep the process.
        Ok(Ok(_)) | Err(_) => runtime.shutdown_background(),
    }
    end.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Where the journal is; `None` where no place is known for it.
fn journal_place(settings: &config::JournalSettings) -> Option<PathBuf> {
    settings.path.clone().or_else(journal::usual_place)
}

fn open_journal(settings: &config::JournalSettings) -> Option<journal::Handle> {
    let Some(path) = journal_place(settings) else {
        warn!("there is no place for the journal: neither $XDG_STATE_HOME nor $HOME is set; see [journal]");
        return None;
    };
    Some(journal::spawn(
        journal::Settings { path, limit: settings.limit, retention: settings.retention },
        now().wall,
    ))
}

/// Where the API is served over TLS.
fn tls(settings: &Settings) -> Option<web::Tls> {
    let config::TlsSettings { listen, certificate, key } = settings.api.tls.clone()?;
    Some(web::Tls { listen, certificate, key })
}

/// Who may do what by the API. Whose password cannot be had cannot log in.
fn access_rules(settings: &Settings) -> AccessRules {
    let account = |account: &config::AccountSettings| {
        let password = match &account.password {
            config::PasswordHash::Hash(hash) => hash.clone(),
            config::PasswordHash::Credential(name) => match host::credential(name) {
                Ok(hash) if config::is_argon2(&hash) => hash,
                Ok(_) => {
                    warn!(
                        "{} cannot log in: the credential '{name}' is no hash of `vitrine passwd`",
                        account.name
                    );
                    return None;
                }
                Err(error) => {
                    warn!("{} cannot log in: the credential '{name}' cannot be read: {error}", account.name);
                    return None;
                }
            },
        };
        Some(Account { name: account.name.clone(), role: account.role, password })
    };
    AccessRules {
        loopback: settings.api.loopback,
        remote: settings.api.remote,
        guest_may: settings.api.guest_may.clone(),
        user_mode_beats: settings.api.user_mode_beats,
        accounts: settings.accounts.iter().filter_map(account).collect(),
        tokens: settings.tokens.clone(),
    }
}

/// What the next daemon would do again all too soon if it did not know of it.
enum LastAct {
    /// The computer is restarted.
    Reboot,
    /// The X server is ended, and Vitrine most likely with it.
    EndXServer,
}

/// What waits until the next daemon will know of it, but no longer than until then.
struct Unwritten<T> {
    what: T,
    until: Instant,
}

impl<T> Unwritten<T> {
    fn new(what: T) -> Self {
        Self { what, until: Instant::now() + decisions::WRITE_TIMEOUT }
    }
}

/// Who waits for an answer.
struct Reply {
    to: oneshot::Sender<Result<Answer, Refusal>>,
    /// What was asked is something that the next daemon should know.
    decides: bool,
}

impl Reply {
    fn send(self, result: Result<Answer, Refusal>, written: bool) {
        let result = match result {
            Ok(Answer::Done | Answer::Joined | Answer::Followed) if self.decides && !written => {
                Ok(Answer::DoneUnwritten)
            }
            result => result,
        };
        // Who asked may have hung up meanwhile.
        let _ = self.to.send(result);
    }
}

struct Daemon {
    reloads: reload::Reloads,
    settings: Settings,
    /// The text that `settings` are from.
    config: Arc<str>,
    site: Site,
    status: watch::Sender<Arc<Status>>,
    events: Events,
    reports: mpsc::UnboundedReceiver<Report>,
    beats: mpsc::UnboundedReceiver<Event>,
    requests: mpsc::UnboundedReceiver<web::Request>,
    looks: mpsc::UnboundedReceiver<web::Look>,
    replies: HashMap<RequestId, Reply>,
    /// Those whose answer is that something was decided, which is being written down.
    unwritten: Vec<Unwritten<Reply>>,
    /// Those that are being written down.
    last_acts: Vec<Unwritten<LastAct>>,
    last_request: u64,
    libvirt: libvirt::Handle,
    viewers: viewer::Handle,
    units: units::Handle,
    logind: logind::Handle,
    web: Option<web::Handle>,
    x11: Option<x11::Handle>,
    /// `None` where nothing is to be shown.
    x_server: Option<x11::ServerProbe>,
    /// To the X server, where there is no connection yet.
    connecting: display::Connecting,
    /// There was something to show from the start, and the X server has not let Vitrine in yet.
    x_server_awaited: bool,
    launched: HashMap<LaunchId, ViewerPlan>,
    log: log::Log,
    pre_flight: pre_flight::PreFlight,
    adoptable: adopt::Adoptable,
    decisions: decisions::DecisionStore,
    /// `None` where no place is known for it.
    journal: Option<journal::Handle>,
    manager: notify::Manager,
    /// Set once it is to end.
    ending: Option<End>,
    /// It was told so by a signal, which comes once.
    told: bool,
    /// Set once everything is ended.
    end: Option<End>,
}

impl Daemon {
    async fn new(
        config: PathBuf,
        Loaded { settings, text }: Loaded,
        options: &Options,
        (logind, manager): (logind::Handle, notify::Manager),
    ) -> Result<Self, StartError> {
        let what = "a folder for what lasts as long as the session";
        let begin = || {
            let folder = host::runtime_folder()?;
            let adoptable = adopt::Adoptable::new(&folder);
            let left = adoptable.read();
            Ok((folder, adoptable, left))
        };
        let begun = host::within(FOLDER_TIMEOUT, begin).flatten();
        let (runtime_dir, adoptable, left) = begun.map_err(|error| StartError::System { what, error })?;
        let (events, reports) = Events::channel();
        let (beat, beats) = mpsc::unbounded_channel();
        let (request, requests) = mpsc::unbounded_channel();
        let (look, looks) = mpsc::unbounded_channel();
        let mut effects = Vec::new();
        let mut site = Site::new(now(), settings.site(), &left, &mut effects);
        let mut decisions = decisions::DecisionStore::new(host::state_folder());
        site.restore(now(), &decisions.read());
        let (status, seen) = watch::channel(Arc::new(site.status(now())));
        let socket = options.socket.clone().or_else(|| settings.api.socket.clone());
        let web = web::spawn(
            web::Settings {
                names: settings.api.names.clone(),
                proxy: settings.api.proxy.clone(),
                tls: tls(&settings),
                rules: access_rules(&settings),
                config: std::path::absolute(&config).ok(),
                journal: journal_place(&settings.journal),
                hooks: std::path::absolute(&config).ok().and_then(|file| Some(file.parent()?.join("hooks"))),
                ..web::Settings::new(settings.api.listen.clone(), socket)
            },
            seen,
            web::Inbox { events: beat, requests: request, looks: look },
        )?;
        let pre_flight = pre_flight::PreFlight::new(settings.libvirt.uri.clone());
        let mut daemon = Self {
            libvirt: libvirt::spawn(
                libvirt::Settings {
                    uri: settings.libvirt.uri.clone(),
                    poll: settings.libvirt.poll,
                    call_deadline: libvirt::Settings::CALL_DEADLINE,
                },
                events.clone(),
            ),
            viewers: viewer::spawn(
                viewer::Settings {
                    uri: settings.libvirt.uri.clone(),
                    runtime_dir,
                    program: "virt-viewer".into(),
                    display: None,
                },
                events.clone(),
            ),
            units: units::spawn(units::Settings::default(), events.clone()),
            logind,
            reloads: reload::Reloads::new(config, reload::READ_TIMEOUT),
            settings,
            config: text,
            site,
            status,
            events,
            reports,
            beats,
            requests,
            looks,
            replies: HashMap::new(),
            unwritten: Vec::new(),
            last_acts: Vec::new(),
            last_request: 0,
            web: Some(web),
            x11: None,
            x_server: None,
            connecting: display::Connecting::default(),
            x_server_awaited: false,
            launched: HashMap::new(),
            log: log::Log::default(),
            pre_flight,
            adoptable,
            decisions,
            journal: None,
            manager,
            ending: None,
            told: false,
            end: None,
        };
        daemon.open_display().await?;
        if daemon.settings.shows() {
            daemon.site.note_orphans(daemon.viewers.left());
        } else {
            daemon.viewers.end_left();
        }
        daemon.name_exhibits();
        // Only now is it certain that no other daemon runs, which would have a journal of its own.
        daemon.journal = open_journal(&daemon.settings.journal);
        info!(exhibits = daemon.settings.exhibits.len(), "Vitrine {} begins", env!("CARGO_PKG_VERSION"));
        daemon.carry_out(effects);
        Ok(daemon)
    }

    /// Connects to the X server, where there is an exhibit to be shown. One that does not answer is waited for meanwhile.
    async fn open_display(&mut self) -> Result<(), StartError> {
        if !self.settings.shows() {
            return Ok(());
        }
        self.ask_x_server().map_err(|error| StartError::System { what: "a thread", error })?;
        self.connecting.begin(self.settings.layout());
        if let Ok(ended) = tokio::time::timeout(CONNECT_GRACE, self.connecting.ended()).await {
            self.take_display(ended?);
        } else {
            self.x_server_awaited = true;
        }
        Ok(())
    }

    /// Has the X server asked from now on whether it answers.
    fn ask_x_server(&mut self) -> std::io::Result<()> {
        if self.x_server.is_none() {
            self.x_server = Some(x11::ServerProbe::spawn(None, self.events.clone())?);
        }
        Ok(())
    }

    /// There is a connection to the X server by now, or there will be none.
    fn connected(&mut self, result: Result<display::Connected, x11::Error>) {
        match result {
            Ok((x11, reports)) => {
                // The configuration may have been read again meanwhile.
                x11.lay_out(self.settings.layout());
                self.take_display((x11, reports));
                self.name_exhibits();
            }
            // There was something to show from the start: it is the session's turn.
            Err(error) if self.x_server_awaited => {
                warn!("{error}");
                self.terminate(End::DisplayLost);
            }
            Err(error) => warn!("{error}"),
        }
        self.x_server_awaited = false;
    }

    fn take_display(&mut self, (x11, mut reports): display::Connected) {
        self.x11 = Some(x11);
        let events = self.events.clone();
        tokio::spawn(async move {
            while let Some(report) = reports.recv().await {
                events.send(report);
            }
        });
    }

    fn name_exhibits(&mut self) {
        let status = self.site.status(now());
        if let Some(x11) = &self.x11 {
            let displays = |exhibit: &ExhibitStatus| {
                let id = exhibit.id;
                (1..).zip(&exhibit.screens).map(|(display, _)| (id, display)).collect::<Vec<_>>()
            };
            x11.retain(status.exhibits.iter().flat_map(displays).collect::<BTreeSet<_>>());
        }
        self.log.name(status.exhibits.into_iter().map(|exhibit| (exhibit.id, exhibit.name)));
    }

    async fn serve(
        mut self,
        life: &Life,
        mut signals: Signals,
        mut logind: mpsc::UnboundedReceiver<logind::LogindEvent>,
    ) -> End {
        self.manager.ready();
        let end = loop {
            life.beat();
            let round = Instant::now() + life::pace();
            let deadline =
                self.site.poll_timeout().into_iter().chain(self.unwritten_until()).fold(round, Instant::min);
            tokio::select! {
                biased;
                name = life::death(), if self.ending.is_none() => {
                    error!(
                        "{name} has failed, and nothing goes on in Vitrine as it should; it ends, to be started \
                         anew. The artworks stay on screen"
                    );
                    break End::Fault;
                }
                Some(report) = self.reports.recv() => self.receive(report),
                Some(beat) = self.beats.recv() => self.handle(beat),
                Some(request) = self.requests.recv() => self.take_up(request),
                Some(look) = self.looks.recv() => self.look(look),
                signal = signals.next() => match signal {
                    Signal::Terminate => {
                        self.told = true;
                        self.terminate(End::Ordered);
                    }
                    Signal::Reload if self.ending.is_none() => self.begin_reload(),
                    Signal::Reload => {}
                },
                (result, again) = self.reloads.ended() => self.end_reload(result, again),
                result = self.connecting.ended() => self.connected(result),
                found = self.pre_flight.ended(&self.config) => self.take_up_foreseen(found),
                () = self.adoptable.written() => {}
                () = self.decisions.written() => {}
                Some(event) = logind.recv() => match event {
                    logind::LogindEvent::PoweringDown => self.power_down(),
                    logind::LogindEvent::RebootRefused { reason } => self.handle(Event::RebootRefused { reason }),
                    logind::LogindEvent::SessionEndRefused { reason } => {
                        self.handle(Event::SessionEndRefused { reason });
                    }
                },
                () = tokio::time::sleep_until(deadline.into()) => self.handle(Event::Timer),
            }
            // What has arrived already comes before the deadlines: a beat may be among it.
            for _ in 0..BATCH {
                let (report, beat) = (self.reports.try_recv(), self.beats.try_recv());
                if report.is_err() && beat.is_err() {
                    break;
                }
                // By turns, as they would come through one channel.
                if let Ok(report) = report {
                    self.receive(report);
                }
                if let Ok(beat) = beat {
                    self.handle(beat);
                }
            }
            if self.site.poll_timeout().is_some_and(|at| at <= Instant::now()) {
                self.handle(Event::Timer);
            }
            self.status.send_replace(Arc::new(self.site.status(now())));
            // What ends now was well: the next daemon shall find it so.
            if self.ending.is_none() {
                self.adoptable.want(self.site.adoptable());
                self.decisions.want(self.site.decisions());
            }
            self.tell_written(Instant::now());
            if let Some(end) = self.end {
                break end;
            }
        };
        let told = self.told;
        life.during(self.farewell(end)).await;
        if end == End::PowerDown && !told {
            let last_word = async { while signals.next().await != Signal::Terminate {} };
            if life.during(tokio::time::timeout(LAST_WORD, last_word)).await.is_err() {
                return End::PowerDownCancelled;
            }
        }
        end
    }

    /// The VMs were looked at. One whose exhibit a reload has removed meanwhile concerns nobody.
    fn take_up_foreseen(&mut self, found: pre_flight::Found) {
        let exhibits = self.site.status(now()).exhibits;
        for (name, found) in found {
            if let Some(exhibit) = exhibits.iter().find(|exhibit| exhibit.name == name) {
                self.handle(Event::Foreseen { exhibit: exhibit.id, found });
            }
        }
    }

    /// Leaves the exhibits, and ends their VMs where that is wished, while logind waits.
    fn power_down(&mut self) {
        if self.ending == Some(End::PowerDown) {
            return;
        }
        let end_vms = self.settings.shutdown.end_vms;
        let vms = if end_vms { "the VMs are ended" } else { "the VMs are left to the system" };
        info!("the computer is being switched off; {vms}");
        // The service manager is told nothing: after STOPPING=1 it would send no SIGTERM, which is waited for.
        // Who was told to end already does, and will be told nothing more.
        self.ending.get_or_insert(End::PowerDown);
        self.handle(Event::PowerDown { end_vms });
    }

    fn terminate(&mut self, end: End) {
        if self.ending.is_some() {
            return;
        }
        info!("Vitrine ends; the VMs are left running");
        self.manager.stopping();
        self.ending = Some(end);
        self.handle(Event::Shutdown);
    }

    async fn farewell(mut self, end: End) {
        if self.decisions.is_writing() {
            let _ = tokio::time::timeout(FAREWELL, self.decisions.written()).await;
        }
        self.last_acts.clear();
        if let Some(last) = self.unwritten_until() {
            self.tell_written(last);
        }
        self.replies.clear();
        self.libvirt.close();
        if let Some(journal) = self.journal.take() {
            let _ = tokio::task::spawn_blocking(move || journal.close(now().wall, FAREWELL)).await;
        }
        // What shows the artworks is the next one's, where this one fails them.
        if end != End::Fault {
            let _ = tokio::time::timeout(FAREWELL, self.viewers.end_all()).await;
        }
        if let Some(web) = self.web.take() {
            let _ = tokio::time::timeout(FAREWELL, web.close()).await;
        }
        self.logind.release().await;
    }

    /// What an adapter reports: what concerns other adapters is passed on, all else is the core's.
    fn receive(&mut self, report: Report) {
        match report {
            Report::Core(event) => self.receive_event(event),
            Report::ViewerStarted { exhibit, launch, pid } => self.track(exhibit, launch, pid),
            Report::PictureTaken { incident, jpeg } => {
                if let Some(journal) = &self.journal {
                    journal.picture(incident, jpeg);
                }
            }
            Report::DisplayLost { reason } => {
                // At a log-out the X server goes while Vitrine ends anyway.
                if self.ending.is_none() {
                    warn!("the X server has gone ({reason})");
                }
                self.x11 = None;
                self.terminate(End::DisplayLost);
            }
        }
    }

    fn receive_event(&mut self, event: Event) {
        match event {
            Event::Monitors(_) => {
                self.handle(event);
                // Those that suit have been taken over by now.
                self.viewers.end_left();
            }
            Event::ViewerExited { launch, .. } => {
                self.untrack(launch);
                self.handle(event);
            }
            Event::VmSeen { exhibit, ref info, event_at: Some(event_at), .. } => {
                let after_ms = event_at.elapsed().as_secs_f64() * 1e3;
                debug!(exhibit = exhibit.0, state = ?info.state, after_ms, "libvirt's event reached the core");
                self.handle(event);
            }
            Event::Timer
            | Event::Beat { .. }
            | Event::Request { .. }
            | Event::HypervisorUp
            | Event::HypervisorDown { .. }
            | Event::VmSeen { event_at: None, .. }
            | Event::Graphics { .. }
            | Event::GuestRebooted { .. }
            | Event::SerialLine { .. }
            | Event::VmDefined { .. }
            | Event::Foreseen { .. }
            | Event::Done { .. }
            | Event::Probed { .. }
            | Event::ViewerAsks { .. }
            | Event::GuestSize { .. }
            | Event::ViewerPlaced { .. }
            | Event::ViewerHangs { .. }
            | Event::XServerSilent { .. }
            | Event::XServerAnswers
            | Event::XServerEnded(_)
            | Event::SessionEndRefused { .. }
            | Event::Settings(_)
            | Event::UnitSeen { .. }
            | Event::UnitsLost { .. }
            | Event::UnitRestarted { .. }
            | Event::RebootRefused { .. }
            | Event::PowerDown { .. }
            | Event::Shutdown => self.handle(event),
        }
    }

    fn track(&mut self, exhibit: ExhibitId, launch: LaunchId, pid: u32) {
        if let (Some(plan), Some(x11)) = (self.launched.get(&launch), &self.x11) {
            x11.track(x11::Viewer {
                exhibit,
                launch,
                name: plan.name.clone(),
                pid,
                heads: plan.heads.clone(),
            });
        }
    }

    fn untrack(&mut self, launch: LaunchId) {
        self.launched.remove(&launch);
        if let Some(x11) = &self.x11 {
            x11.untrack(launch);
        }
    }

    fn take_up(&mut self, request: web::Request) {
        self.last_request += 1;
        let id = RequestId(self.last_request);
        let decides = request.action.is_decision();
        self.note_request(&request);
        self.replies.insert(id, Reply { to: request.reply, decides });
        self.handle(Event::Request { id, exhibit: request.exhibit, by: request.by, action: request.action });
    }

    /// Writes into the journal what staff ask for, where nothing else of it would be found there: a revert is an
    /// incident, and a hold or a stop has a notice of its own.
    fn note_request(&self, request: &web::Request) {
        let note = match request.action {
            Action::Start => journal::Note::StartAsked,
            Action::CreateSnapshot(_) => journal::Note::SnapshotAsked,
            Action::ConvertSnapshot { .. } => journal::Note::ConversionAsked,
            Action::DeleteSnapshot(_) => journal::Note::DeletionAsked,
            Action::Stop
            | Action::Revert
            | Action::Hold { .. }
            | Action::Resume
            | Action::ListSnapshots
            | Action::GuestRevert { .. }
            | Action::Idle { .. } => return,
        };
        if let Some(journal) = &self.journal {
            let evidence = Told::new("by_staff", vec![("by", request.by.value())]);
            journal.note(self.log.name_of(request.exhibit), note, evidence, now().wall);
        }
    }

    /// Has a picture taken for staff. Where none can be, its reply is dropped.
    fn look(&self, look: web::Look) {
        let found = self.status.borrow();
        let Some(exhibit) = found.exhibits.iter().find(|exhibit| exhibit.id == look.exhibit) else { return };
        match (look.sight, &self.x11) {
            (web::Sight::Screens, Some(x11)) => {
                let monitor = |connector: &String| {
                    found.monitors.iter().find(|monitor| monitor.connector == *connector)
                };
                let connectors = exhibit.screens.iter().filter_map(|screen| screen.connector.as_ref());
                let areas: Vec<_> = connectors.filter_map(monitor).map(|monitor| monitor.rect).collect();
                if !areas.is_empty() {
                    x11.glance(areas, look.reply);
                }
            }
            (web::Sight::Screens, None) => {}
            (web::Sight::Vm, _) => self.libvirt.glance(look.exhibit, look.reply),
        }
    }

    fn handle(&mut self, event: Event) {
        let mut effects = Vec::new();
        let decides = matches!(event, Event::Request { .. });
        self.site.receive(now(), event, &mut effects);
        // Who is told that it is on hold can rely on it.
        if decides && self.ending.is_none() {
            self.decisions.want(self.site.decisions());
        }
        self.carry_out(effects);
    }

    fn probe(&self, exhibit: ExhibitId, op: OpId, request: ProbeRequest) {
        match (request, &self.x11) {
            (ProbeRequest::Agent { timeout }, _) => self.libvirt.ping(exhibit, op, timeout),
            (ProbeRequest::Qemu { timeout }, _) => self.libvirt.ask_qemu(exhibit, op, timeout),
            (ProbeRequest::Display { timeout }, _) => self.libvirt.try_display(exhibit, op, timeout),
            (ProbeRequest::Picture { areas }, Some(x11)) => x11.look(exhibit, op, areas),
            (ProbeRequest::Picture { .. }, None) => {
                let answer = ProbeAnswer::Picture { digest: None };
                self.events.send(Event::Probed { exhibit, op, answer });
            }
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Watch(vms) => self.libvirt.watch(vms),
                Effect::Vm { exhibit, op, action } => self.libvirt.act(exhibit, op, action),
                Effect::Observe { exhibit } => self.libvirt.observe(exhibit),
                Effect::MeasureGuest { exhibit } => self.libvirt.measure(exhibit),
                Effect::SetTime { exhibit } => self.libvirt.set_time(exhibit),
                Effect::Probe { exhibit, op, request } => self.probe(exhibit, op, request),
                Effect::TakePicture { incident, areas } => {
                    if let (Some(x11), Some(_)) = (&self.x11, &self.journal) {
                        x11.picture(incident, areas);
                    }
                }
                Effect::Scene(scene) => {
                    if let Some(x11) = &self.x11 {
                        x11.scene(scene);
                    }
                }
                Effect::SaveLastFrame { exhibit } => {
                    if let Some(x11) = &self.x11 {
                        x11.keep(exhibit);
                    }
                }
                Effect::Launch(plan) => {
                    self.launched.insert(plan.launch, plan.clone());
                    self.viewers.launch(plan);
                }
                Effect::EndViewer { exhibit, launch } => self.viewers.end(exhibit, launch),
                Effect::Answer { id, result } => {
                    if let Some(reply) = self.replies.remove(&id) {
                        self.answer(reply, result);
                    }
                }
                Effect::Record(incident) => {
                    self.log.incident(&incident);
                    if let Some(journal) = &self.journal {
                        journal.record(incident);
                    }
                }
                Effect::Notice { exhibit, notice } => {
                    self.log.notice(exhibit, &notice);
                    self.note(exhibit, &notice);
                }
                Effect::PreFlight => self.pre_flight.want(),
                Effect::WatchUnits(units) => self.units.watch(&units),
                Effect::RestartUnit { bus, name } => self.units.restart(bus, name),
                Effect::Reboot => self.act_at_last(LastAct::Reboot),
                Effect::EndXServer => self.act_at_last(LastAct::EndXServer),
                Effect::EndSession => self.logind.end_session(),
                Effect::Finished => self.end = self.end.or(self.ending),
            }
        }
    }

    /// Answers, once what was decided is written down.
    fn answer(&mut self, reply: Reply, result: Result<Answer, Refusal>) {
        if reply.decides && result == Ok(Answer::Done) && self.decisions.is_writing() {
            self.unwritten.push(Unwritten::new(reply));
        } else {
            reply.send(result, self.decisions.has_all());
        }
    }

    /// Does this once the next daemon will know of it.
    fn act_at_last(&mut self, act: LastAct) {
        self.decisions.want(self.site.decisions());
        self.last_acts.push(Unwritten::new(act));
    }

    /// Until when the last of what is to be written down is waited for.
    fn unwritten_until(&self) -> Option<Instant> {
        let replies = self.unwritten.iter().map(|unwritten| unwritten.until);
        replies.chain(self.last_acts.iter().map(|unwritten| unwritten.until)).max()
    }

    /// Answers those whose decision is written down by now, or will not be in time; does what waited for it.
    fn tell_written(&mut self, now: Instant) {
        let (has_all, writing) = (self.decisions.has_all(), self.decisions.is_writing());
        for unwritten in self.unwritten.extract_if(.., |unwritten| !writing || unwritten.until <= now) {
            unwritten.what.send(Ok(Answer::Done), has_all);
        }
        for unwritten in self.last_acts.extract_if(.., |unwritten| !writing || unwritten.until <= now) {
            match unwritten.what {
                LastAct::Reboot if has_all => self.logind.reboot(),
                LastAct::Reboot => {
                    let reason = told!(
                        "that it was restarted could not be written down, and it would be restarted for ever"
                    );
                    self.events.send(Event::RebootRefused { reason });
                }
                // Not being known costs a next X server some of its time, and no artwork anything.
                LastAct::EndXServer => {
                    if let Some(x_server) = &self.x_server {
                        x_server.end_server();
                    }
                }
            }
        }
    }

    /// Writes into the journal what was done that is no incident.
    fn note(&self, exhibit: Option<ExhibitId>, notice: &Notice) {
        let by_staff = |by: &dyn Nameable| Told::new("by_staff", vec![("by", by.value())]);
        let (note, evidence) = match notice {
            Notice::Held { by, reason: None } => (journal::Note::Held, by_staff(by)),
            Notice::Held { by, reason: Some(reason) } => {
                let named = vec![("by", by.value()), ("reason", reason.value())];
                (journal::Note::Held, Told::new("by_staff_for", named))
            }
            Notice::Resumed { by: Some(by) } => (journal::Note::Resumed, by_staff(by)),
            Notice::Resumed { by: None } => (journal::Note::Resumed, Told::new("by_time", Vec::new())),
            Notice::Stopped { by } => (journal::Note::Stopped, by_staff(by)),
            Notice::SilentTogether { exhibits } => {
                let exhibits = exhibits.join(", ");
                let evidence = Told::new("silent_at_once", vec![("exhibits", exhibits.value())]);
                (journal::Note::SilentTogether, evidence)
            }
            Notice::HeardAgain => (journal::Note::HeardAgain, Told::new("beats_again", Vec::new())),
            Notice::XServerSilent { .. } => (journal::Note::XServerSilent, Trouble::XServerSilent.told()),
            Notice::XServerAnswers { lasted } => {
                let lasted = vec![("lasted", lasted.value())];
                (journal::Note::XServerAnswers, Told::new("x_server_stood_still", lasted))
            }
            Notice::EndingXServer { .. } => (journal::Note::XServerEnded, Trouble::XServerSilent.told()),
            Notice::XServerStays { why, session_ended: true } => (journal::Note::SessionEnded, why.told()),
            Notice::XServerStays { why, session_ended: false } => (journal::Note::XServerStays, why.told()),
            Notice::SessionEndRefused { reason } => (journal::Note::SessionEndRefused, reason.clone()),
            Notice::RestartingLibvirt { why, .. } => (journal::Note::LibvirtRestarted, why.told()),
            Notice::Rebooting { why } => (journal::Note::Rebooted, why.told()),
            Notice::RebootRefused { reason } => (journal::Note::RebootRefused, reason.clone()),
            Notice::Starting(_)
            | Notice::NoSnapshot { .. }
            | Notice::SnapshotFlawed { .. }
            | Notice::Adopted
            | Notice::Foreseen(_)
            | Notice::NothingForeseen
            | Notice::Started
            | Notice::VmMissing { .. }
            | Notice::StopFailed { .. }
            | Notice::ScreenMissing { .. }
            | Notice::ScreenFound { .. }
            | Notice::ViewerGone { .. }
            | Notice::DisplayMissing { .. }
            | Notice::Shown
            | Notice::GuestRebooted { .. }
            | Notice::SnapshotCreated { .. }
            | Notice::SnapshotDeleted { .. }
            | Notice::HypervisorUp
            | Notice::HypervisorDown { .. }
            | Notice::SameMac { .. }
            | Notice::InPlaceVain
            | Notice::CallHung
            | Notice::UnitsLost { .. }
            | Notice::UnitFailed { .. }
            | Notice::UnitRestarting { .. }
            | Notice::UnitRestartRefused { .. }
            | Notice::UnitActive { .. }
            | Notice::UnitMissing { .. }
            | Notice::Reloaded { .. } => return,
        };
        if let Some(journal) = &self.journal {
            journal.note(exhibit.and_then(|id| self.log.name_of(id)), note, evidence, now().wall);
        }
    }

    /// Has the configuration read again.
    fn begin_reload(&mut self) {
        match self.reloads.begin() {
            Ok(()) | Err(reload::Postponed::Again) => {}
            Err(reload::Postponed::Hanging(count)) => warn!(
                "the configuration is not read again: {count} earlier readings of it hang, and cannot be ended. Once the \
                 disk or network share answers again, it can be; or start Vitrine anew, which leaves the artworks alone"
            ),
        }
    }

    /// The configuration was read again. One that is wrong, or cannot be read, changes nothing.
    fn end_reload(&mut self, result: Result<Loaded, config::LoadError>, again: bool) {
        if self.ending.is_some() {
            return;
        }
        if again {
            self.begin_reload();
        }
        let problem = match &result {
            Ok(_) => None,
            Err(config::LoadError::Silent { .. }) => Some(web::ReloadProblem::Silent),
            Err(_) => Some(web::ReloadProblem::Refused),
        };
        if let Some(web) = &self.web {
            web.set_reload(problem);
        }
        match result {
            Ok(Loaded { settings, text }) => {
                self.config = text;
                self.take_up_settings(settings);
            }
            Err(error @ config::LoadError::Silent { .. }) => {
                warn!("{error} What was there goes on; SIGHUP has it read again");
            }
            Err(error) => {
                warn!("the configuration stays as it was, because the new one cannot be used:");
                for line in error.to_string().lines().filter(|line| !line.is_empty()) {
                    warn!("{line}");
                }
            }
        }
    }

    fn take_up_settings(&mut self, settings: Settings) {
        if settings.libvirt != self.settings.libvirt {
            warn!("a change of [libvirt] is taken up when Vitrine next starts");
        }
        if settings.api.socket != self.settings.api.socket {
            warn!("a change of `socket` in [api] is taken up when Vitrine next starts");
        }
        if settings.journal != self.settings.journal {
            warn!("a change of [journal] is taken up when Vitrine next starts");
        }
        if let Some(web) = &self.web {
            web.set_names(settings.api.names.clone());
            web.set_rules(access_rules(&settings));
            web.set_listen(settings.api.listen.clone(), settings.api.proxy.clone(), tls(&settings));
        }
        self.settings = settings;
        if let Some(x11) = &self.x11 {
            x11.lay_out(self.settings.layout());
        }
        if self.settings.shows() && self.x11.is_none() && !self.connecting.is_going_on() {
            if let Err(error) = self.ask_x_server() {
                warn!("no thread to ask the X server on whether it answers: {error}");
            }
            self.connecting.begin(self.settings.layout());
        }
        let mut effects = Vec::new();
        self.site.receive(now(), Event::Settings(self.settings.site()), &mut effects);
        self.name_exhibits();
        self.carry_out(effects);
    }
}
