//! What a repair changes in an image, before and after: written down before the image is touched, so that it can be
//! taken back, byte for byte.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, fcntl_lock};
use serde::{Deserialize, Serialize};

use crate::words::tr;

/// The extension of a copy that is complete, of a repair that is.
const DONE: &str = "before";
/// The extension of a copy of a repair that is being written into its image, or was cut short at that.
const UNDER_WAY: &str = "under-way";
/// What disks write at once or not at all, in bytes.
pub(super) const SECTOR: usize = 512;
/// The longest first line of a copy, in bytes: a million of ranges fits in, and damage does not fill the memory.
const MAX_HEAD: u64 = 64 << 20;

/// The first line of a copy. The bytes of all ranges follow: of each, what was there, as far as the image went, and
/// what was written.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    /// The form of all this.
    vitrine_image_copy: u32,
    image: PathBuf,
    /// The image's length in bytes, before and after.
    length: (u64, u64),
    /// Offset and length in bytes.
    ranges: Vec<(u64, u64)>,
}

/// A copy on disk.
#[derive(Debug)]
pub(super) struct Copy {
    path: PathBuf,
    head: Head,
    /// Where the bytes begin.
    bytes: u64,
    file: File,
}

/// Why an image could not be put back.
#[derive(Debug)]
pub enum PutBackError {
    /// It has changed since, so that its old tables no longer fit its contents.
    Used(PathBuf),
    /// A program has it open.
    InUse(PathBuf),
    /// It is not what it should be.
    NoCopy {
        /// The file that was named as a copy.
        path: PathBuf,
        /// What of it is not as it should be, as the end of a sentence.
        why: String,
    },
    /// It cannot be read or written.
    Io {
        /// The copy or the image.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl std::error::Error for PutBackError {}

impl fmt::Display for PutBackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Used(image) => tr!(
                "{image}: the image was used since it was mended, and its old tables do not fit what is in it now; put \
                 them into a copy of it by --image FILE --force, if you know what you do",
                image = image.display()
            ),
            Self::InUse(image) => {
                tr!("{image}: the image is in use; shut its VM off first", image = image.display())
            }
            Self::NoCopy { path, why } => tr!(
                "{file}: this is no copy that Vitrine has made: {why}",
                file = path.display(),
                why = why
            ),
            Self::Io { path, source } => format!("{}: {source}", path.display()),
        })
    }
}

impl Copy {
    /// Writes down what distinguishes the mended image from its original, in these ranges.
    pub(super) fn write(
        folder: &Path,
        image: &Path,
        original: &File,
        mended: &File,
        ranges: Vec<(u64, u64)>,
    ) -> io::Result<Self> {
        let length = (size(original)?, size(mended)?);
        let head = Head { vitrine_image_copy: 1, image: image.to_owned(), length, ranges };
        let path = free_name(folder, image);
        let part = path.with_extension("part");
        let mut to = BufWriter::new(File::create(&part)?);
        serde_json::to_writer(&mut to, &head)?;
        to.write_all(b"\n")?;
        for (offset, bytes) in head.ranges.iter().copied() {
            for (file, length) in [(original, length.0), (mended, length.1)] {
                pieces(offset, bytes.min(length.saturating_sub(offset)), |offset, piece| {
                    file.read_exact_at(piece, offset)?;
                    to.write_all(piece)
                })?;
            }
        }
        let file = to.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&part, &path)?;
        File::open(folder)?.sync_all()?;
        Self::open(&path).map_err(io::Error::other)
    }

    pub(super) fn open(path: &Path) -> Result<Self, PutBackError> {
        let failed = |source| PutBackError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let mut reader = BufReader::new(io::Read::take(&file, MAX_HEAD));
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).map_err(failed)?;
        let no_copy = |why: String| PutBackError::NoCopy { path: path.to_owned(), why };
        let head: Head = serde_json::from_slice(&line).map_err(|error| no_copy(error.to_string()))?;
        if head.vitrine_image_copy != 1 {
            return Err(no_copy(tr!("its form is {form}, and 1 is known", form = head.vitrine_image_copy)));
        }
        let copy = Self { path: path.to_owned(), head, bytes: line.len() as u64, file };
        let expected = copy.places().last().map_or(copy.bytes, |place| place.after + place.new);
        if size(&copy.file).map_err(failed)? != expected {
            return Err(no_copy(tr!("it is not complete")));
        }
        Ok(copy)
    }

    pub(super) fn image(&self) -> &Path {
        &self.head.image
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where of each range the old and the new bytes stand in the copy.
    fn places(&self) -> impl Iterator<Item = Place> {
        let (before, after) = self.head.length;
        self.head.ranges.iter().scan(self.bytes, move |at, &(offset, bytes)| {
            let old = bytes.min(before.saturating_sub(offset));
            let new = bytes.min(after.saturating_sub(offset));
            let place = Place { offset, before: *at, old, after: at.checked_add(old)?, new };
            *at = place.after.checked_add(new)?;
            Some(place)
        })
    }

    /// Writes the repair into the image.
    pub(super) fn apply(&self, image: &File) -> io::Result<()> {
        for place in self.places() {
            self.pour(place.after, place.offset, place.new, image)?;
        }
        if self.head.length.1 > size(image)? {
            image.set_len(self.head.length.1)?;
        }
        image.sync_all()
    }

    /// The repair is complete; the copy is for people from now on.
    pub(super) fn keep(&mut self) -> io::Result<()> {
        let kept = self.path.with_extension(DONE);
        fs::rename(&self.path, &kept)?;
        self.path = kept;
        Ok(())
    }

    /// Puts the image back to what it was, unless it was used since; also where the repair was cut short.
    pub(super) fn put_back(&self, path: &Path, force: bool) -> Result<(), PutBackError> {
        let failed = |source| PutBackError::Io { path: path.to_owned(), source };
        let image = File::options().read(true).write(true).open(path).map_err(failed)?;
        if !lock(&image).map_err(failed)? {
            return Err(PutBackError::InUse(path.to_owned()));
        }
        if !force && !self.is_untouched(&image).map_err(failed)? {
            return Err(PutBackError::Used(path.to_owned()));
        }
        let write = || {
            for place in self.places() {
                self.pour(place.before, place.offset, place.old, &image)?;
            }
            if self.head.length.0 != size(&image)? {
                image.set_len(self.head.length.0)?;
            }
            image.sync_all()
        };
        write().map_err(failed)
    }

    /// Whether each sector is the old one or the new one.
    fn is_untouched(&self, image: &File) -> io::Result<bool> {
        let (before, after) = self.head.length;
        let now = size(image)?;
        if now < before || now > after.max(before) {
            return Ok(false);
        }
        for place in self.places() {
            let mut untouched = true;
            pieces(0, place.old.max(place.new), |at, now| {
                let get = |from: u64, bytes: u64| {
                    let mut piece = vec![0; now.len()];
                    let there =
                        usize::try_from(bytes.saturating_sub(at)).unwrap_or(usize::MAX).min(now.len());
                    self.file.read_exact_at(&mut piece[..there], from + at)?;
                    io::Result::Ok(piece)
                };
                let (old, new) = (get(place.before, place.old)?, get(place.after, place.new)?);
                read_at(image, place.offset + at, now)?;
                let sectors = now.chunks(SECTOR).zip(old.chunks(SECTOR).zip(new.chunks(SECTOR)));
                untouched &= sectors.into_iter().all(|(now, (old, new))| now == old || now == new);
                Ok(())
            })?;
            if !untouched {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn pour(&self, from: u64, to: u64, bytes: u64, image: &File) -> io::Result<()> {
        pieces(0, bytes, |at, piece| {
            self.file.read_exact_at(piece, from + at)?;
            image.write_all_at(piece, to + at)
        })
    }
}

#[derive(Clone, Copy, Debug)]
struct Place {
    /// Where the range begins in the image.
    offset: u64,
    /// Where its old bytes stand in the copy, and how many; the same of the new ones.
    before: u64,
    old: u64,
    after: u64,
    new: u64,
}

/// The copies of repairs that were cut short.
pub(super) fn under_way(folder: &Path) -> Vec<PathBuf> {
    with_extension(folder, UNDER_WAY)
}

/// Removes the oldest of the complete copies, and what is left of those that never became complete.
pub(super) fn tidy(folder: &Path, most: usize) {
    let mut copies: Vec<_> = with_extension(folder, DONE)
        .into_iter()
        .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
        .collect();
    copies.sort();
    let excess = copies.len().saturating_sub(most);
    let incomplete = with_extension(folder, "part").into_iter().chain(with_extension(folder, "work"));
    for path in copies.into_iter().take(excess).map(|(_, path)| path).chain(incomplete) {
        let _ = fs::remove_file(path);
    }
}

fn with_extension(folder: &Path, wanted: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == wanted)).collect();
    found.sort();
    found
}

/// `eden.qcow2-1`: a name that no copy has yet, complete or not.
fn free_name(folder: &Path, image: &Path) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = image.file_name().unwrap_or_default().to_string_lossy().chars().map(plain).collect();
    // A file's name may have 255 bytes.
    let name: String = name.chars().take(200).collect();
    (1_u32..)
        .map(|number| folder.join(format!("{name}-{number}.{UNDER_WAY}")))
        .find(|path| !path.exists() && !path.with_extension(DONE).exists())
        .unwrap_or_else(|| folder.join(format!("{name}.{UNDER_WAY}")))
}

/// Keeps QEMU from the image, which locks bytes of it for itself; false where it has it.
pub(super) fn lock(image: &File) -> io::Result<bool> {
    match fcntl_lock(image, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// An error as the end of a sentence.
pub(super) fn words(error: io::Error) -> String {
    error.to_string()
}

/// The length of a file or a block device in bytes.
pub(super) fn size(file: &File) -> io::Result<u64> {
    (&*file).seek(SeekFrom::End(0))
}

/// Reads bytes, zeros behind the end.
pub(super) fn read_at(file: &File, mut offset: u64, mut into: &mut [u8]) -> io::Result<()> {
    while !into.is_empty() {
        match file.read_at(into, offset) {
            Ok(0) => {
                into.fill(0);
                return Ok(());
            }
            Ok(count) => {
                into = &mut into[count..];
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Goes over so many bytes in pieces that fit into memory.
pub(super) fn pieces(
    offset: u64,
    bytes: u64,
    mut each: impl FnMut(u64, &mut [u8]) -> io::Result<()>,
) -> io::Result<()> {
    /// What is in memory at a time, in bytes.
    const PIECE: u64 = 1 << 20;
    let mut buffer = vec![0; usize::try_from(bytes.min(PIECE)).unwrap_or(0)];
    let mut done = 0;
    while done < bytes {
        let count = usize::try_from((bytes - done).min(PIECE)).unwrap_or(0);
        each(offset + done, &mut buffer[..count])?;
        done += count as u64;
    }
    Ok(())
}
