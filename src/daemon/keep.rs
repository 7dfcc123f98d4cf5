//! What one daemon leaves for the next, on disk, so that it outlives the computer's restart too.
//!
//! One line for each decision of staff: what, by whom, since when and until when, on which exhibit; one with the VM of
//! each such exhibit; and one that tells how often the computer was restarted because nothing else helped.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::core::decisions::SiteDecisions;
use crate::core::status::{Hold, Stopped};
use crate::core::types::{Holder, WallTime};
use crate::host;

/// The file's name.
const FILE: &str = "decisions";

/// A disk that takes longer than this holds nobody up any more.
const PATIENCE: Duration = Duration::from_secs(3);

/// The file.
#[derive(Debug)]
pub(super) struct Keep {
    path: Option<PathBuf>,
    written: SiteDecisions,
    /// Whether all of what was told last is on the disk.
    all_written: bool,
    complained: bool,
    /// A text that the disk has not taken yet.
    pending: Option<mpsc::Receiver<io::Result<()>>>,
}

impl Keep {
    /// In this folder, which becomes private; without one, nothing outlives the daemon.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            path: folder.map(|folder| folder.join(FILE)),
            written: SiteDecisions::default(),
            all_written: true,
            complained: false,
            pending: None,
        }
    }

    /// What an earlier daemon was told. A line that cannot be read is left out.
    pub(super) fn read(&mut self) -> SiteDecisions {
        let Some(path) = &self.path else { return SiteDecisions::default() };
        let text = match read_private(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                tracing::warn!("{} cannot be read ({error}): holds and stops are forgotten", path.display());
                String::new()
            }
        };
        let mut kept = SiteDecisions::default();
        for line in text.lines() {
            if take(line, &mut kept).is_none() {
                tracing::warn!("{}: this line is damaged and left out: {line:?}", path.display());
            }
        }
        self.written = kept.clone();
        kept
    }

    /// Whether the next daemon will know all that was told last.
    pub(super) fn has_all(&self) -> bool {
        self.all_written
    }

    /// Writes what has changed. Whether all of it is on the disk now; without a place for it, it never is.
    pub(super) fn write(&mut self, kept: SiteDecisions) -> bool {
        self.all_written = self.try_to_write(kept);
        self.all_written
    }

    fn try_to_write(&mut self, kept: SiteDecisions) -> bool {
        let Some(path) = &self.path else { return false };
        let empty =
            |pending: &mpsc::Receiver<_>| matches!(pending.try_recv(), Err(mpsc::TryRecvError::Empty));
        if self.pending.as_ref().is_some_and(empty) {
            return false;
        }
        self.pending = None;
        if self.written == kept {
            return true;
        }
        match replace_in_time(path, text(&kept), &mut self.pending) {
            Ok(()) => {
                self.written = kept;
                self.complained = false;
                true
            }
            Err(error) => {
                if !std::mem::replace(&mut self.complained, true) {
                    tracing::warn!(
                        "{} cannot be written ({error}); holds and stops will not survive a restart of Vitrine",
                        path.display()
                    );
                }
                false
            }
        }
    }
}

/// As [`replace`]; where the disk does not answer, the end of it is `pending`.
fn replace_in_time(
    path: &Path,
    text: String,
    pending: &mut Option<mpsc::Receiver<io::Result<()>>>,
) -> io::Result<()> {
    let (ended, end) = mpsc::channel();
    let path = path.to_owned();
    thread::Builder::new().name("keep".to_owned()).spawn(move || {
        // Who waits for it may have lost patience.
        let _ = ended.send(replace(&path, &text));
    })?;
    match end.recv_timeout(PATIENCE) {
        Ok(result) => result,
        Err(_) => {
            *pending = Some(end);
            Err(io::Error::new(io::ErrorKind::TimedOut, "the disk does not answer"))
        }
    }
}

fn read_private(path: &Path) -> io::Result<Vec<u8>> {
    if let Some(folder) = path.parent() {
        host::make_private(folder)?;
        host::tighten_files(folder);
    }
    fs::read(path)
}

/// A power cut at any moment leaves the old text or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), host::make_private)?;
    host::replace_durably(path, text)
}

fn text(kept: &SiteDecisions) -> String {
    // An exhibit's name has no blank in it, and what comes last may have.
    let plain = |text: &str| text.replace(char::is_control, " ");
    let mut lines = String::new();
    for (name, kept) in &kept.exhibits {
        if let Some(vm) = &kept.vm {
            lines.push_str(&format!("vm {name} {}\n", plain(vm)));
        }
        if let Some(hold) = &kept.hold {
            let until = hold.until.map_or_else(|| "-".to_owned(), |until| until.0.to_string());
            lines.push_str(&format!(
                "held {name} {} {until} {}\n",
                hold.since.0,
                plain(&hold.by.to_string())
            ));
        }
        if let Some(stopped) = &kept.stopped {
            lines.push_str(&format!("stopped {name} {} - {}\n", stopped.since.0, plain(&stopped.by)));
        }
    }
    if kept.reboots > 0 {
        lines.push_str(&format!("rebooted {}\n", kept.reboots));
    }
    lines
}

fn take(line: &str, kept: &mut SiteDecisions) -> Option<()> {
    if let Some(rest) = line.strip_prefix("vm ") {
        let (name, vm) = rest.split_once(' ')?;
        kept.exhibits.entry(name.to_owned()).or_default().vm = Some(vm.to_owned());
        return Some(());
    }
    let mut words = line.splitn(5, ' ');
    let (what, name) = (words.next()?, words.next()?);
    if what == "rebooted" {
        kept.reboots = name.parse().ok()?;
        return Some(());
    }
    let since = WallTime(words.next()?.parse().ok()?);
    let until = match words.next()? {
        "-" => None,
        until => Some(WallTime(until.parse().ok()?)),
    };
    let by = words.next()?.to_owned();
    if !["held", "stopped"].contains(&what) {
        return None;
    }
    let known = kept.exhibits.entry(name.to_owned()).or_default();
    match what {
        "held" => known.hold = Some(Hold { by: Holder::Staff(by), since, until }),
        _ => known.stopped = Some(Stopped { by, since }),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::decisions::Decisions;

    fn decisions() -> SiteDecisions {
        let hold =
            |until| Some(Hold { by: Holder::Staff("anna (command)".to_owned()), since: WallTime(-5), until });
        let stopped = Some(Stopped { by: "10.0.0.7".to_owned(), since: WallTime(9) });
        let exhibits = [
            ("eden".to_owned(), Decisions { vm: None, hold: hold(Some(WallTime(77))), stopped: None }),
            (
                "orbit".to_owned(),
                Decisions { vm: Some("orbit of 1997".to_owned()), hold: hold(None), stopped },
            ),
        ];
        SiteDecisions { exhibits: exhibits.into(), reboots: 3 }
    }

    #[test]
    fn a_next_daemon_reads_what_was_written_last() {
        let folder = tempfile::tempdir().unwrap();
        let new = || Keep::new(Some(folder.path().to_owned()));
        assert_eq!(new().read(), SiteDecisions::default());
        let mut keep = new();
        assert!(keep.write(decisions()));
        assert_eq!(new().read(), decisions());
        keep.write(SiteDecisions::default());
        assert_eq!(new().read(), SiteDecisions::default());
        assert!(!Keep::new(None).write(decisions()));
    }

    #[test]
    fn damage_costs_no_more_than_the_line_that_it_hit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let mut bytes = b"held\n\xff\xfe\0\nsent eden 1 - me\nheld eden soon - me\nrebooted often\n".to_vec();
        bytes.extend(text(&decisions()).bytes());
        fs::write(&path, bytes).unwrap();
        assert_eq!(Keep::new(Some(folder.path().to_owned())).read(), decisions());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_catastrophe_and_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join("vitrine");
        fs::write(&in_the_way, "").unwrap();
        let mut keep = Keep::new(Some(in_the_way.clone()));
        assert_eq!(keep.read(), SiteDecisions::default());
        assert!(!keep.write(decisions()));
        fs::remove_file(&in_the_way).unwrap();
        assert!(keep.write(decisions()));
        assert_eq!(Keep::new(Some(in_the_way)).read(), decisions());
    }

    #[test]
    fn a_disk_that_does_not_answer_is_waited_for_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        // Whoever opens it for writing waits until somebody reads.
        let draft = path.with_extension("new");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &draft,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        let mut keep = Keep::new(Some(folder.path().to_owned()));
        assert!(!keep.write(decisions()));
        assert!(keep.pending.is_some());
        assert!(!keep.write(decisions()), "nothing else is begun meanwhile");
        drop(fs::File::open(&draft).unwrap());
        let _ = keep.pending.take().unwrap().recv().unwrap();
        let _ = fs::remove_file(&draft);
        assert!(keep.write(decisions()));
        assert_eq!(Keep::new(Some(folder.path().to_owned())).read(), decisions());
    }
}
