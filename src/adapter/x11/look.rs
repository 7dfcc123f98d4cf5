//! Looks at what visitors see, by a thread and a connection of their own: a look reads megabytes, and windows
//! must not wait for that.

use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::sync::mpsc;

use tracing::debug;

use super::{Display, Error, capture};
use crate::adapter::Events;
use crate::core::event::Event;
use crate::core::types::{ExhibitId, OpId, Rect};

/// A picture is read in bands of so many rows, so that a large screen takes little memory.
const BAND: u32 = 64;

/// One look.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) exhibit: ExhibitId,
    pub(super) op: OpId,
    pub(super) areas: Vec<Rect>,
}

/// Starts the thread; it ends when the channel does.
pub(super) fn spawn(display: Option<String>, events: Events) -> io::Result<mpsc::Sender<Look>> {
    let (sender, looks) = mpsc::channel::<Look>();
    std::thread::Builder::new().name("x11-look".into()).spawn(move || {
        let mut connection = None;
        for look in looks {
            let picture = match seen(&mut connection, display.as_deref(), &look.areas) {
                Ok(picture) => Some(picture),
                Err(error) => {
                    debug!("the picture could not be seen: {error}");
                    connection = None;
                    None
                }
            };
            events.send(Event::Looked { exhibit: look.exhibit, op: look.op, picture });
        }
    })?;
    Ok(sender)
}

fn seen(connection: &mut Option<Display>, display: Option<&str>, areas: &[Rect]) -> Result<u64, Error> {
    let x = match connection {
        Some(x) => x,
        None => connection.insert(Display::connect(display)?),
    };
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
