//! The guest of Vitrine's demo and of its machine tests: a small digital artwork that is the whole system.
//! It runs as process 1, draws, beats, answers the guest agent protocol and breaks on cue. See README.md.

mod agent;
mod canvas;
mod clock;
mod json;
mod ledger;
mod net;
mod screen;
mod stage;
mod sys;
mod tpm;
mod works;

use stage::Stage;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::Arc;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

const FRAME: Duration = Duration::from_millis(42);

pub struct Settings {
    work: String,
    host: String,
    exhibit: Option<String>,
    /// Zero: no heartbeats.
    beat: Duration,
    break_at: Option<(Break, Duration)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Break {
    Freeze,
    Panic,
    Poweroff,
    Reboot,
    Silent,
    Still,
    Bluescreen,
    Disk,
}

impl Break {
    const ALL: [(&'static str, u8, Break); 8] = [
        ("freeze", b'f', Break::Freeze),
        ("panic", b'p', Break::Panic),
        ("poweroff", b'o', Break::Poweroff),
        ("reboot", b'r', Break::Reboot),
        ("silent", b's', Break::Silent),
        ("still", b't', Break::Still),
        ("bluescreen", b'b', Break::Bluescreen),
        ("disk", b'd', Break::Disk),
    ];
}

/// What the threads tell each other.
#[derive(Default)]
pub struct State {
    silent: AtomicBool,
    still: AtomicBool,
    blue: AtomicBool,
    beats_taken: AtomicU32,
}

impl State {
    fn beat_taken(&self, taken: bool) {
        if taken {
            self.beats_taken.fetch_add(1, Relaxed);
        }
    }

    fn suffer(&self, kind: Break) {
        match kind {
            Break::Freeze => sys::freeze(),
            Break::Panic => sys::kernel_panic(),
            Break::Poweroff => sys::power(sys::Power::Off),
            Break::Reboot => sys::power(sys::Power::Reboot),
            Break::Silent => self.silent.store(true, Relaxed),
            Break::Still => self.still.store(true, Relaxed),
            Break::Bluescreen => {
                self.silent.store(true, Relaxed);
                self.blue.store(true, Relaxed);
            }
            Break::Disk => drop(thread::spawn(fill_disk)),
        }
    }
}

fn settings(command_line: &str) -> Settings {
    let value = |key: &str| {
        let words = command_line.split_whitespace().rev();
        words.filter_map(|word| word.strip_prefix(key)).find_map(|rest| rest.strip_prefix('=')).map(str::to_owned)
    };
    let break_at = value("vitrine.break").and_then(|text| {
        let (name, seconds) = text.split_once('@')?;
        let (_, _, kind) = Break::ALL.into_iter().find(|(known, _, _)| *known == name)?;
        Some((kind, Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?))
    });
    Settings {
        work: value("vitrine.work").unwrap_or_else(|| "garden".to_owned()),
        host: value("vitrine.host").unwrap_or_else(|| "gateway:8000".to_owned()),
        exhibit: value("vitrine.exhibit").filter(|name| !name.is_empty()),
        beat: Duration::from_millis(value("vitrine.beat").and_then(|text| text.parse().ok()).unwrap_or(1000)),
        break_at,
    }
}

/// Loads the modules in the order of their names; what this machine does not have is no harm.
fn load_modules() {
    let Ok(entries) = fs::read_dir("/modules") else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if let Err(error) = sys::load_module(&path) {
            eprintln!("artwork: {}: {error}", path.display());
        }
    }
}

/// Writes over the whole disk once. Where the host has no room for it, QEMU pauses the machine.
fn fill_disk() {
    let filled = OpenOptions::new().write(true).open("/dev/vda").and_then(|mut disk| {
        let block = [b'#'; 65536];
        // The disk's end is not an error: then a write takes no more bytes.
        while matches!(disk.write(&block), Ok(taken) if taken > 0) {}
        disk.sync_all()
    });
    if let Err(error) = filled {
        eprintln!("artwork: /dev/vda: {error}");
    }
}

fn read_keys(mut tty: File, state: &State) {
    let mut byte = [0];
    while matches!(tty.read(&mut byte), Ok(1)) {
        let key = byte[0].to_ascii_lowercase();
        if let Some((_, _, kind)) = Break::ALL.into_iter().find(|(_, known, _)| *known == key) {
            state.suffer(kind);
        }
    }
}

fn uptime() -> Duration {
    let text = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds = text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0);
    Duration::from_secs_f64(seconds)
}

fn start_threads(settings: Settings, state: &Arc<State>) {
    let settings = Arc::new(settings);
    if let Some((kind, at)) = settings.break_at {
        let state = Arc::clone(state);
        thread::spawn(move || {
            sleep(at.saturating_sub(uptime()));
            state.suffer(kind);
        });
    }
    thread::spawn(agent::run);
    thread::spawn(net::keep_address);
    if !settings.beat.is_zero() {
        let (settings, state) = (Arc::clone(&settings), Arc::clone(state));
        thread::spawn(move || net::beat(&settings, &state));
    }
}

fn main() {
    for (kind, target) in [("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev")] {
        if let Err(error) = sys::mount_pseudo(kind, target) {
            eprintln!("artwork: {target}: {error}");
        }
    }
    let settings = settings(&fs::read_to_string("/proc/cmdline").unwrap_or_default());
    let _ = fs::write("/proc/sys/kernel/hostname", format!("vitrine-{}", settings.work));
    let state = Arc::new(State::default());
    // Loading takes a while on a slow machine, and the picture needs none of it.
    let modules = thread::spawn(load_modules);

    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty1");
    let font = canvas::Font(tty.as_ref().ok().and_then(sys::console_font));
    if let Ok(tty) = tty {
        sys::take_console(&tty);
        let state = Arc::clone(&state);
        thread::spawn(move || read_keys(tty, &state));
    }
    let screens = match screen::Screen::all(stage::WIDTH as usize, stage::HEIGHT as usize) {
        Ok(screens) => screens,
        Err(error) => {
            eprintln!("artwork: no picture: {error}");
            sys::power(sys::Power::Halt);
        }
    };
    let mut heads: Vec<Head> = screens
        .into_iter()
        .enumerate()
        .map(|(number, screen)| Head::new(works::find(&settings.work, number), screen, font.clone(), number))
        .collect();
    eprintln!("artwork: {} drawn {:.2} s after boot", settings.work, uptime().as_secs_f64());
    let _ = modules.join();
    start_threads(settings, &state);
    draw(&mut heads, &state);
}

/// What is to be seen on one screen.
struct Head {
    stage: Stage,
    work: Box<dyn works::Work>,
}

impl Head {
    fn new(mut work: Box<dyn works::Work>, screen: screen::Screen, font: canvas::Font, number: usize) -> Head {
        let about = work.about();
        // All screens but the first have one marker, whatever they show.
        let mark = if number == 0 { about.mark } else { stage::OTHER_HEAD };
        let mut stage = Stage::new(screen, font, stage::About { mark, ..about });
        work.begin(&mut stage);
        stage.show();
        Head { stage, work }
    }
}

fn draw(heads: &mut [Head], state: &State) -> ! {
    let begun = Instant::now();
    let mut next = begun;
    let mut blue = false;
    loop {
        if state.blue.load(Relaxed) {
            if !blue {
                blue = true;
                for Head { stage, .. } in heads.iter_mut() {
                    works::bluescreen(stage);
                    stage.show();
                }
            }
        } else if !state.still.load(Relaxed) {
            let time = begun.elapsed().as_millis() as i32;
            for Head { stage, work } in heads.iter_mut() {
                stage.heart(state.beats_taken.load(Relaxed), time);
                stage.tick();
                work.frame(stage, time);
                stage.show();
            }
        }
        next = (next + FRAME).max(Instant::now());
        sleep(next - Instant::now());
    }
}
