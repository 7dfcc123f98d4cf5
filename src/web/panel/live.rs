//! What keeps a page up to date: a stream of server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>) with those parts of it that have changed.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Query;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use hyper::header::HeaderValue;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::visit::Visit;
use super::{checks, exhibits, site as site_page};
use crate::core::status::Status;
use crate::web::dto::Site;
use crate::web::operator::whole_site;
use crate::web::telling;

/// Parts of a page are made no sooner after the last time: each heartbeat is a change, and most alter nothing that is seen.
/// A press is to be seen within 0.3 s.
const MAKE_INTERVAL: Duration = Duration::from_millis(250);
/// A page is told so often that Vitrine lives, and looks at what changes with the time alone.
const ALIVE_INTERVAL: Duration = Duration::from_secs(5);
/// A stream ends after so long, and the page asks for another: whoever hangs at its other end is noticed so.
const MAX_AGE: Duration = Duration::from_secs(30 * 60);

/// What a page has of its own that changes.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    page: String,
    #[serde(default)]
    exhibit: String,
}

/// `GET /ui/live`.
pub(super) async fn stream(Query(wanted): Query<Wanted>, visit: Visit) -> Response {
    let now = Instant::now();
    let live = Live {
        changes: visit.shared.status.clone(),
        ending: visit.shared.ending.clone(),
        checks: visit.shared.panel_checks.changes(),
        visit,
        wanted,
        sent: HashMap::new(),
        ends: now + MAX_AGE,
        made: None,
        state: State::Begins,
    };
    let events = stream::unfold(live, |mut live| async {
        let event = live.next().await?;
        Some((Ok::<_, Infallible>(event), live))
    });
    let mut response = Sse::new(events).into_response();
    // Between here and the browser nothing is to be kept back (nginx's ngx_http_proxy_module).
    response.headers_mut().insert("X-Accel-Buffering", HeaderValue::from_static("no"));
    response
}

struct Live {
    visit: Visit,
    wanted: Wanted,
    changes: watch::Receiver<Arc<Status>>,
    ending: watch::Receiver<bool>,
    checks: watch::Receiver<u64>,
    /// Hashes of what the page has, by the parts' ids.
    sent: HashMap<String, u64>,
    ends: Instant,
    /// When the parts were made last.
    made: Option<Instant>,
    state: State,
}

enum State {
    /// The page may have been made a while ago.
    Begins,
    /// It has all that there was.
    Follows,
    /// There is no more.
    Ended,
}

impl Live {
    async fn next(&mut self) -> Option<Event> {
        match self.state {
            State::Begins => self.state = State::Follows,
            State::Follows => {
                let alive_at = Instant::now() + ALIVE_INTERVAL;
                let ended = tokio::select! {
                    changed = self.changes.changed() => changed.is_err(),
                    changed = self.checks.changed() => changed.is_err(),
                    _ = self.ending.wait_for(|ending| *ending) => true,
                    () = sleep_until(alive_at) => false,
                };
                if ended || Instant::now() > self.ends {
                    return None;
                }
                // What comes meanwhile is seen with it.
                if let Some(due) = due(self.made, Instant::now()) {
                    let _ = timeout_at(due, self.ending.wait_for(|ending| *ending)).await;
                }
            }
            State::Ended => return None,
        }
        self.made = Some(Instant::now());
        self.checks.mark_unchanged();
        self.visit.status = Arc::clone(&self.changes.borrow_and_update());
        if !self.visit.may_stay() {
            self.state = State::Ended;
            return Some(Event::default().event("ended").data("-"));
        }
        let parts = self.visit.speaking(|| parts(&self.visit, &self.wanted));
        let changed: Vec<_> = parts.into_iter().filter(|(id, markup)| self.is_news(id, markup)).collect();
        if changed.is_empty() {
            return Some(Event::default().event("alive").data("-"));
        }
        let data = serde_json::to_string(&changed).unwrap_or_default();
        Some(Event::default().event("update").data(data))
    }

    fn is_news(&mut self, id: &str, markup: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        markup.hash(&mut hasher);
        self.sent.insert(id.to_owned(), hasher.finish()) != Some(hasher.finish())
    }
}

/// When a change may be shown, after parts were made then: the first one after a pause at once.
fn due(made: Option<Instant>, now: Instant) -> Option<Instant> {
    made.map(|made| made + MAKE_INTERVAL).filter(|due| *due > now)
}

/// The parts of a page that change, by their ids.
fn parts(visit: &Visit, wanted: &Wanted) -> Vec<(String, String)> {
    let site = site(visit);
    let mut parts = vec![("headline".to_owned(), headline(&site))];
    match wanted.page.as_str() {
        "exhibits" => {
            let card = |exhibit| exhibits::card(visit, exhibit, site.at);
            parts.extend(site.exhibits.iter().map(|it| (format!("card-{}", it.name), card(it))));
        }
        "exhibit" => {
            if let Some(exhibit) = site.exhibits.iter().find(|exhibit| exhibit.name == wanted.exhibit) {
                parts.push((format!("card-{}", exhibit.name), exhibits::card(visit, exhibit, site.at)));
                parts.push((format!("details-{}", exhibit.name), exhibits::details(visit, exhibit, site.at)));
            }
        }
        "site" => {
            parts.push(("screens".to_owned(), site_page::screens(&site)));
            parts.push(("units".to_owned(), site_page::units(&site)));
        }
        "checks" => parts.push(("findings".to_owned(), checks::findings(visit))),
        _ => {}
    }
    parts.into_iter().map(|(id, markup)| (id, markup.into_string())).collect()
}

/// The site as it is told now.
pub(super) fn site(visit: &Visit) -> Site {
    whole_site(&visit.shared, &visit.status)
}

/// How all is, at the head of each page.
pub(super) fn headline(site: &Site) -> Markup {
    let zone = TimeZone::system();
    let class = if site.well { "well" } else { "ill" };
    html! {
        div #headline.headline.live role="status" {
            p.state.(class) { (telling::summary(site)) }
            @if site.hypervisor.state != "up" { p { (telling::hypervisor(site, &zone)) } }
            @for trouble in telling::troubles(site, &zone) { p.ill { (crate::words::capitalised(&trouble)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_change_is_shown_at_once_and_a_crowd_of_them_seldom() {
        let begun = Instant::now();
        let (mut now, mut made, mut count, mut longest) = (begun, None, 0, Duration::ZERO);
        // A heartbeat each hundredth of a second; each may be a press.
        while now < begun + Duration::from_secs(1) {
            let came = now;
            now = due(made, now).unwrap_or(now);
            longest = longest.max(now - came);
            (made, count) = (Some(now), count + 1);
            now += Duration::from_millis(10);
        }
        assert_eq!(count, 5, "one at once, and one each quarter of a second");
        assert!(longest < Duration::from_millis(300), "{longest:?}");
        assert_eq!(due(made, now + MAKE_INTERVAL), None, "after a pause at once");
    }
}
