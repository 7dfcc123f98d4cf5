//! What the doctor says of the snapshot that an exhibit is put back to.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "'{snapshot}' was made with {target} in {file}, which is in {now} today",
        "'{snapshot}' wurde mit {target} in {file} gemacht, das heute in {now} liegt",
    ),
    (
        "the disk {target} ({file}) came after '{snapshot}', and is not put back",
        "die Festplatte {target} ({file}) kam nach '{snapshot}' dazu und wird nicht zurückgesetzt",
    ),
    (
        "'{snapshot}' has a disk {target} that the VM has no longer",
        "'{snapshot}' hat eine Festplatte {target}, die die VM nicht mehr hat",
    ),
    ("the VM's disks are those of '{snapshot}'", "die Festplatten der VM sind die von '{snapshot}'"),
    ("{then} of memory then, {now} now", "{then} Speicher damals, {now} jetzt"),
    ("{then} processors then, {now} now", "{then} Prozessoren damals, {now} jetzt"),
    ("the machine {then} then, {now} now", "die Maschine {then} damals, {now} jetzt"),
    (
        "Where the change is wanted: hold the exhibit, start the VM by hand with it, and make the snapshot anew. Where it is not, the next full revert takes it back",
        "Ist die Änderung gewollt: das Exponat in Wartung nehmen, die VM damit von Hand starten und den Snapshot neu machen. Ist sie es nicht, nimmt das nächste volle Zurücksetzen sie zurück",
    ),
    (
        "the VM runs with other hardware than '{snapshot}' has: {what}",
        "die VM läuft mit anderer Hardware, als '{snapshot}' hat: {what}",
    ),
    (
        "the VM was changed since '{snapshot}', and the next full revert takes that back: {what}",
        "die VM wurde nach '{snapshot}' geändert, und das nächste volle Zurücksetzen nimmt das zurück: {what}",
    ),
    (
        "memory, processors and machine are those of '{snapshot}'",
        "Speicher, Prozessoren und Maschine sind die von '{snapshot}'",
    ),
    (
        "libvirt does not say which machine '{snapshot}' is of",
        "libvirt sagt nicht, von welcher Maschine '{snapshot}' ist",
    ),
    ("the QEMU here has the machine {machine}", "das QEMU hier hat die Maschine {machine}"),
    (
        "'{snapshot}' is of the machine {machine}, which the QEMU here does not have",
        "'{snapshot}' ist von der Maschine {machine}, die das QEMU hier nicht hat",
    ),
    (
        "Install the QEMU that the snapshot was made with; or give the VM a machine that this one has, and make the snapshot anew",
        "Das QEMU installieren, mit dem der Snapshot gemacht wurde; oder der VM eine Maschine geben, die dieses hat, und den Snapshot neu machen",
    ),
    (
        "'{snapshot}' is of a processor of {vendor} too",
        "auch '{snapshot}' ist von einem Prozessor von {vendor}",
    ),
    (
        "'{snapshot}' was made on a processor of {then}, and this computer's is of {here}: its memory does not load",
        "'{snapshot}' wurde auf einem Prozessor von {then} gemacht, und der dieses Rechners ist von {here}: Der Speicher lässt sich nicht laden",
    ),
    (
        "libvirt does not say when '{snapshot}' was made",
        "libvirt sagt nicht, wann '{snapshot}' gemacht wurde",
    ),
    (
        "'{snapshot}' was made {days} days from now, by its own account: the computer's clock was wrong then, or is",
        "'{snapshot}' wurde nach eigener Angabe erst in {days} Tagen gemacht: Die Uhr des Rechners ging damals falsch oder tut es jetzt",
    ),
    ("Look whether the computer's clock is right", "Nachsehen, ob die Uhr des Rechners richtig geht"),
    (
        "'{snapshot}' is {days} days old, and nobody tells the guest the time after a revert",
        "'{snapshot}' ist {days} Tage alt, und nach dem Zurücksetzen sagt dem Gast niemand die Zeit",
    ),
    (
        "Where the artwork minds the date: 'set_time = true' in the configuration, or a younger snapshot",
        "Wo es dem Werk auf das Datum ankommt: 'set_time = true' in der Konfiguration oder ein jüngerer Snapshot",
    ),
    ("'{snapshot}' is {days} days old", "'{snapshot}' ist {days} Tage alt"),
    ("the VM's state comes from '{snapshot}'", "der Zustand der VM stammt aus '{snapshot}'"),
    (
        "the VM's state comes from the snapshot '{other}', not from '{snapshot}'",
        "der Zustand der VM stammt aus dem Snapshot '{other}', nicht aus '{snapshot}'",
    ),
    ("Where that is not meant, put the artwork back", "Ist das nicht gewollt, das Werk zurücksetzen"),
    ("the VM has the snapshot '{snapshot}'", "die VM hat den Snapshot '{snapshot}'"),
    (
        "the VM '{vm}' has no snapshot '{snapshot}', nor any other",
        "die VM '{vm}' hat keinen Snapshot '{snapshot}' und auch keinen anderen",
    ),
    (
        "the VM '{vm}' has no snapshot '{snapshot}', only {others}",
        "die VM '{vm}' hat keinen Snapshot '{snapshot}', nur {others}",
    ),
    (
        "Make it anew under a name with a letter in it, and write that into the configuration",
        "Ihn unter einem Namen mit einem Buchstaben darin neu machen und den in die Konfiguration schreiben",
    ),
    ("'{snapshot}' is a good name for a snapshot", "'{snapshot}' ist ein guter Name für einen Snapshot"),
    (
        "QEMU takes the name '{snapshot}' for the number of the snapshot '{other}', and loads that",
        "QEMU hält den Namen '{snapshot}' für die Nummer des Snapshots '{other}' und lädt den",
    ),
    (
        "'{snapshot}' has digits alone: QEMU takes it for a number, and may load another snapshot some day",
        "'{snapshot}' besteht nur aus Ziffern: QEMU hält das für eine Nummer und lädt eines Tages womöglich einen anderen Snapshot",
    ),
    (
        "'{snapshot}' is what Vitrine calls the copies of a snapshot that it replaces",
        "so wie '{snapshot}' nennt Vitrine die Kopien eines Snapshots, den es ersetzt",
    ),
    (
        "Vitrine makes no snapshot of the name '{snapshot}', and could not replace it",
        "Vitrine macht keinen Snapshot namens '{snapshot}' und könnte ihn nicht ersetzen",
    ),
    (
        "libvirt lists '{snapshot}', and it is not in {file}",
        "libvirt führt '{snapshot}', und in {file} ist er nicht",
    ),
    (
        "'{snapshot}' is in some disks only: not in {file}",
        "'{snapshot}' ist nur in einem Teil der Festplatten: nicht in {file}",
    ),
    (
        "Have libvirt forget it, and make the snapshot anew with the artwork running as it should: the state that it had is lost there",
        "libvirt ihn vergessen lassen und den Snapshot neu machen, während das Werk läuft, wie es soll: Der Zustand, den er dort hatte, ist verloren",
    ),
    (
        "the images keep the disks of '{snapshot}' alone, no memory",
        "die Images enthalten von '{snapshot}' nur die Festplatten, keinen Speicher",
    ),
    ("'{snapshot}' is in all its images: {count}", "'{snapshot}' ist in allen seinen Images: {count}"),
    (
        "'{snapshot}' is in the firmware's memory too",
        "'{snapshot}' ist auch in dem, was sich die Firmware merkt",
    ),
    (
        "'{snapshot}' is not in what the firmware remembers, {file}",
        "'{snapshot}' fehlt in dem, was sich die Firmware merkt: {file}",
    ),
    (
        "libvirt knows all snapshots that its images have",
        "libvirt kennt alle Snapshots, die seine Images haben",
    ),
    (
        "{file} has a snapshot '{snapshot}' that libvirt does not know ({size} of memory)",
        "{file} hat einen Snapshot '{snapshot}', den libvirt nicht kennt ({size} Speicher)",
    ),
    (
        "With the VM off, look at it; where nobody needs it, delete it. A new snapshot of its name would be a second one beside it",
        "Ihn bei ausgeschalteter VM ansehen und löschen, wenn ihn niemand braucht. Ein neuer Snapshot dieses Namens wäre ein zweiter daneben",
    ),
    ("Make an internal one of it", "Einen internen daraus machen"),
    (
        "'{snapshot}' is an external snapshot, and this libvirt cannot go back to such (9.9 is the first)",
        "'{snapshot}' ist ein externer Snapshot, und zu solchen kann dieses libvirt nicht zurück (erst ab 9.9)",
    ),
    (
        "Make an internal one of the artwork as it is now",
        "Einen internen aus dem Werk machen, wie es jetzt ist",
    ),
    (
        "'{snapshot}' is an external snapshot: slow, and it cannot be replaced",
        "'{snapshot}' ist ein externer Snapshot: langsam und nicht zu ersetzen",
    ),
    (
        "'{snapshot}' and the external snapshot '{external}' share images: neither may be deleted",
        "'{snapshot}' und der externe Snapshot '{external}' teilen sich Images: Keiner von beiden darf gelöscht werden",
    ),
    ("'{snapshot}' is within the VM's images", "'{snapshot}' liegt in den Images der VM"),
    ("all files that '{snapshot}' needs are there", "alle Dateien, die '{snapshot}' braucht, sind da"),
    ("'{snapshot}' needs {file}, which is not there", "'{snapshot}' braucht {file}, und das ist nicht da"),
    (
        "the guest writes to no image that '{snapshot}' is kept in",
        "der Gast schreibt in kein Image, in dem '{snapshot}' liegt",
    ),
    (
        "the guest writes to {file}, which '{snapshot}' is kept in: a revert to it was cut off",
        "der Gast schreibt in {file}, worin '{snapshot}' liegt: ein Zurücksetzen auf ihn ist abgebrochen",
    ),
    (
        "Start the VM by no other means than Vitrine, which spares the image",
        "Die VM nur durch Vitrine starten, das Image bleibt dann verschont",
    ),
    (
        "Put the file back from a copy; or make the snapshot anew with the artwork running as it should",
        "Die Datei aus einer Kopie zurücklegen; oder den Snapshot neu machen, während das Werk läuft, wie es soll",
    ),
    ("it is '{snapshot}' itself", "es ist '{snapshot}' selbst"),
    (
        "the replacement of '{snapshot}' was cut off; the artwork is put back to its copy '{copy}'",
        "das Ersetzen von '{snapshot}' wurde abgebrochen; das Werk wird auf die Kopie '{copy}' zurückgesetzt",
    ),
    ("no replacement has left anything behind", "kein Ersetzen hat etwas hinterlassen"),
    (
        "'{copy}' is left over from a replacement of '{snapshot}' that did not come to its end",
        "'{copy}' ist von einem Ersetzen von '{snapshot}' übrig, das nicht zu Ende kam",
    ),
    (
        "Make the snapshot once more, which cleans up; or delete the copy",
        "Den Snapshot noch einmal machen, das räumt auf; oder die Kopie löschen",
    ),
    (
        "'{snapshot}' holds no memory, since the VM was off when it was made: each revert shows the guest's boot",
        "'{snapshot}' enthält keinen Speicher, weil die VM aus war, als er gemacht wurde: Nach jedem Zurücksetzen ist der Gast beim Booten zu sehen",
    ),
    (
        "'{snapshot}' holds the memory of a running guest",
        "'{snapshot}' enthält den Speicher eines laufenden Gastes",
    ),
    (
        "'{snapshot}' was not made of a paused VM",
        "'{snapshot}' wurde nicht von einer angehaltenen VM gemacht",
    ),
    ("'{snapshot}' was made of a paused VM", "'{snapshot}' wurde von einer angehaltenen VM gemacht"),
    (
        "With the artwork running as it should, make the snapshot",
        "Den Snapshot machen, während das Werk läuft, wie es soll",
    ),
    ("all its images can keep snapshots: {count}", "alle seine Images können Snapshots aufnehmen: {count}"),
    (
        "what the firmware remembers, {file}, is {format}, which keeps no snapshots",
        "was sich die Firmware merkt, {file}, ist {format}, und das nimmt keine Snapshots auf",
    ),
    (
        "With the VM off, convert it, and name the new file and format='qcow2' in the VM's definition (libvirt 10.10 or newer); a BIOS machine needs none",
        "Es bei ausgeschalteter VM umwandeln und die neue Datei und format='qcow2' in der Definition der VM nennen (libvirt 10.10 oder neuer); eine BIOS-Maschine braucht das nicht",
    ),
    (
        "the disk {target}, {file}, is {format}, which keeps no snapshots",
        "die Festplatte {target}, {file}, ist {format}, und das nimmt keine Snapshots auf",
    ),
    (
        "With the VM off, convert it, and name the new file and type='qcow2' in the VM's definition",
        "Es bei ausgeschalteter VM umwandeln und die neue Datei und type='qcow2' in der Definition der VM nennen",
    ),
    (
        "{free} are free on {mount}, and a new snapshot takes {needed} at most",
        "auf {mount} sind {free} frei, und ein neuer Snapshot braucht höchstens {needed}",
    ),
    (
        "{mount} has {free} free, and a new snapshot may take {needed}",
        "{mount} hat {free} frei, und ein neuer Snapshot kann {needed} brauchen",
    ),
    (
        "Make room: delete snapshots and images that nobody needs",
        "Platz schaffen: Snapshots und Images löschen, die niemand braucht",
    ),
    (
        "a full revert loads {size} of memory, which takes about {time}",
        "ein volles Zurücksetzen lädt {size} Speicher, was etwa {time} dauert",
    ),
    (
        "An SSD for {file} makes it several times as fast; less memory for the guest helps too",
        "Eine SSD für {file} macht es um ein Mehrfaches schneller; weniger Speicher für den Gast hilft auch",
    ),
    (
        "With cache='writeback' for {target} the computer's memory serves it; less memory for the guest helps too",
        "Mit cache='writeback' für {target} kommt es aus dem Arbeitsspeicher des Rechners; weniger Speicher für den Gast hilft auch",
    ),
    (
        "Less memory for the guest makes it faster, and a snapshot made soon after its start",
        "Weniger Speicher für den Gast macht es schneller, ebenso ein Snapshot bald nach seinem Start",
    ),
    ("the VM has few snapshots: {count}", "die VM hat wenige Snapshots: {count}"),
    (
        "the VM has {count} snapshots, which take room and time",
        "die VM hat {count} Snapshots, die Platz und Zeit kosten",
    ),
    ("Delete those that nobody needs", "Die löschen, die niemand braucht"),
    ("libvirt names no machine types for {arch}", "libvirt nennt keine Maschinen für {arch}"),
    (
        "libvirt does not say whose processor this computer has",
        "libvirt sagt nicht, von wem der Prozessor dieses Rechners ist",
    ),
];
