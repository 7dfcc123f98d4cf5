//! The X server: a thread of its own looks at it and carries out what it is told, so that one that stands still is seen
//! to, and holds nothing up.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use vitrine_guest_protocol::settings::Press;

use crate::session::Session;
use crate::view::{Handle, View};

/// Without an answer for so long, the X server counts as hanging.
const STANDS_STILL: Duration = Duration::from_secs(3);

/// What is to be done on the screen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    /// Tell a window to close.
    Close(Handle),
    /// The same with one that is not the artwork's: where it cannot be told, its program is cut off.
    Dismiss(Handle),
    /// Take a window off the screen.
    Hide(Handle),
    /// Show it as it was before it was minimised.
    Restore(Handle),
    /// Bring it to the front.
    Front(Handle),
    /// Press a key or the mouse's button.
    Press(Press),
    /// Find out the colour of a place of the screen.
    Sample(u16, u16),
    /// Whether idleness is found out by pointer and keys alone.
    OldCalls(bool),
}

/// What the thread has found out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Where it is connected to.
    pub(crate) session: Option<Session>,
    pub(crate) view: View,
    /// When it looked last.
    pub(crate) at: Option<Instant>,
    /// When somebody last touched anything; `None` where that is not known yet.
    pub(crate) input: Option<Instant>,
    /// Whether the X server itself says so (its screen saver extension), and not pointer and keys alone.
    pub(crate) input_is_told: bool,
    /// The colour that was asked for last, and when it was found out.
    pub(crate) colour: Option<(Instant, [u8; 3])>,
    /// Why there is no connection.
    pub(crate) trouble: String,
}

/// The way to the thread.
pub(crate) struct Eyes {
    seen: Arc<Mutex<Seen>>,
    orders: Sender<Order>,
}

impl Eyes {
    pub(crate) fn open() -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let (orders, to_do) = std::sync::mpsc::channel();
        let shared = Arc::clone(&seen);
        let begun = std::thread::Builder::new()
            .name("screen".into())
            .spawn(move || crate::x11::watch(&shared, &to_do));
        if let Err(error) = begun {
            lock(&seen).trouble = error.to_string();
        }
        Self { seen, orders }
    }

    /// What was seen last. Of a server that stands still every window hangs.
    pub(crate) fn seen(&self) -> Seen {
        let mut seen = lock(&self.seen).clone();
        if seen.session.is_some() && seen.at.is_some_and(|at| at.elapsed() > STANDS_STILL) {
            for window in &mut seen.view.windows {
                window.hung = Some(true);
            }
        }
        seen
    }

    pub(crate) fn tell(&self, order: Order) {
        // Where the thread is gone there is no screen.
        let _ = self.orders.send(order);
    }
}

pub(crate) fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
