//! How a guest notices that it has been put back to a snapshot: its own clock goes on as if nothing had happened,
//! while the hardware's clock tells the host's time.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The hardware's clock in nanoseconds since 1970, in steps of a second.
pub fn hardware() -> Option<i64> {
    let seconds: i64 = fs::read_to_string("/sys/class/rtc/rtc0/since_epoch").ok()?.trim().parse().ok()?;
    Some(seconds * 1_000_000_000)
}

/// Sleeps, looks at the hardware's clock each `step`, and returns early when it has jumped.
pub fn sleep_unless_reverted(pause: Duration, step: Duration) {
    const JUMP: i64 = 2_500_000_000;
    let (begun, hardware_begun) = (Instant::now(), hardware());
    loop {
        let left = pause.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return;
        }
        sleep(left.min(step));
        if let (Some(then), Some(now)) = (hardware_begun, hardware()) {
            if (now - then - begun.elapsed().as_nanos() as i64).abs() > JUMP {
                return;
            }
        }
    }
}
