//! libvirt's units, as systemd has them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::doctor::Fact;
use crate::doctor::facts::libvirt::Unit;
use crate::ground::program;
use crate::words::told;

/// systemd answers within milliseconds.
const SYSTEMCTL_TIME: Duration = Duration::from_secs(3);

/// All that may be there, of the whole libvirt and of the one in parts (<https://libvirt.org/daemons.html>).
const UNITS: [&str; 12] = [
    "libvirtd.service",
    "libvirtd.socket",
    "virtqemud.service",
    "virtqemud.socket",
    "virtnetworkd.service",
    "virtnetworkd.socket",
    "virtstoraged.service",
    "virtstoraged.socket",
    "virtlogd.service",
    "virtlogd.socket",
    "libvirt-guests.service",
    "dbus.socket",
];

pub(super) fn read() -> Fact<BTreeMap<String, Unit>> {
    // sd_booted(3)
    if !Path::new("/run/systemd/system").exists() {
        return Err(told!("systemd is not what runs this computer's services"));
    }
    let mut words = vec!["systemctl", "show", "--property=Id,LoadState,ActiveState,UnitFileState"];
    words.extend(UNITS);
    let ended = program::run(&words, SYSTEMCTL_TIME)?;
    if !ended.well() {
        return Err(crate::core::types::Told::text(ended.errors.trim()));
    }
    Ok(parse(&ended.output))
}

/// Reads what `systemctl show` says: lines `KEY=VALUE`, an empty line between two units.
fn parse(output: &str) -> BTreeMap<String, Unit> {
    let unit = |block: &str| {
        let value = |key: &str| {
            block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap_or_default()
        };
        let unit = Unit {
            exists: value("LoadState") != "not-found",
            active: value("ActiveState").to_owned(),
            enabled: value("UnitFileState").to_owned(),
        };
        (value("Id").to_owned(), unit)
    };
    output.split("\n\n").map(unit).filter(|(name, _)| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read() {
        let units = parse(
            "Id=libvirtd.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\n\
             Id=virtqemud.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n\n\
             Id=virtlogd.socket\nLoadState=masked\nActiveState=inactive\nUnitFileState=masked\n",
        );
        let unit = |exists, active: &str, enabled: &str| Unit {
            exists,
            active: active.to_owned(),
            enabled: enabled.to_owned(),
        };
        assert_eq!(units["libvirtd.service"], unit(true, "active", "enabled"));
        assert_eq!(units["virtqemud.service"], unit(false, "inactive", ""));
        assert_eq!(units["virtlogd.socket"], unit(true, "inactive", "masked"));
        assert_eq!(units.len(), 3);
    }
}
