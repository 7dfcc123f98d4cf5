//! Whether the X server answers. It is asked now and then, by a round trip over a connection of its own, on a thread
//! that nobody waits for: all others may be waiting for the X server themselves.

use std::convert::Infallible;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::debug;
use x11rb::protocol::xproto::ConnectionExt as _;

use super::display::Error;
use super::server_process::Peer;
use super::stream::{self, Connected, Heard, Patience};
use crate::adapter::Events;
use crate::core::event::Event;
use crate::life;

/// An X server that was not heard for so long is asked: a viewer and a curtain may wait for so long, and for an answer's
/// time, before it is known why.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);
/// An X server that takes longer for an answer stands still. Setting a mode takes one or two seconds on some hardware.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// Asks the X server whether it answers, from its start on and until this is dropped, whether there are other connections
/// or not: they are what cannot be made while it stands still.
#[derive(Debug)]
pub struct ServerProbe {
    shared: Arc<Shared>,
    _alive: mpsc::Sender<Infallible>,
}

/// What the thread and others know of the X server.
#[derive(Debug)]
struct Shared {
    events: Events,
    server: Peer,
    question: Mutex<Question>,
}

#[derive(Debug, Default)]
struct Question {
    /// When it was asked, where no answer has come yet.
    asked: Option<Instant>,
    /// It was told that the X server stands still.
    told: bool,
}

impl ServerProbe {
    /// Starts the thread that asks. What it has to tell are `Event::XServerSilent` and `Event::XServerAnswers`. The thread
    /// ends with what is returned, unless the X server keeps it.
    ///
    /// # Errors
    /// Where there is no thread to be had.
    pub fn spawn(display: Option<String>, events: Events) -> io::Result<Self> {
        let shared = Arc::new(Shared { events, server: Peer::default(), question: Mutex::default() });
        let (alive, others) = mpsc::channel();
        let asking = Arc::clone(&shared);
        let heard = Heard::of(display.as_deref());
        std::thread::Builder::new().name("x11-probe".into()).spawn(move || {
            let life = life::begin("asks whether the X server answers");
            let mut connection = None;
            loop {
                life.beat();
                // While artworks are shown, their viewers are pinged by way of it all the time.
                let quiet = heard.last().map_or(PROBE_INTERVAL, |at| at.elapsed());
                if (connection.is_none() || quiet >= PROBE_INTERVAL)
                    && let Err(error) = asking.ask(&mut connection, display.as_deref())
                {
                    // Where the X server has gone, others say so.
                    debug!("the X server cannot be asked whether it answers: {error}");
                    connection = None;
                }
                let next =
                    heard.last().map_or(PROBE_INTERVAL, |at| PROBE_INTERVAL.saturating_sub(at.elapsed()));
                match others.recv_timeout(next.min(life::pace())) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        })?;
        Ok(Self { shared, _alive: alive })
    }

    /// Ends the X server, on a thread of its own, unless it answers again; the answer is `Event::XServerEnded`.
    pub fn end_server(&self) {
        let shared = Arc::clone(&self.shared);
        let end = move || {
            let _guard = life::guard("the end of the X server");
            // It may have come round just now.
            if !shared.question().told {
                return;
            }
            shared.events.send(Event::XServerEnded(shared.server.end()));
        };
        if let Err(error) = std::thread::Builder::new().name("x11-end".into()).spawn(end) {
            // It is tried again after a pause.
            debug!("no thread to end the X server on: {error}");
        }
    }
}

impl Shared {
    /// One round trip, however long it takes.
    fn ask(self: &Arc<Self>, connection: &mut Option<Connected>, display: Option<&str>) -> Result<(), Error> {
        self.question().asked = Some(Instant::now());
        let answer = self.connect(connection, display).and_then(|(conn, _)| {
            conn.get_input_focus()?.reply()?;
            Ok(())
        });
        let mut question = self.question();
        question.asked = None;
        if answer.is_ok() && std::mem::take(&mut question.told) {
            self.events.send(Event::XServerAnswers);
        }
        answer
    }

    fn question(&self) -> MutexGuard<'_, Question> {
        self.question.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, opened where there is none.
    fn connect<'a>(
        self: &Arc<Self>,
        connection: &'a mut Option<Connected>,
        display: Option<&str>,
    ) -> Result<&'a Connected, Error> {
        match connection {
            Some(connected) => Ok(connected),
            None => {
                let patience = Arc::clone(self) as Arc<dyn Patience>;
                let connected = stream::connect(display, Some(patience))
                    .map_err(|source| Error::connect(display, source))?;
                Ok(connection.insert(connected))
            }
        }
    }
}

impl Patience for Shared {
    fn is_reached(&self, socket: BorrowedFd<'_>) {
        self.server.is_reached(socket);
    }

    fn left(&self) -> Option<Duration> {
        let question = self.question();
        let asked = question.asked.filter(|_| !question.told)?;
        Some((asked + ANSWER_TIMEOUT).saturating_duration_since(Instant::now()))
    }

    fn ends(&self) {
        let mut question = self.question();
        if let (Some(since), false) = (question.asked, std::mem::replace(&mut question.told, true)) {
            self.events.send(Event::XServerSilent { since, elsewhere: self.server.is_elsewhere() });
        }
    }
}
