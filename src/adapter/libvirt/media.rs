//! Putting the guest kit's medium into a VM's drive, and taking it out, for commands.

use std::time::Duration;

use roxmltree::Document;

use super::question::{ask_of, words};
use super::redefine::escape;
use crate::core::types::Told;
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

/// A drive, and what is in it (<https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms>).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Slot {
    device: String,
    target: String,
    bus: String,
    /// `None` for an empty one.
    file: Option<String>,
}

impl Slot {
    /// As `virDomainUpdateDeviceFlags` takes it, with another medium in it.
    fn with(&self, file: Option<&str>) -> String {
        let source = file.map(|file| format!("<source file='{}'/>", escape(file))).unwrap_or_default();
        format!(
            "<disk type='file' device='{}'><driver name='qemu' type='raw'/>{source}<target dev='{}' bus='{}'/><readonly/></disk>",
            self.device,
            escape(&self.target),
            escape(&self.bus)
        )
    }

    fn holds_a_kit(&self) -> bool {
        let stem = |file: &String| {
            let name = file.rsplit('/').next().unwrap_or_default();
            name.rsplit_once('.').map_or(name, |(stem, _)| stem).ends_with(KIT_MARK)
        };
        self.file.as_ref().is_some_and(stem)
    }
}

/// The drives of a VM whose medium can be changed.
fn slots(xml: &str) -> Vec<Slot> {
    let Ok(document) = Document::parse(xml) else { return Vec::new() };
    let drives = document.descendants().filter(|node| {
        node.has_tag_name("disk")
            && matches!(node.attribute("device"), Some("cdrom" | "floppy"))
            && node.parent().is_some_and(|parent| parent.has_tag_name("devices"))
    });
    let read = |drive: roxmltree::Node<'_, '_>| {
        let part = |tag: &str| drive.children().find(|child| child.has_tag_name(tag));
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let source = part("source");
        let file = source.and_then(|source| source.attributes().find(|it| it.name() != "index"));
        Slot {
            device: text(drive.attribute("device")),
            target: text(part("target").and_then(|target| target.attribute("dev"))),
            bus: text(part("target").and_then(|target| target.attribute("bus"))),
            file: file.map(|file| file.value().to_owned()),
        }
    };
    drives.map(read).collect()
}

/// The file of a guest kit's medium that is in a drive of a VM with this description.
pub(super) fn kit_inside(xml: &str) -> Option<String> {
    slots(xml).into_iter().find(Slot::holds_a_kit).and_then(|slot| slot.file)
}

/// Puts a medium into a drive of a VM, read-only: one that runs has it until it ends or is put back, one that is off from
/// its next start on. The drive's name.
///
/// # Errors
/// There is no such drive, something else is in it, or libvirt does not do it within this time.
pub fn insert_kit(uri: &str, vm: &str, drive: Drive, file: &str, within: Duration) -> Result<String, Told> {
    let (name, file) = (vm.to_owned(), file.to_owned());
    let done = ask_of(uri, vm, within, move |domain| {
        let fitting: Vec<_> = slots(&domain.xml_desc(0).map_err(words)?)
            .into_iter()
            .filter(|slot| slot.device == drive.device())
            .collect();
        let free = fitting.iter().find(|slot| slot.file.is_none() || slot.holds_a_kit());
        let slot = match (free, fitting.first()) {
            (Some(slot), _) => slot,
            (None, Some(other)) => {
                return Err(told!(
                    "the {drive} of VM '{vm}' holds {file}: take that out first, with `virsh change-media {vm} {target} --eject`",
                    drive = drive.called(),
                    vm = name,
                    file = other.file.clone().unwrap_or_default(),
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
        domain.update_device_flags(&slot.with(Some(&file)), 0).map_err(words)?;
        Ok(slot.target.clone())
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
        for slot in slots(&domain.xml_desc(0).map_err(words)?).iter().filter(|slot| slot.holds_a_kit()) {
            domain.update_device_flags(&slot.with(None), 0).map_err(words)?;
            ejected.extend(slot.file.clone());
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
        let slots = slots(&drive("<source dev='/dev/sr0'/>"));
        assert_eq!(slots[0].file.as_deref(), Some("/dev/sr0"), "a drive with anything in it is not free");
        assert!(slots[0].with(Some("/a & b.iso")).contains("/a &amp; b.iso"));
        assert!(!slots[0].with(None).contains("source"));
    }
}
