//! TCP sockets of this computer, and whose they are (proc_pid_net(5)).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A TCP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ground) struct Socket {
    pub(in crate::ground) local: SocketAddr,
    pub(in crate::ground) remote: SocketAddr,
    pub(in crate::ground) state: State,
    pub(in crate::ground) inode: u64,
}

/// What a socket is at, as far as that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ground) enum State {
    /// It listens.
    Listens,
    /// It is connected.
    Connected,
    /// It is coming or going.
    Other,
}

/// All of them.
pub(in crate::ground) fn all() -> Vec<Socket> {
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .flat_map(|text| parse(&text))
        .collect()
}

fn parse(text: &str) -> Vec<Socket> {
    text.lines().skip(1).filter_map(socket).collect()
}

fn socket(line: &str) -> Option<Socket> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let state = match *fields.get(3)? {
        "0A" => State::Listens,
        "01" => State::Connected,
        _ => State::Other,
    };
    Some(Socket {
        local: address(fields.get(1)?)?,
        remote: address(fields.get(2)?)?,
        state,
        inode: fields.get(9)?.parse().ok()?,
    })
}

/// An address as the kernel prints it: words of four bytes, in the processor's order, in hexadecimal.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word =
        |place: usize| u32::from_str_radix(ip.get(place * 8..place * 8 + 8)?, 16).ok().map(u32::to_ne_bytes);
    let ip: IpAddr = match ip.len() {
        8 => Ipv4Addr::from(word(0)?).into(),
        32 => {
            let mut bytes = [0; 16];
            for (place, four) in bytes.chunks_exact_mut(4).enumerate() {
                four.copy_from_slice(&word(place)?);
            }
            Ipv6Addr::from(bytes).to_canonical()
        }
        _ => return None,
    };
    Some((ip, port).into())
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
    #[cfg(target_endian = "little")]
    fn the_kernels_list_is_read() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                    0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0\n   \
                    1: 0100007F:170C 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 100 0 0 10 0\n";
        let sockets = parse(text);
        assert_eq!(sockets.len(), 2);
        assert_eq!(sockets[0].local, "127.0.0.1:8000".parse().unwrap());
        assert_eq!((sockets[0].state, sockets[0].inode), (State::Listens, 4711));
        assert_eq!(sockets[1].remote, "127.0.0.1:41394".parse().unwrap());
        assert_eq!(address("0000000000000000FFFF00000100007F:0016"), Some("127.0.0.1:22".parse().unwrap()));
        assert_eq!(address("00000000000000000000000001000000:0016"), Some("[::1]:22".parse().unwrap()));
        assert_eq!(address("nonsense"), None);
    }

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
        let inode = all().into_iter().find(|socket| socket.local == local).unwrap().inode;
        assert_eq!(owners(&[inode].into())[&inode].1, std::process::id());
    }
}
