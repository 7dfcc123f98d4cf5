//! The watch over the artwork: from what is seen to what is done.
//!
//! ```text
//! Starting ──well──▶ Well ──fault──▶ Doubt ──stays──▶ a remedy: Ending ──gone──▶ Starting
//!     │                ▲               │                  or Asked, which ends with the restored snapshot
//!     └──too long──────┼───────────────┼─▶ a remedy
//!                      └──passes───────┘
//! ```

use crate::settings::{Artwork, OnFault};
use crate::time::Millis;

/// Within what time [`Artwork::restarts`] are counted, in milliseconds.
const RESTART_WINDOW: Millis = 600_000;

/// How long a program may take to end that was told to, before it is ended by force, in milliseconds.
const END_GRACE: Millis = 3_000;

/// For how long beats go on after the host was asked to put everything back, in milliseconds. A host that does not
/// know that request then misses them, and acts.
const SILENT_AFTER: Millis = 30_000;

/// How long a program may be away before that counts, in milliseconds: some start themselves anew.
const AWAY_GRACE: Millis = 1_000;

/// How long a program that could not be started is waited for, in milliseconds.
const START_RETRY: Millis = 10_000;

/// How often a window is shown again or brought to the front, in milliseconds; and after [`MAX_NUDGES`] in vain.
const NUDGE: Millis = 2_000;
const NUDGE_SELDOM: Millis = 60_000;
const MAX_NUDGES: u8 = 5;

/// Whether the artwork's program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// Nobody can say: no program is named, or the system has no list of them.
    Unknown,
    /// It does not.
    Missing,
    /// It does.
    There,
}

/// The artwork's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Whether it is shown at all.
    pub visible: bool,
    /// Whether it is only in the task bar.
    pub minimised: bool,
    /// Whether it does not answer.
    pub hung: bool,
}

/// What is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Its program.
    pub process: Process,
    /// Its window, the best one where there are several.
    pub window: Option<Window>,
    /// Whether there is a window that means trouble: an error box, or one that the settings name.
    pub trouble: bool,
    /// Whether a window that is not the artwork's is in front.
    pub behind: bool,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its program is not there.
    NotRunning,
    /// There is an error box.
    Trouble,
    /// It has no window.
    NoWindow,
    /// Its window does not answer.
    Hung,
    /// Its window is not shown.
    Hidden,
    /// Its window is only in the task bar.
    Minimised,
    /// Another window is in front of it.
    Behind,
}

impl Fault {
    /// The same in words, for the host's staff.
    #[must_use]
    pub fn words(self) -> &'static [u8] {
        match self {
            Self::NotRunning => b"the artwork is not running",
            Self::Trouble => b"the artwork shows an error",
            Self::NoWindow => b"the artwork has no window",
            Self::Hung => b"the artwork does not answer",
            Self::Hidden => b"the artwork's window is hidden",
            Self::Minimised => b"the artwork's window is minimised",
            Self::Behind => b"another window is in front of the artwork",
        }
    }
}

impl Look {
    /// The worst that is wrong.
    #[must_use]
    #[inline(never)]
    pub fn fault(&self, artwork: &Artwork) -> Option<Fault> {
        if !artwork.is_watched() {
            return None;
        }
        if self.process == Process::Missing {
            return Some(Fault::NotRunning);
        }
        if self.trouble {
            return Some(Fault::Trouble);
        }
        if is_windowless(artwork) {
            return None;
        }
        match self.window {
            None => Some(Fault::NoWindow),
            Some(window) if window.hung => Some(Fault::Hung),
            Some(window) if !window.visible => Some(Fault::Hidden),
            Some(window) if window.minimised => Some(Fault::Minimised),
            Some(_) if self.behind && artwork.front => Some(Fault::Behind),
            Some(_) => None,
        }
    }

    /// Whether the program is there, as far as anybody can say.
    fn is_gone(&self) -> bool {
        match self.process {
            Process::Missing => true,
            Process::There => false,
            Process::Unknown => self.window.is_none(),
        }
    }
}

/// Whether the settings say that the artwork has no window: `window = none`.
#[must_use]
pub fn is_windowless(artwork: &Artwork) -> bool {
    artwork.window.bytes().eq_ignore_ascii_case(b"none")
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Start the artwork.
    Start,
    /// Tell all of its windows to close.
    Close,
    /// End its program by force.
    Kill,
    /// Show its window as it was before it was minimised.
    Restore,
    /// Bring its window to the front.
    Front,
}

/// How the artwork is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Well, or nothing is watched.
    Well,
    /// It was started, and is not there yet.
    Starting,
    /// Something is wrong.
    Ill,
    /// The host is asked to put everything back.
    Asking,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Nothing was looked at yet.
    New,
    Starting {
        until: Millis,
        /// Its program was there already; so that it is away now is no part of starting.
        seen: bool,
        wrong_since: Option<Millis>,
    },
    Well,
    Doubt {
        since: Millis,
    },
    Ending {
        kill_at: Millis,
    },
    Asked {
        since: Millis,
    },
}

/// The watch.
pub struct Watch {
    phase: Phase,
    fault: Option<Fault>,
    restarts: u32,
    restarts_since: Millis,
    nudges: u8,
    nudge_at: Millis,
}

impl Watch {
    /// Nothing was seen yet.
    pub const NEW: Self =
        Self { phase: Phase::New, fault: None, restarts: 0, restarts_since: 0, nudges: 0, nudge_at: 0 };

    /// Takes a look in, and says what is to be done.
    #[inline(never)]
    pub fn step(&mut self, now: Millis, look: &Look, artwork: &Artwork) -> Option<Act> {
        if !artwork.is_watched() {
            self.phase = Phase::Well;
            self.fault = None;
            return None;
        }
        self.fault = look.fault(artwork);
        match (self.phase, self.fault) {
            (Phase::New, _) if look.is_gone() && !artwork.start.is_empty() => Some(self.start(now, artwork)),
            (Phase::New, Some(_)) => {
                self.phase = starting(now, artwork, look.process == Process::There);
                None
            }
            (Phase::New | Phase::Starting { .. } | Phase::Doubt { .. } | Phase::Asked { .. }, None) => {
                self.phase = Phase::Well;
                self.nudges = 0;
                None
            }
            (Phase::Well, None) => None,
            (Phase::Well, Some(fault)) => {
                self.phase = Phase::Doubt { since: now };
                self.nudge_at = now;
                self.nudge(now, fault)
            }
            (Phase::Starting { until, seen, wrong_since }, Some(fault)) => {
                self.still_starting(now, (until, seen, wrong_since), fault, look, artwork)
            }
            (Phase::Doubt { .. }, Some(Fault::Behind)) => {
                // That another window is in front is mended, and no reason to end the artwork.
                self.phase = Phase::Doubt { since: now };
                self.nudge(now, Fault::Behind)
            }
            (Phase::Doubt { since }, Some(fault)) => {
                if now.saturating_sub(since) >= patience(fault, artwork) {
                    self.remedy(now, fault, artwork)
                } else {
                    self.nudge(now, fault)
                }
            }
            (Phase::Ending { kill_at }, _) => {
                if look.is_gone() {
                    Some(self.start(now, artwork))
                } else if now >= kill_at {
                    self.phase = Phase::Ending { kill_at: now + END_GRACE };
                    Some(Act::Kill)
                } else {
                    None
                }
            }
            (Phase::Asked { .. }, Some(fault)) => self.nudge(now, fault),
        }
    }

    /// The program could not be started: that is known before its time is up.
    pub fn start_failed(&mut self, now: Millis) {
        if let Phase::Starting { until, .. } = &mut self.phase {
            *until = (*until).min(now + START_RETRY);
        }
    }

    /// How the artwork is.
    #[must_use]
    pub fn state(&self) -> State {
        match self.phase {
            Phase::New | Phase::Starting { .. } | Phase::Ending { .. } => State::Starting,
            Phase::Well => State::Well,
            Phase::Doubt { .. } => State::Ill,
            Phase::Asked { .. } => State::Asking,
        }
    }

    /// What is wrong, as it was last seen.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Whether the host is to be told that the artwork lives. Not where it was asked to put everything back and has
    /// not done so.
    #[must_use]
    pub fn beats(&self, now: Millis) -> bool {
        !matches!(self.phase, Phase::Asked { since } if now.saturating_sub(since) >= SILENT_AFTER)
    }

    #[inline(never)]
    fn still_starting(
        &mut self,
        now: Millis,
        (until, seen, wrong_since): (Millis, bool, Option<Millis>),
        fault: Fault,
        look: &Look,
        artwork: &Artwork,
    ) -> Option<Act> {
        let seen = seen || look.process == Process::There;
        // An error box, or a program that was there and is gone, is not waited for.
        let is_wrong = fault == Fault::Trouble || (fault == Fault::NotRunning && seen);
        let wrong_since = is_wrong.then(|| wrong_since.unwrap_or(now));
        self.phase = Phase::Starting { until, seen, wrong_since };
        let failed = wrong_since.map_or(false, |since| now.saturating_sub(since) >= patience(fault, artwork));
        if failed || now >= until {
            if fault == Fault::Behind {
                self.phase = Phase::Doubt { since: now };
                return self.nudge(now, fault);
            }
            return self.remedy(now, fault, artwork);
        }
        self.nudge(now, fault)
    }

    /// Mends what can be mended without ending anything.
    #[inline(never)]
    fn nudge(&mut self, now: Millis, fault: Fault) -> Option<Act> {
        let act = match fault {
            Fault::Minimised => Act::Restore,
            Fault::Behind => Act::Front,
            _ => return None,
        };
        if now < self.nudge_at {
            return None;
        }
        self.nudges = self.nudges.saturating_add(1);
        self.nudge_at = now + if self.nudges < MAX_NUDGES { NUDGE } else { NUDGE_SELDOM };
        Some(act)
    }

    #[inline(never)]
    fn remedy(&mut self, now: Millis, fault: Fault, artwork: &Artwork) -> Option<Act> {
        match artwork.on_fault {
            OnFault::Tell => {
                self.phase = Phase::Doubt { since: now };
                None
            }
            OnFault::Restart if !artwork.start.is_empty() && self.may_restart(now, artwork) => match fault {
                Fault::NotRunning => Some(self.start(now, artwork)),
                Fault::Hung => {
                    self.phase = Phase::Ending { kill_at: now + END_GRACE };
                    Some(Act::Kill)
                }
                _ => {
                    self.phase = Phase::Ending { kill_at: now + END_GRACE };
                    Some(Act::Close)
                }
            },
            OnFault::Restart | OnFault::Revert => {
                self.phase = Phase::Asked { since: now };
                None
            }
        }
    }

    #[inline(never)]
    fn may_restart(&mut self, now: Millis, artwork: &Artwork) -> bool {
        if now.saturating_sub(self.restarts_since) > RESTART_WINDOW {
            self.restarts = 0;
        }
        if self.restarts == 0 {
            self.restarts_since = now;
        }
        self.restarts = self.restarts.saturating_add(1);
        self.restarts <= artwork.restarts
    }

    #[inline(never)]
    fn start(&mut self, now: Millis, artwork: &Artwork) -> Act {
        self.phase = starting(now, artwork, false);
        self.nudges = 0;
        Act::Start
    }
}

fn starting(now: Millis, artwork: &Artwork, seen: bool) -> Phase {
    Phase::Starting { until: now + Millis::from(artwork.start_within), seen, wrong_since: None }
}

/// How long this may be so before something is done.
fn patience(fault: Fault, artwork: &Artwork) -> Millis {
    let grace = Millis::from(artwork.grace);
    match fault {
        Fault::NotRunning => grace.min(AWAY_GRACE),
        Fault::Hung => Millis::from(artwork.hung_after),
        // It is restored meanwhile, which takes a moment.
        Fault::Minimised => grace + NUDGE * 2,
        Fault::Trouble | Fault::NoWindow | Fault::Hidden | Fault::Behind => grace,
    }
}

#[cfg(test)]
mod tests;
