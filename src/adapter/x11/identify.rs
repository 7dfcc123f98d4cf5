//! Writes on each monitor what it is called.

use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, PropMode,
    WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

use super::display::{Display, Error};
use super::{capture, curtain, poster};
use crate::core::types::Rect;

/// Time after which the windows are put in front again: others may have come meanwhile.
const RAISE_INTERVAL: Duration = Duration::from_millis(250);

/// Shows a text in the middle of each of these places, in front of everything, for so long.
///
/// # Errors
/// Where there is no X server to be reached, or it goes away.
pub fn identify(display: Option<&str>, texts: &[(Rect, String)], time: Duration) -> Result<(), Error> {
    let x = Display::connect(display)?;
    let mut windows = Vec::new();
    for (rect, text) in texts {
        // A plate in the middle: what is around it helps to see which monitor it is.
        let (width, height) = (rect.width * 3 / 5, rect.height / 3);
        let plate = poster::lines(text, width, height, rect.height as f32 / 12.0);
        let (Ok(wide), Ok(high)) = (u16::try_from(width), u16::try_from(height)) else { continue };
        let left = rect.x.saturating_add_unsigned((rect.width - width) / 2);
        let top = rect.y.saturating_add_unsigned((rect.height - height) / 2);
        let canvas = x.conn.generate_id()?;
        let gc = x.conn.generate_id()?;
        x.conn.create_pixmap(x.depth(), canvas, x.root, wide.max(1), high.max(1))?;
        x.conn.create_gc(gc, canvas, &CreateGCAux::new())?;
        capture::put(&x, canvas, gc, &plate, 0)?;
        let window = x.conn.generate_id()?;
        x.conn.create_window(
            x11rb::COPY_DEPTH_FROM_PARENT,
            window,
            x.root,
            i16::try_from(left).unwrap_or_default(),
            i16::try_from(top).unwrap_or_default(),
            wide.max(1),
            high.max(1),
            0,
            WindowClass::INPUT_OUTPUT,
            x11rb::COPY_FROM_PARENT,
            &CreateWindowAux::new().override_redirect(1),
        )?;
        let pixels = ChangeWindowAttributesAux::new().background_pixmap(canvas);
        x.conn.change_window_attributes(window, &pixels)?;
        let text = AtomEnum::STRING;
        x.conn.change_property8(
            PropMode::REPLACE,
            window,
            AtomEnum::WM_CLASS,
            text,
            b"vitrine\0Vitrine\0",
        )?;
        x.conn.change_property8(
            PropMode::REPLACE,
            window,
            AtomEnum::WM_NAME,
            text,
            b"Vitrine screen name",
        )?;
        x.conn.map_window(window)?;
        windows.push(window);
    }
    let end = Instant::now() + time;
    while Instant::now() < end {
        for window in &windows {
            curtain::raise(&x, *window)?;
        }
        // A reply shows that the X server still is there.
        x.conn.get_input_focus()?.reply()?;
        std::thread::sleep(RAISE_INTERVAL.min(end.saturating_duration_since(Instant::now())));
    }
    Ok(())
}
