//! The machine: X server, window manager, libvirtd, QEMU, viewers and `vitrine`, all real, and an eye on the
//! screens. The cases share one museum, one after the other; a case that fails leaves the next a new one.
//!
//! Needs root for Xorg, and what `deploy/packages run demo test` installs. `VITRINE_BIN` names another
//! program than the one that was built with the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails panics")]

mod common;

use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use common::eye::Look;
use common::museum::{EDEN, Museum, ORBIT, RULES, Work};
use libtest_mimic::{Arguments, Trial};
use rustix::process::{Signal, kill_process};

type Case = fn(&mut Museum);

const CASES: &[(&str, Case)] = &[
    ("artworks_appear_as_fast_as_by_hand", artworks_appear_as_fast_as_by_hand),
    ("a_guest_that_freezes", |m| breaks(m, "f", "heartbeat lost")),
    ("a_guest_that_panics", |m| breaks(m, "p", "guest panicked")),
    ("a_guest_that_powers_off", |m| breaks(m, "o", "VM stopped")),
    ("a_guest_that_goes_silent", |m| breaks(m, "s", "heartbeat lost")),
    ("a_guest_with_a_blue_screen", |m| breaks(m, "b", "heartbeat lost")),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let museum: Arc<Mutex<Option<Museum>>> = Arc::default();
    let trials = CASES.iter().map(|&(name, case)| {
        let museum = Arc::clone(&museum);
        Trial::test(name, move || {
            // Taken out meanwhile: with a case that fails, its museum ends.
            let open = museum.lock().unwrap_or_else(PoisonError::into_inner).take();
            let mut open = open.unwrap_or_else(Museum::open);
            let begun = Instant::now();
            case(&mut open);
            println!("    {name}: {:.1} s", begun.elapsed().as_secs_f64());
            *museum.lock().unwrap_or_else(PoisonError::into_inner) = Some(open);
            Ok(())
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    drop(museum.lock().unwrap_or_else(PoisonError::into_inner).take());
    conclusion.exit_code()
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
    museum.wait_status("it was mended", |site| {
        common::museum::exhibit(site, EDEN.name)["recoveries"].as_u64() > Some(before)
    });
    museum.well_again(&[EDEN], Instant::now());
    let garden = museum.eye.on(EDEN.screen);
    println!(
        "    the picture stood still or was away for {} at a time, and was not to be seen for {}: {}",
        seconds(garden.longest_gap(EDEN.look, begun)),
        seconds(garden.away(EDEN.look, begun)),
        garden.story(begun),
    );
    let site = museum.status().unwrap();
    let incident = &common::museum::exhibit(&site, EDEN.name)["last_incident"];
    assert_eq!(incident["symptom"], symptom, "{incident}");
    undisturbed(museum, ORBIT, begun);
}

/// Nothing but the artwork was to be seen since then.
fn undisturbed(museum: &Museum, work: Work, since: Instant) {
    let seen = museum.eye.on(work.screen);
    assert_eq!(seen.away(work.look, since), Duration::ZERO, "{}: {}", work.name, seen.story(since));
    museum.wait_picture(&[work], Instant::now());
}
