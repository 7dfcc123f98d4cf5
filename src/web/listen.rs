//! Listening, and serving what connects, so that no other client keeps the guests out.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
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

use super::caller::{Caller, Peer, guest_with};
use super::connections::{Activity, Client, ConnectionPermit, Connections};
use super::control::Control;
use super::host_names::{AddressedAs, addressed_as};
use super::reply::Problem;
use super::{Shared, guest};
use crate::host::WarnOnce;
use crate::life;

/// Between two tries to listen at an address. The bridge of libvirt's network may appear only after Vitrine.
const BIND_RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// Between two tries to accept a connection, where there is no room for one and nobody can make some.
const ACCEPT_RETRY_INTERVAL: Duration = Duration::from_millis(100);
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
    /// True once the daemon ends.
    pub(super) ending: watch::Receiver<bool>,
}

/// Listens at one address for ever. An address that is not there yet, such as the bridge of a network that libvirt
/// has still to start, is tried again every second.
pub(super) async fn serve_network(
    wanted: SocketAddr,
    server: Server,
    bound: watch::Sender<HashMap<SocketAddr, SocketAddr>>,
) {
    let _guard = life::guard("a listener of the API");
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
                admit(&server, stream, Peer::network(address));
            }
            Err(error) => accept_failed(&server, &error).await,
        }
    }
}

/// Serves the control socket for ever.
pub(super) async fn serve_control(control: Control, server: Server) {
    loop {
        match control.listener.accept().await {
            Ok((stream, _)) => {
                let uid = stream.peer_cred().ok().map(|cred| cred.uid());
                admit(&server, stream, Peer::Local { uid });
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

/// Has a connection served, whoever else may have to give way to it.
fn admit(server: &Server, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: Peer) {
    let now = Instant::now();
    let client = match peer {
        Peer::Local { .. } => Client::Command,
        Peer::Network(address) => {
            let mac = server.shared.neighbours.mac_of(peer, now);
            guest_with(&server.shared.status.borrow(), mac.as_deref())
                .map_or(Client::Other(address), Client::Guest)
        }
    };
    let permit = server.connections.admit(client, now);
    tokio::spawn(serve_connection(server.clone(), stream, peer, permit));
}

/// Serves one connection until it ends or has to.
async fn serve_connection(
    server: Server,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: Peer,
    permit: ConnectionPermit,
) {
    let Server { router, shared, mut ending, .. } = server;
    let router = TowerToHyperService::new(router);
    let activity = permit.activity();
    let service = service_fn(move |request| {
        let (router, shared, activity) = (router.clone(), Arc::clone(&shared), activity.clone());
        async move {
            let response = answer(router, &shared, request, peer, &activity).await;
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
    tokio::select! {
        _ = tokio::time::timeout(grace, connection) => {}
        () = permit.revoked() => {}
    }
}

/// Answers one request, if it may be made under the name that it was made to.
async fn answer(
    router: TowerToHyperService<Router>,
    shared: &Shared,
    mut request: Request<Incoming>,
    peer: Peer,
    activity: &Activity,
) -> Result<Response<Either<Full<Bytes>, Body>>, Infallible> {
    if let Err(problem) = check_head(&request) {
        return Ok(problem.into_response().map(Either::Right));
    }
    let addressed = match peer {
        // No browser gets here.
        Peer::Local { .. } => Ok(AddressedAs::Own),
        Peer::Network(_) => addressed_as(request.uri(), request.headers(), &shared.names),
    };
    let addressed = match addressed {
        Ok(addressed) => addressed,
        Err(problem) => return Ok(problem.into_response().map(Either::Right)),
    };
    let caller = Caller { peer, addressed, mac: shared.neighbours.mac_of(peer, Instant::now()) };
    if let Some(uri) = without_slash(request.uri()) {
        *request.uri_mut() = uri;
    }
    if let Some(response) = guest::plain_beat(shared, &request, &caller) {
        return Ok(response.map(Either::Left));
    }
    let extensions = request.extensions_mut();
    extensions.insert(caller);
    extensions.insert(activity.clone());
    router.call(request).await.map(|response| response.map(Either::Right))
}

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
fn without_slash(uri: &Uri) -> Option<Uri> {
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
