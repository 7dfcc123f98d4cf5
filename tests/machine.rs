//! The machine: X server, window manager, libvirtd, QEMU, viewers and `vitrine`, all real, and an eye on the
//! screens. The cases share one museum, one after the other; a case that fails leaves the next a new one.
//!
//! Needs root for Xorg, and what `deploy/packages run demo test` installs. `VITRINE_BIN` names another
//! program than the one that was built with the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails panics")]

mod common;
#[path = "machine/panel.rs"]
mod panel;
#[path = "machine/takeover.rs"]
mod takeover;

use std::net::TcpListener;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use common::cases::Case;
use common::eye::Look;
use common::faults::disk_failing;
use common::museum::{EDEN, Museum, ORBIT, RULES, TIDE, TWINS, Work, exhibit};
use rustix::process::{Pid, Signal, kill_process};

const CASES: &[Case] = &[
    ("artworks_appear_as_fast_as_by_hand", artworks_appear_as_fast_as_by_hand),
    ("a_guest_that_freezes", |m| breaks(m, "f", "heartbeat_lost")),
    ("a_guest_that_panics", |m| breaks(m, "p", "guest_panicked")),
    ("a_guest_that_powers_off", |m| breaks(m, "o", "vm_stopped")),
    ("a_guest_that_reboots", a_guest_that_reboots),
    ("a_guest_that_goes_silent", |m| breaks(m, "s", "heartbeat_lost")),
    ("a_guest_with_a_blue_screen", |m| breaks(m, "b", "heartbeat_lost")),
    ("a_guest_that_freezes_and_has_only_an_agent", an_agent_is_asked),
    ("a_revert_in_place_is_hardly_seen", a_revert_in_place_is_hardly_seen),
    ("a_guest_that_stands_still", a_guest_that_stands_still),
    ("what_visitors_saw_is_in_the_journal", what_visitors_saw_is_in_the_journal),
    ("a_vm_that_is_destroyed", |m| is_hurt(m, "vm_stopped", |m| drop(m.virsh(&["destroy", EDEN.name])))),
    ("a_vm_that_is_suspended", |m| is_hurt(m, "vm_paused", |m| drop(m.virsh(&["suspend", EDEN.name])))),
    ("a_disk_that_fails", a_disk_that_fails),
    ("a_qemu_that_is_killed", |m| is_hurt(m, "vm_stopped", |m| kill(m.qemu(EDEN)))),
    ("a_viewer_that_is_killed", a_viewer_that_is_killed),
    ("guests_that_fall_silent_together", guests_that_fall_silent_together),
    ("libvirts_events_arrive_at_once", libvirts_events_arrive_at_once),
    ("libvirtd_is_killed_and_restarted", libvirtd_is_killed_and_restarted),
    ("libvirtd_is_absent_at_first", libvirtd_is_absent_at_first),
    ("a_reload_leaves_the_neighbour_alone", a_reload_leaves_the_neighbour_alone),
    ("a_broken_configuration_changes_nothing", a_broken_configuration_changes_nothing),
    ("an_ordered_end_leaves_vms_that_are_adopted", an_ordered_end_leaves_vms_that_are_adopted),
    ("a_vm_that_does_not_exist_yet", a_vm_that_does_not_exist_yet),
    ("what_will_fail_is_told_before_it_does", what_will_fail_is_told_before_it_does),
    ("root_without_a_display_is_told_of_the_screens", root_without_a_display_is_told_of_the_screens),
    ("bad_starts_touch_nothing", bad_starts_touch_nothing),
    ("a_display_out_of_reach", a_display_out_of_reach),
    ("an_artwork_that_fills_two_screens", an_artwork_that_fills_two_screens),
];

fn main() -> ExitCode {
    // The last of these need museums of their own.
    let (others, last) = CASES.split_last_chunk::<2>().expect("there are cases");
    common::cases::run(others.iter().chain(takeover::CASES).chain(panel::CASES).chain(last), Museum::open)
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// The same guest on the same screen: once by `virsh` and `virt-viewer`, once by `vitrine run`.
fn artworks_appear_as_fast_as_by_hand(museum: &mut Museum) {
    let begun = Instant::now();
    museum.virsh(&["snapshot-revert", EDEN.name, "ready", "--running"]);
    let mut viewer = Command::new("virt-viewer")
        .args(["-c", &museum.libvirtd.uri(), "--kiosk", EDEN.name])
        .env("DISPLAY", &museum.x.display)
        .env("XDG_CONFIG_HOME", museum.path("by-hand"))
        .stderr(Stdio::null())
        .spawn()
        .expect("virt-viewer");
    museum.wait_picture(&[EDEN], begun);
    let by_hand = begun.elapsed();
    viewer.kill().unwrap();
    viewer.wait().unwrap();
    museum.virsh(&["destroy", EDEN.name]);

    let begun = Instant::now();
    museum.run(&museum.config(&[EDEN.block(RULES)]));
    museum.wait_picture(&[EDEN], begun);
    let by_vitrine = begun.elapsed();
    println!("    picture by hand after {}, by vitrine after {}", seconds(by_hand), seconds(by_vitrine));
    assert!(by_vitrine < by_hand + Duration::from_secs(3), "slower than by hand");

    let begun = Instant::now();
    museum.welcome();
    println!("    the neighbour, added by a reload, after {}", seconds(begun.elapsed()));
}

/// Breaks the guest by a key, and looks on as it is put back, while the neighbour is not disturbed.
fn breaks(museum: &mut Museum, key: &str, symptom: &str) {
    museum.welcome();
    recovers(museum, symptom, |museum| museum.type_key(EDEN, key));
}

/// After this fault the daemon mends the garden by itself, and never disturbs the neighbour.
fn recovers(museum: &mut Museum, symptom: &str, fault: impl FnOnce(&mut Museum)) {
    let before = museum.recoveries(EDEN);
    let begun = Instant::now();
    fault(museum);
    museum
        .wait_status("it was mended", |site| exhibit(site, EDEN.name)["recoveries"].as_u64() > Some(before));
    museum.well_again(&[EDEN], Instant::now());
    let garden = museum.eye.on(EDEN.screen);
    println!(
        "    the picture stood still or was away for {} at a time, and was not to be seen for {}: {}",
        seconds(garden.longest_gap(EDEN.look, begun)),
        seconds(garden.away(EDEN.look, begun)),
        garden.story(begun),
    );
    let site = museum.status().unwrap();
    let incident = &exhibit(&site, EDEN.name)["last_incident"];
    assert_eq!(incident["symptom"], symptom, "{incident}");
    undisturbed(museum, ORBIT, begun);
}

/// When another viewer's windows come or go, virt-viewer now and then lays its own picture out anew: for a frame or
/// two it is a few pixels larger or smaller. A neighbour that was covered or relaunched is gone for far longer.
const A_FRAME_OR_TWO: Duration = Duration::from_millis(100);

/// The artwork was to be seen all the time since then.
fn undisturbed(museum: &Museum, work: Work, since: Instant) {
    let seen = museum.eye.on(work.screen);
    let away = seen.away(work.look, since);
    assert!(away <= A_FRAME_OR_TWO, "{}: away for {away:?}: {}", work.name, seen.story(since));
    museum.wait_picture(&[work], Instant::now());
}

fn kill(pid: Pid) {
    kill_process(pid, Signal::KILL).expect("kill");
}

/// A write fails, and QEMU pauses the guest.
fn a_disk_that_fails(museum: &mut Museum) {
    let fails =
        |museum: &mut Museum| disk_failing(museum, EDEN).expect("a disk that fails").expect("its end");
    museum.welcome();
    let mut end = None;
    recovers(museum, "io_error", |museum| end = Some(fails(museum)));
    end.expect("an end")(museum);
    museum.wait_picture(&[EDEN], Instant::now());
}

/// Hurts the garden from outside.
fn is_hurt(museum: &mut Museum, symptom: &str, fault: fn(&mut Museum)) {
    museum.welcome();
    recovers(museum, symptom, fault);
}

fn what_visitors_saw_is_in_the_journal(museum: &mut Museum) {
    museum.welcome();
    breaks(museum, "b", "heartbeat_lost");
    let said = museum.vitrine(&["incidents", "--exhibit", EDEN.name, "--json"]).output().unwrap();
    let entries: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let last = entries.as_array().unwrap().iter().rfind(|entry| entry["kind"] == "incident").unwrap();
    assert_eq!(last["has_picture"], true, "{last}");
    let (id, file) = (last["id"].to_string(), museum.path("seen.jpg"));
    let said = museum.vitrine(&["incidents", &id, "--picture", file.to_str().unwrap()]).output().unwrap();
    assert!(said.status.success(), "{said:?}");
    let size = std::fs::metadata(&file).unwrap().len();
    let picture = image::open(&file).unwrap().into_rgb8();
    println!("    {}x{}, {size} bytes", picture.width(), picture.height());
    assert!(picture.width() <= 480);
    // The artwork is green, a curtain black, and the blue screen blue.
    let blue = picture.pixels().filter(|pixel| pixel[2] > 100 && pixel[2] > pixel[0] && pixel[2] > pixel[1]);
    let share = blue.count() * 100 / picture.pixels().len();
    assert!(share > 50, "{share} % of it is blue");
    museum.keep_shot_from(&file, "incident.jpg");
}

/// From inside, and from outside where nothing beats: either way visitors see a curtain and the artwork, and no boot.
fn a_guest_that_reboots(museum: &mut Museum) {
    museum.welcome();
    let qemu = museum.qemu(EDEN);
    recovers(museum, "guest_rebooted", |museum| museum.type_key(EDEN, "r"));
    assert_eq!(museum.qemu(EDEN), qemu, "a revert in place does");

    without_heartbeat(museum, "");
    let before = museum.recoveries(EDEN);
    let begun = Instant::now();
    museum.virsh(&["reset", EDEN.name]);
    museum
        .wait_status("it was mended", |site| exhibit(site, EDEN.name)["recoveries"].as_u64() > Some(before));
    museum.well_again(&[EDEN], Instant::now());
    let garden = museum.eye.on(EDEN.screen);
    println!("    not to be seen for {}: {}", seconds(garden.away(EDEN.look, begun)), garden.story(begun));

    without_heartbeat(museum, "\nreboot = \"ignore\"");
    // So soon after the other it would be taken for libvirt's second word of that one.
    museum.eye.wait("the reboot before is over", |_| begun.elapsed() > Duration::from_secs(1));
    let (before, begun) = (museum.recoveries(EDEN), Instant::now());
    let mark = museum.log_mark();
    museum.virsh(&["reset", EDEN.name]);
    museum
        .eye
        .wait("the garden goes", |screens| screens[EDEN.screen].away(EDEN.look, begun) > Duration::ZERO);
    museum.well_again(&[EDEN], Instant::now());
    let told = museum.log_since(mark).matches("the guest rebooted by itself").count();
    assert_eq!((museum.recoveries(EDEN), told), (before, 1));
    undisturbed(museum, ORBIT, begun);
}

/// The garden is expected to send no heartbeats.
fn without_heartbeat(museum: &mut Museum, rules: &str) {
    let mark = museum.log_mark();
    let rules = format!("heartbeat = false\ncurtain = \"black\"{rules}");
    museum.reload(&museum.config(&[EDEN.block(&rules), ORBIT.block(RULES)]));
    museum.wait("the configuration is read", || museum.log_since(mark).contains("configuration read again"));
    museum.well_again(&[EDEN], Instant::now());
}

/// Its server listens elsewhere, where no viewer looks for it, and the viewer that was there has gone.
fn goes_out_of_reach(museum: &Museum, work: Work) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let elsewhere = format!(
        r#"{{"execute": "display-update", "arguments": {{"type": "vnc",
            "addresses": [{{"type": "inet", "host": "127.0.0.1", "port": "{free}"}}]}}}}"#
    );
    museum.virsh(&["qemu-monitor-command", work.name, &elsewhere]);
    museum.viewers(work).into_iter().for_each(kill);
}

/// In a museum of its own, since only VNC's server can be sent elsewhere.
fn a_display_out_of_reach(museum: &mut Museum) {
    *museum = Museum::open_with(&[EDEN, TIDE]);
    museum.welcome();
    let shown = |museum: &mut Museum, limit: &str| {
        let mark = museum.log_mark();
        let rules = format!("{RULES}\nshown = \"{limit}\"");
        museum.reload(&museum.config(&[EDEN.block(RULES), TIDE.block(&rules)]));
        museum.wait("the configuration is read", || {
            museum.log_since(mark).contains("configuration read again")
        });
        museum.well_again(&[TIDE], Instant::now());
    };
    shown(museum, "10s");
    let (before, qemu, begun) = (museum.recoveries(TIDE), museum.qemu(TIDE), Instant::now());
    goes_out_of_reach(museum, TIDE);
    museum
        .wait_status("it was mended", |site| exhibit(site, TIDE.name)["recoveries"].as_u64() > Some(before));
    museum.well_again(&[TIDE], Instant::now());
    let away = museum.eye.on(TIDE.screen).away(TIDE.look, begun);
    println!("    not to be seen for {}", seconds(away));
    assert_ne!(museum.qemu(TIDE), qemu);
    let site = museum.status().unwrap();
    let incident = &exhibit(&site, TIDE.name)["last_incident"];
    assert_eq!(incident["symptom"], "not_shown", "{incident}");
    let said = museum.vitrine(&["incidents", "--summary", "--json"]).output().unwrap();
    let shares: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let share = shares.as_array().unwrap().iter().find(|share| share["exhibit"] == TIDE.name).unwrap();
    println!("    {share}");
    // Less than the eye saw by the moments in which the viewer was only launched again.
    assert!(share["unseen"].as_f64() > Some(away.as_secs_f64() - 5.0), "{share}, and {away:?}");

    shown(museum, "1h");
    let qemu = museum.qemu(TIDE);
    goes_out_of_reach(museum, TIDE);
    museum.wait_status("it is told", |site| {
        let incident = &exhibit(site, TIDE.name)["last_incident"];
        incident["symptom"] == "not_shown" && incident["lasted"].is_null()
    });
    let said = museum.vitrine(&["revert", TIDE.name]).output().unwrap();
    assert!(said.status.success(), "{said:?}");
    museum.well_again(&[TIDE], Instant::now());
    assert_ne!(museum.qemu(TIDE), qemu, "the first one heals it");
    undisturbed(museum, EDEN, begun);
}

fn an_agent_is_asked(museum: &mut Museum) {
    museum.welcome();
    let rules = "heartbeat = false\nagent = { interval = \"1s\", timeout = \"2s\", misses = 2 }";
    museum.reload(&museum.config(&[EDEN.block(rules), ORBIT.block(RULES)]));
    museum.wait_status("no heartbeat is expected", |site| {
        exhibit(site, EDEN.name)["heartbeat"]["enabled"] == false
    });
    museum.well_again(&[EDEN], Instant::now());
    recovers(museum, "agent_silent", |museum| museum.type_key(EDEN, "f"));
}

fn a_guest_that_stands_still(museum: &mut Museum) {
    museum.welcome();
    let rules = format!("{RULES}\npicture = {{ frozen = \"5s\" }}");
    museum.reload(&museum.config(&[EDEN.block(&rules), ORBIT.block(RULES)]));
    museum.wait_log("configuration read again: 0 new, 0 gone, 1 changed");
    museum.well_again(&[EDEN], Instant::now());
    recovers(museum, "picture_frozen", |museum| museum.type_key(EDEN, "t"));
}

/// Against a full revert, in the same run, each three times, and the middle one counts. What the viewer shows is the gap
/// without a curtain; the curtain is black here, so that the screen shows for how long it is needed.
fn a_revert_in_place_is_hardly_seen(museum: &mut Museum) {
    const TIMES: usize = 3;
    museum.welcome();
    let usual = museum.usual();
    let full = usual.replacen(RULES, &format!("{RULES}\nrecovery = {{ in_place = false }}"), 1);
    let full = full.replacen("recovery = { attempts", "# recovery = { attempts", 1);
    let [in_place, in_full] = [("in place", usual), ("in full", full)].map(|(way, config)| {
        museum.reload(&config);
        let mut seen: Vec<_> = (0..TIMES)
            .map(|_| {
                museum.well_again(&[EDEN, ORBIT], Instant::now());
                let viewer = museum.behind_the_curtain(EDEN);
                let begun = Instant::now();
                let said = museum.vitrine(&["revert", EDEN.name]).output().expect("vitrine");
                assert!(said.status.success(), "{said:?}");
                museum.well_again(&[EDEN], Instant::now());
                undisturbed(museum, ORBIT, begun);
                let (viewer, screen) = (viewer.on(0), museum.eye.on(EDEN.screen));
                let (gap, curtain) = (viewer.away(EDEN.look, begun), screen.away(EDEN.look, begun));
                println!(
                    "    {way}: no picture in the viewer for {}, the curtain up for {}, nothing moved for {}",
                    seconds(gap),
                    seconds(curtain),
                    seconds(screen.longest_gap(EDEN.look, begun))
                );
                (curtain, gap, viewer.story(begun))
            })
            .collect();
        seen.sort();
        seen.swap_remove(TIMES / 2)
    });
    assert!(in_place.1 * 10 <= in_full.1, "{in_place:?} {in_full:?}");
    assert!(in_place.0 * 4 < in_full.0, "{in_place:?} {in_full:?}");
}

fn a_viewer_that_is_killed(museum: &mut Museum) {
    museum.welcome();
    let before = museum.recoveries(EDEN);
    let qemu = museum.qemu(EDEN);
    let viewers = museum.viewers(EDEN);
    assert_eq!(viewers.len(), 1, "{viewers:?}");
    let begun = Instant::now();
    viewers.into_iter().for_each(kill);
    museum
        .eye
        .wait("the garden goes", |screens| screens[EDEN.screen].away(EDEN.look, begun) > Duration::ZERO);
    museum.well_again(&[EDEN], Instant::now());
    let garden = museum.eye.on(EDEN.screen);
    println!(
        "    the picture was away for {}: {}",
        seconds(garden.away(EDEN.look, begun)),
        garden.story(begun)
    );
    assert_eq!(museum.recoveries(EDEN), before, "the VM was touched");
    assert_eq!(museum.qemu(EDEN), qemu);
    undisturbed(museum, ORBIT, begun);
}

/// Nobody listens any more where the guests send their beats. By itself each would be put back twice meanwhile.
fn guests_that_fall_silent_together(museum: &mut Museum) {
    const LASTS: Duration = Duration::from_secs(20);
    const BOTH: [Work; 2] = [EDEN, ORBIT];
    museum.welcome();
    let before: u64 = BOTH.iter().map(|work| museum.recoveries(*work)).sum();
    let used = |museum: &Museum| BOTH.iter().map(|work| museum.recoveries(*work)).sum::<u64>() - before;
    let unheard = |site: &serde_json::Value| BOTH.map(|work| exhibit(site, work.name)["unheard"] == true);
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let elsewhere = free.local_addr().expect("its number").port();
    drop(free);
    museum.reload(
        &museum.usual().replace(&format!("127.0.0.1:{}", museum.port), &format!("127.0.0.1:{elsewhere}")),
    );
    museum.wait_status("both are unheard", |site| unheard(site) == [true, true]);
    let begun = Instant::now();
    museum.wait_log("since the same moment: that is this computer's fault");
    std::thread::sleep(LASTS);
    museum.wait_picture(&BOTH, Instant::now());
    let used_meanwhile = used(museum);
    for work in BOTH {
        let seen = museum.eye.on(work.screen);
        println!("    {}: {}", work.name, seen.story(begun));
    }
    assert!(used_meanwhile <= 1, "one is tried, once, not {used_meanwhile} times");
    museum.reload(&museum.usual());
    museum.wait_status("they are heard", |site| unheard(site) == [false, false]);
    museum.well_again(&BOTH, Instant::now());
    assert_eq!(used(museum), used_meanwhile, "none was put back for it afterwards");
    assert_eq!(museum.log().matches("since the same moment").count(), 1, "it is told once");
}

/// From libvirt's event to the core, as the log tells it.
fn libvirts_events_arrive_at_once(museum: &mut Museum) {
    for _ in 0..3 {
        is_hurt(museum, "vm_stopped", |m| drop(m.virsh(&["destroy", EDEN.name])));
    }
    let log = museum.log();
    let lines =
        log.lines().filter(|line| line.contains("event reached the core") && line.contains("state=ShutOff"));
    let mut times: Vec<f64> =
        lines.filter_map(|line| line.split_once("after_ms=")?.1.trim().parse().ok()).collect();
    times.sort_by(f64::total_cmp);
    println!("    {times:.1?} ms");
    let median = times[times.len() / 2];
    assert!(times.len() >= 3 && median < 50.0, "{median} ms");
}

fn libvirtd_is_killed_and_restarted(museum: &mut Museum) {
    museum.welcome();
    let begun = Instant::now();
    museum.libvirtd.kill();
    museum.wait_status("libvirt is missed", |site| site["hypervisor"]["state"] == "down");
    museum.wait_picture(&[EDEN, ORBIT], Instant::now());
    museum.libvirtd.launch();
    museum.wait_status("libvirt is back", |site| site["hypervisor"]["state"] == "up");
    museum.well_again(&[EDEN, ORBIT], Instant::now());
    undisturbed(museum, EDEN, begun);
    undisturbed(museum, ORBIT, begun);
    breaks(museum, "f", "heartbeat_lost");
}

fn libvirtd_is_absent_at_first(museum: &mut Museum) {
    museum.welcome();
    museum.end(Signal::TERM);
    let qemu = museum.qemu(EDEN);
    museum.virsh(&["destroy", ORBIT.name]);
    museum.libvirtd.kill();
    museum.run(&museum.usual());
    museum.wait_status("libvirt is waited for", |site| site["hypervisor"]["state"] != "up");
    museum.wait_log("libvirt is not there");
    museum.libvirtd.launch();
    let begun = Instant::now();
    museum.well_again(&[EDEN, ORBIT], begun);
    println!("    both are there {} after libvirtd was started", seconds(begun.elapsed()));
    assert_eq!(museum.qemu(EDEN), qemu, "a VM that ran well was replaced");
}

fn a_reload_leaves_the_neighbour_alone(museum: &mut Museum) {
    museum.welcome();
    let begun = Instant::now();
    let (viewer, qemu) = (museum.viewers(EDEN), museum.qemu(EDEN));
    let hidden = ORBIT.block(RULES).replace("\"DUMMY1\"", "");
    museum.reload(&museum.config(&[EDEN.block(RULES), hidden]));
    museum.wait_status("the orbit is no longer shown", |site| exhibit(site, ORBIT.name)["viewer"] == "none");
    museum.reload(&museum.config(&[EDEN.block(RULES)]));
    museum.wait_status("the orbit has gone", |site| exhibit(site, ORBIT.name).is_null());
    museum.reload(&museum.usual());
    museum.well_again(&[EDEN, ORBIT], Instant::now());
    assert_eq!((museum.viewers(EDEN), museum.qemu(EDEN)), (viewer, qemu));
    undisturbed(museum, EDEN, begun);
}

fn a_broken_configuration_changes_nothing(museum: &mut Museum) {
    museum.welcome();
    let begun = Instant::now();
    let before = [EDEN, ORBIT].map(|work| (museum.viewers(work), museum.qemu(work)));
    for text in ["[[exhibit]\n", "[[exhibit]]\nname = \"other\"\nvm = \"other\"\nscreen = []\n"] {
        let told = museum.log().matches("the configuration stays as it was").count();
        museum.reload(text);
        museum.wait("the complaint", || {
            museum.log().matches("the configuration stays as it was").count() > told
        });
    }
    museum.well_again(&[EDEN, ORBIT], Instant::now());
    assert_eq!([EDEN, ORBIT].map(|work| (museum.viewers(work), museum.qemu(work))), before);
    undisturbed(museum, EDEN, begun);
    undisturbed(museum, ORBIT, begun);
    museum.reload(&museum.usual());
}

fn an_ordered_end_leaves_vms_that_are_adopted(museum: &mut Museum) {
    museum.welcome();
    let qemu = [EDEN, ORBIT].map(|work| museum.qemu(work));
    let begun = Instant::now();
    let status = museum.end(Signal::TERM);
    println!("    ended within {}", seconds(begun.elapsed()));
    assert_eq!(status.code(), Some(0), "{status}");
    for work in [EDEN, ORBIT] {
        assert_eq!(museum.viewers(work), [], "a viewer was left behind");
        assert_eq!(museum.virsh(&["domstate", work.name]).stdout, b"running\n");
    }
    adopted(museum, qemu);
}

/// A new daemon shows the VMs that run, and leaves them running.
fn adopted(museum: &mut Museum, qemu: [Pid; 2]) {
    let begun = Instant::now();
    museum.run(&museum.usual());
    museum.wait_log("shown on its screen");
    museum.well_again(&[EDEN, ORBIT], Instant::now());
    println!("    both are shown again after {}", seconds(begun.elapsed()));
    assert_eq!([EDEN, ORBIT].map(|work| museum.qemu(work)), qemu, "a VM was replaced");
    assert!(!museum.log().contains("full revert"), "{}", museum.log());
}

fn a_vm_that_does_not_exist_yet(museum: &mut Museum) {
    museum.welcome();
    museum.end(Signal::TERM);
    let vm = museum.path("eden.xml");
    let snapshot = museum.path("ready.xml");
    std::fs::write(&vm, museum.virsh(&["dumpxml", "--inactive", EDEN.name]).stdout).unwrap();
    std::fs::write(&snapshot, museum.virsh(&["snapshot-dumpxml", EDEN.name, "ready"]).stdout).unwrap();
    museum.virsh(&["destroy", EDEN.name]);
    museum.virsh(&["undefine", "--snapshots-metadata", EDEN.name]);

    museum.run(&museum.usual());
    museum.well_again(&[ORBIT], Instant::now());
    let begun = Instant::now();
    let said = museum.vitrine(&["status"]).output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    assert_eq!(said.status.code(), Some(1), "{text}");
    assert!(text.contains("there is no VM eden-garden"), "{text}");

    museum.virsh(&["define", vm.to_str().unwrap()]);
    museum.well_again(&[EDEN], Instant::now());
    println!("    shown {} after it was defined, by a cold start", seconds(begun.elapsed()));
    undisturbed(museum, ORBIT, begun);

    museum.virsh(&["snapshot-create", EDEN.name, snapshot.to_str().unwrap(), "--redefine"]);
    assert!(museum.vitrine(&["snapshot", "list", EDEN.name]).status().unwrap().success());
    museum.wait_status("the snapshot is seen", |site| exhibit(site, EDEN.name)["snapshot_exists"] == true);
    breaks(museum, "p", "guest_panicked");
}

/// Somebody inserts a CD into the definition, and takes it away: the next full revert or start would fail. It is told
/// while the artwork runs on, and that it is over once it is.
fn what_will_fail_is_told_before_it_does(museum: &mut Museum) {
    museum.welcome();
    let begun = Instant::now();
    let xml = museum.try_virsh(&["dumpxml", "--inactive", EDEN.name]).expect("a definition");
    let define = |museum: &Museum, xml: &str| {
        let file = museum.path("defined.xml");
        std::fs::write(&file, xml).expect("a file");
        museum.virsh(&["define", file.to_str().expect("a path")]);
    };
    let drive = "<disk type='file' device='cdrom'><source file='/nowhere/install.iso'/><target dev='hda' bus='ide'/>\
                 <readonly/></disk></devices>";
    define(museum, &xml.replacen("</devices>", drive, 1));
    let foreseen = |site: &serde_json::Value| {
        let all = exhibit(site, EDEN.name)["foreseen"].as_array().cloned().unwrap_or_default();
        all.iter().any(|found| found["evidence"]["text"].to_string().contains("/nowhere/install.iso"))
    };
    museum.wait_status("it is told", foreseen);
    println!("    told after {}", seconds(begun.elapsed()));
    museum.wait_log("/nowhere/install.iso");
    define(museum, &xml);
    museum.wait_status("it is over", |site| !foreseen(site));
    for work in [EDEN, ORBIT] {
        let away = museum.eye.on(work.screen).away(work.look, begun);
        assert_eq!(away, Duration::ZERO, "{} was not to be seen", work.name);
    }
}

/// Over ssh there is no `$DISPLAY`, and before the first start no daemon.
fn root_without_a_display_is_told_of_the_screens(museum: &mut Museum) {
    museum.welcome();
    let mut screens = museum.vitrine(&["screens"]);
    let said = screens.env_remove("DISPLAY").env("VITRINE_SOCKET", museum.path("nothing")).output().unwrap();
    let told = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(told.contains("screens = [\"DUMMY0\"]"), "{told}{}", String::from_utf8_lossy(&said.stderr));
}

fn bad_starts_touch_nothing(museum: &mut Museum) {
    museum.welcome();
    museum.end(Signal::TERM);
    for work in [EDEN, ORBIT] {
        museum.virsh(&["destroy", work.name]);
    }
    let usual = museum.usual();
    let mut bad = vec![
        "[[exhibit]\n".to_owned(),
        String::new(),
        format!("{usual}colour = \"red\"\n"),
        usual.replace(ORBIT.name, EDEN.name),
        usual.replace("DUMMY1", "DUMMY0"),
        usual.replace("\"5s\"", "5"),
    ];
    for text in bad.drain(..) {
        museum.write_config(&text);
        let said = museum.vitrine(&["run"]).output().unwrap();
        let complaint = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(said.status.code(), Some(2), "{text}\n{complaint}");
        assert!(complaint.contains("vitrine.toml"), "{complaint}");
    }
    museum.write_config(&usual);
    let said = museum.vitrine(&["run", "--config", "/nowhere.toml"]).output().unwrap();
    assert_eq!(said.status.code(), Some(2), "{said:?}");
    let said = museum.vitrine(&["run"]).env("DISPLAY", ":9999").output().unwrap();
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    for work in [EDEN, ORBIT] {
        assert_eq!(museum.virsh(&["domstate", work.name]).stdout, b"shut off\n");
    }
    for screen in [EDEN.screen, ORBIT.screen] {
        assert!(matches!(museum.eye.on(screen).look(), Some(Look::Black | Look::Other(_))));
    }
}

/// Last of all, since it needs a museum of its own.
fn an_artwork_that_fills_two_screens(museum: &mut Museum) {
    *museum = Museum::open_with(&[EDEN, TWINS]);
    museum.welcome();
    for head in 1..=TWINS.heads {
        let before = museum.recoveries(TWINS);
        let begun = Instant::now();
        museum.type_key_on(TWINS, head, "f");
        museum.wait_status("it was mended", |site| {
            exhibit(site, TWINS.name)["recoveries"].as_u64() > Some(before)
        });
        museum.well_again(&[TWINS], Instant::now());
        for (screen, look) in TWINS.looks() {
            let seen = museum.eye.on(screen);
            println!(
                "    screen {screen} was away for {}: {}",
                seconds(seen.away(look, begun)),
                seen.story(begun)
            );
        }
        undisturbed(museum, EDEN, begun);
    }
}
