//! logind's inhibitors, on a bus of our own with a logind that only hands them out.
//!
//! Needs `dbus-daemon` (package dbus).

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::Duration;

use common::logind::{Bus, logind_on, say_power_down};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;
use vitrine::adapter::logind::{self, LogindEvent};
use zbus::Connection;

/// Longer than any pause between two tries; what does not come by then never comes.
const NEVER: Duration = Duration::from_secs(60);

async fn both_are_taken(asked: &mut UnboundedReceiver<String>) {
    for wanted in ["Vitrine: shutdown, delay", "Vitrine: sleep:idle, block"] {
        let inhibitor = timeout(NEVER, asked.recv()).await.expect("no inhibitor is taken");
        assert_eq!(inhibitor.as_deref(), Some(wanted));
    }
}

/// A bus with a logind on it, and what asks that for its inhibitors.
struct Site {
    folder: tempfile::TempDir,
    parts: Option<(Bus, Connection)>,
    asked: UnboundedReceiver<String>,
    handle: logind::Handle,
    words: UnboundedReceiver<LogindEvent>,
}

impl Site {
    async fn start() -> Self {
        Self::start_in(None).await
    }

    /// Vitrine was started in this session.
    async fn start_in(session: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = address_in(&folder);
        let bus = Bus::start(&address);
        let (logind, asked) = logind_on(&address).await;
        let (handle, words) = logind::spawn(Some(address), session.map(str::to_owned));
        let mut site = Self { folder, parts: Some((bus, logind)), asked, handle, words };
        both_are_taken(&mut site.asked).await;
        site
    }

    fn lose_bus(&mut self) {
        self.parts = None;
    }

    async fn restart_bus(&mut self) {
        self.lose_bus();
        let address = address_in(&self.folder);
        let bus = Bus::start(&address);
        let (logind, asked) = logind_on(&address).await;
        (self.parts, self.asked) = (Some((bus, logind)), asked);
    }

    async fn word(&mut self) -> Option<LogindEvent> {
        timeout(NEVER, self.words.recv()).await.expect("no word")
    }

    async fn is_refused(&mut self, why: &str) {
        let word = self.word().await;
        assert!(
            matches!(&word, Some(LogindEvent::RebootRefused { reason }) if reason.to_string().contains(why)),
            "{word:?}"
        );
    }
}

fn address_in(folder: &tempfile::TempDir) -> String {
    format!("unix:path={}/bus", folder.path().display())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inhibitors_are_taken_again_after_the_bus_was_away() {
    let mut site = Site::start().await;
    site.restart_bus().await;
    both_are_taken(&mut site.asked).await;

    let (_, logind) = site.parts.as_ref().unwrap();
    say_power_down(logind).await;
    assert_eq!(site.word().await, Some(LogindEvent::PoweringDown));
    site.handle.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_session_is_asked_for_and_its_refusal_told() {
    let refused = |word: &Option<LogindEvent>, why: &str| matches!(word, Some(LogindEvent::SessionEndRefused { reason }) if reason.to_string().contains(why));
    // Whoever has logged in from afar does not lose that, and what has ended cannot be ended.
    let rows =
        [(None, "auto"), (Some("1"), "1"), (Some("2"), "auto"), (Some("3"), "auto"), (Some("66"), "auto")];
    for (own, asked) in rows {
        let mut site = Site::start_in(own).await;
        site.handle.end_session();
        let call = timeout(NEVER, site.asked.recv()).await.expect("logind is not asked").unwrap();
        assert_eq!(call, format!("the end of session {asked}"));
        let word = site.word().await;
        assert!(refused(&word, "somebody else's"), "{word:?}");
        site.handle.release().await;
    }
    let mut site = Site::start().await;
    site.lose_bus();
    site.handle.end_session();
    let word = site.word().await;
    assert!(refused(&word, "cannot be reached"), "{word:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_computer_is_asked_for_and_its_refusal_told() {
    let mut site = Site::start().await;
    site.handle.reboot();
    let call = timeout(NEVER, site.asked.recv()).await.expect("logind is not asked");
    assert_eq!(call.as_deref(), Some("reboot, interactive: false"));
    site.is_refused("installs something").await;

    // What is asked for while logind is away is not done an hour later.
    site.lose_bus();
    site.handle.reboot();
    site.is_refused("cannot be reached").await;
    site.handle.release().await;
}
