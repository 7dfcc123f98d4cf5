//! A libvirtd of the test's own, with real QEMU, apart from any other on the machine.
//!
//! It runs in session mode as an ordinary user (as `nobody` where the test runs as root), with all its files in
//! a temporary folder. Needs the packages libvirt-daemon, libvirt-daemon-driver-qemu, qemu-system-x86 and
//! qemu-utils; KVM is not used.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use virt::connect::Connect;

/// So many VMs of one libvirtd can be seen.
const DISPLAYS: u32 = 40;

/// The first of the ports for displays. Each libvirtd has its own: two that choose at the same time take the same one.
fn display_ports() -> u32 {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let place = STARTED.fetch_add(1, Ordering::Relaxed) % 20;
    10_000 + (std::process::id() % 60) * 20 * DISPLAYS + place * DISPLAYS
}

/// The folder and, while it runs, the daemon. Everything ends with it, VMs too.
pub struct Libvirtd {
    dir: tempfile::TempDir,
    daemon: Option<Child>,
}

impl Libvirtd {
    /// Prepares the folder; starts nothing yet.
    pub fn prepare() -> Self {
        // Without this, libvirt would print each try to connect.
        virt::error::clear_error_callback();
        // Sockets' names must be short, so not below the target folder.
        let dir = tempfile::Builder::new().prefix("vitrine").tempdir_in("/tmp").expect("a temporary folder");
        let this = Self { dir, daemon: None };
        for name in ["run", "config/libvirt", "cache", "data"] {
            fs::create_dir_all(this.path(name)).expect("a folder");
        }
        // With libvirt's own handler, every VM would start a virtlogd that outlives the test. sudo may have limited core
        // dumps, and libvirt would fail at lifting that limit where root may not (CAP_SYS_RESOURCE).
        let port = display_ports();
        let settings = format!(
            "stdio_handler = \"file\"\nmax_core = 0\nremote_display_port_min = {port}\nremote_display_port_max = {}\n",
            port + DISPLAYS - 1
        );
        fs::write(this.path("config/libvirt/qemu.conf"), settings).expect("qemu.conf");
        this.give(this.dir.path());
        this
    }

    /// Gives a folder to the user that the daemon runs as.
    pub fn give(&self, folder: &Path) {
        if geteuid().is_root() {
            let done = Command::new("chown").args(["-R", "nobody"]).arg(folder).status();
            assert!(done.is_ok_and(|status| status.success()), "chown failed");
        }
    }

    /// Prepares and starts.
    pub fn start() -> Self {
        let mut this = Self::prepare();
        this.launch();
        this
    }

    /// Starts the daemon, anew where it was killed. VMs that run are found again.
    pub fn launch(&mut self) {
        assert!(self.daemon.is_none(), "it runs already");
        let log = fs::File::create(self.path("libvirtd.log")).expect("a log file");
        let child = self
            .command("libvirtd")
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", self.dir.path())
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_DATA_HOME", self.path("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("libvirtd could not be started: install libvirt-daemon and libvirt-daemon-driver-qemu");
        self.daemon = Some(child);
    }

    /// The connection URI.
    pub fn uri(&self) -> String {
        format!("qemu+unix:///session?socket={}", self.path("run/libvirt/libvirt-sock").display())
    }

    /// A connection of the test's own, as soon as the daemon takes one.
    pub fn connect(&self) -> Connect {
        let give_up = Instant::now() + Duration::from_secs(60);
        loop {
            match Connect::open(Some(&self.uri())) {
                Ok(conn) => return conn,
                Err(error) if Instant::now() > give_up => {
                    let log = fs::read_to_string(self.path("libvirtd.log")).unwrap_or_default();
                    panic!("libvirtd does not come up: {error}\n{log}");
                }
                // Only how often it is asked, not how long is waited.
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// Whether it makes internal snapshots of UEFI machines, and reverts to them: libvirt 10.10.0 is the first one.
    pub fn makes_uefi_snapshots(&self) -> bool {
        self.connect().lib_version().expect("libvirt's version") >= 10_010_000
    }

    /// Whether it goes back to external snapshots: libvirt 9.9.0 is the first one.
    pub fn reverts_to_external_snapshots(&self) -> bool {
        self.connect().lib_version().expect("libvirt's version") >= 9_009_000
    }

    /// Defines a VM with 128 MB, an empty disk, no operating system and a MAC address.
    pub fn define_vm(&self, conn: &Connect, name: &str, mac: &str) {
        let disk = self.path(&format!("{name}.qcow2"));
        let done =
            self.command("qemu-img").args(["create", "-q", "-f", "qcow2"]).arg(&disk).arg("64M").status();
        assert!(done.is_ok_and(|status| status.success()), "qemu-img failed: install qemu-utils");
        let xml = format!(
            "<domain type='qemu'><name>{name}</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>
            <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/>
            <target dev='vda' bus='virtio'/></disk>
            <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
            <interface type='user'><mac address='{mac}'/></interface>
            </devices></domain>",
            disk.display()
        );
        if let Err(error) = conn.define_domain_xml(&xml) {
            panic!("the VM could not be defined (install qemu-system-x86): {error}");
        }
    }

    /// Builds the demo guest where it is missing or old; its folder.
    pub fn build_demo_guest() -> PathBuf {
        // Tests that find it old at the same time would build it into each other's files.
        static BUILDING: Mutex<()> = Mutex::new(());
        let _alone = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/guest");
        let done = Command::new("guest/demo/build").arg(&dir).stdin(Stdio::null()).output();
        let done = done.expect("guest/demo/build");
        assert!(done.status.success(), "guest/demo/build: {}", String::from_utf8_lossy(&done.stderr));
        dir
    }

    /// Makes VMs that play artworks, each given by its exhibit, its work and its number of displays, which beat at this
    /// port of the host. They have the snapshot `ready`, and are off.
    pub fn make_demo_vms(&self, vms: &[(&str, &str, usize, &str)], port: u16) {
        let vms: Vec<_> = vms
            .iter()
            .map(|(name, work, heads, graphics)| {
                (*name, format!("--work {work} --heads {heads} --graphics {graphics}"))
            })
            .collect();
        self.make_vms(&vms, port);
    }

    /// The same, each given by its exhibit and by words for guest/demo/make-vm.
    pub fn make_vms(&self, vms: &[(&str, String)], port: u16) {
        let guest = Self::build_demo_guest();
        let dir = self.path("guest");
        fs::create_dir_all(&dir).expect("a folder");
        for name in ["vmlinuz", "vmlinuz.efi", "initramfs.img"] {
            fs::copy(guest.join(name), dir.join(name)).expect("the demo guest's files");
        }
        fs::copy("guest/demo/make-vm", dir.join("make-vm")).expect("guest/demo/make-vm");
        self.give(&dir);
        let making: Vec<_> = vms
            .iter()
            .map(|(name, words)| {
                let mut command = self.command("sh");
                command.arg(dir.join("make-vm")).args(["--uri", &self.uri(), "--name", name]);
                command.arg("--dir").arg(&dir).args(["--exhibit", name]).args(words.split_whitespace());
                command.args(["--host", &format!("10.0.2.2:{port}")]).env("HOME", &dir);
                command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
                command.spawn().expect("make-vm")
            })
            .collect();
        for child in making {
            let done = child.wait_with_output().expect("make-vm");
            assert!(done.status.success(), "make-vm: {}", String::from_utf8_lossy(&done.stderr));
        }
    }

    /// Sends a signal to the daemon.
    pub fn signal(&self, signal: Signal) {
        let child = self.daemon.as_ref().expect("libvirtd does not run");
        kill_process(Pid::from_child(child), signal).expect("kill");
    }

    /// Ends the daemon in an orderly way; VMs go on.
    pub fn end(&mut self) {
        self.signal(Signal::TERM);
        if let Some(mut child) = self.daemon.take() {
            child.wait().expect("libvirtd");
        }
    }

    /// Kills the daemon; VMs go on.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.daemon.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The process of a VM.
    pub fn qemu_pid(&self, vm: &str) -> Option<Pid> {
        pid_in(&self.path(&format!("run/libvirt/qemu/run/{vm}.pid")))
    }

    /// All processes of QEMU whose machines are in the folder, whether libvirtd knows them or not.
    pub fn machines(&self) -> Vec<Pid> {
        let folder = self.dir.path().to_string_lossy().into_owned();
        let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
        let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let is_ours = |pid: &i32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line);
            line.split('\0').next().is_some_and(|program| program.contains("qemu-system"))
                && line.contains(&folder)
        };
        pids.filter(is_ours).filter_map(Pid::from_raw).collect()
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A command that runs as the user that the daemon runs as.
    pub fn command(&self, program: &str) -> Command {
        if !geteuid().is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", program]);
        command
    }
}

impl Drop for Libvirtd {
    fn drop(&mut self) {
        self.kill();
        let Ok(entries) = fs::read_dir(self.path("run/libvirt/qemu/run")) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "pid")
                && let Some(pid) = pid_in(&path)
            {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

fn pid_in(path: &Path) -> Option<Pid> {
    Pid::from_raw(fs::read_to_string(path).ok()?.trim().parse().ok()?)
}
