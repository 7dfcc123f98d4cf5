//! What `vitrine doctor` and `vitrine check` say of findings.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("looking … {done} of {all}: {area}", "sieht nach … {done} von {all}: {area}"),
    ("no daemon runs", "es läuft kein Daemon"),
    ("the daemon did not answer within {waited}", "der Daemon hat in {waited} nicht geantwortet"),
    ("there is no configuration", "es gibt keine Konfiguration"),
    (
        "the configuration is wrong; `vitrine check` tells what",
        "die Konfiguration ist falsch; `vitrine check` sagt, was",
    ),
    // Areas.
    ("the computer", "Rechner"),
    ("KVM", "KVM"),
    ("permissions", "Rechte"),
    ("libvirt", "libvirt"),
    ("network", "Netz"),
    ("disk images", "Disk-Images"),
    ("VM definitions", "Definitionen der VMs"),
    ("snapshots", "Snapshots"),
    ("screens", "Bildschirme"),
    ("session", "Sitzung"),
    ("Vitrine", "Vitrine"),
    ("guests", "Gäste"),
    ("performance", "Leistung"),
    // Findings.
    ("{about}: {evidence}", "{about}: {evidence}"),
    ("{counts}, found out in {seconds} s", "{counts}, herausgefunden in {seconds} s"),
    ("; some of it is done by `vitrine doctor --fix`", "; manches davon erledigt `vitrine doctor --fix`"),
    ("well", "gut"),
    ("advice", "Rat"),
    ("unknown", "unbekannt"),
    ("warning", "Warnung"),
    ("ill: {exhibit}: {what}. {remedy}", "gestört: {exhibit}: {what}. {remedy}"),
    ("warning: {exhibit}: {what}. {remedy}", "Warnung: {exhibit}: {what}. {remedy}"),
    ("(The VMs were not looked at: {why}.)", "(Die VMs wurden nicht angesehen: {why}.)"),
    (
        "(Not all of the VMs could be looked at; `vitrine doctor` tells why.)",
        "(Nicht alles an den VMs war anzusehen; `vitrine doctor` sagt, warum.)",
    ),
    ("foreseen, and ill: {evidence}. {remedy}", "absehbar, und gestört: {evidence}. {remedy}"),
    ("foreseen: {evidence}. {remedy}", "absehbar: {evidence}. {remedy}"),
    // --fix
    ("done; this takes it back:\n{commands}", "erledigt; so wird es zurückgenommen:\n{commands}"),
    (
        "only a part of it was done; this takes it back:\n{commands}",
        "nur ein Teil davon ist erledigt; so wird es zurückgenommen:\n{commands}",
    ),
    (
        "There is nothing here that --fix does: what is safe and can be taken back. The rest is left to you.",
        "Hier ist nichts, was --fix erledigt: was sicher ist und sich zurücknehmen lässt. Der Rest bleibt Ihnen überlassen.",
    ),
    (
        "vitrine: nothing was done: nobody is there to be asked; --yes does it without",
        "vitrine: Nichts ist geschehen: Es ist niemand da, der gefragt werden kann; --yes macht es ohne Frage",
    ),
    ("Do it? [y/N]", "Soll das geschehen? [j/N]"),
    ("vitrine: this was not done: {command}: {why}", "vitrine: Das ist nicht geschehen: {command}: {why}"),
    ("only root may do it, and there is no sudo here", "nur root darf das, und sudo gibt es hier nicht"),
];
