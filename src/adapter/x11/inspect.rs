//! One look at all that an X server shows, for who runs no adapter: the doctor. It only reads.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::protocol::dpms;
use x11rb::protocol::randr::{self, ModeFlag, ModeInfo};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, MapState, Window, WindowClass};

use super::capture::{self, BAND_ROWS};
use super::display::{Display, Error, gone};
use super::known_edids::KnownEdids;
use super::stream::{self, Cookie};
use super::{monitors, outputs, own_window, placement};
use crate::core::types::{Mode, MonitorSeen, OutputSeen, PictureSeen, Rect, Rotation, WindowSeen};
use crate::host;

/// Rows of a screen that are read, and pixels in each of them that are kept: a small part of what a screenshot takes.
const SAMPLE: u32 = 48;
/// The cookie of the only way that is in use (Xsecurity(7)).
const COOKIE_NAME: &[u8] = b"MIT-MAGIC-COOKIE-1";

/// Which X server, and by what one is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayAddress {
    /// As `$DISPLAY` has it.
    pub display: String,
    /// The file with the cookie; `None` for that of the environment.
    pub authority: Option<PathBuf>,
}

/// What an X server shows and does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// Who made it.
    pub vendor: String,
    /// Its version, as the vendor counts: 12101007 is Xorg 21.1.7 (1.21.1.7).
    pub release: u32,
    /// How long a question that costs nothing took.
    pub answer: Duration,
    /// RandR's version.
    pub randr: (u32, u32),
    /// It draws on a Wayland compositor.
    pub is_on_wayland: bool,
    /// What the window manager calls itself; `None` where there is none that follows EWMH.
    pub window_manager: Option<String>,
    /// A compositing manager draws what is seen.
    pub composited: bool,
    /// Which monitors may be switched off, and when.
    pub blanking: Blanking,
    /// Every output of the graphics card.
    pub outputs: Vec<OutputSeen>,
    /// The lit monitors, in RandR's order.
    pub monitors: Vec<MonitorSeen>,
    /// The windows that are mapped, from below to above.
    pub windows: Vec<WindowSeen>,
}

/// What makes screens dark (xset(1): `s` and `dpms`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blanking {
    /// The screen saver begins after so many seconds; 0 for never.
    pub saver: u16,
    /// Monitors are put to sleep by DPMS.
    pub dpms: bool,
    /// After so many seconds, the earliest of standby, suspend and off; 0 for never.
    pub dpms_after: u16,
    /// They are asleep now.
    pub asleep: bool,
}

/// Looks once, for no longer than this.
///
/// # Errors
/// As [`super::spawn`], and where the X server does not answer in time.
pub fn inspect(address: &DisplayAddress, within: Duration) -> Result<Inspected, Error> {
    let address = address.clone();
    let inspected = host::within(within, move || look(&address));
    inspected.unwrap_or_else(|error| Err(Error::System("the X server was asked what it shows", error)))
}

fn look(address: &DisplayAddress) -> Result<Inspected, Error> {
    let display = Some(address.display.as_str());
    let connected = match &address.authority {
        None => stream::connect(display, None),
        Some(file) => stream::connect_with(display, None, |_, _, number| cookie_in(file, number)),
    };
    let x = Display::over(connected.map_err(|source| Error::connect(display, source))?)?;
    let asked = Instant::now();
    x.conn.get_input_focus()?.reply()?;
    let answer = asked.elapsed();
    let randr = randr::query_version(&x.conn, 1, 6)?.reply()?;
    let outputs = outputs(&x)?;
    let setup = x.conn.setup();
    let wayland = x.conn.extension_information("XWAYLAND")?.is_some()
        || outputs.iter().any(|output| output.connector.starts_with("XWAYLAND"));
    Ok(Inspected {
        vendor: String::from_utf8_lossy(&setup.vendor).into_owned(),
        release: setup.release_number,
        answer,
        randr: (randr.major_version, randr.minor_version),
        is_on_wayland: wayland,
        window_manager: window_manager(&x)?,
        composited: composited(&x)?,
        blanking: blanking(&x)?,
        outputs,
        monitors: monitors(&x)?,
        windows: windows(&x)?,
    })
}

fn outputs(x: &Display) -> Result<Vec<OutputSeen>, Error> {
    let (ports, resources) = outputs::ports(x)?;
    let seen = ports.into_iter().map(|port| {
        let shows = port.now.and_then(|now| {
            let mode = resources.modes.iter().find(|mode| mode.id == now.mode)?;
            Some((mode_of(mode), rotation_of(now.rotation), now.rect))
        });
        OutputSeen {
            connector: port.connector,
            edid: port.edid,
            connected: port.connected,
            shows,
            modes: port.modes.iter().map(mode_of).collect(),
        }
    });
    Ok(seen.collect())
}

fn mode_of(mode: &ModeInfo) -> Mode {
    let mut total = u64::from(mode.htotal) * u64::from(mode.vtotal);
    if mode.mode_flags.contains(ModeFlag::DOUBLE_SCAN) {
        total *= 2;
    }
    let mut rate = (u64::from(mode.dot_clock) * 1000).checked_div(total).unwrap_or(0);
    if mode.mode_flags.contains(ModeFlag::INTERLACE) {
        rate *= 2;
    }
    Mode { width: mode.width.into(), height: mode.height.into(), rate: u32::try_from(rate).ok() }
}

fn rotation_of(rotation: randr::Rotation) -> Rotation {
    if rotation.contains(randr::Rotation::ROTATE90) {
        Rotation::Left
    } else if rotation.contains(randr::Rotation::ROTATE180) {
        Rotation::Inverted
    } else if rotation.contains(randr::Rotation::ROTATE270) {
        Rotation::Right
    } else {
        Rotation::Normal
    }
}

fn monitors(x: &Display) -> Result<Vec<MonitorSeen>, Error> {
    let list = monitors::list(x, &mut KnownEdids::default(), |_| false)?;
    let seen = list.into_iter().map(|monitor| {
        let picture = sample(x, monitor.rect).map_err(|error| error.to_string());
        MonitorSeen { monitor, picture }
    });
    Ok(seen.collect())
}

/// Reads some rows, one after the other, so that the X server is never kept for longer than a row takes.
fn sample(x: &Display, rect: Rect) -> Result<PictureSeen, Error> {
    let mut pixels = Vec::new();
    let mut only = None;
    let mut many = false;
    for row in 0..SAMPLE.min(rect.height) {
        let y = rect.y.saturating_add_unsigned(row * rect.height / SAMPLE.min(rect.height));
        let line = capture::capture(x, Rect { y, height: 1, ..rect })?;
        let (line, _) = line.rgb.as_chunks::<3>();
        for pixel in line {
            many |= *only.get_or_insert(*pixel) != *pixel;
        }
        let step = (line.len() / SAMPLE as usize).max(1);
        pixels.extend(line.iter().step_by(step));
    }
    let only = only.filter(|_| !many);
    // A line of text may lie between the rows.
    let only = only.filter(|only| is_plain(x, rect, *only).unwrap_or(false));
    Ok(PictureSeen { pixels, only })
}

/// Whether all of an area has this colour.
fn is_plain(x: &Display, rect: Rect, colour: [u8; 3]) -> Result<bool, Error> {
    for top in (0..rect.height).step_by(BAND_ROWS as usize) {
        let y = rect.y.saturating_add_unsigned(top);
        let band = capture::capture(x, Rect { y, height: BAND_ROWS.min(rect.height - top), ..rect })?;
        let (pixels, _) = band.rgb.as_chunks::<3>();
        if pixels.iter().any(|pixel| *pixel != colour) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn window_manager(x: &Display) -> Result<Option<String>, Error> {
    let check = x.atoms._NET_SUPPORTING_WM_CHECK;
    let request = x.conn.get_property(false, x.root, check, AtomEnum::WINDOW, 0, 1)?;
    let window = gone(request.reply())?.as_ref().and_then(|reply| reply.value32()?.next());
    let Some(window) = window else { return Ok(None) };
    // One that has died leaves the number of its window behind.
    let lives = gone(x.conn.get_window_attributes(window)?.reply())?.is_some();
    if lives { text(x, window, x.atoms._NET_WM_NAME).map(Some) } else { Ok(None) }
}

/// Whether the selection of a compositing manager has an owner (EWMH 1.5, "_NET_WM_CM_Sn").
fn composited(x: &Display) -> Result<bool, Error> {
    let name = format!("_NET_WM_CM_S{}", x.screen);
    let atom = x.conn.intern_atom(true, name.as_bytes())?.reply()?.atom;
    if atom == x11rb::NONE {
        return Ok(false);
    }
    Ok(x.conn.get_selection_owner(atom)?.reply()?.owner != x11rb::NONE)
}

fn blanking(x: &Display) -> Result<Blanking, Error> {
    let saver = x.conn.get_screen_saver()?.reply()?.timeout;
    let none = Blanking { saver, ..Blanking::default() };
    if x.conn.extension_information(dpms::X11_EXTENSION_NAME)?.is_none()
        || !dpms::capable(&x.conn)?.reply()?.capable
    {
        return Ok(none);
    }
    let info = dpms::info(&x.conn)?.reply()?;
    let times = dpms::get_timeouts(&x.conn)?.reply()?;
    let times = [times.standby_timeout, times.suspend_timeout, times.off_timeout];
    let first = times.into_iter().filter(|time| *time > 0).min().unwrap_or(0);
    let asleep = info.state && info.power_level != dpms::DPMSMode::ON;
    Ok(Blanking { dpms: info.state, dpms_after: first, asleep, ..none })
}

fn windows(x: &Display) -> Result<Vec<WindowSeen>, Error> {
    let mut seen = Vec::new();
    for window in x.conn.query_tree(x.root)?.reply()?.children {
        seen.extend(seen_of(x, window)?);
    }
    Ok(seen)
}

/// A window below the root window, where it is there to be seen.
fn seen_of(x: &Display, window: Window) -> Result<Option<WindowSeen>, Error> {
    let attributes = gone(x.conn.get_window_attributes(window)?.reply())?;
    let is_seen = attributes.is_some_and(|found| {
        found.map_state == MapState::VIEWABLE && found.class == WindowClass::INPUT_OUTPUT
    });
    if !is_seen {
        return Ok(None);
    }
    let Some(size) = gone(x.conn.get_geometry(window)?.reply())? else { return Ok(None) };
    let client = client_in(x, window)?;
    let pid = x.conn.get_property(false, client, x.atoms._NET_WM_PID, AtomEnum::CARDINAL, 0, 1)?;
    let pid = gone(pid.reply())?.as_ref().and_then(|reply| reply.value32()?.next());
    let class = text(x, client, AtomEnum::WM_CLASS.into())?;
    let named = text(x, client, x.atoms._NET_WM_NAME)?;
    let title = if named.is_empty() { text(x, client, AtomEnum::WM_NAME.into())? } else { named };
    Ok(Some(WindowSeen {
        rect: Rect {
            x: size.x.into(),
            y: size.y.into(),
            width: u32::from(size.width) + 2 * u32::from(size.border_width),
            height: u32::from(size.height) + 2 * u32::from(size.border_width),
        },
        title,
        class: class.rsplit('\0').find(|part| !part.is_empty()).unwrap_or_default().to_owned(),
        pids: pid.into_iter().collect(),
        hidden: placement::is_shaped_away(x, window)? || placement::is_shaped_away(x, client)?,
        ours: own_window::is_ours(x, client)?,
    }))
}

/// The window of a program within a window manager's frame; itself where it has none.
fn client_in(x: &Display, window: Window) -> Result<Window, Error> {
    let mut level = vec![window];
    // A frame has the program's window as a child, or a child's child.
    for _ in 0..3 {
        let mut below = Vec::new();
        for window in level {
            let class = x.conn.get_property(false, window, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 1)?;
            if gone(class.reply())?.is_some_and(|class| !class.value.is_empty()) {
                return Ok(window);
            }
            below
                .extend(gone(x.conn.query_tree(window)?.reply())?.into_iter().flat_map(|tree| tree.children));
        }
        level = below;
    }
    Ok(window)
}

fn text(x: &Display, window: Window, property: u32) -> Result<String, Error> {
    let value = x.conn.get_property(false, window, property, AtomEnum::ANY, 0, 256)?;
    let value = gone(value.reply())?.map(|reply| reply.value).unwrap_or_default();
    Ok(String::from_utf8_lossy(&value).into_owned())
}

/// The cookie for a display in a file (Xau(3), "FILE FORMAT"): nothing where there is none, and the X server may let us
/// in all the same.
fn cookie_in(file: &Path, display: u16) -> Cookie {
    let bytes = std::fs::read(file).unwrap_or_default();
    cookie_of(&bytes, display).unwrap_or_default()
}

fn cookie_of(mut bytes: &[u8], display: u16) -> Option<Cookie> {
    let wanted = display.to_string();
    loop {
        // The family of the address.
        bytes = bytes.get(2..)?;
        let [_address, number, name, data] = [(); 4].map(|()| {
            let length = bytes.first_chunk::<2>().map(|length| usize::from(u16::from_be_bytes(*length)))?;
            let field = bytes.get(2..2 + length)?;
            bytes = &bytes[2 + length..];
            Some(field)
        });
        let (number, name, data) = (number?, name?, data?);
        if name == COOKIE_NAME && (number.is_empty() || number == wanted.as_bytes()) {
            return Some((name.to_vec(), data.to_vec()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: &str, name: &[u8], data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![1, 0];
        for field in [b"host".as_slice(), number.as_bytes(), name, data] {
            bytes.extend(u16::try_from(field.len()).unwrap().to_be_bytes());
            bytes.extend(field);
        }
        bytes
    }

    #[test]
    fn the_cookie_of_a_display_is_found() {
        let one = entry("1", COOKIE_NAME, b"one");
        let other = entry("0", b"OTHER", b"other");
        let any = entry("", COOKIE_NAME, b"any");
        let named = |data: &[u8]| Some((COOKIE_NAME.to_vec(), data.to_vec()));
        let all = [one.clone(), other.clone(), any].concat();
        for (bytes, display, expected) in [
            (all.clone(), 1, named(b"one")),
            (all, 0, named(b"any")),
            ([one, other].concat(), 0, None),
            (Vec::new(), 0, None),
            (vec![1, 0, 0, 9, 1], 0, None),
        ] {
            assert_eq!(cookie_of(&bytes, display), expected);
        }
    }
}
