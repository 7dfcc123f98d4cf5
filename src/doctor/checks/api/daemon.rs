//! Checks of the daemon: whether one runs, goes on, is the one that is installed, and reaches libvirt.

use super::super::super::{Command, Fact, Judged, Remedy, Site};
use super::{site_of, span};
use crate::core::types::Told;
use crate::words::told;

pub(super) fn start_again() -> [Command; 1] {
    [Command::new(["systemctl", "--user", "restart", "vitrine.service"])]
}

pub(super) fn daemon(site: &Site) -> Fact<Judged> {
    if let Ok(daemon) = &site.api.site {
        let for_time = span(daemon.runs_for);
        return Ok(Judged::Well(told!("it runs, and has for {time}", time = for_time)));
    }
    let daemons = site.api.daemons.as_ref().map_err(Told::clone)?;
    if let Some(daemon) = daemons.first() {
        // `api.standstill` says what is wrong with it.
        return Ok(Judged::Well(told!("it runs as process {pid}", pid = daemon.pid)));
    }
    if !site.api.expected {
        return site_of(site).map(|_| Judged::Beside);
    }
    Ok(Judged::ill(
        told!("no process 'vitrine run' is there: nothing is watched and nothing is put back"),
        Remedy::type_in(
            told!("Start it in the kiosk's session, and look why it ended"),
            [
                Command::new(["journalctl", "--user", "-u", "vitrine.service", "-n", "50"]),
                Command::new(["systemctl", "--user", "start", "vitrine.service"]),
            ],
        ),
    ))
}

pub(super) fn two_daemons(site: &Site) -> Fact<Judged> {
    let daemons = site.api.daemons.as_ref().map_err(Told::clone)?;
    if daemons.len() < 2 {
        return Ok(if daemons.is_empty() {
            Judged::Beside
        } else {
            Judged::Well(told!("there is one daemon"))
        });
    }
    let pids: Vec<_> = daemons.iter().map(|daemon| daemon.pid.to_string()).collect();
    let last = pids.last().cloned().unwrap_or_default();
    Ok(Judged::warning(
        told!(
            "{count} daemons run (processes {pids}); each puts the VMs back as it sees fit",
            count = pids.len(),
            pids = pids.join(", ")
        ),
        Remedy::type_in(
            told!("End the one that the session has not started"),
            [
                Command::new(["ps", "-o", "pid,user,lstart,args", "-p", &pids.join(",")]),
                Command::new(["kill", &last]),
            ],
        ),
    ))
}

pub(super) fn standstill(site: &Site) -> Fact<Judged> {
    let daemon = match (&site.api.site, &site.api.daemons) {
        (Ok(daemon), _) => daemon,
        (Err(why), Ok(daemons)) => {
            let Some(running) = daemons.first() else { return Ok(Judged::Beside) };
            if !running.reachable {
                return Err(why.clone());
            }
            return Ok(Judged::ill(
                told!(
                    "process {pid} runs and does not answer at its socket: {why}",
                    pid = running.pid,
                    why = why
                ),
                Remedy::type_in(
                    told!("Start it anew; the artworks stay on the screens meanwhile"),
                    start_again(),
                ),
            ));
        }
        (Err(why), Err(_)) => return Err(why.clone()),
    };
    if daemon.stale {
        return Ok(Judged::ill(
            told!(
                "what it knows is {age} old: its task stands still, and nothing is watched",
                age = daemon.age
            ),
            Remedy::type_in(
                told!("Start it anew; the artworks stay on the screens meanwhile"),
                start_again(),
            ),
        ));
    }
    if !daemon.silent.is_empty() {
        return Ok(Judged::ill(
            told!("parts of it do not go on: {parts}", parts = daemon.silent.join(", ")),
            Remedy::type_in(
                told!("Start it anew; the artworks stay on the screens meanwhile"),
                start_again(),
            ),
        ));
    }
    Ok(Judged::Well(told!("it answers, and what it knows is {age} old", age = daemon.age)))
}

pub(super) fn version(site: &Site) -> Fact<Judged> {
    let daemon = site_of(site)?;
    let own = &site.api.own_version;
    let replaced = site.api.daemons.as_ref().is_ok_and(|all| all.iter().any(|daemon| daemon.replaced));
    if daemon.version != *own {
        return Ok(Judged::warning(
            told!(
                "the daemon is version {running}, this program is {own}",
                running = daemon.version,
                own = own
            ),
            Remedy::type_in(
                told!("Start it anew; the artworks stay on the screens meanwhile"),
                start_again(),
            ),
        ));
    }
    if replaced {
        return Ok(Judged::advice(
            told!("its program was replaced since it was started, and the former one still runs"),
            Remedy::type_in(
                told!("Start it anew; the artworks stay on the screens meanwhile"),
                start_again(),
            ),
        ));
    }
    Ok(Judged::Well(told!("daemon and program are version {version}", version = own)))
}

pub(super) fn libvirt(site: &Site) -> Fact<Judged> {
    let daemon = site_of(site)?;
    match daemon.libvirt.as_str() {
        "up" => Ok(Judged::Well(told!("the daemon reaches libvirt"))),
        state => {
            let why = daemon.libvirt_reason.clone().unwrap_or_else(|| state.to_owned());
            Ok(Judged::ill(
                told!("the daemon does not reach libvirt: {why}", why = why),
                Remedy::type_in(
                    told!("Start libvirt's daemon"),
                    [Command::root(["systemctl", "restart", "libvirtd.service"])],
                ),
            ))
        }
    }
}

pub(super) fn last_resort(site: &Site) -> Fact<Judged> {
    let Some((what, time)) = &site_of(site)?.last_resort else { return Ok(Judged::Beside) };
    let when = span(*time);
    let evidence = if what == "reboot" {
        told!("nothing helps, and the computer is restarted in {time}", time = when)
    } else {
        told!("nothing helps, and libvirt is restarted in {time}", time = when)
    };
    Ok(Judged::warning(
        evidence,
        Remedy::say(told!(
            "Mend what is named as ill before that, or let it happen; [last_resort] in the configuration decides"
        )),
    ))
}
