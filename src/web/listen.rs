//! Listening, and serving what connects: nobody may take the doors away from the guests.

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
use hyper::{Request, Response, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::access::{Spoken, spoken_to};
use super::caller::{Caller, Peer, guest as guest_with};
use super::connections::{Attention, Seat, Seats, Who};
use super::control::Control;
use super::{Shared, guest};
use crate::life;

/// Between two tries to listen at an address.
const RETRY: Duration = Duration::from_secs(1);
/// So long is waited for room where nobody can make some.
const NO_ROOM: Duration = Duration::from_millis(100);
/// So long may a request's head take, and a connection lie idle between two requests.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// So long may written bytes stay unacknowledged: a guest that was put back has forgotten its connections.
const UNREAD_TIME_MS: u32 = 30_000;
/// A connection's turn ends with the first request after so long.
const TURN: Duration = Duration::from_secs(3600);
/// What is left of a request may take so long once a connection's turn has ended.
const GRACE: Duration = Duration::from_secs(600);
/// What is left of a request may take so long once the daemon ends.
const LAST_GRACE: Duration = Duration::from_secs(1);
/// What all connections share.
#[derive(Clone)]
pub(super) struct Doors {
    pub(super) router: Router,
    pub(super) shared: Arc<Shared>,
    pub(super) seats: Arc<Seats>,
    pub(super) ending: watch::Receiver<bool>,
}

/// Listens at one address for ever. An address that is not there yet, such as the bridge of a network that libvirt
/// has still to start, is tried again every second.
pub(super) async fn network(
    wanted: SocketAddr,
    doors: Doors,
    bound: watch::Sender<HashMap<SocketAddr, SocketAddr>>,
) {
    let _guard = life::guard("a listener of the API");
    let mut failing = false;
    let listener = loop {
        match TcpListener::bind(wanted).await {
            Ok(listener) => break listener,
            Err(error) => {
                if !failing {
                    tracing::warn!(address = %wanted, %error, "the API cannot listen here yet; tried again every second");
                }
                failing = true;
                tokio::time::sleep(RETRY).await;
            }
        }
    };
    let actual = listener.local_addr().unwrap_or(wanted);
    if failing {
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
                admit(&doors, stream, Peer::network(address));
            }
            Err(error) => refused(&doors, &error).await,
        }
    }
}

/// Serves the control socket for ever.
pub(super) async fn commands(control: Control, doors: Doors) {
    loop {
        match control.listener.accept().await {
            Ok((stream, _)) => {
                let uid = stream.peer_cred().ok().map(|cred| cred.uid());
                admit(&doors, stream, Peer::Local { uid });
            }
            Err(error) => refused(&doors, &error).await,
        }
    }
}

async fn refused(doors: &Doors, error: &std::io::Error) {
    tracing::debug!(%error, "a connection could not be accepted");
    // Out of descriptors, mostly: whoever makes room does so when this task rests.
    if doors.seats.make_room() {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(NO_ROOM).await;
    }
}

fn set_options(stream: &TcpStream) {
    // A connection that is gone already refuses them; serving it will find out.
    let _ = stream.set_nodelay(true);
    let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, UNREAD_TIME_MS);
}

fn admit(doors: &Doors, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: Peer) {
    let now = Instant::now();
    let who = match peer {
        Peer::Local { .. } => Who::Command,
        Peer::Network(address) => {
            let mac = doors.shared.neighbours.mac_of(peer, now);
            guest_with(&doors.shared.status.borrow(), mac.as_deref()).map_or(Who::Other(address), Who::Guest)
        }
    };
    let seat = doors.seats.take(who, now);
    tokio::spawn(converse(doors.clone(), stream, peer, seat));
}

async fn converse(doors: Doors, stream: impl AsyncRead + AsyncWrite + Unpin, peer: Peer, seat: Seat) {
    let Doors { router, shared, mut ending, .. } = doors;
    let router = TowerToHyperService::new(router);
    let attention = seat.attention();
    let service = service_fn(move |request| {
        let (router, shared, attention) = (router.clone(), Arc::clone(&shared), attention.clone());
        async move {
            let response = answer(router, &shared, request, peer, &attention).await;
            attention.rests(Instant::now());
            response
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(64 * 1024)
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
        () = seat.lost() => return,
        () = tokio::time::sleep(TURN) => GRACE,
        _ = ending.wait_for(|ending| *ending) => LAST_GRACE,
    };
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        _ = tokio::time::timeout(grace, connection) => {}
        () = seat.lost() => {}
    }
}

async fn answer(
    router: TowerToHyperService<Router>,
    shared: &Shared,
    mut request: Request<Incoming>,
    peer: Peer,
    attention: &Attention,
) -> Result<Response<Either<Full<Bytes>, Body>>, Infallible> {
    let spoken = match peer {
        // No browser gets here.
        Peer::Local { .. } => Ok(Spoken::Plainly),
        Peer::Network(_) => spoken_to((&request).into(), &shared.names),
    };
    let spoken = match spoken {
        Ok(spoken) => spoken,
        Err(problem) => return Ok(problem.into_response().map(Either::Right)),
    };
    let caller = Caller { peer, spoken, mac: shared.neighbours.mac_of(peer, Instant::now()) };
    if let Some(uri) = without_slash(request.uri()) {
        *request.uri_mut() = uri;
    }
    if let Some(response) = guest::plain_beat(shared, &request, &caller) {
        return Ok(response.map(Either::Left));
    }
    let extensions = request.extensions_mut();
    extensions.insert(caller);
    extensions.insert(attention.clone());
    router.call(request).await.map(|response| response.map(Either::Right))
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
