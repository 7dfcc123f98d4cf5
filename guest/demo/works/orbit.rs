//! A web ring: pages that circle a world of wires.

use super::Work;
use crate::canvas::{dithered, Canvas, Chance, Rect, Sine};
use crate::stage::{About, Stage, ART, BLACK, OWN, WHITE};

const SPACE: u8 = OWN;
const SPACE_STEPS: i32 = 20;
const STARS: u8 = SPACE + SPACE_STEPS as u8;
const STAR_GROUPS: u8 = 6;
const GLOBE: u8 = STARS + STAR_GROUPS;
const GLOBE_STEPS: u8 = 10;
const WIRE: u8 = GLOBE + GLOBE_STEPS;
const PATH: u8 = WIRE + 4;
const TRAIL: u8 = PATH + 2;
const TRAIL_STEPS: u8 = 10;
const PLANETS: u8 = TRAIL + TRAIL_STEPS;
const SHADES: u8 = 6;
const LINK: u8 = PLANETS + 6 * SHADES;
const VISITED: u8 = LINK + 1;
const BADGE: u8 = LINK + 2;
const DIGIT: u8 = BADGE + 2;

const CENTRE: (i32, i32) = (320, 222);
const RADIUS: i32 = 92;
const SIDE: i32 = 2 * RADIUS + 1;
const MERIDIANS: i32 = 12;
/// After so many pictures the world looks as it did at first, since its meridians are alike.
const PICTURES: i32 = 16;

struct Ellipse {
    a: i32,
    b: i32,
    tilt: i32,
}

struct Planet {
    orbit: usize,
    radius: i32,
    phase: i32,
    /// Milliseconds for each 1024th of a turn.
    pace: i32,
    picture: Vec<u8>,
    label: &'static str,
    label_colour: u8,
    place: Rect,
    label_place: Rect,
    trail: Vec<(i32, i32)>,
    turn: i32,
}

pub struct Orbit {
    sine: Sine,
    chance: Chance,
    back: Canvas,
    globe: Vec<Vec<u8>>,
    shown: i32,
    orbits: Vec<Ellipse>,
    /// The parts of the orbits that pass before the world.
    before: Vec<(i32, i32)>,
    planets: Vec<Planet>,
    comet: Option<(i32, i32, i32)>,
    comet_at: i32,
    visitors: i32,
}

const EMPTY: Rect = Rect::new(0, 0, 0, 0);

impl Orbit {
    pub fn new() -> Orbit {
        Orbit {
            sine: Sine::new(),
            chance: Chance(0x1995_1234),
            back: Canvas::new(1, 1),
            globe: Vec::new(),
            shown: -1,
            orbits: vec![
                Ellipse { a: 148, b: 40, tilt: -40 },
                Ellipse { a: 196, b: 66, tilt: 30 },
                Ellipse { a: 240, b: 104, tilt: -26 },
                Ellipse { a: 286, b: 150, tilt: 14 },
            ],
            before: Vec::new(),
            planets: Vec::new(),
            comet: None,
            comet_at: 3000,
            visitors: -1,
        }
    }

    fn on_orbit(&self, orbit: usize, turn: i32) -> (i32, i32) {
        let Ellipse { a, b, tilt } = self.orbits[orbit];
        let (x, y) = (self.sine.cos(turn) * a, self.sine.sin(turn) * b);
        let (cos, sin) = (self.sine.cos(tilt), self.sine.sin(tilt));
        (CENTRE.0 + ((x / 64 * cos - y / 64 * sin) >> 14), CENTRE.1 + ((x / 64 * sin + y / 64 * cos) >> 14))
    }

    fn paint_space(&mut self, stage: &mut Stage) {
        let canvas = &mut stage.canvas;
        for y in ART.y..ART.y + ART.h {
            for x in ART.x..ART.x + ART.w {
                let (dx, dy) = (x - CENTRE.0, y - CENTRE.1);
                let near = 5200 - (dx * dx / 16 + dy * dy / 9);
                let cloud = self.sine.sin(x + self.sine.sin(y * 3) / 12) + self.sine.sin(y * 2 + x / 2 + self.sine.sin(x * 2) / 9);
                let level = (near.max(0) / 9 + (cloud + 1500).max(0) / 7).min((SPACE_STEPS - 2) * 64);
                canvas.dot(x, y, SPACE + dithered(level, x, y) as u8);
            }
        }
        for _ in 0..260 {
            let (x, y) = (self.chance.between(10, 628), self.chance.between(10, 448));
            let colour = STARS + self.chance.below(i32::from(STAR_GROUPS)) as u8;
            canvas.dot(x, y, colour);
            if self.chance.below(14) == 0 {
                canvas.line((x - 2, y), (x + 2, y), colour);
                canvas.line((x, y - 2), (x, y + 2), colour);
            }
        }
        for orbit in 0..self.orbits.len() {
            for step in 0..256 {
                let (x, y) = self.on_orbit(orbit, step * 4);
                let front = step < 128;
                stage.canvas.dot(x, y, if front { PATH + 1 } else { PATH });
                let (dx, dy) = (x - CENTRE.0, y - CENTRE.1);
                if front && dx * dx + dy * dy <= RADIUS * RADIUS {
                    self.before.push((x, y));
                }
            }
        }
    }

    fn paint_globe(&self, picture: i32) -> Vec<u8> {
        let mut canvas = Canvas::new(SIDE, SIDE);
        for y in -RADIUS..=RADIUS {
            for x in -RADIUS..=RADIUS {
                if x * x + y * y <= RADIUS * RADIUS {
                    let light = (x + 40) * (x + 40) + (y + 46) * (y + 46);
                    let level = (light * i32::from(GLOBE_STEPS - 2) * 64 / 23000).min(i32::from(GLOBE_STEPS - 2) * 64);
                    canvas.dot(x + RADIUS, y + RADIUS, GLOBE + GLOBE_STEPS - 1 - dithered(level, x & 63, y & 63) as u8);
                }
            }
        }
        let offset = picture * 1024 / (MERIDIANS * PICTURES);
        for front in [false, true] {
            for meridian in 0..MERIDIANS {
                let longitude = meridian * 1024 / MERIDIANS + offset;
                self.wire(&mut canvas, front, |step| (longitude, step * 512 / 24 - 256));
            }
            for parallel in -3..=3 {
                self.wire(&mut canvas, front, |step| (step * 1024 / 24, parallel * 64));
            }
        }
        canvas.pixels
    }

    fn wire(&self, canvas: &mut Canvas, front: bool, place: impl Fn(i32) -> (i32, i32)) {
        let points: Vec<(i32, i32, i32)> = (0..=24).map(|step| self.on_globe(place(step))).collect();
        for pair in points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            if (from.2 + to.2 >= 0) == front {
                let colour = if !front { WIRE } else { WIRE + 1 + ((from.2 + to.2) / 2 * 3 / 1025).clamp(0, 2) as u8 };
                canvas.line((from.0, from.1), (to.0, to.1), colour);
            }
        }
    }

    /// Where a longitude and a latitude are in the picture, and how near.
    fn on_globe(&self, (longitude, latitude): (i32, i32)) -> (i32, i32, i32) {
        const LEAN: i32 = 66;
        let flat = self.sine.cos(latitude);
        let (x, z) = (flat * self.sine.sin(longitude) / 1024, flat * self.sine.cos(longitude) / 1024);
        let y = self.sine.sin(latitude);
        let (sin, cos) = (self.sine.sin(LEAN), self.sine.cos(LEAN));
        let (y, z) = ((y * cos - z * sin) / 1024, (y * sin + z * cos) / 1024);
        let (x, y) = ((x * 1014 + y * 140) / 1024, (y * 1014 - x * 140) / 1024);
        (RADIUS + x * (RADIUS - 1) / 1024, RADIUS - y * (RADIUS - 1) / 1024, z)
    }

    fn add_planet(&mut self, orbit: usize, radius: i32, phase: i32, pace: i32, label: &'static str, label_colour: u8) {
        let kind = self.planets.len() as u8;
        let (width, colour) = (4 * radius + 1, PLANETS + kind * SHADES);
        let mut canvas = Canvas::new(width, width);
        let centre = 2 * radius;
        for y in -radius..=radius {
            for x in -radius..=radius {
                if x * x + y * y <= radius * radius + radius / 2 {
                    let (lx, ly) = (x + radius / 2, y + radius / 2);
                    let band = if kind % 3 == 1 { (y + x / 4).rem_euclid(6) * 14 } else { 0 };
                    let level = ((lx * lx + ly * ly) * 4 * 64 / (2 * radius * radius) + band).min(5 * 64 - 64);
                    canvas.dot(centre + x, centre + y, colour + SHADES - 1 - dithered(level, x & 63, y & 63) as u8);
                }
            }
        }
        if kind == 3 {
            for step in 0..512 {
                let (x, y) = (self.sine.cos(step * 2) * (2 * radius - 1) / 1024, self.sine.sin(step * 2) * radius / 2048);
                for thick in 0..3 {
                    if y > 0 || x * x + y * y > radius * radius {
                        canvas.dot(centre + x * (10 - thick) / 10, centre + y * (10 - thick) / 10 - x / 5, colour + 3 + (thick % 2) as u8);
                    }
                }
            }
        }
        let picture = canvas.pixels;
        let (place, label_place, trail) = (EMPTY, EMPTY, Vec::new());
        self.planets.push(Planet { orbit, radius, phase, pace, picture, label, label_colour, place, label_place, trail, turn: 0 });
    }

    fn draw_planet(&self, planet: &Planet, stage: &mut Stage) {
        for (age, (x, y)) in planet.trail.iter().rev().enumerate() {
            let colour = TRAIL + TRAIL_STEPS - 1 - (age as u8 / 2).min(TRAIL_STEPS - 1);
            stage.canvas.fill(Rect::new(*x, *y, 2, 2), colour);
            stage.changed(Rect::new(*x, *y, 2, 2));
        }
        let width = 4 * planet.radius + 1;
        for (row, line) in planet.picture.chunks(width as usize).enumerate() {
            for (column, &colour) in line.iter().enumerate() {
                if colour != 0 {
                    stage.canvas.dot(planet.place.x + column as i32, planet.place.y + row as i32, colour);
                }
            }
        }
        stage.changed(planet.place);
        let label = planet.label_place;
        let font = std::mem::take(&mut stage.font);
        stage.canvas.text(&font, label.x, label.y, 1, planet.label.as_bytes(), planet.label_colour);
        stage.font = font;
        stage.canvas.fill(Rect::new(label.x, label.y + 14, label.w, 1), planet.label_colour);
        stage.changed(label);
    }

    fn draw_globe(&mut self, stage: &mut Stage, time: i32) {
        let number = time / 84 % PICTURES;
        let picture = &self.globe[number as usize];
        let (left, top) = (CENTRE.0 - RADIUS, CENTRE.1 - RADIUS);
        for row in 0..SIDE {
            let mut half = 0;
            let dy = row - RADIUS;
            while (half + 1) * (half + 1) + dy * dy <= RADIUS * RADIUS {
                half += 1;
            }
            let from = (row * SIDE + RADIUS - half) as usize;
            let to = ((top + row) * stage.canvas.width + left + RADIUS - half) as usize;
            let length = (2 * half + 1) as usize;
            stage.canvas.pixels[to..to + length].copy_from_slice(&picture[from..from + length]);
        }
        for (x, y) in &self.before {
            stage.canvas.dot(*x, *y, PATH + 1);
        }
        if number != self.shown {
            self.shown = number;
            stage.changed(Rect::new(left, top, SIDE, SIDE));
        }
    }

    fn draw_comet(&mut self, stage: &mut Stage, time: i32) {
        if let Some((x, y, slope)) = self.comet {
            let tail = Rect::new(x - 44, y - 16, 48, 34);
            stage.restore(&self.back, tail);
            let (x, y) = (x + 11, y + slope);
            self.comet = (x < ART.x + ART.w + 40).then_some((x, y, slope));
            for step in 0..40 {
                let colour = TRAIL + TRAIL_STEPS - 1 - (step / 4) as u8;
                stage.canvas.dot(x - step, y - step * slope / 11, colour);
            }
            stage.canvas.fill(Rect::new(x - 1, y - 1, 3, 3), WHITE);
            stage.changed(Rect::new(x - 44, y - 16, 48, 34));
        } else if time > self.comet_at {
            self.comet_at = time + self.chance.between(4000, 9000);
            self.comet = Some((ART.x - 4, self.chance.between(20, 400), self.chance.between(-3, 3)));
        }
    }

    fn draw_counter(&mut self, stage: &mut Stage, time: i32) {
        let visitors = 4217 + time / 1000;
        if visitors == self.visitors {
            return;
        }
        self.visitors = visitors;
        let place = Rect::new(536, 20, 84, 24);
        stage.canvas.fill(place, BADGE);
        let digits = format!("{visitors:06}");
        let font = std::mem::take(&mut stage.font);
        for (index, digit) in digits.bytes().enumerate() {
            let x = place.x + 2 + index as i32 * 14 - index as i32 / 3;
            stage.canvas.fill(Rect::new(x, place.y + 2, 12, 20), BLACK);
            stage.canvas.text(&font, x + 2, place.y + 4, 1, &[digit], DIGIT);
        }
        stage.font = font;
        self.back.copy_from(&stage.canvas, place);
        stage.changed(place);
    }

    fn paint_badges(&self, stage: &mut Stage) {
        for (y, first, second, colour) in [(20, "BEST VIEWED", "WITH YOUR EYES", PLANETS + 3), (56, "THIS SITE IS", "IN THE WEB RING", PLANETS + SHADES + 3)] {
            let canvas = &mut stage.canvas;
            canvas.fill(Rect::new(20, y, 88, 31), BADGE + 1);
            canvas.fill(Rect::new(20, y, 87, 30), BADGE);
            canvas.fill(Rect::new(21, y + 1, 86, 29), BLACK);
            canvas.fill(Rect::new(23, y + 3, 16, 25), colour);
            canvas.fill(Rect::new(27, y + 8, 8, 8), BLACK);
            canvas.fill(Rect::new(29, y + 10, 4, 4), WHITE);
            canvas.fill(Rect::new(25, y + 21, 12, 2), BLACK);
            canvas.tiny(43, y + 8, first, WHITE);
            canvas.tiny(43, y + 18, second, colour);
        }
        stage.canvas.tiny(536, 48, "PAGES SEEN SINCE WAKING", TRAIL + 6);
    }
}

impl Work for Orbit {
    fn about(&self) -> About {
        About { title: "ORBIT", mark: [104, 56, 208] }
    }

    fn begin(&mut self, stage: &mut Stage) {
        stage.ramp(SPACE, SPACE_STEPS as u8, &[[4, 2, 14], [14, 8, 44], [40, 14, 84], [96, 26, 120], [170, 50, 140]]);
        stage.ramp(GLOBE, GLOBE_STEPS, &[[6, 2, 26], [16, 10, 70], [24, 44, 130], [48, 120, 190]]);
        stage.ramp(WIRE, 4, &[[40, 40, 128], [40, 150, 200], [90, 230, 240], [220, 255, 255]]);
        stage.ramp(PATH, 2, &[[92, 70, 150], [170, 140, 230]]);
        stage.ramp(TRAIL, TRAIL_STEPS, &[[70, 30, 110], [220, 80, 170], [255, 220, 190]]);
        for (kind, ramp) in [
            [[60, 10, 20], [220, 60, 50], [255, 190, 140]],
            [[70, 40, 20], [220, 150, 60], [255, 240, 190]],
            [[10, 50, 40], [30, 180, 120], [200, 255, 200]],
            [[60, 50, 30], [210, 180, 110], [255, 250, 220]],
            [[10, 30, 90], [50, 120, 240], [190, 230, 255]],
            [[60, 10, 70], [230, 70, 200], [255, 200, 245]],
        ]
        .iter()
        .enumerate()
        {
            stage.ramp(PLANETS + SHADES * kind as u8, SHADES, ramp);
        }
        for (index, colour) in [[110, 150, 255], [200, 120, 255], [200, 200, 210], [90, 90, 110], [120, 255, 120]].into_iter().enumerate() {
            stage.colour(LINK + index as u8, colour);
        }
        for group in 0..STAR_GROUPS {
            stage.colour(STARS + group, [230, 230, 255]);
        }
        self.paint_space(stage);
        self.paint_badges(stage);
        self.back = stage.canvas.clone();
        self.globe = (0..PICTURES).map(|picture| self.paint_globe(picture)).collect();
        self.add_planet(0, 7, 100, 9, "home.html", LINK);
        self.add_planet(1, 12, 700, 17, "guestbook", LINK);
        self.add_planet(2, 9, 350, 23, "~moon/", VISITED);
        self.add_planet(2, 11, 860, 23, "links", LINK);
        self.add_planet(3, 15, 120, 34, "index.htm", VISITED);
        self.add_planet(3, 8, 600, 34, "next >>", LINK);
        stage.changed(ART);
        self.frame(stage, 0);
    }

    fn frame(&mut self, stage: &mut Stage, time: i32) {
        for planet in &self.planets {
            stage.restore(&self.back, planet.place);
            stage.restore(&self.back, planet.label_place);
            for (x, y) in &planet.trail {
                stage.restore(&self.back, Rect::new(*x, *y, 2, 2));
            }
        }
        for index in 0..self.planets.len() {
            let turn = (self.planets[index].phase + time / self.planets[index].pace) & 1023;
            let (x, y) = self.on_orbit(self.planets[index].orbit, turn);
            let trail: Vec<(i32, i32)> = (1..=20).rev().map(|age| self.on_orbit(self.planets[index].orbit, turn - 3 - age * 3)).collect();
            let planet = &mut self.planets[index];
            let (reach, width) = (2 * planet.radius, planet.label.len() as i32 * 8);
            planet.turn = turn;
            planet.trail = trail;
            planet.place = Rect::new(x - reach, y - reach, 2 * reach + 1, 2 * reach + 1);
            planet.label_place = Rect::new((x - width / 2).clamp(ART.x + 2, ART.x + ART.w - width - 2), y + planet.radius + 3, width, 16);
        }
        self.draw_comet(stage, time);
        for planet in self.planets.iter().filter(|planet| planet.turn >= 512) {
            self.draw_planet(planet, stage);
        }
        self.draw_globe(stage, time);
        for planet in self.planets.iter().filter(|planet| planet.turn < 512) {
            self.draw_planet(planet, stage);
        }
        self.draw_counter(stage, time);
        if time / 42 % 4 == 0 {
            let group = (time / 168 % i32::from(STAR_GROUPS)) as u8;
            let light = self.chance.between(70, 255) as u8;
            stage.colour(STARS + group, [light, light, light.max(120)]);
        }
    }
}
