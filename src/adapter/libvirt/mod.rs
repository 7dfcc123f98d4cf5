//! The libvirt adapter: watches VMs through libvirt's events, reads their state, reverts and starts them.
//!
//! One task owns everything that is known (`actor`). Every libvirt call blocks and cannot be cancelled, so each
//! one runs on a thread of its own and reports back; a call that hangs keeps its thread and harms nobody else.
//! No program is ever forked.
//!
//! - Events only say that something has happened: `events` turns libvirt's callbacks into messages, and what has become
//!   of the VM is then read.
//! - Readings (`reading`, and `description` for libvirt's XML) change nothing. `watch` knows what is to be read of which
//!   VM, and what of it is news; a poll is the safety net for events that do not come. `measure` looks at the guest's picture.
//! - Actions (`action`) are what the core asks for, one at a time for each VM (`operations`). A `job` carries one out:
//!   `power` starts and ends VMs, `revert` puts them back to a snapshot by libvirt, `in_place` by QEMU itself, which
//!   `monitor` asks; `snapshot` makes and replaces snapshots, `convert` makes internal ones of external ones,
//!   `spare` keeps the guest from writing to those, and `redefine` tells libvirt of them anew, all by the names in
//!   `names`. `agent` speaks to the guest.
//! - Probes: `agent` asks the guest for a sign of life, `liveness` QEMU; `serial` hears guests that have no network.
//! - Connections: `connection` decides when one is made and given up; `link` is one, with spare ones for slow calls.
//!   What the `virt` crate does not have is called in `ffi`.
//! - For who runs no adapter, such as the doctor: `look` at all that libvirt knows, and `vitals` of one VM, each by a
//!   `question` on a connection of its own. `media` changes what is in a drive.
//!
//! Within each of these groups a file imports only what stands below it; nothing but `mod` and `actor` sees all of them.

mod action;
mod actor;
mod agent;
mod connection;
mod convert;
mod description;
mod display;
mod events;
mod ffi;
mod in_place;
mod job;
mod link;
mod liveness;
mod look;
mod measure;
mod media;
mod monitor;
mod names;
mod operations;
mod power;
mod question;
mod reading;
mod redefine;
mod revert;
mod serial;
mod snapshot;
mod spare;
mod vitals;
mod watch;

use std::time::{Duration, Instant};

pub use look::{
    BlockSizes, Looked, Object, Secret, SnapshotText, Vm, ask_agent, block_sizes, images_of, look,
};
pub use media::{Drive, KIT_MARK, eject_kits, insert_kit};
use operations::Asked;
use tokio::sync::{mpsc, oneshot};
pub use vitals::{QemuAnswer, Vitals, has_vms, library_version, moves, vitals};

use super::Events;
use crate::core::effect::WatchedVm;
use crate::core::event::ProbeAnswer;
use crate::core::types::{ExhibitId, Failure, OpId, Size, Told, VmAction};

/// What the adapter must be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The connection URI, such as `qemu:///system`.
    pub uri: String,
    /// Time between two readings of a VM of which libvirt reports nothing.
    pub poll: Duration,
    /// How long libvirt may take over a short call before the connection counts as lost.
    pub call_deadline: Duration,
}

impl Settings {
    /// The deadline of short calls that suits everybody.
    pub const CALL_DEADLINE: Duration = Duration::from_secs(10);
}

/// Feeds the adapter. The adapter ends with [`Handle::close`], or when the last clone is gone.
#[derive(Clone, Debug)]
pub struct Handle(mpsc::UnboundedSender<Msg>);

impl Handle {
    /// These are all the VMs to watch from now on. Each is read at once.
    pub fn watch(&self, vms: Vec<WatchedVm>) {
        self.send(Msg::Watch(vms));
    }

    /// Does something slow to a VM. The end is `Event::Done`, after a `VmSeen` that was read after it.
    /// There is no deadline in here. While an action hangs, one that [takes over](VmAction::takes_over) is taken.
    pub fn act(&self, exhibit: ExhibitId, op: OpId, action: VmAction) {
        self.send(Msg::Act { exhibit, op, action });
    }

    /// Tells a guest the time through its agent, if one answers. Nothing comes back.
    pub fn set_time(&self, exhibit: ExhibitId) {
        self.send(Msg::SetTime(exhibit));
    }

    /// Finds out how large the picture on the guest's first display is; the answer is `Event::GuestSize`.
    pub fn measure(&self, exhibit: ExhibitId) {
        self.send(Msg::Measure(exhibit));
    }

    /// Takes a small picture of what a VM draws on its first display, as JPEG. The reply is dropped where there is none to
    /// be had, or another one is being taken.
    pub fn glance(&self, exhibit: ExhibitId, reply: oneshot::Sender<Vec<u8>>) {
        self.send(Msg::Glance { exhibit, reply });
    }

    /// Reads a VM's state; the answer is `Event::VmSeen`. While libvirt is away there is none, and when it is
    /// back every VM is read anyway.
    pub fn observe(&self, exhibit: ExhibitId) {
        self.send(Msg::Observe(exhibit));
    }

    /// Pings the guest agent; the answer is `Event::Probed`, at the latest 2 s after the timeout, which libvirt
    /// takes in whole seconds, at least one.
    pub fn ping(&self, exhibit: ExhibitId, op: OpId, timeout: Duration) {
        self.send(Msg::Ask { exhibit, op, asked: Asked::Agent, timeout });
    }

    /// Asks QEMU itself; the answer is `Event::Probed`, at the latest 2 s after the timeout.
    pub fn ask_qemu(&self, exhibit: ExhibitId, op: OpId, timeout: Duration) {
        self.send(Msg::Ask { exhibit, op, asked: Asked::Qemu, timeout });
    }

    /// Tries whether the VM's display takes a connection, as its viewer would make one; the answer is `Event::Probed`.
    pub fn try_display(&self, exhibit: ExhibitId, op: OpId, timeout: Duration) {
        self.send(Msg::Ask { exhibit, op, asked: Asked::Display, timeout });
    }

    /// Lets go of libvirt and ends the adapter. VMs are left as they are.
    pub fn close(&self) {
        self.send(Msg::Close);
    }

    fn send(&self, msg: Msg) {
        // The adapter is closed already: then nothing is wanted of it.
        let _ = self.0.send(msg);
    }
}

/// Starts the adapter. Must be called within a tokio runtime that has timers.
pub fn spawn(settings: Settings, events: Events) -> Handle {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(actor::Actor::new(settings, events, sender.downgrade()).run(receiver));
    Handle(sender)
}

/// Everything that the actor is told: by the handle, by libvirt's events, by calls that have returned.
#[derive(Debug)]
enum Msg {
    Watch(Vec<WatchedVm>),
    Act {
        exhibit: ExhibitId,
        op: OpId,
        action: VmAction,
    },
    Observe(ExhibitId),
    SetTime(ExhibitId),
    Measure(ExhibitId),
    Glance {
        exhibit: ExhibitId,
        reply: oneshot::Sender<Vec<u8>>,
    },
    /// A picture was taken, or could not be.
    Glanced(ExhibitId),
    Ask {
        exhibit: ExhibitId,
        op: OpId,
        asked: Asked,
        timeout: Duration,
    },
    Close,
    /// libvirt reported something on the connection of this number.
    LibvirtEvent {
        link: u64,
        at: Instant,
        what: events::LibvirtEvent,
    },
    /// An attempt to connect has returned.
    Opened(Result<Box<link::Link>, Told>),
    /// A reading has returned.
    Read {
        exhibit: ExhibitId,
        seq: u64,
        result: Result<reading::Reading, Failure>,
    },
    /// A reading of a VM's description has returned.
    Described {
        exhibit: ExhibitId,
        seq: u64,
        result: Result<description::Devices, Failure>,
    },
    /// A measurement has returned.
    Measured {
        exhibit: ExhibitId,
        size: Option<Size>,
    },
    /// An attempt to open what an exhibit's beats come through has returned.
    LineOpened {
        exhibit: ExhibitId,
        seq: u64,
        result: Result<serial::OpenLine, Told>,
    },
    /// An action has returned, and the VM was read after it.
    Acted {
        exhibit: ExhibitId,
        op: OpId,
        vm: String,
        result: Result<(), Failure>,
        seen: Option<reading::Reading>,
    },
    /// A probe's question has returned.
    Answered {
        exhibit: ExhibitId,
        op: OpId,
        asked: Asked,
        answer: ProbeAnswer,
    },
    /// The question whether the connection of this number still answers has returned.
    Probed {
        link: u64,
        answered: bool,
    },
}
