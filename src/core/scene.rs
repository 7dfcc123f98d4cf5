//! What each monitor should show: which artwork belongs there, and whether a curtain covers it.

use super::effect::ScreenPlan;
use super::exhibit::Exhibit;
use super::types::{CurtainPicture, CurtainSettings, ExhibitId, Monitor};

/// A screen of an exhibit, and the monitor that it was found at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) exhibit: ExhibitId,
    /// The guest's display, from 1: the screen's number in the exhibit's list.
    pub(super) display: u32,
    pub(super) monitor: Monitor,
}

/// Finds the exhibits' screens among the monitors. A monitor that goes by two names, a connector's and its own,
/// belongs to the exhibit that comes first in the configuration.
pub(super) fn places(exhibits: &[Exhibit], monitors: &[Monitor]) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for exhibit in exhibits {
        for (screen, display) in exhibit.settings().screens.iter().zip(1..) {
            let free = |m: &&Monitor| !places.iter().any(|place| place.monitor.connector == m.connector);
            if let Some(monitor) = monitors.iter().filter(free).find(|monitor| monitor.is(screen)) {
                places.push(Place { exhibit: exhibit.id(), display, monitor: monitor.clone() });
            }
        }
    }
    places
}

/// What the monitors should show.
pub(super) fn plan(exhibits: &[Exhibit], monitors: &[Monitor], places: &[Place]) -> Vec<ScreenPlan> {
    let plan_of = |monitor: &Monitor| {
        let place = places.iter().find(|place| place.monitor.connector == monitor.connector)?;
        let exhibit = exhibits.iter().find(|exhibit| exhibit.id() == place.exhibit)?;
        Some(ScreenPlan {
            monitor: monitor.clone(),
            artwork: Some((exhibit.id(), place.display)),
            curtain: exhibit.settings().curtain.clone(),
            covered: !exhibit.presents(place.display),
            hide_pointer: exhibit.settings().hide_pointer,
            // Who took an artwork in hand may work in front of it.
            guarded: !exhibit.is_held(),
        })
    };
    let bare = |monitor: &Monitor| ScreenPlan {
        monitor: monitor.clone(),
        artwork: None,
        curtain: CurtainSettings { picture: CurtainPicture::Black, text: None },
        covered: false,
        hide_pointer: false,
        guarded: false,
    };
    monitors.iter().map(|monitor| plan_of(monitor).unwrap_or_else(|| bare(monitor))).collect()
}
