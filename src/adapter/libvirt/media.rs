//! Putting the guest kit's medium into a VM's drive, and taking it out, for commands.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use super::question::{ask_of, words};
use super::redefine::escape;
use crate::core::types::Told;
use crate::vm::{Definition, Disk};
use crate::words::told;

/// How the names of the guest kit's media end, before the extension. By that they are known: no snapshot is made with one
/// in a drive, since each revert would want that file.
pub const KIT_MARK: &str = "-vitrine-kit";

/// A kind of drive whose medium can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drive {
    /// A CD or DVD drive.
    Cd,
    /// A floppy drive.
    Floppy,
}

impl Drive {
    fn device(self) -> &'static str {
        match self {
            Self::Cd => "cdrom",
            Self::Floppy => "floppy",
        }
    }

    fn called(self) -> Told {
        match self {
            Self::Cd => told!("CD drive"),
            Self::Floppy => told!("floppy drive"),
        }
    }
}

/// The drives of a VM whose medium can be changed.
fn drives(xml: &str) -> Result<Vec<Disk>, Told> {
    let definition = Definition::read(xml).map_err(|error| Told::text(error.to_string()))?;
    Ok(definition.disks.into_iter().filter(Disk::is_drive).collect())
}

/// A drive with another medium in it, as `virDomainUpdateDeviceFlags` takes it.
fn with(drive: &Disk, file: Option<&str>) -> String {
    let source = file.map(|file| format!("<source file='{}'/>", escape(file))).unwrap_or_default();
    format!(
        "<disk type='file' device='{}'><driver name='qemu' type='raw'/>{source}<target dev='{}' bus='{}'/><readonly/></disk>",
        drive.device,
        escape(&drive.target),
        escape(&drive.bus)
    )
}

/// The file of the guest kit's medium that is in a drive, if one is.
fn kit_in(drive: &Disk) -> Option<&str> {
    drive.file().filter(|file| {
        let stem = Path::new(file).file_stem().and_then(OsStr::to_str);
        stem.is_some_and(|stem| stem.ends_with(KIT_MARK))
    })
}

/// The file of a guest kit's medium that is in a drive of a VM with this description.
pub(super) fn kit_inside(xml: &str) -> Option<String> {
    drives(xml).ok()?.iter().find_map(|drive| kit_in(drive).map(str::to_owned))
}

/// Puts a medium into a drive of a VM, read-only: one that runs has it until it ends or is put back, one that is off from
/// its next start on. The drive's name.
///
/// # Errors
/// There is no such drive, something else is in it, or libvirt does not do it within this time.
pub fn insert_kit(uri: &str, vm: &str, drive: Drive, file: &str, within: Duration) -> Result<String, Told> {
    let (name, file) = (vm.to_owned(), file.to_owned());
    let done = ask_of(uri, vm, within, move |domain| {
        let mut fitting = drives(&domain.xml_desc(0).map_err(words)?)?;
        fitting.retain(|other| other.device == drive.device());
        let free = fitting.iter().find(|drive| drive.source.is_none() || kit_in(drive).is_some());
        let chosen = match (free, fitting.first()) {
            (Some(drive), _) => drive,
            (None, Some(other)) => {
                return Err(told!(
                    "the {drive} of VM '{vm}' holds {file}: take that out first, with `virsh change-media {vm} {target} --eject`",
                    drive = drive.called(),
                    vm = name,
                    file = other.file().unwrap_or_default().to_owned(),
                    target = other.target
                ));
            }
            (None, None) => {
                return Err(told!(
                    "VM '{vm}' has no {drive}: give it one while it is off, with virt-manager or `virsh edit {vm}`",
                    vm = name,
                    drive = drive.called()
                ));
            }
        };
        domain.update_device_flags(&with(chosen, Some(&file)), 0).map_err(words)?;
        Ok(chosen.target.clone())
    });
    done.map_err(Told::from)
}

/// Takes the guest kit's media out of a VM's drives. Their files.
///
/// # Errors
/// libvirt does not do it within this time.
pub fn eject_kits(uri: &str, vm: &str, within: Duration) -> Result<Vec<String>, Told> {
    let done = ask_of(uri, vm, within, |domain| {
        let mut ejected = Vec::new();
        for drive in drives(&domain.xml_desc(0).map_err(words)?)? {
            let Some(file) = kit_in(&drive) else { continue };
            domain.update_device_flags(&with(&drive, None), 0).map_err(words)?;
            ejected.push(file.to_owned());
        }
        Ok(ejected)
    });
    done.map_err(Told::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kits_media_are_known_by_their_names() {
        let drive = |source: &str| {
            format!(
                "<domain><devices><disk type='file' device='disk'><source file='/a-vitrine-kit.iso'/><target dev='vda'/></disk>\
                 <disk type='file' device='cdrom'>{source}<target dev='sda' bus='sata'/><readonly/></disk></devices></domain>"
            )
        };
        let rows = [
            ("", None),
            ("<source file='/srv/windows.iso'/>", None),
            ("<source file='/srv/eden-vitrine-kit.iso'/>", Some("/srv/eden-vitrine-kit.iso")),
            ("<source index='3' file='/srv/eden-vitrine-kit.img'/>", Some("/srv/eden-vitrine-kit.img")),
            ("<source file='/srv/a-vitrine-kit/windows.iso'/>", None),
            ("<source dev='/dev/sr0'/>", None),
        ];
        for (source, expected) in rows {
            assert_eq!(kit_inside(&drive(source)).as_deref(), expected, "{source}");
        }
        assert_eq!(kit_inside("<domain"), None);
        let taken = &drives(
            &drive("<source dev='/dev/sr0'/>")
                .replace("type='file' device='cdrom'", "type='block' device='cdrom'"),
        );
        let taken = &taken.as_ref().unwrap()[0];
        assert_eq!(taken.file(), Some("/dev/sr0"), "a drive with anything in it is not free");
        assert!(with(taken, Some("/a & b.iso")).contains("/a &amp; b.iso"));
        assert!(!with(taken, None).contains("source"));
    }
}
