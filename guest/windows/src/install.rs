//! `/install` and `/remove`: the kit in the autostart of Windows, which is the same key of the registry since 1995.

use crate::files::{self, Path};
use crate::win32::*;
use vitrine_guest_protocol::text::file_name;

const RUN: &[u8] = b"Software\\Microsoft\\Windows\\CurrentVersion\\Run\0";
const NAME: &[u8] = b"Vitrine\0";
/// For this user, who need not be an administrator; and for all.
const CURRENT_USER: Handle = 0x8000_0001;
const LOCAL_MACHINE: Handle = 0x8000_0002;
const TEXT: u32 = 1;
const FIXED_DISK: u32 = 3;
const NORMAL: u32 = 0x80;

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It is in the autostart.
    Installed,
    /// It is not, and neither is anything of it.
    Removed,
    /// The registry may not be written.
    Refused,
    /// The program could not be copied from the CD or the floppy.
    NotCopied,
}

impl Done {
    /// The same in words, with the zero.
    pub fn words(self) -> &'static [u8] {
        match self {
            Self::Installed => b"The kit starts with Windows from now on.\0",
            Self::Removed => b"The kit no longer starts with Windows. Its files are still there.\0",
            Self::Refused => b"Windows does not allow this user to change what starts with it.\0",
            Self::NotCopied => b"The kit could not be copied to the hard disk.\0",
        }
    }
}

/// Has Windows start the kit. From a CD or a floppy it is copied to the disk first.
pub fn install() -> Done {
    let mut program = files::program();
    if !is_on_fixed_disk(&program) {
        program = match copy_to_disk(&program) {
            Some(program) => program,
            None => return Done::NotCopied,
        };
    }
    let mut command = Path::of(b"\"");
    command.push(program.bytes());
    command.push(b"\"\0");
    let written = [CURRENT_USER, LOCAL_MACHINE].iter().any(|root| {
        with_key(*root, |key| unsafe {
            RegSetValueExA(key, NAME.as_ptr(), 0, TEXT, command.bytes().as_ptr(), command.bytes().len() as u32)
        })
    });
    if written {
        Done::Installed
    } else {
        Done::Refused
    }
}

/// Takes it out.
pub fn remove() -> Done {
    for root in [CURRENT_USER, LOCAL_MACHINE] {
        with_key(root, |key| unsafe { RegDeleteValueA(key, NAME.as_ptr()) });
    }
    if is_installed() {
        Done::Refused
    } else {
        Done::Removed
    }
}

/// Whether Windows starts the kit.
pub fn is_installed() -> bool {
    [CURRENT_USER, LOCAL_MACHINE].iter().any(|root| {
        with_key(*root, |key| unsafe {
            let mut len = 0;
            RegQueryValueExA(key, NAME.as_ptr(), 0, core::ptr::null_mut(), core::ptr::null_mut(), &mut len)
        })
    })
}

fn with_key(root: Handle, what: impl Fn(Handle) -> u32) -> bool {
    let mut key = 0;
    unsafe {
        if RegCreateKeyA(root, RUN.as_ptr(), &mut key) != 0 {
            return false;
        }
        let result = what(key);
        RegCloseKey(key);
        result == 0
    }
}

fn is_on_fixed_disk(program: &Path) -> bool {
    let mut root = Path::of(program.bytes().get(..3).unwrap_or(&[]));
    root.push(b"\0");
    unsafe { GetDriveTypeA(root.bytes().as_ptr()) == FIXED_DISK }
}

/// Copies program and INI to the folder `Vitrine` of the disk that Windows is on. An INI that is there stays.
fn copy_to_disk(program: &Path) -> Option<Path> {
    let mut windows = Path::EMPTY;
    let len = unsafe { GetWindowsDirectoryA(windows.room().as_mut_ptr(), 260) };
    windows.filled(len as usize);
    let mut target = Path::of(windows.bytes().get(..3)?);
    target.push(b"Vitrine\0");
    unsafe { CreateDirectoryA(target.bytes().as_ptr(), 0) };
    target.filled(target.bytes().len() - 1);
    target.push(b"\\");
    target.push(file_name(program.bytes()));
    let copied = copy(&with_zero(program), &with_zero(&target), 0);
    copy(&files::with_ending(program, b"ini"), &files::with_ending(&target, b"ini"), 1);
    copied.then_some(target)
}

fn with_zero(path: &Path) -> Path {
    let mut path = *path;
    path.push(b"\0");
    path
}

fn copy(from: &Path, to: &Path, fail_if_there: i32) -> bool {
    unsafe {
        let done = CopyFileA(from.bytes().as_ptr(), to.bytes().as_ptr(), fail_if_there) != 0;
        if done {
            // What comes from a CD may not be written.
            SetFileAttributesA(to.bytes().as_ptr(), NORMAL);
        }
        done
    }
}
