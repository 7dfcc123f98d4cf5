//! What commands say.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "no exhibit is configured, so there is nothing to do",
        "es ist kein Exponat konfiguriert, also gibt es nichts zu tun",
    ),
    ("the last viewer: {trouble}", "der letzte Betrachter: {trouble}"),
];
