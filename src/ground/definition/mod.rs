//! Finds out about what an exhibit's VM is made of, and whether what that takes of this computer is there.

mod apparmor;
mod devices;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

pub(super) use self::devices::Devices;
use super::Ground;
use super::at_once::at_once;
use super::disk_image::IMAGE_TIME;
use crate::adapter::libvirt::{self, Looked, Vm};
use crate::core::types::{ExhibitSettings, Told};
use crate::doctor::Fact;
use crate::doctor::facts::definition::{Definitions, Network, Other, Secret};
use crate::vm::{self, Capabilities, Definition, DomainCapabilities, Held, ReadError, Uri};
use crate::words::told;

pub(super) fn gather(ground: &Ground, exhibit: &ExhibitSettings) -> Definitions {
    match look(ground, exhibit) {
        Ok(found) => found,
        Err(why) => Definitions::unknown(&why),
    }
}

/// # Errors
/// Why libvirt told nothing.
fn look(ground: &Ground, exhibit: &ExhibitSettings) -> Fact<Definitions> {
    let looked = ground.libvirt.as_ref().map_err(Told::clone)?;
    let vms = looked.vms.as_ref().map_err(Told::clone)?;
    let here = is_here(&looked.uri);
    let Some(vm) = vms.iter().find(|vm| vm.name == exhibit.vm) else {
        return Ok(none_of_it(looked));
    };
    let persistent = read(vm.persistent.as_ref());
    let running = read(vm.running.as_ref());
    let held = held(vm, &exhibit.snapshot);
    let mut paths = BTreeSet::new();
    for found in [&persistent, &running] {
        paths.extend(found.iter().flatten().flat_map(Definition::paths));
    }
    paths.extend(held.iter().flatten().flat_map(|held| held.domain.paths()));
    let capabilities = text(&looked.capabilities, Capabilities::read);
    let is_confined = here.is_ok()
        && capabilities.as_ref().is_ok_and(|found| found.security.iter().any(|module| module == "apparmor"));
    let next = persistent.iter().flatten().filter(|_| is_confined);
    let refused = next.flat_map(apparmor::refused).collect();
    let runs = vm.running.as_ref().map_err(Told::clone)?.as_ref().filter(|_| is_confined);
    let devices = ground.once.devices();
    Ok(Definitions {
        exists: Ok(true),
        state: vm.state.clone(),
        persistent,
        running,
        held,
        saved: vm.saved.clone(),
        password: vm.password.clone(),
        others: others(vms, &exhibit.vm),
        refused,
        unlisted: runs.map_or(Ok(Vec::new()), |xml| apparmor::unlisted(xml)),
        secrets: looked.secrets.as_ref().map_err(Told::clone).map(|all| all.iter().map(secret).collect()),
        capabilities,
        domain_capabilities: text(&vm.domain_capabilities, DomainCapabilities::read),
        libvirt_version: looked.version.clone(),
        networks: networks(looked),
        network_devices: here.clone().and_then(|()| devices.network.clone()),
        usb_devices: here.clone().and_then(|()| devices.usb.clone()),
        pci_devices: here.clone().and_then(|()| devices.pci.clone()),
        free_hugepages: here.clone().and_then(|()| devices.free_hugepages.clone()),
        swtpm: here.clone().map(|()| devices.swtpm),
        virtiofsd: here.clone().map(|()| devices.virtiofsd),
        paths: here.map_or_else(
            |why| paths.iter().map(|path| (path.clone(), Err(why.clone()))).collect(),
            |()| are_there(&paths),
        ),
    })
}

fn secret(found: &libvirt::Secret) -> Secret {
    Secret {
        uuid: found.uuid.clone(),
        usage: found.usage.clone(),
        ephemeral: found.ephemeral,
        has_value: found.has_value,
    }
}

/// libvirt has no such VM: nothing of it is there to be judged.
fn none_of_it(looked: &Looked) -> Definitions {
    let why = told!("libvirt has no such VM");
    Definitions {
        exists: Ok(false),
        persistent: Ok(None),
        running: Ok(None),
        held: Ok(None),
        saved: Ok(false),
        password: Ok(false),
        libvirt_version: looked.version.clone(),
        ..Definitions::unknown(&why)
    }
}

/// Whether libvirt runs on this computer, so that its files are this computer's.
fn is_here(uri: &str) -> Fact<()> {
    let elsewhere = || told!("libvirt runs on another computer ({uri})", uri = uri);
    Uri::read(uri).is_here().then_some(()).ok_or_else(elsewhere)
}

fn wrong(error: &ReadError) -> Told {
    told!("what libvirt says of it cannot be read: {why}", why = error.to_string())
}

fn text<T>(found: &Result<String, Told>, read: fn(&str) -> Result<T, ReadError>) -> Fact<T> {
    read(found.as_ref().map_err(Told::clone)?).map_err(|error| wrong(&error))
}

fn read(found: Result<&Option<String>, &Told>) -> Fact<Option<Definition>> {
    let xml = found.map_err(Told::clone)?;
    xml.as_deref().map(Definition::read).transpose().map_err(|error| wrong(&error))
}

fn held(vm: &Vm, snapshot: &str) -> Fact<Option<Held>> {
    let snapshots = vm.snapshots.as_ref().map_err(Told::clone)?;
    match snapshots.iter().find(|found| found.name == snapshot) {
        Some(found) => Held::read(&found.xml).map_err(|error| wrong(&error)),
        None => Ok(None),
    }
}

/// What other VMs have that nobody else may.
fn others(vms: &[Vm], this: &str) -> Fact<Vec<Other>> {
    let mut others = Vec::new();
    for vm in vms.iter().filter(|vm| vm.name != this) {
        let running = read(vm.running.as_ref())?;
        let runs = running.is_some();
        let Some(found) = running.or(read(vm.persistent.as_ref())?) else { continue };
        let written =
            found.disks.iter().filter(|disk| disk.is_written() && !disk.shareable && !disk.transient);
        others.push(Other {
            name: vm.name.clone(),
            runs,
            macs: found.interfaces.iter().map(|card| card.mac.clone()).collect(),
            ports: found
                .graphics
                .iter()
                .flat_map(|graphics| if runs { graphics.ports() } else { graphics.fixed_ports() })
                .collect(),
            images: written.filter_map(|disk| disk.file().map(str::to_owned)).collect(),
        });
    }
    Ok(others)
}

fn networks(looked: &Looked) -> Fact<Vec<Network>> {
    let networks = looked.networks.as_ref().map_err(Told::clone)?;
    let network = |found: &crate::adapter::libvirt::Object| Network {
        name: found.name.clone(),
        active: found.active,
        autostart: found.autostart,
        past_host: vm::leads_past_host(&found.xml),
    };
    Ok(networks.iter().map(network).collect())
}

/// Whether each is there: one on a share that does not answer is unknown, and no other.
fn are_there(paths: &BTreeSet<String>) -> BTreeMap<String, Fact<bool>> {
    let looked = at_once(paths.clone(), IMAGE_TIME, |path| is_there(Path::new(&path)));
    let late = || Err(told!("it was not found out within {waited}", waited = IMAGE_TIME));
    paths.iter().cloned().zip(looked.into_iter().map(|found| found.unwrap_or_else(late))).collect()
}

/// Whether something is there.
fn is_there(path: &Path) -> Fact<bool> {
    match fs::metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => Ok(false),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Told {
    told!(
        "whether {file} is there cannot be seen: {why}",
        file = path.display().to_string(),
        why = error.to_string()
    )
}

/// The names in a folder; none where it is not there.
fn names(folder: &Path) -> Fact<BTreeSet<String>> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(unreadable(folder, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_from_what_cannot_be_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("there"), "").unwrap();
        assert_eq!(is_there(&dir.path().join("there")), Ok(true));
        assert_eq!(is_there(&dir.path().join("not-there")), Ok(false));
        assert_eq!(is_there(&dir.path().join("there/below")), Ok(false));
        assert_eq!(names(&dir.path().join("not-there")), Ok(BTreeSet::new()));
    }
}
