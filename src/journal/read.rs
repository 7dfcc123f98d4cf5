//! Reading the journal, whether or not a daemon writes it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Row, params};

use super::migrate;

use crate::core::types::{Told, WallTime};
use crate::host::boot_id;
use crate::words::json;

/// What an entry tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An exhibit was ill.
    Incident,
    /// Anything else, by its code: one of [`super::KINDS`], or a newer Vitrine's.
    Other(String),
}

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the journal, which `vitrine incidents` shows.
    pub id: i64,
    /// What it tells of.
    pub kind: Kind,
    /// The exhibit's name; `None` where it is about the site.
    pub exhibit: Option<String>,
    /// The symptom's code ([`crate::core::types::Symptom::code`]).
    pub symptom: Option<String>,
    /// What was seen, or who did it.
    pub evidence: Told,
    /// What was tried, in order.
    pub remedies: Vec<Remedy>,
    /// How it ended or how far it is, by its code: one of [`super::OUTCOMES`].
    pub outcome: Option<String>,
    /// When it began, by the clock that people read.
    pub began: WallTime,
    /// When it ended; `None` while it lasts, and for what has no duration.
    pub ended: Option<WallTime>,
    /// For how long the artwork was not as it should be.
    pub unseen: Duration,
    /// Whether it lasts still, as far as the journal knows.
    pub open: bool,
    /// Whether there is a picture.
    pub has_picture: bool,
    /// The last picture before the first remedy, as JPEG, where one entry is asked for.
    pub picture: Option<Vec<u8>>,
}

/// One remedy of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The rung of the ladder, by its code ([`crate::core::types::Remedy::code`]).
    pub remedy: String,
    /// When it was called for.
    pub began: WallTime,
    /// When that call came back.
    pub ended: Option<WallTime>,
    /// Why it failed; `None` where it went well, or goes on.
    pub failure: Option<Told>,
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this one, with its picture.
    pub id: Option<i64>,
    /// Only entries about the exhibit of this name.
    pub exhibit: Option<String>,
    /// Only what lasted until then or began later.
    pub since: Option<WallTime>,
    /// Only what began before.
    pub until: Option<WallTime>,
}

/// Why the journal could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no journal at this path.
    #[error("there is no journal at {}; it is made by `vitrine run`", .0.display())]
    Missing(PathBuf),
    /// There is one, and it cannot be read.
    #[error("the journal {} cannot be read: {error}; it belongs to the user whose session runs Vitrine", .path.display())]
    Unreadable {
        /// The journal's file.
        path: PathBuf,
        /// What SQLite says.
        error: rusqlite::Error,
    },
}

/// Reads entries, the oldest first. `now` is for incidents that last still.
///
/// # Errors
/// There is no journal, or it cannot be read.
pub fn read(path: &Path, filter: &Filter, now: WallTime) -> Result<Vec<Entry>, ReadError> {
    if !path.exists() {
        return Err(ReadError::Missing(path.to_owned()));
    }
    query(path, filter, now).map_err(|error| ReadError::Unreadable { path: path.to_owned(), error })
}

fn query(path: &Path, filter: &Filter, now: WallTime) -> Result<Vec<Entry>, rusqlite::Error> {
    let conn = open(path)?;
    // Known first: what a daemon has taken over by the time it is read needs no translation, and bears one.
    let form = migrate::version(&conn)?;
    // Incidents that are open in the run of a daemon that may live still.
    let living: Option<(i64, String)> = conn
        .query_row("SELECT id, boot FROM run WHERE ended IS NULL ORDER BY id DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .ok();
    let living = living.filter(|(_, boot)| *boot == boot_id()).map_or(-1, |(run, _)| run);
    let mut statement = conn.prepare(
        "SELECT id, kind, exhibit, symptom, evidence, outcome, began, ended, unseen,
                CASE WHEN ?1 IS NOT NULL THEN picture END,
                kind = 'incident' AND ended IS NULL AND run = ?5, picture IS NOT NULL
         FROM entry
         WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR exhibit = ?2)
             AND (?3 IS NULL OR coalesce(ended, began + unseen) >= ?3
                  OR (kind = 'incident' AND ended IS NULL AND run = ?5))
             AND (?4 IS NULL OR began < ?4)
         ORDER BY id",
    )?;
    let wanted =
        params![filter.id, filter.exhibit, filter.since.map(|at| at.0), filter.until.map(|at| at.0), living];
    let mut entries =
        statement.query_map(wanted, |row| entry(row, now, form))?.collect::<Result<Vec<_>, _>>()?;
    let mut remedies =
        conn.prepare("SELECT remedy, began, ended, failure FROM remedy WHERE entry = ?1 ORDER BY place")?;
    for entry in &mut entries {
        entry.remedies =
            remedies.query_map([entry.id], |row| remedy(row, form))?.collect::<Result<_, _>>()?;
    }
    if form == Some(1) {
        entries.iter_mut().for_each(translate);
    }
    Ok(entries)
}

/// A journal in a folder that this user cannot write to can only be read as if nobody wrote it.
fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.busy_timeout(super::BUSY_TIMEOUT)?;
    match conn.query_row("SELECT count(*) FROM run", [], |_| Ok(())) {
        Ok(()) => Ok(conn),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::CannotOpen) => {
            let name = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)
        }
        Err(error) => Err(error),
    }
}

fn entry(row: &Row<'_>, now: WallTime, form: Option<i32>) -> Result<Entry, rusqlite::Error> {
    let kind: String = row.get(1)?;
    let kind = if kind == "incident" { Kind::Incident } else { Kind::Other(kind) };
    let began: i64 = row.get(6)?;
    let open: bool = row.get(10)?;
    let known: i64 = row.get(8)?;
    let unseen = if open { known.max(now.0.saturating_sub(began)) } else { known };
    Ok(Entry {
        id: row.get(0)?,
        kind,
        exhibit: row.get(2)?,
        symptom: row.get(3)?,
        evidence: told(row.get(4)?, form),
        remedies: Vec::new(),
        outcome: row.get(5)?,
        began: WallTime(began),
        ended: row.get::<_, Option<i64>>(7)?.map(WallTime),
        unseen: Duration::from_millis(u64::try_from(unseen).unwrap_or(0)),
        open,
        picture: row.get(9)?,
        has_picture: row.get(11)?,
    })
}

/// What was seen, or why something failed. In form 1 it is a text, whatever it looks like.
fn told(text: String, form: Option<i32>) -> Told {
    if form == Some(1) { Told::text(text) } else { json::parse(&text) }
}

/// Codes in place of the words of form 1.
fn translate(entry: &mut Entry) {
    if let Kind::Other(kind) = &mut entry.kind {
        *kind = migrate::plain(std::mem::take(kind));
    }
    entry.symptom = entry.symptom.take().map(migrate::symptom);
    entry.outcome = entry.outcome.take().map(migrate::plain);
    for run in &mut entry.remedies {
        run.remedy = migrate::remedy(std::mem::take(&mut run.remedy));
    }
}

fn remedy(row: &Row<'_>, form: Option<i32>) -> Result<Remedy, rusqlite::Error> {
    Ok(Remedy {
        remedy: row.get(0)?,
        began: WallTime(row.get(1)?),
        ended: row.get::<_, Option<i64>>(2)?.map(WallTime),
        failure: row.get::<_, Option<String>>(3)?.map(|text| told(text, form)),
    })
}
