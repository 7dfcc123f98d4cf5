//! The kernel's table of IPv6 neighbours, which is to be had over netlink only (rtnetlink(7), netlink(7)); that of
//! IPv4 is a file.

use std::io;
use std::net::Ipv6Addr;
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};

/// How long an answer may take; the kernel answers at once.
const RECEIVE_TIMEOUT: Duration = Duration::from_secs(1);
/// The kernel writes no longer message than this (`NLMSG_GOODSIZE`, and 32 KiB for a reader who has room).
const MAX_MESSAGE_BYTES: usize = 32 * 1024;

// linux/netlink.h, linux/rtnetlink.h, linux/neighbour.h, sys/socket.h
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const RTM_NEWNEIGH: u16 = 28;
const RTM_GETNEIGH: u16 = 30;
/// `NLM_F_REQUEST | NLM_F_DUMP`: the whole table is asked for.
const DUMP_REQUEST: u16 = 0x301;
const AF_INET6: u8 = 10;
const NDA_DST: u16 = 1;
const NDA_LLADDR: u16 = 2;
/// `NUD_INCOMPLETE | NUD_FAILED`: asked for, not answered.
const UNRESOLVED: u16 = 0x21;

/// The length of the header of each message (`struct nlmsghdr`).
pub(super) const HEADER_BYTES: usize = 16;
/// The length of what then begins a message about a neighbour (`struct ndmsg`).
const NEIGHBOUR_BYTES: usize = 12;

/// The MAC address of an IPv6 neighbour, in small letters.
pub(super) fn mac_of(address: Ipv6Addr) -> io::Result<Option<String>> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    set_socket_timeout(&socket, Timeout::Recv, Some(RECEIVE_TIMEOUT))?;
    let mut request = Vec::with_capacity(HEADER_BYTES + NEIGHBOUR_BYTES);
    request.extend(u32::try_from(HEADER_BYTES + NEIGHBOUR_BYTES).unwrap_or(0).to_ne_bytes());
    request.extend([RTM_GETNEIGH, DUMP_REQUEST].map(u16::to_ne_bytes).concat());
    request.extend([0; 8]);
    request.push(AF_INET6);
    request.resize(HEADER_BYTES + NEIGHBOUR_BYTES, 0);
    send(&socket, &request, SendFlags::empty())?;
    let mut buffer = vec![0; MAX_MESSAGE_BYTES];
    loop {
        let (_, length) = recv(&socket, buffer.as_mut_slice(), RecvFlags::empty())?;
        match find(buffer.get(..length).unwrap_or_default(), address) {
            Search::Mac(mac) => return Ok(Some(mac)),
            Search::End => return Ok(None),
            Search::Continues => {}
        }
    }
}

/// What several messages say about the address that is looked for.
#[derive(Debug, PartialEq, Eq)]
enum Search {
    /// Its MAC address.
    Mac(String),
    /// The table has ended.
    End,
    /// Nothing; further messages follow.
    Continues,
}

/// Looks an address up in several messages.
fn find(mut messages: &[u8], address: Ipv6Addr) -> Search {
    while let Some((length, kind)) = u32_at(messages, 0).zip(u16_at(messages, 4)) {
        let Some(message) = messages.get(..length as usize).filter(|message| message.len() >= HEADER_BYTES)
        else {
            break;
        };
        match kind {
            NLMSG_DONE | NLMSG_ERROR => return Search::End,
            RTM_NEWNEIGH => {
                if let Some(mac) = mac_in(message, address) {
                    return Search::Mac(mac);
                }
            }
            _ => {}
        }
        messages = messages.get(message.len().next_multiple_of(4)..).unwrap_or_default();
    }
    Search::Continues
}

/// The MAC address in a message about this neighbour.
fn mac_in(message: &[u8], address: Ipv6Addr) -> Option<String> {
    if u16_at(message, HEADER_BYTES + 8)? & UNRESOLVED != 0 {
        return None;
    }
    let mut attributes = message.get(HEADER_BYTES + NEIGHBOUR_BYTES..)?;
    let (mut ours, mut mac) = (false, None);
    while let Some((length, kind)) = u16_at(attributes, 0).zip(u16_at(attributes, 2)) {
        let value = attributes.get(4..usize::from(length))?;
        match kind {
            NDA_DST => ours = value == address.octets(),
            NDA_LLADDR => mac = Some(value),
            _ => {}
        }
        attributes = attributes.get(usize::from(length).next_multiple_of(4)..).unwrap_or_default();
    }
    let hex = |mac: &[u8]| mac.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":");
    mac.filter(|mac| ours && mac.len() == 6).map(hex)
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(4 + value.len()).unwrap();
        let mut attribute = [length, kind].map(u16::to_ne_bytes).concat();
        attribute.extend(value);
        attribute.resize(attribute.len().next_multiple_of(4), 0);
        attribute
    }

    fn message(kind: u16, state: u16, attributes: &[Vec<u8>]) -> Vec<u8> {
        let body = attributes.concat();
        let mut message =
            u32::try_from(HEADER_BYTES + NEIGHBOUR_BYTES + body.len()).unwrap().to_ne_bytes().to_vec();
        message.extend([kind, 2].map(u16::to_ne_bytes).concat());
        message.extend([0; 8]);
        message.extend([AF_INET6, 0, 0, 0, 7, 0, 0, 0]);
        message.extend(state.to_ne_bytes());
        message.extend([0; 2]);
        message.extend(body);
        message
    }

    #[test]
    fn the_table_is_read() {
        let address: Ipv6Addr = "fd00::20".parse().unwrap();
        let (ours, other) =
            (padded(NDA_DST, &address.octets()), padded(NDA_DST, &Ipv6Addr::LOCALHOST.octets()));
        let mac = padded(NDA_LLADDR, &[0x52, 0x54, 0, 0xaa, 0, 1]);
        let found = || Search::Mac("52:54:00:aa:00:01".to_owned());
        let end = message(NLMSG_DONE, 0, &[]);
        let rows = [
            (vec![message(RTM_NEWNEIGH, 2, &[ours.clone(), mac.clone()])], found()),
            (vec![message(RTM_NEWNEIGH, 4, &[mac.clone(), padded(9, &[1]), ours.clone()])], found()),
            (
                vec![
                    message(RTM_NEWNEIGH, 2, &[other.clone(), mac.clone()]),
                    message(RTM_NEWNEIGH, 2, &[ours.clone(), mac.clone()]),
                ],
                found(),
            ),
            (vec![message(RTM_NEWNEIGH, 2, &[other, mac.clone()])], Search::Continues),
            (vec![message(RTM_NEWNEIGH, 0x20, &[ours.clone(), mac])], Search::Continues),
            (vec![message(RTM_NEWNEIGH, 2, &[ours])], Search::Continues),
            (vec![end], Search::End),
            (vec![vec![0; 40]], Search::Continues),
            (vec![], Search::Continues),
        ];
        for (messages, expected) in rows {
            let bytes = messages.concat();
            assert_eq!(find(&bytes, address), expected, "{messages:?}");
            for cut in 0..bytes.len() {
                let _ = find(&bytes[..cut], address);
            }
        }
        // The kernel's own, in which nobody has this address.
        assert_eq!(mac_of("2001:db8::1".parse().unwrap()).unwrap(), None);
    }
}
