//! What libvirt's dnsmasq does for guests.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

use serde_json::Value;

use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::network::{Lease, VirtualNetwork};
use crate::host;
use crate::words::told;

/// Where libvirt keeps what it tells dnsmasq, and what dnsmasq has given.
const FOLDER: &str = "/var/lib/libvirt/dnsmasq";
/// dnsmasq answers out of its memory; it is asked twice, since a packet may be lost.
const DNS_TIME: Duration = Duration::from_millis(400);
/// A question of DNS that dnsmasq answers by itself: `version.bind`, TXT, class CHAOS (dnsmasq(8), RFC 4892).
const QUESTION: [u8; 30] =
    *b"\x56\x49\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10\x00\x03";

/// The networks for which a dnsmasq runs.
pub(super) fn dnsmasq() -> Fact<Vec<String>> {
    let entries = fs::read_dir("/proc").map_err(|error| Told::text(error.to_string()))?;
    let commands = entries.flatten().filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    Ok(commands.filter_map(|command| served_by(&command)).collect())
}

/// The network in dnsmasq's `--conf-file=/var/lib/libvirt/dnsmasq/NAME.conf`.
fn served_by(command: &[u8]) -> Option<String> {
    let mut words = command.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    words.next().filter(|program| program.rsplit('/').next() == Some("dnsmasq"))?;
    words.find_map(|word| {
        let file = word.strip_prefix("--conf-file=")?.strip_prefix(FOLDER)?;
        Some(file.strip_prefix('/')?.strip_suffix(".conf")?.to_owned())
    })
}

/// Whether libvirt's name servers answer.
pub(super) fn dns(networks: &[VirtualNetwork]) -> BTreeMap<IpAddr, Fact<bool>> {
    let served = networks.iter().filter(|network| network.active && network.dns);
    let addresses = served.flat_map(|network| &network.addresses).map(|subnet| subnet.address);
    addresses.filter(IpAddr::is_ipv4).map(|address| (address, answers(address))).collect()
}

fn answers(server: IpAddr) -> Fact<bool> {
    let ask = || -> std::io::Result<bool> {
        let socket = UdpSocket::bind(("0.0.0.0", 0))?;
        socket.set_read_timeout(Some(DNS_TIME))?;
        socket.connect((server, 53))?;
        for _ in 0..2 {
            socket.send(&QUESTION)?;
            let mut answer = [0; 512];
            if socket.recv(&mut answer).is_ok_and(|length| length >= 12)
                && answer.get(..2) == QUESTION.get(..2)
            {
                return Ok(true);
            }
        }
        Ok(false)
    };
    match ask() {
        Ok(answers) => Ok(answers),
        // Nothing listens there.
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(false),
        Err(error) => Err(Told::text(error.to_string())),
    }
}

/// What has been given, and is still.
pub(super) fn leases(networks: &[VirtualNetwork]) -> Fact<Vec<Lease>> {
    let mut all = Vec::new();
    for network in networks.iter().filter(|network| network.active && network.dhcp.is_some()) {
        let file = format!("{FOLDER}/{}.status", network.bridge);
        match fs::read_to_string(&file) {
            Ok(text) => all.extend(read(&network.bridge, &text, host::since_epoch().as_secs())),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(told!(
                    "libvirt's leases in {file} cannot be read: {why}",
                    file = file,
                    why = error.to_string()
                ));
            }
        }
    }
    Ok(all)
}

/// Reads what libvirt's helper of dnsmasq keeps: an empty file, or a list.
fn read(bridge: &str, text: &str, now: u64) -> Vec<Lease> {
    let list: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    let lease = |value: &Value| {
        // 0 is for ever.
        let ends = value["expiry-time"].as_u64().filter(|ends| *ends > 0);
        if ends.is_some_and(|ends| ends < now) {
            return None;
        }
        Some(Lease {
            bridge: bridge.to_owned(),
            mac: value["mac-address"].as_str()?.to_lowercase(),
            address: value["ip-address"].as_str()?.parse().ok()?,
        })
    };
    list.iter().filter_map(lease).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dnsmasqs_network_is_known_by_its_file() {
        let command = |text: &str| text.replace(' ', "\0").into_bytes();
        let mine =
            command("/usr/sbin/dnsmasq --conf-file=/var/lib/libvirt/dnsmasq/default.conf --leasefile-ro");
        assert_eq!(served_by(&mine), Some("default".to_owned()));
        assert_eq!(served_by(&command("/usr/sbin/dnsmasq -u dnsmasq")), None);
        assert_eq!(served_by(&command("vi --conf-file=/var/lib/libvirt/dnsmasq/default.conf")), None);
    }

    #[test]
    fn leases_are_read() {
        let text = r#"[{"ip-address":"192.168.122.57","mac-address":"52:54:00:AA:00:01","expiry-time":2000},
            {"ip-address":"192.168.122.58","mac-address":"52:54:00:aa:00:02","expiry-time":999},
            {"ip-address":"192.168.122.59","mac-address":"52:54:00:aa:00:03","expiry-time":0}, {"x": 1}]"#;
        let leases = read("virbr0", text, 1000);
        let macs: Vec<_> = leases.iter().map(|lease| lease.mac.as_str()).collect();
        assert_eq!(macs, ["52:54:00:aa:00:01", "52:54:00:aa:00:03"]);
        assert!(read("virbr0", "", 1000).is_empty());
    }
}
