//! The kernel's word on memory.

use std::fs;
use std::io;

/// `/proc/meminfo` (proc_meminfo(5)).
#[derive(Clone, Debug, Default)]
pub struct MemInfo(String);

impl MemInfo {
    /// Reads it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read() -> io::Result<Self> {
        fs::read_to_string("/proc/meminfo").map(Self)
    }

    /// This text of it.
    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// A value of it in bytes, such as that of `MemTotal`; it counts in units of 1024 bytes.
    pub fn bytes(&self, name: &str) -> Option<u64> {
        let value = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let number: u64 = value.split_whitespace().next()?.parse().ok()?;
        Some(number.saturating_mul(1024))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_in_bytes() {
        let found = MemInfo::of("MemTotal:  2 kB\nMemFree: 1 kB\nSwap: nothing\n");
        assert_eq!((found.bytes("MemTotal"), found.bytes("MemFree")), (Some(2048), Some(1024)));
        assert_eq!((found.bytes("Mem"), found.bytes("Swap"), found.bytes("Other")), (None, None, None));
    }
}
