//! The addresses that the API listens on, and the names that it is called by.

use std::net::{IpAddr, SocketAddr};

use super::error::quote;
use super::reader::{Item, Reader};
use crate::words::tr;

/// The longest name in DNS, in bytes (RFC 1035, 2.3.4).
const MAX_NAME: usize = 253;
/// The longest part of one between two dots, in bytes (the same).
const MAX_LABEL: usize = 63;

/// Reads the list. Port 0, by which the system would choose a port, is refused: no guest could know it.
pub(super) fn read(reader: &mut Reader<'_>, entries: &[Item<'_>]) -> Vec<SocketAddr> {
    read_besides(reader, entries, &[])
}

/// The same of addresses that are listened on besides others.
pub(super) fn read_besides(
    reader: &mut Reader<'_>,
    entries: &[Item<'_>],
    others: &[SocketAddr],
) -> Vec<SocketAddr> {
    let mut list = others.to_vec();
    for item in entries {
        let Some(text) = reader.text(item, "\"127.0.0.1:8000\"") else { continue };
        let Ok(address) = text.parse::<SocketAddr>() else {
            let problem = tr!("{text} is not an IP address with a port.", text = quote(text));
            reader.error(&item.span, &item.path, problem, remedy(text));
            continue;
        };
        if let Some((problem, remedy)) = objection(&list, address) {
            reader.error(&item.span, &item.path, problem, remedy);
        } else {
            list.push(address);
        }
    }
    list.split_off(others.len())
}

/// Reads the names, in small letters.
pub(super) fn read_names(reader: &mut Reader<'_>, entries: &[Item<'_>]) -> Vec<String> {
    let mut names = Vec::new();
    for item in entries {
        let Some(text) = reader.text(item, "\"vitrine.museum.example\"") else { continue };
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if is_computer_name(&name) {
            names.push(name);
        } else {
            let problem = tr!("{text} is no name of a computer.", text = quote(text));
            reader.error(&item.span, &item.path, problem, name_remedy(text));
        }
    }
    names
}

/// Whether this is a name of a computer as browsers send it, in small letters. An address is none, and is served without
/// being listed.
pub fn is_computer_name(name: &str) -> bool {
    let part = |part: &str| {
        (1..=MAX_LABEL).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    name.len() <= MAX_NAME && name.split('.').all(part) && name.parse::<IpAddr>().is_err()
}

/// What to write in place of something that is no name.
fn name_remedy(text: &str) -> String {
    let bare = text.trim().trim_start_matches("http://").trim_start_matches("https://");
    let bare = bare.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
    if text.parse::<SocketAddr>().is_ok() || text.parse::<IpAddr>().is_ok() || bare.parse::<IpAddr>().is_ok()
    {
        tr!("Leave it out: the API is served under each of its addresses.")
    } else if is_computer_name(&bare) {
        tr!("Write it without anything around it: \"{name}\".", name = bare)
    } else {
        tr!("Write each name in full, such as \"vitrine.museum.example\"; there are no wildcards.")
    }
}

/// Why a well-formed address cannot be listened on.
fn objection(before: &[SocketAddr], address: SocketAddr) -> Option<(String, String)> {
    let ip = address.ip();
    if address.port() == 0 {
        return Some((
            tr!("Port 0 lets the system choose a port, and no guest would know which."),
            tr!("Write a port, such as \"{address}\".", address = SocketAddr::new(ip, 8000)),
        ));
    }
    if ip.is_multicast() || matches!(ip, IpAddr::V4(v4) if v4.is_broadcast()) {
        return Some((
            tr!("{ip} is the address of many machines; nobody can listen on it.", ip = ip),
            tr!("Write an address of this machine, such as \"127.0.0.1:8000\"."),
        ));
    }
    let other = before.iter().find(|other| clash(**other, address))?;
    Some(if *other == address {
        (tr!("{address} is listed twice.", address = address), tr!("Remove one of the two."))
    } else {
        (
            tr!(
                "{address} and {other} cannot both be had, since one covers the other.",
                address = address,
                other = other
            ),
            tr!("Keep one of the two; 0.0.0.0 and [::] mean every address of this machine."),
        )
    })
}

/// Whether the second of two addresses would be "already in use". `[::]` covers IPv4 as well: Linux's
/// `net.ipv6.bindv6only` is off by default (ipv6(7)).
fn clash(one: SocketAddr, other: SocketAddr) -> bool {
    let covers = |wide: IpAddr, narrow: IpAddr| match wide {
        IpAddr::V4(v4) => v4.is_unspecified() && (narrow.is_ipv4() || narrow.is_unspecified()),
        IpAddr::V6(v6) => v6.is_unspecified(),
    };
    one == other
        || (one.port() == other.port() && (covers(one.ip(), other.ip()) || covers(other.ip(), one.ip())))
}

/// What to write in place of something that is no address.
fn remedy(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
    let (host, port) = text.rsplit_once(':').unwrap_or((text, ""));
    let meant = if let Ok(address) = text.parse::<SocketAddr>() {
        address.to_string()
    } else if let Ok(ip) = text.parse::<IpAddr>() {
        SocketAddr::new(ip, 8000).to_string()
    } else if let Ok(port) = text.parse::<u16>() {
        format!("127.0.0.1:{port}")
    } else {
        match (host, port.parse::<u16>()) {
            ("" | "localhost", Ok(port)) => format!("127.0.0.1:{port}"),
            ("*", Ok(port)) => format!("0.0.0.0:{port}"),
            (_, Ok(_)) if host.parse::<IpAddr>().is_err() => {
                return tr!(
                    "Write the address in numbers, such as \"127.0.0.1:8000\"; names are not looked up."
                );
            }
            _ => return tr!("Write one such as \"127.0.0.1:8000\" or \"[::1]:8000\"."),
        }
    };
    tr!("Write \"{meant}\" if that is meant.", meant = meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap_or_else(|_| SocketAddr::from(([0; 4], 0)))
    }

    #[test]
    fn names() {
        let long = format!("{}.example", "x".repeat(64));
        for name in ["vitrine.museum.example", "kiosk", "kiosk-1.local", "a_b"] {
            assert!(is_computer_name(name), "{name}");
        }
        for (text, phrase) in [
            ("", "in full"),
            ("*.museum.example", "no wildcards"),
            (&long, "in full"),
            ("a..b", "in full"),
            ("http://Kiosk.museum.example:8000/", "\"kiosk.museum.example\""),
            ("kiosk:8000", "\"kiosk\""),
            ("192.168.1.1", "Leave it out"),
            ("http://192.168.1.1:8000", "Leave it out"),
            ("[::1]:8000", "Leave it out"),
            ("::1", "Leave it out"),
        ] {
            assert!(!is_computer_name(text), "{text}");
            assert!(name_remedy(text).contains(phrase), "{text}: {}", name_remedy(text));
        }
    }

    #[test]
    fn clashes() {
        let table = [
            ("127.0.0.1:8000", "127.0.0.1:8000", true),
            ("127.0.0.1:8000", "127.0.0.1:8001", false),
            ("0.0.0.0:8000", "127.0.0.1:8000", true),
            ("0.0.0.0:8000", "[::1]:8000", false),
            ("0.0.0.0:8000", "[::]:8000", true),
            ("[::]:8000", "127.0.0.1:8000", true),
            ("[::]:8000", "127.0.0.1:8001", false),
            ("127.0.0.1:8000", "127.0.0.2:8000", false),
        ];
        for (one, other, expected) in table {
            let (one, other) = (address(one), address(other));
            assert_eq!(clash(one, other), expected, "{one} {other}");
            assert_eq!(clash(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn remedies() {
        let table = [
            ("localhost:8000", "\"127.0.0.1:8000\""),
            (":9000", "\"127.0.0.1:9000\""),
            ("8000", "\"127.0.0.1:8000\""),
            ("*:80", "\"0.0.0.0:80\""),
            ("192.168.122.1", "\"192.168.122.1:8000\""),
            ("::1", "\"[::1]:8000\""),
            ("http://127.0.0.1:8000/", "\"127.0.0.1:8000\""),
            ("kiosk.museum:8000", "in numbers"),
            ("127.0.0.1:99999", "such as"),
            ("", "such as"),
        ];
        for (text, phrase) in table {
            assert!(remedy(text).contains(phrase), "{text}: {}", remedy(text));
        }
    }
}
