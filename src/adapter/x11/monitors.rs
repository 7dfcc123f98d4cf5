//! The lit monitors, as RandR 1.5 lists them.

use x11rb::protocol::randr;
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _};

use super::{Display, Error, gone, layout};
use crate::core::types::{Monitor, Rect};

/// RandR's list without what is unplugged, in RandR's order: the X server puts the primary monitor first, and `xrandr --listmonitors`,
/// GTK 3 and virt-viewer 11 number them so (tried with each monitor as the primary one).
pub(super) fn list(x: &Display) -> Result<Vec<Monitor>, Error> {
    let reply = randr::get_monitors(&x.conn, x.root, true)?.reply()?;
    let mut monitors = Vec::new();
    // GTK, too, leaves out monitors whose connectors are unplugged, though lit.
    let mut index = 0;
    for info in &reply.monitors {
        if layout::unplugged(x, &info.outputs)? {
            continue;
        }
        index += 1;
        let name = x.conn.get_atom_name(info.name)?.reply()?.name;
        let mut edid = None;
        for &output in &info.outputs {
            edid = edid.or(self::edid(x, output)?);
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

/// What the monitor at an output calls itself.
pub(super) fn edid(x: &Display, output: randr::Output) -> Result<Option<String>, Error> {
    let request = randr::get_output_property(
        &x.conn,
        output,
        x.atoms.EDID,
        u32::from(AtomEnum::ANY),
        0,
        128 / 4,
        false,
        false,
    )?;
    Ok(gone(request.reply())?.filter(|reply| reply.format == 8).and_then(|reply| identify(&reply.data)))
}

/// `MAKER-MODEL-SERIAL` out of an EDID's first block (VESA E-EDID 1.4, section 3): the name and serial
/// descriptors (tags 0xFC, 0xFF) where they are there, else the product code in hexadecimal and the serial
/// number in decimal.
fn identify(edid: &[u8]) -> Option<String> {
    let block = edid.get(..128)?;
    if block[..8] != [0, 255, 255, 255, 255, 255, 255, 0] {
        return None;
    }
    let maker = u16::from_be_bytes([block[8], block[9]]);
    let maker: String =
        [10, 5, 0].iter().map(|shift| char::from(b'@' + (maker >> shift & 31) as u8)).collect();
    let descriptor = |tag: u8| {
        let found = block[54..126].chunks_exact(18).find(|d| d[..3] == [0, 0, 0] && d[3] == tag)?;
        let text = found[5..].split(|&byte| byte == b'\n').next()?;
        let text = String::from_utf8_lossy(text).trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    let model =
        descriptor(0xFC).unwrap_or_else(|| format!("{:04X}", u16::from_le_bytes([block[10], block[11]])));
    let serial = descriptor(0xFF)
        .unwrap_or_else(|| u32::from_le_bytes([block[12], block[13], block[14], block[15]]).to_string());
    Some([maker, model, serial].map(|part| plain(&part)).join("-"))
}

fn plain(part: &str) -> String {
    part.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::identify;

    fn block(descriptors: &[(u8, &str)]) -> Vec<u8> {
        let mut edid = vec![0u8; 128];
        edid[..8].copy_from_slice(&[0, 255, 255, 255, 255, 255, 255, 0]);
        // "DEL": 4, 5, 12 in five bits each.
        edid[8..10].copy_from_slice(&(4u16 << 10 | 5 << 5 | 12).to_be_bytes());
        edid[10..12].copy_from_slice(&0x40B7u16.to_le_bytes());
        edid[12..16].copy_from_slice(&305_419_896u32.to_le_bytes());
        for (place, (tag, text)) in descriptors.iter().enumerate() {
            let at = 54 + 18 * place;
            edid[at + 3] = *tag;
            let mut padded = format!("{text}\n").into_bytes();
            padded.resize(13, b' ');
            edid[at + 5..at + 18].copy_from_slice(&padded);
        }
        edid
    }

    #[test]
    fn edid_ids() {
        let rows: &[(Vec<u8>, Option<&str>)] = &[
            (block(&[(0xFC, "DELL U2415"), (0xFF, "7MT01-6K0 ABC")]), Some("DEL-DELL_U2415-7MT01_6K0_ABC")),
            (block(&[(0xFD, "range"), (0xFC, "P2.4_X")]), Some("DEL-P2.4_X-305419896")),
            (block(&[(0xFF, "")]), Some("DEL-40B7-305419896")),
            (block(&[])[..127].to_vec(), None),
            (vec![0; 128], None),
        ];
        for (edid, expected) in rows {
            assert_eq!(identify(edid).as_deref(), *expected);
        }
    }
}
