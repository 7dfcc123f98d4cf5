//! What commands say.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("guest kit {version}, {current} is here", "Gast-Programm {version}, hier ist {current}"),
    ("its serial port cannot be heard", "seine serielle Schnittstelle ist nicht zu hören"),
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
    // Names and secrets
    (
        "Add these lines at the end of the configuration, and have it read again.",
        "Diese Zeilen ans Ende der Konfiguration setzen und sie neu einlesen lassen.",
    ),
    (
        "Add these lines at the end of the configuration, and have it read again. The program sends this header; the secret is shown once, and kept nowhere:\n\n    Authorization: Bearer {secret}",
        "Diese Zeilen ans Ende der Konfiguration setzen und sie neu einlesen lassen. Das Programm schickt diese Kopfzeile; das Geheimnis wird einmal gezeigt und nirgends aufbewahrt:\n\n    Authorization: Bearer {secret}",
    ),
    ("the password cannot be hashed: {error}", "das Passwort lässt sich nicht hashen: {error}"),
    ("the system gives no random numbers: {error}", "das System gibt keine Zufallszahlen: {error}"),
    ("Password: ", "Passwort: "),
    ("Once more: ", "Noch einmal: "),
    ("the two are not the same", "die beiden sind nicht gleich"),
    ("a password has at most {most} bytes", "ein Passwort hat höchstens {most} Bytes"),
    ("a password has {least} characters or more", "ein Passwort hat {least} Zeichen oder mehr"),
    // The certificate
    (
        "{path}: there is no such file; put it there, or name another one under `tls` in [api]",
        "{path}: diese Datei gibt es nicht; bitte dort hinlegen oder unter `tls` in [api] eine andere nennen",
    ),
    (
        "{path}: cannot be read ({why}); the user whose session runs Vitrine must be able to",
        "{path}: nicht lesbar ({why}); der Benutzer, in dessen Sitzung Vitrine läuft, muss es können",
    ),
    (
        "{path}: there is no certificate in it; it has to be in PEM, between lines with BEGIN CERTIFICATE and END \
         CERTIFICATE",
        "{path}: darin ist kein Zertifikat; es muss in PEM sein, zwischen Zeilen mit BEGIN CERTIFICATE und END \
         CERTIFICATE",
    ),
    (
        "{path}: there is no private key in it that could be used; it has to be in PEM and without a password \
         (`openssl pkey -in FILE` takes it off)",
        "{path}: darin ist kein privater Schlüssel, der sich benutzen ließe; er muss in PEM und ohne Passwort sein \
         (`openssl pkey -in DATEI` nimmt es weg)",
    ),
    (
        "{key}: this is not the key of the certificate in {certificate}, which has to be the first one there",
        "{key}: das ist nicht der Schlüssel des Zertifikats in {certificate}, das dort das erste sein muss",
    ),
    (
        "{certificate} and {key} cannot be used: {why}",
        "{certificate} und {key} sind nicht zu gebrauchen: {why}",
    ),
    (
        "{path}: the certificate is no longer valid, and browsers refuse it; put a new one there, or have one made by \
         `vitrine panel enable`",
        "{path}: das Zertifikat gilt nicht mehr, und Browser weisen es zurück; bitte ein neues hinlegen oder eines mit \
         `vitrine panel enable` machen lassen",
    ),
    (
        "{path}: the certificate is valid for {days} more days; put a new one there, or have one made by `vitrine \
         panel enable`",
        "{path}: das Zertifikat gilt noch {days} Tage; bitte ein neues hinlegen oder eines mit `vitrine panel enable` \
         machen lassen",
    ),
    // The panel for other computers
    ("Name: ", "Name: "),
    ("there is no account without a name", "ohne Namen gibt es kein Konto"),
    (
        "the daemon cannot be told to read its configuration again: {error}; start it anew, which leaves the artworks \
         alone",
        "dem Dienst lässt sich nicht sagen, dass er seine Konfiguration neu lesen soll: {error}; bitte neu starten, das \
         lässt die Kunstwerke in Ruhe",
    ),
    ("`vitrine panel disable` removes this line.", "`vitrine panel disable` entfernt diese Zeile."),
    (
        "{address} is no address of one computer; name the one that staff will type, which `ip address` shows",
        "{address} ist nicht die Adresse eines Rechners; bitte die nennen, die das Personal eingeben wird; `ip address` \
         zeigt sie",
    ),
    (
        "'{address}' is neither an IP address nor the name of a computer; write it without https://, port or path, such \
         as 192.168.1.20 or kiosk.museum.example",
        "'{address}' ist weder eine IP-Adresse noch der Name eines Rechners; bitte ohne https://, Port oder Pfad \
         schreiben, etwa 192.168.1.20 oder kiosk.museum.example",
    ),
    (
        "{file}: TLS is set up there already with a certificate of its own ({certificate}), which this command leaves \
         alone. The panel is served there as it is; to have a certificate made, remove `tls` from [api] first",
        "{file}: TLS ist dort schon mit einem eigenen Zertifikat eingerichtet ({certificate}), das dieser Befehl in Ruhe \
         lässt. Die Bedienseite gibt es dort, wie es ist; soll ein Zertifikat gemacht werden, bitte zuerst `tls` aus [api] \
         entfernen",
    ),
    (
        "nothing was changed: the configuration would be wrong by this\n{errors}",
        "nichts wurde geändert: die Konfiguration wäre damit falsch\n{errors}",
    ),
    (
        "{file} was changed meanwhile; try again",
        "{file} wurde inzwischen geändert; bitte noch einmal versuchen",
    ),
    ("no certificate can be made: {error}", "es lässt sich kein Zertifikat machen: {error}"),
    (
        "this user may not change {folder}: {error}; try with sudo",
        "dieser Benutzer darf {folder} nicht ändern: {error}; bitte mit sudo versuchen",
    ),
    ("{folder} cannot be written to: {error}", "in {folder} lässt sich nicht schreiben: {error}"),
    (
        "make a certificate: {certificate}, and its key: {key}",
        "ein Zertifikat machen: {certificate}, und seinen Schlüssel: {key}",
    ),
    (
        "write `tls` into [api] of {file}: listen for HTTPS at {listen}",
        "`tls` in [api] von {file} schreiben: auf HTTPS lauschen an {listen}",
    ),
    ("list {name} under `names` in [api] of {file}", "{name} unter `names` in [api] von {file} aufzählen"),
    (
        "add the first account to {file}, who may do everything: its name and password are asked for",
        "das erste Konto in {file} eintragen, das alles darf: Name und Passwort werden erfragt",
    ),
    (
        "another program listens at {address} already (`ss -ltnp` shows which); name another port, such as --port 9443",
        "an {address} lauscht schon ein anderes Programm (`ss -ltnp` zeigt, welches); bitte einen anderen Port nennen, etwa \
         --port 9443",
    ),
    ("Nothing was done.", "Es wurde nichts getan."),
    ("It is there once Vitrine runs: {error}", "Sie ist da, sobald Vitrine läuft: {error}"),
    (
        "The panel is not enabled for other computers; there is nothing to do.",
        "Die Bedienseite ist für andere Rechner nicht eingeschaltet; es ist nichts zu tun.",
    ),
    ("remove {path}", "{path} entfernen"),
    ("remove `tls` from [api] of {file}", "`tls` aus [api] von {file} entfernen"),
    (
        "The panel is no longer served to other computers.",
        "Die Bedienseite ist für andere Rechner nicht mehr da.",
    ),
    (
        "These accounts stay, with all else that the configuration says: {names}. Who is to lose theirs loses its \
         [[account]] in {file}.",
        "Diese Konten bleiben, wie alles andere in der Konfiguration: {names}. Wer seines verlieren soll, verliert sein \
         [[account]] in {file}.",
    ),
    ("This is to be done:{list}", "Das ist zu tun:{list}"),
    (
        "\nThe panel: {url}\nIts certificate's SHA-256 fingerprint, which browsers show before they trust it:\n\
         {fingerprint}\n",
        "\nDie Bedienseite: {url}\nDer SHA-256-Fingerabdruck ihres Zertifikats, den Browser zeigen, bevor sie ihm trauen:\n\
         {fingerprint}\n",
    ),
    (
        "nobody listens there after {seconds} s. `vitrine status` and the log of the session tell whether the \
         configuration was taken up",
        "nach {seconds} s lauscht dort niemand. `vitrine status` und das Protokoll der Sitzung sagen, ob die Konfiguration \
         übernommen wurde",
    ),
    ("Vitrine listens there.", "Vitrine lauscht dort."),
];
