//! The lit monitors, as RandR 1.5 lists them.

use x11rb::protocol::randr;
use x11rb::protocol::xproto::ConnectionExt as _;

use super::display::{Display, Error};
use super::known_edids::KnownEdids;
use super::outputs;
use crate::core::types::{Monitor, Rect};

/// RandR's list without what is unplugged, in RandR's order: the X server puts the primary monitor first, and `xrandr --listmonitors`,
/// GTK 3 and virt-viewer 11 number them so (tried with each monitor as the primary one).
pub(super) fn list(
    x: &Display,
    edids: &mut KnownEdids,
    takes_for_connected: impl Fn(&str) -> bool,
) -> Result<Vec<Monitor>, Error> {
    let reply = randr::get_monitors(&x.conn, x.root, true)?.reply()?;
    let mut monitors = Vec::new();
    // GTK, too, leaves out monitors whose connectors are unplugged, though lit.
    let mut index = 0;
    for info in &reply.monitors {
        let name = x.conn.get_atom_name(info.name)?.reply()?.name;
        let connector = String::from_utf8_lossy(&name).into_owned();
        let unplugged = outputs::unplugged(x, &info.outputs)?;
        if unplugged && !takes_for_connected(&connector) {
            continue;
        }
        index += u32::from(!unplugged);
        let mut edid = None;
        for &output in &info.outputs {
            edid = edid.or(outputs::edid(x, output)?);
        }
        monitors.push(Monitor {
            // A viewer is told to begin on some monitor that it knows of, and is moved from there.
            index: if unplugged { 1 } else { index },
            connector,
            edid,
            rect: Rect {
                x: info.x.into(),
                y: info.y.into(),
                width: info.width.into(),
                height: info.height.into(),
            },
            primary: info.primary,
        });
    }
    edids.complete(&mut monitors.iter_mut().map(|m| (m.connector.as_str(), &mut m.edid)).collect::<Vec<_>>());
    Ok(monitors)
}
