//! What pre-flight finds, and what follows from it.

use super::*;

fn found(check: &str, rules_out: &[Means]) -> Foreseen {
    Foreseen {
        check: check.to_owned(),
        ill: true,
        evidence: Told::text(format!("{check} is wrong")),
        remedy: Told::text("mend it"),
        commands: Vec::new(),
        heading: "it-is-wrong".to_owned(),
        rules_out: rules_out.to_vec(),
    }
}

impl Bench {
    fn foresee(&mut self, found: Vec<Foreseen>) {
        self.tell(Event::Foreseen { exhibit: EXHIBIT, found });
    }

    fn looks(&self) -> usize {
        self.effects.iter().filter(|effect| **effect == Effect::PreFlight).count()
    }

    /// What is told of what is foreseen.
    fn told(&self) -> Vec<String> {
        let told = self.effects.iter().filter_map(|effect| match effect {
            Effect::Notice { notice: Notice::Foreseen(found), .. } => Some(found.check.clone()),
            Effect::Notice { notice: Notice::NothingForeseen, .. } => Some("nothing".to_owned()),
            _ => None,
        });
        told.collect()
    }

    /// What the open incident says of its remedies' ends.
    fn refusals(&self) -> Vec<String> {
        let recorded = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Record(incident) => Some(incident),
            _ => None,
        });
        let ends = recorded.into_iter().flat_map(|incident| &incident.remedies);
        ends.filter_map(|run| run.ended.as_ref()?.1.as_ref().err().map(ToString::to_string)).collect()
    }
}

#[test]
fn vms_are_looked_at_when_they_may_be_others() {
    let mut bench = Bench::new();
    assert_eq!(bench.looks(), 0);
    bench.tell(Event::HypervisorUp);
    assert_eq!(bench.looks(), 1, "libvirt is there");
    bench.state(VmState::ShutOff);
    assert_eq!(bench.looks(), 0, "a poll");
    bench.tell(Event::VmDefined { exhibit: EXHIBIT });
    assert_eq!(bench.looks(), 1, "defined anew");
    bench.reload([settings()]);
    assert_eq!(bench.looks(), 1, "the configuration was read again");
    bench.elapsed += Duration::from_secs(1);

    let mut bench = Bench::recovering();
    assert_eq!(bench.looks(), 0, "an illness is no reason");
    bench.done(Err(Failure::refused("no")));
    assert_eq!(bench.looks(), 1, "a refusal may have a reason");

    let mut bench = Bench::recovering();
    bench.done(Ok(()));
    assert_eq!(bench.looks(), 0);
    bench.tell(Event::Shutdown);
    bench.tell(Event::VmDefined { exhibit: EXHIBIT });
    assert_eq!(bench.looks(), 0, "it ends");
}

#[test]
fn what_is_foreseen_is_told_once_and_that_it_is_over() {
    let mut bench = Bench::healthy();
    bench.foresee(Vec::new());
    assert_eq!(bench.told(), [""; 0]);
    bench.foresee(vec![found("image.room", &[])]);
    assert_eq!(bench.told(), ["image.room"]);
    assert_eq!(bench.site.status(bench.now()).exhibits[0].foreseen.len(), 1);
    let numbers = Foreseen { evidence: Told::text("another number"), ..found("image.room", &[]) };
    bench.foresee(vec![numbers, found("definition.tablet", &[])]);
    assert_eq!(bench.told(), ["definition.tablet"]);
    bench.foresee(vec![found("definition.tablet", &[])]);
    assert_eq!(bench.told(), [""; 0]);
    bench.foresee(Vec::new());
    assert_eq!(bench.told(), ["nothing"]);
    assert_eq!(bench.phase(), "healthy", "nothing is done about it");
}

#[test]
fn a_revert_in_place_that_cannot_succeed_is_left_out() {
    let mut bench = Bench::healthy();
    bench.foresee(vec![found("definition.nvram", &[Means::RevertInPlace])]);
    bench.wait(15.0);
    assert_eq!(bench.wanted(), "revert, end viewer");

    let mut bench = Bench::healthy();
    bench.foresee(vec![found("definition.nvram", &[Means::RevertInPlace])]);
    bench.foresee(Vec::new());
    bench.wait(15.0);
    assert_eq!(bench.wanted(), "in place", "it is no longer so");
    // Others are tried all the same: what was found may have been mended meanwhile.
    let mut bench = Bench::healthy();
    bench.foresee(vec![found("image.there", &[Means::Start, Means::Revert])]);
    bench.wait(15.0);
    assert_eq!(bench.wanted(), "in place");
    bench.done(Err(Failure::refused("no")));
    bench.wait_for_remedy();
    assert_eq!(bench.wanted(), "revert, end viewer");
}

#[test]
fn a_refusal_is_told_by_its_reason() {
    let mut bench = Bench::healthy();
    bench.foresee(vec![found("image.there", &[Means::Start])]);
    bench.wait(15.0);
    bench.done(Err(Failure::refused("no in place")));
    bench.wait_for_remedy();
    bench.done(Err(Failure::refused("no file")));
    assert_eq!(bench.refusals(), ["no in place", "image.there is wrong (no file)"]);
}

#[test]
fn so_is_one_whose_reason_is_found_afterwards() {
    let mut bench = Bench::recovering();
    bench.done(Err(Failure::refused("no in place")));
    bench.wait_for_remedy();
    bench.done(Err(Failure::refused("no file")));
    assert_eq!(bench.refusals(), ["no in place", "no file"]);
    bench.foresee(vec![found("image.there", &[Means::Revert])]);
    assert_eq!(bench.refusals(), ["no in place", "image.there is wrong (no file)"]);
    bench.foresee(vec![found("image.there", &[Means::Revert])]);
    assert_eq!(bench.refusals(), [""; 0], "nothing has changed");

    let mut bench = Bench::starting();
    bench.done(Err(Failure::refused("no file")));
    bench.foresee(vec![found("image.there", &[Means::Start])]);
    let recorded = bench.effects.iter().find_map(|effect| match effect {
        Effect::Record(incident) => Some(incident.evidence.to_string()),
        _ => None,
    });
    assert_eq!(recorded.as_deref(), Some("image.there is wrong (no file)"));
}

#[test]
fn staff_who_ask_are_told_the_reason_as_well() {
    let mut bench = Bench::healthy();
    bench.foresee(vec![found("image.there", &[Means::Revert])]);
    bench.ask(Action::Revert);
    let answer = (0..6).find_map(|_| {
        bench.done(Err(Failure::refused("no file")));
        let answer = bench.effects.iter().find_map(|effect| match effect {
            Effect::Answer { result, .. } => Some(result.clone()),
            _ => None,
        });
        bench.wait_for_remedy();
        answer
    });
    let refusal = answer.expect("an answer").expect_err("a refusal");
    assert_eq!(refusal.to_string(), "image.there is wrong (no file)");
}
