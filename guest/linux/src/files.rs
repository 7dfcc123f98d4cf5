//! The files of the kit: INI, log, and what `--check` says, all in the folder of the program.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use vitrine_guest_protocol::ini::MAX_FILE;
use vitrine_guest_protocol::log::{self, Turn};
use vitrine_guest_protocol::time::Civil;

/// When a file was written and how long it is, to find out whether it has changed.
pub(crate) type Stamp = (Option<SystemTime>, u64);

/// `None` where there is no such file.
pub(crate) fn stamp(path: &Path) -> Option<Stamp> {
    fs::metadata(path).ok().map(|metadata| (metadata.modified().ok(), metadata.len()))
}

/// The beginning of a file, one byte more than is read of it at most.
pub(crate) fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Seconds since 1970, as the clock has them; good up to 2106.
pub(crate) fn clock() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

/// What the INI and titles have, one byte for each character of Latin-1, as the system wants it.
pub(crate) fn wide(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// The other way round, with a question mark for what Latin-1 lacks.
pub(crate) fn narrow(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect()
}

/// The log: beside the program, or, where that may not be written, in the folder for temporary files.
pub(crate) struct Log {
    path: PathBuf,
    is_temporary: bool,
}

impl Log {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { path: folder.join("vitrine.log"), is_temporary: false }
    }

    /// Writes what was noted, a line for each, and takes it away. `limit` is in KiB. The same goes to standard error,
    /// which systemd keeps.
    pub(crate) fn write(&mut self, notes: &mut log::Notes, limit: u32) {
        let time = Civil::of_unix(clock());
        for note in notes.bytes().split(|byte| *byte == b'\n').filter(|note| !note.is_empty()) {
            let line = log::line(time, note);
            let line = wide(line.bytes()).replace("\r\n", "\n");
            eprint!("{line}");
            if !self.append(line.as_bytes(), limit) && !self.is_temporary {
                self.is_temporary = true;
                self.path = std::env::temp_dir().join("vitrine.log");
                self.append(line.as_bytes(), limit);
            }
        }
        notes.clear();
    }

    fn append(&self, line: &[u8], limit: u32) -> bool {
        let size = fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        let (size, len) =
            (u32::try_from(size).unwrap_or(u32::MAX), u32::try_from(line.len()).unwrap_or(u32::MAX));
        if log::turn(size, len, limit) == Turn::Anew
            && fs::rename(&self.path, self.path.with_extension("old")).is_err()
        {
            let _ = fs::remove_file(&self.path);
        }
        let file = OpenOptions::new().create(true).append(true).open(&self.path);
        file.and_then(|mut file| file.write_all(line)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters() {
        for (text, bytes) in [("Garten", &b"Garten"[..]), ("Gärten", b"G\xe4rten"), ("庭", b"?")] {
            assert_eq!(narrow(text), bytes, "{text}");
        }
        assert_eq!(wide(b"G\xe4rten"), "Gärten");
    }

    #[test]
    fn the_log_keeps_to_its_limit_and_goes_elsewhere_where_it_may_not_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::new(folder.path());
        for _ in 0..300 {
            let mut notes = log::Notes::EMPTY;
            log::say(&mut notes, &[b'x'; 60]);
            log.write(&mut notes, 8);
        }
        let size = |name: &str| fs::metadata(folder.path().join(name)).map_or(0, |metadata| metadata.len());
        assert!(size("vitrine.old") > 0 && size("vitrine.log") + size("vitrine.old") <= 8_192);
        // A folder in its place can neither be written nor moved away onto a file.
        assert!(!Log { path: folder.path().join("no/such/folder"), is_temporary: true }.append(b"x", 8));
    }
}
