//! Under which names the API is served. Otherwise a page could have its own name mean this computer (DNS rebinding), and
//! would be one of ours to the browser.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use hyper::Uri;
use hyper::header::{HOST, HeaderMap};

use super::reply::Problem;

/// By what a caller calls this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AddressedAs {
    /// By nothing, an address, or a name that means the caller's own computer everywhere. Where such an address is this
    /// computer's own, browsers say which page sends a request.
    Own,
    /// By a name, or by an address such as 0.0.0.0 or ::ffff:127.0.0.1, with which browsers reach their own computer as if
    /// it were another one (seen with Chromium 156).
    Named,
}

/// The names that this computer is called by.
#[derive(Debug)]
pub(super) struct Names {
    /// Those that the configuration lists.
    configured: RwLock<Vec<String>>,
    /// The table of hosts (hosts(5)); another one in tests.
    hosts: PathBuf,
}

impl Names {
    /// With these besides its own.
    pub(super) fn new(configured: Vec<String>) -> Self {
        Self { configured: RwLock::new(configured), hosts: "/etc/hosts".into() }
    }

    /// These, besides its own, from now on.
    pub(super) fn set(&self, configured: Vec<String>) {
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = configured;
    }

    /// Whether the configuration lists this name.
    pub(super) fn configured(&self, name: &str) -> bool {
        self.configured.read().unwrap_or_else(PoisonError::into_inner).iter().any(|own| own == name)
    }

    /// Whether this is a name of this computer.
    fn own(&self, name: &str) -> bool {
        self.configured(name)
            || is_nodes(name, &rustix::system::uname().nodename().to_string_lossy(), &self.hosts)
    }
}

/// Whether a computer with this `nodename` (uname(2)) has this name: it, its first part, the latter in multicast DNS,
/// and its other names in the table of hosts.
fn is_nodes(name: &str, node: &str, hosts: &Path) -> bool {
    let node = node.to_ascii_lowercase();
    let short = node.split('.').next().unwrap_or_default();
    if short.is_empty() {
        return false;
    }
    if name == node || name == short || name.strip_suffix(".local") == Some(short) {
        return true;
    }
    let table = std::fs::read_to_string(hosts).unwrap_or_default().to_ascii_lowercase();
    table.lines().any(|line| {
        let line = line.split('#').next().unwrap_or_default();
        let names = || line.split_whitespace().skip(1);
        names().any(|other| other == node || other == short) && names().any(|other| other == name)
    })
}

/// Who is meant by the authority of an address, such as `192.168.122.1:8000`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Authority {
    pub(super) host: Host,
    /// As it is written: browsers leave out the usual one of each scheme.
    port: Option<u16>,
}

/// What an authority names: a computer by its address or by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Address(IpAddr),
    /// In small letters, without a dot at its end.
    Name(String),
}

impl Authority {
    pub(super) fn read(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']')?;
                let address = address.split('%').next()?;
                (Host::Address(IpAddr::V6(address.parse().ok()?)), port)
            }
            None => {
                let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
                let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
                if name.is_empty() || !name.bytes().all(fits) {
                    return None;
                }
                (name.parse().map_or(Host::Name(name), Host::Address), port)
            }
        };
        let port = match port {
            "" | ":" => None,
            port => Some(port.strip_prefix(':')?.parse().ok()?),
        };
        Some(Self { host, port })
    }

    /// Of the page that an `Origin` names.
    pub(super) fn of_origin(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        Self::read(lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://"))?)
    }
}

/// Whom a request is for, in all the places where it says so.
pub(super) fn authorities<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
    let in_headers = headers.get_all(HOST).into_iter().map(|host| host.to_str().unwrap_or("?").trim());
    // HTTP/1.0 knows no `Host`, and an empty one says nothing either.
    uri.authority()
        .map(|authority| authority.as_str())
        .into_iter()
        .chain(in_headers.filter(|host| !host.is_empty()))
}

/// By what this computer is called in a request; under a name that is none of its own, nothing is served.
pub(super) fn addressed_as(uri: &Uri, headers: &HeaderMap, names: &Names) -> Result<AddressedAs, Problem> {
    let mut addressed = AddressedAs::Own;
    for text in authorities(uri, headers) {
        match Authority::read(text).map(|authority| authority.host) {
            // An IPv4 address in IPv6's clothes is written by nobody but who wants something with it.
            Some(Host::Address(address))
                if !address.is_unspecified() && address.to_canonical() == address => {}
            Some(Host::Name(name)) if name == "localhost" || name.ends_with(".localhost") => {}
            Some(Host::Address(_)) => addressed = AddressedAs::Named,
            Some(Host::Name(name)) if names.own(&name) => addressed = AddressedAs::Named,
            Some(Host::Name(_)) | None => {
                return Err(Problem::forbidden(format!(
                    "This computer is not known as '{text}', so nothing is served under that name. Use its IP \
                     address, or list the name under `names` in [api] of the configuration."
                )));
            }
        }
    }
    Ok(addressed)
}

#[cfg(test)]
mod tests {
    use hyper::http::request::Parts;

    use super::*;

    fn names() -> Names {
        Names { configured: RwLock::new(vec!["vitrine.museum.example".to_owned()]), hosts: "/nowhere".into() }
    }

    fn parts(target: &str, headers: &[(&'static str, &str)]) -> Parts {
        let mut request = hyper::Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn addressed(target: &str, hosts: &[&str]) -> Option<AddressedAs> {
        let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        let parts = parts(target, &headers);
        addressed_as(&parts.uri, &parts.headers, &names()).ok()
    }

    #[test]
    fn only_names_of_this_computer_are_served() {
        let plainly = [
            "",
            "127.0.0.1",
            "127.0.0.1:8000",
            "192.168.122.1:8000",
            "10.0.2.2:8000",
            "[::1]:8000",
            "[::1]",
            "[fe80::1%eth0]:8000",
            "localhost",
            "LocalHost:8000",
            "localhost.:8000",
            "kiosk.localhost:8000",
        ];
        for host in plainly {
            assert_eq!(addressed("/", &[host]), Some(AddressedAs::Own), "{host}");
        }
        assert_eq!(addressed("/", &[]), Some(AddressedAs::Own));
        for host in [
            "vitrine.museum.example",
            "Vitrine.Museum.Example.:8000",
            "0.0.0.0:8000",
            "[::]:8000",
            "[::ffff:127.0.0.1]:8000",
            "[::ffff:7f00:1]",
            "[::ffff:7f00:1]:8000",
        ] {
            assert_eq!(addressed("/", &[host]), Some(AddressedAs::Named), "{host}");
        }
        let foreign = [
            "evil.example",
            "evil.example:8000",
            "museum.example",
            "x.vitrine.museum.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "2130706433",
            "0x7f.1",
            "127.0.0.1:x",
            "::1",
            "[::1",
            "[evil]",
            "127.0.0.1, evil.example",
            "127.0.0.1 evil",
            "http://127.0.0.1",
            ":8000",
            ".",
            "..",
        ];
        for host in foreign {
            assert_eq!(addressed("/", &[host]), None, "{host}");
        }
        for (target, hosts, expected) in [
            ("http://192.168.122.1:8000/", &[][..], Some(AddressedAs::Own)),
            ("http://evil.example/", &["127.0.0.1"][..], None),
            ("http://127.0.0.1/", &["evil.example"][..], None),
            ("/", &["127.0.0.1", "evil.example"][..], None),
            ("/", &["", "evil.example"][..], None),
        ] {
            assert_eq!(addressed(target, hosts), expected, "{target} {hosts:?}");
        }
    }

    #[test]
    fn this_computers_own_names() {
        let folder = tempfile::tempdir().unwrap();
        let hosts = folder.path().join("hosts");
        std::fs::write(
            &hosts,
            "127.0.0.1 localhost ads.example # kiosk\n127.0.1.1\tKiosk.museum.example\tkiosk # x\n",
        )
        .unwrap();
        for (name, node, expected) in [
            ("kiosk", "kiosk", true),
            ("kiosk.local", "Kiosk", true),
            ("kiosk.museum.example", "kiosk", true),
            ("kiosk.museum.example", "kiosk.museum.example", true),
            ("kiosk", "kiosk.museum.example", true),
            ("other.local", "kiosk", false),
            ("ads.example", "kiosk", false),
            ("x", "kiosk", false),
            ("museum.example", "kiosk.museum.example", false),
            ("", "", false),
            (".local", "", false),
        ] {
            assert_eq!(is_nodes(name, node, &hosts), expected, "{name} of {node}");
        }
        assert!(!is_nodes("kiosk.museum.example", "kiosk", Path::new("/nowhere")));
    }
}
