//! The parts of Vitrine, which say that they go on, and the threads that they run on.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::panics::{Guard, guard};
use super::{lock, pace};

pub(super) static PARTS: Mutex<Vec<Arc<Part>>> = Mutex::new(Vec::new());

thread_local! {
    pub(super) static THREAD: RefCell<Arc<Thread>> = RefCell::default();
}

/// What a thread does that is not its own affair.
#[derive(Debug, Default)]
pub(super) struct Thread {
    pub(super) waits_for: Mutex<Option<&'static str>>,
    /// How often it has begun or ended to wait.
    pub(super) turns: AtomicU64,
}

/// A thread or task that is to run for as long as Vitrine does.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: &'static str,
    /// The one that it runs on.
    pub(super) thread: Arc<Thread>,
    /// How often it has gone round.
    pub(super) turns: AtomicU64,
}

/// A part's own end: held for as long as it runs, and by nobody else.
#[derive(Debug)]
pub struct Life {
    pub(super) part: Arc<Part>,
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
        super::panics::fail_for_a_test(self.part.name);
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

/// Until this is dropped, the thread waits for something that is not Vitrine's.
#[derive(Debug)]
pub struct Waiting {
    thread: Arc<Thread>,
    /// What it waited for already.
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
