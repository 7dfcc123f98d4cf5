//! Whose session the artworks are shown in.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::ground::User;

/// The user that the installer makes, where nobody names another.
const USUAL: &str = "kiosk";
/// Where the installer writes down which user it is (`deploy/install`).
const OPTIONS: &str = "/etc/default/vitrine-kiosk";

/// This user; or, asked by root, the one whose session runs Vitrine, else the one that the installer was given.
pub(in crate::cli) fn find() -> User {
    let own = User::own();
    if own.uid != 0 {
        return own;
    }
    let installed = || of_options(&fs::read_to_string(OPTIONS).unwrap_or_default());
    of_daemon(Path::new("/proc"))
        .map(User::of)
        .or_else(|| User::named(&installed()?))
        .or_else(|| User::named(USUAL))
        .unwrap_or(own)
}

/// The user of a `vitrine run` that is no test's of root's.
fn of_daemon(processes: &Path) -> Option<u32> {
    let entries = fs::read_dir(processes).ok()?.flatten();
    let mut users = entries.filter_map(|entry| {
        let line = fs::read(entry.path().join("cmdline")).ok()?;
        let words: Vec<_> = line.split(|byte| *byte == 0).collect();
        let program = words.first()?.rsplit(|byte| *byte == b'/').next()?;
        let runs = program == b"vitrine" && words.contains(&&b"run"[..]);
        let user = fs::metadata(entry.path()).ok()?.uid();
        (runs && user != 0).then_some(user)
    });
    users.next()
}

/// The name behind `--user` in the installer's options.
fn of_options(text: &str) -> Option<String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut words = lines
        .flat_map(|line| line.split(|c: char| c.is_whitespace() || "\"'=".contains(c)))
        .skip_while(|word| *word != "--user");
    words.nth(1).filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_installers_options_name_the_user() {
        for (options, name) in [
            ("OPTIONS=\"--user artist --without sound\"\n", Some("artist")),
            ("OPTIONS='--without sound --user a-b'", Some("a-b")),
            ("#OPTIONS=\"--user old\"\nOPTIONS=\"--user artist\"", Some("artist")),
            ("OPTIONS=\"\"", None),
            ("", None),
        ] {
            assert_eq!(of_options(options).as_deref(), name, "{options}");
        }
    }
}
