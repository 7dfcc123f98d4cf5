//! Loading a snapshot into a QEMU that goes on. Everything in here blocks.
//!
//! A snapshot lies in several images: each disk keeps its own part under the snapshot's name, the NVRAM of a UEFI
//! machine as well where it is qcow2, and one of them, no matter which, the memory. libvirt and QEMU have put it into
//! the first disk, the last one, or the first image of all. So it is looked for.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use virt::domain::Domain;

use super::description::{Disk, SnapshotDescription, attached};
use super::job::Job;
use super::monitor::{Refused, quoted, said};
use super::names;
use crate::core::types::{Failure, SnapshotKind, Told};
use crate::words::told;

/// How long the last steps of a load may take: QEMU answers `snapshot-load` when all the others are over.
const LOAD_END_TIMEOUT: Duration = Duration::from_secs(10);
/// Time between two questions on what QEMU tells nobody by itself: a visitor sees every moment of it.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// How often a VM is told to go on: libvirt does not let one which it has not yet heard to be paused.
const MAX_RESUMES: u32 = 20;

/// What QEMU is to load, in its names for images.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    /// The image that keeps the memory.
    memory: String,
    /// All that keep a part, that one too.
    images: Vec<String>,
}

impl Job<'_> {
    /// The QEMU process lives on, and the viewer's connection with it. Whether it is done or refused, the VM runs
    /// afterwards, if it can.
    pub(super) fn load_in_place(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let parts = self.parts_of(domain, name)?;
        // Two loads into a UEFI guest that did not run in between end QEMU 10.0.2 as soon as it goes on (SIGSEGV),
        // and a former one may have been cut off before that. One that cannot go on, after a panic, ran until then.
        if !self.runs(domain)?
            && let Err(error) = domain.resume()
        {
            tracing::debug!("{}: it does not go on beforehand: {}", self.operation, error.message());
        }
        let loaded = self.load_parts(domain, name, &parts);
        // A load leaves a VM paused that was paused, and every VM where it failed.
        let runs = self.let_run(domain);
        loaded.and(runs)
    }

    /// The same into a VM that has not run yet, and that is ended where it fails: it must not go on with half of it.
    pub(super) fn load_while_paused(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let parts = self.parts_of(domain, name)?;
        self.load_parts(domain, name, &parts)
    }

    /// Whether the images that a running VM uses have all of a snapshot, in QEMU's own words.
    pub(super) fn ensure_whole(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        // libvirt's test driver has no images.
        if !self.is_qemu() {
            return self.find(domain, name)?.map(drop).ok_or(Failure::SnapshotMissing);
        }
        self.parts_of(domain, name).map(drop).map_err(|failure| match failure {
            Failure::NotInPlace(why) => Failure::Refused(told!(
                "{why}. So it is not certain that '{name}', which would remain, is whole, and nothing was deleted",
                why = why,
                name = name
            )),
            other @ (Failure::Unreachable(_) | Failure::Busy | Failure::Refused(_) | Failure::VmMissing | Failure::SnapshotMissing) => other,
        })
    }

    /// Where the images of a running VM have a snapshot.
    fn parts_of(&self, domain: &Domain, name: &str) -> Result<Parts, Failure> {
        let not_in_place = |why: Told| Failure::NotInPlace(self.told_failed(why));
        let snapshot = self.find(domain, name)?.ok_or(Failure::SnapshotMissing)?;
        let kept = snapshot.xml_desc(0).map_err(|error| self.failed(&error))?;
        let kept = SnapshotDescription::parse(&kept).filter(|kept| kept.kind == SnapshotKind::Internal);
        // libvirt's test driver keeps no memory, whatever it says.
        let Some(kept) = kept.filter(|_| self.is_qemu()) else {
            return Err(not_in_place(told!("it is not an internal snapshot with memory")));
        };
        if !domain.is_active().map_err(|error| self.failed(&error))? {
            // That says nothing of the snapshot.
            return Err(self.refused(told!("the VM is off")));
        }
        let there = domain.xml_desc(0).map_err(|error| self.failed(&error))?;
        let images = self.asked(domain, "query-named-block-nodes", &json!({}))?;
        parts(name, &images, &kept.disks, &there).map_err(not_in_place)
    }

    /// How many bytes a disk's image and all that it is based on take.
    pub(super) fn chain_size(&self, domain: &Domain, disk: &Disk) -> Result<u64, Failure> {
        let nodes = self.asked(domain, "query-named-block-nodes", &json!({}))?;
        let file = disk.file.as_deref();
        let nodes = nodes.as_array().into_iter().flatten();
        let images = nodes.filter(|node| node["image"]["filename"].as_str().map(file_of).as_deref() == file);
        Ok(images.map(|node| image_size(&node["image"])).max().unwrap_or(0))
    }

    fn load_parts(&self, domain: &Domain, name: &str, parts: &Parts) -> Result<(), Failure> {
        let job = names::qemu_job();
        let load = json!({ "job-id": job, "tag": name, "vmstate": parts.memory, "devices": parts.images });
        match self.ask(domain, "snapshot-load", &load)? {
            Ok(_) => self.end_of(domain, &job),
            Err(Refused::Because(why)) => Err(self.refused(said(&why))),
            // QEMU before 6.0. Its older way takes the memory from the first image alone.
            Err(Refused::NoSuchCommand) => match self.monitor(domain, &format!("loadvm {}", quoted(name)))? {
                answer if answer.is_empty() => Ok(()),
                answer => Err(self.refused(said(&answer))),
            },
        }
    }

    /// Waits for a job of QEMU's, and how it ended.
    fn end_of(&self, domain: &Domain, job: &str) -> Result<(), Failure> {
        let begun = Instant::now();
        let end = loop {
            let jobs = self.asked(domain, "query-jobs", &json!({}))?;
            if let Some(end) = end_of(job, &jobs) {
                break end;
            }
            if begun.elapsed() > LOAD_END_TIMEOUT {
                return Err(self.refused(told!("QEMU does not come to an end with it")));
            }
            thread::sleep(POLL_INTERVAL);
        };
        // It would stay in QEMU's list, and harm nobody.
        if let Err(failure) = self.asked(domain, "job-dismiss", &json!({ "id": job })) {
            tracing::debug!("{failure}");
        }
        end.map_err(|why| self.refused(why))
    }

    fn let_run(&self, domain: &Domain) -> Result<(), Failure> {
        for _ in 0..MAX_RESUMES {
            if self.runs(domain)? {
                return Ok(());
            }
            domain.resume().map_err(|error| self.failed(&error))?;
            if self.runs(domain)? {
                return Ok(());
            }
            thread::sleep(POLL_INTERVAL);
        }
        Err(self.refused(told!("the VM does not run after it")))
    }

    /// Adds the NVRAM's part to a snapshot that was made just now, while the VM stands still.
    pub(super) fn keep_nvram(&self, domain: &Domain, name: &str, node: &str) -> Result<(), Failure> {
        self.asked(domain, "blockdev-snapshot-internal-sync", &json!({ "device": node, "name": name }))
            .map(drop)
    }

    /// QEMU's name for the NVRAM, where that is qcow2 and has no part of a snapshot that was made just now.
    pub(super) fn nvram_without(&self, domain: &Domain, name: &str) -> Result<Option<String>, Failure> {
        let there = domain.xml_desc(0).map_err(|error| self.failed(&error))?;
        let Some(nvram) = attached(&there).and_then(|there| there.nvram) else { return Ok(None) };
        let images = self.asked(domain, "query-named-block-nodes", &json!({}))?;
        let memory =
            writable(&images).find(|image| image.has_memory(name)).and_then(|image| image.moment(name));
        let found = writable(&images).find(|image| image.file == nvram);
        // One of this name that is left over is of another moment.
        Ok(found
            .filter(|image| memory.is_some() && image.moment(name) != memory)
            .map(|image| image.node.to_owned()))
    }

    /// Deletes what the images of a running VM keep under this name, whether libvirt knows of it or not.
    /// Returns how many there were.
    pub(super) fn delete_parts(&self, domain: &Domain, name: &str) -> Result<usize, Failure> {
        let images = self.asked(domain, "query-named-block-nodes", &json!({}))?;
        let mut deleted = 0;
        for image in writable(&images) {
            // By its number as well: an image may have two of the name.
            for found in image.snapshots.iter().filter(|snapshot| snapshot["name"] == name) {
                let part = json!({ "device": image.node, "id": found["id"], "name": name });
                self.asked(domain, "blockdev-snapshot-delete-internal-sync", &part)?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }
}

/// An image's own size, and that of those beneath it.
fn image_size(image: &Value) -> u64 {
    let images = std::iter::successors(Some(image), |image| image.get("backing-image"));
    images.filter_map(|image| image["actual-size"].as_u64()).fold(0, u64::saturating_add)
}

/// How a job ended, out of what `query-jobs` returns; none while it is at work.
fn end_of(job: &str, jobs: &Value) -> Option<Result<(), Told>> {
    let found = jobs.as_array()?.iter().find(|found| found["id"] == job);
    let Some(found) = found else { return Some(Err(told!("QEMU has forgotten its job"))) };
    if found["status"] != "concluded" {
        return None;
    }
    Some(found["error"].as_str().map_or(Ok(()), |why| Err(said(why))))
}

/// An image that the guest can write to and that can keep snapshots.
struct Image<'a> {
    node: &'a str,
    file: String,
    snapshots: &'a [Value],
}

impl Image<'_> {
    fn has(&self, name: &str) -> bool {
        self.snapshots.iter().any(|snapshot| snapshot["name"] == name)
    }

    fn has_memory(&self, name: &str) -> bool {
        let memory = |snapshot: &Value| snapshot["vm-state-size"].as_u64().unwrap_or(0);
        self.snapshots.iter().any(|snapshot| snapshot["name"] == name && memory(snapshot) > 0)
    }

    /// How long the guest had run when it was made, in seconds and nanoseconds. QEMU writes the same with each part.
    fn moment(&self, name: &str) -> Option<(u64, u64)> {
        let snapshot = self.snapshots.iter().find(|snapshot| snapshot["name"] == name)?;
        let number = |key: &str| snapshot[key].as_u64().unwrap_or(0);
        Some((number("vm-clock-sec"), number("vm-clock-nsec")))
    }

    /// Whether QEMU, asked for one of this name, could take another one: it compares with their numbers first.
    fn is_ambiguous(&self, name: &str) -> bool {
        let named = self.snapshots.iter().filter(|snapshot| snapshot["name"] == name).count();
        named > 1 || self.snapshots.iter().any(|snapshot| snapshot["id"] == name && snapshot["name"] != name)
    }
}

/// The file that QEMU means by a name: where it was told what an image is based on, the name is a description of both.
fn file_of(name: &str) -> String {
    let described = name.strip_prefix("json:").and_then(|text| serde_json::from_str::<Value>(text).ok());
    let within = std::iter::successors(described.as_ref(), |image| image.get("file"));
    let file = within.into_iter().find_map(|image| image["filename"].as_str());
    file.unwrap_or(name).to_owned()
}

/// Those of what `query-named-block-nodes` returns. What lies beneath them is read-only, or of another format.
fn writable(nodes: &Value) -> impl Iterator<Item = Image<'_>> {
    let of = |node: &'_ Value| node["drv"] == "qcow2" && node["ro"] == false;
    nodes.as_array().into_iter().flatten().filter(move |node| of(node)).filter_map(|node| {
        let snapshots = node["image"]["snapshots"].as_array();
        Some(Image {
            node: node["node-name"].as_str()?,
            file: file_of(node["file"].as_str().unwrap_or_default()),
            snapshots: snapshots.map_or(&[], Vec::as_slice),
        })
    })
}

/// What is to be loaded for a snapshot, from QEMU's images, the snapshot's disks as libvirt describes them (`kept`) and
/// libvirt's description of the VM as it runs (`there`); or why it cannot be had in place.
///
/// Of each disk that the guest can write to, its part must be loaded, or the memory would not fit it.
fn parts(name: &str, nodes: &Value, kept: &BTreeMap<String, bool>, there: &str) -> Result<Parts, Told> {
    let Some(there) = attached(there) else {
        return Err(told!("libvirt's description of it cannot be read"));
    };
    // Where none is named, all are meant.
    let all = kept.is_empty();
    if let Some(disk) = there.disks.iter().find(|disk| !all && !kept.contains_key(*disk)) {
        return Err(told!("the VM has got the disk {disk} since it was made", disk = disk));
    }
    let gone = |(disk, internal): &(&String, &bool)| **internal && !there.disks.contains(*disk);
    if let Some((disk, _)) = kept.iter().find(gone) {
        return Err(told!("the VM no longer has the disk {disk}, which is part of it", disk = disk));
    }
    let kept_within = there.disks.iter().filter(|disk| all || kept.get(*disk) == Some(&true)).count();
    let expected = kept_within + usize::from(there.nvram.is_some());
    let (with, without): (Vec<_>, Vec<_>) = writable(nodes).partition(|image| image.has(name));
    if with.len() != expected {
        let files = |images: &[Image<'_>]| {
            images.iter().map(|image| image.file.as_str()).collect::<Vec<_>>().join(", ")
        };
        return Err(told!(
            "{expected} of the VM's images should have a part of it; these have: {with}; these have not: {without}",
            expected = expected,
            with = some(files(&with)),
            without = some(files(&without))
        ));
    }
    if let Some(image) = with.iter().find(|image| image.is_ambiguous(name)) {
        return Err(told!(
            "QEMU would take another one for it, which has the number {name} in {file}",
            name = name,
            file = image.file
        ));
    }
    if let Some(image) = with.iter().find(|image| image.moment(name) != with[0].moment(name)) {
        return Err(told!(
            "its part in {file} is of another moment than that in {other}",
            file = image.file,
            other = with[0].file
        ));
    }
    let mut memory = with.iter().filter(|image| image.has_memory(name));
    match (memory.next(), memory.next()) {
        (Some(image), None) => Ok(Parts {
            memory: image.node.to_owned(),
            images: with.iter().map(|image| image.node.to_owned()).collect(),
        }),
        (None, _) => Err(told!("none of the VM's images has the memory of it")),
        (Some(_), Some(_)) => Err(told!("more than one of the VM's images has the memory of it")),
    }
}

fn some(list: String) -> Told {
    if list.is_empty() { told!("none of them") } else { Told::text(list) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{BTreeMap, Parts, SnapshotDescription, end_of, file_of, parts, said};

    /// A node as QEMU 10.0 describes it, so far as it is read.
    fn image(node: &str, snapshots: &[(&str, &str, u64)]) -> Value {
        let snapshots: Vec<_> = snapshots
            .iter()
            .map(|(id, name, memory)| json!({ "id": id, "name": name, "vm-state-size": memory }))
            .collect();
        json!({
            "node-name": node, "drv": "qcow2", "ro": false, "file": format!("/{node}"),
            "image": { "snapshots": snapshots }
        })
    }

    fn kept(disks: &[(&str, &str)]) -> BTreeMap<String, bool> {
        let disk = |(name, how): &(&str, &str)| format!("<disk name='{name}' snapshot='{how}'/>");
        let disks: String = disks.iter().map(disk).collect();
        let disks = if disks.is_empty() { disks } else { format!("<disks>{disks}</disks>") };
        let xml = format!("<domainsnapshot><memory snapshot='internal'/>{disks}</domainsnapshot>");
        SnapshotDescription::parse(&xml).unwrap().disks
    }

    fn vm(disks: &[&str], nvram: bool) -> String {
        let disk = |name: &&str| {
            format!("<disk device='disk'><source file='/{name}'/><target dev='{name}'/></disk>")
        };
        let disks: String = disks.iter().map(disk).collect();
        let nvram = if nvram { "<nvram format='qcow2'>/n</nvram>" } else { "" };
        format!(
            "<domain><os>{nvram}</os><devices>{disks}
            <disk device='cdrom'><source file='/cd'/><target dev='sda'/><readonly/></disk>
            <disk device='floppy'><target dev='fda'/></disk></devices></domain>"
        )
    }

    const READY: (&str, &str, u64) = ("1", "ready", 0);
    const WITH_MEMORY: (&str, &str, u64) = ("1", "ready", 70_000_000);
    const TWO: [(&str, &str); 2] = [("vda", "internal"), ("vdb", "internal")];

    /// What it is; QEMU's images, the snapshot's description and the VM's; the image with the memory, and all.
    type Whole<'a> = (&'a str, Vec<Value>, &'a BTreeMap<String, bool>, String, &'a str, &'a [&'a str]);
    /// QEMU's images, the snapshot's disks, the VM's description; words of the refusal.
    type Incomplete<'a> = (Vec<Value>, &'a [(&'a str, &'a str)], &'a str, &'a str);

    #[test]
    fn every_image_of_a_snapshot_is_loaded_wherever_the_memory_is() {
        let beneath = || {
            let mut base = image("base", &[WITH_MEMORY]);
            base["ro"] = json!(true);
            let file = json!({ "node-name": "a-file", "drv": "file", "ro": false, "image": {} });
            [base, file]
        };
        let a = || image("a", &[WITH_MEMORY]);
        let all = [("vda", "internal"), ("fda", "no"), ("sda", "no")];
        let one = kept(&all);
        let rows: [Whole<'_>; 5] = [
            ("one disk", vec![a()], &one, vm(&["vda"], false), "a", &["a"]),
            (
                "the memory is in the last one, and there is NVRAM",
                vec![image("b", &[READY]), a(), image("n", &[("2", "older", 5), READY])],
                &kept(&TWO),
                vm(&["vda", "vdb"], true),
                "a",
                &["b", "a", "n"],
            ),
            (
                "HMP has put it into the NVRAM",
                vec![image("a", &[READY]), image("n", &[WITH_MEMORY])],
                &one,
                vm(&["vda"], true),
                "n",
                &["a", "n"],
            ),
            (
                "a disk is left out, as when the snapshot was made",
                vec![a(), image("b", &[])],
                &kept(&[("vda", "internal"), ("vdb", "no")]),
                vm(&["vda", "vdb"], false),
                "a",
                &["a"],
            ),
            (
                "no disks are named",
                vec![image("b", &[READY]), a()],
                &kept(&[]),
                vm(&["vda", "vdb"], false),
                "a",
                &["b", "a"],
            ),
        ];
        for (what, mut nodes, kept, vm, memory, images) in rows {
            nodes.extend(beneath());
            let images = images.iter().map(|&node| node.to_owned()).collect();
            let expected = Ok(Parts { memory: memory.to_owned(), images });
            assert_eq!(parts("ready", &Value::Array(nodes), kept, &vm), expected, "{what}");
        }
    }

    #[test]
    fn what_would_not_be_the_snapshot_is_refused() {
        let (a, b) = (|| image("a", &[WITH_MEMORY]), || image("b", &[READY]));
        let two = vm(&["vda", "vdb"], false);
        let raw = json!({ "node-name": "b", "drv": "raw", "ro": false, "file": "/b", "image": {} });
        let rows: [Incomplete<'_>; 9] = [
            (vec![a(), image("b", &[])], &TWO, &two, "these have: /a; these have not: /b"),
            (vec![], &TWO, &two, "these have: none of them; these have not: none of them"),
            (vec![a(), raw], &TWO[..1], &two, "the disk vdb since"),
            (vec![a()], &TWO, &vm(&["vda"], false), "no longer has the disk vdb"),
            (vec![a(), b()], &TWO, &vm(&["vda", "vdb"], true), "3 of the VM's images"),
            (vec![b(), b()], &TWO, &two, "none of the VM's images"),
            (vec![a(), a()], &TWO, &two, "more than one"),
            (vec![a(), image("b", &[READY, ("2", "ready", 0)])], &TWO, &two, "another one"),
            (vec![a(), b()], &TWO, "<domain", "cannot be read"),
        ];
        for (nodes, disks, vm, words) in rows {
            let refused = parts("ready", &Value::Array(nodes), &kept(disks), vm).unwrap_err().to_string();
            assert!(refused.contains(words), "{refused}");
        }
    }

    #[test]
    fn parts_of_two_moments_are_refused() {
        let at = |node: &str, memory: u64, seconds: u64| {
            let mut image = image(node, &[("1", "ready", memory)]);
            image["image"]["snapshots"][0]["vm-clock-sec"] = json!(seconds);
            image
        };
        let of = |second: u64| {
            parts(
                "ready",
                &json!([at("a", 9, 5), at("b", 0, second)]),
                &kept(&TWO),
                &vm(&["vda", "vdb"], false),
            )
        };
        assert!(of(5).is_ok());
        let refused = of(6).unwrap_err().to_string();
        assert!(refused.contains("in /b is of another moment than that in /a"), "{refused}");
    }

    #[test]
    fn a_name_that_is_anothers_number_is_refused() {
        let (kept, vm) = (kept(&[("vda", "internal")]), vm(&["vda"], false));
        let of = |snapshots| parts("1", &json!([image("a", snapshots)]), &kept, &vm);
        assert!(of(&[("1", "1", 9)]).is_ok());
        assert!(of(&[("7", "1", 9), ("8", "2", 9)]).is_ok());
        let refused = of(&[("1", "a", 9), ("2", "1", 9)]).unwrap_err().to_string();
        assert!(refused.contains("the number 1 in /a"), "{refused}");
        assert!(of(&[("1", "a", 9)]).is_err());
    }

    #[test]
    fn an_image_is_called_by_its_file() {
        // As QEMU 10.0.2 has it of an overlay.
        let overlay = r#"json:{"backing": {"driver": "qcow2", "file": {"driver": "file", "filename": "/base"}},
            "driver": "qcow2", "file": {"driver": "file", "filename": "/overlay"}}"#;
        for (name, file) in [("/a.qcow2", "/a.qcow2"), (overlay, "/overlay"), ("json:{", "json:{"), ("", "")]
        {
            assert_eq!(file_of(name), file);
        }
    }

    #[test]
    fn a_job_is_over_when_qemu_says_so() {
        let jobs = |status: &str| json!([{ "id": "other", "status": "concluded", "error": "x" }, { "id": "v", "status": status }]);
        assert_eq!(end_of("v", &jobs("running")), None);
        assert_eq!(end_of("v", &jobs("concluded")), Some(Ok(())));
        assert_eq!(end_of("other", &jobs("running")), Some(Err(said("x"))));
        assert!(end_of("gone", &jobs("running")).is_some_and(|end| end.is_err()));
    }
}
