//! Which guest kit beats: it says so with each call (`User-Agent: vitrine-guest/0.1.0 (Windows 5.1)`).

use hyper::HeaderMap;
use hyper::header::USER_AGENT;
use vitrine_guest_protocol::VERSION;

use super::dto::GuestKit;

/// How the kit's word for itself begins.
const PRODUCT: &str = "vitrine-guest/";
/// The longest word of a kit for itself that is looked at, in bytes: any guest may say anything.
const MAX_AGENT: usize = 100;

/// What the kit of a request says of itself; `None` where no kit has made it.
pub(super) fn said(headers: &HeaderMap) -> Option<&str> {
    let agent = headers.get(USER_AGENT)?;
    let said = agent.to_str().ok().filter(|said| said.len() <= MAX_AGENT)?;
    said.strip_prefix(PRODUCT)
}

/// What a kit says of itself, such as `0.1.0 (Windows 5.1)`, taken apart; `None` where it has no version.
pub(super) fn parse(said: &str) -> Option<GuestKit> {
    let (version, rest) = said.split_once(' ').unwrap_or((said, ""));
    let numbers = numbers(version)?;
    let system = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    Some(GuestKit {
        version: version.to_owned(),
        system: system.map(str::to_owned),
        current: VERSION.to_owned(),
        is_older: self::numbers(VERSION).is_some_and(|current| numbers < current),
    })
}

/// A version of three numbers (<https://semver.org/spec/v2.0.0.html#spec-item-2>).
fn numbers(version: &str) -> Option<[u32; 3]> {
    let numbers: Vec<u32> = version.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit(agent: &str) -> Option<GuestKit> {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, agent.parse().unwrap());
        parse(said(&headers)?)
    }

    #[test]
    fn a_kit_says_who_it_is_and_others_are_none() {
        for (agent, older, system) in [
            ("vitrine-guest/0.0.9 (Windows 4.10)", true, Some("Windows 4.10")),
            ("vitrine-guest/0.0.99", true, None),
            (&format!("vitrine-guest/{VERSION} (Linux)"), false, Some("Linux")),
            ("vitrine-guest/10.0.0 (Windows 5.1)", false, Some("Windows 5.1")),
            ("vitrine-guest/0.0.9 Windows", true, None),
        ] {
            let found = kit(agent).expect(agent);
            assert_eq!((found.is_older, found.system.as_deref()), (older, system), "{agent}");
        }
        let long = format!("vitrine-guest/0.0.1 ({})", "x".repeat(200));
        for agent in [
            "curl/8.0",
            "vitrine-guest/",
            "vitrine-guest/1",
            "vitrine-guest/1.2.x",
            "vitrine-guest/-1.0.0",
            &long,
        ] {
            assert_eq!(kit(agent), None, "{agent}");
        }
        assert_eq!(said(&HeaderMap::new()), None);
    }
}
