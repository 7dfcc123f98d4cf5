//! Heartbeats on their way to the daemon: at once, but never more than it can take in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::caller::Way;
use crate::core::event::{BeatNote, Event};
use crate::core::types::ExhibitId;
use crate::life;

/// Between two beats of an exhibit that reach the daemon; of those in between, the latest does. A guest gone mad could
/// otherwise fill the memory with beats that nobody has read yet.
const MIN_INTERVAL: Duration = Duration::from_millis(10);

/// What was sent of each exhibit, and what waits for its turn.
#[derive(Debug)]
pub(super) struct Beats {
    events: mpsc::UnboundedSender<Event>,
    slots: Mutex<HashMap<ExhibitId, Slot>>,
}

#[derive(Debug)]
struct Slot {
    /// When the last beat was sent.
    sent: Instant,
    /// The latest since, with the last note that came meanwhile.
    waiting: Option<(Instant, Option<BeatNote>)>,
    /// Which way the last one came over the network.
    way: Option<Way>,
    /// What the last guest kit said of itself.
    kit: Option<Box<str>>,
}

impl Beats {
    pub(super) fn new(events: mpsc::UnboundedSender<Event>) -> Arc<Self> {
        Arc::new(Self { events, slots: Mutex::default() })
    }

    /// Which way the last beat of an exhibit came that came over the network.
    pub(super) fn way(&self, exhibit: ExhibitId) -> Option<Way> {
        self.slots().get(&exhibit).and_then(|slot| slot.way)
    }

    /// What the last guest kit of an exhibit said of itself.
    pub(super) fn kit(&self, exhibit: ExhibitId) -> Option<Box<str>> {
        self.slots().get(&exhibit).and_then(|slot| slot.kit.clone())
    }

    /// A guest kit sent a beat that was taken, and says this of itself.
    pub(super) fn note_kit(&self, exhibit: ExhibitId, said: &str) {
        if let Some(slot) = self.slots().get_mut(&exhibit)
            && slot.kit.as_deref() != Some(said)
        {
            slot.kit = Some(said.into());
        }
    }

    /// Takes a beat that arrived at `at`, which came this way.
    pub(super) fn take(
        self: &Arc<Self>,
        exhibit: ExhibitId,
        at: Instant,
        note: Option<BeatNote>,
        way: Option<Way>,
    ) {
        tracing::trace!(exhibit = exhibit.0, "heartbeat");
        let mut slots = self.slots();
        let Some(slot) = slots.get_mut(&exhibit) else {
            slots.insert(exhibit, Slot { sent: at, waiting: None, way, kit: None });
            drop(slots);
            self.send(exhibit, at, note);
            return;
        };
        slot.way = way.or(slot.way);
        if let Some((waiting, earlier)) = &mut slot.waiting {
            *waiting = at;
            *earlier = note.or(earlier.take());
        } else if at.saturating_duration_since(slot.sent) >= MIN_INTERVAL {
            slot.sent = at;
            drop(slots);
            self.send(exhibit, at, note);
        } else {
            slot.waiting = Some((at, note));
            let due = slot.sent + MIN_INTERVAL;
            let beats = Arc::clone(self);
            tokio::spawn(async move {
                // Without its end, no further beat of this exhibit would be heard.
                let _guard = life::guard("what takes heartbeats");
                tokio::time::sleep_until(due.into()).await;
                beats.flush(exhibit);
            });
        }
    }

    fn flush(&self, exhibit: ExhibitId) {
        let mut slots = self.slots();
        let Some(slot) = slots.get_mut(&exhibit) else { return };
        let Some((at, note)) = slot.waiting.take() else { return };
        slot.sent = Instant::now();
        drop(slots);
        self.send(exhibit, at, note);
    }

    fn send(&self, exhibit: ExhibitId, at: Instant, note: Option<BeatNote>) {
        // The daemon being gone means that everything ends.
        let _ = self.events.send(Event::Beat { exhibit, at, note });
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<ExhibitId, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_a_flood_the_first_and_the_latest_arrive() {
        let (events, mut arrived) = mpsc::unbounded_channel();
        let beats = Beats::new(events);
        let exhibit = ExhibitId(1);
        let start = Instant::now() + Duration::from_secs(3600);
        let way =
            |from: &str| Some(Way { from: from.parse().unwrap(), to: "192.168.122.1".parse().unwrap() });
        let note = |text: &str| Some(BeatNote { status: Some(text.to_owned()), message: None });
        beats.take(exhibit, start, None, way("192.168.122.21"));
        for n in 1..100 {
            let text = (n == 50).then(|| note("odd")).flatten();
            beats.take(
                exhibit,
                start + Duration::from_micros(n),
                text,
                (n == 70).then(|| way("10.0.0.7")).flatten(),
            );
        }
        beats.take(ExhibitId(2), start, None, None);
        beats.flush(exhibit);
        let first = Event::Beat { exhibit, at: start, note: None };
        let other = Event::Beat { exhibit: ExhibitId(2), at: start, note: None };
        let latest = Event::Beat { exhibit, at: start + Duration::from_micros(99), note: note("odd") };
        assert_eq!(arrived.try_recv(), Ok(first));
        assert_eq!(arrived.try_recv(), Ok(other));
        assert_eq!(arrived.try_recv(), Ok(latest));
        assert!(arrived.try_recv().is_err());
        assert_eq!(beats.way(exhibit), way("10.0.0.7"), "the last that came over the network");
        assert_eq!(beats.way(ExhibitId(2)), None);
    }
}
