//! What encrypted connections are encrypted with, read beside everything else, and how they begin.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

use crate::certificate::{DAYS_TO_RENEW, Identity, Unusable};
use crate::host::WarnOnce;
use crate::life;

/// How long somebody who connects may take until the connection is encrypted.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long certificate and key may take to be read until it is told that they do.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two tries to read them, while there are none that could be used.
const READ_RETRY_INTERVAL: Duration = Duration::from_secs(10);
/// Readings that may hang on a disk that does not answer: each takes a thread.
const MAX_READINGS: usize = 4;
/// The first byte of what begins with a handshake of TLS (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;

/// Where the API is served over TLS, and by what it is known there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// TCP addresses. One that does not exist yet is retried.
    pub listen: Vec<SocketAddr>,
    /// The certificate's file, in PEM.
    pub certificate: PathBuf,
    /// Its key's file, in PEM.
    pub key: PathBuf,
}

/// What new connections are encrypted with; `None` while there is nothing.
pub(super) type Encryption = watch::Receiver<Option<Arc<ServerConfig>>>;

/// Certificate and key, as they are in use.
pub(super) struct Keeper {
    in_use: watch::Sender<Option<Arc<ServerConfig>>>,
    reading: Option<tokio::task::JoinHandle<()>>,
    readings: Arc<Semaphore>,
}

impl Keeper {
    pub(super) fn new() -> Self {
        Self {
            in_use: watch::channel(None).0,
            reading: None,
            readings: Arc::new(Semaphore::new(MAX_READINGS)),
        }
    }

    pub(super) fn encryption(&self) -> Encryption {
        self.in_use.subscribe()
    }

    /// Has certificate and key read, whether or not they are the same files as before; what is in use stays until there
    /// are others.
    pub(super) fn take_up(&mut self, tls: Option<&Tls>) {
        if let Some(reading) = self.reading.take() {
            reading.abort();
        }
        match tls {
            None => {
                self.in_use.send_replace(None);
            }
            Some(Tls { certificate, key, listen: _ }) => {
                let reading = Reading { certificate: certificate.clone(), key: key.clone() };
                let (in_use, readings) = (self.in_use.clone(), Arc::clone(&self.readings));
                self.reading = Some(tokio::spawn(reading.take_up(in_use, readings)));
            }
        }
    }
}

/// The files that are to be read.
struct Reading {
    certificate: PathBuf,
    key: PathBuf,
}

impl Reading {
    /// Reads them until they are in use, or others are already.
    async fn take_up(self, in_use: watch::Sender<Option<Arc<ServerConfig>>>, readings: Arc<Semaphore>) {
        let _guard = life::guard("the certificate of the API");
        let mut fault = WarnOnce::default();
        loop {
            let others = in_use.borrow().is_some();
            let what_now =
                if others { "the one that was read before stays" } else { "tried again every 10 s" };
            match self.read(&readings).await {
                Ok(Ok(identity)) => {
                    let (certificate, fingerprint) = (self.certificate.display(), identity.fingerprint());
                    tracing::info!(%certificate, sha256 = %fingerprint, "the API's certificate is in use");
                    if let Some(days) = identity.days_left().filter(|days| *days < DAYS_TO_RENEW) {
                        tracing::warn!(
                            "{certificate}: the certificate ends, or has ended, to be valid (days left: {days}), and \
                             browsers will refuse it; put a new one there and have the configuration read again, or \
                             have one made by `vitrine panel enable`"
                        );
                    }
                    in_use.send_replace(Some(identity.config()));
                    return;
                }
                Ok(Err(unusable)) => fault.failed(|| {
                    tracing::warn!("TLS: {unusable} ({what_now})");
                }),
                Err(error) => fault.failed(|| {
                    tracing::warn!(
                        "TLS: {} and {} cannot be read: {error} ({what_now})",
                        self.certificate.display(),
                        self.key.display()
                    );
                }),
            }
            if others {
                return;
            }
            tokio::time::sleep(READ_RETRY_INTERVAL).await;
        }
    }

    /// Reads them once, on a thread of its own: what they lie on may never answer.
    async fn read(&self, readings: &Arc<Semaphore>) -> io::Result<Result<Identity, Unusable>> {
        let Ok(permit) = Arc::clone(readings).try_acquire_owned() else {
            return Err(io::Error::other("earlier readings of them hang, and cannot be ended"));
        };
        let (certificate, key) = (self.certificate.clone(), self.key.clone());
        let (tell, told) = oneshot::channel();
        thread::Builder::new().name("certificate".to_owned()).spawn(move || {
            // Who waits for it may have lost patience.
            let _ = tell.send(Identity::read(&certificate, &key));
            drop(permit);
        })?;
        match tokio::time::timeout(READ_TIMEOUT, told).await {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(_)) => Err(io::Error::other("the thread that reads them has panicked")),
            Err(_) => Err(io::Error::other(format!("no answer within {} s", READ_TIMEOUT.as_secs()))),
        }
    }
}

/// How a connection has begun.
pub(super) enum Begun {
    Encrypted(Box<TlsStream<TcpStream>>),
    /// By something else than TLS, which may be HTTP.
    Plain(TcpStream),
}

/// Encrypts a connection, unless it begins with something else.
pub(super) async fn begin(config: Arc<ServerConfig>, stream: TcpStream) -> io::Result<Begun> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first[0] != HANDSHAKE {
        return Ok(Begun::Plain(stream));
    }
    Ok(Begun::Encrypted(Box::new(TlsAcceptor::from(config).accept(stream).await?)))
}
