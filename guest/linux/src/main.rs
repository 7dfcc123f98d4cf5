//! The guest kit for Linux: one static program. What it decides is in `guest/protocol`; here is only what Linux and its
//! X server are asked and told.
//!
//! The main thread goes round twenty times a second and never waits for anybody: not for the host, and not for the X
//! server, which has a thread of its own. After a restored snapshot all of it goes on together.

mod act;
mod check;
mod eyes;
mod files;
mod install;
mod net;
mod programs;
mod session;
mod single;
mod view;
mod x11;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use vitrine_guest_protocol::VERSION;
use vitrine_guest_protocol::button::Turn;
use vitrine_guest_protocol::calls::Call;
use vitrine_guest_protocol::http::TIMEOUT;
use vitrine_guest_protocol::kit::Kit;
use vitrine_guest_protocol::log::{note, say};
use vitrine_guest_protocol::settings::Close;
use vitrine_guest_protocol::strangers::Measure;
use vitrine_guest_protocol::text::{Text, file_name};
use vitrine_guest_protocol::time::Millis;
use vitrine_guest_protocol::watch::{Act, is_windowless};

use act::Children;
use eyes::{Eyes, Order, Seen};
use net::{Exchange, Step};
use programs::Program;
use view::Scene;

/// How often windows and programs are looked at, in milliseconds.
const LOOK: Millis = 500;
/// How often it is looked whether the INI has changed, in milliseconds.
const INI: Millis = 2_000;
/// How long a round waits; less where an answer is awaited.
const ROUND: Duration = Duration::from_millis(50);
const ROUND_WHILE_CALLING: Duration = Duration::from_millis(10);

const USAGE: &str = "\
usage: vitrine-guest [--check | --install | --remove | --stop | --version]

Without a word it starts the artwork and watches it, as vitrine.ini beside it says.

  --check           say what it sees, and write the same to vitrine.txt beside it
  --install [ROOT]  have the system start it (systemd or init); ROOT is the folder of a mounted disk
  --remove [ROOT]   no longer
  --stop            end the one that runs
";

/// Everything.
pub(crate) struct App {
    pub(crate) kit: Kit,
    pub(crate) folder: PathBuf,
    pub(crate) exchange: Exchange,
    pub(crate) eyes: Eyes,
    pub(crate) agent: String,
    pub(crate) seen: Seen,
    pub(crate) programs: Vec<Program>,
    children: Children,
    log: files::Log,
    begun: Instant,
    /// Of the INI file that was read.
    stamp: Option<files::Stamp>,
    has_read: bool,
    look_at: Millis,
    ini_at: Millis,
    /// Whether there was a screen since the kit began; an artwork with a window is not started before.
    has_had_screen: bool,
    /// When a colour was asked for.
    sampled: Option<Instant>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let folder =
        std::env::current_exe().ok().and_then(|path| path.parent().map(PathBuf::from)).unwrap_or_default();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match *words.as_slice() {
        [] => App::new(folder).run(),
        ["--check"] => check::show(&mut App::new(folder)),
        ["--install"] => told(install::install("/")),
        ["--install", root] => told(install::install(root)),
        ["--remove"] => told(install::remove("/")),
        ["--remove", root] => told(install::remove(root)),
        ["--stop"] => told(single::stop(&folder)),
        ["--version"] => told(Ok(format!("vitrine-guest {VERSION}"))),
        ["--help" | "-h"] => told(Ok(USAGE.trim_end().to_owned())),
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Says what came of it. A script reads the exit code.
fn told(done: Result<String, String>) -> ExitCode {
    match done {
        Ok(words) => {
            println!("{words}");
            ExitCode::SUCCESS
        }
        Err(words) => {
            eprintln!("vitrine-guest: {words}");
            ExitCode::FAILURE
        }
    }
}

impl App {
    fn new(folder: PathBuf) -> Self {
        let system = rustix::system::uname();
        let agent = format!("vitrine-guest/{VERSION} (Linux {})", system.release().to_string_lossy());
        Self {
            kit: Kit::new(0),
            exchange: Exchange::new(),
            eyes: Eyes::open(),
            agent: agent.chars().filter(|letter| letter.is_ascii_graphic() || *letter == ' ').collect(),
            seen: Seen::default(),
            programs: Vec::new(),
            children: Children::default(),
            log: files::Log::new(&folder),
            folder,
            begun: Instant::now(),
            stamp: None,
            has_read: false,
            look_at: 0,
            ini_at: 0,
            has_had_screen: false,
            sampled: None,
        }
    }

    /// Milliseconds since the kit began.
    pub(crate) fn now(&self) -> Millis {
        self.millis(Instant::now())
    }

    fn millis(&self, moment: Instant) -> Millis {
        Millis::try_from(moment.saturating_duration_since(self.begun).as_millis()).unwrap_or(Millis::MAX)
    }

    fn run(&mut self) -> ExitCode {
        let single = match single::Single::take(&self.folder) {
            Ok(single) => single,
            // As on every system, a second one ends at once.
            Err(words) => return told(Ok(words)),
        };
        let ends = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT, signal_hook::consts::SIGHUP]
        {
            if let Err(error) = signal_hook::flag::register(signal, Arc::clone(&ends)) {
                return told(Err(format!("the system's signals cannot be heard: {error}")));
            }
        }
        note(&mut self.kit.notes, &[b"the kit begins: ", self.agent.as_bytes()]);
        while !ends.load(Ordering::Relaxed) && !single.is_to_end() {
            self.round();
        }
        let end = if ends.load(Ordering::Relaxed) { act::end_of_system() } else { None };
        if let Some(value) = end {
            self.end_system(value);
        }
        say(&mut self.kit.notes, b"the kit ends");
        self.write_log();
        ExitCode::SUCCESS
    }

    fn round(&mut self) {
        let now = self.now();
        if now >= self.ini_at {
            self.ini_at = now + INI;
            self.read_ini();
        }
        self.take_seen();
        if now >= self.look_at {
            self.look_at = now + LOOK;
            self.look(now);
        }
        self.call();
        self.press();
        self.write_log();
        std::thread::sleep(if self.exchange.is_busy() { ROUND_WHILE_CALLING } else { ROUND });
    }

    fn write_log(&mut self) {
        if !self.kit.notes.is_empty() {
            self.log.write(&mut self.kit.notes, self.kit.settings.log_limit);
        }
    }

    /// Reads the INI, where it has changed.
    pub(crate) fn read_ini(&mut self) {
        let path = self.folder.join("vitrine.ini");
        let stamp = files::stamp(&path);
        if self.has_read && stamp == self.stamp {
            return;
        }
        self.has_read = true;
        self.stamp = stamp;
        let mut bytes = files::read(&path);
        self.kit.configure(bytes.as_deref_mut());
        let artwork = &mut self.kit.settings.artwork;
        // Where a script is run by a program for scripts, that is what runs.
        let runs_script = programs::is_interpreter(artwork.program.bytes());
        if let Some(script) = script_of(artwork.start.bytes()).filter(|_| runs_script) {
            artwork.program = Text::of(script);
        }
        self.eyes.tell(Order::OldCalls(self.kit.settings.old_calls));
    }

    /// Takes in what the screen's thread has seen.
    pub(crate) fn take_seen(&mut self) {
        self.seen = self.eyes.seen();
        self.has_had_screen |= self.seen.at.is_some();
        if let Some(input) = self.seen.input {
            self.kit.idle.input(self.millis(input));
        }
    }

    pub(crate) fn scene(&self) -> Scene<'_> {
        Scene { view: &self.seen.view, programs: &self.programs, settings: &self.kit.settings }
    }

    fn look(&mut self, now: Millis) {
        let artwork = &self.kit.settings.artwork;
        let in_vain = now >= Millis::from(artwork.start_within);
        if !self.has_had_screen && !in_vain && !is_windowless(artwork) && artwork.is_watched() {
            // The X server comes after the kit, and what is started now would not find it.
            return;
        }
        for code in self.children.ended() {
            // The shell's words for a program that is not there, or may not be run.
            if matches!(code, 126 | 127) {
                self.kit.start_failed(now, code);
            }
        }
        self.programs = programs::list();
        let (look, trouble) = self.scene().look();
        let trouble = trouble.to_vec();
        let act = self.kit.look(now, &look, &trouble);
        let window = self.scene().artwork().map(|window| window.handle);
        match (act, window) {
            (Some(Act::Start), _) => {
                if let Err(code) = self.children.start(&self.kit.settings.artwork, self.seen.session.as_ref())
                {
                    self.kit.start_failed(now, code);
                }
            }
            (Some(Act::Close), _) => act::close(&self.scene(), &self.eyes),
            (Some(Act::Kill), _) => act::kill(&self.scene()),
            (Some(Act::Restore), Some(window)) => self.eyes.tell(Order::Restore(window)),
            (Some(Act::Front), Some(window)) => self.eyes.tell(Order::Front(window)),
            (Some(Act::Restore | Act::Front) | None, _) => {}
        }
        self.close_strangers(now);
    }

    fn close_strangers(&mut self, now: Millis) {
        let close = self.kit.settings.windows.close;
        if close == Close::No {
            return;
        }
        let scene = Scene { view: &self.seen.view, programs: &self.programs, settings: &self.kit.settings };
        for window in self.seen.view.windows.iter().filter(|window| scene.is_stranger(window)) {
            let Some(measure) = self.kit.strangers.met(now, window.handle) else { continue };
            let (words, order): (&[u8], _) = match (close, measure) {
                (Close::Yes, Measure::Close) => (b"closes: ", Some(Order::Dismiss(window.handle))),
                (Close::Yes, Measure::Hide) => (b"hides: ", Some(Order::Hide(window.handle))),
                (Close::No | Close::Log, _) => (b"would close: ", None),
            };
            let pieces = [words, &window.title, b" | ", &window.class, b" | ", scene.program_of(window)];
            note(&mut self.kit.notes, &pieces);
            match order {
                Some(order) => self.eyes.tell(order),
                // Once is enough for a log.
                None => self.kit.strangers.let_be(window.handle),
            }
        }
        self.kit.strangers.looked();
    }

    fn call(&mut self) {
        let now = self.now();
        let call = self.exchange.call;
        match self.exchange.step(now) {
            Step::Busy => return,
            Step::None => {}
            Step::Failed => self.kit.unheard(now, call),
            Step::Answered(answer) => {
                if let Some(host) = self.kit.answered(now, call, answer, files::clock()) {
                    // It is told afterwards, so that the line in the log has the right time.
                    let done = act::set_clock(host);
                    self.kit.clock_set(now, done);
                }
            }
        }
        if let Some(call) = self.kit.next_call(now) {
            let value: &[u8] = if act::has_just_booted() { b"boot" } else { b"start" };
            self.begin_call(call, value);
        }
    }

    fn begin_call(&mut self, call: Call, value: &[u8]) {
        let now = self.now();
        self.kit.begin(now, call, value, self.agent.as_bytes(), &mut self.exchange.request);
        self.exchange.begin(now, call, &self.kit.settings.host);
    }

    fn press(&mut self) {
        if !self.kit.pending.is_any() {
            self.sampled = None;
            return;
        }
        let button = self.kit.settings.button;
        let fits = match button.pixel {
            None => true,
            Some(pixel) => {
                let asked = *self.sampled.get_or_insert_with(Instant::now);
                let found = self.seen.colour.filter(|(when, _)| *when >= asked);
                if found.is_none_or(|(when, _)| when.elapsed() > Duration::from_millis(100)) {
                    self.eyes.tell(Order::Sample(pixel.x, pixel.y));
                }
                found.is_some_and(|(_, colour)| pixel.fits(colour))
            }
        };
        match self.kit.pending.turn(self.now(), fits) {
            Turn::Press => {
                self.eyes.tell(Order::Press(button.press));
                say(&mut self.kit.notes, b"the button was pressed");
            }
            Turn::Dropped => {
                say(&mut self.kit.notes, b"the button was not pressed: the pixel has another colour")
            }
            Turn::None | Turn::Wait => {}
        }
    }

    /// The system ends. There are only moments to say so.
    fn end_system(&mut self, value: &str) {
        note(&mut self.kit.notes, &[b"Linux ends: ", value.as_bytes()]);
        self.write_log();
        self.exchange.drop_call();
        self.begin_call(Call::Shutdown, value.as_bytes());
        let end = self.now() + Millis::from(TIMEOUT);
        while self.now() < end && matches!(self.exchange.step(self.now()), Step::Busy) {
            std::thread::sleep(ROUND_WHILE_CALLING);
        }
    }
}

/// The script in a command that names it after the program that runs it.
fn script_of(command: &[u8]) -> Option<&[u8]> {
    let mut words = command.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).skip(1);
    let script = words.find(|word| !word.starts_with(b"-") || matches!(*word, b"-c" | b"-e" | b"-m"))?;
    (!script.starts_with(b"-")).then(|| file_name(script))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts() {
        for (command, script) in [
            ("python3 /opt/eden/main.py", Some("main.py")),
            ("python3 -u main.py --full", Some("main.py")),
            ("sh -c eden", None),
            ("perl", None),
        ] {
            assert_eq!(script_of(command.as_bytes()), script.map(str::as_bytes), "{command}");
        }
    }
}
