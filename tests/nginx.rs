//! `deploy/nginx/vitrine.conf`, in a real nginx before the real API.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use common::browser::{Browser, Look};
use common::world::{Reply, World, lasting, status};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use vitrine::certificate::self_signed;
use vitrine::core::status::*;
use vitrine::core::types::*;
use vitrine::web;

const PATIENCE: Duration = Duration::from_secs(60);
const NAME: &str = "kiosk.museum.example";
const STOP: &str = "/vitrine/api/v1/exhibits/eden/vm/stop";
const LOOK: &str = "/vitrine/api/v1/exhibits/eden/status";
const PASSWORD: &str = "correct horse battery";

/// An nginx with the example, before whoever listens somewhere.
struct Nginx {
    folder: tempfile::TempDir,
    address: SocketAddr,
    process: Child,
}

impl Nginx {
    fn before(upstream: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let made = self_signed(&[NAME.to_owned()]).unwrap();
        std::fs::write(path("key.pem"), made.key).unwrap();
        std::fs::write(path("certificate.pem"), made.certificate).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/nginx/vitrine.conf");
        let mut site = std::fs::read_to_string(example).unwrap();
        for (written, here) in [
            ("    listen [::]:443 ssl;\n", String::new()),
            ("listen 443 ssl", format!("listen {address} ssl")),
            ("/etc/ssl/certs/kiosk.museum.example.pem", path("certificate.pem")),
            ("/etc/ssl/private/kiosk.museum.example.pem", path("key.pem")),
            ("http://127.0.0.1:8001/", format!("http://{upstream}/")),
        ] {
            assert!(site.contains(written), "{written}");
            site = site.replace(written, &here);
        }
        // Whom root's nginx would become cannot look into this folder.
        let user = if geteuid().is_root() { "user root;" } else { "" };
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {};\n", path(kind)))
            .collect();
        let all = format!(
            "{user}\ndaemon off;\nworker_processes 1;\npid {};\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n\
             {temporary}{site}\n}}\n",
            path("pid")
        );
        std::fs::write(path("nginx.conf"), all).unwrap();
        let process = Command::new("/usr/sbin/nginx")
            .args(["-e", "stderr", "-p", &path(""), "-c", &path("nginx.conf")])
            .stdin(Stdio::null())
            .spawn()
            .expect("nginx (package nginx-light)");
        let nginx = Self { folder, address, process };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(begun.elapsed() < PATIENCE, "nginx does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        nginx
    }

    /// curl, which trusts its certificate and is told where the name is.
    fn curl(&self, path: &str, options: &[&str]) -> Command {
        let port = self.address.port();
        let mut command = Command::new("curl");
        command
            .args([
                "--silent",
                "--show-error",
                "--include",
                "--no-buffer",
                "--max-time",
                "60",
                "--noproxy",
                "*",
            ])
            .args(["--resolve", &format!("{NAME}:{port}:127.0.0.1"), "--cacert"])
            .arg(self.folder.path().join("certificate.pem"))
            .args(options)
            .arg(format!("https://{NAME}:{port}{path}"));
        command
    }

    fn ask(&self, path: &str, options: &[&str]) -> Reply {
        let output = self.curl(path, options).output().unwrap();
        assert!(output.status.success(), "{path}: {output:?}");
        Reply::parse(&String::from_utf8(output.stdout).unwrap())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.process), Signal::QUIT);
        let _ = self.process.wait();
    }
}

/// The API with a listener for a proxy, and the account of anna.
fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("arp"), "").unwrap();
    let password = vitrine::host::hash_password(PASSWORD).unwrap();
    let account = Account { name: "anna".to_owned(), role: Role::Operate, password };
    let settings = web::Settings {
        proxy: vec!["127.0.0.2:0".parse().unwrap()],
        rules: AccessRules { accounts: vec![account], ..AccessRules::default() },
        names: vec![NAME.to_owned()],
        neighbours: folder.path().join("arp"),
        ..web::Settings::new(vec!["127.0.0.1:0".parse().unwrap()], Some(folder.path().join("control.sock")))
    };
    World::serving(lasting(status(&["eden"])), folder, settings)
}

#[test]
fn nginx_hands_on_who_asks_and_nothing_is_changed_without_a_log_in() {
    let world = world();
    let proxy = world.api.as_ref().unwrap().bound().borrow()[&"127.0.0.2:0".parse().unwrap()];
    let nginx = Nginx::before(proxy);
    assert_eq!(nginx.ask("/vitrine/", &[]).status, 200);
    assert_eq!(nginx.ask("/vitrine", &[]).status, 301);
    assert_eq!(nginx.ask("/api/v1/site", &[]).status, 404, "nothing but what is below its path");
    for path in [LOOK, STOP, "/vitrine/api/v1/site"] {
        assert_eq!(nginx.ask(path, &[]).status, 401, "{path}");
        assert_eq!(
            nginx.ask(path, &["-X", "POST", "-H", "X-Forwarded-For: 127.0.0.1"]).status / 100,
            4,
            "{path}"
        );
    }
    assert_eq!(world.last_asked(), None);

    let body = serde_json::json!({ "name": "anna", "password": PASSWORD }).to_string();
    let reply = nginx.ask("/vitrine/api/v1/login", &["--data", &body]);
    let line = reply.head.lines().find_map(|line| line.strip_prefix("Set-Cookie: ")).expect("a cookie");
    for part in ["; Secure", "HttpOnly", "SameSite=Strict", "Path=/vitrine/"] {
        assert!(line.contains(part), "{line}");
    }
    let cookie = format!("Cookie: {}", line.split(';').next().unwrap());
    let with = |more: &[&str]| nginx.ask(STOP, &[&["-X", "POST", "-H", &cookie], more].concat()).status;
    assert_eq!(nginx.ask(LOOK, &["-H", &cookie]).status, 200);
    assert_eq!(with(&["-H", "X-Forwarded-For: 192.0.2.1"]), 200);
    let (_, by, action) = world.asked.recv().unwrap();
    assert_eq!(
        (by.as_str(), action),
        ("anna (127.0.0.1)", Action::Stop),
        "what a browser says of itself counts for nothing"
    );
    assert_eq!(with(&["-H", &format!("Origin: https://{NAME}:{}", nginx.address.port())]), 200);
    assert_eq!(with(&["-H", "Origin: https://evil.example"]), 403);
    assert_eq!(with(&["-H", "Host: evil.example"]), 403);
}

#[test]
fn the_panel_serves_below_a_path_of_nginxs_as_it_does_without() {
    let world = world();
    let proxy = world.api.as_ref().unwrap().bound().borrow()[&"127.0.0.2:0".parse().unwrap()];
    let nginx = Nginx::before(proxy);
    let mut browser = Browser::start(&[(NAME, "127.0.0.1")]);
    let look = Look { phone: true, dark: false, language: "en" };
    let first = format!("https://{NAME}:{}/vitrine/ui/", nginx.address.port());
    let page = browser.open_as(&first, look);
    let fill = format!(
        "document.querySelector('#name').value = 'anna'; document.querySelector('#password').value = {PASSWORD:?}"
    );
    browser.run(&page, &fill);
    browser.touch(&page, "#log-in button");
    browser.wait(&page, "document.querySelector('#revert-eden')");
    browser.touch(&page, "#revert-eden");
    browser.touch(&page, "#ask-revert .main");
    let (_, by, action) = world.asked.recv_timeout(PATIENCE).unwrap();
    assert_eq!((by.as_str(), action), ("anna (127.0.0.1)", Action::Revert));
    // News come through nginx by themselves.
    world.status.send_modify(|status| Arc::make_mut(status).exhibits[0].phase = PhaseStatus::Held);
    browser.wait(&page, "document.querySelector('#card-eden .state').innerText.includes('held by staff')");
    // Every page and what it is made of is found below the path.
    for other in ["site", "journal", "checks", "exhibits/eden"] {
        let address = browser.run(&page, &format!("document.querySelector(\"a[href$='{other}']\").href"));
        assert_eq!(address, serde_json::json!(format!("{first}{other}")));
        browser.go(&page, address.as_str().unwrap());
        let parts =
            "document.styleSheets[0]?.cssRules.length > 0 && !document.querySelector('#lost')?.innerText";
        assert_eq!(browser.run(&page, parts), serde_json::json!(true), "{other}");
        browser.go(&page, &first);
    }
    browser.touch(&page, "#log-out button");
    browser.wait(&page, "document.querySelector('#log-in')");
}

#[test]
fn events_come_through_nginx_one_by_one() {
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    let nginx = Nginx::before(upstream.local_addr().unwrap());
    let (seen, was_seen) = mpsc::channel();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = upstream.accept().unwrap();
        let mut head = String::new();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        while !head.ends_with("\r\n\r\n") {
            lines.read_line(&mut head).unwrap();
        }
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            .unwrap();
        for n in 1..=3 {
            write!(stream, "data: {n}\n\n").unwrap();
            // The next one comes only once this one has arrived behind nginx.
            if was_seen.recv_timeout(PATIENCE) != Ok(n) {
                return (head, n);
            }
        }
        (head, 0)
    });
    let mut curl = nginx.curl("/vitrine/events", &[]).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(curl.stdout.take().unwrap());
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        if let Some(n) = line.trim().strip_prefix("data: ") {
            seen.send(n.parse().unwrap()).unwrap();
        }
        line.clear();
    }
    drop(seen);
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    let _ = curl.wait();
    let (head, kept_back) = server.join().unwrap();
    assert_eq!(kept_back, 0, "this event was kept back");
    assert!(head.starts_with("GET /events HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("X-Forwarded-Proto: https\r\n"), "{head}");
}
