//! Signs of life of what Vitrine consists of: its threads and tasks that are to run for as long as it does.
//!
//! Each of them, a part, says in its own loop that it goes round, at least once in [`pace`] whether there is anything to
//! do or not. A [`Watch`] looks once in as long whose word is missing. Time is counted in such looks and not by a
//! clock: where the whole process was stopped, or the computer is too busy to let it run, nobody looks either.
//!
//! A thread that waits for something outside, such as the X server, says so, and its parts are not to blame. A part that
//! panics is the process' end: what goes on without it would only seem to work.

mod panics;
mod parts;
mod watch;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use panics::{Guard, dead, death, guard, tell_panics};
pub use parts::{Life, Waiting, begin, waits_for};
pub use watch::{News, Watch, silent};

/// Looks in a row at which a part may be silent; one that is so at the last of them hangs.
const MAX_SILENT_LOOKS: u32 = 6;
/// The longest time between two signs of life: a thread that wakes up so often costs nothing that could be measured.
const MAX_PACE: Duration = Duration::from_secs(5);
/// And the shortest, however impatient the service manager is.
const MIN_PACE: Duration = Duration::from_millis(50);

static PACE_MS: AtomicU64 = AtomicU64::new(MAX_PACE.as_millis() as u64);

/// Sets the pace so that a part which hangs is known within this time. Comes before any part begins.
pub fn be_known_within(time: Duration) {
    let pace = pace_for(time);
    PACE_MS.store(u64::try_from(pace.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
}

fn pace_for(time: Duration) -> Duration {
    (time / MAX_SILENT_LOOKS).clamp(MIN_PACE, MAX_PACE)
}

/// Time between two signs of life of a part.
pub fn pace() -> Duration {
    Duration::from_millis(PACE_MS.load(Ordering::Relaxed))
}

/// How long a part is silent before it is taken to hang.
pub fn hang_timeout() -> Duration {
    pace() * MAX_SILENT_LOOKS
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::panics::DEAD;
    use super::parts::{PARTS, Part, THREAD, Thread};
    use super::*;

    /// A watch and its parts, apart from those of other tests.
    #[derive(Default)]
    struct Bench {
        watch: Watch,
        parts: Vec<Arc<Part>>,
    }

    impl Bench {
        fn part(&mut self, name: &'static str, thread: &Arc<Thread>) -> Arc<Part> {
            let part = Arc::new(Part { name, thread: Arc::clone(thread), turns: AtomicU64::new(0) });
            self.parts.push(Arc::clone(&part));
            part
        }

        fn look(&mut self, times: u32) -> Vec<News> {
            (0..times).flat_map(|_| self.watch.look_at(self.parts.clone())).collect()
        }
    }

    fn beat(part: &Part) {
        part.turns.fetch_add(1, Ordering::Relaxed);
    }

    #[test]
    fn who_says_nothing_at_several_looks_hangs_until_it_speaks() {
        let mut bench = Bench::default();
        let (good, bad) = (bench.part("good", &Arc::default()), bench.part("bad", &Arc::default()));
        bench.look(1);
        for _ in 1..MAX_SILENT_LOOKS {
            beat(&good);
            assert_eq!(bench.look(1), []);
        }
        beat(&good);
        assert_eq!(bench.look(1), [News::Hangs("bad")]);
        assert!(!bench.watch.all_go_on());
        beat(&good);
        assert_eq!(bench.look(1), [], "it is told once");
        beat(&good);
        beat(&bad);
        assert_eq!(bench.look(1), [News::GoesOn("bad")]);
        assert!(bench.watch.all_go_on());
        // A part that has ended is missed by nobody.
        bench.look(MAX_SILENT_LOOKS);
        assert!(!bench.watch.all_go_on());
        bench.parts.clear();
        assert_eq!(bench.look(1), []);
        assert!(bench.watch.all_go_on());
    }

    #[test]
    fn who_waits_for_others_does_not_hang_however_long_that_is() {
        let mut bench = Bench::default();
        let thread = THREAD.with_borrow(Arc::clone);
        let part = bench.part("x11", &thread);
        bench.look(1);
        let waiting = waits_for("the X server");
        assert_eq!(bench.look(100), [News::Waits("x11", "the X server")]);
        assert!(bench.watch.all_go_on());
        // An answer, and the next question: slow, but it goes on.
        drop(waiting);
        let waiting = waits_for("the X server");
        assert_eq!(bench.look(1), [News::GoesOn("x11")]);
        // Once it no longer waits, its silence is its own.
        drop(waiting);
        assert_eq!(bench.look(100), [News::Hangs("x11")]);
        beat(&part);
        assert_eq!(bench.look(1), [News::GoesOn("x11")]);
    }

    #[test]
    fn a_wait_within_another_does_not_end_it() {
        let thread = THREAD.with_borrow(Arc::clone);
        let outer = waits_for("the disk");
        drop(waits_for("the X server"));
        assert_eq!(*lock(&thread.waits_for), Some("the disk"));
        drop(outer);
        assert_eq!(*lock(&thread.waits_for), None);
    }

    #[test]
    fn the_pace_suits_the_service_managers_patience() {
        // What the unit allows, and what is never gone below or above.
        for (allowed, wanted) in [(30_000, 5000), (6000, 1000), (1, 50), (3_600_000, 5000)] {
            assert_eq!(pace_for(Duration::from_millis(allowed)), Duration::from_millis(wanted));
        }
    }

    #[tokio::test]
    async fn what_is_waited_for_with_an_end_of_its_own_is_no_silence() {
        let life = begin("a test");
        life.during(tokio::task::yield_now()).await;
        assert!(life.part.turns.load(Ordering::Relaxed) > 0);
    }

    #[tokio::test]
    async fn a_panic_is_heard_of_whether_it_was_a_thread_or_a_task() {
        let thread = std::thread::spawn(|| {
            let _life = begin("a thread");
            panic!("as it should");
        });
        assert!(thread.join().is_err());
        assert_eq!((death().await, dead()), ("a thread", Some("a thread")));
        DEAD.send_replace(None);
        let task = tokio::spawn(async {
            let _guard = guard("a task");
            let _late = guard("what goes down with it");
            tokio::task::yield_now().await;
            panic!("as it should");
        });
        assert!(task.await.is_err());
        assert_eq!(death().await, "what goes down with it", "the first one counts");
        DEAD.send_replace(None);
        // One that is merely dropped has ended in order.
        drop(guard("another"));
        assert_eq!(dead(), None);
        assert!(!lock(&PARTS).iter().any(|part| part.name == "a thread"));
    }
}
