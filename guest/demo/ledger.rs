//! What the guest keeps on its disks, so that a test can tell whether disks and memory are of one moment.
//!
//! A mark is a number in memory and in the first block of each disk, and is added to a register of the TPM, if there is one. The ledger is a ring of blocks behind it, written
//! over and over, each with a number one higher than the last; memory has the last number, so that every block is known.
//! Nothing goes through the page cache, which would hide what a disk really has.

use crate::tpm;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

const SIZE: usize = 4096;
/// Blocks of the ring: 4 MiB, within the smallest disk.
const RING: u64 = 1024;
/// Writes are flushed each so many blocks, as a program does that wants them kept.
const FLUSH: u64 = 16;
/// `O_DIRECT` of x86.
const DIRECT: i32 = 0x4000;

#[repr(align(4096))]
struct Block([u8; SIZE]);

struct Kept {
    mark: i64,
    last: u64,
    writing: bool,
}

static KEPT: Mutex<Kept> = Mutex::new(Kept { mark: 0, last: 0, writing: false });

/// Where KEPT is locked, no block is being written.
fn kept() -> std::sync::MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn disks() -> io::Result<Vec<File>> {
    let mut names: Vec<String> = fs::read_dir("/sys/block")?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with("vd"))
        .collect();
    names.sort();
    let open = |name: &String| OpenOptions::new().read(true).write(true).custom_flags(DIRECT).open(format!("/dev/{name}"));
    names.iter().map(open).collect()
}

/// Keeps a mark.
pub fn set_mark(mark: i64) -> io::Result<()> {
    let mut kept = kept();
    let mut block = Block([0; SIZE]);
    block.0[..8].copy_from_slice(&mark.to_le_bytes());
    for disk in disks()? {
        disk.write_all_at(&block.0, 0)?;
        disk.sync_data()?;
    }
    if tpm::is_there() {
        tpm::extend(mark)?;
    }
    kept.mark = mark;
    Ok(())
}

/// The marks: in memory, and on each disk; and the TPM's register.
pub fn marks() -> io::Result<(i64, Vec<i64>, Option<String>)> {
    let kept = kept();
    let mut block = Block([0; SIZE]);
    let mut marks = Vec::new();
    for disk in disks()? {
        disk.read_exact_at(&mut block.0, 0)?;
        marks.push(i64::from_le_bytes(block.0[..8].try_into().unwrap_or_default()));
    }
    let register = if tpm::is_there() { Some(tpm::read()?) } else { None };
    Ok((kept.mark, marks, register))
}

/// Fills so many MiB of memory with what cannot be packed.
pub fn fill(megabytes: usize) {
    static FILLING: Mutex<Vec<u64>> = Mutex::new(Vec::new());
    let mut word = 1;
    let filling = (0..megabytes << 17).map(|_| next(&mut word)).collect();
    *FILLING.lock().unwrap_or_else(PoisonError::into_inner) = filling;
}

/// Marsaglia's xorshift.
fn next(word: &mut u64) -> u64 {
    *word ^= *word << 13;
    *word ^= *word >> 7;
    *word ^= *word << 17;
    *word
}

/// The block of this number on this disk.
fn block(number: u64, disk: usize) -> Block {
    let mut block = Block([0; SIZE]);
    let mut word = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (disk as u64 + 1);
    for chunk in block.0.chunks_exact_mut(8) {
        chunk.copy_from_slice(&next(&mut word).to_le_bytes());
    }
    block
}

fn place(number: u64) -> u64 {
    SIZE as u64 * (1 + number % RING)
}

/// Begins, or ends, to write the ledger for ever.
pub fn write(on: bool) {
    let mut kept = kept();
    if on && !kept.writing {
        thread::spawn(|| {
            if let Err(error) = go_on() {
                eprintln!("artwork: the ledger: {error}");
            }
        });
    }
    kept.writing = on;
}

fn go_on() -> io::Result<()> {
    let disks = disks()?;
    loop {
        let mut kept = kept();
        if !kept.writing {
            return Ok(());
        }
        let number = kept.last + 1;
        for (place_of, disk) in disks.iter().enumerate() {
            disk.write_all_at(&block(number, place_of).0, place(number))?;
            if number % FLUSH == 0 {
                disk.sync_data()?;
            }
        }
        kept.last = number;
        drop(kept);
        // Whoever asks gets a turn.
        thread::sleep(Duration::from_millis(1));
    }
}

/// The last number, and how many blocks on all disks are not what memory says.
pub fn check() -> io::Result<(u64, u64)> {
    let kept = kept();
    let mut read = Block([0; SIZE]);
    let mut wrong = 0;
    for (place_of, disk) in disks()?.iter().enumerate() {
        for number in kept.last.saturating_sub(RING - 1).max(1)..=kept.last {
            disk.read_exact_at(&mut read.0, place(number))?;
            wrong += u64::from(read.0 != block(number, place_of).0);
        }
    }
    Ok((kept.last, wrong))
}
