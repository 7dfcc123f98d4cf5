//! What disks, sensors and the power supply say of themselves.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{PATIENCE, number, program, read};
use crate::doctor::Fact;
use crate::doctor::facts::host::{Disk, Temperature};
use crate::words::told;

/// Names of disks that are no hardware: of VMs, in files, in memory, put together from others.
const NOT_HARDWARE: [&str; 11] = ["loop", "ram", "zram", "dm-", "md", "vd", "sr", "fd", "xvd", "nbd", "zd"];

/// The disks that are hardware.
fn devices() -> Vec<String> {
    let disks = fs::read_dir("/sys/block").into_iter().flatten().flatten();
    let mut names: Vec<_> = disks
        .filter_map(|disk| disk.file_name().into_string().ok())
        .filter(|name| !NOT_HARDWARE.iter().any(|other| name.starts_with(other)))
        .collect();
    names.sort();
    names
}

/// What smartctl(8) says of each.
pub(super) fn disks() -> Fact<Vec<Disk>> {
    let devices = devices();
    // In a container the devices of its host are seen and not touched.
    if devices.is_empty() || super::in_container() {
        return Ok(Vec::new());
    }
    if !program::is_there("smartctl") {
        return Err(told!("smartctl is not installed (smartmontools): disks are not asked for their health"));
    }
    if !rustix::process::geteuid().is_root() {
        return Err(told!("only root may ask disks for their health"));
    }
    let ask = |name: &String| {
        let device = format!("/dev/{name}");
        // Its exit code has a bit for each thing that is not well; what it writes says which.
        let ended = program::run(&["smartctl", "-j", "-n", "standby", "-H", "-A", &device], PATIENCE).ok()?;
        disk_of(&device, &serde_json::from_str(&ended.output).ok()?)
    };
    std::thread::scope(|scope| {
        let asked: Vec<_> = devices.iter().map(|name| scope.spawn(move || ask(name))).collect();
        Ok(asked.into_iter().filter_map(|one| one.join().ok().flatten()).collect())
    })
}

/// What smartctl(8) has written with `-j`.
pub(super) fn disk_of(device: &str, said: &Value) -> Option<Disk> {
    said.get("device")?;
    let nvme = &said["nvme_smart_health_information_log"];
    let attributes = said["ata_smart_attributes"]["table"].as_array();
    let raw = |id: u64| {
        let row = attributes.into_iter().flatten().find(|row| row["id"].as_u64() == Some(id));
        // Some keep other counts in the upper half.
        row.and_then(|row| row["raw"]["value"].as_u64()).map_or(0, |value| value & 0xffff_ffff)
    };
    // Sectors that were replaced; that could not be read, at the time and in a test.
    let (replaced, pending, uncorrectable) = (raw(5), raw(197), raw(198));
    Some(Disk {
        device: device.to_owned(),
        passed: said["smart_status"]["passed"].as_bool(),
        replaced,
        unreadable: pending + uncorrectable + nvme["media_errors"].as_u64().unwrap_or(0),
        used: nvme["percentage_used"].as_u64(),
    })
}

/// Whether it is fed by the mains; nothing without a battery
/// (<https://docs.kernel.org/power/power_supply_class.html>).
pub(super) fn mains() -> Fact<Option<bool>> {
    let (mut has_battery, mut fed) = (false, None);
    for supply in fs::read_dir("/sys/class/power_supply").into_iter().flatten().flatten() {
        let value = |name: &str| read(supply.path().join(name)).unwrap_or_default().trim().to_owned();
        match value("type").as_str() {
            // One of a mouse or a pen is no battery of the computer's.
            "Battery" => has_battery |= value("scope") != "Device",
            "Mains" | "USB" => fed = Some(fed.unwrap_or(false) || value("online") == "1"),
            _ => {}
        }
    }
    Ok(if has_battery { fed } else { None })
}

/// What sensors say, in thousandths of a degree (<https://docs.kernel.org/driver-api/thermal/sysfs-api.html>).
pub(super) fn temperatures() -> Fact<Vec<Temperature>> {
    let mut found = Vec::new();
    for zone in fs::read_dir("/sys/class/thermal").into_iter().flatten().flatten() {
        let (path, name) = (zone.path(), zone.file_name());
        if !name.to_string_lossy().starts_with("thermal_zone") {
            continue;
        }
        let Some(now) = degrees(&path.join("temp")) else { continue };
        let critical = (0..8)
            .filter(|trip| {
                read(path.join(format!("trip_point_{trip}_type"))).is_ok_and(|kind| kind.trim() == "critical")
            })
            .find_map(|trip| degrees(&path.join(format!("trip_point_{trip}_temp"))));
        let sensor = read(path.join("type")).unwrap_or_default().trim().to_owned();
        found.push(Temperature { sensor, now, critical });
    }
    for chip in fs::read_dir("/sys/class/hwmon").into_iter().flatten().flatten() {
        let name = read(chip.path().join("name")).unwrap_or_default().trim().to_owned();
        // Others measure boards and supplies, with inputs that nothing is connected to.
        if !["coretemp", "k10temp", "nvme", "drivetemp", "cpu_thermal"].contains(&name.as_str()) {
            continue;
        }
        let at = |end: &str| degrees(&chip.path().join(format!("temp1_{end}")));
        if let Some(now) = at("input") {
            found.push(Temperature { sensor: name, now, critical: at("crit") });
        }
    }
    // What is not plausible is no temperature.
    found.retain(|one| (1..150).contains(&one.now));
    Ok(found)
}

fn degrees(file: &Path) -> Option<i64> {
    let thousandths: i64 = number(read(file).ok()?.trim()).ok()?;
    Some(thousandths / 1000)
}
