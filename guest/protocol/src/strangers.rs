//! Windows that are not the artwork's: closed where no list allows them, by their handles, each a few times at most.

use crate::time::Millis;

/// A window, as the system numbers it.
pub type Handle = u32;

/// How long a window may be there before it is closed: what comes and goes by itself is let be, in milliseconds.
const BLIP: Millis = 1_000;

/// After how long a window that has stayed is closed again, in milliseconds.
const AGAIN: Millis = 5_000;

/// How often a window is told to close before it is hidden.
const MAX_CLOSES: u8 = 3;

const MAX_WINDOWS: usize = 16;

/// What is done about a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// It is told to close.
    Close,
    /// It did not close, and is hidden. Nothing is done about it afterwards.
    Hide,
}

#[derive(Clone, Copy)]
struct Stranger {
    handle: Handle,
    /// When something is done about it next; `None` where all was done.
    due: Option<Millis>,
    closes: u8,
    seen: bool,
}

/// The windows that are to go.
pub struct Strangers {
    list: [Option<Stranger>; MAX_WINDOWS],
}

impl Strangers {
    /// None.
    pub const NONE: Self = Self { list: [None; MAX_WINDOWS] };

    /// This window is there and may not be. Says what is to be done about it now.
    #[inline(never)]
    pub fn met(&mut self, now: Millis, handle: Handle) -> Option<Measure> {
        let known = self.list.iter_mut().flatten().find(|stranger| stranger.handle == handle);
        let stranger = match known {
            Some(stranger) => stranger,
            None => {
                // Where there is no room it is met again, at the next look.
                let free = self.list.iter_mut().find(|place| place.is_none())?;
                free.insert(Stranger { handle, due: Some(now + BLIP), closes: 0, seen: true })
            }
        };
        stranger.seen = true;
        if !matches!(stranger.due, Some(due) if now >= due) {
            return None;
        }
        if stranger.closes < MAX_CLOSES {
            stranger.closes += 1;
            stranger.due = Some(now + AGAIN);
            Some(Measure::Close)
        } else {
            stranger.due = None;
            Some(Measure::Hide)
        }
    }

    /// Nothing more is done about this window.
    #[inline(never)]
    pub fn let_be(&mut self, handle: Handle) {
        for place in &mut self.list {
            match place {
                Some(stranger) if stranger.handle == handle => stranger.due = None,
                _ => {}
            }
        }
    }

    /// A look is over: who was not met in it is gone, and its number may be another window's one day.
    #[inline(never)]
    pub fn looked(&mut self) {
        for place in &mut self.list {
            match place {
                Some(stranger) if stranger.seen => stranger.seen = false,
                _ => *place = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// What is done about one window that is there at all these looks.
    fn measures(looks: impl Iterator<Item = Millis>) -> Vec<(Millis, Measure)> {
        let mut strangers = Strangers::NONE;
        let mut done = Vec::new();
        for now in looks {
            done.extend(strangers.met(now, 7).map(|measure| (now, measure)));
            strangers.looked();
        }
        done
    }

    #[test]
    fn a_stubborn_window() {
        let done = measures((0..200).map(|look| look * 500));
        let expected = [
            (1_000, Measure::Close),
            (6_000, Measure::Close),
            (11_000, Measure::Close),
            (16_000, Measure::Hide),
        ];
        assert_eq!(done, expected);
    }

    #[test]
    fn one_that_goes_by_itself_or_comes_back() {
        let mut strangers = Strangers::NONE;
        assert_eq!(strangers.met(0, 7), None);
        strangers.looked();
        strangers.looked();
        assert_eq!(strangers.met(1_500, 7), None, "another one with the same number");
        strangers.looked();
        assert_eq!(strangers.met(2_500, 7), Some(Measure::Close));
    }

    #[test]
    fn one_that_is_let_be() {
        let mut strangers = Strangers::NONE;
        let _ = strangers.met(0, 7);
        strangers.let_be(7);
        assert_eq!(strangers.met(60_000, 7), None);
    }

    proptest! {
        /// However many windows come and go: each is closed three times and hidden once at most while it is there.
        #[test]
        fn no_window_is_pestered(looks in prop::collection::vec(prop::collection::vec(0_u32..40, 0..30), 0..100)) {
            let mut strangers = Strangers::NONE;
            let mut count = std::collections::HashMap::<u32, u32>::new();
            for (look, handles) in looks.iter().enumerate() {
                count.retain(|handle, _| handles.contains(handle));
                for handle in handles.iter().collect::<std::collections::BTreeSet<_>>() {
                    if strangers.met(look as u64 * 1_000, *handle).is_some() {
                        *count.entry(*handle).or_default() += 1;
                        prop_assert!(count[handle] <= 4);
                    }
                }
                strangers.looked();
            }
        }
    }
}
