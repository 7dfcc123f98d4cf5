//! Pictures of the X screen.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt as _, GetImageReply, ImageFormat, ImageOrder};

use super::{Display, Error};
use crate::core::types::Rect;

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

/// What the root window shows in a rectangle, all windows upon it included, in the X server's own form.
pub(super) fn raw(x: &Display, rect: Rect) -> Result<GetImageReply, Error> {
    let unfit = || Error::Pixels(format!("the rectangle {rect:?}"));
    let (left, top) = (rect.x.try_into().map_err(|_| unfit())?, rect.y.try_into().map_err(|_| unfit())?);
    let width: u16 = rect.width.try_into().map_err(|_| unfit())?;
    let height: u16 = rect.height.try_into().map_err(|_| unfit())?;
    Ok(x.conn.get_image(ImageFormat::Z_PIXMAP, x.root, left, top, width, height, !0)?.reply()?)
}

/// The same as a picture.
pub(super) fn capture(x: &Display, rect: Rect) -> Result<Image, Error> {
    let reply = raw(x, rect)?;
    let setup = x.conn.setup();
    let format = setup.pixmap_formats.iter().find(|f| f.depth == reply.depth);
    if format.is_none_or(|f| f.bits_per_pixel != 32) {
        return Err(Error::Pixels(format!("{} bits of colour; set the X server to 24", reply.depth)));
    }
    let visual = setup
        .roots
        .get(x.screen)
        .and_then(|root| {
            root.allowed_depths.iter().flat_map(|d| &d.visuals).find(|v| v.visual_id == root.root_visual)
        })
        .ok_or_else(|| Error::Pixels("no visual".into()))?;
    let read =
        if setup.image_byte_order == ImageOrder::LSB_FIRST { u32::from_le_bytes } else { u32::from_be_bytes };
    let shifts =
        [visual.red_mask, visual.green_mask, visual.blue_mask].map(|mask| mask.trailing_zeros() % 32);
    let mut rgb = Vec::with_capacity(reply.data.len() / 4 * 3);
    let (pixels, _) = reply.data.as_chunks::<4>();
    for &pixel in pixels {
        let pixel = read(pixel);
        // Depth 24 has eight bits of each colour.
        rgb.extend(shifts.map(|shift| (pixel >> shift & 0xFF) as u8));
    }
    Ok(Image { width: rect.width, height: rect.height, rgb })
}
