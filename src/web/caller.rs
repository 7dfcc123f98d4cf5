//! Who calls, and which exhibit an unnamed path means.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::host_names::AddressedAs;
use super::reply::Problem;
use crate::core::status::{ExhibitStatus, Status};
use crate::core::types::ExhibitId;

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
    pub(super) addressed: AddressedAs,
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
pub(super) fn guest_with(status: &Status, mac: Option<&str>) -> Option<ExhibitId> {
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

/// The index of the exhibit that a call means: the one that its path names, the only one, or the one whose guest
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

    #[test]
    fn an_old_address_in_new_clothes() {
        let peer = Peer::network("[::ffff:192.168.122.21]:4000".parse().unwrap());
        assert_eq!(peer.to_string(), "192.168.122.21");
        assert_eq!(Peer::Local { uid: Some(0) }.to_string(), "root (command)");
    }
}
