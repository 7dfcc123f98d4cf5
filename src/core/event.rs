//! What can happen.

use std::time::Instant;

use super::types::{
    Action, Bus, ExhibitId, Failure, Foreseen, LaunchId, Monitor, OpId, RequestId, SiteSettings, Size, Told,
    UnitInfo, VmInfo, XServerStays,
};

/// Everything that the core is ever told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A deadline may have passed. A needless one does nothing.
    Timer,
    /// A heartbeat from inside a guest.
    Beat {
        /// Whose.
        exhibit: ExhibitId,
        /// When it arrived.
        at: Instant,
        /// What the guest said with it, if anything: `status`, `message`.
        note: Option<BeatNote>,
    },
    /// A question or a wish of an operator or a guest.
    Request {
        /// To be named in the answer.
        id: RequestId,
        /// About whom.
        exhibit: ExhibitId,
        /// Who asks, for the log and for `status`.
        by: String,
        /// What is asked.
        action: Action,
    },
    /// The connection to libvirt stands.
    HypervisorUp,
    /// The connection to libvirt is gone, or cannot be had.
    HypervisorDown {
        /// Why, for people.
        reason: Told,
    },
    /// A VM's state was read.
    VmSeen {
        /// Whose VM.
        exhibit: ExhibitId,
        /// What is known of it.
        info: VmInfo,
        /// When the reading began: it says nothing of later moments.
        read_at: Instant,
        /// When libvirt's event that led to the reading arrived; `None` for a poll.
        event_at: Option<Instant>,
    },
    /// A connection to the VM's display was made or lost (libvirt's graphics event).
    Graphics {
        /// Whose VM.
        exhibit: ExhibitId,
        /// Whether it was made.
        connected: bool,
        /// The address of whoever views it; empty where it has none.
        peer: String,
    },
    /// What an exhibit's beats come through that needs no network was opened, or is closed: nothing is heard then.
    SerialLine {
        /// Whose.
        exhibit: ExhibitId,
        /// Whether it is open now.
        is_open: bool,
    },
    /// The guest rebooted by itself (libvirt's reboot event).
    GuestRebooted {
        /// Whose VM.
        exhibit: ExhibitId,
        /// When the event arrived. libvirt tells of one reboot several times.
        at: Instant,
    },
    /// A VM was defined anew, or is gone.
    VmDefined {
        /// Whose VM.
        exhibit: ExhibitId,
    },
    /// What a look at an exhibit's VM tells before it happens: all of it.
    Foreseen {
        /// Whose VM.
        exhibit: ExhibitId,
        /// What.
        found: Vec<Foreseen>,
    },
    /// A slow effect has ended.
    Done {
        /// On whose VM.
        exhibit: ExhibitId,
        /// Which.
        op: OpId,
        /// How.
        result: Result<(), Failure>,
    },
    /// A probe's question was answered.
    Probed {
        /// The exhibit that was asked about.
        exhibit: ExhibitId,
        /// The number of the question.
        op: OpId,
        /// The answer.
        answer: ProbeAnswer,
    },
    /// The lit monitors, after any change of them.
    Monitors(Vec<Monitor>),
    /// A viewer's process has ended, or could not be started.
    ViewerExited {
        /// Whose.
        exhibit: ExhibitId,
        /// Which launch.
        launch: LaunchId,
        /// How, for people.
        reason: String,
    },
    /// A viewer shows a box with a message or a question, and is ended, since nobody is there to answer it.
    ViewerAsks {
        /// Whose.
        exhibit: ExhibitId,
        /// Which launch.
        launch: LaunchId,
        /// The box's title; empty where it has none.
        title: String,
    },
    /// The size of the picture on the guest's first display; `None` where it could not be found out.
    GuestSize {
        /// Whose.
        exhibit: ExhibitId,
        /// The size.
        size: Option<Size>,
    },
    /// Which of a viewer's windows stand on their monitors: what is found at first, and every change.
    ViewerPlaced {
        /// Whose.
        exhibit: ExhibitId,
        /// Which launch.
        launch: LaunchId,
        /// The guest displays whose windows stand where they belong, in order.
        displays: Vec<u32>,
    },
    /// A viewer no longer answers the X server's question whether it lives (EWMH's `_NET_WM_PING`).
    ViewerHangs {
        /// Whose.
        exhibit: ExhibitId,
        /// Which launch.
        launch: LaunchId,
    },
    /// The X server does not answer.
    XServerSilent {
        /// When it was asked what it has not answered.
        since: Instant,
        /// It is no process of this computer.
        elsewhere: bool,
    },
    /// The X server answers again.
    XServerAnswers,
    /// The X server was to be ended.
    XServerEnded(Result<(), XServerStays>),
    /// The session is not ended.
    SessionEndRefused {
        /// Why, for people.
        reason: Told,
    },
    /// The configuration was read again.
    Settings(SiteSettings),
    /// A unit's state was read.
    UnitSeen {
        /// Its bus.
        bus: Bus,
        /// Its name.
        name: String,
        /// How it is.
        info: UnitInfo,
    },
    /// The systemd of a bus cannot be reached, or no longer: nothing is known of its units.
    UnitsLost {
        /// Which bus.
        bus: Bus,
        /// Why, for people.
        reason: Told,
    },
    /// systemd has taken up the restart of a unit, or refused it.
    UnitRestarted {
        /// Its bus.
        bus: Bus,
        /// Its name.
        name: String,
        /// Why it was refused, for people.
        result: Result<(), Told>,
    },
    /// The computer is not restarted.
    RebootRefused {
        /// Why, for people.
        reason: Told,
    },
    /// The computer is about to be switched off or restarted, and waits for Vitrine a few seconds.
    PowerDown {
        /// Whether the VMs are to be ended.
        end_vms: bool,
    },
    /// Vitrine was told to end.
    Shutdown,
}

/// What a guest says with a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeatNote {
    /// Its own word for how it is.
    pub status: Option<String>,
    /// Anything else.
    pub message: Option<String>,
}

/// The answer to a probe's question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeAnswer {
    /// A ping of the guest agent has ended.
    Agent {
        /// Whether it was answered.
        answered: bool,
    },
    /// The VM's display was tried.
    Display {
        /// Whether it took the connection and answered; `None` where that could not be tried.
        answers: Option<bool>,
    },
    /// A sample of the picture was taken.
    Picture {
        /// A number that is another one when the picture is; `None` where it could not be seen.
        digest: Option<u64>,
    },
    /// QEMU was asked.
    Qemu {
        /// Whether it answers; `None` where that could not be found out, as while libvirt is at work on it.
        answers: Option<bool>,
    },
}
