//! How late heartbeats are answered beside 500 slow connections and ten guests that ask for everything in loops, as
//! against an API that is left alone. `cargo bench --bench crowd [-- SECONDS]`; `VITRINE_BIN` names another program.
//!
//! The guests are processes that pass for QEMU's of their VMs, as of guests with user-mode networking.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::Site;
use serde_json::Value;

/// Connections that send a byte now and then.
const SLOW: usize = 500;
/// Guests that ask without end. Two exhibits more are left alone.
const LOOPING: usize = 10;
const QUIET: [&str; 2] = ["work-10", "work-11"];
/// How much later than usual the latest beat may be answered.
const LATENESS: Duration = Duration::from_millis(100);
/// Time between two beats.
const PACE: Duration = Duration::from_millis(20);
/// The word that has this program be a guest.
const GUEST: &str = "--guest";

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().collect();
    if let Some(at) = words.iter().position(|word| word == GUEST) {
        ask_without_end(words[at + 1].parse().expect("an address"), &words[at + 2]);
    }
    let seconds = words.iter().find_map(|word| word.parse().ok()).unwrap_or(5);
    let time = Duration::from_secs(seconds);
    let site = Site::open(LOOPING + QUIET.len(), |address| {
        for n in 0..LOOPING + QUIET.len() {
            let _ = ask(address, "GET", &format!("/api/v1/exhibits/work-{n}/heartbeat"));
        }
    });
    let alone = beats(site.address, time);
    let crowded = {
        let _guests = Guests::start(site.address);
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| send_slowly(site.address, &over));
            let latencies = beats(site.address, time);
            over.store(true, Ordering::Relaxed);
            latencies
        })
    };
    for (what, latencies) in [("alone", &alone), ("in the crowd", &crowded)] {
        println!(
            "{what}: {} beats, answered after {:.1?} as a rule, {:.1?} at the latest",
            latencies.len(),
            latencies[latencies.len() / 2],
            latencies[latencies.len() - 1]
        );
    }
    let told = ask(site.address, "GET", "/api/v1/site").expect("an answer");
    let told: Value = serde_json::from_str(told.split("\r\n\r\n").last().unwrap_or_default()).expect("JSON");
    let exhibits = told["exhibits"].as_array().expect("exhibits").iter();
    let quiet = exhibits.filter(|exhibit| QUIET.iter().any(|name| exhibit["name"] == *name));
    let untouched = quiet.clone().count() == QUIET.len()
        && quiet.clone().all(|exhibit| exhibit["recoveries"] == 0 && exhibit["phase"] == "healthy");
    let late = crowded[crowded.len() - 1].saturating_sub(alone[alone.len() - 1]);
    println!(
        "{late:.1?} later at the most (allowed: {LATENESS:?}); artworks beside them untouched: {untouched}"
    );
    if late <= LATENESS && untouched { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How long each beat took, sorted. Each has a connection of its own.
fn beats(address: SocketAddr, time: Duration) -> Vec<Duration> {
    let end = Instant::now() + time;
    let mut latencies = Vec::new();
    while Instant::now() < end {
        for name in QUIET {
            let begun = Instant::now();
            let told = ask(address, "GET", &format!("/api/v1/exhibits/{name}/heartbeat")).expect("an answer");
            latencies.push(begun.elapsed());
            assert!(told.starts_with("HTTP/1.1 200"), "a beat was not taken: {told}");
        }
        std::thread::sleep(PACE);
    }
    latencies.sort_unstable();
    latencies
}

fn ask(address: SocketAddr, method: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )?;
    let mut told = String::new();
    stream.read_to_string(&mut told)?;
    Ok(told)
}

/// Keeps its connections, each with a request that goes on byte by byte.
fn send_slowly(address: SocketAddr, over: &AtomicBool) {
    let connect = || TcpStream::connect(address).ok();
    let mut connections: Vec<_> = (0..SLOW).map(|_| connect()).collect();
    while !over.load(Ordering::Relaxed) {
        for connection in &mut connections {
            // One that was closed for its slowness comes again.
            let goes_on = connection.as_mut().is_some_and(|stream| stream.write_all(b"G").is_ok());
            if !goes_on {
                *connection = connect();
            }
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// They end with this.
struct Guests {
    processes: Vec<Child>,
    _folder: tempfile::TempDir,
}

impl Guests {
    fn start(address: SocketAddr) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("qemu-guest");
        std::fs::copy(std::env::current_exe().expect("this program"), &program).expect("a copy");
        let start = |n| {
            let mut command = Command::new(&program);
            command.args(["-name", &format!("guest=vm-{n},debug-threads=on"), GUEST]);
            command
                .args([address.to_string(), format!("work-{n}")])
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command.spawn().expect("a guest")
        };
        Self { processes: (0..LOOPING).map(start).collect(), _folder: folder }
    }
}

impl Drop for Guests {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Whatever there is, its own and others'.
fn ask_without_end(address: SocketAddr, exhibit: &str) -> ! {
    let own = format!("/api/v1/exhibits/{exhibit}");
    loop {
        for (method, path) in [
            ("GET", format!("{own}/heartbeat")),
            ("GET", "/api/v1/heartbeat?state=running".to_owned()),
            ("GET", format!("{own}/status")),
            ("POST", format!("{own}/revert/request?reason=loop")),
            ("POST", format!("{own}/idle/reset?idle_duration=600")),
            ("POST", format!("{own}/vm/restart")),
            ("GET", format!("{own}/poll/light")),
            ("POST", format!("{own}/signal/button")),
            ("POST", format!("{own}/hold")),
            ("POST", "/api/v1/exhibits/work-11/vm/stop".to_owned()),
            ("POST", "/api/v1/exhibits/work-10/hold".to_owned()),
            ("POST", "/api/v1/login".to_owned()),
            ("GET", "/api/v1/site".to_owned()),
            ("GET", "/openapi.json".to_owned()),
            ("GET", "/docs".to_owned()),
            ("GET", "/ui/journal".to_owned()),
            ("GET", "/ui/exhibits/work-10/picture".to_owned()),
        ] {
            let _ = ask(address, method, &path);
        }
    }
}
