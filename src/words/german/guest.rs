//! What `vitrine guest` says.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "The guest kit of Vitrine. What else can stand here is in docs/guest-windows.md.",
        "Das Gast-Programm von Vitrine. Was hier sonst stehen kann, steht in docs/guest-windows.md.",
    ),
    (
        "What starts the artwork, and the file name of its program:",
        "Was das Werk startet, und der Dateiname seines Programms:",
    ),
    ("CD drive", "CD-Laufwerk"),
    ("floppy drive", "Diskettenlaufwerk"),
    (
        "the {drive} of VM '{vm}' holds {file}: take that out first, with `virsh change-media {vm} {target} --eject`",
        "im {drive} der VM '{vm}' liegt {file}: erst herausnehmen, mit `virsh change-media {vm} {target} --eject`",
    ),
    (
        "VM '{vm}' has no {drive}: give it one while it is off, with virt-manager or `virsh edit {vm}`",
        "die VM '{vm}' hat kein {drive}: ihr eins geben, solange sie aus ist, mit virt-manager oder `virsh edit {vm}`",
    ),
    (
        "the guest kit ({file}) is in a drive, and each revert would want it there; take it out with `vitrine guest eject` and the exhibit's name",
        "das Gast-Programm ({file}) liegt in einem Laufwerk, und jedes Zurücksetzen würde es dort verlangen; mit `vitrine guest eject` und dem Namen des Exponats herausnehmen",
    ),
    ("{program} has failed: {why}", "{program} ist gescheitert: {why}"),
    (
        "{program} is not there; install it with `sudo apt install {package}`",
        "{program} gibt es hier nicht; installieren mit `sudo apt install {package}`",
    ),
    ("{program} does not come to an end", "{program} kommt zu keinem Ende"),
    ("{image}: {files}, for {host}", "{image}: {files}, für {host}"),
    (
        "the image is not in the drive: {why} (QEMU must be able to read the file; `--folder /var/lib/libvirt/images` is such a place)",
        "das Abbild liegt nicht im Laufwerk: {why} (QEMU muss die Datei lesen können; `--folder /var/lib/libvirt/images` ist so ein Ort)",
    ),
    (
        "it is in drive {target} of VM {vm}; before the next snapshot: vitrine guest eject {exhibit}",
        "es liegt im Laufwerk {target} der VM {vm}; vor dem nächsten Snapshot: vitrine guest eject {exhibit}",
    ),
    (
        "there is no guest kit in the drives of VM {vm}",
        "in den Laufwerken der VM {vm} liegt kein Gast-Programm",
    ),
    ("{file} is no longer in VM {vm}", "{file} ist nicht mehr in der VM {vm}"),
    (
        "{kit}: {why}; `guest/windows/build {kit}` makes the kit for Windows, and so on",
        "{kit}: {why}; `guest/windows/build {kit}` macht das Gast-Programm für Windows, und so weiter",
    ),
    (
        "there is nothing of a guest kit in {kit}; see {what}",
        "in {kit} liegt nichts von einem Gast-Programm; siehe {what}",
    ),
    (
        "{text} is no IPv4 address, such as 192.168.122.1 or 192.168.122.1:8000",
        "{text} ist keine IPv4-Adresse wie 192.168.122.1 oder 192.168.122.1:8000",
    ),
    (
        "the configuration does not say at which address the guest sees this computer (it listens on: {all}); give it with --address",
        "die Konfiguration sagt nicht, unter welcher Adresse der Gast diesen Computer sieht (gehört wird auf: {all}); mit --address angeben",
    ),
    (
        "Put the guest kit for an exhibit on a CD or a floppy, and that into its VM's drive",
        "Das Gast-Programm für ein Exponat auf eine CD oder Diskette bringen, und die ins Laufwerk seiner VM",
    ),
    (
        "Write a CD image with the guest kit, its INI filled in for the exhibit",
        "Das Abbild einer CD mit dem Gast-Programm schreiben, die INI für das Exponat ausgefüllt",
    ),
    (
        "Examples:\n  guest/windows/build kit\n  vitrine guest iso eden-garden\n  vitrine guest iso eden-garden --folder /var/lib/libvirt/images --insert\n\nAll files of the folder `kit` are on it, and `vitrine.ini` with the address of this computer and the exhibit's name. One that lies there is filled in, and stays as it is.",
        "Beispiele:\n  guest/windows/build kit\n  vitrine guest iso eden-garden\n  vitrine guest iso eden-garden --folder /var/lib/libvirt/images --insert\n\nAlle Dateien des Ordners `kit` sind darauf, und `vitrine.ini` mit der Adresse dieses Computers und dem Namen des Exponats. Eine, die dort liegt, wird ausgefüllt und bleibt selbst, wie sie ist.",
    ),
    (
        "The same on a floppy image, for guests without a CD drive",
        "Dasselbe als Abbild einer Diskette, für Gäste ohne CD-Laufwerk",
    ),
    (
        "Examples:\n  guest/dos/build kit\n  vitrine guest floppy tide --insert\n  vitrine guest floppy mirror --mac",
        "Beispiele:\n  guest/dos/build kit\n  vitrine guest floppy tide --insert\n  vitrine guest floppy mirror --mac",
    ),
    (
        "As Mac OS formats floppies (HFS), with the script for Mac OS 9",
        "So, wie Mac OS Disketten formatiert (HFS), mit dem Skript für Mac OS 9",
    ),
    ("Take the guest kit out of the VM's drives", "Das Gast-Programm aus den Laufwerken der VM nehmen"),
    ("Example: vitrine guest eject eden-garden", "Beispiel: vitrine guest eject eden-garden"),
    (
        "The folder with what `guest/windows/build`, `guest/linux/build` or `guest/dos/build` has made [default: kit]",
        "Der Ordner mit dem, was `guest/windows/build`, `guest/linux/build` oder `guest/dos/build` gemacht hat [Vorgabe: kit]",
    ),
    (
        "The folder that the image is written to, as EXHIBIT-vitrine-kit.iso or .img [default: this one]",
        "Der Ordner, in den das Abbild geschrieben wird, als EXPONAT-vitrine-kit.iso oder .img [Vorgabe: dieser]",
    ),
    (
        "This computer as the guest sees it [default: by `listen` in the configuration]",
        "Dieser Computer, wie der Gast ihn sieht [Vorgabe: nach `listen` in der Konfiguration]",
    ),
    ("Put it into the VM's drive", "Ins Laufwerk der VM legen"),
];
