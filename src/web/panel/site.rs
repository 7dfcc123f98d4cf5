//! The computer: its screens as they hang, its units, its health, and how long each artwork was not seen.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::response::Response;
use hyper::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use maud::{Markup, html};

use super::page::{KeptNew, Place, page};
use super::visit::{Order, Visit};
use super::{journal, live};
use crate::host;
use crate::journal::{Entry, Kind};
use crate::web::dto::{Screen, Site};
use crate::web::reply::{Problem, Said, json};
use crate::web::{aside, telling};
use crate::words::{capitalised, told, tr, with_tenths};

/// Days in the plot.
const DAYS: i32 = 30;
/// How long the computer's disks may take.
const LOOK_TIME: Duration = Duration::from_secs(5);
/// How long the screens may take to show what they are called, which they do for ten seconds.
const IDENTIFY_TIME: Duration = Duration::from_secs(30);

/// `GET /ui/site`.
pub(super) async fn show(visit: Visit) -> Response {
    let site = live::site(&visit);
    let now = Zoned::now();
    let entries = journal::since(&visit, now.checked_sub(DAYS.days()).unwrap_or_else(|_| now.clone())).await;
    let health = aside(&visit.shared.looking, LOOK_TIME, host::health).await;
    visit.speaking(|| {
        let (entries, fault) = journal::parted(&entries);
        let events: Vec<_> = entries.iter().rev().filter(|entry| entry.exhibit.is_none()).take(10).collect();
        let content = html! {
            h1 { (tr!("Screens and computer")) }
            section { h2 { (tr!("Screens as they hang")) } (screens(&site))
                @if visit.operates {
                    div.buttons { button type="button" data-post="identify" { (tr!("Show on each screen what it is called")) } }
                }
            }
            section { h2 { (tr!("Services")) } (units(&site)) }
            section { h2 { (tr!("The computer")) } @if let Some(health) = &health { (computer(health)) } }
            section { h2 { (tr!("Minutes that each artwork was not seen, in {days} days", days = DAYS)) }
                @if let Some(why) = fault { p.ill { (why) } } @else { @for exhibit in &site.exhibits { (plot(&exhibit.name, &unseen(entries, &exhibit.name, &now), &now)) } }
            }
            section { h2 { (tr!("What happened to the computer")) }
                @if fault.is_some() { p { (tr!("Nothing is known.")) } } @else { (journal::entries(&visit, &events)) }
            }
        };
        let live = KeptNew { page: "site", exhibit: None };
        page(&visit, &site, Place::Site, &tr!("Screens and computer"), &live, &content)
    })
}

/// The lit monitors at their places, drawn to scale.
pub(super) fn screens(site: &Site) -> Markup {
    let right = site.screens.iter().map(|screen| screen.x + width(screen)).max().unwrap_or(0);
    let bottom = site.screens.iter().map(|screen| screen.y + height(screen)).max().unwrap_or(0);
    html! {
        div #screens.live {
            @if site.screens.is_empty() {
                p { (tr!("No screen is known; Vitrine looks at them once an artwork is to be shown.")) }
            } @else {
                svg.hang viewBox=(format!("-10 -10 {} {}", right + 20, bottom + 20)) role="img"
                    aria-label=(tr!("the screens at their places")) {
                    @for screen in &site.screens {
                        rect.used[screen.exhibit.is_some()] x=(screen.x) y=(screen.y) width=(screen.width) height=(screen.height) {}
                        text x=(screen.x + width(screen) / 2) y=(screen.y + height(screen) / 2)
                            text-anchor="middle" font-size=(height(screen).min(width(screen)) / 10) {
                            (screen.exhibit.as_deref().unwrap_or("–"))
                        }
                    }
                }
                table {
                    thead { tr { th { (tr!("Screen")) } th { (tr!("Artwork")) } th { (tr!("Pixels")) } th { (tr!("Monitor")) } } }
                    tbody {
                        @for screen in &site.screens {
                            tr {
                                td { (screen.connector) }
                                td { (screen.exhibit.as_deref().unwrap_or("–")) }
                                td { (screen.width) " × " (screen.height) }
                                td { (screen.edid.as_deref().unwrap_or("–")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn width(screen: &Screen) -> i32 {
    i32::try_from(screen.width).unwrap_or(i32::MAX)
}

fn height(screen: &Screen) -> i32 {
    i32::try_from(screen.height).unwrap_or(i32::MAX)
}

/// The watched units, and libvirt.
pub(super) fn units(site: &Site) -> Markup {
    let zone = TimeZone::system();
    html! {
        div #units.live {
            p { (telling::hypervisor(site, &zone)) }
            @for unit in &site.units {
                p.ill[!unit.well] { (capitalised(&telling::unit(unit, site.at, &zone))) }
            }
        }
    }
}

fn computer(health: &host::Health) -> Markup {
    let gigabytes = |bytes: u64| format!("{} GB", with_tenths(crate::words::gigabytes(bytes)));
    html! {
        dl {
            dt { (tr!("running for")) } dd { (crate::words::time::span(health.up.as_secs_f64())) }
            dt { (tr!("load")) } dd { (tr!("{load} on {processors} processors",
                load = with_tenths(health.load), processors = health.processors)) }
            dt { (tr!("memory free")) } dd { (tr!("{free} of {all}",
                free = gigabytes(health.memory_free), all = gigabytes(health.memory))) }
            @for disk in &health.disks {
                dt { (tr!("free in {folder}", folder = disk.folder.display())) }
                dd { (tr!("{free} of {all}", free = gigabytes(disk.free), all = gigabytes(disk.size))) }
            }
            @if let Some(degrees) = health.degrees { dt { (tr!("warmest part")) } dd { (degrees) " °C" } }
        }
    }
}

/// Minutes on each of the last days.
fn unseen(entries: &[Entry], exhibit: &str, now: &Zoned) -> BTreeMap<Date, f64> {
    let mut days = BTreeMap::new();
    let of_it = |entry: &&Entry| entry.kind == Kind::Incident && entry.exhibit.as_deref() == Some(exhibit);
    for entry in entries.iter().filter(of_it) {
        let Ok(began) = Timestamp::from_millisecond(entry.began.0) else { continue };
        let mut from = began.to_zoned(now.time_zone().clone());
        let Ok(end) = from.checked_add(entry.unseen) else { continue };
        // Each day has its part of what lasted over midnight.
        while from < end {
            let Ok(midnight) = from.tomorrow().and_then(|day| day.start_of_day()) else { break };
            let until = if midnight < end { midnight } else { end.clone() };
            *days.entry(from.date()).or_insert(0.0) += from.duration_until(&until).as_secs_f64() / 60.0;
            from = until;
        }
    }
    days
}

/// A bar for each day, and the same in words.
fn plot(exhibit: &str, days: &BTreeMap<Date, f64>, now: &Zoned) -> Markup {
    const DAY: i32 = 10;
    const HEIGHT: i32 = 60;
    let most = days.values().copied().fold(1.0, f64::max);
    let total = days.values().fold(0.0, |sum, minutes| sum + minutes);
    let dates: Vec<Date> =
        (0..DAYS).rev().filter_map(|ago| now.date().checked_sub(ago.days()).ok()).collect();
    let bars = dates.iter().zip(0..).filter_map(|(date, place)| {
        let minutes = *days.get(date)?;
        Some((date, place * DAY, (minutes / most * f64::from(HEIGHT)).max(1.0), minutes))
    });
    let label = tr!("{exhibit}: {minutes} minutes in all", exhibit = exhibit, minutes = with_tenths(total));
    html! {
        h3 { (label) }
        svg.plot viewBox=(format!("0 0 {} {}", DAYS * DAY, HEIGHT + 14)) role="img" aria-label=(label) {
            line x1="0" y1=(HEIGHT) x2=(DAYS * DAY) y2=(HEIGHT) {}
            @for (date, x, height, minutes) in bars.clone() {
                rect.day x=(x) y=(f64::from(HEIGHT) - height) width=(DAY - 2) height=(height) {
                    title { (date) ": " (with_tenths(minutes)) }
                }
            }
            @if let (Some(first), Some(last)) = (dates.first(), dates.last()) {
                text x="0" y=(HEIGHT + 11) { (first) }
                text x=(DAYS * DAY) y=(HEIGHT + 11) text-anchor="end" { (last) }
            }
        }
        @if total > 0.0 {
            details id={ "days-" (exhibit) } {
                summary { (tr!("Day by day")) }
                table { tbody { @for (date, _, _, minutes) in bars { tr { td { (date) } td { (with_tenths(minutes)) } } } } }
            }
        }
    }
}

/// `POST /ui/identify`: each screen shows for a while what it is called.
pub(super) async fn identify(order: Order) -> Result<Response, Problem> {
    let socket = order.shared.socket.clone();
    let show = move || {
        let mut program = host::process::own_program();
        if let Some(socket) = socket {
            program.arg("--socket").arg(socket);
        }
        host::process::run(program.args(["screens", "--identify"]), IDENTIFY_TIME, 4096)
    };
    // Twice as long, for a program that does not end when it is told to.
    match aside(&order.shared.looking, IDENTIFY_TIME * 2, show).await {
        Some(Ok(ended)) if ended.code == Some(0) => {
            Ok(json(&Said::in_language(&told!("each screen has shown what it is called"), order.language)))
        }
        Some(Ok(ended)) => {
            let why = String::from_utf8_lossy(&ended.errors).trim().to_owned();
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, why))
        }
        Some(Err(_)) | None => {
            Err(Problem::unavailable(order.speaking(|| tr!("The screens could not be asked to show it."))))
        }
    }
}
