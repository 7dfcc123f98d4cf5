//! What the INI file says, checked.

use crate::text::Text;

/// Everything that can be set. What the file does not say, or says wrongly, is as in [`Settings::defaults`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where the host listens.
    pub host: Host,
    /// What is watched.
    pub artwork: Artwork,
    /// What becomes of other windows.
    pub windows: Windows,
    /// After how long without input the host is told, in milliseconds; 0 is never.
    pub idle_after: u32,
    /// Whether this computer's clock follows the host's.
    pub set_clock: bool,
    /// What is pressed in the artwork when the host says so.
    pub button: Button,
    /// How many KiB the log and the one before it may have together.
    pub log_limit: u32,
    /// Whether only calls of the oldest systems are used, where there are newer ones. For tests.
    pub old_calls: bool,
}

/// Where the host listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// An IPv4 address. No name: looking one up may take a quarter of a minute.
    pub address: [u8; 4],
    /// The port of the API.
    pub port: u16,
    /// The exhibit's name, where the host does not know it by the guest's address. May be empty.
    pub exhibit: Text<64>,
    /// How often it is told that the artwork lives, in milliseconds.
    pub beat_interval: u32,
}

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Artwork {
    /// The command line that starts it. Empty where somebody else does.
    pub start: Text<260>,
    /// The folder that it is started in. Empty for the folder of its program.
    pub folder: Text<260>,
    /// The file name of its program. Empty where only windows are looked at.
    pub program: Text<64>,
    /// A pattern for the title of its window. Empty for any window of its program that is no dialogue.
    pub window: Text<128>,
    /// Windows that mean that it has failed, a line for each; see [`crate::pattern::means`].
    pub trouble: Text<512>,
    /// How long it may take to start, in milliseconds.
    pub start_within: u32,
    /// How long something may be wrong before anything is done, in milliseconds.
    pub grace: u32,
    /// How long its window may not answer, in milliseconds.
    pub hung_after: u32,
    /// Whether it is to be in front of everything else.
    pub front: bool,
    /// What is done.
    pub on_fault: OnFault,
    /// How often it is started anew within ten minutes before the host is asked to put everything back.
    pub restarts: u32,
}

impl Artwork {
    /// Whether there is anything to look at.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        !self.program.is_empty() || !self.window.is_empty()
    }
}

/// What is done where the artwork has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFault {
    /// It is ended and started anew; where that does not help, the host is asked.
    Restart,
    /// The host is asked to put everything back.
    Revert,
    /// The host is told with each beat, and nothing else.
    Tell,
}

/// What becomes of windows that are not the artwork's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Whether they are closed.
    pub close: Close,
    /// Those that may stay, a line for each; see [`crate::pattern::means`].
    pub allow: Text<1024>,
}

/// Whether windows are closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// They are let be.
    No,
    /// The log says which would be closed.
    Log,
    /// They are.
    Yes,
}

/// What is pressed in the artwork when the host says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Button {
    /// Where the host is asked.
    pub ask: Ask,
    /// How often, in milliseconds.
    pub interval: u32,
    /// What is pressed.
    pub press: Press,
    /// What must be on the screen for it.
    pub pixel: Option<Pixel>,
}

/// Where the host is asked whether the button is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Not at all.
    No,
    /// At `/api/v1/button-status`, which hands each press out once.
    Button,
    /// At `/api/v1/poll/NAME`, which says what is so: pressed is what changes to `1`, `on`, `yes`, `true` or `pressed`.
    Poll(Text<32>),
}

/// What is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// Nothing.
    Nothing,
    /// A key, by its code in Windows.
    Key(u8),
    /// The left button of the mouse, at this place of the screen.
    Click(u16, u16),
}

/// A colour that must be somewhere on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixel {
    /// From the left edge.
    pub x: u16,
    /// From the upper edge.
    pub y: u16,
    /// Red, green, blue.
    pub colour: [u8; 3],
    /// By how much each of them may differ.
    pub tolerance: u8,
}

impl Settings {
    /// Nothing at all: room for what [`Self::reset`] sets.
    const BLANK: Self = Self {
        host: Host { address: [0; 4], port: 0, exhibit: Text::EMPTY, beat_interval: 0 },
        artwork: Artwork {
            start: Text::EMPTY,
            folder: Text::EMPTY,
            program: Text::EMPTY,
            window: Text::EMPTY,
            trouble: Text::EMPTY,
            start_within: 0,
            grace: 0,
            hung_after: 0,
            front: false,
            on_fault: OnFault::Restart,
            restarts: 0,
        },
        windows: Windows { close: Close::No, allow: Text::EMPTY },
        idle_after: 0,
        set_clock: false,
        button: Button { ask: Ask::No, interval: 0, press: Press::Nothing, pixel: None },
        log_limit: 0,
        old_calls: false,
    };

    /// What is so where nothing is said.
    #[must_use]
    pub fn defaults() -> Self {
        let mut settings = Self::BLANK;
        settings.reset();
        settings
    }

    /// Makes them [`Self::defaults`], in their place: a constant would be in the program with all its room for texts.
    #[inline(never)]
    pub fn reset(&mut self) {
        // The host in libvirt's network `default`.
        self.host.address = [192, 168, 122, 1];
        self.host.port = 8000;
        self.host.exhibit.clear();
        self.host.beat_interval = 1_000;
        let artwork = &mut self.artwork;
        artwork.start.clear();
        artwork.folder.clear();
        artwork.program.clear();
        artwork.window.clear();
        artwork.trouble.clear();
        artwork.start_within = 120_000;
        artwork.grace = 5_000;
        artwork.hung_after = 20_000;
        artwork.front = true;
        artwork.on_fault = OnFault::Restart;
        artwork.restarts = 3;
        self.windows.close = Close::No;
        self.windows.allow.clear();
        self.idle_after = 0;
        self.set_clock = true;
        self.button.ask = Ask::No;
        self.button.interval = 500;
        self.button.press = Press::Nothing;
        self.button.pixel = None;
        self.log_limit = 256;
        self.old_calls = false;
    }
}
