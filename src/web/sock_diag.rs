//! Whose a socket of this computer is, by the kernel's word about one connection (sock_diag(7)). The tables in `/proc/net`
//! are read in pieces, between which a line may slip away.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with,
};

use super::netlink::{HEADER_BYTES, u16_at, u32_at};

/// How long an answer may take; the kernel answers at once.
const RECEIVE_TIMEOUT: Duration = Duration::from_secs(1);
/// More than an answer about one socket has, in bytes.
const MAX_MESSAGE_BYTES: usize = 4096;

// linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h, sys/socket.h, netinet/in.h
const NLMSG_ERROR: u16 = 2;
const NLM_F_REQUEST: u16 = 1;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
/// `INET_DIAG_NOCOOKIE`, twice: whichever socket has these addresses.
const NO_COOKIE: [u8; 8] = [0xff; 8];
/// The error that says that there is no such socket.
const ENOENT: i32 = 2;

/// Where the user and the inode are in an answer (`struct inet_diag_msg`).
const UID_AT: usize = HEADER_BYTES + 64;
const INODE_AT: usize = HEADER_BYTES + 68;
/// Where its attributes begin.
const ATTRIBUTES_AT: usize = HEADER_BYTES + 72;
const INET_DIAG_CGROUP_ID: u16 = 21;

/// A socket that a process has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Socket {
    pub(super) uid: u32,
    pub(super) inode: u64,
    /// The number of its control group of version 2, which is that of the group's folder, where the kernel tells it
    /// (`INET_DIAG_CGROUP_ID`, Linux 5.8).
    pub(super) cgroup: Option<u64>,
}

/// The socket that is connected from `local` to `remote`; `None` where no process has it any more.
pub(super) fn find(local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Socket>> {
    let socket =
        socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, Some(netlink::SOCK_DIAG))?;
    set_socket_timeout(&socket, Timeout::Recv, Some(RECEIVE_TIMEOUT))?;
    send(&socket, &request(local, remote), SendFlags::empty())?;
    let mut buffer = vec![0; MAX_MESSAGE_BYTES];
    let (_, length) = recv(&socket, buffer.as_mut_slice(), RecvFlags::empty())?;
    read(buffer.get(..length).unwrap_or_default())
}

/// `struct inet_diag_req_v2`, behind its header.
fn request(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let (local_ip, remote_ip) = (local.ip().to_canonical(), remote.ip().to_canonical());
    let family = if local_ip.is_ipv4() && remote_ip.is_ipv4() { AF_INET } else { AF_INET6 };
    let mut body = vec![family, IPPROTO_TCP, 0, 0];
    // Whatever its state.
    body.extend([0xff; 4]);
    body.extend(local.port().to_be_bytes());
    body.extend(remote.port().to_be_bytes());
    for address in [local_ip, remote_ip] {
        let mut bytes = match address {
            IpAddr::V4(address) if family == AF_INET => address.octets().to_vec(),
            IpAddr::V4(address) => address.to_ipv6_mapped().octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        bytes.resize(16, 0);
        body.extend(bytes);
    }
    // By whichever interface.
    body.extend([0; 4]);
    body.extend(NO_COOKIE);
    let mut message = u32::try_from(HEADER_BYTES + body.len()).unwrap_or_default().to_ne_bytes().to_vec();
    message.extend([SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST].map(u16::to_ne_bytes).concat());
    message.extend([0; 8]);
    message.extend(body);
    message
}

/// Reads the answer.
fn read(message: &[u8]) -> io::Result<Option<Socket>> {
    let unfit = || io::Error::from(io::ErrorKind::InvalidData);
    match u16_at(message, 4).ok_or_else(unfit)? {
        NLMSG_ERROR => {
            let code = u32_at(message, HEADER_BYTES).ok_or_else(unfit)?.cast_signed();
            if code == -ENOENT { Ok(None) } else { Err(io::Error::from_raw_os_error(-code)) }
        }
        SOCK_DIAG_BY_FAMILY => {
            let (uid, inode) = u32_at(message, UID_AT).zip(u32_at(message, INODE_AT)).ok_or_else(unfit)?;
            // What its process has closed has none.
            let cgroup = cgroup_in(message.get(ATTRIBUTES_AT..).unwrap_or_default());
            Ok((inode != 0).then_some(Socket { uid, inode: inode.into(), cgroup }))
        }
        _ => Err(unfit()),
    }
}

/// The number of the control group among the attributes of an answer.
fn cgroup_in(mut attributes: &[u8]) -> Option<u64> {
    loop {
        let (length, kind) = (usize::from(u16_at(attributes, 0)?), u16_at(attributes, 2)?);
        let value = attributes.get(4..length)?;
        if kind == INET_DIAG_CGROUP_ID {
            return Some(u64::from_ne_bytes(value.try_into().ok()?));
        }
        attributes = attributes.get(length.next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd as _;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_kernel_tells_whose_a_connection_is() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let own = listener.local_addr().unwrap();
            let client = TcpStream::connect(own).unwrap();
            let peer = client.local_addr().unwrap();
            let link = std::fs::read_link(format!("/proc/self/fd/{}", client.as_raw_fd())).unwrap();
            // Where the kernel has no such thing, the tables in /proc are read.
            let Ok(found) = find(peer, own) else { continue };
            let found = found.unwrap();
            assert_eq!(format!("socket:[{}]", found.inode), link.to_string_lossy());
            assert_eq!(found.uid, rustix::process::geteuid().as_raw());
            if let (Some(told), Some(own)) =
                (found.cgroup, super::super::owner::cgroup_of(Path::new("/proc/self")))
            {
                assert_eq!(told, own);
            }
            drop(client);
            assert_eq!(find(peer, own).unwrap(), None);
        }
    }

    #[test]
    fn answers_are_read_and_nonsense_is_none() {
        let mut answer = vec![0; INODE_AT + 4];
        answer[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        answer[UID_AT..UID_AT + 4].copy_from_slice(&64055u32.to_ne_bytes());
        assert_eq!(read(&answer).unwrap(), None, "closed");
        answer[INODE_AT..].copy_from_slice(&7u32.to_ne_bytes());
        assert_eq!(read(&answer).unwrap(), Some(Socket { uid: 64055, inode: 7, cgroup: None }));
        let mut attributed = answer.clone();
        // One byte that is filled up to four, and the group.
        attributed.extend([[5, 8].map(u16::to_ne_bytes).concat(), vec![1, 0, 0, 0]].concat());
        attributed.extend([12, INET_DIAG_CGROUP_ID].map(u16::to_ne_bytes).concat());
        attributed.extend(4711u64.to_ne_bytes());
        assert_eq!(read(&attributed).unwrap().unwrap().cgroup, Some(4711));
        for cut in answer.len()..attributed.len() {
            assert_eq!(read(&attributed[..cut]).unwrap().unwrap().cgroup, None);
        }
        let mut error = vec![0; HEADER_BYTES + 4];
        error[4..6].copy_from_slice(&NLMSG_ERROR.to_ne_bytes());
        error[HEADER_BYTES..].copy_from_slice(&(-ENOENT).to_ne_bytes());
        assert_eq!(read(&error).unwrap(), None);
        error[HEADER_BYTES..].copy_from_slice(&(-1i32).to_ne_bytes());
        assert_eq!(read(&error).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        for cut in 0..answer.len() {
            assert!(read(&answer[..cut]).is_err());
        }
    }
}
