//! A bus of the test's own, with a logind on it that only hands out inhibitors and says what the test wants.
//!
//! Needs `dbus-daemon` (package dbus).

#![allow(dead_code, unreachable_pub, reason = "each test file takes what it needs")]

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedFd, OwnedObjectPath};
use zbus::{Connection, connection};

const PATH: &str = "/org/freedesktop/login1";

pub struct Bus(Child);

impl Bus {
    pub fn start(address: &str) -> Self {
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

pub struct Logind(UnboundedSender<String>);

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

    fn terminate_session(&self, id: &str) -> zbus::fdo::Result<()> {
        let _ = self.0.send(format!("the end of session {id}"));
        Err(zbus::fdo::Error::AccessDenied("it is somebody else's".into()))
    }

    /// There are three sessions: `1` is on a screen, `2` from afar, and `3` about to end.
    fn get_session(&self, id: &str) -> zbus::fdo::Result<OwnedObjectPath> {
        match id {
            "1" | "2" | "3" => Ok(session_path(id).try_into().unwrap()),
            _ => Err(zbus::fdo::Error::Failed(format!("No session '{id}' known"))),
        }
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn preparing_for_shutdown(&self) -> bool {
        false
    }

    #[zbus(signal)]
    async fn prepare_for_shutdown(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

struct Session {
    remote: bool,
    state: &'static str,
}

#[zbus::interface(name = "org.freedesktop.login1.Session")]
impl Session {
    #[zbus(property(emits_changed_signal = "false"))]
    fn remote(&self) -> bool {
        self.remote
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn state(&self) -> &str {
        self.state
    }
}

fn session_path(id: &str) -> String {
    format!("{PATH}/session/_3{id}")
}

/// Has logind say that the computer is being switched off.
pub async fn say_power_down(logind: &Connection) {
    let emitter = SignalEmitter::new(logind, PATH).unwrap();
    Logind::prepare_for_shutdown(&emitter, true).await.unwrap();
}

/// A logind on this bus, and what it is asked.
pub async fn logind_on(address: &str) -> (Connection, UnboundedReceiver<String>) {
    let (told, asked) = mpsc::unbounded_channel();
    let mut builder = connection::Builder::address(address).unwrap().serve_at(PATH, Logind(told)).unwrap();
    for (id, remote, state) in [("1", false, "active"), ("2", true, "active"), ("3", false, "closing")] {
        builder = builder.serve_at(session_path(id), Session { remote, state }).unwrap();
    }
    (builder.name("org.freedesktop.login1").unwrap().build().await.unwrap(), asked)
}
