//! What a viewer shows, as it stands in its environment, so that a later Vitrine can read it there.

use crate::core::effect::Spot;
use crate::core::types::{Rect, Size};

/// The variable in a viewer's environment that tells which guest display it shows where.
pub(super) const SPOTS_VARIABLE: &str = "VITRINE_SPOTS";
/// And the one that tells which VM it shows, as the configuration named it.
pub(super) const VM_VARIABLE: &str = "VITRINE_VM";
/// And the one that tells the size of its picture.
pub(super) const DRAWN_SIZE_VARIABLE: &str = "VITRINE_DRAWN_SIZE";

/// The size of a viewer's picture; empty for as large as it fits.
pub(super) fn write_size(size: Option<Size>) -> String {
    size.map_or_else(String::new, |Size { width, height }| format!("{width}x{height}"))
}

/// What [`write_size`] wrote; `None` where it is anything else.
pub(super) fn read_size(text: &str) -> Option<Option<Size>> {
    if text.is_empty() {
        return Some(None);
    }
    let (width, height) = text.split_once('x')?;
    Some(Some(Size { width: width.parse().ok()?, height: height.parse().ok()? }))
}

/// Where a viewer shows what, in one line.
pub(super) fn write(spots: &[Spot]) -> String {
    let line = |Spot { display, connector, rect: Rect { x, y, width, height } }: &Spot| {
        format!("{display} {x} {y} {width} {height} {connector}")
    };
    spots.iter().map(line).collect::<Vec<_>>().join(";")
}

/// What [`write`] wrote; `None` where it is anything else.
pub(super) fn read(text: &str) -> Option<Vec<Spot>> {
    let spot = |text: &str| {
        let mut words = text.splitn(6, ' ');
        let display = words.next()?.parse().ok()?;
        let (x, y) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let (width, height) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(Spot { display, connector: words.next()?.to_owned(), rect: Rect { x, y, width, height } })
    };
    text.split(';').map(spot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_as_it_was_written() {
        for size in [None, Some(Size { width: 1280, height: 960 })] {
            assert_eq!(read_size(&write_size(size)), Some(size));
        }
        for text in ["1280", "x", "1280x", "1280x-960", "1280x960x1"] {
            assert_eq!(read_size(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_shown_where_is_read_as_it_was_written() {
        let spot = |display, connector: &str| Spot {
            display,
            connector: connector.into(),
            rect: Rect { x: -1920, y: 0, width: 1920, height: 1080 },
        };
        for spots in [vec![spot(1, "DP-1")], vec![spot(1, "HDMI 1"), spot(2, "DP-2")]] {
            assert_eq!(read(&write(&spots)), Some(spots));
        }
        for text in ["", "1", "1 0 0 800 600", "1 0 0 800 -600 DP-1", "1 0 0 800 600 DP-1;", "x 0 0 8 6 D"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
