//! The walls that need no password: under which names the API is served, and who may change what.
//!
//! Browsers send what any page in them wants. What they are made to send with it tells such a page from our own: the
//! name that it was found by (`Host`), where it is from (`Origin`, <https://www.rfc-editor.org/rfc/rfc6454>), and how
//! far that is from here (`Sec-Fetch-Site`, <https://www.w3.org/TR/fetch-metadata/>). The latter two do not come with
//! the GET of an image from an address of the network, so that a changing GET is not taken there from everybody.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use hyper::header::{HOST, HeaderMap, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode, Uri};

use super::caller::{Caller, Peer};
use super::reply::Problem;
use crate::core::status::{ExhibitStatus, Status};

/// By what a caller calls this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// By nothing, an address, or a name that means the caller's own computer everywhere. Where such an address is this
    /// computer's own, browsers say which page sends a request.
    Plainly,
    /// By a name, or by an address such as 0.0.0.0 or ::ffff:127.0.0.1, with which browsers reach their own computer as if
    /// it were another one (seen with Chromium 156).
    ByName,
}

/// The names that this computer is called by.
#[derive(Debug)]
pub(super) struct Names {
    configured: RwLock<Vec<String>>,
    /// hosts(5).
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

    fn configured(&self, name: &str) -> bool {
        self.configured.read().unwrap_or_else(PoisonError::into_inner).iter().any(|own| own == name)
    }

    fn own(&self, name: &str) -> bool {
        self.configured(name)
            || is_nodes(name, &rustix::system::uname().nodename().to_string_lossy(), &self.hosts)
    }
}

/// Whether a computer with this `nodename` (uname(2)) has this name: it, its first part, the latter in multicast DNS,
/// and what stands in one line with it in the table of hosts.
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
struct Whom {
    host: Host,
    /// As it is written: browsers leave out the usual one of each scheme.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    /// In small letters, without a dot at its end.
    Name(String),
}

impl Whom {
    fn read(text: &str) -> Option<Self> {
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

    fn of_origin(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        Self::read(lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://"))?)
    }
}

/// Whom a request is for, in all the places where it says so.
fn whom<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
    let in_headers = headers.get_all(HOST).into_iter().map(|host| host.to_str().unwrap_or("?").trim());
    // HTTP/1.0 knows no `Host`, and an empty one says nothing either.
    uri.authority()
        .map(|authority| authority.as_str())
        .into_iter()
        .chain(in_headers.filter(|host| !host.is_empty()))
}

/// By what this computer is called in a request; under a name that is none of its own, nothing is served. Otherwise a
/// page could have its own name mean this computer (DNS rebinding), and would be one of ours to the browser.
pub(super) fn spoken_to(head: Head<'_>, names: &Names) -> Result<Spoken, Problem> {
    let mut spoken = Spoken::Plainly;
    for text in whom(head.uri, head.headers) {
        match Whom::read(text).map(|whom| whom.host) {
            // An IPv4 address in IPv6's clothes is written by nobody but who wants something with it.
            Some(Host::Address(address))
                if !address.is_unspecified() && address.to_canonical() == address => {}
            Some(Host::Name(name)) if name == "localhost" || name.ends_with(".localhost") => {}
            Some(Host::Address(_)) => spoken = Spoken::ByName,
            Some(Host::Name(name)) if names.own(&name) => spoken = Spoken::ByName,
            Some(Host::Name(_)) | None => {
                return Err(Problem::forbidden(format!(
                    "This computer is not known as '{text}', so nothing is served under that name. Use its IP \
                     address, or list the name under `names` in [api] of the configuration."
                )));
            }
        }
    }
    Ok(spoken)
}

/// What of a request the walls look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
}

impl<'a> From<&'a Parts> for Head<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self { method: &parts.method, uri: &parts.uri, headers: &parts.headers }
    }
}

impl<'a, B> From<&'a Request<B>> for Head<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self { method: request.method(), uri: request.uri(), headers: request.headers() }
    }
}

/// Whether this caller may change something about this exhibit by this request.
pub(super) fn may_change(
    head: Head<'_>,
    caller: &Caller,
    names: &Names,
    status: &Status,
    exhibit: &ExhibitStatus,
) -> Result<(), Problem> {
    let Peer::Network(address) = caller.peer else { return Ok(()) };
    from_our_own_page(head, names)?;
    if let Some(own) = status.exhibits.iter().find(|exhibit| caller.is_guest_of(exhibit)) {
        if caller.is_guest_of(exhibit) {
            return Ok(());
        }
        return Err(Problem::forbidden(format!(
            "{address} is the guest of {}, and a guest changes nothing about another exhibit such as {}. If that is the \
             wrong one: have two VMs the same MAC address?",
            own.name, exhibit.name
        )));
    }
    let here = address.is_loopback() && caller.spoken == Spoken::Plainly;
    if *head.method == Method::GET && !here {
        return Err(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!(
                "From {address} this is changed by POST only. GET is for the guests of the exhibits, whom Vitrine knows \
                 by the MAC addresses of their VMs, and for this computer itself at 127.0.0.1 or localhost."
            ),
        )
        .allowing("POST"));
    }
    Ok(())
}

/// Refuses what a page from elsewhere sends through somebody's browser. What is no browser sends none of this.
fn from_our_own_page(head: Head<'_>, names: &Names) -> Result<(), Problem> {
    let refuse = |from: &str| {
        Err(Problem::forbidden(format!(
            "A web page from elsewhere ({from}) wants to change something here, and may not. If it is a page of yours \
             under another name of this computer, list that name under `names` in [api] of the configuration."
        )))
    };
    let served = whom(head.uri, head.headers).next().and_then(Whom::read);
    let mut origins =
        head.headers.get_all(ORIGIN).into_iter().map(|origin| origin.to_str().unwrap_or("?")).peekable();
    let with_origin = origins.peek().is_some();
    for origin in origins {
        let whom = Whom::of_origin(origin);
        let same = whom.is_some() && whom == served;
        let named = whom.is_some_and(|whom| matches!(whom.host, Host::Name(name) if names.configured(&name)));
        if !same && !named {
            return refuse(origin);
        }
    }
    for site in head.headers.get_all("sec-fetch-site") {
        let ours = match site.as_bytes() {
            b"same-origin" | b"none" => true,
            // Another port, or another name of the same house: only where its origin is known.
            b"same-site" => with_origin,
            _ => false,
        };
        if !ours {
            return refuse(&format!("Sec-Fetch-Site: {}", site.to_str().unwrap_or("?")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
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

    fn spoken(target: &str, hosts: &[&str]) -> Option<Spoken> {
        let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        let parts = parts(target, &headers);
        spoken_to((&parts).into(), &names()).ok()
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
            assert_eq!(spoken("/", &[host]), Some(Spoken::Plainly), "{host}");
        }
        assert_eq!(spoken("/", &[]), Some(Spoken::Plainly));
        for host in [
            "vitrine.museum.example",
            "Vitrine.Museum.Example.:8000",
            "0.0.0.0:8000",
            "[::]:8000",
            "[::ffff:127.0.0.1]:8000",
            "[::ffff:7f00:1]",
            "[::ffff:7f00:1]:8000",
        ] {
            assert_eq!(spoken("/", &[host]), Some(Spoken::ByName), "{host}");
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
            assert_eq!(spoken("/", &[host]), None, "{host}");
        }
        for (target, hosts, expected) in [
            ("http://192.168.122.1:8000/", &[][..], Some(Spoken::Plainly)),
            ("http://evil.example/", &["127.0.0.1"][..], None),
            ("http://127.0.0.1/", &["evil.example"][..], None),
            ("/", &["127.0.0.1", "evil.example"][..], None),
            ("/", &["", "evil.example"][..], None),
        ] {
            assert_eq!(spoken(target, hosts), expected, "{target} {hosts:?}");
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

    #[test]
    fn only_our_own_pages_change_something() {
        const HOST: (&str, &str) = ("host", "192.168.122.1:8000");
        type Headers = &'static [(&'static str, &'static str)];
        let ours: &[Headers] = &[
            &[],
            &[HOST],
            &[HOST, ("origin", "http://192.168.122.1:8000")],
            &[HOST, ("origin", "http://192.168.122.1:8000"), ("sec-fetch-site", "same-origin")],
            &[HOST, ("sec-fetch-site", "none")],
            &[("host", "localhost"), ("origin", "http://localhost")],
            &[("host", "Vitrine.museum.example"), ("origin", "https://vitrine.museum.example")],
            // A proxy that calls this computer by its address.
            &[("host", "127.0.0.1:8000"), ("origin", "https://vitrine.museum.example")],
            &[HOST, ("origin", "http://vitrine.museum.example:9000"), ("sec-fetch-site", "same-site")],
        ];
        for headers in ours {
            assert!(from_our_own_page((&parts("/", headers)).into(), &names()).is_ok(), "{headers:?}");
        }
        // A page on another port of this computer, where that is wished.
        let local: Headers = &[
            ("host", "localhost:8000"),
            ("origin", "http://localhost:8080"),
            ("sec-fetch-site", "same-site"),
        ];
        let wished = Names { configured: RwLock::new(vec!["localhost".to_owned()]), ..names() };
        assert!(from_our_own_page((&parts("/", local)).into(), &wished).is_ok());
        let foreign: &[Headers] = &[
            local,
            &[("origin", "http://192.168.122.1:8000")],
            &[HOST, ("origin", "http://evil.example")],
            &[HOST, ("origin", "null")],
            &[HOST, ("origin", "")],
            &[HOST, ("origin", "file://")],
            &[HOST, ("origin", "chrome-extension://192.168.122.1:8000")],
            &[HOST, ("origin", "http://192.168.122.1")],
            &[HOST, ("origin", "http://192.168.122.1:8001")],
            &[HOST, ("origin", "http://192.168.122.1:8000.evil.example")],
            &[HOST, ("origin", "http://192.168.122.1:8000@evil.example")],
            &[HOST, ("origin", "http://192.168.122.1:8000"), ("origin", "http://evil.example")],
            &[HOST, ("sec-fetch-site", "cross-site")],
            &[HOST, ("sec-fetch-site", "same-site")],
            &[HOST, ("sec-fetch-site", "")],
            &[HOST, ("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")],
            &[HOST, ("origin", "http://192.168.122.1:8000"), ("sec-fetch-site", "cross-site")],
            &[HOST, ("origin", "https://vitrine.museum.example"), ("sec-fetch-site", "cross-site")],
        ];
        for headers in foreign {
            assert!(from_our_own_page((&parts("/", headers)).into(), &names()).is_err(), "{headers:?}");
        }
    }
}
