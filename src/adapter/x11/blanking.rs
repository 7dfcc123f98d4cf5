//! A screen with nothing on it that nobody ordered: black behind everything, no blanking, no screen saver.

use tracing::debug;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::xproto::{
    Blanking, ChangeWindowAttributesAux, ConnectionExt as _, Exposures, ScreenSaver,
};
use x11rb::protocol::{dpms, screensaver};

use super::display::{Display, Error};

/// Paints the root window black and keeps the monitors from being switched off. The X server itself ends the
/// suspension of its screen saver with this connection.
pub(super) fn make(x: &Display) -> Result<(), Error> {
    let black = x.conn.setup().roots.get(x.screen).map_or(0, |root| root.black_pixel);
    x.conn.change_window_attributes(x.root, &ChangeWindowAttributesAux::new().background_pixel(black))?;
    x.conn.clear_area(false, x.root, 0, 0, 0, 0)?;
    if x.conn.extension_information(screensaver::X11_EXTENSION_NAME)?.is_some() {
        screensaver::query_version(&x.conn, 1, 1)?.reply()?;
        screensaver::suspend(&x.conn, 1)?;
    }
    stay_lit(x)
}

/// Says it again: another program may have switched blanking on meanwhile.
pub(super) fn stay_lit(x: &Display) -> Result<(), Error> {
    x.conn.set_screen_saver(0, 0, Blanking::NOT_PREFERRED, Exposures::NOT_ALLOWED)?;
    x.conn.force_screen_saver(ScreenSaver::RESET)?;
    if x.conn.extension_information(dpms::X11_EXTENSION_NAME)?.is_some()
        && dpms::capable(&x.conn)?.reply()?.capable
    {
        let info = dpms::info(&x.conn)?.reply()?;
        if info.state {
            debug!(level = ?info.power_level, "power saving of the monitors is switched off");
            dpms::force_level(&x.conn, dpms::DPMSMode::ON)?;
        }
        dpms::set_timeouts(&x.conn, 0, 0, 0)?;
        dpms::disable(&x.conn)?;
    }
    Ok(())
}
