//! A systemd of the test's own, as users have one, with its bus. Needs root, for a cgroup and a mount namespace.

#![allow(dead_code, unreachable_pub, reason = "each test file takes what it needs")]

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// What it is started by: in a `/run` and with a cgroup tree of its own, so that it takes nothing of the machine's.
const START: &str = r#"
echo 0 >"$CGROUP/cgroup.procs"
mount -t tmpfs none /run
mkdir -p /run/systemd/system
mount -t cgroup2 none /sys/fs/cgroup
exec /lib/systemd/systemd --user --log-target=console
"#;

pub struct Systemd {
    dir: tempfile::TempDir,
    cgroup: PathBuf,
    child: Option<Child>,
}

impl Systemd {
    /// Starts it with these unit files, and waits for its bus.
    pub fn start(units: &[(&str, &str)]) -> Self {
        let dir = tempfile::Builder::new().prefix("vitrine").tempdir_in("/tmp").expect("a folder");
        let folder = dir.path().join("config/systemd/user");
        fs::create_dir_all(&folder).expect("a folder");
        for (name, text) in units {
            fs::write(folder.join(name), text).expect("a unit");
        }
        let mounts = fs::read_to_string("/proc/self/mountinfo").expect("mountinfo");
        // proc_pid_mountinfo(5): the fifth field is the place, and the type follows the lone hyphen.
        let tree = mounts.lines().find(|line| line.contains(" - cgroup2 ")).expect("no cgroup2 is mounted");
        let tree = tree.split(' ').nth(4).expect("its place");
        let cgroup = PathBuf::from(tree).join(dir.path().file_name().expect("a name"));
        let mut this = Self { dir, cgroup, child: None };
        this.launch();
        this
    }

    /// Starts it again after [`Systemd::kill`].
    pub fn launch(&mut self) {
        fs::create_dir(&self.cgroup).expect("a cgroup: this needs root");
        let log = fs::File::create(self.dir.path().join("log")).expect("a log");
        let child = Command::new("unshare")
            .args(["--mount", "sh", "-euc", START])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("CGROUP", &self.cgroup)
            .env("HOME", self.dir.path())
            .env("XDG_RUNTIME_DIR", self.dir.path())
            .env("XDG_CONFIG_HOME", self.dir.path().join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("unshare");
        self.child = Some(child);
        self.wait("systemd's bus", |this| {
            this.systemctl(&["is-active", "--quiet", "dbus.socket"]) && this.dir.path().join("bus").exists()
        });
    }

    /// What it has said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Kills it with all that it runs. Its cgroup goes as well, as that of a user's systemd does: a kernel (6.18 is one)
    /// counts the kills of each cgroup, and when a process is born into another cgroup than its parent's (as systemd
    /// 257 does it), takes a difference between the two for a kill meanwhile.
    pub fn kill(&mut self) {
        let _ = fs::write(self.cgroup.join("cgroup.kill"), "1");
        if let Some(mut child) = self.child.take() {
            let _ = child.wait();
        }
        let _ = fs::remove_file(self.dir.path().join("bus"));
        // The cgroups below it are empty once the kernel has buried the last process.
        let begun = Instant::now();
        while remove_tree(&self.cgroup).is_err() && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The address of its bus.
    pub fn address(&self) -> String {
        format!("unix:path={}", self.dir.path().join("bus").display())
    }

    /// A file of the test's.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Whether `systemctl --user` did it.
    pub fn systemctl(&self, words: &[&str]) -> bool {
        let mut command = Command::new("systemctl");
        command.arg("--user").args(words).env("XDG_RUNTIME_DIR", self.dir.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().expect("systemctl").success()
    }

    /// What `systemctl --user show` says of a unit.
    pub fn show(&self, unit: &str, property: &str) -> String {
        let mut command = Command::new("systemctl");
        command.args(["--user", "show", "--value", "--property", property, unit]);
        let said = command.env("XDG_RUNTIME_DIR", self.dir.path()).output().expect("systemctl");
        String::from_utf8_lossy(&said.stdout).trim().to_owned()
    }

    fn wait(&self, what: &str, so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !so(self) {
            assert!(begun.elapsed() < PATIENCE, "never came: {what}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Systemd {
    fn drop(&mut self) {
        self.kill();
    }
}

fn remove_tree(cgroup: &std::path::Path) -> std::io::Result<()> {
    for entry in fs::read_dir(cgroup)?.flatten() {
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    fs::remove_dir(cgroup)
}
