//! Liveness probes: how it is found out that an artwork lives, beyond what libvirt says of its VM.
//!
//! A probe has its settings, a schedule, what it remembers, and a verdict. Most ask now and then: an
//! [`Effect::Probe`](super::effect::Effect::Probe) goes out, and an [`Event::Probed`](super::event::Event::Probed) comes
//! back with the same number. The heartbeat asks nothing and waits for the guest to speak. What a verdict leads to is the
//! exhibit's to say; a probe only tells what it has found.
//!
//! A new one is a file here, and a field of [`Probes`] and of [`Active`], for which the compiler then asks in each
//! function of `Probes`; a variant of [`ProbeRequest`] and [`ProbeAnswer`], which the daemon hands to the adapter that can
//! ask; its settings; and a symptom. How long the symptom may have been there before the probe sees it is for
//! [`detection`] to say, or short health would count as recovery.

mod agent;
mod heartbeat;
mod picture;
mod qemu;
mod reboot;
mod schedule;
mod shown;

use std::time::{Duration, Instant};

use agent::AgentProbe;
use heartbeat::HeartbeatProbe;
use picture::PictureProbe;
use qemu::QemuProbe;
use reboot::RebootProbe;
use shown::ShownProbe;

use super::effect::ProbeRequest;
use super::event::ProbeAnswer;
use super::types::{ExhibitSettings, HeartbeatSettings, OpId, Rect, Symptom};

/// What a probe has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing to be done.
    Fine,
    /// The artwork may be well, and its viewer to blame.
    BlameViewer,
    /// The artwork is ill.
    Ill(Symptom),
}

/// How long a symptom may have been there before it is seen; `None` where the settings have nobody look for it.
pub(super) fn detection(symptom: Symptom, settings: &ExhibitSettings) -> Option<Duration> {
    match symptom {
        Symptom::HeartbeatLost => settings.heartbeat.map(|heartbeat| heartbeat.timeout),
        Symptom::AgentSilent => settings.agent.map(|agent| (agent.interval + agent.timeout) * agent.misses),
        // Once for the viewer, once for the VM.
        Symptom::PictureFrozen => settings.picture.map(|picture| 2 * (picture.frozen + picture.interval)),
        Symptom::QemuSilent => settings.qemu.map(|qemu| (qemu.interval + qemu.timeout) * qemu.misses),
        Symptom::NotShown => settings.shown,
        // libvirt, the guest or staff tell of these at once.
        Symptom::VmStopped
        | Symptom::VmPaused
        | Symptom::IoError
        | Symptom::GuestPanicked
        | Symptom::GuestRequest
        | Symptom::Idle
        | Symptom::Operator
        | Symptom::StartFailed
        | Symptom::VmMissing
        | Symptom::GuestRebooted => Some(Duration::ZERO),
    }
}

/// Which probes count just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Active {
    /// Whether beats that do not come are a symptom.
    pub(super) heartbeat: bool,
    /// Whether the guest agent is pinged.
    pub(super) agent: bool,
    /// Whether the picture is sampled.
    pub(super) picture: bool,
    /// Whether QEMU is asked.
    pub(super) qemu: bool,
    /// Whether the VM's display is tried.
    pub(super) shown: bool,
}

/// What the answers of one exhibit's probes are to be judged by, besides the exhibit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    /// Whether libvirt is there.
    pub(super) link_up: bool,
    /// Whether other exhibits' displays cannot be reached either.
    pub(super) others_too: bool,
}

/// The probes of one exhibit.
#[derive(Clone, Debug, Default)]
pub(super) struct Probes {
    pub(super) heartbeat: HeartbeatProbe,
    pub(super) agent: AgentProbe,
    pub(super) picture: PictureProbe,
    pub(super) qemu: QemuProbe,
    pub(super) shown: ShownProbe,
    pub(super) reboot: RebootProbe,
}

impl Probes {
    /// Those that ask begin anew, each with its first question after one interval.
    pub(super) fn rest(&mut self, now: Instant, settings: &ExhibitSettings) {
        // A probe that asks nothing is named, too: a new one has to be thought of.
        let Self { heartbeat: _, reboot: _, agent, picture, qemu, shown } = self;
        agent.rest(now, settings);
        picture.rest(now, settings);
        qemu.rest(now, settings);
        shown.rest(now, settings);
    }

    /// New settings: probes whose settings have changed begin anew.
    pub(super) fn change(&mut self, now: Instant, previous: &ExhibitSettings, settings: &ExhibitSettings) {
        let Self { heartbeat, reboot: _, agent, picture, qemu, shown } = self;
        if previous.agent != settings.agent {
            agent.rest(now, settings);
        }
        if previous.picture != settings.picture {
            picture.rest(now, settings);
        }
        if previous.qemu != settings.qemu {
            qemu.rest(now, settings);
        }
        if previous.shown != settings.shown {
            shown.rest(now, settings);
        }
        if previous.serial != settings.serial {
            heartbeat.line(false);
        }
        if previous.heartbeat != settings.heartbeat {
            heartbeat.expect(now, settings);
        }
    }

    /// When the next question is due, or an open one is lost, or a beat is overdue.
    pub(super) fn deadline(&self, active: Active) -> Option<Instant> {
        let Self { heartbeat, reboot: _, agent, picture, qemu, shown } = self;
        let heartbeat = heartbeat.due_at().filter(|_| active.heartbeat);
        let agent = agent.schedule().deadline().filter(|_| active.agent);
        let picture = picture.schedule().deadline().filter(|_| active.picture);
        let qemu = qemu.schedule().deadline().filter(|_| active.qemu);
        let shown = shown.schedule().deadline().filter(|_| active.shown);
        [heartbeat, agent, picture, qemu, shown].into_iter().flatten().min()
    }

    /// The questions that nobody will answer any more, each with what stands for its answer.
    pub(super) fn lost(&self, now: Instant) -> Vec<(OpId, ProbeAnswer)> {
        let Self { heartbeat: _, reboot: _, agent, picture, qemu, shown } = self;
        let agent = agent.schedule().lost(now).map(|op| (op, ProbeAnswer::Agent { answered: false }));
        let picture = picture.schedule().lost(now).map(|op| (op, ProbeAnswer::Picture { digest: None }));
        let qemu = qemu.schedule().lost(now).map(|op| (op, ProbeAnswer::Qemu { answers: None }));
        let shown = shown.schedule().lost(now).map(|op| (op, ProbeAnswer::Display { answers: None }));
        agent.into_iter().chain(picture).chain(qemu).chain(shown).collect()
    }

    /// The questions that are due. Where libvirt is away, those that need it begin anew instead.
    pub(super) fn ask(
        &mut self,
        now: Instant,
        settings: &ExhibitSettings,
        active: Active,
        link_up: bool,
        areas: impl FnOnce() -> Vec<Rect>,
        mut number: impl FnMut() -> OpId,
    ) -> Vec<(OpId, ProbeRequest)> {
        let Self { heartbeat: _, reboot: _, agent, picture, qemu, shown } = self;
        let mut requests = Vec::new();
        if active.agent && agent.schedule().is_due(now) {
            if link_up {
                let asked = agent.ask(number(), now, settings);
                requests.extend(asked.map(|(op, timeout)| (op, ProbeRequest::Agent { timeout })));
            } else {
                agent.rest(now, settings);
            }
        }
        if active.picture && picture.schedule().is_due(now) {
            let op = picture.ask(number(), now);
            requests.push((op, ProbeRequest::Picture { areas: areas() }));
        }
        if active.qemu && qemu.schedule().is_due(now) {
            if link_up {
                let asked = qemu.ask(number(), now, settings);
                requests.extend(asked.map(|(op, timeout)| (op, ProbeRequest::Qemu { timeout })));
            } else {
                qemu.rest(now, settings);
            }
        }
        if active.shown && shown.schedule().is_due(now) {
            if link_up {
                let (op, timeout) = shown.ask(number(), now);
                requests.push((op, ProbeRequest::Display { timeout }));
            } else {
                shown.rest(now, settings);
            }
        }
        requests
    }

    /// A question was answered, or is lost. Where the probe does not count any more, or libvirt is away, silence says
    /// nothing; and where other displays cannot be reached either, that says nothing of this VM.
    pub(super) fn answered(
        &mut self,
        op: OpId,
        answer: ProbeAnswer,
        now: Instant,
        settings: &ExhibitSettings,
        active: Active,
        Surroundings { link_up, others_too }: Surroundings,
    ) -> Verdict {
        match answer {
            ProbeAnswer::Agent { answered } => {
                self.agent.answered(op, answered || !link_up || !active.agent, now, settings)
            }
            ProbeAnswer::Picture { digest } => {
                self.picture.answered(op, digest.filter(|_| active.picture), now, settings)
            }
            ProbeAnswer::Qemu { answers } => {
                let beats = |rule: HeartbeatSettings| self.heartbeat.came_within(rule.timeout, now);
                let beats = settings.heartbeat.is_some_and(beats);
                self.qemu.answered(op, answers.filter(|_| link_up && active.qemu), beats, now, settings)
            }
            ProbeAnswer::Display { answers } => {
                let answers = answers.filter(|_| link_up && active.shown);
                self.shown.answered(op, answers, others_too, now, settings)
            }
        }
    }
}
