//! The list of exhibits that a next daemon of the same session finds well, so that it leaves them running.
//!
//! It lies in the runtime folder, which a reboot empties: after one, everything starts from its snapshot.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::host::{self, WarnOnce};

/// The file's name in the runtime folder.
const FILE: &str = "running";

/// The list on disk.
#[derive(Debug)]
pub(super) struct Adoptable {
    path: PathBuf,
    /// What the file is known to have; `None` before the first write.
    written: Option<BTreeSet<String>>,
    unwritable: WarnOnce,
}

impl Adoptable {
    /// In this runtime folder.
    pub(super) fn new(runtime_dir: &Path) -> Self {
        Self { path: runtime_dir.join(FILE), written: None, unwritable: WarnOnce::default() }
    }

    /// What an earlier daemon left. Nothing, if there is nothing that can be read.
    pub(super) fn read(&self) -> BTreeSet<String> {
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Writes the list where it has changed.
    pub(super) fn write(&mut self, names: BTreeSet<String>) {
        if self.written.as_ref() == Some(&names) {
            return;
        }
        let text: String = names.iter().map(|name| format!("{name}\n")).collect();
        match host::replace(&self.path, &text) {
            Ok(()) => {
                self.written = Some(names);
                self.unwritable.went_well();
            }
            Err(error) => self.unwritable.failed(|| {
                tracing::warn!(
                    "{} cannot be written ({error}); a restart of Vitrine may therefore start artworks anew",
                    self.path.display()
                );
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_next_daemon_reads_what_was_written_last() {
        let folder = tempfile::tempdir().unwrap();
        let mut list = Adoptable::new(folder.path());
        assert_eq!(list.read(), BTreeSet::new());
        list.write(["a".to_owned(), "b".to_owned()].into());
        list.write(["b".to_owned()].into());
        assert_eq!(Adoptable::new(folder.path()).read(), ["b".to_owned()].into());
    }
}
