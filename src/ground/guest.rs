//! Finds out about what a guest tells of itself.

use std::time::Duration;

use super::{Ground, api};
use crate::adapter::libvirt;
use crate::core::types::{ExhibitSettings, Told};
use crate::doctor::Fact;
use crate::doctor::facts::api::ToldExhibit;
use crate::doctor::facts::guest::{AgentChannel, Guest};
use crate::host;
use crate::words::told;

/// How long libvirt and a guest's agent may take together.
const AGENT_TIME: Duration = Duration::from_millis(1500);
/// Between two looks at a guest's screen: a picture in which something always moves is another one by then.
const LOOKS_APART: Duration = Duration::from_millis(600);
/// How long libvirt may take over both looks.
const SCREENSHOTS_TIME: Duration = Duration::from_millis(1500);
/// The name of the agent's channel (<https://libvirt.org/formatdomain.html#channel>).
const AGENT_CHANNEL: &str = "org.qemu.guest_agent.0";
/// What asks an agent for the guest's time, in nanoseconds since 1970.
const GET_TIME: &str = r#"{"execute":"guest-get-time"}"#;

pub(super) fn gather(ground: &Ground, exhibit: &ExhibitSettings) -> Guest {
    let running = running(ground, exhibit);
    let agent = running.and_then(|xml| xml.map_or(Ok(AgentChannel::NotRunning), agent_channel));
    let clock = match &agent {
        Ok(AgentChannel::Connected) => clock(&ground.asked.uri, &exhibit.vm),
        Ok(_) => Ok(None),
        Err(why) => Err(why.clone()),
    };
    let status = ground.asked.status.as_ref();
    let told = api::told_of(ground, exhibit);
    Guest {
        moves: if told.as_ref().is_ok_and(|told| is_to_be_looked_at(told, exhibit)) {
            moves(ground, exhibit)
        } else {
            Ok(None)
        },
        told,
        counted_for: status.map(|json| api::told::site(json).runs_for).map_err(Told::clone),
        agent,
        clock,
    }
}

/// Only where its guest lives by its own account there is a question whether its picture does; where the daemon watches the
/// picture, only as long as that stands still.
fn is_to_be_looked_at(told: &ToldExhibit, exhibit: &ExhibitSettings) -> bool {
    let stands = told.last_incident.as_ref().is_some_and(|one| one.lasts && one.symptom == "picture_frozen");
    told.vm_state == "running"
        && told.beats()
        && (exhibit.picture.is_none() || stands)
        && ["healthy", "suspect", "broken", "held"].contains(&told.phase.as_str())
}

/// Looks twice at a VM's own screen. A screenshot is what Vitrine's daemon takes every few seconds as well.
fn moves(ground: &Ground, exhibit: &ExhibitSettings) -> Fact<Option<bool>> {
    libvirt::moves(&ground.asked.uri, &exhibit.vm, LOOKS_APART, LOOKS_APART + SCREENSHOTS_TIME).map(Some)
}

/// The definition of an exhibit's VM as it runs; `None` where it does not.
pub(super) fn running<'a>(ground: &'a Ground, exhibit: &ExhibitSettings) -> Fact<Option<&'a str>> {
    Ok(ground.vm(exhibit)?.running.as_ref().map_err(Told::clone)?.as_deref())
}

fn agent_channel(xml: &str) -> Fact<AgentChannel> {
    let document = roxmltree::Document::parse(xml).map_err(|error| {
        told!("libvirt's definition of it cannot be read: {why}", why = error.to_string())
    })?;
    let target = document
        .descendants()
        .find(|node| node.has_tag_name("target") && node.attribute("name") == Some(AGENT_CHANNEL));
    Ok(match target.map(|target| target.attribute("state")) {
        None => AgentChannel::None,
        Some(Some("connected")) => AgentChannel::Connected,
        Some(_) => AgentChannel::Silent,
    })
}

/// How far the guest's clock is from this computer's; `None` where its agent knows no such command, as on Windows XP.
fn clock(uri: &str, vm: &str) -> Fact<Option<(Duration, bool)>> {
    let before = host::since_epoch();
    let answer = libvirt::ask_agent(uri, vm, GET_TIME, AGENT_TIME)?;
    let now = before + host::since_epoch().saturating_sub(before) / 2;
    Ok(guest_time(&answer).map(|guest| (guest.abs_diff(now), guest < now)))
}

fn guest_time(answer: &str) -> Option<Duration> {
    let json: serde_json::Value = serde_json::from_str(answer).ok()?;
    json["return"].as_u64().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agents_channel_is_found() {
        let domain = |inner: &str| format!("<domain><devices>{inner}</devices></domain>");
        let channel = |state: &str| {
            domain(&format!(
                "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'{state}/></channel>"
            ))
        };
        for (xml, expected) in [
            (domain(""), AgentChannel::None),
            (
                domain(
                    "<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>",
                ),
                AgentChannel::None,
            ),
            (channel(""), AgentChannel::Silent),
            (channel(" state='disconnected'"), AgentChannel::Silent),
            (channel(" state='connected'"), AgentChannel::Connected),
        ] {
            assert_eq!(agent_channel(&xml).unwrap(), expected, "{xml}");
        }
        assert!(agent_channel("no XML").is_err());
    }

    #[test]
    fn a_guests_time_is_read() {
        for (answer, expected) in [
            (r#"{"return":1795412711338000000}"#, Some(Duration::from_millis(1_795_412_711_338))),
            (r#"{"return":{}}"#, None),
            ("", None),
        ] {
            assert_eq!(guest_time(answer), expected);
        }
    }
}
