//! The doctor before real parts: X server, libvirtd, QEMU, viewers and the daemon. What is well is called well, no
//! picture is disturbed while it looks, and faults that are planted one after the other are each named first or second.
//!
//! Needs root for Xorg and for file systems that are mounted, and what `deploy/packages run demo test` installs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails panics")]

#[path = "doctor/asking.rs"]
mod asking;
mod common;
#[path = "doctor/computer.rs"]
mod computer;
#[path = "doctor/faults.rs"]
mod faults;
#[path = "doctor/fixes.rs"]
mod fixes;
#[path = "doctor/hangs.rs"]
mod hangs;
#[path = "doctor/spare.rs"]
mod spare;

use std::process::{ExitCode, Output};
use std::time::{Duration, Instant};

use common::cases::{Alone, Case};
use common::museum::{EDEN, Museum, ORBIT};
use serde_json::Value;

const CASES: &[Case] = &[
    ("a_healthy_museum_is_well_and_undisturbed", a_healthy_museum_is_well_and_undisturbed),
    ("each_fault_of_a_vm_is_named", faults::each_fault_of_a_vm_is_named),
    ("each_fault_of_the_museum_is_named", faults::each_fault_of_the_museum_is_named),
    (
        "a_machine_that_an_upgrade_has_dropped_is_told_before_it_is_needed",
        faults::a_machine_that_an_upgrade_has_dropped_is_told_before_it_is_needed,
    ),
    (
        "what_hangs_meanwhile_is_unknown_and_nobody_elses_fault",
        hangs::what_hangs_meanwhile_is_unknown_and_nobody_elses_fault,
    ),
    // The last one, since the X server does not come back.
    ("what_dies_meanwhile_is_named_alone", hangs::what_dies_meanwhile_is_named_alone),
];

/// Those that take no museum.
const ALONE: &[Alone] = &[
    ("each_check_that_fixes_is_tried", fixes::each_check_that_fixes_is_tried),
    ("fixes_fix_and_can_be_taken_back", fixes::fixes_fix_and_can_be_taken_back),
];

fn main() -> ExitCode {
    match computer::inside().as_deref() {
        None => return common::cases::run_with(CASES, Museum::open, ALONE),
        Some("fixes") => fixes::inside(),
        Some(other) => panic!("{other}: what is that?"),
    }
    ExitCode::SUCCESS
}

/// What a finding is about, and how bad it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    check: String,
    exhibit: Option<String>,
    verdict: String,
    evidence: String,
}

impl Found {
    /// Whether it tells of the machine that the tests run on, which others keep busy: guests beat late then.
    fn is_of_a_busy_machine(&self) -> bool {
        self.check.starts_with("performance.") || self.check == "guest.rhythm"
    }

    /// How bad it is, the worst first.
    fn rank(&self) -> usize {
        ["ill", "warning", "advice", "unknown", "well"]
            .iter()
            .position(|verdict| *verdict == self.verdict)
            .expect("a verdict")
    }
}

/// What the doctor finds, the worst first, and how long it took.
fn doctor(museum: &Museum, arguments: &[&str]) -> (Vec<Found>, Duration) {
    let mut words = vec!["doctor", "--json"];
    words.extend(arguments);
    let begun = Instant::now();
    let output = museum.vitrine(&words).output().expect("vitrine");
    let took = begun.elapsed();
    (findings(&output), took)
}

/// What a doctor has found that has ended, the worst first.
fn findings(output: &Output) -> Vec<Found> {
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found: Vec<_> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| Found {
            check: text(&finding["check"]),
            exhibit: finding["exhibit"].as_str().map(str::to_owned),
            verdict: text(&finding["verdict"]),
            evidence: text(&finding["evidence"]["text"]),
        })
        .collect();
    let ill = found.iter().any(|found| found.verdict == "ill");
    assert_eq!(output.status.code(), Some(i32::from(ill)), "the exit code is 1 only where something is ill");
    found.sort_by_key(Found::rank);
    found
}

/// What in the surroundings of these tests is not as on a kiosk: no systemd, no log-in, a libvirtd of the test's own, with
/// its images in the folder for temporary files, which Debian 13 has in memory.
const SURROUNDINGS: &[&str] = &[
    "host.",
    "kvm.",
    "permissions.",
    "libvirt.",
    "session.",
    "performance.",
    "image.folder",
    "image.memory-only",
];

/// What is ill or a warning, besides the surroundings.
fn unwell(found: &[Found]) -> Vec<&Found> {
    let of_surroundings = |found: &Found| SURROUNDINGS.iter().any(|area| found.check.starts_with(area));
    found.iter().filter(|found| found.rank() < 2 && !of_surroundings(found)).collect()
}

fn a_healthy_museum_is_well_and_undisturbed(museum: &mut Museum) {
    museum.welcome();
    let begun = Instant::now();
    let (found, took) = doctor(museum, &[]);
    let advice: Vec<_> =
        found.iter().filter(|found| found.verdict == "advice").map(|found| &found.check).collect();
    println!("    {} findings after {:.2} s; advice: {advice:?}", found.len(), took.as_secs_f64());
    for work in [EDEN, ORBIT] {
        let seen = museum.eye.on(work.screen);
        let away = seen.away(work.look, begun);
        println!(
            "    {}: longest without a move {:.2} s",
            work.name,
            seen.longest_gap(work.look, begun).as_secs_f64()
        );
        assert_eq!(away, Duration::ZERO, "{} was not to be seen: {}", work.name, seen.story(begun));
    }
    let unwell = unwell(&found);
    assert!(unwell.is_empty(), "{unwell:#?}");
    let areas = ["image.", "definition.", "snapshot.", "display.", "api.", "guest."];
    for area in areas {
        assert!(found.iter().any(|found| found.check.starts_with(area) && found.verdict == "well"), "{area}");
    }
}
