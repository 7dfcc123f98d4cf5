//! The lit monitors, as RandR 1.5 lists them.

use x11rb::protocol::randr;
use x11rb::protocol::xproto::ConnectionExt as _;

use super::display::{Display, Error};
use super::outputs;
use crate::core::types::{Monitor, Rect};

/// RandR's list without what is unplugged, in RandR's order: the X server puts the primary monitor first, and `xrandr --listmonitors`,
/// GTK 3 and virt-viewer 11 number them so (tried with each monitor as the primary one).
pub(super) fn list(x: &Display) -> Result<Vec<Monitor>, Error> {
    let reply = randr::get_monitors(&x.conn, x.root, true)?.reply()?;
    let mut monitors = Vec::new();
    // GTK, too, leaves out monitors whose connectors are unplugged, though lit.
    let mut index = 0;
    for info in &reply.monitors {
        if outputs::unplugged(x, &info.outputs)? {
            continue;
        }
        index += 1;
        let name = x.conn.get_atom_name(info.name)?.reply()?.name;
        let mut edid = None;
        for &output in &info.outputs {
            edid = edid.or(outputs::edid(x, output)?);
        }
        monitors.push(Monitor {
            index,
            connector: String::from_utf8_lossy(&name).into_owned(),
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
    Ok(monitors)
}
