//! The kiosk's X session: the start script and Openbox' rules, with a real X server, Openbox and xmessage. Only the
//! program `vitrine` is played, by a script that tells the test what is asked of it and ends when the test says so.
//!
//! Needs root for Xorg, and what `deploy/packages run demo test` installs.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use common::xserver::XServer;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::*;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

const PATIENCE: Duration = Duration::from_secs(60);

/// Plays `vitrine`: tells what it is asked; `run` and every pause of the session's script last until the test says.
const VITRINE: &str = r#"#!/bin/sh
case $1 in
    check) [ ! -e "$PLAY/wrong" ] || { cat "$PLAY/wrong" >&2; exit 2; } ;;
    run) echo run >"$PLAY/told"; read -r code <"$PLAY/end"; exit "$code" ;;
    *) echo "$*" >"$PLAY/told" ;;
esac
"#;
const SLEEP: &str = "#!/bin/sh\necho \"sleep $1\" >\"$PLAY/told\"; read -r _ <\"$PLAY/tick\"\n";
/// The last thing that the autostart sets before it starts Vitrine.
const XSETROOT: &str = "#!/bin/sh\necho autostart >\"$PLAY/told\"\n";

struct Session {
    x: XServer,
    folder: tempfile::TempDir,
    told: Receiver<String>,
    child: Child,
}

impl Session {
    fn begin() -> Self {
        Self::with(|_| {})
    }

    fn with(prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("bin")).unwrap();
        for (name, text) in [("vitrine", VITRINE), ("sleep", SLEEP), ("xsetroot", XSETROOT)] {
            let file = path("bin").join(name);
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("session/vitrine-session");
        std::os::unix::fs::symlink(script, path("bin/vitrine-session")).unwrap();
        for name in ["told", "end", "tick"] {
            assert!(Command::new("mkfifo").arg(path(name)).status().unwrap().success());
        }
        prepare(folder.path());
        // Open for writing as well, so that it never ends.
        let pipe = OpenOptions::new().read(true).write(true).open(path("told")).unwrap();
        let (sender, told) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines() {
                if sender.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        let x = XServer::start(2, false);
        let child = Command::new(path("bin/vitrine-session"))
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", path("bin").display()))
            .env("HOME", folder.path())
            .env("XDG_RUNTIME_DIR", folder.path())
            .env("DISPLAY", &x.display)
            .env("PLAY", folder.path())
            .env("VITRINE_OPENBOX", Path::new(env!("CARGO_MANIFEST_DIR")).join("openbox"))
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Self { x, folder, told, child }
    }

    /// What the script does next.
    fn next(&self) -> String {
        self.told.recv_timeout(PATIENCE).expect("the session does nothing more")
    }

    fn expect(&self, what: &[&str]) {
        for what in what {
            assert_eq!(self.next(), *what);
        }
    }

    /// Writes into a pipe once somebody reads there.
    fn write(&self, pipe: &str, text: &'static str) {
        let path = self.folder.path().join(pipe);
        let (done, written) = mpsc::channel();
        std::thread::spawn(move || done.send(fs::write(path, text)));
        written.recv_timeout(PATIENCE).expect("nobody reads there").unwrap();
    }

    /// Ends the daemon that is played.
    fn end_daemon(&self, code: &'static str) {
        self.write("end", code);
    }

    /// Lets the script's pause pass.
    fn tick(&self) {
        self.write("tick", "\n");
    }

    fn openbox(&self) -> Pid {
        let pid = self.child.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        let is_openbox = |pid: &&str| {
            fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim() == "openbox")
        };
        let pid = children.split_whitespace().find(is_openbox).expect("Openbox does not run");
        Pid::from_raw(pid.parse().unwrap()).unwrap()
    }

    /// The exit code of the session, once it has ended.
    fn wait(&mut self) -> Option<i32> {
        let mut status = None;
        wait("the session's end", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap().code()
    }

    fn xdotool(&self, words: &str) {
        xdotool(&self.x, words);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

fn xdotool(x: &XServer, words: &str) {
    let status = Command::new("xdotool").args(words.split_whitespace()).env("DISPLAY", &x.display).status();
    assert!(status.expect("xdotool: install xdotool").success(), "xdotool {words}");
}

/// Waits for something that nobody tells of.
fn wait(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < PATIENCE, "never came: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The windows that are to be seen, with their classes.
fn windows(conn: &RustConnection, window: Window) -> Vec<(Window, String)> {
    let mut found = Vec::new();
    for child in conn.query_tree(window).unwrap().reply().unwrap().children {
        let Ok(attributes) = conn.get_window_attributes(child).unwrap().reply() else { continue };
        if attributes.map_state != MapState::VIEWABLE {
            continue;
        }
        let property = conn.get_property(false, child, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 64).unwrap();
        if let Ok(class) = property.reply()
            && !class.value.is_empty()
        {
            found.push((child, String::from_utf8_lossy(&class.value).trim_end_matches('\0').to_owned()));
        }
        found.extend(windows(conn, child));
    }
    found
}

fn shows_message(conn: &RustConnection, root: Window) -> bool {
    windows(conn, root).iter().any(|(_, class)| class.contains("Xmessage"))
}

#[test]
fn vitrine_is_started_again_with_growing_pauses() {
    let mut session = Session::begin();
    session.expect(&["autostart", "run"]);
    session.end_daemon("1\n");
    // It may have been an accident.
    session.expect(&["run"]);
    for pause in ["sleep 1", "sleep 2", "sleep 4", "sleep 8", "sleep 16", "sleep 32", "sleep 60", "sleep 60"]
    {
        session.end_daemon("101\n");
        session.expect(&[pause]);
        session.tick();
        session.expect(&["run"]);
    }
    // Told to end, it is left so; the session goes on.
    session.end_daemon("0\n");
    kill_process(session.openbox(), Signal::KILL).unwrap();
    session.expect(&["autostart", "run"]);
    assert!(session.child.try_wait().unwrap().is_none());
}

#[test]
fn openbox_that_dies_comes_back_and_vitrine_is_not_started_twice() {
    let mut session = Session::begin();
    session.expect(&["autostart", "run"]);
    let former = session.openbox();
    kill_process(former, Signal::KILL).unwrap();
    session.expect(&["autostart"]);
    assert_ne!(session.openbox(), former);
    kill_process(session.openbox(), Signal::KILL).unwrap();
    session.expect(&["sleep 1"]);
    session.tick();
    session.expect(&["autostart"]);
    // What was started meanwhile was the first one's second start, and nothing else.
    session.end_daemon("1\n");
    session.expect(&["run"]);
    // Openbox that is told to end ends the session.
    kill_process(session.openbox(), Signal::TERM).unwrap();
    assert_eq!(session.wait(), Some(0));
}

#[test]
fn a_wrong_configuration_is_shown_until_it_is_mended() {
    let session = Session::with(|folder| fs::write(folder.join("wrong"), "line 3: no such key\n").unwrap());
    let (conn, root) = session.x.connect();
    session.expect(&["autostart", "sleep 3"]);
    wait("a message", || shows_message(&conn, root));
    session.tick();
    session.expect(&["sleep 3"]);
    assert!(shows_message(&conn, root));
    fs::remove_file(session.folder.path().join("wrong")).unwrap();
    session.tick();
    session.expect(&["run"]);
    wait("the message's end", || !shows_message(&conn, root));
}

#[test]
fn without_its_x_server_the_session_ends() {
    let mut session = Session::begin();
    session.expect(&["autostart", "run"]);
    session.x.kill();
    assert_eq!(session.wait(), Some(3));
    session.end_daemon("3\n");
    // Nothing is started again.
    let nothing = |told: &str| !told.starts_with("run");
    assert!(session.told.try_iter().all(|told| nothing(&told)));
}

/// What Openbox has on its keys and buttons unless its rules say otherwise, and some more that desktops have.
const HABITS: &[&str] = &[
    "key alt+F4",
    "key alt+Escape",
    "key alt+Tab",
    "key alt+shift+Tab",
    "key ctrl+alt+Tab",
    "key alt+space",
    "key super+d",
    "key super+e",
    "key super+r",
    "key super+F1",
    "key ctrl+alt+Right",
    "key ctrl+alt+Delete",
    "key ctrl+alt+BackSpace",
    "key alt+F2",
    "key Menu",
    "keydown alt mousemove 300 300 mousedown 1 mousemove 340 340 mouseup 1 keyup alt",
    "keydown alt mousemove 300 300 mousedown 3 mousemove 340 340 mouseup 3 keyup alt",
    "keydown alt click 2 click 3 click 4 click 5 keyup alt",
    "mousemove 700 500 click 1 click 2 click 3 click 4 click 5",
];

/// An ordinary window that can be closed politely, as any program has them.
fn open_window(conn: &RustConnection, root: Window) -> Window {
    let window = conn.generate_id().unwrap();
    let mask = EventMask::STRUCTURE_NOTIFY | EventMask::FOCUS_CHANGE;
    let aux = CreateWindowAux::new().event_mask(mask).background_pixel(0x0033_6699);
    let depth = x11rb::COPY_DEPTH_FROM_PARENT;
    conn.create_window(depth, window, root, 200, 200, 200, 200, 0, WindowClass::INPUT_OUTPUT, 0, &aux)
        .unwrap();
    let atom = |name: &str| conn.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
    let (protocols, delete) = (atom("WM_PROTOCOLS"), atom("WM_DELETE_WINDOW"));
    conn.change_property32(PropMode::REPLACE, window, protocols, AtomEnum::ATOM, &[delete]).unwrap();
    // Where the user put it: the window manager leaves it there.
    let hints = [1, 200, 200, 200, 200].into_iter().chain([0; 13]).collect::<Vec<u32>>();
    let (kind, of) = (AtomEnum::WM_NORMAL_HINTS, AtomEnum::WM_SIZE_HINTS);
    conn.change_property32(PropMode::REPLACE, window, kind, of, &hints).unwrap();
    let root_mask = EventMask::SUBSTRUCTURE_NOTIFY;
    conn.change_window_attributes(root, &ChangeWindowAttributesAux::new().event_mask(root_mask)).unwrap();
    conn.map_window(window).unwrap();
    conn.flush().unwrap();
    let mut focused = false;
    wait("the window's focus", || {
        while let Some(event) = conn.poll_for_event().unwrap() {
            focused |= matches!(event, Event::FocusIn(e) if e.event == window);
        }
        focused
    });
    window
}

/// Whether an event tells that the window was touched, or that something has come up beside it.
fn is_touch(event: &Event, window: Window, root: Window) -> bool {
    match event {
        Event::ClientMessage(e) => e.window == window,
        Event::UnmapNotify(e) => e.window == window,
        Event::DestroyNotify(e) => e.window == window,
        Event::ConfigureNotify(e) => e.window == window,
        Event::MapNotify(e) => e.event == root,
        _ => false,
    }
}

#[test]
fn no_key_or_button_does_anything_to_a_window() {
    let session = Session::begin();
    session.expect(&["autostart", "run"]);
    let (conn, root) = session.x.connect();
    let window = open_window(&conn, root);
    for habit in HABITS {
        session.xdotool(habit);
    }
    // The staff's key, which Openbox hears last, does something.
    session.xdotool("key ctrl+alt+shift+r");
    session.expect(&["revert --all"]);
    conn.sync().unwrap();
    while let Some(event) = conn.poll_for_event().unwrap() {
        assert!(!is_touch(&event, window, root), "{event:?}");
    }
    let focus = conn.get_input_focus().unwrap().reply().unwrap().focus;
    assert_eq!(focus, window, "the focus went elsewhere");
}

/// Without the kiosk's rules the same keys do close the same window: so the test above could fail.
#[test]
fn openbox_own_rules_would_close_it() {
    let x = XServer::start(2, false);
    let folder = tempfile::tempdir().unwrap();
    let mut openbox = Command::new("openbox")
        .args(["--sm-disable", "--config-file", "/etc/xdg/openbox/rc.xml", "--startup"])
        .arg("xprop -root -f VITRINE_READY 8s -set VITRINE_READY yes")
        .env("DISPLAY", &x.display)
        .env("HOME", folder.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (conn, root) = x.connect();
    let check = conn.intern_atom(false, b"VITRINE_READY").unwrap().reply().unwrap().atom;
    wait("Openbox", || {
        let property = conn.get_property(false, root, check, AtomEnum::ANY, 0, 1).unwrap();
        property.reply().unwrap().type_ != 0
    });
    let window = open_window(&conn, root);
    // Now and then Openbox misses the first key that it is sent.
    let mut pressed: Option<Instant> = None;
    wait("a window that is closed", || {
        if pressed.is_none_or(|at| at.elapsed() > Duration::from_secs(2)) {
            xdotool(&x, "key alt+F4");
            pressed = Some(Instant::now());
        }
        std::iter::from_fn(|| conn.poll_for_event().unwrap())
            .any(|event| matches!(event, Event::ClientMessage(e) if e.window == window))
    });
    openbox.kill().unwrap();
    openbox.wait().unwrap();
}

#[test]
fn the_staff_sees_the_state_over_the_artwork() {
    let session = Session::begin();
    session.expect(&["autostart", "run"]);
    let (conn, root) = session.x.connect();
    let window = open_window(&conn, root);
    // An artwork fills its monitor.
    let atom = |name: &str| conn.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
    let data = [1, atom("_NET_WM_STATE_FULLSCREEN"), 0, 2, 0];
    let ask = ClientMessageEvent::new(32, window, atom("_NET_WM_STATE"), data);
    let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
    conn.send_event(false, root, mask, ask).unwrap();
    let width = || conn.get_geometry(window).unwrap().reply().unwrap().width;
    wait("a full screen", || u32::from(width()) == common::xserver::WIDTH);

    session.xdotool("key ctrl+alt+shift+s");
    session.expect(&["status"]);
    wait("the state", || shows_message(&conn, root));
    let stack = atom("_NET_CLIENT_LIST_STACKING");
    wait("the state on top", || {
        let list = conn.get_property(false, root, stack, AtomEnum::WINDOW, 0, 64).unwrap().reply().unwrap();
        let top = list.value32().and_then(Iterator::last);
        windows(&conn, root).iter().any(|(w, class)| Some(*w) == top && class.contains("Xmessage"))
    });
}

#[test]
fn the_files_of_the_session_name_each_other_rightly() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let usage = {
        let said = Command::new(root.join("session/vitrine-session")).arg("--help").output().unwrap();
        String::from_utf8(said.stdout).unwrap()
    };
    // Every call of the script, wherever it stands, is one that it knows.
    let callers: Vec<PathBuf> = ["session/vitrine.service", "openbox/autostart", "openbox/rc.xml"]
        .iter()
        .map(PathBuf::from)
        .collect();
    let mut calls = 0;
    for file in callers {
        let text = read(file.to_str().unwrap());
        for call in text.split("vitrine-session ").skip(1) {
            let words = call.split(['\n', '<', '&']).next().unwrap_or_default().trim();
            if ["start", "await", "staff"].iter().any(|word| words.starts_with(word)) {
                assert!(usage.contains(&format!("\n  {words} ")), "{}: {words}\n{usage}", file.display());
                calls += 1;
            }
        }
    }
    assert_eq!(calls, 4);
}
