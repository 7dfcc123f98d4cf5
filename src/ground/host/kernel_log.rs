//! What the kernel has complained about since it was started.

use super::said;
use crate::doctor::Fact;
use crate::doctor::facts::host::{Trouble, TroubleKind};
use crate::words::told;

/// How long a line may be that people are shown, in characters.
const LINE: usize = 120;
/// Programs of which a crash concerns an artwork begin so; the kernel cuts their names after 15 characters.
const OURS: [&str; 10] = [
    "qemu",
    "virt-viewer",
    "remote-viewer",
    "Xorg",
    "X",
    "openbox",
    "vitrine",
    "libvirtd",
    "virtqemud",
    "lightdm",
];

/// The kernel's log: of systemd's journal, or where there is none, of the kernel's own store.
fn log() -> Fact<String> {
    // The latest first: of what is too long the end is not read.
    let journal = said(&["journalctl", "-q", "-k", "-b", "-o", "cat", "--no-pager", "-n", "20000", "-r"]);
    match journal {
        Ok(text) if !text.trim().is_empty() => Ok(text.lines().rev().collect::<Vec<_>>().join("\n")),
        _ => {
            let text = said(&["dmesg"])?;
            if text.trim().is_empty() {
                return Err(told!("the kernel's log is empty: it is not this system's to read"));
            }
            // Without the moments before each line.
            Ok(text.lines().map(without_moment).collect::<Vec<_>>().join("\n"))
        }
    }
}

fn without_moment(line: &str) -> &str {
    line.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map_or(line, |(_, text)| text)
}

/// What it complains about.
pub(in crate::ground) fn read() -> Fact<Vec<Trouble>> {
    log().map(|text| of(&text))
}

/// What a kernel's log complains about. The kernel's own texts, from its source.
pub(super) fn of(text: &str) -> Vec<Trouble> {
    let mut found: Vec<Trouble> = Vec::new();
    // An oom-kill line names the control group of what the next line says was killed.
    let mut group = String::new();
    for line in text.lines() {
        if line.contains("oom-kill:") {
            group = between(line, "task_memcg=", ",").unwrap_or_default().to_owned();
        }
        let Some((kind, about)) = complaint(line, &group) else { continue };
        let line: String = line.trim().chars().take(LINE).collect();
        match found.iter_mut().find(|one| one.kind == kind && one.about == about) {
            Some(one) => {
                one.count += 1;
                one.line = line;
            }
            None => found.push(Trouble { kind, about, count: 1, line }),
        }
    }
    found
}

/// What a line complains about, if it does.
fn complaint(line: &str, group: &str) -> Option<(TroubleKind, String)> {
    use TroubleKind as Kind;
    let has = |text: &str| line.contains(text);
    let device = |after: &str| {
        let rest = line.split_once(after).map_or("", |(_, rest)| rest).trim_start();
        rest.split([' ', ',', ')', ':', '(']).next().unwrap_or_default().to_owned()
    };
    if has("I/O error, dev ") {
        // A drive with nothing in it is asked all the same.
        let disk = device("I/O error, dev ");
        return (!disk.starts_with("sr") && !disk.starts_with("fd")).then_some((Kind::Disk, disk));
    }
    if has("nvme") && (has("controller is down") || has("I/O timeout") || has("Device not ready")) {
        return Some((Kind::Disk, line.split_whitespace().find(|word| word.starts_with("nvme"))?.to_owned()));
    }
    if has("EXT4-fs error (device ") {
        return Some((Kind::FileSystem, device("(device ")));
    }
    if line.starts_with("XFS (") && (has("orruption") || has("metadata I/O error")) {
        return Some((Kind::FileSystem, device("XFS (")));
    }
    if line.starts_with("BTRFS ") && (has("BTRFS error") || has("BTRFS critical")) {
        return Some((Kind::FileSystem, device("(device ")));
    }
    if has("Remounting filesystem read-only") {
        return Some((Kind::FileSystem, device("(")));
    }
    if has("Out of memory: Killed process") || has("Memory cgroup out of memory: Killed process") {
        let program = between(line, "(", ")").unwrap_or_default();
        let about = match vm_of(group) {
            Some(vm) => format!("{program} (VM {vm})"),
            None => program.to_owned(),
        };
        return Some((Kind::Memory, about));
    }
    if has("temperature above threshold") || has("temperature/speed normal") {
        return has("above").then(|| (Kind::Heat, String::new()));
    }
    if has("[Hardware Error]") || (line.starts_with("mce: ") && has("events logged")) || is_edac(line) {
        return Some((Kind::Hardware, String::new()));
    }
    if has(" segfault at ") || has("general protection fault") || has("trap invalid opcode") {
        let program = line.split('[').next().unwrap_or_default().trim().trim_start_matches("traps: ");
        let is_ours =
            OURS.iter().any(|ours| program == *ours || (ours.len() > 1 && program.starts_with(ours)));
        return is_ours.then(|| (Kind::Crash, program.to_owned()));
    }
    if has("GPU HANG") || (has("amdgpu") && has("ring ") && has("timeout")) || (has("NVRM: Xid")) {
        return Some((Kind::Graphics, String::new()));
    }
    if line.starts_with("BUG: ")
        || line.starts_with("Oops: ")
        || line.starts_with("kernel BUG at ")
        || has("blocked for more than ")
        || has("soft lockup")
        || has("rcu_sched self-detected stall")
    {
        return Some((Kind::Kernel, String::new()));
    }
    if line.starts_with("PM: suspend entry") || line.starts_with("PM: hibernation: hibernation entry") {
        return Some((Kind::Sleep, String::new()));
    }
    if line.contains("kvm")
        && (has("disabled by bios") || has("disabled by BIOS") || has("not enabled in BIOS"))
    {
        return Some((Kind::KvmOff, String::new()));
    }
    if has("apparmor=\"DENIED\"") {
        let profile = between(line, "profile=\"", "\"").unwrap_or_default();
        let name = between(line, "name=\"", "\"").unwrap_or_default();
        return profile.starts_with("libvirt").then(|| (Kind::Refused, format!("{name} ({profile})")));
    }
    if has("EXT4-fs (") && has("recovery complete") {
        return Some((Kind::PowerCut, device("EXT4-fs (")));
    }
    if has("XFS (") && has("Ending recovery") {
        return Some((Kind::PowerCut, device("XFS (")));
    }
    None
}

/// Errors of the memory, of which CE were corrected and UE were not.
fn is_edac(line: &str) -> bool {
    line.starts_with("EDAC MC") && (line.contains(" CE ") || line.contains(" UE "))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(inner, _)| inner)
}

/// The VM of a control group such as `/machine.slice/machine-qemu\x2d1\x2deden\x2dvm.scope/libvirt/emulator`.
pub(in crate::ground) fn vm_of(group: &str) -> Option<String> {
    let scope = group.rsplit('/').find_map(|part| part.strip_prefix("machine-")?.strip_suffix(".scope"))?;
    // systemd writes what may not stand in a unit's name as \x and two digits (systemd.unit(5)).
    let mut parts = scope.split("\\x");
    let mut name = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        name.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        name.extend_from_slice(part.get(2..)?.as_bytes());
    }
    // qemu-1-NAME: the number is the run's.
    Some(String::from_utf8_lossy(&name).strip_prefix("qemu-")?.split_once('-')?.1.to_owned())
}
