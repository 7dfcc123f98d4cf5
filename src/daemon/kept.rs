//! What is kept in a file for the next daemon, written by threads of their own: a disk may take long, or never answer.

use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::host::WarnOnce;

/// Between two tries to write what could not be written.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// How a value is written: into the file of this path, all of it or nothing.
type Write<T> = fn(&Path, &T) -> io::Result<()>;

/// A value, and what of it the disk has. Only one write is at work, however long it takes.
#[derive(Debug)]
pub(super) struct Kept<T> {
    /// What the disk is known to have; `None` where that is not known.
    written: Option<T>,
    wanted: Option<T>,
    writing: Option<(T, oneshot::Receiver<io::Result<()>>)>,
    /// When what could not be written is tried again.
    retry_at: Option<Instant>,
    unwritable: WarnOnce,
    write: Write<T>,
}

impl<T: Clone + PartialEq + Send + 'static> Kept<T> {
    /// Written by this; the disk has `written`, as far as is known.
    pub(super) fn new(written: Option<T>, write: Write<T>) -> Self {
        Self {
            wanted: written.clone(),
            written,
            writing: None,
            retry_at: None,
            unwritable: WarnOnce::default(),
            write,
        }
    }

    /// The disk is to have this. What cannot be written is tried again later, or at once where it has changed.
    pub(super) fn want(&mut self, path: &Path, value: T, now: Instant) {
        if self.wanted.as_ref() != Some(&value) {
            self.retry_at = None;
            self.wanted = Some(value);
        }
        if !self.has_all() && self.writing.is_none() && self.retry_at.is_none_or(|at| at <= now) {
            self.begin(path, now);
        }
    }

    /// Whether the disk has all that it is to have.
    pub(super) fn has_all(&self) -> bool {
        self.written == self.wanted && self.writing.is_none()
    }

    /// Whether a write is at work.
    pub(super) fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    /// Returns once the write at work has ended, and why it failed where that is news; never where there is none.
    pub(super) async fn ended(&mut self) -> Option<io::Error> {
        let Some((_, end)) = &mut self.writing else { return std::future::pending().await };
        let end =
            end.await.unwrap_or_else(|_| Err(io::Error::other("the thread that wrote it has panicked")));
        let (value, _) = self.writing.take()?;
        match end {
            Ok(()) => {
                self.written = Some(value);
                self.unwritable.went_well();
                None
            }
            Err(error) => self.failed(error),
        }
    }

    /// What has failed, where that is news.
    fn failed(&mut self, error: io::Error) -> Option<io::Error> {
        self.written = None;
        self.retry_at = Some(Instant::now() + RETRY_INTERVAL);
        let mut news = None;
        self.unwritable.failed(|| news = Some(error));
        news
    }

    fn begin(&mut self, path: &Path, now: Instant) {
        let Some(value) = self.wanted.clone() else { return };
        let (tell, end) = oneshot::channel();
        let (path, write, text) = (path.to_owned(), self.write, value.clone());
        let started = thread::Builder::new().name("keep".to_owned()).spawn(move || {
            // Who waits for it may have ended.
            let _ = tell.send(write(&path, &text));
        });
        match started {
            Ok(_) => self.writing = Some((value, end)),
            // Without a thread there is nothing to wait for; the next try is told of.
            Err(_) => self.retry_at = Some(now + RETRY_INTERVAL),
        }
    }
}
