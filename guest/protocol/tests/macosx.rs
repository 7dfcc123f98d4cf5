//! The kit for Mac OS X, which is a script, in the shells that are here, with curl and without, before a host that
//! writes down what it is asked. Needs dash, bash, curl and Perl. Mac OS X itself is not to be had.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "wine/host.rs"]
#[allow(dead_code)]
mod host;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use host::Host;

const SOON: Duration = Duration::from_secs(30);

/// What the script calls. On a Mac there is more, and `ioreg` among it, which says here what it says there.
const TOOLS: &[&str] = &[
    "cat", "cksum", "cut", "date", "dd", "dirname", "head", "id", "mv", "ps", "sed", "sh", "sleep", "sort",
    "tr", "uname", "wc",
];

struct Stage {
    folder: PathBuf,
    host: Host,
    shell: &'static str,
    kit: Option<Child>,
}

impl Stage {
    fn new(shell: &'static str, by: &str) -> Self {
        let host = Host::begin();
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("macosx-{shell}-{by}-{}", host.port));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("bin")).unwrap();
        for tool in TOOLS.iter().chain([&by]) {
            let path = ["/bin", "/usr/bin"].iter().map(|folder| Path::new(folder).join(tool));
            let path =
                path.into_iter().find(|path| path.exists()).unwrap_or_else(|| panic!("{tool} is missing"));
            std::os::unix::fs::symlink(path, folder.join("bin").join(tool)).unwrap();
        }
        let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../macosx");
        for name in ["vitrine.sh", "org.vitrine.guest.plist"] {
            fs::copy(kit.join(name), folder.join(name)).unwrap();
        }
        // Programs are known by their names, and several tests run at once.
        fs::copy("/bin/sleep", folder.join(format!("eden{}", host.port))).unwrap();
        let stage = Self { folder, host, shell, kit: None };
        stage.idle(0);
        stage
    }

    fn command(&self) -> Command {
        let mut command = Command::new(format!("/bin/{}", self.shell));
        command.arg(self.folder.join("vitrine.sh")).env_clear().env("PATH", self.folder.join("bin"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn start(&mut self) {
        self.kit = Some(self.command().spawn().unwrap());
    }

    fn check(&self) -> String {
        let output = self.command().arg("--check").stdout(Stdio::piped()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// For how many seconds nobody has touched anything.
    fn idle(&self, seconds: u64) {
        let text = format!("#!/bin/sh\necho '  | |   \"HIDIdleTime\" = {seconds}123456789'\n");
        let path = self.folder.join("bin/ioreg");
        fs::write(self.folder.join("part"), text).unwrap();
        fs::set_permissions(self.folder.join("part"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        fs::rename(self.folder.join("part"), path).unwrap();
    }

    fn write_ini(&self, more: &str) {
        let (port, folder) = (self.host.port, self.folder.display());
        let ini = format!(
            "[host]\r\naddress = 127.0.0.1\r\nport = {port}\r\n[artwork]\r\nstart = {folder}/eden{port} 600\r\n{more}\r\n"
        );
        fs::write(self.folder.join("part"), ini).unwrap();
        fs::rename(self.folder.join("part"), self.folder.join("vitrine.ini")).unwrap();
    }

    fn processes(&self) -> Vec<String> {
        let exe = fs::canonicalize(self.folder.join(format!("eden{}", self.host.port))).unwrap();
        let names = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        let own = names.filter(|path| fs::read_link(path.join("exe")).map_or(false, |found| found == exe));
        own.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    fn kill(&self) {
        for process in self.processes() {
            let _ = Command::new("kill").args(["-KILL", &process]).status();
        }
    }

    fn wait_for_log(&self, line: &str) {
        let end = Instant::now() + SOON;
        loop {
            let log = fs::read_to_string(self.folder.join("vitrine.log")).unwrap_or_default();
            if log.contains(line) {
                return;
            }
            assert!(Instant::now() < end, "no {line:?} in\n{log}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(kit) = &mut self.kit {
            let _ = kit.kill();
            let _ = kit.wait();
        }
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn in_dash_by_perl() {
    everything(Stage::new("dash", "perl"));
}

#[test]
fn in_bash_by_perl() {
    everything(Stage::new("bash", "perl"));
}

#[test]
fn in_dash_by_curl() {
    everything(Stage::new("dash", "curl"));
}

#[test]
fn in_bash_by_curl() {
    everything(Stage::new("bash", "curl"));
}

fn everything(mut stage: Stage) {
    let from = Instant::now();
    stage.write_ini("restarts = 50");
    stage.start();
    stage.host.wait(from, "/heartbeat?status=starting", SOON);
    stage.host.wait(from, "/heartbeat?status=ok", SOON);
    stage.host.wait(from, "/signal/boot?value=start", SOON);
    assert!(stage.host.state().agent.starts_with("vitrine-guest/"), "{}", stage.host.state().agent);
    assert_eq!(stage.processes().len(), 1);
    let report = stage.check();
    for line in ["artwork: the artwork is well", "answers {", "last input: 0 s ago"] {
        assert!(report.contains(line), "{line}\n{report}");
    }
    // The artwork ends.
    let from = Instant::now();
    stage.kill();
    let seen = stage.host.wait(from, "/heartbeat?status=ill&message=the+artwork+is+not+running", SOON);
    stage.host.wait(seen, "/heartbeat?status=ok", SOON);
    // The host is away, and the artwork is watched all the same.
    stage.host.set_away(true);
    stage.wait_for_log("the host does not answer");
    stage.kill();
    let end = Instant::now() + SOON;
    while stage.processes().is_empty() {
        assert!(Instant::now() < end, "it was not started anew");
        thread::sleep(Duration::from_millis(50));
    }
    stage.host.set_away(false);
    stage.host.wait(Instant::now(), "/heartbeat?status=ok", SOON);
    idleness(&stage);
    nonsense(&stage);
    // Restarts are not wanted.
    stage.write_ini("on_fault = revert");
    stage.host.wait(Instant::now(), "/heartbeat?status=ok", SOON);
    let from = Instant::now();
    stage.kill();
    stage.host.wait(from, "/revert/request?severity=high&reason=the+artwork+is+not+running", SOON);
    assert!(stage.processes().is_empty());
}

fn idleness(stage: &Stage) {
    let told = |from| stage.host.since(from).iter().filter(|path| path.contains("/idle/reset?")).count();
    stage.write_ini("restarts = 50\r\n[idle]\r\nafter = 10 s");
    stage.wait_for_log("the INI file was read");
    let from = Instant::now();
    stage.idle(600);
    for _ in 0..3 {
        stage.host.wait(Instant::now(), "/heartbeat?", SOON);
    }
    assert_eq!(told(from), 0, "that was before the kit began");
    // Somebody touches it, and goes.
    stage.idle(0);
    for _ in 0..3 {
        stage.host.wait(Instant::now(), "/heartbeat?", SOON);
    }
    stage.idle(10);
    let first = stage.host.wait(from, "/idle/reset?idle_duration=10", SOON);
    // The figure stands still, as if somebody touched it over and over; then it grows.
    stage.host.state().ahead += Duration::from_secs(3_600);
    stage.wait_for_log("a snapshot was restored");
    let restored = Instant::now();
    stage.idle(600);
    for _ in 0..3 {
        stage.host.wait(Instant::now(), "/heartbeat?", SOON);
    }
    assert_eq!(told(restored), 0, "what was touched was in the snapshot");
    assert!(told(first) >= 1);
}

fn nonsense(stage: &Stage) {
    let rows = [
        ("prot = 9", "there is no such key in this section"),
        ("[nowhere]\nx = y", "there is no such key"),
        ("[artwork", "a ] is missing"),
        ("====", "there is no such key in this section"),
        ("start_within = soon", "this is no number, or not of the form"),
        ("start_within = 99999999999999999999 h", "this is no number, or not of the form"),
        ("[host]\naddress = $(reboot)", "this is no address"),
        ("[host]\nexhibit = ../../x", "this is no name"),
        ("[button]\nask = button", "this kit cannot do that"),
        ("\0\0\0\0\u{ff}\u{fe}`ls`", "a = is missing"),
    ];
    for (line, complaint) in rows {
        fs::write(stage.folder.join("vitrine.log"), "").unwrap();
        stage.write_ini(line);
        stage.wait_for_log(complaint);
        stage.host.wait(Instant::now(), "/heartbeat?", SOON);
    }
}

#[test]
fn the_log_keeps_to_its_limit() {
    let mut stage = Stage::new("dash", "perl");
    stage.write_ini("[log]\r\nlimit = 8");
    fs::write(stage.folder.join("vitrine.log"), [b'x'; 4_000]).unwrap();
    stage.start();
    let end = Instant::now() + SOON;
    while !stage.folder.join("vitrine.old").exists() {
        assert!(Instant::now() < end, "the log was not put aside");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(fs::metadata(stage.folder.join("vitrine.old")).unwrap().len(), 4_000);
}
