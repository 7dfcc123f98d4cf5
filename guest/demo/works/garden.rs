//! Plants that branch, bloom and dissolve, in a dusk that never ends.

use super::Work;
use crate::canvas::{Canvas, Chance, Rect, Sine};
use crate::stage::{About, Stage, ART, BLACK, OWN, WHITE};
use std::collections::BTreeMap;

const SKY: u8 = OWN;
const SKY_STEPS: u8 = 48;
const SUN: u8 = SKY + SKY_STEPS;
const SUN_STEPS: u8 = 16;
const HILLS: u8 = SUN + SUN_STEPS;
const EARTH: u8 = HILLS + 6;
const LEAVES: u8 = EARTH + 8;
const BLOSSOMS: u8 = LEAVES + 12;
const KINDS: i32 = 6;
const SHADES: u8 = 4;
const WINGS: u8 = BLOSSOMS + KINDS as u8 * SHADES;
const SIGN: u8 = WINGS + 10;
const GLOW: u8 = SIGN + 2;

const PLANTS: usize = 13;
const GROUND: i32 = 396;

/// A growing end of a plant; places are in 256ths of a pixel, angles in 1024ths of a turn.
struct Tip {
    x: i32,
    y: i32,
    angle: i32,
    bend: i32,
    left: i32,
    order: i32,
}

struct Blossom {
    x: i32,
    y: i32,
    age: i32,
    size: i32,
    kind: u8,
}

struct Plant {
    tips: Vec<Tip>,
    blossoms: Vec<Blossom>,
    /// Every pixel of it, since the plants hide each other and go one by one.
    pixels: BTreeMap<i32, u8>,
    leaf: u8,
    kind: u8,
    rest: i32,
    fading: bool,
}

struct Spark {
    x: i32,
    y: i32,
    phase: i32,
    life: i32,
    colour: u8,
}

struct Butterfly {
    phase: i32,
    speed: i32,
    colour: u8,
    place: Rect,
}

pub struct Garden {
    sine: Sine,
    chance: Chance,
    scene: Canvas,
    back: Canvas,
    plants: Vec<Plant>,
    sparks: Vec<Spark>,
    butterflies: Vec<Butterfly>,
    next_plot: i32,
    frames: i32,
}

const WINGS_OPEN: [&str; 8] = ["aa.....aa", "aba...aba", "abba.abba", ".abbkbba.", "..aakaa..", ".abakaba.", ".aba.aba.", "..a...a.."];
const WINGS_SHUT: [&str; 8] = ["...a.a...", "..aa.aa..", "..ababa..", "..abkba..", "...aka...", "...bkb...", "...a.a...", "...a.a..."];

impl Garden {
    pub fn new() -> Garden {
        Garden {
            sine: Sine::new(),
            chance: Chance(0x1996_0808),
            scene: Canvas::new(1, 1),
            back: Canvas::new(1, 1),
            plants: Vec::new(),
            sparks: Vec::new(),
            butterflies: Vec::new(),
            next_plot: 0,
            frames: 0,
        }
    }

    fn paint_scene(&mut self, stage: &mut Stage) {
        let canvas = &mut stage.canvas;
        canvas.gradient(Rect::new(ART.x, ART.y, ART.w, 340), SKY, i32::from(SKY_STEPS));
        for _ in 0..90 {
            let (x, y) = (self.chance.between(10, 628), self.chance.between(10, 130));
            canvas.dot(x, y, SKY + SKY_STEPS - 8 - (y / 8) as u8);
        }
        self.paint_sun(canvas);
        for (layer, (base, height, pace)) in [(318, 26, 5), (338, 20, 8), (362, 14, 13)].into_iter().enumerate() {
            let (layer, dark) = (layer as i32, HILLS + 2 * layer as u8);
            for x in ART.x..ART.x + ART.w {
                let wave = self.sine.sin(x * pace / 3 + layer * 377) + self.sine.sin(x * pace * 2 / 3 + layer * 131) / 2;
                let top = base + wave * height / 1536;
                for y in top..ART.y + ART.h {
                    let mist = (y - top) * 64 / 46;
                    canvas.dot(x, y, dark + (crate::canvas::dithered(mist.min(64), x, y) as u8).min(1));
                }
            }
        }
        for x in ART.x..ART.x + ART.w {
            let top = GROUND - 6 + self.sine.sin(x * 3) * 5 / 1024;
            for y in top..ART.y + ART.h {
                let level = (y - top) * 5 * 64 / (ART.y + ART.h - top);
                canvas.dot(x, y, EARTH + 5 - crate::canvas::dithered(level, x, y) as u8);
            }
        }
        for _ in 0..1500 {
            let (x, y) = (self.chance.between(8, 630), self.chance.between(GROUND - 8, 450));
            let (height, shade) = (2 + (y - GROUND).max(0) / 12 + self.chance.below(3), self.chance.below(6) as u8);
            let lean = self.chance.between(-1, 1);
            canvas.line((x, y), (x + lean, y - height), EARTH + 2 + shade);
        }
        self.paint_sign(stage);
    }

    fn paint_sun(&self, canvas: &mut Canvas) {
        const RADIUS: i32 = 92;
        let (x, y) = (446, 238);
        for dy in -RADIUS..=RADIUS {
            // The lower it is, the wider the gaps: a sunset of its time.
            if dy > 4 && (dy - 4) % 17 < dy / 11 {
                continue;
            }
            let level = (dy + RADIUS) * (i32::from(SUN_STEPS) - 2) * 64 / (2 * RADIUS);
            for dx in -RADIUS..=RADIUS {
                if dx * dx + dy * dy <= RADIUS * RADIUS {
                    canvas.dot(x + dx, y + dy, SUN + crate::canvas::dithered(level, x + dx, y + dy) as u8);
                }
            }
        }
    }

    fn paint_sign(&mut self, stage: &mut Stage) {
        let canvas = &mut stage.canvas;
        let board = Rect::new(528, 352, 68, 38);
        canvas.fill(Rect::new(board.x + 12, board.y + 30, 4, 36), EARTH);
        canvas.fill(Rect::new(board.x + 52, board.y + 30, 4, 36), EARTH);
        canvas.fill(board, BLACK);
        canvas.fill(Rect::new(board.x + 1, board.y + 1, board.w - 2, board.h - 2), SIGN);
        for y in 0..7 {
            for x in 1..board.w - 1 {
                if (x + y) / 5 % 2 == 0 {
                    canvas.dot(board.x + x, board.y + 1 + y, BLACK);
                    canvas.dot(board.x + x, board.y + board.h - 2 - y, BLACK);
                }
            }
        }
        canvas.tiny(board.x + 24, board.y + 12, "UNDER", BLACK);
        canvas.tiny(board.x + 10, board.y + 20, "CONSTRUCTION", BLACK);
    }

    fn sow(&mut self) {
        // Every sixth plot is next, so that neighbours are of different age.
        let plot = self.next_plot;
        self.next_plot = (self.next_plot + 5) % PLANTS as i32;
        let width = (ART.w - 60) / PLANTS as i32;
        let x = ART.x + 34 + plot * width + self.chance.below(width);
        let y = self.chance.between(GROUND + 4, GROUND + 44);
        let left = self.chance.between(58, 96) * 256;
        let tip = Tip { x: x * 256, y: y * 256, angle: 768 + self.chance.between(-40, 40), bend: self.chance.between(-2, 2), left, order: 0 };
        self.plants.push(Plant {
            tips: vec![tip],
            blossoms: Vec::new(),
            pixels: BTreeMap::new(),
            leaf: LEAVES + 4 * self.chance.below(3) as u8,
            kind: self.chance.below(KINDS) as u8,
            rest: 240 + self.chance.below(500),
            fading: false,
        });
    }

    fn grow(&mut self, index: usize, stage: &mut Stage) {
        let mut plant = std::mem::replace(&mut self.plants[index], Plant::nothing());
        let mut area = Area::default();
        let mut tips = std::mem::take(&mut plant.tips);
        for mut tip in tips.drain(..) {
            let (dx, dy) = (self.sine.cos(tip.angle), self.sine.sin(tip.angle));
            tip.x += dx * 5 / 10;
            tip.y += dy * 5 / 10;
            tip.angle += tip.bend + self.chance.between(-6, 6);
            tip.left -= 512;
            let (x, y) = (tip.x >> 8, tip.y >> 8);
            let thick = [4, 3, 2, 2, 1][tip.order.min(4) as usize];
            let shade = plant.leaf + [0, 1, 1, 2, 3][tip.order.min(4) as usize];
            self.dab(&mut plant, Rect::new(x - thick / 2, y - 1, thick, 3), shade, &mut area);
            let light = (shade + 1).min(plant.leaf + 3);
            self.dab(&mut plant, Rect::new(x - thick / 2, y - 1, 1, 2), light, &mut area);
            if tip.order > 0 && self.chance.below(11) == 0 {
                self.leaf(&mut plant, x, y, &mut area);
            }
            if tip.left > 0 && y > ART.y + 16 {
                plant.tips.push(tip);
            } else if tip.order >= 4 || (tip.order >= 2 && self.chance.below(4) == 0) {
                let size = self.chance.between(5, 11) - tip.order / 2;
                plant.blossoms.push(Blossom { x, y, age: 0, size, kind: plant.kind });
            } else {
                for side in if self.chance.below(3) == 0 { [-1, 1].iter().chain([0].iter()) } else { [-1, 1].iter().chain([].iter()) } {
                    let angle = tip.angle + side * self.chance.between(50, 110);
                    let bend = -side * self.chance.between(0, 5);
                    let left = self.chance.between(26, 58 - tip.order * 6) * 256;
                    plant.tips.push(Tip { x: tip.x, y: tip.y, angle, bend, left, order: tip.order + 1 });
                }
            }
        }
        for at in 0..plant.blossoms.len() {
            let Blossom { x, y, age, size, kind } = plant.blossoms[at];
            if age < 40 {
                plant.blossoms[at].age += 1;
                if age % 8 == 0 {
                    self.bloom(&mut plant, x, y, (size * (age / 8 + 1) / 5).max(2), kind, &mut area);
                }
            }
        }
        self.plants[index] = plant;
        for rect in area.rects {
            stage.restore(&self.back, rect);
        }
    }

    fn leaf(&mut self, plant: &mut Plant, x: i32, y: i32, area: &mut Area) {
        let side = if self.chance.below(2) == 0 { -1 } else { 1 };
        for step in 0..6 {
            let height = [2, 4, 4, 3, 2, 1][step as usize];
            let left = x + side * (step + 1);
            self.dab(plant, Rect::new(left, y - step / 2 - height / 2, 1, height), plant.leaf + 1 + (step & 2) as u8 / 2, area);
        }
    }

    fn bloom(&mut self, plant: &mut Plant, x: i32, y: i32, size: i32, kind: u8, area: &mut Area) {
        let colour = BLOSSOMS + kind * SHADES;
        let petals = 5 + i32::from(kind % 3);
        let radius = (size * 5 / 10).max(1);
        for ring in [2, 1, 0] {
            for petal in 0..petals {
                let angle = petal * 1024 / petals + i32::from(kind) * 60 + x;
                let reach = size - ring.min(1);
                let (px, py) = (x + self.sine.cos(angle) * reach / 1024, y + self.sine.sin(angle) * reach / 1024);
                let (r, shade) = [(radius - 2, 2), (radius - 1, 1), (radius, 0)][ring as usize];
                self.dab_disc(plant, px, py, r, colour + shade, area);
            }
        }
        self.dab_disc(plant, x, y, (size / 3).max(1), colour + 3, area);
    }

    fn dab_disc(&mut self, plant: &mut Plant, x: i32, y: i32, radius: i32, colour: u8, area: &mut Area) {
        for dy in -radius..=radius {
            let mut half = radius;
            while half * half + dy * dy > radius * radius + radius / 2 {
                half -= 1;
            }
            if radius >= 0 {
                self.dab(plant, Rect::new(x - half, y + dy, 2 * half + 1, 1), colour, area);
            }
        }
    }

    fn dab(&mut self, plant: &mut Plant, rect: Rect, colour: u8, area: &mut Area) {
        let rect = rect.clip(ART);
        for y in rect.y..rect.y + rect.h {
            for x in rect.x..rect.x + rect.w {
                plant.pixels.insert(y * self.back.width + x, colour);
                self.back.dot(x, y, colour);
            }
        }
        area.add(rect);
    }

    /// Takes some pixels of the plant away; true when nothing is left.
    fn fade(&mut self, index: usize, stage: &mut Stage) -> bool {
        let width = self.back.width;
        for _ in 0..70 {
            let plant = &mut self.plants[index];
            let Some(&last) = plant.pixels.keys().next_back() else { return true };
            let first = plant.pixels.keys().next().copied().unwrap_or(last);
            let from = first + self.chance.below(last - first + 1);
            let Some((&at, &colour)) = plant.pixels.range(from..).next() else { continue };
            // A short run at once, downwards and sidewards: cheaper than single pixels, and livelier.
            for place in [at, at + 1, at + 2, at + width, at + width + 1] {
                if self.plants[index].pixels.remove(&place).is_none() {
                    continue;
                }
                let others = self.plants.iter().rev().find_map(|plant| plant.pixels.get(&place));
                self.back.pixels[place as usize] = others.copied().unwrap_or(self.scene.pixels[place as usize]);
            }
            stage.restore(&self.back, Rect::new(at % width, at / width, 3, 2));
            if self.sparks.len() < 48 && self.chance.below(60) == 0 {
                let (x, y, phase) = (at % width * 16, at / width * 16, self.chance.below(1024));
                let colour = if colour >= BLOSSOMS { colour } else { GLOW };
                self.sparks.push(Spark { x, y, phase, life: self.chance.between(40, 120), colour });
            }
        }
        false
    }

    fn move_sparks(&mut self, stage: &mut Stage) {
        for spark in &mut self.sparks {
            stage.restore(&self.back, Rect::new(spark.x >> 4, spark.y >> 4, 2, 2));
            spark.phase += 17;
            spark.x += self.sine.sin(spark.phase) / 80;
            spark.y -= 14;
            spark.life -= 1;
        }
        self.sparks.retain(|spark| spark.life > 0 && spark.y > (ART.y + 2) * 16);
        for spark in &self.sparks {
            let place = Rect::new(spark.x >> 4, spark.y >> 4, 2, 2);
            stage.canvas.fill(place, if spark.life & 8 == 0 { WHITE } else { spark.colour });
            stage.changed(place);
        }
    }

    fn move_butterflies(&mut self, stage: &mut Stage, time: i32) {
        for fly in &self.butterflies {
            stage.restore(&self.back, fly.place);
        }
        for fly in &mut self.butterflies {
            let turn = time / fly.speed + fly.phase;
            let x = 320 + self.sine.sin(turn * 2 + fly.phase) * 250 / 1024 + self.sine.sin(turn * 7) * 30 / 1024;
            let y = 250 + self.sine.sin(turn * 3 + fly.phase * 2) * 110 / 1024 + self.sine.cos(turn * 11) * 16 / 1024;
            fly.place = Rect::new(x - 9, y - 8, 18, 16);
            let open = (time / 90 + fly.phase) % 3 != 0;
            let rows = if open { &WINGS_OPEN } else { &WINGS_SHUT };
            stage.canvas.sprite(fly.place.x, fly.place.y, 2, rows, &[(b'a', fly.colour), (b'b', fly.colour + 1), (b'k', BLACK)]);
            stage.changed(fly.place);
        }
    }
}

impl Plant {
    fn nothing() -> Plant {
        Plant { tips: Vec::new(), blossoms: Vec::new(), pixels: BTreeMap::new(), leaf: 0, kind: 0, rest: 0, fading: false }
    }

    fn grown(&self) -> bool {
        self.tips.is_empty() && self.blossoms.iter().all(|blossom| blossom.age >= 40)
    }
}

/// The rectangles that one plant's growth has touched.
#[derive(Default)]
struct Area {
    rects: Vec<Rect>,
}

impl Area {
    fn add(&mut self, rect: Rect) {
        if rect.w > 0 && rect.h > 0 {
            self.rects.push(rect);
        }
    }
}

impl Work for Garden {
    fn about(&self) -> About {
        About { title: "FORKING GARDEN", mark: [0, 136, 72] }
    }

    fn begin(&mut self, stage: &mut Stage) {
        stage.ramp(SKY, SKY_STEPS, &[[20, 12, 66], [64, 24, 118], [148, 40, 140], [232, 84, 120], [255, 150, 92], [255, 214, 136]]);
        stage.ramp(SUN, SUN_STEPS, &[[255, 252, 206], [255, 226, 96], [255, 176, 60], [255, 96, 84], [214, 40, 120]]);
        stage.ramp(HILLS, 6, &[[118, 44, 124], [150, 58, 130], [70, 40, 104], [98, 52, 112], [26, 46, 72], [40, 70, 84]]);
        stage.ramp(EARTH, 8, &[[8, 30, 34], [16, 74, 50], [40, 120, 56], [122, 176, 66]]);
        for (kind, ramp) in [
            [[14, 66, 40], [30, 110, 52], [70, 158, 62], [150, 206, 90]],
            [[10, 60, 60], [20, 104, 92], [50, 156, 120], [130, 214, 160]],
            [[52, 60, 20], [92, 104, 30], [146, 152, 44], [206, 206, 90]],
        ]
        .iter()
        .enumerate()
        {
            stage.ramp(LEAVES + 4 * kind as u8, 4, ramp);
        }
        for (kind, ramp) in [
            [[178, 22, 92], [240, 60, 130], [255, 140, 180], [255, 224, 90]],
            [[196, 92, 10], [255, 150, 30], [255, 206, 96], [140, 40, 20]],
            [[84, 50, 190], [130, 96, 250], [196, 170, 255], [255, 240, 140]],
            [[20, 120, 190], [50, 180, 240], [160, 228, 255], [255, 255, 255]],
            [[190, 180, 190], [236, 230, 236], [255, 255, 255], [250, 190, 40]],
            [[160, 10, 30], [226, 36, 44], [255, 110, 90], [40, 10, 30]],
        ]
        .iter()
        .enumerate()
        {
            stage.ramp(BLOSSOMS + SHADES * kind as u8, 4, ramp);
        }
        for (wing, colours) in [[[255, 230, 60], [255, 140, 0]], [[90, 220, 255], [20, 90, 220]], [[255, 120, 220], [200, 20, 140]], [[255, 255, 255], [255, 180, 180]], [[160, 255, 120], [20, 160, 80]]].iter().enumerate() {
            stage.ramp(WINGS + 2 * wing as u8, 2, colours);
        }
        stage.colour(SIGN, [255, 208, 0]);
        stage.colour(GLOW, [255, 240, 150]);
        self.paint_scene(stage);
        self.scene = stage.canvas.clone();
        self.back = stage.canvas.clone();
        for index in 0..5 {
            let (phase, speed) = (index * 211, 38 + index * 7);
            self.butterflies.push(Butterfly { phase, speed, colour: WINGS + 2 * index as u8, place: Rect::new(0, 0, 0, 0) });
        }
        // The visitor finds a garden, not a field.
        for round in 0..700 {
            if round % 70 == 0 {
                self.sow();
            }
            for index in 0..self.plants.len() {
                self.grow(index, stage);
            }
        }
        stage.changed(ART);
    }

    fn frame(&mut self, stage: &mut Stage, time: i32) {
        self.frames += 1;
        if self.frames % 48 == 0 && self.plants.len() < PLANTS {
            self.sow();
        }
        for index in 0..self.plants.len() {
            if !self.plants[index].grown() {
                if self.frames % 2 == 0 {
                    self.grow(index, stage);
                }
            } else if self.plants[index].rest > 0 {
                self.plants[index].rest -= 1;
            } else if self.plants.iter().filter(|plant| plant.fading).count() < 2 {
                self.plants[index].fading = true;
            }
        }
        for index in (0..self.plants.len()).rev() {
            if self.plants[index].fading && self.fade(index, stage) {
                self.plants.remove(index);
            }
        }
        self.move_sparks(stage);
        self.move_butterflies(stage, time);
    }
}
