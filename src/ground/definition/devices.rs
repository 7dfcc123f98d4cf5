//! What there is on this computer for VMs to use.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{names, unreadable};
use crate::doctor::Fact;
use crate::ground::program;

/// Where QEMU's packages say which programs share folders (<https://www.qemu.org/docs/master/interop/vhost-user.html>).
const SHARING_PROGRAMS: [&str; 3] =
    ["/usr/share/qemu/vhost-user", "/etc/qemu/vhost-user", "/usr/libexec/virtiofsd"];

/// What VMs can be given, and what serves them.
#[derive(Debug)]
pub(in crate::ground) struct Devices {
    /// The network devices' names.
    pub(super) network: Fact<BTreeSet<String>>,
    /// The USB devices, each by what it is and by where it is.
    pub(super) usb: Fact<BTreeSet<String>>,
    /// The PCI devices' addresses.
    pub(super) pci: Fact<BTreeSet<String>>,
    /// Memory set apart as large pages that nobody uses, in bytes.
    pub(super) free_hugepages: Fact<u64>,
    /// TPMs can be emulated.
    pub(super) swtpm: bool,
    /// There is a program that libvirt shares folders by.
    pub(super) virtiofsd: bool,
}

impl Devices {
    /// Looks for them.
    pub(in crate::ground) fn find() -> Self {
        Self {
            network: names(Path::new("/sys/class/net")),
            usb: usb_devices(Path::new("/sys/bus/usb/devices")),
            pci: names(Path::new("/sys/bus/pci/devices")),
            free_hugepages: free_hugepages(Path::new("/sys/kernel/mm/hugepages")),
            swtpm: program::is_there("swtpm") && program::is_there("swtpm_setup"),
            virtiofsd: shares_folders(),
        }
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
