//! Finds out about the snapshot that an exhibit is put back to.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use roxmltree::{Document, Node};

use super::Ground;
use super::disk_image::{self, all, child, text};
use crate::adapter::libvirt::{Looked, SnapshotText, Vm};
use crate::core::types::{ExhibitSettings, Told};
use crate::doctor::Fact;
use crate::doctor::facts::disk_image::{Part as Role, There};
use crate::doctor::facts::snapshot::{Kept, Known, Machine, Part, Snapshots};
use crate::vm::Definition;
use crate::words::told;

pub(super) fn gather(ground: &Ground, exhibit: &ExhibitSettings) -> Snapshots {
    let known = ground.vm(exhibit).and_then(|vm| Ok((vm, ground.libvirt.as_ref().map_err(Told::clone)?)));
    let (vm, looked) = match known {
        Ok(known) => known,
        Err(why) => return Snapshots::unknown(&why),
    };
    let texts = vm.snapshots.as_ref().map_err(Told::clone);
    let capabilities = looked.capabilities.as_ref().map_err(Told::clone);
    let now = machine_of(&vm.running);
    let next = machine_of(&vm.persistent);
    let arch = arch_of(vm);
    Snapshots {
        family: vm.family(),
        known: texts.and_then(|texts| texts.iter().map(|text| known_of(looked, text)).collect()),
        machines: capabilities.clone().and_then(|text| machines(text, &arch?)),
        vendor: capabilities.and_then(|text| vendor(text)),
        images: images(ground, looked, vm),
        version: looked.version.clone(),
        runs: disk_image::runs(vm),
        now,
        next,
        clock: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
    }
}

fn images(ground: &Ground, looked: &Looked, vm: &Vm) -> Fact<Vec<Part>> {
    let written = disk_image::written(ground, looked, vm)?;
    let part = |(image, name): (crate::doctor::facts::disk_image::Image, disk_image::Named)| Part {
        target: match name.part {
            Role::Disk(target) => target,
            Role::Nvram | Role::Firmware | Role::Below(_) => String::new(),
        },
        path: image.path,
        said: name.said.unwrap_or_else(|| "raw".to_owned()),
        cache: name.cache,
        kept: name.kept,
        header: image.header,
        place: image.place,
    };
    Ok(written.into_iter().map(part).collect())
}

fn unreadable(error: impl std::fmt::Display) -> Told {
    told!("libvirt describes it in a way that cannot be read: {why}", why = error.to_string())
}

fn machine_of(xml: &Fact<Option<String>>) -> Fact<Option<Machine>> {
    let Some(xml) = xml.as_ref().map_err(Told::clone)? else { return Ok(None) };
    machine(xml).map(Some)
}

fn arch_of(vm: &Vm) -> Fact<String> {
    let persistent = vm.persistent.as_ref().map_err(Told::clone)?;
    let xml = persistent.as_ref().or(vm.running.as_ref().map_err(Told::clone)?.as_ref());
    let xml = xml.ok_or_else(|| told!("its state is not known"))?;
    Ok(Definition::read(xml).map_err(unreadable)?.arch)
}

/// A `<domain>`, as far as a snapshot depends on it.
fn machine(xml: &str) -> Fact<Machine> {
    let definition = Definition::read(xml).map_err(unreadable)?;
    let document = Document::parse(xml).map_err(unreadable)?;
    let cpu = child(document.root_element(), "cpu");
    let of_cpu = |tag| cpu.and_then(|cpu| child(cpu, tag)).and_then(text);
    Ok(Machine {
        kind: definition.machine,
        memory: definition.memory,
        vcpus: definition.vcpus,
        cpu: of_cpu("model"),
        vendor: of_cpu("vendor"),
        virtualisation: definition.kind,
    })
}

fn known_of(looked: &Looked, snapshot: &SnapshotText) -> Fact<Known> {
    let mut known = known(snapshot)?;
    let files = disk_image::named(&snapshot.xml)?;
    let files = disk_image::files(looked, files.into_iter().filter(|file| file.written).collect());
    known.images = files
        .into_iter()
        .filter_map(|(path, file)| match file.part {
            Role::Disk(target) => Some((target, path)),
            Role::Nvram | Role::Firmware | Role::Below(_) => None,
        })
        .collect();
    let memory = memory_file(&snapshot.xml)?;
    let needed = known.images.iter().map(|(_, path)| path).chain(&memory);
    let mut missing = Ok(Vec::new());
    for path in needed {
        match (disk_image::there(Path::new(path)), &mut missing) {
            (Ok(There::Something(_)), _) | (_, Err(_)) => {}
            (Ok(There::Nothing | There::DeadLink(_)), Ok(missing)) => missing.push(path.clone()),
            (Err(why), missing) => *missing = Err(why),
        }
    }
    known.missing = missing;
    Ok(known)
}

/// What a description says by itself.
fn known(snapshot: &SnapshotText) -> Fact<Known> {
    let document = Document::parse(&snapshot.xml).map_err(unreadable)?;
    let root = document.root_element();
    let of = |tag| child(root, tag).and_then(text);
    let disk = |disk: Node<'_, '_>| {
        let kept = disk.attribute("snapshot").filter(|kept| *kept != "no")?;
        Some(Kept { target: disk.attribute("name")?.to_owned(), internal: kept == "internal" })
    };
    let disks = child(root, "disks").into_iter().flat_map(|disks| all(disks, "disk")).filter_map(disk);
    let domain = child(root, "domain").and_then(|domain| snapshot.xml.get(domain.range()));
    Ok(Known {
        name: snapshot.name.clone(),
        made: of("creationTime").and_then(|time| time.parse().ok()).unwrap_or(0),
        state: of("state").unwrap_or_default(),
        current: snapshot.current,
        disks: disks.collect(),
        missing: Ok(Vec::new()),
        machine: domain.map(machine).transpose()?.unwrap_or_default(),
        images: Vec::new(),
    })
}

/// The file that an external snapshot keeps the memory in.
fn memory_file(xml: &str) -> Fact<Option<String>> {
    let document = Document::parse(xml).map_err(unreadable)?;
    let memory = child(document.root_element(), "memory");
    Ok(memory.and_then(|memory| memory.attribute("file")).map(str::to_owned))
}

/// The machine types for guests of an architecture (<https://libvirt.org/formatcaps.html#guest-capabilities>).
fn machines(capabilities: &str, arch: &str) -> Fact<Vec<String>> {
    let document = Document::parse(capabilities).map_err(unreadable)?;
    let guests = all(document.root_element(), "guest");
    let archs =
        guests.flat_map(|guest| all(guest, "arch")).filter(|node| node.attribute("name") == Some(arch));
    let named = archs.flat_map(|node| node.descendants()).filter(|node| node.has_tag_name("machine"));
    let machines: Vec<_> = named.filter_map(text).collect();
    if machines.is_empty() {
        return Err(told!("libvirt names no machine types for {arch}", arch = arch));
    }
    Ok(machines)
}

fn vendor(capabilities: &str) -> Fact<String> {
    let document = Document::parse(capabilities).map_err(unreadable)?;
    let cpu = child(document.root_element(), "host").and_then(|host| child(host, "cpu"));
    cpu.and_then(|cpu| child(cpu, "vendor"))
        .and_then(text)
        .ok_or_else(|| told!("libvirt does not say whose processor this computer has"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNAPSHOT: &str = "<domainsnapshot><name>ready</name><state>running</state>
        <creationTime>1700000000</creationTime><memory snapshot='external' file='/mem'/>
        <disks><disk name='vda' snapshot='internal'/><disk name='sda' snapshot='no'/></disks>
        <domain type='kvm'><name>eden</name><memory unit='KiB'>1048576</memory><vcpu>2</vcpu>
        <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
        <cpu mode='custom'><model fallback='forbid'>Skylake</model><vendor>Intel</vendor></cpu>
        </domain></domainsnapshot>";

    #[test]
    fn a_description_is_read() {
        let text = SnapshotText { name: "ready".into(), xml: SNAPSHOT.into(), current: true };
        let found = known(&text).unwrap();
        assert_eq!(found.machine.kind, "pc-q35-7.2");
        assert_eq!((found.machine.memory, found.machine.vcpus), (1 << 30, 2));
        assert_eq!(found.machine.cpu.as_deref(), Some("Skylake"));
        assert_eq!(found.machine.vendor.as_deref(), Some("Intel"));
        assert_eq!(found.disks, [Kept { target: "vda".into(), internal: true }]);
        assert_eq!((found.made, found.state.as_str()), (1_700_000_000, "running"));
        assert_eq!(memory_file(SNAPSHOT).unwrap().as_deref(), Some("/mem"));
    }

    #[test]
    fn what_this_computer_has_is_read() {
        let text = "<capabilities><host><cpu><vendor>AMD</vendor></cpu></host><guest><arch name='x86_64'>
            <machine maxCpus='255'>pc-i440fx-10.0</machine><machine canonical='pc-q35-10.0'>q35</machine>
            <domain type='qemu'/></arch></guest></capabilities>";
        assert_eq!(machines(text, "x86_64").unwrap(), ["pc-i440fx-10.0", "q35"]);
        assert!(machines(text, "ppc").is_err());
        assert_eq!(vendor(text).unwrap(), "AMD");
    }
}
