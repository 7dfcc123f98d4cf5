//! The files of a report, each bounded and without its secrets, and the archive that they become.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::redact::Redactor;
use crate::words::tr;

/// How much of a text is kept, in bytes: who reads it wants its end, and an archive has to fit into a mail.
const MAX_TEXT: usize = 1 << 20;
/// The largest picture, in bytes: a screen of 3840x2160 as PNG.
const MAX_PICTURE: usize = 32 << 20;
/// All texts together, in bytes.
const MAX_ALL: usize = 32 << 20;
/// The longest name of a file, in bytes, so that tar's plain header has it.
const MAX_NAME: usize = 90;

/// One file of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// All of them. Whatever is text goes through the redactor here, and nowhere else.
#[derive(Debug, Default)]
pub(super) struct Archive {
    redactor: Redactor,
    pub(super) entries: Vec<Entry>,
    texts: usize,
}

impl Archive {
    pub(super) fn new(redactor: Redactor) -> Self {
        Self { redactor, ..Self::default() }
    }

    /// Adds a text without its secrets; of one that is too long, the end.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        let text = self.redactor.text(text);
        let room = MAX_TEXT.min(MAX_ALL.saturating_sub(self.texts));
        let bytes = match last(&text, room) {
            end if end.len() == text.len() => text.into_bytes(),
            end => {
                let mut kept = tr!("[the first {count} bytes are left out]", count = text.len() - end.len());
                kept.extend(["\n", end]);
                kept.into_bytes()
            }
        };
        self.texts += bytes.len();
        let name = self.free_name(name);
        self.entries.push(Entry { name, bytes });
    }

    /// Adds a picture, in which no text can be looked for.
    pub(super) fn picture(&mut self, name: &str, bytes: Vec<u8>) -> bool {
        let fits = bytes.len() <= MAX_PICTURE;
        if fits {
            let name = self.free_name(name);
            self.entries.push(Entry { name, bytes });
        }
        fits
    }

    /// A name that unpacks to a file below the archive's own folder, and that no other has.
    fn free_name(&self, name: &str) -> String {
        let plain = |part: &str| -> String {
            let fits = |c: char| c.is_ascii_alphanumeric() || "-_.@+".contains(c);
            part.chars().map(|c| if fits(c) { c } else { '_' }).collect()
        };
        let parts: Vec<_> =
            name.split('/').map(plain).filter(|part| !["", ".", ".."].contains(&part.as_str())).collect();
        let mut name = self.redactor.text(&parts.join("/"));
        if name.len() > MAX_NAME {
            name.drain(..name.len() - MAX_NAME);
            name = name.trim_start_matches('/').to_owned();
        }
        let is_free = |name: &String| self.entries.iter().all(|entry| entry.name != *name);
        let others = (2..).map(|number| format!("{name}.{number}"));
        std::iter::once(name.clone()).chain(others).find(is_free).unwrap_or_default()
    }

    /// Writes it into a new file, which only its user may read.
    ///
    /// # Errors
    /// The file is there already, or cannot be written.
    pub(super) fn write(&self, path: &Path, folder: &str, at: u64) -> io::Result<u64> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::default()));
        for entry in &self.entries {
            let mut header = tar::Header::new_ustar();
            header.set_size(entry.bytes.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(at);
            tar.append_data(&mut header, format!("{folder}/{}", entry.name), entry.bytes.as_slice())?;
        }
        let mut file = tar.into_inner()?.finish()?;
        file.flush()?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }
}

/// The end of a text, of at most so many bytes, from the beginning of a line on.
fn last(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let mut start = text.len() - most;
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let rest = &text[start..];
    rest.find('\n').map_or(rest, |end| &rest[end + 1..])
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_is_too_long_loses_its_beginning() {
        let mut archive = Archive::default();
        archive.text("a.log", &"0123456789\n".repeat(100_000));
        let text = String::from_utf8(archive.entries[0].bytes.clone()).unwrap();
        assert!(text.len() < MAX_TEXT + 100 && text.ends_with("\n0123456789\n"), "{}", text.len());
        assert!(text.starts_with("[the first ") && text.lines().nth(1) == Some("0123456789"));
        // Where all texts together are too much, further ones are but told of.
        archive.texts = MAX_ALL - 5;
        archive.text("b.log", "0123456789\n");
        let text = String::from_utf8(archive.entries[1].bytes.clone()).unwrap();
        assert_eq!(text, "[the first 11 bytes are left out]\n");
        assert_eq!(last("äöü", 3), "ü");
    }

    #[test]
    fn names_stay_within_the_folder_and_apart() {
        let mut archive = Archive::default();
        for name in ["../../etc/passwd", "a/./b", "a/b", "Eden Garden (2001).xml", &"x".repeat(300), "/"] {
            archive.text(name, "");
        }
        let names: Vec<_> = archive.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names[..4], ["etc/passwd", "a/b", "a/b.2", "Eden_Garden__2001_.xml"]);
        assert!(names.iter().all(|name| name.len() <= MAX_NAME + 2 && !name.contains("..")), "{names:?}");
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.tar.gz");
        let mut archive = Archive::new(Redactor::default());
        archive.text("a/b.txt", "password=hunter2\n");
        assert!(archive.picture("c.png", vec![1, 2, 3]));
        assert!(!archive.picture("d.png", vec![0; MAX_PICTURE + 1]));
        archive.write(&path, "report", 1_700_000_000).unwrap();
        assert_eq!(archive.write(&path, "report", 0).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap()));
        let mut found = Vec::new();
        for entry in tar.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            found.push((entry.path().unwrap().display().to_string(), bytes));
        }
        let expected =
            [("report/a/b.txt", b"password=[removed]\n".to_vec()), ("report/c.png", vec![1, 2, 3])];
        assert_eq!(found, expected.map(|(name, bytes)| (name.to_owned(), bytes)));
    }
}
