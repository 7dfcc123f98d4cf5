//! One call to the host at a time, without ever waiting for it: each step does what can be done now.

use crate::win32::*;
use vitrine_guest_protocol::calls::Call;
use vitrine_guest_protocol::http::{self, Answer, Progress, MAX_ANSWER, MAX_REQUEST, TIMEOUT};
use vitrine_guest_protocol::settings::Host;
use vitrine_guest_protocol::text::Text;
use vitrine_guest_protocol::time::Millis;

const WOULD_BLOCK: u32 = 10_035;
/// FIONBIO: a socket that does not wait.
const NON_BLOCKING: u32 = 0x8004_667e;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    None,
    Connecting,
    Sending,
    Receiving,
}

/// A call that is being made.
pub struct Exchange {
    phase: Phase,
    socket: u32,
    pub call: Call,
    deadline: Millis,
    /// What is sent. Written before [`Exchange::begin`].
    pub request: Text<MAX_REQUEST>,
    sent: usize,
    answer: [u8; MAX_ANSWER],
    received: usize,
}

/// How far it is.
pub enum Step<'a> {
    /// There is none.
    None,
    /// Not at its end.
    Busy,
    /// The host did not answer.
    Failed,
    /// It did.
    Answered(Answer<'a>),
}

/// Once, before anything else of this.
pub fn start() {
    static mut DATA: [u8; 400] = [0; 400];
    unsafe { WSAStartup(0x0101, DATA.as_mut_ptr()) };
}

impl Exchange {
    pub fn is_busy(&self) -> bool {
        self.phase != Phase::None
    }

    /// Begins to send what stands in `request`.
    pub fn begin(&mut self, now: Millis, call: Call, host: &Host) {
        self.call = call;
        self.deadline = now + Millis::from(TIMEOUT);
        self.sent = 0;
        self.received = 0;
        self.phase = Phase::Connecting;
        let address = SocketAddress { family: 2, port: host.port.to_be_bytes(), address: host.address, zero: [0; 8] };
        unsafe {
            self.socket = socket(2, 1, 0);
            let mut on = 1;
            ioctlsocket(self.socket, NON_BLOCKING, &mut on);
            // What fails at once is found out by the first step.
            if connect(self.socket, &address, 16) != 0 && WSAGetLastError() != WOULD_BLOCK {
                self.deadline = now;
            }
        }
    }

    /// Drops a call, as where the guest ends.
    pub fn drop_call(&mut self) {
        if self.is_busy() {
            self.close();
        }
    }

    pub fn step(&mut self, now: Millis) -> Step<'_> {
        if !self.is_busy() {
            return Step::None;
        }
        match self.go_on() {
            Ok(false) if now < self.deadline => Step::Busy,
            Ok(true) => {
                self.close();
                match http::read(self.answer.get(..self.received).unwrap_or(&[]), true) {
                    Progress::Whole(answer) => Step::Answered(answer),
                    _ => Step::Failed,
                }
            }
            _ => {
                self.close();
                Step::Failed
            }
        }
    }

    fn close(&mut self) {
        self.phase = Phase::None;
        unsafe { closesocket(self.socket) };
    }

    /// As far as it goes without waiting; true at the end.
    fn go_on(&mut self) -> Result<bool, ()> {
        if self.phase == Phase::Connecting && self.is_connected()? {
            self.phase = Phase::Sending;
        }
        if self.phase == Phase::Sending {
            let rest = self.request.bytes().get(self.sent..).unwrap_or(&[]);
            self.sent += done(unsafe { send(self.socket, rest.as_ptr(), rest.len() as i32, 0) })?.unwrap_or(0);
            if self.sent >= self.request.bytes().len() {
                self.phase = Phase::Receiving;
            }
        }
        if self.phase == Phase::Receiving {
            let room = self.answer.get_mut(self.received..).unwrap_or(&mut []);
            let len = match done(unsafe { recv(self.socket, room.as_mut_ptr(), room.len() as i32, 0) })? {
                None => return Ok(false),
                Some(len) => len,
            };
            self.received += len;
            let ended = len == 0 || self.received == MAX_ANSWER;
            return match http::read(self.answer.get(..self.received).unwrap_or(&[]), ended) {
                Progress::Part => Ok(false),
                Progress::Whole(_) => Ok(true),
                Progress::Nonsense => Err(()),
            };
        }
        Ok(false)
    }

    fn is_connected(&self) -> Result<bool, ()> {
        let set = || {
            let mut sockets = [0; 64];
            sockets[0] = self.socket;
            SocketSet { count: 1, sockets }
        };
        let (mut write, mut except) = (set(), set());
        let at_once = TimeVal { seconds: 0, micros: 0 };
        unsafe { select(0, core::ptr::null_mut(), &mut write, &mut except, &at_once) };
        // A refusal is told as an exception; without asking for those it would take Windows' own time-out.
        if except.count > 0 {
            return Err(());
        }
        Ok(write.count > 0)
    }
}

/// How much was done; `None` where it would have to wait.
fn done(result: i32) -> Result<Option<usize>, ()> {
    match result {
        0.. => Ok(Some(result as usize)),
        _ if unsafe { WSAGetLastError() } == WOULD_BLOCK => Ok(None),
        _ => Err(()),
    }
}
