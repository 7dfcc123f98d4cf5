//! An X server of a test's own: Xorg with the dummy driver, two or more outputs, and Openbox if wanted.

#![allow(dead_code, unreachable_pub, reason = "each test file takes what it needs")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask};
use x11rb::rust_connection::RustConnection;

/// The size of every output.
pub const WIDTH: u32 = 800;
/// The size of every output.
pub const HEIGHT: u32 = 600;

/// Ends with its value.
pub struct XServer {
    /// The display's name, such as `:3`.
    pub display: String,
    xorg: Child,
    _folder: tempfile::TempDir,
}

impl XServer {
    /// Starts it with so many outputs lit side by side, `DUMMY0` being the primary one.
    pub fn start(outputs: usize, openbox: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("xorg.conf");
        std::fs::write(&config, xorg_conf(outputs)).unwrap();
        let mut xorg = Command::new("Xorg")
            .args(["-displayfd", "1", "-noreset", "-nolisten", "tcp", "-novtswitch", "-sharevts", "-keeptty"])
            .arg("-config")
            .arg(&config)
            .arg("-logfile")
            .arg(folder.path().join("xorg.log"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xorg: install xserver-xorg-core and xserver-xorg-video-dummy");
        let mut number = String::new();
        BufReader::new(xorg.stdout.take().unwrap()).read_line(&mut number).unwrap();
        assert!(!number.is_empty(), "Xorg did not start; it needs root and the dummy driver");
        let display = format!(":{}", number.trim());
        if openbox {
            start_openbox(&display);
        }
        Self { display, xorg, _folder: folder }
    }

    /// A connection of the test's own.
    pub fn connect(&self) -> (RustConnection, u32) {
        let (conn, screen) = RustConnection::connect(Some(&self.display)).unwrap();
        let root = conn.setup().roots[screen].root;
        (conn, root)
    }

    /// Runs `xrandr` with the words of a line.
    pub fn xrandr(&self, words: &str) {
        let status = Command::new("xrandr")
            .args(["--display", &self.display])
            .args(words.split_whitespace())
            .status()
            .expect("xrandr: install x11-xserver-utils");
        assert!(status.success(), "xrandr {words}");
    }

    /// Pulls the X server away.
    pub fn kill(&mut self) {
        self.xorg.kill().unwrap();
        self.xorg.wait().unwrap();
    }
}

impl Drop for XServer {
    fn drop(&mut self) {
        let _ = self.xorg.kill();
        let _ = self.xorg.wait();
    }
}

/// Returns when Openbox runs its start-up command, as it would its autostart: a window that is opened
/// earlier, while Openbox comes up, may never be mapped. Openbox ends with the X server.
fn start_openbox(display: &str) {
    let (conn, screen) = RustConnection::connect(Some(display)).unwrap();
    let root = conn.setup().roots[screen].root;
    let mask = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
    conn.change_window_attributes(root, &mask).unwrap().check().unwrap();
    let check = conn.intern_atom(false, b"VITRINE_READY").unwrap().reply().unwrap().atom;
    // Through a shell that goes away: as a child of the test's process, its windows would pass for those of
    // a viewer that the test plays.
    let status = Command::new("sh")
        .args([
            "-c",
            "command -v openbox xprop >/dev/null && { openbox --sm-disable --config-file \"$RULES\" --startup \"$READY\" & }",
        ])
        .env("DISPLAY", display)
        // The rules of the kiosk.
        .env("RULES", concat!(env!("CARGO_MANIFEST_DIR"), "/openbox/rc.xml"))
        .env("READY", "xprop -root -f VITRINE_READY 8s -set VITRINE_READY yes")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "openbox: install openbox and x11-utils");
    loop {
        let reply = conn.get_property(false, root, check, AtomEnum::ANY, 0, 1).unwrap().reply().unwrap();
        if reply.type_ != 0 {
            return;
        }
        while !matches!(conn.wait_for_event().unwrap(), Event::PropertyNotify(_)) {}
    }
}

fn xorg_conf(outputs: usize) -> String {
    let mut monitors = String::new();
    let mut options = String::new();
    for n in 0..outputs {
        let place = match n {
            0 => "Option \"Primary\" \"true\"".to_owned(),
            _ => format!("Option \"RightOf\" \"m{}\"", n - 1),
        };
        monitors += &format!(
            "Section \"Monitor\"\nIdentifier \"m{n}\"\nOption \"Enable\" \"true\"\n\
             Option \"PreferredMode\" \"{WIDTH}x{HEIGHT}\"\nHorizSync 5-1000\nVertRefresh 5-200\n{place}\nEndSection\n"
        );
        options += &format!("Option \"Monitor-DUMMY{n}\" \"m{n}\"\n");
    }
    format!(
        "Section \"ServerFlags\"\nOption \"AutoAddDevices\" \"false\"\nOption \"AutoAddGPU\" \"false\"\nEndSection\n\
         {monitors}\
         Section \"Device\"\nIdentifier \"d\"\nDriver \"dummy\"\nVideoRam 262144\n{options}EndSection\n\
         Section \"Screen\"\nIdentifier \"s\"\nDevice \"d\"\nMonitor \"m0\"\nDefaultDepth 24\n\
         SubSection \"Display\"\nDepth 24\nVirtual 5760 2160\nEndSubSection\nEndSection\n"
    )
}
