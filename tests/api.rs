//! The whole API against a scripted daemon.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use common::world::{Reply, World, exhibit, status};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};
use vitrine::core::event::{BeatNote, Event};
use vitrine::core::status::*;
use vitrine::core::types::*;
use vitrine::web::{self, Inbox};

#[test]
fn every_wish_reaches_the_daemon_by_get_and_by_post() {
    let world = World::new(&["eden"]);
    let guest = |reason: &str, severity: Option<&str>| Action::GuestRevert {
        reason: reason.to_owned(),
        severity: severity.map(str::to_owned),
    };
    let named = |name: &str| Action::CreateSnapshot(Some(name.to_owned()));
    let rows = [
        ("vm/start", Action::Start),
        ("vm/stop", Action::Stop),
        ("vm/restart", Action::Revert),
        ("snapshot/revert", Action::Revert),
        ("hold", Action::Hold { until: None, reason: None }),
        ("resume", Action::Resume),
        ("revert/disable", Action::Hold { until: None, reason: None }),
        ("revert/enable", Action::Resume),
        ("snapshot/create", Action::CreateSnapshot(None)),
        ("snapshot/create?snapshot_name=", Action::CreateSnapshot(None)),
        ("snapshot/create?snapshot_name=a%20b", named("a b")),
        ("snapshot/delete/old%20one", Action::DeleteSnapshot("old one".to_owned())),
        ("revert/request?reason=frozen", guest("frozen", None)),
        ("revert/request?reason=frozen&severity=high", guest("frozen", Some("high"))),
        ("idle/reset?idle_duration=300", Action::Idle { lasted: Duration::from_secs(300) }),
    ];
    for prefix in ["/api/v1", "/api/v1/exhibits/eden"] {
        for method in ["GET", "POST"] {
            for (path, action) in &rows {
                let reply = world.call(method, &format!("{prefix}/{path}"), "");
                assert_eq!(reply.status, 200, "{method} {path}: {reply:?}");
                assert!(reply.json["message"].is_string(), "{path}: {reply:?}");
                assert!(reply.json.get("details").is_some(), "{path}: {reply:?}");
                assert!(reply.head.contains("Cache-Control: no-store"), "{path}: {reply:?}");
                assert_eq!(world.last_asked().as_ref(), Some(action), "{method} {path}");
            }
        }
    }
    let reply = world.call("DELETE", "/api/v1/snapshot/old", "");
    assert_eq!(reply.status, 200);
    assert_eq!(world.last_asked(), Some(Action::DeleteSnapshot("old".to_owned())));
}

#[test]
fn parameters_may_come_in_a_body_of_any_content_type() {
    let world = World::new(&["eden"]);
    let body = r#"{"reason": "frozen", "severity": 3}"#;
    let reply = world.call("POST", "/api/v1/revert/request", body);
    assert_eq!((reply.status, &reply.json["status"]), (200, &json!("accepted")));
    let expected = Action::GuestRevert { reason: "frozen".to_owned(), severity: Some("3".to_owned()) };
    assert_eq!(world.last_asked(), Some(expected));
    let reply = world.call("POST", "/api/v1/idle/reset", "idle_duration=20");
    assert_eq!((reply.status, &reply.json["status"]), (200, &json!("ignored")));
    assert_eq!(reply.json["message"], json!("idle for 1 s, and this exhibit is put back after 60 s"));
}

#[test]
fn errors_are_told_in_one_shape() {
    let world = World::new(&["eden"]);
    let large = "x".repeat(70_000);
    let rows: &[(&str, &str, &str, u16, &str)] = &[
        ("GET", "/nothing", "", 404, "nothing at /nothing"),
        ("GET", "/api/v1/exhibits/other/status", "", 404, "no exhibit 'other'. The only exhibit is eden."),
        ("GET", "/api/v1/exhibits/%ff/status", "", 400, "UTF-8"),
        ("PUT", "/api/v1/vm/start", "", 405, "PUT means nothing"),
        ("POST", "/api/v1/status", "", 405, "POST means nothing"),
        ("GET", "/api/v1/snapshot/ready", "", 405, "GET means nothing"),
        ("POST", "/api/v1/revert/request", "", 400, "'reason' is missing"),
        ("POST", "/api/v1/revert/request", "{\"reason\":", 400, "looks like JSON"),
        ("POST", "/api/v1/revert/request", "[1]", 400, "not an object"),
        ("POST", "/api/v1/revert/request", "{\"reason\": [1]}", 400, "'reason' should be a text"),
        ("POST", "/api/v1/revert/request", &large, 413, "64 KiB"),
        ("GET", "/api/v1/idle/reset", "", 400, "'idle_duration' is missing"),
        ("GET", "/api/v1/idle/reset?idle_duration=soon", "", 400, "not 'soon'"),
        ("GET", "/api/v1/idle/reset?idle_duration=-1", "", 400, "not '-1'"),
        ("GET", "/api/v1/snapshot/create?snapshot_name=a/b", "", 400, "slash"),
        ("GET", "/api/v1/snapshot/delete/%20", "", 400, "empty"),
        ("GET", "/api/v1/snapshot/delete/unfit", "", 400, "moment that is over"),
        ("GET", "/api/v1/snapshot/delete/missing", "", 404, "no snapshot of this name"),
        ("GET", "/api/v1/snapshot/delete/busy", "", 409, "is busy"),
        ("GET", "/api/v1/snapshot/delete/full", "", 500, "disk is full"),
        ("GET", "/api/v1/snapshot/delete/away", "", 503, "cannot be reached"),
    ];
    for (method, target, body, code, text) in rows {
        let reply = world.call(method, target, body);
        assert_eq!(reply.status, *code, "{method} {target}: {reply:?}");
        assert!(reply.detail().contains(text), "{method} {target}: {reply:?}");
        // What the daemon itself refuses can be put into another language.
        let told = reply.json.get("code").and_then(Value::as_str).zip(reply.json["values"].as_object());
        assert!(
            told.is_some() || !target.contains("delete/") || *code == 400,
            "{method} {target}: {reply:?}"
        );
        assert!(reply.head.contains("Cache-Control: no-store"));
    }
    let head = world.call("HEAD", "/api/v1/vm/stop", "");
    assert_eq!(head.status, 405);
    assert!(matches!(world.last_asked(), Some(Action::DeleteSnapshot(_))), "HEAD stops nothing");
}

#[test]
fn a_heartbeat_is_answered_with_itself_and_the_hosts_time() {
    let mut world = World::new(&["eden"]);
    let reply = world.get("/api/v1/heartbeat?status=ok&message=hello+there");
    assert_eq!(reply.status, 200);
    let details = &reply.json["details"];
    let expected = json!({"enabled": true, "timeout": 15.0, "time_since_heartbeat": 0.0, "is_timed_out": false,
        "has_received_heartbeat": true, "seconds_since_last": 0.0, "is_healthy": true});
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&details[key], value, "{key}");
    }
    assert_eq!(details["last_heartbeat"], reply.json["host_time"]);
    assert!(details["last_heartbeat"].as_f64().unwrap() > 1.7e9);
    assert!(details["last_heartbeat_at"].as_str().unwrap().ends_with('Z'));
    assert!(reply.json["message"].is_string());
    let note = BeatNote { status: Some("ok".to_owned()), message: Some("hello there".to_owned()) };
    assert!(
        matches!(world.events.blocking_recv(), Some(Event::Beat { exhibit: ExhibitId(0), note: Some(n), .. }) if n == note)
    );

    // A guest that garbles its message is alive all the same.
    let reply = world.call("POST", "/api/v1/heartbeat", r#"{"message": "say "hello""}"#);
    assert_eq!(reply.status, 400);
    assert!(reply.detail().starts_with("The heartbeat counts"), "{reply:?}");
    assert!(matches!(world.events.blocking_recv(), Some(Event::Beat { note: None, .. })));
}

#[test]
fn a_beat_counts_though_its_body_is_too_large_or_never_comes() {
    let mut world = World::new(&["eden"]);
    let reply = world.call("POST", "/api/v1/heartbeat", &"x".repeat(65 * 1024));
    assert_eq!(reply.status, 413);
    assert!(reply.detail().starts_with("The heartbeat counts"), "{reply:?}");
    assert!(matches!(world.events.blocking_recv(), Some(Event::Beat { note: None, .. })));
    assert_eq!(world.call("POST", "/api/v1/hold", &"x".repeat(65 * 1024)).status, 413);
    assert_eq!(world.last_asked(), None, "nothing else is done by half");

    let mut slow = std::net::TcpStream::connect(world.address).unwrap();
    let head = "POST /api/v1/heartbeat HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nstatus";
    slow.write_all(head.as_bytes()).unwrap();
    let events = &mut world.events;
    let beat =
        world.runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), events.recv()).await });
    assert!(matches!(beat, Ok(Some(Event::Beat { note: None, .. }))), "{beat:?}");
    // The rest of it is taken as well.
    slow.write_all(b"=ok").unwrap();
    let beat =
        world.runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), events.recv()).await });
    assert!(matches!(beat, Ok(Some(Event::Beat { note: Some(_), .. }))), "{beat:?}");
}

#[test]
fn what_is_too_long_is_refused_like_everything_else() {
    let world = World::new(&["eden"]);
    let reply = world.get(&format!("/api/v1/status?{}", "x".repeat(62 * 1024)));
    assert!(reply.status == 414 && reply.detail().contains("60 KiB"), "{reply:?}");
    let text = format!(
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: {}\r\nConnection: close\r\n\r\n",
        "x".repeat(40 * 1024)
    );
    let reply = Reply::parse(&world.raw(text.as_bytes()));
    assert!(reply.status == 431 && reply.detail().contains("32 KiB"), "{reply:?}");
}

#[test]
fn what_was_told_long_ago_says_so_and_is_not_well() {
    let mut old = status(&["eden"]);
    assert_eq!(World::with(old.clone(), "").get("/api/v1/site").json["well"], true);
    old.at.mono = old.at.mono.checked_sub(Duration::from_secs(60)).unwrap();
    let world = World::with(old, "");
    let site = world.get("/api/v1/site").json;
    assert_eq!((&site["well"], &site["stale"]), (&false.into(), &true.into()));
    let exhibit = world.get("/api/v1/exhibits/eden").json;
    assert_eq!((&site["exhibits"][0]["well"], &exhibit["well"]), (&false.into(), &false.into()));
    for age in [&site["age"], &exhibit["age"], &world.get("/api/v1/status").json["age"]] {
        assert!(age.as_f64().unwrap() >= 60.0, "{age}");
    }
}

#[test]
fn the_status_has_the_old_controllers_fields() {
    let mut site = status(&["eden"]);
    let now = std::time::Instant::now();
    site.exhibits[0].heartbeat.last = Some((now - Duration::from_secs(20), WallTime(1_763_906_580_250)));
    site.exhibits[0].hold =
        Some(Hold { by: Holder::Staff("me".to_owned()), since: WallTime(0), until: None, reason: None });
    let world = World::with(site, "");
    let reply = world.get("/api/v1/status");
    let mut json = reply.json.clone();
    let heartbeat = json.as_object_mut().unwrap().remove("heartbeat").unwrap();
    assert!(json.as_object_mut().unwrap().remove("age").unwrap().as_f64().unwrap() < 3600.0);
    let expected = json!({"vm_name": "eden-vm", "vm_state": "running", "vm_is_running": true,
        "snapshot_name": "ready", "snapshot_exists": true, "auto_revert_enabled": false});
    assert_eq!(json, expected);
    assert_eq!(heartbeat["last_heartbeat"], json!(1_763_906_580.25));
    assert_eq!(heartbeat["last_heartbeat_at"], json!("2025-11-23T14:03:00.25Z"));
    assert_eq!(heartbeat["is_timed_out"], json!(true));
    assert_eq!(heartbeat["is_healthy"], json!(false));
    assert!(heartbeat["time_since_heartbeat"].as_f64().unwrap() >= 20.0);
    assert_eq!(heartbeat["seconds_since_last"], heartbeat["time_since_heartbeat"]);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&world.get("/api/v1/heartbeat/status").json), keys(&heartbeat));

    let mut exhibit = exhibit(0, "eden");
    exhibit.heartbeat.timeout = None;
    exhibit.info.state = VmState::ShutOff;
    exhibit.info.snapshots = Snapshots::default();
    world.status.send_modify(|site| Arc::make_mut(site).exhibits = vec![exhibit]);
    let json = world.get("/api/v1/status").json;
    assert_eq!((&json["vm_state"], &json["vm_is_running"]), (&json!("shut off"), &json!(false)));
    assert_eq!(json["snapshot_exists"], json!(false));
    assert_eq!(json["auto_revert_enabled"], json!(true));
    assert_eq!(json["heartbeat"]["enabled"], json!(false));
    assert_eq!(json["heartbeat"]["last_heartbeat"], Value::Null);
    assert_eq!(json["heartbeat"]["is_healthy"], json!(true));
}

#[test]
fn index_snapshots_site_and_button() {
    let world = World::new(&["eden"]);
    assert_eq!(world.get("/").json["name"], json!("Vitrine"));
    let expected = json!({"vm_name": "eden-vm", "snapshots": ["before", "ready"]});
    assert_eq!(world.get("/api/v1/snapshots").json, expected);
    let site = world.get("/api/v1/site").json;
    assert_eq!(site["well"], json!(true));
    assert_eq!(site["screens"][0]["exhibit"], json!("eden"));
    assert_eq!(site["screens"][1]["exhibit"], Value::Null);
    // How old it is differs by the moment between the calls.
    let ageless = |mut exhibit: Value| {
        assert!(exhibit.as_object_mut().unwrap().remove("age").is_some_and(|age| age.is_f64()));
        exhibit
    };
    let all = world.get("/api/v1/exhibits").json["exhibits"][0].clone();
    assert_eq!(ageless(all), ageless(world.get("/api/v1/exhibits/eden").json));

    let pressed =
        |expected: bool| assert_eq!(world.get("/api/v1/button-status").json, json!({"pressed": expected}));
    pressed(false);
    assert_eq!(world.get("/api/v1/button/press").status, 200);
    assert_eq!(world.call("POST", "/api/v1/button/press", "").status, 200);
    assert_eq!(world.call("HEAD", "/api/v1/button-status", "").status, 405);
    pressed(true);
    pressed(false);
}

#[test]
fn an_unnamed_path_means_the_calling_guests_exhibit() {
    let arp =
        "IP address HW type Flags HW address Mask Device\n127.0.0.1 0x1 0x2 52:54:00:AA:00:01 * virbr0\n";
    let mut world = World::with(status(&["eden", "orbit"]), arp);
    assert_eq!(world.get("/api/v1/status").json["vm_name"], json!("orbit-vm"));
    assert_eq!(world.get("/api/v1/exhibits/orbit/status").json["vm_name"], json!("orbit-vm"));
    assert_eq!(world.get("/api/v1/exhibits/eden/status").status, 403, "a neighbour's");
    assert_eq!(world.get("/api/v1/site").status, 403, "everybody's");
    world.get("/api/v1/heartbeat");
    assert!(matches!(world.events.blocking_recv(), Some(Event::Beat { exhibit: ExhibitId(1), .. })));

    let world = World::new(&["eden", "orbit"]);
    let reply = world.get("/api/v1/vm/stop");
    assert_eq!(reply.status, 409);
    assert!(reply.detail().contains("The exhibits are eden, orbit."), "{reply:?}");
    assert!(reply.detail().contains("/api/v1/exhibits/NAME/"), "{reply:?}");
    assert_eq!(world.last_asked(), None);

    let reply = World::new(&[]).get("/api/v1/heartbeat");
    assert_eq!((reply.status, reply.detail().contains("No exhibit")), (404, true));
}

#[test]
fn old_clients_are_served() {
    let world = World::new(&["eden"]);
    let requests: &[&str] = &[
        "GET /api/v1/heartbeat HTTP/1.0\r\n\r\n",
        "GET /api/v1/heartbeat/ HTTP/1.0\r\nUser-Agent: AutoIt\r\n\r\n",
        "GET /api/v1/heartbeat?status=ok HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /api/v1/heartbeat/?status=ok HTTP/1.1\r\nhOsT: LOCALHOST\r\ncOnNeCtIoN: close\r\nUSER-AGENT:\r\n\r\n",
        "GET http://192.168.122.1:8000/api/v1/heartbeat HTTP/1.0\r\n\r\n",
        "POST /api/v1/heartbeat HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
        "POST /api/v1/heartbeat HTTP/1.0\r\ncontent-length: 16\r\ncontent-type: text/plain\r\n\r\n{\"status\": \"ok\"}",
        "POST /api/v1/heartbeat HTTP/1.0\r\n\r\n",
        "GET /api/v1/heartbeat HTTP/1.0\nHost: 192.168.122.1:8000\n\n",
        "POST /api/v1/heartbeat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
    ];
    for request in requests {
        let text = world.raw(request.as_bytes());
        let reply = Reply::parse(&text);
        assert_eq!(reply.status, 200, "{request:?}: {text:?}");
        assert_eq!(reply.json["details"]["has_received_heartbeat"], json!(true), "{text:?}");
        assert!(reply.head.contains("Content-Length: "), "{text:?}");
        assert!(reply.head.contains("Cache-Control: no-store"), "{text:?}");
    }
}

#[test]
fn who_speaks_and_closes_its_side_is_heard_and_answered() {
    let mut world = World::new(&["eden", "orbit"]);
    for target in ["/api/v1/exhibits/eden/heartbeat", "/api/v1/heartbeat?exhibit=eden", "/status"] {
        for _ in 0..50 {
            let mut stream = TcpStream::connect(world.address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            stream.write_all(format!("GET {target} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            assert!(text.starts_with("HTTP/1.0 "), "{target}: {text:?}");
        }
    }
    let mut beats = 0;
    while let Ok(event) = world.events.try_recv() {
        beats += u32::from(matches!(event, Event::Beat { .. }));
    }
    assert!(beats > 0);
}

#[test]
fn a_connection_is_kept_for_many_beats() {
    let world = World::new(&["eden"]);
    let mut stream = TcpStream::connect(world.address).unwrap();
    for _ in 0..3 {
        stream.write_all(b"GET /api/v1/heartbeat HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).unwrap();
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200"));
    }
}

#[test]
fn only_one_daemon_runs_and_the_next_one_may() {
    let mut world = World::new(&["eden"]);
    let again = |world: &World| {
        let (events, _) = tokio::sync::mpsc::unbounded_channel();
        let (requests, _) = tokio::sync::mpsc::unbounded_channel();
        let (looks, _) = tokio::sync::mpsc::unbounded_channel();
        let settings = web::Settings::new(vec![], Some(world.socket.clone()));
        web::spawn(settings, world.status.subscribe(), Inbox { events, requests, looks })
    };
    let error = again(&world).unwrap_err().to_string();
    assert!(error.contains("another vitrine runs already"), "{error}");
    world.close();
    assert!(!world.socket.exists());
    let next = again(&world).unwrap();
    world.runtime.block_on(next.close());
}

#[test]
fn addresses_come_and_go() {
    let mut world = World::new(&["eden"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let wanted = taken.local_addr().unwrap();
    let api = world.api.take().unwrap();
    let mut bound = api.bound();
    // In use at first: it is retried, and nothing else suffers.
    api.set_listen(vec![wanted, "127.0.0.1:0".parse().unwrap()], Vec::new(), None);
    assert_eq!(world.get("/").status, 200);
    drop(taken);
    world
        .runtime
        .block_on(async { bound.wait_for(|all| all.contains_key(&wanted)).await.map(drop) })
        .unwrap();
    let first = std::mem::replace(&mut world.address, wanted);
    assert_eq!(world.get("/").status, 200);
    api.set_listen(vec![wanted], Vec::new(), None);
    world.runtime.block_on(async { bound.wait_for(|all| all.len() == 1).await.map(drop) }).unwrap();
    assert_eq!(world.get("/").status, 200);
    world.runtime.block_on(api.close());
    assert!(TcpStream::connect(first).is_err());
    assert!(TcpStream::connect(wanted).is_err());
}

#[test]
fn a_daemon_that_ends_says_so() {
    let mut world = World::new(&["eden"]);
    let (events, _) = tokio::sync::mpsc::unbounded_channel();
    let (requests, inbox) = tokio::sync::mpsc::unbounded_channel();
    let (looks, _) = tokio::sync::mpsc::unbounded_channel();
    drop(inbox);
    let settings =
        web::Settings::new(vec!["127.0.0.1:0".parse().unwrap()], Some(world.folder.path().join("b")));
    let api = web::spawn(settings, world.status.subscribe(), Inbox { events, requests, looks }).unwrap();
    let mut bound = api.bound();
    world.address = world
        .runtime
        .block_on(async { *bound.wait_for(|all| !all.is_empty()).await.unwrap().values().next().unwrap() });
    let reply = world.get("/api/v1/vm/stop");
    assert_eq!((reply.status, reply.detail().contains("ending")), (503, true));
    assert_eq!(world.get("/api/v1/heartbeat").status, 200);
}

#[test]
fn no_bytes_take_the_server_down() {
    let world = World::new(&["eden"]);
    let requests = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        "(GET|POST|DELETE|HEAD|PUT|X) /[ -~]{0,40} HTTP/1.[01]\r\n([!-~]{0,9}: [ -~]{0,40}\r\n){0,3}\r\n[ -~]{0,40}"
            .prop_map(String::into_bytes),
        "(GET|POST) /api/v1/(heartbeat|idle/reset|revert/request)/?\\??[!-~]{0,60} HTTP/1.0\r\nContent-Length: [0-9]{1,3}\r\n\r\n\\PC{0,60}"
            .prop_map(String::into_bytes),
    ];
    let send = |bytes: &[u8]| {
        let mut stream = TcpStream::connect(world.address).unwrap();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
        let answered = text.is_empty() || text.starts_with(b"HTTP/1.");
        (answered && world.get("/api/v1/heartbeat").status == 200)
            .then_some(())
            .ok_or_else(|| String::from_utf8_lossy(&text).into_owned())
    };
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/requests");
    for file in std::fs::read_dir(corpus).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(send(&std::fs::read(&path).unwrap()), Ok(()), "{}", path.display());
    }
    let mut config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    proptest!(config, |(bytes in requests)| {
        prop_assert_eq!(send(&bytes), Ok(()));
    });
}

#[test]
fn a_guest_kit_is_known_by_its_own_word_whichever_way_its_beats_are_read() {
    let world = World::new(&["eden"]);
    let beat = |version: &str, path: &str| {
        let agent = format!("User-Agent: vitrine-guest/{version} (Windows 5.1)");
        let request =
            format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{agent}\r\nConnection: close\r\n\r\n");
        assert!(world.raw(request.as_bytes()).contains("200"), "{path}");
    };
    let known = || world.get("/api/v1/exhibits/eden").json["guest_kit"].take();
    assert_eq!(known(), json!(null));
    beat("0.0.1", "/api/v1/heartbeat?status=ok");
    assert_eq!(
        known(),
        json!({"version": "0.0.1", "system": "Windows 5.1", "current": "0.1.0", "is_older": true})
    );
    beat("0.1.0", "/api/v1/heartbeat");
    assert_eq!(known()["is_older"], json!(false));
    // Somebody else's beat says nothing of the kit.
    world.get("/api/v1/heartbeat");
    assert_eq!(known()["version"], json!("0.1.0"));
}

#[test]
#[ignore = "takes half a minute: `cargo test --test api -- --ignored`"]
fn slow_clients_do_not_hold_connections_for_ever() {
    let world = World::new(&["eden"]);
    let read_on = |begun: &str| {
        let mut stream = TcpStream::connect(world.address).unwrap();
        stream.write_all(begun.as_bytes()).unwrap();
        std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stream.read_to_string(&mut text);
            text
        })
    };
    let silent = read_on("");
    let head = read_on("GET /api/v1/heartbeat HTTP/1.1\r\nHost:");
    let body = read_on("POST /api/v1/vm/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{");
    assert!(silent.join().unwrap().is_empty());
    head.join().unwrap();
    assert!(body.join().unwrap().contains("408"));
    assert_eq!(world.last_asked(), None, "half a call is no call");
}
