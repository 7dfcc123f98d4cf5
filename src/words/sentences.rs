//! The English sentences of the codes that the core tells.

use super::Row;

const SENTENCES: &[Row] = &[
    ("text", "{text}"),
    ("by_configuration", "the configuration"),
    // Failures
    ("unreachable", "libvirt cannot be reached: {why}"),
    ("call_at_work", "an earlier libvirt call on this VM has not come back yet"),
    ("vm_missing_of_name", "libvirt has no VM of this name"),
    ("snapshot_missing_of_name", "the VM has no snapshot of this name"),
    // NameFlaw
    ("empty", "the name is empty"),
    (
        "digits",
        "QEMU takes a name that has digits only for a number of its own, and may load another snapshot",
    ),
    ("slash", "libvirt takes no name with a / in it"),
    ("dot", "libvirt takes no snapshot's name that begins with a dot"),
    ("control", "the name has a control character in it"),
    ("blank", "the name begins or ends with a blank"),
    ("copy", "Vitrine keeps such names for the copies that it makes while it replaces a snapshot"),
    // Ignored
    ("on_hold", "on hold by {by}"),
    ("being_put_back", "it is being put back already"),
    ("libvirt_away", "libvirt is not reached just now"),
    ("snapshot_at_work", "a snapshot is being worked on"),
    ("not_watched", "it is not being watched over"),
    ("too_often", "put back too often of late; the artwork goes on as it is"),
    (
        "without_snapshot",
        "{exhibit} has no snapshot '{snapshot}' that it could be put back to, so it goes on as it is",
    ),
    ("idleness_ignored", "this exhibit is configured to ignore idleness"),
    ("not_idle_enough", "idle for {lasted}, and this exhibit is put back after {limit}"),
    ("reboots_ignored", "this exhibit is configured to reboot by itself"),
    ("nothing_to_go_back_to", "there is no snapshot that it could be put back to"),
    ("boots", "it was switched on without its snapshot, and boots"),
    (
        "nothing_to_convert",
        "{exhibit} has nothing to convert: no external snapshot is in the way of '{snapshot}'",
    ),
    // Refusal
    ("daemon_ends", "Vitrine is ending"),
    ("exhibit_gone", "this exhibit is no longer configured"),
    (
        "list_overdue",
        "libvirt has not told within {waited} which snapshots {vm} has: it keeps the VM locked, or hangs. If this goes \
         on, see `virsh domjobinfo {vm}` and libvirt's own log",
    ),
    (
        "call_overdue",
        "libvirt has not answered for {exhibit} in time; it may still do what was asked. See `vitrine status`, and \
         libvirt's own log if this goes on",
    ),
    (
        "stop_overdue",
        "libvirt has not ended the VM of {exhibit} in time. Once it has, {exhibit} stays stopped; if libvirt gives it up, \
         {exhibit} is watched as before. See `vitrine status`",
    ),
    ("busy", "{exhibit} is busy, and too many requests wait for that to end; try again when it is done"),
    ("stopped_meanwhile", "{exhibit} is stopped, as {by} has wished meanwhile, so this was not begun"),
    (
        "waited_in_vain",
        "{exhibit} has been busy with something else for {waited}, so this was not begun; see `vitrine status`, and try \
         again",
    ),
    (
        "stop_waits",
        "{exhibit} has been busy with something else for {waited}; it is stopped once that has ended. See `vitrine \
         status`",
    ),
    (
        "libvirt_unreachable",
        "libvirt is not reached just now, so nothing can be done to {exhibit}; Vitrine keeps trying",
    ),
    ("no_vm", "libvirt has no VM named {vm}, which {exhibit} is configured for; see `virsh list --all`"),
    (
        "no_snapshot",
        "{vm} has no snapshot named {snapshot}; with the artwork running as it should, make one: vitrine snapshot create \
         {exhibit}",
    ),
    (
        "hold_over",
        "the hold of {exhibit} was to end at a moment that is over, so nothing has changed; is the clock right that it \
         was taken from? Without an end it lasts until it is ended",
    ),
    (
        "delete_external",
        "'{snapshot}' is an external snapshot, and deleting it could take along what others need, so Vitrine deletes none \
         of them. Nothing was changed. First make the artwork independent of it (vitrine snapshot convert {exhibit}); \
         what is left then is yours to delete by virsh",
    ),
    (
        "delete_tied",
        "'{snapshot}' belongs to the same images as the external snapshot '{external}', and deleting it could take along \
         what others need, so Vitrine deletes none of them. Nothing was changed. First make the artwork independent of \
         it (vitrine snapshot convert {exhibit}); what is left then is yours to delete by virsh",
    ),
    (
        "delete_needed",
        "{exhibit} is put back to {snapshot}, so it is not deleted while Vitrine watches over it; to replace it: vitrine \
         snapshot create {exhibit}; to delete it all the same, first: vitrine hold {exhibit}",
    ),
    ("bad_name", "a snapshot cannot be called '{snapshot}': {flaw}; choose another name"),
    (
        "external_in_the_way",
        "the snapshot '{external}' of {vm} is an external one, as virt-manager makes them: a new snapshot would lie in \
         its files and be lost with it. Nothing was changed. To have an internal one instead, in a flat copy of the \
         disks: vitrine snapshot convert {exhibit}",
    ),
    (
        "nothing_to_convert_from",
        "{vm} has no snapshot named {snapshot} that could be converted; to keep the artwork as it is now: vitrine \
         snapshot convert {exhibit} --present",
    ),
    (
        "convert_on_hold",
        "{exhibit} is on hold, and converting {snapshot} puts the artwork to it first, so that what was changed \
         meanwhile would be lost; to keep the artwork as it is now: vitrine snapshot convert {exhibit} --present. To \
         convert {snapshot} itself, first: vitrine resume {exhibit}",
    ),
    (
        "name_kept",
        "'{snapshot}' is an internal snapshot in the images of an external one, and is kept as it is. Choose another \
         name for {exhibit} in the configuration, such as snapshot = \"{snapshot}-2\"; then bring the artwork to the \
         state in which it should always come back, and keep that: vitrine snapshot convert {exhibit} --present",
    ),
    (
        "not_well",
        "{exhibit} is not well just now, and a snapshot would keep that; if you know better, hold it first: vitrine hold \
         {exhibit}",
    ),
    (
        "vm_off",
        "the VM of {exhibit} does not run, and a snapshot is made of a running artwork; start it first: vitrine start \
         {exhibit}",
    ),
    (
        "vm_off_on_hold",
        "the VM of {exhibit} does not run, and a snapshot is made of a running artwork; start it first: virsh start \
         {vm}, which does not put it back",
    ),
    (
        "no_heartbeat",
        "no heartbeat has come from {exhibit} for {timeout}, and a snapshot is kept only if the artwork beats after it \
         was put back to it; have the program that beats run in the guest, or write `heartbeat = false` for this \
         exhibit, and try again",
    ),
    (
        "not_replaced",
        "{failure}. The new snapshot has proven itself, but could not take the place of the former one; until then \
         {exhibit} is put back to {back_to}. Mend this, and try again: vitrine snapshot create {exhibit}",
    ),
    (
        "unproven_former_back",
        "the new snapshot was deleted, since it has not proven itself: {seen}. {exhibit} is put back to the former one, \
         as it was before. Once the artwork runs as it should, try again: vitrine snapshot create {exhibit}",
    ),
    (
        "unproven_proven_back",
        "the new snapshot was deleted, since it has not proven itself: {seen}. {exhibit} is put back to what was loaded \
         well before. Once the artwork runs as it should, try again: vitrine snapshot create {exhibit}",
    ),
    (
        "unproven_left",
        "the new snapshot has not proven itself: {seen}. VM and snapshot were left as they are, so nothing of your work \
         is lost: it is kept as '{newest}'. The artwork is still put back to '{back_to}'. Look at the artwork. If it \
         runs as it should, try again: vitrine snapshot create {exhibit}. To load what was kept: virsh snapshot-revert \
         {vm} {newest} --running. To be rid of it: vitrine snapshot delete {exhibit} {newest}",
    ),
    (
        "unproven_left_alone",
        "the new snapshot has not proven itself: {seen}. VM and snapshot were left as they are, so nothing of your work \
         is lost: it is kept as '{newest}'. There is no other one to put the artwork back to. Look at the artwork. If it \
         runs as it should, try again: vitrine snapshot create {exhibit}. To load what was kept: virsh snapshot-revert \
         {vm} {newest} --running. To be rid of it: vitrine snapshot delete {exhibit} {newest}",
    ),
    (
        "snapshot_overdue",
        "libvirt has not come back in time, so the new snapshot of {exhibit} was not finished; a former one is there \
         still. See `vitrine status`, and libvirt's own log, then try again",
    ),
    ("failed", "{failure}"),
    // Evidence
    ("guest_says", "{reason}"),
    ("guest_says_severely", "{reason} ({severity})"),
    ("asked_for", "asked for by {by}"),
    ("without_a_visitor", "the guest reports {lasted} without a visitor"),
    ("silent", "no heartbeat for {lasted}"),
    ("no_first_heartbeat", "no first heartbeat within {waited}"),
    ("shutting_down", "the guest shuts itself down"),
    ("vm_is_off", "libvirt says that the VM is off"),
    ("vm_is_paused", "libvirt says that the VM is paused"),
    ("disk_failed", "a read or a write of the VM's disk failed, and QEMU paused it"),
    ("kernel_panicked", "the guest's kernel panicked"),
    ("pings_unanswered", "the guest agent left several pings in a row unanswered"),
    ("picture_still", "nothing has moved in the picture for {lasted}"),
    ("qemu_not_answering", "QEMU has not answered for {lasted}"),
    ("vm_not_there", "libvirt has no VM named {vm}"),
    ("rebooted_by_itself", "the guest rebooted by itself"),
    ("no_picture", "the artwork is not on its screens"),
    ("viewer_failed", "the artwork is not on its screens, and its viewer was launched again: {fault}"),
    (
        "display_unreachable",
        "the VM's display takes no connection, and the artwork was not seen for {lasted}",
    ),
    ("start_has_failed", "start failed"),
    ("guest_asked", "guest's request"),
    ("unused", "idle"),
    ("staff_asked", "operator"),
    ("snapshot_unproven", "a new snapshot has not proven itself: {seen}"),
    ("no_heartbeat_after_load", "no heartbeat within {waited} after it was loaded"),
    ("no_answer_after_load", "no answer of the guest agent within {waited} after it was loaded"),
    ("call_hung", "libvirt's call has not come back within {waited}"),
    ("refused", "{failure}"),
    ("refused_as_foreseen", "{finding} ({failure})"),
    // Trouble
    ("without_libvirt", "libvirt is away"),
    ("nothing_helps", "nothing helps {exhibits}"),
    ("x_server_silent", "the X server does not answer, so nothing moves on any screen"),
    // XServerStays
    ("x_server_not_permitted", "the X server is another user's process"),
    (
        "x_server_undying",
        "the X server was killed, and lives on: it hangs in the kernel, or in the driver of the graphics card",
    ),
    ("x_server_elsewhere", "the X server is no process of this computer"),
    // ViewerFault
    ("viewer_exited", "{reason}"),
    ("viewer_without_x_server", "its connection was lost while the X server did not answer"),
    (
        "viewer_asked",
        "it opened a box, \"{title}\", which nobody is there to answer, and was ended: {reason}",
    ),
    ("viewer_asked_untitled", "it opened a box, which nobody is there to answer, and was ended: {reason}"),
    (
        "viewer_without_display",
        "the VM has no display, SPICE or VNC, that it could show; it was ended: {reason}",
    ),
    ("viewer_not_placed", "its windows did not come to stand on their screens"),
    ("viewer_cut", "its connection to the VM's display was cut"),
    ("viewer_silent", "it answers no longer"),
    ("viewer_frozen", "nothing moves in its picture"),
    // Done
    ("started", "{exhibit} is started"),
    ("stopped_for_good", "{exhibit} is stopped, and stays so until it is started"),
    ("is_back", "{exhibit} is back at its snapshot"),
    ("is_held", "{exhibit} is on hold: watched and shown, but not touched"),
    ("is_resumed", "{exhibit} is recovered automatically again"),
    ("has_snapshot", "{exhibit} has its snapshot"),
    ("has_flat_snapshot", "{exhibit} has its snapshot, in a flat copy of its disks"),
    ("snapshot_gone", "{exhibit} has one snapshot less"),
    ("is_put_back", "{exhibit} is put back to its snapshot"),
    ("is_put_back_unused", "{exhibit} is put back to its snapshot, since nobody uses it"),
    ("pressed", "Pressed; the guest of {exhibit} is told when it asks"),
    ("state_set", "{state} of {exhibit} is set"),
    ("state_unset", "{state} of {exhibit} is no longer set; its hook answers"),
    ("signalled", "The hook {event} of {exhibit} has run"),
    ("going_on", "{done}: taken up, and going on"),
    ("is_started_anew", "{exhibit} is started anew, since it has no snapshot that it could be put back to"),
    ("joined", "{done}, by what was under way already"),
    ("followed", "{done}, after what was under way had ended"),
    (
        "unwritten",
        "{done}; but that could not be written down, and is forgotten when Vitrine or the computer is started anew: is \
         there room on the disk, and is the state folder the kiosk user's?",
    ),
    // FlawNotice
    (
        "snapshot_external",
        "the snapshot '{snapshot}' of {vm} is an external one, as virt-manager makes them: it is neither replaced nor \
         deleted, and cannot be loaded in place. To have an internal one instead: vitrine snapshot convert {exhibit}",
    ),
    (
        "snapshot_tied",
        "the snapshot '{snapshot}' of {vm} lies in the images of the external snapshot '{external}': it is neither \
         replaced nor deleted, and cannot be loaded in place. To have an internal one instead: vitrine snapshot convert \
         {exhibit}",
    ),
    (
        "snapshot_beneath",
        "the external snapshot '{external}' of {vm} is laid upon the image that '{snapshot}' lies in, and each revert \
         to '{snapshot}' changes that image: '{external}' is worth nothing afterwards. If it is needed, hold the \
         exhibit, revert to '{external}' by virsh if that has not happened yet, choose another name in the \
         configuration, and keep it apart: vitrine snapshot convert {exhibit} --present",
    ),
    (
        "snapshot_without_memory",
        "the snapshot '{snapshot}' of {vm} holds no memory, since the VM was off when it was made: the guest boots \
         after each revert. With the artwork running as it should: vitrine snapshot create {exhibit}",
    ),
    (
        "snapshot_left_copy",
        "a replacement of the snapshot '{snapshot}' of {vm} was cut off: the artwork is put back to its copy '{copy}'. \
         When there is time: vitrine snapshot create {exhibit}",
    ),
    // The journal's own
    ("silent_at_once", "{exhibits}: silent at once, which is this computer's fault and not theirs"),
    ("beats_again", "one of them beats again"),
    ("x_server_stood_still", "it had not answered for {lasted}"),
    ("by_staff", "by {by}"),
    ("by_staff_for", "by {by}: {reason}"),
    ("by_time", "by the time that was set for it"),
    ("daemon_began", "Vitrine {version} began"),
    ("daemon_ended", "Vitrine ended in order"),
    ("daemon_killed", "Vitrine ended without a word: it was killed, or crashed"),
    ("power_lost", "the computer stopped without ending Vitrine: it lost its power, or crashed"),
];

/// The English sentence of a code; `None` for none of ours.
pub(super) fn of(code: &str) -> Option<&'static str> {
    SENTENCES.iter().find(|(known, _)| *known == code).map(|(_, english)| *english)
}

/// All of them, for the tests of what is complete.
#[cfg(test)]
pub(super) fn all() -> &'static [Row] {
    SENTENCES
}
