//! The guest kit for Windows 95 to 11: one program without a runtime. What it decides is in `guest/protocol`; here is
//! only what Windows is asked and told.
//!
//! One thread goes round twenty times a second and never waits for anybody: not for the host, not for a window that
//! hangs longer than a moment. So nothing races, and after a restored snapshot all of it goes on together.

#![no_std]
#![no_main]

mod act;
mod check;
mod files;
mod install;
mod look;
mod net;
mod win32;

use core::arch::asm;
use core::mem::MaybeUninit;
use core::ptr::addr_of_mut;

use look::{Newer, Seen};
use net::{Exchange, Step};
use vitrine_guest_protocol::button::Turn;
use vitrine_guest_protocol::calls::Call;
use vitrine_guest_protocol::http::TIMEOUT;
use vitrine_guest_protocol::kit::Kit;
use vitrine_guest_protocol::log::{note, say};
use vitrine_guest_protocol::settings::Close;
use vitrine_guest_protocol::strangers::Measure;
use vitrine_guest_protocol::text::Text;
use vitrine_guest_protocol::time::{Millis, Ticks};
use vitrine_guest_protocol::watch::Act;
use vitrine_guest_protocol::VERSION;
use win32::*;

/// The class of the kit's hidden window, by which it is found.
pub const CLASS: &[u8] = b"VitrineGuest\0";

/// How often windows and programs are looked at, in milliseconds.
const LOOK: Millis = 500;
/// How often it is looked whether the INI has changed, in milliseconds.
const INI: Millis = 2_000;
/// How long a round waits for something to happen, in milliseconds; less where an answer is awaited.
const ROUND: u32 = 50;
const ROUND_WHILE_CALLING: u32 = 10;
/// A kit that starts within this time of Windows' own start was started by that, in milliseconds.
const BOOT: u32 = 600_000;

const WM_CLOSE: u32 = 0x10;
const WM_ENDSESSION: u32 = 0x16;
const ALREADY_EXISTS: u32 = 183;
const LOG_OFF: u32 = 0x8000_0000;

/// Everything.
pub struct App {
    pub kit: Kit,
    pub ticks: Ticks,
    pub now: Millis,
    pub newer: Newer,
    pub seen: Seen,
    pub exchange: Exchange,
    log: files::Log,
    agent: Text<64>,
    /// Of the INI file that was read.
    stamp: Option<[u32; 3]>,
    has_read: bool,
    look_at: Millis,
    ini_at: Millis,
    pointer: Point,
    ends: bool,
}

/// Not written out in the program, which would be as large as all of it: see [`App::begin`].
static mut APP: MaybeUninit<App> = MaybeUninit::uninit();

/// Where it lies is hidden from the compiler, which would write the whole address into each instruction, in place of a
/// short distance: half of the program would be addresses.
fn app() -> &'static mut App {
    unsafe {
        let mut app = APP.as_mut_ptr();
        asm!("/* {} */", inout(reg) app, options(nomem, nostack, preserves_flags));
        &mut *app
    }
}

/// Where Windows begins.
#[no_mangle]
pub extern "C" fn start() -> ! {
    let app = App::begin();
    let command = look::up_to_zero(unsafe { core::slice::from_raw_parts(GetCommandLineA(), command_length()) });
    let quiet = has_word(command, b"/quiet");
    if has_word(command, b"/install") {
        tell(install::install(), quiet);
    } else if has_word(command, b"/remove") {
        tell(install::remove(), quiet);
    } else if has_word(command, b"/check") {
        let agent = app.agent;
        check::show(app, agent.bytes(), quiet);
    } else if has_word(command, b"/stop") {
        unsafe { PostMessageA(FindWindowA(CLASS.as_ptr(), core::ptr::null()), WM_CLOSE, 0, 0) };
    } else {
        app.run();
    }
    unsafe { ExitProcess(0) }
}

#[inline(never)]
fn command_length() -> usize {
    let mut len = 0;
    while unsafe { *GetCommandLineA().add(len) } != 0 {
        len += 1;
    }
    len
}

/// Whether the word ends an argument, in large or small letters. A path is no such word.
fn has_word(command: &[u8], word: &[u8]) -> bool {
    command.split(|byte| *byte == b' ').any(|argument| argument.eq_ignore_ascii_case(word))
}

/// Says what came of it. A script reads the exit code.
fn tell(done: install::Done, quiet: bool) -> ! {
    let well = matches!(done, install::Done::Installed | install::Done::Removed);
    unsafe {
        if !quiet {
            MessageBoxA(0, done.words().as_ptr(), b"Vitrine\0".as_ptr(), if well { 0x40 } else { 0x10 });
        }
        ExitProcess(u32::from(!well))
    }
}

/// Makes a class of windows; the program's own handle, which windows of it take.
#[inline(never)]
pub fn register(name: &[u8], procedure: extern "system" fn(Hwnd, u32, u32, u32) -> u32) -> Handle {
    unsafe {
        let class = WindowClass {
            style: 0,
            procedure,
            class_extra: 0,
            window_extra: 0,
            instance: GetModuleHandleA(core::ptr::null()),
            icon: 0,
            cursor: 0,
            background: 0,
            menu: core::ptr::null(),
            name: name.as_ptr(),
        };
        RegisterClassA(&class);
        class.instance
    }
}

extern "system" fn on_message(window: Hwnd, message: u32, w: u32, l: u32) -> u32 {
    let app = app();
    match message {
        WM_CLOSE => {
            app.ends = true;
            0
        }
        WM_ENDSESSION if w != 0 => {
            app.end_session(l & LOG_OFF != 0);
            0
        }
        _ => unsafe { DefWindowProcA(window, message, w, l) },
    }
}

impl App {
    #[inline(never)]
    fn begin() -> &'static mut Self {
        let counter = unsafe { GetTickCount() };
        // All zeros is what everything but the kit and the ticks begins with: nothing, none, empty.
        let this = app();
        unsafe {
            (this as *mut Self).write_bytes(0, 1);
            addr_of_mut!(this.kit).write(Kit::new(Millis::from(counter)));
            addr_of_mut!(this.ticks).write(Ticks::new(counter));
        }
        this.now = this.ticks.now(counter);
        this.newer = Newer::find();
        net::start();
        let version = unsafe { GetVersion() };
        this.agent.push(b"vitrine-guest/");
        this.agent.push(VERSION.as_bytes());
        this.agent.push(b" (Windows ");
        this.agent.push_number(version & 0xff);
        this.agent.push(b".");
        this.agent.push_number(version >> 8 & 0xff);
        this.agent.push(b")");
        this
    }

    #[inline(never)]
    fn run(&mut self) {
        unsafe {
            CreateMutexA(0, 0, CLASS.as_ptr());
            if GetLastError() == ALREADY_EXISTS {
                return;
            }
            let instance = register(CLASS, on_message);
            CreateWindowExA(0, CLASS.as_ptr(), CLASS.as_ptr(), 0, 0, 0, 0, 0, 0, 0, instance, 0);
            GetCursorPos(&mut self.pointer);
        }
        note(&mut self.kit.notes, &[b"the kit begins: ", self.agent.bytes()]);
        while !self.ends {
            self.round();
        }
        say(&mut self.kit.notes, b"the kit ends");
        self.write_log();
    }

    #[inline(never)]
    fn round(&mut self) {
        let mut message = Message { window: 0, message: 0, w: 0, l: 0, time: 0, point: Point { x: 0, y: 0 } };
        while unsafe { PeekMessageA(&mut message, 0, 0, 0, 1) } != 0 {
            unsafe { DispatchMessageA(&message) };
        }
        self.now = self.ticks.now(unsafe { GetTickCount() });
        if self.now >= self.ini_at {
            self.ini_at = self.now + INI;
            self.read_ini();
        }
        self.watch_input();
        if self.now >= self.look_at {
            self.look_at = self.now + LOOK;
            self.look();
        }
        self.call();
        self.press();
        self.write_log();
        let wait = if self.exchange.is_busy() { ROUND_WHILE_CALLING } else { ROUND };
        // Any message ends the waiting.
        unsafe { MsgWaitForMultipleObjects(0, core::ptr::null(), 0, wait, 0xff) };
    }

    #[inline(never)]
    fn write_log(&mut self) {
        if !self.kit.notes.is_empty() {
            self.log.write(&mut self.kit.notes, self.kit.settings.log_limit);
        }
    }

    /// Reads the INI, where it has changed.
    #[inline(never)]
    pub fn read_ini(&mut self) {
        let path = files::beside(b"ini");
        let stamp = files::stamp(&path);
        if self.has_read && stamp == self.stamp {
            return;
        }
        self.has_read = true;
        self.stamp = stamp;
        self.kit.configure(files::read(&path));
        self.newer = if self.kit.settings.old_calls { Newer::NONE } else { Newer::find() };
    }

    /// Finds out whether somebody has touched anything.
    #[inline(never)]
    pub fn watch_input(&mut self) {
        if let Some(last_input) = self.newer.last_input {
            let mut info = [8, 0];
            if last_input(&mut info) != 0 {
                self.kit.idle.input(self.ticks.past(info[1]));
                return;
            }
        }
        let mut pointer = self.pointer;
        unsafe { GetCursorPos(&mut pointer) };
        // The lowest bit: pressed since it was last asked.
        let pressed = (1..255).filter(|key| unsafe { GetAsyncKeyState(*key) } as u16 & 0x8001 != 0).count() > 0;
        if pointer != self.pointer || pressed {
            self.pointer = pointer;
            self.kit.idle.input(self.now);
        }
    }

    #[inline(never)]
    fn look(&mut self) {
        self.seen.take(&self.newer);
        let (look, trouble) = self.seen.look(&self.kit.settings, &self.newer);
        let act = self.kit.look(self.now, &look, trouble);
        let settings = &self.kit.settings;
        match act {
            Some(Act::Start) => {
                if let Err(code) = act::start(&mut self.seen, settings) {
                    self.kit.start_failed(self.now, code);
                }
            }
            Some(Act::Close) => act::close(&self.seen, settings),
            Some(Act::Kill) => act::kill(&self.seen, settings),
            Some(Act::Restore) => act::restore(&self.seen, settings),
            Some(Act::Front) => act::bring_to_front(&self.seen, settings, &self.newer),
            None => {}
        }
        self.close_strangers();
    }

    #[inline(never)]
    fn close_strangers(&mut self) {
        let close = self.kit.settings.windows.close;
        if close == Close::No {
            return;
        }
        for window in self.seen.windows().iter().filter(|window| self.seen.is_stranger(window, &self.kit.settings)) {
            let measure = match self.kit.strangers.met(self.now, window.handle) {
                Some(measure) => measure,
                None => continue,
            };
            let words: &[u8] = match (close, measure) {
                (Close::Yes, Measure::Close) => b"closes: ",
                (Close::Yes, Measure::Hide) => b"hides: ",
                _ => b"would close: ",
            };
            let program = self.seen.program_of(window.process);
            let pieces = [words, window.title.bytes(), b" | ", window.class.bytes(), b" | ", program];
            note(&mut self.kit.notes, &pieces);
            if close == Close::Yes {
                act::measure(window.handle, measure);
            } else {
                // Once is enough for a log.
                self.kit.strangers.let_be(window.handle);
            }
        }
        self.kit.strangers.looked();
    }

    #[inline(never)]
    fn call(&mut self) {
        let call = self.exchange.call;
        match self.exchange.step(self.now) {
            Step::Busy => return,
            Step::None => {}
            Step::Failed => self.kit.unheard(self.now, call),
            Step::Answered(answer) => {
                let set = self.kit.answered(self.now, call, answer, files::clock().unix());
                if let Some(host) = set {
                    // It is told afterwards, so that the line in the log has the right time.
                    let done = act::set_clock(host);
                    self.kit.clock_set(self.now, done);
                }
            }
        }
        if let Some(call) = self.kit.next_call(self.now) {
            let value: &[u8] = if unsafe { GetTickCount() } < BOOT { b"boot" } else { b"start" };
            self.begin_call(call, value);
        }
    }

    #[inline(never)]
    fn begin_call(&mut self, call: Call, value: &[u8]) {
        self.kit.begin(self.now, call, value, self.agent.bytes(), &mut self.exchange.request);
        self.exchange.begin(self.now, call, &self.kit.settings.host);
    }

    #[inline(never)]
    fn press(&mut self) {
        if !self.kit.pending.is_any() {
            return;
        }
        let button = &self.kit.settings.button;
        match self.kit.pending.turn(self.now, act::pixel_fits(&button.pixel)) {
            Turn::Press => {
                act::press(button.press);
                say(&mut self.kit.notes, b"the button was pressed");
            }
            Turn::Dropped => say(&mut self.kit.notes, b"the button was not pressed: the pixel has another colour"),
            Turn::None | Turn::Wait => {}
        }
    }

    /// Windows ends. There are only moments to say so.
    #[inline(never)]
    fn end_session(&mut self, is_log_off: bool) {
        let value: &[u8] = if is_log_off { b"logoff" } else { b"shutdown" };
        note(&mut self.kit.notes, &[b"Windows ends: ", value]);
        self.write_log();
        self.exchange.drop_call();
        self.begin_call(Call::Shutdown, value);
        let end = self.now + Millis::from(TIMEOUT);
        while self.now < end && matches!(self.exchange.step(self.now), Step::Busy) {
            unsafe { MsgWaitForMultipleObjects(0, core::ptr::null(), 0, ROUND_WHILE_CALLING, 0) };
            self.now = self.ticks.now(unsafe { GetTickCount() });
        }
        self.ends = true;
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    unsafe { ExitProcess(3) }
}
