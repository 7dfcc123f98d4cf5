//! What the core tells, as lines for the people who read the log.

use std::collections::HashMap;
use std::time::Duration;

use tracing::{info, warn};

use crate::core::incident::{Incident, Notice, Outcome};
use crate::core::types::{Bus, ExhibitId, Ignored, IncidentId, Symptom};
use crate::web::dto::flaw_told;
use crate::words;

/// The log, with what is needed to tell news from what has been told.
#[derive(Debug, Default)]
pub(super) struct Log {
    names: HashMap<ExhibitId, String>,
    told: HashMap<ExhibitId, (IncidentId, usize, bool, Outcome)>,
}

impl Log {
    /// The exhibits' names, for lines about them.
    pub(super) fn name(&mut self, names: impl Iterator<Item = (ExhibitId, String)>) {
        self.names = names.collect();
    }

    /// The name of an exhibit.
    pub(super) fn name_of(&self, exhibit: ExhibitId) -> Option<&str> {
        self.names.get(&exhibit).map(String::as_str)
    }

    /// Tells what is new about an incident.
    pub(super) fn incident(&mut self, incident: &Incident) {
        let ended = incident.remedies.last().is_some_and(|run| run.ended.is_some());
        let now = (incident.id, incident.remedies.len(), ended, incident.outcome);
        if self.told.insert(incident.exhibit, now) == Some(now) {
            return;
        }
        let exhibit = incident.name.as_str();
        let symptom = words::symptom(incident.symptom.code());
        let last = incident.remedies.last();
        match (incident.outcome, last) {
            (Outcome::Noticed, _) => match incident.symptom {
                Symptom::Operator | Symptom::Idle => info!(exhibit, "{symptom}: {}", incident.evidence),
                Symptom::HeartbeatLost
                | Symptom::VmStopped
                | Symptom::VmPaused
                | Symptom::IoError
                | Symptom::GuestPanicked
                | Symptom::AgentSilent
                | Symptom::PictureFrozen
                | Symptom::QemuSilent
                | Symptom::GuestRequest
                | Symptom::StartFailed
                | Symptom::VmMissing
                | Symptom::GuestRebooted
                | Symptom::NotShown => warn!(exhibit, "{symptom}: {}", incident.evidence),
            },
            (Outcome::Recovering, Some(run)) => match &run.ended {
                None => info!(exhibit, "{symptom}: {}", words::remedy(run.remedy.code())),
                Some((end, Ok(()))) => {
                    let took = seconds(end.mono.saturating_duration_since(run.began.mono));
                    info!(
                        exhibit,
                        "{} took {took}; waiting for a sign of life",
                        words::remedy(run.remedy.code())
                    );
                }
                Some((_, Err(why))) => warn!(exhibit, "{} failed: {why}", words::remedy(run.remedy.code())),
            },
            (Outcome::Recovering, None) => {}
            (Outcome::Recovered { at }, _) => {
                let lasted = seconds(at.mono.saturating_duration_since(incident.began.mono));
                info!(exhibit, "well again after {lasted} ({symptom})");
            }
            (Outcome::PassedBy { at }, _) => {
                let lasted = seconds(at.mono.saturating_duration_since(incident.began.mono));
                info!(exhibit, "{symptom} passed by itself after {lasted}");
            }
            (Outcome::Broken, _) => warn!(
                exhibit,
                "{symptom}: this cannot be mended just now, and is tried again, more slowly each time; see `vitrine status`"
            ),
            (Outcome::Ended { .. }, _) => {
                info!(exhibit, "{symptom}: no longer pursued, since somebody took it in hand")
            }
        }
    }

    /// Tells a notice.
    pub(super) fn notice(&self, exhibit: Option<ExhibitId>, notice: &Notice) {
        let exhibit = exhibit.and_then(|id| self.names.get(&id)).map_or("site", String::as_str);
        match notice {
            Notice::Starting(remedy) => info!(exhibit, "starting by {}", words::remedy(remedy.code())),
            Notice::NoSnapshot { vm, snapshot } => warn!(
                exhibit,
                "{vm} has no snapshot named {snapshot}, so the exhibit starts without one and cannot be put back to \
                 it; with the artwork running as it should, make one: vitrine snapshot create {exhibit}"
            ),
            Notice::SnapshotFlawed { vm, snapshot, flaw } => {
                warn!(exhibit, "{}", flaw_told(exhibit, vm, snapshot, flaw));
            }
            Notice::Adopted => info!(exhibit, "its VM runs already and is left running"),
            Notice::Started => info!(exhibit, "started"),
            Notice::VmMissing { vm } => warn!(
                exhibit,
                "libvirt has no VM named {vm}; `virsh list --all` shows which there are. Correct `vm` in the \
                 configuration, or define the VM: it is then started by itself"
            ),
            Notice::Stopped { by } => info!(exhibit, "stopped by {by}"),
            Notice::StopFailed { failure } => {
                warn!(exhibit, "it could not be stopped, and is watched as before: {failure}");
            }
            Notice::Held { by, reason: None } => {
                info!(exhibit, "on hold by {by}: watched and shown, but not touched");
            }
            Notice::Held { by, reason: Some(reason) } => {
                info!(exhibit, "on hold by {by} ({reason}): watched and shown, but not touched");
            }
            Notice::Resumed { by: Some(by) } => info!(exhibit, "hold ended by {by}"),
            Notice::Resumed { by: None } => info!(exhibit, "hold ended by the time that was set for it"),
            Notice::ScreenMissing { screen } => warn!(
                exhibit,
                "screen {screen} is not there; `vitrine screens` lists those that are. It is shown as soon as it comes"
            ),
            Notice::ScreenFound { screen } => info!(exhibit, "screen {screen} is there"),
            Notice::ViewerGone { reason } => {
                warn!(exhibit, "the viewer has gone ({reason}); launching it again")
            }
            Notice::DisplayMissing { display: n } => warn!(
                exhibit,
                "the guest shows nothing on its display {n}, so that this screen stays covered; does the VM \
                 have so many displays, and has its system switched them on?"
            ),
            Notice::Shown => info!(exhibit, "shown on its screen"),
            Notice::GuestRebooted { left: left @ Ignored::TooOften } => {
                warn!(exhibit, "the guest rebooted by itself: {left}");
            }
            Notice::GuestRebooted { left } => {
                info!(exhibit, "the guest rebooted by itself, and is not put back: {left}");
            }
            Notice::SnapshotCreated { snapshot } => info!(exhibit, "snapshot {snapshot} created"),
            Notice::SnapshotDeleted { snapshot } => info!(exhibit, "snapshot {snapshot} deleted"),
            Notice::HypervisorUp => info!(exhibit, "libvirt is there"),
            Notice::HypervisorDown { reason } => {
                warn!(
                    exhibit,
                    "libvirt is not there ({reason}); what runs goes on, and libvirt is waited for"
                );
            }
            Notice::Foreseen(found) => {
                let commands: String = found.commands.iter().map(|command| format!(" `{command}`")).collect();
                warn!(
                    exhibit,
                    "{}: {}. {}{commands} ({}; docs/troubleshooting.md#{})",
                    if found.ill { "this will fail" } else { "this may fail some day" },
                    found.evidence,
                    found.remedy,
                    found.check,
                    found.heading
                );
            }
            Notice::NothingForeseen => info!(exhibit, "what was foreseen is no longer so"),
            Notice::InPlaceVain => info!(
                exhibit,
                "putting it back within the running QEMU has not helped three times in a row, and in full it has: until \
                 there is a new snapshot, or Vitrine is started anew, it is put back in full at once"
            ),
            Notice::SameMac { exhibits, mac } => warn!(
                exhibit,
                "the VMs of {} have the same MAC address, {mac}, so their guests cannot be told apart: a heartbeat of \
                 one counts for each, and one that freezes may not be noticed. Give one of them another: virsh edit",
                exhibits.join(" and ")
            ),
            Notice::SilentTogether { exhibits } => warn!(
                exhibit,
                "no heartbeat arrives from {} any more, since the same moment: that is this computer's fault (its \
                 network, a firewall, libvirt's network), not the artworks'. One of them is put back once, to see; the \
                 others go on as they are. See `virsh net-list --all`, `ip addr`, `nft list ruleset`",
                exhibits.join(", ")
            ),
            Notice::HeardAgain => info!(exhibit, "heartbeats arrive again"),
            Notice::CallHung => warn!(
                exhibit,
                "a libvirt call has not come back in time; if its QEMU process hangs, that is ended. \
                 libvirt's own log may say why"
            ),
            Notice::UnitsLost { bus, reason } => warn!(
                exhibit,
                "the {} systemd cannot be reached ({reason}); its units go on unwatched, and it is waited for",
                match bus {
                    Bus::System => "machine's",
                    Bus::User => "user's",
                }
            ),
            Notice::UnitFailed { unit, result, restart } => {
                let what = if *restart { "it is restarted" } else { "Vitrine only watches it" };
                warn!(exhibit, "{unit} has failed ({result}); {what}. Why, `journalctl -u {unit}` may tell");
            }
            Notice::UnitRestarting { unit } => info!(exhibit, "restarting {unit}"),
            Notice::UnitRestartRefused { unit, reason } => warn!(
                exhibit,
                "systemd refuses to restart {unit} ({reason}). Does the rule of polkit that deploy/install makes \
                 name this unit and this user?"
            ),
            Notice::UnitActive { unit } => info!(exhibit, "{unit} is active again"),
            Notice::UnitMissing { unit } => {
                warn!(exhibit, "there is no unit {unit}; `systemctl list-unit-files` shows which there are")
            }
            Notice::RestartingLibvirt { unit, why } => {
                warn!(exhibit, "{why}, for too long already: restarting {unit}; the VMs are not touched");
            }
            Notice::Rebooting { why } => {
                warn!(
                    exhibit,
                    "{why}, no artwork is well, and all else was in vain: restarting the computer"
                );
            }
            Notice::RebootRefused { reason } => warn!(
                exhibit,
                "the computer is not restarted ({reason}). If logind refuses: does the rule of polkit that \
                 deploy/install makes name this user, and is nothing being installed?"
            ),
            Notice::XServerSilent { lasted, ended_in } => {
                let then = match ended_in {
                    Some(Duration::ZERO) => String::new(),
                    Some(time) => {
                        format!(
                            " If it lasts, it is ended in {}, and comes back with its session.",
                            seconds(*time)
                        )
                    }
                    None => " It is not ended for that.".to_owned(),
                };
                warn!(
                    exhibit,
                    "the X server has not answered for {}, so nothing moves on any screen, and no viewer is blamed for \
                     it.{then} `sudo dmesg` may tell what is wrong with the graphics card, or with a monitor or its cable",
                    seconds(*lasted)
                );
            }
            Notice::XServerAnswers { lasted } => {
                info!(exhibit, "the X server answers again, after {}", seconds(*lasted));
            }
            Notice::EndingXServer { lasted } => warn!(
                exhibit,
                "the X server has not answered for {}: it is ended, so that it comes back with its session. The VMs run on",
                seconds(*lasted)
            ),
            Notice::XServerStays { why, session_ended: true } => warn!(
                exhibit,
                "the X server cannot be ended ({why}): the session is, so that whoever logs the kiosk's user in starts both \
                 anew. The VMs run on"
            ),
            Notice::XServerStays { why, session_ended: false } => {
                warn!(exhibit, "the X server cannot be ended ({why}); it is waited for");
            }
            Notice::SessionEndRefused { reason } => warn!(
                exhibit,
                "logind does not end the session ({reason}); the X server is waited for. To start it anew by hand: sudo \
                 systemctl restart lightdm, or vitrine-x"
            ),
            Notice::Reloaded { added, removed, changed } => {
                info!(exhibit, "configuration read again: {added} new, {removed} gone, {changed} changed");
            }
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
