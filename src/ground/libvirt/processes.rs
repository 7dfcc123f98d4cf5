//! libvirt's daemons and QEMUs that run.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::libvirt::Process;

/// The bit of CAP_SYS_RESOURCE (capabilities(7)).
const CAP_SYS_RESOURCE: u32 = 24;

pub(super) fn read() -> Fact<Vec<Process>> {
    let entries = fs::read_dir("/proc").map_err(|error| Told::text(error.to_string()))?;
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // What has ended meanwhile is not there.
    Ok(numbers.filter_map(process).collect())
}

fn process(pid: u32) -> Option<Process> {
    let folder = Path::new("/proc").join(pid.to_string());
    let command = fs::read(folder.join("cmdline")).ok()?;
    let words: Vec<_> =
        command.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let name = words.first()?.rsplit('/').next()?.to_owned();
    let is_qemu = name.starts_with("qemu-system-") || name == "qemu-kvm";
    if !is_qemu && !matches!(name.as_str(), "libvirtd" | "virtqemud" | "virtlogd" | "virtnetworkd") {
        return None;
    }
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
    Some(Process {
        pid,
        uid: folder.metadata().ok()?.uid(),
        vm: if is_qemu { guest(&words) } else { None },
        stopped: state(&text("stat")) == Some('T'),
        core_limit: core_limit(&text("limits")),
        may_raise: may_raise(&text("status")),
        name,
    })
}

/// The VM in libvirt's `-name guest=NAME,debug-threads=on`; a comma in a name is doubled.
fn guest(words: &[String]) -> Option<String> {
    let name = words.iter().position(|word| word == "-name").and_then(|at| words.get(at + 1))?;
    let rest = name.strip_prefix("guest=")?.replace(",,", "\0");
    Some(rest.split(',').next()?.replace('\0', ","))
}

/// The state in `/proc/PID/stat`, after the name in parentheses (proc_pid_stat(5)).
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

/// The hard limit of core files in bytes; `None` for none.
fn core_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max core file size"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn may_raise(status: &str) -> bool {
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    // Where it is not known, nothing is said against it.
    effective
        .and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok())
        .is_none_or(|bits| bits >> CAP_SYS_RESOURCE & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(guest(&words("qemu -name guest=eden,debug-threads=on -S")), Some("eden".to_owned()));
        assert_eq!(guest(&words("qemu -name guest=a,,b,debug-threads=on")), Some("a,b".to_owned()));
        assert_eq!(guest(&words("qemu -name eden")), None);
        assert_eq!(guest(&words("qemu -name")), None);
        assert_eq!(state("17 (a) b) T 1 2"), Some('T'));
        assert_eq!(state(""), None);
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax core file size        0                    0                    bytes\n";
        assert_eq!(core_limit(limits), Some(0));
        assert_eq!(
            core_limit("Max core file size        0                    unlimited            bytes\n"),
            None
        );
        assert!(may_raise("CapEff:\t000001ffffffffff\n"));
        assert!(!may_raise("CapEff:\t00000000a80425fb\n"));
        assert!(may_raise(""));
    }
}
