//! Who calls, and which exhibit an unnamed path means.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use hyper::header::HeaderMap;

use super::access::is_encrypted_before;
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

/// The addresses at both ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// Whose it is.
    pub(super) from: IpAddr,
    /// This computer's own.
    pub(super) to: IpAddr,
}

/// Who sends a request, and by what name it calls this computer.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) peer: Peer,
    /// This computer's own address that it calls, over the network.
    pub(super) here: Option<IpAddr>,
    pub(super) addressed: AddressedAs,
    pub(super) plane: Plane,
    /// Whether its connection is encrypted.
    pub(super) encrypted: bool,
}

/// On whose behalf somebody calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plane {
    /// One of Vitrine's commands.
    Command,
    /// The guest that has this MAC address, if any has.
    Neighbour(String),
    /// The guest with user-mode networking of the VM of this name.
    UserMode(String),
    /// Some guest with user-mode networking, or somebody who has hung up and may be one.
    SomeGuest,
    /// A process of this computer.
    Local,
    /// Anybody else.
    Remote,
}

impl Plane {
    /// Whether it is the guest of this exhibit.
    pub(super) fn is_guest_of(&self, exhibit: &ExhibitStatus) -> bool {
        match self {
            Self::Neighbour(mac) => exhibit.info.macs.iter().any(|own| own == mac),
            Self::UserMode(vm) => exhibit.vm == *vm,
            Self::Command | Self::SomeGuest | Self::Local | Self::Remote => false,
        }
    }
}

impl Caller {
    /// The addresses at both ends of its connection, where that is one of the network.
    pub(super) fn way(&self) -> Option<Way> {
        match self.peer {
            Peer::Network(from) => self.here.map(|to| Way { from, to }),
            Peer::Local { .. } => None,
        }
    }

    /// Whether the way to the browser is encrypted, as far as that can be told: of its own way a proxy says so.
    pub(super) fn is_encrypted(&self, headers: &HeaderMap) -> bool {
        self.encrypted || is_encrypted_before(headers)
    }

    /// Whether it is the guest of this exhibit.
    pub(super) fn is_guest_of(&self, exhibit: &ExhibitStatus) -> bool {
        self.plane.is_guest_of(exhibit)
    }
}

/// The exhibit whose guest it is.
pub(super) fn guest_on(status: &Status, plane: &Plane) -> Option<ExhibitId> {
    status.exhibits.iter().find(|exhibit| plane.is_guest_of(exhibit)).map(|exhibit| exhibit.id)
}

fn user_name(uid: u32) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// The indices of the exhibits that a call means, at least one: the one that its path names, the only one, or the one
/// whose guest calls. They are several where VMs have the same MAC address.
pub(super) fn exhibits_for(
    status: &Status,
    named: Option<&str>,
    caller: &Caller,
) -> Result<Vec<usize>, Problem> {
    if let Some(name) = named {
        let index = status.exhibits.iter().position(|exhibit| exhibit.name == name);
        return index.map(|index| vec![index]).ok_or_else(|| {
            Problem::not_found(format!("There is no exhibit '{name}'. {}", exhibits_sentence(status)))
        });
    }
    match status.exhibits.len() {
        0 => return Err(Problem::not_found("No exhibit is configured; see `vitrine check`.")),
        1 => return Ok(vec![0]),
        _ => {}
    }
    let guests: Vec<_> =
        (0..status.exhibits.len()).filter(|index| caller.is_guest_of(&status.exhibits[*index])).collect();
    if guests.is_empty() {
        return Err(Problem::conflict(format!(
            "This site has several exhibits, and {} is the guest of none of them. {} Name the one that is \
             meant in the path: /api/v1/exhibits/NAME/…",
            caller.peer,
            exhibits_sentence(status)
        )));
    }
    Ok(guests)
}

/// Why a call that means one of several exhibits is not obeyed.
pub(super) fn same_mac(status: &Status, indices: &[usize]) -> Problem {
    let names: Vec<_> = indices.iter().map(|index| status.exhibits[*index].name.as_str()).collect();
    Problem::conflict(format!(
        "The VMs of {} have the same MAC address, so it is not clear whose guest calls. Give one of them another (`virsh \
         edit`), or name the exhibit that is meant in the path: /api/v1/exhibits/NAME/…",
        names.join(" and ")
    ))
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

    /// Three exhibits, whose VMs have these addresses.
    fn status(macs: [&str; 3]) -> Status {
        let exhibit = |name: &str| {
            format!("[[exhibit]]\nname = \"{name}\"\nvm = \"{name}\"\nscreens = [\"{name}-1\"]\n")
        };
        let text: String = ["eden", "orbit", "tide"].map(exhibit).concat();
        let settings = crate::config::parse(&text, "test.toml").unwrap().site();
        let now = crate::host::now();
        let mut effects = Vec::new();
        let site = crate::core::site::Site::new(now, settings, &Default::default(), &mut effects);
        let mut status = site.status(now);
        for (exhibit, mac) in status.exhibits.iter_mut().zip(macs) {
            exhibit.info.macs = vec![mac.to_owned()];
        }
        status
    }

    #[test]
    fn where_vms_have_one_address_each_of_them_may_be_meant() {
        let status = status(["a", "b", "a"]);
        let meant = |mac: &str, named: Option<&str>| {
            let peer = Peer::network("192.168.122.21:4000".parse().unwrap());
            let plane = Plane::Neighbour(mac.to_owned());
            let caller = Caller { peer, here: None, addressed: AddressedAs::Own, plane, encrypted: false };
            exhibits_for(&status, named, &caller)
        };
        assert_eq!(meant("b", None), Ok(vec![1]));
        assert_eq!(meant("a", None), Ok(vec![0, 2]));
        assert_eq!(meant("a", Some("tide")), Ok(vec![2]), "the path says which");
        assert!(meant("c", None).is_err());
        let told = format!("{:?}", same_mac(&status, &[0, 2]));
        assert!(told.contains("eden and tide") && told.contains("virsh edit"), "{told}");
    }

    #[test]
    fn an_old_address_in_new_clothes() {
        let peer = Peer::network("[::ffff:192.168.122.21]:4000".parse().unwrap());
        assert_eq!(peer.to_string(), "192.168.122.21");
        assert_eq!(Peer::Local { uid: Some(0) }.to_string(), "root (command)");
    }
}
