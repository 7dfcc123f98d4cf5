use super::*;

const DEBIAN: &str = include_str!("samples/debian.xml");
const RUNNING: &str = include_str!("samples/debian-running.xml");
const WIN10: &str = include_str!("samples/win10.xml");
const XP: &str = include_str!("samples/xp.xml");
const PPC: &str = include_str!("samples/ppc.xml");

fn read(xml: &str) -> Definition {
    Definition::read(xml).unwrap()
}

/// A VM with these devices.
fn with(devices: &str) -> Definition {
    read(&format!("<domain type='kvm'><devices>{devices}</devices></domain>"))
}

#[test]
fn a_debian_of_virt_install_is_read() {
    let vm = read(DEBIAN);
    assert_eq!(
        (vm.name.as_str(), vm.kind.as_str(), vm.system.as_str()),
        ("debian", "kvm", "http://debian.org/debian/11")
    );
    assert_eq!((vm.memory, vm.current_memory, vm.vcpus), (2 << 30, 2 << 30, 2));
    assert_eq!((vm.arch.as_str(), vm.machine.as_str()), ("x86_64", "pc-q35-10.0"));
    assert_eq!(
        (vm.cpu.mode.as_str(), vm.features.acpi, vm.features.hyperv),
        ("host-passthrough", true, false)
    );
    assert_eq!(vm.clock.offset, "utc");
    assert_eq!(vm.clock.timer("hpet").unwrap().present, Some(false));
    assert_eq!(vm.lifecycle.reboot, "restart");
    assert_eq!((vm.lifecycle.suspend_to_mem, vm.lifecycle.suspend_to_disk), (Some(false), Some(false)));
    let [disk] = vm.disks.as_slice() else { panic!("{:?}", vm.disks) };
    assert_eq!((disk.target.as_str(), disk.format.as_str(), disk.is_written()), ("vda", "qcow2", true));
    assert_eq!(disk.file(), Some("/var/lib/libvirt/images/debian.qcow2"));
    let [graphics] = vm.graphics.as_slice() else { panic!("{:?}", vm.graphics) };
    assert!(graphics.autoport && graphics.is_shown() && graphics.fixed_ports().is_empty());
    assert_eq!(graphics.listens, [Listen { kind: "address".into(), ..Default::default() }]);
    assert_eq!((vm.heads(), vm.videos[0].model.as_str()), (1, "virtio"));
    assert_eq!(vm.inputs[0], Input { kind: "tablet".into(), bus: "usb".into(), device: String::new() });
    assert_eq!((vm.sounds[0].model.as_str(), vm.audios[0].kind.as_str()), ("ich9", "spice"));
    assert_eq!((vm.interfaces[0].source.as_str(), vm.interfaces[0].model.as_str()), ("default", "virtio"));
    assert!(vm.agent().is_some());
    assert_eq!((vm.redirections, vm.watchdogs[0].action.as_str()), (2, "reset"));
    assert_eq!(vm.rngs[0].device, "/dev/urandom");
    let paths: Vec<_> = vm.paths().into_iter().collect();
    assert_eq!(paths, ["/dev/urandom", "/usr/bin/qemu-system-x86_64"]);
}

#[test]
fn what_runs_says_the_same_of_what_matters() {
    let (vm, running) = (read(DEBIAN), read(RUNNING));
    assert_eq!(running.graphics[0].port, Some(5900));
    assert!(running.graphics[0].fixed_ports().is_empty());
    assert_eq!(running.agent().unwrap().connected, Some(false));
    assert_eq!(
        (&vm.disks, &vm.interfaces, &vm.videos),
        (&running.disks, &running.interfaces, &running.videos)
    );
}

#[test]
fn windows_machines_of_virt_install_are_read() {
    let ten = read(WIN10);
    assert!(
        ten.is_windows()
            && ten.features.hyperv
            && ten.features.smm
            && ten.firmware.is_uefi()
            && ten.firmware.secure
    );
    assert_eq!(ten.firmware.loader, "/usr/share/OVMF/OVMF_CODE_4M.ms.fd");
    let nvram = Nvram {
        file: "/var/lib/libvirt/qemu/nvram/win10_VARS.fd".into(),
        format: "raw".into(),
        template: "/usr/share/OVMF/OVMF_VARS_4M.ms.fd".into(),
        template_format: "raw".into(),
    };
    assert_eq!(ten.firmware.nvram, Some(nvram));
    assert_eq!(ten.tpms, [Tpm { backend: "emulator".into(), device: String::new() }]);
    assert_eq!((ten.videos[0].ram, ten.videos[0].vgamem), (64 << 20, 16 << 20));
    let xp = read(XP);
    assert!(xp.is_windows() && !xp.firmware.is_uefi() && xp.agent().is_none());
    assert_eq!(
        (xp.clock.offset.as_str(), xp.machine.as_str(), xp.disks[0].bus.as_str()),
        ("localtime", "pc-i440fx-10.0", "ide")
    );
}

#[test]
fn a_powerpc_is_read() {
    let vm = read(PPC);
    assert_eq!((vm.arch.as_str(), vm.machine.as_str(), vm.kind.as_str()), ("ppc", "mac99", "qemu"));
    assert_eq!((vm.emulator.as_str(), vm.heads()), ("/usr/bin/qemu-system-ppc", 0));
}

#[test]
fn a_snapshots_definitions_are_read() {
    let xml = "<domainsnapshot><name>ready</name><domain type='kvm'><name>a</name><vcpu>2</vcpu></domain>\
               <inactiveDomain type='kvm'><name>a</name><vcpu>4</vcpu></inactiveDomain></domainsnapshot>";
    let held = Held::read(xml).unwrap().unwrap();
    assert_eq!((held.domain.vcpus, held.inactive.unwrap().vcpus), (2, 4));
    let old = "<domainsnapshot><name>ready</name><domain><uuid>1</uuid></domain></domainsnapshot>";
    assert_eq!(Held::read(old), Ok(None));
    assert_eq!(Held::read("<domain/>"), Err(ReadError::Other("domain".into())));
}

#[test]
fn devices_are_read() {
    for (xml, same) in [
        ("<graphics type='spice' port='5950' autoport='no' passwd='x'><gl enable='yes'/><mouse mode='server'/></graphics>", {
            let graphics = &with("<graphics type='spice' port='5950' autoport='no' passwd='x'><gl enable='yes'/><mouse mode='server'/></graphics>").graphics[0].clone();
            graphics.fixed_ports() == [5950] && graphics.password && graphics.gl && graphics.server_mouse
        }),
        ("a socket has no port", with("<graphics type='spice' port='5950'><listen type='socket' socket='/run/s'/></graphics>").graphics[0].fixed_ports().is_empty()),
        ("an old listen", with("<graphics type='vnc' port='-1' listen='0.0.0.0'/>").graphics[0].listens[0].address == "0.0.0.0"),
        ("USB by kind", with("<hostdev type='usb'><source><vendor id='0x046D'/><product id='0xc52b'/></source></hostdev>").host_devices[0].name == "046D:c52b"),
        ("USB by place", with("<hostdev type='usb'><source startupPolicy='optional'><address bus='1' device='3'/></source></hostdev>").host_devices[0] == HostDevice { kind: "usb".into(), name: "1.3".into(), optional: true }),
        ("PCI", with("<hostdev type='pci'><source><address domain='0x0000' bus='0x06' slot='0x00' function='0x0'/></source></hostdev>").host_devices[0].name == "0000:06:00.0"),
        ("a port that connects", with("<serial type='tcp'><source mode='connect' host='h' service='5'/></serial>").ports[0].connects()),
        ("a port that waits", !with("<serial type='tcp'><source mode='bind' host='h' service='5'/></serial>").ports[0].connects()),
        ("a link that is down", with("<interface type='bridge'><source bridge='br0'/><link state='down'/></interface>").interfaces[0].down),
        ("virtiofs", with("<filesystem><driver type='virtiofs'/><source dir='/d'/><target dir='t'/></filesystem>").filesystems[0].virtiofs),
        ("a drive that may be empty", with("<disk type='file' device='cdrom'><source file='/a' startupPolicy='requisite'/></disk>").media(true).next().is_none()),
        ("one that may not", with("<disk type='file' device='cdrom'><source file='/a' startupPolicy='requisite'/></disk>").media(false).next() == Some(("", "/a"))),
        ("an empty one", with("<disk type='file' device='cdrom'><source file=''/></disk>").media(false).next().is_none()),
        ("a file port", with("<serial type='file'><source path='/a/b.log'/></serial>").folders() == ["/a"]),
    ] {
        assert!(same, "{xml}");
    }
}

#[test]
fn the_machine_is_read() {
    let vm = read(
        "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><memory unit='GiB'>1</memory>\
         <memtune><hard_limit unit='MiB'>900</hard_limit></memtune><memoryBacking><hugepages/><locked/></memoryBacking>\
         <vcpu cpuset='0-3,^2'>4</vcpu><cputune><vcpupin vcpu='0' cpuset='9'/></cputune>\
         <numatune><memory mode='strict' nodeset='1'/></numatune>\
         <qemu:commandline><qemu:arg value='-snapshot'/></qemu:commandline></domain>",
    );
    assert_eq!(vm.backing.limit, Some(900 << 20));
    assert!(vm.backing.hugepages && vm.backing.locked);
    assert_eq!(vm.placement, Placement { pins: vec![vec![0, 1, 3], vec![9]], nodes: vec![1] });
    assert_eq!(vm.arguments, ["-snapshot"]);
    let unlimited =
        read("<domain><memtune><hard_limit unit='KiB'>9007199254740991</hard_limit></memtune></domain>");
    assert_eq!(unlimited.backing.limit, None);
}

#[test]
fn what_can_be_run_here_is_read() {
    let found = Capabilities::read(include_str!("samples/capabilities.xml")).unwrap();
    assert_eq!(
        (found.arch.as_str(), found.cpus.as_slice(), found.nodes.as_slice()),
        ("x86_64", [0, 1].as_slice(), [0].as_slice())
    );
    assert_eq!(found.security, ["none", "dac"]);
    let guest = found.guest("x86_64").unwrap();
    let kinds: Vec<_> = guest.domains.iter().map(|domain| domain.kind.as_str()).collect();
    assert_eq!(kinds, ["qemu", "kvm"]);
    assert_eq!(guest.machine("q35").unwrap().canonical, "pc-q35-10.0");
    assert!(guest.machine("pc-q35-5.2").unwrap().deprecated && guest.machine("pc-q35-1.4").is_none());
    assert_eq!(found.guest("ppc").unwrap().domains[0].emulator, "/usr/bin/qemu-system-ppc");
    let kind = DomainCapabilities::read(include_str!("samples/domain-capabilities.xml")).unwrap();
    assert!(
        kind.graphics.contains("spice")
            && kind.videos.contains("qxl")
            && kind.cpu_modes.contains("host-model")
    );
    assert_eq!(kind.unusable.get("qemu64"), Some(&vec!["pni".to_owned()]));
}

#[test]
fn what_is_none_is_refused() {
    assert!(matches!(Definition::read("no XML"), Err(ReadError::Syntax(_))));
    assert!(matches!(Definition::read("<network/>"), Err(ReadError::Other(_))));
    assert!(Capabilities::read("<domain/>").is_err() && DomainCapabilities::read("<domain/>").is_err());
}

#[test]
fn networks_that_lead_past_this_computer_are_known() {
    for (xml, past) in [
        ("<network><forward mode='nat'/><bridge name='virbr0'/></network>", false),
        ("<network><bridge name='virbr1'/></network>", false),
        ("<network><forward mode='bridge'/><bridge name='br0'/></network>", false),
        ("<network><forward mode='bridge'><interface dev='eth0'/></forward></network>", true),
        ("<network><forward mode='passthrough'/></network>", true),
        ("no XML", false),
    ] {
        assert_eq!(leads_past_host(xml), past, "{xml}");
    }
}
