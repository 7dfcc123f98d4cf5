//! While the X server stands still, nobody else is to blame for what is not to be seen.

use super::*;
use crate::core::incident::Notice;
use crate::core::status::XServerStatus;

impl Bench {
    fn x_server_stops(&mut self) {
        let since = self.now().mono;
        self.wait(3.0);
        self.tell(Event::XServerSilent { since, elsewhere: false });
    }

    fn is_told(&self, what: fn(&Notice) -> bool) -> usize {
        let told = self
            .effects
            .iter()
            .filter(|effect| matches!(effect, Effect::Notice { exhibit: None, notice } if what(notice)));
        told.count()
    }

    /// Without a last resort against the X server itself.
    fn never_ends_it(mut self) -> Self {
        self.reconfigure(|site| site.last_resort.restart_x_server = None);
        self
    }
}

fn silent(notice: &Notice) -> bool {
    matches!(notice, Notice::XServerSilent { .. })
}

fn answers(notice: &Notice) -> bool {
    matches!(notice, Notice::XServerAnswers { .. })
}

#[test]
fn a_viewer_that_is_launched_meanwhile_has_its_whole_time_afterwards() {
    let mut bench = Bench::starting();
    bench.done(Ok(()));
    bench.beat();
    let mut bench = bench.never_ends_it();
    assert_eq!(bench.site.status(bench.now()).exhibits[0].viewer, ViewerStatus::Launching);
    for _ in 0..2 {
        bench.wait(10.0);
        bench.beat();
    }
    bench.x_server_stops();
    for _ in 0..20 {
        bench.wait(10.0);
        assert_eq!(bench.wanted(), "", "nothing can come to stand on its screen");
        bench.beat();
    }
    bench.tell(Event::XServerAnswers);
    for _ in 0..2 {
        bench.wait(14.5);
        assert_eq!(bench.wanted(), "");
        bench.beat();
    }
    bench.wait(1.0);
    assert_eq!(bench.wanted(), "end viewer", "now it is its own fault");
}

#[test]
fn windows_that_go_meanwhile_are_waited_for_only_afterwards() {
    let mut bench = Bench::healthy().never_ends_it();
    bench.x_server_stops();
    bench.tell(Event::ViewerPlaced { exhibit: EXHIBIT, launch: LaunchId(1), displays: vec![] });
    for _ in 0..10 {
        bench.wait(10.0);
        bench.beat();
        assert_eq!(bench.wanted(), "");
    }
    bench.tell(Event::XServerAnswers);
    bench.tell(placed(LaunchId(1)));
    for _ in 0..10 {
        bench.wait(10.0);
        assert_eq!(bench.wanted(), "");
        bench.beat();
    }
}

#[test]
fn a_new_exhibits_viewer_has_the_same_right() {
    let mut bench = Bench::healthy().never_ends_it();
    bench.x_server_stops();
    bench.reload([ExhibitSettings { vm: "other-vm".into(), heartbeat: None, ..settings() }]);
    let exhibit = bench.site.status(bench.now()).exhibits[0].id;
    // Without a snapshot to go back to, it is shown as it is.
    let snapshots = Snapshots::default();
    let info = VmInfo {
        uuid: Some("other".into()),
        state: VmState::Running,
        snapshots,
        macs: vec![],
        display: DisplayAccess::Address,
    };
    let read_at = bench.now().mono;
    bench.tell(Event::VmSeen { exhibit, info, read_at, event_at: None });
    assert_eq!(bench.site.status(bench.now()).exhibits[0].viewer, ViewerStatus::Launching);
    // Longer than its windows have, and shorter than libvirt has for the start.
    bench.wait(50.0);
    assert!(!bench.wanted().contains("end viewer"));
}

#[test]
fn a_picture_that_stands_still_with_the_x_server_is_no_symptom() {
    let mut bench = watched_by_its_picture();
    let look = |bench: &mut Bench| {
        bench.wait(2.0);
        assert_eq!(bench.wanted(), "look");
        bench.op()
    };
    let op = look(&mut bench);
    bench.tell(sampled(op, Some(7)));
    // It is asked for, and comes when the X server does.
    let op = look(&mut bench);
    bench.x_server_stops();
    bench.wait(40.0);
    assert_eq!(bench.wanted(), "", "there is nothing to be seen");
    bench.tell(sampled(op, Some(7)));
    bench.tell(Event::XServerAnswers);
    assert_eq!(bench.wanted(), "");
    for digest in [7, 7, 7] {
        let op = look(&mut bench);
        bench.tell(sampled(op, Some(digest)));
        assert_eq!(bench.wanted(), "", "nothing is known of the time before");
    }
    assert!(stand_still(&mut bench) > 1);
    assert_eq!(bench.wanted(), "end viewer", "a still picture is a symptom all the same");
}

#[test]
fn no_picture_is_kept_for_the_curtain_meanwhile() {
    let kept = |bench: &Bench| bench.effects.iter().any(|e| matches!(e, Effect::SaveLastFrame { .. }));
    let beats = |bench: &mut Bench| {
        (0..3).any(|_| {
            bench.wait(10.0);
            bench.beat();
            kept(bench)
        })
    };
    let mut bench = Bench::healthy().never_ends_it();
    assert!(beats(&mut bench));
    bench.x_server_stops();
    assert!(!beats(&mut bench));
    bench.tell(Event::XServerAnswers);
    assert!(beats(&mut bench));
}

#[test]
fn it_is_told_once_and_ended_after_a_minute() {
    let mut bench = Bench::healthy();
    let well = |bench: &Bench| bench.site.status(bench.now()).x_server == XServerStatus::Answers;
    assert!(well(&bench));
    bench.x_server_stops();
    assert!(!well(&bench));
    let (mut told, mut ended) = (0, vec![]);
    for second in 4..=200 {
        bench.wait(1.0);
        told += bench.is_told(silent);
        if bench.wanted().contains("end X server") {
            ended.push(second);
        }
        bench.beat();
    }
    assert_eq!((told, ended), (1, vec![60, 180]), "a pause that doubles");
    bench.tell(Event::XServerEnded(Err(XServerStays::NotPermitted)));
    assert_eq!(bench.wanted(), "end session");
    bench.tell(Event::XServerEnded(Err(XServerStays::Elsewhere)));
    assert_eq!(bench.wanted(), "");
    bench.tell(Event::XServerAnswers);
    assert_eq!(bench.is_told(answers), 1);
    assert!(well(&bench));
}

#[test]
fn a_short_silence_is_nobodys_news() {
    let mut bench = Bench::healthy();
    bench.x_server_stops();
    bench.wait(5.0);
    assert_eq!((bench.is_told(silent), bench.wanted()), (0, String::new()));
    bench.tell(Event::XServerAnswers);
    assert_eq!((bench.is_told(answers), bench.wanted()), (0, String::new()));
}

#[test]
fn while_vitrine_ends_it_is_left_alone() {
    let mut bench = Bench::healthy();
    bench.x_server_stops();
    for _ in 0..4 {
        bench.wait(14.0);
        bench.beat();
    }
    bench.tell(Event::Shutdown);
    // It would be ended in one second, and Vitrine waits for its viewers for three.
    bench.wait(2.5);
    assert!(!bench.wanted().contains("end X server"));
}

#[test]
fn what_nobody_sees_is_not_lost_by_a_restart_of_the_computer() {
    let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
    let restarts = |bench: &mut Bench| {
        let mut done = Vec::new();
        bench.reconfigure(|site| {
            site.last_resort = LastResortSettings {
                restart_libvirt: minutes(2),
                reboot: minutes(30),
                restart_x_server: None,
            };
        });
        bench.x_server_stops();
        for _ in 0..40 * 6 {
            bench.wait(10.0);
            let wanted = bench.wanted();
            done.extend(
                ["reboot", "restart libvirtd.service"].into_iter().filter(|what| wanted.contains(what)),
            );
            bench.beat();
        }
        done
    };
    assert_eq!(restarts(&mut Bench::healthy()), ["reboot"]);
    let mut bench = Bench::healthy();
    bench.ask(Action::Hold { until: None, reason: None });
    assert_eq!(restarts(&mut bench), Vec::<&str>::new(), "somebody works on it");
}
