//! What may block for ever, such as a file on a network share that is gone, done by a thread that nobody depends on.

use std::io::{Error, ErrorKind, Result};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Does this on a thread of its own, and waits no longer than so long. What hangs cannot be ended: its thread stays until
/// the process ends.
///
/// # Errors
/// [`ErrorKind::TimedOut`], or there is no thread to be had.
pub fn within<T: Send + 'static>(time: Duration, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let (tell, told) = mpsc::channel();
    thread::Builder::new().name("in-time".to_owned()).spawn(move || {
        // Who waits for it may have lost patience.
        let _ = tell.send(work());
    })?;
    told.recv_timeout(time).map_err(|error| match error {
        RecvTimeoutError::Timeout => {
            Error::new(ErrorKind::TimedOut, format!("no answer within {} s", time.as_secs()))
        }
        RecvTimeoutError::Disconnected => Error::other("the thread that did it has panicked"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_is_waited_for_no_longer_than_so_long() {
        assert_eq!(within(Duration::from_secs(60), || 7).unwrap(), 7);
        let (_never, hangs) = mpsc::channel::<()>();
        let error = within(Duration::from_millis(1), move || hangs.recv()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let error = within(Duration::from_secs(60), || panic!("as it should")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Other);
    }
}
