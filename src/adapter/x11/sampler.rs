//! Samples what visitors see, by a thread and a connection of its own: a sample reads megabytes, and windows must not
//! wait for that. Small pictures for the journal are encoded here as well.

use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};

use tokio::sync::oneshot;
use tracing::debug;

use super::capture::{self, BAND_ROWS};
use super::display::{Display, Error};
use super::thumbnail::{self, GLANCE_WIDTH, JOURNAL_WIDTH, ScreenCopy};
use crate::adapter::{Events, Report};
use crate::core::event::{Event, ProbeAnswer};
use crate::core::types::{ExhibitId, IncidentId, OpId, Rect};
use crate::life;

/// What the thread is to do.
#[derive(Debug)]
pub(super) enum Job {
    /// A hash of what visitors see, for the comparison with the next one.
    Sample { exhibit: ExhibitId, op: OpId, areas: Vec<Rect> },
    /// A small picture of what was copied, for the journal.
    Thumbnail { incident: IncidentId, copies: Vec<ScreenCopy> },
    /// A small picture of what visitors see in these areas, for staff who look.
    Glance { areas: Vec<Rect>, reply: oneshot::Sender<Vec<u8>> },
}

/// Starts the thread; it ends when the channel does.
pub(super) fn spawn(display: Option<String>, events: Events) -> io::Result<mpsc::Sender<Job>> {
    let (sender, jobs) = mpsc::channel::<Job>();
    std::thread::Builder::new().name("x11-look".into()).spawn(move || {
        let life = life::begin("looks at the screens");
        let mut connection = None;
        loop {
            life.beat();
            let job = match jobs.recv_timeout(life::pace()) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let x = connect(&mut connection, display.as_deref());
            let done = match job {
                Job::Sample { exhibit, op, areas } => {
                    let picture = x.and_then(|x| hash(x, &areas));
                    events.send(probed(exhibit, op, picture.as_ref().ok().copied()));
                    picture.map(drop)
                }
                Job::Thumbnail { incident, copies } => x
                    .and_then(|x| thumbnail::encode(x, &copies, JOURNAL_WIDTH))
                    .map(|jpeg| events.send(Report::PictureTaken { incident, jpeg })),
                // Who wanted it has gone; many may have while the X server stood still.
                Job::Glance { reply, .. } if reply.is_closed() => continue,
                Job::Glance { areas, reply } => {
                    let jpeg =
                        x.and_then(|x| thumbnail::encode(x, &thumbnail::copy(x, &areas)?, GLANCE_WIDTH));
                    // They may have gone meanwhile.
                    jpeg.map(|jpeg| drop(reply.send(jpeg)))
                }
            };
            if let Err(error) = done {
                debug!("what is on the screens could not be seen: {error}");
                connection = None;
            }
        }
    })?;
    Ok(sender)
}

/// The connection, opened where there is none.
fn connect<'a>(connection: &'a mut Option<Display>, display: Option<&str>) -> Result<&'a Display, Error> {
    match connection {
        Some(x) => Ok(x),
        None => Ok(connection.insert(Display::connect(display)?)),
    }
}

/// A hash of what visitors see in these areas.
fn hash(x: &Display, areas: &[Rect]) -> Result<u64, Error> {
    let mut hasher = DefaultHasher::new();
    for area in areas {
        for top in (0..area.height).step_by(BAND_ROWS as usize) {
            let height = BAND_ROWS.min(area.height - top);
            let band = Rect { y: area.y.saturating_add_unsigned(top), height, ..*area };
            hasher.write(&capture::raw(x, band)?.data);
        }
    }
    Ok(hasher.finish())
}

/// A sample of a picture was taken.
fn probed(exhibit: ExhibitId, op: OpId, digest: Option<u64>) -> Event {
    Event::Probed { exhibit, op, answer: ProbeAnswer::Picture { digest } }
}
