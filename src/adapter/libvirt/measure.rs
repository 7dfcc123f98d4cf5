//! Guests' pictures, by libvirt's screenshots: how large one is, of which only the beginning is read, and whether it is
//! the same as another.

use std::hash::{DefaultHasher, Hasher as _};

use image::ImageError;
use image::codecs::jpeg::JpegEncoder;
use virt::connect::Connect;
use virt::domain::Domain;
use virt::error::Error;
use virt::stream::Stream;

use super::job::Job;
use crate::core::types::{Failure, Size, Told};
use crate::words::told;

/// Bytes of a picture that tell its size: more than a PNG's first chunk, or the three lines that a PPM begins with.
const HEAD_BYTES: usize = 64;
/// Pixels of the longer side of a small picture.
const MAX_WIDTH: u32 = 640;
/// Of 100: some 40 KB a picture.
const JPEG_QUALITY: u8 = 75;
/// Bytes of a picture that are read at once: as many as libvirt sends at once (`virNetMessage`'s usual payload).
const PART_BYTES: usize = 64 << 10;

/// The size of the picture on the first display of a VM; `None` where it is no picture that is understood. Takes a tenth
/// of a second, and longer while another job is at work on the VM.
pub(super) fn guest_size(conn: &Connect, vm: &str) -> Result<Option<Size>, Failure> {
    let job = Job::new(conn, vm, told!("looking at the picture of VM '{vm}'", vm = vm));
    head_of_picture(conn, vm).map(|head| size_of(&head)).map_err(|error| job.failed(&error))
}

/// A number that another picture on the first display of a VM would not have. Takes a tenth of a second.
pub(super) fn picture(conn: &Connect, domain: &Domain) -> Result<u64, Error> {
    let mut hasher = DefaultHasher::new();
    read_picture(conn, domain, |part| hasher.write(part))?;
    Ok(hasher.finish())
}

/// What the first display of a VM shows, as a small JPEG. Takes a tenth of a second.
pub(super) fn thumbnail(conn: &Connect, vm: &str) -> Result<Vec<u8>, Failure> {
    let job = Job::new(conn, vm, told!("looking at the picture of VM '{vm}'", vm = vm));
    let mut picture = Vec::new();
    let domain = conn.lookup_domain_by_name(vm).map_err(|error| job.failed(&error))?;
    read_picture(conn, &domain, |part| picture.extend_from_slice(part))
        .map_err(|error| job.failed(&error))?;
    smaller(&picture).map_err(|error| job.refused(Told::text(error.to_string())))
}

/// A picture, PNG or PPM, as a small JPEG.
fn smaller(picture: &[u8]) -> Result<Vec<u8>, ImageError> {
    let small = image::load_from_memory(picture)?.thumbnail(MAX_WIDTH, MAX_WIDTH).into_rgb8();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY).encode_image(&small)?;
    Ok(jpeg)
}

/// Reads the picture on the first display of a VM, part by part.
fn read_picture(conn: &Connect, domain: &Domain, mut take: impl FnMut(&[u8])) -> Result<(), Error> {
    let stream = Stream::new(conn, 0)?;
    domain.screenshot(&stream, 0, 0)?;
    let mut part = vec![0; PART_BYTES];
    loop {
        match usize::try_from(stream.recv(&mut part)?).ok().and_then(|length| part.get(..length)) {
            Some(read) if !read.is_empty() => take(read),
            Some(_) | None => break,
        }
    }
    stream.finish()
}

/// How the picture on the first display of a VM begins.
fn head_of_picture(conn: &Connect, vm: &str) -> Result<Vec<u8>, Error> {
    let domain = conn.lookup_domain_by_name(vm)?;
    let stream = Stream::new(conn, 0)?;
    domain.screenshot(&stream, 0, 0)?;
    let mut head = vec![0; HEAD_BYTES];
    let mut filled = 0;
    while let Some(room) = head.get_mut(filled..).filter(|room| !room.is_empty()) {
        match usize::try_from(stream.recv(room)?) {
            Ok(0) | Err(_) => break,
            Ok(read) => filled += read,
        }
    }
    stream.abort()?;
    head.truncate(filled);
    Ok(head)
}

/// The size of a picture, PNG or PPM, by its beginning.
fn size_of(head: &[u8]) -> Option<Size> {
    let number = |from: usize| Some(u32::from_be_bytes(head.get(from..from + 4)?.try_into().ok()?));
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        // The length and the name of the first chunk stand between (PNG specification, 11.2.2).
        return Some(Size { width: number(16)?, height: number(20)? });
    }
    let text = head.strip_prefix(b"P6")?.iter().map(|byte| char::from(*byte)).collect::<String>();
    let mut words = text.split_ascii_whitespace();
    Some(Size { width: words.next()?.parse().ok()?, height: words.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::{Size, size_of, smaller};

    #[test]
    fn a_picture_of_either_kind_is_made_smaller() {
        let mut ppm = b"P6\n1280 720\n255\n".to_vec();
        ppm.extend([200, 0, 0].repeat(1280 * 720));
        let read = image::load_from_memory(&smaller(&ppm).unwrap()).unwrap().into_rgb8();
        assert_eq!(read.dimensions(), (640, 360));
        assert!(read.get_pixel(100, 100).0[0] > 190);
        let mut png = std::io::Cursor::new(Vec::new());
        read.write_to(&mut png, image::ImageFormat::Png).unwrap();
        assert!(smaller(png.get_ref()).is_ok());
        assert!(smaller(b"nothing").is_err());
    }

    #[test]
    fn a_pictures_beginning_tells_its_size() {
        let png = |width: u32, height: u32| {
            let (width, height) = (width.to_be_bytes(), height.to_be_bytes());
            [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".as_slice(), &width, &height, b"\x08\x02\0\0\0"].concat()
        };
        let rows = [
            (png(640, 480), Some((640, 480))),
            (png(1, 65536), Some((1, 65536))),
            (b"P6\n720 400\n255\n\x80\xff ".to_vec(), Some((720, 400))),
            (png(640, 480)[..22].to_vec(), None),
            (b"P6\n720".to_vec(), None),
            (b"GIF89a\x01\x01".to_vec(), None),
            (Vec::new(), None),
        ];
        for (head, size) in rows {
            let size = size.map(|(width, height)| Size { width, height });
            assert_eq!(size_of(&head), size, "{head:?}");
        }
    }
}
