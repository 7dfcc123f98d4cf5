//! An X server with the kit and the artwork before it, and a folder with the programs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::SOON;
use crate::host::Host;

/// What goes into most INIs, with the artwork's own name put in.
pub(crate) const ARTWORK: &str = "[artwork]\nstart = ./ARTWORK --exact plays_the_artwork\nprogram = ARTWORK\ngrace = 1 s\nhung_after = 3 s\nrestarts = 50\n";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manager {
    Openbox,
    None,
    /// The X server is started later.
    Late,
}

pub(crate) struct Stage {
    pub(crate) manager: Manager,
    pub(crate) host: Host,
    folder: tempfile::TempDir,
    pub(crate) display: String,
    server: Vec<Child>,
}

/// The kit, which ends with the test.
pub(crate) struct Kit(Child);

impl Kit {
    pub(crate) fn terminate(&mut self) {
        signal(self.0.id(), "TERM");
        self.0.wait().unwrap();
    }
}

impl Drop for Kit {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn name_of_artwork(host: &Host) -> String {
    format!("artwork-{}", host.port)
}

fn signal(process: u32, name: &str) {
    assert!(Command::new("kill").args(["-s", name, &process.to_string()]).status().unwrap().success());
}

impl Stage {
    pub(crate) fn new(manager: Manager) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(env!("CARGO_BIN_EXE_vitrine-guest"), folder.path().join("vitrine-guest")).unwrap();
        let host = Host::begin();
        for name in [&name_of_artwork(&host), "updater", "crashed"] {
            fs::copy(std::env::current_exe().unwrap(), folder.path().join(name)).unwrap();
        }
        fs::copy("/bin/sleep", folder.path().join("sleeper")).unwrap();
        // Whatever this computer says of its own end is not to be heard.
        let mut stage = Self { manager, host, folder, display: String::new(), server: Vec::new() };
        stage.write_program("systemctl", "#!/bin/sh\n");
        stage.write_program("runlevel", "#!/bin/sh\n");
        if manager == Manager::Late {
            // A number that the X server then takes; nobody else here goes so high.
            stage.display =
                format!(":{}", 20_000 + std::process::id() % 10_000 + u32::from(stage.host.port) % 10_000);
        } else {
            stage.start_server();
        }
        stage
    }

    /// Programs are known by their names, and several tests run at once.
    pub(crate) fn artwork(&self) -> String {
        name_of_artwork(&self.host)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn start_server(&mut self) {
        let mut server = Command::new("Xvfb");
        if !self.display.is_empty() {
            server.arg(&self.display);
        }
        server.args(["-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset"]);
        let mut server = server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("Xvfb");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "Xvfb did not start");
        self.display = format!(":{}", number.trim());
        self.server.push(server);
        if self.manager != Manager::None {
            let openbox = self.command("openbox").args(["--sm-disable"]).spawn().expect("openbox");
            self.server.push(openbox);
        }
    }

    pub(crate) fn signal_server(&self, name: &str) {
        signal(self.server[0].id(), name);
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        command.current_dir(self.folder.path()).env("PATH", path).env("DISPLAY", &self.display);
        command.env("VITRINE_TEST_CUES", self.folder.path()).env_remove("XAUTHORITY");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    pub(crate) fn start_kit(&self) -> Kit {
        Kit(self.command(self.path("vitrine-guest").to_str().unwrap()).spawn().unwrap())
    }

    pub(crate) fn stop_kit(&self) {
        assert!(self.says(&["--stop"]).contains("The kit ends"));
        self.wait_for("vitrine.log", "the kit ends", 1);
    }

    /// Runs the kit to its end, with words that have it do so; what it says.
    pub(crate) fn says(&self, words: &[&str]) -> String {
        let mut command = self.command(self.path("vitrine-guest").to_str().unwrap());
        let output = command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    pub(crate) fn start_artwork(&self) -> Child {
        let mut command = self.command(self.path(&self.artwork()).to_str().unwrap());
        command.args(["--exact", "plays_the_artwork"]).spawn().unwrap()
    }

    /// Another program's window.
    pub(crate) fn start_other(&self, name: &str, title: &str) -> Child {
        let mut command = self.command(self.path(name).to_str().unwrap());
        command.args(["--exact", "plays_the_artwork"]).env("VITRINE_TEST_TITLE", title).spawn().unwrap()
    }

    /// The numbers of the programs that run from the folder.
    fn processes(&self, name: &str) -> Vec<u32> {
        let path = fs::canonicalize(self.folder.path()).unwrap().join(name);
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        numbers
            .filter(|number| fs::read_link(format!("/proc/{number}/exe")).is_ok_and(|exe| exe == path))
            .collect()
    }

    pub(crate) fn kill(&self, name: &str) {
        for process in self.processes(name) {
            signal(process, "KILL");
        }
    }

    /// Moves the pointer there and presses the mouse's button.
    pub(crate) fn touch(&self, x: i16) {
        let (server, _) = RustConnection::connect(Some(&self.display)).unwrap();
        let root = server.setup().roots[0].root;
        for (kind, detail) in [(6, 0), (4, 1), (5, 1)] {
            server.xtest_fake_input(kind, detail, 0, root, x, 300, 0).unwrap().check().unwrap();
        }
    }

    /// Writes the INI: what every one has, and this. The clock of this computer is never set.
    pub(crate) fn write_ini(&self, text: &str) {
        let port = self.host.port;
        let ini =
            format!("[host]\naddress = 127.0.0.1\nport = {port}\nbeat = 500 ms\n[clock]\nset = no\n{text}")
                .replace("ARTWORK", &self.artwork());
        self.write_file("vitrine.ini", ini.as_bytes());
    }

    /// Writes a file in one step, so that nobody reads half of it.
    pub(crate) fn write_file(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path("part"), bytes).unwrap();
        fs::rename(self.path("part"), self.path(name)).unwrap();
    }

    pub(crate) fn write_program(&self, name: &str, text: &str) {
        fs::write(self.path("part"), text).unwrap();
        fs::set_permissions(self.path("part"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::rename(self.path("part"), self.path(name)).unwrap();
    }

    /// Gives the artwork its cue.
    pub(crate) fn cue(&self, word: &str) {
        self.write_file("artwork.cue", word.as_bytes());
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// How often a line stands in a file.
    pub(crate) fn count(&self, name: &str, line: &str) -> usize {
        self.read(name).lines().filter(|found| found.contains(line)).count()
    }

    /// Waits until a line has been written to a file this often.
    pub(crate) fn wait_for(&self, name: &str, line: &str, times: usize) {
        let end = Instant::now() + SOON;
        while self.count(name, line) < times {
            let (text, log) = (self.read(name), self.read("vitrine.log"));
            assert!(
                Instant::now() < end,
                "{name} has not got {line:?} {times} times:\n{text}\nthe kit:\n{log}"
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// What `--check` says where nothing but the session's own programs knows of the X server, which wants a cookie.
    pub(crate) fn in_a_system_of_its_own(&self) -> String {
        let number = self.display.trim_start_matches(':');
        let mut cookie = vec![0xff, 0xff, 0, 0, 0, u8::try_from(number.len()).unwrap()];
        for part in [number.as_bytes(), &[0, 18], b"MIT-MAGIC-COOKIE-1", &[0, 16], &[7; 16]] {
            cookie.extend_from_slice(part);
        }
        self.write_file("cookies", &cookie);
        let script = "Xvfb :NUMBER -auth cookies -screen 0 1024x768x24 -nolisten tcp & \
            for i in $(seq 100); do [ -e /tmp/.X11-unix/XNUMBER ] || sleep 0.1; done; \
            DISPLAY=:NUMBER XAUTHORITY=$PWD/cookies ./ARTWORK --exact plays_the_artwork & \
            for i in $(seq 100); do grep -qs began artwork.log || sleep 0.1; done; \
            unset DISPLAY; ./vitrine-guest --check";
        let mut command = self.command("unshare");
        // A network of its own as well, so that the number is free.
        command.args(["--user", "--map-root-user", "--net", "--pid", "--fork", "--mount", "--mount-proc"]);
        command.args(["--kill-child", "sh", "-c"]);
        let script = script.replace("ARTWORK", &self.artwork()).replace("NUMBER", number);
        command.arg(format!("mount -t tmpfs none /tmp/.X11-unix && {script}")).env_remove("DISPLAY");
        let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for name in [&self.artwork(), "updater", "crashed", "sleeper"] {
            for process in self.processes(name) {
                let _ = Command::new("kill").args(["-s", "KILL", &process.to_string()]).status();
            }
        }
        for server in self.server.iter_mut().rev() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}
