//! What libvirt's own files say of a VM's images. A disk's format is what stands there, and nothing that a guest could
//! have written onto it.

use roxmltree::{Document, Node};

/// An image that a definition names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// What it is to the VM, such as `vda` or `nvram`.
    pub(super) part: String,
    /// Where it lies, as far as that is known.
    pub(super) place: Place,
}

/// Where an image lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A file or a block device with a qcow2 image.
    Path(String),
    /// A volume of one of libvirt's storage pools, with a qcow2 image.
    Volume { pool: String, volume: String },
    /// It is not looked at, for this reason.
    Unchecked(String),
}

/// The images of a domain, or of a snapshot's metadata, which has the domain in it.
pub(super) fn images(xml: &str) -> Result<Vec<Named>, String> {
    let document = Document::parse(xml).map_err(|error| error.to_string())?;
    let root = document.root_element();
    let domains: Vec<_> = match root.tag_name().name() {
        "domain" => vec![root],
        "domainsnapshot" => {
            root.children().filter(|node| ["domain", "inactiveDomain"].contains(&name(*node))).collect()
        }
        other => return Err(format!("<{other}> is no definition of a VM")),
    };
    let mut found = Vec::new();
    for domain in domains {
        for nvram in child(domain, "os").into_iter().flat_map(|os| all(os, "nvram")) {
            found.extend(of_nvram(nvram));
        }
        for disk in child(domain, "devices").into_iter().flat_map(|devices| all(devices, "disk")) {
            of_disk(disk, &mut found);
        }
    }
    Ok(found)
}

/// The folder of a storage pool whose volumes are plain files in it.
pub(super) fn pool_folder(xml: &str) -> Result<String, String> {
    let document = Document::parse(xml).map_err(|error| error.to_string())?;
    let pool = document.root_element();
    match pool.attribute("type") {
        Some("dir") => {}
        kind => {
            return Err(format!(
                "pools of the type \"{}\" are not there before libvirt",
                kind.unwrap_or("?")
            ));
        }
    }
    let path = child(pool, "target").and_then(|target| child(target, "path")).and_then(|path| path.text());
    path.map(|path| path.trim().to_owned()).ok_or_else(|| "it names no folder".to_owned())
}

fn of_nvram(nvram: Node<'_, '_>) -> Option<Named> {
    // Raw unless something else is said.
    let format = nvram.attribute("format").filter(|format| *format != "raw")?;
    let place = if format != "qcow2" {
        Place::Unchecked(format!("its format is {format}"))
    } else if let Some(source) = child(nvram, "source") {
        of_source(nvram.attribute("type"), source)
    } else {
        // Without a path libvirt has not made it yet.
        Place::Path(nvram.text().map(str::trim).filter(|path| !path.is_empty())?.to_owned())
    };
    Some(Named { part: "nvram".to_owned(), place })
}

fn of_disk(disk: Node<'_, '_>, found: &mut Vec<Named>) {
    // What is only read is not damaged, and CD-ROMs are only read.
    let writable = child(disk, "readonly").is_none();
    if !writable || !matches!(disk.attribute("device"), None | Some("disk" | "lun")) {
        return;
    }
    let part = child(disk, "target").and_then(|target| target.attribute("dev")).unwrap_or("disk").to_owned();
    let format = child(disk, "driver").and_then(|driver| driver.attribute("type"));
    found.extend(of_layer(&part, disk.attribute("type"), format, disk));
    // The layers below, as far as the definition knows them; the last one is empty.
    let mut layer = disk;
    while let Some(below) = child(layer, "backingStore") {
        let format = child(below, "format").and_then(|format| format.attribute("type"));
        found.extend(of_layer(&format!("{part}, below"), below.attribute("type"), format, below));
        layer = below;
    }
}

/// None where there is nothing to be mended: no image, or a raw one, which is also what libvirt takes a disk for whose
/// format is not said.
fn of_layer(part: &str, kind: Option<&str>, format: Option<&str>, layer: Node<'_, '_>) -> Option<Named> {
    let source = child(layer, "source")?;
    let place = match format {
        None | Some("raw") => return None,
        Some("qcow2") => of_source(kind, source),
        Some(other) => Place::Unchecked(format!("its format is {other}")),
    };
    Some(Named { part: part.to_owned(), place })
}

fn of_source(kind: Option<&str>, source: Node<'_, '_>) -> Place {
    for (part, why) in [
        ("encryption", "it is encrypted"),
        ("dataStore", "its contents are in another file"),
        ("slices", "it is a slice of something larger"),
    ] {
        if child(source, part).is_some() {
            return Place::Unchecked(why.to_owned());
        }
    }
    let attribute = |name: &str| source.attribute(name).map(str::to_owned);
    let place = match kind {
        Some("file") => attribute("file").map(Place::Path),
        Some("block") => attribute("dev").map(Place::Path),
        Some("volume") => {
            attribute("pool").zip(attribute("volume")).map(|(pool, volume)| Place::Volume { pool, volume })
        }
        other => {
            Some(Place::Unchecked(format!("a source of the type \"{}\" is not here", other.unwrap_or("?"))))
        }
    };
    place.unwrap_or_else(|| Place::Unchecked("its definition does not say where it lies".to_owned()))
}

fn name<'a>(node: Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}

fn all<'a, 'i>(node: Node<'a, 'i>, wanted: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.has_tag_name(wanted))
}

fn child<'a, 'i>(node: Node<'a, 'i>, wanted: &'static str) -> Option<Node<'a, 'i>> {
    all(node, wanted).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(part: &str, path: &str) -> Named {
        Named { part: part.into(), place: Place::Path(path.into()) }
    }

    fn unchecked(part: &str, why: &str) -> Named {
        Named { part: part.into(), place: Place::Unchecked(why.into()) }
    }

    #[test]
    fn what_a_disk_says_of_itself_counts() {
        let qcow2 = "<driver name='qemu' type='qcow2'/>";
        let target = "<target dev='vda' bus='virtio'/>";
        #[rustfmt::skip]
        let cases: Vec<(String, Vec<Named>)> = vec![
            (format!("<disk type='file' device='disk'>{qcow2}<source file='/a'/>{target}</disk>"), vec![path("vda", "/a")]),
            (format!("<disk type='file'>{qcow2}<source index='1' file='/a &amp; &#10;b\"'/>{target}</disk>"), vec![path("vda", "/a & \nb\"")]),
            (format!("<disk type='block' device='lun'>{qcow2}<source dev='/dev/sdb'/>{target}</disk>"), vec![path("vda", "/dev/sdb")]),
            (format!("<disk type='volume'>{qcow2}<source pool='p' volume='v'/>{target}</disk>"),
                vec![Named { part: "vda".into(), place: Place::Volume { pool: "p".into(), volume: "v".into() } }]),
            // Raw, or not said, which is the same to libvirt.
            (format!("<disk type='file'><driver name='qemu' type='raw'/><source file='/a'/>{target}</disk>"), vec![]),
            (format!("<disk type='file'><driver name='qemu'/><source file='/a'/>{target}</disk>"), vec![]),
            (format!("<disk type='file'><source file='/a'/>{target}</disk>"), vec![]),
            (format!("<disk type='block'><source dev='/dev/sdb'/>{target}</disk>"), vec![]),
            (format!("<disk type='file'><driver type='vmdk'/><source file='/a'/>{target}</disk>"), vec![unchecked("vda", "its format is vmdk")]),
            (format!("<disk type='network'>{qcow2}<source protocol='nbd' name='x'><host name='h'/></source>{target}</disk>"),
                vec![unchecked("vda", "a source of the type \"network\" is not here")]),
            (format!("<disk type='file'>{qcow2}<source file='/a'><encryption format='luks'/></source>{target}</disk>"), vec![unchecked("vda", "it is encrypted")]),
            (format!("<disk type='file'>{qcow2}<source file='/a'><dataStore type='file'/></source>{target}</disk>"), vec![unchecked("vda", "its contents are in another file")]),
            (format!("<disk type='file'>{qcow2}<source/>{target}</disk>"), vec![unchecked("vda", "its definition does not say where it lies")]),
            (format!("<disk type='file' device='cdrom'>{qcow2}<source file='/a'/>{target}</disk>"), vec![]),
            (format!("<disk type='file'>{qcow2}<source file='/a'/>{target}<readonly/></disk>"), vec![]),
            (format!("<disk type='file'>{qcow2}{target}</disk>"), vec![]),
            (format!("<disk type='file'>{qcow2}<source file='/top'/>{target}<backingStore type='file'><format type='qcow2'/>\
                <source file='/middle'/><backingStore type='file'><format type='raw'/><source file='/base'/><backingStore/>\
                </backingStore></backingStore></disk>"), vec![path("vda", "/top"), path("vda, below", "/middle")]),
        ];
        for (disk, expected) in cases {
            let xml =
                format!("<!-- libvirt's words -->\n<domain type='kvm'><devices>{disk}</devices></domain>");
            assert_eq!(images(&xml), Ok(expected), "{disk}");
        }
    }

    #[test]
    fn so_does_what_firmware_remembers() {
        #[rustfmt::skip]
        let cases = [
            ("<nvram>/a</nvram>", vec![]),
            ("<nvram format='raw'>/a</nvram>", vec![]),
            ("<nvram format='qcow2'/>", vec![]),
            ("<nvram template='/t' format='qcow2'>/a</nvram>", vec![path("nvram", "/a")]),
            ("<nvram type='file' format='qcow2'><source file='/a'/></nvram>", vec![path("nvram", "/a")]),
            ("<nvram type='network' format='qcow2'><source protocol='iscsi'/></nvram>",
                vec![unchecked("nvram", "a source of the type \"network\" is not here")]),
        ];
        for (nvram, expected) in cases {
            assert_eq!(images(&format!("<domain><os>{nvram}</os></domain>")), Ok(expected), "{nvram}");
        }
    }

    #[test]
    fn a_snapshot_has_its_own_domain() {
        let disk = "<devices><disk type='file'><driver type='qcow2'/><source file='/a'/></disk></devices>";
        let xml = format!("<domainsnapshot><name>ready</name><domain>{disk}</domain></domainsnapshot>");
        assert_eq!(images(&xml), Ok(vec![path("disk", "/a")]));
    }

    #[test]
    fn what_is_no_definition_is_refused() {
        for xml in ["", "<domain>", "<pool/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><domain>&b;</domain>"] {
            assert!(images(xml).is_err(), "{xml}");
        }
    }

    #[test]
    fn pools_of_folders_have_a_folder() {
        let xml = "<pool type='dir'><name>p</name><target>\n<path>/srv/a &amp; b</path></target></pool>";
        assert_eq!(pool_folder(xml), Ok("/srv/a & b".into()));
        for xml in
            ["", "<pool type='dir'/>", "<pool type='logical'><target><path>/dev/vg</path></target></pool>"]
        {
            assert!(pool_folder(xml).is_err(), "{xml}");
        }
    }
}
