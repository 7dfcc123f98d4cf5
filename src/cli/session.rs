//! The kiosk's graphical session, for root who comes over ssh and has none.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What an X client has to know.
const NAMES: [&str; 2] = ["DISPLAY", "XAUTHORITY"];
/// The process whose session it is (proc(5), `comm`).
const WINDOW_MANAGER: &str = "openbox";

/// Where root has no X server, this command is run anew with that of the session; returns where there is none.
pub(super) fn enter() {
    if std::env::var_os(NAMES[0]).is_some() || !rustix::process::geteuid().is_root() {
        return;
    }
    if let (Some(variables), Ok(program)) = (find(Path::new("/proc")), std::env::current_exe()) {
        // It only comes back where the program cannot be run; then it goes on without.
        let _ = Command::new(program).args(std::env::args_os().skip(1)).envs(variables).exec();
    }
}

/// How the window manager's X server is reached, as its environment tells.
fn find(processes: &Path) -> Option<Vec<(&'static str, OsString)>> {
    let mut found: Vec<PathBuf> = fs::read_dir(processes).ok()?.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found.into_iter().find_map(|process| {
        let name = fs::read_to_string(process.join("comm")).ok()?;
        if name.trim_end() != WINDOW_MANAGER {
            return None;
        }
        let environment = fs::read(process.join("environ")).ok()?;
        let value = |name: &str| {
            let value = environment
                .split(|byte| *byte == 0)
                .find_map(|entry| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
            Some(OsString::from_vec(value.to_vec()))
        };
        let variables: Vec<_> = NAMES.into_iter().filter_map(|name| Some((name, value(name)?))).collect();
        variables.iter().any(|(name, _)| *name == NAMES[0]).then_some(variables)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_manager_knows_the_x_server() {
        let folder = tempfile::tempdir().unwrap();
        let process = |id: &str, name: &str, environment: &str| {
            let process = folder.path().join(id);
            fs::create_dir(&process).unwrap();
            fs::write(process.join("comm"), format!("{name}\n")).unwrap();
            fs::write(process.join("environ"), environment).unwrap();
        };
        assert_eq!(find(folder.path()), None);
        process("10", "xterm", "DISPLAY=:7\0");
        process("11", "openbox", "HOME=/root\0");
        fs::write(folder.path().join("uptime"), "1.0").unwrap();
        assert_eq!(find(folder.path()), None);
        process("12", "openbox", "OLD_DISPLAY=:8\0XAUTHORITY=/home/kiosk/.Xauthority\0DISPLAY=:0\0");
        let expected =
            vec![("DISPLAY", OsString::from(":0")), ("XAUTHORITY", "/home/kiosk/.Xauthority".into())];
        assert_eq!(find(folder.path()), Some(expected));
    }
}
