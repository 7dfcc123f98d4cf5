//! Panics: each is told in the log, and one in what Vitrine relies on is the process' end.

use std::sync::LazyLock;

use tokio::sync::watch;

/// What has panicked, by name.
pub(super) static DEAD: LazyLock<watch::Sender<Option<&'static str>>> =
    LazyLock::new(|| watch::channel(None).0);

/// Held by what runs for a while and must not panic, since somebody relies on what it tells in the end.
#[derive(Debug)]
pub struct Guard(&'static str);

/// A [`Guard`] of this name.
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

/// In a build for tests, a part panics once there is a file of its name in the folder `$VITRINE_TEST_PANICS`.
#[cfg(debug_assertions)]
pub(super) fn fail_for_a_test(name: &str) {
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
