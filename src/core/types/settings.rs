//! What the configuration says. `config` makes only valid ones.

use std::path::PathBuf;
use std::time::Duration;

use super::screen::{Mode, ModeLine, Rotation, ScreenName, Size};
use super::unit::Bus;

/// What the configuration says of the whole site, as far as the core decides by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteSettings {
    /// The exhibits, in the configuration's order.
    pub exhibits: Vec<ExhibitSettings>,
    /// The units to watch.
    pub units: Vec<UnitSettings>,
    /// What is allowed when nothing else has helped for long.
    pub last_resort: LastResortSettings,
}

/// What the configuration says of one exhibit. `config` makes only valid ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExhibitSettings {
    /// The exhibit's name: letters, digits, `-`, `_`, `.`; unique within the site.
    pub name: String,
    /// The libvirt domain's name.
    pub vm: String,
    /// The snapshot that the exhibit starts from and is put back to.
    pub snapshot: String,
    /// Guest display 1 fills the first screen, display 2 the second. Empty: watched, but not shown.
    pub screens: Vec<ScreenName>,
    /// What covers its screens while there is no artwork to see.
    pub curtain: CurtainSettings,
    /// Whether the mouse pointer is hidden over the artwork; over the curtain it always is.
    pub hide_pointer: bool,
    /// How its picture is shown, and what its viewer may do to the guest.
    pub viewer: ViewerSettings,
    /// The heartbeat rule; `None` where the guest has no software of ours at all.
    pub heartbeat: Option<HeartbeatSettings>,
    /// Where its beats come in that need no network; `None` where they come over one.
    pub serial: Option<SerialPort>,
    /// The guest agent's rule; `None` (the default) asks nothing of an agent.
    pub agent: Option<AgentSettings>,
    /// The picture's rule; `None` (the default) for artworks that may stand still.
    pub picture: Option<PictureSettings>,
    /// The rule of QEMU's own answers; `None` asks nothing of it.
    pub qemu: Option<QemuSettings>,
    /// An artwork that is not seen for so long, since its VM's display takes no connection, is ill; `None` for never.
    pub shown: Option<Duration>,
    /// What a reboot of the guest by itself leads to.
    pub reboot: RebootSettings,
    /// What a guest's report of idleness does.
    pub idle: IdleSettings,
    /// Whether Vitrine recovers the exhibit by itself; `false` starts it held.
    pub auto_revert: bool,
    /// Whether the guest is told the time after a revert, where its agent answers.
    pub set_time: bool,
    /// Budgets and pauses of the recovery.
    pub recovery: RecoverySettings,
}

impl ExhibitSettings {
    /// Whether heartbeats are waited for that need the guest's network.
    pub fn beats_over_network(&self) -> bool {
        self.heartbeat.is_some() && self.serial.is_none()
    }
}

/// How an exhibit's viewer shows the guest, and what it may do to it. As little as can be, where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ViewerSettings {
    /// How the guest's picture is brought to the size of the screen.
    pub scaling: Scaling,
    /// Whether the guest is asked to take the screen's resolution for its own.
    pub resize_guest: bool,
    /// Whether a USB device that somebody plugs into the computer is handed to the guest.
    pub usb: bool,
}

/// How a guest's picture is brought to the size of a screen. Its proportions always stay, and what it leaves of the
/// screen is black.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scaling {
    /// As large as it fits.
    #[default]
    Fit,
    /// By the largest whole factor at which it fits.
    Whole,
    /// Not at all: a pixel of the guest is a pixel of the screen.
    Unscaled,
}

impl Scaling {
    /// The size at which a guest's picture is drawn on a screen; `None` for as large as it fits, also for a picture
    /// that is larger than the screen.
    pub fn drawn_size(self, guest: Size, screen: Size) -> Option<Size> {
        let fits = screen.width.checked_div(guest.width)?.min(screen.height.checked_div(guest.height)?);
        let factor = match self {
            Self::Fit => return None,
            Self::Whole => fits,
            Self::Unscaled => fits.min(1),
        };
        (factor > 0).then(|| Size { width: guest.width * factor, height: guest.height * factor })
    }
}

/// What covers a screen while there is no artwork to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurtainSettings {
    /// The picture.
    pub picture: CurtainPicture,
    /// A line of text at its foot.
    pub text: Option<String>,
}

/// The picture on a curtain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CurtainPicture {
    /// Plain black.
    Black,
    /// The artwork as it was last seen well; black before it has been.
    Last,
    /// A picture from a file, PNG or JPEG.
    Poster {
        /// The file.
        file: PathBuf,
        /// How it is brought to the size of the screen.
        scale: Scale,
    },
}

/// How a poster is brought to the size of a screen of another shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// It fills the screen, and what does not fit is cut off.
    Fill,
    /// All of it is seen, with black bars beside it.
    Fit,
}

/// How heartbeats from inside the guest are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartbeatSettings {
    /// Silence for longer than this is the symptom "heartbeat lost".
    pub timeout: Duration,
    /// How long the first beat may take after a revert to the snapshot.
    pub first: Duration,
    /// How long the first beat may take after a cold start, which includes the guest's boot.
    pub boot: Duration,
}

/// A line between guest and host that is no network: whatever comes through it is a beat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SerialPort {
    /// The VM's first serial port.
    First,
    /// The virtio channel whose target has this name, or else the serial port or console of this alias
    /// (`virDomainOpenChannel`, `virDomainOpenConsole`).
    Named(String),
}

impl SerialPort {
    /// By which name it is found; `None` for the first one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::First => None,
            Self::Named(name) => Some(name),
        }
    }
}

/// How the QEMU guest agent is asked for a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentSettings {
    /// Time between two pings.
    pub interval: Duration,
    /// How long one ping may take.
    pub timeout: Duration,
    /// So many pings in a row must be lost before that is a symptom.
    pub misses: u32,
}

/// How the picture on the screen is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureSettings {
    /// A picture in which nothing has moved for so long is a symptom.
    pub frozen: Duration,
    /// Time between two looks.
    pub interval: Duration,
}

/// How QEMU itself is asked whether it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QemuSettings {
    /// Time between two questions.
    pub interval: Duration,
    /// How long one answer may take.
    pub timeout: Duration,
    /// So many questions in a row must be left unanswered before that is a symptom.
    pub misses: u32,
}

/// What a reboot of the guest by itself leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebootSettings {
    /// It is put back, so that visitors see nothing of its boot.
    Revert,
    /// It is left alone: the artwork reboots by itself.
    Ignore,
}

/// What a guest's report that nobody uses the artwork leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdleSettings {
    /// Any report reverts: the guest's own program has judged already.
    Trust,
    /// A report of at least this much idleness reverts.
    After(Duration),
    /// Reports are answered and otherwise ignored.
    Ignore,
}

/// Budgets and pauses of the recovery ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoverySettings {
    /// So many remedies within `window`; then the exhibit is `Broken`.
    pub attempts: u32,
    /// The span that `attempts` is counted over.
    pub window: Duration,
    /// The first pause of a broken exhibit; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest pause of a broken exhibit.
    pub longest_pause: Duration,
    /// Being healthy for so long resets the budget.
    pub reset_after: Duration,
    /// How long one revert or start may take before it counts as hung.
    pub deadline: Duration,
    /// How long an in-place revert may take before it counts as hung; `None` never tries one.
    pub in_place: Option<Duration>,
    /// Whether a cold start is tried, too, where reverts succeed and do not help.
    pub cold_start: bool,
}

/// A unit of systemd to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitSettings {
    /// Its full name, such as `libvirtd.service`.
    pub name: String,
    /// Which systemd it belongs to.
    pub bus: Bus,
    /// Whether Vitrine restarts it once it has failed.
    pub restart: bool,
    /// Whether the configuration names it; others are watched where they exist.
    pub named: bool,
}

/// After how long without help the site's last remedies are used; `None` for never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastResortSettings {
    /// The unit that libvirt runs by is restarted.
    pub restart_libvirt: Option<Duration>,
    /// The computer is restarted.
    pub reboot: Option<Duration>,
    /// An X server that does not answer is ended, and started anew with its session.
    pub restart_x_server: Option<Duration>,
}

impl Default for LastResortSettings {
    fn default() -> Self {
        // Nothing can be seen by then, so that nothing is lost.
        let restart_x_server = Some(Duration::from_secs(60));
        Self { restart_libvirt: None, reboot: None, restart_x_server }
    }
}

/// How a screen is to be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenSettings {
    /// Which screen.
    pub name: ScreenName,
    /// The mode, as the monitor lists it; `None` for the one that it prefers.
    pub mode: Option<Mode>,
    /// The mode where the monitor lists none that is wanted, or where only this one is wanted.
    pub own_mode: Option<ModeLine>,
    /// It is taken to be connected, whatever it says.
    pub connected: bool,
    /// Its upper left corner on the X screen, in pixels; `None` where there is room.
    pub position: Option<(i32, i32)>,
    /// How its picture is turned.
    pub rotation: Option<Rotation>,
    /// Whether it is RandR's primary monitor.
    pub primary: bool,
    /// It is to stay dark.
    pub off: bool,
}

impl ScreenSettings {
    /// A screen that shall be lit, and nothing else is said of it.
    pub fn plain(name: ScreenName) -> Self {
        Self {
            name,
            mode: None,
            own_mode: None,
            connected: false,
            position: None,
            rotation: None,
            primary: false,
            off: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scaling, Size};

    #[test]
    fn pictures_are_scaled_by_whole_numbers_or_as_they_fit() {
        let size = |(width, height)| Size { width, height };
        let full_hd = (1920, 1080);
        let rows = [
            (Scaling::Fit, (640, 480), full_hd, None),
            (Scaling::Whole, (640, 480), full_hd, Some((1280, 960))),
            (Scaling::Whole, (320, 240), full_hd, Some((1280, 960))),
            (Scaling::Whole, (320, 200), full_hd, Some((1600, 1000))),
            (Scaling::Whole, (1024, 768), full_hd, Some((1024, 768))),
            (Scaling::Whole, (1920, 1080), full_hd, Some(full_hd)),
            (Scaling::Whole, (1080, 1920), full_hd, None),
            (Scaling::Whole, (1921, 600), full_hd, None),
            (Scaling::Whole, (640, 480), (1080, 1920), Some((640, 480))),
            (Scaling::Unscaled, (640, 480), full_hd, Some((640, 480))),
            (Scaling::Unscaled, (2048, 1536), full_hd, None),
            // What is no picture at all.
            (Scaling::Whole, (0, 0), full_hd, None),
            (Scaling::Unscaled, (640, 0), full_hd, None),
        ];
        for (scaling, guest, screen, drawn) in rows {
            let found = scaling.drawn_size(size(guest), size(screen));
            assert_eq!(found, drawn.map(size), "{scaling:?} {guest:?} on {screen:?}");
        }
    }
}
