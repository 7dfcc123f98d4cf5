//! An eye on the screens: a thread that looks at a strip of each every few milliseconds, on an X11 connection
//! of its own, and keeps what it saw with the times.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, ImageFormat, Window};
use x11rb::rust_connection::RustConnection;

use super::xserver::{HEIGHT, WIDTH};

/// Time between two looks.
const BLINK: Duration = Duration::from_millis(8);
/// What is waited for comes within this, or never.
pub const PATIENCE: Duration = Duration::from_secs(90);
/// So many changes in a row are a picture that moves.
const MOVING: usize = 8;
/// Height of the strip across the middle of a screen.
const STRIP: u16 = 24;

static TOLD_TO_END: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on a signal to end makes whatever is waited for a failure, so that nothing is left behind.
pub fn heed_signals() {
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&TOLD_TO_END)).expect("a signal");
    }
}

/// Fails where a signal has told the test to end.
pub fn go_on() {
    assert!(!TOLD_TO_END.load(Ordering::Relaxed), "ended by a signal");
}

/// What a screen shows, by the colour of the marker (guest/demo/README.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Garden,
    Orbit,
    Tide,
    /// A further screen of an artwork that fills several.
    OtherHead,
    BlueScreen,
    Black,
    Other([u8; 3]),
}

impl Look {
    fn of(colour: [u8; 3]) -> Self {
        let known = [
            ([0, 136, 72], Self::Garden),
            ([104, 56, 208], Self::Orbit),
            ([216, 88, 16], Self::Tide),
            ([200, 16, 96], Self::OtherHead),
            ([0, 0, 168], Self::BlueScreen),
            ([0, 0, 0], Self::Black),
        ];
        let is = |wanted: [u8; 3]| colour.iter().zip(wanted).all(|(&is, wanted)| is.abs_diff(wanted) < 6);
        known.into_iter().find(|&(wanted, _)| is(wanted)).map_or(Self::Other(colour), |(_, look)| look)
    }
}

/// What was seen on one screen.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Since when it has looked how, the newest last.
    pub looks: Vec<(Instant, Look)>,
    /// When the strip changed, and how the screen looked then.
    changes: Vec<(Instant, Look)>,
    strip: Vec<u8>,
}

impl Timeline {
    fn add(&mut self, at: Instant, strip: Vec<u8>) {
        // Depth 24: blue, green, red and one byte more for each pixel. The second pixel is well within the frame.
        let pixel = (usize::from(STRIP) / 2 * WIDTH as usize + 1) * 4;
        let look = match strip.get(pixel..pixel + 3) {
            Some(&[blue, green, red]) => Look::of([red, green, blue]),
            _ => Look::Black,
        };
        if self.looks.last().is_none_or(|&(_, last)| last != look) {
            self.looks.push((at, look));
        }
        if strip != self.strip {
            self.changes.push((at, look));
            self.strip = strip;
        }
    }

    /// What it shows now.
    pub fn look(&self) -> Option<Look> {
        self.looks.last().map(|&(_, look)| look)
    }

    /// Whether it shows this artwork, and has moved since then.
    pub fn moves(&self, work: Look, since: Instant) -> bool {
        let last = self.changes.iter().rev().take(MOVING);
        last.clone().count() == MOVING
            && last.clone().all(|&(at, look)| at >= since && look == work)
            && self.look() == Some(work)
    }

    /// Whether nothing has moved for so long.
    pub fn still_for(&self, time: Duration) -> bool {
        self.changes.last().is_none_or(|(at, _)| at.elapsed() >= time)
    }

    /// For how long at a time the artwork stood still or was not there, at most, since then.
    pub fn longest_gap(&self, work: Look, since: Instant) -> Duration {
        let moved = self.changes.iter().filter(|&&(at, look)| at >= since && look == work);
        let mut last = since;
        let mut longest = Duration::ZERO;
        for &(at, _) in moved {
            longest = longest.max(at - last);
            last = at;
        }
        longest.max(last.elapsed())
    }

    /// For how long anything but this artwork was to be seen, all in all, since then.
    pub fn away(&self, work: Look, since: Instant) -> Duration {
        let ends = self.looks.iter().skip(1).map(|&(at, _)| at).chain([Instant::now()]);
        let away = self.looks.iter().zip(ends).filter(|((_, look), end)| *look != work && *end > since);
        away.map(|((at, _), end)| end - (*at).max(since)).sum()
    }

    /// What has been seen since then, for messages.
    pub fn story(&self, since: Instant) -> String {
        let from = self.looks.iter().rposition(|&(at, _)| at <= since).unwrap_or(0);
        let told = self.looks[from..].iter().map(|&(at, look)| {
            format!("{look:?} at {:.2} s", at.saturating_duration_since(since).as_secs_f64())
        });
        told.collect::<Vec<_>>().join(", ")
    }
}

/// A strip across the middle of a window, from this edge on; none where the X server refuses it.
fn strip(conn: &RustConnection, window: Window, left: i16) -> Result<Option<Vec<u8>>, ConnectionError> {
    let top = (HEIGHT / 2) as i16 - STRIP as i16 / 2;
    let image = conn.get_image(ImageFormat::Z_PIXMAP, window, left, top, WIDTH as u16, STRIP, !0)?;
    Ok(unless_refused(image.reply())?.map(|image| image.data))
}

fn unless_refused<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, ConnectionError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(_)) => Ok(None),
        Err(ReplyError::ConnectionError(lost)) => Err(lost),
    }
}

/// The window of this title, framed or not.
fn window_of(conn: &RustConnection, top: Window, title: &str) -> Result<Option<Window>, ConnectionError> {
    let name = AtomEnum::WM_NAME;
    let Some(tree) = unless_refused(conn.query_tree(top)?.reply())? else { return Ok(None) };
    for window in tree.children {
        let named = conn.get_property(false, window, name, AtomEnum::ANY, 0, 64)?.reply();
        if unless_refused(named)?.is_some_and(|named| named.value == title.as_bytes()) {
            return Ok(Some(window));
        }
        if let Some(within) = window_of(conn, window, title)? {
            return Ok(Some(within));
        }
    }
    Ok(None)
}

#[derive(Default)]
struct Seen {
    screens: Mutex<Vec<Timeline>>,
    news: Condvar,
    stop: AtomicBool,
}

/// Looks until it is dropped.
pub struct Eye {
    seen: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

impl Eye {
    /// Looks at the screens of a display, which stand side by side.
    pub fn open(display: &str, screens: usize) -> Self {
        Self::start(display, screens, |conn, root, n| {
            let left = (n * WIDTH as usize) as i16;
            // A screen may be taken away.
            strip(conn, root, left).map(Option::unwrap_or_default)
        })
    }

    /// Looks at what a window of this title holds, as if no curtain were before it. While there is none, it is black.
    pub fn behind_the_curtain(display: &str, title: &str) -> Self {
        let title = title.to_owned();
        let mut found = None;
        Self::start(display, 1, move |conn, root, _| {
            if found.is_none() {
                found = window_of(conn, root, &title)?;
            }
            let Some(window) = found else { return Ok(Vec::new()) };
            let seen = strip(conn, window, 0)?;
            if seen.is_none() {
                found = None;
            }
            Ok(seen.unwrap_or_default())
        })
    }

    /// `strip` gives what is in the middle of a screen; where the X server is gone, looking ends.
    fn start(
        display: &str,
        screens: usize,
        mut strip: impl FnMut(&RustConnection, Window, usize) -> Result<Vec<u8>, ConnectionError> + Send + 'static,
    ) -> Self {
        let (conn, screen) = RustConnection::connect(Some(display)).expect("the X server");
        let root = conn.setup().roots[screen].root;
        let seen =
            Arc::new(Seen { screens: Mutex::new(vec![Timeline::default(); screens]), ..Seen::default() });
        let told = Arc::clone(&seen);
        let look = move || {
            while !told.stop.load(Ordering::Relaxed) {
                for n in 0..screens {
                    let Ok(strip) = strip(&conn, root, n) else { return };
                    told.screens.lock().unwrap_or_else(PoisonError::into_inner)[n].add(Instant::now(), strip);
                }
                told.news.notify_all();
                std::thread::sleep(BLINK);
            }
        };
        Self { seen, thread: Some(std::thread::spawn(look)) }
    }

    /// What was seen on a screen, counted from 0.
    pub fn on(&self, screen: usize) -> Timeline {
        self.lock()[screen].clone()
    }

    /// Waits until it is so; what is awaited is said if it never comes.
    pub fn wait(&self, what: &str, mut so: impl FnMut(&[Timeline]) -> bool) {
        let begun = Instant::now();
        let mut screens = self.lock();
        while !so(&screens) {
            if TOLD_TO_END.load(Ordering::Relaxed) {
                drop(screens);
                panic!("ended by a signal");
            }
            let waited = begun.elapsed();
            if waited >= PATIENCE {
                let stories: Vec<_> = screens.iter().map(|screen| screen.story(begun)).collect();
                drop(screens);
                panic!("never seen: {what}; the screens showed {stories:#?}");
            }
            let (again, _) = self
                .seen
                .news
                .wait_timeout(screens, PATIENCE - waited)
                .unwrap_or_else(PoisonError::into_inner);
            screens = again;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Timeline>> {
        self.seen.screens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Eye {
    fn drop(&mut self) {
        self.seen.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
