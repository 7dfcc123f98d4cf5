//! What is installed, and what installs more by itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::{program, read, said};
use crate::doctor::Fact;
use crate::doctor::facts::host::{Packages, Updates};
use crate::words::told;

/// What Vitrine, its session and its installer call.
const PROGRAMS: [&str; 4] = ["virt-viewer", "qemu-img", "virsh", "dnsmasq"];
/// What a kiosk's session calls.
const OF_SESSION: [&str; 6] = ["openbox", "Xorg", "xset", "xsetroot", "xrandr", "xmessage"];

pub(super) fn programs() -> Vec<(String, bool)> {
    // Where the session is not installed, somebody has another one.
    let session: &[&str] =
        if fs::exists("/usr/share/xsessions/vitrine.desktop").unwrap_or(false) { &OF_SESSION } else { &[] };
    let all = PROGRAMS.iter().chain(session);
    all.map(|name| ((*name).to_owned(), program::is_there(name))).collect()
}

/// What apt and needrestart do without anybody.
pub(super) fn updates() -> Fact<Updates> {
    if !program::is_there("apt-config") {
        return Err(told!("this system has no apt, and what updates it is not known"));
    }
    let mut updates = updates_of(&said(&["apt-config", "dump"])?);
    updates.unattended &= program::is_there("unattended-upgrade");
    if program::is_there("needrestart") {
        let mut files = vec![PathBuf::from("/etc/needrestart/needrestart.conf")];
        let mut more: Vec<_> = fs::read_dir("/etc/needrestart/conf.d")
            .into_iter()
            .flatten()
            .flatten()
            .map(|file| file.path())
            .collect();
        more.retain(|file| file.extension().is_some_and(|end| end == "conf"));
        more.sort();
        files.extend(more);
        let text: String = files.iter().filter_map(|file| read(file).ok()).collect();
        let ubuntu = read("/etc/os-release").is_ok_and(|text| super::system::release(&text).id == "ubuntu");
        (updates.services_restart, updates.spared) = needrestart(&text, ubuntu);
    }
    Ok(updates)
}

/// Whether needrestart restarts by itself, and whether it spares what shows artworks.
pub(super) fn needrestart(text: &str, ubuntu: bool) -> (bool, bool) {
    let lines = || text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let mode = lines().rfind(|line| line.starts_with("$nrconf{restart}"));
    // Without a terminal `i` lists only; Ubuntu's own hook restarts all the same (needrestart(1)).
    let restarts = mode.map_or(ubuntu, |line| line.contains("'a'") || line.contains("\"a\""));
    let spared = lines().any(|line| line.contains("override_rc") && line.contains("libvirt"));
    (restarts, spared)
}

/// What `apt-config dump` says.
pub(super) fn updates_of(text: &str) -> Updates {
    let mut values: BTreeMap<&str, &str> = BTreeMap::new();
    for line in text.lines() {
        if let Some((name, value)) = line.trim().trim_end_matches(';').split_once(' ') {
            values.insert(name, value.trim_matches('"'));
        }
    }
    let on = |name: &str| values.get(name).is_some_and(|value| !["", "0", "false", "no"].contains(value));
    let restarts = on("Unattended-Upgrade::Automatic-Reboot");
    let at = values.get("Unattended-Upgrade::Automatic-Reboot-Time").copied().unwrap_or("now");
    Updates {
        unattended: on("APT::Periodic::Unattended-Upgrade")
            && values.get("APT::Periodic::Enable").is_none_or(|value| *value != "0"),
        restart: restarts.then(|| at.to_owned()),
        ..Updates::default()
    }
}

/// When snapd renews its programs.
pub(super) fn snap_timer() -> Fact<Option<String>> {
    if !program::is_there("snap") {
        return Ok(None);
    }
    let text = said(&["snap", "refresh", "--time"])?;
    let timer = text.lines().find_map(|line| line.strip_prefix("timer:"));
    Ok(timer.map(|timer| timer.trim().to_owned()))
}

/// The packages.
pub(super) fn packages() -> Fact<Packages> {
    let text = said(&[
        "dpkg-query",
        "-W",
        "-f",
        "${db:Status-Abbrev}\\t${source:Package}\\t${Package}\\t${Version}\\n",
    ])?;
    Ok(packages_of(&text))
}

/// Each line: the state, the source, the name, the version. The state has what is wanted, what is, and whether it is
/// broken (dpkg-query(1)).
pub(super) fn packages_of(text: &str) -> Packages {
    let mut packages = Packages::default();
    for line in text.lines() {
        let mut words = line.split('\t');
        let (Some(state), Some(source), Some(name), Some(version)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        match state.get(1..2) {
            Some("U" | "F" | "H" | "W" | "t") => packages.broken.push(name.to_owned()),
            Some("i") if ["qemu", "libvirt"].contains(&source) && !name.starts_with("python") => {
                // A build of the same version for this architecture alone has a number of its own (deb-version(7)).
                let version = match version.rsplit_once("+b") {
                    Some((before, build)) if build.bytes().all(|byte| byte.is_ascii_digit()) => before,
                    _ => version,
                };
                packages.versions.push((name.to_owned(), version.to_owned()));
            }
            _ => {}
        }
    }
    packages
}
