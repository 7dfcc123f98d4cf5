//! Listening, and serving what connects, so that no other client keeps the guests out.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use http_body_util::{Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::access::handed_on_for;
use super::caller::{Caller, Peer, Plane, guest_on};
use super::connections::{Activity, Client, ConnectionPermit, Connections};
use super::control::Control;
use super::host_names::{AddressedAs, addressed_as};
use super::owner::Owner;
use super::reply::Problem;
use super::tls::{self, Begun, Encryption};
use super::{Shared, guest};
use crate::host::WarnOnce;
use crate::life;

/// Between two tries to listen at an address. The bridge of libvirt's network may appear only after Vitrine.
const BIND_RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// Between two tries to accept a connection, where there is no room for one and nobody can make some.
const ACCEPT_RETRY_INTERVAL: Duration = Duration::from_millis(100);
/// How long it may take to find out whose a connection from within this computer is. Later it is taken for some guest's.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the head of a request may take, and a connection lie idle between two requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long written bytes may stay unacknowledged, in milliseconds: a guest that was put back has forgotten its
/// connections.
const UNACKNOWLEDGED_TIMEOUT_MS: u32 = 30_000;
/// The longest address of a request, with its query, in bytes: nearly as long as a body, since some guests can only GET.
/// One of 64 KiB hyper would refuse by itself, without a body (the `http` crate's `Uri`).
const MAX_URI_BYTES: usize = 60 * 1024;
/// The largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// The most that hyper keeps of a head, in bytes. What is larger it answers by itself, without a body.
const MAX_HEAD_BUFFER_BYTES: usize = 128 * 1024;
/// A connection is closed with the first request after so long, so that none lasts for ever.
const MAX_CONNECTION_AGE: Duration = Duration::from_secs(3600);
/// How long a request that is under way then may take. A snapshot takes minutes.
const AGED_GRACE: Duration = Duration::from_secs(600);
/// How long a request that is under way may take once the daemon ends.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);

/// What all connections share.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) router: Router,
    pub(super) shared: Arc<Shared>,
    pub(super) connections: Arc<Connections>,
    pub(super) encryption: Encryption,
    /// True once the daemon ends.
    pub(super) ending: watch::Receiver<bool>,
}

/// Listens at one address for ever. An address that is not there yet, such as the bridge of a network that libvirt
/// has still to start, is tried again every second.
pub(super) async fn serve_network(
    wanted: SocketAddr,
    door: Door,
    server: Server,
    bound: watch::Sender<HashMap<SocketAddr, SocketAddr>>,
) {
    let _guard = life::guard("a listener of the API");
    if door == Door::Tls {
        // It ends only with the thread.
        let _ = server.encryption.clone().wait_for(Option::is_some).await;
    }
    let mut unavailable = WarnOnce::default();
    let listener = loop {
        match TcpListener::bind(wanted).await {
            Ok(listener) => break listener,
            Err(error) => {
                unavailable.failed(|| {
                    tracing::warn!(address = %wanted, %error, "the API cannot listen here yet; tried again every second");
                });
                tokio::time::sleep(BIND_RETRY_INTERVAL).await;
            }
        }
    };
    let actual = listener.local_addr().unwrap_or(wanted);
    if unavailable.went_well() {
        tracing::info!(address = %actual, "the API listens here now");
    } else {
        tracing::debug!(address = %actual, "the API listens");
    }
    bound.send_modify(|all| {
        all.insert(wanted, actual);
    });
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                set_options(&stream);
                let own = stream.local_addr();
                // Of one that listens at all addresses only the connection knows which was called.
                let here =
                    if actual.ip().is_unspecified() { own.as_ref().ok().copied() } else { Some(actual) };
                let here = here.map(|here| here.ip().to_canonical());
                let peer = Peer::network(address);
                let connection = Connection { peer, here, door, plane: Plane::Remote, encrypted: false };
                match own {
                    Ok(own)
                        if own.ip().to_canonical() == address.ip().to_canonical() || is_loopback(address) =>
                    {
                        tokio::spawn(admit_local(server.clone(), stream, connection, address, own));
                    }
                    Ok(_) | Err(_) => {
                        let permit = admit(&server, &connection);
                        tokio::spawn(serve(server.clone(), stream, connection, permit));
                    }
                }
            }
            Err(error) => accept_failed(&server, &error).await,
        }
    }
}

fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

/// Serves a connection from within this computer, once it is known whose it is. That takes a while, and is found out for
/// few at a time; until then it counts among those of this computer's processes, and may have to give way.
async fn admit_local(
    server: Server,
    stream: TcpStream,
    mut connection: Connection,
    peer: SocketAddr,
    own: SocketAddr,
) {
    let shared = Arc::clone(&server.shared);
    let unsorted = server.connections.admit(Client::Other(peer.ip().to_canonical()), Instant::now());
    let lookup = async {
        let permit = Arc::clone(&shared.lookups).acquire_owned().await;
        let shared = Arc::clone(&shared);
        let find = move || {
            // A process that hangs in the kernel may keep whoever looks at it.
            let _permit = permit;
            shared.owners.of(peer, own, Instant::now())
        };
        tokio::task::spawn_blocking(find).await
    };
    let owner = tokio::select! {
        biased;
        () = unsorted.revoked() => return,
        owner = tokio::time::timeout(LOOKUP_TIMEOUT, lookup) => owner.ok().and_then(Result::ok),
    };
    connection.plane = match (owner.unwrap_or(Owner::Unknown), connection.door) {
        (Owner::Guest(Some(vm)), _) => Plane::UserMode(vm),
        (Owner::Guest(None) | Owner::Unknown, _) => Plane::SomeGuest,
        (Owner::Process, Door::Open | Door::Tls) => Plane::Local,
        (Owner::Process, Door::Proxy) | (Owner::Proxy, _) => Plane::Remote,
    };
    let permit = unsorted.belongs_to(client(&server, &connection), Instant::now());
    serve(server, stream, connection, permit).await;
}

/// Serves the control socket for ever.
pub(super) async fn serve_control(control: Control, server: Server) {
    loop {
        match control.listener.accept().await {
            Ok((stream, _)) => {
                let uid = stream.peer_cred().ok().map(|cred| cred.uid());
                let connection = Connection {
                    peer: Peer::Local { uid },
                    here: None,
                    door: Door::Open,
                    plane: Plane::Command,
                    encrypted: false,
                };
                let permit = admit(&server, &connection);
                tokio::spawn(serve_connection(server.clone(), stream, connection, permit));
            }
            Err(error) => accept_failed(&server, &error).await,
        }
    }
}

/// A connection could not be accepted: has room made for the next.
async fn accept_failed(server: &Server, error: &std::io::Error) {
    tracing::debug!(%error, "a connection could not be accepted");
    // Out of descriptors, mostly: whoever makes room does so when this task rests.
    if server.connections.make_room() {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(ACCEPT_RETRY_INTERVAL).await;
    }
}

fn set_options(stream: &TcpStream) {
    // A connection that is gone already refuses them; serving it will find out.
    let _ = stream.set_nodelay(true);
    let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, UNACKNOWLEDGED_TIMEOUT_MS);
}

/// By what listener somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Door {
    /// One for everybody.
    Open,
    /// One that a proxy alone is to reach.
    Proxy,
    /// One for everybody, over TLS.
    Tls,
}

/// Who is at the other end of a connection, as far as that is known when it begins.
#[derive(Clone, Debug)]
struct Connection {
    peer: Peer,
    /// This computer's own address that it calls, over the network.
    here: Option<IpAddr>,
    door: Door,
    plane: Plane,
    encrypted: bool,
}

impl Connection {
    /// On whose behalf it calls now: addresses change their owners, and VMs their addresses.
    fn plane(&self, shared: &Shared) -> Plane {
        let mac = match self.door {
            Door::Open | Door::Tls => shared.neighbours.mac_of(self.peer, Instant::now()),
            Door::Proxy => None,
        };
        mac.map_or_else(|| self.plane.clone(), Plane::Neighbour)
    }
}

/// Serves a connection of the network until it ends or has to.
async fn serve(server: Server, stream: TcpStream, connection: Connection, permit: ConnectionPermit) {
    match connection.door {
        Door::Open | Door::Proxy => serve_connection(server, stream, connection, permit).await,
        Door::Tls => serve_encrypted(server, stream, connection, permit).await,
    }
}

/// Lets a connection in, whoever else may have to give way to it.
fn admit(server: &Server, connection: &Connection) -> ConnectionPermit {
    server.connections.admit(client(server, connection), Instant::now())
}

/// For whom a connection counts.
fn client(server: &Server, connection: &Connection) -> Client {
    match connection.peer {
        Peer::Local { .. } => Client::Command,
        Peer::Network(address) => {
            // First, since it asks the kernel, and whoever publishes the status waits for its readers.
            let plane = connection.plane(&server.shared);
            guest_on(&server.shared.status.borrow(), &plane).map_or(Client::Other(address), Client::Guest)
        }
    }
}

/// Serves one connection once it is encrypted. Until then it counts among those that are silent.
async fn serve_encrypted(
    server: Server,
    stream: TcpStream,
    mut caller: Connection,
    permit: ConnectionPermit,
) {
    let Some(config) = server.encryption.borrow().clone() else { return };
    let mut ending = server.ending.clone();
    let begun = tokio::select! {
        biased;
        () = permit.revoked() => return,
        _ = ending.wait_for(|ending| *ending) => return,
        begun = tokio::time::timeout(tls::HANDSHAKE_TIMEOUT, tls::begin(config, stream)) => begun,
    };
    match begun {
        Ok(Ok(Begun::Encrypted(stream))) => {
            caller.encrypted = true;
            serve_connection(server, *stream, caller, permit).await;
        }
        Ok(Ok(Begun::Plain(stream))) => serve_connection(server, stream, caller, permit).await,
        // A handshake that is broken or too slow is the other end's affair.
        Ok(Err(_)) | Err(_) => {}
    }
}

/// Serves one connection until it ends or has to.
async fn serve_connection(
    server: Server,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    caller: Connection,
    permit: ConnectionPermit,
) {
    let Server { router, shared, mut ending, .. } = server;
    let router = TowerToHyperService::new(router);
    let activity = permit.activity();
    let service = service_fn(move |request| {
        let (router, shared, activity, caller) =
            (router.clone(), Arc::clone(&shared), activity.clone(), caller.clone());
        async move {
            let response = answer(router, &shared, request, &caller, &activity).await;
            activity.answered(Instant::now());
            response
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BUFFER_BYTES)
        .title_case_headers(true)
        // Who closes its side once it has spoken is heard all the same.
        .half_close(true)
        // Answers are small: copying one together is cheaper than handing its parts over (measured: 7 %).
        .writev(false)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let grace = tokio::select! {
        biased;
        // A broken connection is the other end's affair.
        _ = connection.as_mut() => return,
        () = permit.revoked() => return,
        () = tokio::time::sleep(MAX_CONNECTION_AGE) => AGED_GRACE,
        _ = ending.wait_for(|ending| *ending) => SHUTDOWN_GRACE,
    };
    connection.as_mut().graceful_shutdown();
    let ends = async {
        let _ = ending.wait_for(|ending| *ending).await;
        tokio::time::sleep(SHUTDOWN_GRACE).await;
    };
    tokio::select! {
        _ = tokio::time::timeout(grace, connection) => {}
        () = permit.revoked() => {}
        () = ends => {}
    }
}

/// Answers one request, if it may be made under the name that it was made to.
async fn answer(
    router: TowerToHyperService<Router>,
    shared: &Shared,
    mut request: Request<Incoming>,
    connection: &Connection,
    activity: &Activity,
) -> Result<Response<Either<Full<Bytes>, Body>>, Infallible> {
    if let Err(problem) = check_head(&request) {
        return Ok(problem.into_response().map(Either::Right));
    }
    if connection.door == Door::Tls && !connection.encrypted {
        let problem = Problem::bad("Only HTTPS is spoken here: write https:// in place of http://.");
        return Ok(problem.into_response().map(Either::Right));
    }
    let peer = connection.peer;
    let addressed = match peer {
        // No browser gets here.
        Peer::Local { .. } => Ok(AddressedAs::Own),
        Peer::Network(_) => addressed_as(request.uri(), request.headers(), &shared.gate.names),
    };
    let addressed = match addressed {
        Ok(addressed) => addressed,
        Err(problem) => return Ok(problem.into_response().map(Either::Right)),
    };
    let plane = connection.plane(shared);
    // Of whom a proxy hands something on for, it alone can say.
    let peer = match (connection.door, &plane) {
        (Door::Proxy, Plane::Remote) => handed_on_for(request.headers()).map_or(peer, Peer::Network),
        (Door::Open | Door::Proxy | Door::Tls, _) => peer,
    };
    let caller = Caller { peer, here: connection.here, addressed, plane, encrypted: connection.encrypted };
    if let Some(uri) = without_slash(request.uri()) {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(SlashAtEnd);
    }
    if let Some(response) = guest::plain_beat(shared, &request, &caller) {
        return Ok(response.map(Either::Left));
    }
    let extensions = request.extensions_mut();
    extensions.insert(caller);
    extensions.insert(activity.clone());
    router.call(request).await.map(|response| response.map(Either::Right))
}

/// The path of a request ended in a slash, which was taken away.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlashAtEnd;

/// Refuses a head that is too large, in the same form as everything else is refused.
fn check_head<T>(request: &Request<T>) -> Result<(), Problem> {
    let uri = request.uri();
    let uri_bytes = uri.path().len() + uri.query().map_or(0, str::len);
    if uri_bytes > MAX_URI_BYTES {
        let text =
            format!("The address has more than {} KiB; send long texts in the body.", MAX_URI_BYTES / 1024);
        return Err(Problem::new(StatusCode::URI_TOO_LONG, text));
    }
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    if fields.sum::<usize>() > MAX_HEAD_BYTES {
        let text = format!("The request's headers have more than {} KiB.", MAX_HEAD_BYTES / 1024);
        return Err(Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, text));
    }
    Ok(())
}

/// The same address without slashes at its path's end, where there are any.
pub(super) fn without_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if path.len() < 2 || !path.ends_with('/') {
        return None;
    }
    let path = match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    };
    let path = uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    path.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_at_the_end_are_nothing() {
        let rows = [
            ("/", None),
            ("//", Some("/")),
            ("/api/v1/status", None),
            ("/api/v1/status/", Some("/api/v1/status")),
            ("/api/v1/heartbeat/?status=ok", Some("/api/v1/heartbeat?status=ok")),
            ("http://host/api/", Some("/api")),
        ];
        for (given, expected) in rows {
            let result = without_slash(&given.parse().unwrap());
            assert_eq!(result.map(|uri| uri.to_string()).as_deref(), expected, "{given}");
        }
    }
}
