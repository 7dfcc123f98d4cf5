//! The site in Vitrine's own words: what is neither an exhibit's nor the old controller's.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Exhibit, Spoken, age, is_stale, seconds_of};
use crate::core::status::{
    HypervisorStatus, LastResortStatus, ScreenStatus, Status, UnitStatus, XServerStatus,
};
use crate::core::types::{ActiveState, Monitor, Now, Trouble, UnitInfo};
use crate::life::{self, News};

/// `GET /api/v1/site`: everything. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Site {
    /// The version of the daemon.
    pub version: String,
    /// The moment that all of this is about.
    pub at: f64,
    /// How many seconds ago the daemon told it; more than a few where its task stands still.
    #[serde(default)]
    pub age: f64,
    /// Whether that is too long ago to be relied upon; nothing is `well` then.
    #[serde(default)]
    pub stale: bool,
    /// The parts of Vitrine that do not go on: what they would tell is old.
    #[serde(default)]
    pub silent: Vec<Silence>,
    /// Why the configuration that was last read is not the one that is in use; null where it is.
    #[serde(default)]
    pub reload: Option<Reload>,
    /// When the daemon began.
    pub since: f64,
    /// Whether everything is on display as it should be.
    pub well: bool,
    /// The connection to libvirt.
    pub hypervisor: Hypervisor,
    /// Whether the X server answers.
    #[serde(default)]
    pub x_server: XServer,
    /// The lit monitors, in RandR's order.
    pub screens: Vec<Screen>,
    /// The exhibits, in the configuration's order.
    pub exhibits: Vec<Exhibit>,
    /// The watched units, in the configuration's order.
    #[serde(default)]
    pub units: Vec<Unit>,
    /// What comes if nothing helps; nothing where nothing calls for it.
    #[serde(default)]
    pub last_resort: Option<LastResort>,
}

/// A part of Vitrine that does not go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Silence {
    /// Its name, as the log has it.
    pub part: String,
    /// What it waits for, where that is nothing of Vitrine's, such as the X server; null where it hangs by itself.
    pub waits_for: Option<String>,
}

impl Silence {
    fn new(news: News) -> Option<Self> {
        let silence = |part: &str, waits_for: Option<&str>| {
            Some(Self { part: part.to_owned(), waits_for: waits_for.map(str::to_owned) })
        };
        match news {
            News::Hangs(part) => silence(part, None),
            News::Waits(part, what) => silence(part, Some(what)),
            News::GoesOn(_) => None,
        }
    }
}

/// A configuration that was read again and not taken up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reload {
    /// `refused`: it is wrong; `silent`: what it lies on does not answer.
    pub problem: String,
    /// Since when, in Unix seconds.
    pub since: f64,
}

/// What comes if nothing helps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LastResort {
    /// What is wrong, for people.
    pub why: Spoken,
    /// Seconds until what libvirt runs by is restarted.
    pub restart_libvirt_in: Option<f64>,
    /// Seconds until the computer is restarted.
    pub reboot_in: Option<f64>,
}

impl LastResort {
    fn new(status: &LastResortStatus) -> Self {
        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
        Self {
            why: Spoken::new(&status.why.told()),
            restart_libvirt_in: seconds(status.restart_libvirt_in),
            reboot_in: seconds(status.reboot_in),
        }
    }
}

impl Site {
    /// The site as it is at `now`.
    pub fn new(status: &Status, now: Now) -> Self {
        let age = age(status, now);
        let exhibits: Vec<_> =
            status.exhibits.iter().map(|exhibit| Exhibit::new(exhibit, status, now, age)).collect();
        let silent: Vec<_> = life::silent().into_iter().filter_map(Silence::new).collect();
        let hypervisor = Hypervisor::new(&status.hypervisor);
        let units: Vec<_> = status.units.iter().map(Unit::new).collect();
        let well = exhibits.iter().all(|exhibit| exhibit.well) && units.iter().all(|unit| unit.well);
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            at: seconds_of(now.wall),
            since: seconds_of(status.since.wall),
            age: age.as_secs_f64(),
            stale: is_stale(age),
            well: hypervisor.state == "up"
                && status.x_server == XServerStatus::Answers
                && well
                && silent.is_empty()
                && !is_stale(age),
            silent,
            reload: None,
            hypervisor,
            x_server: XServer::new(status.x_server),
            screens: screens(status),
            exhibits,
            units,
            last_resort: status.last_resort.as_ref().map(LastResort::new),
        }
    }
}

/// One watched unit of systemd.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Unit {
    /// Its name, such as `libvirtd.service`.
    pub name: String,
    /// `system` or `user`.
    pub bus: String,
    /// Whether nothing is wrong with it, as far as is known.
    pub well: bool,
    /// systemd's `ActiveState`; `unknown` while systemd cannot be reached, `missing` where there is no such unit.
    pub state: String,
    /// systemd's `SubState`; null where that is not known.
    pub sub_state: Option<String>,
    /// systemd's `Result`: how it ended last; null where that is not known.
    pub result: Option<String>,
    /// systemd's `NRestarts`: how often it has restarted the service by itself.
    pub restarts: Option<u32>,
    /// Since when its state is so, in Unix seconds, as far as Vitrine has seen.
    pub since: f64,
    /// Seconds until a failed unit is restarted.
    pub restart_in: Option<f64>,
}

impl Unit {
    fn new(unit: &UnitStatus) -> Self {
        let (state, well) = match &unit.info {
            UnitInfo::Unknown => ("unknown", true),
            UnitInfo::Missing => ("missing", false),
            UnitInfo::Loaded { active, .. } => (active.word(), *active != ActiveState::Failed),
        };
        let (sub_state, result, restarts) = match &unit.info {
            UnitInfo::Unknown | UnitInfo::Missing => (None, None, None),
            UnitInfo::Loaded { sub, result, restarts, .. } => (Some(sub), Some(result), *restarts),
        };
        let some = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
        Self {
            name: unit.name.clone(),
            bus: unit.bus.word().to_owned(),
            well,
            state: state.to_owned(),
            sub_state: some(sub_state),
            result: some(result),
            restarts,
            since: seconds_of(unit.since),
            restart_in: unit.restart_in.map(|span| span.as_secs_f64()),
        }
    }
}

/// The connection to libvirt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Hypervisor {
    /// `awaited` (not had yet since the start), `up` or `down`.
    pub state: String,
    /// Why it is down.
    pub reason: Option<Spoken>,
    /// Since when it is down.
    pub since: Option<f64>,
}

impl Hypervisor {
    fn new(status: &HypervisorStatus) -> Self {
        let (state, reason, since) = match status {
            HypervisorStatus::Awaited => ("awaited", None, None),
            HypervisorStatus::Up => ("up", None, None),
            HypervisorStatus::Down { reason, since } => {
                ("down", Some(Spoken::new(reason)), Some(seconds_of(*since)))
            }
        };
        Self { state: state.to_owned(), reason, since }
    }
}

/// The X server, through which everything goes that is to be seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct XServer {
    /// Whether it answers, as far as is known.
    pub answers: bool,
    /// Since when it does not.
    pub since: Option<f64>,
    /// What that means, for people.
    pub why: Option<Spoken>,
    /// Seconds until it is ended, to be started anew.
    pub ended_in: Option<f64>,
}

impl Default for XServer {
    fn default() -> Self {
        Self { answers: true, since: None, why: None, ended_in: None }
    }
}

impl XServer {
    fn new(status: XServerStatus) -> Self {
        match status {
            XServerStatus::Answers => Self::default(),
            XServerStatus::Silent { since, ended_in } => Self {
                answers: false,
                since: Some(seconds_of(since)),
                why: Some(Spoken::new(&Trouble::XServerSilent.told())),
                ended_in: ended_in.map(|time| time.as_secs_f64()),
            },
        }
    }
}

/// One lit monitor, and what it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Screen {
    /// The name of its connector, such as `HDMI-1`.
    pub connector: String,
    /// `MAKER-MODEL-SERIAL` out of its EDID.
    pub edid: Option<String>,
    /// Place in RandR's list, from 1.
    pub index: u32,
    /// Whether it is the primary one.
    pub primary: bool,
    /// Left edge in pixels.
    pub x: i32,
    /// Upper edge in pixels.
    pub y: i32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The exhibit that fills it.
    pub exhibit: Option<String>,
    /// The guest display that fills it, from 1.
    pub display: Option<u32>,
}

impl Screen {
    /// A monitor, with the exhibit that fills it and that exhibit's display, if there is one.
    pub fn new(monitor: &Monitor, owner: Option<(String, u32)>) -> Self {
        Self {
            connector: monitor.connector.clone(),
            edid: monitor.edid.clone(),
            index: monitor.index,
            primary: monitor.primary,
            x: monitor.rect.x,
            y: monitor.rect.y,
            width: monitor.rect.width,
            height: monitor.rect.height,
            display: owner.as_ref().map(|(_, display)| *display),
            exhibit: owner.map(|(name, _)| name),
        }
    }
}

fn screens(status: &Status) -> Vec<Screen> {
    let owner = |connector: &str| {
        status.exhibits.iter().find_map(|exhibit| {
            let has = |screen: &ScreenStatus| screen.connector.as_deref() == Some(connector);
            let index = exhibit.screens.iter().position(has)?;
            Some((exhibit.name.clone(), u32::try_from(index).ok()?.saturating_add(1)))
        })
    };
    status.monitors.iter().map(|monitor| Screen::new(monitor, owner(&monitor.connector))).collect()
}
