//! Who calls, and which exhibit an unnamed path means.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::access::Spoken;
use super::netlink;
use super::reply::Problem;
use crate::core::status::{ExhibitStatus, Status};
use crate::core::types::ExhibitId;

/// How long an answer of the neighbour table is believed. An address seldom changes its owner, and a beat should
/// not cost a read of `/proc`.
const BELIEVED: Duration = Duration::from_secs(5);
/// So many addresses are remembered at most.
const REMEMBERED: usize = 1024;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// Somebody on the network.
    Network(IpAddr),
    /// A process on this machine, over the control socket.
    Local {
        /// Its user, where the kernel told.
        uid: Option<u32>,
    },
}

impl Peer {
    /// The peer of a TCP connection. An IPv4 address in IPv6's clothes is taken for what it is.
    pub(super) fn network(address: SocketAddr) -> Self {
        Self::Network(address.ip().to_canonical())
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => write!(f, "{address}"),
            Self::Local { uid: Some(uid) } => match user_name(*uid) {
                Some(name) => write!(f, "{name} (command)"),
                None => write!(f, "user {uid} (command)"),
            },
            Self::Local { uid: None } => f.write_str("a command"),
        }
    }
}

/// Who sends a request, and by what name it calls this computer.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) peer: Peer,
    pub(super) spoken: Spoken,
    /// Its MAC address, where it is a neighbour in the network.
    pub(super) mac: Option<String>,
}

impl Caller {
    /// Whether it is the guest of this exhibit.
    pub(super) fn is_guest_of(&self, exhibit: &ExhibitStatus) -> bool {
        has_mac(exhibit, self.mac.as_deref())
    }
}

fn has_mac(exhibit: &ExhibitStatus, mac: Option<&str>) -> bool {
    mac.is_some_and(|mac| exhibit.info.macs.iter().any(|own| own == mac))
}

/// The exhibit whose guest has this MAC address.
pub(super) fn guest(status: &Status, mac: Option<&str>) -> Option<ExhibitId> {
    status.exhibits.iter().find(|exhibit| has_mac(exhibit, mac)).map(|exhibit| exhibit.id)
}

fn user_name(uid: u32) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// The kernel's tables of neighbours: which address has which MAC.
#[derive(Debug)]
pub(super) struct Neighbours {
    table: PathBuf,
    known: Mutex<HashMap<IpAddr, (Option<String>, Instant)>>,
}

impl Neighbours {
    /// `table`, that of IPv4, is `/proc/net/arp`, except in tests.
    pub(super) fn new(table: PathBuf) -> Self {
        Self { table, known: Mutex::default() }
    }

    /// The MAC address of a peer.
    pub(super) fn mac_of(&self, peer: Peer, now: Instant) -> Option<String> {
        match peer {
            Peer::Network(address) => self.mac(address, now),
            Peer::Local { .. } => None,
        }
    }

    fn mac(&self, address: IpAddr, now: Instant) -> Option<String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((mac, read_at)) = known.get(&address)
            && now.saturating_duration_since(*read_at) < BELIEVED
        {
            return mac.clone();
        }
        // The tables come out of the kernel's memory; that is never a slow read.
        let mac = match address {
            IpAddr::V4(_) => mac_in(&std::fs::read_to_string(&self.table).unwrap_or_default(), address),
            IpAddr::V6(address) => netlink::mac_of(address).unwrap_or_else(|error| {
                tracing::debug!(%error, "the table of IPv6 neighbours cannot be read");
                None
            }),
        };
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(address, (mac.clone(), now));
        mac
    }
}

/// Looks an address up in the text of `/proc/net/arp` (its columns: proc(5)).
fn mac_in(table: &str, address: IpAddr) -> Option<String> {
    table.lines().skip(1).find_map(|line| {
        let mut columns = line.split_whitespace();
        let entry: IpAddr = columns.next()?.parse().ok()?;
        let flags = columns.nth(1)?;
        let mac = columns.next()?;
        // Flags 0x0: asked for, not answered.
        (entry == address && flags != "0x0").then(|| mac.to_lowercase())
    })
}

/// The place of the exhibit that a call means: the one that its path names, the only one, or the one whose guest
/// calls.
pub(super) fn exhibit_for(status: &Status, named: Option<&str>, caller: &Caller) -> Result<usize, Problem> {
    if let Some(name) = named {
        return status.exhibits.iter().position(|exhibit| exhibit.name == name).ok_or_else(|| {
            Problem::not_found(format!("There is no exhibit '{name}'. {}", exhibits_sentence(status)))
        });
    }
    match status.exhibits.len() {
        0 => return Err(Problem::not_found("No exhibit is configured; see `vitrine check`.")),
        1 => return Ok(0),
        _ => {}
    }
    status.exhibits.iter().position(|exhibit| caller.is_guest_of(exhibit)).ok_or_else(|| {
        Problem::conflict(format!(
            "This site has several exhibits, and {} is the guest of none of them. {} Name the one that is \
             meant in the path: /api/v1/exhibits/NAME/…",
            caller.peer,
            exhibits_sentence(status)
        ))
    })
}

fn exhibits_sentence(status: &Status) -> String {
    let names: Vec<_> = status.exhibits.iter().map(|exhibit| exhibit.name.as_str()).collect();
    match names.as_slice() {
        [] => "No exhibit is configured; see `vitrine check`.".to_owned(),
        [only] => format!("The only exhibit is {only}."),
        several => format!("The exhibits are {}.", several.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
IP address       HW type     Flags       HW address            Mask     Device
192.168.122.21   0x1         0x2         52:54:00:AA:00:01     *        virbr0
192.168.122.22   0x1         0x0         00:00:00:00:00:00     *        virbr0
192.168.122.23   0x1         0x6         52:54:00:aa:00:03     *        virbr0
";

    #[test]
    fn the_table_is_read() {
        let rows = [
            ("192.168.122.21", Some("52:54:00:aa:00:01")),
            ("192.168.122.22", None),
            ("192.168.122.23", Some("52:54:00:aa:00:03")),
            ("192.168.122.2", None),
            ("::1", None),
        ];
        for (address, mac) in rows {
            assert_eq!(mac_in(TABLE, address.parse().unwrap()).as_deref(), mac, "{address}");
        }
        for odd in ["", "\n", "one line", "\n192.168.122.21", "\n192.168.122.21 0x1 0x2"] {
            assert_eq!(mac_in(odd, "192.168.122.21".parse().unwrap()), None, "{odd:?}");
        }
    }

    #[test]
    fn an_answer_is_believed_for_a_moment() {
        let folder = tempfile::tempdir().unwrap();
        let table = folder.path().join("arp");
        std::fs::write(&table, TABLE).unwrap();
        let neighbours = Neighbours::new(table.clone());
        let address = "192.168.122.21".parse().unwrap();
        let now = Instant::now();
        assert!(neighbours.mac(address, now).is_some());
        std::fs::write(&table, "").unwrap();
        assert!(neighbours.mac(address, now + BELIEVED / 2).is_some());
        assert!(neighbours.mac(address, now + BELIEVED).is_none());
    }

    #[test]
    fn an_old_address_in_new_clothes() {
        let peer = Peer::network("[::ffff:192.168.122.21]:4000".parse().unwrap());
        assert_eq!(peer.to_string(), "192.168.122.21");
        assert_eq!(Peer::Local { uid: Some(0) }.to_string(), "root (command)");
    }
}
