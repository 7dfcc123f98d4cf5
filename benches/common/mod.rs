//! A real Vitrine with exhibits that nobody sees, on libvirt's test driver.

#![allow(dead_code, unreachable_pub, reason = "not every bench needs all of it")]

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The program that is measured.
pub fn program() -> std::ffi::OsString {
    std::env::var_os("VITRINE_BIN").unwrap_or(env!("CARGO_BIN_EXE_vitrine").into())
}

/// The daemon, which ends with this, and its folder.
pub struct Site {
    folder: tempfile::TempDir,
    daemon: Child,
    /// Where beats are taken.
    pub address: SocketAddr,
}

impl Site {
    /// So many exhibits, `work-0` the first; `beat` beats for all of them, until they are well.
    pub fn open(exhibits: usize, beat: impl Fn(SocketAddr)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut node = "<node>".to_owned();
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("its number");
        drop(free);
        let mut config = format!(
            "[libvirt]\nuri = \"test://{}/node.xml\"\n[api]\nlisten = [\"{address}\"]\n",
            folder.path().display()
        );
        for n in 0..exhibits {
            let domain = "<memory unit='MiB'>8</memory><os><type>hvm</type></os>";
            let _ = write!(node, "<domain type='test'><name>vm-{n}</name>{domain}</domain>");
            let _ = write!(
                config,
                "[[exhibit]]\nname = \"work-{n}\"\nvm = \"vm-{n}\"\nheartbeat = {{ timeout = \"5s\" }}\n"
            );
        }
        std::fs::write(folder.path().join("node.xml"), node + "</node>").expect("node.xml");
        std::fs::write(folder.path().join("vitrine.toml"), config).expect("vitrine.toml");
        let daemon = vitrine(&folder, "run").stderr(Stdio::null()).spawn().expect("vitrine");
        let site = Self { folder, daemon, address };
        let begun = Instant::now();
        loop {
            beat(address);
            if site.is_well() {
                return site;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "the exhibits are never well");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The daemon's number.
    pub fn pid(&self) -> i32 {
        self.daemon.id().cast_signed()
    }

    /// Whether the daemon runs, and all exhibits are well.
    pub fn is_well(&self) -> bool {
        let mut status = vitrine(&self.folder, "status");
        status.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn vitrine(folder: &tempfile::TempDir, word: &str) -> Command {
    let mut command = Command::new(program());
    command
        .arg(word)
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("XDG_STATE_HOME", folder.path().join("state"))
        .env("VITRINE_CONFIG", folder.path().join("vitrine.toml"));
    command
}
