//! What is known of X server and monitors.

use std::net::SocketAddr;
use std::time::Duration;

use super::Fact;
use super::api::ToldExhibit;
use crate::core::types::{MonitorSeen, OutputSeen, Told, WindowSeen};

/// What is known of X server and monitors.
#[derive(Clone, Debug)]
pub struct Display {
    /// Why there should be an X server here, though none was found: a log-in is set up for it. `false` where nothing of
    /// a kiosk is here.
    pub expected: bool,
    /// What the X server shows; an error also where no session was found.
    pub server: Fact<Server>,
    /// What is wrong where the X server cannot be asked; `None` where that only is not permitted, or unknown.
    pub trouble: Option<Trouble>,
    /// The X session that was found, as `$DISPLAY`; `None` where there is none.
    pub session: Option<String>,
    /// What of the configuration's names of screens is ambiguous, in English.
    pub ambiguous: Fact<Vec<String>>,
    /// What is wrong with the curtains, by exhibit, in English.
    pub curtain_flaws: Fact<Vec<(String, Fact<Vec<String>>)>>,
    /// How many fonts there are (`fc-list`).
    pub fonts: Fact<usize>,
    /// virt-viewer's version; `None` where it is not installed.
    pub viewer_version: Fact<Option<(u32, u32)>>,
    /// The options that Vitrine gives it and that it does not know.
    pub viewer_lacks: Fact<Vec<String>>,
    /// Folders for the viewers' settings that belong to somebody else than the kiosk's user.
    pub foreign_folders: Fact<Vec<String>>,
    /// What Xorg's log says.
    pub log: Fact<ServerLog>,
}

/// Why an X server cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The kiosk's user has no session with one.
    NoSession,
    /// It did not answer within this time.
    Silent(Duration),
    /// It lacks what Vitrine needs.
    Lacking,
}

/// What an X server shows and does.
#[derive(Clone, Debug)]
pub struct Server {
    /// As `$DISPLAY` has it.
    pub display: String,
    /// The file with the cookie that lets one in, where one is needed.
    pub authority: Option<String>,
    /// Its version, such as `21.1.7`, with who made it.
    pub version: String,
    /// How long a question that costs nothing took.
    pub answer: Duration,
    /// RandR's version.
    pub randr: (u32, u32),
    /// It draws on a Wayland compositor.
    pub is_on_wayland: bool,
    /// What the window manager calls itself; `None` where none follows EWMH.
    pub window_manager: Option<String>,
    /// A compositing manager draws what is seen.
    pub composited: bool,
    /// The screen saver begins after so many seconds; 0 for never.
    pub saver: u32,
    /// Monitors are put to sleep after so many seconds; 0 for never.
    pub sleep_after: u32,
    /// They sleep now.
    pub asleep: bool,
    /// Every output.
    pub outputs: Vec<OutputSeen>,
    /// The lit monitors.
    pub monitors: Vec<MonitorSeen>,
    /// The windows that are mapped, from below to above.
    pub windows: Vec<WindowSeen>,
}

/// What Xorg's log says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerLog {
    /// The drivers of the outputs, such as `modeset`, `intel`, `VESA`.
    pub drivers: Vec<String>,
    /// Its lines that begin with `(EE)` and say something.
    pub errors: Vec<String>,
}

/// What is known of how an exhibit is shown.
#[derive(Clone, Debug)]
pub struct OfExhibit {
    /// What the daemon says of it.
    pub told: Fact<ToldExhibit>,
    /// The viewers of its VM that run.
    pub viewers: Fact<Vec<Viewer>>,
    /// The display of its VM as it runs; `None` where it does not run.
    pub door: Fact<Option<Graphics>>,
    /// Whether its VM has a sound device that is played on this computer.
    pub sounds: Fact<bool>,
}

/// A viewer that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Its process.
    pub pid: u32,
    /// It was launched by Vitrine.
    pub by_vitrine: bool,
    /// It has `--kiosk`.
    pub kiosk: bool,
}

/// The display of a VM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graphics {
    /// `spice` or `vnc`; anything else as libvirt has it, empty where there is none.
    pub kind: String,
    /// Where it listens; `None` where it does so at no port.
    pub address: Option<SocketAddr>,
    /// What came of a connection there.
    pub answer: GraphicsAnswer,
    /// Who listens there, where that could be known.
    pub owner: Option<(String, u32)>,
    /// Who else than this VM's viewer is connected to it: programs here with their process, addresses elsewhere.
    pub others: Vec<String>,
    /// Somebody is connected of whom only root may learn who that is.
    pub unseen: bool,
}

/// What came of a connection to a VM's display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphicsAnswer {
    /// It takes connections.
    Takes,
    /// Nobody listens.
    Refuses,
    /// Nothing came back in time, as behind a firewall.
    Silent,
    /// What is there speaks another language.
    Other,
    /// It cannot be tried: a socket, or nothing at all.
    NotTried,
}

impl Display {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            expected: false,
            server: Err(why.clone()),
            trouble: None,
            session: None,
            ambiguous: Err(why.clone()),
            curtain_flaws: Err(why.clone()),
            fonts: Err(why.clone()),
            viewer_version: Err(why.clone()),
            viewer_lacks: Err(why.clone()),
            foreign_folders: Err(why.clone()),
            log: Err(why.clone()),
        }
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        use crate::core::types::{Mode, Monitor, PictureSeen, Rect, Rotation};
        let full_hd = Mode { width: 1920, height: 1080, rate: Some(60_000) };
        let rect = Rect { x: 0, y: 0, width: 1920, height: 1080 };
        let monitor = Monitor { index: 1, connector: "HDMI-1".to_owned(), edid: None, rect, primary: true };
        Self {
            expected: true,
            trouble: None,
            session: Some(":0".to_owned()),
            server: Ok(Server {
                display: ":0".to_owned(),
                authority: None,
                version: "The X.Org Foundation 21.1.7".to_owned(),
                answer: Duration::from_micros(200),
                randr: (1, 6),
                is_on_wayland: false,
                window_manager: Some("Openbox".to_owned()),
                composited: false,
                saver: 0,
                sleep_after: 0,
                asleep: false,
                outputs: vec![OutputSeen {
                    connector: "HDMI-1".to_owned(),
                    edid: None,
                    connected: true,
                    shows: Some((full_hd, Rotation::Normal, rect)),
                    modes: vec![full_hd],
                }],
                monitors: vec![MonitorSeen {
                    monitor,
                    picture: Ok(PictureSeen { pixels: vec![[1, 2, 3], [200, 0, 0]], only: None }),
                }],
                windows: vec![WindowSeen {
                    rect,
                    title: "eden-garden-vm (1)".to_owned(),
                    class: "Virt-viewer".to_owned(),
                    pids: vec![900, 700, 1],
                    hidden: false,
                    ours: false,
                }],
            }),
            ambiguous: Ok(Vec::new()),
            curtain_flaws: Ok(Vec::new()),
            fonts: Ok(40),
            viewer_version: Ok(Some((11, 0))),
            viewer_lacks: Ok(Vec::new()),
            foreign_folders: Ok(Vec::new()),
            log: Ok(ServerLog { drivers: vec!["modeset".to_owned()], ..ServerLog::default() }),
        }
    }
}

impl OfExhibit {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            told: Err(why.clone()),
            viewers: Err(why.clone()),
            door: Err(why.clone()),
            sounds: Err(why.clone()),
        }
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        Self {
            told: Ok(ToldExhibit::well()),
            viewers: Ok(vec![Viewer { pid: 900, by_vitrine: true, kiosk: true }]),
            door: Ok(Some(Graphics {
                kind: "spice".to_owned(),
                address: Some(([127, 0, 0, 1], 5900).into()),
                answer: GraphicsAnswer::Takes,
                owner: Some(("qemu-system-x86".to_owned(), 800)),
                others: Vec::new(),
                unseen: false,
            })),
            sounds: Ok(true),
        }
    }
}
