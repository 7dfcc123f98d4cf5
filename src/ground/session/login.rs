//! How somebody is logged in at the start: by a log-in manager, a unit, or a console.

use std::fs;
use std::path::{Path, PathBuf};

use crate::doctor::facts::session::Login;

/// Reads it from the files below this folder, `/` but for tests.
pub(super) fn find(root: &Path, user: &str) -> Login {
    let manager = fs::read_to_string(root.join("etc/X11/default-display-manager")).unwrap_or_default();
    let manager = manager.trim().rsplit('/').next().unwrap_or_default().to_owned();
    let link = fs::read_link(root.join("etc/systemd/system/display-manager.service")).ok();
    // One that was removed leaves a link to nothing behind.
    let link = link.filter(|link| root.join(link.strip_prefix("/").unwrap_or(link)).exists());
    let linked = link.and_then(|link| Some(link.file_stem()?.to_string_lossy().into_owned()));
    let enabled = linked.is_some();
    let manager = if manager.is_empty() { linked.unwrap_or_default() } else { manager };
    let found = match manager.as_str() {
        "lightdm" => lightdm(root),
        "gdm3" | "gdm" => pair(
            root,
            &["etc/gdm3/daemon.conf", "etc/gdm3/custom.conf", "etc/gdm/custom.conf"],
            "AutomaticLogin",
        ),
        "sddm" => pair_in(&with_folder(root, "etc/sddm.conf", "etc/sddm.conf.d"), "User", "Session"),
        "nodm" => pair(root, &["etc/default/nodm"], "NODM_USER"),
        _ => (None, String::new()),
    };
    if !manager.is_empty() {
        let (user, session) = found;
        return Login { manager, enabled, user, session };
    }
    by_unit(root, user).or_else(|| by_console(root)).unwrap_or_default()
}

/// lightdm's files in the order in which it reads them; a later one counts (lightdm's README, "Configuration").
fn lightdm(root: &Path) -> (Option<String>, String) {
    let mut files = folder(&root.join("usr/share/lightdm/lightdm.conf.d"));
    files.extend(folder(&root.join("etc/xdg/lightdm/lightdm.conf.d")));
    files.extend(folder(&root.join("etc/lightdm/lightdm.conf.d")));
    files.push(root.join("etc/lightdm/lightdm.conf"));
    pair_in(&files, "autologin-user", "autologin-session")
}

fn with_folder(root: &Path, file: &str, below: &str) -> Vec<PathBuf> {
    let mut files = folder(&root.join(below));
    files.push(root.join(file));
    files
}

fn folder(path: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "conf"));
    files.sort();
    files
}

fn pair(root: &Path, files: &[&str], key: &str) -> (Option<String>, String) {
    let files: Vec<_> = files.iter().map(|file| root.join(file)).collect();
    pair_in(&files, key, "AutomaticSession")
}

fn pair_in(files: &[PathBuf], user: &str, session: &str) -> (Option<String>, String) {
    let texts: Vec<String> = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
    let last = |key: &str| texts.iter().rev().find_map(|text| value(text, key));
    (last(user).filter(|user| !user.is_empty()), last(session).unwrap_or_default())
}

/// The last value of a key in a file of `key=value`.
fn value(text: &str, key: &str) -> Option<String> {
    let of = |line: &str| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    };
    text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])).filter_map(of).next_back()
}

/// A unit of the system that begins an X session for the user, Vitrine's own or another one.
fn by_unit(root: &Path, user: &str) -> Option<Login> {
    let folder = root.join("etc/systemd/system");
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let begins = |text: &str| {
        let starts = text.lines().filter(|line| line.trim_start().starts_with("ExecStart="));
        starts.into_iter().any(|line| ["xinit", "startx", "Xorg"].iter().any(|name| line.contains(name)))
            && value(text, "User").as_deref() == Some(user)
    };
    let mut names = entries.filter_map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = name.strip_suffix(".service")?.to_owned();
        begins(&fs::read_to_string(entry.path()).ok()?).then_some(name)
    });
    let name = names.next()?;
    let wanted = ["graphical.target.wants", "multi-user.target.wants"];
    let file = format!("{name}.service");
    let enabled = wanted.iter().any(|wants| folder.join(wants).join(&file).symlink_metadata().is_ok());
    Some(Login { manager: name, enabled, user: Some(user.to_owned()), session: String::new() })
}

/// A console that logs somebody in by itself (agetty(8), `--autologin`), whose shell begins the session.
fn by_console(root: &Path) -> Option<Login> {
    let entries = fs::read_dir(root.join("etc/systemd/system")).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("getty@") && name.ends_with(".service.d")
    });
    let texts = folders.flat_map(|path| folder(&path)).filter_map(|file| fs::read_to_string(file).ok());
    let user_in = |text: String| {
        let mut words = text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().into_iter();
        words.find(|word| word == "--autologin" || word == "-a")?;
        words.next()
    };
    let user = texts.into_iter().find_map(user_in)?;
    Some(Login { manager: "getty".to_owned(), enabled: true, user: Some(user), session: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn computer(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn log_ins_are_found_wherever_they_are_set_up() {
        const LIGHTDM: (&str, &str) = ("etc/X11/default-display-manager", "/usr/sbin/lightdm\n");
        type Files = &'static [(&'static str, &'static str)];
        let rows: &[(Files, &str, Option<&str>, &str)] = &[
            (&[], "", None, ""),
            (&[LIGHTDM], "lightdm", None, ""),
            (
                &[
                    LIGHTDM,
                    (
                        "etc/lightdm/lightdm.conf.d/50-vitrine.conf",
                        "[Seat:*]\nautologin-user=kiosk\nautologin-session=vitrine\n",
                    ),
                    ("etc/lightdm/lightdm.conf", "[Seat:*]\n#autologin-user=\n"),
                ],
                "lightdm",
                Some("kiosk"),
                "vitrine",
            ),
            (
                &[
                    LIGHTDM,
                    ("etc/lightdm/lightdm.conf.d/50-vitrine.conf", "autologin-user=kiosk\n"),
                    ("etc/lightdm/lightdm.conf", "autologin-user=ada\n"),
                ],
                "lightdm",
                Some("ada"),
                "",
            ),
            (
                &[
                    ("etc/X11/default-display-manager", "/usr/sbin/gdm3"),
                    ("etc/gdm3/daemon.conf", "AutomaticLoginEnable = true\nAutomaticLogin = kiosk\n"),
                ],
                "gdm3",
                Some("kiosk"),
                "",
            ),
            (
                &[(
                    "etc/systemd/system/vitrine-x.service",
                    "[Service]\nUser=kiosk\nExecStart=/usr/bin/xinit /etc/X11/Xsession\n",
                )],
                "vitrine-x",
                Some("kiosk"),
                "",
            ),
            (
                &[("etc/systemd/system/other.service", "[Service]\nUser=kiosk\nExecStart=/usr/bin/true\n")],
                "",
                None,
                "",
            ),
            (
                &[(
                    "etc/systemd/system/getty@tty1.service.d/autologin.conf",
                    "ExecStart=-/sbin/agetty --autologin kiosk --noclear %I $TERM\n",
                )],
                "getty",
                Some("kiosk"),
                "",
            ),
        ];
        for (files, manager, user, session) in rows {
            let root = computer(files);
            let found = find(root.path(), "kiosk");
            assert_eq!(
                (found.manager.as_str(), found.user.as_deref(), found.session.as_str()),
                (*manager, *user, *session),
                "{files:?}"
            );
        }
    }

    #[test]
    fn a_log_in_manager_that_was_removed_is_none() {
        const UNIT: (&str, &str) = (
            "etc/systemd/system/vitrine-x.service",
            "[Service]\nUser=kiosk\nExecStart=/usr/bin/xinit /etc/X11/Xsession\n",
        );
        for (files, manager) in [
            (&[UNIT] as &[_], "vitrine-x"),
            (&[UNIT, ("lib/systemd/system/lightdm.service", "[Service]\n")], "lightdm"),
        ] {
            let root = computer(files);
            let link = root.path().join("etc/systemd/system/display-manager.service");
            std::os::unix::fs::symlink("/lib/systemd/system/lightdm.service", link).unwrap();
            assert_eq!(find(root.path(), "kiosk").manager, manager);
        }
    }
}
