//! What one daemon leaves for the next, on disk, so that it outlives the computer's restart too.
//!
//! One line for each decision of staff: what, by whom, since when and until when, on which exhibit; one with the VM of
//! each such exhibit; and one each that tells how often the computer was restarted, and the X server ended, because
//! nothing else helped.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::kept::Kept;
use crate::core::decisions::SiteDecisions;
use crate::core::status::{Hold, Stopped};
use crate::core::types::{Holder, WallTime};
use crate::host;

/// The file's name in the state folder.
const FILE: &str = "decisions";

/// The lines that count begin so.
const REBOOTED: &str = "rebooted";
const X_SERVER_ENDED: &str = "x-server-ended";

/// How long the disk may take before whoever has decided something is told that it is not written down.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long the disk may take to tell what an earlier daemon left.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// The file with the decisions, and what is in it.
#[derive(Debug)]
pub(super) struct DecisionStore {
    /// `None` where no place is known for it.
    path: Option<PathBuf>,
    kept: Kept<SiteDecisions>,
}

impl DecisionStore {
    /// In this folder, which becomes private; without one, nothing outlives the daemon.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        let path = folder.map(|folder| folder.join(FILE));
        Self { path, kept: Kept::new(Some(SiteDecisions::default()), write) }
    }

    /// What an earlier daemon was told. A line that cannot be read is left out. Waits for a disk that does not answer, but
    /// not for long.
    pub(super) fn read(&mut self) -> SiteDecisions {
        let Some(path) = self.path.clone() else { return SiteDecisions::default() };
        let file = path.clone();
        let text = match host::within(READ_TIMEOUT, move || read_private(&file)).flatten() {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                tracing::warn!("{} cannot be read ({error}): holds and stops are forgotten", path.display());
                String::new()
            }
        };
        let mut decisions = SiteDecisions::default();
        for line in text.lines() {
            if read_line(line, &mut decisions).is_none() {
                tracing::warn!("{}: this line is damaged and left out: {line:?}", path.display());
            }
        }
        self.kept = Kept::new(Some(decisions.clone()), write);
        decisions
    }

    /// Whether the next daemon will know all that was told last.
    pub(super) fn has_all(&self) -> bool {
        self.path.is_some() && self.kept.has_all()
    }

    /// Whether that is still to be seen.
    pub(super) fn is_writing(&self) -> bool {
        self.kept.is_writing()
    }

    /// Has what has changed written.
    pub(super) fn want(&mut self, decisions: SiteDecisions) {
        if let Some(path) = &self.path {
            self.kept.want(path, decisions, Instant::now());
        }
    }

    /// Returns once a write has ended.
    pub(super) async fn written(&mut self) {
        let failed = self.kept.ended().await;
        if let (Some(error), Some(path)) = (failed, &self.path) {
            tracing::warn!(
                "{} cannot be written ({error}); holds and stops will not survive a restart of Vitrine",
                path.display()
            );
        }
    }
}

fn write(path: &Path, decisions: &SiteDecisions) -> io::Result<()> {
    replace(path, &text(decisions))
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

/// The text of the whole file.
fn text(decisions: &SiteDecisions) -> String {
    // An exhibit's name has no blank in it, and what comes last may have.
    let plain = |text: &str| text.replace(char::is_control, " ");
    let mut lines = String::new();
    for (name, of_exhibit) in &decisions.exhibits {
        if let Some(vm) = &of_exhibit.vm {
            lines.push_str(&format!("vm {name} {}\n", plain(vm)));
        }
        if let Some(hold) = &of_exhibit.hold {
            let until = hold.until.map_or_else(|| "-".to_owned(), |until| until.0.to_string());
            lines.push_str(&format!(
                "held {name} {} {until} {}\n",
                hold.since.0,
                plain(&hold.by.to_string())
            ));
        }
        if let Some(reason) = of_exhibit.hold.as_ref().and_then(|hold| hold.reason.as_ref()) {
            lines.push_str(&format!("because {name} {}\n", plain(reason)));
        }
        if let Some(stopped) = &of_exhibit.stopped {
            lines.push_str(&format!("stopped {name} {} - {}\n", stopped.since.0, plain(&stopped.by)));
        }
    }
    let counts = [(REBOOTED, decisions.reboots), (X_SERVER_ENDED, decisions.x_server_ends)];
    for (what, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        lines.push_str(&format!("{what} {count}\n"));
    }
    lines
}

/// Reads one line of the file; `None` where it is damaged.
fn read_line(line: &str, decisions: &mut SiteDecisions) -> Option<()> {
    if let Some(rest) = line.strip_prefix("vm ") {
        let (name, vm) = rest.split_once(' ')?;
        decisions.exhibits.entry(name.to_owned()).or_default().vm = Some(vm.to_owned());
        return Some(());
    }
    if let Some(rest) = line.strip_prefix("because ") {
        let (name, reason) = rest.split_once(' ')?;
        decisions.exhibits.get_mut(name)?.hold.as_mut()?.reason = Some(reason.to_owned());
        return Some(());
    }
    let mut words = line.splitn(5, ' ');
    let (what, name) = (words.next()?, words.next()?);
    let count = match what {
        REBOOTED => Some(&mut decisions.reboots),
        X_SERVER_ENDED => Some(&mut decisions.x_server_ends),
        _ => None,
    };
    if let Some(count) = count {
        *count = name.parse().ok()?;
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
    let known = decisions.exhibits.entry(name.to_owned()).or_default();
    match what {
        "held" => known.hold = Some(Hold { by: Holder::Staff(by), since, until, reason: None }),
        _ => known.stopped = Some(Stopped { by, since }),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::decisions::Decisions;

    fn decisions() -> SiteDecisions {
        let hold = |until, reason: Option<&str>| {
            let by = Holder::Staff("anna (command)".to_owned());
            Some(Hold { by, since: WallTime(-5), until, reason: reason.map(str::to_owned) })
        };
        let stopped = Some(Stopped { by: "10.0.0.7".to_owned(), since: WallTime(9) });
        let exhibits = [
            (
                "eden".to_owned(),
                Decisions {
                    vm: None,
                    hold: hold(Some(WallTime(77)), Some("the floor is cleaned")),
                    stopped: None,
                },
            ),
            (
                "orbit".to_owned(),
                Decisions { vm: Some("orbit of 1997".to_owned()), hold: hold(None, None), stopped },
            ),
        ];
        SiteDecisions { exhibits: exhibits.into(), reboots: 3, x_server_ends: 2 }
    }

    impl DecisionStore {
        /// Has this written, and waits for it. Whether the disk has it.
        async fn write(&mut self, decisions: SiteDecisions) -> bool {
            self.want(decisions);
            if self.is_writing() {
                self.written().await;
            }
            self.has_all()
        }
    }

    #[tokio::test]
    async fn a_next_daemon_reads_what_was_written_last() {
        let folder = tempfile::tempdir().unwrap();
        let new = || DecisionStore::new(Some(folder.path().to_owned()));
        assert_eq!(new().read(), SiteDecisions::default());
        let mut store = new();
        assert!(store.has_all(), "nothing is to be written yet");
        assert!(store.write(decisions()).await);
        assert_eq!(new().read(), decisions());
        assert!(store.write(SiteDecisions::default()).await);
        assert_eq!(new().read(), SiteDecisions::default());
        assert!(!DecisionStore::new(None).write(decisions()).await);
    }

    #[test]
    fn damage_costs_no_more_than_the_line_that_it_hit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let mut bytes =
            b"held\n\xff\xfe\0\nsent eden 1 - me\nheld eden soon - me\nrebooted often\nx-server-ended -1\n"
                .to_vec();
        bytes.extend(text(&decisions()).bytes());
        fs::write(&path, bytes).unwrap();
        assert_eq!(DecisionStore::new(Some(folder.path().to_owned())).read(), decisions());
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_no_catastrophe_and_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join("vitrine");
        fs::write(&in_the_way, "").unwrap();
        let mut store = DecisionStore::new(Some(in_the_way.clone()));
        assert_eq!(store.read(), SiteDecisions::default());
        assert!(!store.write(decisions()).await);
        // Not at each turn of the daemon, but at once where there is something new.
        fs::remove_file(&in_the_way).unwrap();
        store.want(decisions());
        assert!(!store.is_writing() && !store.has_all());
        assert!(store.write(SiteDecisions { reboots: 4, ..decisions() }).await);
        assert!(store.write(decisions()).await);
        assert_eq!(DecisionStore::new(Some(in_the_way)).read(), decisions());
    }

    #[tokio::test]
    async fn a_disk_that_does_not_answer_is_waited_for_by_nobody() {
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
        let mut store = DecisionStore::new(Some(folder.path().to_owned()));
        store.want(decisions());
        assert!(store.is_writing() && !store.has_all());
        store.want(SiteDecisions::default());
        assert!(
            store.is_writing() && !store.has_all(),
            "nothing else is begun, and nothing is known, meanwhile"
        );
        drop(fs::File::open(&draft).unwrap());
        store.written().await;
        let _ = fs::remove_file(&draft);
        assert!(store.write(decisions()).await);
        assert_eq!(DecisionStore::new(Some(folder.path().to_owned())).read(), decisions());
    }
}
