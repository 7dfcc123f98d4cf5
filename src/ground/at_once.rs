//! Looks at several things at once: one that hangs neither delays the others nor hides what is known of them.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Does the same with each of several things, each on a thread of its own, and returns what has come of each by then, in
/// their order: `None` of what takes longer or panics, or where there was no thread to be had. What hangs cannot be ended:
/// its thread stays until the process ends.
pub(super) fn at_once<A: Send + 'static, T: Send + 'static>(
    things: impl IntoIterator<Item = A>,
    within: Duration,
    work: impl Fn(A) -> T + Clone + Send + 'static,
) -> Vec<Option<T>> {
    let until = Instant::now() + within;
    let (send, done) = mpsc::channel();
    let mut found = Vec::new();
    for (index, thing) in things.into_iter().enumerate() {
        found.push(None);
        let (send, work) = (send.clone(), work.clone());
        let run = move || {
            // Whoever waits for it may have lost patience.
            let _ = send.send((index, work(thing)));
        };
        if let Err(error) = thread::Builder::new().name("doctor-each".to_owned()).spawn(run) {
            tracing::debug!("no thread to look on: {error}");
        }
    }
    // So that it is known when the last one has ended.
    drop(send);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let Ok((index, one)) = done.recv_timeout(left) else { return found };
        if let Some(place) = found.get_mut(index) {
            *place = Some(one);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_or_panics_comes_to_nothing_and_the_others_are_there() {
        let (_never, hangs) = mpsc::channel::<()>();
        let hangs = std::sync::Arc::new(std::sync::Mutex::new(hangs));
        let done = at_once(1..=4, Duration::from_millis(500), move |number| {
            match number {
                2 => drop(hangs.lock().unwrap().recv()),
                3 => panic!("as it should"),
                _ => {}
            }
            number + 10
        });
        assert_eq!(done, [Some(11), None, None, Some(14)]);
        assert_eq!(at_once(Vec::<u32>::new(), Duration::ZERO, |number| number), []);
        // Who is alone and has ended is not waited for.
        assert_eq!(at_once([3], Duration::from_secs(600), |_| panic!("as it should")), [None::<u32>]);
    }
}
