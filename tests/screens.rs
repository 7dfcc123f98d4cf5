//! Screens: three artworks on three monitors, with real X server, window manager, libvirtd, QEMU and viewers, while
//! cables, viewers and windows come and go. An eye looks at the screens every few milliseconds.
//!
//! Needs root for Xorg, and what `deploy/packages run demo test` installs. `VITRINE_SEED` and `VITRINE_OPERATIONS`
//! choose the random operations, and how many.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails panics")]

mod common;

use std::collections::BTreeSet;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use common::cases::Case;
use common::dice::{Dice, number};
use common::eye::Look;
use common::museum::{EDEN, Museum, ORBIT, TIDE, Work, exhibit};
use rustix::process::{Pid, Signal, kill_process};

const WORKS: [Work; 3] = [EDEN, ORBIT, TIDE];

/// The curtain shows the artwork as it was last seen well, so that not one frame of anything else is to be seen.
const RULES: &str = "heartbeat = { timeout = \"5s\" }";

const CASES: &[Case] = &[
    ("nothing_but_artworks_is_seen_over_reverts", nothing_but_artworks_is_seen_over_reverts),
    ("nothing_but_artworks_is_seen_when_viewers_die", nothing_but_artworks_is_seen_when_viewers_die),
    ("a_viewer_that_hangs", a_viewer_that_hangs),
    ("a_second_client_takes_the_connection", a_second_client_takes_the_connection),
    ("connections_are_cut", connections_are_cut),
    ("windows_of_other_programs_stay_behind", windows_of_other_programs_stay_behind),
    ("a_hold_lets_staff_work_in_front", a_hold_lets_staff_work_in_front),
    ("monitors_are_unplugged_one_by_one", monitors_are_unplugged_one_by_one),
    ("a_monitor_moves_to_another_connector", a_monitor_moves_to_another_connector),
    ("another_monitor_becomes_the_primary_one", another_monitor_becomes_the_primary_one),
    ("a_screen_that_is_switched_off_is_lit_again", a_screen_that_is_switched_off_is_lit_again),
    ("artworks_swap_their_monitors", artworks_swap_their_monitors),
    ("a_layout_is_set_up", a_layout_is_set_up),
    ("a_screen_is_rotated", a_screen_is_rotated),
    ("screens_are_identified", screens_are_identified),
    ("a_poster_covers_what_is_stopped", a_poster_covers_what_is_stopped),
    ("no_monitor_at_the_start", no_monitor_at_the_start),
    ("random_operations", random_operations),
];

fn main() -> ExitCode {
    common::cases::run(CASES, || Museum::open_with(&WORKS))
}

fn config(museum: &Museum, lines: &str) -> String {
    museum.config(&WORKS.map(|work| work.block(&format!("{RULES}\n{lines}"))))
}

/// All three artworks are well, on their own screens, and a picture of each has been kept for its curtain.
fn welcome(museum: &mut Museum, lines: &str) {
    let text = config(museum, lines);
    if museum.is_running() {
        museum.reload(&text);
    } else {
        museum.run(&text);
    }
    museum.well_again(&WORKS, Instant::now());
    for work in WORKS {
        museum.wait(&format!("a picture of {} is kept", work.name), || {
            museum.log().lines().any(|line| line.contains("kept for the curtain") && line.contains(work.name))
        });
    }
}

fn pids(museum: &Museum, work: Work) -> BTreeSet<i32> {
    museum.viewers(work).into_iter().map(Pid::as_raw_pid).collect()
}

/// Nothing but the artworks has been seen since then.
fn not_one_frame(museum: &Museum, works: &[Work], since: Instant) {
    for work in works {
        let seen = museum.eye.on(work.screen);
        assert_eq!(seen.away(work.look, since), Duration::ZERO, "{}: {}", work.name, seen.story(since));
    }
}

/// The same where viewers are launched: a new one may reach over the edge of its screen before it is put in its place,
/// and the eye looks at the edges. How long that was is printed.
fn hardly_a_frame(museum: &Museum, works: &[Work], since: Instant) {
    for work in works {
        let seen = museum.eye.on(work.screen);
        let away = seen.away(work.look, since);
        if !away.is_zero() {
            println!(
                "    {}: something else for {:.3} s: {}",
                work.name,
                away.as_secs_f64(),
                seen.story(since)
            );
        }
        assert!(away < Duration::from_millis(100), "{}: {}", work.name, seen.story(since));
    }
}

fn took(what: &str, since: Instant) {
    println!("    {what} after {:.2} s", since.elapsed().as_secs_f64());
}

/// How long the artwork's picture stood still since then.
fn stillness(museum: &Museum, work: Work, since: Instant) -> f64 {
    museum.eye.on(work.screen).longest_gap(work.look, since).as_secs_f64()
}

fn nothing_but_artworks_is_seen_over_reverts(museum: &mut Museum) {
    for (way, lines) in [
        ("in place", ""),
        ("in full", "recovery = { in_place = false, attempts = 100, window = \"1m\", reset_after = \"1s\" }"),
    ] {
        welcome(museum, lines);
        for work in [EDEN, TIDE] {
            let begun = Instant::now();
            let said = museum.vitrine(&["revert", work.name]).output().unwrap();
            assert!(said.status.success(), "{said:?}");
            museum.well_again(&[work], Instant::now());
            let still = stillness(museum, work, begun);
            println!("    {way}, by {}: the picture stood still for {still:.2} s", work.graphics);
            // A full revert brings a new viewer.
            let judge = if way == "in place" { not_one_frame } else { hardly_a_frame };
            judge(museum, &WORKS, begun);
        }
    }
}

fn nothing_but_artworks_is_seen_when_viewers_die(museum: &mut Museum) {
    welcome(museum, "");
    for work in WORKS {
        let before = pids(museum, work);
        let begun = Instant::now();
        museum.viewers(work).into_iter().for_each(|pid| kill_process(pid, Signal::KILL).unwrap());
        museum.wait("a new viewer", || pids(museum, work).is_disjoint(&before));
        museum.well_again(&[work], Instant::now());
        println!("    {}: the picture stood still for {:.2} s", work.name, stillness(museum, work, begun));
        hardly_a_frame(museum, &WORKS, begun);
    }
}

fn a_viewer_that_hangs(museum: &mut Museum) {
    welcome(museum, "");
    let (before, recoveries) = (pids(museum, EDEN), museum.recoveries(EDEN));
    let begun = Instant::now();
    museum.viewers(EDEN).into_iter().for_each(|pid| kill_process(pid, Signal::STOP).unwrap());
    museum.wait("a new viewer", || pids(museum, EDEN).is_disjoint(&before));
    museum.well_again(&[EDEN], Instant::now());
    println!("    the picture stood still for {:.2} s", stillness(museum, EDEN, begun));
    hardly_a_frame(museum, &WORKS, begun);
    assert_eq!(museum.recoveries(EDEN), recoveries, "the VM is not to blame");
}

/// As when staff open virt-manager: SPICE has room for one client only.
fn a_second_client_takes_the_connection(museum: &mut Museum) {
    welcome(museum, "");
    let (before, recoveries) = (pids(museum, EDEN), museum.recoveries(EDEN));
    let begun = Instant::now();
    let mut staff = museum.another_client(&museum.display_uri(EDEN));
    museum.wait("a new viewer", || pids(museum, EDEN).is_disjoint(&before));
    museum.well_again(&[EDEN], Instant::now());
    took("well again", begun);
    let _ = staff.kill();
    let _ = staff.wait();
    museum.well_again(&WORKS, Instant::now());
    assert_eq!(museum.recoveries(EDEN), recoveries, "the VM is not to blame");
}

/// The local ends of a viewer's connections to its artwork.
fn connections(museum: &Museum, work: Work) -> Vec<String> {
    let uri = museum.display_uri(work);
    let port: u16 = uri.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("a port");
    // libvirt tells a display of VNC, which are counted from port 5900.
    let port = if uri.starts_with("vnc:") { 5900 + port } else { port };
    let said = ss(&["-Htn", "state", "established", &format!("dport = :{port}")]);
    said.lines().filter_map(|line| line.split_whitespace().nth(2).map(str::to_owned)).collect()
}

/// Cuts connections as a network does that fails: both ends get an error.
fn cut(ends: &[String]) {
    for end in ends {
        let (address, port) = end.rsplit_once(':').expect("a port");
        ss(&["-Ktn", "src", address, "sport", "=", &format!(":{port}")]);
    }
}

fn ss(arguments: &[&str]) -> String {
    let said = Command::new("ss").args(arguments).output().expect("ss: install iproute2");
    String::from_utf8_lossy(&said.stdout).into_owned()
}

/// All of a viewer's connections, then each single one: SPICE has one for each channel, and a viewer that loses the
/// one of the picture goes on with a picture that stands still.
fn connections_are_cut(museum: &mut Museum) {
    for work in [EDEN, TIDE] {
        welcome(museum, "");
        cut_one_by_one(museum, work);
    }
}

fn cut_one_by_one(museum: &mut Museum, work: Work) {
    let others: Vec<Work> = WORKS.into_iter().filter(|other| other.name != work.name).collect();
    let recoveries = museum.recoveries(work);
    let all = connections(museum, work).len();
    assert!(all > 0, "the viewer has no connection");
    for which in std::iter::once(None).chain((0..all).map(Some)) {
        let mut ends = connections(museum, work);
        ends.sort();
        let ends = which.map_or(ends.clone(), |n| ends.get(n).cloned().into_iter().collect());
        let begun = Instant::now();
        cut(&ends);
        museum.well_again(&[work], begun);
        let seen = museum.eye.on(work.screen);
        let away = seen.away(work.look, begun);
        println!(
            "    {}: {which:?} of {all} cut: the picture stood still for {:.2} s, and was away for {:.3} s",
            work.name,
            stillness(museum, work, begun),
            away.as_secs_f64()
        );
        // The viewer learns of it as soon as libvirt does, and may be black for a frame before the curtain is up.
        assert!(away < Duration::from_millis(100), "{}", seen.story(begun));
        hardly_a_frame(museum, &others, begun);
    }
    assert_eq!(museum.recoveries(work), recoveries, "the VM is not to blame");
}

/// A window with a message in the middle of all screens, as an error box would be.
fn message(museum: &Museum) -> Child {
    let mut command = Command::new("xmessage");
    command.args(["-center", "-buttons", "", "-bg", "white", "-font", "fixed"]);
    command.arg("something went wrong \n".repeat(12)).env("DISPLAY", &museum.x.display);
    command.stderr(Stdio::null()).spawn().expect("xmessage: install x11-utils")
}

/// Whether the message is to be seen: much of the middle of one of the screens is white. The window manager chooses
/// which one.
fn white(museum: &Museum) -> bool {
    museum.shots().values().any(|shot| {
        let middle = |x: &u32, y: &u32| (350..450).contains(x) && (250..350).contains(y);
        let pixels = shot.enumerate_pixels().filter(|(x, y, _)| middle(x, y));
        pixels.filter(|(_, _, pixel)| pixel.0 == [255, 255, 255]).count() > 5000
    })
}

fn windows_of_other_programs_stay_behind(museum: &mut Museum) {
    welcome(museum, "");
    let viewers = WORKS.map(|work| pids(museum, work));
    let before = museum.log().matches("\"xmessage\" of xmessage came in front").count();
    let begun = Instant::now();
    let mut message = message(museum);
    let told = |museum: &Museum| museum.log().matches("\"xmessage\" of xmessage came in front").count();
    museum.wait("the message is noticed", || told(museum) > before);
    museum.wait("the message is behind", || !white(museum));
    took("the message was behind", begun);
    museum.wait_picture(&WORKS, Instant::now());
    assert!(message.try_wait().unwrap().is_none(), "its program lives on");
    assert_eq!(WORKS.map(|work| pids(museum, work)), viewers);
    let _ = message.kill();
    let _ = message.wait();
}

fn a_hold_lets_staff_work_in_front(museum: &mut Museum) {
    welcome(museum, "");
    assert!(museum.vitrine(&["hold", "--all"]).status().unwrap().success());
    let mut message = message(museum);
    museum.wait("the message is in front", || white(museum));
    assert!(museum.vitrine(&["resume", "--all"]).status().unwrap().success());
    museum.wait("the message is behind", || !white(museum));
    let _ = message.kill();
    let _ = message.wait();
    museum.well_again(&WORKS, Instant::now());
}

fn monitors_are_unplugged_one_by_one(museum: &mut Museum) {
    welcome(museum, "");
    for work in WORKS {
        let others: Vec<Work> = WORKS.into_iter().filter(|other| other.name != work.name).collect();
        let viewers: Vec<_> = others.iter().map(|other| pids(museum, *other)).collect();
        let output = format!("DUMMY{}", work.screen);
        let begun = Instant::now();
        museum.x.unplug(&output);
        museum.wait("the viewer leaves with its monitor", || museum.viewers(work).is_empty());
        took(&format!("{output}: the viewer has left"), begun);
        museum.wait_status("the screen is told to be missing", |site| {
            exhibit(site, work.name)["screens"][0]["connector"].is_null()
        });
        let plugged = Instant::now();
        museum.x.plug(&output);
        museum.well_again(&[work], plugged);
        took(&format!("{output}: plugged in again, its artwork moves"), plugged);
        hardly_a_frame(museum, &others, begun);
        assert_eq!(others.iter().map(|other| pids(museum, *other)).collect::<Vec<_>>(), viewers);
    }
}

/// An EDID with this serial number.
fn edid(serial: u8) -> Vec<u8> {
    let mut edid = vec![0u8; 128];
    edid[..8].copy_from_slice(&[0, 255, 255, 255, 255, 255, 255, 0]);
    edid[8..16].copy_from_slice(&[0x10, 0xAC, 0xB7, 0x40, serial, 0, 0, 0]);
    edid
}

fn a_monitor_moves_to_another_connector(museum: &mut Museum) {
    welcome(museum, "");
    museum.x.set_edid("DUMMY2", &edid(7));
    let text = config(museum, "").replace("\"DUMMY2\"", "\"edid:DEL-40B7-7\"");
    let mode = "[[screen]]\nname = \"edid:DEL-40B7-7\"\nmode = \"800x600\"\n";
    museum.reload(&format!("{text}{mode}"));
    museum.well_again(&WORKS, Instant::now());
    let begun = Instant::now();
    museum.x.unplug("DUMMY2");
    museum.wait("the viewer leaves with its monitor", || museum.viewers(TIDE).is_empty());
    let plugged = Instant::now();
    museum.x.set_edid("DUMMY3", &edid(7));
    museum.x.plug("DUMMY3");
    // It is lit to the right of all others.
    museum.well_again(&[Work { screen: 3, ..TIDE }], plugged);
    took("the artwork moves on the other connector", plugged);
    hardly_a_frame(museum, &[EDEN, ORBIT], begun);
    museum.x.unplug("DUMMY3");
    museum.wait("the viewer leaves with its monitor", || museum.viewers(TIDE).is_empty());
    museum.x.xrandr("--output DUMMY3 --off");
    museum.x.plug("DUMMY2");
    museum.well_again(&WORKS, Instant::now());
}

fn another_monitor_becomes_the_primary_one(museum: &mut Museum) {
    welcome(museum, "");
    let viewers = WORKS.map(|work| pids(museum, work));
    let begun = Instant::now();
    for output in ["DUMMY2", "DUMMY1", "DUMMY0"] {
        museum.x.xrandr(&format!("--output {output} --primary"));
        museum.wait_status("the primary monitor is known", |site| {
            let screens = site["screens"].as_array().unwrap();
            screens.iter().any(|screen| screen["connector"] == output && screen["primary"] == true)
        });
    }
    museum.wait_picture(&WORKS, Instant::now());
    not_one_frame(museum, &WORKS, begun);
    assert_eq!(WORKS.map(|work| pids(museum, work)), viewers);
}

fn a_screen_that_is_switched_off_is_lit_again(museum: &mut Museum) {
    welcome(museum, "");
    let begun = Instant::now();
    museum.x.xrandr("--output DUMMY2 --off");
    museum.wait("it is lit again", || museum.lit().contains("DUMMY2"));
    museum.well_again(&[TIDE], Instant::now());
    took("the artwork moves again", begun);
    // Openbox brings what stood there to another monitor, where Vitrine then makes it invisible.
    for work in [EDEN, ORBIT] {
        let seen = museum.eye.on(work.screen);
        let away = seen.away(work.look, begun);
        assert!(away < Duration::from_millis(100), "{}: {}", work.name, seen.story(begun));
    }
}

fn artworks_swap_their_monitors(museum: &mut Museum) {
    welcome(museum, "");
    let begun = Instant::now();
    let text = config(museum, "");
    let swapped = text.replace("DUMMY0", "DUMMY9").replace("DUMMY1", "DUMMY0").replace("DUMMY9", "DUMMY1");
    museum.reload(&swapped);
    museum.well_again(&[Work { screen: 1, ..EDEN }, Work { screen: 0, ..ORBIT }], begun);
    took("both are on each other's monitor", begun);
    hardly_a_frame(museum, &[TIDE], begun);
    museum.reload(&text);
    museum.well_again(&WORKS, Instant::now());
}

fn a_layout_is_set_up(museum: &mut Museum) {
    welcome(museum, "");
    let begun = Instant::now();
    let text = config(museum, "");
    let layout = "[[screen]]\nname = \"DUMMY2\"\nmode = \"1024x768\"\nposition = [2000, 0]\nprimary = true\n";
    museum.reload(&format!("{text}{layout}"));
    museum.wait("the layout", || museum.lit().contains("1024x768 at 2000,0"));
    museum.wait_status("TIDE is shown there", |site| exhibit(site, TIDE.name)["viewer"] == "shown");
    let back = "[[screen]]\nname = \"DUMMY2\"\nmode = \"800x600\"\nposition = [1600, 0]\n\
        [[screen]]\nname = \"DUMMY0\"\nprimary = true\n";
    museum.reload(&format!("{text}{back}"));
    museum.well_again(&WORKS, Instant::now());
    // With another size of the X screen, everything may be painted anew.
    for work in [EDEN, ORBIT] {
        let seen = museum.eye.on(work.screen);
        let away = seen.away(work.look, begun);
        assert!(away < Duration::from_millis(100), "{}: {}", work.name, seen.story(begun));
    }
}

fn a_screen_is_rotated(museum: &mut Museum) {
    welcome(museum, "");
    let begun = Instant::now();
    let text = config(museum, "");
    let rotated = |to: &str| format!("{text}[[screen]]\nname = \"DUMMY2\"\nrotation = \"{to}\"\n");
    for (rotation, size) in [("left", "600x800"), ("inverted", "800x600"), ("normal", "800x600")] {
        museum.reload(&rotated(rotation));
        museum.wait("the rotation", || museum.x.rotation("DUMMY2") == rotation);
        museum.wait("the place", || museum.lit().contains(&format!("DUMMY2  {size} at 1600,0")));
        museum.wait_status("TIDE is shown there", |site| exhibit(site, TIDE.name)["viewer"] == "shown");
    }
    museum.well_again(&WORKS, Instant::now());
    hardly_a_frame(museum, &[EDEN, ORBIT], begun);
}

fn screens_are_identified(museum: &mut Museum) {
    welcome(museum, "");
    museum.keep_shots("artworks.png");
    let mut plates = museum.vitrine(&["screens", "--identify"]).spawn().unwrap();
    museum.wait("a plate on each screen", || {
        museum.shots().values().all(|shot| {
            let plate = || (200..600).flat_map(|x| (220..380).map(move |y| shot.get_pixel(x, y).0));
            let (dark, bright) = (plate().filter(|p| *p == [0; 3]), plate().filter(|p| *p == [255; 3]));
            dark.count() > 40_000 && bright.count() > 500
        })
    });
    museum.keep_shots("identify.png");
    plates.kill().unwrap();
    plates.wait().unwrap();
    museum.wait_picture(&WORKS, Instant::now());
}

fn a_poster_covers_what_is_stopped(museum: &mut Museum) {
    let file = museum.path("poster.png");
    image::RgbImage::from_pixel(400, 300, image::Rgb([30, 90, 150])).save(&file).unwrap();
    welcome(museum, "");
    let lines = format!("curtain = {{ poster = \"{}\", text = \"Back in a moment\" }}", file.display());
    museum.reload(&config(museum, &lines));
    museum.wait_log("configuration read again: 0 new, 0 gone, 3 changed");
    assert!(museum.vitrine(&["stop", EDEN.name]).status().unwrap().success());
    museum.eye.wait("the poster", |screens| screens[0].look() == Some(Look::Other([30, 90, 150])));
    let shots = museum.shots();
    let shot = &shots["DUMMY0"];
    let bright = shot.enumerate_pixels().filter(|(_, y, p)| *y > 540 && p.0[0] > 200).count();
    assert!(bright > 50, "there is text at the foot: {bright}");
    assert_eq!(shot.get_pixel(400, 10).0, [30, 90, 150]);
    museum.keep_shots("poster.png");
    assert!(museum.vitrine(&["start", EDEN.name]).status().unwrap().success());
    museum.well_again(&WORKS, Instant::now());
}

fn no_monitor_at_the_start(museum: &mut Museum) {
    welcome(museum, "");
    museum.end(Signal::TERM);
    for work in WORKS {
        museum.x.unplug(&format!("DUMMY{}", work.screen));
    }
    museum.run(&config(museum, ""));
    museum.wait_status("the VMs are watched over", |site| {
        WORKS.iter().all(|work| exhibit(site, work.name)["phase"] == "healthy")
    });
    for work in WORKS {
        assert!(museum.viewers(work).is_empty(), "{}", work.name);
        museum.x.plug(&format!("DUMMY{}", work.screen));
    }
    museum.well_again(&WORKS, Instant::now());
}

/// Whatever happens to monitors, viewers and windows: afterwards every screen is right.
fn random_operations(museum: &mut Museum) {
    welcome(museum, "");
    let (mut dice, seed) = Dice::seeded();
    let count = number("VITRINE_OPERATIONS", 40);
    println!("    VITRINE_SEED={seed} VITRINE_OPERATIONS={count}");
    let mut plugged = [true; 3];
    let mut messages: Vec<Child> = Vec::new();
    // xrandr moves all screens when it switches the leftmost one off; so their places are laid down.
    let layout: String = WORKS
        .map(|work| {
            let (n, x) = (work.screen, work.screen * 800);
            format!("[[screen]]\nname = \"DUMMY{n}\"\nmode = \"800x600\"\nposition = [{x}, 0]\n")
        })
        .concat();
    let usual = config(museum, "") + &layout;
    let other = config(museum, "hide_pointer = true") + &layout;
    museum.reload(&usual);
    for n in 0..count {
        let work = WORKS[dice.roll(3)];
        let output = format!("DUMMY{}", work.screen);
        let signal = |signal| {
            museum.viewers(work).into_iter().for_each(|pid| {
                // It may have ended meanwhile.
                let _ = kill_process(pid, signal);
            });
        };
        let what = match dice.roll(10) {
            0 | 1 if plugged[work.screen] => {
                plugged[work.screen] = false;
                museum.x.unplug(&output);
                "unplugged"
            }
            0 | 1 => {
                plugged[work.screen] = true;
                museum.x.plug(&output);
                "plugged in"
            }
            2 => {
                signal(Signal::KILL);
                "viewer killed"
            }
            3 => {
                signal(Signal::STOP);
                "viewer stopped"
            }
            4 => {
                signal(Signal::TERM);
                "viewer told to end"
            }
            5 => {
                let _ = museum.x.try_xrandr(&format!("--output {output} --primary"));
                "primary"
            }
            6 => {
                messages.push(message(museum));
                "covered"
            }
            7 => {
                museum.reload(if dice.roll(2) == 0 { &usual } else { &other });
                "reloaded"
            }
            8 => {
                // It may come just when Vitrine sets up the screens, and is refused then.
                let _ = museum.x.try_xrandr(&format!("--output {output} --off"));
                "switched off"
            }
            9 => {
                cut(&connections(museum, work));
                "cut"
            }
            _ => "left alone",
        };
        println!("    {n}: {output} {what}");
        // Now and then everything may come to rest, and mostly not.
        let rest = [0, 0, 20, 200, 1000][dice.roll(5)];
        std::thread::sleep(Duration::from_millis(rest));
    }
    for work in WORKS {
        if !plugged[work.screen] {
            museum.x.plug(&format!("DUMMY{}", work.screen));
        }
    }
    museum.reload(&usual);
    let calm = Instant::now();
    museum.well_again(&WORKS, calm);
    took("all is right", calm);
    for mut message in messages {
        let _ = message.kill();
        let _ = message.wait();
    }
    museum.wait_picture(&WORKS, Instant::now());
}
