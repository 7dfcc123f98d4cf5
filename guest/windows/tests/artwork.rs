//! The artwork of the tests under Wine: a window that hangs, hides, exits and so on when a file tells it to.
//!
//! `artwork.exe [/slow SECONDS]` shows its window after so many seconds, and does what `artwork.cue` beside it says, a
//! word, once. `artwork.exe /box` shows a message box and nothing else. `artwork.log` has what it met.

#![no_std]
#![no_main]

#[path = "../src/files.rs"]
#[allow(dead_code)]
mod files;
#[path = "../src/win32.rs"]
#[allow(dead_code)]
mod win32;

use vitrine_guest_protocol::text::{number, trim};
use win32::*;

const TITLE: &[u8] = b"Eden Garden\0";
const WM_CLOSE: u32 = 0x10;
const WM_KEYDOWN: u32 = 0x100;
const WM_SYSCOMMAND: u32 = 0x112;
const WM_LBUTTONDOWN: u32 = 0x201;
const SC_MINIMIZE: u32 = 0xf020;
const FOREVER: u32 = u32::MAX;
const WHITE: Handle = 6;

static mut IS_STUBBORN: bool = false;

extern "system" fn on_message(window: Hwnd, message: u32, w: u32, l: u32) -> u32 {
    match message {
        WM_CLOSE => {
            log(b"told to close\r\n");
            if !unsafe { IS_STUBBORN } {
                unsafe { ExitProcess(0) };
            }
            0
        }
        WM_KEYDOWN => {
            log(b"key\r\n");
            0
        }
        WM_LBUTTONDOWN => {
            log(b"click\r\n");
            0
        }
        _ => unsafe { DefWindowProcA(window, message, w, l) },
    }
}

fn log(line: &[u8]) {
    unsafe {
        let file = CreateFileA(files::beside(b"log").bytes().as_ptr(), 0x4000_0000, 3, 0, 4, 0, 0);
        SetFilePointer(file, 0, core::ptr::null_mut(), 2);
        let mut written = 0;
        WriteFile(file, line.as_ptr(), line.len() as u32, &mut written, 0);
        CloseHandle(file);
    }
}

#[no_mangle]
pub extern "C" fn start() -> ! {
    let command = unsafe {
        let text = GetCommandLineA();
        let len = (0..1000).find(|place| *text.add(*place) == 0).unwrap_or(0);
        core::slice::from_raw_parts(text, len)
    };
    let mut words = command.split(|byte| *byte == b' ').skip(1).filter(|word| !word.is_empty());
    match words.next() {
        Some(b"/box") => unsafe {
            MessageBoxA(0, b"An update is ready.\0".as_ptr(), b"Update\0".as_ptr(), 0);
            ExitProcess(0)
        },
        Some(b"/slow") => {
            log(b"began slowly\r\n");
            let seconds = words.next().and_then(|word| number(trim(word))).unwrap_or(0);
            unsafe { WaitForSingleObject(GetCurrentProcess(), seconds * 1000) };
        }
        _ => log(b"began\r\n"),
    }
    let window = make_window();
    log(b"shown\r\n");
    let cue = files::beside(b"cue");
    loop {
        let mut message = Message { window: 0, message: 0, w: 0, l: 0, time: 0, point: Point { x: 0, y: 0 } };
        while unsafe { PeekMessageA(&mut message, 0, 0, 0, 1) } != 0 {
            unsafe { DispatchMessageA(&message) };
        }
        if let Some(word) = files::read(&cue) {
            unsafe { DeleteFileA(cue.bytes().as_ptr()) };
            play(window, trim(word));
        }
        unsafe { MsgWaitForMultipleObjects(0, core::ptr::null(), 0, 50, 0xff) };
    }
}

fn make_window() -> Hwnd {
    unsafe {
        let class = WindowClass {
            style: 0,
            procedure: on_message,
            class_extra: 0,
            window_extra: 0,
            instance: GetModuleHandleA(core::ptr::null()),
            icon: 0,
            cursor: 0,
            background: WHITE,
            menu: core::ptr::null(),
            name: b"Garden\0".as_ptr(),
        };
        RegisterClassA(&class);
        // WS_OVERLAPPEDWINDOW and WS_VISIBLE.
        let style = 0x10cf_0000;
        CreateWindowExA(0, class.name, TITLE.as_ptr(), style, 40, 40, 500, 400, 0, 0, class.instance, 0)
    }
}

fn play(window: Hwnd, word: &[u8]) {
    unsafe {
        match word {
            b"hang" => {
                WaitForSingleObject(GetCurrentProcess(), FOREVER);
            }
            // SWP_NOSIZE, SWP_NOMOVE, SWP_NOZORDER, SWP_HIDEWINDOW.
            b"hide" => {
                SetWindowPos(window, 0, 0, 0, 0, 0, 0x87);
            }
            b"minimise" => {
                PostMessageA(window, WM_SYSCOMMAND, SC_MINIMIZE, 0);
            }
            b"exit" => ExitProcess(0),
            b"stubborn" => IS_STUBBORN = true,
            b"error" => {
                MessageBoxA(window, b"Something is missing.\0".as_ptr(), b"Eden Garden: error 7\0".as_ptr(), 0x10);
            }
            _ => log(b"what?\r\n"),
        }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    unsafe { ExitProcess(3) }
}
