//! What is called of Windows: functions that Windows 95 has. Newer ones are looked up where they are used
//! ([`function`]). All with the letter A, since Windows 95 has few others.

#![allow(non_snake_case, clippy::upper_case_acronyms)]

pub type Handle = u32;
pub type Hwnd = u32;

pub const INVALID: Handle = u32::MAX;

#[repr(C)]
pub struct SystemTime {
    pub year: u16,
    pub month: u16,
    pub day_of_week: u16,
    pub day: u16,
    pub hour: u16,
    pub minute: u16,
    pub second: u16,
    pub millis: u16,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct FindData {
    pub attributes: u32,
    pub created: [u32; 2],
    pub accessed: [u32; 2],
    pub written: [u32; 2],
    pub size_high: u32,
    pub size_low: u32,
    pub reserved: [u32; 2],
    pub name: [u8; 260],
    pub short_name: [u8; 14],
}

#[repr(C)]
pub struct StartupInfo {
    pub size: u32,
    pub fields: [u32; 16],
}

#[repr(C)]
pub struct ProcessInformation {
    pub process: Handle,
    pub thread: Handle,
    pub process_id: u32,
    pub thread_id: u32,
}

#[repr(C)]
pub struct ProcessEntry {
    pub size: u32,
    pub usage: u32,
    pub process_id: u32,
    pub heap: u32,
    pub module: u32,
    pub threads: u32,
    pub parent: u32,
    pub priority: u32,
    pub flags: u32,
    pub file: [u8; 260],
}

#[repr(C)]
pub struct WindowClass {
    pub style: u32,
    pub procedure: extern "system" fn(Hwnd, u32, u32, u32) -> u32,
    pub class_extra: u32,
    pub window_extra: u32,
    pub instance: Handle,
    pub icon: Handle,
    pub cursor: Handle,
    pub background: Handle,
    pub menu: *const u8,
    pub name: *const u8,
}

#[repr(C)]
pub struct Message {
    pub window: Hwnd,
    pub message: u32,
    pub w: u32,
    pub l: u32,
    pub time: u32,
    pub point: Point,
}

#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Point {
    pub x: i32,
    pub y: i32,
}

#[repr(C)]
pub struct Rect {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

#[repr(C)]
pub struct SocketAddress {
    pub family: u16,
    pub port: [u8; 2],
    pub address: [u8; 4],
    pub zero: [u8; 8],
}

/// A set of one socket, for select.
#[repr(C)]
pub struct SocketSet {
    pub count: u32,
    pub sockets: [u32; 64],
}

#[repr(C)]
pub struct TimeVal {
    pub seconds: u32,
    pub micros: u32,
}

#[link(name = "kernel32")]
extern "system" {
    pub fn CloseHandle(handle: Handle) -> i32;
    pub fn CopyFileA(from: *const u8, to: *const u8, fail_if_there: i32) -> i32;
    pub fn CreateDirectoryA(path: *const u8, security: u32) -> i32;
    pub fn CreateFileA(path: *const u8, access: u32, share: u32, security: u32, how: u32, flags: u32, template: u32) -> Handle;
    pub fn CreateMutexA(security: u32, owned: i32, name: *const u8) -> Handle;
    pub fn CreateProcessA(
        program: u32,
        command: *mut u8,
        process_security: u32,
        thread_security: u32,
        inherit: i32,
        flags: u32,
        environment: u32,
        folder: *const u8,
        startup: *const StartupInfo,
        information: *mut ProcessInformation,
    ) -> i32;
    pub fn DeleteFileA(path: *const u8) -> i32;
    pub fn ExitProcess(code: u32) -> !;
    pub fn FindClose(search: Handle) -> i32;
    pub fn FindFirstFileA(path: *const u8, data: *mut FindData) -> Handle;
    pub fn GetCommandLineA() -> *const u8;
    pub fn GetCurrentProcess() -> Handle;
    pub fn GetCurrentProcessId() -> u32;
    pub fn GetDriveTypeA(root: *const u8) -> u32;
    pub fn GetFileSize(file: Handle, high: *mut u32) -> u32;
    pub fn GetLastError() -> u32;
    pub fn GetModuleFileNameA(module: Handle, path: *mut u8, room: u32) -> u32;
    pub fn GetModuleHandleA(name: *const u8) -> Handle;
    pub fn GetProcAddress(module: Handle, name: *const u8) -> usize;
    pub fn GetSystemTime(time: *mut SystemTime);
    pub fn GetTempPathA(room: u32, path: *mut u8) -> u32;
    pub fn GetTickCount() -> u32;
    pub fn GetVersion() -> u32;
    pub fn GetWindowsDirectoryA(path: *mut u8, room: u32) -> u32;
    pub fn LoadLibraryA(name: *const u8) -> Handle;
    pub fn MoveFileA(from: *const u8, to: *const u8) -> i32;
    pub fn OpenProcess(access: u32, inherit: i32, process_id: u32) -> Handle;
    pub fn ReadFile(file: Handle, bytes: *mut u8, len: u32, read: *mut u32, overlapped: u32) -> i32;
    pub fn SetFileAttributesA(path: *const u8, attributes: u32) -> i32;
    pub fn SetFilePointer(file: Handle, distance: i32, high: *mut i32, from: u32) -> u32;
    pub fn SetSystemTime(time: *const SystemTime) -> i32;
    pub fn TerminateProcess(process: Handle, code: u32) -> i32;
    pub fn WaitForSingleObject(handle: Handle, millis: u32) -> u32;
    pub fn WriteFile(file: Handle, bytes: *const u8, len: u32, written: *mut u32, overlapped: u32) -> i32;
}

#[link(name = "user32")]
extern "system" {
    pub fn CreateWindowExA(
        extended: u32,
        class: *const u8,
        title: *const u8,
        style: u32,
        x: i32,
        y: i32,
        width: i32,
        height: i32,
        parent: Hwnd,
        menu: Handle,
        instance: Handle,
        parameter: u32,
    ) -> Hwnd;
    pub fn DefWindowProcA(window: Hwnd, message: u32, w: u32, l: u32) -> u32;
    pub fn DispatchMessageA(message: *const Message) -> u32;
    pub fn EnumWindows(callback: extern "system" fn(Hwnd, u32) -> i32, parameter: u32) -> i32;
    pub fn FindWindowA(class: *const u8, title: *const u8) -> Hwnd;
    pub fn GetAsyncKeyState(key: i32) -> i16;
    pub fn GetClassNameA(window: Hwnd, name: *mut u8, room: i32) -> i32;
    pub fn GetCursorPos(point: *mut Point) -> i32;
    pub fn GetDC(window: Hwnd) -> Handle;
    pub fn GetForegroundWindow() -> Hwnd;
    pub fn GetMessageA(message: *mut Message, window: Hwnd, first: u32, last: u32) -> i32;
    pub fn GetWindowLongA(window: Hwnd, index: i32) -> u32;
    pub fn GetWindowRect(window: Hwnd, rect: *mut Rect) -> i32;
    pub fn GetWindowTextA(window: Hwnd, text: *mut u8, room: i32) -> i32;
    pub fn GetWindowThreadProcessId(window: Hwnd, process_id: *mut u32) -> u32;
    pub fn IsIconic(window: Hwnd) -> i32;
    pub fn IsWindow(window: Hwnd) -> i32;
    pub fn IsWindowVisible(window: Hwnd) -> i32;
    pub fn keybd_event(key: u8, scan: u8, flags: u32, extra: u32);
    pub fn MapVirtualKeyA(key: u32, kind: u32) -> u32;
    pub fn MessageBoxA(owner: Hwnd, text: *const u8, title: *const u8, kind: u32) -> i32;
    pub fn mouse_event(flags: u32, x: u32, y: u32, data: u32, extra: u32);
    pub fn MsgWaitForMultipleObjects(count: u32, handles: *const Handle, all: i32, millis: u32, mask: u32) -> u32;
    pub fn PeekMessageA(message: *mut Message, window: Hwnd, first: u32, last: u32, remove: u32) -> i32;
    pub fn PostMessageA(window: Hwnd, message: u32, w: u32, l: u32) -> i32;
    pub fn RegisterClassA(class: *const WindowClass) -> u16;
    pub fn ReleaseDC(window: Hwnd, context: Handle) -> i32;
    pub fn SendMessageTimeoutA(window: Hwnd, message: u32, w: u32, l: u32, flags: u32, millis: u32, result: *mut u32) -> u32;
    pub fn SetCursorPos(x: i32, y: i32) -> i32;
    pub fn SetForegroundWindow(window: Hwnd) -> i32;
    pub fn SetWindowPos(window: Hwnd, after: Hwnd, x: i32, y: i32, width: i32, height: i32, flags: u32) -> i32;
    pub fn SetWindowTextA(window: Hwnd, text: *const u8) -> i32;
    pub fn TranslateMessage(message: *const Message) -> i32;
}

#[link(name = "gdi32")]
extern "system" {
    pub fn GetPixel(context: Handle, x: i32, y: i32) -> u32;
}

#[link(name = "advapi32")]
extern "system" {
    pub fn RegCloseKey(key: Handle) -> u32;
    pub fn RegCreateKeyA(key: Handle, path: *const u8, opened: *mut Handle) -> u32;
    pub fn RegDeleteValueA(key: Handle, name: *const u8) -> u32;
    pub fn RegQueryValueExA(key: Handle, name: *const u8, reserved: u32, kind: *mut u32, data: *mut u8, len: *mut u32) -> u32;
    pub fn RegSetValueExA(key: Handle, name: *const u8, reserved: u32, kind: u32, data: *const u8, len: u32) -> u32;
}

#[link(name = "wsock32")]
extern "system" {
    pub fn closesocket(socket: u32) -> i32;
    pub fn connect(socket: u32, address: *const SocketAddress, len: i32) -> i32;
    pub fn ioctlsocket(socket: u32, command: u32, argument: *mut u32) -> i32;
    pub fn recv(socket: u32, bytes: *mut u8, len: i32, flags: i32) -> i32;
    pub fn select(count: i32, read: *mut SocketSet, write: *mut SocketSet, except: *mut SocketSet, wait: *const TimeVal) -> i32;
    pub fn send(socket: u32, bytes: *const u8, len: i32, flags: i32) -> i32;
    pub fn socket(family: i32, kind: i32, protocol: i32) -> u32;
    pub fn WSAGetLastError() -> u32;
    pub fn WSAStartup(version: u16, data: *mut u8) -> i32;
}

/// The address of a function that this Windows may have. Both names end with a zero.
pub fn function(library: &[u8], name: &[u8]) -> Option<usize> {
    let address = unsafe { GetProcAddress(LoadLibraryA(library.as_ptr()), name.as_ptr()) };
    (address != 0).then_some(address)
}
