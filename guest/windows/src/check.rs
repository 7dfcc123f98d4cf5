//! `/check`: a window that says what the kit sees, for whoever writes the INI. The same is in a file beside it.

use crate::act;
use crate::files;
use crate::install;
use crate::look::WindowSeen;
use crate::net::Step;
use crate::win32::*;
use crate::App;
use vitrine_guest_protocol::calls::Call;
use vitrine_guest_protocol::http::{self, Method};
use vitrine_guest_protocol::kit::push_complaint;
use vitrine_guest_protocol::settings::{Close, Settings};
use vitrine_guest_protocol::text::Text;
use vitrine_guest_protocol::watch::Fault;

type Report = Text<24_576>;

static mut REPORT: Report = Report::EMPTY;

const CLASS: &[u8] = b"VitrineCheck\0";
/// WS_OVERLAPPEDWINDOW, WS_VISIBLE, WS_CLIPCHILDREN.
const WINDOW: u32 = 0x00cf_0000 | 0x1000_0000 | 0x0200_0000;
/// WS_CHILD, WS_VISIBLE, both scroll bars; ES_MULTILINE, ES_AUTOVSCROLL, ES_AUTOHSCROLL, ES_READONLY.
const EDIT: u32 = 0x4000_0000 | 0x1000_0000 | 0x0030_0000 | 0x04 | 0x40 | 0x80 | 0x800;
const USE_DEFAULT: i32 = i32::MIN;
const WM_SIZE: u32 = 0x05;
const WM_KEYDOWN: u32 = 0x100;
const F5: u32 = 0x74;
const NO_ORDER: u32 = 4;

/// The field with the report, which fills the window.
static mut FIELD: Hwnd = 0;

extern "system" fn on_message(window: Hwnd, message: u32, w: u32, l: u32) -> u32 {
    unsafe {
        if message == WM_SIZE {
            SetWindowPos(FIELD, 0, 0, 0, (l & 0xffff) as i32, (l >> 16) as i32, NO_ORDER);
        }
        DefWindowProcA(window, message, w, l)
    }
}

/// Shows the window, until it is closed.
#[inline(never)]
pub fn show(app: &mut App, agent: &[u8], quiet: bool) {
    let report = unsafe { &mut REPORT };
    write(app, agent, report);
    if quiet {
        return;
    }
    let class = crate::register(CLASS, on_message);
    unsafe {
        let title = b"Vitrine: what the kit sees (F5: look again)\0".as_ptr();
        let (x, y) = (USE_DEFAULT, USE_DEFAULT);
        let window = CreateWindowExA(0, CLASS.as_ptr(), title, WINDOW, x, y, 640, 440, 0, 0, class, 0);
        FIELD = CreateWindowExA(0, b"EDIT\0".as_ptr(), title, EDIT, 0, 0, 632, 412, window, 0, class, 0);
        SetWindowTextA(FIELD, report.bytes().as_ptr());
        let mut message = Message { window: 0, message: 0, w: 0, l: 0, time: 0, point: Point { x: 0, y: 0 } };
        while IsWindow(window) != 0 && GetMessageA(&mut message, 0, 0, 0) > 0 {
            if message.message == WM_KEYDOWN && message.w == F5 {
                write(app, agent, report);
                SetWindowTextA(FIELD, report.bytes().as_ptr());
            }
            TranslateMessage(&message);
            DispatchMessageA(&message);
        }
    }
}

/// Writes the report, with a zero at its end, and the file.
#[inline(never)]
fn write(app: &mut App, agent: &[u8], report: &mut Report) {
    app.read_ini();
    app.watch_input();
    app.seen.take(&app.newer);
    report.clear();
    line(report, &[agent]);
    line(report, &[b"autostart: ", yes(install::is_installed())]);
    line(report, &[b"the kit runs: ", yes(unsafe { FindWindowA(crate::CLASS.as_ptr(), core::ptr::null()) } != 0)]);
    about_ini(app, report);
    about_host(app, agent, report);
    let mut number = Text::<16>::EMPTY;
    number.push_number((app.kit.idle.lasted(app.now) / 1024) as u32);
    let how: &[u8] = if app.newer.last_input.is_some() { b"" } else { b" (by pointer and keys, since the kit was started)" };
    line(report, &[b"last input: ", number.bytes(), b" s ago", how]);
    about_artwork(app, report);
    let settings = &app.kit.settings;
    line(report, &[b"\r\nWindows, from the front (title | class | program):"]);
    for window in app.seen.windows() {
        about_window(app, window, settings, report);
    }
    line(report, &[if app.seen.has_programs { b"\r\nPrograms:" } else { b"\r\nThis Windows has no list of programs." }]);
    for program in app.seen.programs() {
        line(report, &[b"  ", program.name.bytes()]);
    }
    files::write(&files::beside(b"txt"), report.bytes());
    // A report that fills its room loses its last letter for the zero.
    if !report.push(b"\0") {
        let len = report.bytes().len();
        report.filled(len - 1);
        report.push(b"\0");
    }
}

#[inline(never)]
fn about_ini(app: &App, report: &mut Report) {
    let path = files::beside(b"ini");
    line(report, &[b"INI file: ", path.bytes().strip_suffix(b"\0").unwrap_or(&[])]);
    let complaints = &app.kit.complaints;
    for index in 0..complaints.all().len() {
        let mut text = Text::<160>::EMPTY;
        push_complaint(&mut text, complaints, index);
        line(report, &[b"  ", text.bytes()]);
    }
}

/// Asks how the heartbeat is, which is none.
#[inline(never)]
fn about_host(app: &mut App, agent: &[u8], report: &mut Report) {
    let host = &app.kit.settings.host;
    let mut address = Text::<32>::EMPTY;
    http::push_address(&mut address, host.address);
    address.push(b":");
    address.push_number(u32::from(host.port));
    http::write(&mut app.exchange.request, Method::Get, host, b"/heartbeat/status", agent);
    app.exchange.begin(app.ticks.now(unsafe { GetTickCount() }), Call::Beat, host);
    loop {
        let now = app.ticks.now(unsafe { GetTickCount() });
        match app.exchange.step(now) {
            Step::Busy => {
                unsafe { MsgWaitForMultipleObjects(0, core::ptr::null(), 0, 20, 0) };
            }
            Step::Answered(answer) => {
                let mut status = Text::<16>::EMPTY;
                status.push_number(u32::from(answer.status));
                line(report, &[b"host: ", address.bytes(), b" answers ", status.bytes(), b" ", answer.body]);
                return;
            }
            Step::None | Step::Failed => {
                line(report, &[b"host: ", address.bytes(), b" does not answer"]);
                return;
            }
        }
    }
}

#[inline(never)]
fn about_artwork(app: &App, report: &mut Report) {
    let settings = &app.kit.settings;
    if !settings.artwork.is_watched() {
        line(report, &[b"artwork: nothing is watched"]);
        return;
    }
    let (look, trouble) = app.seen.look(settings, &app.newer);
    let fault: &[u8] = look.fault(&settings.artwork).map_or(b"the artwork is well", Fault::words);
    line(report, &[b"artwork: ", fault, if trouble.is_empty() { b"" } else { b": " }, trouble]);
    if settings.button.pixel.is_some() {
        line(report, &[b"pixel: as it should be: ", yes(act::pixel_fits(&settings.button.pixel))]);
    }
}

#[inline(never)]
fn about_window(app: &App, window: &WindowSeen, settings: &Settings, report: &mut Report) {
    if !window.visible && window.title.is_empty() {
        return;
    }
    let mark: &[u8] = if app.seen.is_trouble(window, settings) {
        b"  trouble   "
    } else if app.seen.is_artwork(window, settings) && settings.artwork.is_watched() {
        b"  artwork   "
    } else if settings.windows.close != Close::No && app.seen.is_stranger(window, settings) {
        b"  to close  "
    } else if window.visible {
        b"            "
    } else {
        b"  (hidden)  "
    };
    let minimised: &[u8] = if window.minimised { b" (minimised)" } else { b"" };
    let program = app.seen.program_of(window.process);
    line(report, &[mark, window.title.bytes(), b" | ", window.class.bytes(), b" | ", program, minimised]);
}

#[inline(never)]
fn line(report: &mut Report, pieces: &[&[u8]]) {
    for piece in pieces {
        report.push(piece);
    }
    report.push(b"\r\n");
}

#[inline(never)]
fn yes(is_so: bool) -> &'static [u8] {
    if is_so {
        b"yes"
    } else {
        b"no"
    }
}
