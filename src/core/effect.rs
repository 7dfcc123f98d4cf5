//! What the core wants done.

use std::time::Duration;

use super::incident::{Incident, Notice};
use super::types::{
    Answer, Bus, CurtainSettings, ExhibitId, IncidentId, LaunchId, Monitor, OpId, Rect, Refusal, RequestId,
    SerialPort, Size, UnitSettings, VmAction,
};

/// Everything that the core ever asks for. The daemon hands each one to the adapter concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// These are all the VMs to watch from now on.
    Watch(Vec<WatchedVm>),
    /// Do something slow to a VM; its end is `Event::Done`.
    Vm {
        /// Whose VM.
        exhibit: ExhibitId,
        /// To be named in the end.
        op: OpId,
        /// What.
        action: VmAction,
    },
    /// Read a VM's state; the answer is `Event::VmSeen`.
    Observe {
        /// Whose VM.
        exhibit: ExhibitId,
    },
    /// Look at the VMs' definitions, images and snapshots; the answers are `Event::Foreseen`, one for each exhibit.
    PreFlight,
    /// Ask a probe's question; the answer is `Event::Probed`.
    Probe {
        /// The exhibit to ask about.
        exhibit: ExhibitId,
        /// The number of the question, to be named in the answer.
        op: OpId,
        /// The question.
        request: ProbeRequest,
    },
    /// Find out the size of the picture on the guest's first display; the answer is `Event::GuestSize`.
    MeasureGuest {
        /// Whose.
        exhibit: ExhibitId,
    },
    /// Tell the guest the time through its agent, if one answers; nothing comes back.
    SetTime {
        /// Whose VM.
        exhibit: ExhibitId,
    },
    /// Show this on the monitors from now on; it goes before the other effects of its step.
    Scene(Vec<ScreenPlan>),
    /// Take a picture of what visitors see, for the journal; the core is told nothing of it. It goes before the
    /// scene of its step, whose curtain would hide it.
    TakePicture {
        /// The incident that it belongs to.
        incident: IncidentId,
        /// Where the artwork is.
        areas: Vec<Rect>,
    },
    /// The artwork is as it should be just now: keep its picture for the curtain.
    SaveLastFrame {
        /// Whose.
        exhibit: ExhibitId,
    },
    /// Launch a viewer, or take over one like it that an earlier daemon left; its end is `Event::ViewerExited`.
    Launch(ViewerPlan),
    /// End a viewer; its end is `Event::ViewerExited`.
    EndViewer {
        /// Whose.
        exhibit: ExhibitId,
        /// Which launch.
        launch: LaunchId,
    },
    /// Answer a question.
    Answer {
        /// Which.
        id: RequestId,
        /// With what.
        result: Result<Answer, Refusal>,
    },
    /// An incident began, went on or ended.
    Record(Incident),
    /// Something that staff want to read, and that is no incident.
    Notice {
        /// About whom; `None` where it is about the site.
        exhibit: Option<ExhibitId>,
        /// What.
        notice: Notice,
    },
    /// These are all the units to watch from now on.
    WatchUnits(Vec<UnitSettings>),
    /// Restart a unit; the answer is `Event::UnitRestarted`, and what comes of it `Event::UnitSeen`.
    RestartUnit {
        /// Its bus.
        bus: Bus,
        /// Its name.
        name: String,
    },
    /// Restart the computer; what comes back is `Event::RebootRefused`, or `Event::PowerDown`.
    Reboot,
    /// End the X server, which does not answer; what comes back is `Event::XServerEnded`, or, since nobody shows anything
    /// without it, the end of everything.
    EndXServer,
    /// End the session, and with it the X server; what comes back is `Event::SessionEndRefused`, or the same end.
    EndSession,
    /// Everything is ended; the daemon may go.
    Finished,
}

/// What a probe asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeRequest {
    /// Whether the guest agent answers a ping.
    Agent {
        /// How long it may take.
        timeout: Duration,
    },
    /// Whether the VM's display takes a connection, as its viewer would make one.
    Display {
        /// How long it may take.
        timeout: Duration,
    },
    /// What visitors see of the artwork.
    Picture {
        /// Where its picture is on the X screen.
        areas: Vec<Rect>,
    },
    /// Whether QEMU answers.
    Qemu {
        /// How long it may take.
        timeout: Duration,
    },
}

/// A domain to watch, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedVm {
    /// Whose.
    pub exhibit: ExhibitId,
    /// The domain's name.
    pub vm: String,
    /// Where its beats come in that need no network.
    pub serial: Option<SerialPort>,
}

/// What one monitor shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenPlan {
    /// The monitor.
    pub monitor: Monitor,
    /// Whose artwork belongs there, and which of the guest's displays; `None` where no exhibit has it.
    pub artwork: Option<(ExhibitId, u32)>,
    /// What covers it while there is no artwork to see.
    pub curtain: CurtainSettings,
    /// Whether there is no artwork to see. Otherwise the curtain comes down as soon as its picture is there.
    pub covered: bool,
    /// Whether the pointer is hidden over the artwork.
    pub hide_pointer: bool,
    /// Whether other programs' windows are kept from covering it.
    pub guarded: bool,
}

/// A viewer as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewerPlan {
    /// Whose.
    pub exhibit: ExhibitId,
    /// Which launch.
    pub launch: LaunchId,
    /// The exhibit's name, for the folder of the viewer's settings and for messages.
    pub name: String,
    /// The VM, as the configuration names it.
    pub vm: String,
    /// The domain's UUID.
    pub uuid: String,
    /// Guest display and the monitor that it fills, by guest display.
    pub heads: Vec<Head>,
    /// How it shows the guest, and what it may do to it.
    pub options: ViewerOptions,
}

/// How a viewer shows the guest, and what it may do to it. It cannot be told anything else while it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ViewerOptions {
    /// It asks the guest to take the screen's resolution for its own.
    pub resize_guest: bool,
    /// It hands the guest USB devices that are plugged into the computer.
    pub usb: bool,
    /// It has libvirt open the connection to the display.
    pub attach: bool,
    /// The size that the guest's picture has on each screen, in its middle; `None` for as large as it fits.
    pub drawn_size: Option<Size>,
}

/// A viewer that an earlier daemon launched, and that lives still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrphanViewer {
    /// The VM, as the configuration named it: that is the artwork, whatever its exhibit is called.
    pub vm: String,
    /// The domain's UUID.
    pub uuid: String,
    /// Which guest display it was to show where, by guest display.
    pub spots: Vec<Spot>,
    /// How it was launched.
    pub options: ViewerOptions,
}

/// Where a guest display is shown: what of a monitor a viewer depends on. Its number in RandR's list changes with
/// other monitors, which is no reason to disturb this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The guest's display, from 1.
    pub display: u32,
    /// The monitor's connector.
    pub connector: String,
    /// Where the monitor is.
    pub rect: Rect,
}

/// One guest display on one monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The guest's display, from 1.
    pub display: u32,
    /// The monitor.
    pub monitor: Monitor,
}

impl Head {
    /// Where it is shown.
    pub fn spot(&self) -> Spot {
        let Monitor { connector, rect, .. } = &self.monitor;
        Spot { display: self.display, connector: connector.clone(), rect: *rect }
    }
}

impl ViewerPlan {
    /// Where it shows what.
    pub fn spots(&self) -> Vec<Spot> {
        self.heads.iter().map(Head::spot).collect()
    }
}
