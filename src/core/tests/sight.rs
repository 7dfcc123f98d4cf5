//! Artworks that are not to be seen: how that is told, and when it is the VM's fault.

use std::collections::{BTreeMap, VecDeque};

use super::*;
use crate::core::incident::Incident;

const OTHER: ExhibitId = ExhibitId(1);

fn settings() -> ExhibitSettings {
    ExhibitSettings { shown: Some(Duration::from_secs(120)), ..super::settings() }
}

/// A museum in which everything is answered as the fields say.
struct Visit {
    bench: Bench,
    /// What a try of the displays finds.
    displays: [Option<bool>; 2],
    /// A try is not answered yet, and this is the one that is out.
    tries_last: bool,
    try_out: Option<OpId>,
    /// How actions end.
    result: Result<(), Failure>,
    /// Whether viewers come to show anything.
    shows: bool,
    beats: bool,
    viewers: BTreeMap<ExhibitId, LaunchId>,
    /// What was done to the VMs.
    actions: Vec<&'static str>,
    incidents: Vec<Incident>,
}

impl Visit {
    fn of(bench: Bench) -> Self {
        let displays = [Some(true); 2];
        let (viewers, actions, incidents) = (BTreeMap::new(), Vec::new(), Vec::new());
        let mut visit = Self {
            bench,
            displays,
            tries_last: false,
            try_out: None,
            result: Ok(()),
            shows: true,
            beats: true,
            viewers,
            actions,
            incidents,
        };
        visit.answer();
        visit
    }

    /// One artwork, well and shown.
    fn new() -> Self {
        Self::with(settings())
    }

    fn with(settings: ExhibitSettings) -> Self {
        let mut visit = Self::of(Bench::with(settings));
        visit.open();
        visit
    }

    fn open(&mut self) {
        self.tell(Event::HypervisorUp);
        self.see(EXHIBIT, VmState::ShutOff);
        self.see(EXHIBIT, VmState::Running);
        self.pass(10.0);
        assert_eq!((self.bench.phase().as_str(), self.viewer()), ("healthy", ViewerStatus::Shown));
        self.actions.clear();
    }

    /// Two of them.
    fn two() -> Self {
        let mut visit = Self::new();
        let screens = vec![ScreenName::Connector("DP-2".into())];
        let other = ExhibitSettings { name: "orbit".into(), vm: "orbit-vm".into(), screens, ..settings() };
        visit.bench.reload([settings(), other]);
        visit.answer();
        let rect = Rect { x: 1920, y: 0, width: 1920, height: 1080 };
        let second = Monitor { index: 2, connector: "DP-2".into(), edid: None, rect, primary: false };
        visit.tell(Event::Monitors([monitors(), vec![second]].concat()));
        visit.see(OTHER, VmState::ShutOff);
        visit.pass(10.0);
        visit.actions.clear();
        visit
    }

    fn tell(&mut self, event: Event) {
        self.bench.tell(event);
        self.answer();
    }

    fn see(&mut self, exhibit: ExhibitId, state: VmState) {
        let snapshots = [snapshot("ready", SnapshotKind::Internal)].into_iter().collect();
        let info = VmInfo {
            uuid: Some(format!("uuid-{}", exhibit.0)),
            state,
            snapshots,
            macs: vec![],
            display: DisplayAccess::Address,
        };
        let read_at = self.bench.now().mono;
        self.tell(Event::VmSeen { exhibit, info, read_at, event_at: None });
    }

    /// Answers all that was wanted, and what is wanted then.
    fn answer(&mut self) {
        let mut wanted: VecDeque<Effect> = std::mem::take(&mut self.bench.effects).into();
        while let Some(effect) = wanted.pop_front() {
            let answer = match effect {
                Effect::Launch(plan) => {
                    self.viewers.insert(plan.exhibit, plan.launch);
                    let (exhibit, launch) = (plan.exhibit, plan.launch);
                    self.shows.then_some(Event::ViewerPlaced { exhibit, launch, displays: vec![1] })
                }
                Effect::EndViewer { exhibit, launch } => {
                    Some(Event::ViewerExited { exhibit, launch, reason: "ended".into() })
                }
                Effect::Probe { op, request: ProbeRequest::Display { .. }, .. } if self.tries_last => {
                    self.try_out = Some(op);
                    None
                }
                Effect::Probe { exhibit, op, request: ProbeRequest::Display { .. } } => {
                    let answers = self.displays[usize::try_from(exhibit.0).unwrap()];
                    Some(Event::Probed { exhibit, op, answer: ProbeAnswer::Display { answers } })
                }
                Effect::Vm { exhibit, op, action } => {
                    self.actions.push(match action {
                        VmAction::RevertInPlace { .. } => "in place",
                        VmAction::Revert { .. } => "full",
                        VmAction::DestroyRevert { .. } => "destroy",
                        _ => "other",
                    });
                    Some(Event::Done { exhibit, op, result: self.result.clone() })
                }
                Effect::Record(incident) => {
                    self.incidents.retain(|known| known.id != incident.id);
                    self.incidents.push(incident);
                    None
                }
                _ => None,
            };
            if let Some(event) = answer {
                self.bench.tell(event);
                wanted.extend(std::mem::take(&mut self.bench.effects));
            }
        }
    }

    fn pass(&mut self, seconds: f64) {
        let end = self.bench.elapsed + Duration::from_secs_f64(seconds);
        while self.bench.elapsed < end {
            self.bench.wait(0.5);
            self.answer();
            let heard: &[ExhibitId] = if self.beats { &[EXHIBIT, OTHER] } else { &[] };
            for &exhibit in heard {
                let at = self.bench.now().mono;
                self.tell(Event::Beat { exhibit, at, note: None });
            }
        }
    }

    fn viewer(&self) -> ViewerStatus {
        self.bench.site.status(self.bench.now()).exhibits[0].viewer
    }

    fn kill_viewer(&mut self, exhibit: ExhibitId) {
        let launch = self.viewers[&exhibit];
        self.tell(Event::ViewerExited { exhibit, launch, reason: "killed".into() });
    }

    /// From now on viewers show nothing, and the one that is there has gone.
    fn go_dark(&mut self) {
        self.shows = false;
        self.kill_viewer(EXHIBIT);
    }

    /// From now on they do again, and the one that is there does.
    fn come_back(&mut self) {
        self.shows = true;
        let launch = self.viewers[&EXHIBIT];
        self.tell(placed(launch));
        self.pass(40.0);
        assert_eq!(self.viewer(), ViewerStatus::Shown);
    }

    /// The only incident: what it is about, when it began and for how long it lasted, in seconds.
    #[track_caller]
    fn incident(&self) -> (Symptom, f64, Option<f64>) {
        let [incident] = self.incidents.as_slice() else { panic!("{:?}", self.incidents) };
        let lasted = match incident.outcome {
            Outcome::Recovered { at } | Outcome::PassedBy { at } | Outcome::Ended { at } => Some(at),
            Outcome::Noticed | Outcome::Recovering | Outcome::Broken => None,
        };
        let span = |at: Now, from: Instant| at.mono.duration_since(from).as_secs_f64();
        let lasted = lasted.map(|at| span(at, incident.began.mono));
        (incident.symptom, span(incident.began, self.bench.base), lasted)
    }
}

#[test]
fn a_viewer_that_is_launched_again_at_once_is_no_incident() {
    let mut visit = Visit::new();
    visit.kill_viewer(EXHIBIT);
    visit.pass(600.0);
    visit.shows = false;
    visit.kill_viewer(EXHIBIT);
    visit.pass(4.0);
    visit.come_back();
    visit.pass(600.0);
    assert_eq!((visit.incidents.len(), visit.actions.len()), (0, 0));
}

#[test]
fn a_picture_that_is_gone_for_some_seconds_is_in_the_journal_from_its_first_moment() {
    let mut visit = Visit::new();
    let gone = visit.bench.elapsed.as_secs_f64();
    visit.go_dark();
    visit.pass(4.5);
    assert_eq!(visit.incidents.len(), 0);
    visit.pass(7.5);
    assert_eq!(visit.incident(), (Symptom::NotShown, gone, None));
    let fault = ViewerFault::Exited { reason: "killed".into() };
    assert_eq!(visit.incidents[0].evidence, Evidence::ViewerFailed { fault });
    visit.come_back();
    assert_eq!(visit.incident(), (Symptom::NotShown, gone, Some(12.0)));
    assert!(matches!(visit.incidents[0].outcome, Outcome::PassedBy { .. }));
    assert_eq!(visit.actions.len(), 0);
}

#[test]
fn a_display_that_takes_no_connection_for_two_minutes_gets_a_new_process() {
    let mut visit = Visit::new();
    let gone = visit.bench.elapsed.as_secs_f64();
    visit.displays[0] = Some(false);
    visit.go_dark();
    visit.pass(119.0);
    assert_eq!(visit.actions.len(), 0);
    visit.pass(2.0);
    assert_eq!(visit.actions, ["full"]);
    visit.displays[0] = Some(true);
    visit.come_back();
    let (symptom, began, lasted) = visit.incident();
    assert_eq!((symptom, began), (Symptom::NotShown, gone));
    assert!(lasted.is_some_and(|lasted| (120.0..122.0).contains(&lasted)), "{lasted:?}");
    assert!(matches!(visit.incidents[0].evidence, Evidence::DisplayUnreachable { .. }));
    assert!(matches!(visit.incidents[0].outcome, Outcome::Recovered { .. }));
}

#[test]
fn nothing_is_done_to_a_vm_that_is_not_to_blame() {
    type Row = (&'static str, fn(&mut Visit));
    let rows: [Row; 8] = [
        ("the display answers, so it is the viewer's fault", |_| {}),
        ("nobody can tell", |visit| visit.displays[0] = None),
        ("it is away for 20 seconds", |visit| {
            visit.displays[0] = Some(false);
            visit.pass(20.0);
            visit.displays[0] = Some(true);
        }),
        ("it answers now and then", |visit| {
            // It is tried every 20 seconds.
            visit.displays[0] = Some(false);
            visit.pass(10.0);
            for answers in [true, false].into_iter().cycle().take(61) {
                visit.displays[0] = Some(answers);
                visit.pass(20.0);
            }
        }),
        ("libvirt is away", |visit| {
            visit.displays[0] = Some(false);
            visit.tell(Event::HypervisorDown { reason: Told::text("killed") });
        }),
        ("staff hold it", |visit| {
            visit.displays[0] = Some(false);
            visit.bench.ask(Action::Hold { until: None, reason: None });
            visit.answer();
        }),
        ("nobody wants to know", |visit| {
            visit.displays[0] = Some(false);
            visit.bench.reload([ExhibitSettings { shown: None, ..settings() }]);
            visit.answer();
        }),
        ("its screen is not there", |visit| {
            visit.displays[0] = Some(false);
            visit.tell(Event::Monitors(Vec::new()));
        }),
    ];
    for (name, happens) in rows {
        let mut visit = Visit::new();
        visit.go_dark();
        happens(&mut visit);
        visit.pass(3600.0);
        assert_eq!(visit.actions, Vec::<&str>::new(), "{name}");
        assert_eq!(visit.incidents.is_empty(), name == "its screen is not there", "{name}");
    }
}

#[test]
fn what_was_found_before_libvirt_went_says_nothing_after_it() {
    fn goes(visit: &mut Visit) {
        visit.tell(Event::HypervisorDown { reason: Told::text("killed") });
    }
    fn put_back_in_vain(visit: &mut Visit) {
        visit.result = Err(Failure::unreachable("killed"));
        visit.pass(121.0);
        goes(visit);
    }
    type Row = (&'static str, &'static [&'static str], fn(&mut Visit));
    let rows: [Row; 3] = [
        ("a try of the display is out", &[], |visit| {
            visit.pass(105.0);
            visit.tries_last = true;
            visit.pass(17.0);
            goes(visit);
            let (op, answer) = (visit.try_out.unwrap(), ProbeAnswer::Display { answers: Some(false) });
            visit.tell(Event::Probed { exhibit: EXHIBIT, op, answer });
            visit.tries_last = false;
        }),
        ("it was being put back, and nothing shows it", &["full"], put_back_in_vain),
        ("it was being put back, and is shown meanwhile", &["full"], |visit| {
            put_back_in_vain(visit);
            visit.shows = true;
            let launch = visit.viewers[&EXHIBIT];
            visit.tell(placed(launch));
        }),
    ];
    // No beat tells meanwhile that it is well.
    let silent = ExhibitSettings { heartbeat: None, ..settings() };
    let mut seen = Vec::new();
    for (name, _, happens) in &rows {
        let mut visit = Visit::with(silent.clone());
        visit.displays[0] = Some(false);
        visit.go_dark();
        happens(&mut visit);
        visit.displays[0] = Some(true);
        visit.result = Ok(());
        visit.pass(0.5);
        visit.tell(Event::HypervisorUp);
        visit.see(EXHIBIT, VmState::Running);
        visit.pass(600.0);
        seen.push((*name, visit.actions, visit.bench.phase()));
    }
    let wanted = rows.map(|(name, actions, _)| (name, actions.to_vec(), "healthy".to_owned()));
    assert_eq!(seen, wanted);
}

#[test]
fn what_ails_two_displays_is_the_hosts_and_what_ails_one_is_not() {
    let mut visit = Visit::two();
    visit.displays = [Some(false); 2];
    visit.go_dark();
    visit.pass(7.0);
    visit.kill_viewer(OTHER);
    visit.pass(3600.0);
    assert_eq!(visit.actions, Vec::<&str>::new());
    visit.displays[1] = Some(true);
    visit.pass(45.0);
    assert_eq!(visit.actions, ["full"]);
}

#[test]
fn where_nothing_helps_it_is_tried_ever_more_slowly_and_is_well_once_it_shows() {
    let mut visit = Visit::new();
    visit.displays[0] = Some(false);
    visit.go_dark();
    visit.pass(1200.0);
    assert_eq!(visit.actions[..3], ["full", "destroy", "destroy"]);
    visit.pass(4.0 * 3600.0);
    // The longest pause is ten minutes here, and it takes two to find out.
    assert!((10..40).contains(&visit.actions.len()), "{}", visit.actions.len());
    for _ in 0..100 {
        if visit.bench.phase() == "broken: not shown" {
            break;
        }
        visit.pass(10.0);
    }
    assert_eq!(visit.bench.phase(), "broken: not shown", "a heartbeat shows nothing");
    assert_eq!(visit.incident().2, None, "one incident, for all the time");
    visit.come_back();
    assert_eq!(visit.bench.phase(), "healthy");
    assert!(matches!(visit.incidents[0].outcome, Outcome::Recovered { .. }));
}

#[test]
fn staff_who_see_nothing_get_a_new_process_at_once() {
    let mut visit = Visit::new();
    visit.bench.ask(Action::Revert);
    visit.answer();
    visit.pass(300.0);
    visit.displays[0] = Some(false);
    visit.go_dark();
    visit.pass(10.0);
    visit.bench.ask(Action::Revert);
    visit.answer();
    assert_eq!(visit.actions, ["in place", "full"]);
}

#[test]
fn what_nobody_could_see_is_not_counted() {
    type Row = (&'static str, usize, fn(&mut Visit));
    let rows: [Row; 4] = [
        ("its screen is unplugged", 0, |visit| visit.tell(Event::Monitors(Vec::new()))),
        ("staff have stopped it", 0, |visit| {
            visit.bench.ask(Action::Stop);
            visit.answer();
        }),
        ("staff hold it, and it is shown", 0, |visit| {
            visit.bench.ask(Action::Hold { until: None, reason: None });
            visit.answer();
        }),
        ("staff hold it, and its viewer fails", 1, |visit| {
            visit.bench.ask(Action::Hold { until: None, reason: None });
            visit.answer();
            visit.go_dark();
        }),
    ];
    for (name, incidents, happens) in rows {
        let mut visit = Visit::new();
        happens(&mut visit);
        visit.pass(600.0);
        assert_eq!(visit.incidents.len(), incidents, "{name}");
    }
}

#[test]
fn after_the_start_the_first_picture_has_a_minute() {
    let mut visit = Visit::of(Bench::with(settings()));
    visit.shows = false;
    visit.tell(Event::HypervisorUp);
    visit.see(EXHIBIT, VmState::ShutOff);
    visit.pass(59.0);
    assert_eq!(visit.incidents.len(), 0);
    visit.pass(1.0);
    assert_eq!(visit.incident(), (Symptom::NotShown, 0.0, None));
}

#[test]
fn a_time_is_counted_once() {
    let mut visit = Visit::new();
    visit.beats = false;
    visit.go_dark();
    // Silent from the same moment on: first it is not shown, then it is ill, and it is one incident.
    visit.pass(12.0);
    assert_eq!(visit.incident().0, Symptom::NotShown);
    visit.pass(8.0);
    assert_eq!((visit.incident().0, visit.actions.as_slice()), (Symptom::HeartbeatLost, &["in place"][..]));
    // It beats again, and still nothing is seen: the next one begins where that one ended.
    visit.beats = true;
    visit.pass(20.0);
    let [first, second] = visit.incidents.as_slice() else { panic!("{:?}", visit.incidents) };
    assert_eq!((first.symptom, second.symptom), (Symptom::HeartbeatLost, Symptom::NotShown));
    assert_eq!(first.outcome, Outcome::Recovered { at: second.began });
}
