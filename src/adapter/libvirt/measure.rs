//! How large a guest's picture is. libvirt tells that by a screenshot alone, of which only the beginning is read.

use virt::connect::Connect;
use virt::error::Error;
use virt::stream::Stream;

use super::job::Job;
use crate::core::types::{Failure, Size};
use crate::words::told;

/// Bytes of a picture that tell its size: more than a PNG's first chunk, or the three lines that a PPM begins with.
const HEAD_BYTES: usize = 64;

/// The size of the picture on the first display of a VM; `None` where it is no picture that is understood. Takes a tenth
/// of a second, and longer while another job is at work on the VM.
pub(super) fn guest_size(conn: &Connect, vm: &str) -> Result<Option<Size>, Failure> {
    let job = Job { conn, vm, operation: told!("looking at the picture of VM '{vm}'", vm = vm) };
    head_of_picture(conn, vm).map(|head| size_of(&head)).map_err(|error| job.failed(&error))
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
    use super::{Size, size_of};

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
