//! Which MAC address a neighbour in the network has, by which the guests are known.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::caller::Peer;
use super::netlink;

/// How long an answer of the kernel's tables is used again. An address seldom changes its owner, and a beat should not
/// cost a read of `/proc`.
const CACHE_TTL: Duration = Duration::from_secs(5);
/// Addresses whose answers are kept; a crowd of more begins anew.
const CACHE_CAPACITY: usize = 1024;

/// The kernel's tables of neighbours: which address has which MAC.
#[derive(Debug)]
pub(super) struct Neighbours {
    table: PathBuf,
    /// What was read lately, also that an address has no MAC, and when.
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
            && now.saturating_duration_since(*read_at) < CACHE_TTL
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
        if known.len() >= CACHE_CAPACITY {
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
        assert!(neighbours.mac(address, now + CACHE_TTL / 2).is_some());
        assert!(neighbours.mac(address, now + CACHE_TTL).is_none());
    }
}
