//! Xorg's log (Xorg(1), "FILES").

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use crate::doctor::Fact;
use crate::doctor::facts::display::ServerLog;
use crate::ground::User;
use crate::words::told;

/// More of it is not read, in bytes: what is at the start says which driver it is.
const MOST: u64 = 4 << 20;
/// Errors that Xorg reports on healthy computers, too: drivers that it tries in vain, and what it does without.
const HARMLESS: &[&str] = &[
    "Failed to load module",
    "open /dev/dri/",
    "open /dev/fb",
    "AIGLX",
    "systemd-logind",
    "xf86OpenConsole",
    "Screen 0 deleted because of no matching config section",
    "Screen 1 deleted because of no matching config section",
    "event queue",
    "client bug",
    "systemd-logind: failed",
    "(WW) warning, (EE) error, (NI) not implemented",
    "Unable to retrieve master",
    "glamor initialization failed",
];

/// The latest log of a display's X server.
pub(super) fn read(display: &str, user: &User) -> Fact<ServerLog> {
    let number = display.trim_start_matches(':').split('.').next().unwrap_or("0");
    let name = format!("Xorg.{number}.log");
    let places = [PathBuf::from("/var/log").join(&name), user.home.join(".local/share/xorg").join(&name)];
    let newest = places
        .into_iter()
        .filter_map(|file| Some((fs::metadata(&file).and_then(|found| found.modified()).ok()?, file)))
        .max();
    let Some((_, file)) = newest else {
        return Err(told!("the X server's log {name} was not found", name = name));
    };
    let mut bytes = Vec::new();
    let read = fs::File::open(&file).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
    read.map_err(|error| {
        told!("the X server's log {name} cannot be read: {why}", name = name, why = error.to_string())
    })?;
    Ok(parse(&String::from_utf8_lossy(&bytes)))
}

fn parse(text: &str) -> ServerLog {
    let mut log = ServerLog::default();
    for line in text.lines() {
        // [  12.345] (II) modeset(0): …
        let line = line.trim_start();
        let rest = line.strip_prefix('[').and_then(|rest| Some(rest.split_once(']')?.1.trim_start()));
        let line = rest.unwrap_or(line);
        let Some(said) = line.get(4..).map(str::trim_start).filter(|_| line.starts_with('(')) else {
            continue;
        };
        if let Some(driver) = driver_of(said)
            && !log.drivers.contains(&driver)
        {
            log.drivers.push(driver);
        }
        let is_error = line.starts_with("(EE)") && !said.is_empty();
        if is_error && !HARMLESS.iter().any(|harmless| line.contains(harmless)) {
            log.errors.push(said.to_owned());
        }
    }
    log
}

/// `modeset` of `modeset(0): …`: what drives a screen of the X server, from its number on. Input devices have none.
fn driver_of(said: &str) -> Option<String> {
    let (head, _) = said.split_once("):")?;
    let (name, number) = head.split_once('(')?;
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (plain && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_and_errors_are_found() {
        let text = "[    12.1] (II) LoadModule: \"glx\"\n\
                    [    12.2] (II) modeset(0): using drv /dev/dri/card0\n\
                    [    12.3] (==) modeset(0): Depth 24\n\
                    [    12.4] (EE) Failed to load module \"nvidia\" (module does not exist, 0)\n\
                    [    12.5] (EE) modeset(0): failed to set mode: No space left on device\n\
                    [    12.6] (EE) \n\
                    \t(WW) warning, (EE) error, (NI) not implemented, (??) unknown.\n";
        let log = parse(text);
        assert_eq!(log.drivers, ["modeset"]);
        assert_eq!(log.errors, ["modeset(0): failed to set mode: No space left on device"]);
        assert_eq!(parse(""), ServerLog::default());
    }
}
