//! Sets up the screens as the configuration says (RandR 1.5): which are lit, in what mode, where.
//!
//! What is right already is not touched. What is unplugged is left as it is, lit or not: so the others keep
//! their places, and the artwork returns to its own when the monitor does.

use std::collections::{BTreeMap, BTreeSet};

use tracing::{info, warn};
use x11rb::connection::Connection as _;
use x11rb::protocol::randr::{self, ConnectionExt as _, Crtc, ModeFlag, ModeInfo, Output, SetConfig};
use x11rb::protocol::xproto::ConnectionExt as _;

use super::monitors;
use super::{Display, Error};
use crate::core::types::{Mode, Rect, Rotation, ScreenName, ScreenSettings};

/// Changes in a row after which another program is thought to want it otherwise.
const MOST_TRIES: u8 = 5;

/// How the screens are to be set up.
#[derive(Default)]
pub(super) struct Layout {
    wanted: Vec<ScreenSettings>,
    tries: u8,
    /// Where each screen was last, by connector: it comes back to the same place.
    places: BTreeMap<String, (i32, i32)>,
    complaints: BTreeSet<String>,
}

/// An output and what it shows.
#[derive(Clone, Debug)]
struct Port {
    output: Output,
    connector: String,
    edid: Option<String>,
    connected: bool,
    /// What its monitor can do, the preferred ones first.
    modes: Vec<ModeInfo>,
    preferred: usize,
    crtcs: Vec<Crtc>,
    /// How the graphics driver can turn its picture.
    rotations: randr::Rotation,
    now: Option<Setup>,
}

/// A lit output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Setup {
    crtc: Crtc,
    mode: u32,
    rotation: randr::Rotation,
    rect: Rect,
}

impl Layout {
    /// New wishes.
    pub(super) fn set(&mut self, wanted: Vec<ScreenSettings>) {
        if self.wanted != wanted {
            self.wanted = wanted;
            self.complaints.clear();
        }
        self.tries = 0;
    }

    /// Makes the screens as they should be. Whether anything had to be changed.
    pub(super) fn apply(&mut self, x: &Display) -> Result<bool, Error> {
        if self.wanted.is_empty() {
            return Ok(false);
        }
        let (ports, resources) = ports(x)?;
        let plan = self.plan(&ports);
        let primary = self.primary(x, &ports)?;
        let changes: Vec<_> = ports.iter().zip(&plan).filter(|(port, setup)| port.now != **setup).collect();
        if changes.is_empty() && primary.is_none() {
            self.tries = 0;
            return Ok(false);
        }
        if self.tries == MOST_TRIES {
            self.complain(
                "Another program changes the screens again and again, so that they are left as they are. \
                Is there a desktop's settings daemon, or xrandr in an autostart?",
            );
            return Ok(false);
        }
        self.tries += 1;
        // No client sees the steps in between.
        x.conn.grab_server()?;
        let done = change(x, &resources, &ports, &plan, primary);
        x.conn.ungrab_server()?;
        x.conn.flush()?;
        for failure in done? {
            self.complain(&failure);
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

    fn complain(&mut self, text: &str) {
        if self.complaints.insert(text.to_owned()) {
            warn!("{text}");
        }
    }

    fn of(&self, port: &Port) -> Option<&ScreenSettings> {
        self.wanted.iter().find(|settings| match &settings.name {
            ScreenName::Connector(name) => *name == port.connector,
            ScreenName::Edid(id) => port.edid.as_deref() == Some(id),
        })
    }

    /// What each output should show.
    fn plan(&mut self, ports: &[Port]) -> Vec<Option<Setup>> {
        let mut plan: Vec<Option<Setup>> = ports.iter().map(|port| port.now).collect();
        let mut settled: Vec<bool> =
            ports.iter().map(|port| !port.connected || self.of(port).is_none()).collect();
        for (place, port) in ports.iter().enumerate() {
            let Some(settings) = self.of(port).filter(|_| port.connected).cloned() else { continue };
            if let Some(now) = port.now {
                self.places.insert(port.connector.clone(), (now.rect.x, now.rect.y));
            }
            plan[place] = None;
            settled[place] = true;
            if settings.off {
                continue;
            }
            let former = self.places.get(&port.connector).copied();
            match setup(port, &settings, former, ports, &plan, &settled) {
                Ok(setup) => plan[place] = Some(setup),
                Err(complaint) => {
                    plan[place] = port.now;
                    self.complain(&complaint);
                }
            }
        }
        plan
    }

    /// The output that is to become the primary one.
    fn primary(&self, x: &Display, ports: &[Port]) -> Result<Option<Output>, Error> {
        let wanted = ports.iter().find(|port| port.connected && self.of(port).is_some_and(|s| s.primary));
        let Some(wanted) = wanted else { return Ok(None) };
        let now = x.conn.randr_get_output_primary(x.root)?.reply()?.output;
        Ok((now != wanted.output).then_some(wanted.output))
    }
}

/// How an output is to be lit. `plan` has the others, of which those that are settled will not be moved.
fn setup(
    port: &Port,
    settings: &ScreenSettings,
    former: Option<(i32, i32)>,
    ports: &[Port],
    plan: &[Option<Setup>],
    settled: &[bool],
) -> Result<Setup, String> {
    let mode = choose_mode(port, settings.mode)?;
    let rotation = choose_rotation(port, settings.rotation)?;
    let turned = rotation.intersects(randr::Rotation::ROTATE90 | randr::Rotation::ROTATE270);
    let (width, height) = match turned {
        true => (mode.height.into(), mode.width.into()),
        false => (mode.width.into(), mode.height.into()),
    };
    let others: Vec<Rect> = plan.iter().flatten().map(|setup| setup.rect).collect();
    let at = |(x, y): (i32, i32)| Rect { x, y, width, height };
    // Where it stands it makes room for those that are settled alone; where it comes to, for all.
    let is_free = |rect: &Rect| {
        let counts = |settled: bool| settled || port.now.is_none();
        let fixed = plan.iter().zip(settled).filter(|(_, settled)| counts(**settled));
        !fixed.filter_map(|(setup, _)| *setup).any(|other| overlap(other.rect, *rect))
    };
    let rect = match (settings.position, former) {
        (Some(position), _) => at(position),
        (None, Some(former)) if is_free(&at(former)) => at(former),
        (None, _) => at((others.iter().map(right).max().unwrap_or(0), 0)),
    };
    let used = |crtc: &Crtc| plan.iter().flatten().any(|setup| setup.crtc == *crtc);
    // One that an unplugged monitor still holds is taken where there is no other.
    let crtc = port.now.map(|now| now.crtc).or_else(|| port.crtcs.iter().find(|crtc| !used(crtc)).copied());
    let crtc = crtc.or_else(|| {
        let unplugged = ports.iter().filter(|other| !other.connected).filter_map(|other| other.now);
        unplugged.map(|now| now.crtc).find(|crtc| port.crtcs.contains(crtc))
    });
    let crtc = crtc.ok_or_else(|| {
        format!(
            "The screen {} cannot be lit: the graphics card can light no more monitors at once. Switch one off \
             with `off = true` in its [[screen]].",
            port.connector
        )
    })?;
    Ok(Setup { crtc, mode: mode.id, rotation, rect })
}

/// The mode that is wanted; else the present one; else the one that the monitor prefers.
fn choose_mode(port: &Port, wanted: Option<Mode>) -> Result<&ModeInfo, String> {
    let Some(wanted) = wanted else {
        let present = port.now.and_then(|now| port.modes.iter().find(|mode| mode.id == now.mode));
        let largest = || port.modes.iter().max_by_key(|mode| u32::from(mode.width) * u32::from(mode.height));
        let preferred = port.modes.first().filter(|_| port.preferred > 0);
        return present
            .or(preferred)
            .or_else(largest)
            .ok_or_else(|| format!("The screen {} cannot be lit: it knows no mode.", port.connector));
    };
    let fits =
        |mode: &&ModeInfo| (u32::from(mode.width), u32::from(mode.height)) == (wanted.width, wanted.height);
    let mut fitting = port.modes.iter().filter(fits);
    let found = match wanted.rate {
        None => fitting.next(),
        Some(rate) => fitting
            .filter(|mode| refresh(mode).abs_diff(rate) <= 600)
            .min_by_key(|mode| refresh(mode).abs_diff(rate)),
    };
    found.ok_or_else(|| {
        let rate = wanted.rate.map(|rate| format!("@{}", f64::from(rate) / 1000.0)).unwrap_or_default();
        let known: BTreeSet<_> = port.modes.iter().map(|mode| (mode.width, mode.height)).collect();
        let known: Vec<_> = known.iter().rev().take(8).map(|(w, h)| format!("{w}x{h}")).collect();
        format!(
            "The screen {} has no mode {}x{}{rate}; it has {}. Correct `mode` in its [[screen]].",
            port.connector,
            wanted.width,
            wanted.height,
            known.join(", ")
        )
    })
}

/// The rotation that is wanted; else the present one; else none.
fn choose_rotation(port: &Port, wanted: Option<Rotation>) -> Result<randr::Rotation, String> {
    let Some(wanted) = wanted else {
        return Ok(port.now.map_or(randr::Rotation::ROTATE0, |now| now.rotation));
    };
    let wanted = rotation(wanted);
    if port.rotations.contains(wanted) {
        return Ok(wanted);
    }
    Err(format!(
        "The screen {} cannot be rotated so: the graphics driver does not know how. Remove `rotation` from its \
         [[screen]], and turn the picture at the monitor or in the guest.",
        port.connector
    ))
}

/// Pictures in 1000 seconds, as `xrandr` reckons it.
fn refresh(mode: &ModeInfo) -> u32 {
    let mut lines = f64::from(mode.vtotal);
    if mode.mode_flags.contains(ModeFlag::DOUBLE_SCAN) {
        lines *= 2.0;
    }
    if mode.mode_flags.contains(ModeFlag::INTERLACE) {
        lines /= 2.0;
    }
    let pixels = f64::from(mode.htotal) * lines;
    if pixels > 0.0 { (f64::from(mode.dot_clock) * 1000.0 / pixels).round() as u32 } else { 0 }
}

fn rotation(wanted: Rotation) -> randr::Rotation {
    match wanted {
        Rotation::Normal => randr::Rotation::ROTATE0,
        Rotation::Left => randr::Rotation::ROTATE90,
        Rotation::Inverted => randr::Rotation::ROTATE180,
        Rotation::Right => randr::Rotation::ROTATE270,
    }
}

fn right(rect: &Rect) -> i32 {
    rect.x.saturating_add_unsigned(rect.width)
}

fn bottom(rect: &Rect) -> i32 {
    rect.y.saturating_add_unsigned(rect.height)
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x < right(&b) && b.x < right(&a) && a.y < bottom(&b) && b.y < bottom(&a)
}

/// All outputs as they are.
fn ports(x: &Display) -> Result<(Vec<Port>, randr::GetScreenResourcesCurrentReply), Error> {
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
            edid: monitors::edid(x, output)?,
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
    let mut set = |crtc: Crtc, setup: Option<(Setup, Output)>, what: &str| -> Result<(), Error> {
        let (place, mode, rotation, outputs) = match setup {
            Some((setup, output)) => ((setup.rect.x, setup.rect.y), setup.mode, setup.rotation, vec![output]),
            None => ((0, 0), 0, randr::Rotation::ROTATE0, Vec::new()),
        };
        let (left, top) =
            (i16::try_from(place.0).unwrap_or_default(), i16::try_from(place.1).unwrap_or_default());
        let reply = x.conn.randr_set_crtc_config(crtc, 0, time, left, top, mode, rotation, &outputs)?.reply();
        match reply {
            Ok(reply) if reply.status == SetConfig::SUCCESS => Ok(()),
            Ok(reply) => {
                failures
                    .push(format!("The X server would not set up the screen {what} ({:?}).", reply.status));
                Ok(())
            }
            Err(x11rb::errors::ReplyError::X11Error(why)) => {
                failures
                    .push(format!("The X server would not set up the screen {what} ({:?}).", why.error_kind));
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    };
    let taken = |crtc: Crtc| plan.iter().flatten().any(|setup| setup.crtc == crtc);
    // First everything goes dark that is to, or that would not fit on its way.
    for (port, setup) in ports.iter().zip(plan) {
        if let Some(now) = port.now
            && *setup != Some(now)
            && (setup.is_none_or(|setup| setup.crtc != now.crtc) || setup.is_some_and(|s| s.rect != now.rect))
            && !(setup.is_none() && taken(now.crtc) && !port.connected)
        {
            set(now.crtc, None, &port.connector)?;
        }
    }
    let lit: Vec<Rect> = plan.iter().flatten().map(|setup| setup.rect).collect();
    grow(x, &lit)?;
    for (port, setup) in ports.iter().zip(plan) {
        if let Some(setup) = setup
            && port.now != Some(*setup)
        {
            set(setup.crtc, Some((*setup, port.output)), &port.connector)?;
        }
    }
    if let Some(output) = primary {
        x.conn.randr_set_output_primary(x.root, output)?;
    }
    Ok(failures)
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

/// Whether nothing is plugged in at a lit monitor's connectors any more.
pub(super) fn unplugged(x: &Display, outputs: &[Output]) -> Result<bool, Error> {
    for &output in outputs {
        let info = super::gone(x.conn.randr_get_output_info(output, 0)?.reply())?;
        if info.is_none_or(|info| info.connection != randr::Connection::DISCONNECTED) {
            return Ok(false);
        }
    }
    Ok(!outputs.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(id: u32, width: u16, height: u16, hertz: u32) -> ModeInfo {
        let (htotal, vtotal) = (width + 100, height + 40);
        let dot_clock = u32::from(htotal) * u32::from(vtotal) * hertz;
        ModeInfo { id, width, height, dot_clock, htotal, vtotal, ..ModeInfo::default() }
    }

    fn port(n: u32, connected: bool, now: Option<(i32, u32)>) -> Port {
        let modes = vec![mode(1, 1920, 1080, 60), mode(2, 1920, 1080, 50), mode(3, 1280, 1024, 60)];
        let now = now.map(|(x, mode)| {
            let (width, height) = if mode == 3 { (1280, 1024) } else { (1920, 1080) };
            Setup { crtc: n, mode, rotation: randr::Rotation::ROTATE0, rect: Rect { x, y: 0, width, height } }
        });
        let (output, connector) = (n, format!("DP-{n}"));
        let rotations = randr::Rotation::ROTATE0 | randr::Rotation::ROTATE90;
        Port {
            output,
            connector,
            edid: None,
            connected,
            modes,
            preferred: 1,
            crtcs: vec![1, 2],
            rotations,
            now,
        }
    }

    fn layout(wanted: Vec<ScreenSettings>) -> Layout {
        Layout { wanted, ..Layout::default() }
    }

    fn screen(n: u32) -> ScreenSettings {
        ScreenSettings::plain(ScreenName::Connector(format!("DP-{n}")))
    }

    fn seen(plan: &[Option<Setup>]) -> Vec<Option<(i32, u32)>> {
        plan.iter().map(|setup| setup.map(|setup| (setup.rect.x, setup.mode))).collect()
    }

    #[test]
    fn plans() {
        let both = || vec![screen(1), screen(2)];
        let with = |change: fn(&mut ScreenSettings)| {
            let mut second = screen(2);
            change(&mut second);
            vec![screen(1), second]
        };
        let lit = |n| port(n, true, Some((1920 * (n.cast_signed() - 1), 1)));
        type Row = (&'static str, Vec<ScreenSettings>, Vec<Port>, Vec<Option<(i32, u32)>>);
        let rows: Vec<Row> = vec![
            ("right already", both(), vec![lit(1), lit(2)], vec![Some((0, 1)), Some((1920, 1))]),
            (
                "a dark one is lit",
                both(),
                vec![lit(1), port(2, true, None)],
                vec![Some((0, 1)), Some((1920, 1))],
            ),
            (
                "nobody's stays dark",
                vec![screen(1)],
                vec![lit(1), port(2, true, None)],
                vec![Some((0, 1)), None],
            ),
            (
                "unplugged",
                both(),
                vec![lit(1), port(2, false, Some((1920, 1)))],
                vec![Some((0, 1)), Some((1920, 1))],
            ),
            (
                "two upon each other",
                both(),
                vec![lit(1), port(2, true, Some((0, 1)))],
                vec![Some((0, 1)), Some((1920, 1))],
            ),
            ("off", with(|s| s.off = true), vec![lit(1), lit(2)], vec![Some((0, 1)), None]),
            (
                "a place",
                with(|s| s.position = Some((4000, 0))),
                vec![lit(1), lit(2)],
                vec![Some((0, 1)), Some((4000, 1))],
            ),
            (
                "a mode",
                with(|s| s.mode = Some(Mode { width: 1280, height: 1024, rate: None })),
                vec![lit(1), lit(2)],
                vec![Some((0, 1)), Some((1920, 3))],
            ),
            (
                "a rate",
                with(|s| s.mode = Some(Mode { width: 1920, height: 1080, rate: Some(50_000) })),
                vec![lit(1), lit(2)],
                vec![Some((0, 1)), Some((1920, 2))],
            ),
            (
                "a mode that it has not",
                with(|s| s.mode = Some(Mode { width: 800, height: 600, rate: None })),
                vec![lit(1), lit(2)],
                vec![Some((0, 1)), Some((1920, 1))],
            ),
        ];
        for (name, wanted, ports, expected) in rows {
            assert_eq!(seen(&layout(wanted).plan(&ports)), expected, "{name}");
        }
    }

    #[test]
    fn a_turned_screen_is_higher_than_wide() {
        let mut turned = screen(1);
        turned.rotation = Some(Rotation::Left);
        let plan = layout(vec![turned]).plan(&[port(1, true, None)]);
        assert_eq!(plan[0].map(|setup| (setup.rect.width, setup.rect.height)), Some((1080, 1920)));
    }

    #[test]
    fn a_screen_that_somebody_has_turned_stays_so() {
        let mut lit = port(1, true, Some((0, 1)));
        let turned = |rotation| {
            let rect = Rect { x: 0, y: 0, width: 1080, height: 1920 };
            Setup { crtc: 1, mode: 1, rotation, rect }
        };
        lit.now = Some(turned(randr::Rotation::ROTATE90));
        assert_eq!(layout(vec![screen(1)]).plan(std::slice::from_ref(&lit)), [lit.now]);
    }

    #[test]
    fn a_rotation_that_the_driver_does_not_know_is_not_tried() {
        let said = choose_rotation(&port(1, true, None), Some(Rotation::Inverted)).unwrap_err();
        assert!(said.contains("DP-1 cannot be rotated"), "{said}");
    }

    #[test]
    fn a_complaint_names_what_the_monitor_can_do() {
        let wanted = Some(Mode { width: 800, height: 600, rate: Some(60_000) });
        let said = choose_mode(&port(1, true, None), wanted).unwrap_err();
        assert!(said.contains("800x600@60") && said.contains("1920x1080, 1280x1024"), "{said}");
    }

    #[test]
    fn the_last_free_crtc_is_an_unplugged_monitors() {
        let ports = [port(1, true, Some((0, 1))), port(2, false, Some((1920, 1))), {
            let mut third = port(3, true, None);
            third.crtcs = vec![1, 2];
            third
        }];
        let plan = layout(vec![screen(1), screen(3)]).plan(&ports);
        assert_eq!(plan[2].map(|setup| setup.crtc), Some(2));
    }
}
