//! Why something could not be found out.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("libvirt has no VM '{vm}'", "libvirt hat keine VM '{vm}'"),
    ("it was not asked for", "danach wurde nicht gefragt"),
    (
        "the VMs are those of {user}: only that user may ask for them",
        "die VMs gehören {user}: nur dieser Nutzer darf nach ihnen fragen",
    ),
    ("it was not found out within {waited}", "in {waited} war es nicht herauszufinden"),
    ("libvirt is asked later", "libvirt wird später gefragt"),
    ("the program '{program}' is not installed", "das Programm '{program}' ist nicht installiert"),
    ("'{program}' cannot be run: {why}", "'{program}' lässt sich nicht ausführen: {why}"),
    ("'{program}' did not end within {waited}", "'{program}' war nach {waited} nicht zu Ende"),
];
