//! Who may change what, without a password.
//!
//! Browsers send what any page in them wants. What they are made to send with it tells such a page from our own: the
//! name that it was found by (`Host`), where it is from (`Origin`, <https://www.rfc-editor.org/rfc/rfc6454>), and how
//! far that is from here (`Sec-Fetch-Site`, <https://www.w3.org/TR/fetch-metadata/>). The latter two do not come with
//! the GET of an image from an address of the network, so that a changing GET is not taken there from everybody.

use hyper::header::{HeaderMap, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode, Uri};

use super::caller::{Caller, Peer};
use super::host_names::{AddressedAs, Authority, Host, Names, authorities};
use super::reply::Problem;
use crate::core::status::{ExhibitStatus, Status};

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

/// Whether this caller may change something about this exhibit by this request.
pub(super) fn may_change(
    head: RequestHead<'_>,
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
    let here = address.is_loopback() && caller.addressed == AddressedAs::Own;
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
fn from_our_own_page(head: RequestHead<'_>, names: &Names) -> Result<(), Problem> {
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
