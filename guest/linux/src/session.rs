//! Where the X server is, and how to get in. A kit that is started in the session is told by its environment; one that
//! starts with the system finds the session of whoever is logged in, by the programs that run in it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::process::geteuid;

/// An X session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Session {
    /// As DISPLAY has it, such as `:0`.
    pub(crate) display: OsString,
    /// The file with the cookies.
    pub(crate) authority: Option<PathBuf>,
    /// Whose it is, where that is somebody else.
    pub(crate) owner: Option<(u32, u32)>,
    /// What a program of the session has in its environment; empty where that is the kit's own.
    pub(crate) environment: Vec<(OsString, OsString)>,
}

/// Below this, users are of the system (Debian's policy, 9.2.2), and less likely to show an artwork.
const FIRST_USER: u32 = 1000;

/// Log-in managers, whose screens are no sessions: users of these names, and programs of root.
const GREETERS: &[&str] = &[
    "Debian-gdm",
    "gdm",
    "gdm3",
    "gdm-session-worker",
    "kdm",
    "kdm_greet",
    "lightdm",
    "lightdm-gtk-greeter",
    "lxdm",
    "sddm",
    "slim",
    "wdm",
    "xdm",
];

/// All sessions that may be tried, the best first.
pub(crate) fn find() -> Vec<Session> {
    if let Some(display) = std::env::var_os("DISPLAY").filter(|display| !display.is_empty()) {
        let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".Xauthority"));
        let authority = std::env::var_os("XAUTHORITY").map(PathBuf::from).or(home);
        return vec![Session { display, authority, owner: None, environment: Vec::new() }];
    }
    let mut found: Vec<(u32, i32, Session)> = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let process = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let (process, metadata) = match (process, entry.metadata()) {
            (Some(process), Ok(metadata)) => (process, metadata),
            _ => continue,
        };
        let session = fs::read(entry.path().join("environ")).ok().and_then(|bytes| of_environment(&bytes));
        if let Some(mut session) = session {
            session.owner = Some((metadata.uid(), metadata.gid()));
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            let owner = session.owner_name().unwrap_or_default();
            if GREETERS.contains(&name.trim_end()) || GREETERS.contains(&owner.as_str()) {
                continue;
            }
            if metadata.uid() == geteuid().as_raw() {
                session.owner = None;
            }
            found.push((metadata.uid(), process, session));
        }
    }
    found.sort_by_key(|(user, process, _)| (*user < FIRST_USER, *process));
    let mut sessions: Vec<Session> = found.into_iter().map(|(_, _, session)| session).collect();
    let mut seen = Vec::new();
    sessions.retain(|session| {
        let key = (session.display.clone(), session.authority.clone(), session.owner);
        let is_new = !seen.contains(&key);
        seen.push(key);
        is_new
    });
    sessions
}

fn of_environment(bytes: &[u8]) -> Option<Session> {
    let mut environment = Vec::new();
    for line in bytes.split(|byte| *byte == 0) {
        let place = line.iter().position(|byte| *byte == b'=');
        if let Some((name, [b'=', value @ ..])) = place.map(|place| line.split_at(place)) {
            environment.push((OsStr::from_bytes(name).to_owned(), OsStr::from_bytes(value).to_owned()));
        }
    }
    let get =
        |name: &str| environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let display = get("DISPLAY").filter(|display| display.as_bytes().starts_with(b":"))?;
    let home = get("HOME").map(|home| PathBuf::from(home).join(".Xauthority"));
    let authority = get("XAUTHORITY").map(PathBuf::from).or(home);
    Some(Session { display, authority, owner: None, environment })
}

impl Session {
    /// The number of the display on this computer; `None` for one that is elsewhere.
    pub(crate) fn number(&self) -> Option<u32> {
        let display = self.display.to_str()?;
        let (_, number) = display.strip_prefix("unix").unwrap_or(display).split_at_checked(1)?;
        if !display.contains(':') || !display.trim_start_matches("unix").starts_with(':') {
            return None;
        }
        number.split('.').next()?.parse().ok()
    }

    /// The cookie for the X server (its name is MIT-MAGIC-COOKIE-1); empty where there is none.
    pub(crate) fn cookie(&self) -> Vec<u8> {
        let bytes = self.authority.as_ref().and_then(|path| fs::read(path).ok()).unwrap_or_default();
        let number = self.number().map(|number| number.to_string()).unwrap_or_default();
        cookie_in(&bytes, number.as_bytes()).unwrap_or_default()
    }

    /// The name of whoever's session it is, where that is somebody else.
    pub(crate) fn owner_name(&self) -> Option<String> {
        let (user, _) = self.owner?;
        let passwd = fs::read_to_string("/etc/passwd").ok()?;
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(user)).then(|| name.to_owned())
        })
    }
}

pub(crate) const COOKIE: &[u8] = b"MIT-MAGIC-COOKIE-1";

/// Finds the cookie for a display in a file of them: entries of a family, an address, a number, a name and the
/// cookie, each with its length before it, high byte first (Xauth(3)).
fn cookie_in(bytes: &[u8], number: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes;
    loop {
        rest = rest.get(2..)?;
        let mut fields: [&[u8]; 4] = [&[]; 4];
        for field in &mut fields {
            let (length, after) = rest.split_at_checked(2)?;
            let length = usize::from(u16::from_be_bytes(length.try_into().ok()?));
            (*field, rest) = after.split_at_checked(length)?;
        }
        let [_, of, name, cookie] = fields;
        if name == COOKIE && (of == number || of.is_empty()) {
            return Some(cookie.to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays() {
        for (display, number) in [
            (":0", Some(0)),
            (":12.1", Some(12)),
            ("unix:3", Some(3)),
            ("host:0", None),
            ("", None),
            (":", None),
            ("0", None),
        ] {
            assert_eq!(
                Session { display: display.into(), ..Session::default() }.number(),
                number,
                "{display}"
            );
        }
    }

    #[test]
    fn environments() {
        let session = of_environment(b"HOME=/home/artist\0DISPLAY=:0\0ODD\0LANG=C\0").unwrap();
        assert_eq!(session.display, ":0");
        assert_eq!(session.authority, Some(PathBuf::from("/home/artist/.Xauthority")));
        assert_eq!(session.environment.len(), 3);
        let session = of_environment(b"XAUTHORITY=/run/x\0DISPLAY=:1\0HOME=/root\0").unwrap();
        assert_eq!(session.authority, Some(PathBuf::from("/run/x")));
        for none in [&b""[..], b"HOME=/x", b"DISPLAY=", b"DISPLAY=elsewhere:0"] {
            assert_eq!(of_environment(none), None);
        }
    }

    fn entry(number: &str, name: &str, cookie: &str) -> Vec<u8> {
        let mut bytes = vec![1, 0];
        for field in ["computer", number, name, cookie] {
            bytes.extend(u16::try_from(field.len()).unwrap().to_be_bytes());
            bytes.extend(field.as_bytes());
        }
        bytes
    }

    #[test]
    fn cookies() {
        let name = std::str::from_utf8(COOKIE).unwrap();
        let file =
            [entry("1", name, "one"), entry("0", "XDM-AUTHORIZATION-1", "other"), entry("0", name, "nought")]
                .concat();
        for (number, cookie) in [("0", Some("nought")), ("1", Some("one")), ("2", None)] {
            assert_eq!(cookie_in(&file, number.as_bytes()), cookie.map(|cookie| cookie.as_bytes().to_vec()));
        }
        for cut in 0..file.len() {
            let found = cookie_in(&file[..cut], b"0");
            assert_eq!(found, None, "cut off after {cut}");
        }
    }
}
