//! Signs of life of what Vitrine consists of: its threads and tasks that are to run for as long as it does.
//!
//! Each of them, a part, says in its own loop that it goes round, at least once in [`pace`] whether there is anything to
//! do or not. A [`Watch`] looks once in as long whose word is missing. Time is counted in such looks and not by a
//! clock: where the whole process was stopped, or the computer is too busy to let it run, nobody looks either.
//!
//! A thread that waits for something outside, such as the X server, says so, and its parts are not to blame. A part that
//! panics is the process' end: what goes on without it would only seem to work.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// A part that was silent at so many looks in a row hangs.
const SILENT_LOOKS: u32 = 6;
/// The longest time between two signs of life: a thread that wakes up so often costs nothing that could be measured.
const SLOWEST: Duration = Duration::from_secs(5);
/// And the shortest, however impatient the service manager is.
const FASTEST: Duration = Duration::from_millis(50);

static PACE_MS: AtomicU64 = AtomicU64::new(SLOWEST.as_millis() as u64);
static PARTS: Mutex<Vec<Arc<Part>>> = Mutex::new(Vec::new());
static DEAD: LazyLock<watch::Sender<Option<&'static str>>> = LazyLock::new(|| watch::channel(None).0);

thread_local! {
    static THREAD: RefCell<Arc<Thread>> = RefCell::default();
}

/// Sets the pace so that a part which hangs is known within this time. Comes before any part begins.
pub fn be_known_within(time: Duration) {
    let pace = pace_for(time);
    PACE_MS.store(u64::try_from(pace.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
}

fn pace_for(time: Duration) -> Duration {
    (time / SILENT_LOOKS).clamp(FASTEST, SLOWEST)
}

/// Time between two signs of life of a part.
pub fn pace() -> Duration {
    Duration::from_millis(PACE_MS.load(Ordering::Relaxed))
}

/// How long a part is silent before it is taken to hang.
pub fn patience() -> Duration {
    pace() * SILENT_LOOKS
}

/// What a thread does that is not its own affair.
#[derive(Debug, Default)]
struct Thread {
    waits_for: Mutex<Option<&'static str>>,
    /// How often it has begun or ended to wait.
    turns: AtomicU64,
}

#[derive(Debug)]
struct Part {
    name: &'static str,
    thread: Arc<Thread>,
    turns: AtomicU64,
}

/// A part's own end: held for as long as it runs, and by nobody else.
#[derive(Debug)]
pub struct Life {
    part: Arc<Part>,
    _guard: Guard,
}

/// Begins a part, on the thread that it runs on.
pub fn begin(name: &'static str) -> Life {
    let thread = THREAD.with_borrow(Arc::clone);
    let part = Arc::new(Part { name, thread, turns: AtomicU64::new(0) });
    lock(&PARTS).push(Arc::clone(&part));
    Life { part, _guard: guard(name) }
}

impl Life {
    /// It has gone round.
    pub fn beat(&self) {
        #[cfg(debug_assertions)]
        fail_for_a_test(self.part.name);
        self.part.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// Goes round, and returns when it is to do so again.
    pub async fn round(&self) {
        self.beat();
        tokio::time::sleep(pace()).await;
    }

    /// Goes round while something else is waited for that has an end of its own.
    pub async fn during<T>(&self, other: impl Future<Output = T>) -> T {
        let mut other = pin!(other);
        loop {
            tokio::select! {
                biased;
                end = &mut other => return end,
                () = self.round() => {}
            }
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        lock(&PARTS).retain(|part| !Arc::ptr_eq(part, &self.part));
    }
}

/// Held by what runs for a while and must not panic, since somebody relies on what it tells in the end.
#[derive(Debug)]
pub struct Guard(&'static str);

/// As [`Guard`] says.
pub fn guard(name: &'static str) -> Guard {
    Guard(name)
}

impl Drop for Guard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Others may go down with the first.
            DEAD.send_if_modified(|dead| dead.is_none() && dead.replace(self.0).is_none());
        }
    }
}

/// The part that has panicked.
pub fn dead() -> Option<&'static str> {
    *DEAD.borrow()
}

/// Returns once a part has panicked: its name.
pub async fn death() -> &'static str {
    let mut dead = DEAD.subscribe();
    loop {
        if let Some(name) = *dead.borrow_and_update() {
            return name;
        }
        // The sender is never dropped.
        let _ = dead.changed().await;
    }
}

/// Until this is dropped, the thread waits for something that is not Vitrine's.
#[derive(Debug)]
pub struct Waiting {
    thread: Arc<Thread>,
    before: Option<&'static str>,
}

/// The present thread waits for this from now on.
pub fn waits_for(what: &'static str) -> Waiting {
    let thread = THREAD.with_borrow(Arc::clone);
    let before = lock(&thread.waits_for).replace(what);
    thread.turns.fetch_add(1, Ordering::Relaxed);
    Waiting { thread, before }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        *lock(&self.thread.waits_for) = self.before;
        self.thread.turns.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a look has found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// It hangs.
    Hangs(&'static str),
    /// It has been waiting for this for long.
    Waits(&'static str, &'static str),
    /// It goes on.
    GoesOn(&'static str),
}

/// Looks at all parts, once in [`pace`].
#[derive(Debug, Default)]
pub struct Watch {
    known: BTreeMap<usize, Known>,
}

#[derive(Debug)]
struct Known {
    /// Keeps its address from being another part's.
    part: Arc<Part>,
    /// At the last look.
    turns: Option<u64>,
    silent: u32,
    told: Option<News>,
}

impl Watch {
    /// Looks; what is new is returned.
    pub fn look(&mut self) -> Vec<News> {
        let parts = lock(&PARTS).clone();
        self.look_at(parts)
    }

    /// Whether nothing hangs.
    pub fn all_go_on(&self) -> bool {
        !self.known.values().any(|known| matches!(known.told, Some(News::Hangs(_))))
    }

    fn look_at(&mut self, parts: Vec<Arc<Part>>) -> Vec<News> {
        let mut former = std::mem::take(&mut self.known);
        let mut news = Vec::new();
        for part in parts {
            let turns = part.turns.load(Ordering::Relaxed) + part.thread.turns.load(Ordering::Relaxed);
            let key = Arc::as_ptr(&part).addr();
            let known = former.remove(&key);
            let mut known = known.unwrap_or(Known { part, turns: None, silent: 0, told: None });
            known.silent = if known.turns == Some(turns) { known.silent + 1 } else { 0 };
            known.turns = Some(turns);
            let name = known.part.name;
            let now = (known.silent >= SILENT_LOOKS).then(|| {
                let waits_for = *lock(&known.part.thread.waits_for);
                waits_for.map_or(News::Hangs(name), |what| News::Waits(name, what))
            });
            if now != known.told {
                news.push(now.unwrap_or(News::GoesOn(name)));
                known.told = now;
            }
            self.known.insert(key, known);
        }
        news
    }
}

/// In a build for tests, a part panics once there is a file of its name in the folder `$VITRINE_TEST_PANICS`.
#[cfg(debug_assertions)]
fn fail_for_a_test(name: &str) {
    static FOLDER: LazyLock<Option<std::ffi::OsString>> =
        LazyLock::new(|| std::env::var_os("VITRINE_TEST_PANICS"));
    if let Some(folder) = &*FOLDER {
        let told = std::fs::remove_file(std::path::Path::new(folder).join(name)).is_ok();
        assert!(!told, "{name} panics, as it was told to");
    }
}

/// What panics says so in the log, like everything else.
pub fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("unnamed");
        tracing::error!("the thread {thread} has panicked; please report this with the log: {panic}");
    }));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
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
        for _ in 1..SILENT_LOOKS {
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
        bench.look(SILENT_LOOKS);
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
