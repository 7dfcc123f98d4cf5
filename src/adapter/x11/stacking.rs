//! Keeps what is to be seen in front: curtains that are up above everything, artworks above other programs'
//! windows.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tracing::{debug, info};
use x11rb::protocol::shape::{self, SK};
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt as _, MapState, StackMode, Window, WindowClass,
};

use super::curtain::Curtains;
use super::display::{Display, Error, gone};
use super::windows::Windows;
use super::{ewmh, own_window};
use crate::core::types::Rect;

/// Time between two checks of the stack, so that a program that always raises its window does not keep Vitrine busy.
const MIN_CHECK_INTERVAL: Duration = Duration::from_millis(10);

/// Time that a window manager has to put a new window in its place, or to do what it was asked.
const WINDOW_MANAGER_GRACE: Duration = Duration::from_millis(50);

/// The order of the windows.
#[derive(Default)]
pub(super) struct Stacking {
    /// When the stack is to be checked.
    check_at: Option<Instant>,
    last_check: Option<Instant>,
    /// Windows of other programs that came in front.
    intruders: HashMap<Window, Intruder>,
}

/// A window of another program in front of an artwork.
struct Intruder {
    since: Instant,
    /// The window manager was asked to keep it below.
    asked: bool,
}

impl Stacking {
    /// The stack may have changed.
    pub(super) fn may_have_changed(&mut self) {
        let now = Instant::now();
        self.check_at.get_or_insert(self.last_check.map_or(now, |at| (at + MIN_CHECK_INTERVAL).max(now)));
    }

    /// A window has gone, and its number may come again.
    pub(super) fn forget(&mut self, window: Window) {
        self.intruders.remove(&window);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.check_at
    }

    /// Puts right what is not in its order.
    pub(super) fn restore(
        &mut self,
        x: &Display,
        windows: &Windows,
        curtains: &Curtains,
        now: Instant,
    ) -> Result<(), Error> {
        if self.check_at.is_none_or(|at| at > now) {
            return Ok(());
        }
        self.check_at = None;
        self.last_check = Some(now);
        let stack = x.conn.query_tree(x.root)?.reply()?.children;
        for (plan, curtain) in curtains.fronts() {
            if !plan.guarded {
                continue;
            }
            let artwork = plan.artwork.and_then(|(exhibit, display)| windows.artwork(exhibit, display));
            let Some(front) = curtain.or(artwork.map(|window| windows.top_level(x, window))) else {
                continue;
            };
            let Some(index) = stack.iter().position(|window| *window == front) else { continue };
            match curtain {
                Some(curtain) => keep_up(x, windows, curtains, curtain, plan.monitor.rect, &stack)?,
                None => {
                    for &above in stack.iter().skip(index + 1) {
                        if !curtains.owns(above) && covers(x, above, plan.monitor.rect)? {
                            self.put_below(x, windows, above, (front, artwork), now)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Puts a window of another program behind what is in front by right: the artwork's frame and window.
    fn put_below(
        &mut self,
        x: &Display,
        windows: &Windows,
        above: Window,
        (front, artwork): (Window, Option<Window>),
        now: Instant,
    ) -> Result<(), Error> {
        let client = windows.client(above);
        // A viewer's own windows in wrong places have been made invisible, and are put where they belong.
        if client.is_some_and(|client| windows.is_viewers(client))
            || own_window::is_ours(x, client.unwrap_or(above))?
        {
            return Ok(());
        }
        let known = self.intruders.entry(client.unwrap_or(above));
        let intruder = known.or_insert(Intruder { since: now, asked: false });
        let acts_at = intruder.since + WINDOW_MANAGER_GRACE;
        if now < acts_at {
            self.check_at = Some(self.check_at.map_or(acts_at, |at| at.min(acts_at)));
            return Ok(());
        }
        match client {
            Some(client) if !intruder.asked => {
                intruder.asked = true;
                info!("{} came in front of an artwork and is put behind it", describe(x, client)?);
                ewmh::keep_below(x, client)?;
                if let Some(artwork) = artwork {
                    ewmh::activate(x, artwork)?;
                }
                // Whether the window manager has done so is seen at the next look.
                self.check_at = Some(now + WINDOW_MANAGER_GRACE);
            }
            _ => {
                debug!(window = above, "a window is put behind the artwork by force");
                let below = ConfigureWindowAux::new().sibling(front).stack_mode(StackMode::BELOW);
                x.conn.configure_window(above, &below)?;
            }
        }
        Ok(())
    }
}

/// Keeps a curtain that is up above everything but what Vitrine itself has to tell, such as the staff's view of the
/// state: that is wanted most when there is no artwork to see.
fn keep_up(
    x: &Display,
    windows: &Windows,
    curtains: &Curtains,
    curtain: Window,
    rect: Rect,
    stack: &[Window],
) -> Result<(), Error> {
    let Some(index) = stack.iter().position(|window| *window == curtain) else { return Ok(()) };
    let (mut covered, mut ours) = (false, None);
    for (n, &window) in stack.iter().enumerate() {
        if curtains.owns(window) || !covers(x, window, rect)? {
            continue;
        }
        if own_window::is_ours(x, windows.client(window).unwrap_or(window))? {
            ours = Some((n, window));
        } else {
            covered |= n > index;
        }
    }
    if covered {
        own_window::raise(x, curtain)?;
    }
    match ours {
        Some((n, window)) if covered || n < index => own_window::raise(x, window),
        _ => Ok(()),
    }
}

/// Whether something of a child of the root window is to be seen within a rectangle.
fn covers(x: &Display, window: Window, rect: Rect) -> Result<bool, Error> {
    let attributes = x.conn.get_window_attributes(window)?;
    let geometry = x.conn.get_geometry(window)?;
    let shape = if x.has_shape { Some(shape::get_rectangles(&x.conn, window, SK::BOUNDING)?) } else { None };
    let (Some(attributes), Some(at)) = (gone(attributes.reply())?, gone(geometry.reply())?) else {
        return Ok(false);
    };
    if attributes.map_state != MapState::VIEWABLE || attributes.class == WindowClass::INPUT_ONLY {
        return Ok(false);
    }
    if let Some(shape) = shape
        && gone(shape.reply())?.is_some_and(|shape| shape.rectangles.is_empty())
    {
        return Ok(false);
    }
    let span = |from: i16, length: u16| (i32::from(from), i32::from(from) + i32::from(length));
    let ((left, right), (top, bottom)) = (span(at.x, at.width), span(at.y, at.height));
    let overlaps = |from: i32, to: i32, start: i32, length: u32| {
        from < start.saturating_add_unsigned(length) && to > start
    };
    Ok(overlaps(left, right, rect.x, rect.width) && overlaps(top, bottom, rect.y, rect.height))
}

/// Whose window it is, for people.
fn describe(x: &Display, window: Window) -> Result<String, Error> {
    let class = x.conn.get_property(false, window, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 64)?;
    let name = x.conn.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64)?;
    let text = |value: Vec<u8>| String::from_utf8_lossy(&value).split('\0').next().unwrap_or("").to_owned();
    let class = gone(class.reply())?.map(|reply| text(reply.value)).filter(|text| !text.is_empty());
    let name = gone(name.reply())?.map(|reply| text(reply.value)).filter(|text| !text.is_empty());
    Ok(match (name, class) {
        (Some(name), Some(class)) => format!("the window \"{name}\" of {class}"),
        (Some(name), None) => format!("the window \"{name}\""),
        (None, Some(class)) => format!("a window of {class}"),
        (None, None) => "a window without a name".to_owned(),
    })
}
