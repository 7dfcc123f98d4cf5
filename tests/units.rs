//! Units, watched and restarted over the bus of a real systemd.
//!
//! Needs root, for a cgroup and a mount namespace of systemd's own.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::systemd::Systemd;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;
use vitrine::adapter::{Events, Report, units};
use vitrine::core::effect::Effect;
use vitrine::core::event::Event;
use vitrine::core::site::Site;
use vitrine::core::types::{ActiveState, Bus, Now, SiteSettings, UnitInfo, UnitSettings, WallTime};

const PATIENCE: Duration = Duration::from_secs(60);

/// Runs until it is stopped or killed.
const STEADY: &str = "[Service]\nExecStart=/bin/sleep infinity\n";
/// Fails at once, is restarted by systemd once, and then has reached its limit.
const HOPELESS: &str = "[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=1h\n\
    [Service]\nExecStart=/bin/false\nRestart=on-failure\nRestartSec=1ms\n";
/// Fails as long as a file says so.
const MOODY: &str = "[Unit]\nStartLimitBurst=1\nStartLimitIntervalSec=1h\n\
    [Service]\nExecStart=/bin/sh -c 'test ! -e %t/ill && exec sleep infinity'\n";

const UNITS: &[(&str, &str)] =
    &[("steady.service", STEADY), ("hopeless.service", HOPELESS), ("moody.service", MOODY)];

fn unit(name: &str, restart: bool) -> UnitSettings {
    UnitSettings { name: name.into(), bus: Bus::User, restart, named: true }
}

fn watch(systemd: &Systemd, names: &[&str]) -> (units::Handle, UnboundedReceiver<Report>) {
    let (events, told) = Events::channel();
    let settings = units::Settings { system: None, user: Some(systemd.address()) };
    let handle = units::spawn(settings, events);
    handle.watch(&names.iter().map(|name| unit(name, false)).collect::<Vec<_>>());
    (handle, told)
}

/// Waits for an event.
async fn until(told: &mut UnboundedReceiver<Report>, what: &str, so: impl Fn(&Event) -> bool) -> Event {
    let mut others = Vec::new();
    loop {
        match timeout(PATIENCE, told.recv()).await {
            Ok(Some(Report::Core(event))) if so(&event) => return event,
            Ok(Some(report)) => others.push(report),
            Ok(None) | Err(_) => panic!("never came: {what}; but {others:#?}"),
        }
    }
}

/// Waits until a unit is told to be so.
async fn until_unit(told: &mut UnboundedReceiver<Report>, unit: &str, state: ActiveState) -> UnitInfo {
    let so = |event: &Event| matches!(event, Event::UnitSeen { name, info, .. } if name == unit && info.active() == Some(state));
    match until(told, &format!("{unit} {state:?}"), so).await {
        Event::UnitSeen { info, .. } => info,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_systemd_does_is_told() {
    let systemd = Systemd::start(UNITS);
    let (_handle, mut told) = watch(&systemd, &["steady.service", "hopeless.service", "absent.service"]);
    let missing = |event: &Event| matches!(event, Event::UnitSeen { name, info: UnitInfo::Missing, .. } if name == "absent.service");
    until(&mut told, "a unit that is missing", missing).await;

    assert!(systemd.systemctl(&["start", "steady.service"]));
    let UnitInfo::Loaded { sub, result, restarts, .. } =
        until_unit(&mut told, "steady.service", ActiveState::Active).await
    else {
        panic!("not loaded");
    };
    assert_eq!((sub.as_str(), result.as_str(), restarts), ("running", "success", Some(0)));

    assert!(systemd.systemctl(&["kill", "--signal=KILL", "steady.service"]));
    let info = until_unit(&mut told, "steady.service", ActiveState::Failed).await;
    assert_eq!(info.result(), "signal");

    systemd.systemctl(&["start", "hopeless.service"]);
    let UnitInfo::Loaded { result, restarts, .. } =
        until_unit(&mut told, "hopeless.service", ActiveState::Failed).await
    else {
        panic!("not loaded");
    };
    // The limit is reached by the second start, which systemd made by itself.
    assert_eq!(result, "exit-code");
    assert!(restarts.is_some_and(|restarts| restarts >= 1), "{restarts:?}");

    // A unit that is installed meanwhile.
    std::fs::write(systemd.path("config/systemd/user/absent.service"), STEADY).unwrap();
    assert!(systemd.systemctl(&["daemon-reload"]));
    until_unit(&mut told, "absent.service", ActiveState::Inactive).await;
}

#[tokio::test]
async fn other_units_may_be_named_while_it_watches() {
    let systemd = Systemd::start(UNITS);
    let (handle, mut told) = watch(&systemd, &["steady.service"]);
    until_unit(&mut told, "steady.service", ActiveState::Inactive).await;
    handle.watch(&[unit("moody.service", false)]);
    until_unit(&mut told, "moody.service", ActiveState::Inactive).await;
    assert!(systemd.systemctl(&["start", "steady.service", "moody.service"]));
    let moody = |event: &Event| matches!(event, Event::UnitSeen { info, .. } if info.active() == Some(ActiveState::Active));
    let Event::UnitSeen { name, .. } = until(&mut told, "an active unit", moody).await else { panic!() };
    assert_eq!(name, "moody.service");
}

#[tokio::test]
async fn a_bus_that_goes_and_comes() {
    let mut systemd = Systemd::start(UNITS);
    let (_handle, mut told) = watch(&systemd, &["steady.service"]);
    until_unit(&mut told, "steady.service", ActiveState::Inactive).await;
    systemd.kill();
    let lost = until(&mut told, "the bus is lost", |event| !matches!(event, Event::UnitSeen { .. })).await;
    assert!(matches!(lost, Event::UnitsLost { bus: Bus::User, .. }), "{lost:?}");
    systemd.launch();
    // Told once, however many tries it took; and what is there is read again.
    let next = until(&mut told, "the bus is back", |_| true).await;
    assert!(matches!(next, Event::UnitSeen { .. }), "{next:?}");
    assert!(systemd.systemctl(&["start", "steady.service"]));
    until_unit(&mut told, "steady.service", ActiveState::Active).await;
}

#[tokio::test]
async fn a_restart_that_is_refused_says_why() {
    let systemd = Systemd::start(UNITS);
    let (handle, mut told) = watch(&systemd, &["steady.service"]);
    until_unit(&mut told, "steady.service", ActiveState::Inactive).await;
    handle.restart(Bus::User, "absent.service".into());
    let answer = until(&mut told, "an answer", |event| matches!(event, Event::UnitRestarted { .. })).await;
    let Event::UnitRestarted { result: Err(reason), .. } = answer else { panic!("{answer:?}") };
    assert!(reason.to_string().contains("absent.service"), "{reason}");
}

/// The core and the adapter together, as the daemon joins them.
struct Together {
    site: Site,
    units: units::Handle,
    told: UnboundedReceiver<Report>,
    restarts: usize,
}

impl Together {
    fn now() -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Now { mono: Instant::now(), wall: WallTime(wall.as_millis().try_into().unwrap()) }
    }

    fn handle(&mut self, event: Event) {
        let mut effects = Vec::new();
        self.site.receive(Self::now(), event, &mut effects);
        for effect in effects {
            match effect {
                Effect::WatchUnits(units) => self.units.watch(&units),
                Effect::RestartUnit { bus, name } => {
                    self.restarts += 1;
                    self.units.restart(bus, name);
                }
                _ => {}
            }
        }
    }

    async fn until_state(&mut self, state: ActiveState) {
        let begun = Instant::now();
        loop {
            match timeout(PATIENCE, self.told.recv()).await.expect("nothing happens").unwrap() {
                Report::Core(event) => self.handle(event),
                other => panic!("{other:?}"),
            }
            if self.site.status(Self::now()).units[0].info.active() == Some(state) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "never came: {state:?}");
        }
    }
}

#[tokio::test]
async fn a_failed_unit_that_is_marked_is_restarted_although_systemd_has_given_up() {
    let systemd = Systemd::start(UNITS);
    std::fs::write(systemd.path("ill"), "").unwrap();
    systemd.systemctl(&["start", "--wait", "moody.service"]);
    std::fs::remove_file(systemd.path("ill")).unwrap();
    // systemd itself refuses: the limit of starts is reached.
    assert!(!systemd.systemctl(&["start", "moody.service"]));

    let (events, told) = Events::channel();
    let settings = units::Settings { system: None, user: Some(systemd.address()) };
    let mut together = Together {
        site: Site::new(Together::now(), SiteSettings::default(), &BTreeSet::new(), &mut Vec::new()),
        units: units::spawn(settings, events),
        told,
        restarts: 0,
    };
    let units = vec![unit("moody.service", true)];
    together.handle(Event::Settings(SiteSettings { units, ..SiteSettings::default() }));
    together.until_state(ActiveState::Active).await;
    assert_eq!(together.restarts, 1);
}
