//! What libvirt's log of a VM says of its last run.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use crate::doctor::Fact;
use crate::doctor::facts::libvirt::LastRun;
use crate::words::told;

/// The end of a log that is read, in bytes: a start writes about 5 kB.
const TAIL: u64 = 32 * 1024;

/// How the last run of a VM that is off ended; `None` where no log is kept of it.
pub(super) fn last_run(vm: &str) -> Fact<Option<LastRun>> {
    let file = Path::new("/var/log/libvirt/qemu").join(format!("{vm}.log"));
    match tail(&file) {
        Ok(text) => Ok(Some(parse(&text))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let name = file.display().to_string();
            Err(told!("the VM's log {file} cannot be read: {why}", file = name, why = error.to_string()))
        }
    }
}

fn tail(file: &Path) -> std::io::Result<String> {
    let mut file = File::open(file)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// libvirt writes a line with the command for each start, and one with `shutting down, reason=` for each end; what is
/// between is QEMU's.
fn parse(text: &str) -> LastRun {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines.iter().rposition(|line| line.contains("shutting down, reason="));
    let start = lines.iter().rposition(|line| line.contains("starting up libvirt version"));
    let Some(end) = end.filter(|end| start.is_none_or(|start| start < *end)) else {
        return LastRun::default();
    };
    let reason = lines[end].rsplit("reason=").next().unwrap_or_default().trim().to_owned();
    let begin = start.map_or(0, |start| start + 1);
    let is_qemus = |line: &&&str| {
        // The command itself goes over many lines, each but the last with a backslash at its end.
        !line.trim().is_empty()
            && !line.ends_with('\\')
            && !line.starts_with('-')
            && !line.contains("char device redirected")
    };
    let last_words = lines[begin..end].iter().rev().find(is_qemus).copied().unwrap_or_default();
    LastRun { reason, last_words: last_words.trim().chars().take(300).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_log_is_read() {
        let start = "2026-11-29 12:00:00.000+0000: starting up libvirt version: 11.3.0, qemu version: 10.0.2\nLC_ALL=C \\\n/usr/bin/qemu-system-x86_64 \\\n-msg timestamp=on\n";
        let failed = "2026-11-29T12:00:01.0Z qemu-system-x86_64: -device x: Failed to get \"write\" lock\n2026-11-29 12:00:01.100+0000: shutting down, reason=failed\n";
        let run =
            |reason: &str, last_words: &str| LastRun { reason: reason.into(), last_words: last_words.into() };
        for (text, expected) in [
            (
                format!("{start}{failed}"),
                run(
                    "failed",
                    "2026-11-29T12:00:01.0Z qemu-system-x86_64: -device x: Failed to get \"write\" lock",
                ),
            ),
            (format!("{start}{failed}{start}"), run("", "")),
            (format!("{start}{failed}{start}x: shutting down, reason=destroyed\n"), run("destroyed", "")),
            (String::new(), run("", "")),
        ] {
            assert_eq!(parse(&text), expected, "{text}");
        }
    }
}
