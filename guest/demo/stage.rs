//! What every work stands on: the canvas, what of it has changed, the colours, and the frame with the title.

use crate::canvas::{Canvas, Font, Rect};
use crate::screen::Screen;

pub const WIDTH: i32 = 640;
pub const HEIGHT: i32 = 480;
/// Where a work may draw.
pub const ART: Rect = Rect::new(8, 8, 624, 444);

/// The colours that all works have.
pub const BLACK: u8 = 0;
pub const WHITE: u8 = 1;
pub const MARK: u8 = 2;
const MARK_LIGHT: u8 = 3;
const MARK_DARK: u8 = 4;
const HEART: u8 = 5;
pub const BLUE: u8 = 6;
pub const GREY: u8 = 7;
pub const DARK_GREY: u8 = 8;
pub const NAVY: u8 = 9;
/// The first colour that is the work's own.
pub const OWN: u8 = 16;

/// The marker of every screen but the first.
pub const OTHER_HEAD: [u8; 3] = [200, 16, 96];

pub struct About {
    pub title: &'static str,
    /// The colour of the frame, by which a work is told.
    pub mark: [u8; 3],
}

pub struct Stage {
    screen: Screen,
    pub canvas: Canvas,
    pub font: Font,
    dirty: Vec<Rect>,
    palette: [[u8; 3]; 256],
    palette_changed: Option<(u8, u8)>,
    beats_seen: u32,
    lit_until: i32,
    lit: bool,
    ticks: bool,
}

impl Stage {
    pub fn new(screen: Screen, font: Font, about: About) -> Stage {
        let mut stage = Stage {
            screen,
            canvas: Canvas::new(WIDTH, HEIGHT),
            font,
            dirty: Vec::new(),
            palette: [[0; 3]; 256],
            palette_changed: None,
            beats_seen: 0,
            lit_until: 0,
            lit: false,
            ticks: false,
        };
        let mix = |to: u8| about.mark.map(|part| ((u32::from(part) * 2 + u32::from(to)) / 3) as u8);
        let common = [[0; 3], [255; 3], about.mark, mix(255), mix(0), mix(0), [0, 0, 168], [192; 3], [128; 3], [0, 0, 128]];
        for (index, colour) in common.into_iter().enumerate() {
            stage.colour(index as u8, colour);
        }
        stage.frame(&about);
        stage.canvas.clip = ART;
        stage
    }

    fn frame(&mut self, about: &About) {
        let canvas = &mut self.canvas;
        canvas.fill(Rect::new(0, 0, WIDTH, HEIGHT), MARK);
        canvas.fill(Rect::new(ART.x - 2, ART.y - 2, ART.w + 4, ART.h + 4), MARK_DARK);
        canvas.fill(Rect::new(ART.x - 1, ART.y + ART.h, ART.w + 3, 2), MARK_LIGHT);
        canvas.fill(Rect::new(ART.x + ART.w, ART.y - 1, 2, ART.h + 3), MARK_LIGHT);
        canvas.fill(ART, BLACK);
        let y = ART.y + ART.h + 6;
        canvas.text(&self.font, 26, y, 1, about.title.as_bytes(), WHITE);
        let keys = "F FREEZE  P PANIC  O OFF  R REBOOT  S SILENT  T STILL  B BLUE";
        canvas.tiny(WIDTH - 10 - keys.len() as i32 * 4, y + 6, keys, MARK_LIGHT);
        canvas.text(&self.font, 10, y, 1, &[3], HEART);
        self.dirty.push(Rect::new(0, 0, WIDTH, HEIGHT));
    }

    /// The heart beside the title lights up for each heartbeat that the host has taken.
    pub fn heart(&mut self, beats: u32, time: i32) {
        if beats != self.beats_seen {
            self.beats_seen = beats;
            self.lit_until = time + 250;
        }
        let lit = time < self.lit_until;
        if lit != self.lit {
            self.lit = lit;
            let colour = if lit { WHITE } else { HEART };
            self.canvas.clip = Rect::new(0, 0, WIDTH, HEIGHT);
            let (x, y) = (10, ART.y + ART.h + 6);
            self.canvas.text(&self.font, x, y, 1, &[3], colour);
            self.canvas.clip = ART;
            self.dirty.push(Rect::new(x, y, 8, 16));
        }
    }

    /// A light in the frame that changes its place with each picture. Who watches the middle of the screen, where a
    /// work may be at rest for a while, sees by it that pictures come.
    pub fn tick(&mut self) {
        let lights = Rect::new(1, HEIGHT / 2 - 9, 4, 6);
        self.ticks = !self.ticks;
        self.canvas.clip = lights;
        self.canvas.fill(lights, MARK);
        let lit = lights.y + if self.ticks { 3 } else { 0 };
        self.canvas.fill(Rect::new(lights.x, lit, lights.w, 3), MARK_LIGHT);
        self.canvas.clip = ART;
        self.dirty.push(lights);
    }

    pub fn colour(&mut self, index: u8, colour: [u8; 3]) {
        if self.palette[usize::from(index)] != colour {
            self.palette[usize::from(index)] = colour;
            let (first, last) = self.palette_changed.unwrap_or((index, index));
            self.palette_changed = Some((first.min(index), last.max(index)));
        }
    }

    /// Colours from the first to the last of `points`, evenly spread over `count` entries.
    pub fn ramp(&mut self, first: u8, count: u8, points: &[[u8; 3]]) {
        let spans = points.len() as i32 - 1;
        for step in 0..i32::from(count) {
            let place = step * spans * 256 / (i32::from(count) - 1).max(1);
            let span = (place / 256).min(spans - 1);
            let part = place - span * 256;
            let (from, to) = (points[span as usize], points[span as usize + 1]);
            let mix = |channel: usize| {
                (i32::from(from[channel]) + (i32::from(to[channel]) - i32::from(from[channel])) * part / 256) as u8
            };
            self.colour(first + step as u8, [mix(0), mix(1), mix(2)]);
        }
    }

    pub fn changed(&mut self, area: Rect) {
        self.dirty.push(area.clip(ART));
    }

    /// Puts back what was behind something that moved.
    pub fn restore(&mut self, back: &Canvas, area: Rect) {
        self.canvas.copy_from(back, area);
        self.changed(area);
    }

    /// The whole picture anew, frame and all, for what is not a work any more.
    pub fn take_over(&mut self, colour: u8) {
        self.canvas.clip = Rect::new(0, 0, WIDTH, HEIGHT);
        self.canvas.fill(self.canvas.clip, colour);
        self.dirty.push(self.canvas.clip);
    }

    pub fn show(&mut self) {
        if let Some((first, last)) = self.palette_changed.take() {
            self.screen.set_palette(first, &self.palette[usize::from(first)..=usize::from(last)]);
        }
        self.screen.present(&self.canvas, &self.dirty);
        self.dirty.clear();
    }
}
