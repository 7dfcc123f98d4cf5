//! Sets up the screens as the configuration says (RandR 1.5): which are lit, in what mode, where.
//!
//! What is right already is not touched. What is unplugged is left as it is, lit or not: so the others keep
//! their places, and the artwork returns to its own when the monitor does.

use std::collections::{BTreeMap, BTreeSet};

use tracing::{info, warn};
use x11rb::connection::Connection as _;
use x11rb::errors::ReplyError;
use x11rb::protocol::randr::{self, ConnectionExt as _, Crtc, Output, SetConfig};
use x11rb::protocol::xproto::{ConnectionExt as _, Timestamp};

use super::display::{Display, Error};
use super::layout_plan::{self, bottom, right};
use super::outputs::{self, Port, Setup};
use crate::core::types::{Rect, ScreenSettings};

/// Changes in a row, each undone by somebody; after so many, another program is thought to want it otherwise, and the
/// monitors would flicker for ever.
const MAX_CHANGES_IN_A_ROW: u8 = 5;

/// How the screens are to be set up.
#[derive(Default)]
pub(super) struct Layout {
    wanted: Vec<ScreenSettings>,
    /// How many changes in a row had to be made.
    changes: u8,
    /// Where each screen was last, by connector: it comes back to the same place.
    last_positions: BTreeMap<String, (i32, i32)>,
    /// What was told already.
    warned: BTreeSet<String>,
}

impl Layout {
    /// Sets up these screens from now on.
    pub(super) fn set(&mut self, wanted: Vec<ScreenSettings>) {
        if self.wanted != wanted {
            self.wanted = wanted;
            self.warned.clear();
        }
        self.changes = 0;
    }

    /// Makes the screens as they should be. Whether anything had to be changed.
    pub(super) fn apply(&mut self, x: &Display) -> Result<bool, Error> {
        if self.wanted.is_empty() {
            return Ok(false);
        }
        let (ports, resources) = outputs::ports(x)?;
        let plan = layout_plan::plan(&self.wanted, &mut self.last_positions, &ports);
        for complaint in &plan.complaints {
            self.warn_once(complaint);
        }
        let primary = self.primary(x, &ports)?;
        let changes: Vec<_> =
            ports.iter().zip(&plan.setups).filter(|(port, setup)| port.now != **setup).collect();
        if changes.is_empty() && primary.is_none() {
            self.changes = 0;
            return Ok(false);
        }
        if self.changes == MAX_CHANGES_IN_A_ROW {
            self.warn_once(
                "Another program changes the screens again and again, so that they are left as they are. \
                Is there a desktop's settings daemon, or xrandr in an autostart?",
            );
            return Ok(false);
        }
        self.changes += 1;
        // No client sees the steps in between.
        x.conn.grab_server()?;
        let done = change(x, &resources, &ports, &plan.setups, primary);
        x.conn.ungrab_server()?;
        x.conn.flush()?;
        for failure in done? {
            self.warn_once(&failure);
        }
        for (port, setup) in changes {
            match setup {
                Some(Setup { rect, .. }) => info!(
                    "screen {}: {}x{} at {},{}",
                    port.connector, rect.width, rect.height, rect.x, rect.y
                ),
                None => info!("screen {}: switched off", port.connector),
            }
        }
        Ok(true)
    }

    fn warn_once(&mut self, text: &str) {
        if self.warned.insert(text.to_owned()) {
            warn!("{text}");
        }
    }

    /// The output that is to become the primary one.
    fn primary(&self, x: &Display, ports: &[Port]) -> Result<Option<Output>, Error> {
        let wanted = ports.iter().find(|port| {
            port.connected
                && layout_plan::settings_of(&self.wanted, port).is_some_and(|settings| settings.primary)
        });
        let Some(wanted) = wanted else { return Ok(None) };
        let now = x.conn.randr_get_output_primary(x.root)?.reply()?.output;
        Ok((now != wanted.output).then_some(wanted.output))
    }
}

/// Changes what differs. What could not be done is returned, for people.
fn change(
    x: &Display,
    resources: &randr::GetScreenResourcesCurrentReply,
    ports: &[Port],
    plan: &[Option<Setup>],
    primary: Option<Output>,
) -> Result<Vec<String>, Error> {
    let time = resources.config_timestamp;
    let mut failures = Vec::new();
    let taken = |crtc: Crtc| plan.iter().flatten().any(|setup| setup.crtc == crtc);
    // First everything goes dark that is to, or that would not fit on its way.
    for (port, setup) in ports.iter().zip(plan) {
        if let Some(now) = port.now
            && *setup != Some(now)
            && (setup.is_none_or(|setup| setup.crtc != now.crtc) || setup.is_some_and(|s| s.rect != now.rect))
            && !(setup.is_none() && taken(now.crtc) && !port.connected)
        {
            failures.extend(darken(x, time, now.crtc, &port.connector)?);
        }
    }
    let lit: Vec<Rect> = plan.iter().flatten().map(|setup| setup.rect).collect();
    grow(x, &lit)?;
    for (port, setup) in ports.iter().zip(plan) {
        if let Some(setup) = setup
            && port.now != Some(*setup)
        {
            failures.extend(light(x, time, port, *setup)?);
        }
    }
    if let Some(output) = primary {
        x.conn.randr_set_output_primary(x.root, output)?;
    }
    Ok(failures)
}

/// Switches a CRTC off. Why not is returned, for people.
fn darken(x: &Display, time: Timestamp, crtc: Crtc, connector: &str) -> Result<Option<String>, Error> {
    let none = randr::Rotation::ROTATE0;
    let request = x.conn.randr_set_crtc_config(crtc, 0, time, 0, 0, 0, none, &[])?;
    refusal(request.reply(), connector)
}

/// Lights an output. Why not is returned, for people.
fn light(x: &Display, time: Timestamp, port: &Port, setup: Setup) -> Result<Option<String>, Error> {
    let Setup { crtc, mode, rotation, rect } = setup;
    let left = i16::try_from(rect.x).unwrap_or_default();
    let top = i16::try_from(rect.y).unwrap_or_default();
    let outputs = [port.output];
    let request = x.conn.randr_set_crtc_config(crtc, 0, time, left, top, mode, rotation, &outputs)?;
    refusal(request.reply(), &port.connector)
}

/// What the X server has against it, for people.
fn refusal(
    reply: Result<randr::SetCrtcConfigReply, ReplyError>,
    connector: &str,
) -> Result<Option<String>, Error> {
    let why = match reply {
        Ok(reply) if reply.status == SetConfig::SUCCESS => return Ok(None),
        Ok(reply) => format!("{:?}", reply.status),
        Err(ReplyError::X11Error(error)) => format!("{:?}", error.error_kind),
        Err(ReplyError::ConnectionError(lost)) => return Err(lost.into()),
    };
    Ok(Some(format!("The X server would not set up the screen {connector} ({why}).")))
}

/// Makes the X screen large enough. It is never made smaller, which would disturb what is shown.
fn grow(x: &Display, lit: &[Rect]) -> Result<(), Error> {
    let size = x.conn.get_geometry(x.root)?.reply()?;
    let limits = x.conn.randr_get_screen_size_range(x.root)?.reply()?;
    let needed = |edges: Option<i32>| edges.and_then(|edge| u16::try_from(edge).ok()).unwrap_or(0);
    let width = needed(lit.iter().map(right).max()).max(size.width).min(limits.max_width);
    let height = needed(lit.iter().map(bottom).max()).max(size.height).min(limits.max_height);
    if (width, height) != (size.width, size.height) {
        // 96 pixels to the inch, as Xorg has it.
        let millimetres = |pixels: u16| u32::from(pixels) * 254 / 960;
        x.conn.randr_set_screen_size(x.root, width, height, millimetres(width), millimetres(height))?;
    }
    Ok(())
}
