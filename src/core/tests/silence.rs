//! Guests that are heard no longer, all at once.

use super::*;
use crate::core::incident::Notice;

/// Artworks on one computer, whose guests beat once a second while the way is open.
struct Hall {
    bench: Bench,
    ids: Vec<ExhibitId>,
    /// How often each was put back.
    remedies: Vec<u32>,
    notices: Vec<Notice>,
}

impl Hall {
    fn new(timeouts: &[u64]) -> Self {
        let exhibit = |(n, timeout): (usize, &u64)| {
            let heartbeat =
                HeartbeatSettings { timeout: Duration::from_secs(*timeout), ..settings().heartbeat.unwrap() };
            ExhibitSettings {
                name: format!("room{n}"),
                vm: format!("vm{n}"),
                screens: vec![],
                heartbeat: Some(heartbeat),
                ..settings()
            }
        };
        let mut bench = Bench::new();
        bench.reconfigure(|site| site.exhibits = timeouts.iter().enumerate().map(exhibit).collect());
        let ids: Vec<_> = bench.site.status(bench.now()).exhibits.iter().map(|exhibit| exhibit.id).collect();
        let remedies = vec![0; ids.len()];
        let mut hall = Self { bench, ids, remedies, notices: vec![] };
        hall.tell(Event::HypervisorUp);
        hall
    }

    fn tell(&mut self, event: Event) {
        self.bench.tell(event);
        self.take();
    }

    /// What libvirt would do: each remedy works at once.
    fn take(&mut self) {
        for effect in std::mem::take(&mut self.bench.effects) {
            match effect {
                Effect::Vm { exhibit, op, action } => {
                    let n = self.ids.iter().position(|id| *id == exhibit).unwrap();
                    assert_ne!(action, VmAction::Destroy);
                    self.remedies[n] += 1;
                    self.tell(Event::Done { exhibit, op, result: Ok(()) });
                    self.see(n);
                }
                Effect::Notice { notice, .. } => self.notices.push(notice),
                _ => {}
            }
        }
    }

    fn see(&mut self, n: usize) {
        let snapshots = [snapshot("ready", SnapshotKind::Internal)].into_iter().collect();
        let info = VmInfo {
            uuid: Some("uuid".into()),
            state: VmState::Running,
            snapshots,
            macs: vec![],
            display: DisplayAccess::Address,
        };
        let read_at = self.bench.now().mono;
        self.tell(Event::VmSeen { exhibit: self.ids[n], info, read_at, event_at: None });
    }

    /// So many seconds, in which these guests beat.
    fn pass(&mut self, seconds: u32, beating: &[usize]) {
        for _ in 0..seconds {
            let end = self.bench.elapsed + Duration::from_secs(1);
            while let Some(at) = self.bench.site.poll_timeout().filter(|at| *at <= self.bench.base + end) {
                self.bench.elapsed = self.bench.elapsed.max(at - self.bench.base);
                self.tell(Event::Timer);
            }
            self.bench.elapsed = end;
            for n in beating {
                let at = self.bench.now().mono;
                self.tell(Event::Beat { exhibit: self.ids[*n], at, note: None });
            }
        }
    }

    /// They all run and beat.
    fn opened(timeouts: &[u64]) -> Self {
        let mut hall = Self::new(timeouts);
        for n in 0..timeouts.len() {
            hall.see(n);
        }
        let all: Vec<_> = (0..timeouts.len()).collect();
        hall.pass(60, &all);
        assert!(hall.phases().iter().all(|phase| *phase == PhaseStatus::Healthy), "{:?}", hall.phases());
        hall.remedies.fill(0);
        hall.notices.clear();
        hall
    }

    fn phases(&self) -> Vec<PhaseStatus> {
        self.bench.site.status(self.bench.now()).exhibits.iter().map(|exhibit| exhibit.phase).collect()
    }

    fn unheard(&self) -> Vec<bool> {
        self.bench.site.status(self.bench.now()).exhibits.iter().map(|exhibit| exhibit.unheard).collect()
    }

    fn told(&self, what: fn(&Notice) -> bool) -> usize {
        self.notices.iter().filter(|notice| what(notice)).count()
    }
}

fn silent(notice: &Notice) -> bool {
    matches!(notice, Notice::SilentTogether { .. })
}

fn heard(notice: &Notice) -> bool {
    *notice == Notice::HeardAgain
}

#[test]
fn where_the_way_is_cut_one_is_tried_once_and_all_go_on() {
    for timeouts in [[15, 15, 15], [15, 40, 120]] {
        let mut hall = Hall::opened(&timeouts);
        hall.pass(3500, &[]);
        assert_eq!(hall.remedies.iter().sum::<u32>(), 1, "{timeouts:?}: {:?}", hall.remedies);
        hall.pass(24 * 3600, &[]);
        let tried: u32 = hall.remedies.iter().sum();
        assert!((4..=6).contains(&tried), "ever more rarely, but for ever: {:?}", hall.remedies);
        assert_eq!(hall.phases(), [PhaseStatus::Healthy; 3], "they are shown");
        assert_eq!(hall.unheard(), [true; 3]);
        assert_eq!((hall.told(silent), hall.told(heard)), (1, 0));
        // The way is open again.
        hall.pass(300, &[0, 1, 2]);
        assert_eq!(hall.remedies.iter().sum::<u32>(), tried);
        assert_eq!((hall.unheard(), hall.told(heard)), (vec![false; 3], 1));
        // And each is watched as ever.
        hall.pass(20, &[1, 2]);
        hall.pass(60, &[0, 1, 2]);
        assert_eq!(hall.remedies.iter().sum::<u32>(), tried + 1);
    }
}

#[test]
fn those_that_share_a_bridge_are_one_case_and_the_rest_is_not() {
    let mut hall = Hall::opened(&[15, 15, 15]);
    hall.pass(600, &[2]);
    assert_eq!((hall.remedies[0] + hall.remedies[1], hall.remedies[2]), (1, 0));
    assert_eq!(hall.unheard(), [true, true, false]);
    // The third is ill by itself, and mended.
    hall.pass(20, &[]);
    assert_eq!(hall.remedies[2], 1);
}

#[test]
fn guests_that_froze_one_after_the_other_are_each_put_back() {
    let mut hall = Hall::opened(&[15, 15]);
    hall.pass(8, &[1]);
    hall.pass(30, &[]);
    assert_eq!(hall.remedies.iter().filter(|count| **count > 0).count(), 2, "{:?}", hall.remedies);
    assert_eq!(hall.told(silent), 0);
}

#[test]
fn where_the_trial_helps_the_others_are_put_back_too() {
    let mut hall = Hall::opened(&[15, 15]);
    hall.pass(16, &[]);
    assert_eq!(hall.remedies, [1, 0], "one is tried");
    hall.pass(16, &[0]);
    assert_eq!(hall.remedies, [1, 1], "it was the guests, after all");
    hall.pass(600, &[0, 1]);
    assert_eq!((hall.phases(), hall.remedies), (vec![PhaseStatus::Healthy; 2], vec![1, 1]));
}

#[test]
fn a_way_that_was_never_open_covers_no_artwork() {
    let mut hall = Hall::new(&[15, 15]);
    hall.see(0);
    hall.see(1);
    let started = hall.remedies.clone();
    hall.pass(3500, &[]);
    let tried: u32 = hall.remedies.iter().sum::<u32>() - started.iter().sum::<u32>();
    assert!(tried <= 1, "{:?}", hall.remedies);
    assert_eq!((hall.phases(), hall.told(silent)), (vec![PhaseStatus::Healthy; 2], 1));
    hall.pass(60, &[0, 1]);
    assert_eq!(hall.unheard(), [false; 2]);
}

#[test]
fn one_mac_address_of_two_vms_is_told_once() {
    let mut hall = Hall::opened(&[15, 15]);
    let seen = |hall: &mut Hall, n: usize, mac: &str| {
        let snapshots = [snapshot("ready", SnapshotKind::Internal)].into_iter().collect();
        let macs = vec![mac.to_owned()];
        let info = VmInfo {
            uuid: Some("uuid".into()),
            state: VmState::Running,
            snapshots,
            macs,
            ..VmInfo::unknown()
        };
        let read_at = hall.bench.now().mono;
        hall.tell(Event::VmSeen { exhibit: hall.ids[n], info, read_at, event_at: None });
    };
    let same = |notice: &Notice| matches!(notice, Notice::SameMac { .. });
    for _ in 0..3 {
        seen(&mut hall, 0, "52:54:00:00:00:01");
        seen(&mut hall, 1, "52:54:00:00:00:01");
    }
    assert_eq!(hall.told(same), 1);
    seen(&mut hall, 1, "52:54:00:00:00:02");
    assert_eq!(hall.told(same), 1);
    seen(&mut hall, 1, "52:54:00:00:00:01");
    assert_eq!(hall.told(same), 2, "it is there again");
}

#[test]
fn one_by_itself_is_put_back_as_ever() {
    let mut hall = Hall::opened(&[15]);
    hall.pass(16, &[]);
    assert_eq!((hall.remedies.clone(), hall.told(silent)), (vec![1], 0));
}
