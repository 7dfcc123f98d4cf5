//! What was seen of an X server at one look.

use super::{Mode, Monitor, Rect, Rotation};

/// An output of the graphics card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputSeen {
    /// RandR's name of it.
    pub connector: String,
    /// `MAKER-MODEL-SERIAL`, where its monitor says so.
    pub edid: Option<String>,
    /// Something is plugged in.
    pub connected: bool,
    /// The mode that it shows, how it is turned, and what of the X screen; `None` where it is dark.
    pub shows: Option<(Mode, Rotation, Rect)>,
    /// What its monitor can do, the preferred ones first.
    pub modes: Vec<Mode>,
}

/// A lit monitor, and what is seen on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorSeen {
    /// It, as RandR lists it.
    pub monitor: Monitor,
    /// What is seen there; an error is for people.
    pub picture: Result<PictureSeen, String>,
}

/// Some pixels of a picture, spread evenly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureSeen {
    /// Red, green and blue, from the upper left, row by row.
    pub pixels: Vec<[u8; 3]>,
    /// The only colour of all rows that were read, whole, where there is only one.
    pub only: Option<[u8; 3]>,
}

/// A mapped window below the root window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowSeen {
    /// What of the X screen it covers.
    pub rect: Rect,
    /// Its title.
    pub title: String,
    /// Its class (ICCCM, section 4.1.2.5).
    pub class: String,
    /// Its process, as it says, and after it those that this one descends from, as far as somebody looked for them.
    pub pids: Vec<u32>,
    /// Nothing of it is to be seen: its shape is empty.
    pub hidden: bool,
    /// It is one of Vitrine's own, such as a curtain.
    pub ours: bool,
}
