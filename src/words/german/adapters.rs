//! What adapters tell, and the daemon of itself.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("the VM has no serial port", "die VM hat keine serielle Schnittstelle"),
    (
        "the VM has neither a channel nor a serial port named '{name}'",
        "die VM hat weder einen Kanal noch eine serielle Schnittstelle namens '{name}'",
    ),
    (
        "libvirt opens none of type '{kind}': make it type '{better}'",
        "libvirt öffnet keine vom Typ '{kind}': Typ '{better}' daraus machen",
    ),
    (
        "the serial port or channel of its VM cannot be opened: {why}",
        "serielle Schnittstelle oder Kanal der VM lässt sich nicht öffnen: {why}",
    ),
    ("looking at the picture of VM '{vm}'", "Ansehen des Bildes der VM '{vm}'"),
    // What is tried on a VM: stands before "failed".
    ("resuming VM '{vm}'", "Fortsetzen der VM '{vm}'"),
    (
        "reverting VM '{vm}' in place to snapshot '{snapshot}'",
        "Zurücksetzen der VM '{vm}' im laufenden QEMU auf Snapshot '{snapshot}'",
    ),
    ("reverting VM '{vm}' to snapshot '{snapshot}'", "Zurücksetzen der VM '{vm}' auf Snapshot '{snapshot}'"),
    ("starting VM '{vm}'", "Starten der VM '{vm}'"),
    ("stopping VM '{vm}'", "Abschalten der VM '{vm}'"),
    ("creating snapshot '{snapshot}' of VM '{vm}'", "Anlegen des Snapshots '{snapshot}' der VM '{vm}'"),
    ("converting snapshot '{snapshot}' of VM '{vm}'", "Umwandeln des Snapshots '{snapshot}' der VM '{vm}'"),
    (
        "putting VM '{vm}' to the new snapshot '{snapshot}'",
        "Setzen der VM '{vm}' auf den neuen Snapshot '{snapshot}'",
    ),
    ("replacing snapshot '{snapshot}' of VM '{vm}'", "Ersetzen des Snapshots '{snapshot}' der VM '{vm}'"),
    (
        "tidying up after the replacement of snapshot '{snapshot}' of VM '{vm}'",
        "Aufräumen nach dem Ersetzen des Snapshots '{snapshot}' der VM '{vm}'",
    ),
    (
        "putting VM '{vm}' back from its new snapshot '{snapshot}'",
        "Zurücksetzen der VM '{vm}' von ihrem neuen Snapshot '{snapshot}'",
    ),
    ("deleting snapshot '{snapshot}' of VM '{vm}'", "Löschen des Snapshots '{snapshot}' der VM '{vm}'"),
    ("reading the state of VM '{vm}'", "Lesen des Zustands der VM '{vm}'"),
    ("reading the description of VM '{vm}'", "Lesen der Beschreibung der VM '{vm}'"),
    ("pinging the guest agent of VM '{vm}'", "Anfrage an den Gast-Agenten der VM '{vm}'"),
    ("setting the clock of VM '{vm}'", "Stellen der Uhr der VM '{vm}'"),
    // How that failed, and what to do
    ("{operation} failed: {why}", "{operation} misslungen: {why}"),
    ("{operation} failed: {why} ({advice})", "{operation} misslungen: {why} ({advice})"),
    (
        "see /var/log/libvirt/qemu/{vm}.log and 'journalctl -u libvirtd'",
        "siehe /var/log/libvirt/qemu/{vm}.log und 'journalctl -u libvirtd'",
    ),
    (
        "see libvirt's log, on most systems with 'journalctl -u libvirtd'",
        "siehe das Log von libvirt, meist mit 'journalctl -u libvirtd'",
    ),
    (
        "the user that Vitrine runs as must be in the group 'libvirt'",
        "der Benutzer, unter dem Vitrine läuft, muss in der Gruppe 'libvirt' sein",
    ),
    (
        "another job holds the VM: see 'virsh domjobinfo'; if none is at work, restart libvirtd",
        "ein anderer Auftrag hält die VM fest: siehe 'virsh domjobinfo'; läuft keiner, libvirtd neu starten",
    ),
    (
        "a libvirt call failed within Vitrine; please report this with the log",
        "ein Aufruf von libvirt ist innerhalb von Vitrine misslungen; bitte mit dem Log melden",
    ),
    ("the system gives no thread: {why}", "das System gibt keinen Thread her: {why}"),
    // QEMU
    ("QEMU says \"{why}\"", "QEMU sagt \"{why}\""),
    ("QEMU does not know the command {command}", "QEMU kennt den Befehl {command} nicht"),
    (
        "its QEMU process has not answered for {waited}; once the artwork has been put back ('vitrine revert'), try again",
        "ihr QEMU-Prozess antwortet seit {waited} nicht; sobald das Werk zurückgesetzt ist ('vitrine revert'), noch \
         einmal versuchen",
    ),
    ("QEMU does not come to an end with it", "QEMU kommt damit nicht zu Ende"),
    ("QEMU has forgotten its job", "QEMU hat den Auftrag vergessen"),
    (
        "it would write to the images that snapshot '{snapshot}' is kept in, since a revert to it was cut off; only \
         another revert to it helps",
        "sie würde in die Images schreiben, in denen der Snapshot '{snapshot}' liegt, denn ein Zurücksetzen auf ihn ist \
         abgebrochen; nur ein neues Zurücksetzen auf ihn hilft",
    ),
    ("another action has taken over the VM", "ein anderer Vorgang hat die VM übernommen"),
    // The VM after it
    ("the VM is off", "die VM ist aus"),
    ("the VM does not run after it", "die VM läuft danach nicht"),
    ("the VM does not run after it: {state}", "die VM läuft danach nicht: {state}"),
    ("its state is not known", "ihr Zustand ist nicht bekannt"),
    ("it runs", "sie läuft"),
    ("it is paused", "sie ist angehalten"),
    ("it is paused by an I/O error", "sie ist wegen eines Lese- oder Schreibfehlers angehalten"),
    ("its guest has panicked", "der Kernel ihres Gastes ist abgestürzt"),
    ("it is off", "sie ist aus"),
    ("it is shutting down", "sie fährt herunter"),
    ("it is asleep", "sie schläft"),
    // Snapshots
    ("{why}; choose another name", "{why}; bitte einen anderen Namen wählen"),
    (
        "somebody made or deleted one of this name just now; try again",
        "jemand hat eben einen dieses Namens angelegt oder gelöscht; noch einmal versuchen",
    ),
    (
        "its copy is gone, which somebody must have deleted; try again",
        "seine Kopie ist weg, jemand muss sie gelöscht haben; noch einmal versuchen",
    ),
    (
        "its disk {disk} has the format {format}, and only qcow2 can keep snapshots; switch the VM off, convert the image \
         (qemu-img convert -O qcow2 OLD NEW.qcow2), and name the new file and its format in 'virsh edit {vm}'",
        "die Platte {disk} hat das Format {format}, und nur qcow2 kann Snapshots aufnehmen; die VM abschalten, das Abbild \
         umwandeln (qemu-img convert -O qcow2 ALT NEU.qcow2) und die neue Datei samt Format in 'virsh edit {vm}' \
         eintragen",
    ),
    (
        "there is no room for it: the disk that {path} is on has {free} MB free, and {needed} MB may be needed; make room \
         there, or give the VM less memory",
        "dafür ist kein Platz: Auf dem Datenträger von {path} sind {free} MB frei, und {needed} MB werden womöglich \
         gebraucht; dort Platz schaffen oder der VM weniger Arbeitsspeicher geben",
    ),
    (
        "the external snapshot '{external}' has a part in its images, and would be harmed; nothing was changed. First \
         make the artwork independent of it: vitrine snapshot convert",
        "der externe Snapshot '{external}' hat einen Teil in denselben Abbildern und nähme Schaden; es wurde nichts \
         geändert. Zuerst das Werk davon lösen: vitrine snapshot convert",
    ),
    ("there is no free name for the former one", "für den bisherigen ist kein Name frei"),
    (
        "libvirt's description of the snapshot '{name}' cannot be read",
        "libvirts Beschreibung des Snapshots '{name}' ist nicht zu lesen",
    ),
    (
        "{why}. So it is not certain that '{name}', which would remain, is whole, and nothing was deleted",
        "{why}. Darum ist nicht sicher, dass '{name}', der übrig bliebe, vollständig ist, und es wurde nichts gelöscht",
    ),
    // Why a snapshot cannot be loaded in place
    ("it is not an internal snapshot with memory", "er ist kein interner Snapshot mit Arbeitsspeicher"),
    ("libvirt's description of it cannot be read", "libvirts Beschreibung ist nicht zu lesen"),
    (
        "the VM has got the disk {disk} since it was made",
        "die VM hat die Platte {disk} erst bekommen, nachdem er entstand",
    ),
    (
        "the VM no longer has the disk {disk}, which is part of it",
        "die VM hat die Platte {disk} nicht mehr, die zu ihm gehört",
    ),
    (
        "{expected} of the VM's images should have a part of it; these have: {with}; these have not: {without}",
        "einen Teil von ihm sollten {expected} der Abbilder der VM haben; diese haben einen: {with}; diese nicht: \
         {without}",
    ),
    ("none of them", "keines"),
    (
        "QEMU would take another one for it, which has the number {name} in {file}",
        "QEMU nähme einen anderen dafür, der in {file} die Nummer {name} hat",
    ),
    (
        "its part in {file} is of another moment than that in {other}",
        "sein Teil in {file} stammt von einem anderen Zeitpunkt als der in {other}",
    ),
    ("none of the VM's images has the memory of it", "kein Abbild der VM hat seinen Arbeitsspeicher"),
    (
        "more than one of the VM's images has the memory of it",
        "mehr als ein Abbild der VM hat seinen Arbeitsspeicher",
    ),
    // Converting
    (
        "it holds no memory, so the guest would boot. Hold the exhibit, bring the artwork to the state in which it should \
         always come back, and convert that by --present",
        "er enthält keinen Arbeitsspeicher, der Gast würde also neu starten. Das Exponat in Wartung nehmen, das Werk in \
         den Zustand bringen, in dem es immer wiederkommen soll, und diesen mit --present umwandeln",
    ),
    (
        "{why}. libvirt goes back to external snapshots from its version 9.9 on only. Where it does not, hold the \
         exhibit, bring the artwork to the state in which it should always come back, and convert that by --present",
        "{why}. Auf externe Snapshots setzt libvirt erst ab Version 9.9 zurück. Wo das nicht geht: das Exponat in Wartung \
         nehmen, das Werk in den Zustand bringen, in dem es immer wiederkommen soll, und diesen mit --present umwandeln",
    ),
    (
        "its NVRAM is a raw image, which cannot hold snapshots, so nothing was changed; with the VM switched off, convert \
         that file (qemu-img convert -O qcow2 OLD NEW.qcow2), and write <nvram format='qcow2'>NEW.qcow2</nvram> in \
         'virsh edit {vm}'",
        "das NVRAM ist ein rohes Abbild, das keine Snapshots aufnehmen kann; es wurde nichts geändert. Bei abgeschalteter \
         VM diese Datei umwandeln (qemu-img convert -O qcow2 ALT NEU.qcow2) und in 'virsh edit {vm}' eintragen: <nvram \
         format='qcow2'>NEU.qcow2</nvram>",
    ),
    (
        "its disk {disk} is no file, so there is no folder to put a copy into; nothing was changed",
        "die Platte {disk} ist keine Datei, es gibt also keinen Ordner für eine Kopie; es wurde nichts geändert",
    ),
    ("a name has a zero byte in it", "ein Name enthält ein Nullbyte"),
    (
        "QEMU has given up copying disk {disk}: is there room for {copy}? That file is yours to delete",
        "QEMU hat das Kopieren der Platte {disk} aufgegeben: Ist Platz für {copy}? Diese Datei kann gelöscht werden",
    ),
    // The connection to libvirt
    ("there is no connection at present", "es gibt gerade keine Verbindung"),
    ("libvirtd ended or closed the connection", "libvirtd hat sich beendet oder die Verbindung geschlossen"),
    ("libvirtd has stopped answering", "libvirtd antwortet nicht mehr"),
    ("the connection was closed on this side", "die Verbindung wurde auf dieser Seite geschlossen"),
    ("the connection broke", "die Verbindung ist abgerissen"),
    ("it no longer tells what happens to VMs", "es meldet nicht mehr, was mit den VMs geschieht"),
    (
        "the attempt to connect failed within Vitrine",
        "der Versuch einer Verbindung ist innerhalb von Vitrine misslungen",
    ),
    (
        "{uri}: libvirtd accepts connections but does not answer",
        "{uri}: libvirtd nimmt Verbindungen an, antwortet aber nicht",
    ),
    ("{uri} has not answered within {waited}", "{uri} hat innerhalb von {waited} nicht geantwortet"),
    (
        "libvirt's event loop could not be started: {why}",
        "die Ereignisschleife von libvirt ließ sich nicht starten: {why}",
    ),
    // systemd and logind
    ("the bus does not answer", "der Bus antwortet nicht"),
    ("the bus has gone", "der Bus ist weg"),
    ("systemd has left the bus", "systemd hat den Bus verlassen"),
    ("systemd cannot be reached", "systemd ist nicht erreichbar"),
    ("logind has left the bus", "logind hat den Bus verlassen"),
    ("logind cannot be reached: {why}", "logind ist nicht erreichbar: {why}"),
    (
        "logind could not be reached within {seconds} s",
        "logind war innerhalb von {seconds} s nicht erreichbar",
    ),
    (
        "that it was restarted could not be written down, and it would be restarted for ever",
        "dass er neu gestartet wurde, ließ sich nicht aufschreiben, und er würde immer wieder neu gestartet",
    ),
];
