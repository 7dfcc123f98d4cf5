//! What is on the screen, and what it means for the artwork.

use vitrine_guest_protocol::pattern::{self, any_means};
use vitrine_guest_protocol::settings::Settings;
use vitrine_guest_protocol::watch::{self, Process, is_windowless};

use crate::programs::Program;

/// A window, as the X server numbers it.
pub(crate) type Handle = u32;

/// What a window is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A program's own.
    #[default]
    Normal,
    /// It belongs to another one, or says that it is a dialogue.
    Dialogue,
    /// The desktop or a panel.
    Shell,
    /// No window manager looks after it: menus, tips, what slides about, some artworks that fill the screen.
    Free,
}

/// A window, as it was at the last look.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    pub(crate) handle: Handle,
    /// 0 where nobody says whose it is.
    pub(crate) process: i32,
    pub(crate) kind: Kind,
    pub(crate) visible: bool,
    pub(crate) minimised: bool,
    /// Whether it does not answer; `None` where it cannot be asked.
    pub(crate) hung: Option<bool>,
    /// Whether it can be told to close.
    pub(crate) closes: bool,
    /// One byte for each letter, as the INI has them.
    pub(crate) title: Vec<u8>,
    pub(crate) class: Vec<u8>,
    /// What its program calls itself (the first part of WM_CLASS).
    pub(crate) instance: Vec<u8>,
    /// Left, top, right, bottom on the screen, with its frame.
    pub(crate) place: [i32; 4],
}

/// Everything on the screen.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// From the front.
    pub(crate) windows: Vec<Window>,
    /// The one that has the keys; 0 where nobody says.
    pub(crate) active: Handle,
    /// Whether there is a window manager that can be asked to do something.
    pub(crate) is_managed: bool,
}

/// All that was seen, with the settings that give it a meaning.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) view: &'a View,
    pub(crate) programs: &'a [Program],
    pub(crate) settings: &'a Settings,
}

impl<'a> Scene<'a> {
    /// The name of the program that a window belongs to; empty where that is not known.
    pub(crate) fn program_of(&self, window: &'a Window) -> &'a [u8] {
        let program = self.programs.iter().find(|program| program.process == window.process);
        program.map_or(&window.instance, Program::name)
    }

    fn named(&self, window: &'a Window) -> pattern::Window<'a> {
        pattern::Window { title: &window.title, class: &window.class, program: self.program_of(window) }
    }

    /// Whether this window is of the artwork's program. Where no program is named, every one may be.
    fn is_artworks(&self, window: &Window) -> bool {
        let name = self.settings.artwork.program.bytes();
        if name.is_empty() {
            return true;
        }
        match self.programs.iter().find(|program| program.process == window.process) {
            Some(program) => program.is(name),
            // Old programs do not say whose their windows are; then a title is enough.
            None => window.instance.eq_ignore_ascii_case(name) || !self.settings.artwork.window.is_empty(),
        }
    }

    /// Whether this is a window that the artwork's own could be: by its title, or else any that is no dialogue.
    pub(crate) fn is_artwork(&self, window: &Window) -> bool {
        let artwork = &self.settings.artwork;
        if is_windowless(artwork) || !self.is_artworks(window) {
            return false;
        }
        if !artwork.window.is_empty() {
            return pattern::matches(artwork.window.bytes(), &window.title);
        }
        // Without a title and a program, nothing is known about it.
        !artwork.program.is_empty() && matches!(window.kind, Kind::Normal | Kind::Free)
    }

    /// Whether this window means that the artwork has failed: a dialogue of its own, or one that the settings name.
    pub(crate) fn is_trouble(&self, window: &Window) -> bool {
        if !window.visible || any_means(self.settings.windows.allow.bytes(), self.named(window)) {
            return false;
        }
        let own = !self.settings.artwork.program.is_empty()
            && window.kind == Kind::Dialogue
            && self.is_artworks(window)
            && !self.is_artwork(window);
        own || any_means(self.settings.artwork.trouble.bytes(), self.named(window))
    }

    /// Whether this window is one that may not be there.
    pub(crate) fn is_stranger(&self, window: &Window) -> bool {
        window.visible
            && matches!(window.kind, Kind::Normal | Kind::Dialogue)
            && !self.belongs_to_artwork(window)
            && !any_means(self.settings.windows.allow.bytes(), self.named(window))
    }

    fn belongs_to_artwork(&self, window: &Window) -> bool {
        (!self.settings.artwork.program.is_empty() && self.is_artworks(window)) || self.is_artwork(window)
    }

    /// The artwork's window, the best one where there are several: of those that are as well to be seen, the largest.
    pub(crate) fn artwork(&self) -> Option<&'a Window> {
        let of_artwork = self.view.windows.iter().filter(|window| self.is_artwork(window));
        of_artwork.max_by_key(|window| {
            let [left, top, right, bottom] = window.place;
            let rank = u8::from(window.visible) * 2 + u8::from(!window.minimised);
            (rank, i64::from(right - left) * i64::from(bottom - top))
        })
    }

    /// The processes of the artwork. The first one of all, and the kit itself, are never among them.
    pub(crate) fn processes(&self) -> Vec<i32> {
        let own = i32::try_from(std::process::id()).unwrap_or(0);
        let name = self.settings.artwork.program.bytes();
        let mut found: Vec<i32> = if name.is_empty() {
            self.artwork().map(|window| window.process).into_iter().collect()
        } else {
            self.programs.iter().filter(|program| program.is(name)).map(|program| program.process).collect()
        };
        found.retain(|process| *process > 1 && *process != own);
        found
    }

    /// What the watch wants to know, and the title of the window that means trouble.
    pub(crate) fn look(&self) -> (watch::Look, &'a [u8]) {
        let trouble = self.view.windows.iter().find(|window| self.is_trouble(window));
        let window = self.artwork();
        let look = watch::Look {
            process: if self.settings.artwork.program.is_empty() {
                Process::Unknown
            } else if self.processes().is_empty() {
                Process::Missing
            } else {
                Process::There
            },
            window: window.map(|window| watch::Window {
                visible: window.visible,
                minimised: window.minimised,
                hung: window.hung == Some(true),
            }),
            trouble: trouble.is_some(),
            behind: window.is_some_and(|window| self.is_behind(window)),
        };
        (look, trouble.map_or(&[], |window| &window.title))
    }

    /// Whether another program's window is over the artwork's, or has the keys.
    fn is_behind(&self, artwork: &Window) -> bool {
        let may_be = |window: &&Window| {
            window.handle != artwork.handle && self.is_stranger(window) && !window.minimised
        };
        let above = self.view.windows.iter().take_while(|window| window.handle != artwork.handle);
        above.filter(may_be).any(|window| overlap(window.place, artwork.place))
            || self.view.windows.iter().filter(may_be).any(|window| window.handle == self.view.active)
    }
}

fn overlap(one: [i32; 4], other: [i32; 4]) -> bool {
    let ([left, top, right, bottom], [left2, top2, right2, bottom2]) = (one, other);
    left < right2 && left2 < right && top < bottom2 && top2 < bottom
}

#[cfg(test)]
mod tests;
