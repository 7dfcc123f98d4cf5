//! Sockets of this computer, and whose they are (proc_pid_fd(5)).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use crate::doctor::Fact;
use crate::host::{self, Socket};
use crate::words::told;

/// All of TCP.
pub(in crate::ground) fn all() -> Fact<Vec<Socket>> {
    of_tables(&["tcp", "tcp6"])
}

/// All of these tables of the kernel's.
pub(in crate::ground) fn of_tables(tables: &[&str]) -> Fact<Vec<Socket>> {
    host::sockets(Path::new("/proc"), tables).map_err(|error| {
        let file = format!("/proc/net/{}", tables.first().unwrap_or(&""));
        told!("the kernel's {file} cannot be read: {why}", file = file, why = error.to_string())
    })
}

/// Whether one that listens there has what is sent to this address.
pub(in crate::ground) fn serves(listener: SocketAddr, address: SocketAddr) -> bool {
    listener.port() == address.port() && (listener.ip() == address.ip() || listener.ip().is_unspecified())
}

/// The processes that have these sockets, by the sockets' inodes: name and number. Of other users' processes only root
/// learns that.
pub(in crate::ground) fn owners(inodes: &BTreeSet<u64>) -> BTreeMap<u64, (String, u32)> {
    let mut owners = BTreeMap::new();
    if inodes.is_empty() {
        return owners;
    }
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        for file in fs::read_dir(entry.path().join("fd")).into_iter().flatten().flatten() {
            let Ok(link) = fs::read_link(file.path()) else { continue };
            let inode = link.to_str().and_then(inode_of);
            if let Some(inode) = inode.filter(|inode| inodes.contains(inode)) {
                let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
                owners.entry(inode).or_insert((name.trim_end().to_owned(), pid));
            }
        }
    }
    owners
}

fn inode_of(link: &str) -> Option<u64> {
    link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_serves_every_address() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        for (listener, address, expected) in [
            ("0.0.0.0:8000", "192.168.122.1:8000", true),
            ("127.0.0.1:8000", "127.0.0.1:8000", true),
            ("127.0.0.1:8000", "192.168.122.1:8000", false),
            ("127.0.0.1:8001", "127.0.0.1:8000", false),
        ] {
            assert_eq!(serves(at(listener), at(address)), expected, "{listener} {address}");
        }
    }

    #[test]
    fn the_owner_of_an_own_socket_is_known() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let local = listener.local_addr().unwrap();
        let inode = all().unwrap().into_iter().find(|socket| socket.local == local).unwrap().inode;
        assert_eq!(owners(&[inode].into())[&inode].1, std::process::id());
    }
}
