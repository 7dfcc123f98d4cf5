//! What is on the screen and which programs run.

use crate::win32::*;
use vitrine_guest_protocol::pattern::{self, any_means};
use vitrine_guest_protocol::settings::Settings;
use vitrine_guest_protocol::text::{file_name, Text};
use vitrine_guest_protocol::watch::{self, is_windowless, Process};

const MAX_WINDOWS: usize = 128;
const MAX_PROGRAMS: usize = 192;

const WM_NULL: u32 = 0;
const ABORT_IF_HUNG: u32 = 2;
/// How long a window may take to answer a message that asks for nothing, in milliseconds.
const ANSWER_WITHIN: u32 = 200;
const EXTENDED_STYLE: i32 = -20;
const TOOL_WINDOW: u32 = 0x80;
const CLOAKED: u32 = 14;

/// Windows' own: desktop, task bar, menus, tips, what slides about.
const SHELL: &[&[u8]] = &[
    b"Progman", b"WorkerW", b"Shell_TrayWnd", b"Shell_SecondaryTrayWnd", b"Button", b"DV2ControlHost", b"BaseBar",
    b"#32768", b"#32769", b"tooltips_class32", b"SysShadow", b"IME", b"MSCTFIME UI", b"NotifyIconOverflowWindow",
    b"Windows.UI.Core.CoreWindow", b"WindowsScreenSaverClass",
];

/// A window, as it was at the last look. In their order on the screen, from the front.
#[derive(Clone, Copy)]
pub struct WindowSeen {
    pub handle: Hwnd,
    pub process: u32,
    pub visible: bool,
    pub minimised: bool,
    pub title: Text<96>,
    pub class: Text<40>,
}

/// A program that runs.
#[derive(Clone, Copy)]
pub struct ProgramSeen {
    pub process: u32,
    pub name: Text<48>,
}

/// Functions that not every Windows has.
#[derive(Clone, Copy)]
pub struct Newer {
    pub processes: Option<Processes>,
    is_hung: Option<extern "system" fn(Hwnd) -> i32>,
    attribute: Option<extern "system" fn(Hwnd, u32, *mut u32, u32) -> i32>,
    pub last_input: Option<extern "system" fn(*mut [u32; 2]) -> i32>,
    pub switch_to: Option<extern "system" fn(Hwnd, i32)>,
}

/// Toolhelp: Windows 95, 98, Me, 2000 and all later ones.
#[derive(Clone, Copy)]
pub struct Processes {
    snapshot: extern "system" fn(u32, u32) -> Handle,
    first: extern "system" fn(Handle, *mut ProcessEntry) -> i32,
    next: extern "system" fn(Handle, *mut ProcessEntry) -> i32,
}

impl Newer {
    pub const NONE: Self =
        Self { processes: None, is_hung: None, attribute: None, last_input: None, switch_to: None };

    #[inline(never)]
    pub fn find() -> Self {
        use core::mem::transmute;
        let kernel = b"kernel32\0";
        let user = b"user32\0";
        unsafe {
            let processes = match (
                function(kernel, b"CreateToolhelp32Snapshot\0"),
                function(kernel, b"Process32First\0"),
                function(kernel, b"Process32Next\0"),
            ) {
                (Some(snapshot), Some(first), Some(next)) => Some(Processes {
                    snapshot: transmute(snapshot),
                    first: transmute(first),
                    next: transmute(next),
                }),
                _ => None,
            };
            Self {
                processes,
                is_hung: function(user, b"IsHungAppWindow\0").map(|address| transmute(address)),
                attribute: function(b"dwmapi\0", b"DwmGetWindowAttribute\0").map(|address| transmute(address)),
                last_input: function(user, b"GetLastInputInfo\0").map(|address| transmute(address)),
                switch_to: function(user, b"SwitchToThisWindow\0").map(|address| transmute(address)),
            }
        }
    }
}

/// What was seen.
pub struct Seen {
    windows: [WindowSeen; MAX_WINDOWS],
    window_count: usize,
    programs: [ProgramSeen; MAX_PROGRAMS],
    program_count: usize,
    /// Whether there is a list of programs at all.
    pub has_programs: bool,
    front: Hwnd,
    /// The program that the kit has started, for where there is no list.
    pub child: Handle,
    pub child_process: u32,
}

impl Seen {
    pub fn windows(&self) -> &[WindowSeen] {
        self.windows.get(..self.window_count).unwrap_or(&[])
    }

    pub fn programs(&self) -> &[ProgramSeen] {
        self.programs.get(..self.program_count).unwrap_or(&[])
    }

    /// Looks at everything anew.
    #[inline(never)]
    pub fn take(&mut self, newer: &Newer) {
        self.window_count = 0;
        self.program_count = 0;
        unsafe {
            self.front = GetForegroundWindow();
            EnumWindows(one_window, self as *mut Self as u32);
        }
        for index in 0..self.window_count {
            if let (Some(attribute), Some(window)) = (newer.attribute, self.windows.get_mut(index)) {
                let mut cloaked = 0;
                // A sleeping app of Windows 10 counts as visible, but nobody sees it.
                if attribute(window.handle, CLOAKED, &mut cloaked, 4) == 0 && cloaked != 0 {
                    window.visible = false;
                }
            }
        }
        self.has_programs = newer.processes.map_or(false, |processes| self.take_programs(processes));
    }

    #[inline(never)]
    fn take_programs(&mut self, processes: Processes) -> bool {
        let snapshot = (processes.snapshot)(2, 0);
        if snapshot == INVALID {
            return false;
        }
        let mut entry = ProcessEntry {
            size: core::mem::size_of::<ProcessEntry>() as u32,
            usage: 0,
            process_id: 0,
            heap: 0,
            module: 0,
            threads: 0,
            parent: 0,
            priority: 0,
            flags: 0,
            file: [0; 260],
        };
        let mut more = (processes.first)(snapshot, &mut entry);
        while more != 0 {
            if let Some(place) = self.programs.get_mut(self.program_count) {
                // Windows 95 has the whole path here.
                *place = ProgramSeen { process: entry.process_id, name: Text::of(file_name(up_to_zero(&entry.file))) };
                self.program_count += 1;
            }
            more = (processes.next)(snapshot, &mut entry);
        }
        unsafe { CloseHandle(snapshot) };
        self.program_count > 0
    }

    /// The file name of the program with this number; empty where that is not known.
    #[inline(never)]
    pub fn program_of(&self, process: u32) -> &[u8] {
        self.programs().iter().find(|program| program.process == process).map_or(&[], |program| program.name.bytes())
    }

    /// The window as lists know it.
    #[inline(never)]
    pub fn named<'a>(&'a self, window: &'a WindowSeen) -> pattern::Window<'a> {
        pattern::Window {
            title: window.title.bytes(),
            class: window.class.bytes(),
            program: self.program_of(window.process),
        }
    }

    /// Whether this process is the artwork's. Where no program is named, or nobody can say, every one may be.
    #[inline(never)]
    pub fn is_artworks(&self, process: u32, settings: &Settings) -> bool {
        let program = settings.artwork.program.bytes();
        if program.is_empty() {
            true
        } else if self.has_programs {
            self.program_of(process).eq_ignore_ascii_case(program)
        } else {
            self.child == 0 || process == self.child_process
        }
    }

    /// Whether this is a window that the artwork's own could be: by its title, or else any that is no dialogue.
    #[inline(never)]
    pub fn is_artwork(&self, window: &WindowSeen, settings: &Settings) -> bool {
        let title = settings.artwork.window.bytes();
        if !self.is_artworks(window.process, settings) || is_windowless(&settings.artwork) {
            return false;
        }
        if !title.is_empty() {
            return pattern::matches(title, window.title.bytes());
        }
        // Without a title and a program, nothing is known about it.
        let known = self.has_programs || self.child != 0;
        known && window.class.bytes() != DIALOGUE && !is_tool(window.handle) && !is_shell(window)
    }

    /// Whether this window means that the artwork has failed: an error box of its own, or one that the settings name.
    #[inline(never)]
    pub fn is_trouble(&self, window: &WindowSeen, settings: &Settings) -> bool {
        if !window.visible || any_means(settings.windows.allow.bytes(), self.named(window)) {
            return false;
        }
        let own = !settings.artwork.program.is_empty()
            && (self.has_programs || self.child != 0)
            && self.is_artworks(window.process, settings)
            && window.class.bytes() == DIALOGUE
            && !self.is_artwork(window, settings);
        own || any_means(settings.artwork.trouble.bytes(), self.named(window))
    }

    /// Whether this window is one that may not be there.
    #[inline(never)]
    pub fn is_stranger(&self, window: &WindowSeen, settings: &Settings) -> bool {
        window.visible
            && !is_shell(window)
            && window.process != unsafe { GetCurrentProcessId() }
            && !self.belongs_to_artwork(window, settings)
            && !any_means(settings.windows.allow.bytes(), self.named(window))
    }

    #[inline(never)]
    fn belongs_to_artwork(&self, window: &WindowSeen, settings: &Settings) -> bool {
        let by_program = !settings.artwork.program.is_empty()
            && (self.has_programs || self.child != 0)
            && self.is_artworks(window.process, settings);
        by_program || self.is_artwork(window, settings)
    }

    /// The artwork's window, the best one where there are several.
    #[inline(never)]
    pub fn artwork(&self, settings: &Settings) -> Option<&WindowSeen> {
        let of_artwork = self.windows().iter().filter(|window| self.is_artwork(window, settings));
        let mut best: Option<&WindowSeen> = None;
        for window in of_artwork {
            let rank = |window: &WindowSeen| u8::from(window.visible) * 2 + u8::from(!window.minimised);
            if best.map_or(true, |best| rank(window) > rank(best)) {
                best = Some(window);
            }
        }
        best
    }

    /// What the watch wants to know, and the title of the window that means trouble.
    #[inline(never)]
    pub fn look(&self, settings: &Settings, newer: &Newer) -> (watch::Look, &[u8]) {
        let trouble = self.windows().iter().find(|window| self.is_trouble(window, settings));
        let window = self.artwork(settings);
        let look = watch::Look {
            process: self.process(settings),
            window: window.map(|window| watch::Window {
                visible: window.visible,
                minimised: window.minimised,
                hung: is_hung(window.handle, newer),
            }),
            trouble: trouble.is_some(),
            behind: window.map_or(false, |window| self.is_behind(window, settings)),
        };
        (look, trouble.map_or(&[], |window| window.title.bytes()))
    }

    #[inline(never)]
    fn process(&self, settings: &Settings) -> Process {
        let program = settings.artwork.program.bytes();
        let there = if program.is_empty() {
            return Process::Unknown;
        } else if self.has_programs {
            self.programs().iter().any(|seen| seen.name.bytes().eq_ignore_ascii_case(program))
        } else if self.child != 0 {
            unsafe { WaitForSingleObject(self.child, 0) != 0 }
        } else {
            return Process::Unknown;
        };
        if there {
            Process::There
        } else {
            Process::Missing
        }
    }

    #[inline(never)]
    fn is_behind(&self, artwork: &WindowSeen, settings: &Settings) -> bool {
        let front = match self.windows().iter().find(|window| window.handle == self.front) {
            // For a moment nothing is in front, while it changes.
            None => return false,
            Some(front) => front,
        };
        front.handle != artwork.handle
            && front.visible
            && front.process != unsafe { GetCurrentProcessId() }
            && !self.belongs_to_artwork(front, settings)
            && !any_means(settings.windows.allow.bytes(), self.named(front))
    }
}

/// The class of dialogues and message boxes.
const DIALOGUE: &[u8] = b"#32770";

fn is_shell(window: &WindowSeen) -> bool {
    SHELL.iter().any(|class| *class == window.class.bytes())
}

fn is_tool(window: Hwnd) -> bool {
    unsafe { GetWindowLongA(window, EXTENDED_STYLE) & TOOL_WINDOW != 0 }
}

/// Whether a window does not answer. Windows itself is asked only where it is slow, since its own word takes 5 s.
fn is_hung(window: Hwnd, newer: &Newer) -> bool {
    let mut result = 0;
    let answers = unsafe { SendMessageTimeoutA(window, WM_NULL, 0, 0, ABORT_IF_HUNG, ANSWER_WITHIN, &mut result) };
    answers == 0 && newer.is_hung.map_or(true, |is_hung| is_hung(window) != 0)
}

extern "system" fn one_window(handle: Hwnd, seen: u32) -> i32 {
    let seen = unsafe { &mut *(seen as *mut Seen) };
    let place = match seen.windows.get_mut(seen.window_count) {
        Some(place) => place,
        None => return 0,
    };
    seen.window_count += 1;
    let mut rect = Rect { left: 0, top: 0, right: 0, bottom: 0 };
    unsafe {
        GetWindowThreadProcessId(handle, &mut place.process);
        GetWindowRect(handle, &mut rect);
        place.handle = handle;
        place.minimised = IsIconic(handle) != 0;
        // Some programs have a window without size that counts as visible.
        place.visible = IsWindowVisible(handle) != 0 && rect.right > rect.left && rect.bottom > rect.top;
        let title = GetWindowTextA(handle, place.title.room().as_mut_ptr(), 96);
        place.title.filled(title.max(0) as usize);
        let class = GetClassNameA(handle, place.class.room().as_mut_ptr(), 40);
        place.class.filled(class.max(0) as usize);
    }
    1
}

/// Up to the zero that ends it.
pub fn up_to_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or(bytes)
}
