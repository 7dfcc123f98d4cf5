//! Listening, and serving what connects: nobody may take the doors away from the guests.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::caller::Peer;
use super::control::Control;
use super::{Shared, guest};
use crate::life;

/// Between two tries to listen at an address.
const RETRY: Duration = Duration::from_secs(1);
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
/// So many connections may be open.
const CONNECTIONS: usize = 512;
/// So many of them may come from one address of the network, so that no single one shuts the others out. This
/// machine itself is exempt: a proxy and guests with user-mode networking come from there.
const CONNECTIONS_EACH: usize = 64;

/// What all connections share.
#[derive(Clone)]
pub(super) struct Doors {
    pub(super) router: Router,
    pub(super) shared: Arc<Shared>,
    pub(super) guests: Arc<Guests>,
    pub(super) ending: watch::Receiver<bool>,
}

/// Who is inside.
#[derive(Debug, Default)]
pub(super) struct Guests(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    all: usize,
    each: HashMap<IpAddr, usize>,
    turned_away: bool,
}

impl Guests {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether everybody has left.
    pub(super) fn none(&self) -> bool {
        self.inside().all == 0
    }

    fn enter(self: &Arc<Self>, peer: Peer) -> Option<Seat> {
        let mut inside = self.inside();
        let counted = match peer {
            Peer::Network(address) if !address.is_loopback() => Some(address),
            Peer::Network(_) | Peer::Local { .. } => None,
        };
        let of_this = counted.and_then(|address| inside.each.get(&address).copied()).unwrap_or(0);
        // Staff get in whatever the network does.
        let full = inside.all >= CONNECTIONS && matches!(peer, Peer::Network(_));
        if full || of_this >= CONNECTIONS_EACH {
            if !inside.turned_away {
                inside.turned_away = true;
                tracing::warn!(
                    from = %peer, open = inside.all, of_this_address = of_this,
                    "too many open connections to the API; further ones are closed until some have ended"
                );
            }
            return None;
        }
        inside.all += 1;
        if let Some(address) = counted {
            *inside.each.entry(address).or_default() += 1;
        }
        Some(Seat { guests: Arc::clone(self), counted })
    }
}

/// The right to be connected, given back when dropped.
struct Seat {
    guests: Arc<Guests>,
    counted: Option<IpAddr>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inside = self.guests.inside();
        inside.all = inside.all.saturating_sub(1);
        if inside.all < CONNECTIONS / 2 {
            inside.turned_away = false;
        }
        if let Some(address) = self.counted
            && let Some(count) = inside.each.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                inside.each.remove(&address);
            }
        }
    }
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
            Err(error) => refused(&error).await,
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
            Err(error) => refused(&error).await,
        }
    }
}

async fn refused(error: &std::io::Error) {
    // Out of descriptors, mostly; an accept that is tried again at once would fail at once.
    tracing::debug!(%error, "a connection could not be accepted");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

fn set_options(stream: &TcpStream) {
    // A connection that is gone already refuses them; serving it will find out.
    let _ = stream.set_nodelay(true);
    let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, UNREAD_TIME_MS);
}

fn admit(doors: &Doors, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: Peer) {
    if let Some(seat) = doors.guests.enter(peer) {
        tokio::spawn(converse(doors.clone(), stream, peer, seat));
    }
}

async fn converse(doors: Doors, stream: impl AsyncRead + AsyncWrite + Unpin, peer: Peer, _seat: Seat) {
    let Doors { router, shared, mut ending, .. } = doors;
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request| {
        let beaten = guest::plain_beat(&shared, &request, peer);
        let router = router.clone();
        async move {
            match beaten {
                Some(response) => Ok(response.map(Either::Left)),
                None => answer(router, request, peer).await.map(|response| response.map(Either::Right)),
            }
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
        () = tokio::time::sleep(TURN) => GRACE,
        _ = ending.wait_for(|ending| *ending) => LAST_GRACE,
    };
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(grace, connection).await;
}

async fn answer(
    router: TowerToHyperService<Router>,
    mut request: Request<Incoming>,
    peer: Peer,
) -> Result<Response<Body>, Infallible> {
    if let Some(uri) = without_slash(request.uri()) {
        *request.uri_mut() = uri;
    }
    request.extensions_mut().insert(peer);
    router.call(request).await
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

    #[test]
    fn nobody_takes_all_the_seats() {
        let guests = Arc::new(Guests::default());
        let greedy = Peer::Network("10.0.0.1".parse().unwrap());
        let mut seats: Vec<_> = (0..CONNECTIONS_EACH).map(|_| guests.enter(greedy).unwrap()).collect();
        assert!(guests.enter(greedy).is_none());
        let host = Peer::Network("127.0.0.1".parse().unwrap());
        seats.extend((0..CONNECTIONS - CONNECTIONS_EACH).map(|_| guests.enter(host).unwrap()));
        assert!(guests.enter(host).is_none());
        assert!(guests.enter(Peer::Local { uid: None }).is_some());
        seats.remove(0);
        assert!(guests.enter(greedy).is_some());
        seats.clear();
        assert!(guests.none());
        assert!(guests.inside().each.is_empty());
    }
}
