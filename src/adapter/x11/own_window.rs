//! Windows of Vitrine's own, which no window manager touches: curtains, and the names of screens.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, PropMode, StackMode, Window,
    WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

use super::display::{Display, Error, gone};
use crate::core::types::Rect;

/// How a window says that it is Vitrine's, also to another process of Vitrine (ICCCM, section 4.1.2.5).
const CLASS: &[u8] = b"vitrine\0Vitrine\0";

/// Makes a window, which is not mapped yet.
pub(super) fn create(
    x: &Display,
    rect: Rect,
    name: &str,
    attributes: CreateWindowAux,
) -> Result<Window, Error> {
    let window = x.conn.generate_id()?;
    x.conn.create_window(
        x11rb::COPY_DEPTH_FROM_PARENT,
        window,
        x.root,
        i16::try_from(rect.x).unwrap_or_default(),
        i16::try_from(rect.y).unwrap_or_default(),
        u16::try_from(rect.width).unwrap_or(1).max(1),
        u16::try_from(rect.height).unwrap_or(1).max(1),
        0,
        WindowClass::INPUT_OUTPUT,
        x11rb::COPY_FROM_PARENT,
        &attributes.override_redirect(1),
    )?;
    for (property, value) in [(AtomEnum::WM_CLASS, CLASS), (AtomEnum::WM_NAME, name.as_bytes())] {
        x.conn.change_property8(PropMode::REPLACE, window, property, AtomEnum::STRING, value)?;
    }
    Ok(window)
}

/// Puts a window above all others.
pub(super) fn raise(x: &Display, window: Window) -> Result<(), Error> {
    x.conn.configure_window(window, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE))?;
    Ok(())
}

/// Whether a window is Vitrine's, also another process's such as that of `vitrine screens --identify`.
pub(super) fn is_ours(x: &Display, window: Window) -> Result<bool, Error> {
    let class = x.conn.get_property(false, window, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 64)?;
    Ok(gone(class.reply())?.is_some_and(|class| class.value.starts_with(b"vitrine\0")))
}
