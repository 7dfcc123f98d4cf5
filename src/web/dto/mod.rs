//! What the API answers with: the shapes of its JSON, and how they are made from the core's status.
//!
//! Some are those of the Exhibition VM Controller, whose clients go on working with Vitrine; all others are Vitrine's
//! own. The commands read the same shapes, so they are `Deserialize` too.

mod controller;
mod exhibit;
mod flaw;
mod site;

use crate::core::status::Status;
use crate::core::types::{Now, Told, VmState, WallTime};
use crate::{life, words};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::time::Duration;
use utoipa::ToSchema;

pub use controller::{Heartbeat, Snapshots, VmStatus};
pub use exhibit::{
    Exhibit, ExhibitScreen, Foreseen, ForeseenFor, GuestKit, HeartbeatWay, Hold, HolderKind, LastIncident,
    Note, Phase, Stopped, ViewerState,
};
pub use flaw::{FlawNotice, flaw_told};
pub use site::{Hypervisor, LastResort, Reload, Screen, Silence, Site, Unit, XServer};

/// Rounds of the daemon's task that may be missing before what it told last is old. A busy computer may let it miss one.
const MAX_ROUNDS_MISSED: u32 = 3;

/// How long ago the daemon told this. Its task does so at least once in [`life::pace`], whether there is news or not.
pub fn age(status: &Status, now: Now) -> Duration {
    now.mono.saturating_duration_since(status.at.mono)
}

/// Whether what was told so long ago is not to be relied upon: the daemon's task stands still.
fn is_stale(age: Duration) -> bool {
    age > life::pace() * MAX_ROUNDS_MISSED
}

/// A sentence as its code and what it names, for whoever puts it into another language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sentence {
    /// Which sentence.
    pub code: String,
    /// What it names: texts, numbers, `{"seconds": 1.5}`, or a sentence within it of this very form.
    #[schema(value_type = Object)]
    pub values: Map<String, Json>,
}

impl Sentence {
    /// What is told, as data.
    pub fn new(told: &Told) -> Self {
        Self { code: told.code.clone().into_owned(), values: words::json::values(told) }
    }

    /// The reverse.
    pub fn told(&self) -> Told {
        words::json::told(&self.code, &self.values)
    }
}

/// The same with its words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Spoken {
    /// In English.
    pub text: String,
    /// As data.
    #[serde(flatten)]
    pub sentence: Sentence,
}

impl Spoken {
    /// What is told, in English and as data.
    pub fn new(told: &Told) -> Self {
        Self { text: told.to_string(), sentence: Sentence::new(told) }
    }

    /// Its words in the language that this process speaks.
    pub fn say(&self) -> String {
        words::say(&self.sentence.told())
    }
}

/// A state in the words of `virsh domstate`; a domain that is not there has none of libvirt's.
pub fn state_words(state: VmState) -> &'static str {
    match state {
        VmState::Unknown => "no state",
        VmState::Missing => "missing",
        VmState::Running => "running",
        VmState::Paused(_) => "paused",
        VmState::ShutOff => "shut off",
        VmState::ShuttingDown => "in shutdown",
        VmState::Crashed => "crashed",
        VmState::Asleep => "pmsuspended",
    }
}

/// A moment as the API has it, in seconds since 1970.
pub fn seconds_of(wall: WallTime) -> f64 {
    // Exact for the next 285,000 years: milliseconds stay below 2^53.
    #[allow(clippy::cast_precision_loss)]
    let milliseconds = wall.0 as f64;
    milliseconds / 1000.0
}
