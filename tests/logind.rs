//! logind's inhibitors, on a bus of our own with a logind that only hands them out.
//!
//! Needs `dbus-daemon` (package dbus).

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout;
use vitrine::adapter::logind::{self, Word};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedFd;
use zbus::{Connection, connection};

/// Longer than any pause between two tries; what does not come by then never comes.
const NEVER: Duration = Duration::from_secs(60);
const PATH: &str = "/org/freedesktop/login1";

struct Bus(Child);

impl Bus {
    fn start(address: &str) -> Self {
        let path = Path::new(address.strip_prefix("unix:path=").unwrap());
        let _ = std::fs::remove_file(path);
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address", "--address", address])
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon is missing: apt-get install dbus");
        let mut line = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with(address), "{line}");
        Self(daemon)
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Logind(UnboundedSender<String>);

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    fn inhibit(&self, what: &str, who: &str, _why: &str, mode: &str) -> OwnedFd {
        let _ = self.0.send(format!("{who}: {what}, {mode}"));
        std::os::fd::OwnedFd::from(File::open("/dev/null").unwrap()).into()
    }

    fn reboot(&self, interactive: bool) -> zbus::fdo::Result<()> {
        let _ = self.0.send(format!("reboot, interactive: {interactive}"));
        Err(zbus::fdo::Error::AccessDenied("somebody installs something".into()))
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn preparing_for_shutdown(&self) -> bool {
        false
    }

    #[zbus(signal)]
    async fn prepare_for_shutdown(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

async fn logind_on(address: &str) -> (Connection, UnboundedReceiver<String>) {
    let (told, asked) = mpsc::unbounded_channel();
    let builder = connection::Builder::address(address).unwrap().serve_at(PATH, Logind(told)).unwrap();
    (builder.name("org.freedesktop.login1").unwrap().build().await.unwrap(), asked)
}

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
    words: UnboundedReceiver<Word>,
}

impl Site {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = address_in(&folder);
        let bus = Bus::start(&address);
        let (logind, asked) = logind_on(&address).await;
        let (handle, words) = logind::spawn(Some(address));
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

    async fn word(&mut self) -> Option<Word> {
        timeout(NEVER, self.words.recv()).await.expect("no word")
    }

    async fn is_refused(&mut self, why: &str) {
        let word = self.word().await;
        assert!(matches!(&word, Some(Word::RebootRefused { reason }) if reason.contains(why)), "{word:?}");
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
    let emitter = SignalEmitter::new(logind, PATH).unwrap();
    Logind::prepare_for_shutdown(&emitter, true).await.unwrap();
    assert_eq!(site.word().await, Some(Word::PoweringDown));
    site.handle.release().await;
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
