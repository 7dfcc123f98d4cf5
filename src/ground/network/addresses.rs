//! What the kernel knows of devices, addresses and routes.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde_json::Value;

use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::network::{Link, Neighbour, Route, Subnet};
use crate::ground::api::sockets;
use crate::ground::once::Sockets;
use crate::ground::program;
use crate::host::{Socket, SocketState};
use crate::words::told;

/// ip(8) asks the kernel alone.
const IP_TIME: Duration = Duration::from_secs(2);

fn ip(words: &[&str]) -> Fact<Vec<Value>> {
    let ended = program::run(&[&["ip", "-json"], words].concat(), IP_TIME)?;
    if !ended.well() {
        return Err(Told::text(ended.errors.trim()));
    }
    let text = if ended.output.trim().is_empty() { "[]" } else { &ended.output };
    let read = serde_json::from_str::<Vec<Value>>(text);
    read.map_err(|error| {
        told!("'{program}' says what is not understood: {why}", program = "ip", why = error.to_string())
    })
}

/// The computer's network devices.
pub(in crate::ground) fn links() -> Fact<Vec<Link>> {
    let mut links: Vec<_> = ip(&["address"])?.iter().filter_map(link).collect();
    for link in &mut links {
        link.forward_delay = forward_delay(&link.name);
    }
    Ok(links)
}

fn link(value: &Value) -> Option<Link> {
    let addresses = value["addr_info"].as_array();
    let flags = value["flags"].as_array();
    Some(Link {
        name: value["ifname"].as_str()?.to_owned(),
        up: flags.is_some_and(|flags| flags.iter().any(|flag| flag == "UP")),
        master: value["master"].as_str().map(str::to_owned),
        mtu: value["mtu"].as_u64().unwrap_or_default(),
        addresses: addresses.into_iter().flatten().filter_map(address).collect(),
        forward_delay: None,
    })
}

fn address(value: &Value) -> Option<Subnet> {
    let prefix = u8::try_from(value["prefixlen"].as_u64()?).ok()?;
    Some(Subnet { address: value["local"].as_str()?.parse().ok()?, prefix })
}

/// How long a bridge keeps waiting what is plugged in, in hundredths of a second.
fn forward_delay(name: &str) -> Option<u64> {
    let read = |file: &str| {
        let text = fs::read_to_string(format!("/sys/class/net/{name}/bridge/{file}")).ok()?;
        text.trim().parse::<u64>().ok()
    };
    let stp = read("stp_state")?;
    Some(if stp == 0 { 0 } else { read("forward_delay")? })
}

pub(super) fn routes() -> Fact<Vec<Route>> {
    Ok(ip(&["route"])?.iter().filter_map(route).collect())
}

fn route(value: &Value) -> Option<Route> {
    let to = match value["dst"].as_str()? {
        "default" => None,
        text => Some(subnet(text)?),
    };
    Some(Route { to, device: value["dev"].as_str()?.to_owned() })
}

/// An address with its prefix; without one it is alone.
pub(super) fn subnet(text: &str) -> Option<Subnet> {
    let (address, prefix) =
        text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.parse().ok()?;
    let alone = if address.is_ipv4() { 32 } else { 128 };
    Some(Subnet { address, prefix: prefix.map_or(Some(alone), |prefix| prefix.parse().ok())? })
}

pub(super) fn neighbours() -> Fact<Vec<Neighbour>> {
    Ok(ip(&["neighbour"])?.iter().filter_map(neighbour).collect())
}

fn neighbour(value: &Value) -> Option<Neighbour> {
    Some(Neighbour {
        address: value["dst"].as_str()?.parse().ok()?,
        // One that did not answer has none.
        mac: value["lladdr"].as_str()?.to_lowercase(),
        device: value["dev"].as_str()?.to_owned(),
    })
}

/// Where something waits for connections.
pub(super) fn listening(sockets: &Sockets) -> Vec<SocketAddr> {
    let listens = |socket: &&Socket| socket.state == SocketState::Listens;
    sockets.all.iter().filter(listens).map(|socket| socket.local).collect()
}

/// Where somebody has the port of name servers.
pub(super) fn name_servers() -> Fact<Vec<IpAddr>> {
    let all = sockets::of_tables(&["udp", "udp6"])?;
    let mut addresses: Vec<_> =
        all.iter().map(|socket| socket.local).filter(|at| at.port() == 53).map(|at| at.ip()).collect();
    addresses.sort();
    addresses.dedup();
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ip_says_is_read() {
        let text = r#"[{"ifname":"virbr0","flags":["NO-CARRIER","BROADCAST","UP"],"mtu":1500,"addr_info":[
            {"family":"inet","local":"192.168.122.1","prefixlen":24},{"family":"inet6","local":"fe80::1","prefixlen":64}]},
            {"ifname":"vnet0","flags":["BROADCAST"],"mtu":1400,"master":"virbr0","addr_info":[]},{}]"#;
        let values: Vec<Value> = serde_json::from_str(text).unwrap();
        let links: Vec<_> = values.iter().filter_map(link).collect();
        assert_eq!(links.len(), 2);
        assert!(links[0].up && !links[1].up);
        assert_eq!(links[0].addresses[0].to_string(), "192.168.122.1/24");
        assert_eq!((links[1].master.as_deref(), links[1].mtu), (Some("virbr0"), 1400));

        let text = r#"[{"dst":"default","gateway":"10.0.0.1","dev":"eth0"},{"dst":"10.0.0.0/24","dev":"eth0"},
            {"dst":"10.9.0.7","dev":"tun0"},{"type":"blackhole","dst":"10.8.0.0/16"}]"#;
        let values: Vec<Value> = serde_json::from_str(text).unwrap();
        let routes: Vec<_> =
            values.iter().filter_map(route).map(|route| route.to.map(|to| to.to_string())).collect();
        assert_eq!(routes, [None, Some("10.0.0.0/24".to_owned()), Some("10.9.0.7/32".to_owned())]);

        let text = r#"[{"dst":"192.168.122.57","dev":"virbr0","lladdr":"52:54:00:AA:00:01","state":["STALE"]},
            {"dst":"192.168.122.58","dev":"virbr0","state":["FAILED"]}]"#;
        let values: Vec<Value> = serde_json::from_str(text).unwrap();
        let all: Vec<_> = values.iter().filter_map(neighbour).collect();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].mac, "52:54:00:aa:00:01");
    }
}
