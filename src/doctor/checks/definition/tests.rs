//! Each row spoils one thing of a VM with which all is well, and says what is told of it.

use super::*;
use crate::core::types::{Told, VmState};
use crate::doctor::facts::definition::{Definitions, Secret};
use crate::doctor::facts::disk_image::Part;
use crate::doctor::{Look, Means, Verdict};
use crate::vm::Definition;

const DEBIAN: &str = include_str!("../../../vm/samples/debian.xml");
const START: &[Means] = &[Means::Start, Means::Revert];
const SNAPSHOT: &[Means] = &[Means::RevertInPlace, Means::Snapshot];

/// What a check says of an exhibit; `None` where nothing is concerned.
fn said(code: &str, exhibit: &Exhibit) -> Option<(Verdict, &'static [Means])> {
    let check = CHECKS.iter().find(|check| check.code == code).unwrap_or_else(|| panic!("no check {code}"));
    let Look::Exhibit(look) = check.look else { panic!("{code} looks at no exhibit") };
    let finding = check.finding(Some("it"), look(&Site::well(), exhibit))?;
    Some((finding.verdict, finding.rules_out))
}

/// A Debian as virt-install makes it, in which some texts are others.
fn changed(changes: &[(&str, &str)]) -> Definition {
    let mut xml = DEBIAN.replace("mode='host-passthrough' check='none' migratable='on'", "mode='host-model'");
    for (from, to) in changes {
        assert!(xml.contains(from), "{from}");
        xml = xml.replacen(from, to, 1);
    }
    Definition::read(&xml).unwrap()
}

fn exhibit(vm: Definition) -> Exhibit {
    let mut exhibit = Exhibit::well();
    exhibit.definition = Definitions::of(vm);
    exhibit.definition.state = Ok(VmState::Running);
    exhibit
}

/// With devices more.
fn more(devices: &str) -> Exhibit {
    exhibit(changed(&[("</devices>", &format!("{devices}</devices>"))]))
}

fn absent(mut exhibit: Exhibit, path: &str) -> Exhibit {
    assert!(exhibit.definition.paths.insert(path.to_owned(), Ok(false)).is_some(), "{path} is not asked for");
    exhibit
}

const SPICE: &str = "<graphics type='spice' autoport='yes'>";
const VIRTIO: &str = "<model type='virtio' heads='1' primary='yes'/>";
const DRIVER: &str = "<driver name='qemu' type='qcow2'/>";
const NET: (&str, &str) = ("<interface type='network'>", "<source network='default'/>");
const UEFI: &str =
    "<loader type='pflash'>/fw</loader><nvram template='/t' templateFormat='raw' format='raw'>/v</nvram>";

/// A check, what is changed, what is said, what is ruled out.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], Verdict, &'a [Means]);

#[test]
fn beats_without_a_network_need_a_port_that_libvirt_opens() {
    use crate::core::types::SerialPort;
    let of = |port: SerialPort, mut exhibit: Exhibit| {
        exhibit.settings.serial = Some(port);
        exhibit
    };
    let named = |name: &str| SerialPort::Named(name.to_owned());
    let pty = "<serial type='pty'>";
    let without = || exhibit(changed(&[(pty, "<serial type='file'><source path='/l'/>")]));
    let verdict = |exhibit: &Exhibit| said("definition.serial", exhibit).map(|(verdict, _)| verdict);
    let agent = "org.qemu.guest_agent.0";
    let rows = [
        (of(SerialPort::First, exhibit(changed(&[]))), Some(Verdict::Well)),
        (of(named("serial0"), exhibit(changed(&[]))), Some(Verdict::Well)),
        (of(named("serial1"), exhibit(changed(&[]))), Some(Verdict::Ill)),
        (of(named(agent), exhibit(changed(&[]))), Some(Verdict::Well)),
        (of(named("org.vitrine.heartbeat.0"), exhibit(changed(&[]))), Some(Verdict::Ill)),
        (of(SerialPort::First, without()), Some(Verdict::Ill)),
        (exhibit(changed(&[])), None),
    ];
    for (exhibit, expected) in rows {
        assert_eq!(verdict(&exhibit), expected, "{:?}", exhibit.settings.serial);
    }
    // A network card is nobody's business then.
    let mut cut = of(SerialPort::First, exhibit(changed(&[NET_DOWN])));
    assert_eq!(said("definition.network-card", &cut), None);
    cut.settings.heartbeat = None;
    assert_eq!(verdict(&cut), None);
}

const NET_DOWN: (&str, &str) =
    ("<interface type='network'>", "<interface type='network'><link state='down'/>");

/// With a key that libvirt's secret of this number is.
fn with_key(secrets: Vec<Secret>) -> Exhibit {
    let key = "<encryption format='luks'><secret type='passphrase' uuid='5a8e3c5e'/></encryption></source>";
    let mut xml = DEBIAN.to_owned();
    let at = xml.find("<source file='").unwrap();
    let end = at + xml[at..].find("/>").unwrap();
    xml.replace_range(end..end + 2, &format!(">{key}"));
    let mut exhibit = exhibit(Definition::read(&xml).unwrap());
    exhibit.definition.secrets = Ok(secrets);
    exhibit
}

#[test]
fn the_key_of_an_encrypted_disk_is_looked_for() {
    let key = || Secret { uuid: "5a8e3c5e".into(), has_value: Some(true), ..Secret::default() };
    let said = |exhibit: &Exhibit| said("definition.secret", exhibit);
    assert_eq!(said(&Exhibit::well()), None);
    assert_eq!(said(&with_key(vec![key()])), Some((Verdict::Well, &[] as &[Means])));
    assert_eq!(said(&with_key(vec![])), Some((Verdict::Ill, START)));
    assert_eq!(
        said(&with_key(vec![Secret { has_value: None, ..key() }])),
        Some((Verdict::Well, &[] as &[Means]))
    );
    assert_eq!(
        said(&with_key(vec![Secret { has_value: Some(false), ..key() }])),
        Some((Verdict::Ill, START))
    );
    let forgotten = with_key(vec![Secret { ephemeral: true, ..key() }]);
    assert_eq!(said(&forgotten), Some((Verdict::Warning, &[] as &[Means])));
    let mut unknown = with_key(vec![]);
    unknown.definition.secrets = Err(Told::text("no"));
    assert_eq!(said(&unknown).map(|(verdict, _)| verdict), Some(Verdict::Unknown));
    let mut keyless = Exhibit::well();
    let disk = keyless.definition.persistent.as_ref().unwrap().as_ref().unwrap().disks[0].clone();
    let image = &mut keyless.image.images.as_mut().unwrap()[0];
    image.path = disk.file().unwrap().to_owned();
    image.part = Part::Disk(disk.target);
    image.header.as_mut().unwrap().encrypted = true;
    assert_eq!(said(&keyless), Some((Verdict::Ill, START)));
}

#[test]
fn what_apparmor_keeps_from_a_vm_is_told() {
    let said = |exhibit: &Exhibit| said("definition.apparmor", exhibit);
    let confined = |changes: &[(&str, &str)]| {
        let mut exhibit = exhibit(changed(changes));
        exhibit.definition.capabilities.as_mut().unwrap().security = vec!["apparmor".into(), "dac".into()];
        exhibit
    };
    let mut free = Exhibit::well();
    free.definition.capabilities.as_mut().unwrap().security = vec!["dac".into()];
    free.definition.refused = vec!["/etc/eden.qcow2".into()];
    assert_eq!(said(&free), None);
    let file = || vec!["/library/eden.qcow2".to_owned()];
    let well: Option<(Verdict, &[Means])> = Some((Verdict::Well, &[]));
    assert_eq!(said(&confined(&[])), well);
    let mut refused = confined(&[]);
    refused.definition.refused = file();
    assert_eq!(said(&refused), Some((Verdict::Ill, &[Means::Start] as &[Means])));
    let mut let_be = confined(&[("</devices>", "</devices><seclabel type='none' model='apparmor'/>")]);
    let_be.definition.refused = file();
    let_be.definition.unlisted = Ok(file());
    assert_eq!(said(&let_be), well);
    let mut unlisted = confined(&[]);
    unlisted.definition.unlisted = Ok(file());
    assert_eq!(said(&unlisted), Some((Verdict::Warning, &[] as &[Means])));
    unlisted.definition.running = Ok(None);
    assert_eq!(said(&unlisted), well);
}

#[test]
fn one_change_of_a_definition_is_told_as_what_it_is() {
    use Verdict::{Advice, Ill, Warning, Well};
    let rows: &[Row<'_>] = &[
        ("definition.machine", &[("pc-q35-10.0", "pc-q35-1.4")], Ill, START),
        ("definition.machine-age", &[("pc-q35-10.0", "pc-q35-5.2")], Warning, &[]),
        ("definition.machine-age", &[("pc-q35-10.0", "q35")], Advice, &[]),
        ("definition.emulator", &[("arch='x86_64'", "arch='mips'")], Ill, START),
        ("definition.hypervisor", &[("arch='x86_64'", "arch='ppc'")], Ill, START),
        ("definition.hypervisor", &[("type='kvm'", "type='xen'")], Ill, START),
        ("definition.processor-bound", &[("mode='host-model'", "mode='host-passthrough'")], Advice, &[]),
        (
            "definition.arguments",
            &[("</domain>", "<commandline><arg value='-global'/><arg value='a=b'/></commandline></domain>")],
            Advice,
            &[],
        ),
        (
            "definition.hidden-disk",
            &[(
                "</domain>",
                "<commandline><arg value='-drive'/><arg value='file=/a,if=ide'/></commandline></domain>",
            )],
            Ill,
            &[],
        ),
        (
            "definition.hidden-disk",
            &[
                ("<disk type='file' device='disk'>", "<disk type='file' device='cdrom'>"),
                ("</domain>", "<commandline><arg value='-hda'/><arg value='/a'/></commandline></domain>"),
            ],
            Ill,
            &[Means::Revert, Means::RevertInPlace, Means::Snapshot],
        ),
        ("definition.uefi-variables", &[("<boot dev='hd'/>", UEFI)], Ill, SNAPSHOT),
        (
            "definition.uefi-variables",
            &[("<boot dev='hd'/>", "<loader type='pflash'>/fw</loader><nvram format='qcow2'>/v</nvram>")],
            Well,
            &[],
        ),
        ("definition.firmware", &[("<boot dev='hd'/>", UEFI)], Well, &[]),
        ("definition.firmware-template", &[("<boot dev='hd'/>", UEFI)], Well, &[]),
        ("definition.disk-format", &[(DRIVER, "<driver name='qemu' type='raw'/>")], Ill, SNAPSHOT),
        ("definition.disk-left-out", &[("device='disk'>", "device='disk' snapshot='no'>")], Ill, SNAPSHOT),
        ("definition.disk-format", &[("device='disk'>", "device='cdrom'>")], Ill, SNAPSHOT),
        (
            "definition.disk-left-out",
            &[(DRIVER, "<driver name='qemu' type='qcow2'/><transient/>")],
            Ill,
            SNAPSHOT,
        ),
        (
            "definition.disk-errors",
            &[(DRIVER, "<driver name='qemu' type='qcow2' error_policy='ignore'/>")],
            Warning,
            &[],
        ),
        (
            "definition.accelerated",
            &[(VIRTIO, "<model type='virtio'><acceleration accel3d='yes'/></model>")],
            Ill,
            SNAPSHOT,
        ),
        ("definition.boot", &[("<boot dev='hd'/>", "<boot dev='network'/><boot dev='hd'/>")], Warning, &[]),
        ("definition.boot", &[("<boot dev='hd'/>", "")], Well, &[]),
        (
            "definition.boot",
            &[
                ("<boot dev='hd'/>", ""),
                (NET.1, "<source network='default'/><boot order='1'/>"),
                (DRIVER, "<driver type='qcow2'/><boot order='2'/>"),
            ],
            Warning,
            &[],
        ),
        (
            "definition.boot",
            &[
                ("<boot dev='hd'/>", ""),
                (NET.1, "<source network='default'/><boot order='2'/>"),
                (DRIVER, "<driver type='qcow2'/><boot order='1'/>"),
            ],
            Well,
            &[],
        ),
        (
            "definition.boot",
            &[
                ("<boot dev='hd'/>", "<boot dev='cdrom'/>"),
                (
                    "</devices>",
                    "<disk type='file' device='cdrom'><source file='/i.iso'/><target dev='sda'/></disk></devices>",
                ),
            ],
            Warning,
            &[],
        ),
        (
            "definition.boot",
            &[
                ("<boot dev='hd'/>", "<boot dev='cdrom'/>"),
                ("</devices>", "<disk type='file' device='cdrom'><target dev='sda'/></disk></devices>"),
            ],
            Well,
            &[],
        ),
        ("definition.placement", &[("<vcpu placement='static'>", "<vcpu cpuset='8-9'>")], Ill, START),
        ("definition.placement", &[("<vcpu placement='static'>", "<vcpu cpuset='0-9'>")], Well, &[]),
        ("definition.placement", &[("<os>", "<numatune><memory nodeset='1'/></numatune><os>")], Ill, START),
        ("definition.hugepages", &[("<os>", "<memoryBacking><hugepages/></memoryBacking><os>")], Well, &[]),
        (
            "definition.security-label",
            &[(
                "</devices>",
                "</devices><seclabel type='static' model='apparmor'><label>x</label></seclabel>",
            )],
            Ill,
            START,
        ),
        (
            "definition.security-label",
            &[("</devices>", "</devices><seclabel type='dynamic' model='dac' relabel='yes'/>")],
            Well,
            &[],
        ),
        (
            "definition.memory-limit",
            &[("<os>", "<memtune><hard_limit unit='GiB'>2</hard_limit></memtune><os>")],
            Warning,
            &[],
        ),
        (
            "definition.memory-limit",
            &[("<os>", "<memtune><hard_limit unit='GiB'>4</hard_limit></memtune><os>")],
            Well,
            &[],
        ),
        (
            "definition.balloon",
            &[("<currentMemory unit='KiB'>2097152", "<currentMemory unit='KiB'>1048576")],
            Advice,
            &[],
        ),
        ("definition.network-source", &[("network='default'", "network='nowhere'")], Ill, START),
        (
            "definition.network-source",
            &[(NET.0, "<interface type='bridge'>"), (NET.1, "<source bridge='br0'/>")],
            Ill,
            START,
        ),
        (
            "definition.network-source",
            &[(NET.0, "<interface type='bridge'>"), (NET.1, "<source bridge='virbr0'/>")],
            Well,
            &[],
        ),
        (
            "definition.network-source",
            &[(NET.0, "<interface type='direct'>"), (NET.1, "<source dev='eth9' mode='bridge'/>")],
            Ill,
            START,
        ),
        (
            "definition.network-card",
            &[("<model type='virtio'/>", "<model type='virtio'/><link state='down'/>")],
            Ill,
            &[],
        ),
        (
            "definition.network-host",
            &[(NET.0, "<interface type='direct'>"), (NET.1, "<source dev='eth0' mode='bridge'/>")],
            Ill,
            &[],
        ),
        ("definition.network-host", &[(NET.0, "<interface type='user'>"), (NET.1, "")], Well, &[]),
        ("definition.graphics", &[("type='spice' autoport", "type='sdl' autoport")], Ill, &[]),
        ("definition.graphics-kind", &[("type='spice' autoport", "type='vnc' autoport")], Well, &[]),
        ("definition.video", &[(VIRTIO, "<model type='none'/>")], Ill, &[]),
        ("definition.video-kind", &[(VIRTIO, "<model type='xen'/>")], Ill, START),
        (
            "definition.encrypted",
            &[(SPICE, "<graphics type='spice' tlsPort='5901' autoport='no'>")],
            Warning,
            &[],
        ),
        (
            "definition.encrypted",
            &[(SPICE, "<graphics type='spice' autoport='yes' defaultMode='secure'>")],
            Warning,
            &[],
        ),
        (
            "definition.display-reach",
            &[("<listen type='address'/>", "<listen type='address' address='0.0.0.0'/>")],
            Warning,
            &[],
        ),
        ("definition.display-reach", &[("<listen type='address'/>", "<listen type='none'/>")], Well, &[]),
        (
            "definition.display-reach",
            &[("<listen type='address'/>", "<listen type='socket' socket='/s'/>")],
            Well,
            &[],
        ),
        (
            "definition.display-port",
            &[(SPICE, "<graphics type='spice' port='5999' autoport='no'>")],
            Warning,
            &[],
        ),
        (
            "definition.display-port",
            &[(SPICE, "<graphics type='spice' port='5998' autoport='no'>")],
            Well,
            &[],
        ),
        ("definition.video-memory", &[(VIRTIO, "<model type='qxl' vgamem='16384' heads='2'/>")], Advice, &[]),
        ("definition.video-memory", &[(VIRTIO, "<model type='qxl' vgamem='16384' heads='1'/>")], Well, &[]),
        (
            "definition.windows-qxl",
            &[("debian.org/debian/11", "microsoft.com/win/10"), (VIRTIO, "<model type='qxl'/>")],
            Advice,
            &[],
        ),
        ("definition.pointer", &[("type='tablet'", "type='mouse'")], Warning, &[]),
        ("definition.pointer", &[("<image compression='off'/>", "<mouse mode='server'/>")], Warning, &[]),
        (
            "definition.sound",
            &[("<audio id='1' type='spice'/>", "<audio id='1' type='none'/>")],
            Warning,
            &[],
        ),
        (
            "definition.sound",
            &[("<audio id='1' type='spice'/>", "<audio id='1' type='spice'/><audio id='2' type='none'/>")],
            Well,
            &[],
        ),
        ("definition.sound", &[("type='spice' autoport", "type='vnc' autoport")], Warning, &[]),
        ("definition.on-reboot", &[("<on_reboot>restart", "<on_reboot>destroy")], Advice, &[]),
        ("definition.on-poweroff", &[("<on_poweroff>destroy", "<on_poweroff>restart")], Warning, &[]),
        ("definition.on-crash", &[("<on_crash>destroy", "<on_crash>coredump-restart")], Warning, &[]),
        ("definition.watchdog", &[("action='reset'", "action='pause'")], Warning, &[]),
        (
            "definition.sleep",
            &[("<suspend-to-mem enabled='no'/>", "<suspend-to-mem enabled='yes'/>")],
            Warning,
            &[],
        ),
        ("definition.acpi", &[("<acpi/>", "")], Advice, &[]),
        ("definition.clock", &[("debian.org/debian/11", "microsoft.com/win/xp")], Advice, &[]),
        (
            "definition.clock",
            &[("debian.org/debian/11", "microsoft.com/win/xp"), ("offset='utc'", "offset='localtime'")],
            Well,
            &[],
        ),
        ("definition.hyperv", &[("debian.org/debian/11", "microsoft.com/win/xp")], Advice, &[]),
        (
            "definition.hyperv",
            &[("debian.org/debian/11", "microsoft.com/win/xp"), ("<acpi/>", "<acpi/><hyperv/>")],
            Well,
            &[],
        ),
    ];
    for (code, changes, verdict, rules_out) in rows {
        let found = said(code, &exhibit(changed(changes)));
        assert_eq!(found, Some((*verdict, *rules_out)), "{code} {changes:?}");
    }
}

#[test]
fn one_device_more_is_told_as_what_it_is() {
    use Verdict::{Advice, Ill, Warning, Well};
    let rows: &[(&str, &str, Verdict, &[Means])] = &[
        (
            "definition.disk-format",
            "<disk device='floppy' type='file'><source file='/f.img'/><target dev='fda'/></disk>",
            Ill,
            SNAPSHOT,
        ),
        (
            "definition.disk-format",
            "<disk device='floppy' type='file'><source file='/f.img'/><target dev='fda'/><readonly/></disk>",
            Well,
            &[],
        ),
        ("definition.disk-format", "<disk device='floppy' type='file'><target dev='fda'/></disk>", Well, &[]),
        (
            "definition.disk-elsewhere",
            "<disk device='disk' type='network'><source protocol='nbd'/><target dev='vdb'/></disk>",
            Warning,
            &[],
        ),
        (
            "definition.media",
            "<disk device='cdrom' type='file'><source file='/i.iso'/><target dev='sda'/><readonly/></disk>",
            Well,
            &[],
        ),
        ("definition.savable", "<shmem name='x'/>", Ill, SNAPSHOT),
        ("definition.savable", "<crypto model='virtio'/>", Ill, SNAPSHOT),
        (
            "definition.savable",
            "<hostdev type='mdev'><source><address uuid='u'/></source></hostdev>",
            Ill,
            SNAPSHOT,
        ),
        (
            "definition.savable",
            "<tpm><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>",
            Ill,
            SNAPSHOT,
        ),
        ("definition.savable", "<interface type='hostdev'/>", Ill, SNAPSHOT),
        ("definition.savable", "<smartcard mode='host'/>", Ill, SNAPSHOT),
        (
            "definition.handed-over",
            "<hostdev type='pci'><source><address domain='0x0' bus='0x6' slot='0x0' function='0x0'/></source></hostdev>",
            Ill,
            START,
        ),
        (
            "definition.handed-over",
            "<hostdev type='usb'><source><vendor id='0x1'/><product id='0x2'/></source></hostdev>",
            Ill,
            START,
        ),
        (
            "definition.handed-over",
            "<hostdev type='usb'><source startupPolicy='optional'><vendor id='0x1'/><product id='0x2'/></source></hostdev>",
            Well,
            &[],
        ),
        (
            "definition.usb-state",
            "<hostdev type='usb'><source><vendor id='0x1'/><product id='0x2'/></source></hostdev>",
            Advice,
            &[],
        ),
        ("definition.shares", "<filesystem><source dir='/d'/><target dir='t'/></filesystem>", Warning, &[]),
        ("definition.folders", "<filesystem><source dir='/d'/><target dir='t'/></filesystem>", Well, &[]),
        (
            "definition.peers",
            "<serial type='tcp'><source mode='connect' host='h' service='5'/></serial>",
            Warning,
            &[],
        ),
        ("definition.devices", "<serial type='dev'><source path='/dev/ttyUSB0'/></serial>", Well, &[]),
        ("definition.tpm", "<tpm model='tpm-crb'><backend type='emulator'/></tpm>", Well, &[]),
    ];
    for (code, devices, verdict, rules_out) in rows {
        assert_eq!(said(code, &more(devices)), Some((*verdict, *rules_out)), "{code} {devices}");
    }
    let launch = exhibit(changed(&[("<devices>", "<launchSecurity type='sev'/><devices>")]));
    assert_eq!(said("definition.savable", &launch), Some((Ill, SNAPSHOT)));
}

#[test]
fn what_is_not_there_is_missed() {
    use Verdict::{Ill, Unknown, Warning};
    let uefi = || exhibit(changed(&[("<boot dev='hd'/>", UEFI)]));
    let media = || {
        more("<disk device='cdrom' type='file'><source file='/i.iso'/><target dev='sda'/><readonly/></disk>")
    };
    let share =
        || more("<filesystem><driver type='virtiofs'/><source dir='/d'/><target dir='t'/></filesystem>");
    for (code, exhibit, verdict, rules_out) in [
        ("definition.emulator", absent(exhibit(changed(&[])), "/usr/bin/qemu-system-x86_64"), Ill, START),
        ("definition.firmware", absent(uefi(), "/fw"), Ill, START),
        ("definition.firmware-template", absent(uefi(), "/t"), Warning, &[]),
        ("definition.firmware-template", absent(absent(uefi(), "/t"), "/v"), Ill, START),
        ("definition.media", absent(media(), "/i.iso"), Ill, START),
        (
            "definition.devices",
            absent(more("<serial type='dev'><source path='/dev/ttyUSB0'/></serial>"), "/dev/ttyUSB0"),
            Ill,
            START,
        ),
        ("definition.devices", absent(more("<vsock/>"), "/dev/vhost-vsock"), Ill, START),
        (
            "definition.folders",
            absent(more("<serial type='file'><source path='/a/b'/></serial>"), "/a"),
            Ill,
            START,
        ),
        ("definition.folders", absent(share(), "/d"), Ill, START),
    ] {
        assert_eq!(said(code, &exhibit), Some((verdict, rules_out)), "{code}");
    }
    let mut unseen = media();
    unseen.definition.paths.insert("/i.iso".into(), Err(Told::text("no permission")));
    assert_eq!(said("definition.media", &unseen), Some((Unknown, [].as_slice())));
    let mut no_program = share();
    no_program.definition.virtiofsd = Ok(false);
    assert_eq!(said("definition.shares", &no_program), Some((Ill, START)));
    let mut no_program = more("<tpm><backend type='emulator'/></tpm>");
    no_program.definition.swtpm = Ok(false);
    assert_eq!(said("definition.tpm", &no_program), Some((Ill, START)));
    let converted = "<loader type='pflash'>/fw</loader><nvram template='/t' format='qcow2'>/v</nvram>";
    let converted = absent(exhibit(changed(&[("<boot dev='hd'/>", converted)])), "/v");
    assert_eq!(said("definition.firmware-template", &converted), Some((Ill, START)));
}

mod around;
