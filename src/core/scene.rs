//! What each monitor should show: which artwork belongs there, and whether a curtain covers it.

use super::effect::ScreenPlan;
use super::exhibit::Exhibit;
use super::types::{CurtainPicture, CurtainSettings, Monitor, Place, assign};

/// Finds the exhibits' screens among the monitors. A monitor that goes by two names, a connector's and its own,
/// belongs to the exhibit that comes first in the configuration.
pub(super) fn places(exhibits: &[Exhibit], monitors: &[Monitor]) -> Vec<Place> {
    let named = exhibits.iter().flat_map(|exhibit| {
        exhibit.settings().screens.iter().zip(1..).map(|(name, display)| (exhibit.id(), display, name))
    });
    let named: Vec<_> = named.collect();
    let names: Vec<_> = named.iter().map(|(_, _, name)| *name).collect();
    let known: Vec<_> = monitors.iter().map(|m| (m.connector.as_str(), m.edid.as_deref())).collect();
    let places = named.iter().zip(assign(&names, &known)).filter_map(|(&(exhibit, display, _), index)| {
        Some(Place { exhibit, display, monitor: monitors.get(index?)?.clone() })
    });
    places.collect()
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
