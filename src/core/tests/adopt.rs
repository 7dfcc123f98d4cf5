//! Viewers that a daemon which died left behind: the next one takes them over, unseen by visitors.

use std::collections::BTreeMap;

use super::*;
use crate::core::decisions::{Decisions, SiteDecisions};
use crate::core::effect::{OrphanViewer, Spot, ViewerOptions};
use crate::core::status::{Hold, Stopped};

/// What the earlier daemon left.
#[derive(Clone)]
struct Estate {
    settings: ExhibitSettings,
    well: bool,
    kept: Decisions,
    uuid: &'static str,
    spots: Vec<Spot>,
    options: ViewerOptions,
}

impl Estate {
    fn new() -> Self {
        let rect = monitors()[0].rect;
        let spots = vec![Spot { display: 1, connector: "DP-1".into(), rect }];
        Self {
            settings: settings(),
            well: true,
            kept: Decisions::default(),
            uuid: "uuid",
            spots,
            options: ViewerOptions::default(),
        }
    }

    fn held(self) -> Self {
        let hold =
            Some(Hold { by: Holder::Staff("staff".into()), since: WallTime(0), until: None, reason: None });
        Self { well: false, kept: Decisions { hold, ..Decisions::default() }, ..self }
    }

    /// The next daemon, which knows of no monitor yet.
    fn next(self) -> Heir {
        let mut bench = Bench::new();
        let vm = self.settings.vm.clone();
        let adopt = self.well.then(|| vm.clone()).into_iter().collect();
        let name = self.settings.name.clone();
        bench.site = Site::new(bench.now(), exhibits([self.settings]), &adopt, &mut Vec::new());
        bench.site.restore(
            bench.now(),
            &SiteDecisions { exhibits: BTreeMap::from([(name, self.kept)]), ..SiteDecisions::default() },
        );
        let Self { spots, options, .. } = self;
        bench.site.note_orphans(&[OrphanViewer { vm, uuid: self.uuid.into(), spots, options }]);
        Heir { bench, covered: None }
    }
}

struct Heir {
    bench: Bench,
    /// Whether a curtain is up before the exhibit's first screen, where that has been said.
    covered: Option<bool>,
}

impl Heir {
    /// What is wanted after this, and whether the artwork is covered.
    fn does(&mut self, step: impl FnOnce(&mut Bench)) -> (String, bool) {
        step(&mut self.bench);
        for effect in &self.bench.effects {
            if let Effect::Scene(scene) = effect {
                self.covered = Some(scene[0].covered);
            }
        }
        (self.bench.wanted(), self.covered.expect("nothing is said of the curtain"))
    }

    fn sees_monitors(&mut self) -> (String, bool) {
        self.does(|bench| bench.tell(Event::Monitors(monitors())))
    }

    fn viewer(&self) -> ViewerStatus {
        self.bench.site.status(self.bench.now()).exhibits[0].viewer
    }
}

fn is(covered: bool, wanted: &str) -> (String, bool) {
    (wanted.to_owned(), covered)
}

fn found(displays: &[u32]) -> Event {
    Event::ViewerPlaced { exhibit: EXHIBIT, launch: LaunchId(1), displays: displays.to_vec() }
}

const BARE: bool = false;
const COVERED: bool = true;

#[test]
fn a_viewer_is_taken_over_without_a_curtain() {
    let mut heir = Estate::new().next();
    assert_eq!(heir.sees_monitors(), is(BARE, "launch"));
    assert_eq!(heir.viewer(), ViewerStatus::Launching);
    assert_eq!(heir.does(|b| b.tell(found(&[1]))), is(BARE, ""));
    assert_eq!(heir.viewer(), ViewerStatus::Shown);
    assert_eq!(heir.does(|b| b.tell(Event::HypervisorUp)), is(BARE, ""));
    assert_eq!(heir.does(|b| b.state(VmState::Running)), is(BARE, ""));
    assert_eq!(heir.does(Bench::beat), is(BARE, ""));
    assert_eq!(heir.bench.phase(), "healthy");
    // It is watched like any other from now on.
    let exited = Event::ViewerExited { exhibit: EXHIBIT, launch: LaunchId(1), reason: "killed".into() };
    assert_eq!(heir.does(|b| b.tell(exited)), is(COVERED, "launch"));
}

/// The VM is the artwork. What is known of it does not hang on what its exhibit is called.
#[test]
fn an_exhibit_that_was_renamed_meanwhile_is_taken_over_all_the_same() {
    let hold =
        Some(Hold { by: Holder::Staff("staff".into()), since: WallTime(0), until: None, reason: None });
    let kept = Decisions { vm: Some(settings().vm), hold: hold.clone(), stopped: None };
    let renamed = |vm: &str, others: &str| {
        let garden = ExhibitSettings { name: "the-garden".into(), vm: vm.into(), ..settings() };
        let other =
            ExhibitSettings { name: "garden".into(), vm: others.into(), screens: vec![], ..settings() };
        let mut bench = Bench::new();
        let exhibits = exhibits([garden, other]);
        bench.site = Site::new(bench.now(), exhibits, &[settings().vm].into(), &mut Vec::new());
        bench
    };
    let mut bench = renamed(&settings().vm, "another-vm");
    let spots = vec![Spot { display: 1, connector: "DP-1".into(), rect: monitors()[0].rect }];
    let (vm, options) = (settings().vm, ViewerOptions::default());
    bench.site.note_orphans(&[OrphanViewer { vm, uuid: "uuid".into(), spots, options }]);
    let mut heir = Heir { bench, covered: None };
    assert_eq!(heir.sees_monitors(), is(BARE, "launch"));
    assert_eq!(heir.does(|b| b.tell(Event::HypervisorUp)), is(BARE, ""));
    assert_eq!(heir.does(|b| b.state(VmState::Running)), is(BARE, ""));
    assert_eq!(heir.does(Bench::beat), is(BARE, ""));

    // The hold, too, is the VM's: not that of another one whose exhibit has taken over the name.
    let of_garden =
        SiteDecisions { exhibits: BTreeMap::from([("garden".to_owned(), kept)]), ..SiteDecisions::default() };
    let mut bench = renamed(&settings().vm, "another-vm");
    bench.site.restore(bench.now(), &of_garden);
    let held = |bench: &Bench| bench.site.status(bench.now()).exhibits.into_iter().map(|e| e.hold.is_some());
    assert_eq!(held(&bench).collect::<Vec<_>>(), [true, false]);
    assert_eq!(bench.site.decisions().exhibits.keys().collect::<Vec<_>>(), ["the-garden"]);
    // Where the VM is called otherwise as well, and where nothing is known of it, the exhibit's name has to do.
    let unknown = Decisions { vm: None, hold, stopped: None };
    for (kept, vm) in [(of_garden.exhibits["garden"].clone(), "renamed-vm"), (unknown, "garden-vm")] {
        let mut bench = renamed("third-vm", vm);
        let site = SiteDecisions {
            exhibits: BTreeMap::from([("garden".to_owned(), kept)]),
            ..SiteDecisions::default()
        };
        bench.site.restore(bench.now(), &site);
        assert_eq!(held(&bench).collect::<Vec<_>>(), [false, true]);
    }
}

#[test]
fn libvirt_may_be_quicker_than_the_screens_or_away() {
    let mut heir = Estate::new().next();
    heir.bench.tell(Event::HypervisorUp);
    heir.bench.state(VmState::Running);
    heir.bench.beat();
    assert_eq!((heir.bench.phase().as_str(), heir.bench.wanted().as_str()), ("healthy", ""));
    assert_eq!(heir.sees_monitors(), is(BARE, "launch"));

    let mut heir = Estate::new().next();
    assert_eq!(heir.sees_monitors(), is(BARE, "launch"));
    heir.does(|b| b.tell(found(&[1])));
    let away = Event::HypervisorDown { reason: Told::text("it is not there") };
    assert_eq!(heir.does(|b| b.tell(away)), is(BARE, ""));
    assert_eq!(heir.does(|b| b.wait(3600.0)), is(BARE, ""));
    assert_eq!(heir.viewer(), ViewerStatus::Shown);
}

#[test]
fn on_hold_it_is_taken_over_too() {
    let mut heir = Estate::new().held().next();
    assert_eq!(heir.sees_monitors(), is(BARE, "launch"));
    heir.does(|b| b.tell(found(&[1])));
    heir.does(|b| b.tell(Event::HypervisorUp));
    assert_eq!(heir.does(|b| b.state(VmState::Running)), is(BARE, ""));
    assert_eq!((heir.bench.phase().as_str(), heir.viewer()), ("held", ViewerStatus::Shown));
}

#[test]
fn what_is_not_as_it_should_be_is_not_taken_over() {
    let estate = Estate::new;
    let elsewhere = |change: fn(&mut Spot)| {
        let mut estate = estate();
        change(&mut estate.spots[0]);
        estate
    };
    let two = ["DP-1", "DP-2"].map(|name| ScreenName::Connector(name.into())).to_vec();
    let stopped = Some(Stopped { by: "staff".into(), since: WallTime(0) });
    let rows = [
        ("it was ill", Estate { well: false, ..estate() }),
        ("it was stopped", Estate { kept: Decisions { stopped, ..Decisions::default() }, ..estate() }),
        ("another monitor", elsewhere(|spot| spot.connector = "DP-2".into())),
        ("the monitor stands elsewhere", elsewhere(|spot| spot.rect.x = 1920)),
        ("another display of the guest", elsewhere(|spot| spot.display = 2)),
        ("nothing", Estate { spots: vec![], ..estate() }),
        ("no screen", Estate { settings: ExhibitSettings { screens: vec![], ..settings() }, ..estate() }),
    ];
    for (what, estate) in rows {
        let screens = estate.settings.screens.len();
        let mut heir = estate.next();
        let (wanted, covered) = heir.sees_monitors();
        assert_eq!((wanted.as_str(), covered), ("", screens > 0), "{what}");
        assert_eq!(heir.viewer(), ViewerStatus::None, "{what}");
    }
    // One of two screens is not there: the viewer that showed both is replaced.
    let both = Estate { settings: ExhibitSettings { screens: two, ..settings() }, ..estate() };
    let mut second = both.spots[0].clone();
    (second.display, second.connector) = (2, "DP-2".into());
    let mut heir = Estate { spots: vec![both.spots[0].clone(), second], ..both }.next();
    assert_eq!(heir.sees_monitors(), is(COVERED, ""));
    heir.bench.tell(Event::HypervisorUp);
    assert_eq!(heir.does(|b| b.state(VmState::Running)), is(COVERED, "launch"));
}

#[test]
fn what_turns_out_to_be_wrong_is_covered_and_mended() {
    let taken_over = |estate: Estate| {
        let mut heir = estate.next();
        assert_eq!(heir.sees_monitors(), is(BARE, "launch"));
        heir
    };
    let mut heir = taken_over(Estate::new());
    assert_eq!(heir.does(|b| b.tell(found(&[]))), is(COVERED, ""), "its window is not in its place");
    assert_eq!(heir.does(|b| b.wait(31.0)), is(COVERED, "end viewer"));

    let mut heir = taken_over(Estate::new());
    heir.does(|b| b.tell(Event::HypervisorUp));
    assert_eq!(heir.does(|b| b.state(VmState::ShutOff)), is(COVERED, "revert, end viewer"));

    let mut heir = taken_over(Estate { uuid: "another", ..Estate::new() });
    heir.does(|b| b.tell(Event::HypervisorUp));
    assert_eq!(
        heir.does(|b| b.state(VmState::Running)),
        is(COVERED, "end viewer"),
        "another VM of this name"
    );

    let mut heir = taken_over(Estate::new().held());
    heir.does(|b| b.tell(Event::HypervisorUp));
    assert_eq!(heir.does(|b| b.state(VmState::Missing)), is(COVERED, "end viewer"));
}

#[test]
fn an_end_before_the_monitors_are_known_waits_for_nothing() {
    let mut heir = Estate::new().next();
    heir.bench.tell(Event::Shutdown);
    assert_eq!(heir.bench.wanted(), "finished");
}

#[test]
fn who_holds_it_before_libvirt_has_spoken_keeps_it_as_it_is() {
    let mut heir = Estate::new().next();
    heir.bench.ask(Action::Hold { until: None, reason: None });
    heir.bench.tell(Event::HypervisorUp);
    heir.bench.state(VmState::Paused(PauseReason::Suspended));
    heir.bench.wait(100.0);
    assert_eq!((heir.bench.phase().as_str(), heir.bench.wanted().as_str()), ("held", ""));
}

#[test]
fn what_was_off_when_somebody_held_it_before_libvirt_has_spoken_stays_off() {
    let mut bench = Bench::new();
    bench.ask(Action::Hold { until: None, reason: None });
    bench.tell(Event::HypervisorUp);
    bench.state(VmState::ShutOff);
    assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("held", ""));
    bench.wait(100.0);
    assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("held", ""));
    bench.ask(Action::Resume);
    bench.wait(1.0);
    assert_eq!(bench.phase(), "recovering: VM stopped");
}

#[test]
fn a_hold_that_ended_before_libvirt_has_spoken_is_as_if_it_had_not_been() {
    let mut bench = Bench::new();
    bench.ask(Action::Hold { until: None, reason: None });
    bench.ask(Action::Resume);
    bench.tell(Event::HypervisorUp);
    bench.state(VmState::ShutOff);
    assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("starting", "revert"));
}

#[test]
fn a_start_that_libvirt_cut_off_is_not_made_again_where_somebody_holds_it() {
    let mut bench = Bench::starting();
    let op = bench.op();
    bench.ask(Action::Hold { until: None, reason: None });
    let away = Err(Failure::unreachable("libvirtd was restarted"));
    bench.tell(Event::Done { exhibit: EXHIBIT, op, result: away });
    bench.state(VmState::ShutOff);
    assert_eq!((bench.phase().as_str(), bench.wanted().as_str()), ("held", ""));
}

fn unattended() -> ExhibitSettings {
    ExhibitSettings { auto_revert: false, ..settings() }
}

#[test]
fn who_holds_what_the_configuration_holds_has_the_say() {
    let mut bench = Bench::with(unattended());
    let by = |bench: &Bench| {
        bench.site.status(bench.now()).exhibits[0]
            .hold
            .as_ref()
            .map_or(String::new(), |hold| hold.by.to_string())
    };
    bench.ask(Action::Hold { until: None, reason: None });
    assert_eq!(by(&bench), "staff");
    assert!(bench.site.decisions() != SiteDecisions::default(), "it outlives the daemon");
    // It is staff's, whatever the configuration comes to say.
    for settings in [settings(), unattended()] {
        bench.reload([settings]);
        assert_eq!(by(&bench), "staff");
    }
    // Where its time is over, the configuration's is left.
    bench.ask(Action::Hold { until: Some(WallTime(60_000)), reason: None });
    bench.wait(61.0);
    assert_eq!(by(&bench), "the configuration");
    bench.reload([settings()]);
    assert_eq!(by(&bench), "");
    // What staff had watched is watched again.
    let mut bench = Bench::with(unattended());
    bench.ask(Action::Resume);
    bench.ask(Action::Hold { until: Some(WallTime(60_000)), reason: None });
    bench.wait(61.0);
    assert_eq!(by(&bench), "");
}
