//! The commands, as people call them, against a scripted daemon.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use common::world::{NOW, World, exhibit, lasting, status};
use jiff::tz::TimeZone;
use vitrine::cli::{Style, render_status};
use vitrine::core::event::BeatNote;
use vitrine::core::status::*;
use vitrine::core::types::*;
use vitrine::web::dto::Site;

fn vitrine(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
    command.args(arguments).env_clear();
    command
}

fn with(world: &World, arguments: &[&str]) -> Output {
    vitrine(arguments).env("VITRINE_SOCKET", &world.socket).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn status_reads_well_in_80_columns() {
    let mut site = status(&["eden-garden", "turbulence", "orbit", "tide"]);
    let ago = |seconds: u64| {
        let wall = WallTime(NOW - i64::try_from(seconds * 1000).unwrap());
        Some((site.at.mono, wall))
            .map(|(mono, wall)| (mono.checked_sub(Duration::from_secs(seconds)).unwrap(), wall))
    };
    let (two, thirty) = (ago(2), ago(31));
    let [eden, turbulence, orbit, tide] = site.exhibits.as_mut_slice() else { panic!("four exhibits") };
    eden.heartbeat.last = two;
    eden.last_incident = Some(IncidentStatus {
        symptom: Symptom::HeartbeatLost,
        evidence: Evidence::Silent { lasted: Duration::from_secs(15) },
        began: WallTime(NOW - 150_000_000),
        lasted: Some(Duration::from_millis(2600)),
    });
    turbulence.heartbeat.last = thirty;
    turbulence.heartbeat.note =
        Some(BeatNote { status: Some("ok".to_owned()), message: Some("a\x1b[2Jb".to_owned()) });
    turbulence.info.state = VmState::Paused(PauseReason::IoError);
    turbulence.phase = PhaseStatus::Recovering { remedy: Remedy::FullRevert, why: Symptom::IoError };
    turbulence.phase_since = WallTime(NOW - 3000);
    turbulence.screens.push(ScreenStatus { name: "edid:EIZ-EV2456-33220917".to_owned(), connector: None });
    turbulence.last_incident = Some(IncidentStatus {
        symptom: Symptom::IoError,
        evidence: Evidence::DiskFailed,
        began: WallTime(NOW - 4000),
        lasted: None,
    });
    orbit.phase = PhaseStatus::Held;
    let until = Some(WallTime(NOW + 3_600_000));
    orbit.hold = Some(Hold {
        by: Holder::Staff("root (command)".to_owned()),
        since: WallTime(NOW - 60_000),
        until,
        reason: None,
    });
    orbit.phase_since = WallTime(NOW - 60_000);
    orbit.heartbeat.timeout = None;
    tide.phase = PhaseStatus::Broken { why: Symptom::VmMissing, retry_in: Duration::from_secs(240) };
    tide.info = VmInfo { state: VmState::Missing, ..VmInfo::unknown() };
    tide.viewer = ViewerStatus::None;
    site.last_resort = Some(LastResortStatus {
        why: Trouble::NothingHelps { exhibits: "turbulence".to_owned() },
        restart_libvirt_in: Some(Duration::from_secs(30)),
        reboot_in: Some(Duration::from_secs(25 * 60)),
    });
    let now = site.at;
    let text =
        render_status(&Site::new(&site, now), &Style { colour: false, width: 80, zone: TimeZone::UTC });
    let expected = "\
2 of 4 exhibits need attention. libvirt is up. Vitrine 0.1.0 has run for 12
days.

  eden-garden  healthy since 09:14:20
               VM running, last beat 2 s ago, shown on SCREEN-0
               last incident: heartbeat lost, 21 Nov 20:23, over after 2 s

! turbulence   recovering since 14:03:17: full revert against \"VM paused by an
               I/O error\"
               VM paused, last beat 31 s ago (allowed: 15 s), shown on SCREEN-1,
               screen edid:EIZ-EV2456-33220917 is missing
               the guest says: ok: a\\u{1b}[2Jb
               incident: VM paused by an I/O error, since 14:03:16: a read or a
               write of the VM's disk failed, and QEMU paused it

  orbit        held since 14:02:20 by root (command) until 15:03:20: watched,
               shown, not touched
               VM running, no heartbeat expected, shown on SCREEN-2

! tide         broken since 09:14:20: VM missing; tried again in 4 min
               there is no VM tide-vm, no beat yet, no viewer on SCREEN-3

! nothing helps turbulence; if that lasts, libvirt is restarted in 30 s, and the
    computer is restarted in 25 min
";
    assert_eq!(text, expected);
    assert!(text.lines().all(|line| line.chars().count() <= 80));

    let painted =
        render_status(&Site::new(&site, now), &Style { colour: true, width: 80, zone: TimeZone::UTC });
    let mut plain = painted.clone();
    for code in ["\x1b[32m", "\x1b[33m", "\x1b[1;31m", "\x1b[0m"] {
        assert!(plain.contains(code));
        plain = plain.replace(code, "");
    }
    assert_eq!(plain, expected);
}

#[test]
fn status_tells_by_its_exit_code() {
    let world = World::new(&["eden", "orbit"]);
    let output = with(&world, &["status"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).starts_with("All is well. libvirt is up."), "{}", out(&output));
    assert!(!out(&output).contains('\x1b'));

    let mut ill = exhibit(1, "orbit");
    ill.phase = PhaseStatus::Settling;
    world.status.send_modify(|site| Arc::make_mut(site).exhibits[1] = ill);
    assert_eq!(with(&world, &["status"]).status.code(), Some(1));
    assert_eq!(with(&world, &["status", "orbit"]).status.code(), Some(1));
    let one = with(&world, &["status", "eden"]);
    assert_eq!(one.status.code(), Some(0));
    assert!(!out(&one).contains("orbit"));

    let json: serde_json::Value = serde_json::from_str(&out(&with(&world, &["status", "--json"]))).unwrap();
    assert_eq!(json["exhibits"][1]["phase"], "settling");
    let json: serde_json::Value =
        serde_json::from_str(&out(&with(&world, &["status", "eden", "--json"]))).unwrap();
    assert_eq!(json["phase"], "healthy");

    let unknown = with(&world, &["status", "edne"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert_eq!(err(&unknown), "vitrine: there is no exhibit 'edne'; there is eden, orbit\n");
}

#[test]
fn status_does_not_tell_an_old_word_as_new() {
    let style = Style { colour: false, width: 80, zone: TimeZone::UTC };
    let mut site = status(&["eden"]);
    site.hypervisor = HypervisorStatus::Down { reason: Told::text("gone"), since: WallTime(NOW) };
    let text = render_status(&Site::new(&site, site.at), &style);
    assert!(text.contains("VM running when libvirt last told"), "{text}");
    let world = World::with(site.clone(), "");
    assert_eq!(with(&world, &["status", "eden"]).status.code(), Some(1), "the VM is not known to run");

    site.hypervisor = HypervisorStatus::Up;
    assert_eq!(with(&World::with(site.clone(), ""), &["status", "eden"]).status.code(), Some(0));
    site.at.mono = site.at.mono.checked_sub(Duration::from_secs(120)).unwrap();
    let world = World::with(site, "");
    for arguments in [&["status"][..], &["status", "eden"], &["status", "--json"], &["screens"]] {
        let output = with(&world, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = out(&output) + &err(&output);
        assert!(!said.contains("well") || said.contains("\"well\": false"), "{said}");
    }
    let text = out(&with(&world, &["status"]));
    assert!(text.starts_with("This was so 2 min ago: the daemon stands still since"), "{text}");
}

#[test]
fn without_a_daemon_it_is_said_where_it_was_looked_for() {
    let output = vitrine(&["status", "--socket", "/nonexistent/control.sock"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let expected = "vitrine: no daemon runs. It is started with the kiosk session, or by `vitrine run`.\n\
                    It was looked for at:\n  /nonexistent/control.sock\n";
    assert_eq!(err(&output), expected);
    assert_eq!(out(&output), "");
    let folder = tempfile::tempdir().unwrap();
    let output = vitrine(&["revert", "--all"]).env("XDG_RUNTIME_DIR", folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("vitrine/control.sock"), "{}", err(&output));
}

#[test]
fn making_a_snapshot_says_beforehand_what_is_done() {
    let world = World::new(&["eden"]);
    let words =
        |arguments: &[&str]| err(&with(&world, arguments)).split_whitespace().collect::<Vec<_>>().join(" ");
    let replacing = words(&["snapshot", "create", "eden"]);
    assert!(replacing.contains("place of the former ready, which is kept until then"), "{replacing}");
    let first = words(&["snapshot", "create", "eden", "before"]);
    assert!(first.contains("kept as before") && !first.contains("former"), "{first}");
}

#[test]
fn wishes_reach_the_daemon() {
    let world = World::new(&["eden", "orbit"]);
    let create = |name: &str| Action::CreateSnapshot(Some(name.to_owned()));
    let rows: &[(&[&str], Action)] = &[
        (&["start", "orbit"], Action::Start),
        (&["stop", "orbit"], Action::Stop),
        (&["revert", "orbit"], Action::Revert),
        (&["hold", "orbit"], Action::Hold { until: None, reason: None }),
        (&["resume", "orbit"], Action::Resume),
        (&["snapshot", "list", "orbit"], Action::ListSnapshots),
        (&["snapshot", "create", "orbit"], Action::CreateSnapshot(None)),
        (&["snapshot", "create", "orbit", "a b"], create("a b")),
        (&["snapshot", "delete", "orbit", "old"], Action::DeleteSnapshot("old".to_owned())),
    ];
    for (arguments, action) in rows {
        let output = with(&world, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", err(&output));
        let (exhibit, by, asked) = world.asked.try_recv().unwrap();
        assert_eq!((exhibit, &asked), (ExhibitId(1), action), "{arguments:?}");
        assert!(by.ends_with("(command)"), "{by}");
        assert!(!out(&output).is_empty());
        let says_more = arguments.starts_with(&["snapshot", "create"]);
        assert_eq!(err(&output).is_empty(), !says_more, "{arguments:?}: {}", err(&output));
    }
    let output = with(&world, &["hold", "orbit", "--for", "2h"]);
    assert!(out(&output).contains("on hold"), "{}", err(&output));
    let (_, _, asked) = world.asked.try_recv().unwrap();
    assert!(matches!(asked, Action::Hold { until: Some(_), reason: None }), "{asked:?}");
    assert_eq!(with(&world, &["hold", "orbit", "--until", "yesterday"]).status.code(), Some(2));

    let output = with(&world, &["revert", "--all"]);
    let text = out(&output);
    let lines: Vec<_> = text.lines().map(|line| line.split(" (").next().unwrap()).collect();
    assert_eq!(lines, ["eden is back at its snapshot", "orbit is back at its snapshot"]);
    assert_eq!(world.asked.try_iter().count(), 2);

    let output = with(&world, &["snapshot", "delete", "eden", "full"]);
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(1), "vitrine: eden: the disk is full\n"));
    let list = out(&with(&world, &["snapshot", "list", "eden"]));
    assert_eq!(list, "before\nready   (the exhibit is put back to this one)\n");
    let list = out(&with(&world, &["snapshot", "list", "eden", "--json"]));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&list).unwrap()["snapshots"][1], "ready");
}

#[test]
fn screens_have_lines_to_paste() {
    let world = World::new(&["eden"]);
    let text = out(&with(&world, &["screens"]));
    assert!(text.contains("SCREEN-0  1920x1080 at 0,0"), "{text}");
    assert!(text.contains("screens = [\"edid:DEL-U2720Q-7\"]"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&out(&with(&world, &["screens", "--json"]))).unwrap();
    assert_eq!(json[0]["exhibit"], "eden");
}

#[test]
fn wrong_usage_is_told() {
    let rows: &[(&[&str], &str)] = &[
        (&[], "Usage"),
        (&["stauts"], "'start', 'status'"),
        (&["revert"], "EXHIBIT"),
        (&["revert", "eden", "--all"], "cannot be used with"),
        (&["snapshot"], "Usage"),
    ];
    for (arguments, text) in rows {
        let output = vitrine(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(err(&output).contains(text), "{arguments:?}: {}", err(&output));
    }
    let help = vitrine(&["--help"]).output().unwrap();
    assert_eq!(help.status.code(), Some(0));
    assert!(out(&help).contains("Exit codes: 0 well"));
}

#[test]
fn incidents_are_told_without_a_daemon() {
    use vitrine::core::incident::{Incident, Outcome, RemedyRun};
    use vitrine::journal;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vitrine/journal.db");
    let incidents = |arguments: &[&str]| {
        let state = folder.path();
        vitrine(&["incidents"])
            .args(arguments)
            .env("XDG_STATE_HOME", state)
            .env("TZ", "UTC")
            .output()
            .unwrap()
    };
    let missing = incidents(&[]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(err(&missing).contains("there is no journal at"), "{}", err(&missing));

    let mono = std::time::Instant::now();
    let at =
        |ms: u32| Now { mono: mono + Duration::from_millis(ms.into()), wall: WallTime(NOW + i64::from(ms)) };
    let settings =
        journal::Settings { path, limit: 1 << 20, retention: Duration::from_secs(3650 * 24 * 3600) };
    let journal = journal::spawn(settings, WallTime(NOW));
    for (id, name, remedy) in [(1, "eden", Remedy::InPlaceRevert), (2, "orbit", Remedy::FullRevert)] {
        journal.record(Incident {
            id: IncidentId(id),
            exhibit: ExhibitId(0),
            name: name.to_owned(),
            symptom: Symptom::HeartbeatLost,
            evidence: Evidence::Silent { lasted: Duration::from_secs(15) },
            began: at(1000),
            remedies: vec![RemedyRun { remedy, began: at(1000), ended: Some((at(1200), Ok(()))) }],
            outcome: Outcome::Recovered { at: at(91_000) },
        });
    }
    journal.close(WallTime(NOW + 100_000), Duration::from_secs(60));

    let all = incidents(&[]);
    assert_eq!(all.status.code(), Some(0), "{}", err(&all));
    assert_eq!(
        out(&all).lines().next().unwrap().trim(),
        "1  23 Nov 2025 14:03  site   daemon began: Vitrine 0.1.0 began"
    );
    assert!(out(&all).contains("heartbeat lost, in-place revert: recovered"), "{}", out(&all));
    assert!(out(&all).lines().all(|line| line.chars().count() <= 80));
    let german = |arguments: &[&str]| {
        let mut command = vitrine(&["incidents"]);
        command
            .args(arguments)
            .env("XDG_STATE_HOME", folder.path())
            .env("TZ", "UTC")
            .env("LANG", "de_AT.UTF-8");
        out(&command.output().unwrap())
    };
    let text = german(&[]);
    assert_eq!(
        text.lines().next().unwrap().trim(),
        "1  23. Nov 2025 14:03  Anlage  Dienst begann: Vitrine 0.1.0 begann"
    );
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("kein Lebenszeichen, Zurücksetzen im laufenden QEMU: behoben"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let text = german(&["2"]);
    assert!(
        text.contains("dauerte 0,2 s") && text.contains("Befund   kein Lebenszeichen seit 15 s"),
        "{text}"
    );
    let text = german(&["--summary"]);
    assert!(text.contains("Vorfälle") && text.contains("1,5"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert_eq!(german(&["--json"]), out(&incidents(&["--json"])));
    let one = out(&incidents(&["2"]));
    assert!(one.contains("in-place revert, took 0.2 s"), "{one}");
    let eden = out(&incidents(&["--exhibit", "eden"]));
    assert!(eden.contains("eden") && !eden.contains("orbit"), "{eden}");
    let json: serde_json::Value = serde_json::from_str(&out(&incidents(&["--json"]))).unwrap();
    assert_eq!(
        (&json[1]["unseen"], &json[1]["remedies"][0]["remedy"]),
        (&90.0.into(), &"in_place_revert".into())
    );
    let summary = incidents(&["--summary", "--month", "2025-11", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out(&summary)).unwrap();
    assert_eq!((&json[0]["exhibit"], &json[0]["unseen"]), (&"eden".into(), &90.0.into()));
    assert_eq!(out(&incidents(&["--summary", "--month", "2025-12"])), "No incidents.\n");
    assert_eq!(out(&incidents(&["--since", "1h"])), "Nothing.\n");
    for wrong in [["--since", "soon"], ["--month", "13"]] {
        assert_eq!(incidents(&wrong).status.code(), Some(2), "{wrong:?}");
    }
    assert_eq!(incidents(&["99"]).status.code(), Some(2));
}

/// The same command for people who read German, and where whoever calls it wants English all the same.
fn in_both(command: impl Fn() -> Command) -> [Output; 2] {
    let german = command().env("LANG", "de_DE.UTF-8").env("COLUMNS", "80").output().unwrap();
    let english =
        command().env("LANG", "de_DE.UTF-8").env("LC_ALL", "C").env("COLUMNS", "80").output().unwrap();
    assert_eq!(german.status.code(), english.status.code(), "{german:?}");
    [german, english]
}

/// JSON without its numbers, of which some tell how much time has passed.
fn without_numbers(json: &str) -> String {
    json.chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect()
}

#[test]
fn commands_speak_the_language_of_the_locale() {
    let world = World::new(&["eden", "orbit"]);
    let mut held = exhibit(1, "orbit");
    held.phase = PhaseStatus::Held;
    held.hold =
        Some(Hold { by: Holder::Configuration, since: WallTime(NOW - 60_000), until: None, reason: None });
    let external = Snapshot { kind: SnapshotKind::External, ..Snapshot::made_by_vitrine("ready") };
    held.info.snapshots = [external].into_iter().collect();
    world.status.send_modify(|site| Arc::make_mut(site).exhibits[1] = held);
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("vitrine.toml");
    std::fs::write(&wrong, "[[exhibit]]\nname = \"eden\"\nscreens = \"HDMI-1\"\n[api]\nlissten = 1\n")
        .unwrap();
    let wrong = wrong.to_str().unwrap();
    #[rustfmt::skip]
    let rows: &[(&[&str], &[&str], &[&str])] = &[
        (
            &["status"],
            &["Alles in Ordnung. libvirt läuft.", "in Ordnung seit ", "in Wartung seit ", "durch die Konfiguration",
              "VM läuft", "ist ein externer"],
            &["All is well. libvirt is up.", "healthy since ", "held since ", "by the configuration", "VM running",
              "is an external one"],
        ),
        (&["status", "edne"], &["es gibt kein Exponat 'edne'; vorhanden: eden, orbit"], &["there is no exhibit 'edne'"]),
        (&["hold", "eden"], &["eden ist in Wartung"], &["eden is on hold"]),
        (
            &["snapshot", "delete", "eden", "busy"],
            &["vitrine: eden: bei eden-garden läuft noch etwas"],
            &["vitrine: eden: eden-garden is busy"],
        ),
        (&["snapshot", "create", "eden"], &["Erst dann löst er den bisherigen ready ab"], &["of the former ready"]),
        (&["screens"], &["bei 0,0", "# bleibt beim Monitor"], &["at 0,0", "# stays with the monitor"]),
        (&["hold", "eden", "--until", "never"], &["ist kein Zeitpunkt"], &["is no moment"]),
        (
            &["check", wrong],
            &["Der Schlüssel `vm` fehlt.", "Hier muss eine Liste stehen, es ist aber der Text \"HDMI-1\".",
              "Ist `listen` gemeint?", "3 Fehler in "],
            &["The key `vm` is missing.", "This must be a list, but it is the text \"HDMI-1\".",
              "Did you mean `listen`?", "3 errors in "],
        ),
        (&["check", "/nowhere"], &["diese Datei gibt es nicht"], &["there is no such file"]),
        (
            &["--help"],
            &["Aufruf: vitrine", "Befehle:", "Optionen:", "Beispiele:", "Exit-Codes: 0 in Ordnung", "Vorgabe:"],
            &["Usage: vitrine", "Commands:", "Options:", "Examples:", "Exit codes: 0 well", "[default:"],
        ),
        (&["hold", "-h"], &["Aufruf: vitrine hold", "Argumente:", "Die Wartung dauert bis"], &["Arguments:", "It lasts"]),
        (&["help", "snapshot", "create"], &["Der Name des Exponats"], &["The exhibit's name"]),
    ];
    let plain =
        |output: &Output| (out(output) + &err(output)).split_whitespace().collect::<Vec<_>>().join(" ");
    for (arguments, german, english) in rows {
        let outputs = in_both(|| {
            let mut command = vitrine(arguments);
            command.env("VITRINE_SOCKET", &world.socket).env("TZ", "UTC");
            command
        });
        let [spoken, other] = [plain(&outputs[0]), plain(&outputs[1])];
        for (text, words) in [(&spoken, german), (&other, english)] {
            for words in *words {
                assert!(text.contains(words), "{arguments:?}: {words}: {text}");
            }
        }
        for words in *english {
            assert!(!spoken.contains(words), "{arguments:?}: {words}: {spoken}");
        }
        // Errors of a configuration have lines as wide as those of compilers, and a file's name stays whole.
        if arguments[0] != "check" && arguments[0] != "snapshot" {
            let lines = out(&outputs[0]);
            assert!(lines.lines().all(|line| line.chars().count() <= 80), "{arguments:?}: {lines}");
        }
    }
    for arguments in
        [&["status", "--json"][..], &["screens", "--json"], &["snapshot", "list", "orbit", "--json"]]
    {
        let [german, english] = in_both(|| {
            let mut command = vitrine(arguments);
            command.env("VITRINE_SOCKET", &world.socket);
            command
        });
        assert_eq!(without_numbers(&out(&german)), without_numbers(&out(&english)), "{arguments:?}");
        assert!(!out(&german).is_empty(), "{arguments:?}: {}", err(&german));
    }
}

/// A daemon of its own with libvirt's test driver, which is built into libvirt's library.
struct Daemon {
    folder: tempfile::TempDir,
    child: std::process::Child,
}

impl Daemon {
    fn start(prepare: impl FnOnce(&std::path::Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("vitrine.toml");
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let text = format!(
            "[api]\nlisten = [\"{free}\"]\n[libvirt]\nuri = \"test:///default\"\n[[exhibit]]\nname = \"eden\"\n\
             vm = \"test\"\nheartbeat = false\nscreens = []\n"
        );
        std::fs::write(&config, text).unwrap();
        prepare(folder.path());
        let mut run = vitrine(&["run", "--config", config.to_str().unwrap()]);
        for variable in ["HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
            run.env(variable, folder.path());
        }
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = run.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let daemon = Self { folder, child };
        let begun = std::time::Instant::now();
        while daemon.ask(&["status"]).stdout.is_empty() {
            let log = std::fs::read_to_string(daemon.folder.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not answer: {log}");
            // Only how often it is asked, not how long is waited.
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        let socket = self.folder.path().join("vitrine/control.sock");
        vitrine(arguments).env("VITRINE_SOCKET", socket).output().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_hold_that_could_not_be_written_down_is_told_as_such() {
    let in_the_way = |folder: &std::path::Path| {
        // Root may write everywhere, but not into a file that is a folder.
        std::fs::create_dir_all(folder.join("vitrine/decisions.new")).unwrap();
    };
    let forgetful = Daemon::start(in_the_way);
    let held = forgetful.ask(&["hold", "eden"]);
    assert_eq!(held.status.code(), Some(0), "{}", err(&held));
    assert!(out(&held).contains("on hold"), "{}", out(&held));
    assert!(out(&held).contains("could not be written down"), "{}", out(&held));
    std::fs::remove_dir(forgetful.folder.path().join("vitrine/decisions.new")).unwrap();
    let resumed = forgetful.ask(&["resume", "eden"]);
    assert!(!out(&resumed).contains("written down"), "{}", out(&resumed));
    assert!(!out(&forgetful.ask(&["hold", "eden"])).contains("written down"));
}

/// A world of libvirt's test driver, with a VM whose `ready` is external, one without memory, and a sound one.
const SNAPSHOTS: &str = "<node>
  <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
    <name>garden-vm</name><memory>1024</memory><os><type>hvm</type></os>
    <devices><disk type='file' device='disk'><driver type='qcow2'/><source file='/g'/><target dev='vda'/></disk></devices>
    <test:domainsnapshot><name>ready</name><creationTime>1270477159</creationTime><state>running</state><active>1</active>
      <memory snapshot='external' file='/m'/>
      <disks><disk name='vda' snapshot='external'><source file='/g.ready'/></disk></disks>
      <domain type='test'><name>garden-vm</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e1931</uuid>
        <memory>1024</memory><os><type>hvm</type></os>
        <devices><disk type='file' device='disk'><driver type='qcow2'/><source file='/g'/><target dev='vda'/></disk></devices>
      </domain>
    </test:domainsnapshot><uuid>6695eb01-f6a4-8304-79aa-97f2502e1931</uuid>
  </domain>
  <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
    <name>orbit-vm</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e1932</uuid><memory>1024</memory><os><type>hvm</type></os>
    <test:domainsnapshot><name>ready</name><creationTime>1270477159</creationTime><state>shutoff</state><active>1</active>
    </test:domainsnapshot>
  </domain>
  <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
    <name>tide-vm</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e1933</uuid><memory>1024</memory><os><type>hvm</type></os>
    <test:domainsnapshot><name>ready</name><creationTime>1270477159</creationTime><state>running</state><active>1</active>
    </test:domainsnapshot>
  </domain>
</node>";

#[test]
fn check_says_what_is_wrong_with_snapshots_where_libvirt_answers() {
    let folder = tempfile::tempdir().unwrap();
    let world = folder.path().join("world.xml");
    std::fs::write(&world, SNAPSHOTS).unwrap();
    let check = |uri: &str| {
        let exhibit = |name: &str, screen: &str| {
            format!(
                "[[exhibit]]\nname = \"{name}\"\nvm = \"{name}-vm\"\nscreens = [\"{screen}\"]\nheartbeat = false\n"
            )
        };
        let exhibits = exhibit("garden", "A") + &exhibit("orbit", "B") + &exhibit("tide", "C");
        let file = folder.path().join("vitrine.toml");
        std::fs::write(&file, format!("[libvirt]\nuri = \"{uri}\"\n{exhibits}")).unwrap();
        let said = vitrine(&["check"]).arg(&file).output().unwrap();
        assert_ne!(said.status.code(), Some(2), "{said:?}");
        // Lines are broken anywhere.
        String::from_utf8(said.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let said = check(&format!("test://{}", world.display()));
    for words in [
        "warning: garden: 'ready' is an external snapshot",
        "vitrine snapshot convert garden",
        "warning: orbit: 'ready' holds no memory",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("tide"), "{said}");
    // A configuration is as right on a computer without libvirt.
    let said = check("qemu+unix:///session?socket=/nowhere");
    assert!(said.contains("The VMs were not looked at"), "{said}");
}

#[test]
fn status_says_what_is_wrong_with_a_snapshot() {
    let mut site = status(&["eden-garden"]);
    let external = Snapshot { kind: SnapshotKind::External, ..Snapshot::made_by_vitrine("ready") };
    site.exhibits[0].info.snapshots = [external].into_iter().collect();
    let now = site.at;
    let style = Style { colour: false, width: 80, zone: TimeZone::UTC };
    let text = render_status(&Site::new(&site, now), &style);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("is an external one") && text.contains("snapshot convert eden-garden"), "{text}");
}

#[test]
fn status_tells_why_libvirt_is_down_as_data_and_in_words() {
    let mut site = status(&["eden"]);
    let reason = Told::new(
        "{uri}: libvirtd accepts connections but does not answer",
        vec![("uri", "qemu:///system".value())],
    );
    site.hypervisor = HypervisorStatus::Down { reason: reason.clone(), since: WallTime(NOW) };
    let site = Site::new(&site, site.at);
    let told = serde_json::to_value(&site).unwrap();
    let text = "qemu:///system: libvirtd accepts connections but does not answer";
    let expected =
        serde_json::json!({ "text": text, "code": reason.code, "values": { "uri": "qemu:///system" } });
    assert_eq!(told["hypervisor"]["reason"], expected);
    let style = Style { colour: false, width: 200, zone: TimeZone::UTC };
    assert!(render_status(&site, &style).contains(text));
}

#[test]
fn nothing_that_others_say_acts_on_a_terminal() {
    let evil = "x\r\n<0>y\u{1b}[2J\u{9b}1m\u{202e}\u{2066}\u{61c}\u{200b}\u{2028}\u{feff}\u{7f}z";
    let text = || evil.to_owned();
    let mut site = status(&["eden", "orbit"]);
    let [eden, orbit] = site.exhibits.as_mut_slice() else { panic!("two exhibits") };
    eden.heartbeat.note = Some(BeatNote { status: Some(text()), message: Some(text()) });
    eden.last_incident = Some(IncidentStatus {
        symptom: Symptom::GuestRequest,
        evidence: Evidence::GuestSays { reason: text() },
        began: WallTime(NOW),
        lasted: None,
    });
    eden.info.snapshots = [Snapshot::made_by_vitrine(&text())].into_iter().collect();
    eden.snapshot = text();
    orbit.phase = PhaseStatus::Held;
    orbit.hold = Some(Hold { by: Holder::Staff(text()), since: WallTime(NOW), until: None, reason: None });
    orbit.screens[0].connector = Some(text());
    site.hypervisor = HypervisorStatus::Down { reason: Told::text(text()), since: WallTime(NOW) };
    site.monitors[0].edid = Some(text());
    site.last_resort = Some(LastResortStatus {
        why: Trouble::NothingHelps { exhibits: text() },
        restart_libvirt_in: None,
        reboot_in: None,
    });
    site.units = vec![UnitStatus {
        name: "a.service".to_owned(),
        bus: Bus::System,
        info: UnitInfo::Loaded { active: ActiveState::Failed, sub: text(), result: text(), restarts: None },
        since: WallTime(NOW),
        restart_in: None,
    }];
    let world = World::with(lasting(site), "");
    // Whoever types a command breaks lines as they like.
    let typed = evil.replace('\n', "");
    let acts = |text: &str| text.replace('\n', "").contains(vitrine::core::text::acts);
    for arguments in [
        &["status"][..],
        &["status", "eden"],
        &["status", "--json"],
        &["status", "orbit", "--json"],
        &["screens"],
        &["screens", "--json"],
        &["snapshot", "create", "eden"],
        &["snapshot", "create", "eden", &typed],
        &["stop", &typed],
        &["hold", "eden", "--until", &typed],
    ] {
        let output = with(&world, arguments);
        assert!(!acts(&out(&output)), "{arguments:?}: {:?}", out(&output));
        assert!(!acts(&err(&output)), "{arguments:?}: {:?}", err(&output));
        let all = out(&output) + &err(&output);
        assert!(!all.is_empty() && !all.lines().any(|line| line.starts_with("<0>")), "{arguments:?}: {all}");
        if arguments.contains(&"--json") {
            let json: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
            assert!(json.to_string().contains("[2J"), "{json}");
        }
    }
    let json: serde_json::Value =
        serde_json::from_str(&out(&with(&world, &["status", "eden", "--json"]))).unwrap();
    assert_eq!(json["note"]["message"], serde_json::json!(evil), "it is the same text all the same");
}

/// A file that is opened and never read to its end, as one on a network share that is gone.
fn hanging(path: &Path) {
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}

#[test]
fn no_command_waits_for_ever_for_a_file_that_does_not_answer() {
    let world = World::new(&["eden"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("share.toml");
    hanging(&file);
    let name = file.to_str().unwrap();
    let home = folder.path().join("home");
    let home = home.to_str().unwrap();
    let usual = world.socket.parent().unwrap().parent().unwrap();
    let poster = folder.path().join("poster.toml");
    let text = format!(
        "[libvirt]\nuri = \"test:///default\"\n[[exhibit]]\nname = \"eden\"\nvm = \"test\"\nscreens = [\"A\"]\ncurtain = {{ poster = {name:?} }}\n"
    );
    std::fs::write(&poster, text).unwrap();
    let with_poster = format!("check {}", poster.display());
    let slow = format!("{name}: could not be read within 10 s");
    let passed_over = format!("{name}: could not be read within 3 s");
    let rows = [
        ("check FILE", 2, &slow),
        // What is no file is not even opened.
        (&with_poster, 1, &format!("the poster {name} cannot be shown: it is no file")),
        ("--config FILE run", 2, &slow),
        ("--config FILE status", 0, &passed_over),
        ("--config FILE screens", 0, &passed_over),
        ("--config FILE hold eden", 0, &passed_over),
        ("--config FILE incidents", 1, &passed_over),
        ("incidents --file FILE", 1, &format!("{name}: no answer within 10 s")),
    ];
    let begun = rows.map(|(arguments, code, text)| {
        let words: Vec<_> =
            arguments.split(' ').map(|word| if word == "FILE" { name } else { word }).collect();
        let mut command = vitrine(&words);
        command.env("HOME", home).env("XDG_RUNTIME_DIR", usual);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        (arguments, code, text, child.unwrap())
    });
    for (arguments, code, text, child) in begun {
        let output = child.wait_with_output().unwrap();
        let said = out(&output) + &err(&output);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(text), "{arguments:?}: {said}");
    }
}
