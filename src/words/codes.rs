//! The words for the codes of symptoms, remedies, steps, outcomes and the journal's entries.

use super::{Row, in_language, language};

const SYMPTOMS: &[Row] = &[
    ("heartbeat_lost", "heartbeat lost"),
    ("vm_stopped", "VM stopped"),
    ("vm_paused", "VM paused"),
    ("io_error", "VM paused by an I/O error"),
    ("guest_panicked", "guest panicked"),
    ("agent_silent", "guest agent silent"),
    ("picture_frozen", "picture frozen"),
    ("qemu_silent", "QEMU silent"),
    ("guest_request", "guest's request"),
    ("idle", "idle"),
    ("operator", "operator"),
    ("start_failed", "start failed"),
    ("vm_missing", "VM missing"),
    ("guest_rebooted", "guest rebooted"),
    ("not_shown", "not shown"),
];

const REMEDIES: &[Row] = &[
    ("resume", "resume"),
    ("in_place_revert", "in-place revert"),
    ("full_revert", "full revert"),
    ("destroy_revert", "destroy and revert"),
    ("cold_start", "cold start"),
];

const STEPS: &[Row] = &[
    ("converting", "copying the artwork's disks"),
    ("saving", "saving the artwork as it is"),
    ("loading", "putting the artwork to the new snapshot"),
    ("proving", "waiting for a sign of life"),
    ("replacing", "replacing the former snapshot"),
    ("tidying", "tidying up"),
    ("deleting", "deleting a snapshot"),
];

const OUTCOMES: &[Row] = &[
    ("noticed", "noticed"),
    ("recovering", "recovering"),
    ("broken", "broken"),
    ("recovered", "recovered"),
    ("passed_by_itself", "passed by itself"),
    ("taken_in_hand", "taken in hand"),
    ("cut_off", "cut off"),
];

const KINDS: &[Row] = &[
    ("incident", "incident"),
    ("held", "held"),
    ("resumed", "resumed"),
    ("stopped", "stopped"),
    ("start_asked", "start asked for"),
    ("snapshot_asked", "new ready state asked for"),
    ("conversion_asked", "conversion of a snapshot asked for"),
    ("deletion_asked", "deletion of a snapshot asked for"),
    ("silent_together", "no guest heard"),
    ("heard_again", "guests heard again"),
    ("x_server_silent", "X server silent"),
    ("x_server_answers", "X server answers"),
    ("x_server_ended", "X server told to end"),
    ("x_server_stays", "X server not ended"),
    ("session_ended", "session told to end"),
    ("session_end_refused", "session not ended"),
    ("libvirt_restarted", "libvirt restarted"),
    ("computer_restarted", "computer restarted"),
    ("restart_refused", "restart refused"),
    ("daemon_began", "daemon began"),
    ("daemon_ended", "daemon ended"),
    ("daemon_killed", "daemon killed"),
    ("power_lost", "power lost"),
];

/// The tables, for the tests of what is complete.
#[cfg(test)]
pub(super) const TABLES: [&[Row]; 5] = [SYMPTOMS, REMEDIES, STEPS, OUTCOMES, KINDS];

/// In the language that this process speaks.
fn look_up<'a>(table: &[Row], code: &'a str) -> &'a str {
    table
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(code, |(_, english)| in_language(english, language()))
}

/// A symptom's words.
pub fn symptom(code: &str) -> &str {
    look_up(SYMPTOMS, code)
}

/// A remedy's words.
pub fn remedy(code: &str) -> &str {
    look_up(REMEDIES, code)
}

/// The words for a step of what is done about a snapshot.
pub fn step(code: &str) -> &str {
    look_up(STEPS, code)
}

/// The words for how an incident ended, or how far it is.
pub fn outcome(code: &str) -> &str {
    look_up(OUTCOMES, code)
}

/// The words for what an entry of the journal tells of.
pub fn kind(code: &str) -> &str {
    look_up(KINDS, code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::types::{Remedy, SnapshotStep, Symptom};
    use crate::journal;

    fn codes(table: &[Row]) -> Vec<&str> {
        table.iter().map(|(code, _)| *code).collect()
    }

    fn all<T: Copy>(all: &[T], code: fn(T) -> &'static str) -> Vec<&'static str> {
        all.iter().copied().map(code).collect()
    }

    #[test]
    fn every_code_has_its_words_and_no_words_are_left_over() {
        assert_eq!(codes(SYMPTOMS), all(Symptom::ALL, Symptom::code));
        assert_eq!(codes(REMEDIES), all(Remedy::ALL, Remedy::code));
        assert_eq!(codes(STEPS), all(SnapshotStep::ALL, SnapshotStep::code));
        assert_eq!(codes(OUTCOMES), journal::OUTCOMES);
        assert_eq!(codes(KINDS), journal::KINDS);
    }

    #[test]
    fn the_documents_name_every_code() {
        let text = include_str!("../../docs/api.md");
        for code in [codes(SYMPTOMS), codes(REMEDIES), codes(STEPS), codes(OUTCOMES), codes(KINDS)].concat() {
            assert!(text.contains(&format!("`{code}`")), "{code}");
        }
    }

    #[test]
    fn codes_are_plain_words_and_unknown_ones_are_shown_as_they_are() {
        for (code, words) in TABLES.into_iter().flatten() {
            assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{code}");
            assert!(!words.is_empty() && !words.contains('_'), "{words}");
        }
        assert_eq!(symptom("of_tomorrow"), "of_tomorrow");
    }
}
