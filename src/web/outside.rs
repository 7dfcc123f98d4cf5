//! What comes from outside, as bytes, before the parsers of the API: none panics, and what each lets through is fit for
//! what is done with it afterwards.
//!
//! `tests/corpus/PARSER/` has a file for each case: what was ever wrong, and what is odd by itself. All are replayed, and
//! then changed at random (the seed is fixed, so that a run is the same each time); `VITRINE_CASES` says how often. A
//! case that fails is written to `target/corpus/PARSER/`; put it beside the others once it is mended.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use http_body_util::{Empty, Full};
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, Uri};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};
use tokio::sync::{mpsc, watch};

use super::access::{self, handed_on_for};
use super::caller::{Caller, Peer, Plane};
use super::host_names::{AddressedAs, Authority, Host, Names, addressed_as, authorities};
use super::params::{self, Params};
use super::staff::Staff;
use super::{Inbox, Settings, Shared, document, guest, hooks, listen, now};
use crate::core::text::acts;
use crate::core::types::AccessRules;

/// The longest that a case becomes, in bytes.
const MAX_CASE_BYTES: usize = 4096;
/// Cases made of each corpus where nobody says how many.
const CASES: u32 = 3000;

/// One change of a case.
#[derive(Clone, Debug)]
enum Change {
    Replace(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    /// The first part of the case, and the second of another one.
    Splice(usize, usize, usize),
    Double(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let place = 0..MAX_CASE_BYTES;
    let telling = prop::sample::select(
        [
            &b"%"[..],
            b"%00",
            b"%ff",
            b"%2f",
            b"=",
            b"&",
            b"{",
            b"}",
            b"[",
            b"]",
            b"\"",
            b"\\u0000",
            b"null",
            b"1e999",
            b"-0",
            b"NaN",
            b"..",
            b"/",
            b"\\",
            b"\r\n",
            b"\n",
            b"\0",
            b"\xff",
            b"\xe2\x80\xae",
            b":",
            b"@",
            b"%25",
            b".",
            b",",
            b";",
            b" ",
            b"::ffff:",
            b"0x7f",
            b"localhost",
            b"https://",
        ]
        .map(<[u8]>::to_vec)
        .to_vec(),
    );
    prop_oneof![
        (place.clone(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (place.clone(), telling).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (place.clone(), prop::collection::vec(any::<u8>(), 1..4))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (place.clone(), 1..16usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (place.clone(), any::<usize>(), place.clone())
            .prop_map(|(at, other, from)| Change::Splice(at, other, from)),
        (place, 1..200usize).prop_map(|(at, length)| Change::Double(at, length)),
    ]
}

impl Change {
    fn apply(&self, case: &mut Vec<u8>, all: &[(PathBuf, Vec<u8>)]) {
        let within = |at: usize, length: usize| if length == 0 { 0 } else { at % length };
        let length = case.len();
        match self {
            Self::Replace(at, byte) => {
                if let Some(old) = case.get_mut(within(*at, length)) {
                    *old = *byte;
                }
            }
            Self::Insert(at, bytes) => {
                let at = within(*at, length + 1);
                case.splice(at..at, bytes.iter().copied());
            }
            Self::Remove(at, count) => {
                let at = within(*at, length);
                case.drain(at..(at + count).min(length));
            }
            Self::Splice(at, other, from) => {
                let other = &all[within(*other, all.len())].1;
                case.truncate(within(*at, length + 1));
                case.extend_from_slice(&other[within(*from, other.len() + 1)..]);
            }
            Self::Double(at, count) => {
                let at = within(*at, length);
                let part = case[at..(at + count).min(length)].to_vec();
                case.splice(at..at, part);
            }
        }
        case.truncate(MAX_CASE_BYTES);
    }
}

/// Replays the corpus of a parser, then changes it at random. `judge` panics where something is wrong.
fn replay(parser: &str, judge: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(parser);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut all: Vec<_> = files
        .map(|file| file.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    all.sort();
    assert!(all.len() >= 5, "{} has {} cases only", folder.display(), all.len());
    let fails = |case: &[u8]| {
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judge(case)));
        judged.err().map(|panic| match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => panic.downcast_ref::<&str>().map_or_else(String::new, |text| (*text).to_owned()),
        })
    };
    for (path, case) in &all {
        if let Some(why) = fails(case) {
            panic!("{}: {why}", path.display());
        }
    }
    let cases = std::env::var("VITRINE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    };
    let strategy = (any::<prop::sample::Index>(), prop::collection::vec(change(), 1..6));
    let judged = TestRunner::new(config).run(&strategy, |(first, changes)| {
        let mut case = all[first.index(all.len())].1.clone();
        for change in changes {
            change.apply(&mut case, &all);
        }
        match fails(&case) {
            None => Ok(()),
            Some(why) => {
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/corpus").join(parser);
                // Proptest makes a failing case smaller and smaller: the last one written is the smallest.
                let _ = std::fs::create_dir_all(&folder);
                let _ = std::fs::write(folder.join("failing"), &case);
                Err(TestCaseError::fail(format!("{why}: {:?}", String::from_utf8_lossy(&case))))
            }
        }
    });
    if let Err(error) = judged {
        panic!("{parser}: {error}");
    }
}

/// The first line and the rest.
fn first_line(case: &[u8]) -> (&[u8], &[u8]) {
    match case.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&case[..at], &case[at + 1..]),
        None => (case, b""),
    }
}

/// A request whose head is a line with method and target, then a line for each header, as far as HTTP takes them.
fn head(case: &[u8]) -> Option<hyper::http::request::Parts> {
    let (line, rest) = first_line(case);
    let (method, target) = line.split_at(line.iter().position(|byte| *byte == b' ')?);
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(method).ok()?;
    *request.uri_mut() = Uri::from_maybe_shared(Bytes::copy_from_slice(&target[1..])).ok()?;
    for line in rest.split(|byte| *byte == b'\n') {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..at]);
        let value = HeaderValue::from_bytes(line[at + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            request.headers_mut().append(name, value);
        }
    }
    Some(request.into_parts().0)
}

/// A case is the query, then a line's end, then the body.
#[test]
fn parameters() {
    replay("params", |case| {
        let (query, body) = first_line(case);
        let target = [b"/?", query].concat();
        let Ok(uri) = Uri::from_maybe_shared(Bytes::from(target)) else { return };
        let mut request = Request::new(());
        *request.uri_mut() = uri;
        let Ok(params) = Params::read(&request.into_parts().0, body) else { return };
        for name in ["status", "message", "reason", "severity", "value", "exhibit"] {
            if let Ok(Some(text)) = params.text(name) {
                assert!(text.chars().count() <= 1000, "{name} is too long");
                assert!(!text.is_empty() && !text.contains(acts), "{name} acts upon a terminal: {text:?}");
            }
        }
        if let Ok(span) = params.seconds("idle_duration") {
            assert!(span.as_secs_f64().is_finite(), "{span:?}");
        }
        if let Ok(Some(moment)) = params.moment("until") {
            assert!((0..=250_000_000_000_000).contains(&moment.0), "{moment:?}");
        }
        let _ = params.switch("present");
        let _ = (params.secret("name"), params.secret("password"));
        if let Ok(Some(name)) = params.new_snapshot() {
            assert!(!name.is_empty() && name.len() <= 128, "{name:?}");
            assert!(!name.contains(['/', '\0', '\n']) && name != "." && name != "..", "{name:?}");
        }
    });
}

/// A case is a name as the path has it once its % signs are decoded.
#[test]
fn names_of_hooks_and_snapshots() {
    replay("names", |case| {
        let text = String::from_utf8_lossy(case);
        if let Ok(name) = hooks::Name::new(&text) {
            let name = name.to_string();
            let parts: Vec<_> = Path::new(&name).components().collect();
            let plain = matches!(parts.as_slice(), [std::path::Component::Normal(part)] if part.to_str() == Some(name.as_str()));
            assert!(plain, "{name:?} leads somewhere else");
            assert!(!name.starts_with('.'), "{name:?} is hidden");
        }
        if let Ok(name) = params::snapshot_name(&text) {
            assert!(!name.is_empty() && name.len() <= 128 && !name.contains('/'), "{name:?}");
            assert!(!name.contains(acts), "{name:?} acts upon a terminal");
        }
    });
}

/// A case is an authority, as `Host` and an address have it, or an origin.
#[test]
fn authorities_and_origins() {
    replay("authorities", |case| {
        let text = String::from_utf8_lossy(case);
        if let Some(Authority { host, .. }) = Authority::read(&text) {
            // Whatever is taken for an address or a name is one to the letter: browsers would go there.
            match host {
                Host::Address(address) => assert!(text.contains('[') == address.is_ipv6(), "{address}"),
                Host::Name(name) => {
                    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
                    assert!(!name.is_empty() && name.chars().all(fits), "{name:?}");
                    assert!(text.to_ascii_lowercase().starts_with(&name), "{name:?} is not what was written");
                }
            }
        }
        if Authority::of_origin(&text).is_some() {
            let lower = text.trim().to_ascii_lowercase();
            assert!(lower.starts_with("http://") || lower.starts_with("https://"), "{text:?}");
        }
    });
}

/// A case is the head of a request.
#[test]
fn heads() {
    let names = Names::new(vec!["vitrine.museum.example".to_owned()]);
    replay("heads", |case| {
        let Some(parts) = head(case) else { return };
        let addressed = addressed_as(&parts.uri, &parts.headers, &names);
        for text in authorities(&parts.uri, &parts.headers) {
            let foreign = match Authority::read(text) {
                None => true,
                Some(Authority { host: Host::Name(name), .. }) => name.ends_with("evil.example"),
                Some(Authority { host: Host::Address(_), .. }) => false,
            };
            assert!(!foreign || addressed.is_err(), "served as {text:?}");
            if addressed == Ok(AddressedAs::Own) {
                assert!(!text.starts_with("0.0.0.0") && !text.contains("::ffff:"), "{text:?} is our own");
            }
        }
        if let Some(address) = handed_on_for(&parts.headers) {
            assert_eq!(address, address.to_canonical());
        }
        let ours = access::from_our_own_page((&parts).into(), &names).is_ok();
        let crosses = |value: &HeaderValue| value.as_bytes() == b"cross-site";
        assert!(!ours || !parts.headers.get_all("sec-fetch-site").into_iter().any(crosses), "a foreign page");
        let nobody = Staff::new().member(&AccessRules::default(), &parts.headers, Instant::now());
        assert!(!matches!(nobody, Ok(Some(_))), "there are neither accounts nor tokens: {nobody:?}");
        let base = document::page::base(&parts.headers, false);
        assert!(base.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>&$`".contains(&byte)), "{base}");
        if let Some(uri) = listen::without_slash(&parts.uri) {
            assert!(uri.path() == "/" || !uri.path().ends_with('/'), "{uri}");
            assert_eq!(uri.query(), parts.uri.query());
        }
    });
}

/// A case is the head of a request, too; one with a header `Content-Length` has a body.
#[test]
fn beats_with_nothing_else_to_say() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let shared = shared();
    let caller = Caller {
        peer: Peer::network(([127, 0, 0, 1], 4000).into()),
        here: Some([127, 0, 0, 1].into()),
        addressed: AddressedAs::Own,
        plane: Plane::Local,
        encrypted: false,
    };
    replay("heads", |case| {
        let Some(parts) = head(case) else { return };
        let has_body = parts.headers.contains_key("content-length");
        let answer = if has_body {
            let request = Request::from_parts(parts.clone(), Full::new(Bytes::from_static(b"status=ok")));
            guest::plain_beat(&shared, &request, &caller)
        } else {
            let request = Request::from_parts(parts.clone(), Empty::<Bytes>::new());
            guest::plain_beat(&shared, &request, &caller)
        };
        let Some(answer) = answer else { return };
        assert_eq!(answer.status(), 200);
        assert!(!has_body && parts.uri.path() == "/api/v1/heartbeat" && parts.uri.query().is_none());
        assert!([Method::GET, Method::POST].contains(&parts.method), "{}", parts.method);
        let ours = access::from_our_own_page((&parts).into(), &shared.gate.names);
        assert!(ours.is_ok(), "a page from elsewhere beats");
    });
}

/// What the handlers share where there is one exhibit, and nobody who hears the beats.
fn shared() -> Shared {
    let text = "[[exhibit]]\nname = \"eden\"\nvm = \"eden\"\n";
    let settings = crate::config::parse(text, "test.toml").unwrap().site();
    let now = now();
    let site = crate::core::site::Site::new(now, settings, &Default::default(), &mut Vec::new());
    let (_, status) = watch::channel(Arc::new(site.status(now)));
    let (events, _) = mpsc::unbounded_channel();
    let (requests, _) = mpsc::unbounded_channel();
    let (looks, _) = mpsc::unbounded_channel();
    let (_, ending) = watch::channel(false);
    let settings = Settings { neighbours: "/nowhere".into(), ..Settings::new(Vec::new(), None) };
    Shared::new(&settings, None, status, Inbox { events, requests, looks }, ending)
}
