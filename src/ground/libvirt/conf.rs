//! libvirt's configuration files.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::doctor::Fact;
use crate::doctor::facts::libvirt::{Conf, GuestsService};
use crate::words::told;

/// Reads a file; one that is not there sets nothing.
pub(super) fn read(file: &Path) -> Fact<Conf> {
    let name = file.display().to_string();
    match fs::read_to_string(file) {
        Ok(text) => Ok(Conf { file: name, values: values(&text) }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Conf { file: name, values: BTreeMap::new() }),
        Err(error) => Err(told!(
            "libvirt's settings in {file} cannot be read: {why}",
            file = name,
            why = error.to_string()
        )),
    }
}

/// Reads lines `key = "text"`, `key = 1` and `key = [ "a", "b" ]`, the latter also over several lines.
fn values(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    while let Some(line) = lines.next() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let mut value = value.trim().to_owned();
        if value.starts_with('[') {
            while !value.contains(']') {
                let Some(more) = lines.next() else { break };
                value.push_str(more);
            }
            let inner = value.trim_start_matches('[').split(']').next().unwrap_or_default();
            let members = inner.split(',').map(bare).filter(|member| !member.is_empty());
            value = members.collect::<Vec<_>>().join(",");
        } else {
            value = bare(&value);
        }
        values.insert(key.trim().to_owned(), value);
    }
    values
}

/// A value without its quotes, and without a remark behind it.
fn bare(value: &str) -> String {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or_default().to_owned();
        }
    }
    value.split('#').next().unwrap_or_default().trim().to_owned()
}

/// What libvirt-guests does by its file, and where that says nothing, by its script.
pub(super) fn guests_service(on: bool, file: &str, text: &str, script: &str) -> GuestsService {
    let in_text = |text: &str, key: &str| {
        let set = |line: &str| Some(bare(line.trim().strip_prefix(key)?.strip_prefix('=')?));
        text.lines().filter_map(set).next_back()
    };
    // In the script the first line of each is what it takes.
    let in_script = |key: &str| {
        script.lines().find_map(|line| Some(bare(line.trim().strip_prefix(key)?.strip_prefix('=')?)))
    };
    let value = |key: &str, usual: &str| {
        in_text(text, key).or_else(|| in_script(key)).unwrap_or_else(|| usual.to_owned())
    };
    GuestsService {
        on,
        on_boot: value("ON_BOOT", "start"),
        on_shutdown: value("ON_SHUTDOWN", "suspend"),
        timeout: value("SHUTDOWN_TIMEOUT", "300").parse().unwrap_or(300),
        file: file.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libvirts_files_are_read() {
        let text = "# a remark\n#user = \"no\"\nuser = \"root\"\nspice_tls = 1\nnamespaces = [ ]\n\
                    max_core = 0 # none\ncgroup_controllers = [\n  \"cpu\",\n  \"memory\"\n]\nstdio_handler=\"file\"\n";
        let values = values(text);
        let expected = [
            ("user", "root"),
            ("spice_tls", "1"),
            ("namespaces", ""),
            ("max_core", "0"),
            ("cgroup_controllers", "cpu,memory"),
            ("stdio_handler", "file"),
        ];
        assert_eq!(values, expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    }

    #[test]
    fn libvirt_guests_does_what_its_file_and_then_its_script_say() {
        let script =
            "ON_BOOT=\"ignore\"\nON_SHUTDOWN=\"shutdown\"\nSHUTDOWN_TIMEOUT=300\n  ON_SHUTDOWN=\"x\"\n";
        let found = guests_service(true, "f", "#ON_BOOT=start\n", script);
        assert_eq!(
            (found.on_boot.as_str(), found.on_shutdown.as_str(), found.timeout),
            ("ignore", "shutdown", 300)
        );
        let found = guests_service(true, "f", "ON_BOOT=start\nSHUTDOWN_TIMEOUT=0\n", script);
        assert_eq!((found.on_boot.as_str(), found.timeout), ("start", 0));
        assert_eq!(guests_service(true, "f", "", "").on_shutdown, "suspend");
    }
}
