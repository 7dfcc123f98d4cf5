//! The journal, to be searched and read on a phone.

use std::borrow::Borrow;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use maud::{Markup, html};
use serde::Deserialize;

use super::live;
use super::page::{self, KeptNew, Place, page};
use super::visit::Visit;
use crate::core::types::WallTime;
use crate::host;
use crate::journal::{self, Entry, Filter};
use crate::web::dto::seconds_of;
use crate::web::{aside, telling};
use crate::words::time::moment;
use crate::words::{self, capitalised, tr};

/// Entries on one page.
const MAX_ENTRIES: usize = 200;
/// Days that are looked through where nothing else is said.
const DAYS: i32 = 7;
/// The most that can be asked for: ten years.
const MAX_DAYS: i32 = 3660;

/// How long the journal's disk may take.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// Entries of the journal, or why they cannot be had, for the visitor.
pub(super) type Found = Result<Vec<Entry>, String>;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    exhibit: String,
    days: String,
    words: String,
}

/// `GET /ui/journal`.
pub(super) async fn list(Query(wanted): Query<Wanted>, visit: Visit) -> Response {
    let days = wanted.days.parse().unwrap_or(DAYS).clamp(1, MAX_DAYS);
    let now = Zoned::now();
    let since = now.checked_sub(days.days()).unwrap_or_else(|_| now.clone());
    let filter = Filter {
        since: Some(began(&since)),
        exhibit: Some(wanted.exhibit.clone()).filter(|name| !name.is_empty()),
        ..Filter::default()
    };
    let (language, words) = (visit.language, wanted.words.to_lowercase());
    // A journal of years is put into words there, too.
    let sift = move |found| words::speaking(language, || latest_with(found, &words));
    let found = read(&visit, filter, sift).await;
    visit.speaking(|| {
        let (shown, left_out, fault) = match &found {
            Ok((shown, left_out)) => (shown.as_slice(), *left_out, None),
            Err(why) => (&[][..], 0, Some(why)),
        };
        let content = html! {
            h1 { (tr!("Journal")) }
            form.search method="get" role="search" {
                div {
                    label for="exhibit" { (tr!("Artwork")) }
                    select #exhibit name="exhibit" {
                        option value="" { (tr!("all, and the computer")) }
                        @for exhibit in &visit.status.exhibits {
                            option value=(exhibit.name) selected[exhibit.name == wanted.exhibit] { (exhibit.name) }
                        }
                    }
                }
                div {
                    label for="days" { (tr!("Time")) }
                    select #days name="days" {
                        @for (count, words) in [(1, tr!("one day")), (7, tr!("7 days")), (30, tr!("30 days")), (365, tr!("a year"))] {
                            option value=(count) selected[count == days] { (words) }
                        }
                    }
                }
                div {
                    label for="words" { (tr!("Words")) }
                    input #words name="words" type="search" value=(wanted.words);
                }
                div { button type="submit" { (tr!("Search")) } }
            }
            @if let Some(why) = fault { p.ill { (why) } } @else if shown.is_empty() { p { (tr!("Nothing was found.")) } }
            @for (date, entries) in by_day(shown, &now) {
                section {
                    h2 { (day(date, &now)) }
                    (self::entries(&visit, &entries))
                }
            }
            @if left_out > 0 {
                p { (tr!("{count} older entries are left out; look for something more narrow.", count = left_out)) }
            }
        };
        let live = KeptNew { page: "headline", exhibit: None };
        page(&visit, &live::site(&visit), Place::Journal, &tr!("Journal"), &live, &content)
    })
}

/// The latest entries with these words, the last one first; and how many there are besides.
fn latest_with(found: Vec<Entry>, words: &str) -> (Vec<Entry>, usize) {
    let zone = TimeZone::system();
    let fits = |entry: &Entry| words.is_empty() || searched(entry, &zone).contains(words);
    let mut fitting = found.into_iter().rev().filter(fits);
    let shown = fitting.by_ref().take(MAX_ENTRIES).collect();
    (shown, fitting.count())
}

/// Today and yesterday are what people call them.
fn day(date: Date, now: &Zoned) -> String {
    match now.date().since(date).map(|span| span.get_days()) {
        Ok(0) => tr!("Today"),
        Ok(1) => tr!("Yesterday"),
        Ok(_) | Err(_) => date.to_string(),
    }
}

fn by_day<'a>(entries: &'a [Entry], now: &Zoned) -> Vec<(Date, Vec<&'a Entry>)> {
    let mut days: Vec<(Date, Vec<&Entry>)> = Vec::new();
    for entry in entries {
        let date = Timestamp::from_millisecond(entry.began.0)
            .map_or(now.date(), |at| at.to_zoned(now.time_zone().clone()).date());
        match days.last_mut() {
            Some((day, of_day)) if *day == date => of_day.push(entry),
            Some(_) | None => days.push((date, vec![entry])),
        }
    }
    days
}

/// All words of an entry, in small letters.
fn searched(entry: &Entry, zone: &TimeZone) -> String {
    let story = telling::story(entry, entry.began, zone);
    let mut text = entry.exhibit.clone().unwrap_or_default();
    for (_, words) in story {
        text.push(' ');
        text.push_str(&words);
    }
    text.to_lowercase()
}

/// `GET /ui/journal/ID`.
pub(super) async fn entry(Path(id): Path<i64>, visit: Visit) -> Response {
    let entry = match one(&visit, id).await {
        Ok(Some(entry)) => entry,
        Ok(None) => return page::missing(&visit),
        Err(why) => {
            let live = KeptNew { page: "headline", exhibit: None };
            let content = html! { p.ill { (why) } };
            return visit.speaking(|| {
                page(&visit, &live::site(&visit), Place::Journal, &tr!("Journal"), &live, &content)
            });
        }
    };
    visit.speaking(|| {
        let zone = TimeZone::system();
        let now = host::wall_clock();
        let title = capitalised(&telling::entry(&entry));
        let content = html! {
            h1 { (title) }
            @if entry.has_picture {
                img.view src={ (visit.root) "journal/" (entry.id) "/picture" }
                    alt=(tr!("what visitors saw before anything was done"));
            }
            dl {
                @for (head, text) in telling::story(&entry, now, &zone) {
                    dt { (head) } dd { (text) }
                }
            }
        };
        let live = KeptNew { page: "headline", exhibit: None };
        page(&visit, &live::site(&visit), Place::Journal, &title, &live, &content)
    })
}

/// The entry of this number, with its picture.
async fn one(visit: &Visit, id: i64) -> Result<Option<Entry>, String> {
    let filter = Filter { id: Some(id), ..Filter::default() };
    read(visit, filter, |found| found.into_iter().next()).await
}

/// What was found, and why there is nothing, where that is so.
pub(super) fn parted(found: &Found) -> (&[Entry], Option<&str>) {
    match found {
        Ok(entries) => (entries, None),
        Err(why) => (&[], Some(why)),
    }
}

/// `GET /ui/journal/ID/picture`.
pub(super) async fn picture(Path(id): Path<i64>, visit: Visit) -> Response {
    let found = one(&visit, id).await.ok().flatten();
    match found.and_then(|entry| entry.picture) {
        Some(jpeg) => {
            let mut response = Body::from(jpeg).into_response();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
            response
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Entries as a list, in the order given.
pub(super) fn entries<T: Borrow<Entry>>(visit: &Visit, entries: &[T]) -> Markup {
    let zone = TimeZone::system();
    let now = seconds_of(host::wall_clock());
    html! {
        @if entries.is_empty() { p.soft { (tr!("Nothing has happened.")) } }
        ul.entries {
            @for entry in entries.iter().map(Borrow::borrow) {
                li {
                    a href={ (visit.root) "journal/" (entry.id) } {
                        span.soft { (moment(seconds_of(entry.began), now, &zone)) " · "
                            (entry.exhibit.clone().unwrap_or_else(|| tr!("computer"))) }
                        br;
                        span.what { (capitalised(&telling::entry(entry))) }
                        @if entry.has_picture { " · " (tr!("with a picture")) }
                    }
                }
            }
        }
    }
}

/// What happened to an exhibit today, the latest first.
pub(super) async fn of_today(visit: &Visit, exhibit: &str) -> Found {
    let now = Zoned::now();
    let morning = now.start_of_day().unwrap_or(now);
    let mut found = since_about(visit, morning, Some(exhibit.to_owned())).await?;
    found.reverse();
    Ok(found)
}

/// What happened since then, the earliest first.
pub(super) async fn since(visit: &Visit, since: Zoned) -> Found {
    since_about(visit, since, None).await
}

async fn since_about(visit: &Visit, since: Zoned, exhibit: Option<String>) -> Found {
    let filter = Filter { since: Some(began(&since)), exhibit, ..Filter::default() };
    read(visit, filter, |found| found).await
}

fn began(at: &Zoned) -> WallTime {
    WallTime(at.timestamp().as_millisecond())
}

/// Reads the journal beside the guests' heartbeats, and has there been taken out of it what is wanted. Its disk may never
/// answer, which costs a thread, and few of those.
async fn read<T: Send + 'static>(
    visit: &Visit,
    filter: Filter,
    sift: impl FnOnce(Vec<Entry>) -> T + Send + 'static,
) -> Result<T, String> {
    let Some(path) = visit.shared.journal.clone() else {
        return Err(
            visit.speaking(|| tr!("There is no place for the journal; see [journal] in the configuration."))
        );
    };
    let now = host::wall_clock();
    let read = move || journal::read(&path, &filter, now).map(sift);
    match aside(&visit.shared.journal_readings, READ_TIMEOUT, read).await {
        Some(read) => read.map_err(|error| visit.speaking(|| error.to_string())),
        None => {
            Err(visit.speaking(|| tr!("The journal's disk does not answer, so what happened is not known.")))
        }
    }
}
