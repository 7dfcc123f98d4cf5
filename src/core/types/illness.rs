//! What is wrong with an exhibit, and what is done against it.

/// Why an exhibit is thought ill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symptom {
    /// No heartbeat for longer than the timeout, or none at all after a revert.
    HeartbeatLost,
    /// The VM is off.
    VmStopped,
    /// The VM is paused, and nothing that would end by itself is the cause.
    VmPaused,
    /// The VM is paused because its disk could not be read or written.
    IoError,
    /// The guest's kernel panicked.
    GuestPanicked,
    /// The guest agent has not answered several pings in a row.
    AgentSilent,
    /// Nothing has moved in the picture for too long.
    PictureFrozen,
    /// A program inside the guest asked to be put back.
    GuestRequest,
    /// The guest reported that nobody uses the artwork.
    Idle,
    /// An operator asked for it.
    Operator,
    /// The exhibit could not be started.
    StartFailed,
    /// There is no domain of the configured name.
    VmMissing,
}

impl Symptom {
    /// A few words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::HeartbeatLost => "heartbeat lost",
            Self::VmStopped => "VM stopped",
            Self::VmPaused => "VM paused",
            Self::IoError => "VM paused by an I/O error",
            Self::GuestPanicked => "guest panicked",
            Self::AgentSilent => "guest agent silent",
            Self::PictureFrozen => "picture frozen",
            Self::GuestRequest => "guest's request",
            Self::Idle => "idle",
            Self::Operator => "operator",
            Self::StartFailed => "start failed",
            Self::VmMissing => "VM missing",
        }
    }
}

/// A rung of the recovery ladder, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Remedy {
    /// `virDomainResume`, or `virDomainPMWakeup`: for a VM that somebody suspended.
    Resume,
    /// QEMU's own `snapshot-load` through libvirt's monitor passthrough: the QEMU process and its display live on.
    InPlaceRevert,
    /// `virDomainRevertToSnapshot`: libvirt replaces the QEMU process.
    FullRevert,
    /// `virDomainDestroy` first, which needs no answer of QEMU, then as above.
    DestroyRevert,
    /// Destroy and start: for a lost or damaged snapshot, or one that does not help.
    ColdStart,
}

impl Remedy {
    /// A few words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::InPlaceRevert => "in-place revert",
            Self::FullRevert => "full revert",
            Self::DestroyRevert => "destroy and revert",
            Self::ColdStart => "cold start",
        }
    }

    /// Whether the QEMU process and the viewer's connection live through it.
    pub fn keeps_display(self) -> bool {
        match self {
            Self::Resume | Self::InPlaceRevert => true,
            Self::FullRevert | Self::DestroyRevert | Self::ColdStart => false,
        }
    }
}
