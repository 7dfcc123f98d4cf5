//! What is on a curtain besides the artwork's own picture: a poster from a file, and a line of text.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;

use cosmic_text::{Align, Attrs, Buffer, Color, Family, FontSystem, Metrics, Shaping, SwashCache};
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, RgbImage};

use super::capture::Image;
use crate::core::types::Scale;

/// Height of a caption's letters, as a part of the screen's height.
const CAPTION_SIZE: f32 = 1.0 / 30.0;

/// Bytes of a poster's file.
const MAX_POSTER_FILE: u64 = 100 << 20;

/// Pixels of a poster: more than the screens of a wall have, and a JPEG takes up to nine bytes for each while it is read.
const MAX_POSTER_PIXELS: u64 = 50_000_000;

/// Bytes of a poster when it has been read: pixels may have up to eight.
const MAX_POSTER_BYTES: u64 = 256 << 20;

/// Height of a line, in sizes of its letters.
const LINE_HEIGHT: f32 = 1.25;

/// Pixels; a text whose letters are smaller already is cut and not made smaller still.
const MIN_TEXT_SIZE: f32 = 6.0;

/// How many characters are named that no font has.
const MAX_MISSING_TOLD: usize = 20;

/// Reads a picture (PNG or JPEG, in any case of its name's ending) and brings it to the size of a screen.
///
/// # Errors
/// Why it cannot be read, for people.
pub(super) fn load(file: &Path, scale: Scale, width: u32, height: u32) -> Result<Image, String> {
    let explain = |what: &dyn std::fmt::Display| {
        format!("{what}; name a PNG or JPEG file that Vitrine's user can read, and reload the configuration")
    };
    let too_large = |what: String| format!("{what}; make it smaller: as large as the screen is enough");
    let about = std::fs::metadata(file).map_err(|e| explain(&e))?;
    // A pipe would be waited for without end.
    if !about.is_file() {
        return Err(explain(&"it is no file"));
    }
    if about.len() > MAX_POSTER_FILE {
        let (size, most) = (about.len() >> 20, MAX_POSTER_FILE >> 20);
        return Err(too_large(format!("its file has {size} MB, of at most {most}")));
    }
    let bytes = std::fs::read(file).map_err(|e| explain(&e))?;
    let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format().map_err(|e| explain(&e))?;
    if reader.format() == Some(ImageFormat::Jpeg) && !is_whole_jpeg(&bytes) {
        return Err(explain(&"its end is missing, as after a copy that was cut off"));
    }
    let mut decoder = reader.into_decoder().map_err(|e| explain(&e))?;
    let (wide, high) = decoder.dimensions();
    let pixels = u64::from(wide) * u64::from(high);
    if pixels == 0 {
        return Err(explain(&"there is no pixel in it"));
    }
    if pixels > MAX_POSTER_PIXELS || decoder.total_bytes() > MAX_POSTER_BYTES {
        return Err(too_large(format!(
            "its {wide}x{high} pixels would take {} MB of memory, and Vitrine reads {} million pixels and {} MB at most",
            decoder.total_bytes() >> 20,
            MAX_POSTER_PIXELS / 1_000_000,
            MAX_POSTER_BYTES >> 20
        )));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|e| explain(&e))?;
    drop(bytes);
    let lies = [
        Orientation::Rotate90,
        Orientation::Rotate270,
        Orientation::Rotate90FlipH,
        Orientation::Rotate270FlipH,
    ];
    let (across, down) = if lies.contains(&orientation) { (height, width) } else { (width, height) };
    let mut picture = reduce(picture, across, down);
    picture.apply_orientation(orientation);
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

/// Brings a picture that is far larger than the screen nearer to its size, by means and with little memory: the filters
/// that come after it take 16 bytes for a pixel.
fn reduce(picture: DynamicImage, width: u32, height: u32) -> DynamicImage {
    let times = (picture.width() / width.max(1)).min(picture.height() / height.max(1)) / 2;
    match times {
        0 | 1 => picture,
        _ => picture.thumbnail_exact(picture.width() / times, picture.height() / times),
    }
}

/// Whether a JPEG comes to its end (ITU T.81, annex B): readers show the rest of one that is cut off in grey.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.windows(2).position(is_marker)) {
        at += found;
        match bytes.get(at + 1) {
            // End of image.
            Some(0xD9) => return true,
            // What stands alone: restarts, and a start of image.
            Some(0x01 | 0xD0..=0xD8) => at += 2,
            _ => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { return false };
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
            }
        }
    }
    false
}

/// A marker, and not a byte of 255 among the picture's own, which is followed by 0, nor one that fills space.
fn is_marker(pair: &[u8]) -> bool {
    matches!(pair, [0xFF, second] if ![0x00, 0xFF].contains(second))
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

/// A text that was drawn.
#[derive(Debug)]
pub(super) struct Lettering {
    pub(super) image: Image,
    /// The characters that no font of this computer has: boxes stand in their places.
    pub(super) missing: BTreeSet<char>,
}

/// What is wrong with a text of which these characters are missing, for people.
pub(super) fn missing_words(missing: &BTreeSet<char>) -> Option<String> {
    let told: Vec<_> = missing.iter().take(MAX_MISSING_TOLD).map(char::to_string).collect();
    (!told.is_empty()).then(|| {
        let more = if missing.len() > told.len() { " and others" } else { "" };
        format!(
            "no font of this computer has {}{more}, and boxes stand in their places; install fonts that have them, such as \
             the package fonts-noto-core, for Chinese, Japanese and Korean fonts-noto-cjk",
            told.join(" ")
        )
    })
}

/// A line of text in white on black, as wide as a screen.
///
/// # Errors
/// Why there is none, for people.
pub(super) fn caption(text: &str, width: u32, height: u32) -> Result<Lettering, String> {
    let size = (height as f32 * CAPTION_SIZE).max(10.0);
    let room = (size * 2.4) as u32;
    lines(text, width, room.min(height), size)
}

/// Text in white in the middle of a black rectangle, in whatever script; it is made smaller where it does not fit.
///
/// # Errors
/// Why there is none, for people.
pub(super) fn lines(text: &str, width: u32, height: u32, size: f32) -> Result<Lettering, String> {
    lines_in(&mut FontSystem::new(), text, width, height, size)
}

fn lines_in(
    fonts: &mut FontSystem,
    text: &str,
    width: u32,
    height: u32,
    size: f32,
) -> Result<Lettering, String> {
    if fonts.db().is_empty() {
        let why = "this computer has no fonts; install some, such as the package fonts-dejavu-core";
        return Err(why.to_owned());
    }
    let mut cache = SwashCache::new();
    let mut size = size;
    let mut buffer = Buffer::new(fonts, Metrics::relative(size, LINE_HEIGHT));
    loop {
        buffer.set_metrics(Metrics::relative(size, LINE_HEIGHT));
        buffer.set_size(Some(width as f32 * 0.96), None);
        let attributes = Attrs::new().family(Family::SansSerif);
        buffer.set_text(text, &attributes, Shaping::Advanced, Some(Align::Center));
        buffer.shape_until_scroll(fonts, false);
        let needed: f32 = buffer.layout_runs().map(|run| run.line_height).sum();
        if needed <= height as f32 || size < MIN_TEXT_SIZE {
            break;
        }
        size *= 0.8;
    }
    let needed: f32 = buffer.layout_runs().map(|run| run.line_height).sum();
    let left = (width as f32 * 0.02) as i32;
    let top = ((height as f32 - needed) / 2.0).max(0.0) as i32;
    let mut missing = BTreeSet::new();
    for run in buffer.layout_runs() {
        // Every font has the glyph 0 for what it does not have.
        let boxes = run.glyphs.iter().filter(|glyph| glyph.glyph_id == 0);
        let characters = boxes.filter_map(|glyph| run.text.get(glyph.start..glyph.end)).flat_map(str::chars);
        missing.extend(characters.filter(|c| !c.is_whitespace() && !c.is_control()));
    }
    let mut image = Image { width, height, rgb: vec![0; width as usize * height as usize * 3] };
    buffer.draw(fonts, &mut cache, Color::rgb(255, 255, 255), |x, y, w, h, color| {
        for (dx, dy) in (0..h as i32).flat_map(|dy| (0..w as i32).map(move |dx| (dx, dy))) {
            blend(&mut image, x + left + dx, y + top + dy, color);
        }
    });
    Ok(Lettering { image, missing })
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

    #[test]
    fn a_jpeg_that_was_cut_off_is_no_poster_wherever_it_was_cut() {
        let file = tempfile::Builder::new().suffix(".jpg").tempfile().unwrap();
        let noise = RgbImage::from_fn(120, 90, |x, y| image::Rgb([(x * y) as u8, (x ^ y) as u8, x as u8]));
        let mut jpeg = Vec::new();
        noise.write_to(&mut Cursor::new(&mut jpeg), ImageFormat::Jpeg).unwrap();
        // Cameras put a small picture into a comment, and some programs something of their own behind the end.
        let mut comment = vec![0xFF, 0xE1, 0, 6, 0xFF, 0xD9, 1, 1];
        comment.extend(&jpeg[2..]);
        jpeg.truncate(2);
        jpeg.extend(comment);
        for length in (2..jpeg.len()).step_by(97).chain([jpeg.len() - 1]) {
            std::fs::write(&file, &jpeg[..length]).unwrap();
            assert!(load(file.path(), Scale::Fill, 80, 40).is_err(), "{length} of {}", jpeg.len());
        }
        jpeg.extend([0xFF, 0, 1]);
        std::fs::write(&file, &jpeg).unwrap();
        assert_eq!(load(file.path(), Scale::Fill, 80, 40).map(|image| image.width), Ok(80));
    }

    #[test]
    fn what_would_take_too_much_memory_or_has_no_end_is_not_read() {
        let file = tempfile::Builder::new().suffix(".png").tempfile().unwrap();
        // One colour: as a PNG it is small.
        let size = |width: u32, height: u32| {
            image::GrayImage::new(width, height).save(file.path()).unwrap();
            load(file.path(), Scale::Fill, 80, 40)
        };
        let said = size(10_000, 5001).unwrap_err();
        assert!(said.contains("10000x5001") && said.contains("50 million pixels"), "{said}");
        assert_eq!(size(9000, 5000).map(|image| image.rgb.len()), Ok(80 * 40 * 3));
        std::fs::File::create(file.path()).unwrap().set_len(MAX_POSTER_FILE + 1).unwrap();
        let said = load(file.path(), Scale::Fill, 80, 40).unwrap_err();
        assert!(said.contains("100 MB"), "{said}");
        assert!(load(Path::new("/dev/zero"), Scale::Fill, 80, 40).unwrap_err().contains("no file"));
    }

    #[test]
    fn a_far_larger_poster_looks_as_a_smaller_one_does() {
        let (large, small) = (poster(1600, 1600), poster(100, 100));
        for scale in [Scale::Fill, Scale::Fit] {
            let of = |file: &tempfile::NamedTempFile| load(file.path(), scale, 80, 40).unwrap();
            let (large, small) = (of(&large), of(&small));
            for (x, y) in [(2, 2), (25, 20), (35, 20), (44, 20), (55, 39), (77, 2)] {
                assert_eq!(pixel(&large, x, y), pixel(&small, x, y), "{scale:?} {x},{y}");
            }
        }
    }

    #[test]
    fn a_computer_without_fonts_has_no_text_and_says_so() {
        let mut none = FontSystem::new_with_locale_and_db("en".into(), cosmic_text::fontdb::Database::new());
        let said = lines_in(&mut none, "Back in a moment", 800, 60, 20.0).unwrap_err();
        assert!(said.contains("fonts-dejavu-core"), "{said}");
    }

    #[test]
    fn what_no_font_has_is_named() {
        // Characters for private use, which no common font has.
        let drawn = caption("Back \u{F8FF0} soon \u{10FFFD}\u{10FFFD}", 800, 600).unwrap();
        assert_eq!(drawn.missing.iter().copied().collect::<Vec<_>>(), ['\u{F8FF0}', '\u{10FFFD}']);
        assert!(missing_words(&drawn.missing).is_some_and(|said| said.contains("\u{F8FF0} \u{10FFFD},")));
        let plain = caption("Back in a moment", 800, 600).unwrap();
        assert_eq!(missing_words(&plain.missing), None);
    }

    /// Needs a font: fontconfig's own dependency, which virt-viewer brings along.
    #[test]
    fn a_caption_is_white_on_black_and_stays_inside() {
        let image = caption("Back in a moment", 800, 600).unwrap().image;
        assert_eq!(image.width, 800);
        assert!(image.rgb.iter().any(|part| *part > 200), "there is text");
        assert_eq!(pixel(&image, 0, 0), [0, 0, 0]);
        let endless = caption(&"very long ".repeat(40), 800, 600).unwrap().image;
        assert_eq!(endless.height, image.height);
    }
}
