//! Checks of what a guest tells of itself.

use std::time::Duration;

use super::super::facts::api::{ToldExhibit, ToldIncident};
use super::super::facts::guest::AgentChannel;
use super::super::{Area, Check, Command, Exhibit, Fact, Judged, Remedy, Site};
use super::api::{span, vitrine};
use crate::core::types::Told;
use crate::words::told;

pub(super) const CHECKS: &[Check] = &[
    Check::exhibit(Area::Guest, "guest.watched", "nobody-notices-when-the-artwork-stops", watched),
    Check::exhibit(Area::Guest, "guest.heartbeat", "no-heartbeat-comes", heartbeat),
    Check::exhibit(Area::Guest, "guest.autostart", "the-guests-program-does-not-start-by-itself", autostart),
    Check::exhibit(Area::Guest, "guest.picture", "heartbeats-arrive-and-the-picture-stands-still", picture),
    Check::exhibit(Area::Guest, "guest.rhythm", "an-artwork-is-put-back-too-often", rhythm),
    Check::exhibit(Area::Guest, "guest.reverts", "an-artwork-is-put-back-too-often", reverts),
    Check::exhibit(Area::Guest, "guest.agent", "the-guest-agent-does-not-answer", agent),
    Check::exhibit(Area::Guest, "guest.clock", "the-guests-clock-is-wrong", clock),
    Check::exhibit(Area::Guest, "guest.says", "the-guest-says-that-the-artwork-is-ill", says),
    Check::exhibit(Area::Guest, "guest.kit", "the-guest-kit-is-an-older-one", kit),
    Check::exhibit(
        Area::Guest,
        "guest.last-incident",
        "the-guest-says-that-the-artwork-is-ill",
        last_incident,
    ),
];

/// Remedies in a day beyond which something is wrong with artwork or rules.
const MANY_A_DAY: u64 = 12;
const DAY: Duration = Duration::from_secs(86_400);
/// A clock that is further off is wrong for people, and for certificates.
const CLOCK_OFF: Duration = Duration::from_secs(120);
/// Statuses that mean that all is well, in the words that guests use.
const WELL_WORDS: &[&str] = &["ok", "okay", "well", "healthy", "running", "up", "good", "fine", "alive", "0"];

fn told_of(exhibit: &Exhibit) -> Fact<&ToldExhibit> {
    exhibit.guest.told.as_ref().map_err(Told::clone)
}

fn watched(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let settings = &exhibit.settings;
    let by: Vec<&str> = [
        ("heartbeat", settings.heartbeat.is_some()),
        ("agent", settings.agent.is_some()),
        ("picture", settings.picture.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, is)| is.then_some(name))
    .collect();
    if by.is_empty() {
        return Ok(Judged::advice(
            told!(
                "nothing in its guest is watched: neither heartbeat nor agent nor picture; only the VM's own end is noticed"
            ),
            Remedy::say(told!(
                "Set heartbeat, agent = true or picture for it; docs/configuration.md says which suits an artwork"
            )),
        ));
    }
    // As long as a daemon is there that does it.
    told_of(exhibit)?;
    Ok(Judged::Well(told!("its guest is watched by: {means}", means = by.join(", "))))
}

fn test_from_guest() -> Remedy {
    Remedy::say(told!(
        "In the guest, open http://ADDRESS:8000/api/v1/heartbeat with the address of [api] listen: an answer means that the network is well, and the program in the guest is not"
    ))
}

fn heartbeat(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if exhibit.settings.heartbeat.is_none() {
        return Ok(Judged::Beside);
    }
    let told = told_of(exhibit)?;
    let Some(timeout) = told.beat_timeout else { return Ok(Judged::Beside) };
    if told.vm_state != "running" {
        return Ok(Judged::Beside);
    }
    let Some(age) = told.beat_age else {
        let evidence = told!("no heartbeat has come since its last start or revert");
        let waits = matches!(
            told.phase.as_str(),
            "starting" | "settling" | "snapshotting" | "recovering" | "waiting"
        );
        return Ok(if waits {
            Judged::warning(evidence, test_from_guest())
        } else {
            Judged::ill(evidence, test_from_guest())
        });
    };
    if age > timeout {
        return Ok(Judged::ill(
            told!(
                "its last heartbeat came {age} ago; {timeout} are allowed",
                age = span(age),
                timeout = timeout
            ),
            test_from_guest(),
        ));
    }
    Ok(Judged::Well(told!(
        "its last heartbeat came {age} ago; {timeout} are allowed",
        age = age,
        timeout = timeout
    )))
}

fn autostart(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if exhibit.settings.heartbeat.is_none() {
        return Ok(Judged::Beside);
    }
    let told = told_of(exhibit)?;
    if told.vm_state != "running" {
        return Ok(Judged::Beside);
    }
    if told.beat_age.is_some() {
        return Ok(Judged::Well(told!("its program beats since the last start or revert, by itself")));
    }
    if *exhibit.guest.agent.as_ref().map_err(Told::clone)? != AgentChannel::Connected {
        // Nothing else tells that the guest is up; `guest.heartbeat` says what is known.
        return Ok(Judged::Beside);
    }
    Ok(Judged::ill(
        told!("its guest is up, for its agent answers, and the program that beats was not started"),
        Remedy::say(told!(
            "Put the program into the guest's autostart, try by a restart of the guest, and make the snapshot anew while it beats"
        )),
    ))
}

/// A picture that stands still is no fault in most artworks: only where the configuration says that something always moves,
/// the daemon knows that it is one.
fn picture(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if exhibit.settings.heartbeat.is_none() {
        return Ok(Judged::Beside);
    }
    let told = told_of(exhibit)?;
    if told.vm_state != "running" || !told.beats() {
        return Ok(Judged::Beside);
    }
    let frozen = told.last_incident.as_ref().filter(|incident| incident.symptom == "picture_frozen");
    if let Some(incident) = frozen.filter(|incident| incident.lasts || incident.ago < DAY) {
        return stood_still(exhibit, incident);
    }
    if let Some(rule) = exhibit.settings.picture {
        return Ok(Judged::Well(told!(
            "its heartbeats arrive, and its picture never stood still for {time}",
            time = rule.frozen
        )));
    }
    match *exhibit.guest.moves.as_ref().map_err(Told::clone)? {
        None => Ok(Judged::Beside),
        Some(true) => Ok(Judged::Well(told!("its heartbeats arrive, and something moves in its picture"))),
        Some(false) => Err(told!(
            "its heartbeats arrive, and nothing moved in its picture just now: whether that is the artwork, or stands, only who knows it can say (picture = true has Vitrine watch one in which something always moves)"
        )),
    }
}

/// The daemon has seen the picture stand still while heartbeats arrived.
fn stood_still(exhibit: &Exhibit, incident: &ToldIncident) -> Fact<Judged> {
    let since = span(incident.ago);
    if !incident.lasts {
        return Ok(Judged::advice(
            told!(
                "its picture stood still {time} ago while its heartbeats arrived: the program that beats does not notice when the artwork stops",
                time = since
            ),
            beat_with_the_artwork(),
        ));
    }
    Ok(match exhibit.guest.moves {
        // What visitors see is the viewer's picture of it.
        Ok(Some(true)) => Judged::warning(
            told!(
                "what visitors see has stood still for {time}, while something moves on the VM's own screen: its viewer or the X server stands",
                time = since
            ),
            Remedy::type_in(
                told!(
                    "See what is said of its viewer and of the X server; ended, the viewer is launched anew"
                ),
                [vitrine(["status", &exhibit.settings.name])],
            ),
        ),
        Ok(_) | Err(_) => Judged::warning(
            told!(
                "its heartbeats arrive, and its picture has stood still for {time}: the guest lives, and the artwork does not",
                time = since
            ),
            beat_with_the_artwork(),
        ),
    })
}

fn beat_with_the_artwork() -> Remedy {
    Remedy::say(told!(
        "Have the program in the guest beat only while the artwork's process and window are there and answer, or have it ask to be put back; then make the snapshot anew"
    ))
}

/// A timeout with room for three times the longest silence so far, in whole five seconds.
fn proposal(gap: Duration) -> Duration {
    Duration::from_secs((gap.as_secs_f64() * 3.0 / 5.0).ceil() as u64 * 5)
}

fn rhythm(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if exhibit.settings.heartbeat.is_none() {
        return Ok(Judged::Beside);
    }
    let told = told_of(exhibit)?;
    let (Some(timeout), Some(gap)) = (told.beat_timeout, told.longest_gap) else { return Ok(Judged::Beside) };
    if gap * 3 <= timeout * 2 {
        return Ok(Judged::Well(told!(
            "at most {gap} lay between two heartbeats; {timeout} are allowed",
            gap = gap,
            timeout = timeout
        )));
    }
    let proposed = proposal(gap);
    let seconds = format!("heartbeat = {{ timeout = \"{}s\" }}", proposed.as_secs());
    Ok(Judged::warning(
        told!(
            "up to {gap} lay between two heartbeats, and {timeout} are allowed: the next busy moment puts it back",
            gap = gap,
            timeout = timeout
        ),
        Remedy::say(told!("Have the guest beat more often, or set {setting}", setting = seconds)),
    ))
}

fn reverts(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let told = told_of(exhibit)?;
    let time = *exhibit.guest.counted_for.as_ref().map_err(Told::clone)?;
    // What a first day brings is not multiplied.
    let days = (time.as_secs_f64() / DAY.as_secs_f64()).max(1.0);
    let (count, since) = (told.recoveries, span(time));
    if told.recoveries as f64 / days > MANY_A_DAY as f64 {
        return Ok(Judged::warning(
            told!("it was put back or started {count} times in {time}", count = count, time = since),
            Remedy::type_in(
                told!("See what for; mostly one cause comes again and again"),
                [vitrine(["incidents", &told.name])],
            ),
        ));
    }
    Ok(Judged::Well(told!("it was put back or started {count} times in {time}", count = count, time = since)))
}

fn agent(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let asked = exhibit.settings.agent.is_some();
    let judged = |evidence, remedy| {
        if asked { Judged::ill(evidence, remedy) } else { Judged::advice(evidence, remedy) }
    };
    let vm = exhibit.settings.vm.as_str();
    match *exhibit.guest.agent.as_ref().map_err(Told::clone)? {
        AgentChannel::NotRunning => Ok(Judged::Beside),
        AgentChannel::Connected => Ok(Judged::Well(told!("the guest's agent is connected"))),
        AgentChannel::Silent => Ok(judged(
            told!("the VM has a channel for a guest agent, and no agent in the guest has opened it"),
            Remedy::say(told!(
                "Install qemu-guest-agent in the guest, see that it starts by itself, and make the snapshot anew"
            )),
        )),
        AgentChannel::None => Ok(judged(
            told!("the VM has no channel for a guest agent: nothing sets its clock after a revert"),
            Remedy::type_in(
                told!("Add the channel org.qemu.guest_agent.0, and install the agent in the guest"),
                [Command::new([
                    "virt-xml",
                    vm,
                    "--add-device",
                    "--channel",
                    "type=unix,target.type=virtio,target.name=org.qemu.guest_agent.0",
                ])],
            ),
        )),
    }
}

fn clock(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some((offset, behind)) = *exhibit.guest.clock.as_ref().map_err(Told::clone)? else {
        return Ok(Judged::Beside);
    };
    let time = span(offset);
    if offset <= CLOCK_OFF {
        return Ok(Judged::Well(told!("its clock is right within {time}", time = time)));
    }
    let vm = exhibit.settings.vm.as_str();
    let evidence = if behind {
        told!("its clock is {time} behind this computer's", time = time)
    } else {
        told!("its clock is {time} ahead of this computer's", time = time)
    };
    Ok(Judged::warning(
        evidence,
        Remedy::type_in(
            told!("Set it now; set_time = true has Vitrine do so after each revert"),
            [Command::new(["virsh", "-c", "qemu:///system", "domtime", vm, "--now"])],
        ),
    ))
}

fn says(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let told = told_of(exhibit)?;
    let Some((status, message)) = &told.note else { return Ok(Judged::Beside) };
    let Some(status) = status else { return Ok(Judged::Beside) };
    if WELL_WORDS.contains(&status.to_lowercase().as_str()) {
        return Ok(Judged::Well(told!("its guest says: {status}", status = status)));
    }
    let text = message.as_ref().map_or_else(|| status.clone(), |message| format!("{status}, {message}"));
    Ok(Judged::advice(
        told!("its guest says with its heartbeat: {text}", text = text),
        Remedy::say(told!("Look at the artwork; the guest's program decides what it reports")),
    ))
}

fn kit(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let told = told_of(exhibit)?;
    let Some((version, current)) = &told.old_kit else { return Ok(Judged::Beside) };
    Ok(Judged::advice(
        told!(
            "the guest kit in its guest is {version}, and this computer has {current}",
            version = version,
            current = current
        ),
        Remedy::say(told!(
            "When the artwork is worked on next, copy the newer kit over it, and make a new snapshot"
        )),
    ))
}

fn last_incident(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let told = told_of(exhibit)?;
    let Some(incident) = &told.last_incident else { return Ok(Judged::Beside) };
    if incident.symptom != "guest_request" || incident.ago > DAY {
        return Ok(Judged::Beside);
    }
    Ok(Judged::advice(
        told!(
            "its guest asked {time} ago to be put back: {reason}",
            time = span(incident.ago),
            reason = incident.evidence
        ),
        Remedy::type_in(told!("See how often it does"), [vitrine(["incidents", &told.name])]),
    ))
}

#[cfg(test)]
mod tests;
