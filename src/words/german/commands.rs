//! What commands say.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "no exhibit is configured, so there is nothing to do",
        "es ist kein Exponat konfiguriert, also gibt es nichts zu tun",
    ),
    ("the last viewer: {trouble}", "der letzte Betrachter: {trouble}"),
    ("{why}, since {since}", "{why}, seit {since}"),
    (
        "{why}, since {since}; if that lasts, the X server is started anew in {time}",
        "{why}, seit {since}; bleibt es dabei, wird der X-Server in {time} neu gestartet",
    ),
    ("{why}; this is how the screens were last", "{why}; so waren die Bildschirme zuletzt"),
];
