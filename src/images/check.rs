//! The check of one image, and its repair where it is damaged.
//!
//! A repair is made on a work file with the image's tables and none of its contents. Only what `qemu-img` has made sound
//! there is written down in a copy, and then into the image.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::copy::{self, Copy, words};
use super::qcow2::{self, Header};
use super::tool::{self, Found, Progress, Repair};

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Staff may want to read it.
    Information,
    /// Something is not as it should be.
    Warning,
}

/// One image, on a thread of its own.
pub(super) struct Job {
    pub(super) path: PathBuf,
    /// The path, as `qemu-img` is told it.
    pub(super) shown: String,
    /// It is open for reading.
    pub(super) file: File,
    /// Whether it is a block device.
    pub(super) device: bool,
    /// The folder for the copies.
    pub(super) copies: PathBuf,
    /// The program `qemu-img`.
    pub(super) qemu_img: PathBuf,
}

impl Job {
    /// Checks it, and mends what is damaged; what is to be told of it.
    pub(super) fn check(&self, progress: &Progress) -> (Weight, String) {
        let header = match self.header() {
            Ok(header) => header,
            Err(why) => return (Weight::Warning, format!("is not checked: {why}")),
        };
        let report = match self.tool(&self.shown, self.device, Repair::Nothing, progress) {
            Ok(report) => report,
            Err(why) => return (Weight::Warning, format!("could not be checked: {why}")),
        };
        let (what, repair) = match report.found {
            Found::Sound => return (Weight::Information, "is sound".to_owned()),
            Found::Damaged => ("was damaged", Repair::All),
            Found::Leaks => ("had lost room", Repair::Leaks),
        };
        match self.mend(&header, &report, repair, progress) {
            Ok(copy) => (
                Weight::Warning,
                format!(
                    "{what} since the computer stopped without an end; what is changed in it is kept in {}; it is mended",
                    copy.display()
                ),
            ),
            Err(why) => (
                Weight::Warning,
                format!(
                    "{what} and could not be mended ({why}); it is as it was. If its artwork does not start, put a copy of the image in its place"
                ),
            ),
        }
    }

    fn header(&self) -> Result<Header, String> {
        let mut bytes = Vec::new();
        let head = io::Read::take(&self.file, qcow2::HEADER as u64);
        io::BufReader::new(head).read_to_end(&mut bytes).map_err(words)?;
        Ok(Header::parse(&bytes)?)
    }

    fn tool(
        &self,
        image: &str,
        device: bool,
        repair: Repair,
        progress: &Progress,
    ) -> Result<tool::Report, String> {
        tool::check(&self.qemu_img, image, device, repair, progress)
    }

    /// Mends the image; where the copy is of what was changed.
    fn mend(
        &self,
        header: &Header,
        report: &tool::Report,
        repair: Repair,
        progress: &Progress,
    ) -> Result<PathBuf, String> {
        let image = File::options().read(true).write(true).open(&self.path).map_err(words)?;
        if !copy::lock(&image).map_err(words)? {
            return Err("another program has it".to_owned());
        }
        let work = Work::new(&self.copies).map_err(words)?;
        let tables = self.copy_tables(header, &work.file, progress).map_err(words)?;
        let name = work.path.display().to_string();
        let twin = self.tool(&name, false, Repair::Nothing, progress)?;
        if (&twin.found, &twin.counts) != (&report.found, &report.counts) {
            return Err("its tables are not where they should be".to_owned());
        }
        // What it says on what it mended does not count; what is found afterwards does.
        let _ = self.tool(&name, false, repair, progress)?;
        if self.tool(&name, false, Repair::Nothing, progress)?.found != Found::Sound {
            return Err("qemu-img cannot mend all of it".to_owned());
        }
        if self.device && copy::size(&work.file).map_err(words)? > copy::size(&image).map_err(words)? {
            return Err("its device has no room left for that".to_owned());
        }
        let ranges = changes(header, &tables, &image, &work.file, progress).map_err(words)?;
        if progress.stopped() {
            return Err(tool::ENDED.to_owned());
        }
        let mut copy = Copy::write(&self.copies, &self.path, &image, &work.file, ranges).map_err(words)?;
        let applied = copy.apply(&image).map_err(words);
        // The lock goes with the file.
        drop(image);
        let checked = applied.and_then(|()| self.tool(&self.shown, self.device, Repair::Nothing, progress));
        match checked {
            Ok(report) if report.found == Found::Sound => {
                copy.keep().map_err(words)?;
                Ok(copy.path().to_owned())
            }
            other => {
                let why = other.err().unwrap_or_else(|| "it is not sound afterwards".to_owned());
                copy.put_back(&self.path, false).map_err(|error| format!("{why}, and {error}"))?;
                let _ = fs::remove_file(copy.path());
                Err(why)
            }
        }
    }

    /// Makes the work file an image with the same tables, and no contents; the numbers of the clusters that it has.
    fn copy_tables(&self, header: &Header, work: &File, progress: &Progress) -> io::Result<BTreeSet<u64>> {
        let length = copy::size(&self.file)?;
        let mut read = |offset: u64, bytes: usize| {
            stop_if_told(progress)?;
            let mut piece = vec![0; bytes];
            copy::read_at(&self.file, offset, &mut piece)?;
            Ok(piece)
        };
        let tables = header.tables(length, &mut read)?;
        work.set_len(length)?;
        for cluster in &tables {
            let offset = cluster * header.cluster();
            let bytes = header.cluster().min(length - offset);
            work.write_all_at(&read(offset, usize::try_from(bytes).unwrap_or(0))?, offset)?;
        }
        Ok(tables)
    }
}

/// What the repair has changed: of the tables, the sectors that differ; elsewhere it has written where nothing was, and
/// then whole clusters.
fn changes(
    header: &Header,
    tables: &BTreeSet<u64>,
    image: &File,
    work: &File,
    progress: &Progress,
) -> io::Result<Vec<(u64, u64)>> {
    let (cluster, length) = (header.cluster(), copy::size(work)?);
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    let mut note = |offset: u64, bytes: u64| match ranges.last_mut() {
        Some((last, before)) if *last + *before == offset => *before += bytes,
        _ => ranges.push((offset, bytes)),
    };
    let mut candidates = written(work, cluster)?;
    candidates.extend(tables);
    for number in candidates {
        stop_if_told(progress)?;
        let offset = number * cluster;
        let mut new = vec![0; usize::try_from(cluster.min(length.saturating_sub(offset))).unwrap_or(0)];
        copy::read_at(work, offset, &mut new)?;
        if tables.contains(&number) {
            let mut old = vec![0; new.len()];
            copy::read_at(image, offset, &mut old)?;
            for (place, (old, new)) in old.chunks(copy::SECTOR).zip(new.chunks(copy::SECTOR)).enumerate() {
                if old != new {
                    note(offset + (place * copy::SECTOR) as u64, new.len() as u64);
                }
            }
        } else if new.iter().any(|byte| *byte != 0) {
            note(offset, new.len() as u64);
        }
    }
    Ok(ranges)
}

/// The numbers of the clusters in which the sparse file has something at all.
fn written(file: &File, cluster: u64) -> io::Result<BTreeSet<u64>> {
    use rustix::fs::SeekFrom;
    let mut found = BTreeSet::new();
    let mut at = 0;
    loop {
        match rustix::fs::seek(file, SeekFrom::Data(at)) {
            Ok(start) => {
                at = rustix::fs::seek(file, SeekFrom::Hole(start))?;
                found.extend((start / cluster)..=((at.max(start + 1) - 1) / cluster));
            }
            // Nothing but a hole is left.
            Err(rustix::io::Errno::NXIO) => return Ok(found),
            Err(error) => return Err(error.into()),
        }
    }
}

fn stop_if_told(progress: &Progress) -> io::Result<()> {
    progress.step();
    if progress.stopped() { Err(io::Error::other(tool::ENDED)) } else { Ok(()) }
}

/// A file that is gone with it.
struct Work {
    path: PathBuf,
    file: File,
}

impl Work {
    fn new(folder: &Path) -> io::Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let path = folder.join(format!("{}.work", MADE.fetch_add(1, Ordering::Relaxed)));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        Ok(Self { path, file })
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
