//! The journal's tables, and writing them.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};

use super::Note;
use super::migrate::{self, APPLICATION_ID, SCHEMA_VERSION};
use crate::core::incident::{Incident, Outcome};
use crate::core::text::visible_within;
use crate::core::types::{IncidentId, Nameable as _, Told, Value, WallTime};
use crate::words::json;

/// Characters that are kept of what was seen; the rest is in the log.
const MAX_EVIDENCE_CHARS: usize = 4000;

const TABLES: &str = "
CREATE TABLE run (
    id    INTEGER PRIMARY KEY,
    boot  TEXT NOT NULL,
    began INTEGER NOT NULL,
    alive INTEGER NOT NULL,
    ended INTEGER
);
CREATE TABLE entry (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    run      INTEGER NOT NULL,
    number   INTEGER,
    kind     TEXT NOT NULL,
    exhibit  TEXT,
    symptom  TEXT,
    evidence TEXT NOT NULL,
    outcome  TEXT,
    began    INTEGER NOT NULL,
    ended    INTEGER,
    unseen   INTEGER NOT NULL DEFAULT 0,
    picture  BLOB,
    UNIQUE (run, number)
);
CREATE INDEX entry_began ON entry (began);
CREATE TABLE remedy (
    entry   INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    place   INTEGER NOT NULL,
    remedy  TEXT NOT NULL,
    began   INTEGER NOT NULL,
    ended   INTEGER,
    failure TEXT,
    PRIMARY KEY (entry, place)
) WITHOUT ROWID;
";

/// Entries that are removed in one step while the journal is too large.
const ENTRIES_PER_SHRINK: u32 = 20;
/// Pictures that are; each takes as much room as a hundred entries.
const PICTURES_PER_SHRINK: u32 = 4;

/// The open database, and this daemon's part in it.
#[derive(Debug)]
pub(super) struct Store {
    conn: Connection,
    /// The daemon's row in the table `run`.
    run: i64,
    /// The size that the journal may have, in bytes.
    limit: u64,
}

/// Why a journal cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    /// A newer Vitrine wrote it, in this form, which is not known here.
    #[error("it is of form {0}, and this version knows none beyond {SCHEMA_VERSION}")]
    Newer(i32),
    /// SQLite says no.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// What a failure of the database means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The file is no database, or only parts of one.
    Damaged,
    /// It cannot be written just now: no room, no right, no disk.
    Unwritable,
}

impl Trouble {
    pub(super) fn of(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            // A table that is not there or not as it should be: "SQL logic error".
            Some(ErrorCode::Unknown) => Self::Damaged,
            _ => Self::Unwritable,
        }
    }
}

impl Store {
    /// Opens the journal or makes one.
    pub(super) fn open(path: &Path, limit: u64) -> Result<Self, OpenError> {
        let conn = Connection::open(path)?;
        conn.busy_timeout(super::BUSY_TIMEOUT)?;
        // Before anything is written into it: one of a newer Vitrine is left as it is.
        let form = migrate::version(&conn)?;
        if let Some(newer) = form.filter(|form| *form > SCHEMA_VERSION) {
            return Err(OpenError::Newer(newer));
        }
        let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables == 0 {
            conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.pragma_update(None, "secure_delete", true)?;
        if tables == 0 {
            let fresh = conn.unchecked_transaction()?;
            fresh.execute_batch(TABLES)?;
            fresh.pragma_update(None, "application_id", APPLICATION_ID)?;
            fresh.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            fresh.commit()?;
        }
        let store = Self { conn, run: 0, limit };
        if form == Some(1) {
            store.check(1)?;
            migrate::take_over(&store.conn)?;
        }
        store.check(SCHEMA_VERSION)?;
        Ok(store)
    }

    /// A file of which parts are missing is found now, and not in the middle of the night.
    fn check(&self, form: i32) -> Result<(), rusqlite::Error> {
        let ours = migrate::version(&self.conn)? == Some(form);
        let verdict: String =
            self.conn.pragma_query_value(None, "quick_check", |row| row.get(0)).unwrap_or_default();
        if ours && verdict == "ok" {
            return Ok(());
        }
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        Err(rusqlite::Error::SqliteFailure(
            code,
            Some(format!("it is torn, or of another version: {verdict}")),
        ))
    }

    /// The daemon has this row already, and could not write for a while. False where this journal has no such row.
    pub(super) fn go_on(&mut self, run: i64, began: WallTime) -> Result<bool, rusqlite::Error> {
        let ours = "UPDATE run SET ended = NULL WHERE id = ?1 AND began = ?2";
        let found = self.conn.execute(ours, params![run, began.0])? > 0;
        if found {
            self.run = run;
        }
        Ok(found)
    }

    /// The daemon begins, and gets a row of its own; what an earlier one left open is closed.
    pub(super) fn begin(&mut self, boot: &str, now: WallTime) -> Result<i64, rusqlite::Error> {
        let transaction = self.conn.unchecked_transaction()?;
        let last: Option<(String, i64, Option<i64>)> = transaction
            .query_row("SELECT boot, alive, ended FROM run ORDER BY id DESC LIMIT 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        transaction
            .execute("INSERT INTO run (boot, began, alive) VALUES (?1, ?2, ?2)", params![boot, now.0])?;
        let run = transaction.last_insert_rowid();
        let entry = |evidence: &Told, began: i64, ended: Option<i64>| {
            // What they tell of is all that there is to say.
            transaction.execute(
                "INSERT INTO entry (run, kind, evidence, began, ended) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![run, evidence.code, json::write(evidence), began, ended],
            )
        };
        if let Some((last_boot, alive, None)) = last {
            transaction.execute(
                "UPDATE entry SET outcome = 'cut_off', ended = began + unseen WHERE kind = 'incident' AND ended IS NULL",
                [],
            )?;
            if last_boot == boot {
                entry(&Told::new("daemon_killed", Vec::new()), alive, Some(now.0))?;
            } else {
                entry(&Told::new("power_lost", Vec::new()), alive, Some(now.0))?;
            }
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        entry(&Told::new("daemon_began", vec![("version", version.value())]), now.0, None)?;
        transaction.commit()?;
        self.run = run;
        Ok(run)
    }

    /// The daemon ends in order.
    pub(super) fn end(&self, now: WallTime) -> Result<(), rusqlite::Error> {
        let transaction = self.conn.unchecked_transaction()?;
        transaction
            .execute("UPDATE run SET alive = ?1, ended = ?1 WHERE id = ?2", params![now.0, self.run])?;
        transaction.execute(
            "INSERT INTO entry (run, kind, evidence, began) VALUES (?1, 'daemon_ended', ?2, ?3)",
            params![self.run, json::write(&Told::new("daemon_ended", Vec::new())), now.0],
        )?;
        transaction.commit()
    }

    /// The daemon still lives, and these incidents are still open after so many milliseconds.
    pub(super) fn alive(&self, now: WallTime, open: &[(IncidentId, i64)]) -> Result<(), rusqlite::Error> {
        let transaction = self.conn.unchecked_transaction()?;
        transaction.execute("UPDATE run SET alive = ?1 WHERE id = ?2", params![now.0, self.run])?;
        for (incident, unseen) in open {
            transaction.execute(
                "UPDATE entry SET unseen = ?1 WHERE run = ?2 AND number = ?3",
                params![unseen, self.run, number(*incident)],
            )?;
        }
        transaction.commit()
    }

    /// An incident as it is now; `unseen` is in milliseconds.
    pub(super) fn record(&self, incident: &Incident, unseen: i64) -> Result<(), rusqlite::Error> {
        let transaction = self.conn.unchecked_transaction()?;
        let (outcome, ended) = outcome(incident.outcome);
        let id: i64 = transaction.query_row(
            "INSERT INTO entry (run, number, kind, exhibit, symptom, evidence, outcome, began, ended, unseen)
             VALUES (?1, ?2, 'incident', ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (run, number) DO UPDATE SET symptom = excluded.symptom, evidence = excluded.evidence,
                 outcome = excluded.outcome, ended = excluded.ended, unseen = excluded.unseen
             RETURNING id",
            params![
                self.run,
                number(incident.id),
                incident.name,
                incident.symptom.code(),
                written(&incident.evidence.told()),
                outcome,
                incident.began.wall.0,
                ended.map(|at| at.0),
                unseen,
            ],
            |row| row.get(0),
        )?;
        transaction.execute("DELETE FROM remedy WHERE entry = ?1", [id])?;
        for (index, run) in (0i64..).zip(&incident.remedies) {
            let ended = run.ended.as_ref().map(|(at, _)| at.wall.0);
            let failure = run.ended.as_ref().and_then(|(_, result)| result.as_ref().err());
            let failure = failure.map(|failure| written(&failure.told()));
            transaction.execute(
                "INSERT INTO remedy (entry, place, remedy, began, ended, failure) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![id, index, run.remedy.code(), run.began.wall.0, ended, failure],
            )?;
        }
        transaction.commit()?;
        self.shrink()
    }

    /// The picture of an incident, as JPEG.
    pub(super) fn picture(&self, incident: IncidentId, jpeg: &[u8]) -> Result<(), rusqlite::Error> {
        self.conn.execute(
            "UPDATE entry SET picture = ?1 WHERE run = ?2 AND number = ?3",
            params![jpeg, self.run, number(incident)],
        )?;
        self.shrink()
    }

    /// Something that is no incident.
    pub(super) fn note(
        &self,
        exhibit: Option<&str>,
        note: &Note,
        evidence: &Told,
        at: WallTime,
    ) -> Result<(), rusqlite::Error> {
        let kind = match note {
            Note::StartAsked => "start_asked",
            Note::SnapshotAsked => "snapshot_asked",
            Note::ConversionAsked => "conversion_asked",
            Note::DeletionAsked => "deletion_asked",
            Note::Held => "held",
            Note::Resumed => "resumed",
            Note::Stopped => "stopped",
            Note::SilentTogether => "silent_together",
            Note::HeardAgain => "heard_again",
            Note::XServerSilent => "x_server_silent",
            Note::XServerAnswers => "x_server_answers",
            Note::XServerEnded => "x_server_ended",
            Note::XServerStays => "x_server_stays",
            Note::SessionEnded => "session_ended",
            Note::SessionEndRefused => "session_end_refused",
            Note::LibvirtRestarted => "libvirt_restarted",
            Note::Rebooted => "computer_restarted",
            Note::RebootRefused => "restart_refused",
        };
        self.conn.execute(
            "INSERT INTO entry (run, kind, exhibit, evidence, began) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![self.run, kind, exhibit, written(evidence), at.0],
        )?;
        self.shrink()
    }

    /// Takes away the pictures of what began before. They are overwritten, not only forgotten (`secure_delete`).
    pub(super) fn forget_pictures(&self, before: WallTime) -> Result<(), rusqlite::Error> {
        let forgotten = self.conn.execute(
            "UPDATE entry SET picture = NULL WHERE picture IS NOT NULL AND began < ?1",
            [before.0],
        )?;
        if forgotten > 0 {
            self.conn.execute_batch("PRAGMA incremental_vacuum")?;
        }
        Ok(())
    }

    /// Removes what is oldest while the journal is too large: first pictures, then entries. What is open stays.
    fn shrink(&self) -> Result<(), rusqlite::Error> {
        loop {
            let pragma = |name: &str| self.conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            let used = pragma("page_count")?.saturating_sub(pragma("freelist_count")?);
            let bytes = used.saturating_mul(pragma("page_size")?);
            if u64::try_from(bytes).unwrap_or(0) <= self.limit {
                return Ok(());
            }
            let mut removed = self.conn.execute(
                "UPDATE entry SET picture = NULL WHERE id IN (
                     SELECT id FROM entry WHERE picture IS NOT NULL ORDER BY id LIMIT ?1)",
                [PICTURES_PER_SHRINK],
            )?;
            if removed == 0 {
                removed = self.conn.execute(
                    "DELETE FROM entry WHERE id IN (
                         SELECT id FROM entry WHERE NOT (kind = 'incident' AND ended IS NULL) ORDER BY id LIMIT ?1)",
                    [ENTRIES_PER_SHRINK],
                )?;
            }
            self.conn.execute_batch("PRAGMA incremental_vacuum")?;
            if removed == 0 {
                return Ok(());
            }
        }
    }
}

/// A sentence as the journal keeps it.
fn written(told: &Told) -> String {
    json::write(&bounded(told))
}

/// What others say is bounded, and made visible: a guest may send anything.
fn bounded(told: &Told) -> Told {
    let value = |value: &Value| match value {
        Value::Text(text) => Value::Text(visible_within(text, MAX_EVIDENCE_CHARS)),
        Value::Told(told) => Value::Told(bounded(told)),
        Value::Number(_) | Value::Span(_) => value.clone(),
    };
    let values = told.values.iter().map(|(name, told)| (name.clone(), value(told))).collect();
    Told { code: told.code.clone(), values }
}

/// An incident's number; SQLite's numbers have a sign.
fn number(incident: IncidentId) -> i64 {
    i64::try_from(incident.0).unwrap_or(i64::MAX)
}

/// The journal's code for an outcome, and when the incident ended.
fn outcome(outcome: Outcome) -> (&'static str, Option<WallTime>) {
    match outcome {
        Outcome::Noticed => ("noticed", None),
        Outcome::Recovering => ("recovering", None),
        Outcome::Broken => ("broken", None),
        Outcome::Recovered { at } => ("recovered", Some(at.wall)),
        Outcome::PassedBy { at } => ("passed_by_itself", Some(at.wall)),
        Outcome::Ended { at } => ("taken_in_hand", Some(at.wall)),
    }
}
