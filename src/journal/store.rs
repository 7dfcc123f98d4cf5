//! The journal's tables, and writing them.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};

use super::Note;
use crate::core::incident::{Incident, Outcome};
use crate::core::text::visible_within;
use crate::core::types::{IncidentId, WallTime};

/// Tells Vitrine's journal, in this form, from any other database (`PRAGMA application_id`, `user_version`).
const APPLICATION: i32 = 0x5654_5231;
const VERSION: i32 = 1;

/// So many characters of what was seen are kept; the rest is in the log.
const EVIDENCE_LIMIT: usize = 4000;

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

/// Entries that are removed at a time when the journal has become too large.
const BATCH: u32 = 20;
/// The same of pictures, of which each takes as much room as a hundred entries.
const FEW: u32 = 4;

/// An open journal.
#[derive(Debug)]
pub(super) struct Store {
    conn: Connection,
    run: i64,
    limit: u64,
}

/// What a failure of the database means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The file is no database, or a torn one.
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
    pub(super) fn open(path: &Path, limit: u64) -> Result<Self, rusqlite::Error> {
        let conn = Connection::open(path)?;
        conn.busy_timeout(std::time::Duration::from_secs(5))?;
        let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables == 0 {
            conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "foreign_keys", true)?;
        if tables == 0 {
            let fresh = conn.unchecked_transaction()?;
            fresh.execute_batch(TABLES)?;
            fresh.pragma_update(None, "application_id", APPLICATION)?;
            fresh.pragma_update(None, "user_version", VERSION)?;
            fresh.commit()?;
        }
        let store = Self { conn, run: 0, limit };
        store.check()?;
        Ok(store)
    }

    /// A torn file is found now, and not in the middle of the night.
    fn check(&self) -> Result<(), rusqlite::Error> {
        let pragma = |name: &str| self.conn.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let ours = pragma("application_id")? == APPLICATION && pragma("user_version")? == VERSION;
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
        let turn = self.conn.unchecked_transaction()?;
        let former: Option<(String, i64, Option<i64>)> = turn
            .query_row("SELECT boot, alive, ended FROM run ORDER BY id DESC LIMIT 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        turn.execute("INSERT INTO run (boot, began, alive) VALUES (?1, ?2, ?2)", params![boot, now.0])?;
        let run = turn.last_insert_rowid();
        let entry = |kind: &str, evidence: &str, began: i64, ended: Option<i64>| {
            turn.execute(
                "INSERT INTO entry (run, kind, evidence, began, ended) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![run, kind, evidence, began, ended],
            )
        };
        if let Some((former_boot, alive, None)) = former {
            turn.execute(
                "UPDATE entry SET outcome = 'cut off', ended = began + unseen WHERE kind = 'incident' AND ended IS NULL",
                [],
            )?;
            if former_boot == boot {
                let evidence = "Vitrine ended without a word: it was killed, or crashed";
                entry("daemon killed", evidence, alive, Some(now.0))?;
            } else {
                let evidence = "the computer stopped without ending Vitrine: it lost its power, or crashed";
                entry("power lost", evidence, alive, Some(now.0))?;
            }
        }
        entry("daemon began", concat!("Vitrine ", env!("CARGO_PKG_VERSION"), " began"), now.0, None)?;
        turn.commit()?;
        self.run = run;
        Ok(run)
    }

    /// The daemon ends in order.
    pub(super) fn end(&self, now: WallTime) -> Result<(), rusqlite::Error> {
        let turn = self.conn.unchecked_transaction()?;
        turn.execute("UPDATE run SET alive = ?1, ended = ?1 WHERE id = ?2", params![now.0, self.run])?;
        turn.execute(
            "INSERT INTO entry (run, kind, evidence, began) VALUES (?1, 'daemon ended', 'Vitrine ended in order', ?2)",
            params![self.run, now.0],
        )?;
        turn.commit()
    }

    /// The daemon still lives, and these incidents are still open after so many milliseconds.
    pub(super) fn alive(&self, now: WallTime, open: &[(IncidentId, i64)]) -> Result<(), rusqlite::Error> {
        let turn = self.conn.unchecked_transaction()?;
        turn.execute("UPDATE run SET alive = ?1 WHERE id = ?2", params![now.0, self.run])?;
        for (incident, unseen) in open {
            turn.execute(
                "UPDATE entry SET unseen = ?1 WHERE run = ?2 AND number = ?3",
                params![unseen, self.run, number(*incident)],
            )?;
        }
        turn.commit()
    }

    /// An incident as it stands; `unseen` is in milliseconds.
    pub(super) fn record(&self, incident: &Incident, unseen: i64) -> Result<(), rusqlite::Error> {
        let turn = self.conn.unchecked_transaction()?;
        let (outcome, ended) = outcome(incident.outcome);
        let id: i64 = turn.query_row(
            "INSERT INTO entry (run, number, kind, exhibit, symptom, evidence, outcome, began, ended, unseen)
             VALUES (?1, ?2, 'incident', ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (run, number) DO UPDATE SET symptom = excluded.symptom, evidence = excluded.evidence,
                 outcome = excluded.outcome, ended = excluded.ended, unseen = excluded.unseen
             RETURNING id",
            params![
                self.run,
                number(incident.id),
                incident.name,
                incident.symptom.words(),
                visible_within(&incident.evidence, EVIDENCE_LIMIT),
                outcome,
                incident.began.wall.0,
                ended.map(|at| at.0),
                unseen,
            ],
            |row| row.get(0),
        )?;
        turn.execute("DELETE FROM remedy WHERE entry = ?1", [id])?;
        for (place, run) in (0i64..).zip(&incident.remedies) {
            let ended = run.ended.as_ref().map(|(at, _)| at.wall.0);
            let failure = run.ended.as_ref().and_then(|(_, result)| result.as_ref().err());
            let failure = failure.map(|text| visible_within(text, EVIDENCE_LIMIT));
            turn.execute(
                "INSERT INTO remedy (entry, place, remedy, began, ended, failure) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![id, place, run.remedy.words(), run.began.wall.0, ended, failure],
            )?;
        }
        turn.commit()?;
        self.shrink()
    }

    pub(super) fn picture(&self, incident: IncidentId, jpeg: &[u8]) -> Result<(), rusqlite::Error> {
        self.conn.execute(
            "UPDATE entry SET picture = ?1 WHERE run = ?2 AND number = ?3",
            params![jpeg, self.run, number(incident)],
        )?;
        self.shrink()
    }

    pub(super) fn note(
        &self,
        exhibit: Option<&str>,
        note: &Note,
        evidence: &str,
        at: WallTime,
    ) -> Result<(), rusqlite::Error> {
        let kind = match note {
            Note::Held => "held",
            Note::Resumed => "resumed",
            Note::Stopped => "stopped",
            Note::LibvirtRestarted => "libvirt restarted",
            Note::Rebooted => "computer restarted",
            Note::RebootRefused => "restart refused",
        };
        self.conn.execute(
            "INSERT INTO entry (run, kind, exhibit, evidence, began) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![self.run, kind, exhibit, visible_within(evidence, EVIDENCE_LIMIT), at.0],
        )?;
        self.shrink()
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
                [FEW],
            )?;
            if removed == 0 {
                removed = self.conn.execute(
                    "DELETE FROM entry WHERE id IN (
                         SELECT id FROM entry WHERE NOT (kind = 'incident' AND ended IS NULL) ORDER BY id LIMIT ?1)",
                    [BATCH],
                )?;
            }
            self.conn.execute_batch("PRAGMA incremental_vacuum")?;
            if removed == 0 {
                return Ok(());
            }
        }
    }
}

/// An incident's number; SQLite's numbers have a sign.
fn number(incident: IncidentId) -> i64 {
    i64::try_from(incident.0).unwrap_or(i64::MAX)
}

fn outcome(outcome: Outcome) -> (&'static str, Option<WallTime>) {
    match outcome {
        Outcome::Noticed => ("noticed", None),
        Outcome::Recovering => ("recovering", None),
        Outcome::Broken => ("broken", None),
        Outcome::Recovered { at } => ("recovered", Some(at.wall)),
        Outcome::PassedBy { at } => ("passed by itself", Some(at.wall)),
        Outcome::Ended { at } => ("taken in hand", Some(at.wall)),
    }
}
