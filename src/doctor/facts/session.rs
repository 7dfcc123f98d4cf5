//! What is known of log-in, window manager, units.

use super::Fact;
use crate::core::types::Told;

/// What is known of log-in, window manager, units.
#[derive(Clone, Debug)]
pub struct Session {
    /// The kiosk's user.
    pub user: String,
    /// Something of a kiosk is here: a log-in for it, its session's files, or its session.
    pub expected: bool,
    /// How the user is logged in at the start.
    pub login: Fact<Login>,
    /// systemd's default target.
    pub default_target: Fact<String>,
    /// The sessions that logind knows.
    pub sessions: Fact<Vec<Seat>>,
    /// The user's processes that run.
    pub programs: Fact<Vec<Program>>,
    /// What Openbox runs at its start; `None` where there is no such file.
    pub autostart: Fact<Option<Autostart>>,
    /// What Openbox' rules let visitors do, each as it stands in the file; `None` where there is no such file.
    pub ways_out: Fact<Option<Vec<String>>>,
    /// The user's units `vitrine.service` and `vitrine-session.target`.
    pub units: Fact<Vec<Unit>>,
    /// The unit of the Exhibition VM Controller, where there is one; whether it runs, and whether it is started with
    /// the computer.
    pub old_controller: Fact<Option<(bool, bool)>>,
    /// Xorg keeps keys from leaving its console (`DontVTSwitch`, `-novtswitch`).
    pub no_vt_switch: Fact<bool>,
    /// Variables of the session that are set: `DBUS_SESSION_BUS_ADDRESS`, `XDG_RUNTIME_DIR`.
    pub environment: Fact<Environment>,
    /// Sound of this session.
    pub sound: Sound,
}

/// How the kiosk's user is logged in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// `lightdm`, `vitrine-x`, `gdm3`, …; empty where nothing is there.
    pub manager: String,
    /// It is started with the computer.
    pub enabled: bool,
    /// Whom it logs in by itself.
    pub user: Option<String>,
    /// Which session it begins; empty for the usual one.
    pub session: String,
}

/// A session that logind knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Whose it is.
    pub user: String,
    /// Such as `seat0`; empty for one from elsewhere.
    pub seat: String,
    /// `x11`, `wayland`, `tty`.
    pub kind: String,
    /// It is the one in front.
    pub active: bool,
    /// `user`, `greeter`, `manager`, …
    pub class: String,
}

/// A process of the kiosk's user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its process.
    pub pid: u32,
    /// Its name, of 15 characters at most.
    pub name: String,
    /// Its command line.
    pub line: Vec<String>,
}

/// What Openbox runs at its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autostart {
    /// The file.
    pub path: String,
    /// It starts Vitrine.
    pub starts_vitrine: bool,
    /// Lines that start a viewer by themselves.
    pub viewers: Vec<String>,
}

/// A unit of systemd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// `LoadState`: `loaded`, `not-found`, `masked`, …
    pub load: String,
    /// `ActiveState`.
    pub active: String,
    /// `Result`.
    pub result: String,
    /// `NRestarts`.
    pub restarts: u64,
}

/// Variables of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// `DBUS_SESSION_BUS_ADDRESS`.
    pub bus: bool,
    /// `XDG_RUNTIME_DIR` is set, there, and the user's.
    pub runtime_dir: bool,
}

/// The session's sound.
#[derive(Clone, Debug)]
pub struct Sound {
    /// The sound server that runs: `pulseaudio` or `pipewire-pulse`.
    pub server: Fact<Option<String>>,
    /// GStreamer's plugins that the viewer needs and that are missing.
    pub missing_plugins: Fact<Vec<String>>,
    /// The default output: its name, whether it is muted, its volume of 100; `None` where there is none.
    pub sink: Fact<Option<Sink>>,
}

/// A sound output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sink {
    /// Its name.
    pub name: String,
    /// It is muted.
    pub muted: bool,
    /// Of 100, the loudest channel.
    pub volume: u32,
}

impl Session {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            user: String::new(),
            expected: false,
            login: Err(why.clone()),
            default_target: Err(why.clone()),
            sessions: Err(why.clone()),
            programs: Err(why.clone()),
            autostart: Err(why.clone()),
            ways_out: Err(why.clone()),
            units: Err(why.clone()),
            old_controller: Err(why.clone()),
            no_vt_switch: Err(why.clone()),
            environment: Err(why.clone()),
            sound: Sound {
                server: Err(why.clone()),
                missing_plugins: Err(why.clone()),
                sink: Err(why.clone()),
            },
        }
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        let text = str::to_owned;
        let program = |pid, name: &str, line: &[&str]| Program {
            pid,
            name: text(name),
            line: line.iter().map(|word| text(word)).collect(),
        };
        let unit = |name: &str| Unit {
            name: text(name),
            load: text("loaded"),
            active: text("active"),
            result: text("success"),
            restarts: 0,
        };
        Self {
            user: text("kiosk"),
            expected: true,
            login: Ok(Login {
                manager: text("lightdm"),
                enabled: true,
                user: Some(text("kiosk")),
                session: text("vitrine"),
            }),
            default_target: Ok(text("graphical.target")),
            sessions: Ok(vec![Seat {
                user: text("kiosk"),
                seat: text("seat0"),
                kind: text("x11"),
                active: true,
                class: text("user"),
            }]),
            programs: Ok(vec![
                program(600, "openbox", &["openbox", "--sm-disable"]),
                program(700, "vitrine", &["vitrine", "run"]),
            ]),
            autostart: Ok(Some(Autostart {
                path: text("/etc/vitrine/openbox/autostart"),
                starts_vitrine: true,
                viewers: Vec::new(),
            })),
            ways_out: Ok(Some(Vec::new())),
            units: Ok(vec![unit("vitrine.service"), unit("vitrine-session.target")]),
            old_controller: Ok(None),
            no_vt_switch: Ok(true),
            environment: Ok(Environment { bus: true, runtime_dir: true }),
            sound: Sound {
                server: Ok(Some(text("pulseaudio"))),
                missing_plugins: Ok(Vec::new()),
                sink: Ok(Some(Sink { name: text("alsa_output"), muted: false, volume: 80 })),
            },
        }
    }
}
