//! The heartbeat for DOS, in DOSBox, whose serial port is a connection to this test. Needs nasm and DOSBox.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Dos {
    folder: PathBuf,
    emulator: Child,
    serial: TcpStream,
}

/// Programs of a few bytes: one that goes round for ever; one that does so with interrupts off; one that waits for
/// 54 ticks of the BIOS's clock.
const PROGRAMS: [(&str, &[u8]); 3] = [
    ("ROUND.COM", b"\xeb\xfe"),
    ("DEAD.COM", b"\xfa\xeb\xfe"),
    ("WAIT.COM", b"\xb8\x40\x00\x8e\xd8\x8b\x1e\x6c\x00\x83\xc3\x36\x39\x1e\x6c\x00\x78\xfa\xc3"),
];

impl Dos {
    /// Runs these commands.
    fn new(name: &str, commands: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("dos-{name}"));
        let _ = fs::remove_dir_all(&folder);
        let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dos/build");
        assert!(Command::new(build).arg(&folder).stdout(Stdio::null()).status().unwrap().success(), "nasm?");
        for (name, bytes) in PROGRAMS {
            fs::write(folder.join(name), bytes).unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let config = format!(
            "[sdl]\noutput=surface\n[cpu]\ncycles=3000\n[serial]\nserial1=nullmodem server:127.0.0.1 port:{port} transparent:1\n\
             serial2=disabled\n[autoexec]\nmount c {}\nc:\n{commands}\n",
            folder.display()
        );
        fs::write(folder.join("dosbox.conf"), config).unwrap();
        let emulator = Command::new("dosbox")
            .args(["-noconsole", "-conf"])
            .arg(folder.join("dosbox.conf"))
            .env("SDL_VIDEODRIVER", "dummy")
            .env("SDL_AUDIODRIVER", "dummy")
            .env("HOME", &folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dosbox");
        let (serial, _) = listener.accept().unwrap();
        Self { folder, emulator, serial }
    }

    /// What comes over the serial port, up to the end of so many lines.
    fn lines(&mut self, count: usize) -> String {
        self.serial.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut text = String::new();
        while text.matches('\n').count() < count {
            let mut byte = [0];
            self.serial.read_exact(&mut byte).unwrap_or_else(|error| panic!("{error} after {text:?}"));
            text.push(char::from(byte[0]));
        }
        text
    }

    /// What comes until nothing has come for the time of three beats; cut off where that does not end.
    fn rest(&mut self) -> String {
        self.serial.set_read_timeout(Some(Duration::from_secs(6))).unwrap();
        let mut text = String::new();
        let mut byte = [0];
        while text.len() < 100 && self.serial.read_exact(&mut byte).is_ok() {
            text.push(char::from(byte[0]));
        }
        text
    }

    /// Waits until DOS has written something to a file.
    fn said(&self, name: &str) -> String {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let text = fs::read_to_string(self.folder.join(name)).unwrap_or_default();
            if !text.is_empty() || Instant::now() > end {
                return text;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Dos {
    fn drop(&mut self) {
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
    }
}

#[test]
fn it_beats_while_another_program_runs() {
    let mut dos = Dos::new("beats", "BEAT\nROUND");
    assert_eq!(dos.lines(4), "BEAT\r\n".repeat(4));
}

#[test]
fn it_is_silent_where_interrupts_are_off() {
    let mut dos = Dos::new("dead", "BEAT\nWAIT\nWAIT\nDEAD");
    dos.lines(2);
    let rest = dos.rest();
    assert!(rest.len() < 100, "{rest:?}");
    assert!(dos.emulator.try_wait().unwrap().is_none(), "it is not the emulator that has ended");
}

#[test]
fn it_is_quiet_when_the_artwork_has_ended_and_begins_anew() {
    let mut dos = Dos::new("quiet", "BEAT\nWAIT\nBEAT /Q > OFF.TXT\nWAIT\nWAIT\nWAIT\nBEAT > ON.TXT\nROUND");
    dos.lines(1);
    assert!(dos.said("OFF.TXT").contains("no heartbeat any more"));
    assert_eq!(dos.rest(), "");
    assert!(dos.said("ON.TXT").contains("the host hears"));
    dos.lines(2);
}

#[test]
fn what_cannot_be_is_told() {
    let dos = Dos::new("wrong", "BEAT 2 > PORT.TXT\nBEAT /X > USAGE.TXT\nBEAT /Q > ABSENT.TXT\nROUND");
    for (file, words) in [
        ("ABSENT.TXT", "it is not in memory"),
        ("PORT.TXT", "has no COM2."),
        ("USAGE.TXT", "usage: BEAT [1-4]"),
    ] {
        let said = dos.said(file);
        assert!(said.contains(words), "{file}: {said}");
    }
}
