//! Who gets in, and who may do what, where all come from this computer's own loopback addresses. Some of it with a whole
//! daemon.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use common::libvirtd::Libvirtd;
use common::world::{Reply, World, lasting, status};
use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, setrlimit};
use serde_json::json;
use vitrine::core::event::Event;
use vitrine::core::types::*;
use vitrine::web;

/// More than may be inside at once.
const CROWD: usize = 600;

/// The guests of eden and of orbit.
const GUESTS: [&str; 2] = ["127.0.0.2", "127.0.0.3"];
const ARP: &str = "IP address HW type Flags HW address Mask Device
127.0.0.2 0x1 0x2 52:54:00:AA:00:00 * virbr0
127.0.0.3 0x1 0x2 52:54:00:aa:00:01 * virbr0
";

fn world() -> World {
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    setrlimit(Resource::Nofile, files).unwrap();
    world_with(Act::ALL.iter().copied().collect())
}

/// One whose guests may do this about themselves.
fn world_with(guest_may: BTreeSet<Act>) -> World {
    let folder = tempfile::tempdir().unwrap();
    let (neighbours, socket) = (folder.path().join("arp"), folder.path().join("vitrine/control.sock"));
    std::fs::write(&neighbours, ARP).unwrap();
    let settings = web::Settings {
        names: vec!["vitrine.museum.example".to_owned()],
        neighbours,
        rules: AccessRules { guest_may, ..AccessRules::default() },
        ..web::Settings::new(vec!["127.0.0.1:0".parse().unwrap()], Some(socket))
    };
    World::serving(lasting(status(&["eden", "orbit"])), folder, settings)
}

/// A connection from this address of the computer.
fn connect(world: &World, from: &str) -> TcpStream {
    connect_to(world.address, from)
}

fn connect_to(to: SocketAddr, from: &str) -> TcpStream {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with};
    // What a daemon inherits that another test starts meanwhile counts among its open files.
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
    bind(&socket, &SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
    connect(&socket, &to).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// One request on a connection that is kept.
fn ask(stream: &mut TcpStream, method: &str, target: &str) -> Reply {
    stream
        .write_all(format!("{method} {target} HTTP/1.1\r\nHost: 10.0.2.2:8000\r\n\r\n").as_bytes())
        .unwrap();
    answer(stream)
}

fn answer(stream: &mut impl Read) -> Reply {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap();
        text.extend_from_slice(&buffer[..read]);
        let all = String::from_utf8_lossy(&text);
        let length = all.split("Content-Length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let body = all.split_once("\r\n\r\n").map(|(_, body)| body.len());
        if read == 0 || (body.is_some() && body == length.and_then(|length| length.parse().ok())) {
            return Reply::parse(&all);
        }
    }
}

/// One request from this address.
fn from(world: &World, from: &str, method: &str, target: &str) -> Reply {
    ask(&mut connect(world, from), method, target)
}

type Begin = fn(&mut TcpStream);

/// What connections do that take up room.
const KINDS: [(&str, Begin); 4] = [
    ("silent", |_| {}),
    ("half a head", |stream| {
        stream.write_all(b"GET /api/v1/exhibits/eden/status HTTP/1.1\r\nHost:").unwrap()
    }),
    ("half a body", |stream| {
        let head =
            b"POST /api/v1/exhibits/eden/vm/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{";
        stream.write_all(head).unwrap();
    }),
    ("used once", |stream| assert_eq!(ask(stream, "GET", "/").status, 200)),
];

#[test]
fn whatever_crowd_is_inside_newcomers_get_in() {
    for (kind, begin) in KINDS {
        let world = world();
        let mut crowd = Vec::new();
        for n in 0..CROWD {
            let mut stream = connect(&world, "127.0.0.1");
            begin(&mut stream);
            crowd.push(stream);
            if n % 50 == 0 {
                let reply = from(&world, "127.0.0.1", "GET", "/api/v1/exhibits/eden/heartbeat");
                assert_eq!(reply.status, 200, "{kind}, after {n}");
            }
        }
        for guest in GUESTS {
            assert_eq!(from(&world, guest, "GET", "/api/v1/heartbeat").status, 200, "{kind}");
        }
        assert_eq!(from(&world, "127.0.0.1", "GET", "/api/v1/exhibits/eden/heartbeat").status, 200, "{kind}");
        assert_eq!(world.last_asked(), None, "{kind}: half a call is no call");
    }
}

#[test]
fn no_crowd_takes_a_guests_connection() {
    let world = world();
    let mut guest = connect(&world, GUESTS[0]);
    assert_eq!(ask(&mut guest, "GET", "/api/v1/heartbeat").status, 200);
    // Neither one of somebody else on this computer, nor one of the other exhibit's guest.
    for crowd in ["127.0.0.1", GUESTS[1]] {
        let crowd: Vec<_> = (0..CROWD).map(|_| connect(&world, crowd)).collect();
        assert_eq!(ask(&mut guest, "GET", "/api/v1/heartbeat").status, 200);
        drop(crowd);
    }
}

#[test]
fn no_crowd_takes_the_commands_doors() {
    let world = world();
    let crowd: Vec<_> = (0..CROWD).map(|_| connect(&world, "127.0.0.1")).collect();
    let commands: Vec<_> = (0..CROWD).map(|_| UnixStream::connect(&world.socket).unwrap()).collect();
    let mut command = UnixStream::connect(&world.socket).unwrap();
    command.write_all(b"POST /api/v1/exhibits/eden/hold HTTP/1.1\r\nHost: vitrine\r\n\r\n").unwrap();
    assert_eq!(answer(&mut command).status, 200);
    assert_eq!(world.last_asked(), Some(Action::Hold { until: None, reason: None }));
    assert_eq!(from(&world, GUESTS[0], "GET", "/api/v1/heartbeat").status, 200);
    drop((crowd, commands));
}

/// What changes something about an exhibit, below its path.
const CHANGES: [&str; 17] = [
    "heartbeat",
    "heartbeat?status=ok",
    "vm/start",
    "vm/stop",
    "vm/restart",
    "hold",
    "resume",
    "revert/enable",
    "revert/disable",
    "revert/request?reason=x",
    "idle/reset?idle_duration=900",
    "snapshot/create",
    "snapshot/convert",
    "snapshot/revert",
    "snapshot/delete/old",
    "button-status",
    "button/press",
];
const READINGS: [&str; 3] = ["status", "heartbeat/status", "snapshots"];

/// That nothing was changed or asked for so far.
fn untouched(world: &mut World, what: &str) {
    assert_eq!(world.last_asked(), None, "{what}");
    assert!(world.events.try_recv().is_err(), "{what}");
}

#[test]
fn the_guests_of_the_old_controller_go_on_as_they_did() {
    for (guest, exhibit) in GUESTS.into_iter().zip([0, 1]) {
        let mut world = world();
        let name = ["eden", "orbit"][exhibit];
        for method in ["GET", "POST"] {
            for path in CHANGES {
                for target in [format!("/api/v1/{path}"), format!("/api/v1/exhibits/{name}/{path}")] {
                    let reply = from(&world, guest, method, &target);
                    assert_eq!(reply.status, 200, "{method} {target}: {reply:?}");
                }
            }
        }
        let id = ExhibitId(u32::try_from(exhibit).unwrap());
        let asked: Vec<_> = world.asked.try_iter().collect();
        assert!(asked.iter().all(|(of, by, _)| *of == id && by == guest), "{asked:?}");
        assert_eq!(asked.len(), 4 * (CHANGES.len() - 4));
        while let Ok(event) = world.events.try_recv() {
            assert!(matches!(event, Event::Beat { exhibit, .. } if exhibit == id), "{event:?}");
        }
    }
}

#[test]
fn a_guest_changes_nothing_about_its_neighbour() {
    let mut world = world();
    for method in ["GET", "POST"] {
        for path in CHANGES {
            let separator = if path.contains('?') { '&' } else { '?' };
            let targets = [
                format!("/api/v1/exhibits/orbit/{path}"),
                format!("/api/v1/exhibits/o%72bit/{path}"),
                format!("/api/v1/exhibits/orbit/{}/", path.replace('?', "/?")),
                format!("/api/v1/{path}{separator}exhibit=orbit"),
                format!("/api/v1/exhibits/eden/{path}{separator}exhibit=orbit"),
            ];
            for target in targets {
                let reply = from(&world, GUESTS[0], method, &target);
                assert_eq!(reply.status, 403, "{method} {target}: {reply:?}");
                assert!(reply.detail().contains("guest of eden"), "{reply:?}");
            }
            let own = format!("/api/v1/{path}{separator}exhibit=eden");
            assert_eq!(from(&world, GUESTS[0], method, &own).status, 200, "{own}");
        }
    }
    let asked: Vec<_> = world.asked.try_iter().map(|(of, ..)| of).collect();
    assert!(asked.iter().all(|of| *of == ExhibitId(0)), "{asked:?}");
    assert_eq!(from(&world, GUESTS[0], "DELETE", "/api/v1/exhibits/orbit/snapshot/ready").status, 403);
    // Nor is it told how its neighbour is.
    for path in READINGS {
        assert_eq!(from(&world, GUESTS[0], "GET", &format!("/api/v1/exhibits/orbit/{path}")).status, 403);
    }
    assert_eq!(world.asked.try_iter().count(), 0);
    while let Ok(event) = world.events.try_recv() {
        assert!(matches!(event, Event::Beat { exhibit: ExhibitId(0), .. }), "{event:?}");
    }
}

/// A request of one exhibit's world with these headers.
fn with_headers(world: &World, method: &str, target: &str, headers: &str) -> Reply {
    let text = format!("{method} {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
    Reply::parse(&world.raw(text.as_bytes()))
}

#[test]
fn under_a_foreign_name_nothing_is_served() {
    let mut world = World::new(&["eden"]);
    let reads = ["/", "/nothing", "/api/v1/site", "/api/v1/exhibits"].map(str::to_owned);
    let paths = CHANGES.iter().chain(&READINGS).map(|path| format!("/api/v1/{path}"));
    for target in paths.chain(reads) {
        for method in ["GET", "POST", "HEAD", "DELETE", "OPTIONS"] {
            for host in ["evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "?"] {
                let reply = with_headers(&world, method, &target, &format!("Host: {host}\r\n"));
                assert_eq!(reply.status, 403, "{method} {target} {host}");
                assert!(method == "HEAD" || reply.detail().contains("`names`"), "{reply:?}");
            }
        }
    }
    untouched(&mut world, "a foreign name");
    let name = rustix::system::uname().nodename().to_str().unwrap().to_owned();
    let own =
        ["127.0.0.1:8000", "[::1]", "localhost", "vitrine.museum.example", &name, &format!("{name}.local")]
            .map(|host| format!("Host: {host}\r\n"));
    for headers in own.iter().map(String::as_str).chain([""]) {
        assert_eq!(with_headers(&world, "GET", "/api/v1/status", headers).status, 200, "{headers}");
        assert_eq!(with_headers(&world, "POST", "/api/v1/heartbeat", headers).status, 200, "{headers}");
    }
    let old = Reply::parse(&world.raw(b"GET http://evil.example/api/v1/vm/stop HTTP/1.0\r\n\r\n"));
    assert_eq!(old.status, 403);
    assert_eq!(world.last_asked(), None);
    let api = world.api.as_ref().unwrap();
    api.set_names(vec!["evil.example".to_owned()]);
    // What is ordered is done in turn: once this has been done, the above was.
    api.set_listen(vec!["127.0.0.1:0".parse().unwrap(), "127.0.0.9:0".parse().unwrap()], Vec::new(), None);
    let mut bound = api.bound();
    world.runtime.block_on(async { bound.wait_for(|all| all.len() == 2).await.map(drop) }).unwrap();
    assert_eq!(with_headers(&world, "GET", "/", "Host: evil.example\r\n").status, 200);
    assert_eq!(with_headers(&world, "GET", "/", "Host: vitrine.museum.example\r\n").status, 403);
}

#[test]
fn a_page_from_elsewhere_changes_nothing() {
    let mut world = World::new(&["eden"]);
    let foreign = [
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Origin: http://127.0.0.1:3000\r\nSec-Fetch-Site: same-site\r\n",
        "oRIGIN: http://evil.example\r\n",
    ];
    for headers in foreign {
        let headers = format!("Host: 127.0.0.1:8000\r\n{headers}");
        for path in CHANGES {
            for method in ["GET", "POST"] {
                let target = format!("/api/v1/{path}");
                let reply = with_headers(&world, method, &target, &headers);
                assert_eq!(reply.status, 403, "{method} {target} {headers}: {reply:?}");
                assert!(reply.detail().contains("from elsewhere"), "{reply:?}");
            }
        }
        assert_eq!(with_headers(&world, "DELETE", "/api/v1/snapshot/old", &headers).status, 403);
        assert_eq!(with_headers(&world, "GET", "/api/v1/status", &headers).status, 200, "reading: {headers}");
    }
    untouched(&mut world, "a foreign page");
    for headers in [
        "Host: 127.0.0.1:8000\r\nOrigin: http://127.0.0.1:8000\r\nSec-Fetch-Site: same-origin\r\n",
        "Host: localhost:8000\r\nSec-Fetch-Site: same-origin\r\n",
        "Host: vitrine.museum.example\r\nOrigin: https://vitrine.museum.example\r\nSec-Fetch-Site: same-origin\r\n",
    ] {
        assert_eq!(with_headers(&world, "POST", "/api/v1/vm/stop", headers).status, 200, "{headers}");
        assert_eq!(world.last_asked(), Some(Action::Stop));
    }
}

#[test]
fn by_get_it_is_changed_only_where_browsers_say_which_page_sends_it() {
    let mut world = World::new(&["eden"]);
    let name = rustix::system::uname().nodename().to_str().unwrap().to_owned();
    for host in ["0.0.0.0:8000", "[::]:8000", "[::ffff:127.0.0.1]:8000", "vitrine.museum.example", &name] {
        for path in CHANGES {
            let reply = with_headers(&world, "GET", &format!("/api/v1/{path}"), &format!("Host: {host}\r\n"));
            assert_eq!(reply.status, 405, "{host} {path}: {reply:?}");
            assert!(reply.head.contains("Allow: POST"), "{reply:?}");
            assert!(reply.detail().contains("POST only"), "{reply:?}");
        }
    }
    untouched(&mut world, "a GET by a name");
    for host in
        ["", "Host: 127.0.0.1:8000\r\n", "Host: localhost:8000\r\n", "Host: 10.0.2.2:8000\r\n", "Host:\r\n"]
    {
        assert_eq!(with_headers(&world, "GET", "/api/v1/vm/stop", host).status, 200, "{host}");
        assert_eq!(world.last_asked(), Some(Action::Stop), "{host}");
    }
}

#[test]
fn guests_texts_arrive_with_nothing_hidden_in_them() {
    let mut world = World::new(&["eden"]);
    let evil = "a%0D%0A%3C0%3Eb%1B%5B2J%C2%9B%E2%80%AE%E2%80%A8%EF%BB%BF%7F";
    let shown = r"a\r\n<0>b\u{1b}[2J\u{9b}\u{202e}\u{2028}\u{feff}\u{7f}";
    for method in ["GET", "POST"] {
        world.call(method, &format!("/api/v1/revert/request?reason={evil}&severity={evil}"), "");
        let expected = Action::GuestRevert { reason: shown.to_owned(), severity: Some(shown.to_owned()) };
        assert_eq!(world.last_asked(), Some(expected));
        world.call(method, &format!("/api/v1/heartbeat?status={evil}&message={evil}"), "");
        let Some(Event::Beat { note: Some(note), .. }) = world.events.blocking_recv() else {
            panic!("a beat")
        };
        assert_eq!((note.status.as_deref(), note.message.as_deref()), (Some(shown), Some(shown)));
    }
    let body = json!({"reason": "\u{202e}".repeat(5000)}).to_string();
    world.call("POST", "/api/v1/revert/request", &body);
    let Some(Action::GuestRevert { reason, .. }) = world.last_asked() else { panic!("a request") };
    assert!(reason.chars().count() <= 1000 && reason.ends_with('…'), "{}", reason.len());
    let reply = world.get(&format!("/api/v1/snapshot/create?snapshot_name={evil}"));
    assert_eq!(reply.status, 400, "{reply:?}");
}

/// A daemon with one exhibit, whose VM is healthy.
struct Daemon {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Daemon {
    /// With so many open files at most.
    fn start(uri: &str, vm: &str, files: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // One that is free just now; the other tests take theirs at 127.0.0.1.
        let address = TcpListener::bind("127.0.9.1:0").unwrap().local_addr().unwrap();
        let config = folder.path().join("vitrine.toml");
        let text = format!(
            "[libvirt]\nuri = \"{uri}\"\n[api]\nlisten = [\"{address}\"]\n\
             [[exhibit]]\nname = \"eden\"\nvm = \"{vm}\"\nheartbeat = false\n"
        );
        std::fs::write(&config, text).unwrap();
        let program = std::env::var_os("VITRINE_BIN").unwrap_or(env!("CARGO_BIN_EXE_vitrine").into());
        let child = Command::new("sh")
            .args(["-c", &format!("ulimit -n {files}; exec \"$0\" run --config \"$1\"")])
            .arg(program)
            .arg(&config)
            .env("XDG_RUNTIME_DIR", folder.path())
            .env("XDG_STATE_HOME", folder.path())
            .spawn()
            .unwrap();
        let daemon = Self { child, address, _folder: folder };
        let begun = Instant::now();
        while !daemon.is_healthy() {
            assert!(begun.elapsed() < Duration::from_secs(60), "never healthy");
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon
    }

    fn is_healthy(&self) -> bool {
        TcpStream::connect(self.address).is_ok()
            && self.answer("/api/v1/exhibits/eden").json["phase"] == json!("healthy")
    }

    fn send(&self, target: &str) -> TcpStream {
        let mut stream = connect_to(self.address, "127.0.0.1");
        stream.write_all(format!("GET {target} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
        stream
    }

    fn answer(&self, target: &str) -> Reply {
        answer(&mut self.send(target))
    }

    fn threads(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap().count()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

#[test]
fn where_files_run_out_newcomers_get_in_all_the_same() {
    let daemon = Daemon::start("test:///default", "test", 100);
    let crowd: Vec<_> = (0..300).map(|_| connect_to(daemon.address, "127.0.0.1")).collect();
    for _ in 0..20 {
        assert_eq!(daemon.answer("/api/v1/heartbeat").status, 200);
    }
    drop(crowd);
    let late = daemon.answer("/api/v1/hold?until=1763906600");
    assert_eq!((late.status, late.detail().contains("over")), (400, true), "{late:?}");
    assert!(daemon.is_healthy());
}

/// Needs the packages named in tests/common/libvirtd.rs.
#[test]
fn behind_a_libvirt_that_hangs_readings_take_one_thread() {
    let libvirtd = Libvirtd::start();
    libvirtd.define_vm(&libvirtd.connect(), "a", "52:54:00:00:00:0a");
    let daemon = Daemon::start(&libvirtd.uri(), "a", 1024);
    libvirtd.signal(Signal::STOP);
    let reading = || daemon.send("/api/v1/snapshots");
    // What is asked for is handled in turn: when this is answered, all of the above has been taken up.
    let taken_up = || {
        for path in ["hold", "resume", "hold"] {
            assert_eq!(daemon.answer(&format!("/api/v1/{path}")).status, 200);
        }
    };
    let mut readings = vec![reading()];
    taken_up();
    // The daemon's own beginning is not over before that on a busy computer.
    let one = daemon.threads();
    readings.extend((1..400).map(|_| reading()));
    taken_up();
    let meanwhile = daemon.threads();
    libvirtd.signal(Signal::CONT);
    for reading in &mut readings {
        let reply = answer(reading);
        assert_eq!((reply.status, &reply.json["snapshots"]), (200, &json!([])), "{reply:?}");
    }
    println!("behind a hanging libvirt: {one} threads with a reading, {meanwhile} with {}", readings.len());
    // A poll or a probe of the connection, and the two that find out whose connections are.
    assert!(meanwhile <= one + 6, "{one} threads with one, {meanwhile} with all");
}
