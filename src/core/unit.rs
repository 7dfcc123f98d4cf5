//! The units of systemd that the exhibits need: how each one is, and when a failed one is restarted.
//!
//! systemd restarts what it was told to restart. A unit that it has given up on is `failed`; where the configuration
//! says so, Vitrine restarts such a unit, the first time at once, then after growing pauses, for ever.

use std::time::{Duration, Instant};

use super::effect::Effect;
use super::incident::Notice;
use super::status::UnitStatus;
use super::types::{ActiveState, Backoff, Bus, Now, Told, UnitInfo, UnitSettings};

/// The pauses between two restarts: what needs longer than an hour will not be mended by trying more often.
const RESTART_PAUSES: Backoff =
    Backoff { first: Duration::from_secs(10), longest: Duration::from_secs(3600) };
/// A unit that was active for so long is well, and its next failure the first one.
const HEALTHY_RESET_AFTER: Duration = Duration::from_secs(600);

/// All units that are watched.
#[derive(Debug, Default)]
pub(super) struct Units(Vec<Unit>);

#[derive(Debug)]
struct Unit {
    settings: UnitSettings,
    info: UnitInfo,
    since: Now,
    /// The pause that follows the next restart.
    pause: Duration,
    /// Not restarted before this.
    rest_until: Option<Instant>,
    /// Since when it is active without a break.
    active_from: Option<Instant>,
}

impl Units {
    /// Watches these from now on. What is known of those that were watched already is kept.
    pub(super) fn watch(&mut self, now: Now, settings: Vec<UnitSettings>, effects: &mut Vec<Effect>) {
        let mut previous = std::mem::take(&mut self.0);
        let same =
            |unit: &Unit, new: &UnitSettings| unit.settings.name == new.name && unit.settings.bus == new.bus;
        for settings in settings {
            match previous.iter().position(|unit| same(unit, &settings)) {
                Some(index) => self.0.push(Unit { settings, ..previous.remove(index) }),
                None => self.0.push(Unit::new(now, settings)),
            }
        }
        effects.push(Effect::WatchUnits(self.0.iter().map(|unit| unit.settings.clone()).collect()));
        for unit in &mut self.0 {
            unit.restart_if_due(now, effects);
        }
    }

    /// The earliest moment at which [`Units::timer`] does something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.0.iter().filter_map(Unit::deadline).min()
    }

    /// A pause may be over.
    pub(super) fn timer(&mut self, now: Now, effects: &mut Vec<Effect>) {
        for unit in &mut self.0 {
            unit.restart_if_due(now, effects);
        }
    }

    /// A unit's state was read.
    pub(super) fn seen(&mut self, now: Now, bus: Bus, name: &str, info: UnitInfo, effects: &mut Vec<Effect>) {
        if let Some(unit) = self.find(bus, name) {
            unit.seen(now, info, effects);
        }
    }

    /// A bus is gone: nothing is known of its units.
    pub(super) fn bus_lost(&mut self, now: Now, bus: Bus) {
        for unit in self.0.iter_mut().filter(|unit| unit.settings.bus == bus) {
            unit.learn(now, UnitInfo::Unknown);
        }
    }

    /// systemd has taken up a restart, or refused it.
    pub(super) fn restarted(
        &mut self,
        bus: Bus,
        name: &str,
        result: Result<(), Told>,
        effects: &mut Vec<Effect>,
    ) {
        if let (Some(_), Err(reason)) = (self.find(bus, name), result) {
            let notice = Notice::UnitRestartRefused { unit: name.to_owned(), reason };
            effects.push(Effect::Notice { exhibit: None, notice });
        }
    }

    /// The service that libvirt's QEMU driver runs by: that which is up or has failed, or has a socket that is.
    pub(super) fn libvirts(&self) -> Option<&str> {
        const SERVICES: [(&str, &str); 2] =
            [("libvirtd.service", "libvirtd.socket"), ("virtqemud.service", "virtqemud.socket")];
        let found = |name: &str| {
            self.0.iter().find(|unit| unit.settings.bus == Bus::System && unit.settings.name == name)
        };
        let active = |name: &str| found(name).and_then(|unit| unit.info.active());
        let in_use = |name: &str| active(name).is_some_and(|active| active != ActiveState::Inactive);
        let used = SERVICES.iter().find(|(service, socket)| in_use(service) || in_use(socket));
        let there = || SERVICES.iter().find(|(service, _)| active(service).is_some());
        used.or_else(there).map(|(service, _)| *service)
    }

    /// How they are.
    pub(super) fn status(&self, now: Now) -> Vec<UnitStatus> {
        let status = |unit: &Unit| UnitStatus {
            name: unit.settings.name.clone(),
            bus: unit.settings.bus,
            info: unit.info.clone(),
            since: unit.since.wall,
            restart_in: unit.deadline().map(|at| at.saturating_duration_since(now.mono)),
        };
        // What nobody asked for and is not installed is of no interest.
        let shown = |unit: &&Unit| unit.settings.named || !matches!(unit.info, UnitInfo::Missing);
        self.0.iter().filter(shown).map(status).collect()
    }

    fn find(&mut self, bus: Bus, name: &str) -> Option<&mut Unit> {
        self.0.iter_mut().find(|unit| unit.settings.bus == bus && unit.settings.name == name)
    }
}

impl Unit {
    fn new(now: Now, settings: UnitSettings) -> Self {
        let info = UnitInfo::Unknown;
        Self { settings, info, since: now, pause: RESTART_PAUSES.first, rest_until: None, active_from: None }
    }

    /// When it is to be restarted; `None` while nothing calls for that.
    fn deadline(&self) -> Option<Instant> {
        let failed = self.info.active() == Some(ActiveState::Failed);
        self.rest_until.filter(|_| failed && self.settings.restart)
    }

    fn seen(&mut self, now: Now, info: UnitInfo, effects: &mut Vec<Effect>) {
        let before = self.info.active();
        let was_missing = matches!(self.info, UnitInfo::Missing);
        self.learn(now, info);
        let unit = self.settings.name.clone();
        let mut notice = |notice| effects.push(Effect::Notice { exhibit: None, notice });
        match self.info.active() {
            Some(ActiveState::Failed) if before != Some(ActiveState::Failed) => {
                let result = self.info.result().to_owned();
                notice(Notice::UnitFailed { unit, result, restart: self.settings.restart });
            }
            Some(ActiveState::Active) if self.rest_until.is_some() && before != Some(ActiveState::Active) => {
                notice(Notice::UnitActive { unit });
            }
            None if self.settings.named && matches!(self.info, UnitInfo::Missing) && !was_missing => {
                notice(Notice::UnitMissing { unit });
            }
            Some(
                ActiveState::Active
                | ActiveState::Reloading
                | ActiveState::Inactive
                | ActiveState::Failed
                | ActiveState::Activating
                | ActiveState::Deactivating
                | ActiveState::Other,
            )
            | None => {}
        }
        self.restart_if_due(now, effects);
    }

    fn learn(&mut self, now: Now, info: UnitInfo) {
        let kind = std::mem::discriminant::<UnitInfo>;
        if info.active() != self.info.active() || kind(&info) != kind(&self.info) {
            self.since = now;
        }
        // A bus that is gone says nothing of the unit: time that it was active for goes on counting.
        match info.active() {
            Some(ActiveState::Active) => {
                self.active_from.get_or_insert(now.mono);
            }
            Some(_) => {
                let lasted = self.active_from.take().map(|from| now.mono.duration_since(from));
                if lasted.is_some_and(|lasted| lasted >= HEALTHY_RESET_AFTER) {
                    self.pause = RESTART_PAUSES.first;
                    self.rest_until = None;
                }
            }
            None => {}
        }
        self.info = info;
    }

    /// Restarts it, if it has failed, is to be restarted, and has rested.
    fn restart_if_due(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let failed = self.info.active() == Some(ActiveState::Failed);
        if !failed || !self.settings.restart || self.rest_until.is_some_and(|until| now.mono < until) {
            return;
        }
        self.rest_until = Some(now.mono + self.pause);
        self.pause = RESTART_PAUSES.next(self.pause);
        let (bus, name) = (self.settings.bus, self.settings.name.clone());
        effects.push(Effect::Notice { exhibit: None, notice: Notice::UnitRestarting { unit: name.clone() } });
        effects.push(Effect::RestartUnit { bus, name });
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::WallTime;
    use super::*;

    const NAME: &str = "projector.service";

    /// One unit, and a clock in seconds.
    struct Table {
        begin: Instant,
        at: u64,
        units: Units,
    }

    impl Table {
        fn new(restart: bool) -> Self {
            let mut this = Self { begin: Instant::now(), at: 0, units: Units::default() };
            let mut effects = Vec::new();
            let settings = settings(restart);
            this.units.watch(this.now(), vec![settings.clone()], &mut effects);
            assert_eq!(effects, [Effect::WatchUnits(vec![settings])]);
            this
        }

        fn now(&self) -> Now {
            Now { mono: self.begin + Duration::from_secs(self.at), wall: WallTime(self.at as i64 * 1000) }
        }

        /// What happens then, and whether it leads to a restart.
        fn then(&mut self, at: u64, what: What) -> bool {
            self.at = at;
            let (now, mut effects) = (self.now(), Vec::new());
            match what {
                What::Seen(info) => self.units.seen(now, Bus::System, NAME, info, &mut effects),
                What::Timer => self.units.timer(now, &mut effects),
                What::BusLost => self.units.bus_lost(now, Bus::System),
                What::Reload(restart) => self.units.watch(now, vec![settings(restart)], &mut effects),
            }
            effects.iter().any(|effect| matches!(effect, Effect::RestartUnit { .. }))
        }

        fn deadline(&self) -> Option<u64> {
            self.units.deadline().map(|at| at.duration_since(self.begin).as_secs())
        }
    }

    enum What {
        Seen(UnitInfo),
        Timer,
        BusLost,
        Reload(bool),
    }

    fn settings(restart: bool) -> UnitSettings {
        UnitSettings { name: NAME.into(), bus: Bus::System, restart, named: true }
    }

    fn is(active: ActiveState) -> What {
        What::Seen(UnitInfo::Loaded {
            active,
            sub: String::new(),
            result: "exit-code".into(),
            restarts: Some(0),
        })
    }

    use ActiveState::{Activating, Active, Deactivating, Failed, Inactive};

    /// Time in seconds, what happens, whether the unit is restarted then, and the deadline after it.
    type Row = (u64, What, bool, Option<u64>);

    fn play(restart: bool, rows: Vec<Row>) {
        let mut table = Table::new(restart);
        for (n, (at, what, restarted, deadline)) in rows.into_iter().enumerate() {
            assert_eq!(table.then(at, what), restarted, "row {n}");
            assert_eq!(table.deadline(), deadline, "row {n}");
        }
    }

    #[test]
    fn a_failed_unit_is_restarted_at_once_and_then_after_growing_pauses() {
        play(
            true,
            vec![
                (0, is(Active), false, None),
                (5, is(Failed), true, Some(15)),
                (5, is(Activating), false, None),
                (6, is(Failed), false, Some(15)),
                (14, What::Timer, false, Some(15)),
                (15, What::Timer, true, Some(35)),
                (16, is(Failed), false, Some(35)),
                (35, What::Timer, true, Some(75)),
                (75, What::Timer, true, Some(155)),
                (155, What::Timer, true, Some(315)),
                (315, What::Timer, true, Some(635)),
                (635, What::Timer, true, Some(1275)),
                (1275, What::Timer, true, Some(2555)),
                (2555, What::Timer, true, Some(5115)),
                (5115, What::Timer, true, Some(8715)),
                (8715, What::Timer, true, Some(12315)),
            ],
        );
    }

    #[test]
    fn what_was_well_for_long_begins_afresh_and_what_was_not_does_not() {
        play(
            true,
            vec![
                (0, is(Failed), true, Some(10)),
                (1, is(Active), false, None),
                (600, is(Failed), true, Some(620)),
                (601, is(Active), false, None),
                (1201, is(Failed), true, Some(1211)),
                (1202, is(Failed), false, Some(1211)),
            ],
        );
    }

    #[test]
    fn only_failed_is_failed() {
        for active in [Active, Inactive, Activating, Deactivating, ActiveState::Reloading] {
            play(true, vec![(0, is(active), false, None), (9, What::Timer, false, None)]);
        }
        play(true, vec![(0, What::Seen(UnitInfo::Missing), false, None), (9, What::Timer, false, None)]);
    }

    #[test]
    fn a_lost_bus_is_no_failure_and_excuses_none() {
        play(
            true,
            vec![
                (0, is(Active), false, None),
                (3, What::BusLost, false, None),
                (4, What::Timer, false, None),
                (5, is(Failed), true, Some(15)),
                (6, What::BusLost, false, None),
                (20, What::Timer, false, None),
                // Seen failed again: now its pause is over.
                (21, is(Failed), true, Some(41)),
            ],
        );
        let mut table = Table::new(true);
        table.then(0, is(Active));
        table.then(1, What::BusLost);
        let status = table.units.status(table.now());
        assert_eq!((&status[0].info, status[0].since), (&UnitInfo::Unknown, WallTime(1000)));
    }

    #[test]
    fn without_the_mark_it_is_only_watched_and_with_it_from_then_on() {
        play(
            false,
            vec![
                (0, is(Failed), false, None),
                (9, What::Timer, false, None),
                (20, What::Reload(true), true, Some(30)),
                (25, What::Reload(false), false, None),
                (40, What::Timer, false, None),
            ],
        );
    }

    #[test]
    fn what_is_told() {
        let mut table = Table::new(true);
        let mut told = Vec::new();
        let mut say = |table: &mut Table, at, info| {
            table.at = at;
            let mut effects = Vec::new();
            table.units.seen(table.now(), Bus::System, NAME, info, &mut effects);
            for effect in effects {
                if let Effect::Notice { notice, .. } = effect {
                    told.push(format!("{notice:?}").split(' ').next().unwrap_or_default().to_owned());
                }
            }
        };
        let info = |active| match is(active) {
            What::Seen(info) => info,
            _ => UnitInfo::Unknown,
        };
        say(&mut table, 0, UnitInfo::Missing);
        say(&mut table, 1, UnitInfo::Missing);
        say(&mut table, 2, info(Active));
        say(&mut table, 3, info(Failed));
        say(&mut table, 3, info(Failed));
        say(&mut table, 4, info(Activating));
        say(&mut table, 5, info(Active));
        assert_eq!(told, ["UnitMissing", "UnitFailed", "UnitRestarting", "UnitActive"]);
    }

    #[test]
    fn units_that_nobody_named_are_shown_only_where_there_are_some() {
        let mut units = Units::default();
        let now = Table::new(true).now();
        units.watch(now, vec![UnitSettings { named: false, ..settings(false) }], &mut Vec::new());
        let shown = |units: &Units| units.status(now).len();
        units.seen(now, Bus::System, NAME, UnitInfo::Missing, &mut Vec::new());
        assert_eq!(shown(&units), 0);
        units.seen(now, Bus::User, NAME, UnitInfo::Missing, &mut Vec::new());
        assert_eq!(shown(&units), 0, "another bus is another unit");
        units.bus_lost(now, Bus::System);
        assert_eq!(shown(&units), 1);
    }
}
