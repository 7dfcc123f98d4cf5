//! What the core tells.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    // Symptoms
    ("heartbeat lost", "kein Lebenszeichen"),
    ("VM stopped", "VM aus"),
    ("VM paused", "VM angehalten"),
    ("VM paused by an I/O error", "VM wegen eines Lese- oder Schreibfehlers angehalten"),
    ("guest panicked", "Kernel des Gastes abgestürzt"),
    ("guest agent silent", "Gast-Agent stumm"),
    ("picture frozen", "Bild steht"),
    ("QEMU silent", "QEMU stumm"),
    ("guest's request", "Wunsch des Gastes"),
    ("idle", "unbenutzt"),
    ("operator", "Personal"),
    ("start failed", "Start misslungen"),
    ("VM missing", "VM fehlt"),
    ("guest rebooted", "Gast neu gestartet"),
    ("not shown", "nicht zu sehen"),
    // Remedies
    ("resume", "Fortsetzen"),
    ("in-place revert", "Zurücksetzen im laufenden QEMU"),
    ("full revert", "volles Zurücksetzen"),
    ("destroy and revert", "Abschalten und Zurücksetzen"),
    ("cold start", "Kaltstart"),
    // Steps
    ("copying the artwork's disks", "kopiert die Platten des Werks"),
    ("saving the artwork as it is", "sichert das Werk, wie es ist"),
    ("putting the artwork to the new snapshot", "setzt das Werk auf den neuen Snapshot"),
    ("waiting for a sign of life", "wartet auf ein Lebenszeichen"),
    ("replacing the former snapshot", "ersetzt den bisherigen Snapshot"),
    ("tidying up", "räumt auf"),
    ("deleting a snapshot", "löscht einen Snapshot"),
    // Outcomes
    ("noticed", "bemerkt"),
    ("recovering", "wird behoben"),
    ("broken", "gestört"),
    ("recovered", "behoben"),
    ("passed by itself", "von selbst vergangen"),
    ("taken in hand", "vom Personal übernommen"),
    ("cut off", "abgebrochen"),
    // Entries of the journal
    ("incident", "Vorfall"),
    ("held", "in Wartung"),
    ("resumed", "Wartung beendet"),
    ("stopped", "gestoppt"),
    ("start asked for", "Start verlangt"),
    ("new ready state asked for", "neuer Grundzustand verlangt"),
    ("conversion of a snapshot asked for", "Umwandlung eines Snapshots verlangt"),
    ("deletion of a snapshot asked for", "Löschen eines Snapshots verlangt"),
    ("no guest heard", "Gäste nicht zu hören"),
    ("guests heard again", "Gäste wieder zu hören"),
    ("X server silent", "X-Server antwortet nicht"),
    ("X server answers", "X-Server antwortet wieder"),
    ("X server told to end", "X-Server soll enden"),
    ("X server not ended", "X-Server nicht beendet"),
    ("session told to end", "Sitzung soll enden"),
    ("session not ended", "Sitzung nicht beendet"),
    ("libvirt restarted", "libvirt neu gestartet"),
    ("computer restarted", "Rechner neu gestartet"),
    ("restart refused", "Neustart verweigert"),
    ("daemon began", "Dienst begann"),
    ("daemon ended", "Dienst endete"),
    ("daemon killed", "Dienst abgebrochen"),
    ("power lost", "Strom ausgefallen"),
    // Sentences
    ("{text}", "{text}"),
    ("the configuration", "die Konfiguration"),
    ("libvirt cannot be reached: {why}", "libvirt ist nicht erreichbar: {why}"),
    (
        "an earlier libvirt call on this VM has not come back yet",
        "ein früherer Aufruf von libvirt zu dieser VM ist noch nicht zurückgekehrt",
    ),
    ("libvirt has no VM of this name", "libvirt hat keine VM dieses Namens"),
    ("the VM has no snapshot of this name", "die VM hat keinen Snapshot dieses Namens"),
    ("the name is empty", "der Name ist leer"),
    (
        "QEMU takes a name that has digits only for a number of its own, and may load another snapshot",
        "QEMU hält einen Namen aus lauter Ziffern für eine eigene Nummer und lädt womöglich einen anderen Snapshot",
    ),
    ("libvirt takes no name with a / in it", "libvirt nimmt keinen Namen mit einem / darin"),
    (
        "libvirt takes no snapshot's name that begins with a dot",
        "libvirt nimmt keinen Snapshot-Namen, der mit einem Punkt beginnt",
    ),
    ("the name has a control character in it", "der Name enthält ein Steuerzeichen"),
    ("the name begins or ends with a blank", "der Name beginnt oder endet mit einem Leerzeichen"),
    (
        "Vitrine keeps such names for the copies that it makes while it replaces a snapshot",
        "Vitrine behält solche Namen den Kopien vor, die beim Ersetzen eines Snapshots entstehen",
    ),
    ("on hold by {by}", "in Wartung durch {by}"),
    ("it is being put back already", "es wird schon zurückgesetzt"),
    ("libvirt is not reached just now", "libvirt ist gerade nicht erreichbar"),
    ("a snapshot is being worked on", "an einem Snapshot wird gearbeitet"),
    ("it is not being watched over", "es wird nicht überwacht"),
    (
        "put back too often of late; the artwork goes on as it is",
        "zuletzt zu oft zurückgesetzt; das Werk läuft weiter, wie es ist",
    ),
    (
        "this exhibit is configured to ignore idleness",
        "dieses Exponat soll laut Konfiguration auf fehlende Besucher nicht achten",
    ),
    (
        "idle for {lasted}, and this exhibit is put back after {limit}",
        "seit {lasted} unbenutzt; dieses Exponat wird nach {limit} zurückgesetzt",
    ),
    (
        "this exhibit is configured to reboot by itself",
        "dieses Exponat startet laut Konfiguration von selbst neu",
    ),
    (
        "there is no snapshot that it could be put back to",
        "es gibt keinen Snapshot, auf den es zurückgesetzt werden könnte",
    ),
    (
        "it was switched on without its snapshot, and boots",
        "es wurde ohne seinen Snapshot eingeschaltet und startet noch",
    ),
    (
        "{exhibit} has nothing to convert: no external snapshot is in the way of '{snapshot}'",
        "bei {exhibit} ist nichts umzuwandeln: '{snapshot}' steht kein externer Snapshot im Weg",
    ),
    ("Vitrine is ending", "Vitrine endet gerade"),
    ("this exhibit is no longer configured", "dieses Exponat steht nicht mehr in der Konfiguration"),
    (
        "libvirt has not told within {waited} which snapshots {vm} has: it keeps the VM locked, or hangs. If this goes \
         on, see `virsh domjobinfo {vm}` and libvirt's own log",
        "libvirt hat innerhalb von {waited} nicht gesagt, welche Snapshots {vm} hat: Es hält die VM gesperrt oder hängt. \
         Wenn das so bleibt, siehe `virsh domjobinfo {vm}` und das Log von libvirt",
    ),
    (
        "libvirt has not answered for {exhibit} in time; it may still do what was asked. See `vitrine status`, and \
         libvirt's own log if this goes on",
        "libvirt hat zu {exhibit} nicht rechtzeitig geantwortet; vielleicht geschieht das Gewünschte noch. Siehe `vitrine \
         status` und, wenn das so bleibt, das Log von libvirt",
    ),
    (
        "libvirt has not ended the VM of {exhibit} in time. Once it has, {exhibit} stays stopped; if libvirt gives it up, \
         {exhibit} is watched as before. See `vitrine status`",
        "libvirt hat die VM von {exhibit} nicht rechtzeitig beendet. Sobald das geschehen ist, bleibt {exhibit} gestoppt; \
         gibt libvirt es auf, wird {exhibit} weiter überwacht. Siehe `vitrine status`",
    ),
    (
        "{exhibit} is busy, and too many requests wait for that to end; try again when it is done",
        "bei {exhibit} läuft noch etwas, und zu viele Aufträge warten auf dessen Ende; bitte danach noch einmal",
    ),
    (
        "{exhibit} is stopped, as {by} has wished meanwhile, so this was not begun",
        "{exhibit} wird gestoppt, wie {by} es inzwischen wollte, darum wurde nicht damit begonnen",
    ),
    (
        "{exhibit} has been busy with something else for {waited}, so this was not begun; see `vitrine status`, and try \
         again",
        "bei {exhibit} läuft seit {waited} etwas anderes, darum wurde nicht damit begonnen; siehe `vitrine status`, dann \
         noch einmal",
    ),
    (
        "{exhibit} has been busy with something else for {waited}; it is stopped once that has ended. See `vitrine \
         status`",
        "bei {exhibit} läuft seit {waited} etwas anderes; es wird gestoppt, sobald das zu Ende ist. Siehe `vitrine \
         status`",
    ),
    (
        "{exhibit} has no snapshot '{snapshot}' that it could be put back to, so it goes on as it is",
        "{exhibit} hat keinen Snapshot '{snapshot}', auf den es zurückgesetzt werden könnte; es läuft weiter, wie es ist",
    ),
    (
        "{exhibit} is started anew, since it has no snapshot that it could be put back to",
        "{exhibit} wird neu gestartet, da es keinen Snapshot hat, auf den es zurückgesetzt werden könnte",
    ),
    ("{done}, by what was under way already", "{done}, durch etwas, das schon lief"),
    ("{done}, after what was under way had ended", "{done}, nachdem zu Ende war, was vorher lief"),
    (
        "libvirt is not reached just now, so nothing can be done to {exhibit}; Vitrine keeps trying",
        "libvirt ist gerade nicht erreichbar, darum geht bei {exhibit} nichts; Vitrine versucht es weiter",
    ),
    (
        "libvirt has no VM named {vm}, which {exhibit} is configured for; see `virsh list --all`",
        "libvirt hat keine VM namens {vm}, die für {exhibit} konfiguriert ist; siehe `virsh list --all`",
    ),
    (
        "{vm} has no snapshot named {snapshot}; with the artwork running as it should, make one: vitrine snapshot create \
         {exhibit}",
        "{vm} hat keinen Snapshot namens {snapshot}; wenn das Werk läuft, wie es soll, einen anlegen: vitrine snapshot \
         create {exhibit}",
    ),
    (
        "the hold of {exhibit} was to end at a moment that is over, so nothing has changed; is the clock right that it \
         was taken from? Without an end it lasts until it is ended",
        "die Wartung von {exhibit} sollte zu einem Zeitpunkt enden, der vorbei ist; es hat sich nichts geändert. Geht die \
         Uhr richtig, von der er stammt? Ohne Ende dauert sie, bis jemand sie beendet",
    ),
    (
        "'{snapshot}' is an external snapshot, and deleting it could take along what others need, so Vitrine deletes none \
         of them. Nothing was changed. First make the artwork independent of it (vitrine snapshot convert {exhibit}); \
         what is left then is yours to delete by virsh",
        "'{snapshot}' ist ein externer Snapshot; mit ihm ginge womöglich verloren, was andere brauchen, darum löscht \
         Vitrine keinen davon. Es wurde nichts geändert. Zuerst das Werk davon lösen (vitrine snapshot convert \
         {exhibit}); was dann übrig ist, lässt sich mit virsh löschen",
    ),
    (
        "'{snapshot}' belongs to the same images as the external snapshot '{external}', and deleting it could take along \
         what others need, so Vitrine deletes none of them. Nothing was changed. First make the artwork independent of \
         it (vitrine snapshot convert {exhibit}); what is left then is yours to delete by virsh",
        "'{snapshot}' liegt in denselben Abbildern wie der externe Snapshot '{external}'; mit ihm ginge womöglich \
         verloren, was andere brauchen, darum löscht Vitrine keinen davon. Es wurde nichts geändert. Zuerst das Werk \
         davon lösen (vitrine snapshot convert {exhibit}); was dann übrig ist, lässt sich mit virsh löschen",
    ),
    (
        "{exhibit} is put back to {snapshot}, so it is not deleted while Vitrine watches over it; to replace it: vitrine \
         snapshot create {exhibit}; to delete it all the same, first: vitrine hold {exhibit}",
        "{exhibit} wird auf {snapshot} zurückgesetzt, darum wird er nicht gelöscht, solange Vitrine darüber wacht; \
         ersetzen: vitrine snapshot create {exhibit}; trotzdem löschen, zuerst: vitrine hold {exhibit}",
    ),
    (
        "a snapshot cannot be called '{snapshot}': {flaw}; choose another name",
        "ein Snapshot kann nicht '{snapshot}' heißen: {flaw}; bitte einen anderen Namen wählen",
    ),
    (
        "the snapshot '{external}' of {vm} is an external one, as virt-manager makes them: a new snapshot would lie in \
         its files and be lost with it. Nothing was changed. To have an internal one instead, in a flat copy of the \
         disks: vitrine snapshot convert {exhibit}",
        "der Snapshot '{external}' von {vm} ist ein externer, wie virt-manager sie anlegt: Ein neuer Snapshot läge in \
         dessen Dateien und ginge mit ihm verloren. Es wurde nichts geändert. Stattdessen ein interner, in einer flachen \
         Kopie der Platten: vitrine snapshot convert {exhibit}",
    ),
    (
        "{vm} has no snapshot named {snapshot} that could be converted; to keep the artwork as it is now: vitrine \
         snapshot convert {exhibit} --present",
        "{vm} hat keinen Snapshot namens {snapshot}, der sich umwandeln ließe; das Werk behalten, wie es jetzt ist: \
         vitrine snapshot convert {exhibit} --present",
    ),
    (
        "{exhibit} is on hold, and converting {snapshot} puts the artwork to it first, so that what was changed \
         meanwhile would be lost; to keep the artwork as it is now: vitrine snapshot convert {exhibit} --present. To \
         convert {snapshot} itself, first: vitrine resume {exhibit}",
        "{exhibit} ist in Wartung, und beim Umwandeln von {snapshot} wird das Werk zuerst darauf gesetzt; was inzwischen \
         geändert wurde, wäre verloren. Das Werk behalten, wie es jetzt ist: vitrine snapshot convert {exhibit} \
         --present. {snapshot} selbst umwandeln, zuerst: vitrine resume {exhibit}",
    ),
    (
        "'{snapshot}' is an internal snapshot in the images of an external one, and is kept as it is. Choose another \
         name for {exhibit} in the configuration, such as snapshot = \"{snapshot}-2\"; then bring the artwork to the \
         state in which it should always come back, and keep that: vitrine snapshot convert {exhibit} --present",
        "'{snapshot}' ist ein interner Snapshot in den Abbildern eines externen und bleibt, wie er ist. Bitte für \
         {exhibit} in der Konfiguration einen anderen Namen wählen, etwa snapshot = \"{snapshot}-2\"; dann das Werk in \
         den Zustand bringen, in dem es immer wiederkommen soll, und diesen behalten: vitrine snapshot convert {exhibit} \
         --present",
    ),
    (
        "{exhibit} is not well just now, and a snapshot would keep that; if you know better, hold it first: vitrine hold \
         {exhibit}",
        "{exhibit} ist gerade nicht in Ordnung, und ein Snapshot behielte das; wer es besser weiß, nimmt es zuerst in \
         Wartung: vitrine hold {exhibit}",
    ),
    (
        "the VM of {exhibit} does not run, and a snapshot is made of a running artwork; start it first: vitrine start \
         {exhibit}",
        "die VM von {exhibit} läuft nicht, und ein Snapshot entsteht von einem laufenden Werk; zuerst starten: vitrine \
         start {exhibit}",
    ),
    (
        "the VM of {exhibit} does not run, and a snapshot is made of a running artwork; start it first: virsh start \
         {vm}, which does not put it back",
        "die VM von {exhibit} läuft nicht, und ein Snapshot entsteht von einem laufenden Werk; zuerst starten: virsh \
         start {vm}, das setzt nichts zurück",
    ),
    (
        "no heartbeat has come from {exhibit} for {timeout}, and a snapshot is kept only if the artwork beats after it \
         was put back to it; have the program that beats run in the guest, or write `heartbeat = false` for this \
         exhibit, and try again",
        "von {exhibit} kam seit {timeout} kein Lebenszeichen, und ein Snapshot wird nur behalten, wenn das Werk sich \
         meldet, nachdem es darauf gesetzt wurde; bitte im Gast das Programm laufen lassen, das die Lebenszeichen \
         schickt, oder für dieses Exponat `heartbeat = false` schreiben, und dann noch einmal",
    ),
    (
        "{failure}. The new snapshot has proven itself, but could not take the place of the former one; until then \
         {exhibit} is put back to {back_to}. Mend this, and try again: vitrine snapshot create {exhibit}",
        "{failure}. Der neue Snapshot hat sich bewährt, konnte aber den bisherigen nicht ablösen; bis dahin wird \
         {exhibit} auf {back_to} zurückgesetzt. Bitte beheben, dann noch einmal: vitrine snapshot create {exhibit}",
    ),
    (
        "the new snapshot was deleted, since it has not proven itself: {seen}. {exhibit} is put back to the former one, \
         as it was before. Once the artwork runs as it should, try again: vitrine snapshot create {exhibit}",
        "der neue Snapshot wurde gelöscht, denn er hat sich nicht bewährt: {seen}. {exhibit} wird wie bisher auf den \
         früheren zurückgesetzt. Wenn das Werk läuft, wie es soll, noch einmal: vitrine snapshot create {exhibit}",
    ),
    (
        "the new snapshot was deleted, since it has not proven itself: {seen}. {exhibit} is put back to what was loaded \
         well before. Once the artwork runs as it should, try again: vitrine snapshot create {exhibit}",
        "der neue Snapshot wurde gelöscht, denn er hat sich nicht bewährt: {seen}. {exhibit} wird auf das zurückgesetzt, \
         was sich vorher gut laden ließ. Wenn das Werk läuft, wie es soll, noch einmal: vitrine snapshot create \
         {exhibit}",
    ),
    (
        "the new snapshot has not proven itself: {seen}. VM and snapshot were left as they are, so nothing of your work \
         is lost: it is kept as '{newest}'. The artwork is still put back to '{back_to}'. Look at the artwork. If it \
         runs as it should, try again: vitrine snapshot create {exhibit}. To load what was kept: virsh snapshot-revert \
         {vm} {newest} --running. To be rid of it: vitrine snapshot delete {exhibit} {newest}",
        "der neue Snapshot hat sich nicht bewährt: {seen}. VM und Snapshot blieben, wie sie sind; von der Arbeit ist \
         nichts verloren, sie liegt in '{newest}'. Das Werk wird weiterhin auf '{back_to}' zurückgesetzt. Bitte das Werk \
         ansehen. Läuft es, wie es soll, noch einmal: vitrine snapshot create {exhibit}. Laden, was behalten wurde: \
         virsh snapshot-revert {vm} {newest} --running. Verwerfen: vitrine snapshot delete {exhibit} {newest}",
    ),
    (
        "the new snapshot has not proven itself: {seen}. VM and snapshot were left as they are, so nothing of your work \
         is lost: it is kept as '{newest}'. There is no other one to put the artwork back to. Look at the artwork. If it \
         runs as it should, try again: vitrine snapshot create {exhibit}. To load what was kept: virsh snapshot-revert \
         {vm} {newest} --running. To be rid of it: vitrine snapshot delete {exhibit} {newest}",
        "der neue Snapshot hat sich nicht bewährt: {seen}. VM und Snapshot blieben, wie sie sind; von der Arbeit ist \
         nichts verloren, sie liegt in '{newest}'. Einen anderen, auf den das Werk zurückgesetzt werden könnte, gibt es \
         nicht. Bitte das Werk ansehen. Läuft es, wie es soll, noch einmal: vitrine snapshot create {exhibit}. Laden, was \
         behalten wurde: virsh snapshot-revert {vm} {newest} --running. Verwerfen: vitrine snapshot delete {exhibit} \
         {newest}",
    ),
    (
        "libvirt has not come back in time, so the new snapshot of {exhibit} was not finished; a former one is there \
         still. See `vitrine status`, and libvirt's own log, then try again",
        "libvirt ist nicht rechtzeitig zurückgekehrt, darum wurde der neue Snapshot von {exhibit} nicht fertig; ein \
         früherer ist noch da. Siehe `vitrine status` und das Log von libvirt, dann noch einmal",
    ),
    ("{failure}", "{failure}"),
    ("{finding} ({failure})", "{finding} ({failure})"),
    ("{reason}", "{reason}"),
    ("{reason} ({severity})", "{reason} ({severity})"),
    ("asked for by {by}", "gewünscht von {by}"),
    ("the guest reports {lasted} without a visitor", "der Gast meldet {lasted} ohne Besucher"),
    ("no heartbeat for {lasted}", "kein Lebenszeichen seit {lasted}"),
    ("no first heartbeat within {waited}", "kein erstes Lebenszeichen innerhalb von {waited}"),
    ("the guest shuts itself down", "der Gast fährt sich herunter"),
    ("libvirt says that the VM is off", "libvirt sagt, dass die VM aus ist"),
    ("libvirt says that the VM is paused", "libvirt sagt, dass die VM angehalten ist"),
    (
        "a read or a write of the VM's disk failed, and QEMU paused it",
        "die Platte der VM ließ sich nicht lesen oder schreiben, und QEMU hat sie angehalten",
    ),
    ("the guest's kernel panicked", "der Kernel des Gastes ist abgestürzt"),
    (
        "the guest agent left several pings in a row unanswered",
        "der Gast-Agent hat mehrere Anfragen hintereinander nicht beantwortet",
    ),
    ("nothing has moved in the picture for {lasted}", "im Bild hat sich seit {lasted} nichts bewegt"),
    ("QEMU has not answered for {lasted}", "QEMU antwortet seit {lasted} nicht"),
    ("libvirt has no VM named {vm}", "libvirt hat keine VM namens {vm}"),
    ("the guest rebooted by itself", "der Gast hat von selbst neu gestartet"),
    ("the artwork is not on its screens", "das Werk ist nicht auf seinen Bildschirmen"),
    (
        "the artwork is not on its screens, and its viewer was launched again: {fault}",
        "das Werk ist nicht auf seinen Bildschirmen, und sein Betrachter wurde neu gestartet: {fault}",
    ),
    (
        "the VM's display takes no connection, and the artwork was not seen for {lasted}",
        "die Anzeige der VM nimmt keine Verbindung an, und das Werk war {lasted} lang nicht zu sehen",
    ),
    ("a new snapshot has not proven itself: {seen}", "ein neuer Snapshot hat sich nicht bewährt: {seen}"),
    (
        "no heartbeat within {waited} after it was loaded",
        "kein Lebenszeichen innerhalb von {waited}, nachdem er geladen war",
    ),
    (
        "no answer of the guest agent within {waited} after it was loaded",
        "keine Antwort des Gast-Agenten innerhalb von {waited}, nachdem er geladen war",
    ),
    (
        "libvirt's call has not come back within {waited}",
        "der Aufruf von libvirt ist innerhalb von {waited} nicht zurückgekehrt",
    ),
    ("libvirt is away", "libvirt ist weg"),
    ("nothing helps {exhibits}", "bei {exhibits} hilft nichts"),
    (
        "the X server does not answer, so nothing moves on any screen",
        "der X-Server antwortet nicht, darum bewegt sich auf keinem Bildschirm etwas",
    ),
    ("the X server is another user's process", "der X-Server ist der Prozess eines anderen Benutzers"),
    (
        "the X server was killed, and lives on: it hangs in the kernel, or in the driver of the graphics card",
        "der X-Server wurde zwangsweise beendet und lebt doch: Er hängt im Kernel oder im Treiber der Grafikkarte",
    ),
    ("the X server is no process of this computer", "der X-Server ist kein Prozess dieses Rechners"),
    (
        "its connection was lost while the X server did not answer",
        "seine Verbindung riss ab, während der X-Server nicht antwortete",
    ),
    (
        "its windows did not come to stand on their screens",
        "seine Fenster kamen nicht auf ihren Bildschirmen zu stehen",
    ),
    ("its connection to the VM's display was cut", "seine Verbindung zur Anzeige der VM ist abgerissen"),
    ("it answers no longer", "er antwortet nicht mehr"),
    (
        "it opened a box, \"{title}\", which nobody is there to answer, and was ended: {reason}",
        "er öffnete ein Fenster, „{title}“, das niemand beantworten kann, und wurde beendet: {reason}",
    ),
    (
        "it opened a box, which nobody is there to answer, and was ended: {reason}",
        "er öffnete ein Fenster, das niemand beantworten kann, und wurde beendet: {reason}",
    ),
    (
        "the VM has no display, SPICE or VNC, that it could show; it was ended: {reason}",
        "die VM hat keine Anzeige, SPICE oder VNC, die er zeigen könnte; er wurde beendet: {reason}",
    ),
    ("nothing moves in its picture", "in seinem Bild bewegt sich nichts"),
    ("{exhibit} is started", "{exhibit} ist gestartet"),
    (
        "{exhibit} is stopped, and stays so until it is started",
        "{exhibit} ist gestoppt und bleibt es, bis es gestartet wird",
    ),
    ("{exhibit} is back at its snapshot", "{exhibit} ist auf seinen Snapshot zurückgesetzt"),
    (
        "{exhibit} is on hold: watched and shown, but not touched",
        "{exhibit} ist in Wartung: beobachtet und gezeigt, aber nicht angerührt",
    ),
    ("{exhibit} is recovered automatically again", "{exhibit} wird wieder von selbst in Ordnung gebracht"),
    ("{exhibit} has its snapshot", "{exhibit} hat seinen Snapshot"),
    (
        "{exhibit} has its snapshot, in a flat copy of its disks",
        "{exhibit} hat seinen Snapshot, in einer flachen Kopie seiner Platten",
    ),
    ("{exhibit} has one snapshot less", "{exhibit} hat einen Snapshot weniger"),
    ("{exhibit} is put back to its snapshot", "{exhibit} wird auf seinen Snapshot zurückgesetzt"),
    (
        "{exhibit} is put back to its snapshot, since nobody uses it",
        "{exhibit} wird auf seinen Snapshot zurückgesetzt, da niemand es benutzt",
    ),
    (
        "Pressed; the guest of {exhibit} is told when it asks",
        "Gedrückt; der Gast von {exhibit} erfährt es, wenn er fragt",
    ),
    ("{state} of {exhibit} is set", "{state} von {exhibit} ist gesetzt"),
    (
        "{state} of {exhibit} is no longer set; its hook answers",
        "{state} von {exhibit} ist nicht mehr gesetzt; sein Hook antwortet",
    ),
    ("The hook {event} of {exhibit} has run", "Der Hook {event} von {exhibit} ist gelaufen"),
    ("{done}: taken up, and going on", "{done}: angenommen, läuft noch"),
    (
        "{done}; but that could not be written down, and is forgotten when Vitrine or the computer is started anew: is \
         there room on the disk, and is the state folder the kiosk user's?",
        "{done}; das ließ sich aber nicht aufschreiben und ist vergessen, wenn Vitrine oder der Rechner neu startet: Ist \
         auf der Platte Platz, und gehört der Zustandsordner dem Benutzer des Kiosks?",
    ),
    (
        "{exhibits}: silent at once, which is this computer's fault and not theirs",
        "{exhibits}: gleichzeitig verstummt; das liegt an diesem Rechner, nicht an ihnen",
    ),
    ("one of them beats again", "einer von ihnen meldet sich wieder"),
    ("it had not answered for {lasted}", "er hatte {lasted} lang nicht geantwortet"),
    ("by {by}", "durch {by}"),
    ("by {by}: {reason}", "durch {by}: {reason}"),
    ("by the time that was set for it", "durch die dafür gesetzte Zeit"),
    ("Vitrine {version} began", "Vitrine {version} begann"),
    ("Vitrine ended in order", "Vitrine endete ordnungsgemäß"),
    (
        "Vitrine ended without a word: it was killed, or crashed",
        "Vitrine endete wortlos: Es wurde abgebrochen oder ist abgestürzt",
    ),
    (
        "the computer stopped without ending Vitrine: it lost its power, or crashed",
        "der Rechner ging aus, ohne Vitrine zu beenden: Der Strom fiel aus, oder er stürzte ab",
    ),
    // What is wrong with a snapshot
    (
        "the snapshot '{snapshot}' of {vm} is an external one, as virt-manager makes them: it is neither replaced nor \
         deleted, and cannot be loaded in place. To have an internal one instead: vitrine snapshot convert {exhibit}",
        "der Snapshot '{snapshot}' von {vm} ist ein externer, wie virt-manager sie anlegt: Er wird weder ersetzt noch \
         gelöscht und lässt sich nicht im laufenden QEMU laden. Stattdessen ein interner: vitrine snapshot convert \
         {exhibit}",
    ),
    (
        "the snapshot '{snapshot}' of {vm} lies in the images of the external snapshot '{external}': it is neither \
         replaced nor deleted, and cannot be loaded in place. To have an internal one instead: vitrine snapshot \
         convert {exhibit}",
        "der Snapshot '{snapshot}' von {vm} liegt in den Abbildern des externen Snapshots '{external}': Er wird weder \
         ersetzt noch gelöscht und lässt sich nicht im laufenden QEMU laden. Stattdessen ein interner: vitrine \
         snapshot convert {exhibit}",
    ),
    (
        "the external snapshot '{external}' of {vm} is laid upon the image that '{snapshot}' lies in, and each revert \
         to '{snapshot}' changes that image: '{external}' is worth nothing afterwards. If it is needed, hold the \
         exhibit, revert to '{external}' by virsh if that has not happened yet, choose another name in the \
         configuration, and keep it apart: vitrine snapshot convert {exhibit} --present",
        "der externe Snapshot '{external}' von {vm} baut auf dem Abbild auf, in dem '{snapshot}' liegt, und jedes \
         Zurücksetzen auf '{snapshot}' ändert dieses Abbild: '{external}' ist danach nichts mehr wert. Wenn er \
         gebraucht wird, das Exponat in Wartung nehmen, mit virsh auf '{external}' zurücksetzen, sofern das noch \
         nicht geschehen ist, in der Konfiguration einen anderen Namen wählen und ihn für sich behalten: vitrine \
         snapshot convert {exhibit} --present",
    ),
    (
        "the snapshot '{snapshot}' of {vm} holds no memory, since the VM was off when it was made: the guest boots \
         after each revert. With the artwork running as it should: vitrine snapshot create {exhibit}",
        "der Snapshot '{snapshot}' von {vm} enthält keinen Arbeitsspeicher, weil die VM aus war, als er entstand: Der \
         Gast bootet nach jedem Zurücksetzen. Wenn das Werk läuft, wie es soll: vitrine snapshot create {exhibit}",
    ),
    (
        "a replacement of the snapshot '{snapshot}' of {vm} was cut off: the artwork is put back to its copy \
         '{copy}'. When there is time: vitrine snapshot create {exhibit}",
        "beim Ersetzen des Snapshots '{snapshot}' von {vm} wurde abgebrochen: Das Werk wird auf seine Kopie '{copy}' \
         zurückgesetzt. Wenn Zeit ist: vitrine snapshot create {exhibit}",
    ),
];
