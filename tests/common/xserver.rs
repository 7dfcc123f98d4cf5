//! An X server of a test's own: Xorg with the dummy driver, any number of outputs, and Openbox if wanted.
//!
//! Outputs are named `DUMMY0` and so on. With the driver that `tests/dummy/build` makes, their monitors can be
//! unplugged and plugged in again; without it, everything else works with the distribution's own.

#![allow(dead_code, unreachable_pub, reason = "each test file takes what it needs")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use rustix::process::{Pid, Signal, kill_process};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, GrabMode, GrabStatus, PropMode,
    Window,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// The size of every output.
pub const WIDTH: u32 = 800;
/// The size of every output.
pub const HEIGHT: u32 = 600;

/// Ends with its value.
pub struct XServer {
    /// The display's name, such as `:3`.
    pub display: String,
    xorg: Child,
    /// What a monitor says of itself, by output.
    edids: RefCell<HashMap<String, Vec<u8>>>,
    _folder: tempfile::TempDir,
}

impl XServer {
    /// Starts it with so many outputs lit side by side, `DUMMY0` being the primary one.
    pub fn start(outputs: usize, openbox: bool) -> Self {
        Self::start_with(outputs, 0, openbox)
    }

    /// Starts it with some outputs lit side by side, the first one being the primary one, and after them some
    /// whose monitor is plugged in but dark. All others, to `DUMMY15`, have no monitor.
    pub fn start_with(lit: usize, dark: usize, openbox: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("xorg.conf");
        std::fs::write(&config, xorg_conf(lit.max(1))).unwrap();
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
        let this = Self { display, xorg, edids: RefCell::default(), _folder: folder };
        if lit == 0 {
            // The X server does not start without any.
            this.xrandr("--output DUMMY0 --off");
        }
        if lit + dark == 0 {
            this.unplug("DUMMY0");
        }
        for n in lit.max(1)..lit + dark {
            this.plug(&format!("DUMMY{n}"));
        }
        if openbox {
            start_openbox(&this.display);
        }
        this
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.xorg.id()
    }

    /// A connection of the test's own.
    pub fn connect(&self) -> (RustConnection, u32) {
        let (conn, screen) = RustConnection::connect(Some(&self.display)).unwrap();
        let root = conn.setup().roots[screen].root;
        (conn, root)
    }

    /// Whether no program has the pointer to itself.
    pub fn pointer_is_free(&self) -> bool {
        let (conn, root) = self.connect();
        let (mode, none) = (GrabMode::ASYNC, EventMask::NO_EVENT);
        let grab =
            conn.grab_pointer(false, root, none, mode, mode, x11rb::NONE, x11rb::NONE, x11rb::CURRENT_TIME);
        let free = grab.unwrap().reply().unwrap().status == GrabStatus::SUCCESS;
        conn.ungrab_pointer(x11rb::CURRENT_TIME).unwrap().check().unwrap();
        free
    }

    /// Runs `xrandr` with the words of a line.
    pub fn xrandr(&self, words: &str) {
        assert!(self.try_xrandr(words), "xrandr {words}");
    }

    /// Tells the X server something by `xset`.
    pub fn xset(&self, words: &str) {
        let status =
            Command::new("xset").env("DISPLAY", &self.display).args(words.split_whitespace()).status();
        assert!(status.is_ok_and(|status| status.success()), "xset {words}");
    }

    /// The same; whether it went well.
    pub fn try_xrandr(&self, words: &str) -> bool {
        let status = Command::new("xrandr")
            .args(["--display", &self.display])
            .args(words.split_whitespace())
            .stderr(Stdio::null())
            .status();
        status.expect("xrandr: install x11-xserver-utils").success()
    }

    /// How an output's picture is turned, in xrandr's words.
    pub fn rotation(&self, output: &str) -> String {
        let said = Command::new("xrandr").args(["--display", &self.display, "--verbose"]).output();
        let said = String::from_utf8_lossy(&said.expect("xrandr").stdout).into_owned();
        // "DUMMY1 connected primary 600x800+800+0 (0x5e) left (normal left …"
        let line = said.lines().find(|line| line.starts_with(&format!("{output} ")));
        let turned = line.and_then(|line| line.split(") ").nth(1)).and_then(|rest| rest.split(' ').next());
        turned.unwrap_or_default().to_owned()
    }

    /// Unplugs an output's monitor. As on real hardware, the picture goes on being sent to where it was.
    pub fn unplug(&self, output: &str) {
        self.set_plugged(output, false);
    }

    /// Plugs an output's monitor in, which then is dark unless its picture had gone on being sent.
    pub fn plug(&self, output: &str) {
        self.set_plugged(output, true);
    }

    /// Gives an output's monitor an EDID (none where it is empty), also for the time after it is plugged in again.
    pub fn set_edid(&self, output: &str, edid: &[u8]) {
        self.edids.borrow_mut().insert(output.to_owned(), edid.to_owned());
        let (conn, root) = self.connect();
        let (id, info) = find_output(&conn, root, output);
        if info.connection == randr::Connection::CONNECTED {
            put_edid(&conn, id, edid);
        }
        conn.sync().unwrap();
    }

    fn set_plugged(&self, output: &str, plugged: bool) {
        if let Err(reason) = driver() {
            panic!("no monitor can be unplugged without the driver that tests/dummy/build makes: {reason}");
        }
        let (conn, root) = self.connect();
        let (id, _) = find_output(&conn, root, output);
        // Nobody sees the monitor between its being there and its saying what it is.
        conn.grab_server().unwrap().check().unwrap();
        let name = intern(&conn, b"VITRINE_PLUGGED");
        let (kind, mode) = (AtomEnum::INTEGER.into(), PropMode::REPLACE);
        let value = u32::from(plugged).to_ne_bytes();
        conn.randr_change_output_property(id, name, kind, 32, mode, 1, &value).unwrap().check().unwrap();
        if let Some(edid) = self.edids.borrow().get(output).filter(|_| plugged) {
            put_edid(&conn, id, edid);
        }
        conn.ungrab_server().unwrap().check().unwrap();
        let now = find_output(&conn, root, output).1.connection == randr::Connection::CONNECTED;
        assert_eq!(now, plugged, "{output} does not do as it is told: is that the driver of tests/dummy?");
    }

    /// Has it stand still, as a driver that hangs does.
    pub fn stop(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.xorg), signal).unwrap();
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.xorg.try_wait().unwrap().is_some()
    }

    /// From now on an output takes no mode of this width, as an adapter does that is too weak for it; 0 ends that.
    pub fn refuse_width(&self, output: &str, width: u32) {
        if let Err(reason) = driver() {
            panic!("no mode can be refused without the driver that tests/dummy/build makes: {reason}");
        }
        let (conn, root) = self.connect();
        let (id, _) = find_output(&conn, root, output);
        let name = intern(&conn, b"VITRINE_REFUSED_WIDTH");
        let (kind, mode) = (AtomEnum::INTEGER.into(), PropMode::REPLACE);
        let value = width.to_ne_bytes();
        conn.randr_change_output_property(id, name, kind, 32, mode, 1, &value).unwrap().check().unwrap();
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

fn intern(conn: &RustConnection, name: &[u8]) -> Atom {
    conn.intern_atom(false, name).unwrap().reply().unwrap().atom
}

/// An output's number, and what the X server last knew of it.
fn find_output(conn: &RustConnection, root: Window, name: &str) -> (u32, randr::GetOutputInfoReply) {
    let all = conn.randr_get_screen_resources_current(root).unwrap().reply().unwrap();
    let infos = all
        .outputs
        .iter()
        .map(|&id| (id, conn.randr_get_output_info(id, all.config_timestamp).unwrap().reply().unwrap()));
    infos.into_iter().find(|(_, info)| info.name == name.as_bytes()).expect("an output of this name")
}

fn put_edid(conn: &RustConnection, output: u32, edid: &[u8]) {
    let name = intern(conn, b"EDID");
    if edid.is_empty() {
        // It may have none already.
        let _ = conn.randr_delete_output_property(output, name).unwrap().check();
        return;
    }
    let (kind, mode, length) = (AtomEnum::INTEGER.into(), PropMode::REPLACE, edid.len() as u32);
    conn.randr_change_output_property(output, name, kind, 8, mode, length, edid).unwrap().check().unwrap();
}

/// The folder with the driver whose monitors can be unplugged, which is built where it is missing or old; or why
/// there is none.
fn driver() -> &'static Result<String, String> {
    static DRIVER: OnceLock<Result<String, String>> = OnceLock::new();
    DRIVER.get_or_init(|| {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/dummy");
        let build = Command::new("tests/dummy/build").arg(&dir).stdin(Stdio::null()).output();
        match build {
            Ok(done) if done.status.success() => Ok(dir.to_str().unwrap().to_owned()),
            Ok(done) => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
            Err(error) => Err(error.to_string()),
        }
    })
}

/// Returns when Openbox runs its start-up command, as it would its autostart: a window that is opened
/// earlier, while Openbox comes up, may never be mapped. Openbox ends with the X server.
fn start_openbox(display: &str) {
    let (conn, screen) = RustConnection::connect(Some(display)).unwrap();
    let root = conn.setup().roots[screen].root;
    let mask = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
    conn.change_window_attributes(root, &mask).unwrap().check().unwrap();
    let check = intern(&conn, b"VITRINE_READY");
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
    let mut options = format!("Option \"VitrinePlugged\" \"{}\"\n", (1 << outputs) - 1);
    // The X server takes an output that is enabled here for connected, come what may; the distribution's own
    // driver has no other way.
    let enable = driver().as_ref().map_or("Option \"Enable\" \"true\"", |_| "");
    for n in 0..outputs {
        let place = match n {
            0 => "Option \"Primary\" \"true\"".to_owned(),
            _ => format!("Option \"RightOf\" \"m{}\"", n - 1),
        };
        monitors += &format!(
            "Section \"Monitor\"\nIdentifier \"m{n}\"\n{enable}\n\
             Option \"PreferredMode\" \"{WIDTH}x{HEIGHT}\"\nHorizSync 5-1000\nVertRefresh 5-200\n{place}\nEndSection\n"
        );
        options += &format!("Option \"Monitor-DUMMY{n}\" \"m{n}\"\n");
    }
    let files = driver().as_ref().map_or(String::new(), |dir| {
        format!("Section \"Files\"\nModulePath \"{dir},/usr/lib/xorg/modules\"\nEndSection\n")
    });
    let width = 5760.max(outputs as u32 * WIDTH);
    format!(
        "Section \"ServerFlags\"\nOption \"AutoAddDevices\" \"false\"\nOption \"AutoAddGPU\" \"false\"\nEndSection\n\
         {files}{monitors}\
         Section \"Device\"\nIdentifier \"d\"\nDriver \"dummy\"\nVideoRam 262144\n{options}EndSection\n\
         Section \"Screen\"\nIdentifier \"s\"\nDevice \"d\"\nMonitor \"m0\"\nDefaultDepth 24\n\
         SubSection \"Display\"\nDepth 24\nVirtual {width} 2160\nEndSubSection\nEndSection\n"
    )
}
