//! How many heartbeats a second the API takes: the real server, a daemon that only takes the events in, and
//! `wrk` with one thread and four connections. `cargo bench --bench heartbeats [-- SECONDS [RUNS]]`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use vitrine::core::status::*;
use vitrine::core::types::*;
use vitrine::web;

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let seconds = numbers.first().copied().unwrap_or(5);
    let runs = numbers.get(1).copied().unwrap_or(3);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
    let folder = tempfile::tempdir().expect("a folder");
    let (_sender, status) = watch::channel(Arc::new(status()));
    let (events, mut taken) = mpsc::unbounded_channel();
    let (requests, _asked) = mpsc::unbounded_channel();
    let (looks, _wanted) = mpsc::unbounded_channel();
    let listen = vec!["127.0.0.1:0".parse().expect("an address")];
    let settings = web::Settings::new(listen, Some(folder.path().join("control.sock")));
    let api = web::spawn(settings, status, web::Inbox { events, requests, looks }).expect("the API");
    let mut bound = api.bound();
    let address = runtime.block_on(async {
        let all = bound.wait_for(|all| !all.is_empty()).await.expect("an address");
        *all.values().next().expect("an address")
    });
    for _ in 0..runs {
        let url = format!("http://{address}/api/v1/heartbeat");
        let wrk =
            Command::new("wrk").args(["-t1", "-c4", &format!("-d{seconds}s"), "--latency", &url]).output();
        let text =
            String::from_utf8_lossy(&wrk.expect("wrk, from the package of that name").stdout).into_owned();
        let wanted = ["Requests/sec", "50%", "99%", "Socket errors", "Non-2xx"];
        let lines =
            text.lines().map(str::trim).filter(|line| wanted.iter().any(|word| line.starts_with(word)));
        let reached = std::iter::from_fn(|| taken.try_recv().ok()).count();
        println!("{}; {reached} reached the daemon", lines.collect::<Vec<_>>().join("; "));
    }
    runtime.block_on(api.close());
}

fn status() -> Status {
    let now = Now { mono: Instant::now(), wall: WallTime(1_700_000_000_000) };
    let exhibit = ExhibitStatus {
        id: ExhibitId(0),
        name: "eden-garden".to_owned(),
        vm: "eden-garden-vm".to_owned(),
        snapshot: "ready".to_owned(),
        info: VmInfo { state: VmState::Running, ..VmInfo::unknown() },
        phase: PhaseStatus::Healthy,
        phase_since: now.wall,
        hold: None,
        stopped: None,
        heartbeat: HeartbeatStatus {
            timeout: Some(Duration::from_secs(15)),
            last: None,
            note: None,
            longest_gap: None,
        },
        screens: vec![],
        viewer: ViewerStatus::None,
        viewer_trouble: None,
        recoveries: 0,
        waiting: Vec::new(),
        unheard: false,
        foreseen: Vec::new(),
        last_incident: None,
    };
    Status {
        at: now,
        since: now,
        hypervisor: HypervisorStatus::Up,
        x_server: XServerStatus::Answers,
        monitors: vec![],
        exhibits: vec![exhibit],
        units: Vec::new(),
        last_resort: None,
    }
}
