//! The kit for Windows under Wine, with an artwork that fails in every way, as three Windows. `guest/windows/test` runs
//! this; it needs root, and what that script makes.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod host;
mod stage;

use std::thread;
use std::time::{Duration, Instant};

use stage::Stage;

const SOON: Duration = Duration::from_secs(30);

const ARTWORK: &str =
    "[artwork]\r\nstart = artwork.exe\r\ngrace = 1 s\r\nhung_after = 3 s\r\nrestarts = 50\r\n";

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
#[ignore = "guest/windows/test runs it"]
fn windows_95_with_old_calls() {
    everything(Stage::new("old", "win95", 81, true));
}

#[test]
#[ignore = "guest/windows/test runs it"]
fn windows_95() {
    everything(Stage::new("win95", "win95", 82, false));
}

#[test]
#[ignore = "guest/windows/test runs it"]
fn windows_xp() {
    everything(Stage::new("winxp", "winxp", 83, false));
}

#[test]
#[ignore = "guest/windows/test runs it"]
fn windows_10() {
    everything(Stage::new("win10", "win10", 84, false));
}

fn everything(stage: Stage) {
    starts(&stage);
    faults(&stage);
    strangers(&stage);
    button(&stage);
    idleness(&stage);
    host_away(&stage);
    nonsense(&stage);
    log_limit(&stage);
    reverts(&stage);
    a_slow_artwork(&stage);
    check(&stage);
    install(&stage);
    end_of_windows(&stage);
    from_a_cd(&stage);
}

/// The artwork in its folder, whose name needs the whole path.
fn artwork(stage: &Stage) -> String {
    let folder = stage.folder.file_name().unwrap().to_str().unwrap();
    ARTWORK.replace("artwork.exe", &format!("Z:\\root\\{folder}\\artwork.exe"))
}

fn well(stage: &Stage, from: Instant) -> Instant {
    stage.host.wait(from, "/heartbeat?status=ok", SOON)
}

fn starts(stage: &Stage) {
    let from = Instant::now();
    stage.write_ini(&artwork(stage));
    stage.start(&["vitrine.exe"]);
    stage.host.wait(from, "/heartbeat?status=starting", SOON);
    well(stage, from);
    stage.host.wait(from, "/signal/boot?value=", SOON);
    assert_eq!(stage.count("artwork.log", "began"), 1);
    assert!(stage.host.state().agent.starts_with("vitrine-guest/"), "{}", stage.host.state().agent);
    // A second kit ends at once.
    assert!(stage.kit(&[]));
    assert_eq!(stage.count("vitrine.log", "the kit begins"), 1);
}

/// Each fault is told to the host, and mended.
fn faults(stage: &Stage) {
    for (cue, told) in [
        ("exit", "the+artwork+is+not+running"),
        ("hang", "the+artwork+does+not+answer"),
        ("hide", "the+artwork%27s+window+is+hidden"),
        ("error", "the+artwork+shows+an+error%3A+Eden+Garden%3A+error+7"),
    ] {
        let began = stage.count("artwork.log", "began");
        let from = Instant::now();
        stage.cue(cue);
        let seen = stage.host.wait(from, told, SOON);
        stage.wait_for("artwork.log", "began", began + 1, SOON);
        let again = well(stage, seen);
        println!(
            "{cue}: told after {:?}, well again after {:?}, longest gap between beats {:?}",
            seen - from,
            again - from,
            stage.host.longest_gap(from)
        );
        assert_eq!(stage.count("artwork.log", "began"), began + 1, "{cue}");
    }
    // One that does not close by itself is ended by force.
    let began = stage.count("artwork.log", "began");
    stage.cue("stubborn");
    thread::sleep(secs(1));
    let from = Instant::now();
    stage.cue("hide");
    stage.wait_for("artwork.log", "began", began + 1, SOON);
    well(stage, from);
    // A minimised window is shown again, and nothing else.
    let from = Instant::now();
    stage.cue("minimise");
    let seen = stage.host.wait(from, "window+is+minimised", SOON);
    let again = well(stage, seen);
    println!("minimise: told after {:?}, well again after {:?}", seen - from, again - from);
    assert_eq!(stage.count("artwork.log", "began"), began + 1);
}

/// Windows of others: let be, told in the log, closed.
fn strangers(stage: &Stage) {
    let began = stage.count("artwork.log", "began");
    let from = Instant::now();
    stage.write_ini(&format!("{}[windows]\r\nclose = log\r\n", artwork(stage)));
    stage.start(&["updater.exe", "/box"]);
    stage.wait_for("vitrine.log", "would close: Update", 1, SOON);
    thread::sleep(secs(4));
    assert_eq!(stage.count("vitrine.log", "would close: Update"), 1, "once is enough");
    assert_eq!(stage.count("vitrine.log", "closes: "), 0);
    stage.write_ini(&format!("{}[windows]\r\nclose = yes\r\nallow = Up?ate\r\n", artwork(stage)));
    stage.wait_for("vitrine.log", "the INI file was read", 3, SOON);
    thread::sleep(secs(3));
    assert_eq!(stage.count("vitrine.log", "closes: "), 0, "it is allowed");
    stage.write_ini(&format!("{}[windows]\r\nclose = yes\r\n", artwork(stage)));
    stage.wait_for("vitrine.log", "closes: Update", 1, SOON);
    thread::sleep(secs(3));
    assert_eq!(stage.count("vitrine.log", "closes: Update"), 1, "it has closed");
    // Where it may stay, the artwork still is to be in front.
    stage.write_ini(&artwork(stage));
    stage.wait_for("vitrine.log", "the INI file was read", 5, SOON);
    let opened = Instant::now();
    stage.start(&["updater.exe", "/box"]);
    let seen = stage.host.wait(opened, "another+window+is+in+front", SOON);
    well(stage, seen);
    stage.write_ini(&format!("{}[windows]\r\nclose = yes\r\n", artwork(stage)));
    stage.wait_for("vitrine.log", "closes: Update", 2, SOON);
    well(stage, Instant::now());
    assert_eq!(stage.count("artwork.log", "began"), began, "nothing of this is the artwork's fault");
    assert!(stage.host.longest_gap(from) < secs(5));
}

fn button(stage: &Stage) {
    stage.host.state().word = "on".to_owned();
    let from = Instant::now();
    stage.write_ini(&format!("{}[button]\r\nask = poll door\r\npress = key F5\r\n", artwork(stage)));
    stage.host.wait(from, "/poll/door", SOON);
    thread::sleep(secs(2));
    assert_eq!(stage.count("artwork.log", "key"), 0, "it was on before");
    for times in 1..=2 {
        stage.host.state().word = "off".to_owned();
        thread::sleep(secs(2));
        stage.host.state().word = "on".to_owned();
        stage.wait_for("artwork.log", "key", times, SOON);
        thread::sleep(secs(2));
        assert_eq!(stage.count("artwork.log", "key"), times, "it stays on, which is no further press");
    }
    let button = "[button]\r\nask = button\r\npress = click 250 250\r\npixel = 250 250 ";
    stage.write_ini(&format!("{}{button}FF00FF\r\n", artwork(stage)));
    let from = Instant::now();
    stage.host.wait(from, "/button-status", SOON);
    stage.host.state().pressed = true;
    stage.wait_for("vitrine.log", "not pressed: the pixel", 1, SOON);
    assert_eq!(stage.count("artwork.log", "click"), 0);
    stage.write_ini(&format!("{}{button}FFFFFF 8\r\n", artwork(stage)));
    thread::sleep(secs(3));
    stage.host.state().pressed = true;
    stage.wait_for("artwork.log", "click", 1, SOON);
}

/// Told once for each spell, and not for what was touched before a snapshot was restored.
fn idleness(stage: &Stage) {
    let told = |from| {
        stage.host.since(from).iter().filter(|path| path.contains("/idle/reset?idle_duration=")).count()
    };
    let touch = |x: &str| stage.xdotool(&["mousemove", x, "300", "click", "1"]);
    stage.write_ini(&format!("{}[idle]\r\nafter = 10 s\r\n", artwork(stage)));
    touch("310");
    let from = Instant::now();
    let first = stage.host.wait(from, "/idle/reset?idle_duration=10", SOON);
    println!("idle: told {:?} after the last touch", first - from);
    thread::sleep(secs(13));
    assert_eq!(told(from), 1, "nobody has touched anything since");
    touch("320");
    thread::sleep(secs(5));
    // As after a restored snapshot: the host's time is later than it can be.
    stage.host.state().ahead += secs(3_600);
    stage.wait_for("vitrine.log", "a snapshot was restored", 1, SOON);
    thread::sleep(secs(13));
    assert_eq!(told(from), 1, "what was touched was in the snapshot");
    touch("330");
    stage.host.wait(first + secs(1), "/idle/reset?", SOON);
    assert_eq!(told(from), 2);
    assert!(
        stage.count("vitrine.log", "the clock may not be set")
            + stage.count("vitrine.log", "the clock was set")
            > 0
    );
}

fn host_away(stage: &Stage) {
    stage.write_ini(&artwork(stage));
    let began = stage.count("artwork.log", "began");
    stage.host.set_away(true);
    stage.wait_for("vitrine.log", "the host does not answer", 1, SOON);
    let from = Instant::now();
    // The artwork is watched all the same.
    stage.cue("exit");
    stage.wait_for("artwork.log", "began", began + 1, secs(20));
    thread::sleep(secs(60).saturating_sub(from.elapsed()));
    stage.host.set_away(false);
    let back = Instant::now();
    let heard = well(stage, back);
    println!("host away for a minute: heard again after {:?}", heard - back);
    assert!(heard - back < secs(5));
}

/// Whatever is in the file, the kit goes on, and says what is wrong.
fn nonsense(stage: &Stage) {
    let good = format!("[host]\r\naddress = 127.0.0.1\r\nport = {}\r\n", stage.host.port);
    let lines: [&[u8]; 22] = [
        b"port",
        b"prot = 9",
        b"port = 9",
        b"[artwork\r\nstart = x",
        b"[]",
        b"[nowhere]\r\nx = y",
        b"= =",
        b"====",
        b"beat = -5",
        b"beat = 99999999999999999999 h",
        b"beat = soon",
        b"exhibit = ../../x",
        b"exhibit = a b",
        b"\0\0\0\0",
        b"\xff\xfe\xfd",
        b"[windows]\r\nclose = yes",
        b"[windows]\r\nallow = *",
        b"[button]\r\npress = F99",
        b"[button]\r\npixel = red",
        b"[button]\r\nask = button",
        b"[idle]\r\nafter = 1 ms",
        b"[kit]\r\nold_calls = perhaps",
    ];
    for (index, line) in lines.iter().enumerate() {
        let complaints = stage.count("vitrine.log", "INI file, line")
            + stage.count("vitrine.log", "the button has nothing")
            + stage.count("vitrine.log", "windows are not closed");
        let mut file = good.clone().into_bytes();
        file.extend_from_slice(line);
        // Each of another length, since the clock of files is coarse.
        file.extend(std::iter::repeat(b'\n').take(index));
        stage.write_file("vitrine.ini", &file);
        let end = Instant::now() + SOON;
        while stage.count("vitrine.log", "INI file, line")
            + stage.count("vitrine.log", "the button has nothing")
            + stage.count("vitrine.log", "windows are not closed")
            == complaints
        {
            assert!(Instant::now() < end, "no complaint about {line:?}:\n{}", stage.read("vitrine.log"));
            thread::sleep(Duration::from_millis(50));
        }
        stage.host.wait(Instant::now(), "/heartbeat?", secs(5));
    }
    // A file of zeros, none at all, and a good one again.
    stage.write_file("vitrine.ini", &[0; 40_000]);
    stage.wait_for("vitrine.log", "more than 16 KB", 1, SOON);
    std::fs::remove_file(stage.folder.join("vitrine.ini")).unwrap();
    stage.wait_for("vitrine.log", "there is no INI file", 1, SOON);
    stage.write_ini(&artwork(stage));
    well(stage, Instant::now());
}

fn log_limit(stage: &Stage) {
    let limited = format!("{}[log]\r\nlimit = 8\r\n", artwork(stage));
    for times in 0..40 {
        stage.write_ini(&format!("{limited}nonsense {times}\r\n{}", "nonsense\r\n".repeat(5 + times)));
        thread::sleep(Duration::from_millis(2_100));
        let size =
            |name: &str| std::fs::metadata(stage.folder.join(name)).map_or(0, |metadata| metadata.len());
        // What was written under a higher limit stays until the file is full.
        if size("vitrine.old") > 0 && times > 20 {
            assert!(size("vitrine.log") <= 4_096, "{} bytes", size("vitrine.log"));
            if times > 35 {
                assert!(size("vitrine.log") + size("vitrine.old") <= 8_192);
            }
        }
    }
    assert!(!stage.read("vitrine.old").is_empty());
}

/// Where restarts do not help, or are not wanted, the host is asked; and where it does nothing, it misses the beats.
fn reverts(stage: &Stage) {
    let from = Instant::now();
    stage.write_ini(&artwork(stage).replace("restarts = 50", "restarts = 0"));
    well(stage, from + secs(3));
    let failed = Instant::now();
    stage.cue("exit");
    let asked =
        stage.host.wait(failed, "/revert/request?severity=high&reason=the+artwork+is+not+running", SOON);
    println!("revert: asked after {:?}", asked - failed);
    thread::sleep(secs(36));
    let late = Instant::now();
    thread::sleep(secs(4));
    let since = stage.host.since(late);
    assert!(!since.iter().any(|path| path.contains("/heartbeat?")), "{since:?}");
    if stage.old_calls {
        // Without a list of programs, only what the kit has started is seen: somebody mends the INI.
        stage.write_ini(&artwork(stage));
    } else {
        // Somebody starts it by hand.
        stage.start(&["artwork.exe"]);
    }
    well(stage, late);
}

fn a_slow_artwork(stage: &Stage) {
    stage.kit(&["/stop"]);
    stage.end_all();
    let from = Instant::now();
    let began = stage.count("artwork.log", "began");
    stage.write_ini(
        &artwork(stage)
            .replace("artwork.exe", "artwork.exe /slow 60")
            .replace("[artwork]", "[artwork]\r\nstart_within = 90 s"),
    );
    stage.start(&["vitrine.exe"]);
    stage.host.wait(from, "/heartbeat?status=starting", SOON);
    let shown = stage.host.wait(from, "/heartbeat?status=ok", secs(90));
    println!(
        "slow: well after {:?}, longest gap between beats {:?}",
        shown - from,
        stage.host.longest_gap(from + secs(10))
    );
    assert_eq!(stage.count("artwork.log", "began"), began + 1, "it was waited for");
}

/// Has the kit say what it sees, on the desktop where the artwork is.
fn report(stage: &Stage) -> String {
    let _ = std::fs::remove_file(stage.folder.join("vitrine.txt"));
    stage.start(&["vitrine.exe", "/check", "/quiet"]);
    // It is written in one go.
    stage.wait_for("vitrine.txt", "rograms", 1, SOON);
    thread::sleep(secs(1));
    stage.read("vitrine.txt")
}

fn check(stage: &Stage) {
    let report = report(stage);
    println!("{report}");
    // Without a list of programs, `/check` cannot know which one the kit has started.
    let artwork = if stage.old_calls {
        ["artwork: the artwork has no window", "Eden Garden | Garden | "]
    } else {
        ["artwork: the artwork is well", "  artwork   Eden Garden | Garden | "]
    };
    for line in ["the kit runs: yes", "autostart: no"].iter().chain(&artwork) {
        assert!(report.contains(line), "{line}\n{report}");
    }
    assert!(report.contains(&format!("host: 127.0.0.1:{} answers 200", stage.host.port)), "{report}");
}

fn install(stage: &Stage) {
    let query = ["reg", "query", "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run", "/v", "Vitrine"];
    assert!(!stage.wine(&query));
    assert!(stage.kit(&["/install", "/quiet"]));
    assert!(stage.wine(&query), "it is in the registry");
    assert!(report(stage).contains("autostart: yes"));
    assert!(stage.kit(&["/remove", "/quiet"]));
    assert!(!stage.wine(&query), "and is not any more");
}

/// Windows' own end is told.
fn end_of_windows(stage: &Stage) {
    let from = Instant::now();
    stage.wine(&["explorer", "/desktop=museum,1024x768", "wineboot", "-e"]);
    stage.host.wait(from, "/signal/shutdown?value=", SOON);
    stage.wait_for("vitrine.log", "Windows ends: ", 1, SOON);
}

/// From a CD, the kit is copied to the disk, and that copy begins with Windows.
fn from_a_cd(stage: &Stage) {
    stage.make_folder_a_cd();
    assert!(stage.wine(&["D:\\vitrine.exe", "/install", "/quiet"]));
    for name in ["vitrine.exe", "vitrine.ini"] {
        assert!(stage.drive_c().join("Vitrine").join(name).exists(), "{name}");
    }
    let run = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run";
    assert!(stage.wine(&["reg", "query", run, "/v", "Vitrine"]));
}
