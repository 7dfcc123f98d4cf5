//! The kiosk's graphical session, for root who comes over ssh and has none.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::tell;
use crate::web::control;
use crate::words::tr;

/// What an X client has to know.
const NAMES: [&str; 2] = ["DISPLAY", "XAUTHORITY"];
/// The process whose session it is (proc(5), `comm`).
const WINDOW_MANAGER: &str = "openbox";

/// Where root has no X server, this command is run anew with that of the session; returns where there is none.
pub(super) fn enter() {
    if std::env::var_os(NAMES[0]).is_some() || !rustix::process::geteuid().is_root() {
        return;
    }
    let (session, others) = choose(sessions(Path::new("/proc"), Path::new("/run/user")));
    if let (Some(session), Ok(program)) = (session, std::env::current_exe()) {
        tell(&session.sentence(others, &fs::read_to_string("/etc/passwd").unwrap_or_default()));
        // It only comes back where the program cannot be run; then it goes on without.
        let _ = Command::new(program).args(std::env::args_os().skip(1)).envs(session.variables).exec();
    }
}

/// A window manager's session.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Session {
    /// No daemon of Vitrine's runs in it: it is another one's, or Vitrine is not started yet.
    without_daemon: bool,
    process: u32,
    user: u32,
    variables: Vec<(&'static str, OsString)>,
}

impl Session {
    fn display(&self) -> &OsStr {
        let display = self.variables.iter().find(|(name, _)| *name == NAMES[0]);
        display.map_or(OsStr::new(""), |(_, display)| display)
    }

    /// Which one was taken: anybody can call a program like the window manager.
    fn sentence(&self, others: usize, users: &str) -> String {
        let named = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(self.user)).then(|| name.to_owned())
        };
        let user = users.lines().find_map(named).unwrap_or_else(|| self.user.to_string());
        let display = self.display().display();
        match others {
            0 => tr!(
                "vitrine: this is the X server {display} of the user {user}",
                display = display,
                user = user
            ),
            others => tr!(
                "vitrine: this is the X server {display} of the user {user}; there are {others} more, and with DISPLAY and \
                 XAUTHORITY set another one is taken",
                display = display,
                user = user,
                others = others
            ),
        }
    }
}

/// The session that is meant, and how many others there are: one with a daemon rather than one without.
fn choose(mut sessions: Vec<Session>) -> (Option<Session>, usize) {
    sessions.sort();
    let mut sessions = sessions.into_iter();
    let first = sessions.next();
    let is_another = |other: &Session| first.as_ref().is_some_and(|first| other.display() != first.display());
    let others = sessions.filter(is_another).count();
    (first, others)
}

/// All window managers' sessions, and how their X servers are reached, as the environments tell.
fn sessions(processes: &Path, run_user: &Path) -> Vec<Session> {
    let session = |process: PathBuf| {
        let name = fs::read_to_string(process.join("comm")).ok()?;
        if name.trim_end() != WINDOW_MANAGER {
            return None;
        }
        let user = fs::metadata(&process).ok()?.uid();
        let environment = fs::read(process.join("environ")).ok()?;
        let value = |name: &str| {
            let value = environment
                .split(|byte| *byte == 0)
                .find_map(|entry| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
            Some(OsString::from_vec(value.to_vec()))
        };
        let variables: Vec<_> = NAMES.into_iter().filter_map(|name| Some((name, value(name)?))).collect();
        let socket = run_user.join(user.to_string()).join(control::SOCKET);
        // Only its user can have made it, in a folder that is that user's.
        let without_daemon = !fs::symlink_metadata(socket).is_ok_and(|socket| socket.uid() == user);
        let process = process.file_name()?.to_str()?.parse().ok()?;
        let has_display = variables.iter().any(|(name, _)| *name == NAMES[0]);
        has_display.then_some(Session { without_daemon, process, user, variables })
    };
    fs::read_dir(processes)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| session(entry.path()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_with_a_daemon_is_meant_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let (proc, run) = (folder.path().join("proc"), folder.path().join("run"));
        fs::create_dir(&proc).unwrap();
        let process = |id: &str, name: &str, environment: &str| {
            let process = proc.join(id);
            fs::create_dir(&process).unwrap();
            fs::write(process.join("comm"), format!("{name}\n")).unwrap();
            fs::write(process.join("environ"), environment).unwrap();
        };
        let found = || choose(sessions(&proc, &run));
        assert_eq!(found(), (None, 0));
        process("10", "xterm", "DISPLAY=:7\0");
        process("11", "openbox", "HOME=/root\0");
        fs::write(proc.join("uptime"), "1.0").unwrap();
        assert_eq!(found(), (None, 0));
        process("120", "openbox", "OLD_DISPLAY=:8\0XAUTHORITY=/home/kiosk/.Xauthority\0DISPLAY=:0\0");
        let expected =
            vec![("DISPLAY", OsString::from(":0")), ("XAUTHORITY", "/home/kiosk/.Xauthority".into())];
        let (session, others) = found();
        let session = session.unwrap();
        assert_eq!((&session.variables, others), (&expected, 0));
        let users = format!("daemon:x:99999:1::/:/bin/sh\nkiosk:x:{}:1::/home/kiosk:/bin/sh\n", session.user);
        assert_eq!(session.sentence(0, &users), "vitrine: this is the X server :0 of the user kiosk");
        assert!(session.sentence(2, "").ends_with(&format!(
            "user {}; there are 2 more, and with DISPLAY and XAUTHORITY set another one is taken",
            session.user
        )));
    }

    /// Needs root, who can make what is somebody else's.
    #[test]
    fn whoever_calls_a_program_like_the_window_manager_is_not_believed_before_the_kiosks_user() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: this needs root");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        for (id, user, display) in [("9", 2001, ":66"), ("400", 2000, ":0"), ("500", 2000, ":0")] {
            let process = folder.path().join(id);
            fs::create_dir(&process).unwrap();
            fs::write(process.join("comm"), "openbox\n").unwrap();
            fs::write(process.join("environ"), format!("DISPLAY={display}\0")).unwrap();
            std::os::unix::fs::chown(&process, Some(user), None).unwrap();
        }
        let socket = |user: u32, owner: u32| {
            let socket = folder.path().join(user.to_string()).join(control::SOCKET);
            fs::create_dir_all(socket.parent().unwrap()).unwrap();
            fs::write(&socket, "").unwrap();
            std::os::unix::fs::chown(&socket, Some(owner), None).unwrap();
        };
        socket(2000, 2000);
        let found = || {
            let (session, others) = choose(sessions(folder.path(), folder.path()));
            session.map(|session| (session.user, session.process, others))
        };
        assert_eq!(found(), Some((2000, 400, 1)));
        socket(2001, 2000);
        assert_eq!(found(), Some((2000, 400, 1)), "not its own");
    }
}
