//! What staff ask for while something is at work: it joins that or follows it, and is never refused for it.

use super::*;

fn create() -> Action {
    Action::CreateSnapshot(None)
}

impl Bench {
    /// The answers of the last step, by the number of the question.
    fn answers(&self) -> Vec<(u64, Result<Answer, Refusal>)> {
        let answers = self.effects.iter().filter_map(|effect| match effect {
            Effect::Answer { id, result } => Some((id.0, result.clone())),
            _ => None,
        });
        answers.collect()
    }

    fn end(&mut self, op: OpId, result: Result<(), Failure>) {
        self.tell(Event::Done { exhibit: EXHIBIT, op, result });
    }

    /// What waits, as the status has it.
    fn waiting(&self) -> Vec<&'static str> {
        let exhibit = self.site.status(self.now()).exhibits.remove(0);
        exhibit.waiting.into_iter().map(|waiting| waiting.action).collect()
    }
}

#[test]
fn a_revert_that_is_under_way_is_joined() {
    for action in [Action::Revert, Action::Start] {
        let mut bench = Bench::healthy();
        bench.wait(16.0);
        let op = bench.op();
        assert_eq!(bench.phase(), "recovering: heartbeat lost");
        bench.ask(action);
        assert_eq!((bench.answers(), bench.waiting()), (vec![], vec![]));
        bench.end(op, Ok(()));
        assert_eq!(bench.answers(), [(1, Ok(Answer::Joined))]);
        assert_eq!(bench.wanted(), "joined");
    }
}

#[test]
fn who_waits_for_a_revert_waits_for_the_whole_ladder() {
    let not_in_place = || Err(Failure::NotInPlace(Told::text("no")));
    let refused = || Err(Failure::refused("no"));
    let mut bench = Bench::healthy();
    bench.ask(Action::Revert);
    let op = bench.op();
    assert_eq!(bench.wanted(), "in place");
    bench.ask(Action::Revert);
    bench.end(op, not_in_place());
    assert_eq!(bench.wanted(), "revert, end viewer", "nobody is told of a failure yet");
    let op = bench.op();
    bench.end(op, Ok(()));
    assert_eq!(bench.answers(), [(1, Ok(Answer::Done)), (2, Ok(Answer::Joined))]);

    // One that hangs is taken over by what ends it.
    let mut bench = Bench::healthy();
    bench.ask(Action::Revert);
    let hung = bench.op();
    bench.wait(10.5);
    assert_eq!(bench.answers(), []);
    let op = bench.op();
    assert_ne!(op, hung);
    bench.end(hung, refused());
    assert_eq!(bench.answers(), []);
    bench.end(op, Ok(()));
    assert_eq!(bench.answers(), [(1, Ok(Answer::Done))]);

    // Once the ladder pauses, it is said why.
    let mut bench = Bench::healthy();
    bench.ask(Action::Revert);
    let mut told = Vec::new();
    for _ in 0..10 {
        if !told.is_empty() {
            break;
        }
        let op = bench.op();
        bench.end(op, refused());
        told = bench.answers();
    }
    assert!(matches!(told.as_slice(), [(1, Err(Refusal::Failed { .. }))]), "{told:?}");
}

#[test]
fn a_stop_follows_what_is_under_way_whatever_comes_of_it() {
    for result in [Ok(()), Err(Failure::refused("no"))] {
        let mut bench = Bench::healthy();
        bench.wait(16.0);
        let op = bench.op();
        bench.ask(Action::Stop);
        assert_eq!((bench.wanted().as_str(), bench.waiting()), ("", vec!["stop"]));
        assert!(bench.site.decisions().exhibits["garden"].stopped.is_some(), "the next daemon knows it too");
        bench.end(op, result);
        assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("closed", "destroy, end viewer"));
        let op = bench.op();
        bench.end(op, Ok(()));
        assert_eq!(bench.answers(), [(1, Ok(Answer::Followed))]);
        bench.state(VmState::ShutOff);
        bench.wait(3600.0);
        assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("closed", ""), "it stays so");
    }
}

#[test]
fn a_stop_ends_what_hangs() {
    let mut bench = Bench::healthy();
    bench.wait(16.0);
    bench.ask(Action::Stop);
    bench.wait(30.0);
    assert_eq!(bench.phase(), "closed");
    assert!(bench.wanted().contains("destroy"), "{}", bench.wanted());
    let op = bench.op();
    bench.end(op, Ok(()));
    assert_eq!(bench.answers(), [(1, Ok(Answer::Followed))]);
}

#[test]
fn a_stop_that_is_under_way_is_joined_and_a_start_follows_it() {
    let mut bench = Bench::healthy();
    bench.ask(Action::Stop);
    let op = bench.op();
    bench.ask(Action::Stop);
    bench.ask(Action::Start);
    assert_eq!(bench.waiting(), ["start"]);
    bench.end(op, Ok(()));
    assert_eq!(bench.answers(), [(1, Ok(Answer::Done)), (2, Ok(Answer::Joined))]);
    assert_eq!(bench.phase(), "recovering: operator");
    assert!(bench.site.decisions().exhibits.is_empty(), "it is no longer stopped");
    let op = bench.op();
    bench.end(op, Ok(()));
    assert_eq!(bench.answers(), [(3, Ok(Answer::Followed))]);
}

#[test]
fn a_stop_has_the_last_word() {
    let mut bench = Bench::healthy();
    bench.wait(16.0);
    let op = bench.op();
    bench.ask(create());
    bench.ask(Action::DeleteSnapshot("old".into()));
    assert_eq!(bench.waiting(), ["create_snapshot", "delete_snapshot"]);
    bench.ask(Action::Stop);
    let by = || "staff".to_owned();
    let meanwhile = || Err(Refusal::StoppedMeanwhile { exhibit: "garden".into(), by: by() });
    assert_eq!(bench.answers(), [(1, meanwhile()), (2, meanwhile())]);
    assert_eq!(bench.waiting(), ["stop"]);
    bench.end(op, Ok(()));
    assert_eq!(bench.phase(), "closed");
}

#[test]
fn a_snapshot_waits_until_the_artwork_is_well_again() {
    for action in [create(), Action::ConvertSnapshot { present: true }] {
        let mut bench = Bench::healthy();
        bench.wait(16.0);
        let op = bench.op();
        bench.ask(action.clone());
        bench.end(op, Ok(()));
        assert_eq!((bench.phase().as_str(), bench.waiting()), ("settling", vec![action.code()]));
        bench.elapsed += Duration::from_secs(1);
        bench.beat();
        let none_external = matches!(action, Action::ConvertSnapshot { .. });
        let then = if none_external { "healthy" } else { "snapshotting" };
        assert_eq!((bench.phase().as_str(), bench.waiting()), (then, vec![]), "{action:?}");
    }
    // One that is not well again is no state to be kept.
    let mut bench = Bench::broken();
    bench.ask(create());
    assert!(matches!(bench.answers().as_slice(), [(_, Err(Refusal::NotWell { .. }))]));
}

#[test]
fn who_wants_the_snapshot_that_is_made_gets_that_one() {
    let mut bench = Bench::healthy();
    bench.ask(create());
    let op = bench.op();
    bench.ask(create());
    bench.ask(Action::CreateSnapshot(Some("other".into())));
    assert_eq!(bench.waiting(), ["create_snapshot"], "another one follows");
    bench.end(op, Err(Failure::refused("no room")));
    let told: Vec<_> = bench.answers().into_iter().map(|(id, result)| (id, result.is_err())).collect();
    assert_eq!(told, [(1, true), (2, true)]);
    bench.beat();
    assert_eq!((bench.phase().as_str(), bench.waiting()), ("snapshotting", vec![]));
}

#[test]
fn only_so_many_wait_and_none_for_ever() {
    let mut bench = Bench::healthy();
    bench.ask(create());
    for _ in 0..16 {
        bench.ask(Action::Revert);
        assert_eq!(bench.answers(), []);
    }
    bench.ask(Action::Revert);
    assert_eq!(bench.answers(), [(18, Err(Refusal::Busy { exhibit: "garden".into() }))]);
    bench.ask(Action::Hold { until: None, reason: None });
    assert_eq!(bench.answers(), [(19, Ok(Answer::Done))], "a hold waits for nobody");

    // libvirt is away for longer than anybody waits.
    let mut bench = Bench::healthy();
    bench.wait(16.0);
    bench.ask(Action::Stop);
    bench.tell(Event::HypervisorDown { reason: Told::text("away") });
    bench.wait(1200.0);
    let told: Vec<_> = bench.answers();
    assert!(matches!(told.as_slice(), [(1, Err(Refusal::StopWaits { .. }))]), "{told:?}");
    bench.tell(Event::HypervisorUp);
    assert_eq!(bench.phase(), "closed", "a stop is pursued all the same");
    assert!(bench.wanted().contains("destroy"), "{}", bench.wanted());
}

#[test]
fn everybody_hears_of_the_end() {
    let mut bench = Bench::healthy();
    bench.wait(16.0);
    bench.ask(Action::Stop);
    bench.tell(Event::Shutdown);
    assert_eq!(bench.answers(), [(1, Err(Refusal::DaemonEnds))]);
    assert_eq!(bench.waiting(), Vec::<&str>::new());
}

#[test]
fn a_guest_without_a_snapshot_hears_what_happens() {
    let mut bench = Bench::with(settings());
    bench.tell(Event::HypervisorUp);
    bench.see(VmState::Running, &[]);
    bench.beat();
    assert_eq!(bench.phase(), "healthy");
    bench.ask(Action::Idle { lasted: Duration::from_secs(900) });
    let told = bench.answers();
    assert!(
        matches!(told.as_slice(), [(1, Ok(Answer::Ignored(Ignored::WithoutSnapshot { .. })))]),
        "nobody is helped by a boot: {told:?}"
    );
    assert_eq!(bench.phase(), "healthy");
    bench.ask(Action::GuestRevert { reason: "frozen".into(), severity: None });
    assert_eq!(bench.answers(), [(2, Ok(Answer::StartedAnew))]);
    assert!(bench.wanted().contains("coldstart"), "{}", bench.wanted());
}
