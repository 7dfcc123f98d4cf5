//! Guests and staff before the real API: who is known by what, and who may do what.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use common::world::{Reply, World, lasting, status};
use vitrine::core::types::*;
use vitrine::web;

/// What only staff may do, and only by POST from elsewhere.
const STOP: &str = "/api/v1/exhibits/eden/vm/stop";
/// What everybody of the staff may.
const LOOK: &str = "/api/v1/exhibits/eden/status";
const PASSWORD: &str = "correct horse battery";
const SECRET: &str = "6f1c0d9e";

/// A hash of [`PASSWORD`], as the command makes it.
fn hash() -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let mut passwd = Command::new(env!("CARGO_BIN_EXE_vitrine"))
            .args(["passwd", "anna"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(passwd.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        let mut text = String::new();
        passwd.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        assert!(passwd.wait().unwrap().success());
        text.split('"').find(|part| part.starts_with("$argon2id$")).unwrap().to_owned()
    })
    .clone()
}

fn rules() -> AccessRules {
    let account = |name: &str, role| Account { name: name.to_owned(), role, password: hash() };
    // Of [`SECRET`] (`sha256sum`).
    let token = Token { name: "bell".to_owned(), role: Role::Operate, sha256: sha256(SECRET) };
    AccessRules {
        accounts: vec![account("anna", Role::Operate), account("guide", Role::View)],
        tokens: vec![token],
        ..AccessRules::default()
    }
}

fn sha256(text: &str) -> String {
    let mut sum = Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    sum.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = sum.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap()[..64].to_owned()
}

/// A museum with these exhibits. By its second address only a proxy is to come, so that all who do come from elsewhere.
fn world(exhibits: &[&str], rules: AccessRules) -> World {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("arp"), "").unwrap();
    let settings = web::Settings {
        proxy: vec!["127.0.0.2:0".parse().unwrap()],
        rules,
        hooks: Some(folder.path().join("hooks")),
        neighbours: folder.path().join("arp"),
        ..web::Settings::new(vec!["127.0.0.1:0".parse().unwrap()], Some(folder.path().join("control.sock")))
    };
    World::serving(lasting(status(exhibits)), folder, settings)
}

/// The address by which everybody comes from elsewhere.
fn elsewhere(world: &World) -> SocketAddr {
    world.api.as_ref().unwrap().bound().borrow()[&"127.0.0.2:0".parse().unwrap()]
}

fn send(to: SocketAddr, method: &str, target: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn ask(to: SocketAddr, method: &str, target: &str, headers: &str) -> Reply {
    Reply::parse(&send(to, method, target, headers, ""))
}

fn log_in(to: SocketAddr, name: &str, password: &str) -> Reply {
    let body = serde_json::json!({ "name": name, "password": password }).to_string();
    Reply::parse(&send(to, "POST", "/api/v1/login", "", &body))
}

/// The header that sends the cookie back.
fn cookie(reply: &Reply) -> String {
    let line = reply.head.lines().find_map(|line| line.strip_prefix("Set-Cookie: ")).expect("a cookie");
    format!("Cookie: {}\r\n", line.split(';').next().unwrap())
}

#[test]
fn who_is_on_this_computer_does_everything_and_who_is_elsewhere_nothing_without_a_name() {
    let world = world(&["eden", "orbit"], rules());
    for (method, target) in [("GET", LOOK), ("GET", "/api/v1/site"), ("GET", STOP), ("POST", STOP)] {
        assert_eq!(ask(world.address, method, target, "").status, 200, "{method} {target}");
        let reply = ask(elsewhere(&world), method, target, "");
        assert_eq!(reply.status, 401, "{method} {target}");
        assert!(reply.head.contains("Www-Authenticate: Bearer"), "{reply:?}");
        assert!(reply.detail().contains("vitrine passwd"), "{reply:?}");
    }
    // What a proxy hands on at the usual address is somebody else's.
    for header in
        ["Forwarded: for=192.0.2.1", "Via: 1.1 proxy", "X-Forwarded-For: 192.0.2.1", "X-Real-IP: 192.0.2.1"]
    {
        let reply = ask(world.address, "POST", STOP, &format!("{header}\r\n"));
        assert_eq!(reply.status, 401, "{header}");
    }
    assert_eq!(ask(elsewhere(&world), "GET", "/", "").status, 200);
}

#[test]
fn the_configuration_says_what_may_be_done_without_a_name() {
    let rows = [
        (Access::As(Role::Operate), 200, 200, 405),
        (Access::As(Role::View), 200, 401, 401),
        (Access::Login, 401, 401, 401),
    ];
    for (access, look, post, get) in rows {
        let world = world(&["eden", "orbit"], AccessRules { remote: access, loopback: access, ..rules() });
        let there = elsewhere(&world);
        assert_eq!(ask(there, "GET", LOOK, "").status, look, "{access:?}");
        assert_eq!(ask(there, "POST", STOP, "").status, post, "{access:?}");
        assert_eq!(ask(there, "GET", STOP, "").status, get, "{access:?}: an image could send it");
        assert_eq!(ask(world.address, "GET", LOOK, "").status, look, "{access:?}");
        assert_eq!(ask(world.address, "POST", STOP, "").status, post, "{access:?}");
    }
}

#[test]
fn who_logs_in_does_what_the_role_may_and_is_named() {
    let mut world = world(&["eden", "orbit"], rules());
    let there = elsewhere(&world);
    let reply = log_in(there, "anna", PASSWORD);
    assert_eq!((reply.status, &reply.json["role"]), (200, &"operate".into()));
    let line = reply.head.lines().find(|line| line.starts_with("Set-Cookie")).unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(line.contains(part), "{line}");
    }
    assert!(!line.contains("Secure"), "{line}");
    let anna = cookie(&reply);
    assert_eq!(ask(there, "GET", "/api/v1/me", &anna).json["name"], "anna");
    assert_eq!(ask(there, "POST", STOP, &anna).status, 200);
    let (_, by, action) = world.asked.recv().unwrap();
    assert_eq!((by.as_str(), action), ("anna (127.0.0.1)", Action::Stop));
    assert_eq!(ask(there, "GET", STOP, &anna).status, 405, "an image could send it");
    let page = format!("{anna}Origin: http://evil.example\r\n");
    assert_eq!(ask(there, "POST", STOP, &page).status, 403);

    let guide = cookie(&log_in(there, "guide", PASSWORD));
    assert_eq!(ask(there, "GET", LOOK, &guide).status, 200);
    assert_eq!(ask(there, "POST", STOP, &guide).status, 403);

    assert_eq!(ask(there, "POST", "/api/v1/logout", &anna).status, 200);
    assert_eq!(ask(there, "GET", LOOK, &anna).status, 401);
    // Whose account changes logs in again.
    let mut changed = rules();
    changed.accounts[1].role = Role::Operate;
    world.api.as_ref().unwrap().set_rules(changed);
    let ended = (0..1000).any(|_| ask(there, "GET", LOOK, &guide).status == 401);
    assert!(ended, "the session of an account that has changed goes on");
    world.close();
}

#[test]
fn over_tls_the_cookie_is_kept_to_it() {
    let world = world(&["eden"], rules());
    let body = serde_json::json!({ "name": "anna", "password": PASSWORD }).to_string();
    let reply = Reply::parse(&send(
        elsewhere(&world),
        "POST",
        "/api/v1/login",
        "X-Forwarded-Proto: https\r\n",
        &body,
    ));
    assert!(reply.head.contains("; Secure"), "{reply:?}");
}

#[test]
fn wrong_passwords_cost_time_and_names_are_not_told() {
    let world = world(&["eden"], rules());
    let there = elsewhere(&world);
    let replies: Vec<_> = ["anna", "nobody", "guide"].map(|name| log_in(there, name, "wrong")).into();
    for reply in &replies {
        assert_eq!((reply.status, reply.detail()), (401, replies[0].detail()));
    }
    // Each try beyond the free ones comes before its pause is over, since that doubles, though one password is right.
    let late: Vec<_> = (0..20).map(|_| log_in(there, "anna", "wrong")).collect();
    let reply = late.iter().find(|reply| reply.status == 429).expect("a pause");
    assert!(reply.head.contains("Retry-After: "), "{reply:?}");
    for (target, body) in [
        ("/api/v1/login?name=anna&password=x", ""),
        ("/api/v1/login", "{\"name\": \"anna\"}"),
        ("/api/v1/login", "{\"password\": 3}"),
        ("/api/v1/login", "{"),
        ("/api/v1/login", ""),
    ] {
        assert_eq!(Reply::parse(&send(there, "POST", target, "", body)).status, 400, "{target} {body}");
    }
    let page = Reply::parse(&send(there, "POST", "/api/v1/login", "Origin: http://evil.example\r\n", "{}"));
    assert_eq!(page.status, 403);
}

#[test]
fn programs_show_a_token() {
    let world = world(&["eden", "orbit"], rules());
    let there = elsewhere(&world);
    let bearer = format!("Authorization: Bearer {SECRET}\r\n");
    for method in ["GET", "POST"] {
        assert_eq!(ask(there, method, STOP, &bearer).status, 200);
        assert_eq!(world.asked.recv().unwrap().1, "bell (127.0.0.1)");
    }
    let wrong = ask(there, "GET", LOOK, "Authorization: Bearer 6f1c0d9f\r\n");
    assert_eq!((wrong.status, wrong.detail()), (401, "This token is not known here."));
    // A wrong token is no key where none is needed either.
    assert_eq!(ask(world.address, "GET", LOOK, "Authorization: Bearer x\r\n").status, 401);
    assert_eq!(ask(there, "GET", LOOK, "Authorization: Basic YW5uYTp4\r\n").status, 401);
}

/// What a VM's process on this computer is answered.
fn guest(world: &World, command_line: &[&str], target: &str) -> Reply {
    program(world, "qemu-system-x86_64", command_line, target)
}

/// What a program of this name is answered, which is `bash`.
fn program(world: &World, name: &str, command_line: &[&str], target: &str) -> Reply {
    let program = world.folder.path().join(name);
    if !program.exists() {
        // Not by this process: see `write_program`.
        assert!(Command::new("cp").args([Path::new("/bin/bash"), &program]).status().unwrap().success());
    }
    let script = format!(
        "exec 3<>/dev/tcp/{}/{}; printf 'POST {target} HTTP/1.1\\r\\nHost: 10.0.2.2\\r\\nConnection: close\\r\\n\\r\\n' >&3; \
         while IFS= read -r line; do printf '%s\\n' \"$line\"; done <&3; printf '%s' \"$line\"",
        world.address.ip(),
        world.address.port()
    );
    let output = Command::new(&program).args(["-c", &script]).args(command_line).output().unwrap();
    Reply::parse(&String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_guest_with_user_mode_networking_is_no_staff() {
    let world = world(&["eden", "orbit"], rules());
    let eden = ["-name", "guest=eden-vm,debug-threads=on"];
    assert_eq!(guest(&world, &eden, "/api/v1/heartbeat").status, 200);
    assert_eq!(guest(&world, &eden, "/api/v1/exhibits/eden/vm/restart").status, 200);
    let (exhibit, _, action) = world.asked.recv().unwrap();
    assert_eq!((exhibit, action), (ExhibitId(0), Action::Revert));
    for target in [
        "/api/v1/vm/stop",
        "/api/v1/exhibits/eden/vm/stop",
        "/api/v1/exhibits/orbit/vm/stop",
        "/api/v1/exhibits/orbit/vm/restart",
        "/api/v1/exhibits/orbit/heartbeat",
        "/api/v1/snapshot/delete/ready",
        "/api/v1/hold",
    ] {
        assert_eq!(guest(&world, &eden, target).status, 403, "{target}");
    }
    // A VM that is no exhibit's, and one that does not say whose it is.
    assert_eq!(guest(&world, &["-name", "guest=other"], "/api/v1/exhibits/eden/heartbeat").status, 403);
    let reply = guest(&world, &[], "/api/v1/exhibits/eden/heartbeat");
    assert_eq!(reply.status, 403);
    assert!(reply.detail().contains("user_mode_beats"), "{reply:?}");
    assert!(world.asked.try_recv().is_err());
}

#[test]
fn a_proxy_that_does_not_say_so_is_no_staff() {
    let world = world(&["eden", "orbit"], rules());
    assert_eq!(program(&world, "curl", &[], STOP).status, 200);
    for name in ["nginx", "apache2", "haproxy"] {
        assert_eq!(program(&world, name, &[], STOP).status, 401, "{name}");
    }
    // Nor is a VM under whatever name.
    assert_eq!(program(&world, "wrapper", &["-name", "guest=eden-vm"], STOP).status, 403);
}

#[test]
fn a_guest_that_is_not_known_may_be_let_beat() {
    let lenient = world(&["eden", "orbit"], AccessRules { user_mode_beats: true, ..rules() });
    assert_eq!(guest(&lenient, &[], "/api/v1/exhibits/eden/heartbeat").status, 200);
    assert_eq!(guest(&lenient, &[], "/api/v1/exhibits/eden/vm/restart").status, 403);
    // The only exhibit's is whoever is a guest at all.
    let single = world(&["eden"], rules());
    assert_eq!(guest(&single, &[], "/api/v1/heartbeat").status, 200);
    assert_eq!(guest(&single, &[], "/api/v1/vm/restart").status, 200);
    assert_eq!(guest(&single, &[], "/api/v1/vm/stop").status, 403);
}

#[test]
fn what_else_guests_may_the_configuration_lists() {
    let rules = AccessRules { guest_may: BTreeSet::from([Act::Stop]), ..rules() };
    let world = world(&["eden", "orbit"], rules);
    let eden = ["-name", "guest=eden-vm"];
    assert_eq!(guest(&world, &eden, "/api/v1/vm/stop").status, 200);
    assert_eq!(guest(&world, &eden, "/api/v1/exhibits/orbit/vm/stop").status, 403);
    let reply = guest(&world, &eden, "/api/v1/vm/start");
    assert_eq!(reply.status, 403);
    assert!(reply.detail().contains("\"start\""), "{reply:?}");
}

/// Puts a hook into the world's folder.
fn hook(world: &World, path: &str, script: &str, mode: u32) {
    let path = world.folder.path().join("hooks").join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_program(&path, script, mode);
}

/// Through another process: what this one has open for writing while a test beside it starts a program cannot be run
/// (ETXTBSY).
fn write_program(path: &Path, text: &str, mode: u32) {
    let mut tee = Command::new("tee").arg(path).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    tee.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(tee.wait().unwrap().success());
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// The body of an answer of plain text.
fn word(world: &World, target: &str) -> String {
    let text = send(world.address, "GET", target, "", "");
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("Content-Type: text/plain"), "{text}");
    text.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn states_are_what_was_set_or_what_a_hook_says() {
    let world = world(&["eden", "orbit"], rules());
    let path = "/api/v1/exhibits/eden/poll/lights";
    let none = ask(world.address, "GET", path, "");
    assert_eq!(none.status, 404);
    assert!(none.detail().contains("hooks/poll/lights"), "{none:?}");
    hook(&world, "poll/lights", "#!/bin/sh\necho \"$1:$2:$#:$VITRINE_VM\" and more\n", 0o755);
    assert_eq!(word(&world, path), "poll:eden:2:eden-vm");
    assert_eq!(ask(world.address, "POST", &format!("{path}/set?value=dimmed"), "").status, 200);
    assert_eq!(word(&world, path), "dimmed");
    assert_eq!(word(&world, "/api/v1/exhibits/orbit/poll/lights"), "poll:orbit:2:orbit-vm");
    assert_eq!(ask(world.address, "POST", &format!("{path}/set?value=two+words"), "").status, 400);
    assert_eq!(ask(world.address, "POST", &format!("{path}/set?value="), "").status, 200);
    assert_eq!(word(&world, path), "poll:eden:2:eden-vm");
}

#[test]
fn a_hook_is_told_what_happened_and_nothing_of_it_is_a_command() {
    let world = world(&["eden"], rules());
    let seen = world.folder.path().join("seen");
    let script = format!("#!/bin/sh\nprintf '%s|' \"$@\" > {}\n", seen.display());
    hook(&world, "signal/door", &script, 0o755);
    let value = "$(touch%20x);%20rm%20-rf%20/%20%26%20%22'%5C";
    let reply = ask(world.address, "GET", &format!("/api/v1/signal/door?value={value}"), "");
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(std::fs::read_to_string(&seen).unwrap(), "signal|eden|$(touch x); rm -rf / & \"'\\|");
    assert_eq!(ask(world.address, "GET", "/api/v1/signal/door", "").status, 200);
    assert_eq!(std::fs::read_to_string(&seen).unwrap(), "signal|eden|");
}

#[test]
fn hooks_that_fail_or_are_none_are_told_of() {
    let world = world(&["eden"], rules());
    hook(&world, "signal/fails", "#!/bin/sh\necho no light here >&2\nexit 7\n", 0o755);
    hook(&world, "signal/plain", "#!/bin/sh\n", 0o644);
    hook(&world, "signal/open", "#!/bin/sh\n", 0o757);
    hook(&world, "signal/nonsense", "\x7fELF", 0o755);
    hook(&world, "poll/mute", "#!/bin/sh\n", 0o755);
    for (target, status, word) in [
        ("signal/fails", 500, "exit code 7: no light here"),
        ("signal/plain", 500, "chmod +x"),
        ("signal/open", 500, "chmod o-w"),
        ("signal/nonsense", 500, "failed"),
        ("poll/mute", 500, "no word"),
        ("signal/none", 404, "hooks/signal/none"),
        ("signal/..%2F..%2Fbin%2Fsh", 400, "no name of a hook"),
        ("signal/.hidden", 400, "no name of a hook"),
        ("poll/a%20b", 400, "no name of a hook"),
    ] {
        let reply = ask(world.address, "GET", &format!("/api/v1/{target}"), "");
        assert_eq!(reply.status, status, "{target}: {reply:?}");
        assert!(reply.detail().contains(word), "{target}: {reply:?}");
    }
}

#[test]
fn hooks_that_hang_keep_nobody_else() {
    let mut world = world(&["eden"], rules());
    let gate = world.folder.path().join("gate");
    assert!(Command::new("mkfifo").arg(&gate).status().unwrap().success());
    // Open at both ends from here, so that nobody waits for anybody to open it.
    let held = std::fs::File::options().read(true).write(true).open(&gate).unwrap();
    hook(&world, "signal/slow", &format!("#!/bin/sh\ncat {}\n", gate.display()), 0o755);
    let (tell, told) = mpsc::channel();
    for _ in 0..5 {
        let (address, tell) = (world.address, tell.clone());
        std::thread::spawn(move || {
            let reply = ask(address, "GET", "/api/v1/signal/slow", "");
            tell.send((reply.status, reply.head.contains("Retry-After: 1")))
        });
    }
    // Four run, and the fifth is told at once, and when to come again.
    assert_eq!(told.recv(), Ok((429, true)));
    assert_eq!(ask(world.address, "GET", "/api/v1/heartbeat", "").status, 200);
    for _ in 0..4 {
        assert_eq!(told.recv(), Ok((500, false)), "each is ended after its time");
    }
    drop(held);
    world.close();
}
