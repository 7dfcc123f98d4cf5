//! What is around a definition, and whole definitions.

use super::*;
use crate::doctor::facts::definition::Other;
use crate::vm::Held;

/// What is known of a VM with which all is well, but for something.
fn spoiled(spoil: impl Fn(&mut Exhibit)) -> Exhibit {
    let mut exhibit = exhibit(changed(&[]));
    spoil(&mut exhibit);
    exhibit
}

#[test]
fn what_is_around_a_definition_is_judged() {
    use Verdict::{Advice, Ill, Unknown, Warning, Well};
    let mac = changed(&[]).interfaces[0].mac.clone();
    let other = |runs: bool| {
        let mac = mac.clone();
        let image = "/var/lib/libvirt/images/debian.qcow2";
        Other { name: "other".into(), runs, macs: vec![mac], ports: vec![5950], images: vec![image.into()] }
    };
    let off = |exhibit: &mut Exhibit| exhibit.definition.running = Ok(None);
    let none: &[Means] = &[];
    for (code, exhibit, verdict, rules_out) in [
        (
            "definition.exists",
            spoiled(|it| it.definition.exists = Ok(false)),
            Ill,
            [Means::Start, Means::Revert, Means::RevertInPlace, Means::Snapshot].as_slice(),
        ),
        ("definition.transient", spoiled(|it| it.definition.persistent = Ok(None)), Ill, &[Means::Start]),
        ("definition.saved-state", spoiled(|it| it.definition.saved = Ok(true)), Warning, none),
        ("definition.password", spoiled(|it| it.definition.password = Ok(true)), Ill, none),
        ("definition.mac", spoiled(|it| it.definition.others = Ok(vec![other(true)])), Ill, none),
        ("definition.mac", spoiled(|it| it.definition.others = Ok(vec![other(false)])), Warning, none),
        (
            "definition.disk-doubled",
            spoiled(|it| it.definition.others = Ok(vec![other(true)])),
            Warning,
            none,
        ),
        (
            "definition.disk-doubled",
            spoiled(|it| {
                it.definition.others = Ok(vec![other(true)]);
                off(it);
            }),
            Ill,
            START,
        ),
        (
            "definition.disk-doubled",
            spoiled(|it| it.definition.others = Err(Told::text("no"))),
            Unknown,
            none,
        ),
        (
            "definition.network-source",
            spoiled(|it| it.definition.networks.as_mut().unwrap()[0].active = false),
            Ill,
            START,
        ),
        (
            "definition.network-host",
            spoiled(|it| it.definition.networks.as_mut().unwrap()[0].past_host = true),
            Ill,
            none,
        ),
        (
            "definition.uefi-variables",
            {
                let mut old = exhibit(changed(&[(
                    "<boot dev='hd'/>",
                    "<loader type='pflash'>/fw</loader><nvram format='qcow2'>/v</nvram>",
                )]));
                old.definition.libvirt_version = Ok(9_000_000);
                old
            },
            Ill,
            SNAPSHOT,
        ),
        (
            "definition.hugepages",
            {
                let mut cold =
                    exhibit(changed(&[("<os>", "<memoryBacking><hugepages/></memoryBacking><os>")]));
                off(&mut cold);
                cold
            },
            Ill,
            START,
        ),
        (
            "definition.graphics-kind",
            spoiled(|it| {
                it.definition.domain_capabilities.as_mut().unwrap().graphics.remove("spice");
            }),
            Ill,
            START,
        ),
        (
            "definition.heads",
            spoiled(|it| it.settings.screens.push(it.settings.screens[0].clone())),
            Ill,
            none,
        ),
        (
            "definition.heads",
            {
                let mut two = exhibit(changed(&[(VIRTIO, "<model type='virtio' heads='2'/>")]));
                two.settings.screens.push(two.settings.screens[0].clone());
                two
            },
            Well,
            none,
        ),
        (
            "definition.heads",
            {
                let mut two = exhibit(changed(&[
                    (VIRTIO, "<model type='virtio' heads='2'/>"),
                    ("type='spice' autoport", "type='vnc' autoport"),
                ]));
                two.settings.screens.push(two.settings.screens[0].clone());
                two
            },
            Ill,
            none,
        ),
        (
            "definition.on-reboot",
            {
                let mut ignores = exhibit(changed(&[("<on_reboot>restart", "<on_reboot>destroy")]));
                ignores.settings.reboot = crate::core::types::RebootSettings::Ignore;
                ignores
            },
            Ill,
            none,
        ),
        (
            "definition.usb-redirection",
            {
                let mut usb = exhibit(changed(&[
                    ("<redirdev", "<gone"),
                    ("</redirdev>", "</gone>"),
                    ("<redirdev", "<gone"),
                    ("</redirdev>", "</gone>"),
                ]));
                usb.settings.viewer.usb = true;
                usb
            },
            Warning,
            none,
        ),
        ("definition.usb-redirection", spoiled(|it| it.settings.viewer.usb = true), Well, none),
        ("definition.resize", spoiled(|it| it.settings.viewer.resize_guest = true), Well, none),
        (
            "definition.resize",
            {
                let mut old = exhibit(changed(&[(VIRTIO, "<model type='cirrus'/>")]));
                old.settings.viewer.resize_guest = true;
                old
            },
            Advice,
            none,
        ),
        (
            "definition.agent",
            {
                let mut deaf = exhibit(changed(&[("org.qemu.guest_agent.0", "another")]));
                deaf.settings.agent = Some(crate::core::types::AgentSettings {
                    interval: std::time::Duration::from_secs(5),
                    timeout: std::time::Duration::from_secs(2),
                    misses: 3,
                });
                deaf
            },
            Ill,
            none,
        ),
        (
            "definition.pending",
            spoiled(|it| it.definition.persistent.as_mut().unwrap().as_mut().unwrap().vcpus = 8),
            Well,
            none,
        ),
        (
            "definition.snapshot-hardware",
            spoiled(|it| it.definition.persistent.as_mut().unwrap().as_mut().unwrap().vcpus = 8),
            Advice,
            none,
        ),
        (
            "definition.snapshot-hardware",
            spoiled(|it| it.definition.persistent.as_mut().unwrap().as_mut().unwrap().disks.clear()),
            Warning,
            none,
        ),
        (
            "definition.snapshot-hardware",
            spoiled(|it| it.definition.held = Err(Told::text("no"))),
            Unknown,
            none,
        ),
        (
            "definition.machine",
            spoiled(|it| {
                it.definition.held.as_mut().unwrap().as_mut().unwrap().domain.machine = "pc-q35-1.4".into()
            }),
            Ill,
            &[Means::Revert],
        ),
        (
            "definition.machine",
            spoiled(|it| it.definition.capabilities = Err(Told::text("no"))),
            Unknown,
            none,
        ),
    ] {
        // A change that the snapshot has not is told once.
        let expected =
            if (code, verdict) == ("definition.pending", Well) { None } else { Some((verdict, rules_out)) };
        assert_eq!(said(code, &exhibit), expected, "{code}");
    }
    let mut no_snapshot = exhibit(changed(&[]));
    no_snapshot.definition.held = Ok(None);
    no_snapshot.definition.persistent.as_mut().unwrap().as_mut().unwrap().vcpus = 8;
    assert_eq!(said("definition.pending", &no_snapshot), Some((Advice, none)));
}

#[test]
fn a_processor_must_be_had_here() {
    let cpu = |check: &str, feature: &str| {
        let cpu = format!("<cpu mode='custom' check='{check}'><model>qemu64</model>{feature}</cpu>");
        let mut it = exhibit(changed(&[("<cpu mode='host-model'/>", &cpu)]));
        it.definition.running = Ok(None);
        it
    };
    assert_eq!(said("definition.processor", &cpu("partial", "")), Some((Verdict::Ill, START)));
    assert_eq!(said("definition.processor", &cpu("none", "")), Some((Verdict::Warning, [].as_slice())));
    let without = cpu("partial", "<feature policy='disable' name='pni'/>");
    assert_eq!(said("definition.processor", &without), Some((Verdict::Well, [].as_slice())));
    let mut runs = cpu("partial", "");
    runs.definition.running = runs.definition.persistent.clone();
    assert_eq!(said("definition.processor", &runs), Some((Verdict::Well, [].as_slice())));
}

#[test]
fn what_nothing_is_known_of_is_not_called_well() {
    let why = Told::text("libvirt does not answer");
    let unknown = Exhibit::unknown(crate::doctor::facts::well_settings().exhibits.remove(0), &why);
    for check in CHECKS {
        let found = said(check.code, &unknown);
        assert!(found.is_none_or(|(verdict, _)| verdict == Verdict::Unknown), "{}: {found:?}", check.code);
    }
}

#[test]
fn of_a_vm_that_does_not_exist_only_that_is_said() {
    let mut missing = exhibit(changed(&[]));
    let found = &mut missing.definition;
    (found.exists, found.persistent, found.running, found.held) = (Ok(false), Ok(None), Ok(None), Ok(None));
    for check in CHECKS {
        let expected = (check.code == "definition.exists").then_some(Verdict::Ill);
        assert_eq!(said(check.code, &missing).map(|(verdict, _)| verdict), expected, "{}", check.code);
    }
}

/// VMs as virt-install 4.1 makes them for libvirt 11.3: what is said of them that is not well.
#[test]
fn the_machines_of_virt_install_are_well_but_for_what_they_lack() {
    let rows: &[(&str, &[(&str, Verdict)])] = &[
        (DEBIAN, &[("definition.processor-bound", Verdict::Advice)]),
        (include_str!("../../../../vm/samples/xp.xml"), &[("definition.processor-bound", Verdict::Advice)]),
        (
            // Its variables are in a raw file, of which libvirt makes no snapshot.
            include_str!("../../../../vm/samples/win10.xml"),
            &[
                ("definition.processor-bound", Verdict::Advice),
                ("definition.uefi-variables", Verdict::Ill),
                ("definition.windows-qxl", Verdict::Advice),
            ],
        ),
        (
            // Made with --osinfo generic it has neither display nor tablet.
            include_str!("../../../../vm/samples/ppc.xml"),
            &[
                ("definition.graphics", Verdict::Ill),
                ("definition.video", Verdict::Ill),
                ("definition.pointer", Verdict::Warning),
            ],
        ),
    ];
    for (xml, expected) in rows {
        let vm = Definition::read(xml).unwrap();
        let mut found = Definitions::of(vm.clone());
        found.held = Ok(Some(Held { domain: vm, inactive: None }));
        let mut exhibit = Exhibit::well();
        exhibit.definition = found;
        let unwell = CHECKS.iter().filter_map(|check| {
            let (verdict, _) = said(check.code, &exhibit)?;
            (verdict != Verdict::Well).then_some((check.code, verdict))
        });
        let mut unwell: Vec<_> = unwell.collect();
        unwell.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(unwell, expected, "{}", exhibit.definition.persistent.unwrap().unwrap().name);
    }
}

#[test]
fn powerpc_is_told_what_it_can_have() {
    const PPC: &str = include_str!("../../../../vm/samples/ppc.xml");
    let of = |xml: &str| exhibit(Definition::read(xml).unwrap());
    assert_eq!(said("definition.powerpc", &of(PPC)), Some((Verdict::Well, [].as_slice())));
    let (before, rest) = PPC.split_once("<disk ").unwrap();
    let (_, after) = rest.split_once("</disk>").unwrap();
    let bare = format!("{before}{after}");
    assert_eq!(said("definition.powerpc", &of(&bare)), Some((Verdict::Ill, [].as_slice())));
    let past = bare.replace(
        "</domain>",
        "<commandline><arg value='-drive'/><arg value='file=/a,if=ide'/></commandline></domain>",
    );
    assert_eq!(said("definition.powerpc", &of(&past)), None);
    let all = [Means::Revert, Means::RevertInPlace, Means::Snapshot].as_slice();
    assert_eq!(said("definition.hidden-disk", &of(&past)), Some((Verdict::Ill, all)));
}

#[test]
fn what_a_guest_only_reads_or_forgets_is_no_hidden_disk() {
    for arguments in [
        &["-drive", "file=/a,readonly=on"] as &[&str],
        &["-drive", "file=/a,media=cdrom"],
        &["-drive", "file=/a,snapshot=on"],
        &["-cdrom", "/a"],
        &["-hda", "/a", "-snapshot"],
    ] {
        let listed: String = arguments.iter().map(|argument| format!("<arg value='{argument}'/>")).collect();
        let changes = format!("<commandline>{listed}</commandline></domain>");
        let vm = changed(&[("</domain>", &changes)]);
        assert_eq!(said("definition.hidden-disk", &exhibit(vm)), None, "{arguments:?}");
    }
}
