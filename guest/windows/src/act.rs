//! What the kit does to the artwork, to other windows, and to the clock.

use crate::look::{Newer, Seen};
use crate::win32::*;
use vitrine_guest_protocol::ini::program_path;
use vitrine_guest_protocol::settings::{Pixel, Press, Settings};
use vitrine_guest_protocol::strangers::Measure;
use vitrine_guest_protocol::text::{file_name, Text};
use vitrine_guest_protocol::time::Civil;

const WM_CLOSE: u32 = 0x10;
const WM_SYSCOMMAND: u32 = 0x112;
const SC_RESTORE: u32 = 0xf120;
const TOPMOST: Hwnd = u32::MAX;
const NOT_TOPMOST: Hwnd = u32::MAX - 1;
const NO_SIZE: u32 = 1;
const NO_MOVE: u32 = 2;
const NO_ORDER: u32 = 4;
const NO_ACTIVATE: u32 = 0x10;
const HIDE: u32 = 0x80;
/// A window that hangs is not waited for.
const ASYNC: u32 = 0x4000;
const PROCESS_TERMINATE: u32 = 1;
const KEY_UP: u32 = 2;
const LEFT_DOWN: u32 = 2;
const LEFT_UP: u32 = 4;

/// Starts the artwork; an error is Windows' code.
#[inline(never)]
pub fn start(seen: &mut Seen, settings: &Settings) -> Result<(), u32> {
    let artwork = &settings.artwork;
    let mut command = Text::<264>::of(artwork.start.bytes());
    command.push(b"\0");
    let path = program_path(artwork.start.bytes());
    let mut folder = Text::<264>::of(artwork.folder.bytes());
    if folder.is_empty() {
        // With the backslash, since `C:` is something else than `C:\`.
        folder.push(path.get(..path.len() - file_name(path).len()).unwrap_or(&[]));
    }
    let in_folder = !folder.is_empty();
    folder.push(b"\0");
    let mut startup = StartupInfo { size: core::mem::size_of::<StartupInfo>() as u32, fields: [0; 16] };
    startup.fields[15] = 0;
    let mut information = ProcessInformation { process: 0, thread: 0, process_id: 0, thread_id: 0 };
    unsafe {
        if seen.child != 0 {
            CloseHandle(seen.child);
            seen.child = 0;
        }
        let folder = if in_folder { folder.bytes().as_ptr() } else { core::ptr::null() };
        let room = command.room().as_mut_ptr();
        if CreateProcessA(0, room, 0, 0, 0, 0, 0, folder, &startup, &mut information) == 0 {
            return Err(GetLastError());
        }
        CloseHandle(information.thread);
    }
    // Where a starter is started, and the artwork is another program, the handle would be of no use.
    if file_name(path).eq_ignore_ascii_case(artwork.program.bytes()) {
        seen.child = information.process;
        seen.child_process = information.process_id;
    } else {
        unsafe { CloseHandle(information.process) };
    }
    Ok(())
}

/// Tells the artwork's windows to close, the box that it may show with them.
#[inline(never)]
pub fn close(seen: &Seen, settings: &Settings) {
    for window in seen.windows() {
        if window.visible && (seen.is_trouble(window, settings) || seen.is_artwork(window, settings)) {
            unsafe { PostMessageA(window.handle, WM_CLOSE, 0, 0) };
        }
    }
}

/// Ends the artwork's program. Where no program is named, that of its window.
#[inline(never)]
pub fn kill(seen: &Seen, settings: &Settings) {
    unsafe {
        if seen.has_programs && !settings.artwork.program.is_empty() {
            for program in seen.programs() {
                if program.name.bytes().eq_ignore_ascii_case(settings.artwork.program.bytes()) {
                    end(program.process);
                }
            }
        } else if seen.child != 0 {
            TerminateProcess(seen.child, 1);
        } else if let Some(window) = seen.artwork(settings) {
            end(window.process);
        }
    }
}

#[inline(never)]
unsafe fn end(process: u32) {
    let handle = OpenProcess(PROCESS_TERMINATE, 0, process);
    if handle != 0 {
        TerminateProcess(handle, 1);
        CloseHandle(handle);
    }
}

/// Shows the artwork's window as it was before it was minimised.
#[inline(never)]
pub fn restore(seen: &Seen, settings: &Settings) {
    if let Some(window) = seen.artwork(settings) {
        unsafe { PostMessageA(window.handle, WM_SYSCOMMAND, SC_RESTORE, 0) };
    }
}

/// Brings the artwork's window to the front.
#[inline(never)]
pub fn bring_to_front(seen: &Seen, settings: &Settings, newer: &Newer) {
    if let Some(window) = seen.artwork(settings) {
        let flags = NO_SIZE | NO_MOVE | NO_ACTIVATE | ASYNC;
        unsafe {
            SetWindowPos(window.handle, TOPMOST, 0, 0, 0, 0, flags);
            SetWindowPos(window.handle, NOT_TOPMOST, 0, 0, 0, 0, flags);
            SetForegroundWindow(window.handle);
        }
        // Since Windows 98 a program may not always take the front; this one is obeyed.
        if let Some(switch_to) = newer.switch_to {
            switch_to(window.handle, 1);
        }
    }
}

/// Does something about a window that may not be there.
#[inline(never)]
pub fn measure(window: Hwnd, measure: Measure) {
    unsafe {
        match measure {
            Measure::Close => PostMessageA(window, WM_CLOSE, 0, 0),
            Measure::Hide => {
                SetWindowPos(window, 0, 0, 0, 0, 0, NO_SIZE | NO_MOVE | NO_ORDER | NO_ACTIVATE | HIDE | ASYNC)
            }
        };
    }
}

/// The colour of a place of the screen.
#[inline(never)]
fn colour(x: u16, y: u16) -> [u8; 3] {
    unsafe {
        let screen = GetDC(0);
        let colour = GetPixel(screen, i32::from(x), i32::from(y));
        ReleaseDC(0, screen);
        [colour as u8, (colour >> 8) as u8, (colour >> 16) as u8]
    }
}

/// Whether the pixel that is wanted is there; true where none is.
#[inline(never)]
pub fn pixel_fits(pixel: &Option<Pixel>) -> bool {
    match pixel {
        Some(pixel) => pixel.fits(colour(pixel.x, pixel.y)),
        None => true,
    }
}

/// Presses a key or the mouse's button.
#[inline(never)]
pub fn press(press: Press) {
    unsafe {
        match press {
            Press::Nothing => {}
            Press::Key(key) => {
                let scan = MapVirtualKeyA(u32::from(key), 0) as u8;
                keybd_event(key, scan, 0, 0);
                keybd_event(key, scan, KEY_UP, 0);
            }
            Press::Click(x, y) => {
                SetCursorPos(i32::from(x), i32::from(y));
                mouse_event(LEFT_DOWN, 0, 0, 0, 0);
                mouse_event(LEFT_UP, 0, 0, 0, 0);
            }
        }
    }
}

/// Sets the clock, to seconds since 1970.
#[inline(never)]
pub fn set_clock(host: u32) -> bool {
    let civil = Civil::of_unix(host);
    let time = SystemTime {
        year: civil.year,
        month: civil.month,
        day_of_week: 0,
        day: civil.day,
        hour: civil.hour,
        minute: civil.minute,
        second: civil.second,
        millis: 0,
    };
    take_privilege();
    unsafe { SetSystemTime(&time) != 0 }
}

/// Windows NT and its successors want the right to set the clock to be taken out first. Windows 95 knows no rights.
#[inline(never)]
fn take_privilege() {
    use core::mem::transmute;
    type Open = extern "system" fn(Handle, u32, *mut Handle) -> i32;
    type Lookup = extern "system" fn(u32, *const u8, *mut [u32; 2]) -> i32;
    type Adjust = extern "system" fn(Handle, i32, *const [u32; 4], u32, u32, u32) -> i32;
    let library = b"advapi32\0";
    let found = (
        function(library, b"OpenProcessToken\0"),
        function(library, b"LookupPrivilegeValueA\0"),
        function(library, b"AdjustTokenPrivileges\0"),
    );
    if let (Some(open), Some(lookup), Some(adjust)) = found {
        let (open, lookup, adjust): (Open, Lookup, Adjust) =
            unsafe { (transmute(open), transmute(lookup), transmute(adjust)) };
        let (mut token, mut name) = (0, [0; 2]);
        // TOKEN_ADJUST_PRIVILEGES and TOKEN_QUERY; SE_PRIVILEGE_ENABLED.
        if open(unsafe { GetCurrentProcess() }, 0x28, &mut token) != 0 {
            if lookup(0, b"SeSystemtimePrivilege\0".as_ptr(), &mut name) != 0 {
                adjust(token, 0, &[1, name[0], name[1], 2], 0, 0, 0);
            }
            unsafe { CloseHandle(token) };
        }
    }
}
