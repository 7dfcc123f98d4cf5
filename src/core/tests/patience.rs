//! What takes its time, comes late or is asked in vain, and is no illness for that; and what is one all the same.

use super::*;

/// No heartbeat, but pings of its agent, of which one that is lost is a symptom.
fn with_agent() -> ExhibitSettings {
    let seconds = Duration::from_secs;
    let agent = AgentSettings { interval: seconds(5), timeout: seconds(5), misses: 1 };
    ExhibitSettings { heartbeat: None, agent: Some(agent), ..settings() }
}

fn without_heartbeat() -> ExhibitSettings {
    ExhibitSettings { heartbeat: None, ..settings() }
}

/// Well, as far as libvirt can tell.
fn running(settings: ExhibitSettings) -> Bench {
    let mut bench = Bench::with(settings);
    bench.tell(Event::HypervisorUp);
    bench.state(VmState::ShutOff);
    bench.done(Ok(()));
    bench.state(VmState::Running);
    bench.tell(placed(LaunchId(1)));
    assert_eq!(bench.phase(), "healthy");
    bench
}

/// Wakes the daemon so much too late each time, until it does something; after how long that is.
fn acts_within(bench: &mut Bench, late: f64, limit: f64) -> Option<Duration> {
    let begun = bench.elapsed;
    while let Some(at) = bench.site.poll_timeout()
        && bench.elapsed < begun + Duration::from_secs_f64(limit)
    {
        let at = at.saturating_duration_since(bench.base);
        bench.elapsed = bench.elapsed.max(at + Duration::from_secs_f64(late));
        bench.tell(Event::Timer);
        if bench.wanted().contains("revert") || bench.wanted().contains("in place") {
            return Some(bench.elapsed - begun);
        }
    }
    None
}

/// A computer that is always a little too slow still has ill artworks to mend.
#[test]
fn a_daemon_that_is_late_every_time_mends_all_the_same() {
    type Row = (&'static str, fn() -> Bench, f64);
    let rows: [Row; 3] = [
        ("silent", Bench::healthy, 15.0),
        ("no first beat", Bench::settling, 60.0),
        ("at work for ever", at_work, 120.0),
    ];
    for (name, from, patience) in rows {
        for late in [0.5, 1.0, 2.0, 10.0] {
            let limit = patience + 6.0 * late + 20.0;
            let acted = acts_within(&mut from(), late, limit);
            assert!(acted.is_some(), "{name}, always {late} s late: nothing within {limit} s");
        }
    }
}

fn at_work() -> Bench {
    let mut bench = running(without_heartbeat());
    bench.state(VmState::Paused(PauseReason::AtWork));
    bench
}

/// What waits in the network when a daemon wakes is heard first, every time anew.
#[test]
fn a_daemon_that_is_stopped_now_and_then_hears_what_has_waited() {
    let mut bench = Bench::healthy();
    for _ in 0..20 {
        bench.elapsed += Duration::from_secs(60);
        bench.tell(Event::Timer);
        assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("healthy", ""));
        bench.beat();
        bench.wait(10.0);
        bench.beat();
    }
}

fn deleting(settings: ExhibitSettings) -> Bench {
    let mut bench = running(settings);
    bench.beat();
    bench.see(VmState::Running, &["old", "ready"]);
    bench.ask(Action::DeleteSnapshot("old".into()));
    assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("snapshotting", "deletesnapshot"));
    bench
}

fn deleting_while_it_beats() -> Bench {
    let mut bench = Bench::healthy();
    bench.see(VmState::Running, &["old", "ready"]);
    bench.ask(Action::DeleteSnapshot("old".into()));
    bench
}

#[test]
fn a_snapshot_that_is_deleted_for_long_costs_nobody_a_picture() {
    let mut bench = deleting_while_it_beats();
    let op = bench.op();
    let mut told = String::new();
    for _ in 0..180 {
        bench.wait(10.0);
        assert!(!bench.wanted().contains("revert"), "{}: {}", bench.phase(), bench.wanted());
        told.push_str(&bench.wanted());
        bench.beat();
    }
    assert_eq!((bench.phase().as_str(), told.as_str()), ("healthy", "failed"), "who asked is told once");
    bench.tell(Event::Done { exhibit: EXHIBIT, op, result: Ok(()) });
    assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("healthy", ""));
    let told = |effect: &Effect| {
        matches!(effect, Effect::Notice { notice: crate::core::incident::Notice::SnapshotDeleted { .. }, .. })
    };
    assert!(bench.effects.iter().any(told), "that it is gone at last is told");
    bench.ask(Action::ListSnapshots);
    let op = bench.op();
    bench.tell(Event::Done { exhibit: EXHIBIT, op, result: Ok(()) });
    assert_eq!(bench.wanted(), "snapshots([\"ready\"])");
}

#[test]
fn an_artwork_that_is_silent_while_a_snapshot_is_deleted_for_long_is_mended() {
    let mut bench = deleting_while_it_beats();
    bench.wait(616.0);
    assert_eq!(bench.phase(), "recovering: heartbeat lost");
    assert!(bench.wanted().contains("destroyrevert"), "what hangs is ended: {}", bench.wanted());
}

/// What a replacement leaves over is deleted last: by then the new one is what the artwork is put back to.
#[test]
fn a_new_snapshot_counts_though_the_former_one_takes_long_to_go() {
    let mut bench = proving();
    let mut told = String::new();
    for step in ["adoptsnapshot", "loadsnapshot", "tidysnapshots"] {
        if step != "loadsnapshot" {
            bench.beat();
        }
        assert_eq!(bench.wanted(), step);
        if step != "tidysnapshots" {
            bench.done(Ok(()));
        }
    }
    let op = bench.op();
    for _ in 0..180 {
        bench.wait(10.0);
        assert!(!bench.wanted().contains("revert"), "{}: {}", bench.phase(), bench.wanted());
        told.push_str(&bench.wanted());
        bench.beat();
    }
    assert_eq!((bench.phase().as_str(), told.as_str()), ("healthy", "done"));
    bench.tell(Event::Done { exhibit: EXHIBIT, op, result: Ok(()) });
    assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("healthy", ""));
}

/// Whoever wants it stopped meanwhile has waited long enough by then.
#[test]
fn a_stop_does_not_wait_for_a_deletion_that_takes_long() {
    let mut tidying = proving();
    tidying.beat();
    tidying.done(Ok(()));
    tidying.done(Ok(()));
    tidying.beat();
    assert_eq!(tidying.wanted(), "tidysnapshots");
    for (mut bench, told) in [(deleting_while_it_beats(), "failed"), (tidying, "done")] {
        bench.wait(595.0);
        bench.beat();
        bench.ask(Action::Stop);
        assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("snapshotting", ""));
        bench.wait(5.0);
        assert_eq!(bench.phase(), "closed");
        let wanted: BTreeSet<String> = bench.wanted().split(", ").map(str::to_owned).collect();
        assert_eq!(wanted, [told, "destroy", "end viewer"].map(str::to_owned).into());
    }
}

#[test]
fn on_hold_a_snapshot_that_is_deleted_for_long_is_waited_for() {
    let mut bench = deleting(without_heartbeat());
    bench.ask(Action::Hold { until: None, reason: None });
    bench.wait(3600.0);
    assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("held", "failed"));
}

/// libvirt pauses a VM that it works on, and nobody in it can answer.
#[test]
fn a_ping_that_was_open_when_the_vm_was_paused_says_nothing() {
    for late in [false, true] {
        let mut bench = running(with_agent());
        bench.wait(5.0);
        assert_eq!(bench.wanted(), "ping");
        let op = bench.op();
        bench.state(VmState::Paused(PauseReason::AtWork));
        assert_eq!(bench.phase(), "suspect: VM paused");
        bench.wait(if late { 60.0 } else { 5.0 });
        bench.tell(pong(op, false));
        assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("suspect: VM paused", ""));
        bench.state(VmState::Running);
        assert_eq!(bench.phase(), "healthy");
        // It is watched as before.
        bench.wait(5.0);
        assert_eq!(bench.wanted(), "ping");
        let op = bench.op();
        bench.tell(pong(op, false));
        assert_eq!(bench.phase(), "recovering: guest agent silent");
    }
}

fn proving() -> Bench {
    let mut bench = Bench::healthy();
    bench.ask(Action::CreateSnapshot(None));
    bench.done(Ok(()));
    bench.done(Ok(()));
    assert_eq!(bench.phase(), "snapshotting");
    bench
}

#[test]
fn a_new_snapshot_is_proven_by_what_the_configuration_asks_for_now() {
    // Nothing more is asked for than that it runs.
    let mut bench = proving();
    bench.reload([without_heartbeat()]);
    assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("snapshotting", "adoptsnapshot"));

    let mut bench = proving();
    bench.reload([with_agent()]);
    bench.wait(0.0);
    assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("snapshotting", "ping"));
    let op = bench.op();
    bench.tell(pong(op, true));
    assert_eq!(bench.wanted(), "adoptsnapshot");

    // A heartbeat that is new has the time of a first one, from now on.
    let mut bench = running(with_agent());
    bench.ask(Action::CreateSnapshot(None));
    bench.done(Ok(()));
    bench.done(Ok(()));
    bench.wait(59.0);
    bench.reload([settings()]);
    bench.wait(59.0);
    assert!(!bench.wanted().contains("abandon"), "{}", bench.wanted());
    bench.beat();
    assert_eq!(bench.wanted(), "adoptsnapshot");
}

#[test]
fn what_settles_is_judged_by_the_configuration_as_it_is_now() {
    let mut bench = Bench::settling();
    bench.reload([without_heartbeat()]);
    assert_eq!(bench.phase(), "healthy");
    bench.wait(3600.0);
    assert!(!bench.wanted().contains("revert"), "a VM that runs is put back: {}", bench.wanted());

    // The other way round it gets the time of a first heartbeat.
    let mut bench = Bench::with(without_heartbeat());
    bench.tell(Event::HypervisorUp);
    bench.state(VmState::ShutOff);
    bench.done(Ok(()));
    bench.wait(50.0);
    bench.reload([settings()]);
    bench.wait(59.0);
    assert_eq!(bench.phase(), "settling");
    bench.beat();
    assert_eq!(bench.phase(), "healthy");
}

/// Whoever switches off what called an artwork ill has said that it is not.
#[test]
fn a_symptom_of_what_is_asked_no_longer_is_none() {
    let mut bench = Bench::recovering();
    for _ in 0..600 {
        if bench.wanted().contains("revert") || bench.wanted().contains("in place") {
            bench.done(Ok(()));
            bench.state(VmState::Running);
        }
        if bench.phase().starts_with("broken") {
            break;
        }
        bench.wait(1.0);
    }
    assert_eq!(bench.phase(), "broken: heartbeat lost");
    bench.reload([without_heartbeat()]);
    assert_eq!((bench.phase().as_str(), bench.wanted().contains("revert")), ("healthy", false));
}

/// Whoever asked has been told that it may take longer.
#[test]
fn a_stop_that_fails_late_leaves_the_artwork_watched() {
    for result in [Err(Failure::refused("no")), Ok(())] {
        let mut bench = Bench::healthy();
        bench.ask(Action::Stop);
        let op = bench.op();
        bench.wait(76.0);
        assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("closed", "failed"));
        bench.tell(Event::Done { exhibit: EXHIBIT, op, result: result.clone() });
        if result.is_ok() {
            bench.state(VmState::ShutOff);
            bench.wait(3600.0);
            assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("closed", ""));
            continue;
        }
        bench.state(VmState::Running);
        bench.beat();
        assert_eq!(bench.phase(), "healthy");
        let status = bench.site.status(bench.now());
        assert_eq!(status.exhibits[0].stopped, None);
        bench.wait(15.0);
        assert_eq!(bench.phase(), "recovering: heartbeat lost");
    }
}

/// On hold a stop that failed leaves it on hold; the next daemon does not take it for stopped either.
#[test]
fn a_stop_that_fails_late_is_forgotten() {
    let mut bench = Bench::held();
    bench.ask(Action::Stop);
    let op = bench.op();
    bench.wait(76.0);
    bench.tell(Event::Done { exhibit: EXHIBIT, op, result: Err(Failure::refused("no")) });
    assert_eq!(bench.phase(), "held");
    assert!(bench.site.decisions().exhibits["garden"].stopped.is_none());
}
