//! Finds out about what an exhibit's VM is made of, and whether what that takes of this computer is there.

mod apparmor;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::{Ground, program};
use crate::adapter::libvirt::{self, Looked, Vm};
use crate::core::types::{ExhibitSettings, Told};
use crate::doctor::Fact;
use crate::doctor::facts::definition::{Definitions, Network, Other, Secret};
use crate::vm::{self, Capabilities, Definition, DomainCapabilities, Held, ReadError};
use crate::words::told;

/// Where QEMU's packages say which programs share folders (<https://www.qemu.org/docs/master/interop/vhost-user.html>).
const SHARING_PROGRAMS: [&str; 3] =
    ["/usr/share/qemu/vhost-user", "/etc/qemu/vhost-user", "/usr/libexec/virtiofsd"];

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
    let is_there = |path: &str| here.clone().and_then(|()| is_there(Path::new(path)));
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
        network_devices: here.clone().and_then(|()| names(Path::new("/sys/class/net"))),
        usb_devices: here.clone().and_then(|()| usb_devices(Path::new("/sys/bus/usb/devices"))),
        pci_devices: here.clone().and_then(|()| names(Path::new("/sys/bus/pci/devices"))),
        free_hugepages: here.clone().and_then(|()| free_hugepages(Path::new("/sys/kernel/mm/hugepages"))),
        swtpm: here.clone().map(|()| program::is_there("swtpm") && program::is_there("swtpm_setup")),
        virtiofsd: here.clone().map(|()| shares_folders()),
        paths: paths.into_iter().map(|path| (path.clone(), is_there(&path))).collect(),
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
    let scheme = uri.split("://").next().unwrap_or_default();
    let beyond = uri.split("://").nth(1).unwrap_or_default();
    let is_local = !scheme.contains('+') || scheme.ends_with("+unix");
    if is_local && beyond.starts_with('/') {
        Ok(())
    } else {
        Err(told!("libvirt runs on another computer ({uri})", uri = uri))
    }
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

/// The USB devices, each by what it is and by where it is
/// (<https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-bus-usb>).
fn usb_devices(folder: &Path) -> Fact<BTreeSet<String>> {
    let mut devices = BTreeSet::new();
    for name in names(folder)? {
        let says = |file: &str| {
            let text = fs::read_to_string(folder.join(&name).join(file)).ok()?;
            Some(text.trim().to_ascii_lowercase())
        };
        // What has none of these is an interface of a device.
        devices.extend(
            says("idVendor").zip(says("idProduct")).map(|(vendor, product)| format!("{vendor}:{product}")),
        );
        devices.extend(says("busnum").zip(says("devnum")).map(|(bus, device)| format!("{bus}.{device}")));
    }
    Ok(devices)
}

/// Memory set apart as large pages that nobody uses, in bytes
/// (<https://www.kernel.org/doc/Documentation/admin-guide/mm/hugetlbpage.rst>).
fn free_hugepages(folder: &Path) -> Fact<u64> {
    let mut free: u64 = 0;
    for name in names(folder)? {
        let size = name.strip_prefix("hugepages-").and_then(|name| name.strip_suffix("kB"));
        let Some(size) = size.and_then(|size| size.parse::<u64>().ok()) else { continue };
        let file = folder.join(&name).join("free_hugepages");
        let text = fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
        let pages: u64 = text.trim().parse().unwrap_or(0);
        free = free.saturating_add(pages.saturating_mul(size).saturating_mul(1024));
    }
    Ok(free)
}

/// Whether there is a program that libvirt shares folders by.
fn shares_folders() -> bool {
    SHARING_PROGRAMS.iter().any(|place| {
        let place = Path::new(place);
        if !place.is_dir() {
            return place.exists();
        }
        names(place).is_ok_and(|names| names.iter().any(|name| name.contains("virtiofsd")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_files_of_this_computer_are_looked_at() {
        for (uri, here) in [
            ("qemu:///system", true),
            ("qemu:///session", true),
            ("qemu+unix:///session?socket=/run/x", true),
            ("test:///default", true),
            ("qemu+ssh://root@depot/system", false),
            ("qemu+tcp://depot/system", false),
            ("qemu://depot/system", false),
        ] {
            assert_eq!(is_here(uri).is_ok(), here, "{uri}");
        }
    }

    #[test]
    fn what_is_missing_is_told_from_what_cannot_be_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("there"), "").unwrap();
        assert_eq!(is_there(&dir.path().join("there")), Ok(true));
        assert_eq!(is_there(&dir.path().join("not-there")), Ok(false));
        assert_eq!(is_there(&dir.path().join("there/below")), Ok(false));
        assert_eq!(names(&dir.path().join("not-there")), Ok(BTreeSet::new()));
    }

    #[test]
    fn usb_devices_are_known_by_what_they_are_and_where() {
        let dir = tempfile::tempdir().unwrap();
        let device = dir.path().join("1-2");
        fs::create_dir_all(&device).unwrap();
        for (file, text) in
            [("idVendor", "046D\n"), ("idProduct", "c52b\n"), ("busnum", "1\n"), ("devnum", "3\n")]
        {
            fs::write(device.join(file), text).unwrap();
        }
        fs::create_dir(dir.path().join("1-2:1.0")).unwrap();
        assert_eq!(usb_devices(dir.path()), Ok(["046d:c52b".to_owned(), "1.3".to_owned()].into()));
    }

    #[test]
    fn free_large_pages_are_counted_in_bytes() {
        let dir = tempfile::tempdir().unwrap();
        for (name, pages) in [("hugepages-2048kB", "3\n"), ("hugepages-1048576kB", "1\n")] {
            fs::create_dir(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join("free_hugepages"), pages).unwrap();
        }
        assert_eq!(free_hugepages(dir.path()), Ok(3 * (2 << 20) + (1 << 30)));
    }
}
