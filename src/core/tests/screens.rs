//! What the monitors show: curtains, viewers that show a part, monitors with two names.

use super::*;
use crate::core::effect::{ProbeRequest, ScreenPlan};
use crate::core::incident::Notice;

/// The monitors' last plan after each step.
fn scene(effects: &[Effect]) -> Option<&[ScreenPlan]> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Scene(scene) => Some(scene.as_slice()),
        _ => None,
    })
}

/// Takes the bench through something, and tells whether the exhibit's first screen is covered then.
struct Stage {
    bench: Bench,
    covered: bool,
}

impl Stage {
    fn new(bench: Bench) -> Self {
        // A second monitor makes the plan anew, whatever it was.
        let mut stage = Self { bench, covered: false };
        let mut two = monitors();
        let rect = Rect { x: 1920, y: 0, width: 1920, height: 1080 };
        two.push(Monitor { index: 2, connector: "DP-9".into(), edid: None, rect, primary: false });
        stage.bench.tell(Event::Monitors(two));
        stage.note();
        stage
    }

    fn note(&mut self) {
        if let Some(scene) = scene(&self.bench.effects) {
            self.covered = scene[0].covered;
        }
    }

    fn does(&mut self, step: impl FnOnce(&mut Bench)) -> bool {
        step(&mut self.bench);
        self.note();
        self.covered
    }
}

/// The launch of the viewer that runs.
fn launch(bench: &mut Bench) -> LaunchId {
    // Launches are counted from 1, and a bench makes few.
    let status = |bench: &Bench| bench.site.status(bench.now()).exhibits[0].viewer;
    for launch in (1..10).map(LaunchId) {
        if status(bench) == ViewerStatus::Launching {
            bench.tell(placed(launch));
        }
        if status(bench) == ViewerStatus::Shown {
            return launch;
        }
    }
    panic!("no viewer: {:?}", status(bench));
}

#[test]
fn the_curtain_covers_what_is_no_artwork() {
    let mut stage = Stage::new(Bench::healthy());
    assert!(!stage.covered, "shown");
    stage.does(|b| b.tell(Event::ViewerPlaced { exhibit: EXHIBIT, launch: LaunchId(1), displays: vec![] }));
    assert!(stage.covered, "no window is there");
    assert!(!stage.does(|b| _ = launch(b)), "shown again");
    assert!(!stage.does(|b| b.wait(14.0)), "silent for a while");
    assert!(stage.does(|b| b.wait(2.0)), "recovering");
    assert!(scene(&stage.bench.effects).is_some());
}

#[test]
fn the_curtain_is_up_before_what_it_hides_goes() {
    let mut stage = Stage::new(Bench::healthy());
    stage.does(|b| _ = launch(b));
    stage.does(|b| b.ask(Action::Stop));
    assert!(matches!(stage.bench.effects[0], Effect::Scene(_)), "{:?}", stage.bench.effects);
    assert!(stage.covered);
}

#[test]
fn a_viewer_that_dies_or_hangs_is_covered_until_the_next_one_shows() {
    let mut stage = Stage::new(Bench::healthy());
    let mut first = LaunchId(0);
    stage.does(|b| first = launch(b));
    let exited = Event::ViewerExited { exhibit: EXHIBIT, launch: first, reason: "killed".into() };
    assert!(stage.does(|b| b.tell(exited)));
    let mut second = LaunchId(0);
    assert!(!stage.does(|b| {
        b.wait(1.0);
        second = launch(b);
    }));
    assert!(second > first);
    assert!(stage.does(|b| b.tell(Event::ViewerHangs { exhibit: EXHIBIT, launch: second })));
    assert_eq!(stage.bench.wanted(), "end viewer");
    let late = Event::ViewerHangs { exhibit: EXHIBIT, launch: first };
    stage.does(|b| b.tell(late));
    assert_eq!(stage.bench.wanted(), "", "the answer of an older one");
}

fn connection(connected: bool, peer: &str) -> Event {
    Event::Graphics { exhibit: EXHIBIT, connected, peer: peer.into() }
}

#[test]
fn a_viewer_whose_connection_is_cut_is_covered_before_it_shows_so() {
    let mut stage = Stage::new(Bench::healthy());
    let mut first = LaunchId(0);
    stage.does(|b| first = launch(b));
    assert!(!stage.does(|b| b.tell(connection(true, "own 1"))), "it has several");
    assert!(stage.does(|b| b.tell(connection(false, "own 1"))));
    assert_eq!(stage.bench.wanted(), "end viewer");
    stage.does(|b| b.tell(connection(false, "own 2")));
    assert_eq!(stage.bench.wanted(), "", "once is enough");
    let exited = Event::ViewerExited { exhibit: EXHIBIT, launch: first, reason: "ended".into() };
    stage.does(|b| b.tell(exited));
    stage.does(|b| b.tell(connection(false, "own 3")));
    assert_eq!(stage.bench.wanted(), "", "what the former one lost says nothing of the new one");
    assert!(!stage.does(|b| _ = launch(b)));
}

#[test]
fn a_viewer_of_staffs_own_may_come_and_go() {
    let mut stage = Stage::new(Bench::healthy());
    stage.does(|b| _ = launch(b));
    stage.does(|b| b.wait(10.0));
    stage.bench.wanted();
    stage.does(|b| b.tell(connection(true, "staff 1")));
    assert!(!stage.does(|b| b.tell(connection(false, "staff 1"))));
    assert_eq!(stage.bench.wanted(), "");
}

#[test]
fn a_hold_shows_the_guest_and_lets_windows_in_front() {
    let mut stage = Stage::new(Bench::healthy());
    stage.does(|b| _ = launch(b));
    stage.does(|b| b.ask(Action::Hold { until: None, reason: None }));
    assert!(!stage.covered);
    let guarded = scene(&stage.bench.effects).map(|scene| scene[0].guarded);
    assert_eq!(guarded, Some(false));
}

#[test]
fn a_monitor_without_an_exhibit_is_plain_black_and_nobodys() {
    let stage = Stage::new(Bench::healthy());
    let other = scene(&stage.bench.effects).unwrap()[1].clone();
    assert_eq!((other.artwork, other.covered, other.guarded), (None, false, false));
    assert_eq!(other.curtain.picture, CurtainPicture::Black);
}

/// Two screens for one exhibit.
fn twins() -> ExhibitSettings {
    ExhibitSettings {
        screens: ["DP-1", "DP-2"].map(|name| ScreenName::Connector(name.into())).into(),
        ..settings()
    }
}

fn two_monitors() -> Vec<Monitor> {
    let mut two = monitors();
    let rect = Rect { x: 1920, y: 0, width: 1920, height: 1080 };
    let edid = Some("DEL-X-2".into());
    two.push(Monitor { index: 2, connector: "DP-2".into(), edid, rect, primary: false });
    two
}

#[test]
fn each_screen_is_uncovered_when_its_own_window_stands() {
    let mut bench = Bench::with(twins());
    bench.tell(Event::Monitors(two_monitors()));
    bench.tell(Event::HypervisorUp);
    bench.state(VmState::ShutOff);
    bench.done(Ok(()));
    bench.state(VmState::Running);
    bench.beat();
    let covered = |bench: &Bench| {
        scene(&bench.effects).map(|scene| scene.iter().map(|plan| plan.covered).collect::<Vec<_>>())
    };
    let of = |displays: Vec<u32>| Event::ViewerPlaced { exhibit: EXHIBIT, launch: LaunchId(1), displays };
    bench.tell(of(vec![2]));
    assert_eq!(covered(&bench), Some(vec![true, false]));
    bench.tell(of(vec![1, 2]));
    assert_eq!(covered(&bench), Some(vec![false, false]));
    bench.tell(of(vec![1]));
    assert_eq!(covered(&bench), Some(vec![false, true]));

    // What does not come is told of, and what is there is not disturbed.
    let mut missing = false;
    for _ in 0..60 {
        bench.wait(1.0);
        missing |= bench.effects.iter().any(|effect| {
            matches!(effect, Effect::Notice { notice: Notice::DisplayMissing { display: 2 }, .. })
        });
        assert!(!bench.wanted().contains("viewer"), "{}", bench.wanted());
        bench.beat();
    }
    assert!(missing);
}

#[test]
fn a_monitor_with_two_names_belongs_to_who_names_it_first() {
    let second = ExhibitSettings {
        name: "orbit".into(),
        vm: "orbit-vm".into(),
        screens: vec![ScreenName::Edid("DEL-X-1".into())],
        ..settings()
    };
    let now = Bench::healthy().now();
    let mut effects = Vec::new();
    let mut site = Site::new(now, exhibits([settings(), second]), &BTreeSet::new(), &mut effects);
    site.receive(now, Event::Monitors(monitors()), &mut effects);
    let exhibits = site.status(now).exhibits;
    assert_eq!(exhibits[0].screens[0].connector.as_deref(), Some("DP-1"));
    assert_eq!(exhibits[1].screens[0].connector, None);
}

#[test]
fn pictures_are_kept_at_heartbeats_now_and_then() {
    let mut stage = Stage::new(Bench::healthy());
    let keeps = |bench: &Bench| bench.effects.iter().any(|e| matches!(e, Effect::SaveLastFrame { .. }));
    stage.bench.tell(Event::ViewerPlaced { exhibit: EXHIBIT, launch: LaunchId(1), displays: vec![] });
    stage.bench.wait(10.0);
    stage.bench.beat();
    assert!(!keeps(&stage.bench), "nothing is shown");
    stage.does(|b| _ = launch(b));
    stage.bench.beat();
    assert!(!keeps(&stage.bench), "it may not be drawn in full yet");
    stage.bench.wait(1.0);
    let mut kept = 0;
    for _ in 0..30 {
        stage.bench.beat();
        kept += u32::from(keeps(&stage.bench));
        stage.bench.wait(1.0);
    }
    assert_eq!(kept, 3);
    // Without a curtain that shows it, nothing is kept.
    let black = CurtainSettings { picture: CurtainPicture::Black, text: None };
    stage.bench.reload([ExhibitSettings { curtain: black, ..settings() }]);
    stage.bench.wait(20.0);
    assert!(!keeps(&stage.bench));
}

#[test]
fn another_number_in_the_list_disturbs_nobody() {
    let mut stage = Stage::new(Bench::healthy());
    stage.does(|b| _ = launch(b));
    let mut list = monitors();
    list[0].index = 2;
    list[0].primary = false;
    stage.does(|b| b.tell(Event::Monitors(list)));
    assert_eq!(stage.bench.wanted(), "");
    assert!(!stage.covered);
}

/// An exhibit of two screens whose guest lights its second display alone, told by its viewer of launch 1.
fn half_lit(settings: ExhibitSettings) -> Bench {
    let mut bench = Bench::with(settings);
    bench.tell(Event::Monitors(two_monitors()));
    bench.tell(Event::HypervisorUp);
    bench.state(VmState::ShutOff);
    bench.done(Ok(()));
    bench.state(VmState::Running);
    bench.beat();
    bench.tell(Event::ViewerPlaced { exhibit: EXHIBIT, launch: LaunchId(1), displays: vec![2] });
    assert_eq!(bench.phase(), "healthy");
    bench
}

#[test]
fn what_is_shown_of_an_exhibit_is_watched_though_another_screen_of_it_is_dark() {
    let second = two_monitors()[1].rect;
    // Its picture is kept for the curtain, and for the journal.
    let mut bench = half_lit(twins());
    let mut kept = 0;
    for _ in 0..32 {
        bench.wait(1.0);
        bench.beat();
        kept += u32::from(bench.effects.iter().any(|e| matches!(e, Effect::SaveLastFrame { .. })));
    }
    assert_eq!(kept, 4);
    assert_eq!(bench.site.status(bench.now()).exhibits[0].viewer, ViewerStatus::Shown);
    bench.wait(15.0);
    let pictures: Vec<_> = bench
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::TakePicture { areas, .. } => Some(areas.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(pictures, [vec![second]]);

    // It is looked at, and may not stand still for ever.
    let picture = PictureSettings { frozen: Duration::from_secs(10), interval: Duration::from_secs(2) };
    let mut bench = half_lit(ExhibitSettings { heartbeat: None, picture: Some(picture), ..twins() });
    bench.wait(2.0);
    let looked_at = bench.effects.iter().find_map(|effect| match effect {
        Effect::Probe { request: ProbeRequest::Picture { areas }, .. } => Some(areas.clone()),
        _ => None,
    });
    assert_eq!(looked_at, Some(vec![second]));
    let op = bench.op();
    bench.tell(sampled(op, Some(7)));
    assert_eq!((stand_still(&mut bench), bench.wanted().as_str()), (5, "end viewer"));

    // A cut connection is noticed.
    let mut bench = half_lit(twins());
    bench.wait(1.0);
    bench.tell(Event::Graphics { exhibit: EXHIBIT, connected: false, peer: String::new() });
    assert_eq!(bench.wanted(), "end viewer");

    // And what is lost of it is waited for no longer than at the beginning.
    let mut bench = half_lit(twins());
    for _ in 0..32 {
        bench.wait(1.0);
        bench.beat();
    }
    bench.tell(Event::ViewerPlaced { exhibit: EXHIBIT, launch: LaunchId(1), displays: vec![] });
    for _ in 0..30 {
        assert_eq!(bench.wanted(), "");
        bench.beat();
        bench.wait(1.0);
    }
    assert_eq!(bench.wanted(), "end viewer");
}

/// What was told of screens, each with whether it is there.
fn told_of_screens(bench: &Bench) -> Vec<(&str, bool)> {
    let told = bench.effects.iter().filter_map(|effect| match effect {
        Effect::Notice { notice: Notice::ScreenMissing { screen }, .. } => Some((screen.as_str(), false)),
        Effect::Notice { notice: Notice::ScreenFound { screen }, .. } => Some((screen.as_str(), true)),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_screen_that_is_named_no_longer_is_not_said_to_have_come() {
    let named = |screens: &[&str]| ExhibitSettings {
        screens: screens.iter().map(|name| ScreenName::Connector((*name).into())).collect(),
        ..settings()
    };
    let mut bench = Bench::with(named(&["DP-8", "DP-9"]));
    assert_eq!(told_of_screens(&bench), [("DP-8", false), ("DP-9", false)]);
    bench.reload([named(&["DP-1", "DP-9"])]);
    assert_eq!(told_of_screens(&bench), []);
    bench.reload([named(&["DP-7"])]);
    assert_eq!(told_of_screens(&bench), [("DP-7", false)]);
    let mut list = monitors();
    list[0].connector = "DP-7".into();
    bench.tell(Event::Monitors(list));
    assert_eq!(told_of_screens(&bench), [("DP-7", true)]);
}
