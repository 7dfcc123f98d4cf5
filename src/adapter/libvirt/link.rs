//! Connections to libvirt, and what its errors mean.

use std::sync::{Mutex, PoisonError};

use virt::connect::Connect;
use virt::error::{Error, ErrorDomain, ErrorNumber};

use super::events::{self, Sink, Subscriptions};
use crate::core::types::{Failure, Told};
use crate::words::told;

/// Time between two signs of life of libvirtd on a connection, in seconds as libvirt wants it.
const KEEP_ALIVE_INTERVAL: i32 = 5;
/// How many of them may be missing. A libvirtd that hangs is so given up after about (3 + 1) * 5 = 20 s, and every call
/// that waits for it then fails.
const MAX_KEEP_ALIVES_MISSED: u32 = 3;

/// How many idle connections for slow calls are kept: a handful of exhibits seldom has more slow calls at once.
const MAX_SPARE: usize = 4;

/// The connection that events come over and states are read over, with further ones for slow calls.
///
/// libvirtd handles no more than five calls of one connection at a time (`max_client_requests` in
/// libvirtd.conf) and answers not even keep-alives beyond them. So slow calls have connections of their own.
#[derive(Debug)]
pub(super) struct Link {
    id: u64,
    uri: String,
    spare: Mutex<Vec<Connect>>,
    subscriptions: Subscriptions,
    conn: Connect,
}

impl Link {
    /// Connects and registers for events. Blocks.
    pub(super) fn open(uri: &str, sink: &Sink) -> Result<Self, Told> {
        events::start_loop()?;
        let explain = |error: Error| Told::text(format!("{uri}: {}", error.message()));
        let conn = connect(uri).map_err(explain)?;
        let subscriptions = events::subscribe(&conn, sink).map_err(explain)?;
        Ok(Self { id: sink.link, uri: uri.to_owned(), spare: Mutex::default(), subscriptions, conn })
    }

    /// The number that events of this connection carry.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// The connection for short calls.
    pub(super) fn conn(&self) -> &Connect {
        &self.conn
    }

    /// Does something slow over a connection that nothing else waits for. Blocks.
    pub(super) fn apart<T>(&self, work: impl FnOnce(&Connect) -> Result<T, Failure>) -> Result<T, Failure> {
        let conn = self.spare_or_new()?;
        let result = work(&conn);
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if alive(&conn) && spare.len() < MAX_SPARE {
            spare.push(conn);
        }
        result
    }

    fn spare_or_new(&self) -> Result<Connect, Failure> {
        // The test driver lives in this process and has a world of its own for each connection.
        if self.uri.starts_with("test:") {
            return Ok(self.conn.clone());
        }
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match spare {
            Some(conn) if alive(&conn) => Ok(conn),
            _ => connect(&self.uri).map_err(|error| Failure::unreachable(error.message())),
        }
    }

    /// Whether libvirtd still answers, found by a call that waits for no VM. Blocks.
    pub(super) fn answers(&self) -> bool {
        // What it says does not matter.
        let _ = self.conn.lib_version();
        alive(&self.conn)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The callbacks hold references to the connection, which would otherwise never close.
        events::unsubscribe(&self.conn, &mut self.subscriptions);
    }
}

pub(super) fn connect(uri: &str) -> Result<Connect, Error> {
    let conn = Connect::open(Some(uri))?;
    if let Err(error) = conn.set_keep_alive(KEEP_ALIVE_INTERVAL, MAX_KEEP_ALIVES_MISSED) {
        tracing::debug!("no keep-alive on {uri}: {}", error.message());
    }
    Ok(conn)
}

/// Whether the connection still stands, as far as this side knows; asks nobody.
fn alive(conn: &Connect) -> bool {
    conn.is_alive().unwrap_or(false)
}

/// Whether the error says that there is no such domain.
pub(super) fn no_domain(error: &Error) -> bool {
    error.code().is(ErrorNumber::NoDomain)
}

/// What an error means. `operation` says what was tried on what, as in "reverting VM 'eden' to snapshot 'ready'";
/// `advice` what to do about it where the error itself suggests nothing better.
pub(super) fn failure(conn: &Connect, error: &Error, operation: &Told, advice: Told) -> Failure {
    let message = error.message();
    let code = error.code();
    if !alive(conn) || error.domain().is(ErrorDomain::Rpc) || code.is(ErrorNumber::NoConnect) {
        return Failure::unreachable(message);
    }
    if no_domain(error) {
        return Failure::VmMissing;
    }
    if code.is(ErrorNumber::NoDomainSnapshot) {
        return Failure::SnapshotMissing;
    }
    let advice = if code.is_any(vec![
        ErrorNumber::AccessDenied,
        ErrorNumber::OperationDenied,
        ErrorNumber::AuthFailed,
        ErrorNumber::AuthUnavailable,
    ]) {
        told!("the user that Vitrine runs as must be in the group 'libvirt'")
    } else if code.is(ErrorNumber::OperationTimeout) {
        told!("another job holds the VM: see 'virsh domjobinfo'; if none is at work, restart libvirtd")
    } else {
        advice
    };
    Failure::Refused(told!(
        "{operation} failed: {why} ({advice})",
        operation = operation,
        why = message,
        advice = advice
    ))
}
