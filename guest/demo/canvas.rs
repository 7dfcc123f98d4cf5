//! A picture in 256 colours, and how to draw into it.

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    pub x: i32,
    pub y: i32,
    pub w: i32,
    pub h: i32,
}

impl Rect {
    pub const fn new(x: i32, y: i32, w: i32, h: i32) -> Rect {
        Rect { x, y, w, h }
    }

    pub fn clip(self, to: Rect) -> Rect {
        let (x, y) = (self.x.max(to.x), self.y.max(to.y));
        let (right, bottom) = ((self.x + self.w).min(to.x + to.w), (self.y + self.h).min(to.y + to.h));
        Rect { x, y, w: (right - x).max(0), h: (bottom - y).max(0) }
    }
}

/// Letters of 8x16 pixels in the machine's own code page, or none where the machine has none.
#[derive(Clone, Default)]
pub struct Font(pub Option<Vec<u8>>);

#[derive(Clone)]
pub struct Canvas {
    pub width: i32,
    pub height: i32,
    pub pixels: Vec<u8>,
    /// Nothing is drawn outside.
    pub clip: Rect,
}

impl Canvas {
    pub fn new(width: i32, height: i32) -> Canvas {
        Canvas { width, height, pixels: vec![0; (width * height) as usize], clip: Rect::new(0, 0, width, height) }
    }

    pub fn dot(&mut self, x: i32, y: i32, colour: u8) {
        let clip = self.clip;
        if x >= clip.x && y >= clip.y && x < clip.x + clip.w && y < clip.y + clip.h {
            self.pixels[(y * self.width + x) as usize] = colour;
        }
    }

    pub fn fill(&mut self, area: Rect, colour: u8) {
        let area = area.clip(self.clip);
        for y in area.y..area.y + area.h {
            let from = (y * self.width + area.x) as usize;
            self.pixels[from..from + area.w as usize].fill(colour);
        }
    }

    pub fn copy_from(&mut self, other: &Canvas, area: Rect) {
        let area = area.clip(self.clip);
        for y in area.y..area.y + area.h {
            let from = (y * self.width + area.x) as usize;
            let to = from + area.w as usize;
            self.pixels[from..to].copy_from_slice(&other.pixels[from..to]);
        }
    }

    pub fn disc(&mut self, x: i32, y: i32, radius: i32, colour: u8) {
        for dy in -radius..=radius {
            let mut half = radius;
            while half * half + dy * dy > radius * radius + radius / 2 {
                half -= 1;
            }
            self.fill(Rect::new(x - half, y + dy, 2 * half + 1, 1), colour);
        }
    }

    pub fn line(&mut self, from: (i32, i32), to: (i32, i32), colour: u8) {
        let (dx, dy) = ((to.0 - from.0).abs(), -(to.1 - from.1).abs());
        let (sx, sy) = ((to.0 - from.0).signum(), (to.1 - from.1).signum());
        let ((mut x, mut y), mut error) = (from, dx + dy);
        loop {
            self.dot(x, y, colour);
            if (x, y) == to {
                return;
            }
            let twice = 2 * error;
            if twice >= dy {
                error += dy;
                x += sx;
            }
            if twice <= dx {
                error += dx;
                y += sy;
            }
        }
    }

    /// A gradient through the colours `first..first + count`, from top to bottom, with an ordered dither.
    pub fn gradient(&mut self, area: Rect, first: u8, count: i32) {
        for y in area.y..area.y + area.h {
            let level = (y - area.y) * (count - 1) * 64 / area.h.max(1);
            for x in area.x..area.x + area.w {
                self.dot(x, y, first + dithered(level, x, y) as u8);
            }
        }
    }

    /// A picture made of text: '.' is transparent, the other letters are looked up in `colours`.
    pub fn sprite(&mut self, x: i32, y: i32, scale: i32, rows: &[&str], colours: &[(u8, u8)]) {
        for (dy, row) in rows.iter().enumerate() {
            for (dx, letter) in row.bytes().enumerate() {
                if let Some((_, colour)) = colours.iter().find(|(name, _)| *name == letter) {
                    self.fill(Rect::new(x + dx as i32 * scale, y + dy as i32 * scale, scale, scale), *colour);
                }
            }
        }
    }

    /// Text in the machine's font; bytes above 127 and below 32 are its signs.
    pub fn text(&mut self, font: &Font, x: i32, y: i32, scale: i32, text: &[u8], colour: u8) {
        let Some(glyphs) = &font.0 else {
            let plain: Vec<u8> = text.to_ascii_uppercase();
            for (index, letter) in plain.iter().enumerate() {
                self.tiny_letter(x + index as i32 * 8 * scale, y + 3 * scale, 2 * scale, *letter, colour);
            }
            return;
        };
        for (index, letter) in text.iter().enumerate() {
            let glyph = &glyphs[usize::from(*letter) * 16..][..16];
            for (row, bits) in glyph.iter().enumerate() {
                for column in 0..8 {
                    if bits & (0x80 >> column) != 0 {
                        let left = x + (index as i32 * 8 + column) * scale;
                        self.fill(Rect::new(left, y + row as i32 * scale, scale, scale), colour);
                    }
                }
            }
        }
    }

    /// Small print: capitals of 3x5 pixels, 4 pixels apart.
    pub fn tiny(&mut self, x: i32, y: i32, text: &str, colour: u8) {
        for (index, letter) in text.bytes().enumerate() {
            self.tiny_letter(x + index as i32 * 4, y, 1, letter, colour);
        }
    }

    fn tiny_letter(&mut self, x: i32, y: i32, scale: i32, letter: u8, colour: u8) {
        let Some((_, rows)) = TINY.iter().find(|(name, _)| *name == letter) else { return };
        for (row, digit) in rows.iter().enumerate() {
            for column in 0..3 {
                if digit & (4 >> column) != 0 {
                    self.fill(Rect::new(x + column * scale, y + row as i32 * scale, scale, scale), colour);
                }
            }
        }
    }
}

/// `level` counts in 64ths of a step; the result is the step, one more at some pixels.
pub fn dithered(level: i32, x: i32, y: i32) -> i32 {
    const BAYER: [[i32; 8]; 8] = [
        [0, 32, 8, 40, 2, 34, 10, 42],
        [48, 16, 56, 24, 50, 18, 58, 26],
        [12, 44, 4, 36, 14, 46, 6, 38],
        [60, 28, 52, 20, 62, 30, 54, 22],
        [3, 35, 11, 43, 1, 33, 9, 41],
        [51, 19, 59, 27, 49, 17, 57, 25],
        [15, 47, 7, 39, 13, 45, 5, 37],
        [63, 31, 55, 23, 61, 29, 53, 21],
    ];
    (level + BAYER[(y & 7) as usize][(x & 7) as usize]) >> 6
}

const TINY: &[(u8, [u8; 5])] = &[
    (b'A', [2, 5, 7, 5, 5]), (b'B', [6, 5, 6, 5, 6]), (b'C', [3, 4, 4, 4, 3]), (b'D', [6, 5, 5, 5, 6]),
    (b'E', [7, 4, 6, 4, 7]), (b'F', [7, 4, 6, 4, 4]), (b'G', [3, 4, 5, 5, 3]), (b'H', [5, 5, 7, 5, 5]),
    (b'I', [7, 2, 2, 2, 7]), (b'J', [1, 1, 1, 5, 2]), (b'K', [5, 5, 6, 5, 5]), (b'L', [4, 4, 4, 4, 7]),
    (b'M', [5, 7, 7, 5, 5]), (b'N', [6, 5, 5, 5, 5]), (b'O', [2, 5, 5, 5, 2]), (b'P', [6, 5, 6, 4, 4]),
    (b'Q', [2, 5, 5, 6, 3]), (b'R', [6, 5, 6, 5, 5]), (b'S', [3, 4, 2, 1, 6]), (b'T', [7, 2, 2, 2, 2]),
    (b'U', [5, 5, 5, 5, 7]), (b'V', [5, 5, 5, 5, 2]), (b'W', [5, 5, 7, 7, 5]), (b'X', [5, 5, 2, 5, 5]),
    (b'Y', [5, 5, 2, 2, 2]), (b'Z', [7, 1, 2, 4, 7]), (b'0', [7, 5, 5, 5, 7]), (b'1', [2, 6, 2, 2, 7]),
    (b'2', [6, 1, 2, 4, 7]), (b'3', [6, 1, 2, 1, 6]), (b'4', [5, 5, 7, 1, 1]), (b'5', [7, 4, 6, 1, 6]),
    (b'6', [3, 4, 7, 5, 7]), (b'7', [7, 1, 2, 2, 2]), (b'8', [7, 5, 7, 5, 7]), (b'9', [7, 5, 7, 1, 6]),
    (b'.', [0, 0, 0, 0, 2]), (b',', [0, 0, 0, 2, 4]), (b':', [0, 2, 0, 2, 0]), (b'-', [0, 0, 7, 0, 0]),
    (b'/', [1, 1, 2, 4, 4]), (b'!', [2, 2, 2, 0, 2]), (b'?', [6, 1, 2, 0, 2]), (b'\'', [2, 2, 0, 0, 0]),
    (b'*', [5, 2, 5, 0, 0]), (b'~', [0, 3, 6, 0, 0]), (b'_', [0, 0, 0, 0, 7]), (b'(', [1, 2, 2, 2, 1]), (b')', [4, 2, 2, 2, 4]),
];

/// Sines in 1024ths; a full turn is 1024 as well.
pub struct Sine(Vec<i32>);

impl Sine {
    pub fn new() -> Sine {
        Sine((0..1024).map(|step| ((step as f64 * std::f64::consts::TAU / 1024.0).sin() * 1024.0).round() as i32).collect())
    }

    pub fn sin(&self, angle: i32) -> i32 {
        self.0[(angle & 1023) as usize]
    }

    pub fn cos(&self, angle: i32) -> i32 {
        self.sin(angle + 256)
    }
}

/// Chance, the same at every start.
pub struct Chance(pub u32);

impl Chance {
    pub fn below(&mut self, limit: i32) -> i32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 8) as i32 % limit.max(1)
    }

    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below(high - low + 1)
    }
}
