//! The walls against what really comes: a browser with a page from elsewhere in it, a page whose name is rebound, and
//! guests and strangers on a bridge, systemd's journal. In a network of the test's own. Needs root, and the packages
//! chromium, iproute2, util-linux and systemd.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use common::browser::{Browser, Page};
use common::world::{Reply, World, status};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use serde_json::{Value, json};
use vitrine::core::event::Event;
use vitrine::core::types::*;
use vitrine::web;

/// This computer as the VMs see it, with the API's port.
const BRIDGE: &str = "192.168.122.1:8000";
/// Where a page from elsewhere is, at first.
const ELSEWHERE: &str = "192.168.122.66:8000";
/// The same by IPv6.
const BRIDGE6: &str = "[fd00:122::1]:8000";
const HERE: &str = "127.0.0.1:8000";

/// Runs the rest of a test in a computer of its own, as far as network, name and processes go. True in there.
fn inside(test: &str) -> bool {
    if std::env::var_os("VITRINE_INSIDE").is_some() {
        return true;
    }
    let inner = Command::new("unshare")
        .args(["--net", "--uts", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"])
        .args(["sh", "-euc", NETWORK, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("VITRINE_INSIDE", "1")
        .output()
        .expect("unshare: install util-linux");
    let (out, err) = (String::from_utf8_lossy(&inner.stdout), String::from_utf8_lossy(&inner.stderr));
    assert!(inner.status.success() && out.contains("1 passed"), "this needs root:\n{out}\n{err}");
    false
}

/// A bridge with three guests, of whom the first two are exhibits'.
const NETWORK: &str = "
hostname kiosk
mount -t tmpfs tmpfs /run
ip link set lo up
ip link add virbr0 type bridge
ip addr add 192.168.122.1/24 dev virbr0
ip addr add 192.168.122.66/24 dev virbr0
ip addr add fd00:122::1/64 dev virbr0 nodad
ip link set virbr0 up
n=0
for guest in eden orbit stranger; do
    ip netns add $guest
    ip link add v$guest type veth peer name eth0 netns $guest
    ip link set v$guest master virbr0 up
    ip -n $guest link set eth0 address 52:54:00:aa:00:0$n
    ip -n $guest addr add 192.168.122.2$n/24 dev eth0
    ip -n $guest addr add fd00:122::2$n/64 dev eth0 nodad
    ip -n $guest link set eth0 up
    n=$((n + 1))
done
exec \"$@\"
";

fn world() -> World {
    let listen = vec![HERE.parse().unwrap(), BRIDGE.parse().unwrap(), BRIDGE6.parse().unwrap()];
    let folder = tempfile::tempdir().unwrap();
    let settings = web::Settings {
        names: vec!["vitrine.museum.example".to_owned()],
        // Guests do all that they could be let do.
        rules: AccessRules { guest_may: Act::ALL.iter().copied().collect(), ..AccessRules::default() },
        ..web::Settings::new(listen, Some(folder.path().join("vitrine/control.sock")))
    };
    World::serving(status(&["eden", "orbit"]), folder, settings)
}

/// That nobody has asked for anything, or beaten, since this was last looked at.
fn untouched(world: &mut World, what: &str) {
    let asked: Vec<_> = world.asked.try_iter().collect();
    assert!(asked.is_empty(), "{what}: {asked:?}");
    if let Ok(event) = world.events.try_recv() {
        panic!("{what}: {event:?}");
    }
}

/// A web server, such as it is: the same page whatever is asked for. It keeps the heads of the requests.
struct Server {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    heads: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(address: &str) -> Self {
        let address = address.parse().unwrap();
        let listener = TcpListener::bind(address).unwrap();
        let (ends, heads) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (end, kept) = (Arc::clone(&ends), Arc::clone(&heads));
        let thread = spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                let kept = Arc::clone(&kept);
                spawn(move || serve(&stream.unwrap(), &kept));
            }
        });
        Self { address, ends, heads, thread: Some(thread) }
    }

    /// The heads of the requests for this path, in small letters.
    fn heads(&self, path: &str) -> Vec<String> {
        let wanted = format!(" {path} ");
        self.heads.lock().unwrap().iter().filter(|head| head.contains(&wanted)).cloned().collect()
    }

    fn end(mut self) {
        self.ends.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.thread.take().unwrap().join().unwrap();
    }
}

fn serve(mut stream: &TcpStream, heads: &Mutex<Vec<String>>) {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    heads.lock().unwrap().push(head.join("\n").to_lowercase());
    let page = "<!doctype html><title>A page</title><body></body>";
    let length = page.len();
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}"
    );
}

/// All the ways by which a page has its browser send something to others without asking anybody.
const WAYS: &str = "
const element = (name, set, address) => new Promise(done => {
    const made = document.createElement(name);
    made.onload = made.onerror = () => { made.remove(); done(); };
    set(made, address);
    document.body.append(made);
});
const form = (method, address) => new Promise(done => {
    const frame = document.createElement('iframe');
    frame.name = 'f' + Math.random();
    document.body.append(frame);
    const made = document.createElement('form');
    Object.assign(made, {method, action: address, target: frame.name});
    document.body.append(made);
    frame.onload = () => { frame.remove(); made.remove(); done(); };
    made.submit();
});
const quietly = promise => promise.then(() => {}, () => {});
const ways = {
    image: address => element('img', (made, it) => made.src = it, address),
    script: address => element('script', (made, it) => made.src = it, address),
    style: address => element('link', (made, it) => Object.assign(made, {rel: 'stylesheet', href: it}), address),
    frame: address => element('iframe', (made, it) => made.src = it, address),
    hidden: address => element('img', (made, it) => Object.assign(made, {referrerPolicy: 'no-referrer', src: it}), address),
    fetch: address => quietly(fetch(address, {mode: 'no-cors'})),
    cors: address => quietly(fetch(address)),
    post: address => quietly(fetch(address, {method: 'POST', mode: 'no-cors', body: 'snapshot_name=ready'})),
    text: address => quietly(fetch(address, {method: 'POST', mode: 'no-cors', body: '{}', headers: {'Content-Type': 'text/plain'}})),
    remove: address => quietly(fetch(address, {method: 'DELETE'})),
    get: address => form('get', address),
    form: address => form('post', address),
};
";

/// What would do harm, below an exhibit's path.
const HARM: [&str; 5] = ["vm/stop", "hold", "snapshot/delete/ready", "heartbeat", "revert/request?reason=x"];

/// Sends all of it, in all ways, to these addresses, and waits until all is sent and answered.
fn attack(browser: &mut Browser, page: &Page, addresses: &[String]) {
    let script = format!(
        "(async () => {{ {WAYS}
            for (const address of {}) await Promise.all(Object.values(ways).map(way => way(address)));
            return 'done';
        }})()",
        json!(addresses)
    );
    assert_eq!(browser.run(page, &script), json!("done"));
}

fn harm(host: &str) -> Vec<String> {
    let named = HARM.iter().map(|path| format!("http://{host}/api/v1/exhibits/eden/{path}"));
    named.chain([format!("http://{host}/api/v1/heartbeat")]).collect()
}

#[test]
fn a_page_from_elsewhere_in_a_browser_of_this_computer_changes_nothing() {
    if !inside("a_page_from_elsewhere_in_a_browser_of_this_computer_changes_nothing") {
        return;
    }
    let mut world = world();
    let elsewhere = Server::start(ELSEWHERE);
    let mut browser = Browser::start(&[
        ("evil.example", "192.168.122.66"),
        ("rebound.example", "192.168.122.1"),
        ("vitrine.museum.example", "192.168.122.1"),
        ("kiosk", "127.0.0.1"),
    ]);
    let page = browser.open("http://evil.example:8000/");

    // What a browser sends with the GET of an image: to an address of the network nothing that tells the page.
    let recorders = [Server::start("192.168.122.1:8001"), Server::start("127.0.0.1:8001")];
    let urls: Vec<_> = recorders.iter().map(|server| format!("http://{}/image", server.address)).collect();
    attack(&mut browser, &page, &urls);
    let [network, here] = recorders.each_ref().map(|server| server.heads("/image"));
    let bare = |head: &&String| !head.contains("\nsec-fetch-site:") && !head.contains("\norigin:");
    assert!(network.iter().filter(bare).any(|head| head.starts_with("get ")), "{network:#?}");
    assert!(!network.iter().filter(bare).any(|head| head.starts_with("post ")), "{network:#?}");
    assert!(here.len() >= 10 && !here.iter().any(|head| bare(&head)), "{here:#?}");

    let hosts = [
        "192.168.122.1:8000",
        "127.0.0.1:8000",
        "localhost:8000",
        "kiosk.localhost:8000",
        "0.0.0.0:8000",
        "[::ffff:127.0.0.1]:8000",
        "kiosk:8000",
        "rebound.example:8000",
        "vitrine.museum.example:8000",
    ];
    for host in hosts {
        attack(&mut browser, &page, &harm(host));
        untouched(&mut world, host);
    }

    // The name of the page comes to mean this computer: to the browser both are one.
    elsewhere.end();
    let api = world.api.as_ref().unwrap();
    api.set_listen(
        [HERE, BRIDGE, ELSEWHERE].iter().map(|address| address.parse().unwrap()).collect(),
        Vec::new(),
        None,
    );
    let mut bound = api.bound();
    world
        .runtime
        .block_on(async {
            bound.wait_for(|all| all.contains_key(&ELSEWHERE.parse().unwrap())).await.map(drop)
        })
        .unwrap();
    attack(&mut browser, &page, &harm("evil.example:8000"));
    untouched(&mut world, "a name that was rebound");
    let reads = "fetch('/api/v1/status').then(reply => reply.status)";
    assert_eq!(browser.run(&page, reads), json!(403), "nor is anything told to it");

    // Pages of our own go on.
    for (host, by_get) in
        [("127.0.0.1", 200), ("localhost", 200), ("192.168.122.1", 405), ("vitrine.museum.example", 405)]
    {
        let page = browser.open(&format!("http://{host}:8000/"));
        for (method, code) in [("POST", 200), ("GET", by_get)] {
            let script = format!(
                "fetch('/api/v1/exhibits/eden/vm/stop', {{method: '{method}'}}).then(reply => reply.status)"
            );
            assert_eq!(browser.run(&page, &script), json!(code), "{method} at {host}");
            let stopped = world.last_asked() == Some(Action::Stop);
            assert_eq!(stopped, code == 200, "{method} at {host}");
        }
    }
}

/// One request from a guest, or from this computer.
fn ask(guest: Option<&str>, to: &str, method: &str, target: &str) -> Reply {
    let (guest, to, request) = (
        guest.map(str::to_owned),
        to.to_owned(),
        // As AutoIt sends it, more or less.
        format!("{method} {target} HTTP/1.0\r\nHost: {to}\r\n\r\n"),
    );
    let asked = spawn(move || {
        if let Some(guest) = guest {
            // Of this thread alone.
            let network = File::open(format!("/run/netns/{guest}")).unwrap();
            move_into_link_name_space(std::os::fd::AsFd::as_fd(&network), Some(LinkNameSpaceType::Network))
                .unwrap();
        }
        let mut stream = TcpStream::connect(to).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        std::io::read_to_string(stream).unwrap()
    });
    Reply::parse(&asked.join().unwrap())
}

#[test]
fn on_a_bridge_guests_have_their_own_exhibit_and_strangers_nothing() {
    if !inside("on_a_bridge_guests_have_their_own_exhibit_and_strangers_nothing") {
        return;
    }
    let mut world = world();
    let (own, other) = ("/api/v1/exhibits/eden", "/api/v1/exhibits/orbit");
    let asked = |world: &World| world.asked.try_iter().map(|(of, by, _)| (of.0, by)).collect::<Vec<_>>();
    for method in ["GET", "POST"] {
        for path in ["vm/stop", "hold", "heartbeat", "button-status", "snapshot/create"] {
            for target in [format!("/api/v1/{path}"), format!("{own}/{path}/")] {
                let reply = ask(Some("eden"), BRIDGE, method, &target);
                assert_eq!(reply.status, 200, "{method} {target}: {reply:?}");
            }
            let reply = ask(Some("eden"), BRIDGE, method, &format!("{other}/{path}"));
            assert_eq!((reply.status, reply.detail().contains("guest of eden")), (403, true), "{reply:?}");
        }
        assert_eq!(asked(&world), vec![(0, "192.168.122.20".to_owned()); 6]);
        // Of several in a row some come late.
        assert!(matches!(world.events.blocking_recv(), Some(Event::Beat { exhibit: ExhibitId(0), .. })));
        for path in ["vm/stop", "hold", "heartbeat", "button-status", "snapshot/create"] {
            let reply = ask(Some("stranger"), BRIDGE, method, &format!("{own}/{path}"));
            assert_eq!(reply.status, 401, "{method} {path}: {reply:?}");
            // This computer at its address in the network.
            let reply = ask(None, BRIDGE, method, &format!("{own}/{path}"));
            let expected = if method == "GET" { 405 } else { 200 };
            assert_eq!(reply.status, expected, "{method} {path}: {reply:?}");
            assert_eq!(reply.head.contains("Allow: POST"), method == "GET", "{reply:?}");
            assert_eq!(ask(None, HERE, method, &format!("{own}/{path}")).status, 200);
        }
        assert_eq!(asked(&world).len(), if method == "GET" { 3 } else { 6 });
        assert_eq!(ask(Some("stranger"), BRIDGE, "GET", &format!("{own}/status")).status, 401);
        assert_eq!(ask(None, BRIDGE, "GET", &format!("{own}/status")).status, 200);
    }
    for (guest, path, code) in [
        ("eden", "heartbeat", 200),
        ("eden", "exhibits/eden/hold", 200),
        ("orbit", "exhibits/eden/hold", 403),
        ("stranger", "exhibits/eden/hold", 401),
    ] {
        assert_eq!(
            ask(Some(guest), BRIDGE6, "GET", &format!("/api/v1/{path}")).status,
            code,
            "{guest} {path}"
        );
    }
    assert_eq!(asked(&world), [(0, "fd00:122::20".to_owned())]);
    // A stranger's crowd is in nobody's way.
    let (gone, crowd) = mpsc::channel::<()>();
    let stranger = spawn(move || {
        let network = File::open("/run/netns/stranger").unwrap();
        move_into_link_name_space(std::os::fd::AsFd::as_fd(&network), Some(LinkNameSpaceType::Network))
            .unwrap();
        let crowd: Vec<_> = (0..200).map(|_| TcpStream::connect(BRIDGE).unwrap()).collect();
        drop(gone);
        crowd
    });
    assert!(crowd.recv().is_err());
    assert_eq!(ask(Some("orbit"), BRIDGE, "GET", "/api/v1/heartbeat").status, 200);
    assert_eq!(ask(None, HERE, "GET", &format!("{own}/heartbeat")).status, 200);
    drop(stranger.join().unwrap());
}

const JOURNALD: &str = "[Journal]
Storage=volatile
ReadKMsg=no
Audit=no
RateLimitIntervalSec=0
";

#[test]
fn nobody_forges_a_line_of_systemds_journal() {
    if !inside("nobody_forges_a_line_of_systemds_journal") {
        return;
    }
    for folder in ["/run/systemd/journal", "/run/systemd/journald.conf.d", "/run/log/journal"] {
        std::fs::create_dir_all(folder).unwrap();
    }
    std::fs::write("/run/systemd/journald.conf.d/test.conf", JOURNALD).unwrap();
    let mut journald = Command::new("/lib/systemd/systemd-journald").spawn().expect("install systemd");
    poll("systemd's journal", || Path::new("/run/systemd/journal/stdout").exists());

    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("vitrine.toml");
    let text = "[libvirt]\nuri = \"test:///default\"\n[api]\nlisten = [\"127.0.0.1:8000\"]\n\
                [[exhibit]]\nname = \"eden\"\nvm = \"test\"\nheartbeat = false\n";
    std::fs::write(&config, text).unwrap();
    let vitrine = |program: &str| {
        let mut command = Command::new(program);
        command.env("XDG_RUNTIME_DIR", folder.path()).env("XDG_STATE_HOME", folder.path()).env("LC_ALL", "C");
        command
    };
    let program = env!("CARGO_BIN_EXE_vitrine");
    let mut daemon = vitrine("systemd-cat")
        .args(["-t", "vitrine", "--level-prefix=true", program, "run", "--config"])
        .arg(&config)
        .spawn()
        .unwrap();
    let command = |words: &[&str]| {
        let output = vitrine(program).args(words).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    poll("a healthy exhibit", || command(&["status"]).contains("healthy"));

    // As a line of its own, and where the journal would begin a new one (`LineMax=`).
    let evil = "frozen%0D%0A%3C0%3Ekernel:%20panic%1B%5B2J%E2%80%AE%E2%80%A8x";
    assert_eq!(ask(None, HERE, "GET", &format!("/api/v1/revert/request?reason={evil}")).status, 200);
    poll("a healthy exhibit", || command(&["status"]).contains("healthy"));
    let long = format!("{}%3C0%3Ekernel:%20panic", "x".repeat(48 * 1024 - 100));
    assert_eq!(ask(None, HERE, "GET", &format!("/api/v1/revert/request?reason={long}")).status, 200);
    poll("the end of the incident", || !command(&["incidents"]).contains("lasts still"));
    let incidents =
        command(&["incidents", "2"]) + &command(&["incidents", "2", "--json"]) + &command(&["status"]);

    rustix::process::kill_process(rustix::process::Pid::from_child(&daemon), rustix::process::Signal::TERM)
        .unwrap();
    daemon.wait().unwrap();
    assert!(Command::new("journalctl").arg("--sync").status().unwrap().success());
    let journal = Command::new("journalctl")
        .args(["-D", "/run/log/journal", "-t", "vitrine", "-o", "json"])
        .output()
        .unwrap();
    let lines: Vec<Value> = String::from_utf8(journal.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let shown = r"frozen\r\n<0>kernel: panic\u{1b}[2J\u{202e}\u{2028}x";
    for line in &lines {
        assert_eq!(line["PRIORITY"], json!("6"), "{line}");
        let message = line["MESSAGE"].as_str().unwrap_or_else(|| panic!("not a text: {line}"));
        assert!(!message.contains(vitrine::core::text::acts), "{message}");
    }
    let told = |line: &&Value| line["MESSAGE"].as_str().unwrap().contains(shown);
    assert_eq!(lines.iter().filter(told).count(), 1, "{lines:#?}");
    assert!(!incidents.replace('\n', "").contains(vitrine::core::text::acts), "{incidents:?}");
    assert!(incidents.contains(r"\r\n<0>kernel:"), "{incidents}");
    let _ = journald.kill();
    let _ = journald.wait();
}

/// Waits for something that comes for certain.
fn poll(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never came: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
