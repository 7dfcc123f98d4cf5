//! German beside English: each sentence's English, and its German with the same gaps.
//!
//! Commands, keys and words of the API stay as they are typed. The exhibit is "das Exponat", the artwork "das Werk", the
//! curtain "der Vorhang", to put back "zurücksetzen", a hold "die Wartung", the snapshot "der Snapshot".

mod adapters;
mod commands;
mod config;
mod core;
mod doctor;
mod guest;
mod help;
mod import;
mod panel;
mod report;
mod tables;

use super::Row;

const TABLES: &[&[Row]] = &[
    adapters::ROWS,
    commands::ROWS,
    config::ROWS,
    core::ROWS,
    guest::ROWS,
    help::ROWS,
    import::ROWS,
    panel::ROWS,
    report::ROWS,
    tables::ROWS,
];

/// The German of an English sentence.
pub(super) fn of(english: &str) -> Option<&'static str> {
    all().find(|(known, _)| *known == english).map(|(_, german)| *german)
}

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().chain(doctor::TABLES).copied().flatten()
}
