//! What outlives the daemon: what staff decided about an exhibit.

use std::collections::BTreeMap;

use super::status::{Hold, Stopped};

/// What staff decided about one exhibit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// The VM, which is the artwork, whatever its exhibit is called; `None` where an earlier version did not tell.
    pub vm: Option<String>,
    /// It is on hold.
    pub hold: Option<Hold>,
    /// It was stopped.
    pub stopped: Option<Stopped>,
}

/// What one daemon leaves for the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteDecisions {
    /// What staff decided, by the exhibit's name.
    pub exhibits: BTreeMap<String, Decisions>,
    /// How often the computer was restarted against a trouble that may not be over.
    pub reboots: u32,
    /// How many X servers were ended, one after the other, since none of them kept answering.
    pub x_server_ends: u32,
}
