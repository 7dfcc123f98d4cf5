//! Screens and monitors.

use std::fmt;

use super::ExhibitId;

/// How the configuration names a screen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScreenName {
    /// By RandR's name of the connector, such as `HDMI-1`.
    Connector(String),
    /// By what the monitor says of itself: `edid:MAKER-MODEL-SERIAL`.
    Edid(String),
}

impl fmt::Display for ScreenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connector(name) => f.write_str(name),
            Self::Edid(id) => write!(f, "edid:{id}"),
        }
    }
}

/// A mode of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Width in pixels, before any rotation.
    pub width: u32,
    /// Height in pixels, before any rotation.
    pub height: u32,
    /// Pictures in 1000 seconds; `None` for the first mode of that size.
    pub rate: Option<u32>,
}

/// How a screen's picture is turned, in the words of `xrandr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Not at all.
    Normal,
    /// By a quarter, against the clock.
    Left,
    /// Upside down.
    Inverted,
    /// By a quarter, with the clock.
    Right,
}

/// The size of a picture or a screen, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// A rectangle of the X screen, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Rect {
    /// How large it is.
    pub fn size(self) -> Size {
        Size { width: self.width, height: self.height }
    }
}

/// One lit monitor, as RandR 1.5 lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// Place in RandR's list, from 1, the primary one first. This is virt-viewer's numbering.
    pub index: u32,
    /// The connector's name.
    pub connector: String,
    /// `MAKER-MODEL-SERIAL` from the EDID, where the monitor has one.
    pub edid: Option<String>,
    /// What of the X screen it shows.
    pub rect: Rect,
    /// Whether it is RandR's primary monitor.
    pub primary: bool,
}

impl Monitor {
    /// Whether the configuration's name means this monitor.
    pub fn is(&self, name: &ScreenName) -> bool {
        match name {
            ScreenName::Connector(connector) => *connector == self.connector,
            ScreenName::Edid(id) => self.edid.as_deref() == Some(id),
        }
    }
}

/// A screen of an exhibit, and the monitor that it was found at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::core) struct Place {
    pub(in crate::core) exhibit: ExhibitId,
    /// The guest's display, from 1: the screen's number in the exhibit's list.
    pub(in crate::core) display: u32,
    pub(in crate::core) monitor: Monitor,
}
