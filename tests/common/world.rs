//! The real API in front of a scripted daemon: a task that owns a status and answers what is asked.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{mpsc, watch};
use vitrine::core::event::Event;
use vitrine::core::status::*;
use vitrine::core::types::*;
use vitrine::web::{self, Inbox, Request};

/// What stands for every picture.
pub(crate) fn picture() -> Vec<u8> {
    let colours = image::RgbImage::from_fn(64, 36, |x, y| image::Rgb([x as u8 * 3, y as u8 * 6, 90]));
    let mut jpeg = std::io::Cursor::new(Vec::new());
    colours.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    jpeg.into_inner()
}

/// 2025-11-23 14:03:20 UTC, in milliseconds.
pub(crate) const NOW: i64 = 1_763_906_600_000;

pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) socket: PathBuf,
    pub(crate) status: watch::Sender<Arc<Status>>,
    pub(crate) events: mpsc::UnboundedReceiver<Event>,
    /// What was asked, by whom.
    pub(crate) asked: std_mpsc::Receiver<(ExhibitId, String, Action)>,
    pub(crate) api: Option<web::Handle>,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) runtime: tokio::runtime::Runtime,
}

/// What the scripted daemon says. Names of snapshots choose the refusals.
fn reply(action: &Action) -> Result<Answer, Refusal> {
    match action {
        Action::Start | Action::Stop | Action::Revert | Action::Hold { .. } | Action::Resume => {
            Ok(Answer::Done)
        }
        Action::ListSnapshots => Ok(Answer::Snapshots(vec!["before".to_owned(), "ready".to_owned()])),
        Action::CreateSnapshot(None) => Ok(Answer::Done),
        Action::ConvertSnapshot { present: false } => Ok(Answer::Ignored(Ignored::NothingToConvert {
            exhibit: "eden-garden".into(),
            snapshot: "ready".into(),
        })),
        Action::ConvertSnapshot { present: true } => Ok(Answer::Done),
        Action::CreateSnapshot(Some(name)) | Action::DeleteSnapshot(name) => match name.as_str() {
            "unfit" => Err(Refusal::HoldOver { exhibit: "eden-garden".to_owned() }),
            "missing" => Err((&Failure::SnapshotMissing).into()),
            "busy" => Err(Refusal::Busy { exhibit: "eden-garden".to_owned() }),
            "full" => Err((&Failure::refused("the disk is full")).into()),
            "away" => Err((&Failure::unreachable("no such socket")).into()),
            _ => Ok(Answer::Done),
        },
        Action::GuestRevert { .. } => Ok(Answer::Accepted),
        Action::Idle { lasted } if *lasted < Duration::from_secs(60) => {
            Ok(Answer::Ignored(Ignored::NotIdleEnough {
                lasted: Duration::from_secs(1),
                limit: Duration::from_secs(60),
            }))
        }
        Action::Idle { .. } => Ok(Answer::Accepted),
    }
}

impl World {
    pub(crate) fn new(names: &[&str]) -> Self {
        Self::with(lasting(status(names)), "")
    }

    pub(crate) fn with(status: Status, arp: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let neighbours = folder.path().join("arp");
        std::fs::write(&neighbours, arp).unwrap();
        Self::at(status, folder, neighbours, vec!["127.0.0.1:0".parse().unwrap()])
    }

    /// At these addresses; the first one is [`World::address`].
    pub(crate) fn at(
        status: Status,
        folder: tempfile::TempDir,
        neighbours: PathBuf,
        listen: Vec<SocketAddr>,
    ) -> Self {
        let socket = folder.path().join("vitrine/control.sock");
        let settings = web::Settings {
            names: vec!["vitrine.museum.example".to_owned()],
            neighbours,
            ..web::Settings::new(listen.clone(), Some(socket.clone()))
        };
        Self::serving(status, folder, settings)
    }

    /// With these settings of the API, whose socket is in this folder.
    pub(crate) fn serving(status: Status, folder: tempfile::TempDir, settings: web::Settings) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let socket = settings.socket.clone().unwrap();
        let tls = settings.tls.iter().flat_map(|tls| &tls.listen);
        let listen: Vec<_> = settings.listen.iter().chain(&settings.proxy).chain(tls).copied().collect();
        let (status, seen) = watch::channel(Arc::new(status));
        let (events, taken) = mpsc::unbounded_channel();
        let (requests, mut inbox) = mpsc::unbounded_channel::<Request>();
        let (looks, mut looked) = mpsc::unbounded_channel::<web::Look>();
        std::thread::spawn(move || {
            while let Some(look) = looked.blocking_recv() {
                let _ = look.reply.send(picture());
            }
        });
        let (log, asked) = std_mpsc::channel();
        std::thread::spawn(move || {
            while let Some(request) = inbox.blocking_recv() {
                let answer = reply(&request.action);
                let _ = log.send((request.exhibit, request.by, request.action));
                let _ = request.reply.send(answer);
            }
        });
        let api = web::spawn(settings, seen, Inbox { events, requests, looks }).unwrap();
        let mut bound = api.bound();
        let address = runtime.block_on(async {
            let all = bound.wait_for(|all| all.len() == listen.len()).await.unwrap();
            all[&listen[0]]
        });
        Self { address, socket, status, events: taken, asked, api: Some(api), folder, runtime }
    }

    /// Sends bytes, and reads until the server ends its side.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        raw_to(self.address, bytes)
    }

    pub(crate) fn call(&self, method: &str, target: &str, body: &str) -> Reply {
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let text = format!(
            "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{length}\r\n{body}"
        );
        Reply::parse(&self.raw(text.as_bytes()))
    }

    pub(crate) fn get(&self, target: &str) -> Reply {
        self.call("GET", target, "")
    }

    pub(crate) fn last_asked(&self) -> Option<Action> {
        self.asked.try_iter().last().map(|(_, _, action)| action)
    }

    /// Ends the API, and waits until it has ended.
    pub(crate) fn close(&mut self) {
        if let Some(api) = self.api.take() {
            self.runtime.block_on(api.close());
        }
    }
}

/// Sends bytes to this address, and reads until the server ends its side.
pub(crate) fn raw_to(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // A server that has heard enough may close while bytes are still being written.
    let _ = stream.write_all(bytes);
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    let _ = stream.shutdown(Shutdown::Both);
    String::from_utf8_lossy(&text).into_owned()
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) json: Value,
}

impl Reply {
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Self {
            status: status.unwrap_or_else(|| panic!("no status in {text:?}")),
            head: head.to_owned(),
            json: serde_json::from_str(body).unwrap_or(Value::Null),
        }
    }

    pub(crate) fn detail(&self) -> &str {
        self.json["detail"].as_str().unwrap_or_else(|| panic!("no detail in {self:?}"))
    }
}

/// The same, told so that it does not become old, however slowly a test goes.
pub(crate) fn lasting(mut status: Status) -> Status {
    status.at.mono += Duration::from_secs(3600);
    status
}

pub(crate) fn status(names: &[&str]) -> Status {
    let now = Now { mono: Instant::now(), wall: WallTime(NOW) };
    let exhibits = names.iter().enumerate().map(|(place, name)| exhibit(place, name)).collect();
    let monitor = |index: u32, connector: &str, x| Monitor {
        index,
        connector: connector.to_owned(),
        edid: (index == 1).then(|| "DEL-U2720Q-7".to_owned()),
        rect: Rect { x, y: 0, width: 1920, height: 1080 },
        primary: index == 1,
    };
    Status {
        at: now,
        since: Now { mono: now.mono, wall: WallTime(NOW - 12 * 86_400_000 - 5000) },
        hypervisor: HypervisorStatus::Up,
        x_server: XServerStatus::Answers,
        monitors: vec![monitor(1, "SCREEN-0", 0), monitor(2, "SCREEN-9", 1920)],
        exhibits,
        units: Vec::new(),
        last_resort: None,
    }
}

pub(crate) fn exhibit(place: usize, name: &str) -> ExhibitStatus {
    let screen = format!("SCREEN-{place}");
    ExhibitStatus {
        id: ExhibitId(u32::try_from(place).unwrap()),
        name: name.to_owned(),
        vm: format!("{name}-vm"),
        snapshot: "ready".to_owned(),
        info: VmInfo {
            uuid: Some("3c1b0000-0000-0000-0000-000000000000".to_owned()),
            state: VmState::Running,
            snapshots: [Snapshot::made_by_vitrine("ready")].into_iter().collect(),
            macs: vec![format!("52:54:00:aa:00:0{place}")],
            display: DisplayAccess::Address,
        },
        phase: PhaseStatus::Healthy,
        phase_since: WallTime(NOW - 17_340_000),
        hold: None,
        stopped: None,
        heartbeat: HeartbeatStatus {
            timeout: Some(Duration::from_secs(15)),
            last: None,
            note: None,
            longest_gap: None,
            line_is_open: None,
        },
        screens: vec![ScreenStatus { name: screen.clone(), connector: Some(screen) }],
        viewer: ViewerStatus::Shown,
        viewer_trouble: None,
        recoveries: 0,
        waiting: Vec::new(),
        unheard: false,
        foreseen: Vec::new(),
        last_incident: None,
    }
}
