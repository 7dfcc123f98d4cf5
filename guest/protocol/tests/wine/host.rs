//! A host as Vitrine's API describes it (docs/api.md), that writes down what it is asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What is answered, and what was asked.
#[derive(Default)]
pub(crate) struct State {
    /// When, and the first line of the request without the words around its path.
    pub(crate) asked: Vec<(Instant, String)>,
    /// The last User-Agent.
    pub(crate) agent: String,
    /// What `/api/v1/poll/…` says.
    pub(crate) word: String,
    /// Whether `/api/v1/button-status` has a press to hand out.
    pub(crate) pressed: bool,
    /// By how much the host's clock is ahead of this computer's.
    pub(crate) ahead: Duration,
}

/// A host at a port of this computer.
pub(crate) struct Host {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
    /// Connections are dropped without an answer.
    away: Arc<AtomicBool>,
    begun: Instant,
}

impl Host {
    pub(crate) fn begin() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (state, away) = (Arc::<Mutex<State>>::default(), Arc::<AtomicBool>::default());
        let (shared, is_away) = (Arc::clone(&state), Arc::clone(&away));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                if is_away.load(Ordering::SeqCst) {
                    // As a host whose network is gone: nothing comes back until the kit gives up.
                    thread::spawn(move || {
                        thread::sleep(Duration::from_secs(5));
                        drop(connection);
                    });
                } else {
                    thread::spawn(move || answer(connection, &shared));
                }
            }
        });
        Self { port, state, away, begun: Instant::now() }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// What was asked since a moment.
    pub(crate) fn since(&self, from: Instant) -> Vec<String> {
        self.state().asked.iter().filter(|(when, _)| *when >= from).map(|(_, path)| path.clone()).collect()
    }

    /// Waits until something is asked with this in it, since a moment; when that was.
    pub(crate) fn wait(&self, from: Instant, text: &str, within: Duration) -> Instant {
        let end = Instant::now() + within;
        loop {
            let found = self
                .state()
                .asked
                .iter()
                .find(|(when, path)| *when >= from && path.contains(text))
                .map(|found| found.0);
            if let Some(when) = found {
                return when;
            }
            assert!(
                Instant::now() < end,
                "{text:?} was not asked within {within:?}; the last was {:?}, {:?} after the beginning",
                self.state().asked.last(),
                self.begun.elapsed()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The longest time without a heartbeat since a moment.
    pub(crate) fn longest_gap(&self, from: Instant) -> Duration {
        let state = self.state();
        let beats = state
            .asked
            .iter()
            .filter(|(when, path)| *when >= from && path.contains("/heartbeat?"))
            .map(|beat| beat.0);
        let mut last = from;
        let mut longest = Duration::ZERO;
        for beat in beats.chain([Instant::now()]) {
            longest = longest.max(beat - last);
            last = beat;
        }
        longest
    }
}

fn answer(mut connection: TcpStream, state: &Mutex<State>) {
    let _ = connection.set_read_timeout(Some(Duration::from_secs(5)));
    let mut reader = BufReader::new(&connection);
    let mut first = String::new();
    if reader.read_line(&mut first).is_err() {
        return;
    }
    let mut agent = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("User-Agent: ") {
            agent = value.trim().to_owned();
        }
    }
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let body = {
        let mut state = state.lock().unwrap();
        state.asked.push((Instant::now(), path.clone()));
        state.agent = agent;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + state.ahead;
        if path.contains("/heartbeat?") {
            format!(
                "{{\"message\":\"Heartbeat received\",\"details\":{{\"enabled\":true}},\"host_time\":{:.3}}}",
                now.as_secs_f64()
            )
        } else if path.contains("/poll/") {
            state.word.clone()
        } else if path.ends_with("/button-status") {
            format!("{{\"pressed\":{}}}", std::mem::take(&mut state.pressed))
        } else {
            "{\"status\":\"accepted\",\"message\":\"as you wish\",\"details\":null}".to_owned()
        }
    };
    let head = format!("HTTP/1.0 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let _ = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(body.as_bytes()));
}
