use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::*;
use crate::core::incident::{Outcome, RemedyRun};
use crate::core::types::{Evidence, ExhibitId, Failure, Now, Remedy as Rung, Symptom, Trouble};

const PATIENCE: Duration = Duration::from_secs(60);
const MEGABYTE: u64 = 1 << 20;
/// Entries of these tests began in 1970.
const RETENTION: Duration = Duration::from_secs(1000 * 365 * 86_400);

struct Bench {
    folder: tempfile::TempDir,
    base: Instant,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), base: Instant::now() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("state/journal.db")
    }

    fn open(&self, at: i64) -> Handle {
        spawn(Settings { path: self.path(), limit: 10 * MEGABYTE, retention: RETENTION }, WallTime(at))
    }

    /// A moment so many milliseconds after the first, on both clocks.
    fn at(&self, ms: i64) -> Now {
        Now { mono: self.base + Duration::from_millis(u64::try_from(ms).unwrap()), wall: WallTime(ms) }
    }

    fn incident(&self, id: u64, name: &str, began: i64, outcome: Outcome) -> Incident {
        Incident {
            id: IncidentId(id),
            exhibit: ExhibitId(0),
            name: name.to_owned(),
            symptom: Symptom::HeartbeatLost,
            evidence: Evidence::Silent { lasted: Duration::from_secs(15) },
            began: self.at(began),
            remedies: vec![],
            outcome,
        }
    }

    fn read(&self) -> Vec<Entry> {
        // While it is being made there is nothing to be read yet.
        read(&self.path(), &Filter::default(), WallTime(1_000_000)).unwrap_or_default()
    }

    /// Everything but beginnings and ends of the daemon.
    fn incidents(&self) -> Vec<Entry> {
        self.read().into_iter().filter(|entry| entry.kind == Kind::Incident).collect()
    }

    fn kinds(&self) -> Vec<String> {
        let kind = |entry: Entry| match entry.kind {
            Kind::Incident => "incident".to_owned(),
            Kind::Other(kind) => kind,
        };
        self.read().into_iter().map(kind).collect()
    }

    /// Files in the journal's folder that are none of the journal's own.
    fn put_aside(&self) -> Vec<String> {
        let names = fs::read_dir(self.path().parent().unwrap()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("damaged")).collect()
    }
}

fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + PATIENCE;
    while Instant::now() < give_up {
        if let Some(found) = look() {
            return found;
        }
        // Only how often it is asked, not how long is waited.
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{what}")
}

fn copy(from: &Path, to: &Path) {
    for (from, to) in files(from).iter().zip(files(to)) {
        if from.exists() {
            fs::copy(from, to).unwrap();
        }
    }
}

#[test]
fn an_incident_is_one_entry_however_often_it_is_told() {
    let bench = Bench::new();
    let journal = bench.open(0);
    let mut incident = bench.incident(7, "eden", 1000, Outcome::Noticed);
    journal.record(incident.clone());
    incident.outcome = Outcome::Recovering;
    let run = RemedyRun { remedy: Rung::InPlaceRevert, began: bench.at(1100), ended: None };
    incident.remedies.push(run);
    journal.record(incident.clone());
    journal.picture(IncidentId(7), vec![0xff, 0xd8]);
    incident.remedies[0].ended =
        Some((bench.at(1200), Err(Evidence::Refused { failure: Failure::refused("QEMU says no") })));
    let ended = Some((bench.at(1900), Ok(())));
    incident.remedies.push(RemedyRun { remedy: Rung::FullRevert, began: bench.at(1300), ended });
    incident.outcome = Outcome::Recovered { at: bench.at(3500) };
    journal.record(incident);
    journal.note(Some("eden"), Note::Held, Told::text("by anna (command)"), WallTime(4000));
    journal.note(None, Note::Rebooted, Trouble::WithoutLibvirt.told(), WallTime(4500));
    journal.close(WallTime(5000), PATIENCE);

    assert_eq!(bench.kinds(), ["daemon_began", "incident", "held", "computer_restarted", "daemon_ended"]);
    let [entry] = bench.incidents().try_into().unwrap();
    assert_eq!(entry.exhibit.as_deref(), Some("eden"));
    assert_eq!(entry.outcome.as_deref(), Some("recovered"));
    assert_eq!((entry.began, entry.ended), (WallTime(1000), Some(WallTime(3500))));
    assert_eq!((entry.unseen, entry.open), (Duration::from_millis(2500), false));
    let remedies: Vec<_> =
        entry.remedies.iter().map(|r| (r.remedy.clone(), r.failure.as_ref().map(Told::to_string))).collect();
    assert_eq!(
        remedies,
        [("in_place_revert".to_owned(), Some("QEMU says no".to_owned())), ("full_revert".to_owned(), None)]
    );
    assert_eq!((entry.has_picture, &entry.picture), (true, &None), "only for who asks for one entry");
    let one = Filter { id: Some(entry.id), ..Filter::default() };
    let [entry] = read(&bench.path(), &one, WallTime(0)).unwrap().try_into().unwrap();
    assert_eq!(entry.picture, Some(vec![0xff, 0xd8]));
}

#[test]
fn nothing_is_hidden_in_what_is_kept() {
    let bench = Bench::new();
    let journal = bench.open(0);
    let evil = "x\r\n<0>y\u{1b}[2J\u{202e}";
    let mut incident = bench.incident(7, "eden", 1000, Outcome::Recovering);
    incident.evidence = Evidence::GuestSays { reason: evil.to_owned() };
    let ended = Some((bench.at(1200), Err(Evidence::GuestSays { reason: evil.repeat(10_000) })));
    incident.remedies.push(RemedyRun { remedy: Rung::FullRevert, began: bench.at(1100), ended });
    journal.record(incident);
    journal.note(Some("eden"), Note::Held, Told::text(evil), WallTime(4000));
    journal.close(WallTime(5000), PATIENCE);
    let shown = r"x\r\n<0>y\u{1b}[2J\u{202e}";
    let entries = bench.read();
    let told: Vec<_> =
        entries.iter().map(|entry| entry.evidence.to_string()).filter(|told| told == shown).collect();
    assert_eq!(told.len(), 2, "{entries:?}");
    let [entry] = bench.incidents().try_into().unwrap();
    let failure = entry.remedies[0].failure.as_ref().unwrap().to_string();
    assert!(failure.starts_with(shown) && failure.chars().count() <= 4000, "{}", failure.len());
}

#[test]
fn entries_are_chosen_by_exhibit_and_time() {
    let bench = Bench::new();
    let journal = bench.open(0);
    for (id, name, began) in [(1, "eden", 1000), (2, "orbit", 2000), (3, "eden", 3000)] {
        let outcome = Outcome::Recovered { at: bench.at(began + 500) };
        journal.record(bench.incident(id, name, began, outcome));
    }
    journal.record(bench.incident(4, "eden", 4000, Outcome::Broken));
    // What it tells is read while the journal is written.
    wait("the last entry", || (bench.incidents().len() == 4).then_some(()));
    let chosen = |filter: Filter| -> Vec<i64> {
        let found = read(&bench.path(), &filter, WallTime(60_000)).unwrap();
        found.iter().filter(|entry| entry.kind == Kind::Incident).map(|entry| entry.began.0).collect()
    };
    let exhibit = Some("eden".to_owned());
    assert_eq!(chosen(Filter { exhibit, ..Filter::default() }), [1000, 3000, 4000]);
    assert_eq!(chosen(Filter { since: Some(WallTime(2500)), ..Filter::default() }), [2000, 3000, 4000]);
    assert_eq!(
        chosen(Filter { since: Some(WallTime(50_000)), ..Filter::default() }),
        [4000],
        "it lasts still"
    );
    assert_eq!(chosen(Filter { until: Some(WallTime(2000)), ..Filter::default() }), [1000]);
    let open = read(&bench.path(), &Filter::default(), WallTime(60_000)).unwrap();
    let open: Vec<_> = open.iter().filter(|entry| entry.open).map(|entry| entry.unseen).collect();
    assert_eq!(open, [Duration::from_secs(56)]);
    journal.close(WallTime(5000), PATIENCE);
}

#[test]
fn what_was_told_is_there_after_a_power_cut_and_the_cut_is_told() {
    let bench = Bench::new();
    let journal = bench.open(0);
    journal.record(bench.incident(1, "eden", 1000, Outcome::Noticed));
    wait("the entry", || (bench.incidents().len() == 1).then_some(()));
    // What is on the disk at this moment is what a power cut leaves.
    let after = Bench::new();
    fs::create_dir_all(after.path().parent().unwrap()).unwrap();
    copy(&bench.path(), &after.path());
    journal.close(WallTime(2000), PATIENCE);

    let store = rusqlite::Connection::open(after.path()).unwrap();
    store.execute("UPDATE run SET boot = 'an earlier one'", []).unwrap();
    drop(store);
    after.open(9000).close(WallTime(9500), PATIENCE);
    assert_eq!(after.kinds(), ["daemon_began", "incident", "power_lost", "daemon_began", "daemon_ended"]);
    let [cut] = after.incidents().try_into().unwrap();
    assert_eq!((cut.outcome.as_deref(), cut.open), (Some("cut_off"), false));
    let lost = after.read().remove(2);
    assert_eq!((lost.began, lost.ended), (WallTime(0), Some(WallTime(9000))));

    // An orderly end is none, and a killed daemon is no power cut.
    after.open(10_000);
    wait("the beginning", || (after.kinds().len() == 6).then_some(()));
    assert_eq!(after.kinds()[5], "daemon_began");
    wait("the next one", || {
        after.open(11_000).close(WallTime(11_000), PATIENCE);
        after.kinds().contains(&"daemon_killed".to_owned()).then_some(())
    });
}

#[test]
fn a_damaged_journal_is_put_aside_and_a_new_one_begun() {
    type Damage = fn(&Path);
    let damages: [Damage; 4] = [
        |path| fs::write(path, "this is no database, but it is long enough to be taken for one").unwrap(),
        |path| {
            let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
            file.seek(SeekFrom::Start(4096)).unwrap();
            file.write_all(&[0x5a; 16384]).unwrap();
        },
        |path| {
            let conn = rusqlite::Connection::open(path).unwrap();
            conn.execute_batch("DROP TABLE remedy").unwrap();
        },
        |path| {
            let conn = rusqlite::Connection::open(path).unwrap();
            conn.pragma_update(None, "application_id", 99).unwrap();
        },
    ];
    for (index, damage) in damages.iter().enumerate() {
        let bench = Bench::new();
        bench.open(0).close(WallTime(1), PATIENCE);
        damage(&bench.path());
        let journal = bench.open(10);
        journal.record(bench.incident(1, "eden", 20, Outcome::Noticed));
        journal.close(WallTime(30), PATIENCE);
        assert_eq!(bench.incidents().len(), 1, "damage {index}");
        assert_eq!(bench.put_aside().len(), 1, "damage {index}");
    }
}

#[test]
fn a_journal_that_cannot_be_written_is_waited_for() {
    let bench = Bench::new();
    // Root may write everywhere, but not into a folder that is none.
    let folder = bench.path().parent().unwrap().to_owned();
    fs::write(&folder, "in the way").unwrap();
    let journal = bench.open(0);
    for id in 1..=3 {
        journal.record(bench.incident(id, "eden", 1000, Outcome::Noticed));
    }
    fs::remove_file(&folder).unwrap();
    journal.record(bench.incident(4, "eden", 1000, Outcome::Noticed));
    journal.close(WallTime(5000), PATIENCE);
    assert_eq!(bench.incidents().len(), 4);
}

#[test]
fn pictures_are_kept_for_as_long_as_was_set_and_their_incidents_for_longer() {
    let bench = Bench::new();
    let retention = Duration::from_secs(60);
    let settings = Settings { path: bench.path(), limit: 10 * MEGABYTE, retention };
    let mut keeper = keeper::Keeper::new(settings, WallTime(0));
    for (id, began) in [(1, 1000), (2, 5000)] {
        keeper.receive(Msg::Record(bench.incident(id, "eden", began, Outcome::Noticed)));
        keeper.receive(Msg::Picture { incident: IncidentId(id), jpeg: b"what visitors saw".repeat(100) });
    }
    let pictures = |bench: &Bench| bench.incidents().iter().map(|it| it.has_picture).collect::<Vec<_>>();
    keeper.forget_pictures(WallTime(61_000));
    assert_eq!(pictures(&bench), [true, true]);
    keeper.forget_pictures(WallTime(61_001));
    assert_eq!(pictures(&bench), [false, true]);
    keeper.forget_pictures(WallTime(100_000));
    assert_eq!(pictures(&bench), [false, false]);
    drop(keeper);
    // Not even the file tells.
    let kept = fs::read(bench.path()).unwrap();
    assert!(!kept.windows(17).any(|part| part == b"what visitors saw"));
}

#[test]
fn a_journal_that_could_not_be_written_for_a_while_goes_on() {
    let bench = Bench::new();
    let settings = Settings { path: bench.path(), limit: 10 * MEGABYTE, retention: RETENTION };
    let mut keeper = keeper::Keeper::new(settings, WallTime(0));
    keeper.receive(Msg::Record(bench.incident(1, "eden", 1000, Outcome::Noticed)));
    // A disk that takes nothing.
    let disk = rusqlite::Connection::open(bench.path()).unwrap();
    disk.execute_batch("CREATE TRIGGER full BEFORE INSERT ON entry BEGIN SELECT RAISE(FAIL, 'full'); END")
        .unwrap();
    keeper.receive(Msg::Record(bench.incident(2, "eden", 2000, Outcome::Noticed)));
    let evidence = Trouble::WithoutLibvirt.told();
    keeper.receive(Msg::Note { exhibit: None, note: Note::Rebooted, evidence, at: WallTime(2500) });
    assert_eq!(bench.incidents().len(), 1);
    disk.execute_batch("DROP TRIGGER full").unwrap();
    keeper.receive(Msg::Record(bench.incident(1, "eden", 1000, Outcome::Recovered { at: bench.at(3000) })));
    assert_eq!(bench.kinds(), ["daemon_began", "incident", "incident", "computer_restarted"]);
    let outcomes: Vec<_> = bench.incidents().into_iter().map(|entry| entry.outcome.unwrap()).collect();
    assert_eq!(outcomes, ["recovered", "noticed"]);
}

#[test]
fn of_damaged_journals_only_the_newest_are_kept() {
    let bench = Bench::new();
    for time in 0..5 {
        bench.open(time).close(WallTime(time), PATIENCE);
        fs::write(bench.path(), "this is no database, but it is long enough to be taken for one").unwrap();
        let before = bench.put_aside();
        bench.open(time).close(WallTime(time), PATIENCE);
        assert!(bench.put_aside().iter().any(|name| !before.contains(name)), "the newest is kept");
    }
    assert_eq!(bench.put_aside().len(), 3);
}

/// Many incidents in a journal of a quarter of a megabyte, with or without pictures.
fn many(count: u64, picture: usize) -> (Bench, Vec<Entry>) {
    let bench = Bench::new();
    let limit = MEGABYTE / 4;
    let journal = spawn(Settings { path: bench.path(), limit, retention: RETENTION }, WallTime(0));
    journal.record(bench.incident(1, "eden", 1000, Outcome::Broken));
    for id in 2..=count {
        let outcome = Outcome::Recovered { at: bench.at(2000) };
        journal.record(bench.incident(id, "eden", 1000, outcome));
        if picture > 0 {
            journal.picture(IncidentId(id), vec![0; picture]);
        }
    }
    journal.close(WallTime(5000), PATIENCE);
    let kept = bench.incidents();
    let size = fs::metadata(bench.path()).unwrap().len();
    assert!(size <= limit + MEGABYTE / 8, "{size}");
    (bench, kept)
}

#[test]
fn the_oldest_go_first_when_there_are_too_many() {
    let (_bench, kept) = many(4000, 0);
    assert!(kept.len() < 3000, "{}", kept.len());
    assert_eq!(kept[0].outcome.as_deref(), Some("broken"), "what is open stays");
    let last = kept.last().unwrap().id;
    assert!(
        kept[1..].iter().rev().zip(0..).all(|(entry, back)| entry.id == last - back),
        "the newest are kept"
    );
}

#[test]
fn pictures_go_before_entries_and_the_oldest_before_the_newest() {
    let (_bench, kept) = many(100, 10_000);
    assert_eq!(kept.len(), 100, "no entry goes for a picture's sake");
    let pictures = kept.iter().filter(|entry| entry.has_picture).count();
    assert!((1..30).contains(&pictures), "{pictures}");
    assert!(kept[100 - pictures..].iter().all(|entry| entry.has_picture), "the newest are kept");
}

#[test]
fn a_journal_that_is_not_there_is_told() {
    let error = read(Path::new("/nonexistent/journal.db"), &Filter::default(), WallTime(0)).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/journal.db"), "{error}");
}

/// Written by Vitrine 0.1.0 while its journal was of form 1: every symptom, remedy, outcome and kind.
const FORM_1: &[u8] = include_bytes!("../../tests/journal/form-1.db");

fn with_form_1() -> Bench {
    let bench = Bench::new();
    fs::create_dir_all(bench.path().parent().unwrap()).unwrap();
    fs::write(bench.path(), FORM_1).unwrap();
    bench
}

fn form(path: &Path) -> i32 {
    let conn = rusqlite::Connection::open(path).unwrap();
    migrate::version(&conn).unwrap().unwrap()
}

/// What an entry tells, by codes.
fn codes(entry: &Entry) -> (i64, String, Option<String>, Option<String>, Vec<String>) {
    let kind = match &entry.kind {
        Kind::Incident => "incident",
        Kind::Other(kind) => kind,
    };
    let remedies = entry.remedies.iter().map(|run| run.remedy.clone()).collect();
    (entry.id, kind.to_owned(), entry.symptom.clone(), entry.outcome.clone(), remedies)
}

#[test]
fn a_journal_of_form_1_is_read_as_it_is_and_taken_over_by_the_next_daemon() {
    let bench = with_form_1();
    let before: Vec<_> = bench.read().iter().map(codes).collect();
    assert_eq!(before.len(), 24);
    assert_eq!(form(&bench.path()), 1, "who only reads changes nothing");
    let incidents: Vec<_> = before.iter().filter(|entry| entry.1 == "incident").collect();
    let symptoms: Vec<_> = incidents.iter().filter_map(|entry| entry.2.as_deref()).collect();
    assert_eq!(symptoms, migrate::SYMPTOMS_OF_FORM_1.map(|(_, code)| code));
    let remedies: Vec<_> = incidents.iter().flat_map(|entry| &entry.4).collect();
    let remedied = |code: &str| remedies.iter().any(|found| *found == code);
    assert!(migrate::REMEDIES_OF_FORM_1.iter().all(|(_, code)| remedied(code)), "{remedies:?}");
    // Their codes are still those of today.
    assert!(
        migrate::SYMPTOMS_OF_FORM_1.iter().all(|(_, code)| Symptom::ALL.iter().any(|it| it.code() == *code))
    );
    assert!(
        migrate::REMEDIES_OF_FORM_1.iter().all(|(_, code)| Rung::ALL.iter().any(|it| it.code() == *code))
    );
    assert!(before.iter().all(|entry| KINDS.contains(&entry.1.as_str())), "{before:?}");
    let known = |outcome: &Option<String>| outcome.as_deref().is_none_or(|code| OUTCOMES.contains(&code));
    assert!(before.iter().all(|entry| known(&entry.3)), "{before:?}");

    bench.open(400_000).close(WallTime(500_000), PATIENCE);
    let after: Vec<_> = bench.read().iter().map(codes).collect();
    assert_eq!(after[..24], before[..], "it reads as before");
    assert_eq!(after.len(), 26, "and goes on");
    assert_eq!(form(&bench.path()), migrate::SCHEMA_VERSION);
    assert_eq!(bench.put_aside(), [""; 0]);
}

#[test]
fn a_takeover_that_is_cut_off_leaves_the_journal_as_it_was() {
    let before: Vec<_> = with_form_1().read().iter().map(codes).collect();
    let steps = migrate::steps();
    for done in 0..=steps.len() {
        let bench = with_form_1();
        let cut = Bench::new();
        fs::create_dir_all(cut.path().parent().unwrap()).unwrap();
        let conn = rusqlite::Connection::open(bench.path()).unwrap();
        conn.pragma_update(None, "journal_mode", "WAL").unwrap();
        // So little memory that a part of it is on the disk before its end.
        conn.pragma_update(None, "cache_size", 1).unwrap();
        let transaction = conn.unchecked_transaction().unwrap();
        for step in &steps[..done] {
            transaction.execute_batch(step).unwrap();
        }
        // What the disk has in the moment when the power goes.
        copy(&bench.path(), &cut.path());
        drop(transaction);

        assert_eq!(form(&cut.path()), 1, "cut off after {done} steps");
        let found: Vec<_> = cut.read().iter().map(codes).collect();
        assert_eq!(found, before, "cut off after {done} steps");
        cut.open(400_000).close(WallTime(500_000), PATIENCE);
        assert_eq!(form(&cut.path()), migrate::SCHEMA_VERSION, "cut off after {done} steps");
        let found: Vec<_> = cut.read().iter().map(codes).collect();
        assert_eq!(found[..24], before[..], "cut off after {done} steps");
    }
}

#[test]
fn a_journal_of_a_newer_vitrine_is_left_untouched() {
    let bench = Bench::new();
    bench.open(0).close(WallTime(1), PATIENCE);
    let conn = rusqlite::Connection::open(bench.path()).unwrap();
    conn.pragma_update(None, "user_version", migrate::SCHEMA_VERSION + 1).unwrap();
    drop(conn);
    let before = fs::read(bench.path()).unwrap();
    let settings = Settings { path: bench.path(), limit: MEGABYTE, retention: RETENTION };
    let mut keeper = keeper::Keeper::new(settings, WallTime(10));
    for id in 1..=5 {
        keeper.receive(Msg::Record(bench.incident(id, "eden", 20, Outcome::Noticed)));
    }
    assert_eq!(fs::read(bench.path()).unwrap(), before);
    assert_eq!(bench.put_aside(), [""; 0]);
    assert_eq!(keeper.opened, 1, "it is not looked into again with each message");
    let error = store::Store::open(&bench.path(), MEGABYTE).unwrap_err();
    assert!(error.to_string().contains("of form 3"), "{error}");
    // Another one in its place is looked into, and what was kept meanwhile is written.
    fs::remove_file(bench.path()).unwrap();
    keeper.receive(Msg::Record(bench.incident(6, "eden", 20, Outcome::Noticed)));
    assert_eq!((bench.incidents().len(), keeper.opened), (6, 2));
}
