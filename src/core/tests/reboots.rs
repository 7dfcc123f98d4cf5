//! Guests that reboot by themselves.

use super::*;
use crate::core::incident::Notice;

/// libvirt's event arrives so many seconds ago, counted from now.
fn rebooted_before(bench: &mut Bench, seconds: f64) {
    let at = bench.now().mono - Duration::from_secs_f64(seconds);
    bench.tell(Event::GuestRebooted { exhibit: EXHIBIT, at });
}

fn reboots(bench: &mut Bench) {
    rebooted_before(bench, 0.0);
}

/// It reboots, is put back, and so many seconds later libvirt tells of a reboot.
fn is_back_and_reboots(bench: &mut Bench, seconds: f64) {
    reboots(bench);
    bench.elapsed += Duration::from_millis(200);
    bench.done(Ok(()));
    bench.wait(seconds);
    reboots(bench);
}

fn with(change: fn(&mut ExhibitSettings)) -> Bench {
    let mut settings = settings();
    change(&mut settings);
    let mut bench = Bench::with(settings);
    bench.tell(Event::HypervisorUp);
    bench.state(VmState::ShutOff);
    bench.elapsed += Duration::from_secs(2);
    bench.done(Ok(()));
    bench.tell(placed(LaunchId(1)));
    bench.state(VmState::Running);
    bench.beat();
    bench
}

fn left_alone() -> Bench {
    with(|settings| settings.reboot = RebootSettings::Ignore)
}

fn without_heartbeat() -> Bench {
    with(|settings| settings.heartbeat = None)
}

/// Started without a snapshot, which staff make meanwhile.
fn cold(heartbeat: bool) -> Bench {
    let mut settings = settings();
    settings.heartbeat = settings.heartbeat.filter(|_| heartbeat);
    let mut bench = Bench::with(settings);
    bench.tell(Event::HypervisorUp);
    bench.see(VmState::ShutOff, &[]);
    bench.elapsed += Duration::from_secs(2);
    bench.done(Ok(()));
    bench.tell(placed(LaunchId(1)));
    bench.state(VmState::Running);
    bench
}

fn proving() -> Bench {
    let mut bench = Bench::healthy();
    bench.ask(Action::CreateSnapshot(None));
    bench.done(Ok(()));
    bench.done(Ok(()));
    bench
}

const TABLE: &[Row] = &[
    ("healthy", Bench::healthy, reboots, "recovering: guest rebooted", "in place"),
    ("without a heartbeat", without_heartbeat, reboots, "recovering: guest rebooted", "in place"),
    ("suspect", Bench::suspect, reboots, "recovering: guest rebooted", "in place"),
    ("settling after a revert", Bench::settling, reboots, "recovering: guest rebooted", "in place"),
    (
        "told twice",
        Bench::healthy,
        |b| {
            reboots(b);
            b.wait(0.1);
            reboots(b)
        },
        "recovering: guest rebooted",
        "",
    ),
    ("told again once it is back", Bench::healthy, |b| is_back_and_reboots(b, 0.1), "settling", ""),
    (
        "again as soon as it has come back",
        Bench::healthy,
        |b| is_back_and_reboots(b, 0.5),
        "recovering: guest rebooted",
        "end viewer, revert",
    ),
    (
        "told late, of the guest before the revert",
        Bench::recovering,
        |b| {
            b.elapsed += Duration::from_secs(2);
            b.done(Ok(()));
            b.wait(0.5);
            rebooted_before(b, 1.5)
        },
        "settling",
        "",
    ),
    (
        "again, after it has come back",
        Bench::healthy,
        |b| {
            reboots(b);
            b.elapsed += Duration::from_millis(200);
            b.done(Ok(()));
            b.beat();
            b.wait(10.0);
            reboots(b)
        },
        "recovering: guest rebooted",
        "end viewer, revert",
    ),
    ("it reboots by itself", left_alone, reboots, "healthy", ""),
    (
        "no snapshot",
        Bench::healthy,
        |b| {
            b.see(VmState::Running, &[]);
            reboots(b)
        },
        "healthy",
        "",
    ),
    ("waiting", Bench::new, reboots, "waiting", ""),
    ("starting", Bench::starting, reboots, "starting", ""),
    ("recovering", Bench::recovering, reboots, "recovering: heartbeat lost", ""),
    ("broken", Bench::broken, reboots, "broken: heartbeat lost", ""),
    ("held", Bench::held, reboots, "held", ""),
    ("closed", Bench::closed, reboots, "closed", ""),
    ("a snapshot is made", Bench::snapshotting, reboots, "snapshotting", ""),
    (
        "a new snapshot proves itself",
        proving,
        reboots,
        "recovering: guest rebooted",
        "abandonsnapshot, end viewer",
    ),
    ("on its way up", || cold(true), reboots, "settling", ""),
    (
        "on its way up, and nothing tells when it is there",
        || cold(false),
        |b| {
            b.wait(100.0);
            reboots(b)
        },
        "healthy",
        "",
    ),
    (
        "up since a while, as far as anybody can tell",
        || cold(false),
        |b| {
            b.wait(400.0);
            reboots(b)
        },
        "recovering: guest rebooted",
        "end viewer, revert",
    ),
    (
        "up for sure",
        || cold(true),
        |b| {
            b.beat();
            b.wait(2.0);
            reboots(b)
        },
        "recovering: guest rebooted",
        "end viewer, revert",
    ),
];

#[test]
fn a_reboot_that_nobody_ordered_is_met_by_a_revert() {
    check(TABLE);
}

#[test]
fn the_curtain_is_up_before_anything_is_done() {
    let mut bench = Bench::healthy();
    reboots(&mut bench);
    let place = |what: fn(&Effect) -> bool| bench.effects.iter().position(what);
    let scene = place(|effect| matches!(effect, Effect::Scene(plans) if plans[0].covered));
    assert!(scene.is_some() && scene < place(|effect| matches!(effect, Effect::Vm { .. })));
    bench.done(Ok(()));
    let back = |effect: &Effect| matches!(effect, Effect::Scene(plans) if !plans[0].covered);
    assert!(bench.effects.iter().any(back), "what comes back is the artwork");
}

#[test]
fn an_artwork_that_reboots_in_a_loop_is_let_go_and_the_ladder_is_whole() {
    let mut bench = Bench::healthy();
    let mut reverts = 0;
    let mut told = Vec::new();
    for _ in 0..10 {
        bench.wait(5.0);
        bench.beat();
        reboots(&mut bench);
        told.extend(bench.effects.iter().filter_map(|effect| match effect {
            Effect::Notice { notice: Notice::GuestRebooted { left }, .. } => Some(left.clone()),
            _ => None,
        }));
        if bench.phase() == "recovering: guest rebooted" {
            reverts += 1;
            bench.done(Ok(()));
            bench.state(VmState::Running);
            bench.beat();
        }
    }
    assert_eq!((reverts, told), (3, vec![Ignored::TooOften; 7]));
    assert_eq!(bench.phase(), "healthy");
    bench.wait(15.0);
    assert_eq!(bench.phase(), "recovering: heartbeat lost");
}

#[test]
fn a_reboot_is_an_incident_of_its_own() {
    let mut bench = Bench::healthy();
    let mut incidents = Vec::new();
    let mut note = |bench: &Bench| {
        incidents.extend(bench.effects.iter().filter_map(|effect| match effect {
            Effect::Record(incident) => Some((incident.symptom, incident.evidence.clone(), incident.outcome)),
            _ => None,
        }));
    };
    reboots(&mut bench);
    note(&bench);
    bench.done(Ok(()));
    bench.beat();
    note(&bench);
    let at = bench.now();
    let told = |outcome| (Symptom::GuestRebooted, Evidence::RebootedByItself, outcome);
    assert_eq!(
        incidents,
        [told(Outcome::Noticed), told(Outcome::Recovering), told(Outcome::Recovered { at })]
    );
}
