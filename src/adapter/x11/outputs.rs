//! The graphics card's outputs, as RandR 1.5 tells of them: what is plugged in, what it can do, what it shows.

use x11rb::protocol::randr::{self, ConnectionExt as _, Crtc, ModeInfo, Output};
use x11rb::protocol::xproto::AtomEnum;

use super::display::{Display, Error, gone};
use crate::core::types::Rect;

/// Bytes of an EDID's first block; the others tell nothing of who the monitor is.
const EDID_BLOCK: usize = 128;

/// An output and what it shows.
#[derive(Clone, Debug)]
pub(super) struct Port {
    pub(super) output: Output,
    pub(super) connector: String,
    /// What its monitor calls itself: `MAKER-MODEL-SERIAL`.
    pub(super) edid: Option<String>,
    pub(super) connected: bool,
    /// What its monitor can do, the preferred ones first.
    pub(super) modes: Vec<ModeInfo>,
    /// How many of them are preferred ones.
    pub(super) preferred: usize,
    /// What can light it.
    pub(super) crtcs: Vec<Crtc>,
    /// How the graphics driver can turn its picture.
    pub(super) rotations: randr::Rotation,
    /// `None` where it is dark.
    pub(super) now: Option<Setup>,
}

/// What others may change of an output: whether it is connected, to what, its modes, and what it shows.
pub(super) type PortState = (Output, bool, Option<String>, Vec<u32>, Option<Setup>);

impl Port {
    /// How it is just now, to be compared with how it is later.
    pub(super) fn state(&self) -> PortState {
        let modes = self.modes.iter().map(|mode| mode.id).collect();
        (self.output, self.connected, self.edid.clone(), modes, self.now)
    }
}

/// A lit output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setup {
    pub(super) crtc: Crtc,
    pub(super) mode: u32,
    pub(super) rotation: randr::Rotation,
    pub(super) rect: Rect,
}

/// All outputs as they are.
pub(super) fn ports(x: &Display) -> Result<(Vec<Port>, randr::GetScreenResourcesCurrentReply), Error> {
    let resources = x.conn.randr_get_screen_resources_current(x.root)?.reply()?;
    let time = resources.config_timestamp;
    let mut ports = Vec::new();
    for &output in &resources.outputs {
        let info = x.conn.randr_get_output_info(output, time)?.reply()?;
        let now = match info.crtc {
            0 => None,
            crtc => {
                let shown = x.conn.randr_get_crtc_info(crtc, time)?.reply()?;
                let rect = Rect {
                    x: shown.x.into(),
                    y: shown.y.into(),
                    width: shown.width.into(),
                    height: shown.height.into(),
                };
                (shown.mode != 0).then_some(Setup { crtc, mode: shown.mode, rotation: shown.rotation, rect })
            }
        };
        let rotations = match info.crtcs.first() {
            Some(crtc) => x.conn.randr_get_crtc_info(*crtc, time)?.reply()?.rotations,
            None => randr::Rotation::ROTATE0,
        };
        let modes = info.modes.iter().filter_map(|id| resources.modes.iter().find(|mode| mode.id == *id));
        ports.push(Port {
            output,
            connector: String::from_utf8_lossy(&info.name).into_owned(),
            edid: edid(x, output)?,
            connected: info.connection == randr::Connection::CONNECTED,
            modes: modes.copied().collect(),
            preferred: info.num_preferred.into(),
            crtcs: info.crtcs,
            rotations,
            now,
        });
    }
    Ok((ports, resources))
}

/// Whether nothing is plugged in at a lit monitor's connectors any more.
pub(super) fn unplugged(x: &Display, outputs: &[Output]) -> Result<bool, Error> {
    for &output in outputs {
        let info = gone(x.conn.randr_get_output_info(output, 0)?.reply())?;
        if info.is_none_or(|info| info.connection != randr::Connection::DISCONNECTED) {
            return Ok(false);
        }
    }
    Ok(!outputs.is_empty())
}

/// What the monitor at an output calls itself.
pub(super) fn edid(x: &Display, output: randr::Output) -> Result<Option<String>, Error> {
    let request = randr::get_output_property(
        &x.conn,
        output,
        x.atoms.EDID,
        u32::from(AtomEnum::ANY),
        0,
        EDID_BLOCK as u32 / 4,
        false,
        false,
    )?;
    Ok(gone(request.reply())?.filter(|reply| reply.format == 8).and_then(|reply| identify(&reply.data)))
}

/// `MAKER-MODEL-SERIAL` out of an EDID's first block (VESA E-EDID 1.4, section 3): the name and serial
/// descriptors (tags 0xFC, 0xFF) where they are there, else the product code in hexadecimal and the serial
/// number in decimal.
fn identify(edid: &[u8]) -> Option<String> {
    let block = edid.get(..EDID_BLOCK)?;
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
        for (index, (tag, text)) in descriptors.iter().enumerate() {
            let at = 54 + 18 * index;
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
