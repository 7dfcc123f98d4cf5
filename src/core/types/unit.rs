//! Units of systemd.

/// Which bus a systemd is reached by, and thereby which systemd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bus {
    /// The machine's.
    System,
    /// That of the user's session.
    User,
}

impl Bus {
    /// Its word in the configuration and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
        }
    }
}

/// A unit's `ActiveState` (org.freedesktop.systemd1(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveState {
    /// It runs, listens, is mounted.
    Active,
    /// It is active, and reads its configuration again.
    Reloading,
    /// It does not run, and did not fail. A service with a socket may wait so for its first client.
    Inactive,
    /// It failed, and systemd does not try any more.
    Failed,
    /// It is being started, or waits for its next try.
    Activating,
    /// It is being stopped.
    Deactivating,
    /// A state that systemd may have added since.
    Other,
}

impl ActiveState {
    /// systemd's own word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Reloading => "reloading",
            Self::Inactive => "inactive",
            Self::Failed => "failed",
            Self::Activating => "activating",
            Self::Deactivating => "deactivating",
            Self::Other => "other",
        }
    }
}

/// What is known of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitInfo {
    /// Nothing: systemd has not been reached yet, or is away.
    Unknown,
    /// systemd has no unit of this name.
    Missing,
    /// What systemd says of it.
    Loaded {
        /// Its `ActiveState`.
        active: ActiveState,
        /// Its `SubState`, such as `running`.
        sub: String,
        /// Its `Result`, such as `exit-code`; empty for kinds of units that have none.
        result: String,
        /// A service's `NRestarts`: how often systemd has restarted it by itself.
        restarts: Option<u32>,
    },
}

impl UnitInfo {
    /// Its `ActiveState`, where it is known.
    pub fn active(&self) -> Option<ActiveState> {
        match self {
            Self::Unknown | Self::Missing => None,
            Self::Loaded { active, .. } => Some(*active),
        }
    }

    /// Its `Result`, where it is known.
    pub fn result(&self) -> &str {
        match self {
            Self::Unknown | Self::Missing => "",
            Self::Loaded { result, .. } => result,
        }
    }
}
