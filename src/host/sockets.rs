//! The kernel's tables of sockets (proc_pid_net(5)).

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// A socket of IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Its own address; one of IPv4 within IPv6 is one of IPv4.
    pub local: SocketAddr,
    /// The other end's.
    pub remote: SocketAddr,
    /// What it is at.
    pub state: SocketState,
    /// The number of the user that it belongs to.
    pub uid: u32,
    /// Its inode, by which processes' files name it; 0 where no process has it any more.
    pub inode: u64,
}

/// What a socket is at, as far as that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketState {
    /// It listens.
    Listens,
    /// It is connected.
    Connected,
    /// It is coming or going, or knows no connections, as those of UDP.
    Other,
}

/// All sockets of these tables, such as `tcp` and `tcp6`, in the folder `net` of `/proc` or of what stands for it.
///
/// # Errors
/// A table cannot be read. Without IPv6 there is none of that.
pub fn sockets(proc: &Path, tables: &[&str]) -> io::Result<Vec<Socket>> {
    let mut all = Vec::new();
    for name in tables {
        let text = match fs::read_to_string(proc.join("net").join(name)) {
            Ok(text) => text,
            Err(_) if name.ends_with('6') => continue,
            Err(error) => return Err(error),
        };
        all.extend(sockets_in(&text));
    }
    Ok(all)
}

/// Those of a table's text.
pub fn sockets_in(table: &str) -> impl Iterator<Item = Socket> {
    table.lines().skip(1).filter_map(socket)
}

fn socket(line: &str) -> Option<Socket> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let [_, local, remote, state, _, _, _, uid, _, inode, ..] = columns.as_slice() else { return None };
    // The kernel's `TCP_LISTEN` and `TCP_ESTABLISHED` (its `include/net/tcp_states.h`).
    let state = match *state {
        "0A" => SocketState::Listens,
        "01" => SocketState::Connected,
        _ => SocketState::Other,
    };
    Some(Socket {
        local: address(local)?,
        remote: address(remote)?,
        state,
        uid: uid.parse().ok()?,
        inode: inode.parse().ok()?,
    })
}

/// `0100007F:1F90`: words of 32 bits in this computer's order of bytes, and a port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| Some(u32::from_str_radix(ip.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    let ip: IpAddr = match ip.len() {
        8 => Ipv4Addr::from(word(0)?).into(),
        32 => {
            let mut bytes = [0; 16];
            for (index, part) in bytes.chunks_exact_mut(4).enumerate() {
                part.copy_from_slice(&word(index * 8)?);
            }
            Ipv6Addr::from(bytes).to_canonical()
        }
        _ => return None,
    };
    Some((ip, port).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_kernels_list_is_read() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                    0: 017AA8C0:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0\n   \
                    1: 0100007F:170C 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0\n   \
                    2: nonsense\n";
        let sockets: Vec<_> = sockets_in(text).collect();
        assert_eq!(sockets.len(), 2);
        assert_eq!(sockets[0].local, "192.168.122.1:8000".parse().unwrap());
        assert_eq!((sockets[0].state, sockets[0].uid, sockets[0].inode), (SocketState::Listens, 1000, 4711));
        assert_eq!(sockets[1].state, SocketState::Connected);
        assert_eq!(sockets[1].remote, "127.0.0.1:41394".parse().unwrap());
        assert_eq!(address("0000000000000000FFFF00000100007F:0016"), Some("127.0.0.1:22".parse().unwrap()));
        assert_eq!(address("00000000000000000000000001000000:0016"), Some("[::1]:22".parse().unwrap()));
        for nonsense in ["", "nonsense", "0100007F", "0100007:0016", "é100007F:0016"] {
            assert_eq!(address(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_missing_table_is_told_but_for_that_of_ipv6() {
        let proc = tempfile::tempdir().unwrap();
        fs::create_dir(proc.path().join("net")).unwrap();
        assert!(sockets(proc.path(), &["tcp", "tcp6"]).is_err());
        fs::write(proc.path().join("net/tcp"), "head\n").unwrap();
        assert_eq!(sockets(proc.path(), &["tcp", "tcp6"]).unwrap(), []);
    }
}
