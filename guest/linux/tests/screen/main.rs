//! The kit on a real X server (Xvfb), with an artwork that fails in every way, before a host that writes down what it
//! is asked. Needs Xvfb, Openbox and unshare(1).

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod artwork;
#[path = "../../../protocol/tests/wine/host.rs"]
mod host;
mod stage;

use std::thread;
use std::time::{Duration, Instant};

use stage::{ARTWORK, Manager, Stage};

const SOON: Duration = Duration::from_secs(30);

/// Not a test but the artwork, which is this program under another name.
#[test]
fn plays_the_artwork() {
    if let Some(cues) = std::env::var_os("VITRINE_TEST_CUES") {
        artwork::play(std::path::Path::new(&cues));
    }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn well(stage: &Stage, from: Instant) -> Instant {
    stage.host.wait(from, "/heartbeat?status=ok", SOON)
}

/// Waits for so many further beats, in which nothing else may happen.
fn some_beats(stage: &Stage, count: usize) {
    for _ in 0..count {
        stage.host.wait(Instant::now(), "/heartbeat?", SOON);
    }
}

#[test]
fn starts_the_artwork_and_mends_it() {
    let stage = Stage::new(Manager::Openbox);
    let from = Instant::now();
    stage.write_ini(ARTWORK);
    let _kit = stage.start_kit();
    stage.host.wait(from, "/heartbeat?status=starting", SOON);
    well(&stage, from);
    stage.host.wait(from, "/signal/boot?value=", SOON);
    assert_eq!(stage.count("artwork.log", "began"), 1);
    assert!(stage.host.state().agent.starts_with("vitrine-guest/"), "{}", stage.host.state().agent);
    assert!(stage.says(&[]).contains("runs already"), "a second kit ends at once");
    let report = stage.says(&["--check"]);
    for line in [
        "the kit runs: yes",
        "artwork: the artwork is well",
        "artwork   Eden Garden | Garden | artwork",
        "last input:",
    ] {
        assert!(report.contains(line), "{line}\n{report}");
    }
    assert!(report.contains(&format!("host: 127.0.0.1:{} answers 200", stage.host.port)), "{report}");
    mends(&stage);
}

#[test]
fn without_a_window_manager() {
    let stage = Stage::new(Manager::None);
    stage.write_ini(ARTWORK);
    let _kit = stage.start_kit();
    well(&stage, Instant::now());
    mends(&stage);
}

/// Each fault is told to the host, and mended.
fn mends(stage: &Stage) {
    let mut faults = vec![
        ("exit", "the+artwork+is+not+running"),
        ("hang", "the+artwork+does+not+answer"),
        ("hide", "window+is+hidden"),
        ("destroy", "the+artwork+has+no+window"),
        ("box", "the+artwork+shows+an+error"),
    ];
    if stage.manager == Manager::None {
        // A server without a window manager knows no dialogues but by the hint, which is there all the same.
        faults.retain(|(cue, _)| *cue != "hide");
    }
    for (cue, told) in faults {
        let began = stage.count("artwork.log", "began");
        let from = Instant::now();
        stage.cue(cue);
        let seen = stage.host.wait(from, told, SOON);
        stage.wait_for("artwork.log", "began", began + 1);
        let again = well(stage, seen);
        println!("{cue}: told after {:?}, well again after {:?}", seen - from, again - from);
        assert_eq!(stage.count("artwork.log", "began"), began + 1, "{cue}");
    }
    if stage.manager == Manager::None {
        return;
    }
    // One that does not close by itself is ended by force.
    let began = stage.count("artwork.log", "began");
    stage.cue("stubborn");
    stage.wait_for("artwork.log", "stubborn", 1);
    stage.cue("box");
    stage.wait_for("artwork.log", "began", began + 1);
    well(stage, Instant::now());
    // A minimised window is shown again, and nothing else.
    let from = Instant::now();
    stage.cue("minimise");
    let seen = stage.host.wait(from, "window+is+minimised", SOON);
    well(stage, seen);
    assert_eq!(stage.count("artwork.log", "began"), began + 1);
    assert!(stage.host.longest_gap(from) < secs(5));
}

/// Windows of others: brought to the back, told in the log, let be, closed.
#[test]
fn windows_of_others() {
    let stage = Stage::new(Manager::Openbox);
    stage.write_ini(ARTWORK);
    let _kit = stage.start_kit();
    well(&stage, Instant::now());
    let opened = Instant::now();
    let mut other = stage.start_other("updater", "Update");
    let seen = stage.host.wait(opened, "another+window+is+in+front", SOON);
    well(&stage, seen);
    stage.write_ini(&format!("{ARTWORK}[windows]\nclose = log\n"));
    stage.wait_for("vitrine.log", "would close: Update | Other | updater", 1);
    some_beats(&stage, 12);
    assert_eq!(stage.count("vitrine.log", "would close: Update"), 1, "once is enough");
    stage.write_ini(&format!("{ARTWORK}[windows]\nclose = yes\nallow = Up?ate\n"));
    stage.wait_for("vitrine.log", "the INI file was read", 3);
    some_beats(&stage, 6);
    assert!(other.try_wait().unwrap().is_none(), "it is allowed");
    stage.write_ini(&format!("{ARTWORK}[windows]\nclose = yes\n"));
    stage.wait_for("vitrine.log", "closes: Update", 1);
    other.wait().unwrap();
    assert_eq!(stage.count("artwork.log", "began"), 1, "nothing of this is the artwork's fault");
    // One that the settings call trouble.
    stage.write_ini(&format!("{ARTWORK}trouble = Fatal*\n"));
    stage.wait_for("vitrine.log", "the INI file was read", 5);
    let from = Instant::now();
    let mut other = stage.start_other("crashed", "Fatal error");
    stage.host.wait(from, "shows+an+error%3A+Fatal+error", SOON);
    stage.wait_for("artwork.log", "began", 2);
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn the_button() {
    let stage = Stage::new(Manager::Openbox);
    stage.host.state().word = "on".to_owned();
    stage.write_ini(&format!("{ARTWORK}[button]\nask = poll door\nevery = 200 ms\npress = key F5\n"));
    let _kit = stage.start_kit();
    well(&stage, Instant::now());
    for _ in 0..5 {
        stage.host.wait(Instant::now(), "/poll/door", SOON);
    }
    assert_eq!(stage.count("artwork.log", "key"), 0, "it was on before");
    for times in 1..=2 {
        for word in ["off", "on"] {
            stage.host.state().word = word.to_owned();
            for _ in 0..3 {
                stage.host.wait(Instant::now(), "/poll/door", SOON);
            }
        }
        stage.wait_for("artwork.log", "key", times);
        some_beats(&stage, 4);
        assert_eq!(stage.count("artwork.log", "key"), times, "it stays on, which is no further press");
    }
    let button = format!("{ARTWORK}[button]\nask = button\npress = click 250 250\npixel = 250 250 ");
    stage.write_ini(&format!("{button}FF00FF\n"));
    stage.host.wait(Instant::now(), "/button-status", SOON);
    stage.host.state().pressed = true;
    stage.wait_for("vitrine.log", "not pressed: the pixel", 1);
    assert_eq!(stage.count("artwork.log", "click"), 0);
    stage.write_ini(&format!("{button}336699 8\n"));
    stage.wait_for("vitrine.log", "the INI file was read", 3);
    stage.host.state().pressed = true;
    stage.wait_for("artwork.log", "click", 1);
}

#[test]
fn idleness_as_the_x_server_tells_it() {
    idleness("");
}

#[test]
fn idleness_by_pointer_and_keys() {
    idleness("[kit]\nold_calls = yes\n");
}

/// Told once for each spell, and not for what was touched before a snapshot was restored.
fn idleness(more: &str) {
    let stage = Stage::new(Manager::Openbox);
    let told = |from| {
        stage.host.since(from).iter().filter(|path| path.contains("/idle/reset?idle_duration=")).count()
    };
    stage.write_ini(&format!("{ARTWORK}[idle]\nafter = 10 s\n{more}"));
    let begun = Instant::now();
    let _kit = stage.start_kit();
    well(&stage, begun);
    some_beats(&stage, 24);
    assert_eq!(told(begun), 0, "nobody has touched anything");
    stage.touch(310);
    let from = Instant::now();
    let first = stage.host.wait(from, "/idle/reset?idle_duration=10", SOON);
    some_beats(&stage, 24);
    assert_eq!(told(from), 1, "nobody has touched anything since");
    stage.touch(320);
    some_beats(&stage, 4);
    // As after a restored snapshot: the host's time is later than it can be.
    stage.host.state().ahead += secs(3_600);
    stage.wait_for("vitrine.log", "a snapshot was restored", 1);
    some_beats(&stage, 26);
    assert_eq!(told(from), 1, "what was touched was in the snapshot");
    stage.touch(330);
    stage.host.wait(first + secs(1), "/idle/reset?", SOON);
}

#[test]
fn the_host_is_away() {
    let stage = Stage::new(Manager::Openbox);
    stage.write_ini(ARTWORK);
    stage.host.set_away(true);
    let _kit = stage.start_kit();
    stage.wait_for("vitrine.log", "the host does not answer", 1);
    stage.wait_for("artwork.log", "began", 1);
    stage.wait_for("vitrine.log", "the artwork is well", 1);
    // It is watched all the same.
    stage.cue("exit");
    stage.wait_for("artwork.log", "began", 2);
    stage.host.set_away(false);
    let back = Instant::now();
    let heard = well(&stage, back);
    assert!(heard - back < secs(8), "{:?}", heard - back);
}

/// Whatever is in the file, the kit goes on, and says what is wrong.
#[test]
fn nonsense() {
    let stage = Stage::new(Manager::Openbox);
    stage.write_ini(ARTWORK);
    let _kit = stage.start_kit();
    well(&stage, Instant::now());
    let good = format!("[host]\naddress = 127.0.0.1\nport = {}\n", stage.host.port);
    let lines: [&[u8]; 12] = [
        b"prot = 9",
        b"[artwork\nstart = x",
        b"[nowhere]\nx = y",
        b"====",
        b"beat = 99999999999999999999 h",
        b"exhibit = ../../x",
        b"\0\0\0\0",
        b"\xff\xfe\xfd",
        b"[windows]\nclose = yes",
        b"[button]\npixel = red",
        b"[button]\nask = button",
        b"[idle]\nafter = 1 ms",
    ];
    let complaints = || {
        ["INI file, line", "the button has nothing", "windows are not closed"]
            .map(|words| stage.count("vitrine.log", words))
            .iter()
            .sum::<usize>()
    };
    for line in lines {
        let before = complaints();
        stage.write_file("vitrine.ini", &[good.as_bytes(), line].concat());
        let end = Instant::now() + SOON;
        while complaints() == before {
            assert!(Instant::now() < end, "no complaint about {line:?}:\n{}", stage.read("vitrine.log"));
            thread::sleep(Duration::from_millis(50));
        }
        stage.host.wait(Instant::now(), "/heartbeat?", secs(5));
    }
    // A file of zeros, none at all, one that cannot be started, and a good one again.
    stage.write_file("vitrine.ini", &[0; 40_000]);
    stage.wait_for("vitrine.log", "more than 16 KB", 1);
    std::fs::remove_file(stage.path("vitrine.ini")).unwrap();
    stage.wait_for("vitrine.log", "there is no INI file", 1);
    stage.write_ini("[artwork]\nstart = /no/such/program\n");
    stage.wait_for("vitrine.log", "the artwork cannot be started: error 127", 1);
    let from = Instant::now();
    stage.write_ini(ARTWORK);
    well(&stage, from);
}

/// Where restarts do not help, or are not wanted, the host is asked; and where it does nothing, it misses the beats.
#[test]
fn the_host_is_asked_to_put_everything_back() {
    let stage = Stage::new(Manager::Openbox);
    stage.write_ini(&ARTWORK.replace("restarts = 50", "restarts = 0"));
    let _kit = stage.start_kit();
    well(&stage, Instant::now());
    let failed = Instant::now();
    stage.cue("exit");
    stage.host.wait(failed, "/revert/request?severity=high&reason=the+artwork+is+not+running", SOON);
    // It is asked again every half minute; beats have stopped by the third time.
    for _ in 0..2 {
        stage.host.wait(Instant::now(), "/revert/request?", secs(40));
    }
    let late = Instant::now() - secs(20);
    let since = stage.host.since(late);
    assert!(!since.iter().any(|path| path.contains("/heartbeat?")), "{since:?}");
    // Somebody starts it by hand.
    let mut artwork = stage.start_artwork();
    well(&stage, late + secs(20));
    artwork.kill().unwrap();
    artwork.wait().unwrap();
}

/// An X server that comes late is waited for; one that stands still is told of as an artwork that does not answer.
#[test]
fn an_x_server_that_is_late_and_stands_still() {
    let mut stage = Stage::new(Manager::Late);
    stage.write_ini(ARTWORK);
    let from = Instant::now();
    let _kit = stage.start_kit();
    for _ in 0..6 {
        stage.host.wait(Instant::now(), "/heartbeat?status=starting", SOON);
    }
    assert_eq!(stage.count("artwork.log", "began"), 0, "it would find no X server");
    stage.start_server();
    well(&stage, from);
    assert_eq!(stage.count("artwork.log", "began"), 1);
    let stopped = Instant::now();
    stage.signal_server("STOP");
    let seen = stage.host.wait(stopped, "the+artwork+does+not+answer", SOON);
    assert!(stage.host.longest_gap(stopped) < secs(3), "beats go on");
    stage.signal_server("CONT");
    well(&stage, seen);
}

/// Without an X server, only the program is watched, if the settings say that it has no window.
#[test]
fn without_x() {
    let stage = Stage::new(Manager::Late);
    stage.write_ini("[artwork]\nstart = ./sleeper 600\nwindow = none\nrestarts = 50\n");
    let _kit = stage.start_kit();
    well(&stage, Instant::now());
    let report = stage.says(&["--check"]);
    assert!(report.contains("artwork: the artwork is well") && report.contains("screen: none"), "{report}");
    let from = Instant::now();
    stage.kill("sleeper");
    let seen = stage.host.wait(from, "the+artwork+is+not+running", SOON);
    well(&stage, seen);
    stage.stop_kit();
    stage.kill("sleeper");
}

/// That the system ends is told; that only the kit does is not, and the artwork goes on.
#[test]
fn the_end() {
    let stage = Stage::new(Manager::Openbox);
    stage.write_ini(ARTWORK);
    let from = Instant::now();
    let mut kit = stage.start_kit();
    well(&stage, from);
    stage.write_program("systemctl", "#!/bin/sh\necho '7 vitrine-guest.service stop running'\n");
    kit.terminate();
    stage.wait_for("vitrine.log", "the kit ends", 1);
    assert!(!stage.host.since(from).iter().any(|path| path.contains("/signal/shutdown")));
    let mut kit = stage.start_kit();
    well(&stage, Instant::now());
    assert_eq!(stage.count("artwork.log", "began"), 1, "it was adopted");
    stage.write_program("systemctl", "#!/bin/sh\necho '7 reboot.target start waiting'\n");
    kit.terminate();
    stage.host.wait(from, "/signal/shutdown?value=reboot", SOON);
    stage.wait_for("vitrine.log", "Linux ends: reboot", 1);
    let _kit = stage.start_kit();
    well(&stage, Instant::now());
    assert!(stage.says(&["--stop"]).contains("The kit ends"));
    stage.wait_for("vitrine.log", "the kit ends", 3);
}

/// A kit of the system finds the session by the programs that run in it, and gets in by their cookie.
#[test]
fn a_session_is_found() {
    let stage = Stage::new(Manager::Late);
    stage.write_ini(ARTWORK);
    let report = stage.in_a_system_of_its_own();
    assert!(report.contains(&format!("screen: display {}", stage.display)), "{report}");
    assert!(report.contains(&format!("artwork   Eden Garden | Garden | {}", stage.artwork())), "{report}");
}
