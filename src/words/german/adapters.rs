//! What adapters tell.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("there is no connection at present", "es gibt gerade keine Verbindung"),
    (
        "a libvirt call failed within Vitrine; please report this with the log",
        "ein Aufruf von libvirt ist innerhalb von Vitrine misslungen; bitte mit dem Log melden",
    ),
];
