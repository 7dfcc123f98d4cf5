//! Where a qcow2 image keeps what it knows of itself: header, tables, counts of references, snapshots, bitmaps. Nothing
//! of what its guest has written, and nothing that lies outside it. The format is QEMU's `docs/interop/qcow2.txt`.

use std::collections::BTreeSet;
use std::io;

/// The header that every image has, in bytes; version 2 has no more.
const HEADER_V2: usize = 72;
/// How much of the header is looked at, in bytes: up to the end of the incompatible features.
pub(super) const HEADER: usize = 80;
/// What every image begins with.
const MAGIC: &[u8] = b"QFI\xfb";
/// The incompatible feature of an image whose contents are in another file.
const EXTERNAL_DATA: u64 = 1 << 2;
/// How large clusters may be, as powers of two: QEMU has them from 512 bytes to 2 MiB.
const CLUSTER_BITS: std::ops::RangeInclusive<u32> = 9..=21;
/// The largest first table, in bytes: QEMU opens no image with a larger one (`QCOW_MAX_L1_SIZE`).
const MAX_L1: u64 = 32 << 20;
/// The largest table of counts, in bytes (`QCOW_MAX_REFTABLE_SIZE`).
const MAX_REFTABLE: u64 = 8 << 20;
/// How many snapshots, and how many bitmaps, an image may have (`QCOW_MAX_SNAPSHOTS`, `QCOW2_MAX_BITMAPS`).
const MAX_ENTRIES: u32 = 65_536;
/// Where an entry of a table points to; the other bits are flags.
const TABLE_ENTRY: u64 = 0x00ff_ffff_ffff_fe00;
const REFCOUNT_ENTRY: u64 = 0xffff_ffff_ffff_fe00;
/// The number of the header's extension that says where the bitmaps are.
const BITMAPS_EXTENSION: u32 = 0x2385_2875;

/// What is needed of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    cluster_bits: u32,
    l1: (u64, u64),
    refcounts: (u64, u64),
    snapshots: (u64, u32),
    /// Where the header's extensions begin.
    extensions: u64,
}

impl Header {
    /// Reads the first [`HEADER`] bytes.
    ///
    /// # Errors
    /// Why the image is not one that can be checked by itself.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let short = bytes.len() < HEADER_V2;
        if short || !bytes.starts_with(MAGIC) {
            return Err("it is not the qcow2 image that its definition says");
        }
        let (version, cluster_bits) = (word(bytes, 4), word(bytes, 20));
        if !(2..=3).contains(&version) || !CLUSTER_BITS.contains(&cluster_bits) {
            return Err("its header makes no sense");
        }
        if word(bytes, 32) != 0 {
            return Err("it is encrypted");
        }
        if version == 3 && long(bytes, 72) & EXTERNAL_DATA != 0 {
            return Err("its contents are in another file");
        }
        let cluster = 1_u64 << cluster_bits;
        Ok(Self {
            cluster_bits,
            l1: (long(bytes, 40), u64::from(word(bytes, 36)) * 8),
            refcounts: (long(bytes, 48), u64::from(word(bytes, 56)) * cluster),
            snapshots: (long(bytes, 64), word(bytes, 60)),
            extensions: if version == 2 { HEADER_V2 as u64 } else { 104 },
        })
    }

    pub(super) fn cluster(&self) -> u64 {
        1 << self.cluster_bits
    }

    /// The numbers of all clusters that have something else than a guest's data in them. `read` gives so many bytes of
    /// the image from there on, zeros behind its end.
    ///
    /// # Errors
    /// The image cannot be read. A damaged one can: what its tables point to is gone after as far as it makes sense.
    pub(super) fn tables(
        &self,
        length: u64,
        read: &mut dyn FnMut(u64, usize) -> io::Result<Vec<u8>>,
    ) -> io::Result<BTreeSet<u64>> {
        let mut walk = Walk { header: self, length, read, found: BTreeSet::new() };
        walk.note(0, self.cluster());
        walk.table(self.refcounts.0, self.refcounts.1.min(MAX_REFTABLE), REFCOUNT_ENTRY)?;
        walk.table(self.l1.0, self.l1.1.min(MAX_L1), TABLE_ENTRY)?;
        walk.snapshots()?;
        walk.bitmaps()?;
        Ok(walk.found)
    }
}

struct Walk<'a> {
    header: &'a Header,
    length: u64,
    read: &'a mut dyn FnMut(u64, usize) -> io::Result<Vec<u8>>,
    found: BTreeSet<u64>,
}

impl Walk<'_> {
    /// These bytes belong to it.
    fn note(&mut self, offset: u64, bytes: u64) {
        let end = offset.saturating_add(bytes).min(self.length);
        let bits = self.header.cluster_bits;
        if offset < end {
            self.found.extend((offset >> bits)..=((end - 1) >> bits));
        }
    }

    /// A table of places of clusters; and those.
    fn table(&mut self, offset: u64, bytes: u64, entry: u64) -> io::Result<()> {
        self.note(offset, bytes);
        if offset == 0 || offset >= self.length {
            return Ok(());
        }
        // It has at most 32 MiB.
        let table = (self.read)(offset, usize::try_from(bytes).unwrap_or(0))?;
        for place in table.chunks_exact(8).map(|chunk| long(chunk, 0) & entry).filter(|place| *place != 0) {
            self.note(place, self.header.cluster());
        }
        Ok(())
    }

    /// The table of the snapshots, and the tables of each.
    fn snapshots(&mut self) -> io::Result<()> {
        let (mut offset, count) = self.header.snapshots;
        for _ in 0..count.min(MAX_ENTRIES) {
            if offset >= self.length {
                break;
            }
            let head = (self.read)(offset, 40)?;
            let (l1, entries) = (long(&head, 0), u64::from(word(&head, 8)));
            let texts = u64::from(short(&head, 12)) + u64::from(short(&head, 14));
            let bytes = (40 + texts + u64::from(word(&head, 36))).next_multiple_of(8);
            self.note(offset, bytes);
            self.table(l1, (entries * 8).min(MAX_L1), TABLE_ENTRY)?;
            offset = offset.saturating_add(bytes);
        }
        Ok(())
    }

    /// The directory of the bitmaps, and the table and the bits of each, which QEMU writes back.
    fn bitmaps(&mut self) -> io::Result<()> {
        let Some((mut offset, count)) = self.bitmap_directory()? else { return Ok(()) };
        for _ in 0..count.min(MAX_ENTRIES) {
            if offset >= self.length {
                break;
            }
            let head = (self.read)(offset, 24)?;
            let (table, entries) = (long(&head, 0), u64::from(word(&head, 8)));
            let bytes = (24 + u64::from(short(&head, 18)) + u64::from(word(&head, 20))).next_multiple_of(8);
            self.note(offset, bytes);
            self.table(table, (entries * 8).min(MAX_L1), TABLE_ENTRY)?;
            offset = offset.saturating_add(bytes);
        }
        Ok(())
    }

    fn bitmap_directory(&mut self) -> io::Result<Option<(u64, u32)>> {
        let mut offset = self.header.extensions;
        if offset > HEADER_V2 as u64 {
            // Version 3 says itself how long it is.
            offset = u64::from(word(&(self.read)(100, 4)?, 0));
        }
        while offset + 8 <= self.header.cluster() {
            let head = (self.read)(offset, 32)?;
            match word(&head, 0) {
                0 => break,
                BITMAPS_EXTENSION => return Ok(Some((long(&head, 24), word(&head, 8)))),
                _ => offset += 8 + u64::from(word(&head, 4)).next_multiple_of(8),
            }
        }
        Ok(None)
    }
}

fn bytes<const N: usize>(from: &[u8], at: usize) -> [u8; N] {
    from.get(at..at + N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
}

fn short(from: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(bytes(from, at))
}

fn word(from: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes(from, at))
}

fn long(from: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(bytes(from, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of version 3 with clusters of 64 KiB.
    fn header() -> Vec<u8> {
        let mut bytes = vec![0; 104];
        bytes[..4].copy_from_slice(MAGIC);
        bytes[7] = 3;
        bytes[23] = 16;
        bytes
    }

    #[test]
    fn what_cannot_be_checked_by_itself_is_refused() {
        type Change = fn(&mut Vec<u8>);
        let cases: [(&str, Change); 7] = [
            ("not the qcow2 image", |bytes| bytes[0] = 0),
            ("not the qcow2 image", |bytes| bytes.truncate(71)),
            ("makes no sense", |bytes| bytes[7] = 4),
            ("makes no sense", |bytes| bytes[23] = 8),
            ("makes no sense", |bytes| bytes[20] = 1),
            ("encrypted", |bytes| bytes[35] = 2),
            ("another file", |bytes| bytes[79] = 4),
        ];
        for (why, change) in cases {
            let mut bytes = header();
            change(&mut bytes);
            assert!(Header::parse(&bytes).unwrap_err().contains(why), "{why}");
        }
        assert_eq!(Header::parse(&header()).unwrap().cluster(), 65_536);
    }

    #[test]
    fn tables_are_walked_as_far_as_they_make_sense() {
        let mut image = header();
        image.resize(6 << 16, 0);
        let mut put = |at: usize, value: u64| image[at..at + 8].copy_from_slice(&value.to_be_bytes());
        put(36, 3 << 32); // three entries in the first table
        put(40, 1 << 16);
        put(48, 2 << 16);
        put(56, 1 << 32); // one cluster of the table of counts
        put(1 << 16, (1 << 63) | (3 << 16));
        put((1 << 16) + 8, 0xffff_ffff_ffff_0000); // beyond all ends
        put((1 << 16) + 16, (4 << 16) + 512); // across two clusters
        put(2 << 16, 3 << 16);
        let length = image.len() as u64;
        let mut read = |at: u64, bytes: usize| {
            let at = usize::try_from(at).unwrap_or(usize::MAX).min(image.len());
            let mut part = image[at..image.len().min(at + bytes)].to_vec();
            part.resize(bytes, 0);
            Ok(part)
        };
        let found = Header::parse(&read(0, HEADER).unwrap()).unwrap().tables(length, &mut read).unwrap();
        assert_eq!(found, BTreeSet::from([0, 1, 2, 3, 4, 5]));
        let found = Header::parse(&read(0, HEADER).unwrap()).unwrap().tables(1 << 16, &mut read).unwrap();
        assert_eq!(found, BTreeSet::from([0]));
    }
}
