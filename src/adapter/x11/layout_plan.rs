//! What the outputs should show, out of what is wanted and what they show now. Nothing here reaches the X server.

use std::collections::{BTreeMap, BTreeSet};

use x11rb::protocol::randr::{self, Crtc, ModeFlag, ModeInfo};

use super::outputs::{Port, Setup};
use crate::core::types::{Mode, Rect, Rotation, ScreenName, ScreenSettings};

/// In thousandths of a hertz: monitors have 59.94 Hz where people write 60.
const MAX_RATE_DEVIATION: u32 = 600;

/// How many modes a complaint names, the largest first.
const MAX_MODES_TOLD: usize = 8;

/// What each output should show, in the outputs' order, and what of the wishes cannot be had, for people.
pub(super) struct Plan {
    pub(super) setups: Vec<Option<Setup>>,
    pub(super) complaints: Vec<String>,
}

/// What is wanted of an output, by its connector or by what its monitor calls itself.
pub(super) fn settings_of<'a>(wanted: &'a [ScreenSettings], port: &Port) -> Option<&'a ScreenSettings> {
    wanted.iter().find(|settings| match &settings.name {
        ScreenName::Connector(name) => *name == port.connector,
        ScreenName::Edid(id) => port.edid.as_deref() == Some(id),
    })
}

/// What each output should show. A screen comes back to where it was last, which is noted by connector.
pub(super) fn plan(
    wanted: &[ScreenSettings],
    last_positions: &mut BTreeMap<String, (i32, i32)>,
    ports: &[Port],
) -> Plan {
    let mut setups: Vec<Option<Setup>> = ports.iter().map(|port| port.now).collect();
    let mut settled: Vec<bool> =
        ports.iter().map(|port| !port.connected || settings_of(wanted, port).is_none()).collect();
    let mut complaints = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let Some(settings) = settings_of(wanted, port).filter(|_| port.connected) else { continue };
        if let Some(now) = port.now {
            last_positions.insert(port.connector.clone(), (now.rect.x, now.rect.y));
        }
        setups[index] = None;
        settled[index] = true;
        if settings.off {
            continue;
        }
        let previous = last_positions.get(&port.connector).copied();
        match setup(port, settings, previous, ports, &setups, &settled) {
            Ok(setup) => setups[index] = Some(setup),
            Err(complaint) => {
                setups[index] = port.now;
                complaints.push(complaint);
            }
        }
    }
    Plan { setups, complaints }
}

/// How an output is to be lit. `plan` has the others, of which those that are settled will not be moved.
fn setup(
    port: &Port,
    settings: &ScreenSettings,
    previous: Option<(i32, i32)>,
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
    let rect = match (settings.position, previous) {
        (Some(position), _) => at(position),
        (None, Some(previous)) if is_free(&at(previous)) => at(previous),
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
            .filter(|mode| refresh(mode).abs_diff(rate) <= MAX_RATE_DEVIATION)
            .min_by_key(|mode| refresh(mode).abs_diff(rate)),
    };
    found.ok_or_else(|| {
        let rate = wanted.rate.map(|rate| format!("@{}", f64::from(rate) / 1000.0)).unwrap_or_default();
        let known: BTreeSet<_> = port.modes.iter().map(|mode| (mode.width, mode.height)).collect();
        let known: Vec<_> =
            known.iter().rev().take(MAX_MODES_TOLD).map(|(w, h)| format!("{w}x{h}")).collect();
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

pub(super) fn right(rect: &Rect) -> i32 {
    rect.x.saturating_add_unsigned(rect.width)
}

pub(super) fn bottom(rect: &Rect) -> i32 {
    rect.y.saturating_add_unsigned(rect.height)
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x < right(&b) && b.x < right(&a) && a.y < bottom(&b) && b.y < bottom(&a)
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

    fn plan(wanted: &[ScreenSettings], ports: &[Port]) -> Vec<Option<Setup>> {
        super::plan(wanted, &mut BTreeMap::new(), ports).setups
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
            assert_eq!(seen(&plan(&wanted, &ports)), expected, "{name}");
        }
    }

    #[test]
    fn a_turned_screen_is_higher_than_wide() {
        let mut turned = screen(1);
        turned.rotation = Some(Rotation::Left);
        let plan = plan(&[turned], &[port(1, true, None)]);
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
        assert_eq!(plan(&[screen(1)], std::slice::from_ref(&lit)), [lit.now]);
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
        let plan = plan(&[screen(1), screen(3)], &ports);
        assert_eq!(plan[2].map(|setup| setup.crtc), Some(2));
    }
}
