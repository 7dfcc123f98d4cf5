//! Writes on each monitor what it is called.

use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, CreateGCAux, CreateWindowAux, Window};

use super::display::{Display, Error};
use super::{capture, own_window, poster};
use crate::core::types::Rect;

/// Time after which the windows are put in front again: others may have come meanwhile.
const RAISE_INTERVAL: Duration = Duration::from_millis(250);

/// Shows a text in the middle of each of these places, in front of everything, for so long.
///
/// # Errors
/// Where there is no X server to be reached, or it goes away, or this computer has no fonts.
pub fn identify(display: Option<&str>, texts: &[(Rect, String)], time: Duration) -> Result<(), Error> {
    let x = Display::connect(display)?;
    let mut windows = Vec::new();
    for (rect, text) in texts {
        windows.extend(show(&x, *rect, text)?);
    }
    let end = Instant::now() + time;
    while Instant::now() < end {
        for window in &windows {
            own_window::raise(&x, *window)?;
        }
        // A reply shows that the X server still is there.
        x.conn.get_input_focus()?.reply()?;
        std::thread::sleep(RAISE_INTERVAL.min(end.saturating_duration_since(Instant::now())));
    }
    Ok(())
}

/// Shows a text in the middle of a monitor. `None` where that is larger than X11 can say.
fn show(x: &Display, monitor: Rect, text: &str) -> Result<Option<Window>, Error> {
    // A plate in the middle: what is around it helps to see which monitor it is.
    let (width, height) = (monitor.width * 3 / 5, monitor.height / 3);
    let plate =
        poster::lines(text, width, height, monitor.height as f32 / 12.0).map_err(Error::Letters)?.image;
    let (Ok(wide), Ok(high)) = (u16::try_from(width), u16::try_from(height)) else { return Ok(None) };
    let left = monitor.x.saturating_add_unsigned((monitor.width - width) / 2);
    let top = monitor.y.saturating_add_unsigned((monitor.height - height) / 2);
    let canvas = x.conn.generate_id()?;
    let gc = x.conn.generate_id()?;
    x.conn.create_pixmap(x.depth(), canvas, x.root, wide.max(1), high.max(1))?;
    x.conn.create_gc(gc, canvas, &CreateGCAux::new())?;
    capture::put(x, canvas, gc, &plate, 0)?;
    let rect = Rect { x: left, y: top, width, height };
    let attributes = CreateWindowAux::new().background_pixmap(canvas);
    let window = own_window::create(x, rect, "Vitrine screen name", attributes)?;
    x.conn.map_window(window)?;
    Ok(Some(window))
}
