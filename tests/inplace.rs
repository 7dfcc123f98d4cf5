//! Reverts in place, with all that a snapshot can lie in: one disk, two, the NVRAM of a UEFI machine, a TPM.
//!
//! Needs the packages named in tests/common/libvirtd.rs, and ovmf, swtpm and swtpm-tools.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use common::libvirtd::Libvirtd;
use common::rig::A;
use common::stage::Stage;
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use vitrine::core::types::{Failure, PauseReason, VmAction, VmState};

/// Enough for a UEFI machine.
const UEFI: &str = "--firmware uefi --memory 256 --graphics vnc";
const BIOS: &str = "--graphics vnc";

/// Whether an image has these bytes there, for a reader besides QEMU.
fn has_pattern(image: &Path, pattern: &str) -> bool {
    let read = format!("read -P {pattern} 256k 4k");
    let said = Command::new("qemu-io").args(["-r", "-U", "-f", "qcow2", "-c", &read]).arg(image).output();
    let said = said.expect("qemu-io: install qemu-utils");
    said.status.success() && !String::from_utf8_lossy(&said.stdout).contains("verification failed")
}

#[tokio::test(flavor = "multi_thread")]
async fn one_disk_or_two_are_of_the_moment_that_memory_is() {
    let mut stage = Stage::new(&format!("{BIOS} --disks 2")).await;
    let parts = stage.parts("ready");
    println!("the parts, and which one is the memory: {parts:?}");
    for turn in 2..5 {
        stage.mark(turn);
        assert_eq!(stage.in_place("ready").await, Ok(()));
        stage.is_at(1).await;
    }
    stage.mark(2);
    stage.domain.suspend().unwrap();
    stage.rig.seen(A, VmState::Paused(PauseReason::Suspended)).await;
    assert_eq!(stage.in_place("ready").await, Ok(()));
    stage.is_at(1).await;

    // Wherever libvirt has put the memory: QEMU is told to put it into the one, and into the other.
    for (turn, (node, _)) in parts.iter().enumerate() {
        let turn = i64::try_from(turn).unwrap() + 10;
        stage.mark(turn);
        for (image, _) in &parts {
            stage.delete_part(image, "ready");
        }
        let devices: Vec<_> = parts.iter().map(|(node, _)| node).collect();
        let job = format!("test-{turn}");
        let save = json!({ "job-id": job, "tag": "ready", "vmstate": node, "devices": devices });
        stage.qmp("snapshot-save", &save);
        while stage.qmp("query-jobs", &json!({}))[0]["status"] != "concluded" {
            tokio::task::yield_now().await;
        }
        let jobs = stage.qmp("query-jobs", &json!({}));
        assert_eq!(jobs[0]["error"], Value::Null);
        stage.qmp("job-dismiss", &json!({ "id": job }));
        stage.mark(99);
        assert_eq!(stage.in_place("ready").await, Ok(()), "the memory in {node}");
        stage.is_at(turn).await;
    }

    // A disk that has lost its part, then the memory's.
    let parts = stage.parts("ready");
    let (with, without): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(_, memory)| *memory);
    stage.delete_part(&without[0].0, "ready");
    stage.refuses("ready", "2 of the VM's images should have a part").await;
    stage.delete_part(&with[0].0, "ready");
    stage.refuses("ready", "these have: none").await;
    assert_eq!(stage.qmp("query-jobs", &json!({})), json!([]), "no job is left over");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_qemu_cannot_load_leaves_the_guest_running() {
    let mut stage = Stage::new(BIOS).await;

    // A disk that came later.
    let image = stage.libvirtd.path("guest/later.qcow2");
    let made = stage
        .libvirtd
        .command("qemu-img")
        .args(["create", "-q", "-f", "qcow2"])
        .arg(&image)
        .arg("16M")
        .status();
    assert!(made.unwrap().success());
    let later = format!(
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/>\
         <target dev='vdc' bus='virtio'/></disk>",
        image.display()
    );
    stage.domain.attach_device(&later).unwrap();
    while stage.disks() < 2 {
        tokio::task::yield_now().await;
    }
    stage.refuses("ready", "the disk vdc since").await;
    stage.domain.detach_device(&later).unwrap();
    while stage.domain.xml_desc(0).unwrap().contains("vdc") {
        tokio::task::yield_now().await;
    }

    // QEMU takes a name for a number.
    stage.mark(1);
    stage.create("another").await;
    let ids = stage.qmp("query-named-block-nodes", &json!({}));
    let nodes = ids.as_array().unwrap().iter();
    let snapshots: Vec<_> =
        nodes.filter_map(|node| node["image"]["snapshots"].as_array()).flatten().collect();
    let id =
        snapshots.iter().find(|one| one["name"] == "another").unwrap()["id"].as_str().unwrap().to_owned();
    stage.mark(2);
    stage
        .domain
        .create_snapshot_xml(&format!("<domainsnapshot><name>{id}</name></domainsnapshot>"), 0)
        .unwrap();
    stage.refuses(&id, "another one").await;

    // The memory in the image is damaged: QEMU itself refuses, and stops the guest.
    common::faults::damage_snapshot(&stage.libvirtd.path("guest/a.qcow2"));
    stage.mark(7);
    let refused = stage.in_place("ready").await;
    assert!(
        matches!(&refused, Err(Failure::Refused(text)) if text.to_string().contains("QEMU says")),
        "{refused:?}"
    );
    assert_eq!(stage.qmp("query-status", &json!({}))["status"], "running");
    assert_eq!(stage.libvirtd.qemu_pid("a"), Some(stage.pid));
    stage.full("another").await;
    assert_eq!(stage.in_place("another").await, Ok(()));
    stage.is_at(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_uefi_machine_comes_back_with_its_nvram() {
    if !Libvirtd::start().makes_uefi_snapshots() {
        println!("skipped: this libvirt makes no internal snapshots of UEFI machines");
        return;
    }
    let begun = Instant::now();
    let mut stage = Stage::new(&format!("{UEFI} --disks 2 --tpm")).await;
    println!(
        "ready after {:?}; the parts, and which one is the memory: {:?}",
        begun.elapsed(),
        stage.parts("ready")
    );
    assert!(stage.tpm[&1].is_string(), "the guest has a TPM");
    let nvram = stage.libvirtd.path("guest/a_VARS.qcow2");
    // What QEMU's older way makes of it.
    let hmp =
        stage.domain.qemu_monitor_command("loadvm ready", virt_sys::VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP);
    println!("loadvm says: {}", hmp.unwrap().trim());
    for turn in 2..4 {
        let write = r#"qemu-io libvirt-pflash1-format "write -P 0x5a 256k 4k""#;
        let flush = r#"qemu-io libvirt-pflash1-format "flush""#;
        for line in [write, flush] {
            stage.domain.qemu_monitor_command(line, virt_sys::VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP).unwrap();
        }
        assert!(has_pattern(&nvram, "0x5a"));
        if turn == 2 {
            // A former load has failed, as that one above has where QEMU could not do it, and nobody has mended it.
            stage.qmp("query-status", &json!({}));
        } else {
            stage.mark(turn);
        }
        assert_eq!(stage.in_place("ready").await, Ok(()));
        stage.is_at(1).await;
        assert!(!has_pattern(&nvram, "0x5a"), "the NVRAM is of another moment");
    }
    // Two loads of a guest that does not run in between end some QEMUs as soon as it goes on.
    for _ in 0..3 {
        stage.domain.suspend().unwrap();
        stage.rig.seen(A, VmState::Paused(PauseReason::Suspended)).await;
        let load: Vec<_> = stage.parts("ready").into_iter().collect();
        let memory = &load.iter().find(|(_, memory)| *memory).unwrap().0;
        let devices: Vec<_> = load.iter().map(|(node, _)| node).collect();
        stage.qmp(
            "snapshot-load",
            &json!({ "job-id": "cut", "tag": "ready", "vmstate": memory, "devices": devices }),
        );
        while stage.qmp("query-jobs", &json!({}))[0]["status"] != "concluded" {
            tokio::task::yield_now().await;
        }
        stage.qmp("job-dismiss", &json!({ "id": "cut" }));
        assert_eq!(stage.in_place("ready").await, Ok(()));
        stage.is_at(1).await;
    }
    // libvirt, once restarted, forgets the NVRAM of a VM that runs, which leaves no trace in what Vitrine makes.
    stage.libvirtd.kill();
    stage.rig.down().await;
    stage.libvirtd.launch();
    stage.rig.up().await;
    stage.domain = stage.libvirtd.connect().lookup_domain_by_name("a").unwrap();
    for turn in 20..22 {
        stage.mark(turn);
        stage.create("later").await;
        assert_eq!(stage.parts("later").len(), 3, "two disks and the NVRAM");
        stage.mark(99);
        assert_eq!(stage.in_place("later").await, Ok(()));
        stage.is_at(turn).await;
        let delete = VmAction::DeleteSnapshot { snapshot: "later".to_owned(), keeps: None };
        if turn == 20 {
            assert_eq!(stage.rig.act_and_wait(A, delete).await, Ok(()));
            assert_eq!(stage.parts("later"), [], "nothing is left over");
        }
    }
    stage.full("later").await;
    stage.is_at(21).await;
    stage.full("ready").await;
    stage.is_at(1).await;
    // A part of it is missing in the NVRAM alone.
    stage.delete_part("libvirt-pflash1-format", "ready");
    stage.refuses("ready", "3 of the VM's images should have a part").await;
}

/// Figures for people, of a guest with 1 GB of random data in its memory: in place by either way, and in full.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute, and asserts nothing of the times"]
async fn a_gigabyte_of_random_data_is_loaded() {
    let mut stage = Stage::new(&format!("{BIOS} --memory 1536")).await;
    stage.agent("demo-fill", &json!({ "megabytes": 1024 }));
    stage.mark(1);
    stage.create("full").await;
    let turns = 3;
    let (mut qmp, mut hmp) = (Duration::ZERO, Duration::ZERO);
    for turn in 0..turns {
        stage.mark(2);
        let begun = Instant::now();
        assert_eq!(stage.in_place("full").await, Ok(()));
        let took = begun.elapsed();
        qmp += took;
        stage.is_at(1).await;
        stage.mark(2);
        let begun = Instant::now();
        let line = "loadvm full";
        let said =
            stage.domain.qemu_monitor_command(line, virt_sys::VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP).unwrap();
        assert_eq!(said.trim(), "");
        hmp += begun.elapsed();
        println!("{turn}: QMP {took:?}, HMP {:?}", begun.elapsed());
        stage.is_at(1).await;
    }
    let begun = Instant::now();
    stage.full("full").await;
    println!(
        "1 GB of random data in place: QMP {:?}, HMP {:?}, ratio {:.2}; a full revert takes {:?}",
        qmp / turns,
        hmp / turns,
        qmp.as_secs_f64() / hmp.as_secs_f64(),
        begun.elapsed()
    );
    kill_process(stage.pid, Signal::KILL).unwrap();
}
