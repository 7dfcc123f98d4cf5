//! What may be lost when snapshots are made, replaced, converted and deleted, on real images.
//!
//! Needs the packages named in tests/common/libvirtd.rs.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::rig::A;
use common::stage::Stage;
use serde_json::json;
use virt::domain::Domain;
use vitrine::core::types::{Failure, SnapshotFlaw, SnapshotKind, VmAction, VmState};

const BIOS: &str = "--graphics vnc";

fn name() -> String {
    "ready".to_owned()
}

fn convert(present: bool) -> VmAction {
    VmAction::ConvertSnapshot { snapshot: name(), present }
}

fn load(in_place: bool) -> VmAction {
    VmAction::LoadSnapshot { snapshot: name(), in_place }
}

fn adopt() -> VmAction {
    VmAction::AdoptSnapshot { snapshot: name(), in_place: true }
}

fn create(replaces: bool) -> VmAction {
    VmAction::CreateSnapshot { snapshot: name(), replaces }
}

fn tidy() -> VmAction {
    VmAction::TidySnapshots { snapshot: name() }
}

fn delete(snapshot: &str, keeps: Option<&str>) -> VmAction {
    VmAction::DeleteSnapshot { snapshot: snapshot.to_owned(), keeps: keeps.map(str::to_owned) }
}

fn abandon() -> VmAction {
    VmAction::AbandonSnapshot { snapshot: name(), replaces: true, back_to: name() }
}

/// As virt-manager 5 makes them: memory in a file of its own, and an overlay for each disk.
fn external(domain: &Domain, name: &str, folder: &Path, targets: &[&str]) {
    let memory = folder.join(format!("{name}-memory"));
    let disk = |target: &&str| {
        let overlay = folder.join(format!("{target}.{name}"));
        format!("<disk name='{target}' snapshot='external'><source file='{}'/></disk>", overlay.display())
    };
    let disks: String = targets.iter().map(disk).collect();
    let xml = format!(
        "<domainsnapshot><name>{name}</name><memory snapshot='external' file='{}'/><disks>{disks}</disks>
        </domainsnapshot>",
        memory.display()
    );
    domain.create_snapshot_xml(&xml, 0).unwrap();
}

impl Stage {
    /// A guest whose `ready` is external, of the mark 1; `None` where libvirt does not go back to it.
    async fn with_external(words: &str, targets: &[&str]) -> Option<Self> {
        let mut stage = Self::new(words).await;
        if !stage.libvirtd.reverts_to_external_snapshots() {
            println!("skipped: this libvirt does not go back to external snapshots");
            return None;
        }
        assert_eq!(stage.rig.act_and_wait(A, delete("ready", None)).await, Ok(()));
        external(&stage.domain, "ready", &stage.folder(), targets);
        Some(stage)
    }

    fn folder(&self) -> std::path::PathBuf {
        self.libvirtd.path("guest")
    }

    /// All files of the guest, with what they hold.
    fn files(&self) -> Vec<(String, u64)> {
        let entries = fs::read_dir(self.folder()).unwrap().map(|entry| entry.unwrap());
        let mut files: Vec<_> = entries
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap().len()))
            .collect();
        files.sort();
        files
    }

    /// The images of the guest's disks.
    fn images(&self) -> Vec<std::path::PathBuf> {
        let names = self.files().into_iter().map(|(name, _)| name).filter(|name| name.ends_with(".qcow2"));
        names.map(|name| self.folder().join(name)).collect()
    }

    /// libvirt's snapshots, sorted.
    fn names(&self) -> Vec<String> {
        let there = self.domain.list_all_snapshots(0).unwrap();
        let mut names: Vec<_> = there.iter().map(|snapshot| snapshot.name().unwrap()).collect();
        names.sort();
        names
    }

    async fn act(&mut self, action: VmAction) {
        assert_eq!(self.rig.act_and_wait(A, action.clone()).await, Ok(()), "{action:?}");
        self.pid = self.libvirtd.qemu_pid("a").expect("a runs");
    }

    /// It is refused with these words, and images, snapshots and guest are as they were.
    async fn refuses_to(&mut self, action: VmAction, words: &str) {
        let mark = 7;
        self.rig.agent(true).await;
        self.mark(mark);
        let (files, names) = (self.files(), self.names());
        let refused = self.rig.act_and_wait(A, action.clone()).await;
        let Err(Failure::Refused(text)) = &refused else { panic!("{action:?}: {refused:?}") };
        assert!(text.to_string().contains(words), "{action:?}: {text}");
        let names_of =
            |files: Vec<(String, u64)>| files.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!((names_of(self.files()), self.names()), (names_of(files), names), "{action:?}");
        self.is_at(mark).await;
    }
}

/// What qemu-img finds in the image itself.
fn snapshots_in(image: &Path) -> Vec<String> {
    let said = Command::new("qemu-img").args(["info", "-U", "--output=json"]).arg(image).output().unwrap();
    let info: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let snapshots = info["snapshots"].as_array().cloned().unwrap_or_default();
    snapshots.iter().map(|snapshot| snapshot["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn external_snapshots_and_all_in_their_images_are_left_alone() {
    let mut stage = Stage::new(BIOS).await;
    external(&stage.domain, "ready-2", &stage.folder(), &["vda"]);
    // Made by hand within the overlay, as a Vitrine did that knew no better.
    stage.domain.create_snapshot_xml("<domainsnapshot><name>within</name></domainsnapshot>", 0).unwrap();
    for snapshot in ["ready", "ready-2", "within"] {
        stage.refuses_to(delete(snapshot, None), "'ready-2' has a part").await;
    }
    stage.refuses_to(create(true), "'ready-2' has a part").await;
    let first = VmAction::CreateSnapshot { snapshot: "first".to_owned(), replaces: false };
    stage.refuses_to(first, "'ready-2' has a part").await;
    let there = stage.rig.info(A).snapshots;
    assert_eq!(there.get("ready-2").unwrap().kind, SnapshotKind::External);
    assert_eq!(there.get("within").unwrap().parent.as_deref(), Some("ready-2"));
    let tied = SnapshotFlaw::Tied { external: "ready-2".to_owned() };
    let beneath = SnapshotFlaw::Beneath { external: "ready-2".to_owned() };
    assert_eq!(there.flaw("ready"), Some(beneath));
    assert_eq!(there.flaw("within"), Some(tied));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_snapshot_is_converted_to_an_internal_one_and_its_chain_stays() {
    let words = format!("{BIOS} --disks 2");
    let Some(mut stage) = Stage::with_external(&words, &["vda", "vdb"]).await else { return };
    let memory = fs::read(stage.folder().join("ready-memory")).unwrap();
    stage.mark(2);
    // What visitors have done since does not get into it.
    stage.act(convert(false)).await;
    assert_eq!(stage.names(), ["ready", "ready.new"]);
    stage.is_at(1).await;
    assert_eq!(stage.rig.info(A).snapshots.get("ready.new").unwrap().parent, None);
    stage.mark(3);
    stage.act(load(true)).await;
    stage.is_at(1).await;
    stage.act(adopt()).await;
    assert_eq!(stage.names(), ["ready", "ready.external", "ready.new"]);
    stage.act(load(true)).await;
    stage.act(tidy()).await;
    assert_eq!(stage.names(), ["ready", "ready.external"]);
    assert_eq!(stage.rig.info(A).snapshots.flaw("ready"), None);
    for turn in 4..6 {
        stage.mark(turn);
        assert_eq!(stage.in_place("ready").await, Ok(()));
        stage.is_at(1).await;
    }

    // It is replaced like any other from now on, and the chain goes on being one.
    stage.mark(5);
    for action in [create(true), load(true), adopt(), load(true), tidy()] {
        stage.act(action).await;
    }
    stage.mark(6);
    stage.full("ready").await;
    stage.is_at(5).await;
    assert_eq!(fs::read(stage.folder().join("ready-memory")).unwrap(), memory);
    stage.full("ready.external").await;
    stage.is_at(1).await;
    stage.full("ready").await;
    stage.is_at(5).await;
    stage.refuses_to(delete("ready.external", None), "'ready.external' has a part").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversion_that_does_not_prove_itself_gives_back_the_chain() {
    let Some(mut stage) = Stage::with_external(BIOS, &["vda"]).await else { return };
    stage.act(convert(false)).await;
    stage.mark(2);
    stage.act(abandon()).await;
    assert_eq!(stage.names(), ["ready"]);
    stage.is_at(1).await;
    assert_eq!(stage.rig.info(A).snapshots.get("ready").unwrap().kind, SnapshotKind::External);

    // Somebody has prepared something that is nowhere else.
    stage.mark(3);
    stage.act(convert(true)).await;
    stage.mark(4);
    stage.act(load(true)).await;
    stage.is_at(3).await;
    stage.act(adopt()).await;
    stage.full("ready.external").await;
    stage.is_at(1).await;
    stage.full("ready").await;
    stage.is_at(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_seen_before_a_conversion_changes_nothing() {
    let mut stage = Stage::new(BIOS).await;
    assert_eq!(stage.rig.act_and_wait(A, delete("ready", None)).await, Ok(()));
    // Without memory the guest would boot, and its boot be kept.
    let overlay = stage.folder().join("vda.ready");
    let xml = format!(
        "<domainsnapshot><name>ready</name><memory snapshot='no'/><disks><disk name='vda' snapshot='external'>
        <source file='{}'/></disk></disks></domainsnapshot>",
        overlay.display()
    );
    stage.domain.create_snapshot_xml(&xml, virt_sys::VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY).unwrap();
    stage.refuses_to(convert(false), "--present").await;
    // Kept as it is, it has one.
    stage.mark(3);
    stage.act(convert(true)).await;
    assert_eq!(stage.names(), ["ready", "ready.new"]);
    stage.is_at(3).await;
}

/// What libvirt says is there is not enough.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_before_the_images_show_that_the_rest_is_whole() {
    let mut stage = Stage::new(&format!("{BIOS} --disks 2")).await;
    stage.act(create(true)).await;
    stage.act(load(true)).await;
    // Since then one image has lost its part.
    let parts = stage.parts("ready.new");
    let (memory, disk): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(_, memory)| *memory);
    stage.delete_part(&disk[0].0, "ready.new");
    stage.refuses_to(adopt(), "not certain that 'ready.new'").await;
    stage.refuses_to(delete("ready", Some("ready.new")), "not certain that 'ready.new'").await;
    stage.delete_part(&memory[0].0, "ready.new");
    stage.refuses_to(adopt(), "not certain that 'ready.new'").await;
    stage.full("ready").await;
    stage.is_at(1).await;

    // The same at the end, when only the copy is proven.
    stage.act(delete("ready.new", Some("ready"))).await;
    for action in [create(true), load(true), adopt(), load(true)] {
        stage.act(action).await;
    }
    let (_, disk): (Vec<_>, Vec<_>) = stage.parts("ready").into_iter().partition(|(_, memory)| *memory);
    stage.delete_part(&disk[0].0, "ready");
    stage.refuses_to(tidy(), "not certain that 'ready'").await;
    stage.full("ready").await;
    stage.is_at(1).await;

    // Of a VM that is off nobody can say it.
    assert_eq!(stage.rig.act_and_wait(A, VmAction::Destroy).await, Ok(()));
    let refused = stage.rig.act_and_wait(A, delete("ready", Some("ready.new"))).await;
    assert!(
        matches!(&refused, Err(Failure::Refused(text)) if text.to_string().contains("the VM is off")),
        "{refused:?}"
    );
}

/// A power cut may leave the part of one disk only, which QEMU does not count as a snapshot of the VM, and makes another
/// one of the same name beside it. Of two that are called the same, nobody knows which is loaded.
#[tokio::test(flavor = "multi_thread")]
async fn parts_that_a_power_cut_has_left_are_no_part_of_the_next_snapshot() {
    let mut stage = Stage::new(&format!("{BIOS} --disks 2")).await;
    let nodes: Vec<_> = stage.parts("ready").into_iter().map(|(node, _)| node).collect();
    assert_eq!(nodes.len(), 2);
    for left_in in [&nodes[..1], &nodes[1..], &nodes[..]] {
        for node in left_in {
            let part = json!({ "device": node, "name": "ready.new" });
            stage.qmp("blockdev-snapshot-internal-sync", &part);
        }
        for action in [create(true), load(true), adopt(), load(true), tidy()] {
            stage.act(action).await;
        }
        assert_eq!(stage.names(), ["ready"]);
        for image in stage.images() {
            assert_eq!(snapshots_in(&image), ["ready"], "{}", image.display());
        }
    }

    // Where libvirt has made one over such a part, all that are called so go together.
    stage.qmp("blockdev-snapshot-internal-sync", &json!({ "device": nodes[1], "name": "ready.new" }));
    stage.domain.create_snapshot_xml("<domainsnapshot><name>ready.new</name></domainsnapshot>", 0).unwrap();
    if stage.images().iter().any(|image| snapshots_in(image) == ["ready", "ready.new", "ready.new"]) {
        stage.refuses_to(adopt(), "not certain that 'ready.new'").await;
    } else {
        // QEMU 7.2 with libvirt 9.0 does; 10.0 with 11.3 does not.
        println!("this libvirt, or this QEMU, replaces parts of the same name");
    }
    stage.act(delete("ready.new", Some("ready"))).await;
    for image in stage.images() {
        assert_eq!(snapshots_in(&image), ["ready"], "{}", image.display());
    }
}

/// The former one is loaded before the other goes; where that fails, both stay.
#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_prove_itself_goes_only_once_the_former_one_is_back() {
    let mut stage = Stage::new(BIOS).await;
    stage.mark(2);
    stage.act(create(true)).await;
    stage.mark(3);
    stage.act(abandon()).await;
    assert_eq!(stage.names(), ["ready"]);
    stage.is_at(1).await;

    stage.mark(2);
    stage.act(create(true)).await;
    common::faults::damage_snapshot(&stage.folder().join("a.qcow2"));
    let failed = stage.rig.act_and_wait(A, abandon()).await;
    assert!(failed.is_err(), "{failed:?}");
    assert_eq!(stage.names(), ["ready", "ready.new"]);
    stage.full("ready.new").await;
    stage.is_at(2).await;
}

/// After an upgrade, or with another processor, memory may be what no longer loads.
#[tokio::test(flavor = "multi_thread")]
async fn a_cold_start_is_made_from_the_snapshots_disks() {
    let mut stage = Stage::new(&format!("{BIOS} --disks 2")).await;
    stage.mark(5);
    common::faults::damage_snapshot(&memory_image(&stage));
    let full = VmAction::Revert { snapshot: name() };
    assert!(matches!(stage.rig.act_and_wait(A, full).await, Err(Failure::Refused(_))));
    // Whatever that has left, visitors have been at the disks since.
    stage.act(VmAction::ColdStart { disks_of: None }).await;
    stage.rig.agent(true).await;
    while stage.disks() < 2 {
        tokio::task::yield_now().await;
    }
    stage.mark(6);
    let cold = VmAction::ColdStart { disks_of: Some(name()) };
    stage.act(cold.clone()).await;
    stage.rig.agent(true).await;
    while stage.disks() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.agent("demo-mark", &json!({}))["disks"], json!([1, 1]), "the disks are the snapshot's");
    assert_eq!(stage.rig.info(A).state, VmState::Running);

    // A snapshot that is whole is simply loaded, and one whose parts are not there changes nothing.
    stage.mark(8);
    stage.create("whole").await;
    stage.mark(9);
    stage.act(VmAction::ColdStart { disks_of: Some("whole".to_owned()) }).await;
    stage.is_at(8).await;
    let (node, _) = stage.parts("whole").into_iter().find(|(_, memory)| !memory).unwrap();
    stage.delete_part(&node, "whole");
    stage.mark(9);
    stage.act(VmAction::ColdStart { disks_of: Some("whole".to_owned()) }).await;
    stage.rig.agent(true).await;
    while stage.disks() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.agent("demo-mark", &json!({}))["disks"], json!([9, 9]), "the disks are as they were");
}

/// The image that has the snapshot's memory.
fn memory_image(stage: &Stage) -> std::path::PathBuf {
    let parts = stage.parts("ready");
    let (node, _) = parts.iter().find(|(_, memory)| *memory).unwrap();
    let nodes = stage.qmp("query-named-block-nodes", &json!({}));
    let image = nodes.as_array().unwrap().iter().find(|found| found["node-name"] == *node.as_str()).unwrap();
    image["file"].as_str().unwrap().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_qemu_takes_for_numbers_are_not_made() {
    let mut stage = Stage::new(BIOS).await;
    for name in ["1", "0", "12"] {
        let create = VmAction::CreateSnapshot { snapshot: name.to_owned(), replaces: false };
        stage.refuses_to(create, "number").await;
    }
    assert_eq!(snapshots_in(&stage.folder().join("a.qcow2")), ["ready"]);
}
