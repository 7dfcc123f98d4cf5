//! The kit as a whole: looks and answers go in, acts and calls come out, and what happened is noted for the log.

use crate::button::{is_on, Edge, Pending};
use crate::calls::{Call, Calls, End, Wants};
use crate::http::{Answer, Method, MAX_REQUEST};
use crate::idle::Idle;
use crate::ini::{self, Complaints, Wrong};
use crate::json;
use crate::log::{note, say, Notes};
use crate::settings::{Ask, Press, Settings};
use crate::strangers::Strangers;
use crate::text::Text;
use crate::time::{seconds, Millis, Restores};
use crate::watch::{Act, Fault, Look, State, Watch};

/// By how much the clock may differ from the host's, in seconds.
const CLOCK_TOLERANCE: u32 = 2;

/// After how long it is tried again to set a clock that may not be set, in milliseconds.
const CLOCK_RETRY: Millis = 3_600_000;

/// What a kit knows, on whatever system.
pub struct Kit {
    /// As the INI file has them.
    pub settings: Settings,
    /// What is wrong with the INI file.
    pub complaints: Complaints,
    /// What happened, for the log; whoever writes it takes it away.
    pub notes: Notes,
    /// Windows that are to go.
    pub strangers: Strangers,
    /// A press that is to be done.
    pub pending: Pending,
    /// How long nobody has touched anything.
    pub idle: Idle,
    watch: Watch,
    restores: Restores,
    calls: Calls,
    edge: Edge,
    link: Link,
    told: Told,
    clock_at: Millis,
    /// What stands in the title of the window that means trouble.
    trouble: Text<64>,
}

/// How the host is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It was not called yet.
    Untried,
    /// It answers.
    Well,
    /// It answers beats with this status.
    Refused(u16),
    /// It does not answer.
    Silent,
}

/// What the log was told last about the artwork.
type Told = (State, Option<Fault>);

impl Kit {
    /// A kit that has seen and read nothing yet.
    #[must_use]
    pub fn new(now: Millis) -> Self {
        Self {
            settings: Settings::defaults(),
            complaints: Complaints::NONE,
            notes: Notes::EMPTY,
            strangers: Strangers::NONE,
            pending: Pending::NONE,
            idle: Idle::new(now),
            watch: Watch::NEW,
            restores: Restores::NONE,
            calls: Calls::new(now),
            edge: Edge::UNKNOWN,
            link: Link::Untried,
            told: (State::Starting, None),
            clock_at: now,
            trouble: Text::EMPTY,
        }
    }

    /// Takes the INI file in, `None` where there is none that can be read. The watch begins anew, and is well again
    /// after the next look where nothing is wrong.
    #[inline(never)]
    pub fn configure(&mut self, file: Option<&mut [u8]>) {
        self.complaints = Complaints::NONE;
        match file {
            Some(bytes) => {
                ini::read(bytes, &mut self.settings, &mut self.complaints);
                self.watch = Watch::NEW;
                self.edge = Edge::UNKNOWN;
            }
            None => self.complaints.add(0, Wrong::NoFile),
        }
        say(&mut self.notes, b"the INI file was read");
        for index in 0..self.complaints.all().len() {
            let mut text = Text::<160>::EMPTY;
            push_complaint(&mut text, &self.complaints, index);
            say(&mut self.notes, text.bytes());
        }
    }

    /// Takes a look in; says what is to be done. `trouble` is the title of a window that means trouble.
    #[inline(never)]
    pub fn look(&mut self, now: Millis, look: &Look, trouble: &[u8]) -> Option<Act> {
        self.trouble = Text::of(trouble);
        let act = self.watch.step(now, look, &self.settings.artwork);
        if !self.settings.artwork.is_watched() {
            return None;
        }
        let told = (self.watch.state(), self.watch.fault());
        if told != self.told {
            self.told = told;
            let fault: &[u8] = self.watch.fault().map_or(b"", Fault::words);
            let trouble: &[u8] = if self.watch.fault() == Some(Fault::Trouble) { trouble } else { b"" };
            let between: &[u8] = if fault.is_empty() { b"" } else { b": " };
            let before_trouble: &[u8] = if trouble.is_empty() { b"" } else { b": " };
            note(&mut self.notes, &[words_of(told.0), between, fault, before_trouble, trouble]);
        }
        let words: &[u8] = match act {
            Some(Act::Start) => b"the artwork is started",
            Some(Act::Close) => b"the artwork is told to close",
            Some(Act::Kill) => b"the artwork is ended by force",
            // They come again and again, and the fault was noted.
            Some(Act::Restore | Act::Front) | None => return act,
        };
        say(&mut self.notes, words);
        act
    }

    /// The artwork could not be started; `code` is the system's.
    #[inline(never)]
    pub fn start_failed(&mut self, now: Millis, code: u32) {
        self.watch.start_failed(now);
        let mut text = Text::<16>::EMPTY;
        text.push_number(code);
        note(&mut self.notes, &[b"the artwork cannot be started: error ", text.bytes()]);
    }

    /// How the artwork is, and what is wrong with it.
    #[must_use]
    pub fn artwork(&self) -> (State, Option<Fault>) {
        (self.watch.state(), self.watch.fault())
    }

    /// How the host is reached.
    #[must_use]
    pub fn link(&self) -> Link {
        self.link
    }

    /// The call that is due, if one is.
    #[must_use]
    #[inline(never)]
    pub fn next_call(&self, now: Millis) -> Option<Call> {
        let settings = &self.settings;
        self.calls.next(
            now,
            Wants {
                beat: self.watch.beats(now),
                revert: self.watch.state() == State::Asking,
                idle: self.idle.is_due(now, settings.idle_after),
                button: settings.button.ask != Ask::No && settings.button.press != Press::Nothing,
            },
        )
    }

    /// Writes a call, which is made now. `value` goes with [`Call::Boot`] and [`Call::Shutdown`].
    #[inline(never)]
    pub fn begin(
        &mut self,
        now: Millis,
        call: Call,
        value: &[u8],
        agent: &[u8],
        request: &mut Text<MAX_REQUEST>,
    ) {
        let interval =
            if call == Call::Beat { self.settings.host.beat_interval } else { self.settings.button.interval };
        self.calls.begun(now, call, interval);
        let mut path = Text::<512>::EMPTY;
        let mut method = Method::Post;
        match call {
            Call::Beat => {
                path.push(b"/heartbeat?status=");
                path.push(match self.watch.state() {
                    State::Well => b"ok",
                    State::Starting => b"starting",
                    State::Ill | State::Asking => b"ill",
                });
                if let Some(fault) = self.watch.fault() {
                    path.push(b"&message=");
                    self.push_fault(&mut path, fault);
                }
            }
            Call::Revert => {
                path.push(b"/revert/request?severity=high&reason=");
                // What was wrong when it was asked for may have become less since.
                self.push_fault(&mut path, self.watch.fault().unwrap_or(Fault::NotRunning));
            }
            Call::Idle => {
                path.push(b"/idle/reset?idle_duration=");
                path.push_number((self.idle.lasted(now).min(Millis::from(u32::MAX)) as u32) / 1000);
            }
            Call::Button => match &self.settings.button.ask {
                Ask::Poll(name) => {
                    method = Method::Get;
                    path.push(b"/poll/");
                    path.push(name.bytes());
                }
                // Asking takes the press away, so it is no GET.
                Ask::Button | Ask::No => {
                    path.push(b"/button-status");
                }
            },
            Call::Boot => {
                path.push(b"/signal/boot?value=");
                path.push_escaped(value);
            }
            Call::Shutdown => {
                path.push(b"/signal/shutdown?value=");
                path.push_escaped(value);
            }
        }
        crate::http::write(request, method, &self.settings.host, path.bytes(), agent);
    }

    #[inline(never)]
    fn push_fault(&self, path: &mut Text<512>, fault: Fault) {
        path.push_escaped(fault.words());
        if fault == Fault::Trouble && !self.trouble.is_empty() {
            path.push_escaped(b": ");
            path.push_escaped(self.trouble.bytes());
        }
    }

    /// The host has answered. Where the clock is to be set, says to which moment, and `clock` is what it shows, both in
    /// seconds since 1970.
    #[inline(never)]
    pub fn answered(&mut self, now: Millis, call: Call, answer: Answer<'_>, clock: u32) -> Option<u32> {
        let end = if answer.status == 200 { End::Taken } else { End::Refused };
        self.calls.ended(now, call, end);
        match (call, end) {
            (Call::Beat, End::Taken) => {
                self.linked(Link::Well);
                let host = json::field(answer.body, b"host_time").and_then(json::whole_number)?;
                return self.heard(now, host, clock);
            }
            (Call::Beat, _) => self.linked(Link::Refused(answer.status)),
            (Call::Button, End::Taken) => {
                let pressed = match &self.settings.button.ask {
                    Ask::Poll(_) => self.edge.heard(is_on(answer.body)),
                    Ask::Button | Ask::No => json::field(answer.body, b"pressed") == Some(b"true"),
                };
                if pressed {
                    self.pending.press(now);
                }
            }
            (Call::Idle, _) => {
                // Whatever was answered: nobody asks twice for the same spell.
                self.idle.told();
                self.note_answer(b"the host was told that nobody uses the artwork: ", answer);
            }
            (Call::Revert, _) => self.note_answer(b"the host was asked to put everything back: ", answer),
            _ => {}
        }
        None
    }

    /// The host did not answer.
    #[inline(never)]
    pub fn unheard(&mut self, now: Millis, call: Call) {
        self.calls.ended(now, call, End::Unheard);
        if call == Call::Beat {
            self.linked(Link::Silent);
        }
    }

    /// The clock was set, or could not be.
    #[inline(never)]
    pub fn clock_set(&mut self, now: Millis, done: bool) {
        if done {
            say(&mut self.notes, b"the clock was set to the host's time");
        } else {
            self.clock_at = now + CLOCK_RETRY;
            say(&mut self.notes, b"the clock may not be set by this user");
        }
    }

    #[inline(never)]
    fn heard(&mut self, now: Millis, host: u32, clock: u32) -> Option<u32> {
        if self.restores.heard(seconds(now), host) {
            self.idle.restored(now);
            self.edge = Edge::UNKNOWN;
            self.pending = Pending::NONE;
            say(&mut self.notes, b"a snapshot was restored");
        }
        let differs = host.abs_diff(clock) > CLOCK_TOLERANCE;
        (self.settings.set_clock && differs && now >= self.clock_at).then_some(host)
    }

    #[inline(never)]
    fn linked(&mut self, link: Link) {
        if self.link == link {
            return;
        }
        self.link = link;
        let mut text = Text::<64>::EMPTY;
        push_link(&mut text, link);
        say(&mut self.notes, text.bytes());
    }

    #[inline(never)]
    fn note_answer(&mut self, what: &[u8], answer: Answer<'_>) {
        let mut status = Text::<16>::EMPTY;
        status.push_number(u32::from(answer.status));
        let said = json::field(answer.body, b"message").or_else(|| json::field(answer.body, b"detail"));
        note(&mut self.notes, &[what, status.bytes(), b" ", said.unwrap_or(b"")]);
    }
}

/// How the artwork is, in words.
#[must_use]
pub fn words_of(state: State) -> &'static [u8] {
    match state {
        State::Well => b"the artwork is well",
        State::Starting => b"the artwork is starting",
        State::Ill => b"something is wrong",
        State::Asking => b"the host is asked to put everything back",
    }
}

/// Appends how the host is reached, in words.
pub fn push_link<const N: usize>(text: &mut Text<N>, link: Link) {
    match link {
        Link::Untried => text.push(b"the host was not called yet"),
        Link::Well => text.push(b"the host answers"),
        Link::Silent => text.push(b"the host does not answer"),
        Link::Refused(status) => {
            text.push(b"the host refuses heartbeats: ");
            text.push_number(u32::from(status))
        }
    };
}

/// Appends a complaint about the INI file, with its line.
pub fn push_complaint<const N: usize>(text: &mut Text<N>, complaints: &Complaints, index: usize) {
    if let Some(complaint) = complaints.all().get(index) {
        if complaint.line > 0 {
            text.push(b"INI file, line ");
            text.push_number(u32::from(complaint.line));
            text.push(b": ");
        }
        text.push(complaint.wrong.words());
    }
}

#[cfg(test)]
mod tests;
