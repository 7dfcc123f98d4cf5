//! What is wrong with an exhibit, and what is done against it.

use std::time::Duration;

use super::told::{codes, sayings};
use super::vm::Failure;

codes! {
    /// Why an exhibit is thought ill.
    pub enum Symptom {
        /// No heartbeat for longer than the timeout, or none at all after a revert.
        "heartbeat_lost" => HeartbeatLost,
        /// The VM is off.
        "vm_stopped" => VmStopped,
        /// The VM is paused, and nothing that would end by itself is the cause.
        "vm_paused" => VmPaused,
        /// The VM is paused because its disk could not be read or written.
        "io_error" => IoError,
        /// The guest's kernel panicked.
        "guest_panicked" => GuestPanicked,
        /// The guest agent has not answered several pings in a row.
        "agent_silent" => AgentSilent,
        /// Nothing has moved in the picture for too long.
        "picture_frozen" => PictureFrozen,
        /// QEMU has not answered for too long.
        "qemu_silent" => QemuSilent,
        /// A program inside the guest asked to be put back.
        "guest_request" => GuestRequest,
        /// The guest reported that nobody uses the artwork.
        "idle" => Idle,
        /// An operator asked for it.
        "operator" => Operator,
        /// The exhibit could not be started.
        "start_failed" => StartFailed,
        /// There is no domain of the configured name.
        "vm_missing" => VmMissing,
        /// The guest rebooted by itself.
        "guest_rebooted" => GuestRebooted,
        /// The artwork is not to be seen on screens that are there.
        "not_shown" => NotShown,
    }
}

codes! {
    /// A rung of the recovery ladder, in the order in which they are tried.
    pub enum Remedy {
        /// `virDomainResume`, or `virDomainPMWakeup`: for a VM that somebody suspended.
        "resume" => Resume,
        /// QEMU's own `snapshot-load` through libvirt's monitor passthrough: the QEMU process and its display live on.
        "in_place_revert" => InPlaceRevert,
        /// `virDomainRevertToSnapshot`: libvirt replaces the QEMU process.
        "full_revert" => FullRevert,
        /// `virDomainDestroy` first, which needs no answer of QEMU, then as above.
        "destroy_revert" => DestroyRevert,
        /// Destroy and start: for a lost or damaged snapshot, or one that does not help.
        "cold_start" => ColdStart,
    }
}

impl Remedy {
    /// Whether the QEMU process and the viewer's connection live through it.
    pub fn keeps_display(self) -> bool {
        match self {
            Self::Resume | Self::InPlaceRevert => true,
            Self::FullRevert | Self::DestroyRevert | Self::ColdStart => false,
        }
    }
}

sayings! {
    /// What was seen of a symptom, or of a remedy that failed.
    pub enum Evidence {
        /// A guest's own words for why it asks to be put back.
        "guest_says" => GuestSays { reason: String },
        /// The same, with how bad it is, in its words.
        "guest_says_severely" => GuestSaysSeverely { reason: String, severity: String },
        /// Staff asked for it.
        "asked_for" => AskedFor { by: String },
        /// Nobody has used the artwork for so long.
        "without_a_visitor" => WithoutAVisitor { lasted: Duration },
        /// No heartbeat for so long.
        "silent" => Silent { lasted: Duration },
        /// None at all for so long after a start or a revert.
        "no_first_heartbeat" => NoFirstHeartbeat { waited: Duration },
        /// The guest shuts itself down.
        "shutting_down" => ShuttingDown,
        /// libvirt says that the VM is off.
        "vm_is_off" => VmOff,
        /// libvirt says that the VM is paused.
        "vm_is_paused" => VmPaused,
        /// QEMU paused the VM after an I/O error.
        "disk_failed" => DiskFailed,
        /// The guest's kernel panicked.
        "kernel_panicked" => KernelPanicked,
        /// The guest agent left several pings unanswered.
        "pings_unanswered" => PingsUnanswered,
        /// The picture has stood still for so long.
        "picture_still" => PictureStill { lasted: Duration },
        /// QEMU has not answered for so long.
        "qemu_not_answering" => QemuNotAnswering { lasted: Duration },
        /// libvirt has no VM of this name.
        "vm_not_there" => VmNotThere { vm: String },
        /// The guest rebooted by itself.
        "rebooted_by_itself" => RebootedByItself,
        /// The artwork is not to be seen, whatever the reason.
        "no_picture" => NoPicture,
        /// The artwork is not to be seen, since its viewer was launched again.
        "viewer_failed" => ViewerFailed { fault: ViewerFault },
        /// The VM's display has taken no connection for as long as the artwork was not to be seen.
        "display_unreachable" => DisplayUnreachable { lasted: Duration },
        /// A start failed, in a way that is told elsewhere.
        "start_has_failed" => StartFailed,
        /// A guest asked, in a way that is told elsewhere.
        "guest_asked" => GuestAsked,
        /// Nobody uses the artwork, as is told elsewhere.
        "unused" => Unused,
        /// Staff asked, in a way that is told elsewhere.
        "staff_asked" => StaffAsked,
        /// The artwork has not come back from a new snapshot.
        "snapshot_unproven" => SnapshotUnproven { seen: Box<Evidence> },
        /// No heartbeat came after a new snapshot was loaded.
        "no_heartbeat_after_load" => NoHeartbeatAfterLoad { waited: Duration },
        /// The guest agent did not answer after a new snapshot was loaded.
        "no_answer_after_load" => NoAnswerAfterLoad { waited: Duration },
        /// libvirt's call has not come back.
        "call_hung" => CallHung { waited: Duration },
        /// libvirt or QEMU said no.
        "refused" => Refused { failure: Failure },
    }
}

sayings! {
    /// What the site's last resort is for.
    pub enum Trouble {
        /// libvirt cannot be reached.
        "without_libvirt" => WithoutLibvirt,
        /// No remedy has helped these exhibits.
        "nothing_helps" => NothingHelps { exhibits: String },
        /// The X server does not answer.
        "x_server_silent" => XServerSilent,
    }
}

impl Trouble {
    /// When a trouble was away for so long, its next coming is a new one, with no history.
    pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

    /// Whether a restart of what libvirt runs by may help.
    pub fn is_libvirts(&self) -> bool {
        match self {
            Self::WithoutLibvirt | Self::NothingHelps { .. } => true,
            Self::XServerSilent => false,
        }
    }
}

sayings! {
    /// Why the X server could not be ended.
    #[derive(Copy)]
    pub enum XServerStays {
        /// It is another user's process.
        "x_server_not_permitted" => NotPermitted,
        /// It lives on though it was killed.
        "x_server_undying" => Undying,
        /// No X server of this computer is at the other end.
        "x_server_elsewhere" => Elsewhere,
    }
}

impl XServerStays {
    /// Whether it ends with the session that it belongs to.
    pub fn ends_with_session(self) -> bool {
        match self {
            Self::NotPermitted | Self::Undying => true,
            Self::Elsewhere => false,
        }
    }
}

sayings! {
    /// Why a viewer is launched again.
    pub enum ViewerFault {
        /// It ended by itself.
        "viewer_exited" => Exited { reason: String },
        /// It lost its connection, or ended, while the X server kept it waiting: a SPICE server gives it half a minute.
        "viewer_without_x_server" => WithoutXServer,
        /// It showed a box with this title, and was ended for it.
        "viewer_asked" => Asked { title: String, reason: String },
        /// It showed a box without a title, and was ended for it.
        "viewer_asked_untitled" => AskedUntitled { reason: String },
        /// The VM has no display, which it said in a box, and was ended for it.
        "viewer_without_display" => NoDisplay { reason: String },
        /// Its windows did not come to stand on their screens.
        "viewer_not_placed" => NotPlaced,
        /// Its connection to the VM's display was cut.
        "viewer_cut" => Cut,
        /// It does not answer the window manager's ping.
        "viewer_silent" => Silent,
        /// Nothing moves in its picture, though the guest is well.
        "viewer_frozen" => Frozen,
    }
}
