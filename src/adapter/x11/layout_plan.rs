//! What the outputs should show, out of what is wanted and what they show now. Nothing here reaches the X server.

use std::collections::{BTreeMap, BTreeSet};

use x11rb::protocol::randr::{self, Crtc, ModeFlag, ModeInfo, Output};

use super::outputs::{Port, Setup};
use super::own_modes;
use crate::core::types::{Mode, Rect, Rotation, ScreenName, ScreenSettings, assign};

/// In thousandths of a hertz: monitors have 59.94 Hz where people write 60.
const MAX_RATE_DEVIATION: u32 = 600;

/// What each output should show, in the outputs' order, and what of the wishes cannot be had, for people.
pub(super) struct Plan {
    pub(super) setups: Vec<Option<Setup>>,
    pub(super) complaints: Vec<String>,
}

/// What the X server is known not to do.
pub(super) struct Bounds<'a> {
    /// The largest X screen, in pixels.
    pub(super) largest: (u16, u16),
    /// What it has refused to show on an output.
    pub(super) refused: &'a [(Output, Option<Setup>)],
}

/// What is wanted of each output, by its connector or by what its monitor calls itself. Nothing is wanted of two outputs
/// at once.
pub(super) fn wishes<'a>(wanted: &'a [ScreenSettings], ports: &[Port]) -> Vec<Option<&'a ScreenSettings>> {
    let (names, known) = (names_of(wanted), known_of(ports));
    let mut wishes = vec![None; ports.len()];
    for (settings, index) in wanted.iter().zip(assign(&names, &known)) {
        if let Some(wish) = index.and_then(|index| wishes.get_mut(index)) {
            *wish = Some(settings);
        }
    }
    wishes
}

/// What is ambiguous in the names, for people: a name that several monitors have, and nothing else to tell them apart.
pub(super) fn ambiguities(names: &[&ScreenName], monitors: &[(&str, Option<&str>)]) -> Vec<String> {
    let shared: BTreeSet<&String> = names
        .iter()
        .filter_map(|name| match name {
            ScreenName::Edid(edid) => Some(edid),
            ScreenName::Connector(_) | ScreenName::EdidAt { .. } => None,
        })
        .collect();
    let complaint = |edid: &String| {
        let is_free = |(connector, edid): &(&str, Option<&str>)| {
            let mut others = names.iter().filter(|name| !matches!(name, ScreenName::Edid(_)));
            !others.any(|name| name.means(connector, *edid))
        };
        let alike =
            monitors.iter().filter(|(_, said)| *said == Some(edid)).filter(|monitor| is_free(monitor));
        let alike: Vec<&str> = alike.map(|(connector, _)| *connector).collect();
        let (first, others) = alike.split_first()?;
        if others.is_empty() {
            return None;
        }
        let names: Vec<_> = alike.iter().map(|connector| format!("edid:{edid}@{connector}")).collect();
        Some(format!(
            "The monitors at {} call themselves edid:{edid}; the one at {first} is taken for the screen of that \
             name. Name the one that is meant by its connector as well: {}.",
            alike.join(" and "),
            names.join(" or ")
        ))
    };
    shared.into_iter().filter_map(complaint).collect()
}

fn names_of(wanted: &[ScreenSettings]) -> Vec<&ScreenName> {
    wanted.iter().map(|settings| &settings.name).collect()
}

/// The outputs' connectors, and what the monitors there call themselves. Some outputs go on telling who was there last.
fn known_of(ports: &[Port]) -> Vec<(&str, Option<&str>)> {
    ports
        .iter()
        .map(|port| (port.connector.as_str(), port.edid.as_deref().filter(|_| port.connected)))
        .collect()
}

/// What each output should show. A screen comes back to where it was last, which is noted by connector.
pub(super) fn plan(
    wanted: &[ScreenSettings],
    last_positions: &mut BTreeMap<String, (i32, i32)>,
    ports: &[Port],
    bounds: &Bounds<'_>,
) -> Plan {
    let mut setups: Vec<Option<Setup>> = ports.iter().map(|port| port.now).collect();
    let wishes = wishes(wanted, ports);
    let mut settled: Vec<bool> =
        ports.iter().zip(&wishes).map(|(port, wish)| !port.connected || wish.is_none()).collect();
    let mut complaints = ambiguities(&names_of(wanted), &known_of(ports));
    for (index, port) in ports.iter().enumerate() {
        let Some(settings) = wishes[index].filter(|_| port.connected) else { continue };
        if let Some(now) = port.now {
            last_positions.insert(port.connector.clone(), (now.rect.x, now.rect.y));
        }
        setups[index] = None;
        settled[index] = true;
        let is_refused = |setup: &Option<Setup>| bounds.refused.contains(&(port.output, *setup));
        let previous = last_positions.get(&port.connector).copied();
        let room = Room { ports, plan: &setups, settled: &settled, largest: bounds.largest };
        let wished = match settings.off {
            true => Ok(None),
            false => setup(port, settings, previous, &room).map(Some),
        };
        setups[index] = match wished {
            Ok(wished) if !is_refused(&wished) => wished,
            // A picture in another mode than the one that is wanted is better than none.
            _ if port.now.is_none() => {
                let plain = ScreenSettings {
                    position: settings.position,
                    ..ScreenSettings::plain(settings.name.clone())
                };
                setup(port, &plain, previous, &room).ok().filter(|setup| !is_refused(&Some(*setup)))
            }
            _ => port.now,
        };
        complaints.extend(wished.err());
    }
    Plan { setups, complaints }
}

/// What limits where an output can be lit.
struct Room<'a> {
    ports: &'a [Port],
    /// What the others are to show.
    plan: &'a [Option<Setup>],
    /// Which of them will not be moved.
    settled: &'a [bool],
    /// The largest X screen, in pixels.
    largest: (u16, u16),
}

/// How an output is to be lit.
fn setup(
    port: &Port,
    settings: &ScreenSettings,
    previous: Option<(i32, i32)>,
    room: &Room<'_>,
) -> Result<Setup, String> {
    let mode = choose_mode(port, settings)?;
    let rotation = choose_rotation(port, settings.rotation)?;
    let turned = rotation.intersects(randr::Rotation::ROTATE90 | randr::Rotation::ROTATE270);
    let (width, height) = match turned {
        true => (mode.height.into(), mode.width.into()),
        false => (mode.width.into(), mode.height.into()),
    };
    let others: Vec<Rect> = room.plan.iter().flatten().map(|setup| setup.rect).collect();
    let at = |(x, y): (i32, i32)| Rect { x, y, width, height };
    // Where it stands it makes room for those that are settled alone; where it comes to, for all.
    let is_free = |rect: &Rect| {
        let counts = |settled: bool| settled || port.now.is_none();
        let fixed = room.plan.iter().zip(room.settled).filter(|(_, settled)| counts(**settled));
        !fixed.filter_map(|(setup, _)| *setup).any(|other| overlap(other.rect, *rect))
    };
    let rect = match (settings.position, previous) {
        (Some(position), _) => at(position),
        (None, Some(previous)) if is_free(&at(previous)) => at(previous),
        (None, _) => at((others.iter().map(right).max().unwrap_or(0), 0)),
    };
    let (widest, highest) = room.largest;
    if right(&rect) > widest.into() || bottom(&rect) > highest.into() {
        return Err(format!(
            "The screen {} cannot have {width}x{height} at {},{}: the X screen, on which all screens lie, can be no larger \
             than {widest}x{highest} with this graphics card and driver. Correct `mode` or `position` in its [[screen]].",
            port.connector, rect.x, rect.y
        ));
    }
    let used = |crtc: &Crtc| room.plan.iter().flatten().any(|setup| setup.crtc == *crtc);
    // One that an unplugged monitor still holds is taken where there is no other.
    let crtc = port.now.map(|now| now.crtc).or_else(|| port.crtcs.iter().find(|crtc| !used(crtc)).copied());
    let crtc = crtc.or_else(|| {
        let unplugged = room.ports.iter().filter(|other| !other.connected).filter_map(|other| other.now);
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

/// The one of these modes that is wanted: the nearest to what a list is asked for, else the very timings.
pub(super) fn find_mode<'a>(modes: &'a [ModeInfo], settings: &ScreenSettings) -> Option<&'a ModeInfo> {
    let listed = settings.mode.and_then(|wanted| {
        let size = |mode: &ModeInfo| (u32::from(mode.width), u32::from(mode.height));
        let mut fitting = modes.iter().filter(|mode| size(mode) == (wanted.width, wanted.height));
        match wanted.rate {
            None => fitting.next(),
            Some(rate) => fitting
                .filter(|mode| refresh(mode).abs_diff(rate) <= MAX_RATE_DEVIATION)
                .min_by_key(|mode| refresh(mode).abs_diff(rate)),
        }
    });
    listed.or_else(|| {
        let own = own_modes::info(settings.own_mode?);
        modes.iter().find(|mode| own_modes::are_alike(mode, &own))
    })
}

/// The mode that is wanted; else the present one; else the one that the monitor prefers.
fn choose_mode<'a>(port: &'a Port, settings: &ScreenSettings) -> Result<&'a ModeInfo, String> {
    if settings.mode.is_none() && settings.own_mode.is_none() {
        let present = port.now.and_then(|now| port.modes.iter().find(|mode| mode.id == now.mode));
        let largest = || port.modes.iter().max_by_key(|mode| u32::from(mode.width) * u32::from(mode.height));
        let preferred = port.modes.first().filter(|_| port.preferred > 0);
        return present
            .or(preferred)
            .or_else(largest)
            .ok_or_else(|| format!("The screen {} cannot be lit: it knows no mode. Write one in its [[screen]], with `cvt = true`.", port.connector));
    }
    find_mode(&port.modes, settings).ok_or_else(|| {
        let wanted = match settings.mode {
            Some(Mode { width, height, rate: None }) => format!("mode {width}x{height}"),
            Some(Mode { width, height, rate: Some(rate) }) => format!("mode {width}x{height}@{}", hertz(rate)),
            None => "mode of that `modeline`".to_owned(),
        };
        let remedy = match settings.own_mode {
            Some(_) => "The graphics driver would not take it.",
            None => {
                "Correct `mode` in its [[screen]]; with `cvt = true` there, one that the monitor does not list is computed."
            }
        };
        format!("The screen {} has no {wanted}; it has {}. {remedy}", port.connector, told_modes(&port.modes))
    })
}

/// All modes as the configuration names them, the largest and fastest first.
fn told_modes(modes: &[ModeInfo]) -> String {
    let known: BTreeSet<_> = modes.iter().map(|mode| (mode.width, mode.height, refresh(mode))).collect();
    let mut known: Vec<_> =
        known.iter().rev().map(|(w, h, rate)| format!("{w}x{h}@{}", hertz(*rate))).collect();
    known.dedup();
    if known.is_empty() { "none at all".to_owned() } else { known.join(", ") }
}

/// A rate as people write it, in hertz to two places.
fn hertz(rate: u32) -> f64 {
    (f64::from(rate) / 10.0).round() / 100.0
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
pub(super) fn refresh(mode: &ModeInfo) -> u32 {
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
    use crate::core::types::ModeLine;

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

    fn full_plan(
        wanted: &[ScreenSettings],
        ports: &[Port],
        largest: (u16, u16),
        refused: &[(Output, Option<Setup>)],
    ) -> Plan {
        super::plan(wanted, &mut BTreeMap::new(), ports, &Bounds { largest, refused })
    }

    fn plan(wanted: &[ScreenSettings], ports: &[Port]) -> Vec<Option<Setup>> {
        full_plan(wanted, ports, (8192, 8192), &[]).setups
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
    fn a_complaint_names_all_that_the_monitor_can_do_as_the_configuration_has_it() {
        let mut many = port(1, true, None);
        many.modes.extend((1..=30).map(|n| mode(10 + u32::from(n), 100 + n, 50, 60)));
        let mut doubled = mode(50, 1920, 1080, 60);
        doubled.dot_clock = doubled.dot_clock / 1000 * 999;
        many.modes.push(doubled);
        let wanted = Mode { width: 800, height: 600, rate: Some(59_940) };
        let wanted = ScreenSettings { mode: Some(wanted), ..screen(1) };
        let said = choose_mode(&many, &wanted).unwrap_err();
        let listed = "no mode 800x600@59.94; it has 1920x1080@60, 1920x1080@59.94, 1920x1080@50, 1280x1024@60, 130x50@60";
        assert!(said.contains(listed), "{said}");
        assert!(said.contains(", 101x50@60. Correct `mode`") && said.contains("`cvt = true`"), "{said}");
    }

    #[test]
    fn a_mode_of_ones_own_is_taken_where_none_is_listed() {
        let line = ModeLine {
            clock: 63_500_000,
            horizontal: [1024, 1072, 1176, 1328],
            vertical: [768, 771, 775, 798],
            hsync: Some(false),
            vsync: Some(true),
            interlaced: false,
            doubled: false,
        };
        let own = ModeInfo { id: 77, name_len: 5, ..own_modes::info(line) };
        let mut modes = port(1, true, None).modes;
        let of_size = |width, height| ScreenSettings {
            mode: Some(Mode { width, height, rate: Some(60_000) }),
            own_mode: Some(line),
            ..screen(1)
        };
        let found =
            |modes: &[ModeInfo], wanted: &ScreenSettings| find_mode(modes, wanted).map(|mode| mode.id);
        let only = ScreenSettings { own_mode: Some(line), ..screen(1) };
        assert_eq!((found(&modes, &of_size(1024, 768)), found(&modes, &only)), (None, None));
        modes.push(own);
        assert_eq!((found(&modes, &of_size(1024, 768)), found(&modes, &only)), (Some(77), Some(77)));
        assert_eq!(found(&modes, &of_size(1280, 1024)), Some(3), "what is listed comes first");
    }

    fn twin(n: u32, now: Option<(i32, u32)>) -> Port {
        Port { edid: Some("A-B-1".into()), ..port(n, true, now) }
    }

    #[test]
    fn of_two_monitors_that_are_alike_one_has_the_name_and_both_have_their_own_with_the_connector() {
        let named = |name: &str, x: i32| ScreenSettings {
            position: Some((x, 0)),
            ..ScreenSettings::plain(match name.split_once('@') {
                Some((edid, connector)) => {
                    ScreenName::EdidAt { edid: edid.into(), connector: connector.into() }
                }
                None => ScreenName::Edid(name.into()),
            })
        };
        let ports = [twin(1, Some((0, 1))), twin(2, Some((1920, 1)))];
        let shared = full_plan(&[named("A-B-1", 4000)], &ports, (8192, 8192), &[]);
        assert_eq!(seen(&shared.setups), [Some((4000, 1)), Some((1920, 1))]);
        assert_eq!(shared.complaints.len(), 1);
        let said = &shared.complaints[0];
        assert!(said.contains("edid:A-B-1@DP-1 or edid:A-B-1@DP-2"), "{said}");
        let both = [named("A-B-1@DP-2", 0), named("A-B-1@DP-1", 1920)];
        let told_apart = full_plan(&both, &ports, (8192, 8192), &[]);
        assert_eq!(seen(&told_apart.setups), [Some((1920, 1)), Some((0, 1))]);
        assert_eq!(told_apart.complaints, [""; 0]);
        let rest = full_plan(&[named("A-B-1", 0), named("A-B-1@DP-1", 1920)], &ports, (8192, 8192), &[]);
        assert_eq!(seen(&rest.setups), [Some((1920, 1)), Some((0, 1))]);
        assert_eq!(rest.complaints, [""; 0]);
    }

    #[test]
    fn what_the_x_screen_is_too_small_for_is_not_tried() {
        let wanted = ScreenSettings { position: Some((400, 0)), ..screen(1) };
        let lit = port(1, true, Some((0, 1)));
        let plan = full_plan(&[wanted], std::slice::from_ref(&lit), (1920, 1080), &[]);
        assert_eq!(plan.setups, [lit.now]);
        assert!(
            plan.complaints[0].contains("1920x1080 at 400,0")
                && plan.complaints[0].contains("than 1920x1080")
        );
    }

    #[test]
    fn what_was_refused_is_not_tried_and_makes_no_dark_screen() {
        let wanted = ScreenSettings {
            mode: Some(Mode { width: 1280, height: 1024, rate: None }),
            position: Some((0, 0)),
            ..screen(1)
        };
        for lit in [Some((0, 1)), None] {
            let port = port(1, true, lit);
            let wished = plan(std::slice::from_ref(&wanted), std::slice::from_ref(&port));
            let refused = [(port.output, wished[0])];
            let plan = full_plan(std::slice::from_ref(&wanted), &[port], (8192, 8192), &refused);
            assert_eq!(seen(&plan.setups), [Some((0, 1))], "{lit:?}");
        }
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
