//! `--install` and `--remove`: the kit among what the system starts, by systemd where there is one, or by init.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const FOLDER: &str = "opt/vitrine";
const PROGRAM: &str = "vitrine-guest";
const UNIT: &str = include_str!("../vitrine-guest.service");
const SCRIPT: &str = include_str!("../vitrine-guest.init");

const UNIT_PATH: &str = "etc/systemd/system/vitrine-guest.service";
const WANTED_PATH: &str = "etc/systemd/system/multi-user.target.wants/vitrine-guest.service";
const SCRIPT_PATH: &str = "etc/init.d/vitrine-guest";

/// In which run levels it begins, and in which it ends (Debian's and Red Hat's alike).
const BEGINS: [char; 4] = ['2', '3', '4', '5'];
const ENDS: [char; 3] = ['0', '1', '6'];

/// Copies the kit to the disk and has the system start it. An INI that is there stays.
pub(crate) fn install(root: &str) -> Result<String, String> {
    let root = Path::new(root);
    let folder = root.join(FOLDER);
    let own =
        std::env::current_exe().map_err(|error| format!("where this program lies is not known: {error}"))?;
    copy_to(&own, &folder).map_err(|error| {
        format!(
            "{} cannot be written: {error}. Only root may do this: try it with sudo or su.",
            folder.display()
        )
    })?;
    let by = if has_systemd(root) {
        write_unit(root).map(|()| "systemd")
    } else {
        write_script(root).map(|()| "init")
    };
    let by = by.map_err(|error| format!("the system's start cannot be changed: {error}"))?;
    let mut words = format!("The kit is in {} and starts with the system ({by}).", folder.display());
    if root == Path::new("/") {
        let begin =
            if by == "systemd" { "systemctl start vitrine-guest" } else { "/etc/init.d/vitrine-guest start" };
        systemctl(&["daemon-reload"]);
        words.push_str(&format!("\nTo start it now: {begin}"));
    }
    if !folder.join("vitrine.ini").exists() {
        words.push_str(&format!("\nThere is no vitrine.ini yet: write one to {}.", folder.display()));
    }
    Ok(words)
}

/// Takes it out. Its files stay.
pub(crate) fn remove(root: &str) -> Result<String, String> {
    let at = Path::new(root);
    if at == Path::new("/") {
        if is_there(&at.join(UNIT_PATH)) {
            systemctl(&["stop", "vitrine-guest.service"]);
        } else if is_there(&at.join(SCRIPT_PATH)) {
            let _ = Command::new(at.join(SCRIPT_PATH)).arg("stop").stdin(Stdio::null()).status();
        }
    }
    let mut paths = vec![at.join(WANTED_PATH), at.join(UNIT_PATH), at.join(SCRIPT_PATH)];
    paths.extend(links(at));
    for path in paths {
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{} cannot be removed: {error}", path.display())),
        }
    }
    if at == Path::new("/") {
        systemctl(&["daemon-reload"]);
    }
    Ok(format!(
        "The kit no longer starts with the system. Its files are still in {}.",
        at.join(FOLDER).display()
    ))
}

/// Whether the system starts the kit.
pub(crate) fn is_installed(root: &str) -> bool {
    let root = Path::new(root);
    is_there(&root.join(WANTED_PATH)) || links(root).iter().any(|link| is_there(link))
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Whether this system is one of systemd's: it runs, or on a mounted disk, is what `/sbin/init` is.
fn has_systemd(root: &Path) -> bool {
    if root == Path::new("/") && Path::new("/run/systemd/system").is_dir() {
        return true;
    }
    // sd_booted(3) is for a system that runs; on a disk the link tells.
    let init = fs::read_link(root.join("sbin/init")).unwrap_or_default();
    init.ends_with("systemd")
}

fn copy_to(own: &Path, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let program = folder.join(PROGRAM);
    if program != own {
        // Beside it and renamed, since one that runs cannot be written.
        let part = folder.join("vitrine-guest.part");
        fs::copy(own, &part)?;
        fs::set_permissions(&part, fs::Permissions::from_mode(0o755))?;
        fs::rename(part, program)?;
    }
    let (from, to) = (own.with_file_name("vitrine.ini"), folder.join("vitrine.ini"));
    if !to.exists() && from.exists() {
        fs::copy(from, &to)?;
        // What comes from a CD may not be written.
        fs::set_permissions(&to, fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}

fn write_unit(root: &Path) -> io::Result<()> {
    write(&root.join(UNIT_PATH), UNIT, 0o644)?;
    link(&root.join(WANTED_PATH), "../vitrine-guest.service")
}

fn write_script(root: &Path) -> io::Result<()> {
    write(&root.join(SCRIPT_PATH), SCRIPT, 0o755)?;
    let folders = rc_folder(root);
    for path in links(root) {
        if path.parent().is_some_and(Path::is_dir) {
            let up = if folders.ends_with("etc") {
                "../init.d/vitrine-guest"
            } else {
                "/etc/init.d/vitrine-guest"
            };
            link(&path, up)?;
        }
    }
    Ok(())
}

/// The folder that has `rc2.d` and the like: `/etc`, or `/etc/rc.d` as Red Hat had it.
fn rc_folder(root: &Path) -> PathBuf {
    let red_hat = root.join("etc/rc.d");
    if red_hat.join("rc3.d").is_dir() && !root.join("etc/rc3.d").exists() {
        red_hat
    } else {
        root.join("etc")
    }
}

fn links(root: &Path) -> Vec<PathBuf> {
    let folder = rc_folder(root);
    let begins = BEGINS.iter().map(|level| format!("rc{level}.d/S99vitrine-guest"));
    let ends = ENDS.iter().map(|level| format!("rc{level}.d/K01vitrine-guest"));
    begins.chain(ends).map(|name| folder.join(name)).collect()
}

fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn link(path: &Path, to: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let _ = fs::remove_file(path);
    symlink(to, path)
}

fn systemctl(words: &[&str]) {
    // Where there is none, nothing needs to be told.
    let _ = Command::new("systemctl")
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(files: &[&str], init: Option<&str>) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for folder in files {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        if let Some(init) = init {
            fs::create_dir_all(root.path().join("sbin")).unwrap();
            symlink(init, root.path().join("sbin/init")).unwrap();
        }
        root
    }

    #[test]
    fn into_every_kind_of_system_and_out_again() {
        let rows: [(&[&str], Option<&str>, &str); 3] = [
            (&[], Some("/lib/systemd/systemd"), WANTED_PATH),
            (&["etc/rc2.d", "etc/rc6.d"], None, "etc/rc2.d/S99vitrine-guest"),
            (&["etc/rc.d/rc3.d", "etc/rc.d/rc0.d"], None, "etc/rc.d/rc3.d/S99vitrine-guest"),
        ];
        for (folders, init, expected) in rows {
            let root = root(folders, init);
            let path = root.path().to_str().unwrap();
            assert!(!is_installed(path), "{expected}");
            install(path).unwrap();
            assert!(is_installed(path), "{expected}");
            assert!(is_there(&root.path().join(expected)), "{expected}");
            let program = fs::metadata(root.path().join("opt/vitrine/vitrine-guest")).unwrap();
            assert_eq!(program.permissions().mode() & 0o777, 0o755);
            // Once more does no harm.
            install(path).unwrap();
            remove(path).unwrap();
            assert!(!is_installed(path), "{expected}");
            assert!(!is_there(&root.path().join(UNIT_PATH)) && !is_there(&root.path().join(SCRIPT_PATH)));
            remove(path).unwrap();
        }
    }

    #[test]
    fn an_ini_that_is_there_stays() {
        let disc = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let own = disc.path().join("vitrine-guest");
        fs::write(&own, "program").unwrap();
        fs::write(disc.path().join("vitrine.ini"), "new").unwrap();
        copy_to(&own, folder.path()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("vitrine.ini")).unwrap(), "new");
        fs::write(folder.path().join("vitrine.ini"), "changed").unwrap();
        copy_to(&own, folder.path()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("vitrine.ini")).unwrap(), "changed");
    }
}
