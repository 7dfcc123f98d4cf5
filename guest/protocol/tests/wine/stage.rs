//! A Windows of Wine's with the kit and the artwork of the tests in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::host::Host;

/// One prefix of Wine's, one X server, one folder with the programs.
pub(crate) struct Stage {
    debian: PathBuf,
    name: &'static str,
    display: String,
    pub(crate) folder: PathBuf,
    pub(crate) host: Host,
    server: Child,
    /// What goes into every INI.
    pub(crate) old_calls: bool,
}

fn from_environment(name: &str) -> PathBuf {
    let value =
        std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set; guest/windows/test sets it"));
    PathBuf::from(value)
}

impl Stage {
    /// `version` as Wine names it: `win95`, `winxp`, `win10`.
    pub(crate) fn new(name: &'static str, version: &str, display: u32, old_calls: bool) -> Self {
        let debian = from_environment("VITRINE_WINE");
        let programs = from_environment("VITRINE_KIT");
        let folder = debian.join(format!("root/{name}"));
        let _ = fs::remove_dir_all(&folder);
        let _ = fs::remove_dir_all(debian.join(format!("root/prefix-{name}")));
        fs::create_dir_all(&folder).unwrap();
        for program in ["vitrine.exe", "artwork.exe"] {
            fs::copy(programs.join(program), folder.join(program)).expect(program);
        }
        fs::copy(programs.join("artwork.exe"), folder.join("updater.exe")).unwrap();
        let display = format!(":{display}");
        let mut server = inside(&debian);
        server.args(["Xvfb", &display, "-screen", "0", "1024x768x24"]);
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let stage = Self { debian, name, display, folder, host: Host::begin(), server, old_calls };
        stage.wine(&["wineboot", "-i"]);
        stage.wine(&["reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", version, "/f"]);
        stage.wine(&["wineserver", "-w"]);
        stage
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = inside(&self.debian);
        command.args(["env", "-i", "HOME=/root", "PATH=/usr/bin:/bin", "WINEDEBUG=-all", "LANG=C.UTF-8"]);
        command
            .arg(format!("DISPLAY={}", self.display))
            .arg(format!("WINEPREFIX=/root/prefix-{}", self.name));
        if words[0] != "wineserver" && words[0] != "xdotool" {
            command.arg("wine");
        }
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Runs a program of Wine's to its end.
    pub(crate) fn wine(&self, words: &[&str]) -> bool {
        self.command(words).status().unwrap().success()
    }

    /// Runs a program from the folder and does not wait; all are on one desktop, as in a kiosk.
    pub(crate) fn start(&self, words: &[&str]) {
        let path = format!("Z:\\root\\{}\\{}", self.name, words[0]);
        let mut all = vec!["explorer", "/desktop=museum,1024x768", &path];
        all.extend(&words[1..]);
        let mut command = self.command(&all);
        thread::spawn(move || command.status());
    }

    /// Runs the kit to its end, with words that have it do so.
    pub(crate) fn kit(&self, words: &[&str]) -> bool {
        let path = format!("Z:\\root\\{}\\vitrine.exe", self.name);
        let mut all = vec![path.as_str()];
        all.extend(words);
        self.wine(&all)
    }

    pub(crate) fn xdotool(&self, words: &[&str]) {
        let mut all = vec!["xdotool"];
        all.extend(words);
        assert!(self.command(&all).status().unwrap().success(), "{all:?}");
    }

    /// Writes the INI: what every one has, and this.
    pub(crate) fn write_ini(&self, text: &str) {
        let old_calls = if self.old_calls { "yes" } else { "no" };
        let ini = format!(
            "[host]\r\naddress = 127.0.0.1\r\nport = {}\r\nbeat = 500 ms\r\n[kit]\r\nold_calls = {old_calls}\r\n{text}",
            self.host.port
        );
        self.write_file("vitrine.ini", ini.as_bytes());
    }

    /// Writes a file in one step, so that nobody reads half of it.
    pub(crate) fn write_file(&self, name: &str, bytes: &[u8]) {
        let part = self.folder.join("part");
        fs::write(&part, bytes).unwrap();
        fs::rename(part, self.folder.join(name)).unwrap();
    }

    /// Gives the artwork its cue.
    pub(crate) fn cue(&self, word: &str) {
        self.write_file("artwork.cue", word.as_bytes());
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.folder.join(name)).unwrap_or_default();
        bytes.iter().map(|byte| *byte as char).collect()
    }

    /// How often a line stands in a file.
    pub(crate) fn count(&self, name: &str, line: &str) -> usize {
        self.read(name).lines().filter(|found| found.contains(line)).count()
    }

    /// Waits until a line has been written to a file this often.
    pub(crate) fn wait_for(&self, name: &str, line: &str, times: usize, within: Duration) {
        let end = Instant::now() + within;
        while self.count(name, line) < times {
            let text = self.read(name);
            assert!(
                Instant::now() < end,
                "{name} has not got {line:?} {times} times within {within:?}:\n{text}\nthe kit:\n{}",
                self.read("vitrine.log")
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Makes the folder the CD drive D. Everything in it ends.
    pub(crate) fn make_folder_a_cd(&self) {
        let drive = self.prefix().join("dosdevices/d:");
        let _ = fs::remove_file(&drive);
        std::os::unix::fs::symlink(format!("/root/{}", self.name), drive).unwrap();
        self.wine(&["reg", "add", "HKLM\\Software\\Wine\\Drives", "/v", "d:", "/d", "cdrom", "/f"]);
        // Wine looks at its drives when it begins.
        self.end_all();
    }

    pub(crate) fn drive_c(&self) -> PathBuf {
        self.prefix().join("drive_c")
    }

    fn prefix(&self) -> PathBuf {
        self.debian.join(format!("root/prefix-{}", self.name))
    }

    /// Ends everything in it.
    pub(crate) fn end_all(&self) {
        self.wine(&["wineserver", "-k"]);
        self.wine(&["wineserver", "-w"]);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.end_all();
        let _ = self.server.kill();
        let _ = self.server.wait();
        // Each is as large as Wine itself.
        let _ = fs::remove_dir_all(self.prefix());
    }
}

fn inside(debian: &Path) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../windows/wine");
    let mut command = Command::new(script);
    command.arg("run").arg(debian);
    command
}
