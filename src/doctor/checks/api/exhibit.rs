//! Checks of what the daemon says of an exhibit.

use std::time::Duration;

use super::super::super::facts::api::ToldExhibit;
use super::super::super::{Exhibit, Fact, Judged, Remedy, Site};
use super::{span, told_of, vitrine};
use crate::core::types::Told;
use crate::words::told;

/// Longer than any remedy takes.
const LONG: Duration = Duration::from_secs(600);
/// A hold that is forgotten.
const HELD_LONG: Duration = Duration::from_secs(86_400);

pub(super) fn exhibit(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let told = told_of(site, exhibit)?;
    let name = told.name.as_str();
    let time = span(told.phase_for);
    let seen = told.last_incident.as_ref().map_or_else(
        || Told::text(told.why.clone().unwrap_or_default()),
        |incident| Told::text(incident.evidence.clone()),
    );
    let look = || {
        Remedy::type_in(
            told!("See what was tried, and mend what else is ill here"),
            [vitrine(["incidents", name]), vitrine(["revert", name])],
        )
    };
    if told.unheard {
        return Ok(Judged::ill(
            told!("nothing can be heard of its guest, which is this computer's fault, not the artwork's"),
            Remedy::say(told!("Look at the network, the firewall and the addresses of the API")),
        ));
    }
    let judged = match told.phase.as_str() {
        "broken" => Judged::ill(
            told!("it is broken, and has been for {time}: {seen}", time = time, seen = seen),
            look(),
        ),
        "closed" => {
            let who = told.stopped.clone().map_or_else(String::new, |(who, _)| who);
            Judged::advice(
                told!("it was stopped {time} ago by {who}, and stays so", time = time, who = who),
                Remedy::type_in(told!("Start it when it shall be seen again"), [vitrine(["start", name])]),
            )
        }
        "held" => held(told),
        "healthy" => Judged::Well(told!("it is healthy, and has been for {time}", time = time)),
        phase if told.phase_for > LONG => Judged::warning(
            told!("it has been in the state '{phase}' for {time}", phase = phase, time = time),
            look(),
        ),
        phase => Judged::advice(
            told!("it is in the state '{phase}' just now: {seen}", phase = phase, seen = seen),
            Remedy::type_in(told!("Ask again in a minute"), [vitrine(["status", name])]),
        ),
    };
    Ok(judged)
}

fn held(told: &ToldExhibit) -> Judged {
    let resume =
        || Remedy::type_in(told!("End the hold when the work is done"), [vitrine(["resume", &told.name])]);
    let (who, time) = match &told.held {
        Some((who, time)) => (who.clone(), *time),
        None => (None, told.phase_for),
    };
    if told.vm_state != "running" {
        return Judged::warning(
            told!("it is on hold, and its VM is not running: {state}", state = told.vm_state),
            resume(),
        );
    }
    let Some(who) = who else {
        return Judged::advice(
            told!("the configuration keeps it on hold (auto_revert = false): nothing is put back by itself"),
            Remedy::say(told!("Set auto_revert = true when Vitrine shall put it back by itself")),
        );
    };
    let since = span(time);
    if time > HELD_LONG && !told.hold_ends {
        return Judged::advice(
            told!(
                "{who} has held it for {time}, and it is not put back as long as that lasts",
                who = who,
                time = since
            ),
            resume(),
        );
    }
    Judged::advice(told!("{who} has held it for {time}", who = who, time = since), resume())
}
