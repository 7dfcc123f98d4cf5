//! What the doctor looks at stands still, or goes, in the middle of a look: the doctor ends all the same, says what it does
//! not know, calls nothing ill for its neighbour's sake, and leaves the artworks alone.

use std::fs;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal};

use super::common::museum::{EDEN, Museum, ORBIT};
use super::spare::{SPARE, Spare};
use super::{Found, findings, unwell};

/// Whoever has not ended by then hangs.
const HANGS: Duration = Duration::from_secs(90);

/// A doctor that is looking, and since when.
struct Looking {
    child: Child,
    begun: Instant,
}

fn begin(museum: &Museum, arguments: &[&str]) -> Looking {
    let mut words = vec!["doctor", "--json"];
    words.extend(arguments);
    let mut command = museum.vitrine(&words);
    let begun = Instant::now();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let tasks = format!("/proc/{}/task", child.id());
    // Each area has a thread of its own; those that need nothing of libvirt's begin before libvirt is asked.
    let looks = || {
        let tasks = fs::read_dir(&tasks).into_iter().flatten().flatten();
        let mut names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
        names.any(|name| name.starts_with("doctor-"))
    };
    while !looks() {
        assert!(child.try_wait().unwrap().is_none(), "it has ended already");
        // Only how often it is looked, not how long is waited.
        thread::sleep(Duration::from_millis(1));
    }
    Looking { child, begun }
}

/// What it has found.
fn finish(what: &str, looking: Looking) -> Vec<Found> {
    let Looking { child, begun } = looking;
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(child.wait_with_output()));
    let found = findings(&told.recv_timeout(HANGS).expect("the doctor hangs").expect("vitrine"));
    println!("    {what}: {} findings after {:.2} s", found.len(), begun.elapsed().as_secs_f64());
    found
}

/// What the daemon has had to mend, and by which processes the artworks run.
fn artworks(museum: &Museum) -> Vec<(u64, Pid, Vec<Pid>)> {
    let of = |work| (museum.recoveries(work), museum.qemu(work), museum.viewers(work));
    vec![of(EDEN), of(ORBIT)]
}

/// That nothing is ill or a warning that was not before, but for what is said of these, and that something is not known.
fn fair(what: &str, found: &[Found], before: &[Found], of: &[&str], unknown: &str) {
    let wrong: Vec<_> = unwell(found)
        .into_iter()
        .filter(|found| !of.iter().any(|area| found.check.starts_with(area)))
        .filter(|found| !before.contains(found))
        .filter(|found| !found.is_of_a_busy_machine())
        .collect();
    assert!(wrong.is_empty(), "{what}: {wrong:#?}");
    let not_known: Vec<_> =
        found.iter().filter(|found| found.verdict == "unknown" && found.check.starts_with(unknown)).collect();
    assert!(!not_known.is_empty(), "{what}: nothing of {unknown} is unknown: {found:#?}");
    assert!(
        not_known.iter().all(|found| !found.evidence.is_empty()),
        "{what}: without a reason: {not_known:#?}"
    );
}

/// A file system that answers nobody: a FUSE that nobody serves.
struct DeadShare {
    device: Option<fs::File>,
    place: PathBuf,
}

impl DeadShare {
    fn mount(place: PathBuf) -> Self {
        fs::create_dir_all(&place).unwrap();
        let device = fs::File::options().read(true).write(true).open("/dev/fuse").unwrap();
        let number = device.as_raw_fd();
        // mount(8) hands it on to the kernel.
        fcntl_setfd(&device, FdFlags::empty()).unwrap();
        let options = format!("fd={number},rootmode=40000,user_id=0,group_id=0,allow_other");
        Spare::as_root(&["mount", "-i", "-t", "fuse", "-o", &options, "dead", place.to_str().unwrap()]);
        fcntl_setfd(&device, FdFlags::CLOEXEC).unwrap();
        Self { device: Some(device), place }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }
}

impl Drop for DeadShare {
    fn drop(&mut self) {
        // Whoever waits for it hears of its end.
        drop(self.device.take());
        let _ = Command::new("umount").arg("--lazy").arg(&self.place).status();
    }
}

/// A VM's disk on a share that is gone.
fn dead_disk(museum: &Museum) {
    let spare = Spare::make(museum);
    let arguments = ["--config", spare.config(), SPARE];
    let before = finish("the spare VM", begin(museum, &arguments));
    let share = DeadShare::mount(museum.path("share"));
    spare.disk_lies_at(&share.path("spare.qcow2"));
    let found = finish("the spare VM on a dead share", begin(museum, &arguments));
    // The snapshot was made where the disk lay before.
    fair("a dead share", &found, &before, &["snapshot.disks", "definition.snapshot-hardware"], "image.");
    drop(share);
    spare.heal();
}

/// A configuration on a share that is gone.
fn dead_configuration(museum: &Museum) {
    let share = DeadShare::mount(museum.path("configuration"));
    let file = share.path("vitrine.toml");
    let looking = begin(museum, &["--config", file.to_str().unwrap()]);
    let found = finish("a configuration on a dead share", looking);
    let told = found.iter().find(|found| found.check == "api.configuration");
    assert!(told.is_some_and(|told| told.evidence.contains("could not be read within")), "{told:?}");
    drop(share);
}

/// X server and libvirtd stand still from the beginning.
fn sickest(museum: &mut Museum) {
    museum.x.stop();
    museum.libvirtd.signal(Signal::STOP);
    let found = finish("the sickest site", begin(museum, &[]));
    museum.libvirtd.signal(Signal::CONT);
    museum.x.go_on();
    let unknown =
        |area: &str| found.iter().any(|one| one.verdict == "unknown" && one.check.starts_with(area));
    assert!(unknown("display.") || unknown("definition."), "{found:#?}");
    assert!(found.iter().any(|one| one.check == "libvirt.reach" && one.verdict == "ill"), "{found:#?}");
}

pub(super) fn what_hangs_meanwhile_is_unknown_and_nobody_elses_fault(museum: &mut Museum) {
    museum.welcome();
    let before = finish("all is well", begin(museum, &[]));
    let artworks_before = artworks(museum);

    let looking = begin(museum, &[]);
    museum.x.stop();
    let found = finish("the X server stands", looking);
    museum.x.go_on();
    fair("the X server stands", &found, &before, &["display.server"], "display.");
    assert!(
        found.iter().any(|found| found.check == "libvirt.reach" && found.verdict == "well"),
        "{found:#?}"
    );

    let looking = begin(museum, &[]);
    museum.libvirtd.signal(Signal::STOP);
    let found = finish("libvirtd stands", looking);
    museum.libvirtd.signal(Signal::CONT);
    fair("libvirtd stands", &found, &before, &["libvirt.reach", "api.libvirt"], "definition.");

    dead_disk(museum);
    dead_configuration(museum);
    sickest(museum);
    museum.well_again(&[EDEN, ORBIT], Instant::now());
    assert_eq!(artworks(museum), artworks_before, "an artwork was disturbed");
}

pub(super) fn what_dies_meanwhile_is_named_alone(museum: &mut Museum) {
    museum.welcome();
    let before = finish("all is well", begin(museum, &[]));
    let machines = [EDEN, ORBIT].map(|work| museum.qemu(work));

    let looking = begin(museum, &[]);
    museum.libvirtd.kill();
    fair(
        "libvirtd is killed",
        &finish("libvirtd is killed", looking),
        &before,
        &["libvirt.", "api.libvirt"],
        "",
    );
    museum.libvirtd.launch();
    museum.welcome();

    let looking = begin(museum, &[]);
    museum.x.kill();
    fair(
        "the X server is killed",
        &finish("the X server is killed", looking),
        &before,
        // Vitrine ends with it.
        &["display.", "api.", "session.", "guest.", "network.listening"],
        "",
    );
    assert_eq!([EDEN, ORBIT].map(|work| museum.qemu(work)), machines, "an artwork was disturbed");
    let run = |machine: &Pid| Path::new(&format!("/proc/{}", machine.as_raw_nonzero())).exists();
    assert!(machines.iter().all(run), "a VM has ended");
}
