//! Small pictures of what visitors see, for the journal.
//!
//! The X11 thread only has the X server copy what is on the screen, which takes no time. Reading the copy, making it
//! small and encoding it is left to the sampler's thread.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateGCAux, Pixmap, SubwindowMode};

use super::capture::{self, BAND_ROWS, Image};
use super::display::{Display, Error};
use crate::core::types::Rect;

/// Pixels in a row of a picture, in which all screens stand side by side.
const MAX_WIDTH: u32 = 480;
/// Of 100: about 20 KB a picture.
const JPEG_QUALITY: u8 = 70;

/// A copy of a part of the screen, within the X server.
#[derive(Debug)]
pub(super) struct ScreenCopy {
    pixmap: Pixmap,
    width: u32,
    height: u32,
}

/// Copies what is to be seen in these areas at this moment. It is there for other connections when this returns.
pub(super) fn copy(x: &Display, areas: &[Rect]) -> Result<Vec<ScreenCopy>, Error> {
    let gc = x.conn.generate_id()?;
    let with_windows =
        CreateGCAux::new().subwindow_mode(SubwindowMode::INCLUDE_INFERIORS).graphics_exposures(0);
    x.conn.create_gc(gc, x.root, &with_windows)?;
    let mut copies = Vec::new();
    for area in areas {
        let (Ok(left), Ok(top)) = (i16::try_from(area.x), i16::try_from(area.y)) else { continue };
        let (Ok(width), Ok(height)) = (u16::try_from(area.width), u16::try_from(area.height)) else {
            continue;
        };
        let pixmap = x.conn.generate_id()?;
        x.conn.create_pixmap(x.depth(), pixmap, x.root, width, height)?;
        x.conn.copy_area(x.root, pixmap, gc, left, top, 0, 0, width, height)?;
        copies.push(ScreenCopy { pixmap, width: area.width, height: area.height });
    }
    x.conn.free_gc(gc)?;
    // Any question's answer says that all before it is done.
    x.conn.get_input_focus()?.reply()?;
    Ok(copies)
}

/// Makes one small JPEG of the copies, side by side, and frees them.
pub(super) fn encode(x: &Display, copies: &[ScreenCopy]) -> Result<Vec<u8>, Error> {
    let small = copies.iter().map(|copy| read(x, copy, MAX_WIDTH / u32::try_from(copies.len()).unwrap_or(1)));
    let small: Result<Vec<Image>, Error> = small.collect();
    for copy in copies {
        x.conn.free_pixmap(copy.pixmap)?;
    }
    x.conn.flush()?;
    jpeg(&beside(&small?))
}

/// Reads a copy and makes it this wide.
fn read(x: &Display, copy: &ScreenCopy, width: u32) -> Result<Image, Error> {
    let mut shrink = Shrink::new(copy.width, copy.height, width);
    for top in (0..copy.height).step_by(BAND_ROWS as usize) {
        let height = BAND_ROWS.min(copy.height - top);
        let y = i32::try_from(top).unwrap_or(i32::MAX);
        let band = capture::capture_of(x, copy.pixmap, Rect { x: 0, y, width: copy.width, height })?;
        shrink.take(top, &band);
    }
    Ok(shrink.finish())
}

/// Makes a picture smaller while it comes in, row by row: each pixel is the mean of those that it stands for.
struct Shrink {
    from: (u32, u32),
    to: (u32, u32),
    /// Sums of red, green and blue, and how many.
    sums: Vec<[u32; 4]>,
}

impl Shrink {
    fn new(width: u32, height: u32, most: u32) -> Self {
        let wide = width.min(most).max(1);
        let high = (height * wide / width.max(1)).max(1);
        Self { from: (width, height), to: (wide, high), sums: vec![[0; 4]; (wide * high) as usize] }
    }

    fn take(&mut self, top: u32, band: &Image) {
        let rows = band.rgb.chunks_exact((band.width as usize).max(1) * 3);
        for (y, row) in (top..).zip(rows) {
            let line = (y * self.to.1 / self.from.1) * self.to.0;
            for (x, pixel) in (0..).zip(row.chunks_exact(3)) {
                let index = line + x * self.to.0 / self.from.0;
                let Some(sum) = self.sums.get_mut(index as usize) else { continue };
                for (sum, &part) in sum.iter_mut().zip(pixel.iter().chain(&[1])) {
                    *sum += u32::from(part);
                }
            }
        }
    }

    fn finish(self) -> Image {
        let mean = |[red, green, blue, count]: [u32; 4]| {
            [red, green, blue].map(|sum| u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX))
        };
        let rgb = self.sums.into_iter().flat_map(mean).collect();
        Image { width: self.to.0, height: self.to.1, rgb }
    }
}

/// Sets pictures side by side.
fn beside(pictures: &[Image]) -> Image {
    let width = pictures.iter().map(|picture| picture.width).sum();
    let height = pictures.iter().map(|picture| picture.height).max().unwrap_or(0);
    let mut rgb = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for picture in pictures {
            let length = picture.width as usize * 3;
            match picture.rgb.chunks_exact(length.max(1)).nth(y as usize) {
                Some(row) => rgb.extend(row),
                None => rgb.extend(std::iter::repeat_n(0, length)),
            }
        }
    }
    Image { width, height, rgb }
}

/// A picture as JPEG.
fn jpeg(picture: &Image) -> Result<Vec<u8>, Error> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)
        .encode(&picture.rgb, picture.width, picture.height, ExtendedColorType::Rgb8)
        .map_err(|error| Error::Pixels(error.to_string()))?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Image {
        let all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Image { width, height, rgb: all.flat_map(|(x, y)| colour(x, y)).collect() }
    }

    #[test]
    fn a_large_picture_becomes_a_small_one_of_the_same_shape() {
        // Stripes two pixels wide become their mean; what is red below stays below.
        let large = picture(1920, 1080, |x, y| [if y < 540 { 0 } else { 200 }, 0, (x % 2) as u8 * 100]);
        let mut shrink = Shrink::new(1920, 1080, 480);
        for (index, rows) in large.rgb.chunks(1920 * 3 * 7).enumerate() {
            let height = u32::try_from(rows.len() / (1920 * 3)).unwrap();
            shrink.take(index as u32 * 7, &Image { width: 1920, height, rgb: rows.to_vec() });
        }
        let small = shrink.finish();
        assert_eq!((small.width, small.height), (480, 270));
        assert_eq!(small.rgb[..3], [0, 0, 50]);
        assert_eq!(small.rgb[small.rgb.len() - 3..], [200, 0, 50]);
    }

    #[test]
    fn a_small_picture_stays_as_it_is() {
        let small = picture(3, 2, |x, y| [x as u8, y as u8, 7]);
        let mut shrink = Shrink::new(3, 2, 480);
        shrink.take(0, &small);
        assert_eq!(shrink.finish(), small);
    }

    #[test]
    fn several_screens_stand_side_by_side() {
        let both = beside(&[picture(2, 2, |_, _| [1; 3]), picture(1, 1, |_, _| [2; 3])]);
        assert_eq!((both.width, both.height), (3, 2));
        assert_eq!(both.rgb, [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
    }

    #[test]
    fn the_picture_is_a_small_jpeg() {
        let jpeg = jpeg(&picture(480, 270, |x, y| [x as u8, y as u8, (x ^ y) as u8])).unwrap();
        assert!(jpeg.len() < 60_000, "{}", jpeg.len());
        let read = image::load_from_memory(&jpeg).unwrap();
        assert_eq!((read.width(), read.height()), (480, 270));
    }
}
