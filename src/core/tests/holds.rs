//! What a hold does to the recovery that it interrupts.

use super::*;

fn remedies(bench: &Bench) -> usize {
    bench.effects.iter().filter(|effect| matches!(effect, Effect::Vm { .. })).count()
}

/// Lets time pass in which no remedy helps, and counts them.
fn suffer(bench: &mut Bench, seconds: f64) -> usize {
    let end = bench.elapsed + Duration::from_secs_f64(seconds);
    let mut begun = 0;
    while bench.elapsed < end {
        bench.wait(1.0);
        let tried = remedies(bench);
        begun += tried;
        if tried > 0 {
            bench.done(Err(Failure::refused("no")));
            begun += remedies(bench);
            bench.state(VmState::ShutOff);
            begun += remedies(bench);
        }
    }
    begun
}

fn until(bench: &Bench, milliseconds: i64) -> Action {
    Action::Hold { until: Some(WallTime(bench.now().wall.0 + milliseconds)), reason: None }
}

#[test]
fn a_hold_until_a_moment_that_is_over_is_refused_and_changes_nothing() {
    for begin in [Bench::broken, Bench::healthy, Bench::held, Bench::recovering, Bench::closed] {
        let mut bench = begin();
        bench.elapsed += Duration::from_secs(1);
        let before = (bench.site.status(bench.now()), bench.site.decisions(), bench.site.poll_timeout());
        for late in [0, -1, -3_600_000] {
            let hold = until(&bench, late);
            bench.ask(hold);
            let [Effect::Answer { result: Err(refusal), .. }] = bench.effects.as_slice() else {
                panic!("{:?}", bench.effects)
            };
            assert_eq!(refusal.kind(), RefusalKind::Unfit);
            let text = refusal.to_string();
            assert!(text.contains("over"), "{text}");
            let after = (bench.site.status(bench.now()), bench.site.decisions(), bench.site.poll_timeout());
            assert_eq!(before, after);
        }
    }
}

#[test]
fn holds_that_end_at_once_do_not_reset_the_ladder() {
    let plain = suffer(&mut Bench::broken(), 320.0);
    assert!((1..=4).contains(&plain), "{plain}");
    let short: &[fn(&mut Bench)] = &[
        // A moment that is over.
        |b| b.ask(until(b, 0)),
        // One that is over in a moment.
        |b| {
            b.ask(until(b, 1));
            b.wait(0.001);
        },
        // Held and resumed.
        |b| {
            b.ask(Action::Hold { until: None, reason: None });
            b.ask(Action::Resume);
        },
        // The same by the configuration.
        |b| {
            b.reload([ExhibitSettings { auto_revert: false, ..settings() }]);
            b.reload([settings()]);
        },
    ];
    for (n, hold) in short.iter().enumerate() {
        for pause in [1.0, 5.0, 16.0, 40.0] {
            let mut bench = Bench::broken();
            let (begun, mut tried) = (bench.elapsed, 0);
            while bench.elapsed - begun < Duration::from_secs(320) {
                hold(&mut bench);
                tried += remedies(&bench) + suffer(&mut bench, pause);
            }
            assert!(tried <= plain, "{n}, every {pause} s: {tried} remedies, without: {plain}");
        }
    }
}

#[test]
fn a_broken_artwork_that_was_held_for_a_moment_is_tried_again_when_it_would_have_been() {
    let mut bench = Bench::broken();
    bench.ask(Action::Hold { until: None, reason: None });
    assert_eq!(bench.phase(), "held");
    bench.wait(5.0);
    bench.ask(Action::Resume);
    assert!(bench.phase().starts_with("broken"), "{}", bench.phase());
    bench.wait(24.0);
    assert_eq!(remedies(&bench), 0);
    bench.wait(1.0);
    assert_eq!(remedies(&bench), 1, "{}", bench.phase());
}

#[test]
fn what_was_mended_during_a_hold_is_well_after_it() {
    for (pause, beats) in [(5.0, true), (5.0, false), (40.0, true), (40.0, false)] {
        let mut bench = Bench::broken();
        bench.ask(Action::Hold { until: None, reason: None });
        bench.wait(pause);
        bench.state(VmState::Running);
        if beats {
            bench.beat();
        }
        bench.ask(Action::Resume);
        assert_eq!(remedies(&bench), 0);
        bench.wait(10.0);
        assert_eq!(remedies(&bench), 0, "held for {pause} s, beats: {beats}");
        bench.beat();
        assert_eq!(bench.phase(), "healthy");
    }
}

#[test]
fn a_hold_in_which_somebody_worked_on_it_gives_the_ladder_back() {
    let mut bench = Bench::broken();
    bench.ask(Action::Hold { until: None, reason: None });
    bench.wait(120.0);
    bench.state(VmState::ShutOff);
    bench.ask(Action::Resume);
    assert!(bench.phase().starts_with("recovering"), "{}", bench.phase());
}
