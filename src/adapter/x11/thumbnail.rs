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

/// Pixels in a row of a picture for the journal, in which all screens stand side by side.
pub(super) const JOURNAL_WIDTH: u32 = 480;
/// The same of one for staff who look, which is made every two seconds: a phone is hardly wider.
pub(super) const GLANCE_WIDTH: u32 = 400;
/// Pixels whose bytes are summed two to a word, in sixteen bits each.
const MOST_IN_LANE: usize = 256;
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

/// Makes one JPEG of the copies, side by side and together at most this wide, and frees them.
pub(super) fn encode(x: &Display, copies: &[ScreenCopy], width: u32) -> Result<Vec<u8>, Error> {
    let small = copies.iter().map(|copy| read(x, copy, width / u32::try_from(copies.len()).unwrap_or(1)));
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
        let band = capture::raw_of(x, copy.pixmap, Rect { x: 0, y, width: copy.width, height })?;
        shrink.take(top, &band.data);
    }
    Ok(shrink.finish(capture::places_of_colours(x)?))
}

/// Makes a picture smaller while it comes in, row by row, in the X server's own form of four bytes a pixel: each pixel is
/// the mean of those that it stands for. Staff who look have this done all the time.
struct Shrink {
    from: (u32, u32),
    to: (u32, u32),
    /// Where each column of the small picture begins in a row that comes in, in bytes; and where the last one ends.
    columns: Vec<usize>,
    /// Sums of each of the four bytes.
    sums: Vec<[u32; 4]>,
    /// How many rows have come in for each of the small picture's.
    rows: Vec<u32>,
}

impl Shrink {
    fn new(width: u32, height: u32, most: u32) -> Self {
        let wide = width.min(most).max(1);
        let high = (height * wide / width.max(1)).max(1);
        let begin = |column: u32| (column * width).div_ceil(wide) as usize * 4;
        Self {
            from: (width, height),
            to: (wide, high),
            columns: (0..=wide).map(begin).collect(),
            sums: vec![[0; 4]; (wide * high) as usize],
            rows: vec![0; high as usize],
        }
    }

    fn take(&mut self, top: u32, band: &[u8]) {
        for (y, row) in (top..).zip(band.chunks_exact((self.from.0 as usize).max(1) * 4)) {
            let line = y * self.to.1 / self.from.1;
            let sums = self.sums.iter_mut().skip((line * self.to.0) as usize);
            for (sum, column) in sums.zip(self.columns.windows(2)) {
                let &[begin, end] = column else { continue };
                for pixels in row.get(begin..end).unwrap_or_default().chunks(4 * MOST_IN_LANE) {
                    let (mut even, mut odd) = (0_u32, 0_u32);
                    let (pixels, _) = pixels.as_chunks::<4>();
                    for &pixel in pixels {
                        let pixel = u32::from_le_bytes(pixel);
                        even += pixel & 0x00FF_00FF;
                        odd += pixel >> 8 & 0x00FF_00FF;
                    }
                    let parts = [even & 0xFFFF, odd & 0xFFFF, even >> 16, odd >> 16];
                    for (sum, part) in sum.iter_mut().zip(parts) {
                        *sum += part;
                    }
                }
            }
            if let Some(rows) = self.rows.get_mut(line as usize) {
                *rows += 1;
            }
        }
    }

    /// The small picture; of each four bytes, these are red, green and blue.
    fn finish(self, places: [usize; 3]) -> Image {
        let mut rgb = Vec::with_capacity(self.sums.len() * 3);
        for (sums, rows) in self.sums.chunks_exact(self.to.0 as usize).zip(&self.rows) {
            for (sum, column) in sums.iter().zip(self.columns.windows(2)) {
                let &[begin, end] = column else { continue };
                let count = ((end - begin) / 4) as u32 * rows;
                for place in places {
                    rgb.push((sum[place] / count.max(1)) as u8);
                }
            }
        }
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

    /// Of blue, green, red and a byte of no meaning, as X servers of small-endian computers have it.
    const PLACES: [usize; 3] = [2, 1, 0];

    fn raw(picture: &Image) -> Vec<u8> {
        picture.rgb.chunks_exact(3).flat_map(|part| [part[2], part[1], part[0], 99]).collect()
    }

    #[test]
    fn a_large_picture_becomes_a_small_one_of_the_same_shape() {
        // Stripes two pixels wide become their mean; what is red below stays below.
        let large = picture(1920, 1080, |x, y| [if y < 540 { 0 } else { 200 }, 0, (x % 2) as u8 * 100]);
        let mut shrink = Shrink::new(1920, 1080, 480);
        for (index, rows) in raw(&large).chunks(1920 * 4 * 7).enumerate() {
            shrink.take(index as u32 * 7, rows);
        }
        let small = shrink.finish(PLACES);
        assert_eq!((small.width, small.height), (480, 270));
        assert_eq!(small.rgb[..3], [0, 0, 50]);
        assert_eq!(small.rgb[small.rgb.len() - 3..], [200, 0, 50]);
    }

    #[test]
    fn a_small_picture_stays_as_it_is() {
        let small = picture(3, 2, |x, y| [x as u8, y as u8, 7]);
        let mut shrink = Shrink::new(3, 2, 480);
        shrink.take(0, &raw(&small));
        assert_eq!(shrink.finish(PLACES), small);
    }

    #[test]
    fn each_pixel_is_the_mean_of_those_that_it_stands_for_whatever_the_sizes() {
        for (width, height, most) in [(640, 480, 480), (1000, 7, 3), (5, 5, 4), (2000, 2, 1), (7, 300, 2)] {
            let large = picture(width, height, |x, y| [(x * 7) as u8, (y * 13) as u8, (x ^ y) as u8]);
            let mut shrink = Shrink::new(width, height, most);
            shrink.take(0, &raw(&large));
            let small = shrink.finish(PLACES);
            let mut sums = vec![[0_u32; 4]; (small.width * small.height) as usize];
            for (index, pixel) in (0..).zip(large.rgb.chunks_exact(3)) {
                let (x, y) = (index % width * small.width / width, index / width * small.height / height);
                let sum = &mut sums[(y * small.width + x) as usize];
                for (sum, part) in sum.iter_mut().zip(pixel.iter().copied().chain([1])) {
                    *sum += u32::from(part);
                }
            }
            let means: Vec<u8> =
                sums.iter().flat_map(|[r, g, b, n]| [r / n, g / n, b / n].map(|it| it as u8)).collect();
            assert_eq!(small.rgb, means, "{width}x{height}");
        }
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
