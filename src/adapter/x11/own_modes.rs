//! Modes that a monitor does not list: the X server is told of them (RandR 1.2), and that the output may have them.

use std::hash::{DefaultHasher, Hash, Hasher};

use x11rb::errors::ReplyError;
use x11rb::protocol::randr::{self, ConnectionExt as _, ModeFlag, ModeInfo};

use super::display::{Display, Error};
use super::layout_plan;
use super::outputs::Port;
use crate::core::types::{ModeLine, ScreenSettings};

/// Lets an output have a mode that it does not list, where one is wanted. Whether it has one more now; or what the X
/// server has against it, for people.
pub(super) fn provide(
    x: &Display,
    resources: &randr::GetScreenResourcesCurrentReply,
    port: &Port,
    settings: &ScreenSettings,
) -> Result<Result<bool, String>, Error> {
    let Some(line) = settings.own_mode.filter(|_| layout_plan::find_mode(&port.modes, settings).is_none())
    else {
        return Ok(Ok(false));
    };
    // What another monitor lists by that size and rate is nearer to what is usual than what is computed.
    let known = layout_plan::find_mode(&resources.modes, settings).map(|mode| mode.id);
    let made = match known {
        Some(id) => Ok(id),
        None => create(x, line)?,
    };
    let added = match made {
        Ok(id) => randr::add_output_mode(&x.conn, port.output, id)?.check(),
        Err(why) => Err(why),
    };
    match added {
        Ok(()) => Ok(Ok(true)),
        Err(ReplyError::X11Error(error)) => Ok(Err(format!(
            "The X server lets the screen {} have no mode that its monitor does not list ({:?}). Correct `modeline`, or \
             `mode`, in its [[screen]].",
            port.connector, error.error_kind
        ))),
        Err(ReplyError::ConnectionError(lost)) => Err(lost.into()),
    }
}

/// Tells the X server of a mode, which stays known to it for as long as it lives.
fn create(x: &Display, line: ModeLine) -> Result<Result<u32, ReplyError>, Error> {
    let mut hasher = DefaultHasher::new();
    (line.clock, line.horizontal, line.vertical).hash(&mut hasher);
    (line.hsync, line.vsync, line.interlaced, line.doubled).hash(&mut hasher);
    let mut mode = info(line);
    // A name can be given to one mode only.
    let rate = f64::from(layout_plan::refresh(&mode)) / 1000.0;
    let name = format!("{}x{}_{rate:.2}_{:08x}", mode.width, mode.height, hasher.finish() as u32);
    mode.name_len = u16::try_from(name.len()).unwrap_or_default();
    match x.conn.randr_create_mode(x.root, mode, name.as_bytes())?.reply() {
        Ok(made) => Ok(Ok(made.mode)),
        Err(why) => Ok(Err(why)),
    }
}

/// The timings in RandR's form, without a number and a name.
pub(super) fn info(line: ModeLine) -> ModeInfo {
    let ModeLine { clock, horizontal, vertical, hsync, vsync, interlaced, doubled } = line;
    let [width, hsync_start, hsync_end, htotal] = horizontal;
    let [height, vsync_start, vsync_end, vtotal] = vertical;
    let flags = [
        (hsync == Some(true), ModeFlag::HSYNC_POSITIVE),
        (hsync == Some(false), ModeFlag::HSYNC_NEGATIVE),
        (vsync == Some(true), ModeFlag::VSYNC_POSITIVE),
        (vsync == Some(false), ModeFlag::VSYNC_NEGATIVE),
        (interlaced, ModeFlag::INTERLACE),
        (doubled, ModeFlag::DOUBLE_SCAN),
    ];
    let mode_flags =
        flags.into_iter().filter(|(set, _)| *set).fold(ModeFlag::from(0u32), |all, (_, flag)| all | flag);
    ModeInfo {
        width,
        height,
        dot_clock: clock,
        hsync_start,
        hsync_end,
        htotal,
        vsync_start,
        vsync_end,
        vtotal,
        mode_flags,
        ..ModeInfo::default()
    }
}

/// Whether two modes have the same timings.
pub(super) fn are_alike(one: &ModeInfo, other: &ModeInfo) -> bool {
    let timings = |mode: &ModeInfo| {
        let row = [mode.width, mode.hsync_start, mode.hsync_end, mode.htotal, mode.hskew];
        let picture = [mode.height, mode.vsync_start, mode.vsync_end, mode.vtotal];
        (mode.dot_clock, row, picture, mode.mode_flags)
    };
    timings(one) == timings(other)
}
