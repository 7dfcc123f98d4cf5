//! The snapshot that an artwork comes back to is replaced, and cut off anywhere in between: QEMU, libvirtd, Vitrine and
//! its viewer are killed in one moment, as when the power fails. Afterwards the artwork must come back by itself.
//!
//! Needs root for Xorg, and what `deploy/packages run demo test` installs. `VITRINE_CUTS` says how often, `VITRINE_SEED`
//! when.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails panics")]

mod common;

use std::collections::BTreeMap;
use std::fs::File;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::dice::{Dice, number};
use common::museum::{EDEN, Museum, exhibit};

/// What the command says goes to a file, so that it is there however the command ends.
fn replace(museum: &Museum) -> Child {
    let told = File::create(museum.path("told")).unwrap();
    let said = told.try_clone().unwrap();
    let mut command = museum.vitrine(&["snapshot", "create", EDEN.name]);
    command.stdout(Stdio::from(said)).stderr(Stdio::from(told)).spawn().expect("vitrine")
}

fn told(museum: &Museum) -> String {
    std::fs::read_to_string(museum.path("told")).unwrap()
}

/// One replacement that nobody disturbs; for how long it took.
fn undisturbed(museum: &Museum) -> Duration {
    let begun = Instant::now();
    let status = replace(museum).wait().unwrap();
    let (took, told) = (begun.elapsed(), told(museum));
    assert!(status.success(), "{told}");
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("the former ready"), "it says beforehand what it does: {told}");
    assert!(told.contains("waiting for a sign of life"), "it says how far it is: {told}");
    assert_eq!(museum.snapshots(EDEN), ["ready"], "nothing is left over");
    museum.well_again(&[EDEN], Instant::now());
    took
}

#[test]
fn wherever_a_replacement_is_cut_off_the_artwork_comes_back() {
    common::eye::heed_signals();
    let (mut dice, seed) = Dice::seeded();
    let cuts = number("VITRINE_CUTS", 4);
    println!("    VITRINE_SEED={seed} VITRINE_CUTS={cuts}");
    let mut museum = Museum::open_with(&[EDEN]);
    museum.welcome();
    let whole = undisturbed(&museum);
    println!("    a replacement takes {:.2} s", whole.as_secs_f64());
    let mut steps: BTreeMap<String, u64> = BTreeMap::new();
    let mut left: BTreeMap<String, u64> = BTreeMap::new();
    let mut longest = Duration::ZERO;
    for number in 1..=cuts {
        let mut command = replace(&museum);
        let nanoseconds = dice.roll(usize::try_from(whole.as_nanos()).unwrap()) as u64;
        // Nothing is waited for: this is the random instant.
        std::thread::sleep(Duration::from_nanos(nanoseconds));
        museum.cut_power(EDEN);
        command.wait().unwrap();
        let step = told(&museum)
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("eden-garden: ").map(str::to_owned));
        *steps.entry(step.unwrap_or_else(|| "before the first step".to_owned())).or_default() += 1;

        let begun = Instant::now();
        museum.power_on();
        museum.well_again(&[EDEN], begun);
        longest = longest.max(begun.elapsed());
        *left.entry(museum.snapshots(EDEN).join(", ")).or_default() += 1;
        let log = museum.log();
        assert!(log.contains("starting by full revert"), "cut {number}: not from a snapshot: {log}");
        let site = museum.status().expect("a status");
        let eden = exhibit(&site, EDEN.name);
        assert_eq!(eden["snapshot_exists"], true, "cut {number}");
        assert_eq!(eden["last_incident"], serde_json::Value::Null, "cut {number}: {log}");
    }
    println!("    where it was cut off: {steps:?}");
    println!("    what was there then: {left:?}");
    println!("    well and shown at the latest {:.1} s after the power was back", longest.as_secs_f64());
    undisturbed(&museum);
}
