//! What `vitrine report` says.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("looking … {part}", "sehe nach … {part}"),
    (
        "{file} is written: {size} bytes. Passwords, tokens, hashes and keys were taken out of it; what somebody wrote into a sentence cannot be known, so look through it before you hand it on: tar -xzf {file}",
        "{file} ist geschrieben: {size} Byte. Passwörter, Tokens, Hashes und Schlüssel wurden herausgenommen; was jemand in einen Satz geschrieben hat, lässt sich nicht erkennen, also bitte durchsehen, bevor es weitergegeben wird: tar -xzf {file}",
    ),
    (
        "{name}: a report of Vitrine {version} for its developers, made by `vitrine report`. Secrets were replaced by {removed}.",
        "{name}: ein Bericht von Vitrine {version} für die Entwickler, gemacht von `vitrine report`. Geheimnisse wurden durch {removed} ersetzt.",
    ),
    ("Missing:", "Es fehlt:"),
    ("it is too large", "es ist zu groß"),
    ("its thread has panicked", "sein Thread ist mit einem Fehler abgebrochen"),
    ("{file} does not say", "{file} sagt es nicht"),
    (
        "there is no X session to ask ($DISPLAY is not set)",
        "es gibt keine X-Sitzung, die zu fragen wäre ($DISPLAY ist nicht gesetzt)",
    ),
    ("the VM does not run", "die VM läuft nicht"),
    (
        "the VM has no definition and is gone once it stops",
        "die VM hat keine Definition und ist weg, sobald sie endet",
    ),
    ("the VM has none", "die VM hat keine"),
    ("no configuration says which VMs are meant", "keine Konfiguration sagt, welche VMs gemeint sind"),
    (
        "systemd's journal has nothing of it that this user may read",
        "das Journal von systemd hat nichts davon, was dieser Benutzer lesen darf",
    ),
    ("there is none in the usual places", "an den üblichen Orten ist keines"),
    (
        "neither $XDG_STATE_HOME nor $HOME says where the journal is",
        "weder $XDG_STATE_HOME noch $HOME sagt, wo das Journal ist",
    ),
    (
        "# {file}: {all} entries, of which the {left_out} oldest are left out",
        "# {file}: {all} Einträge, von denen die {left_out} ältesten weggelassen sind",
    ),
    ("they were not asked for (--pictures)", "sie waren nicht verlangt (--pictures)"),
    ("[the first {count} bytes are left out]", "[die ersten {count} Byte sind weggelassen]"),
];
