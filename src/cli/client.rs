//! Speaking to the running daemon over its control socket.

use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;

use super::{Outcome, fail, local};
use crate::core::text::visible;
use crate::web::control;
use crate::web::dto::{Sentence, Site};
use crate::words::{self, tr};

/// How long the daemon may take to tell something. It answers at once, unless it hangs; snapshots are listed by libvirt.
const READ_TIMEOUT: Duration = Duration::from_secs(15);
/// How long it may take to do something, such as a revert or a snapshot; the daemon gives up long before.
const ACTION_TIMEOUT: Duration = Duration::from_secs(1800);

/// Where the daemon may be.
#[derive(Clone, Debug)]
pub(super) struct Daemon {
    places: Vec<Place>,
}

/// A socket, and whose daemon should answer there; `None` where anybody's may: who is root and names it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    path: PathBuf,
    owner: Option<u32>,
}

/// Why the daemon gave no answer that is of use.
#[derive(Debug)]
pub(super) enum ClientError {
    NotRunning(Vec<PathBuf>),
    Denied { path: PathBuf, error: io::Error },
    AnotherUsers { path: PathBuf, uid: u32 },
    Silent(Duration),
    Broken(hyper::Error),
    Odd(String),
    Refused { status: StatusCode, text: String },
    Unsignalled(io::Error),
}

impl std::error::Error for ClientError {}

impl From<hyper::Error> for ClientError {
    fn from(error: hyper::Error) -> Self {
        Self::Broken(error)
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::NotRunning(places) => not_running(places),
            Self::Denied { path, error } => tr!(
                "the daemon's socket {path} cannot be used: {error}; it belongs to the user whose session runs \
                 Vitrine, so try as that user or as root",
                path = path.display(),
                error = error,
            ),
            Self::AnotherUsers { path, uid } => tr!(
                "at {path} there is no daemon of this user's: the program that answers is another user's ({uid}). \
                 Nothing was asked of it",
                path = path.display(),
                uid = uid,
            ),
            Self::Silent(limit) => tr!(
                "the daemon did not answer within {seconds} s; look into its log",
                seconds = limit.as_secs()
            ),
            Self::Broken(error) => tr!(
                "the daemon ended the connection: {error}; look into its log, and try again",
                error = error
            ),
            Self::Odd(error) => tr!(
                "the daemon's answer is not understood ({error}); are `vitrine` and the daemon of the same version?",
                error = error
            ),
            Self::Refused { text, .. } => text.clone(),
            Self::Unsignalled(error) => tr!(
                "the daemon cannot be told to read its configuration again: {error}; start it anew, which leaves the \
                 artworks alone",
                error = error
            ),
        })
    }
}

impl ClientError {
    /// Tells it, and how the command ends by it.
    pub(super) fn fail(&self) -> Outcome {
        let wrong = matches!(self, Self::Refused { status: StatusCode::BAD_REQUEST, .. });
        fail(&self.to_string(), if wrong { Outcome::Wrong } else { Outcome::NotWell })
    }
}

fn not_running(places: &[PathBuf]) -> String {
    let first = tr!("no daemon runs. It is started with the kiosk session, or by `vitrine run`.");
    let second = match places {
        [] => {
            tr!("$XDG_RUNTIME_DIR is not set, so it was looked for nowhere; name its socket with --socket.")
        }
        places => {
            let places: String = places.iter().map(|place| format!("\n  {}", place.display())).collect();
            tr!("It was looked for at:{places}", places = places)
        }
    };
    format!("{first}\n{second}")
}

impl Daemon {
    /// At `--socket`, else `$VITRINE_SOCKET`, else where the configuration says, else in the usual places.
    pub(super) fn find(socket: Option<PathBuf>, config: Option<&Path>) -> Self {
        let from_environment =
            || std::env::var_os("VITRINE_SOCKET").filter(|path| !path.is_empty()).map(PathBuf::from);
        let user = rustix::process::geteuid();
        let named = |path| Place { path, owner: (!user.is_root()).then(|| user.as_raw()) };
        if let Some(socket) = socket.or_else(from_environment) {
            return Self { places: vec![named(socket)] };
        }
        let mut places: Vec<_> = local::configured_socket(config).map(named).into_iter().collect();
        places.extend(control::usual_place().map(|path| Place { path, owner: Some(user.as_raw()) }));
        if user.is_root() {
            places.extend(sessions(Path::new("/run/user")));
        }
        Self { places }
    }

    async fn connect(&self) -> Result<UnixStream, ClientError> {
        let mut denied = None;
        for Place { path, owner } in &self.places {
            match connect(path.clone()).await {
                Ok(stream) => match (stream.peer_cred().map(|peer| peer.uid()), owner) {
                    (Ok(uid), Some(owner)) if uid != *owner => {
                        denied.get_or_insert(ClientError::AnotherUsers { path: path.clone(), uid });
                    }
                    (Ok(_), _) => return Ok(stream),
                    (Err(error), _) => {
                        denied.get_or_insert(ClientError::Denied { path: path.clone(), error });
                    }
                },
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    denied.get_or_insert(ClientError::Denied { path: path.clone(), error });
                }
                Err(_) => {}
            }
        }
        let mut looked: Vec<_> = self.places.iter().map(|place| place.path.clone()).collect();
        looked.dedup();
        Err(denied.unwrap_or(ClientError::NotRunning(looked)))
    }

    /// Has the daemon tell something.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.call(Method::GET, path, READ_TIMEOUT).await
    }

    /// Has something done that may take its time.
    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.call(Method::POST, path, ACTION_TIMEOUT).await
    }

    /// Has the daemon tell of the whole site.
    pub(super) async fn site(&self) -> Result<Site, ClientError> {
        self.get("/api/v1/site").await
    }

    /// Whose the running daemon is.
    pub(super) async fn user(&self) -> Result<u32, ClientError> {
        let peer = self.connect().await?.peer_cred().map_err(ClientError::Unsignalled)?;
        Ok(peer.uid())
    }

    /// Has the daemon read its configuration again. How that goes it tells in its log, and by its [`Site`].
    pub(super) async fn reload(&self) -> Result<(), ClientError> {
        let stream = self.connect().await?;
        let peer = stream.peer_cred().map_err(ClientError::Unsignalled)?;
        let pid = peer.pid().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| ClientError::Unsignalled(io::ErrorKind::NotFound.into()))?;
        kill_process(pid, Signal::HUP).map_err(|error| ClientError::Unsignalled(error.into()))
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        limit: Duration,
    ) -> Result<T, ClientError> {
        let exchange = async {
            let stream = self.connect().await?;
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
            let connection = tokio::spawn(connection);
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("host", "vitrine")
                .body(Empty::<Bytes>::new())
                .map_err(|error| ClientError::Odd(error.to_string()))?;
            let response = sender.send_request(request).await?;
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            connection.abort();
            Ok::<_, ClientError>((status, body))
        };
        let (status, body) =
            tokio::time::timeout(limit, exchange).await.map_err(|_| ClientError::Silent(limit))??;
        read(status, &body)
    }
}

/// Connects on a thread of its own: the path may be on a disk that does not answer, and a daemon that stands still takes
/// nobody in once many wait.
async fn connect(path: PathBuf) -> io::Result<UnixStream> {
    let connected = tokio::task::spawn_blocking(|| std::os::unix::net::UnixStream::connect(path));
    let stream = connected.await.map_err(io::Error::other)??;
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

fn read<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, ClientError> {
    #[derive(Deserialize)]
    struct Detail {
        detail: String,
        #[serde(flatten)]
        sentence: Option<Sentence>,
    }
    if status.is_success() {
        return serde_json::from_slice(body).map_err(|error| ClientError::Odd(error.to_string()));
    }
    let text = match serde_json::from_slice(body) {
        Ok(Detail { sentence: Some(sentence), .. }) => words::say(&sentence.told()),
        Ok(Detail { detail, sentence: None }) => detail,
        Err(_) => status.to_string(),
    };
    Err(ClientError::Refused { status, text: visible(&text).into_owned() })
}

/// The sockets of all sessions, for root, who has no session of its own. Each is to be that of the folder's user.
fn sessions(run_user: &Path) -> Vec<Place> {
    let Ok(users) = std::fs::read_dir(run_user) else { return Vec::new() };
    let place = |user: std::fs::DirEntry| {
        let path = user.path().join(control::SOCKET);
        let owner = Some(user.metadata().ok()?.uid());
        path.exists().then_some(Place { path, owner })
    };
    let mut places: Vec<_> = users.flatten().filter_map(place).collect();
    places.sort_by(|one, other| one.path.cmp(&other.path));
    places
}

/// Encodes one part of a path.
pub(super) fn encode(part: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    part.bytes().fold(String::new(), |mut text, byte| {
        if plain(byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}

/// Runs one command's conversation.
pub(super) fn converse<F: Future<Output = Outcome>>(conversation: F) -> Outcome {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let outcome = runtime.block_on(conversation);
            // Whoever waits for a daemon that stands still must not keep the command.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => fail(&tr!("the system gives no event loop: {error}", error = error), Outcome::NotWell),
    }
}

/// Why an exhibit is not among those that there are.
pub(super) fn no_such(name: &str, site: &Site) -> Outcome {
    fail(&unknown(name, site.exhibits.iter().map(|exhibit| exhibit.name.as_str())), Outcome::Wrong)
}

/// That there is no exhibit of a name, and which there are.
pub(super) fn unknown<'a>(name: &str, all: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = all.collect();
    match names.as_slice() {
        [] => tr!("there is no exhibit '{name}'; none is configured", name = name),
        names => {
            tr!("there is no exhibit '{name}'; there is {names}", name = name, names = names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_paths_are_encoded() {
        assert_eq!(encode("eden-garden_2.0"), "eden-garden_2.0");
        assert_eq!(encode("a b/ü?"), "a%20b%2F%C3%BC%3F");
    }

    #[test]
    fn root_finds_the_sessions_sockets() {
        let folder = tempfile::tempdir().unwrap();
        for user in ["1000", "1001"] {
            std::fs::create_dir_all(folder.path().join(user).join("vitrine")).unwrap();
        }
        let socket = folder.path().join("1001").join(control::SOCKET);
        std::fs::write(&socket, "").unwrap();
        let owner = Some(rustix::process::geteuid().as_raw());
        assert_eq!(sessions(folder.path()), [Place { path: socket, owner }]);
        assert!(sessions(Path::new("/nonexistent")).is_empty());
    }
}
