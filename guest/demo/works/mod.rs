//! The works. Each draws only what moves, so that a guest without hardware virtualisation stays cheap.

mod garden;
mod orbit;
mod tide;

use crate::stage::{About, Stage, BLUE, WHITE};

pub trait Work {
    fn about(&self) -> About;
    /// Colours and the picture that the first frame starts from.
    fn begin(&mut self, stage: &mut Stage);
    /// `time` counts in milliseconds.
    fn frame(&mut self, stage: &mut Stage, time: i32);
}

/// What a screen of a machine that plays this work shows: the first one the work, the others those that follow it.
pub fn find(name: &str, screen: usize) -> Box<dyn Work> {
    const NAMES: [&str; 3] = ["garden", "orbit", "tide"];
    let first = NAMES.iter().position(|known| *known == name).unwrap_or(0);
    match NAMES[(first + screen) % NAMES.len()] {
        "orbit" => Box::new(orbit::Orbit::new()),
        "tide" => Box::new(tide::Tide::new()),
        _ => Box::new(garden::Garden::new()),
    }
}

pub fn bluescreen(stage: &mut Stage) {
    stage.take_over(BLUE);
    let font = stage.font.clone();
    let lines: [(i32, &str); 8] = [
        (150, "The artwork has lost its thread somewhere between two"),
        (168, "interrupts at 0028:C0FFEE42, in module DAYDREAM(01) + 1996."),
        (204, "*  Please do not press any key. No key will help."),
        (222, "*  Please do not leave, either: somebody noticed before"),
        (240, "   you did, and a younger copy of this work is already"),
        (258, "   being woken."),
        (312, "Everything it has shown since it was woken will be lost."),
        (348, "Look somewhere else for a moment and then come back _"),
    ];
    stage.canvas.fill(crate::canvas::Rect::new(248, 100, 144, 20), WHITE);
    stage.canvas.text(&font, 260, 102, 1, b"A SMALL DISASTER", BLUE);
    for (y, line) in lines {
        stage.canvas.text(&font, 80, y, 1, line.as_bytes(), WHITE);
    }
}
