//! Beats through a serial port or a virtio channel of a VM, for guests without a network: whatever comes through is one.
//!
//! libvirt hands out the host's end as a stream, whose bytes its event loop fetches (libvirt-stream.h). It is looked into
//! often, and nothing is waited for. Its end is QEMU's or libvirtd's: then it is opened again, as soon as the VM runs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use virt::connect::Connect;
use virt::stream::Stream;
use virt_sys as sys;

use super::description;
use super::ffi::{self, Received};
use super::link::connect;
use crate::core::effect::WatchedVm;
use crate::core::event::BeatNote;
use crate::core::text::visible_within;
use crate::core::types::{Backoff, ExhibitId, SerialPort, Told};
use crate::words::told;

/// Time between two looks at the lines that are open: a beat is late by no more than that.
const READ_INTERVAL: Duration = Duration::from_millis(250);
/// The pauses before a line that could not be opened, or has ended, is tried again.
const RETRY_PAUSES: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };
/// Bytes that are taken out of a line at one look: a guest that floods it waits for its turn.
const MAX_READ: usize = 1 << 16;
/// Bytes of a text line that are kept to be understood; of longer ones the rest is left out.
const MAX_TEXT_LINE: usize = 512;
/// Characters of a beat's status or message that are kept.
const MAX_NOTE_CHARS: usize = 200;

/// The lines of all exhibits whose guests beat through one.
pub(super) struct Lines {
    lines: BTreeMap<ExhibitId, Line>,
    /// When those that are open are looked into next.
    read_at: Instant,
}

/// One line: where it is, and how far.
struct Line {
    vm: String,
    port: SerialPort,
    state: State,
    /// The QEMU process that was seen last, by libvirt's number; `None` while there is none.
    run: Option<u32>,
    /// The pause before the next attempt.
    pause: Duration,
    /// Why it could not be opened, and whether that is warned of.
    trouble: Option<(Told, bool)>,
    text: Text,
}

enum State {
    /// Not tried before then; `None` while the VM does not run.
    Closed(Option<Instant>),
    /// The attempt of this number has not returned.
    Opening(u64),
    Open(OpenLine),
}

/// The host's end of a line. To drop it may block on libvirtd.
pub(super) struct OpenLine {
    stream: Option<Stream>,
    _conn: Connect,
}

impl std::fmt::Debug for OpenLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // libvirt's stream shows nothing of itself.
        f.debug_struct("OpenLine").finish_non_exhaustive()
    }
}

impl Drop for OpenLine {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.stream.take().map(Stream::abort);
    }
}

/// An attempt that is due.
pub(super) struct Attempt {
    pub(super) exhibit: ExhibitId,
    pub(super) seq: u64,
    pub(super) vm: String,
    pub(super) port: SerialPort,
}

/// What a look at a line has found.
pub(super) enum Heard {
    /// Something came, and what was said last.
    Beat(Option<BeatNote>),
    /// It has ended. To be dropped where that may block.
    Ended(OpenLine),
}

impl Lines {
    pub(super) fn new(now: Instant) -> Self {
        Self { lines: BTreeMap::new(), read_at: now }
    }

    /// These are all the VMs from now on. What is closed is to be dropped where that may block.
    pub(super) fn watch(&mut self, vms: &[WatchedVm]) -> Vec<OpenLine> {
        let mut old = std::mem::take(&mut self.lines);
        for WatchedVm { exhibit, vm, serial } in vms {
            let Some(port) = serial else { continue };
            let same = old.remove(exhibit).filter(|line| line.vm == *vm && line.port == *port);
            self.lines.insert(*exhibit, same.unwrap_or_else(|| Line::new(vm, port)));
        }
        old.into_values().filter_map(|line| line.state.open()).collect()
    }

    /// When something is to be looked at.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        let at = |line: &Line| match line.state {
            State::Closed(at) => at,
            State::Opening(_) => None,
            State::Open(_) => Some(self.read_at),
        };
        self.lines.values().filter_map(at).min()
    }

    /// The VM of an exhibit was seen, in this QEMU process or in none. The line of another one is to be dropped where that
    /// may block: libvirt does not say of every kind of port that it has ended.
    pub(super) fn sees(&mut self, exhibit: ExhibitId, run: Option<u32>, now: Instant) -> Option<OpenLine> {
        let line = self.lines.get_mut(&exhibit)?;
        let is_closed = matches!(line.state, State::Closed(None));
        if line.run == run && !(is_closed && run.is_some()) {
            return None;
        }
        line.run = run;
        line.pause = RETRY_PAUSES.first;
        std::mem::replace(&mut line.state, State::Closed(run.map(|_| now))).open()
    }

    /// The attempts that are due now.
    pub(super) fn due(&mut self, now: Instant, mut number: impl FnMut() -> u64) -> Vec<Attempt> {
        let mut due = Vec::new();
        for (exhibit, line) in &mut self.lines {
            if matches!(line.state, State::Closed(Some(at)) if at <= now) {
                let seq = number();
                line.state = State::Opening(seq);
                due.push(Attempt { exhibit: *exhibit, seq, vm: line.vm.clone(), port: line.port.clone() });
            }
        }
        due
    }

    /// An attempt has returned. Whether the line is open now; what is not wanted any more is to be dropped where that may
    /// block.
    pub(super) fn opened(
        &mut self,
        exhibit: ExhibitId,
        seq: u64,
        result: Result<OpenLine, Told>,
        now: Instant,
    ) -> Result<(), Option<OpenLine>> {
        let wanted = |line: &&mut Line| matches!(line.state, State::Opening(wanted) if wanted == seq);
        let Some(line) = self.lines.get_mut(&exhibit).filter(wanted) else { return Err(result.ok()) };
        match result {
            Ok(open) => {
                line.state = State::Open(open);
                line.trouble = None;
                line.text = Text::default();
                Ok(())
            }
            Err(why) => {
                line.ends(now);
                line.note_trouble(why);
                Err(None)
            }
        }
    }

    /// Takes what has come through, where it is time for that.
    pub(super) fn read_in_time(&mut self, now: Instant) -> Vec<(ExhibitId, Heard)> {
        if now < self.read_at { Vec::new() } else { self.read(now) }
    }

    /// Takes what has come through.
    pub(super) fn read(&mut self, now: Instant) -> Vec<(ExhibitId, Heard)> {
        self.read_at = now + READ_INTERVAL;
        let mut heard = Vec::new();
        for (exhibit, line) in &mut self.lines {
            let State::Open(open) = &line.state else { continue };
            let (bytes, ended) = open.read();
            if !bytes.is_empty() {
                line.text.take(&bytes);
                line.pause = RETRY_PAUSES.first;
                heard.push((*exhibit, Heard::Beat(line.text.note.clone())));
            }
            if let Some(why) = ended {
                tracing::debug!("the line of the guest of VM '{}' has ended: {why}", line.vm);
                heard.extend(line.ends(now).map(|open| (*exhibit, Heard::Ended(open))));
            }
        }
        heard
    }

    /// The connection to libvirt is gone. All that were open: to be dropped where that may block.
    pub(super) fn close(&mut self) -> Vec<(ExhibitId, OpenLine)> {
        let closed = |(exhibit, line): (&ExhibitId, &mut Line)| {
            let state = std::mem::replace(&mut line.state, State::Closed(None));
            Some((*exhibit, state.open()?))
        };
        self.lines.iter_mut().filter_map(closed).collect()
    }
}

impl Line {
    fn new(vm: &str, port: &SerialPort) -> Self {
        Self {
            vm: vm.to_owned(),
            port: port.clone(),
            state: State::Closed(None),
            run: None,
            pause: RETRY_PAUSES.first,
            trouble: None,
            text: Text::default(),
        }
    }

    /// Warns of what was so twice: the VM may have ended just now.
    fn note_trouble(&mut self, why: Told) {
        match &mut self.trouble {
            Some((known, warned)) if *known == why => {
                if !std::mem::replace(warned, true) {
                    tracing::warn!("nothing can be heard of the guest of VM '{}': {why}", self.vm);
                }
            }
            trouble => *trouble = Some((why, false)),
        }
    }

    /// It has ended, or could not be opened; it is tried again after a pause.
    fn ends(&mut self, now: Instant) -> Option<OpenLine> {
        let ended = std::mem::replace(&mut self.state, State::Closed(Some(now + self.pause)));
        self.pause = RETRY_PAUSES.next(self.pause);
        ended.open()
    }
}

impl State {
    fn open(self) -> Option<OpenLine> {
        if let Self::Open(open) = self { Some(open) } else { None }
    }
}

impl OpenLine {
    /// All that has come, up to a bound, and why there will be no more, if so.
    fn read(&self) -> (Vec<u8>, Option<String>) {
        let mut all = Vec::new();
        let Some(stream) = &self.stream else { return (all, Some("it is closed".to_owned())) };
        let mut part = [0; 4096];
        while all.len() < MAX_READ {
            match ffi::receive(stream, &mut part) {
                Ok(Received::Bytes(count)) => all.extend_from_slice(part.get(..count).unwrap_or_default()),
                Ok(Received::NothingYet) => break,
                Ok(Received::End) => return (all, Some("QEMU has closed it".to_owned())),
                Err(why) => return (all, Some(why.to_string())),
            }
        }
        (all, None)
    }
}

/// Opens the host's end of a VM's line, on a connection of its own: its bytes must not wait for other answers. Whoever
/// holds it, such as `virsh console`, loses it. Blocks.
pub(super) fn open(uri: &str, vm: &str, port: &SerialPort) -> Result<OpenLine, Told> {
    let conn = connect(uri).map_err(|error| Told::text(error.message()))?;
    let opened = || {
        let domain = conn.lookup_domain_by_name(vm).map_err(|error| Told::text(error.message()))?;
        let xml = domain.xml_desc(0).map_err(|error| Told::text(error.message()))?;
        let end = description::serial_end(&xml, port)?;
        let stream =
            Stream::new(&conn, sys::VIR_STREAM_NONBLOCK).map_err(|error| Told::text(error.message()))?;
        let opened = match &end {
            description::SerialEnd::Channel(name) => {
                domain.open_channel(Some(name), &stream, sys::VIR_DOMAIN_CHANNEL_FORCE)
            }
            description::SerialEnd::Console(alias) => {
                domain.open_console(Some(alias), &stream, sys::VIR_DOMAIN_CONSOLE_FORCE)
            }
        };
        opened.map_err(|error| Told::text(error.message()))?;
        Ok(stream)
    };
    let stream = opened().map_err(|why: Told| {
        told!("the serial port or channel of its VM cannot be opened: {why}", why = why)
    })?;
    Ok(OpenLine { stream: Some(stream), _conn: conn })
}

/// What comes through, as far as it is text: a line such as `status=ok&message=scene+3`, as in the address of a heartbeat
/// over the network, says more than that the guest lives.
#[derive(Debug, Default)]
struct Text {
    /// The beginning of the present line.
    line: Vec<u8>,
    /// What the last whole line said.
    note: Option<BeatNote>,
}

impl Text {
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\r' | b'\n' => {
                    if !self.line.is_empty() {
                        self.note = note(&self.line);
                    }
                    self.line.clear();
                }
                other if self.line.len() < MAX_TEXT_LINE => self.line.push(*other),
                _ => {}
            }
        }
    }
}

/// What a line of text says, if anything.
fn note(line: &[u8]) -> Option<BeatNote> {
    let (mut status, mut message) = (None, None);
    for (key, value) in form_urlencoded::parse(line) {
        let place = match &*key {
            "status" => &mut status,
            "message" => &mut message,
            _ => continue,
        };
        *place = Some(visible_within(value.trim(), MAX_NOTE_CHARS)).filter(|text| !text.is_empty());
    }
    (status.is_some() || message.is_some()).then_some(BeatNote { status, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(parts: &[&[u8]]) -> Option<BeatNote> {
        let mut text = Text::default();
        parts.iter().for_each(|part| text.take(part));
        text.note
    }

    #[test]
    fn the_last_whole_line_says_how_the_guest_is() {
        let says = |status: Option<&str>, message: Option<&str>| {
            Some(BeatNote { status: status.map(str::to_owned), message: message.map(str::to_owned) })
        };
        let rows: [(&[&[u8]], Option<BeatNote>); 10] = [
            (&[b"H"], None),
            (&[b"H\r\n"], None),
            (&[b"status=ok\n"], says(Some("ok"), None)),
            (&[b"sta", b"tus=o", b"k\r", b"\n"], says(Some("ok"), None)),
            (&[b"status=ok\n", b"status=bad&mess"], says(Some("ok"), None)),
            (&[b"status=ok\nstatus=bad&message=scene+3%21\n"], says(Some("bad"), Some("scene 3!"))),
            (&[b"status=ok\n", b"[ 1.0] a kernel's word\n"], None),
            (&[b"status=&message= \n"], None),
            (&[b"\xff\xfe\0status=x\n"], None),
            (&[b"status=\x1b[2J\n"], says(Some(r"\u{1b}[2J"), None)),
        ];
        for (parts, expected) in rows {
            assert_eq!(said(parts), expected, "{parts:?}");
        }
    }

    #[test]
    fn a_line_without_an_end_takes_no_more_than_its_share() {
        let mut text = Text::default();
        for _ in 0..1000 {
            text.take(&[b'x'; 4096]);
        }
        assert_eq!(text.line.len(), MAX_TEXT_LINE);
        text.take(b"\nstatus=ok\n");
        assert_eq!(text.note.and_then(|note| note.status).as_deref(), Some("ok"));
    }

    #[test]
    fn a_line_is_tried_while_its_vm_runs_with_growing_pauses() {
        let now = Instant::now();
        let exhibit = ExhibitId(1);
        let mut lines = Lines::new(now);
        let vms = [WatchedVm { exhibit, vm: "eden".to_owned(), serial: Some(SerialPort::First) }];
        lines.watch(&vms);
        let mut last = 0;
        let mut due = |lines: &mut Lines, at| {
            let attempts = lines.due(at, || {
                last += 1;
                last
            });
            attempts.first().map(|attempt| attempt.seq)
        };
        assert_eq!((lines.wake_at(), due(&mut lines, now)), (None, None), "nothing is known of the VM");
        let mut at = now;
        assert!(lines.sees(exhibit, Some(1), at).is_none());
        for pause in [1, 2, 4, 8, 16, 30, 30] {
            let seq = due(&mut lines, at).expect("an attempt");
            assert_eq!(due(&mut lines, at), None, "one is out");
            assert!(lines.opened(exhibit, seq, Err(Told::text("no")), at).is_err());
            lines.sees(exhibit, Some(1), at);
            at += Duration::from_secs(pause);
            assert_eq!(lines.wake_at(), Some(at));
        }
        lines.sees(exhibit, None, at);
        assert_eq!(due(&mut lines, at + Duration::from_secs(100)), None, "it does not run");
        lines.sees(exhibit, Some(2), at);
        assert!(due(&mut lines, at).is_some(), "a new process, a new line");
        lines.sees(exhibit, Some(3), at);
        assert!(due(&mut lines, at).is_some(), "also where the former was not seen to end");
        // An attempt that comes back when the exhibit has gone.
        lines.watch(&[]);
        assert!(lines.opened(exhibit, 9, Err(Told::text("no")), at).is_err());
        assert_eq!(lines.wake_at(), None);
    }
}
