//! The timings of modes: `Modeline` as the X server reads it, and those that VESA's CVT computes.

use crate::core::types::{Mode, ModeLine};

/// Pixels in a second: what a `Modeline` may ask for. No cable carries more.
const MAX_CLOCK: f64 = 4e9;
/// In thousandths of a hertz: the rate of a mode that does not say it.
const USUAL_RATE: u32 = 60_000;
/// CVT knows widths that are a multiple of this many pixels.
pub(super) const WIDTH_STEP: u32 = 8;

/// How much of the time is left for the beam to return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blanking {
    /// As tubes need it.
    Normal,
    /// As flat screens can do with (`cvt -r`).
    Reduced,
}

/// Reads what `cvt` and `gtf` print, with or without the word `Modeline` and the name.
pub(super) fn modeline(text: &str) -> Option<ModeLine> {
    let text = text.trim();
    let text = match text.get(..8).filter(|word| word.eq_ignore_ascii_case("modeline")).and(text.get(8..)) {
        Some(rest) => rest.trim_start(),
        None => text,
    };
    let text = match text.strip_prefix('"') {
        Some(named) => named.split_once('"')?.1,
        None => text,
    };
    let mut words = text.split_whitespace();
    let clock = words.next()?;
    if !clock.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let clock = clock.parse::<f64>().ok().map(|megahertz| megahertz * 1e6)?;
    let mut numbers = [0; 8];
    for number in &mut numbers {
        *number = words.next()?.parse().ok()?;
    }
    let [a, b, c, d, e, f, g, h] = numbers;
    let rises = |[display, start, end, total]: [u16; 4]| {
        0 < display && display <= start && start < end && end <= total && total <= i16::MAX.cast_unsigned()
    };
    let possible = rises([a, b, c, d]) && rises([e, f, g, h]) && (1.0..=MAX_CLOCK).contains(&clock);
    let mut line = ModeLine {
        clock: clock.round() as u32,
        horizontal: [a, b, c, d],
        vertical: [e, f, g, h],
        hsync: None,
        vsync: None,
        interlaced: false,
        doubled: false,
    };
    for word in words {
        match word.to_ascii_lowercase().as_str() {
            "+hsync" => line.hsync = Some(true),
            "-hsync" => line.hsync = Some(false),
            "+vsync" => line.vsync = Some(true),
            "-vsync" => line.vsync = Some(false),
            "interlace" => line.interlaced = true,
            "doublescan" => line.doubled = true,
            _ => return None,
        }
    }
    possible.then_some(line)
}

/// What VESA's Coordinated Video Timings 1.1 make of a mode, as the X server's `cvt` computes it. `None` where there are
/// no such timings.
pub(super) fn cvt(mode: Mode, blanking: Blanking) -> Option<ModeLine> {
    /// Rows between the picture and its synchronisation.
    const FRONT_PORCH: u32 = 3;
    /// kHz: the clock is a multiple of it.
    const CLOCK_STEP: u32 = 250;
    let (width, height) = (mode.width, mode.height);
    if !width.is_multiple_of(WIDTH_STEP) {
        return None;
    }
    let rate = f64::from(mode.rate.unwrap_or(USUAL_RATE)) / 1000.0;
    // How long the synchronisation is tells a monitor the shape of the picture.
    let has_shape = |wide: u32, high: u32| height.is_multiple_of(high) && height * wide / high == width;
    let shapes = [((4, 3), 4), ((16, 9), 5), ((16, 10), 6), ((5, 4), 7), ((15, 9), 7)];
    let sync = shapes.iter().find(|((wide, high), _)| has_shape(*wide, *high)).map_or(10, |(_, rows)| *rows);
    let rows_of = |rows: f64| (rows as u32).min(u16::MAX.into()) + 1;
    let (clock, horizontal, rows) = match blanking {
        Blanking::Normal => {
            // Microseconds: synchronisation and what follows on it last no less.
            const MIN_SYNC_AND_BACK_PORCH: f64 = 550.0;
            let row = (1e6 / rate - MIN_SYNC_AND_BACK_PORCH) / f64::from(height + FRONT_PORCH);
            let after = rows_of(MIN_SYNC_AND_BACK_PORCH / row).max(sync + FRONT_PORCH);
            // Of 100: CVT's M' and C' are 300 and 30.
            let share = (30.0 - 300.0 * row / 1000.0).max(20.0);
            let blank = (f64::from(width) * share / (100.0 - share)) as u32;
            let blank = blank - blank % (2 * WIDTH_STEP);
            let total = width + blank;
            let end = width + blank / 2;
            let start = end - total * 8 / 100;
            let start = start + WIDTH_STEP - start % WIDTH_STEP;
            let clock = f64::from(total) * 1000.0 / row;
            (clock, [width, start, end, total], height + after + FRONT_PORCH)
        }
        Blanking::Reduced => {
            // Microseconds: there is no picture for so long.
            const MIN_BLANK: f64 = 460.0;
            const MIN_BACK_PORCH: u32 = 6;
            let row = (1e6 / rate - MIN_BLANK) / f64::from(height);
            let blank = rows_of(MIN_BLANK / row).max(FRONT_PORCH + sync + MIN_BACK_PORCH);
            let (total, rows) = (width + 160, height + blank);
            (rate * f64::from(rows) * f64::from(total) / 1000.0, [width, width + 48, width + 80, total], rows)
        }
    };
    let vertical = [height, height + FRONT_PORCH, height + FRONT_PORCH + sync, rows];
    let clock = clock as u32;
    let clock = f64::from(clock - clock % CLOCK_STEP) * 1000.0;
    let fits = |parts: [u32; 4]| {
        let [a, b, c, d] =
            parts.map(|part| u16::try_from(part).ok().filter(|n| *n <= i16::MAX.cast_unsigned()));
        Some([a?, b?, c?, d?])
    };
    let is_reduced = blanking == Blanking::Reduced;
    Some(ModeLine {
        clock: Some(clock).filter(|clock| (1.0..=MAX_CLOCK).contains(clock))? as u32,
        horizontal: fits(horizontal)?,
        vertical: fits(vertical)?,
        hsync: Some(is_reduced),
        vsync: Some(!is_reduced),
        interlaced: false,
        doubled: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `cvt` of the X server prints them.
    const OF_CVT: [(u32, u32, u32, Blanking, &str); 8] = [
        (800, 600, 60_000, Blanking::Normal, "38.25 800 832 912 1024 600 603 607 624 -hsync +vsync"),
        (1024, 768, 60_000, Blanking::Normal, "63.50 1024 1072 1176 1328 768 771 775 798 -hsync +vsync"),
        (
            1280,
            1024,
            60_000,
            Blanking::Normal,
            "109.00 1280 1368 1496 1712 1024 1027 1034 1063 -hsync +vsync",
        ),
        (1368, 768, 60_000, Blanking::Normal, "85.25 1368 1440 1576 1784 768 771 781 798 -hsync +vsync"),
        (
            1920,
            1080,
            60_000,
            Blanking::Normal,
            "173.00 1920 2048 2248 2576 1080 1083 1088 1120 -hsync +vsync",
        ),
        (
            3840,
            2160,
            60_000,
            Blanking::Normal,
            "712.75 3840 4160 4576 5312 2160 2163 2168 2237 -hsync +vsync",
        ),
        (
            1920,
            1080,
            60_000,
            Blanking::Reduced,
            "138.50 1920 1968 2000 2080 1080 1083 1088 1111 +hsync -vsync",
        ),
        (
            1920,
            1200,
            60_000,
            Blanking::Reduced,
            "154.00 1920 1968 2000 2080 1200 1203 1209 1235 +hsync -vsync",
        ),
    ];

    #[test]
    fn modes_are_computed_as_the_x_servers_own_program_does() {
        for (width, height, rate, blanking, line) in OF_CVT {
            let mode = Mode { width, height, rate: Some(rate) };
            assert_eq!(cvt(mode, blanking), Some(modeline(line).unwrap()), "{mode:?}");
        }
        assert_eq!(cvt(Mode { width: 1366, height: 768, rate: None }, Blanking::Normal), None);
    }

    #[test]
    fn modes_that_are_larger_than_any_have_no_timings() {
        for side in [1, 8, 80, 800, 8000, 32_760] {
            for rate in [1, 60_000, 500_000, 99_999_999] {
                for blanking in [Blanking::Normal, Blanking::Reduced] {
                    let mode = Mode { width: side, height: side, rate: Some(rate) };
                    let line = cvt(mode, blanking);
                    assert!(line.is_none_or(|line| u32::from(line.horizontal[0]) == side), "{mode:?}");
                }
            }
        }
    }

    #[test]
    fn modelines() {
        let full = r#"Modeline "1024x768_60.00"   63.50  1024 1072 1176 1328  768 771 775 798 -hsync +vsync"#;
        let line = modeline(full).unwrap();
        assert_eq!((line.clock, line.horizontal), (63_500_000, [1024, 1072, 1176, 1328]));
        assert_eq!((line.vertical, line.hsync, line.vsync), ([768, 771, 775, 798], Some(false), Some(true)));
        let plain = "63.5 1024 1072 1176 1328 768 771 775 798 -HSync +VSync";
        assert_eq!(modeline(plain), Some(line));
        let interlaced = modeline("74.25 1920 2008 2052 2200 1080 1084 1094 1125 Interlace").unwrap();
        assert!(interlaced.interlaced && interlaced.hsync.is_none());
        for wrong in [
            "",
            "Modeline",
            "63.5 1024 1072 1176 1328 768 771 775",
            "63.5 1024 1072 1176 1328 768 771 775 798 sideways",
            "63.5 1024 1000 1176 1328 768 771 775 798",
            "0 1024 1072 1176 1328 768 771 775 798",
            "inf 1024 1072 1176 1328 768 771 775 798",
            "63.5 1024 1072 1176 70000 768 771 775 798",
            "\"1024x768 63.5 1024 1072 1176 1328 768 771 775 798",
        ] {
            assert_eq!(modeline(wrong), None, "{wrong}");
        }
    }
}
