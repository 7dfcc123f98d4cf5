//! Reboots that libvirt tells of: one that nobody has ordered is a symptom.

use std::time::{Duration, Instant};

use crate::core::types::ExhibitSettings;

/// libvirt tells of one reboot several times, within a tenth of a second, or a little more on a busy computer. One that
/// comes later is another reboot, also where the guest was put back in between, which takes a fifth of a second.
const ECHO_GRACE: Duration = Duration::from_millis(400);
/// A guest that was switched on without its snapshot may reboot on its way up; where nothing tells when it is up, it has
/// so long.
const UNTOLD_BOOT_GRACE: Duration = Duration::from_secs(300);

/// The reboots of one exhibit's guest.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::core) struct RebootProbe {
    /// When libvirt first told of the last one.
    last: Option<Instant>,
    /// Until when it may be on its way up.
    boots_until: Option<Instant>,
}

impl RebootProbe {
    /// libvirt has told of a reboot. Whether it had not told of this one yet.
    pub(in crate::core) fn is_news(&mut self, at: Instant) -> bool {
        let news = self.last.is_none_or(|last| at.saturating_duration_since(last) > ECHO_GRACE);
        if news {
            self.last = Some(at);
        }
        news
    }

    /// The VM is started or put back; `cold` is without its snapshot.
    pub(in crate::core) fn starts(&mut self, cold: bool, now: Instant, settings: &ExhibitSettings) {
        let boot = settings.heartbeat.map_or(UNTOLD_BOOT_GRACE, |heartbeat| heartbeat.boot);
        self.boots_until = cold.then(|| now + settings.recovery.deadline + boot);
    }

    /// The artwork has given a sign of life.
    pub(in crate::core) fn is_up(&mut self) {
        self.boots_until = None;
    }

    /// Whether the guest may be on its way up.
    pub(in crate::core) fn boots(&self, now: Instant) -> bool {
        self.boots_until.is_some_and(|until| now < until)
    }
}
