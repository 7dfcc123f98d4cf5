//! The computer's clocks, and what tells one of its starts from the next.

use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::core::types::{Now, WallTime};

/// This moment on both clocks.
pub fn now() -> Now {
    Now { mono: Instant::now(), wall: wall_clock() }
}

/// This moment on the clock that people read.
pub fn wall_clock() -> WallTime {
    WallTime(i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX))
}

/// How long ago 1970 began by the clock that people read; nothing where that clock is set to an earlier time.
pub fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// What tells one start of the computer from the next (`boot_id` in proc(5)); empty where that cannot be read.
pub fn boot_id() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}
