//! The list of exhibits that a next daemon of the same session finds well, so that it leaves them running.
//!
//! It lies in the runtime folder, which a reboot empties: after one, everything starts from its snapshot.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::kept::Kept;
use crate::host;

/// The file's name in the runtime folder.
const FILE: &str = "running";

/// The list on disk.
#[derive(Debug)]
pub(super) struct Adoptable {
    path: PathBuf,
    kept: Kept<BTreeSet<String>>,
}

impl Adoptable {
    /// In this runtime folder.
    pub(super) fn new(runtime_dir: &Path) -> Self {
        Self { path: runtime_dir.join(FILE), kept: Kept::new(None, write) }
    }

    /// What an earlier daemon left. Nothing, if there is nothing that can be read. Blocks.
    pub(super) fn read(&self) -> BTreeSet<String> {
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Has the list written where it has changed.
    pub(super) fn want(&mut self, names: BTreeSet<String>) {
        self.kept.want(&self.path, names, Instant::now());
    }

    /// Returns once a write has ended.
    pub(super) async fn written(&mut self) {
        if let Some(error) = self.kept.ended().await {
            tracing::warn!(
                "{} cannot be written ({error}); a restart of Vitrine may therefore start artworks anew",
                self.path.display()
            );
        }
    }
}

fn write(path: &Path, names: &BTreeSet<String>) -> std::io::Result<()> {
    let text: String = names.iter().map(|name| format!("{name}\n")).collect();
    host::replace(path, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_next_daemon_reads_what_was_written_last() {
        let folder = tempfile::tempdir().unwrap();
        let mut list = Adoptable::new(folder.path());
        assert_eq!(list.read(), BTreeSet::new());
        list.want(["a".to_owned(), "b".to_owned()].into());
        // While the first one is still being written.
        list.want(["b".to_owned()].into());
        list.written().await;
        list.want(["b".to_owned()].into());
        list.written().await;
        assert_eq!(Adoptable::new(folder.path()).read(), ["b".to_owned()].into());
    }
}
