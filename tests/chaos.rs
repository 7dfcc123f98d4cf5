//! Chaos: whatever goes wrong with guests, QEMU, libvirtd, disks, networks, viewers and Vitrine itself, one after the
//! other and now and then two at a time, every artwork comes back with no hand lifted. And the opposite: where
//! nothing is wrong, nothing is done. All parts are real, and an eye looks at the screens.
//!
//! Needs root, and what `deploy/packages run demo test` installs. `VITRINE_FAULTS` says how many faults,
//! `VITRINE_SEED` and `VITRINE_FAULT` which, `VITRINE_MINUTES` for how long healthy guests are looked at.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails panics")]

mod common;

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::cases::Case;
use common::dice::{Dice, number};
use common::eye::go_on;
use common::faults::{self, End, FAULTS, Fault, Part};
use common::museum::{self, EDEN, LogMark, Museum, RULES, Work, exhibit};
use libtest_mimic::Arguments;
use rustix::process::{Signal, geteuid, kill_process};
use serde_json::Value;

/// One by SPICE and one by VNC.
const WORKS: [Work; 2] = [EDEN, TIDE];
const TIDE: Work = Work { screen: 1, ..museum::TIDE };

/// After a fault the picture is back within this, or never.
const BOUND: Duration = Duration::from_secs(120);
/// A fault that shows is noticed within this: by Vitrine, or because the picture is gone.
const NOTICED: Duration = Duration::from_secs(60);
/// One of two faults at a time that has not been noticed within this is hidden by the other.
const HIDDEN: Duration = Duration::from_secs(10);
/// For so long a display may be out of reach.
const MAX_UNSHOWN: Duration = Duration::from_secs(10);
/// The last heartbeat of a guest that is well is no older, in seconds.
const FRESH: f64 = 3.0;
/// Time between two looks at what nobody tells of.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// Seconds for which the cause of a fault lasts.
const LASTS: [u64; 5] = [1, 3, 6, 12, 20];

const CASES: &[Case] = &[
    ("healthy_guests_are_left_alone", healthy_guests_are_left_alone),
    ("the_clock_jumps_by_a_year", the_clock_jumps_by_a_year),
    ("random_faults", random_faults),
    (
        "without_heartbeats_a_qemu_that_stands_still_is_found",
        without_heartbeats_a_qemu_that_stands_still_is_found,
    ),
];

fn main() -> ExitCode {
    if !Arguments::from_args().list && geteuid().is_root() {
        enter_own_mounts();
    }
    common::cases::run(CASES, || Museum::open_in(&WORKS, faults::prepare))
}

/// Starts this program anew where its mounts are its own, and end with it.
fn enter_own_mounts() {
    const THERE: &str = "VITRINE_OWN_MOUNTS";
    if std::env::var_os(THERE).is_none() {
        let program = std::env::current_exe().expect("the test's program");
        let error = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "--"])
            .arg(program)
            .args(std::env::args_os().skip(1))
            .env(THERE, "yes")
            .exec();
        panic!("unshare: {error}: install util-linux");
    }
}

/// Looks again and again until it is so; false where the time is over first. A daemon that ends by itself is at fault,
/// though the session would start it again.
fn look_until(
    museum: &mut Museum,
    limit: Duration,
    mut so: impl FnMut(&Museum) -> bool,
) -> Result<bool, String> {
    let begun = Instant::now();
    loop {
        go_on();
        if let Some(status) = museum.has_ended() {
            return Err(format!("Vitrine ended by itself, with {status}"));
        }
        if so(museum) {
            return Ok(true);
        }
        if begun.elapsed() > limit {
            return Ok(false);
        }
        std::thread::sleep(ASK_AGAIN);
    }
}

/// The same; never is a failure.
fn look_for(
    museum: &mut Museum,
    what: &str,
    limit: Duration,
    so: impl FnMut(&Museum) -> bool,
) -> Result<(), String> {
    if look_until(museum, limit, so)? { Ok(()) } else { Err(format!("{what}: not within {limit:?}")) }
}

/// Whether the artworks are well, in Vitrine's words and on the screens, and their guests beat.
fn all_well(museum: &Museum, since: Instant) -> bool {
    let moves = |work: &Work| work.looks().all(|(screen, look)| museum.eye.on(screen).moves(look, since));
    if !WORKS.iter().all(moves) {
        return false;
    }
    let Some(site) = museum.status() else { return false };
    site["well"] == true
        && WORKS.iter().all(|work| {
            let exhibit = exhibit(&site, work.name);
            let beat = exhibit["heartbeat"]["time_since_heartbeat"].as_f64();
            exhibit["viewer"] == "shown" && beat.is_some_and(|age| age < FRESH)
        })
}

/// Whether anything of a fault is to be seen: the picture was gone, or Vitrine has found the artwork ill.
fn shows(museum: &Museum, work: Work, since: Instant, mark: LogMark) -> bool {
    let named = format!("\"{}\"", work.name);
    museum.eye.on(work.screen).away(work.look, since) > Duration::ZERO
        || museum.log_since(mark).lines().any(|line| line.contains("WARN") && line.contains(&named))
}

/// A fault that has been begun.
struct Begun {
    fault: Fault,
    work: Work,
    at: Instant,
    mark: LogMark,
    end: Option<End>,
}

/// Does it, where it can be done now.
fn begin(museum: &mut Museum, fault: Fault, work: Work) -> Option<Begun> {
    let (at, mark) = (Instant::now(), museum.log_mark());
    let end = (fault.begin)(museum, work)?;
    println!("        {} of {}", fault.name, work.name);
    Some(Begun { fault, work, at, mark, end })
}

/// What one fault, or two at a time, cost.
struct Turn {
    faults: Vec<&'static str>,
    /// From the end of the cause until all artworks were well again.
    took: Duration,
}

/// Breaks something, perhaps a second thing before it is over, and waits until all is well again.
fn turn(museum: &mut Museum, dice: &mut Dice, fault: Fault, second: Option<Fault>) -> Result<Turn, String> {
    let lasts = Duration::from_secs(LASTS[dice.roll(LASTS.len())]);
    let first = begin(museum, fault, sufferer(dice, fault));
    let mut begun = vec![first.ok_or("the fault could not be done")?];
    if let Some(second) = second {
        std::thread::sleep(lasts.min(Duration::from_secs(3)));
        begun.extend(begin(museum, second, sufferer(dice, second)));
    }
    be_seen(museum, &begun)?;
    let cleared = clear(museum, &mut begun, lasts);
    look_for(museum, "all is well again", BOUND, |museum| all_well(museum, cleared))?;
    let took = cleared.elapsed();
    for Begun { fault, work, .. } in &begun {
        if let Some(after) = fault.after {
            after(museum, *work);
        }
    }
    look_for(museum, "all is well after what staff did", BOUND, |museum| all_well(museum, cleared))?;
    Ok(Turn { faults: begun.iter().map(|begun| begun.fault.name).collect(), took })
}

/// Whom it befalls.
fn sufferer(dice: &mut Dice, fault: Fault) -> Work {
    let fits = |work: &&Work| fault.graphics.is_none_or(|graphics| graphics == work.graphics);
    let all: Vec<&Work> = WORKS.iter().filter(fits).collect();
    *all[dice.roll(all.len())]
}

/// Waits until what shows has been seen. With two at a time, the one may hide the other.
fn be_seen(museum: &mut Museum, begun: &[Begun]) -> Result<(), String> {
    let alone = begun.len() == 1;
    for begun in begun.iter().filter(|begun| begun.fault.shows) {
        let seen = |museum: &Museum| shows(museum, begun.work, begun.at, begun.mark);
        let limit = if alone { NOTICED } else { HIDDEN };
        if !look_until(museum, limit, seen)? && alone {
            return Err("the fault was never noticed".to_owned());
        }
    }
    Ok(())
}

/// Ends what causes the faults, after this time; since when there is no cause any more.
fn clear(museum: &mut Museum, begun: &mut [Begun], lasts: Duration) -> Instant {
    let last = begun.iter().map(|begun| begun.at).max().unwrap_or_else(Instant::now);
    let ends: Vec<End> = begun.iter_mut().filter_map(|begun| begun.end.take()).collect();
    if ends.is_empty() {
        return last;
    }
    std::thread::sleep(lasts.saturating_sub(last.elapsed()));
    ends.into_iter().for_each(|end| end(museum));
    Instant::now()
}

/// Two at a time must not undo each other's causes, and two on one part would.
fn bear_each_other(one: Fault, other: Fault) -> bool {
    one.part == Part::None || other.part == Part::None || one.part != other.part
}

/// The faults in a random order, each kind as often as any other.
fn choose(dice: &mut Dice, count: usize) -> Vec<Fault> {
    let only = std::env::var("VITRINE_FAULT").unwrap_or_default();
    let wanted = |fault: &&Fault| only.split(',').any(|part| fault.name.contains(part));
    let mut all: Vec<Fault> = FAULTS.iter().filter(wanted).copied().collect();
    assert!(!all.is_empty(), "there is no fault \"{only}\"");
    let mut chosen = Vec::new();
    while chosen.len() < count {
        dice.shuffle(&mut all);
        chosen.extend(&all);
    }
    chosen.truncate(count);
    chosen
}

fn random_faults(museum: &mut Museum) {
    let (mut dice, seed) = Dice::seeded();
    let count = usize::try_from(number("VITRINE_FAULTS", 6)).unwrap();
    println!("    VITRINE_SEED={seed} VITRINE_FAULTS={count}");
    museum.welcome();
    let rules = format!("{RULES}\nshown = \"{}s\"", MAX_UNSHOWN.as_secs());
    museum.reload(&museum.config(&WORKS.map(|work| work.block(&rules))));
    museum.well_again(&WORKS, Instant::now());
    let from = museum.log_mark();
    let mut queue = choose(&mut dice, count);
    let mut turns = Vec::new();
    let mut number = 0;
    while let Some(fault) = queue.pop() {
        number += 1;
        println!("    fault {number}");
        let overlaps = dice.roll(4) == 0;
        let second = queue.last().copied().filter(|second| overlaps && bear_each_other(fault, *second));
        let result = catch_unwind(AssertUnwindSafe(|| turn(museum, &mut dice, fault, second)));
        let why = match result {
            Ok(Ok(turn)) => {
                println!("        well after {:.1} s", turn.took.as_secs_f64());
                if turn.faults.len() == 2 {
                    queue.pop();
                    number += 1;
                }
                turns.push(turn);
                continue;
            }
            Ok(Err(why)) => why,
            Err(panic) => {
                fail(museum, seed, number, from, "the test could not go on");
                resume_unwind(panic);
            }
        };
        panic!("{}", fail(museum, seed, number, from, &format!("{}: {why}", fault.name)));
    }
    print_table(&turns);
}

/// Keeps the log, and says what is to be said.
fn fail(museum: &Museum, seed: u64, number: usize, from: LogMark, why: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("chaos-{seed}-{number}.log"));
    let log = museum.log_since(from);
    std::fs::write(&path, &log).expect("a log");
    let status = museum.vitrine(&["status"]).output().expect("vitrine");
    let (path, status) = (path.display(), String::from_utf8_lossy(&status.stdout));
    let text = format!("VITRINE_SEED={seed}, fault {number}: {why}\nthe log is kept in {path}\n{status}");
    println!("    {text}");
    text
}

fn print_table(turns: &[Turn]) {
    let mut kinds: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for turn in turns {
        for fault in &turn.faults {
            kinds.entry(fault).or_default().push(turn.took.as_secs_f64());
        }
    }
    println!(
        "    {:38} {:>5} {:>8} {:>8}",
        "from the end of the cause, in seconds", "count", "median", "worst"
    );
    let mut all = Vec::new();
    for (name, mut times) in kinds {
        times.sort_by(f64::total_cmp);
        all.extend(&times);
        println!("    {name:38} {:5} {:8.1} {:8.1}", times.len(), median(&times), times[times.len() - 1]);
    }
    all.sort_by(f64::total_cmp);
    if let Some(worst) = all.last() {
        println!("    {:38} {:5} {:8.1} {worst:8.1}", "all", all.len(), median(&all));
    }
    let pairs = turns.iter().filter(|turn| turn.faults.len() == 2).count();
    println!("    {pairs} times two at once");
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

/// The incidents that the journal has since then.
fn incidents(museum: &Museum, began: f64) -> Vec<Value> {
    let said = museum.vitrine(&["incidents", "--json"]).output().expect("vitrine");
    let all: Vec<Value> = serde_json::from_slice(&said.stdout).expect("JSON");
    let since = |entry: &Value| entry["began"].as_f64().is_some_and(|at| at > began);
    all.into_iter().filter(|entry| since(entry) && !entry["symptom"].is_null()).collect()
}

/// Whether a guest that was thought ill had itself been silent for longer than is left to it: on a computer that has
/// no time for it, it is ill indeed.
fn starved(way: &Way, incident: &Value) -> bool {
    let (began, exhibit) = (incident["began"].as_f64().unwrap(), incident["exhibit"].as_str().unwrap());
    let silent = way.silence(exhibit, began);
    if incident["symptom"] != "heartbeat_lost" || silent < (TIMEOUT - LONGEST_LOSS).as_secs_f64() {
        println!("    the beats before {incident}:\n{}", way.story(began));
        return false;
    }
    println!("    {exhibit} was put back, having been silent by itself for {silent:.1} s");
    true
}

/// Beats come late, twice or not at all, but never too late, and the processors are busy.
fn healthy_guests_are_left_alone(museum: &mut Museum) {
    let minutes = number("VITRINE_MINUTES", 1);
    let _busy = [Busy::start(), Busy::start()];
    if museum.is_running() {
        museum.end(Signal::TERM);
    }
    let rules = format!("heartbeat = {{ timeout = \"{}s\" }}\ncurtain = \"black\"", TIMEOUT.as_secs());
    let behind = free_port();
    let config = museum.config(&WORKS.map(|work| work.block(&rules)));
    let config = config.replace(&format!(":{}\"", museum.port), &format!(":{behind}\""));
    let (dice, seed) = Dice::seeded();
    println!("    VITRINE_SEED={seed} VITRINE_MINUTES={minutes}");
    let way = Way::open(museum.port, behind, dice);
    museum.run(&config);
    museum.well_again(&WORKS, Instant::now());
    let (mark, begun) = (museum.log_mark(), Instant::now());
    let began = museum.status().unwrap()["at"].as_f64().unwrap();
    let parts = WORKS.map(|work| (museum.viewers(work), museum.qemu(work), museum.recoveries(work)));
    let limit = Duration::from_secs(60 * minutes);
    look_for(museum, "the end of the time", limit + BOUND, |_| begun.elapsed() >= limit).unwrap();
    let Tally { passed, late, doubled, lost } = way.tally();
    println!("    beats: {passed} in time, {late} late, {doubled} doubled, {lost} lost");
    let incidents = incidents(museum, began);
    let starved = incidents.iter().filter(|incident| starved(&way, incident)).count();
    assert_eq!(incidents.len(), starved, "a remedy where nothing was wrong: {incidents:#?}");
    // More than this, and nothing was shown.
    assert!(starved as u64 <= 1 + minutes / 20, "this computer has no time for its guests");
    if starved == 0 {
        let log = museum.log_since(mark);
        // Its images are in memory, below the folder for temporary files.
        let complaints: Vec<_> = log
            .lines()
            .filter(|line| line.contains("WARN") || line.contains("ERROR"))
            .filter(|line| !line.contains("#a-disk-image-is-in-the-wrong-place"))
            .collect();
        assert_eq!(complaints, Vec::<&str>::new());
        assert_eq!(
            parts,
            WORKS.map(|work| (museum.viewers(work), museum.qemu(work), museum.recoveries(work)))
        );
    }
    assert!(passed > 0 && late > 0 && doubled > 0 && lost > 0, "the beats were not disturbed");
    museum.wait_picture(&WORKS, Instant::now());
    museum.end(Signal::TERM);
}

/// One processor that has no time, until it is dropped.
struct Busy(Arc<AtomicBool>);

impl Busy {
    fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        std::thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
        Self(stop)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What was done to beats.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    passed: u32,
    late: u32,
    doubled: u32,
    lost: u32,
}

/// What is known of the beats of one guest.
struct Beats {
    last: Instant,
    /// Until then they are lost.
    lost_until: Instant,
}

/// Decides what becomes of each beat.
struct Fates {
    dice: Dice,
    guests: HashMap<String, Beats>,
    tally: Tally,
    /// Every beat that came this way: when, in Unix seconds, whose, and what became of it.
    story: Vec<(f64, String, &'static str)>,
}

/// So long a guest may be silent.
const TIMEOUT: Duration = Duration::from_secs(15);
/// No more than this between two beats comes from their way; the timeout leaves guests the rest.
const LONGEST_LOSS: Duration = Duration::from_secs(10);
const LONGEST_DELAY: Duration = Duration::from_millis(1500);

impl Fates {
    /// How often a beat arrives, and how late.
    fn next(&mut self, guest: String, now: Instant) -> (u32, Duration) {
        let (times, delay, fate) = self.fate(guest.clone(), now);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.story.push((wall.as_secs_f64(), guest, fate));
        (times, delay)
    }

    fn fate(&mut self, guest: String, now: Instant) -> (u32, Duration, &'static str) {
        let beats = self.guests.entry(guest).or_insert(Beats { last: now, lost_until: now });
        let mut up_to =
            |limit: Duration| Duration::from_millis(self.dice.roll(limit.as_millis() as usize) as u64);
        let (loss, delay) = (up_to(LONGEST_LOSS), up_to(LONGEST_DELAY));
        let quiet = now - beats.last;
        let fate = self.dice.roll(10);
        if fate == 0 && quiet + loss < LONGEST_LOSS {
            beats.lost_until = now + loss;
        }
        if now < beats.lost_until {
            self.tally.lost += 1;
            return (0, Duration::ZERO, "lost");
        }
        beats.last = now;
        match fate {
            1..=2 => {
                self.tally.doubled += 1;
                (2, Duration::ZERO, "doubled")
            }
            3..=4 if quiet < LONGEST_LOSS / 2 => {
                self.tally.late += 1;
                (1, delay, "late")
            }
            _ => {
                self.tally.passed += 1;
                (1, Duration::ZERO, "passed")
            }
        }
    }
}

/// A bad way between the guests and Vitrine, until it is dropped.
struct Way {
    stop: Arc<AtomicBool>,
    fates: Arc<Mutex<Fates>>,
    port: u16,
}

impl Way {
    fn open(from: u16, to: u16, dice: Dice) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", from)).expect("the guests' port");
        let stop = Arc::new(AtomicBool::new(false));
        let fates = Fates { dice, guests: HashMap::new(), tally: Tally::default(), story: Vec::new() };
        let fates = Arc::new(Mutex::new(fates));
        let (told, deciding) = (Arc::clone(&stop), Arc::clone(&fates));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if told.load(Ordering::Relaxed) {
                    return;
                }
                let fates = Arc::clone(&deciding);
                // A guest that gives up, or a Vitrine that is not there, costs one beat.
                std::thread::spawn(move || drop(carry(stream, to, &fates)));
            }
        });
        Self { stop, fates, port: from }
    }

    /// The beats of all guests in the half minute before a moment, in Unix seconds, a line each.
    fn story(&self, until: f64) -> String {
        let fates = self.fates.lock().unwrap_or_else(PoisonError::into_inner);
        let told = fates.story.iter().filter(|(at, ..)| (until - 30.0..until + 5.0).contains(at));
        told.map(|(at, guest, fate)| format!("    {at:.3} {fate:8} {guest}")).collect::<Vec<_>>().join("\n")
    }

    /// For how long at most a guest sent nothing in the time-out before a moment, in seconds.
    fn silence(&self, guest: &str, until: f64) -> f64 {
        let fates = self.fates.lock().unwrap_or_else(PoisonError::into_inner);
        let from = until - TIMEOUT.as_secs_f64();
        let own = fates.story.iter().filter(|(_, who, _)| who.contains(guest)).map(|(at, ..)| *at);
        let sent: Vec<_> =
            [from].into_iter().chain(own.filter(|at| (from..until).contains(at))).chain([until]).collect();
        sent.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max)
    }

    fn tally(&self) -> Tally {
        self.fates.lock().unwrap_or_else(PoisonError::into_inner).tally
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // So that it looks whether it has been told to stop.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

/// Carries one request as often as its fate will have it, and the last answer back.
fn carry(mut guest: TcpStream, to: u16, fates: &Mutex<Fates>) -> std::io::Result<()> {
    let request = read_head(&guest)?;
    let who = request.lines().next().unwrap_or_default().to_owned();
    let (times, delay) = fates.lock().unwrap_or_else(PoisonError::into_inner).next(who, Instant::now());
    // This is what makes the beat late.
    std::thread::sleep(delay);
    let mut answer = Vec::new();
    for _ in 0..times {
        let mut vitrine = TcpStream::connect(("127.0.0.1", to))?;
        vitrine.write_all(request.as_bytes())?;
        vitrine.shutdown(Shutdown::Write)?;
        answer.clear();
        vitrine.read_to_end(&mut answer)?;
    }
    guest.write_all(&answer)
}

fn read_head(stream: &TcpStream) -> std::io::Result<String> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}

/// The clock that says what day it is jumps, for Vitrine and its viewers; the one that counts seconds goes on.
fn the_clock_jumps_by_a_year(museum: &mut Museum) {
    if museum.is_running() {
        museum.end(Signal::TERM);
    }
    let file = museum.path("clock");
    // Never half a line.
    let set = |offset: &str| {
        let new = file.with_extension("new");
        std::fs::write(&new, format!("{offset}\n")).unwrap();
        std::fs::rename(new, &file).unwrap();
    };
    set("+0");
    museum.environment = vec![
        ("LD_PRELOAD", faketime()),
        ("FAKETIME_TIMESTAMP_FILE", file.clone()),
        ("FAKETIME_NO_CACHE", "1".into()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
    ];
    museum.run(&museum.config(&WORKS.map(|work| work.block(RULES))));
    museum.well_again(&WORKS, Instant::now());
    let day = |site: &Value| site["at"].as_f64().unwrap() / 86_400.0;
    let today = day(&museum.status().unwrap());
    for (offset, days) in [("+365d", 365.0), ("-365d", -365.0), ("+0", 0.0)] {
        let (mark, begun) = (museum.log_mark(), Instant::now());
        let recoveries = WORKS.map(|work| museum.recoveries(work));
        set(offset);
        museum.wait_status("the clock has jumped", |site| (day(site) - today - days).abs() < 1.0);
        // Twice the timeout of a heartbeat.
        look_for(museum, "the timeout", BOUND, |_| begun.elapsed() > Duration::from_secs(10)).unwrap();
        assert_eq!(WORKS.map(|work| museum.recoveries(work)), recoveries, "{}", museum.log_since(mark));
        assert!(all_well(museum, begun), "not well: {:#?}", museum.status());
        for work in WORKS {
            let away = museum.eye.on(work.screen).away(work.look, begun);
            assert_eq!(away, Duration::ZERO, "{}", work.name);
        }
        let broken = Instant::now();
        museum.type_key(EDEN, "f");
        look_for(museum, "a remedy", BOUND, |museum| museum.recoveries(EDEN) > recoveries[0]).unwrap();
        look_for(museum, "all is well again", BOUND, |museum| all_well(museum, broken)).unwrap();
        println!(
            "    {offset}: a guest that froze was well again after {:.1} s",
            broken.elapsed().as_secs_f64()
        );
    }
    museum.environment.clear();
    museum.end(Signal::TERM);
}

/// Nothing beats, or rather it counts for nothing: only QEMU itself can tell. One that stalls for a moment is left alone, also
/// while the processors are busy. `VITRINE_FAULT` asks for further kinds, which take longer.
fn without_heartbeats_a_qemu_that_stands_still_is_found(museum: &mut Museum) {
    if museum.is_running() {
        museum.end(Signal::TERM);
    }
    let rules = "heartbeat = false\nqemu = { interval = \"1s\", timeout = \"5s\" }\ncurtain = \"black\"";
    museum.run(&museum.config(&WORKS.map(|work| work.block(rules))));
    museum.wait_status("all well", |site| site["well"] == true);
    museum.wait_picture(&WORKS, Instant::now());
    let recoveries = WORKS.map(|work| museum.recoveries(work));
    {
        let _busy = [Busy::start(), Busy::start()];
        for _ in 0..2 {
            let qemu = museum.libvirtd.qemu_pid(EDEN.name).expect("its QEMU");
            kill_process(qemu, Signal::STOP).expect("kill");
            // This is the stall, and no waiting for anything.
            std::thread::sleep(Duration::from_secs(2));
            kill_process(qemu, Signal::CONT).expect("kill");
            museum.wait_picture(&WORKS, Instant::now());
        }
    }
    assert_eq!(WORKS.map(|work| museum.recoveries(work)), recoveries, "a stall of 2 s is no illness");
    let only = std::env::var("VITRINE_FAULT").unwrap_or_else(|_| "QEMU stopped".to_owned());
    let stands_still = ["QEMU stopped", "QEMU hung in a monitor call"];
    for fault in
        FAULTS.iter().filter(|fault| stands_still.contains(&fault.name) && fault.name.contains(&only))
    {
        let (before, mark) = (museum.recoveries(EDEN), museum.log_mark());
        let begun = begin(museum, *fault, EDEN).expect("a fault");
        look_for(museum, "a remedy", BOUND, |museum| museum.recoveries(EDEN) > before).unwrap();
        let noticed = begun.at.elapsed();
        look_for(museum, "all is well again", BOUND, |museum| all_well(museum, begun.at)).unwrap();
        let log = museum.log_since(mark);
        assert!(log.contains("QEMU silent: QEMU has not answered for"), "{log}");
        println!(
            "    found after {:.1} s, well after {:.1} s",
            noticed.as_secs_f64(),
            begun.at.elapsed().as_secs_f64()
        );
    }
    assert_eq!(museum.recoveries(TIDE), recoveries[1], "its neighbour was disturbed");
    museum.end(Signal::TERM);
}

/// The library that lies about the time.
fn faketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let found =
        folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
    found.expect("libfaketime: install libfaketime")
}
