//! Journals of earlier forms: taken over by whoever writes them, and read as they are by whoever only reads.

use rusqlite::Connection;

/// Tells Vitrine's journal from any other database (`PRAGMA application_id`).
pub(super) const APPLICATION_ID: i32 = 0x5654_5231;
/// The form that this Vitrine writes (`PRAGMA user_version`). In form 1, English words and sentences stood where
/// codes stand now.
pub(super) const SCHEMA_VERSION: i32 = 2;

/// How an incident ended, or how far it is.
pub const OUTCOMES: [&str; 7] =
    ["noticed", "recovering", "broken", "recovered", "passed_by_itself", "taken_in_hand", "cut_off"];

/// What an entry may tell of.
pub const KINDS: [&str; 23] = [
    "incident",
    "held",
    "resumed",
    "stopped",
    "start_asked",
    "snapshot_asked",
    "conversion_asked",
    "deletion_asked",
    "silent_together",
    "heard_again",
    "x_server_silent",
    "x_server_answers",
    "x_server_ended",
    "x_server_stays",
    "session_ended",
    "session_end_refused",
    "libvirt_restarted",
    "computer_restarted",
    "restart_refused",
    "daemon_began",
    "daemon_ended",
    "daemon_killed",
    "power_lost",
];

/// What form 1 said for symptoms, and their codes. There are no more of them, whatever symptoms are new.
pub(super) const SYMPTOMS_OF_FORM_1: [(&str, &str); 12] = [
    ("heartbeat lost", "heartbeat_lost"),
    ("VM stopped", "vm_stopped"),
    ("VM paused", "vm_paused"),
    ("VM paused by an I/O error", "io_error"),
    ("guest panicked", "guest_panicked"),
    ("guest agent silent", "agent_silent"),
    ("picture frozen", "picture_frozen"),
    ("guest's request", "guest_request"),
    ("idle", "idle"),
    ("operator", "operator"),
    ("start failed", "start_failed"),
    ("VM missing", "vm_missing"),
];
/// The same for remedies.
pub(super) const REMEDIES_OF_FORM_1: [(&str, &str); 5] = [
    ("resume", "resume"),
    ("in-place revert", "in_place_revert"),
    ("full revert", "full_revert"),
    ("destroy and revert", "destroy_revert"),
    ("cold start", "cold_start"),
];

/// The code for a symptom in the words of form 1; what is none stays as it is.
pub(super) fn symptom(words: String) -> String {
    code(&SYMPTOMS_OF_FORM_1, words)
}

/// The same for a remedy.
pub(super) fn remedy(words: String) -> String {
    code(&REMEDIES_OF_FORM_1, words)
}

fn code(table: &[(&str, &str)], words: String) -> String {
    let found = table.iter().find(|(known, _)| *known == words);
    found.map_or(words, |(_, code)| (*code).to_owned())
}

/// The same for an outcome and for what an entry tells of: their words had blanks.
pub(super) fn plain(words: String) -> String {
    words.replace(' ', "_")
}

/// The steps that make form 2 of form 1, each a statement.
pub(super) fn steps() -> Vec<String> {
    let mut steps = vec![
        "UPDATE entry SET kind = replace(kind, ' ', '_')".to_owned(),
        "UPDATE entry SET outcome = replace(outcome, ' ', '_')".to_owned(),
    ];
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    for (words, code) in SYMPTOMS_OF_FORM_1 {
        let words = quoted(words);
        steps.push(format!("UPDATE entry SET symptom = '{code}' WHERE symptom = {words}"));
    }
    for (words, code) in REMEDIES_OF_FORM_1 {
        let words = quoted(words);
        steps.push(format!("UPDATE remedy SET remedy = '{code}' WHERE remedy = {words}"));
    }
    let text = |column: &str| format!("json_object('code', 'text', 'values', json_object('text', {column}))");
    steps.push(format!("UPDATE entry SET evidence = {}", text("evidence")));
    steps.push(format!("UPDATE remedy SET failure = {} WHERE failure IS NOT NULL", text("failure")));
    steps.push(format!("PRAGMA user_version = {SCHEMA_VERSION}"));
    steps
}

/// The form of a journal; `None` where it is no journal of Vitrine's.
pub(super) fn version(conn: &Connection) -> Result<Option<i32>, rusqlite::Error> {
    let pragma = |name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    Ok(if pragma("application_id")? == APPLICATION_ID { Some(pragma("user_version")?) } else { None })
}

/// Brings a journal of form 1 into the present form, in one transaction: a power cut leaves one or the other.
pub(super) fn take_over(conn: &Connection) -> Result<(), rusqlite::Error> {
    let transaction = conn.unchecked_transaction()?;
    for step in steps() {
        transaction.execute_batch(&step)?;
    }
    transaction.commit()
}
