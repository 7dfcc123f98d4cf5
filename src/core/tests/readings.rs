//! Reading the snapshots: one at a time, and never answered out of what was known before.

use super::*;

/// How many readings were begun, and what was answered.
fn taken(bench: &mut Bench, deed: impl FnOnce(&mut Bench)) -> (usize, Vec<Result<Answer, Refusal>>) {
    deed(bench);
    let begun = |effect: &&Effect| matches!(effect, Effect::Vm { action: VmAction::Inspect, .. });
    let answers = bench.effects.iter().filter_map(|effect| match effect {
        Effect::Answer { result, .. } => Some(result.clone()),
        _ => None,
    });
    (bench.effects.iter().filter(begun).count(), answers.collect())
}

fn list(bench: &mut Bench) -> (usize, Vec<Result<Answer, Refusal>>) {
    taken(bench, |b| b.ask(Action::ListSnapshots))
}

fn names(names: &[&str]) -> Result<Answer, Refusal> {
    Ok(Answer::Snapshots(names.iter().map(ToString::to_string).collect()))
}

#[test]
fn who_asks_meanwhile_shares_the_answer() {
    let mut bench = Bench::healthy();
    assert_eq!(list(&mut bench), (1, vec![]));
    let op = bench.op();
    for _ in 0..600 {
        assert_eq!(list(&mut bench), (0, vec![]));
    }
    bench.see(VmState::Running, &["new", "ready"]);
    let (_, answers) = taken(&mut bench, |b| b.tell(Event::Done { exhibit: EXHIBIT, op, result: Ok(()) }));
    assert_eq!(answers, vec![names(&["new", "ready"]); 601]);
    assert_eq!(list(&mut bench), (1, vec![]), "what was read is not kept for later");
}

#[test]
fn behind_a_vm_that_is_locked_there_is_one_reading_however_long_it_takes() {
    let mut bench = Bench::held();
    list(&mut bench);
    let op = bench.op();
    for _ in 0..20 {
        let (_, answers) = taken(&mut bench, |b| b.wait(11.0));
        assert!(matches!(answers.as_slice(), [Err(Refusal::ListOverdue { .. })]), "{answers:?}");
        assert_eq!(list(&mut bench), (0, vec![]));
    }
    let (_, answers) = taken(&mut bench, |b| b.tell(Event::Done { exhibit: EXHIBIT, op, result: Ok(()) }));
    assert_eq!(answers, [names(&["ready"])]);
    assert_eq!(list(&mut bench).0, 1);
}

#[test]
fn a_list_that_could_not_be_read_is_no_answer() {
    let mut bench = Bench::healthy();
    for failure in [Failure::refused("no"), Failure::unreachable("gone")] {
        list(&mut bench);
        let (_, answers) = taken(&mut bench, |b| b.done(Err(failure.clone())));
        assert!(matches!(answers.as_slice(), [Err(_)]), "{failure}: {answers:?}");
    }
    // Nor is it while something slow is at work: what was known before is not what is.
    for mut bench in [Bench::snapshotting(), Bench::recovering()] {
        assert_eq!(list(&mut bench), (1, vec![]), "{}", bench.phase());
    }
}
