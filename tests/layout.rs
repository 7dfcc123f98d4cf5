//! How screens are set up, on real X servers: modes that are refused, monitors that are alike or tell nothing of
//! themselves, modes that nobody lists.
//!
//! Needs root for Xorg with the dummy driver that `tests/dummy/build` makes, and Xvfb.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails panics")]

mod common;

use std::io::{BufRead as _, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use common::xserver::XServer;
use tokio::sync::mpsc::UnboundedReceiver;
use vitrine::adapter::{Events, Report, x11};
use vitrine::config;
use vitrine::core::event::Event;
use vitrine::core::types::{Monitor, ScreenSettings};
use x11rb::connection::Connection as _;
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::xproto::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

const PATIENCE: Duration = Duration::from_secs(30);

/// What all tests of this process have logged; each looks for words of its own.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn of_all() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        let log = LOG.get_or_init(|| {
            let log = Log::default();
            let writer = log.clone();
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).init();
            log
        });
        log.clone()
    }

    fn has(&self, words: &str) -> bool {
        String::from_utf8_lossy(&self.0.lock().unwrap()).contains(words)
    }
}

/// The screens of these `[[screen]]` tables.
fn screens(tables: &str) -> Vec<ScreenSettings> {
    let exhibit = "[[exhibit]]\nname = \"eden\"\nvm = \"eden\"\n";
    config::parse(&format!("{exhibit}{tables}"), "test").unwrap().layout()
}

/// The adapter at work, and what it says of the monitors.
struct Rig {
    handle: x11::Handle,
    told: UnboundedReceiver<Report>,
    log: Log,
}

impl Rig {
    fn start(display: &str, tables: &str) -> Self {
        let log = Log::of_all();
        let (events, told) = Events::channel();
        let handle = x11::spawn(Some(display.to_owned()), screens(tables), events).unwrap();
        Self { handle, told, log }
    }

    fn lay_out(&self, tables: &str) {
        self.handle.lay_out(screens(tables));
    }

    /// Waits until the monitors are as described: `DUMMY0 800x600 at 0,0; …`, in the order of their connectors.
    fn until(&mut self, wanted: &str) -> Vec<Monitor> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut last = String::new();
        loop {
            let next = async { tokio::time::timeout(PATIENCE, self.told.recv()).await };
            match runtime.block_on(next) {
                Ok(Some(Report::Core(Event::Monitors(list)))) => {
                    last = described(&list);
                    if last == wanted {
                        return list;
                    }
                }
                other => panic!("{wanted} has not come, but {other:?}; before it there was {last}"),
            }
        }
    }

    fn until_logged(&self, words: &str) {
        let begun = Instant::now();
        while !self.log.has(words) {
            assert!(begun.elapsed() < PATIENCE, "{words:?} is never logged");
            std::thread::yield_now();
        }
    }
}

fn described(list: &[Monitor]) -> String {
    let mut words: Vec<_> = list
        .iter()
        .map(|m| format!("{} {}x{} at {},{}", m.connector, m.rect.width, m.rect.height, m.rect.x, m.rect.y))
        .collect();
    words.sort();
    words.join("; ")
}

/// A test's own eye on what is lit.
struct Eye {
    conn: RustConnection,
    root: u32,
}

impl Eye {
    fn open(display: &str) -> Self {
        let (conn, screen) = RustConnection::connect(Some(display)).unwrap();
        let root = conn.setup().roots[screen].root;
        conn.randr_query_version(1, 5).unwrap().reply().unwrap();
        conn.randr_select_input(root, randr::NotifyMask::CRTC_CHANGE).unwrap().check().unwrap();
        Self { conn, root }
    }

    /// How often something has gone dark since it was opened.
    fn went_dark(&self) -> usize {
        // Its answer comes after all events.
        self.conn.get_geometry(self.root).unwrap().reply().unwrap();
        let mut dark = 0;
        while let Some(event) = self.conn.poll_for_event().unwrap() {
            if let x11rb::protocol::Event::RandrNotify(told) = event
                && told.sub_code == randr::Notify::CRTC_CHANGE
            {
                dark += usize::from(told.u.as_cc().mode == 0);
            }
        }
        dark
    }
}

#[test]
fn a_mode_that_is_refused_leaves_the_screen_as_it_was_and_is_tried_until_it_is_taken() {
    let x = XServer::start(2, false);
    x.xrandr("--addmode DUMMY1 1152x864");
    x.refuse_width("DUMMY1", 1152);
    let eye = Eye::open(&x.display);
    let wanted = "[[screen]]\nname = \"DUMMY0\"\n[[screen]]\nname = \"DUMMY1\"\nmode = \"1152x864\"\n";
    let mut rig = Rig::start(&x.display, wanted);
    rig.until("DUMMY0 800x600 at 0,0; DUMMY1 800x600 at 800,0");
    rig.until_logged("The screen DUMMY1 was to be 1152x864 at 800,0");
    assert_eq!(eye.went_dark(), 0);
    assert!(!rig.log.has("screen DUMMY1: 1152x864"), "it is not said to be what it is not");
    x.refuse_width("DUMMY1", 0);
    rig.until("DUMMY0 800x600 at 0,0; DUMMY1 1152x864 at 800,0");
    rig.until_logged("screen DUMMY1: 1152x864 at 800,0");
    assert_eq!(eye.went_dark(), 0);

    // A screen that is dark is lit at least in the mode that its monitor prefers, and the others keep their places.
    x.refuse_width("DUMMY1", 1152);
    x.xrandr("--output DUMMY1 --off");
    rig.until("DUMMY0 800x600 at 0,0");
    rig.until("DUMMY0 800x600 at 0,0; DUMMY1 800x600 at 800,0");
    assert!(!rig.log.has("Another program"), "nobody else is blamed");
}

/// An X server without a graphics card, whose X screen is as large as its only output.
struct Xvfb(Child, String);

impl Xvfb {
    fn start(size: &str) -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", size])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb: install xvfb");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self(server, format!(":{}", number.trim()))
    }
}

impl Drop for Xvfb {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_place_beyond_the_x_screen_is_not_tried() {
    let x = Xvfb::start("642x480x24");
    let eye = Eye::open(&x.1);
    let mut rig =
        Rig::start(&x.1, "[[screen]]\nname = \"screen\"\nmode = \"642x480\"\nposition = [400, 0]\n");
    rig.until("screen 642x480 at 0,0");
    rig.until_logged("The screen screen cannot have 642x480 at 400,0");
    assert_eq!(eye.went_dark(), 0);
    assert!(!rig.log.has("screen screen: 642x480 at 400,0"));
}

/// What a monitor `DEL-40B7-N` says of itself.
fn edid(serial: u8) -> Vec<u8> {
    let mut edid = vec![0u8; 128];
    edid[..8].copy_from_slice(&[0, 255, 255, 255, 255, 255, 255, 0]);
    edid[8..16].copy_from_slice(&[0x10, 0xAC, 0xB7, 0x40, serial, 0, 0, 0]);
    edid
}

#[test]
fn two_monitors_that_are_alike_are_told_apart_by_their_connectors() {
    let x = XServer::start(2, false);
    x.set_edid("DUMMY0", &edid(9));
    x.set_edid("DUMMY1", &edid(9));
    let table = |name: &str, left: u32| {
        format!("[[screen]]\nname = \"edid:DEL-40B7-9{name}\"\nposition = [{left}, 0]\n")
    };
    let mut rig = Rig::start(&x.display, &table("", 1600));
    rig.until("DUMMY0 800x600 at 1600,0; DUMMY1 800x600 at 800,0");
    rig.until_logged("edid:DEL-40B7-9@DUMMY0 or edid:DEL-40B7-9@DUMMY1");
    rig.lay_out(&(table("@DUMMY1", 0) + &table("@DUMMY0", 800)));
    rig.until("DUMMY0 800x600 at 800,0; DUMMY1 800x600 at 0,0");
}

#[test]
fn a_monitor_that_does_not_say_for_a_moment_who_it_is_keeps_its_name() {
    let x = XServer::start(2, false);
    x.set_edid("DUMMY1", &edid(5));
    let mut rig = Rig::start(&x.display, "[[screen]]\nname = \"edid:DEL-40B7-5\"\nmode = \"1024x768\"\n");
    let name = |list: &[Monitor]| list.iter().find(|m| m.connector == "DUMMY1").unwrap().edid.clone();
    let known = rig.until("DUMMY0 800x600 at 0,0; DUMMY1 1024x768 at 800,0");
    assert_eq!(name(&known).as_deref(), Some("DEL-40B7-5"));
    x.set_edid("DUMMY1", &[]);
    // As it is after a flickering cable: it is there again, dark, and tells nothing of itself.
    x.unplug("DUMMY1");
    rig.until("DUMMY0 800x600 at 0,0");
    x.xrandr("--output DUMMY1 --off");
    x.plug("DUMMY1");
    let still = rig.until("DUMMY0 800x600 at 0,0; DUMMY1 1024x768 at 800,0");
    assert_eq!(name(&still).as_deref(), Some("DEL-40B7-5"));
}

#[test]
fn modes_that_nobody_lists_and_outputs_that_say_nothing_are_lit() {
    let x = XServer::start(2, false);
    let eye = Eye::open(&x.display);
    let line = "70.00 1000 1048 1152 1304 700 703 713 730 -hsync +vsync";
    let tables = format!(
        "[[screen]]\nname = \"DUMMY0\"\nmode = \"904x680@60\"\ncvt = true\n\
         [[screen]]\nname = \"DUMMY1\"\nmodeline = \"{line}\"\n\
         [[screen]]\nname = \"DUMMY2\"\nmode = \"1112x832@60\"\nconnected = true\n"
    );
    let all = "DUMMY0 904x680 at 0,0; DUMMY1 1000x700 at 904,0; DUMMY2 1112x832 at 1904,0";
    let mut rig = Rig::start(&x.display, &tables);
    rig.until(all);
    assert_eq!(eye.went_dark(), 0);
    // The X server knows the modes from then on: the next Vitrine makes no others, and changes nothing.
    drop(rig);
    let modes = |eye: &Eye| {
        eye.conn.randr_get_screen_resources_current(eye.root).unwrap().reply().unwrap().modes.len()
    };
    let before = modes(&eye);
    let mut rig = Rig::start(&x.display, &tables);
    rig.until(all);
    // The monitor is really switched on, and off again: its output is lit all the time.
    x.plug("DUMMY2");
    x.unplug("DUMMY2");
    rig.lay_out(&tables.replace("904x680", "896x680"));
    rig.until("DUMMY0 896x680 at 0,0; DUMMY1 1000x700 at 904,0; DUMMY2 1112x832 at 1904,0");
    assert_eq!((modes(&eye), eye.went_dark()), (before + 1, 0));
}

#[test]
fn a_mode_that_is_not_there_is_told_with_all_that_are() {
    let x = XServer::start(1, false);
    let mut rig = Rig::start(&x.display, "[[screen]]\nname = \"DUMMY0\"\nmode = \"801x601@75\"\n");
    rig.until("DUMMY0 800x600 at 0,0");
    rig.until_logged("The screen DUMMY0 has no mode 801x601@75; it has ");
    let (conn, root) = x.connect();
    let all = conn.randr_get_screen_resources_current(root).unwrap().reply().unwrap();
    let listed = |width: u16, height: u16| rig.log.has(&format!("{width}x{height}@"));
    assert!(all.modes.len() > 10 && all.modes.iter().all(|mode| listed(mode.width, mode.height)));
}
