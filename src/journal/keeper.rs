//! The journal's thread: writes what it is told, and bears a disk that does not take it.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::store::{OpenError, Store, Trouble};
use super::{Msg, Settings, files};
use crate::core::incident::{Incident, Outcome};
use crate::core::types::{IncidentId, WallTime};
use crate::host::{self, WarnOnce, boot_id};
use crate::life;

/// Between two notes that Vitrine lives, as exactly as is known after a power cut how long it did; an unwritable journal
/// is then tried again, too.
const ALIVE_INTERVAL: Duration = Duration::from_secs(60);
/// How often pictures whose time is over are looked for.
const FORGET_INTERVAL: Duration = Duration::from_secs(3600);
/// Messages that are kept in memory for a journal that cannot be written just now, pictures among them.
const MAX_WAITING: usize = 1000;
/// Damaged journals that are put aside before it is the disk that is at fault, and that are kept.
const MAX_PUT_ASIDE: u32 = 3;

/// What the thread waits for, as the log has it.
const DISK: &str = "the journal's disk";

/// The journal's thread.
pub(super) struct Keeper {
    settings: Settings,
    /// When the daemon did.
    began: WallTime,
    /// `None` while it cannot be written.
    store: Option<Store>,
    /// This daemon's row in the journal, where it has one already.
    run: Option<i64>,
    /// What could not be written yet, the oldest first.
    waiting: VecDeque<Msg>,
    /// Incidents that have not ended, and when they began.
    open: BTreeMap<IncidentId, Instant>,
    /// Damaged journals that were put aside.
    put_aside: u32,
    unwritable: WarnOnce,
    /// The files of a newer Vitrine's journal as they were when it was found: it is looked into again once they change.
    newer: Option<Stamp>,
    /// How often it was opened.
    #[cfg(test)]
    pub(super) opened: u32,
}

/// What tells a journal's files from others in their place, and from what they were: of each that is there, the number,
/// the length, and when it was written.
type Stamp = [Option<(u64, u64, i64, i64)>; 3];

impl Keeper {
    pub(super) fn new(settings: Settings, began: WallTime) -> Self {
        Self {
            settings,
            began,
            store: None,
            run: None,
            waiting: VecDeque::new(),
            open: BTreeMap::new(),
            put_aside: 0,
            unwritable: WarnOnce::default(),
            newer: None,
            #[cfg(test)]
            opened: 0,
        }
    }

    pub(super) fn run(mut self, inbox: &Receiver<Msg>) {
        let life = life::begin("the journal");
        self.write_waiting();
        let mut alive_at = Instant::now() + ALIVE_INTERVAL;
        let mut forget_at = Instant::now();
        loop {
            life.beat();
            let pause = alive_at.saturating_duration_since(Instant::now()).min(life::pace());
            let msg = match inbox.recv_timeout(pause) {
                Ok(Msg::Close { at, done }) => {
                    self.write_waiting();
                    self.attempt(|store| store.end(at));
                    // Dropped, the store leaves one file behind, without SQLite's other two.
                    drop(self.store.take());
                    let _ = done.send(());
                    return;
                }
                Ok(msg) => Some(msg),
                Err(RecvTimeoutError::Timeout) if Instant::now() < alive_at => continue,
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            match msg {
                Some(msg) => self.receive(msg),
                None => {
                    alive_at = Instant::now() + ALIVE_INTERVAL;
                    self.write_waiting();
                    let open: Vec<_> =
                        self.open.iter().map(|(id, began)| (*id, milliseconds(began.elapsed()))).collect();
                    self.attempt(|store| store.alive(host::wall_clock(), &open));
                    if forget_at <= Instant::now() {
                        forget_at = Instant::now() + FORGET_INTERVAL;
                        self.forget_pictures(host::wall_clock());
                    }
                }
            }
        }
    }

    /// Takes away the pictures whose time is over at this moment.
    pub(super) fn forget_pictures(&mut self, now: WallTime) {
        let before = WallTime(now.0.saturating_sub(milliseconds(self.settings.retention)));
        self.attempt(|store| store.forget_pictures(before));
    }

    /// Writes this, as soon as the disk takes it.
    pub(super) fn receive(&mut self, msg: Msg) {
        self.note_open(&msg);
        self.waiting.push_back(msg);
        if self.waiting.len() > MAX_WAITING {
            self.waiting.pop_front();
        }
        self.write_waiting();
    }

    fn note_open(&mut self, msg: &Msg) {
        if let Msg::Record(incident) = msg {
            if ended(incident).is_some() {
                self.open.remove(&incident.id);
            } else {
                self.open.insert(incident.id, incident.began.mono);
            }
        }
    }

    /// Writes everything that waits, as far as the disk takes it.
    fn write_waiting(&mut self) {
        if self.store.is_none() {
            self.open_store();
        }
        while let Some(msg) = self.waiting.pop_front() {
            let written = self.attempt(|store| match &msg {
                Msg::Record(incident) => {
                    let until = ended(incident).unwrap_or_else(Instant::now);
                    let unseen = until.saturating_duration_since(incident.began.mono);
                    store.record(incident, milliseconds(unseen))
                }
                Msg::Picture { incident, jpeg } => store.picture(*incident, jpeg),
                Msg::Note { exhibit, note, evidence, at } => {
                    store.note(exhibit.as_deref(), note, evidence, *at)
                }
                Msg::Close { .. } => Ok(()),
            });
            if !written {
                self.waiting.push_front(msg);
                return;
            }
        }
        if self.store.is_some() && self.unwritable.went_well() {
            tracing::info!("the journal {} can be written again", self.settings.path.display());
        }
    }

    /// Does something with the journal; false where it could not be done.
    fn attempt(&mut self, operation: impl Fn(&Store) -> Result<(), rusqlite::Error>) -> bool {
        // Once more with a new journal, should this one prove damaged.
        for _ in 0..2 {
            let Some(store) = &self.store else { return false };
            let waiting = life::waits_for(DISK);
            let done = operation(store);
            drop(waiting);
            match done {
                Ok(()) => return true,
                Err(error) => self.fail(&error),
            }
        }
        false
    }

    fn open_store(&mut self) {
        let _waiting = life::waits_for(DISK);
        if self.newer.is_some_and(|newer| newer == stamp(&self.settings.path)) {
            return;
        }
        self.newer = None;
        #[cfg(test)]
        {
            self.opened += 1;
        }
        for _ in 0..2 {
            let path = &self.settings.path;
            if let Err(error) = make_room(path) {
                self.warn_once(&error.to_string());
                return;
            }
            let opened = Store::open(path, self.settings.limit).and_then(|mut store| {
                let run = match self.run {
                    Some(run) if store.go_on(run, self.began)? => run,
                    Some(_) | None => store.begin(&boot_id(), self.began)?,
                };
                Ok((store, run))
            });
            match opened {
                Ok((store, run)) => {
                    self.store = Some(store);
                    self.run = Some(run);
                    return;
                }
                Err(OpenError::Sqlite(error)) if Trouble::of(&error) == Trouble::Damaged => {
                    self.move_aside(&error);
                }
                Err(OpenError::Sqlite(error)) => {
                    self.warn_once(&error.to_string());
                    return;
                }
                Err(error @ OpenError::Newer(_)) => {
                    self.leave_newer(&error);
                    return;
                }
            }
        }
    }

    fn fail(&mut self, error: &rusqlite::Error) {
        self.store = None;
        match Trouble::of(error) {
            Trouble::Damaged => {
                self.move_aside(error);
                self.open_store();
            }
            Trouble::Unwritable => self.warn_once(&error.to_string()),
        }
    }

    /// A damaged journal is kept for whoever can read it, and a new one begun.
    fn move_aside(&mut self, error: &rusqlite::Error) {
        self.put_aside += 1;
        if self.put_aside > MAX_PUT_ASIDE {
            self.warn_once(&format!("{error}, for the {}th time: is the disk sound?", self.put_aside));
            return;
        }
        let path = &self.settings.path;
        let stamp = format!("damaged-{}", host::wall_clock().0);
        let aside = path.with_extension(format!("{stamp}.db"));
        for (from, to) in files(path).iter().zip(files(&aside)) {
            match fs::rename(from, &to) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    let error = format!("it is damaged and cannot be moved to {}: {error}", to.display());
                    self.warn_once(&error);
                    return;
                }
                _ => {}
            }
        }
        tracing::warn!(
            "the journal {} is damaged ({error}); it was moved to {}, and a new one is begun",
            path.display(),
            aside.display()
        );
        self.remove_old();
    }

    /// Of the journals that were put aside, only the newest are kept.
    fn remove_old(&self) {
        let path = &self.settings.path;
        let (Some(folder), Some(stem)) = (path.parent(), path.file_stem().and_then(OsStr::to_str)) else {
            return;
        };
        let stamp = |path: &Path| -> Option<i64> {
            let name = path.file_name()?.to_str()?.strip_prefix(stem)?;
            name.strip_prefix(".damaged-")?.strip_suffix(".db")?.parse().ok()
        };
        let found = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut aside: Vec<_> =
            found.filter_map(|entry| Some((stamp(&entry.path())?, entry.path()))).collect();
        aside.sort();
        let old = aside.len().saturating_sub(MAX_PUT_ASIDE as usize);
        for (_, path) in aside.drain(..old) {
            for file in files(&path) {
                // What cannot be removed does no harm, and is tried again the next time.
                let _ = fs::remove_file(file);
            }
        }
    }

    /// What a newer Vitrine has written is no use to this one, and is not touched.
    fn leave_newer(&mut self, error: &OpenError) {
        let path = &self.settings.path;
        self.newer = Some(stamp(path));
        self.unwritable.failed(|| {
            tracing::warn!(
                "the journal {} was written by a newer Vitrine ({error}); it is left as it is, and nothing is written. \
                 Install that version again, or name another file: path in [journal]",
                path.display()
            );
        });
    }

    /// Says once that it cannot be written, until it can be again.
    fn warn_once(&mut self, why: &str) {
        let path = &self.settings.path;
        self.unwritable.failed(|| {
            tracing::warn!(
                "the journal {} cannot be written ({why}); Vitrine goes on, and keeps the last {MAX_WAITING} entries in \
                 memory until it can. Is there room on the disk, and is the folder the kiosk user's?",
                path.display()
            );
        });
    }
}

/// The journal has pictures of visitors in it. SQLite gives its other files the bits of the first.
fn make_room(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| host::state_folder().as_deref() == Some(folder)) {
        host::make_private(folder)?;
    }
    host::make_private_file(path)?;
    files(path).iter().for_each(|file| host::tighten(file));
    Ok(())
}

fn stamp(path: &Path) -> Stamp {
    files(path).map(|file| {
        let found = fs::metadata(file).ok()?;
        Some((found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
    })
}

fn ended(incident: &Incident) -> Option<Instant> {
    match incident.outcome {
        Outcome::Noticed | Outcome::Recovering | Outcome::Broken => None,
        Outcome::Recovered { at } | Outcome::PassedBy { at } | Outcome::Ended { at } => Some(at.mono),
    }
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
