//! The files that a VM's definition names (<https://libvirt.org/formatdomain.html>).

use roxmltree::{Document, Node};

use crate::doctor::Fact;
use crate::doctor::facts::disk_image::Part;
use crate::words::told;

/// A file that a definition names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ground) struct Named {
    /// Where it is.
    pub(in crate::ground) at: At,
    /// What it is to the VM.
    pub(in crate::ground) part: Part,
    /// `disk`, `cdrom`, `floppy` or `lun` where it is a disk.
    pub(in crate::ground) device: String,
    /// Its format, where that is said.
    pub(in crate::ground) said: Option<String>,
    /// The VM writes to it.
    pub(in crate::ground) written: bool,
    /// Others may use it too.
    pub(in crate::ground) shareable: bool,
    /// The VM starts without it.
    pub(in crate::ground) optional: bool,
    /// Snapshots keep it, as far as the definition says.
    pub(in crate::ground) kept: bool,
    /// How QEMU caches it; empty for its own choice.
    pub(in crate::ground) cache: String,
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::ground) enum At {
    /// At this path.
    Path(String),
    /// In a storage pool.
    Volume {
        /// The pool's name.
        pool: String,
        /// The volume's name.
        volume: String,
    },
}

/// What a `<domain>` names, or the one that a `<domainsnapshot>` has in it.
pub(in crate::ground) fn named(xml: &str) -> Fact<Vec<Named>> {
    let document = Document::parse(xml).map_err(|error| {
        told!("libvirt describes it in a way that cannot be read: {why}", why = error.to_string())
    })?;
    let root = document.root_element();
    let domain = if root.has_tag_name("domainsnapshot") { child(root, "domain") } else { Some(root) };
    Ok(domain.map(of_domain).unwrap_or_default())
}

fn of_domain(domain: Node<'_, '_>) -> Vec<Named> {
    let disks =
        child(domain, "devices").into_iter().flat_map(|devices| all(devices, "disk")).filter_map(disk);
    let os = child(domain, "os");
    let nvram = os.and_then(|os| child(os, "nvram")).and_then(|nvram| {
        // A file stands there as text, or as a disk's source does.
        let file = text(nvram).or_else(|| child(nvram, "source")?.attribute("file").map(str::to_owned))?;
        let said = nvram.attribute("format").unwrap_or("raw").to_owned();
        let mut named = plain(file, Part::Nvram, said);
        named.written = true;
        // libvirt makes a new one of its template.
        named.optional = true;
        Some(named)
    });
    let firmware = ["loader", "kernel", "initrd", "dtb"].into_iter().filter_map(|tag| {
        let node = child(os?, tag)?;
        let file = text(node).filter(|file| file.starts_with('/'))?;
        Some(plain(file, Part::Firmware, node.attribute("format").unwrap_or("raw").to_owned()))
    });
    disks.chain(nvram).chain(firmware).collect()
}

fn plain(file: String, part: Part, said: String) -> Named {
    Named {
        at: At::Path(file),
        part,
        device: String::new(),
        said: Some(said),
        written: false,
        shareable: false,
        optional: false,
        kept: true,
        cache: String::new(),
    }
}

fn disk(disk: Node<'_, '_>) -> Option<Named> {
    let source = child(disk, "source")?;
    let has = |name: &str| source.attribute(name).map(str::to_owned);
    let at = match disk.attribute("type") {
        Some("file") => At::Path(has("file")?),
        Some("block") => At::Path(has("dev")?),
        Some("volume") => At::Volume { pool: has("pool")?, volume: has("volume")? },
        // What is elsewhere is no file.
        Some(_) | None => return None,
    };
    let device = disk.attribute("device").unwrap_or("disk").to_owned();
    let is_removable = ["cdrom", "floppy"].contains(&device.as_str());
    let driver = |name: &str| child(disk, "driver")?.attribute(name).map(str::to_owned);
    let policy = source.attribute("startupPolicy");
    Some(Named {
        at,
        part: Part::Disk(child(disk, "target")?.attribute("dev").unwrap_or_default().to_owned()),
        said: driver("type"),
        cache: driver("cache").unwrap_or_default(),
        kept: disk.attribute("snapshot") != Some("no"),
        written: device != "cdrom" && child(disk, "readonly").is_none(),
        shareable: child(disk, "shareable").is_some(),
        optional: is_removable && policy.is_some_and(|policy| policy != "mandatory"),
        device,
    })
}

/// The folder of a storage pool, or that of its devices.
pub(in crate::ground) fn pool_folder(xml: &str) -> Option<String> {
    let document = Document::parse(xml).ok()?;
    let target = child(document.root_element(), "target")?;
    text(child(target, "path")?)
}

/// The number of QEMU's user, as libvirt's capabilities have it (<https://libvirt.org/formatcaps.html>).
pub(in crate::ground) fn qemu_uid(capabilities: &str) -> Option<u32> {
    let document = Document::parse(capabilities).ok()?;
    let host = child(document.root_element(), "host")?;
    let dac = all(host, "secmodel")
        .find(|model| child(*model, "model").and_then(text).as_deref() == Some("dac"))?;
    let label = all(dac, "baselabel").next().and_then(text)?;
    label.split(':').next()?.strip_prefix('+')?.parse().ok()
}

pub(in crate::ground) fn all<'a, 'i>(
    node: Node<'a, 'i>,
    tag: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.has_tag_name(tag))
}

pub(in crate::ground) fn child<'a, 'i>(node: Node<'a, 'i>, tag: &'static str) -> Option<Node<'a, 'i>> {
    all(node, tag).next()
}

/// A node's text, without blanks around it.
pub(in crate::ground) fn text(node: Node<'_, '_>) -> Option<String> {
    Some(node.text()?.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_definition_names_is_found() {
        let xml = "<domain><os><type>hvm</type><loader readonly='yes' type='pflash'>/fw.fd</loader>
            <nvram template='/t.fd' format='qcow2'>/n.fd</nvram></os><devices>
            <disk type='file' device='disk'><driver type='qcow2'/><source file='/a.qcow2'/><target dev='vda'/></disk>
            <disk type='file' device='cdrom'><source file='/c.iso' startupPolicy='optional'/><target dev='sda'/>
              <readonly/></disk>
            <disk type='file' device='cdrom'><target dev='sdb'/><readonly/></disk>
            <disk type='network'><source protocol='nbd'/><target dev='vdc'/></disk>
            <disk type='volume'><source pool='p' volume='v'/><target dev='vdd'/><shareable/></disk>
        </devices></domain>";
        let found = named(xml).unwrap();
        let short: Vec<_> = found
            .iter()
            .map(|named| {
                (named.at.clone(), named.said.as_deref(), named.written, named.shareable, named.optional)
            })
            .collect();
        let path = |path: &str| At::Path(path.to_owned());
        assert_eq!(
            short,
            [
                (path("/a.qcow2"), Some("qcow2"), true, false, false),
                (path("/c.iso"), None, false, false, true),
                (At::Volume { pool: "p".into(), volume: "v".into() }, None, true, true, false),
                (path("/n.fd"), Some("qcow2"), true, false, true),
                (path("/fw.fd"), Some("raw"), false, false, false),
            ]
        );
        let snapshot = format!("<domainsnapshot><name>ready</name>{xml}</domainsnapshot>");
        assert_eq!(named(&snapshot).unwrap(), found);
        assert!(named("<domain").is_err());
    }

    #[test]
    fn pools_and_the_user_of_qemu_are_found() {
        assert_eq!(pool_folder("<pool><target><path>/p</path></target></pool>").as_deref(), Some("/p"));
        let capabilities = "<capabilities><host><secmodel><model>apparmor</model></secmodel><secmodel>
            <model>dac</model><doi>0</doi><baselabel type='kvm'>+64055:+993</baselabel></secmodel></host></capabilities>";
        assert_eq!(qemu_uid(capabilities), Some(64055));
        assert_eq!(qemu_uid("<capabilities><host/></capabilities>"), None);
    }
}
