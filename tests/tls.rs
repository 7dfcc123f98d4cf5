//! The real API over TLS, called by curl and by hand.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::world::{Reply, World, lasting, status};
use rustix::process::{Resource, getrlimit, setrlimit};
use vitrine::certificate::self_signed;
use vitrine::core::types::*;
use vitrine::web::{self, Tls};

const STOP: &str = "/api/v1/exhibits/eden/vm/stop";
const PASSWORD: &str = "correct horse battery";
/// Where it listens for encrypted connections.
const TLS: &str = "127.0.0.2:0";
/// More than may be inside at once.
const CROWD: usize = 600;
/// How a handshake begins, which never goes on: a record of 512 bytes, of which one is there.
const HALF_A_HANDSHAKE: &[u8] = &[22, 3, 1, 2, 0, 1];

/// Writes a certificate and its key into a folder.
fn certify(folder: &Path) {
    let made = self_signed(&["127.0.0.2".to_owned(), "vitrine.museum.example".to_owned()]).unwrap();
    std::fs::write(folder.join("key.pem"), made.key).unwrap();
    std::fs::write(folder.join("certificate.pem"), made.certificate).unwrap();
}

fn tls(folder: &Path) -> Tls {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    Tls { listen: vec![TLS.parse().unwrap()], certificate, key }
}

fn settings(folder: &Path) -> web::Settings {
    std::fs::write(folder.join("arp"), "").unwrap();
    let password = vitrine::host::hash_password(PASSWORD).unwrap();
    let account = Account { name: "anna".to_owned(), role: Role::Operate, password };
    web::Settings {
        rules: AccessRules { accounts: vec![account], ..AccessRules::default() },
        names: vec!["vitrine.museum.example".to_owned()],
        neighbours: folder.join("arp"),
        ..web::Settings::new(vec!["127.0.0.1:0".parse().unwrap()], Some(folder.join("control.sock")))
    }
}

fn world() -> World {
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    setrlimit(Resource::Nofile, files).unwrap();
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let settings = web::Settings { tls: Some(tls(folder.path())), ..settings(folder.path()) };
    World::serving(lasting(status(&["eden", "orbit"])), folder, settings)
}

/// The address for encrypted connections.
fn encrypted(world: &World) -> SocketAddr {
    world.api.as_ref().unwrap().bound().borrow()[&TLS.parse().unwrap()]
}

/// A copy of the certificate that is in use, which the next one does not change.
fn copy_of_certificate(world: &World, name: &str) -> PathBuf {
    let copy = world.folder.path().join(name);
    std::fs::copy(world.folder.path().join("certificate.pem"), &copy).unwrap();
    copy
}

/// What curl gets that trusts this certificate alone, or why it gets nothing.
fn curl(world: &World, certificate: &Path, path: &str, options: &[&str]) -> Result<Reply, String> {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "60", "--noproxy", "*", "--cacert"])
        .arg(certificate)
        .args(options)
        .arg(format!("https://{}{path}", encrypted(world)))
        .output()
        .unwrap();
    if output.status.success() {
        Ok(Reply::parse(&String::from_utf8(output.stdout).unwrap()))
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

fn ask(world: &World, path: &str, options: &[&str]) -> Reply {
    curl(world, &world.folder.path().join("certificate.pem"), path, options).unwrap()
}

#[test]
fn over_tls_the_rules_are_those_of_every_open_address() {
    let world = world();
    for version in ["--tlsv1.3", "--tls-max=1.2"] {
        let options: Vec<_> = version.split('=').collect();
        assert_eq!(ask(&world, "/api/v1/exhibits/eden/heartbeat", &options).status, 200, "{version}");
    }
    assert_eq!(ask(&world, STOP, &["-X", "POST"]).status, 200);
    assert_eq!(ask(&world, STOP, &["-X", "POST", "-H", "X-Forwarded-For: 192.0.2.1"]).status, 401);
    assert_eq!(ask(&world, STOP, &["-X", "POST", "-H", "Origin: https://evil.example"]).status, 403);
    let own = format!("Origin: https://{}", encrypted(&world));
    assert_eq!(ask(&world, STOP, &["-X", "POST", "-H", &own]).status, 200);
    for (host, status) in [("evil.example", 403), ("vitrine.museum.example:8443", 200)] {
        assert_eq!(ask(&world, "/", &["-H", &format!("Host: {host}")]).status, status, "{host}");
    }
    let body = serde_json::json!({ "name": "anna", "password": PASSWORD }).to_string();
    let reply = ask(&world, "/api/v1/login", &["--data", &body]);
    assert!(reply.head.contains("; Secure"), "{reply:?}");
    let name = "Host: [::1]:8000";
    let plain = Reply::parse(
        &world.raw(
            format!("POST /api/v1/login HTTP/1.0\r\n{name}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
                .as_bytes(),
        ),
    );
    assert!(plain.status == 200 && !plain.head.contains("; Secure"), "{plain:?}");
}

#[test]
fn http_is_told_that_https_is_spoken_here() {
    let world = world();
    for method in ["GET", "POST"] {
        let mut stream = TcpStream::connect(encrypted(&world)).unwrap();
        let request = format!("{method} {STOP} HTTP/1.1\r\nHost: 127.0.0.2\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let reply = Reply::parse(&text);
        assert_eq!(reply.status, 400);
        assert!(reply.detail().contains("https://"), "{reply:?}");
    }
    assert_eq!(world.last_asked(), None);
}

#[test]
fn handshakes_that_do_not_go_on_hold_nobody_up() {
    let world = world();
    let mut crowd = Vec::new();
    for n in 0..CROWD {
        let mut stream = TcpStream::connect(encrypted(&world)).unwrap();
        let begun: &[u8] = match n % 3 {
            0 => b"",
            1 => HALF_A_HANDSHAKE,
            _ => &[22; 100],
        };
        // Nonsense is answered with an alert, and may be before it is all written.
        let _ = stream.write_all(begun);
        crowd.push(stream);
        if n % 50 == 0 {
            assert_eq!(world.get("/api/v1/exhibits/eden/heartbeat").status, 200, "after {n}");
            assert_eq!(ask(&world, "/api/v1/exhibits/eden/heartbeat", &[]).status, 200, "after {n}");
        }
    }
    assert_eq!(ask(&world, "/api/v1/exhibits/eden/heartbeat", &[]).status, 200);
}

#[test]
fn a_handshake_has_its_time() {
    let world = world();
    let mut slow: Vec<_> = (0..2).map(|_| TcpStream::connect(encrypted(&world)).unwrap()).collect();
    slow[1].write_all(HALF_A_HANDSHAKE).unwrap();
    let begun = Instant::now();
    for stream in &mut slow {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
        assert!(text.is_empty(), "{text:?}");
    }
    assert!(begun.elapsed() >= Duration::from_secs(9), "after {:?}", begun.elapsed());
}

#[test]
fn a_new_certificate_is_taken_up_and_a_wrong_one_is_not() {
    let mut world = world();
    let folder = world.folder.path().to_owned();
    let first = copy_of_certificate(&world, "first.pem");
    let api = world.api.as_ref().unwrap();
    let open = || vec!["127.0.0.1:0".parse().unwrap()];
    assert!(curl(&world, &first, "/", &[]).is_ok());
    // What is read from a pipe was read once it is written and closed.
    let wrong = folder.join("wrong.pem");
    assert!(Command::new("mkfifo").arg(&wrong).status().unwrap().success());
    api.set_listen(open(), Vec::new(), Some(Tls { certificate: wrong.clone(), ..tls(&folder) }));
    std::fs::write(&wrong, "no certificate").unwrap();
    assert!(curl(&world, &first, "/", &[]).is_ok());
    // The key of another one.
    certify(&folder);
    std::fs::copy(&first, folder.join("certificate.pem")).unwrap();
    api.set_listen(open(), Vec::new(), Some(tls(&folder)));
    assert!(curl(&world, &first, "/", &[]).is_ok());
    certify(&folder);
    let second = copy_of_certificate(&world, "second.pem");
    api.set_listen(open(), Vec::new(), Some(tls(&folder)));
    let taken_up = (0..1000).any(|_| curl(&world, &second, "/", &[]).is_ok());
    assert!(taken_up, "the new certificate is not in use");
    assert!(curl(&world, &first, "/", &[]).is_err());
    world.close();
}

#[test]
fn without_a_certificate_all_else_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let mut world = World::serving(lasting(status(&["eden"])), folder, settings);
    let folder = world.folder.path().to_owned();
    let address: SocketAddr = TLS.parse().unwrap();
    let set = |world: &World, tls| {
        let api = world.api.as_ref().unwrap();
        api.set_listen(vec!["127.0.0.1:0".parse().unwrap()], Vec::new(), tls);
    };
    set(&world, Some(tls(&folder)));
    assert_eq!(world.get("/api/v1/heartbeat").status, 200);
    let mut bound = world.api.as_ref().unwrap().bound();
    assert!(!bound.borrow().contains_key(&address));
    certify(&folder);
    set(&world, Some(tls(&folder)));
    world
        .runtime
        .block_on(async { bound.wait_for(|all| all.contains_key(&address)).await.map(drop) })
        .unwrap();
    assert_eq!(ask(&world, "/api/v1/heartbeat", &[]).status, 200);
    let was = encrypted(&world);
    set(&world, None);
    world.runtime.block_on(async { bound.wait_for(|all| all.len() == 1).await.map(drop) }).unwrap();
    world.close();
    assert!(TcpStream::connect(was).is_err());
}

#[test]
fn openssl_gets_the_certificate_that_is_in_the_file() {
    let world = world();
    let shown = Command::new("openssl")
        .args(["s_client", "-connect", &encrypted(&world).to_string(), "-alpn", "h2,http/1.1"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let file = std::fs::read_to_string(world.folder.path().join("certificate.pem")).unwrap();
    assert!(shown.contains(file.replace('\r', "").trim()), "{shown}");
    assert!(shown.contains("ALPN protocol: http/1.1"), "{shown}");
}
