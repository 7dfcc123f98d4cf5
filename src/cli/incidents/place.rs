//! Which journal is meant, where none is named.

use std::path::{Path, PathBuf};

use crate::cli::tell;
use crate::words::tr;
use crate::{host, journal};

/// Root has no session; then the journal of the one that has one is meant.
pub(super) fn of_the_session(own: PathBuf) -> PathBuf {
    if !rustix::process::geteuid().is_root() {
        return own;
    }
    let (newest, others) = newest(own, Path::new("/home"));
    if others > 0 {
        let (count, path) = (others + 1, newest.display());
        let text = tr!(
            "of {count} journals this is the one last written: {path} (--file for another)",
            count = count,
            path = path
        );
        tell(&format!("vitrine: {text}"));
    }
    newest
}

/// The journal that was written last, of root's own and those below these homes, and how many others there are.
fn newest(own: PathBuf, homes: &Path) -> (PathBuf, usize) {
    let homes = std::fs::read_dir(homes).into_iter().flatten().flatten();
    let others = homes.map(|home| host::state_folder_below(&home.path()).join(journal::FILE));
    let mut journals: Vec<_> = std::iter::once(own.clone())
        .chain(others)
        .filter_map(|path| Some((journal::written(&path)?, path)))
        .collect();
    journals.sort();
    match journals.pop() {
        Some((_, newest)) => (newest, journals.len()),
        None => (own, 0),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn of_several_journals_the_one_last_written_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("root/journal.db");
        let homes = folder.path().join("home");
        assert_eq!(newest(own.clone(), &homes), (own.clone(), 0));
        let write = |path: &Path, minute: u64| {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = std::fs::File::create(path).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(60 * minute)).unwrap();
        };
        let of = |user: &str| homes.join(user).join(".local/state/vitrine").join(journal::FILE);
        write(&of("former"), 1);
        write(&of("kiosk"), 2);
        assert_eq!(newest(own.clone(), &homes), (of("kiosk"), 1));
        write(&own, 3);
        assert_eq!(newest(own.clone(), &homes), (own.clone(), 2));
        // What has not come into the database itself yet lies beside it.
        write(&of("former").with_extension("db-wal"), 4);
        assert_eq!(newest(own, &homes), (of("former"), 2));
    }
}
