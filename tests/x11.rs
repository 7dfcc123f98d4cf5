//! The X11 adapter against a real X server, with and without a window manager. The viewer's windows are
//! made by the test itself; the real virt-viewer is met in `tests/viewer.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails panics")]

mod common;

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use common::xserver::{HEIGHT, WIDTH, XServer};
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::mpsc::UnboundedReceiver;
use vitrine::adapter::{Events, Report, x11};
use vitrine::core::effect::{Head, ScreenPlan};
use vitrine::core::event::Event;
use vitrine::core::types::{
    CurtainPicture, CurtainSettings, ExhibitId, LaunchId, Monitor, Rect, XServerStays,
};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event as XEvent;
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, EventMask,
    MapState, PropMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

const RED: u32 = 0x00C0_2010;
const GREEN: u32 = 0x0010_C020;
const GREY: u32 = 0x0080_8080;

/// The next report; none within half a minute is a failure.
fn next_report(reports: &mut UnboundedReceiver<Report>) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(30), reports.recv()).await })
        .expect("a report")
        .expect("the adapter lives")
}

/// The next report, which is an event of the core's.
fn next(reports: &mut UnboundedReceiver<Report>) -> Event {
    match next_report(reports) {
        Report::Core(event) => event,
        other => panic!("an event expected, not {other:?}"),
    }
}

fn next_monitors(events: &mut UnboundedReceiver<Report>) -> Vec<Monitor> {
    match next(events) {
        Event::Monitors(list) => list,
        other => panic!("monitors expected, not {other:?}"),
    }
}

fn names(list: &[Monitor]) -> Vec<(u32, &str, i32, bool)> {
    list.iter().map(|m| (m.index, m.connector.as_str(), m.rect.x, m.primary)).collect()
}

#[test]
fn monitors_are_listed_and_their_changes_told() {
    let x = XServer::start(2, false);
    let (events, mut told) = Events::channel();
    let _handle = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    let both = next_monitors(&mut told);
    let second = WIDTH as i32;
    assert_eq!(names(&both), [(1, "DUMMY0", 0, true), (2, "DUMMY1", second, false)]);
    assert_eq!(both[1].rect, Rect { x: second, y: 0, width: WIDTH, height: HEIGHT });
    assert_eq!(both, x11::list_monitors(Some(&x.display)).unwrap());

    x.xrandr("--output DUMMY1 --off");
    assert_eq!(names(&next_monitors(&mut told)), [(1, "DUMMY0", 0, true)]);
    x.xrandr("--output DUMMY1 --mode 800x600 --right-of DUMMY0");
    assert_eq!(next_monitors(&mut told), both);
    x.xrandr("--output DUMMY1 --primary");
    assert_eq!(names(&next_monitors(&mut told)), [(1, "DUMMY1", second, true), (2, "DUMMY0", 0, false)]);
}

/// What a monitor `DEL-40B7-12345` says of itself.
fn edid() -> Vec<u8> {
    let mut edid = vec![0u8; 128];
    edid[..8].copy_from_slice(&[0, 255, 255, 255, 255, 255, 255, 0]);
    edid[8..16].copy_from_slice(&[0x10, 0xAC, 0xB7, 0x40, 0x39, 0x30, 0, 0]);
    edid
}

#[test]
fn a_monitor_is_known_by_its_edid() {
    let x = XServer::start(2, false);
    x.set_edid("DUMMY1", &edid());
    let list = x11::list_monitors(Some(&x.display)).unwrap();
    assert_eq!(list[0].edid, None);
    assert_eq!(list[1].edid.as_deref(), Some("DEL-40B7-12345"));
}

/// A test's own eye on the outputs.
struct Outputs {
    conn: RustConnection,
    root: Window,
}

impl Outputs {
    fn of(x: &XServer) -> Self {
        let (conn, root) = x.connect();
        conn.randr_select_input(root, randr::NotifyMask::OUTPUT_CHANGE).unwrap().check().unwrap();
        Self { conn, root }
    }

    /// An output's number and its state, after the probing that every such question brings about.
    fn find(&self, name: &str) -> (u32, randr::GetOutputInfoReply) {
        let all = self.conn.randr_get_screen_resources(self.root).unwrap().reply().unwrap();
        let known = all.outputs.iter().map(|&id| {
            (id, self.conn.randr_get_output_info(id, all.config_timestamp).unwrap().reply().unwrap())
        });
        known.into_iter().find(|(_, info)| info.name == name.as_bytes()).unwrap()
    }

    /// The next change of an output that X11 tells of.
    fn change(&self) -> (u32, randr::Connection, u32) {
        loop {
            if let x11rb::protocol::Event::RandrNotify(told) = self.conn.wait_for_event().unwrap() {
                let change = told.u.as_oc();
                return (change.output, change.connection, change.crtc);
            }
        }
    }

    fn edid(&self, output: u32) -> Vec<u8> {
        let name = self.conn.intern_atom(false, b"EDID").unwrap().reply().unwrap().atom;
        let any = AtomEnum::ANY;
        let asked = self.conn.randr_get_output_property(output, name, any, 0, 64, false, false);
        asked.unwrap().reply().unwrap().data
    }
}

#[test]
fn an_unplugged_monitor_is_disconnected_while_its_picture_is_still_sent() {
    let x = XServer::start_with(2, 1, false);
    x.set_edid("DUMMY1", &edid());
    let outputs = Outputs::of(&x);
    let (id, before) = outputs.find("DUMMY1");
    assert_eq!((before.connection, outputs.edid(id)), (randr::Connection::CONNECTED, edid()));
    assert_ne!(before.crtc, 0);

    x.unplug("DUMMY1");
    assert_eq!(outputs.change(), (id, randr::Connection::DISCONNECTED, before.crtc));
    let (_, gone) = outputs.find("DUMMY1");
    assert_eq!((gone.connection, gone.crtc), (randr::Connection::DISCONNECTED, before.crtc));
    assert!(outputs.edid(id).is_empty(), "nobody says any more what it is");

    // Setting a mode does not make up a monitor.
    x.xrandr("--output DUMMY1 --off");
    assert_eq!(outputs.change(), (id, randr::Connection::DISCONNECTED, 0));
    assert_eq!(outputs.find("DUMMY0").1.connection, randr::Connection::CONNECTED);

    x.plug("DUMMY1");
    assert_eq!(outputs.change(), (id, randr::Connection::CONNECTED, 0));
    assert_eq!(
        (outputs.find("DUMMY1").1.connection, outputs.edid(id)),
        (randr::Connection::CONNECTED, edid())
    );

    // A moment without any monitor.
    let all = ["DUMMY0", "DUMMY1", "DUMMY2"];
    all.iter().for_each(|output| x.unplug(output));
    let (_, first) = outputs.find("DUMMY0");
    assert_eq!((first.connection, first.crtc != 0), (randr::Connection::DISCONNECTED, true));
    all.iter().for_each(|output| x.plug(output));
    x.xrandr(&format!("--output DUMMY1 --mode {WIDTH}x{HEIGHT}"));
    assert_ne!(outputs.find("DUMMY1").1.crtc, 0);
}

#[test]
fn an_x_server_starts_with_any_number_of_monitors_lit_or_dark() {
    for (lit, dark) in [(0, 0), (0, 2), (1, 0), (1, 2), (9, 1)] {
        let x = XServer::start_with(lit, dark, false);
        let outputs = Outputs::of(&x);
        for n in 0..16 {
            let (_, info) = outputs.find(&format!("DUMMY{n}"));
            let seen = (info.connection == randr::Connection::CONNECTED, info.crtc != 0);
            assert_eq!(seen, (n < lit + dark, n < lit), "DUMMY{n} of {lit} lit and {dark} dark ones");
        }
        for n in lit..lit + dark {
            x.xrandr(&format!("--output DUMMY{n} --mode {WIDTH}x{HEIGHT}"));
            assert_ne!(outputs.find(&format!("DUMMY{n}")).1.crtc, 0);
        }
    }
}

/// The windows of a viewer, as far as X11 can tell.
struct FakeViewer {
    conn: RustConnection,
    root: Window,
}

impl FakeViewer {
    fn new(x: &XServer) -> Self {
        let (conn, root) = x.connect();
        Self { conn, root }
    }

    fn open(&self, title: &str, colour: u32) -> Window {
        let window = self.conn.generate_id().unwrap();
        let aux = CreateWindowAux::new().background_pixel(colour);
        let (depth, class, visual) = (x11rb::COPY_DEPTH_FROM_PARENT, WindowClass::INPUT_OUTPUT, 0);
        self.conn.create_window(depth, window, self.root, 0, 0, 300, 200, 0, class, visual, &aux).unwrap();
        self.title(window, title);
        self.conn.map_window(window).unwrap();
        self.conn.sync().unwrap();
        window
    }

    fn title(&self, window: Window, title: &str) {
        self.conn
            .change_property8(
                PropMode::REPLACE,
                window,
                AtomEnum::WM_NAME,
                AtomEnum::STRING,
                title.as_bytes(),
            )
            .unwrap();
        self.conn.sync().unwrap();
    }

    fn full_screen(&self, window: Window) {
        let atom = |name: &str| self.conn.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        let (state, full) = (atom("_NET_WM_STATE"), atom("_NET_WM_STATE_FULLSCREEN"));
        let event = x11rb::protocol::xproto::ClientMessageEvent::new(32, window, state, [1, full, 0, 1, 0]);
        let mask = x11rb::protocol::xproto::EventMask::SUBSTRUCTURE_REDIRECT;
        self.conn.send_event(false, self.root, mask, event).unwrap();
        self.conn.sync().unwrap();
    }

    fn watch(&self, window: Window) {
        let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        self.conn.change_window_attributes(window, &aux).unwrap();
        self.conn.sync().unwrap();
    }

    /// Waits until a window that is watched stands at this edge; that it never does is a failure.
    fn until_moved(&self, window: Window, left: i32) {
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        self.conn.flush().unwrap();
        loop {
            match self.conn.poll_for_event().unwrap() {
                Some(XEvent::ConfigureNotify(e)) if e.window == window && i32::from(e.x) == left => return,
                Some(_) => {}
                None => {
                    assert!(std::time::Instant::now() < deadline, "the window is never moved to {left}");
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }
    }

    fn is_mapped(&self, window: Window) -> bool {
        let reply = self.conn.get_window_attributes(window).unwrap().reply().unwrap();
        reply.map_state != MapState::UNMAPPED
    }
}

fn track(handle: &x11::Handle, monitors: &[Monitor], launch: u64) {
    handle.track(x11::Viewer {
        exhibit: ExhibitId(7),
        launch: LaunchId(launch),
        name: "eden".into(),
        pid: std::process::id(),
        heads: (1..)
            .zip(monitors)
            .map(|(display, monitor)| Head { display, monitor: monitor.clone() })
            .collect(),
    });
}

/// Asks through the handle, so that everything said before is done.
fn shot(handle: &x11::Handle, rect: Rect) -> x11::Image {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(handle.shot(rect)).unwrap()
}

/// Whether a monitor shows one colour and nothing else.
fn shows(handle: &x11::Handle, monitor: &Monitor, colour: u32) -> bool {
    let image = shot(handle, monitor.rect);
    let wanted = &colour.to_be_bytes()[1..];
    image.rgb.chunks_exact(3).all(|pixel| pixel == wanted)
}

/// Looks again after each change on the screen; there is no event for "it has been painted".
fn until_shown(handle: &x11::Handle, monitor: &Monitor, colour: u32) {
    let begun = std::time::Instant::now();
    while !shows(handle, monitor, colour) {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{} never shows {colour:06x}, but {:?}",
            monitor.connector,
            shot(handle, monitor.rect).rgb.chunks_exact(3).collect::<std::collections::BTreeSet<_>>()
        );
        std::thread::yield_now();
    }
}

/// Waits until just these windows of a viewer stand on their monitors.
fn until_placed(told: &mut UnboundedReceiver<Report>, launch: u64, wanted: &[u32]) {
    loop {
        match next(told) {
            Event::ViewerPlaced { exhibit: ExhibitId(7), launch: LaunchId(of), displays } if of == launch => {
                if displays == wanted {
                    return;
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

fn windows_find_their_monitors(window_manager: bool) {
    let x = XServer::start(2, window_manager);
    let (events, mut told) = Events::channel();
    let handle = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    let monitors = next_monitors(&mut told);
    let swapped = [monitors[1].clone(), monitors[0].clone()];
    track(&handle, &swapped, 1);
    shot(&handle, monitors[0].rect);

    let viewer = FakeViewer::new(&x);
    let blank = viewer.open("Virt Viewer", GREY);
    let first = viewer.open("Virt Viewer", RED);
    let second = viewer.open("Virt Viewer", GREEN);
    for window in [blank, first, second] {
        viewer.full_screen(window);
    }
    // Blank as they are, they cover nothing.
    assert!(!shows(&handle, &monitors[0], GREY) && !shows(&handle, &monitors[1], GREY));
    viewer.title(first, "eden (1)");
    viewer.title(second, "eden (2)");
    until_placed(&mut told, 1, &[1, 2]);
    until_shown(&handle, &monitors[1], RED);
    until_shown(&handle, &monitors[0], GREEN);
    assert!(!viewer.is_mapped(blank), "the blank window is withdrawn");

    // The other way round, with the windows as they are.
    handle.untrack(LaunchId(1));
    track(&handle, &monitors, 2);
    until_placed(&mut told, 2, &[1, 2]);
    until_shown(&handle, &monitors[0], RED);
    until_shown(&handle, &monitors[1], GREEN);

    // A viewer that shows its blank window again has it taken away again.
    viewer.conn.map_window(blank).unwrap();
    viewer.conn.sync().unwrap();
    until_shown(&handle, &monitors[0], RED);
    until_shown(&handle, &monitors[1], GREEN);
}

#[test]
fn windows_find_their_monitors_under_openbox() {
    windows_find_their_monitors(true);
}

#[test]
fn windows_find_their_monitors_without_a_window_manager() {
    windows_find_their_monitors(false);
}

/// As a viewer does that arranges its windows itself while it connects.
#[test]
fn a_window_that_goes_its_own_ways_comes_to_its_monitor_in_the_end() {
    let x = XServer::start(2, false);
    let (events, mut told) = Events::channel();
    let handle = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    let monitors = next_monitors(&mut told);
    let viewer = FakeViewer::new(&x);
    let window = viewer.open("eden (1)", RED);
    let elsewhere = monitors[0].rect;
    viewer.watch(window);
    track(&handle, &monitors[1..], 1);
    for _ in 0..6 {
        viewer.until_moved(window, monitors[1].rect.x);
        let away = ConfigureWindowAux::new().x(elsewhere.x).y(elsewhere.y);
        viewer.conn.configure_window(window, &away).unwrap();
        viewer.until_moved(window, elsewhere.x);
    }
    viewer.until_moved(window, monitors[1].rect.x);
    until_shown(&handle, &monitors[1], RED);
}

#[test]
fn windows_that_were_there_before_are_taken_over() {
    let x = XServer::start(2, true);
    let viewer = FakeViewer::new(&x);
    let artwork = viewer.open("eden (1)", RED);
    viewer.full_screen(artwork);
    let blank = viewer.open("Virt Viewer", GREY);
    viewer.full_screen(blank);
    let (events, mut told) = Events::channel();
    let handle = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    let monitors = next_monitors(&mut told);
    track(&handle, &monitors[1..], 1);
    until_placed(&mut told, 1, &[1]);
    until_shown(&handle, &monitors[1], RED);
    shot(&handle, monitors[0].rect);
    assert!(!viewer.is_mapped(blank));
}

/// As of a window manager that gives a window up just when Vitrine starts.
#[test]
fn a_window_that_leaves_its_frame_is_known_from_then_on() {
    let x = XServer::start(1, false);
    let viewer = FakeViewer::new(&x);
    let frame = viewer.open("", GREY);
    let artwork = viewer.open("eden (1)", RED);
    viewer.conn.reparent_window(artwork, frame, 0, 0).unwrap();
    viewer.conn.unmap_window(artwork).unwrap();
    viewer.conn.sync().unwrap();
    let (events, mut told) = Events::channel();
    let handle = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    let monitors = next_monitors(&mut told);
    track(&handle, &monitors, 1);
    shot(&handle, monitors[0].rect);
    viewer.conn.reparent_window(artwork, viewer.root, 0, 0).unwrap();
    viewer.conn.map_window(artwork).unwrap();
    viewer.conn.sync().unwrap();
    until_placed(&mut told, 1, &[1]);
    until_shown(&handle, &monitors[0], RED);
}

/// What a Vitrine that died made of the windows is still so when the next one comes.
#[test]
fn windows_that_a_former_vitrine_hid_or_withdrew_are_shown() {
    let x = XServer::start(2, true);
    let viewer = FakeViewer::new(&x);
    let (events, mut told) = Events::channel();
    let former = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    let monitors = next_monitors(&mut told);
    track(&former, &monitors[..1], 1);
    shot(&former, monitors[0].rect);
    let windows =
        [("Virt Viewer", RED), ("Virt Viewer", GREEN)].map(|(title, colour)| viewer.open(title, colour));
    windows.iter().for_each(|window| viewer.full_screen(*window));
    viewer.title(windows[0], "eden (1)");
    until_placed(&mut told, 1, &[1]);
    until_shown(&former, &monitors[0], RED);
    viewer.title(windows[0], "Virt Viewer");
    until_placed(&mut told, 1, &[]);
    assert!(viewer.is_mapped(windows[0]) && !viewer.is_mapped(windows[1]));
    drop(former);
    while told.blocking_recv().is_some() {}

    viewer.title(windows[0], "eden (1)");
    viewer.title(windows[1], "eden (2)");
    let (events, mut told) = Events::channel();
    let next_one = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    assert_eq!(next_monitors(&mut told), monitors);
    track(&next_one, &monitors, 1);
    until_placed(&mut told, 1, &[1, 2]);
    until_shown(&next_one, &monitors[0], RED);
    until_shown(&next_one, &monitors[1], GREEN);
}

#[test]
fn a_viewer_that_asks_something_is_ended() {
    let x = XServer::start(2, true);
    let (events, mut told) = Events::channel();
    let handle = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    let monitors = next_monitors(&mut told);
    track(&handle, &monitors[..1], 1);
    let viewer = FakeViewer::new(&x);
    let main = viewer.open("Virt Viewer", GREY);
    let dialog = viewer.open("", RED);
    let _ = viewer.conn.change_property32(
        PropMode::REPLACE,
        dialog,
        AtomEnum::WM_TRANSIENT_FOR,
        AtomEnum::WINDOW,
        &[main],
    );
    let _ = viewer.conn.flush();
    // Only a broken connection ends this.
    while viewer.conn.wait_for_event().is_ok() {}
}

#[test]
fn a_curtain_that_waits_for_a_picture_is_lowered_when_its_exhibit_goes() {
    let x = XServer::start(1, false);
    let (events, mut told) = Events::channel();
    let handle = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    let monitor = next_monitors(&mut told).remove(0);
    let desktop = FakeViewer::new(&x);
    let window = desktop.open("desktop", GREY);
    let size = ConfigureWindowAux::new().width(monitor.rect.width).height(monitor.rect.height);
    desktop.conn.configure_window(window, &size).unwrap();
    desktop.conn.sync().unwrap();
    until_shown(&handle, &monitor, GREY);

    let plan = |artwork, covered| ScreenPlan {
        monitor: monitor.clone(),
        artwork,
        curtain: CurtainSettings { picture: CurtainPicture::Black, text: None },
        covered,
        hide_pointer: false,
        guarded: false,
    };
    handle.scene(vec![plan(Some((ExhibitId(7), 1)), true)]);
    until_shown(&handle, &monitor, 0);
    // No viewer is there, so that the curtain goes on waiting; and then nobody's picture is waited for.
    handle.scene(vec![plan(Some((ExhibitId(7), 1)), false)]);
    handle.scene(vec![plan(None, false)]);
    until_shown(&handle, &monitor, GREY);
}

/// As of a viewer that has just lost its connection, whose window stands still.
#[test]
fn a_picture_that_is_black_already_is_not_kept_for_the_curtain() {
    let x = XServer::start(1, false);
    let (events, mut told) = Events::channel();
    let handle = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    let monitor = next_monitors(&mut told).remove(0);
    let viewer = FakeViewer::new(&x);
    let window = viewer.open("eden (1)", RED);
    track(&handle, std::slice::from_ref(&monitor), 1);
    until_placed(&mut told, 1, &[1]);
    let plan = |covered| ScreenPlan {
        monitor: monitor.clone(),
        artwork: Some((ExhibitId(7), 1)),
        curtain: CurtainSettings { picture: CurtainPicture::Last, text: None },
        covered,
        hide_pointer: false,
        guarded: false,
    };
    let show = |colour: u32| {
        let black = ChangeWindowAttributesAux::new().background_pixel(colour);
        viewer.conn.change_window_attributes(window, &black).unwrap();
        viewer.conn.clear_area(false, window, 0, 0, 0, 0).unwrap();
        viewer.conn.sync().unwrap();
        until_shown(&handle, &monitor, colour);
    };
    // The one before the last is shown.
    let keep = || {
        (0..3).for_each(|_| handle.keep(ExhibitId(7)));
        shot(&handle, monitor.rect);
    };
    handle.scene(vec![plan(false)]);
    for colour in [RED, 0] {
        show(colour);
        keep();
    }
    handle.scene(vec![plan(true)]);
    until_shown(&handle, &monitor, RED);
    // Another artwork's picture is one, and is kept.
    handle.scene(vec![plan(false)]);
    show(GREEN);
    keep();
    show(0);
    handle.scene(vec![plan(true)]);
    until_shown(&handle, &monitor, GREEN);
}

#[test]
fn the_loss_of_the_display_is_told_once() {
    let mut x = XServer::start(2, false);
    let (events, mut told) = Events::channel();
    let handle = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    next_monitors(&mut told);
    x.kill();
    assert!(matches!(next_report(&mut told), Report::DisplayLost { reason } if reason.contains("X server")));
    handle.untrack(LaunchId(1));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let rect = Rect { x: 0, y: 0, width: 1, height: 1 };
    assert!(runtime.block_on(handle.shot(rect)).is_err());
    drop(handle);
    assert_eq!(runtime.block_on(told.recv()), None);
}

#[test]
fn no_display_is_an_error_that_says_so() {
    let (events, _told) = Events::channel();
    let error = x11::spawn(Some(":4242".into()), vec![], events).err().unwrap().to_string();
    assert!(error.contains(":4242") && error.contains("DISPLAY"), "{error}");
}

/// A viewer's window, whose program answers the pings that it gets until it is told to fall silent.
struct Answering {
    pings: mpsc::Receiver<()>,
    silent: Arc<AtomicBool>,
}

impl Answering {
    fn open(x: &XServer) -> Self {
        let viewer = FakeViewer::new(x);
        let atom = |name: &[u8]| viewer.conn.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let (protocols, ping) = (atom(b"WM_PROTOCOLS"), atom(b"_NET_WM_PING"));
        let window = viewer.open("eden (1)", RED);
        viewer.conn.change_property32(PropMode::REPLACE, window, protocols, AtomEnum::ATOM, &[ping]).unwrap();
        viewer.conn.sync().unwrap();
        let (got, pings) = mpsc::channel();
        let silent = Arc::new(AtomicBool::new(false));
        let falls_silent = Arc::clone(&silent);
        std::thread::spawn(move || {
            // The connection's end is the X server's, and the test's.
            while let Ok(event) = viewer.conn.wait_for_event() {
                let XEvent::ClientMessage(mut message) = event else { continue };
                if message.type_ == protocols && message.data.as_data32()[0] == ping {
                    let _ = got.send(());
                    if !falls_silent.load(Ordering::Relaxed) {
                        message.window = viewer.root;
                        let mask = EventMask::SUBSTRUCTURE_NOTIFY | EventMask::SUBSTRUCTURE_REDIRECT;
                        viewer.conn.send_event(false, viewer.root, mask, message).unwrap();
                        viewer.conn.flush().unwrap();
                    }
                }
            }
        });
        Self { pings, silent }
    }

    fn is_pinged(&self, times: u32) {
        for _ in 0..times {
            self.pings.recv_timeout(Duration::from_secs(30)).expect("a ping");
        }
    }
}

/// A viewer counts as hung in the second second without an answer. That is no fault of its own while the X server,
/// through which question and answer go, stands still.
#[test]
fn no_viewer_is_blamed_for_an_x_server_that_stood_still() {
    const STALL: Duration = Duration::from_millis(3500);
    let x = XServer::start(1, true);
    let viewer = Answering::open(&x);
    let (events, mut told) = Events::channel();
    let handle = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    let monitors = next_monitors(&mut told);
    track(&handle, &monitors, 1);
    until_placed(&mut told, 1, &[1]);
    for _ in 0..2 {
        viewer.is_pinged(1);
        x.stop();
        std::thread::sleep(STALL);
        x.go_on();
        viewer.is_pinged(3);
    }
    let hangs = |report: &Report| matches!(report, Report::Core(Event::ViewerHangs { .. }));
    while let Ok(report) = told.try_recv() {
        assert!(!hangs(&report), "the viewer is blamed");
    }
    // One that is to blame is told of all the same.
    viewer.silent.store(true, Ordering::Relaxed);
    while !hangs(&next_report(&mut told)) {}
}

/// The next answer to the wish that the X server ends.
fn next_end(told: &mut UnboundedReceiver<Report>) -> Result<(), XServerStays> {
    loop {
        if let Report::Core(Event::XServerEnded(ended)) = next_report(told) {
            return ended;
        }
    }
}

#[test]
fn an_x_server_that_stands_still_is_told_of_and_ended_where_that_is_permitted() {
    let mut x = XServer::start(1, false);
    let (events, mut told) = Events::channel();
    let probe = Arc::new(x11::ServerProbe::spawn(Some(x.display.clone()), events.clone()).unwrap());
    let _handle = x11::spawn(Some(x.display.clone()), vec![], events).unwrap();
    next_monitors(&mut told);
    x.stop();
    let stopped = std::time::Instant::now();
    let Event::XServerSilent { since, elsewhere: false } = next(&mut told) else {
        panic!("the X server is silent")
    };
    // It may have been asked just before, and have answered that.
    assert!(since.elapsed() >= Duration::from_secs(3) && since + Duration::from_secs(10) > stopped);
    x.go_on();
    assert_eq!(next(&mut told), Event::XServerAnswers);

    x.stop();
    assert!(matches!(next(&mut told), Event::XServerSilent { .. }));
    let another = Arc::clone(&probe);
    let as_another_user = move || {
        // What this thread starts has its rights.
        rustix::thread::set_thread_uid(rustix::process::Uid::from_raw(65534)).unwrap();
        another.end_server();
    };
    std::thread::spawn(as_another_user).join().unwrap();
    assert_eq!(next_end(&mut told), Err(XServerStays::NotPermitted));
    assert!(!x.has_ended());

    probe.end_server();
    // Who is told first, is chance.
    let mut reports = [next_report(&mut told), next_report(&mut told)];
    reports.sort_by_key(|report| matches!(report, Report::DisplayLost { .. }));
    assert_eq!(reports[0], Report::Core(Event::XServerEnded(Ok(()))));
    assert!(matches!(reports[1], Report::DisplayLost { .. }), "{reports:?}");
    assert!(x.has_ended());
}

#[test]
fn commands_do_not_wait_for_ever_for_an_x_server_that_stands_still() {
    let x = XServer::start(1, false);
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
        command.args(arguments).env_clear().env("DISPLAY", &x.display);
        command.env("VITRINE_SOCKET", folder.path().join("none"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let shot = ["screens", "--shot", folder.path().to_str().unwrap()];
    let xorg = Pid::from_raw(x.pid().cast_signed()).unwrap();
    kill_process(xorg, Signal::STOP).unwrap();
    let begun =
        [&["screens"][..], &["screens", "--identify"], &shot].map(|arguments| (arguments, run(arguments)));
    for (arguments, child) in begun {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(text.contains("has not answered within 5 s"), "{arguments:?}: {text}");
    }
    kill_process(xorg, Signal::CONT).unwrap();
    let output = run(&shot).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(folder.path().join("DUMMY0.png").exists());
}
