//! Curtains: a window of Vitrine's own on every monitor.
//!
//! A curtain is always there. While it is down it lies below everything, so that a viewer that dies uncovers it
//! at once, and the X server paints it from its background without anybody's help. While it is up it lies above
//! everything. It comes down only when the artwork's picture is really in the window below, which is read from
//! the window's own storage (the Composite extension), covered as it is.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use tracing::{debug, warn};
use x11rb::connection::Connection as _;
use x11rb::protocol::composite;
use x11rb::protocol::xproto::{
    ChangeGCAux, ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _, CreateGCAux,
    CreateWindowAux, Cursor, Gcontext, ImageFormat, Pixmap, StackMode, Window,
};

use super::capture;
use super::display::{Display, Error, gone};
use super::draw::{DrawJob, Face};
use super::own_window;
use super::windows::Windows;
use crate::core::effect::ScreenPlan;
use crate::core::types::{CurtainPicture, ExhibitId, Rect};

/// Time between two checks whether the artwork's picture is there: about a frame at 60 Hz.
const PICTURE_CHECK_INTERVAL: Duration = Duration::from_millis(16);
/// So many checks in a row must find it: a viewer draws its first pictures piece by piece.
const MIN_PICTURE_CHECKS: u8 = 2;
/// A window that stays black for so long shows an artwork that is black.
const BLACK_PICTURE_TIMEOUT: Duration = Duration::from_secs(2);
/// Parts that a window is divided into; the row between two of them is looked at, which tells enough and costs little.
const SAMPLED_PARTS: u16 = 24;
/// Of 255: a red, green or blue that is at least so bright is not the viewer's own black.
const MIN_BRIGHTNESS: u8 = 8;

/// All curtains, and the pictures for them.
pub(super) struct Curtains {
    /// One for each monitor, in the order of the scene.
    all: Vec<Curtain>,
    last_frames: HashMap<(ExhibitId, u32), LastFrames>,
    /// What was told of posters and texts.
    flaws: BTreeSet<String>,
    /// A pointer that is not to be seen.
    blank: Cursor,
    gc: Gcontext,
}

struct Curtain {
    window: Window,
    /// What its monitor should show.
    plan: ScreenPlan,
    state: State,
    /// What was drawn for it alone.
    face: Option<Face>,
    /// What is being drawn for it.
    drawing: Option<DrawJob>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Up,
    /// It is to come down, and does so when the picture has been found there.
    Parting {
        since: Instant,
        found: u8,
        check_at: Instant,
    },
    Down,
}

/// The last pictures of an artwork that were seen well. The newer one may have been taken when the artwork was ill
/// already and nobody knew yet.
struct LastFrames {
    older: Pixmap,
    newer: Pixmap,
    width: u16,
    height: u16,
}

impl LastFrames {
    fn free(self, x: &Display) -> Result<(), Error> {
        self.free_older(x)?;
        x.conn.free_pixmap(self.newer)?;
        Ok(())
    }

    /// Not where both are the same one.
    fn free_older(&self, x: &Display) -> Result<(), Error> {
        if self.older != self.newer {
            x.conn.free_pixmap(self.older)?;
        }
        Ok(())
    }
}

impl Curtains {
    pub(super) fn new(x: &Display) -> Result<Self, Error> {
        let bits = x.conn.generate_id()?;
        x.conn.create_pixmap(1, bits, x.root, 1, 1)?;
        let clear = x.conn.generate_id()?;
        x.conn.create_gc(clear, bits, &CreateGCAux::new().foreground(0))?;
        let dot = x11rb::protocol::xproto::Rectangle { x: 0, y: 0, width: 1, height: 1 };
        x.conn.poly_fill_rectangle(bits, clear, &[dot])?;
        x.conn.free_gc(clear)?;
        let blank = x.conn.generate_id()?;
        x.conn.create_cursor(blank, bits, bits, 0, 0, 0, 0, 0, 0, 0, 0)?;
        x.conn.free_pixmap(bits)?;
        let gc = x.conn.generate_id()?;
        x.conn.create_gc(gc, x.root, &CreateGCAux::new().graphics_exposures(0))?;
        Ok(Self { all: Vec::new(), last_frames: HashMap::new(), flaws: BTreeSet::new(), blank, gc })
    }

    /// Whether it is one of the curtains' windows.
    pub(super) fn owns(&self, window: Window) -> bool {
        self.all.iter().any(|curtain| curtain.window == window)
    }

    /// The monitors where an artwork is, or would be, in front, with the curtain's window where that is up.
    pub(super) fn fronts(&self) -> impl Iterator<Item = (&ScreenPlan, Option<Window>)> {
        self.all.iter().map(|curtain| {
            let up = !matches!(curtain.state, State::Down);
            (&curtain.plan, up.then_some(curtain.window))
        })
    }

    /// Brings the curtains to what the monitors should show. What is to be drawn for them is returned.
    pub(super) fn follow(&mut self, x: &Display, scene: Vec<ScreenPlan>) -> Result<Vec<DrawJob>, Error> {
        let mut previous = std::mem::take(&mut self.all);
        let mut jobs = Vec::new();
        for plan in scene {
            let same = previous.iter().position(|c| c.plan.monitor.connector == plan.monitor.connector);
            let mut curtain = match same {
                Some(index) => previous.remove(index),
                None => self.create(x, &plan)?,
            };
            let job = DrawJob::of(&plan);
            if job.is_plain() {
                (curtain.face, curtain.drawing) = (None, None);
            }
            let is_drawn = curtain.face.as_ref().is_some_and(|face| face.job == job);
            if !job.is_plain() && !is_drawn && curtain.drawing.as_ref() != Some(&job) {
                curtain.drawing = Some(job.clone());
                jobs.push(job);
            }
            if curtain.plan.monitor.rect != plan.monitor.rect {
                x.conn.configure_window(curtain.window, &geometry(plan.monitor.rect))?;
            }
            let changed = (curtain.plan.artwork, &curtain.plan.curtain) != (plan.artwork, &plan.curtain)
                || curtain.plan.monitor.rect != plan.monitor.rect;
            curtain.plan = plan;
            if let Some(of) = curtain.plan.artwork
                && curtain.plan.curtain.picture != CurtainPicture::Last
                && let Some(frames) = self.last_frames.remove(&of)
            {
                frames.free(x)?;
            }
            if changed {
                self.paint(x, &curtain)?;
            }
            raise_or_part(x, &mut curtain)?;
            self.all.push(curtain);
        }
        for curtain in previous {
            x.conn.destroy_window(curtain.window)?;
        }
        Ok(jobs)
    }

    /// Makes a curtain for a monitor that had none.
    fn create(&self, x: &Display, plan: &ScreenPlan) -> Result<Curtain, Error> {
        let attributes = CreateWindowAux::new().background_pixel(x.black()).cursor(self.blank);
        let window = own_window::create(x, plan.monitor.rect, "Vitrine curtain", attributes)?;
        let below = ConfigureWindowAux::new().stack_mode(StackMode::BELOW);
        x.conn.configure_window(window, &below)?;
        let curtain = Curtain { window, plan: plan.clone(), state: State::Down, face: None, drawing: None };
        self.paint(x, &curtain)?;
        x.conn.map_window(window)?;
        Ok(curtain)
    }

    /// A job is done: it comes upon every curtain that waits for it. What is wrong with it is told once, however many
    /// curtains have it.
    pub(super) fn drawn(&mut self, x: &Display, face: &Face) -> Result<(), Error> {
        for flaw in face.flaws.iter().filter(|flaw| !self.flaws.contains(*flaw)) {
            warn!("{flaw}");
        }
        self.flaws.extend(face.flaws.iter().cloned());
        for index in 0..self.all.len() {
            if self.all[index].drawing.as_ref() == Some(&face.job) {
                self.all[index].drawing = None;
                self.all[index].face = Some(face.clone());
                self.paint(x, &self.all[index])?;
            }
        }
        Ok(())
    }

    /// Keeps the picture of an exhibit's artwork, which is well just now.
    pub(super) fn save_last_frame(
        &mut self,
        x: &Display,
        windows: &Windows,
        exhibit: ExhibitId,
    ) -> Result<(), Error> {
        for index in 0..self.all.len() {
            let Some((_, display)) = self.all[index].plan.artwork.filter(|(whose, _)| *whose == exhibit)
            else {
                continue;
            };
            let Some(window) = windows.artwork(exhibit, display) else { continue };
            if self.all[index].state == State::Down && self.copy(x, window, (exhibit, display))? {
                debug!(exhibit = windows.name(exhibit), "a picture is kept for the curtain");
                self.paint(x, &self.all[index])?;
            }
        }
        Ok(())
    }

    /// Frees the pictures of all guest displays but these.
    pub(super) fn retain_frames(
        &mut self,
        x: &Display,
        of: &BTreeSet<(ExhibitId, u32)>,
    ) -> Result<(), Error> {
        self.last_frames.extract_if(|whose, _| !of.contains(whose)).try_for_each(|(_, frames)| frames.free(x))
    }

    /// Copies a window's picture, within the X server. Whether there was one: a viewer that has lost its connection may
    /// be black already.
    fn copy(&mut self, x: &Display, window: Window, of: (ExhibitId, u32)) -> Result<bool, Error> {
        let Some(storage) = storage(x, window)? else { return Ok(false) };
        let size = gone(x.conn.get_geometry(storage)?.reply())?;
        let Some(size) = size else { return Ok(false) };
        let (width, height) = (size.width, size.height);
        let copy = x.conn.generate_id()?;
        x.conn.create_pixmap(x.depth(), copy, x.root, width, height)?;
        x.conn.copy_area(storage, copy, self.gc, 0, 0, 0, 0, width, height)?;
        x.conn.free_pixmap(storage)?;
        if !is_bright(x, copy, width, height)? {
            x.conn.free_pixmap(copy)?;
            return Ok(false);
        }
        let older = match self.last_frames.remove(&of) {
            Some(frames) if (frames.width, frames.height) == (width, height) => {
                frames.free_older(x)?;
                frames.newer
            }
            Some(frames) => {
                frames.free(x)?;
                copy
            }
            None => copy,
        };
        self.last_frames.insert(of, LastFrames { older, newer: copy, width, height });
        Ok(true)
    }

    /// Gives a curtain its background.
    fn paint(&self, x: &Display, curtain: &Curtain) -> Result<(), Error> {
        let Rect { width, height, .. } = curtain.plan.monitor.rect;
        let (Ok(wide), Ok(high)) = (u16::try_from(width), u16::try_from(height)) else { return Ok(()) };
        let frames = curtain.plan.artwork.and_then(|of| self.last_frames.get(&of)).filter(|frames| {
            curtain.plan.curtain.picture == CurtainPicture::Last
                && (frames.width, frames.height) == (wide, high)
        });
        let job = DrawJob::of(&curtain.plan);
        let face = curtain.face.as_ref().filter(|face| face.job == job);
        let poster = face.and_then(|face| face.poster.as_deref());
        let caption = face.and_then(|face| face.caption.as_deref());
        if frames.is_none() && poster.is_none() && caption.is_none() {
            let black = ChangeWindowAttributesAux::new().background_pixel(x.black());
            x.conn.change_window_attributes(curtain.window, &black)?;
        } else {
            let canvas = x.conn.generate_id()?;
            x.conn.create_pixmap(x.depth(), canvas, x.root, wide, high)?;
            x.conn.change_gc(self.gc, &ChangeGCAux::new().foreground(x.black()))?;
            let all = x11rb::protocol::xproto::Rectangle { x: 0, y: 0, width: wide, height: high };
            x.conn.poly_fill_rectangle(canvas, self.gc, &[all])?;
            if let Some(frames) = frames {
                x.conn.copy_area(frames.older, canvas, self.gc, 0, 0, 0, 0, wide, high)?;
            }
            if let Some(poster) = poster {
                capture::put(x, canvas, self.gc, poster, 0)?;
            }
            if let Some(caption) = caption {
                capture::put(x, canvas, self.gc, caption, height.saturating_sub(caption.height))?;
            }
            let painted = ChangeWindowAttributesAux::new().background_pixmap(canvas);
            x.conn.change_window_attributes(curtain.window, &painted)?;
            // The window keeps it alive.
            x.conn.free_pixmap(canvas)?;
        }
        x.conn.clear_area(false, curtain.window, 0, 0, 0, 0)?;
        Ok(())
    }

    /// When an artwork's picture is next to be looked for.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let checks = self.all.iter().filter_map(|curtain| match curtain.state {
            State::Parting { check_at, .. } => Some(check_at),
            State::Up | State::Down => None,
        });
        checks.min()
    }

    /// Looks whether the artworks' pictures are there, and parts the curtains that are in front of them.
    pub(super) fn part(&mut self, x: &Display, windows: &Windows, now: Instant) -> Result<(), Error> {
        for curtain in &mut self.all {
            let State::Parting { since, found, check_at } = curtain.state else { continue };
            if now < check_at {
                continue;
            }
            let Some((exhibit, display)) = curtain.plan.artwork else { continue };
            let is_there = match windows.artwork(exhibit, display) {
                Some(window) => picture_is_there(x, window)?,
                None => Some(false),
            };
            let found = if is_there == Some(true) { found + 1 } else { 0 };
            let waited = now.duration_since(since);
            // Where windows cannot be looked into, their place is all that is known.
            if found >= MIN_PICTURE_CHECKS || is_there.is_none() || waited >= BLACK_PICTURE_TIMEOUT {
                debug!(
                    connector = curtain.plan.monitor.connector,
                    waited_ms = waited.as_secs_f64() * 1e3,
                    "the curtain parts"
                );
                x.conn.configure_window(
                    curtain.window,
                    &ConfigureWindowAux::new().stack_mode(StackMode::BELOW),
                )?;
                curtain.state = State::Down;
            } else {
                curtain.state = State::Parting { since, found, check_at: now + PICTURE_CHECK_INTERVAL };
            }
        }
        Ok(())
    }
}

/// Raises or begins to part a curtain, as its plan says.
fn raise_or_part(x: &Display, curtain: &mut Curtain) -> Result<(), Error> {
    let up = curtain.plan.covered;
    match curtain.state {
        State::Down | State::Parting { .. } if up => {
            own_window::raise(x, curtain.window)?;
            debug!(connector = curtain.plan.monitor.connector, "the curtain is up");
            curtain.state = State::Up;
        }
        State::Up if !up && curtain.plan.artwork.is_some() => {
            let now = Instant::now();
            curtain.state = State::Parting { since: now, found: 0, check_at: now };
        }
        // There is no picture to be waited for, or no longer.
        State::Up | State::Parting { .. } if !up && curtain.plan.artwork.is_none() => {
            let below = ConfigureWindowAux::new().stack_mode(StackMode::BELOW);
            x.conn.configure_window(curtain.window, &below)?;
            curtain.state = State::Down;
        }
        State::Up | State::Down | State::Parting { .. } => {}
    }
    Ok(())
}

fn geometry(rect: Rect) -> ConfigureWindowAux {
    ConfigureWindowAux::new().x(rect.x).y(rect.y).width(rect.width).height(rect.height)
}

/// What a window holds, whether it is covered or not; to be freed. `None` where it is not to be had.
fn storage(x: &Display, window: Window) -> Result<Option<Pixmap>, Error> {
    if !x.has_composite {
        return Ok(None);
    }
    let pixmap = x.conn.generate_id()?;
    let named = composite::name_window_pixmap(&x.conn, window, pixmap)?.check();
    Ok(gone(named)?.map(|()| pixmap))
}

/// Whether a viewer's window holds a picture: all that a viewer draws of its own is black. `None` where windows
/// cannot be looked into.
fn picture_is_there(x: &Display, window: Window) -> Result<Option<bool>, Error> {
    if !x.has_composite {
        return Ok(None);
    }
    let Some(storage) = storage(x, window)? else { return Ok(Some(false)) };
    let Some(size) = gone(x.conn.get_geometry(storage)?.reply())? else { return Ok(Some(false)) };
    let bright = is_bright(x, storage, size.width, size.height)?;
    x.conn.free_pixmap(storage)?;
    Ok(Some(bright))
}

/// Whether a pixmap holds more than a viewer's own black.
fn is_bright(x: &Display, pixmap: Pixmap, width: u16, height: u16) -> Result<bool, Error> {
    let rows = (1..SAMPLED_PARTS).map(|row| {
        let y = u32::from(height) * u32::from(row) / u32::from(SAMPLED_PARTS);
        let y = i16::try_from(y).unwrap_or_default();
        x.conn.get_image(ImageFormat::Z_PIXMAP, pixmap, 0, y, width, 1, !0)
    });
    let asked: Vec<_> = rows.collect::<Result<_, _>>()?;
    let mut bright = false;
    for row in asked {
        let row = gone(row.reply())?;
        bright |= row.is_some_and(|row| {
            row.data.chunks_exact(4).any(|pixel| pixel.iter().take(3).any(|part| *part >= MIN_BRIGHTNESS))
        });
    }
    Ok(bright)
}
