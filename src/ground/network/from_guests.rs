//! Asks the API from within a guests' network, where the firewall's rules alone do not tell whether guests reach it.
//!
//! A network namespace is plugged into the bridge for a few seconds, as a guest would be. It has no name: a process alone
//! holds it, which ends when the doctor does, however that comes, and with a namespace the kernel takes away what is plugged
//! in. So nothing is left even of a doctor that was killed. Guests notice nothing: the bridge keeps its address, since it
//! has one of its own, and learns of one neighbour more, whose address nobody else is known to have. A bridge that takes its
//! address from what is plugged into it is left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{self, Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::firewall::Rules;
use super::{Seen, addresses};
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::network::{Answer, Link, Outcome, Packet};
use crate::ground::program;
use crate::host;
use crate::words::told;

/// How long ip(8) may take.
const IP_TIME: Duration = Duration::from_secs(2);
/// How long is asked in all: with the spanning tree protocol a bridge passes nothing on for the first four seconds.
const ASK_TIME: Duration = Duration::from_millis(5500);
/// How many addresses are looked at for one that nobody has.
const MAX_TRIED: usize = 256;
/// Between two tries.
const ASK_INTERVAL: Duration = Duration::from_millis(300);

/// Asks by each bridge of which the rules do not tell, from addresses that are not taken.
pub(super) fn ask(
    seen: &Seen<'_>,
    rules: &Rules,
    taken: &BTreeSet<IpAddr>,
) -> Fact<BTreeMap<String, Fact<Answer>>> {
    // Heartbeats that arrive are proof enough.
    if seen.ground.asked.status.as_ref().is_ok_and(|status| !super::beating(status).is_empty()) {
        return Ok(BTreeMap::new());
    }
    let listening = addresses::listening(seen.ground.once.sockets()?);
    let mut answers = BTreeMap::new();
    for link in seen.bridges()? {
        let doubtful = |port: u16| {
            rules.passages.iter().any(|passage| {
                passage.bridge == link.name
                    && passage.what == Packet::Api(port)
                    && matches!(passage.outcome, Outcome::Unclear(_))
            })
        };
        let here = link.addresses.iter().find_map(|subnet| match subnet.address {
            IpAddr::V4(address) => Some((address, subnet.prefix)),
            IpAddr::V6(_) => None,
        });
        let Some((here, prefix)) = here else { continue };
        let answers_at = |at: &&SocketAddr| {
            doubtful(at.port()) && (at.ip() == here || at.ip() == IpAddr::from([0, 0, 0, 0]))
        };
        // Where nothing listens, a firewall is not what is wrong.
        let Some(at) = listening.iter().find(answers_at) else { continue };
        answers.insert(link.name.clone(), by(link, here, prefix, at.port(), taken));
    }
    Ok(answers)
}

/// Asks at a port of this computer's address in a bridge.
fn by(link: &Link, here: Ipv4Addr, prefix: u8, port: u16, taken: &BTreeSet<IpAddr>) -> Fact<Answer> {
    // 3: it was set, and is not taken from what is plugged in (sysfs-class-net).
    let kind =
        fs::read_to_string(format!("/sys/class/net/{}/addr_assign_type", link.name)).unwrap_or_default();
    if kind.trim() != "3" {
        return Err(told!("the bridge {bridge} is not libvirt's, and is left alone", bridge = link.name));
    }
    let free = free_neighbour(here, prefix, taken);
    let own = free.ok_or_else(|| told!("no address is free at {bridge} to ask from", bridge = link.name))?;
    let guest = Namespace::open()?.plugged_into(&link.name, own, prefix)?;
    let at = SocketAddr::new(here.into(), port);
    let until = Instant::now() + ASK_TIME;
    loop {
        match guest.connect(at)? {
            Answer::Nothing(_) if Instant::now() < until => thread::sleep(ASK_INTERVAL),
            answer => return Ok(answer),
        }
    }
}

/// An address in the network of this one that nobody has, high up, where DHCP gives its addresses last.
fn free_neighbour(here: Ipv4Addr, prefix: u8, taken: &BTreeSet<IpAddr>) -> Option<Ipv4Addr> {
    let here = u32::from(here);
    let host_bits = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
    // The highest is the broadcast address.
    let hosts = (1..host_bits).rev().map(|host| (here & !host_bits) | host);
    let free = |address: &u32| *address != here && !taken.contains(&Ipv4Addr::from(*address).into());
    hosts.take(MAX_TRIED).find(free).map(Ipv4Addr::from)
}

/// A network namespace that a process alone holds, and what is plugged into a bridge from it.
struct Namespace {
    /// It waits for the end of what it reads, which comes with the doctor's.
    holder: Child,
    outer: Option<String>,
}

impl Namespace {
    fn open() -> Fact<Self> {
        let failed = |why: std::io::Error| {
            told!("'{program}' cannot be run: {why}", program = "unshare", why = why.to_string())
        };
        let program = program::find("unshare")
            .ok_or_else(|| told!("the program '{program}' is not installed", program = "unshare"))?;
        let mut holder = Command::new(program)
            .args(["--net", "sh", "-c", "echo; exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let said = holder.stdout.take();
        let this = Self { holder, outer: None };
        // What it says it says from within.
        let is_within = host::within(IP_TIME, move || {
            let mut line = String::new();
            said.is_some_and(|said| BufReader::new(said).read_line(&mut line).is_ok_and(|length| length > 0))
        });
        if is_within.unwrap_or(false) { Ok(this) } else { Err(told!("no network namespace can be made")) }
    }

    fn plugged_into(mut self, bridge: &str, address: Ipv4Addr, prefix: u8) -> Fact<Self> {
        let holder = self.holder.id().to_string();
        // No more than 15 letters.
        let outer = format!("vtd{}", process::id());
        run(&["ip", "link", "add", &outer, "type", "veth", "peer", "name", "guest", "netns", &holder])?;
        self.outer = Some(outer.clone());
        self.run(&["ip", "address", "add", &format!("{address}/{prefix}"), "dev", "guest"])?;
        self.run(&["ip", "link", "set", "guest", "up"])?;
        run(&["ip", "link", "set", &outer, "master", bridge])?;
        run(&["ip", "link", "set", &outer, "up"])?;
        Ok(self)
    }

    /// A program that sees the namespace's network.
    fn within(&self, words: &[&str]) -> Fact<program::Ended> {
        let net = format!("--net=/proc/{}/ns/net", self.holder.id());
        program::run(&[&["nsenter", &net], words].concat(), IP_TIME)
    }

    fn run(&self, words: &[&str]) -> Fact<()> {
        well(&self.within(words)?)
    }

    /// bash(1) connects where a redirection names `/dev/tcp/HOST/PORT`.
    fn connect(&self, at: SocketAddr) -> Fact<Answer> {
        let connect = format!("exec 3<>/dev/tcp/{}/{}", at.ip(), at.port());
        let ended = self.within(&["timeout", "1", "bash", "-c", &connect])?;
        Ok(if ended.well() {
            Answer::Answered(at)
        } else if ended.errors.contains("refused") {
            Answer::Refused(at)
        } else {
            Answer::Nothing(at)
        })
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // The kernel would take it away a moment after the namespace; nobody needs to meet it meanwhile.
        if let Some(outer) = &self.outer
            && let Err(why) = run(&["ip", "link", "delete", outer])
        {
            tracing::debug!("{outer} is left to the kernel: {why:?}");
        }
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

fn run(words: &[&str]) -> Fact<()> {
    well(&program::run(words, IP_TIME)?)
}

fn well(ended: &program::Ended) -> Fact<()> {
    if ended.well() { Ok(()) } else { Err(Told::text(ended.errors.trim())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_from_an_address_that_nobody_has() {
        let here = Ipv4Addr::new(192, 168, 122, 1);
        let last = |taken: &[[u8; 4]], here, prefix| {
            let taken = taken.iter().map(|address| IpAddr::from(*address)).collect();
            free_neighbour(here, prefix, &taken).map(|address| address.octets())
        };
        assert_eq!(last(&[], here, 24), Some([192, 168, 122, 254]));
        assert_eq!(last(&[[192, 168, 122, 254], [192, 168, 122, 253]], here, 24), Some([192, 168, 122, 252]));
        assert_eq!(last(&[], Ipv4Addr::new(10, 0, 0, 254), 24), Some([10, 0, 0, 253]));
        assert_eq!(last(&[], here, 30), Some([192, 168, 122, 2]));
        assert_eq!(last(&[[192, 168, 122, 2]], here, 30), None);
        for prefix in [31, 32] {
            assert_eq!(last(&[], here, prefix), None, "{prefix}");
        }
    }
}
