//! The files beside the program, which have its name: INI, log, and what `/check` says.

use crate::win32::*;
use vitrine_guest_protocol::ini::MAX_FILE;
use vitrine_guest_protocol::log::{self, Turn};
use vitrine_guest_protocol::text::Text;
use vitrine_guest_protocol::time::Civil;

/// A path, with the zero at its end.
pub type Path = Text<272>;

const GENERIC_READ: u32 = 0x8000_0000;
const GENERIC_WRITE: u32 = 0x4000_0000;
const SHARE: u32 = 3;
const OPEN_EXISTING: u32 = 3;
const OPEN_ALWAYS: u32 = 4;
const CREATE_ALWAYS: u32 = 2;

/// The program's own path, without the zero.
pub fn program() -> Path {
    let mut path = Path::EMPTY;
    let len = unsafe { GetModuleFileNameA(0, path.room().as_mut_ptr(), 260) };
    path.filled(len as usize);
    path
}

/// A file beside the program, of its name with another ending of three letters.
pub fn beside(ending: &[u8]) -> Path {
    with_ending(&program(), ending)
}

/// The same with another ending, and with the zero.
pub fn with_ending(path: &Path, ending: &[u8]) -> Path {
    let bytes = path.bytes();
    let mut other = Path::of(bytes.strip_suffix(b"\0").unwrap_or(bytes));
    let name = vitrine_guest_protocol::text::file_name(bytes).len();
    let dot = bytes.iter().rposition(|byte| *byte == b'.');
    if let Some(dot) = dot.filter(|dot| *dot >= bytes.len() - name) {
        other.filled(dot);
    }
    other.push(b".");
    other.push(ending);
    other.push(b"\0");
    other
}

/// When the file was written and how long it is, to find out whether it has changed; `None` where there is none.
pub fn stamp(path: &Path) -> Option<[u32; 3]> {
    unsafe {
        let mut data = FindData {
            attributes: 0,
            created: [0; 2],
            accessed: [0; 2],
            written: [0; 2],
            size_high: 0,
            size_low: 0,
            reserved: [0; 2],
            name: [0; 260],
            short_name: [0; 14],
        };
        let search = FindFirstFileA(path.bytes().as_ptr(), &mut data);
        if search == INVALID {
            return None;
        }
        FindClose(search);
        Some([data.written[0], data.written[1], data.size_low])
    }
}

static mut FILE: [u8; MAX_FILE + 1] = [0; MAX_FILE + 1];

/// The beginning of a file, one byte more than is read of it at most.
pub fn read(path: &Path) -> Option<&'static mut [u8]> {
    unsafe {
        let file = CreateFileA(path.bytes().as_ptr(), GENERIC_READ, SHARE, 0, OPEN_EXISTING, 0, 0);
        if file == INVALID {
            return None;
        }
        let mut len = 0;
        let done = ReadFile(file, FILE.as_mut_ptr(), FILE.len() as u32, &mut len, 0);
        CloseHandle(file);
        if done == 0 {
            return None;
        }
        FILE.get_mut(..len as usize)
    }
}

/// Writes a file anew.
pub fn write(path: &Path, bytes: &[u8]) -> bool {
    unsafe {
        let file = CreateFileA(path.bytes().as_ptr(), GENERIC_WRITE, SHARE, 0, CREATE_ALWAYS, 0, 0);
        if file == INVALID {
            return false;
        }
        let mut written = 0;
        let done = WriteFile(file, bytes.as_ptr(), bytes.len() as u32, &mut written, 0);
        CloseHandle(file);
        done != 0
    }
}

/// What time it is.
pub fn clock() -> Civil {
    let mut time = SystemTime { year: 0, month: 0, day_of_week: 0, day: 0, hour: 0, minute: 0, second: 0, millis: 0 };
    unsafe { GetSystemTime(&mut time) };
    let SystemTime { year, month, day, hour, minute, second, .. } = time;
    Civil { year, month, day, hour, minute, second }
}

/// The log: beside the program, or, where that lies on a CD, in the folder for temporary files.
pub struct Log {
    path: Path,
    is_temporary: bool,
}

impl Log {
    /// Writes what was noted, a line for each, and takes it away. `limit` is in KiB.
    pub fn write(&mut self, notes: &mut log::Notes, limit: u32) {
        if self.path.is_empty() {
            self.path = beside(b"log");
        }
        let time = clock();
        for note in notes.bytes().split(|byte| *byte == b'\n').filter(|note| !note.is_empty()) {
            let line = log::line(time, note);
            if !self.append(line.bytes(), limit) && !self.is_temporary {
                self.is_temporary = true;
                let len = unsafe { GetTempPathA(240, self.path.room().as_mut_ptr()) };
                self.path.filled(len as usize);
                self.path.push(b"vitrine.log\0");
                self.append(line.bytes(), limit);
            }
        }
        notes.clear();
    }

    fn append(&self, line: &[u8], limit: u32) -> bool {
        unsafe {
            let name = self.path.bytes().as_ptr();
            let mut file = CreateFileA(name, GENERIC_WRITE, SHARE, 0, OPEN_ALWAYS, 0, 0);
            if file == INVALID {
                return false;
            }
            let size = GetFileSize(file, core::ptr::null_mut());
            if log::turn(size, line.len() as u32, limit) == Turn::Anew {
                CloseHandle(file);
                let old = with_ending(&self.path, b"old");
                DeleteFileA(old.bytes().as_ptr());
                MoveFileA(name, old.bytes().as_ptr());
                // Where it could not be moved, since somebody reads it, it begins anew all the same.
                file = CreateFileA(name, GENERIC_WRITE, SHARE, 0, CREATE_ALWAYS, 0, 0);
                if file == INVALID {
                    return false;
                }
            }
            SetFilePointer(file, 0, core::ptr::null_mut(), 2);
            let mut written = 0;
            let done = WriteFile(file, line.as_ptr(), line.len() as u32, &mut written, 0);
            CloseHandle(file);
            done != 0
        }
    }
}
