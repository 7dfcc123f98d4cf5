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
use vitrine::adapter::{Events, Report, libvirt, viewer, x11};
use vitrine::core::effect::{Head, OrphanViewer, ViewerOptions, ViewerPlan, WatchedVm};
use vitrine::core::event::Event;
use vitrine::core::types::{ExhibitId, LaunchId, Monitor, Rect, Scaling, Size};

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
        options: ViewerOptions::default(),
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
    assert_eq!(reason, "it failed with exit code 3; it said last: first; the last word");
    let seen = std::fs::read_to_string(seen).unwrap();
    let wanted = "--connect qemu:///system --kiosk --kiosk-quit=on-disconnect --wait --verbose --auto-resize=never \
                  --spice-disable-usbredir --uuid the-uuid\n\
                  [the-uuid]\nmonitor-mapping=1:2;2:1\n";
    assert!(seen.starts_with(wanted), "{seen}");
    assert!(seen.contains("\nDISPLAY=:77\n") && seen.contains("\nLC_ALL=C.UTF-8\n"), "{seen}");
    assert!(!seen.contains("CARGO"), "{seen}");
    let pid = seen.lines().find_map(|line| line.strip_prefix("pid ")).unwrap();
    assert!(seen.lines().any(|line| line.trim() == pid), "it leads a process group of its own: {seen}");
}

#[tokio::test]
async fn a_viewer_may_do_what_its_plan_says() {
    let plain = ViewerOptions::default();
    let rows = [
        (ViewerOptions { resize_guest: true, ..plain }, "--auto-resize=always --spice-disable-usbredir"),
        (ViewerOptions { usb: true, ..plain }, "--auto-resize=never"),
        (ViewerOptions { attach: true, ..plain }, "--auto-resize=never --spice-disable-usbredir --attach"),
        (
            ViewerOptions { resize_guest: true, usb: true, attach: true, ..plain },
            "--auto-resize=always --attach",
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let program = script(folder.path(), r#"echo "$@" >&2; exit 3"#);
    let (events, mut told) = Events::channel();
    let viewers = viewer::spawn(settings(folder.path(), program), events);
    for ((options, wanted), number) in rows.into_iter().zip(1..) {
        viewers.launch(ViewerPlan { options, ..plan(1, number, "the-uuid", &[monitor(1)]) });
        let (_, reason) = exit(&mut told).await;
        assert!(reason.ends_with(&format!(" --verbose {wanted} --uuid the-uuid")), "{options:?}: {reason}");
    }
}

/// Which of several lines it was that a viewer ended over is for people to see.
#[tokio::test]
async fn a_viewers_last_words_are_heard() {
    let folder = tempfile::tempdir().unwrap();
    // What it says on either way, in its order, and what has no end of its line.
    let program =
        script(folder.path(), "echo 1; echo 2 >&2; echo 3; echo 3 >&2; printf 'the last word'; exit 3");
    let (events, mut told) = Events::channel();
    let viewers = viewer::spawn(settings(folder.path(), program), events);
    viewers.launch(plan(1, 1, "u", &[monitor(1)]));
    assert_eq!(exit(&mut told).await.1, "it failed with exit code 3; it said last: 2; 3; the last word");
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
        let left = OrphanViewer {
            vm: "vm-1".into(),
            uuid: "uuid-1".into(),
            spots: former.spots(),
            options: ViewerOptions::default(),
        };
        assert_eq!(viewers.left(), [left]);
        let (exhibit, launch) = (ExhibitId(5), LaunchId(1));
        viewers.launch(ViewerPlan { exhibit, launch, ..former });
        assert_eq!(next(&mut told).await, Report::ViewerStarted { exhibit, launch, pid });
        viewers.end_left();
        signal(pid, Signal::USR1);
        let (_, reason) = exit(&mut told).await;
        let wanted = "it ended; how is not known, since it was launched before Vitrine was restarted; \
                      it said last: 8; 9; the last word";
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
    let rows: [(&str, bool, Change); 8] = [
        ("another VM", true, |_, plan| plan.uuid = "uuid-2".into()),
        ("another monitor", true, |_, plan| plan.heads[0].monitor = monitor(1)),
        ("one screen more", true, |_, plan| {
            plan.heads.push(Head { display: 2, monitor: monitor(1) });
        }),
        ("handed USB devices", true, |_, plan| plan.options.usb = true),
        ("connected by libvirt", true, |_, plan| plan.options.attach = true),
        ("another size", true, |_, plan| plan.options.drawn_size = Some(Size { width: 1, height: 1 })),
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

/// Where a display listens, and what it asks; on the computer itself, at a free port.
const OPEN_GRAPHICS: &str = "<graphics type='spice' autoport='yes' listen='127.0.0.1'/>";

impl Vm {
    /// `colour`: of the standard VGA palette, such as 1 for blue (0, 0, 170), 4 for red.
    fn start(libvirtd: &Libvirtd, conn: &Connect, name: &str, colour: u8) -> Self {
        Self::start_with(libvirtd, conn, name, &low_resolution(colour), OPEN_GRAPHICS)
    }

    fn start_with(libvirtd: &Libvirtd, conn: &Connect, name: &str, boots: &[u8], devices: &str) -> Self {
        let folder = libvirtd.path(name);
        std::fs::create_dir(&folder).unwrap();
        let disk = folder.join("boot.img");
        let mut sector = boots.to_vec();
        sector.resize(510, 0);
        sector.extend([0x55, 0xAA]);
        sector.resize(1 << 20, 0);
        std::fs::write(&disk, sector).unwrap();
        libvirtd.give(&folder);
        let xml = format!(
            "<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory>\
             <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\
             <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/>\
             <target dev='hda' bus='ide'/></disk>{devices}<video><model type='qxl'/></video>\
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

/// Fills the screen in VGA's mode 13h: mov ax,13h; int 10h; mov ax,A000h; mov es,ax; mov al,COLOUR; xor di,di;
/// mov cx,64000; rep stosb; then hlt for ever.
fn low_resolution(colour: u8) -> Vec<u8> {
    vec![
        0xB8, 0x13, 0, 0xCD, 0x10, 0xB8, 0, 0xA0, 0x8E, 0xC0, 0xB0, colour, 0x31, 0xFF, 0xB9, 0, 0xFA, 0xF3,
        0xAA, 0xF4, 0xEB, 0xFD,
    ]
}

/// Fills the screen in one of VESA's modes, in which banks of 64 KB are to be filled one by one. `word`: one pixel of 16
/// bits, or two of 8.
fn vesa(mode: u16, word: u16, banks: u8) -> Vec<u8> {
    let [low, high] = mode.to_le_bytes();
    // mov ax,4F02h; mov bx,MODE; int 10h; mov ax,A000h; mov es,ax; xor dx,dx
    let mut code = vec![0xB8, 2, 0x4F, 0xBB, low, high, 0xCD, 0x10, 0xB8, 0, 0xA0, 0x8E, 0xC0, 0x31, 0xD2];
    // Again: mov ax,4F05h; xor bx,bx; push dx; int 10h; pop dx; mov ax,WORD; xor di,di; mov cx,8000h; rep stosw
    let [low, high] = word.to_le_bytes();
    code.extend([0xB8, 5, 0x4F, 0x31, 0xDB, 0x52, 0xCD, 0x10, 0x5A, 0xB8, low, high, 0x31, 0xFF]);
    code.extend([0xB9, 0, 0x80, 0xF3, 0xAB]);
    // inc dx; cmp dx,BANKS; jb Again; then hlt for ever.
    code.extend([0x42, 0x83, 0xFA, banks, 0x72, 0xE7, 0xF4, 0xEB, 0xFD]);
    code
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
    uri: String,
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
        settings.uri = uri.clone();
        let viewers = viewer::spawn(settings, events);
        Self { x, screens, viewers, told, monitors, uri, _folder: folder }
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

    /// What libvirt says of the size of a guest's picture, as soon as that is this one.
    async fn measure(&self, vm: &str, wanted: (u32, u32)) -> Size {
        let (events, mut told) = Events::channel();
        let uri = self.uri.clone();
        let settings =
            libvirt::Settings { uri, poll: PATIENCE, call_deadline: libvirt::Settings::CALL_DEADLINE };
        let libvirt = libvirt::spawn(settings, events);
        let exhibit = ExhibitId(1);
        libvirt.watch(vec![WatchedVm { exhibit, vm: vm.into(), serial: None }]);
        let begun = Instant::now();
        loop {
            match next(&mut told).await {
                Report::Core(Event::GuestSize { size: Some(size), .. })
                    if (size.width, size.height) == wanted =>
                {
                    libvirt.close();
                    return size;
                }
                Report::Core(Event::HypervisorUp | Event::GuestSize { .. }) => libvirt.measure(exhibit),
                _ => {}
            }
            assert!(begun.elapsed() < PATIENCE, "{vm} is never of {wanted:?}");
        }
    }

    /// The rectangle of a monitor that is not black.
    async fn drawn(&self, monitor: &Monitor) -> Rect {
        let Rect { width, height, .. } = monitor.rect;
        let image = self.screens.shot(monitor.rect).await.unwrap();
        let lit = |x: u32, y: u32| {
            let at = usize::try_from((y * width + x) * 3).unwrap();
            image.rgb[at..at + 3].iter().any(|part| *part > 7)
        };
        let across: Vec<_> = (0..width).filter(|x| lit(*x, height / 2)).collect();
        let down: Vec<_> = (0..height).filter(|y| lit(width / 2, *y)).collect();
        let (Some(left), Some(top)) = (across.first(), down.first()) else {
            return Rect { x: 0, y: 0, width: 0, height: 0 };
        };
        let span = |places: &[u32]| u32::try_from(places.len()).unwrap();
        Rect { x: left.cast_signed(), y: top.cast_signed(), width: span(&across), height: span(&down) }
    }

    /// What is told of a viewer that gets nowhere: the title of the box that it shows, and how it ended.
    async fn fails(&mut self, plan: &ViewerPlan) -> (Option<String>, String) {
        self.viewers.launch(plan.clone());
        let mut asked = None;
        loop {
            match next(&mut self.told).await {
                Report::ViewerStarted { exhibit, launch, pid } => {
                    let (name, heads) = (plan.name.clone(), plan.heads.clone());
                    self.screens.track(x11::Viewer { exhibit, launch, name, pid, heads });
                }
                Report::Core(Event::ViewerAsks { launch, title, .. }) if launch == plan.launch => {
                    asked = Some(title);
                }
                Report::Core(Event::ViewerExited { launch, reason, .. }) if launch == plan.launch => {
                    self.screens.untrack(launch);
                    return (asked, reason);
                }
                _ => {}
            }
        }
    }

    /// Has a key or a button pressed by a visitor.
    fn xdotool(&self, arguments: &[&str]) {
        let done = Command::new("xdotool").args(arguments).env("DISPLAY", &self.x.display).status();
        assert!(done.expect("xdotool: install xdotool").success(), "{arguments:?}");
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

/// The guest's picture is two, three … times as large as it is, in the middle of its screen, with black around it.
#[tokio::test]
async fn pictures_are_scaled_by_whole_numbers() {
    // Half of 31, the lightest in five bits, comes as 128 or 132.
    const RED: [u8; 3] = [130, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 170];
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    let red = Vm::start_with(&libvirtd, &conn, "red", &vesa(0x10E, 0x8000, 2), OPEN_GRAPHICS);
    let blue = Vm::start_with(&libvirtd, &conn, "blue", &vesa(0x101, 0x0101, 5), OPEN_GRAPHICS);
    let mut stage = Stage::set(libvirtd.uri()).await;
    let [left, right] = [stage.monitors[0].clone(), stage.monitors[1].clone()];
    let low = stage.measure("red", (320, 200)).await;
    let vga = stage.measure("blue", (640, 480)).await;
    let rows = [
        (
            Scaling::Fit,
            Rect { x: 0, y: 50, width: 800, height: 500 },
            Rect { x: 0, y: 0, width: 800, height: 600 },
        ),
        (
            Scaling::Whole,
            Rect { x: 80, y: 100, width: 640, height: 400 },
            Rect { x: 80, y: 60, width: 640, height: 480 },
        ),
        (
            Scaling::Unscaled,
            Rect { x: 240, y: 200, width: 320, height: 200 },
            Rect { x: 80, y: 60, width: 640, height: 480 },
        ),
    ];
    for ((scaling, low_drawn, vga_drawn), number) in rows.into_iter().zip(1..) {
        let of = |vm: &Vm, exhibit, size, monitor: &Monitor| {
            let drawn_size = scaling.drawn_size(size, monitor.rect.size());
            let options = ViewerOptions { drawn_size, ..ViewerOptions::default() };
            let launch = u64::from(exhibit) * 10 + number;
            ViewerPlan { options, ..plan(exhibit, launch, &vm.uuid, std::slice::from_ref(monitor)) }
        };
        stage.show(&[of(&red, 1, low, &left), of(&blue, 2, vga, &right)]).await;
        stage.until_shown(&left, RED).await;
        stage.until_shown(&right, BLUE).await;
        for (monitor, wanted) in [(&left, low_drawn), (&right, vga_drawn)] {
            let begun = Instant::now();
            let close = |a: i64, b: i64| a.abs_diff(b) <= 1;
            loop {
                let drawn = stage.drawn(monitor).await;
                // Above a picture as large as the screen virt-viewer's hidden toolbar leaves a black line.
                let same = drawn == wanted
                    || scaling == Scaling::Fit
                        && close(drawn.y.into(), wanted.y.into())
                        && close(drawn.height.into(), wanted.height.into());
                if same {
                    break;
                }
                assert!(
                    begun.elapsed() < PATIENCE,
                    "{scaling:?} {}: {drawn:?}, not {wanted:?}",
                    monitor.connector
                );
                tokio::task::yield_now().await;
            }
        }
    }
    stage.viewers.end_all().await;
}

/// A display that listens nowhere, or at a socket, is opened by libvirt.
#[tokio::test]
async fn a_display_without_an_address_is_shown() {
    const RED: [u8; 3] = [170, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 170];
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    let vm = |name, colour, listen: &str| {
        let graphics = format!("<graphics type='spice'><listen type='{listen}'/></graphics>");
        Vm::start_with(&libvirtd, &conn, name, &low_resolution(colour), &graphics)
    };
    let (red, blue) = (vm("red", 4, "none"), vm("blue", 1, "socket"));
    let mut stage = Stage::set(libvirtd.uri()).await;
    let [left, right] = [stage.monitors[0].clone(), stage.monitors[1].clone()];
    // Otherwise there is a box, whose text nobody can read, and the steps that led there.
    let (asked, reason) = stage.fails(&plan(1, 1, &red.uuid, std::slice::from_ref(&left))).await;
    assert_eq!(asked.as_deref(), Some(""));
    assert!(reason.contains("it said last: ") && reason.contains("has a spice display"), "{reason}");

    let options = ViewerOptions { attach: true, ..ViewerOptions::default() };
    let on = |vm: &Vm, exhibit, monitor: &Monitor| ViewerPlan {
        options,
        ..plan(exhibit, 10 + u64::from(exhibit), &vm.uuid, std::slice::from_ref(monitor))
    };
    stage.show(&[on(&red, 1, &left), on(&blue, 2, &right)]).await;
    stage.until_shown(&left, RED).await;
    stage.until_shown(&right, BLUE).await;
    stage.viewers.end_all().await;
}

#[tokio::test]
async fn what_a_viewer_asks_is_told() {
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    let rows = [
        (
            "spice",
            "<graphics type='spice' autoport='yes' listen='127.0.0.1' passwd='x'/>",
            "Authentication required",
        ),
        (
            "vnc",
            "<graphics type='vnc' autoport='yes' listen='127.0.0.1' passwd='x'/>",
            "Authentication required",
        ),
        ("nothing", "", ""),
    ];
    let vms =
        rows.map(|(name, graphics, _)| Vm::start_with(&libvirtd, &conn, name, &low_resolution(4), graphics));
    let mut stage = Stage::set(libvirtd.uri()).await;
    let screen = stage.monitors[0].clone();
    for ((vm, (name, _, title)), number) in vms.iter().zip(rows).zip(1..) {
        let (asked, reason) = stage.fails(&plan(1, number, &vm.uuid, std::slice::from_ref(&screen))).await;
        assert_eq!(asked.as_deref(), Some(title), "{name}");
        // Where GTK has no SVG it says so, which pushes out what stood before.
        assert!(reason.contains("it said last: ") && reason.contains("Guest "), "{name}: {reason}");
    }
}

/// Which USB devices there are is no matter: without the channel none can be handed over.
#[tokio::test]
async fn usb_devices_have_no_way_into_the_guest_unless_wished() {
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    let devices = format!(
        "{OPEN_GRAPHICS}<controller type='usb' model='qemu-xhci'/><redirdev bus='usb' type='spicevmc'/>"
    );
    let vm = Vm::start_with(&libvirtd, &conn, "red", &low_resolution(4), &devices);
    let mut stage = Stage::set(libvirtd.uri()).await;
    let screen = stage.monitors[0].clone();
    for (usb, launch) in [(false, 1), (true, 2)] {
        let options = ViewerOptions { usb, ..ViewerOptions::default() };
        stage
            .show(&[ViewerPlan { options, ..plan(1, launch, &vm.uuid, std::slice::from_ref(&screen)) }])
            .await;
        // The type of the SPICE protocol's channel for USB is 9, that of inputs 3, and that of the display 2.
        let begun = Instant::now();
        loop {
            let told = vm.domain.qemu_monitor_command(r#"{"execute":"query-spice"}"#, 0).unwrap();
            let has = |kind: u32| told.contains(&format!(r#""channel-type":{kind},"#));
            if has(2) && has(3) && has(9) == usb {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{usb}: {told}");
            tokio::task::yield_now().await;
        }
        stage.until_shown(&screen, [170, 0, 0]).await;
        let told = vm.domain.qemu_monitor_command(r#"{"execute":"query-spice"}"#, 0).unwrap();
        assert_eq!(told.contains(r#""channel-type":9,"#), usb, "{told}");
    }
    stage.viewers.end_all().await;
}

/// A guest that has no tablet takes the pointer with the first click, and Shift+F12 gives it back.
#[tokio::test]
async fn a_pointer_that_a_guest_has_taken_comes_free_by_a_key() {
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    let vm = Vm::start(&libvirtd, &conn, "red", 4);
    let mut stage = Stage::set(libvirtd.uri()).await;
    let screen = stage.monitors[0].clone();
    stage.show(&[plan(1, 1, &vm.uuid, std::slice::from_ref(&screen))]).await;
    stage.until_shown(&screen, [170, 0, 0]).await;
    let is_free = |stage: &Stage| stage.x.pointer_is_free();
    let begun = Instant::now();
    stage.xdotool(&["mousemove", "400", "300"]);
    while is_free(&stage) {
        stage.xdotool(&["click", "1"]);
        assert!(begun.elapsed() < PATIENCE, "the guest never takes the pointer");
    }
    while !is_free(&stage) {
        stage.xdotool(&["key", "shift+F12"]);
        assert!(begun.elapsed() < PATIENCE, "the pointer never comes free");
    }
    stage.viewers.end_all().await;
}
