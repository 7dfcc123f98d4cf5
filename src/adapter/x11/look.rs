//! Looks at what visitors see, by a thread and a connection of their own: a look reads megabytes, and windows
//! must not wait for that. Pictures for the journal are made here as well.

use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};

use tracing::debug;

use super::picture::{self, Copy};
use super::{Display, Error, capture};
use crate::adapter::Events;
use crate::core::event::{Event, ProbeAnswer};
use crate::core::types::{ExhibitId, IncidentId, OpId, Rect};
use crate::life;

/// A picture is read in bands of so many rows, so that a large screen takes little memory.
pub(super) const BAND: u32 = 64;

/// What the thread is to do.
#[derive(Debug)]
pub(super) enum Job {
    /// One look.
    Look { exhibit: ExhibitId, op: OpId, areas: Vec<Rect> },
    /// A small picture of what was copied.
    Picture { incident: IncidentId, copies: Vec<Copy> },
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
            let done = connect(&mut connection, display.as_deref()).and_then(|x| match &job {
                Job::Look { exhibit, op, areas } => {
                    let picture = Some(seen(x, areas)?);
                    Ok(probed(*exhibit, *op, picture))
                }
                Job::Picture { incident, copies } => {
                    Ok(Event::PictureTaken { incident: *incident, jpeg: picture::make(x, copies)? })
                }
            });
            match (done, job) {
                (Ok(event), _) => events.send(event),
                (Err(error), Job::Look { exhibit, op, .. }) => {
                    debug!("the picture could not be seen: {error}");
                    connection = None;
                    events.send(probed(exhibit, op, None));
                }
                (Err(error), Job::Picture { .. }) => {
                    debug!("no picture for the journal: {error}");
                    connection = None;
                }
            }
        }
    })?;
    Ok(sender)
}

fn connect<'a>(connection: &'a mut Option<Display>, display: Option<&str>) -> Result<&'a Display, Error> {
    match connection {
        Some(x) => Ok(x),
        None => Ok(connection.insert(Display::connect(display)?)),
    }
}

fn seen(x: &Display, areas: &[Rect]) -> Result<u64, Error> {
    let mut hasher = DefaultHasher::new();
    for area in areas {
        for top in (0..area.height).step_by(BAND as usize) {
            let height = BAND.min(area.height - top);
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
