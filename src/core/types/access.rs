//! What somebody may do by the API.

use std::collections::BTreeSet;
use std::fmt;

use super::told::codes;

codes! {
    /// What a request does, in the words of `guest_may`.
    pub enum Act {
        /// A heartbeat.
        "heartbeat" => Heartbeat,
        /// How the exhibit is, is read.
        "read_status" => ReadStatus,
        /// The guest asks to be put back, with a reason.
        "request_revert" => RequestRevert,
        /// The guest reports that nobody uses it.
        "report_idle" => ReportIdle,
        /// A state on this computer is asked for.
        "poll" => Poll,
        /// This computer is told of something.
        "signal" => Signal,
        /// A press of the button is asked for.
        "read_button" => ReadButton,
        /// The exhibit is put back to its snapshot.
        "revert" => Revert,
        /// It is started.
        "start" => Start,
        /// It is stopped.
        "stop" => Stop,
        /// It is put on hold.
        "hold" => Hold,
        /// A hold is ended.
        "resume" => Resume,
        /// The snapshots are listed.
        "list_snapshots" => ListSnapshots,
        /// A snapshot is made or replaced.
        "create_snapshot" => CreateSnapshot,
        /// An external snapshot is converted.
        "convert_snapshot" => ConvertSnapshot,
        /// A snapshot is deleted.
        "delete_snapshot" => DeleteSnapshot,
        /// The button is pressed.
        "press_button" => PressButton,
        /// A state that is polled is set.
        "set_state" => SetState,
        /// How the other exhibits and this computer are, is read.
        "read_site" => ReadSite,
        /// Each screen shows what it is called.
        "identify_screens" => IdentifyScreens,
        /// The doctor is asked.
        "run_checks" => RunChecks,
    }
}

impl Act {
    /// Whether a guest may always do it about its own exhibit: it concerns nothing else, and staff expect it.
    pub fn is_every_guests(self) -> bool {
        match self {
            Self::Heartbeat
            | Self::ReadStatus
            | Self::RequestRevert
            | Self::ReportIdle
            | Self::Poll
            | Self::Signal
            | Self::ReadButton
            | Self::Revert => true,
            Self::Start
            | Self::Stop
            | Self::Hold
            | Self::Resume
            | Self::ListSnapshots
            | Self::CreateSnapshot
            | Self::ConvertSnapshot
            | Self::DeleteSnapshot
            | Self::PressButton
            | Self::SetState
            | Self::ReadSite
            | Self::IdentifyScreens
            | Self::RunChecks => false,
        }
    }

    /// Whether it is about one exhibit; otherwise it is about all of them.
    pub fn concerns_one_exhibit(self) -> bool {
        !matches!(self, Self::ReadSite | Self::IdentifyScreens | Self::RunChecks)
    }

    /// What staff need for it.
    pub fn needs(self) -> Role {
        match self {
            Self::ReadStatus | Self::ListSnapshots | Self::ReadSite => Role::View,
            Self::Heartbeat
            | Self::RequestRevert
            | Self::ReportIdle
            | Self::Poll
            | Self::Signal
            | Self::ReadButton
            | Self::Revert
            | Self::Start
            | Self::Stop
            | Self::Hold
            | Self::Resume
            | Self::CreateSnapshot
            | Self::ConvertSnapshot
            | Self::DeleteSnapshot
            | Self::PressButton
            | Self::SetState
            | Self::IdentifyScreens
            | Self::RunChecks => Role::Operate,
        }
    }
}

codes! {
    /// What somebody of the staff may do.
    pub enum Role {
        /// See everything.
        "view" => View,
        /// See and change everything.
        "operate" => Operate,
    }
}

/// What whoever comes from somewhere may do without a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing: who they are is asked first.
    Login,
    /// What this role may.
    As(Role),
}

impl Access {
    /// What may be done without a name.
    pub fn role(self) -> Option<Role> {
        match self {
            Self::Login => None,
            Self::As(role) => Some(role),
        }
    }
}

/// Somebody of the staff, who logs in with a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The name.
    pub name: String,
    /// What this person may do.
    pub role: Role,
    /// The password's hash in the PHC string format, as `vitrine passwd` prints it
    /// (<https://github.com/P-H-C/phc-string-format>).
    pub password: String,
}

/// A program that does what a role may, and shows a secret for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// What the program is called.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The SHA-256 of the secret, in hexadecimal.
    pub sha256: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A hash in a log is a password that somebody can guess at.
        f.debug_struct("Account").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// Who may do what by the API, besides the guests about their own exhibits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRules {
    /// Processes of this computer that are no guest's and no proxy's.
    pub loopback: Access,
    /// Everybody else.
    pub remote: Access,
    /// What guests may do about their own exhibits beyond what every guest may.
    pub guest_may: BTreeSet<Act>,
    /// Whether a guest with user-mode networking, of which it cannot be told which VM's it is, may name an exhibit in its
    /// heartbeats.
    pub user_mode_beats: bool,
    /// Those who can log in.
    pub accounts: Vec<Account>,
    /// Those who can show a secret.
    pub tokens: Vec<Token>,
}

impl Default for AccessRules {
    fn default() -> Self {
        Self {
            loopback: Access::As(Role::Operate),
            remote: Access::Login,
            guest_may: BTreeSet::new(),
            user_mode_beats: false,
            accounts: Vec::new(),
            tokens: Vec::new(),
        }
    }
}
