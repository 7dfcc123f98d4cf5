//! The viewer adapter: first with programs that play the viewer, then with virt-viewer, QEMU and an X server.
//!
//! The real ones need root, libvirt, QEMU with SPICE, virt-viewer, Xorg's dummy driver, Openbox.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails panics")]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use common::libvirtd::Libvirtd;
use common::xserver::XServer;
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::mpsc::UnboundedReceiver;
use virt::connect::Connect;
use virt::domain::Domain;
use vitrine::adapter::{Events, Report, viewer, x11};
use vitrine::core::effect::{Head, OrphanViewer, ViewerPlan};
use vitrine::core::event::Event;
use vitrine::core::types::{ExhibitId, LaunchId, Monitor, Rect};

const PATIENCE: Duration = Duration::from_secs(60);

async fn next(reports: &mut UnboundedReceiver<Report>) -> Report {
    tokio::time::timeout(PATIENCE, reports.recv()).await.expect("a report").expect("the adapter lives")
}

async fn exit(reports: &mut UnboundedReceiver<Report>) -> (LaunchId, String) {
    loop {
        if let Report::Core(Event::ViewerExited { launch, reason, .. }) = next(reports).await {
            return (launch, reason);
        }
    }
}

fn monitor(index: u32) -> Monitor {
    let rect = Rect { x: 0, y: 0, width: 1, height: 1 };
    Monitor { index, connector: format!("M{index}"), edid: None, rect, primary: index == 1 }
}

fn plan(exhibit: u32, launch: u64, uuid: &str, monitors: &[Monitor]) -> ViewerPlan {
    let heads = (1..).zip(monitors).map(|(display, m)| Head { display, monitor: m.clone() }).collect();
    ViewerPlan {
        exhibit: ExhibitId(exhibit),
        launch: LaunchId(launch),
        name: format!("exhibit-{exhibit}"),
        vm: format!("vm-{exhibit}"),
        uuid: uuid.into(),
        heads,
    }
}

/// A program that plays the viewer.
fn script(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("viewer.sh");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    path
}

fn settings(folder: &Path, program: impl Into<PathBuf>) -> viewer::Settings {
    viewer::Settings {
        uri: "qemu:///system".into(),
        runtime_dir: folder.to_owned(),
        program: program.into(),
        display: Some(":77".into()),
    }
}

#[tokio::test]
async fn a_missing_program_is_an_exit_that_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let (events, mut told) = Events::channel();
    let viewers = viewer::spawn(settings(folder.path(), "/no/such/virt-viewer"), events);
    viewers.launch(plan(1, 1, "u", &[monitor(1)]));
    let reason = "there is no program /no/such/virt-viewer; install the package virt-viewer".to_owned();
    let (exhibit, launch) = (ExhibitId(1), LaunchId(1));
    assert_eq!(next(&mut told).await, Event::ViewerExited { exhibit, launch, reason }.into());
}

#[tokio::test]
async fn a_viewer_is_given_its_settings_and_little_else() {
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let text = format!(
        "{{ echo \"$@\"; cat $XDG_CONFIG_HOME/virt-viewer/settings; env; ps -o pgid= -p $$; echo pid $$; }} >{0}\n\
         echo first >&2; echo the last word >&2; exit 3",
        seen.display()
    );
    let (events, mut told) = Events::channel();
    let viewers = viewer::spawn(settings(folder.path(), script(folder.path(), &text)), events);
    viewers.launch(plan(1, 1, "the-uuid", &[monitor(2), monitor(1)]));
    let (_, reason) = exit(&mut told).await;
    assert_eq!(reason, "it failed with exit code 3; it said last: the last word");
    let seen = std::fs::read_to_string(seen).unwrap();
    let wanted = "--connect qemu:///system --kiosk --kiosk-quit=on-disconnect --wait --uuid the-uuid\n\
                  [the-uuid]\nmonitor-mapping=1:2;2:1\n";
    assert!(seen.starts_with(wanted), "{seen}");
    assert!(seen.contains("\nDISPLAY=:77\n") && seen.contains("\nLC_ALL=C.UTF-8\n"), "{seen}");
    assert!(!seen.contains("CARGO"), "{seen}");
    let pid = seen.lines().find_map(|line| line.strip_prefix("pid ")).unwrap();
    assert!(seen.lines().any(|line| line.trim() == pid), "it leads a process group of its own: {seen}");
}

#[tokio::test]
async fn viewers_are_ended_politely_then_by_force() {
    let folder = tempfile::tempdir().unwrap();
    let deaf = script(folder.path(), "trap '' TERM; echo up >&2; while :; do sleep 100; done");
    let (events, mut told) = Events::channel();
    let viewers = viewer::spawn(settings(folder.path(), deaf), events);
    viewers.launch(plan(1, 1, "u", &[monitor(1)]));
    assert!(
        matches!(next(&mut told).await, Report::ViewerStarted { launch: LaunchId(1), pid, .. } if pid > 1)
    );
    viewers.end(ExhibitId(1), LaunchId(99));
    viewers.end(ExhibitId(1), LaunchId(1));
    assert_eq!(exit(&mut told).await, (LaunchId(1), "it was ended by Vitrine".into()));

    // A second launch ends the first, and begins after its end.
    viewers.launch(plan(1, 2, "u", &[monitor(1)]));
    assert!(matches!(next(&mut told).await, Report::ViewerStarted { launch: LaunchId(2), .. }));
    viewers.launch(plan(1, 3, "u", &[monitor(1)]));
    assert!(matches!(next(&mut told).await, Report::Core(Event::ViewerExited { launch: LaunchId(2), .. })));
    assert!(matches!(next(&mut told).await, Report::ViewerStarted { launch: LaunchId(3), .. }));
    viewers.end_all().await;
    assert_eq!(
        told.try_recv().ok().map(|e| matches!(e, Report::Core(Event::ViewerExited { .. }))),
        Some(true)
    );
}

/// Plays a viewer that says something when it is asked to, and then ends or goes on.
const TALKER: &str = "trap 'echo the last word >&2; kill $!; exit 3' USR1
trap 'for n in 1 2 3 4 5 6 7 8 9; do echo $n >&2; done; : >\"$XDG_CONFIG_HOME/lives\"' USR2
: >\"$XDG_CONFIG_HOME/ready\"
sleep 1000 &
while :; do wait; done";

/// What a Vitrine that died leaves: one viewer, which listens. Its process, and how it was launched.
fn leave(folder: &Path, name: &str) -> (u32, viewer::Settings, ViewerPlan) {
    leave_plan(folder, ViewerPlan { name: name.into(), ..plan(1, 7, "uuid-1", &[monitor(2)]) })
}

fn leave_plan(folder: &Path, plan: ViewerPlan) -> (u32, viewer::Settings, ViewerPlan) {
    let settings = settings(folder, script(folder, TALKER));
    let died = tokio::runtime::Runtime::new().unwrap();
    let pid = died.block_on(async {
        let (events, mut told) = Events::channel();
        let viewers = viewer::spawn(settings.clone(), events);
        viewers.launch(plan.clone());
        let Report::ViewerStarted { pid, .. } = next(&mut told).await else { panic!("not started") };
        pid
    });
    // With it goes every descriptor that the adapter had.
    died.shutdown_background();
    wait_for(&folder.join("viewer").join(&plan.name).join("ready"));
    (pid, settings, plan)
}

fn wait_for(path: &Path) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed() < PATIENCE, "{} never comes", path.display());
        std::thread::yield_now();
    }
}

fn signal(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

/// Whether a process runs; one that has ended and was not waited for does not.
fn runs(pid: u32) -> bool {
    std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

#[test]
fn a_viewer_outlives_its_vitrine_and_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let (pid, settings, former) = leave(folder.path(), "eden");
    // Nobody listens to what it says.
    signal(pid, Signal::USR2);
    wait_for(&folder.path().join("viewer/eden/lives"));
    assert!(runs(pid));

    let next_one = tokio::runtime::Runtime::new().unwrap();
    next_one.block_on(async {
        let (events, mut told) = Events::channel();
        let viewers = viewer::spawn(settings, events);
        let left = OrphanViewer { vm: "vm-1".into(), uuid: "uuid-1".into(), spots: former.spots() };
        assert_eq!(viewers.left(), [left]);
        let (exhibit, launch) = (ExhibitId(5), LaunchId(1));
        viewers.launch(ViewerPlan { exhibit, launch, ..former });
        assert_eq!(next(&mut told).await, Report::ViewerStarted { exhibit, launch, pid });
        viewers.end_left();
        signal(pid, Signal::USR1);
        let (_, reason) = exit(&mut told).await;
        let wanted = "it ended; how is not known, since it was launched before Vitrine was restarted; \
                      it said last: the last word";
        assert_eq!(reason, wanted);
        viewers.end_all().await;
    });
}

#[test]
fn a_viewer_that_was_taken_over_is_ended_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let (pid, settings, former) = leave(folder.path(), "eden");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (events, mut told) = Events::channel();
        let viewers = viewer::spawn(settings, events);
        let (exhibit, launch) = (former.exhibit, former.launch);
        viewers.launch(former);
        assert_eq!(next(&mut told).await, Report::ViewerStarted { exhibit, launch, pid });
        signal(pid, Signal::STOP);
        viewers.end(exhibit, launch);
        assert_eq!(exit(&mut told).await, (launch, "it was ended by Vitrine".into()));
        assert!(!runs(pid));
    });
}

#[test]
fn a_viewer_that_does_not_suit_is_ended_before_the_next_one_starts() {
    type Change = fn(&mut viewer::Settings, &mut ViewerPlan);
    let rows: [(&str, bool, Change); 5] = [
        ("another VM", true, |_, plan| plan.uuid = "uuid-2".into()),
        ("another monitor", true, |_, plan| plan.heads[0].monitor = monitor(1)),
        ("one screen more", true, |_, plan| {
            plan.heads.push(Head { display: 2, monitor: monitor(1) });
        }),
        ("another libvirt", false, |settings, _| settings.uri = "qemu:///session".into()),
        ("another display", false, |settings, _| settings.display = Some(":78".into())),
    ];
    for (what, known, change) in rows {
        let folder = tempfile::tempdir().unwrap();
        let (former, mut settings, mut plan) = leave(folder.path(), "eden");
        change(&mut settings, &mut plan);
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let (events, mut told) = Events::channel();
            let viewers = viewer::spawn(settings, events);
            assert_eq!(viewers.left().len(), usize::from(known), "{what}");
            viewers.launch(plan);
            let event = next(&mut told).await;
            let Report::ViewerStarted { pid, .. } = event else { panic!("{what}: {event:?}") };
            assert_ne!(pid, former, "{what}");
            assert!(!runs(former), "{what}");
            viewers.end_all().await;
            assert!(!runs(pid), "{what}");
        });
    }
}

/// Two exhibits have exchanged their names, and each artwork stays where it is.
#[test]
fn viewers_of_exhibits_that_are_called_otherwise_now_are_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let (one, settings, eden) = leave(folder.path(), "eden");
    let other =
        ViewerPlan { exhibit: ExhibitId(2), vm: "vm-2".into(), ..plan(2, 8, "uuid-2", &[monitor(1)]) };
    let (two, _, orbit) = leave_plan(folder.path(), ViewerPlan { name: "orbit".into(), ..other });
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (events, mut told) = Events::channel();
        let viewers = viewer::spawn(settings, events);
        let mut found: Vec<_> = viewers.left().iter().map(|left| left.vm.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, ["vm-1", "vm-2"]);
        viewers.launch(ViewerPlan { name: "orbit".into(), ..eden });
        viewers.launch(ViewerPlan { name: "eden".into(), ..orbit });
        for _ in 0..2 {
            let event = next(&mut told).await;
            let Report::ViewerStarted { exhibit, pid, .. } = event else { panic!("{event:?}") };
            assert_eq!(pid, if exhibit == ExhibitId(1) { one } else { two });
        }
        viewers.end_left();
        viewers.end_all().await;
        assert!(!runs(one) && !runs(two));
    });
}

#[test]
fn a_viewer_that_nobody_wants_does_not_stay() {
    type Order = fn(&viewer::Handle);
    let orders: [Order; 2] = [viewer::Handle::end_left, |_| {}];
    for order in orders {
        let folder = tempfile::tempdir().unwrap();
        let (pid, settings, _) = leave(folder.path(), "gone-from-the-configuration");
        // That of another Vitrine is not this one's.
        let other = tempfile::tempdir().unwrap();
        let (neighbour, neighbours, _) = leave(other.path(), "eden");
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let viewers = viewer::spawn(settings, Events::channel().0);
            order(&viewers);
            viewers.end_all().await;
            assert!(!runs(pid));
            assert!(runs(neighbour));
            viewer::spawn(neighbours, Events::channel().0).end_all().await;
            assert!(!runs(neighbour));
        });
    }
}

/// A VM of 32 MB whose boot sector fills the screen with one colour.
struct Vm {
    domain: Domain,
    uuid: String,
}

impl Vm {
    /// `colour`: of the standard VGA palette, such as 1 for blue (0, 0, 170), 4 for red.
    fn start(libvirtd: &Libvirtd, conn: &Connect, name: &str, colour: u8) -> Self {
        let folder = libvirtd.path(name);
        std::fs::create_dir(&folder).unwrap();
        let disk = folder.join("boot.img");
        // mov ax,13h; int 10h; mov ax,A000h; mov es,ax; mov al,COLOUR; xor di,di; mov cx,64000; rep stosb;
        // then hlt for ever.
        let mut sector = vec![
            0xB8, 0x13, 0, 0xCD, 0x10, 0xB8, 0, 0xA0, 0x8E, 0xC0, 0xB0, colour, 0x31, 0xFF, 0xB9, 0, 0xFA,
            0xF3, 0xAA, 0xF4, 0xEB, 0xFD,
        ];
        sector.resize(510, 0);
        sector.extend([0x55, 0xAA]);
        sector.resize(1 << 20, 0);
        std::fs::write(&disk, sector).unwrap();
        libvirtd.give(&folder);
        let xml = format!(
            "<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory>\
             <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\
             <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/>\
             <target dev='hda' bus='ide'/></disk>\
             <graphics type='spice' autoport='yes' listen='127.0.0.1'/><video><model type='qxl'/></video>\
             <memballoon model='none'/></devices></domain>",
            disk.display()
        );
        let domain = conn.create_domain_xml(&xml, 0).expect("a VM: install QEMU with SPICE");
        let uuid = domain.uuid_string().unwrap();
        Self { domain, uuid }
    }

    fn destroy(self) {
        self.domain.destroy().unwrap();
    }
}

/// QEMU's VGA has six bits of each colour, so that 170 comes as 168.
fn is(pixel: &[u8], colour: [u8; 3]) -> bool {
    pixel.iter().zip(colour).all(|(&is, wanted)| is.abs_diff(wanted) < 4)
}

/// The daemon's part: it brings the two adapters together.
struct Stage {
    x: XServer,
    screens: x11::Handle,
    viewers: viewer::Handle,
    told: UnboundedReceiver<Report>,
    monitors: Vec<Monitor>,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn set(uri: String) -> Self {
        let x = XServer::start(2, true);
        let folder = tempfile::tempdir().unwrap();
        let (events, mut told) = Events::channel();
        let screens = x11::spawn(Some(x.display.clone()), vec![], events.clone()).unwrap();
        let Report::Core(Event::Monitors(monitors)) = next(&mut told).await else { panic!("monitors first") };
        let mut settings = settings(folder.path(), "virt-viewer");
        settings.display = Some(x.display.clone());
        settings.uri = uri;
        let viewers = viewer::spawn(settings, events);
        Self { x, screens, viewers, told, monitors, _folder: folder }
    }

    /// Launches viewers and waits until the windows of all of them are placed.
    async fn show(&mut self, plans: &[ViewerPlan]) {
        let begun = Instant::now();
        let mut placed = std::collections::HashSet::new();
        plans.iter().for_each(|plan| self.viewers.launch(plan.clone()));
        while !plans.iter().all(|plan| placed.contains(&plan.launch)) {
            match next(&mut self.told).await {
                Report::ViewerStarted { exhibit, launch, pid } => {
                    let plan = plans.iter().find(|plan| plan.launch == launch).unwrap();
                    let (name, heads) = (plan.name.clone(), plan.heads.clone());
                    self.screens.track(x11::Viewer { exhibit, launch, name, pid, heads });
                }
                Report::Core(Event::ViewerExited { launch, reason, .. }) => {
                    assert!(plans.iter().all(|plan| plan.launch != launch), "{reason}");
                    self.screens.untrack(launch);
                }
                // A neighbour's windows may push it aside for a moment; it is placed again.
                Report::Core(Event::ViewerPlaced { launch, displays, .. }) if displays.is_empty() => {
                    placed.remove(&launch);
                }
                Report::Core(Event::ViewerPlaced { launch, .. }) => {
                    placed.insert(launch);
                    println!("placed after {:?}", begun.elapsed());
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Waits until the middle of a monitor is of one colour.
    async fn until_shown(&self, monitor: &Monitor, colour: [u8; 3]) {
        let begun = Instant::now();
        let rect = Rect { x: monitor.rect.x + 300, y: 250, width: 200, height: 100 };
        loop {
            let image = self.screens.shot(rect).await.unwrap();
            if image.rgb.chunks_exact(3).all(|pixel| is(pixel, colour)) {
                println!("{} shows its artwork after {:?} more", monitor.connector, begun.elapsed());
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{} never shows {colour:?}", monitor.connector);
            tokio::task::yield_now().await;
        }
    }

    /// Titles of the windows that can be seen.
    fn mapped_blanks(&self) -> usize {
        let tree = Command::new("xdotool")
            .args(["search", "--onlyvisible", "--name", "^Virt Viewer$"])
            .env("DISPLAY", &self.x.display)
            .output()
            .expect("xdotool: install xdotool");
        String::from_utf8_lossy(&tree.stdout).lines().count()
    }
}

#[tokio::test]
async fn two_artworks_stand_on_their_monitors() {
    const RED: [u8; 3] = [170, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 170];
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    let [red, blue] =
        [("red", 4), ("blue", 1)].map(|(name, colour)| Vm::start(&libvirtd, &conn, name, colour));
    let mut stage = Stage::set(libvirtd.uri()).await;
    let [left, right] = [stage.monitors[0].clone(), stage.monitors[1].clone()];
    let on = |vm: &Vm, exhibit, launch, monitor: &Monitor| {
        plan(exhibit, launch, &vm.uuid, std::slice::from_ref(monitor))
    };

    stage.show(&[on(&red, 1, 1, &right), on(&blue, 2, 2, &left)]).await;
    stage.until_shown(&right, RED).await;
    stage.until_shown(&left, BLUE).await;
    assert_eq!(stage.mapped_blanks(), 0);

    // Swapped, by new launches.
    stage.show(&[on(&red, 1, 3, &left), on(&blue, 2, 4, &right)]).await;
    stage.until_shown(&left, RED).await;
    stage.until_shown(&right, BLUE).await;
    assert_eq!(stage.mapped_blanks(), 0);

    // One is launched again, and never covers the other.
    stage.viewers.launch(on(&red, 1, 5, &left));
    // Scaled as it is, the picture has soft edges.
    let strip = Rect { x: right.rect.x + 20, y: 300, width: 760, height: 1 };
    let bare = loop {
        let image = stage.screens.shot(strip).await.unwrap();
        if !image.rgb.chunks_exact(3).all(|pixel| is(pixel, BLUE)) {
            break true;
        }
        match stage.told.try_recv() {
            Ok(Report::ViewerStarted { exhibit, launch, pid }) => {
                let (name, heads) = ("again".into(), on(&red, 1, 5, &left).heads);
                stage.screens.track(x11::Viewer { exhibit, launch, name, pid, heads });
            }
            Ok(Report::Core(Event::ViewerPlaced { launch: LaunchId(5), displays, .. }))
                if !displays.is_empty() =>
            {
                break false;
            }
            _ => tokio::task::yield_now().await,
        }
    };
    assert!(!bare, "the neighbour was covered");
    stage.until_shown(&left, RED).await;

    // A VM that goes away ends its viewer, with a reason.
    blue.destroy();
    let (launch, reason) = exit(&mut stage.told).await;
    assert_eq!(launch, LaunchId(4));
    assert!(reason.starts_with("it quit by itself"), "{reason}");
    stage.viewers.end_all().await;
}
