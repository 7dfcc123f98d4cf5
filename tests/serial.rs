//! Beats through a serial port, of a guest without a network: the adapter, and the whole daemon, with a private libvirtd and
//! real QEMU.
#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use common::libvirtd::Libvirtd;
use common::rig::{A, Rig};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use virt::connect::Connect;
use virt::domain::Domain;
use virt::stream::Stream;
use vitrine::adapter::libvirt::Settings;
use vitrine::core::effect::WatchedVm;
use vitrine::core::event::Event;
use vitrine::core::types::{SerialPort, VmAction, VmState};

const PATIENCE: Duration = Duration::from_secs(90);

/// Writes a line to the first serial port twice a second, until a key is pressed; from then on it stands still.
const BOOT_SECTOR: &[u8] = &[
    0x31, 0xC0, // xor ax, ax
    0x8E, 0xD8, // mov ds, ax
    0xFB, // sti
    0xBE, 0x25, 0x7C, // next: mov si, text
    0xBA, 0xF8, 0x03, // mov dx, 0x3F8
    0xAC, // send: lodsb
    0x84, 0xC0, // test al, al
    0x74, 0x03, // jz pause
    0xEE, // out dx, al
    0xEB, 0xF8, // jmp send
    0xB9, 0x09, 0x00, // pause: mov cx, 9 (ticks of 55 ms)
    0xF4, // tick: hlt
    0xB4, 0x01, // mov ah, 1
    0xCD, 0x16, // int 0x16: is there a key?
    0x75, 0x04, // jnz freeze
    0xE2, 0xF7, // loop tick
    0xEB, 0xE4, // jmp next
    0xFA, // freeze: cli
    0xF4, // hlt
    0xEB, 0xFC, // jmp freeze
    b's', b't', b'a', b't', b'u', b's', b'=', b'w', b'e', b'l', b'l', b'\n', 0, // text
];

const PORT: &str = "<serial type='pty'><target port='0'/></serial>";
/// libvirt's number of the key F among those of Linux (input-event-codes.h).
const KEY_F: u32 = 33;

/// A VM that beats by itself.
fn define(libvirtd: &Libvirtd, conn: &Connect, name: &str, devices: &str) -> Domain {
    let raw = libvirtd.path(&format!("{name}.raw"));
    let mut disk = BOOT_SECTOR.to_vec();
    disk.resize(510, 0);
    disk.extend([0x55, 0xAA]);
    disk.resize(1 << 20, 0);
    fs::write(&raw, disk).unwrap();
    libvirtd.give(&raw);
    let image = libvirtd.path(&format!("{name}.qcow2"));
    let done = libvirtd.command("qemu-img").args(["convert", "-O", "qcow2"]).args([&raw, &image]).status();
    assert!(done.is_ok_and(|status| status.success()), "qemu-img failed: install qemu-utils");
    let xml = format!(
        "<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
        <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os><devices>
        <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/>
        <target dev='hda' bus='ide'/></disk>{devices}</devices></domain>",
        image.display()
    );
    conn.define_domain_xml(&xml).expect("a VM: install qemu-system-x86")
}

/// The serial port, as `virsh console --force` takes it.
fn console(conn: &Connect, domain: &Domain) -> Stream {
    // VIR_DOMAIN_CONSOLE_FORCE
    let force = 1;
    let stream = Stream::new(conn, 0).unwrap();
    domain.open_console(Some("serial0"), &stream, force).unwrap();
    stream
}

/// The firmware is slow, and a snapshot of it would be, too.
fn wait_for_beat(conn: &Connect, domain: &Domain) {
    let stream = console(conn, domain);
    let (mut all, mut part) = (Vec::new(), [0; 256]);
    while !String::from_utf8_lossy(&all).contains("status=well") {
        let count = usize::try_from(stream.recv(&mut part).unwrap()).unwrap();
        assert_ne!(count, 0, "the guest has ended");
        all.extend_from_slice(&part[..count]);
    }
    stream.abort().unwrap();
}

fn rig(libvirtd: &Libvirtd, port: SerialPort) -> Rig {
    let rig = Rig::new(&libvirtd.uri(), Settings::CALL_DEADLINE);
    rig.handle.watch(vec![WatchedVm { exhibit: A, vm: "a".to_owned(), serial: Some(port) }]);
    rig
}

impl Rig {
    async fn line(&mut self, open: bool) {
        let lines = |event: &Event| match event {
            Event::SerialLine { is_open, .. } => Some(*is_open),
            _ => None,
        };
        // An action's end comes after what it has led to.
        if self.heard.iter().rev().find_map(lines) == Some(open) {
            return;
        }
        let what = format!("the line as open: {open}");
        self.wait(&what, |event| {
            matches!(event, Event::SerialLine { is_open, .. } if *is_open == open).then_some(())
        })
        .await;
    }

    /// A beat that arrives from now on, with what the guest says.
    async fn beat(&mut self) {
        let begun = Instant::now();
        self.wait("a beat", |event| match event {
            Event::Beat { at, note: Some(note), .. } if *at > begun => {
                assert_eq!(note.status.as_deref(), Some("well"));
                Some(())
            }
            _ => None,
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_put_back_or_restarted_beats_are_heard_again() {
    let mut libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    let domain = define(&libvirtd, &conn, "a", PORT);
    let mut rig = rig(&libvirtd, SerialPort::First);
    rig.seen(A, VmState::ShutOff).await;
    domain.create().unwrap();
    rig.line(true).await;
    rig.beat().await;
    let create = VmAction::CreateSnapshot { snapshot: "ready".to_owned(), replaces: false };
    assert_eq!(rig.act_and_wait(A, create).await, Ok(()));
    rig.beat().await;

    // QEMU stays, and its line with it.
    let load = VmAction::LoadSnapshot { snapshot: "ready".to_owned(), in_place: true };
    assert_eq!(rig.act_and_wait(A, load).await, Ok(()));
    rig.beat().await;
    assert!(!rig.heard.iter().any(|event| matches!(event, Event::SerialLine { is_open: false, .. })));

    // Another QEMU, another line.
    let revert = VmAction::Revert { snapshot: "ready".to_owned() };
    assert_eq!(rig.act_and_wait(A, VmAction::Destroy).await, Ok(()));
    rig.line(false).await;
    assert_eq!(rig.act_and_wait(A, revert).await, Ok(()));
    rig.line(true).await;
    rig.beat().await;

    // libvirtd goes, and comes back to a guest that has gone on.
    libvirtd.kill();
    rig.line(false).await;
    libvirtd.launch();
    rig.line(true).await;
    rig.beat().await;

    // Whoever takes the line away does not keep it.
    let conn = libvirtd.connect();
    let domain = conn.lookup_domain_by_name("a").unwrap();
    let thief = console(&conn, &domain);
    rig.line(false).await;
    rig.line(true).await;
    rig.beat().await;
    drop(thief);
    domain.destroy().unwrap();
    rig.line(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_opened_by_its_name_and_what_is_not_there_is_told() {
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    let channel = "<channel type='unix'><target type='virtio' name='org.vitrine.heartbeat.0'/></channel>";
    let domain = define(&libvirtd, &conn, "a", channel);
    let named = |name: &str| SerialPort::Named(name.to_owned());
    let mut with_channel = rig(&libvirtd, named("org.vitrine.heartbeat.0"));
    domain.create().unwrap();
    with_channel.line(true).await;
    // One that is not there is never open, and harms nothing.
    let mut without = rig(&libvirtd, SerialPort::First);
    without.seen(A, VmState::Running).await;
    assert_eq!(without.act_and_wait(A, VmAction::Inspect).await, Ok(()));
    domain.destroy().unwrap();
    with_channel.line(false).await;
    without.seen(A, VmState::ShutOff).await;
    assert!(!without.heard.iter().any(|event| matches!(event, Event::SerialLine { .. })));
}

/// The daemon with one exhibit that is not shown and has no network.
struct Kiosk {
    folder: tempfile::TempDir,
    daemon: Child,
}

impl Kiosk {
    fn start(libvirtd: &Libvirtd) -> Self {
        let folder = tempfile::Builder::new().prefix("vitrine").tempdir_in("/tmp").unwrap();
        let text = format!(
            "[libvirt]\nuri = \"{}\"\n[api]\nlisten = []\n[[exhibit]]\nname = \"eden\"\nvm = \"a\"\n\
             heartbeat = {{ serial = true, timeout = \"3s\" }}\n\
             recovery = {{ attempts = 100, reset_after = \"1s\" }}\n",
            libvirtd.uri()
        );
        fs::write(folder.path().join("vitrine.toml"), text).unwrap();
        let mut command = vitrine(&folder, &["run"]);
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let daemon = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        Self { folder, daemon }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Waits until the exhibit is so.
    fn wait(&self, what: &str, so: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let output = vitrine(&self.folder, &["status", "--json"]).output().unwrap();
            let site: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            let exhibit = &site["exhibits"][0];
            if so(exhibit) {
                return exhibit.clone();
            }
            assert!(begun.elapsed() < PATIENCE, "{what}: {exhibit:#}\n{}", self.log());
            // Only how often it is asked, not how long is waited.
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Kiosk {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.daemon), Signal::TERM);
        let _ = self.daemon.wait();
    }
}

fn vitrine(folder: &tempfile::TempDir, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
    command
        .args(words)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder.path().join("home"))
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("VITRINE_CONFIG", folder.path().join("vitrine.toml"))
        .env("VITRINE_LOG", "debug")
        .stdin(Stdio::null());
    command
}

/// How often the guest freezes: 3 times, or as often as `VITRINE_FREEZES` says.
fn rounds() -> u64 {
    std::env::var("VITRINE_FREEZES").map_or(3, |rounds| rounds.parse().expect("VITRINE_FREEZES: a number"))
}

#[test]
fn a_guest_without_a_network_that_freezes_is_put_back() {
    let mut libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    let domain = define(&libvirtd, &conn, "a", PORT);
    domain.create().unwrap();
    wait_for_beat(&conn, &domain);
    let snapshot = "<domainsnapshot><name>ready</name></domainsnapshot>";
    domain.create_snapshot_xml(snapshot, 0).unwrap();
    let kiosk = Kiosk::start(&libvirtd);
    let beats = |exhibit: &Value| exhibit["phase"] == "healthy" && exhibit["note"]["status"] == "well";
    // So long that the next freeze is another case: it may have been ill for the time-out before it was seen.
    let beats_on = |exhibit: &Value| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
        beats(exhibit) && exhibit["phase_since"].as_f64().is_some_and(|since| now - since > 5.0)
    };
    let mut recoveries = kiosk.wait("it beats", beats_on)["recoveries"].as_u64().unwrap();
    for round in 1..=rounds() {
        let domain = conn.lookup_domain_by_name("a").unwrap();
        domain.send_key(0, 50, vec![KEY_F].as_mut_ptr(), 1, 0).unwrap();
        let put_back =
            |exhibit: &Value| exhibit["recoveries"].as_u64() > Some(recoveries) && beats_on(exhibit);
        let exhibit = kiosk.wait(&format!("freeze {round}"), put_back);
        assert_eq!(exhibit["last_incident"]["symptom"], "heartbeat_lost");
        recoveries = exhibit["recoveries"].as_u64().unwrap();
    }
    assert_eq!(recoveries, rounds(), "each freeze took one remedy:\n{}", kiosk.log());

    // While libvirtd is away nothing is heard, and that is not the guest's fault.
    libvirtd.kill();
    kiosk.wait("libvirtd is away", |exhibit| exhibit["serial_is_open"] == false);
    libvirtd.launch();
    let after =
        kiosk.wait("it is heard again", |exhibit| exhibit["serial_is_open"] == true && beats(exhibit));
    assert_eq!(after["recoveries"].as_u64(), Some(recoveries), "{}", kiosk.log());
}
