//! What is known of each VM that is watched, and which readings of it are at work. Decides, and touches nothing.
//!
//! Readings overlap: libvirt reports faster than it can be asked, and keeps a VM locked for seconds. So of each VM one
//! reading is at work at a time, all that comes meanwhile is joined to one more after it, and what an older reading
//! brings late does not replace what a newer one has told.

use std::time::{Duration, Instant};

use super::description::Devices;
use super::liveness::Question;
use super::reading::Reading;
use crate::core::types::{Failure, PauseReason, Snapshots, VmInfo, VmState};

/// How long after a change was read libvirt's event of it may come, where none came before: events are mostly there
/// within milliseconds.
const EVENT_GRACE: Duration = Duration::from_secs(2);

/// A VM that is watched.
pub(super) struct Watched {
    pub(super) vm: String,
    uuid: Option<String>,
    snapshots: Option<Snapshots>,
    /// When the reading of the snapshots began.
    snapshots_at: Option<Instant>,
    devices: Devices,
    /// They are not known, or may be others now.
    description_wanted: bool,
    /// The number of the reading of the description that has not returned.
    description_reading: Option<u64>,
    /// When the newest reading that was told of began, and the state that it found.
    told: Option<(Instant, VmState)>,
    /// When libvirt's last event of it came.
    event_at: Option<Instant>,
    /// It has changed, and libvirt's event of that comes until then.
    event_by: Option<Instant>,
    reading: Option<InFlight>,
    /// What to read as soon as the present reading has returned.
    again: Option<ReadRequest>,
    poll_at: Instant,
    /// libvirt was slow over this VM: its readings must not hold up those of the others.
    pub(super) slow: bool,
    /// The reason why it cannot be read, once warned of.
    trouble: Option<Failure>,
    /// What its QEMU was asked last.
    pub(super) qemu: Question,
}

/// A reading that has not returned.
struct InFlight {
    seq: u64,
    event_at: Option<Instant>,
    /// When the connection becomes doubtful over it; `None` once it has.
    late_at: Option<Instant>,
}

/// What is to be read of a VM, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadRequest {
    /// When libvirt's event that led to it came; `None` for a poll.
    pub(super) event_at: Option<Instant>,
    /// Whether the snapshots are wanted as well.
    pub(super) snapshots: bool,
}

impl ReadRequest {
    /// Both in one reading; the earlier event is the one whose news has waited longest.
    fn and(self, later: Self) -> Self {
        Self { event_at: self.event_at.or(later.event_at), snapshots: self.snapshots || later.snapshots }
    }
}

/// A reading that has returned.
pub(super) struct Returned {
    /// When libvirt's event that led to it came.
    pub(super) event_at: Option<Instant>,
    /// What is to be read next, because it may have been too early.
    pub(super) again: Option<ReadRequest>,
}

impl Watched {
    pub(super) fn new(vm: String, now: Instant) -> Self {
        Self {
            vm,
            uuid: None,
            snapshots: None,
            snapshots_at: None,
            devices: Devices::default(),
            description_wanted: true,
            description_reading: None,
            told: None,
            event_at: None,
            event_by: None,
            reading: None,
            again: None,
            poll_at: now,
            slow: false,
            trouble: None,
            qemu: Question::default(),
        }
    }

    /// Whether libvirt means this VM, which may have got another name.
    pub(super) fn is(&self, name: &str, uuid: &str) -> bool {
        self.vm == name || self.uuid.as_deref() == Some(uuid)
    }

    /// When something becomes due by itself.
    pub(super) fn wake_at(&self) -> Instant {
        let late_at = self.reading.as_ref().and_then(|reading| reading.late_at);
        late_at.into_iter().chain(self.event_by).fold(self.poll_at, Instant::min)
    }

    /// The connection is another one: the answers that are still to come over the old one will not be known any more.
    pub(super) fn disconnect(&mut self) {
        self.event_by = None;
        self.reading = None;
        self.again = None;
        self.description_reading = None;
    }

    pub(super) fn poll_at(&mut self, at: Instant) {
        self.poll_at = at;
    }

    pub(super) fn poll_by(&mut self, by: Instant) {
        self.poll_at = self.poll_at.min(by);
    }

    /// Whether it is to be polled now; the next time is after this pace. One that is being read needs no poll.
    pub(super) fn polls(&mut self, now: Instant, pace: Duration) -> bool {
        if self.poll_at > now {
            return false;
        }
        self.poll_at = now + pace;
        self.reading.is_none()
    }

    /// Whether the reading at work has just become late.
    pub(super) fn becomes_late(&mut self, now: Instant) -> bool {
        let late = |reading: &&mut InFlight| reading.late_at.is_some_and(|at| at <= now);
        let Some(reading) = self.reading.as_mut().filter(late) else { return false };
        reading.late_at = None;
        self.slow = true;
        true
    }

    /// Whether the reading at work is late.
    pub(super) fn is_late(&self) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.late_at.is_none())
    }

    /// Whether libvirt's event of a change is overdue; it is not missed twice.
    pub(super) fn misses_event(&mut self, now: Instant) -> bool {
        self.event_by.take_if(|by| *by <= now).is_some()
    }

    /// libvirt has told something of it.
    pub(super) fn on_event(&mut self, at: Instant) {
        self.event_at = Some(at);
        self.event_by = None;
    }

    /// Whether a reading of this number begins now, and then whether of the snapshots as well; otherwise it is begun as
    /// soon as the present one has returned.
    pub(super) fn begin(&mut self, seq: u64, request: ReadRequest, late_at: Instant) -> Option<bool> {
        if self.reading.is_some() {
            self.again = Some(self.again.map_or(request, |earlier| earlier.and(request)));
            return None;
        }
        self.reading = Some(InFlight { seq, event_at: request.event_at, late_at: Some(late_at) });
        Some(request.snapshots || self.snapshots.is_none())
    }

    /// The reading of this number has returned; `None` where it is one of an earlier connection.
    pub(super) fn end(&mut self, seq: u64) -> Option<Returned> {
        let reading = self.reading.take_if(|reading| reading.seq == seq)?;
        self.slow = reading.late_at.is_none();
        Some(Returned { event_at: reading.event_at, again: self.again.take() })
    }

    /// It could be read.
    pub(super) fn end_trouble(&mut self) {
        self.trouble = None;
    }

    /// It could not be read. Whether that is to be warned of: once for each reason.
    pub(super) fn is_new_trouble(&mut self, failure: &Failure) -> bool {
        if self.trouble.as_ref() == Some(failure) {
            return false;
        }
        self.trouble = Some(failure.clone());
        true
    }

    /// Takes over what a reading has found, as far as it is newer than what is known; whether it is. Where nothing of
    /// Vitrine's is at work on the VM, `quiet_since` is since when libvirt's events are listened to: then a change must
    /// be told of as well.
    pub(super) fn see(&mut self, seen: Reading, now: Instant, quiet_since: Option<Instant>) -> bool {
        // State and snapshots age apart.
        let stale = self.told.is_some_and(|(at, _)| seen.read_at < at);
        let snapshots = seen.snapshots.filter(|_| self.snapshots_at.is_none_or(|at| at <= seen.read_at));
        if stale && snapshots.is_none() {
            return false;
        }
        if snapshots.is_some() {
            self.snapshots = snapshots;
            self.snapshots_at = Some(seen.read_at);
        }
        if !stale {
            if let Some((at, state)) = self.told
                && quiet_since.is_some_and(|since| since <= at)
                && is_told(state, seen.state)
                && self.event_at.is_none_or(|event| event < at)
            {
                self.event_by.get_or_insert(now + EVENT_GRACE);
            }
            self.told = Some((seen.read_at, seen.state));
            self.description_wanted |= self.uuid != seen.uuid;
            self.uuid = seen.uuid;
        }
        true
    }

    /// What is known of it, and when the reading of its state began; `None` before the first one.
    pub(super) fn info(&self) -> Option<(VmInfo, Instant)> {
        let (read_at, state) = self.told?;
        let snapshots = self.snapshots.clone().unwrap_or_default();
        let Devices { macs, display } = self.devices.clone();
        Some((VmInfo { uuid: self.uuid.clone(), state, snapshots, macs, display }, read_at))
    }

    pub(super) fn want_description(&mut self) {
        self.description_wanted = true;
    }

    /// Whether a reading of its description, of this number, begins now.
    pub(super) fn begin_description(&mut self, seq: u64) -> bool {
        if !self.description_wanted || self.description_reading.is_some() {
            return false;
        }
        self.description_wanted = false;
        if self.uuid.is_none() {
            self.devices = Devices::default();
            return false;
        }
        self.description_reading = Some(seq);
        true
    }

    /// Whether the reading of this number was at work, and has returned.
    pub(super) fn end_description(&mut self, seq: u64) -> bool {
        self.description_reading.take_if(|reading| *reading == seq).is_some()
    }

    /// Whether these are others than were known.
    pub(super) fn see_devices(&mut self, devices: Devices) -> bool {
        std::mem::replace(&mut self.devices, devices) != self.devices
    }
}

/// Whether libvirt tells of a change from one state to the other. What it is at work on it tells of only in the end.
fn is_told(from: VmState, to: VmState) -> bool {
    let class = |state| match state {
        VmState::Unknown | VmState::Paused(PauseReason::AtWork) => None,
        VmState::Missing | VmState::ShutOff => Some(0),
        VmState::Running | VmState::ShuttingDown => Some(1),
        VmState::Asleep | VmState::Crashed | VmState::Paused(_) => Some(2),
    };
    class(from).zip(class(to)).is_some_and(|(from, to)| from != to)
}
