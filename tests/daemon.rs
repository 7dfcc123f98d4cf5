//! The program `vitrine run` as a whole, between a service manager, a logind, an X server and libvirt's test driver: how
//! it ends, and what it says of parts that do not go on. Only virt-viewer is played.
//!
//! Needs root for Xorg, and `dbus-daemon`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use common::logind::{Bus, logind_on, say_power_down};
use common::systemd::Systemd;
use common::threads::Stopped;
use common::xserver::{HEIGHT, WIDTH, XServer};
use rustix::process::{Pid, Signal, Uid, kill_process};
use tokio::runtime::Runtime;
use vitrine::adapter::x11;
use vitrine::core::types::Rect;
use x11rb::protocol::res::{self, ConnectionExt as _};
use zbus::Connection;

const PATIENCE: Duration = Duration::from_secs(60);
/// What the service manager allows; a part that hangs is told of after so long. Much longer than a busy machine keeps
/// a thread from running.
const ALLOWED: Duration = Duration::from_secs(6);
/// Debian's `nobody`.
const STRANGER: u32 = 65534;

/// Plays a viewer that never ends by itself. It has no window.
const VIEWER: &str = "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1000; done\n";

const EXHIBIT: &str = "[libvirt]\nuri = \"test:///default\"\n[api]\nlisten = []\n\
    [[exhibit]]\nname = \"eden\"\nvm = \"test\"\nheartbeat = false\nscreens = [\"DUMMY0\"]\n";

const ENDED: &str = "it is ended, so that it comes back with its session";

struct Site {
    folder: tempfile::TempDir,
    x: XServer,
    /// What the service manager hears.
    manager: UnixDatagram,
    _bus: Bus,
    logind: Connection,
    runtime: Runtime,
    daemon: Option<Child>,
    starts: usize,
}

impl Site {
    fn open() -> Self {
        let folder = tempfile::Builder::new().prefix("vitrine").tempdir_in("/tmp").unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["bin", "session", "panics"] {
            fs::create_dir(path(name)).unwrap();
        }
        fs::set_permissions(path("session"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(path("bin/virt-viewer"), VIEWER).unwrap();
        fs::set_permissions(path("bin/virt-viewer"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(path("vitrine.toml"), EXHIBIT).unwrap();
        let manager = UnixDatagram::bind(path("notify")).unwrap();
        let address = format!("unix:path={}", path("bus").display());
        let bus = Bus::start(&address);
        let runtime = Runtime::new().unwrap();
        let (logind, _) = runtime.block_on(logind_on(&address));
        let x = XServer::start(1, false);
        Self { folder, x, manager, _bus: bus, logind, runtime, daemon: None, starts: 0 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn vitrine(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
        command
            .args(words)
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.path("bin").display()))
            .env("HOME", self.path("home"))
            .env("DISPLAY", &self.x.display)
            .env("XDG_RUNTIME_DIR", self.path("session"))
            .env("DBUS_SYSTEM_BUS_ADDRESS", format!("unix:path={}", self.path("bus").display()))
            .env("VITRINE_CONFIG", self.path("vitrine.toml"))
            .env("VITRINE_LOG", "info,vitrine=debug")
            .env("VITRINE_TEST_PANICS", self.path("panics"))
            .stdin(Stdio::null());
        command
    }

    /// Starts the daemon; returns once the viewer runs.
    fn run(&mut self) {
        self.run_by(self.vitrine(&["run"]));
    }

    fn run_by(&mut self, command: Command) {
        self.begin(command);
        self.logs("viewer started");
    }

    /// Starts the daemon while the X server does not answer; returns once all else goes on.
    fn starts_without_screens(&mut self) {
        self.begin(self.vitrine(&["run"]));
    }

    /// Starts the daemon; returns once all goes on but what needs the X server.
    fn begin(&mut self, mut command: Command) {
        self.starts += 1;
        let log = fs::File::create(self.log_path()).unwrap();
        command.env("NOTIFY_SOCKET", self.path("notify"));
        command.env("WATCHDOG_USEC", ALLOWED.as_micros().to_string());
        self.daemon = Some(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        self.hears("READY=1");
        self.logs("logind's inhibitors are held");
    }

    /// Waits until the next daemon will know that the exhibit is well.
    fn is_adoptable(&self, folder: &Path) {
        self.wait("it may be taken over", || {
            fs::read_to_string(folder.join("running")).is_ok_and(|list| list == "test\n")
        });
    }

    fn log_path(&self) -> PathBuf {
        self.path(&format!("log-{}", self.starts))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn wait(&self, what: &str, mut so: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !so() {
            assert!(begun.elapsed() < PATIENCE, "never came: {what}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn logs(&self, line: &str) {
        self.wait(line, || self.log().contains(line));
    }

    /// Waits until the service manager hears this.
    fn hears(&self, word: &str) {
        self.manager.set_read_timeout(Some(PATIENCE)).unwrap();
        let (begun, mut heard) = (Instant::now(), [0; 100]);
        loop {
            let length = self.manager.recv(&mut heard).unwrap_or_else(|_| panic!("{word}\n{}", self.log()));
            if heard[..length].trim_ascii_end() == word.as_bytes() {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "the service manager never hears {word}\n{}", self.log());
        }
    }

    /// Forgets what the service manager has heard so far.
    fn forget(&self) {
        self.manager.set_nonblocking(true).unwrap();
        while !matches!(self.manager.recv(&mut [0; 100]), Err(error) if error.kind() == ErrorKind::WouldBlock)
        {
        }
        self.manager.set_nonblocking(false).unwrap();
    }

    fn hears_nothing_for(&self, time: Duration) {
        self.forget();
        self.manager.set_read_timeout(Some(time)).unwrap();
        let heard = self.manager.recv(&mut [0; 100]);
        assert!(matches!(&heard, Err(error) if error.kind() == ErrorKind::WouldBlock), "{heard:?}");
    }

    /// Has a command ask the daemon: its exit code, and all that it said.
    fn asks(&self, words: &[&str]) -> (Option<i32>, String) {
        let socket = self.path("session/vitrine/control.sock");
        let output = self.vitrine(words).env("VITRINE_SOCKET", socket).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    }

    fn pid(&self) -> Pid {
        Pid::from_child(self.daemon.as_ref().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    fn ends(&mut self) -> ExitStatus {
        let mut daemon = self.daemon.take().unwrap();
        let mut status = None;
        self.wait("the daemon's end", || {
            status = daemon.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    /// Has a thread stand still.
    fn stop(&self, thread: &str) -> Stopped {
        Stopped::stop(self.pid().as_raw_pid(), thread)
    }

    /// The viewer's process.
    fn viewer(&self) -> u32 {
        let log = self.log();
        let line = log.lines().rfind(|line| line.contains("viewer started")).expect("a viewer");
        let pid = line.split("pid=").nth(1).unwrap().split_whitespace().next().unwrap();
        pid.parse().unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
        // The viewers know by their environment whose they are.
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let is_ours = fs::read(process.path().join("environ"))
                .is_ok_and(|all| contains(&all, self.folder.path().to_str().unwrap()));
            let pid = process.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
            if let Some(pid) = pid.filter(|_| is_ours) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn lives(pid: u32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

/// The threads by what the kernel calls them, and by what people are told.
const THREADS: [(&str, &str); 7] = [
    ("x11", "windows and curtains"),
    ("x11-look", "looks at the screens"),
    ("x11-probe", "asks whether the X server answers"),
    ("web", "the API"),
    ("journal", "the journal"),
    ("libvirt-events", "libvirt's event loop"),
    ("vitrine", "the daemon"),
];

#[test]
fn a_thread_that_hangs_is_told_of_by_name_and_the_service_manager_hears_nothing_more() {
    let mut site = Site::open();
    site.run();
    site.hears("WATCHDOG=1");
    let stopped = site.stop("x11");
    site.logs(
        "ERROR a part of Vitrine hangs: windows and curtains, without a sign of life for 6 s; the service",
    );
    site.hears_nothing_for(ALLOWED / 3);
    stopped.go_on();
    site.logs("it goes on again: windows and curtains");
    site.hears("WATCHDOG=1");

    let stopped: Vec<_> = THREADS[1..].iter().map(|(comm, _)| site.stop(comm)).collect();
    let told = |log: &str, name: &str| {
        let mut errors = log.lines().filter(|line| line.contains("ERROR a part of Vitrine hangs: "));
        errors.any(|line| line.contains(name))
    };
    for (_, name) in &THREADS[1..] {
        site.wait(name, || told(&site.log(), name));
    }
    site.hears_nothing_for(ALLOWED / 3);
    stopped.into_iter().for_each(Stopped::go_on);
    site.hears("WATCHDOG=1");
    site.signal(Signal::TERM);
    assert_eq!(site.ends().code(), Some(0), "{}", site.log());
    assert!(site.log().lines().filter(|line| line.contains("ERROR")).count() <= THREADS.len());
}

#[test]
fn the_thread_that_watches_over_all_is_missed_too() {
    let mut site = Site::open();
    site.run();
    site.hears("WATCHDOG=1");
    let stopped = site.stop("watch");
    site.hears_nothing_for(ALLOWED / 3);
    stopped.go_on();
    site.hears("WATCHDOG=1");
}

#[test]
fn an_x_server_that_stands_still_is_no_fault_of_vitrines() {
    let mut site = Site::open();
    site.run();
    let xorg = Pid::from_raw(site.x.pid().cast_signed()).unwrap();
    kill_process(xorg, Signal::STOP).unwrap();
    // It is asked something now.
    site.signal(Signal::HUP);
    site.logs("WARN the X server has not answered for 6 s; waiting for it: ");
    site.forget();
    for _ in 0..5 {
        site.hears("WATCHDOG=1");
    }
    let (code, text) = site.asks(&["status"]);
    assert!(code == Some(1) && text.contains("! the X server has not answered for long"), "{text}");
    let (code, text) = site.asks(&["screens"]);
    assert!(code == Some(1) && text.contains("the X server does not answer"), "{text}");
    kill_process(xorg, Signal::CONT).unwrap();
    // More than one part may have waited for it.
    site.wait("the screens go on", || {
        site.log()
            .lines()
            .any(|line| line.contains("it goes on again: ") && line.contains("windows and curtains"))
    });
    assert!(!site.log().contains("ERROR"), "{}", site.log());
    site.signal(Signal::TERM);
    assert_eq!(site.ends().code(), Some(0));
}

#[test]
fn an_x_server_that_comes_round_no_more_is_ended_and_vitrine_with_it() {
    const SILENT: &str = "so nothing moves on any screen";
    let mut site = Site::open();
    let patience = "[last_resort]\nrestart_x_server = \"10s\"\n";
    fs::write(site.path("vitrine.toml"), format!("{EXHIBIT}{patience}")).unwrap();
    site.run();
    let status = |site: &Site| site.vitrine(&["status", "--json"]).output().unwrap();
    let x_server = |site: &Site| {
        let told: serde_json::Value = serde_json::from_slice(&status(site).stdout).unwrap();
        let is = |value: &serde_json::Value| value.as_bool().unwrap();
        (is(&told["x_server"]["answers"]), is(&told["well"]) || is(&told["exhibits"][0]["well"]))
    };
    // What a monitor that is plugged in costs some drivers.
    site.x.stop();
    std::thread::sleep(Duration::from_secs(2));
    site.x.go_on();

    site.x.stop();
    site.wait("it is known", || x_server(&site) == (false, false));
    let (code, text) = site.asks(&["screens"]);
    assert!(code == Some(1) && text.contains("which screens are there is not known"), "{text}");
    let told = site.vitrine(&["screens", "--shot"]).arg(site.path("shots")).output().unwrap();
    assert_eq!(told.status.code(), Some(1), "a command does not wait for ever");
    site.logs(SILENT);
    site.logs(ENDED);
    assert_eq!(site.ends().code(), Some(3), "{}", site.log());
    let log = site.log();
    assert_eq!((log.matches(SILENT).count(), log.matches(ENDED).count()), (1, 1), "{log}");
    assert!(!log.contains("the viewer has gone"), "{log}");
    assert!(!log.contains("ERROR"), "{log}");
    assert!(site.x.has_ended());
}

#[test]
fn an_x_server_that_stands_still_from_the_start_is_ended_too() {
    let mut site = Site::open();
    let patience = "[last_resort]\nrestart_x_server = \"10s\"\n";
    fs::write(site.path("vitrine.toml"), format!("{EXHIBIT}{patience}")).unwrap();
    site.x.stop();
    site.starts_without_screens();
    let (code, text) = site.asks(&["status"]);
    assert!(code == Some(1) && text.contains("eden"), "all else goes on: {text}");
    site.logs(ENDED);
    assert_eq!(site.ends().code(), Some(3), "{}", site.log());
    assert!(site.x.has_ended());
    let left = fs::read_to_string(site.path("home/.local/state/vitrine/decisions")).unwrap();
    assert!(left.contains("x-server-ended 1\n"), "the next one will know of it: {left}");

    // It has more time now, which is told.
    site.x = XServer::start(1, false);
    site.x.stop();
    site.starts_without_screens();
    site.logs("If it lasts, it is ended in ");
    assert!(!site.log().contains(ENDED), "{}", site.log());
    site.signal(Signal::TERM);
    assert_eq!(site.ends().code(), Some(0), "told to end, it ends all the same");
    site.x.go_on();
}

#[test]
fn an_x_server_that_comes_round_after_the_start_shows_the_artworks() {
    let mut site = Site::open();
    site.x.stop();
    site.starts_without_screens();
    site.x.go_on();
    site.logs("viewer started");
    site.signal(Signal::TERM);
    assert_eq!(site.ends().code(), Some(0));
}

#[test]
fn a_configuration_that_does_not_answer_stops_nothing_and_is_read_again_later() {
    let mut site = Site::open();
    site.run();
    let file = site.path("vitrine.toml");
    fs::remove_file(&file).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    site.signal(Signal::HUP);
    // Nobody reads it twice at once.
    site.signal(Signal::HUP);
    let (code, text) = site.asks(&["hold", "eden"]);
    assert_eq!(code, Some(0), "while it is being read: {text}");
    site.logs("vitrine.toml: could not be read within 10 s");
    let (_, text) = site.asks(&["status"]);
    assert!(
        text.contains("! the configuration could not be read again at") && text.contains("held"),
        "{text}"
    );
    assert!(!text.contains("This was so"), "{text}");
    fs::remove_file(&file).unwrap();
    fs::write(&file, EXHIBIT.replace("eden", "orbit")).unwrap();
    site.signal(Signal::HUP);
    site.wait("the new configuration", || {
        let (_, text) = site.asks(&["status"]);
        text.contains("orbit") && !text.contains("the configuration")
    });
    assert!(!site.log().contains("hangs"), "{}", site.log());
    site.signal(Signal::TERM);
    assert_eq!(site.ends().code(), Some(0));
}

#[test]
fn a_daemon_that_stands_still_is_not_told_as_well() {
    let mut site = Site::open();
    site.run();
    let stopped = site.stop("vitrine");
    site.wait("its status is known to be old", || {
        let (code, text) = site.asks(&["status"]);
        code == Some(1) && text.starts_with("This was so")
    });
    assert_eq!(site.asks(&["screens"]).0, Some(1));
    stopped.go_on();
    site.wait("its status is new again", || !site.asks(&["status"]).1.contains("This was so"));
}

#[test]
fn a_part_that_panics_ends_the_process_and_leaves_the_artworks_to_the_next_one() {
    if !cfg!(debug_assertions) {
        return;
    }
    let mut site = Site::open();
    let tasks = ["the viewers", "libvirt's adapter", "logind's adapter", "the watch over units"];
    let mut viewer = None;
    for name in
        THREADS.iter().map(|(_, name)| *name).filter(|name| !name.starts_with("libvirt's")).chain(tasks)
    {
        site.run();
        assert_eq!(*viewer.get_or_insert(site.viewer()), site.viewer(), "taken over before {name} panics");
        site.is_adoptable(&site.path("session/vitrine"));
        fs::write(site.path("panics").join(name), "").unwrap();
        let status = site.ends();
        let log = site.log();
        // A panic of the daemon's own task has the code that Rust gives it.
        assert_eq!(status.code(), Some(if name == "the daemon" { 101 } else { 1 }), "{name}\n{log}");
        assert!(log.contains(&format!("{name} panics, as it was told to")), "{log}");
        assert!(name == "the daemon" || log.contains(&format!("ERROR {name} has failed")), "{log}");
        assert!(lives(site.viewer()), "{name}: the artwork is no longer shown\n{log}");
    }
}

/// The daemon is told both to end and that the computer is switched off, in this order. All of it comes while the
/// viewer, which heeds nothing, still ends.
fn is_told(words: &[&str]) {
    let mut site = Site::open();
    site.run();
    let heeds_nothing = || {
        let status = fs::read_to_string(format!("/proc/{}/status", site.viewer())).unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        ignored.is_some_and(|mask| mask & (1 << (Signal::TERM.as_raw() - 1)) != 0)
    };
    site.wait("the viewer heeds nothing", heeds_nothing);
    for (place, word) in words.iter().enumerate() {
        match *word {
            "SIGTERM" => site.signal(Signal::TERM),
            "SIGINT" => site.signal(Signal::INT),
            "SIGHUP" => site.signal(Signal::HUP),
            _ => site.runtime.block_on(say_power_down(&site.logind)),
        }
        if place == 0 {
            site.wait(word, || ["Vitrine ends", "switched off"].iter().any(|line| site.log().contains(line)));
        }
    }
    let begun = Instant::now();
    let status = site.ends();
    assert_eq!(status.code(), Some(0), "{words:?}\n{}", site.log());
    // Who waits for a signal that has come already does so for 20 s.
    assert!(begun.elapsed() < Duration::from_secs(15), "{words:?}: {:?}", begun.elapsed());
    let off = words.contains(&"power-down");
    assert_eq!(site.log().contains("the VMs are ended"), off, "{words:?}\n{}", site.log());
    assert!(!lives(site.viewer()), "{words:?}: the viewer stays");
}

#[test]
fn a_signal_and_a_power_down_are_both_heard_in_whatever_order() {
    let orders: &[&[&str]] = &[
        &["power-down", "SIGTERM"],
        &["power-down", "SIGINT"],
        &["power-down", "SIGHUP", "SIGTERM"],
        &["SIGTERM", "power-down"],
        &["SIGTERM", "SIGTERM"],
        &["SIGINT", "SIGTERM", "power-down", "power-down"],
    ];
    std::thread::scope(|scope| {
        for words in orders {
            scope.spawn(move || is_told(words));
        }
    });
}

/// Only after the VMs have ended is the signal waited for, and what is no word to end does not count for one.
#[test]
fn after_a_power_down_the_word_to_end_is_waited_for() {
    let mut site = Site::open();
    site.run();
    site.runtime.block_on(say_power_down(&site.logind));
    site.logs("viewer ended");
    site.wait("the control socket goes", || !site.path("session/vitrine/control.sock").exists());
    site.signal(Signal::HUP);
    std::thread::scope(|scope| {
        let pid = site.pid();
        // The kernel has handed over the one by the time that the other is sent.
        scope.spawn(move || kill_process(pid, Signal::TERM).unwrap());
    });
    assert_eq!(site.ends().code(), Some(0), "{}", site.log());
}

/// How much the X server keeps for a process in pixmaps, in bytes.
fn pixmaps(x: &XServer, pid: Pid) -> u64 {
    let (conn, _) = x.connect();
    conn.res_query_version(1, 2).unwrap().reply().unwrap();
    let of = |client: &res::Client| {
        let spec =
            res::ClientIdSpec { client: client.resource_base, mask: res::ClientIdMask::LOCAL_CLIENT_PID };
        let ids = conn.res_query_client_ids(&[spec]).unwrap().reply().unwrap().ids;
        ids.iter().any(|id| id.value == [pid.as_raw_pid().unsigned_abs()])
    };
    let clients = conn.res_query_clients().unwrap().reply().unwrap().clients;
    let bytes = |client: &res::Client| {
        let size = conn.res_query_client_pixmap_bytes(client.resource_base).unwrap().reply().unwrap();
        u64::from(size.bytes) | u64::from(size.bytes_overflow) << 32
    };
    clients.iter().filter(|client| of(client)).map(bytes).sum()
}

#[test]
fn the_curtains_pictures_go_with_their_exhibits_and_displays() {
    let mut site = Site::open();
    let viewer = "#!/bin/sh\nexec xmessage -title 'test (1)' -geometry 800x600+0+0 -bw 0 -bg red artwork\n";
    fs::write(site.path("bin/virt-viewer"), viewer).unwrap();
    let other = EXHIBIT.replace("\"test\"", "\"other\"");
    let black = format!("{EXHIBIT}curtain = \"black\"\n");
    site.run();
    let times = |site: &Site, line: &str| site.log().matches(line).count();
    let reload = |site: &Site, config: &str| {
        let before = times(site, "configuration read again");
        fs::write(site.path("vitrine.toml"), config).unwrap();
        site.signal(Signal::HUP);
        site.wait("the configuration", || times(site, "configuration read again") > before);
    };
    let mut kept = 0;
    for (round, without) in [&other, &black, &other, &other].into_iter().enumerate() {
        site.wait("a picture", || times(&site, "a picture is kept for the curtain") > kept);
        // Two bytes would do; what is kept has four for each pixel.
        site.wait("it in the X server", || pixmaps(&site.x, site.pid()) >= 800 * 600 * 4);
        reload(&site, without);
        site.wait(&format!("no picture is left, round {round}"), || pixmaps(&site.x, site.pid()) == 0);
        kept = times(&site, "a picture is kept for the curtain");
        reload(&site, EXHIBIT);
    }
    site.signal(Signal::TERM);
    assert_eq!(site.ends().code(), Some(0), "{}", site.log());
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .permissions()
        .mode()
        & 0o777
}

/// All that is in a folder.
fn everything(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            everything(&entry.path(), found);
        }
        if !entry.file_type().unwrap().is_symlink() {
            found.push(entry.path());
        }
    }
}

#[test]
fn what_it_writes_is_its_users_alone_also_where_an_earlier_version_left_it_open() {
    let mut site = Site::open();
    let states = site.path("home/.local/state/vitrine");
    fs::create_dir_all(&states).unwrap();
    for name in ["decisions", "journal.db", "journal.damaged-1.db"] {
        fs::write(states.join(name), "").unwrap();
        fs::set_permissions(states.join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    for folder in [&states, &site.path("session/vitrine")] {
        fs::create_dir_all(folder).unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o775)).unwrap();
    }
    site.run();
    assert!(site.vitrine(&["hold", "eden"]).output().unwrap().status.success());
    site.wait("the journal", || states.join("journal.db-wal").exists());
    let mut all = vec![states.clone(), site.path("session/vitrine")];
    for folder in all.clone() {
        everything(&folder, &mut all);
    }
    let names: Vec<_> = all.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    for name in ["decisions", "journal.db-shm", "journal.damaged-1.db", "running", "control.sock", "settings"]
    {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    let open: Vec<_> = all.iter().filter(|path| mode(path) & 0o077 != 0).collect();
    assert!(open.is_empty(), "open to others: {open:?}");
}

#[test]
fn a_strangers_folder_for_the_session_is_not_used() {
    let mut site = Site::open();
    let (session, theirs) = (site.path("session"), site.path("theirs"));
    fs::create_dir(&theirs).unwrap();
    chown(&theirs, Some(STRANGER), Some(STRANGER)).unwrap();
    fs::set_permissions(&session, fs::Permissions::from_mode(0o1777)).unwrap();
    symlink(&theirs, session.join("vitrine")).unwrap();
    std::os::unix::fs::lchown(session.join("vitrine"), Some(STRANGER), None).unwrap();
    site.run();
    site.logs("vitrine is not used: it is a link that another user (65534) has laid");
    assert_eq!(fs::read_dir(&theirs).unwrap().count(), 0);
    let run = site.path("home/.local/state/vitrine/run");
    let boot = fs::read_dir(&run).unwrap().flatten().next().unwrap().path();
    assert!(boot.join("viewer/eden").is_dir());
    // The next one finds there what this one left.
    let viewer = site.viewer();
    site.is_adoptable(&boot);
    site.signal(Signal::KILL);
    site.ends();
    site.run();
    assert_eq!(site.viewer(), viewer);
}

/// A socket that a stranger listens at, as far as whoever connects is told. It says what it hears.
fn strangers_socket(path: PathBuf) -> mpsc::Receiver<Vec<u8>> {
    let (ready, is_ready) = mpsc::channel();
    let (heard, hears) = mpsc::channel();
    std::thread::spawn(move || {
        // Of this thread alone.
        let stranger = Uid::from_raw(STRANGER);
        rustix::thread::set_thread_res_uid(stranger, stranger, stranger).unwrap();
        let listener = UnixListener::bind(path).unwrap();
        ready.send(()).unwrap();
        while let Ok((mut stream, _)) = listener.accept() {
            let mut all = Vec::new();
            stream.read_to_end(&mut all).unwrap();
            if heard.send(all).is_err() {
                return;
            }
        }
    });
    is_ready.recv_timeout(PATIENCE).unwrap();
    hears
}

#[test]
fn commands_ask_nothing_of_a_strangers_socket() {
    let site = Site::open();
    let folder = site.path("session/vitrine");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(site.path("session"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(site.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let hears = strangers_socket(folder.join("control.sock"));
    for words in [&["status"][..], &["revert", "eden"]] {
        let said = site.vitrine(words).output().unwrap();
        let text = String::from_utf8_lossy(&said.stderr);
        assert!(text.contains("the program that answers is another user's (65534)"), "{text}");
        assert_eq!(said.status.code(), Some(1));
        assert_eq!(hears.recv_timeout(PATIENCE).unwrap(), b"");
    }
}

/// Plays libvirt's daemon, which is at work for six seconds when it is told to end, and `systemctl`, which says how the
/// computer is.
const LIBVIRTD: &str =
    "trap 'sleep 6; touch $PLAY/finished; exit 0' TERM; touch $PLAY/ready; while :; do sleep 0.1; done";
const SYSTEMCTL: &str = "#!/bin/sh\n[ \"$1\" = is-system-running ] || exit 1\ncat \"$PLAY/state\"\n";

#[test]
fn libvirts_daemon_is_hurried_only_while_the_computer_is_switched_off() {
    let play = tempfile::tempdir().unwrap();
    let path = |name: &str| play.path().join(name);
    for (name, text) in [("systemctl", SYSTEMCTL), ("libvirtd", &format!("#!/bin/sh\n{LIBVIRTD}\n"))] {
        fs::write(path(name), text).unwrap();
        fs::set_permissions(path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let drop_in =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/system/libvirtd.conf")).unwrap();
    let unit = format!(
        "[Service]\nExecStart={0}/libvirtd\nEnvironment=PLAY={0} PATH={0}:/usr/bin:/bin\nKillMode=process\n{drop_in}",
        play.path().display()
    );
    for (state, finishes) in [("stopping", false), ("running", true), ("degraded", true)] {
        // A new one each time: where a kill has been counted in its cgroup, the next process may be killed at its birth
        // (`Systemd::kill`).
        let systemd = Systemd::start(&[("libvirtd.service", &unit)]);
        fs::write(path("state"), state).unwrap();
        assert!(systemd.systemctl(&["start", "libvirtd"]));
        let begun = Instant::now();
        while fs::remove_file(path("ready")).is_err() {
            assert!(begun.elapsed() < PATIENCE, "it does not start while {state}:\n{}", systemd.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(systemd.systemctl(&["stop", "libvirtd"]));
        assert_eq!(fs::remove_file(path("finished")).is_ok(), finishes, "while the computer is {state}");
    }
}

/// Vitrine on a computer without fonts.
fn without_fonts(site: &Site, words: &[&str]) -> Command {
    let plain = site.vitrine(words);
    let mut command = Command::new("unshare");
    let hide = "for d in /usr/share/fonts /usr/local/share/fonts /usr/share/X11/fonts; do \
                if [ -d $d ]; then mount -t tmpfs none $d; fi; done; exec \"$@\"";
    command.args(["--mount", "sh", "-c", hide, "sh"]).arg(plain.get_program()).args(plain.get_args());
    command.env_clear().envs(plain.get_envs().filter_map(|(key, value)| Some((key, value?))));
    command.stdin(Stdio::null());
    command
}

#[test]
fn a_computer_without_fonts_shows_its_posters_and_says_what_is_missing() {
    let mut site = Site::open();
    let poster = site.path("poster.png");
    image::RgbImage::from_pixel(40, 30, image::Rgb([30, 90, 150])).save(&poster).unwrap();
    let curtain = format!("curtain = {{ poster = \"{}\", text = \"Back soon\" }}\n", poster.display());
    fs::write(site.path("vitrine.toml"), format!("{EXHIBIT}{curtain}")).unwrap();
    let check = |mut command: Command| {
        let said = command.output().unwrap();
        let words = String::from_utf8_lossy(&said.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        (said.status.code(), words)
    };
    let (code, said) = check(without_fonts(&site, &["check"]));
    assert!(code == Some(1) && said.contains("warning: eden: the text \"Back soon\""), "{code:?} {said}");
    assert!(!said.contains("poster"), "{said}");
    let (_, said) = check(site.vitrine(&["check"]));
    assert!(!said.contains("Back soon"), "{said}");

    site.run_by(without_fonts(&site, &["run"]));
    site.logs("cannot be shown on a curtain: this computer has no fonts");
    let rect = Rect { x: 0, y: 0, width: WIDTH, height: HEIGHT };
    site.wait("the poster", || {
        let shot = x11::shot(Some(&site.x.display), rect).unwrap();
        shot.rgb.chunks_exact(3).all(|pixel| pixel == [30, 90, 150])
    });
    site.forget();
    site.hears("WATCHDOG=1");

    // And a poster that is cut off is no well configuration.
    fs::write(&poster, &fs::read(&poster).unwrap()[..60]).unwrap();
    let (code, said) = check(site.vitrine(&["check"]));
    assert!(code == Some(1) && said.contains("warning: eden: the poster"), "{code:?} {said}");
}
