//! Who may do what.
//!
//! Guests are one plane: known by their VMs, they do what is theirs about their own exhibit. Staff are the other: commands,
//! processes of this computer, and from elsewhere those who can say who they are.
//!
//! Browsers send what any page in them wants. What they are made to send with it tells such a page from our own: the
//! name that it was found by (`Host`), where it is from (`Origin`, <https://www.rfc-editor.org/rfc/rfc6454>), and how
//! far that is from here (`Sec-Fetch-Site`, <https://www.w3.org/TR/fetch-metadata/>). The latter two do not come with
//! the GET of an image from an address of the network, so that a changing GET is not taken there from everybody.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use hyper::header::{HeaderMap, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode, Uri};

use super::caller::{Caller, Peer, Plane};
use super::host_names::{AddressedAs, Authority, Host, Names, authorities};
use super::lock;
use super::reply::{Problem, WayOut};
use super::staff::{Member, Staff, unknown};
use crate::core::status::{ExhibitStatus, Status};
use crate::core::types::{Access, AccessRules, Act, Role};

/// What of a request decides whether it may be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestHead<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
}

impl<'a> From<&'a Parts> for RequestHead<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self { method: &parts.method, uri: &parts.uri, headers: &parts.headers }
    }
}

impl<'a, B> From<&'a Request<B>> for RequestHead<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self { method: request.method(), uri: request.uri(), headers: request.headers() }
    }
}

/// Addresses of which it is told that their heartbeats are refused.
const MAX_TOLD: usize = 64;

/// Who may do what, and who can say that they are somebody.
pub(super) struct Gate {
    pub(super) names: Names,
    pub(super) staff: Staff,
    rules: Mutex<Arc<AccessRules>>,
    /// From where heartbeats were refused under these rules, which is told once: they come again every second.
    beats_refused: Mutex<HashSet<IpAddr>>,
}

impl Gate {
    pub(super) fn new(names: Vec<String>, rules: AccessRules) -> Self {
        Self {
            names: Names::new(names),
            staff: Staff::new(),
            rules: Mutex::new(Arc::new(rules)),
            beats_refused: Mutex::default(),
        }
    }

    /// These rules from now on.
    pub(super) fn set_rules(&self, rules: AccessRules) {
        let rules = Arc::new(rules);
        *lock(&self.rules) = Arc::clone(&rules);
        // Only now: a session that begins meanwhile is of an account of the new rules, or is found here.
        self.staff.keep(&rules.accounts);
        lock(&self.beats_refused).clear();
    }

    pub(super) fn rules(&self) -> Arc<AccessRules> {
        Arc::clone(&lock(&self.rules))
    }

    /// What a caller may do that is no guest and has no name.
    pub(super) fn access_of(&self, caller: &Caller, headers: &HeaderMap) -> Access {
        match caller.plane {
            Plane::Command => Access::As(Role::Operate),
            Plane::UserMode(_) | Plane::SomeGuest => Access::Login,
            Plane::Neighbour(_) | Plane::Local | Plane::Remote => {
                let rules = self.rules();
                if is_local(caller, headers) { rules.loopback } else { rules.remote }
            }
        }
    }

    /// Whether this caller may do this about this exhibit, or about the whole site, by this request; and who of the staff
    /// it says that it is.
    ///
    /// # Errors
    /// Why not, and what to do. That heartbeats are refused is logged, once for each address under the same rules.
    pub(super) fn may(
        &self,
        head: RequestHead<'_>,
        caller: &Caller,
        status: &Status,
        exhibit: Option<&ExhibitStatus>,
        act: Act,
    ) -> Result<Option<Member>, Problem> {
        let verdict = self.judge(head, caller, status, exhibit, act);
        if let (Act::Heartbeat, Err(problem), Peer::Network(address)) = (act, &verdict, caller.peer) {
            let mut refused = lock(&self.beats_refused);
            if refused.len() < MAX_TOLD && refused.insert(address) {
                tracing::warn!("heartbeats from {address} are refused: {}", problem.detail());
            }
        }
        verdict
    }

    fn judge(
        &self,
        head: RequestHead<'_>,
        caller: &Caller,
        status: &Status,
        exhibit: Option<&ExhibitStatus>,
        act: Act,
    ) -> Result<Option<Member>, Problem> {
        let Peer::Network(address) = caller.peer else { return Ok(None) };
        let changes = act.needs() == Role::Operate;
        if changes {
            from_our_own_page(head, &self.names)?;
        }
        let rules = self.rules();
        // What is a guest's is its own whatever it sends along.
        let guest = as_guest(caller, &rules, status, exhibit, act);
        if let Some(Ok(())) = guest {
            return Ok(None);
        }
        let member = self.staff.member(&rules, head.headers, Instant::now())?;
        if let (None, Some(verdict)) = (&member, guest) {
            return verdict.map(|()| None);
        }
        let local = is_local(caller, head.headers);
        let role = match (&member, self.access_of(caller, head.headers)) {
            (Some(member), _) => member.role,
            (None, Access::As(role)) => role,
            (None, Access::Login) => return Err(who_are_you(address)),
        };
        if changes && role == Role::View {
            return Err(match &member {
                Some(member) => Problem::forbidden(format!(
                    "{} may see everything here, and change nothing.",
                    member.name
                )),
                None => who_are_you(address),
            });
        }
        let here = local && address.is_loopback() && caller.addressed == AddressedAs::Own;
        // No page has a browser send a token.
        let by_token = member.as_ref().is_some_and(|member| member.by_token);
        if changes && *head.method == Method::GET && !here && !by_token {
            return Err(Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                format!(
                    "From {address} this is changed by POST only. GET is for the guests of the exhibits, whom Vitrine \
                     knows by the MAC addresses of their VMs, for programs with a token, and for this computer itself at \
                     127.0.0.1 or localhost."
                ),
            )
            .with(WayOut::Methods("POST")));
        }
        Ok(member)
    }
}

/// Whether a process of this computer calls, and for itself.
fn is_local(caller: &Caller, headers: &HeaderMap) -> bool {
    caller.plane == Plane::Local && !is_handed_on(headers)
}

/// Whether a guest may do it; `None` for who is no guest.
fn as_guest(
    caller: &Caller,
    rules: &AccessRules,
    status: &Status,
    exhibit: Option<&ExhibitStatus>,
    act: Act,
) -> Option<Result<(), Problem>> {
    let peer = caller.peer;
    let own = exhibit
        .filter(|exhibit| caller.is_guest_of(exhibit))
        .or_else(|| status.exhibits.iter().find(|exhibit| caller.is_guest_of(exhibit)));
    let own = match (&caller.plane, own) {
        (_, Some(own)) => own,
        (Plane::SomeGuest, None) => match status.exhibits.as_slice() {
            [only] => only,
            _ if act == Act::Heartbeat && rules.user_mode_beats => return Some(Ok(())),
            _ => {
                return Some(Err(Problem::forbidden(format!(
                    "{peer} is a guest with user-mode networking, and it cannot be told of which exhibit. Give its VM an \
                     interface in a network of libvirt, or let such guests name theirs in heartbeats: user_mode_beats = \
                     true in [api]."
                ))));
            }
        },
        (Plane::UserMode(vm), None) => {
            return Some(Err(Problem::forbidden(format!(
                "{peer} is the guest of the VM {vm}, which is no exhibit's."
            ))));
        }
        (Plane::Command | Plane::Neighbour(_) | Plane::Local | Plane::Remote, None) => return None,
    };
    let Some(exhibit) = exhibit else {
        let text =
            format!("{peer} is the guest of {}, and a guest is told of its own exhibit alone.", own.name);
        return Some(Err(Problem::forbidden(text)));
    };
    if exhibit.id != own.id {
        return Some(Err(Problem::forbidden(format!(
            "{peer} is the guest of {}, and a guest does nothing about another exhibit such as {}. If that is the wrong one: \
             have two VMs the same MAC address?",
            own.name, exhibit.name
        ))));
    }
    if act.is_every_guests() || rules.guest_may.contains(&act) {
        return Some(Ok(()));
    }
    Some(Err(Problem::forbidden(format!(
        "The guest of {} may not do this; it could if `guest_may` in [api] of the configuration listed \"{}\".",
        own.name,
        act.code()
    ))))
}

/// Whether a proxy has handed a request on (RFC 7239, RFC 9110 7.6.3): who sent it is somewhere else.
pub(super) fn is_handed_on(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| {
        let name = name.as_str();
        matches!(name, "forwarded" | "via" | "x-real-ip") || name.starts_with("x-forwarded-")
    })
}

/// Whether the way from the browser to a proxy is encrypted, which the proxy says.
pub(super) fn is_encrypted_before(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|scheme| scheme.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// Whom a proxy hands something on for: the last one named, whom it has seen itself.
pub(super) fn handed_on_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").into_iter().next_back()?;
    last.to_str()
        .ok()?
        .rsplit(',')
        .next()?
        .trim()
        .parse::<IpAddr>()
        .ok()
        .map(|address| address.to_canonical())
}

fn who_are_you(address: IpAddr) -> Problem {
    unknown(format!(
        "Whoever asks from {address} has to say who they are: log in (POST /api/v1/login), or send a token (Authorization: \
         Bearer …). Names are made by `vitrine passwd`, tokens by `vitrine token`; [api] of the configuration says who needs them."
    ))
}

/// Refuses what a page from elsewhere sends through somebody's browser. What is no browser sends none of this.
pub(super) fn from_our_own_page(head: RequestHead<'_>, names: &Names) -> Result<(), Problem> {
    let refuse = |from: &str| {
        Err(Problem::forbidden(format!(
            "A web page from elsewhere ({from}) wants to change something here, and may not. If it is a page of yours \
             under another name of this computer, list that name under `names` in [api] of the configuration."
        )))
    };
    let served = authorities(head.uri, head.headers).next().and_then(Authority::read);
    let mut origins =
        head.headers.get_all(ORIGIN).into_iter().map(|origin| origin.to_str().unwrap_or("?")).peekable();
    let with_origin = origins.peek().is_some();
    for origin in origins {
        let authority = Authority::of_origin(origin);
        let same = authority.is_some() && authority == served;
        let named = authority
            .is_some_and(|authority| matches!(authority.host, Host::Name(name) if names.configured(&name)));
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
        Names::new(vec!["vitrine.museum.example".to_owned()])
    }

    fn parts(target: &str, headers: &[(&'static str, &str)]) -> Parts {
        let mut request = hyper::Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
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
        let wished = Names::new(vec!["localhost".to_owned()]);
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
