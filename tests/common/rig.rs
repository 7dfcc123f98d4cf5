//! The libvirt adapter, driven as the daemon drives it.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;
use vitrine::adapter::libvirt::{Handle, Settings, spawn};
use vitrine::adapter::{Events, Report};
use vitrine::core::effect::WatchedVm;
use vitrine::core::event::{Event, ProbeAnswer};
use vitrine::core::types::{ExhibitId, Failure, OpId, VmAction, VmInfo, VmState};

pub const A: ExhibitId = ExhibitId(1);
pub const B: ExhibitId = ExhibitId(2);

/// The adapter, and everything that it has said.
pub struct Rig {
    pub handle: Handle,
    pub inbox: UnboundedReceiver<Report>,
    pub heard: Vec<Event>,
    pub last_op: u64,
}

impl Rig {
    pub fn new(uri: &str, call_deadline: Duration) -> Self {
        // Polls are left out, so that the tests are about events.
        let settings = Settings { uri: uri.to_owned(), poll: Duration::from_secs(3600), call_deadline };
        Self::with(settings)
    }

    pub fn with(settings: Settings) -> Self {
        let (events, inbox) = Events::channel();
        Self { handle: spawn(settings, events), inbox, heard: Vec::new(), last_op: 0 }
    }

    pub fn watch(&self, vms: &[(ExhibitId, &str)]) {
        let watched =
            |&(exhibit, vm): &(ExhibitId, &str)| WatchedVm { exhibit, vm: vm.to_owned(), serial: None };
        self.handle.watch(vms.iter().map(watched).collect());
    }

    /// Waits for an event; all that come before it are put aside.
    pub async fn wait<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        let give_up = tokio::time::Instant::now() + Duration::from_secs(90);
        loop {
            let event = match tokio::time::timeout_at(give_up, self.inbox.recv()).await {
                Ok(Some(Report::Core(event))) => event,
                other => panic!("{what} has not come, but {other:?}; this has: {:#?}", self.heard),
            };
            let picked = pick(&event);
            self.heard.push(event);
            if let Some(picked) = picked {
                return picked;
            }
        }
    }

    pub async fn up(&mut self) {
        self.wait("HypervisorUp", |event| matches!(event, Event::HypervisorUp).then_some(())).await;
    }

    pub async fn down(&mut self) -> String {
        self.wait("HypervisorDown", |event| match event {
            Event::HypervisorDown { reason } => Some(reason.to_string()),
            _ => None,
        })
        .await
    }

    /// Waits until a VM is seen in a state; says what was seen, and how long after libvirt's event.
    pub async fn seen(&mut self, of: ExhibitId, state: VmState) -> (VmInfo, Option<Instant>) {
        self.wait(&format!("{of:?} as {state:?}"), |event| match event {
            Event::VmSeen { exhibit, info, event_at, .. } if *exhibit == of && info.state == state => {
                Some((info.clone(), *event_at))
            }
            _ => None,
        })
        .await
    }

    pub fn act(&mut self, exhibit: ExhibitId, action: VmAction) -> OpId {
        self.last_op += 1;
        self.handle.act(exhibit, OpId(self.last_op), action);
        OpId(self.last_op)
    }

    pub async fn done(&mut self, op: OpId) -> Result<(), Failure> {
        let end = |event: &Event| match event {
            Event::Done { op: ended, result, .. } if *ended == op => Some(result.clone()),
            _ => None,
        };
        match self.heard.iter().find_map(end) {
            Some(result) => result,
            None => self.wait("Done", end).await,
        }
    }

    pub async fn act_and_wait(&mut self, exhibit: ExhibitId, action: VmAction) -> Result<(), Failure> {
        let op = self.act(exhibit, action);
        self.done(op).await
    }

    /// What was last said of a VM.
    pub fn info(&self, of: ExhibitId) -> VmInfo {
        let info = self.heard.iter().rev().find_map(|event| match event {
            Event::VmSeen { exhibit, info, .. } if *exhibit == of => Some(info.clone()),
            _ => None,
        });
        info.expect("the VM has been seen")
    }

    /// Asks the QEMU of A's VM whether it answers.
    pub fn ask_qemu(&mut self, timeout: Duration) -> OpId {
        self.last_op += 1;
        self.handle.ask_qemu(A, OpId(self.last_op), timeout);
        OpId(self.last_op)
    }

    /// What came of that.
    pub async fn qemu_answer(&mut self, op: OpId) -> Option<bool> {
        self.wait("QEMU's answer", |event| match event {
            Event::Probed { op: asked, answer: ProbeAnswer::Qemu { answers }, .. } if *asked == op => {
                Some(*answers)
            }
            _ => None,
        })
        .await
    }

    /// Both.
    pub async fn qemu_answers(&mut self, timeout: Duration) -> Option<bool> {
        let op = self.ask_qemu(timeout);
        self.qemu_answer(op).await
    }

    /// Pings until the agent of A's guest answers, or no longer does.
    pub async fn agent(&mut self, there: bool) {
        let give_up = Instant::now() + Duration::from_secs(60);
        while Instant::now() < give_up {
            self.last_op += 1;
            let op = OpId(self.last_op);
            self.handle.ping(A, op, Duration::from_secs(1));
            let pong = |event: &Event| match event {
                Event::Probed { op: asked, answer: ProbeAnswer::Agent { answered }, .. } if *asked == op => {
                    Some(*answered)
                }
                _ => None,
            };
            if self.wait("the pong", pong).await == there {
                return;
            }
            // Only how often it is asked, not how long is waited.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the agent should be there: {there}")
    }
}
