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
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::HeartbeatLost,
        Self::VmStopped,
        Self::VmPaused,
        Self::IoError,
        Self::GuestPanicked,
        Self::AgentSilent,
        Self::PictureFrozen,
        Self::GuestRequest,
        Self::Idle,
        Self::Operator,
        Self::StartFailed,
        Self::VmMissing,
    ];

    /// Its code in journal and API, which never changes.
    pub fn code(self) -> &'static str {
        match self {
            Self::HeartbeatLost => "heartbeat_lost",
            Self::VmStopped => "vm_stopped",
            Self::VmPaused => "vm_paused",
            Self::IoError => "io_error",
            Self::GuestPanicked => "guest_panicked",
            Self::AgentSilent => "agent_silent",
            Self::PictureFrozen => "picture_frozen",
            Self::GuestRequest => "guest_request",
            Self::Idle => "idle",
            Self::Operator => "operator",
            Self::StartFailed => "start_failed",
            Self::VmMissing => "vm_missing",
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
    /// All of them, the weakest first.
    pub const ALL: [Self; 5] =
        [Self::Resume, Self::InPlaceRevert, Self::FullRevert, Self::DestroyRevert, Self::ColdStart];

    /// Its code in journal and API, which never changes.
    pub fn code(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::InPlaceRevert => "in_place_revert",
            Self::FullRevert => "full_revert",
            Self::DestroyRevert => "destroy_revert",
            Self::ColdStart => "cold_start",
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
