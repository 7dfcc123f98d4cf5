//! What the doctor says of a VM's definition, held against what a real libvirt with a real QEMU does with it.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use common::libvirtd::Libvirtd;
use virt::connect::Connect;
use vitrine::doctor::{Area, Finding, Means, Verdict, examine};
use vitrine::ground::{Asked, User, gather};
use vitrine::words::{Language, sentence};

/// A VM as virt-install makes it, but for what KVM and the system's libvirt would be needed for.
fn healthy(disk: &str) -> String {
    format!(
        "<domain type='qemu'><name>a</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
        <os><type arch='x86_64' machine='q35'>hvm</type><boot dev='hd'/></os>
        <features><acpi/><apic/></features><clock offset='utc'/>
        <pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='no'/></pm><devices>
        <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{disk}'/>
        <target dev='vda' bus='virtio'/></disk>
        <controller type='usb' model='qemu-xhci' ports='15'/>
        <interface type='user'><model type='virtio'/></interface><console type='pty'/>
        <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
        <input type='tablet' bus='usb'/><graphics type='vnc' autoport='yes'/>
        <video><model type='virtio'/></video>
        <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices></domain>"
    )
}

/// Everything that is found of the exhibit's VM, and is not well.
fn unwell(libvirtd: &Libvirtd) -> Vec<Finding> {
    let text = format!(
        "[libvirt]\nuri = \"{}\"\n[[exhibit]]\nname = \"a\"\nvm = \"a\"\nscreens = [\"HDMI-1\"]\n",
        libvirtd.uri()
    );
    let settings = vitrine::config::parse(&text, "vitrine.toml").expect("the configuration");
    let areas = BTreeSet::from([Area::Definition]);
    let asked = Asked {
        exhibits: settings.exhibits.clone(),
        settings: Ok(settings),
        file: None,
        uri: libvirtd.uri(),
        user: User { name: "nobody".into(), uid: 65534, home: PathBuf::from("/") },
        status: Err(vitrine::core::types::Told::text("no daemon")),
        areas: areas.clone(),
    };
    let found = examine(&gather(asked, |_| {}), &areas);
    found.into_iter().filter(|finding| finding.verdict != Verdict::Well).collect()
}

fn shown(findings: &[Finding]) -> String {
    let one = |finding: &Finding| {
        format!(
            "{} {:?}: {}",
            finding.check.code,
            finding.verdict,
            sentence(&finding.evidence, Language::English)
        )
    };
    findings.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// The first thing that libvirt refuses, of a start and a snapshot.
fn refused(conn: &Connect, xml: &str) -> Option<Means> {
    let domain = conn.define_domain_xml(xml).expect("libvirt takes the definition");
    if domain.create().is_err() {
        return Some(Means::Start);
    }
    let snapshot = "<domainsnapshot><name>ready</name></domainsnapshot>";
    domain.create_snapshot_xml(snapshot, 0).is_err().then_some(Means::Snapshot)
}

fn forget(conn: &Connect) {
    let Ok(domain) = conn.lookup_domain_by_name("a") else { return };
    let _ = domain.destroy();
    let flags = virt::sys::VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA | virt::sys::VIR_DOMAIN_UNDEFINE_NVRAM;
    domain.undefine_flags(flags).expect("the VM is forgotten");
}

#[test]
fn what_the_doctor_calls_ill_libvirt_refuses() {
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    let disk = libvirtd.path("a.qcow2").display().to_string();
    let raw = libvirtd.path("raw.img").display().to_string();
    let image = || {
        for (format, file) in [("qcow2", &disk), ("raw", &raw)] {
            let done = Command::new("qemu-img").args(["create", "-q", "-f", format, file, "16M"]).status();
            assert!(done.is_ok_and(|status| status.success()), "qemu-img failed: install qemu-utils");
            libvirtd.give(std::path::Path::new(file));
        }
    };
    let xml = healthy(&disk);
    image();
    assert_eq!(refused(&conn, &xml), None);
    let found = unwell(&libvirtd);
    assert!(found.iter().all(|finding| finding.verdict < Verdict::Unknown), "{}", shown(&found));
    let more = |device: &str| ("</devices>", format!("{device}</devices>"));
    for (code, means, (from, to)) in [
        (
            "definition.media",
            Means::Start,
            more(
                "<disk type='file' device='cdrom'><source file='/nowhere.iso'/><target dev='sda' bus='sata'/><readonly/></disk>",
            ),
        ),
        (
            "definition.devices",
            Means::Start,
            more("<serial type='dev'><source path='/dev/nowhere'/></serial>"),
        ),
        (
            "definition.firmware",
            Means::Start,
            ("<boot dev='hd'/>", "<kernel>/nowhere/vmlinuz</kernel>".to_owned()),
        ),
        (
            "definition.security-label",
            Means::Start,
            (
                "</devices>",
                "</devices><seclabel type='static' model='selinux'><label>x</label></seclabel>".to_owned(),
            ),
        ),
        (
            "definition.placement",
            Means::Start,
            ("<os>", "<numatune><memory mode='strict' nodeset='63'/></numatune><os>".to_owned()),
        ),
        (
            "definition.disk-format",
            Means::Snapshot,
            more(&format!(
                "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{raw}'/><target dev='vdb' bus='virtio'/></disk>"
            )),
        ),
        (
            "definition.disk-left-out",
            Means::Snapshot,
            ("device='disk'>", "device='disk' snapshot='no'>".to_owned()),
        ),
        (
            "definition.savable",
            Means::Snapshot,
            more("<shmem name='vitrine-test'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>"),
        ),
    ] {
        forget(&conn);
        image();
        assert!(xml.contains(from), "{from}");
        assert_eq!(refused(&conn, &xml.replacen(from, &to, 1)), Some(means), "{code}");
        let found = unwell(&libvirtd);
        let ill: Vec<_> = found.iter().filter(|finding| finding.verdict >= Verdict::Unknown).collect();
        let [one] = ill.as_slice() else { panic!("{code}:\n{}", shown(&found)) };
        assert_eq!((one.check.code, one.verdict), (code, Verdict::Ill), "{}", shown(&found));
        assert!(one.rules_out.contains(&means), "{code}");
    }
    forget(&conn);
    let found = unwell(&libvirtd);
    assert_eq!(
        found.first().map(|finding| finding.check.code),
        Some("definition.exists"),
        "{}",
        shown(&found)
    );
}
