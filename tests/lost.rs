//! What must never be lost: a snapshot that is whole, and what staff have prepared. Snapshots are made, replaced,
//! loaded, converted and deleted on VMs of many kinds, and QEMU, libvirtd and Vitrine are killed meanwhile.
//!
//! Needs root for Xorg, and what `deploy/packages run demo test` installs. `VITRINE_ORDERS` says how many VMs,
//! `VITRINE_REPLACEMENTS` how many replacements under a guest that writes, `VITRINE_SEED` which and when.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails panics")]

mod common;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use common::dice::{Dice, number};
use common::museum::{EDEN, Museum, Work};
use serde_json::{Value, json};

/// Two museums at a time would only wait for each other.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a command says goes to a file, so that it is there however the command ends.
fn begin(museum: &Museum, words: &[&str]) -> Child {
    let told = File::create(museum.path("told")).unwrap();
    let said = told.try_clone().unwrap();
    let mut command = museum.vitrine(words);
    command.stdout(Stdio::from(said)).stderr(Stdio::from(told)).spawn().expect("vitrine")
}

fn told(museum: &Museum) -> String {
    std::fs::read_to_string(museum.path("told")).unwrap()
}

/// The images that a VM writes to, and its NVRAM.
fn images(museum: &Museum, work: Work) -> Vec<PathBuf> {
    let all =
        ["", "-2", "_VARS"].map(|part| museum.libvirtd.path(&format!("guest/{}{part}.qcow2", work.name)));
    all.into_iter().filter(|image| image.exists()).collect()
}

fn qemu_img(words: &[&str], image: &Path) -> Value {
    let said =
        Command::new("qemu-img").args(words).arg(image).output().expect("qemu-img: install qemu-utils");
    serde_json::from_slice(&said.stdout)
        .unwrap_or_else(|_| panic!("{}: {}", image.display(), String::from_utf8_lossy(&said.stderr)))
}

/// The names of the snapshots in an image, and how much memory each has there.
fn parts(image: &Path) -> Vec<(String, u64)> {
    let info = qemu_img(&["info", "-U", "--output=json"], image);
    let snapshots = info["snapshots"].as_array().cloned().unwrap_or_default();
    let part =
        |one: &Value| (one["name"].as_str().unwrap().to_owned(), one["vm-state-size"].as_u64().unwrap());
    snapshots.iter().map(part).collect()
}

/// Fails where an image is damaged. How many clusters nobody uses: that is what a QEMU that was killed leaves.
fn leaks(image: &Path) -> u64 {
    let found = qemu_img(&["check", "--output=json", "-f", "qcow2"], image);
    let count = |what: &str| found[what].as_u64().unwrap_or(0);
    assert_eq!((count("corruptions"), count("check-errors")), (0, 0), "{}: {found}", image.display());
    count("leaks")
}

#[test]
fn images_of_a_guest_that_writes_stay_sound_while_its_snapshot_is_replaced() {
    let _alone = alone();
    common::eye::heed_signals();
    let (mut dice, seed) = Dice::seeded();
    let replacements = number("VITRINE_REPLACEMENTS", 3);
    println!("    VITRINE_SEED={seed} VITRINE_REPLACEMENTS={replacements}");
    let work = Work { words: "--disks 2", ..EDEN };
    let mut museum = Museum::open_with(&[work]);
    museum.welcome();
    museum.agent(work, "demo-write", &json!({ "on": 1 })).expect("the guest writes");

    let mut whole = Duration::ZERO;
    let (mut cuts, mut leaked, mut blocks) = (0, 0, 0);
    let replace = |museum: &Museum| {
        let begun = Instant::now();
        assert!(
            begin(museum, &["snapshot", "create", work.name]).wait().unwrap().success(),
            "{}",
            told(museum)
        );
        let took = begun.elapsed();
        museum.well_again(&[work], Instant::now());
        took
    };
    for number in 0..=replacements {
        if number > 0 && number % 3 == 0 {
            let mut command = begin(&museum, &["snapshot", "create", work.name]);
            let nanoseconds = dice.roll(usize::try_from(whole.as_nanos()).unwrap()) as u64;
            // Nothing is waited for: this is the random instant.
            std::thread::sleep(Duration::from_nanos(nanoseconds));
            museum.cut_power(work);
            command.wait().unwrap();
            cuts += 1;
            leaked += images(&museum, work).iter().map(|image| leaks(image)).sum::<u64>();
            let begun = Instant::now();
            museum.power_on();
            museum.well_again(&[work], begun);
            assert!(museum.log().contains("starting by full revert"), "cut {cuts}: {}", museum.log());
        } else {
            whole = replace(&museum);
        }
        museum.wait("the guest's agent", || museum.agent(work, "guest-ping", &json!({})).is_some());
        let ledger = museum.agent(work, "demo-check", &json!({})).expect("the ledger");
        assert_eq!(ledger["wrong"], 0, "replacement {number}: {ledger}");
        blocks = ledger["last"].as_u64().unwrap();
        assert!(blocks > 0, "the snapshot is of a guest that writes");
    }
    replace(&museum);
    assert_eq!(museum.snapshots(work), ["ready"]);
    assert!(begin(&museum, &["stop", work.name]).wait().unwrap().success(), "{}", told(&museum));
    for image in images(&museum, work) {
        let names: Vec<_> = parts(&image).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["ready"], "nothing is left over in {}", image.display());
        leaks(&image);
    }
    println!(
        "    {replacements} replacements, of which {cuts} were cut off; {blocks} blocks written since the first; \
         {leaked} clusters left over by cuts; no image damaged, no block wrong"
    );
}
