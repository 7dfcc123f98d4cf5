//! What is on a curtain besides the artwork's own picture: a poster from a file, and a line of text.

use std::path::Path;

use cosmic_text::{Align, Attrs, Buffer, Color, Family, FontSystem, Metrics, Shaping, SwashCache};
use image::imageops::{self, FilterType};
use image::{ImageDecoder as _, ImageReader, RgbImage};

use super::capture::Image;
use crate::core::types::Scale;

/// Height of a caption's letters, as a part of the screen's height.
const CAPTION_SIZE: f32 = 1.0 / 30.0;

/// Pixels of a poster's file: larger ones take more memory than a museum's computer may have to spare.
const MAX_POSTER_PIXELS: u64 = 200_000_000;

/// Height of a line, in sizes of its letters.
const LINE_HEIGHT: f32 = 1.25;

/// Pixels; a text whose letters are smaller already is cut and not made smaller still.
const MIN_TEXT_SIZE: f32 = 6.0;

/// Reads a picture (PNG or JPEG, in any case of its name's ending) and brings it to the size of a screen.
///
/// # Errors
/// Why it cannot be read, for people.
pub(super) fn load(file: &Path, scale: Scale, width: u32, height: u32) -> Result<Image, String> {
    let explain = |what: &dyn std::fmt::Display| {
        format!("{what}; name a PNG or JPEG file that Vitrine's user can read, and reload the configuration")
    };
    let reader =
        ImageReader::open(file).and_then(ImageReader::with_guessed_format).map_err(|e| explain(&e))?;
    let mut decoder = reader.into_decoder().map_err(|e| explain(&e))?;
    let (wide, high) = decoder.dimensions();
    if u64::from(wide) * u64::from(high) > MAX_POSTER_PIXELS || wide == 0 || high == 0 {
        return Err(explain(&format!("its size of {wide}x{high} is out of bounds")));
    }
    let orientation = decoder.orientation().ok();
    let mut picture = image::DynamicImage::from_decoder(decoder).map_err(|e| explain(&e))?;
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    let scaled = match scale {
        Scale::Fill => picture.resize_to_fill(width, height, FilterType::CatmullRom),
        Scale::Fit => picture.resize(width, height, FilterType::CatmullRom),
    };
    let scaled = on_black(&scaled);
    let mut screen = RgbImage::new(width, height);
    let middle = |room: u32, part: u32| i64::from(room.saturating_sub(part) / 2);
    let (x, y) = (middle(width, scaled.width()), middle(height, scaled.height()));
    imageops::replace(&mut screen, &scaled, x, y);
    Ok(Image { width, height, rgb: screen.into_raw() })
}

/// What is transparent becomes black.
fn on_black(picture: &image::DynamicImage) -> RgbImage {
    let rgba = picture.to_rgba8();
    let darkened = rgba.pixels().flat_map(|pixel| {
        let [r, g, b, a] = pixel.0.map(u32::from);
        [r, g, b].map(|part| u8::try_from(part * a / 255).unwrap_or(u8::MAX))
    });
    RgbImage::from_raw(rgba.width(), rgba.height(), darkened.collect()).unwrap_or_default()
}

/// A line of text in white on black, as wide as a screen.
pub(super) fn caption(text: &str, width: u32, height: u32) -> Image {
    let size = (height as f32 * CAPTION_SIZE).max(10.0);
    let room = (size * 2.4) as u32;
    lines(text, width, room.min(height), size)
}

/// Text in white in the middle of a black rectangle, in whatever script; it is made smaller where it does not fit.
pub(super) fn lines(text: &str, width: u32, height: u32, size: f32) -> Image {
    let mut fonts = FontSystem::new();
    let mut cache = SwashCache::new();
    let mut size = size;
    let mut buffer = Buffer::new(&mut fonts, Metrics::relative(size, LINE_HEIGHT));
    loop {
        buffer.set_metrics(Metrics::relative(size, LINE_HEIGHT));
        buffer.set_size(Some(width as f32 * 0.96), None);
        let attributes = Attrs::new().family(Family::SansSerif);
        buffer.set_text(text, &attributes, Shaping::Advanced, Some(Align::Center));
        buffer.shape_until_scroll(&mut fonts, false);
        let needed: f32 = buffer.layout_runs().map(|run| run.line_height).sum();
        if needed <= height as f32 || size < MIN_TEXT_SIZE {
            break;
        }
        size *= 0.8;
    }
    let needed: f32 = buffer.layout_runs().map(|run| run.line_height).sum();
    let left = (width as f32 * 0.02) as i32;
    let top = ((height as f32 - needed) / 2.0).max(0.0) as i32;
    let mut image = Image { width, height, rgb: vec![0; width as usize * height as usize * 3] };
    buffer.draw(&mut fonts, &mut cache, Color::rgb(255, 255, 255), |x, y, w, h, color| {
        for (dx, dy) in (0..h as i32).flat_map(|dy| (0..w as i32).map(move |dx| (dx, dy))) {
            blend(&mut image, x + left + dx, y + top + dy, color);
        }
    });
    image
}

fn blend(image: &mut Image, x: i32, y: i32, color: Color) {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
    if x >= image.width || y >= image.height {
        return;
    }
    let at = (y as usize * image.width as usize + x as usize) * 3;
    if let Some(pixel) = image.rgb.get_mut(at..at + 3) {
        let alpha = u32::from(color.a());
        for (part, new) in pixel.iter_mut().zip([color.r(), color.g(), color.b()]) {
            let mixed = (u32::from(new) * alpha + u32::from(*part) * (255 - alpha)) / 255;
            *part = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(image: &Image, x: u32, y: u32) -> [u8; 3] {
        let at = (y * image.width + x) as usize * 3;
        [image.rgb[at], image.rgb[at + 1], image.rgb[at + 2]]
    }

    fn poster(width: u32, height: u32) -> tempfile::NamedTempFile {
        let file = tempfile::Builder::new().suffix(".png").tempfile().unwrap();
        // Red on the left, green on the right.
        let picture = RgbImage::from_fn(width, height, |x, _| {
            image::Rgb(if x < width / 2 { [200, 0, 0] } else { [0, 200, 0] })
        });
        picture.save(file.path()).unwrap();
        file
    }

    #[test]
    fn a_poster_fills_or_fits() {
        let file = poster(40, 40);
        let fill = load(file.path(), Scale::Fill, 80, 40).unwrap();
        assert_eq!((fill.width, fill.height, fill.rgb.len()), (80, 40, 80 * 40 * 3));
        assert_eq!(pixel(&fill, 0, 20), [200, 0, 0]);
        assert_eq!(pixel(&fill, 79, 20), [0, 200, 0]);
        let fit = load(file.path(), Scale::Fit, 80, 40).unwrap();
        assert_eq!(pixel(&fit, 5, 20), [0, 0, 0]);
        assert_eq!(pixel(&fit, 25, 20), [200, 0, 0]);
        assert_eq!(pixel(&fit, 55, 20), [0, 200, 0]);
    }

    #[test]
    fn a_poster_that_cannot_be_read_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("poster.png");
        assert!(load(&file, Scale::Fill, 80, 40).unwrap_err().contains("No such file"));
        std::fs::write(&file, "no picture").unwrap();
        assert!(load(&file, Scale::Fill, 80, 40).unwrap_err().contains("PNG or JPEG"));
    }

    /// Needs a font: fontconfig's own dependency, which virt-viewer brings along.
    #[test]
    fn a_caption_is_white_on_black_and_stays_inside() {
        let image = caption("Back in a moment", 800, 600);
        assert_eq!(image.width, 800);
        assert!(image.rgb.iter().any(|part| *part > 200), "there is text");
        assert_eq!(pixel(&image, 0, 0), [0, 0, 0]);
        let endless = caption(&"very long ".repeat(40), 800, 600);
        assert_eq!(endless.height, image.height);
    }
}
