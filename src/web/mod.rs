//! The API: heartbeats and requests of the guests, questions and requests of staff, over TCP and over the control
//! socket.
//!
//! It runs on a thread of its own, so that nothing that the rest of the daemon does makes a heartbeat wait. It
//! answers out of the latest copy of the core's status; only what changes something goes to the daemon and waits
//! for its answer.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod access;
mod beats;
mod budget;
mod call;
mod caller;
mod connections;
pub mod control;
mod document;
mod done;
pub mod dto;
mod guest;
mod hooks;
mod host_names;
mod kit;
mod listen;
mod login;
mod neighbours;
mod netlink;
mod operator;
#[cfg(test)]
mod outside;
mod owner;
mod panel;
mod params;
mod reply;
mod routes;
mod sock_diag;
mod staff;
pub mod telling;
mod tls;

pub use done::Done;
pub use tls::Tls;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::core::event::Event;
use crate::core::status::Status;
use crate::core::types::{AccessRules, Action, Answer, ExhibitId, Refusal, WallTime};
use crate::host::now;
use crate::life;
use control::{Control, ControlError};
use listen::Door;

/// Between two tries to make the control socket, whose folder may come with the session.
const CONTROL_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Between two looks whether the last connection is closed, once the daemon ends.
const CLOSE_POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Connections from within this computer of which it is found out at once whose they are.
const MAX_LOOKUPS: usize = 2;

/// Readings of the journal at the same time, for the panel.
const MAX_JOURNAL_READINGS: usize = 4;

/// Looks at the same time for the panel, of each kind together.
const MAX_LOOKING: usize = 4;

/// Where the API listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// TCP addresses. One that does not exist yet is retried.
    pub listen: Vec<SocketAddr>,
    /// The same for a proxy alone.
    pub proxy: Vec<SocketAddr>,
    /// Where it listens for encrypted connections; `None` for nowhere.
    pub tls: Option<Tls>,
    /// Who may do what.
    pub rules: AccessRules,
    /// The configuration's file, for the doctor; `None` for the usual one.
    pub config: Option<PathBuf>,
    /// The journal; `None` for none.
    pub journal: Option<PathBuf>,
    /// The folder with the museum's own programs; `None` for none.
    pub hooks: Option<PathBuf>,
    /// The control socket; `None` means [`control::usual_place`].
    pub socket: Option<PathBuf>,
    /// Names of this computer besides its own, in small letters.
    pub names: Vec<String>,
    /// The kernel's table of neighbours, in the format of `/proc/net/arp`.
    pub neighbours: PathBuf,
}

impl Settings {
    /// With this machine's own table of neighbours, and no further names.
    pub fn new(listen: Vec<SocketAddr>, socket: Option<PathBuf>) -> Self {
        Self {
            listen,
            proxy: Vec::new(),
            tls: None,
            rules: AccessRules::default(),
            config: None,
            journal: None,
            hooks: None,
            socket,
            names: Vec::new(),
            neighbours: "/proc/net/arp".into(),
        }
    }
}

/// Where the API sends what the daemon has to know.
#[derive(Clone, Debug)]
pub struct Inbox {
    /// Heartbeats, as `Event::Beat`.
    pub events: mpsc::UnboundedSender<Event>,
    /// What guests and staff want done.
    pub requests: mpsc::UnboundedSender<Request>,
    /// What staff want to see.
    pub looks: mpsc::UnboundedSender<Look>,
}

/// What a picture is wanted of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sight {
    /// What visitors see on an exhibit's screens.
    Screens,
    /// What its VM draws on its first display.
    Vm,
}

/// A picture that is wanted.
#[derive(Debug)]
pub struct Look {
    /// Whose.
    pub exhibit: ExhibitId,
    /// Of what.
    pub sight: Sight,
    /// Where it goes, as a small JPEG. Dropping it means that there is none to be had.
    pub reply: oneshot::Sender<Vec<u8>>,
}

/// What an operator or a guest wants done. The daemon makes an `Event::Request` of it and passes the answer on.
#[derive(Debug)]
pub struct Request {
    /// Which exhibit it is about.
    pub exhibit: ExhibitId,
    /// Who asks, for people.
    pub by: String,
    /// What is to be done.
    pub action: Action,
    /// Where the answer goes. Dropping it means that the daemon is ending.
    pub reply: oneshot::Sender<Result<Answer, Refusal>>,
}

/// Why the API cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another daemon has the control socket.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// The system gives no thread or no event loop.
    #[error("the API's thread cannot be started: {0}; the machine may be out of memory or of processes")]
    Thread(#[from] io::Error),
}

/// The API at work. It ends when this is dropped or closed.
#[derive(Debug)]
pub struct Handle {
    commands: mpsc::UnboundedSender<Command>,
    bound: watch::Receiver<HashMap<SocketAddr, SocketAddr>>,
}

impl Handle {
    /// Listens at these addresses from now on, of which the second ones are for a proxy alone, and at those of `tls` for
    /// encrypted connections, whose certificate and key are read again. What stays listens on undisturbed; open
    /// connections stay open.
    pub fn set_listen(&self, listen: Vec<SocketAddr>, proxy: Vec<SocketAddr>, tls: Option<Tls>) {
        // The thread is gone only after `close`.
        let _ = self.commands.send(Command::Listen(listen, proxy, tls));
    }

    /// Who may do what from now on. Who has logged in with an account that has changed has to do so again.
    pub fn set_rules(&self, rules: AccessRules) {
        let _ = self.commands.send(Command::Rules(Box::new(rules)));
    }

    /// This computer has these names, besides its own, from now on.
    pub fn set_names(&self, names: Vec<String>) {
        let _ = self.commands.send(Command::Names(names));
    }

    /// How it went when the configuration was last read again; `None` for well.
    pub fn set_reload(&self, problem: Option<ReloadProblem>) {
        let _ = self.commands.send(Command::Reload(problem, now().wall));
    }

    /// The addresses that are listened at by now: as they were wanted, and as they are (port 0 becomes a real one).
    pub fn bound(&self) -> watch::Receiver<HashMap<SocketAddr, SocketAddr>> {
        self.bound.clone()
    }

    /// Ends it: nobody is let in any more, and who is inside gets a second to leave.
    pub async fn close(self) {
        let (done, ended) = oneshot::channel();
        if self.commands.send(Command::Close(done)).is_ok() {
            let _ = ended.await;
        }
    }
}

/// Why the configuration that was last read is not the one that is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReloadProblem {
    /// It is wrong, or missing.
    Refused,
    /// What it lies on does not answer.
    Silent,
}

impl ReloadProblem {
    /// What programs know it by.
    pub fn code(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Silent => "silent",
        }
    }
}

/// What the daemon tells the API's thread.
enum Command {
    /// Listen at these addresses, at these for a proxy, and at these for encrypted connections, and at no others.
    Listen(Vec<SocketAddr>, Vec<SocketAddr>, Option<Tls>),
    /// These rules hold.
    Rules(Box<AccessRules>),
    /// The computer has these names besides its own.
    Names(Vec<String>),
    /// So it went when the configuration was read again, and then.
    Reload(Option<ReloadProblem>, WallTime),
    /// End; the answer is sent once nothing is open any more.
    Close(oneshot::Sender<()>),
}

/// What the handlers share.
pub(crate) struct Shared {
    status: watch::Receiver<Arc<Status>>,
    requests: mpsc::UnboundedSender<Request>,
    looks: mpsc::UnboundedSender<Look>,
    /// True once the daemon ends.
    ending: watch::Receiver<bool>,
    config: Option<PathBuf>,
    journal: Option<PathBuf>,
    /// Who may read the journal just now: a disk that hangs keeps a thread for each.
    journal_readings: Arc<Semaphore>,
    /// Who may look at the computer's disks, or have the screens show their names, or the doctor look: likewise.
    looking: Arc<Semaphore>,
    socket: Option<PathBuf>,
    pictures: panel::Pictures,
    panel_checks: panel::Checks,
    beats: Arc<beats::Beats>,
    neighbours: neighbours::Neighbours,
    owners: owner::Owners,
    /// Who may ask `owners` just now: each takes a thread for some milliseconds.
    lookups: Arc<Semaphore>,
    gate: access::Gate,
    budgets: budget::Budgets,
    hooks: hooks::Hooks,
    /// Why the configuration that was last read is not in use, and since when.
    reload: Mutex<Option<(ReloadProblem, WallTime)>>,
    /// Presses of the exhibits' buttons that nobody has asked for yet.
    buttons: Mutex<HashMap<ExhibitId, Instant>>,
}

impl Shared {
    fn new(
        settings: &Settings,
        socket: Option<PathBuf>,
        status: watch::Receiver<Arc<Status>>,
        inbox: Inbox,
        ending: watch::Receiver<bool>,
    ) -> Self {
        Self {
            status,
            requests: inbox.requests,
            looks: inbox.looks,
            ending,
            config: settings.config.clone(),
            journal: settings.journal.clone(),
            journal_readings: Arc::new(Semaphore::new(MAX_JOURNAL_READINGS)),
            looking: Arc::new(Semaphore::new(MAX_LOOKING)),
            socket,
            pictures: panel::Pictures::default(),
            panel_checks: panel::Checks::new(),
            beats: beats::Beats::new(inbox.events),
            neighbours: neighbours::Neighbours::new(settings.neighbours.clone()),
            owners: owner::Owners::new(),
            lookups: Arc::new(Semaphore::new(MAX_LOOKUPS)),
            gate: access::Gate::new(settings.names.clone(), settings.rules.clone()),
            budgets: budget::Budgets::default(),
            hooks: hooks::Hooks::new(settings.hooks.clone()),
            reload: Mutex::default(),
            buttons: Mutex::default(),
        }
    }

    fn buttons(&self) -> MutexGuard<'_, HashMap<ExhibitId, Instant>> {
        lock(&self.buttons)
    }
}

/// Does what may hang for ever beside the guests' heartbeats, and waits no longer than so long; `None` then, or where too
/// many do so already: what hangs keeps its thread and its permit.
async fn aside<T: Send + 'static>(
    permits: &Arc<Semaphore>,
    time: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let permit = Arc::clone(permits).try_acquire_owned().ok()?;
    let (tell, told) = oneshot::channel();
    let work = move || {
        let _permit = permit;
        // Who waits for it may have lost patience.
        let _ = tell.send(work());
    };
    // No thread of the runtime's, which would wait for it at its end.
    std::thread::Builder::new().name("api-aside".to_owned()).spawn(work).ok()?;
    tokio::time::timeout(time, told).await.ok()?.ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the API on a thread of its own.
///
/// # Errors
/// Another daemon has the control socket, or there is no thread to be had. Addresses that cannot be listened at,
/// and a control socket that cannot be made for other reasons, are logged and tried again.
pub fn spawn(
    settings: Settings,
    status: watch::Receiver<Arc<Status>>,
    inbox: Inbox,
) -> Result<Handle, StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let socket = settings.socket.clone().or_else(control::usual_place);
    let control = {
        let _inside = runtime.enter();
        match socket.as_deref().ok_or(ControlError::NoPlace).and_then(Control::open) {
            Ok(control) => Some(control),
            Err(error @ ControlError::AnotherRuns(_)) => return Err(error.into()),
            Err(error) => {
                tracing::warn!("{error}");
                None
            }
        }
    };
    let (end, ending) = watch::channel(false);
    let shared = Arc::new(Shared::new(&settings, socket.clone(), status, inbox, ending));
    let (commands, inbound) = mpsc::unbounded_channel();
    let (bound, bound_seen) = watch::channel(HashMap::new());
    let doors = doors(settings.listen, settings.proxy, settings.tls.as_ref());
    let first = First { control, socket, doors, tls: settings.tls };
    let run = move || runtime.block_on(serve(shared, end, first, inbound, bound));
    std::thread::Builder::new().name("web".to_owned()).spawn(run)?;
    Ok(Handle { commands, bound: bound_seen })
}

/// What the API's thread begins with.
struct First {
    control: Option<Control>,
    socket: Option<PathBuf>,
    doors: Vec<(SocketAddr, Door)>,
    tls: Option<Tls>,
}

/// The API's thread: listens, and does what the daemon tells it.
async fn serve(
    shared: Arc<Shared>,
    end: watch::Sender<bool>,
    first: First,
    mut commands: mpsc::UnboundedReceiver<Command>,
    bound: watch::Sender<HashMap<SocketAddr, SocketAddr>>,
) {
    let First { control, socket, doors: first, tls } = first;
    let ending = shared.ending.clone();
    let mut keeper = tls::Keeper::new();
    keeper.take_up(tls.as_ref());
    let server = listen::Server {
        router: routes::router(Arc::clone(&shared)),
        shared,
        connections: Arc::default(),
        encryption: keeper.encryption(),
        ending,
    };
    let control = tokio::spawn(serve_control(control, socket, server.clone()));
    let mut listeners = HashMap::new();
    set_listen(&mut listeners, &first, &server, &bound);
    let life = life::begin("the API");
    let done = loop {
        let command = tokio::select! {
            command = commands.recv() => command,
            () = life.round() => continue,
        };
        match command {
            Some(Command::Listen(listen, proxy, tls)) => {
                set_listen(&mut listeners, &doors(listen, proxy, tls.as_ref()), &server, &bound);
                keeper.take_up(tls.as_ref());
            }
            Some(Command::Rules(rules)) => server.shared.gate.set_rules(*rules),
            Some(Command::Names(names)) => server.shared.gate.names.set(names),
            Some(Command::Reload(problem, at)) => {
                *lock(&server.shared.reload) = problem.map(|problem| (problem, at));
            }
            Some(Command::Close(done)) => break Some(done),
            None => break None,
        }
    };
    // An aborted task has let go of its socket once it has been awaited.
    for task in listeners.into_values().chain([control]) {
        task.abort();
        let _ = task.await;
    }
    end.send_replace(true);
    while !server.connections.is_empty() {
        life.beat();
        tokio::time::sleep(CLOSE_POLL_INTERVAL).await;
    }
    if let Some(done) = done {
        let _ = done.send(());
    }
}

/// Serves the control socket, once it can be made.
async fn serve_control(mut control: Option<Control>, socket: Option<PathBuf>, server: listen::Server) {
    let _guard = life::guard("the control socket");
    let Some(socket) = socket else { return };
    let control = loop {
        match control.take() {
            Some(control) => break control,
            None => tokio::time::sleep(CONTROL_RETRY_INTERVAL).await,
        }
        control = Control::open(&socket).ok();
        if control.is_some() {
            tracing::info!(socket = %socket.display(), "the control socket is there now");
        }
    };
    listen::serve_control(control, server).await;
}

/// All addresses, and for whom each is.
fn doors(listen: Vec<SocketAddr>, proxy: Vec<SocketAddr>, tls: Option<&Tls>) -> Vec<(SocketAddr, Door)> {
    let open = listen.into_iter().map(|address| (address, Door::Open));
    let proxy = proxy.into_iter().map(|address| (address, Door::Proxy));
    let tls = tls.into_iter().flat_map(|tls| &tls.listen).map(|address| (*address, Door::Tls));
    open.chain(proxy).chain(tls).collect()
}

/// Begins and ends listeners, so that these addresses are listened at; what stays is not disturbed.
fn set_listen(
    listeners: &mut HashMap<(SocketAddr, Door), JoinHandle<()>>,
    wanted: &[(SocketAddr, Door)],
    server: &listen::Server,
    bound: &watch::Sender<HashMap<SocketAddr, SocketAddr>>,
) {
    listeners.retain(|door, listener| {
        let stays = wanted.contains(door);
        if !stays {
            listener.abort();
            bound.send_modify(|all| {
                all.remove(&door.0);
            });
        }
        stays
    });
    for (address, door) in wanted {
        listeners.entry((*address, *door)).or_insert_with(|| {
            tokio::spawn(listen::serve_network(*address, *door, server.clone(), bound.clone()))
        });
    }
}
