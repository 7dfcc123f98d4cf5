//! The exhibits: all of them, and one in full.

use axum::extract::Path;
use axum::response::Response;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::page::{KeptNew, Place, page};
use super::visit::Visit;
use super::{journal, live};
use crate::web::dto::{Exhibit, Foreseen, Phase};
use crate::web::telling;
use crate::words::{capitalised, tr};

/// `GET /ui/`: all exhibits.
pub(super) async fn all(visit: Visit) -> Response {
    let site = live::site(&visit);
    visit.speaking(|| {
        let content = html! {
            h1 { (tr!("Exhibits")) }
            @if site.exhibits.is_empty() { p { (tr!("No exhibit is configured.")) } }
            ul.exhibits {
                @for exhibit in &site.exhibits {
                    li.card {
                        h2 { a href={ (visit.root) "exhibits/" (exhibit.name) } { (exhibit.name) } }
                        (view(&visit, exhibit))
                        (card(&visit, exhibit, site.at))
                    }
                }
            }
            (dialogs())
        };
        let live = KeptNew { page: "exhibits", exhibit: None };
        page(&visit, &site, Place::Exhibits, &tr!("Exhibits"), &live, &content)
    })
}

/// `GET /ui/exhibits/NAME`: one exhibit.
pub(super) async fn one(Path(name): Path<String>, visit: Visit) -> Response {
    let site = live::site(&visit);
    let today = journal::of_today(&visit, &name).await;
    let checks = visit.shared.panel_checks.of_exhibit(&name);
    visit.speaking(|| {
        let Some(exhibit) = site.exhibits.iter().find(|exhibit| exhibit.name == name) else {
            return super::page::missing(&visit);
        };
        let content = html! {
            h1 { (exhibit.name) }
            (view(&visit, exhibit))
            (card(&visit, exhibit, site.at))
            (details(&visit, exhibit, site.at))
            section {
                h2 { (tr!("Today")) }
                @match &today {
                    Ok(today) => (journal::entries(&visit, today)),
                    Err(why) => p.ill { (why) },
                }
                p { a.button href={ (visit.root) "journal?exhibit=" (exhibit.name) } { (tr!("All that happened")) } }
            }
            @if !checks.is_empty() {
                section {
                    h2 { (tr!("Found by the last checks")) }
                    @for finding in &checks { (finding.markup()) }
                }
            }
            section {
                h2 { (tr!("What the VM itself draws")) }
                img.view
                    src={ (visit.root) "exhibits/" (exhibit.name) "/vm-picture" }
                    data-live={ (visit.root) "exhibits/" (exhibit.name) "/vm-picture" }
                    alt=(tr!("what the VM of {exhibit} draws", exhibit = exhibit.name));
            }
            (dialogs())
        };
        let live = KeptNew { page: "exhibit", exhibit: Some(name.clone()) };
        page(&visit, &site, Place::Exhibits, &name, &live, &content)
    })
}

/// What visitors see now. It stands beside what is replaced, so that it does not flicker.
fn view(visit: &Visit, exhibit: &Exhibit) -> Markup {
    let address = format!("{}exhibits/{}/picture", visit.root, exhibit.name);
    html! {
        @if !exhibit.screens.is_empty() {
            img.view src=(address) data-live=(address)
                alt=(tr!("what visitors see of {exhibit}", exhibit = exhibit.name));
        }
    }
}

/// How an exhibit is, and what can be done about it.
pub(super) fn card(visit: &Visit, exhibit: &Exhibit, now: f64) -> Markup {
    let zone = TimeZone::system();
    let (class, state) = state(exhibit);
    let name = &exhibit.name;
    let waits = exhibit.waiting.iter();
    html! {
        div.live id={ "card-" (name) } {
            p.state.(class) { (state) }
            p { (capitalised(&telling::phase(exhibit, now, &zone))) }
            @for waiting in waits {
                p { (tr!("Waits for its turn: {action}, asked for by {by}",
                    action = asked_for(&waiting.action), by = waiting.by)) }
            }
            @for foreseen in exhibit.foreseen.iter().filter(|foreseen| foreseen.verdict == "ill") {
                p.ill { (foreseen.evidence.say()) }
            }
            @if visit.operates { (buttons(exhibit)) }
        }
    }
}

/// What is there to be pressed, in the order in which it is needed.
fn buttons(exhibit: &Exhibit) -> Markup {
    let name = &exhibit.name;
    let ask = |what: &str, main: bool, words: String| {
        html! {
            button.main[main] type="button" id={ (what) "-" (name) } data-ask={ "ask-" (what) } data-exhibit=(name)
                aria-haspopup="dialog" { (words) }
        }
    };
    let stopped = exhibit.phase == Phase::Closed;
    html! {
        div.buttons role="group" aria-label=(name) {
            @if stopped {
                (ask("start", true, tr!("Start")))
            } @else {
                (ask("revert", !exhibit.well, tr!("Bring back")))
            }
            @if exhibit.hold.is_some() {
                (ask("resume", true, tr!("End the hold")))
            } @else {
                (ask("hold", false, tr!("Hold")))
            }
            @if !stopped { (ask("stop", false, tr!("Stop"))) }
        }
    }
}

/// What an exhibit is in a word or two for everybody, and its colour.
fn state(exhibit: &Exhibit) -> (&'static str, String) {
    match (&exhibit.phase, exhibit.well) {
        (Phase::Held, true) => ("odd", tr!("On show, and held by staff")),
        (Phase::Held, false) => ("odd", tr!("Held by staff")),
        (_, true) => ("well", tr!("On show")),
        (Phase::Closed, _) => ("ill", tr!("Stopped")),
        (Phase::Broken, _) => ("ill", tr!("Does not work")),
        (Phase::Recovering, _) => ("odd", tr!("Is being brought back")),
        (Phase::Snapshotting, _) => ("odd", tr!("A ready state is being kept")),
        (Phase::Waiting | Phase::Starting | Phase::Settling, _) => ("odd", tr!("Is starting")),
        (Phase::Suspect, _) => ("odd", tr!("Something is odd")),
        (Phase::Healthy, false) if exhibit.unheard => ("odd", tr!("Nothing is heard of it")),
        (Phase::Healthy | Phase::Other(_), false) => ("odd", tr!("Runs, but is not wholly on show")),
    }
}

/// What was asked for, in words.
fn asked_for(code: &str) -> String {
    match code {
        "start" => tr!("start"),
        "stop" => tr!("stop"),
        "revert" => tr!("bring back"),
        "create_snapshot" => tr!("keep a ready state"),
        "convert_snapshot" => tr!("convert a snapshot"),
        "delete_snapshot" => tr!("delete a snapshot"),
        other => other.to_owned(),
    }
}

/// All else that is known of an exhibit.
pub(super) fn details(visit: &Visit, exhibit: &Exhibit, now: f64) -> Markup {
    let zone = TimeZone::system();
    let up = visit.status.hypervisor == crate::core::status::HypervisorStatus::Up;
    let others = [
        Some(telling::state(exhibit, up)),
        exhibit.snapshot_flaw.as_ref().map(crate::web::dto::Spoken::say),
        telling::viewer(exhibit),
        telling::guest(exhibit),
        telling::incident(exhibit, now, &zone),
    ];
    html! {
        section.live id={ "details-" (exhibit.name) } {
            @for sentence in others.into_iter().flatten() { p { (capitalised(&sentence)) } }
            @for foreseen in &exhibit.foreseen { (foreseen_markup(foreseen)) }
            @if visit.operates {
                div.buttons {
                    button type="button" id="ask-for-snapshot" data-ask="ask-snapshot" data-exhibit=(exhibit.name)
                        aria-haspopup="dialog" { (tr!("New ready state")) }
                }
            }
        }
    }
}

/// What will fail, or may, and what to do.
fn foreseen_markup(foreseen: &Foreseen) -> Markup {
    html! {
        div.finding.(foreseen.verdict) {
            p { strong { @if foreseen.verdict == "ill" { (tr!("Will fail")) } @else { (tr!("May fail")) } } ": "
                (foreseen.evidence.say()) }
            p { (foreseen.remedy.say()) }
            @if !foreseen.commands.is_empty() { pre { (foreseen.commands.join("\n")) } }
        }
    }
}

/// The questions before something is done. The script says about which exhibit.
fn dialogs() -> Markup {
    let which = html! { span.which {} };
    html! {
        (dialog("revert", &tr!("Bring back"), &tr!("Bring it back"), &html! {
            p { (which) ": " (tr!("The artwork goes back to its ready state. Visitors hardly see it; what they have done in it is gone.")) }
        }))
        (dialog("start", &tr!("Start"), &tr!("Start it"), &html! {
            p { (which) ": " (tr!("The artwork is started and shown.")) }
        }))
        (dialog("stop", &tr!("Stop"), &tr!("Stop it"), &html! {
            p { (which) ": " (tr!("The artwork is ended, and its screens stay dark until somebody starts it again.")) }
        }))
        (dialog("resume", &tr!("End the hold"), &tr!("Watch over it again"), &html! {
            p { (which) ": " (tr!("Vitrine watches over the artwork again, and brings it back when it is ill.")) }
        }))
        (dialog("snapshot", &tr!("New ready state"), &tr!("Keep it as it is now"), &html! {
            p { (which) ": " (tr!("The artwork as it is at this moment becomes the state that it is brought back to. The present ready state is deleted once the new one has been tried. This takes a minute or more, while the artwork stands still.")) }
        }))
        (dialog("hold", &tr!("Hold"), &tr!("Hold it"), &html! {
            p { (which) ": " (tr!("The artwork is shown and watched, but Vitrine does not touch it, whatever happens.")) }
            fieldset {
                legend { (tr!("Why")) }
                div.chips {
                    @for reason in [tr!("Cleaning"), tr!("Maintenance"), tr!("An event")] {
                        label { input type="radio" name="reason" value=(reason) required; (reason) }
                    }
                    label { input type="radio" name="reason" value="" required; (tr!("Other")) }
                }
                label for="other" .soft { (tr!("in your own words")) }
                input #other name="other" type="text" maxlength="200";
            }
            fieldset {
                legend { (tr!("Until when")) }
                div.chips {
                    label { input type="radio" name="end" value="" checked; (tr!("somebody ends it")) }
                    label { input type="radio" name="end" value="30m"; (tr!("in 30 minutes")) }
                    label { input type="radio" name="end" value="2h"; (tr!("in 2 hours")) }
                    label { input type="radio" name="end" value="18:00"; "18:00" }
                }
                label for="at" .soft { (tr!("or at")) }
                input #at name="at" type="time";
            }
        }))
    }
}

fn dialog(what: &str, title: &str, yes: &str, content: &Markup) -> Markup {
    html! {
        dialog id={ "ask-" (what) } aria-labelledby={ "title-" (what) } {
            form method="dialog" data-do=(what) {
                h2 id={ "title-" (what) } { (title) }
                (content)
                div.buttons {
                    button.main type="submit" { (yes) }
                    button type="button" data-close { (tr!("Cancel")) }
                }
            }
        }
    }
}
