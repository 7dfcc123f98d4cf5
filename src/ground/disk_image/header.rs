//! What an image says of itself, read without QEMU: nothing that it names is opened, and no lock is taken, so that an
//! image in use is not disturbed. What a guest can write itself, the beginning of a raw disk, is named, not followed.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use serde_json::Value;

use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::disk_image::{Header, Inner};
use crate::words::told;

/// As many snapshots of an image are read.
const MAX_SNAPSHOTS: u32 = 1000;
/// The longest name of a backing file (QEMU's own bound).
const MAX_NAME: usize = 1023;

/// Other formats by what they begin with; a header of these is not read any further.
const MAGICS: [(&[u8], &str); 8] = [
    (b"KDMV", "vmdk"),
    (b"COWD", "vmdk"),
    (b"# Disk DescriptorFile", "vmdk"),
    (b"conectix", "vpc"),
    (b"vhdxfile", "vhdx"),
    (b"QED\0", "qed"),
    (b"WithoutFreeSpace", "parallels"),
    (b"WithouFreSpacExt", "parallels"),
];
/// VirtualBox's signature stands behind a text of its own.
const VDI: (usize, &[u8]) = (0x40, &[0x7f, 0x10, 0xda, 0xbe]);

/// Reads what a file says of itself.
pub(in crate::ground) fn read(path: &Path) -> Fact<Header> {
    let told = |error: io::Error| {
        let why = match error.kind() {
            io::ErrorKind::PermissionDenied => told!("its rights do not let this user read it"),
            _ => Told::text(error.to_string()),
        };
        told!("{file} cannot be looked at: {why}", file = path.display().to_string(), why = why)
    };
    // A pipe that stands there must not hold up anybody.
    let opened =
        OpenOptions::new().read(true).custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32).open(path);
    let mut file = opened.map_err(told)?;
    let length = file.seek(SeekFrom::End(0)).map_err(told)?;
    file.rewind().map_err(told)?;
    let mut start = Vec::new();
    (&mut file).take(512).read_to_end(&mut start).map_err(told)?;
    parse(&start, length, |at, length| bytes_at(&file, at, length)).map_err(told)
}

fn bytes_at(file: &File, at: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}

/// What an image says that begins so, is so long, and has `at(place, length)` further on.
fn parse(start: &[u8], length: u64, at: impl Fn(u64, usize) -> io::Result<Vec<u8>>) -> io::Result<Header> {
    let raw = || Header { format: "raw".to_owned(), virtual_size: length, ..Header::default() };
    let known = MAGICS.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, format)| *format);
    if let Some(format) = known {
        return Ok(Header { format: format.to_owned(), ..Header::default() });
    }
    if start.get(VDI.0..VDI.0 + VDI.1.len()) == Some(VDI.1) {
        return Ok(Header { format: "vdi".to_owned(), ..Header::default() });
    }
    if !start.starts_with(b"QFI\xfb") {
        return Ok(raw());
    }
    let number = |at: usize| u32_at(start, at).unwrap_or(0);
    let version = number(4);
    if version == 1 {
        return Ok(Header { format: "qcow".to_owned(), ..Header::default() });
    }
    // (<https://www.qemu.org/docs/master/interop/qcow2.html>) Version 2 has neither features nor a length.
    let incompatible = if version >= 3 { u64_at(start, 72).unwrap_or(0) } else { 0 };
    let name_at = u64_at(start, 8).unwrap_or(0);
    let name_length = (number(16) as usize).min(MAX_NAME);
    let backing = (name_at > 0 && name_length > 0).then(|| at(name_at, name_length)).transpose()?;
    let extensions = if version >= 3 { number(100) as usize } else { 72 };
    let snapshots = snapshots(number(60).min(MAX_SNAPSHOTS), u64_at(start, 64).unwrap_or(0), &at)?;
    Ok(Header {
        format: "qcow2".to_owned(),
        virtual_size: u64_at(start, 24).unwrap_or(0),
        backing: backing.map(|name| String::from_utf8_lossy(&name).into_owned()),
        backing_format: extension(extensions, &at, 0xe279_2aca),
        version,
        dirty: incompatible & 1 != 0,
        corrupt: incompatible & 2 != 0,
        encrypted: number(32) != 0,
        cluster_size: 1 << number(20).min(31),
        snapshots,
    })
}

/// A header extension's text.
fn extension(start: usize, at: &impl Fn(u64, usize) -> io::Result<Vec<u8>>, wanted: u32) -> Option<String> {
    let mut place = start as u64;
    // There are five kinds of them.
    for _ in 0..16 {
        let head = at(place, 8).ok()?;
        let (kind, length) = (u32_at(&head, 0)?, u32_at(&head, 4)?);
        if kind == 0 {
            return None;
        }
        if kind == wanted {
            let text = at(place + 8, (length as usize).min(MAX_NAME)).ok()?;
            return Some(String::from_utf8_lossy(&text).into_owned());
        }
        place += 8 + u64::from(length).next_multiple_of(8);
    }
    None
}

/// The table of snapshots.
fn snapshots(
    count: u32,
    table: u64,
    at: &impl Fn(u64, usize) -> io::Result<Vec<u8>>,
) -> io::Result<Vec<Inner>> {
    let mut place = table;
    let mut snapshots = Vec::new();
    for _ in 0..count {
        let head = at(place, 40)?;
        let short =
            |at: usize| head.get(at..at + 2).map_or(0, |two| usize::from(two[0]) << 8 | usize::from(two[1]));
        let (id_length, name_length) = (short(12), short(14));
        let extra_length = u32_at(&head, 36).unwrap_or(0).min(4096) as usize;
        let rest = at(place + 40, extra_length + id_length + name_length)?;
        let text = |from: usize, length: usize| {
            String::from_utf8_lossy(rest.get(from..from + length).unwrap_or_default()).into_owned()
        };
        // The extra data begins with the size in 64 bits.
        let long = if extra_length >= 8 { u64_at(&rest, 0) } else { None };
        snapshots.push(Inner {
            id: text(extra_length, id_length),
            name: text(extra_length + id_length, name_length),
            state_size: long.unwrap_or_else(|| u64::from(u32_at(&head, 32).unwrap_or(0))),
            made: u64::from(u32_at(&head, 16).unwrap_or(0)),
        });
        place += (40 + extra_length + id_length + name_length).next_multiple_of(8) as u64;
    }
    Ok(snapshots)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// The same in QEMU's words: its `ImageInfo`
/// (<https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#object-QMP-block-core.ImageInfo>).
pub(in crate::ground) fn of_json(image: &Value) -> Header {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let own = &image["format-specific"]["data"];
    let snapshots = image["snapshots"].as_array().into_iter().flatten().map(|inner| Inner {
        id: text(&inner["id"]).unwrap_or_default(),
        name: text(&inner["name"]).unwrap_or_default(),
        state_size: inner["vm-state-size"].as_u64().unwrap_or(0),
        made: inner["date-sec"].as_u64().unwrap_or(0),
    });
    Header {
        format: text(&image["format"]).unwrap_or_default(),
        virtual_size: image["virtual-size"].as_u64().unwrap_or(0),
        backing: text(&image["backing-filename"]),
        backing_format: text(&image["backing-filename-format"]),
        version: match own["compat"].as_str() {
            Some("0.10") => 2,
            Some(_) => 3,
            None => 0,
        },
        corrupt: own["corrupt"] == true,
        dirty: image["dirty-flag"] == true,
        encrypted: image["encrypted"] == true,
        cluster_size: image["cluster-size"].as_u64().unwrap_or(0),
        snapshots: snapshots.collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn of(bytes: &[u8]) -> Header {
        let at = |place: u64, length: usize| {
            let from = usize::try_from(place).unwrap();
            let part = bytes.get(from..from + length);
            part.map(<[u8]>::to_vec).ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
        };
        parse(bytes, bytes.len() as u64, at).unwrap()
    }

    #[test]
    fn formats_are_known_by_what_they_begin_with() {
        let mut vdi = vec![b'<'; 0x40];
        vdi.extend([0x7f, 0x10, 0xda, 0xbe, 0]);
        for (bytes, format) in [
            (b"KDMV\x01".as_slice(), "vmdk"),
            (b"conectix", "vpc"),
            (b"vhdxfile", "vhdx"),
            (b"QED\0", "qed"),
            (b"QFI\xfb\0\0\0\x01", "qcow"),
            (b"", "raw"),
            (b"\xeb\x63\x90", "raw"),
            (&vdi, "vdi"),
        ] {
            assert_eq!(of(bytes).format, format);
        }
    }

    #[test]
    fn a_header_that_lies_breaks_nothing() {
        let mut bytes = vec![0; 512];
        bytes[..8].copy_from_slice(b"QFI\xfb\0\0\0\x03");
        bytes[60..72].copy_from_slice(&[0xff; 12]);
        let at = |_: u64, _: usize| Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        assert!(parse(&bytes, 512, at).is_err());
        bytes[60..72].copy_from_slice(&[0; 12]);
        bytes[72..80].copy_from_slice(&3_u64.to_be_bytes());
        let header = of(&bytes);
        assert!(header.corrupt && header.dirty && header.backing.is_none() && header.version == 3);
    }

    /// It says what `qemu-img` says, of images as that makes them.
    #[test]
    fn an_image_is_read_as_qemu_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let image = |arguments: &str| {
            let words = arguments.split(' ');
            Command::new("qemu-img").args(words).current_dir(folder.path()).output()
        };
        // What is made of these programs is tried where they are installed.
        if image("--version").is_err() {
            return;
        }
        for arguments in [
            "create -f qcow2 base.qcow2 1G",
            "create -f qcow2 -o compat=0.10 old.qcow2 3G",
            "create -f qcow2 -o cluster_size=2M -b base.qcow2 -F qcow2 above.qcow2",
            "create -f raw disk.raw 1M",
            "snapshot -c ready above.qcow2",
            "snapshot -c 7 above.qcow2",
        ] {
            assert!(image(arguments).unwrap().status.success(), "{arguments}");
        }
        for name in ["base.qcow2", "old.qcow2", "above.qcow2", "disk.raw"] {
            let told = image(&format!("info --output=json {name}")).unwrap().stdout;
            let told = of_json(&serde_json::from_slice(&told).unwrap());
            let mut found = read(&file(name)).unwrap();
            // For a raw image QEMU makes up none.
            found.cluster_size = if name == "disk.raw" { told.cluster_size } else { found.cluster_size };
            assert_eq!(found, told, "{name}");
        }
        assert!(read(&file("missing")).is_err());
    }
}
