//! Checks of viewers and their windows: what visitors see.

use super::super::super::{Command, Exhibit, Fact, Judged, Remedy, Site};
use super::super::api::vitrine;
use super::{monitors, server_of};
use crate::core::types::{MonitorSeen, PictureSeen, Rect, Told, WindowSeen};
use crate::words::told;

/// Of so many pixels of a sample, so many of 100 must be the same on two screens.
const SAME_PERCENT: usize = 98;

/// Whether the artwork should be to be seen now, by what the daemon says; without a daemon, by its viewer.
fn should_be_seen(exhibit: &Exhibit) -> Fact<bool> {
    if exhibit.settings.screens.is_empty() {
        return Ok(false);
    }
    match &exhibit.display.told {
        Ok(told) => Ok(told.viewer == "shown"),
        Err(_) => Ok(!exhibit.display.viewers.as_ref().map_err(Told::clone)?.is_empty()),
    }
}

pub(super) fn viewer(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if exhibit.settings.screens.is_empty() {
        return Ok(Judged::Beside);
    }
    let viewers = exhibit.display.viewers.as_ref().map_err(Told::clone)?;
    let name = exhibit.settings.name.as_str();
    if let Some(foreign) = viewers.iter().find(|viewer| !viewer.by_vitrine) {
        return Ok(Judged::warning(
            told!(
                "a viewer that Vitrine has not launched shows this VM too (process {pid}): they throw each other out",
                pid = foreign.pid
            ),
            Remedy::type_in(
                told!("End it, and take it out of the session's autostart"),
                [Command::root(["kill", &foreign.pid.to_string()])],
            ),
        ));
    }
    match viewers.as_slice() {
        [one] => Ok(Judged::Well(told!("its viewer runs (process {pid})", pid = one.pid))),
        [one, ..] => Ok(Judged::warning(
            told!("{count} viewers of this VM run", count = viewers.len()),
            Remedy::type_in(told!("End one of them"), [Command::root(["kill", &one.pid.to_string()])]),
        )),
        [] => {
            let told = exhibit.display.told.as_ref().map_err(Told::clone)?;
            let is_settled = told.phase == "healthy" || told.phase == "held" && told.vm_state == "running";
            if !is_settled {
                return Ok(Judged::Beside);
            }
            if told.viewer == "shown" {
                // It may have been launched anew just now, or belong to a user whose processes are not seen.
                return Err(told!(
                    "the daemon says that it is shown, and no viewer of it is among the processes"
                ));
            }
            let why = told.viewer_trouble.clone().unwrap_or_else(|| told.viewer.clone());
            Ok(Judged::ill(
                told!("no viewer of this VM runs: {why}", why = why),
                Remedy::type_in(
                    told!("See what the log says of it"),
                    [vitrine(["status", name]), Command::new(["journalctl", "-t", "vitrine", "-n", "50"])],
                ),
            ))
        }
    }
}

pub(super) fn kiosk(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let viewers = exhibit.display.viewers.as_ref().map_err(Told::clone)?;
    if viewers.is_empty() {
        return Ok(Judged::Beside);
    }
    match viewers.iter().find(|viewer| !viewer.kiosk) {
        None => Ok(Judged::Well(told!("its viewer runs in kiosk mode"))),
        Some(viewer) => Ok(Judged::warning(
            told!(
                "a viewer of this VM runs without --kiosk (process {pid}): it has borders, and visitors can close it",
                pid = viewer.pid
            ),
            Remedy::type_in(
                told!("End it; Vitrine launches its own, in kiosk mode"),
                [Command::root(["kill", &viewer.pid.to_string()])],
            ),
        )),
    }
}

/// Whether a window is one of these viewers'.
fn is_of(window: &WindowSeen, pids: &[u32]) -> bool {
    window.pids.iter().any(|pid| pids.contains(pid))
}

fn pids(exhibit: &Exhibit) -> Fact<Vec<u32>> {
    let viewers = exhibit.display.viewers.as_ref().map_err(Told::clone)?;
    Ok(viewers.iter().map(|viewer| viewer.pid).collect())
}

fn text(rect: Rect) -> String {
    format!("{}x{} at {},{}", rect.width, rect.height, rect.x, rect.y)
}

pub(super) fn window(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !should_be_seen(exhibit)? {
        return Ok(Judged::Beside);
    }
    let server = server_of(site)?;
    let pids = pids(exhibit)?;
    let windows: Vec<_> =
        server.windows.iter().filter(|window| !window.hidden && is_of(window, &pids)).collect();
    for (name, area) in monitors::areas(site, exhibit, server) {
        // `display.screens` tells of a screen that is dark.
        let Some(area) = area else { continue };
        if windows.iter().any(|window| window.rect == area) {
            continue;
        }
        let evidence = match windows.first() {
            None => told!("no window of its viewer is on '{screen}'", screen = name),
            Some(window) => told!(
                "its window is {is}, and the screen '{screen}' is {want}",
                is = text(window.rect),
                screen = name,
                want = text(area)
            ),
        };
        return Ok(Judged::ill(
            evidence,
            Remedy::type_in(
                told!("Have Vitrine place it anew by ending its viewer"),
                pids.first()
                    .map(|pid| Command::root(["kill", &pid.to_string()]))
                    .into_iter()
                    .collect::<Vec<_>>(),
            ),
        ));
    }
    Ok(Judged::Well(told!("its window fills its screen")))
}

fn meets(one: Rect, other: Rect) -> bool {
    let ends = |from: i32, length: u32| i64::from(from) + i64::from(length);
    i64::from(one.x) < ends(other.x, other.width)
        && i64::from(other.x) < ends(one.x, one.width)
        && i64::from(one.y) < ends(other.y, other.height)
        && i64::from(other.y) < ends(one.y, one.height)
}

pub(super) fn covered(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !should_be_seen(exhibit)? {
        return Ok(Judged::Beside);
    }
    let server = server_of(site)?;
    let pids = pids(exhibit)?;
    for (name, area) in monitors::areas(site, exhibit, server) {
        let Some(area) = area else { continue };
        let there = server.windows.iter().filter(|window| !window.hidden && meets(window.rect, area));
        let there: Vec<_> = there.collect();
        let own = there.iter().rposition(|window| is_of(window, &pids));
        // Without one of its own, `display.window` tells of that.
        let Some(own) = own else { continue };
        let Some(above) = there[own + 1..].iter().find(|window| !window.ours) else { continue };
        let title = if above.title.is_empty() { &above.class } else { &above.title };
        let pid = above.pids.first().copied().unwrap_or_default();
        return Ok(Judged::ill(
            told!(
                "a window of another program lies over it on '{screen}': \"{title}\" (process {pid})",
                screen = name,
                title = title,
                pid = pid
            ),
            Remedy::type_in(
                told!("End that program, and take it out of what the session starts"),
                [Command::root(["kill", &pid.to_string()])],
            ),
        ));
    }
    Ok(Judged::Well(told!("nothing lies over it")))
}

/// The picture on a screen.
fn seen_on(monitors: &[MonitorSeen], area: Rect) -> Option<&MonitorSeen> {
    monitors.iter().find(|seen| seen.monitor.rect == area)
}

/// The grey that virt-viewer and GTK show where there is no picture: all parts alike, neither black nor white.
fn is_grey([red, green, blue]: [u8; 3]) -> bool {
    let near = |one: u8, other: u8| one.abs_diff(other) <= 4;
    near(red, green) && near(green, blue) && (16..250).contains(&red)
}

pub(super) fn picture(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let runs = exhibit.display.told.as_ref().map_or(true, |told| told.vm_state == "running");
    if !should_be_seen(exhibit)? || !runs {
        return Ok(Judged::Beside);
    }
    let server = server_of(site)?;
    for (name, area) in monitors::areas(site, exhibit, server) {
        let Some(seen) = area.and_then(|area| seen_on(&server.monitors, area)) else { continue };
        let picture = seen.picture.as_ref().map_err(|why| Told::text(why.clone()))?;
        let Some(colour) = picture.only else { continue };
        let vm = exhibit.settings.vm.as_str();
        let look = || {
            Remedy::type_in(
                told!(
                    "See whether the VM itself shows that too; then look at the guest, otherwise at the viewer"
                ),
                [Command::new(["virsh", "-c", "qemu:///system", "screenshot", vm, "/tmp/vm.ppm"])],
            )
        };
        let [red, green, blue] = colour;
        return Ok(Judged::warning(
            if colour == [0, 0, 0] {
                told!("the screen '{screen}' is all black, though the artwork should be seen", screen = name)
            } else if is_grey(colour) {
                told!("the screen '{screen}' is all grey, as a viewer is without a picture", screen = name)
            } else {
                let colour = format!("#{red:02x}{green:02x}{blue:02x}");
                told!("the screen '{screen}' has one colour only: {colour}", screen = name, colour = colour)
            },
            look(),
        ));
    }
    Ok(Judged::Well(told!("there is a picture on its screens")))
}

pub(super) fn same_picture(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !should_be_seen(exhibit)? {
        return Ok(Judged::Beside);
    }
    let server = server_of(site)?;
    if server.monitors.len() < 2 {
        return Ok(Judged::Beside);
    }
    for (name, area) in monitors::areas(site, exhibit, server) {
        let Some(own) = area.and_then(|area| seen_on(&server.monitors, area)) else { continue };
        let Ok(PictureSeen { pixels, only: None }) = &own.picture else { continue };
        let twin = server.monitors.iter().find(|other| {
            let Ok(PictureSeen { pixels: others, only: None }) = &other.picture else { return false };
            other.monitor.connector != own.monitor.connector && is_same(pixels, others)
        });
        if let Some(twin) = twin {
            return Ok(Judged::advice(
                told!(
                    "'{screen}' and {other} show the same picture",
                    screen = name,
                    other = twin.monitor.connector
                ),
                Remedy::type_in(
                    told!(
                        "Where that is not meant: see that they lie beside each other, and which display of the guest is which"
                    ),
                    [vitrine(["screens"])],
                ),
            ));
        }
    }
    Ok(Judged::Well(told!("no other screen shows the same")))
}

fn is_same(one: &[[u8; 3]], other: &[[u8; 3]]) -> bool {
    let same = one.iter().zip(other).filter(|(one, other)| one == other).count();
    one.len() == other.len() && same * 100 >= one.len() * SAME_PERCENT
}
