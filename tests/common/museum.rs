//! A real museum: an X server with two screens or more, a libvirtd with demo guests, the program `vitrine`, and an
//! eye on the screens. Everything ends with it, also when a test fails.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use image::RgbImage;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::eye::{Eye, Look, PATIENCE, go_on};
use super::libvirtd::Libvirtd;
use super::xserver::{HEIGHT, WIDTH, XServer};

/// One artwork: the name of exhibit and VM, its picture, its screens.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    pub name: &'static str,
    /// What the demo guest calls it.
    pub word: &'static str,
    pub look: Look,
    /// Its first screen.
    pub screen: usize,
    /// How many screens it fills, side by side. All but the first look like `Look::OtherHead`.
    pub heads: usize,
    /// How its viewer is connected: `spice` or `vnc`.
    pub graphics: &'static str,
    /// What else guest/demo/make-vm is to make of its VM.
    pub words: &'static str,
}

/// On `DUMMY0`.
pub const EDEN: Work = Work {
    name: "eden-garden",
    word: "garden",
    look: Look::Garden,
    screen: 0,
    heads: 1,
    graphics: "spice",
    words: "",
};
/// On `DUMMY1`.
pub const ORBIT: Work = Work {
    name: "slow-orbit",
    word: "orbit",
    look: Look::Orbit,
    screen: 1,
    heads: 1,
    graphics: "spice",
    words: "",
};
/// On `DUMMY2` and `DUMMY3`. Only in a museum that was opened with it.
pub const TWINS: Work = Work {
    name: "twin-tides",
    word: "tide",
    look: Look::Tide,
    screen: 2,
    heads: 2,
    graphics: "spice",
    words: "",
};

/// On `DUMMY2`, by VNC.
pub const TIDE: Work = Work {
    name: "high-tide",
    word: "tide",
    look: Look::Tide,
    screen: 2,
    heads: 1,
    graphics: "vnc",
    words: "",
};

/// What most tests write in the configuration besides name, VM and screen. A curtain with the last picture would
/// hide from the eye what goes on.
pub const RULES: &str = "heartbeat = { timeout = \"5s\" }\ncurtain = \"black\"";
/// Tests break an artwork more often than a budget allows.
const PATIENT: &str = "recovery = { attempts = 100, window = \"1m\", reset_after = \"1s\" }";

/// Time between two questions about something that nobody tells of.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// A place in the logs.
#[derive(Clone, Copy, Debug)]
pub struct LogMark {
    start: usize,
    length: usize,
}

pub struct Museum {
    daemon: Option<Child>,
    starts: usize,
    pub eye: Eye,
    pub x: XServer,
    pub libvirtd: Libvirtd,
    /// What the daemon finds in its environment besides.
    pub environment: Vec<(&'static str, PathBuf)>,
    mounts: Vec<PathBuf>,
    folder: tempfile::TempDir,
    /// Where the guests send their heartbeats.
    pub port: u16,
    works: Vec<Work>,
}

impl Museum {
    /// Builds it, with one artwork on each of two screens.
    pub fn open() -> Self {
        Self::open_with(&[EDEN, ORBIT])
    }

    /// Builds it with these artworks and as many screens as they need, with all VMs off and no daemon.
    pub fn open_with(works: &[Work]) -> Self {
        Self::open_in(works, |_, _| Vec::new())
    }

    /// The same. The folders, libvirt's and the daemon's, are prepared before anything is in them: where file systems
    /// are mounted is returned.
    pub fn open_in(works: &[Work], prepare: impl FnOnce(&Libvirtd, &Path) -> Vec<PathBuf>) -> Self {
        go_on();
        let begun = Instant::now();
        Libvirtd::build_demo_guest();
        let screens = works.iter().map(|work| work.screen + work.heads).max().unwrap_or(1);
        let x = XServer::start(screens, true);
        let libvirtd = Libvirtd::start();
        drop(libvirtd.connect());
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("its number").port();
        let folder = tempfile::Builder::new().prefix("vitrine").tempdir_in("/tmp").expect("a folder");
        let mounts = prepare(&libvirtd, folder.path());
        // One more than there are, for a monitor that is plugged in later.
        let eye = Eye::open(&x.display, screens + 1);
        let this = Self {
            daemon: None,
            starts: 0,
            eye,
            x,
            libvirtd,
            environment: Vec::new(),
            mounts,
            folder,
            port,
            works: works.to_vec(),
        };
        let words = |work: &Work| {
            let Work { word, heads, graphics, words, .. } = work;
            format!("--work {word} --heads {heads} --graphics {graphics} {words}")
        };
        let vms: Vec<_> = works.iter().map(|work| (work.name, words(work))).collect();
        this.libvirtd.make_vms(&vms, this.port);
        println!("    the museum is built after {:.1} s", begun.elapsed().as_secs_f64());
        this
    }

    /// The artworks that it was opened with.
    pub fn works(&self) -> &[Work] {
        &self.works
    }

    /// A configuration with these exhibits.
    pub fn config(&self, exhibits: &[String]) -> String {
        format!(
            "[libvirt]\nuri = \"{}\"\n[api]\nlisten = [\"127.0.0.1:{}\"]\n{}",
            self.libvirtd.uri(),
            self.port,
            exhibits.concat()
        )
    }

    /// The configuration of most tests.
    pub fn usual(&self) -> String {
        self.config(&self.works.iter().map(|work| work.block(RULES)).collect::<Vec<_>>())
    }

    /// Writes the configuration's file.
    pub fn write_config(&self, text: &str) {
        fs::write(self.path("vitrine.toml"), text).expect("the configuration");
    }

    /// A file of the daemon's.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command of `vitrine`, in the session's environment.
    pub fn vitrine(&self, arguments: &[&str]) -> Command {
        let program = std::env::var_os("VITRINE_BIN").unwrap_or(env!("CARGO_BIN_EXE_vitrine").into());
        let mut command = Command::new(program);
        command.args(arguments).env_clear();
        for name in ["PATH", "HOME"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
            .env("DISPLAY", &self.x.display)
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("XDG_STATE_HOME", self.path("state"))
            .env("VITRINE_CONFIG", self.path("vitrine.toml"))
            .env("VITRINE_LOG", "info,vitrine=debug")
            .stdin(Stdio::null());
        command
    }

    /// Starts the daemon with this configuration.
    pub fn run(&mut self, config: &str) {
        assert!(self.daemon.is_none(), "the daemon runs already");
        self.write_config(config);
        self.starts += 1;
        let log = fs::File::create(self.log_path()).expect("a log");
        let output = log.try_clone().expect("a log");
        let mut command = self.vitrine(&["run"]);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let child = command.stdout(output).stderr(log).spawn().expect("vitrine");
        self.daemon = Some(child);
    }

    fn log_path(&self) -> PathBuf {
        self.log_path_of(self.starts)
    }

    fn log_path_of(&self, start: usize) -> PathBuf {
        self.path(&format!("vitrine-{start}.log"))
    }

    /// The log of the daemon that was started last.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// How far the logs have come.
    pub fn log_mark(&self) -> LogMark {
        let length = fs::metadata(self.log_path()).map_or(0, |data| data.len());
        LogMark { start: self.starts, length: usize::try_from(length).expect("a length") }
    }

    /// What has been logged since then, by later daemons too.
    pub fn log_since(&self, mark: LogMark) -> String {
        let logs =
            (mark.start..=self.starts).map(|start| fs::read(self.log_path_of(start)).unwrap_or_default());
        let all = logs.collect::<Vec<_>>().concat();
        String::from_utf8_lossy(all.get(mark.length..).unwrap_or_default()).into_owned()
    }

    /// How the daemon ended, if it did so by itself. Then none runs any more.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        let ended = self.daemon.as_mut()?.try_wait().expect("the daemon");
        if ended.is_some() {
            self.daemon = None;
        }
        ended
    }

    /// An eye on what the viewer of an artwork shows, curtain or not.
    pub fn behind_the_curtain(&self, work: Work) -> Eye {
        let eye = Eye::behind_the_curtain(&self.x.display, &format!("{} (1)", work.name));
        eye.wait("the viewer's window", |screens| screens[0].look() == Some(work.look));
        eye
    }

    /// Starts a client that shows a display besides the exhibit's viewer, as staff might.
    pub fn another_client(&self, display: &str) -> Child {
        Command::new("remote-viewer")
            .arg(display)
            .env("DISPLAY", &self.x.display)
            .env("XDG_CONFIG_HOME", self.path("staff"))
            .stderr(Stdio::null())
            .spawn()
            .expect("remote-viewer: install virt-viewer")
    }

    /// The daemon's process.
    pub fn pid(&self) -> Pid {
        Pid::from_child(self.daemon.as_ref().expect("the daemon does not run"))
    }

    /// Whether the daemon was started.
    pub fn is_running(&self) -> bool {
        self.daemon.is_some()
    }

    /// Where an artwork's display can be reached.
    pub fn display_uri(&self, work: Work) -> String {
        String::from_utf8_lossy(&self.virsh(&["domdisplay", work.name]).stdout).trim().to_owned()
    }

    /// The monitors, as `vitrine screens` tells of them.
    pub fn lit(&self) -> String {
        let said = self.vitrine(&["screens"]).output().expect("vitrine");
        String::from_utf8_lossy(&said.stdout).into_owned()
    }

    /// What visitors see on each lit screen, by connector.
    pub fn shots(&self) -> BTreeMap<String, RgbImage> {
        let folder = self.path("shots");
        let said = self.vitrine(&["screens", "--shot", folder.to_str().expect("a path")]).output();
        let said = said.expect("vitrine");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let files = String::from_utf8_lossy(&said.stdout).lines().map(PathBuf::from).collect::<Vec<_>>();
        let read = |file: PathBuf| {
            let connector = file.file_stem().expect("a name").to_string_lossy().into_owned();
            (connector, image::open(&file).expect("a picture").to_rgb8())
        };
        files.into_iter().map(read).collect()
    }

    /// Keeps what is on all screens, side by side and at half their size, for people to look at.
    pub fn keep_shots(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shots");
        fs::create_dir_all(&folder).expect("a folder");
        let (width, height) = (WIDTH / 2, HEIGHT / 2);
        let shots = self.shots();
        let mut all = RgbImage::new((width + 8) * shots.len() as u32 - 8, height);
        for (place, shot) in shots.values().enumerate() {
            let small = image::imageops::thumbnail(shot, width, height);
            image::imageops::replace(&mut all, &small, i64::from(width + 8) * place as i64, 0);
        }
        all.save(folder.join(name)).expect("a picture");
    }

    /// Keeps a picture that the test has taken, for people to look at.
    pub fn keep_shot_from(&self, file: &Path, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shots");
        fs::create_dir_all(&folder).expect("a folder");
        fs::copy(file, folder.join(name)).expect("a picture");
    }

    /// Signals the daemon and waits for its end.
    pub fn end(&mut self, signal: Signal) -> ExitStatus {
        let mut child = self.daemon.take().expect("the daemon does not run");
        kill_process(Pid::from_child(&child), signal).expect("kill");
        await_exit(&mut child).unwrap_or_else(|| {
            let _ = child.kill();
            panic!("the daemon does not end: {}", self.log());
        })
    }

    /// Has the daemon read its configuration again.
    pub fn reload(&self, config: &str) {
        self.write_config(config);
        kill_process(self.pid(), Signal::HUP).expect("kill");
    }

    /// The museum as most tests want it: the daemon runs, all artworks are well and move.
    pub fn welcome(&mut self) {
        let usual = self.usual();
        if self.daemon.is_none() {
            self.run(&usual);
        } else if fs::read_to_string(self.path("vitrine.toml")).ok().as_deref() != Some(&usual) {
            self.reload(&usual);
        }
        self.well_again(&self.works, Instant::now());
    }

    /// Waits until the daemon finds the exhibits well and shown, and their pictures have moved since then.
    pub fn well_again(&self, works: &[Work], since: Instant) {
        for work in works {
            self.wait_status(&format!("{} is well and shown", work.name), |site| {
                let exhibit = exhibit(site, work.name);
                exhibit["well"] == true && exhibit["viewer"] == "shown"
            });
        }
        self.wait_picture(works, since);
    }

    /// Waits until the artworks are on their screens and have moved since then.
    pub fn wait_picture(&self, works: &[Work], since: Instant) {
        for (work, (screen, look)) in works.iter().flat_map(|work| work.looks().map(move |at| (work, at))) {
            self.eye.wait(&format!("{} moves on screen {screen}", work.name), |screens| {
                screens[screen].moves(look, since)
            });
        }
    }

    /// What `vitrine status` says; `None` while there is no daemon to ask.
    pub fn status(&self) -> Option<Value> {
        let said = self.vitrine(&["status", "--json"]).output().expect("vitrine");
        serde_json::from_slice(&said.stdout).ok()
    }

    /// Waits until the status is so.
    pub fn wait_status(&self, what: &str, mut so: impl FnMut(&Value) -> bool) {
        self.wait(what, || self.status().is_some_and(|site| so(&site)));
    }

    /// Waits until it is so, asking again and again.
    pub fn wait(&self, what: &str, mut so: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !so() {
            go_on();
            if begun.elapsed() > PATIENCE {
                let status = self.vitrine(&["status"]).output().expect("vitrine");
                let (status, log) = (String::from_utf8_lossy(&status.stdout).into_owned(), self.log());
                panic!("never came: {what}\n{status}\nthe log:\n{log}");
            }
            std::thread::sleep(ASK_AGAIN);
        }
    }

    /// Waits for a line of the log.
    pub fn wait_log(&self, words: &str) {
        self.wait(&format!("\"{words}\" in the log"), || self.log().contains(words));
    }

    /// How often the daemon has had to mend an exhibit.
    pub fn recoveries(&self, work: Work) -> u64 {
        self.status().and_then(|site| exhibit(&site, work.name)["recoveries"].as_u64()).expect("a status")
    }

    /// The viewers of an exhibit that run, as processes.
    pub fn viewers(&self, work: Work) -> Vec<Pid> {
        let uuid = self.virsh(&["domuuid", work.name]).stdout;
        viewers_with(String::from_utf8_lossy(&uuid).trim())
    }

    /// The process of an exhibit's VM.
    pub fn qemu(&self, work: Work) -> Pid {
        self.libvirtd.qemu_pid(work.name).expect("the VM does not run")
    }

    /// Types a key into an artwork's viewer, as a visitor would.
    pub fn type_key(&self, work: Work, key: &str) {
        self.type_key_on(work, 1, key);
    }

    /// Types a key into the window of one of an artwork's screens, counted from 1.
    pub fn type_key_on(&self, work: Work, head: usize, key: &str) {
        let x = (work.screen + head - 1) as u32 * WIDTH + WIDTH / 2;
        let y = HEIGHT / 2;
        let status = Command::new("xdotool")
            .args(["mousemove", &x.to_string(), &y.to_string(), "click", "1"])
            .args([
                "search",
                "--onlyvisible",
                "--name",
                &format!("^{} \\({head}\\)", work.name),
                "windowfocus",
                "--sync",
            ])
            .args(["key", key])
            .env("DISPLAY", &self.x.display)
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("xdotool: install xdotool").success(), "xdotool");
    }

    /// The power goes: QEMU, libvirtd, Vitrine and its viewer end in one moment, and what they keep in memory only is gone.
    pub fn cut_power(&mut self, work: Work) {
        let viewers = self.viewers(work);
        // The first one, so that it starts no other QEMU.
        self.libvirtd.kill();
        let machines = self.libvirtd.machines();
        for pid in machines.iter().copied().chain([self.pid()]).chain(viewers) {
            // One that has just ended by itself is gone as well.
            let _ = kill_process(pid, Signal::KILL);
        }
        self.end(Signal::KILL);
        // Whoever starts next finds no image in use.
        self.wait("the end of QEMU", || {
            self.libvirtd.machines().is_empty() && machines.iter().all(|machine| has_ended(*machine))
        });
        // A start of the computer finds these folders empty.
        for folder in [self.path("vitrine"), self.libvirtd.path("run/libvirt")] {
            let _ = fs::remove_dir_all(folder);
        }
    }

    /// The power is back.
    pub fn power_on(&mut self) {
        self.libvirtd.launch();
        let usual = self.usual();
        self.run(&usual);
    }

    /// The snapshots that libvirt knows.
    pub fn snapshots(&self, work: Work) -> Vec<String> {
        let said = self.virsh(&["snapshot-list", work.name, "--name"]).stdout;
        String::from_utf8_lossy(&said).split_whitespace().map(str::to_owned).collect()
    }

    /// What a guest's agent returns; `None` where it does not answer, or cannot do it.
    pub fn agent(&self, work: Work, command: &str, arguments: &Value) -> Option<Value> {
        let command = serde_json::json!({ "execute": command, "arguments": arguments }).to_string();
        let said = self.try_virsh(&["qemu-agent-command", work.name, "--timeout", "5", &command])?;
        Some(serde_json::from_str::<Value>(&said).ok()?["return"].take())
    }

    /// Runs virsh.
    pub fn virsh(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("virsh");
        let said = command.args(["-q", "-c", &self.libvirtd.uri()]).args(arguments).output().expect("virsh");
        assert!(said.status.success(), "virsh {arguments:?}: {}", String::from_utf8_lossy(&said.stderr));
        said
    }

    /// Runs virsh, which may find nothing to work on, or wait for a QEMU that hangs: what it said, if all went well.
    pub fn try_virsh(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("timeout");
        command.args(["10", "virsh", "-q", "-c", &self.libvirtd.uri()]).args(arguments);
        let said = command.output().expect("timeout");
        said.status.success().then(|| String::from_utf8_lossy(&said.stdout).trim().to_owned())
    }
}

impl Drop for Museum {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the daemon's log:\n{}", self.log());
        }
        if let Some(mut child) = self.daemon.take() {
            let _ = kill_process(Pid::from_child(&child), Signal::TERM);
            if await_exit(&mut child).is_none() {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
        // A daemon that was killed leaves its viewers behind.
        for pid in viewers_with(&self.libvirtd.uri()) {
            let _ = kill_process(pid, Signal::KILL);
        }
        // A folder on which something is mounted cannot be removed.
        for mounted in &self.mounts {
            let _ = Command::new("umount").arg("--lazy").arg(mounted).status();
        }
    }
}

impl Work {
    /// Its block of the configuration, with lines of the test's own.
    pub fn block(self, lines: &str) -> String {
        let name = self.name;
        let screens: Vec<_> = self.looks().map(|(screen, _)| format!("DUMMY{screen}")).collect();
        format!(
            "[[exhibit]]\nname = \"{name}\"\nvm = \"{name}\"\nscreens = {screens:?}\n{lines}\n{PATIENT}\n"
        )
    }

    /// Its screens, and how each looks.
    pub fn looks(self) -> impl Iterator<Item = (usize, Look)> {
        let look = move |head| if head == 0 { self.look } else { Look::OtherHead };
        (0..self.heads).map(move |head| (self.screen + head, look(head)))
    }
}

/// One exhibit of what `vitrine status` says.
pub fn exhibit<'a>(site: &'a Value, name: &str) -> &'a Value {
    let found =
        site["exhibits"].as_array().and_then(|all| all.iter().find(|exhibit| exhibit["name"] == name));
    found.unwrap_or(&Value::Null)
}

/// Processes of virt-viewer that have this word in their command line.
fn viewers_with(word: &str) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let is_ours = |pid: &i32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let words: Vec<_> = line.split(|&byte| byte == 0).collect();
        words.first().is_some_and(|program| program.ends_with(b"virt-viewer"))
            && words.contains(&word.as_bytes())
    };
    pids.filter(is_ours).filter_map(Pid::from_raw).collect()
}

fn await_exit(child: &mut Child) -> Option<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        std::thread::sleep(ASK_AGAIN);
    }
    None
}

/// Whether a process that was killed holds nothing any more. Its command line goes before its locks do.
fn has_ended(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
    state.is_none_or(|state| "ZX".contains(state))
}
