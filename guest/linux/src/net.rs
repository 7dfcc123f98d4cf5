//! One call to the host at a time, without ever waiting for it: each step does what can be done now.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, connect, recv, send, socket_with, sockopt,
};
use vitrine_guest_protocol::calls::Call;
use vitrine_guest_protocol::http::{self, Answer, MAX_ANSWER, MAX_REQUEST, Progress, TIMEOUT};
use vitrine_guest_protocol::settings::Host;
use vitrine_guest_protocol::text::Text;
use vitrine_guest_protocol::time::Millis;

enum Phase {
    None,
    Failed,
    Connecting(OwnedFd),
    Sending(OwnedFd),
    Receiving(OwnedFd),
}

/// A call that is being made.
pub(crate) struct Exchange {
    phase: Phase,
    pub(crate) call: Call,
    deadline: Millis,
    /// What is sent. Written before [`Exchange::begin`].
    pub(crate) request: Text<MAX_REQUEST>,
    sent: usize,
    answer: Vec<u8>,
}

/// How far it is.
pub(crate) enum Step<'a> {
    /// There is none.
    None,
    /// Not at its end.
    Busy,
    /// The host did not answer.
    Failed,
    /// It did.
    Answered(Answer<'a>),
}

impl Exchange {
    pub(crate) fn new() -> Self {
        let (phase, call, request) = (Phase::None, Call::Beat, Text::EMPTY);
        Self { phase, call, deadline: 0, request, sent: 0, answer: Vec::new() }
    }

    pub(crate) fn is_busy(&self) -> bool {
        !matches!(self.phase, Phase::None)
    }

    /// Begins to send what stands in `request`.
    pub(crate) fn begin(&mut self, now: Millis, call: Call, host: &Host) {
        self.call = call;
        self.deadline = now + Millis::from(TIMEOUT);
        self.sent = 0;
        self.answer.clear();
        self.phase = open(host).map_or(Phase::Failed, Phase::Connecting);
    }

    /// Drops a call, as where the guest ends.
    pub(crate) fn drop_call(&mut self) {
        self.phase = Phase::None;
    }

    pub(crate) fn step(&mut self, now: Millis) -> Step<'_> {
        if !self.is_busy() {
            return Step::None;
        }
        match self.go_on() {
            Ok(false) if now < self.deadline => Step::Busy,
            Ok(true) => {
                self.phase = Phase::None;
                match http::read(&self.answer, true) {
                    Progress::Whole(answer) => Step::Answered(answer),
                    Progress::Part | Progress::Nonsense => Step::Failed,
                }
            }
            Ok(false) | Err(()) => {
                self.phase = Phase::None;
                Step::Failed
            }
        }
    }

    /// As far as it goes without waiting; true at the end.
    fn go_on(&mut self) -> Result<bool, ()> {
        loop {
            self.phase = match std::mem::replace(&mut self.phase, Phase::Failed) {
                Phase::None | Phase::Failed => return Err(()),
                Phase::Connecting(socket) => {
                    if !is_connected(&socket)? {
                        self.phase = Phase::Connecting(socket);
                        return Ok(false);
                    }
                    Phase::Sending(socket)
                }
                Phase::Sending(socket) => {
                    let rest = self.request.bytes().get(self.sent..).unwrap_or(&[]);
                    match send(&socket, rest, SendFlags::NOSIGNAL) {
                        Ok(len) => self.sent += len,
                        Err(Errno::AGAIN | Errno::INTR) => {
                            self.phase = Phase::Sending(socket);
                            return Ok(false);
                        }
                        Err(_) => return Err(()),
                    }
                    if self.sent < self.request.bytes().len() {
                        Phase::Sending(socket)
                    } else {
                        Phase::Receiving(socket)
                    }
                }
                Phase::Receiving(socket) => {
                    let mut room = [0; MAX_ANSWER];
                    let room = room.get_mut(self.answer.len()..).unwrap_or(&mut []);
                    match recv(&socket, &mut *room, RecvFlags::empty()) {
                        Ok((len, _)) => {
                            self.answer.extend_from_slice(room.get(..len).unwrap_or(&[]));
                            let ended = len == 0 || self.answer.len() >= MAX_ANSWER;
                            match http::read(&self.answer, ended) {
                                Progress::Part => {}
                                Progress::Whole(_) => return Ok(true),
                                Progress::Nonsense => return Err(()),
                            }
                        }
                        Err(Errno::AGAIN | Errno::INTR) => {
                            self.phase = Phase::Receiving(socket);
                            return Ok(false);
                        }
                        Err(_) => return Err(()),
                    }
                    Phase::Receiving(socket)
                }
            };
        }
    }
}

fn open(host: &Host) -> Option<OwnedFd> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).ok()?;
    match connect(&socket, &SocketAddrV4::new(Ipv4Addr::from(host.address), host.port)) {
        Ok(()) | Err(Errno::INPROGRESS) => Some(socket),
        Err(_) => None,
    }
}

fn is_connected(socket: &OwnedFd) -> Result<bool, ()> {
    let mut polled = [PollFd::new(socket, PollFlags::OUT)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    if poll(&mut polled, Some(&at_once)).unwrap_or(0) == 0 {
        return Ok(false);
    }
    match sockopt::socket_error(socket) {
        Ok(Ok(())) => Ok(true),
        Ok(Err(_)) | Err(_) => Err(()),
    }
}
