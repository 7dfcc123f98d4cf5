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
    /// By both, where several monitors say the same: `edid:MAKER-MODEL-SERIAL@HDMI-1`.
    EdidAt {
        /// `MAKER-MODEL-SERIAL`.
        edid: String,
        /// RandR's name of the connector.
        connector: String,
    },
}

impl ScreenName {
    /// Whether it means the monitor at this connector, which says this of itself.
    pub fn means(&self, connector: &str, edid: Option<&str>) -> bool {
        match self {
            Self::Connector(name) => name == connector,
            Self::Edid(id) => edid == Some(id),
            Self::EdidAt { edid: id, connector: name } => name == connector && edid == Some(id),
        }
    }

    /// Whether several monitors may go by it.
    fn is_by_edid_alone(&self) -> bool {
        match self {
            Self::Edid(_) => true,
            Self::Connector(_) | Self::EdidAt { .. } => false,
        }
    }
}

impl fmt::Display for ScreenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connector(name) => f.write_str(name),
            Self::Edid(id) => write!(f, "edid:{id}"),
            Self::EdidAt { edid, connector } => write!(f, "edid:{edid}@{connector}"),
        }
    }
}

/// Finds a monitor for each name, as its place in the list of connectors and of what the monitors there say of
/// themselves. Each monitor is given to one name only: to the first that means it. Where several say the same, the first
/// that no other name means in particular goes by the name that they share.
pub fn assign(names: &[&ScreenName], monitors: &[(&str, Option<&str>)]) -> Vec<Option<usize>> {
    let mut taken = vec![false; monitors.len()];
    let assigned = names.iter().map(|name| {
        let means = |index: &usize| {
            let (connector, edid) = monitors[*index];
            !taken[*index] && name.means(connector, edid)
        };
        let is_meant_by_another = |index: &usize| {
            let (connector, edid) = monitors[*index];
            names.iter().any(|other| !other.is_by_edid_alone() && other.means(connector, edid))
        };
        let all = || (0..monitors.len()).filter(means);
        let found = all().find(|index| !name.is_by_edid_alone() || !is_meant_by_another(index));
        let found = found.or_else(|| all().next());
        if let Some(index) = found {
            taken[index] = true;
        }
        found
    });
    assigned.collect()
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

/// The timings of a mode, as a `Modeline` of the X server has them: what is displayed, where the synchronisation begins
/// and ends, and the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModeLine {
    /// Pixels in a second.
    pub clock: u32,
    /// Of a row, in pixels.
    pub horizontal: [u16; 4],
    /// Of a picture, in rows.
    pub vertical: [u16; 4],
    /// Whether the synchronisation of rows is positive; `None` where that is not said.
    pub hsync: Option<bool>,
    /// The same of pictures.
    pub vsync: Option<bool>,
    /// Every other row is sent in every other picture.
    pub interlaced: bool,
    /// Each row is sent twice.
    pub doubled: bool,
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

/// A screen of an exhibit, and the monitor that it was found at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::core) struct Place {
    pub(in crate::core) exhibit: ExhibitId,
    /// The guest's display, from 1: the screen's number in the exhibit's list.
    pub(in crate::core) display: u32,
    pub(in crate::core) monitor: Monitor,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_a_monitor_of_its_own() {
        let connector = |name: &str| ScreenName::Connector(name.into());
        let edid = |id: &str| ScreenName::Edid(id.into());
        let at =
            |id: &str, connector: &str| ScreenName::EdidAt { edid: id.into(), connector: connector.into() };
        let twins = [("DP-1", Some("A-B-1")), ("DP-2", Some("A-B-1")), ("DP-3", None)];
        let rows = [
            (vec![connector("DP-2"), connector("DP-3"), connector("DP-4")], vec![Some(1), Some(2), None]),
            (vec![edid("A-B-1")], vec![Some(0)]),
            (vec![at("A-B-1", "DP-2"), at("A-B-1", "DP-1")], vec![Some(1), Some(0)]),
            (vec![at("A-B-1", "DP-3"), at("A-B-2", "DP-1")], vec![None, None]),
            // The name that both have is left with the one that nobody else means.
            (vec![edid("A-B-1"), at("A-B-1", "DP-1")], vec![Some(1), Some(0)]),
            (vec![edid("A-B-1"), connector("DP-1")], vec![Some(1), Some(0)]),
            // The first in the list has it, where both mean the same one.
            (vec![edid("A-B-1"), connector("DP-2"), connector("DP-1")], vec![Some(0), Some(1), None]),
        ];
        for (names, expected) in rows {
            let names: Vec<&ScreenName> = names.iter().collect();
            assert_eq!(assign(&names, &twins), expected, "{names:?}");
        }
    }
}
