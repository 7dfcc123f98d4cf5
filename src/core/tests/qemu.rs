//! QEMU is asked whether it answers, and what its silence leads to.

use super::*;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// No heartbeat: nothing else tells of a QEMU that stands still.
fn asked() -> ExhibitSettings {
    let qemu = QemuSettings { interval: seconds(10), timeout: seconds(10), misses: 2 };
    ExhibitSettings { heartbeat: None, qemu: Some(qemu), ..settings() }
}

fn beating() -> ExhibitSettings {
    ExhibitSettings { heartbeat: settings().heartbeat, ..asked() }
}

fn well(settings: ExhibitSettings) -> Bench {
    let mut bench = Bench::with(settings);
    bench.tell(Event::HypervisorUp);
    bench.state(VmState::ShutOff);
    bench.done(Ok(()));
    bench.tell(placed(LaunchId(1)));
    bench.state(VmState::Running);
    bench.beat();
    assert_eq!(bench.phase(), "healthy");
    bench
}

/// Waits until QEMU is asked, and tells what came of it.
fn answer(bench: &mut Bench, answers: Option<bool>) {
    bench.wait(10.0);
    assert_eq!(bench.wanted(), "ask qemu", "while {}", bench.phase());
    tell(bench, answers);
}

fn tell(bench: &mut Bench, answers: Option<bool>) {
    let op = bench.op();
    // One that does not answer is known by its time-out.
    if answers != Some(true) {
        bench.elapsed += seconds(10);
    }
    bench.tell(Event::Probed { exhibit: EXHIBIT, op, answer: ProbeAnswer::Qemu { answers } });
}

#[test]
fn questions_that_are_left_unanswered_in_a_row_are_a_symptom() {
    let (yes, no, unknown) = (Some(true), Some(false), None);
    let rows: [(&[Option<bool>], &str); 7] = [
        (&[yes; 50], "healthy"),
        (&[no], "healthy"),
        (&[no, no], "recovering: QEMU silent"),
        (&[no, yes, no, yes, no], "healthy"),
        // libvirt at work, or restarted: what came before says nothing any more.
        (&[no, unknown, no], "healthy"),
        (&[unknown; 50], "healthy"),
        (&[unknown, no, no], "recovering: QEMU silent"),
    ];
    for (answers, phase) in rows {
        let mut bench = well(asked());
        for said in answers {
            answer(&mut bench, *said);
        }
        assert_eq!(bench.phase(), phase, "{answers:?}");
    }
}

/// Nothing that needs an answer of it is tried.
#[test]
fn a_qemu_that_does_not_answer_is_ended_at_once() {
    let mut bench = well(asked());
    answer(&mut bench, Some(false));
    answer(&mut bench, Some(false));
    assert_eq!(bench.wanted(), "destroyrevert, end viewer");
    let incident = bench.effects.iter().find_map(|effect| match effect {
        Effect::Record(incident) => Some(incident.clone()),
        _ => None,
    });
    assert_eq!(incident.unwrap().evidence.to_string(), "QEMU has not answered for 30 s");
    bench.done(Ok(()));
    bench.state(VmState::Running);
    assert_eq!(bench.phase(), "healthy");
    // The new process has nothing to do with the former one's silence.
    answer(&mut bench, Some(false));
    assert_eq!(bench.phase(), "healthy");

    let mut bench = well(asked());
    bench.see(VmState::Running, &[]);
    answer(&mut bench, Some(false));
    answer(&mut bench, Some(false));
    assert_eq!(bench.wanted(), "coldstart, end viewer", "there is nothing to be put back to");
}

#[test]
fn what_staff_and_others_want_of_a_silent_qemu_begins_with_its_end() {
    let mut bench = well(asked());
    answer(&mut bench, Some(false));
    bench.ask(Action::Revert);
    assert!(bench.wanted().contains("destroyrevert"), "{}", bench.wanted());
    let mut bench = well(asked());
    answer(&mut bench, Some(false));
    answer(&mut bench, Some(true));
    bench.ask(Action::Revert);
    assert!(!bench.wanted().contains("destroyrevert"), "{}", bench.wanted());
}

/// A guest that beats lives, whatever QEMU's monitor does.
#[test]
fn a_guest_that_beats_is_left_alone() {
    let mut bench = well(beating());
    let mut asked = 0;
    for _ in 0..600 {
        bench.wait(1.0);
        if bench.wanted() == "ask qemu" {
            asked += 1;
            tell(&mut bench, Some(false));
        }
        bench.beat();
        assert_eq!(bench.phase(), "healthy");
    }
    assert!(asked > 10);
}

#[test]
fn a_guest_that_beats_no_longer_in_a_silent_qemu_is_not_put_back_in_place() {
    for (answers, remedy) in [(Some(false), "destroyrevert, end viewer"), (Some(true), "in place")] {
        let mut bench = well(beating());
        bench.wait(10.0);
        let op = bench.op();
        bench.elapsed += seconds(4);
        bench.tell(Event::Probed { exhibit: EXHIBIT, op, answer: ProbeAnswer::Qemu { answers } });
        assert_eq!(bench.phase(), "healthy");
        bench.wait(1.0);
        assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("recovering: heartbeat lost", remedy));
    }
}

#[test]
fn nobody_asks_where_no_answer_would_mean_anything() {
    type Row = (&'static str, fn() -> Bench);
    let rows: [Row; 6] = [
        ("switched off", || well(ExhibitSettings { qemu: None, ..asked() })),
        ("on hold", || {
            let mut bench = well(asked());
            bench.ask(Action::Hold { until: None, reason: None });
            bench
        }),
        ("stopped", || {
            let mut bench = well(asked());
            bench.ask(Action::Stop);
            bench.done(Ok(()));
            bench
        }),
        ("a snapshot is made", || {
            let mut bench = well(asked());
            bench.ask(Action::CreateSnapshot(None));
            bench
        }),
        ("libvirt is at work on it", || {
            let mut bench = well(asked());
            bench.state(VmState::Paused(PauseReason::AtWork));
            bench
        }),
        ("libvirt is away", || {
            let mut bench = well(asked());
            bench.tell(Event::HypervisorDown { reason: Told::text("restart") });
            bench
        }),
    ];
    for (name, from) in rows {
        let mut bench = from();
        bench.wait(100.0);
        assert!(!bench.wanted().contains("ask qemu"), "{name}: {}", bench.wanted());
        assert!(!bench.wanted().contains("revert"), "{name}: {}", bench.wanted());
    }
}

/// A question may be open when the VM is paused, libvirt goes, a hold or a snapshot begins, or the daemon sleeps.
#[test]
fn a_question_that_was_open_before_says_nothing_after() {
    type Row = (&'static str, fn(&mut Bench), &'static str);
    let rows: [Row; 5] = [
        ("paused", |b| b.state(VmState::Paused(PauseReason::Suspended)), "suspect: VM paused"),
        ("libvirt away", |b| b.tell(Event::HypervisorDown { reason: Told::text("restart") }), "healthy"),
        ("held", |b| b.ask(Action::Hold { until: None, reason: None }), "held"),
        ("snapshot", |b| b.ask(Action::CreateSnapshot(None)), "snapshotting"),
        ("switched off", |b| b.reload([ExhibitSettings { qemu: None, ..asked() }]), "healthy"),
    ];
    for (name, happens, phase) in rows {
        let mut bench = well(asked());
        answer(&mut bench, Some(false));
        bench.wait(10.0);
        let op = bench.op();
        happens(&mut bench);
        bench.tell(Event::Probed {
            exhibit: EXHIBIT,
            op,
            answer: ProbeAnswer::Qemu { answers: Some(false) },
        });
        assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), (phase, ""), "{name}");
    }
    // One that nobody answers is forgotten, and the next one is asked.
    let mut bench = well(asked());
    for _ in 0..20 {
        bench.wait(10.0);
        assert_eq!(bench.wanted(), "ask qemu");
        bench.wait(15.0);
        assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("healthy", ""));
    }
}

/// libvirt's own work excuses silence for as long as it may take, and no longer.
#[test]
fn a_deletion_that_hangs_in_qemu_is_ended_where_nothing_lives() {
    for (answers, phase) in [(Some(true), "healthy"), (None, "recovering: QEMU silent")] {
        let mut bench = well(asked());
        bench.see(VmState::Running, &["old", "ready"]);
        bench.ask(Action::DeleteSnapshot("old".into()));
        bench.wait(600.0);
        assert_eq!(bench.phase(), "healthy");
        answer(&mut bench, answers);
        answer(&mut bench, answers);
        assert_eq!(bench.phase(), phase, "{answers:?}: {}", bench.wanted());
    }
}

#[test]
fn switched_off_it_is_no_illness_any_more() {
    let mut bench = well(asked());
    while !bench.phase().starts_with("broken") {
        bench.wait(1.0);
        if bench.wanted() == "ask qemu" {
            tell(&mut bench, Some(false));
        }
        if bench.wanted().contains("revert") {
            bench.done(Ok(()));
            bench.state(VmState::Running);
        }
        assert!(bench.elapsed < seconds(3600), "{}", bench.phase());
    }
    assert_eq!(bench.phase(), "broken: QEMU silent");
    bench.state(VmState::Running);
    assert_eq!(bench.phase(), "broken: QEMU silent");
    bench.reload([ExhibitSettings { qemu: None, ..asked() }]);
    assert_eq!(bench.phase(), "healthy");
}
