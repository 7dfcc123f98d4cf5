//! Pictures of the X screen.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    ConnectionExt as _, Drawable, Gcontext, GetImageReply, ImageFormat, ImageOrder,
};

use super::display::{Display, Error};
use crate::core::types::Rect;

/// Rows of a screen that are read at once, so that a large one takes little memory.
pub(super) const BAND_ROWS: u32 = 64;

/// A picture: three bytes a pixel (red, green, blue), rows from above without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height * 3` bytes.
    pub rgb: Vec<u8>,
}

impl Image {
    /// The picture as a file of PNG.
    ///
    /// # Errors
    /// It is no picture.
    pub fn png(&self) -> Result<Vec<u8>, Error> {
        let mut file = std::io::Cursor::new(Vec::new());
        let form = image::ExtendedColorType::Rgb8;
        let format = image::ImageFormat::Png;
        image::write_buffer_with_format(&mut file, &self.rgb, self.width, self.height, form, format)
            .map_err(|error| Error::Pixels(error.to_string()))?;
        Ok(file.into_inner())
    }

    /// Writes it to a file, as PNG.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn save(&self, file: &std::path::Path) -> Result<(), Error> {
        let written = image::save_buffer_with_format(
            file,
            &self.rgb,
            self.width,
            self.height,
            image::ExtendedColorType::Rgb8,
            image::ImageFormat::Png,
        );
        written.map_err(|error| Error::File(file.to_owned(), error.to_string()))
    }
}

/// What the root window shows in a rectangle, all windows upon it included, in the X server's own form.
pub(super) fn raw(x: &Display, rect: Rect) -> Result<GetImageReply, Error> {
    raw_of(x, x.root, rect)
}

/// The same of any window or pixmap.
pub(super) fn raw_of(x: &Display, of: Drawable, rect: Rect) -> Result<GetImageReply, Error> {
    let unfit = || Error::Pixels(format!("the rectangle {rect:?}"));
    let (left, top) = (rect.x.try_into().map_err(|_| unfit())?, rect.y.try_into().map_err(|_| unfit())?);
    let width: u16 = rect.width.try_into().map_err(|_| unfit())?;
    let height: u16 = rect.height.try_into().map_err(|_| unfit())?;
    Ok(x.conn.get_image(ImageFormat::Z_PIXMAP, of, left, top, width, height, !0)?.reply()?)
}

/// Which of a pixel's four bytes are red, green and blue, at the root window's depth.
pub(super) fn places_of_colours(x: &Display) -> Result<[usize; 3], Error> {
    let form = PixelFormat::of(x, x.depth())?;
    let place = |shift: u32| (if form.little { shift / 8 } else { 3 - shift / 8 }) as usize;
    Ok(form.shifts.map(|shift| place(shift.min(24))))
}

/// The same as a picture.
pub(super) fn capture(x: &Display, rect: Rect) -> Result<Image, Error> {
    let reply = raw(x, rect)?;
    let form = PixelFormat::of(x, reply.depth)?;
    let read = if form.little { u32::from_le_bytes } else { u32::from_be_bytes };
    let mut rgb = Vec::with_capacity(reply.data.len() / 4 * 3);
    let (pixels, _) = reply.data.as_chunks::<4>();
    for &pixel in pixels {
        let pixel = read(pixel);
        // Depth 24 has eight bits of each colour.
        rgb.extend(form.shifts.map(|shift| (pixel >> shift & 0xFF) as u8));
    }
    Ok(Image { width: rect.width, height: rect.height, rgb })
}

/// Draws a picture upon a pixmap of the root window's depth, from this row on.
pub(super) fn put(x: &Display, to: Drawable, gc: Gcontext, image: &Image, top: u32) -> Result<(), Error> {
    /// Rows in one request: far below the size that every X server takes.
    const ROWS_PER_REQUEST: usize = 32;
    let form = PixelFormat::of(x, x.depth())?;
    let width = image.width as usize;
    let rows: Vec<&[u8]> = image.rgb.chunks_exact(width.max(1) * 3).collect();
    for (band, rows) in rows.chunks(ROWS_PER_REQUEST).enumerate() {
        let mut data = Vec::with_capacity(rows.len() * width * 4);
        for pixel in rows.iter().flat_map(|row| row.chunks_exact(3)) {
            let parts = pixel.iter().zip(form.shifts);
            let pixel: u32 = parts.map(|(&part, shift)| u32::from(part) << shift).sum();
            data.extend(if form.little { pixel.to_le_bytes() } else { pixel.to_be_bytes() });
        }
        let y = i16::try_from(top as usize + band * ROWS_PER_REQUEST).unwrap_or(i16::MAX);
        let (wide, high) = (u16::try_from(width).unwrap_or(0), u16::try_from(rows.len()).unwrap_or(0));
        x.conn.put_image(ImageFormat::Z_PIXMAP, to, gc, wide, high, 0, y, 0, x.depth(), &data)?;
    }
    Ok(())
}

/// How the X server lays out a pixel of the root window's depth: four bytes, eight bits of each colour.
struct PixelFormat {
    little: bool,
    /// Of red, green and blue.
    shifts: [u32; 3],
}

impl PixelFormat {
    fn of(x: &Display, depth: u8) -> Result<Self, Error> {
        let setup = x.conn.setup();
        let format = setup.pixmap_formats.iter().find(|format| format.depth == depth);
        if format.is_none_or(|format| format.bits_per_pixel != 32) {
            return Err(Error::Pixels(format!("{depth} bits of colour; set the X server to 24")));
        }
        let visual = setup
            .roots
            .get(x.screen)
            .and_then(|root| {
                root.allowed_depths
                    .iter()
                    .flat_map(|depth| &depth.visuals)
                    .find(|visual| visual.visual_id == root.root_visual)
            })
            .ok_or_else(|| Error::Pixels("no visual".into()))?;
        let shifts =
            [visual.red_mask, visual.green_mask, visual.blue_mask].map(|mask| mask.trailing_zeros() % 32);
        Ok(Self { little: setup.image_byte_order == ImageOrder::LSB_FIRST, shifts })
    }
}
