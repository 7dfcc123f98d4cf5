//! How many heartbeats a second a real Vitrine takes, from `wrk` with one thread and four connections.
//! `cargo bench --bench heartbeats [-- SECONDS [RUNS]]`; `VITRINE_BIN` names another program to measure.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, ExitCode};

use common::Site;

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let seconds = numbers.first().copied().unwrap_or(5);
    let runs = numbers.get(1).copied().unwrap_or(3);
    let site = Site::open(1, beat);
    for _ in 0..runs {
        let url = format!("http://{}/api/v1/heartbeat", site.address);
        let wrk =
            Command::new("wrk").args(["-t1", "-c4", &format!("-d{seconds}s"), "--latency", &url]).output();
        let text =
            String::from_utf8_lossy(&wrk.expect("wrk, from the package of that name").stdout).into_owned();
        let wanted = ["Requests/sec", "50%", "99%", "Socket errors", "Non-2xx"];
        let lines =
            text.lines().map(str::trim).filter(|line| wanted.iter().any(|word| line.starts_with(word)));
        println!("{}", lines.collect::<Vec<_>>().join("; "));
        if !site.is_well() || text.contains("Non-2xx") || !text.contains("Requests/sec") {
            println!("not every heartbeat was taken");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn beat(address: SocketAddr) {
    // While the daemon starts, nobody listens.
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    let _ = stream.write_all(b"GET /api/v1/heartbeat HTTP/1.0\r\n\r\n");
    let _ = stream.read_to_end(&mut Vec::new());
}
