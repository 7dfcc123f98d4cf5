//! The API: heartbeats and requests of the guests, questions and requests of staff, over TCP and over the control
//! socket.
//!
//! It runs on a thread of its own, so that nothing that the rest of the daemon does makes a heartbeat wait. It
//! answers out of the latest copy of the core's status; only what changes something goes to the daemon and waits
//! for its answer.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod access;
mod beats;
mod call;
mod caller;
mod connections;
pub mod control;
mod done;
pub mod dto;
mod guest;
mod host_names;
mod listen;
mod neighbours;
mod netlink;
mod operator;
mod params;
mod reply;
mod routes;

pub use done::Done;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::core::event::Event;
use crate::core::status::Status;
use crate::core::types::{Action, Answer, ExhibitId, Refusal, WallTime};
use crate::host::now;
use crate::life;
use control::{Control, ControlError};

/// Between two tries to make the control socket, whose folder may come with the session.
const CONTROL_RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Between two looks whether the last connection is closed, once the daemon ends.
const CLOSE_POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Where the API listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// TCP addresses. One that does not exist yet is retried.
    pub listen: Vec<SocketAddr>,
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
        Self { listen, socket, names: Vec::new(), neighbours: "/proc/net/arp".into() }
    }
}

/// Where the API sends what the daemon has to know.
#[derive(Clone, Debug)]
pub struct Inbox {
    /// Heartbeats, as `Event::Beat`.
    pub events: mpsc::UnboundedSender<Event>,
    /// What guests and staff want done.
    pub requests: mpsc::UnboundedSender<Request>,
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
    /// Listens at these addresses from now on. What stays listens on undisturbed; open connections stay open.
    pub fn set_listen(&self, listen: Vec<SocketAddr>) {
        // The thread is gone only after `close`.
        let _ = self.commands.send(Command::Listen(listen));
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
    /// Listen at these addresses, and at no others.
    Listen(Vec<SocketAddr>),
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
    beats: Arc<beats::Beats>,
    neighbours: neighbours::Neighbours,
    names: host_names::Names,
    /// Why the configuration that was last read is not in use, and since when.
    reload: Mutex<Option<(ReloadProblem, WallTime)>>,
    /// Presses of the exhibits' buttons that nobody has asked for yet.
    buttons: Mutex<HashMap<ExhibitId, Instant>>,
}

impl Shared {
    fn buttons(&self) -> MutexGuard<'_, HashMap<ExhibitId, Instant>> {
        lock(&self.buttons)
    }
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
    let shared = Arc::new(Shared {
        status,
        requests: inbox.requests,
        beats: beats::Beats::new(inbox.events),
        neighbours: neighbours::Neighbours::new(settings.neighbours),
        names: host_names::Names::new(settings.names),
        reload: Mutex::default(),
        buttons: Mutex::default(),
    });
    let (commands, inbound) = mpsc::unbounded_channel();
    let (bound, bound_seen) = watch::channel(HashMap::new());
    let run = move || runtime.block_on(serve(shared, control, socket, settings.listen, inbound, bound));
    std::thread::Builder::new().name("web".to_owned()).spawn(run)?;
    Ok(Handle { commands, bound: bound_seen })
}

/// The API's thread: listens, and does what the daemon tells it.
async fn serve(
    shared: Arc<Shared>,
    control: Option<Control>,
    socket: Option<PathBuf>,
    listen: Vec<SocketAddr>,
    mut commands: mpsc::UnboundedReceiver<Command>,
    bound: watch::Sender<HashMap<SocketAddr, SocketAddr>>,
) {
    let (end, ending) = watch::channel(false);
    let server = listen::Server {
        router: routes::router(Arc::clone(&shared)),
        shared,
        connections: Arc::default(),
        ending,
    };
    let control = tokio::spawn(serve_control(control, socket, server.clone()));
    let mut listeners = HashMap::new();
    set_listen(&mut listeners, &listen, &server, &bound);
    let life = life::begin("the API");
    let done = loop {
        let command = tokio::select! {
            command = commands.recv() => command,
            () = life.round() => continue,
        };
        match command {
            Some(Command::Listen(listen)) => set_listen(&mut listeners, &listen, &server, &bound),
            Some(Command::Names(names)) => server.shared.names.set(names),
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

/// Begins and ends listeners, so that these addresses are listened at; what stays is not disturbed.
fn set_listen(
    listeners: &mut HashMap<SocketAddr, JoinHandle<()>>,
    wanted: &[SocketAddr],
    server: &listen::Server,
    bound: &watch::Sender<HashMap<SocketAddr, SocketAddr>>,
) {
    listeners.retain(|address, listener| {
        let stays = wanted.contains(address);
        if !stays {
            listener.abort();
            bound.send_modify(|all| {
                all.remove(address);
            });
        }
        stays
    });
    for address in wanted {
        listeners
            .entry(*address)
            .or_insert_with(|| tokio::spawn(listen::serve_network(*address, server.clone(), bound.clone())));
    }
}
