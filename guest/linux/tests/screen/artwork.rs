//! The artwork of the tests: a window that hangs, hides, ends and so on when a file tells it to.
//!
//! It does what `artwork.cue` in its folder says, a word, once; `artwork.log` has what it met. With
//! `VITRINE_TEST_TITLE` it is another program's window, of that title.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::exit;
use std::thread;
use std::time::Duration;

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

const BLUE: u32 = 0x0033_6699;

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        WM_PROTOCOLS,
        WM_DELETE_WINDOW,
        WM_CHANGE_STATE,
        UTF8_STRING,
        _NET_WM_NAME,
        _NET_WM_PID,
        _NET_WM_PING,
    }
}

fn note(folder: &Path, line: &str) {
    let file = fs::OpenOptions::new().create(true).append(true).open(folder.join("artwork.log"));
    file.and_then(|mut file| writeln!(file, "{line}")).unwrap();
}

fn window(x: &RustConnection, atoms: &Atoms, title: &str, of: Option<u32>) -> u32 {
    let screen = &x.setup().roots[0];
    let id = x.generate_id().unwrap();
    let events = EventMask::KEY_PRESS | EventMask::BUTTON_PRESS | EventMask::STRUCTURE_NOTIFY;
    let attributes = CreateWindowAux::new().background_pixel(BLUE).event_mask(events);
    let (width, height) = if of.is_some() { (300, 100) } else { (640, 480) };
    x.create_window(
        0,
        id,
        screen.root,
        100,
        100,
        width,
        height,
        0,
        WindowClass::INPUT_OUTPUT,
        0,
        &attributes,
    )
    .unwrap();
    x.change_property8(PropMode::REPLACE, id, atoms._NET_WM_NAME, atoms.UTF8_STRING, title.as_bytes())
        .unwrap();
    let class: &[u8] = if title == "Eden Garden" { b"garden\0Garden\0" } else { b"other\0Other\0" };
    x.change_property8(PropMode::REPLACE, id, AtomEnum::WM_CLASS, AtomEnum::STRING, class).unwrap();
    let protocols = [atoms.WM_DELETE_WINDOW, atoms._NET_WM_PING];
    x.change_property32(PropMode::REPLACE, id, atoms.WM_PROTOCOLS, AtomEnum::ATOM, &protocols).unwrap();
    match of {
        Some(of) => {
            x.change_property32(PropMode::REPLACE, id, AtomEnum::WM_TRANSIENT_FOR, AtomEnum::WINDOW, &[of])
        }
        // The box does not say whose it is; the X server does.
        None => x.change_property32(
            PropMode::REPLACE,
            id,
            atoms._NET_WM_PID,
            AtomEnum::CARDINAL,
            &[std::process::id()],
        ),
    }
    .unwrap();
    x.map_window(id).unwrap();
    id
}

/// Until it is told to end.
pub(crate) fn play(folder: &Path) -> ! {
    let title = std::env::var("VITRINE_TEST_TITLE").ok();
    let is_artwork = title.is_none();
    let (x, _) = RustConnection::connect(None).unwrap();
    let atoms = Atoms::new(&x).unwrap().reply().unwrap();
    let root = x.setup().roots[0].root;
    let id = window(&x, &atoms, title.as_deref().unwrap_or("Eden Garden"), None);
    x.flush().unwrap();
    if is_artwork {
        note(folder, "began");
    }
    let mut stubborn = false;
    loop {
        while let Some(event) = x.poll_for_event().unwrap() {
            match event {
                Event::ClientMessage(message) if message.type_ == atoms.WM_PROTOCOLS => {
                    let data = message.data.as_data32();
                    if data[0] == atoms._NET_WM_PING {
                        let pong = ClientMessageEvent { window: root, ..message };
                        let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
                        x.send_event(false, root, mask, pong).unwrap();
                    } else if !stubborn {
                        exit(0);
                    }
                }
                Event::KeyPress(_) => note(folder, "key"),
                Event::ButtonPress(press) if press.event_x + press.root_x > 0 => note(folder, "click"),
                _ => {}
            }
        }
        let cue = folder.join("artwork.cue");
        let word = if is_artwork { fs::read_to_string(&cue).unwrap_or_default() } else { String::new() };
        if !word.is_empty() {
            fs::remove_file(cue).unwrap();
        }
        match word.as_str() {
            "exit" => exit(0),
            "hang" => loop {
                thread::sleep(Duration::from_secs(60));
            },
            "hide" => drop(x.unmap_window(id).unwrap()),
            "destroy" => drop(x.destroy_window(id).unwrap()),
            "minimise" => {
                // ICCCM 4.1.4: IconicState is 3.
                let message = ClientMessageEvent::new(32, id, atoms.WM_CHANGE_STATE, [3, 0, 0, 0, 0]);
                let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
                x.send_event(false, root, mask, message).unwrap();
            }
            "box" => drop(window(&x, &atoms, "Something went wrong", Some(id))),
            "stubborn" => {
                stubborn = true;
                note(folder, "stubborn");
            }
            _ => {}
        }
        x.flush().unwrap();
        thread::sleep(Duration::from_millis(20));
    }
}
