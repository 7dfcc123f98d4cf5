//! A sea in seven layers, and what the web has left to drift on it.

use super::Work;
use crate::canvas::{dithered, Canvas, Chance, Rect, Sine};
use crate::stage::{About, Stage, ART, BLACK, DARK_GREY, GREY, NAVY, OWN, WHITE};

const SKY: u8 = OWN;
const SKY_STEPS: i32 = 40;
const MOON: u8 = SKY + SKY_STEPS as u8;
const MOON_STEPS: i32 = 8;
const CLOUD: u8 = MOON + MOON_STEPS as u8;
const ROCK: u8 = CLOUD + 3;
const SEA: u8 = ROCK + 4;
const SHADES: u8 = 4;
const RED: u8 = SEA + LAYERS as u8 * SHADES;
const YELLOW: u8 = RED + 1;
const ORANGE: u8 = RED + 2;
const PAPER: u8 = RED + 3;
const GLASS: u8 = RED + 5;
const LAMP: u8 = RED + 7;

const LAYERS: usize = 7;
/// The sea is computed in columns of so many pixels.
const COLUMN: i32 = 2;
const COLUMNS: usize = (ART.w / COLUMN) as usize;
const BOTTOM: i32 = ART.y + ART.h;

struct Wave {
    level: i32,
    height: i32,
    length: i32,
    speed: i32,
}

const WAVES: [Wave; LAYERS] = [
    Wave { level: 214, height: 2, length: 9, speed: 19 },
    Wave { level: 228, height: 4, length: 8, speed: -15 },
    Wave { level: 250, height: 6, length: 6, speed: 12 },
    Wave { level: 280, height: 9, length: 5, speed: -11 },
    Wave { level: 318, height: 12, length: 4, speed: 9 },
    Wave { level: 362, height: 15, length: 3, speed: -8 },
    Wave { level: 412, height: 17, length: 3, speed: 7 },
];

struct Float {
    layer: usize,
    picture: Canvas,
    draft: i32,
    x: i32,
    /// In 1024ths of a pixel for each millisecond.
    speed: i32,
    place: Rect,
}

struct Cloud {
    picture: Canvas,
    x: i32,
    y: i32,
    /// Milliseconds for each pixel.
    pace: i32,
    shown: i32,
}

pub struct Tide {
    sine: Sine,
    chance: Chance,
    back: Canvas,
    tops: [[i32; COLUMNS]; LAYERS],
    /// For each layer the highest of all that are before it.
    covers: [[i32; COLUMNS]; LAYERS],
    floats: Vec<Float>,
    clouds: Vec<Cloud>,
    frames: i32,
    table: usize,
}

/// Stands for "nothing here" in pictures.
const CLEAR: u8 = 255;

const BOAT: [&str; 12] = [
    "...........wg...........", "..........wwgg..........", ".........wwwggg.........", "........wwwwgggg........",
    ".......wwwwwggggg.......", "wwg...wwwwwwgggggg...wgg", ".wwgg.wwwwwwgggggg.wwgg.", "..wwwgwwwwwwggggggwwgg..",
    "...wwwwgwwwwggggwwwgg...", "....wwwwwgwwggwwwwgg....", ".....wwwwwwgwwwwwgg.....", "......wwwwwwwwwwgg......",
];
const DUCK: [&str; 13] = [
    "......yyyy......", ".....yyyyyy.....", "....yywyyyyy....", "oooyykkyyyyy....", "oooooyyyyyyy....", "....yyyyyyy.....", ".....yyyyy.....y",
    "...yyyyyyyyy..yy", "..yyyyyyyyyyyyyy", "..yyyyyhhhyyyyyy", "..yyyyyyyhhyyyy.", "...yyyyyyyyyyy..", ".....yyyyyyy....",
];
const BUOY: [&str; 14] = [
    ".....ll.....", "....llll....", ".....kk.....", ".....kk.....", "....rrrr....", "....rrrr....", "....wwww....", "...wwwwww...",
    "...rrrrrr...", "...rrrrrr...", "..wwwwwwww..", ".kkkkkkkkkk.", "rrrrrrrrrrrr", ".rrrrrrrrrr.",
];
const BOTTLE: [&str; 8] = [
    "..................oo", "...ggggggggg.....ooo", "..gGGGGGGGGGggggggo.", ".gGGppppppGGGGGGgg..", ".gGppkpkppGGGGGgg...", ".gGGppppppGGgggg....", "..gGGGGGGGggg.......", "...gggggggg.........",
];

impl Tide {
    pub fn new() -> Tide {
        Tide {
            sine: Sine::new(),
            chance: Chance(0x1997_0420),
            back: Canvas::new(1, 1),
            tops: [[BOTTOM; COLUMNS]; LAYERS],
            covers: [[BOTTOM; COLUMNS]; LAYERS],
            floats: Vec::new(),
            clouds: Vec::new(),
            frames: 0,
            table: usize::MAX,
        }
    }

    fn paint_sky(&mut self, stage: &mut Stage) {
        let canvas = &mut stage.canvas;
        let (mx, my, radius) = (166, 92, 48);
        for y in ART.y..ART.y + 230 {
            for x in ART.x..ART.x + ART.w {
                let (dx, dy) = (x - mx, y - my);
                let distance = dx * dx + dy * dy;
                let glow = (24000 - distance).max(0) / 40;
                let level = ((y - ART.y) * (SKY_STEPS - 2) * 64 / 230 + glow).min((SKY_STEPS - 1) * 64 - 64);
                let mut colour = SKY + dithered(level, x, y) as u8;
                if distance <= radius * radius {
                    let shade = ((dx - 16) * (dx - 16) + (dy - 14) * (dy - 14)) * (MOON_STEPS - 2) * 64 / 6400;
                    colour = MOON + MOON_STEPS as u8 - 1 - dithered(shade.min((MOON_STEPS - 2) * 64), x, y) as u8;
                }
                canvas.dot(x, y, colour);
            }
        }
        for (dx, dy, r) in [(-18, -14, 9), (10, -24, 6), (14, 10, 12), (-14, 18, 7), (-30, 4, 5), (28, -8, 5)] {
            canvas.disc(mx + dx, my + dy, r, MOON + 3);
            canvas.disc(mx + dx + 1, my + dy + 1, r - 2, MOON + 4);
        }
        for _ in 0..120 {
            let (x, y) = (self.chance.between(10, 628), self.chance.between(10, 120));
            if (x - mx).abs() > 60 || (y - my).abs() > 60 {
                canvas.dot(x, y, if self.chance.below(3) == 0 { WHITE } else { SKY + 34 });
            }
        }
        self.paint_lighthouse(canvas);
    }

    fn paint_lighthouse(&self, canvas: &mut Canvas) {
        for x in 500..ART.x + ART.w {
            let height = 8 + (x - 500) / 5 + self.sine.sin(x * 23) * 3 / 1024 + self.sine.sin(x * 61) * 2 / 1024;
            for y in 232 - height..240 {
                canvas.dot(x, y, ROCK + (dithered((y - 232 + height) * 5, x, y) as u8).min(2));
            }
        }
        for row in 0..70 {
            let half = 7 + row / 12;
            let stripe = if row / 14 % 2 == 0 { WHITE } else { RED };
            canvas.fill(Rect::new(570 - half, 140 + row, 2 * half, 1), stripe);
            canvas.fill(Rect::new(570 + half / 3, 140 + row, half - half / 3, 1), if stripe == RED { ROCK + 3 } else { GREY });
        }
        canvas.fill(Rect::new(559, 136, 22, 4), BLACK);
        canvas.fill(Rect::new(563, 124, 14, 12), LAMP);
        canvas.fill(Rect::new(569, 124, 2, 12), BLACK);
        canvas.fill(Rect::new(561, 120, 18, 4), RED);
        canvas.fill(Rect::new(565, 116, 10, 4), RED);
    }

    /// Moves every other layer, in turn.
    fn shape_waves(&mut self, time: i32, turn: usize) {
        let flood = self.sine.sin(time / 40) * 8 / 1024;
        for (layer, wave) in WAVES.iter().enumerate().filter(|(layer, _)| layer % 2 == turn) {
            let phase = time / 100 * wave.speed / 2 + time % 100 * wave.speed / 200;
            for column in 0..COLUMNS {
                let x = column as i32 * COLUMN;
                let swell = self.sine.sin(x * wave.length / 2 + phase + layer as i32 * 173);
                let ripple = self.sine.sin(x * wave.length * 7 / 5 - phase * 2 + layer as i32 * 97);
                let top = wave.level + flood * (layer as i32 + 1) / 5 + (swell * 3 + ripple) * wave.height / 4096;
                self.tops[layer][column] = top.min(BOTTOM);
            }
        }
        for column in 0..COLUMNS {
            let mut cover = BOTTOM;
            for layer in (0..LAYERS).rev() {
                self.covers[layer][column] = cover;
                cover = cover.min(self.tops[layer][column]);
            }
        }
    }

    fn water(&self, layer: usize, column: usize, y: i32) -> u8 {
        let depth = y - self.tops[layer][column];
        let shade = match depth {
            0..=1 => 0,
            2..=5 => 1,
            6..=14 if (depth + column as i32) & 1 == 0 => 2,
            6..=9 => 2,
            _ => 3,
        };
        SEA + layer as u8 * SHADES + shade
    }

    /// Paints one column between two heights: the sea from the front to the back, then what is behind it.
    fn paint_column(&self, canvas: &mut Canvas, column: usize, from: i32, to: i32) {
        let (x, width) = (ART.x + column as i32 * COLUMN, canvas.width);
        let (from, mut bottom) = (from.max(ART.y), to.min(BOTTOM));
        for layer in (0..LAYERS).rev() {
            let top = self.tops[layer][column].max(from);
            for y in top..bottom {
                let at = (y * width + x) as usize;
                canvas.pixels[at..at + COLUMN as usize].fill(self.water(layer, column, y));
            }
            bottom = bottom.min(top);
        }
        canvas.copy_from(&self.back, Rect::new(x, from, COLUMN, bottom - from));
    }

    fn move_sea(&mut self, stage: &mut Stage, time: i32) {
        let before = self.tops;
        self.shape_waves(time, (self.frames & 1) as usize);
        for layer in 0..LAYERS {
            let (mut top, mut bottom) = (BOTTOM, 0);
            for column in 0..COLUMNS {
                let (old, new) = (before[layer][column], self.tops[layer][column]);
                if old != new {
                    let (from, to) = (old.min(new), (old.max(new) + 16).min(self.covers[layer][column]));
                    self.paint_column(&mut stage.canvas, column, from, to);
                    (top, bottom) = (top.min(from), bottom.max(to));
                }
            }
            stage.changed(Rect::new(ART.x, top, ART.w, bottom - top));
        }
    }

    fn cover(&self, stage: &mut Stage, area: Rect) {
        let area = area.clip(ART);
        if area.w == 0 {
            return;
        }
        let last = ((area.x + area.w - 1 - ART.x) / COLUMN) as usize;
        for column in ((area.x - ART.x) / COLUMN) as usize..=last {
            self.paint_column(&mut stage.canvas, column, area.y, area.y + area.h);
        }
        stage.changed(Rect::new(area.x & !1, area.y, area.w + 2, area.h));
    }

    fn move_floats(&mut self, stage: &mut Stage, time: i32) {
        for float in &self.floats {
            self.cover(stage, float.place);
        }
        for index in 0..self.floats.len() {
            let float = &self.floats[index];
            let (width, height) = (float.picture.width, float.picture.height);
            let span = ART.w + width + 40;
            let x = ART.x - width + (float.x + (i64::from(time) * i64::from(float.speed) / 1024) as i32).rem_euclid(span);
            let column = ((x + width / 2 - ART.x) / COLUMN).clamp(0, COLUMNS as i32 - 1) as usize;
            let near = [column.saturating_sub(8), column, (column + 8).min(COLUMNS - 1)];
            let level = near.iter().map(|&column| self.tops[float.layer][column]).sum::<i32>() / 3;
            let place = Rect::new(x, level - height + float.draft, width, height);
            self.floats[index].place = place;
            let float = &self.floats[index];
            for dy in 0..height {
                let y = place.y + dy;
                for dx in 0..width {
                    let (x, colour) = (x + dx, float.picture.pixels[(dy * width + dx) as usize]);
                    if colour == CLEAR || x < ART.x || x >= ART.x + ART.w {
                        continue;
                    }
                    let column = ((x - ART.x) / COLUMN) as usize;
                    if y < self.covers[float.layer][column] && y < self.tops[float.layer][column] + float.draft / 2 {
                        stage.canvas.dot(x, y, colour);
                    }
                }
            }
            stage.changed(place);
        }
    }

    fn move_clouds(&mut self, stage: &mut Stage, time: i32) {
        for cloud in &mut self.clouds {
            let (width, height) = (cloud.picture.width, cloud.picture.height);
            let x = ART.x - width + (cloud.x + time / cloud.pace).rem_euclid(ART.w + width);
            if x == cloud.shown {
                continue;
            }
            stage.restore(&self.back, Rect::new(cloud.shown, cloud.y, width, height));
            for (row, line) in cloud.picture.pixels.chunks(width as usize).enumerate() {
                for (column, &colour) in line.iter().enumerate() {
                    if colour != CLEAR {
                        stage.canvas.dot(x + column as i32, cloud.y + row as i32, colour);
                    }
                }
            }
            stage.changed(Rect::new(x, cloud.y, width, height));
            cloud.shown = x;
        }
    }

    /// Bars with round ends, lit from above.
    fn cloud_of(bars: &[(i32, i32, i32)]) -> Canvas {
        let (width, height) = (bars.iter().map(|bar| bar.0 + bar.2).max().unwrap_or(1), bars.len() as i32 * 6 + 4);
        let mut canvas = Canvas::new(width, height);
        canvas.fill(canvas.clip, CLEAR);
        for shade in [0, 1, 2] {
            for (row, (x, rise, w)) in bars.iter().enumerate() {
                let y = row as i32 * 6 + 2 - rise;
                for line in 0..8 - 2 * shade {
                    let round = [4, 2, 1, 0, 0, 1, 2, 4][line as usize + (shade > 0) as usize] + shade * 4;
                    canvas.fill(Rect::new(x + round, y + line, w - 2 * round, 1), CLOUD + shade as u8);
                }
            }
        }
        canvas
    }

    /// A window that has come loose, with the table of the tides in it.
    fn window(&self, stage: &Stage, row: usize) -> Canvas {
        let mut canvas = Canvas::new(138, 92);
        let (w, h) = (canvas.width, canvas.height);
        canvas.fill(canvas.clip, BLACK);
        canvas.fill(Rect::new(0, 0, w - 1, h - 1), WHITE);
        canvas.fill(Rect::new(1, 1, w - 2, h - 2), DARK_GREY);
        canvas.fill(Rect::new(1, 1, w - 3, h - 3), GREY);
        canvas.fill(Rect::new(3, 3, w - 6, 16), NAVY);
        canvas.text(&stage.font, 7, 3, 1, b"tides.htm", WHITE);
        for button in 0..3 {
            let x = w - 16 - button * 14;
            canvas.fill(Rect::new(x, 5, 12, 12), WHITE);
            canvas.fill(Rect::new(x + 1, 6, 11, 11), DARK_GREY);
            canvas.fill(Rect::new(x + 1, 6, 10, 10), GREY);
            match button {
                0 => {
                    canvas.line((x + 3, 8), (x + 8, 13), BLACK);
                    canvas.line((x + 3, 13), (x + 8, 8), BLACK);
                }
                1 => {
                    canvas.fill(Rect::new(x + 3, 8, 6, 6), BLACK);
                    canvas.fill(Rect::new(x + 4, 10, 4, 3), GREY);
                }
                _ => canvas.fill(Rect::new(x + 3, 12, 6, 2), BLACK),
            }
        }
        canvas.fill(Rect::new(4, 21, w - 8, h - 25), DARK_GREY);
        canvas.fill(Rect::new(5, 22, w - 9, h - 26), WHITE);
        for (index, line) in ["low   04:12", "high  10:31", "low   16:40", "high  22:58"].iter().enumerate() {
            let y = 24 + index as i32 * 16;
            let mut colour = BLACK;
            if index == row {
                canvas.fill(Rect::new(6, y, w - 11, 15), NAVY);
                colour = WHITE;
            }
            canvas.text(&stage.font, 22, y, 1, line.as_bytes(), colour);
            canvas.text(&stage.font, 10, y, 1, if index % 2 == 0 { &[25] } else { &[24] }, if index == row { YELLOW } else { RED });
        }
        canvas
    }

    fn picture(rows: &[&str], scale: i32) -> Canvas {
        let colours = [(b'w', WHITE), (b'g', PAPER), (b'y', YELLOW), (b'o', ORANGE), (b'k', BLACK), (b'h', ORANGE), (b'r', RED), (b'l', LAMP), (b'G', GLASS), (b'p', PAPER + 1)];
        let mut canvas = Canvas::new(rows[0].len() as i32 * scale, rows.len() as i32 * scale);
        canvas.fill(canvas.clip, CLEAR);
        canvas.sprite(0, 0, scale, rows, &colours);
        canvas
    }

    fn launch(&mut self, layer: usize, picture: Canvas, draft: i32, x: i32, speed: i32) {
        self.floats.push(Float { layer, picture, draft, x, speed, place: Rect::new(0, 0, 0, 0) });
    }
}

impl Work for Tide {
    fn about(&self) -> About {
        About { title: "TIDE TABLE", mark: [216, 88, 16] }
    }

    fn begin(&mut self, stage: &mut Stage) {
        stage.ramp(SKY, SKY_STEPS as u8, &[[6, 10, 48], [10, 40, 96], [16, 96, 140], [70, 170, 170], [255, 214, 160]]);
        stage.ramp(MOON, MOON_STEPS as u8, &[[150, 140, 150], [232, 222, 190], [255, 252, 232]]);
        stage.ramp(CLOUD, 3, &[[60, 110, 150], [120, 170, 190], [190, 216, 214]]);
        stage.ramp(ROCK, 3, &[[20, 30, 56], [34, 48, 74], [60, 70, 90]]);
        stage.colour(ROCK + 3, [150, 20, 30]);
        let near = [[2, 22, 70], [4, 60, 120]];
        for layer in 0..LAYERS {
            let part = layer as i32 * 256 / (LAYERS as i32 - 1);
            let mix = |far: [i32; 3], near: [i32; 3]| [0, 1, 2].map(|channel: usize| (far[channel] + (near[channel] - far[channel]) * part / 256) as u8);
            let first = SEA + layer as u8 * SHADES;
            stage.colour(first, mix([226, 240, 214], [200, 250, 255]));
            stage.colour(first + 1, mix([150, 214, 190], [40, 170, 220]));
            stage.colour(first + 2, mix([104, 190, 178], [12, 110, 180]));
            stage.colour(first + 3, mix([84, 172, 172], near[0]));
        }
        for (index, colour) in [[220, 40, 48], [255, 222, 40], [255, 140, 20], [206, 212, 226], [250, 238, 200], [150, 230, 190], [40, 150, 110], [255, 250, 170]].into_iter().enumerate() {
            stage.colour(RED + index as u8, colour);
        }
        self.paint_sky(stage);
        self.back = stage.canvas.clone();
        let small = Self::cloud_of(&[(26, 0, 34), (8, 0, 74), (0, 0, 92)]);
        let long = Self::cloud_of(&[(60, 0, 40), (34, 0, 82), (12, 0, 150), (0, 0, 128)]);
        let flat = Self::cloud_of(&[(20, 0, 70), (0, 0, 120)]);
        for (picture, x, y, pace) in [(long, 400, 40, 62), (small, 40, 128, 84), (flat, 640, 96, 73)] {
            self.clouds.push(Cloud { picture, x, y, pace, shown: ART.x - 200 });
        }
        self.launch(1, Self::picture(&BUOY, 1), 4, 470, 0);
        self.launch(2, Self::picture(&BOAT, 2), 8, 200, 16);
        self.launch(3, Self::picture(&BUOY, 3), 10, 640, 0);
        let window = self.window(stage, 0);
        self.launch(4, window, 12, 300, -14);
        self.launch(5, Self::picture(&DUCK, 4), 14, 160, 22);
        self.launch(6, Self::picture(&BOTTLE, 3), 14, 520, 30);
        self.shape_waves(0, 0);
        self.shape_waves(0, 1);
        for column in 0..COLUMNS {
            self.paint_column(&mut stage.canvas, column, 190, BOTTOM);
        }
        stage.changed(ART);
        self.frame(stage, 0);
    }

    fn frame(&mut self, stage: &mut Stage, time: i32) {
        self.frames += 1;
        let row = (time / 5000 % 4) as usize;
        if row != self.table {
            self.table = row;
            self.floats[3].picture = self.window(stage, row);
        }
        if time / 500 % 4 == 0 {
            stage.colour(LAMP, [255, 252, 190]);
        } else {
            stage.colour(LAMP, [150, 90, 60]);
        }
        self.move_clouds(stage, time);
        self.move_sea(stage, time);
        self.move_floats(stage, time);
    }
}
