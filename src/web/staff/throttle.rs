//! Who failed to log in waits, for longer each time.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Failures that cost nothing: people mistype.
const FREE: u32 = 3;
/// The longest wait.
const MAX_WAIT: Duration = Duration::from_secs(300);
/// After so long without a failure all is forgotten.
const FORGIVEN_AFTER: Duration = Duration::from_secs(3600);
/// Addresses that are remembered; a crowd of more begins anew with those that failed last.
const CAPACITY: usize = 1024;

/// From where, and as whom, log-ins have failed; nobody's name is empty.
#[derive(Default)]
pub(super) struct Throttle {
    failures: HashMap<(IpAddr, String), Failures>,
}

struct Failures {
    count: u32,
    last: Instant,
}

impl Failures {
    /// How long is waited after the last one.
    fn wait(&self) -> Duration {
        let Some(doublings) = self.count.checked_sub(FREE) else { return Duration::ZERO };
        Duration::from_secs(1).saturating_mul(1 << doublings.min(16)).min(MAX_WAIT)
    }
}

impl Throttle {
    /// Somebody tries: a failure, until it has succeeded.
    ///
    /// # Errors
    /// So long has to be waited before the next try, which this one is not.
    pub(super) fn begin(&mut self, from: IpAddr, name: &str, now: Instant) -> Result<(), Duration> {
        let past = |failures: &Failures| now.saturating_duration_since(failures.last) >= FORGIVEN_AFTER;
        self.failures.retain(|_, failures| !past(failures));
        let key = (network(from), name.to_owned());
        if self.failures.len() >= CAPACITY
            && !self.failures.contains_key(&key)
            && let Some(oldest) =
                self.failures.iter().min_by_key(|(_, failures)| failures.last).map(|(key, _)| key.clone())
        {
            self.failures.remove(&oldest);
        }
        let failures = self.failures.entry(key).or_insert(Failures { count: 0, last: now });
        let left = (failures.last + failures.wait()).saturating_duration_since(now);
        if !left.is_zero() {
            return Err(left);
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        Ok(())
    }

    /// The last try was right.
    pub(super) fn succeeded(&mut self, from: IpAddr, name: &str) {
        self.failures.remove(&(network(from), name.to_owned()));
    }
}

/// Who has one IPv6 address has its whole network (RFC 4291, 2.5.4).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_forgotten() {
        let (mut throttle, begun) = (Throttle::default(), Instant::now());
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let (mut now, mut waits) = (begun, Vec::new());
        for _ in 0..14 {
            let wait = throttle.begin(one, "anna", now).err().unwrap_or_default();
            waits.push(wait.as_secs());
            now += wait;
            if !wait.is_zero() {
                throttle.begin(one, "anna", now).unwrap();
            }
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert!(throttle.begin(one, "anna", now).is_err());
        assert!(throttle.begin(one, "ben", now).is_ok() && throttle.begin(other, "anna", now).is_ok());
        // Who has an account of one's own gains nothing for another's.
        throttle.succeeded(one, "ben");
        assert!(throttle.begin(one, "anna", now).is_err());
        throttle.succeeded(one, "anna");
        assert!(throttle.begin(one, "anna", now).is_ok());
        let later = now + FORGIVEN_AFTER;
        assert!(throttle.begin(other, "anna", later).is_ok());
        assert_eq!(throttle.failures.len(), 1);
    }

    #[test]
    fn a_crowd_takes_no_more_than_its_room() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for n in 0..2 * CAPACITY as u128 {
            throttle.begin(IpAddr::V6(Ipv6Addr::from(n << 64)), "", now).unwrap();
        }
        assert_eq!(throttle.failures.len(), CAPACITY);
        let (one, neighbour) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
        for _ in 0..FREE {
            throttle.begin(one, "", now).unwrap();
        }
        assert!(throttle.begin(neighbour, "", now).is_err());
        assert!(throttle.begin("::ffff:192.0.2.1".parse().unwrap(), "", now).is_ok());
    }
}
