//! A guest of ours, run for a moment: it goes through all modes of the processor that an operating system takes, and ends
//! QEMU with a code of its own. Where KVM is only half there, it does not get so far.

use std::ffi::CStr;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::time::Duration;

use rustix::fs::MemfdFlags;

use super::super::program;
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::kvm::Tried;
use crate::words::told;

/// How long it may take; it takes a tenth of a second, emulated as well.
const PATIENCE: Duration = Duration::from_secs(3);
/// The size of the firmware that it is in place of, in bytes: the end of it is where a processor begins.
const SIZE: usize = 0x1_0000;
/// Where its program lies in that.
const PROGRAM_AT: usize = 0xf000;
/// Where the processor begins: a jump back to the program.
const START_AT: usize = 0xfff0;
const START: [u8; 3] = [0xe9, 0x0d, 0xf0];
/// What it writes to the port of QEMU's device isa-debug-exit, which makes an exit code of it: twice it, and one more.
const EXIT_CODE: i32 = 0x2a * 2 + 1;
/// In 16 bits: takes a table of segments and enters 32 bits. There: clears three pages, makes page tables of them that
/// map the first 2 MiB, switches on PAE, long mode and paging, and enters 64 bits. There: uses its stack and asks cpuid,
/// writes 0x2a to port 0xf4, and halts. Then its four segments, and the pointer to them.
#[rustfmt::skip]
const PROGRAM: [u8; 190] = [
    0xfa, 0x2e, 0x66, 0x0f, 0x01, 0x16, 0xb8, 0xf0, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0,
    0x66, 0xea, 0x18, 0xf0, 0x0f, 0x00, 0x08, 0x00, 0x66, 0xb8, 0x10, 0x00, 0x8e, 0xd8, 0x8e, 0xc0,
    0x8e, 0xd0, 0xbc, 0x00, 0x80, 0x00, 0x00, 0xfc, 0x31, 0xc0, 0xbf, 0x00, 0x10, 0x00, 0x00, 0xb9,
    0x00, 0x0c, 0x00, 0x00, 0xf3, 0xab, 0xc7, 0x05, 0x00, 0x10, 0x00, 0x00, 0x03, 0x20, 0x00, 0x00,
    0xc7, 0x05, 0x00, 0x20, 0x00, 0x00, 0x03, 0x30, 0x00, 0x00, 0xc7, 0x05, 0x00, 0x30, 0x00, 0x00,
    0x83, 0x00, 0x00, 0x00, 0xb8, 0x00, 0x10, 0x00, 0x00, 0x0f, 0x22, 0xd8, 0x0f, 0x20, 0xe0, 0x83,
    0xc8, 0x20, 0x0f, 0x22, 0xe0, 0xb9, 0x80, 0x00, 0x00, 0xc0, 0x0f, 0x32, 0x0d, 0x00, 0x01, 0x00,
    0x00, 0x0f, 0x30, 0x0f, 0x20, 0xc0, 0x0d, 0x00, 0x00, 0x00, 0x80, 0x0f, 0x22, 0xc0, 0xea, 0x85,
    0xf0, 0x0f, 0x00, 0x18, 0x00, 0x50, 0x5b, 0x31, 0xc0, 0x0f, 0xa2, 0xb0, 0x2a, 0x66, 0xba, 0xf4,
    0x00, 0xee, 0xf4, 0xeb, 0xfd, 0x0f, 0x1f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0xff, 0xff, 0x00, 0x00, 0x00, 0x9a, 0xcf, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0x92, 0xcf, 0x00,
    0xff, 0xff, 0x00, 0x00, 0x00, 0x9a, 0xaf, 0x00, 0x1f, 0x00, 0x98, 0xf0, 0x0f, 0x00,
];

/// Runs it by KVM, and where it does not end as it should, without.
pub(super) fn run(emulator: &str) -> Fact<Tried> {
    let image =
        image().map_err(|error| told!("the guest cannot be written: {why}", why = error.to_string()))?;
    // QEMU may open what this process has open; nothing is written to any disk.
    let path = format!("/proc/{}/fd/{}", std::process::id(), image.as_raw_fd());
    let Err(why) = once(emulator, "kvm", &path)? else { return Ok(Tried::Ran) };
    Ok(match once(emulator, "tcg", &path)? {
        Ok(()) => Tried::Failed(why),
        Err(why) => Tried::EmulatorFailed(why),
    })
}

/// Runs it; the inner error is why it did not run to its end.
fn once(emulator: &str, accelerator: &str, image: &str) -> Fact<Result<(), Told>> {
    let machine = format!("pc,accel={accelerator}");
    let words = [
        emulator,
        "-machine",
        &machine,
        "-nodefaults",
        "-no-user-config",
        "-no-reboot",
        "-display",
        "none",
        "-m",
        "16",
        "-device",
        "isa-debug-exit,iobase=0xf4,iosize=1",
        "-bios",
        image,
    ];
    if !program::is_there(emulator) {
        return Err(told!("the program '{program}' is not installed", program = emulator));
    }
    Ok(match program::run(&words, PATIENCE) {
        Ok(ended) if ended.code == Some(EXIT_CODE) => Ok(()),
        Ok(ended) => {
            let said = ended.errors.lines().rfind(|line| !line.trim().is_empty());
            Err(Told::text(said.unwrap_or("QEMU").trim()))
        }
        Err(why) => Err(why),
    })
}

/// The guest, in memory.
fn image() -> rustix::io::Result<OwnedFd> {
    const NAME: &CStr = c"vitrine-guest";
    let file = rustix::fs::memfd_create(NAME, MemfdFlags::CLOEXEC)?;
    let mut image = vec![0; SIZE];
    for (at, bytes) in [(PROGRAM_AT, PROGRAM.as_slice()), (START_AT, START.as_slice())] {
        if let Some(place) = image.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
    let mut rest = image.as_slice();
    while !rest.is_empty() {
        let written = rustix::io::write(&file, rest)?;
        rest = rest.get(written..).unwrap_or_default();
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where QEMU is installed it emulates it; whether KVM runs it depends on the computer.
    #[test]
    fn the_guest_runs_to_its_end_when_it_is_emulated() {
        if !program::is_there("qemu-system-x86_64") {
            return;
        }
        let image = image().unwrap();
        let path = format!("/proc/{}/fd/{}", std::process::id(), image.as_raw_fd());
        assert_eq!(once("qemu-system-x86_64", "tcg", &path), Ok(Ok(())));
        assert!(once("qemu-system-x86_64", "tcg", "/dev/null").unwrap().is_err());
        assert!(once("no-such-emulator", "tcg", &path).is_err());
    }
}
