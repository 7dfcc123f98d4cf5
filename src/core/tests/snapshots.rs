//! How a snapshot is made: nothing takes the former one's place before it has proven itself.

use super::*;
use crate::core::incident::Notice;
use crate::core::status::ExhibitStatus;

fn no() -> Result<(), Failure> {
    Err(Failure::refused("no"))
}

fn without_heartbeat(agent: bool) -> ExhibitSettings {
    let agent = agent.then(|| AgentSettings {
        interval: Duration::from_secs(60),
        timeout: Duration::from_secs(5),
        misses: 3,
    });
    ExhibitSettings { heartbeat: None, agent, ..settings() }
}

impl Bench {
    fn making(settings: ExhibitSettings, snapshots: &[&str]) -> Self {
        let mut bench = Self::with(settings);
        bench.tell(Event::HypervisorUp);
        bench.see(VmState::Running, snapshots);
        if !snapshots.is_empty() {
            bench.done(Ok(()));
        }
        bench.see(VmState::Running, snapshots);
        bench.beat();
        assert_eq!(bench.phase(), "healthy");
        bench.ask(Action::CreateSnapshot(None));
        bench
    }

    fn exhibit(&self) -> ExhibitStatus {
        self.site.status(self.now()).exhibits.remove(0)
    }

    fn step(&self) -> Option<SnapshotStep> {
        match self.exhibit().phase {
            PhaseStatus::Snapshotting(step) => Some(step),
            _ => None,
        }
    }

    fn see_all(&mut self, state: VmState, snapshots: &[Snapshot]) {
        let snapshots = snapshots.iter().cloned().collect();
        let info = VmInfo {
            uuid: Some("uuid".into()),
            state,
            snapshots,
            macs: vec![],
            display: DisplayAccess::Address,
        };
        let read_at = self.now().mono;
        self.tell(Event::VmSeen { exhibit: EXHIBIT, info, read_at, event_at: None });
    }

    /// The snapshot action that was wanted last.
    fn snapshot_action(&self) -> VmAction {
        let action = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Vm { action, .. } => Some(action.clone()),
            _ => None,
        });
        action.expect("something is to be done to the VM")
    }

    /// What the last question was refused with, in English.
    fn refused(&self, kind: RefusalKind) -> String {
        match self.answer() {
            Some(Err(refusal)) if refusal.kind() == kind => refusal.to_string(),
            other => panic!("no such refusal: {other:?}"),
        }
    }

    /// What the person hears who asked.
    fn answer(&self) -> Option<Result<Answer, Refusal>> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Answer { result, .. } => Some(result.clone()),
            _ => None,
        })
    }

    /// Whether a curtain hides the artwork, where that has changed.
    fn covered(&self) -> Option<bool> {
        self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Scene(scene) => Some(scene[0].covered),
            _ => None,
        })
    }
}

#[test]
fn the_new_one_proves_itself_twice_before_the_former_one_is_forgotten() {
    let mut bench = Bench::making(settings(), &["ready"]);
    bench.tell(placed(LaunchId(1)));
    let steps = [
        (SnapshotStep::Saving, "createsnapshot"),
        (SnapshotStep::Loading, "loadsnapshot"),
        (SnapshotStep::Replacing, "adoptsnapshot"),
        (SnapshotStep::Loading, "loadsnapshot"),
        (SnapshotStep::Tidying, "tidysnapshots"),
    ];
    let (mut op, mut covered) = (OpId(2), false);
    for (place, (step, action)) in steps.into_iter().enumerate() {
        assert_eq!(bench.step(), Some(step));
        if place > 0 {
            assert_eq!(bench.wanted(), action);
            op = bench.op();
        }
        covered = bench.covered().unwrap_or(covered);
        assert_eq!(covered, step.jumps(), "{step:?}: visitors do not see a jump");
        bench.elapsed += Duration::from_secs(1);
        bench.tell(Event::Done { exhibit: EXHIBIT, op, result: Ok(()) });
        if step == SnapshotStep::Loading {
            assert_eq!((bench.step(), bench.wanted().as_str()), (Some(SnapshotStep::Proving), ""));
            assert_eq!(bench.covered(), Some(false));
            covered = false;
            bench.wait(1.0);
            bench.beat();
        }
    }
    assert_eq!(bench.wanted(), "done");
    assert_eq!(bench.phase(), "settling");
    bench.beat();
    assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("healthy", "set time"));
}

#[test]
fn the_first_one_proves_itself_as_well() {
    let mut bench = Bench::making(settings(), &[]);
    assert_eq!(
        bench.snapshot_action(),
        VmAction::CreateSnapshot { snapshot: "ready".into(), replaces: false }
    );
    bench.done(Ok(()));
    assert_eq!(bench.snapshot_action(), VmAction::LoadSnapshot { snapshot: "ready".into(), in_place: true });
    bench.elapsed += Duration::from_secs(1);
    bench.done(Ok(()));
    assert_eq!(bench.answer(), None);
    bench.beat();
    assert_eq!(bench.answer(), Some(Ok(Answer::Done)));
    assert_eq!(bench.exhibit().info.snapshots.names(), ["ready"]);
}

#[test]
fn the_sign_of_life_is_the_best_that_there_is() {
    // Neither heartbeat nor agent: that it runs, which the call itself has seen to.
    let mut bench = Bench::making(without_heartbeat(false), &["ready"]);
    bench.done(Ok(()));
    bench.done(Ok(()));
    assert_eq!(bench.wanted(), "adoptsnapshot");

    let mut bench = Bench::making(without_heartbeat(true), &["ready"]);
    bench.done(Ok(()));
    bench.done(Ok(()));
    assert_eq!(bench.step(), Some(SnapshotStep::Proving));
    bench.beat();
    assert_eq!(bench.step(), Some(SnapshotStep::Proving), "nobody counts on heartbeats");
    for answered in [false, true] {
        bench.wait(1.0);
        assert_eq!(bench.wanted(), "ping");
        let op = bench.op();
        bench.tell(pong(op, answered));
    }
    assert_eq!(bench.wanted(), "adoptsnapshot");

    // An agent that never answers has the time of any other start.
    let mut bench = Bench::making(without_heartbeat(true), &["ready"]);
    bench.done(Ok(()));
    bench.done(Ok(()));
    bench.wait(60.0);
    assert_eq!(bench.phase(), "recovering: guest agent silent");
}

#[test]
fn the_old_guests_beat_proves_nothing() {
    let mut bench = Bench::making(settings(), &["ready"]);
    bench.done(Ok(()));
    bench.beat();
    assert_eq!(bench.step(), Some(SnapshotStep::Loading));
    let before = bench.now().mono;
    bench.elapsed += Duration::from_millis(300);
    bench.tell(Event::Done { exhibit: EXHIBIT, op: OpId(3), result: Ok(()) });
    bench.tell(Event::Beat { exhibit: EXHIBIT, at: before, note: None });
    assert_eq!(bench.step(), Some(SnapshotStep::Proving), "it was on its way when the VM was put back");
}

/// From the moment at which the new one is loaded for the first or for the second time: what goes wrong, why the
/// artwork is then put back, and what the person reads.
type Flaw = (&'static str, fn(&mut Bench), &'static str, &'static str);

const FLAWS: &[Flaw] = &[
    ("it is refused", |b| b.done(no()), "start failed", "no. "),
    (
        "it does not beat",
        |b| {
            b.done(Ok(()));
            b.wait(60.0)
        },
        "heartbeat lost",
        "no heartbeat within 60 s",
    ),
    (
        "it panics",
        |b| {
            b.done(Ok(()));
            b.state(VmState::Crashed)
        },
        "guest panicked",
        "the guest's kernel panicked",
    ),
];

#[test]
fn one_that_does_not_prove_itself_is_discarded_and_the_artwork_put_back() {
    for (name, flaw, why, words) in FLAWS {
        for second in [false, true] {
            let mut bench = Bench::making(settings(), &["ready"]);
            bench.done(Ok(()));
            if second {
                bench.done(Ok(()));
                bench.beat();
                bench.done(Ok(()));
            }
            assert_eq!(bench.step(), Some(SnapshotStep::Loading), "{name}");
            flaw(&mut bench);
            let back_to = "ready".into();
            let action = VmAction::AbandonSnapshot { snapshot: "ready".into(), replaces: true, back_to };
            assert_eq!(bench.snapshot_action(), action, "{name}");
            assert_eq!(bench.phase(), format!("recovering: {why}"), "{name}");
            assert_eq!(bench.answer(), None, "{name}");
            bench.done(Ok(()));
            let text = bench.refused(RefusalKind::Failed);
            assert!(text.contains(words) && text.contains("deleted"), "{name}: {text}");
            assert_eq!(bench.phase(), "settling", "{name}");
            bench.elapsed += Duration::from_secs(1);
            bench.beat();
            assert_eq!(bench.phase(), "healthy", "{name}");
            let incident = bench.exhibit().last_incident.expect("an incident");
            assert!(incident.evidence.to_string().contains("new snapshot"), "{name}: {}", incident.evidence);
        }
    }
}

#[test]
fn where_there_is_nothing_to_go_back_to_all_is_left_as_it_is() {
    for (name, flaw, _, words) in FLAWS {
        let mut bench = Bench::making(settings(), &[]);
        bench.done(Ok(()));
        // What libvirt tells before the end of a step.
        let effects = bench.effects.clone();
        bench.see(VmState::Running, &["ready"]);
        bench.effects = effects;
        flaw(&mut bench);
        let text = bench.refused(RefusalKind::Failed);
        assert!(text.contains(words) && text.contains("left as they are"), "{name}: {text}");
        assert!(text.contains("no other one"), "{name}: {text}");
        assert!(!bench.wanted().contains("abandon"), "{name}: {}", bench.wanted());
        assert!(bench.exhibit().info.snapshots.get("ready").is_some(), "{name}");
    }

    // A snapshot of another name is no way back, but `ready` is.
    let mut bench = Bench::healthy();
    bench.ask(Action::CreateSnapshot(Some("before".into())));
    bench.done(Ok(()));
    bench.done(no());
    let back_to = "ready".into();
    let action = VmAction::AbandonSnapshot { snapshot: "before".into(), replaces: false, back_to };
    assert_eq!(bench.snapshot_action(), action);
}

#[test]
fn whatever_a_step_ends_with_who_asked_is_answered() {
    let failures = [no(), Err(Failure::Busy), Err(Failure::VmMissing), Err(Failure::unreachable("gone"))];
    for failure in failures {
        for steps in 0..5 {
            let mut bench = Bench::making(settings(), &["ready"]);
            for _ in 0..steps {
                bench.done(Ok(()));
                if bench.step() == Some(SnapshotStep::Proving) {
                    bench.elapsed += Duration::from_secs(1);
                    bench.beat();
                }
            }
            bench.done(failure.clone());
            if bench.answer().is_none() {
                bench.done(Ok(()));
            }
            let answer = bench.answer();
            assert!(answer.is_some(), "{failure:?} after {steps} steps: never answered");
            assert_eq!(answer.is_some_and(|answer| answer.is_ok()), steps == 4, "{failure:?} after {steps}");
        }
    }
}

#[test]
fn meanwhile_nothing_else_is_begun() {
    for proving in [false, true] {
        let mut bench = Bench::making(settings(), &["ready"]);
        bench.done(Ok(()));
        if proving {
            bench.done(Ok(()));
        }
        let step = bench.step();
        for action in [Action::Revert, Action::Start, Action::CreateSnapshot(None), Action::Stop] {
            bench.ask(action);
            assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::Vm { .. })));
            assert_eq!(bench.step(), step);
        }
        bench.ask(Action::GuestRevert { reason: "x".into(), severity: None });
        assert_eq!(bench.wanted(), "ignored(\"a snapshot is being worked on\")");
        assert!(bench.site.adoptable().is_empty(), "a next daemon starts from the proven one");
    }
}

#[test]
fn an_exhibit_on_hold_keeps_its_hold() {
    let mut bench = Bench::held();
    bench.beat();
    bench.ask(Action::CreateSnapshot(None));
    bench.done(Ok(()));
    bench.elapsed += Duration::from_secs(1);
    bench.done(Ok(()));
    bench.beat();
    bench.done(Ok(()));
    bench.elapsed += Duration::from_secs(1);
    bench.done(Ok(()));
    bench.beat();
    bench.done(Ok(()));
    assert_eq!((bench.phase().as_str(), bench.answer()), ("held", Some(Ok(Answer::Done))));
}

/// Only what somebody does who works on it may end its VM or delete what was made of it.
#[test]
fn on_hold_what_has_not_proven_itself_is_left_with_the_work_that_is_in_it() {
    for (name, flaw, _, words) in FLAWS {
        for second in [false, true] {
            let mut bench = Bench::held();
            bench.beat();
            bench.ask(Action::CreateSnapshot(None));
            bench.done(Ok(()));
            if second {
                bench.done(Ok(()));
                bench.elapsed += Duration::from_secs(1);
                bench.beat();
                bench.done(Ok(()));
            }
            assert_eq!(bench.step(), Some(SnapshotStep::Loading), "{name}");
            flaw(&mut bench);
            let text = bench.refused(RefusalKind::Failed);
            assert!(text.contains(words) && text.contains("nothing of your work is lost"), "{name}: {text}");
            assert!(text.contains("virsh snapshot-revert garden-vm"), "{name}: {text}");
            assert_eq!(bench.phase(), "held", "{name}");
            let touched = bench.effects.iter().any(|effect| matches!(effect, Effect::Vm { .. }));
            assert!(!touched, "{name}: {:?}", bench.effects);
            bench.wait(3600.0);
            assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("held", ""), "{name}");
        }
    }
}

fn not_in_place() -> Result<(), Failure> {
    Err(Failure::NotInPlace(Told::text("none of the VM's images has the memory of it")))
}

#[test]
fn where_it_cannot_be_loaded_in_place_a_full_revert_is_the_proof_and_the_ladder_knows() {
    let mut bench = Bench::making(settings(), &["ready"]);
    bench.done(Ok(()));
    assert_eq!(bench.snapshot_action(), VmAction::LoadSnapshot { snapshot: "ready".into(), in_place: true });
    bench.done(not_in_place());
    assert_eq!(bench.snapshot_action(), VmAction::LoadSnapshot { snapshot: "ready".into(), in_place: false });
    bench.done(Ok(()));
    bench.elapsed += Duration::from_secs(1);
    bench.beat();
    let adopt = VmAction::AdoptSnapshot { snapshot: "ready".into(), in_place: false };
    assert_eq!(bench.snapshot_action(), adopt, "what is known is not tried again");
    bench.done(not_in_place());
    bench.beat();
    assert_eq!(bench.phase(), "healthy");
    bench.wait(15.0);
    assert_eq!(bench.wanted(), "revert");

    // Once the snapshots are others, it may be had again.
    bench.done(Ok(()));
    bench.see(VmState::Running, &["other", "ready"]);
    for _ in 0..13 {
        bench.elapsed += Duration::from_secs(10);
        bench.beat();
    }
    bench.wait(15.0);
    assert_eq!(bench.wanted(), "in place");
}

#[test]
fn a_copy_is_no_news_while_its_replacement_is_at_work() {
    let told = |bench: &Bench| {
        let flawed =
            |effect: &Effect| matches!(effect, Effect::Notice { notice: Notice::SnapshotFlawed { .. }, .. });
        bench.effects.iter().any(flawed)
    };
    let copy = snapshot("ready.new", SnapshotKind::Internal);
    let mut bench = Bench::making(settings(), &["ready"]);
    bench.see_all(VmState::Running, std::slice::from_ref(&copy));
    assert!(!told(&bench), "{:?}", bench.effects);
    // Where nothing is at work, it is what a replacement has left.
    let mut bench = Bench::healthy();
    bench.see_all(VmState::Running, &[copy]);
    assert!(told(&bench), "{:?}", bench.effects);
}

#[test]
fn an_external_snapshot_and_what_depends_on_it_are_neither_replaced_nor_deleted() {
    let external = snapshot("old", SnapshotKind::External);
    let within = Snapshot { parent: Some("old".into()), ..snapshot("ready", SnapshotKind::Internal) };
    let beside = snapshot("other", SnapshotKind::Internal);
    let mut bench = Bench::healthy();
    bench.see_all(VmState::Running, &[external, within, beside]);
    let told = |bench: &Bench| {
        bench.effects.iter().any(|effect| {
            matches!(effect, Effect::Notice { notice: Notice::SnapshotFlawed { flaw, .. }, .. }
                if *flaw == SnapshotFlaw::Tied { external: "old".into() })
        })
    };
    assert!(told(&bench), "{:?}", bench.effects);
    bench.ask(Action::Hold { until: None, reason: None });
    bench.beat();
    let asked = [
        Action::CreateSnapshot(None),
        Action::DeleteSnapshot("ready".into()),
        Action::DeleteSnapshot("old".into()),
    ];
    for action in asked {
        bench.ask(action.clone());
        let text = bench.refused(RefusalKind::Conflict);
        assert!(text.contains("'old'") && text.contains("vitrine snapshot convert garden"), "{text}");
        assert_eq!(bench.wanted(), "conflict", "{action:?}");
    }
    // What is apart from it is as any other.
    bench.ask(Action::DeleteSnapshot("other".into()));
    assert_eq!(bench.wanted(), "deletesnapshot");
}

#[test]
fn an_external_snapshot_is_never_loaded_in_place() {
    let mut bench = Bench::healthy();
    bench.see_all(VmState::Running, &[snapshot("ready", SnapshotKind::External)]);
    bench.wait(15.0);
    assert_eq!(bench.wanted(), "revert, end viewer");
}

#[test]
fn converting_makes_a_new_one_that_proves_itself_like_any_other() {
    let external = snapshot("ready", SnapshotKind::External);
    let mut bench = Bench::healthy();
    bench.see_all(VmState::Running, std::slice::from_ref(&external));
    bench.ask(Action::ConvertSnapshot { present: false });
    let convert = VmAction::ConvertSnapshot { snapshot: "ready".into(), present: false };
    assert_eq!((bench.step(), bench.snapshot_action()), (Some(SnapshotStep::Converting), convert));
    assert_eq!(bench.covered(), Some(true), "visitors do not see a jump");
    // However long the copying takes.
    bench.wait(3600.0);
    assert_eq!(bench.step(), Some(SnapshotStep::Converting));
    bench.tell(Event::Done { exhibit: EXHIBIT, op: OpId(2), result: Ok(()) });
    bench.see_all(VmState::Running, &[external.clone(), snapshot("ready.new", SnapshotKind::Internal)]);
    bench.tell(Event::Done { exhibit: EXHIBIT, op: OpId(3), result: Ok(()) });
    bench.elapsed += Duration::from_secs(1);
    bench.beat();
    assert_eq!(bench.wanted(), "adoptsnapshot");
    bench.done(Ok(()));
    bench.elapsed += Duration::from_secs(1);
    bench.done(Ok(()));
    bench.beat();
    assert_eq!(bench.wanted(), "tidysnapshots");
    let aside = Snapshot { name: "ready.external".into(), ..external };
    bench.done(Ok(()));
    assert_eq!(bench.wanted(), "done");

    // That the former one is still there is no reason to convert again.
    bench.see_all(VmState::Running, &[aside, Snapshot::made_by_vitrine("ready")]);
    bench.elapsed += Duration::from_secs(1);
    bench.beat();
    bench.ask(Action::ConvertSnapshot { present: false });
    assert!(bench.wanted().starts_with("ignored"), "{}", bench.wanted());
    bench.ask(Action::CreateSnapshot(None));
    assert_eq!(bench.wanted(), "createsnapshot");
}

#[test]
fn converting_does_not_lose_what_was_prepared() {
    let external = snapshot("ready", SnapshotKind::External);
    let mut bench = Bench::held();
    bench.beat();
    bench.see_all(VmState::Running, std::slice::from_ref(&external));
    bench.ask(Action::ConvertSnapshot { present: false });
    let text = bench.refused(RefusalKind::Conflict);
    assert!(text.contains("--present"), "{text}");
    bench.ask(Action::ConvertSnapshot { present: true });
    let convert = VmAction::ConvertSnapshot { snapshot: "ready".into(), present: true };
    assert_eq!(bench.snapshot_action(), convert);

    // Its name is the mark in the images, so it cannot be kept under another one.
    let within = Snapshot { parent: Some("old".into()), ..snapshot("ready", SnapshotKind::Internal) };
    let mut bench = Bench::healthy();
    bench.see_all(VmState::Running, &[snapshot("old", SnapshotKind::External), within]);
    bench.ask(Action::ConvertSnapshot { present: true });
    let text = bench.refused(RefusalKind::Conflict);
    assert!(text.contains("another name"), "{text}");
    assert_eq!(bench.wanted(), "conflict");
}

#[test]
fn names_that_mean_another_snapshot_are_refused() {
    for name in ["1", "007", "ready.new", "a/b"] {
        let mut bench = Bench::healthy();
        bench.ask(Action::CreateSnapshot(Some(name.into())));
        let text = bench.refused(RefusalKind::Conflict);
        assert!(text.contains(name), "{text}");
        assert_eq!(bench.wanted(), "conflict", "{name}");
    }
}

#[test]
fn the_one_that_the_artwork_is_put_back_to_is_not_deleted_by_the_way() {
    // As after a power cut in the middle of a replacement: only the copy is there.
    let mut bench = Bench::healthy();
    bench.see(VmState::Running, &["other", "ready.new"]);
    assert_eq!(bench.exhibit().info.snapshots.names(), ["other", "ready.new"], "none that does not exist");
    bench.ask(Action::DeleteSnapshot("ready.new".into()));
    assert_eq!(bench.wanted(), "conflict");
    bench.ask(Action::DeleteSnapshot("other".into()));
    let delete = VmAction::DeleteSnapshot { snapshot: "other".into(), keeps: Some("ready.new".into()) };
    assert_eq!(bench.snapshot_action(), delete);

    // A copy that is left over beside it is in nobody's way.
    let mut bench = Bench::healthy();
    bench.see(VmState::Running, &["ready", "ready.new"]);
    bench.ask(Action::DeleteSnapshot("ready".into()));
    assert_eq!(bench.wanted(), "conflict");
    bench.ask(Action::DeleteSnapshot("ready.new".into()));
    let delete = VmAction::DeleteSnapshot { snapshot: "ready.new".into(), keeps: Some("ready".into()) };
    assert_eq!(bench.snapshot_action(), delete);

    // On hold it is for staff to say.
    let mut bench = Bench::held();
    bench.see(VmState::Running, &["ready.new"]);
    bench.ask(Action::DeleteSnapshot("ready.new".into()));
    let delete = VmAction::DeleteSnapshot { snapshot: "ready.new".into(), keeps: None };
    assert_eq!(bench.snapshot_action(), delete);
}

#[test]
fn an_artwork_that_could_not_prove_itself_is_refused_before_it_is_touched() {
    let mut bench = Bench::held();
    bench.wait(15.1);
    bench.ask(Action::CreateSnapshot(None));
    assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("held", "conflict"));
    let Some(Err(refusal)) = bench.answer() else { panic!("no refusal") };
    assert!(refusal.to_string().contains("no heartbeat"), "{refusal}");
    for ill in [Bench::suspect, Bench::broken, Bench::closed] {
        let mut bench = ill();
        bench.ask(Action::CreateSnapshot(None));
        assert_eq!(bench.wanted(), "conflict", "{}", bench.phase());
    }
}

#[test]
fn from_a_snapshot_without_memory_the_guest_boots_behind_the_curtain() {
    let see = |bench: &mut Bench, state| bench.see_all(state, &[snapshot("ready", SnapshotKind::DisksOnly)]);
    let mut bench = Bench::with(settings());
    bench.tell(Event::HypervisorUp);
    see(&mut bench, VmState::ShutOff);
    assert_eq!(bench.wanted(), "revert");
    let uncovers = |bench: &Bench| {
        let lifted = |effect: &Effect| matches!(effect, Effect::Scene(scene) if !scene[0].covered);
        bench.effects.iter().any(lifted)
    };
    bench.done(Ok(()));
    see(&mut bench, VmState::Running);
    bench.tell(placed(LaunchId(1)));
    assert!(!uncovers(&bench), "a boot is no artwork");
    // Longer than a snapshot with memory would be given.
    bench.wait(250.0);
    assert_eq!((bench.phase().as_str(), bench.wanted().contains("revert")), ("settling", false));
    assert!(!uncovers(&bench));
    bench.beat();
    assert!(bench.phase() == "healthy" && uncovers(&bench), "{:?}", bench.effects);
    bench.ask(Action::Revert);
    assert_eq!(bench.wanted(), "revert, end viewer");
    bench.done(Ok(()));
    bench.wait(301.0);
    assert_ne!(bench.phase(), "settling", "and not for ever");
}

#[test]
fn a_full_revert_has_its_viewer_launched_anew() {
    let recovery = RecoverySettings { in_place: None, ..settings().recovery };
    let mut bench = Bench::making(ExhibitSettings { recovery, ..settings() }, &["ready"]);
    bench.done(Ok(()));
    assert_eq!(bench.snapshot_action(), VmAction::LoadSnapshot { snapshot: "ready".into(), in_place: false });
    assert_eq!(bench.wanted(), "loadsnapshot, end viewer");
}
