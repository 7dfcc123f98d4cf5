//! What is done without anybody, and may be done in opening hours.

use super::super::installer;
use super::{Command, Fact, Judged, Remedy, Site};
use crate::core::types::Told;
use crate::words::told;

/// At these hours no museum is open.
const NIGHT: std::ops::Range<u32> = 0..7;

pub(super) fn restart(site: &Site) -> Fact<Judged> {
    let updates = site.host.updates.as_ref().map_err(Told::clone)?;
    let Some(at) = updates.restart.as_ref().filter(|_| updates.unattended) else {
        return Ok(Judged::Well(told!("updates do not restart the computer by themselves")));
    };
    let hour = at.split(':').next().and_then(|hour| hour.parse::<u32>().ok());
    Ok(if hour.is_some_and(|hour| NIGHT.contains(&hour)) {
        Judged::Well(told!("updates restart the computer at {time}", time = at))
    } else {
        Judged::warning(
            told!("updates restart the computer by themselves, at this time: {time}", time = at),
            Remedy::say(told!(
                "in /etc/apt/apt.conf.d/50unattended-upgrades set Unattended-Upgrade::Automatic-Reboot-Time to an hour of the night"
            )),
        )
    })
}

pub(super) fn unattended(site: &Site) -> Fact<Judged> {
    Ok(if site.host.updates.as_ref().map_err(Told::clone)?.unattended {
        Judged::advice(
            told!("updates are installed by themselves, at a time that nobody has chosen"),
            Remedy::type_in(
                told!(
                    "choose an hour out of opening hours as OnCalendar= of this timer, with RandomizedDelaySec=0"
                ),
                [Command::root(["systemctl", "edit", "apt-daily-upgrade.timer"])],
            ),
        )
    } else {
        Judged::Well(told!("updates are installed when somebody does so"))
    })
}

pub(super) fn services(site: &Site) -> Fact<Judged> {
    let updates = site.host.updates.as_ref().map_err(Told::clone)?;
    Ok(if updates.services_restart && !updates.spared {
        Judged::warning(
            told!("needrestart restarts services after an update, libvirt's among them"),
            installer::step(site, "updates", told!("have the installer spare the session and libvirt")),
        )
    } else {
        Judged::Well(told!("no update restarts libvirt or the session"))
    })
}

pub(super) fn snaps(site: &Site) -> Fact<Judged> {
    let Some(timer) = site.host.snap_timer.as_ref().map_err(Told::clone)? else { return Ok(Judged::Beside) };
    // snapd's own choice is four times between midnight and midnight.
    Ok(if timer.starts_with("00:00~24:00") {
        Judged::advice(
            told!("snapd renews its programs at any time of the day: {timer}", timer = timer),
            Remedy::fix(
                told!("let it do so at night"),
                [Command::root(["snap", "set", "system", "refresh.timer=4:00-6:00"])],
                [Command::root(["snap", "unset", "system", "refresh.timer"])],
            ),
        )
    } else {
        Judged::Well(told!("snapd renews its programs at {timer}", timer = timer))
    })
}
