//! Finds out about log-in, window manager, units.

mod login;
mod openbox;
pub(in crate::ground) mod processes;
mod sound;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use self::processes::{Process, XSession};
use super::{Ground, User, program};
use crate::doctor::Fact;
use crate::doctor::facts::session::{Environment, Login, Program, Seat, Session, Unit};
use crate::words::told;

/// How long systemd and logind may take for one question.
const TIME: Duration = Duration::from_secs(3);
/// The units of the kiosk's user.
const UNITS: &[&str] = &["vitrine.service", "vitrine-session.target"];
const OLD_CONTROLLER: &str = "exhibition-vm-controller.service";
/// What deploy/install leaves behind for a log-in.
const INSTALLED: &[&str] =
    &["/etc/lightdm/lightdm.conf.d/50-vitrine.conf", "/etc/systemd/system/vitrine-x.service"];

/// Whether this computer is meant to show artworks by itself: it is set up for that, or does so now. Where the
/// configuration is there, any X session of the user's is one for it.
pub(super) fn is_expected(user: &User, configured: bool, processes: &[Process]) -> bool {
    let own = |name: &str| processes.iter().any(|process| process.uid == user.uid && process.name == name);
    INSTALLED.iter().any(|file| Path::new(file).exists())
        || own("vitrine-session")
        || login::find(Path::new("/"), &user.name).user.as_deref() == Some(&user.name)
        || configured && processes::x_session(user, processes).is_some()
}

pub(super) fn gather(ground: &Ground) -> Session {
    let user = &ground.asked.user;
    let processes = ground.once.processes();
    let x_session = processes::x_session(user, processes);
    let files = openbox::Files::find(user, processes);
    let lost = || told!("it was not found out");
    thread::scope(|scope| {
        let sessions = scope.spawn(sessions);
        let units = scope.spawn(|| units(user));
        let target = scope.spawn(default_target);
        let old = scope.spawn(old_controller);
        let sound = sound::find(user, processes);
        Session {
            user: user.name.clone(),
            expected: is_expected(user, ground.asked.settings.is_ok(), processes),
            login: Ok(find_login(user)),
            default_target: target.join().unwrap_or_else(|_| Err(lost())),
            sessions: sessions.join().unwrap_or_else(|_| Err(lost())),
            programs: Ok(programs(user, processes)),
            autostart: files.autostart(),
            ways_out: files.ways_out(),
            units: units.join().unwrap_or_else(|_| Err(lost())),
            old_controller: old.join().unwrap_or_else(|_| Err(lost())),
            no_vt_switch: Ok(no_vt_switch(processes)),
            environment: x_session
                .map(|session| environment(&session, user))
                .ok_or_else(|| told!("no X session of '{user}' is to be found", user = user.name)),
            sound,
        }
    })
}

fn find_login(user: &User) -> Login {
    login::find(Path::new("/"), &user.name)
}

fn programs(user: &User, processes: &[Process]) -> Vec<Program> {
    let own = processes.iter().filter(|process| process.uid == user.uid && !process.line.is_empty());
    own.map(|process| Program { pid: process.pid, name: process.name.clone(), line: process.line.clone() })
        .collect()
}

fn environment(session: &XSession, user: &User) -> Environment {
    let set = |name: &str| session.environment.get(name).filter(|value| !value.is_empty());
    let is_own =
        |folder: &String| fs::metadata(folder).is_ok_and(|found| found.uid() == user.uid && found.is_dir());
    let runtime_dir = set("XDG_RUNTIME_DIR").is_some_and(is_own);
    let bus_there = || set("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(folder).join("bus").exists());
    Environment { bus: set("DBUS_SESSION_BUS_ADDRESS").is_some() || bus_there(), runtime_dir }
}

/// Whether keys cannot leave Xorg's console: by its command line (Xorg(1)), or by its configuration (xorg.conf(5)).
fn no_vt_switch(processes: &[Process]) -> bool {
    let by_line = processes.iter().any(|process| {
        process.name.starts_with('X')
            && process.line.iter().any(|word| word == "-novtswitch" || word == "-sharevts")
    });
    let folders = ["/etc/X11/xorg.conf.d", "/usr/share/X11/xorg.conf.d"];
    let files = folders.iter().flat_map(fs::read_dir).flatten().flatten().map(|entry| entry.path());
    let mut files = files.chain(["/etc/X11/xorg.conf".into()]);
    by_line || files.any(|file| fs::read_to_string(file).is_ok_and(|text| has_option(&text, "DontVTSwitch")))
}

/// Whether an option of Xorg's is set. Its names are read without regard to case, spaces and `_`.
fn has_option(text: &str, option: &str) -> bool {
    text.lines().map(str::trim).filter(|line| !line.starts_with('#')).any(|line| {
        let mut words = line.split('"').skip(1).step_by(2);
        let is = words.next().is_some_and(|name| name.eq_ignore_ascii_case(option));
        let value = words.next().unwrap_or("true").to_lowercase();
        is && line.to_lowercase().starts_with("option")
            && ["true", "on", "yes", "1"].contains(&value.as_str())
    })
}

/// systemd's own word on whether it runs this computer (sd_booted(3)).
fn with_systemd() -> Fact<()> {
    if Path::new("/run/systemd/system").exists() {
        Ok(())
    } else {
        Err(told!("systemd does not run this computer"))
    }
}

fn ask(words: &[&str]) -> Fact<String> {
    with_systemd()?;
    let ended = program::run(words, TIME)?;
    if ended.well() {
        return Ok(ended.output);
    }
    let why = ended.errors.lines().next().unwrap_or_default().to_owned();
    let name = words.first().copied().unwrap_or_default();
    Err(told!("'{program}' does not tell: {why}", program = name, why = why))
}

fn default_target() -> Fact<String> {
    ask(&["systemctl", "get-default"]).map(|text| text.trim().to_owned())
}

fn old_controller() -> Fact<Option<(bool, bool)>> {
    let text = ask(&["systemctl", "show", "-p", "LoadState,ActiveState,UnitFileState", OLD_CONTROLLER])?;
    Ok(controller_in(&text))
}

fn controller_in(text: &str) -> Option<(bool, bool)> {
    let found = properties(text);
    let has = |name: &str, value: &str| found.get(name).is_some_and(|is| *is == value);
    if !has("LoadState", "loaded") {
        return None;
    }
    Some((has("ActiveState", "active") || has("ActiveState", "activating"), has("UnitFileState", "enabled")))
}

/// What `systemctl show` and `loginctl show-session` print: `Name=value`, line by line.
fn properties(text: &str) -> BTreeMap<&str, &str> {
    text.lines().filter_map(|line| line.split_once('=')).collect()
}

fn sessions() -> Fact<Vec<Seat>> {
    let list = ask(&["loginctl", "list-sessions", "--no-legend", "--no-pager"])?;
    let ids: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut words = vec!["loginctl", "show-session", "-p", "Name,Seat,Type,Active,Class"];
    words.extend(ids);
    // One that has ended meanwhile makes it fail for all the others, too.
    let shown = program::run(&words, TIME)?.output;
    Ok(shown.split("\n\n").filter_map(seat).collect())
}

fn seat(text: &str) -> Option<Seat> {
    let found = properties(text);
    let word = |name: &str| found.get(name).map(ToString::to_string);
    Some(Seat {
        user: word("Name")?,
        seat: word("Seat").unwrap_or_default(),
        kind: word("Type").unwrap_or_default(),
        active: word("Active").as_deref() == Some("yes"),
        class: word("Class").unwrap_or_default(),
    })
}

/// The user's units, asked by that user, or by root through the user's own systemd.
fn units(user: &User) -> Fact<Vec<Unit>> {
    let machine = format!("--machine={}@.host", user.name);
    let mut words = vec!["systemctl", "--user"];
    let own = rustix::process::geteuid();
    if own.as_raw() != user.uid {
        if !own.is_root() {
            return Err(told!("only '{user}' and root may ask for the units of '{user}'", user = user.name));
        }
        words.push(&machine);
    }
    words.extend(["show", "-p", "Id,LoadState,ActiveState,Result,NRestarts"]);
    words.extend(UNITS);
    Ok(ask(&words)?.split("\n\n").filter_map(unit).collect())
}

fn unit(text: &str) -> Option<Unit> {
    let found = properties(text);
    let word = |name: &str| found.get(name).map(ToString::to_string).unwrap_or_default();
    Some(Unit {
        name: found.get("Id")?.to_string(),
        load: word("LoadState"),
        active: word("ActiveState"),
        result: word("Result"),
        restarts: word("NRestarts").parse().unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systemd_and_logind_print_is_read() {
        let text =
            "Id=vitrine.service\nLoadState=loaded\nActiveState=failed\nResult=exit-code\nNRestarts=12\n";
        let found = unit(text).unwrap();
        assert_eq!(
            (found.active.as_str(), found.result.as_str(), found.restarts),
            ("failed", "exit-code", 12)
        );
        let found = seat("Name=kiosk\nSeat=seat0\nType=x11\nActive=yes\nClass=user\n").unwrap();
        assert!(found.active && found.kind == "x11" && found.seat == "seat0");
        assert!(seat("").is_none() && unit("").is_none());
        for (text, expected) in [
            ("LoadState=not-found\nActiveState=inactive\nUnitFileState=\n", None),
            ("LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n", Some((true, true))),
            ("LoadState=loaded\nActiveState=inactive\nUnitFileState=disabled\n", Some((false, false))),
        ] {
            assert_eq!(controller_in(text), expected, "{text}");
        }
    }

    #[test]
    fn xorgs_options_are_read() {
        let own = include_str!("../../../deploy/system/90-vitrine.conf");
        assert!(has_option(own, "DontVTSwitch"));
        for (text, expected) in [
            ("Option \"dontvtswitch\" \"on\"", true),
            ("Option \"DontVTSwitch\"", true),
            ("Option \"DontVTSwitch\" \"false\"", false),
            ("# Option \"DontVTSwitch\" \"true\"", false),
            ("", false),
        ] {
            assert_eq!(has_option(text, "DontVTSwitch"), expected, "{text}");
        }
    }
}
