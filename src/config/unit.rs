//! One `[[unit]]`, and the units that are watched unasked.

use toml::de::DeValue;

use super::claims::Claims;
use super::error::{cut, quote};
use super::keys;
use super::reader::{Item, Reader};
use crate::core::types::{Bus, UnitSettings};
use crate::words::tr;

/// What a unit's name may end with (systemd.unit(5)).
const KINDS: [&str; 11] = [
    "service",
    "socket",
    "device",
    "mount",
    "automount",
    "swap",
    "target",
    "path",
    "timer",
    "slice",
    "scope",
];
/// The longest name of a unit, in characters (systemd.unit(5)).
const MAX_NAME: usize = 255;
/// What libvirt's system instance runs by: one daemon, or one for each driver.
const LIBVIRT_UNITS: [&str; 5] =
    ["libvirtd.service", "libvirtd.socket", "virtqemud.service", "virtqemud.socket", "virtlogd.service"];

/// Reads a unit. It is valid only if the reader has noted no error.
pub(super) fn read(reader: &mut Reader<'_>, claims: &mut Claims, item: &Item<'_>) -> UnitSettings {
    let mut settings = UnitSettings { name: String::new(), bus: Bus::System, restart: false, named: true };
    let mut item = item.clone();
    if let DeValue::Table(entries) = item.value
        && let Some(DeValue::String(name)) = entries.get("name").map(|name| name.get_ref())
    {
        item.path = format!("{} {}", item.path, quote(name));
    }
    let hint = tr!("Write a heading [[unit]] for each unit, with its keys below.");
    let Some(table) = reader.table(&item, &keys::UNIT, &hint) else { return settings };
    if let Some(item) = table.get("bus")
        && let Some(bus) = reader.text(&item, "\"system\"")
    {
        match bus {
            "system" => settings.bus = Bus::System,
            "user" => settings.bus = Bus::User,
            other => reader.error(
                &item.span,
                &item.path,
                tr!("There is no bus {bus}.", bus = quote(other)),
                tr!("Write \"system\" for a unit of the machine, or \"user\" for one of the kiosk's user."),
            ),
        }
    }
    if let Some(on) = table.get("restart").and_then(|item| reader.switch(&item)) {
        settings.restart = on;
    }
    if let Some(item) = table.require(reader, "name", "name = \"libvirtd.service\"")
        && let Some(name) = reader.text(&item, "\"libvirtd.service\"")
    {
        if let Some((problem, remedy)) = bad_name(name) {
            reader.error(&item.span, &item.path, problem, remedy);
        } else if let Some(line) = claims.claim(reader, settings.bus.word(), name, &item.span) {
            let problem =
                tr!("The unit {unit} stands in line {line} already.", unit = quote(name), line = line);
            reader.error(&item.span, &item.path, problem, tr!("Keep one of the two."));
        }
        settings.name = name.to_owned();
    }
    settings
}

/// What is wrong with a unit's name, and what to write.
fn bad_name(name: &str) -> Option<(String, String)> {
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    let problem =
        if let Some(odd) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !":-_.\\@".contains(*c)) {
            tr!("A unit's name cannot have {odd} in it.", odd = quote(&odd.to_string()))
        } else if !KINDS.contains(&kind) {
            let guess = format!("{}.service", cut(name));
            return Some((
                tr!("{name} does not say what kind of unit it is.", name = quote(name)),
                tr!("Write {name} if that is meant.", name = quote(&guess)),
            ));
        } else if stem.is_empty() || stem.ends_with('@') {
            tr!("{name} is not the name of one unit.", name = quote(name))
        } else if name.len() > MAX_NAME {
            tr!(
                "A unit's name has at most {most} characters; this one has {count}.",
                most = MAX_NAME,
                count = name.len()
            )
        } else {
            return None;
        };
    Some((problem, tr!("Write the name as `systemctl list-units` shows it, such as \"libvirtd.service\".")))
}

/// Whether this libvirt is the one of this machine's systemd.
pub(super) fn is_own(uri: &str) -> bool {
    ["qemu:///system", "qemu+unix:///system"].iter().any(|own| uri.starts_with(own))
}

/// The units to watch: those that were named, then what that libvirt runs by, where it is this machine's own.
pub(super) fn with_libvirts(mut named: Vec<UnitSettings>, uri: &str) -> Vec<UnitSettings> {
    for name in LIBVIRT_UNITS.iter().filter(|_| is_own(uri)) {
        if !named.iter().any(|unit| unit.bus == Bus::System && unit.name == **name) {
            let name = (*name).to_owned();
            named.push(UnitSettings { name, bus: Bus::System, restart: false, named: false });
        }
    }
    named
}
