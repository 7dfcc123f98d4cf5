//! Faults, and the check that names each.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use rustix::process::{Signal, kill_process};

use super::common::museum::{EDEN, Museum, RULES};
use super::spare::{SPARE, Spare, between};
use super::{Found, doctor};

/// What lives on until the fault is healed.
enum Kept {
    Nothing,
    Process(Child),
    Mount(std::path::PathBuf),
}

impl Drop for Kept {
    fn drop(&mut self) {
        match self {
            Self::Nothing => {}
            Self::Process(child) => {
                let _ = child.kill();
                let _ = child.wait();
            }
            Self::Mount(place) => {
                let _ = Command::new("umount").arg("--lazy").arg(place).status();
            }
        }
    }
}

/// A fault of a VM: its name, the check that should name it, and how it is planted.
type OfVm = (&'static str, &'static str, fn(&Spare<'_>) -> Kept);

const HEARTBEAT: &str = "heartbeat = { timeout = \"10s\" }\n";

#[rustfmt::skip]
const OF_VM: &[OfVm] = &[
    // The VM and its definition.
    ("there is no such VM", "definition.exists", |s| { s.virsh(&["undefine", SPARE, "--snapshots-metadata"]); Kept::Nothing }),
    ("it is gone once it stops", "definition.transient", |s| { s.start(); s.virsh(&["undefine", SPARE, "--snapshots-metadata"]); Kept::Nothing }),
    ("somebody has paused it", "libvirt.vm-state", |s| { s.start(); s.virsh(&["suspend", SPARE]); Kept::Nothing }),
    ("a saved state would be started", "definition.saved-state", |s| { s.start(); s.virsh(&["managedsave", SPARE]); Kept::Nothing }),
    ("a change that the next revert takes back", "snapshot.changed", |s| { s.start(); s.change(&[("<memory unit='KiB'>98304<", "<memory unit='KiB'>114688<"), ("<currentMemory unit='KiB'>98304<", "<currentMemory unit='KiB'>114688<")]); Kept::Nothing }),
    ("no display", "definition.graphics", |s| { s.instead_of("graphics", ""); Kept::Nothing }),
    ("the display asks for a password", "definition.password", |s| { s.change(&[("<graphics type='spice'", "<graphics type='spice' passwd='secret'")]); Kept::Nothing }),
    ("no graphics card", "definition.video", |s| { s.instead_of("video", "<video><model type='none'/></video>"); Kept::Nothing }),
    ("a mouse and no tablet", "definition.pointer", |s| { s.instead_of("input type='tablet'", ""); Kept::Nothing }),
    ("the emulator is not installed", "definition.emulator", |s| { let emulator = s.file("emulator"); s.run(&["ln", "-s", "/usr/bin/qemu-system-x86_64", &emulator]); s.instead_of("emulator", &format!("<emulator>{emulator}</emulator>")); fs::remove_file(emulator).unwrap(); Kept::Nothing }),
    ("a CD that is not there", "definition.media", |s| { s.add("<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='/nowhere/install.iso'/><target dev='hda' bus='ide'/><readonly/></disk>"); Kept::Nothing }),
    ("the neighbour's MAC address", "definition.mac", |s| { let mac = s.mac_of(EDEN.name); s.instead_of("mac address", &format!("<mac address='{mac}'/>")); Kept::Nothing }),
    ("a raw disk", "definition.disk-format", |s| { s.run(&["qemu-img", "create", "-q", "-f", "raw", &s.file("second.img"), "16M"]); s.add(&format!("<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/><target dev='vdb' bus='virtio'/></disk>", s.file("second.img"))); Kept::Nothing }),
    ("a disk that forgets", "definition.disk-left-out", |s| { s.change(&[("<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio'/><transient/>")]); Kept::Nothing }),
    ("a PCI device is passed through", "definition.savable", |s| { s.add("<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='0x7f' slot='0x1f' function='0x7'/></source></hostdev>"); Kept::Nothing }),
    ("a shared folder", "definition.shares", |s| { s.add(&format!("<filesystem type='mount' accessmode='mapped'><source dir='{}'/><target dir='share'/></filesystem>", s.folder.display())); Kept::Nothing }),
    ("a shared folder that is not there", "definition.folders", |s| { s.add("<filesystem type='mount' accessmode='mapped'><source dir='/nowhere/share'/><target dir='share'/></filesystem>"); Kept::Nothing }),
    ("a reboot switches it off", "definition.on-reboot", |s| { s.change(&[("<on_reboot>restart<", "<on_reboot>destroy<")]); Kept::Nothing }),
    ("it falls asleep", "definition.sleep", |s| { s.change(&[("</features>", "</features><pm><suspend-to-mem enabled='yes'/></pm>")]); Kept::Nothing }),
    ("a network that is not there", "definition.network-source", |s| { s.instead_of("interface", "<interface type='network'><source network='nowhere'/></interface>"); Kept::Nothing }),
    ("a network card that never reaches the computer", "definition.network-host", |s| { s.configure(HEARTBEAT); s.instead_of("interface", "<interface type='direct'><source dev='lo' mode='bridge'/></interface>"); Kept::Nothing }),
    ("heartbeats, and no network card", "definition.network-card", |s| { s.configure(HEARTBEAT); s.instead_of("interface", ""); Kept::Nothing }),
    ("an agent, and no channel for it", "definition.agent", |s| { s.configure("heartbeat = false\nagent = true\n"); s.instead_of("channel", ""); Kept::Nothing }),
    ("huge pages, and none are there", "definition.hugepages", |s| { s.change(&[("<currentMemory", "<memoryBacking><hugepages/></memoryBacking><currentMemory")]); Kept::Nothing }),
    ("less memory than it was given", "definition.balloon", |s| { s.change(&[("<currentMemory unit='KiB'>98304<", "<currentMemory unit='KiB'>65536<")]); Kept::Nothing }),
    ("the neighbour's port", "definition.display-port", |s| { let port = s.port_of(EDEN.name); s.change(&[("autoport='yes'", &format!("port='{port}' autoport='no'"))]); Kept::Nothing }),
    ("raw variables of its firmware", "definition.uefi-variables", |s| { s.run(&["cp", "/usr/share/OVMF/OVMF_VARS_4M.fd", &s.file("raw.fd")]); s.change(&[("<kernel>", &format!("<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram>{}</nvram><kernel>", s.file("raw.fd")))]); Kept::Nothing }),
    ("no firmware", "definition.firmware", |s| { s.change(&[("<kernel>", "<loader readonly='yes' type='pflash'>/nowhere/CODE.fd</loader><nvram>/nowhere/VARS.fd</nvram><kernel>")]); Kept::Nothing }),
    ("a card whose sound nobody hears", "definition.sound", |s| { s.add("<sound model='ich9'><audio id='1'/></sound>"); Kept::Nothing }),
    ("a watchdog that switches it off", "definition.watchdog", |s| { s.add("<watchdog model='i6300esb' action='poweroff'/>"); Kept::Nothing }),
    ("a disk that libvirt does not know", "definition.hidden-disk", |s| { s.change(&[("</domain>", "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-drive'/><qemu:arg value='file=/nowhere/mac.qcow2,if=ide'/></qemu:commandline></domain>")]); Kept::Nothing }),
    ("a serial port that is not there", "definition.devices", |s| { s.instead_of("serial", "<serial type='dev'><source path='/nowhere/ttyS9'/><target port='0'/></serial>"); Kept::Nothing }),
    // Its images.
    ("the image is gone", "image.exists", |s| { fs::remove_file(s.disk()).unwrap(); Kept::Nothing }),
    ("a folder in the image's place", "image.kind", |s| { fs::remove_file(s.disk()).unwrap(); fs::create_dir(s.disk()).unwrap(); Kept::Nothing }),
    ("what the image is based on is gone", "image.backing", |s| { let base = s.file("base.qcow2"); s.run(&["qemu-img", "create", "-q", "-f", "qcow2", &base, "16M"]); s.run(&["qemu-img", "create", "-q", "-f", "qcow2", "-b", &base, "-F", "qcow2", &s.file("over.qcow2")]); fs::remove_file(&base).unwrap(); s.disk_is("over.qcow2"); Kept::Nothing }),
    ("a raw image that is called qcow2", "image.format", |s| { let disk = s.file("spare.qcow2"); fs::remove_file(&disk).unwrap(); s.run(&["qemu-img", "create", "-q", "-f", "raw", &disk, "16M"]); Kept::Nothing }),
    ("a folder that QEMU may not enter", "image.path", |s| { let shut = s.museum.path("shut"); fs::create_dir_all(&shut).unwrap(); Spare::as_root(&["chmod", "700", shut.to_str().unwrap()]); fs::copy(s.disk(), shut.join("spare.qcow2")).unwrap(); s.disk_lies_at(&shut.join("spare.qcow2")); Kept::Nothing }),
    ("an image that QEMU may not write", "image.rights", |s| { Spare::as_root(&["chown", "root:root", s.disk().to_str().unwrap()]); Spare::as_root(&["chmod", "600", s.disk().to_str().unwrap()]); Kept::Nothing }),
    ("a disk that is read only", "image.read-only", |s| { let place = s.mount("ro", "size=300m"); fs::copy(s.disk(), place.join("spare.qcow2")).unwrap(); Spare::as_root(&["chmod", "777", place.to_str().unwrap()]); Spare::as_root(&["mount", "-o", "remount,ro", place.to_str().unwrap()]); s.disk_lies_at(&place.join("spare.qcow2")); Kept::Mount(place) }),
    ("a full disk", "image.room", |s| { let place = s.mount("full", "size=300m"); fs::copy(s.disk(), place.join("spare.qcow2")).unwrap(); s.give(&place); let _ = Command::new("dd").args(["if=/dev/zero", "bs=1M"]).arg(format!("of={}", place.join("fill").display())).stderr(Stdio::null()).status(); s.disk_lies_at(&place.join("spare.qcow2")); Kept::Mount(place) }),
    ("no file more can be made", "image.inodes", |s| { let place = s.mount("inodes", "size=300m,nr_inodes=4"); fs::copy(s.disk(), place.join("spare.qcow2")).unwrap(); for n in 0..8 { if fs::write(place.join(n.to_string()), "").is_err() { break; } } s.give(&place); s.disk_lies_at(&place.join("spare.qcow2")); Kept::Mount(place) }),
    ("an image in memory", "image.memory-only", |s| { let place = s.mount("memory", "size=3g"); fs::copy(s.disk(), place.join("spare.qcow2")).unwrap(); s.give(&place); s.disk_lies_at(&place.join("spare.qcow2")); Kept::Mount(place) }),
    ("an image that calls itself corrupt", "image.corrupt", |s| { s.poke(72, &[0, 0, 0, 0, 0, 0, 0, 2]); Kept::Nothing }),
    ("two VMs with one image", "image.shared", |s| { let xml = s.xml_of(EDEN.name); let at = xml.find("<source file='").unwrap() + 14; let file = &xml[at..at + xml[at..].find('\'').unwrap()]; s.disk_lies_at(file.as_ref()); Kept::Nothing }),
    ("another program holds the image", "image.locked", |s| Kept::Process(s.hold_image())),
    ("its firmware's variables are gone", "image.nvram", |s| { s.change(&[("<kernel>", &format!("<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram format='qcow2'>{}</nvram><kernel>", s.file("gone_VARS.qcow2")))]); Kept::Nothing }),
    // Its snapshot.
    ("no snapshot", "snapshot.exists", |s| { s.virsh(&["snapshot-delete", SPARE, "ready"]); Kept::Nothing }),
    ("libvirt has it and the image does not", "snapshot.whole", |s| { s.run(&["qemu-img", "snapshot", "-d", "ready", &s.file("spare.qcow2")]); Kept::Nothing }),
    ("the image has it and libvirt does not", "snapshot.exists", |s| { s.virsh(&["snapshot-delete", SPARE, "ready", "--metadata"]); Kept::Nothing }),
    ("made while it was off", "snapshot.memory", |s| { s.virsh(&["snapshot-delete", SPARE, "ready"]); s.virsh(&["snapshot-create-as", SPARE, "ready"]); Kept::Nothing }),
    ("an external one", "snapshot.external", |s| { s.virsh(&["snapshot-delete", SPARE, "ready"]); s.external(); Kept::Nothing }),
    ("an external one without its file", "snapshot.files", |s| { s.virsh(&["snapshot-delete", SPARE, "ready"]); s.external(); fs::remove_file(s.file("memory.save")).unwrap(); Kept::Nothing }),
    ("its copy alone", "snapshot.copy", |s| { s.virsh(&["snapshot-delete", SPARE, "ready"]); s.start(); s.virsh(&["snapshot-create-as", SPARE, "ready.new"]); s.virsh(&["destroy", SPARE]); Kept::Nothing }),
    ("a disk that it has not", "snapshot.disks", |s| { s.run(&["qemu-img", "create", "-q", "-f", "qcow2", &s.file("later.qcow2"), "16M"]); s.add(&format!("<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/><target dev='vdb' bus='virtio'/></disk>", s.file("later.qcow2"))); Kept::Nothing }),
];

/// How many faults are planted: all, or each of so many.
fn step() -> usize {
    if std::env::var_os("VITRINE_DOCTOR_ALL").is_some() { 1 } else { 4 }
}

/// What is new since all was well, the worst first.
fn new_since(before: &[Found], now: Vec<Found>) -> Vec<Found> {
    let known = |found: &Found| {
        before.iter().any(|known| {
            known.check == found.check && known.exhibit == found.exhibit && known.rank() <= found.rank()
        })
    };
    now.into_iter()
        .filter(|found| found.rank() < 3 && !known(found) && !found.is_of_a_busy_machine())
        .collect()
}

/// Where the check stands among what is new, and that it does at all.
fn judge(name: &str, check: &str, new: &[Found], took: f64, wrong: &mut Vec<String>) {
    let place = new.iter().position(|found| found.check == check);
    let said =
        new.iter().map(|found| format!("{} ({})", found.check, found.verdict)).collect::<Vec<_>>().join(", ");
    println!(
        "    {name}: {} after {took:.1} s: {said}",
        place.map_or("NOT NAMED".to_owned(), |place| format!("{}", place + 1))
    );
    if place.is_none_or(|place| place > 1) {
        wrong.push(format!("{name}: {check} is not first or second of {new:#?}"));
    }
}

pub(super) fn each_fault_of_a_vm_is_named(museum: &mut Museum) {
    museum.welcome();
    let spare = Spare::make(museum);
    let look = || doctor(museum, &[SPARE, "--config", spare.config()]);
    let (well, _) = look();
    let mut wrong = Vec::new();
    for (name, check, plant) in OF_VM.iter().step_by(step()) {
        let kept = plant(&spare);
        let (found, took) = look();
        judge(name, check, &new_since(&well, found), took.as_secs_f64(), &mut wrong);
        drop(kept);
        spare.heal();
    }
    let again = new_since(&well, look().0);
    assert!(again.is_empty(), "healed, and not well: {again:#?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A machine that no QEMU of today has.
const DROPPED: &str = "pc-i440fx-1.4";

/// That doctor and `vitrine check` tell of the machine before anybody needs it, by this check.
fn machine_is_told(museum: &Museum, config: &str, check: &str) {
    let (found, _) = doctor(museum, &[SPARE, "--config", config]);
    let told = found.iter().find(|found| found.check == check && found.evidence.contains(DROPPED));
    assert!(told.is_some_and(|found| found.verdict == "ill"), "{check}: {:#?}", found.iter().take(5));
    let checked = museum.vitrine(&["check", config]).output().unwrap();
    let said = String::from_utf8_lossy(&[checked.stdout, checked.stderr].concat()).into_owned();
    assert!(said.contains(DROPPED), "vitrine check: {said}");
}

/// As after an upgrade of the distribution, with real parts: libvirt refuses such a machine where it is new to it, and keeps
/// what it has.
pub(super) fn a_machine_that_an_upgrade_has_dropped_is_told_before_it_is_needed(museum: &mut Museum) {
    museum.welcome();
    let refused = |museum: &Museum, words: &[&str]| {
        assert!(museum.try_virsh(words).is_none(), "libvirt has such a machine: {words:?}");
    };
    let spare = Spare::make(museum);
    spare.configure("heartbeat = false\n");
    let (config, own) = (spare.config().to_owned(), between(&spare.xml, "machine='", "'"));
    spare.snapshot_of_machine(DROPPED);
    machine_is_told(museum, &config, "snapshot.machine");
    machine_is_told(museum, &config, "definition.machine");
    refused(museum, &["snapshot-revert", SPARE, "ready"]);
    spare.heal();

    let file = museum.libvirtd.path("config/libvirt/qemu/spare.xml");
    let upgrade = |museum: &mut Museum, from: &str, to: &str| {
        museum.libvirtd.end();
        let text = fs::read_to_string(&file).unwrap();
        let (from, to) = (format!("machine='{from}'"), format!("machine='{to}'"));
        assert!(text.contains(&from), "{text}");
        fs::write(&file, text.replace(&from, &to)).unwrap();
        museum.libvirtd.launch();
        museum.welcome();
    };
    upgrade(museum, &own, DROPPED);
    machine_is_told(museum, &config, "definition.machine");
    refused(museum, &["start", SPARE]);
    upgrade(museum, DROPPED, &own);
}

/// A fault of the museum: its name, the check that should name it, how it is planted, and how it is healed.
type OfMuseum = (&'static str, &'static str, fn(&mut Museum) -> Kept, fn(&mut Museum));

fn usual(museum: &mut Museum) {
    museum.welcome();
}

fn go_on(museum: &mut Museum) {
    let _ = kill_process(museum.pid(), Signal::CONT);
    museum.welcome();
}

/// Has the daemon run by its usual configuration with something else in it.
fn runs_with(museum: &mut Museum, from: &str, to: &str) -> Kept {
    let text = museum.usual();
    assert!(text.contains(from), "{text}");
    museum.reload(&text.replacen(from, to, 1));
    Kept::Nothing
}

#[rustfmt::skip]
const OF_MUSEUM: &[OfMuseum] = &[
    ("Vitrine stands still", "api.standstill", |m| { kill_process(m.pid(), Signal::STOP).unwrap(); Kept::Nothing }, go_on),
    ("no Vitrine runs", "api.daemon", |m| { m.end(Signal::TERM); Kept::Nothing }, usual),
    ("the configuration is wrong", "api.configuration", |m| { m.write_config("[[exhibit]]\nname = 7\n"); Kept::Nothing }, |m| { let text = m.usual(); m.reload(&text); m.welcome(); }),
    ("a change that nobody took up", "api.configuration-in-use", |m| { let text = m.usual().replace("5s", "7s"); m.write_config(&text); Kept::Nothing }, |m| { let text = m.usual(); m.reload(&text); m.welcome(); }),
    ("an artwork is on hold", "api.exhibit", |m| { assert!(m.vitrine(&["hold", EDEN.name]).status().unwrap().success()); Kept::Nothing }, |m| { assert!(m.vitrine(&["resume", EDEN.name]).status().unwrap().success()); m.welcome(); }),
    ("an artwork is stopped", "api.exhibit", |m| { assert!(m.vitrine(&["stop", EDEN.name]).status().unwrap().success()); Kept::Nothing }, |m| { assert!(m.vitrine(&["start", EDEN.name]).status().unwrap().success()); m.welcome(); }),
    ("the API is open to everybody", "api.open", |m| { let port = m.port; runs_with(m, &format!("127.0.0.1:{port}\"]"), &format!("0.0.0.0:{port}\"]\nremote = \"operate\"")) }, usual),
    ("the screen goes dark by itself", "display.blanking", |m| { m.x.xset("s on"); m.x.xset("s 300"); Kept::Nothing }, |m| m.x.xset("s off")),
    ("a screen that is not there", "display.screens", |m| runs_with(m, "DUMMY0", "HDMI-7"), usual),
    ("a poster that is not there", "display.curtains", |m| runs_with(m, RULES, &RULES.replace("\"black\"", "{ poster = \"/nowhere/poster.png\" }")), usual),
    ("libvirt has gone", "libvirt.reach", |m| { m.libvirtd.kill(); Kept::Nothing }, |m| { m.libvirtd.launch(); m.welcome(); }),
];

pub(super) fn each_fault_of_the_museum_is_named(museum: &mut Museum) {
    museum.welcome();
    let (well, _) = doctor(museum, &[]);
    let mut wrong = Vec::new();
    for (name, check, plant, heal) in OF_MUSEUM.iter().step_by(step().min(2)) {
        let kept = plant(museum);
        let begun = Instant::now();
        let (found, _) = doctor(museum, &[]);
        judge(name, check, &new_since(&well, found), begun.elapsed().as_secs_f64(), &mut wrong);
        drop(kept);
        heal(museum);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
