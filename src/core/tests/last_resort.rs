//! When the site restarts libvirt's unit, and when the computer.

use super::*;

const LIBVIRTD: &str = "libvirtd.service";

/// Both are allowed: after two minutes, and after thirty.
fn allow(bench: &mut Bench) {
    let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
    let unit = UnitSettings { name: LIBVIRTD.into(), bus: Bus::System, restart: false, named: false };
    bench.reconfigure(|settings| {
        let (restart_libvirt, reboot) = (minutes(2), minutes(30));
        settings.last_resort =
            LastResortSettings { restart_libvirt, reboot, ..LastResortSettings::default() };
        settings.units = vec![unit];
    });
    unit_is(bench, LIBVIRTD, ActiveState::Active);
}

fn unit_is(bench: &mut Bench, name: &str, active: ActiveState) {
    let info = UnitInfo::Loaded { active, sub: String::new(), result: String::new(), restarts: None };
    bench.tell(Event::UnitSeen { bus: Bus::System, name: name.into(), info });
}

/// Lets minutes pass. The answer is what the site did as its last resort, and in which minute.
fn last_resorts(
    bench: &mut Bench,
    minutes: u64,
    mut each_second: impl FnMut(&mut Bench),
) -> Vec<(u64, &'static str)> {
    let begin = bench.elapsed;
    let mut done = Vec::new();
    let look = |bench: &Bench, done: &mut Vec<(Duration, &'static str)>| {
        for effect in &bench.effects {
            let what = match effect {
                Effect::RestartUnit { .. } => "libvirt",
                Effect::Reboot => "computer",
                _ => continue,
            };
            // What a second brings is looked at twice.
            if !done.contains(&(bench.elapsed, what)) {
                done.push((bench.elapsed, what));
            }
        }
    };
    while bench.elapsed < begin + Duration::from_secs(60 * minutes) {
        bench.wait(1.0);
        look(bench, &mut done);
        each_second(bench);
        look(bench, &mut done);
    }
    done.into_iter().map(|(at, what)| ((at - begin).as_secs() / 60, what)).collect()
}

/// libvirt refuses whatever is asked of it, and the VM stays off.
fn refuse(bench: &mut Bench) {
    let asked = |bench: &Bench| {
        bench.effects.iter().find_map(|effect| match effect {
            Effect::Vm { op, .. } => Some(*op),
            _ => None,
        })
    };
    while let Some(op) = asked(bench) {
        bench.tell(Event::Done { exhibit: EXHIBIT, op, result: Err(Failure::refused("no")) });
    }
}

#[test]
fn where_libvirt_is_away_its_unit_is_restarted_and_the_artwork_goes_on() {
    let mut bench = Bench::healthy();
    allow(&mut bench);
    assert_eq!(last_resorts(&mut bench, 10, Bench::beat), []);
    bench.tell(Event::HypervisorDown { reason: Told::text("gone") });
    let done = last_resorts(&mut bench, 60, Bench::beat);
    assert_eq!(done, [2, 6, 14, 30].map(|minute| (minute, "libvirt")));
    assert_eq!(bench.phase(), "healthy");
    bench.tell(Event::HypervisorUp);
    assert_eq!(last_resorts(&mut bench, 120, Bench::beat), []);
}

#[test]
fn where_libvirt_is_away_and_nothing_is_to_be_seen_the_computer_is_restarted() {
    let mut bench = Bench::new();
    allow(&mut bench);
    let done = last_resorts(&mut bench, 40, |_| {});
    assert_eq!(done, [(2, "libvirt"), (6, "libvirt"), (14, "libvirt"), (30, "computer")]);
    assert_eq!(bench.site.decisions().reboots, 1);
    let status = bench.site.status(bench.now()).last_resort.unwrap();
    assert_eq!(status.why.to_string(), "libvirt is away");
    assert_eq!(status.reboot_in, Some(Duration::from_secs(50 * 60)));
}

#[test]
fn an_exhibit_that_nothing_helps_leads_to_both_unless_it_is_on_hold() {
    let broken = || {
        let mut bench = Bench::healthy();
        allow(&mut bench);
        assert_eq!(last_resorts(&mut bench, 1, Bench::beat), []);
        bench.state(VmState::ShutOff);
        refuse(&mut bench);
        bench
    };
    let mut bench = broken();
    let done = last_resorts(&mut bench, 40, refuse);
    assert_eq!(done, [(2, "libvirt"), (6, "libvirt"), (14, "libvirt"), (30, "computer")]);

    let mut bench = broken();
    bench.ask(Action::Hold { until: None, reason: None });
    assert_eq!(last_resorts(&mut bench, 100, refuse), []);

    let mut bench = broken();
    bench.ask(Action::Stop);
    assert_eq!(last_resorts(&mut bench, 100, refuse), []);
}

#[test]
fn a_neighbour_that_is_well_is_not_restarted() {
    let other =
        ExhibitSettings { name: "orbit".into(), vm: "orbit-vm".into(), screens: vec![], ..settings() };
    let mut bench = Bench::healthy();
    allow(&mut bench);
    bench.reload([settings(), other]);
    // The first one beats; of the other's VM libvirt refuses all.
    let info = VmInfo {
        uuid: Some("other".into()),
        state: VmState::ShutOff,
        snapshots: [snapshot("ready", SnapshotKind::Internal)].into_iter().collect(),
        macs: vec![],
        display: DisplayAccess::Address,
    };
    let read_at = bench.now().mono;
    bench.tell(Event::VmSeen { exhibit: ExhibitId(1), info, read_at, event_at: None });
    let done = last_resorts(&mut bench, 40, |bench| {
        let asked: Vec<_> = bench
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Vm { exhibit: ExhibitId(1), op, .. } => Some(*op),
                _ => None,
            })
            .collect();
        bench.beat();
        for op in asked {
            let result = Err(Failure::refused("no"));
            bench.tell(Event::Done { exhibit: ExhibitId(1), op, result });
        }
    });
    assert_eq!(done.iter().filter(|(_, what)| *what == "computer").count(), 0, "{done:?}");
    assert!(done.len() >= 3, "{done:?}");
}

#[test]
fn what_is_missing_is_no_reason() {
    let mut bench = Bench::new();
    allow(&mut bench);
    bench.tell(Event::HypervisorUp);
    bench.see(VmState::Missing, &[]);
    assert_eq!(last_resorts(&mut bench, 100, |_| {}), []);
}

#[test]
fn a_call_that_nothing_ends_is_ended_with_libvirt() {
    let mut bench = Bench::healthy();
    allow(&mut bench);
    bench.state(VmState::Paused(PauseReason::IoError));
    // Neither the revert in place nor the end of the process comes back.
    let done = last_resorts(&mut bench, 10, |_| {});
    assert_eq!(done, [(3, "libvirt"), (7, "libvirt")]);
}

#[test]
fn the_unit_is_the_one_that_is_in_use() {
    type Row = (&'static [(&'static str, ActiveState)], Option<&'static str>);
    let rows: [Row; 5] = [
        (&[], None),
        (&[(LIBVIRTD, ActiveState::Inactive)], Some(LIBVIRTD)),
        (
            &[(LIBVIRTD, ActiveState::Inactive), ("virtqemud.socket", ActiveState::Active)],
            // Its service has not been seen, but its socket is what calls it.
            Some("virtqemud.service"),
        ),
        (&[(LIBVIRTD, ActiveState::Failed), ("virtqemud.service", ActiveState::Inactive)], Some(LIBVIRTD)),
        (
            &[(LIBVIRTD, ActiveState::Inactive), ("virtqemud.service", ActiveState::Failed)],
            Some("virtqemud.service"),
        ),
    ];
    for (units, expected) in rows {
        let mut bench = Bench::new();
        allow(&mut bench);
        let unit = |name: &&str| UnitSettings {
            name: (*name).into(),
            bus: Bus::System,
            restart: false,
            named: false,
        };
        // Nothing is known of those that are watched anew.
        bench.reconfigure(|settings| settings.units.clear());
        let all = [LIBVIRTD, "libvirtd.socket", "virtqemud.service", "virtqemud.socket"];
        bench.reconfigure(|settings| settings.units = all.iter().map(unit).collect());
        for (name, active) in units {
            unit_is(&mut bench, name, *active);
        }
        bench.wait(121.0);
        let restarted = bench.effects.iter().find_map(|effect| match effect {
            Effect::RestartUnit { name, .. } => Some(name.as_str()),
            _ => None,
        });
        assert_eq!(restarted, expected, "{units:?}");
    }
}

#[test]
fn what_still_beats_is_not_restarted_because_libvirt_is_away_since_the_start() {
    let mut bench = Bench::new();
    allow(&mut bench);
    let done = last_resorts(&mut bench, 60, Bench::beat);
    assert!(done.iter().all(|(_, what)| *what == "libvirt"), "{done:?}");
    assert_eq!(bench.phase(), "waiting");
    // Once it has fallen silent, nothing is lost any more.
    let done = last_resorts(&mut bench, 60, |_| {});
    assert_eq!(done.iter().find(|(_, what)| *what == "computer"), Some(&(30, "computer")));
}

#[test]
fn a_vm_that_libvirt_does_not_speak_of_is_past_help() {
    let mut bench = Bench::new();
    allow(&mut bench);
    bench.tell(Event::HypervisorUp);
    let done = last_resorts(&mut bench, 40, |_| {});
    assert_eq!(done.first(), Some(&(3, "libvirt")), "it may be slow for a minute");
    assert_eq!(bench.site.status(bench.now()).last_resort.unwrap().why.to_string(), "nothing helps garden");
}
