//! What must never be lost: a snapshot that is whole, and what staff have prepared. Snapshots are made, replaced,
//! loaded, converted and deleted on VMs of many kinds, and QEMU, libvirtd and Vitrine are killed meanwhile.
//!
//! Needs root for Xorg, and what `deploy/packages run demo test` installs. `VITRINE_ORDERS` says how many VMs,
//! `VITRINE_REPLACEMENTS` how many replacements under a guest that writes, `VITRINE_SEED` which and when.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails panics")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::dice::{Dice, number};
use common::libvirtd::Libvirtd;
use common::museum::{EDEN, Museum, Work};
use rustix::process::{Signal, kill_process};
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

/// The images that a VM writes to, its NVRAM too.
fn images(museum: &Museum, work: Work) -> Vec<PathBuf> {
    let xml = String::from_utf8(museum.virsh(&["dumpxml", "--inactive", work.name]).stdout).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let disks = document.descendants().filter(|node| node.has_tag_name("disk"));
    let sources = disks.filter_map(|disk| disk.children().find(|child| child.has_tag_name("source")));
    let files = sources.filter_map(|source| source.attribute("file"));
    let nvram =
        document.descendants().filter(|node| node.has_tag_name("nvram")).filter_map(|node| node.text());
    files.chain(nvram).map(PathBuf::from).collect()
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
            let images = images(&museum, work);
            let mut command = begin(&museum, &["snapshot", "create", work.name]);
            let nanoseconds = dice.roll(usize::try_from(whole.as_nanos()).unwrap()) as u64;
            // Nothing is waited for: this is the random instant.
            sleep(Duration::from_nanos(nanoseconds));
            museum.cut_power(work);
            command.wait().unwrap();
            cuts += 1;
            leaked += images.iter().map(|image| leaks(image)).sum::<u64>();
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
    let images = images(&museum, work);
    assert!(begin(&museum, &["stop", work.name]).wait().unwrap().success(), "{}", told(&museum));
    for image in images {
        let names: Vec<_> = parts(&image).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["ready"], "nothing is left over in {}", image.display());
        leaks(&image);
    }
    println!(
        "    {replacements} replacements, of which {cuts} were cut off; {blocks} blocks written since the first; \
         {leaked} clusters left over by cuts; no image damaged, no block wrong"
    );
}

/// How the snapshot is kept that a VM begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Internal,
    /// As virt-manager makes them.
    External,
    /// An external one over an internal one.
    Both,
}

/// What ends in the middle of what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    Nothing,
    Qemu,
    Libvirtd,
    Vitrine,
    Power,
}

const CUTS: [Cut; 6] = [Cut::Nothing, Cut::Nothing, Cut::Qemu, Cut::Libvirtd, Cut::Vitrine, Cut::Power];

impl Cut {
    /// The artwork comes back from its snapshot.
    fn ends_guest(self) -> bool {
        matches!(self, Self::Qemu | Self::Power)
    }
}

/// What staff do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Create,
    Convert,
    Revert,
    Hold,
    Resume,
    Delete,
}

/// Things done to each VM.
const STEPS: usize = 6;
/// What is cut off is so within this, or after it has ended.
const WITHIN: Duration = Duration::from_secs(3);
/// All machines that guest/demo/make-vm makes of these.
const FURNITURE: [&str; 5] = [
    "",
    "--disks 2",
    "--disks 2 --tpm",
    "--firmware uefi --memory 256",
    "--firmware uefi --memory 256 --disks 2 --tpm",
];
/// Of which moment the guest has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// The snapshot's.
    Kept,
    /// The last one: nobody said that it would be another.
    Present,
    Either,
}

/// One VM, and what is known of it.
struct Order {
    museum: Museum,
    work: Work,
    /// The marks of which the snapshot may be that the artwork comes back to.
    kept: BTreeSet<i64>,
    /// Somebody has deleted it.
    nothing: bool,
    /// The last mark that the guest was given.
    present: i64,
    /// What the TPM had at each mark.
    tpm: BTreeMap<i64, Value>,
    held: bool,
    /// The snapshot is one, as far as is known.
    external: bool,
    /// The files of an external snapshot, and what is in them.
    chain: BTreeMap<PathBuf, u64>,
    done: Vec<String>,
}

impl Order {
    fn new(words: &'static str, kept: Kept) -> Self {
        let work = Work { words, ..EDEN };
        let mut this = Self {
            museum: Museum::open_with(&[work]),
            work,
            kept: BTreeSet::from([0]),
            nothing: false,
            present: 0,
            tpm: BTreeMap::new(),
            held: false,
            external: kept != Kept::Internal,
            chain: BTreeMap::new(),
            done: Vec::new(),
        };
        if this.external {
            this.make_external(kept);
        }
        this.museum.welcome();
        let marks = this.marks();
        this.tpm.insert(this.present, marks["tpm"].clone());
        this.is_of(Moment::Kept);
        this
    }

    /// In place of the internal snapshot that it has.
    fn make_external(&mut self, kept: Kept) {
        let name = self.work.name;
        self.museum.virsh(&["start", name]);
        self.museum
            .wait("the guest's agent", || self.museum.agent(self.work, "guest-ping", &json!({})).is_some());
        self.museum.virsh(&["snapshot-delete", name, "ready"]);
        if kept == Kept::Both {
            self.museum.virsh(&["snapshot-create-as", name, "older"]);
        }
        self.chain = images(&self.museum, self.work)
            .into_iter()
            .filter(|image| !image.to_string_lossy().contains("_VARS"))
            .map(|image| (image, 0))
            .collect();
        let memory = self.museum.libvirtd.path("guest/memory");
        let memory_at = format!("file={},snapshot=external", memory.display());
        let mut words = vec!["snapshot-create-as", name, "ready", "--memspec", &memory_at];
        for disk in ["vda,snapshot=external", "vdb,snapshot=external"].iter().take(self.chain.len()) {
            words.extend(["--diskspec", disk]);
        }
        self.mark(1);
        self.kept = BTreeSet::from([1]);
        self.museum.virsh(&words);
        self.museum.virsh(&["destroy", name]);
        self.chain.insert(memory, 0);
        for (file, hash) in &mut self.chain {
            *hash = hash_of(file);
        }
    }

    fn marks(&self) -> Value {
        let mut marks = None;
        self.museum.wait("the guest's agent", || {
            // A libvirtd that dies while it saves may leave the VM paused, and on hold nobody but staff touches it; not
            // while QEMU is still at it.
            let name = self.work.name;
            let jobs = self.museum.try_virsh(&["qemu-monitor-command", name, r#"{"execute":"query-jobs"}"#]);
            if self.held
                && self.museum.try_virsh(&["domstate", name]).as_deref() == Some("paused")
                && jobs.is_some_and(|jobs| !jobs.contains(r#""status":"running""#))
            {
                let _ = self.museum.try_virsh(&["resume", name]);
            }
            marks = self.museum.agent(self.work, "demo-mark", &json!({}));
            marks.is_some()
        });
        marks.unwrap()
    }

    fn mark(&mut self, mark: i64) {
        self.present = mark;
        self.museum.agent(self.work, "demo-mark", &json!({ "value": mark })).expect("the guest takes a mark");
        self.tpm.insert(mark, self.marks()["tpm"].clone());
    }

    /// What is on the images must be enough for the artwork to come back, whoever was killed.
    fn something_is_whole(&self, images: &[PathBuf]) {
        for (file, hash) in &self.chain {
            assert_eq!(hash_of(file), *hash, "{} has changed: {:#?}", file.display(), self.done);
        }
        // What lies over an external snapshot goes when the artwork is put back to that.
        if self.nothing || self.external {
            return;
        }
        let parts: Vec<_> = images.iter().map(|image| parts(image)).collect();
        let whole = |name: &str| {
            let of: Vec<_> =
                parts.iter().filter_map(|image| image.iter().find(|part| part.0 == name)).collect();
            of.len() == images.len() && of.iter().filter(|(_, memory)| *memory > 0).count() == 1
        };
        let family = parts[0].iter().filter(|(name, _)| name.starts_with("ready"));
        assert!(
            family.clone().any(|(name, _)| whole(name)),
            "nothing whole: {parts:?} after {:?}",
            self.done
        );
    }

    /// Memory, disks and TPM are of one moment, and of that.
    fn is_of(&mut self, moment: Moment) {
        let marks = self.marks();
        let memory = marks["memory"].as_i64().unwrap();
        let disks = marks["disks"].as_array().unwrap();
        let whole = disks.iter().all(|disk| *disk == memory) && self.tpm.get(&memory) == Some(&marks["tpm"]);
        let (kept, present) = (self.kept.contains(&memory), memory == self.present);
        let right = match moment {
            Moment::Kept => kept,
            Moment::Present => present,
            Moment::Either => kept || present,
        };
        assert!(
            self.nothing && moment != Moment::Present || whole && right,
            "{marks} is not of {moment:?}, where the snapshot is of {:?} and the last mark is {}: {:#?}",
            self.kept,
            self.present,
            self.done
        );
        self.present = memory;
    }

    /// What makes sense just now, most of all; each as often as it is named.
    fn choices(&self) -> &'static [Deed] {
        use Deed::{Convert, Create, Delete, Hold, Resume, Revert};
        match (self.nothing, self.external, self.held) {
            (true, _, _) => &[Create],
            (false, true, false) => &[Convert, Convert, Convert, Create, Revert, Hold, Hold],
            (false, true, true) => &[Convert, Convert, Convert, Create, Revert, Resume, Delete],
            (false, false, false) => &[Create, Create, Create, Create, Revert, Hold, Hold, Convert],
            (false, false, true) => &[Create, Create, Create, Create, Revert, Hold, Resume, Delete],
        }
    }

    fn command(&self, deed: Deed) -> Vec<&'static str> {
        let name = self.work.name;
        match deed {
            Deed::Create => vec!["snapshot", "create", name],
            Deed::Convert if self.held => vec!["snapshot", "convert", name, "--present"],
            Deed::Convert => vec!["snapshot", "convert", name],
            Deed::Revert => vec!["revert", name],
            Deed::Hold => vec!["hold", name],
            Deed::Resume => vec!["resume", name],
            Deed::Delete => vec!["snapshot", "delete", name, "ready"],
        }
    }

    /// Does it, and has something end meanwhile.
    fn step(&mut self, deed: Deed, cut: Cut, after: Duration) {
        self.done.push(format!(
            "{deed:?} and {cut:?} after {:.2} s{}",
            after.as_secs_f64(),
            if self.held { ", held" } else { "" }
        ));
        println!("        {}", self.done[self.done.len() - 1]);
        self.mark(self.present + 100);
        let was_held = self.held;
        let begun = Instant::now();
        let (before, was_external) = (images(&self.museum, self.work), self.external);
        let mut command = begin(&self.museum, &self.command(deed));
        self.kill(cut, after);
        let status = command.wait().unwrap();
        let said = told(&self.museum);
        let refused = said.lines().rev().find(|line| line.starts_with("vitrine: ")).unwrap_or_default();
        println!("            {status} {refused}");
        assert_ne!(status.code(), Some(2), "{said}");
        let (well, ignored) = (status.success(), said.contains("nothing to convert"));
        match deed {
            Deed::Create | Deed::Convert if !well && cut != Cut::Nothing => {
                self.kept.insert(self.present);
            }
            Deed::Create if well => (self.kept, self.nothing) = (BTreeSet::from([self.present]), false),
            Deed::Convert if well && !ignored => {
                self.external = false;
                if was_held {
                    self.kept = BTreeSet::from([self.present]);
                }
            }
            // What is deleted half is deleted.
            Deed::Delete if well || cut != Cut::Nothing && !said.contains("Nothing was changed") => {
                (self.kept, self.nothing) = (BTreeSet::new(), true)
            }
            Deed::Hold if well || cut != Cut::Nothing => self.held = true,
            Deed::Resume if well => self.held = false,
            Deed::Create | Deed::Convert | Deed::Delete | Deed::Revert | Deed::Hold | Deed::Resume => {}
        }
        if !was_external {
            self.something_is_whole(&before);
        }
        self.mend(cut);
        let query = r#"{"execute":"query-status"}"#;
        // A libvirtd that comes back while QEMU still answers the former one's question may take the answer for its own,
        // find it strange, and end the VM (seen with libvirt 11.3).
        let ended = cut.ends_guest()
            || cut == Cut::Libvirtd
                && self.museum.try_virsh(&["qemu-monitor-command", self.work.name, query]).is_none();
        let loads = matches!(deed, Deed::Revert | Deed::Convert);
        if deed == Deed::Resume
            || deed == Deed::Hold && cut != Cut::Nothing
            || self.held && (ended || cut != Cut::Nothing && loads)
        {
            // What it was held for has ended with it, or it is not known whether it is held.
            self.museum.wait("the artwork is no longer held", || {
                begin(&self.museum, &["resume", self.work.name]).wait().unwrap().success()
            });
            self.held = false;
        }
        if !self.held {
            self.museum.well_again(&[self.work], begun);
        }
        let stays =
            matches!(deed, Deed::Create | Deed::Hold | Deed::Delete) || deed == Deed::Convert && was_held;
        self.is_of(if ended || deed == Deed::Revert && well {
            Moment::Kept
        } else if stays && (cut == Cut::Nothing || was_held) {
            Moment::Present
        } else {
            Moment::Either
        });
        self.something_is_whole(&images(&self.museum, self.work));
    }

    fn kill(&mut self, cut: Cut, after: Duration) {
        if cut == Cut::Nothing {
            return;
        }
        // Nothing is waited for: this is the random instant.
        sleep(after);
        match cut {
            Cut::Nothing => {}
            Cut::Qemu => {
                if let Some(pid) = self.museum.libvirtd.qemu_pid(self.work.name) {
                    // One that is being replaced has ended by itself.
                    let _ = kill_process(pid, Signal::KILL);
                }
            }
            Cut::Libvirtd => self.museum.libvirtd.kill(),
            Cut::Vitrine => drop(self.museum.end(Signal::KILL)),
            Cut::Power => self.museum.cut_power(self.work),
        }
    }

    fn mend(&mut self, cut: Cut) {
        match cut {
            Cut::Nothing | Cut::Qemu => {}
            Cut::Libvirtd => self.museum.libvirtd.launch(),
            Cut::Vitrine => {
                let usual = self.museum.usual();
                self.museum.run(&usual);
            }
            Cut::Power => self.museum.power_on(),
        }
        drop(self.museum.libvirtd.connect());
        self.museum.wait_status("libvirt is there again", |site| site["hypervisor"]["state"] == "up");
    }
}

fn hash_of(file: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut bytes = vec![0; 1 << 20];
    let mut file = File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    loop {
        match file.read(&mut bytes).unwrap() {
            0 => return hasher.finish(),
            length => hasher.write(&bytes[..length]),
        }
    }
}

/// A revert that fails leaves the VM with the images that the snapshot is kept in, and what is started then must not
/// write to them.
#[test]
fn an_external_snapshot_is_spared_when_a_revert_to_it_was_cut_off() {
    let _alone = alone();
    common::eye::heed_signals();
    let libvirtd = Libvirtd::start();
    if !libvirtd.reverts_to_external_snapshots() {
        println!("    this libvirt does not go back to external snapshots");
        return;
    }
    drop(libvirtd);
    let mut order = Order::new("--disks 2", Kept::External);
    let memory = order.museum.libvirtd.path("guest/memory");
    let kept = images_of_chain(&order, &memory);

    // Its header is whole, so QEMU begins to read it.
    let file = File::options().write(true).open(&memory).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    order.chain.remove(&memory);
    let begun = Instant::now();
    begin(&order.museum, &["revert", order.work.name]).wait().unwrap();
    order.museum.well_again(&[order.work], begun);
    let written_to = images(&order.museum, order.work);
    assert!(kept.iter().all(|image| !written_to.contains(image)), "{written_to:?}: {}", order.museum.log());
    assert!(order.museum.log().contains("It is written to"), "{}", order.museum.log());
    order.museum.agent(order.work, "demo-mark", &json!({ "value": 7 })).expect("the guest takes a mark");
    order.something_is_whole(&written_to);

    order.museum.end(Signal::KILL);
    let name = order.work.name;
    order.museum.virsh(&["destroy", name]);
    let mut xml = String::from_utf8(order.museum.virsh(&["dumpxml", "--inactive", name]).stdout).unwrap();
    for (over, image) in written_to.iter().zip(&kept) {
        xml = xml.replace(over.to_str().unwrap(), image.to_str().unwrap());
    }
    let definition = order.museum.libvirtd.path("guest/cut-off.xml");
    std::fs::write(&definition, xml).unwrap();
    order.museum.virsh(&["define", definition.to_str().unwrap()]);
    assert_eq!(images(&order.museum, order.work), kept);
    order.museum.virsh(&["start", name]);
    let begun = Instant::now();
    let usual = order.museum.usual();
    order.museum.run(&usual);
    order.museum.wait("the VM writes elsewhere", || {
        images(&order.museum, order.work).iter().all(|image| !kept.contains(image))
    });
    order.museum.well_again(&[order.work], begun);
    assert!(order.museum.log().contains("it is paused"), "{}", order.museum.log());
}

fn images_of_chain(order: &Order, memory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = order.chain.keys().filter(|file| *file != memory).cloned().collect();
    files.sort_by_key(|file| file.to_string_lossy().len());
    files
}

#[test]
fn whatever_is_done_in_whatever_order_something_whole_is_there_and_nothing_goes_unsaid() {
    let _alone = alone();
    common::eye::heed_signals();
    let (mut dice, seed) = Dice::seeded();
    let orders = number("VITRINE_ORDERS", 1);
    println!("    VITRINE_SEED={seed} VITRINE_ORDERS={orders}");
    let libvirtd = Libvirtd::start();
    let uefi = libvirtd.makes_uefi_snapshots();
    let kinds: &[Kept] = match libvirtd.reverts_to_external_snapshots() {
        true => &[Kept::Internal, Kept::External, Kept::Both],
        false => &[Kept::Internal],
    };
    drop(libvirtd);
    let furniture: Vec<_> = FURNITURE.into_iter().filter(|words| uefi || !words.contains("uefi")).collect();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for number in 1..=orders {
        let kept = kinds[dice.roll(kinds.len())];
        let words = furniture[dice.roll(furniture.len())];
        println!("    order {number}: {kept:?} {words}");
        let mut order = Order::new(words, kept);
        for _ in 0..STEPS {
            let choices = order.choices();
            let deed = choices[dice.roll(choices.len())];
            let cut = CUTS[dice.roll(CUTS.len())];
            let after = Duration::from_millis(dice.roll(usize::try_from(WITHIN.as_millis()).unwrap()) as u64);
            order.step(deed, cut, after);
            *counts.entry(format!("{deed:?}, {cut:?}")).or_default() += 1;
        }
        order.step(Deed::Resume, Cut::Nothing, Duration::ZERO);
        if !order.nothing {
            order.step(Deed::Revert, Cut::Nothing, Duration::ZERO);
        }
        let images = images(&order.museum, order.work);
        assert!(begin(&order.museum, &["stop", order.work.name]).wait().unwrap().success());
        let leaked: u64 = images.iter().map(|image| leaks(image)).sum();
        order.something_is_whole(&images);
        println!("        well, with {leaked} clusters left over");
    }
    println!("    {counts:?}");
}
