//! What goes wrong in a museum, done to real parts: guests, QEMU, libvirtd, disks, networks, viewers, Vitrine itself.

use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, fcntl_lock, statvfs};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};

use super::eye::PATIENCE;
use super::libvirtd::Libvirtd;
use super::museum::{Museum, Work};

/// Room for the guests' files, and for the daemon's.
const ROOM: [u64; 2] = [900 << 20, 16 << 20];
/// What is done at once takes no longer.
const AT_ONCE: Duration = Duration::from_secs(10);

/// Ends what causes a fault.
pub type End = Box<dyn FnOnce(&mut Museum)>;

/// What a fault needs for itself, so that two at a time do not undo each other's causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Libvirtd,
    /// And the X server with its monitors, without which it cannot be started.
    Vitrine,
    /// The VM's disk, its snapshot, its display and its network.
    Vm,
    /// Nothing: it is over as soon as it has been done.
    None,
}

/// One way in which things go wrong.
#[derive(Clone, Copy)]
pub struct Fault {
    pub name: &'static str,
    pub part: Part,
    /// Only a VM with such a display (`spice`, `vnc`) can suffer it.
    pub graphics: Option<&'static str>,
    /// Whether the artwork is gone, or Vitrine finds it ill; otherwise it may pass unnoticed.
    pub shows: bool,
    /// Does it; what ends its cause, if that lasts. Not even begun, where the other fault makes it impossible.
    pub begin: fn(&mut Museum, Work) -> Option<Option<End>>,
    /// What staff do in their own time, once the artwork is back.
    pub after: Option<fn(&mut Museum, Work)>,
}

const fn once(name: &'static str, shows: bool, begin: fn(&mut Museum, Work) -> Option<Option<End>>) -> Fault {
    Fault { name, part: Part::None, graphics: None, shows, begin, after: None }
}

const fn lasting(
    name: &'static str,
    part: Part,
    shows: bool,
    begin: fn(&mut Museum, Work) -> Option<Option<End>>,
) -> Fault {
    Fault { name, part, graphics: None, shows, begin, after: None }
}

const fn snapshot(name: &'static str, begin: fn(&mut Museum, Work) -> Option<Option<End>>) -> Fault {
    Fault { name, part: Part::Vm, graphics: None, shows: true, begin, after: Some(make_snapshot) }
}

impl Fault {
    /// The same, which only VMs with such a display can suffer.
    const fn by(self, graphics: &'static str) -> Self {
        Self { graphics: Some(graphics), ..self }
    }
}

pub const FAULTS: &[Fault] = &[
    once("guest frozen", true, |m, w| key(m, w, "KEY_F")),
    once("guest panicked", true, |m, w| key(m, w, "KEY_P")),
    once("guest shut down from inside", true, |m, w| key(m, w, "KEY_O")),
    once("guest rebooted from inside", true, |m, w| key(m, w, "KEY_R")),
    once("VM reset by staff", true, |m, w| m.try_virsh(&["reset", w.name]).map(|_| None)),
    once("heartbeats stop", true, |m, w| key(m, w, "KEY_S")),
    once("VM suspended by staff", true, |m, w| m.try_virsh(&["suspend", w.name]).map(|_| None)),
    lasting("disk of the host full", Part::Vm, true, disk_full),
    lasting("disk of the host failing", Part::Vm, true, disk_failing),
    once("QEMU killed", true, |m, w| signal_qemu(m, w, Signal::KILL)),
    once("QEMU stopped", true, |m, w| signal_qemu(m, w, Signal::STOP)),
    once("QEMU hung in a monitor call", true, hung_in_a_call),
    lasting("libvirtd restarted", Part::Libvirtd, false, |m, _| {
        m.libvirtd.end();
        m.libvirtd.launch();
        Some(None)
    }),
    lasting("libvirtd killed", Part::Libvirtd, false, |m, _| {
        m.libvirtd.kill();
        m.libvirtd.launch();
        Some(None)
    }),
    lasting("libvirtd away", Part::Libvirtd, false, |m, _| {
        m.libvirtd.kill();
        until(|m| m.libvirtd.launch())
    }),
    lasting("libvirtd hung", Part::Libvirtd, false, |m, _| {
        m.libvirtd.signal(Signal::STOP);
        until(|m| m.libvirtd.signal(Signal::CONT))
    }),
    snapshot("snapshot deleted", |m, w| {
        m.try_virsh(&["snapshot-delete", w.name, "ready"])?;
        and_freeze(m, w)
    }),
    snapshot("snapshot lost in the image", |m, w| {
        m.try_virsh(&["qemu-monitor-command", w.name, "--hmp", "delvm ready"])?;
        and_freeze(m, w)
    }),
    snapshot("snapshot damaged", |m, w| {
        damage_snapshot(&image(m, w));
        and_freeze(m, w)
    }),
    lasting("snapshot of other hardware", Part::Vm, true, other_hardware),
    lasting("port of the display taken", Part::Vm, true, port_taken),
    lasting("disk image locked", Part::Vm, true, image_locked),
    lasting("disk image read-only", Part::Vm, true, image_read_only),
    lasting("disk image gone", Part::Vm, true, image_gone),
    lasting("network of the guest gone", Part::Vm, false, network_gone),
    lasting("networks of all guests gone", Part::Vm, false, all_networks_gone),
    lasting("display out of reach", Part::Vm, true, display_out_of_reach).by("vnc"),
    lasting("X server stopped", Part::Vitrine, false, |m, _| {
        m.x.stop();
        until(|m| m.x.go_on())
    }),
    lasting("monitor unplugged", Part::Vitrine, true, monitor_unplugged),
    lasting("Vitrine killed", Part::Vitrine, false, |m, _| {
        m.end(Signal::KILL);
        until(start_again)
    }),
    lasting("Vitrine stopped", Part::Vitrine, false, |m, _| {
        let pid = m.pid();
        kill_process(pid, Signal::STOP).expect("kill");
        until(move |_| kill_process(pid, Signal::CONT).expect("kill"))
    }),
    lasting("Vitrine out of file descriptors", Part::Vitrine, false, out_of_descriptors),
    lasting("state folder read-only", Part::Vitrine, false, state_read_only),
    lasting("state folder full", Part::Vitrine, false, |m, _| {
        let folder = m.path("state");
        fill(&folder);
        until(move |_| resize(&folder, ROOM[1]))
    }),
    once("viewer killed", true, |m, w| signal_viewer(m, w, Signal::KILL)),
    once("viewer stopped", true, |m, w| signal_viewer(m, w, Signal::STOP)),
    once("viewer's connection cut", true, connection_cut),
    lasting("viewer's connection taken by another", Part::None, true, connection_taken).by("spice"),
];

/// What is prepared before a museum is built, in a mount namespace of the test's own: small file systems for the
/// guests' disks and for the daemon's state, which can be full, or read-only.
pub fn prepare(libvirtd: &Libvirtd, folder: &Path) -> Vec<PathBuf> {
    let folders = [libvirtd.path("guest"), folder.join("state")];
    for (folder, room) in folders.iter().zip(ROOM) {
        fs::create_dir_all(folder).expect("a folder");
        mount(&["-t", "tmpfs", "-o", &format!("size={room}"), "none"], folder);
    }
    folders.to_vec()
}

/// Starts the daemon again with the configuration that it had.
pub fn start_again(museum: &mut Museum) {
    let config = fs::read_to_string(museum.path("vitrine.toml")).expect("the configuration");
    museum.run(&config);
}

fn until(end: impl FnOnce(&mut Museum) + 'static) -> Option<Option<End>> {
    Some(Some(Box::new(end)))
}

/// A key reaches the guest through libvirt: the focus of the viewers' windows moves while another artwork is put back.
fn key(museum: &mut Museum, work: Work, key: &str) -> Option<Option<End>> {
    museum.try_virsh(&["send-key", work.name, key]).map(|_| None)
}

/// What has happened to the snapshot is not undone where the guest cannot be frozen, too.
fn and_freeze(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let _ = key(museum, work, "KEY_F");
    Some(None)
}

fn signal_qemu(museum: &mut Museum, work: Work, signal: Signal) -> Option<Option<End>> {
    let pid = museum.libvirtd.qemu_pid(work.name)?;
    kill_process(pid, signal).ok().map(|()| None)
}

/// libvirt waits for an answer of a QEMU that gives none, and whoever asks next waits for that.
fn hung_in_a_call(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    signal_qemu(museum, work, Signal::STOP)?;
    let status = Command::new("sh")
        .args(["-c", "timeout 120 virsh -q -c \"$0\" qemu-monitor-command \"$1\" --hmp 'info status' &"])
        .args([&museum.libvirtd.uri(), work.name])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success()).then_some(None)
}

fn image(museum: &Museum, work: Work) -> PathBuf {
    museum.libvirtd.path("guest").join(format!("{}.qcow2", work.name))
}

/// The guest writes where there is no room, and QEMU pauses it.
fn disk_full(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let folder = museum.libvirtd.path("guest");
    fill(&folder);
    let typed = key(museum, work, "KEY_D");
    let end = move |_: &mut Museum| resize(&folder, ROOM[0]);
    if typed.is_none() {
        end(museum);
        return None;
    }
    until(end)
}

/// Every write fails as on a broken disk (EIO), by the filter that QEMU has for it, and QEMU pauses the guest. A QEMU that
/// takes its place has a whole disk.
pub fn disk_failing(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let disk = r#""path": "/machine/peripheral/virtio-disk0", "property": "drive""#;
    let whole = monitor(museum, work, "qom-get", disk)?;
    let whole = whole.split_once(r#""return":""#)?.1.split_once('"')?.0.to_owned();
    let fails = r#""inject-error": [{"event": "none", "iotype": "write", "errno": 5}]"#;
    monitor(
        museum,
        work,
        "blockdev-add",
        &format!(r#""driver": "blkdebug", "node-name": "failing", "image": "{whole}", {fails}"#),
    )?;
    let end = move |museum: &mut Museum| {
        let _ = monitor(museum, work, "qom-set", &format!(r#"{disk}, "value": "{whole}""#));
        let _ = monitor(museum, work, "blockdev-del", r#""node-name": "failing""#);
    };
    let failing = monitor(museum, work, "qom-set", &format!(r#"{disk}, "value": "failing""#));
    if failing.and_then(|_| key(museum, work, "KEY_D")).is_none() {
        end(museum);
        return None;
    }
    until(end)
}

/// What QEMU answers; none where it says that it can't, or is not there.
fn monitor(museum: &Museum, work: Work, call: &str, arguments: &str) -> Option<String> {
    let call = format!(r#"{{"execute": "{call}", "arguments": {{{arguments}}}}}"#);
    let answer = museum.try_virsh(&["qemu-monitor-command", work.name, &call])?;
    (!answer.contains(r#""error":"#)).then_some(answer)
}

/// Staff hold the artwork, give its VM twice the memory, start it, and leave the snapshot as it was. QEMU cannot load it
/// in place any more.
fn other_hardware(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let before = museum.try_virsh(&["dumpxml", "--inactive", work.name])?;
    let memory = before.split_once("<memory unit='KiB'>")?.1.split_once('<')?.0;
    let twice = (2 * memory.parse::<u64>().ok()?).to_string();
    let after = before.replace(&format!(">{memory}</"), &format!(">{twice}</"));
    let file = museum.path("other-hardware.xml");
    let define = move |museum: &Museum, text: &str| {
        fs::write(&file, text).expect("a file");
        museum.try_virsh(&["define", file.to_str()?])
    };
    let held = museum.vitrine(&["hold", work.name]).output().expect("vitrine");
    if !held.status.success() {
        return None;
    }
    let started = define(museum, &after).and_then(|_| {
        museum.try_virsh(&["destroy", work.name])?;
        museum.try_virsh(&["start", work.name])
    });
    resume(museum, work);
    if started.is_none() {
        define(museum, &before);
        return None;
    }
    until(move |museum| drop(define(museum, &before)))
}

/// Ends a hold, as soon as there is a Vitrine that can be told.
fn resume(museum: &Museum, work: Work) {
    let mut resume = museum.vitrine(&["resume", work.name]);
    let resumed = move || resume.output().expect("vitrine").status.success();
    std::thread::spawn(move || eventually(resumed));
}

fn eventually(mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The port of an artwork's display. A VNC display is named by its number, which is 5900 less (qemu-system(1), `-vnc`).
fn port(museum: &Museum, work: Work) -> Option<u16> {
    let number: u16 = museum.try_virsh(&["domdisplay", work.name])?.rsplit_once(':')?.1.parse().ok()?;
    Some(if work.graphics == "vnc" { number + 5900 } else { number })
}

/// QEMU listens for viewers where none looks for it, and the viewer that had a connection is gone.
fn display_out_of_reach(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let elsewhere = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    let there = |port: u16| {
        let address = format!(r#"{{"type": "inet", "host": "127.0.0.1", "port": "{port}"}}"#);
        format!(r#""type": "vnc", "addresses": [{address}]"#)
    };
    let port = port(museum, work)?;
    monitor(museum, work, "display-update", &there(elsewhere))?;
    signal_viewer(museum, work, Signal::KILL)?;
    until(move |museum| {
        // A QEMU that took its place listens there already.
        let _ = monitor(museum, work, "display-update", &there(port));
    })
}

fn port_taken(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let port = port(museum, work)?;
    signal_qemu(museum, work, Signal::KILL)?;
    let begun = Instant::now();
    while begun.elapsed() < AT_ONCE {
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return until(move |_| drop(listener));
        }
        std::thread::yield_now();
    }
    None
}

/// QEMU shares the locks that it holds on its image with readers, but takes none anew where somebody reads.
fn image_locked(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let file = File::open(image(museum, work)).ok()?;
    fcntl_lock(&file, FlockOperation::NonBlockingLockShared).ok()?;
    signal_qemu(museum, work, Signal::KILL)?;
    until(move |_| drop(file))
}

fn image_read_only(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let image = image(museum, work);
    let before = fs::metadata(&image).ok()?.permissions();
    fs::set_permissions(&image, Permissions::from_mode(0o444)).ok()?;
    let end = move |_: &mut Museum| fs::set_permissions(&image, before).expect("its permissions");
    if signal_qemu(museum, work, Signal::KILL).is_none() {
        end(museum);
        return None;
    }
    until(end)
}

fn image_gone(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let image = image(museum, work);
    let aside = image.with_extension("aside");
    fs::rename(&image, &aside).ok()?;
    let end = move |_: &mut Museum| fs::rename(&aside, &image).expect("the image");
    if signal_qemu(museum, work, Signal::KILL).is_none() {
        end(museum);
        return None;
    }
    until(end)
}

fn network_gone(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let interfaces = museum.try_virsh(&["domiflist", work.name])?;
    let mac = interfaces.split_whitespace().find(|word| word.matches(':').count() == 5)?.to_owned();
    museum.try_virsh(&["domif-setlink", work.name, &mac, "down"])?;
    until(move |museum| {
        // A VM that was replaced meanwhile has its network already, and one that is off has none.
        let _ = museum.try_virsh(&["domif-setlink", work.name, &mac, "up"]);
    })
}

/// As when the bridge fails, or a firewall, that all guests depend on.
fn all_networks_gone(museum: &mut Museum, _: Work) -> Option<Option<End>> {
    let works = museum.works().to_vec();
    let ends: Vec<_> = works.into_iter().filter_map(|work| network_gone(museum, work)).flatten().collect();
    until(move |museum| ends.into_iter().for_each(|end| end(museum)))
}

fn monitor_unplugged(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let output = format!("DUMMY{}", work.screen);
    museum.x.unplug(&output);
    until(move |museum| museum.x.plug(&output))
}

fn out_of_descriptors(museum: &mut Museum, _: Work) -> Option<Option<End>> {
    let pid = museum.pid();
    let open = fs::read_dir(format!("/proc/{}/fd", pid.as_raw_pid())).ok()?.count() as u64;
    // The daemon has the test's own limits.
    let none_left = Rlimit { current: Some(open), ..getrlimit(Resource::Nofile) };
    let before = prlimit(Some(pid), Resource::Nofile, none_left).expect("prlimit");
    until(move |_| {
        prlimit(Some(pid), Resource::Nofile, before).expect("prlimit");
    })
}

/// A file system that is written to cannot be made read-only; so Vitrine finds it so when it starts.
fn state_read_only(museum: &mut Museum, _: Work) -> Option<Option<End>> {
    let folder = museum.path("state");
    museum.end(Signal::KILL);
    mount(&["-o", "remount,ro"], &folder);
    start_again(museum);
    until(move |_| mount(&["-o", "remount,rw"], &folder))
}

fn signal_viewer(museum: &mut Museum, work: Work, signal: Signal) -> Option<Option<End>> {
    museum.try_virsh(&["domuuid", work.name])?;
    let viewers: Vec<Pid> = museum.viewers(work);
    let hit = viewers.into_iter().filter(|pid| kill_process(*pid, signal).is_ok()).count();
    (hit > 0).then_some(None)
}

fn connection_cut(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let port = port(museum, work)?;
    let said = Command::new("ss")
        .args(["-K", "-H", "-t", "dst", "127.0.0.1", "dport", "=", &format!(":{port}")])
        .output()
        .expect("ss: install iproute2");
    // It names those that it has cut.
    (!said.stdout.is_empty()).then_some(None)
}

/// As when staff open virt-manager: SPICE has room for one client only.
fn connection_taken(museum: &mut Museum, work: Work) -> Option<Option<End>> {
    let display = museum.try_virsh(&["domdisplay", work.name])?;
    let staff = Leaving(museum.another_client(&display));
    until(move |_| drop(staff))
}

/// Is killed at the end.
struct Leaving(Child);

impl Drop for Leaving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Overwrites the beginning of the memory that the image's first snapshot keeps, as a bad disk would.
pub fn damage_snapshot(image: &Path) {
    let file = File::options().read(true).write(true).open(image).expect("the image");
    let read = |at: u64, length: usize| {
        let mut bytes = [0; 8];
        file.read_exact_at(&mut bytes[8 - length..], at).expect("the image");
        u64::from_be_bytes(bytes)
    };
    // By docs/interop/qcow2.rst of QEMU: the header, the table of snapshots, the first one's tables of clusters.
    let (cluster_bits, size) = (read(20, 4), read(24, 8));
    assert!(read(60, 4) > 0, "the image has no snapshot");
    let level_1 = read(read(64, 8), 8);
    // What a table of the second level covers; memory comes after the disk's own contents.
    let covered = 1 << (cluster_bits + cluster_bits - 3);
    let place = |at: u64| read(at, 8) & 0x00ff_ffff_ffff_fe00;
    let level_2 = place(level_1 + 8 * size.div_ceil(covered));
    let memory = place(level_2);
    assert_eq!(read(memory, 4), 0x5145_564D, "this is not where QEMU keeps the memory");
    file.write_all_at(&[0xEE; 4096], memory).expect("the image");
}

/// Whether the image still has a snapshot that is whole is not known to anybody; staff make a new one.
fn make_snapshot(museum: &mut Museum, work: Work) {
    let said = museum.vitrine(&["snapshot", "create", work.name]).output().expect("vitrine");
    assert!(
        said.status.success(),
        "no new snapshot of {}: {}",
        work.name,
        String::from_utf8_lossy(&said.stderr)
    );
}

fn mount(arguments: &[&str], folder: &Path) {
    if let Err(why) = try_mount(arguments, folder) {
        panic!("mount {arguments:?} {}: {why}", folder.display());
    }
}

fn try_mount(arguments: &[&str], folder: &Path) -> Result<(), String> {
    let done = Command::new("mount").args(arguments).arg(folder).output().expect("mount");
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
}

fn resize(folder: &Path, room: u64) {
    mount(&["-o", &format!("remount,size={room}")], folder);
}

/// Leaves no room but what is taken.
fn fill(folder: &Path) {
    let begun = Instant::now();
    loop {
        let is = statvfs(folder).expect("a file system");
        let taken = (is.f_blocks - is.f_bfree) * is.f_frsize;
        match try_mount(&["-o", &format!("remount,size={taken}")], folder) {
            Ok(()) => return,
            // Somebody has written just then.
            Err(why) => assert!(begun.elapsed() < AT_ONCE, "{} cannot be full: {why}", folder.display()),
        }
    }
}
