//! Checks of log-in, window manager, units.

mod sound;

use super::super::facts::session::{Program, Seat};
use super::super::{Area, Check, Command, Fact, Judged, Remedy, Site};
use super::api::site_of;
use super::installer;
use crate::core::types::Told;
use crate::words::told;

pub(super) const CHECKS: &[Check] = &[
    Check::site(Area::Session, "session.login", "after-a-restart-nobody-is-logged-in", login),
    Check::site(Area::Session, "session.login-session", "after-a-restart-nobody-is-logged-in", login_session),
    Check::site(
        Area::Session,
        "session.display-manager",
        "after-a-restart-nobody-is-logged-in",
        manager_enabled,
    )
    .fixing(),
    Check::site(
        Area::Session,
        "session.default-target",
        "after-a-restart-nobody-is-logged-in",
        default_target,
    )
    .fixing(),
    Check::site(Area::Session, "session.seat", "the-kiosks-user-is-not-logged-in", seat),
    Check::site(Area::Session, "session.kind", "the-session-is-a-wayland-one", kind),
    Check::site(Area::Session, "session.environment", "the-session-lacks-its-bus-or-its-folder", environment),
    Check::site(Area::Session, "session.autostart", "the-session-begins-without-vitrine", autostart),
    Check::site(
        Area::Session,
        "session.second-viewer",
        "the-session-starts-viewers-of-its-own",
        second_viewer,
    ),
    Check::site(Area::Session, "session.ways-out", "visitors-can-leave-the-artwork", ways_out),
    Check::site(Area::Session, "session.text-consoles", "visitors-can-leave-the-artwork", text_consoles),
    Check::site(Area::Session, "session.units", "vitrines-unit-fails-or-restarts-over-and-over", units)
        .fixing(),
    Check::site(Area::Session, "session.watched-units", "a-watched-unit-has-failed", watched_units),
    Check::site(
        Area::Session,
        "session.old-controller",
        "the-exhibition-vm-controller-still-runs",
        old_controller,
    )
    .fixing(),
    Check::site(Area::Session, "session.lockers", "the-screen-is-locked", lockers),
    Check::site(Area::Session, "session.popups", "notices-and-updates-pop-up", popups),
    Check::exhibit(Area::Session, "session.sound", "an-artwork-has-no-sound", sound::server),
    Check::exhibit(Area::Session, "session.sound-plugins", "an-artwork-has-no-sound", sound::plugins),
    Check::exhibit(Area::Session, "session.sound-volume", "an-artwork-has-no-sound", sound::volume),
];

/// What locks a screen or draws over it by itself.
const LOCKERS: &[&str] = &[
    "light-locker",
    "xscreensaver",
    "xfce4-screensaver",
    "gnome-screensaver",
    "mate-screensaver",
    "cinnamon-screensaver",
    "xss-lock",
    "i3lock",
    "xautolock",
];
/// What shows windows that nobody asked for. Linux cuts names of processes at 15 characters.
const POPPERS: &[&str] = &[
    "update-notifier",
    "update-manager",
    "gnome-software",
    "plasma-discover",
    "DiscoverNotifier",
    "blueman-applet",
    "nm-applet",
    "dunst",
    "xfce4-notifyd",
    "notification-daemon",
    "notify-osd",
    "mate-notification-daemon",
    "xfce4-power-manager",
    "mate-power-manager",
    "tracker-miner-fs",
    "system-config-printer-applet",
    "applet.py",
    "package-update-indicator",
    "pk-update-icon",
    "polkit-gnome-authentication-agent-1",
    "lxpolkit",
    "xterm",
];
/// A unit that was restarted more often is not well.
const MANY_RESTARTS: u64 = 5;

fn is_named(program: &Program, name: &str) -> bool {
    let short = name.get(..15).unwrap_or(name);
    let base = |word: &String| word.rsplit('/').next() == Some(name);
    program.name == short || program.line.iter().take(2).any(base)
}

fn login(site: &Site) -> Fact<Judged> {
    let login = site.session.login.as_ref().map_err(Told::clone)?;
    let user = site.session.user.as_str();
    let install = || installer::for_user(site, user, told!("Have the installer set up a log-in by itself"));
    match &login.user {
        Some(other) if other == user => Ok(Judged::Well(told!(
            "{manager} logs '{user}' in by itself",
            manager = login.manager,
            user = user
        ))),
        Some(other) => Ok(Judged::warning(
            told!(
                "{manager} logs '{other}' in by itself, not '{user}'",
                manager = login.manager,
                other = other,
                user = user
            ),
            install(),
        )),
        None if login.manager.is_empty() => Err(told!(
            "no log-in by itself was found, neither of a log-in manager nor of a unit or a console"
        )),
        None if site.session.expected => Ok(Judged::warning(
            told!(
                "{manager} asks who wants to log in: after a restart the screens show that",
                manager = login.manager
            ),
            install(),
        )),
        None => Err(told!(
            "{manager} is the log-in manager here, and nothing is set up for a kiosk",
            manager = login.manager
        )),
    }
}

fn login_session(site: &Site) -> Fact<Judged> {
    let login = site.session.login.as_ref().map_err(Told::clone)?;
    if login.user.as_deref() != Some(&site.session.user) || login.manager != "lightdm" {
        return Ok(Judged::Beside);
    }
    let session = login.session.as_str();
    if session == "vitrine" {
        return Ok(Judged::Well(told!("it begins the session '{session}'", session = session)));
    }
    Ok(Judged::advice(
        told!(
            "it begins the session '{session}', not 'vitrine'",
            session = if session.is_empty() { "default" } else { session }
        ),
        Remedy::say(told!("Set autologin-session=vitrine in /etc/lightdm/lightdm.conf.d/50-vitrine.conf")),
    ))
}

fn manager_enabled(site: &Site) -> Fact<Judged> {
    let login = site.session.login.as_ref().map_err(Told::clone)?;
    if matches!(login.manager.as_str(), "" | "getty") || !site.session.expected {
        return Ok(Judged::Beside);
    }
    let unit = format!("{}.service", login.manager);
    if login.enabled {
        return Ok(Judged::Well(told!("{unit} is started with the computer", unit = unit)));
    }
    Ok(Judged::warning(
        told!("{unit} is not started with the computer", unit = unit),
        Remedy::fix(
            told!("Have it started"),
            [Command::root(["systemctl", "enable", &unit])],
            [Command::root(["systemctl", "disable", &unit])],
        ),
    ))
}

fn default_target(site: &Site) -> Fact<Judged> {
    let target = site.session.default_target.as_ref().map_err(Told::clone)?;
    if !site.session.expected {
        return Ok(Judged::Beside);
    }
    if target == "graphical.target" {
        return Ok(Judged::Well(told!("the computer starts to {target}", target = target)));
    }
    let login = site.session.login.as_ref().map_err(Told::clone)?;
    if login.user.is_none()
        || !["lightdm", "gdm3", "gdm", "sddm", "vitrine-x"].contains(&login.manager.as_str())
    {
        return Ok(Judged::Beside);
    }
    Ok(Judged::warning(
        told!("the computer starts to {target}, and to no screen", target = target),
        Remedy::fix(
            told!("Have it start to graphical.target"),
            [Command::root(["systemctl", "set-default", "graphical.target"])],
            [Command::root(["systemctl", "set-default", target])],
        ),
    ))
}

/// The kiosk user's sessions at this computer's own screens.
fn own_seats(site: &Site) -> Fact<Vec<&Seat>> {
    let sessions = site.session.sessions.as_ref().map_err(Told::clone)?;
    let own = |seat: &&Seat| seat.user == site.session.user && !seat.seat.is_empty() && seat.class == "user";
    Ok(sessions.iter().filter(own).collect())
}

fn seat(site: &Site) -> Fact<Judged> {
    let own = own_seats(site)?;
    let user = site.session.user.as_str();
    if own.iter().any(|seat| seat.active) {
        return Ok(Judged::Well(told!("'{user}' is logged in at this computer's screens", user = user)));
    }
    if !site.session.expected {
        return Ok(Judged::Beside);
    }
    if own.is_empty() {
        let greeter =
            site.session.sessions.as_ref().is_ok_and(|all| all.iter().any(|seat| seat.class == "greeter"));
        // A session that logind does not know, as in a container, is one all the same.
        if site.display.session.is_some() && !greeter {
            return Err(told!("logind knows no session of '{user}', though there is one", user = user));
        }
        let evidence = if greeter {
            told!("the screens ask who wants to log in; '{user}' is not logged in", user = user)
        } else {
            told!("'{user}' is not logged in at this computer's screens", user = user)
        };
        return Ok(Judged::ill(
            evidence,
            Remedy::type_in(
                told!("Begin the session anew"),
                [
                    Command::root(["loginctl", "list-sessions"]),
                    Command::root(["systemctl", "restart", "display-manager.service"]),
                ],
            ),
        ));
    }
    Ok(Judged::ill(
        told!("the session of '{user}' is not the one in front: the screens show another one", user = user),
        Remedy::type_in(
            told!("Bring it to the front, Ctrl+Alt+F7 at the keyboard"),
            [Command::root(["chvt", "7"])],
        ),
    ))
}

fn kind(site: &Site) -> Fact<Judged> {
    match own_seats(site)?.iter().find(|seat| seat.active) {
        None => Ok(Judged::Beside),
        Some(seat) if seat.kind == "wayland" => Ok(Judged::ill(
            told!("the session is one of Wayland, where Vitrine cannot place windows"),
            Remedy::say(told!("Have the log-in begin the session \"Vitrine\"")),
        )),
        Some(seat) if seat.kind == "x11" => Ok(Judged::Well(told!("the session is one of X11"))),
        // `startx` from a console says so, and is well all the same.
        Some(_) => Ok(Judged::Beside),
    }
}

fn environment(site: &Site) -> Fact<Judged> {
    let found = site.session.environment.as_ref().map_err(Told::clone)?;
    let evidence = match (found.runtime_dir, found.bus) {
        (true, true) => return Ok(Judged::Well(told!("the session has its bus and its folder"))),
        (false, _) => told!(
            "$XDG_RUNTIME_DIR of the session is not set, or no folder of the user's: there is no place for sockets"
        ),
        (true, false) => {
            told!("$DBUS_SESSION_BUS_ADDRESS of the session is not set: units and sound cannot be reached")
        }
    };
    let judged = if found.runtime_dir { Judged::advice } else { Judged::warning };
    Ok(judged(
        evidence,
        Remedy::type_in(
            told!("Install what gives each log-in both, and log in anew"),
            [Command::root(["apt-get", "install", "dbus-user-session", "libpam-systemd"])],
        ),
    ))
}

fn autostart(site: &Site) -> Fact<Judged> {
    let Some(found) = site.session.autostart.as_ref().map_err(Told::clone)? else {
        return Ok(Judged::Beside);
    };
    if found.starts_vitrine {
        return Ok(Judged::Well(told!("{file} starts Vitrine", file = found.path)));
    }
    let judged = |evidence, remedy| {
        let runs = site.api.daemons.as_ref().is_ok_and(|all| !all.is_empty());
        if runs { Judged::warning(evidence, remedy) } else { Judged::ill(evidence, remedy) }
    };
    Ok(judged(
        told!("{file} does not start Vitrine", file = found.path),
        Remedy::say(told!("Add the line: vitrine-session start &")),
    ))
}

fn second_viewer(site: &Site) -> Fact<Judged> {
    let Some(found) = site.session.autostart.as_ref().map_err(Told::clone)? else {
        return Ok(Judged::Beside);
    };
    match found.viewers.first() {
        None => Ok(Judged::Well(told!("{file} leaves the viewers to Vitrine", file = found.path))),
        Some(line) => Ok(Judged::warning(
            told!(
                "{file} starts a viewer by itself, beside Vitrine's: {line}",
                file = found.path,
                line = line
            ),
            Remedy::say(told!("Delete that line; Vitrine launches a viewer for each exhibit")),
        )),
    }
}

fn ways_out(site: &Site) -> Fact<Judged> {
    let Some(ways) = site.session.ways_out.as_ref().map_err(Told::clone)? else { return Ok(Judged::Beside) };
    if ways.is_empty() {
        return Ok(Judged::Well(told!("Openbox' rules let nobody out")));
    }
    Ok(Judged::warning(
        told!("Openbox' rules let visitors close, move or start things: {ways}", ways = ways.join(", ")),
        Remedy::type_in(
            told!("Take Vitrine's rules, or delete these from yours"),
            [
                Command::root(["cp", &site.installer.path("openbox/rc.xml"), "/etc/vitrine/openbox/rc.xml"]),
                Command::new(["openbox", "--reconfigure"]),
            ],
        ),
    ))
}

fn text_consoles(site: &Site) -> Fact<Judged> {
    if *site.session.no_vt_switch.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Well(told!("keys do not lead to a text console")));
    }
    if !site.session.expected {
        return Ok(Judged::Beside);
    }
    Ok(Judged::advice(
        told!("Ctrl+Alt+F1 leads visitors with a keyboard to a text console"),
        installer::step(
            site,
            "xorg",
            told!("Have the installer set DontVTSwitch in /etc/X11/xorg.conf.d/90-vitrine.conf"),
        ),
    ))
}

fn units(site: &Site) -> Fact<Judged> {
    let units = site.session.units.as_ref().map_err(Told::clone)?;
    let Some(unit) = units.iter().find(|unit| unit.name == "vitrine.service") else {
        return Ok(Judged::Beside);
    };
    let name = unit.name.as_str();
    let log = || {
        Remedy::type_in(
            told!("Read why, and start it"),
            [
                Command::new(["journalctl", "--user", "-u", name, "-n", "50"]),
                Command::new(["systemctl", "--user", "restart", name]),
            ],
        )
    };
    if unit.load == "masked" {
        return Ok(Judged::ill(
            told!("{unit} is masked: the session cannot start Vitrine", unit = name),
            Remedy::fix(
                told!("Let it be started"),
                [Command::new(["systemctl", "--user", "unmask", name])],
                [Command::new(["systemctl", "--user", "mask", name])],
            ),
        ));
    }
    if unit.load != "loaded" {
        // The session's script starts Vitrine without units, too.
        return Ok(Judged::Beside);
    }
    if unit.active == "failed" {
        return Ok(Judged::ill(told!("{unit} has failed: {why}", unit = name, why = unit.result), log()));
    }
    if unit.restarts > MANY_RESTARTS {
        return Ok(Judged::warning(
            told!(
                "{unit} was restarted {count} times since the session began",
                unit = name,
                count = unit.restarts
            ),
            log(),
        ));
    }
    if unit.active == "active" {
        return Ok(Judged::Well(told!(
            "{unit} runs, restarted {count} times",
            unit = name,
            count = unit.restarts
        )));
    }
    // Waiting for a configuration that is right, or started in another way; `api.daemon` says whether it runs.
    Ok(Judged::Beside)
}

fn watched_units(site: &Site) -> Fact<Judged> {
    let units = &site_of(site)?.units;
    let Some(unit) = units.iter().find(|unit| !unit.well) else {
        return Ok(match units.len() {
            0 => Judged::Beside,
            count => Judged::Well(told!("{count} watched units are well", count = count)),
        });
    };
    let status = if unit.bus == "user" {
        Command::new(["systemctl", "--user", "status", &unit.name])
    } else {
        Command::root(["systemctl", "status", &unit.name])
    };
    let evidence = if unit.state == "missing" {
        told!("there is no unit {unit}, which the configuration has watched", unit = unit.name)
    } else {
        told!(
            "{unit} has failed; systemd restarted it {count} times",
            unit = unit.name,
            count = unit.restarts
        )
    };
    Ok(Judged::warning(evidence, Remedy::type_in(told!("See why; correct its name or mend it"), [status])))
}

fn old_controller(site: &Site) -> Fact<Judged> {
    let Some((runs, enabled)) = *site.session.old_controller.as_ref().map_err(Told::clone)? else {
        return Ok(Judged::Beside);
    };
    let unit = "exhibition-vm-controller.service";
    if !runs && !enabled {
        return Ok(Judged::Well(told!("{unit} is there and is switched off", unit = unit)));
    }
    let evidence = if runs {
        told!("{unit} runs beside Vitrine: both put the VM back, and both want port 8000", unit = unit)
    } else {
        told!("{unit} is started with the computer, beside Vitrine", unit = unit)
    };
    let (off, on) = if runs {
        (["systemctl", "disable", "--now", unit], ["systemctl", "enable", "--now", unit])
    } else {
        (["systemctl", "disable", "--quiet", unit], ["systemctl", "enable", "--quiet", unit])
    };
    Ok(Judged::warning(
        evidence,
        Remedy::fix(
            told!("Switch it off; Vitrine does all that it did"),
            [Command::root(off)],
            [Command::root(on)],
        ),
    ))
}

/// The first of the user's programs that has one of these names.
fn first<'a>(site: &'a Site, names: &[&str]) -> Fact<Option<&'a Program>> {
    let programs = site.session.programs.as_ref().map_err(Told::clone)?;
    Ok(programs.iter().find(|program| names.iter().any(|name| is_named(program, name))))
}

fn lockers(site: &Site) -> Fact<Judged> {
    Ok(match first(site, LOCKERS)? {
        None => Judged::Well(told!("nothing runs that locks the screen")),
        Some(program) => Judged::warning(
            told!(
                "{program} runs (process {pid}), which locks the screens or draws over them",
                program = program.name,
                pid = program.pid
            ),
            Remedy::type_in(
                told!("Remove its package, and end it"),
                [
                    Command::root(["apt-get", "purge", &program.name]),
                    Command::root(["kill", &program.pid.to_string()]),
                ],
            ),
        ),
    })
}

fn popups(site: &Site) -> Fact<Judged> {
    Ok(match first(site, POPPERS)? {
        None => Judged::Well(told!("nothing runs that shows windows of its own accord")),
        Some(program) => Judged::advice(
            told!(
                "{program} runs (process {pid}), which may show windows over an artwork",
                program = program.name,
                pid = program.pid
            ),
            Remedy::say(told!("Take it out of what the session starts, or remove its package")),
        ),
    })
}

#[cfg(test)]
mod tests;
