//! The panel in a real browser: every button, both languages, phone and desk, light and dark, connection lost and back,
//! log-in, two browsers, and what people with a screen reader need.
//!
//! Needs the packages chromium and curl, and the network: what looks for barriers is axe-core, from npm's registry.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use common::browser::{Browser, Look, Page, keep};
use common::world::{World, lasting, picture, status};
use serde_json::{Value, json};
use vitrine::core::incident::{Incident, Outcome, RemedyRun};
use vitrine::core::status::*;
use vitrine::core::types::*;
use vitrine::journal;
use vitrine::web;

const PHONE: Look = Look { phone: true, dark: false, language: "en" };
const DESK: Look = Look { phone: false, dark: false, language: "en" };
/// axe-core, and the SHA-256 of its package.
const AXE: (&str, &str) = ("4.10.3", "0f2b4d7dcdf7d1219df8d1959ad68e565f51d14c3f0d88bb71cd59abeb956292");

/// Staff with these rules, a journal of yesterday and today, and these exhibits.
fn museum(rules: AccessRules, listen: &str) -> World {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("arp"), "").unwrap();
    let journal = folder.path().join("journal.db");
    keep_a_journal(&journal);
    let settings = web::Settings {
        rules,
        journal: Some(journal),
        neighbours: folder.path().join("arp"),
        ..web::Settings::new(vec![listen.parse().unwrap()], Some(folder.path().join("control.sock")))
    };
    World::serving(lasting(status(&["eden-garden", "orbit"])), folder, settings)
}

fn wall(before: Duration) -> WallTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() - before;
    WallTime(i64::try_from(since.as_millis()).unwrap())
}

/// Yesterday QEMU stood still and was replaced; today somebody held the artwork.
fn keep_a_journal(path: &Path) {
    let at = |before| Now { mono: std::time::Instant::now(), wall: wall(before) };
    let day = Duration::from_secs(24 * 3600);
    let journal = journal::spawn(
        journal::Settings {
            path: path.to_owned(),
            limit: 1 << 20,
            retention: Duration::from_secs(3650 * 24 * 3600),
        },
        wall(2 * day),
    );
    let (began, mut ended) = (at(day), at(day - Duration::from_secs(20)));
    ended.mono = began.mono + Duration::from_secs(20);
    let remedy = RemedyRun { remedy: Remedy::FullRevert, began, ended: Some((ended, Ok(()))) };
    let incident = |outcome, remedies: &[RemedyRun]| Incident {
        id: IncidentId(1),
        exhibit: ExhibitId(0),
        name: "eden-garden".to_owned(),
        symptom: Symptom::HeartbeatLost,
        evidence: Evidence::Silent { lasted: Duration::from_secs(16) },
        began,
        remedies: remedies.to_vec(),
        outcome,
    };
    journal.record(incident(Outcome::Noticed, &[]));
    journal.picture(IncidentId(1), picture());
    journal.record(incident(Outcome::Recovered { at: ended }, &[remedy]));
    journal.note(
        Some("orbit"),
        journal::Note::Held,
        Told::text("by anna (10.0.0.7): the floor is cleaned"),
        wall(Duration::ZERO),
    );
    journal.close(wall(Duration::ZERO), Duration::from_secs(60));
}

fn address(world: &World, path: &str) -> String {
    format!("http://{}/ui/{path}", world.address)
}

/// The text of what a selector finds.
fn text(browser: &mut Browser, page: &Page, selector: &str) -> String {
    let found = browser.run(page, &format!("document.querySelector({selector:?})?.innerText ?? ''"));
    found.as_str().unwrap().to_owned()
}

/// The script that looks for barriers, fetched once; `None` where npm's registry is out of reach, which is told.
fn axe() -> Option<String> {
    static FETCHED: OnceLock<Option<String>> = OnceLock::new();
    FETCHED.get_or_init(fetch_axe).clone()
}

fn fetch_axe() -> Option<String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("axe-core-{}", AXE.0));
    let script = folder.join("package/axe.min.js");
    if !script.exists() {
        std::fs::create_dir_all(&folder).unwrap();
        let package = folder.join("axe.tgz");
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let run = |program: &str, args: &[&str]| {
            Command::new(program).args(args).stdin(Stdio::null()).output().unwrap()
        };
        let from = format!("https://registry.npmjs.org/axe-core/-/axe-core-{}.tgz", AXE.0);
        let fetched = run("curl", &["-fsS", "--retry", "3", "-m", "60", "-o", &path(&package), &from]);
        if !fetched.status.success() {
            let why = String::from_utf8_lossy(&fetched.stderr);
            println!("npm's registry is out of reach, so nobody looks for barriers: {why}");
            return None;
        }
        let sum = String::from_utf8(run("sha256sum", &[&path(&package)]).stdout).unwrap();
        assert!(sum.starts_with(AXE.1), "the package is another one: {sum}");
        let unpacked = run("tar", &["-xzf", &path(&package), "-C", &path(&folder), "package/axe.min.js"]);
        assert!(unpacked.status.success(), "{}", String::from_utf8_lossy(&unpacked.stderr));
    }
    Some(std::fs::read_to_string(script).unwrap())
}

/// What keeps people out of a page, by the rules of WCAG 2.2 AA and good practice.
fn barriers(browser: &mut Browser, page: &Page) -> Value {
    let Some(axe) = axe() else { return json!([]) };
    browser.run(page, &format!("{axe}; undefined"));
    let looked =
        "axe.run().then(found => found.violations.map(it => [it.id, it.nodes.map(node => node.html)]))";
    browser.run(page, looked)
}

#[test]
fn every_page_is_whole_small_and_open_to_all() {
    let world = museum(AccessRules::default(), "127.0.0.1:0");
    let mut browser = Browser::start(&[]);
    let pages = ["", "exhibits/eden-garden", "site", "journal?days=7", "journal/2", "checks"];
    for language in ["en-GB,en;q=0.9", "de-AT,de;q=0.9,en;q=0.5"] {
        for (phone, dark) in [(true, false), (true, true), (false, false), (false, true)] {
            let look = Look { phone, dark, language };
            for path in pages {
                let page = browser.open_as(&address(&world, path), look);
                let what = format!("{path} {look:?}");
                browser.wait(&page, "document.querySelector('#headline')");
                let head = browser.run(&page, "[document.documentElement.lang, document.title]");
                assert_eq!(head[0], json!(&language[..2]), "{what}");
                assert_eq!(barriers(&mut browser, &page), json!([]), "{what}");
                let wide = browser.run(&page, "document.documentElement.scrollWidth <= window.innerWidth");
                assert_eq!(wide, json!(true), "{what}: it is wider than the screen");
                let bytes = "performance.getEntries().filter(it => ['navigation', 'resource'].includes(it.entryType) && \
                             !it.name.includes('picture')).reduce((sum, it) => sum + it.decodedBodySize, 0)";
                let bytes = browser.run(&page, bytes).as_f64().unwrap();
                assert!(bytes < 150_000.0, "{what}: {bytes} bytes");
                let place = if phone { "phone" } else { "desk" };
                let shade = if dark { "dark" } else { "light" };
                let name = path.replace(['/', '?', '='], "-");
                keep(&mut browser, &page, &format!("{name}-{place}-{shade}-{}.png", &language[..2]));
                browser.close(page);
            }
        }
    }
}

#[test]
fn a_journal_that_cannot_be_read_is_no_quiet_month() {
    let world = museum(AccessRules::default(), "127.0.0.1:0");
    let journal = world.folder.path().join("journal.db");
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", journal.display()));
    }
    std::fs::write(&journal, "this is no database, whatever SQLite makes of it").unwrap();
    for path in ["journal", "journal/2", "site", "exhibits/eden-garden"] {
        let page = world.raw(
            format!("GET /ui/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").as_bytes(),
        );
        assert!(page.contains("cannot be read"), "{path}: {page}");
        for quiet in ["Nothing was found", "Nothing has happened", "minutes in all"] {
            assert!(!page.contains(quiet), "{path}: {page}");
        }
    }
}

/// A button, what else is touched, and what the daemon is asked for.
type Pressed<'a> = (&'a str, &'a [&'a str], Action);

#[test]
fn every_button_asks_for_what_it_says() {
    let world = museum(AccessRules::default(), "127.0.0.1:0");
    let mut browser = Browser::start(&[]);
    let hold = |reason: &str, until| Action::Hold { until, reason: Some(reason.to_owned()) };
    let rows: [Pressed<'_>; 4] = [
        ("#revert-eden-garden", &["#ask-revert .main"], Action::Revert),
        ("#stop-eden-garden", &["#ask-stop .main"], Action::Stop),
        ("#hold-eden-garden", &["#ask-hold [value=Cleaning]", "#ask-hold .main"], hold("Cleaning", None)),
        ("#ask-for-snapshot", &["#ask-snapshot .main"], Action::CreateSnapshot(None)),
    ];
    let page = browser.open_as(&address(&world, "exhibits/eden-garden"), PHONE);
    for (button, then, action) in rows {
        browser.touch(&page, button);
        assert_eq!(world.last_asked(), None, "{button}: nothing is one touch away");
        for touched in then {
            browser.touch(&page, touched);
        }
        let (exhibit, by, asked) = world.asked.recv_timeout(Duration::from_secs(30)).unwrap();
        assert_eq!((exhibit, asked), (ExhibitId(0), action), "{button}");
        assert_eq!(by, "127.0.0.1");
        browser.wait(&page, "document.querySelector('#said').innerText.includes('eden-garden')");
    }
    // Whoever thinks better of it, and whoever closes the question by a key, has nothing done.
    browser.touch(&page, "#stop-eden-garden");
    browser.touch(&page, "#ask-stop [data-close]");
    browser.touch(&page, "#stop-eden-garden");
    browser.key(&page, ("Escape", 27));
    browser.wait(&page, "!document.querySelector('dialog[open]')");
    assert_eq!(world.last_asked(), None);

    // A stopped artwork is started, and a hold is ended; both are told of by themselves.
    world.status.send_modify(|status| {
        let status = Arc::make_mut(status);
        status.exhibits[0].phase = PhaseStatus::Closed;
        status.exhibits[0].hold = Some(Hold {
            by: Holder::Staff("anna".into()),
            since: wall(Duration::ZERO),
            until: None,
            reason: None,
        });
    });
    for (button, yes, action) in [
        ("#start-eden-garden", "#ask-start .main", Action::Start),
        ("#resume-eden-garden", "#ask-resume .main", Action::Resume),
    ] {
        browser.wait(&page, &format!("document.querySelector('{button}')"));
        browser.touch(&page, button);
        browser.touch(&page, yes);
        let (.., asked) = world.asked.recv_timeout(Duration::from_secs(30)).unwrap();
        assert_eq!(asked, action);
    }
}

#[test]
fn what_staff_need_is_at_most_four_touches_away() {
    let world = museum(AccessRules::default(), "127.0.0.1:0");
    world.status.send_modify(|status| {
        let exhibit = &mut Arc::make_mut(status).exhibits[0];
        exhibit.phase =
            PhaseStatus::Broken { why: Symptom::HeartbeatLost, retry_in: Duration::from_secs(300) };
    });
    let mut browser = Browser::start(&[]);
    let first = address(&world, "");
    let mut touches = |what: &str, path: &[&str], seen: &str| {
        let page = browser.open_as(&first, PHONE);
        for touched in path {
            browser.wait(&page, &format!("document.querySelector({touched:?})"));
            browser.touch(&page, touched);
        }
        browser.wait(&page, &format!("document.body.innerText.includes({seen:?})"));
        assert!(path.len() <= 4, "{what}");
        browser.close(page);
    };
    touches("what is wrong", &[], "Does not work");
    touches("bring back", &["#revert-eden-garden", "#ask-revert .main"], "eden-garden is back");
    touches(
        "hold for cleaning until six",
        &["#hold-eden-garden", "#ask-hold [value=Cleaning]", "#ask-hold [value='18:00']", "#ask-hold .main"],
        "eden-garden is on hold",
    );
    touches("why did it fail yesterday", &["nav li:nth-child(3) a", "a[href$='journal/2']"], "full revert");
    touches(
        "new ready state",
        &["a[href$='exhibits/eden-garden']", "#ask-for-snapshot", "#ask-snapshot .main"],
        "eden-garden has its snapshot",
    );
    let asked: Vec<_> = world.asked.try_iter().map(|(_, _, action)| action).collect();
    let [
        Action::Revert,
        Action::Hold { until: Some(until), reason: Some(reason) },
        Action::CreateSnapshot(None),
    ] = &asked[..]
    else {
        panic!("{asked:?}")
    };
    assert_eq!(reason, "Cleaning");
    let day = Duration::from_secs(24 * 3600);
    assert!(until.0 > wall(Duration::ZERO).0 && until.0 < wall(Duration::ZERO).0 + day.as_millis() as i64);
}

#[test]
fn news_come_by_themselves_to_two_browsers_and_a_lost_connection_is_seen() {
    let mut world = museum(AccessRules::default(), "127.0.0.1:0");
    let mut browsers = [Browser::start(&[]), Browser::start(&[])];
    let first = address(&world, "");
    let pages = browsers.each_mut().map(|browser| browser.open_as(&first, DESK));
    let state = "document.querySelector('#card-orbit .state').innerText";
    world.status.send_modify(|status| {
        let status = Arc::make_mut(status);
        status.exhibits[1].phase =
            PhaseStatus::Recovering { remedy: Remedy::FullRevert, why: Symptom::HeartbeatLost };
        status.exhibits[1].waiting = vec![WaitingStatus { action: "stop", by: "anna (10.0.0.7)".to_owned() }];
    });
    for (browser, page) in browsers.iter_mut().zip(&pages) {
        browser.wait(page, &format!("{state}.includes('brought back')"));
        // Each sees what the other has asked for.
        assert!(text(browser, page, "#card-orbit").contains("asked for by anna (10.0.0.7)"));
    }
    // Keyboards keep their place in what is replaced.
    let [browser, _] = &mut browsers;
    browser.run(&pages[0], "document.querySelector('#hold-orbit').focus()");
    world.status.send_modify(|status| Arc::make_mut(status).exhibits[1].phase = PhaseStatus::Healthy);
    browser.wait(&pages[0], &format!("{state} === 'On show'"));
    assert_eq!(browser.run(&pages[0], "document.activeElement.id"), json!("hold-orbit"));

    world.close();
    for (browser, page) in browsers.iter_mut().zip(&pages) {
        browser.wait(page, "!document.querySelector('#lost').hidden");
        assert!(text(browser, page, "#lost").contains("No connection"), "it is never \"all well\"");
    }
    let again = museum(AccessRules::default(), &world.address.to_string());
    for (browser, page) in browsers.iter_mut().zip(&pages) {
        browser.wait(page, "document.querySelector('#lost').hidden");
    }
    drop(again);
}

#[test]
fn news_do_not_take_a_button_away_from_under_a_finger() {
    let world = museum(AccessRules::default(), "127.0.0.1:0");
    let mut browser = Browser::start(&[]);
    let first = address(&world, "");
    let page = browser.open_as(&first, PHONE);
    let beside = browser.open_as(&first, PHONE);
    let state = "document.querySelector('#card-orbit .state').innerText";
    let changed = format!("{state}.includes('Stopped')");
    let at = browser.press(&page, "#revert-orbit");
    world.status.send_modify(|status| Arc::make_mut(status).exhibits[1].phase = PhaseStatus::Closed);
    browser.wait(&beside, &changed);
    browser.lift(&page, at);
    browser.wait(&page, "document.querySelector('#ask-revert[open]')");
    browser.wait(&page, &changed);

    // One that is never lifted keeps no news back for ever.
    let stays = browser.open_as(&first, PHONE);
    browser.press(&stays, "#start-orbit");
    world.status.send_modify(|status| Arc::make_mut(status).exhibits[1].phase = PhaseStatus::Healthy);
    browser.wait(&stays, &format!("{state} === 'On show'"));
}

/// A browser has six connections to a site, and keeps pages that were left.
#[test]
fn pages_that_were_left_leave_their_connections_to_others() {
    let world = museum(AccessRules::default(), "127.0.0.1:0");
    let listening = || world.status.receiver_count();
    let without = listening();
    let mut browser = Browser::start(&[]);
    let page = browser.open_as(&address(&world, ""), PHONE);
    for path in ["site", "journal", "", "checks", "site"] {
        browser.go(&page, &address(&world, path));
    }
    let begun = std::time::Instant::now();
    while listening() > without + 1 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{} streams, {without} before", listening());
        std::thread::sleep(Duration::from_millis(20));
    }
    // One that is come back to listens again.
    browser.run(&page, "history.back()");
    browser.wait(&page, "location.pathname.endsWith('/checks')");
    world.status.send_modify(|status| Arc::make_mut(status).exhibits[1].phase = PhaseStatus::Held);
    browser.go(&page, &address(&world, ""));
    browser.run(&page, "history.back()");
    browser.run(&page, "history.forward()");
    browser.wait(&page, "document.querySelector('#card-orbit .state').innerText.includes('held by staff')");
    world.status.send_modify(|status| Arc::make_mut(status).exhibits[1].phase = PhaseStatus::Healthy);
    browser.wait(&page, "document.querySelector('#card-orbit .state').innerText === 'On show'");
}

#[test]
fn who_is_not_known_logs_in_and_who_only_looks_has_no_buttons() {
    const PASSWORD: &str = "correct horse battery";
    let hash = |name: &str| {
        let mut passwd = Command::new(env!("CARGO_BIN_EXE_vitrine"))
            .args(["passwd", name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut passwd.stdin.take().unwrap(), format!("{PASSWORD}\n").as_bytes())
            .unwrap();
        let text = String::from_utf8(passwd.wait_with_output().unwrap().stdout).unwrap();
        text.split('"').find(|part| part.starts_with("$argon2id$")).unwrap().to_owned()
    };
    let account = |name: &str, role| Account { name: name.to_owned(), role, password: hash(name) };
    let rules = AccessRules {
        loopback: Access::Login,
        accounts: vec![account("anna", Role::Operate), account("guide", Role::View)],
        ..AccessRules::default()
    };
    let world = museum(rules, "127.0.0.1:0");
    let mut browser = Browser::start(&[]);
    let page = browser.open_as(&address(&world, ""), PHONE);
    assert_eq!(barriers(&mut browser, &page), json!([]));
    keep(&mut browser, &page, "log-in.png");
    let log_in = |browser: &mut Browser, name: &str, password: &str| {
        let fill = format!(
            "document.querySelector('#name').value = {name:?}; document.querySelector('#password').value = {password:?}"
        );
        browser.run(&page, &fill);
        browser.touch(&page, "#log-in button");
    };
    log_in(&mut browser, "anna", "wrong");
    browser.wait(&page, "document.querySelector('#said').innerText.includes('not known here')");
    assert_eq!(browser.run(&page, "document.querySelector('#headline')"), Value::Null);
    log_in(&mut browser, "anna", PASSWORD);
    browser.wait(&page, "document.querySelector('#revert-orbit')");
    assert_eq!(browser.run(&page, "document.cookie"), json!(""), "no script can read the session");
    browser.touch(&page, "#revert-orbit");
    browser.touch(&page, "#ask-revert .main");
    let (_, by, _) = world.asked.recv_timeout(Duration::from_secs(30)).unwrap();
    assert_eq!(by, "anna (127.0.0.1)");
    browser.touch(&page, "#log-out button");
    browser.wait(&page, "document.querySelector('#log-in')");

    log_in(&mut browser, "guide", PASSWORD);
    browser.wait(&page, "document.querySelector('#card-orbit')");
    assert_eq!(browser.run(&page, "document.querySelectorAll('[data-ask]').length"), json!(0));
    let refused = "fetch('exhibits/orbit/do/stop', {method: 'POST'}).then(answer => answer.status)";
    assert_eq!(browser.run(&page, refused), json!(403));
    assert_eq!(world.last_asked(), None);
    // A page that is open when the session ends does not go on telling.
    world.api.as_ref().unwrap().set_rules(AccessRules { loopback: Access::Login, ..AccessRules::default() });
    world.status.send_modify(|status| Arc::make_mut(status).exhibits[1].phase = PhaseStatus::Held);
    browser.wait(&page, "document.querySelector('#log-in')");
}
