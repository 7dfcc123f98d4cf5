//! What commands say.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    // Starting, stopping, putting back, holding
    (
        "no exhibit is configured, so there is nothing to do",
        "es ist kein Exponat konfiguriert, also gibt es nichts zu tun",
    ),
    ("starting {exhibit}", "startet {exhibit}"),
    ("stopping {exhibit}", "stoppt {exhibit}"),
    ("putting back {exhibit}", "setzt {exhibit} zurück"),
    ("holding {exhibit}", "nimmt {exhibit} in Wartung"),
    ("resuming {exhibit}", "beendet die Wartung von {exhibit}"),
    (
        "\"{text}\" is no time that something can last; write 2h, 30m or 1d",
        "\"{text}\" ist keine Dauer; bitte 2h, 30m oder 1d schreiben",
    ),
    (
        "\"{text}\" is no moment; write 18:00 or \"2026-11-30 18:00\"",
        "\"{text}\" ist kein Zeitpunkt; bitte 18:00 oder \"2026-11-30 18:00\" schreiben",
    ),
    ("{text} is over already", "{text} ist schon vorbei"),
    ("{exhibit}: the command broke off", "{exhibit}: der Befehl brach ab"),
    // The daemon
    (
        "the daemon's socket {path} cannot be used: {error}; it belongs to the user whose session runs Vitrine, so \
         try as that user or as root",
        "der Socket des Dienstes, {path}, lässt sich nicht benutzen: {error}; er gehört dem Benutzer, in dessen \
         Sitzung Vitrine läuft, also bitte als dieser oder als root versuchen",
    ),
    (
        "at {path} there is no daemon of this user's: the program that answers is another user's ({uid}). Nothing was \
         asked of it",
        "unter {path} ist kein Dienst dieses Benutzers: Das Programm, das antwortet, gehört einem anderen ({uid}). Es \
         wurde nichts von ihm verlangt",
    ),
    (
        "the daemon did not answer within {seconds} s; look into its log",
        "der Dienst hat innerhalb von {seconds} s nicht geantwortet; bitte in sein Log sehen",
    ),
    (
        "the daemon ended the connection: {error}; look into its log, and try again",
        "der Dienst hat die Verbindung beendet: {error}; bitte in sein Log sehen und noch einmal versuchen",
    ),
    (
        "the daemon's answer is not understood ({error}); are `vitrine` and the daemon of the same version?",
        "die Antwort des Dienstes ist unverständlich ({error}); haben `vitrine` und der Dienst dieselbe Version?",
    ),
    (
        "no daemon runs. It is started with the kiosk session, or by `vitrine run`.",
        "der Dienst läuft nicht. Er startet mit der Sitzung des Kiosks oder durch `vitrine run`.",
    ),
    (
        "$XDG_RUNTIME_DIR is not set, so it was looked for nowhere; name its socket with --socket.",
        "$XDG_RUNTIME_DIR ist nicht gesetzt, darum wurde er nirgends gesucht; bitte seinen Socket mit --socket nennen.",
    ),
    ("It was looked for at:{places}", "Gesucht wurde er unter:{places}"),
    ("the system gives no event loop: {error}", "das System gibt keine Ereignisschleife her: {error}"),
    (
        "there is no exhibit '{name}'; none is configured",
        "es gibt kein Exponat '{name}'; es ist keines konfiguriert",
    ),
    ("there is no exhibit '{name}'; there is {names}", "es gibt kein Exponat '{name}'; vorhanden: {names}"),
    ("this cannot be written as JSON: {error}", "das lässt sich nicht als JSON schreiben: {error}"),
    // Images
    ("{image}: as it was before it was mended", "{image}: wie vor der Reparatur"),
    (
        "{image}: the image was used since it was mended, and its old tables do not fit what is in it now; put them \
         into a copy of it by --image FILE --force, if you know what you do",
        "{image}: das Abbild wurde seit der Reparatur benutzt, und seine alten Tabellen passen nicht mehr zu seinem \
         Inhalt; wer weiß, was er tut, schreibt sie mit --image DATEI --force in eine Kopie davon",
    ),
    (
        "{image}: the image is in use; shut its VM off first",
        "{image}: das Abbild ist in Benutzung; bitte zuerst seine VM ausschalten",
    ),
    (
        "{file}: this is no copy that Vitrine has made: {why}",
        "{file}: das ist keine Kopie von Vitrine: {why}",
    ),
    ("its form is {form}, and 1 is known", "ihre Form ist {form}, bekannt ist 1"),
    ("it is not complete", "sie ist nicht vollständig"),
    // Checking
    ("{file}: well, 1 exhibit: {name}", "{file}: in Ordnung, 1 Exponat: {name}"),
    ("{file}: well, {count} exhibits: {names}", "{file}: in Ordnung, {count} Exponate: {names}"),
    ("warning: {exhibit}: {flaw}", "Warnung: {exhibit}: {flaw}"),
    (
        "(The VMs' snapshots were not looked at: {why}.)",
        "(Die Snapshots der VMs wurden nicht geprüft: {why}.)",
    ),
    (
        "{file}: valid, but not all is well, 1 exhibit: {name}",
        "{file}: gültig, aber nicht alles in Ordnung, 1 Exponat: {name}",
    ),
    (
        "{file}: valid, but not all is well, {count} exhibits: {names}",
        "{file}: gültig, aber nicht alles in Ordnung, {count} Exponate: {names}",
    ),
    ("warning: {flaw}", "Warnung: {flaw}"),
    ("vitrine: {error} The usual places are taken", "vitrine: {error} Es gelten die üblichen Orte"),
    (
        "{path}: no answer within {seconds} s; is it on a network share or a disk that does not answer?",
        "{path}: keine Antwort innerhalb von {seconds} s; liegt es auf einer Netzfreigabe oder Platte, die nicht \
         antwortet?",
    ),
    (
        "the X server {display} has not answered within {seconds} s; is it busy with a monitor, or stopped? Try \
         again, and if this goes on, see its log (Xorg.0.log), and restart the session",
        "der X-Server {display} hat innerhalb von {seconds} s nicht geantwortet; richtet er gerade einen Monitor ein, \
         oder ist er angehalten? Bitte noch einmal versuchen und, wenn das so bleibt, in sein Log sehen (Xorg.0.log) \
         und die Sitzung neu starten",
    ),
    ("the X server could not be asked: {error}", "der X-Server ließ sich nicht fragen: {error}"),
    (
        "vitrine: this is the X server {display} of the user {user}",
        "vitrine: das ist der X-Server {display} des Benutzers {user}",
    ),
    (
        "vitrine: this is the X server {display} of the user {user}; there are {others} more, and with DISPLAY and \
         XAUTHORITY set another one is taken",
        "vitrine: das ist der X-Server {display} des Benutzers {user}; es gibt noch {others} weitere, und mit \
         gesetztem DISPLAY und XAUTHORITY gilt ein anderer",
    ),
    // Screens
    ("the folder {folder} cannot be made: {error}", "der Ordner {folder} lässt sich nicht anlegen: {error}"),
    (
        "the daemon, which shows nothing, knows of no screens, and {why}",
        "der Dienst, der nichts zeigt, weiß von keinen Bildschirmen, und {why}",
    ),
    (
        "no daemon runs that could tell of the screens, and {why}",
        "es läuft kein Dienst, der die Bildschirme kennt, und {why}",
    ),
    ("no monitor is lit", "kein Monitor ist an"),
    (
        "No monitor is lit. Is one connected and switched on? `xrandr` tells what the X server sees.",
        "Kein Monitor ist an. Ist einer angeschlossen und eingeschaltet? `xrandr` zeigt, was der X-Server sieht.",
    ),
    ("{width}x{height} at {x},{y}", "{width}x{height} bei {x},{y}"),
    ("{exhibit}, guest display {display}", "{exhibit}, Bildschirm {display} des Gastes"),
    ("no exhibit", "kein Exponat"),
    ("{owner}, primary", "{owner}, primär"),
    ("{line}   # stays with the monitor", "{line}   # bleibt beim Monitor"),
    (
        "the daemon stands still since {span} ago, and what it knows of the screens is as old; its log may tell why",
        "der Dienst steht still, und was er von den Bildschirmen weiß, ist {span} alt; vielleicht sagt sein Log, warum",
    ),
    (
        "the X server does not answer, so which screens are there is not known; is it stopped? Its log is \
         Xorg.0.log",
        "der X-Server antwortet nicht, also ist unbekannt, welche Bildschirme da sind; ist er angehalten? \
         Sein Log ist Xorg.0.log",
    ),
    ("{line}   # another monitor calls itself the same", "{line}   # ein anderer Monitor nennt sich ebenso"),
    // Snapshots
    (
        "{vm} has no snapshot; `vitrine snapshot create {exhibit}` makes one",
        "{vm} hat keinen Snapshot; `vitrine snapshot create {exhibit}` legt einen an",
    ),
    (
        "{snapshot}   (the exhibit is put back to this one)",
        "{snapshot}   (darauf wird das Exponat zurückgesetzt)",
    ),
    (
        "{exhibit} is kept as it is now; its disks are copied to new files, which may take minutes while the picture \
         stands still; and it is put to the new snapshot, and must give a sign of life. The former files and \
         snapshots are kept.",
        "{exhibit} wird behalten, wie es jetzt ist; seine Platten werden in neue Dateien kopiert, was Minuten dauern \
         kann, in denen das Bild steht; dann wird es auf den neuen Snapshot gesetzt und muss ein Lebenszeichen geben. \
         Die bisherigen Dateien und Snapshots bleiben.",
    ),
    (
        "{exhibit} is put to its snapshot '{snapshot}'; its disks are copied to new files, which may take minutes \
         while the picture stands still; and it is put to the new snapshot, and must give a sign of life. The former \
         files and snapshots are kept.",
        "{exhibit} wird auf seinen Snapshot '{snapshot}' gesetzt; seine Platten werden in neue Dateien kopiert, was \
         Minuten dauern kann, in denen das Bild steht; dann wird es auf den neuen Snapshot gesetzt und muss ein \
         Lebenszeichen geben. Die bisherigen Dateien und Snapshots bleiben.",
    ),
    (
        "{exhibit} is saved as it is now; then it is put to the new snapshot, and must give a sign of life.",
        "{exhibit} wird gesichert, wie es jetzt ist; dann wird es auf den neuen Snapshot gesetzt und muss ein \
         Lebenszeichen geben.",
    ),
    (
        "Only then does it take the place of the former {former}, which is kept until then, whatever happens.",
        "Erst dann löst er den bisherigen {former} ab, der bis dahin auf jeden Fall bleibt.",
    ),
    ("Only then is it kept as {snapshot}, whatever happens.", "Erst dann wird er als {snapshot} behalten."),
    (
        "Otherwise it is deleted, and {exhibit} is put back to {back_to}.",
        "Sonst wird er gelöscht und {exhibit} auf {back_to} zurückgesetzt.",
    ),
    (
        "Otherwise the VM and the new snapshot are left as they are.",
        "Sonst bleiben die VM und der neue Snapshot, wie sie sind.",
    ),
    ("The picture stands still at times.", "Das Bild steht zwischendurch still."),
    ("deleting a snapshot of {exhibit}", "löscht einen Snapshot von {exhibit}"),
    // The status
    ("libvirt is up.", "libvirt läuft."),
    ("libvirt is waited for.", "Auf libvirt wird gewartet."),
    ("libvirt is down.", "libvirt ist weg."),
    ("libvirt is down since {since}.", "libvirt ist seit {since} weg."),
    ("libvirt is down: {reason}.", "libvirt ist weg: {reason}."),
    ("libvirt is down since {since}: {reason}.", "libvirt ist seit {since} weg: {reason}."),
    ("No exhibit is configured.", "Es ist kein Exponat konfiguriert."),
    ("All is well.", "Alles in Ordnung."),
    ("The exhibits are well.", "Die Exponate sind in Ordnung."),
    ("The exhibit needs attention.", "Das Exponat braucht Aufmerksamkeit."),
    ("1 of {all} exhibits needs attention.", "1 von {all} Exponaten braucht Aufmerksamkeit."),
    ("{ill} of {all} exhibits need attention.", "{ill} von {all} Exponaten brauchen Aufmerksamkeit."),
    ("Vitrine {version} has run for {span}.", "Vitrine {version}, Laufzeit {span}."),
    (
        "{why}; if that lasts, libvirt is restarted in {span}",
        "{why}; wenn das so bleibt, startet libvirt in {span} neu",
    ),
    (
        "{why}; if that lasts, the computer is restarted in {span}",
        "{why}; wenn das so bleibt, startet der Rechner in {span} neu",
    ),
    (
        "{why}; if that lasts, libvirt is restarted in {libvirt}, and the computer is restarted in {computer}",
        "{why}; wenn das so bleibt, startet libvirt in {libvirt} neu und der Rechner in {computer}",
    ),
    ("units: {states}", "Units: {states}"),
    ("{name} {state} since {since} ({result})", "{name} {state} seit {since} ({result})"),
    ("{name} {state} since {since}", "{name} {state} seit {since}"),
    ("{how}; restarted in {span}", "{how}; Neustart in {span}"),
    (
        "{how}; `systemctl status {name}` may tell why",
        "{how}; vielleicht sagt `systemctl status {name}`, warum",
    ),
    ("waiting", "wartet"),
    ("starting", "startet"),
    ("healthy", "in Ordnung"),
    ("suspect", "verdächtig"),
    ("settling", "läuft an"),
    ("snapshotting", "beim Snapshot"),
    ("closed", "geschlossen"),
    ("something odd", "etwas Merkwürdiges"),
    ("a remedy", "ein Mittel"),
    ("a snapshot is worked on", "an einem Snapshot wird gearbeitet"),
    ("{phase} for libvirt since {since}", "{phase} seit {since} auf libvirt"),
    ("{phase} since {since}", "{phase} seit {since}"),
    (
        "{phase} since {since}: {why}, given a moment",
        "{phase} seit {since}: {why}, wird noch kurz abgewartet",
    ),
    ("{phase} since {since}: {remedy} against \"{why}\"", "{phase} seit {since}: {remedy} gegen \"{why}\""),
    ("{phase} since {since}: {step}", "{phase} seit {since}: {step}"),
    (
        "{phase} since {since}: the first sign of life is waited for",
        "{phase} seit {since}: das erste Lebenszeichen steht noch aus",
    ),
    (
        "{phase} since {since}: {why}; tried again in {retry}",
        "{phase} seit {since}: {why}; neuer Versuch in {retry}",
    ),
    ("{phase} since {since}: {why}", "{phase} seit {since}: {why}"),
    (
        "{phase} since {since} by {by} until {until}: watched, shown, not touched",
        "{phase} seit {since} durch {by} bis {until}: überwacht und gezeigt, nicht angefasst",
    ),
    (
        "{phase} since {since} by {by}: watched, shown, not touched",
        "{phase} seit {since} durch {by}: überwacht und gezeigt, nicht angefasst",
    ),
    (
        "{phase} since {since}: watched, shown, not touched",
        "{phase} seit {since}: überwacht und gezeigt, nicht angefasst",
    ),
    (
        "{phase} since {since}: stopped by {by}; `vitrine start {exhibit}` brings it back",
        "{phase} seit {since}: gestoppt durch {by}; `vitrine start {exhibit}` holt es zurück",
    ),
    (
        "{phase} since {since}; `vitrine start {exhibit}` brings it back",
        "{phase} seit {since}; `vitrine start {exhibit}` holt es zurück",
    ),
    ("there is no VM {vm}", "es gibt keine VM {vm}"),
    ("VM not seen yet", "VM noch nicht gesehen"),
    ("VM running", "VM läuft"),
    ("VM shut off", "VM aus"),
    ("VM in shutdown", "VM fährt herunter"),
    ("VM crashed", "VM abgestürzt"),
    ("VM pmsuspended", "VM im Ruhezustand"),
    ("VM {state}", "VM {state}"),
    ("no snapshot '{snapshot}'", "kein Snapshot '{snapshot}'"),
    ("last beat {ago} ago (allowed: {allowed})", "letztes Lebenszeichen {ago} her (erlaubt: {allowed})"),
    ("last beat {ago} ago", "letztes Lebenszeichen {ago} her"),
    ("no beat yet", "noch kein Lebenszeichen"),
    ("no heartbeat expected", "kein Lebenszeichen erwartet"),
    (" and ", " und "),
    ("shown on {screens}", "zu sehen auf {screens}"),
    ("viewer being launched on {screens}", "Betrachter startet auf {screens}"),
    (
        "viewer ended, launched again on {screens} in a moment",
        "Betrachter beendet, startet gleich wieder auf {screens}",
    ),
    ("no viewer on {screens}", "kein Betrachter auf {screens}"),
    ("screen {screen} is missing", "Bildschirm {screen} fehlt"),
    ("the last viewer: {trouble}", "der letzte Betrachter: {trouble}"),
    ("{why}, since {since}", "seit {since}: {why}"),
    (
        "{why}, since {since}; if that lasts, the X server is started anew in {time}",
        "seit {since}: {why}; bleibt es dabei, wird der X-Server in {time} neu gestartet",
    ),
    ("the guest says: {words}", "der Gast sagt: {words}"),
    (
        "last incident: {symptom}, {began}, over after {span}",
        "letzter Vorfall: {symptom}, {began}, Dauer {span}",
    ),
    ("incident: {symptom}, since {began}: {evidence}", "Vorfall: {symptom}, seit {began}: {evidence}"),
    (
        "This was so {span} ago: the daemon stands still since, and nothing is watched. Its log may tell why; started \
         anew, it leaves the artworks on screen.",
        "Stand {span} alt: Der Dienst steht seitdem still, und nichts wird überwacht. Vielleicht sagt sein Log, \
         warum; neu gestartet lässt er die Werke auf dem Bildschirm.",
    ),
    (
        "{what} has not answered for long, and what is told of it is old; waiting for it: {parts}",
        "{what} antwortet seit langem nicht, und was hier davon steht, ist alt; darauf wartet: {parts}",
    ),
    (
        "a part of Vitrine hangs, and what is told here may be old: {parts}. Its log tells more; started anew, it \
         leaves the artworks on screen",
        "ein Teil von Vitrine hängt, und was hier steht, ist vielleicht alt: {parts}. Sein Log sagt mehr; neu \
         gestartet lässt es die Werke auf dem Bildschirm",
    ),
    (
        "the configuration could not be read again at {since}: what it lies on does not answer. What was there goes \
         on; `systemctl --user reload vitrine` has it read again",
        "die Konfiguration war nicht neu lesbar ({since}): Worauf sie liegt, antwortet nicht. Es gilt weiter, was \
         vorher galt; `systemctl --user reload vitrine` liest sie noch einmal",
    ),
    (
        "the configuration was read again at {since}, and cannot be used; `vitrine check` tells why. What was there \
         goes on",
        "die Konfiguration wurde neu gelesen ({since}) und ist nicht zu gebrauchen; `vitrine check` sagt, warum. Es \
         gilt weiter, was vorher galt",
    ),
    ("{vm} when libvirt last told", "{vm} (letzter Stand von libvirt)"),
    // Incidents
    (
        "neither $XDG_STATE_HOME nor $HOME is set; name the journal with --file",
        "weder $XDG_STATE_HOME noch $HOME ist gesetzt; bitte das Journal mit --file nennen",
    ),
    (
        "there is no entry {id}; `vitrine incidents` lists all",
        "es gibt keinen Eintrag {id}; `vitrine incidents` zeigt alle",
    ),
    ("Nothing.", "Nichts."),
    (
        "entry {id} has no picture: nothing was shown then, or it had to make room for newer ones",
        "Eintrag {id} hat kein Bild: Es war nichts zu sehen, oder es musste neueren Platz machen",
    ),
    ("The picture of entry {id} is in {file}.", "Das Bild zu Eintrag {id} steht in {file}."),
    (
        "the picture cannot be written to {file}: {error}; name a file in a folder that you may write to",
        "das Bild lässt sich nicht nach {file} schreiben: {error}; bitte eine Datei in einem Ordner nennen, in den \
         Schreiben erlaubt ist",
    ),
    ("\"{text}\" is no month; write it as {month}", "\"{text}\" ist kein Monat; bitte wie {month} schreiben"),
    (
        "\"{text}\" is no moment; write 7d, 12h, 2026-11-01 or \"2026-11-01 18:00\"",
        "\"{text}\" ist kein Zeitpunkt; bitte 7d, 12h, 2026-11-01 oder \"2026-11-01 18:00\" schreiben",
    ),
    (
        "of {count} journals this is the one last written: {path} (--file for another)",
        "von {count} Journalen ist dies das zuletzt geschriebene: {path} (ein anderes mit --file)",
    ),
    (
        "there is no journal at {path}; it is made by `vitrine run`",
        "unter {path} ist kein Journal; `vitrine run` legt es an",
    ),
    (
        "the journal {path} cannot be read: {error}; it belongs to the user whose session runs Vitrine",
        "das Journal {path} ist nicht lesbar: {error}; es gehört dem Benutzer, in dessen Sitzung Vitrine läuft",
    ),
    ("site", "Anlage"),
    ("(the site)", "(die Anlage)"),
    ("ill", "gestört"),
    (
        "{what}: {outcome}, not seen for {unseen}, lasts still",
        "{what}: {outcome}, {unseen} nicht zu sehen, dauert noch an",
    ),
    ("{what}: {outcome}, not seen for {unseen}", "{what}: {outcome}, {unseen} nicht zu sehen"),
    ("entry", "Eintrag"),
    ("exhibit", "Exponat"),
    ("began", "Beginn"),
    ("ended", "Ende"),
    ("seen", "Befund"),
    ("remedy", "Mittel"),
    ("picture", "Bild"),
    ("{began} {remedy}, failed: {why}", "{began} {remedy}, misslungen: {why}"),
    ("{began} {remedy}, took {span}", "{began} {remedy}, dauerte {span}"),
    ("{began} {remedy}, has not come back", "{began} {remedy}, kam nicht zurück"),
    (
        "kept; to see it: vitrine incidents {id} --picture FILE.jpg",
        "vorhanden; ansehen: vitrine incidents {id} --picture DATEI.jpg",
    ),
    ("No incidents.", "Keine Vorfälle."),
    ("incidents", "Vorfälle"),
    ("minutes not seen", "Minuten nicht zu sehen"),
    ("longest", "längster"),
    // Spans and moments
    ("1 day", "1 Tag"),
    ("{count} days", "{count} Tage"),
    ("an unknown time", "unbekannter Zeit"),
    ("{day} {month} {time}", "{day}. {month} {time}"),
    ("{day} {month} {year} {time}", "{day}. {month} {year} {time}"),
    ("Jan", "Jan"),
    ("Feb", "Feb"),
    ("Mar", "Mär"),
    ("Apr", "Apr"),
    ("May", "Mai"),
    ("Jun", "Jun"),
    ("Jul", "Jul"),
    ("Aug", "Aug"),
    ("Sep", "Sep"),
    ("Oct", "Okt"),
    ("Nov", "Nov"),
    ("Dec", "Dez"),
];
