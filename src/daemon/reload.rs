//! Reading the configuration again while everything goes on: by threads of their own, since what it lies on may never
//! answer.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot::{self, error::TryRecvError};
use tokio::time::Instant;

use crate::config::{self, LoadError, Loaded};

/// How long a configuration may take to be read.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Readings that hang and cannot be ended. What hung may lie somewhere else by now, so a further one is tried; but each
/// takes a thread.
const MAX_HANGING: usize = 4;

type Reading = oneshot::Receiver<Result<Loaded, LoadError>>;

/// The configuration's file, and the readings of it that have not ended.
#[derive(Debug)]
pub(super) struct Reloads {
    path: PathBuf,
    timeout: Duration,
    /// The one that is waited for, and until when.
    reading: Option<(Reading, Instant)>,
    /// It was asked for once more meanwhile, and the file may have changed after it was read.
    again: bool,
    /// Those that were waited for too long.
    hanging: Vec<Reading>,
}

/// Why it is not read now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Postponed {
    /// It is being read, and will be once more.
    Again,
    /// So many readings hang.
    Hanging(usize),
}

impl Reloads {
    /// Of this file, each of which may take so long.
    pub(super) fn new(path: PathBuf, timeout: Duration) -> Self {
        Self { path, timeout, reading: None, again: false, hanging: Vec::new() }
    }

    /// Has it read, unless that is to wait.
    pub(super) fn begin(&mut self) -> Result<(), Postponed> {
        if self.reading.is_some() {
            self.again = true;
            return Err(Postponed::Again);
        }
        self.hanging.retain_mut(|reading| matches!(reading.try_recv(), Err(TryRecvError::Empty)));
        if self.hanging.len() >= MAX_HANGING {
            return Err(Postponed::Hanging(self.hanging.len()));
        }
        let (tell, told) = oneshot::channel();
        let path = self.path.clone();
        let read = move || {
            // Who waits for it may have lost patience.
            let _ = tell.send(config::load(&path));
        };
        // Without a thread nothing is told, which is told as such.
        let _ = thread::Builder::new().name("config".to_owned()).spawn(read);
        self.reading = Some((told, Instant::now() + self.timeout));
        Ok(())
    }

    /// Returns once it has been read, or has been waited for too long; never where nobody has asked for it. Whether it is
    /// to be read once more, too.
    pub(super) async fn ended(&mut self) -> (Result<Loaded, LoadError>, bool) {
        let Some((reading, until)) = &mut self.reading else { return std::future::pending().await };
        let ended = tokio::time::timeout_at(*until, reading).await;
        let again = std::mem::take(&mut self.again);
        let reading = self.reading.take();
        match ended {
            Ok(Ok(result)) => (result, again),
            Ok(Err(_)) => (Err(LoadError::NoThread(std::io::Error::other("it did not end well"))), again),
            Err(_) => {
                self.hanging.extend(reading.map(|(reading, _)| reading));
                // Whoever asked while it hung has that answer as well.
                (Err(LoadError::Silent { path: Some(self.path.clone()), waited: self.timeout }), false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::OpenOptionsExt as _;
    use std::path::Path;

    use super::*;

    const TEXT: &str = "[[exhibit]]\nname = \"eden\"\nvm = \"eden\"\nscreens = [\"HDMI-1\"]\n";

    fn fifo(path: &Path) {
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    }

    #[tokio::test]
    async fn what_hangs_is_given_up_tried_again_and_never_piles_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vitrine.toml");
        fifo(&path);
        let mut reloads = Reloads::new(path.clone(), Duration::from_millis(1));
        for hanging in 1..=MAX_HANGING {
            assert_eq!(reloads.begin(), Ok(()));
            assert_eq!(reloads.begin(), Err(Postponed::Again));
            let (result, again) = reloads.ended().await;
            assert!(matches!(result, Err(LoadError::Silent { .. })) && !again);
            assert_eq!(reloads.hanging.len(), hanging);
        }
        assert_eq!(reloads.begin(), Err(Postponed::Hanging(MAX_HANGING)));
        // The share answers again: what hung ends, and there is room for a further one.
        while reloads.begin() == Err(Postponed::Hanging(MAX_HANGING)) {
            let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
            let _ = std::fs::File::options().write(true).custom_flags(nonblocking).open(&path);
            thread::yield_now();
        }
        assert!(reloads.reading.is_some());
    }

    #[tokio::test]
    async fn who_asks_while_it_is_read_has_it_read_once_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vitrine.toml");
        fifo(&path);
        let mut reloads = Reloads::new(path.clone(), READ_TIMEOUT);
        assert_eq!(reloads.begin(), Ok(()));
        assert_eq!(reloads.begin(), Err(Postponed::Again));
        std::fs::write(&path, TEXT).unwrap();
        let (result, again) = reloads.ended().await;
        assert_eq!((result.unwrap().settings.exhibits.len(), again), (1, true));
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "nonsense").unwrap();
        assert_eq!(reloads.begin(), Ok(()));
        let (result, again) = reloads.ended().await;
        assert!(matches!(result, Err(LoadError::Invalid(_))) && !again);
    }
}
