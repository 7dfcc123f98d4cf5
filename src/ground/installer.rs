//! Finds out where the installer of this kiosk is.

use std::fs;
use std::path::{Path, PathBuf};

use crate::doctor::facts::installer::{Installer, PACKAGED};

/// Where the package's options are; the installer reads no other place (`deploy/install`).
const OPTIONS: &str = "/etc/default/vitrine-kiosk";

pub(super) fn find() -> Installer {
    let options = fs::read_to_string(OPTIONS).unwrap_or_default();
    let here = std::env::current_dir().ok();
    let program = std::env::current_exe().ok();
    let folders = here.into_iter().chain(program.iter().flat_map(|file| file.ancestors().map(PathBuf::from)));
    of(Path::new(PACKAGED), &options, folders)
}

fn of(packaged: &Path, options: &str, mut folders: impl Iterator<Item = PathBuf>) -> Installer {
    let is_there =
        |folder: &Path| folder.join("deploy/install").is_file() && folder.join("deploy/steps").is_dir();
    if is_there(packaged) {
        return Installer::Packaged { left_out: left_out(options) };
    }
    let folder = folders.find(|folder| is_there(folder));
    folder.map_or(Installer::Unknown, |folder| Installer::Folder(folder.display().to_string()))
}

/// The words behind `--without`.
fn left_out(options: &str) -> Vec<String> {
    let lines = options.lines().filter(|line| !line.trim_start().starts_with('#'));
    let words: Vec<_> =
        lines.flat_map(|line| line.split(|c: char| c.is_whitespace() || "\"'=".contains(c))).collect();
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.windows(2).filter(|pair| pair[0] == "--without").map(|pair| pair[1].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_is_known_by_its_folder_and_a_repository_by_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let found =
            |options: &str| of(&place("packaged"), options, [place("else"), place("here")].into_iter());
        assert_eq!(found(""), Installer::Unknown);
        let make = |name: &str| {
            fs::create_dir_all(place(name).join("deploy/steps")).unwrap();
            fs::write(place(name).join("deploy/install"), "").unwrap();
        };
        make("here");
        assert_eq!(found(""), Installer::Folder(place("here").display().to_string()));
        make("packaged");
        assert_eq!(found(""), Installer::Packaged { left_out: Vec::new() });
        let options =
            "# OPTIONS=\"--without power\"\nOPTIONS=\"--user museum --without watchdog --without=panic\"\n";
        let left_out = vec!["watchdog".to_owned(), "panic".to_owned()];
        assert_eq!(found(options), Installer::Packaged { left_out });
    }
}
