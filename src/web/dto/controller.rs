//! Answers in the words of the Exhibition VM Controller, field by field, for the clients that it had.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{seconds_of, state_words};
use crate::core::status::{ExhibitStatus, HeartbeatStatus};
use crate::core::types::{Now, VmState, WallTime};

/// The heartbeat of an exhibit: the last one, and whether it is recent enough. It carries the fields of the old controller's code and those of its
/// documents, so that both kinds of client are served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Heartbeat {
    /// Whether heartbeats are expected at all.
    pub enabled: bool,
    /// Silence for longer than so many seconds is a symptom; null where none are expected.
    pub timeout: Option<f64>,
    /// The last beat, in Unix seconds; null before the first one.
    pub last_heartbeat: Option<f64>,
    /// Seconds since the last beat.
    pub time_since_heartbeat: Option<f64>,
    /// Whether the last beat is longer ago than the timeout.
    pub is_timed_out: bool,
    /// Whether there was a beat since the exhibit was last started or put back.
    pub has_received_heartbeat: bool,
    /// The last beat in ISO 8601, UTC.
    pub last_heartbeat_at: Option<String>,
    /// The same as `time_since_heartbeat`.
    pub seconds_since_last: Option<f64>,
    /// Whether the last beat is recent enough; true where none are expected.
    pub is_healthy: bool,
}

impl Heartbeat {
    /// The heartbeat as it is at `now`.
    pub fn new(status: &HeartbeatStatus, now: Now) -> Self {
        let since = status.last.map(|(at, _)| now.mono.saturating_duration_since(at));
        let timed_out = matches!((since, status.timeout), (Some(since), Some(timeout)) if since > timeout);
        let seconds = since.map(|since| since.as_secs_f64());
        Self {
            enabled: status.timeout.is_some(),
            timeout: status.timeout.map(|timeout| timeout.as_secs_f64()),
            last_heartbeat: status.last.map(|(_, wall)| seconds_of(wall)),
            time_since_heartbeat: seconds,
            is_timed_out: timed_out,
            has_received_heartbeat: since.is_some(),
            last_heartbeat_at: status.last.and_then(|(_, wall)| iso(wall)),
            seconds_since_last: seconds,
            is_healthy: status.timeout.is_none() || (since.is_some() && !timed_out),
        }
    }

    /// The heartbeat right after a beat that arrives at `now`.
    pub fn beating(status: &HeartbeatStatus, now: Now) -> Self {
        let last = Some((now.mono, now.wall));
        let fresh = HeartbeatStatus {
            timeout: status.timeout,
            last,
            note: None,
            longest_gap: None,
            line_is_open: None,
        };
        Self::new(&fresh, now)
    }
}

/// `GET /api/v1/status`: one exhibit in the words of the old controller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VmStatus {
    /// The name of its libvirt domain.
    pub vm_name: String,
    /// Its state in libvirt's words.
    pub vm_state: String,
    /// Whether that state is `running`.
    pub vm_is_running: bool,
    /// The configured snapshot.
    pub snapshot_name: String,
    /// Whether there is one of that name.
    pub snapshot_exists: bool,
    /// The last beat, and whether it is recent enough.
    pub heartbeat: Heartbeat,
    /// How many seconds ago the daemon told all this; the old controller had no such field.
    #[serde(default)]
    pub age: f64,
    /// Whether Vitrine recovers the exhibit by itself.
    pub auto_revert_enabled: bool,
}

impl VmStatus {
    /// The exhibit as it is at `now`, where that was told so long ago.
    pub fn new(exhibit: &ExhibitStatus, now: Now, age: Duration) -> Self {
        Self {
            vm_name: exhibit.vm.clone(),
            vm_state: state_words(exhibit.info.state).to_owned(),
            vm_is_running: exhibit.info.state == VmState::Running,
            snapshot_name: exhibit.snapshot.clone(),
            snapshot_exists: exhibit.info.can_revert_to(&exhibit.snapshot),
            heartbeat: Heartbeat::new(&exhibit.heartbeat, now),
            age: age.as_secs_f64(),
            auto_revert_enabled: exhibit.hold.is_none(),
        }
    }
}

/// The snapshots of an exhibit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Snapshots {
    /// The name of its libvirt domain.
    pub vm_name: String,
    /// The names of its snapshots.
    pub snapshots: Vec<String>,
}

fn iso(wall: WallTime) -> Option<String> {
    jiff::Timestamp::from_millisecond(wall.0).ok().map(|time| time.to_string())
}
