//! The journal: every incident on disk, and still there after a power cut.
//!
//! SQLite in WAL mode with `synchronous=FULL`: each record is on the disk before the next one is taken, which
//! NORMAL does not promise (<https://sqlite.org/pragma.html#pragma_synchronous>). A thread of its own waits for the
//! disk, so that nobody else does. Where the journal cannot be written, Vitrine goes on without.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod keeper;
mod migrate;
mod read;
mod store;

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

use crate::core::incident::Incident;
use crate::core::types::{IncidentId, Told, WallTime};
use crate::host;

pub use migrate::{KINDS, OUTCOMES};
pub use read::{Entry, Filter, Kind, ReadError, Remedy, read};

/// The journal's name in [`host::state_folder`].
pub const FILE: &str = "journal.db";

/// How long a daemon and a command wait for each other's lock on the journal.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the journal is, and how large it may become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The database's file; SQLite puts two more beside it.
    pub path: PathBuf,
    /// The largest size in bytes; beyond it, what is oldest goes first.
    pub limit: u64,
    /// How long its pictures are kept: visitors may be seen in them.
    pub retention: Duration,
}

/// Where the journal is unless the configuration names another place.
pub fn usual_place() -> Option<PathBuf> {
    Some(host::state_folder()?.join(FILE))
}

/// Something that is no incident, and belongs into the journal all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Staff put an exhibit on hold.
    Held,
    /// Staff ended a hold.
    Resumed,
    /// Staff stopped an exhibit.
    Stopped,
    /// Staff asked for an exhibit to be started.
    StartAsked,
    /// Staff asked for a snapshot to be made or replaced.
    SnapshotAsked,
    /// Staff asked for an external snapshot to be converted.
    ConversionAsked,
    /// Staff asked for a snapshot to be deleted.
    DeletionAsked,
    /// Guests were heard no longer, all at once.
    SilentTogether,
    /// They are heard again.
    HeardAgain,
    /// The X server did not answer.
    XServerSilent,
    /// It answers again.
    XServerAnswers,
    /// It was told to end, because it did not answer.
    XServerEnded,
    /// It could not be ended.
    XServerStays,
    /// The session was told to end, because the X server could not be ended.
    SessionEnded,
    /// The session was to be ended, and was not.
    SessionEndRefused,
    /// libvirt was restarted, because nothing else helped.
    LibvirtRestarted,
    /// The computer was restarted, because nothing else helped.
    Rebooted,
    /// The computer was to be restarted, and was not.
    RebootRefused,
}

/// Feeds the journal. Nothing in here waits for the disk.
#[derive(Clone, Debug)]
pub struct Handle(mpsc::Sender<Msg>);

#[derive(Debug)]
enum Msg {
    Record(Incident),
    Picture { incident: IncidentId, jpeg: Vec<u8> },
    Note { exhibit: Option<String>, note: Note, evidence: Told, at: WallTime },
    Close { at: WallTime, done: mpsc::Sender<()> },
}

impl Handle {
    /// An incident began, went on or ended.
    pub fn record(&self, incident: Incident) {
        self.send(Msg::Record(incident));
    }

    /// The last picture of the artwork before the incident's first remedy, as a small JPEG.
    pub fn picture(&self, incident: IncidentId, jpeg: Vec<u8>) {
        self.send(Msg::Picture { incident, jpeg });
    }

    /// Staff or Vitrine did something, to an exhibit or to all of them; `evidence` says by whom or why.
    pub fn note(&self, exhibit: Option<&str>, note: Note, evidence: Told, at: WallTime) {
        self.send(Msg::Note { exhibit: exhibit.map(str::to_owned), note, evidence, at });
    }

    /// The daemon ends in order. Waits until everything is written, but no longer than `timeout`.
    pub fn close(self, at: WallTime, timeout: Duration) {
        let (done, ended) = mpsc::channel();
        self.send(Msg::Close { at, done });
        if ended.recv_timeout(timeout).is_err() {
            tracing::warn!("the journal's disk does not answer; what was not written yet is lost");
        }
    }

    fn send(&self, msg: Msg) {
        // The journal's thread lives as long as there is a handle, unless it was closed.
        let _ = self.0.send(msg);
    }
}

/// Opens the journal on a thread of its own, and notes that the daemon began at `now`.
pub fn spawn(settings: Settings, now: WallTime) -> Handle {
    let (sender, inbox) = mpsc::channel();
    let path = settings.path.clone();
    let started = thread::Builder::new()
        .name("journal".to_owned())
        .spawn(move || keeper::Keeper::new(settings, now).run(&inbox));
    if let Err(error) = started {
        tracing::warn!("{}: there is no thread for the journal ({error}); nothing is kept", path.display());
    }
    Handle(sender)
}

/// When a journal was written last; none where there is none.
pub fn written(path: &Path) -> Option<SystemTime> {
    let modified = |path: &PathBuf| std::fs::metadata(path).ok()?.modified().ok();
    let [database, log, _] = files(path);
    Some(modified(&database)?.max(modified(&log).unwrap_or(SystemTime::UNIX_EPOCH)))
}

/// The files of a database: SQLite keeps two more beside it.
fn files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}

#[cfg(test)]
mod tests;
